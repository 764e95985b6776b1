//! Real documents: each must check, plan and rehearse to its end, in its own language.
//!
//! The documents that the project began from are not in the repository: `RUNBOOK_SHARED` says where they are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use support::House;

const GENERIC: &str = "\
operator: alice
inputs:     { '*': 1 }
decisions:  { '*': 1 }
gates:      { '*': yes }
checks:     { '*': yes }
commands:   { '*': run }
on_failure: { '*': abort }
unknown:    { '*': stop }
";

/// The documents, or `None` with a note where they are not.
fn documents() -> Option<Vec<PathBuf>> {
    let shared = std::env::var_os("RUNBOOK_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let Ok(entries) = fs::read_dir(shared.join("seeds")) else {
        println!("skipped: no documents under {}; set RUNBOOK_SHARED", shared.display());
        return None;
    };
    let mut files: Vec<PathBuf> =
        entries.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "md")).collect();
    files.sort();
    assert!(!files.is_empty());
    Some(files)
}

/// Runbooks that stand in `markdown` fences. Fences within them have an info string, or close.
fn embedded(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside: Option<(String, usize)> = None;
    let mut other = false;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let info = trimmed.strip_prefix("```").map(str::trim);
        match (&mut inside, info) {
            (Some((body, depth)), Some("")) if *depth == 0 => {
                found.push(std::mem::take(body));
                inside = None;
            }
            (Some((body, depth)), _) => {
                match info {
                    Some("") => *depth -= 1,
                    Some(_) => *depth += 1,
                    None => {}
                }
                body.push_str(line);
                body.push('\n');
            }
            (None, Some("markdown")) if !other => inside = Some((String::new(), 0)),
            (None, Some("")) => other = !other,
            (None, Some(_)) => other = true,
            (None, None) => {}
        }
    }
    assert!(inside.is_none(), "a fence is not closed");
    found
}

/// A document that asks for nothing: it is read, and there is nothing to run in it.
fn only_read(name: &str, text: &str) {
    println!("{name}: no runbook");
    let house = House::new();
    house.file("a.md", text);
    house.runbook(["check", "a.md"]).exits(0);
    house.runbook(["plan", "a.md"]).exits(0);
    house.runbook(["run", "a.md", "--dry-run"]).exits(2).warns("no step to run");
    house.has_no_run();
}

/// Checks, plans and rehearses one text, and gives its language.
fn rehearse(name: &str, text: &str) -> String {
    println!("{name}");
    let house = House::new();
    house.file("a.md", text);
    house.file("all.yaml", GENERIC);
    house.runbook(["check", "a.md"]).exits(0);
    let json = house.runbook(["check", "a.md", "--format", "json"]).exits(0).json();
    assert_eq!(json["errors"], 0, "{name}");
    let plan = house.runbook(["plan", "a.md", "--format", "json"]).exits(0).json();
    let steps = plan["steps"].as_array().unwrap().len();
    assert!(steps > 0, "{name} has no step");
    let lines = text.lines().count() as u64;
    for part in ["steps", "sections", "fences"] {
        for item in plan[part].as_array().unwrap() {
            let line = item["line"].as_u64().unwrap();
            assert!((1..=lines).contains(&line), "{name}: {part} {item}");
        }
    }
    let before: Vec<_> = support::files(house.path()).into_iter().map(|f| f.0).collect();
    let ran = house.runbook(["run", "a.md", "--dry-run", "--answers", "all.yaml"]).exits(0);
    let after = support::files(house.path()).into_iter().map(|f| f.0).filter(|p| !p.starts_with(house.runs())).count();
    assert_eq!(after, before.len(), "{name}: a rehearsal left something behind");
    let events = house.events();
    assert!(support::journal::of(&events, "step-started").is_empty(), "{name}: a rehearsal started something");
    assert_eq!(events.last().unwrap()["outcome"], "completed", "{name}");
    house.runbook(["journal", "latest", "--verify"]).exits(0);
    house.runbook(["postmortem", "latest"]).exits(0);
    let language = events[0]["language"].as_str().unwrap().to_owned();
    speaks(&language, &ran.out, name);
    language
}

