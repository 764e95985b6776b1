//! Decisions: `**If X:**` with options, alternatives as headings, lists of conditions, `YES → … | NO → …`; and jumps.

use super::inline_commands;
use super::items::Open;
use super::lists::Plan;
use super::model::{Branch, Language, Role, SectionId, Step, StepId, Target};
use super::reader::{Condition, Flow, Reader};
use super::says;
use super::sections::Alternative;
use super::sentences::{self, one_line};
use super::text::{Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::ways;
use super::words::Words;
use crate::source::Span;
use crate::syntax::document::{BlockId, BlockKind, ListKind};

/// Decisions made by headings, so that siblings find theirs.
#[derive(Debug, Default)]
pub(super) struct Alternatives {
    decision: Option<StepId>,
    last: SectionId,
    parent: Option<SectionId>,
    /// The `**If X:**` that stands before the first of them.
    pub(super) prompt: Option<String>,
    /// The section that is gone through only if one of the ways below it is needed: "## Troubleshooting".
    needed: Option<SectionId>,
}

/// Why what stands behind the last of several ways is not always to be run.
pub(super) const BEHIND_WAYS: &str = "behind the last of several ways: for all of them, or only for this one?";

/// Why what stands in bullets below a condition is asked about one by one.
const ALL_OR_ONE: &str = "one of several things to do in a case: all of them, or only one?";

/// So many blocks behind a condition's list are looked at for a further one.
const BESIDE: usize = 12;

/// So many steps behind it a decision is looked for.
const WAYS_BACK: usize = 200;

/// Behind a way's branch its decision has so many others at most when the way ends.
const NEAR_LAST: usize = 4;

impl Reader<'_> {
    /// A heading that is one of several ways: a branch of the decision its siblings share.
    pub fn alternative(&mut self, section: SectionId, kind: Alternative) {
        let parent = self.outline.sections[section].parent;
        let last = self.alternatives.last;
        let goes_on = self.alternatives.decision.is_some()
            && self.alternatives.parent == parent
            && section > 0
            && self.outline.within(section - 1, |s| s == last);
        if !goes_on && kind == Alternative::Condition && self.asks_which(section) {
            // "Troubleshooting?" and then "Which?" are one question.
            self.alternatives = Alternatives { needed: Some(section), ..Alternatives::default() };
            return;
        }
        // Below "Common causes", too, where something is done first.
        let conditional = |p: SectionId| self.outline.heads[p].alternative == Alternative::Condition;
        let needed = parent
            .is_some_and(|p| self.alternatives.needed == Some(p) || conditional(p) && kind == Alternative::Named)
            || parent.is_some_and(|p| self.outline.heads[p].offers);
        let decision = match self.alternatives.decision.filter(|_| goes_on) {
            Some(decision) => decision,
            None => self.heading_decision(section, parent),
        };
        let needed_of = parent.filter(|_| needed);
        self.alternatives =
            Alternatives { decision: Some(decision), last: section, parent, prompt: None, needed: needed_of };
        let (line, span) = (self.outline.sections[section].line, self.outline.sections[section].span);
        let when = match &self.document.blocks[self.outline.heads[section].block].kind {
            BlockKind::Heading { attributes, .. } => attributes.value("when").map(str::to_owned),
            _ => None,
        };
        let label = one_line(self.outline.sections[section].title.trim_end_matches(':'));
        if let Some(said) = self.outline.heads[section].circumstance.as_ref().filter(|said| !said.is_empty()) {
            let colon = if self.head.language == Language::Fr { " :" } else { ":" };
            let said = format!("{label}{colon} {said}");
            self.guide(decision, said);
        }
        self.steps[decision].branches.push(Branch { label, line, span, target: Target::Section(section), when });
        let troubles = || VOCABULARY.list(List::Troubles).whole(&self.outline.heads[section].core).is_some();
        if (needed || troubles()) && self.next_sibling(section) == Alternative::None {
            self.or_none(decision);
        }
        let alone =
            kind == Alternative::Condition && (!self.next_sibling_is_alternative(section) || self.holds_ways(section));
        if alone && !goes_on {
            // It is the only way there is to ask for.
            self.steps[decision].title = self.heading_title(section);
            self.or_none(decision);
        }
    }

    /// Whether a section holds nothing but several ways, none of which leads past the others.
    fn asks_which(&self, section: SectionId) -> bool {
        // One that holds several ways itself would ask before the others are known, and "Otherwise" leads somewhere already.
        let ways = |s: SectionId| {
            let kind = self.outline.heads[s].alternative;
            let direct = self.outline.sections[s].parent == Some(section);
            if direct { matches!(kind, Alternative::Named | Alternative::Condition) } else { kind == Alternative::None }
        };
        self.outline.heads[section].body.is_empty()
            && self.opens_alternatives(section)
            && self.sections_below(section).all(ways)
    }

    /// Whether ways stand below one: what is asked there ends the question that it is a way of.
    fn holds_ways(&self, section: SectionId) -> bool {
        self.sections_below(section).any(|s| self.outline.heads[s].alternative != Alternative::None)
    }

    fn sections_below(&self, section: SectionId) -> impl Iterator<Item = SectionId> {
        let inside = move |s: &SectionId| self.outline.within(*s, |of| of == section);
        (section + 1..self.outline.sections.len()).take_while(inside)
    }

    /// "Then, in both cases, restart it:" behind the last of several ways is no part of that way.
    pub fn leaves_ways(&mut self, words: &Words) {
        let all = VOCABULARY.list(List::InAllWays);
        if !all.starts(words, super::leads::behind_connectives(words)) && !all.starts(words, 0) {
            return;
        }
        let way =
            |s: SectionId| matches!(self.outline.heads[s].alternative, Alternative::Named | Alternative::Condition);
        let mut at = self.flow.section;
        while let Some(section) = at.filter(|s| !way(*s)) {
            at = self.outline.sections[section].parent;
        }
        let Some(section) = at else { return };
        let ends = section + 1 + self.sections_below(section).count();
        let last = ends >= self.outline.sections.len() || self.outline.heads[ends].alternative == Alternative::None;
        if last {
            self.flow = Flow { section: self.outline.sections[section].parent, explicit: true, ..Flow::default() };
        }
    }

    fn next_sibling_is_alternative(&self, section: SectionId) -> bool {
        matches!(self.next_sibling(section), Alternative::Condition | Alternative::Otherwise)
    }

    /// What the section is that follows under the same heading.
    fn next_sibling(&self, section: SectionId) -> Alternative {
        let (level, parent) = (self.outline.sections[section].level, self.outline.sections[section].parent);
        let mut behind = (section + 1..self.outline.sections.len()).take(200);
        let next = behind.find(|s| self.outline.sections[*s].level <= level);
        let beside = next.filter(|s| self.outline.sections[*s].parent == parent);
        beside.map_or(Alternative::None, |s| self.outline.heads[s].alternative)
    }

    fn heading_decision(&mut self, section: SectionId, parent: Option<SectionId>) -> StepId {
        let own = |s: SectionId| (self.heading_title(s), self.outline.sections[s].line, self.outline.sections[s].span);
        let at_parent = parent.filter(|p| {
            self.outline.sections[*p].level > 1
                && self.steps.iter().rev().take_while(|s| s.section >= Some(*p)).all(|s| s.section != Some(*p))
        });
        let (title, line, span) = match (at_parent, parent) {
            (Some(parent), _) => own(parent),
            (None, Some(parent)) => (own(parent).0, own(section).1, own(section).2),
            (None, None) => own(section),
        };
        let step = self.new_step(title, line, span, None);
        self.steps[step].section = parent;
        self.steps[step].role = parent.map_or(Role::Decision, |p| match self.outline.sections[p].role {
            Role::Context | Role::Alternative => Role::Decision,
            role => role,
        });
        if let Some(block) = parent.filter(|p| self.opens_alternatives(*p)).map(|p| self.outline.heads[p].block)
            && let Some(declared) = self.heading_attributes(block).filter(|d| d.any)
        {
            self.declare(step, &declared, block);
        }
        if let Some(prompt) = self.alternatives.prompt.take() {
            self.guide(step, prompt);
        }
        step
    }

    /// "Choose the mode that fits:" right above the headings to choose from: the question of their decision, and no step before it.
    pub fn says_to_choose(&mut self, block: BlockId, inline: &Inline, words: &Words) -> bool {
        let Some(section) = self.flow.section else { return false };
        let last = self.outline.heads[section].body.clone().last().map(|at| self.outline.tops[at]);
        let only = || inline.plain.trim_end().ends_with(':') && super::sentences::full_stop(&inline.plain).is_none();
        let more = || (1..words.len()).any(|at| VOCABULARY.list(List::Openings).starts(words, at));
        let asks = last == Some(block)
            && VOCABULARY.list(List::Choosing).starts(words, 0)
            && only()
            && !more()
            && self.opens_alternatives(section)
            && inline.codes.is_empty();
        if asks {
            self.tell_ahead(inline.one_line());
        }
        asks
    }

    /// A way that ends with this section, and has no step in any of its sections: what stands there is to be read.
    pub fn ways_end(&mut self, section: SectionId) {
        let next = section + 1;
        let mut at = Some(section);
        while let Some(way) = at {
            let goes_on = next < self.outline.sections.len() && self.outline.within(next, |s| s == way);
            let empty = !self.steps.iter().rev().take(WAYS_BACK).any(|step| step.section >= Some(way));
            if goes_on || !empty {
                return;
            }
            let leads = |branch: &Branch| {
                branch.target == Target::Section(way) && branch.line == self.outline.sections[way].line
            };
            if self.steps.iter().rev().take(WAYS_BACK).any(|step| step.branches.iter().rev().take(NEAR_LAST).any(leads))
            {
                let (line, span) = (self.outline.sections[way].line, self.outline.sections[way].span);
                self.flow = Flow { section: Some(way), ..Flow::default() };
                let step = self.new_step(self.heading_title(way), line, span, None);
                for below in way..next {
                    for top in self.outline.heads[below].body.clone() {
                        let said = self.text_and_code(self.outline.tops[top]);
                        self.guide(step, said);
                    }
                }
                return;
            }
            at = self.outline.sections[way].parent;
        }
    }

    pub fn otherwise(&self) -> String {
        match self.head.language {
            Language::En => "Otherwise".into(),
            Language::Fr => "Sinon".into(),
        }
    }

    /// The way past a decision where none of its ways may be the case: whom to call, what to do about which error.
    pub fn or_none(&mut self, decision: StepId) {
        let label = self.otherwise();
        let branches = &mut self.steps[decision].branches;
        let Some((line, span)) = branches.last().map(|last| (last.line, last.span)) else { return };
        if !branches.iter().any(|branch| branch.target == Target::Continue) {
            branches.push(Branch { label, line, span, target: Target::Continue, when: None });
        }
    }

    /// What stands beside "Otherwise, go to …".
    pub fn going_on(&self) -> String {
        match self.head.language {
            Language::En => "Continue".into(),
            Language::Fr => "Continuer".into(),
        }
    }

    /// How the list after `**If X:**` is read.
    pub fn condition_plan(&mut self, condition: &Condition, list: BlockId, plan: Plan, bullets: bool) -> Plan {
        // "If anything goes wrong:" in a section that leads back is no question: that is why somebody is here.
        if self.role() == Role::Rollback && !bullets && self.is_trouble(condition, list) {
            if let Some(last) = self.flow.last {
                self.guide(last, condition.label.clone());
            }
            return Plan::Steps;
        }
        // "Option B" goes with "Option A", and "If it fails" with "If it hangs".
        let named = is_named(&condition.label);
        let like =
            |decision: &StepId| self.steps[*decision].branches.first().is_some_and(|b| is_named(&b.label) == named);
        let open = self.flow.decision.filter(like);
        if open.is_some() || self.sibling_conditions(list, named) > 1 && (named || self.condition_beside(list)) {
            let decision = if let Some(decision) = open {
                decision
            } else {
                let title = self
                    .flow
                    .section
                    .map_or_else(|| condition.label.clone(), |s| self.outline.sections[s].title.clone());
                self.condition_step(condition, title)
            };
            self.flow.decision = Some(decision);
            let index = self.add_branch(decision, condition, Target::Children);
            // "If it is full, run one of these:"
            if bullets && VOCABULARY.list(List::OneOf).anywhere(&Words::first(&condition.label, 24)) {
                self.drop_until(self.document.blocks[list].span.end, Some(ALL_OR_ONE.to_owned()));
            }
            return Plan::Branch(decision, index);
        }
        let decision = self.condition_step(condition, condition.label.clone());
        let all_or_one = bullets && plan != Plan::OpenOptions && self.may_all_be_done(list);
        if all_or_one {
            self.drop_until(self.document.blocks[list].span.end, Some(ALL_OR_ONE.to_owned()));
        } else if (bullets || plan == Plan::OpenOptions) && !self.is_trouble(condition, list) {
            return Plan::Options(decision);
        }
        let index = self.add_branch(decision, condition, Target::Children);
        let label = self.otherwise();
        self.steps[decision].branches.push(Branch {
            label,
            line: condition.line,
            span: condition.span,
            target: Target::Continue,
            when: None,
        });
        Plan::Branch(decision, index)
    }

    /// "If a step fails:" and what is to be done then, one thing after the other: no ways to choose from.
    fn is_trouble(&self, condition: &Condition, list: BlockId) -> bool {
        let words = Words::first(&condition.label, 24);
        if !VOCABULARY.list(List::Trouble).anywhere(&words) {
            return false;
        }
        let offered = |item: BlockId| {
            let linked = |(_, inline): (&Text, &Inline)| {
                inline.links.first().is_some_and(|l| l.start == 0) || ways::may_point(&inline.plain)
            };
            matches!(self.document.blocks[item].kind, BlockKind::Item { task: Some(_), .. })
                || self.first_paragraph(item).is_some_and(linked)
        };
        !self.document.children(Some(list)).take(40).any(offered)
    }

    fn condition_step(&mut self, condition: &Condition, title: String) -> StepId {
        let step = self.new_step(title, condition.line, condition.span, None);
        self.flow.last = Some(step);
        step
    }

    pub fn add_branch(&mut self, decision: StepId, condition: &Condition, target: Target) -> usize {
        let branches = &mut self.steps[decision].branches;
        branches.push(Branch {
            label: condition.label.clone(),
            line: condition.line,
            span: condition.span,
            target,
            when: condition.when.clone(),
        });
        branches.len() - 1
    }

    /// Whether the next thing said behind a condition's list is a condition, too. Behind "Then look again." it is a question of its own.
    fn condition_beside(&self, list: BlockId) -> bool {
        let parent = self.document.blocks[list].parent;
        let mut at = self.document.blocks[list].end;
        for _ in 0..BESIDE {
            let Some(block) = self.document.blocks.get(at).filter(|block| block.parent == parent) else { return false };
            let said = self.inline(at).filter(|_| matches!(block.kind, BlockKind::Paragraph { .. }));
            if let Some((_, inline)) = said {
                let words = inline.first(24);
                if says::lead_in(inline, &words, 0, Span::default()).is_some() {
                    return true;
                }
                if says::sentence_asks(inline, &words, self.head.language) {
                    return false;
                }
            }
            if matches!(block.kind, BlockKind::Heading { .. }) {
                return false;
            }
            at = block.end;
        }
        false
    }

    /// How many lead-ins stand beside a list: those that name ways, or conditions.
    pub fn sibling_conditions(&self, list: BlockId, named: bool) -> usize {
        let blocks: Vec<BlockId> = match (self.document.blocks[list].parent, self.flow.section) {
            (Some(parent), _) => self.document.children(Some(parent)).take(100).collect(),
            (None, Some(section)) => {
                self.outline.heads[section].body.clone().take(100).map(|i| self.outline.tops[i]).collect()
            }
            (None, None) => self.outline.preamble.clone().take(100).map(|i| self.outline.tops[i]).collect(),
        };
        blocks
            .into_iter()
            .filter_map(|b| self.inline(b))
            .filter(|(_, inline)| {
                if named {
                    says::names_way(inline)
                } else {
                    says::lead_in(inline, &inline.first(24), 0, Span::default()).is_some()
                }
            })
            .count()
    }

    /// "**Option A: GTID**" inside an item, with "**Option B: …**" further down in it: the item asks which, or a step below it
    /// when it does something first. `decision` is the step that asked for a way before this one; gives it, and the way's step.
    pub fn way_in_item(&mut self, block: BlockId, step: StepId, decision: Option<StepId>) -> Option<(StepId, StepId)> {
        let (text, inline) = self.inline(block)?;
        let named = self.way_below(block, block)?;
        if self.sibling_conditions(block, named) < 2 {
            return None;
        }
        let span = text.span(0, text.raw.len());
        let line = self.source.line(span.start);
        let label = sentences::one_line(inline.plain.trim().trim_end_matches(':'));
        let decision = decision.unwrap_or_else(|| {
            let Step { commands, branches, blanks, title, .. } = &self.steps[step];
            let free = commands.is_empty() && branches.is_empty() && blanks.is_empty() && self.steps.len() == step + 1;
            if free || self.may_go_on(step) { step } else { self.new_step(title.clone(), line, span, Some(step)) }
        });
        let condition = Condition { label, line, span, when: None };
        let index = self.further_condition(decision, &condition);
        let way = self.new_step(condition.label, line, span, Some(decision));
        self.steps[way].branch = Some((decision, index));
        self.flow.condition = None;
        self.flow.doubt = None;
        self.flow.lead = super::leads::Ahead::default();
        Some((decision, way))
    }

    /// "**Option A: by GTID**" in a section, with "**Option B: …**" further down, and what is to be done below each: a decision.
    /// Whether the paragraph is such a name.
    pub fn way_in_section(&mut self, block: BlockId, inline: &Inline, line: usize, span: Span) -> bool {
        if self.document.blocks[block].parent.is_some() || self.flow.section.is_none() {
            return false;
        }
        let next = self.document.blocks.get(self.document.blocks[block].end).map(|b| &b.kind);
        let listed = matches!(next, Some(BlockKind::List { .. }));
        if says::names_way(inline) && !listed && self.sibling_conditions(block, true) > 1 {
            let named = |decision: &StepId| self.steps[*decision].branches.first().is_some_and(|b| is_named(&b.label));
            let open = self.flow.ways.or(self.flow.decision).filter(named);
            let decision = open.unwrap_or_else(|| self.decision_of_section(line, span));
            let label = sentences::one_line(inline.plain.trim().trim_end_matches(':'));
            let condition = Condition { label, line, span, when: None };
            let index = self.add_branch(decision, &condition, Target::Children);
            let way = self.new_step(condition.label, line, span, Some(decision));
            self.steps[way].branch = Some((decision, index));
            // What stands below is done on this way.
            self.flow = Flow {
                ways: Some(decision),
                decision: Some(decision),
                heading_step: Some(way),
                last: Some(way),
                attached: true,
                ..self.flow.fresh()
            };
            return true;
        }
        let Some(way) = self.flow.ways.and(self.flow.heading_step) else { return false };
        let done = !self.steps[way].commands.is_empty() || self.steps.len() > way + 1;
        if done && matches!(next, Some(BlockKind::Fence { .. } | BlockKind::List { .. })) && !self.way_ahead(block) {
            // Behind the last way, which already says what to do: nobody can tell whether it goes on for all of them.
            self.flow = Flow { last: self.flow.ways, ..self.flow.fresh() };
            let body = self.flow.section.map(|s| self.outline.heads[s].body.clone());
            let last = body.and_then(Iterator::last).map_or(block, |last| self.outline.tops[last]);
            self.drop_until(self.document.blocks[last].span.end, Some(BEHIND_WAYS.to_owned()));
            self.flow.doubt = Some(BEHIND_WAYS.to_owned());
        }
        false
    }

    /// The step that asks for a way: the heading's own while it does nothing else.
    fn decision_of_section(&mut self, line: usize, span: Span) -> StepId {
        let free = |step: &StepId| {
            let Step { commands, branches, blanks, .. } = &self.steps[*step];
            commands.is_empty() && branches.is_empty() && blanks.is_empty() && self.steps.len() == *step + 1
        };
        if let Some(heading) = self.flow.heading_step.filter(free) {
            return heading;
        }
        let section = self.flow.section.map(|s| self.outline.sections[s].title.clone());
        let said = self.flow.paragraph.take().map(|said| said.title);
        self.new_step(said.or(section).unwrap_or_default(), line, span, self.flow.heading_step)
    }

    /// Whether a further way of the section follows a block of it.
    fn way_ahead(&self, block: BlockId) -> bool {
        let Some(section) = self.flow.section else { return false };
        let beside = self.outline.heads[section].body.clone().map(|i| self.outline.tops[i]);
        let names = |b: BlockId| self.inline(b).is_some_and(|(_, inline)| says::names_way(inline));
        beside.skip_while(|b| *b < block).take(100).any(names)
    }

    /// Whether a paragraph of an item leads into one of several ways, and whether by a name: "Option A", "If it is up:". A condition
    /// above a list is read with the list.
    pub fn way_below(&self, block: BlockId, from: BlockId) -> Option<bool> {
        let (_, inline) = self.inline(block).filter(|_| block >= from)?;
        if says::names_way(inline) {
            return Some(true);
        }
        let next = self.document.blocks.get(self.document.blocks[block].end);
        let fence = next.is_some_and(|b| matches!(b.kind, BlockKind::Fence { .. }));
        let leads = || says::lead_in(inline, &inline.first(24), 0, Span::default()).is_some();
        (fence && leads()).then_some(false)
    }

    /// Whether another way of the same item follows a block of it.
    pub fn further_way(&self, block: BlockId) -> bool {
        let Some(item) = self.document.blocks[block].parent else { return false };
        let end = self.document.blocks[item].end;
        let beside =
            std::iter::successors(Some(block), |b| Some(self.document.blocks[*b].end).filter(|next| *next < end));
        beside.skip(1).take(100).any(|b| self.way_below(b, block).is_some())
    }

    /// A lead-in that no list followed is something to read.
    pub fn close_condition(&mut self) {
        if let Some(condition) = self.flow.condition.take() {
            if self.flow.section.is_some_and(|s| self.opens_alternatives(s)) {
                self.alternatives.prompt = Some(condition.label);
                return;
            }
            // "If the base is lost, do the following:" under the page's title says when the page is for: who runs it confirms it once.
            let leads = VOCABULARY.list(List::WholePage).role_like(&Words::first(&condition.label, 60), 0).is_some();
            let only = || self.outline.sections.iter().filter(|s| s.level == 1).nth(1).is_none();
            let titled = |section: SectionId| {
                leads && section == 0 && self.outline.sections[0].level == 1 && self.steps.is_empty() && only()
            };
            if let Some(section) = self.flow.section.filter(|s| self.has_children(*s) && !titled(*s))
                && self.role() != Role::Rollback
            {
                self.conditions.insert(section, super::doubts::not_always(&condition.label));
            }
            match self.flow.last {
                Some(last) => self.guide(last, condition.label),
                None if self.role() != Role::Context => {
                    let step = self.new_step(condition.label, condition.line, condition.span, None);
                    self.flow.last = Some(step);
                }
                None => {}
            }
        }
    }

    /// The step that a fence under a pending `**If X:**` makes: a branch, never unconditional.
    pub fn conditional_step(&mut self, condition: &Condition, line: usize, span: Span) -> StepId {
        let decision = self.condition_step(condition, condition.label.clone());
        let index = self.add_branch(decision, condition, Target::Children);
        let label = self.otherwise();
        self.steps[decision].branches.push(Branch {
            label,
            line: condition.line,
            span: condition.span,
            target: Target::Continue,
            when: None,
        });
        let child = self.new_step(condition.label.clone(), line, span, Some(decision));
        self.steps[child].branch = Some((decision, index));
        child
    }

    /// A list of conditions or named options: the decision between them.
    pub fn open_options(&mut self, list: BlockId, parent: Option<StepId>) -> StepId {
        if let Some(parent) =
            parent.filter(|p| self.steps[*p].branches.is_empty() && self.steps[*p].commands.is_empty())
        {
            return parent;
        }
        let block = self.document.blocks[list].span;
        let first = self.flow.section.filter(|s| {
            self.steps.last().is_none_or(|step| step.section != Some(*s)) && self.outline.sections[*s].level > 1
        });
        let (line, span) = match (first, &self.flow.paragraph) {
            (_, Some(loose)) => (loose.line, loose.span),
            (Some(section), None) => (self.outline.sections[section].line, self.outline.sections[section].span),
            (None, None) => (self.source.line(block.start), Span::new(block.start, block.start)),
        };
        let title = match (&self.flow.paragraph, self.flow.section) {
            (Some(loose), _) => loose.title.clone(),
            (None, Some(section)) => self.outline.sections[section].title.clone(),
            (None, None) => String::new(),
        };
        let step = self.new_step(title, line, span, parent);
        self.flow.last = Some(step);
        step
    }

    /// One option of a decision.
    pub fn option_item(&mut self, item: BlockId, decision: StepId) -> Open {
        let block = &self.document.blocks[item];
        let (line, span) = (self.source.line(block.span.start), block.span);
        let when = match &block.kind {
            BlockKind::Item { attributes, .. } => attributes.value("when").map(str::to_owned),
            _ => None,
        };
        let mut open = Open::of_step(Some(decision));
        let Some((text, inline)) = self.first_paragraph(item) else { return open };
        let whole = inline.one_line();
        let target = self.target(inline, &whole).or_else(|| self.clause_target(inline, &whole));
        let alone = self.document.blocks[item].end == item + 2;
        let target = target.or_else(|| self.step_named(&whole).filter(|_| alone));
        let label = option_label(&whole);
        let index = self.steps[decision].branches.len();
        self.steps[decision].branches.push(Branch {
            label,
            line,
            span,
            target: target.clone().unwrap_or(Target::Children),
            when,
        });
        if target.is_some() {
            return open;
        }
        let has_command = inline.codes.iter().any(|c| inline_commands::is_command(&c.text));
        let (mut nested, mut direct) = (false, false);
        for child in self.document.children(Some(item)).skip(1) {
            match &self.document.blocks[child].kind {
                BlockKind::List { kind, .. } => {
                    nested |= matches!(kind, ListKind::Ordered { .. })
                        || self
                            .document
                            .children(Some(child))
                            .any(|i| matches!(&self.document.blocks[i].kind, BlockKind::Item { task: Some(_), .. }));
                    // A decision within the option needs a step of its own.
                    direct |= self.list_plan(child, None, self.role(), true) == Plan::OpenOptions;
                }
                BlockKind::Fence { .. } => direct = true,
                _ => {}
            }
        }
        let says = text.raw.trim_end().ends_with(':') || self.holds_lists(item);
        let only_nested = nested && !direct && !has_command && says;
        if only_nested {
            open.step = None;
            open.branch = Some((decision, index));
            return open;
        }
        let last = self.flow.last;
        let child = self.step_item(item, None, Some((decision, index)));
        self.steps[child].when = None;
        self.flow.last = last.or(Some(child));
        Open::of_step(Some(child))
    }
}

pub(super) fn is_named(label: &str) -> bool {
    super::sections::named(&Words::first(label, 6), 0, label)
}

/// An option's text without what it leads to.
fn option_label(whole: &str) -> String {
    let cut = ["→", "->", "=>", "➡", "⇒"].iter().filter_map(|a| whole.find(a)).min().unwrap_or(whole.len());
    let label = whole[..cut].trim().trim_end_matches([':', ',']).trim();
    if label.is_empty() {
        whole.trim_matches(['→', '-', '>', '=', '➡', ' ', '⇒']).to_owned()
    } else {
        sentences::first_sentence(label)
    }
}
