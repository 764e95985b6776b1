//! Draws messages: a header, the lines they speak of (drawn by miette), and what to do next.

use super::{Diagnostic, Severity};
use crate::source::{Source, Span};
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents, ThemeCharacters, ThemeStyles,
};
use std::fmt;

/// The words around a message.
#[derive(Debug, PartialEq, Eq)]
pub struct Words {
    /// Of an error, a warning and a note.
    pub severities: [&'static str; 3],
    /// Before what to do next, with its colon.
    pub help: &'static str,
    /// Before the name of the file that a message is about.
    pub within: &'static str,
    /// Before a place that cannot be drawn.
    pub at: &'static str,
}

/// In English.
pub static ENGLISH: Words = Words { severities: ["error", "warning", "note"], help: "help:", within: "in", at: "at" };

/// In French.
pub static FRENCH: Words =
    Words { severities: ["erreur", "avertissement", "note"], help: "aide :", within: "dans", at: "à" };

/// How messages look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// In which language.
    pub words: &'static Words,
    /// With colours.
    pub color: bool,
    /// With box-drawing characters; else plain ASCII.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { words: &ENGLISH, color: false, unicode: true, width: 100 }
    }
}

/// Draws one message, with a line end after its last line.
#[must_use]
pub fn render(diagnostic: &Diagnostic, source: &Source, style: &Style) -> String {
    let mut out = header(diagnostic, style);
    if diagnostic.labels.is_empty() {
        out.push_str("  ");
        out.push_str(style.words.within);
        out.push(' ');
        out.push_str(&source.name);
        out.push('\n');
    } else if let Some(snippet) = simple(diagnostic, source, style).or_else(|| snippet(diagnostic, source, style)) {
        out.push_str(&snippet);
    } else {
        let start = diagnostic.labels.first().map_or(0, |l| l.span.start);
        out.push_str("  ");
        out.push_str(style.words.at);
        out.push(' ');
        out.push_str(&source.place(start));
        out.push('\n');
    }
    if let Some(help) = &diagnostic.help {
        let (before, after) = if style.color { ("\u{1b}[36m", "\u{1b}[0m") } else { ("", "") };
        out.push_str("   ");
        out.push_str(before);
        out.push_str(style.words.help);
        out.push_str(after);
        out.push(' ');
        out.push_str(help);
        out.push('\n');
    }
    out
}

fn header(diagnostic: &Diagnostic, style: &Style) -> String {
    let (word, color) = match diagnostic.severity {
        Severity::Error => (0, "31"),
        Severity::Warning => (1, "33"),
        Severity::Note => (2, "36"),
    };
    let word = style.words.severities[word];
    if style.color {
        format!("\u{1b}[1;{color}m{word}[{}]\u{1b}[0m: \u{1b}[1m{}\u{1b}[0m\n", diagnostic.code, diagnostic.message)
    } else {
        format!("{word}[{}]: {}\n", diagnostic.code, diagnostic.message)
    }
}

/// The drawing that nearly all messages have: one place, no words at it, no colours. For what takes more than that `None`.
fn simple(diagnostic: &Diagnostic, source: &Source, style: &Style) -> Option<String> {
    let [label] = diagnostic.labels.as_slice() else { return None };
    let place = drawn(label.span, source);
    let (line, column) = source.map.line_column(&source.text, place.start);
    let whole = source.map.line_span(line);
    let text = whole.of(&source.text);
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    let (before, meant) = (text.get(..place.start - whole.start)?, place.of(&source.text));
    // One column each, whoever counts.
    let narrow = |c: char| matches!(c, ' '..='~' | 'À'..='ÿ' | '‐'..='‧' | '←'..='⇿');
    // What ends as a drawing does is cut there.
    let cut = text.trim_end().ends_with(['-', '─']);
    let shown = !cut && !text.contains(char::is_control);
    let fits = !meant.is_empty() && before.chars().chain(meant.chars()).all(narrow) && shown;
    if style.color || !style.unicode || !label.text.is_empty() || !fits || source.name.contains(char::is_control) {
        return None;
    }
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let (offset, underline) = (" ".repeat(before.chars().count()), "─".repeat(meant.chars().count()));
    let (name, text) = (&source.name, text.trim_end());
    Some(format!(
        "{margin}  ╭─[{name}:{line}:{column}]\n {number} │ {text}\n {margin} · {offset}{underline}\n{margin}  ╰─\n"
    ))
}

