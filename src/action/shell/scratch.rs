//! A nameless file in memory that a child can open by path: secrets pass through it and never reach a disk, `ps` or an
//! environment.
//!
//! The child opens `/proc/<our pid>/fd/<n>`, so that nothing has to be inherited and no process of the fence is left with
//! a descriptor of ours. On systems without memfd it is a file of the owner's alone that is removed with the value.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// Such a file.
#[derive(Debug)]
pub(super) struct Scratch {
    file: File,
    path: PathBuf,
}

impl Scratch {
    #[cfg(target_os = "linux")]
    pub(super) fn new(_directory: &Path) -> io::Result<Self> {
        use nix::sys::memfd::{MFdFlags, memfd_create};
        use std::os::fd::AsRawFd;
        let file = File::from(memfd_create(c"runbook", MFdFlags::MFD_CLOEXEC)?);
        let path = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd()));
        Ok(Self { file, path })
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn new(directory: &Path) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!(".scratch-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = directory.join(name);
        let file = std::fs::OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Self { file, path })
    }

    /// How a child opens it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Replaces what it holds.
    pub(super) fn set(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(bytes)
    }

    /// What it holds.
    pub(super) fn get(&mut self) -> io::Result<Vec<u8>> {
        self.file.rewind()?;
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(not(target_os = "linux"))]
impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing can be done about a file that is already gone.
        std::fs::remove_file(&self.path).unwrap_or_default();
    }
}
