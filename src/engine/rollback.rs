//! The way back: which steps are undone, in which order, and what cannot be.

use super::Context;
use super::event::{Event, UndoRound};
use super::rounds::Rounds;
use super::state::{Phase, RunState};
use crate::plan::call::CALLED_BACK;
use crate::plan::model::{Node, Path, Plan, PlanStep, Work};
use crate::runbook::model::{Effect, Interpreter};
use std::collections::{HashMap, HashSet};

/// What a rollback entered now would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WayBack {
    /// Node ids, in order: compensations last-in-first-out, then the documented rollback section.
    pub queue: Vec<String>,
    /// What cannot be undone, and why, in words.
    pub left: Vec<String>,
    /// Which of the queue take back what was done for one of several.
    pub rounds: Vec<UndoRound>,
}

/// Whether the point of no return is behind, or may be, and how many nodes had ended before it.
///
/// A pivot that was started and failed, or whose outcome nobody knows, may have happened: it counts as passed. Only one that
/// never began does not.
#[must_use]
pub fn pivot(plan: &Plan, state: &RunState) -> Option<usize> {
    if let Some((_, before)) = &state.pivot {
        return Some(*before);
    }
    if let Some(start) = state.head.as_ref().and_then(|h| h.start_at.as_ref()).and_then(|id| plan.by_id.get(id))
        && plan.nodes[..*start].iter().any(|n| n.pivot && n.path == Path::Forward && state.node(&n.id).is_none())
    {
        // The run began behind it: somebody passed it before, or chose to leave it out. Only this run's own steps are undone.
        return Some(0);
    }
    let started = plan.nodes.iter().filter(|n| n.pivot).any(|n| {
        state.node(&n.id).is_some_and(|s| match &s.phase {
            Phase::Running | Phase::Unknown { .. } | Phase::Retrying { .. } => true,
            Phase::Failed { .. } => s.touched,
            _ => false,
        })
    });
    started.then_some(state.done.len())
}

