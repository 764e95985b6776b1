//! Finding runs.

use super::error::JournalError;
use super::line::{Line, decode};
use super::record::Record;
use super::scan::{name_of, open_file, scan};
use super::store::{holder, is_driven};
use super::{JOURNAL, scan::read};
use crate::engine::event::{Event, Outcome, RunHead};
use jiff::Timestamp;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// One run, cheaply: its first record and its last ones.
#[derive(Debug, Clone)]
pub struct RunEntry {
    /// Its id.
    pub run: String,
    /// Where.
    pub directory: PathBuf,
    /// Its head; `None` when nothing was recorded or nothing can be read.
    pub head: Option<Box<RunHead>>,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When something was last recorded.
    pub last: Option<Timestamp>,
    /// How many records it has.
    pub records: u64,
    /// How it stands.
    pub standing: Standing,
}

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Created, and nothing recorded.
    Empty,
    /// A process drives it now.
    Running {
        /// Which, if it is known.
        pid: Option<u32>,
    },
    /// Nobody drives it, and it neither paused nor ended: its process died.
    Interrupted,
    /// It waits for `runbook resume`.
    Paused {
        /// Why.
        reason: String,
    },
    /// It is over.
    Finished {
        /// How.
        outcome: Outcome,
    },
    /// Its journal cannot be trusted or read.
    Broken {
        /// Why.
        reason: String,
    },
}

impl Standing {
    /// Whether `runbook resume` may go on with it.
    #[must_use]
    pub const fn is_unfinished(&self) -> bool {
        !matches!(self, Self::Finished { .. } | Self::Empty)
    }
}

/// Which runs count when no name is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    Any,
    /// Those that `runbook resume` may go on with.
    Unfinished,
}

/// Every directory under `runs_dir` that holds a journal, oldest first. Broken ones are listed as broken. A `runs_dir`
/// that is not there holds none.
///
/// # Errors
/// When `runs_dir` cannot be read.
pub fn list(runs_dir: &Path) -> Result<Vec<RunEntry>, JournalError> {
    let entries = match std::fs::read_dir(runs_dir) {
        Ok(entries) => entries,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(JournalError::read("list", runs_dir, source)),
    };
    let mut runs = Vec::new();
    for entry in entries {
        let dir = entry.map_err(|source| JournalError::read("list", runs_dir, source))?.path();
        if dir.join(JOURNAL).exists() {
            runs.push(look(&dir));
        }
    }
    // Ids begin with the date; the time decides within a day. What cannot be read counts as the day's last.
    let key = |entry: &RunEntry| (entry.run.get(..10).unwrap_or("").to_owned(), entry.began.is_none(), entry.began);
    runs.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.run.cmp(&b.run)));
    Ok(runs)
}

/// The run that `name` means: its id, the beginning of one id, or `latest`; without a name the latest of `which`. The latest is
/// one that no other run called, if there is any.
///
/// # Errors
/// When none or several fit, or `runs_dir` cannot be read.
pub fn resolve(runs_dir: &Path, name: Option<&str>, which: Which) -> Result<RunEntry, JournalError> {
    let mut runs = list(runs_dir)?;
    let dir = runs_dir.to_owned();
    let Some(name) = name.filter(|name| *name != "latest") else {
        let unfinished = which == Which::Unfinished;
        let fits = |entry: &RunEntry| !unfinished || entry.standing.is_unfinished();
        // A run that another one called is a part of that one.
        let own = |entry: &RunEntry| fits(entry) && entry.head.as_ref().is_none_or(|head| head.called_by.is_none());
        let found = runs.iter().rposition(own).or_else(|| runs.iter().rposition(fits));
        return found.map(|at| runs.swap_remove(at)).ok_or(JournalError::NoRuns { dir, unfinished });
    };
    if let Some(exact) = runs.iter().position(|entry| entry.run == name) {
        return Ok(runs.swap_remove(exact));
    }
    let near = runs
        .iter()
        .map(|entry| (strsim::jaro_winkler(name, &entry.run), &entry.run))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, run)| run.clone());
    runs.retain(|entry| !name.is_empty() && entry.run.starts_with(name));
    match runs.len() {
        0 => Err(JournalError::Unknown { name: name.to_owned(), dir, near }),
        1 => Ok(runs.swap_remove(0)),
        _ => {
            let candidates = runs.into_iter().map(|entry| entry.run).collect();
            Err(JournalError::Ambiguous { name: name.to_owned(), candidates })
        }
    }
}

