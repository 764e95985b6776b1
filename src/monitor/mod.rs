//! What watches beside a run: looks at regular intervals, what they mean, and what they measure.
//!
//! Each monitor has a thread of its own, with a runtime of its own: neither a slow run nor a slow disk delays a look, and
//! no look delays the run. [`outage`] is the pure part: looks in, outages out. Definitions stand in `docs/measurement.md`.
//!
//! Invariant: nothing here decides anything in a run, and no message of it holds a secret.

mod heartbeat;
mod ledger;
mod measure;
pub mod outage;
#[cfg(test)]
mod outage_tests;
mod position;
mod prepare;
mod probe;
mod watch;

pub use prepare::{Prepared, prepare};
pub use watch::{Monitors, Surroundings};
