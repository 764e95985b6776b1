//! Variables and words of the shell.

/// The variable name a text begins with; empty when there is none.
pub(super) fn name_at(text: &str) -> &str {
    let end = text
        .bytes()
        .enumerate()
        .find(|(i, b)| !(b.is_ascii_alphabetic() || *b == b'_' || (*i > 0 && b.is_ascii_digit())))
        .map_or(text.len(), |(i, _)| i);
    &text[..end]
}

/// The name that a word assigns to (`X=1`, `X+=1`, `X[0]=1`).
pub(super) fn assigned(word: &str) -> Option<&str> {
    let name = name_at(word);
    let rest = &word[name.len()..];
    let rest = if rest.starts_with('[') { rest.find(']').map_or(rest, |i| &rest[i + 1..]) } else { rest };
    (!name.is_empty() && (rest.starts_with('=') || rest.starts_with("+="))).then_some(name)
}

/// The length of a `<placeholder>` at the start of a text, which a shell would take for a redirection.
#[must_use]
pub fn placeholder(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('<')?;
    let bytes = inner.as_bytes();
    let letter = |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_alphabetic() || *b >= 0x80);
    // "the team's name": an apostrophe between letters is no quote.
    let quote = |at: usize, b: u8| b == b'\'' && !(at > 0 && letter(at - 1) && letter(at + 1));
    let end = bytes.iter().take(81).enumerate().position(|(at, b)| {
        matches!(b, b'>' | b'<' | b'\n' | b'$' | b'"' | b'(' | b';' | b'&' | b'|' | b'`') || quote(at, *b)
    })?;
    let name = &bytes[..end];
    let fits = inner.as_bytes()[end] == b'>'
        && name.first().is_some_and(|b| b.is_ascii_alphabetic() || *b >= 0x80)
        && name.last().is_some_and(|b| *b != b' ')
        // A path alone is a file's; `<in -k 2>out` has a number before its mark.
        && (!name.contains(&b'/') || name.contains(&b' '))
        && !numbered(&inner[..end], &inner[end + 1..])
        && !inner[end + 1..].starts_with('>');
    fits.then_some(end + 2)
}

/// Whether `<in.txt 2>…` is a file's name and the number of what is redirected next.
fn numbered(name: &str, behind: &str) -> bool {
    let number = name.rsplit_once(' ').is_some_and(|(_, last)| matches!(last, "1" | "2"));
    number && behind.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '&' | '/' | '.'))
}

/// Whether an option of a command that sets variables takes the next word as its value.
pub(super) fn takes_value(command: &str, word: &str) -> bool {
    let letters: &[char] = match command {
        "read" => &['p', 't', 'n', 'N', 'd', 'u', 'i'],
        "mapfile" | "readarray" => &['d', 'n', 'O', 's', 'u', 'C', 'c'],
        _ => &[],
    };
    word.starts_with('-') && word.ends_with(letters)
}

/// The variables that an unquoted here-document expands.
pub(super) fn expansions(body: &str) -> impl Iterator<Item = &str> {
    let mut rest = body;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find('$')?;
            let escaped = rest[..at].ends_with('\\');
            rest = &rest[at + 1..];
            let name = name_at(rest.strip_prefix('{').unwrap_or(rest));
            if !escaped && !name.is_empty() {
                return Some(name);
            }
        }
    })
}

/// Variables that every shell or login has.
pub(super) fn is_standard(name: &str) -> bool {
    matches!(
        name,
        "HOME"
            | "PATH"
            | "PWD"
            | "OLDPWD"
            | "USER"
            | "LOGNAME"
            | "SHELL"
            | "HOSTNAME"
            | "RANDOM"
            | "SECONDS"
            | "UID"
            | "EUID"
            | "PPID"
            | "IFS"
            | "LINENO"
            | "TERM"
            | "LANG"
            | "OPTARG"
            | "OPTIND"
            | "REPLY"
            | "PIPESTATUS"
            | "FUNCNAME"
            | "EDITOR"
            | "PS1"
            | "TMPDIR"
            | "_"
            | "COLUMNS"
            | "LINES"
            | "EPOCHSECONDS"
    ) || name.starts_with("BASH")
}