/// Looks at one run.
fn look(dir: &Path) -> RunEntry {
    let mut entry = RunEntry {
        run: name_of(dir),
        directory: dir.to_owned(),
        head: None,
        began: None,
        last: None,
        records: 0,
        standing: Standing::Empty,
    };
    if let Err(error) = glance(dir, &mut entry) {
        entry.standing = Standing::Broken { reason: error.to_string() };
    }
    entry
}

fn glance(dir: &Path, entry: &mut RunEntry) -> Result<(), JournalError> {
    let Some((first, last, telling)) = ends(dir)? else {
        if is_driven(dir) {
            entry.standing = Standing::Running { pid: holder(dir) };
        }
        return Ok(());
    };
    entry.began = Some(first.at);
    if let Event::RunStarted(head) = first.event {
        entry.head = Some(head);
    }
    entry.last = Some(last.at);
    entry.records = last.seq;
    entry.standing = match telling {
        // A process that holds the lock is what a person wants to know first.
        Some(Event::RunFinished { outcome, .. }) => Standing::Finished { outcome },
        _ if is_driven(dir) => Standing::Running { pid: holder(dir) },
        Some(Event::Paused { reason }) => Standing::Paused { reason },
        _ => Standing::Interrupted,
    };
    Ok(())
}

/// How much of a journal's end is looked at before all of it is read.
const END: u64 = 64 << 10;

/// The first record, the last one, and the last event that says how the run stands.
fn ends(dir: &Path) -> Result<Option<(Record, Record, Option<Event>)>, JournalError> {
    if let Some(found) = quick_ends(dir) {
        return Ok(Some(found));
    }
    // Anything unusual is judged by the one reader that judges: it verifies, and names the line.
    let mut records = read(dir)?.records;
    let telling = records.iter().rev().map(|record| &record.event).find(|event| is_telling(event)).cloned();
    let Some(last) = records.pop() else { return Ok(None) };
    let first = if records.is_empty() { last.clone() } else { records.swap_remove(0) };
    Ok(Some((first, last, telling)))
}

fn quick_ends(dir: &Path) -> Option<(Record, Record, Option<Event>)> {
    let mut reader = BufReader::new(open_file(dir).ok()?);
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok()?;
    let first = decode(line.strip_suffix(b"\n")?).ok()?.record;
    let length = reader.seek(SeekFrom::End(0)).ok()?;
    let from = length.saturating_sub(END);
    reader.seek(SeekFrom::Start(from)).ok()?;
    let mut end = Vec::new();
    reader.read_to_end(&mut end).ok()?;
    end.truncate(end.iter().rposition(|byte| *byte == b'\n')?);
    let mut lines: Vec<&[u8]> = end.split(|byte| *byte == b'\n').collect();
    if from > 0 {
        // Cut anywhere: the first piece is no line.
        lines.remove(0);
    }
    let mut last = None;
    for line in lines.into_iter().rev() {
        let Line { record, more } = decode(line).ok()?;
        if more && last.is_none() {
            // Half a batch at the end.
            return None;
        }
        let telling = is_telling(&record.event).then(|| record.event.clone());
        let last: &Record = last.get_or_insert(record);
        if telling.is_some() {
            return Some((first, last.clone(), telling));
        }
    }
    None
}

/// Whether an event says how the run stands: notes and values may follow an end.
const fn is_telling(event: &Event) -> bool {
    !matches!(event, Event::Noted { .. } | Event::VariableSet { .. })
}

/// How many records a run has that hold: for a run whose end is damaged.
///
/// # Errors
/// When there is no journal at all.
pub fn sound_records(dir: &Path) -> Result<(Vec<Record>, Option<JournalError>), JournalError> {
    drop(open_file(dir)?);
    let mut records = Vec::new();
    let end = scan(dir, |_, record| {
        records.push(record);
        Ok(())
    });
    Ok((records, end.err()))
}
