//! The journal's records in a few words each: where a page's references lead.

use super::text::clean;
use crate::journal::record::Record;
use serde::Serialize;

/// One record of the journal, as far as a reference needs it.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Its number.
    pub seq: u64,
    /// When (RFC 3339, UTC).
    pub at: String,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The node.
    pub step: Option<String>,
}

/// All of them.
#[must_use]
pub fn entries(records: &[Record]) -> Vec<Entry> {
    let entry = |record: &Record| Entry {
        seq: record.seq,
        at: record.at.to_string(),
        kind: record.event.name(),
        step: record.event.node().map(clean),
    };
    records.iter().map(entry).collect()
}
