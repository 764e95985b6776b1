//! Directories and files that are there after a power cut.

use super::error::JournalError;
use super::record::sha256_hex;
use crate::engine::event::Blob;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

/// Puts a file beside the journal: whole or not at all, synced, readable by its owner only. `name` is relative to the
/// run's directory.
///
/// # Errors
/// When it cannot be written, or `name` leads out of the directory.
pub fn put_file(dir: &Path, name: &str, bytes: &[u8]) -> Result<Blob, JournalError> {
    let path = inside(dir, name).ok_or_else(|| {
        let outside = io::Error::new(io::ErrorKind::InvalidInput, "the name leads out of the run's directory");
        JournalError::write("write", &dir.join(name), outside)
    })?;
    let parent = path.parent().unwrap_or(dir);
    make_dir(parent)?;
    // The process id keeps two writers of one name apart; the last rename wins, and both are whole.
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = parent.join(format!(".{file_name}.{}.tmp", std::process::id()));
    let written = write_synced(&temporary, bytes).and_then(|()| fs::rename(&temporary, &path));
    if let Err(source) = written {
        // A half-written temporary file means nothing to anyone; that it stays is not worth a second error.
        fs::remove_file(&temporary).unwrap_or_default();
        return Err(JournalError::write("write", &path, source));
    }
    sync_dir(parent)?;
    Ok(Blob { file: name.to_owned(), sha256: sha256_hex(bytes), bytes: bytes.len() as u64 })
}

/// `name` under `dir`, unless it is empty, absolute or climbs.
pub(super) fn inside(dir: &Path, name: &str) -> Option<PathBuf> {
    let relative = Path::new(name);
    let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !name.is_empty()).then(|| dir.join(relative))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes `dir` and what is missing above it, and syncs every directory that got a new entry.
pub(super) fn make_dir(dir: &Path) -> Result<(), JournalError> {
    let missing: Vec<&Path> =
        dir.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|source| JournalError::write("make", dir, source))?;
    for path in missing {
        sync_dir(parent_of(path))?;
    }
    Ok(())
}

/// The directory that holds `path`.
pub(super) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Makes a directory's entries durable.
pub(super) fn sync_dir(dir: &Path) -> Result<(), JournalError> {
    File::open(dir).and_then(|file| file.sync_all()).map_err(|source| JournalError::write("sync", dir, source))
}
