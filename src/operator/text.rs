//! Lines of text for people: escaped, measured, wrapped, and coloured last.

use super::style::Style;
use std::fmt::Write as _;
use std::time::Duration;
use unicode_width::UnicodeWidthChar;

/// What a piece of text is; colours only add to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Dim,
    Strong,
    Good,
    Bad,
    Warn,
    Unknown,
    Accent,
    /// Text that runs: never folded, always exact.
    Code,
}

impl Tone {
    const fn sgr(self) -> &'static str {
        match self {
            Self::Plain | Self::Code => "",
            Self::Dim => "\x1b[2m",
            Self::Strong => "\x1b[1m",
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[1;31m",
            Self::Warn => "\x1b[33m",
            Self::Unknown => "\x1b[1;35m",
            Self::Accent => "\x1b[1;36m",
        }
    }
}

/// One line on the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    parts: Vec<(Tone, String)>,
}

impl Line {
    pub(super) const fn new() -> Self {
        Self { parts: Vec::new() }
    }

    pub(super) fn of(tone: Tone, text: &str) -> Self {
        Self::new().with(tone, text)
    }

    /// Adds text; whatever it holds, nothing in it can move the cursor or paint.
    pub(super) fn with(mut self, tone: Tone, text: &str) -> Self {
        if !text.is_empty() {
            self.parts.push((tone, visible(text)));
        }
        self
    }

    /// Adds another line's text.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    pub(super) fn width(&self) -> usize {
        self.parts.iter().map(|(_, text)| width(text)).sum()
    }

    /// Fills with spaces up to `column`.
    pub(super) fn to(self, column: usize) -> Self {
        let missing = column.saturating_sub(self.width());
        self.with(Tone::Plain, &" ".repeat(missing))
    }

    /// The bytes for the output, without a line ending.
    pub(super) fn paint(&self, style: &Style) -> String {
        let mut out = String::new();
        for (tone, text) in &self.parts {
            let text = if style.fold { fold(text, *tone == Tone::Code) } else { text.clone() };
            let sgr = if style.color { tone.sgr() } else { "" };
            out.push_str(sgr);
            out.push_str(&text);
            if !sgr.is_empty() {
                out.push_str("\x1b[0m");
            }
        }
        let end = out.trim_end_matches(' ').len();
        out.truncate(end);
        out
    }
}

/// Columns that `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Control characters, terminal escapes and direction overrides made visible; tabs become spaces.
pub(super) fn visible(text: &str) -> String {
    // Most text holds nothing to show: neither controls nor a byte that one of the characters below begins with. To look at
    // every byte is quicker than to stop at the first.
    let plain = |b: u8| matches!(b, b' '..=b'~' | 0x80..) & !matches!(b, 0xc2 | 0xd8 | 0xe1 | 0xe2 | 0xef | 0xf3);
    if text.bytes().fold(true, |all, b| all & plain(b)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let run = rest.bytes().position(|b| !plain(b)).unwrap_or(rest.len());
        out.push_str(&rest[..run]);
        rest = &rest[run..];
        let Some(c) = rest.chars().next() else { return out };
        rest = &rest[c.len_utf8()..];
        match c {
            '\t' => out.push_str("    "),
            '\0'..='\x1f' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('?')),
            '\x7f' => out.push('␡'),
            '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}' => {
                // Writing to a string cannot fail.
                write!(out, "\\u{{{:x}}}", u32::from(c)).unwrap_or_default();
            }
            _ => out.push(c),
        }
    }
}

