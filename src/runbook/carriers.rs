//! Fences, tables and quotes as carriers of steps and commands.

use super::doubts;
use super::each::Over;
use super::effect;
use super::fences::{self, Asked, Setting, Verdict};
use super::leads::{self, Lead};
use super::model::{Effect, Expectation, Language, Reading, Role, Step, StepId};
use super::options::{self, Declared};
use super::programs::PROGRAMS;
use super::prose::sentence_asks;
use super::reader::{Condition, Label, Loose, Reader};
use super::terminal;
use super::text::{self, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::diagnostic::Diagnostic;
use crate::source::{Span, lines};
use crate::syntax::document::{BlockId, BlockKind};
use crate::syntax::duration;
use std::rc::Rc;

/// So many commands of a sentence are compared with the fence below it.
const NEAR: usize = 8;
/// A single one may be said of something else.
const KNOWN_LABELS: usize = 2;

/// Why a command of a row is asked about.
const IN_CELL: &str = "a command in a cell of a table: to be confirmed";

/// Whether all that would run says itself where it goes: `ssh db2 …`, `psql -h db2`, `kubectl`.
fn reaches(verdict: &Verdict) -> bool {
    let names_host = |word: &String| word.starts_with("-h") || word.starts_with("--host");
    verdict.parts.iter().all(|part| {
        let script = part.text.script();
        let programs = effect::programs(script);
        let hosts = || script.commands.iter().any(|command| command.words.iter().any(names_host));
        let far = |program: &String| {
            PROGRAMS.for_all.contains(program.as_str())
                || matches!(program.as_str(), "ssh" | "scp" | "sftp" | "rsync" | "curl" | "wget" | "ping" | "nc")
                || PROGRAMS.elsewhere.contains(program.as_str()) && hosts()
        };
        programs.iter().any(far)
    })
}

impl Reader<'_> {
    /// Reads a fence with everything known about it.
    fn verdict(&mut self, block: BlockId) -> Option<(Verdict, Declared)> {
        let BlockKind::Fence { language, attributes, closed, .. } = &self.document.blocks[block].kind else {
            return None;
        };
        let declared = if attributes.is_empty() {
            Declared::default()
        } else {
            options::read(attributes, true, &mut self.diagnostics)
        };
        let lead = match self.flow.label {
            Label::Expected => Lead::Output,
            _ => self.flow.lead.read(),
        };
        let setting = Setting {
            language: language.of(&self.source.text).to_ascii_lowercase(),
            lead,
            declared: declared.any,
            action: declared.action.clone(),
            closed: *closed,
        };
        let mut verdict = fences::read(self.leaves.fence(block)?, &setting);
        if verdict.reading == Reading::Show
            && setting.may_be_ordered()
            && let Some(asked) = self.asked_above(block)
        {
            verdict =
                self.leaves.fence(block).and_then(|text| fences::ordered(text, &setting, asked)).unwrap_or(verdict);
        }
        let doubt = self.flow.doubt.take();
        // "Never run these:" is said of all fences that follow each other.
        let next = self.document.blocks.get(self.document.blocks[block].end);
        if next.is_some_and(|b| {
            matches!(b.kind, BlockKind::Fence { .. }) && b.parent == self.document.blocks[block].parent
        }) {
            self.flow.doubt.clone_from(&doubt);
        }
        let doubt = doubt.or_else(|| self.flow.examples.clone());
        let doubt = doubt.or_else(|| self.unfenced(block, &verdict)).or_else(|| self.unsure(block));
        let doubt = doubt.filter(|why| why != doubts::ELSEWHERE || !reaches(&verdict));
        let at = self.document.blocks[block].span.start;
        let doubt = doubt.or_else(|| self.in_marked_tabs(at)).or_else(|| self.only_meant(at));
        if let Some(why) =
            doubt.filter(|_| !declared.any && matches!(verdict.reading, Reading::Run | Reading::Attended))
        {
            verdict.reading = Reading::Ambiguous;
            verdict.why = why;
        }
        if let Some(said) = declared.reading {
            if matches!(said, Reading::Show | Reading::Manual) {
                verdict.parts.clear();
            }
            if said != Reading::Run || verdict.reading != Reading::Attended {
                verdict.reading = said;
                verdict.why = "declared".into();
            }
        }
        Some((verdict, declared))
    }

    /// Code that stands left of its item, with blank lines in it: what belongs to it is likely, and not sure.
    fn unsure(&self, block: BlockId) -> Option<String> {
        let BlockKind::Fence { unsure: true, .. } = self.document.blocks[block].kind else { return None };
        Some(
            "its lines are indented less than its item, with blank lines between: where it ends needs review"
                .to_owned(),
        )
    }

    /// Code by CommonMark that is read as Markdown: that its fences are there to be run is likely, and not sure.
    pub fn only_meant(&self, at: usize) -> Option<String> {
        let meant = &self.document.meant;
        let code = meant[..meant.partition_point(|code| code.start <= at)].last()?;
        (at < code.end).then(|| "indented so far that Markdown takes it for code: needs review".to_owned())
    }

    /// What the text right above a fence asks for, if it asks for something to be done.
    fn asked_above(&self, block: BlockId) -> Option<Asked> {
        let above = block.checked_sub(1).filter(|above| self.is_paragraph(*above))?;
        let inline = &self.leaves.get(above)?.inline;
        let said = leads::last_sentence(inline.plain.trim_end());
        let (words, last) = (inline.first(24), Words::first(said, 24));
        let language = self.head.language;
        let asks = sentence_asks(inline, &words, language)
            || VOCABULARY.is_imperative(&last, language)
            || leads::of(&inline.plain) == Lead::Run;
        // "Note its name, for example:" shows what was found.
        let shows = || VOCABULARY.list(List::Example).anywhere(&last) || doubts::doubt(inline).is_some();
        if !asks || shows() {
            return None;
        }
        let looks =
            |words: &Words| [List::Checks, List::Keep].iter().any(|list| VOCABULARY.list(*list).starts(words, 0));
        Some(if looks(&words) || looks(&last) { Asked::Look } else { Asked::Do })
    }

    fn is_paragraph(&self, block: BlockId) -> bool {
        matches!(self.document.blocks[block].kind, BlockKind::Paragraph { .. })
    }

    /// Four blanks make code of anything: only a prompt says that it is to be typed.
    fn unfenced(&self, block: BlockId, verdict: &Verdict) -> Option<String> {
        if self.bare.contains(&block) {
            return Some(super::unfenced::BARE.into());
        }
        let written = self.document.blocks[block].span.of(&self.source.text).trim_start();
        let fenced = written.starts_with("```") || written.starts_with("~~~") || self.is_code_span(block);
        let prompted = verdict.why.starts_with("prompted");
        (!fenced && !prompted).then(|| "indented lines without a fence: needs review".to_owned())
    }

    /// Whether a block read as a fence is a paragraph of code: its content begins behind its marks.
    fn is_code_span(&self, block: BlockId) -> bool {
        let block = &self.document.blocks[block];
        let BlockKind::Fence { content, .. } = &block.kind else { return false };
        block.span.of(&self.source.text).starts_with('`')
            && content.first().is_some_and(|slice| slice.span.start > block.span.start)
    }

    /// A fence that belongs to a step.
    pub fn fence(&mut self, block: BlockId, step: StepId) {
        let Some((mut verdict, declared)) = self.verdict(block) else { return };
        if !declared.any
            && matches!(verdict.reading, Reading::Run | Reading::Attended)
            && let Some(why) = self.only_then(step).filter(|why| why != doubts::ELSEWHERE || !reaches(&verdict))
        {
            verdict.reading = Reading::Ambiguous;
            verdict.why = why;
        }
        let label = std::mem::take(&mut self.flow.label);
        let lead = self.flow.lead.take();
        self.record_verdict(block, &verdict);
        let span = self.document.blocks[block].span;
        let said = self.flow.each.clone();
        let each = self.each_ahead(&verdict);
        if verdict.parts.is_empty() {
            if matches!(verdict.reading, Reading::Show) && (label == Label::Expected || lead == Lead::Output) {
                self.expect_output(block, self.last_below(step));
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
        let step = self.behind_children(step, span, said);
        self.declare(step, &declared, block);
        let children = self.steps.len();
        let typed: Vec<String> =
            verdict.parts.iter().flat_map(|part| lines(&part.text.raw)).map(|l| l.trim().to_owned()).collect();
        let before = self.steps[step].commands.len();
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
            let command = &self.steps[step].commands[at];
            // What stands in a fence above was not only spoken of.
            let spoken = self.source.text[..command.span.start].ends_with('`');
            if spoken && !command.declared && typed.iter().any(|line| holds(line, &command.text)) {
                self.steps[step].commands.remove(at);
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
        if !asked && self.flow.item == Some(step) && depends() {
            return Some(super::doubts::not_always(title));
        }
        if self.flow.item == Some(step) && doubts::elsewhere(title) {
            return Some(doubts::ELSEWHERE.to_owned());
        }
        self.dropped(step).or_else(|| self.section_only_then())
    }

    /// What "If the data is corrupt:" above the headings of this section says.
    fn section_only_then(&self) -> Option<String> {
        let mut at = self.flow.section.filter(|_| !self.conditions.is_empty());
        while let Some(section) = at {
            if let Some(why) = self.conditions.get(&section) {
                return Some(why.clone());
            }
            at = self.outline.sections[section].parent;
        }
        None
    }

    /// The last of the steps below `step` that runs something: what comes out, or shows that it happened, is of it.
    fn last_below(&self, step: StepId) -> StepId {
        let last = self.steps.len() - 1;
        let below = last > step && self.steps[last].parent == Some(step) && self.steps[last].branch.is_none();
        if below && !self.steps[last].commands.is_empty() { last } else { step }
    }

    /// The step that a fence of `step` belongs to: when steps stand below it already, one of its own behind them. A step's own
    /// commands run before those below it.
    fn behind_children(&mut self, step: StepId, span: Span, said: Option<String>) -> StepId {
        let mut last = self.steps.len() - 1;
        while last > step && self.steps[last].parent.is_some_and(|parent| parent > step) {
            last = self.steps[last].parent.unwrap_or(step);
        }
        if last <= step || self.steps[last].parent != Some(step) || self.steps[last].branch.is_some() {
            return step;
        }
        let said = said.map(|said| super::prose::first_sentence(&said));
        let title = said.filter(|said| !said.is_empty()).unwrap_or_else(|| self.steps[step].title.clone());
        self.new_step(title, self.source.line(span.start), span, Some(step))
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

    fn add_parts(&mut self, verdict: Verdict, span: Span, declared: &Declared, step: StepId) {
        let Verdict { reading, why, parts } = verdict;
        for part in parts {
            let cuts = if declared.any { Vec::new() } else { cuts(&part.text) };
            if cuts.len() > 1 {
                self.split(&part, &cuts, (span, reading, &why), step);
                continue;
            }
            self.comment_expectations(&part.text, step);
            let command = self.part(part, span, reading, &why, declared);
            self.steps[step].commands.push(command);
        }
    }

    /// Sub-steps of a fence that is divided by `# 1. …` comments.
    fn split(
        &mut self,
        part: &fences::Part,
        cuts: &[(usize, String)],
        (span, reading, why): (Span, Reading, &str),
        step: StepId,
    ) {
        let ranges = part.text.line_ranges();
        let total = ranges.len();
        let declared = Declared::default();
        let before = part.text.pick(&ranges[..cuts[0].0.min(total)]);
        if !before.script().commands.is_empty() || !before.script().sets.is_empty() {
            let first = fences::Part { text: before, interpreter: part.interpreter.clone(), sample: None };
            let command = self.part(first, span, reading, why, &declared);
            self.steps[step].commands.push(command);
        }
        for (i, (line, title)) in cuts.iter().enumerate() {
            let end = cuts.get(i + 1).map_or(total, |c| c.0);
            let text = part.text.pick(ranges.get(*line..end).unwrap_or(&[]));
            let at = text.source(0);
            let here = text.span(0, text.raw.len());
            let child = self.new_step(title.clone(), self.source.line(at), here, Some(step));
            self.steps[child].branch = None;
            self.note_each(title, Over::Step(child));
            // A comment that says "if it fails" speaks of what stands below it, and of no other part.
            let own = fences::Part { text: text.clone(), interpreter: part.interpreter.clone(), sample: None };
            let (reading, why) = match fences::commented(part).filter(|doubt| doubt == why) {
                Some(_) => fences::commented(&own)
                    .map_or((Reading::Run, "a shell fence under a step".to_owned()), |doubt| {
                        (Reading::Ambiguous, doubt)
                    }),
                None => (reading, why.to_owned()),
            };
            let script = Rc::clone(text.script());
            if script.commands.is_empty() && script.sets.is_empty() {
                for (_, comment) in script.comments.iter().skip(1) {
                    self.guide(child, comment.clone());
                }
                continue;
            }
            self.comment_expectations(&text, child);
            // One of them may need a terminal, and the others none.
            let (reading, why) = match (reading, terminal::attended(&script)) {
                (Reading::Attended, None) => (Reading::Run, "a shell fence under a step".to_owned()),
                (Reading::Attended | Reading::Run, Some(own)) => (Reading::Attended, own),
                _ => (reading, why),
            };
            let piece = fences::Part { text, interpreter: part.interpreter.clone(), sample: None };
            let command = self.part(piece, here, reading, &why, &declared);
            self.steps[child].commands.push(command);
        }
    }

    /// `# must be OFF` behind or below a command says what is expected.
    fn comment_expectations(&mut self, text: &Text, step: StepId) {
        let mut at = 0;
        let [hash, dashes] = ["# ", "-- "].map(memchr::memmem::Finder::new);
        if [&hash, &dashes].iter().all(|mark| mark.find(text.raw.as_bytes()).is_none()) {
            return;
        }
        for line in lines(&text.raw) {
            let start = at;
            at += line.len() + 1;
            let Some(hash) = hash.find(line.as_bytes()).or_else(|| dashes.find(line.as_bytes())) else { continue };
            if hash > 0 && !line[..hash].ends_with(char::is_whitespace) {
                continue;
            }
            let comment = line[hash..].trim_start_matches(['#', '-']).trim();
            let words = Words::first(comment, 8);
            let expected = VOCABULARY.list(List::Expected);
            if expected.starts(&words, 0) && words.len() > 1 || words.get(0) == "must" {
                let span = text.span(start + hash, start + line.len());
                self.steps[step].expects.push(Expectation { text: comment.to_owned(), span, test: None });
            }
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
        let directly = self.flow.paragraph.is_none();
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
        if !declared.any
            && matches!(verdict.reading, Reading::Run | Reading::Attended)
            && let Some(why) = self.section_only_then()
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
            }
            return;
        }
        let span = self.document.blocks[block].span;
        let (title, line, from) = match loose {
            Some(loose) => (loose.title, loose.line, loose.span.to(span)),
            None => (String::new(), self.line_below_heading(block), span),
        };
        let step = self.new_step(title, line, from, None);
        self.declare(step, &declared, block);
        self.flow.last = Some(step);
        self.flow.attached = false;
        if verdict.parts.is_empty() && lead == Lead::Output {
            self.expect_output(block, step);
        }
        let each = self.each_ahead(&verdict);
        let children = self.steps.len();
        self.add_parts(verdict, span, &declared, step);
        self.fence_for_each(each, step, span, children);
    }

    /// The line of a block; right below a heading, which then names what it holds, the heading's.
    fn line_below_heading(&self, block: BlockId) -> usize {
        let named =
            self.flow.section.filter(|s| self.outline.tops.get(self.outline.heads[*s].body.start) == Some(&block));
        named
            .map_or_else(|| self.source.line(self.document.blocks[block].span.start), |s| self.outline.sections[s].line)
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
        self.flow.paragraph = Some(Loose { title, line, span, asks: false, own: true });
    }

    /// Whether a fence would be offered as a command.
    pub fn would_run(&self, block: BlockId, lead: Lead) -> bool {
        let BlockKind::Fence { language, attributes, closed, .. } = &self.document.blocks[block].kind else {
            return false;
        };
        let Some(text) = self.leaves.fence(block) else { return false };
        let setting = Setting {
            language: language.of(&self.source.text).to_ascii_lowercase(),
            lead,
            declared: !attributes.is_empty(),
            action: None,
            closed: *closed,
        };
        let verdict = fences::read(text, &setting);
        !verdict.parts.is_empty() || verdict.reading == Reading::Manual
    }

    /// A quote: a gate when it says so, else something to read.
    pub fn quote(&mut self, block: BlockId) {
        let end = self.document.blocks[block].end;
        let text = self.admonition(block);
        let words = Words::first(&text, 40);
        let gate = VOCABULARY.list(List::Gate);
        let is_gate = (0..words.len().min(6)).any(|i| gate.starts(&words, i)) || gate.role_like(&words, 0).is_some();
        let mut target = self.flow.last;
        if is_gate && self.role() != Role::Context {
            let span = self.document.blocks[block].span;
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
        for id in block + 1..end {
            if !matches!(self.document.blocks[id].kind, BlockKind::Fence { .. }) {
                continue;
            }
            match target {
                Some(step) if is_gate => self.fence(id, step),
                _ => self.show(id, "in a quote"),
            }
        }
    }

    /// `| **RTO** | 30 min |`: a table of two columns that says what the page is. So many of its labels are known.
    pub fn metadata_table(&mut self, block: BlockId) -> bool {
        let BlockKind::Table { header, rows } = &self.document.blocks[block].kind else { return false };
        if header.len() != 2 {
            return false;
        }
        let source = &self.source.text;
        let plain = |cell: &Span| text::read(&Text::piece(source, *cell)).one_line();
        let row = |cells: &[Span]| Some((plain(cells.first()?), plain(cells.get(1)?)));
        let rows = rows.iter().map(|row| &row.cells[..]).take(40);
        let said: Vec<(String, String)> = [&header[..]].into_iter().chain(rows).filter_map(row).collect();
        let ours =
            |words: &Words| VOCABULARY.key(words).is_some() || VOCABULARY.list(List::Targets).whole(words).is_some();
        let known = said.iter().filter(|(label, _)| ours(&Words::new(label))).count();
        let headed =
            said.first().is_some_and(|(head, _)| VOCABULARY.list(List::FieldHeads).whole(&Words::new(head)).is_some());
        if known == 0 || !headed && (known < KNOWN_LABELS || known * 3 < said.len()) {
            return false;
        }
        for (label, value) in said {
            self.head.label(label.trim_end_matches(':').trim(), &value);
        }
        true
    }

    /// A table whose rows are steps: a column for the action, and a number or another column that only steps have.
    pub fn table(&mut self, block: BlockId) {
        let BlockKind::Table { header, rows } = &self.document.blocks[block].kind else { return };
        let source = &self.source.text;
        let names: Vec<Words> = header.iter().map(|h| Words::new(h.of(source))).collect();
        let column = |list: &[&str]| names.iter().position(|n| list.iter().any(|w| n.as_str() == *w || n.get(0) == *w));
        // "Step | Check": a column of numbers names nothing that could be done.
        let counts = |at: &usize| {
            let number = |cell: &Span| cell.of(source).trim().bytes().all(|b| b.is_ascii_digit() || b == b'.');
            !rows.is_empty() && rows.iter().all(|row| row.cells.get(*at).is_none_or(number))
        };
        let action = column(&[
            "action",
            "actions",
            "task",
            "tache",
            "etape",
            "step",
            "command",
            "commande",
            "what",
            "quoi",
            "description",
            "instruction",
        ]);
        let action = column(&["action", "actions", "task", "tache", "what", "quoi", "instruction"]).or(action);
        let action = match action {
            Some(number) if counts(&number) => column(&["check", "description", "verification", "controle"])
                .or_else(|| column(&["command", "commande", "commands", "commandes"]))
                .or(action),
            named => named,
        };
        let ordinal = column(&["step", "etape", "n", "no", "ordre", "order", "time", "heure", "temps"])
            .or_else(|| names.iter().position(Words::is_empty))
            .filter(|o| Some(*o) != action);
        let said = ["expected", "attendu", "resultat", "result", "verification", "validation", "check"];
        let expected =
            names.iter().enumerate().position(|(at, n)| Some(at) != action && said.iter().any(|w| n.get(0) == *w));
        let owner = column(&["owner", "who", "responsable", "qui", "role", "actor", "acteur"]);
        let command = column(&["command", "commande", "commands", "commandes"]).filter(|c| Some(*c) != action);
        // "Comment" is a remark in English, and "how" in French.
        let says_how = |name: &Words| {
            VOCABULARY.list(List::HowColumn).whole(name).is_some()
                && (name.as_str() != "comment" || self.head.language == Language::Fr)
        };
        let how = command.or_else(|| names.iter().position(says_how)).filter(|c| Some(*c) != action);
        let called_command = how.is_some_and(|c| VOCABULARY.list(List::CommandColumn).whole(&names[c]).is_some());
        // "Step" beside "Expected" is a procedure, wherever it stands.
        let called =
            |name: &Words| ["step", "steps", "etape", "etapes", "action", "task", "tache"].contains(&name.as_str());
        let Some(action) = action.filter(|a| {
            // "Command | What it does" tells of commands.
            (ordinal.is_some() || expected.is_some() || command.is_some_and(|c| c > *a))
                && (self.flow.explicit || called(&names[*a]) && expected.is_some())
                && self.role() != Role::Context
                && self.role() != Role::PostAction
        }) else {
            if self.flow.last.is_some() || self.may_hold_steps() {
                let rows = self.table_text(block);
                self.tell(rows);
            }
            return;
        };
        let limit = VOCABULARY.list(List::Duration);
        let limit =
            names.iter().position(|n| limit.starts(n, 0)).filter(|l| ![Some(action), ordinal].contains(&Some(*l)));
        let unit = limit.map_or("", |l| unit(&names[l]));
        let rows: Vec<(Span, Vec<Span>)> = rows.iter().map(|r| (r.span, r.cells.clone())).collect();
        for (span, cells) in rows {
            let cell = |at: Option<usize>| at.and_then(|i| cells.get(i)).copied().filter(|c| !c.is_empty());
            let Some(what) = cell(Some(action)) else { continue };
            let step = self.new_step(String::new(), self.source.line(span.start), span, self.flow.heading_step);
            let text = Text::cell(&self.source.text, what);
            self.title(step, &text, &text::read(&text));
            if let Some(cell) = cell(how) {
                let text = Text::cell(&self.source.text, cell);
                self.row_commands(step, &text, called_command);
            }
            if let Some(cell) = cell(expected) {
                let plain = text::read(&Text::cell(&self.source.text, cell)).one_line();
                self.steps[step].expects.push(Expectation {
                    test: super::expectations::test_of(&plain),
                    text: plain,
                    span: cell,
                });
            }
            if let Some(cell) = cell(owner) {
                self.steps[step].owner = Some(text::read(&Text::cell(&self.source.text, cell)).one_line());
            }
            if let Some(cell) = cell(limit) {
                let plain = text::read(&Text::cell(&self.source.text, cell)).one_line();
                let bare = !unit.is_empty() && !plain.contains(char::is_alphabetic);
                let found = duration::find(&if bare { format!("{plain} {unit}") } else { plain });
                self.steps[step].timebox = found.first().map(|d| d.duration).or(self.steps[step].timebox);
            }
            self.flow.last = Some(step);
        }
        self.flow.attached = false;
    }
}

impl Reader<'_> {
    /// The commands of a row's cell. Nothing but one, in a column that is `called` so, is what the row does; a cell that says more is
    /// asked about, and read with the step.
    fn row_commands(&mut self, step: StepId, text: &Text, called: bool) {
        let lines: Vec<_> = text.broken().into_iter().map(|line| (text::read(&line), line)).collect();
        // Nothing but code in each line.
        let bare = lines.iter().all(
            |(inline, _)| matches!(&inline.codes[..], [code] if code.end - code.start == inline.plain.trim().len()),
        );
        let alone = bare && lines.len() == 1;
        // What the row's own words say of it holds for its commands: "If it hangs, …", "Rollback: …".
        let title = &self.steps[step].title;
        let depends = doubts::depends(title) || doubts::remarks(title) || doubts::label_doubts(title);
        let doubt = self.flow.doubt.clone().or_else(|| depends.then(|| doubts::not_always(title)));
        let doubt = doubt.or_else(|| (!(alone && called)).then(|| IN_CELL.to_owned()));
        let before = self.steps[step].commands.len();
        for (inline, line) in &lines {
            self.inline_steps(step, line, inline);
        }
        for command in &mut self.steps[step].commands[before..] {
            if let Some(why) = doubt.as_ref().filter(|_| matches!(command.reading, Reading::Run | Reading::Attended)) {
                command.reading = Reading::Ambiguous;
                command.why.clone_from(why);
            }
        }
        if !bare {
            self.guide(step, text::read(text).one_line());
        }
    }
}

/// The unit that a column's heading gives to bare numbers below it: "Duration (min)".
fn unit(heading: &Words) -> &'static str {
    let unit = |word: &str| match word {
        "s" | "sec" | "secs" | "second" | "seconds" | "seconde" | "secondes" => Some("s"),
        "min" | "mins" | "mn" | "minute" | "minutes" => Some("min"),
        "h" | "hour" | "hours" | "heure" | "heures" => Some("h"),
        _ => None,
    };
    heading.iter().find_map(unit).unwrap_or_default()
}

/// Lines of numbered comments at the top level of a script, with their text.
fn cuts(text: &Text) -> Vec<(usize, String)> {
    if !text.raw.contains("# ") && !text.raw.contains("#1") {
        return Vec::new();
    }
    let numbered = |(line, comment): &(usize, String)| {
        let digits = comment.bytes().take_while(u8::is_ascii_digit).count();
        let rest = comment[digits..].strip_prefix(['.', ')', ':'])?;
        let title = rest.trim();
        (digits > 0 && digits < 3 && !title.is_empty()).then(|| (*line, title.to_owned()))
    };
    text.script().comments.iter().filter_map(numbered).collect()
}
