//! Labelled lines: `**Expected**: …`, `**Rollback**: …`, `**Owner**: …`, and how a paragraph falls apart into them.

use super::doubts;
use super::expectations::{regex_as_written, test_of, test_of_inline};
use super::leads;
use super::model::{Expectation, Role, StepId};
use super::places;
use super::reader::{Label, Reader};
use super::sentences::one_line;
use super::text::{self, Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::lines;
use crate::syntax::document::{Block, BlockId, BlockKind};
use crate::syntax::duration;
use std::borrow::Cow;

/// What only a whole page has, and no step.
const OF_PAGES: [&str; 5] = ["last-updated", "next-review", "version", "author", "tested-every"];
/// Why what stands behind a way back is not just run.
pub(super) const BEHIND_ROLLBACK: &str = "it follows the way back of the step, and may belong to it";
/// So many blocks may stand behind a page's last words about itself.
const BEHIND: usize = 8;

/// So many sentences before the one that leads to a fence are asked whether it depends on something.
const BEFORE: usize = 6;

/// "Run the following:" has fewer words.
const SHORT: usize = 6;

impl Reader<'_> {
    /// The lines at a page's very end that speak of the page: `**Last updated**: 2026-01-08`, `**Review cycle**: quarterly`. They
    /// stand below the last heading, and are none of its steps.
    pub fn footer(&mut self, block: BlockId, text: &Text) -> bool {
        let behind = &self.document.blocks[self.document.blocks[block].end..];
        let still = |block: &Block| {
            matches!(
                block.kind,
                BlockKind::Paragraph { .. }
                    | BlockKind::Rule
                    | BlockKind::Html { .. }
                    | BlockKind::LinkDefinition { .. }
            )
        };
        if !text.raw.starts_with("**") || behind.len() > BEHIND || !behind.iter().all(still) {
            return false;
        }
        let read: Vec<Inline> = lines(&text.raw).map(|line| text::read(&Text::from_source(line, 0))).collect();
        let said = |inline: &Inline| {
            let (label, value) = inline.label()?;
            let value = value.split(" | ").next().unwrap_or(value).trim();
            let plain = inline.strongs.first().is_some_and(|s| s.start == 0) && inline.codes.is_empty();
            (plain && !value.is_empty() && !super::metadata::is_blank(value))
                .then(|| (label.to_owned(), value.to_owned()))
        };
        let Some(said) = read.iter().map(said).collect::<Option<Vec<_>>>() else { return false };
        let of_page = |label: &String| VOCABULARY.key(&Words::new(label)).is_some_and(|key| OF_PAGES.contains(&key));
        if !said.iter().any(|(label, _)| of_page(label)) {
            return false;
        }
        for (label, value) in said {
            self.head.label(&label, &value);
        }
        true
    }

    /// A known label at the start of a loose line: it speaks of the section, the step above or the runbook.
    pub fn label_line(&mut self, text: &Text, inline: &Inline) -> bool {
        let Some((label, value)) = inline.label() else { return false };
        let words = Words::new(label);
        let bold = inline.strongs.first().is_some_and(|s| s.start == 0);
        // A sentence and its fence are a step as an item is; what is said in between may belong to the next one.
        let next = self.flow.paragraph.as_ref().is_some_and(|said| said.asks || said.own);
        let fenced = self.flow.fenced.is_some() && self.flow.fenced == self.flow.last && !next;
        let held = self.flow.heading_step.is_some() || self.flow.attached || fenced;
        if let Some(step) = self.flow.heading_step.or(self.flow.last).filter(|_| held)
            && self.labelled(step, text, inline)
        {
            return true;
        }
        if VOCABULARY.list(List::Duration).whole(&words).is_some() {
            if let Some(section) = self.flow.section {
                self.outline.sections[section].timebox =
                    duration::find(value).first().map(|d| d.duration).or(self.outline.sections[section].timebox);
            }
            return true;
        }
        if VOCABULARY.list(List::Owner).whole(&words).is_some()
            && bold
            && !super::metadata::is_blank(value)
            && !value.is_empty()
        {
            match self.flow.section.filter(|s| self.outline.sections[*s].level > 1 || self.flow.explicit) {
                Some(section) => self.outline.sections[section].owner = Some(value.trim().to_owned()),
                None => {
                    self.head.label(label, value);
                }
            }
            return true;
        }
        bold && !self.flow.explicit && self.head.label(label, value)
    }

    /// A labelled line that belongs to a step. `true` when it was one.
    pub fn labelled(&mut self, step: StepId, text: &Text, inline: &Inline) -> bool {
        let Some((label, value)) = inline.label() else { return false };
        let words = Words::new(label);
        let value = value.trim();
        let asks = text.raw.contains("__") && !text.blanks().is_empty();
        if VOCABULARY.list(List::Expected).whole(&words).is_some() && !asks {
            if value.is_empty() {
                self.flow.label = Label::Expected;
            } else {
                let start = text.raw.len() - text.raw.trim_start().len();
                let span = text.span(start, text.raw.len());
                let regex = regex_as_written(&text.raw);
                // Behind a sub-step that runs something, it is what comes out of that.
                let of = self.last_below(step);
                self.steps[of].expects.push(Expectation {
                    test: regex.and_then(test_of).or_else(|| test_of_inline(inline, value)),
                    text: regex.map_or_else(|| super::sentences::one_line(value), str::to_owned),
                    span,
                });
            }
            return true;
        }
        if VOCABULARY.list(List::Meaning).whole(&words).is_some() {
            if value.is_empty() {
                self.flow.label = Label::Meaning;
            } else {
                self.guide(step, inline.one_line());
            }
            return true;
        }
        if VOCABULARY.list(List::RollbackLabel).whole(&words).is_some() {
            if value.is_empty() {
                self.flow.label = Label::Rollback;
            } else {
                self.undo(step, text, inline, value);
                // A fence right below "Rollback: receive again." is how: it must never run on the way forward.
                self.flow.label = Label::RollbackFence;
            }
            return true;
        }
        if VOCABULARY.list(List::Owner).whole(&words).is_some()
            && !value.is_empty()
            && !super::metadata::is_blank(value)
        {
            self.steps[step].owner = Some(value.to_owned());
            return true;
        }
        if VOCABULARY.list(List::Duration).whole(&words).is_some() && !text.raw.contains("__") {
            self.steps[step].timebox = duration::find(value).first().map(|d| d.duration).or(self.steps[step].timebox);
            return true;
        }
        if VOCABULARY.list(List::Note).whole(&words).is_some() {
            let whole = inline.one_line();
            self.note_pivot(step, &Words::new(&whole));
            self.guide(step, whole);
            return true;
        }
        false
    }

    /// "To undo this step:" and its like: what follows is the step's way back. `true` when it was that.
    pub fn goes_back(&mut self, step: StepId, inline: &Inline) -> bool {
        if self.role() == Role::Rollback || !leads::goes_back(&inline.plain) {
            return false;
        }
        self.flow.label = Label::Rollback;
        self.steps[step].undo_text.get_or_insert_with(|| inline.one_line());
        true
    }

    /// Whether a fence below this sentence is always to be run, and whether it still belongs to the way back above.
    pub fn note_doubt(&mut self, text: &Text, inline: &Inline) {
        let (plain, words) = (inline.plain.as_str(), inline.first(40));
        let introduces = plain.trim_end().ends_with(':');
        // "See the manual for details.", "This takes a while.", "Run:" between "Restart it if it hangs." and its fence take nothing back.
        let remarks = || {
            let runs = inline.lead() == leads::Lead::Run && words.len() < SHORT && !super::prose::runs_named(&words);
            let tells = !introduces && !super::says::sentence_asks(inline, &words, self.head.language);
            runs || tells && inline.all_bold().is_none()
        };
        let before = self.flow.doubt.take().filter(|_| remarks());
        self.flow.doubt = self.doubt_of(inline, &words).or_else(|| in_comment(text)).or(before);
        // "**Examples**": all code below it, up to the next item or heading.
        let whole = words.len() < 3 || inline.all_bold().is_some();
        if whole && VOCABULARY.list(List::Example).starts(&words, 0) {
            self.flow.examples = Some(doubts::not_always(plain.trim()));
        }
        self.flow.each = Some(plain.to_owned());
        if self.flow.label == Label::AfterRollback {
            self.flow.label = Label::None;
            self.flow.doubt = Some(BEHIND_ROLLBACK.to_owned());
        }
    }

    /// Why a fence below this sentence must not run just like that.
    pub fn doubt_of(&self, inline: &Inline, words: &Words) -> Option<String> {
        let plain = inline.plain.as_str();
        let introduces = plain.trim_end().ends_with(':');
        // "It is full. If it is needed, restart it. To do so:"
        let only_then = || {
            let mut before = super::sentences::before_last(plain).take(if introduces { BEFORE } else { 0 });
            before.find(|said| doubts::depends(said)).map(doubts::not_always)
        };
        doubts::doubt(inline)
            .or_else(only_then)
            .or_else(|| named_way(plain, words))
            .or_else(|| of_platform(inline, words))
            .or_else(|| to_look_up(inline, words))
            .or_else(|| doubts::names_only(words).then(|| doubts::not_always(plain.trim())))
            .or_else(|| places::lead_elsewhere(inline))
            .or_else(|| self.is_instead(inline, words).then(|| doubts::not_always(plain)))
    }

    /// "Or reboot it:", and "**Workaround**: Restart it:" where nobody was asked whether it is needed.
    fn is_instead(&self, inline: &Inline, words: &Words) -> bool {
        let (language, asked) = (self.head.language, self.role() == Role::Alternative);
        super::says::says_or(inline, words, language) || !asked && super::says::label_asks(inline, language)
    }

    /// A sentence of a step's way back: its command lines undo.
    pub fn undo_words(&mut self, step: StepId, text: &Text, inline: &Inline) {
        let before = self.steps[step].undo_text.take();
        self.undo(step, text, inline, &inline.plain);
        if before.is_some() {
            self.steps[step].undo_text = before;
        }
    }

    /// `**Rollback**: none`, `**Rollback**: run `x``.
    pub fn undo(&mut self, step: StepId, text: &Text, inline: &Inline, value: &str) {
        let kept = std::mem::take(&mut self.steps[step].commands);
        self.inline_steps(step, text, inline);
        let undo = std::mem::replace(&mut self.steps[step].commands, kept);
        self.steps[step].undo.extend(undo);
        self.steps[step].undo_text = Some(one_line(value));
    }
}

