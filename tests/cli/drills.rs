//! Which runbooks are due, as a list, as a check, as a calendar, as a workflow.

use crate::history::Past;
use crate::support::House;
use runbook::engine::event::{Mode, Outcome};
use serde_json::{Value, json};
use std::fs;

fn book(house: &House, id: &str, every: &str) {
    let every = if every.is_empty() { String::new() } else { format!("tested-every: {every}\n") };
    let text = format!(
        "---\nid: {id}\ntitle: Book {id}\n{every}---\n# Book {id}\n\n## Procedure\n\n1. Look.\n   ```bash {{effect=read}}\n   true\n   ```\n"
    );
    house.file(&format!("runbooks/{id}.md"), text);
}

fn drill(house: &House, run: &str, id: &str, mode: Mode, outcome: Option<Outcome>) {
    let past = Past::drill(run, id, &format!("{}T10:00:00Z", &run[..10]), mode);
    match outcome {
        Some(outcome) => past.ends(60, outcome),
        None => past,
    }
    .write(&house.runs());
}

fn list(house: &House, day: &str) -> Value {
    house.runbook(["drills", "--format", "json", "--as-of", day]).exits(0).json()
}

fn of<'a>(list: &'a Value, id: &str) -> &'a Value {
    list["runbooks"].as_array().unwrap().iter().find(|drill| drill["id"] == id).unwrap()
}

#[test]
fn what_counts_resets_the_clock_and_nothing_else() {
    let house = House::new();
    book(&house, "RB-1", "1 month");
    book(&house, "RB-2", "3 mois");
    book(&house, "RB-3", "");
    book(&house, "RB-4", "now and then");
    let done = Some(Outcome::Completed);
    drill(&house, "2026-01-31-a", "RB-1", Mode::Walkthrough, done);
    let on = list(&house, "2026-02-28");
    assert_eq!(on["unscheduled"], 1);
    let first = of(&on, "RB-1");
    assert_eq!(
        (&first["state"], &first["due"], &first["last"]["mode"]),
        (&json!("ok"), &json!("2026-02-28"), &json!("walkthrough"))
    );
    assert_eq!((&of(&on, "RB-2")["state"], &of(&on, "RB-2")["due"]), (&json!("never"), &json!("2026-02-28")));
    assert_eq!((&of(&on, "RB-4")["state"], &of(&on, "RB-4")["due"]), (&json!("unreadable"), &Value::Null));
    assert_eq!(on["due"], 2);
    assert_eq!(of(&list(&house, "2026-03-01"), "RB-1")["state"], "overdue");
    // None of these shows that the runbook works.
    drill(&house, "2026-02-10-b", "RB-1", Mode::Tabletop, done);
    drill(&house, "2026-02-11-c", "RB-1", Mode::Simulation, Some(Outcome::Failed));
    drill(&house, "2026-02-12-d", "RB-1", Mode::Live, Some(Outcome::RolledBack));
    drill(&house, "2026-02-13-e", "RB-1", Mode::Simulation, None);
    drill(&house, "2026-02-14-f", "RB-9", Mode::Live, done);
    Past::drill("2026-02-15-g", "RB-1", "2026-02-15T10:00:00Z", Mode::Live)
        .with(|head| head.until = Some("look".into()))
        .ends(60, Outcome::Completed)
        .write(&house.runs());
    Past::drill("2026-02-16-h", "RB-1", "2026-02-16T10:00:00Z", Mode::Live)
        .said(30, "Success", "No")
        .ends(60, Outcome::Completed)
        .write(&house.runs());
    let late = list(&house, "2026-03-05");
    let first = of(&late, "RB-1");
    assert_eq!((&first["last"]["run"], &first["latest"]["run"]), (&json!("2026-01-31-a"), &json!("2026-02-16-h")));
    assert_eq!((&first["tabletop"]["run"], &first["days_overdue"]), (&json!("2026-02-10-b"), &json!(5)));
    // These do.
    for (run, mode, due) in
        [("2026-02-17-i", Mode::Simulation, "2026-03-17"), ("2026-02-18-j", Mode::Live, "2026-03-18")]
    {
        drill(&house, run, "RB-1", mode, done);
        let now = list(&house, "2026-03-05");
        assert_eq!((&of(&now, "RB-1")["last"]["run"], &of(&now, "RB-1")["due"]), (&json!(run), &json!(due)));
    }
    // A run of tomorrow is not known today.
    assert_eq!(of(&list(&house, "2026-02-01"), "RB-1")["last"]["run"], "2026-01-31-a");
}

