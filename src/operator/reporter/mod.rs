//! The live reporters: what happens, as it happens, for people and for programs.

mod json;
mod line;
pub(in crate::operator) mod monitors;
mod output;
mod pace;
mod summary;

pub use json::Json;

use super::card;
use super::head;
use super::screen::Screen;
use super::text::{Line, Tone, boxed, chunks, prose, span, visible};
use super::words::fill;
use crate::driver::ports::{Chunk, Pending, Reporter, Standing};
use crate::engine::event::{Event, How, RunHead, UndoRound};
use crate::journal::record::Record;
use crate::plan::model::{CommandWork, Node, Path, Work};
use crate::runbook::model::{Interpreter, Reading};
use line::{Finished, Moving};
use output::Stream;
use pace::Pace;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Where text under a step begins.
const INDENT: usize = 7;

/// Columns before a line of output: the indent, the bar and a space.
pub const OUTPUT_INDENT: usize = INDENT + 2;
/// Output leaves at least this often, in microseconds of the run.
pub(super) const OFTEN: u64 = 50_000;

/// For people: one line per finished step.
#[derive(Debug)]
pub struct Human {
    screen: Screen,
    directory: PathBuf,
    /// The node that was reached last, and when (offset of the run).
    reached: Option<(String, u64)>,
    flushed_at: u64,
    stream: Stream,
    /// The running node has the terminal to itself.
    attended: bool,
    /// When the running command began, counted from when its step was reached.
    began: Duration,
    /// Seconds at the last status line.
    ticked: Option<u64>,
    /// Objectives that were judged.
    judged: Vec<(String, bool)>,
    /// Follow-ups that were noted.
    actions: Vec<String>,
    /// It was said that a recovery has to last.
    waited: bool,
    /// How the time goes.
    pace: Pace,
}

impl Human {
    /// A reporter on `screen` for the run whose files are in `directory`.
    #[must_use]
    pub fn new(screen: Screen, directory: PathBuf) -> Self {
        Self {
            screen,
            directory,
            reached: None,
            flushed_at: 0,
            stream: Stream::default(),
            attended: false,
            began: Duration::ZERO,
            ticked: None,
            judged: Vec::new(),
            actions: Vec::new(),
            waited: false,
            pace: Pace::default(),
        }
    }

    /// How long people took, for a node that was not run by the engine.
    fn since_reached(&self, node: &str, record: &Record) -> Option<Duration> {
        let (reached, at) = self.reached.as_ref()?;
        (reached == node).then(|| Duration::from_micros(record.offset_us.saturating_sub(*at)))
    }

    fn show(&self, lines: &[Line]) -> io::Result<()> {
        self.screen.lines(lines)
    }

    fn finished(&self, done: &Finished<'_>, standing: &Standing<'_>) -> io::Result<()> {
        self.show(&done.lines(standing, &self.screen.style()))
    }

    /// A line under the present step.
    fn under(&self, tone: Tone, text: &str) -> io::Result<()> {
        let mut out = Vec::new();
        prose(&mut out, INDENT, tone, text, &self.screen.style());
        self.show(&out)
    }

    fn head(&self, head: &RunHead, record: &Record, standing: &Standing<'_>) -> io::Result<()> {
        let (words, style) = (self.screen.words(), self.screen.style());
        let mut lines = head::head(head, record.actor.name(), standing, words, &style);
        let rehearsal = match head.mode {
            crate::engine::event::Mode::Tabletop => Some(words.rehearsal_tabletop),
            crate::engine::event::Mode::Walkthrough => Some(words.rehearsal_walkthrough),
            crate::engine::event::Mode::Simulation => Some(words.rehearsal_simulation),
            crate::engine::event::Mode::Live => None,
        };
        lines.extend(rehearsal.map(|text| Line::of(Tone::Warn, text)));
        self.show(&lines)
    }

    fn reached(&mut self, node: &str, record: &Record, standing: &Standing<'_>) -> io::Result<()> {
        self.reached = Some((node.to_owned(), record.offset_us));
        let Some(found) = standing.plan.node(node) else { return Ok(()) };
        let step = standing.plan.step_of(found);
        self.pace.reached(found, step, standing.elapsed);
        let words = self.screen.words();
        let mut lines = head::section(&step.section, &self.screen);
        if !lines.is_empty() {
            lines.extend(self.pace.budget(standing, words));
        }
        lines.extend(self.pace.schedule(step, standing, words));
        self.show(&lines)
    }

