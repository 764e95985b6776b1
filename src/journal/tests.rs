#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

use super::sample::{TEXT, failover, head};
use super::*;
use crate::engine::event::{Actor, Blob, Event, How, Outcome};
use crate::runbook::model::Language;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

const RUN: &str = "2026-11-20-a7f3";

/// A run on disk, in batches of three records.
fn written(runs: &Path) -> PathBuf {
    let dir = runs.join(RUN);
    let mut journal = Journal::create(&dir, RUN).unwrap();
    put_file(&dir, &format!("runbook-{}.md", &head(Language::En).source[..12]), TEXT.as_bytes()).unwrap();
    for batch in failover(Language::En).chunks(3) {
        let events = batch.iter().map(|record| (record.actor.clone(), record.event.clone())).collect();
        journal.append(batch[0].at, batch[0].offset_us, events).unwrap();
    }
    dir
}

/// The first lines of a journal: enough where every byte is tried.
fn first_lines(whole: &[u8], lines: usize) -> Vec<u8> {
    whole.split_inclusive(|byte| *byte == b'\n').take(lines).flatten().copied().collect()
}

fn note(text: &str) -> Vec<(Actor, Event)> {
    let event = Event::Noted { text: text.into(), happened: None, owner: None, due: None, action: false };
    vec![(Actor::Engine, event)]
}

fn now() -> jiff::Timestamp {
    "2026-11-20T12:00:00.123456789Z".parse().unwrap()
}

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
fn a_cut_anywhere_leaves_a_prefix() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let whole = first_lines(&fs::read(dir.join(JOURNAL)).unwrap(), 10);
    let records = read(&dir).unwrap().records;
    let copy = runs.path().join("copy");
    fs::create_dir(&copy).unwrap();
    for cut in 0..=whole.len() {
        fs::write(copy.join(JOURNAL), &whole[..cut]).unwrap();
        let good = whole[..cut].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let lines = whole[..good].split(|byte| *byte == b'\n').count() - 1;
        let reading = read(&copy).unwrap();
        assert_eq!((reading.records.len(), reading.torn), (lines, (cut - good) as u64));
        let mut opened = Journal::open(&copy).unwrap();
        assert_eq!(opened.records, records[..lines]);
        assert_eq!(opened.torn, (cut - good) as u64);
        assert_eq!(fs::read(copy.join(JOURNAL)).unwrap(), &whole[..good]);
        let kept = copy.join(format!("journal.torn-{}", lines + 1));
        if cut > good {
            assert_eq!(fs::read(&kept).unwrap(), &whole[good..cut]);
            fs::remove_file(kept).unwrap();
        } else {
            assert!(!kept.exists());
        }
        if lines > 0 && cut % 97 == 0 {
            opened.journal.append(now(), 0, note("on")).unwrap();
            assert_eq!(read(&copy).unwrap().records.len(), lines + 1);
        }
    }
}

#[test]
fn torn_bytes_are_never_overwritten() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let whole = fs::read(dir.join(JOURNAL)).unwrap();
    let seq = read(&dir).unwrap().records.len() + 1;
    for n in 0..3_u8 {
        let mut bytes = whole.clone();
        bytes.extend([b'{', b'0' + n]);
        fs::write(dir.join(JOURNAL), bytes).unwrap();
        assert_eq!(Journal::open(&dir).unwrap().torn, 2);
    }
    let kept = |name: String| fs::read_to_string(dir.join(name)).unwrap();
    assert_eq!(kept(format!("journal.torn-{seq}")), "{0");
    assert_eq!(kept(format!("journal.torn-{seq}-3")), "{2");
}

#[test]
fn a_tail_of_zeros_is_torn() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let whole = fs::read(dir.join(JOURNAL)).unwrap();
    let count = read(&dir).unwrap().records.len();
    for (keep, records) in [(whole.len(), count), (whole.len() - 40, count - 1), (0, 0)] {
        let mut bytes = whole[..keep].to_vec();
        bytes.resize(keep + 4096, 0);
        fs::write(dir.join(JOURNAL), bytes).unwrap();
        let opened = Journal::open(&dir).unwrap();
        assert_eq!(opened.records.len(), records);
        assert!(opened.torn >= 4096);
    }
    // Zeros with something after them were not left by a torn append.
    let mut bytes = whole.clone();
    bytes[100..120].fill(0);
    fs::write(dir.join(JOURNAL), bytes).unwrap();
    assert!(matches!(Journal::open(&dir), Err(JournalError::Broken { line: 1, .. })));
}

#[test]
fn a_flipped_byte_is_named_by_its_line() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let whole = fs::read(dir.join(JOURNAL)).unwrap();
    let whole = first_lines(&whole, 5);
    let end = whole.len();
    let mut line_of = 1;
    for at in 0..end {
        let mut bytes = whole.clone();
        bytes[at] ^= [0x01, 0x20, 0xff][at % 3];
        fs::write(dir.join(JOURNAL), &bytes).unwrap();
        match Journal::open(&dir) {
            Err(JournalError::Broken { line, seq, .. }) => assert_eq!((line, seq), (line_of, line_of as u64), "{at}"),
            Ok(opened) if at == end - 1 => assert!(opened.torn > 0),
            other => panic!("byte {at}: {other:?}"),
        }
        if at != end - 1 {
            assert_eq!(fs::read(dir.join(JOURNAL)).unwrap(), bytes, "damage is never repaired");
        }
        line_of += usize::from(whole[at] == b'\n');
    }
}

