//! Figures over many runs: how often things break, how long they stay broken, whether the tests of the recovery succeed.
//!
//! Each figure is defined in `docs/reports.md`. What the runs do not say is counted as unknown.

mod branches;
mod figures;
mod prometheus;
mod sheet;

pub use branches::{Branch, SlowStep};
pub use figures::{Figures, Incidents, Mttr, Rto, Tests};
pub use prometheus::prometheus;
pub use sheet::sheet;

use super::summary::Summary;
use crate::plan::model::Plan;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use std::collections::BTreeMap;

/// Which runs count.
#[derive(Debug, Clone, Default)]
pub struct Window {
    /// Begun then or later.
    pub since: Option<Timestamp>,
    /// Begun before.
    pub until: Option<Timestamp>,
    /// Of this runbook.
    pub runbook: Option<String>,
    /// The present.
    pub now: Timestamp,
    /// How many slow steps.
    pub top: usize,
}

impl Window {
    /// Whether a run counts.
    #[must_use]
    pub fn holds(&self, run: &Summary) -> bool {
        self.since.is_none_or(|since| run.began >= since)
            && self.until.is_none_or(|until| run.began < until)
            && self.runbook.as_ref().is_none_or(|id| run.runbook.eq_ignore_ascii_case(id))
    }
}

/// A journal that tells nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// Its run.
    pub run: String,
    /// Why.
    pub reason: String,
}

/// A month, in UTC.
#[derive(Debug, Clone, Serialize)]
pub struct Month {
    /// `2026-11`.
    pub month: String,
    /// Whether all of it lies in the past and within the window.
    pub complete: bool,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// One runbook.
#[derive(Debug, Clone, Serialize)]
pub struct PerRunbook {
    /// Its id.
    pub id: String,
    /// Its title, as the last run knew it.
    pub title: String,
    /// When it was last begun.
    pub last: Timestamp,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// All of it.
#[derive(Debug, Clone, Serialize)]
pub struct Stats {
    /// From when.
    pub since: Option<Timestamp>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Of everything.
    pub total: Figures,
    /// Newest first.
    pub months: Vec<Month>,
    /// In order of their ids.
    pub runbooks: Vec<PerRunbook>,
    /// The slowest first.
    pub slowest_steps: Vec<SlowStep>,
    /// Ways on that nobody has taken for real.
    pub branches_never_taken: Vec<Branch>,
    /// How many ways on the runbooks have.
    pub branches: usize,
    /// Runbooks whose text, as stored with their last run, cannot be read any more: nothing is known of their branches.
    pub unplanned: Vec<String>,
    /// Runs in which nothing is recorded.
    pub empty: usize,
    /// Journals that cannot be read or do not verify; they are in no figure.
    pub skipped: Vec<Unread>,
}

/// Counts. `plan_of` gives the plan of the text that a run followed.
#[must_use]
pub fn stats(runs: &[Summary], window: &Window, plan_of: impl Fn(&Summary) -> Option<Plan>) -> Stats {
    let mut runs: Vec<&Summary> = runs.iter().filter(|run| window.holds(run)).collect();
    runs.sort_by(|a, b| a.began.cmp(&b.began).then_with(|| a.run.cmp(&b.run)));
    let mut by_month: BTreeMap<String, Vec<&Summary>> = BTreeMap::new();
    let mut by_runbook: BTreeMap<&str, Vec<&Summary>> = BTreeMap::new();
    for run in &runs {
        by_month.entry(month_of(run.began)).or_default().push(run);
        by_runbook.entry(&run.runbook).or_default().push(run);
    }
    let plans: BTreeMap<&str, Option<Plan>> =
        by_runbook.iter().map(|(id, runs)| (*id, runs.last().and_then(|last| plan_of(last)))).collect();
    let (branches, branches_never_taken) = branches::never_taken(&by_runbook, &plans);
    let month = |(month, runs): (String, Vec<&Summary>)| Month {
        complete: is_complete(&month, window),
        month,
        figures: Figures::of_month(&runs),
    };
    Stats {
        since: window.since,
        until: window.until,
        total: Figures::of(&runs),
        months: by_month.into_iter().rev().map(month).collect(),
        slowest_steps: branches::slowest(&by_runbook, &plans, window.top),
        branches_never_taken,
        branches,
        unplanned: plans.iter().filter(|(_, plan)| plan.is_none()).map(|(id, _)| (*id).to_owned()).collect(),
        runbooks: by_runbook.into_iter().filter_map(|(id, runs)| per_runbook(id, &runs)).collect(),
        empty: 0,
        skipped: Vec::new(),
    }
}

fn per_runbook(id: &str, runs: &[&Summary]) -> Option<PerRunbook> {
    let last = runs.last()?;
    Some(PerRunbook { id: id.to_owned(), title: last.title.clone(), last: last.began, figures: Figures::of(runs) })
}

fn month_of(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m").to_string()
}

/// Whether no run of that month can be missing: neither to come nor cut off.
fn is_complete(month: &str, window: &Window) -> bool {
    let starts_in = window.since.is_some_and(|since| month_of(since) == month && !is_first_instant(since));
    let ends_in = window.until.is_some_and(|until| month_of(until) == month);
    !starts_in && !ends_in && month_of(window.now) != month
}

fn is_first_instant(at: Timestamp) -> bool {
    at.to_zoned(TimeZone::UTC).strftime("%d %H:%M:%S%.f").to_string() == "01 00:00:00"
}

/// As JSON.
///
/// # Errors
/// When it cannot be written, which does not happen for this type.
pub fn to_json(stats: &Stats) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(stats)
}
