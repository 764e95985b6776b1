//! Changes to the runbook that a run suggests, as a unified diff: only what is mechanical, and never with a secret.

use super::facts::{Facts, StepFacts, StepStanding};
use super::text::{clean, duration};
use super::words::Words;
use crate::engine::event::{Event, How};
use crate::journal::record::Record;
use crate::plan::model::{Node, Plan, Work};
use crate::source::Span;
use crate::syntax::duration::{find, parse};
use serde::Serialize;
use similar::TextDiff;
use std::time::Duration;

/// What a run suggests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Patch {
    /// The unified diff; empty when there is nothing mechanical.
    pub diff: String,
    /// Why each change, and what was left to people.
    pub reasons: Vec<Reason>,
}

/// Why something is, or is not, in the diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The sentence.
    pub text: String,
    /// The record.
    pub seq: u64,
}

/// The text that a run followed.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// The file's name, without its directories.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// One replacement.
struct Edit {
    span: Span,
    text: String,
}

/// Words that stand before secrets. A command with one of them is left to people.
const DOUBTFUL: [&str; 9] =
    ["password", "passwd", "secret", "token", "identified by", "•", "api_key", "apikey", "credential"];

/// What the run suggests to change in the text it followed.
#[must_use]
pub fn patch(records: &[Record], facts: &Facts<'_>, plan: &Plan, stored: Stored<'_>, words: &Words) -> Patch {
    let (mut edits, mut reasons): (Vec<Edit>, Vec<Reason>) = (Vec::new(), Vec::new());
    for record in records {
        let Some((node, step)) = suggests(record, facts, plan) else { continue };
        let values = |more: &[(&'static str, String)]| {
            let mut all = vec![("title", clean(step.title))];
            all.extend(more.iter().cloned());
            all
        };
        let (key, found, values) = match &record.event {
            Event::StepStarted { rendered, .. } => match command(node, rendered, stored.text) {
                Ok(edit) => ("command", Some(edit), values(&[])),
                Err(why) => ("left", None, values(&[("why", words.get(&format!("patch.{why}")).to_owned())])),
            },
            Event::Overdue { planned_ms, .. } => {
                let took = step.ended.map_or(0, |(_, end)| end.saturating_sub(reached(facts, step)));
                let said = values(&[("planned", duration(*planned_ms, words)), ("took", duration(took, words))]);
                match timebox(node, plan, *planned_ms, took, stored.text) {
                    Some(edit) => ("timebox", Some(edit), said),
                    None => ("timebox-left", None, said),
                }
            }
            _ => continue,
        };
        let taken = found.as_ref().is_some_and(|new| edits.iter().any(|edit| overlap(edit.span, new.span)));
        if taken {
            continue;
        }
        edits.extend(found);
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        reasons.push(Reason { text: words.say(&format!("patch.{key}"), &values), seq: record.seq });
    }
    Patch { diff: diff(stored, edits), reasons }
}

const fn overlap(a: Span, b: Span) -> bool {
    a.start < b.end && b.start < a.end
}

/// When a node was first reached, in milliseconds since the start of the run.
fn reached(facts: &Facts<'_>, step: &StepFacts<'_>) -> u64 {
    let at = facts.visits.iter().find(|(_, index, _)| std::ptr::eq(&raw const facts.steps[*index], step));
    at.map_or(0, |(at, ..)| *at)
}

/// The node of a record that suggests a change: an edited command that ran well, a time-box that was too short.
fn suggests<'a>(record: &Record, facts: &'a Facts<'_>, plan: &'a Plan) -> Option<(&'a Node, &'a StepFacts<'a>)> {
    let edited = matches!(record.event, Event::StepStarted { edited: true, .. });
    if !edited && !matches!(record.event, Event::Overdue { .. }) {
        return None;
    }
    let id = record.event.node()?;
    let step = facts.steps.iter().find(|step| step.node == id)?;
    let ran = step.standing == StepStanding::Done && step.how == Some(How::Ran);
    (ran || (!edited && step.standing == StepStanding::Done)).then_some((plan.node(id)?, step))
}

/// Replaces a command's text by what ran, or says why not (a key of words).
fn command(node: &Node, rendered: &str, source: &str) -> Result<Edit, &'static str> {
    let Work::Command(work) = &node.work else { return Err("left-place") };
    if !work.placeholders.is_empty() || work.text.contains("{{") || !work.reads.is_empty() {
        return Err("left-values");
    }
    let lower = rendered.to_lowercase();
    if DOUBTFUL.iter().any(|word| lower.contains(word)) || work.options.secret {
        return Err("left-secret");
    }
    if rendered.lines().any(|line| line.chars().any(|c| c.is_control() && c != '\t')) || rendered.contains("```") {
        return Err("left-place");
    }
    let (span, indent) = place(work.text.trim_end(), node.span, source).ok_or("left-place")?;
    let lines: Vec<String> = rendered
        .trim_end()
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") })
        .collect();
    Ok(Edit { span, text: lines.join("\n") })
}

