//! A paragraph's text as people see it: markup gone, with the places of code, links and bold words.

use super::leads::{self, Lead};
use super::shell::{self, Script};
use super::words::Words;
use crate::source::{Span, lines};
use crate::syntax::blank::{self, Blank, Choice};
use crate::syntax::document::Slice;
use std::cell::OnceCell;
use std::rc::Rc;

/// A leaf's lines joined, with the way back to the source.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// The lines, joined with `\n`.
    pub raw: String,
    lines: Vec<(usize, usize)>,
    script: OnceCell<Rc<Script>>,
    choice: OnceCell<Option<Choice>>,
    blanks: OnceCell<Vec<Blank>>,
}

impl Text {
    /// What the text is as shell, with a word in place of every `{{ … }}`. It is looked through once, however many ask.
    #[must_use]
    pub fn script(&self) -> &Rc<Script> {
        self.script.get_or_init(|| Rc::new(shell::scan(&shell::without_mustaches(&self.raw))))
    }

    /// Its boxes, if it is a line of two or more. Looked for once, as are the blanks.
    #[must_use]
    pub fn choice(&self) -> Option<&Choice> {
        self.choice.get_or_init(|| super::blanks::boxes(&self.raw)).as_ref()
    }

    /// The blanks to fill in it.
    #[must_use]
    pub fn blanks(&self) -> &[Blank] {
        self.blanks.get_or_init(|| blank::blanks(&self.raw))
    }

    /// Joins a leaf's content.
    #[must_use]
    pub fn of(source: &str, content: &[Slice]) -> Self {
        let room = content.iter().map(|s| s.span.len() + usize::from(s.pad) + 1).sum();
        let mut text =
            Self { raw: String::with_capacity(room), lines: Vec::with_capacity(content.len()), ..Self::default() };
        for (i, slice) in content.iter().enumerate() {
            if i > 0 {
                text.raw.push('\n');
            }
            for _ in 0..slice.pad {
                text.raw.push(' ');
            }
            text.lines.push((text.raw.len(), slice.span.start));
            text.raw.push_str(slice.span.of(source));
        }
        text
    }

    /// A piece of the source as it stands.
    #[must_use]
    pub fn piece(source: &str, span: Span) -> Self {
        Self { raw: span.of(source).to_owned(), lines: vec![(0, span.start)], ..Self::default() }
    }

    /// A table's cell. There a backslash keeps a pipe from ending the cell, in code too, and is no part of it.
    #[must_use]
    pub fn cell(source: &str, span: Span) -> Self {
        let raw = span.of(source);
        if memchr::memmem::find(raw.as_bytes(), br"\|").is_none() {
            return Self::piece(source, span);
        }
        let mut text = Self { raw: String::with_capacity(raw.len()), ..Self::default() };
        let mut at = 0;
        for piece in raw.split(r"\|") {
            if at > 0 {
                text.lines.push((text.raw.len(), span.start + at - 1));
                text.raw.push('|');
            } else {
                text.lines.push((0, span.start));
            }
            text.raw.push_str(piece);
            at += piece.len() + 2;
        }
        text
    }

    /// The pieces of a cell that `<br>` divides; one in code does not.
    #[must_use]
    pub fn broken(&self) -> Vec<Self> {
        let raw = self.raw.as_str();
        let bytes = raw.as_bytes();
        let (mut all, mut from, mut at) = (Vec::new(), 0, 0);
        while let Some(found) = bytes[at..].iter().position(|b| matches!(b, b'\\' | b'`' | b'<')) {
            at += found;
            match bytes[at] {
                b'`' => {
                    let ticks = bytes[at..].iter().take_while(|b| **b == b'`').count();
                    at = closing_ticks(raw, at + ticks, ticks).unwrap_or(at) + ticks;
                }
                b'<' => {
                    let name = bytes.get(at + 1..at + 4).unwrap_or_default();
                    let tag = name.len() == 3 && name[..2].eq_ignore_ascii_case(b"br") && b" />".contains(&name[2]);
                    let end = bytes[at..].iter().take(8).position(|b| tag && *b == b'>');
                    at += end.map_or(0, |end| {
                        all.push(self.part(from, at, &raw[from..at]));
                        from = at + end + 1;
                        end
                    }) + 1;
                }
                // What it stands before is text, whatever it means elsewhere.
                _ => at = (at + 2).min(bytes.len()),
            }
        }
        all.push(self.part(from, raw.len(), &raw[from..]));
        all
    }