/// "**Debian/Ubuntu**", "**NVMe drives**", "For production:": what stands below is for some machines, and nobody is asked for which.
fn of_platform(inline: &Inline, words: &Words) -> Option<String> {
    let label = inline.all_bold().is_some() || inline.plain.trim_end().ends_with(':');
    (label && words.len() < 9 && doubts::names_platform(words)).then(|| doubts::not_always(inline.plain.trim()))
}

/// "Restart it. <!-- only on staging -->"
fn in_comment(text: &Text) -> Option<String> {
    let said = text.raw.split_once("<!--")?.1.split_once("-->")?.0.trim();
    let held = super::verdicts::narrows(said) || doubts::remark_doubts(said).is_some();
    held.then(|| doubts::not_always(said))
}

/// "Useful commands:", "**Common errors**": what stands below is looked up, and not gone through.
fn to_look_up(inline: &Inline, words: &Words) -> Option<String> {
    let label = inline.all_bold().is_some() || inline.plain.trim_end().ends_with(':');
    let named = [List::LookUp, List::Troubles].iter().any(|list| VOCABULARY.list(*list).whole(words).is_some());
    (label && named).then(|| doubts::not_always(inline.plain.trim()))
}

/// "**Option A: using GTID**" as a line of its own: what stands below is one way of several.
fn named_way(plain: &str, words: &Words) -> Option<String> {
    (words.len() < 12 && super::sections::named(words, 0, plain)).then(|| doubts::comment_doubts(plain)).flatten()
}

