//! After the blocks are built: moves attributes from the text of headings and items into the blocks themselves.

use super::attributes::{self, Attributes};
use super::document::{Block, BlockId, BlockKind, Content, Document, Slice};
use crate::source::Span;
use std::collections::HashMap;

/// Reads `{…}` and `<!-- runbook: … -->` wherever they may stand, and strips them from the content.
pub(super) fn attributes(text: &str, document: &mut Document) {
    // Most texts have neither.
    if memchr::memchr(b'{', text.as_bytes()).is_none() && !text.contains("runbook:") {
        return;
    }
    let mut before = Siblings::default();
    for id in 0..document.blocks.len() {
        let previous = before.previous(&document.blocks, id);
        match &document.blocks[id].kind {
            BlockKind::Heading { .. } => heading(text, &mut document.blocks[id]),
            BlockKind::Paragraph { .. } => paragraph(text, &mut document.blocks, id),
            BlockKind::Html { .. } => comment_block(text, &mut document.blocks, id, previous),
            _ => {}
        }
    }
}

/// The last block seen under each open parent, so that a block's previous sibling is known without a search.
#[derive(Default)]
struct Siblings {
    open: Vec<BlockId>,
}

impl Siblings {
    /// The sibling before `id`; to be asked for every block in order.
    fn previous(&mut self, blocks: &[Block], id: BlockId) -> Option<BlockId> {
        let mut last = None;
        while let Some(top) = self.open.last()
            && blocks[*top].end <= id
        {
            last = self.open.pop();
        }
        self.open.push(id);
        last.filter(|b| blocks[*b].parent == blocks[id].parent)
    }
}

fn heading(text: &str, block: &mut Block) {
    if let BlockKind::Heading { content, attributes, .. } = &mut block.kind {
        strip_comments(text, content, attributes);
        let last = content.len().saturating_sub(1);
        strip_trailing(text, content, last, attributes);
    }
}

/// The text of an item is its first block, when that is a paragraph.
fn paragraph(text: &str, blocks: &mut [Block], id: BlockId) {
    let Some(parent) = blocks[id].parent.filter(|p| p + 1 == id) else { return };
    let (before, from) = blocks.split_at_mut(id);
    let BlockKind::Item { attributes, .. } = &mut before[parent].kind else { return };
    if let BlockKind::Paragraph { content } = &mut from[0].kind {
        strip_comments(text, content, attributes);
        strip_trailing(text, content, 0, attributes);
    }
}

/// A comment that stands alone belongs to the item around it, or to the heading or fence right above it.
fn comment_block(text: &str, blocks: &mut [Block], id: BlockId, previous: Option<BlockId>) {
    let span = trim(text, blocks[id].span);
    let Some((at, list)) = attributes::of_comment(span.of(text)) else { return };
    let found = attributes::parse(list, span.start + at);
    let target = previous
        .filter(|p| matches!(blocks[*p].kind, BlockKind::Heading { .. }))
        .or(blocks[id].parent.filter(|p| matches!(blocks[*p].kind, BlockKind::Item { .. })))
        .or(previous);
    let Some(target) = target else { return };
    if let BlockKind::Heading { attributes, .. }
    | BlockKind::Item { attributes, .. }
    | BlockKind::Fence { attributes, .. } = &mut blocks[target].kind
    {
        attributes.merge(found);
    }
}

/// Takes `{…}` off the end of one line.
fn strip_trailing(text: &str, content: &mut Content, line: usize, into: &mut Attributes) {
    let Some(slice) = content.get(line) else { return };
    if let Some((open, found)) = attributes::trailing(slice.span.of(text), slice.span.start) {
        // A code span may go on over the end of the line.
        if begin_in_code(text, content).get(line + 1) == Some(&true) {
            return;
        }
        let slice = &mut content[line];
        into.merge(found);
        slice.span = trim(text, Span::new(slice.span.start, slice.span.start + open));
        if slice.span.is_empty() {
            content.remove(line);
        }
    }
}

/// Which lines begin within a code span that an earlier one has opened.
fn begin_in_code(text: &str, content: &[Slice]) -> Vec<bool> {
    let mut begins = vec![false; content.len()];
    // Every run of backticks: its line and its length.
    let lines = content.iter().map(|slice| slice.span.of(text)).enumerate();
    let runs: Vec<(usize, usize)> = lines.flat_map(|(line, said)| ticks(said).map(move |run| (line, run))).collect();
    let mut by_length: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, (_, length)) in runs.iter().enumerate() {
        by_length.entry(*length).or_default().push(at);
    }
    let mut at = 0;
    while let Some((line, length)) = runs.get(at) {
        let alike = by_length.get(length).map_or(&[][..], Vec::as_slice);
        let close = alike.get(alike.partition_point(|other| *other <= at));
        if let Some(close) = close {
            begins[line + 1..=runs[*close].0].fill(true);
        }
        at = close.unwrap_or(&at) + 1;
    }
    begins
}

