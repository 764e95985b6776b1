//! What a journal says, gathered once for every report. Tolerant: it judges nothing and refuses no order of events.

use crate::engine::event::{Actor, Cause, Event, How, Mode, Outcome, RunHead};
use crate::journal::record::Record;
use crate::plan::model::{Node, Path, Plan};
use crate::runbook::model::Role;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// Which role the section of each node has; the journal does not know it.
pub type Roles = BTreeMap<String, Role>;

/// The roles of a plan's nodes. What undoes a step is part of the way back, whatever that step's role is.
#[must_use]
pub fn roles(plan: &Plan) -> Roles {
    let role = |node: &Node| if node.path == Path::Forward { plan.step_of(node).role } else { Role::Rollback };
    plan.nodes.iter().map(|node| (node.id.clone(), role(node))).collect()
}

/// Everything that reports need to know about a run.
#[derive(Debug, Default)]
pub struct Facts<'a> {
    /// Its head.
    pub head: Option<&'a RunHead>,
    /// When the run began.
    pub began: Option<Timestamp>,
    /// When the incident began, as declared.
    pub incident: Option<Timestamp>,
    /// Milliseconds from the start of the run to its end, or to the last record.
    pub elapsed_ms: u64,
    /// When, how and why it ended.
    pub finished: Option<(Timestamp, Outcome, &'a str)>,
    /// Why it waits, if it does.
    pub paused: Option<&'a str>,
    /// People seen, in order, each once: an answers file speaks for one of them.
    pub people: Vec<&'a Actor>,
    /// Nodes in the order in which they were first reached.
    pub steps: Vec<StepFacts<'a>>,
    /// The node that the run is at, index into `steps`.
    pub cursor: Option<usize>,
    /// Variables: value (`None` for a secret) and source.
    pub variables: BTreeMap<&'a str, (Option<&'a str>, &'a str)>,
    /// Whether the point of no return is behind.
    pub pivot: bool,
    /// The way back: how many undone, of how many, and what is left.
    pub rollback: Option<(usize, usize, &'a [String])>,
    /// How many times the program died and was started again.
    pub interruptions: u32,
    /// Milliseconds during which nobody drove the run.
    pub stopped_ms: u64,
    /// When nobody drove the run: the last sign of life, and when it was taken up again.
    pub unwatched: Vec<(Timestamp, Timestamp)>,
    /// The nodes in the order in which the run was at them: milliseconds since its start, index into `steps`, record.
    pub visits: Vec<(u64, usize, u64)>,
    last_at: Option<Timestamp>,
    by_node: HashMap<&'a str, usize>,
    /// Since when a person has the word (µs).
    waiting: Option<u64>,
    last_offset: u64,
}

/// One node's history.
#[derive(Debug)]
pub struct StepFacts<'a> {
    /// Node id.
    pub node: &'a str,
    /// Its title; its id when the journal has none.
    pub title: &'a str,
    /// The record that first names it.
    pub seq: u64,
    /// Where it stands.
    pub standing: StepStanding,
    /// How it came to be done.
    pub how: Option<How>,
    /// Tries so far.
    pub tries: u32,
    /// Failures so far.
    pub failures: u32,
    /// Milliseconds during which a person had the word.
    pub people_ms: u64,
    /// Milliseconds during which a command ran.
    pub machine_ms: u64,
    /// Milliseconds between a failure and the try that followed by itself.
    pub pause_ms: u64,
    /// Whether people answered it by GO or NO-GO.
    pub gate: bool,
    /// Whether a way was chosen here.
    pub decision: bool,
    /// Since when it waits for another try (µs).
    retry_since: Option<u64>,
    /// The fact that matters, or why not.
    pub result: &'a str,
    /// When it was reached.
    pub reached: Timestamp,
    /// When it ended, and how long after the start of the run (ms).
    pub ended: Option<(Timestamp, u64)>,
    /// The record of that.
    pub ended_seq: Option<u64>,
    /// Whether it was only a value to fill in.
    pub blank: bool,
    /// The last failure.
    pub cause: Option<&'a Cause>,
}

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepStanding {
    /// A person has the word.
    Reached,
    /// It runs.
    Running,
    /// It will be tried again by itself.
    Retrying,
    /// Failed.
    Failed,
    /// May have happened.
    Unknown,
    /// Done.
    Done,
    /// Not done.
    Skipped,
}

