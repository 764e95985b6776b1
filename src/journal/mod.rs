//! The durable record of a run: JSON Lines, synced before anything it announces happens, each line holding the hash of the
//! one before.
//!
//! Invariant: the only room that writes runs.

pub mod record;
