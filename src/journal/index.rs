//! Facts of every run, kept in one file so that ten thousand journals are not read again each time.
//!
//! The file is for speed and nothing else. A line counts only while the journal it speaks of has the same size and the same
//! times, and the whole file counts only while its digest holds; otherwise the journal is read, and its chain verified. A
//! directory that cannot be written works without the file. Whoever writes last wins: both wrote a whole file.

use super::error::JournalError;
use super::files::put_file;
use super::record::{Record, sha256_hex};
use super::scan::read;
use super::{JOURNAL, scan::name_of};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The file's name within the runs directory.
pub const INDEX: &str = ".index.jsonl";

/// What one directory of runs gave.
#[derive(Debug)]
pub struct Gathered<T> {
    /// The facts of every run that has records, in order of the directories' names.
    pub facts: Vec<T>,
    /// Runs whose journal cannot be read or does not verify, and why.
    pub skipped: Vec<(String, JournalError)>,
    /// Runs in which nothing is recorded.
    pub empty: usize,
    /// How many journals were read, because the index did not know them.
    pub read: usize,
    /// How many journals were found.
    pub journals: usize,
}

/// The first line: what the rest is.
#[derive(Serialize, Deserialize)]
struct Head {
    /// What the facts are, and their version.
    index: String,
    /// Of every byte after this line.
    sha256: String,
}

/// One run. `facts` is none when nothing is recorded.
#[derive(Clone, Serialize, Deserialize)]
struct Line<T> {
    run: String,
    stamp: Stamp,
    facts: Option<T>,
}

/// What changes when a journal does. The time of the last change of the file's entry cannot be set by its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp(u64, i64, i64, i64, i64);

impl Stamp {
    fn of(journal: &Path) -> io::Result<Self> {
        let meta = std::fs::metadata(journal)?;
        Ok(Self(meta.size(), meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec()))
    }
}

/// The facts of every run under `runs_dir`, as `of` makes them of its directory's name and its records. `version` names `of`: an index that another
/// one wrote is not used.
///
/// # Errors
/// When `runs_dir` cannot be read. One that is not there holds no run.
pub fn gather<T>(
    runs_dir: &Path,
    version: &str,
    of: impl Fn(&str, &[Record]) -> Option<T> + Sync,
) -> Result<Gathered<T>, JournalError>
where
    T: Serialize + DeserializeOwned + Send,
{
    let journals = journals(runs_dir)?;
    let mut known: HashMap<String, Line<T>> = load(&runs_dir.join(INDEX), version).unwrap_or_default();
    let before = known.len();
    let mut lines = Vec::with_capacity(journals.len());
    let mut missing = Vec::new();
    for (dir, stamp) in &journals {
        match known.remove(&name_of(dir)).filter(|line| Some(line.stamp) == *stamp) {
            Some(line) => lines.push(line),
            None => missing.push((dir.clone(), *stamp)),
        }
    }
    let kept = lines.len();
    let mut skipped = Vec::new();
    for (run, stamp, facts) in read_all(&missing, &of) {
        match (facts, stamp) {
            (Ok(facts), Some(stamp)) => lines.push(Line { run, stamp, facts }),
            (Ok(_), None) => {}
            (Err(error), _) => skipped.push((run, error)),
        }
    }
    lines.sort_by(|a, b| a.run.cmp(&b.run));
    if lines.len() > kept || before > kept {
        // Without it the next call takes longer, and that is all.
        save(runs_dir, version, &lines).unwrap_or_default();
    }
    let empty = lines.iter().filter(|line| line.facts.is_none()).count();
    let facts = lines.into_iter().filter_map(|line| line.facts).collect();
    Ok(Gathered { facts, skipped, empty, read: missing.len(), journals: journals.len() })
}

/// Every directory with a journal, and the journal's stamp.
fn journals(runs_dir: &Path) -> Result<Vec<(PathBuf, Option<Stamp>)>, JournalError> {
    let entries = match std::fs::read_dir(runs_dir) {
        Ok(entries) => entries,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(JournalError::read("list", runs_dir, source)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let dir = entry.map_err(|source| JournalError::read("list", runs_dir, source))?.path();
        match Stamp::of(&dir.join(JOURNAL)) {
            Ok(stamp) => found.push((dir, Some(stamp))),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            // Reading it will say what is wrong.
            Err(_) => found.push((dir, None)),
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

type Told<T> = (String, Option<Stamp>, Result<Option<T>, JournalError>);

/// Reads journals with all cores.
fn read_all<T: Send>(
    journals: &[(PathBuf, Option<Stamp>)],
    of: &(impl Fn(&str, &[Record]) -> Option<T> + Sync),
) -> Vec<Told<T>> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(journals.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut told = Vec::new();
        while let Some((dir, stamp)) = journals.get(next.fetch_add(1, Ordering::Relaxed)) {
            // The stamp is older than the reading: a record that comes in between makes the line stale, never wrong.
            let name = name_of(dir);
            let facts = read(dir).map(|reading| of(&name, &reading.records));
            told.push((name, *stamp, facts));
        }
        told
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

/// The index by run; `None` when there is none that holds.
fn load<T: DeserializeOwned>(path: &Path, version: &str) -> Option<HashMap<String, Line<T>>> {
    let text = std::fs::read_to_string(path).ok()?;
    let (head, rest) = text.split_once('\n')?;
    let head: Head = serde_json::from_str(head).ok()?;
    if head.index != version || head.sha256 != sha256_hex(rest.as_bytes()) {
        return None;
    }
    let lines = rest.lines().map(|line| serde_json::from_str(line).ok());
    lines.map(|line: Option<Line<T>>| line.map(|line| (line.run.clone(), line))).collect()
}

fn save<T: Serialize>(runs_dir: &Path, version: &str, lines: &[Line<T>]) -> Option<()> {
    let mut rest = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut rest, line).ok()?;
        rest.push(b'\n');
    }
    let head = Head { index: version.to_owned(), sha256: sha256_hex(&rest) };
    let mut bytes = serde_json::to_vec(&head).ok()?;
    bytes.push(b'\n');
    bytes.extend(rest);
    put_file(runs_dir, INDEX, &bytes).ok().map(drop)
}