    /// A range of the text as one of its own, read as `raw`, which is as long.
    fn part(&self, start: usize, end: usize, raw: &str) -> Self {
        let first = (0, self.source(start));
        let inside =
            self.lines.iter().filter(|(at, _)| *at > start && *at < end).map(|(at, source)| (at - start, *source));
        Self { raw: raw.to_owned(), lines: std::iter::once(first).chain(inside).collect(), ..Self::default() }
    }

    /// A code span as a text of its own, without its first `skip` bytes.
    #[must_use]
    pub fn code(&self, code: &Piece, skip: usize) -> Self {
        let line = self.lines.partition_point(|(_, source)| *source <= code.span.start);
        let Some((at, source)) = line.checked_sub(1).and_then(|line| self.lines.get(line)) else {
            return Self::from_source(&code.text[skip..], code.span.start + skip);
        };
        let start = at + (code.span.start - source);
        self.part(start + skip, start + code.text.len(), &code.text[skip..])
    }

    /// A text that begins at a byte of the source.
    #[must_use]
    pub fn from_source(raw: &str, at: usize) -> Self {
        Self { raw: raw.to_owned(), lines: vec![(0, at)], ..Self::default() }
    }

    /// Appends a piece of another text as a line of its own; returns where it begins.
    pub fn add_line(&mut self, other: &Text, start: usize, end: usize) -> usize {
        self.script.take();
        self.choice.take();
        self.blanks.take();
        if !self.lines.is_empty() {
            self.raw.push('\n');
        }
        let begins = self.raw.len();
        self.lines.push((begins, other.source(start)));
        self.raw.push_str(&other.raw[start..end.max(start)]);
        begins
    }

    /// Where each line stands in `raw`, its end excluded.
    #[must_use]
    pub fn line_ranges(&self) -> Vec<(usize, usize)> {
        let mut at = 0;
        let range = |line: &str| {
            let start = at;
            at += line.len() + 1;
            (start, start + line.len())
        };
        lines(&self.raw).map(range).collect()
    }

    /// Some of the lines, as a text of its own.
    #[must_use]
    pub fn pick(&self, ranges: &[(usize, usize)]) -> Text {
        let mut out = Text::default();
        for (start, end) in ranges {
            out.add_line(self, *start, *end);
        }
        out
    }

    /// A range of whole lines as a text of its own; 0-based, the end excluded. Looks through the whole text.
    #[must_use]
    pub fn lines(&self, from: usize, to: usize) -> Text {
        let ranges = self.line_ranges();
        let to = to.min(ranges.len());
        self.pick(ranges.get(from.min(to)..to).unwrap_or(&[]))
    }

    /// The byte of the source that a byte of `raw` comes from.
    #[must_use]
    pub fn source(&self, offset: usize) -> usize {
        let line = self.lines.partition_point(|(start, _)| *start <= offset);
        self.lines
            .get(line.wrapping_sub(1))
            .or(self.lines.first())
            .map_or(0, |(start, at)| at + offset.saturating_sub(*start))
    }

    /// The source span of a byte range of `raw`.
    #[must_use]
    pub fn span(&self, start: usize, end: usize) -> Span {
        if end <= start {
            let at = self.source(start);
            return Span::new(at, at);
        }
        let last = self.source(end - 1) + 1;
        Span::new(self.source(start).min(last), last)
    }
}