/// ASCII for terminals that show nothing else.
fn fold(text: &str, exact: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        let plain = match c {
            _ if exact => "",
            'à' | 'â' | 'ä' | 'á' | 'ã' => "a",
            'ç' => "c",
            'é' | 'è' | 'ê' | 'ë' => "e",
            'î' | 'ï' | 'í' => "i",
            'ô' | 'ö' | 'ó' | 'õ' => "o",
            'ù' | 'û' | 'ü' | 'ú' => "u",
            'ñ' => "n",
            'œ' => "oe",
            'À' | 'Â' => "A",
            'Ç' => "C",
            'É' | 'È' | 'Ê' => "E",
            'Ô' => "O",
            '’' | '‘' => "'",
            '“' | '”' | '«' | '»' => "\"",
            '–' | '—' | '·' => "-",
            '…' => "...",
            '\u{a0}' | '\u{202f}' => " ",
            '→' => "->",
            '␛' => "^[",
            _ => "",
        };
        if plain.is_empty() {
            write!(out, "\\u{{{:x}}}", u32::from(c)).unwrap_or_default();
        } else {
            out.push_str(plain);
        }
    }
    out
}

/// `text` in lines of at most `columns`, broken at spaces where there are some. Line breaks in it are kept.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let paragraph = visible(paragraph.trim_end());
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_inclusive(' ') {
            let size = width(word.trim_end_matches(' '));
            if used + size > columns && used > 0 {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
                used = 0;
            }
            for piece in chunks(word, columns) {
                let size = width(&piece);
                if used + width(piece.trim_end_matches(' ')) > columns && used > 0 {
                    lines.push(std::mem::take(&mut line).trim_end().to_owned());
                    used = 0;
                }
                line.push_str(&piece);
                used += size;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// `text` cut every `columns`, spaces kept: for commands and their output.
pub(super) fn chunks(text: &str, columns: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in text.chars() {
        let size = c.width().unwrap_or(0);
        if used + size > columns && used > 0 {
            pieces.push(String::new());
            used = 0;
        }
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
        used += size;
    }
    pieces
}

/// At most `columns`, with an ellipsis when something was cut.
pub(super) fn clip(text: &str, columns: usize, style: &Style) -> String {
    let text = visible(text);
    if width(&text) <= columns {
        return text;
    }
    let dots = if style.unicode { "…" } else { "..." };
    let room = columns.saturating_sub(width(dots));
    let first = chunks(&text, room.max(1)).into_iter().next().unwrap_or_default();
    format!("{}{dots}", first.trim_end())
}

/// `450ms`, `12s`, `1m 05s`, `2h 03m`.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 if time.is_zero() => "0s".to_owned(),
        0 => format!("{}ms", time.as_millis().max(1)),
        1..60 => format!("{seconds}s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        60..3600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ if seconds % 3600 < 60 => format!("{}h", seconds / 3600),
        _ => format!("{}h {:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `01:12`, `1:02:03`: for clocks that run.
pub(super) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 3600 {
        format!("{:02}:{:02}", seconds / 60, seconds % 60)
    } else {
        format!("{}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60)
    }
}

/// Symbols, with what stands for them in ASCII.
pub(super) struct Symbols {
    pub done: &'static str,
    pub rehearsed: &'static str,
    pub failed: &'static str,
    pub skipped: &'static str,
    pub decided: &'static str,
    pub unknown: &'static str,
    pub warn: &'static str,
    pub note: &'static str,
    pub here: &'static str,
    pub pivot: &'static str,
    pub back: &'static str,
    pub wait: &'static str,
    pub dot: &'static str,
    pub prompt: &'static str,
    /// Before where something leads.
    pub to: &'static str,
    pub top: &'static str,
    pub bar: &'static str,
    pub more: &'static str,
    pub bottom: &'static str,
    pub rule: &'static str,
    pub full: &'static str,
    pub empty: &'static str,
    pub ends: (&'static str, &'static str),
}

const UNICODE: Symbols = Symbols {
    done: "✓",
    rehearsed: "○",
    failed: "✗",
    skipped: "–",
    decided: "◆",
    unknown: "?",
    warn: "!",
    note: "✎",
    here: "▶",
    pivot: "⚑",
    back: "↶",
    wait: "‖",
    dot: "·",
    prompt: "›",
    to: "→",
    top: "┌",
    bar: "│",
    more: "┊",
    bottom: "└",
    rule: "─",
    full: "█",
    empty: " ",
    ends: ("▕", "▏"),
};

const ASCII: Symbols = Symbols {
    done: "+",
    rehearsed: "o",
    failed: "x",
    skipped: "-",
    decided: "*",
    unknown: "?",
    warn: "!",
    note: "#",
    here: ">",
    pivot: "!",
    back: "<",
    wait: "=",
    dot: "-",
    prompt: ">",
    to: "->",
    top: "+",
    bar: "|",
    more: ":",
    bottom: "+",
    rule: "-",
    full: "#",
    empty: ".",
    ends: ("[", "]"),
};

impl Style {
    pub(super) const fn symbols(&self) -> &'static Symbols {
        if self.unicode { &UNICODE } else { &ASCII }
    }
}

/// Wrapped prose under an indent.
pub(super) fn prose(out: &mut Vec<Line>, indent: usize, tone: Tone, text: &str, style: &Style) {
    for line in wrap(text, style.width.saturating_sub(indent)) {
        out.push(Line::new().to(indent).with(tone, &line));
    }
}

/// Text that runs, in its box.
pub(super) fn boxed(out: &mut Vec<Line>, head: &str, code: &str, foot: &str, style: &Style) {
    let marks = style.symbols();
    let indent = 7;
    let room = style.width.saturating_sub(indent + 2);
    let edge = |mark: &str| Line::new().to(indent).with(Tone::Dim, mark);
    out.push(edge(marks.top).with(Tone::Dim, &format!(" {}", clip(head, room, style))));
    for line in code.trim_end_matches(['\n', '\r']).split('\n') {
        let line = visible(line.trim_end_matches('\r'));
        for (i, piece) in chunks(&line, room).iter().enumerate() {
            let mark = if i == 0 { marks.bar } else { marks.more };
            out.push(edge(mark).with(Tone::Plain, " ").with(Tone::Code, piece));
        }
    }
    let mut foot = wrap(foot, room).into_iter();
    out.push(edge(marks.bottom).with(Tone::Plain, " ").with(Tone::Plain, &foot.next().unwrap_or_default()));
    for line in foot {
        out.push(Line::new().to(indent + 2).with(Tone::Plain, &line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_foreign_can_paint() {
        assert_eq!(visible("a\x1b[2Kb\r\u{202e}c\u{9b}\t."), "a␛[2Kb␍\\u{202e}c\\u{9b}    .");
        let line = Line::of(Tone::Bad, "\x1b[0mfake ›\n");
        assert_eq!(line.paint(&Style::plain(80)), "␛[0mfake ›␊");
    }

    #[test]
    fn wrapping_keeps_every_word() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghijkl mn", 8), ["abcdefgh", "ijkl mn"]);
        assert_eq!(wrap("日本語日本語", 8), ["日本語日", "本語"]);
        assert_eq!(wrap("a\n\nb", 8), ["a", "", "b"]);
    }

    #[test]
    fn durations_read_well() {
        let read = |s| span(Duration::from_secs(s));
        assert_eq!(
            [read(0), read(12), read(65), read(300), read(3600), read(7384)].join(" "),
            "0s 12s 1m 05s 5m 1h 2h 03m"
        );
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
    }

    #[test]
    fn commands_are_exact_and_prose_is_folded() {
        let style = Style { unicode: false, fold: true, ..Style::plain(80) };
        assert_eq!(Line::of(Tone::Plain, "Réplique prête…").paint(&style), "Replique prete...");
        assert_eq!(Line::of(Tone::Code, "echo é").paint(&style), "echo \\u{e9}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_harmless_and_fits(text in "\\PC{0,60}|[\\x00-\\x20a-c\\u{202e}\\u{9b}é日]{0,80}") {
            let shown = visible(&text);
            proptest::prop_assert!(!shown.chars().any(char::is_control));
            let turned = shown.contains(['\u{202e}', '\u{2066}', '\u{200f}']);
            proptest::prop_assert!(!turned);
            for line in wrap(&text, 20) {
                proptest::prop_assert!(width(&line) <= 20, "{line:?}");
            }
            for piece in chunks(&shown, 20) {
                proptest::prop_assert!(width(&piece) <= 20);
            }
        }
    }
}
