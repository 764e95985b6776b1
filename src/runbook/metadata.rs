//! What a runbook says about itself: YAML front matter, and the lists and labels people write instead.

use super::leaves::Leaves;
use super::model::{InputDeclaration, Language, Metadata, ValueKind};
use super::vocabulary::{List, VOCABULARY, Votes};
use super::words::Words;
use crate::diagnostic::{Diagnostic, Severity};
use crate::inventory::monitors;
use crate::source::{Source, Span};
use crate::syntax::Document;
use crate::syntax::duration;
use serde_yaml::Value;
use std::collections::HashMap;

/// How much of a document is looked at to find its language.
const SAMPLE: usize = 6 * 1024;

/// So many blocks of a page without everyday words are looked at.
const FEW: usize = 200;

/// Metadata, language and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub metadata: Metadata,
    pub language: Language,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the front matter. Labels in the text are added with [`Head::label`] while the text is read.
pub(super) fn read(source: &Source, document: &Document, leaves: &Leaves<'_>) -> Head {
    let mut head = Head::default();
    if let Some(span) = document.front_matter {
        head.front_matter(source, span);
    }
    head.language = head.find_language(document, leaves);
    head
}

impl Head {
    fn front_matter(&mut self, source: &Source, span: Span) {
        let text = span.of(&source.text);
        self.metadata.span = Some(span);
        let once = self.duplicates(text, span);
        match serde_yaml::from_str::<Value>(&once) {
            Ok(Value::Mapping(map)) => {
                for (key, value) in &map {
                    if let Some(key) = key.as_str() {
                        self.entry(key, value, span);
                    }
                }
            }
            Ok(Value::Null) => {}
            Ok(_) => {
                let message = "the front matter is not a list of `key: value`";
                let diagnostic = Diagnostic::new(gravity(text), "front-matter", message).at(span, "");
                self.diagnostics.push(diagnostic.help("write `id: RB-001` and the like, one per line"));
            }
            Err(error) => {
                let at = error.location().map_or(span.start, |l| (span.start + l.index()).min(span.end));
                let message = format!("the front matter is not YAML: {error}");
                let diagnostic = Diagnostic::new(gravity(text), "front-matter", message);
                let help = "quote values that hold `: ` or begin with `[`, `{` or `*`";
                self.diagnostics.push(diagnostic.at(line_at(source, at), "here").help(help));
            }
        }
    }

    /// Tells keys that stand twice, with both places, and gives the text back without the later ones. YAML itself keeps
    /// the last or refuses both. Another tool's key is only worth a warning: the first one counts, and nothing of ours
    /// hangs on it.
    fn duplicates(&mut self, text: &str, span: Span) -> String {
        let mut once = String::with_capacity(text.len());
        let mut seen: HashMap<&str, Span> = HashMap::new();
        let mut at = span.start;
        let mut again = false;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            if let Some(key) = top_key(line) {
                let here = Span::new(start, start + key.len());
                let first = *seen.entry(key).or_insert(here);
                again = first != here;
                if again {
                    let severity = if is_ours(key) { Severity::Error } else { Severity::Warning };
                    let message = format!("`{key}` stands twice in the front matter");
                    let diagnostic = Diagnostic::new(severity, "duplicate-key", message);
                    let diagnostic = diagnostic.at(here, "again here").at(first, "first here");
                    self.diagnostics.push(diagnostic.help("keep one of the two"));
                }
            }
            // As many bytes as before, so that places in messages stay right.
            if again {
                once.extend(line.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
            } else {
                once.push_str(line);
            }
        }
        once
    }

    fn entry(&mut self, key: &str, value: &Value, span: Span) {
        if key == "inputs" {
            self.inputs(value, span);
            return;
        }
        if key == "monitors" && value.is_mapping() {
            self.monitors(value, span);
            return;
        }
        if let Value::Mapping(map) = value {
            // `business: {revenue-per-hour: 10000}` and the like stay addressable.
            for (inner, value) in map {
                if let Some(inner) = inner.as_str() {
                    self.metadata.other.insert(format!("{key}.{inner}"), scalar(value));
                }
            }
            return;
        }
        self.known(key, &scalar(value));
    }