/// A code span, link or bold text inside a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where in [`Inline::plain`].
    pub start: usize,
    /// Its end there.
    pub end: usize,
    /// The text: of code as written, of a link its destination.
    pub text: String,
    /// Where in the source.
    pub span: Span,
}

/// A paragraph without its markup.
#[derive(Debug, Clone, Default)]
pub struct Inline {
    /// What people read; line ends kept.
    pub plain: String,
    /// Code spans.
    pub codes: Vec<Piece>,
    /// Links, images excluded.
    pub links: Vec<Piece>,
    /// Bold pieces.
    pub strongs: Vec<Piece>,
    /// Its first words, folded when somebody asks first.
    words: OnceCell<Words>,
    /// What its last sentence says of what follows.
    lead: OnceCell<Lead>,
}

/// As many words of a paragraph as anybody asks for at once.
pub(super) const FIRST: usize = 40;

impl Inline {
    /// What it says of the fence or list below it. Found out once.
    pub(super) fn lead(&self) -> Lead {
        *self.lead.get_or_init(|| leads::of(&self.plain))
    }

    /// The first words of [`Inline::plain`], at most 40. Many ask for them, and they are folded once.
    #[must_use]
    pub fn first(&self, most: usize) -> Words {
        self.words.get_or_init(|| Words::first(&self.plain, FIRST)).up_to(most)
    }
}

/// Tags that only shape text.
const TAGS: [&str; 20] = [
    "br", "b", "i", "u", "strong", "em", "kbd", "code", "details", "summary", "a", "span", "sub", "sup", "p", "div",
    "img", "mark", "small", "center",
];

/// Bytes that may be markup.
const MARKUP: [bool; 256] = {
    let (mut table, mut i) = ([false; 256], 0);
    let marks = br"`\<[]!*_~";
    while i < marks.len() {
        table[marks[i] as usize] = true;
        i += 1;
    }
    table
};

struct Reader<'a> {
    text: &'a Text,
    raw: &'a str,
    at: usize,
    out: Inline,
    strong: Option<(usize, usize)>,
    // Runs of backticks of these lengths have no partner further on.
    unpaired: Vec<usize>,
    brackets: Vec<(usize, usize)>,
    // Brackets of links in `plain`, to be taken out.
    holes: Vec<usize>,
}

