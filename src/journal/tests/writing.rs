//! Writing: what is synced, who may write, and what happens when it cannot be done.

use super::{RUN, note, now, written};
use crate::engine::event::Outcome;
use crate::journal::sample::failover;
use crate::journal::{Damage, JOURNAL, Journal, JournalError, LOCK, Standing, list, put_file, read, record};
use crate::runbook::model::Language;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

#[test]
fn what_is_read_is_what_was_written() {
    let runs = TempDir::new().unwrap();
    let dir = runs.path().join("deep/down/r");
    let mut journal = Journal::create(&dir, "r").unwrap();
    let mut all = journal.append(now(), 7, note("one")).unwrap();
    let mut two = note("two");
    two.extend(note("three\n\u{0}\u{1b}[31m"));
    all.extend(journal.append(now(), 8, two).unwrap());
    assert_eq!(journal.append(now(), 8, Vec::new()).unwrap(), Vec::new());
    assert_eq!((journal.next_seq(), journal.directory()), (4, dir.as_path()));
    let reading = read(&dir).unwrap();
    assert_eq!((&reading.records, reading.torn, reading.digest.as_str()), (&all, 0, journal.digest()));
    drop(journal);
    let opened = Journal::open(&dir).unwrap();
    assert_eq!((opened.records, opened.torn, opened.journal.next_seq()), (all, 0, 4));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join(JOURNAL)), mode(&dir.join(LOCK))), (0o700, 0o600, 0o600));
    let text = fs::read(dir.join(JOURNAL)).unwrap();
    assert!(!text.contains(&0) && !text.contains(&0x1b), "control characters are escaped");
}

#[test]
fn prev_is_the_hash_of_the_line_before() {
    let runs = TempDir::new().unwrap();
    let text = fs::read_to_string(written(runs.path()).join(JOURNAL)).unwrap();
    let mut prev = record::sha256_hex(RUN.as_bytes());
    for line in text.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(value["prev"], prev.as_str());
        prev = record::sha256_hex(line.as_bytes());
    }
}

#[test]
fn put_file_is_whole_private_and_inside() {
    let runs = TempDir::new().unwrap();
    let blob = put_file(runs.path(), "a/b.txt", b"one").unwrap();
    assert_eq!(blob.file, "a/b.txt");
    assert_eq!(put_file(runs.path(), "a/b.txt", b"two").unwrap().sha256, record::sha256_hex(b"two"));
    assert_eq!(fs::read_dir(runs.path().join("a")).unwrap().count(), 1, "no temporary file stays");
    let mode = fs::metadata(runs.path().join("a/b.txt")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for name in ["../x", "/tmp/x", "", "a/../../x", "./x"] {
        assert!(put_file(runs.path(), name, b"").is_err(), "{name}");
    }
}

/// Not a test of its own: the other process of the test below.
#[test]
fn holds_the_lock_for_another_test() {
    let Some(dir) = std::env::var_os("RUNBOOK_TEST_HOLD") else { return };
    let opened = Journal::open(Path::new(&dir)).unwrap();
    eprintln!("held {}", opened.records.len());
    std::thread::sleep(std::time::Duration::from_mins(1));
}

#[test]
fn one_process_at_a_time_and_a_killed_one_lets_go() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "journal::tests::writing::holds_the_lock_for_another_test"])
        .env("RUNBOOK_TEST_HOLD", &dir)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("held"), "{line}");
    match Journal::open(&dir).unwrap_err() {
        JournalError::Locked { pid, .. } => assert_eq!(pid, Some(child.id())),
        other => panic!("{other}"),
    }
    assert_eq!(list(runs.path()).unwrap()[0].standing, Standing::Finished { outcome: Outcome::Completed });
    read(&dir).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    Journal::open(&dir).unwrap();
}

