//! What `grammar/phrases.pest` generates. Each small language has a file of its own that uses it.

#[derive(pest_derive::Parser)]
#[grammar = "grammar/phrases.pest"]
pub(super) struct Phrases;

use crate::source::Span;
use pest::Parser;
use pest::iterators::{Pair, Pairs};

/// Runs one entry rule. The finders accept every text; for the others `None` says that the text is something else.
pub(super) fn run(rule: Rule, text: &str) -> Option<Pairs<'_, Rule>> {
    Phrases::parse(rule, text).ok()
}

/// Where a pair stands in the text it was read from.
pub(super) fn span(pair: &Pair<'_, Rule>) -> Span {
    Span::new(pair.as_span().start(), pair.as_span().end())
}

/// `span` of `text` without the characters that `drop` names at either end.
pub(super) fn trimmed(text: &str, span: Span, drop: impl Fn(char) -> bool) -> Span {
    let inside = span.of(text);
    let kept = inside.trim_start_matches(&drop);
    let start = span.start + (inside.len() - kept.len());
    Span::new(start, start + kept.trim_end_matches(&drop).len())
}
