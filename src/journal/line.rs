//! A record as bytes.
//!
//! A line is the record's JSON object with one more field at its end, `"sum"`: the first 16 hex digits of the SHA-256 of
//! what stands before it. The chain (`prev`) covers every line but the last; the sum covers that one too, so that a
//! flipped bit is found, and named, wherever it is. It stands against damage; against tampering stands the chain.
//!
//! Before the sum, every record of a batch but the last has `"more":true`: a batch whose end did not reach the disk
//! announced nothing, and half of it is not what was decided.

use super::error::Damage;
use super::record::{Record, VERSION, sha256_hex};
use serde::Deserialize;

const MORE: &[u8] = b",\"more\":true";
const SUM_DIGITS: usize = 16;
const SUM_KEY: &[u8] = b",\"sum\":\"";
const SUM_END: &[u8] = b"\"}";
const SUM_LENGTH: usize = SUM_KEY.len() + SUM_DIGITS + SUM_END.len();

/// Why a line is not a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadLine {
    /// Damage.
    Damage(Damage),
    /// A later format.
    Newer(u32),
}

/// A line read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub record: Record,
    /// Its batch goes on in the next line.
    pub more: bool,
}

/// Appends `record`'s line, with its line ending, to `out`, and returns the hash of the line without it: the next
/// record's `prev`. `more` when its batch goes on in the next line.
///
/// # Errors
/// When the record cannot be written as JSON.
pub fn encode(record: &Record, more: bool, out: &mut Vec<u8>) -> Result<String, serde_json::Error> {
    let start = out.len();
    serde_json::to_writer(&mut *out, record)?;
    // The object's closing brace makes room for the rest.
    out.pop();
    if more {
        out.extend_from_slice(MORE);
    }
    let sum = sha256_hex(&out[start..]);
    out.extend_from_slice(SUM_KEY);
    out.extend_from_slice(&sum.as_bytes()[..SUM_DIGITS]);
    out.extend_from_slice(SUM_END);
    let hash = sha256_hex(&out[start..]);
    out.push(b'\n');
    Ok(hash)
}

/// Reads one line, without its line ending.
///
/// # Errors
/// When it is damaged or of a later format.
pub fn decode(line: &[u8]) -> Result<Line, BadLine> {
    let bad = |damage| Err(BadLine::Damage(damage));
    let Some(at) = line.len().checked_sub(SUM_LENGTH) else { return bad(Damage::Sum) };
    let (body, tail) = line.split_at(at);
    let sum = sha256_hex(body);
    let holds = tail
        .strip_prefix(SUM_KEY)
        .and_then(|rest| rest.strip_suffix(SUM_END))
        .is_some_and(|digits| digits == &sum.as_bytes()[..SUM_DIGITS]);
    if !holds {
        return bad(Damage::Sum);
    }
    match serde_json::from_slice::<Record>(line) {
        Ok(record) if record.v > VERSION => Err(BadLine::Newer(record.v)),
        // No record ends so by itself: its last field is a hash.
        Ok(record) => Ok(Line { record, more: body.ends_with(MORE) }),
        Err(error) => match serde_json::from_slice::<Version>(line) {
            Ok(version) if version.v > VERSION => Err(BadLine::Newer(version.v)),
            _ => bad(Damage::Parse(error.to_string())),
        },
    }
}

#[derive(Deserialize)]
struct Version {
    v: u32,
}