#[test]
fn only_a_check_fails() {
    let house = House::new();
    book(&house, "RB-1", "1 month");
    house.runbook(["drills"]).exits(0).says("NEVER REHEARSED");
    house.runbook(["drills", "--check"]).exits(1).says("NEVER REHEARSED");
    house.runbook(["drills", "--check", "--format", "json"]).exits(1).json();
    house.runbook(["run", "runbooks/RB-1.md", "--yes", "--dry-run"]).exits(0);
    house.runbook(["drills", "--check"]).exits(1).says("tabletop");
    house.runbook(["run", "runbooks/RB-1.md", "--yes"]).exits(0);
    house.runbook(["drills", "--check"]).exits(0).says("in ");
    house.runbook(["drills", "--check", "--as-of", "2199-01-01"]).exits(1).says("OVERDUE");
    house.runbook(["drills", "--lang", "fr", "--as-of", "2199-01-01"]).exits(0).says("EN RETARD").says("Échéance");
    book(&house, "RB-2", "often");
    house.runbook(["drills", "--check", "--runbook", "RB-1"]).exits(0);
    house.runbook(["drills", "--check", "--runbook", "RB-2"]).exits(1).says("NOT UNDERSTOOD");
    house.runbook(["drills", "--runbook", "RB-22"]).exits(2).warns("did you mean `RB-2`?");
    house.runbook(["drills", "nowhere"]).exits(2).warns("nowhere");
    house.runbook(["drills", "--as-of", "soon"]).exits(2).warns("not a day");
    house.file("empty/x.txt", "");
    house.runbook(["drills", "empty"]).exits(2).warns("no Markdown file");
    fs::write(house.run_dirs().last().unwrap().join("journal.jsonl"), "{}\n").unwrap();
    house.runbook(["drills"]).exits(0).says("In no figure");
}

