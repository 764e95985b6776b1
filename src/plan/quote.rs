//! Where in a shell text a value is put decides how it must be quoted. A value is data: whatever it holds, it must reach the
//! command as that text and nothing else.

/// What surrounds a byte of shell text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Around {
    /// Nothing: a value becomes one word.
    Bare,
    /// `"…"`.
    Double,
    /// `'…'`.
    Single,
    /// `$'…'`.
    Ansi,
    /// An unquoted here-document.
    Heredoc,
    /// A here-document with a quoted delimiter: nothing is special.
    RawHeredoc,
    /// A comment: nothing runs.
    Comment,
    /// Where no quoting is sure to hold (backquotes, arithmetic, `${…}` in quotes, after a lone `\` or `$`): only a [`plain`]
    /// value may stand here.
    Strict,
    /// Where a value is bound and never becomes text.
    Bound,
}

/// A here-document that begins at the end of the line.
#[derive(Debug)]
struct Pending {
    delimiter: String,
    raw: bool,
    tabs: bool,
}

/// What is open at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// The text itself, `(…)` or `$(…)`.
    Bare,
    Double,
    Single,
    Ansi,
    Backtick,
    /// `((…))`, with the number of brackets open in it.
    Arithmetic(usize),
    /// `${…}`; quoted when it stands in quotes or in a here-document.
    Brace {
        quoted: bool,
    },
    /// The body of an unquoted here-document, up to this byte.
    Heredoc(usize),
    RawHeredoc(usize),
}

/// Finds what surrounds each of `offsets` (ascending byte offsets into `text`), in one pass.
#[must_use]
pub fn around(text: &str, offsets: &[usize]) -> Vec<Around> {
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        at: 0,
        stack: vec![Frame::Bare],
        pending: Vec::new(),
        queue: Vec::new(),
        compared: 0,
        unsure: false,
    };
    offsets.iter().map(|offset| scan.reach(*offset)).collect()
}

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    stack: Vec<Frame>,
    /// Here-documents that begin with the next line.
    pending: Vec<Pending>,
    /// Here-documents that begin when the present one ends, the next one last.
    queue: Vec<Pending>,
    /// Where a `[[ … -eq … ]]` ends: what it compares is evaluated as arithmetic.
    compared: usize,
    /// Something was seen that this scan cannot follow.
    unsure: bool,
}

