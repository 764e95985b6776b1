//! "If it fails, go to step 4", inside a step: a decision behind its commands; and the steps that texts name by their numbers.

use super::model::{Branch, Role, SectionId, Step, StepId, Target};
use super::reader::Reader;
use super::sentences;
use super::tables::Table;
use super::text::{Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;
use crate::syntax::document::{BlockId, BlockKind, ListKind};

/// No phrase of [`List::ToStep`] has more words: "aller directement à l'".
const LONGEST: usize = 5;
/// So many clauses of a text are looked through.
const CLAUSES: usize = 16;
/// So many words show whether a sentence is a condition.
const CONDITION: usize = 8;
/// A paragraph of more sentences than these is read so far.
const SENTENCES: usize = 12;

/// Items of ordered lists by their numbers, and headings by their own; `None` where several have the same.
#[derive(Debug, Default)]
pub(super) struct Numbered {
    /// "Phase 2" by the section around it.
    headings: Table<(Option<SectionId>, String, u64), Option<SectionId>>,
    of_section: Table<(Option<SectionId>, u64), Option<BlockId>>,
    anywhere: Table<u64, Option<BlockId>>,
}

/// A question that is asked once the step's own command has run.
#[derive(Debug)]
pub(super) struct Asked {
    pub step: StepId,
    title: String,
    line: usize,
    span: Span,
    branches: Vec<Branch>,
    jump: Option<Target>,
}

/// What a paragraph offers.
#[derive(Debug, Default)]
pub(super) struct Ways {
    title: String,
    pub branches: Vec<Branch>,
    /// How many of them it says itself.
    pub said: usize,
}

impl Reader<'_> {
    fn numbered(&self) -> &Numbered {
        self.numbered.get_or_init(|| {
            let mut all = Numbered::default();
            for (id, section) in
                self.outline.sections.iter().enumerate().filter(|(id, _)| self.outline.heads[*id].marker)
            {
                let words = Words::first(&section.title, 6);
                let marker = (0..words.len()).find(|at| VOCABULARY.list(List::Markers).at(&words, *at).is_some());
                let named = marker.and_then(|at| Some((words.get(at).to_owned(), words.get(at + 1).parse().ok()?)));
                if let Some((marker, number)) = named {
                    let found = all.headings.entry((section.parent, marker, number));
                    found.and_modify(|found| *found = None).or_insert(Some(id));
                }
            }
            let sections = (0..self.outline.sections.len()).map(|s| (Some(s), self.outline.heads[s].body.clone()));
            for (section, body) in std::iter::once((None, self.outline.preamble.clone())).chain(sections) {
                for top in body {
                    let block = self.outline.tops[top];
                    for id in block..self.document.blocks[block].end {
                        self.number_items(id, section, &mut all);
                    }
                }
            }
            all
        })
    }

    fn number_items(&self, list: BlockId, section: Option<SectionId>, all: &mut Numbered) {
        let BlockKind::List { kind: ListKind::Ordered { start, .. }, .. } = self.document.blocks[list].kind else {
            return;
        };
        for (number, item) in (start..).zip(self.document.children(Some(list))) {
            all.of_section.entry((section, number)).and_modify(|found| *found = None).or_insert(Some(item));
            all.anywhere.entry(number).and_modify(|found| *found = None).or_insert(Some(item));
        }
    }

    /// "go to step 4", "revenir à l'étape 2": where that is. A step of a list is [`Target::Step`] with its *block* until the
    /// page has been read: it may stand further down.
    pub fn step_named(&self, text: &str) -> Option<Target> {
        if !has_digit(text) {
            return None;
        }
        // "If it is not, go to step 4": what is denied stands before the comma.
        text.split([',', ';', ':', '(']).flat_map(|part| part.split(". ")).take(CLAUSES).find_map(|c| self.named_in(c))
    }

    /// "Step 4", and no more, behind an arrow.
    pub fn named_by(&self, text: &str) -> Option<Target> {
        let words = Words::first(text, 3);
        (words.len() == 2 && VOCABULARY.list(List::Markers).starts(&words, 0)).then(|| self.named(text, true)).flatten()
    }

    fn named_in(&self, clause: &str) -> Option<Target> {
        self.named(clause, false)
    }

    /// What a clause names; `led` where an arrow leads there.
    fn named(&self, clause: &str, led: bool) -> Option<Target> {
        let words = Words::first(clause, 30);
        let named = (usize::from(!led)..words.len().saturating_sub(1)).find(|at| {
            VOCABULARY.list(List::Markers).at(&words, *at).is_some() && words.get(at + 1).parse::<u64>().is_ok()
        });
        let Some(at) = named else { return self.bare_number(&words) };
        // "step 3 of RB-004" is another page's; "do not go to step 4 yet" goes nowhere.
        if at + 2 < words.len() && VOCABULARY.list(List::OfAnother).at(&words, at + 2).is_some() {
            return None;
        }
        let to = |i: &usize| VOCABULARY.list(List::ToStep).at(&words, *i).is_some_and(|((), n)| i + n == at);
        let goes = if led { 0 } else { (at.saturating_sub(LONGEST)..at).find(to)? };
        if (goes.saturating_sub(3)..goes).any(|i| VOCABULARY.list(List::Not).at(&words, i).is_some()) {
            return None;
        }
        let number = words.get(at + 1);
        let bare = |word: &'_ str| word.trim_end_matches(['.', ')', '!']).to_owned();
        let written: Vec<String> =
            clause.split_whitespace().filter(|word| word.starts_with(number)).map(bare).collect();
        let written = written.iter().find(|word| *word == number).or(written.first())?;
        if written != number {
            // "4.2" is a heading's; "4-6" and "4a" are nobody's.
            return self.outline.numbered(written).map(Target::Section);
        }
        let number: u64 = number.parse().ok()?;
        let all = self.numbered();
        // "Step 4" below this heading, beside it, beside the one around it.
        let (mut around, mut out) = (self.flow.section, false);
        while !out {
            if let Some(found) = all.headings.get(&(around, words.get(at).to_owned(), number)) {
                return found.map(Target::Section);
            }
            out = around.is_none();
            around = around.and_then(|section| self.outline.sections[section].parent);
        }
        let item = |found: Option<&Option<BlockId>>| {
            found.copied().flatten().filter(|_| VOCABULARY.list(List::StepWords).at(&words, at).is_some())
        };
        let here = item(all.of_section.get(&(self.flow.section, number)));
        let heading = self.outline.numbered(written).map(Target::Section);
        here.map(Target::Step).or(heading).or_else(|| item(all.anywhere.get(&number)).map(Target::Step))
    }

    /// "Go to 3", at the end of a clause: the item of this section with that number.
    fn bare_number(&self, words: &Words) -> Option<Target> {
        let last = words.len().checked_sub(1)?;
        let number: u64 = words.get(last).parse().ok()?;
        let leads = |at: &usize| VOCABULARY.list(List::ToNumber).at(words, *at).is_some_and(|((), n)| at + n == last);
        let goes = (last.saturating_sub(LONGEST)..last).find(leads)?;
        if (goes.saturating_sub(3)..goes).any(|i| VOCABULARY.list(List::Not).at(words, i).is_some()) {
            return None;
        }
        let item = self.numbered().of_section.get(&(self.flow.section, number)).copied().flatten().map(Target::Step);
        // "## 3. Rebuild it", beside a heading with a number of its own.
        let heading = || {
            let own = self.flow.section.filter(|own| self.outline.heads[*own].number.is_some())?;
            let beside =
                |section: &SectionId| self.outline.sections[*section].parent == self.outline.sections[own].parent;
            self.outline.numbered(words.get(last)).filter(beside).map(Target::Section)
        };
        item.or_else(heading)
    }

    /// "Go to step 5" as a whole, from this byte: only onwards. Going back without a condition would never end.
    pub fn onwards(&self, target: &Target, from: usize) -> bool {
        !matches!(target, Target::Step(item) if self.document.blocks[*item].span.start <= from)
    }

    /// "If the lag grows, go to step 2. Otherwise, stop." in a step: asked behind its command, which may still follow.
    pub fn conditional_ways(&mut self, step: StepId, text: &Text, inline: &Inline) {
        if self.steps[step].role == Role::Rollback {
            return;
        }
        let span = text.span(0, text.raw.len());
        let line = self.source.line(span.start);
        let (title, branches, jump) = if let Some(ways) = self.ways_of(inline, line, span) {
            (ways.title, ways.branches, None)
        } else {
            let Some((title, jump)) = self.goes_then(inline, span) else { return };
            // "Go straight to step 6, except in production."
            if super::doubts::in_case(&title) {
                let way = Branch { label: title.clone(), line, span, target: jump, when: None };
                let other = Branch { label: self.otherwise(), line, span, target: Target::Continue, when: None };
                (title, vec![way, other], None)
            } else {
                (title, Vec::new(), Some(jump))
            }
        };
        let now = !self.steps[step].commands.is_empty() && !inline.plain.trim_end().ends_with(':');
        self.flow.asked.push(Asked { step, title, line, span, branches, jump });
        if now {
            self.ask(|asked| asked.step == step);
        }
    }

    /// "Tell the team. Then go to step 4.": what a paragraph's last sentence says, behind what is to be done.
    fn goes_then(&self, inline: &Inline, span: Span) -> Option<(String, Target)> {
        if !has_digit(&inline.plain) {
            return None;
        }
        let said = super::sentences::last_sentence(&inline.plain);
        // "When finished, go to step 4."
        let clause = said
            .split_once(", ")
            .filter(|(clause, _)| VOCABULARY.list(List::OnceDone).whole(&Words::first(clause, CONDITION)).is_some());
        let sentence = clause.map_or(said, |(_, rest)| rest);
        let words = Words::first(sentence, CONDITION);
        let at = usize::from(VOCABULARY.list(List::Connectives).starts(&words, 0));
        [List::ToStep, List::ToNumber].iter().find_map(|list| VOCABULARY.list(*list).at(&words, at))?;
        let behind = |target: &Target| {
            self.onwards(target, span.start)
                && !matches!(target, Target::Section(section) if self.outline.sections[*section].span.start < span.start)
        };
        let target = self.step_named(sentence).filter(behind)?;
        Some((sentences::first_sentence(said), target))
    }

    /// Where the conditions of a paragraph lead; `None` when none of them leads anywhere.
    pub fn ways_of(&self, inline: &Inline, line: usize, span: Span) -> Option<Ways> {
        if !may_lead(inline) {
            return None;
        }
        let mut ways = Ways::default();
        let (mut at, mut leads, mut otherwise) = (0, false, false);
        let mut question = None;
        let first = inline.first(super::text::FIRST);
        let conditional = first.len() == super::text::FIRST || VOCABULARY.in_case.anywhere(&first);
        for _ in 0..SENTENCES {
            let end = sentences::sentence_end(&inline.plain[at..]).map_or(inline.plain.len(), |stop| at + stop + 1);
            let end = if conditional { before_condition(&inline.plain, at..end) } else { end };
            let sentence = inline.plain[at..end].trim_end_matches([';', '\n']);
            let words = Words::first(sentence, CONDITION);
            let introduces = sentence.trim_end().ends_with(':');
            // "Is it above 5 min? Go to step 4.", "When it is above 5 min, go to step 4."
            let goes = || [List::Goto, List::ToStep].iter().any(|list| VOCABULARY.list(*list).starts(&words, 0));
            let when = || {
                let clause = sentence.split_once(", ").map_or("", |(clause, _)| clause);
                VOCABULARY.list(List::Condition).starts(&words, 0)
                    && !clause.is_empty()
                    && VOCABULARY.list(List::OnceDone).whole(&Words::first(clause, CONDITION)).is_none()
            };
            let answers = question.is_some() && goes();
            // "When the backup is done, go to step 2": the next one, until then somebody waits.
            let next = |target: &Target| match target {
                Target::Step(item) => self.source.text.get(span.end..self.document.blocks[*item].span.start),
                _ => None,
            };
            let waits = || {
                let clause = sentence.split_once(", ").map_or("", |(clause, _)| clause);
                let ends = VOCABULARY.list(List::Completed).anywhere(&Words::first(clause, 2 * CONDITION));
                let target = self.way_of(inline, at..end);
                target.is_none_or(|target| ends && next(&target).is_some_and(|between| between.trim().is_empty()))
            };
            if (super::lists::is_condition(&words) || answers || when() && !waits()) && !introduces {
                let target = self.way_of(inline, at..end);
                leads |= target.is_some();
                otherwise |= VOCABULARY.list(List::Otherwise).starts(&words, 0);
                if ways.title.is_empty() {
                    ways.title = sentences::first_sentence(question.unwrap_or(sentence));
                }
                let clause =
                    sentence.find([',', '→']).filter(|_| target.is_some()).map_or(sentence, |i| &sentence[..i]);
                let clause = question.filter(|_| answers).unwrap_or(clause);
                let label = sentences::first_sentence(clause).trim_end_matches('.').to_owned();
                let target = target.unwrap_or(Target::Continue);
                ways.branches.push(Branch { label, line, span, target, when: None });
                ways.said += 1;
            }
            question = Some(sentence.trim()).filter(|sentence| sentence.ends_with('?'));
            // Blanks may be wider than a byte.
            at = inline.plain.len() - inline.plain[end..].trim_start().len();
            if at == inline.plain.len() {
                break;
            }
        }
        if !otherwise || ways.said == 1 {
            let label = if otherwise { self.going_on() } else { self.otherwise() };
            ways.branches.push(Branch { label, line, span, target: Target::Continue, when: None });
        }
        leads.then_some(ways)
    }

    /// Where one sentence of a text leads.
    fn way_of(&self, inline: &Inline, range: std::ops::Range<usize>) -> Option<Target> {
        let sentence = inline.plain[range.clone()].replace('\n', " ");
        let inside = |piece: &&super::text::Piece| range.contains(&piece.start);
        let mut own = Inline::default();
        own.codes.extend(inline.codes.iter().filter(inside).cloned());
        own.links.extend(inline.links.iter().filter(inside).cloned());
        let target = self.clause_target(&own, sentence.trim().trim_end_matches('.'));
        // "…, go to §4.6": the words behind the comma lead there as they would alone.
        let rest = || sentence.split_once(", ").and_then(|(_, rest)| self.target(&Inline::default(), rest.trim()));
        let target = target.or_else(|| self.step_named(&sentence)).or_else(rest);
        target.filter(|target| !matches!(target, Target::Continue | Target::Missing(_) | Target::File(_)))
    }

    /// Makes steps of those questions that wait and are `due`: first of the steps below others.
    pub fn ask(&mut self, due: impl Fn(&Asked) -> bool) {
        let mut now: Vec<Asked> = self.flow.asked.extract_if(.., |asked| due(asked)).collect();
        now.sort_by_key(|asked| std::cmp::Reverse(asked.step));
        for Asked { step, title, line, span, branches, jump } in now {
            // What a step says that does nothing else, it asks itself.
            let Step { title: own, commands, branches: ways, jump: leads, gate, line: of, .. } = &self.steps[step];
            let only = commands.is_empty() && ways.is_empty() && leads.is_none() && gate.is_none() && *of == line;
            if only && step + 1 == self.steps.len() && own.starts_with(title.as_str()) {
                self.steps[step].branches = branches;
                self.steps[step].jump = jump;
                continue;
            }
            let (section, role) = (self.steps[step].section, self.steps[step].role);
            let asked = self.new_step(title, line, span, Some(step));
            self.steps[asked].section = section;
            self.steps[asked].role = role;
            self.steps[asked].branches = branches;
            self.steps[asked].jump = jump;
        }
    }

    /// Asks what is to be asked before a step below `parent` begins: not what is asked of steps around it, which go on.
    pub fn ask_before(&mut self, parent: Option<StepId>) {
        if self.flow.asked.is_empty() {
            return;
        }
        let mut around = Vec::new();
        let mut at = parent;
        while let Some(step) = at {
            around.push(step);
            at = self.steps[step].parent;
        }
        self.ask(|asked| !around.contains(&asked.step));
    }

    /// Sets the steps for the blocks that [`Reader::step_named`] found; a number that is of no step leads nowhere.
    pub fn named_steps(&mut self) {
        let named = |target: &Target| matches!(target, Target::Step(_));
        let any = |step: &Step| step.jump.as_ref().is_some_and(named) || step.branches.iter().any(|b| named(&b.target));
        if !self.steps.iter().any(any) {
            return;
        }
        let mut at: Table<usize, StepId> = Table::default();
        for (id, step) in self.steps.iter().enumerate() {
            at.entry(step.span.start).or_insert(id);
        }
        for id in 0..self.steps.len() {
            let back = self.steps[id].role == Role::Rollback;
            let step_of = |target: &Target| match target {
                Target::Step(item) => {
                    let found = at.get(&self.document.blocks[*item].span.start).copied();
                    found.filter(|to| *to != id && (self.steps[*to].role == Role::Rollback) == back).map(Target::Step)
                }
                other => Some(other.clone()),
            };
            let jump = self.steps[id].jump.as_ref().and_then(step_of);
            let targets: Vec<Option<Target>> = self.steps[id].branches.iter().map(|b| step_of(&b.target)).collect();
            let step = &mut self.steps[id];
            step.jump = jump;
            if targets.iter().any(Option::is_none) && targets.iter().flatten().all(|t| *t == Target::Continue) {
                step.branches.clear();
                continue;
            }
            for (branch, target) in step.branches.iter_mut().zip(targets) {
                branch.target = target.unwrap_or(Target::Continue);
            }
        }
    }
}

