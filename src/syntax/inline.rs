//! The marks of inline Markdown that meaning hangs on: code, links, strong text, comments. And plain text for titles.
//!
//! Marks are found first and paired in one pass, so that thousands of unclosed ones cost no more than closed ones.

use super::document::Slice;
use crate::source::Span;
use std::collections::HashMap;

/// A piece of text between marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// With its marks.
    pub span: Span,
    /// Without them.
    pub content: Span,
}

/// Where a link goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkTarget {
    /// `[text](destination)`.
    Inline(Span),
    /// `[text][label]`; for `[text][]` the label is the text.
    Reference(Span),
}

/// A link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The whole link.
    pub span: Span,
    /// Its text.
    pub text: Span,
    /// Where it goes.
    pub target: LinkTarget,
    /// `![alt](…)`: a picture, not a way to go.
    pub image: bool,
}

/// What was found in one leaf, each kind in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inline {
    /// Code spans; the content has no padding blanks.
    pub code: Vec<Marked>,
    /// Links and images.
    pub links: Vec<Link>,
    /// `**…**` and `__…__`.
    pub strong: Vec<Marked>,
    /// Comments, marks included.
    pub comments: Vec<Span>,
}

/// Scans a leaf's content; spans are places in `source`.
///
/// Lines are read as one text, so that a link may go over a line's end.
#[must_use]
pub fn scan(source: &str, content: &[Slice]) -> Inline {
    let (Some(first), Some(last)) = (content.first(), content.last()) else { return Inline::default() };
    scan_span(source, Span::new(first.span.start, last.span.end))
}

/// Scans a part of `source`.
#[must_use]
pub fn scan_span(source: &str, within: Span) -> Inline {
    let text = within.of(source);
    if !text.contains(['`', '[', '*', '_', '<']) {
        return Inline::default();
    }
    let mut scanner = Scanner::new(text, within.start);
    scanner.run();
    scanner.found
}

/// What may be a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Ticks,
    Comment,
    ImageOpen,
    BracketOpen,
    BracketClose,
    Stars,
    Underlines,
}

