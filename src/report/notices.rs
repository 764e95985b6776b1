//! What a review should talk about, as far as the journal knows it. Facts about steps and programs, never about people.

use super::claims::Claim;
use super::facts::{Facts, StepStanding};
use super::objective::Reported;
use super::sentence::cause_words;
use super::text::{clean, duration};
use super::words::Words;
use crate::engine::event::{Event, How, Outcome};
use crate::journal::record::Record;
use crate::plan::model::{Plan, Work};
use serde::Serialize;

/// One thing to talk about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// The records that show it.
    pub seqs: Vec<u64>,
}

fn notice(words: &Words, key: &str, values: &[(&str, &str)], seqs: Vec<u64>) -> Notice {
    Notice { text: words.say(&format!("notice.{key}"), values), seqs }
}

/// What went well.
#[must_use]
pub fn well(
    records: &[Record],
    facts: &Facts<'_>,
    restored: Option<&Claim>,
    reported: &[Reported],
    words: &Words,
) -> Vec<Notice> {
    let mut found = Vec::new();
    let ran = facts.steps.iter().filter(|step| step.tries > 0 && step.how != Some(How::Rehearsed));
    let (mut all, mut first) = (0, Vec::new());
    for step in ran {
        all += 1;
        let well = step.standing == StepStanding::Done && step.tries == 1 && step.failures == 0;
        first.extend(step.ended_seq.filter(|_| well));
    }
    if !first.is_empty() {
        let values = [("done", &*first.len().to_string()), ("all", &*all.to_string())];
        found.push(notice(words, "went-first-try", &values, first));
    }
    found.extend(
        restored.filter(|claim| claim.met == Some(true)).and_then(|claim| rto_notice("went-rto", claim, words)),
    );
    for blank in reported.iter().filter(|blank| blank.met == Some(true)) {
        found.push(blank_notice("went-objective", blank, words));
    }
    let completed = matches!(facts.finished, Some((_, Outcome::Completed, _)));
    if completed && facts.rollback.is_none() && !facts.is_rehearsal() {
        let over = |record: &&Record| matches!(record.event, Event::RunFinished { .. });
        let seq = records.iter().rev().find(over).map(|record| record.seq);
        found.push(notice(words, "went-no-rollback", &[], seq.into_iter().collect()));
    }
    found
}

/// The recovery time against its objective, in the words of where the figure comes from.
fn rto_notice(key: &str, claim: &Claim, words: &Words) -> Option<Notice> {
    let (measured, target) = (claim.value.as_deref()?, claim.target.as_deref()?);
    let key = if claim.kind == "measured" { format!("{key}-measured") } else { key.to_owned() };
    Some(notice(words, &key, &[("measured", measured), ("target", target)], claim.seq.into_iter().collect()))
}

fn blank_notice(key: &str, blank: &Reported, words: &Words) -> Notice {
    let objective = blank.objective.as_deref().unwrap_or_default();
    let values = [("label", &*blank.label), ("value", &*blank.value), ("objective", objective), ("by", &*blank.by)];
    notice(words, key, &values, vec![blank.seq])
}

/// What can be better. How the run left the runbook stands by itself; see [`deviations`].
#[must_use]
pub fn badly(
    records: &[Record],
    facts: &Facts<'_>,
    restored: Option<&Claim>,
    reported: &[Reported],
    words: &Words,
) -> Vec<Notice> {
    let mut found = Vec::new();
    for record in records {
        if let Event::UndoFailed { node } = &record.event {
            let values = [("title", &*clean(facts.title(node)))];
            found.push(notice(words, "undo-failed", &values, vec![record.seq]));
        }
    }
    if facts.interruptions > 0 {
        let resumed = |record: &&Record| matches!(record.event, Event::RunResumed { .. });
        let seqs = records.iter().filter(resumed).map(|record| record.seq).collect();
        found.push(notice(words, "interrupted", &[], seqs));
    }
    let missed = restored.filter(|claim| claim.met == Some(false));
    found.extend(missed.and_then(|claim| rto_notice("rto-missed", claim, words)));
    found.extend(
        reported.iter().filter(|blank| blank.met == Some(false)).map(|blank| blank_notice("objective", blank, words)),
    );
    found
}

/// Where the run left the runbook.
#[must_use]
pub fn deviations(records: &[Record], facts: &Facts<'_>, plan: Option<&Plan>, words: &Words) -> Vec<Notice> {
    let mut found = Vec::new();
    for record in records {
        let say = |key: &str, values: &[(&str, &str)]| notice(words, key, values, vec![record.seq]);
        match &record.event {
            Event::RunStarted(head) => {
                found.extend(head.start_at.iter().map(|step| say("start-at", &[("step", &clean(step))])));
                found.extend(head.until.iter().map(|step| say("until", &[("step", &clean(step))])));
            }
            Event::RunResumed { edited: true, .. } => found.push(say("edited-runbook", &[])),
            Event::RollbackStarted { reason, left, .. } => {
                found.push(say("rollback", &[("reason", &clean(reason))]));
                found.extend(left.iter().map(|what| say("not-undone", &[("what", &clean(what))])));
            }
            event => found.extend(step_deviation(event, facts, plan, words, &say)),
        }
    }
    found
}

/// Whether a person chose a way where the runbook has a condition to choose by.
fn overruled(plan: Option<&Plan>, node: &str) -> bool {
    let Some(node) = plan.and_then(|plan| plan.node(node)) else { return false };
    let conditions = matches!(&node.work, Work::Decision { options } if options.iter().any(|o| o.when.is_some()));
    conditions || node.draw.is_some()
}

/// Whether the runbook itself leaves it to people: then doing it by hand leaves nothing.
fn is_manual(plan: Option<&Plan>, node: &str) -> bool {
    plan.and_then(|plan| plan.node(node)).is_some_and(|node| !matches!(node.work, Work::Command(_)))
}

/// Says a notice of the record at hand.
type Say<'a> = dyn Fn(&str, &[(&str, &str)]) -> Notice + 'a;

fn step_deviation(
    event: &Event,
    facts: &Facts<'_>,
    plan: Option<&Plan>,
    words: &Words,
    say: &Say<'_>,
) -> Option<Notice> {
    let node = event.node()?;
    let title = facts.steps.iter().find(|step| step.node == node).map_or(node, |step| step.title);
    let title = ("title", &*clean(title));
    let notice = match event {
        Event::StepStarted { edited: true, .. } => say("edited-command", &[title]),
        Event::StepSucceeded { how: How::ByHand, .. } if !is_manual(plan, node) => say("by-hand", &[title]),
        Event::Skipped { reason, automatic: false, .. } => say("skipped", &[title, ("reason", &clean(reason))]),
        Event::StepFailed { cause, retry_ms, .. } => {
            let key = if retry_ms.is_some() { "retried" } else { "failure" };
            say(key, &[title, ("cause", &cause_words(cause, words))])
        }
        Event::Overdue { planned_ms, .. } => say("overdue", &[title, ("planned", &duration(*planned_ms, words))]),
        Event::OutcomeUnknown { reason, .. } => say("unknown", &[title, ("reason", &clean(reason))]),
        Event::Decided { because: None, label, .. } if overruled(plan, node) => {
            say("overruled", &[title, ("label", &clean(label))])
        }
        _ => return None,
    };
    Some(notice)
}
