//! The pure state machine of a run: [`decide`](decide::decide) turns an input into events, [`RunState::apply`](state::RunState::apply)
//! folds events into a state, [`due`](due::due) says what that state waits for.
//!
//! Invariant: no file system, no network, no process, no environment, no clock, no async. Time is an argument.
//! Starting is resuming from an empty journal; there is no second code path for recovery.

pub mod event;
pub mod question;
pub mod state;
