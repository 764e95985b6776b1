//! Reading an answers file: every wrong key or value is an error with its place and the word that was probably meant.

use super::{Answers, Entry, nearest, one_of};
use crate::diagnostic::{Diagnostic, Invalid};
use crate::engine::event::{FailureAnswer, UnknownAnswer};
use crate::inventory::yaml::{self as tree, Tree};
use crate::source::{Source, Span};
use std::collections::{BTreeMap, HashMap};

pub(super) const COMMANDS: &[&str] = &["run", "skip", "done"];
pub(super) const CHECKS: &[&str] = &["yes", "no", "skip"];
pub(super) const GATES: &[&str] = &["yes", "no"];
pub(super) const FAILURES: &[&str] = &["retry", "skip", "rollback", "abort", "done"];
pub(super) const UNKNOWNS: &[&str] = &["happened", "again", "undo", "stop"];
const SECTIONS: &[&str] = &["inputs", "decisions", "gates", "checks", "commands", "on_failure", "unknown", "calls"];

/// A yes or a no, however YAML and people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
}

pub(super) fn truth(value: &str) -> Option<Truth> {
    match value.to_lowercase().as_str() {
        "yes" | "y" | "true" | "on" | "oui" | "vrai" | "go" => Some(Truth::Yes),
        "no" | "n" | "false" | "off" | "non" | "faux" | "no-go" | "nogo" => Some(Truth::No),
        _ => None,
    }
}

pub(super) fn failure(value: &str) -> Option<FailureAnswer> {
    Some(match value.to_lowercase().as_str() {
        "retry" => FailureAnswer::Retry,
        "skip" => FailureAnswer::Skip,
        "rollback" => FailureAnswer::Rollback,
        "abort" => FailureAnswer::Abort,
        "done" => FailureAnswer::Done,
        _ => return None,
    })
}

pub(super) fn unknown(value: &str) -> Option<UnknownAnswer> {
    Some(match value.to_lowercase().as_str() {
        "happened" => UnknownAnswer::Happened,
        "again" => UnknownAnswer::Again,
        "undo" => UnknownAnswer::Undo,
        "stop" => UnknownAnswer::Stop,
        _ => return None,
    })
}

impl std::error::Error for Invalid {}

impl Answers {
    /// Reads an answers file; `name` is what messages call it.
    ///
    /// # Errors
    /// Everything that is wrong with it, with places.
    pub fn parse(name: &str, text: &str) -> Result<Self, Invalid> {
        let source = Source::new(name, text.strip_prefix('\u{feff}').unwrap_or(text));
        let mut reader = Reader { source: &source, diagnostics: Vec::new(), operator: None, sections: BTreeMap::new() };
        match tree::read(&source) {
            Ok(None) => {}
            Ok(Some(Tree::Map(entries))) => reader.file(&entries),
            Ok(Some(other)) => reader.error(
                "answers-shape",
                other.at(),
                "an answers file is a map of sections".to_owned(),
                Some(format!("begin with one of operator, {}", SECTIONS.join(", "))),
            ),
            Err((message, span)) => reader.syntax(&message, span),
        }
        let Reader { diagnostics, operator, sections, .. } = reader;
        if diagnostics.is_empty() {
            Ok(Self { operator, source, sections, used: HashMap::new(), tries: HashMap::new() })
        } else {
            Err(Invalid { source, diagnostics })
        }
    }
}

struct Reader<'a> {
    source: &'a Source,
    diagnostics: Vec<Diagnostic>,
    operator: Option<String>,
    sections: BTreeMap<&'static str, BTreeMap<String, Entry>>,
}

