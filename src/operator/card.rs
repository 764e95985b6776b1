//! How a question looks: pure functions from a question and where the run stands to lines.

use super::keys::{Go, offered};
use super::style::Style;
use super::text::{Line, Tone, boxed, clip, clock, prose, span, width};
use super::words::{Words, fill};
use crate::driver::ports::Standing;
use crate::engine::event::{Cause, FailureAnswer};
use crate::engine::question::{Ask, Question};
use crate::plan::model::{CommandWork, Node, Path, PlanStep, Work};
use crate::runbook::model::{Effect, Interpreter, Language, ValueKind};
use std::time::Duration;

/// Where text under a step begins.
const INDENT: usize = 7;
/// Lines of guidance that are shown before the rest is left to the runbook.
const GUIDANCE: usize = 12;

/// What a card is drawn from.
pub(super) struct Card<'a> {
    pub question: &'a Question,
    pub standing: &'a Standing<'a>,
    pub go: &'a Go,
    pub words: &'a Words,
    pub style: Style,
    /// The last lines of the last command's output, and its file.
    pub tail: &'a [String],
    pub output: Option<&'a str>,
}

/// What stands with a step to be read, but for what is said elsewhere.
pub(super) fn guidance(
    out: &mut Vec<Line>,
    step: &PlanStep,
    said: &str,
    standing: &Standing<'_>,
    words: &Words,
    style: &Style,
) {
    let mut lines = Vec::new();
    for text in &step.guidance {
        let text = crate::engine::words(standing.state, text);
        if text.trim() != said {
            prose(&mut lines, INDENT, Tone::Dim, &text, style);
        }
    }
    let more = lines.len().saturating_sub(GUIDANCE);
    out.extend(lines.into_iter().take(GUIDANCE));
    if more > 0 {
        let text = fill(words.more_text, &[&more.to_string(), &step.line.to_string()]);
        prose(out, INDENT, Tone::Dim, &text, style);
    }
}

