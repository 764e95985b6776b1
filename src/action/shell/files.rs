//! Files of the run's directory that only their owner can read, and that are really on disk.

use crate::engine::event::Blob;
use nix::unistd::geteuid;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path};

/// Makes `path` a directory of the owner's alone, whatever the umask says.
pub(super) fn private_directory(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(at(path, &error)),
        Err(_) => {}
        Ok(()) => {
            if let Some(parent) = path.parent() {
                sync_directory(parent)?;
            }
        }
    }
    std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(|error| at(path, &error))
}

/// Makes a new file of the owner's alone, whatever the umask says.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|error| at(path, &error))?;
    file.set_permissions(Permissions::from_mode(0o600)).map_err(|error| at(path, &error))?;
    Ok(file)
}

/// Waits until the names in `path` are on disk.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(|error| at(path, &error))
}

/// Writes a new file and its name to disk.
pub(super) fn store(run: &Path, name: &str, bytes: &[u8]) -> io::Result<Blob> {
    let path = run.join(name);
    let mut file = private_file(&path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| at(&path, &error))?;
    if let Some(parent) = path.parent() {
        sync_directory(parent)?;
    }
    Ok(Blob { file: name.to_owned(), sha256: hex(&Sha256::digest(bytes)), bytes: bytes.len() as u64 })
}

/// Reads a blob, and refuses one that somebody else could have written or that is not what was recorded.
pub(super) fn fetch(run: &Path, blob: &Blob) -> io::Result<Vec<u8>> {
    let path = run.join(&blob.file);
    let refuse = |why: &str| {
        let message = format!(
            "{}: {why}; the session cannot be restored from it: look at the file, or go on with an empty session",
            path.display()
        );
        io::Error::new(io::ErrorKind::InvalidData, message)
    };
    if !Path::new(&blob.file).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(refuse("it is outside of the run's directory"));
    }
    let flags = nix::fcntl::OFlag::O_NOFOLLOW.bits() | nix::fcntl::OFlag::O_NONBLOCK.bits();
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(&path).map_err(|error| at(&path, &error))?;
    let metadata = file.metadata().map_err(|error| at(&path, &error))?;
    if !metadata.is_file() {
        return Err(refuse("it is not a regular file"));
    }
    if metadata.uid() != geteuid().as_raw() {
        return Err(refuse("it belongs to somebody else"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(refuse("others than its owner may use it (its mode must be 0600)"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| at(&path, &error))?;
    if bytes.len() as u64 != blob.bytes || hex(&Sha256::digest(&bytes)) != blob.sha256 {
        return Err(refuse("it is not what the journal recorded (its SHA-256 differs)"));
    }
    Ok(bytes)
}

/// The first number that no file of `directory` begins with.
pub(super) fn next_number(directory: &Path) -> io::Result<u64> {
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(1),
        entries => entries.map_err(|error| at(directory, &error))?,
    };
    let mut next = 1;
    for entry in entries {
        let name = entry.map_err(|error| at(directory, &error))?.file_name();
        let digits: String = name.to_string_lossy().chars().take_while(char::is_ascii_digit).collect();
        next = next.max(digits.parse::<u64>().map_or(0, |number| number.saturating_add(1)));
    }
    Ok(next)
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

/// An error that says which file it is about.
pub(super) fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
