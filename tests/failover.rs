//! The main job, on real servers: three MariaDB servers behind HAProxy, writers, `kill -9` of the primary, and RB-001 from the
//! Markdown file to the post-mortem. The script that does it is the one behind `make demo`; it ends with 0 only when no
//! acknowledged write was lost, the new primary takes writes, and the journal verifies.
//!
//! Needs what `.ci/install` installs. Without a MariaDB server on the machine the tests fail: skipping would be claiming.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::Command;

const BIN: &str = env!("CARGO_BIN_EXE_runbook");

/// A directory for the evidence, and everything the script said.
struct Story {
    out: PathBuf,
    said: String,
}

fn failover(scenario: &str, port: u16) -> Story {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = std::env::temp_dir().join(format!("runbook-failover-{scenario}-{}", std::process::id()));
    let ran = Command::new(root.join("tests/lab/failover"))
        .current_dir(root)
        .env("RUNBOOK", BIN)
        .env("PORT_BASE", port.to_string())
        .env("LAB_DIR", format!("/tmp/rb-lab-{port}-{}", std::process::id()))
        .env("OUT", &out)
        .env("SCENARIO", scenario)
        .output()
        .expect("the script starts");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "`{scenario}` ended with {}; evidence in {}\n{said}", ran.status, out.display());
    Story { out, said }
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

/// Runs of RB-001 among the evidence.
fn run_of(out: &Path, runbook: &str) -> PathBuf {
    let mut open = vec![out.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.file_name().is_some_and(|n| n == "journal.jsonl") {
                let first = std::fs::read_to_string(&path).unwrap().lines().next().unwrap_or_default().to_owned();
                if first.contains(&format!("\"runbook\":\"{runbook}\"")) {
                    return path.parent().unwrap().to_owned();
                }
            }
        }
    }
    panic!("no run of {runbook} under {}", out.display())
}

#[test]
fn a_killed_primary_is_replaced_and_no_acknowledged_write_is_lost() {
    let story = failover("crash", 33160);
    let check = json(&story.out.join("check.json"));
    assert!(check["acknowledged"].as_u64().unwrap() > 0, "{check}");
    assert_eq!(check["lost"], 0, "{check}");
    let run = run_of(&story.out, "RB-001");
    let post_mortem = std::fs::read_to_string(story.out.join("postmortem.md")).unwrap();
    // Every time in the post-mortem's timeline is a time of the journal.
    let journal = std::fs::read_to_string(run.join("journal.jsonl")).unwrap();
    let times: Vec<String> = journal
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["at"].as_str().unwrap()[11..19].to_owned())
        .collect();
    let timed = |l: &&str| {
        let time = l.get(2..11).unwrap_or_default().as_bytes();
        l.starts_with("| ")
            && time.len() == 9
            && time[2] == b':'
            && time[5] == b':'
            && time[8] == b' '
            && l.contains("[#")
    };
    let rows: Vec<&str> = post_mortem.lines().filter(timed).collect();
    assert!(rows.len() > 20, "{} rows\n{post_mortem}", rows.len());
    for row in rows {
        let time = row[2..10].to_owned();
        let declared = row.contains("Incident began");
        assert!(declared || times.contains(&time), "{row}");
    }
    assert!(journal.contains("\"type\":\"pivot-passed\""));
    assert!(post_mortem.contains("to fill in"), "what only people know is left to them");
    println!("{}", story.said);
    std::fs::remove_dir_all(&story.out).unwrap();
}

#[test]
fn an_old_primary_with_writes_of_its_own_is_rebuilt() {
    let story = failover("diverged", 33170);
    let run = run_of(&story.out, "RB-001");
    let journal = std::fs::read_to_string(run.join("journal.jsonl")).unwrap();
    assert!(journal.contains("\"node\":\"backup\""), "the rebuild was not taken");
    assert!(!journal.contains("\"type\":\"step-started\",\"node\":\"rejoin-in-place\""), "both ways were taken");
    assert_eq!(json(&story.out.join("check.json"))["lost"], 0);
    std::fs::remove_dir_all(&story.out).unwrap();
}
