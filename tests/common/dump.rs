//! A compact picture of a document: one line per block.

use runbook::source::SourceMap;
use runbook::syntax::attributes::Attributes;
use runbook::syntax::document::{BlockKind, Content, Document, ListKind};
use std::fmt::Write as _;

pub fn dump(text: &str, document: &Document) -> String {
    let map = SourceMap::new(text);
    let mut out = String::new();
    if let Some(front) = document.front_matter {
        writeln!(out, "front matter {:?}", front.of(text)).unwrap();
    }
    let mut depth = vec![0; document.blocks.len()];
    for (id, block) in document.blocks.iter().enumerate() {
        depth[id] = block.parent.map_or(0, |p| depth[p] + 1);
        let line = map.line(block.span.start);
        let last = map.line(block.span.end);
        let place = if line == last { line.to_string() } else { format!("{line}-{last}") };
        let indent = "  ".repeat(depth[id]);
        writeln!(out, "{place:>6}  {indent}{}", kind(text, &block.kind)).unwrap();
    }
    for code in &document.meant {
        writeln!(out, "code, and meant as Markdown: {}-{}", map.line(code.start), map.line(code.end)).unwrap();
    }
    out
}

fn lines(text: &str, content: &Content) -> String {
    format!("{:?}", Document::text_of(text, content))
}

fn kind(text: &str, kind: &BlockKind) -> String {
    match kind {
        BlockKind::Heading { level, setext, content, attributes } => {
            let style = if *setext { "underlined " } else { "" };
            format!("{style}h{level} {}{}", lines(text, content), list(attributes))
        }
        BlockKind::Paragraph { content } => format!("text {}", lines(text, content)),
        BlockKind::List { kind, tight } => {
            let kind = match kind {
                ListKind::Bullet(c) => format!("bullets {c}"),
                ListKind::Ordered { start, delimiter } => format!("numbers {start}{delimiter}"),
                ListKind::BareBox => "boxes".to_owned(),
                ListKind::Tabs => "tabs".to_owned(),
            };
            format!("{kind} {}", if *tight { "tight" } else { "loose" })
        }
        BlockKind::Item { number, task, attributes } => {
            let number = number.map(|n| format!(" {n}")).unwrap_or_default();
            let task = task.map(|t| if t.checked { " [x]" } else { " [ ]" }).unwrap_or_default();
            format!("item{number}{task}{}", list(attributes))
        }
        BlockKind::Quote => "quote".to_owned(),
        BlockKind::Admonition { kind } => format!("admonition {:?}", kind.of(text)),
        BlockKind::Fence { info, language, attributes, content, closed, unsure } => {
            let open = if *closed { "" } else { " unclosed" };
            let open = if *unsure { " unsure" } else { open };
            let info = if info == language { String::new() } else { format!(" of {:?}", info.of(text)) };
            format!("fence {:?}{info}{open} {}{}", language.of(text), lines(text, content), list(attributes))
        }
        BlockKind::IndentedCode { content } => format!("code {}", lines(text, content)),
        BlockKind::Html { content } => format!("html {}", lines(text, content)),
        BlockKind::Rule => "rule".to_owned(),
        BlockKind::Table { header, rows } => {
            let cells = |spans: &[runbook::source::Span]| -> Vec<String> {
                spans.iter().map(|s| s.of(text).to_owned()).collect()
            };
            let rows: Vec<_> = rows.iter().map(|r| cells(&r.cells)).collect();
            format!("table {:?} {rows:?}", cells(header))
        }
        BlockKind::LinkDefinition { label, destination } => {
            format!("definition {:?} {:?}", label.of(text), destination.of(text))
        }
    }
}

fn list(attributes: &Attributes) -> String {
    if attributes.is_empty() {
        return String::new();
    }
    let mut out = String::from("  {");
    if let Some((id, _)) = &attributes.id {
        write!(out, " #{id}").unwrap();
    }
    for a in &attributes.list {
        let sub = a.sub.as_ref().map(|s| format!(".{s}")).unwrap_or_default();
        let value = a.value.as_ref().map(|v| format!("={v:?}")).unwrap_or_default();
        write!(out, " {}{sub}{value}", a.key).unwrap();
    }
    for (_, error) in &attributes.errors {
        write!(out, " !{error}").unwrap();
    }
    out + " }"
}
