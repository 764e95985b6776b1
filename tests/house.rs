//! The house rules that a compiler does not check: rooms use only the rooms above them, only `syntax` names pest, only
//! `driver` reads the clock, the engine is pure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::format_collect)]

use std::path::{Path, PathBuf};

/// From the ground up.
const ROOMS: [&str; 16] = [
    "source",
    "diagnostic",
    "position",
    "syntax",
    "inventory",
    "runbook",
    "check",
    "plan",
    "engine",
    "journal",
    "driver",
    "action",
    "monitor",
    "operator",
    "report",
    "cli",
];

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Every source file with its room and its text, comments and the doc map left out.
fn sources() -> Vec<(PathBuf, String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    let mut out = Vec::new();
    for path in paths {
        let inside = path.strip_prefix(&src).unwrap();
        let first =
            inside.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let is_test =
            inside.components().any(|c| c.as_os_str().to_string_lossy().trim_end_matches(".rs").ends_with("tests"));
        if first == "lib" || first == "main" || is_test {
            continue;
        }
        let text: String = std::fs::read_to_string(&path)
            .unwrap()
            .lines()
            .filter(|l| !l.trim_start().starts_with("//"))
            .map(|l| format!("{l}\n"))
            .collect();
        out.push((inside.to_owned(), first, text));
    }
    out
}

fn rank(room: &str) -> usize {
    ROOMS
        .iter()
        .position(|r| *r == room)
        .unwrap_or_else(|| panic!("`{room}` is no room of the house: see architecture"))
}

/// Rooms named by `crate::room`, also within `crate::{a, b}`.
fn uses(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let end = group.find('}').unwrap_or(group.len());
            out.extend(group[..end].split(',').map(|p| p.trim().split("::").next().unwrap_or("").to_owned()));
        } else {
            out.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    out.retain(|r| !r.is_empty());
    out
}

#[test]
fn dependencies_point_one_way() {
    let mut wrong = Vec::new();
    for (path, room, text) in sources() {
        for used in uses(&text) {
            if ROOMS.contains(&used.as_str()) && rank(&used) > rank(&room) {
                wrong.push(format!("{}: `{room}` uses `{used}`, which stands below it", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Neighbours that must not know each other although the order would allow it.
#[test]
fn reports_and_operators_stay_apart() {
    let never = [("report", "driver"), ("report", "action"), ("report", "operator"), ("operator", "action")];
    for (path, room, text) in sources() {
        for used in uses(&text) {
            assert!(
                !never.contains(&(room.as_str(), used.as_str())),
                "{}: `{room}` must not use `{used}`",
                path.display()
            );
        }
    }
}

#[test]
fn only_syntax_names_pest() {
    for (path, room, text) in sources() {
        assert!(
            room == "syntax" || !(text.contains("pest::") || text.contains("pest_derive")),
            "{} names pest",
            path.display()
        );
    }
}

#[test]
fn the_engine_is_pure() {
    let banned = [
        "std::fs",
        "std::io",
        "std::net",
        "std::time::Instant",
        "SystemTime",
        "std::process",
        "std::env",
        "tokio",
        "async fn",
        "nix::",
    ];
    for (path, room, text) in sources() {
        if room == "engine" {
            for word in banned {
                assert!(!text.contains(word), "{} has `{word}`", path.display());
            }
        }
    }
}

#[test]
fn only_the_driver_reads_the_clock() {
    for (path, room, text) in sources() {
        if !["driver", "action", "monitor", "operator", "cli"].contains(&room.as_str()) {
            for word in ["Instant::now", "SystemTime::now", "Timestamp::now", "Zoned::now"] {
                assert!(!text.contains(word), "{} reads the clock: `{word}`", path.display());
            }
        }
    }
}

#[test]
fn nothing_but_main_ends_the_process() {
    for (path, _, text) in sources() {
        assert!(!text.contains("process::exit"), "{} ends the process", path.display());
    }
}

/// A rule that reaches itself could be sent as deep as a text likes, and pest 2.8 has no guard on the stack.
#[test]
fn no_grammar_recurses() {
    let grammars = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar");
    for entry in std::fs::read_dir(grammars).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "pest") {
            let mut below = rules(&std::fs::read_to_string(&path).unwrap());
            // What is used by nothing that is left cannot be part of a circle, nor can what uses nothing that is left.
            loop {
                let names: Vec<String> = below.iter().map(|(name, _)| name.clone()).collect();
                let before = below.len();
                below.retain(|(_, uses)| uses.iter().any(|used| names.contains(used)));
                if below.len() == before {
                    break;
                }
            }
            let circle: Vec<&String> = below.iter().map(|(name, _)| name).collect();
            assert!(circle.is_empty(), "{}: in or above a circle: {circle:?}", path.display());
        }
    }
}

/// Each rule of a grammar with the words of its right side, literals and comments left out.
fn rules(grammar: &str) -> Vec<(String, Vec<String>)> {
    let mut text = String::new();
    for line in grammar.lines().filter(|l| !l.trim_start().starts_with("//")) {
        let mut chars = line.chars();
        while let Some(c) = chars.next() {
            if c == '"' || c == '\'' {
                while let Some(inside) = chars.next().filter(|i| *i != c) {
                    if inside == '\\' {
                        chars.next();
                    }
                }
            }
            text.push(if c.is_alphanumeric() || matches!(c, '_' | '=') { c } else { ' ' });
        }
        text.push(' ');
    }
    let mut out: Vec<(String, Vec<String>)> = Vec::new();
    let mut before = "";
    for word in text.split_whitespace() {
        match word {
            "=" | "=_" => out.push((before.to_owned(), Vec::new())),
            _ => {
                if let Some((_, uses)) = out.last_mut() {
                    uses.push(word.to_owned());
                }
            }
        }
        before = word;
    }
    // The last word of a right side is the name of the next rule.
    let count = out.len();
    for (_, uses) in out.iter_mut().take(count.saturating_sub(1)) {
        uses.pop();
    }
    out
}
