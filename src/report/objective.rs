//! Recovery objectives: what was measured, how, and what people reported.

use super::facts::{Facts, Roles, StepFacts, StepStanding};
use super::sentence::{actor_words, label_of};
use super::text::{between, clean, duration};
use super::words::Words;
use crate::engine::event::{Actor, Event};
use crate::journal::record::Record;
use crate::runbook::model::Role;
use serde::Serialize;

/// One objective.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Objective {
    /// The target in words.
    pub target: Option<String>,
    /// What was measured, in words.
    pub measured: Option<String>,
    /// The same, in milliseconds.
    pub measured_ms: Option<u64>,
    /// Where that ended, in milliseconds since the start of the run.
    pub end_ms: Option<u64>,
    /// The record of that end.
    pub seq: Option<u64>,
    /// From where to where; or why nothing was measured.
    pub method: String,
    /// Whether it was met.
    pub met: Option<bool>,
    /// The same, in words; empty when it cannot be said.
    pub judgement: String,
    /// What people filled in during the run.
    pub reported: Vec<Reported>,
}

/// A value that a person gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reported {
    /// The words before the blank.
    pub label: String,
    /// The value.
    pub value: String,
    /// The objective as written.
    pub objective: Option<String>,
    /// Whether it is met.
    pub met: Option<bool>,
    /// The same, in words; empty when there is no objective.
    pub judgement: String,
    /// Who.
    pub by: String,
    /// Whether a step of the runbook worked it out, and nobody typed it.
    pub captured: bool,
    /// Whether it is a figure: judged, a recovery objective by its name, or a number.
    pub figure: bool,
    /// The record.
    pub seq: u64,
}

/// Every blank that was filled.
#[must_use]
pub fn reported(records: &[Record], words: &Words) -> Vec<Reported> {
    let take = |record: &Record| match &record.event {
        Event::BlankFilled { label, value, objective, met, .. } => Some(Reported {
            label: label_of(label),
            value: clean(value),
            objective: objective.as_deref().map(clean),
            met: *met,
            judgement: if objective.is_some() { judgement(*met, words) } else { String::new() },
            by: actor_words(&record.actor, words),
            captured: matches!(record.actor, Actor::Engine),
            figure: objective.is_some()
                || ["RTO", "RPO"].iter().any(|name| speaks_of(label, name))
                || value.starts_with(|c: char| c.is_ascii_digit()),
            seq: record.seq,
        }),
        _ => None,
    };
    records.iter().filter_map(take).collect()
}

pub(super) fn judgement(met: Option<bool>, words: &Words) -> String {
    let key = match met {
        Some(true) => "judgement.met",
        Some(false) => "judgement.missed",
        None => "judgement.open",
    };
    words.get(key).to_owned()
}

/// Whether a blank's label speaks of this objective.
fn speaks_of(label: &str, name: &str) -> bool {
    label.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case(name))
}

/// The recovery time.
#[must_use]
pub fn rto(facts: &Facts<'_>, roles: Option<&Roles>, all: &[Reported], words: &Words) -> Objective {
    let target_s = facts.head.and_then(|head| head.rto_s);
    let (end, method) = match measure(facts, roles, words) {
        Ok((measured, end, seq, method)) => (Some((measured, end, seq)), method),
        Err(why) => (None, why),
    };
    let measured_ms = end.map(|(measured, ..)| measured);
    let met = measured_ms.zip(target_s).map(|(measured, target)| measured <= target.saturating_mul(1000));
    Objective {
        target: target_s.map(|target| duration(target * 1000, words)),
        measured: measured_ms.map(|measured| duration(measured, words)),
        measured_ms,
        end_ms: end.map(|(_, end, _)| end),
        seq: end.map(|(.., seq)| seq),
        method,
        met,
        judgement: met.map(|met| judgement(Some(met), words)).unwrap_or_default(),
        reported: all.iter().filter(|blank| speaks_of(&blank.label, "RTO")).cloned().collect(),
    }
}

/// The recovery point: only people can say it.
#[must_use]
pub fn rpo(facts: &Facts<'_>, all: &[Reported], words: &Words) -> Objective {
    Objective {
        target: facts.head.and_then(|head| head.rpo_s).map(|target| duration(target * 1000, words)),
        method: words.get("why.rpo").to_owned(),
        reported: all.iter().filter(|blank| speaks_of(&blank.label, "RPO")).cloned().collect(),
        ..Objective::default()
    }
}

/// From the declared start, else the run's, to the end of the last validation step; or why that is not known.
fn measure(facts: &Facts<'_>, roles: Option<&Roles>, words: &Words) -> Result<(u64, u64, u64, String), String> {
    let why = |key: &str| words.get(&format!("why.{key}")).to_owned();
    let count = |key: &str, count: usize| words.say(&format!("why.{key}"), &[("count", &count.to_string())]);
    if facts.is_rehearsal() {
        return Err(why("rehearsal"));
    }
    let roles = roles.ok_or_else(|| why("no-roles"))?;
    let validates = |step: &&StepFacts<'_>| roles.get(step.node) == Some(&Role::Validation);
    // The time it takes to fill a value in is not time without service.
    let steps: Vec<_> = facts.steps.iter().filter(validates).filter(|step| !step.blank).collect();
    let with = |standing| steps.iter().filter(|step| step.standing == standing).count();
    let (done, skipped) = (with(StepStanding::Done), with(StepStanding::Skipped));
    if done + skipped < steps.len() {
        return Err(count("not-validated", steps.len() - done - skipped));
    }
    let ends = steps.iter().filter(|step| step.standing == StepStanding::Done);
    let ends = ends.filter_map(|step| step.ended.zip(step.ended_seq));
    let (end, seq) = ends.map(|((_, offset), seq)| (offset, seq)).max().ok_or_else(|| why("no-validation"))?;
    let before = match (facts.incident, facts.began) {
        (Some(incident), Some(began)) => u64::try_from(between(incident, began)).map_err(|_| why("future"))?,
        _ => 0,
    };
    let mut method = why(if facts.incident.is_some() { "method-incident" } else { "method-run" });
    if skipped > 0 {
        method = format!("{method}; {}", count("skipped", skipped));
    }
    if facts.finished.is_none() {
        method = format!("{method}; {}", why("so-far"));
    }
    Ok((before + end, end, seq, method))
}
