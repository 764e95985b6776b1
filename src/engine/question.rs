//! What a run asks of people, and what they may say. The terminal and the answers file answer the same questions.

use super::event::{Cause, FailureAnswer, UnknownAnswer};
use crate::runbook::model::{Effect, ValueKind};

/// A question that stands between the run and its next step.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The node it is about; empty for questions about the whole run.
    pub node: String,
    /// The step it is about: what answers files name.
    pub step: String,
    /// What is asked.
    pub ask: Ask,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// A value for a variable. Answered with [`Answer::Value`].
    Value {
        /// The variable.
        name: String,
        /// Words for people.
        prompt: String,
        /// As written in the runbook (`<replica-host>`).
        written: Option<String>,
        /// Pressing Enter gives this.
        default: Option<String>,
        /// Do not echo.
        secret: bool,
        /// What it must look like.
        kind: ValueKind,
        /// `< 5 min`, when the value is judged.
        objective: Option<String>,
        /// One of these, when not empty.
        options: Vec<String>,
    },
    /// May this run? Answered with [`Answer::Run`], `Skip`, `Done`.
    Command {
        /// As it will run, secrets masked.
        rendered: String,
        /// What it does.
        effect: Effect,
        /// Why the effect was read so.
        effect_why: String,
        /// Needs the terminal.
        attended: bool,
        /// Not clearly a command: says why.
        ambiguous: Option<String>,
        /// The point of no return is passed by it.
        pivot: bool,
        /// May be skipped without a reason.
        optional: bool,
        /// Tries so far.
        attempts: u32,
    },
    /// A person does it. Answered with [`Answer::Done`] or `Skip`.
    Manual {
        /// May be skipped without a reason.
        optional: bool,
        /// The point of no return is passed by it.
        pivot: bool,
    },
    /// Does this hold? Answered with [`Answer::Yes`], `No`, `Skip`.
    Check {
        /// What.
        statement: String,
    },
    /// Which way? Answered with [`Answer::Choose`].
    Decision {
        /// The labels, in order.
        options: Vec<String>,
        /// What the engine would choose and why, when a `when` holds.
        proposal: Option<(usize, String)>,
    },
    /// Go on? Answered with [`Answer::Yes`] or `No`, by name.
    Gate {
        /// What.
        question: String,
        /// Different people still needed.
        missing: u32,
        /// Who said yes so far.
        approved_by: Vec<String>,
    },
    /// It failed; what now? Answered with [`Answer::Failure`].
    Failure {
        /// Why.
        cause: Cause,
        /// The pivot is behind: rollback is only what came after it.
        after_pivot: bool,
        /// What may be said, the safest first.
        choices: Vec<FailureAnswer>,
    },
    /// It may have happened; what now? Answered with [`Answer::Unknown`].
    Unknown {
        /// Why nobody knows.
        reason: String,
        /// The command, secrets masked.
        rendered: String,
        /// What may be said.
        choices: Vec<UnknownAnswer>,
    },
}

impl Ask {
    /// The section of an answers file that answers it.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::Value { .. } => "inputs",
            Self::Command { .. } => "commands",
            Self::Manual { .. } | Self::Check { .. } => "checks",
            Self::Decision { .. } => "decisions",
            Self::Gate { .. } => "gates",
            Self::Failure { .. } => "on_failure",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// What a person may say. Whether it fits the question is decided by the engine, which refuses what does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A value.
    Value(String),
    /// Run it; with another text, if it was edited.
    Run {
        /// The operator's text.
        edited: Option<String>,
    },
    /// Not this one, because.
    Skip {
        /// Why.
        reason: String,
    },
    /// Done by hand.
    Done {
        /// How.
        note: String,
    },
    /// Yes.
    Yes,
    /// No, because.
    No {
        /// Why.
        note: String,
    },
    /// This way.
    Choose(usize),
    /// After a failure.
    Failure(FailureAnswer, String),
    /// After an unknown outcome.
    Unknown(UnknownAnswer, String),
    /// A note; the question stays open.
    Note(String),
    /// Take the way back.
    Rollback {
        /// Why.
        reason: String,
    },
    /// Wait here.
    Pause {
        /// Why.
        reason: String,
    },
    /// End the run.
    Abort {
        /// Why.
        reason: String,
    },
}