impl Scan<'_> {
    fn reach(&mut self, offset: usize) -> Around {
        while self.at < offset {
            if let Some(end) = self.comment() {
                if offset <= end {
                    return Around::Comment;
                }
                self.at = end;
            } else {
                self.step();
            }
        }
        self.leave();
        // A token that began before the place reaches over it: a backslash.
        if self.at > offset || self.unsure || self.compared > offset {
            return Around::Strict;
        }
        self.place(offset)
    }

    fn place(&self, offset: usize) -> Around {
        let before = offset.checked_sub(1).map(|i| self.bytes[i]);
        if self
            .stack
            .iter()
            .any(|f| matches!(f, Frame::Backtick | Frame::Arithmetic(_) | Frame::Brace { quoted: true }))
        {
            return Around::Strict;
        }
        match self.stack.last() {
            Some(Frame::Single) => Around::Single,
            Some(Frame::RawHeredoc(_)) => Around::RawHeredoc,
            // `$` before a quote of ours would change its meaning; `a[…]` is arithmetic.
            _ if before == Some(b'$') => Around::Strict,
            Some(Frame::Bare | Frame::Brace { .. }) if before == Some(b'[') && self.subscript(offset) => Around::Strict,
            Some(Frame::Double) => Around::Double,
            Some(Frame::Ansi) => Around::Ansi,
            Some(Frame::Heredoc(_)) => Around::Heredoc,
            Some(Frame::Bare | Frame::Brace { .. }) => Around::Bare,
            Some(Frame::Backtick | Frame::Arithmetic(_)) | None => Around::Strict,
        }
    }

    fn subscript(&self, offset: usize) -> bool {
        offset >= 2 && (self.bytes[offset - 2].is_ascii_alphanumeric() || self.bytes[offset - 2] == b'_')
    }

    fn top(&self) -> Frame {
        self.stack.last().copied().unwrap_or(Frame::Bare)
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn begins_word(&self) -> bool {
        self.at == 0
            || matches!(
                self.bytes[self.at - 1],
                b' ' | b'\t' | b'\n' | b';' | b'|' | b'&' | b'(' | b')' | b'<' | b'>' | b'`'
            )
    }

    /// The end of the comment that begins here.
    fn comment(&self) -> Option<usize> {
        let open =
            matches!(self.top(), Frame::Bare | Frame::Backtick) && self.bytes[self.at] == b'#' && self.begins_word();
        open.then(|| self.rest().find('\n').map_or(self.bytes.len(), |n| self.at + n))
    }

    /// Takes what has ended by its length off the stack.
    fn leave(&mut self) {
        let end = |f: &Frame| matches!(f, Frame::Heredoc(end) | Frame::RawHeredoc(end) if *end <= self.at);
        if let Some(depth) = self.stack.iter().position(end) {
            self.stack.truncate(depth);
            self.enter();
        }
    }

    /// Goes on by one token.
    fn step(&mut self) {
        self.leave();
        let Some(byte) = self.bytes.get(self.at).copied() else {
            self.at += 1;
            return;
        };
        match (self.top(), byte) {
            (Frame::Single | Frame::Ansi, b'\'') | (Frame::Double, b'"') | (Frame::Backtick, b'`') => {
                self.pop(1);
            }
            (Frame::Brace { .. }, b'}') => self.pop(1),
            (Frame::Single | Frame::RawHeredoc(_), _) => self.at += 1,
            (_, b'\\') => self.at += 2,
            (Frame::Ansi, _) => self.at += 1,
            (_, b'`') => {
                // Inside backquotes the next one ends them, whatever else is open.
                match self.stack.iter().rposition(|f| *f == Frame::Backtick) {
                    Some(depth) => {
                        self.stack.truncate(depth);
                        self.at += 1;
                    }
                    None => self.push(Frame::Backtick, 1),
                }
            }
            (_, b'$') => self.dollar(),
            (Frame::Double | Frame::Heredoc(_), _) => self.at += 1,
            (Frame::Brace { quoted: true }, b'\'') => self.at += 1,
            (_, b'\'') => self.push(Frame::Single, 1),
            (_, b'"') => self.push(Frame::Double, 1),
            (Frame::Brace { .. }, _) => self.at += 1,
            (Frame::Arithmetic(_), _) => self.arithmetic(byte),
            (_, b'(') if self.rest().starts_with("((") && self.begins_word() => self.push(Frame::Arithmetic(0), 2),
            (_, b'(') => self.push(Frame::Bare, 1),
            (_, b')') if self.stack.len() > 1 && self.top() == Frame::Bare => self.pop(1),
            (_, b'<') if self.rest().starts_with("<<<") => self.at += 3,
            (_, b'<') if self.rest().starts_with("<<") => self.heredoc(),
            (_, b'\n') => {
                self.at += 1;
                let mut queue = std::mem::take(&mut self.pending);
                queue.reverse();
                self.queue = queue;
                self.enter();
            }
            (_, b'[') if self.rest().starts_with("[[ ") => self.test(),
            (_, b'c') if self.stack.len() > 1 && self.begins_word() && self.rest().starts_with("case ") => {
                // Its patterns end with a bracket that closes nothing.
                self.unsure = true;
                self.at += 1;
            }
            _ => self.at += 1,
        }
    }

    fn dollar(&mut self) {
        let quoted = matches!(self.top(), Frame::Double | Frame::Heredoc(_) | Frame::Brace { quoted: true });
        let rest = self.rest();
        if rest.starts_with("$((") {
            self.push(Frame::Arithmetic(0), 3);
        } else if rest.starts_with("$(") {
            self.push(Frame::Bare, 2);
        } else if rest.starts_with("${") && !rest.starts_with("${{") {
            self.push(Frame::Brace { quoted }, 2);
        } else if rest.starts_with("$'") && !quoted {
            self.push(Frame::Ansi, 2);
        } else if rest.starts_with("$[") {
            self.unsure = true;
            self.at += 2;
        } else {
            // `$#`, `$$`: what follows is no comment and no further `$`.
            self.at += if rest.starts_with("$#") || rest.starts_with("$$") { 2 } else { 1 };
        }
    }

    fn arithmetic(&mut self, byte: u8) {
        let Frame::Arithmetic(depth) = self.top() else { return };
        let last = self.stack.len() - 1;
        match (byte, depth) {
            (b'(', _) => self.stack[last] = Frame::Arithmetic(depth + 1),
            (b')', 1..) => self.stack[last] = Frame::Arithmetic(depth - 1),
            (b')', 0) if self.rest().starts_with("))") => {
                self.stack.pop();
                self.at += 1;
            }
            // It was a command in brackets within `$(…)`.
            (b')', 0) => self.stack[last] = Frame::Bare,
            _ => {}
        }
        self.at += 1;
    }

    fn test(&mut self) {
        let rest = self.rest();
        let end = rest.find("]]").unwrap_or(rest.len());
        let compares = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"].iter().any(|op| rest[..end].contains(op));
        if compares {
            self.compared = self.at + end;
        }
        self.at += 2;
    }

    fn push(&mut self, what: Frame, width: usize) {
        self.stack.push(what);
        self.at += width;
    }

    fn pop(&mut self, width: usize) {
        self.stack.pop();
        self.at += width;
    }

    fn heredoc(&mut self) {
        self.at += 2;
        let tabs = self.bytes.get(self.at) == Some(&b'-');
        if tabs {
            self.at += 1;
        }
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let (mut delimiter, mut raw, mut quote) = (String::new(), false, None);
        let mut length = 0;
        let mut escaped = false;
        for c in self.rest().chars() {
            match (quote, c) {
                (_, '\n') => break,
                (_, c) if escaped => {
                    escaped = false;
                    delimiter.push(c);
                }
                (None, '\\') => {
                    raw = true;
                    escaped = true;
                }
                (None, '\'' | '"') => {
                    raw = true;
                    quote = Some(c);
                }
                (Some(open), c) if c == open => quote = None,
                (None, c) if c.is_whitespace() || ";|&<>()`".contains(c) => break,
                (_, c) => delimiter.push(c),
            }
            length += c.len_utf8();
        }
        self.at += length;
        if delimiter.is_empty() || quote.is_some() {
            self.unsure = true;
        } else {
            self.pending.push(Pending { delimiter, raw, tabs });
        }
    }

    /// Begins the next here-document of the queue.
    fn enter(&mut self) {
        while let Some(doc) = self.queue.pop() {
            let mut end = self.at;
            for line in self.rest().split_inclusive('\n') {
                end += line.len();
                let bare = line.trim_end_matches('\n');
                let bare = if doc.tabs { bare.trim_start_matches('\t') } else { bare };
                if bare == doc.delimiter {
                    break;
                }
            }
            if end > self.at {
                self.stack.push(if doc.raw { Frame::RawHeredoc(end) } else { Frame::Heredoc(end) });
                return;
            }
        }
    }
}

