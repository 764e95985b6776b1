//! Where the builder stands in a line: how many markers and columns of indentation the open containers have taken.

use super::document::Slice;
use super::lines::{Line, Token, TokenKind, columns};
use crate::source::Span;

/// A place between a line's tokens. Columns may end inside a tab, so the byte is only worked out for a slice.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'l> {
    pub(super) line: Line<'l>,
    next: usize,
    /// One past the last marker taken, and its column.
    base: usize,
    base_column: usize,
    /// The column up to which indentation is taken.
    column: usize,
}

impl<'l> Cursor<'l> {
    pub(super) fn new(line: Line<'l>) -> Self {
        Self { line, next: 0, base: line.start, base_column: 0, column: 0 }
    }

    /// The next token.
    pub(super) fn token(&self) -> Token {
        self.line.tokens[self.next.min(self.line.tokens.len() - 1)]
    }

    /// The token after the next, when the next one is a marker.
    pub(super) fn second(&self) -> Option<Token> {
        self.line.tokens.get(self.next + 1).copied()
    }

    /// Columns of indentation before the next token that no container has taken.
    pub(super) fn indent(&self) -> usize {
        self.token().column.saturating_sub(self.column)
    }

    /// Whether nothing but blanks is left.
    pub(super) fn is_blank(&self) -> bool {
        self.token().kind == TokenKind::Blank
    }

    /// Takes `n` columns of indentation.
    pub(super) fn skip(&mut self, n: usize) {
        self.column += n;
    }

    /// Takes the next token, a marker, with all that stands before it.
    pub(super) fn take(&mut self) -> Token {
        let token = self.token();
        self.base = token.end;
        self.base_column = token.column + (token.end - token.start);
        self.column = self.base_column;
        self.next += 1;
        token
    }

    /// The rest of the line from the next token on.
    pub(super) fn rest(&self) -> Slice {
        Slice { span: Span::new(self.token().start, self.line.end), pad: 0 }
    }

    /// The rest of the line with its indentation, less `n` columns of it.
    pub(super) fn raw(&self, bytes: &[u8], n: usize) -> Slice {
        let stop = self.token().start;
        let goal = self.column + n.min(self.indent());
        let (mut at, mut column) = (self.base, self.base_column);
        while at < stop && column < goal {
            column = columns(&bytes[at..=at], column);
            at += 1;
        }
        let pad = u8::try_from(column.saturating_sub(goal)).unwrap_or(0);
        Slice { span: Span::new(at, self.line.end), pad }
    }
}
