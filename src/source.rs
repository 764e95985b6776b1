//! Places in a text: byte spans, and the line table that turns them into lines and columns.

use std::sync::Arc;

/// A half-open byte range `start..end` of one source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span `start..end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether `other` lies inside `self`.
    #[must_use]
    pub const fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Bytes covered.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it covers nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The text covered. Empty when the span does not fit `text`, which only a foreign span can do.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// A text's lines, as `split('\n')` gives them.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', text.as_bytes()).chain([text.len()]).map(move |end| {
        let line = &text[start..end];
        start = end + 1;
        line
    })
}

/// Where each line of a text starts. Built once; every look-up is a binary search.
#[derive(Debug, Clone)]
pub struct SourceMap {
    starts: Vec<usize>,
    len: usize,
}

impl SourceMap {
    /// Reads `text` once. Lines end with `\n`, `\r\n` or a lone `\r`, as in CommonMark.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = Vec::with_capacity(bytes.len() / 32 + 1);
        starts.push(0);
        for i in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[i] == b'\n' || bytes.get(i + 1) != Some(&b'\n') {
                starts.push(i + 1);
            }
        }
        Self { starts, len: bytes.len() }
    }

    /// The 1-based line that holds byte `offset`.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|s| *s <= offset)
    }

    /// The 1-based line and 1-based column of byte `offset`; columns count characters of `text`.
    #[must_use]
    pub fn line_column(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.line(offset);
        let start = self.starts[line - 1];
        let column = text.get(start..offset).map_or(offset - start, |s| s.chars().count()) + 1;
        (line, column)
    }

    /// The span of a 1-based line, its line ending included. Empty at the end of the text for a line that is not there.
    #[must_use]
    pub fn line_span(&self, line: usize) -> Span {
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(self.len);
        let end = self.starts.get(line).copied().unwrap_or(self.len);
        Span::new(start, end)
    }

    /// Where each line begins.
    #[must_use]
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// How many lines there are; a text that ends with a line ending has an empty last one.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.starts.len()
    }
}

/// One text with the name that messages call it by.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path as the user gave it.
    pub name: String,
    /// The text, without its byte order mark.
    pub text: Arc<str>,
    /// Its lines.
    pub map: SourceMap,
}

impl Source {
    /// A source from text that is already decoded.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let map = SourceMap::new(&text);
        Self { name: name.into(), text, map }
    }

    /// The 1-based line of a byte offset.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.map.line(offset)
    }

    /// `file:line:column` of a byte offset.
    #[must_use]
    pub fn place(&self, offset: usize) -> String {
        let (line, column) = self.map.line_column(&self.text, offset);
        format!("{}:{line}:{column}", self.name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_and_columns() {
        let text = "a\r\né\rb\n";
        let map = SourceMap::new(text);
        assert_eq!(map.lines(), 4);
        assert_eq!(map.line_column(text, text.find('b').unwrap()), (3, 1));
        assert_eq!(map.line_span(2).of(text), "é\r");
    }
}
