//! Paragraphs: labels (`**Expected**: …`), lead-ins, blanks, gates, jumps, and sentences that ask for something.

use super::blanks::{asks_value, blank_title};
use super::doubts;
use super::each::Over;
use super::labels::pieces;
use super::leads;
use super::lists::{Plan, is_condition};
use super::model::{Command, Expectation, Gate, Reading, Role, SectionId, Step, StepId};
use super::reader::{Condition, Label, Loose, Reader, Telling};
use super::says::{
    bold_line, bold_noun, is_gate, is_lettered, is_note, label_asks, lead_in, names_check, names_deed, names_purpose,
    names_way, numbered, remarks, says_back, says_or, says_what, sentence_asks, tells_fact, warns,
};
use super::sections::{leading_number, timebox};
use super::sentences::{first_sentence, one_line, short_title};
use super::text::{self, Inline, Text};
use super::verdicts::Above;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;
use crate::syntax::document::{BlockId, BlockKind};
use std::borrow::Cow;
use std::ops::Range;

impl Reader<'_> {
    /// A paragraph that stands in no list.
    pub fn paragraph(&mut self, block: BlockId) {
        let Some((text, inline)) = self.inline(block) else { return };
        if self.footer(block, text) || super::tabs::is_marks(&text.raw) {
            return;
        }
        for (text, inline) in pieces(text, inline) {
            self.segment(&text, &inline, block);
        }
    }

    fn segment(&mut self, text: &Text, inline: &Inline, block: BlockId) {
        let words = inline.first(24);
        let span = text.span(0, text.raw.len());
        let line = self.source.line(span.start);
        if words.is_empty() {
            return;
        }
        self.leaves_ways(&words);
        self.says_where(&inline.plain, &words);
        match self.said_of_above(Some(block), text, inline, &words) {
            Above::Nothing => {}
            Above::All => return,
            Above::Until(rest) => return self.segment(&rest, &text::read(&rest), block),
        }
        if self.leads_to_fences(block) && super::says::offers_one(inline, self.head.language)
            || VOCABULARY.list(List::NotBoth).anywhere(&words)
            || self.leads_to_fences(block)
                && inline.plain.trim_end().ends_with(':')
                && [List::ChooseOne, List::OneAlone].iter().any(|list| VOCABULARY.list(*list).starts(&words, 0))
            || super::says::counts_ways(&words)
        {
            self.one_of_section(block, inline);
        }
        // What leads into something else ends the list that it stands behind.
        self.flow.way &= !inline.plain.trim_end().ends_with(':');
        if self.ways(text, inline, None)
            || self.dated(text, inline, &words, span)
            || self.label_line(text, inline)
            || self.numbered_paragraph(text, inline, &words, span)
        {
            return;
        }
        if let Some(step) = self.flow.heading_step.or(self.flow.last)
            && self.goes_back(step, inline)
        {
            return;
        }
        if self.says_expected(inline, &words, span) {
            return;
        }
        self.note_doubt(text, inline);
        self.doubt_table(block, inline);
        // "**Rollback**: start it again." was all there is of it: what is said now, and asks for something, goes forward.
        if self.flow.label == Label::RollbackFence
            && (is_condition(&words) || says_what(inline, &words, inline.lead(), self.head.language))
        {
            self.flow.label = Label::None;
            self.flow.doubt = Some(super::labels::BEHIND_ROLLBACK.to_owned());
        }
        if self.way_in_section(block, inline, line, span) || self.says_to_choose(block, inline, &words) {
            return;
        }
        let lead = lead_in(inline, &words, line, span).filter(|_| inline.lead() != leads::Lead::Output);
        let lead = lead.map(|condition| self.with_question(condition, block));
        if let Some(condition) = lead.or_else(|| self.named_lead_in(inline, line, span, block)) {
            self.close_condition();
            if let Some(step) = self.flow.heading_step.filter(|step| self.adds_for_case(*step, block)) {
                self.flow.below_heading = Some(self.new_step(condition.label, line, span, Some(step)));
                self.flow.lead = leads::Ahead::said(&inline.plain);
                return;
            }
            self.flow.condition = Some(condition);
            return;
        }
        self.flow.lead = leads::Ahead::said(&inline.plain);
        self.only_for(inline, &words);
        if let Some(step) = self.flow.heading_step {
            self.flow.paragraph = None;
            self.said_below(step, text, inline, block);
            return;
        }
        if is_gate(inline, &words) && self.flow.explicit {
            let question = inline.one_line();
            let step = self.new_step(first_sentence(&question), line, span, None);
            self.steps[step].gate = Some(Gate { question, approvers: 1 });
            self.flow.last = Some(step);
            self.flow.attached = false;
            return;
        }
        if asks_value(text) {
            let step = self.new_step(blank_title(&inline.one_line()), line, span, None);
            self.take_blanks(step, text);
            return;
        }
        if self.jump_line(inline, &words, line, span) {
            return;
        }
        self.sentence(text, inline, &words, block);
    }

    /// A paragraph of a section whose heading is a step.
    fn said_below(&mut self, step: StepId, text: &Text, inline: &Inline, block: BlockId) {
        let words = inline.first(24);
        let span = text.span(0, text.raw.len());
        let line = self.source.line(span.start);
        if self.leads_on(step, text, inline, block) {
            return;
        }
        if self.names_next(step, inline, &words, block) {
            let child = self.new_step(first_sentence(&inline.one_line()), line, span, Some(step));
            self.inline_steps(child, text, inline);
            if names_purpose(inline, &words) || label_asks(inline, self.head.language) {
                self.confirm(child, 0);
            }
            self.flow.below_heading = Some(child);
            if inline.plain.len() > self.steps[child].title.len() + 3 {
                self.guide(child, inline.one_line());
            }
            return;
        }
        if !self.take_blanks(step, text) {
            self.note_gate(step, inline);
            self.inline_steps(step, text, inline);
            self.guide(step, inline.one_line());
        }
    }

    /// "If there is enough space, go to step 4.", the last that a section says whose heading is a step: asked once that is done.
    fn leads_on(&mut self, step: StepId, text: &Text, inline: &Inline, block: BlockId) -> bool {
        let next = self.document.blocks.get(self.document.blocks[block].end);
        let last = next.is_none_or(|next| matches!(next.kind, BlockKind::Heading { .. }));
        let Step { commands, branches, jump, .. } = &self.steps[step];
        if !last || commands.is_empty() || !branches.is_empty() || jump.is_some() {
            return false;
        }
        let before = self.steps.len();
        self.conditional_ways(step, text, inline);
        self.steps.len() > before
    }

    /// Whether a fence stands right below a paragraph, or a list of one item that a fence at the margin cuts off.
    fn leads_to_fences(&self, block: BlockId) -> bool {
        let next = self.document.blocks[block].end;
        let is_fence = |block: BlockId| {
            self.document.blocks.get(block).is_some_and(|block| matches!(block.kind, BlockKind::Fence { .. }))
        };
        let cut = || {
            let list = self.document.blocks.get(next).filter(|list| matches!(list.kind, BlockKind::List { .. }));
            list.is_some_and(|list| is_fence(list.end)) && self.document.children(Some(next)).nth(1).is_none()
        };
        is_fence(next) || cut()
    }

    /// "**J-7** : répétition générale", "**T+5min**: promote it": a line of a timeline is a step.
    fn dated(&mut self, text: &Text, inline: &Inline, words: &Words, span: Span) -> bool {
        let Some(when) = inline.strongs.first().filter(|strong| strong.start == 0) else { return false };
        let told = inline.label().is_some_and(|(_, said)| !said.trim().is_empty());
        let offset = super::sections::mark(&when.text);
        // "Jour J".
        let day = VOCABULARY.list(List::Timeline).starts(words, 0) && matches!(words.get(1), "j" | "d");
        if !told || offset.is_none() && !day {
            return false;
        }
        if !self.flow.explicit || self.role() != Role::Phase || self.flow.heading_step.is_some() {
            return false;
        }
        let step = self.new_step(String::new(), self.source.line(span.start), span, None);
        self.title(step, text, inline);
        self.steps[step].offset = offset.or(self.steps[step].offset);
        self.flow.last = Some(step);
        self.flow.attached = true;
        self.flow.paragraph = None;
        true
    }

    /// Whether a paragraph is what "**Expected:**" right above it announces; what asks for something goes on with the text.
    fn says_expected(&mut self, inline: &Inline, words: &Words, span: Span) -> bool {
        if !matches!(self.flow.label, Label::Expected | Label::Meaning) {
            return false;
        }
        let label = std::mem::take(&mut self.flow.label);
        let Some(step) = self.flow.heading_step.or(self.flow.last) else { return false };
        let ends = inline.plain.trim_end().ends_with(':');
        if ends || sentence_asks(inline, words, self.head.language) {
            return false;
        }
        let text = inline.one_line();
        if label == Label::Meaning {
            self.guide(step, text);
        } else {
            let step = self.last_below(step);
            self.steps[step].expects.push(Expectation { text, span, test: None });
        }
        true
    }

    /// Whether a sentence is a step of its own in a section whose heading is a step that runs something else: "You can now delete it
    /// like this" above a fence is no part of "Look it up", and neither is "Start the other members." or what is to be put into a file.
    fn names_next(&self, step: StepId, inline: &Inline, words: &Words, block: BlockId) -> bool {
        // What a file is to hold is something done, too.
        let filled = block.checked_sub(1).map(|above| &self.document.blocks[above]);
        let filled = filled.is_some_and(|b| matches!(b.kind, BlockKind::Fence { .. }) && b.parent.is_none());
        let runs = !self.steps[step].commands.is_empty() || self.steps.last().is_some_and(|s| s.parent == Some(step));
        let works = runs || filled;
        let checks = names_check(inline);
        if works && names_purpose(inline, words) {
            return true;
        }
        let language = self.head.language;
        let asks = sentence_asks(inline, words, language) || label_asks(inline, language);
        let asks = asks || checks || names_deed(inline, words);
        if !works && !checks || !asks && !bold_noun(inline) || warns(words) {
            return false;
        }
        // "and look for the name" goes on with what was said.
        let goes_on = VOCABULARY.list(List::Joins).starts(words, 0);
        let next = self.document.blocks[block].end;
        match self.document.blocks.get(next).map(|b| (&b.kind, b.parent)) {
            // "Then run:" is how the step is done, and "Check the output:" belongs to what was run.
            Some((BlockKind::Fence { .. }, None)) => {
                let lead = inline.lead();
                !matches!(lead, leads::Lead::Run | leads::Lead::Output) && (asks || self.would_run(next, lead))
            }
            // What is said of a list is read with it.
            Some((BlockKind::List { .. }, None)) => false,
            _ => {
                let ends = inline.plain.trim_end().ends_with(':');
                asks && !goes_on && !ends && !VOCABULARY.list(List::Allowed).starts(words, 0)
            }
        }
    }

    /// Whoever wants what the sentence is for runs its command: it is asked about.
    pub fn confirm(&mut self, step: StepId, from: usize) {
        for command in &mut self.steps[step].commands[from..] {
            if matches!(command.reading, Reading::Run | Reading::Attended) {
                command.reading = Reading::Ambiguous;
                "a command line in a sentence: to be confirmed".clone_into(&mut command.why);
            }
        }
    }

    /// Whether a condition stands above a fence in a section whose heading is a step that runs something else: what is done in that
    /// case only is a sub-step, and asked about.
    fn adds_for_case(&self, step: StepId, block: BlockId) -> bool {
        let next = self.document.blocks[block].end;
        let fence = self.document.blocks.get(next).is_some_and(|b| matches!(b.kind, BlockKind::Fence { .. }));
        let Step { commands, branches, branch, .. } = &self.steps[step];
        fence
            && !commands.is_empty()
            && branches.is_empty()
            && branch.is_none()
            && self.would_run(next, leads::Lead::None)
    }

    /// "To be used only if the data is corrupt." above the steps of a section. Of the page, whoever opened it knows.
    fn only_for(&mut self, inline: &Inline, words: &Words) {
        let none = match self.flow.heading_step {
            Some(step) => self.steps[step].commands.is_empty(),
            None => self.flow.last.is_none(),
        };
        let titled = |section: &SectionId| self.outline.sections[*section].level > 1;
        if let Some(section) = self.flow.section.filter(titled).filter(|_| none)
            && doubts::holds_below(words)
        {
            self.conditions.insert(section, doubts::not_always(&inline.one_line()));
        }
    }

    /// "Yes", with the question that it answers further up.
    fn with_question(&self, condition: Condition, block: BlockId) -> Condition {
        if !super::lists::is_yes_or_no(&condition.label) {
            return condition;
        }
        let near = (block.saturating_sub(ANSWERED)..block).rev();
        let asked = near
            .take_while(|at| !matches!(self.document.blocks[*at].kind, BlockKind::Heading { .. }))
            .filter_map(|at| self.inline(at))
            .map(|(_, inline)| inline.one_line())
            .filter(|said| !super::lists::is_yes_or_no(said))
            // "Is it up? Look at the lag first."
            .find_map(|said| {
                said.find("? ").map(|end| said[..=end].to_owned()).or_else(|| said.ends_with('?').then_some(said))
            });
        let label = asked.map_or_else(|| condition.label.clone(), |asked| format!("{asked} {}", condition.label));
        Condition { label, ..condition }
    }

    /// "**Option A: by DNS**" above a list, with "**Option B: …**" above another: one of them is to be chosen.
    fn named_lead_in(&self, inline: &Inline, line: usize, span: Span, block: BlockId) -> Option<Condition> {
        let list = self.document.blocks[block].end;
        let listed = || matches!(self.document.blocks.get(list).map(|b| &b.kind), Some(BlockKind::List { .. }));
        if !names_way(inline) || !listed() || self.sibling_conditions(list, true) < 2 {
            return None;
        }
        Some(Condition { label: one_line(inline.plain.trim().trim_end_matches(':')), line, span, when: None })
    }

    /// A sentence: the title of a following fence, a step of its own, or something to read with the step above.
    fn sentence(&mut self, text: &Text, inline: &Inline, words: &Words, block: BlockId) {
        let span = text.span(0, text.raw.len());
        let line = self.source.line(span.start);
        let labels = |lists: &[List]| {
            let label = inline.label().map(|(label, _)| Words::new(label));
            label.is_some_and(|label| lists.iter().any(|list| VOCABULARY.list(*list).whole(&label).is_some()))
        };
        // "where the `-A` flag means all of them": of the command above.
        let fact = tells_fact(inline) || explains(&inline.plain);
        let note =
            fact || is_note(&inline.plain, words) || labels(&[List::Circumstance, List::Moment, List::ContactLabel]);
        let leads_in = inline.plain.trim_end().ends_with(':');
        let warns = !leads_in && warns(words);
        let language = self.head.language;
        let or = says_or(inline, words, language);
        let solves = label_asks(inline, language);
        let asks = sentence_asks(inline, words, language) || names_check(inline) || solves || or;
        let asks = asks && !warns && !fact && !labels(&[List::ContactLabel]);
        let whole = inline.one_line();
        let behind_sentence = self.flow.last.is_some_and(|last| self.flow.item != Some(last));
        let own = names_fence(inline, words, asks, behind_sentence);
        // What warns of a step is read with it, and is no name for it.
        let says_nothing = inline.all_bold().is_some() && labels(&[List::ProcedureLabel]);
        let page = super::ways::reads_on(words);
        let nameless = (note || warns) && !own || says_nothing || page;
        let own = own || page && behind_sentence;
        let title = if nameless { String::new() } else { first_sentence(&whole) };
        // "**Backup commands**" and "(They are run on the old server.)" below it: the label still names what follows.
        let kept = self.flow.paragraph.as_ref().filter(|label| label.own);
        let kept = kept.filter(|_| !asks && !leads_in && inline.all_bold().is_none()).cloned();
        let telling = if asks || own || leads_in { Telling::Nothing } else { telling(inline, words) };
        let loose = kept.unwrap_or(Loose { title, line, span, asks, telling, own });
        let fence_follows = self
            .document
            .blocks
            .get(self.document.blocks[block].end)
            .is_some_and(|b| matches!(b.kind, BlockKind::Fence { .. }) && b.parent.is_none());
        let list = self.list_below(self.document.blocks[block].end);
        let list_follows = list.is_some_and(|plan| plan != Plan::Guidance);
        if let Some(last) = self.flow.last
            && (self.flow.continues || note)
        {
            self.conditional_ways(last, text, inline);
            if fence_follows && !self.flow.continues {
                self.tell_ahead(whole.clone());
            }
            if self.flow.continues && !note {
                if fence_follows {
                    self.further(block, last, text, inline);
                } else if asks || names_purpose(inline, words) {
                    let of = self.last_below(last);
                    let before = self.steps[of].commands.len();
                    self.inline_steps(of, text, inline);
                    if names_purpose(inline, words) {
                        self.confirm(of, before);
                    }
                }
            }
            self.guide(last, whole);
            self.flow.paragraph = (!self.flow.continues).then_some(loose);
            return;
        }
        if is_condition(words)
            && (inline.links.iter().any(|l| l.text.starts_with('#')) || self.step_named(&inline.plain).is_some())
            && self.may_hold_steps()
        {
            let step = self.new_step(loose.title, line, span, None);
            self.conditional_jump(step, inline, &whole);
            self.guide(step, whole);
            self.flow.last = Some(step);
            self.flow.attached = false;
            return;
        }
        // "Node not ready", and command lines below it that nothing marks as code.
        let typed = super::inline_commands::typed_below(text, inline).is_some() && !note;
        let commands = typed || inline.codes.iter().any(|c| super::inline_commands::is_command(&c.text));
        let purpose = commands && self.may_hold_steps() && names_purpose(inline, words);
        let remarked = super::inline_commands::is_remarked(inline) && self.may_be_typed(block);
        let asks = asks || purpose || typed || remarked;
        // "Look with `mdadm --detail /dev/md0`" and a fence that is not to be run: it shows what comes out.
        let next = self.document.blocks[block].end;
        let output = || commands && asks && !leads_in && !self.would_run(next, inline.lead());
        let fence_follows = fence_follows && !output();
        if !fence_follows && (asks && !list_follows && self.may_hold_steps() || commands && asks) {
            let step = if remarked {
                self.remarked_step(block, loose, text, inline)
            } else {
                let step = self.new_step(loose.title, line, span, None);
                self.sentence_step(step, text, inline);
                step
            };
            if purpose || or || solves || self.role() != Role::Rollback && says_back(inline) {
                self.confirm(step, 0);
            }
            return;
        }
        if !says_nothing && (fence_follows || leads_in && list == Some(Plan::Steps)) {
            self.tell_ahead(whole);
        } else if (!leads_in || list == Some(Plan::Guidance))
            && (note || self.flow.last.is_some() || self.may_hold_steps())
        {
            self.tell(whole);
        }
        self.flow.paragraph = Some(loose);
    }

    /// "`rsync -a db1:/data /mnt` (takes an hour)": the step that it is. "Copy the data:" above it is what it does.
    fn remarked_step(&mut self, block: BlockId, loose: Loose, text: &Text, inline: &Inline) -> StepId {
        let above = self.flow.last.filter(|above| self.is_said_above(*above, block));
        let titled = self.flow.paragraph.take().filter(|above| above.asks);
        let title = titled.map_or(loose.title, |above| above.title);
        let step = above.unwrap_or_else(|| self.new_step(title, loose.line, loose.span, None));
        let doubt = self.flow.doubt.take();
        self.sentence_step(step, text, inline);
        if let Some(why) = doubt {
            self.doubt_commands(step, &why);
        }
        step
    }

    /// Whether a step without commands is the sentence right above a paragraph, and leads to it.
    fn is_said_above(&self, step: StepId, paragraph: BlockId) -> bool {
        let Step { commands, line, .. } = &self.steps[step];
        self.said_above(paragraph).is_some_and(|(text, inline)| {
            commands.is_empty()
                && self.source.line(text.span(0, text.raw.len()).start) == *line
                && inline.plain.trim_end().ends_with(':')
        })
    }

    /// What a sentence says to run, and to read with it.
    fn sentence_step(&mut self, step: StepId, text: &Text, inline: &Inline) {
        self.inline_steps(step, text, inline);
        if let Some(why) = self.flow.examples.clone() {
            self.doubt_commands(step, &why);
        }
        let whole = inline.one_line();
        if let Some(begins) = self.bare_step(step, text, inline).filter(|begins| *begins > 0) {
            self.steps[step].title = one_line(text.raw[..begins].trim_end().trim_end_matches(':'));
        } else if whole.len() > self.steps[step].title.len() + 3 {
            self.guide(step, whole);
        }
        self.flow.last = Some(step);
        self.flow.attached = true;
        self.flow.paragraph = None;
    }

    /// What a step would run is asked about from here on.
    pub fn doubt_commands(&mut self, step: StepId, why: &str) {
        self.doubt_from(step..step + 1, 0, why);
    }

    /// The same, of the commands of some steps from this byte on.
    pub fn doubt_from(&mut self, steps: Range<StepId>, begin: usize, why: &str) {
        let runs = |command: &&mut Command| matches!(command.reading, Reading::Run | Reading::Attended);
        // Commands of a step stand in the order of the page.
        let behind = |step| {
            let Step { commands, .. }: &mut Step = step;
            commands.iter_mut().rev().take_while(|command| command.span.start >= begin)
        };
        for command in self.steps[steps].iter_mut().flat_map(behind).filter(runs) {
            (command.reading, command.doubted) = (Reading::Ambiguous, true);
            why.clone_into(&mut command.why);
            self.doubted.insert(command.span.start, why.to_owned());
        }
    }

    /// What the items of the list are, if the block is one.
    fn list_below(&self, next: BlockId) -> Option<Plan> {
        let is_list = self
            .document
            .blocks
            .get(next)
            .is_some_and(|b| matches!(b.kind, BlockKind::List { .. }) && b.parent.is_none());
        // "Never do these:", "The script:": what stands in it is no step.
        if is_list && (self.flow.lead.forbids() || self.flow.lead.describes()) {
            return Some(Plan::Guidance);
        }
        is_list.then(|| self.list_plan(next, None, self.role(), self.flow.explicit))
    }

    /// Before the first heading, and right under the title, a page introduces itself.
    pub fn may_hold_steps(&self) -> bool {
        self.flow.explicit || self.flow.section.is_some_and(|s| self.outline.sections[s].level > 1)
    }

    /// `**2. Confirm the member is healthy**`, `**3.** The password …`, `**Step 1: …**`, `1.2 **Stop it.** …`, `Step 3 – Restore it`.
    fn numbered_paragraph(&mut self, text: &Text, inline: &Inline, words: &Words, span: Span) -> bool {
        let Some(marked) = numbered(inline, words) else { return false };
        let lettered = is_lettered(&inline.plain);
        if lettered && !self.may_hold_steps() {
            return false;
        }
        let line = self.source.line(span.start);
        let step = self.new_step(String::new(), line, span, None);
        self.title(step, text, inline);
        // "Step 3 – Restore it" says it on its line; what stands on the next is how.
        let said = bold_line(inline).is_some() && inline.all_bold().is_none();
        let line = inline.plain.split('\n').next().filter(|_| marked && inline.strongs.is_empty() || said);
        let below = line.filter(|_| said).map(|line| one_line(&inline.plain[line.len()..]));
        // What stands behind it on its line says nothing.
        let line = line.map(|line| bold_line(inline).filter(|_| said).unwrap_or(line));
        let title = line.map_or_else(|| self.steps[step].title.clone(), str::to_owned);
        let title = leading_number(&title).map_or(title.as_str(), |(_, rest)| rest);
        let title = if lettered { title.split_once(' ').map_or(title, |(_, rest)| rest) } else { title };
        let title = if marked { title.split_once([':', '–', '—']).map_or(title, |(_, rest)| rest) } else { title };
        let title = title.trim().to_owned();
        self.steps[step].title = title;
        if let Some(below) = below.filter(|below| !self.steps[step].guidance.iter().any(|said| said.ends_with(below))) {
            self.guide(step, below);
        }
        self.flow.last = Some(step);
        self.flow.heading_step = None;
        self.flow.attached = true;
        self.flow.continues = true;
        self.flow.paragraph = None;
        true
    }

    /// Text inside an item, after its first paragraph.
    pub fn carry(&mut self, block: Option<BlockId>, step: StepId, text: &Text, inline: &Inline) {
        for (piece, inline) in pieces(text, inline) {
            let words = inline.first(24);
            match self.said_of_above(block, &piece, &inline, &words) {
                Above::Nothing => {}
                Above::All => continue,
                Above::Until(rest) => {
                    self.carry(None, step, &rest, &text::read(&rest));
                    continue;
                }
            }
            if words.is_empty()
                || self.ways(&piece, &inline, Some(step))
                || self.labelled(step, &piece, &inline)
                || self.take_blanks(step, &piece)
            {
                continue;
            }
            let span = piece.span(0, piece.raw.len());
            if self.goes_back(step, &inline) {
                continue;
            }
            self.note_doubt(&piece, &inline);
            self.conditional_ways(step, &piece, &inline);
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
            let expected = std::mem::take(&mut self.flow.label) == Label::Expected;
            // "**Expected**:", and a line of code below it: that is what is to be seen.
            let seen = expected && inline.codes.first().is_some_and(|code| code.text == inline.plain.trim());
            self.flow.lead = leads::Ahead::said(&inline.plain);
            self.note_gate(step, &inline);
            self.note_pivot(step, &whole(&words, 24, &inline.plain));
            if !seen && (sentence_asks(&inline, &words, self.head.language) || inline.codes.len() == 1) {
                self.inline_steps(step, &piece, &inline);
            }
            self.guide(step, inline.one_line());
        }
    }

    /// Sets a step's title from its first paragraph, and reads the rest of it.
    pub fn title(&mut self, step: StepId, text: &Text, inline: &Inline) {
        let mut pieces = pieces(text, inline).into_iter();
        let Some((first, inline)) = pieces.next() else { return };
        let whole = inline.one_line();
        // A line break separates words as a blank does: these are the words of the one line too.
        let words = inline.first(40);
        self.steps[step].title = short_title(&inline, &whole);
        if whole.len() > self.steps[step].title.len() + 3 {
            self.guide(step, whole.clone());
        }
        self.flow.lead = leads::Ahead::said(&inline.plain);
        // "If that fails, run:" is no reason to run it every time. On a way of a decision somebody chose it.
        if self.steps[step].branch.is_none() {
            self.note_doubt(&first, &inline);
        }
        // "3. Rollback: run `x`" among the steps of a procedure leads back, whatever its number says.
        let back = self.role() != Role::Rollback && says_back(&inline);
        if back {
            self.flow.doubt = Some(doubts::not_always(&inline.plain));
        }
        self.flow.each = None;
        let title = self.steps[step].title.clone();
        if !self.note_each(&title, Over::Step(step)) && title != inline.plain {
            self.note_each(&inline.plain, Over::Step(step));
        }
        let ways = self.ways(&first, &inline, Some(step));
        if !ways {
            if self.take_blanks(step, &first) {
                self.steps[step].title = blank_title(&whole);
            }
            self.inline_steps(step, &first, &inline);
            // Above command lines only the first line is the title.
            if let Some(begins) = self.bare_step(step, &first, &inline).filter(|begins| *begins > 0) {
                self.steps[step].title = one_line(first.raw[..begins].trim_end().trim_end_matches(':'));
            }
            if back {
                self.doubt_commands(step, &doubts::not_always(&inline.plain));
            }
            self.step_jump(step, &inline, &words);
            if self.steps[step].branches.is_empty() && self.steps[step].jump.is_none() {
                self.conditional_ways(step, &first, &inline);
            }
        }
        let all = self::whole(&words, 40, &whole);
        if VOCABULARY.list(List::Optional).anywhere(&all)
            && (whole.contains('(') || VOCABULARY.list(List::Optional).starts(&words, 0))
        {
            self.steps[step].optional = true;
        }
        if is_gate(&inline, &words) && self.steps[step].gate.is_none() {
            self.steps[step].gate = Some(Gate { question: whole.clone(), approvers: 1 });
        }
        self.note_pivot(step, &all);
        let title = self.steps[step].title.clone();
        self.steps[step].timebox = timebox(&whole).or_else(|| timebox(&title)).or(self.steps[step].timebox);
        for (piece, inline) in pieces {
            self.carry(None, step, &piece, &inline);
        }
    }

    pub fn note_gate(&mut self, step: StepId, inline: &Inline) {
        let words = inline.first(40);
        let gate = VOCABULARY.list(List::Gate);
        let says = gate.starts(&words, 0) || gate.role_like(&words, 0).is_some();
        if says
            && self.steps[step].gate.is_none()
            && self.steps[step].commands.is_empty()
            && self.flow.section.is_none_or(|s| self.outline.sections[s].role != Role::Context)
        {
            self.steps[step].gate = Some(Gate { question: one_line(&inline.plain), approvers: 1 });
        }
    }

    pub fn note_pivot(&mut self, step: StepId, words: &Words) {
        // "Confirm that we are still before the point of no return" speaks about it from a distance.
        self.steps[step].pivot |=
            VOCABULARY.list(List::Pivot).anywhere(words) && !VOCABULARY.list(List::BesidePivot).anywhere(words);
    }
}

