//! Lines → blocks, by CommonMark's own strategy: a stack of open containers, matched again by every line.
//!
//! Blocks go into one flat list as they open; [`finish`] works out where subtrees end. The open leaf, if there is one,
//! is always the last block of the list, and the top of the stack holds it.

use super::attributes::Attributes;
use super::cursor::Cursor;
use super::dedented;
use super::document::{Block, BlockId, BlockKind, Document, ListKind, Slice, TaskBox};
use super::headed;
use super::indented;
use super::leaves::{Leaf, OpenFence, html_ends};
use super::lines::{Line, Taker, Token, TokenKind};
use crate::source::Span;

/// Columns at which indentation is code.
pub(super) const CODE: usize = 4;

/// An open container.
struct Open {
    /// The block that holds what is in it; `None` for the document itself.
    id: Option<BlockId>,
    kind: OpenKind,
    /// Columns that the items up to here take, counted from the innermost quote: what a blank line is stripped by.
    offset: usize,
}

#[derive(Clone, Copy)]
enum OpenKind {
    Quote,
    List(ListKind),
    /// Lines indented at least `width` belong to it; its marker stands at `indent`.
    Item {
        indent: usize,
        width: usize,
    },
    /// What stands below a tab or an admonition, or is indented like code and was meant as Markdown: the same, and no line of another
    /// goes on with its text.
    Body {
        width: usize,
    },
    /// Lines indented at least two more than the box belong to it; up to `width` columns are stripped.
    BareBox {
        indent: usize,
        width: Option<usize>,
    },
}

/// Columns that a line under a bare box is indented by at least, and that are stripped at most.
const BOX_LEAST: usize = 2;
const BOX_MOST: usize = 4;

/// So often a line is looked at for fences in code within code: so deep people nest, and what grows with the depth is not linear.
const LOOKS: usize = 3;

pub(super) struct Builder<'s> {
    pub(super) text: &'s str,
    pub(super) blocks: Vec<Block>,
    open: Vec<Open>,
    /// Where the quotes stand in `open`, so that a blank line need not look at every open item.
    quotes: Vec<usize>,
    /// Where the bodies stand in `open`, and the column at which their content begins.
    pub(super) bodies: Vec<(usize, usize)>,
    pub(super) leaf: Option<Leaf>,
    /// The line before was blank and no leaf took it: the next block makes its list loose.
    after_blank: bool,
    /// Where the code ends that was looked through for fences and is not over, the outermost first.
    looked_through: Vec<usize>,
    /// Code that is read as Markdown, and whose meaning is not sure.
    meant: Vec<Span>,
    /// Whether our differences from CommonMark apply.
    pub(super) ours: bool,
}

/// What was learnt while opening containers.
#[derive(Default)]
struct Opened {
    /// A container was opened, so there is no paragraph to go on with.
    fresh: bool,
    /// A box was taken: what follows it is text, whatever it looks like.
    boxed: bool,
}

impl Taker for Builder<'_> {
    fn in_fence(&self) -> bool {
        matches!(self.leaf, Some(Leaf::Fence(_)))
    }

    fn line(&mut self, line: Line<'_>) {
        if self.feed_as_it_is(line) {
            return;
        }
        let mut cursor = Cursor::new(line);
        self.raise_under_indented(&cursor);
        let matched = self.match_open(&mut cursor);
        let whole = matched == self.open.len();
        if whole && self.feed_raw(&cursor) {
            return;
        }
        if cursor.is_blank() {
            self.close_to(matched);
            self.blank(&cursor);
            return;
        }
        if !whole && self.in_fence() && self.reach_end(line, matched) {
            return;
        }
        let matched = self.open_indented(&mut cursor, matched);
        let whole = matched == self.open.len();
        let opened = self.open_containers(&mut cursor, matched, whole);
        if self.open_headed(&cursor, matched, &opened) {
            self.after_blank = false;
            return;
        }
        self.place(&cursor, matched, whole, &opened);
        self.after_blank = false;
    }

    fn fence_line(&mut self, line: Line<'_>) -> bool {
        // The markers of quotes are no indentation.
        if !self.in_fence() || !self.quotes.is_empty() {
            return false;
        }
        if self.feed_as_it_is(line) {
            return true;
        }
        let mut cursor = Cursor::new(line);
        self.match_open(&mut cursor) == self.open.len() && self.feed_raw(&cursor)
    }
}