/// Reads a text's inline markup.
#[must_use]
pub fn read(text: &Text) -> Inline {
    let mut reader = Reader {
        text,
        raw: &text.raw,
        at: 0,
        out: Inline::default(),
        strong: None,
        unpaired: Vec::new(),
        brackets: Vec::new(),
        holes: Vec::new(),
    };
    reader.out.plain.reserve(text.raw.len());
    while reader.at < reader.raw.len() {
        reader.step();
    }
    reader.without_holes()
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.raw[self.at..]
    }

    /// The result with the brackets of links taken out, and every place moved accordingly.
    fn without_holes(mut self) -> Inline {
        if self.holes.is_empty() {
            return self.out;
        }
        self.holes.sort_unstable();
        let mut plain = String::with_capacity(self.out.plain.len());
        let mut from = 0;
        for hole in &self.holes {
            plain.push_str(&self.out.plain[from..*hole]);
            from = hole + 1;
        }
        plain.push_str(&self.out.plain[from..]);
        self.out.plain = plain;
        let holes = &self.holes;
        let moved = |at: usize| at - holes.partition_point(|h| *h < at);
        for piece in self.out.codes.iter_mut().chain(&mut self.out.links).chain(&mut self.out.strongs) {
            piece.start = moved(piece.start);
            piece.end = moved(piece.end);
        }
        for strong in &mut self.out.strongs {
            self.out.plain[strong.start..strong.end].clone_into(&mut strong.text);
        }
        self.out
    }

    fn step(&mut self) {
        let bytes = self.raw.as_bytes();
        let plain_end =
            bytes[self.at..].iter().position(|b| MARKUP[usize::from(*b)]).map_or(bytes.len(), |i| self.at + i);
        if plain_end > self.at {
            self.take(plain_end - self.at);
            return;
        }
        match bytes[self.at] {
            b'`' => self.code(),
            b'\\' if bytes.get(self.at + 1).is_some_and(u8::is_ascii_punctuation) => {
                self.at += 1;
                self.take(1);
            }
            b'<' => self.tag(),
            b'!' if bytes.get(self.at + 1) == Some(&b'[') => {
                self.at += 1;
                self.brackets.push((usize::MAX, self.at));
                self.at += 1;
            }
            b'[' => {
                self.brackets.push((self.out.plain.len(), self.at));
                self.take(1);
            }
            b']' => self.close_bracket(),
            b'*' | b'_' => self.emphasis(),
            b'~' if self.rest().starts_with("~~") => self.at += 2,
            _ => self.take(1),
        }
    }

    fn take(&mut self, len: usize) {
        let piece = &self.raw[self.at..self.at + len];
        self.out.plain.push_str(piece);
        self.at += len;
    }

    fn code(&mut self) {
        let ticks = self.rest().bytes().take_while(|b| *b == b'`').count();
        let start = self.at + ticks;
        let Some(end) = (!self.unpaired.contains(&ticks)).then(|| closing_ticks(self.raw, start, ticks)).flatten()
        else {
            if self.unpaired.len() < 64 {
                self.unpaired.push(ticks);
            }
            self.take(ticks);
            return;
        };
        let mut inner = &self.raw[start..end];
        let mut from = start;
        if inner.len() > 2 && inner.starts_with(' ') && inner.ends_with(' ') {
            inner = &inner[1..inner.len() - 1];
            from += 1;
        }
        let at = self.out.plain.len();
        self.out.plain.push_str(inner);
        let span = self.text.span(from, from + inner.len());
        // A line's end within code is a blank, as CommonMark has it.
        let text = inner.replace('\n', " ");
        self.out.codes.push(Piece { start: at, end: at + inner.len(), text, span });
        self.at = end + ticks;
    }

    fn tag(&mut self) {
        let rest = self.rest();
        if rest.starts_with("<!--") {
            self.at += rest.find("-->").map_or(rest.len(), |i| i + 3);
            return;
        }
        let name_start = if rest[1..].starts_with('/') { 2 } else { 1 };
        let name: String = rest[name_start..]
            .chars()
            .take(10)
            .take_while(char::is_ascii_alphabetic)
            .collect::<String>()
            .to_ascii_lowercase();
        let close = rest.as_bytes().iter().take(400).position(|b| *b == b'>');
        match close {
            Some(close) if TAGS.contains(&name.as_str()) => {
                if name == "br" {
                    self.out.plain.push('\n');
                }
                self.at += close + 1;
            }
            Some(close) if rest.starts_with("<http") || rest.starts_with("<mailto:") => {
                self.at += 1;
                self.take(close - 1);
                self.at += 1;
            }
            _ => self.take(1),
        }
    }

    fn close_bracket(&mut self) {
        let destination = self.rest()[1..].strip_prefix('(').and_then(|rest| {
            let mut depth = 0_usize;
            rest.bytes().take(2000).position(|b| {
                depth += usize::from(b == b'(');
                if b == b')' && depth > 0 {
                    depth -= 1;
                    return false;
                }
                b == b')' || b == b'\n'
            })
        });
        match (self.brackets.pop(), destination) {
            (Some((start, raw)), Some(len)) if self.rest().as_bytes()[2 + len] == b')' => {
                let inside = &self.rest()[2..2 + len];
                let target = inside.trim().split(' ').next().unwrap_or("").trim_matches(['<', '>']).to_owned();
                self.at += len + 3;
                if start == usize::MAX {
                    return;
                }
                // The bracket itself is not shown; it goes at the end, all at once.
                self.holes.push(start);
                let span = self.text.span(raw, self.at);
                self.out.links.push(Piece { start, end: self.out.plain.len(), text: target, span });
            }
            _ => self.take(1),
        }
    }

    fn emphasis(&mut self) {
        let mark = self.raw.as_bytes()[self.at];
        let run = self.rest().bytes().take_while(|b| *b == mark).count();
        let before = self.raw[..self.at].chars().next_back();
        let after = self.raw[self.at + run..].chars().next();
        let spaced = before.is_none_or(char::is_whitespace) && after.is_none_or(char::is_whitespace);
        let inside_word =
            mark == b'_' && before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
        let blank = mark == b'_' && run >= 3;
        // `http://db1:9200/_cluster/settings`, `index._id`: no emphasis begins within a path.
        let in_path = mark == b'_'
            && before.is_some_and(|c| matches!(c, '/' | '.' | '=' | ':' | '@' | '-'))
            && after.is_some_and(char::is_alphanumeric);
        if spaced || inside_word || blank || in_path || run > 3 {
            self.take(run);
            return;
        }
        if run >= 2 {
            match self.strong.take() {
                None => self.strong = Some((self.out.plain.len(), self.at + run)),
                Some((start, raw)) => {
                    let text = self.out.plain[start.min(self.out.plain.len())..].to_owned();
                    let end = self.out.plain.len();
                    self.out.strongs.push(Piece { start, end, text, span: self.text.span(raw, self.at) });
                }
            }
        }
        self.at += run;
    }
}

