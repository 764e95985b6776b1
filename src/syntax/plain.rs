//! Lines of which a look at their beginning says what the grammar would: most lines of most pages. The others are the grammar's.

use super::lines::{HtmlKind, Token, TokenKind, columns};

/// Adds the tokens of the line between `start` and `end`, or none where it takes the grammar to know them.
pub(super) fn tokens(bytes: &[u8], start: usize, end: usize, tokens: &mut Vec<Token>) -> bool {
    let known = Look { bytes: &bytes[..end], at: start, column: 0, tokens }.line();
    if !known {
        tokens.clear();
    }
    known
}

struct Look<'l> {
    /// Up to the line's end.
    bytes: &'l [u8],
    at: usize,
    column: usize,
    tokens: &'l mut Vec<Token>,
}

impl Look<'_> {
    /// Whether the line is known; then its tokens are.
    fn line(&mut self) -> bool {
        loop {
            self.gap();
            let rest = &self.bytes[self.at..];
            match rest {
                [] => self.leaf(TokenKind::Blank),
                _ if is_words(rest) => self.leaf(TokenKind::Text),
                [b'-' | b'+' | b'*', b' ' | b'\t', ..] => {
                    let behind = rest[1..].trim_ascii_start();
                    // `- - -` is a rule, and so may `* * *` be.
                    if behind.first() == Some(&rest[0]) && !is_words(behind) {
                        return false;
                    }
                    self.take(TokenKind::Bullet, 1);
                    continue;
                }
                [b'0'..=b'9', ..] => {
                    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
                    match rest[digits..] {
                        [b'.' | b')'] => return false,
                        [b'.' | b')', b' ' | b'\t', ..] if digits <= NUMBER => {
                            self.take(TokenKind::Ordered, digits + 1);
                            continue;
                        }
                        _ => self.leaf(TokenKind::Text),
                    }
                }
                [b'[', b' ' | b'x' | b'X', b']', b' ' | b'\t', ..] => {
                    self.take(TokenKind::TaskBox, 3);
                    self.gap();
                    self.leaf(if self.at == self.bytes.len() { TokenKind::Blank } else { TokenKind::Text });
                }
                [b'[', b' ' | b'x' | b'X', b']', ..] => return false,
                [b'#', ..] => {
                    let marks = rest.iter().take_while(|b| **b == b'#').count();
                    let heads = marks <= LEVELS && matches!(rest.get(marks), None | Some(b' ' | b'\t'));
                    self.leaf(if heads { TokenKind::Heading } else { TokenKind::Text });
                }
                [b'`', ..] => {
                    let marks = rest.iter().take_while(|b| **b == b'`').count();
                    let opens = marks > 2 && memchr::memchr(b'`', &rest[marks..]).is_none();
                    self.leaf(if opens { TokenKind::Fence } else { TokenKind::Text });
                }
                [b'>', ..] => {
                    self.take(TokenKind::Quote, 1);
                    continue;
                }
                [b'<', b'!', b'-', b'-', ..] => self.leaf(TokenKind::Html(HtmlKind::Comment)),
                _ => match begins(rest) {
                    Some(kind) => self.leaf(kind),
                    None => return false,
                },
            }
            return true;
        }
    }

    /// Steps over blanks.
    fn gap(&mut self) {
        let gap = self.bytes[self.at..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        self.column = columns(&self.bytes[self.at..self.at + gap], self.column);
        self.at += gap;
    }

    /// A marker.
    fn take(&mut self, kind: TokenKind, length: usize) {
        self.tokens.push(Token { kind, start: self.at, end: self.at + length, column: self.column });
        self.at += length;
        self.column += length;
    }

    /// The rest of the line.
    fn leaf(&mut self, kind: TokenKind) {
        self.tokens.push(Token { kind, start: self.at, end: self.bytes.len(), column: self.column });
    }
}

/// A list's number has at most so many digits.
const NUMBER: usize = 9;

/// So many levels of headings there are.
const LEVELS: usize = 6;

/// Whether a line's rest begins with a letter, perhaps behind the mark of bold text or of a table's cell.
fn is_words(rest: &[u8]) -> bool {
    match rest {
        [b'*', b'*', letter, ..] => letter.is_ascii_alphabetic(),
        [b'|', b' ', letter, ..] => letter.is_ascii_alphanumeric(),
        [letter, ..] => letter.is_ascii_alphabetic(),
        [] => false,
    }
}

/// What a line's rest is by how it begins, where that is sure.
fn begins(rest: &[u8]) -> Option<TokenKind> {
    let all = |marks: &[u8]| rest.iter().all(|b| marks.contains(b));
    match rest {
        [b'=', ..] if all(b"=") => Some(TokenKind::Underline),
        [b'!', b'!', ..] | [b'?', b'?', ..] | [b'~', b'~', ..] | [b'=', b'=', b'=', ..] => None,
        // What draws lines draws them to the end; a marker of a list has a blank or nothing behind it.
        [b'-', b'-', b'-', ..] if all(b"- \t") => Some(TokenKind::Rule),
        [b'|', ..] if is_delimiters(rest) => Some(TokenKind::Delimiters),
        [b'-' | b'*' | b'+'] => None,
        [b'-' | b'=' | b'|' | b':', ..] => (!all(b"-=:| \t")).then_some(TokenKind::Text),
        [b'*', ..] => (!all(b"* \t")).then_some(TokenKind::Text),
        [b'_', ..] => (!all(b"_ \t")).then_some(TokenKind::Text),
        [b'+', ..] => Some(TokenKind::Text),
        // The boxes that people paste.
        [0xe2, 0x98, 0x90 | 0x91, ..] | [0xe2, 0x9c, 0x85, ..] | [0xe2, 0xac, 0x9c, ..] => None,
        [0xc2..=0xf4, ..] => Some(TokenKind::Text),
        [first, ..] => b"!?~()[]\"'$/.,@{}%&\\;^".contains(first).then_some(TokenKind::Text),
        [] => None,
    }
}

/// Whether a line's rest is what stands below a table's header, `|---|:-:|`.
fn is_delimiters(rest: &[u8]) -> bool {
    let inside = rest.strip_prefix(b"|").unwrap_or(rest);
    let inside = inside.strip_suffix(b"|").unwrap_or(inside);
    inside.split(|b| *b == b'|').all(|column| {
        let column = column.strip_prefix(b" ").unwrap_or(column);
        let column = column.strip_suffix(b" ").unwrap_or(column);
        let column = column.strip_prefix(b":").unwrap_or(column);
        let column = column.strip_suffix(b":").unwrap_or(column);
        !column.is_empty() && column.iter().all(|b| *b == b'-')
    })
}