impl<'s> Builder<'s> {
    pub(super) fn new(text: &'s str, ours: bool) -> Self {
        Self {
            ours,
            text,
            blocks: Vec::with_capacity(text.len() / 80),
            open: Vec::new(),
            quotes: Vec::new(),
            bodies: Vec::new(),
            leaf: None,
            after_blank: false,
            looked_through: Vec::new(),
            meant: Vec::new(),
        }
    }

    pub(super) fn finish(mut self, front_matter: Option<Span>) -> Document {
        self.close_leaf();
        close_subtrees(&mut self.blocks);
        Document { front_matter, blocks: self.blocks, meant: self.meant }
    }

    // ---- matching ----

    /// How many open containers this line goes on with.
    fn match_open(&mut self, cursor: &mut Cursor<'_>) -> usize {
        let in_fence = self.in_fence();
        let mut i = 0;
        while i < self.open.len() {
            if cursor.is_blank() {
                // Nothing but a quote can refuse a blank line.
                let stop = self.quotes[self.quotes.partition_point(|q| *q < i)..].first().copied();
                let stop = stop.unwrap_or(self.open.len());
                if stop > i {
                    let taken = if i == 0 { 0 } else { self.open[i - 1].offset };
                    cursor.skip(cursor.indent().min(self.open[stop - 1].offset.saturating_sub(taken)));
                }
                return stop;
            }
            let indent = cursor.indent();
            match &mut self.open[i].kind {
                OpenKind::Quote if indent < CODE && cursor.token().kind == TokenKind::Quote => {
                    cursor.take();
                    cursor.skip(cursor.indent().min(1));
                }
                OpenKind::List(_) => {}
                OpenKind::Item { width, .. } | OpenKind::Body { width } if indent >= *width => cursor.skip(*width),
                OpenKind::BareBox { indent: own, width } if indent >= *own + BOX_LEAST => {
                    // The first line under the box says how far its content is indented; a fence's own lines must not
                    // lose more than the fence did.
                    let most = width.unwrap_or(BOX_MOST);
                    let strip = (indent - *own).min(most);
                    if !in_fence && width.is_none_or(|w| strip < w) {
                        *width = Some(strip);
                    }
                    cursor.skip(*own + strip);
                }
                _ => return i,
            }
            i += 1;
        }
        i
    }

    /// A fence under the text of an item, indented like code but less than the item's text, belongs to the item: the
    /// item's width gives way.
    fn raise_under_indented(&mut self, cursor: &Cursor<'_>) {
        let token = cursor.token();
        let in_paragraph = matches!(self.leaf, Some(Leaf::Paragraph));
        if !self.ours || token.kind != TokenKind::Fence || !in_paragraph || self.open.len() > 2 {
            return;
        }
        if let Some(Open { kind: OpenKind::Item { width, .. }, .. }) = self.open.last_mut()
            && (CODE..*width).contains(&cursor.indent())
        {
            *width = cursor.indent();
        }
    }

    /// Where indented code begins whose author meant Markdown, lets it be Markdown: content of the item above it, whose width gives way
    /// when the line does not reach it, or else a body of its own. Returns how many open containers the line goes on with.
    fn open_indented(&mut self, cursor: &mut Cursor<'_>, matched: usize) -> usize {
        let whole = matched == self.open.len();
        // The markers of quotes are no indentation.
        if !self.ours || whole && cursor.indent() < CODE || !self.quotes.is_empty() {
            return matched;
        }
        if cursor.indent() < CODE {
            return self.give_way_to_fence(cursor, matched);
        }
        let goes_on = match self.leaf {
            Some(Leaf::Paragraph) => true,
            Some(Leaf::Indented { .. }) => whole,
            _ => whole && cursor.token().kind == TokenKind::Fence && self.under_item_text(),
        };
        let line = cursor.line;
        while self.looked_through.pop_if(|end| *end <= line.start).is_some() {}
        if goes_on || self.looked_through.len() == LOOKS {
            return matched;
        }
        let taken = cursor.token().column - cursor.indent();
        let (end, meant) = indented::read(self.text, line.start, taken + CODE);
        self.looked_through.push(end);
        let Some(meant) = meant else { return matched };
        if !meant.alone && !self.is_meant(line.start) {
            self.meant.push(Span::new(line.start, end));
        }
        let width = meant.column - taken;
        if matches!(self.open.get(matched), Some(Open { kind: OpenKind::Item { .. }, .. })) {
            return self.give_way(cursor, matched, width);
        }
        self.close_to(matched);
        self.clear_for_leaf();
        cursor.skip(width);
        self.open_body(self.open.last().and_then(|o| o.id), width, meant.column);
        self.open.len()
    }