impl Card<'_> {
    fn node(&self) -> Option<&Node> {
        self.standing.plan.node(&self.question.node)
    }

    fn step(&self) -> Option<&PlanStep> {
        self.node().map(|node| self.standing.plan.step_of(node))
    }

    /// The whole card, without the prompt.
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut out = vec![Line::new()];
        self.heading(&mut out);
        self.guidance(&mut out);
        match &self.question.ask {
            Ask::Value { .. } => self.value(&mut out),
            Ask::Command { .. } => self.command(&mut out),
            Ask::Manual { .. } => {
                self.expected(&mut out);
                self.going_back(&mut out);
                self.say(&mut out, Tone::Strong, self.words.ask_manual);
            }
            Ask::Check { statement } => {
                self.statement(&mut out, statement);
                self.expected(&mut out);
                self.say(&mut out, Tone::Strong, self.words.ask_check);
            }
            Ask::Decision { .. } => self.decision(&mut out),
            Ask::Gate { .. } => self.gate(&mut out),
            Ask::Failure { .. } => self.failure(&mut out),
            Ask::Unknown { .. } => self.unknown(&mut out),
        }
        out.push(Line::new());
        let dot = format!(" {} ", self.style.symbols().dot);
        let mut line = String::new();
        let room = self.style.width.saturating_sub(2);
        // Who is on the way back cannot take it.
        let back = self.standing.state.rollback.is_some();
        for key in offered(&self.question.ask, self.go, back, self.words) {
            if !line.is_empty() && width(&line) + width(&dot) + width(&key) > room {
                out.push(Line::of(Tone::Plain, "  ").with(Tone::Dim, &line));
                line.clear();
            }
            if !line.is_empty() {
                line.push_str(&dot);
            }
            line.push_str(&key);
        }
        out.push(Line::of(Tone::Plain, "  ").with(Tone::Dim, &line));
        out
    }

    fn say(&self, out: &mut Vec<Line>, tone: Tone, text: &str) {
        prose(out, INDENT, tone, text, &self.style);
    }

    /// The step's line: mark, number, title; on the right its time, owner, effect and flag.
    fn heading(&self, out: &mut Vec<Line>) {
        let marks = self.style.symbols();
        let (mark, tone) = match self.question.ask {
            Ask::Failure { .. } => (marks.failed, Tone::Bad),
            Ask::Unknown { .. } => (marks.unknown, Tone::Unknown),
            Ask::Decision { .. } | Ask::Gate { .. } => (marks.decided, Tone::Accent),
            _ => (marks.here, Tone::Accent),
        };
        let number = self.step().map_or("", |s| s.number.as_str());
        let title = match (&self.question.ask, self.node()) {
            (Ask::Value { prompt, name, .. }, None) => {
                if prompt.is_empty() {
                    name
                } else {
                    prompt
                }
            }
            (_, Some(node)) => node.title.as_str(),
            _ => self.question.step.as_str(),
        };
        let mut title = crate::engine::words(self.standing.state, title);
        if let Some(who) = self.standing.state.undone_for(&self.question.node) {
            title.push_str(&format!(" ({who})"));
        }
        let title = title.as_str();
        let facts = self.facts();
        let left = Line::of(tone, mark).with(Tone::Plain, " ").with(tone, number);
        // "1.2.10" is longer than most.
        let left = if left.width() < INDENT { left.to(INDENT) } else { left.with(Tone::Plain, " ") };
        let facts_width = facts.width();
        let room = self.style.width.saturating_sub(left.width());
        if facts_width > 0 && width(title) + 2 + facts_width <= room {
            let line = left.with(Tone::Strong, title);
            out.push(line.to(self.style.width - facts_width).and(facts));
            return;
        }
        let mut wrapped = super::text::wrap(title, room).into_iter();
        out.push(left.with(Tone::Strong, &wrapped.next().unwrap_or_default()));
        out.extend(wrapped.map(|l| Line::new().to(INDENT).with(Tone::Strong, &l)));
        if facts_width > 0 {
            out.push(Line::new().to(INDENT).and(facts));
        }
    }

    fn facts(&self) -> Line {
        let mut facts: Vec<(Tone, String)> = Vec::new();
        let words = self.words;
        if let Some(step) = self.step() {
            facts.extend(step.timebox.map(|t| (Tone::Dim, fill(words.about, &[&span(t)]))));
            facts.extend(step.owner.clone().map(|owner| (Tone::Plain, owner)));
        }
        let (effect, pivot, optional) = match &self.question.ask {
            Ask::Command { effect, pivot, optional, .. } => (Some(*effect), *pivot, *optional),
            Ask::Manual { pivot, optional } => (None, *pivot, *optional),
            _ => (None, false, false),
        };
        facts.extend(effect.map(|e| {
            let tone = match e {
                Effect::Read => Tone::Good,
                Effect::Write => Tone::Warn,
                Effect::Destructive => Tone::Bad,
            };
            (tone, words.effect(e).to_owned())
        }));
        if optional {
            facts.push((Tone::Dim, words.optional.to_owned()));
        }
        if pivot {
            facts.push((Tone::Bad, format!("{} {}", self.style.symbols().pivot, words.pivot)));
        }
        let dot = format!(" {} ", self.style.symbols().dot);
        let mut line = Line::new();
        for (i, (tone, fact)) in facts.iter().enumerate() {
            let gap = if i == 0 { "" } else { dot.as_str() };
            line = line.with(Tone::Dim, gap).with(*tone, fact);
        }
        line
    }

    fn guidance(&self, out: &mut Vec<Line>) {
        let Some(step) = self.step() else { return };
        let asks = matches!(
            self.question.ask,
            Ask::Command { .. } | Ask::Manual { .. } | Ask::Check { .. } | Ask::Decision { .. } | Ask::Gate { .. }
        );
        if self.node().is_none_or(|n| n.id != step.id) || !asks {
            return;
        }
        // A gate's question, which is shown in full below.
        let said = match &self.question.ask {
            Ask::Gate { question, .. } => question.trim(),
            _ => "",
        };
        guidance(out, step, said, self.standing, self.words, &self.style);
    }

    fn expected(&self, out: &mut Vec<Line>) {
        // What a step is to bring about is not what its undoing brings about.
        let forward = self.node().is_none_or(|node| node.path != Path::Undo);
        if let Some(step) = self.step().filter(|s| forward && !s.expects.is_empty()) {
            self.say(out, Tone::Plain, &fill(self.words.expects, &[&step.expects.join("; ")]));
        }
    }

    /// A statement that the title does not say already.
    fn statement(&self, out: &mut Vec<Line>, statement: &str) {
        if self.node().is_none_or(|n| n.title.trim() != statement.trim()) {
            self.say(out, Tone::Plain, statement);
        }
    }

    fn going_back(&self, out: &mut Vec<Line>) {
        let pivot = matches!(self.question.ask, Ask::Command { pivot: true, .. } | Ask::Manual { pivot: true, .. });
        match self.step().and_then(|s| s.undo_text.as_deref()) {
            Some(text) => self.say(out, Tone::Warn, &fill(self.words.way_back, &[text])),
            None if pivot => self.say(out, Tone::Warn, self.words.after_pivot_words),
            None => {}
        }
    }

    fn command(&self, out: &mut Vec<Line>) {
        let Ask::Command { rendered, effect, effect_why, attended, ambiguous, attempts, .. } = &self.question.ask
        else {
            return;
        };
        let words = self.words;
        let work = self.node().and_then(|n| match &n.work {
            Work::Command(work) => Some(work),
            _ => None,
        });
        if let Some(text) = work.and_then(|w| w.options.requires.as_deref()) {
            self.say(out, Tone::Dim, &fill(words.guard, &[text]));
        }
        let expects = self.step().map(|s| s.expects.join("; ")).unwrap_or_default();
        let foot = if expects.is_empty() { String::new() } else { fill(words.expects, &[&expects]) };
        boxed(out, &interpreter(work), rendered, &foot, &self.style);
        if let Some(sample) = work.and_then(|w| w.sample.as_deref()) {
            self.say(out, Tone::Dim, words.sample);
            for line in sample.lines().take(GUIDANCE) {
                self.say(out, Tone::Dim, &format!("  {line}"));
            }
        }
        if *effect != Effect::Read && !effect_why.is_empty() {
            let tone = if *effect == Effect::Destructive { Tone::Bad } else { Tone::Dim };
            self.say(out, tone, &words.pair(words.effect(*effect), &words.reason(effect_why)));
        }
        if let Some(why) = ambiguous {
            self.say(out, Tone::Warn, &fill(words.ambiguous, &[&words.reason(why)]));
        }
        if *attended {
            self.say(out, Tone::Warn, words.attended);
        }
        if let Some(work) = work {
            self.waiting(out, work);
        }
        if *attempts > 0 {
            self.say(out, Tone::Warn, &fill(words.attempted, &[&attempts.to_string()]));
        }
        self.going_back(out);
    }

    /// What it waits for, and for how long.
    fn waiting(&self, out: &mut Vec<Line>, work: &CommandWork) {
        let options = &work.options;
        let time = |t: Option<Duration>| t.map_or_else(|| "?".to_owned(), span);
        if let Some(until) = &options.until {
            let text = fill(self.words.until, &[until, &time(options.every), &time(options.poll_for)]);
            self.say(out, Tone::Dim, &text);
        }
        if let Some(timeout) = options.timeout {
            self.say(out, Tone::Dim, &fill(self.words.limit, &[&span(timeout)]));
        }
        if options.retries > 0 {
            self.say(out, Tone::Dim, &fill(self.words.retried, &[&options.retries.to_string()]));
        }
    }

    fn value(&self, out: &mut Vec<Line>) {
        let Ask::Value { name, prompt, written, default, secret, kind, objective, options } = &self.question.ask else {
            return;
        };
        let words = self.words;
        if self.node().is_some_and(|n| n.title.trim() != prompt.trim()) && !prompt.is_empty() {
            self.say(out, Tone::Strong, prompt);
        }
        let mut facts = vec![name.clone()];
        facts.extend(written.as_ref().map(|w| fill(words.written, &[w])));
        match kind {
            ValueKind::Text => {}
            ValueKind::Number => facts.push(words.kind_number.to_owned()),
            ValueKind::Duration => facts.push(words.kind_duration.to_owned()),
        }
        facts.extend(objective.as_ref().map(|o| fill(words.objective, &[o])));
        self.say(out, Tone::Dim, &facts.join(&format!(" {} ", self.style.symbols().dot)));
        if !options.is_empty() {
            self.say(out, Tone::Plain, words.one_of);
            self.options(out, options, &[], None);
        }
        if *secret {
            self.say(out, Tone::Warn, words.secret);
        } else if let Some(default) = default {
            self.say(out, Tone::Plain, &fill(words.default, &[default]));
        }
    }

    /// Where an option of this decision leads: the step, the way back, the end.
    fn leads(&self, option: usize) -> Option<String> {
        let node = self.node().filter(|node| node.again.is_none())?;
        let Work::Decision { options } = &node.work else { return None };
        let way = options.get(option)?;
        let to = match way.to {
            _ if way.rollback => self.words.ask_rollback.to_owned(),
            Some(to) => {
                let node = self.standing.plan.nodes.get(to)?;
                let step = self.standing.plan.step_of(node);
                format!("{} {}", step.number, crate::engine::words(self.standing.state, &step.title))
            }
            None => self.words.way_ends.to_owned(),
        };
        Some(format!("{} {to}", self.style.symbols().to))
    }

    /// Numbered lines; `ways` says of each where it leads, where that is known.
    fn options(&self, out: &mut Vec<Line>, options: &[String], ways: &[String], proposed: Option<usize>) {
        for (i, option) in options.iter().enumerate() {
            let mark = if proposed == Some(i) { self.style.symbols().here } else { " " };
            let mut lines = super::text::wrap(option, self.style.width.saturating_sub(INDENT + 6)).into_iter();
            let line = Line::new().to(INDENT).with(Tone::Accent, mark).with(Tone::Strong, &format!(" {:>2}  ", i + 1));
            out.push(line.with(Tone::Plain, &lines.next().unwrap_or_default()));
            out.extend(lines.map(|l| Line::new().to(INDENT + 6).with(Tone::Plain, &l)));
            let Some(way) = ways.get(i).filter(|way| !way.is_empty()) else { continue };
            let room = self.style.width.saturating_sub(INDENT + 6);
            match out.last_mut().filter(|line| line.width() + 2 + width(way) <= self.style.width) {
                Some(line) => *line = std::mem::take(line).with(Tone::Plain, "  ").with(Tone::Dim, way),
                None => out.push(Line::new().to(INDENT + 6).with(Tone::Dim, &clip(way, room, &self.style))),
            }
        }
    }

    fn decision(&self, out: &mut Vec<Line>) {
        let Ask::Decision { options, proposal } = &self.question.ask else { return };
        self.say(out, Tone::Strong, self.words.ask_decision);
        let ways: Vec<String> = (0..options.len()).map(|i| self.leads(i).unwrap_or_default()).collect();
        self.options(out, options, &ways, proposal.as_ref().map(|(i, _)| *i));
        if let Some((i, why)) = proposal {
            let label = options.get(*i).map_or("", String::as_str);
            self.say(out, Tone::Warn, &fill(self.words.proposal, &[&(i + 1).to_string(), label, why]));
        }
    }

    fn gate(&self, out: &mut Vec<Line>) {
        let Ask::Gate { question, missing, approved_by } = &self.question.ask else { return };
        let words = self.words;
        self.statement(out, question);
        self.expected(out);
        let all = usize::try_from(*missing).unwrap_or(usize::MAX).saturating_add(approved_by.len());
        if all > 1 {
            self.say(out, Tone::Plain, &fill(words.ask_gate_names, &[&all.to_string()]));
            if !approved_by.is_empty() {
                self.say(out, Tone::Good, &fill(words.ask_gate_said, &[&approved_by.join(", ")]));
                self.say(out, Tone::Warn, &fill(words.ask_gate_missing, &[&missing.to_string()]));
            }
        }
        self.say(out, Tone::Strong, words.ask_gate);
    }

    fn failure(&self, out: &mut Vec<Line>) {
        let Ask::Failure { cause, after_pivot, choices } = &self.question.ask else { return };
        let words = self.words;
        let text = words.pair(words.ask_failure, &words.cause(cause));
        self.say(out, Tone::Bad, &text);
        if !matches!(cause, Cause::CheckRefused { .. }) {
            self.tail(out);
        }
        // On the way back there is no going back to speak of.
        if self.standing.plan.node(&self.question.node).is_some_and(|node| node.path != Path::Forward) {
            return;
        }
        let has_pivot = self.standing.plan.nodes.iter().any(|n| n.pivot);
        let meaning = match (choices.contains(&FailureAnswer::Rollback), after_pivot, has_pivot) {
            (false, true, _) => words.no_way_back_after_pivot,
            (false, false, _) => words.no_way_back,
            (true, true, _) => words.after_pivot,
            (true, false, true) => words.before_pivot,
            (true, false, false) => words.no_pivot,
        };
        self.say(out, if *after_pivot { Tone::Warn } else { Tone::Plain }, meaning);
    }

    fn tail(&self, out: &mut Vec<Line>) {
        if self.tail.is_empty() {
            return;
        }
        let file = self.output.unwrap_or("-");
        self.say(out, Tone::Dim, &fill(self.words.last_lines, &[file]));
        let bar = self.style.symbols().bar;
        let room = self.style.width.saturating_sub(INDENT + 2);
        for line in self.tail {
            out.push(
                Line::new()
                    .to(INDENT)
                    .with(Tone::Dim, &format!("{bar} "))
                    .with(Tone::Plain, &clip(line, room, &self.style)),
            );
        }
    }

    fn unknown(&self, out: &mut Vec<Line>) {
        let Ask::Unknown { reason, rendered, .. } = &self.question.ask else { return };
        let words = self.words;
        self.say(out, Tone::Unknown, &words.pair(words.ask_unknown, reason));
        let work = self.node().and_then(|n| match &n.work {
            Work::Command(work) => Some(work),
            _ => None,
        });
        boxed(out, &interpreter(work), rendered, "", &self.style);
        self.expected(out);
        self.say(out, Tone::Plain, words.unknown_help);
    }

    /// `3.2  RTO 01:12 of 5m · step 24s of 30s ›`
    pub(super) fn prompt(&self) -> Line {
        let (standing, words, marks) = (self.standing, self.words, self.style.symbols());
        let number = self.step().map_or("", |s| s.number.as_str());
        let rto = standing.state.head.as_ref().and_then(|h| h.rto_s).map(Duration::from_secs);
        let mut line = Line::of(Tone::Accent, number);
        let total = timed(standing.elapsed, rto, words, true);
        let late = rto.is_some_and(|r| standing.elapsed > r);
        let gap = if number.is_empty() { "" } else { "  " };
        let total = if rto.is_some() { format!("RTO {total}") } else { total };
        line = line.with(if late { Tone::Bad } else { Tone::Dim }, &format!("{gap}{total}"));
        if let Some(timebox) = self.step().and_then(|s| s.timebox) {
            let late = standing.at_step > timebox;
            let text = timed(standing.at_step, Some(timebox), words, false);
            line =
                line.with(if late { Tone::Warn } else { Tone::Dim }, &format!(" {} {} {text}", marks.dot, words.step));
        }
        if let Some(down) = super::reporter::monitors::down(&standing.down, words) {
            line = line.with(Tone::Bad, &format!(" {} {down}", marks.dot));
        }
        line.with(Tone::Accent, &format!(" {}", marks.prompt))
    }
}

