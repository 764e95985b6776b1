//! Every page of the library: nothing for `check` to say, and a French page gives the commands of its English one.

use crate::support::House;
use std::fs;
use std::path::{Path, PathBuf};

fn pages() -> Vec<PathBuf> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks")];
    let mut found = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 5, "{found:?}");
    found
}

#[test]
fn check_has_nothing_to_say_about_any_of_them() {
    let house = House::new();
    let runbooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    let ran = house.runbook(["check", runbooks.to_str().unwrap(), "--format", "json"]).exits(0);
    let report = ran.json();
    assert_eq!((&report["errors"], &report["warnings"]), (&0.into(), &0.into()), "{report:#}");
}

/// What an engine acts on: the fences that may run, with their attributes, comments left out; and the marks in comments.
fn commands(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut open: Option<&str> = None;
    for line in text.lines().map(str::trim) {
        match open {
            Some(fence) if line == fence => open = None,
            Some(_) if line.starts_with('#') => {}
            Some(_) => out.push(line.to_owned()),
            None => {
                let ticks = line.len() - line.trim_start_matches('`').len();
                if ticks >= 3 && line.contains('{') {
                    open = Some(&line[..ticks]);
                    out.push(line.to_owned());
                }
                for mark in line.split("<!-- runbook:").skip(1) {
                    // A reason after `allow CODE:` is prose.
                    let mark = mark.split("-->").next().unwrap().trim();
                    out.push(mark.split_once("allow ").map_or(mark, |_| "allow").to_owned());
                }
            }
        }
    }
    out
}

#[test]
fn a_french_page_gives_the_commands_of_its_english_one() {
    for page in pages() {
        let path = page.display().to_string();
        let Some(stem) = path.strip_suffix(".fr.md") else { continue };
        let english = [format!("{stem}.md"), format!("{stem}.en.md")].into_iter().find(|p| Path::new(p).exists());
        let english = english.unwrap_or_else(|| panic!("{path} has no English page"));
        let (french, english) = (fs::read_to_string(&path).unwrap(), fs::read_to_string(english).unwrap());
        let (theirs, ours) = (commands(&english), commands(&french));
        let apart = theirs.iter().zip(&ours).find(|(theirs, ours)| theirs != ours);
        assert!(
            apart.is_none() && theirs.len() == ours.len(),
            "{path}: {apart:?}; {} and {}",
            theirs.len(),
            ours.len()
        );
    }
}

/// Answers for a dry run that takes the `turn`th way of every decision.
fn answers(plan: &serde_json::Value, turn: usize) -> String {
    let (mut decisions, mut inputs) = (serde_json::Map::new(), serde_json::Map::new());
    for step in plan["steps"].as_array().unwrap() {
        let ways = step["branches"].as_array().unwrap();
        if !ways.is_empty() {
            decisions.insert(step["id"].as_str().unwrap().to_owned(), ways[turn % ways.len()]["label"].clone());
        }
        for input in step["inputs"].as_array().unwrap().iter().filter(|input| !input["label"].is_null()) {
            let value = input["options"].get(0).cloned().unwrap_or_else(|| "1".into());
            inputs.insert(input["name"].as_str().unwrap().to_owned(), value);
        }
    }
    let all = |word: serde_json::Value| serde_json::json!({"*": word});
    serde_json::json!({
        "operator": "rehearsal", "inputs": inputs, "decisions": decisions, "gates": all(true.into()), "checks": all(true.into()),
        "commands": all("run".into()), "on_failure": all("abort".into()),
    })
    .to_string()
}

/// Every way of every decision is walked by a dry run; `runbook catalogue` counts them from the journals.
#[test]
fn every_way_of_every_decision_can_be_taken() {
    let house = House::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks");
    for page in pages() {
        let page = page.to_str().unwrap();
        let plan = house.runbook(["plan", page, "--format", "json"]).exits(0).json();
        let most = plan["steps"].as_array().unwrap().iter().map(|s| s["branches"].as_array().unwrap().len()).max();
        for turn in 0..most.unwrap_or(0).max(1) {
            house.file("answers.yaml", answers(&plan, turn));
            let ran = house.runbook(["run", page, "--dry-run", "--yes", "--answers", "answers.yaml"]).does_not_panic();
            // A gate for two waits for the second. A loop that comes to a decision again has no second answer here: both pause,
            // which is 5.
            if ran.status.code() == Some(5) {
                let answers = house.read("answers.yaml").replace("rehearsal", "second");
                house.file("second.yaml", answers);
                let ran = house.runbook(["resume", "latest", "--yes", "--answers", "second.yaml"]).does_not_panic();
                assert!(
                    matches!(ran.status.code(), Some(0 | 4 | 5 | 6)),
                    "{page} {}\n{}\n{}",
                    ran.status,
                    ran.out,
                    ran.err
                );
            } else {
                // A way may end the run, or lead to the way back.
                assert!(
                    matches!(ran.status.code(), Some(0 | 4 | 6)),
                    "{page} {}\n{}\n{}",
                    ran.status,
                    ran.out,
                    ran.err
                );
            }
        }
    }
    let copied =
        std::process::Command::new("cp").arg("-r").arg(&root).arg(house.path().join("library")).status().unwrap();
    assert!(copied.success());
    house.runbook(["catalogue", "library", "--record", "runs"]).exits(0);
    house.record();
    let open = house.runbook(["catalogue", "library", "--untaken"]);
    assert!(open.out.is_empty(), "{}", open.out);
}

/// The table in the library's README is the one that the pages and the records give. `make record` makes it anew.
#[test]
fn the_table_of_the_library_has_not_drifted() {
    let house = House::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let call = house.call(["catalogue", "runbooks", "--check", "runbooks/README.md"]).current_dir(root);
    call.run().exits(0);
}