    /// Whether what begins at this byte is code that is read as Markdown.
    fn is_meant(&self, at: usize) -> bool {
        self.meant.last().is_some_and(|code| at < code.end)
    }

    /// Where nobody counted columns, a fence to the right of an item's marker is the item's.
    fn give_way_to_fence(&mut self, cursor: &mut Cursor<'_>, matched: usize) -> usize {
        let below = cursor.token().kind == TokenKind::Fence && matches!(self.leaf, None | Some(Leaf::Paragraph));
        match self.open[matched].kind {
            OpenKind::Item { indent, .. } if below && indent < cursor.indent() && self.is_meant(cursor.line.start) => {
                self.give_way(cursor, matched, cursor.indent())
            }
            _ => matched,
        }
    }

    /// Lets an item's content begin at `width`, and matches the line again.
    fn give_way(&mut self, cursor: &mut Cursor<'_>, item: usize, to: usize) -> usize {
        if let Open { kind: OpenKind::Item { width, .. }, offset, .. } = &mut self.open[item] {
            *offset -= width.saturating_sub(to);
            *width = to;
        }
        *cursor = Cursor::new(cursor.line);
        self.match_open(cursor)
    }

    /// Gives the line to an open fence or HTML block. False when there is none, or when it ends before this line.
    fn feed_raw(&mut self, cursor: &Cursor<'_>) -> bool {
        let end = cursor.line.end;
        match self.leaf {
            Some(Leaf::Fence(fence)) => {
                if fence.closed_by(cursor, self.text) {
                    self.end_fence(end);
                } else {
                    let slice = cursor.raw(self.text.as_bytes(), fence.indent);
                    self.append(slice, end);
                }
            }
            Some(Leaf::Html(kind)) => {
                if cursor.is_blank() && html_ends(kind, "") {
                    self.leaf = None;
                    return false;
                }
                let slice = cursor.raw(self.text.as_bytes(), 0);
                self.append(slice, end);
                if html_ends(kind, slice.span.of(self.text)) {
                    self.leaf = None;
                }
            }
            _ => return false,
        }
        self.after_blank = false;
        true
    }

    /// A line left of the item that the open fence stands in. CommonMark ends both there; here the fence goes on to its end
    /// when [`dedented::end`] finds one. False when it does not.
    fn reach_end(&mut self, line: Line<'_>, matched: usize) -> bool {
        let in_item = matches!(self.open[matched].kind, OpenKind::Item { .. } | OpenKind::BareBox { .. });
        // The markers of quotes are no indentation, and a body's own indentation is what holds it together.
        if !self.ours || !in_item || !self.quotes.is_empty() || self.leaves_body(matched) {
            return false;
        }
        let Some(Leaf::Fence(fence)) = &mut self.leaf else { return false };
        let floor = self.bodies.last().map_or(0, |(_, column)| *column);
        let Some((end, blank)) = dedented::end(fence, self.text.as_bytes(), line.start, floor) else { return false };
        fence.until = Some(end);
        if let Some(BlockKind::Fence { content, unsure, .. }) = self.blocks.last_mut().map(|b| &mut b.kind) {
            *unsure = blank || content.last().is_some_and(|last| last.span.of(self.text).trim().is_empty());
            // Where one line has no indentation to lose, none loses any, or they would no longer stand as they were written.
            if end > line.start {
                dedented::as_they_are(self.text.as_bytes(), content, floor);
            }
        }
        self.feed_as_it_is(line)
    }

