//! One line of a journal.

use crate::engine::event::{Actor, Event};
use serde::{Deserialize, Serialize};

/// The version of the format that is written.
pub const VERSION: u32 = 1;

/// One line. `prev` is the SHA-256 (hex) of the line before, without its line ending; of the run's id for the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Format version.
    pub v: u32,
    /// 1, 2, 3…
    pub seq: u64,
    /// Wall time, UTC, microseconds: for people.
    pub at: jiff::Timestamp,
    /// Microseconds since the run began, by the monotonic clock: for durations.
    pub offset_us: u64,
    /// Who.
    pub actor: Actor,
    /// What.
    pub event: Event,
    /// The chain.
    pub prev: String,
}

/// SHA-256 of `bytes`, in hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex(&Sha256::digest(bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
