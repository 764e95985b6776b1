//! Paragraphs: labels (`**Expected**: …`), lead-ins, blanks, gates, jumps, and sentences that ask for something.

use super::ids;
use super::items::is_condition;
use super::leads;
use super::model::{Blank, ExpectTest, Expectation, Gate, Language, Role, StepId, ValueKind};
use super::reader::{Condition, Label, Loose, Reader};
use super::sections::{leading_number, timebox};
use super::text::{self, Inline, Text};
use super::vocabulary::VOCABULARY;
use super::words::Words;
use crate::source::Span;
use crate::syntax::document::{BlockId, BlockKind};
use crate::syntax::{blank, duration};

impl Reader<'_> {
    /// A paragraph that stands in no list.
    pub fn paragraph(&mut self, block: BlockId) {
        let Some((text, _)) = self.inline(block) else { return };
        for piece in segments(&text) {
            self.segment(&piece, block);
        }
    }

    fn segment(&mut self, text: &Text, block: BlockId) {
        let inline = text::read(text);
        let words = Words::first(&inline.plain, 24);
        let span = text.span(0, text.raw.len());
        let line = self.source.line(span.start);
        if words.is_empty() {
            return;
        }
        if self.ways(text, &inline, None) || self.label_line(text, &inline) || self.numbered_bold(text, &inline, span) {
            return;
        }
        if let Some(step) = self.flow.heading_step.or(self.flow.last)
            && self.goes_back(step, &inline)
        {
            return;
        }
        self.note_doubt(&inline.plain);
        if let Some(condition) = lead_in(&inline, &words, line, span).filter(|_| leads::of(&inline.plain) != leads::Lead::Output) {
            self.close_condition();
            self.flow.condition = Some(condition);
            return;
        }
        self.flow.lead = leads::of(&inline.plain);
        if let Some(step) = self.flow.heading_step {
            self.flow.paragraph = None;
            if !self.take_blanks(step, text) {
                self.note_gate(step, &inline.plain);
                self.inline_steps(step, text, &inline);
                self.guide(step, inline.one_line());
            }
            return;
        }
        if is_gate(&inline, &words) && self.flow.explicit {
            let question = inline.one_line();
            let step = self.new_step(first_sentence(&question), line, span, None);
            self.steps[step].gate = Some(Gate { question, approvers: 1 });
            self.flow.last = Some(step);
            self.flow.attached = false;
            return;
        }
        if asks_value(&text.raw) {
            let step = self.new_step(blank_title(&inline.one_line()), line, span, None);
            self.take_blanks(step, text);
            return;
        }
        if self.jump_line(&inline, &words, line, span) {
            return;
        }
        self.sentence(text, &inline, &words, block);
    }

    /// A sentence: the title of a following fence, a step of its own, or something to read with the step above.
    fn sentence(&mut self, text: &Text, inline: &Inline, words: &Words, block: BlockId) {
        let span = text.span(0, text.raw.len());
        let line = self.source.line(span.start);
        let note = is_note(&inline.plain);
        let asks = sentence_asks(inline, self.head.language);
        let loose = Loose { title: first_sentence(&inline.one_line()), line, span, asks };
        let fence_follows = self.document.blocks.get(self.document.blocks[block].end).is_some_and(|b| matches!(b.kind, BlockKind::Fence { .. }) && b.parent.is_none());
        let list_follows = self.steps_follow(self.document.blocks[block].end);
        if let Some(last) = self.flow.last
            && (self.flow.continues || note)
        {
            self.guide(last, inline.one_line());
            self.flow.paragraph = (!self.flow.continues).then_some(loose);
            return;
        }
        if super::items::is_condition(words) && inline.links.iter().any(|l| l.text.starts_with('#')) && self.may_hold_steps() {
            let whole = inline.one_line();
            let step = self.new_step(first_sentence(&whole), line, span, None);
            self.conditional_jump(step, inline, &whole);
            self.guide(step, whole);
            self.flow.last = Some(step);
            self.flow.attached = false;
            return;
        }
        let commands = inline.codes.iter().any(|c| super::inline_commands::is_command(&c.text));
        if !fence_follows && (asks && !list_follows && self.may_hold_steps() || commands && asks) {
            let step = self.new_step(first_sentence(&inline.one_line()), line, span, None);
            self.inline_steps(step, text, inline);
            self.flow.last = Some(step);
            self.flow.attached = true;
            self.flow.paragraph = None;
            if inline.one_line().len() > self.steps[step].title.len() + 3 {
                self.guide(step, inline.one_line());
            }
            return;
        }
        if let Some(last) = self.flow.last
            && !fence_follows
            && !inline.plain.trim_end().ends_with(':')
        {
            self.guide(last, inline.one_line());
        }
        self.flow.paragraph = Some(loose);
    }

    /// Whether the block is a list whose items are steps: then the sentence before it is their title.
    fn steps_follow(&self, next: BlockId) -> bool {
        let is_list = self.document.blocks.get(next).is_some_and(|b| matches!(b.kind, BlockKind::List { .. }) && b.parent.is_none());
        is_list && !matches!(self.list_plan(next, None, self.role(), self.flow.explicit), super::items::Plan::Guidance)
    }

    /// Before the first heading, and right under the title, a page introduces itself.
    fn may_hold_steps(&self) -> bool {
        self.flow.section.is_some_and(|s| self.flow.explicit || self.outline.sections[s].level > 1)
    }

    /// `**2. Confirm the member is healthy**`, `**3.** The password …`, `**Step 1: …**`.
    fn numbered_bold(&mut self, text: &Text, inline: &Inline, span: Span) -> bool {
        let Some(first) = inline.strongs.first().filter(|s| s.start == 0) else { return false };
        let strong = first.text.trim();
        let words = Words::new(strong);
        let core = super::sections::core(&words);
        let digits = strong.trim_end_matches(['.', ')', ':']);
        let only = !digits.is_empty() && digits.len() < 4 && digits.bytes().all(|b| b.is_ascii_digit());
        if !(only || inline.all_bold().is_some() && (leading_number(strong).is_some() || core.marker)) {
            return false;
        }
        let line = self.source.line(span.start);
        let step = self.new_step(String::new(), line, span, None);
        self.title(step, text);
        let title = self.steps[step].title.clone();
        let title = leading_number(&title).map_or(title.as_str(), |(_, rest)| rest);
        let title = if core.marker { title.split_once(':').map_or(title, |(_, rest)| rest) } else { title };
        self.steps[step].title = title.trim().to_owned();
        self.flow.last = Some(step);
        self.flow.heading_step = None;
        self.flow.attached = true;
        self.flow.continues = true;
        self.flow.paragraph = None;
        true
    }

    /// A known label at the start of a loose line: it speaks of the section, the step above or the runbook.
    fn label_line(&mut self, text: &Text, inline: &Inline) -> bool {
        let Some((label, value)) = inline.label() else { return false };
        let words = Words::new(label);
        let bold = inline.strongs.first().is_some_and(|s| s.start == 0);
        if let Some(step) = self.flow.heading_step.or(self.flow.last).filter(|_| self.flow.heading_step.is_some() || self.flow.attached)
            && self.labelled(step, text)
        {
            return true;
        }
        if VOCABULARY.list("duration").whole(&words).is_some() {
            if let Some(section) = self.flow.section {
                self.outline.sections[section].timebox = duration::find(value).first().map(|d| d.duration).or(self.outline.sections[section].timebox);
            }
            return true;
        }
        if VOCABULARY.list("owner").whole(&words).is_some() && bold && !super::metadata::is_blank(value) && !value.is_empty() {
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
    pub fn labelled(&mut self, step: StepId, text: &Text) -> bool {
        let inline = text::read(text);
        let Some((label, value)) = inline.label() else { return false };
        let words = Words::new(label);
        let value = value.trim();
        if VOCABULARY.list("expected").whole(&words).is_some() && !(text.raw.contains("__") && !blank::blanks(&text.raw).is_empty()) {
            if value.is_empty() {
                self.flow.label = Label::Expected;
            } else {
                let start = text.raw.len() - text.raw.trim_start().len();
                let span = text.span(start, text.raw.len());
                self.steps[step].expects.push(Expectation { test: test_of_inline(&inline, value), text: super::prose::one_line(value), span });
            }
            return true;
        }
        if VOCABULARY.list("rollback-label").whole(&words).is_some() {
            if value.is_empty() {
                self.flow.label = Label::Rollback;
            } else {
                self.undo(step, text, &inline, value);
                // A fence right below "Rollback: receive again." is how: it must never run on the way forward.
                self.flow.label = Label::RollbackFence;
            }
            return true;
        }
        if VOCABULARY.list("owner").whole(&words).is_some() && !value.is_empty() && !super::metadata::is_blank(value) {
            self.steps[step].owner = Some(value.to_owned());
            return true;
        }
        if VOCABULARY.list("duration").whole(&words).is_some() && !text.raw.contains("__") {
            self.steps[step].timebox = duration::find(value).first().map(|d| d.duration).or(self.steps[step].timebox);
            return true;
        }
        if VOCABULARY.list("note").whole(&words).is_some() {
            let whole = inline.one_line();
            self.note_pivot(step, &whole);
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
    fn note_doubt(&mut self, plain: &str) {
        self.flow.doubt = leads::doubt(plain);
        if self.flow.label == Label::AfterRollback {
            self.flow.label = Label::None;
            self.flow.doubt = Some("it follows the way back of the step, and may belong to it".to_owned());
        }
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
    fn undo(&mut self, step: StepId, text: &Text, inline: &Inline, value: &str) {
        let kept = std::mem::take(&mut self.steps[step].commands);
        self.inline_steps(step, text, inline);
        let undo = std::mem::replace(&mut self.steps[step].commands, kept);
        self.steps[step].undo.extend(undo);
        self.steps[step].undo_text = Some(one_line(value));
    }

    /// Text inside an item, after its first paragraph.
    pub fn carry(&mut self, step: StepId, text: &Text, _own: bool) {
        for piece in segments(text) {
            let inline = text::read(&piece);
            let words = Words::first(&inline.plain, 24);
            if words.is_empty() || self.ways(&piece, &inline, Some(step)) || self.labelled(step, &piece) || self.take_blanks(step, &piece) {
                continue;
            }
            let span = piece.span(0, piece.raw.len());
            if self.goes_back(step, &inline) {
                continue;
            }
            self.note_doubt(&inline.plain);
            if let Some(condition) = lead_in(&inline, &words, self.source.line(span.start), span) {
                self.flow.condition = Some(condition);
                continue;
            }
            // "Rollback:", and only then how: the words between belong to it.
            if matches!(self.flow.label, Label::Rollback | Label::RollbackFence) {
                self.flow.label = Label::RollbackFence;
                self.undo_words(step, &piece, &inline);
                continue;
            }
            self.flow.label = Label::None;
            self.flow.lead = leads::of(&inline.plain);
            self.note_gate(step, &inline.plain);
            self.note_pivot(step, &inline.plain);
            if sentence_asks(&inline, self.head.language) || inline.codes.len() == 1 {
                self.inline_steps(step, &piece, &inline);
            }
            self.guide(step, inline.one_line());
        }
    }

    /// Sets a step's title from its first paragraph, and reads the rest of it.
    pub fn title(&mut self, step: StepId, text: &Text) {
        let mut pieces = segments(text).into_iter();
        let Some(first) = pieces.next() else { return };
        let inline = text::read(&first);
        let whole = inline.one_line();
        let words = Words::first(&whole, 40);
        self.steps[step].title = short_title(&inline, &whole);
        if whole.len() > self.steps[step].title.len() + 3 {
            self.guide(step, whole.clone());
        }
        self.flow.lead = leads::of(&inline.plain);
        let ways = self.ways(&first, &inline, Some(step));
        if !ways {
            if self.take_blanks(step, &first) {
                self.steps[step].title = blank_title(&whole);
            }
            self.inline_steps(step, &first, &inline);
            self.step_jump(step, &inline, &words);
        }
        if VOCABULARY.list("optional").anywhere(&Words::new(&whole)) && (whole.contains('(') || VOCABULARY.list("optional").starts(&words, 0)) {
            self.steps[step].optional = true;
        }
        if is_gate(&inline, &words) && self.steps[step].gate.is_none() {
            self.steps[step].gate = Some(Gate { question: whole.clone(), approvers: 1 });
        }
        self.note_pivot(step, &whole);
        let title = self.steps[step].title.clone();
        self.steps[step].timebox = timebox(&whole).or_else(|| timebox(&title)).or(self.steps[step].timebox);
        let rest: Vec<Text> = pieces.collect();
        for piece in rest {
            self.carry(step, &piece, true);
        }
    }

    pub fn note_gate(&mut self, step: StepId, plain: &str) {
        let words = Words::first(plain, 40);
        let gate = VOCABULARY.list("gate");
        let says = gate.starts(&words, 0) || gate.role_like(&words, 0).is_some();
        if says && self.steps[step].gate.is_none() && self.steps[step].commands.is_empty() && !self.flow.section.is_some_and(|s| self.outline.sections[s].role == Role::Context) {
            self.steps[step].gate = Some(Gate { question: one_line(plain), approvers: 1 });
        }
    }

    fn note_pivot(&mut self, step: StepId, plain: &str) {
        let words = Words::new(plain);
        self.steps[step].pivot |= VOCABULARY.list("pivot").anywhere(&words);
    }

    /// Adds the blanks and choices of a line to a step. `true` when there were any.
    pub fn take_blanks(&mut self, step: StepId, text: &Text) -> bool {
        let raw = text.raw.as_str();
        if let Some(choice) = blank::choice(raw) {
            let label = choice.label.map_or_else(|| self.steps[step].title.clone(), |l| plain(l.of(raw)));
            let options = choice.options.iter().map(|o| plain(o.text.of(raw))).collect();
            self.add_blank(step, &label, text.span(choice.span.start, choice.span.end), ValueKind::Text, None, options);
            return true;
        }
        if !raw.contains("__") && !raw.contains("\\_") && !raw.contains("....") && !raw.contains('…') {
            return false;
        }
        let mut previous = String::new();
        let found = blank::blanks(raw);
        for blank in &found {
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
        !found.is_empty()
    }

    pub fn add_blank(&mut self, step: StepId, label: &str, span: Span, kind: ValueKind, objective: Option<String>, options: Vec<String>) {
        let name = self.variables.unique(&ids::variable(label), '_');
        let line = self.source.line(span.start);
        self.steps[step].blanks.push(Blank { name, label: label.to_owned(), span, line, kind, objective, options });
    }

    /// `## Statut: [ ] Résolu  [ ] En cours`
    pub fn heading_choice(&mut self, section: super::model::SectionId) {
        let BlockKind::Heading { content, .. } = &self.document.blocks[self.outline.heads[section].block].kind else { return };
        let text = Text::of(&self.source.text, content);
        if !asks_value(&text.raw) {
            return;
        }
        let (line, span) = (self.outline.sections[section].line, self.outline.sections[section].span);
        let title = blank_title(&self.outline.sections[section].title.clone());
        let step = self.new_step(title, line, span, None);
        self.take_blanks(step, &text);
        self.flow.last = Some(step);
    }
}

/// Cuts a paragraph where a line begins with a bold label or a known one.
pub(super) fn segments(text: &Text) -> Vec<Text> {
    if !text.raw.contains('\n') {
        return vec![text.clone()];
    }
    let mut starts = vec![0];
    for (i, line) in text.raw.split('\n').enumerate().skip(1) {
        let trimmed = line.trim_start();
        let bold = trimmed.starts_with("**") || trimmed.starts_with("__");
        let maybe = bold || trimmed.find(':').is_some_and(|c| c < 40);
        if !maybe {
            continue;
        }
        let inline = text::read(&Text::from_source(trimmed, 0));
        let known = |label: &str| {
            let words = Words::new(label);
            ["expected", "rollback-label", "owner", "duration", "note"].iter().any(|l| VOCABULARY.list(l).whole(&words).is_some()) || VOCABULARY.key(&words).is_some()
        };
        let blank = trimmed.contains("__") || trimmed.contains("[ ]");
        if inline.label().is_some_and(|(label, _)| bold || blank || known(label)) {
            starts.push(i);
        }
    }
    let total = text.raw.split('\n').count();
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([total]).collect();
    starts.iter().zip(ends).map(|(s, e)| text.lines(*s, e)).collect()
}

/// `**If X:**`, `Si X :`, `Otherwise:` — a line of its own that ends with a colon.
pub(super) fn lead_in(inline: &Inline, words: &Words, line: usize, span: Span) -> Option<Condition> {
    let plain = inline.plain.trim();
    let bold = inline.strongs.first().is_some_and(|s| s.start == 0);
    if !is_condition(words) || !(plain.ends_with(':') || bold && inline.all_bold().is_some()) || plain.len() > 240 {
        return None;
    }
    // "In this situation, follow the steps below:" belongs to a longer text.
    if plain.contains(". ") && !bold {
        return None;
    }
    let label = one_line(plain.trim_end_matches(':'));
    Some(Condition { label, line, span, when: None })
}

/// Whether one of a paragraph's first sentences asks for something to be done.
pub(super) fn sentence_asks(inline: &Inline, language: Language) -> bool {
    let plain = &inline.plain;
    if is_note(plain) {
        return false;
    }
    let mut starts = vec![0];
    starts.extend(plain.match_indices(". ").map(|(i, _)| i + 2));
    // "Once updated, run …", "On the new node, start …": what follows the comma.
    starts.iter().take(2).any(|s| {
        let rest = &plain[*s..];
        let words = Words::first(rest, 10);
        if VOCABULARY.list("see-also").starts(&words, 0) {
            return false;
        }
        VOCABULARY.is_imperative(&words, language)
            || VOCABULARY.list("clauses").starts(&words, 0) && rest.find(", ").is_some_and(|c| c < 120 && VOCABULARY.is_imperative(&Words::first(&rest[c + 2..], 10), language))
    })
}

/// "Note:", "Note that …", "NB." — but not "Note the position".
pub(super) fn is_note(plain: &str) -> bool {
    let plain = plain.trim_start_matches(|c: char| !c.is_alphanumeric());
    let words = Words::first(plain, 6);
    let Some((_, n)) = VOCABULARY.list("note").at(&words, 0) else { return false };
    let after = plain.find(|c: char| !c.is_alphanumeric()).map_or("", |i| &plain[i..]);
    after.trim_start_matches(['*', '_', ' ']).starts_with([':', ',', '!', '.', '-', '–']) || after.is_empty() || matches!(words.get(n), "that" | "que")
}

fn is_gate(inline: &Inline, words: &Words) -> bool {
    let gate = VOCABULARY.list("gate");
    // Behind an emoji or "⛔ STOP –" the words may stand a little later.
    gate.starts(words, 0) || gate.role_like(words, 0).is_some() || inline.strongs.first().is_some_and(|s| s.start == 0 && gate.role_like(&Words::new(&s.text), 0).is_some())
}

/// The text of an item as a title: its bold beginning, its first sentence, or all of it.
fn short_title(inline: &Inline, whole: &str) -> String {
    if let Some(strong) = inline.strongs.first().filter(|s| s.start == 0 && inline.plain.get(s.end..).is_some_and(|r| r.trim_start().starts_with([':', '–', '—', '-']) || r.starts_with('\n')))
        && whole.len() > 80
    {
        return one_line(strong.text.trim_end_matches(':'));
    }
    if whole.len() <= 120 { whole.to_owned() } else { first_sentence(whole) }
}

/// Up to the first full stop, at most about 120 characters.
pub(super) fn first_sentence(text: &str) -> String {
    let text = text.trim();
    let stop = text.find(". ").map_or(text.len(), |i| i);
    let sentence = &text[..stop];
    if sentence.chars().count() <= 140 {
        return sentence.trim_end_matches(':').trim_end().to_owned();
    }
    let mut cut = sentence.char_indices().nth(120).map_or(sentence.len(), |(i, _)| i);
    cut = sentence[..cut].rfind(' ').unwrap_or(cut);
    format!("{}…", &sentence[..cut])
}

/// Whether a line has a blank to fill or boxes to choose from.
pub(super) fn asks_value(raw: &str) -> bool {
    raw.contains("__") && !blank::blanks(raw).is_empty() || (raw.contains(']') || raw.contains(['☐', '☑'])) && blank::choice(raw).is_some()
}

/// A title without its blanks and boxes.
pub(super) fn blank_title(text: &str) -> String {
    let end = ["__", "[ ]", "☐", "..."].iter().filter_map(|m| text.find(m)).min().unwrap_or(text.len());
    let title = text[..end].trim().trim_end_matches([':', '-', '–', '|', '(']).trim();
    if title.is_empty() { text.trim_matches(['_', ' ', '.']).to_owned() } else { title.to_owned() }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A piece of Markdown as plain words.
pub(super) fn markless(markup: &str) -> String {
    plain(markup)
}

fn plain(markup: &str) -> String {
    text::read(&Text::from_source(markup, 0)).one_line().trim_end_matches(':').trim().to_owned()
}

/// What a blank's value must look like.
fn value_kind(label: &str, objective: Option<&str>, unit: Option<&str>) -> ValueKind {
    let words = Words::new(label);
    if objective.is_some_and(|o| !duration::find(o).is_empty()) || unit.is_some_and(|u| duration::parse(&format!("1 {u}")).is_some()) {
        return ValueKind::Duration;
    }
    if VOCABULARY.list("time").starts(&words, 0) {
        return ValueKind::Duration;
    }
    if unit.is_some() || VOCABULARY.list("numeric").starts(&words, 0) && objective.is_none_or(|o| o.bytes().any(|b| b.is_ascii_digit())) {
        return ValueKind::Number;
    }
    ValueKind::Text
}

/// What a machine can check of an expected result.
pub(super) fn test_of(text: &str) -> Option<ExpectTest> {
    let text = text.trim().trim_end_matches('.');
    if text.len() > 2 && text.starts_with('/') && text.ends_with('/') {
        return Some(ExpectTest::Matches(text[1..text.len() - 1].to_owned()));
    }
    let lower = text.to_lowercase();
    for start in ["exit code ", "exit status ", "code retour ", "code de retour ", "exit == ", "exit "] {
        if let Some(number) = lower.strip_prefix(start).and_then(|r| r.trim_start_matches(['=', ':', ' ']).parse::<i32>().ok()) {
            return Some(ExpectTest::Holds(format!("exit == {number}")));
        }
    }
    let comparison = ["==", "!=", "<=", ">=", " < ", " > "].iter().any(|op| text.contains(op));
    let first = text.split_whitespace().next().unwrap_or("");
    let words = text.split_whitespace().count();
    if comparison && words == 3 && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') && first.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Some(ExpectTest::Holds(text.to_owned()));
    }
    None
}

/// A code span that is the whole expected result is literal.
fn test_of_inline(inline: &Inline, value: &str) -> Option<ExpectTest> {
    if let Some(code) = inline.codes.last()
        && value.trim().trim_end_matches('.') == code.text.trim()
    {
        return test_of(&code.text).or_else(|| Some(ExpectTest::Contains(code.text.trim().to_owned())));
    }
    test_of(value)
}
