//! "For each node": a question behind the last step, whether there is another one. Yes goes back to the first.
//!
//! Where the author says which there are, `for="node in nodes"`, the question stands before the first step, and the last goes back
//! to it: it may be that there is none.

use super::build::Builder;
use super::model::{Again, Choice, Edge, EdgeKind, Node, NodeIndex, Path, Work};
use crate::runbook::model::{Language, Loop, StepId};
use crate::runbook::tables::Table;

/// Loops over steps of one body: by the position of their last step and of their first.
#[derive(Default)]
pub(super) struct Rounds<'a> {
    ends: Table<usize, Vec<&'a Loop>>,
    begins: Table<usize, Vec<NodeIndex>>,
}

impl<'a> Builder<'a> {
    /// The loops whose steps are these. A loop over a decision holds its ways too, but it ends where they have come together.
    pub(super) fn rounds(&self, steps: &[StepId]) -> Rounds<'a> {
        let mut rounds = Rounds::default();
        let (Some(begin), Some(end)) = (steps.first(), steps.last()) else { return rounds };
        let loops = &self.runbook.loops;
        let loops = loops[loops.partition_point(|each| each.from < *begin)..].iter();
        for each in loops.take_while(|each| each.from <= *end).filter(|each| each.fence.is_none()) {
            let first = steps.partition_point(|s| *s < each.from);
            let behind = steps.partition_point(|s| *s < each.to);
            let whole = steps.get(first).is_some_and(|s| self.body[*s] == self.body[each.from]);
            if whole && first < behind {
                rounds.ends.entry(behind - 1).or_default().push(each);
            }
        }
        rounds
    }

    /// Closes the loops whose last step stands at `at`, the outer ones first; returns what that step goes on to.
    pub(super) fn end_rounds(
        &mut self,
        rounds: &mut Rounds<'a>,
        at: usize,
        steps: &[StepId],
        mut next: Option<NodeIndex>,
    ) -> Option<NodeIndex> {
        for each in rounds.ends.remove(&at).unwrap_or_default() {
            let last = steps[at];
            let first = steps.partition_point(|s| *s < each.from);
            let known = each.over.is_some();
            let asks = if known { steps[first] } else { last };
            let node = self.another(each, asks, next);
            let nodes = &mut self.steps[asks].nodes;
            nodes.insert(if known { 0 } else { nodes.len() }, node);
            rounds.begins.entry(first).or_default().push(node);
            let (from, to) = (self.steps[last].id.clone(), self.steps[steps[first]].id.clone());
            self.edges.push(Edge { from, to, kind: EdgeKind::Jump });
            next = Some(node);
        }
        next
    }

    /// Lets the loops whose first step stands at `at` lead to where that step begins; returns what leads there from before.
    pub(super) fn begin_rounds(
        &mut self,
        rounds: &mut Rounds<'a>,
        at: usize,
        mut first: Option<NodeIndex>,
    ) -> Option<NodeIndex> {
        // The inner ones were closed last.
        for node in rounds.begins.remove(&at).unwrap_or_default().into_iter().rev() {
            self.back(node, first.unwrap_or(node));
            if self.nodes[node].again.as_ref().is_some_and(|again| again.over.is_some()) {
                first = Some(node);
            }
        }
        first
    }

    /// Closes the loops over single fences of a step; returns its nodes with theirs among them.
    pub(super) fn fence_rounds(&mut self, step: StepId, mut nodes: Vec<NodeIndex>) -> Vec<NodeIndex> {
        let runbook = self.runbook;
        let from = runbook.loops.partition_point(|each| each.from < step);
        for each in runbook.loops[from..].iter().take_while(|each| each.from == step) {
            let Some(fence) = each.fence else { continue };
            let within = |node: &NodeIndex| {
                matches!(self.nodes[*node].work, Work::Command(_)) && self.nodes[*node].span == fence
            };
            let (Some(first), Some(last)) = (nodes.iter().position(within), nodes.iter().rposition(within)) else {
                continue;
            };
            let node = self.another(each, step, nodes.get(last + 1).copied());
            self.back(node, nodes[first]);
            if each.over.is_some() {
                self.headed.push((nodes[last], node));
                nodes.insert(first, node);
            } else {
                nodes.insert(last + 1, node);
            }
        }
        nodes
    }

    /// The question. Where its first way leads is not known yet.
    fn another(&mut self, each: &Loop, step: StepId, next: Option<NodeIndex>) -> NodeIndex {
        let of = &self.runbook.steps[step];
        let count = self.questions.entry(step).or_default();
        *count += 1;
        let suffix = if *count == 1 { String::new() } else { format!("-{count}") };
        let (title, again, on) = match self.runbook.language {
            Language::En if each.over.is_some() => ("For each", "Next", "No further one"),
            Language::Fr if each.over.is_some() => ("Pour chacun", "Suivant", "Aucun autre"),
            Language::En => ("Is there another one?", "Again, for the next one", "Done for each"),
            Language::Fr => ("Y en a-t-il un autre ?", "Encore, pour le suivant", "Fait pour chacun"),
        };
        let quoted = match self.runbook.language {
            Language::En => format!("\u{201c}{}\u{201d}", each.said),
            Language::Fr => format!("\u{ab} {} \u{bb}", each.said),
        };
        let way = |label: &str| Choice { label: label.to_owned(), to: None, stop: false, rollback: false, when: None };
        let work = Work::Decision { options: vec![way(again), way(on)] };
        let node = Node {
            title: format!("{title} {quoted}"),
            next,
            when: None,
            optional: false,
            again: Some(Again { over: each.over.clone(), steps: (each.from, each.to), forget: each.varies.clone() }),
            draw: None,
            // On the way back it is a part of the way back.
            path: if super::build::leads_back(of) { Path::Rollback } else { Path::Forward },
            ..super::build::node(of, step, format!("{}/each{suffix}", of.id), work)
        };
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Whoever comes to a step that a question stands before comes to the question.
    pub(super) fn headed_by(&mut self, step: StepId, next: Option<NodeIndex>) {
        let heads = |node: NodeIndex| {
            let again = self.nodes[node].again.as_ref();
            again.is_some_and(|again| again.over.is_some() && again.steps.0 == step)
        };
        if next.is_some_and(heads) {
            self.first_node[step] = next;
        }
    }

    fn back(&mut self, node: NodeIndex, first: NodeIndex) {
        if let Work::Decision { options } = &mut self.nodes[node].work {
            options[Again::BACK].to = Some(first);
        }
    }

    /// When everything hangs together, the other way leads where the question goes on.
    pub(super) fn close_loops(&mut self) {
        for (last, node) in std::mem::take(&mut self.headed) {
            // What came behind the fence comes behind the question.
            self.nodes[node].next = self.nodes[last].next;
            self.nodes[last].next = Some(node);
        }
        for node in self.nodes.iter_mut().filter(|n| n.again.is_some()) {
            let next = node.next;
            if let Work::Decision { options } = &mut node.work {
                options[Again::ON].to = next;
            }
        }
    }
}