/// Whether a value means the same wherever it stands.
#[must_use]
pub fn plain(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c))
}

/// Text for between single quotes. A backslash does not stay beside a line break: where `$(…)` stands in a here-document,
/// bash takes both away before it looks at quotes.
fn single(value: &str) -> String {
    value.replace('\'', "'\\''").replace("\\\n", "\\''\n")
}

/// Writes `value` so that it reaches the command as it is.
#[must_use]
pub fn quote(value: &str, around: Around) -> String {
    match around {
        Around::Bare => {
            if plain(value) {
                value.to_owned()
            } else {
                format!("'{}'", single(value))
            }
        }
        Around::Double | Around::Heredoc => {
            let mut out = String::with_capacity(value.len());
            for c in value.chars() {
                if matches!(c, '\\' | '$' | '`') || (c == '"' && around == Around::Double) {
                    out.push('\\');
                }
                out.push(c);
            }
            out
        }
        Around::Single => single(value),
        Around::Ansi => value.replace('\\', "\\\\").replace('\'', "\\'"),
        // The caller refuses a value that is not plain.
        Around::RawHeredoc | Around::Strict | Around::Bound => value.to_owned(),
        // A line break would end the comment and start a command.
        Around::Comment => value.replace(['\n', '\r'], " "),
    }
}

