//! What a page folds away: `<details>` with its `<summary>`.

use super::doubts;
use super::model::Role;
use super::reader::{Flow, Loose, Reader, Telling};
use super::sentences;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;
use crate::syntax::document::{BlockKind, Document};

/// A part of a page that somebody has to open.
#[derive(Debug)]
struct Fold {
    span: Span,
    /// The one that it stands in.
    within: Option<usize>,
    /// Its summary.
    said: String,
    /// Why what stands in it is not always to be run: a summary, its own or one around it, that does not only name it.
    why: Option<String>,
}

/// What a page folds away, in the order in which it begins.
#[derive(Debug, Default)]
pub(super) struct Folds {
    all: Vec<Fold>,
    /// Where they end, in order.
    ends: Vec<usize>,
}

/// So much of a summary is read.
const SUMMARY: usize = 240;

/// Finds what a page folds away. What is never closed reaches to the page's end.
pub(super) fn found(document: &Document, source: &str) -> Folds {
    let mut folds = Folds::default();
    let mut open: Vec<usize> = Vec::new();
    for block in document.blocks.iter().filter(|block| matches!(block.kind, BlockKind::Html { .. })) {
        let html = block.span.of(source);
        for (at, _) in html.match_indices('<') {
            let tag = &html[at + 1..];
            let is = |name: &str| tag.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
            if is("details") {
                let within = open.last().copied();
                let why = within.and_then(|fold| folds.all[fold].why.clone());
                open.push(folds.all.len());
                let span = Span::new(block.span.start + at, source.len());
                folds.all.push(Fold { span, within, said: String::new(), why });
            } else if is("summary") {
                let end = tag.char_indices().nth(SUMMARY).map_or(tag.len(), |(end, _)| end);
                let said = tag[..end].split_once('>').map_or("", |(_, rest)| rest);
                let said = tagless(said.split("</summary").next().unwrap_or_default());
                if let Some(fold) = open.last() {
                    let around = folds.all[*fold].within.and_then(|fold| folds.all[fold].why.clone());
                    let fold = &mut folds.all[*fold];
                    (fold.why, fold.said) = (doubt(&said).or(around), said);
                }
            } else if is("/details")
                && let Some(fold) = open.pop()
            {
                folds.all[fold].span.end = block.span.start + at;
                folds.ends.push(block.span.start + at);
            }
        }
    }
    folds
}

/// `<b>Step 3</b>: **restart**` without its marks.
fn tagless(html: &str) -> String {
    let mut out = String::new();
    for piece in html.split('<') {
        out.push_str(if out.is_empty() && !html.starts_with('<') {
            piece
        } else {
            piece.split_once('>').map_or("", |(_, said)| said)
        });
    }
    sentences::one_line(sentences::markless(&out).trim())
}

/// "If it fails", "Windows", "Restart it by hand": what is folded away is not always to be run. "Click to see the commands" and "Step 3:
/// restart the workers" only name it.
fn doubt(summary: &str) -> Option<String> {
    let words = Words::first(summary, 20);
    let named = VOCABULARY.list(List::FoldNames).starts(&words, 0) || super::sections::core(&words).marker;
    let held = || doubts::depends(summary) || doubts::remarks(summary) || super::verdicts::is_held(&words);
    let other =
        || [List::Troubles, List::Fallback, List::Example].iter().any(|list| VOCABULARY.list(*list).anywhere(&words));
    let only_names = named && !held() && !other();
    (!words.is_empty() && !only_names).then(|| doubts::not_always(summary))
}

impl Reader<'_> {
    /// Why what stands at a byte is not always to be run, if a page folds it away.
    pub fn folded_at(&self, at: usize) -> Option<String> {
        let all = &self.folds.all;
        let mut last = all.partition_point(|fold| fold.span.start <= at).checked_sub(1);
        // What is closed by then stands in what may still be open.
        while let Some(fold) = last.filter(|fold| all[*fold].span.end <= at) {
            last = all[fold].within;
        }
        all[last?].why.clone()
    }

    /// Whether the page folds anything away.
    pub fn folds_any(&self) -> bool {
        !self.folds.all.is_empty()
    }

    /// What stands below `</details>` goes on with what stood above `<details>`; what stands below a summary is named by it.
    pub fn fold(&mut self, html: Span) {
        let Folds { all, ends } = &self.folds;
        let closes = ends.get(ends.partition_point(|end| *end < html.start)).is_some_and(|end| *end < html.end);
        let last = all.partition_point(|fold| fold.span.start < html.end).checked_sub(1).map(|last| &all[last]);
        let opened = last.filter(|fold| html.start <= fold.span.start);
        // "Click to expand" names nothing.
        let role = |said: &str| VOCABULARY.roles.whole(&Words::first(said, 8)).is_some_and(|role| role != Role::Phase);
        let names = |fold: &&Fold| {
            fold.why.is_some() || super::sections::core(&Words::first(&fold.said, 8)).marker || role(&fold.said)
        };
        let title = opened.filter(names).map(|fold| fold.said.clone()).filter(|said| !said.is_empty());
        if closes {
            self.close_condition();
            self.flow = Flow { heading_step: self.flow.heading_step, ..self.flow.fresh() };
        }
        if let Some(title) = title {
            let line = self.source.line(html.start);
            let (asks, telling, own) = (false, Telling::Nothing, true);
            self.flow.paragraph = Some(Loose { title, line, span: html, asks, telling, own });
        }
    }
}
