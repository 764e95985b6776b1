//! A text's lines as tokens: the only user of `grammar/lines.pest`.

use super::plain;
use crate::source::SourceMap;
use pest::Parser;
use std::ops::Range;

#[derive(pest_derive::Parser)]
#[grammar = "grammar/lines.pest"]
struct LineGrammar;

/// What a token is: container markers first, then the leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    Quote,
    Bullet,
    Ordered,
    TaskBox,
    Blank,
    Heading,
    Fence,
    Rule,
    Underline,
    Delimiters,
    Html(HtmlKind),
    /// What may be the head of a tab or an admonition; else it is text.
    Tab,
    Admonition,
    Text,
}

/// The seven kinds of HTML block, in CommonMark's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HtmlKind {
    Raw,
    Comment,
    Instruction,
    Declaration,
    Cdata,
    Block,
    Inline,
}

/// One token. `column` counts from the line's start, tabs to stops of four.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) column: usize,
}

impl TokenKind {
    /// Whether it ends its line's tokens.
    pub(super) const fn is_leaf(self) -> bool {
        !matches!(self, Self::Quote | Self::Bullet | Self::Ordered | Self::TaskBox)
    }
}

/// One line: never without tokens, the last one a leaf that ends where the line's content ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) tokens: &'t [Token],
}

/// Who takes the lines.
pub(super) trait Taker {
    /// Whether a fence is open.
    fn in_fence(&self) -> bool;

    /// Takes the next line.
    fn line(&mut self, line: Line<'_>);

    /// Takes the next line if it belongs to the open fence or closes it; whatever else it might be is not looked at.
    fn fence_line(&mut self, line: Line<'_>) -> bool;
}

/// Enough lines to make a call worth its cost, few enough that their pairs stay small.
const CHUNK: usize = 64 * 1024;

/// Gives every line of `text` from byte `from`, which begins a line, to `taker`. The empty line after a last line ending
/// is not a line.
///
/// What an open fence holds is no Markdown, so the grammar is not asked about it: most of a runbook is code. Nor is it asked about
/// lines of which a look at their beginning says everything.
pub(super) fn for_each(text: &str, map: &SourceMap, from: usize, taker: &mut impl Taker) {
    let bytes = text.as_bytes();
    let (mut start, mut tokens) = (from, Vec::new());
    let mut ends = Ends { starts: map.starts(), next: map.line(from), bytes };
    while start < text.len() {
        if taker.in_fence() {
            start = code(&mut ends, start, taker);
        }
        // The line that the fence did not take is no code, whatever is open.
        let mut any = false;
        while start < text.len() && !(any && taker.in_fence()) {
            let (end, next) = ends.of(start);
            if !plain::tokens(bytes, start, end, &mut tokens) {
                break;
            }
            taker.line(Line { start, end, tokens: &tokens });
            tokens.clear();
            start = next;
            any = true;
        }
        if !any && start < text.len() {
            let end = chunk_end(&mut ends, start, &mut tokens);
            chunk(text, start..end, &mut tokens, taker);
            start = end;
        }
    }
}

/// Where lines end, of a text of which is known where they begin.
struct Ends<'t> {
    starts: &'t [usize],
    /// The line after the one that was asked about last.
    next: usize,
    bytes: &'t [u8],
}

impl Ends<'_> {
    /// Where the line that begins at `start` ends, and where the next one begins. Asked of lines in order.
    fn of(&mut self, start: usize) -> (usize, usize) {
        while self.starts.get(self.next).is_some_and(|next| *next <= start) {
            self.next += 1;
        }
        let next = self.starts.get(self.next).copied().unwrap_or(self.bytes.len());
        let ending = match &self.bytes[start..next] {
            [.., b'\r', b'\n'] => 2,
            [.., b'\n' | b'\r'] => 1,
            _ => 0,
        };
        (next - ending, next)
    }
}

