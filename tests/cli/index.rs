//! Many journals: the index that saves their reading, and journals that do not hold.

use crate::history::Past;
use crate::stats::{FORK, stats, year};
use crate::support::House;
use runbook::engine::event::Outcome;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const INDEX: &str = ".index.jsonl";

#[test]
fn a_broken_journal_is_named_and_left_out() {
    let house = year();
    let path = house.runs().join("2026-03-01-a/journal.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("RB-001", "RB-999")).unwrap();
    let all = stats(&house, &[]);
    assert_eq!(all["total"]["runs"], 7);
    assert_eq!(all["skipped"][0]["run"], "2026-03-01-a");
    assert!(all["skipped"][0]["reason"].as_str().unwrap().contains("record 1"), "{all}");
    house.runbook(["stats"]).exits(0).says("2026-03-01-a");
    house
        .runbook(["stats", "--format", "prometheus"])
        .exits(0)
        .says("runbook_journals_skipped 1")
        .warns("2026-03-01-a");
    // Also when the index knew it before it broke.
    fs::write(&path, &text).unwrap();
    assert_eq!(stats(&house, &[])["total"]["runs"], 8);
    fs::write(&path, text.replace("RB-001", "RB-999")).unwrap();
    assert_eq!(stats(&house, &[])["total"]["runs"], 7);
}

#[test]
fn the_index_is_used_and_never_believed() {
    let house = year();
    let fresh = stats(&house, &[]);
    let index = house.runs().join(INDEX);
    let text = fs::read_to_string(&index).unwrap();
    assert_eq!(text.lines().count(), 9, "a head, and a line a run");
    assert_eq!(fs::metadata(&index).unwrap().permissions().mode() & 0o077, 0, "for its owner only");
    assert_eq!(stats(&house, &[]), fresh);
    let whole = fs::metadata(&index).unwrap().modified().unwrap();
    assert_eq!(stats(&house, &[]), fresh);
    assert_eq!(fs::metadata(&index).unwrap().modified().unwrap(), whole, "nothing changed, nothing is written");
    for damage in [
        String::new(),
        "{".into(),
        text.replace("\"P0\"", "\"P3\""),
        text.replace("summary 1", "summary 0").replace("RB-001", "RB-777"),
        text[..text.len() - 40].into(),
        text.lines().rev().collect::<Vec<_>>().join("\n"),
        "\u{0}".repeat(4096),
    ] {
        fs::write(&index, &damage).unwrap();
        assert_eq!(stats(&house, &[]), fresh, "{damage}");
        assert_eq!(fs::read_to_string(&index).unwrap(), text, "it is made anew");
    }
    fs::write(&index, [0xff, 0xfe, b'\n']).unwrap();
    assert_eq!(stats(&house, &[]), fresh);
    // An index that holds, of a journal that has gone on since.
    house.runbook(["note", "2026-03-01-a", "Late"]).exits(0);
    Past::incident("2026-05-01-z", "RB-001", "2026-05-01T00:00:00Z").ends(60, Outcome::Completed).write(&house.runs());
    fs::remove_dir_all(house.runs().join("2026-04-30-d")).unwrap();
    let after = stats(&house, &[]);
    assert_eq!((&after["total"]["runs"], &after["total"]["incidents"]["count"]), (&json!(8), &json!(4)));
    assert!(!fs::read_to_string(&index).unwrap().contains("2026-04-30-d"));
    // The index stands among the runs and is none.
    house.runbook(["runs"]).exits(0).never_says("index");
}

/// A line is used: what it says is told, for as long as its journal is the same.
#[test]
fn the_index_saves_the_reading() {
    let house = year();
    stats(&house, &[]);
    let index = house.runs().join(INDEX);
    let text = fs::read_to_string(&index).unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    let rest = rest.replace("Title of RB-001", "Title of the index");
    let mut head: Value = serde_json::from_str(head).unwrap();
    head["sha256"] = json!(runbook::journal::record::sha256_hex(rest.as_bytes()));
    fs::write(&index, format!("{head}\n{rest}")).unwrap();
    assert_eq!(stats(&house, &[])["runbooks"][0]["title"], "Title of the index");
}

#[test]
fn a_directory_that_cannot_be_written_works_without() {
    let house = year();
    let fresh = stats(&house, &[]);
    fs::remove_file(house.runs().join(INDEX)).unwrap();
    // Whoever tests as root may write everywhere: a directory in the index's place cannot be replaced by anyone.
    fs::create_dir(house.runs().join(INDEX)).unwrap();
    fs::write(house.runs().join(INDEX).join("x"), "").unwrap();
    fs::set_permissions(house.runs(), fs::Permissions::from_mode(0o500)).unwrap();
    let ran = house.runbook(["stats", "--format", "json"]);
    fs::set_permissions(house.runs(), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(ran.exits(0).json(), fresh);
    let left: Vec<_> = fs::read_dir(house.runs()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn two_at_a_time_leave_a_whole_index() {
    let house = year();
    for _ in 0..5 {
        fs::remove_file(house.runs().join(INDEX)).unwrap_or_default();
        let both = [0, 1, 2].map(|_| house.call(["stats", "--format", "json"]).start());
        let mut told = both.map(|running| running.wait().exits(0).json()).to_vec();
        told.dedup();
        assert_eq!(told.len(), 1);
        assert_eq!(fs::read_to_string(house.runs().join(INDEX)).unwrap().lines().count(), 9);
    }
}

/// Ten thousand journals: `cargo test --test cli -- --ignored --nocapture ten_thousand`. `FIGURES_OF=target/release/runbook` before it
/// takes the figures of that program.
#[test]
#[ignore = "takes a minute; for figures"]
fn ten_thousand_journals() {
    let house = House::new();
    for number in 0..10_000_u32 {
        let (month, day) = (number % 12 + 1, number / 12 % 28 + 1);
        let run = format!("2025-{month:02}-{day:02}-{number:04x}");
        let mut past =
            Past::incident(&run, &format!("RB-{:03}", number % 40), &format!("2025-{month:02}-{day:02}T00:00:00Z"))
                .follows(FORK);
        for step in 0..12 {
            past = past.step(
                u64::from(step) * 30,
                &format!("phase-{}.step-{step}", step / 4),
                3,
                u64::from(number % 7 + step),
            );
        }
        past.chose(400, "decision.if-it-moves", "Salute it")
            .measured(410, "writes", Some(u64::from(number)))
            .ends(420, Outcome::Completed)
            .write(&house.runs());
    }
    for call in ["first", "second", "third"] {
        let began = std::time::Instant::now();
        let all = match std::env::var_os("FIGURES_OF") {
            Some(program) => {
                let program = fs::canonicalize(program).unwrap();
                let mut other = std::process::Command::new(program);
                let ran = other.args(["stats", "--format", "json", "--runs-dir"]).arg(house.runs()).output().unwrap();
                serde_json::from_slice(&ran.stdout).unwrap()
            }
            None => stats(&house, &[]),
        };
        assert_eq!(all["total"]["runs"], 10_000);
        let size = fs::metadata(house.runs().join(INDEX)).unwrap().len();
        println!("{call}: {:?}, index of {size} bytes", began.elapsed());
    }
}
