//! The durable record of a run: JSON Lines, synced before anything it announces happens, each line holding the hash of the
//! one before.
//!
//! Invariant: the only room that writes runs.
//!
//! A run is a directory: `journal.jsonl`, `lock` (held by the process that drives the run, freed by the kernel when that
//! process dies, never deleted), the runbook's text, output files, and `journal.torn-<seq>` where a crash left half a line.

pub mod error;
pub mod files;
pub mod index;
pub mod line;
pub mod record;
pub mod runs;
pub mod scan;
pub mod store;

pub use error::{Damage, JournalError};
pub use files::put_file;
pub use record::Record;
pub use runs::{RunEntry, Standing, Which, list, resolve};
pub use scan::{Reading, Tail, Verified, for_each, read, verify};
pub use store::{Journal, Opened};

/// The journal's name within a run's directory.
pub const JOURNAL: &str = "journal.jsonl";
/// The lock's name within a run's directory.
pub const LOCK: &str = "lock";

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