    fn started(&mut self, node: &str, rendered: &str, edited: bool, standing: &Standing<'_>) -> io::Result<()> {
        self.stream = Stream::default();
        self.ticked = None;
        self.began = standing.at_step;
        let found = standing.plan.node(node);
        // Another runbook without a terminal is heard like any other command.
        let lends =
            |work: &CommandWork| work.interpreter != Interpreter::Runbook || crate::operator::style::interactive();
        self.attended = found.is_some_and(
            |n| matches!(&n.work, Work::Command(work) if work.reading == Reading::Attended && lends(work)),
        );
        let shown = self.screen.memory(|m| {
            m.tail.clear();
            m.command.take().is_some_and(|(n, text)| n == node && text == rendered)
        });
        if shown {
            return Ok(());
        }
        self.command(found, rendered, edited)
    }

    /// A command that no card has shown: one line, or a box.
    fn command(&self, found: Option<&Node>, rendered: &str, edited: bool) -> io::Result<()> {
        let (words, style) = (self.screen.words(), self.screen.style());
        let mut out = Vec::new();
        let text = rendered.trim_end();
        let work = found.and_then(|n| match &n.work {
            Work::Command(work) => Some(work),
            _ => None,
        });
        if text.contains('\n') || edited {
            let mut head = card::interpreter(work);
            if edited {
                head = format!("{head} ({})", words.edited);
            }
            boxed(&mut out, &head, text, "", &style);
        } else {
            // Where it runs must be seen as long as it is not here.
            let place = work.and_then(|w| w.options.on.as_ref().or(w.options.connection.as_ref()));
            let first = place.map_or_else(|| "$ ".to_owned(), |place| format!("@{place} $ "));
            let room = style.width.saturating_sub(INDENT + first.chars().count()).max(20);
            for (i, piece) in chunks(&visible(text), room).iter().enumerate() {
                let mark = if i == 0 { first.as_str() } else { "  " };
                out.push(Line::new().to(INDENT).with(Tone::Dim, mark).with(Tone::Code, piece));
            }
        }
        self.show(&out)
    }

    /// The rest of the output, folded; and where all of it is.
    fn ended(&mut self, output: Option<&crate::engine::event::Blob>) -> io::Result<()> {
        let path = output.map(|blob| self.directory.join(&blob.file));
        let (words, style) = (self.screen.words(), self.screen.style());
        let name = path.as_ref().map_or_else(String::new, |p| p.display().to_string());
        let stream = std::mem::take(&mut self.stream);
        let (lines, tail) = stream.end(&name, words, &style);
        self.screen.memory(|m| {
            m.tail = tail;
            if path.is_some() {
                m.output = path;
            }
        });
        self.attended = false;
        self.show(&lines)
    }

    fn succeeded(&mut self, event: &Event, record: &Record, standing: &Standing<'_>) -> io::Result<()> {
        let Event::StepSucceeded { node, how, exit, took_ms, captures, output, summary, .. } = event else {
            return Ok(());
        };
        if *how == How::Rehearsed {
            return self.rehearsed(node, summary.trim(), standing);
        }
        // The yes was shown when it was said.
        if *how == How::Confirmed && matches!(standing.plan.node(node).map(|n| &n.work), Some(Work::Gate { .. })) {
            return Ok(());
        }
        self.ended(output.as_ref())?;
        let (words, marks) = (self.screen.words(), self.screen.style().symbols());
        let back = standing.plan.node(node).is_some_and(|n| n.path != Path::Forward);
        let ran = Duration::from_millis(*took_ms);
        let took = if *how == How::Ran { Some(ran) } else { self.since_reached(node, record) };
        let mut fact = summary.trim().to_owned();
        if fact.is_empty() {
            let kept: Vec<String> = captures
                .iter()
                .map(|(name, value)| format!("{name} = {}", value.as_deref().unwrap_or("***")))
                .collect();
            fact = kept.join(", ");
        }
        if fact.is_empty()
            && let Some(exit) = exit
        {
            fact = fill(words.cause_exit, &[&exit.to_string()]);
        }
        if *how != How::Ran {
            let who = format!("{} ({})", words.how(*how), record.actor.name());
            fact = if fact.is_empty() { who } else { words.pair(&who, &fact) };
        }
        let tone = Tone::Good;
        let mark = if back { marks.back } else { marks.done };
        self.finished(&Finished { mark, tone, node, took, fact, fact_tone: Tone::Plain }, standing)
    }

