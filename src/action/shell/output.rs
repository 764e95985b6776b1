//! Where a command's output goes: masked to the operator and to a file beside the journal, in clear only to memory.

use super::files::{at, hex, private_file, sync_directory};
use crate::action::mask::Masker;
use crate::driver::ports::{Chunk, JUDGED};
use crate::engine::event::Blob;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How much output waits for an operator's terminal that does not take it (Ctrl-S, a slow link). What is beyond is in the
/// file only; the command never waits.
const WAITING: usize = 32 << 20;

/// Both streams of one command.
#[derive(Debug)]
pub(in crate::action) struct Output {
    log: Log,
    streams: [Stream; 2],
    /// Chunks that the driver has not taken yet.
    pub(super) waiting: VecDeque<Chunk>,
    queued: usize,
    unseen: usize,
    gone: bool,
    /// What it says is a secret: kept for captures, never shown and never written.
    secret: bool,
}

#[derive(Debug)]
struct Stream {
    masker: Masker,
    kept: Vec<u8>,
    truncated: bool,
}

/// What is left of it at the end.
#[derive(Debug, Default)]
pub(in crate::action) struct Kept {
    pub(in crate::action) stdout: Vec<u8>,
    pub(in crate::action) stderr: Vec<u8>,
    pub(in crate::action) truncated: bool,
    pub(in crate::action) blob: Option<Blob>,
}

impl Output {
    /// For a command whose output file would be `name` in `run`.
    pub(super) fn new(run: &Path, name: String, patterns: &[Vec<u8>], secret: bool) -> Self {
        let stream = || Stream { masker: Masker::new(patterns.to_vec()), kept: Vec::new(), truncated: false };
        Self {
            log: Log { run: run.to_owned(), name, file: None, hash: Sha256::new(), bytes: 0, failed: false },
            streams: [stream(), stream()],
            waiting: VecDeque::new(),
            queued: 0,
            unseen: 0,
            gone: false,
            secret,
        }
    }

    /// Takes what a stream said.
    pub(in crate::action) fn take(&mut self, stderr: bool, bytes: &[u8]) {
        let stream = &mut self.streams[usize::from(stderr)];
        let room = JUDGED.saturating_sub(stream.kept.len()).min(bytes.len());
        stream.kept.extend_from_slice(&bytes[..room]);
        stream.truncated |= room < bytes.len();
        if self.secret {
            return;
        }
        let masked = stream.masker.push(bytes).into_owned();
        self.show(stderr, masked);
    }

    /// A stream has ended, or is not listened to any longer.
    pub(in crate::action) fn close(&mut self, stderr: bool) {
        let rest = self.streams[usize::from(stderr)].masker.finish();
        self.show(stderr, rest);
    }

    /// Everything in a secret output that could be the secret: the whole, each line, each long word.
    pub(in crate::action) fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        for stream in self.streams.iter().filter(|_| self.secret) {
            let text = String::from_utf8_lossy(&stream.kept);
            found.extend(std::iter::once(text.trim()).chain(text.lines().map(str::trim)).map(str::to_owned));
            found.extend(text.split_whitespace().filter(|word| word.len() >= 6).map(str::to_owned));
        }
        found.retain(|secret| !secret.is_empty());
        found
    }

    /// Says something in the file and to the operator that is not the command's.
    pub(in crate::action) fn remark(&mut self, text: &str) {
        self.show(true, format!("[runbook: {text}]\n").into_bytes());
    }

    /// Whether there is something for the driver to take.
    pub(in crate::action) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The driver took a chunk.
    pub(in crate::action) fn taken(&mut self) -> Option<Chunk> {
        let chunk = self.waiting.pop_front()?;
        self.queued -= chunk.bytes.len();
        if self.waiting.is_empty() && self.unseen > 0 {
            let text =
                format!("[runbook: {} more bytes are not shown here; they are in {}]\n", self.unseen, self.log.name);
            self.unseen = 0;
            self.queue(Chunk { stderr: true, bytes: text.into_bytes() });
        }
        Some(chunk)
    }

    /// Nobody takes chunks any more.
    pub(in crate::action) fn abandon(&mut self) {
        self.gone = true;
        self.waiting.clear();
        self.queued = 0;
        self.unseen = 0;
    }

    fn show(&mut self, stderr: bool, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        if let Some(trouble) = self.log.write(&bytes) {
            let text = format!("[runbook: {trouble}: the rest of this output is not kept; free some space]\n");
            self.queue(Chunk { stderr: true, bytes: text.into_bytes() });
        }
        self.queue(Chunk { stderr, bytes });
    }

    fn queue(&mut self, chunk: Chunk) {
        if self.gone {
            return;
        }
        if self.unseen > 0 || self.queued + chunk.bytes.len() > WAITING {
            self.unseen += chunk.bytes.len();
            return;
        }
        self.queued += chunk.bytes.len();
        self.waiting.push_back(chunk);
    }

    /// The end: the file is synced.
    pub(in crate::action) fn finish(self) -> (Kept, io::Result<()>) {
        let (blob, synced) = match self.log.finish() {
            Ok(blob) => (blob, Ok(())),
            Err(error) => (None, Err(error)),
        };
        let [out, err] = self.streams;
        let truncated = out.truncated || err.truncated;
        (Kept { stdout: out.kept, stderr: err.kept, truncated, blob }, synced)
    }
}

/// The file, made when there is something to write.
#[derive(Debug)]
struct Log {
    run: PathBuf,
    name: String,
    file: Option<File>,
    hash: Sha256,
    bytes: u64,
    failed: bool,
}

impl Log {
    /// `Some` the first time that it fails.
    fn write(&mut self, bytes: &[u8]) -> Option<io::Error> {
        if self.failed {
            return None;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let wrote = match &mut self.file {
                Some(file) => file.write(rest),
                none => match private_file(&self.run.join(&self.name)) {
                    Ok(file) => none.insert(file).write(rest),
                    Err(error) => Err(error),
                },
            };
            match wrote {
                Ok(count) if count > 0 => {
                    self.hash.update(&rest[..count]);
                    self.bytes += count as u64;
                    rest = &rest[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) => {
                    self.failed = true;
                    return Some(at(Path::new(&self.name), &io::ErrorKind::WriteZero.into()));
                }
                Err(error) => {
                    self.failed = true;
                    return Some(at(Path::new(&self.name), &error));
                }
            }
        }
        None
    }

    fn finish(self) -> io::Result<Option<Blob>> {
        let Some(file) = self.file else { return Ok(None) };
        let path = self.run.join(&self.name);
        file.sync_data().map_err(|error| at(&path, &error))?;
        if let Some(directory) = path.parent() {
            sync_directory(directory)?;
        }
        Ok(Some(Blob { file: self.name, sha256: hex(&self.hash.finalize()), bytes: self.bytes }))
    }
}

/// The output file's name: `output/0007-detection.ping-1.log`.
pub(super) fn name(number: u64, node: &str, attempt: u32) -> String {
    let slug: String =
        node.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).take(80).collect();
    format!("output/{number:04}-{slug}-{attempt}.log")
}