/// Gives the open fence its lines. Returns where the first stands that it did not take.
fn code(ends: &mut Ends<'_>, from: usize, taker: &mut impl Taker) -> usize {
    let mut start = from;
    while start < ends.bytes.len() && taker.in_fence() {
        let (end, next) = ends.of(start);
        let token = indented(ends.bytes, start, end);
        if !taker.fence_line(Line { start, end, tokens: &[token] }) {
            break;
        }
        start = next;
    }
    start
}

/// Where a chunk ends: before the next line that needs no grammar, or with the first line that ends at or after `start + CHUNK`.
fn chunk_end(ends: &mut Ends<'_>, start: usize, tokens: &mut Vec<Token>) -> usize {
    let mut at = start;
    loop {
        at = ends.of(at).1;
        if at == ends.bytes.len() || at >= start + CHUNK {
            return at;
        }
        if plain::tokens(ends.bytes, at, ends.of(at).0, tokens) {
            tokens.clear();
            return at;
        }
    }
}

/// One past the line ending at `at`; `at` itself at the end of the text.
pub(super) fn after_ending(bytes: &[u8], at: usize) -> usize {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => at + 2,
        (Some(_), _) => at + 1,
        (None, _) => at,
    }
}

fn chunk(text: &str, range: Range<usize>, tokens: &mut Vec<Token>, taker: &mut impl Taker) {
    let Range { start, end } = range;
    let mut line = Lines { text, end, line: start, at: start, column: 0, tokens, taker };
    // The grammar takes any text. Were it ever to refuse one, its lines would still be text and nothing would be lost.
    if let Ok(pairs) = LineGrammar::parse(Rule::chunk, &text[start..end]) {
        for pair in pairs {
            let span = pair.as_span();
            if let Some(mut kind) = kind(pair.as_rule()) {
                if kind == TokenKind::Fence && !opens_fence(span.as_str()) {
                    kind = TokenKind::Text;
                }
                line.token(kind, start + span.start(), start + span.end());
            }
        }
    } else {
        while line.line < end {
            let (at, stop) = (line.line, line_end(text.as_bytes(), line.line, end));
            line.token(TokenKind::Text, at, stop);
        }
    }
}

/// A fence of backticks has none in its info string, or it is a code span.
pub(super) fn opens_fence(line: &str) -> bool {
    !line.starts_with('`') || !line.trim_start_matches('`').contains('`')
}

pub(super) fn line_end(bytes: &[u8], from: usize, end: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &bytes[from..end]).map_or(end, |n| from + n)
}

const fn kind(of: Rule) -> Option<TokenKind> {
    Some(match of {
        Rule::text => TokenKind::Text,
        Rule::blank => TokenKind::Blank,
        Rule::dash | Rule::star | Rule::plus => TokenKind::Bullet,
        Rule::ordered => TokenKind::Ordered,
        Rule::quote => TokenKind::Quote,
        Rule::task_box => TokenKind::TaskBox,
        Rule::heading => TokenKind::Heading,
        Rule::fence => TokenKind::Fence,
        Rule::rule => TokenKind::Rule,
        Rule::underline => TokenKind::Underline,
        Rule::delimiters => TokenKind::Delimiters,
        Rule::tab => TokenKind::Tab,
        Rule::admonition => TokenKind::Admonition,
        Rule::html_raw => TokenKind::Html(HtmlKind::Raw),
        Rule::html_comment => TokenKind::Html(HtmlKind::Comment),
        Rule::html_cdata => TokenKind::Html(HtmlKind::Cdata),
        Rule::html_instruction => TokenKind::Html(HtmlKind::Instruction),
        Rule::html_declaration => TokenKind::Html(HtmlKind::Declaration),
        Rule::html_block => TokenKind::Html(HtmlKind::Block),
        Rule::html_inline => TokenKind::Html(HtmlKind::Inline),
        _ => return None,
    })
}