#[test]
fn tampering_with_a_fresh_sum_breaks_the_chain() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let records = read(&dir).unwrap().records;
    let rewrite = |records: &[Record]| {
        let mut bytes = Vec::new();
        for record in records {
            line::encode(record, &mut bytes).unwrap();
        }
        fs::write(dir.join(JOURNAL), bytes).unwrap();
        read(&dir).unwrap_err()
    };
    let mut edited = records.clone();
    edited[4].actor = Actor::Operator("mallory".into());
    assert!(matches!(rewrite(&edited), JournalError::Broken { line: 6, seq: 6, what: Damage::Chain, .. }));
    let mut removed = records.clone();
    removed.remove(4);
    assert!(matches!(rewrite(&removed), JournalError::Broken { line: 5, what: Damage::Order { expected: 5 }, .. }));
    let mut other = records.clone();
    other[0].prev = record::sha256_hex(b"another run");
    assert!(matches!(rewrite(&other), JournalError::Broken { line: 1, what: Damage::Start, .. }));
    let mut newer = records;
    newer[2].v = record::VERSION + 1;
    assert!(
        matches!(rewrite(&newer), JournalError::NewerVersion { line: 3, found, .. } if found == record::VERSION + 1)
    );
}

#[test]
fn a_copied_run_verifies_under_another_name() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let digest = verify(&dir).unwrap().digest;
    fs::rename(&dir, runs.path().join("archive")).unwrap();
    assert_eq!(verify(&runs.path().join("archive")).unwrap().digest, digest);
}

#[test]
fn verify_names_the_record_of_a_changed_file() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let mut journal = Journal::open(&dir).unwrap().journal;
    let done = |output| Event::StepSucceeded {
        node: "x".into(),
        how: How::Ran,
        exit: Some(0),
        took_ms: 1,
        captures: BTreeMap::new(),
        output: Some(output),
        session: None,
        summary: String::new(),
    };
    let good = put_file(&dir, "output/x-1.log", b"hello").unwrap();
    let seq = journal.append(now(), 0, vec![(Actor::Engine, done(good))]).unwrap()[0].seq;
    let verified = verify(&dir).unwrap();
    assert_eq!((verified.records, verified.blobs), (seq, 2));
    let why = |dir: &Path| match verify(dir).unwrap_err() {
        JournalError::Broken { seq: found, what: Damage::Blob { why, .. }, .. } => (found, why),
        other => panic!("{other}"),
    };
    fs::write(dir.join("output/x-1.log"), b"hellO").unwrap();
    assert_eq!(why(&dir), (seq, "was changed: its digest is another".into()));
    fs::write(dir.join("output/x-1.log"), b"hello you").unwrap();
    assert_eq!(why(&dir), (seq, "has 9 bytes instead of 5".into()));
    fs::remove_file(dir.join("output/x-1.log")).unwrap();
    assert_eq!(why(&dir), (seq, "is missing".into()));
    fs::write(dir.join("output/x-1.log"), b"hello").unwrap();
    let outside = Blob { file: "../secret".into(), sha256: String::new(), bytes: 0 };
    journal.append(now(), 0, vec![(Actor::Engine, done(outside))]).unwrap();
    assert_eq!(why(&dir), (seq + 1, "leads out of the run's directory".into()));
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
        .args(["--exact", "--nocapture", "journal::tests::holds_the_lock_for_another_test"])
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

#[test]
fn runs_are_listed_and_found() {
    let runs = TempDir::new().unwrap();
    assert_eq!(list(&runs.path().join("none")).unwrap().len(), 0);
    assert!(matches!(resolve(runs.path(), None, Which::Any), Err(JournalError::NoRuns { .. })));
    written(runs.path());
    let empty = runs.path().join("2026-11-21-b001");
    drop(Journal::create(&empty, "2026-11-21-b001").unwrap());
    let broken = runs.path().join("2026-11-19-c001");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join(JOURNAL), "{\"v\":1}\n").unwrap();
    fs::create_dir(runs.path().join("not-a-run")).unwrap();
    let found = list(runs.path()).unwrap();
    let names: Vec<&str> = found.iter().map(|entry| entry.run.as_str()).collect();
    assert_eq!(names, ["2026-11-19-c001", RUN, "2026-11-21-b001"]);
    assert!(matches!(&found[0].standing, Standing::Broken { reason } if reason.contains("line 1")));
    assert_eq!(found[1].standing, Standing::Finished { outcome: Outcome::Completed });
    assert_eq!(found[1].head.as_ref().unwrap().runbook, "RB-001");
    assert_eq!(found[2].standing, Standing::Empty);
    let name = |query: Option<&str>, which| resolve(runs.path(), query, which).map(|entry| entry.run);
    assert_eq!(name(Some(RUN), Which::Any).unwrap(), RUN);
    assert_eq!(name(Some("2026-11-20"), Which::Any).unwrap(), RUN);
    assert_eq!(name(Some("latest"), Which::Any).unwrap(), "2026-11-21-b001");
    assert_eq!(name(None, Which::Unfinished).unwrap(), "2026-11-19-c001");
    assert!(
        matches!(name(Some("2026-11-2"), Which::Any), Err(JournalError::Ambiguous { candidates, .. }) if candidates.len() == 2)
    );
    let unknown = name(Some("2026-11-20-a7f4"), Which::Any).unwrap_err().to_string();
    assert!(unknown.contains("did you mean 2026-11-20-a7f3?"), "{unknown}");
    assert!(matches!(name(Some(""), Which::Any), Err(JournalError::Unknown { .. })));
}

