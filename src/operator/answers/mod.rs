//! The answers file: answers to the same questions that the terminal asks, prepared beforehand.
//!
//! Looked up by node id (`promote/2`), then step id, then `"*"`; inputs by the variable's name. A plain value answers
//! every time its question is asked; a list is used up in order, and then there is no answer. A destructive or
//! doubtful command and the point of no return are never run on the word of `"*"`.

mod parse;
mod validate;
mod variables;

pub use crate::diagnostic::Invalid;
pub use validate::Known;
pub use variables::variables;

use crate::engine::event::{FailureAnswer, UnknownAnswer};
use crate::engine::question::{Answer, Ask, Question};
use crate::inventory::yaml as tree;
use crate::plan::model::{Plan, Work};
use crate::runbook::model::Effect;
use crate::source::Source;
use parse::{Truth, truth};
use std::collections::{BTreeMap, HashMap};

/// What a skipped step and other reasons say.
const REASON: &str = "answers file";
/// Automatic tries of one node on the word of a plain value.
const TRIES: u32 = 3;
/// Automatic answers to one decision on the word of a plain value: a loop that no value of ours can leave.
const TURNS: u32 = 100;

/// A prepared set of answers.
#[derive(Debug, Clone)]
pub struct Answers {
    /// Who they speak for.
    pub operator: Option<String>,
    source: Source,
    sections: BTreeMap<&'static str, BTreeMap<String, Entry>>,
    used: HashMap<(&'static str, String, String), usize>,
    tries: HashMap<(&'static str, String), u32>,
}

/// What stands under one key.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    /// The key's place.
    at: usize,
    list: bool,
    /// Values as spelt, with their places.
    values: Vec<(String, usize)>,
}

/// What the file says to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// This.
    Answer(Answer),
    /// Nothing.
    Silent,
    /// Something that does not answer this question; says why, with the place.
    Unfit(String),
}

impl Answers {
    /// The file's name as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// The text, for drawing diagnostics.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The value that the file gives an input by its own name; `"*"` does not count.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&str> {
        let entries = self.sections.get("inputs")?;
        let entry = entries.iter().find(|(key, _)| plain(key) == plain(name)).map(|(_, entry)| entry)?;
        entry.values.first().map(|(value, _)| value.as_str())
    }

    /// The answers file that it names for a call of another runbook.
    #[must_use]
    pub fn call(&self, node: &str, step: &str) -> Option<&str> {
        let entries = self.sections.get("calls")?;
        let entry = entries.get(node).or_else(|| entries.get(step))?;
        entry.values.first().map(|(value, _)| value.as_str())
    }

    /// What the file says to `question`; lists are used up by asking.
    pub fn answer(&mut self, question: &Question, plan: &Plan) -> Lookup {
        let Some((key, value, at)) = self.take(question, plan) else { return Lookup::Silent };
        match read(&question.ask, &value) {
            Ok(answer) if self.may(question, plan, &key, &answer) => Lookup::Answer(answer),
            Ok(_) => Lookup::Silent,
            Err(why) => {
                let place = tree::locate(&self.source, at)
                    .map_or_else(|| self.source.name.clone(), |span| self.source.place(span.start));
                Lookup::Unfit(format!("{place}: `{value}` does not answer this: {why}"))
            }
        }
    }

    /// The key, value and place that speak to the question, if they have something left to say.
    fn take(&mut self, question: &Question, plan: &Plan) -> Option<(String, String, usize)> {
        let section = question.ask.section();
        let entries = self.sections.get(section)?;
        let key = keys(question).into_iter().find_map(|wanted| {
            let fold = matches!(question.ask, Ask::Value { .. });
            entries.keys().find(|k| **k == wanted || (fold && plain(k) == plain(&wanted))).cloned()
        })?;
        if key == "*" && needs_own_word(question, plan) {
            return None;
        }
        let entry = entries.get(&key)?;
        if !entry.list {
            let (value, at) = entry.values.first()?.clone();
            return Some((key, value, at));
        }
        let node = if key == "*" { question.node.clone() } else { String::new() };
        let used = self.used.entry((section, key.clone(), node)).or_default();
        let (value, at) = entry.values.get(*used)?.clone();
        *used += 1;
        Some((key, value, at))
    }

    /// Whether the answer may be given: not on the word of `"*"` where an own word is needed, and not for ever.
    fn may(&mut self, question: &Question, plan: &Plan, key: &str, answer: &Answer) -> bool {
        let repeats = match answer {
            Answer::Failure(FailureAnswer::Retry, _) | Answer::Unknown(UnknownAnswer::Again, _) => Some(TRIES),
            Answer::Choose(_) => Some(TURNS),
            _ => None,
        };
        let acts = matches!(
            answer,
            Answer::Failure(FailureAnswer::Retry | FailureAnswer::Done | FailureAnswer::Skip, _)
                | Answer::Unknown(UnknownAnswer::Again | UnknownAnswer::Happened, _)
        );
        if acts && key == "*" && is_grave(&question.node, plan) {
            return false;
        }
        let section = question.ask.section();
        let list = self.sections.get(section).and_then(|s| s.get(key)).is_some_and(|e| e.list);
        let Some(limit) = repeats.filter(|_| !list) else { return true };
        let tries = self.tries.entry((section, question.node.clone())).or_default();
        *tries += 1;
        *tries <= limit
    }
}

/// The keys that may speak to a question, the nearest first.
fn keys(question: &Question) -> Vec<String> {
    let mut keys = Vec::new();
    if let Ask::Value { name, .. } = &question.ask {
        keys.push(name.clone());
    }
    for id in [&question.node, &question.step] {
        if !id.is_empty() && !keys.contains(id) {
            keys.push(id.clone());
        }
    }
    keys.push("*".to_owned());
    keys
}

