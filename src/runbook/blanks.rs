//! Blanks to fill and boxes to choose from, and what their values must look like.

use super::ids;
use super::model::{Blank, StepId, ValueKind};
use super::reader::Reader;
use super::sentences::markless as plain;
use super::text::Text;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;
use crate::syntax::{blank, duration};

impl Reader<'_> {
    /// Adds the blanks and choices of a line to a step. `true` when there were any.
    pub fn take_blanks(&mut self, step: StepId, text: &Text) -> bool {
        let raw = text.raw.as_str();
        if let Some(choice) = text.choice() {
            let label = choice.label.map_or_else(|| self.steps[step].title.clone(), |l| plain(l.of(raw)));
            let options = choice.options.iter().map(|o| plain(o.text.of(raw))).collect();
            self.add_blank(step, &label, text.span(choice.span.start, choice.span.end), ValueKind::Text, None, options);
            return true;
        }
        let mut previous = String::new();
        for blank in text.blanks() {
            let own = blank.label.map(|l| plain(l.of(raw))).filter(|l| !l.is_empty());
            // "QPS: ____ (vs baseline: ____)": the second is the first's baseline.
            let label = match (&own, previous.is_empty()) {
                (Some(own), false) if Words::new(own).get(0) == "vs" => format!("{previous} {own}"),
                (Some(own), _) => own.clone(),
                (None, _) => self.steps[step].title.trim_end_matches(':').trim().to_owned(),
            };
            let objective = blank.objective.map(|o| o.of(raw).trim().to_owned());
            let unit = blank.unit_after.map(|u| u.of(raw));
            let kind = value_kind(&label, objective.as_deref(), unit);
            self.add_blank(step, &label, text.span(blank.span.start, blank.span.end), kind, objective, Vec::new());
            previous = label;
        }
        !text.blanks().is_empty()
    }

    pub fn add_blank(
        &mut self,
        step: StepId,
        label: &str,
        span: Span,
        kind: ValueKind,
        objective: Option<String>,
        options: Vec<String>,
    ) {
        let name = self.variables.unique(&ids::variable(label), '_');
        let line = self.source.line(span.start);
        self.steps[step].blanks.push(Blank { name, label: label.to_owned(), span, line, kind, objective, options });
    }

    /// `## Statut: [ ] Résolu  [ ] En cours`
    pub fn heading_choice(&mut self, section: super::model::SectionId) {
        let Some(text) = self.leaves.get(self.outline.heads[section].block).map(|leaf| &leaf.text) else { return };
        if !asks_value(text) {
            return;
        }
        let (line, span) = (self.outline.sections[section].line, self.outline.sections[section].span);
        let title = blank_title(&self.outline.sections[section].title.clone());
        let step = self.new_step(title, line, span, None);
        self.take_blanks(step, text);
        self.flow.last = Some(step);
    }
}

/// A line's boxes, if it has two: most lines have none, and counting is much cheaper than reading.
pub(super) fn boxes(raw: &str) -> Option<blank::Choice> {
    let bytes = raw.as_bytes();
    let ticked = memchr::memchr_iter(b'[', bytes)
        .filter(|i| matches!(bytes.get(i + 1..i + 3), Some([b' ' | b'x' | b'X', b']'])))
        .count();
    let drawn = if raw.is_ascii() { 0 } else { raw.matches(['☐', '☑', '☒', '✅', '⬜']).count() };
    if ticked + drawn < 2 { None } else { blank::choice(raw) }
}

/// Whether a line has a blank to fill or boxes to choose from.
pub(super) fn asks_value(text: &Text) -> bool {
    let drawn = || {
        let bytes = text.raw.as_bytes();
        memchr::memchr_iter(b'_', bytes).any(|at| bytes.get(at + 1) == Some(&b'_'))
    };
    drawn() && !text.blanks().is_empty() || text.choice().is_some()
}

/// A title without its blanks and boxes.
pub(super) fn blank_title(text: &str) -> String {
    let end = ["__", "[ ]", "☐", "..."].iter().filter_map(|m| text.find(m)).min().unwrap_or(text.len());
    let title = text[..end].trim().trim_end_matches([':', '-', '–', '|', '(']).trim();
    if title.is_empty() { text.trim_matches(['_', ' ', '.']).to_owned() } else { title.to_owned() }
}

/// What a blank's value must look like.
pub(super) fn value_kind(label: &str, objective: Option<&str>, unit: Option<&str>) -> ValueKind {
    let words = Words::new(label);
    if objective.is_some_and(|o| !duration::find(o).is_empty())
        || unit.is_some_and(|u| duration::parse(&format!("1 {u}")).is_some())
    {
        return ValueKind::Duration;
    }
    if VOCABULARY.list(List::Time).starts(&words, 0) {
        return ValueKind::Duration;
    }
    if unit.is_some()
        || VOCABULARY.list(List::Numeric).starts(&words, 0)
            && objective.is_none_or(|o| o.bytes().any(|b| b.is_ascii_digit()))
    {
        return ValueKind::Number;
    }
    ValueKind::Text
}
