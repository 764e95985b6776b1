//! A text's lines as tokens: the only user of `grammar/lines.pest`.

use pest::Parser;

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

/// Enough lines to make a call worth its cost, few enough that their pairs stay small.
const CHUNK: usize = 64 * 1024;

/// Calls `each` for every line of `text` from byte `from`, which begins a line. The empty line after a last line ending
/// is not a line.
pub(super) fn for_each(text: &str, from: usize, mut each: impl FnMut(Line<'_>)) {
    let mut start = from;
    let mut tokens = Vec::new();
    while start < text.len() {
        let end = chunk_end(text, start);
        chunk(text, start, end, &mut tokens, &mut each);
        start = end;
    }
}

/// The end of the first line that ends at or after `start + CHUNK`.
fn chunk_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let from = start + CHUNK;
    let Some(rest) = bytes.get(from..) else { return bytes.len() };
    match rest.iter().position(|b| matches!(b, b'\n' | b'\r')) {
        Some(at) => after_ending(bytes, from + at),
        None => bytes.len(),
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

fn chunk(text: &str, start: usize, end: usize, tokens: &mut Vec<Token>, each: &mut impl FnMut(Line<'_>)) {
    let bytes = &text.as_bytes()[..end];
    let mut line = Lines { bytes, line: start, at: start, column: 0, tokens, each };
    // The grammar takes any text. Were it ever to refuse one, its lines would still be text and nothing would be lost.
    if let Ok(pairs) = LineGrammar::parse(Rule::chunk, &text[start..end]) {
        for pair in pairs {
            if let Some(kind) = kind(pair.as_rule()) {
                let span = pair.as_span();
                line.token(kind, start + span.start(), start + span.end());
            }
        }
    } else {
        while line.line < end {
            let at = line.line;
            let stop = bytes[at..].iter().position(|b| matches!(b, b'\n' | b'\r')).map_or(end, |n| at + n);
            line.token(TokenKind::Text, at, stop);
        }
    }
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
struct Lines<'c, F> {
    bytes: &'c [u8],
    line: usize,
    at: usize,
    column: usize,
    tokens: &'c mut Vec<Token>,
    each: &'c mut F,
}

impl<F: FnMut(Line<'_>)> Lines<'_, F> {
    fn token(&mut self, kind: TokenKind, start: usize, end: usize) {
        // The empty leaf after the chunk's last line ending.
        if self.line >= self.bytes.len() {
            return;
        }
        let column = columns(&self.bytes[self.at..start], self.column);
        self.tokens.push(Token { kind, start, end, column });
        if kind.is_leaf() {
            (self.each)(Line { start: self.line, end, tokens: self.tokens });
            self.tokens.clear();
            self.line = after_ending(self.bytes, end);
            (self.at, self.column) = (self.line, 0);
        } else {
            (self.at, self.column) = (end, column + (end - start));
        }
    }
}

/// The column after `gap`, which begins at `column`.
pub(super) fn columns(gap: &[u8], column: usize) -> usize {
    gap.iter().fold(column, |column, b| if *b == b'\t' { column + 4 - column % 4 } else { column + 1 })
}
