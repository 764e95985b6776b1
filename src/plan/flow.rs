//! Whether a run can end, from wherever it can come to.

use super::model::{NodeIndex, Plan, Work};
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{Command, ExpectTest, Runbook, Step};

/// Whether a runbook only goes from one step to the next, without an expression: its plan holds no errors, and every step of it
/// is reached.
#[must_use]
pub fn is_straight(runbook: &Runbook) -> bool {
    let plain = |command: &Command| !command.declared;
    let judged = |step: &Step| step.expects.iter().any(|e| !matches!(e.test, None | Some(ExpectTest::Contains(_))));
    let straight = |step: &Step| {
        let on = step.branches.is_empty() && step.jump.is_none() && step.when.is_none() && step.draw.is_none();
        on && step.commands.iter().chain(&step.undo).all(plain) && !judged(step)
    };
    runbook.loops.iter().all(|each| each.over.is_none()) && runbook.steps.iter().all(straight)
}

/// Where a run may go from a node: nodes, and whether it may end here.
#[must_use]
pub fn successors(plan: &Plan, index: NodeIndex) -> (Vec<NodeIndex>, bool) {
    let node = &plan.nodes[index];
    match &node.work {
        Work::Decision { options } => {
            let ends = options.is_empty() || options.iter().any(|o| o.to.is_none());
            (options.iter().filter_map(|o| o.to).collect(), ends)
        }
        Work::Jump { to } => (to.iter().copied().collect(), to.is_none()),
        _ => (node.next.iter().copied().collect(), node.next.is_none()),
    }
}

/// Every node from which no way leads to an end is part of an endless loop; one error per loop.
#[must_use]
pub fn endless(plan: &Plan) -> Vec<Diagnostic> {
    let count = plan.nodes.len();
    let mut before: Vec<Vec<NodeIndex>> = vec![Vec::new(); count];
    let mut ends = vec![false; count];
    let mut open = Vec::new();
    for (index, ends) in ends.iter_mut().enumerate() {
        let (next, end) = successors(plan, index);
        for to in next {
            before[to].push(index);
        }
        if end {
            *ends = true;
            open.push(index);
        }
    }
    while let Some(index) = open.pop() {
        for from in &before[index] {
            if !std::mem::replace(&mut ends[*from], true) {
                open.push(*from);
            }
        }
    }
    let Some(first) = (0..count).find(|i| !ends[*i]) else { return Vec::new() };
    let back =
        (first..count).filter(|i| !ends[*i]).find(|i| successors(plan, *i).0.iter().any(|to| to <= i)).unwrap_or(first);
    vec![
        Diagnostic::error("endless-loop", format!("from `{}` the run could never end", plan.nodes[first].title))
            .at(plan.nodes[back].span, "goes back")
            .at(plan.nodes[first].span, "to here, and nothing leads out")
            .help("make the way back an option of a decision that also has a way on"),
    ]
}

/// Steps that no way leads to.
#[must_use]
pub fn unreachable(plan: &Plan) -> Vec<usize> {
    let mut seen = vec![false; plan.nodes.len()];
    let mut open: Vec<NodeIndex> = plan.entry.into_iter().chain(plan.rollback).collect();
    for step in &plan.steps {
        open.extend(&step.undo);
    }
    while let Some(index) = open.pop() {
        if !std::mem::replace(&mut seen[index], true) {
            open.extend(successors(plan, index).0);
        }
    }
    (0..plan.steps.len()).filter(|s| plan.steps[*s].nodes.first().is_some_and(|n| !seen[*n])).collect()
}
