//! Which lines are worth a look: most hold nothing that could begin a placeholder.

use super::known::PATHS;

/// What a placeholder may begin with, and what that byte may be followed by: a bit for each kind of beginning.
///
/// Letters that placeholders begin with stand in nearly every word, at places that a processor cannot foresee; two of them in a
/// row are rare.
const BEGINS: ([u8; 256], [u8; 256]) = {
    // `_` stands within a name, between two capitals.
    let kinds: [(&[u8], &[u8]); 8] = [
        (b"<[", b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        (b"{", b"{"),
        (b"_", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
        (b"VvYyFf", b"IiOo_-"),
        (b"XxYA", b"XxYA"),
        (b"Cc", b"Hh_-"),
        (b"Rr", b"Ee_-"),
        (b"/", b"pc"),
    ];
    let (mut begins, mut goes_on) = ([0; 256], [0; 256]);
    let mut kind = 0;
    while kind < kinds.len() {
        let (first, next) = kinds[kind];
        let mut i = 0;
        while i < first.len() {
            begins[first[i] as usize] |= 1 << kind;
            i += 1;
        }
        i = 0;
        while i < next.len() {
            goes_on[next[i] as usize] |= 1 << kind;
            i += 1;
        }
        kind += 1;
    }
    // A name in any alphabet.
    let mut byte = 0x80;
    while byte < 256 {
        goes_on[byte] |= 1;
        byte += 1;
    }
    (begins, goes_on)
};

/// So many bytes are looked at together.
const BLOCK: usize = 32;

/// Whether a line holds a byte or a word that every placeholder has. It may say yes too often, never no wrongly.
pub(super) fn may_hold(line: &str) -> bool {
    let bytes = line.as_bytes();
    let behind = bytes.get(1..).unwrap_or_default();
    let (begins, goes_on) = &BEGINS;
    let begun = |first: &u8, next: &u8| begins[usize::from(*first)] & goes_on[usize::from(*next)];
    // To look at every byte of a block is quicker than to stop at the first.
    (0..behind.len()).step_by(BLOCK).any(|from| {
        let to = behind.len().min(from + BLOCK);
        let pairs = bytes[from..to].iter().zip(&behind[from..to]);
        pairs.fold(0, |any, (first, next)| any | begun(first, next)) != 0
            && (from..to).any(|i| begun(&bytes[i], &behind[i]) != 0 && may_hold_at(bytes, i))
    })
}

/// The same of what begins at byte `i`.
fn may_hold_at(bytes: &[u8], i: usize) -> bool {
    let capital = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let closed = |mark: u8| memchr::memchr(mark, &bytes[i..]).is_some();
    let first = i == 0 || !bytes[i - 1].is_ascii_alphanumeric();
    let rest = &bytes[i..];
    match bytes[i] {
        b'<' => closed(b'>'),
        b'[' => closed(b']'),
        b'{' => true,
        b'_' => i > 0 && capital(bytes[i - 1]),
        b'V' => rest.starts_with(b"VIP") || own(rest, b"votre"),
        b'v' => first && own(rest, b"votre"),
        b'/' => PATHS.iter().any(|path| rest.starts_with(path.as_bytes())),
        b'A' => rest.starts_with(b"AAAA"),
        b'Y' | b'y' => rest.starts_with(b"YYYY") || first && own(rest, b"your"),
        b'X' | b'x' => rest.iter().take_while(|b| matches!(b, b'x' | b'X')).take(3).count() == 3,
        b'C' | b'c' => first && spelt(rest, b"changeme"),
        b'R' | b'r' => first && spelt(rest, b"replaceme"),
        b'F' | b'f' => first && spelt(rest, b"fillme"),
        _ => false,
    }
}

/// Whether `text` begins with a word that something is glued to.
fn own(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word))
        && matches!(text.get(word.len()), Some(b'-' | b'_' | b'.'))
}

/// Whether `text` begins with a word, however it is hyphenated.
fn spelt(text: &[u8], word: &[u8]) -> bool {
    let mut letters = text.iter().filter(|b| !matches!(b, b'_' | b'-')).map(u8::to_ascii_lowercase);
    word.iter().all(|w| letters.next() == Some(*w))
}
