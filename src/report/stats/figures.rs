//! The four figures: time between failures, time to recover, objectives kept, tests that succeeded.

use crate::report::summary::{Kind, Source, Summary};
use crate::report::text::between;
use serde::Serialize;

/// Hours in a month, whatever month it is: months are compared with one another.
const MONTH_HOURS: f64 = 30.0 * 24.0;

/// Figures of some runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    /// How many.
    pub runs: usize,
    /// Incidents of severity P0 and P1.
    pub incidents: Incidents,
    /// Tests of the recovery.
    pub tests: Tests,
    /// Runs in which nothing was done.
    pub tabletops: usize,
    /// Incidents of another severity, or of none.
    pub minor_incidents: usize,
    /// Planned work, and what cannot be told.
    pub others: usize,
}

/// Incidents.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Incidents {
    /// How many.
    pub count: usize,
    /// Of these, without a run that was completed.
    pub unresolved: usize,
    /// Mean time between failures, in hours.
    pub mtbf_hours: Option<f64>,
    /// Mean time to recover.
    pub mttr: Option<Mttr>,
    /// The recovery time against its objective.
    pub rto: Rto,
}

/// Times to recover, in minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Mttr {
    /// The mean.
    pub mean_minutes: f64,
    /// The shortest.
    pub best_minutes: f64,
    /// The longest.
    pub worst_minutes: f64,
}

/// Recovery times against their objectives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Rto {
    /// Runs whose recovery time a monitor measured.
    pub measured: usize,
    /// Runs whose recovery time a person filled in.
    pub said: usize,
    /// Runs of which nobody knows it.
    pub unknown: usize,
    /// Runs with a known time and an objective.
    pub judged: usize,
    /// Of these, within the objective.
    pub met: usize,
    /// In per cent of those judged.
    pub rate: Option<f64>,
}

/// Tests of the recovery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Tests {
    /// Those that ended.
    pub count: usize,
    /// Those that did not end yet.
    pub open: usize,
    /// Those that succeeded.
    pub succeeded: usize,
    /// In per cent of those that ended.
    pub success_rate: Option<f64>,
    /// The recovery time against its objective.
    pub rto: Rto,
}

impl Figures {
    /// Of runs, oldest first. The time between failures is the mean from each incident to the next.
    #[must_use]
    pub fn of(runs: &[&Summary]) -> Self {
        let kind = |kind: Kind| runs.iter().copied().filter(move |run| run.kind() == kind);
        let (major, minor): (Vec<&Summary>, Vec<&Summary>) = kind(Kind::Incident).partition(|run| run.is_major());
        Self {
            runs: runs.len(),
            incidents: Incidents::of(&major),
            tests: Tests::of(&kind(Kind::Test).collect::<Vec<_>>()),
            tabletops: kind(Kind::Tabletop).count(),
            minor_incidents: minor.len(),
            others: kind(Kind::Other).count(),
        }
    }

    /// Of one month's runs. The time between failures is the month's hours by the number of incidents.
    #[must_use]
    pub fn of_month(runs: &[&Summary]) -> Self {
        let mut figures = Self::of(runs);
        let count = figures.incidents.count;
        figures.incidents.mtbf_hours = (count > 0).then(|| tenth(MONTH_HOURS / float(count)));
        figures
    }
}

impl Incidents {
    fn of(runs: &[&Summary]) -> Self {
        let minutes = |run: &&Summary| {
            let ms = between(run.detected(), run.resolved()?);
            u32::try_from(ms / 1000).ok().map(|seconds| f64::from(seconds) / 60.0)
        };
        let times: Vec<f64> = runs.iter().filter_map(minutes).collect();
        let mttr = (!times.is_empty()).then(|| Mttr {
            mean_minutes: hundredth(times.iter().sum::<f64>() / float(times.len())),
            best_minutes: hundredth(times.iter().copied().fold(f64::INFINITY, f64::min)),
            worst_minutes: hundredth(times.iter().copied().fold(0.0, f64::max)),
        });
        Self {
            count: runs.len(),
            unresolved: runs.len() - times.len(),
            mtbf_hours: gaps(runs),
            mttr,
            rto: Rto::of(runs),
        }
    }
}

/// The mean time from one incident to the next.
fn gaps(runs: &[&Summary]) -> Option<f64> {
    let mut times: Vec<_> = runs.iter().map(|run| run.detected()).collect();
    times.sort_unstable();
    let (first, last) = (times.first()?, times.last()?);
    let seconds = u32::try_from(between(*first, *last) / 1000).ok()?;
    (times.len() > 1).then(|| tenth(f64::from(seconds) / 3600.0 / float(times.len() - 1)))
}

impl Rto {
    fn of(runs: &[&Summary]) -> Self {
        let from = |source| runs.iter().filter(|run| run.rto.is_some_and(|rto| rto.source == source)).count();
        let (measured, said) = (from(Source::Measured), from(Source::Said));
        let judged: Vec<bool> = runs.iter().filter_map(|run| run.rto?.met).collect();
        let met = judged.iter().filter(|met| **met).count();
        Self {
            measured,
            said,
            unknown: runs.len() - measured - said,
            judged: judged.len(),
            met,
            rate: rate(met, judged.len()),
        }
    }
}

impl Tests {
    fn of(runs: &[&Summary]) -> Self {
        let ended = runs.iter().filter(|run| run.outcome.is_some()).count();
        let good = |run: &&&Summary| run.resolved().is_some() && !run.refused;
        let succeeded = runs.iter().filter(good).count();
        // A rehearsal that only reads has no outage to recover from.
        let broke: Vec<&Summary> = runs.iter().copied().filter(|run| run.recovers()).collect();
        Self {
            count: ended,
            open: runs.len() - ended,
            succeeded,
            success_rate: rate(succeeded, ended),
            rto: Rto::of(&broke),
        }
    }
}

/// In per cent, to two places.
fn rate(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| hundredth(100.0 * float(part) / float(whole)))
}

/// Numbers of runs are small.
#[allow(clippy::cast_precision_loss)]
pub(super) fn float(count: usize) -> f64 {
    count as f64
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn hundredth(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