    /// Gives the line to an open fence that does not care for indentation. False when there is none.
    fn feed_as_it_is(&mut self, line: Line<'_>) -> bool {
        let Some(Leaf::Fence(OpenFence { until: Some(until), .. })) = self.leaf else { return false };
        if line.start < until {
            let floor = self.bodies.last().map_or(0, |(_, column)| *column);
            self.append(dedented::as_it_is(self.text.as_bytes(), Span::new(line.start, line.end), floor), line.end);
        } else {
            self.end_fence(line.end);
        }
        self.after_blank = false;
        true
    }

    fn blank(&mut self, cursor: &Cursor<'_>) {
        match &mut self.leaf {
            Some(Leaf::Indented { blanks }) => blanks.push(cursor.raw(self.text.as_bytes(), CODE)),
            _ => self.close_leaf(),
        }
        // An item without content ends at a blank line.
        if let Some(Open { id: Some(id), kind: OpenKind::Item { .. } | OpenKind::BareBox { .. }, .. }) =
            self.open.last()
            && *id + 1 == self.blocks.len()
            && self.blocks[*id].span.start < cursor.line.start
        {
            self.open.pop();
        }
        self.after_blank = true;
    }

    // ---- opening ----

    fn open_containers(&mut self, cursor: &mut Cursor<'_>, matched: usize, whole: bool) -> Opened {
        let mut opened = Opened::default();
        loop {
            let indent = cursor.indent();
            let token = cursor.token();
            if indent >= CODE || opened.boxed {
                return opened;
            }
            let in_paragraph = whole && !opened.fresh && matches!(self.leaf, Some(Leaf::Paragraph));
            match token.kind {
                TokenKind::Quote => {
                    self.prepare(matched, &opened);
                    self.leave_list();
                    cursor.take();
                    cursor.skip(cursor.indent().min(1));
                    let id = self.push(BlockKind::Quote, token.start, cursor.line.end);
                    self.quotes.push(self.open.len());
                    self.open.push(Open { id: Some(id), kind: OpenKind::Quote, offset: 0 });
                }
                TokenKind::Bullet | TokenKind::Ordered => {
                    if in_paragraph && !self.interrupts(cursor) {
                        return opened;
                    }
                    self.prepare(matched, &opened);
                    self.open_item(cursor, token, indent);
                }
                TokenKind::TaskBox => {
                    if !self.task(cursor, whole || opened.fresh) {
                        if !self.ours {
                            return opened;
                        }
                        self.prepare(matched, &opened);
                        self.open_bare_box(cursor, token, indent);
                    }
                    opened.boxed = true;
                }
                _ => return opened,
            }
            opened.fresh = true;
        }
    }

    /// Whether the marker at the cursor may end a paragraph: not an empty item, and of numbers only 1.
    fn interrupts(&self, cursor: &Cursor<'_>) -> bool {
        let token = cursor.token();
        let empty = cursor.second().is_some_and(|t| t.kind == TokenKind::Blank);
        !empty && (token.kind == TokenKind::Bullet || self.number(token) == 1)
    }

    fn number(&self, token: Token) -> u64 {
        self.text[token.start..token.end - 1].parse().unwrap_or(0)
    }

    fn open_item(&mut self, cursor: &mut Cursor<'_>, token: Token, indent: usize) {
        let marker = self.text[..token.end].chars().next_back().unwrap_or('-');
        let number = (token.kind == TokenKind::Ordered).then(|| self.number(token));
        let kind = match number {
            Some(start) => ListKind::Ordered { start, delimiter: marker },
            None => ListKind::Bullet(marker),
        };
        self.enter_list(kind, token.start, cursor.line.end);
        cursor.take();
        let gap = cursor.indent();
        // More than four columns after the marker are the indentation of code.
        let pad = if cursor.is_blank() || gap > CODE { 1 } else { gap };
        cursor.skip(pad);
        let width = indent + (token.end - token.start) + pad;
        let item = BlockKind::Item { number, task: None, attributes: Attributes::default() };
        let id = self.push(item, token.start, cursor.line.end);
        let offset = self.offset() + width;
        self.open.push(Open { id: Some(id), kind: OpenKind::Item { indent, width }, offset });
    }