/// All words of a text of which the first `most` are known already.
fn whole<'w>(words: &'w Words, most: usize, text: &str) -> Cow<'w, Words> {
    if words.len() < most { Cow::Borrowed(words) } else { Cow::Owned(Words::new(text)) }
}

/// Whether a sentence names what the fence below it does, and not how the step above is done: "To update all environments:", or
/// "Check its health.", behind a sentence that is a step itself. "Open a terminal and run the following:" says how.
fn names_fence(inline: &Inline, words: &Words, asks: bool, behind_sentence: bool) -> bool {
    let leads_in = inline.plain.trim_end().ends_with(':');
    let runs = || VOCABULARY.list(List::Run).anywhere(words) && !runs_named(words);
    let names = || leads_in && (inline.lead() != leads::Lead::Run || !runs());
    let other = || {
        if leads_in { super::lists::says_purpose(words) || names_thing(inline, words) } else { asks && !runs() }
    };
    inline.all_bold().is_some() || asks && names() || behind_sentence && other()
}

/// "Run a full backup with the backup command:" names what is run; "Run the following:" and "Run this script:" do not.
pub(super) fn runs_named(words: &Words) -> bool {
    let Some(((), n)) = VOCABULARY.list(List::Run).at(words, 0) else { return false };
    let nameless = VOCABULARY.list(List::CommandWords);
    let article = |at: &usize| VOCABULARY.is_fact(words.get(*at)) && !nameless.starts(words, *at);
    (n..words.len()).find(|at| !article(at)).is_some_and(|at| !nameless.starts(words, at))
}