/// miette's own header and footer are left out: ours say more with less.
fn snippet(diagnostic: &Diagnostic, source: &Source, style: &Style) -> Option<String> {
    let theme = GraphicalTheme {
        characters: if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(style.width.max(40))
        .with_context_lines(1)
        .without_cause_chain()
        .with_links(false);
    let adapter = Adapter { labels: labels(diagnostic, source), source: Lines(source) };
    let mut drawn = String::new();
    handler.render_report(&mut drawn, &adapter).ok()?;
    let corner = if style.unicode { "╭─" } else { ",-" };
    let from = drawn.lines().position(|l| l.contains(corner))?;
    let mut out = String::with_capacity(drawn.len());
    for line in drawn.lines().skip(from) {
        let line = line.trim_end();
        // The last one ends the drawing with a long rule.
        let last = line.strip_suffix("───").filter(|l| l.ends_with("╰─"));
        let line = last.or(line.strip_suffix("---").filter(|l| l.ends_with("`-"))).unwrap_or(line);
        if !line.is_empty() {
            out.push_str(line);
            out.push('\n');
        }
    }
    Some(out)
}

/// What of a span fits the text and covers at most one line: a whole fence underlined says less than its first line.
fn drawn(span: Span, source: &Source) -> Span {
    let len = source.text.len();
    let start = span.start.min(len);
    let span = Span::new(start, span.end.clamp(start, len));
    let first = span.of(&source.text).lines().next().map_or(0, |l| l.trim_end().len());
    Span::new(start, start + first)
}

fn labels(diagnostic: &Diagnostic, source: &Source) -> Vec<LabeledSpan> {
    diagnostic
        .labels
        .iter()
        .enumerate()
        .map(|(i, label)| {
            let span = drawn(label.span, source);
            let text = Some(label.text.clone()).filter(|t| !t.is_empty());
            let place: SourceSpan = (span.start, span.len()).into();
            if i == 0 {
                LabeledSpan::new_primary_with_span(text, place)
            } else {
                LabeledSpan::new_with_span(text, place)
            }
        })
        .collect()
}

/// Gives miette whole lines through the line table: its own way counts lines from the start of the text each time.
#[derive(Debug)]
struct Lines<'a>(&'a Source);

impl SourceCode for Lines<'_> {
    /// Asked without context for the place in the header, with context for the lines to draw.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let Self(source) = self;
        let end = span.offset() + span.len();
        let whole = source.text.get(span.offset()..end).ok_or(MietteError::OutOfBounds)?;
        let (line, column) = source.map.line_column(&source.text, span.offset());
        if before == 0 {
            let contents =
                MietteSpanContents::new_named(source.name.clone(), whole.as_bytes(), *span, line - 1, column - 1, 1);
            return Ok(Box::new(contents));
        }
        let last = source.line(end.saturating_sub(usize::from(end > span.offset())));
        let lines = source.map.line_span(line).to(source.map.line_span(last));
        let drawn = lines.of(&source.text);
        let place: SourceSpan = (lines.start, drawn.len()).into();
        let contents =
            MietteSpanContents::new_named(source.name.clone(), drawn.as_bytes(), place, line - 1, 0, last + 1 - line);
        Ok(Box::new(contents))
    }
}

#[derive(Debug)]
struct Adapter<'a> {
    labels: Vec<LabeledSpan>,
    source: Lines<'a>,
}

impl fmt::Display for Adapter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("-")
    }
}

impl std::error::Error for Adapter<'_> {}

impl miette::Diagnostic for Adapter<'_> {
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source {
        Source::new("RB-001.md", "# Title\n\n    mysql -h <replica-host> -e \"STOP SLAVE\"\n")
    }

    #[test]
    fn drawn_like_the_manual_says() {
        let diagnostic = Diagnostic::error("unbound-placeholder", "`<replica-host>` has no value")
            .at(Span::new(22, 36), "needed by step `execution.promote`")
            .help("pass `--var replica_host=…`, or answer when asked");
        let drawn = render(&diagnostic, &source(), &Style::default());
        let want = "error[unbound-placeholder]: `<replica-host>` has no value
   ╭─[RB-001.md:3:14]
 3 │     mysql -h <replica-host> -e \"STOP SLAVE\"
   ·              ───────┬──────
   ·                     ╰── needed by step `execution.promote`
   ╰─
   help: pass `--var replica_host=…`, or answer when asked
";
        assert_eq!(drawn, want);
        let plain =
            render(&diagnostic, &source(), &Style { color: false, unicode: false, width: 80, ..Style::default() });
        assert!(plain.replace('…', "...").is_ascii(), "{plain}");
        assert!(!plain.contains('\u{1b}'));
        assert!(render(&diagnostic, &source(), &Style { color: true, ..Style::default() }).contains('\u{1b}'));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 3000, ..Default::default() })]
        #[test]
        fn what_is_simple_is_drawn_as_miette_draws_it(
            pieces in proptest::collection::vec(proptest::sample::select(&[
                "a", "word ", "  ", " ", "\n", "\n\n", "\r\n", "\r", "\t", "é", "→", "…", "’", "✅", "語", "e\u{301}", "\u{a0}", "\u{ad}",
                "\u{1b}[1m", "\u{85}", "\u{2028}", "\u{c}", "│", "─", "╭─", "╰─", "---", "`-",
            ][..]), 0..12),
            start in 0..30_usize,
            len in 0..12_usize,
        ) {
            let source = Source::new("RB-001.md", pieces.concat());
            let diagnostic = Diagnostic::note("x", "y").at(Span::new(start, start + len), "");
            let style = Style::default();
            if let Some(drawn) = simple(&diagnostic, &source, &style) {
                proptest::prop_assert_eq!(Some(drawn), snippet(&diagnostic, &source, &style), "{:?}", source.text);
            }
        }
    }

    #[test]
    fn any_span_can_be_drawn() {
        for (start, end) in [(0, 0), (0, 9999), (7, 9), (50, 70), (9999, 10_000)] {
            let diagnostic = Diagnostic::warning("x", "y").at(Span::new(start, end), "");
            assert!(render(&diagnostic, &source(), &Style::default()).starts_with("warning[x]: y\n"));
        }
        assert!(render(&Diagnostic::note("x", "y"), &source(), &Style::default()).contains("in RB-001.md"));
    }
}