    /// A step that a rehearsal only walks past: what would run, or what a person would do.
    fn rehearsed(&self, node: &str, summary: &str, standing: &Standing<'_>) -> io::Result<()> {
        let (words, marks) = (self.screen.words(), self.screen.style().symbols());
        let found = standing.plan.node(node);
        let mut fact = words.how(How::Rehearsed).to_owned();
        match found.map(|n| &n.work) {
            Some(Work::Manual) => words.rehearsed_manual.clone_into(&mut fact),
            Some(Work::Input(_)) => fact = words.pair(words.rehearsed_input, summary),
            Some(Work::Check { .. }) => {
                let title = found.map_or("", |n| n.title.as_str());
                fact = if summary == title {
                    words.rehearsed_check.to_owned()
                } else {
                    words.pair(words.rehearsed_check, summary)
                };
            }
            _ => {}
        }
        self.finished(
            &Finished { mark: marks.rehearsed, tone: Tone::Dim, node, took: None, fact, fact_tone: Tone::Dim },
            standing,
        )?;
        // Whoever rehearses reads what stands with the step, as they will when it is real.
        let step = found.map(|n| standing.plan.step_of(n)).filter(|step| step.id == node);
        let (mut lines, style) = (Vec::new(), self.screen.style());
        if let Some(step) = step {
            card::guidance(&mut lines, step, &step.title, standing, words, &style);
            self.show(&std::mem::take(&mut lines))?;
        }
        if matches!(found.map(|n| &n.work), Some(Work::Command(_))) {
            self.command(found, summary, false)?;
        }
        if let Some(step) = step
            && !step.expects.is_empty()
        {
            let text = fill(words.expects, &[&step.expects.join("; ")]);
            prose(&mut lines, INDENT, Tone::Dim, &text, &style);
        }
        self.show(&lines)
    }

    fn failed(&mut self, event: &Event, standing: &Standing<'_>) -> io::Result<()> {
        let Event::StepFailed { node, cause, took_ms, output, retry_ms, .. } = event else { return Ok(()) };
        self.ended(output.as_ref())?;
        let (words, marks) = (self.screen.words(), self.screen.style().symbols());
        let mut fact = fill(words.failed, &[&words.cause(cause)]);
        if let Some(retry) = retry_ms {
            fact = format!("{fact}; {}", fill(words.again_in, &[&span(Duration::from_millis(*retry))]));
        }
        let took = Some(Duration::from_millis(*took_ms));
        self.finished(
            &Finished { mark: marks.failed, tone: Tone::Bad, node, took, fact, fact_tone: Tone::Bad },
            standing,
        )?;
        if let Some(blob) = output {
            let path = self.directory.join(&blob.file);
            self.under(Tone::Dim, &fill(words.see, &[&path.display().to_string()]))?;
        }
        Ok(())
    }

    /// Events that end or answer something, each on one line.
    fn answered(&mut self, record: &Record, standing: &Standing<'_>) -> io::Result<()> {
        let (words, marks) = (self.screen.words(), self.screen.style().symbols());
        let who = record.actor.name();
        let (node, mark, tone, fact) = match &record.event {
            Event::Decided { node, label, because, .. } => {
                let why = because.as_ref().map(|b| format!(", {}", fill(words.because, &[b]))).unwrap_or_default();
                (node, marks.decided, Tone::Accent, format!("{label} ({who}{why})"))
            }
            Event::GateAnswered { node, yes, .. } => {
                let (tone, word) = if *yes { (Tone::Good, words.yes) } else { (Tone::Bad, words.no) };
                (node, marks.decided, tone, format!("{word} ({who})"))
            }
            Event::BlankFilled { node, label, value, objective, met, .. } => {
                let judged = objective.as_ref().zip(*met).map(|(objective, met)| {
                    let text = fill(if met { words.objective_met } else { words.objective_missed }, &[objective]);
                    self.judged.push((format!("{}, {text}", words.pair(label, value)), met));
                    text
                });
                let tone = if *met == Some(false) { Tone::Bad } else { Tone::Good };
                let fact = judged.map_or_else(|| value.clone(), |text| format!("{value}, {text}"));
                (node, marks.done, tone, format!("{fact} ({who})"))
            }
            Event::Skipped { node, reason, automatic: true } => {
                (node, marks.skipped, Tone::Dim, fill(words.skipped_auto, &[reason]))
            }
            Event::Skipped { node, reason, .. } => {
                (node, marks.skipped, Tone::Warn, format!("{} ({who})", fill(words.skipped, &[reason])))
            }
            Event::OutcomeUnknown { node, reason } => {
                (node, marks.unknown, Tone::Unknown, words.pair(words.ask_unknown, reason))
            }
            Event::UndoFailed { node } => (node, marks.failed, Tone::Bad, words.undo_failed.to_owned()),
            _ => return Ok(()),
        };
        let took = self.since_reached(node, record);
        let fact_tone = if matches!(tone, Tone::Bad | Tone::Unknown) { tone } else { Tone::Plain };
        self.finished(&Finished { mark, tone, node, took, fact, fact_tone }, standing)
    }

