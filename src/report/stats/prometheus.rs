//! The figures for Prometheus: text format 0.0.4. What is unknown has no sample.

use super::figures::float;
use super::{Figures, Rto, SlowStep, Stats};
use std::collections::BTreeMap;
use std::fmt::Write;

/// One metric: its name, what it says, its samples.
struct Metric {
    name: &'static str,
    help: &'static str,
    samples: Vec<(String, f64)>,
}

/// The figures, as a text-file collector or a scrape takes them.
#[must_use]
pub fn prometheus(stats: &Stats) -> String {
    let mut text = String::new();
    for metric in metrics(stats) {
        if metric.samples.is_empty() {
            continue;
        }
        let Metric { name, help, samples } = metric;
        text.push_str(&format!("# HELP runbook_{name} {help}\n# TYPE runbook_{name} gauge\n"));
        for (labels, value) in samples {
            // Writing to a string cannot fail.
            writeln!(text, "runbook_{name}{labels} {value}").unwrap_or_default();
        }
    }
    text
}

/// `{a="1",b="2"}`.
fn labels(pairs: &[(&str, &str)]) -> String {
    let escape = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let inner: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    format!("{{{}}}", inner.join(","))
}

/// A sample of a runbook, with the labels beside the runbook's.
type Sample = (Vec<(&'static str, &'static str)>, f64);

fn metrics(stats: &Stats) -> Vec<Metric> {
    let mut metrics = counts(stats);
    metrics.extend(shares(stats));
    metrics.extend(insides(stats));
    metrics
}

/// One metric with samples of each runbook.
fn each(stats: &Stats, name: &'static str, help: &'static str, of: fn(&Figures) -> Vec<Sample>) -> Metric {
    let mut samples = Vec::new();
    for runbook in &stats.runbooks {
        for (more, value) in of(&runbook.figures) {
            let mut pairs = vec![("runbook", runbook.id.as_str())];
            pairs.extend(more);
            samples.push((labels(&pairs), value));
        }
    }
    Metric { name, help, samples }
}

/// A sample without labels of its own, if it is known.
fn one(value: Option<f64>) -> Vec<Sample> {
    value.map(|value| (vec![], value)).into_iter().collect()
}

fn counts(stats: &Stats) -> Vec<Metric> {
    let kinds = |f: &Figures| -> Vec<Sample> {
        let kinds = [
            ("incident", f.incidents.count),
            ("minor_incident", f.minor_incidents),
            ("test", f.tests.count + f.tests.open),
            ("tabletop", f.tabletops),
            ("other", f.others),
        ];
        kinds.map(|(kind, runs)| (vec![("kind", kind)], float(runs))).into()
    };
    let mttr = |f: &Figures| -> Vec<Sample> {
        let of = |m: super::Mttr| [("mean", m.mean_minutes), ("best", m.best_minutes), ("worst", m.worst_minutes)];
        let sample = |(name, minutes): (&'static str, f64)| (vec![("stat", name)], (minutes * 60.0).round());
        f.incidents.mttr.map(of).into_iter().flatten().map(sample).collect()
    };
    vec![
        each(stats, "runs", "Runs, by what they were for.", kinds),
        each(stats, "mtbf_seconds", "Mean time between incidents of severity P0 and P1.", |f| {
            one(f.incidents.mtbf_hours.map(|hours| hours * 3600.0))
        }),
        each(stats, "mttr_seconds", "Time to recover from incidents of severity P0 and P1.", mttr),
        each(stats, "incidents_unresolved", "Incidents without a run that was completed.", |f| {
            one(Some(float(f.incidents.unresolved)))
        }),
    ]
}

fn shares(stats: &Stats) -> Vec<Metric> {
    let known = |f: &Figures| -> Vec<Sample> {
        let of = |(rto, kind): (Rto, &'static str)| {
            let known = [("measured", rto.measured), ("said", rto.said), ("unknown", rto.unknown)];
            known.map(|(source, runs)| (vec![("kind", kind), ("source", source)], float(runs)))
        };
        both(f).into_iter().flat_map(of).collect()
    };
    let met = |f: &Figures| -> Vec<Sample> {
        let of = |(rto, kind): (Rto, &'static str)| rto.rate.map(|rate| (vec![("kind", kind)], rate / 100.0));
        both(f).into_iter().filter_map(of).collect()
    };
    vec![
        each(stats, "rto_runs", "Runs by who says their recovery time.", known),
        each(stats, "rto_met_ratio", "Known recovery times within their objective.", met),
        each(stats, "test_success_ratio", "Tests of the recovery that succeeded, of those that ended.", |f| {
            one(f.tests.success_rate.map(|rate| rate / 100.0))
        }),
    ]
}

fn both(figures: &Figures) -> [(Rto, &'static str); 2] {
    [(figures.incidents.rto, "incident"), (figures.tests.rto, "test")]
}

fn insides(stats: &Stats) -> Vec<Metric> {
    let step = |which: &'static str, of: fn(&SlowStep) -> u64| {
        stats.slowest_steps.iter().map(move |step| {
            let pairs = [("runbook", step.runbook.as_str()), ("step", step.step.as_str()), ("quantile", which)];
            (labels(&pairs), seconds(of(step)))
        })
    };
    let mut never = BTreeMap::new();
    for branch in &stats.branches_never_taken {
        *never.entry(branch.runbook.as_str()).or_insert(0) += 1;
    }
    let metric = |name, help, samples| Metric { name, help, samples };
    vec![
        metric(
            "last_run_timestamp_seconds",
            "When the runbook was last begun.",
            stats.runbooks.iter().map(|r| (labels(&[("runbook", &r.id)]), epoch(r.last))).collect(),
        ),
        metric(
            "step_duration_seconds",
            "How long the slowest steps take.",
            step("0.5", |s| s.median_ms).chain(step("0.9", |s| s.p90_ms)).collect(),
        ),
        metric(
            "branches_never_taken",
            "Ways on that no live run and no simulation has taken.",
            never.into_iter().map(|(id, number)| (labels(&[("runbook", id)]), f64::from(number))).collect(),
        ),
        metric(
            "journals_skipped",
            "Journals that cannot be read or do not verify.",
            vec![(String::new(), float(stats.skipped.len()))],
        ),
    ]
}

fn seconds(ms: u64) -> f64 {
    u32::try_from(ms).map_or(f64::from(u32::MAX), f64::from) / 1000.0
}

/// Whole seconds of this century fit.
#[allow(clippy::cast_precision_loss)]
fn epoch(at: jiff::Timestamp) -> f64 {
    at.as_second() as f64
}
