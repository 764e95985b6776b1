//! A Markdown document as blocks with byte spans, as CommonMark (GitHub flavour) nests them.
//!
//! Blocks stand in one flat list in document order, each knowing where its subtree ends, so that neither walking nor
//! dropping a deeply nested document recurses.

use super::attributes::Attributes;
use crate::source::Span;

/// Index of a block in [`Document::blocks`].
pub type BlockId = usize;

/// A parsed text.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The YAML between `---` lines at the very top, without the fences.
    pub front_matter: Option<Span>,
    /// Every block, parents before children, in document order.
    pub blocks: Vec<Block>,
    /// Where CommonMark sees indented code and Markdown is read, because there are fences in it, or its lines count from one on: what its
    /// author meant is likely, and not sure. In order, apart from each other, and without those that are nothing but one fence.
    pub meant: Vec<Span>,
}

/// One block.
#[derive(Debug, Clone)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// From its first marker to the end of its last line.
    pub span: Span,
    /// The block that holds it.
    pub parent: Option<BlockId>,
    /// One past the last block of its subtree.
    pub end: BlockId,
}

/// A piece of a leaf's content: one line's share of it, after its containers' markers and indentation are stripped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Bytes of the source, line ending excluded.
    pub span: Span,
    /// Spaces that stand before it: what is left of a tab that was partly eaten as indentation.
    pub pad: u8,
}

/// Text content of a leaf, line by line.
pub type Content = Vec<Slice>;

/// The box of a task item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskBox {
    /// `[x]`, `☑`, `✅`: decoration in a source file, never the state of a run.
    pub checked: bool,
    /// The box itself.
    pub span: Span,
}

/// How a list marks its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// `-`, `+` or `*`.
    Bullet(char),
    /// `1.` or `1)`, starting at this number.
    Ordered {
        /// The first item's number.
        start: u64,
        /// `.` or `)`.
        delimiter: char,
    },
    /// Lines that begin with a bare `[ ]`, `☐` or `✅` and no list marker: ours, not CommonMark's.
    BareBox,
    /// Tabs side by side, `=== "Docker"` and `=== "Linux"`: ours, not CommonMark's. An item's text is the tab's title.
    Tabs,
}

/// What a block is. Leaves carry their content; containers have children.
#[derive(Debug, Clone)]
pub enum BlockKind {
    /// `# …` or an underlined line.
    Heading {
        /// 1–6.
        level: u8,
        /// Underlined with `=` or `-`.
        setext: bool,
        /// The text, markers and closing `#`s stripped, attributes stripped.
        content: Content,
        /// `{…}` at its end or `<!-- runbook: … -->`.
        attributes: Attributes,
    },
    /// Plain text.
    Paragraph {
        /// Its lines, leading blanks stripped.
        content: Content,
    },
    /// A list; children are items.
    List {
        /// Its markers.
        kind: ListKind,
        /// No blank line between items.
        tight: bool,
    },
    /// A list item; its first paragraph child is its text.
    Item {
        /// The visible number of an ordered item.
        number: Option<u64>,
        /// Its task box. The box is not part of the text.
        task: Option<TaskBox>,
        /// `{…}` at the end of its first line or `<!-- runbook: … -->` in its text.
        attributes: Attributes,
    },
    /// A block quote.
    Quote,
    /// `!!! note "Title"` or `??? note` with what is indented below it: ours, not CommonMark's. Its first child is the title,
    /// when it has one of its own.
    Admonition {
        /// `note`; empty when nothing says it.
        kind: Span,
    },
    /// A fenced code block.
    Fence {
        /// The whole info string, trimmed; empty span when there is none.
        info: Span,
        /// The info string's first word, without attributes. May be empty.
        language: Span,
        /// The `{…}` of the info string.
        attributes: Attributes,
        /// Its lines.
        content: Content,
        /// Whether its closing fence is there; without it the fence runs to the end of its container.
        closed: bool,
        /// Lines of it stand left of its item, with blank lines between them: where it ends is likely, and not sure.
        unsure: bool,
    },
    /// Four spaces and more.
    IndentedCode {
        /// Its lines.
        content: Content,
    },
    /// Raw HTML, comments included.
    Html {
        /// Its lines.
        content: Content,
    },
    /// `---`.
    Rule,
    /// A pipe table (GitHub flavour).
    Table {
        /// Header cells.
        header: Vec<Span>,
        /// Body rows, each with as many cells as the header has (missing cells are empty spans at the row's end).
        rows: Vec<Row>,
    },
    /// `[label]: destination "title"`.
    LinkDefinition {
        /// The label.
        label: Span,
        /// The destination.
        destination: Span,
    },
}

/// A body row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// The row's line.
    pub span: Span,
    /// Its cells, trimmed.
    pub cells: Vec<Span>,
}

impl Document {
    /// The same with its indented code as fences that name no language, for those who want all code alike; `None` when there is
    /// none. A fence that was indented so far that it became code is the fence that its author wrote: in quotes it stays code until here.
    #[must_use]
    pub fn with_code_as_fences(&self, text: &str) -> Option<Self> {
        let code = |block: &Block| matches!(block.kind, BlockKind::IndentedCode { .. });
        if !self.blocks.iter().any(code) {
            return None;
        }
        let mut all = self.clone();
        for block in all.blocks.iter_mut().filter(|block| code(block)) {
            let BlockKind::IndentedCode { content } = &mut block.kind else { continue };
            let mut content = std::mem::take(content);
            let start = block.span.start;
            let mut language = Span::new(start, start);
            let mark = |slice: &Slice| slice.span.of(text).trim_start().starts_with("```");
            if content.len() > 2
                && mark(&content[0])
                && content.last().is_some_and(|last| last.span.of(text).trim() == "```")
            {
                let first = content.remove(0).span;
                content.pop();
                let name = first.of(text).trim_end().trim_start_matches([' ', '`']);
                let at = first.start + first.of(text).trim_end().len() - name.len();
                language = Span::new(at, at + name.split(' ').next().map_or(0, str::len));
            }
            let info = language;
            block.kind = BlockKind::Fence {
                info,
                language,
                attributes: Attributes::default(),
                content,
                closed: true,
                unsure: false,
            };
        }
        Some(all)
    }

    /// The children of a block, in order; of the document itself for `None`.
    pub fn children(&self, of: Option<BlockId>) -> impl Iterator<Item = BlockId> + '_ {
        let (first, end) = match of {
            Some(id) => (id + 1, self.blocks[id].end),
            None => (0, self.blocks.len()),
        };
        let mut next = first;
        std::iter::from_fn(move || {
            if next >= end {
                return None;
            }
            let id = next;
            next = self.blocks[id].end;
            Some(id)
        })
    }

    /// The text of some content, lines joined with `\n`.
    #[must_use]
    pub fn text_of(source: &str, content: &[Slice]) -> String {
        let mut out = String::new();
        for (i, slice) in content.iter().enumerate() {
            if i > 0 {
                out.push('\n');
            }
            for _ in 0..slice.pad {
                out.push(' ');
            }
            out.push_str(slice.span.of(source));
        }
        out
    }
}
