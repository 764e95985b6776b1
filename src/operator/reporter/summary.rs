//! The end of a run: what was done, what was not and why, what is open, the objectives, and the next command to type.

use super::super::style::Style;
use super::super::text::{Line, Tone, prose, span};
use super::super::words::{Words, fill};
use crate::driver::ports::Standing;
use crate::engine::event::{Mode, Outcome};
use crate::engine::state::Phase;
use crate::plan::model::Path;
use crate::syntax::duration;
use std::time::Duration;

/// Lines of one kind before the rest is counted.
const MOST: usize = 10;

/// The end, and what only the reporter saw.
pub(super) struct Facts<'a> {
    pub outcome: Outcome,
    pub reason: &'a str,
    pub judged: &'a [(String, bool)],
    pub actions: &'a [String],
}

/// Steps of the procedure that are behind.
pub(super) fn behind(standing: &Standing<'_>) -> usize {
    let (plan, state) = (standing.plan, standing.state);
    let ended =
        |id: &str| state.nodes.get(id).is_some_and(|n| matches!(n.phase, Phase::Done { .. } | Phase::Skipped { .. }));
    plan.steps
        .iter()
        .filter(|s| !s.nodes.is_empty() && s.nodes.iter().all(|i| ended(&plan.nodes[*i].id)))
        .filter(|s| s.nodes.first().is_some_and(|i| plan.nodes[*i].path == Path::Forward))
        .count()
}

/// What each node came to.
#[derive(Default)]
struct Counts {
    done: usize,
    skipped: Vec<String>,
    failed: Vec<String>,
    open: Vec<String>,
}

fn count(standing: &Standing<'_>, words: &Words) -> Counts {
    let plan = standing.plan;
    let mut counts = Counts::default();
    for node in &plan.nodes {
        let Some(state) = standing.state.nodes.get(&node.id) else { continue };
        let name = format!("{} {}", plan.step_of(node).number, node.title);
        let name = name.trim();
        match &state.phase {
            Phase::Done { .. } => counts.done += 1,
            Phase::Skipped { reason } => counts.skipped.push(words.pair(name, reason)),
            Phase::Failed { cause } => counts.failed.push(words.pair(name, &words.cause(cause))),
            Phase::Unknown { reason } => counts.open.push(words.pair(name, &words.pair(words.ask_unknown, reason))),
            Phase::Reached | Phase::Running | Phase::Retrying { .. } => counts.open.push(name.to_owned()),
        }
    }
    counts
}

pub(super) fn lines(facts: &Facts<'_>, standing: &Standing<'_>, words: &Words, style: &Style) -> Vec<Line> {
    let Facts { outcome, reason, .. } = *facts;
    let mut out = vec![Line::new(), Line::of(Tone::Dim, &style.symbols().rule.repeat(style.width))];
    let tone = match outcome {
        Outcome::Completed => Tone::Good,
        Outcome::RolledBack | Outcome::Aborted => Tone::Warn,
        Outcome::Failed | Outcome::Stuck => Tone::Bad,
    };
    let head = standing.state.head.as_ref();
    let run = head.map_or("", |h| h.run.as_str());
    let mut first = words.pair(&format!("{} {run}", words.run), words.outcome(outcome));
    if !reason.is_empty() {
        first = words.pair(&first, reason);
    }
    prose(&mut out, 0, tone, &first, style);
    let counts = count(standing, words);
    let listed = |out: &mut Vec<Line>, tone: Tone, pattern: &str, items: &[String]| {
        if items.is_empty() {
            return;
        }
        prose(out, 2, tone, &fill(pattern, &[&items.len().to_string()]), style);
        for item in items.iter().take(MOST) {
            prose(out, 4, Tone::Plain, item, style);
        }
        if items.len() > MOST {
            prose(out, 4, Tone::Dim, &fill(words.end_more, &[&(items.len() - MOST).to_string()]), style);
        }
    };
    prose(&mut out, 2, Tone::Plain, &fill(words.end_done, &[&counts.done.to_string()]), style);
    listed(&mut out, Tone::Warn, words.end_skipped, &counts.skipped);
    listed(&mut out, Tone::Bad, words.end_failed_steps, &counts.failed);
    let mut open = counts.open;
    open.extend_from_slice(facts.actions);
    listed(&mut out, Tone::Warn, words.end_open, &open);
    objectives(&mut out, facts, standing, words, style);
    let next: &[&str] = match outcome {
        _ if head.is_some_and(|h| h.mode == Mode::Tabletop) => &["timeline"],
        Outcome::Completed | Outcome::RolledBack => &["postmortem"],
        Outcome::Failed | Outcome::Aborted => &["rollback", "postmortem"],
        Outcome::Stuck => &["show", "postmortem"],
    };
    for command in next {
        let text = fill(words.end_next, &[&format!("runbook {command} {run}")]);
        prose(&mut out, 2, Tone::Strong, &text, style);
    }
    out
}

