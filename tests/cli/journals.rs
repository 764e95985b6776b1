//! Finding runs, trusting journals, one process at a time.

use crate::PLAIN;
use crate::support::{House, eventually, journal};
use std::fs;

fn paused() -> House {
    let house = House::new();
    house.file("a.md", PLAIN);
    house.runbook(["run", "a.md"]).exits(5);
    house
}

#[test]
fn nothing_to_resume_is_wrong_usage() {
    let house = House::new();
    house.runbook(["resume"]).exits(2).warns("no unfinished run");
    house.runbook(["show", "latest"]).exits(2).warns("no run");
    house.runbook(["runs"]).exits(0);
    assert!(!house.runs().exists(), "looking made a directory");
    house.file("a.md", PLAIN);
    house.runbook(["run", "a.md", "--yes"]).exits(0);
    house.runbook(["resume"]).exits(2).warns("no unfinished run");
    let id = house.run_id();
    house.runbook(["resume", &id]).exits(2).warns("is over");
}

#[test]
fn an_unknown_run_gets_a_suggestion() {
    let house = paused();
    let id = house.run_id();
    let mut wrong = id.clone();
    let last = if wrong.pop() == Some('0') { '1' } else { '0' };
    wrong.push(last);
    let suggestion = format!("did you mean {id}?");
    for command in ["show", "journal", "resume", "timeline", "postmortem", "rollback"] {
        house.runbook([command, &wrong]).exits(2).warns(&suggestion);
    }
    house.runbook(["note", &wrong, "hello"]).exits(2).warns(&suggestion);
    house.runbook(["show", "zebra"]).exits(2).warns("runbook runs");
    assert_eq!(house.run_dirs().len(), 1);
}

#[test]
fn the_beginning_of_an_id_is_enough_when_it_is_the_only_one() {
    let house = paused();
    let id = house.run_id();
    house.runbook(["show", &id[..id.len() - 1]]).exits(0).says(&id);
    house.runbook(["run", "a.md"]).exits(5);
    let both = house.run_dirs();
    let ran = house.runbook(["show", &id[..4]]).exits(2);
    for dir in both {
        assert!(ran.err.contains(&*dir.file_name().unwrap().to_string_lossy()), "{}", ran.err);
    }
}

#[test]
fn resume_takes_the_latest_unfinished_run() {
    let house = paused();
    let first = house.run_id();
    house.runbook(["run", "a.md", "--yes"]).exits(0);
    assert_eq!(house.read("trace"), "trace\n");
    house.runbook(["resume", "--yes"]).exits(0);
    assert_eq!(house.read("trace"), "trace\ntrace\n");
    let events = journal::events(&house.runs().join(first));
    assert_eq!(events.last().unwrap()["outcome"], "completed");
}

/// Changes the journal and looks at what is said of it.
#[track_caller]
fn tampered(change: impl FnOnce(&mut Vec<String>), record: &str) {
    let house = paused();
    let dir = house.run_dir();
    let mut lines = journal::lines(&dir);
    change(&mut lines);
    let after = lines.join("\n") + "\n";
    fs::write(dir.join("journal.jsonl"), &after).unwrap();
    house.runbook(["journal", "latest", "--verify"]).exits(8).warns(record);
    house.runbook(["resume", "--yes"]).exits(8).warns(record);
    house.runbook(["note", "latest", "hello"]).exits(8).warns(record);
    assert!(!house.exists("trace"), "a journal that does not verify was followed");
    assert_eq!(fs::read_to_string(dir.join("journal.jsonl")).unwrap(), after, "damage was changed");
    house.runbook(["runs"]).exits(0);
}

#[test]
fn a_changed_record_is_named_and_not_followed() {
    tampered(|lines| lines[1] = lines[1].replace("Leave a trace.", "Leave no trace."), "record 2");
    tampered(|lines| lines[0] = lines[0].replace("\"live\"", "\"tabletop\""), "record 1");
    tampered(
        |lines| {
            let last = lines.len() - 1;
            lines[last] = lines[last].replace("no answer", "an answer");
        },
        "record 3",
    );
}

#[test]
fn a_removed_or_moved_record_is_named_and_not_followed() {
    tampered(|lines| drop(lines.remove(1)), "record 2");
    tampered(|lines| lines.swap(1, 2), "record 2");
    tampered(|lines| lines.insert(1, lines[0].clone()), "record 2");
    tampered(|lines| lines[1] = String::new(), "record 2");
    tampered(|lines| lines[1] = "{}".to_owned(), "record 2");
}