/// Gathers one line's tokens and hands them over at its leaf.
struct Lines<'c, T> {
    text: &'c str,
    /// The chunk's.
    end: usize,
    line: usize,
    at: usize,
    column: usize,
    tokens: &'c mut Vec<Token>,
    taker: &'c mut T,
}

impl<T: Taker> Lines<'_, T> {
    fn token(&mut self, kind: TokenKind, start: usize, end: usize) {
        // The empty leaf after the chunk's last line ending.
        if self.line >= self.end {
            return;
        }
        let bytes = self.text.as_bytes();
        if self.tokens.is_empty() {
            self.empty_lines(start);
            if self.line >= self.end {
                return;
            }
        }
        let column = columns(&bytes[self.at..start], self.column);
        self.tokens.push(Token { kind, start, end, column });
        if kind.is_leaf() {
            self.taker.line(Line { start: self.line, end, tokens: self.tokens });
            self.tokens.clear();
            self.begin(after_ending(bytes, end));
        } else {
            (self.at, self.column) = (end, column + (end - start));
        }
    }

    /// Between one line and the next token may be lines that are not one character long.
    fn empty_lines(&mut self, before: usize) {
        let bytes = self.text.as_bytes();
        while self.line < before && bytes[self.line] == b'\n' {
            let (start, end) = (self.line, self.line);
            let token = Token { kind: TokenKind::Blank, start, end, column: 0 };
            self.taker.line(Line { start, end, tokens: &[token] });
            self.begin(start + 1);
        }
    }

    fn begin(&mut self, line: usize) {
        (self.line, self.at, self.column) = (line, line, 0);
    }
}

/// A line of code as a token: what begins like a fence may end one, the rest is blank or text.
fn indented(bytes: &[u8], start: usize, end: usize) -> Token {
    let gap = bytes[start..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let from = start + gap;
    let kind = match bytes[from..end].first() {
        None => TokenKind::Blank,
        Some(b'`' | b'~') => TokenKind::Fence,
        Some(_) => TokenKind::Text,
    };
    Token { kind, start: from, end, column: columns(&bytes[start..from], 0) }
}

/// The column after `gap`, which begins at `column`.
pub(super) fn columns(gap: &[u8], column: usize) -> usize {
    gap.iter().fold(column, |column, b| if *b == b'\t' { column + 4 - column % 4 } else { column + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Lines(Vec<String>);

    impl Taker for Lines {
        fn in_fence(&self) -> bool {
            false
        }

        fn line(&mut self, line: Line<'_>) {
            self.0.push(format!("{line:?}"));
        }

        fn fence_line(&mut self, _: Line<'_>) -> bool {
            false
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 5000, ..Default::default() })]
        #[test]
        fn a_line_that_needs_no_grammar_is_what_the_grammar_says(
            pieces in proptest::collection::vec(proptest::sample::select(&[
                "a", "B", "-", "- ", "*", "* ", "**", "+ ", "1", "1. ", "2) ", "10.", "123456789", ">", "> ", " ", "    ", "\t", "\n", "\r",
                "\r\n", "[ ]", "[x] ", "[", "]", "#", "## ", "```", "`", "~~~", "~", "|", "| ", ":", "=", "===", "!!!", "???", "!", "?",
                "_", "<", "<b>", "<!--", "\u{a0}", "é", "☐", "☐ ", "✅", "→", "\u{24ff}", "\u{25ff}", "⬜", "\u{fe0f}", "🎯", "\u{c}", "(",
                "\"", "'", "$", "/", ".", "x", "---", "|---", "--", ":-", "-->", "⚠", "\u{b}",
            ][..]), 0..12),
        ) {
            let text = pieces.concat();
            let (mut quick, mut slow) = (Lines::default(), Lines::default());
            for_each(&text, &SourceMap::new(&text), 0, &mut quick);
            chunk(&text, 0..text.len(), &mut Vec::new(), &mut slow);
            proptest::prop_assert_eq!(quick.0, slow.0, "{:?}", text);
        }
    }
}