#[cfg(test)]
mod tests {
    use super::{Around, around, quote};

    fn at(text: &str) -> Around {
        let offset = text.find('@').unwrap_or(text.len());
        around(text, &[offset])[0]
    }

    #[test]
    fn every_place_is_told_apart() {
        let table = [
            ("mysql -h @", Around::Bare),
            ("mysql -e \"SELECT @\"", Around::Double),
            ("mysql -e 'SELECT @'", Around::Single),
            ("echo \"$(hostname @)\"", Around::Bare),
            ("echo \"$(hostname \"@\")\"", Around::Double),
            ("echo \\\" @", Around::Bare),
            ("cat <<EOF\nhost=@\nEOF", Around::Heredoc),
            ("cat <<'EOF'\nhost=@\nEOF", Around::RawHeredoc),
            ("cat <<-EOF\n\thost\n\tEOF\necho @", Around::Bare),
            ("cat <<EOF\nx\nEOF\necho '@'", Around::Single),
            ("# it's @", Around::Comment),
            ("# it's\necho @", Around::Bare),
            ("echo ${#a} @", Around::Bare),
            ("cat <<< '@'", Around::Single),
            ("echo $'@'", Around::Ansi),
            ("echo $'it\\'s @'", Around::Ansi),
            ("echo `hostname @`", Around::Strict),
            ("echo \"`hostname @`\"", Around::Strict),
            ("echo $((1 + @))", Around::Strict),
            ("x=$((1 << 3))\necho @", Around::Bare),
            ("(( x = 1 << 3 ))\necho @", Around::Bare),
            ("echo \"${x:-@}\"", Around::Strict),
            ("echo ${x:-@}", Around::Bare),
            ("echo \"${x:-a}\" @", Around::Bare),
            ("cat <<EOF\n$(hostname @)\nEOF", Around::Bare),
            ("cat <<EOF\n`hostname @`\nEOF", Around::Strict),
            ("cat <<A <<'B'\nx\nA\n@\nB", Around::RawHeredoc),
            ("cat <<\"END OF\"\nx\nEND OF\necho @", Around::Bare),
            ("(# it's\necho @)", Around::Bare),
            ("echo \"$(case x in x) echo @;; esac)\"", Around::Strict),
            ("echo \\@", Around::Strict),
            ("echo $@", Around::Strict),
            ("[[ 1 -eq @ ]]", Around::Strict),
            ("[[ 1 == @ ]]", Around::Bare),
            ("a[@]=1", Around::Strict),
            ("echo $(( (1) + 2 )) '@'", Around::Single),
            ("x=$( (echo a) | cat ) @", Around::Bare),
            ("echo $# @", Around::Bare),
        ];
        for (text, want) in table {
            assert_eq!(at(text), want, "{text}");
        }
    }

    #[test]
    fn a_value_stays_one_value() {
        assert_eq!(quote("db1.example.com:3306", Around::Bare), "db1.example.com:3306");
        assert_eq!(quote("a b; rm -rf /", Around::Bare), "'a b; rm -rf /'");
        assert_eq!(quote("", Around::Bare), "''");
        assert_eq!(quote("it's", Around::Single), "it'\\''s");
        assert_eq!(quote("$(id) \"`x`", Around::Double), "\\$(id) \\\"\\`x\\`");
        assert_eq!(quote("$x \"q\"", Around::Heredoc), "\\$x \"q\"");
        assert_eq!(quote("a\nrm x", Around::Comment), "a rm x");
    }
}
