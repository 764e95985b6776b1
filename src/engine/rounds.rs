//! For whom of several a step was done: what its rollback must be told, to take back the work of that round and of no other.

use super::event::UndoRound;
use super::state::RunState;
use crate::plan::model::{Again, CommandWork, Node, NodeIndex, Path, Plan, PlanStep, Work};
use crate::plan::render::{self, Live, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// The loops of a plan, and what is known of the rounds that have ended.
pub(super) struct Rounds<'a> {
    loops: Vec<(&'a str, &'a Again)>,
    plan: &'a Plan,
    state: &'a RunState,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(plan: &'a Plan, state: &'a RunState) -> Self {
        let forward = plan.nodes.iter().filter(|node| node.path == Path::Forward);
        let loops = forward.filter_map(|node| Some((node.id.as_str(), node.again.as_ref()?))).collect();
        Self { loops, plan, state }
    }

    /// The variables that the rollback of a step names and that have another value for each. None: it is the same for all of them,
    /// or for nobody knows whom.
    pub(super) fn named(&self, step: usize) -> BTreeSet<String> {
        let around: Vec<&Again> = self.around(step).map(|(_, again)| again).collect();
        if around.is_empty() {
            return BTreeSet::new();
        }
        let within = around.iter().flat_map(|again| &self.plan.steps[again.steps.0..again.steps.1]);
        let commands = within.flat_map(|step| &step.nodes).filter_map(|node| command(&self.plan.nodes[*node]));
        let captured = commands.flat_map(|work| work.options.captures.iter().map(|capture| &capture.name));
        let vary: BTreeSet<&String> = around.iter().flat_map(|again| &again.forget).chain(captured).collect();
        let PlanStep { undo, .. } = &self.plan.steps[step];
        let mut names =
            undo.iter().filter_map(|node| command(&self.plan.nodes[*node])).flat_map(names).collect::<BTreeSet<_>>();
        names.retain(|name| vary.contains(name));
        names
    }

    /// Whether a node is gone through anew in each round: of a step that holds a loop over one of its fences, only that fence is.
    pub(super) fn holds(&self, node: NodeIndex) -> bool {
        let step = self.plan.nodes[node].step;
        self.around(step).any(|(id, again)| again.steps.1 - again.steps.0 > 1 || self.chain(id).contains(&node))
    }

    /// From the first node of a loop to its last.
    fn chain(&self, question: &str) -> Vec<NodeIndex> {
        let Some(end) = self.plan.by_id.get(question).copied() else { return Vec::new() };
        let Work::Decision { options } = &self.plan.nodes[end].work else { return Vec::new() };
        let first = options.get(Again::BACK).and_then(|back| back.to);
        let next = |at: &NodeIndex| self.plan.nodes[*at].next;
        std::iter::successors(first, next).take_while(|at| *at != end).take(self.plan.nodes.len()).collect()
    }

    /// The round in which a step was done that stands at a place of what was done.
    pub(super) fn of(&self, step: usize, place: usize, named: &BTreeSet<String>) -> UndoRound {
        let around = |node: &String| self.around(step).any(|(id, _)| id == node);
        let (mut round, mut ended) = (0, None);
        for past in self.state.rounds.iter().filter(|past| around(&past.node)) {
            if past.at > place {
                ended = Some(past);
                break;
            }
            round += 1;
        }
        let values = ended.map_or(&self.state.variables, |past| &past.values);
        // Of loops in loops the outer ones first.
        let mut varies: Vec<&String> = Vec::new();
        let mut loops: Vec<&Again> = self.around(step).map(|(_, again)| again).collect();
        loops.sort_by_key(|again| std::cmp::Reverse(again.steps.1 - again.steps.0));
        for name in loops.iter().flat_map(|again| &again.forget) {
            if !varies.contains(&name) {
                varies.push(name);
            }
        }
        let who: Vec<&str> = varies.iter().filter_map(|name| values.get(*name)?.as_deref()).collect();
        // Of the round that has not ended nothing was forgotten.
        let then = |_| named.iter().map(|name| (name.clone(), values.get(name).cloned().flatten())).collect();
        let values: BTreeMap<_, _> = ended.map(then).unwrap_or_default();
        UndoRound { at: 0, round, of: who.join(" "), values }
    }

    fn around(&self, step: usize) -> impl Iterator<Item = (&'a str, &'a Again)> {
        let holds = move |again: &Again| (again.steps.0..again.steps.1).contains(&step);
        self.loops.iter().copied().filter(move |(_, again)| holds(again))
    }
}

fn command(node: &Node) -> Option<&CommandWork> {
    let Work::Command(work) = &node.work else { return None };
    Some(work)
}

/// The names that a command takes values from, and those of the places it may act on.
fn names(work: &CommandWork) -> Vec<String> {
    let nothing = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let scope = Scope { variables: &nothing.0, secrets: &nothing.1, places: &nothing.2, live: Live::NOTHING };
    let written = render::command(work, &scope).map(|rendered| rendered.missing).unwrap_or_default();
    let options = &work.options;
    let conditions = options.expects.iter().chain(&options.when).chain(&options.until).chain(&options.requires);
    let mut names: Vec<String> = written.into_iter().map(|(name, _)| name).collect();
    names.extend(work.reads.iter().chain(&options.on).chain(&options.connection).cloned());
    names.extend(conditions.flat_map(|condition| render::names(condition)));
    names
}
