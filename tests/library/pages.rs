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
