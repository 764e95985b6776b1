//! What can happen in a run. Events are facts in the past tense; they are all that a journal holds besides who and when.
//!
//! Nodes are named by id, not by index, so that a journal stays readable on its own and can be folded without its plan.

use crate::runbook::model::{Effect, Language};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who did it. Never unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "name")]
pub enum Actor {
    /// A person, by name.
    Operator(String),
    /// An answers file that speaks for this person.
    Answers(String),
    /// `--yes`, which this person gave.
    Yes(String),
    /// The engine itself.
    Engine,
}

impl Actor {
    /// The name for tables: the person's, or `runbook`.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Operator(name) | Self::Answers(name) | Self::Yes(name) => name,
            Self::Engine => "runbook",
        }
    }
}

/// How much of a run is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing is executed.
    Tabletop,
    /// Proven reads are executed, the rest is shown.
    Walkthrough,
    /// Everything, against an environment that says it is not production.
    Simulation,
    /// Everything.
    #[default]
    Live,
}

/// One of several for which the same steps are gone through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The variable that is given a value.
    pub variable: String,
    /// Its value.
    pub value: String,
    /// Those that are still to come.
    pub left: Vec<String>,
}

/// A place of the way back that takes back what was done for one of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoRound {
    /// Its place in the queue, from 0.
    pub at: usize,
    /// Which round of the steps it takes back, from 0: the same number is the same round in every way back of a run.
    pub round: u32,
    /// For whom, in words; empty when nobody knows.
    pub of: String,
    /// What the variables that have another value for each were then; `None` is asked for.
    pub values: BTreeMap<String, Option<String>>,
}

/// A file beside the journal that holds bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// Path relative to the run's directory.
    pub file: String,
    /// SHA-256, in hex.
    pub sha256: String,
    /// Length.
    pub bytes: u64,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "cause")]
pub enum Cause {
    /// It could not be started.
    Spawn {
        /// What the system said.
        message: String,
    },
    /// It ended with this exit status.
    Exit {
        /// 1–255.
        status: i32,
    },
    /// A signal ended it.
    Signal {
        /// Its number.
        signal: i32,
    },
    /// Its time limit passed; it was stopped.
    TimedOut {
        /// The limit in milliseconds.
        after_ms: u64,
    },
    /// A server refused it, or answered with an error.
    Server {
        /// What it said.
        message: String,
    },
    /// The run of another runbook that it called did not end well.
    Called {
        /// That run.
        run: String,
        /// How it ended.
        outcome: Outcome,
    },
    /// The operator stopped it.
    Stopped,
    /// It ended, and the result is not what it must be.
    Expectation {
        /// What was expected, and what was found.
        message: String,
    },
    /// A value that must be captured is not in the output.
    Capture {
        /// Which, and why.
        message: String,
    },
    /// An expression or a template could not be evaluated.
    Evaluation {
        /// Why.
        message: String,
    },
    /// The place is not what the step requires, is not what was shown, or cannot say what it is. Nothing was run.
    WrongTarget {
        /// What it is, and what it should be.
        message: String,
    },
    /// A person said that the check does not hold.
    CheckRefused {
        /// What they said.
        note: String,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// To its end.
    Completed,
    /// With a failed step.
    Failed,
    /// Stopped by a person, or by a gate's "no".
    Aborted,
    /// The way back was taken to its end.
    RolledBack,
    /// The way back failed: someone must look.
    Stuck,
}

/// The head of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHead {
    /// `2026-11-20-a7f3`.
    pub run: String,
    /// The runbook's id.
    pub runbook: String,
    /// Its title.
    pub title: String,
    /// Its path, absolute.
    pub path: String,
    /// SHA-256 of its text, in hex; the text itself is stored beside the journal as `runbook-<first 12>.md`.
    pub source: String,
    /// The plan's digest.
    pub plan: String,
    /// Mode.
    pub mode: Mode,
    /// Language of prompts and reports.
    pub language: Language,
    /// RTO objective in seconds.
    pub rto_s: Option<u64>,
    /// RPO objective in seconds.
    pub rpo_s: Option<u64>,
    /// P0–P3, as written.
    pub severity: Option<String>,
    /// `incident`, `maintenance`, `drill`, as written.
    pub category: Option<String>,
    /// When the incident began, if someone said so (RFC 3339, UTC).
    pub incident_start: Option<String>,
    /// Start here instead of at the first step (node id).
    pub start_at: Option<String>,
    /// Stop after this step (step id).
    pub until: Option<String>,
    /// How many steps the forward path of the plan has.
    pub steps: usize,
    /// The machine it runs on.
    pub host: String,
    /// Program version.
    pub version: String,
    /// The boot of that machine, to know whether its monotonic clock still counts.
    #[serde(default)]
    pub boot: String,
    /// That clock when the run began, in microseconds.
    #[serde(default)]
    pub boot_us: u64,
    /// The run that called it, when it is a part of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_by: Option<Caller>,
    /// Against what it runs, when an inventory says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvironmentHead>,
}

