//! Follow-ups: what was noted as one, and what the runbook asks for afterwards and nobody has done yet.

use super::facts::{Facts, StepStanding};
use super::text::clean;
use super::words::Words;
use crate::engine::event::Event;
use crate::journal::record::Record;
use crate::plan::model::{Path, Plan};
use crate::runbook::model::Role;
use serde::Serialize;

/// A follow-up.
#[derive(Debug, Clone, Serialize)]
pub struct Action {
    /// What.
    pub text: String,
    /// Who.
    pub owner: Option<String>,
    /// By when.
    pub due: Option<String>,
    /// Where it comes from, in words: noted, or a box of the runbook left open.
    pub from: String,
    /// The record.
    pub seq: u64,
}

/// All of them: notes first.
#[must_use]
pub fn actions(records: &[Record], facts: &Facts<'_>, plan: Option<&Plan>, words: &Words) -> Vec<Action> {
    let take = |record: &Record| match &record.event {
        Event::Noted { text, owner, due, action: true, .. } => Some(Action {
            text: clean(text),
            owner: owner.as_deref().map(clean),
            due: due.as_deref().map(clean),
            from: words.get("action.noted").to_owned(),
            seq: record.seq,
        }),
        _ => None,
    };
    let mut found: Vec<Action> = records.iter().filter_map(take).collect();
    found.extend(plan.map(|plan| open_boxes(records, facts, plan, words)).unwrap_or_default());
    found
}

/// Steps of post-action sections that were not done. The record is the skip; else the last one, after which they are open.
fn open_boxes(records: &[Record], facts: &Facts<'_>, plan: &Plan, words: &Words) -> Vec<Action> {
    let last = records.last().map_or(0, |record| record.seq);
    let mut found = Vec::new();
    for step in plan.steps.iter().filter(|step| step.role == Role::PostAction) {
        let mut nodes = step.nodes.iter().map(|node| &plan.nodes[*node]).filter(|node| node.path == Path::Forward);
        let Some(first) = nodes.clone().next() else { continue };
        let facts_of = |id: &str| facts.steps.iter().find(|facts| facts.node == id);
        let done = nodes.all(|node| facts_of(&node.id).is_some_and(|facts| facts.standing == StepStanding::Done));
        if done {
            continue;
        }
        found.push(Action {
            text: clean(&step.title),
            owner: step.owner.as_deref().map(clean),
            due: None,
            from: words.get("action.open").to_owned(),
            seq: facts_of(&first.id).and_then(|facts| facts.ended_seq).unwrap_or(last),
        });
    }
    found
}