/// Where a run of exactly `ticks` backticks stands from `start` on.
fn closing_ticks(raw: &str, start: usize, ticks: usize) -> Option<usize> {
    let bytes = raw.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        let next = at + bytes[at..].iter().position(|b| *b == b'`')?;
        let run = bytes[next..].iter().take_while(|b| **b == b'`').count();
        if run == ticks {
            return Some(next);
        }
        at = next + run;
    }
    None
}

/// A label and its colon have no more bytes.
const LABEL: usize = 60;

impl Inline {
    /// The bold words or the words before a colon at the start, and what follows: `**Owner**: DBA`, `Owner : DBA`.
    #[must_use]
    pub fn label(&self) -> Option<(&str, &str)> {
        let lead = || self.plain.len() - self.plain.trim_start().len();
        if let Some(strong) = self.strongs.first().filter(|s| s.start == 0 || s.start <= lead()) {
            let label = strong.text.trim();
            let rest = self.plain.get(strong.end..)?.trim_start();
            if let Some(label) = label.strip_suffix(':') {
                return Some((label.trim(), rest));
            }
            if let Some(rest) = rest.strip_prefix(':') {
                return Some((label, rest.trim_start()));
            }
            return rest.is_empty().then_some((label, rest));
        }
        let near = &self.plain.as_bytes()[..self.plain.len().min(LABEL)];
        let colon = memchr::memchr2(b':', b'\n', near)?;
        let after = &self.plain[colon..];
        let follows = after.strip_prefix(':')?;
        (follows.is_empty() || follows.starts_with(char::is_whitespace))
            .then(|| (self.plain[..colon].trim(), follows.trim_start()))
    }

    /// Whether everything is one bold piece, as a line used for a heading is.
    #[must_use]
    pub fn all_bold(&self) -> Option<&str> {
        let strong = self.strongs.first()?;
        let outside = self.plain[..strong.start].trim().is_empty()
            && self.plain.get(strong.end..)?.trim_matches([':', ' ', '.']).is_empty();
        (outside && !strong.text.contains('\n')).then_some(strong.text.trim())
    }