/// A place in a run from which another runbook was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The run.
    pub run: String,
    /// The node.
    pub node: String,
    /// How often the run had come there, this time included.
    #[serde(default)]
    pub visit: u32,
}

/// An inventory, as a run began with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentHead {
    /// What it calls itself.
    pub name: String,
    /// Whether it says that it is production; `None` when it does not say.
    pub production: Option<bool>,
    /// Its file, absolute.
    pub inventory: String,
    /// SHA-256 of its text, in hex.
    pub sha256: String,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
pub enum Event {
    /// The run began.
    RunStarted(Box<RunHead>),
    /// A new process took the run up.
    RunResumed {
        /// SHA-256 of the runbook's text that is followed from here.
        source: String,
        /// Its plan's digest.
        plan: String,
        /// Whether it is another text than before, accepted by the operator.
        edited: bool,
        /// Bytes cut from a torn last line, if there was one.
        torn: u64,
        /// Whether offsets go on from the same boot's clock; otherwise the gap was taken from the wall clock.
        same_boot: bool,
    },
    /// A variable has a value.
    VariableSet {
        /// Its name.
        name: String,
        /// Its value; `None` for a secret, which is kept nowhere.
        value: Option<String>,
        /// Where it comes from: `option`, `file`, `default`, `answer`.
        from: String,
    },
    /// The run came to a node: from here on a person reads and thinks.
    StepReached {
        /// Node id.
        node: String,
        /// The step's title, so that the journal reads alone.
        title: String,
    },
    /// A place said what it is.
    TargetSeen {
        /// Node id.
        node: String,
        /// As the runbook writes it: `candidate`.
        target: String,
        /// What the inventory calls it (`n2`), or each member of a group; with what it said: `role`, `server`…
        members: BTreeMap<String, BTreeMap<String, String>>,
    },
    /// About to run. Nothing was run before this was on disk.
    StepStarted {
        /// Node id.
        node: String,
        /// 1 for the first try.
        attempt: u32,
        /// The command as it runs, secrets masked.
        rendered: String,
        /// What it does.
        effect: Effect,
        /// Safe to run again by itself.
        repeatable: bool,
        /// Changed by the operator before it ran.
        edited: bool,
    },
    /// Done.
    StepSucceeded {
        /// Node id.
        node: String,
        /// How: `ran`, `by-hand`, `happened`, `checked`, `rehearsed`.
        how: How,
        /// Exit status of a command.
        exit: Option<i32>,
        /// How long it ran, in milliseconds.
        took_ms: u64,
        /// Values kept from its output; `None` for a secret.
        captures: BTreeMap<String, Option<String>>,
        /// Its output.
        output: Option<Blob>,
        /// What the shell session is like after it.
        session: Option<Blob>,
        /// The fact that matters, in a few words.
        summary: String,
    },
    /// It failed.
    StepFailed {
        /// Node id.
        node: String,
        /// Why.
        #[serde(flatten)]
        cause: Cause,
        /// How long it ran, in milliseconds.
        took_ms: u64,
        /// Its output.
        output: Option<Blob>,
        /// It will be tried again by itself after this many milliseconds.
        retry_ms: Option<u64>,
        /// Members of a group on which it ended well: another try leaves them alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        done_on: Vec<String>,
    },
    /// It may have happened.
    OutcomeUnknown {
        /// Node id.
        node: String,
        /// Why nobody knows.
        reason: String,
    },
    /// A look at what an unknown step may have done.
    Looked {
        /// Node id.
        node: String,
        /// Whether it has happened; `None` when the look told nothing.
        happened: Option<bool>,
        /// What was found.
        said: String,
    },
    /// What the operator said of an unknown outcome.
    UnknownAnswered {
        /// Node id.
        node: String,
        /// What.
        answer: UnknownAnswer,
        /// Why, or how they know.
        note: String,
    },
    /// What the operator said of a failure.
    FailureAnswered {
        /// Node id.
        node: String,
        /// What.
        answer: FailureAnswer,
        /// Why.
        note: String,
    },
    /// A way was chosen.
    Decided {
        /// Node id.
        node: String,
        /// The option's index.
        option: usize,
        /// Its label.
        label: String,
        /// The condition that chose it, when the engine did.
        because: Option<String>,
        /// Variables that had values for one of several only, which has been gone through.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        forgets: Vec<String>,
        /// The one that is next of those the author names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        round: Option<Round>,
    },
    /// A person answered a gate.
    GateAnswered {
        /// Node id.
        node: String,
        /// Yes or no.
        yes: bool,
        /// The question, so that the journal reads alone.
        question: String,
    },
    /// A blank was filled.
    BlankFilled {
        /// Node id.
        node: String,
        /// The variable.
        name: String,
        /// The words before the blank.
        label: String,
        /// The value.
        value: String,
        /// The objective as written.
        objective: Option<String>,
        /// Whether the value meets it; `None` when it cannot be judged.
        met: Option<bool>,
    },
    /// Not done.
    Skipped {
        /// Node id.
        node: String,
        /// Why.
        reason: String,
        /// Skipped by its own `when`, not by a person.
        automatic: bool,
    },
    /// The point of no return is behind.
    PivotPassed {
        /// Node id.
        node: String,
    },
    /// A note.
    Noted {
        /// What.
        text: String,
        /// When it happened, if not now (RFC 3339, UTC).
        happened: Option<String>,
        /// A follow-up: who.
        owner: Option<String>,
        /// A follow-up: by when.
        due: Option<String>,
        /// Whether it is a corrective action.
        action: bool,
    },
    /// A step takes longer than planned.
    Overdue {
        /// Node id.
        node: String,
        /// Planned, in milliseconds.
        planned_ms: u64,
    },
    /// The run waits; `runbook resume` goes on.
    Paused {
        /// Why.
        reason: String,
    },
    /// The way back begins.
    RollbackStarted {
        /// Why.
        reason: String,
        /// Node ids in the order in which they will be undone.
        queue: Vec<String>,
        /// What cannot be undone, in words, and why.
        left: Vec<String>,
        /// Which of them are for one of several.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rounds: Vec<UndoRound>,
    },
    /// A step of the way back failed.
    UndoFailed {
        /// Node id.
        node: String,
    },
    /// A monitor began to look.
    MonitorStarted {
        /// Its name in the runbook or the inventory.
        monitor: String,
        /// `heartbeat`, `sql`, `http`, `tcp`, `command`.
        kind: String,
        /// What it looks at, in words, without secrets.
        target: String,
        /// Between two looks, in milliseconds: the sampling error of everything that it measures.
        every_ms: u64,
    },
    /// What a monitor looks at went down or came up.
    MonitorChanged {
        /// Its name.
        monitor: String,
        /// Up or down.
        up: bool,
        /// When the first look that differs began (RFC 3339, UTC).
        since: String,
        /// What it found, in words, without secrets.
        detail: String,
    },
    /// What a monitor measured of an outage.
    Measured(Box<Measurement>),
    /// The end.
    RunFinished {
        /// How.
        outcome: Outcome,
        /// Why, in a few words.
        reason: String,
    },
}

