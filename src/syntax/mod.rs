//! Text → [`Document`]. The grammar in `grammar/*.pest` says what a line and the mini-languages look
//! like; [`document`] says what comes out. Nothing here knows what a runbook means.
//!
//! Invariant: this is the only room that names `pest` or its `Rule`.

mod blocks;
mod cursor;
mod decorate;
mod dedented;
mod headed;
mod indented;
mod leaves;
mod lines;
mod links;
mod phrases;
mod plain;
mod table;

pub mod attributes;
pub mod blank;
pub mod document;
pub mod duration;
pub mod inline;
pub mod placeholder;
pub mod prompt;
pub mod slug;
pub mod source_text;

pub use document::Document;
pub use source_text::decode;

use crate::source::{SourceMap, Span};

/// Parses a text. Any text is a document, so this cannot fail; a byte order mark is the caller's to strip.
///
/// Time and memory are linear in the text, and nothing recurses, however deep it nests.
#[must_use]
pub fn parse(text: &str) -> Document {
    parse_lines(text, &SourceMap::new(text))
}

/// The same of a text of which is known where its lines begin.
#[must_use]
pub fn parse_lines(text: &str, map: &SourceMap) -> Document {
    let front = front_matter(text);
    let mut document = build(text, map, front, true);
    decorate::attributes(text, &mut document);
    document
}

/// The blocks as CommonMark and GitHub's tables and task items say, without anything of ours: what can be compared with
/// other parsers.
#[doc(hidden)]
#[must_use]
pub fn parse_commonmark(text: &str) -> Document {
    build(text, &SourceMap::new(text), None, false)
}

fn build(text: &str, map: &SourceMap, front: Option<(Span, usize)>, ours: bool) -> Document {
    let mut builder = blocks::Builder::new(text, ours);
    lines::for_each(text, map, front.map_or(0, |(_, after)| after), &mut builder);
    builder.finish(front.map(|(span, _)| span))
}

/// The YAML between two `---` lines at the very top, and where the document goes on after it.
///
/// Without its end it is not front matter; nor is it when a blank line follows, for then the `---` is a rule.
fn front_matter(text: &str) -> Option<(Span, usize)> {
    if !text.starts_with("---") {
        return None;
    }
    let mut at = 0;
    let mut start = None;
    while at < text.len() {
        let rest = &text[at..];
        let end = at + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let next = lines::after_ending(text.as_bytes(), end);
        let line = text[at..end].trim_end();
        match start {
            None if line != "---" => return None,
            None => start = Some(next),
            Some(first) if line == "---" || line == "..." => return Some((Span::new(first, at), next)),
            Some(first) if at == first && line.is_empty() => return None,
            Some(_) => {}
        }
        at = next;
    }
    None
}