/// Where the lines of `text` stand in the source, once, all indented alike.
fn place<'a>(text: &str, within: Span, source: &'a str) -> Option<(Span, &'a str)> {
    let start = source.get(..within.start)?.rfind('\n').map_or(0, |at| at + 1);
    let mut lines = Vec::new();
    let mut at = start;
    for line in source.get(start..within.end)?.split_inclusive('\n') {
        lines.push((at, line.trim_end_matches(['\n', '\r'])));
        at += line.len();
    }
    let wanted: Vec<&str> = text.lines().collect();
    let found = lines.windows(wanted.len().max(1)).filter_map(|window| {
        let first = window[0].1;
        let indent = &first[..first.len() - first.trim_start().len()];
        let same = |((_, line), want): (&(usize, &str), &&str)| {
            if want.trim().is_empty() { line.trim().is_empty() } else { line.strip_prefix(indent) == Some(want) }
        };
        let (last_at, last) = window[window.len() - 1];
        window.iter().zip(&wanted).all(same).then_some((Span::new(window[0].0, last_at + last.len()), indent))
    });
    let found: Vec<_> = found.collect();
    match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

/// Replaces a step's time-box by what it took, rounded up, where the step's own lines say it once.
fn timebox(node: &Node, plan: &Plan, planned_ms: u64, took_ms: u64, source: &str) -> Option<Edit> {
    let step = plan.step_of(node);
    let planned = Duration::from_millis(planned_ms);
    if step.timebox != Some(planned) || took_ms <= planned_ms {
        return None;
    }
    let next = plan.steps.iter().map(|other| other.line).filter(|line| *line > step.line).min();
    let start = line_start(source, step.line)?;
    let end = next.and_then(|line| line_start(source, line)).unwrap_or(source.len());
    let region = source.get(start..end)?;
    let new = rounded(took_ms);
    let attribute = region.match_indices("timebox=").map(|(at, word)| {
        let from = at + word.len();
        let rest = &region[from..];
        let stop = rest.find(|c: char| c.is_whitespace() || matches!(c, '}' | '"' | '-')).unwrap_or(rest.len());
        Span::new(from, from + stop)
    });
    let attribute: Vec<Span> = attribute.filter(|span| parse(span.of(region)) == Some(planned)).collect();
    let first_line = region.lines().next().unwrap_or("");
    let prose = find(first_line).into_iter().filter(|phrase| phrase.duration == planned).map(|phrase| phrase.span);
    let prose: Vec<Span> = prose.collect();
    let (span, text) = match (attribute.as_slice(), prose.as_slice()) {
        ([span], _) => (*span, new),
        ([], [span]) => (*span, reworded(span.of(first_line), &new)?),
        _ => return None,
    };
    Some(Edit { span: Span::new(start + span.start, start + span.end), text })
}

/// `(2 min max)` with another time: the words around the time stay.
fn reworded(phrase: &str, new: &str) -> Option<String> {
    let first = phrase.find(|c: char| c.is_ascii_digit())?;
    let digits = phrase[first..].trim_start_matches(|c: char| c.is_ascii_digit());
    let unit: String = digits.trim_start().chars().take_while(|c| c.is_alphabetic()).collect();
    let gap = &digits[..digits.len() - digits.trim_start().len()];
    let rest = digits.trim_start().strip_prefix(&unit)?;
    // One number and one unit, or people had better do it.
    (!rest.contains(|c: char| c.is_ascii_digit())).then_some(())?;
    let number = new.trim_end_matches(char::is_alphabetic);
    let short = &new[number.len()..];
    let same = unit.to_lowercase().starts_with(short);
    let other = if short == "m" { "min" } else { short };
    let unit = if same { unit } else { other.to_owned() };
    Some(format!("{}{number}{gap}{unit}{rest}", &phrase[..first]))
}

fn line_start(source: &str, line: usize) -> Option<usize> {
    if line <= 1 {
        return Some(0);
    }
    source.match_indices('\n').nth(line - 2).map(|(at, _)| at + 1)
}

/// Up to the next five seconds within a minute, half a minute within five, then whole minutes: `35s`, `90s`, `6m`.
fn rounded(ms: u64) -> String {
    let seconds = ms.div_ceil(1000);
    let up = |step: u64| seconds.div_ceil(step) * step;
    match seconds {
        0..=60 => format!("{}s", up(5)),
        61..=300 if !up(30).is_multiple_of(60) => format!("{}s", up(30)),
        61..=300 => format!("{}m", up(30) / 60),
        _ => format!("{}m", up(60) / 60),
    }
}

fn diff(stored: Stored<'_>, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut text = stored.text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.start..edit.span.end, &edit.text);
    }
    if text == stored.text {
        return String::new();
    }
    let name = clean(stored.name);
    let diff = TextDiff::from_lines(stored.text, &text);
    let said = diff.unified_diff().context_radius(2).header(&format!("a/{name}"), &format!("b/{name}")).to_string();
    // A diff with control characters could paint the terminal of whoever reads it.
    let plain = said.chars().all(|c| c == '\n' || c == '\t' || (!c.is_control() && !is_turning(c)));
    if plain { said } else { String::new() }
}

const fn is_turning(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_up_and_keep_their_words() {
        assert_eq!([31_000, 61_000, 70_000, 100_000, 400_000].map(rounded), ["35s", "90s", "90s", "2m", "7m"]);
        assert_eq!(reworded("2 min max", "3m").as_deref(), Some("3 min max"));
        assert_eq!(reworded("< 2 minutes", "3m").as_deref(), Some("< 3 minutes"));
        assert_eq!(reworded("30s", "90s").as_deref(), Some("90s"));
        assert_eq!(reworded("2 min", "90s").as_deref(), Some("90 s"));
        assert_eq!(reworded("1 h 30", "2m"), None);
    }

    #[test]
    fn a_command_is_found_with_its_indent_and_only_once() {
        let source = "1. x\n    ```\n    a\n    b\n    ```\n";
        let whole = Span::new(0, source.len());
        assert_eq!(place("a\nb", whole, source), Some((Span::new(13, 24), "    ")));
        assert_eq!(place("a", whole, "a\na\n"), None);
        assert_eq!(place("c", whole, source), None);
    }
}