/// A piece of a paragraph: mostly all of it, as it was read.
type Piece<'t> = (Cow<'t, Text>, Cow<'t, Inline>);

/// Cuts a paragraph where a line begins with a bold label or a known one.
pub(super) fn pieces<'t>(text: &'t Text, inline: &'t Inline) -> Vec<Piece<'t>> {
    let whole = || vec![(Cow::Borrowed(text), Cow::Borrowed(inline))];
    if !text.raw.contains('\n') {
        return whole();
    }
    let mut starts = vec![0];
    for (i, line) in lines(&text.raw).enumerate().skip(1) {
        let trimmed = line.trim_start();
        let bold = trimmed.starts_with("**") || trimmed.starts_with("__");
        let maybe = bold || trimmed.find(':').is_some_and(|c| c < 40);
        if !maybe {
            continue;
        }
        let inline = text::read(&Text::from_source(trimmed, 0));
        let known = |label: &str| {
            let words = Words::new(label);
            [List::Expected, List::RollbackLabel, List::Owner, List::Duration, List::Note]
                .iter()
                .any(|l| VOCABULARY.list(*l).whole(&words).is_some())
                || VOCABULARY.key(&words).is_some()
        };
        let blank = trimmed.contains("__") || trimmed.contains("[ ]");
        if inline.label().is_some_and(|(label, _)| bold || blank || known(label)) {
            starts.push(i);
        }
    }
    if starts.len() == 1 {
        return whole();
    }
    let ranges = text.line_ranges();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([ranges.len()]).collect();
    let piece = |(start, end): (&usize, usize)| {
        let text = text.pick(&ranges[*start..end]);
        let inline = text::read(&text);
        (Cow::Owned(text), Cow::Owned(inline))
    };
    starts.iter().zip(ends).map(piece).collect()
}
