//! What happens within runbooks: ways on that nobody takes, steps that take long.

use super::figures::float;
use crate::plan::model::{Plan, Work};
use crate::report::summary::Summary;
use crate::report::text::clean;
use serde::Serialize;
use std::collections::BTreeMap;

type ByRunbook<'a> = BTreeMap<&'a str, Vec<&'a Summary>>;
type Plans<'a> = BTreeMap<&'a str, Option<Plan>>;

/// A way on from a decision that nobody has taken for real.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Branch {
    /// The runbook.
    pub runbook: String,
    /// The decision's node.
    pub step: String,
    /// What it asks.
    pub title: String,
    /// Its line in the text of the last run.
    pub line: usize,
    /// The way on.
    pub label: String,
    /// How many rehearsals (tabletop, walkthrough) took it.
    pub rehearsed: usize,
}

/// How long a step takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlowStep {
    /// The runbook.
    pub runbook: String,
    /// Its node.
    pub step: String,
    /// Its title, if the stored text can be read.
    pub title: Option<String>,
    /// In how many runs it was done.
    pub runs: usize,
    /// Half of the runs took no longer, in milliseconds.
    pub median_ms: u64,
    /// Nine of ten runs took no longer.
    pub p90_ms: u64,
    /// How much of the time people had the word, in per cent.
    pub people_percent: f64,
}

/// How many branches there are, and those that no simulation and no live run took.
pub(super) fn never_taken(runs: &ByRunbook<'_>, plans: &Plans<'_>) -> (usize, Vec<Branch>) {
    let mut all = 0;
    let mut never = Vec::new();
    for (id, plan) in plans {
        let (Some(plan), Some(runs)) = (plan, runs.get(id)) else { continue };
        let mut taken: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
        for run in runs {
            for (node, label) in &run.chosen {
                let (real, rehearsed) = taken.entry((node, label)).or_default();
                *(if run.recovers() { real } else { rehearsed }) += 1;
            }
        }
        for node in &plan.nodes {
            let Work::Decision { options } = &node.work else { continue };
            for option in options {
                all += 1;
                let (real, rehearsed) =
                    taken.get(&(node.id.as_str(), option.label.as_str())).copied().unwrap_or_default();
                if real == 0 {
                    never.push(Branch {
                        runbook: (*id).to_owned(),
                        step: node.id.clone(),
                        title: clean(&node.title),
                        line: node.line,
                        label: clean(&option.label),
                        rehearsed,
                    });
                }
            }
        }
    }
    (all, never)
}

/// The steps with the longest median. Rehearsals are left out: nothing takes time in them.
pub(super) fn slowest(runs: &ByRunbook<'_>, plans: &Plans<'_>, top: usize) -> Vec<SlowStep> {
    let mut slow = Vec::new();
    for (id, runs) in runs {
        let mut steps: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
        for (node, people, machine) in runs.iter().filter(|run| run.recovers()).flat_map(|run| &run.steps) {
            steps.entry(node).or_default().push((*people, *machine));
        }
        let plan = plans.get(id).and_then(Option::as_ref);
        slow.extend(steps.into_iter().map(|(node, times)| slow_step(id, node, &times, plan)));
    }
    slow.sort_by(|a, b| b.median_ms.cmp(&a.median_ms).then_with(|| b.p90_ms.cmp(&a.p90_ms)));
    slow.truncate(top);
    slow
}

fn slow_step(id: &str, node: &str, times: &[(u64, u64)], plan: Option<&Plan>) -> SlowStep {
    let mut sums: Vec<u64> = times.iter().map(|(people, machine)| people + machine).collect();
    sums.sort_unstable();
    let middle = sums.len() / 2;
    let median =
        if sums.len().is_multiple_of(2) { u64::midpoint(sums[middle - 1], sums[middle]) } else { sums[middle] };
    let people: u64 = times.iter().map(|(people, _)| people).sum();
    let all: u64 = sums.iter().sum();
    let share =
        |part: u64, all: u64| float(usize::try_from(part).unwrap_or(0)) / float(usize::try_from(all).unwrap_or(1));
    SlowStep {
        runbook: id.to_owned(),
        step: node.to_owned(),
        title: plan.and_then(|plan| plan.node(node)).map(|node| clean(&node.title)),
        runs: sums.len(),
        median_ms: median,
        // The nearest rank: a time that was really taken.
        p90_ms: sums[(sums.len() * 9).div_ceil(10) - 1],
        people_percent: if all == 0 { 0.0 } else { (share(people, all) * 1000.0).round() / 10.0 },
    }
}
