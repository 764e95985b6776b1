//! Reads what bash's `declare -p` writes.

/// One variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declaration<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its attributes: `x`, `a`, `ir`…; empty for none.
    pub flags: &'a str,
    /// Its value as bash quotes it; `None` when declared without one.
    pub value: Option<&'a [u8]>,
}

/// The declarations in `text`, in their order. What is not a declaration is passed over.
#[must_use]
pub fn declarations(text: &[u8]) -> Vec<Declaration<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = quoted_line(rest);
        if let Some(declaration) = declaration(&rest[..end]) {
            found.push(declaration);
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    found
}

fn declaration(line: &[u8]) -> Option<Declaration<'_>> {
    let line = line.strip_prefix(b"declare -")?;
    let space = line.iter().position(|byte| *byte == b' ')?;
    let flags = std::str::from_utf8(&line[..space]).ok()?.trim_start_matches('-');
    let line = &line[space + 1..];
    let (name, value) = match line.iter().position(|byte| *byte == b'=') {
        Some(equals) => (&line[..equals], Some(&line[equals + 1..])),
        None => (line, None),
    };
    let name = std::str::from_utf8(name).ok()?;
    is_name(name).then_some(Declaration { name, flags, value })
}

/// Whether the shell takes `name` for a variable's.
#[must_use]
pub fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Where the first newline outside quotes is.
fn quoted_line(text: &[u8]) -> usize {
    let mut at = 0;
    let mut quote = None;
    while let Some(byte) = text.get(at) {
        match (quote, byte) {
            (None, b'\n') => return at,
            (None | Some(b'"' | b'$'), b'\\') => at += 1,
            (None, b'"') => quote = Some(b'"'),
            (None, b'\'') => quote = Some(if at > 0 && text[at - 1] == b'$' { b'$' } else { b'\'' }),
            (Some(b'"'), b'"') | (Some(b'$' | b'\''), b'\'') => quote = None,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// The text behind bash's quotes. For an array: its elements, keys and brackets, good enough to search in.
#[must_use]
pub fn plain(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((byte, after)) = rest.split_first() {
        rest = match byte {
            b'"' => double(after, &mut out),
            b'$' if after.first() == Some(&b'\'') => ansi(&after[1..], &mut out),
            b'\'' => {
                let end = after.iter().position(|byte| *byte == b'\'').unwrap_or(after.len());
                out.extend_from_slice(&after[..end]);
                after.get(end + 1..).unwrap_or_default()
            }
            b'\\' if !after.is_empty() => {
                out.push(after[0]);
                &after[1..]
            }
            _ => {
                out.push(*byte);
                after
            }
        };
    }
    out
}

fn double<'a>(mut rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after.first()) {
            (b'"', _) => break,
            (b'\\', Some(next @ (b'$' | b'`' | b'"' | b'\\'))) => {
                out.push(*next);
                rest = &after[1..];
            }
            _ => out.push(*byte),
        }
    }
    rest
}

fn ansi<'a>(mut rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\'' => break,
            b'\\' => rest = escape(after, out),
            _ => out.push(*byte),
        }
    }
    rest
}

fn escape<'a>(rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let Some((byte, after)) = rest.split_first() else { return rest };
    let simple = match byte {
        b'a' => 7,
        b'b' => 8,
        b'e' | b'E' => 27,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'0'..=b'7' => {
            let (value, rest) = number(rest, 8, 3);
            // An octal escape above \377 cannot come from bash; only its low byte would count.
            out.push(value.to_le_bytes()[0]);
            return rest;
        }
        b'x' => {
            let (value, rest) = number(after, 16, 2);
            out.push(value.to_le_bytes()[0]);
            return rest;
        }
        b'u' | b'U' => {
            let (value, rest) = number(after, 16, if *byte == b'u' { 4 } else { 8 });
            let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return rest;
        }
        other => *other,
    };
    out.push(simple);
    after
}

fn number(text: &[u8], radix: u32, most: usize) -> (u32, &[u8]) {
    let digits = text.iter().take(most).take_while(|byte| char::from(**byte).is_digit(radix)).count();
    let value = text[..digits]
        .iter()
        .filter_map(|byte| char::from(*byte).to_digit(radix))
        .fold(0_u32, |value, digit| value.wrapping_mul(radix).wrapping_add(digit));
    (value, &text[digits..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_scalars_arrays_and_bare_names() {
        let text = b"declare -x A=\"1\"\ndeclare -- B=$'a\\nb\\'c'\ndeclare -a C=([0]=\"x\ny\" [1]=\"(\\\"\")\ndeclare -ir EUID=\"0\"\ndeclare -x D\n";
        let found = declarations(text);
        let names: Vec<_> = found.iter().map(|d| (d.name, d.flags)).collect();
        assert_eq!(names, [("A", "x"), ("B", ""), ("C", "a"), ("EUID", "ir"), ("D", "x")]);
        assert_eq!(found[4].value, None);
        assert_eq!(plain(found[1].value.unwrap_or_default()), b"a\nb'c");
        assert_eq!(plain(found[2].value.unwrap_or_default()), b"([0]=x\ny [1]=(\")");
    }

    #[test]
    fn undoes_every_quoting() {
        assert_eq!(plain(br#""a\$b\`c\"d\\e\f""#), br#"a$b`c"d\e\f"#);
        assert_eq!(plain(b"$'\\303\\251\\x41\\u00e9\\t\\E'"), "éAé\t\u{1b}".as_bytes());
        assert_eq!(plain(b"'a\"b'c\\ d"), b"a\"bc d");
    }
}