/// Every mark of a text that no backslash stands before, in order; which ones belong together is the scanner's to say.
fn marks(text: &str) -> Vec<(Mark, Span)> {
    let bytes = text.as_bytes();
    let run = |at: usize| bytes[at..].iter().take_while(|b| **b == bytes[at]).count();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let (mark, length) = match byte {
            b'`' => (Mark::Ticks, run(at)),
            b'*' => (Mark::Stars, run(at)),
            b'_' => (Mark::Underlines, run(at)),
            b'[' => (Mark::BracketOpen, 1),
            b']' => (Mark::BracketClose, 1),
            b'!' if bytes.get(at + 1) == Some(&b'[') => (Mark::ImageOpen, 2),
            b'<' if bytes[at..].starts_with(b"<!--") => (Mark::Comment, 4),
            _ => {
                let escapes = *byte == b'\\' && bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation);
                at += 1 + usize::from(escapes);
                continue;
            }
        };
        found.push((mark, Span::new(at, at + length)));
        at += length;
    }
    found
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    found: Inline,
    marks: Vec<(Mark, Span)>,
    /// For each length of a run of backticks, where in `marks` such runs stand.
    ticks: HashMap<usize, Vec<usize>>,
    /// Open brackets: where the text begins, and whether it is an image.
    brackets: Vec<(Span, bool)>,
    /// An open `**` and an open `__`, where they stand.
    strong: [Option<Span>; 2],
    /// No comment ends after this place.
    no_comment_end: bool,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str, at: usize) -> Self {
        let marks = marks(text);
        let mut ticks: HashMap<usize, Vec<usize>> = HashMap::new();
        for (i, (mark, place)) in marks.iter().enumerate() {
            if *mark == Mark::Ticks {
                ticks.entry(place.len()).or_default().push(i);
            }
        }
        let found = Inline::default();
        Self { text, at, found, marks, ticks, brackets: Vec::new(), strong: [None; 2], no_comment_end: false }
    }

    fn absolute(&self, span: Span) -> Span {
        Span::new(self.at + span.start, self.at + span.end)
    }

    fn run(&mut self) {
        let mut i = 0;
        // Marks before this place are inside something already read.
        let mut skip = 0;
        while let Some((mark, place)) = self.marks.get(i).copied() {
            if place.start < skip {
                i += 1;
                continue;
            }
            match mark {
                Mark::Ticks => {
                    if let Some(next) = self.code(i, place) {
                        i = next;
                    }
                }
                Mark::Comment => skip = self.comment(place).unwrap_or(skip),
                Mark::BracketOpen | Mark::ImageOpen => self.brackets.push((place, mark == Mark::ImageOpen)),
                Mark::BracketClose => skip = self.link(place).unwrap_or(skip),
                Mark::Stars => self.strong(place, 0),
                Mark::Underlines => self.strong(place, 1),
            }
            i += 1;
        }
        self.found.links.sort_by_key(|l| l.span.start);
        self.found.strong.sort_by_key(|s| s.span.start);
    }

    /// The code span that the run of backticks at mark `i` opens; the mark that closes it.
    fn code(&mut self, i: usize, open: Span) -> Option<usize> {
        let same = self.ticks.get(&open.len())?;
        let close = *same.get(same.partition_point(|m| *m <= i))?;
        let end = self.marks[close].1;
        let mut content = Span::new(open.end, end.start);
        let inside = content.of(self.text);
        // One blank on both sides is padding (CommonMark 6.1).
        if inside.len() > 2 && inside.starts_with(' ') && inside.ends_with(' ') && !inside.trim().is_empty() {
            content = Span::new(content.start + 1, content.end - 1);
        }
        let span = self.absolute(open.to(end));
        self.found.code.push(Marked { span, content: self.absolute(content) });
        Some(close)
    }

    fn comment(&mut self, open: Span) -> Option<usize> {
        if self.no_comment_end {
            return None;
        }
        let Some(end) = self.text[open.end..].find("-->").map(|n| open.end + n + 3) else {
            self.no_comment_end = true;
            return None;
        };
        let span = self.absolute(Span::new(open.start, end));
        self.found.comments.push(span);
        Some(end)
    }

    /// The link that the `]` at `close` ends; where it ends.
    fn link(&mut self, close: Span) -> Option<usize> {
        let (open, image) = self.brackets.pop()?;
        let text = Span::new(open.end, close.start);
        let (target, end) = match self.text.as_bytes().get(close.end)? {
            b'(' => {
                let (destination, end) = destination(self.text, close.end + 1)?;
                (LinkTarget::Inline(self.absolute(destination)), end)
            }
            b'[' => {
                let inside = &self.text[close.end + 1..];
                let stop = inside.bytes().take(LABEL).position(|b| matches!(b, b'[' | b']'))?;
                if inside.as_bytes()[stop] != b']' {
                    return None;
                }
                let label = if stop == 0 { text } else { Span::new(close.end + 1, close.end + 1 + stop) };
                (LinkTarget::Reference(self.absolute(label)), close.end + stop + 2)
            }
            _ => return None,
        };
        let span = self.absolute(Span::new(open.start, end));
        self.found.links.push(Link { span, text: self.absolute(text), target, image });
        Some(end)
    }

    fn strong(&mut self, run: Span, which: usize) {
        if run.len() < 2 {
            return;
        }
        let before = self.text[..run.start].chars().next_back();
        let after = self.text[run.end..].chars().next();
        let closes = before.is_some_and(|c| !c.is_whitespace());
        if closes && let Some(open) = self.strong[which].take() {
            let span = self.absolute(Span::new(open.end - 2, run.start + 2));
            let content = self.absolute(Span::new(open.end, run.start));
            self.found.strong.push(Marked { span, content });
        } else if after.is_some_and(|c| !c.is_whitespace()) {
            self.strong[which] = Some(run);
        }
    }
}

/// A label is at most this long (CommonMark).
const LABEL: usize = 1000;

/// Brackets within a destination nest at most this deep, which bounds the work on thousands of open ones.
const NESTED: usize = 32;

