//! Documents for comparison: lines thrown together, documents with a structure, and mutations of these.

#[path = "pieces.rs"]
mod pieces;

#[allow(unused_imports)]
pub use pieces::open_question;
use pieces::{LEAVES, PREFIXES};
use proptest::prelude::*;

/// A line's containers, as they open or as they would be gone on with.
fn prefix() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PREFIXES);
    prop::collection::vec(piece, 0..4).prop_map(|p| p.concat())
}

fn leaf() -> impl Strategy<Value = &'static str> {
    prop::sample::select(LEAVES)
}

/// Containers, tabs, fences, lazy lines and blank lines in any order.
fn soup() -> impl Strategy<Value = Vec<String>> {
    let line = (prefix(), leaf()).prop_map(|(prefix, leaf)| format!("{prefix}{leaf}"));
    prop::collection::vec(line, 1..14)
}

/// Blocks that nest as their author meant: each strategy gives the lines of one block.
fn structured() -> impl Strategy<Value = Vec<String>> {
    let lines = |list: &[&str]| list.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
    let block = prop::sample::select(vec![
        lines(&["words"]),
        lines(&["two", "lines"]),
        lines(&["# Title"]),
        lines(&["Under", "-----"]),
        lines(&["```sh", "run x", "  deeper", "", "end", "```"]),
        lines(&["~~~", "```", "~~~"]),
        lines(&["    code", "", "      more"]),
        lines(&["| a | b |", "|---|---|", "| 1 | 2 |"]),
        lines(&["---"]),
        lines(&["<div>", "x", "</div>"]),
        lines(&["<!-- a", "b -->"]),
    ]);
    block.prop_recursive(5, 40, 4, |inner| {
        let children = || prop::collection::vec((inner.clone(), any::<bool>()), 1..4);
        let marker = prop::sample::select(vec!["- ", "* ", "1. ", "2. ", "10) ", "-   ", "- [ ] ", "1. [x] ", "-\t"]);
        prop_oneof![
            children().prop_map(|c| joined(&c).iter().map(|l| format!("> {l}").trim_end().to_owned()).collect()),
            prop::collection::vec((marker, children()), 1..4)
                .prop_map(|items| { items.iter().flat_map(|(marker, c)| item(marker, &joined(c))).collect() }),
        ]
    })
}

fn joined(blocks: &[(Vec<String>, bool)]) -> Vec<String> {
    let mut out = Vec::new();
    for (lines, blank) in blocks {
        out.extend(lines.iter().cloned());
        if *blank {
            out.push(String::new());
        }
    }
    out
}

/// Lines as an item's content: its marker before the first, as much indentation before the others.
fn item(marker: &str, lines: &[String]) -> Vec<String> {
    let width = if marker.ends_with('\t') { 4 } else { marker.split('[').next().unwrap_or("").len() };
    let indent = " ".repeat(width);
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        out.push(match (i, line.as_str()) {
            (0, _) => format!("{marker}{line}"),
            (_, "") => String::new(),
            _ => format!("{indent}{line}"),
        });
    }
    out
}

fn unindent(line: &mut String) {
    line.drain(..line.len() - line.trim_start().len());
}

/// What may happen to a line.
pub fn mutated(lines: impl Strategy<Value = Vec<String>>) -> impl Strategy<Value = Vec<String>> {
    let change = (0..7_u8, any::<prop::sample::Index>());
    (lines, prop::collection::vec(change, 0..5)).prop_map(|(mut lines, changes)| {
        for (what, at) in changes {
            if lines.is_empty() {
                break;
            }
            let at = at.index(lines.len());
            match what {
                0 => drop(lines.remove(at)),
                1 => lines.insert(at, lines[at].clone()),
                2 => lines[at].insert_str(0, "  "),
                3 => lines[at].insert_str(0, "    "),
                4 => unindent(&mut lines[at]),
                5 => lines.insert(at, String::new()),
                _ => lines[at] = lines[at].replacen("    ", "\t", 1),
            }
        }
        lines
    })
}

pub fn document() -> impl Strategy<Value = String> {
    let nested = || prop::collection::vec((structured(), any::<bool>()), 1..4).prop_map(|blocks| joined(&blocks));
    let lines = prop_oneof![soup(), mutated(soup()), nested(), mutated(nested())];
    (lines, any::<bool>()).prop_map(|(lines, ending)| lines.join("\n") + if ending { "\n" } else { "" })
}