/// `Replica host` and `replica-host` name the variable `replica_host`.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

/// Destructive and doubtful commands and the point of no return are not meant by `"*"`.
fn needs_own_word(question: &Question, plan: &Plan) -> bool {
    match &question.ask {
        // What is doubtful needs a word about it, as `--yes` gives none either.
        Ask::Command { effect, pivot, ambiguous, .. } => {
            *pivot || *effect == Effect::Destructive || ambiguous.is_some()
        }
        Ask::Manual { pivot, .. } => *pivot,
        Ask::Check { .. } | Ask::Decision { .. } => {
            plan.node(&question.node).is_some_and(|n| n.pivot || n.again.is_some())
        }
        _ => false,
    }
}

/// Whether the node destroys something or is the point of no return.
pub(super) fn is_grave(node: &str, plan: &Plan) -> bool {
    plan.node(node)
        .is_some_and(|n| n.pivot || matches!(&n.work, Work::Command(command) if command.effect == Effect::Destructive))
}

/// The answer that takes over what a monitor measured.
const MEASURED: &str = "measured";

/// What a value says to a question, or what it should have said.
fn read(ask: &Ask, value: &str) -> Result<Answer, String> {
    let note = || REASON.to_owned();
    match ask {
        Ask::Value { options, .. } if !options.is_empty() => {
            option(options, value).map(|i| Answer::Value(options[i].clone()))
        }
        // What a monitor measured is proposed by the engine; the file confirms it.
        Ask::Value { default, .. } if value == MEASURED => {
            default.clone().map(Answer::Value).ok_or_else(|| "nothing has been measured for this".to_owned())
        }
        Ask::Value { .. } => Ok(Answer::Value(value.to_owned())),
        Ask::Command { .. } => match value.to_lowercase().as_str() {
            "run" => Ok(Answer::Run { edited: None }),
            "skip" => Ok(Answer::Skip { reason: note() }),
            "done" => Ok(Answer::Done { note: String::new() }),
            _ => Err(one_of(parse::COMMANDS)),
        },
        Ask::Manual { .. } => match (truth(value), value.to_lowercase().as_str()) {
            (Some(Truth::Yes), _) | (None, "done") => Ok(Answer::Done { note: String::new() }),
            (None, "skip") => Ok(Answer::Skip { reason: note() }),
            (Some(Truth::No), _) => Err("a step for a person is done or skipped; the run waits for one".to_owned()),
            _ => Err(one_of(parse::CHECKS)),
        },
        Ask::Check { .. } => match (truth(value), value.to_lowercase().as_str()) {
            (Some(Truth::Yes), _) | (None, "done") => Ok(Answer::Yes),
            (Some(Truth::No), _) => Ok(Answer::No { note: note() }),
            (None, "skip") => Ok(Answer::Skip { reason: note() }),
            _ => Err(one_of(parse::CHECKS)),
        },
        Ask::Decision { options, .. } => option(options, value).map(Answer::Choose),
        Ask::Gate { .. } => match truth(value) {
            Some(Truth::Yes) => Ok(Answer::Yes),
            Some(Truth::No) => Ok(Answer::No { note: note() }),
            None => Err(one_of(parse::GATES)),
        },
        Ask::Failure { choices, .. } => {
            let answer = parse::failure(value).ok_or_else(|| one_of(parse::FAILURES))?;
            let offered = choices.contains(&answer);
            offered.then(|| Answer::Failure(answer, note())).ok_or_else(|| "not possible here".to_owned())
        }
        Ask::Unknown { choices, .. } => {
            let answer = parse::unknown(value).ok_or_else(|| one_of(parse::UNKNOWNS))?;
            let offered = choices.contains(&answer);
            offered.then(|| Answer::Unknown(answer, note())).ok_or_else(|| "not possible here".to_owned())
        }
    }
}

fn one_of(words: &[&str]) -> String {
    format!("use one of {}", words.join(", "))
}

/// The option a value names: its label, its number, or the only label that begins so.
fn option(labels: &[String], value: &str) -> Result<usize, String> {
    let wanted = value.trim().to_lowercase();
    if let Some(i) = labels.iter().position(|l| l.trim().to_lowercase() == wanted) {
        return Ok(i);
    }
    if let Some(n) = wanted.parse::<usize>().ok().filter(|n| (1..=labels.len()).contains(n)) {
        return Ok(n - 1);
    }
    let begins: Vec<usize> = labels
        .iter()
        .enumerate()
        .filter(|(_, l)| !wanted.is_empty() && l.trim().to_lowercase().starts_with(&wanted))
        .map(|(i, _)| i)
        .collect();
    if let [only] = begins[..] {
        return Ok(only);
    }
    // `Yes`/`No` branches answered by a YAML boolean.
    if let Some(said) = truth(value) {
        let same: Vec<usize> = (0..labels.len()).filter(|i| truth(labels[*i].trim()) == Some(said)).collect();
        if let [only] = same[..] {
            return Ok(only);
        }
    }
    let near =
        nearest(value, labels.iter().map(String::as_str)).map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
    let listed: Vec<String> = labels.iter().enumerate().map(|(i, l)| format!("{} = {l}", i + 1)).collect();
    Err(format!("the options are {}{near}", listed.join(", ")))
}

/// The word that was probably meant.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let typos = (word.chars().count() / 3).max(1);
    known
        .map(|k| (strsim::jaro_winkler(&word, &k.to_lowercase()), k))
        .filter(|(score, k)| *score > 0.85 || strsim::osa_distance(&word, &k.to_lowercase()) <= typos)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}

#[cfg(test)]
mod tests;
