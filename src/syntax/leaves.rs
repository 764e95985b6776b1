//! The leaves: paragraphs, headings, fences, code, HTML, rules. Tables and link definitions have files of their own.

use super::attributes;
use super::blocks::{Builder, CODE};
use super::cursor::Cursor;
use super::document::{Block, BlockKind, Slice};
use super::lines::{HtmlKind, TokenKind};
use super::links;
use super::table;
use crate::source::Span;

/// The open leaf: the last block of the list.
pub(super) enum Leaf {
    Paragraph,
    Fence(OpenFence),
    /// Blank lines belong to the code only when more code follows.
    Indented {
        blanks: Vec<Slice>,
    },
    Html(HtmlKind),
    /// A table with this many columns.
    Table {
        columns: usize,
    },
}

#[derive(Clone, Copy)]
pub(super) struct OpenFence {
    mark: u8,
    length: usize,
    /// The opener's own indentation, which its lines lose.
    pub(super) indent: usize,
    /// The column of its mark in its line.
    pub(super) column: usize,
    /// Where the line begins that ends it, when its lines do not stand inside its item: they are taken as they are.
    pub(super) until: Option<usize>,
}

impl OpenFence {
    /// Whether the line is this fence's end: the same mark, at least as long, nothing after it.
    pub(super) fn closed_by(&self, cursor: &Cursor<'_>, text: &str) -> bool {
        let token = cursor.token();
        // A fence that stands deeper than Markdown allows may be closed as deep as it was opened.
        let deepest = if self.indent < CODE { CODE } else { self.indent + CODE };
        if token.kind != TokenKind::Fence || cursor.indent() >= deepest {
            return false;
        }
        self.is_end(&text.as_bytes()[token.start..token.end])
    }

    /// Whether a line without its indentation holds this fence's end and nothing else.
    pub(super) fn is_end(&self, line: &[u8]) -> bool {
        let length = line.iter().take_while(|b| **b == self.mark).count();
        length >= self.length && line[length..].iter().all(|b| matches!(b, b' ' | b'\t'))
    }
}

/// Whether an HTML block ends with this line.
pub(super) fn html_ends(kind: HtmlKind, line: &str) -> bool {
    match kind {
        HtmlKind::Raw => {
            line.contains("</") && {
                let lower = line.to_ascii_lowercase();
                ["</script>", "</pre>", "</style>", "</textarea>"].iter().any(|tag| lower.contains(tag))
            }
        }
        HtmlKind::Comment => line.contains("-->"),
        HtmlKind::Instruction => line.contains("?>"),
        HtmlKind::Declaration => line.contains('>'),
        HtmlKind::Cdata => line.contains("]]>"),
        // These end at a blank line.
        HtmlKind::Block | HtmlKind::Inline => line.is_empty(),
    }
}

