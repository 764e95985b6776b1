//! Writing journals: one process, one write and one sync for each batch.

use super::error::{Damage, JournalError};
use super::files::{make_dir, parent_of, sync_dir};
use super::line::encode;
use super::record::{Record, VERSION, sha256_hex};
use super::scan::{open_file, scan};
use super::{JOURNAL, LOCK};
use crate::engine::event::{Actor, Event};
use jiff::Timestamp;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A journal that this process, and no other, appends to: the lock lives as long as this value.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    path: PathBuf,
    file: File,
    /// Bytes that are known to be good and synced.
    length: u64,
    next_seq: u64,
    prev: String,
    buffer: Vec<u8>,
    poisoned: bool,
    _lock: Flock<File>,
}

/// An opened journal and what it holds.
#[derive(Debug)]
pub struct Opened {
    /// To append to.
    pub journal: Journal,
    /// What happened so far.
    pub records: Vec<Record>,
    /// Bytes cut from a torn last line; they are kept in `journal.torn-<seq>`.
    pub torn: u64,
}

impl Journal {
    /// Makes the directory of a new run, its lock and its empty journal, all durable.
    ///
    /// # Errors
    /// When they cannot be made, or a run is there already.
    pub fn create(dir: &Path, run: &str) -> Result<Self, JournalError> {
        make_dir(dir)?;
        let lock = take_lock(dir)?;
        let path = dir.join(JOURNAL);
        let file = options().create_new(true).open(&path).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => JournalError::Exists { dir: dir.to_owned() },
            _ => JournalError::write("make", &path, source),
        })?;
        file.sync_all().map_err(|source| JournalError::write("sync", &path, source))?;
        sync_dir(dir)?;
        sync_dir(parent_of(dir))?;
        Ok(Self::new(dir, file, lock, 0, 1, sha256_hex(run.as_bytes())))
    }

    /// Takes the lock, verifies the chain and moves a torn last line out of the way.
    ///
    /// # Errors
    /// When another process has it, it is damaged, or it cannot be read or repaired.
    pub fn open(dir: &Path) -> Result<Opened, JournalError> {
        // First, so that a name that is no run gets no lock file.
        drop(open_file(dir)?);
        let lock = take_lock(dir)?;
        let path = dir.join(JOURNAL);
        let mut file = options().open(&path).map_err(|source| JournalError::write("open", &path, source))?;
        let mut records = Vec::new();
        let tail = scan(dir, |_, record| {
            records.push(record);
            Ok(())
        })?;
        if tail.torn > 0 {
            repair(dir, &mut file, tail.good, tail.records + 1)?;
        }
        let journal = Self::new(dir, file, lock, tail.good, tail.records + 1, tail.digest);
        Ok(Opened { journal, records, torn: tail.torn })
    }

    fn new(dir: &Path, file: File, lock: Flock<File>, length: u64, next_seq: u64, prev: String) -> Self {
        Self {
            dir: dir.to_owned(),
            path: dir.join(JOURNAL),
            file,
            length,
            next_seq,
            prev,
            buffer: Vec::with_capacity(4096),
            poisoned: false,
            _lock: lock,
        }
    }

    /// Appends `events` as one batch. When this returns, they are on disk; when it fails, none of them counts.
    ///
    /// # Errors
    /// When they cannot be written. What was written of them is taken back; if even that fails, the journal refuses
    /// every later append.
    pub fn append(
        &mut self,
        at: Timestamp,
        offset_us: u64,
        events: Vec<(Actor, Event)>,
    ) -> Result<Vec<Record>, JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned { dir: self.dir.clone() });
        }
        if events.is_empty() {
            return Ok(Vec::new());
        }
        // What is read back must equal what is returned here.
        let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
        let mut records = Vec::with_capacity(events.len());
        let mut prev = self.prev.clone();
        self.buffer.clear();
        let end = self.next_seq + events.len() as u64;
        for (seq, (actor, event)) in (self.next_seq..).zip(events) {
            let record = Record { v: VERSION, seq, at, offset_us, actor, event, prev };
            prev = encode(&record, seq + 1 < end, &mut self.buffer)
                .map_err(|source| JournalError::write("encode a record for", &self.path, source.into()))?;
            records.push(record);
        }
        self.write()?;
        self.length += self.buffer.len() as u64;
        self.next_seq += records.len() as u64;
        self.prev = prev;
        Ok(records)
    }

    fn write(&mut self) -> Result<(), JournalError> {
        let found = self.file.metadata().map_err(|source| JournalError::write("look at", &self.path, source))?.len();
        if found != self.length {
            self.poisoned = true;
            let (seq, path) = (self.next_seq, self.path.clone());
            let line = usize::try_from(seq).unwrap_or(usize::MAX);
            return Err(JournalError::Broken { path, seq, line, what: Damage::Length });
        }
        if let Err(source) = self.file.write_all(&self.buffer) {
            self.take_back();
            return Err(JournalError::write("write", &self.path, source));
        }
        if let Err(source) = self.file.sync_data() {
            // After a failed sync the kernel may have dropped the pages: a later success would prove nothing.
            self.take_back();
            self.poisoned = true;
            return Err(JournalError::write("sync", &self.path, source));
        }
        Ok(())
    }

    /// Cuts the file back to what was synced.
    fn take_back(&mut self) {
        let cut = self.file.set_len(self.length).and_then(|()| self.file.sync_all());
        self.poisoned |= cut.is_err();
    }

    /// Puts another file under the journal's feet.
    #[cfg(test)]
    pub(super) fn swap_file(&mut self, file: File) {
        self.file = file;
    }

    /// The number that the next record gets.
    #[must_use]
    pub const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The run's directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.dir
    }

    /// The hash of the last line: it stands for the whole journal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.prev
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(0o600);
    options
}