/// Whether a variable says how long it took: `rto_measured` with `4 min` does, `rpo_command` and `rto_wanted` do not.
fn is_figure(variable: &str, value: &str, name: &str) -> bool {
    const NOT_MEASURED: [&str; 9] =
        ["wanted", "target", "objective", "limit", "cible", "objectif", "vise", "voulu", "limite"];
    let words: Vec<String> = variable.split('_').map(str::to_lowercase).collect();
    let figure = duration::parse(value).is_some() || value.trim().parse::<f64>().is_ok();
    figure && words.iter().any(|w| w == name) && !words.iter().any(|w| NOT_MEASURED.contains(&w.as_str()))
}

/// Time against the objectives.
fn objectives(out: &mut Vec<Line>, facts: &Facts<'_>, standing: &Standing<'_>, words: &Words, style: &Style) {
    let whole =
        |time: Duration| if time.as_secs() == 0 { span(time) } else { span(Duration::from_secs(time.as_secs())) };
    let took = whole(standing.elapsed);
    let head = standing.state.head.as_ref();
    // A rehearsal's time says nothing about the objective.
    let real = head.filter(|h| matches!(h.mode, Mode::Live | Mode::Simulation));
    prose(out, 2, Tone::Plain, &fill(words.end_took, &[&took]), style);
    // How long the run took is not how long the service was away: only what was measured is set against an objective.
    let measured = |name: &str| {
        let variables = &standing.state.variables;
        variables.iter().find_map(|(n, v)| v.as_deref().filter(|v| is_figure(n, v, name)))
    };
    let objectives =
        [(real.and_then(|h| h.rto_s), "rto", words.end_rto), (real.and_then(|h| h.rpo_s), "rpo", words.end_rpo)];
    for (target, name, text) in objectives {
        if let Some(target) = target {
            let found =
                measured(name).map_or_else(|| words.end_not_measured.to_owned(), |v| fill(words.end_measured, &[v]));
            prose(out, 2, Tone::Plain, &fill(text, &[&span(Duration::from_secs(target)), &found]), style);
        }
    }
    for (text, met) in facts.judged {
        prose(out, 2, if *met { Tone::Good } else { Tone::Bad }, text, style);
    }
}

#[cfg(test)]
mod tests {
    use super::is_figure;

    #[test]
    fn only_what_was_measured_is_set_against_an_objective() {
        for (variable, value) in
            [("rto_measured", "4 min"), ("rto_mesure", "72.5s"), ("rto", "90s"), ("temps_rto", "0")]
        {
            assert!(is_figure(variable, value, "rto"), "{variable} {value}");
        }
        for (variable, value) in
            [("rto_command", "/bin/rto"), ("rto_wanted", "30 min"), ("cartons", "5"), ("rto_measured", "unknown")]
        {
            assert!(!is_figure(variable, value, "rto"), "{variable} {value}");
        }
    }
}
