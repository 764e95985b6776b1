//! Places in a command that a person has to fill: `<replica-host>`, `[NAME]`, `{{ name }}`, `your-db`, `NEW_MASTER`.
//!
//! A shell's own `$VAR` is none of these. What cannot be told from code for certain is marked so: the caller asks.

use super::phrases::{Rule, run, span};
use super::slug;
use crate::source::Span;
use pest::iterators::Pair;

/// How a placeholder is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceholderStyle {
    /// `<name>`.
    Angle,
    /// `[NAME]`.
    Bracket,
    /// `{{ expression }}`.
    Mustache,
    /// `NEW_MASTER`.
    Caps,
    /// `your-…`, `CHANGEME`, `XXX`.
    Fill,
}

/// A place to fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Its name in snake case and ASCII; of an expression, the variable it begins with.
    pub name: String,
    /// The whole of it within the text.
    pub span: Span,
    /// How it is written.
    pub style: PlaceholderStyle,
    /// It can be nothing else. Otherwise the text may mean itself, and the operator is asked.
    pub certain: bool,
    /// What stands between `{{` and `}}`, trimmed.
    pub expression: Option<Span>,
}

/// What kind of text is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Shell and other programs.
    Command,
    /// SQL, where capitals are keywords.
    Sql,
    /// Prose, where capitals are emphasis and `<b>` is a tag.
    Prose,
}

/// Finds the placeholders of a text, in order.
#[must_use]
pub fn find(text: &str, setting: Setting) -> Vec<Placeholder> {
    find_in(text, setting, may_hold)
}

/// Looks at the lines that `worth` names.
fn find_in(text: &str, setting: Setting, worth: impl Fn(&str) -> bool) -> Vec<Placeholder> {
    let heredocs = if setting == Setting::Command { heredocs(text) } else { Vec::new() };
    let mut found = Vec::new();
    let mut search = Search { text, setting, heredocs: &heredocs, line: line_from(text, 0), base: 0, mark: 0 };
    let mut start = 0;
    // No placeholder goes over a line's end, and most lines hold nothing that could begin one.
    while start < text.len() {
        let rest = &text[start..];
        let line = &rest[..memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |n| n + 1)];
        search.base = start;
        start += line.len();
        if worth(line) {
            search.line(line, &mut found);
        }
    }
    found
}

/// Longer names are no placeholders; it keeps thousands of open brackets linear.
const LONGEST_NAME: usize = 200;

/// Longer ones between angle brackets with punctuation are no description of a value.
const DESCRIBED: usize = 80;

/// So many words make a name.
const NAMING: usize = 5;

/// A description's first words, which its name is made of.
fn few_words(text: &str) -> &str {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let (mut words, mut within) = (0, false);
    for (at, c) in text.char_indices() {
        words += usize::from(inside(c) && !within);
        within = inside(c);
        if words > NAMING {
            return &text[..at];
        }
    }
    text
}

/// A mark that may begin a placeholder, cut off where that must end at the latest.
fn candidate(line: &str, at: usize) -> Option<&str> {
    let rest = &line[at..];
    let letter = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphabetic() || *b >= 0x80);
    match rest.as_bytes()[0] {
        b'<' | b'[' => letter(rest.as_bytes().get(1)).then(|| head(rest, LONGEST_NAME)),
        _ => {
            let inside = rest.strip_prefix("{{")?;
            let end = inside.as_bytes().windows(2).position(|w| w == b"}}" || w == b"{{")?;
            inside[end..].starts_with('}').then(|| &rest[..end + 4])
        }
    }
}

/// The length of what a shell expands itself: `$name`, `${name…}`. A nested `${a:-$b}` is read in pieces, so that
/// thousands of open ones stay linear.
fn variable(text: &str) -> usize {
    let Some(inside) = text.strip_prefix("${") else {
        let name = |c: char| c.is_alphanumeric() || c == '_';
        return 1 + text[1..].find(|c| !name(c)).unwrap_or(text.len() - 1);
    };
    match inside.find(['}', '{', '$', '\n']) {
        Some(end) if inside[end..].starts_with('}') => end + 3,
        _ => 2,
    }
}

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

