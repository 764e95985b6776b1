//! A link to another page of runbooks, or to a heading, that is not there. Links that a step follows are
//! `missing-file` and `missing-target`, which are errors.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::document::{BlockKind, Content};
use crate::syntax::inline::{self, LinkTarget};
use std::collections::{HashMap, HashSet};

/// One finding per link; pages of other kinds and addresses of the web are not looked at.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let text = &subject.source.text;
    if !holds(text, "](") && !holds(text, "]:") {
        return;
    }
    let told: HashSet<usize> = found
        .iter()
        .filter(|d| matches!(d.code, "missing-file" | "missing-target" | "jump-to-nowhere"))
        .flat_map(|d| d.labels.iter().map(|l| l.span.start))
        .collect();
    let mut links = Links { subject, anchors: None, there: HashMap::new(), told, found };
    for id in 0..subject.document.blocks.len() {
        match &subject.document.blocks[id].kind {
            BlockKind::Heading { content, .. } | BlockKind::Paragraph { content } => links.leaf(content),
            BlockKind::Table { header, rows } => {
                for cell in header.iter().chain(rows.iter().flat_map(|r| &r.cells)) {
                    if links.may_be_dead(*cell) {
                        links.text(inline::scan_span(text, *cell));
                    }
                }
            }
            BlockKind::LinkDefinition { destination, .. } => links.destination(*destination),
            _ => {}
        }
    }
}

struct Links<'a, 'f> {
    subject: &'a Subject<'a>,
    /// Of headings and of `<a name="…">`; made when a link to one is met.
    anchors: Option<HashSet<String>>,
    there: HashMap<&'a str, bool>,
    told: HashSet<usize>,
    found: &'f mut Vec<Diagnostic>,
}

/// What is not there.
enum Dead<'a> {
    Page(&'a str),
    Anchor(&'a str),
}

impl<'a> Links<'a, '_> {
    fn leaf(&mut self, content: &Content) {
        let text = &self.subject.source.text;
        let (Some(first), Some(last)) = (content.first(), content.last()) else { return };
        if self.may_be_dead(Span::new(first.span.start, last.span.end)) {
            self.text(inline::scan(text, content));
        }
    }

    /// Whether a link would be dead, if what looks like one is one. Most are not, and need no reading of all marks.
    fn may_be_dead(&mut self, within: Span) -> bool {
        let text = within.of(&self.subject.source.text);
        memchr::memchr_iter(b']', text.as_bytes()).filter(|at| text.as_bytes().get(at + 1) == Some(&b'(')).any(|at| {
            let target = inline::destination(text, at + 2).map(|(target, _)| target);
            target.is_some_and(|t| self.dead(Span::new(within.start + t.start, within.start + t.end)).is_some())
        })
    }

    fn text(&mut self, inline: inline::Inline) {
        for link in inline.links.into_iter().filter(|l| !l.image) {
            if let LinkTarget::Inline(destination) = link.target {
                self.destination(destination);
            }
        }
    }

    fn destination(&mut self, span: Span) {
        let Some((at, dead)) = self.dead(span) else { return };
        self.found.push(match dead {
            Dead::Page(path) => Diagnostic::warning("dead-link", format!("`{path}` is not there"))
                .at(at, "")
                .help("the path is read from the folder of this file"),
            Dead::Anchor(anchor) => {
                // Each comparison looks at every heading.
                let near =
                    if self.found.len() < 50 { super::missing_target::closest(self.subject, anchor) } else { None };
                let help = match near {
                    Some(near) => format!("did you mean `#{near}`?"),
                    None => "link to a heading of this file: `[text](#the-heading)`".to_owned(),
                };
                Diagnostic::warning("dead-link", format!("no heading is called `#{anchor}`")).at(at, "").help(help)
            }
        });
    }

    /// What a destination does not lead to, and where it stands without its marks.
    fn dead(&mut self, span: Span) -> Option<(Span, Dead<'a>)> {
        let subject = self.subject;
        let written = span.of(&subject.source.text);
        let start = span.start + written.len() - written.trim_start_matches(['<', ' ']).len();
        let written = written.trim_matches(['<', '>', ' ']).split(' ').next().unwrap_or("");
        if written.starts_with('/')
            || written.contains("://")
            || written.contains(['{', '$'])
            || self.told.contains(&start)
        {
            return None;
        }
        let at = Span::new(start, start + written.len());
        let (path, anchor) = written.split_once('#').map_or((written, None), |(p, a)| (p, Some(a)));
        let path = path.split('?').next().unwrap_or(path);
        let page = std::path::Path::new(path).extension().is_some_and(|e| e == "md" || e == "markdown");
        if page {
            let there = *self.there.entry(path).or_insert_with(|| {
                (subject.exists)(path) || (path.contains('%') && (subject.exists)(&unescaped(path)))
            });
            return (!there).then_some((at, Dead::Page(path)));
        }
        let anchor = anchor.filter(|a| path.is_empty() && !a.is_empty())?;
        (!self.has(anchor)).then_some((at, Dead::Anchor(anchor)))
    }

    /// Pages are published by several tools, which spell anchors differently: only what is certainly wrong is told.
    fn has(&mut self, anchor: &str) -> bool {
        let subject = self.subject;
        // Most are spelt as we spell them; a page of thousands is looked up below.
        if anchor == "top" || subject.runbook.sections.iter().take(100).any(|s| s.anchor == anchor) {
            return true;
        }
        let anchors = self.anchors.get_or_insert_with(|| {
            let mut anchors: HashSet<String> = subject.runbook.sections.iter().map(|s| simple(&s.anchor)).collect();
            for block in &subject.document.blocks {
                if let BlockKind::Heading { attributes, .. } | BlockKind::Item { attributes, .. } = &block.kind
                    && let Some((id, _)) = &attributes.id
                {
                    anchors.insert(simple(id));
                }
            }
            let places = |mark: &'static str| {
                memchr::memmem::find_iter(subject.source.text.as_bytes(), mark).map(move |at| (at, mark))
            };
            for (start, mark) in ["id=\"", "name=\"", "{#"].into_iter().flat_map(places) {
                let rest = &subject.source.text[start + mark.len()..];
                anchors.insert(simple(rest.split(['"', '}', ' ', '\n']).next().unwrap_or("")));
            }
            anchors
        });
        anchors.contains(&simple(&unescaped(anchor)))
    }
}

/// Most pages hold no link in most places, and this looks at all of them.
fn holds(text: &str, mark: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some()
}

/// Letters and digits in lower case: what all tools agree on.
fn simple(anchor: &str) -> String {
    if anchor.is_ascii() {
        let letters = anchor.bytes().filter(u8::is_ascii_alphanumeric);
        return letters.map(|b| char::from(b.to_ascii_lowercase())).collect();
    }
    anchor.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `%20` and its like undone.
fn unescaped(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = path.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let Some(code) = code.filter(|_| bytes[at] == b'%') {
            out.push(code);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
