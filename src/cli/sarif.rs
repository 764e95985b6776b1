//! Findings as SARIF 2.1.0, which code-hosting sites draw beside the lines of a change.

use super::load::Loaded;
use crate::check::{Honesty, codes};
use crate::diagnostic::Severity;
use crate::runbook::model::{Language, Reading};
use crate::source::Span;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Component, Path};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The results of one file: its findings, and what is ambiguous in it.
pub fn results(loaded: &Loaded<()>, honesty: &Honesty) -> Vec<Value> {
    let uri = uri(Path::new(&loaded.source.name));
    let mut results: Vec<Value> = loaded
        .diagnostics
        .iter()
        .map(|d| {
            let level = match d.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            };
            let message = match &d.help {
                Some(help) => format!("{}\n{help}", d.message),
                None => d.message.clone(),
            };
            let place = region(loaded, d.labels.first().map_or(Span::new(0, 0), |l| l.span));
            let mut result = result(d.code, level, &message, &uri, &place);
            let related: Vec<Value> = d.labels[d.labels.len().min(1)..]
                .iter()
                .map(|l| json!({"message": {"text": l.text}, "physicalLocation": {"artifactLocation": {"uri": uri}, "region": region(loaded, l.span)}}))
                .collect();
            if !related.is_empty() {
                result["relatedLocations"] = Value::Array(related);
            }
            result
        })
        .collect();
    let fences = honesty.fences.iter().map(|f| (f.reading, f.line, &f.why));
    let inline = honesty.inline.iter().map(|c| (c.reading, c.line, &c.why));
    for (_, line, why) in fences.chain(inline).filter(|(reading, ..)| *reading == Reading::Ambiguous) {
        let why = match loaded.runbook.language {
            Language::En => format!("not run without a person's word: {why}"),
            Language::Fr => format!("pas exécuté sans la parole d'une personne : {}", crate::check::french::text(why)),
        };
        results.push(result(codes::AMBIGUOUS, "note", &why, &uri, &json!({"startLine": line})));
    }
    results
}

/// A file that could not be read at all.
pub fn unread(path: &Path, code: Option<&str>, message: &str) -> Vec<Value> {
    let mut result = result(code.unwrap_or_default(), "error", message, &uri(path), &json!({"startLine": 1}));
    if code.is_none() {
        result.as_object_mut().and_then(|o| o.remove("ruleId"));
    }
    vec![result]
}

fn result(code: &str, level: &str, message: &str, uri: &str, region: &Value) -> Value {
    json!({
        "ruleId": code,
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
    })
}

/// Lines and columns count from one, the end is one past; a fence is marked at its first line only.
fn region(loaded: &Loaded<()>, span: Span) -> Value {
    let (map, text) = (&loaded.source.map, &loaded.source.text);
    let (line, column) = map.line_column(text, span.start.min(text.len()));
    let first = span.of(text).split(['\n', '\r']).next().unwrap_or("").chars().count();
    json!({"startLine": line, "startColumn": column, "endLine": line, "endColumn": column + first.max(1)})
}

/// The whole log: one run.
pub fn document(mut results: Vec<Value>) -> Value {
    let used: BTreeSet<String> = results.iter().filter_map(|r| r["ruleId"].as_str().map(str::to_owned)).collect();
    let rules: Vec<_> = codes::PAGES.iter().filter(|p| used.contains(p.code)).collect();
    for result in &mut results {
        let index = rules.iter().position(|p| Some(p.code) == result["ruleId"].as_str());
        if let Some(index) = index {
            result["ruleIndex"] = json!(index);
        }
    }
    let rules: Vec<Value> = rules
        .iter()
        .map(|page| {
            let (text, summary) = (page.text(Language::En), page.summary(Language::En));
            json!({
                "id": page.code,
                "shortDescription": {"text": summary},
                "fullDescription": {"text": text.lines().nth(4).unwrap_or(summary)},
                "help": {"text": text, "markdown": text},
            })
        })
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "runbook",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// Relative to the current directory, `/` between the parts, escaped as addresses are.
fn uri(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let inside = path.strip_prefix(&here).unwrap_or(path);
    let mut parts = Vec::new();
    for component in inside.components() {
        match component {
            Component::Normal(part) => parts.push(escaped(&part.to_string_lossy())),
            Component::ParentDir => parts.push("..".to_owned()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    let joined = parts.join("/");
    if inside.is_absolute() { format!("file:///{joined}") } else { joined }
}

fn escaped(part: &str) -> String {
    part.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'@' | b',' | b'=') {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(uri(Path::new("./a b/é.md")), "a%20b/%C3%A9.md");
        assert_eq!(uri(Path::new("/a:b/c.md")), "file:///a%3Ab/c.md");
        assert_eq!(uri(&std::env::current_dir().unwrap_or_default().join("x.md")), "x.md");
    }
}