/// Whether a line holds a byte or a word that every placeholder has. It may say yes too often, never no wrongly.
fn may_hold(line: &str) -> bool {
    let bytes = line.as_bytes();
    let (begins, goes_on) = &BEGINS;
    bytes
        .windows(2)
        .enumerate()
        .any(|(i, pair)| begins[usize::from(pair[0])] & goes_on[usize::from(pair[1])] != 0 && may_hold_at(bytes, i))
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

/// The bodies of here-documents.
fn heredocs(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    if !text.contains("<<") {
        return found;
    }
    let mut open: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        match open {
            Some((word, start)) if line.trim() == word => {
                found.push(Span::new(start, at));
                open = None;
            }
            Some(_) => {}
            None => {
                if let Some((_, after)) = line.split_once("<<")
                    && !after.starts_with('<')
                {
                    let word = after.trim_start_matches(['-', '~', ' ', '\'', '"', '\\']);
                    let end = word.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(word.len());
                    open = (end > 0).then(|| (&word[..end], next));
                }
            }
        }
        at = next;
    }
    if let Some((_, start)) = open {
        found.push(Span::new(start.min(text.len()), text.len()));
    }
    found
}

/// The line that begins at `start`, without its ending.
fn line_from(text: &str, start: usize) -> Span {
    Span::new(start, text[start..].find('\n').map_or(text.len(), |n| start + n))
}

struct Search<'t> {
    text: &'t str,
    setting: Setting,
    heredocs: &'t [Span],
    /// The line looked at, its ending excluded.
    line: Span,
    /// Where the line that is looked at begins.
    base: usize,
    /// Where the marked placeholder that is looked at begins.
    mark: usize,
}

/// What a path begins with that only shows what a path looks like.
const PATHS: [&str; 2] = ["/path/to/", "/chemin/vers/"];

/// A day's place within a name.
const DAYS: [&str; 6] = ["YYYYMMDD", "YYYY-MM-DD", "YYYY_MM_DD", "AAAAMMJJ", "AAAA-MM-JJ", "AAAA_MM_JJ"];

/// First words of Go's templates (`docker --format '{{json .}}'`), which are not ours to fill.
const GO_TEMPLATE: [&str; 9] = ["range", "end", "if", "else", "with", "json", "index", "printf", "len"];

/// Tags that prose holds; in a command a name is a name.
const TAGS: [&str; 40] = [
    "a", "b", "i", "p", "u", "s", "br", "hr", "li", "ul", "ol", "td", "th", "tr", "em", "dl", "dt", "dd", "h1", "h2",
    "h3", "h4", "kbd", "sub", "sup", "pre", "div", "img", "span", "code", "table", "strong", "summary", "details",
    "thead", "tbody", "center", "small", "mark", "stdin",
];

/// What logs and configuration put between brackets.
const BRACKETED_WORDS: [&str; 22] = [
    "INFO", "WARN", "WARNING", "ERROR", "OK", "FAIL", "FAILED", "DEBUG", "NOTE", "FATAL", "DONE", "SUCCESS",
    "CRITICAL", "PASS", "SKIP", "TODO", "TRACE", "KO", "Note", "Warning", "Error", "System",
];

