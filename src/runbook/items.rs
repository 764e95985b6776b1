//! Lists: which are steps, which are guidance, options, blanks or facts; and the walk through their items.

use super::doubts;
use super::each::{self, Found, Over};
use super::leads;
use super::lists::{Plan, is_condition};
use super::model::{Role, Step, StepId};
use super::reader::{Further, Label, Reader};
use super::sections::{mark, timebox};
use super::text::{Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::syntax::document::{BlockId, BlockKind, ListKind};
use std::ops::Range;

/// An open list or item of the walk.
#[derive(Debug)]
pub(super) struct Open {
    pub end: BlockId,
    /// Of a list: what its items are.
    pub plan: Plan,
    /// The step that an item is, or stands in.
    pub step: Option<StepId>,
    /// The branch that an item is.
    pub branch: Option<(StepId, usize)>,
    /// Ways stand in an item, and the walk is in one of them: the step that the item is, and the one that asks.
    pub ways: Option<(StepId, StepId)>,
    /// Of a list: the step that its item before is.
    pub before: Option<StepId>,
}

impl Open {
    /// An item that stands in a step; where it ends is set by the walk.
    pub fn of_step(step: Option<StepId>) -> Self {
        Self { end: 0, plan: Plan::Guidance, step, branch: None, ways: None, before: None }
    }
}

impl<'a> Reader<'a> {
    /// Whether an item has a text: its first child is a paragraph.
    pub fn has_text(&self, item: BlockId) -> bool {
        item + 1 < self.document.blocks[item].end
            && matches!(self.document.blocks[item + 1].kind, BlockKind::Paragraph { .. })
    }

    /// That text, read.
    pub fn first_paragraph(&self, item: BlockId) -> Option<(&'a Text, &'a Inline)> {
        self.has_text(item).then(|| self.inline(item + 1)).flatten()
    }

    /// The paragraph right above a list, or the text of the item that begins with it.
    pub fn said_above(&self, list: BlockId) -> Option<(&'a Text, &'a Inline)> {
        let above = list.checked_sub(1)?;
        let beside = self.document.blocks[above].parent == self.document.blocks[list].parent;
        let said = matches!(self.document.blocks[above].kind, BlockKind::Paragraph { .. });
        (beside && said).then(|| self.inline(above)).flatten()
    }

    /// Walks a top-level list. `after` are the blocks that follow it in its section.
    pub fn list(&mut self, list: BlockId, after: Range<usize>) {
        let parent = self.flow.heading_step;
        let mut plan = self.list_plan(list, parent, self.role(), self.flow.explicit);
        let has_tasks = self
            .document
            .children(Some(list))
            .any(|i| matches!(&self.document.blocks[i].kind, BlockKind::Item { task: Some(_), .. }));
        let bullets = matches!(
            &self.document.blocks[list].kind,
            BlockKind::List { kind: ListKind::Bullet(_) | ListKind::BareBox, .. }
        );
        if self.flow.label == Label::Rollback && self.flow.last.is_some() {
            // The label's list is the way back of the step, not a step.
            let step = self.flow.last.unwrap_or_default();
            let text = if self.is_tabs(list) { self.text_and_code(list) } else { self.block_text(list) };
            self.steps[step].undo_text = Some(text);
            self.flow.label = Label::None;
            self.mark_inner_fences(list, "the way back of the step, in words");
            return;
        }
        // "✅ the replicas are up" is what is to be seen, and nothing to be ticked.
        let boxes = has_tasks && self.has_open_boxes(list);
        let listed = bullets || self.is_tabs(list);
        if self.flow.label == Label::Expected && !boxes && listed && self.flow.last.is_some() {
            let step = self.flow.last.unwrap_or_default();
            for item in self.document.children(Some(list)) {
                let text = self.block_text(item);
                let span = self.document.blocks[item].span;
                self.steps[step].expects.push(super::model::Expectation { text, span, test: None });
            }
            self.flow.label = Label::None;
            return;
        }
        if self.flow.label == Label::Meaning && !boxes && self.flow.last.is_some() {
            let text = self.block_text(list);
            self.guide(self.flow.last.unwrap_or_default(), text);
            self.flow.label = Label::None;
            self.mark_inner_fences(list, "says what something means");
            return;
        }
        if self.is_tabs(list) {
            if plan == Plan::OpenOptions {
                self.tabs(list);
                return;
            }
            self.doubt_tabs(list);
        }
        let mut conditional = false;
        let tells = || plan == Plan::Steps && self.only_tells(list, &self.flow.lead);
        let no_command = self.is_no_command(list);
        if (self.flow.lead.describes() || tells()) && !boxes || self.flow.lead.forbids() || no_command {
            plan = Plan::Description;
        } else if let Some(condition) = self.flow.condition.take() {
            conditional = true;
            plan = self.condition_plan(&condition, list, plan, bullets);
        } else if !matches!(plan, Plan::OpenOptions) {
            self.flow.decision = None;
        }
        // "If it lags, rebuild it:" may hold for the whole list, also behind a fence that cuts it.
        let goes_on = self.flow.continues && plan == Plan::Steps || bullets;
        let of_way = self.flow.way && goes_on && matches!(plan, Plan::Steps | Plan::Guidance);
        let mut cases = None;
        if plan == Plan::OpenOptions {
            let decision = self.open_options(list, parent);
            plan = Plan::Options(decision);
            cases = Some(decision).filter(|_| self.names_cases(list));
        }
        if plan == Plan::Metadata {
            for item in self.document.children(Some(list)) {
                if let Some((text, _)) = self.first_paragraph(item) {
                    self.metadata_lines(text);
                }
            }
            return;
        }
        if matches!(plan, Plan::Steps | Plan::Guidance | Plan::Description) {
            self.doubt_list(list, of_way);
            self.doubt_ways(list, &plan);
        }
        let told = self.flow.each.take().filter(|_| plan == Plan::Steps);
        let from = self.steps.len();
        // "Look at the following:" and bullets that are no steps: they are what to look at.
        let read = matches!(plan, Plan::Guidance | Plan::Description);
        let above = self.flow.last.filter(|_| read && self.flow.attached);
        self.walk(list, plan, parent.or(above));
        if let Some(decision) = cases {
            self.or_none(decision);
        }
        if let Some(each) = told.and_then(|said| each::of(&said)) {
            self.loops.push(Found { each, over: Over::List(from, self.steps.len()) });
        }
        self.flow.attached = matches!(plan, Plan::Steps);
        self.flow.continues = self.goes_on(list, after);
        self.flow.way = self.flow.continues && (of_way || matches!(plan, Plan::Branch(..)))
            || bullets && (of_way || conditional) && self.is_cut(list);
        self.flow.paragraph = None;
        // What the last item says of the fence below it holds, whether the fence is indented or not: "Rollback:" above all.
        if !self.fence_follows(list) {
            self.flow.label = Label::None;
            self.flow.lead = leads::Ahead::default();
            self.flow.doubt = None;
            self.flow.each = None;
        }
    }

    /// "Only do this if the primary is gone.", "Do not do the following:" hold for all that the list below does.
    fn doubt_list(&mut self, list: BlockId, of_way: bool) {
        let trouble = |(_, said): (&Text, &Inline)| {
            is_condition(&said.first(10)) && VOCABULARY.list(List::Trouble).anywhere(&said.first(10))
        };
        // "If anything goes wrong:" is what a way back is for.
        let known = self.role() == Role::Rollback && self.said_above(list).is_some_and(trouble);
        let doubt = self.flow.doubt.clone().filter(|_| !known);
        let doubt = doubt.or_else(|| of_way.then(|| super::decisions::BEHIND_WAYS.to_owned()));
        let doubt = doubt.or_else(|| self.typed_doubt(list));
        let fence = self.document.blocks[list].end;
        let last = if of_way && self.fence_follows(list) { fence } else { list };
        self.drop_until(self.document.blocks[last].span.end, doubt);
    }

    /// Whether an item is the last of its list, asks for something, and a fence at the margin follows that says how.
    fn titles_fence(&self, item: BlockId) -> bool {
        let Some(list) = self.document.blocks[item].parent else { return false };
        let next = self.document.blocks[list].end;
        self.document.blocks[item].end == next
            && self.document.blocks[list].parent.is_none()
            && self.flow.heading_step.is_none()
            && self.fence_follows(list)
            && self.role() != Role::Context
            && self.first_paragraph(item).is_some_and(|(_, inline)| {
                inline.label().is_none() && VOCABULARY.is_imperative(&inline.first(10), self.head.language)
            })
            && self.would_run(next, leads::Lead::None)
    }

    /// Whether the block right behind a list is a fence.
    pub fn fence_follows(&self, list: BlockId) -> bool {
        let next = self.document.blocks.get(self.document.blocks[list].end);
        next.is_some_and(|b| matches!(b.kind, BlockKind::Fence { .. }))
    }

    /// Whether a fence at the margin cuts bullets in two.
    fn is_cut(&self, list: BlockId) -> bool {
        let fence = self.document.blocks[list].end;
        let next = self.document.blocks.get(fence).and_then(|fence| self.document.blocks.get(fence.end));
        self.fence_follows(list)
            && next.is_some_and(|next| matches!(next.kind, BlockKind::List { kind: ListKind::Bullet(_), .. }))
    }

    /// Whether a list has boxes that nobody ticked.
    pub fn has_open_boxes(&self, list: BlockId) -> bool {
        let open = |item: BlockId| matches!(&self.document.blocks[item].kind, BlockKind::Item { task: Some(task), .. } if !task.checked);
        self.document.children(Some(list)).any(open)
    }

    /// Whether a later list of the section takes up this one's numbers.
    fn goes_on(&self, list: BlockId, after: Range<usize>) -> bool {
        let BlockKind::List { kind: ListKind::Ordered { start, .. }, .. } = self.document.blocks[list].kind else {
            return false;
        };
        let items = self.document.children(Some(list)).count() as u64;
        let next = start + items;
        after.clone().take(40).any(|i| {
            let block = self.outline.tops[i];
            matches!(self.document.blocks[block].kind, BlockKind::List { kind: ListKind::Ordered { start: s, .. }, .. } if s == next || (s == start && items == 1))
        })
    }

    fn mark_inner_fences(&mut self, block: BlockId, why: &str) {
        for id in block..self.document.blocks[block].end {
            self.show(id, why);
        }
    }

    /// Goes through a list and everything in it, in order, without recursion.
    pub fn walk(&mut self, list: BlockId, plan: Plan, parent: Option<StepId>) {
        let end = self.document.blocks[list].end;
        let mut open: Vec<Open> = vec![Open { end, plan, ..Open::of_step(parent) }];
        let mut id = list + 1;
        while id < self.document.blocks[list].end {
            while open.last().is_some_and(|o| o.end <= id) {
                open.pop();
            }
            let Some(top) = open.last_mut() else { break };
            if let Some(behind) = self.behind_ways(id, top) {
                top.step = Some(behind);
            }
            let (step, branch) = (top.step, top.branch);
            let end = self.document.blocks[id].end;
            match &self.document.blocks[id].kind {
                BlockKind::List { .. }
                    if matches!(self.flow.label, Label::Rollback | Label::RollbackFence) && step.is_some() =>
                {
                    self.way_back(id, step.unwrap_or_default());
                    id = end;
                    continue;
                }
                BlockKind::List { .. } => {
                    let plan = self.nested_plan(id, step, branch);
                    open.push(Open { end, plan, branch, ..Open::of_step(step) });
                }
                BlockKind::Item { .. } => {
                    let (plan, before) = (top.plan, top.before);
                    let item = match self.otherwise_item(id, plan, before) {
                        Some(item) => item,
                        None => self.item(id, plan, step, branch),
                    };
                    if let Some(list) = open.last_mut() {
                        list.before = item.ways.map(|(item, _)| item).or(item.step).or(list.before);
                    }
                    let skip = self.has_text(id);
                    open.push(Open { end, ..item });
                    if skip {
                        id += 1;
                    }
                }
                BlockKind::Paragraph { .. } => {
                    let step = self.in_ways(id, open.last_mut());
                    if let (Some(step), Some((text, inline))) = (step, self.inline(id)) {
                        let step = self.behind_tabs(id, step, (text, inline));
                        self.carry(Some(id), step, text, inline);
                        self.further_in_item(id, step, text, inline);
                    }
                }
                BlockKind::Fence { .. } => match step {
                    Some(step) => self.fence(id, step),
                    None => self.loose_fence(id),
                },
                BlockKind::Table { .. } => {
                    if let Some(step) = step.or(self.flow.last) {
                        let rows = self.table_text(id);
                        self.guide(step, rows);
                    }
                    id = end - 1;
                }
                BlockKind::Html { .. } => {
                    self.comment(id);
                    id = end - 1;
                }
                BlockKind::Heading { .. } => self.inner_heading(id, step),
                BlockKind::Admonition { .. } => {
                    self.inner_admonition(id, step);
                    id = end - 1;
                }
                _ => {}
            }
            id += 1;
        }
    }

    /// The step that a paragraph of an item belongs to; nothing when it opens a way, and is read.
    fn in_ways(&mut self, block: BlockId, open: Option<&mut Open>) -> Option<StepId> {
        let Some(open) = open.filter(|open| open.step.is_some()) else { return self.flow.last };
        let (step, asked) = open.ways.map_or((open.step?, None), |(item, decision)| (item, Some(decision)));
        // "Otherwise:" above a list is read with the list.
        if asked.is_some_and(|decision| self.may_go_on(decision)) && self.leads_into_list(block) {
            (open.step, open.ways) = (Some(step), None);
            return Some(step);
        }
        if let Some((decision, way)) = self.way_in_item(block, step, asked) {
            open.ways = Some((step, decision));
            open.step = Some(way);
            return None;
        }
        let done = |way: StepId| !self.steps[way].commands.is_empty() || self.steps.len() > way + 1;
        let Some((_, decision)) = open.ways.filter(|_| open.step.is_some_and(done) && !self.further_way(block)) else {
            return open.step;
        };
        let next = self.document.blocks.get(self.document.blocks[block].end).map(|b| &b.kind);
        if !matches!(next, Some(BlockKind::Fence { .. } | BlockKind::List { .. })) {
            return Some(step);
        }
        // Behind the last way, which already says what to do: nobody can tell whether it goes on for all of them.
        let (text, inline) = self.inline(block)?;
        let (line, span) = (self.source.line(text.span(0, 0).start), text.span(0, text.raw.len()));
        let title = super::sentences::first_sentence(&inline.one_line());
        let behind = self.new_step(title, line, span, self.steps[decision].parent);
        open.ways = None;
        open.step = Some(behind);
        let item = self.document.blocks[block].parent.unwrap_or(block);
        self.drop_until(self.document.blocks[item].span.end, Some(super::decisions::BEHIND_WAYS.to_owned()));
        self.carry(Some(block), behind, text, inline);
        None
    }

    /// What a paragraph of an item says of the fence right below it, in an item that is a step.
    fn further_in_item(&mut self, block: BlockId, step: StepId, text: &Text, inline: &Inline) {
        let Some(item) = self.document.blocks[block].parent else { return };
        let own = self.source.line(self.document.blocks[item].span.start) == self.steps[step].line;
        let fence = self
            .document
            .blocks
            .get(self.document.blocks[block].end)
            .is_some_and(|next| next.parent == Some(item) && matches!(next.kind, BlockKind::Fence { .. }));
        if own && fence {
            self.further(block, step, text, inline);
        }
    }

    /// "You can check it by running:" above a fence, behind what a step has run already: what the fence runs is a sub-step of its
    /// own. Everything else that is said of the step holds for it.
    pub fn further(&mut self, block: BlockId, step: StepId, text: &Text, inline: &Inline) {
        let Step { commands, branches, branch, .. } = &self.steps[step];
        let works = !commands.is_empty() || self.steps.last().is_some_and(|s| s.parent == Some(step));
        if !works || !branches.is_empty() || branch.is_some() {
            return;
        }
        let (words, lead) = (inline.first(24), inline.lead());
        let language = self.head.language;
        // "If all is well, run it again without `--dry-run`." above a fence: what is done only then is no part of what was done before.
        let in_case = !inline.plain.trim_end().ends_with(':') && doubts::doubt(inline).is_some();
        let condition = super::lists::is_condition(&words);
        let named = in_case || !condition && super::says::says_what(inline, &words, lead, language);
        if named {
            let span = text.span(0, text.raw.len());
            let said = inline.one_line();
            self.flow.further = Some(Further { fence: self.document.blocks[block].end, said, span });
        }
    }

    /// A list under a step's "Rollback:": its commands undo, and none of them lies on the way forward.
    fn way_back(&mut self, list: BlockId, step: StepId) {
        let text = if self.is_tabs(list) { self.text_and_code(list) } else { self.block_text(list) };
        self.steps[step].undo_text.get_or_insert(text);
        let mut tabs = list;
        for id in list..self.document.blocks[list].end {
            self.flow.label = Label::RollbackFence;
            // Only one of several tabs is the way back: nobody is asked which.
            if self.is_tabs(id) {
                tabs = self.document.blocks[id].end;
            }
            match &self.document.blocks[id].kind {
                _ if id < tabs => self.show(id, "the way back of the step, in words"),
                BlockKind::Paragraph { .. } => {
                    if let Some((text, inline)) = self.inline(id) {
                        self.undo_words(step, text, inline);
                    }
                }
                BlockKind::Fence { .. } => self.fence(id, step),
                _ => {}
            }
        }
    }

    /// What a list inside an item is.
    fn nested_plan(&mut self, list: BlockId, step: Option<StepId>, branch: Option<(StepId, usize)>) -> Plan {
        if self.is_tabs(list) {
            if self.list_plan(list, step, self.role(), true) == Plan::OpenOptions {
                return Plan::Options(self.nested_tabs(list, step, branch));
            }
            self.doubt_tabs(list);
        }
        let Some(step) = step else {
            if branch.is_some() {
                return Plan::Steps;
            }
            let doubt = self.typed_doubt(list).or_else(|| self.below_machine(list));
            self.drop_until(self.document.blocks[list].span.end, doubt);
            let plan = self.list_plan(list, None, self.role(), self.flow.explicit);
            self.doubt_ways(list, &plan);
            return plan;
        };
        let bullets = matches!(
            &self.document.blocks[list].kind,
            BlockKind::List { kind: ListKind::Bullet(_) | ListKind::BareBox, .. }
        );
        let meaning = self.flow.label == Label::Meaning;
        if meaning {
            self.flow.label = Label::None;
        }
        let told = self.flow.lead.describes() || meaning;
        if told && !self.has_boxes(list) || self.flow.lead.forbids() || self.is_no_command(list) {
            return Plan::Description;
        }
        if let Some(condition) = self.flow.condition.take() {
            if self.may_go_on(step) {
                return Plan::Branch(step, self.further_condition(step, &condition));
            }
            let plan = self.list_plan(list, Some(step), self.role(), true);
            return self.condition_plan(&condition, list, plan, bullets);
        }
        let plan = self.list_plan(list, Some(step), self.role(), true);
        if plan == Plan::Steps && self.is_form(list) {
            return Plan::Guidance;
        }
        if plan == Plan::OpenOptions {
            return Plan::Options(self.step_that_asks(list, step));
        }
        if (plan == Plan::Steps || self.is_typed(list)) && self.offers_choice(step) {
            return Plan::Options(step);
        }
        let done = plan == Plan::Steps || plan == Plan::Guidance && bullets && self.is_work(list);
        if done && self.is_bare_condition(step) {
            return Plan::Branch(step, self.ask_whether(step));
        }
        // "Restart it (only on the standby)": what is said of the step holds for its sub-steps.
        if matches!(plan, Plan::Steps | Plan::Guidance) {
            let item = self.document.blocks[list].parent.unwrap_or(list);
            let (only, doubt) = (self.only_then(step), self.flow.doubt.clone());
            self.drop_until(self.document.blocks[item].span.end, only);
            self.drop_until(self.document.blocks[list].span.end, doubt);
        }
        self.doubt_ways(list, &plan);
        plan
    }

    /// "db1" as an item, and below it what is done there.
    fn below_machine(&self, list: BlockId) -> Option<String> {
        let item = self.document.blocks[list].parent?;
        let (_, inline) = self.first_paragraph(item)?;
        super::places::names_machines(&inline.plain).then(|| super::places::ELSEWHERE.to_owned())
    }

    /// Below "One of:", where nobody can be asked which, each is asked about.
    fn doubt_ways(&mut self, list: BlockId, plan: &Plan) {
        let ways = |said: &Inline| {
            super::says::offers_one(said, self.head.language) || super::says::counts_ways(&said.first(24))
        };
        if matches!(plan, Plan::Steps | Plan::Guidance)
            && let Some((_, inline)) = self.said_above(list).filter(|(_, said)| ways(said))
        {
            let why = doubts::not_always(&inline.one_line());
            self.drop_until(self.document.blocks[list].span.end, Some(why));
        }
    }

    /// The step that asks for one of a list's ways: the one that holds it; below one that runs something first, the sentence above.
    fn step_that_asks(&mut self, list: BlockId, step: StepId) -> StepId {
        // An item's own text is its step's.
        let own = list.checked_sub(2).is_some_and(|item| self.document.blocks[list].parent == Some(item));
        let (text, said) = match self.said_above(list) {
            Some((text, inline)) if !own && super::says::offers_one(inline, self.head.language) => {
                (text, inline.one_line())
            }
            _ => return step,
        };
        if self.steps[step].commands.is_empty() {
            return step;
        }
        let span = text.span(0, text.raw.len());
        self.steps[step].guidance.pop_if(|text| *text == said);
        self.new_step(super::sentences::first_sentence(&said), self.source.line(span.start), span, Some(step))
    }

    /// "Options:" with boxes below, in the middle of a step: they stand on a screen that the step fills in.
    fn is_form(&self, list: BlockId) -> bool {
        let Some(item) = self.document.blocks[list].parent.filter(|_| self.has_boxes(list)) else { return false };
        let Some((_, inline)) = self.first_paragraph(item) else { return false };
        inline.plain.trim_end().ends_with(':')
            && VOCABULARY.list(List::Fields).whole(&Words::new(&inline.plain)).is_some()
    }

    /// Whether items of a list have boxes, ticked or not.
    fn has_boxes(&self, list: BlockId) -> bool {
        let boxed = |item: BlockId| matches!(self.document.blocks[item].kind, BlockKind::Item { task: Some(_), .. });
        self.document.children(Some(list)).any(boxed)
    }

    /// "Method:" with boxes below: one of them is to be chosen.
    fn offers_choice(&self, step: StepId) -> bool {
        let title = self.steps[step].title.trim();
        let words = Words::new(title);
        let whole = VOCABULARY
            .list(List::Choices)
            .at(&words, 0)
            .is_some_and(|((), n)| n == words.len() || words.len() <= n + 3);
        title.ends_with(':') && whole && self.steps[step].commands.is_empty()
    }

    /// Reads one item: a step, a branch, a blank or guidance.
    fn item(&mut self, item: BlockId, plan: Plan, step: Option<StepId>, branch: Option<(StepId, usize)>) -> Open {
        let text = self.first_paragraph(item);
        match plan {
            Plan::Options(decision) => self.option_item(item, decision),
            Plan::Branch(decision, index) => Open::of_step(Some(self.step_item(item, None, Some((decision, index))))),
            Plan::Steps => {
                let BlockKind::Item { task, .. } = &self.document.blocks[item].kind else { return Open::of_step(step) };
                // A bullet among boxes: something to be done all the same, when its words ask for it.
                let asks = |(_, inline): (&Text, &Inline)| {
                    let runs = inline.codes.iter().any(|code| super::inline_commands::is_command(&code.text));
                    let does = VOCABULARY.is_imperative(&inline.first(10), self.head.language);
                    (runs || does) && inline.label().is_none()
                };
                let mixed = task.is_none() && self.is_task_list(item) && !text.is_some_and(asks);
                if mixed || text.is_some_and(|(t, _)| t.choice().is_some()) {
                    return self.blank_item(item, step);
                }
                let step = self.step_item(item, step, branch);
                self.first_way(item, step)
            }
            Plan::Blanks => self.blank_item(item, step),
            _ if branch.is_none() && self.titles_fence(item) => Open::of_step(Some(self.step_item(item, None, None))),
            Plan::Description => {
                if let Some((_, inline)) = text {
                    match step {
                        Some(step) => self.guide(step, inline.one_line()),
                        None => self.tell(inline.one_line()),
                    }
                }
                Open::of_step(step)
            }
            _ => {
                // "- On failure:" and its fence end with the bullet.
                if matches!(self.flow.label, Label::Rollback | Label::RollbackFence | Label::AfterRollback) {
                    self.flow.label = Label::None;
                }
                if let (Some(step), Some((text, inline))) = (step, text) {
                    let found = self.item_blanks(item, step, text);
                    let label = self.labelled(step, text, inline) || self.goes_back(step, inline);
                    if !found && !label {
                        self.guide(step, inline.one_line());
                        self.inline_steps(step, text, inline);
                        self.bare_step(step, text, inline);
                        self.flow.lead = leads::Ahead::said(&inline.plain);
                        // "If the node crashed, recover it." above a fence in a bullet says when that is done.
                        let until = self.document.blocks[item].span.end;
                        self.drop_until(until, self.doubt_of(inline, &inline.first(40)));
                    }
                }
                // No step itself, it still says when those below it are done.
                if let (None, Some((_, inline))) = (step, text) {
                    let depends = || doubts::depends(&inline.plain).then(|| doubts::not_always(&inline.one_line()));
                    let doubt = self.doubt_of(inline, &inline.first(40)).or_else(depends);
                    self.drop_until(self.document.blocks[item].span.end, doubt);
                }
                Open::of_step(step)
            }
        }
    }

    fn is_task_list(&self, item: BlockId) -> bool {
        let Some(list) = self.document.blocks[item].parent else { return false };
        if matches!(self.document.blocks[list].kind, BlockKind::List { kind: ListKind::Ordered { .. }, .. }) {
            return false;
        }
        self.document
            .children(Some(list))
            .take(80)
            .any(|i| matches!(&self.document.blocks[i].kind, BlockKind::Item { task: Some(_), .. }))
    }

    /// An item with blanks: they belong to the step above, or make a step that only asks.
    fn blank_item(&mut self, item: BlockId, step: Option<StepId>) -> Open {
        if let (true, Some(step)) = (self.bare_blank(item), step) {
            let label = self.steps[step].title.trim_end_matches(':').trim().to_owned();
            self.add_blank(
                step,
                &label,
                self.document.blocks[item + 1].span,
                super::model::ValueKind::Text,
                None,
                Vec::new(),
            );
        }
        let Some((text, inline)) = self.first_paragraph(item) else { return Open::of_step(step) };
        let line = self.source.line(self.document.blocks[item].span.start);
        let span = self.document.blocks[item].span;
        if let Some(step) = step {
            if !self.item_blanks(item, step, text) {
                self.guide(step, inline.one_line());
            }
            return Open::of_step(Some(step));
        }
        // "Issues:" with numbered blanks below asks for them under its own name.
        let holds = self.document.blocks[item].end > item + 2 && inline.plain.trim_end().ends_with(':');
        let has = super::blanks::asks_value(text);
        if !has && !holds {
            self.tell(inline.one_line());
            return Open::of_step(self.flow.last);
        }
        let title = super::blanks::blank_title(&inline.one_line());
        let new = self.new_step(title, line, span, None);
        self.item_blanks(item, new, text);
        self.flow.last = Some(new);
        Open::of_step(Some(new))
    }

    /// The blanks of an item's text. `{#rto_measured}` on the item names the value of its only one: the words before a blank
    /// name it otherwise, and they differ from language to language.
    fn item_blanks(&mut self, item: BlockId, step: StepId, text: &Text) -> bool {
        let before = self.steps[step].blanks.len();
        let found = self.take_blanks(step, text);
        let BlockKind::Item { attributes, .. } = &self.document.blocks[item].kind else { return found };
        if attributes.is_empty() || self.steps[step].blanks.len() != before + 1 {
            return found;
        }
        if let Some(id) = super::options::read(attributes, false, &mut self.diagnostics).id {
            let name = super::ids::variable(&id);
            if name != self.steps[step].blanks[before].name {
                self.steps[step].blanks[before].name = self.variables.unique(&name, '_');
            }
        }
        found
    }

    /// Makes a step of an item.
    pub fn step_item(&mut self, item: BlockId, parent: Option<StepId>, branch: Option<(StepId, usize)>) -> StepId {
        let block = &self.document.blocks[item];
        let (line, span) = (self.source.line(block.span.start), block.span);
        let attributes = match &block.kind {
            BlockKind::Item { attributes, .. } if !attributes.is_empty() => {
                Some(super::options::read(attributes, false, &mut self.diagnostics))
            }
            _ => None,
        };
        let step = self.new_step(String::new(), line, span, parent.or(branch.map(|b| b.0)));
        self.flow.item = Some(step);
        // What leads into something inside the item before ends with it.
        self.flow.condition = None;
        self.flow.examples = None;
        self.steps[step].branch = branch;
        if parent.is_none() {
            self.flow.last = Some(step);
        }
        self.flow.label = Label::None;
        self.flow.lead = leads::Ahead::default();
        self.flow.doubt = None;
        self.flow.each = None;
        if let Some((text, inline)) = self.first_paragraph(item) {
            self.title(step, text, inline);
            self.diagnostics.extend(super::leaves::astray(text));
        } else {
            self.steps[step].title = self.first_code_line(item);
        }
        if let Some(declared) = attributes {
            self.declare(step, &declared, item);
        }
        let title = self.steps[step].title.clone();
        self.steps[step].offset = mark(&title);
        self.steps[step].timebox = self.steps[step].timebox.or_else(|| timebox(&title));
        step
    }

    fn first_code_line(&self, item: BlockId) -> String {
        self.document
            .children(Some(item))
            .find_map(|b| match &self.document.blocks[b].kind {
                BlockKind::Fence { content, .. } => content
                    .iter()
                    .map(|s| s.span.of(&self.source.text).trim())
                    .find(|l| !l.is_empty())
                    .map(|l| l.trim_start_matches(['$', '#', ' ']).to_owned()),
                _ => None,
            })
            .unwrap_or_default()
    }
}