/// The lengths of a text's runs of backticks.
fn ticks(text: &str) -> impl Iterator<Item = usize> {
    text.split(|c| c != '`').map(str::len).filter(|run| *run > 0)
}

/// Takes every `<!-- runbook: … -->` out. A line with one in its middle becomes two slices.
fn strip_comments(text: &str, content: &mut Content, into: &mut Attributes) {
    // Most lines hold no comment, and a single byte is found sooner than a word.
    let ours = |line: &str| memchr::memchr(b'<', line.as_bytes()).is_some() && line.contains("runbook:");
    if !content.iter().any(|s| ours(s.span.of(text))) {
        return;
    }
    let mut out = Content::with_capacity(content.len());
    let begins = begin_in_code(text, content);
    for (slice, in_code) in content.drain(..).zip(begins) {
        let mut comments = Comments { text, at: slice.span.start, end: slice.span.end, in_code };
        let mut start = slice.span.start;
        let mut kept = Vec::new();
        while let Some((comment, at, list)) = comments.next() {
            into.merge(attributes::parse(list, comment.start + at));
            kept.push(trim(text, Span::new(start, comment.start)));
            start = comment.end;
        }
        if kept.is_empty() {
            out.push(slice);
            continue;
        }
        kept.push(trim(text, Span::new(start, slice.span.end)));
        out.extend(kept.into_iter().filter(|s| !s.is_empty()).map(|span| Slice { span, pad: 0 }));
    }
    *content = out;
}

/// Our comments of one line, in order. Those between backticks are code.
struct Comments<'t> {
    text: &'t str,
    at: usize,
    end: usize,
    in_code: bool,
}

impl<'t> Comments<'t> {
    /// The comment, and where in it its attributes stand.
    fn next(&mut self) -> Option<(Span, usize, &'t str)> {
        loop {
            let start = self.at + self.text[self.at..self.end].find("<!--")?;
            let end = start + self.text[start..self.end].find("-->")? + 3;
            let ticks = self.text[self.at..start].bytes().filter(|b| *b == b'`').count();
            self.in_code ^= ticks % 2 == 1;
            self.at = end;
            if let Some((at, list)) = attributes::of_comment(&self.text[start..end]).filter(|_| !self.in_code) {
                return Some((Span::new(start, end), at, list));
            }
        }
    }
}

fn trim(text: &str, span: Span) -> Span {
    let inside = span.of(text);
    let start = span.start + (inside.len() - inside.trim_start().len());
    Span::new(start, start + inside.trim().len())
}

#[cfg(test)]
mod tests {
    use crate::syntax::document::BlockKind;
    use crate::syntax::parse;

    /// How many attributes the only item has, and its text.
    fn item(text: &str) -> (bool, String) {
        let document = parse(text);
        let found = document.blocks.iter().find_map(|block| match &block.kind {
            BlockKind::Item { attributes, .. } => Some(attributes.is_empty()),
            _ => None,
        });
        let said = document.blocks.iter().find_map(|block| match &block.kind {
            BlockKind::Paragraph { content } => {
                Some(content.iter().map(|slice| slice.span.of(text)).collect::<Vec<_>>())
            }
            _ => None,
        });
        (!found.unwrap_or(true), said.unwrap_or_default().join("|"))
    }

    /// A code span may go over a line's end, and what stands in it is code.
    #[test]
    fn attributes_in_code_are_code() {
        for text in [
            "- `ip {#move timeout=5s}\n  addr add`",
            "- ``ip `x` {#move}\n  addr add``",
            "- `ip\n  addr <!-- runbook: #move --> add`",
        ] {
            let (any, said) = item(text);
            assert!(!any && said.contains("move"), "{text}: {said}");
        }
        for text in [
            "- Move `it` {#move}\n  and look",
            "- Don`t {#move}\n  and look",
            "- Move `it` {#move}\n  and `look`",
            "- `a` then <!-- runbook: #move --> `b`",
            "- `a`\n  <!-- runbook: #move -->\n  `b`",
        ] {
            let (any, said) = item(text);
            assert!(any && !said.contains("#move"), "{text}: {said}");
        }
    }
}