impl Search<'_> {
    /// Looks through one line.
    fn line(&mut self, line: &str, found: &mut Vec<Placeholder>) {
        let bytes = line.as_bytes();
        let (mut at, mut words) = (0, 0);
        while at < bytes.len() {
            let width = match bytes[at] {
                b'\\' if bytes.get(at + 1) == Some(&b'$') => 2,
                b'$' => {
                    self.words(words, at, found);
                    words = at + variable(&line[at..]);
                    words - at
                }
                b'/' => match self.path(line, at) {
                    Some(end) => {
                        self.words(words, at, found);
                        self.sample_path(at, end, found);
                        words = end;
                        end - at
                    }
                    None => 1,
                },
                b'{' | b'<' | b'[' => match candidate(line, at).and_then(|c| run(Rule::placeholder, c)?.next()) {
                    Some(pair) => {
                        self.words(words, at, found);
                        words = at + span(&pair).end;
                        self.mark(at, pair, found);
                        words - at
                    }
                    None => 1,
                },
                _ => 1,
            };
            at += width;
        }
        self.words(words, bytes.len(), found);
    }

    /// Where a path ends that only shows what a path looks like.
    fn path(&self, line: &str, at: usize) -> Option<usize> {
        if self.setting != Setting::Command {
            return None;
        }
        let rest = &line[at..];
        let shown = PATHS.iter().find(|path| rest.starts_with(**path))?;
        let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        let end = rest.find(|c| !inner(c)).unwrap_or(rest.len());
        let own = rest[..end].trim_end_matches('.');
        // What goes on with a place of another kind is filled there.
        let glued = rest[end..].starts_with(['<', '{', '[', '$', '*']);
        (own.len() > shown.len() && !glued).then_some(at + own.len())
    }

    fn sample_path(&mut self, at: usize, end: usize, found: &mut Vec<Placeholder>) {
        let place = Span::new(self.base + at, self.base + end);
        self.seek(place.start);
        if !self.in_heredoc(place.start) && !self.in_comment(place.start) {
            let name = few_words(place.of(self.text));
            found.push(placeholder(name, place, PlaceholderStyle::Fill, false));
        }
    }

    /// Whether a byte of a command stands in a comment, as far as its own line tells.
    fn in_comment(&self, at: usize) -> bool {
        if self.setting != Setting::Command {
            return false;
        }
        let before = &self.text[self.line.start..at];
        if !before.contains('#') || self.in_heredoc(at) {
            return false;
        }
        if before.trim_start().starts_with('#') {
            return true;
        }
        let whole = |text: &str| [b'\'', b'"', b'`'].iter().all(|q| text.bytes().filter(|b| b == q).count() % 2 == 0);
        before.match_indices(" #").any(|(mark, _)| whole(&before[..mark]))
    }

    /// A placeholder by its marks, which begins at byte `at` of the line.
    fn mark(&mut self, at: usize, pair: Pair<'_, Rule>, found: &mut Vec<Placeholder>) {
        self.mark = self.base + at;
        self.seek(self.mark);
        found.extend(match pair.as_rule() {
            Rule::mustache => self.mustache(pair),
            _ if self.in_comment(self.mark) => None,
            Rule::angle => self.angle(pair),
            _ => self.bracket(pair),
        });
    }

    /// Where a pair stands in the whole text.
    fn place(&self, pair: &Pair<'_, Rule>) -> Span {
        let place = span(pair);
        Span::new(self.mark + place.start, self.mark + place.end)
    }

    /// Makes the line that holds `at` the current one. Calls come in order, so the whole search is linear.
    fn seek(&mut self, at: usize) {
        while at > self.line.end {
            self.line = line_from(self.text, self.line.end + 1);
        }
    }

    fn line_text(&self) -> &str {
        self.line.of(self.text)
    }

    fn in_heredoc(&self, at: usize) -> bool {
        let next = self.heredocs.partition_point(|h| h.end <= at);
        self.heredocs.get(next).is_some_and(|h| h.start <= at)
    }

    fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    fn after(&self, at: usize) -> Option<char> {
        self.text[at..].chars().next()
    }

    fn mustache(&self, pair: Pair<'_, Rule>) -> Option<Placeholder> {
        let place = self.place(&pair);
        let expression =
            super::phrases::trimmed(self.text, self.place(&pair.into_inner().next()?), char::is_whitespace);
        let inside = expression.of(self.text);
        let end = inside.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(inside.len());
        let word = &inside[..end];
        let starts_well = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let go = GO_TEMPLATE.contains(&word) && !matches!(inside[end..].trim_start().chars().next(), None | Some('|'));
        if !starts_well || go || word == "end" {
            return None;
        }
        let name = slug::variable(word);
        Some(Placeholder {
            name,
            span: place,
            style: PlaceholderStyle::Mustache,
            certain: true,
            expression: Some(expression),
        })
    }

    fn angle(&self, pair: Pair<'_, Rule>) -> Option<Placeholder> {
        let place = self.place(&pair);
        let inner = pair.into_inner().next()?;
        let described = inner.as_rule() == Rule::described;
        let name = inner.as_str();
        if described && !self.is_described(name, place) {
            return None;
        }
        // `<in.sql 2>&1`: a file's name, and the number of what is redirected next.
        let number = name.rsplit_once(' ').is_some_and(|(_, last)| matches!(last, "1" | "2"));
        let redirected = |c: char| c.is_alphanumeric() || matches!(c, '&' | '/' | '.');
        if number && self.setting == Setting::Command && self.after(place.end).is_some_and(redirected) {
            return None;
        }
        // `<<EOF>` is a shell's; `</name>` anywhere makes `<name>` a tag.
        if self.before(place.start) == Some('<') || self.after(place.end) == Some('>') {
            return None;
        }
        let tag = format!("</{name}>");
        let near = if self.in_heredoc(place.start) { NEAR } else { NEAR / 8 };
        if head(&self.text[place.end..], near).contains(&tag) {
            return None;
        }
        if self.setting == Setting::Prose {
            let lower = name.to_lowercase();
            let first = lower.split(' ').next().unwrap_or("");
            if TAGS.contains(&first) || (name.len() == 1 && self.before(place.start).is_some_and(char::is_alphanumeric))
            {
                return None;
            }
        }
        // `sort <in>out` reads and writes files: glued on its right, apart on its left.
        let redirection = self.before(place.start) == Some(' ')
            && self
                .after(place.end)
                .is_some_and(|c| c.is_alphanumeric() && (described || !name.contains(['-', ' ', '_'])));
        let name = if described { few_words(name.split([',', ':']).next().unwrap_or(name)) } else { name };
        Some(placeholder(name, place, PlaceholderStyle::Angle, !redirection))
    }

    /// Whether a name with punctuation is several words that say what is to be filled in.
    fn is_described(&self, name: &str, place: Span) -> bool {
        let apart = !self.before(place.start).is_some_and(char::is_alphanumeric);
        self.setting != Setting::Prose && name.contains(' ') && place.len() <= DESCRIBED && apart
    }

    fn bracket(&self, pair: Pair<'_, Rule>) -> Option<Placeholder> {
        let place = self.place(&pair);
        let name = pair.into_inner().next()?.as_str();
        let (before, after) = (self.before(place.start), self.after(place.end));
        // Links, tests, arrays and patterns.
        if matches!(after, Some('(' | '[' | ':' | ']' | '*' | '+' | '?' | '{'))
            || matches!(before, Some('[' | ']' | '}' | '!' | '\\' | '*' | '?' | '^' | '$'))
            || name.chars().filter(|c| c.is_alphabetic()).count() < 2 && !name.contains(' ') && name != "X"
            || BRACKETED_WORDS.contains(&name)
            || is_range(name)
        {
            return None;
        }
        let glued = before.is_some_and(char::is_alphanumeric) || after.is_some_and(char::is_alphanumeric);
        let alone = self.line_text().trim() == place.of(self.text);
        if self.setting != Setting::Prose && (glued || alone || self.in_heredoc(place.start)) {
            return None;
        }
        if self.setting == Setting::Prose && glued {
            return None;
        }
        let capital = name.starts_with(char::is_uppercase) && (name.len() > 2 || name == "X");
        let certain = capital || name.to_lowercase().starts_with("your") || name.contains(' ');
        if self.setting == Setting::Prose && !certain {
            return None;
        }
        Some(placeholder(name, place, PlaceholderStyle::Bracket, certain))
    }

    /// Every word of a piece of the line: letters, digits and underscores, with `-` and `.` within.
    fn words(&mut self, from: usize, to: usize, found: &mut Vec<Placeholder>) {
        let place = Span::new(self.base + from, self.base + to.max(from));
        self.seek(place.start);
        let text = place.of(self.text);
        let inner = |c: char| c.is_alphanumeric() || c == '_';
        let mut at = 0;
        if text.is_ascii() {
            let bytes = text.as_bytes();
            let inner = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
            while let Some(start) = bytes[at..].iter().position(inner).map(|n| at + n) {
                let mut end = start;
                loop {
                    end += bytes[end..].iter().take_while(|b| inner(b)).count();
                    let glued = matches!(bytes.get(end), Some(b'-' | b'.')) && bytes.get(end + 1).is_some_and(inner);
                    if !glued {
                        break;
                    }
                    end += 1;
                }
                self.term(Span::new(place.start + start, place.start + end), found);
                at = end;
            }
            return;
        }
        while let Some(start) = text[at..].find(inner).map(|n| at + n) {
            let mut end = start;
            loop {
                end += text[end..].find(|c| !inner(c)).unwrap_or(text.len() - end);
                let glued = text[end..].starts_with(['-', '.']) && text[end + 1..].starts_with(inner);
                if !glued {
                    break;
                }
                end += 1;
            }
            self.term(Span::new(place.start + start, place.start + end), found);
            at = end;
        }
    }

    /// A word: `your-db`, `CHANGEME`, `vpc-xxxx`, or a name in capitals.
    fn term(&self, place: Span, found: &mut Vec<Placeholder>) {
        let word = place.of(self.text);
        if self.day(place, found) || self.in_comment(place.start) {
            return;
        }
        if self.is_fill(word) && self.after(place.end) != Some('=') {
            found.push(placeholder(word, place, PlaceholderStyle::Fill, true));
            return;
        }
        if self.setting == Setting::Prose || !word.contains(|c: char| c.is_ascii_uppercase()) {
            return;
        }
        // `OLD_MASTER.example.com`: the part in capitals is to be filled.
        let mut start = place.start;
        for part in word.split_inclusive(['.', '-']) {
            let name = part.trim_end_matches(['.', '-']);
            let own = Span::new(start, start + name.len());
            start += part.len();
            if let Some(certain) = self.caps(name, own, place) {
                found.push(placeholder(name, own, PlaceholderStyle::Caps, certain));
            }
        }
    }

    /// A day within a word: `backup-YYYYMMDD.sql`. In quotes of its own it is a format, as for `to_char`.
    fn day(&self, place: Span, found: &mut Vec<Placeholder>) -> bool {
        let word = place.of(self.text);
        if self.setting != Setting::Command || !(word.contains("YYYY") || word.contains("AAAA")) {
            return false;
        }
        let Some((at, day)) = DAYS.iter().find_map(|day| Some((word.find(day)?, *day))) else { return false };
        let format = at == 0 && matches!(self.before(place.start), Some('\'' | '"' | '%'));
        if !format && !self.in_heredoc(place.start) && !self.in_comment(place.start) {
            let own = Span::new(place.start + at, place.start + at + day.len());
            found.push(placeholder(day, own, PlaceholderStyle::Fill, false));
        }
        true
    }

    fn is_fill(&self, word: &str) -> bool {
        let bytes = word.as_bytes();
        let begins = bytes.first().is_some_and(|b| b"yvcrf_".contains(&b.to_ascii_lowercase()));
        if !begins && bytes.iter().filter(|b| b.eq_ignore_ascii_case(&b'x')).count() < 3 {
            return false;
        }
        let lower = word.to_lowercase();
        let own = |p: &str| lower.strip_prefix(p).is_some_and(|r| r.starts_with(['-', '_', '.']) && r.len() > 1);
        if own("your") || own("votre") {
            return true;
        }
        let compact: String = lower.chars().filter(|c| !matches!(c, '_' | '-')).collect();
        if matches!(compact.as_str(), "changeme" | "replaceme" | "fillme") {
            return true;
        }
        // `vpc-xxxx`; not the pattern that `mktemp` fills.
        let xs = word.split(['-', '.', '_']).any(|p| p.len() >= 3 && p.chars().all(|c| matches!(c, 'x' | 'X')));
        xs && !self.line_text().contains("mktemp")
    }

    /// Whether a name in capitals is a placeholder, and for certain.
    fn caps(&self, name: &str, own: Span, word: Span) -> Option<bool> {
        let capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let shaped = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(capital);
        if !shaped || name.ends_with('_') {
            return None;
        }
        let known = ["VIP", "OLD_MASTER", "NEW_MASTER"].contains(&name);
        let prefixed = CERTAIN.iter().any(|p| name.strip_prefix(p).is_some_and(|r| r.len() > 1 && r.starts_with('_')));
        if !(known || name.contains('_')) || is_sql_name(name) || CONSTANTS.contains(&name) {
            return None;
        }
        // Assignments, calls, variables, options and definitions are the program's own names.
        let rest = self.text[own.end..].trim_start_matches(' ');
        let assigned = rest.starts_with('=') && !rest.starts_with("==");
        if assigned
            || rest.starts_with('(')
            || matches!(self.before(word.start), Some('$' | '%' | '{' | '@' | '#' | '&'))
        {
            return None;
        }
        let line = self.line_text();
        let before = &self.text[self.line.start..word.start];
        let first = line.trim_start();
        if first.starts_with('#') || (self.setting == Setting::Sql && first.starts_with("--")) {
            return None;
        }
        let previous = before.split_whitespace().next_back().unwrap_or("");
        if ["export", "unset", "declare", "local", "readonly", "read", "printenv", "function"].contains(&previous) {
            return None;
        }
        let certain = known || prefixed;
        if (self.setting == Setting::Sql || self.in_heredoc(own.start)) && !certain {
            return None;
        }
        // Between back quotes it is a name in SQL.
        if self.setting == Setting::Sql && self.before(word.start) == Some('`') {
            return None;
        }
        Some(certain)
    }
}

