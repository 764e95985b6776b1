//! Journals as the tests look at them: lines of JSON.

use serde_json::Value;
use std::fs;
use std::path::Path;

/// The journal's whole lines, as they stand; none when there is no journal.
pub fn lines(dir: &Path) -> Vec<String> {
    let text = fs::read_to_string(dir.join("journal.jsonl")).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(str::to_owned).collect()
}

/// The records.
pub fn records(dir: &Path) -> Vec<Value> {
    lines(dir).iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What happened.
pub fn events(dir: &Path) -> Vec<Value> {
    records(dir).into_iter().map(|mut record| record["event"].take()).collect()
}

/// Events of one type.
pub fn of<'a>(events: &'a [Value], name: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == name).collect()
}

/// Events of one type about one node.
pub fn at<'a>(events: &'a [Value], name: &str, node: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["type"] == name && event["node"] == node).collect()
}
