//! Decisions: `**If X:**` with options, alternatives as headings, lists of conditions, `YES → … | NO → …`; and jumps.

use super::inline_commands;
use super::items::{Open, Plan};
use super::model::{Branch, Gate, Language, Role, SectionId, StepId, Target};
use super::prose::{self, one_line};
use super::reader::{Condition, Reader};
use super::sections::Alternative;
use super::text::{Inline, Text};
use super::vocabulary::VOCABULARY;
use super::words::Words;
use crate::source::Span;
use crate::syntax::blank;
use crate::syntax::document::{BlockId, BlockKind, ListKind};

/// Decisions made by headings, so that siblings find theirs.
#[derive(Debug, Default)]
pub(super) struct Alternatives {
    decision: Option<StepId>,
    last: SectionId,
    parent: Option<SectionId>,
    /// The `**If X:**` that stands before the first of them.
    pub(super) prompt: Option<String>,
}

impl Reader<'_> {
    /// A heading that is one of several ways: a branch of the decision its siblings share.
    pub fn alternative(&mut self, section: SectionId, kind: Alternative) {
        let parent = self.outline.sections[section].parent;
        let last = self.alternatives.last;
        let goes_on = self.alternatives.decision.is_some() && self.alternatives.parent == parent && section > 0 && self.outline.within(section - 1, |s| s == last);
        let decision = match self.alternatives.decision.filter(|_| goes_on) {
            Some(decision) => decision,
            None => self.heading_decision(section, parent),
        };
        self.alternatives = Alternatives { decision: Some(decision), last: section, parent, prompt: None };
        let (line, span) = (self.outline.sections[section].line, self.outline.sections[section].span);
        let when = match &self.document.blocks[self.outline.heads[section].block].kind {
            BlockKind::Heading { attributes, .. } => attributes.value("when").map(str::to_owned),
            _ => None,
        };
        let label = one_line(self.outline.sections[section].title.trim_end_matches(':'));
        self.steps[decision].branches.push(Branch { label, line, span, target: Target::Section(section), when });
        let alone = kind == Alternative::Condition && !self.next_sibling_is_alternative(section);
        if alone && !goes_on {
            let label = self.otherwise();
            self.steps[decision].branches.push(Branch { label, line, span, target: Target::Continue, when: None });
        }
    }

    fn next_sibling_is_alternative(&self, section: SectionId) -> bool {
        let (level, parent) = (self.outline.sections[section].level, self.outline.sections[section].parent);
        (section + 1..self.outline.sections.len())
            .take(200)
            .find(|s| self.outline.sections[*s].level <= level)
            .is_some_and(|s| self.outline.sections[s].parent == parent && matches!(self.outline.heads[s].alternative, Alternative::Condition | Alternative::Otherwise))
    }

    fn heading_decision(&mut self, section: SectionId, parent: Option<SectionId>) -> StepId {
        let own = |s: SectionId| (self.outline.sections[s].title.clone(), self.outline.sections[s].line, self.outline.sections[s].span);
        let at_parent = parent.filter(|p| self.outline.sections[*p].level > 1 && self.steps.iter().rev().take_while(|s| s.section >= Some(*p)).all(|s| s.section != Some(*p)));
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

    pub fn otherwise(&self) -> String {
        match self.head.language {
            Language::En => "Otherwise".into(),
            Language::Fr => "Sinon".into(),
        }
    }

    /// How the list after `**If X:**` is read.
    pub fn condition_plan(&mut self, condition: &Condition, list: BlockId, plan: Plan, bullets: bool) -> Plan {
        if self.role() == Role::Rollback && !bullets {
            if let Some(last) = self.flow.last {
                self.guide(last, condition.label.clone());
            }
            return Plan::Steps;
        }
        let several = self.flow.decision.is_some() || self.sibling_conditions(list) > 1;
        if several {
            let decision = match self.flow.decision {
                Some(decision) => decision,
                None => {
                    let title = self.flow.section.map_or_else(|| condition.label.clone(), |s| self.outline.sections[s].title.clone());
                    self.condition_step(condition, title)
                }
            };
            self.flow.decision = Some(decision);
            let index = self.add_branch(decision, condition, Target::Children);
            return Plan::Branch(decision, index);
        }
        let decision = self.condition_step(condition, condition.label.clone());
        if bullets || plan == Plan::OpenOptions {
            return Plan::Options(decision);
        }
        let index = self.add_branch(decision, condition, Target::Children);
        let label = self.otherwise();
        self.steps[decision].branches.push(Branch { label, line: condition.line, span: condition.span, target: Target::Continue, when: None });
        Plan::Branch(decision, index)
    }

    fn condition_step(&mut self, condition: &Condition, title: String) -> StepId {
        let step = self.new_step(title, condition.line, condition.span, None);
        self.flow.last = Some(step);
        step
    }

    fn add_branch(&mut self, decision: StepId, condition: &Condition, target: Target) -> usize {
        let branches = &mut self.steps[decision].branches;
        branches.push(Branch { label: condition.label.clone(), line: condition.line, span: condition.span, target, when: condition.when.clone() });
        branches.len() - 1
    }

    /// How many lead-ins stand beside a list.
    fn sibling_conditions(&self, list: BlockId) -> usize {
        let blocks: Vec<BlockId> = match (self.document.blocks[list].parent, self.flow.section) {
            (Some(parent), _) => self.document.children(Some(parent)).take(100).collect(),
            (None, Some(section)) => self.outline.heads[section].body.clone().take(100).map(|i| self.outline.tops[i]).collect(),
            (None, None) => self.outline.preamble.clone().take(100).map(|i| self.outline.tops[i]).collect(),
        };
        blocks
            .into_iter()
            .filter_map(|b| self.inline(b))
            .filter(|(_, inline)| prose::lead_in(inline, &Words::first(&inline.plain, 24), 0, Span::default()).is_some())
            .count()
    }

    /// A lead-in that no list followed is something to read.
    pub fn close_condition(&mut self) {
        if let Some(condition) = self.flow.condition.take() {
            if self.flow.section.is_some_and(|s| self.opens_alternatives(s)) {
                self.alternatives.prompt = Some(condition.label);
                return;
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
        self.steps[decision].branches.push(Branch { label, line: condition.line, span: condition.span, target: Target::Continue, when: None });
        let child = self.new_step(condition.label.clone(), line, span, Some(decision));
        self.steps[child].branch = Some((decision, index));
        child
    }

    /// A list of conditions or named options: the decision between them.
    pub fn open_options(&mut self, list: BlockId, parent: Option<StepId>) -> StepId {
        if let Some(parent) = parent.filter(|p| self.steps[*p].branches.is_empty() && self.steps[*p].commands.is_empty()) {
            return parent;
        }
        let block = self.document.blocks[list].span;
        let first = self.flow.section.filter(|s| self.steps.last().is_none_or(|step| step.section != Some(*s)) && self.outline.sections[*s].level > 1);
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
        let target = self.target(&inline, &whole).or_else(|| self.clause_target(&inline, &whole));
        let label = option_label(&whole);
        let index = self.steps[decision].branches.len();
        self.steps[decision].branches.push(Branch { label, line, span, target: target.clone().unwrap_or(Target::Children), when });
        if target.is_some() {
            return open;
        }
        let has_command = inline.codes.iter().any(|c| inline_commands::is_command(&c.text));
        let (mut nested, mut direct) = (false, false);
        for child in self.document.children(Some(item)).skip(1) {
            match &self.document.blocks[child].kind {
                BlockKind::List { kind, .. } => {
                    nested |= matches!(kind, ListKind::Ordered { .. }) || self.document.children(Some(child)).any(|i| matches!(&self.document.blocks[i].kind, BlockKind::Item { task: Some(_), .. }));
                    // A decision within the option needs a step of its own.
                    direct |= self.list_plan(child, None, self.role(), true) == Plan::OpenOptions;
                }
                BlockKind::Fence { .. } => direct = true,
                _ => {}
            }
        }
        let only_nested = nested && !direct && !has_command && text.raw.trim_end().ends_with(':');
        if only_nested {
            open.step = None;
            open.branch = Some((decision, index));
            return open;
        }
        let last = self.flow.last;
        let child = self.step_item(item, None, Some((decision, index)));
        self.steps[child].when = None;
        self.flow.last = last.or(Some(child));
        Open { own: true, ..Open::of_step(Some(child)) }
    }

    /// "If it is not full, see [Step 1](#step-1)", "Otherwise, stop here": where the rest of a condition leads.
    fn clause_target(&self, inline: &Inline, whole: &str) -> Option<Target> {
        let words = Words::first(whole, 24);
        if !super::items::is_condition(&words) || inline.codes.iter().any(|c| inline_commands::is_command(&c.text)) {
            return None;
        }
        let rest = whole.split_once(", ").map_or("", |(_, rest)| rest);
        let first = Words::first(rest, 4);
        let goes = VOCABULARY.list("goto").starts(&first, 0) || VOCABULARY.list("follow").starts(&first, 0);
        let linked = inline.links.last().filter(|_| goes && words.len() < 24).and_then(|l| self.link_target(&l.text));
        linked.or_else(|| plain_target(rest))
    }

    /// Where a text leads: its link, its section number, or its words for going on and stopping.
    pub fn target(&self, inline: &Inline, whole: &str) -> Option<Target> {
        let arrow = ["→", "->", "=>", "➡", "⇒"].iter().filter_map(|a| whole.rfind(a).map(|i| i + a.len())).max();
        let words = Words::new(whole);
        let goes = arrow.is_some() || VOCABULARY.list("goto").starts(&words, 0) || VOCABULARY.list("follow").starts(&words, 0);
        // A link that is all there is says where to go by itself.
        let only = inline.links.first().is_some_and(|l| l.start == 0 && l.end >= inline.plain.trim_end_matches(['.', ' ']).len());
        let linked = inline.links.last().filter(|_| goes || only).and_then(|link| self.link_target(&link.text));
        if linked.is_some() {
            return linked;
        }
        let after = arrow.map_or(whole, |i| &whole[i..]);
        if goes && let Some(number) = after.split(['§', ' ']).map(|w| w.trim_end_matches(['.', ',', ')'])).find(|w| w.starts_with(|c: char| c.is_ascii_digit()) && w.bytes().all(|b| b.is_ascii_digit() || b == b'.')) {
            if let Some(section) = self.outline.numbered(number) {
                return Some(Target::Section(section));
            }
            if whole.contains('§') {
                return Some(Target::Missing(format!("§{number}")));
            }
        }
        arrow?;
        plain_target(after)
    }

    /// A link to a heading of this file or to another runbook; `None` for the rest of the world.
    fn link_target(&self, destination: &str) -> Option<Target> {
        if let Some(anchor) = destination.strip_prefix('#') {
            return Some(self.outline.find(anchor).map_or_else(|| Target::Missing(destination.to_owned()), Target::Section));
        }
        let path = destination.split('#').next().unwrap_or("");
        let extension = path.rsplit('.').next().unwrap_or("");
        let local = !destination.contains("://") && !destination.starts_with("mailto:");
        (local && matches!(extension.to_ascii_lowercase().as_str(), "md" | "markdown")).then(|| Target::File(destination.to_owned()))
    }

    /// `→ [Validation](#validation)`, `→ aller en §4.6`, `Follow [RB-004](RB-004.md)` as a step.
    pub fn step_jump(&mut self, step: StepId, inline: &Inline, words: &Words) {
        let whole = inline.one_line();
        let arrow = whole.contains('→') || whole.contains("->") || whole.contains('➡');
        let starts = VOCABULARY.list("goto").starts(words, 0) || VOCABULARY.list("follow").starts(words, 0);
        let condition = super::items::is_condition(words) && !inline.links.is_empty();
        if !(arrow || starts || condition || inline.links.first().is_some_and(|l| l.start == 0)) {
            return;
        }
        if super::items::is_condition(words) {
            self.conditional_jump(step, inline, &whole);
            return;
        }
        match self.target(inline, &whole) {
            Some(target @ (Target::Section(_) | Target::Missing(_))) if arrow || VOCABULARY.list("goto").starts(words, 0) => self.steps[step].jump = Some(target),
            Some(target @ Target::File(_)) => self.steps[step].jump = Some(target),
            _ => {}
        }
    }

    /// "If it fails, go to [Rollback](#rollback)": a decision with that way and the way on.
    pub fn conditional_jump(&mut self, step: StepId, inline: &Inline, whole: &str) -> bool {
        let target = inline.links.iter().rev().find_map(|l| self.link_target(&l.text)).or_else(|| self.target(inline, whole));
        let Some(target) = target.filter(|t| !matches!(t, Target::Continue)) else { return false };
        let (line, span) = (self.steps[step].line, self.steps[step].span);
        let clause = whole.find([',', '→']).map_or(whole, |i| &whole[..i]);
        let label = prose::first_sentence(clause.trim().trim_end_matches('-').trim());
        let otherwise = self.otherwise();
        let branches = &mut self.steps[step].branches;
        branches.push(Branch { label, line, span, target, when: None });
        branches.push(Branch { label: otherwise, line, span, target: Target::Continue, when: None });
        true
    }

    /// A loose paragraph that only says where to go on.
    pub fn jump_line(&mut self, inline: &Inline, words: &Words, line: usize, span: Span) -> bool {
        let whole = inline.one_line();
        let arrow = whole.starts_with('→') || whole.starts_with("->") || whole.starts_with('➡');
        let goto = VOCABULARY.list("goto").starts(words, 0);
        let follow = VOCABULARY.list("follow").starts(words, 0) && inline.links.len() == 1 && words.len() < 12;
        if !(arrow || goto || follow) || self.role() == Role::Context || !self.flow.explicit {
            return false;
        }
        let Some(target) = self.target(inline, &whole) else { return false };
        if follow && !arrow && !goto && !matches!(target, Target::File(_)) {
            return false;
        }
        if !matches!(target, Target::Section(_) | Target::Missing(_) | Target::File(_)) {
            return false;
        }
        let step = self.new_step(prose::first_sentence(&whole), line, span, None);
        self.steps[step].jump = Some(target);
        self.flow.last = Some(step);
        true
    }

    /// `YES → continue | NO → stop`, with or without boxes: a gate, or a decision when it leads elsewhere.
    pub fn ways(&mut self, text: &Text, inline: &Inline, step: Option<StepId>) -> bool {
        let mut question = String::new();
        let mut ways: Vec<(String, String, Span)> = Vec::new();
        if let Some(choice) = blank::choice(&text.raw) {
            if choice.options.iter().all(|o| o.then.is_none()) {
                return false;
            }
            question = choice.label.map_or_else(String::new, |l| prose::markless(l.of(&text.raw)));
            for option in &choice.options {
                let then = option.then.map_or("", |t| t.of(&text.raw));
                ways.push((prose::markless(option.text.of(&text.raw)), then.to_owned(), text.span(option.text.start, option.text.end)));
            }
        } else {
            if !inline.plain.contains('→') && !inline.plain.contains("->") {
                return false;
            }
            for (i, part) in inline.plain.split(['|', '\n']).enumerate() {
                let Some((left, right)) = part.split_once('→').or_else(|| part.split_once("->")) else { continue };
                let mut label = left.trim();
                if i == 0
                    && let Some(end) = label.rfind(['?', ':'])
                {
                    question = label[..=end].trim().to_owned();
                    label = label[end + 1..].trim();
                }
                let answer = Words::new(label);
                if !(VOCABULARY.list("yes").whole(&answer).is_some() || VOCABULARY.list("no").whole(&answer).is_some()) {
                    return false;
                }
                ways.push((label.to_owned(), right.trim().to_owned(), text.span(0, text.raw.len())));
            }
        }
        if ways.len() < 2 {
            return false;
        }
        self.add_ways(&question, &ways, text, inline, step);
        true
    }

    fn add_ways(&mut self, question: &str, ways: &[(String, String, Span)], text: &Text, inline: &Inline, step: Option<StepId>) {
        let span = text.span(0, text.raw.len());
        let line = self.source.line(span.start);
        let fresh = step.is_none_or(|s| !self.steps[s].commands.is_empty());
        let target_step = match step.filter(|_| !fresh) {
            Some(step) => step,
            None => {
                let new = self.new_step(question.to_owned(), line, span, step);
                if step.is_none() {
                    self.flow.last = Some(new);
                }
                new
            }
        };
        if !question.is_empty() && (fresh || self.steps[target_step].title.contains('→')) {
            question.clone_into(&mut self.steps[target_step].title);
        }
        let targets: Vec<Option<Target>> = ways
            .iter()
            .map(|(_, then, _)| {
                let named = inline.links.iter().find(|l| then.contains(l.text.as_str()) || inline.plain.get(l.start..l.end).is_some_and(|t| !t.is_empty() && then.contains(t)));
                named.and_then(|l| self.link_target(&l.text)).or_else(|| plain_target(then)).or_else(|| self.target(inline, then))
            })
            .collect();
        let yes = |label: &str| VOCABULARY.list("yes").whole(&Words::new(label)).is_some();
        let gate = ways.len() == 2 && ways.iter().zip(&targets).all(|((label, _, _), target)| if yes(label) { matches!(target, None | Some(Target::Continue)) } else { matches!(target, Some(Target::Stop)) });
        if gate {
            let question = if question.is_empty() { self.steps[target_step].title.clone() } else { question.to_owned() };
            self.steps[target_step].gate = Some(Gate { question, approvers: 1 });
            return;
        }
        for ((label, then, span), target) in ways.iter().zip(targets) {
            let label = if target.is_none() && !then.is_empty() { format!("{label} → {}", one_line(then)) } else { label.clone() };
            let line = self.source.line(span.start);
            self.steps[target_step].branches.push(Branch { label, line, span: *span, target: target.unwrap_or(Target::Continue), when: None });
        }
    }
}

/// "continue", "STOP".
fn plain_target(text: &str) -> Option<Target> {
    let words = Words::new(text);
    if VOCABULARY.list("stop").starts(&words, 0) && words.len() <= 4 {
        return Some(Target::Stop);
    }
    (VOCABULARY.list("continue").starts(&words, 0) && words.len() <= 4).then_some(Target::Continue)
}

/// An option's text without what it leads to.
fn option_label(whole: &str) -> String {
    let cut = ["→", "->", "=>", "➡", "⇒"].iter().filter_map(|a| whole.find(a)).min().unwrap_or(whole.len());
    let label = whole[..cut].trim().trim_end_matches([':', ',']).trim();
    if label.is_empty() { whole.trim_matches(['→', '-', '>', '=', '➡', ' ', '⇒']).to_owned() } else { prose::first_sentence(label) }
}