#[test]
fn how_a_run_stands_survives_notes_after_its_end() {
    let runs = TempDir::new().unwrap();
    let dir = written(runs.path());
    let standing = || list(runs.path()).unwrap()[0].standing.clone();
    let mut journal = Journal::open(&dir).unwrap().journal;
    for _ in 0..300 {
        journal.append(now(), 0, note(&"late ".repeat(100))).unwrap();
    }
    assert_eq!(standing(), Standing::Finished { outcome: Outcome::Completed });
    let resumed = Event::RollbackStarted { reason: "x".into(), queue: vec![], left: vec![] };
    journal.append(now(), 0, vec![(Actor::Engine, resumed)]).unwrap();
    assert_eq!(standing(), Standing::Running { pid: Some(std::process::id()) });
    let paused = Event::Paused { reason: "lunch".into() };
    journal.append(now(), 0, vec![(Actor::Engine, paused)]).unwrap();
    drop(journal);
    assert_eq!(standing(), Standing::Paused { reason: "lunch".into() });
    fs::write(dir.join(JOURNAL), &fs::read(dir.join(JOURNAL)).unwrap()[..9000]).unwrap();
    assert_eq!(standing(), Standing::Interrupted);
}

/// Writes `tests/journals/v1/failover.jsonl`; not to be run again once that version is released.
#[test]
#[ignore = "writes into the source tree"]
fn write_the_sample() {
    let runs = TempDir::new().unwrap();
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals/v1/failover.jsonl");
    fs::copy(written(runs.path()).join(JOURNAL), to).unwrap();
}

#[test]
fn journals_of_earlier_versions_still_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journals/v1");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let run = TempDir::new().unwrap();
        fs::copy(&path, run.path().join(JOURNAL)).unwrap();
        let reading = read(run.path()).unwrap();
        assert_eq!(reading.torn, 0);
        let mut state = crate::engine::state::RunState::default();
        for record in &reading.records {
            state.apply(record.seq, &record.actor, &record.event).unwrap();
        }
        count += 1;
    }
    assert!(count > 0);
}

/// `cargo test --release append_costs -- --ignored --nocapture`
#[test]
#[ignore = "measures"]
fn append_costs_little_more_than_a_sync() {
    let runs = TempDir::new().unwrap();
    let mut journal = Journal::create(&runs.path().join("r"), "r").unwrap();
    let mut bare = fs::File::create(runs.path().join("bare")).unwrap();
    let line = [b'x'; 420];
    let median = |mut times: Vec<u128>| {
        times.sort_unstable();
        (times[times.len() / 2], times[times.len() * 99 / 100])
    };
    let time = |work: &mut dyn FnMut()| {
        let start = std::time::Instant::now();
        work();
        start.elapsed().as_micros()
    };
    let event = failover(Language::En)[4].event.clone();
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..2000 {
        floor.push(time(&mut || {
            std::io::Write::write_all(&mut bare, &line).unwrap();
            bare.sync_data().unwrap();
        }));
        ours.push(time(&mut || {
            assert_eq!(journal.append(now(), 1, vec![(Actor::Engine, event.clone())]).unwrap().len(), 1);
        }));
    }
    eprintln!("µs (median, p99): write+fdatasync {:?}, append {:?}", median(floor), median(ours));
    drop(journal);
    let dir = runs.path().join("big");
    let mut journal = Journal::create(&dir, "big").unwrap();
    for _ in 0..100 {
        let batch = (0..1000).map(|_| (Actor::Engine, event.clone())).collect();
        journal.append(now(), 1, batch).unwrap();
    }
    drop(journal);
    let size = fs::metadata(dir.join(JOURNAL)).unwrap().len();
    let scan = time(&mut || assert_eq!(for_each(&dir, |_| ()).unwrap().records, 100_000));
    let glance = time(&mut || assert_eq!(list(runs.path()).unwrap().len(), 2));
    let mut sink = Vec::new();
    let raw = time(&mut || assert!(fs::File::open(dir.join(JOURNAL)).unwrap().read_to_end(&mut sink).is_ok()));
    eprintln!("100,000 records, {size} bytes: for_each {scan} µs, list {glance} µs, raw read {raw} µs");
}
