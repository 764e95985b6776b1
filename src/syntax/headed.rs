//! Tabs and admonitions, as generators of documentation know them: a line that says what it is, and an indented body.

use super::blocks::CODE;
use super::lines::{Token, TokenKind, after_ending, columns, line_end};
use crate::source::Span;

/// What such a line says.
pub(super) struct Head {
    pub(super) kind: Kind,
    /// Its own title.
    pub(super) title: Option<Span>,
}

pub(super) enum Kind {
    /// `=== "Docker"`; `first` when it begins a set of its own (`===! "Docker"`).
    Tab { first: bool },
    /// `!!! note "Title"`, `??? note`.
    Admonition { kind: Span },
}

/// Reads the token's line. `None` when it is only text.
pub(super) fn read(text: &str, token: Token) -> Option<Head> {
    let line = &text[token.start..token.end];
    let trimmed = |from: usize, to: usize| {
        let piece = &line[from..to];
        let start = token.start + from + (piece.len() - piece.trim_start().len());
        Span::new(start, start + piece.trim().len())
    };
    let quote = line.find('"');
    let title = match quote {
        Some(at) => {
            let end = line.trim_end().strip_suffix('"').filter(|rest| at < rest.len())?.len();
            Some(trimmed(at + 1, end))
        }
        None => None,
    };
    let title = title.filter(|title| !title.is_empty());
    let before = &line[..quote.unwrap_or(line.len())];
    if token.kind == TokenKind::Tab {
        let kind = Kind::Tab { first: before.contains('!') };
        return title.map(|title| Head { kind, title: Some(title) });
    }
    let words = trimmed(if before[3..].starts_with('+') { 4 } else { 3 }, before.len());
    let said = words.of(text);
    let word = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    let plain = said.starts_with(char::is_alphabetic) || said.is_empty() && title.is_some();
    if !plain || !said.chars().all(word) {
        return None;
    }
    let kind = Span::new(words.start, words.start + said.find(' ').unwrap_or(said.len()));
    // Further words say where it floats. Others are what its author took for the title.
    let rest = trimmed(kind.end - token.start, words.end - token.start);
    let floats = rest.of(text).split(' ').all(|word| matches!(word, "" | "inline" | "end"));
    Some(Head { kind: Kind::Admonition { kind }, title: title.or((!floats).then_some(rest)) })
}

/// Whether the next line that is not blank is indented as a body is.
pub(super) fn has_body(text: &str, token: Token) -> bool {
    let bytes = text.as_bytes();
    let mut start = after_ending(bytes, token.end);
    while start < bytes.len() {
        let end = line_end(bytes, start, bytes.len());
        let gap = bytes[start..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if start + gap < end {
            return columns(&bytes[start..start + gap], 0) >= token.column + CODE;
        }
        start = after_ending(bytes, end);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let head = |text: &str| {
            let kind = if text.starts_with('=') { TokenKind::Tab } else { TokenKind::Admonition };
            let found = read(text, Token { kind, start: 0, end: text.len(), column: 0 })?;
            let name = match found.kind {
                Kind::Tab { first } => format!("tab {first}"),
                Kind::Admonition { kind } => kind.of(text).to_owned(),
            };
            Some(name + found.title.map_or(String::new(), |title| format!(": {}", title.of(text))).as_str())
        };
        for (text, want) in [
            ("=== \"Docker\"", Some("tab false: Docker")),
            ("===! \"A \"b\" c\" ", Some("tab true: A \"b\" c")),
            ("===+ \"A\"", Some("tab false: A")),
            ("=== \"\"", None),
            ("=== \"A\" b", None),
            ("!!! note", Some("note")),
            ("!!!note", Some("note")),
            ("??? Tip \"Title\"", Some("Tip: Title")),
            ("???+ info inline end \"T\"", Some("info: T")),
            ("!!! info inline end", Some("info")),
            ("!!! warning \"\"", Some("warning")),
            ("!!! danger Mind the gap", Some("danger: Mind the gap")),
            ("??? \"Only a title\"", Some(": Only a title")),
            ("!!! IMPORTANT: no", None),
            ("!!! note \"", None),
            ("!!!", None),
            ("!!!!", None),
            ("???", None),
        ] {
            assert_eq!(head(text).as_deref(), want, "{text}");
        }
    }
}
