//! Which command is running, written down where a later process can find it: a command is its own process group and goes on
//! when runbook is killed.
//!
//! The note is not synced: it only matters as long as the machine is up.

use super::files::private_file;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

const NAME: &str = "running";

/// A command that an earlier process of this run started and that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillRunning {
    /// The node.
    pub node: String,
    /// Which try.
    pub attempt: u32,
    /// The shell's process id. It is also the id of the command's process group, some of which may outlive the shell.
    pub pid: u32,
    /// Whether the shell itself is there, and not only processes that it left.
    pub shell: bool,
}

/// The command of the run in `run_dir` that is still running, if there is one. When it cannot be known, the answer is no.
#[must_use]
pub fn still_running(run_dir: &Path) -> Option<StillRunning> {
    let text = std::fs::read_to_string(run_dir.join(NAME)).ok()?;
    let mut words = text.lines().next()?.splitn(5, ' ');
    let pid: u32 = words.next()?.parse().ok()?;
    let started = words.next()?;
    if words.next()? != boot_id() {
        return None;
    }
    let attempt = words.next()?.parse().ok()?;
    let node = words.next()?.to_owned();
    let found = |shell| Some(StillRunning { node, attempt, pid, shell });
    match Stat::of(pid) {
        // The number went to another process, which it cannot while the group has a member.
        Some(stat) if stat.started != started => None,
        Some(stat) if !stat.dead => found(true),
        _ if group_lives(pid) => found(false),
        _ => None,
    }
}

/// Whether a process of the group `pgid` is alive; zombies are not.
pub(super) fn group_lives(pgid: u32) -> bool {
    let Ok(entries) = std::fs::read_dir("/proc") else { return false };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(Stat::of)
        .any(|stat| stat.group == pgid && !stat.dead)
}

/// What `/proc/<pid>/stat` says.
struct Stat {
    dead: bool,
    group: u32,
    started: String,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
        // The second field is the program's name in parentheses and may hold anything.
        let after = text.iter().rposition(|byte| *byte == b')')?;
        let text = String::from_utf8_lossy(&text[after + 1..]).into_owned();
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        Some(Self {
            dead: matches!(*fields.first()?, "Z" | "X" | "x"),
            group: fields.get(2)?.parse().ok()?,
            started: (*fields.get(19)?).to_owned(),
        })
    }
}

fn boot_id() -> String {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let id = text.trim();
    if id.is_empty() { "-".to_owned() } else { id.to_owned() }
}

/// The note of a session: one file, kept open, rewritten for every command.
#[derive(Debug)]
pub(super) struct Note {
    run: std::path::PathBuf,
    file: Option<File>,
    boot: String,
}

impl Note {
    pub(super) fn new(run: &Path) -> Self {
        Self { run: run.to_owned(), file: None, boot: boot_id() }
    }

    pub(super) fn begin(&mut self, pid: u32, node: &str, attempt: u32) -> io::Result<()> {
        let started = Stat::of(pid).map_or_else(|| "-".to_owned(), |stat| stat.started);
        let node = node.replace('\n', " ");
        let line = format!("{pid} {started} {} {attempt} {node}\n", self.boot);
        let file = match &mut self.file {
            Some(file) => file,
            absent => {
                let path = self.run.join(NAME);
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => absent.insert(private_file(&path)?),
                }
            }
        };
        file.write_all_at(line.as_bytes(), 0)
    }

    /// Overwrites the beginning: cheaper than cutting the file, and the rest is not read then.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), |file| file.write_all_at(b"-\n", 0))
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        // A note that has ended says the same as none.
        if self.file.is_some() && self.end().is_ok() {
            std::fs::remove_file(self.run.join(NAME)).unwrap_or_default();
        }
    }
}