/// Works out the way back from here.
#[must_use]
pub fn way_back(plan: &Plan, state: &RunState) -> WayBack {
    let mut way = WayBack::default();
    let pivot = pivot(plan, state);
    let undone: HashSet<&str> = plan
        .nodes
        .iter()
        .filter(|n| n.path != Path::Forward)
        .filter(|n| matches!(state.node(&n.id).map(|s| &s.phase), Some(Phase::Done { .. })))
        .map(|n| n.id.as_str())
        .collect();
    let after = pivot.map_or(0, |before| before.min(state.done.len()));
    let (rounds, mut named) = (Rounds::new(plan, state), HashMap::new());
    let mut seen = HashSet::new();
    // A step that failed or may have happened can have done part of its work: it is undone first.
    let open = state.cursor.iter().filter(|id| {
        state.node(id).is_some_and(|n| n.touched || !matches!(n.phase, Phase::Reached | Phase::Skipped { .. }))
    });
    let ended = state.done.iter().enumerate().skip(after).rev();
    for (place, id) in open.map(|id| (state.done.len(), id)).chain(ended) {
        // To say that all are done is not to have done anything.
        let work = |n: &&Node| n.path == Path::Forward && n.again.is_none();
        let Some(node) = plan.node(id).filter(work) else { continue };
        let step = &plan.steps[node.step];
        // What names one of several is undone once for each; all else once.
        let names = named.entry(node.step).or_insert_with(|| rounds.named(node.step));
        let inside = |id: &String| plan.by_id.get(id).is_some_and(|at| rounds.holds(*at));
        if !names.is_empty() && !inside(id) {
            // What stands beside the loop is undone with its rounds, when there are any.
            let of_step =
                |id: &&String| plan.node(id).is_some_and(|other| other.step == node.step && other.again.is_none());
            if state.done[after..].iter().chain(&state.cursor).filter(of_step).any(inside) {
                continue;
            }
        }
        let round = (!names.is_empty() && inside(id)).then(|| rounds.of(node.step, place, names));
        if !seen.insert((node.step, round.as_ref().map(|round| round.round))) {
            continue;
        }
        if step.pivot && pivot.is_some() {
            let why = step.undo_text.as_deref().unwrap_or("it is the point of no return");
            way.left.push(format!("{} {}: {why}", step.number, step.title));
            continue;
        }
        let over = |n: &&Node| match &round {
            Some(round) => state.undone.contains(&(n.id.clone(), round.round)),
            None => undone.contains(n.id.as_str()),
        };
        let pending = step.undo.iter().map(|i| &plan.nodes[*i]).filter(|n| !over(n));
        // Of another runbook only what this run began can be rolled back from here.
        let (pending, by_hand): (Vec<_>, Vec<_>) =
            pending.partition(|n| called(n).is_none_or(|from| began(state, from)));
        for back in &pending {
            way.rounds.extend(round.clone().map(|round| UndoRound { at: way.queue.len(), ..round }));
            way.queue.push(back.id.clone());
        }
        if by_hand.iter().filter_map(|n| called(n)).any(|from| done(state, from)) {
            way.left.push(format!("{} {}: it was done by hand, not as a run of this one", step.number, step.title));
        }
        let visits = step.nodes.iter().filter(|n| plan.nodes[**n].again.is_none());
        let visits = visits.filter_map(|n| Some(state.node(&plan.nodes[*n].id)?.visits)).max().unwrap_or(0);
        if visits > 1 && !step.undo.is_empty() && round.is_none() {
            way.left.push(format!(
                "{} {}: it was gone through {visits} times, and its rollback is written for one",
                step.number, step.title
            ));
        }
        if step.undo.is_empty() {
            if let Some(text) = &step.undo_text {
                way.left.push(format!("{} {}: {text}", step.number, step.title));
            } else if changes(plan, node.step) {
                way.left.push(format!("{} {}: no rollback is written for it", step.number, step.title));
            }
        }
    }
    if pivot.is_none() {
        if let Some(entry) = plan.rollback.filter(|entry| !undone.contains(plan.nodes[*entry].id.as_str())) {
            way.queue.push(plan.nodes[entry].id.clone());
            // The section may say how to undo what no step of its own does.
            way.left.retain(|l| !l.ends_with("no rollback is written for it"));
        }
    } else {
        let mut told = seen;
        for (place, id) in state.done[..after].iter().enumerate().rev() {
            let Some(node) = plan.node(id).filter(|n| n.path == Path::Forward && n.again.is_none()) else { continue };
            let names = named.entry(node.step).or_insert_with(|| rounds.named(node.step));
            let round = (!names.is_empty()).then(|| rounds.of(node.step, place, names));
            if told.insert((node.step, round.as_ref().map(|round| round.round))) && changes(plan, node.step) {
                let (step, who) = (&plan.steps[node.step], round.filter(|round| !round.of.is_empty()));
                let who = who.map_or_else(String::new, |round| format!(" ({})", round.of));
                way.left.push(format!("{} {}{who}: done before the point of no return", step.number, step.title));
            }
        }
    }
    way
}

/// The node whose call of another runbook this one takes back.
fn called(back: &Node) -> Option<&str> {
    let Work::Command(work) = &back.work else { return None };
    (work.interpreter == Interpreter::Runbook).then(|| back.id.strip_suffix(CALLED_BACK)).flatten()
}

fn began(state: &RunState, node: &str) -> bool {
    state.node(node).is_some_and(|at| at.attempts > 0)
}

fn done(state: &RunState, node: &str) -> bool {
    state.node(node).is_some_and(|at| matches!(at.phase, Phase::Done { .. }))
}

/// Whether a step runs something that may change the world, or calls what does. The ways of a decision are no nodes of its step, and
/// the way back of what they call is.
fn changes(plan: &Plan, step: usize) -> bool {
    let PlanStep { nodes, undo, .. } = &plan.steps[step];
    let writes = |n: &usize| matches!(&plan.nodes[*n].work, Work::Command(work) if work.effect != Effect::Read);
    nodes.iter().any(writes) || undo.iter().any(|n| called(&plan.nodes[*n]).is_some_and(|_| writes(n)))
}

/// The event that enters the way back.
#[must_use]
pub fn start(context: &Context<'_>, state: &RunState, reason: String) -> Event {
    let way = way_back(context.plan, state);
    Event::RollbackStarted { reason, queue: way.queue, left: way.left, rounds: way.rounds }
}
