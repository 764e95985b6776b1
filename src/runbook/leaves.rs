//! The paragraphs and headings of a document: many ask for their text and markup, and each is read once.

use super::text::{self, Inline, Text};
use crate::diagnostic::Diagnostic;
use crate::source::{Source, lines};
use crate::syntax::document::{BlockId, BlockKind, Document};
use std::cell::OnceCell;

/// A paragraph or a heading.
#[derive(Debug)]
pub(super) struct Leaf {
    pub text: Text,
    pub inline: Inline,
}

/// Those of a document, by block.
#[derive(Debug)]
pub(super) struct Leaves<'a> {
    source: &'a Source,
    document: &'a Document,
    read: Vec<OnceCell<Box<Leaf>>>,
}

impl<'a> Leaves<'a> {
    pub fn new(source: &'a Source, document: &'a Document) -> Self {
        Self { source, document, read: document.blocks.iter().map(|_| OnceCell::new()).collect() }
    }

    /// A block's text, if it is a paragraph or a heading.
    pub fn get(&self, block: BlockId) -> Option<&Leaf> {
        let (BlockKind::Paragraph { content } | BlockKind::Heading { content, .. }) = &self.document.blocks[block].kind
        else {
            return None;
        };
        let leaf = self.read[block].get_or_init(|| {
            let text = Text::of(&self.source.text, content);
            let inline = text::read(&text);
            Box::new(Leaf { text, inline })
        });
        Some(leaf)
    }

    /// A fence's text. Some fences are looked at before they are read, and their scripts are looked through once.
    pub fn fence(&self, block: BlockId) -> Option<&Text> {
        let BlockKind::Fence { content, .. } = &self.document.blocks[block].kind else { return None };
        let text = || Text::of(&self.source.text, content);
        Some(&self.read[block].get_or_init(|| Box::new(Leaf { text: text(), inline: Inline::default() })).text)
    }
}

/// `{#id}` at the end of a later line of an item: only the first line's are attributes, so that it names nothing.
pub(super) fn astray(text: &Text) -> Option<Diagnostic> {
    let mut at = 0;
    for (i, line) in lines(&text.raw).enumerate() {
        if i > 0
            && line.ends_with('}')
            && let Some(open) = line.rfind("{#").filter(|open| *open == 0 || line[..*open].ends_with(' '))
            && line[open + 2..].starts_with(|c: char| c.is_ascii_alphabetic())
        {
            let written = &line[open..];
            let message = format!("`{written}` at the end of a later line is text, and names nothing");
            let help = "write it at the end of the item's first line, or as `<!-- runbook: #id -->` anywhere in it";
            let span = text.span(at + open, at + line.len());
            return Some(
                Diagnostic::warning("misplaced-attribute", message).at(span, "is no attribute here").help(help),
            );
        }
        at += line.len() + 1;
    }
    None
}
