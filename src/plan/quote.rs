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
    /// An unquoted here-document.
    Heredoc,
    /// A here-document with a quoted delimiter: nothing is special.
    RawHeredoc,
    /// A comment: nothing runs.
    Comment,
}

/// A here-document that begins at the end of the line.
struct Pending {
    delimiter: String,
    raw: bool,
    tabs: bool,
}

/// Finds what surrounds each of `offsets` (ascending byte offsets into `text`), in one pass.
#[must_use]
pub fn around(text: &str, offsets: &[usize]) -> Vec<Around> {
    let mut scan = Scan { text, bytes: text.as_bytes(), at: 0, stack: vec![Around::Bare], pending: Vec::new() };
    let mut found = Vec::with_capacity(offsets.len());
    for offset in offsets {
        while scan.at < *offset {
            if let Some(inside) = scan.step(*offset) {
                found.push(inside);
                break;
            }
        }
        if scan.at >= *offset && found.len() < offsets.len() {
            let index = found.len();
            if offsets.get(index) == Some(offset) {
                found.push(scan.top());
            }
        }
    }
    found.resize(offsets.len(), Around::Bare);
    found
}

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    // Quotes and `$(` nest; `Bare` on top of `Double` is a command substitution inside quotes.
    stack: Vec<Around>,
    pending: Vec<Pending>,
}

impl Scan<'_> {
    fn top(&self) -> Around {
        self.stack.last().copied().unwrap_or(Around::Bare)
    }

    /// Goes on by one token. `Some` when `until` lies inside a here-document or comment that was jumped over.
    fn step(&mut self, until: usize) -> Option<Around> {
        let byte = self.bytes[self.at];
        match (self.top(), byte) {
            (Around::Single, b'\'') | (Around::Double, b'"') => self.pop(1),
            (Around::Single, _) => self.at += 1,
            (_, b'\\') => self.at += 2,
            (Around::Double, b'$') if self.bytes.get(self.at + 1) == Some(&b'(') => self.push(Around::Bare, 2),
            (Around::Double, _) => self.at += 1,
            (_, b'\'') => self.push(Around::Single, 1),
            (_, b'"') => self.push(Around::Double, 1),
            (_, b'(') => self.push(Around::Bare, 1),
            (_, b')') if self.stack.len() > 1 => self.pop(1),
            (_, b'#') if self.at == 0 || matches!(self.bytes[self.at - 1], b' ' | b'\t' | b'\n' | b';') => {
                let end = self.text[self.at..].find('\n').map_or(self.bytes.len(), |n| self.at + n);
                if until < end {
                    self.at = until;
                    return Some(Around::Comment);
                }
                self.at = end;
            }
            (_, b'<') if self.text[self.at..].starts_with("<<") && !self.text[self.at..].starts_with("<<<") => {
                self.heredoc()
            }
            (_, b'<') if self.text[self.at..].starts_with("<<<") => self.at += 3,
            (_, b'\n') => return self.newline(until),
            _ => self.at += 1,
        }
        None
    }

    fn push(&mut self, what: Around, width: usize) {
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
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| c.is_whitespace() || ";|&<>()".contains(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        self.at += end;
        let raw = word.contains(['\'', '"', '\\']);
        let delimiter = word.replace(['\'', '"', '\\'], "");
        if !delimiter.is_empty() {
            self.pending.push(Pending { delimiter, raw, tabs });
        }
    }

    fn newline(&mut self, until: usize) -> Option<Around> {
        self.at += 1;
        for doc in std::mem::take(&mut self.pending) {
            let mut end = self.at;
            for line in self.text[self.at..].split_inclusive('\n') {
                end += line.len();
                let bare = line.trim_end_matches(['\n', '\r']);
                let bare = if doc.tabs { bare.trim_start_matches('\t') } else { bare };
                if bare == doc.delimiter {
                    break;
                }
            }
            if until < end {
                self.at = until;
                return Some(if doc.raw { Around::RawHeredoc } else { Around::Heredoc });
            }
            self.at = end;
        }
        None
    }
}

/// Writes `value` so that it reaches the command as it is.
#[must_use]
pub fn quote(value: &str, around: Around) -> String {
    match around {
        Around::Bare => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
            if !value.is_empty() && value.chars().all(plain) {
                value.to_owned()
            } else {
                format!("'{}'", value.replace('\'', "'\\''"))
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
        Around::Single => value.replace('\'', "'\\''"),
        Around::RawHeredoc => value.to_owned(),
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