    /// Events that are a line of their own under the step, or between steps.
    fn aside(&mut self, record: &Record, standing: &Standing<'_>) -> io::Result<()> {
        let (words, marks) = (self.screen.words(), self.screen.style().symbols());
        let who = record.actor.name();
        let said = |what: &str, note: &str| {
            let text = if note.is_empty() { what.to_owned() } else { words.pair(what, note) };
            words.pair(who, &text)
        };
        match &record.event {
            Event::VariableSet { name, value, from } => {
                let value = value.as_deref().unwrap_or("***");
                self.under(Tone::Dim, &format!("{name} = {value} ({from})"))
            }
            Event::Looked { said, .. } => self.under(Tone::Plain, said),
            Event::UnknownAnswered { answer, note, .. } => self.under(Tone::Plain, &said(words.unknown(*answer), note)),
            Event::FailureAnswered { answer, note, .. } => self.under(Tone::Plain, &said(words.failure(*answer), note)),
            Event::PivotPassed { .. } => self.under(Tone::Warn, &format!("{} {}", marks.pivot, words.pivot_passed)),
            Event::Noted { text, owner, due, action, .. } => {
                let mut line = format!("{} {}", marks.note, words.pair(who, text));
                if *action {
                    let owner = owner.as_ref().map(|o| format!(" @{o}")).unwrap_or_default();
                    let due = due.as_ref().map(|d| format!(", {}", fill(words.due, &[d]))).unwrap_or_default();
                    line = format!("{line} [{}{owner}{due}]", words.action);
                    self.actions.push(text.clone());
                }
                self.under(Tone::Plain, &line)
            }
            Event::TargetSeen { target, members, .. } => {
                for line in crate::engine::guard::seen(target, members, standing.plan.info.language) {
                    self.under(Tone::Accent, &format!("{} {line}", marks.here))?;
                }
                Ok(())
            }
            Event::Overdue { planned_ms, .. } => {
                let text = fill(words.overdue, &[&span(Duration::from_millis(*planned_ms))]);
                self.under(Tone::Warn, &format!("{} {text}", marks.warn))
            }
            Event::MonitorStarted { .. } | Event::MonitorChanged { .. } | Event::Measured(_) => {
                match monitors::line(&record.event, words) {
                    Some((tone, text)) => self.under(tone, &text),
                    None => Ok(()),
                }
            }
            Event::Paused { reason } => self.paused(reason, standing),
            Event::RollbackStarted { reason, queue, left, rounds } => {
                self.back(reason, (queue, rounds), left, standing)
            }
            _ => Ok(()),
        }
    }

    fn paused(&self, reason: &str, standing: &Standing<'_>) -> io::Result<()> {
        let (words, style) = (self.screen.words(), self.screen.style());
        let mut out = vec![Line::new()];
        let text = format!("{} {}", style.symbols().wait, fill(words.paused, &[reason]));
        prose(&mut out, 0, Tone::Warn, &text, &style);
        if let Some(head) = &standing.state.head {
            let command = format!("runbook resume {}", head.run);
            prose(&mut out, 2, Tone::Strong, &fill(words.go_on, &[&command]), &style);
        }
        self.show(&out)
    }

    fn back(
        &self,
        reason: &str,
        (queue, rounds): (&[String], &[UndoRound]),
        left: &[String],
        standing: &Standing<'_>,
    ) -> io::Result<()> {
        let (words, style) = (self.screen.words(), self.screen.style());
        let marks = style.symbols();
        let mut out = vec![Line::new()];
        let text = format!("{} {}", marks.back, fill(words.rollback_starts, &[reason]));
        prose(&mut out, 0, Tone::Warn, &text, &style);
        // Whoever asked for it has just seen it.
        if self.screen.memory(|m| std::mem::take(&mut m.way)).as_deref() != Some(queue) {
            super::way::lines(&mut out, (queue, rounds), left, (standing.plan, standing.state), words, &style);
        }
        self.show(&out)
    }
}

