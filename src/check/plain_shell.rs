//! Whether a text is so plain that any shell reads it: words, quotes, pipes and redirections, one command after another.
//! Most commands are, and need no parser. Doubt is a no.

/// What stood last on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing yet: the next word is a command's name.
    Nothing,
    /// A word.
    Word,
    /// `|`, `&&` or `||`: a command must follow.
    Joint,
    /// `>` or `<`: a word must follow, and then there may be more.
    Redirect,
}

/// Words that begin or end something when they are a command's name.
const RESERVED: [&[u8]; 19] = [
    b"if",
    b"then",
    b"else",
    b"elif",
    b"fi",
    b"for",
    b"while",
    b"until",
    b"do",
    b"done",
    b"case",
    b"esac",
    b"function",
    b"select",
    b"in",
    b"time",
    b"coproc",
    b"[[",
    b"]]",
];

/// Whether it is. One pass over the bytes.
pub(super) fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut at, mut last) = (0, Last::Nothing);
    // Only assignments so far: what comes may still be a command's name.
    let mut naming = true;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' => at += 1,
            b'\\' if bytes.get(at + 1) == Some(&b'\n') => at += 2,
            b'\n' | b';' => {
                let empty = last == Last::Nothing && *byte == b';';
                if empty || matches!(last, Last::Joint | Last::Redirect) {
                    return false;
                }
                last = Last::Nothing;
                at += 1;
                // `;;` belongs to a `case`.
                if *byte == b';' && bytes.get(at) == Some(&b';') {
                    return false;
                }
            }
            b'|' | b'&' => {
                let double = bytes.get(at + 1) == Some(byte);
                if last != Last::Word || (*byte == b'&' && !double) || bytes.get(at + 1) == Some(&b'&') && *byte == b'|'
                {
                    return false;
                }
                last = Last::Joint;
                at += if double { 2 } else { 1 };
            }
            b'<' | b'>' => {
                let out = *byte == b'>';
                at += 1;
                if out && matches!(bytes.get(at), Some(b'>' | b'&')) {
                    at += 1;
                }
                // Here-documents, `<(…)`, and a command that is nothing but a redirection.
                if last != Last::Word || matches!(bytes.get(at), Some(b'<' | b'>' | b'(' | b'&' | b'|')) {
                    return false;
                }
                last = Last::Redirect;
            }
            b'#' => at += bytes[at..].iter().position(|b| *b == b'\n').unwrap_or(bytes.len() - at),
            _ => {
                let Some(end) = word(bytes, at) else { return false };
                naming |= matches!(last, Last::Nothing | Last::Joint);
                if naming && RESERVED.contains(&&bytes[at..end]) {
                    return false;
                }
                naming &= bytes[at..end].contains(&b'=');
                last = Last::Word;
                at = end;
            }
        }
    }
    !matches!(last, Last::Joint | Last::Redirect)
}

/// Where a plain word ends.
fn word(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\'' => at += 2 + bytes[at + 1..].iter().position(|b| *b == b'\'')?,
            b'"' => {
                at += 1;
                loop {
                    match bytes.get(at)? {
                        b'"' => break,
                        b'`' => return None,
                        b'\\' => at += 2,
                        b'$' => at = variable(bytes, at)?,
                        _ => at += 1,
                    }
                }
                at += 1;
            }
            b'$' => at = variable(bytes, at)?,
            b'\\' => match bytes.get(at + 1)? {
                b'\n' => return Some(at),
                byte if byte.is_ascii() => at += 2,
                _ => return None,
            },
            b' ' | b'\t' | b'\n' | b';' | b'|' | b'&' | b'<' | b'>' => return Some(at),
            b'(' | b')' | b'{' | b'}' | b'`' | b'!' | b'\r' | 0 => return None,
            _ => at += 1,
        }
    }
    Some(at)
}

/// Where `$name` or `${name}` ends.
fn variable(bytes: &[u8], at: usize) -> Option<usize> {
    let braced = bytes.get(at + 1) == Some(&b'{');
    let start = at + 1 + usize::from(braced);
    let length = bytes[start..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let end = start + length;
    if length == 0 || bytes[start].is_ascii_digit() && length > 1 {
        return None;
    }
    if braced { (bytes.get(end) == Some(&b'}')).then_some(end + 1) } else { Some(end) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_and_not() {
        for yes in [
            "ls -l",
            "cat x | grep -c 'a b' > y 2>&1",
            "a=b systemctl stop \"$X\" # now",
            "x && y || z; w\n\nls",
            "[ -f x ] && ls",
        ] {
            assert!(is_plain(yes), "{yes}");
        }
        for no in [
            "ls |",
            "| ls",
            "for i in a",
            "ls \"",
            "ls 'x",
            "echo $(ls)",
            "cat <<EOF",
            "a; ; b",
            "ls > ",
            "if x",
            "x &",
            "(ls)",
            "done",
        ] {
            assert!(!is_plain(no), "{no}");
        }
    }

    proptest! {
        /// What is called plain, the parser of the shell's grammar reads.
        #[test]
        fn the_shell_agrees(parts in prop::collection::vec(prop::sample::select(vec![
            "ls", " ", " ", "a", "'", "\"", "$X", "${Y}", "|", "||", "&&", "&", ";", "\n", "<", ">", ">>", ">&", "2", "#", "if", "do", "done",
            "for", "[[", "]]", "[", "]", "=", "x=", "time", "!", "(", ")", "{", "}", "\\", "`", "é", "*", "~", "in", "case", "%", "^", "?",
        ]), 0..14)) {
            let text = parts.concat();
            if is_plain(&text) {
                let parsed = brush_parser::Parser::new(text.as_bytes(), &brush_parser::ParserOptions::default()).parse_program();
                prop_assert!(parsed.is_ok(), "{:?}: {:?}", text, parsed.err());
            }
        }
    }
}
