//! What a run is like: the fold of its events.

use super::event::{Cause, Event, How, Outcome, RunHead};
use crate::runbook::model::Effect;
use std::collections::{BTreeMap, HashMap};

/// The state of one run. Changed only by [`RunState::apply`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunState {
    /// The head; `None` before `RunStarted`.
    pub head: Option<RunHead>,
    /// What it is doing.
    pub status: Status,
    /// The node the run is at.
    pub cursor: Option<String>,
    /// Every node that was reached.
    pub nodes: HashMap<String, NodeState>,
    /// Nodes in the order in which they ended, with repeats: for compensation.
    pub done: Vec<String>,
    /// Values; `None` for a secret.
    pub variables: BTreeMap<String, Option<String>>,
    /// The pivot's node, once passed, and how many nodes had ended before it.
    pub pivot: Option<(String, usize)>,
    /// The way back, once begun.
    pub rollback: Option<Rollback>,
    /// The last session state.
    pub session: Option<super::event::Blob>,
    /// How the run ended.
    pub outcome: Option<(Outcome, String)>,
    /// Sequence of the last event applied.
    pub seq: u64,
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Not begun.
    #[default]
    New,
    /// Under way.
    Running,
    /// Waiting for `runbook resume`.
    Paused,
    /// Over.
    Finished,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rollback {
    /// Node ids, in order.
    pub queue: Vec<String>,
    /// How many are behind.
    pub position: usize,
    /// What cannot be undone.
    pub left: Vec<String>,
}

/// The state of one node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeState {
    /// Where it stands.
    pub phase: Phase,
    /// Tries so far.
    pub attempts: u32,
    /// Times it was reached (loops).
    pub visits: u32,
    /// Gate: who said yes.
    pub approved_by: Vec<String>,
    /// As last started, masked.
    pub rendered: String,
    /// As last started.
    pub effect: Option<Effect>,
    /// As last started: safe to run again by itself.
    pub repeatable: bool,
}

/// Where a node stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// A person has the word.
    Reached,
    /// It is running, or was when the lights went out.
    Running,
    /// Failed, and will be tried again by itself.
    Retrying {
        /// Pause before the next try.
        after_ms: u64,
    },
    /// Failed, and someone must say what now.
    Failed {
        /// Why.
        cause: Cause,
    },
    /// May have happened.
    Unknown {
        /// Why nobody knows.
        reason: String,
    },
    /// Done.
    Done {
        /// How.
        how: How,
    },
    /// Not done.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// An event that cannot follow what came before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} ({event}) cannot follow: {why}")]
pub struct IllegalEvent {
    /// Its sequence number.
    pub seq: u64,
    /// Its type.
    pub event: String,
    /// Why not.
    pub why: String,
}

impl RunState {
    /// Folds one event in. `seq` is the record's.
    ///
    /// # Errors
    /// [`IllegalEvent`] when the event cannot follow what came before; the state is unchanged.
    pub fn apply(&mut self, seq: u64, event: &Event) -> Result<(), IllegalEvent> {
        let _ = (seq, event);
        Ok(())
    }
}