impl Event {
    /// The node it is about.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        match self {
            Self::StepReached { node, .. }
            | Self::TargetSeen { node, .. }
            | Self::StepStarted { node, .. }
            | Self::StepSucceeded { node, .. }
            | Self::StepFailed { node, .. }
            | Self::OutcomeUnknown { node, .. }
            | Self::Looked { node, .. }
            | Self::UnknownAnswered { node, .. }
            | Self::FailureAnswered { node, .. }
            | Self::Decided { node, .. }
            | Self::GateAnswered { node, .. }
            | Self::BlankFilled { node, .. }
            | Self::Skipped { node, .. }
            | Self::PivotPassed { node }
            | Self::Overdue { node, .. }
            | Self::UndoFailed { node } => Some(node),
            Self::RunStarted(_)
            | Self::RunResumed { .. }
            | Self::VariableSet { .. }
            | Self::Noted { .. }
            | Self::Paused { .. }
            | Self::RollbackStarted { .. }
            | Self::MonitorStarted { .. }
            | Self::MonitorChanged { .. }
            | Self::Measured(_)
            | Self::RunFinished { .. } => None,
        }
    }

    /// Its type as journals write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RunStarted(_) => "run-started",
            Self::RunResumed { .. } => "run-resumed",
            Self::VariableSet { .. } => "variable-set",
            Self::StepReached { .. } => "step-reached",
            Self::TargetSeen { .. } => "target-seen",
            Self::StepStarted { .. } => "step-started",
            Self::StepSucceeded { .. } => "step-succeeded",
            Self::StepFailed { .. } => "step-failed",
            Self::OutcomeUnknown { .. } => "outcome-unknown",
            Self::Looked { .. } => "looked",
            Self::UnknownAnswered { .. } => "unknown-answered",
            Self::FailureAnswered { .. } => "failure-answered",
            Self::Decided { .. } => "decided",
            Self::GateAnswered { .. } => "gate-answered",
            Self::BlankFilled { .. } => "blank-filled",
            Self::Skipped { .. } => "skipped",
            Self::PivotPassed { .. } => "pivot-passed",
            Self::Noted { .. } => "noted",
            Self::Overdue { .. } => "overdue",
            Self::Paused { .. } => "paused",
            Self::RollbackStarted { .. } => "rollback-started",
            Self::UndoFailed { .. } => "undo-failed",
            Self::MonitorStarted { .. } => "monitor-started",
            Self::MonitorChanged { .. } => "monitor-changed",
            Self::Measured(_) => "measured",
            Self::RunFinished { .. } => "run-finished",
        }
    }
}

