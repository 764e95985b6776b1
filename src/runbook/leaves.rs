//! The paragraphs and headings of a document: many ask for their text and markup, and each is read once.

use super::text::{self, Inline, Text};
use crate::source::Source;
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
}
