//! What a page folds away: `<details>` with its `<summary>`.

use super::doubts;
use super::reader::{Flow, Loose, Reader, Telling};
use super::sentences;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;
use crate::syntax::document::{BlockKind, Document};

/// A part of a page that somebody has to open.
#[derive(Debug)]
pub(super) struct Fold {
    span: Span,
    /// Its summary.
    said: String,
    /// Why what stands in it is not always to be run: the summary, unless that only names it.
    why: Option<String>,
}

/// What a page folds away. What is never closed reaches to the page's end.
pub(super) fn found(document: &Document, source: &str) -> Vec<Fold> {
    let mut folds: Vec<Fold> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for block in document.blocks.iter().filter(|block| matches!(block.kind, BlockKind::Html { .. })) {
        let html = block.span.of(source);
        for (at, _) in html.match_indices('<') {
            let tag = &html[at + 1..];
            let is = |name: &str| tag.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name));
            if is("details") {
                open.push(folds.len());
                folds.push(Fold {
                    span: Span::new(block.span.start + at, source.len()),
                    said: String::new(),
                    why: None,
                });
            } else if is("summary") {
                let said = tag.split_once('>').map_or("", |(_, rest)| rest);
                let said = said.split("</summary").next().unwrap_or_default();
                if let Some(fold) = open.last() {
                    let said = tagless(said);
                    (folds[*fold].why, folds[*fold].said) = (doubt(&said), said);
                }
            } else if is("/details")
                && let Some(fold) = open.pop()
            {
                folds[fold].span.end = block.span.start + at;
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
        let mut around = self.folds.iter().rev().filter(|fold| fold.span.start <= at && at < fold.span.end);
        around.find_map(|fold| fold.why.clone())
    }

    /// What stands below `</details>` goes on with what stood above `<details>`; what stands below a summary is named by it.
    pub fn fold(&mut self, html: Span) {
        let closes = self.folds.iter().any(|fold| html.start <= fold.span.end && fold.span.end < html.end);
        let opened = self.folds.iter().rev().find(|fold| html.start <= fold.span.start && fold.span.start < html.end);
        // "Click to expand" names nothing.
        let names = |fold: &&Fold| fold.why.is_some() || super::sections::core(&Words::first(&fold.said, 8)).marker;
        let title = opened.filter(names).map(|fold| fold.said.clone());
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
