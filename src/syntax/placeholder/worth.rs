//! Which lines are worth a look: most hold nothing that could begin a placeholder.

use super::known::PATHS;

/// So many places are looked at together: that is quicker than to stop at the first.
const BLOCK: usize = 32;

/// Where the next line that may hold a placeholder begins, from `from` on. It may name too many lines, but passes over none.
pub(super) fn next(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let at = place(bytes, from, may_hold_at)?;
    Some(memchr::memrchr(b'\n', &bytes[from..at]).map_or(from, |n| from + n + 1))
}

/// Whether a line may hold a placeholder by its words alone, without a mark. Never no wrongly.
pub(super) fn words(line: &str) -> bool {
    let marks = |byte: u8| matches!(byte, b'<' | b'[' | b'{' | b'/');
    place(line.as_bytes(), 0, |bytes, i| !marks(bytes[i]) && may_hold_at(bytes, i)).is_some()
}

/// The first place from `from` on that is what is looked for, of those where something may begin.
fn place(bytes: &[u8], from: usize, is: impl Fn(&[u8], usize) -> bool) -> Option<usize> {
    (from..bytes.len()).step_by(BLOCK).find_map(|start| {
        let rest = &bytes[start..];
        let begun = if let Some(block) = rest.first_chunk() {
            begun(block)
        } else {
            let mut block = [b'\n'; BLOCK + 2];
            block[..rest.len()].copy_from_slice(rest);
            begun(&block)
        };
        let any = begun.iter().fold(0, |any, place| any | place) != 0;
        (0..BLOCK).filter(|_| any).find(|i| begun[*i] != 0 && is(bytes, start + i)).map(|i| start + i)
    })
}

/// For each place of a block, behind which two bytes more stand, whether something may begin there.
fn begun(block: &[u8; BLOCK + 2]) -> [u8; BLOCK] {
    let mut places = [0; BLOCK];
    for (i, place) in places.iter_mut().enumerate() {
        *place = begins(block[i], block[i + 1], block[i + 2]);
    }
    places
}

/// Not nought where a placeholder may begin, by its first three bytes. Letters that placeholders begin with stand in nearly every word,
/// at places that a processor cannot foresee; so there is no branch in it, and it is worked out for many places at once.
#[inline]
fn begins(first: u8, second: u8, third: u8) -> u8 {
    let is = |byte: u8, other: u8| u8::from(byte == other);
    let (a, b, c) = (first | 0x20, second | 0x20, third | 0x20);
    let joint = |byte: u8| is(byte, b'-') | is(byte, b'_');
    // A name in any alphabet.
    let letter = u8::from(b.wrapping_sub(b'a') < 26) | u8::from(second >= 0x80);
    (is(first, b'<') | is(first, b'[')) & letter
        | is(first, b'{') & is(second, b'{')
        // It stands within a name, between two capitals.
        | is(first, b'_') & u8::from(second.wrapping_sub(b'0') <= b'_' - b'0')
        | (is(a, b'v') | is(a, b'y')) & (is(b, b'i') | is(b, b'o') | is(b, b'y'))
        | (is(a, b'x') | is(a, b'a')) & is(a, b)
        | is(first, b'/') & (is(second, b'p') | is(second, b'c'))
        | is(a, b'c') & (is(b, b'h') | joint(second))
        | is(a, b'f') & (is(b, b'i') | joint(second))
        | is(a, b'r') & (is(b, b'e') & (is(c, b'p') | joint(third)) | joint(second))
}

/// Whether a placeholder may begin at byte `i`.
fn may_hold_at(bytes: &[u8], i: usize) -> bool {
    let capital = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let closed = |mark: u8| memchr::memchr2(mark, b'\n', &bytes[i..]).is_some_and(|n| bytes[i + n] == mark);
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
