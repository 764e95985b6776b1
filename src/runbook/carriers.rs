//! Fences and quotes as carriers of steps and commands.

use super::doubts;
use super::fences::{self, Verdict};
use super::leads::Lead;
use super::model::{Effect, Expectation, Reading, Role, SectionId, Step, StepId};
use super::options::Declared;
use super::places;
use super::reader::{Condition, Further, Label, Loose, Reader, Telling};
use super::sentences::first_sentence;
use super::verdicts;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::diagnostic::Diagnostic;
use crate::source::{Span, lines};
use crate::syntax::document::{Block, BlockId, BlockKind};
use std::ops::Range;

/// So many commands of a sentence are compared with the fence below it.
const NEAR: usize = 8;

impl Reader<'_> {
    /// A fence that belongs to a step.
    pub fn fence(&mut self, block: BlockId, step: StepId) {
        let Some((mut verdict, declared)) = self.verdict(block) else { return };
        if !declared.any
            && matches!(verdict.reading, Reading::Run | Reading::Attended)
            && let Some(why) = self
                .only_then(step)
                .or_else(|| self.dropped_at(self.document.blocks[block].span.start))
                .filter(|why| !places::is_place(why) || !fences::reaches(why, &verdict))
        {
            verdict.reading = Reading::Ambiguous;
            verdict.why = why;
        }
        let label = std::mem::take(&mut self.flow.label);
        let lead = self.flow.lead.take();
        let further = self.flow.further.take().filter(|further| further.fence == block);
        self.record_verdict(block, &verdict);
        let span = self.document.blocks[block].span;
        let said = self.flow.each.clone();
        let each = self.each_ahead(&verdict);
        if verdict.parts.is_empty() {
            if matches!(verdict.reading, Reading::Show) && (label == Label::Expected || lead == Lead::Output) {
                self.expect_output(block, self.last_below(step));
            } else {
                self.show_text(block, step, lead);
            }
            return;
        }
        if matches!(label, Label::Rollback | Label::RollbackFence | Label::AfterRollback) || declared.rollback {
            if !declared.rollback {
                self.flow.label = Label::AfterRollback;
            }
            for part in verdict.parts {
                let command = self.part(part, span, verdict.reading, &verdict.why, &declared);
                self.steps[step].undo.push(command);
            }
            return;
        }
        if declared.verify {
            self.verifies(verdict, span, &declared, self.last_below(step));
            return;
        }
        // The second is the step that the sentence above was read with.
        let (step, named) = match further {
            Some(further) => (self.further_step(step, further), Some(step)),
            None => (self.behind_children(step, block, said), None),
        };
        self.declare(step, &declared, block);
        let children = self.steps.len();
        let typed: Vec<String> =
            verdict.parts.iter().flat_map(|part| lines(&part.text.raw)).map(|l| l.trim().to_owned()).collect();
        let named = named.unwrap_or(step);
        let before = self.steps[named].commands.len();
        self.add_parts(verdict, span, &declared, step);
        // "Run `x`:" and a fence that holds it: it runs once. "Run the `x` command:" and a fence that goes on behind it: that is its
        // name. The sentence stands not far above.
        let begins = |line: &str, text: &str| {
            line.strip_prefix(text).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let holds = |line: &String, text: &str| {
            begins(line, text) || line.strip_prefix("sudo").is_some_and(|rest| begins(rest.trim_start(), text))
        };
        for at in (before.saturating_sub(NEAR)..before).rev() {
            let command = &self.steps[named].commands[at];
            // What stands in a fence above was not only spoken of.
            let spoken = self.source.text[..command.span.start].ends_with('`');
            if spoken && !command.declared && typed.iter().any(|line| holds(line, &command.text)) {
                self.steps[named].commands.remove(at);
            }
        }
        self.ask(|asked| asked.step == step);
        self.fence_for_each(each, step, span, children);
    }

    /// Why what a step holds is not always to be run: its item is a condition, and nobody is asked whether it holds.
    pub fn only_then(&self, step: StepId) -> Option<String> {
        let Step { title, branch, branches, role, .. } = &self.steps[step];
        let known = || *role == Role::Rollback && VOCABULARY.list(List::Trouble).anywhere(&Words::first(title, 24));
        let asked = branch.is_some() || !branches.is_empty();
        let depends = || doubts::depends(title) && !known() || doubts::remarks(title);
        // "If it is up, drain it." by itself, and a fence further down.
        let begins = || {
            let words = Words::first(title, 6);
            [List::StrongCondition, List::Otherwise].iter().any(|list| VOCABULARY.list(*list).starts(&words, 0))
        };
        if !asked && (self.flow.item == Some(step) || begins()) && depends() {
            return Some(super::doubts::not_always(title));
        }
        let place = || places::elsewhere(title).filter(|_| self.flow.item == Some(step)).map(str::to_owned);
        // "Primary:", "v12:", and what names no machine.
        let label = title.trim_end().strip_suffix(':').filter(|_| !asked && self.flow.item == Some(step));
        let refused = || title.split_once(':').filter(|(_, rest)| !asked && doubts::refuses(rest));
        if self.flow.item == Some(step) && refused().is_some() {
            return Some(doubts::not_always(title));
        }
        let labelled = || label.filter(|label| doubts::label_doubts(label.trim_end())).map(doubts::not_always);
        let place = place().or_else(|| if places::elsewhere(title).is_some() { None } else { labelled() });
        place.or_else(|| self.dropped(step)).or_else(|| self.section_only_then())
    }

    /// What "If the data is corrupt:" above the headings of this section says.
    pub fn section_only_then(&self) -> Option<String> {
        let mut at = self.flow.section.filter(|_| !self.conditions.is_empty());
        while let Some(section) = at {
            if let Some(why) = self.conditions.get(&section) {
                return Some(why.clone());
            }
            at = self.outline.sections[section].parent;
        }
        None
    }

    /// The sub-step that a sentence above a fence makes of it.
    fn further_step(&mut self, step: StepId, further: Further) -> StepId {
        let Further { said, span, .. } = further;
        self.steps[step].guidance.pop_if(|text| *text == said);
        let child = self.new_step(first_sentence(&said), self.source.line(span.start), span, Some(step));
        if said.len() > self.steps[child].title.len() + 3 {
            self.guide(child, said);
        }
        child
    }

    /// The last of the steps below `step` that runs something: what comes out, or shows that it happened, is of it.
    pub fn last_below(&self, step: StepId) -> StepId {
        let last = self.steps.len() - 1;
        let below = last > step && self.steps[last].parent == Some(step) && self.steps[last].branch.is_none();
        // What is done in a case only is not what the step is known by.
        let title = &self.steps[last].title;
        let below = below && !doubts::depends(title) && !doubts::in_case(title);
        if below && !self.steps[last].commands.is_empty() { last } else { step }
    }

    /// The step that a fence of `step` belongs to: when steps stand below it already, one of its own behind them. A step's own
    /// commands run before those below it.
    fn behind_children(&mut self, step: StepId, block: BlockId, said: Option<String>) -> StepId {
        let mut last = self.steps.len() - 1;
        while last > step && self.steps[last].parent.is_some_and(|parent| parent > step) {
            last = self.steps[last].parent.unwrap_or(step);
        }
        if last <= step || self.steps[last].parent != Some(step) || self.steps[last].branch.is_some() {
            return step;
        }
        // A fence right below another is of the same step.
        let named = |above: BlockId| self.steps[last].span.start < self.document.blocks[above].span.start;
        if self.fence_above(block).is_some_and(named) && !self.steps[last].commands.is_empty() {
            return last;
        }
        let said = said.filter(|said| !super::prose::explains(said));
        let said = said.map(|said| super::sentences::first_sentence(&said));
        let span = self.document.blocks[block].span;
        // Where the sentence stands that names it, the step begins.
        let above = self.said_above(block).map(|(text, _)| text.span(0, text.raw.len()));
        let from =
            above.filter(|_| said.as_ref().is_some_and(|said| !said.is_empty())).map_or(span, |above| above.to(span));
        let title = said.filter(|said| !said.is_empty()).unwrap_or_else(|| self.steps[step].title.clone());
        self.new_step(title, self.source.line(from.start), from, Some(step))
    }

    /// The fence that a fence stands right below.
    fn fence_above(&self, block: BlockId) -> Option<BlockId> {
        let blocks = &self.document.blocks;
        block.checked_sub(1).filter(|above| {
            matches!(blocks[*above].kind, BlockKind::Fence { .. }) && blocks[*above].parent == blocks[block].parent
        })
    }

    /// A fence that tells whether the command before it has happened. It is never run on the way.
    fn verifies(&mut self, verdict: Verdict, span: Span, declared: &Declared, step: StepId) {
        let Verdict { reading, why, parts } = verdict;
        let mut wrong = |message: &str, help: &str| {
            let diagnostic = Diagnostic::error("bad-verify", message).at(span, "marked `verify`");
            self.diagnostics.push(diagnostic.help(help));
        };
        let [part] = <[fences::Part; 1]>::try_from(parts).unwrap_or_else(|_| [fences::Part::nothing()]);
        if part.text.raw.trim().is_empty() || reading != Reading::Run {
            return wrong(
                "there is nothing in it that could be run by itself",
                "write one command, or take `verify` away",
            );
        }
        if self.steps[step].commands.is_empty() {
            return wrong(
                "no command of this step stands before it",
                "write it behind the command that it looks after",
            );
        }
        let command = self.part(part, span, reading, &why, declared);
        if command.effect != Effect::Read || command.options.expects.is_empty() {
            let diagnostic =
                Diagnostic::error("bad-verify", "it must read, and say with `expect` what shows that it happened");
            let help = "as in `{as=candidate verify expect=\"row.read_only == 0\"}`";
            self.diagnostics.push(diagnostic.at(span, "marked `verify`").help(help));
            return;
        }
        if let Some(last) = self.steps[step].commands.last_mut() {
            last.verify = Some(Box::new(command));
        }
    }

    /// What a fence holds that is only shown: whoever is to put it into a file, or has nothing else to go by, reads it with the step.
    fn show_text(&mut self, block: BlockId, step: StepId, lead: Lead) {
        let of_file = matches!(lead, Lead::File | Lead::Edited | Lead::Set | Lead::OfFile | Lead::Query);
        if of_file || self.steps[step].commands.is_empty() {
            let text = self.text_and_code(block);
            self.guide(step, text);
        }
    }

    /// A fence of sample output as what to expect.
    fn expect_output(&mut self, block: BlockId, step: StepId) {
        let Some(text) = self.leaves.fence(block) else { return };
        let sample = text.raw.trim_end().to_owned();
        if !sample.trim().is_empty() {
            self.steps[step].expects.push(Expectation {
                text: sample,
                span: self.document.blocks[block].span,
                test: None,
            });
        }
    }

    /// A fence that stands in no item: of the step above, or a step of its own.
    pub fn loose_fence(&mut self, block: BlockId) {
        if let Some(step) = self.flow.below_heading.take().or(self.flow.heading_step) {
            // "**Yes:**"
            if let Some(condition) = self.flow.condition.take() {
                self.flow.doubt.get_or_insert_with(|| doubts::not_always(&condition.label));
            }
            self.fence(block, step);
            self.flow.paragraph = None;
            return;
        }
        let back = matches!(self.flow.label, Label::Rollback | Label::RollbackFence | Label::AfterRollback);
        if let Some(last) = self.flow.last.filter(|_| back) {
            // All of a way back stays off the way forward.
            self.fence(block, last);
            return;
        }
        // Behind a table of cases nobody can tell whether it is for all of them.
        let behind_cases = self.flow.cases.take().is_some() && self.flow.paragraph.is_none();
        let directly = self.flow.paragraph.is_none() && !behind_cases;
        let asks = self.flow.paragraph.as_ref().is_some_and(|p| p.asks);
        let lead = self.flow.lead.read();
        let runnable = self.flow.condition.is_some() && self.would_run(block, lead);
        if self.role() == Role::Rollback && runnable {
            self.condition_of_way_back();
        }
        let runnable = runnable && self.flow.condition.is_some();
        if let Some(condition) = self.flow.condition.take_if(|_| runnable) {
            let span = self.document.blocks[block].span;
            let step = self.conditional_step(&condition, self.source.line(span.start), span);
            self.flow.doubt = None;
            self.fence(block, step);
            return;
        }
        self.close_condition();
        if let Some(last) = self.flow.last.map(|last| self.under(last, directly)) {
            let own = self.flow.paragraph.as_ref().is_some_and(|p| p.own) || !self.steps[last].branches.is_empty();
            let waiting = self.flow.attached && self.steps[last].commands.is_empty() && !own;
            let labelled = self.flow.label != Label::None || lead == Lead::Output;
            if directly || labelled && !asks || self.flow.continues || waiting {
                self.told(last);
                self.fence(block, last);
                return;
            }
        }
        let Some((mut verdict, declared)) = self.verdict(block) else { return };
        let behind = behind_cases.then(|| super::decisions::BEHIND_WAYS.to_owned());
        if !declared.any
            && matches!(verdict.reading, Reading::Run | Reading::Attended)
            && let Some(why) = behind
                .or_else(|| self.section_only_then())
                .or_else(|| self.dropped_at(self.document.blocks[block].span.start))
        {
            verdict.reading = Reading::Ambiguous;
            verdict.why = why;
        }
        self.flow.label = Label::None;
        let lead = self.flow.lead.take();
        self.record_verdict(block, &verdict);
        let loose = self.flow.paragraph.take();
        if self.role() == Role::Context || verdict.parts.is_empty() && !(asks && verdict.reading == Reading::Show) {
            if let Some(last) = self.flow.last {
                self.told(last);
                if lead != Lead::Output && self.role() != Role::Context {
                    self.show_text(block, last, lead);
                }
            }
            return;
        }
        let span = self.document.blocks[block].span;
        let (title, line, from) = match loose {
            // What only warns of it names nothing: the heading does.
            Some(loose) if loose.title.is_empty() || self.only_remarks(&loose) => {
                (String::new(), self.heading_line(loose.line), loose.span.to(span))
            }
            Some(loose) => (loose.title, loose.line, loose.span.to(span)),
            None => (String::new(), self.line_below_heading(block), span),
        };
        let step = self.new_step(title, line, from, None);
        self.declare(step, &declared, block);
        self.flow.last = Some(step);
        self.flow.attached = false;
        self.flow.fenced = Some(step);
        if verdict.parts.is_empty() {
            match lead {
                Lead::Output => self.expect_output(block, step),
                _ => self.show_text(block, step, lead),
            }
        }
        let each = self.each_ahead(&verdict);
        let children = self.steps.len();
        self.told_before(block, step, &verdict);
        self.add_parts(verdict, span, &declared, step);
        self.fence_for_each(each, step, span, children);
    }

    /// "Run `systemctl stop api` and then:" right above a fence: that command comes first. It is asked about.
    fn told_before(&mut self, block: BlockId, step: StepId, verdict: &Verdict) {
        let runs = matches!(verdict.reading, Reading::Run | Reading::Attended | Reading::Ambiguous);
        let Some((text, inline)) = self.said_above(block).filter(|(_, inline)| runs && !inline.codes.is_empty()) else {
            return;
        };
        self.inline_steps(step, text, inline);
        let held = |text: &str| verdict.parts.iter().any(|part| part.text.raw.contains(text));
        self.steps[step].commands.retain(|command| {
            matches!(command.reading, Reading::Run | Reading::Attended) && !held(command.text.trim())
        });
        self.confirm(step, 0);
    }

    /// The line of a block; right below a heading, which then names what it holds, the heading's.
    fn line_below_heading(&self, block: BlockId) -> usize {
        let named =
            self.flow.section.filter(|s| self.outline.tops.get(self.outline.heads[*s].body.start) == Some(&block));
        named
            .map_or_else(|| self.source.line(self.document.blocks[block].span.start), |s| self.outline.sections[s].line)
    }

    /// Whether a sentence right above a fence is no name for what it does, and the heading is one: "Strongly recommended!"
    fn only_remarks(&self, loose: &Loose) -> bool {
        let named = |section: SectionId| {
            let first = self.steps.last().is_none_or(|step| step.section != Some(section));
            first && self.outline.sections[section].level > 1
        };
        // "### Create a snapshot" says what is done, and "This makes a copy named after the day." does not.
        let asks = |section: SectionId| {
            let core = &self.outline.heads[section].core;
            VOCABULARY.is_imperative(core, self.head.language) || VOCABULARY.list(List::Deeds).starts(core, 0)
        };
        let unnamed = match loose.telling {
            Telling::Nothing => false,
            Telling::Remark => true,
            Telling::OfCommand => self.flow.section.is_some_and(asks),
        };
        unnamed && self.flow.section.is_some_and(named)
    }

    /// The heading's line for the first step below it, which has no name of its own; else the line that is given.
    fn heading_line(&self, line: usize) -> usize {
        let first = |section: &SectionId| self.steps.last().is_none_or(|step| step.section != Some(*section));
        self.flow.section.filter(first).map_or(line, |section| self.outline.sections[section].line)
    }

    /// The step that the last one stands for, when a fence follows it `directly`: below a decision, its way.
    fn under(&self, last: StepId, directly: bool) -> StepId {
        let way = self.steps.len() - 1;
        let of_decision = directly && self.steps[way].branch.is_some_and(|(decision, _)| decision == last);
        if of_decision { way } else { last }
    }

    /// "If anything goes wrong:" in a section that leads back is no question: that is why somebody is here.
    fn condition_of_way_back(&mut self) {
        let trouble = |c: &mut Condition| VOCABULARY.list(List::Trouble).anywhere(&Words::new(&c.label));
        let Some(condition) = self.flow.condition.take_if(trouble) else { return };
        self.flow.doubt = None;
        let (title, line, span) = (condition.label, condition.line, condition.span);
        self.flow.paragraph = Some(Loose { title, line, span, asks: false, telling: Telling::Nothing, own: true });
    }

    /// A quote: a gate when it says so, else something to read.
    pub fn quote(&mut self, block: BlockId) {
        let text = self.admonition(block);
        let doubt = self.quoted_doubt(block..self.document.blocks[block].end, &text);
        let next = self.document.blocks.get(self.document.blocks[block].end);
        if let Some(list) = next.filter(|next| matches!(next.kind, BlockKind::List { .. }))
            && let Some(said) = text.split('\n').find(|line| verdicts::narrows(line))
        {
            // "> Only for release managers."
            self.drop_until(list.span.end, Some(doubts::not_always(said.trim())));
        }
        self.noted(text, block..self.document.blocks[block].end);
        self.flow.doubt = doubt.or(self.flow.doubt.take());
    }

    /// "> Only run this on the standby.": what a note says of the fence right above it, and of the one below.
    pub fn quoted_doubt(&mut self, note: Range<BlockId>, text: &str) -> Option<String> {
        let said = text.split('\n').find(|line| verdicts::narrows(line))?;
        let why = doubts::not_always(said.trim());
        let above = note.start.checked_sub(1).map(|above| &self.document.blocks[above]);
        let fence = |b: &Block| matches!(&b.kind, BlockKind::Fence { attributes, .. } if attributes.is_empty());
        if let Some(above) = above.filter(|above| fence(above) && verdicts::remarks_back(said.trim())) {
            let begin = above.span.start;
            self.doubt_from(self.steps.len().saturating_sub(NEAR)..self.steps.len(), begin, &why);
        }
        self.document.blocks.get(note.end).is_some_and(fence).then_some(why)
    }

    /// `<!-- only on staging -->` beside a fence says as much as a note.
    pub fn comment(&mut self, block: BlockId) {
        let html = self.document.blocks[block].span.of(&self.source.text).trim();
        if let Some(said) = html.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")) {
            let doubt = self.quoted_doubt(block..self.document.blocks[block].end, said);
            self.flow.doubt = doubt.or(self.flow.doubt.take());
        }
    }

    /// What a quote or a note says, and the blocks that it is made of.
    pub fn noted(&mut self, text: String, blocks: Range<BlockId>) {
        let words = Words::first(&text, 40);
        self.says_where(&text, &words);
        let gate = VOCABULARY.list(List::Gate);
        let is_gate = (0..words.len().min(6)).any(|i| gate.starts(&words, i)) || gate.role_like(&words, 0).is_some();
        let mut target = self.flow.last;
        if is_gate && self.role() != Role::Context {
            let span = self.document.blocks[blocks.start].span;
            let (question, rest) = text.split_once('\n').unwrap_or((&text, ""));
            let question = question.to_owned();
            let step = self.new_step(question.clone(), self.source.line(span.start), span, None);
            self.guide(step, rest.to_owned());
            self.steps[step].gate = Some(super::model::Gate { question, approvers: 1 });
            self.flow.last = Some(step);
            target = Some(step);
        } else {
            // Whether it warns of what was or of what comes, only its author knows: it is read with both.
            if self.flow.last.is_some() && VOCABULARY.list(List::Caution).starts(&words, 0) {
                self.tell_ahead(text.clone());
            }
            self.tell(text);
        }
        for id in blocks.skip(1) {
            if !matches!(self.document.blocks[id].kind, BlockKind::Fence { .. }) {
                continue;
            }
            match target {
                Some(step) if is_gate => self.fence(id, step),
                _ => self.show(id, "in a quote"),
            }
        }
    }
}
