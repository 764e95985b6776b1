//! The record of heartbeats: one line each, on disk before the next is sent.

use super::outage::Moment;
use crate::engine::event::Blob;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What came of a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// The server said that it is written.
    Acknowledged,
    /// The server said that it is not, or it was never sent.
    Failed,
    /// It was sent and nobody knows.
    Unknown,
}

/// A line.
#[allow(clippy::struct_field_names)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Its number.
    pub beat: u64,
    /// When it was sent (RFC 3339, UTC).
    pub sent: String,
    /// The same since the run began, in microseconds.
    pub at_us: Moment,
    /// How long it took, in microseconds.
    pub took_us: i64,
    /// What came of it.
    pub fate: Fate,
    /// Where the server's log stood behind it: a GTID, or a timeline and an LSN. Only of what was acknowledged, and only when the
    /// server said it at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
}

/// The file.
#[derive(Debug)]
pub struct Ledger {
    file: File,
    directory: PathBuf,
    name: String,
}

impl Ledger {
    /// Opens the ledger of a monitor, and gives back what an earlier process wrote. A torn last line was never synced: it is
    /// cut off.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn open(directory: &Path, monitor: &str) -> std::io::Result<(Self, Vec<Beat>)> {
        let name = format!("heartbeat-{monitor}.jsonl");
        let path = directory.join(&name);
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path)?;
        let mut beats = Vec::new();
        let mut whole = 0_u64;
        let mut reader = BufReader::new(&file);
        let mut line = String::new();
        while reader.by_ref().take(4096).read_line(&mut line)? > 0 {
            let Some(beat) = line.strip_suffix('\n').and_then(|text| serde_json::from_str(text).ok()) else { break };
            beats.push(beat);
            whole += line.len() as u64;
            line.clear();
        }
        file.set_len(whole)?;
        file.seek(SeekFrom::End(0))?;
        file.sync_all()?;
        File::open(directory)?.sync_all()?;
        Ok((Self { file, directory: directory.to_owned(), name }, beats))
    }

    /// Writes a line; it is on disk when this returns.
    ///
    /// # Errors
    /// When it is not.
    pub fn write(&mut self, beat: &Beat) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(beat)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }

    /// What it is now.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn blob(&self) -> std::io::Result<Blob> {
        let mut file = File::open(self.directory.join(&self.name))?;
        let (mut digest, mut bytes, mut piece) = (Sha256::new(), 0, [0; 8192]);
        loop {
            let read = file.read(&mut piece)?;
            if read == 0 {
                break;
            }
            digest.update(&piece[..read]);
            bytes += read as u64;
        }
        let mut sha256 = String::with_capacity(64);
        for byte in digest.finalize() {
            sha256.push_str(&format!("{byte:02x}"));
        }
        Ok(Blob { file: self.name.clone(), sha256, bytes })
    }
}
