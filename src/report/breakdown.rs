//! Where the time to restored service went: detection, decision, recovery, validation. The four add up to the whole.

use super::facts::{Facts, Roles, StepFacts};
use super::objective::Objective;
use super::text::duration;
use super::words::Words;
use crate::plan::model::RecoveryPhase;
use serde::Serialize;

/// The four phases in their order.
const PHASES: [&str; 4] = ["detection", "decision", "recovery", "validation"];

/// The breakdown.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Breakdown {
    /// Always all four, in order; none when nothing was timed.
    pub parts: Vec<Part>,
    /// Their sum.
    pub total: String,
    /// Why there is none; empty when there is one.
    pub why: String,
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// `detection`, `decision`, `recovery`, `validation`.
    pub key: &'static str,
    /// The same in words.
    pub name: String,
    /// How long.
    pub took: String,
    /// The same, in milliseconds.
    pub ms: u64,
    /// Of the whole, in percent.
    pub share: u64,
    /// Where its bar begins, in thousandths of the whole.
    pub x: u64,
    /// How wide its bar is, likewise.
    pub width: u64,
    /// The first and the last record of it.
    pub seqs: Vec<u64>,
}

/// The phase that time at a node belongs to: gates and decisions are decisions wherever they stand.
fn phase_of(step: &StepFacts<'_>, roles: &Roles) -> usize {
    if step.gate || step.decision {
        return RecoveryPhase::Decision as usize;
    }
    roles.get(step.node).map_or(RecoveryPhase::Recovery, |role| RecoveryPhase::of_role(*role)) as usize
}

/// Splits the time that `rto` gives. Time before the first step is detection: nobody had the runbook open yet.
#[must_use]
pub fn breakdown(facts: &Facts<'_>, roles: Option<&Roles>, rto: &Objective, words: &Words) -> Breakdown {
    let (Some(total), Some(end), Some(roles)) = (rto.measured_ms, rto.end_ms, roles) else {
        return Breakdown { why: rto.method.clone(), ..Breakdown::default() };
    };
    let mut sums: [(u64, Vec<u64>); 4] = Default::default();
    let first = facts.visits.first().map_or(end, |(at, ..)| (*at).min(end));
    sums[0] = (total.saturating_sub(end) + first, vec![1]);
    for (index, (at, step, seq)) in facts.visits.iter().enumerate().filter(|(_, (at, ..))| *at < end) {
        let next = facts.visits.get(index + 1);
        let until = next.map_or(end, |(next, ..)| (*next).min(end));
        let last = next.filter(|(next, ..)| *next < end).map_or(rto.seq.unwrap_or(*seq), |(.., next)| next - 1);
        let (ms, seqs) = &mut sums[phase_of(&facts.steps[*step], roles)];
        *ms += until.saturating_sub(*at);
        seqs.push(*seq);
        seqs.push(last);
    }
    let mut x = 0;
    let whole = total.max(1);
    let part = |(index, (ms, seqs)): (usize, (u64, Vec<u64>))| {
        let begin = x;
        x += ms;
        let (first, last) = (seqs.iter().min().copied(), seqs.iter().max().copied());
        let mut seqs: Vec<u64> = first.into_iter().chain(last).collect();
        seqs.dedup();
        Part {
            key: PHASES[index],
            name: words.get(&format!("phase.{}", PHASES[index])).to_owned(),
            took: duration(ms, words),
            ms,
            share: (ms * 100 + whole / 2) / whole,
            x: begin * 1000 / whole,
            width: x * 1000 / whole - begin * 1000 / whole,
            seqs,
        }
    };
    let parts = sums.into_iter().enumerate().map(part).collect();
    Breakdown { parts, total: duration(total, words), why: String::new() }
}