#[test]
fn creating_twice_is_refused() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    assert!(matches!(Journal::create(&dir, RUN), Err(JournalError::Exists { .. })));
    assert_eq!(read(&dir).unwrap().records.len(), failover(Language::En).len());
    assert!(matches!(Journal::open(&runs.path().join("no")), Err(JournalError::NotARun { .. })));
    assert!(!runs.path().join("no").exists());
}

#[test]
fn a_run_that_never_began_opens_empty() {
    let runs = TempDir::new().unwrap();
    let dir = runs.path().join(RUN);
    drop(Journal::create(&dir, RUN).unwrap());
    let mut opened = Journal::open(&dir).unwrap();
    assert_eq!((opened.records.len(), opened.torn), (0, 0));
    assert_eq!(opened.journal.append(now(), 0, note("x")).unwrap()[0].prev, record::sha256_hex(RUN.as_bytes()));
    read(&dir).unwrap();
}

#[test]
fn a_write_that_cannot_be_taken_back_poisons() {
    let runs = TempDir::new().unwrap();
    let mut journal = Journal::create(&runs.path().join("r"), "r").unwrap();
    journal.swap_file(fs::OpenOptions::new().append(true).open("/dev/full").unwrap());
    let error = journal.append(now(), 0, note("x")).unwrap_err();
    assert!(error.is_write_failure() && error.to_string().contains("free some space"), "{error}");
    assert!(matches!(journal.append(now(), 0, note("x")), Err(JournalError::Poisoned { .. })));
    assert_eq!(journal.next_seq(), 1);
}

#[test]
fn another_writer_is_noticed() {
    let runs = TempDir::new().unwrap();
    let mut journal = Journal::create(&runs.path().join("r"), "r").unwrap();
    fs::write(runs.path().join("r").join(JOURNAL), b"x").unwrap();
    let error = journal.append(now(), 0, note("x")).unwrap_err();
    assert!(matches!(error, JournalError::Broken { what: Damage::Length, .. }), "{error}");
}

/// A file system of its own; `None` where that takes rights we lack.
struct Mounted(PathBuf, TempDir);

impl Mounted {
    fn new(options: &str) -> Option<Self> {
        let dir = TempDir::new().unwrap();
        let path = dir.path().to_owned();
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&path).status();
        if status.is_ok_and(|status| status.success()) {
            return Some(Self(path, dir));
        }
        eprintln!("skipped: mounting a file system needs root");
        None
    }

    fn remount(&self, options: &str) {
        let status = Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(&self.0).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        assert!(Command::new("umount").arg("-l").arg(&self.0).status().unwrap().success());
        assert!(self.1.path().exists());
    }
}

#[test]
fn a_full_disk_takes_nothing_and_loses_nothing() {
    let Some(disk) = Mounted::new("size=32k") else { return };
    let dir = disk.0.join("r");
    let mut journal = Journal::create(&dir, "r").unwrap();
    let mut kept = 0;
    let error = loop {
        match journal.append(now(), 0, note(&"x".repeat(3000))) {
            Ok(records) => kept += records.len(),
            Err(error) => break error,
        }
        assert!(kept < 100);
    };
    assert!(error.is_write_failure(), "{error}");
    assert!(kept > 0);
    assert_eq!((read(&dir).unwrap().records.len(), read(&dir).unwrap().torn), (kept, 0));
    disk.remount("size=64k");
    journal.append(now(), 0, note("room again")).unwrap();
    assert_eq!(read(&dir).unwrap().records.len(), kept + 1);
}

#[test]
fn a_read_only_disk_is_said_before_anything_runs() {
    let Some(disk) = Mounted::new("size=64k") else { return };
    let dir = disk.0.join("r");
    drop(Journal::create(&dir, "r").unwrap());
    disk.remount("ro");
    for error in [Journal::open(&dir).unwrap_err(), Journal::create(&disk.0.join("s"), "s").unwrap_err()] {
        assert!(error.is_write_failure() && error.to_string().contains("--runs-dir"), "{error}");
    }
    read(&dir).unwrap();
    list(&disk.0).unwrap();
}
