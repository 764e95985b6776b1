//! Places whose text is read a second time: by a shell elsewhere (`ssh`), by another shell (`sh -c "…"`), by a database
//! (`mysql -e "…"`). The quoting of the outer shell ends there, so a value may hold nothing that the second reader could take
//! for code.

use super::quote::Around;

/// Who reads the text again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A shell: only plain values may stand there.
    Shell,
    /// A database client: nothing that ends a string or a statement.
    Sql,
}

/// Who reads what stands at `offset` of `text` again, where `around` is what the outer shell sees there.
#[must_use]
pub fn reader(text: &str, offset: usize, around: Around) -> Option<Reader> {
    let line = match around {
        Around::Heredoc | Around::RawHeredoc => heredoc_command(&text[..offset])?,
        Around::Comment | Around::Strict | Around::Bound => return None,
        Around::Bare | Around::Double | Around::Single | Around::Ansi => command_before(&text[..offset]),
    };
    let quoted = !matches!(around, Around::Bare);
    let words = line.split_whitespace().map(|w| w.trim_matches(['"', '\'', '(', ')', '$', '`']));
    let mut shell = false;
    let mut before = "";
    for word in words {
        let name = word.rsplit('/').next().unwrap_or(word);
        match name {
            // Whatever ssh is given is put together and read by the shell over there.
            "ssh" => return Some(Reader::Shell),
            "eval" if quoted => return Some(Reader::Shell),
            "sh" | "bash" | "dash" | "zsh" | "ksh" | "su" => shell = true,
            // `sudo -u mysql` names a user.
            "mysql" | "mariadb" | "psql" | "sqlite3" if quoted && before != "-u" => return Some(Reader::Sql),
            _ if shell && quoted && word.starts_with('-') && word.contains('c') => return Some(Reader::Shell),
            _ => {}
        }
        before = word;
    }
    (shell && matches!(around, Around::Heredoc | Around::RawHeredoc)).then_some(Reader::Shell)
}

/// Whether a reader takes `value` as it is meant.
#[must_use]
pub fn harmless(reader: Reader, value: &str) -> bool {
    match reader {
        Reader::Shell => super::quote::plain(value),
        Reader::Sql => {
            !value.contains(['\'', '"', '`', '\\', ';', '\n', '\r', '\0'])
                && !["--", "/*", "#"].iter().any(|c| value.contains(c))
        }
    }
}

/// The simple command that is still open at the end of `before`, as far as a look back can tell: too long a piece only makes
/// the answer more careful.
fn command_before(before: &str) -> &str {
    let mut start = 0;
    let mut from = before.len();
    while let Some(at) = before[..from].rfind('\n') {
        // A line that ends in `\`, or in an open quote, goes on.
        let line = &before[..at];
        if line.ends_with('\\') || open_quote(before, at) {
            from = at;
            continue;
        }
        start = at + 1;
        break;
    }
    &before[start..]
}

/// Whether a quote that was opened before `at` is closed only after it.
fn open_quote(text: &str, at: usize) -> bool {
    let mut quote = None;
    let mut escaped = false;
    for c in text[..at].chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    quote.is_some()
}

/// The line whose here-document is open at the end of `before`.
fn heredoc_command(before: &str) -> Option<&str> {
    before.lines().rev().skip(1).find(|line| line.contains("<<") && !line.contains("<<<"))
}

#[cfg(test)]
mod tests {
    use super::{Reader, harmless, reader};
    use crate::plan::quote::around;

    fn at(text: &str) -> Option<Reader> {
        let offset = text.find('@').unwrap_or(text.len());
        reader(text, offset, around(text, &[offset])[0])
    }

    #[test]
    fn second_readers_are_seen() {
        let table = [
            ("ssh db1 systemctl restart @", Some(Reader::Shell)),
            ("ssh db1 'systemctl restart @'", Some(Reader::Shell)),
            ("ssh db1 \"systemctl restart @\"", Some(Reader::Shell)),
            ("ssh -p 22 root@db1 <<'EOF'\nsystemctl restart @\nEOF", Some(Reader::Shell)),
            ("bash -c 'echo @'", Some(Reader::Shell)),
            ("sudo -u mysql sh -xc \"echo @\"", Some(Reader::Shell)),
            ("sh <<EOF\necho @\nEOF", Some(Reader::Shell)),
            ("eval \"echo @\"", Some(Reader::Shell)),
            ("mysql -h db -e \"SELECT '@'\"", Some(Reader::Sql)),
            ("mysql -h db <<EOF\nSELECT '@';\nEOF", Some(Reader::Sql)),
            // The value is the command: the author hands it to a shell on purpose.
            ("bash -c @", None),
            ("mysql -h @", None),
            ("echo \"@\"", None),
            ("cat > f <<EOF\n@\nEOF", None),
            ("ssh db1 uptime\necho '@'", None),
        ];
        for (text, want) in table {
            // `root@db1` holds the mark as well; the last one is meant.
            let text = text.replace("root@db1", "root.db1");
            assert_eq!(at(&text), want, "{text}");
        }
    }

    #[test]
    fn what_could_be_code_is_not_harmless() {
        assert!(harmless(Reader::Shell, "db1.example.com:3306"));
        assert!(!harmless(Reader::Shell, "x; touch y"));
        assert!(harmless(Reader::Sql, "a plain note, 3 words"));
        for value in ["x'; DROP TABLE t; --", "a\\", "a # b", "a -- b"] {
            assert!(!harmless(Reader::Sql, value), "{value}");
        }
    }
}
