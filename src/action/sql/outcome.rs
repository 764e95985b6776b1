//! How a script may run, and how it ended.

use super::error::SqlError;
use super::value::ResultSet;
use std::time::Duration;

/// Bounds of a run.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For each statement: the server's clock (MySQL has one for SELECT only), and ours up to a second later.
    pub statement: Option<Duration>,
    /// Rows kept of each result.
    pub rows: usize,
    /// Bytes kept of each result.
    pub bytes: usize,
    /// How long to wait for the server's word after a cancellation, and how much later our own clock fires.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { statement: None, rows: 10_000, bytes: 8 << 20, grace: Duration::from_secs(5) }
    }
}

/// How one statement ended well.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementEnd {
    /// With rows.
    Rows(ResultSet),
    /// Without; how many rows it touched.
    Affected(u64),
    /// A procedure that gave several results.
    Several(Vec<StatementEnd>),
}

/// What happens while a script runs.
#[derive(Debug)]
pub enum StatementEvent<'a> {
    /// Is about to be sent.
    Started {
        /// From 0.
        statement: usize,
        /// The line of the script, from 1.
        line: usize,
    },
    /// Ended well.
    Ended {
        /// From 0.
        statement: usize,
        /// How.
        end: &'a StatementEnd,
    },
    /// The server was asked to stop it.
    Stopping {
        /// From 0.
        statement: usize,
    },
    /// A notice or warning of the server.
    Notice(&'a str),
}

/// How a script ended. `statement` counts from 0; `done` are those before it, which are done and stay done unless the
/// script had opened a transaction.
#[derive(Debug)]
pub enum Outcome {
    /// All of it.
    Done(Vec<StatementEnd>),
    /// A statement failed by the server's word, or could not be sent.
    Failed {
        /// Which.
        statement: usize,
        /// Before it.
        done: Vec<StatementEnd>,
        /// Why.
        error: SqlError,
    },
    /// Its time was up, and the server confirmed that it ended it.
    TimedOut {
        /// Which.
        statement: usize,
        /// Before it.
        done: Vec<StatementEnd>,
        /// The limit.
        after: Duration,
    },
    /// Stopped as asked, and the server confirmed it.
    Cancelled {
        /// The first that is not done.
        statement: usize,
        /// Whether it had begun.
        begun: bool,
        /// Before it.
        done: Vec<StatementEnd>,
    },
    /// Nobody knows: the statement may have happened, if it was sent.
    Lost {
        /// Which.
        statement: usize,
        /// Before it.
        done: Vec<StatementEnd>,
        /// Whether the server may have got it; if not, it did not happen.
        sent: bool,
        /// Why.
        error: SqlError,
    },
}

/// Why a statement gave no end.
pub(super) enum Fault {
    /// The server's word, or ours before it was sent.
    Failed(SqlError),
    /// The server's own clock.
    TimedOut,
    /// Somebody told the server to stop it; perhaps we.
    Interrupted(SqlError),
    /// The connection broke.
    Lost { sent: bool, error: SqlError },
}
