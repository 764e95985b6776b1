//! Finding runs, and what it all costs.

use super::{RUN, note, now, written};
use crate::engine::event::{Actor, Event, Outcome};
use crate::journal::sample::failover;
use crate::journal::{JOURNAL, Journal, JournalError, Standing, Which, for_each, list, resolve};
use crate::runbook::model::Language;
use std::fs;
use std::io::Read;
use tempfile::TempDir;

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
    let resumed = Event::RollbackStarted { reason: "x".into(), queue: vec![], left: vec![], rounds: vec![] };
    journal.append(now(), 0, vec![(Actor::Engine, resumed)]).unwrap();
    assert_eq!(standing(), Standing::Running { pid: Some(std::process::id()) });
    let paused = Event::Paused { reason: "lunch".into() };
    journal.append(now(), 0, vec![(Actor::Engine, paused)]).unwrap();
    drop(journal);
    assert_eq!(standing(), Standing::Paused { reason: "lunch".into() });
    fs::write(dir.join(JOURNAL), &fs::read(dir.join(JOURNAL)).unwrap()[..9000]).unwrap();
    assert_eq!(standing(), Standing::Interrupted);
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