/// "This makes a copy named after the day.", "`toolctl` keeps the password.": what the command below does or is.
fn tells_of_command(inline: &Inline, words: &Words) -> bool {
    let code = inline.codes.first().is_some_and(|code| code.start == 0);
    (code || VOCABULARY.list(List::TheCommand).starts(words, 0))
        && !inline.codes.iter().any(|code| super::inline_commands::is_command(&code.text))
}

/// A longer one is a sentence.
const THING: usize = 6;

/// "Old logs:", "/var/log of the standby:" behind "Check the disk.": the fence below is of that, and not how the disk is checked.
fn names_thing(inline: &Inline, words: &Words) -> bool {
    let none = [List::Run, List::Example, List::PurposeOfStep, List::CommandWords, List::ProcedureLabel, List::Note];
    inline.lead() == leads::Lead::None
        && (1..=THING).contains(&words.len())
        && !none.iter().any(|list| VOCABULARY.list(*list).starts(words, 0))
        && !VOCABULARY.list(List::Run).anywhere(words)
}

/// "where `--all` means each of them": of what stands above.
pub(super) fn explains(said: &str) -> bool {
    said.starts_with(|c: char| c.is_lowercase()) && VOCABULARY.list(List::Explains).starts(&Words::first(said, 2), 0)
}

/// What a sentence that asks for nothing says of a fence.
fn telling(inline: &Inline, words: &Words) -> Telling {
    match () {
        () if remarks(inline, words) => Telling::Remark,
        () if tells_of_command(inline, words) => Telling::OfCommand,
        () => Telling::Nothing,
    }
}

/// So many blocks stand at most between a question and the last of its answers.
const ANSWERED: usize = 12;