/// An outage, as a monitor saw it. Definitions and sampling errors stand in `docs/measurement.md`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// The monitor's name.
    pub monitor: String,
    /// When the first look failed, or the declared beginning of the incident (RFC 3339, UTC); `None` when nothing failed.
    pub down: Option<String>,
    /// When the first look of a sustained recovery succeeded; `None` while there is none.
    pub up: Option<String>,
    /// Between the two, in milliseconds.
    pub rto_ms: Option<u64>,
    /// How much either end can be off, in milliseconds.
    pub sampling_ms: u64,
    /// Times that it came up in between and went down again.
    pub flaps: u32,
    /// Outages in all, this one included: of several the longest is told. Left out where there is no other one.
    #[serde(default, skip_serializing_if = "at_most_one")]
    pub outages: u32,
    /// Heartbeats that were acknowledged.
    pub acknowledged: Option<u64>,
    /// Of these, missing after the recovery.
    pub lost: Option<u64>,
    /// From the first failure back to the oldest lost heartbeat, in milliseconds; 0 when none is lost. `None` when none was
    /// acknowledged before the outage: then nothing is known of what it lost.
    pub rpo_ms: Option<u64>,
    /// By position, where the servers can say: transactions or bytes, with the unit.
    pub rpo_by_position: Option<String>,
    /// Each beat, acknowledged or not, on disk.
    pub ledger: Option<Blob>,
    /// Of the time that was measured, how long nobody looked, in milliseconds: the run waited for `runbook resume`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unwatched_ms: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn at_most_one(count: &u32) -> bool {
    *count <= 1
}

#[allow(clippy::trivially_copy_pass_by_ref)]
const fn is_zero(ms: &u64) -> bool {
    *ms == 0
}

/// How a step came to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The engine ran it.
    Ran,
    /// A person did it elsewhere and said so.
    ByHand,
    /// A person found that it had happened.
    Happened,
    /// A person confirmed it.
    Confirmed,
    /// Only rendered: a rehearsal.
    Rehearsed,
}

/// Ways on from an unknown outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnknownAnswer {
    /// It happened; go on.
    Happened,
    /// Run it again.
    Again,
    /// Take the way back.
    Undo,
    /// Stop here, stuck.
    Stop,
}

/// Ways on from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureAnswer {
    /// Try again.
    Retry,
    /// A person did it by hand.
    Done,
    /// Go on without it.
    Skip,
    /// Take the way back.
    Rollback,
    /// End the run here.
    Abort,
}
