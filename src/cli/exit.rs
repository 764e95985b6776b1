//! Exit codes, and the errors that lead to them.

use crate::driver::core::DriverError;
use crate::engine::event::Outcome;
use crate::journal::JournalError;

/// How the program ends. The numbers are a contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Done = 0,
    /// A step failed and the run ended with it.
    Failed = 1,
    /// Wrong usage.
    Usage = 2,
    /// The runbook has errors.
    BadRunbook = 3,
    /// Aborted by the operator.
    Aborted = 4,
    /// Paused.
    Paused = 5,
    /// Rolled back.
    RolledBack = 6,
    /// Someone must look.
    Stuck = 7,
    /// The journal cannot be written or does not verify.
    Journal = 8,
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Completed => Self::Done,
            Outcome::Failed => Self::Failed,
            Outcome::Aborted => Self::Aborted,
            Outcome::RolledBack => Self::RolledBack,
            Outcome::Stuck => Self::Stuck,
        }
    }
}

/// Why a subcommand could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Something is wrong with what the user asked for.
    #[error("{message}")]
    Usage {
        /// What.
        message: String,
        /// What to do next.
        help: Option<String>,
    },
    /// The runbook has errors; they were shown already.
    #[error("{path}: {count} error{}; nothing was run", if *.count == 1 { "" } else { "s" })]
    BadRunbook {
        /// Its path.
        path: String,
        /// How many.
        count: usize,
    },
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The loop.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The system, outside the journal.
    #[error("cannot {doing}: {error}")]
    System {
        /// What was tried.
        doing: String,
        /// What the system said.
        error: std::io::Error,
    },
}

impl Failure {
    /// A usage failure.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: Some(help.into()) }
    }

    /// A system failure.
    pub fn system(doing: impl Into<String>, error: std::io::Error) -> Self {
        Self::System { doing: doing.into(), error }
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::BadRunbook { .. } => Exit::BadRunbook,
            Self::Journal(error) | Self::Driver(DriverError::Journal(error)) => match error {
                JournalError::Unknown { .. }
                | JournalError::NoRuns { .. }
                | JournalError::Ambiguous { .. }
                | JournalError::NotARun { .. }
                | JournalError::Locked { .. } => Exit::Usage,
                _ => Exit::Journal,
            },
            Self::Driver(DriverError::Illegal(_)) => Exit::Journal,
            Self::Usage { .. } | Self::Driver(_) | Self::System { .. } => Exit::Usage,
        }
    }
}

/// What a subcommand gives back.
pub type Result = std::result::Result<Exit, Failure>;