#[test]
fn a_forged_record_breaks_the_chain_even_with_a_right_checksum() {
    tampered(
        |lines| {
            // Whoever knows the format can make the line's own sum hold, and not the next line's hash.
            let body = lines[1].rsplit_once(",\"sum\":").unwrap().0.replace("Leave a trace.", "Leave no trace.");
            let sum = runbook::journal::record::sha256_hex(body.as_bytes());
            lines[1] = format!("{body},\"sum\":\"{}\"}}", &sum[..16]);
        },
        "record 3",
    );
}

#[test]
fn a_changed_output_file_is_found() {
    let house = House::new();
    house.file("a.md", PLAIN);
    house.runbook(["run", "a.md", "--yes"]).exits(0);
    house.runbook(["journal", "latest", "--verify"]).exits(0).says("unbroken chain");
    let output = journal::of(&house.events(), "step-succeeded")
        .iter()
        .find_map(|e| e["output"]["file"].as_str().map(str::to_owned))
        .unwrap();
    fs::write(house.run_dir().join(&output), "LOOKED\n").unwrap();
    house.runbook(["journal", "latest", "--verify"]).exits(8).warns(&output);
    fs::remove_file(house.run_dir().join(&output)).unwrap();
    house.runbook(["journal", "latest", "--verify"]).exits(8).warns("missing");
}

#[test]
fn a_changed_stored_runbook_is_not_followed() {
    let house = paused();
    let stored = fs::read_dir(house.run_dir())
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.extension().is_some_and(|e| e == "md"))
        .unwrap();
    fs::write(&stored, PLAIN.replace("echo trace", "echo evil")).unwrap();
    house.runbook(["resume", "--yes", "--edited", "stored"]).exits(8).warns("not the text the run began with");
    house.runbook(["journal", "latest", "--verify"]).exits(8);
    assert!(!house.exists("trace"));
}

#[test]
fn half_a_last_line_is_told_and_not_taken_for_tampering() {
    let house = paused();
    let path = house.run_dir().join("journal.jsonl");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(b"{\"v\":1,\"seq\":4,\"at\":\"20");
    fs::write(&path, &bytes).unwrap();
    house.runbook(["journal", "latest", "--verify"]).exits(0).says("torn");
    house.runbook(["resume", "--yes"]).exits(0).warns("torn (23 bytes");
    let events = house.events();
    assert_eq!(journal::of(&events, "run-resumed")[0]["torn"], 23);
    house.runbook(["journal", "latest", "--verify"]).exits(0).says("unbroken chain");
    assert_eq!(house.read("trace"), "trace\n");
}

#[test]
fn one_process_at_a_time_drives_a_run() {
    let house = House::new();
    let text = "# T\n\n## Procedure\n\n1. Wait.\n   ```bash {#wait}\n   touch began; for ((i = 0; i < 3000; i++)); do if [ -e go ]; then break; fi; sleep 0.01; done\n   ```\n";
    house.file("a.md", text);
    let first = house.call(["run", "a.md", "--yes"]).start();
    eventually("the first process runs its step", || house.exists("began"));
    let id = house.run_id();
    let pid = first.pid().to_string();
    house.runbook(["resume", &id, "--yes"]).exits(2).warns(&pid);
    house.runbook(["rollback", &id, "--yes"]).exits(2).warns(&pid);
    house.runbook(["runs"]).exits(0).says("under way").says(&pid);
    house.runbook(["show", &id]).exits(0);
    house.runbook(["journal", &id, "--verify"]).exits(0);
    house.file("go", "");
    first.wait().exits(0);
    let events = house.events();
    assert_eq!(journal::of(&events, "step-started").len(), 1);
    assert!(journal::of(&events, "run-resumed").is_empty(), "the second process wrote");
}

#[test]
fn a_journal_of_a_later_version_is_not_guessed_at() {
    let house = paused();
    let dir = house.run_dir();
    let mut lines = journal::lines(&dir);
    let body = lines[0].rsplit_once(",\"sum\":").unwrap().0.replace("{\"v\":1,", "{\"v\":99,");
    let sum = runbook::journal::record::sha256_hex(body.as_bytes());
    lines[0] = format!("{body},\"sum\":\"{}\"}}", &sum[..16]);
    fs::write(dir.join("journal.jsonl"), lines.join("\n") + "\n").unwrap();
    house.runbook(["resume", "--yes"]).exits(8).warns("format 99");
}