/// Where a sentence ends at the latest: "Check the disk: `df -h`", "If so, go on; otherwise go to step 4", on lines of their own, or
/// behind a semicolon.
fn before_condition(plain: &str, sentence: std::ops::Range<usize>) -> usize {
    let text = &plain[sentence.clone()];
    let begins = |at: &usize| super::lists::is_condition(&Words::first(&text[at + 1..], CONDITION));
    let parts = memchr::memchr2_iter(b'\n', b';', text.as_bytes()).skip_while(|at| text[..*at].trim().is_empty());
    parts.take(CLAUSES).find(begins).map_or(sentence.end, |at| sentence.start + at + 1)
}

/// Whether a text has a digit. To look at every byte is quicker than to stop at the first.
fn has_digit(text: &str) -> bool {
    text.bytes().fold(false, |any, b| any | b.is_ascii_digit())
}

/// Most paragraphs name nothing that a sentence could lead to.
fn may_lead(inline: &Inline) -> bool {
    let short = |plain: &str| plain.rfind(", ").is_some_and(|comma| plain.len() - comma < 32);
    has_digit(&inline.plain) || inline.links.iter().any(|l| l.text.starts_with('#')) || short(&inline.plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_phrase_is_longer_than_the_words_looked_at() {
        assert!(VOCABULARY.list(List::ToStep).longest_words() <= LONGEST);
        let or = VOCABULARY.list(List::Or).longest_words();
        for list in [List::StrongCondition, List::Otherwise] {
            assert!(or + VOCABULARY.list(list).longest_words() <= CONDITION, "{list:?}");
        }
    }
}