    /// Keeps a value under its known name, or under its own. A template's blank is no value.
    fn known(&mut self, key: &str, value: &str) {
        match VOCABULARY.key(&Words::new(key)) {
            Some(known) => {
                let known = known.to_owned();
                if known == "rto" && self.metadata.rto.is_none() {
                    self.metadata.rto = objective(value);
                }
                if known == "rpo" && self.metadata.rpo.is_none() {
                    self.metadata.rpo = objective(value).or_else(|| nothing(value));
                }
                self.metadata.known.entry(known).or_insert_with(|| value.to_owned());
            }
            None => {
                self.metadata.other.entry(key.to_owned()).or_insert_with(|| value.to_owned());
            }
        }
    }

    fn monitors(&mut self, value: &Value, span: Span) {
        let text = serde_yaml::to_string(value).unwrap_or_default();
        match monitors::parse(&text) {
            Ok(found) => self.metadata.monitors = found,
            Err(wrong) => self.diagnostics.extend(wrong.into_iter().map(|diagnostic| {
                let told = Diagnostic::error("front-matter", diagnostic.message).at(span, "");
                diagnostic.help.into_iter().fold(told, Diagnostic::help)
            })),
        }
    }

    fn inputs(&mut self, value: &Value, span: Span) {
        let mut add = |name: &str, value: &Value| {
            let field = |key: &str| value.get(key).map(scalar).filter(|v| !v.is_empty());
            let kind = match field("type").or_else(|| field("kind")).as_deref() {
                Some("number" | "int" | "integer" | "float") => ValueKind::Number,
                Some("duration") => ValueKind::Duration,
                _ => ValueKind::Text,
            };
            let plain = (!value.is_mapping() && !value.is_null()).then(|| scalar(value));
            self.metadata.inputs.push(InputDeclaration {
                name: name.replace('-', "_"),
                prompt: field("prompt").or_else(|| field("description")).or_else(|| field("label")),
                default: field("default").or(plain),
                secret: value.get("secret").and_then(Value::as_bool).unwrap_or(false),
                kind,
            });
        };
        match value {
            Value::Mapping(map) => map.iter().for_each(|(k, v)| add(&scalar(k), v)),
            Value::Sequence(list) => {
                for item in list {
                    match item {
                        Value::Mapping(map) if item.get("name").is_none() => {
                            map.iter().for_each(|(k, v)| add(&scalar(k), v));
                        }
                        Value::Mapping(_) => add(&item.get("name").map(scalar).unwrap_or_default(), item),
                        other => add(&scalar(other), &Value::Null),
                    }
                }
            }
            _ => self
                .diagnostics
                .push(Diagnostic::error("inputs", "`inputs` is neither a list nor `name: …` pairs").at(span, "")),
        }
    }

    /// A label of the text (`**RTO cible**: 5 minutes`), if its name is known and it has a value.
    pub fn label(&mut self, label: &str, value: &str) -> bool {
        let value = value.trim();
        if value.is_empty() || is_blank(value) {
            return false;
        }
        let words = Words::new(label);
        let known = VOCABULARY.key(&words);
        if known.is_none() && VOCABULARY.list(List::Targets).whole(&words).is_none() {
            return false;
        }
        let named = known.is_none_or(|key| matches!(key, "rto" | "rpo"));
        if known.is_some() {
            self.known(label, value);
        }
        named && self.targets(value) || known.is_some()
    }

