//! Very long runbooks: time grows with the length, memory stays in bounds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use support::{House, PATIENCE, Ran};
use tempfile::TempDir;

/// A debug build is twenty times slower: there fewer steps say the same.
const STEPS: usize = if cfg!(debug_assertions) { 6_000 } else { 100_000 };
/// Ten times the steps may take this many times as long; a quadratic part would make it a hundred.
const FACTOR: u32 = 25;
/// Kilobytes of address space. The runbook, its plan and its state fit in many times over.
const MEMORY: usize = 3 << 20;

fn runbook(steps: usize) -> String {
    let mut text = "---\nid: T-L\n---\n# Long\n".to_owned();
    for n in 1..=steps {
        if n % 100 == 1 {
            writeln!(text, "\n## Phase {}\n", n / 100 + 1).unwrap();
        }
        match n % 4 {
            0 => writeln!(text, "- [ ] Confirm that part {n} is done (2 min max)").unwrap(),
            1 => writeln!(
                text,
                "- [ ] Look at part {n}\n  ```bash {{#s{n} effect=read capture.v{n}=\"/(\\d+)/\"}}\n  echo {n}\n  ```"
            )
            .unwrap(),
            2 => writeln!(text, "- [ ] Change part {n} with `echo {n}`").unwrap(),
            _ => writeln!(text, "- [ ] Call whoever owns part {n}").unwrap(),
        }
    }
    text
}

/// In a shell that lets it have so much memory and no more.
fn bounded(house: &House, line: &str) -> Ran {
    house.shell(&format!("ulimit -v {MEMORY}; exec \"$RUNBOOK\" {line}")).exits(0)
}

fn took(house: &House, line: &str) -> Duration {
    bounded(house, line).took
}

/// In memory, where there is such a place: a hundred thousand syncs say nothing about us.
fn runs_dir() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap()
}

#[test]
fn a_very_long_plan_is_made_and_rehearsed_in_linear_time() {
    let short = House::new();
    short.file("a.md", runbook(STEPS / 10));
    let long = House::new();
    long.file("a.md", runbook(STEPS));
    for house in [&short, &long] {
        house.file("all.yaml", "checks: { '*': yes }\ncommands: { '*': run }\n");
    }
    let runs = runs_dir();
    let rehearse =
        format!("run a.md --dry-run --answers all.yaml --format json --runs-dir {} | tail -1", runs.path().display());
    for line in ["check -q a.md", "plan a.md --format json", &rehearse] {
        let (few, many) = (took(&short, line), took(&long, line));
        println!("{line}: {} steps {few:?}, {STEPS} steps {many:?}", STEPS / 10);
        assert!(many < few.max(Duration::from_millis(50)) * FACTOR, "{line}: {few:?}, then {many:?}");
        assert!(many < PATIENCE);
    }
    let ran = bounded(&long, &format!("runs --format json --runs-dir {}", runs.path().display()));
    assert_eq!(ran.out.matches("completed").count(), 2, "{}", ran.out);
    let plan = bounded(&long, "plan a.md --format json").json();
    assert_eq!(plan["steps"].as_array().unwrap().len(), STEPS);
}

#[test]
fn a_very_long_journal_is_listed_shown_verified_and_resumed() {
    let house = House::new();
    let steps = STEPS / 4;
    house.file("a.md", runbook(steps));
    house.file("all.yaml", "checks: { '*': yes }\ncommands: { '*': run }\n");
    let runs = runs_dir();
    let dir = format!("--runs-dir {}", runs.path().display());
    bounded(&house, &format!("run a.md --dry-run --answers all.yaml {dir} | tail -1"));
    for line in ["journal latest --verify", "show latest", "timeline latest", "postmortem latest"] {
        let ran = bounded(&house, &format!("{line} {dir}"));
        println!("{line}: {:?}", ran.took);
        assert!(ran.took < PATIENCE);
    }
    let quick = bounded(&house, &format!("runs {dir}"));
    println!("runs: {:?}", quick.took);
    assert!(quick.took < Duration::from_secs(5), "the list reads whole journals: {:?}", quick.took);
}
