//! Items that are nothing but a condition, "If the archive is complete:", with what is to be done then below them: each asks whether
//! it holds. "Otherwise:" within the item, or as the next one, is its other way.

use super::decisions::BEHIND_WAYS;
use super::inline_commands;
use super::items::Open;
use super::leads;
use super::lists::{Plan, is_condition};
use super::model::{Branch, Role, Step, StepId, Target};
use super::reader::{Condition, Label, Reader};
use super::says;
use super::sentences;
use super::text::{Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;
use crate::syntax::document::{BlockId, BlockKind};

impl Reader<'_> {
    /// "If the release is a major one:" with steps below: they are done only then.
    pub fn is_bare_condition(&self, step: StepId) -> bool {
        let Step { title, commands, branches, branch, .. } = &self.steps[step];
        let words = Words::first(title, 24);
        let plain = commands.is_empty() && branches.is_empty() && branch.is_none();
        // "If anything goes wrong:" on a way back is why somebody is there.
        let known = || self.role() == Role::Rollback && VOCABULARY.list(List::Trouble).anywhere(&words);
        plain && !known() && (title.trim_end().ends_with(':') || !title.contains(',')) && is_condition(&words)
    }

    /// Makes a decision of a step that is nothing but a condition: what is to be done then, or on. Gives the way's number.
    pub fn ask_whether(&mut self, step: StepId) -> usize {
        let Step { title, line, span, .. } = self.steps[step].clone();
        let label = title.trim_end_matches(':').trim().to_owned();
        let otherwise = self.otherwise();
        let branches = &mut self.steps[step].branches;
        branches.push(Branch { label, line, span, target: Target::Children, when: None });
        branches.push(Branch { label: otherwise, line, span, target: Target::Continue, when: None });
        branches.len() - 2
    }

    /// "If it is up:" above a fence, as the text of an item that has "Otherwise:" further down: the item asks, and the fence stands
    /// on the first way.
    pub fn first_way(&mut self, item: BlockId, step: StepId) -> Open {
        let text = item + 1;
        let blocks = &self.document.blocks;
        let next = || blocks.get(blocks[text].end).map(|b| &b.kind);
        let fence = self.has_text(item) && matches!(next(), Some(BlockKind::Fence { .. }));
        if !fence || !self.is_bare_condition(step) || !self.further_condition_below(text) {
            return Open::of_step(Some(step));
        }
        let index = self.ask_whether(step);
        let Step { title, line, span, .. } = self.steps[step].clone();
        let way = self.new_step(title.trim_end_matches(':').trim().to_owned(), line, span, Some(step));
        self.steps[way].branch = Some((step, index));
        self.flow.condition = None;
        self.flow.doubt = None;
        self.flow.lead = leads::Ahead::default();
        Open { ways: Some((step, step)), ..Open::of_step(Some(way)) }
    }

    /// "Otherwise:" as an item behind one that asks whether something is so: its other way.
    pub fn otherwise_item(&mut self, item: BlockId, plan: Plan, before: Option<StepId>) -> Option<Open> {
        let decision = before.filter(|step| plan == Plan::Steps && self.may_go_on(*step))?;
        let (text, inline) = self.first_paragraph(item)?;
        let words = inline.first(24);
        if !VOCABULARY.list(List::Otherwise).starts(&words, 0) || !is_condition(&words) {
            return None;
        }
        let span = text.span(0, text.raw.len());
        let label = sentences::first_sentence(&inline.one_line()).trim_end_matches(':').to_owned();
        let condition = Condition { label, line: self.source.line(span.start), span, when: None };
        let index = self.further_condition(decision, &condition);
        Some(Open::of_step(Some(self.step_item(item, None, Some((decision, index))))))
    }

    /// Whether a step asks whether something is so, and goes on when it is not: "Otherwise:" may still say what to do then.
    pub fn may_go_on(&self, step: StepId) -> bool {
        let Step { branches, .. } = &self.steps[step];
        branches.len() > 1
            && branches.last().is_some_and(|last| last.target == Target::Continue && last.label == self.otherwise())
    }

    /// A further way of a decision: "Otherwise:" instead of going on, any other condition before it.
    pub fn further_condition(&mut self, decision: StepId, condition: &Condition) -> usize {
        if !self.may_go_on(decision) {
            return self.add_branch(decision, condition, Target::Children);
        }
        let going_on = self.steps[decision].branches.pop();
        let index = self.add_branch(decision, condition, Target::Children);
        if !VOCABULARY.list(List::Otherwise).starts(&Words::first(&condition.label, 8), 0) {
            self.steps[decision].branches.extend(going_on);
        }
        index
    }

    /// Whether a block of an item leads into a list by a condition.
    pub fn leads_into_list(&self, block: BlockId) -> bool {
        let next = self.document.blocks.get(self.document.blocks[block].end);
        next.is_some_and(|b| matches!(b.kind, BlockKind::List { .. })) && self.is_lead_in(block)
    }

    /// Whether a further condition of the same item leads into something behind a block of it.
    pub fn further_condition_below(&self, block: BlockId) -> bool {
        let Some(item) = self.document.blocks[block].parent else { return false };
        let beside = self.document.children(Some(item)).skip_while(|b| *b <= block);
        beside.take(100).any(|b| self.leads_into_list(b) || self.way_below(b, block) == Some(false))
    }

    fn is_lead_in(&self, block: BlockId) -> bool {
        let lead =
            |(_, inline): (&Text, &Inline)| says::lead_in(inline, &inline.first(24), 0, Span::default()).is_some();
        self.inline(block).is_some_and(lead)
    }

    /// What stands in an item behind the ways that the item asks for, and does something: a step behind them. Nobody can tell whether
    /// it is for all of them.
    pub fn behind_ways(&mut self, block: BlockId, open: &Open) -> Option<StepId> {
        let decision = open.step.filter(|step| open.ways.is_none() && !self.steps[*step].branches.is_empty())?;
        let mut around = std::iter::successors(self.steps.last(), |step| Some(&self.steps[step.parent?]));
        if !around.any(|step| step.branch.is_some_and(|(asks, _)| asks == decision)) {
            return None;
        }
        let held = self.flow.label != Label::None || self.flow.condition.is_some();
        let (said, does) = match &self.document.blocks[block].kind {
            BlockKind::Fence { .. } => (block.checked_sub(1), !held && self.would_run(block, leads::Lead::None)),
            BlockKind::List { .. } => (block.checked_sub(1), !held && self.is_work(block)),
            BlockKind::Paragraph { .. } => {
                let runs = self.inline(block).is_some_and(|(_, inline)| {
                    inline.label().is_none() && inline.codes.iter().any(|code| inline_commands::is_command(&code.text))
                });
                (Some(block), runs)
            }
            _ => return None,
        };
        if !does {
            return None;
        }
        let Step { parent, branch, .. } = self.steps[decision];
        let beside = |b: &BlockId| self.document.blocks[*b].parent == self.document.blocks[block].parent;
        let said = said.filter(beside).and_then(|b| self.inline(b));
        let title = said.map(|(_, inline)| sentences::first_sentence(&inline.one_line()));
        let span = self.document.blocks[block].span;
        let code = || span.of(&self.source.text).lines().nth(1).unwrap_or_default().trim().to_owned();
        let title = title.unwrap_or_else(code);
        let behind = self.new_step(title, self.source.line(span.start), span, parent);
        self.steps[behind].branch = branch;
        let item = self.document.blocks[block].parent.unwrap_or(block);
        self.drop_until(self.document.blocks[item].span.end, Some(BEHIND_WAYS.to_owned()));
        Some(behind)
    }
}