/// How far a closing tag is looked for, so that the search stays linear.
const NEAR: usize = 8 * 1024;

/// At most `most` bytes of the front of a text.
fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// First words of names that are only ever written to be replaced.
const CERTAIN: [&str; 8] = ["NEW", "OLD", "YOUR", "MY", "TARGET", "SOURCE", "REPLICA", "MASTER"];

/// `0-9`, `a-zA-Z`: a class of characters.
fn is_range(name: &str) -> bool {
    let chars: Vec<char> = name.chars().take(4).collect();
    matches!(chars[..], [a, '-', b, ..] if a.is_alphanumeric() && b.is_alphanumeric() && (name.len() <= 3 || chars.get(3).is_none_or(|c| !c.is_lowercase())))
}

/// Names in capitals that other programs define: of AWS, of Linux, and the privileges of MySQL.
const CONSTANTS: [&str; 35] = [
    "CAPABILITY_IAM",
    "CAPABILITY_NAMED_IAM",
    "CAPABILITY_AUTO_EXPAND",
    "PAY_PER_REQUEST",
    "FARGATE_SPOT",
    "NET_ADMIN",
    "NET_RAW",
    "SYS_ADMIN",
    "SYS_PTRACE",
    "SYS_TIME",
    "SYS_RESOURCE",
    "IPC_LOCK",
    "APPLICATION_PASSWORD_ADMIN",
    "AUDIT_ADMIN",
    "AUTHENTICATION_POLICY_ADMIN",
    "BACKUP_ADMIN",
    "BINLOG_ADMIN",
    "BINLOG_ENCRYPTION_ADMIN",
    "CLONE_ADMIN",
    "CONNECTION_ADMIN",
    "ENCRYPTION_KEY_ADMIN",
    "FIREWALL_ADMIN",
    "GROUP_REPLICATION_ADMIN",
    "MASKING_DICTIONARIES_ADMIN",
    "PASSWORDLESS_USER_ADMIN",
    "PERSIST_RO_VARIABLES_ADMIN",
    "REPLICATION_SLAVE_ADMIN",
    "RESOURCE_GROUP_ADMIN",
    "ROLE_ADMIN",
    "SERVICE_CONNECTION_ADMIN",
    "SESSION_VARIABLES_ADMIN",
    "SYSTEM_VARIABLES_ADMIN",
    "TABLE_ENCRYPTION_ADMIN",
    "VERSION_TOKEN_ADMIN",
    "XA_RECOVER_ADMIN",
];