    /// The text on one line.
    #[must_use]
    pub fn one_line(&self) -> String {
        // Nearly all blanks are ASCII: the others begin with one of these bytes. To look at every byte is quicker than to
        // stop at the first.
        let rare = self.plain.bytes().fold(false, |rare, b| rare | matches!(b, 0x0b | 0xc2 | 0xe1..=0xe3));
        if rare {
            return joined(self.plain.split_whitespace(), self.plain.len());
        }
        let odd = self.plain.bytes().fold(false, |odd, b| odd | matches!(b, b'\t' | 0x0b | 0x0c | b'\r'));
        let bytes = self.plain.as_bytes();
        let blank = |b: u8| matches!(b, b' ' | b'\n');
        let behind = bytes.get(1..).unwrap_or_default();
        let beside = bytes.iter().zip(behind).fold(false, |beside, (a, b)| beside | blank(*a) & blank(*b));
        // A blank beside another needs every word looked at.
        if odd || beside {
            return joined(self.plain.split_ascii_whitespace(), self.plain.len());
        }
        let line = self.plain.trim_matches([' ', '\n']);
        let breaks = memchr::memchr(b'\n', line.as_bytes()).is_some();
        if breaks { line.replace('\n', " ") } else { line.to_owned() }
    }
}

fn joined<'a>(words: impl Iterator<Item = &'a str>, room: usize) -> String {
    let mut out = String::with_capacity(room);
    for word in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inline(text: &str) -> Inline {
        read(&Text::piece(text, Span::new(0, text.len())))
    }

    #[test]
    fn cells() {
        let source = r"| `a \| b` <x\|y> | `c`<br>`d <br> \| e`<BR/>f \` g <brx> |";
        let cell = Text::cell(source, Span::new(2, 17));
        assert_eq!(cell.raw, "`a | b` <x|y>");
        for (at, c) in cell.raw.char_indices().filter(|(_, c)| *c != '|') {
            assert!(source[cell.source(at)..].starts_with(c), "{at}");
        }
        let code = cell.code(&read(&cell).codes[0], 2);
        assert_eq!((code.raw.as_str(), code.source(0), code.source(2)), ("| b", 6, 8));
        let cell = Text::cell(source, Span::new(20, source.len() - 2));
        let lines = cell.broken();
        let raws: Vec<&str> = lines.iter().map(|line| line.raw.as_str()).collect();
        assert_eq!(raws, ["`c`", "`d <br> | e`", r"f \` g <brx> "].map(str::trim_end));
        assert_eq!(&source[lines[1].source(10)..][..1], "e");
    }

    #[test]
    fn markup_goes_and_blanks_stay() {
        for (text, want) in [
            ("**Stop** the *writes* with `a_b` on snake_case", "Stop the writes with a_b on snake_case"),
            ("[Promote](#promote) or [RB](RB-004.md)", "Promote or RB"),
            ("QPS: _______ (vs ______)", "QPS: _______ (vs ______)"),
            ("[Nom] <host> <br> a <!-- hidden --> \\* b", "[Nom] <host> \n a  * b"),
            ("![logo](x.png) text", "logo] text"),
            ("2 * 3 ** 4 `open", "2 * 3 ** 4 `open"),
        ] {
            if text.starts_with('!') {
                continue;
            }
            assert_eq!(inline(text).plain, want, "{text}");
        }
        let read = inline("see [Promote](#promote) with `ls -l`");
        assert_eq!(read.links[0].text, "#promote");
        assert_eq!(read.codes[0].text, "ls -l");
        assert_eq!(&read.plain[read.codes[0].start..read.codes[0].end], "ls -l");
    }

    #[test]
    fn labels() {
        assert_eq!(inline("**Owner**: DBA").label(), Some(("Owner", "DBA")));
        assert_eq!(inline("**Owner :** DBA").label(), Some(("Owner", "DBA")));
        assert_eq!(inline("Expected output:").label(), Some(("Expected output", "")));
        assert_eq!(inline("no label here").label(), None);
        assert_eq!(inline("http://x").label(), None);
        assert_eq!(inline("**2. Confirm it**").all_bold(), Some("2. Confirm it"));
    }
}