/// Content lines, unfolded; panics on what RFC 5545 forbids.
fn unfolded(text: &str) -> Vec<String> {
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']), "every line ends in CRLF");
    let mut lines: Vec<String> = Vec::new();
    for line in text.trim_end_matches("\r\n").split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        match line.strip_prefix(' ') {
            Some(rest) => lines.last_mut().unwrap().push_str(rest),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

#[test]
fn a_calendar_can_be_subscribed_to() {
    let house = House::new();
    book(&house, "RB-1", "1 month");
    book(&house, "RB-2", "3 mois");
    book(&house, "RB-3", "whenever");
    let title =
        "Bascule; de la base, très longue, où l'on répète \\ tout ce qui peut être répété avant que cela n'arrive";
    let long = house
        .read("runbooks/RB-2.md")
        .replace("title: Book RB-2", &format!("title: \"{}\"", title.replace('\\', "\\\\")));
    house.file("runbooks/RB-2.md", long);
    drill(&house, "2026-01-15-a", "RB-1", Mode::Simulation, Some(Outcome::Completed));
    let calendar = || house.runbook(["drills", "--ical", "-", "--as-of", "2026-02-01"]).exits(0).out;
    let text = calendar();
    let lines = unfolded(&text);
    assert_eq!((lines[0].as_str(), lines.last().unwrap().as_str()), ("BEGIN:VCALENDAR", "END:VCALENDAR"));
    assert!(lines.contains(&"VERSION:2.0".to_owned()) && lines.iter().any(|line| line.starts_with("PRODID:")));
    let events: Vec<&[String]> = lines
        .split(|line| line == "BEGIN:VEVENT")
        .skip(1)
        .map(|event| event.split(|l| l == "END:VEVENT").next().unwrap())
        .collect();
    assert_eq!(events.len(), 2, "what has no date has no event: {text}");
    for event in &events {
        let one = |name: &str| {
            let found: Vec<&String> = event.iter().filter(|line| line.starts_with(name)).collect();
            assert_eq!(found.len(), 1, "{name} in {event:?}");
            found[0][name.len()..].to_owned()
        };
        assert!(one("UID:").ends_with("@runbook"));
        let stamp = one("DTSTAMP:");
        assert!(stamp.len() == 16 && &stamp[8..9] == "T" && stamp.ends_with('Z'), "{stamp}");
        assert_eq!(one("DTSTART;VALUE=DATE:").len(), 8);
        assert!(one("DTEND;VALUE=DATE:") > one("DTSTART;VALUE=DATE:"));
    }
    assert!(
        text.contains("DTSTART;VALUE=DATE:20260201\r\n")
            && text.contains("DTSTART;VALUE=DATE:20260215\r\nDTEND;VALUE=DATE:20260216\r\n")
    );
    let escaped = title.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,");
    assert!(lines.contains(&format!("SUMMARY:Drill: RB-2 {escaped}")), "{lines:?}");
    let uids = |text: &str| unfolded(text).into_iter().filter(|line| line.starts_with("UID:")).collect::<Vec<_>>();
    drill(&house, "2026-01-20-b", "RB-1", Mode::Simulation, Some(Outcome::Completed));
    let mut later = uids(&calendar());
    let mut before = uids(&text);
    later.sort();
    before.sort();
    assert_eq!(later, before, "the same event moves");
    // Into a file, with the list beside it and the check at the end.
    house.runbook(["drills", "--ical", "d.ics", "--as-of", "2026-02-01", "--check"]).exits(1).says("RB-1");
    assert!(house.read("d.ics").starts_with("BEGIN:VCALENDAR\r\n"));
    house.runbook(["drills", "--ical", "no/such/d.ics"]).exits(2).warns("no/such/d.ics");
}

#[test]
fn the_workflow_is_yaml_and_its_rehearsal_runs() {
    let house = House::new();
    let text = house.runbook(["drills", "run books", "--workflow"]).exits(0).out;
    let tree: Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(tree["env"]["DIR"], "run books");
    assert!(tree["on"]["schedule"][0]["cron"].is_string());
    let steps = tree["jobs"]["drills"]["steps"].as_array().unwrap();
    let script = |words: &str| {
        steps.iter().filter_map(|step| step["run"].as_str()).find(|run| run.contains(words)).unwrap().to_owned()
    };
    book(&house, "RB-1", "1 month");
    book(&house, "RB-2", "3 months");
    drill(&house, "2026-01-01-x", "RB-2", Mode::Simulation, Some(Outcome::Completed));
    // The scripts themselves, as a runner would run them.
    let prelude = "set -eo pipefail; export DIR=runbooks RUNNER_TEMP=$PWD; runbook() { \"$RUNBOOK\" \"$@\"; }; ";
    house.shell(&format!("{prelude}{}", script("check --quiet"))).exits(0);
    house.shell(&format!("{prelude}{}", script("drills \"$DIR\" --check"))).exits(1).says("NEVER");
    if house.shell("command -v jq").out.is_empty() {
        println!("no jq here: the rehearsal was not run");
        return;
    }
    house.shell(&format!("{prelude}{}", script("--dry-run"))).exits(0).says("RB-1");
    assert!(house.exists("tabletop"), "its runs are kept apart");
    assert_eq!(house.run_dirs().iter().filter(|dir| dir.is_dir()).count(), 1);
}

#[test]
fn the_runbooks_of_this_project_can_be_read() {
    let house = House::new();
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks");
    let all = house.runbook(["drills", dir, "--format", "json"]).exits(0).json();
    assert!(all["runbooks"].as_array().unwrap().len() >= 3);
    assert!(all["runbooks"].as_array().unwrap().iter().all(|drill| drill["state"] == "never"), "{all}");
    for kind in ["incident", "maintenance", "drill"] {
        for lang in ["en", "fr"] {
            house.runbook(["new", kind, "A title", "--lang", lang, "-o", &format!("{kind}.{lang}.md")]).exits(0);
        }
    }
    let new = house.runbook(["drills", ".", "--format", "json"]).exits(0).json();
    assert_eq!((new["runbooks"].as_array().unwrap().len(), &new["unscheduled"]), (6, &json!(0)));
}
