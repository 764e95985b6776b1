//! One shape for what two Markdown parsers found, so that they can be compared.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use runbook::source::SourceMap;
use runbook::syntax::document::{BlockKind, Document};

/// What must agree: headings, fences, list items with their depth, task boxes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    Heading { line: usize, level: u8, text: String },
    Fence { line: usize, language: String, content: String },
    Indented { line: usize, content: String },
    Item { line: usize, depth: usize, task: Option<bool> },
    Quote { line: usize },
    Rule { line: usize },
    Html { line: usize },
    Table { line: usize, rows: usize },
}

/// Letters and digits only: markup and escapes are the inline parser's.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

pub fn ours(text: &str) -> Vec<Found> {
    let document = runbook::syntax::parse_commonmark(text);
    let map = SourceMap::new(text);
    let mut out = Vec::new();
    let mut depth = vec![0; document.blocks.len()];
    for (id, block) in document.blocks.iter().enumerate() {
        depth[id] = block.parent.map_or(0, |p| depth[p]) + usize::from(matches!(block.kind, BlockKind::Item { .. }));
        let line = map.line(block.span.start);
        out.push(match &block.kind {
            BlockKind::Heading { level, content, .. } => {
                Found::Heading { line, level: *level, text: letters(&Document::text_of(text, content)) }
            }
            BlockKind::Fence { language, content, .. } => {
                Found::Fence { line, language: language.of(text).to_owned(), content: code(text, content) }
            }
            BlockKind::IndentedCode { content } => Found::Indented { line, content: code(text, content) },
            BlockKind::Item { task, .. } => Found::Item { line, depth: depth[id], task: task.map(|t| t.checked) },
            BlockKind::Quote => Found::Quote { line },
            BlockKind::Rule => Found::Rule { line },
            BlockKind::Html { .. } => Found::Html { line },
            BlockKind::Table { rows, .. } => Found::Table { line, rows: rows.len() },
            _ => continue,
        });
    }
    out
}

fn code(text: &str, content: &[runbook::syntax::document::Slice]) -> String {
    let mut out = Document::text_of(text, content);
    if !content.is_empty() {
        out.push('\n');
    }
    out
}

#[derive(Default)]
struct Theirs {
    out: Vec<Found>,
    depth: usize,
    /// Where the open item, heading or code block stands in `out`.
    items: Vec<usize>,
    text: Option<String>,
    table: Option<usize>,
}

pub fn theirs(text: &str) -> Vec<Found> {
    let map = SourceMap::new(text);
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS;
    let mut all = Theirs::default();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        // Their ranges may begin with the indentation or the line ending before it.
        let skipped = text[range.clone()].len() - text[range.clone()].trim_start().len();
        let line = map.line(range.start + if skipped == range.len() { 0 } else { skipped });
        let raw = &text[range];
        all.event(event, line, raw);
    }
    all.out
}

impl Theirs {
    fn event(&mut self, event: Event<'_>, line: usize, raw: &str) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                self.out.push(Found::Heading { line, level: level as u8, text: String::new() });
                self.text = Some(String::new());
            }
            Event::End(TagEnd::Heading(_)) => {
                let raw = raw.to_owned();
                if let Some(Found::Heading { text, .. }) = self.out.last_mut() {
                    *text = letters(&raw);
                }
                self.text = None;
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                self.out.push(match kind {
                    CodeBlockKind::Fenced(info) => {
                        let language = info.split_whitespace().next().unwrap_or("").to_owned();
                        Found::Fence { line, language, content: String::new() }
                    }
                    CodeBlockKind::Indented => Found::Indented { line, content: String::new() },
                });
                self.text = Some(String::new());
            }
            Event::Text(piece) => {
                if let Some(text) = &mut self.text {
                    text.push_str(&piece);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                let found = self.text.take().unwrap_or_default();
                if let Some(Found::Fence { content, .. } | Found::Indented { content, .. }) = self.out.last_mut() {
                    *content = found;
                }
            }
            Event::Start(Tag::Item) => {
                self.depth += 1;
                self.items.push(self.out.len());
                self.out.push(Found::Item { line, depth: self.depth, task: None });
            }
            Event::End(TagEnd::Item) => {
                self.depth -= 1;
                self.items.pop();
            }
            Event::TaskListMarker(checked) => {
                if let Some(Found::Item { task, .. }) = self.items.last().map(|i| &mut self.out[*i]) {
                    *task = Some(checked);
                }
            }
            Event::Start(Tag::BlockQuote(_)) => self.out.push(Found::Quote { line }),
            Event::Rule => self.out.push(Found::Rule { line }),
            Event::Start(Tag::HtmlBlock) => self.out.push(Found::Html { line }),
            Event::Start(Tag::Table(_)) => {
                self.table = Some(self.out.len());
                self.out.push(Found::Table { line, rows: 0 });
            }
            Event::End(TagEnd::TableRow) => {
                if let Some(Found::Table { rows, .. }) = self.table.map(|i| &mut self.out[i]) {
                    *rows += 1;
                }
            }
            _ => {}
        }
    }
}

/// The same but for tables, for generated documents: whether a line that could be many things is a table's header is
/// told differently by every parser.
pub fn differences_but_tables(text: &str) -> Option<String> {
    let without = |found: Vec<Found>| -> Vec<Found> {
        normal(text, found).into_iter().filter(|f| !matches!(f, Found::Table { .. })).collect()
    };
    if without(ours(text)) == without(theirs(text)) { None } else { differences(text) }
}

/// Whether both see the same tables: where they do not, what follows hangs on it too.
#[allow(dead_code)]
pub fn same_tables(text: &str) -> bool {
    let tables =
        |found: Vec<Found>| -> Vec<Found> { found.into_iter().filter(|f| matches!(f, Found::Table { .. })).collect() };
    tables(ours(text)) == tables(theirs(text))
}

/// The first places where two readings of `text` differ, for people.
pub fn differences(text: &str) -> Option<String> {
    let (ours, theirs) = (normal(text, ours(text)), normal(text, theirs(text)));
    if ours == theirs {
        return None;
    }
    let only =
        |a: &[Found], b: &[Found]| -> Vec<Found> { a.iter().filter(|f| !b.contains(f)).take(4).cloned().collect() };
    Some(format!("only ours: {:#?}\nonly theirs: {:#?}", only(&ours, &theirs), only(&theirs, &ours)))
}

/// Line endings as one; at the end of a text without one, code may or may not get it.
fn normal(text: &str, mut found: Vec<Found>) -> Vec<Found> {
    for one in &mut found {
        if let Found::Fence { content, .. } | Found::Indented { content, .. } = one {
            *content = content.replace("\r\n", "\n").replace('\r', "\n");
            if !text.ends_with(['\n', '\r']) {
                content.truncate(content.trim_end().len());
            }
        }
    }
    found
}