/// `01:12 of 5m`, with a word when it is over.
fn timed(time: Duration, of: Option<Duration>, words: &Words, running: bool) -> String {
    let now = if running { clock(time) } else { span(Duration::from_secs(time.as_secs())) };
    match of {
        None => now,
        Some(limit) if time > limit => {
            fill(words.over, &[&span(Duration::from_secs(time.saturating_sub(limit).as_secs()))])
        }
        Some(limit) => fill(words.of, &[&now, &span(limit)]),
    }
}

/// `bash`, `sql @replica2`.
pub(super) fn interpreter(work: Option<&CommandWork>) -> String {
    let Some(work) = work else { return String::new() };
    let program = match &work.interpreter {
        Interpreter::Shell => "bash",
        Interpreter::Program(program) => program,
        Interpreter::Sql => "sql",
        Interpreter::Aws(_) => "aws",
        Interpreter::Http(_) => "http",
        Interpreter::Runbook => "runbook",
    };
    let place = work.options.on.as_ref().or(work.options.connection.as_ref());
    place.map_or_else(|| program.to_owned(), |place| format!("{program} @{place}"))
}

/// What a question is, in one line, for a run that pauses because nobody answers it.
#[must_use]
pub fn describe(question: &Question, standing: &Standing<'_>, language: Language) -> String {
    let words = Words::of(language);
    let node = standing.plan.node(&question.node);
    let what = match (&question.ask, node) {
        (Ask::Value { prompt, name, .. }, _) => {
            if prompt.is_empty() {
                name
            } else {
                prompt
            }
        }
        (Ask::Gate { question, .. }, _) => question,
        (Ask::Check { statement }, _) => statement,
        (_, Some(node)) => &node.title,
        _ => &question.step,
    };
    let key = match &question.ask {
        Ask::Value { name, .. } => name,
        _ => &question.step,
    };
    let what = super::text::visible(&crate::engine::words(standing.state, what));
    let first = fill(words.nobody, &[&format!("`{key}` ({what})")]);
    format!("{first}; {}", fill(words.nobody_answer, &[question.ask.section(), key]))
}

#[cfg(test)]
#[path = "card_tests.rs"]
mod tests;
