//! How long each step took people, and how long machines. `docs/post-mortem.md` defines the four columns.

use super::facts::{Facts, StepFacts};
use super::text::{clean, duration};
use super::words::Words;
use crate::engine::event::How;
use crate::plan::model::{Plan, Work};
use serde::Serialize;

/// Milliseconds of one step, by what they went into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// People read, thought, typed.
    pub reading: u64,
    /// People were waited for at a gate.
    pub gates: u64,
    /// Commands ran.
    pub executing: u64,
    /// A condition, or the next try, was waited for.
    pub waiting: u64,
}

impl Times {
    /// Of a step. Without the plan, waiting for a condition cannot be told from executing.
    #[must_use]
    pub fn of(step: &StepFacts<'_>, plan: Option<&Plan>) -> Self {
        let work = plan.and_then(|plan| plan.node(step.node)).map(|node| &node.work);
        let polls = matches!(work, Some(Work::Command(command)) if command.options.until.is_some());
        let gate = step.gate || matches!(work, Some(Work::Gate { .. }));
        Self {
            reading: if gate { 0 } else { step.people_ms },
            gates: if gate { step.people_ms } else { 0 },
            executing: if polls { 0 } else { step.machine_ms },
            waiting: step.pause_ms + if polls { step.machine_ms } else { 0 },
        }
    }

    /// Of all steps.
    #[must_use]
    pub fn sum(facts: &Facts<'_>, plan: Option<&Plan>) -> Self {
        facts.steps.iter().map(|step| Self::of(step, plan)).fold(Self::default(), |sum, times| Self {
            reading: sum.reading + times.reading,
            gates: sum.gates + times.gates,
            executing: sum.executing + times.executing,
            waiting: sum.waiting + times.waiting,
        })
    }

    /// All of it.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.reading + self.gates + self.executing + self.waiting
    }
}

/// A step and its times.
#[derive(Debug, Clone, Serialize)]
pub struct StepLine {
    /// Its title.
    pub title: String,
    /// Where it stands, in words.
    pub standing: String,
    /// Time people read and typed; empty when there was none.
    pub reading: String,
    /// Time at a gate; likewise.
    pub gates: String,
    /// Time its command ran; likewise.
    pub executing: String,
    /// Time a condition or the next try was waited for; likewise.
    pub waiting: String,
    /// Tries.
    pub tries: u32,
    /// The fact that matters.
    pub result: String,
    /// The records of its beginning and its end.
    pub seqs: Vec<u64>,
}

/// Every step that the run was at.
#[must_use]
pub fn lines(facts: &Facts<'_>, plan: Option<&Plan>, words: &Words) -> Vec<StepLine> {
    let shown = |ms: u64| if ms > 0 { duration(ms, words) } else { String::new() };
    let line = |step: &StepFacts<'_>| {
        let times = Times::of(step, plan);
        let ran = times.executing == 0 && times.waiting == 0 && step.how == Some(How::Ran);
        StepLine {
            title: clean(step.title),
            standing: words.get(&format!("step.{}", step.standing.key())).to_owned(),
            reading: shown(times.reading),
            gates: shown(times.gates),
            executing: if ran { duration(0, words) } else { shown(times.executing) },
            waiting: shown(times.waiting),
            tries: step.tries,
            result: clean(step.result),
            seqs: std::iter::once(step.seq).chain(step.ended_seq.filter(|end| *end != step.seq)).collect(),
        }
    };
    facts.steps.iter().map(line).collect()
}