/// The destination of the link whose `(` ends at `at`, and where the link ends.
#[must_use]
pub fn destination(text: &str, at: usize) -> Option<(Span, usize)> {
    let bytes = text.as_bytes();
    let blank = |i: usize| bytes.get(i).is_some_and(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
    let mut i = at;
    while blank(i) {
        i += 1;
    }
    let span = if bytes.get(i) == Some(&b'<') {
        let start = i + 1;
        let stop = bytes[start..].iter().position(|b| matches!(b, b'<' | b'>' | b'\n'))?;
        i = start + stop + 1;
        if bytes[start + stop] != b'>' {
            return None;
        }
        Span::new(start, start + stop)
    } else {
        let start = i;
        let mut depth = 0;
        while let Some(b) = bytes.get(i) {
            match b {
                b' ' | b'\t' | b'\n' | b'\r' => break,
                b'(' => depth += 1,
                b')' if depth == 0 => break,
                b')' => depth -= 1,
                b'\\' => i += 1,
                _ => {}
            }
            if depth > NESTED {
                return None;
            }
            i += 1;
        }
        Span::new(start, i.min(bytes.len()))
    };
    while blank(i) {
        i += 1;
    }
    if let Some(quote @ (b'"' | b'\'')) = bytes.get(i) {
        i += 1 + bytes[i + 1..].iter().position(|b| b == quote)? + 1;
        while blank(i) {
            i += 1;
        }
    }
    (bytes.get(i) == Some(&b')')).then_some((span, i + 1))
}

/// The text that a reader sees: marks, tags and comments gone, links by their text, escapes and entities resolved,
/// white space folded.
#[must_use]
pub fn plain(text: &str) -> String {
    let found = scan_span(text, Span::new(0, text.len()));
    // Pieces to leave out, and code to keep as it is.
    let mut cuts: Vec<(Span, bool)> = Vec::new();
    for code in &found.code {
        cuts.push((Span::new(code.span.start, code.content.start), false));
        cuts.push((code.content, true));
        cuts.push((Span::new(code.content.end, code.span.end), false));
    }
    cuts.extend(found.comments.iter().map(|c| (*c, false)));
    for link in &found.links {
        cuts.push((Span::new(link.span.start, link.text.start), false));
        cuts.push((Span::new(link.text.end, link.span.end), false));
    }
    cuts.sort_by_key(|(span, _)| (span.start, span.end));
    let mut out = Plain { out: String::with_capacity(text.len()), before: None };
    let mut at = 0;
    for (cut, keep) in cuts {
        if cut.start < at {
            continue;
        }
        out.prose(&text[at..cut.start], text[cut.start..].chars().next());
        if keep {
            out.code(cut.of(text));
        }
        at = cut.end;
    }
    out.prose(&text[at..], None);
    out.out.trim().to_owned()
}

struct Plain {
    out: String,
    /// The character before, of the source.
    before: Option<char>,
}

impl Plain {
    fn push(&mut self, c: char) {
        if c.is_whitespace() {
            if !self.out.ends_with(' ') {
                self.out.push(' ');
            }
        } else {
            self.out.push(c);
        }
        self.before = Some(c);
    }

    fn code(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    fn prose(&mut self, text: &str, after: Option<char>) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let mut next = c.len_utf8();
            match c {
                '\\' if rest[1..].starts_with(|c: char| c.is_ascii_punctuation()) => {
                    if let Some(escaped) = rest[1..].chars().next() {
                        self.out.push(escaped);
                        self.before = Some(escaped);
                        next = 2;
                    }
                }
                '&' => match entity(rest) {
                    Some((decoded, len)) => {
                        self.push(decoded);
                        next = len;
                    }
                    None => self.push(c),
                },
                '<' => match tag(rest) {
                    Some(len) => next = len,
                    None => self.push(c),
                },
                '*' | '_' => {
                    next = rest.len() - rest.trim_start_matches(c).len();
                    let following = rest[next..].chars().next().or(after);
                    if self.is_text(c, next, following) {
                        self.out.push_str(&rest[..next]);
                    }
                    self.before = Some(c);
                }
                _ => self.push(c),
            }
            rest = &rest[next..];
        }
    }

    /// Whether a run of `*` or `_` is text: with blanks on both sides, inside a word (for `_`), or a blank to fill.
    fn is_text(&self, mark: char, length: usize, after: Option<char>) -> bool {
        let blank = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        (blank(self.before) && blank(after)) || (mark == '_' && ((word(self.before) && word(after)) || length > 3))
    }
}

