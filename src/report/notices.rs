//! What a review should talk about, as far as the journal knows it. Facts about steps and programs, never about people.

use super::facts::{Facts, StepStanding};
use super::objective::{Objective, Reported};
use super::sentence::cause_words;
use super::text::{clean, duration};
use super::words::Words;
use crate::engine::event::{Event, How, Outcome};
use crate::journal::record::Record;
use serde::Serialize;

/// One thing to talk about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// The record it comes from; none for a sum over many.
    pub seq: Option<u64>,
}

fn notice(words: &Words, key: &str, values: &[(&str, &str)], seq: Option<u64>) -> Notice {
    Notice { text: words.say(&format!("notice.{key}"), values), seq }
}

/// What went well.
#[must_use]
pub fn well(facts: &Facts<'_>, rto: &Objective, reported: &[Reported], words: &Words) -> Vec<Notice> {
    let mut found = Vec::new();
    let ran = facts.steps.iter().filter(|step| step.tries > 0 && step.how != Some(How::Rehearsed));
    let (mut all, mut first) = (0, 0);
    for step in ran {
        all += 1;
        first += u32::from(step.standing == StepStanding::Done && step.tries == 1 && step.failures == 0);
    }
    if first > 0 {
        let values = [("done", &*first.to_string()), ("all", &*all.to_string())];
        found.push(notice(words, "went-first-try", &values, None));
    }
    if let (Some(true), Some(measured), Some(target)) = (rto.met, &rto.measured, &rto.target) {
        found.push(notice(words, "went-rto", &[("measured", measured), ("target", target)], None));
    }
    for blank in reported.iter().filter(|blank| blank.met == Some(true)) {
        found.push(blank_notice("went-objective", blank, words));
    }
    let completed = matches!(facts.finished, Some((_, Outcome::Completed, _)));
    if completed && facts.rollback.is_none() && !facts.is_rehearsal() {
        found.push(notice(words, "went-no-rollback", &[], None));
    }
    found
}

fn blank_notice(key: &str, blank: &Reported, words: &Words) -> Notice {
    let objective = blank.objective.as_deref().unwrap_or_default();
    let values = [("label", &*blank.label), ("value", &*blank.value), ("objective", objective), ("by", &*blank.by)];
    notice(words, key, &values, Some(blank.seq))
}

/// What can be better.
#[must_use]
pub fn badly(
    records: &[Record],
    facts: &Facts<'_>,
    rto: &Objective,
    reported: &[Reported],
    words: &Words,
) -> Vec<Notice> {
    let mut found = Vec::new();
    for record in records {
        let seq = Some(record.seq);
        let say = |key: &str, values: &[(&str, &str)]| notice(words, key, values, seq);
        match &record.event {
            Event::StepFailed { node, cause, retry_ms, .. } => {
                let key = if retry_ms.is_some() { "retried" } else { "failure" };
                let cause = cause_words(cause, words);
                found.push(say(key, &[("title", &clean(facts.title(node))), ("cause", &cause)]));
            }
            Event::Overdue { node, planned_ms } => {
                let planned = duration(*planned_ms, words);
                found.push(say("overdue", &[("title", &clean(facts.title(node))), ("planned", &planned)]));
            }
            Event::OutcomeUnknown { node, reason } => {
                found.push(say("unknown", &[("title", &clean(facts.title(node))), ("reason", &clean(reason))]));
            }
            Event::UndoFailed { node } => found.push(say("undo-failed", &[("title", &clean(facts.title(node)))])),
            _ => {}
        }
    }
    if facts.interruptions > 0 {
        let resumed = |record: &&Record| matches!(record.event, Event::RunResumed { .. });
        let seq = records.iter().find(resumed).map(|record| record.seq);
        found.push(notice(words, "interrupted", &[], seq));
    }
    if let (Some(false), Some(measured), Some(target)) = (rto.met, &rto.measured, &rto.target) {
        found.push(notice(words, "rto-missed", &[("measured", measured), ("target", target)], None));
    }
    found.extend(
        reported.iter().filter(|blank| blank.met == Some(false)).map(|blank| blank_notice("objective", blank, words)),
    );
    found
}

/// Where the run left the runbook.
#[must_use]
pub fn deviations(records: &[Record], facts: &Facts<'_>, words: &Words) -> Vec<Notice> {
    let mut found = Vec::new();
    for record in records {
        let say = |key: &str, values: &[(&str, &str)]| notice(words, key, values, Some(record.seq));
        match &record.event {
            Event::RunStarted(head) => {
                found.extend(head.start_at.iter().map(|step| say("start-at", &[("step", &clean(step))])));
                found.extend(head.until.iter().map(|step| say("until", &[("step", &clean(step))])));
            }
            Event::RunResumed { edited: true, .. } => found.push(say("edited-runbook", &[])),
            Event::StepStarted { node, edited: true, .. } => {
                found.push(say("edited-command", &[("title", &clean(facts.title(node)))]));
            }
            Event::StepSucceeded { node, how: How::ByHand, .. } => {
                found.push(say("by-hand", &[("title", &clean(facts.title(node)))]));
            }
            Event::Skipped { node, reason, automatic: false } => {
                found.push(say("skipped", &[("title", &clean(facts.title(node))), ("reason", &clean(reason))]));
            }
            Event::RollbackStarted { reason, left, .. } => {
                found.push(say("rollback", &[("reason", &clean(reason))]));
                found.extend(left.iter().map(|what| say("not-undone", &[("what", &clean(what))])));
            }
            _ => {}
        }
    }
    found
}
