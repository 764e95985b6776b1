//! Link reference definitions: `[label]: destination "title"` at the front of a paragraph.

use super::document::{Block, BlockId, BlockKind, Slice};
use crate::source::Span;

/// What stands at the front of a paragraph.
pub(super) struct Found {
    pub(super) definitions: Vec<Definition>,
    /// How many of the paragraph's lines they take.
    pub(super) lines: usize,
}

pub(super) struct Definition {
    span: Span,
    label: Span,
    destination: Span,
}

impl Definition {
    pub(super) fn block(&self, id: BlockId, parent: Option<BlockId>) -> Block {
        let kind = BlockKind::LinkDefinition { label: self.label, destination: self.destination };
        Block { kind, span: self.span, parent, end: id + 1 }
    }
}

/// Reads definitions from the front of a paragraph until a line is none.
pub(super) fn definitions(text: &str, lines: &[Slice]) -> Found {
    let mut found = Found { definitions: Vec::new(), lines: 0 };
    while let Some((definition, next)) = definition(text, lines, found.lines) {
        found.definitions.push(definition);
        found.lines = next;
    }
    found
}

/// A label is at most this long (CommonMark), which also bounds the work on unclosed brackets.
const LABEL: usize = 1000;

/// A place in the paragraph: line, and byte within the source.
struct Reader<'t> {
    text: &'t str,
    lines: &'t [Slice],
    line: usize,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        let slice = self.lines.get(self.line)?;
        if self.at < slice.span.end { Some(self.text.as_bytes()[self.at]) } else { None }
    }

    fn line_end(&self) -> bool {
        self.lines.get(self.line).is_none_or(|s| self.at >= s.span.end)
    }

    fn next_line(&mut self) -> bool {
        self.line += 1;
        match self.lines.get(self.line) {
            Some(slice) => {
                self.at = slice.span.start;
                true
            }
            None => false,
        }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Blanks with at most one line ending among them.
    fn blanks_and_line(&mut self) -> bool {
        self.blanks();
        if self.line_end() {
            if !self.next_line() {
                return false;
            }
            self.blanks();
        }
        true
    }

    fn label(&mut self) -> Option<Span> {
        if self.peek() != Some(b'[') {
            return None;
        }
        self.at += 1;
        let start = self.at;
        let mut seen = false;
        loop {
            if self.at > start + LABEL {
                return None;
            }
            match self.peek() {
                Some(b']') => break,
                Some(b'[') => return None,
                Some(b'\\') => self.at += 2,
                Some(b) => {
                    seen |= !b.is_ascii_whitespace();
                    self.at += 1;
                }
                None => {
                    if !self.next_line() {
                        return None;
                    }
                }
            }
        }
        let end = self.at;
        self.at += 1;
        seen.then_some(Span::new(start, end))
    }

    fn destination(&mut self) -> Option<Span> {
        let start = self.at;
        if self.peek() == Some(b'<') {
            self.at += 1;
            loop {
                match self.peek()? {
                    b'>' => break,
                    b'<' => return None,
                    b'\\' => self.at += 2,
                    _ => self.at += 1,
                }
            }
            self.at += 1;
            return Some(Span::new(start + 1, self.at - 1));
        }
        let mut depth = 0_usize;
        while let Some(b) = self.peek() {
            match b {
                b' ' | b'\t' => break,
                0..=31 | 127 => return None,
                b'(' => depth += 1,
                b')' => depth = depth.checked_sub(1)?,
                b'\\' if self.text.as_bytes().get(self.at + 1).is_some_and(u8::is_ascii_punctuation) => self.at += 1,
                _ => {}
            }
            self.at += 1;
        }
        (depth == 0 && self.at > start).then_some(Span::new(start, self.at))
    }

    /// A title, which may go over lines. True when one was read and its line holds nothing else.
    fn title(&mut self) -> bool {
        let close = match self.peek() {
            Some(b'"') => b'"',
            Some(b'\'') => b'\'',
            Some(b'(') => b')',
            _ => return false,
        };
        self.at += 1;
        loop {
            match self.peek() {
                Some(b) if b == close => break,
                Some(b'(') if close == b')' => return false,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
                None => {
                    if !self.next_line() {
                        return false;
                    }
                }
            }
        }
        self.at += 1;
        self.blanks();
        self.line_end()
    }
}

fn definition(text: &str, lines: &[Slice], first: usize) -> Option<(Definition, usize)> {
    let start = lines.get(first)?.span.start;
    let mut reader = Reader { text, lines, line: first, at: start };
    let label = reader.label()?;
    if reader.peek() != Some(b':') {
        return None;
    }
    reader.at += 1;
    if !reader.blanks_and_line() {
        return None;
    }
    let destination = reader.destination()?;
    let (line, at) = (reader.line, reader.at);
    let mut end = at;
    let mut last = line;
    reader.blanks();
    let bare = reader.line_end();
    // A title needs a blank before it. One that does not fit its lines is not a title, and then the line must be bare.
    let titled = (reader.at > at || bare) && (!bare || reader.next_line()) && reader.title();
    if titled {
        (end, last) = (reader.at, reader.line);
    } else if !bare {
        return None;
    }
    Some((Definition { span: Span::new(start, end), label, destination }, last + 1))
}