/// Tags that titles hold.
const TAGS: [&str; 22] = [
    "a", "b", "i", "u", "s", "br", "em", "kbd", "sub", "sup", "img", "div", "span", "code", "strong", "small", "mark",
    "font", "del", "ins", "p", "details",
];

/// The length of the HTML tag or autolink bracket that `text` begins with. Only real tags: `<replica-host>` is text.
fn tag(text: &str) -> Option<usize> {
    let end = text.bytes().take(200).position(|b| b == b'>')? + 1;
    let inside = text[1..end - 1].trim_start_matches('/').trim_end_matches('/').trim_end();
    let name = inside.split([' ', '\t', '\n']).next()?.to_ascii_lowercase();
    TAGS.contains(&name.as_str()).then_some(end)
}

/// The entity that `text` begins with, and its length: those that people write in titles, and numbers.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let name = &text[1..end];
    let decoded = if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{FFFD}')
    } else {
        match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => '\u{A0}',
            "copy" => '©',
            "mdash" => '—',
            "ndash" => '–',
            "hellip" => '…',
            "rarr" => '→',
            "larr" => '←',
            "le" => '≤',
            "ge" => '≥',
            "times" => '×',
            "eacute" => 'é',
            "egrave" => 'è',
            "agrave" => 'à',
            "ccedil" => 'ç',
            _ => return None,
        }
    };
    Some((decoded, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scanned() {
        let text =
            "See **`x`** and [the *page*](#there \"t\") or [ref][r] and [r][], ``a ` b``, __s__ <!-- c --> ![i](p.png)";
        let found = scan_span(text, Span::new(0, text.len()));
        let all = |marked: &[Marked]| marked.iter().map(|m| m.content.of(text)).collect::<Vec<_>>();
        assert_eq!(all(&found.code), ["x", "a ` b"]);
        assert_eq!(all(&found.strong), ["`x`", "s"]);
        let links: Vec<_> = found
            .links
            .iter()
            .map(|l| match l.target {
                LinkTarget::Inline(to) | LinkTarget::Reference(to) => (l.text.of(text), to.of(text), l.image),
            })
            .collect();
        assert_eq!(
            links,
            [("the *page*", "#there", false), ("ref", "r", false), ("r", "r", false), ("i", "p.png", true)]
        );
        assert_eq!(found.comments.len(), 1);
    }

    #[test]
    fn spans_are_absolute() {
        let text = "> see [a\n> b](x) `c`\n";
        let content = [Slice { span: Span::new(2, 8), pad: 0 }, Slice { span: Span::new(11, 20), pad: 0 }];
        let found = scan(text, &content);
        assert_eq!(found.links[0].span.of(text), "[a\n> b](x)");
        assert_eq!(found.code[0].content.of(text), "c");
    }

    #[test]
    fn unclosed_marks_are_text() {
        for text in ["[a](b", "`a", "**a", "<!-- a", "[a]", "\\`a\\`", "\\[a](b)", "** a **"] {
            assert_eq!(scan_span(text, Span::new(0, text.len())), Inline::default(), "{text}");
        }
    }

    #[test]
    fn plain_text() {
        let cases = [
            ("**Étape 2** : `mysql -e \"a_b\"`", "Étape 2 : mysql -e \"a_b\""),
            ("[Manual *failover*](#x) &amp; more&#33;", "Manual failover & more!"),
            ("a <!-- c --> b", "a b"),
            ("snake_case * 2 \\*kept\\*", "snake_case * 2 *kept*"),
            ("_it_ __st__ ***both***", "it st both"),
            ("<b>x</b><br/> on <replica-host>", "x on <replica-host>"),
            ("two\nlines", "two lines"),
            ("`*x*`", "*x*"),
            ("RTO: ______", "RTO: ______"),
            ("AT&T &unknown; R&D", "AT&T &unknown; R&D"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
