//! What can be wrong with a journal.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a journal could not be read, written or found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another process drives this run.
    #[error("the run in {} is driven by {}: one process at a time; wait for it or stop it", dir.display(), holder(*.pid))]
    Locked {
        /// The run's directory.
        dir: PathBuf,
        /// Who, if it is known.
        pid: Option<u32>,
    },
    /// Something could not be put on disk.
    #[error("cannot {doing} {}: {}", path.display(), hint(error))]
    Write {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said; part of the message, so not a source of its own.
        error: io::Error,
    },
    /// An earlier write failed in a way that leaves the end of the file uncertain.
    #[error(
        "the journal in {} takes no more records: an earlier write failed and could not be taken back; \
         free the disk, then `runbook resume`", dir.display()
    )]
    Poisoned {
        /// The run's directory.
        dir: PathBuf,
    },
    /// Something could not be read.
    #[error("cannot {doing} {}: {error}", path.display())]
    Read {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said; part of the message, so not a source of its own.
        error: io::Error,
    },
    /// Damage or tampering. Never repaired.
    #[error(
        "{} line {line} (record {seq}) is not what was written: {what}; nothing was changed, keep the directory and \
         restore it from a copy", path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// The record's number; where it should be, when it cannot be read.
        seq: u64,
        /// 1-based.
        line: usize,
        /// What.
        what: Damage,
    },
    /// No journal there.
    #[error("{} holds no run: there is no journal in it", dir.display())]
    NotARun {
        /// Where.
        dir: PathBuf,
    },
    /// A run of that name is there already.
    #[error("{} holds a run already", dir.display())]
    Exists {
        /// Where.
        dir: PathBuf,
    },
    /// Written by a later version.
    #[error(
        "{} line {line} is of format {found}, this program knows up to {}: use the version that wrote it",
        path.display(), super::record::VERSION
    )]
    NewerVersion {
        /// The file.
        path: PathBuf,
        /// 1-based.
        line: usize,
        /// The version found.
        found: u32,
    },
    /// No run of that name.
    #[error("no run {name} in {}{}", dir.display(), suggest(.near.as_deref()))]
    Unknown {
        /// As asked for.
        name: String,
        /// Where runs are.
        dir: PathBuf,
        /// The nearest name.
        near: Option<String>,
    },
    /// Several runs begin so.
    #[error("{name} may be any of {}: give more of the name", candidates.join(", "))]
    Ambiguous {
        /// As asked for.
        name: String,
        /// All of them.
        candidates: Vec<String>,
    },
    /// There is none at all.
    #[error("no {}run in {}", if *unfinished { "unfinished " } else { "" }, dir.display())]
    NoRuns {
        /// Where runs are.
        dir: PathBuf,
        /// Whether only unfinished ones were looked for.
        unfinished: bool,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// The line's own checksum does not hold.
    Sum,
    /// Its checksum holds, and yet it is no record.
    Parse(String),
    /// It does not follow the line before it.
    Chain,
    /// Its number is not the next one.
    Order {
        /// The number that should be here.
        expected: u64,
    },
    /// It does not belong to this run.
    Start,
    /// A file it names is missing or changed.
    Blob {
        /// The file.
        file: String,
        /// How.
        why: String,
    },
    /// The file's length changed while this process held the lock.
    Length,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sum => f.write_str("its checksum does not hold"),
            Self::Parse(why) => write!(f, "it is no record ({why})"),
            Self::Chain => f.write_str("the hash chain is cut between it and the line before"),
            Self::Order { expected } => write!(f, "record {expected} should stand here"),
            Self::Start => f.write_str("it does not begin with the run's own id"),
            Self::Blob { file, why } => write!(f, "its file {file} {why}"),
            Self::Length => f.write_str("another program changed the file's length"),
        }
    }
}

impl JournalError {
    /// Whether the journal could not be written (disk full, read-only, no permission, poisoned).
    #[must_use]
    pub const fn is_write_failure(&self) -> bool {
        matches!(self, Self::Write { .. } | Self::Poisoned { .. })
    }

    /// Whether the journal does not verify.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::Broken { .. } | Self::NewerVersion { .. })
    }

    pub(super) fn write(doing: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Write { doing, path: path.to_owned(), error }
    }

    pub(super) fn read(doing: &'static str, path: &Path, error: io::Error) -> Self {
        Self::Read { doing, path: path.to_owned(), error }
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

fn suggest(near: Option<&str>) -> String {
    near.map_or_else(|| "; see `runbook runs`".to_owned(), |near| format!("; did you mean {near}?"))
}

fn hint(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("{error}; free some space, then `runbook resume`")
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            format!("{error}; make it writable or choose another place with --runs-dir")
        }
        _ => error.to_string(),
    }
}