impl StepStanding {
    /// Its stable name, also in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::Skipped => "skipped",
        }
    }
}

impl<'a> Facts<'a> {
    /// Gathers them.
    #[must_use]
    pub fn gather(records: &'a [Record]) -> Self {
        let mut facts = Self::default();
        for record in records {
            facts.take(record);
            facts.last_offset = record.offset_us;
            facts.last_at = Some(record.at);
        }
        facts
    }

    /// From here on a node has this title: it may have another one each time that it is reached.
    pub fn retitle(&mut self, node: &str, title: &'a str) {
        if let Some(at) = self.by_node.get(node) {
            self.steps[*at].title = title;
        }
    }

    /// The title of a node, or its id.
    #[must_use]
    pub fn title(&self, node: &'a str) -> &'a str {
        self.by_node.get(node).map_or(node, |at| self.steps[*at].title)
    }

    /// Whether commands were only rehearsed.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        self.head.is_some_and(|head| matches!(head.mode, Mode::Tabletop | Mode::Walkthrough))
    }

    fn take(&mut self, record: &'a Record) {
        if !matches!(record.actor, Actor::Engine) && self.people.iter().all(|seen| seen.name() != record.actor.name()) {
            self.people.push(&record.actor);
        }
        if self.finished.is_none() {
            self.elapsed_ms = record.offset_us / 1000;
        }
        match &record.event {
            Event::RunStarted(head) => {
                self.head = Some(head);
                self.began = Some(record.at);
                self.incident = head.incident_start.as_ref().and_then(|at| at.parse().ok());
            }
            Event::RunResumed { .. } => self.resumed(record),
            Event::VariableSet { name, value, from } => {
                self.variables.insert(name, (value.as_deref(), from));
            }
            Event::Paused { reason } => {
                self.lap(record.offset_us);
                self.paused = Some(reason);
            }
            Event::RollbackStarted { queue, left, .. } => {
                self.rollback = Some((0, queue.len(), left));
                self.finished = None;
            }
            Event::RunFinished { outcome, reason } => {
                self.finished = Some((record.at, *outcome, reason));
                self.elapsed_ms = record.offset_us / 1000;
                (self.cursor, self.paused, self.waiting) = (None, None, None);
            }
            Event::PivotPassed { .. } => self.pivot = true,
            Event::Noted { .. } => {}
            event => {
                if let Event::StepSucceeded { captures, .. } = event {
                    let captured = captures.iter().map(|(name, value)| (name.as_str(), (value.as_deref(), "capture")));
                    self.variables.extend(captured);
                }
                if let Event::BlankFilled { name, value, .. } = event {
                    self.variables.insert(name, (Some(value), "blank"));
                }
                if let Some(node) = event.node() {
                    self.step_event(record, node);
                }
            }
        }
    }

    fn resumed(&mut self, record: &Record) {
        let had_word = self.waiting.is_some() || self.paused.is_some();
        if self.paused.take().is_none() && self.finished.is_none() {
            // The journal cannot know when its process died: what it last wrote is the last sign of life.
            self.lap(self.last_offset);
            self.interruptions += 1;
        }
        if self.finished.is_none() {
            self.stopped_ms += record.offset_us.saturating_sub(self.last_offset) / 1000;
            self.unwatched.extend(self.last_at.map(|last| (last, record.at)));
        }
        let open = self.cursor.is_some_and(|at| self.steps[at].ended.is_none());
        self.waiting = (open && had_word).then_some(record.offset_us);
    }

    /// Adds the time since a person got the word to the present node.
    fn lap(&mut self, now: u64) {
        if let (Some(since), Some(at)) = (self.waiting.take(), self.cursor) {
            self.steps[at].people_ms += now.saturating_sub(since) / 1000;
        }
    }

