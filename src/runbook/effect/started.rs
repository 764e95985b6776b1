//! Commands that a program is given and starts elsewhere: `docker exec db rm -rf x`, `salt '*' cmd.run 'rm -rf x'`.

use super::arguments::{self, Argument};
use crate::runbook::programs::{PROGRAMS, Shape, Starts};
use crate::runbook::shell::strict::Strict;

/// A program's words, and those of the command that it starts.
#[derive(Debug, Clone, Copy)]
pub(in crate::runbook) struct Started<'a> {
    pub own: &'a [String],
    pub inner: &'a [String],
    /// Whether the command has a terminal without a flag that asks for one.
    pub terminal: bool,
}

/// The command that a program is given as words of their own.
pub(in crate::runbook) fn started<'a>(name: &str, arguments: &'a [String]) -> Option<Started<'a>> {
    let starts = PROGRAMS.starts.get(name)?;
    let at_once = starts.at.is_empty().then_some("");
    let (verb, at) = starts.at.iter().map(String::as_str).chain(at_once).find_map(|verb| {
        let at = behind(starts, verb, arguments)?;
        Some((verb, at))
    })?;
    let terminal = starts.terminal.iter().any(|t| t == verb);
    Some(Started { own: &arguments[..at], inner: &arguments[at..], terminal })
}

/// Where the command stands behind a verb, if it is there.
fn behind(starts: &Starts, verb: &str, arguments: &[String]) -> Option<usize> {
    let mut at = 0;
    for word in verb.split_whitespace() {
        at = past_flags(starts, arguments, at);
        if arguments.get(at)? != word {
            return None;
        }
        at += 1;
    }
    for _ in 0..starts.skip {
        at = past_flags(starts, arguments, at) + 1;
    }
    if starts.dashes || starts.skip == 0 {
        at = past_flags(starts, arguments, at);
    }
    if arguments.get(at).is_some_and(|a| a == "--") {
        at += 1;
    }
    (at < arguments.len()).then_some(at)
}

fn past_flags(starts: &Starts, arguments: &[String], mut at: usize) -> usize {
    while let Some(flag) = arguments.get(at).filter(|a| a.starts_with('-') && *a != "--" && a.len() > 1) {
        at += if takes_next(starts, flag) { 2 } else { 1 };
    }
    at.min(arguments.len())
}

/// `-u`, `--user`, and `-itu`, whose value is the next word.
fn takes_next(starts: &Starts, flag: &str) -> bool {
    let (values, unproven) = (&starts.shape.values, &starts.unproven);
    if values.has(flag) || unproven.has(flag) {
        return true;
    }
    let mut letters =
        flag.strip_prefix('-').filter(|l| !l.starts_with('-') && !starts.shape.dash).unwrap_or("").chars();
    let last = letters.next_back();
    last.is_some_and(|l| values.has(&format!("-{l}"))) && letters.all(|l| starts.shape.flags.letter(l))
}

/// The words of a command that alone decides what its program does, for a proof; nothing when it is none of those.
pub(super) fn proven<'a>(name: &str, given: &'a [Argument]) -> Option<Strict<&'a [Argument]>> {
    let starts = PROGRAMS.starts.get(name)?;
    starts.proven.iter().find_map(|verb| {
        let rest = behind_proven(name, &starts.shape, verb, given)?;
        Some(rest.and_then(|rest| command(name, starts, rest)))
    })
}

fn behind_proven<'a>(name: &str, shape: &Shape, verb: &str, given: &'a [Argument]) -> Option<Strict<&'a [Argument]>> {
    let mut rest = given;
    for word in verb.split_whitespace() {
        let (_, words) = arguments::until_operand(name, Some(shape), rest).ok()?;
        let (first, more) = words.split_first()?;
        if first.text() != Some(word) {
            return None;
        }
        rest = more;
    }
    let flags = arguments::until_operand(&format!("{name} {verb}"), Some(shape), rest);
    Some(flags.and_then(|(values, rest)| {
        let variables = values.iter().filter(|v| matches!(v.flag.as_str(), "-e" | "--env"));
        variables.clone().try_for_each(|v| kept(name, v.texts.as_deref()))?;
        Ok(rest)
    }))
}

/// A variable that changes what is asked, not what is run.
fn kept(name: &str, texts: Option<&[String]>) -> Strict<()> {
    let fine = |text: &String| PROGRAMS.environment_kept.hold(text.split('=').next().unwrap_or(""));
    if texts.is_some_and(|texts| texts.iter().all(fine)) {
        return Ok(());
    }
    Err(format!("a variable that `{name}` sets may change what runs"))
}

/// What stands behind the operands.
fn command<'a>(name: &str, starts: &Starts, rest: &'a [Argument]) -> Strict<&'a [Argument]> {
    let without = || format!("`{name}` without a command");
    let behind = rest.get(starts.skip..).ok_or_else(without)?;
    if !starts.dashes {
        return Ok(behind);
    }
    let dashes = behind.iter().position(|a| a.text() == Some("--")).ok_or_else(without)?;
    let (_, loose) = arguments::until_operand(name, Some(&starts.shape), &behind[..dashes])?;
    if loose.is_empty() { Ok(&behind[dashes + 1..]) } else { Err(without()) }
}

/// Whether a program's arguments are texts for people, or for itself.
pub(super) fn keeps_its_texts(name: &str) -> bool {
    PROGRAMS.read.contains(name)
        || PROGRAMS.session.contains(name)
        || PROGRAMS.speaks.contains(name)
        || PROGRAMS.shapes.contains_key(name) && !PROGRAMS.starts.get(name).is_some_and(|s| s.texts)
}

/// The texts of an argument that may be command lines: itself, the value behind its name, what JSON there holds.
pub(super) fn lines(argument: &str) -> Vec<String> {
    let named = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let value = argument.split_once('=').filter(|(name, _)| named(name)).map_or(argument, |(_, value)| value);
    if !value.starts_with(['[', '{']) {
        return vec![value.to_owned()];
    }
    let mut found = Vec::new();
    if let Ok(json) = serde_json::from_str(value) {
        strings(json, &mut found);
    }
    found
}

fn strings(json: serde_json::Value, found: &mut Vec<String>) {
    use serde_json::Value;
    match json {
        Value::String(text) => found.push(text),
        Value::Array(all) => all.into_iter().for_each(|v| strings(v, found)),
        Value::Object(all) => all.into_iter().for_each(|(_, v)| strings(v, found)),
        _ => {}
    }
}