    /// `=== "Docker"` or `!!! note`, with an indented body below. False when the line is only text.
    fn open_headed(&mut self, cursor: &Cursor<'_>, matched: usize, opened: &Opened) -> bool {
        let (token, indent) = (cursor.token(), cursor.indent());
        let headed = matches!(token.kind, TokenKind::Tab | TokenKind::Admonition);
        if !headed || !self.ours || opened.boxed || indent >= CODE || !self.quotes.is_empty() {
            return false;
        }
        let Some(head) = headed::read(self.text, token).filter(|_| headed::has_body(self.text, token)) else {
            return false;
        };
        self.prepare(matched, opened);
        let id = match head.kind {
            headed::Kind::Tab { first } => {
                if first {
                    self.leave_list();
                }
                self.enter_list(ListKind::Tabs, token.start, token.end);
                let item = BlockKind::Item { number: None, task: None, attributes: Attributes::default() };
                self.push(item, token.start, token.end)
            }
            headed::Kind::Admonition { kind } => {
                self.leave_list();
                self.push(BlockKind::Admonition { kind }, token.start, token.end)
            }
        };
        self.open_body(Some(id), indent + CODE, token.column + CODE);
        self.after_blank = false;
        if let Some(title) = head.title {
            let content = vec![Slice { span: title, pad: 0 }];
            self.push(BlockKind::Paragraph { content }, title.start, title.end);
        }
        true
    }

    fn open_bare_box(&mut self, cursor: &mut Cursor<'_>, token: Token, indent: usize) {
        self.enter_list(ListKind::BareBox, token.start, cursor.line.end);
        cursor.take();
        let task = Some(self.task_box(token));
        let item = BlockKind::Item { number: None, task, attributes: Attributes::default() };
        let id = self.push(item, token.start, cursor.line.end);
        let offset = self.offset() + indent + BOX_LEAST;
        self.open.push(Open { id: Some(id), kind: OpenKind::BareBox { indent, width: None }, offset });
    }

    /// Gives the box at the cursor to the item it begins the text of. False when there is no such item.
    fn task(&mut self, cursor: &mut Cursor<'_>, in_item: bool) -> bool {
        let token = cursor.token();
        let found = self.task_box(token);
        let Some(Open { id: Some(id), kind: OpenKind::Item { .. }, .. }) = self.open.last() else { return false };
        if !in_item || *id + 1 != self.blocks.len() {
            return false;
        }
        let BlockKind::Item { task: task @ None, .. } = &mut self.blocks[*id].kind else { return false };
        *task = Some(found);
        cursor.take();
        true
    }

    fn task_box(&self, token: Token) -> TaskBox {
        let checked = self.text[token.start..token.end].starts_with(['☑', '✅'])
            || matches!(self.text.as_bytes()[token.start + 1], b'x' | b'X');
        TaskBox { checked, span: Span::new(token.start, token.end) }
    }

    /// Makes the top of the stack a list of this kind: the one that is open there, or a new one.
    fn enter_list(&mut self, kind: ListKind, start: usize, end: usize) {
        if let Some(Open { kind: OpenKind::List(open), .. }) = self.open.last() {
            if same_list(*open, kind) {
                return;
            }
            self.open.pop();
        }
        let offset = self.offset();
        let id = self.push(BlockKind::List { kind, tight: true }, start, end);
        self.open.push(Open { id: Some(id), kind: OpenKind::List(kind), offset });
    }

    fn offset(&self) -> usize {
        self.open.last().map_or(0, |o| o.offset)
    }

    /// Before the first container of a line opens, what the line does not go on with closes.
    fn prepare(&mut self, matched: usize, opened: &Opened) {
        if !opened.fresh {
            self.close_to(matched);
            self.close_leaf();
        }
    }

    /// Closes the containers past the first `matched`, and with them their leaf.
    pub(super) fn close_to(&mut self, matched: usize) {
        if matched < self.open.len() {
            self.close_leaf();
            self.open.truncate(matched);
            self.quotes.truncate(self.quotes.partition_point(|q| *q < matched));
            self.bodies.truncate(self.bodies.partition_point(|(body, _)| *body < matched));
        }
    }

