//! Runs that a run called: what they did is a part of what happened.

use super::facts::Roles;
use crate::journal::record::Record;

/// A run that was called, with those that it called in its turn.
#[derive(Debug, Clone, Default)]
pub struct Called {
    /// Its id.
    pub run: String,
    /// Its journal.
    pub records: Vec<Record>,
    /// Roles of its nodes, when its plan is at hand.
    pub roles: Option<Roles>,
    /// Those that it called.
    pub called: Vec<Called>,
}