impl Reader<'_> {
    fn error(&mut self, code: &'static str, at: Option<usize>, message: String, help: Option<String>) {
        let mut diagnostic = Diagnostic::error(code, message);
        if let Some(span) = at.and_then(|at| tree::locate(self.source, at)) {
            diagnostic = diagnostic.at(span, "");
        }
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
    }

    fn syntax(&mut self, message: &str, span: Option<Span>) {
        let mut diagnostic = Diagnostic::error("answers-yaml", format!("not readable as YAML: {message}"));
        if let Some(span) = span {
            diagnostic = diagnostic.at(span, "");
        }
        self.diagnostics.push(diagnostic.help("a step id with `*`, `:` or `#` in it needs quotes"));
    }

    fn file(&mut self, entries: &[(Tree, Tree)]) {
        let mut seen: Vec<String> = Vec::new();
        for (key, value) in entries {
            let Tree::Scalar { text, at } = key else {
                self.error("answers-key", key.at(), "a key must be a word".to_owned(), None);
                continue;
            };
            if seen.contains(text) {
                self.error(
                    "answers-duplicate",
                    Some(*at),
                    format!("`{text}` stands here twice"),
                    Some("put its entries together".to_owned()),
                );
                continue;
            }
            seen.push(text.clone());
            if text == "operator" {
                self.operator(value, *at);
            } else if let Some(section) = SECTIONS.iter().find(|s| *s == text) {
                self.section(section, value, *at);
            } else {
                let known = SECTIONS.iter().copied().chain(["operator"]);
                let help = nearest(text, known).map_or_else(
                    || format!("the keys are operator, {}", SECTIONS.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.error("answers-key", Some(*at), format!("`{text}` is not a key of an answers file"), Some(help));
            }
        }
    }

    fn operator(&mut self, value: &Tree, at: usize) {
        match value {
            Tree::Scalar { text, .. } if !text.trim().is_empty() => self.operator = Some(text.trim().to_owned()),
            other => {
                let at = other.at().unwrap_or(at);
                self.error("answers-value", Some(at), "`operator` must be a name".to_owned(), None);
            }
        }
    }

    fn section(&mut self, section: &'static str, value: &Tree, at: usize) {
        let entries = match value {
            Tree::Map(entries) => entries,
            Tree::Nothing { .. } => return,
            other => {
                let example = format!("write `{section}: {{ \"*\": … }}`");
                let at = other.at().unwrap_or(at);
                self.error(
                    "answers-shape",
                    Some(at),
                    format!("`{section}` is a map from ids to answers"),
                    Some(example),
                );
                return;
            }
        };
        let mut read = BTreeMap::new();
        for (key, value) in entries {
            let Tree::Scalar { text, at } = key else {
                self.error("answers-key", key.at(), format!("a key of `{section}` must be an id or \"*\""), None);
                continue;
            };
            if read.contains_key(text) {
                self.error(
                    "answers-duplicate",
                    Some(*at),
                    format!("`{section}.{text}` stands here twice"),
                    Some("keep one; a list gives one answer after the other".to_owned()),
                );
                continue;
            }
            // Each call has answers of its own.
            if section == "calls" && (text == "*" || matches!(value, Tree::List(_))) {
                let message = format!("`calls.{text}` does not name one file for one step");
                let help = "write `calls: { STEP: answers.yaml }`".to_owned();
                self.error("answers-value", Some(*at), message, Some(help));
                continue;
            }
            let (list, trees) = match value {
                Tree::List(items) => (true, items.as_slice()),
                one => (false, std::slice::from_ref(one)),
            };
            let values = trees.iter().filter_map(|tree| self.value(section, text, tree, *at)).collect();
            read.insert(text.clone(), Entry { at: *at, list, values });
        }
        self.sections.insert(section, read);
    }

    fn value(&mut self, section: &'static str, key: &str, tree: &Tree, at: usize) -> Option<(String, usize)> {
        let Tree::Scalar { text, at } = tree else {
            let at = tree.at().unwrap_or(at);
            self.error(
                "answers-value",
                Some(at),
                format!("`{section}.{key}` has no usable value"),
                Some("give one word, or a list of words".to_owned()),
            );
            return None;
        };
        let (fits, words) = match section {
            "gates" => (truth(text).is_some(), GATES),
            "checks" => (truth(text).is_some() || ["skip", "done"].contains(&text.to_lowercase().as_str()), CHECKS),
            "commands" => (COMMANDS.contains(&text.to_lowercase().as_str()), COMMANDS),
            "on_failure" => (failure(text).is_some(), FAILURES),
            "unknown" => (unknown(text).is_some(), UNKNOWNS),
            _ => (true, [].as_slice()),
        };
        if fits {
            return Some((text.clone(), *at));
        }
        let help = nearest(text, words.iter().copied())
            .map_or_else(|| one_of(words), |near| format!("did you mean `{near}`?"));
        self.error("answers-value", Some(*at), format!("`{text}` is not an answer under `{section}`"), Some(help));
        None
    }
}