    /// `RPO 24 h, RTO target 30 min`: objectives that a value names. Whether there are any.
    fn targets(&mut self, value: &str) -> bool {
        let capitals = value.to_ascii_uppercase();
        let mut any = false;
        for (name, key) in [("RTO", "rto"), ("RPO", "rpo")] {
            let Some(at) = capitals.find(name).map(|at| at + name.len()) else { continue };
            let next = |mark: &str| capitals[at..].find(mark).unwrap_or(value.len() - at);
            let said = &value[at..at + next("RTO").min(next("RPO"))];
            let found = duration::find(said).into_iter().next().filter(|found| found.span.start <= TARGET);
            if let Some(found) = found {
                self.known(key, found.span.of(said));
                any = true;
            }
        }
        any
    }

    fn find_language(&self, document: &Document, leaves: &Leaves<'_>) -> Language {
        if let Some(lang) = self.metadata.known.get("lang") {
            match lang.get(..2) {
                Some("fr") => return Language::Fr,
                Some("en") => return Language::En,
                _ => {}
            }
        }
        let (mut votes, mut read) = (Votes::default(), 0);
        for leaf in (0..document.blocks.len()).filter_map(|b| leaves.get(b)) {
            VOCABULARY.vote(&leaf.inline.plain, &mut votes);
            read += leaf.inline.plain.len();
            if read > SAMPLE || votes.decided() {
                break;
            }
        }
        if votes.tied() {
            // A few words without an everyday one among them: only letters tell.
            let french = |text: &str| text.contains(['é', 'è', 'ê', 'ç', 'à', 'ù', 'û', 'î', 'ô', 'œ', 'É', 'À', 'Ç']);
            let leaves = (0..document.blocks.len()).take(FEW).filter_map(|b| leaves.get(b));
            return if leaves.into_iter().any(|leaf| french(&leaf.inline.plain)) { Language::Fr } else { Language::En };
        }
        votes.winner().unwrap_or_default()
    }
}

/// The key that a line of the top level begins with.
fn top_key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(':')?;
    let other = key.is_empty() || key.starts_with([' ', '\t', '#', '-']) || key.contains(['"', '\'']);
    (!other).then(|| key.trim_end())
}

/// Whether a key means something to us.
fn is_ours(key: &str) -> bool {
    matches!(key, "inputs" | "business" | "monitors" | "connections") || VOCABULARY.key(&Words::new(key)).is_some()
}

/// Front matter that cannot be read matters when it says something to us; other tools have their own.
fn gravity(text: &str) -> Severity {
    let ours = text.lines().filter_map(top_key).any(|key| is_ours(key) && key != "title");
    if ours { Severity::Error } else { Severity::Warning }
}

/// `____`, `[X minutes]`, `TBD`: a template's blank.
pub(super) fn is_blank(value: &str) -> bool {
    let value = value.trim();
    value.starts_with("__") || value.starts_with("[ ]") || value.starts_with('☐')
}

/// So many bytes may stand between `RTO` and what it is: "target is at most".
const TARGET: usize = 24;

fn objective(value: &str) -> Option<std::time::Duration> {
    if value.contains(['[', '<']) && !value.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    duration::parse(value).or_else(|| duration::find(value).first().map(|d| d.duration))
}

/// `0 (zero data loss)`, `zéro`: an objective that needs no unit.
fn nothing(value: &str) -> Option<std::time::Duration> {
    let words = Words::first(value, 2);
    (matches!(words.get(0), "0" | "zero") && !words.get(1).bytes().any(|b| b.is_ascii_digit()))
        .then_some(std::time::Duration::ZERO)
}

fn line_at(source: &Source, at: usize) -> Span {
    let span = source.map.line_span(source.line(at));
    Span::new(span.start, span.start + span.of(&source.text).trim_end().len())
}

/// A YAML value as text; lists joined by commas.
fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(b) => b.to_string(),
        Value::Number(n) => n.to_string(),
        Value::String(s) => s.clone(),
        Value::Sequence(list) => {
            list.iter().filter(|v| !v.is_sequence() && !v.is_mapping()).map(scalar).collect::<Vec<_>>().join(", ")
        }
        Value::Mapping(_) | Value::Tagged(_) => serde_yaml::to_string(value).unwrap_or_default().trim().to_owned(),
    }
}