/// Names with an underscore that SQL and its servers define.
fn is_sql_name(name: &str) -> bool {
    const NAMES: [&str; 42] = [
        "AUTO_INCREMENT",
        "CURRENT_TIMESTAMP",
        "CURRENT_DATE",
        "CURRENT_TIME",
        "CURRENT_USER",
        "SESSION_USER",
        "IO_THREAD",
        "SQL_THREAD",
        "INFORMATION_SCHEMA",
        "PERFORMANCE_SCHEMA",
        "GROUP_CONCAT",
        "LAST_INSERT_ID",
        "DATE_SUB",
        "DATE_ADD",
        "UTC_TIMESTAMP",
        "UNIX_TIMESTAMP",
        "ROW_COUNT",
        "FOUND_ROWS",
        "REPLICATION_APPLIER",
        "SQL_LOG_BIN",
        "READ_ONLY",
        "SUPER_READ_ONLY",
        "GTID_MODE",
        "SERVER_ID",
        "UTF8_GENERAL_CI",
        "BINARY_LOG",
        "RELAY_LOG",
        "MASTER_STATUS",
        "MASTER_LOGS",
        "REPLICA_STATUS",
        "GTID_SLAVE_POS",
        "GTID_CURRENT_POS",
        "SQL_DELAY",
        "IF_EXISTS",
        "NOT_NULL",
        "PRIMARY_KEY",
        "FOREIGN_KEY",
        "SOURCE_DELAY",
        "LONG_QUERY_TIME",
        "SLAVE_POS",
        "CURRENT_POS",
        "REPLICA_POS",
    ];
    const OF_SOURCE: [&str; 21] = [
        "HOST",
        "PORT",
        "USER",
        "PASSWORD",
        "LOG_FILE",
        "LOG_POS",
        "AUTO_POSITION",
        "USE_GTID",
        "CONNECT_RETRY",
        "RETRY_COUNT",
        "DELAY",
        "BIND",
        "SSL",
        "HEARTBEAT_PERIOD",
        "GTID_WAIT",
        "POS_WAIT",
        "PUBLIC_KEY_PATH",
        "TLS_VERSION",
        "COMPRESSION_ALGORITHMS",
        "SSL_CA",
        "SSL_VERIFY_SERVER_CERT",
    ];
    NAMES.contains(&name)
        || name.starts_with("SSL_")
        || name.starts_with("GET_MASTER_PUBLIC")
        || ["MASTER_", "SOURCE_"].iter().any(|p| name.strip_prefix(p).is_some_and(|rest| OF_SOURCE.contains(&rest)))
}