impl Builder<'_> {
    /// Adds a line to the open leaf.
    pub(super) fn append(&mut self, slice: Slice, end: usize) {
        let Some(block) = self.blocks.last_mut() else { return };
        block.span.end = end;
        if let BlockKind::Paragraph { content }
        | BlockKind::Fence { content, .. }
        | BlockKind::IndentedCode { content }
        | BlockKind::Html { content } = &mut block.kind
        {
            content.push(slice);
        }
    }

    pub(super) fn end_fence(&mut self, end: usize) {
        self.leaf = None;
        if let Some(block) = self.blocks.last_mut() {
            block.span.end = end;
            if let BlockKind::Fence { closed, .. } = &mut block.kind {
                *closed = true;
            }
        }
    }

    /// Closes the open leaf, if there is one.
    pub(super) fn close_leaf(&mut self) {
        if matches!(self.leaf.take(), Some(Leaf::Paragraph)) {
            self.settle_paragraph();
        }
    }

    /// Takes the link definitions off the front of the paragraph that stands last. True when text is left.
    fn settle_paragraph(&mut self) -> bool {
        let Some(block) = self.blocks.last_mut() else { return false };
        let BlockKind::Paragraph { content } = &mut block.kind else { return false };
        for slice in content.iter_mut() {
            slice.span.end = slice.span.start + slice.span.of(self.text).trim_end_matches([' ', '\t']).len();
        }
        let Some(first) = content.first().map(|s| s.span).filter(|s| s.of(self.text).starts_with('[')) else {
            return true;
        };
        let (id, parent) = (self.blocks.len() - 1, self.blocks.last().and_then(|b| b.parent));
        // The text of a task item begins with its box, so no definition stands at its front; below a box alone it does.
        if let Some(parent) = parent.filter(|p| p + 1 == id)
            && let BlockKind::Item { task: Some(task), .. } = &self.blocks[parent].kind
            && !self.text[task.span.end..first.start].contains('\n')
        {
            return true;
        }
        let Some(Block { kind: BlockKind::Paragraph { content }, span, .. }) = self.blocks.last_mut() else {
            return false;
        };
        let lines = std::mem::take(content);
        let found = links::definitions(self.text, &lines);
        let span = *span;
        self.blocks.pop();
        for definition in &found.definitions {
            let id = self.blocks.len();
            self.blocks.push(definition.block(id, parent));
        }
        let rest = lines[found.lines..].to_vec();
        let Some(first) = rest.first() else { return false };
        let start = if found.lines == 0 { span.start } else { first.span.start };
        let id = self.blocks.len();
        let kind = BlockKind::Paragraph { content: rest };
        let span = Span::new(start, span.end);
        self.blocks.push(Block { kind, span, parent, end: id + 1 });
        true
    }

    /// A line indented like code.
    pub(super) fn place_indented(&mut self, cursor: &Cursor<'_>, in_paragraph: bool) {
        let end = cursor.line.end;
        if cursor.token().kind == TokenKind::Fence && self.under_item_text() {
            self.open_fence(cursor);
            return;
        }
        if in_paragraph {
            self.append(cursor.rest(), end);
            return;
        }
        let slice = cursor.raw(self.text.as_bytes(), CODE);
        if let Some(Leaf::Indented { blanks }) = &mut self.leaf {
            let blanks = std::mem::take(blanks);
            for blank in blanks {
                self.append(blank, end);
            }
            self.append(slice, end);
        } else {
            self.clear_for_leaf();
            self.push(BlockKind::IndentedCode { content: vec![slice] }, slice.span.start, end);
            self.leaf = Some(Leaf::Indented { blanks: Vec::new() });
        }
    }

    /// Whether the last thing written is the text of the item that is open here.
    pub(super) fn under_item_text(&self) -> bool {
        let Some(item) = self.top_item().filter(|_| self.ours) else { return false };
        self.blocks.last().is_some_and(|b| b.parent == Some(item) && matches!(b.kind, BlockKind::Paragraph { .. }))
    }

    /// A line that is not indented like code.
    pub(super) fn place_leaf(&mut self, cursor: &Cursor<'_>, in_paragraph: bool) {
        let token = cursor.token();
        if in_paragraph && self.underline(cursor) {
            return;
        }
        match token.kind {
            TokenKind::Blank => {}
            TokenKind::Heading => self.heading(cursor),
            TokenKind::Fence => self.open_fence(cursor),
            TokenKind::Rule => {
                self.clear_for_leaf();
                self.push(BlockKind::Rule, token.start, token.end);
            }
            TokenKind::Html(kind) if kind != HtmlKind::Inline || !in_paragraph => self.html(cursor, kind),
            TokenKind::Delimiters if in_paragraph && self.table(cursor) => {}
            _ => self.text(cursor),
        }
    }

    /// Closes what is open beside a new leaf.
    pub(super) fn clear_for_leaf(&mut self) {
        self.close_leaf();
        self.leave_list();
    }

    /// Text: more of the open paragraph or table, or a new paragraph.
    pub(super) fn text(&mut self, cursor: &Cursor<'_>) {
        let (slice, end) = (cursor.rest(), cursor.line.end);
        match self.leaf {
            Some(Leaf::Paragraph) => self.append(slice, end),
            Some(Leaf::Table { columns }) => self.row(slice.span, columns),
            _ => {
                self.clear_for_leaf();
                self.push(BlockKind::Paragraph { content: vec![slice] }, slice.span.start, end);
                self.leaf = Some(Leaf::Paragraph);
            }
        }
    }

    /// Makes the open paragraph a heading when the line underlines it.
    fn underline(&mut self, cursor: &Cursor<'_>) -> bool {
        let token = cursor.token();
        let line = &self.text[token.start..cursor.line.end];
        let run = line.trim_end_matches([' ', '\t']);
        let Some(mark) = run.chars().next().filter(|c| matches!(c, '=' | '-')) else { return false };
        if !run.chars().all(|c| c == mark) {
            return false;
        }
        self.leaf = None;
        if !self.settle_paragraph() {
            // Nothing but link definitions stood there: the line underlines nothing.
            return false;
        }
        if let Some(block) = self.blocks.last_mut()
            && let BlockKind::Paragraph { content } = &mut block.kind
        {
            let content = std::mem::take(content);
            let level = if mark == '=' { 1 } else { 2 };
            block.span.end = cursor.line.end;
            block.kind =
                BlockKind::Heading { level, setext: true, content, attributes: attributes::Attributes::default() };
        }
        true
    }

    fn heading(&mut self, cursor: &Cursor<'_>) {
        self.clear_for_leaf();
        let token = cursor.token();
        let line = &self.text[token.start..token.end];
        let level = line.bytes().take_while(|b| *b == b'#').count();
        let blank: &[char] = &[' ', '\t'];
        let body = line[level..].trim_end_matches(blank);
        // Closing marks count only after a blank.
        let open = body.trim_end_matches('#');
        let body = if open.is_empty() || open.ends_with(blank) { open.trim_end_matches(blank) } else { body };
        let start = token.start + level + (body.len() - body.trim_start_matches(blank).len());
        let end = token.start + level + body.len();
        let content = if start < end { vec![Slice { span: Span::new(start, end), pad: 0 }] } else { Vec::new() };
        let level = u8::try_from(level).unwrap_or(6);
        let attributes = attributes::Attributes::default();
        self.push(BlockKind::Heading { level, setext: false, content, attributes }, token.start, token.end);
    }

    fn open_fence(&mut self, cursor: &Cursor<'_>) {
        self.clear_for_leaf();
        let token = cursor.token();
        let line = &self.text[token.start..token.end];
        let mark = line.as_bytes()[0];
        let length = line.bytes().take_while(|b| *b == mark).count();
        let start = token.start + length + (line[length..].len() - line[length..].trim_start().len());
        let info = line[length..].trim();
        let list = attributes::of_info(info, start);
        let words = &info[..list.as_ref().map_or(info.len(), |(at, _)| *at)];
        let language = words.split_whitespace().next().unwrap_or("").len();
        let kind = BlockKind::Fence {
            info: Span::new(start, start + info.len()),
            language: Span::new(start, start + language),
            attributes: list.map(|(_, attributes)| attributes).unwrap_or_default(),
            content: Vec::new(),
            closed: false,
            unsure: false,
        };
        self.push(kind, token.start, token.end);
        let (indent, column) = (cursor.indent(), token.column);
        self.leaf = Some(Leaf::Fence(OpenFence { mark, length, indent, column, until: None }));
    }

    fn html(&mut self, cursor: &Cursor<'_>, kind: HtmlKind) {
        self.clear_for_leaf();
        let token = cursor.token();
        let slice = cursor.raw(self.text.as_bytes(), 0);
        self.push(BlockKind::Html { content: vec![slice] }, slice.span.start, token.end);
        // `<!-->` and `<?>` do not end what they begin.
        let skip = match kind {
            HtmlKind::Comment => 4,
            HtmlKind::Instruction | HtmlKind::Declaration => 2,
            _ => 0,
        };
        let line = &self.text[token.start..token.end];
        let ended = match kind {
            HtmlKind::Comment if line.starts_with("<!-->") || line.starts_with("<!--->") => true,
            HtmlKind::Block | HtmlKind::Inline => false,
            _ => html_ends(kind, &line[skip..]),
        };
        self.leaf = (!ended).then_some(Leaf::Html(kind));
    }

    /// Makes the last line of the open paragraph a table's header, when it has as many cells as this delimiter row.
    fn table(&mut self, cursor: &Cursor<'_>) -> bool {
        let token = cursor.token();
        let row = Span::new(token.start, token.end);
        let columns = table::cells(self.text, row, 0).len();
        let Some(block) = self.blocks.last_mut() else { return false };
        let BlockKind::Paragraph { content } = &mut block.kind else { return false };
        let Some(head) = content.last().map(|s| s.span) else { return false };
        let header = table::cells(self.text, head, columns);
        if header.len() != columns || !(row.of(self.text).contains('|') || head.of(self.text).contains('|')) {
            return false;
        }
        content.pop();
        match content.last().map(|s| s.span.end) {
            Some(end) => block.span.end = end,
            None => {
                self.blocks.pop();
            }
        }
        self.close_leaf_before_table();
        self.push(BlockKind::Table { header, rows: Vec::new() }, head.start, token.end);
        self.leaf = Some(Leaf::Table { columns });
        true
    }

    fn close_leaf_before_table(&mut self) {
        self.leaf = None;
        if matches!(self.blocks.last().map(|b| &b.kind), Some(BlockKind::Paragraph { .. })) {
            self.settle_paragraph();
        }
    }

    fn row(&mut self, line: Span, columns: usize) {
        let Some(block) = self.blocks.last_mut() else { return };
        block.span.end = line.end;
        if let BlockKind::Table { rows, .. } = &mut block.kind {
            rows.push(table::row(self.text, line, columns));
        }
    }
}