/// Moves the bytes after `good` to a file of their own, then cuts them off: in this order, so that a crash in between
/// loses nothing.
fn repair(dir: &Path, file: &mut File, good: u64, seq: u64) -> Result<(), JournalError> {
    let path = dir.join(JOURNAL);
    let mut torn = Vec::new();
    file.seek(SeekFrom::Start(good))
        .and_then(|_| file.read_to_end(&mut torn))
        .map_err(|source| JournalError::read("read the torn end of", &path, source))?;
    let first = format!("journal.torn-{seq}");
    let later = (2..).map(|n| format!("journal.torn-{seq}-{n}"));
    let name = std::iter::once(first.clone()).chain(later).find(|name| !dir.join(name).exists()).unwrap_or(first);
    super::files::put_file(dir, &name, &torn)?;
    file.set_len(good)
        .and_then(|()| file.sync_all())
        .map_err(|source| JournalError::write("cut the torn end of", &path, source))
}

/// How often, and how long apart, the lock is tried: `runbook runs` holds it for a moment when it looks who is alive.
const TRIES: u32 = 10;
const BETWEEN: Duration = Duration::from_millis(10);

fn take_lock(dir: &Path) -> Result<Flock<File>, JournalError> {
    let path = dir.join(LOCK);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(|source| JournalError::write("open the lock", &path, source))?;
    for _ in 0..TRIES {
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return sign(lock, &path),
            Err((back, Errno::EWOULDBLOCK)) => file = back,
            Err((_, errno)) => return Err(JournalError::write("take the lock", &path, errno.into())),
        }
        std::thread::sleep(BETWEEN);
    }
    Err(JournalError::Locked { dir: dir.to_owned(), pid: holder(dir) })
}

/// Writes the process id into the lock, for people.
fn sign(mut lock: Flock<File>, path: &Path) -> Result<Flock<File>, JournalError> {
    lock.set_len(0)
        .and_then(|()| lock.seek(SeekFrom::Start(0)))
        .and_then(|_| writeln!(lock, "{}", std::process::id()))
        .map_err(|source| JournalError::write("sign the lock", path, source))?;
    Ok(lock)
}

/// Whether a process drives the run in `dir` now.
pub(super) fn is_driven(dir: &Path) -> bool {
    let Ok(file) = File::open(dir.join(LOCK)) else { return false };
    matches!(Flock::lock(file, FlockArg::LockSharedNonblock), Err((_, Errno::EWOULDBLOCK)))
}

/// Who signed the lock last.
pub(super) fn holder(dir: &Path) -> Option<u32> {
    fs::read_to_string(dir.join(LOCK)).ok()?.trim().parse().ok()
}