fn placeholder(name: &str, span: Span, style: PlaceholderStyle, certain: bool) -> Placeholder {
    Placeholder { name: slug::variable(name), span, style, certain, expression: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Setting::{Command, Prose, Sql};

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 2000, ..Default::default() })]
        #[test]
        fn a_line_passed_over_holds_none(
            pieces in proptest::collection::vec(proptest::sample::select(&[
                "<", ">", "[", "]", "{{", "}}", "$", "${", "}", "\\", "a", "NAME", "DB_HOST", "_", "-", ".", "VIP", "your", "Votre",
                "xx", "XXX", "change", "ME", "fill_", "replace", "é", " ", "1", "=", "\n", "<<EOF\n", "Name it", "X",
                "/path/to/", "/", "YYYY", "MM", "DD", "AAAAMMJJ", ",", "#", "'",
            ][..]), 0..14),
        ) {
            let text = pieces.concat();
            for setting in [Command, Sql, Prose] {
                proptest::prop_assert_eq!(find(&text, setting), find_in(&text, setting, |_| true), "{}", text);
            }
        }
    }

    #[test]
    fn found() {
        let cases: &[(Setting, &str, &[&str])] = &[
            (Command, "mysqladmin -h <replica-host> ping", &["replica_host"]),
            (Command, "mysql -h<host> -p'<mot de passe>' < dump.sql", &["host", "mot_de_passe"]),
            (Command, "ssh <nom du réplica>", &["nom_du_replica"]),
            (Command, "cat <<EOF\n<conf>x</conf>\nMAX_CONN here\n[Unit]\nEOF", &[]),
            (Command, "diff <(sort a) <(sort b)", &[]),
            (Command, "echo [NAME] [X minutes] [Nom]", &["name", "x_minutes", "nom"]),
            (Command, "[ -f x ] && [[ $a == b ]] && echo ${a[0]} a[1] ls [0-9]* [a-z] [e]xpr", &[]),
            (Command, "ps aux | grep [m]ysqld", &[]),
            (Command, "curl {{ host }}/{{ port | int }}", &["host", "port"]),
            (Command, "docker ps --format '{{.Names}} {{json .}}'", &[]),
            (Command, "ssh your-db-host YOUR_VPC", &["your_db_host", "your_vpc"]),
            (Command, "mysql -pCHANGEME -h CHANGE_ME", &["change_me"]),
            (Command, "aws ec2 describe --id vpc-xxxx XXX", &["vpc_xxxx", "xxx"]),
            (Command, "mktemp /tmp/a.XXXXXX", &[]),
            (Command, "ping NEW_MASTER VIP OLD_MASTER.example.com", &["new_master", "vip", "old_master"]),
            (Command, "ssh DB_HOST", &["?db_host"]),
            (Command, "DB_HOST=x; export DB_PORT; echo $DB_USER ${DB_NAME}", &[]),
            (
                Command,
                "mysql -e \"CHANGE MASTER TO MASTER_HOST='NEW_MASTER', MASTER_USE_GTID = slave_pos\"",
                &["new_master"],
            ),
            (Command, "mysql -e 'STOP SLAVE IO_THREAD'", &[]),
            (Command, "# NEW_MASTER is chosen above", &[]),
            (
                Sql,
                "SELECT MASTER_GTID_WAIT('{{ position }}', 10), CURRENT_TIMESTAMP FROM MY_TABLE_X",
                &["position", "my_table_x"],
            ),
            (Sql, "CREATE TABLE t (id INT AUTO_INCREMENT) ROW_FORMAT", &[]),
            (Prose, "Go to <replica host> and <br> say <b>hi</b> [link](x) [ref][x] [NAME]", &["replica_host", "name"]),
            (Prose, "see RFC_2119", &[]),
            (Command, "\n\nping <host>\n", &["host"]),
            (Command, "cat <path of the file, e.g. hosts>", &["path_of_the_file"]),
            (Command, "deploy <enter the environment, eg. gstg or gprd> now", &["enter_the_environment"]),
            (Command, "ssh <the server/host of today's exercise at noon>", &["the_server_host_of_today"]),
            (Command, "sort <in >out; diff <(a) <(b); a < b > c; f <in/x, y | z>", &[]),
            (Command, "mysql <dump.sql 2>&1; sort <in/a -k 2>out", &[]),
            (Command, "# Used memory: XXX\n# CHANGEME, <host>\nfree  # of DB_HOST, XXX", &[]),
            (Command, "echo '# CHANGEME' && echo a#XXX", &["changeme", "xxx"]),
            (Command, "tar xf /path/to/backup.tar -C /chemin/vers/x", &["?path_to_backup_tar", "?chemin_vers_x"]),
            (Command, "cat /path/too /path/to/", &[]),
            (
                Command,
                "mysql < dump-YYYYMMDD.sql; ls a_YYYY-MM-DD /b/AAAAMMJJ",
                &["?yyyymmdd", "?yyyy_mm_dd", "?aaaammjj"],
            ),
            (Command, "psql -c \"select to_char(now(), 'YYYYMMDD')\"", &[]),
            (
                Command,
                "aws deploy --capabilities CAPABILITY_IAM --billing-mode PAY_PER_REQUEST --cap-add SYS_PTRACE",
                &[],
            ),
            (Command, "mysql -e 'GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO a'", &[]),
        ];
        for (setting, text, expected) in cases {
            let names: Vec<_> = find(text, *setting)
                .iter()
                .map(|p| if p.certain { p.name.clone() } else { format!("?{}", p.name) })
                .collect();
            assert_eq!(&names[..], *expected, "{text}");
        }
    }

    #[test]
    fn expressions() {
        let text = "x {{ a.b | upper }}";
        let found = find(text, Command);
        assert_eq!(found[0].expression.map(|s| s.of(text)), Some("a.b | upper"));
        assert_eq!(found[0].span.of(text), "{{ a.b | upper }}");
    }
}
