//! Reading journals, one line at a time.
//!
//! What a crash can leave: a batch is one write, so what reaches the disk of it is a prefix, perhaps followed by zeros
//! where the length arrived before the data. Either way **the bytes after the last whole batch** are torn and nothing
//! else is: they announced nothing, because the sync that allows effects had not returned. A complete line that does not
//! hold is therefore damage, even if it is the last one, and is never repaired.

use super::error::{Damage, JournalError};
use super::files::inside;
use super::line::{BadLine, Line, decode};
use super::record::{Record, hex, sha256_hex};
use super::{JOURNAL, line};
use crate::engine::event::{Blob, Event};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// How a journal ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tail {
    /// Records before it.
    pub records: u64,
    /// Bytes of whole lines.
    pub good: u64,
    /// Bytes after the last whole line.
    pub torn: u64,
    /// The hash of the last line; of the run's id when there is none. It stands for the whole journal.
    pub digest: String,
}

/// A journal as it stands.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The records.
    pub records: Vec<Record>,
    /// Bytes of a last line that is being written, or torn.
    pub torn: u64,
    /// The hash of the last line: it stands for the whole journal.
    pub digest: String,
}

/// What was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Records whose chain holds.
    pub records: u64,
    /// Files whose digest and size hold.
    pub blobs: u64,
    /// Bytes in those files.
    pub bytes: u64,
    /// Bytes of a last line that is being written, or torn.
    pub torn: u64,
    /// The hash of the last line: it stands for the whole journal.
    pub digest: String,
}

/// Reads a journal without taking its lock: a run may be under way. Verifies the chain.
///
/// # Errors
/// When there is none, it cannot be read, or it is damaged.
pub fn read(dir: &Path) -> Result<Reading, JournalError> {
    let mut records = Vec::new();
    let tail = for_each(dir, |record| records.push(record))?;
    Ok(Reading { records, torn: tail.torn, digest: tail.digest })
}

/// Gives every record to `take`, in order, and verifies the chain on the way. Holds one record at a time.
///
/// # Errors
/// As [`read`]; records before the damage were given already.
pub fn for_each(dir: &Path, mut take: impl FnMut(Record)) -> Result<Tail, JournalError> {
    scan(dir, |_, record| {
        take(record);
        Ok(())
    })
}

/// Verifies the chain and every file that a record names.
///
/// # Errors
/// As [`read`], and when a file is missing or changed.
pub fn verify(dir: &Path) -> Result<Verified, JournalError> {
    let mut seen = HashSet::new();
    let mut bytes = 0;
    let tail = scan(dir, |line, record| {
        for blob in blobs_of(&record.event) {
            let size = check_blob(dir, &blob).map_err(|why| JournalError::Broken {
                path: dir.join(JOURNAL),
                seq: record.seq,
                line,
                what: Damage::Blob { file: blob.file.clone(), why },
            })?;
            if seen.insert(blob.file) {
                bytes += size;
            }
        }
        Ok(())
    })?;
    Ok(Verified { records: tail.records, blobs: seen.len() as u64, bytes, torn: tail.torn, digest: tail.digest })
}

/// A file and what is known of it.
struct Named {
    file: String,
    sha256: String,
    bytes: Option<u64>,
}

fn blobs_of(event: &Event) -> Vec<Named> {
    let named = |blob: &Blob| Named { file: blob.file.clone(), sha256: blob.sha256.clone(), bytes: Some(blob.bytes) };
    let text = |source: &str| {
        let file = format!("runbook-{}.md", source.get(..12).unwrap_or(source));
        vec![Named { file, sha256: source.to_owned(), bytes: None }]
    };
    match event {
        Event::RunStarted(head) => text(&head.source),
        Event::RunResumed { source, .. } => text(source),
        Event::StepSucceeded { output, session, .. } => output.iter().chain(session).map(named).collect(),
        Event::StepFailed { output, .. } => output.iter().map(named).collect(),
        _ => Vec::new(),
    }
}

/// Its size, or what is wrong with it.
fn check_blob(dir: &Path, blob: &Named) -> Result<u64, String> {
    let path = inside(dir, &blob.file).ok_or("leads out of the run's directory")?;
    let (size, digest) = digest_file(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "is missing".to_owned(),
        _ => format!("cannot be read: {error}"),
    })?;
    if let Some(bytes) = blob.bytes.filter(|bytes| *bytes != size) {
        return Err(format!("has {size} bytes instead of {bytes}"));
    }
    if digest != blob.sha256 {
        return Err("was changed: its digest is another".to_owned());
    }
    Ok(size)
}

fn digest_file(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut size = 0;
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((size, hex(&hasher.finalize())));
        }
        hasher.update(&buffer[..count]);
        size += count as u64;
    }
}

/// Opens a run's journal for reading.
pub(super) fn open_file(dir: &Path) -> Result<File, JournalError> {
    let path = dir.join(JOURNAL);
    File::open(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => JournalError::NotARun { dir: dir.to_owned() },
        _ => JournalError::read("open", &path, source),
    })
}

/// Gives every record with its line number to `take`.
pub(super) fn scan(
    dir: &Path,
    mut take: impl FnMut(usize, Record) -> Result<(), JournalError>,
) -> Result<Tail, JournalError> {
    let path = dir.join(JOURNAL);
    let mut reader = BufReader::with_capacity(64 << 10, open_file(dir)?);
    let mut tail = Tail { records: 0, good: 0, torn: 0, digest: sha256_hex(name_of(dir).as_bytes()) };
    // Where the reading is; `tail` follows when a batch is whole.
    let mut at = tail.clone();
    let mut batch: Vec<(usize, Record)> = Vec::new();
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        let length =
            reader.read_until(b'\n', &mut bytes).map_err(|source| JournalError::read("read", &path, source))?;
        at.good += length as u64;
        if bytes.pop_if(|last| *last == b'\n').is_none() {
            tail.torn = at.good - tail.good;
            break;
        }
        let followed = match follow(&bytes, &at) {
            Ok(followed) => followed,
            Err(bad) => {
                // What stands before the damage is given all the same.
                batch.drain(..).try_for_each(|(line, record)| take(line, record))?;
                return Err(match bad {
                    BadLine::Newer(found) => JournalError::NewerVersion { path, line, found },
                    BadLine::Damage(what) => JournalError::Broken { path, seq: at.records + 1, line, what },
                });
            }
        };
        at.records += 1;
        at.digest = sha256_hex(&bytes);
        batch.push((line, followed.record));
        if !followed.more {
            tail.clone_from(&at);
            batch.drain(..).try_for_each(|(line, record)| take(line, record))?;
        }
    }
    Ok(tail)
}

/// Decodes a line and holds it against what came before.
fn follow(bytes: &[u8], tail: &Tail) -> Result<Line, line::BadLine> {
    let whole = decode(bytes)?;
    let record = &whole.record;
    let expected = tail.records + 1;
    if record.seq != expected {
        return Err(BadLine::Damage(Damage::Order { expected }));
    }
    if expected > 1 {
        return if record.prev == tail.digest { Ok(whole) } else { Err(BadLine::Damage(Damage::Chain)) };
    }
    // The directory may have been copied elsewhere under another name; the head knows the run's own.
    let own = match &record.event {
        Event::RunStarted(head) => sha256_hex(head.run.as_bytes()),
        _ => tail.digest.clone(),
    };
    if record.prev == own { Ok(whole) } else { Err(BadLine::Damage(Damage::Start)) }
}

/// A run's directory is named like the run.
pub(super) fn name_of(dir: &Path) -> String {
    dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