    fn step_event(&mut self, record: &'a Record, node: &'a str) {
        let now = record.offset_us;
        let at = *self.by_node.entry(node).or_insert_with(|| {
            self.steps.push(StepFacts::new(node, record));
            self.steps.len() - 1
        });
        if self.cursor == Some(at) && !matches!(record.event, Event::Overdue { .. }) {
            self.lap(now);
        }
        if self.visits.last().is_none_or(|(_, last, _)| *last != at) {
            self.visits.push((now / 1000, at, record.seq));
        }
        self.cursor = Some(at);
        let step = &mut self.steps[at];
        if let Event::StepReached { title, .. } = &record.event {
            // A sentence's full stop would stand before the colon of what is said about it.
            step.title = title.strip_suffix('.').filter(|rest| !rest.ends_with('.')).unwrap_or(title);
        }
        self.waiting = step.take(record).then_some(now).or(self.waiting);
        if matches!(record.event, Event::StepSucceeded { .. } | Event::Skipped { .. })
            && let Some((done, ..)) = &mut self.rollback
        {
            *done += 1;
        }
    }
}

impl<'a> StepFacts<'a> {
    const fn new(node: &'a str, record: &Record) -> Self {
        Self {
            node,
            title: node,
            seq: record.seq,
            standing: StepStanding::Reached,
            how: None,
            tries: 0,
            failures: 0,
            people_ms: 0,
            machine_ms: 0,
            pause_ms: 0,
            gate: false,
            decision: false,
            retry_since: None,
            result: "",
            reached: record.at,
            ended: None,
            ended_seq: None,
            blank: false,
            cause: None,
        }
    }

    /// Whether a person has the word after this.
    fn take(&mut self, record: &'a Record) -> bool {
        let before = self.ended;
        if let (Event::StepStarted { .. }, Some(since)) = (&record.event, self.retry_since.take()) {
            self.pause_ms += record.offset_us.saturating_sub(since) / 1000;
        }
        let has_word = self.follow(record);
        if self.ended != before {
            self.ended_seq = self.ended.map(|_| record.seq);
        }
        has_word
    }

    fn follow(&mut self, record: &'a Record) -> bool {
        let ended = Some((record.at, record.offset_us / 1000));
        match &record.event {
            Event::StepReached { .. } => {
                (self.standing, self.ended) = (StepStanding::Reached, None);
                return true;
            }
            Event::StepStarted { attempt, .. } => {
                (self.standing, self.ended, self.tries) = (StepStanding::Running, None, self.tries.max(*attempt));
            }
            Event::StepSucceeded { how, took_ms, summary, .. } => {
                if !summary.is_empty() || self.standing == StepStanding::Unknown {
                    self.result = summary;
                }
                (self.standing, self.how, self.ended) = (StepStanding::Done, Some(*how), ended);
                self.machine_ms += took_ms;
            }
            Event::StepFailed { cause, took_ms, retry_ms, .. } => {
                self.standing = if retry_ms.is_some() { StepStanding::Retrying } else { StepStanding::Failed };
                self.machine_ms += took_ms;
                self.failures += 1;
                self.cause = Some(cause);
                self.retry_since = retry_ms.map(|_| record.offset_us);
                return retry_ms.is_none();
            }
            Event::OutcomeUnknown { reason, .. } => {
                (self.standing, self.result) = (StepStanding::Unknown, reason);
                return true;
            }
            Event::UnknownAnswered { .. } | Event::FailureAnswered { .. } => return true,
            Event::UndoFailed { .. } => self.standing = StepStanding::Failed,
            Event::Skipped { reason, .. } => {
                (self.standing, self.result, self.ended) = (StepStanding::Skipped, reason, ended);
            }
            Event::Decided { label, .. } => {
                self.decision = true;
                self.confirmed(label, ended);
            }
            Event::BlankFilled { value, .. } => {
                self.blank = self.tries == 0;
                self.confirmed(value, ended);
            }
            Event::GateAnswered { yes: true, .. } => {
                // Others may have to say yes too; the gate is open once the step has succeeded.
                (self.result, self.gate) = ("GO", true);
                return true;
            }
            Event::GateAnswered { .. } => {
                self.gate = true;
                (self.standing, self.result, self.ended) = (StepStanding::Failed, "NO-GO", ended);
            }
            _ => {}
        }
        false
    }

    const fn confirmed(&mut self, result: &'a str, ended: Option<(Timestamp, u64)>) {
        self.standing = StepStanding::Done;
        self.how = Some(How::Confirmed);
        self.result = result;
        self.ended = ended;
    }
}
