//! The list of runs.

use super::grid::grid;
use super::sentence::{mode_word, outcome_key};
use super::show::standing_of;
use super::text::{clean, clock, date};
use super::words::Words;
use crate::engine::event::Mode;
use crate::journal::runs::{RunEntry, Standing};
use crate::runbook::model::Language;
use jiff::Timestamp;
use serde::Serialize;

/// A run in the list's JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// Its id.
    pub run: String,
    /// The runbook's id.
    pub runbook: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// How much of it was real.
    pub mode: Option<Mode>,
    /// P0–P3.
    pub severity: Option<String>,
    /// `empty`, `running`, `interrupted`, `paused`, `finished` or `broken`.
    pub status: &'static str,
    /// How it ended.
    pub outcome: Option<&'static str>,
    /// Why it waits, or what is wrong with it.
    pub reason: Option<String>,
    /// The run that called it.
    pub called_by: Option<String>,
    /// The process that drives it now.
    pub pid: Option<u32>,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When something was last recorded.
    pub last: Option<Timestamp>,
    /// Records in its journal.
    pub records: u64,
    /// Where it is.
    pub directory: String,
}

impl From<&RunEntry> for Listed {
    fn from(entry: &RunEntry) -> Self {
        let head = entry.head.as_deref();
        let (status, outcome, reason, pid) = match &entry.standing {
            Standing::Empty => ("empty", None, None, None),
            Standing::Running { pid } => ("running", None, None, *pid),
            Standing::Interrupted => ("interrupted", None, None, None),
            Standing::Paused { reason } => ("paused", None, Some(clean(reason)), None),
            Standing::Finished { outcome } => ("finished", Some(outcome_key(*outcome)), None, None),
            Standing::Broken { reason } => ("broken", None, Some(clean(reason)), None),
        };
        Self {
            run: clean(&entry.run),
            runbook: head.map(|head| clean(&head.runbook)),
            title: head.map(|head| clean(&head.title)),
            mode: head.map(|head| head.mode),
            severity: head.and_then(|head| head.severity.as_deref()).map(clean),
            status,
            outcome,
            reason,
            called_by: head.and_then(|head| head.called_by.as_ref()).map(|by| clean(&by.run)),
            pid,
            began: entry.began,
            last: entry.last,
            records: entry.records,
            directory: entry.directory.display().to_string(),
        }
    }
}

/// As JSON: an array with stable keys, oldest first.
///
/// # Errors
/// When it cannot be written, which does not happen for this type.
pub fn to_json(entries: &[RunEntry]) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&entries.iter().map(Listed::from).collect::<Vec<_>>())
}

/// For a terminal of `width` columns, newest first. Without colours.
#[must_use]
pub fn table(entries: &[RunEntry], language: Language, width: u16) -> String {
    let words = Words::of(language);
    if entries.is_empty() {
        return format!("{}\n", words.get("runs.none"));
    }
    let header = ["run", "began", "runbook", "title", "mode", "state"];
    let header = header.map(|name| words.get(&format!("runs.{name}")).to_owned()).to_vec();
    let dash = || "-".to_owned();
    let rows = entries.iter().rev().map(|entry| {
        let head = entry.head.as_deref();
        vec![
            clean(&entry.run),
            entry.began.map_or_else(dash, |at| format!("{} {}", date(at), clock(at))),
            head.map_or_else(dash, |head| clean(&head.runbook)),
            head.map_or_else(dash, |head| clean(&head.title)),
            head.map_or_else(dash, |head| words.get(mode_word(head.mode)).to_owned()),
            match head.and_then(|head| head.called_by.as_ref()) {
                Some(by) => {
                    let state = standing_of(&entry.standing, words);
                    words.say("runs.called-by", &[("state", &state), ("run", &clean(&by.run))])
                }
                None => standing_of(&entry.standing, words),
            },
        ]
    });
    format!("{}\n", grid(header, rows, 1, width))
}