impl Reporter for Human {
    fn record(&mut self, record: &Record, standing: &Standing<'_>) -> io::Result<()> {
        let words = self.screen.words();
        match &record.event {
            Event::RunStarted(head) => self.head(head, record, standing)?,
            Event::RunResumed { edited, torn, .. } => {
                if let Some(head) = standing.state.head.clone() {
                    self.head(&head, record, standing)?;
                    let behind = self::summary::behind(standing);
                    let text = fill(words.resumed, &[&behind.to_string(), &head.steps.to_string()]);
                    self.screen.line(Tone::Strong, &text)?;
                }
                if *edited {
                    self.under(Tone::Warn, words.resumed_edited)?;
                }
                if *torn > 0 {
                    self.under(Tone::Warn, &fill(words.resumed_torn, &[&torn.to_string()]))?;
                }
            }
            Event::StepReached { node, .. } => self.reached(node, record, standing)?,
            Event::StepStarted { node, rendered, edited, .. } => self.started(node, rendered, *edited, standing)?,
            event @ Event::StepSucceeded { .. } => self.succeeded(event, record, standing)?,
            event @ Event::StepFailed { .. } => self.failed(event, standing)?,
            Event::OutcomeUnknown { .. } => {
                self.ended(None)?;
                self.answered(record, standing)?;
            }
            Event::RunFinished { outcome, reason } => {
                let facts = summary::Facts { outcome: *outcome, reason, judged: &self.judged, actions: &self.actions };
                let lines = summary::lines(&facts, standing, words, &self.screen.style());
                self.show(&lines)?;
            }
            Event::Decided { .. }
            | Event::GateAnswered { .. }
            | Event::BlankFilled { .. }
            | Event::Skipped { .. }
            | Event::UndoFailed { .. } => self.answered(record, standing)?,
            _ => self.aside(record, standing)?,
        }
        let last = matches!(
            record.event,
            Event::RunFinished { .. } | Event::Paused { .. } | Event::MonitorChanged { .. } | Event::Measured(_)
        );
        if last || self.screen.style().live || record.offset_us.saturating_sub(self.flushed_at) > OFTEN {
            self.flushed_at = record.offset_us;
            self.screen.flush()?;
        }
        Ok(())
    }

    fn output(&mut self, chunk: &Chunk) -> io::Result<()> {
        if self.attended {
            return Ok(());
        }
        let lines = self.stream.take(&chunk.bytes, &self.screen.style());
        if lines.is_empty() { Ok(()) } else { self.show(&lines) }
    }

    fn tick(&mut self, standing: &Standing<'_>) -> io::Result<()> {
        if self.attended {
            return Ok(());
        }
        let style = self.screen.style();
        let time = Duration::from_secs(standing.at_step.saturating_sub(self.began).as_secs());
        let seconds = time.as_secs();
        if !style.live || self.ticked == Some(seconds) || seconds == 0 {
            return self.screen.flush();
        }
        self.ticked = Some(seconds);
        let node = standing.state.cursor.as_deref().and_then(|id| standing.plan.node(id));
        let step = node.map(|n| standing.plan.step_of(n));
        // What is down matters more than the last words of a command.
        let latest = monitors::down(&standing.down, self.screen.words()).unwrap_or_else(|| self.stream.latest());
        let rto = standing.state.head.as_ref().and_then(|head| head.rto_s).map(Duration::from_secs);
        let rto = rto.map(|rto| (pace::elapsed(standing.elapsed, rto, self.screen.words()), standing.elapsed > rto));
        let moving = Moving { node, step, latest, time, rto };
        let line = moving.line(self.screen.words(), &style);
        self.screen.status(&line)
    }

    fn waiting(&mut self, pending: &Pending) -> io::Result<()> {
        let line = monitors::waiting(&pending.monitor, pending.left, self.screen.words());
        // Where nothing can be redrawn it is said once.
        if self.screen.style().live {
            return self.screen.status(&line);
        }
        if !std::mem::replace(&mut self.waited, true) {
            self.show(&[line])?;
        }
        self.screen.flush()
    }
}

#[cfg(test)]
mod tests;