    /// Whether a body is among the containers past the first `matched`.
    fn leaves_body(&self, matched: usize) -> bool {
        self.bodies.last().is_some_and(|(body, _)| *body >= matched)
    }

    /// Makes the block the innermost container, with a body of what is indented by `width` and more.
    fn open_body(&mut self, id: Option<BlockId>, width: usize, column: usize) {
        let offset = self.offset() + width;
        self.bodies.push((self.open.len(), column));
        self.open.push(Open { id, kind: OpenKind::Body { width }, offset });
    }

    /// A list holds nothing but items.
    pub(super) fn leave_list(&mut self) {
        if matches!(self.open.last(), Some(Open { kind: OpenKind::List(_), .. })) {
            self.open.pop();
        }
    }

    /// Whether the innermost container is an item, of either kind.
    pub(super) fn top_item(&self) -> Option<BlockId> {
        match self.open.last() {
            Some(Open { id, kind: OpenKind::Item { .. } | OpenKind::BareBox { .. }, .. }) => *id,
            _ => None,
        }
    }

    /// Opens a block in the innermost container.
    pub(super) fn push(&mut self, kind: BlockKind, start: usize, end: usize) -> BlockId {
        let id = self.blocks.len();
        let parent = self.open.last().and_then(|o| o.id);
        if let Some(parent) = parent
            && self.after_blank
            && parent + 1 < id
        {
            self.loosen(parent);
        }
        self.blocks.push(Block { kind, span: Span::new(start, end), parent, end: id + 1 });
        id
    }

    /// A blank line stands between two children of `parent`.
    fn loosen(&mut self, parent: BlockId) {
        let list = match self.blocks[parent].kind {
            BlockKind::Item { .. } => self.blocks[parent].parent,
            _ => Some(parent),
        };
        if let Some(list) = list
            && let BlockKind::List { tight, .. } = &mut self.blocks[list].kind
        {
            *tight = false;
        }
    }

    // ---- the leaf ----

    /// Puts the rest of the line where it belongs.
    fn place(&mut self, cursor: &Cursor<'_>, matched: usize, whole: bool, opened: &Opened) {
        let token = cursor.token();
        let indent = if opened.boxed { 0 } else { cursor.indent() };
        let in_paragraph = !opened.fresh && matches!(self.leaf, Some(Leaf::Paragraph));
        if in_paragraph && !whole && (indent >= CODE || goes_on(token.kind)) && !self.leaves_body(matched) {
            // Lazy continuation: text goes on with a paragraph even when its containers' markers are missing.
            let end = cursor.line.end;
            self.append(cursor.rest(), end);
            return;
        }
        if !opened.fresh {
            self.close_to(matched);
        }
        let in_paragraph = in_paragraph && whole;
        if token.kind == TokenKind::Blank {
            // An empty item or quote.
        } else if opened.boxed {
            self.text(cursor);
        } else if indent >= CODE {
            self.place_indented(cursor, in_paragraph);
        } else {
            self.place_leaf(cursor, in_paragraph);
        }
    }
}

/// What can never begin a block where a paragraph is open.
pub(super) const fn goes_on(kind: TokenKind) -> bool {
    use super::lines::HtmlKind;
    matches!(
        kind,
        TokenKind::Text
            | TokenKind::Tab
            | TokenKind::Admonition
            | TokenKind::Underline
            | TokenKind::Delimiters
            | TokenKind::Html(HtmlKind::Inline)
    )
}

fn same_list(a: ListKind, b: ListKind) -> bool {
    match (a, b) {
        (ListKind::Ordered { delimiter: a, .. }, ListKind::Ordered { delimiter: b, .. }) => a == b,
        (a, b) => a == b,
    }
}

/// Gives every container the end of its last descendant. From the back, so that no call nests.
fn close_subtrees(blocks: &mut [Block]) {
    for id in (0..blocks.len()).rev() {
        let (end, last) = (blocks[id].end, blocks[id].span.end);
        if let Some(parent) = blocks[id].parent {
            let parent = &mut blocks[parent];
            parent.end = parent.end.max(end);
            parent.span.end = parent.span.end.max(last);
        }
    }
}