/// The screen speaks the document's language, and not the other one.
fn speaks(language: &str, screen: &str, name: &str) {
    let (own, other) = match language {
        "fr" => (["Programmes", "terminé", "durée", "ensuite"], ["Programs", "rehearsed, not run"]),
        _ => (["rogram", "completed", "time", "next"], ["Programmes", "non exécuté"]),
    };
    assert!(own.iter().any(|word| screen.contains(word)), "{name} ({language}): {screen}");
    for word in other {
        assert!(!screen.contains(word), "{name} ({language}) says `{word}`: {screen}");
    }
}

#[test]
fn every_document_that_the_project_began_from_rehearses_to_its_end() {
    let Some(documents) = documents() else { return };
    let mut french = 0;
    for path in &documents {
        let language = rehearse(&path.display().to_string(), &fs::read_to_string(path).unwrap());
        french += usize::from(language == "fr");
    }
    assert!(french > 0, "no document was read as French");
}

#[test]
fn every_runbook_embedded_in_them_rehearses_to_its_end() {
    let Some(documents) = documents() else { return };
    let mut count = 0;
    for path in &documents {
        for (n, text) in embedded(&fs::read_to_string(path).unwrap()).iter().enumerate() {
            let title = text.lines().find(|l| l.starts_with('#')).unwrap_or("no title");
            if title.starts_with("# Post-Mortem") {
                only_read(title, text);
                continue;
            }
            let language = rehearse(&format!("{} #{n}: {title}", path.display()), text);
            let accents = text.chars().filter(|c| "éèêàçôùî".contains(*c)).count();
            if accents > 20 {
                assert_eq!(language, "fr", "{title} has {accents} accents");
            }
            count += 1;
        }
    }
    println!("{count} embedded runbooks");
    assert!(count >= 5, "only {count} embedded runbooks were found");
}

#[test]
fn embedded_fences_are_found_whole() {
    let text = "a\n```markdown\n# One\n    ```bash\n    ls\n    ```\nend\n```\nb\n```\n```\n```markdown\n# Two\n```\n";
    assert_eq!(embedded(text), ["# One\n    ```bash\n    ls\n    ```\nend\n", "# Two\n"]);
}

#[test]
fn every_runbook_of_this_repository_rehearses_to_its_end() {
    let mut open = vec![PathBuf::from("runbooks")];
    let mut count = 0;
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "md") && !is_readme(&path) {
                in_place(&path);
                count += 1;
            }
        }
    }
    assert!(count >= 2, "{count}");
}

fn is_readme(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("readme"))
}

/// Where it stands, because runbooks name files beside them.
fn in_place(path: &Path) {
    let name = path.display().to_string();
    println!("{name}");
    let house = House::new();
    let answers = house.file("all.yaml", GENERIC);
    let root = env!("CARGO_MANIFEST_DIR");
    let call = |args: &[&str]| house.call(args).current_dir(root).run();
    call(&["check", &name]).exits(0);
    call(&["plan", &name, "--format", "json"]).exits(0).json();
    let mut ran = call(&["run", &name, "--dry-run", "--answers", &answers.display().to_string()]);
    // The second yes of a gate for two is another person's; and a loop ends where somebody takes another way of it.
    for way in 2..=4 {
        if ran.status.code() != Some(5) {
            break;
        }
        let other = GENERIC.replace("operator: alice", "operator: bob");
        let other = other.replace("decisions:  { '*': 1 }", &format!("decisions:  {{ '*': {way} }}"));
        let second = house.file("second.yaml", other);
        ran = call(&["resume", &house.run_id(), "--answers", &second.display().to_string()]);
    }
    let ran = ran.exits(0);
    let events = house.events();
    assert_eq!(events.last().unwrap()["outcome"], "completed");
    assert!(support::journal::of(&events, "step-started").is_empty());
    speaks(events[0]["language"].as_str().unwrap(), &ran.out, &name);
}
