//! Where the run goes from a node that is done, and what happens on the way there by itself: one hop at a time.

use super::Context;
use super::event::{Actor, Cause, Event, How, Mode, Outcome};
use super::state::{Phase, Rollback, RunState};
use crate::plan::model::{Again, Node, Path, Work};
use crate::plan::render::{self, Scope};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What names stand for; `None` for a secret.
pub(super) type Values = BTreeMap<String, Option<String>>;

/// What was just decided and is not in the state yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct Just<'a> {
    /// The node that has just ended; the state's cursor when `None`.
    pub ended: Option<&'a str>,
    /// The option that was just taken.
    pub chosen: Option<usize>,
    /// It ended by being skipped.
    pub skipped: bool,
    /// Values that were just set.
    pub values: Option<&'a Values>,
}

/// The next place.
enum Next {
    Node(usize),
    End,
    Stopped(String),
    Back(String),
    Lost(String),
}

/// Events of one hop: to the next node, through a skip or a jump, or to the end of the run.
#[must_use]
pub fn advance(context: &Context<'_>, state: &RunState, just: Just<'_>) -> Vec<(Actor, Event)> {
    let events = match next(context, state, just) {
        Next::Node(index) => enter(context, state, just, &context.plan.nodes[index]),
        Next::End => vec![finish(context, state, just)],
        Next::Stopped(reason) => {
            // Stopping in the middle of the way back leaves things half undone.
            let outcome = if state.rollback.is_some() { Outcome::Stuck } else { Outcome::Aborted };
            vec![Event::RunFinished { outcome, reason }]
        }
        Next::Lost(reason) => vec![Event::RunFinished { outcome: Outcome::Stuck, reason }],
        Next::Back(reason) => return vec![(Actor::Engine, super::rollback::start(context, state, reason))],
    };
    events.into_iter().map(|e| (Actor::Engine, e)).collect()
}

fn next(context: &Context<'_>, state: &RunState, just: Just<'_>) -> Next {
    let plan = context.plan;
    let cursor = just.ended.or(state.cursor.as_deref());
    let at = cursor.and_then(|id| plan.by_id.get(id)).copied();
    if let Some(rollback) = &state.rollback {
        // Within a rollback section its own order holds; after its last step the queue goes on.
        if let Some(index) = at.filter(|i| plan.nodes[*i].path == Path::Rollback) {
            match step_on(context, state, just, index) {
                Next::End => {}
                on => return on,
            }
        }
        let position = if cursor.is_some() { rollback.position + 1 } else { rollback.position };
        let Some(id) = rollback.queue.get(position) else { return Next::End };
        return plan.by_id.get(id).map_or_else(
            || Next::Lost(format!("`{id}` is still to be undone, and the runbook no longer has it")),
            |i| Next::Node(*i),
        );
    }
    let Some(index) = at else {
        if cursor.is_some() {
            return Next::Stopped("the runbook no longer has the step the run was at".to_owned());
        }
        let start = state.head.as_ref().and_then(|h| h.start_at.as_ref()).and_then(|id| plan.by_id.get(id)).copied();
        return start.or(plan.entry).map_or(Next::End, Next::Node);
    };
    if reached_until(context, state, just, index) {
        return Next::End;
    }
    step_on(context, state, just, index)
}

fn step_on(context: &Context<'_>, state: &RunState, just: Just<'_>, index: usize) -> Next {
    let node = &context.plan.nodes[index];
    let before = state.node(&node.id);
    match &node.work {
        Work::Jump { to } => {
            let skipped = matches!(before.map(|n| &n.phase), Some(Phase::Skipped { .. }));
            if skipped { node.next.map_or(Next::End, Next::Node) } else { to.map_or(Next::End, Next::Node) }
        }
        Work::Decision { options } => match chosen(state, just, node).and_then(|c| options.get(c)) {
            Some(choice) if choice.stop => Next::Stopped(format!("{}: {}", node.title, choice.label)),
            Some(choice) if choice.rollback => Next::Back(format!("{}: {}", node.title, choice.label)),
            Some(choice) => choice.to.map_or(Next::End, Next::Node),
            None => node.next.map_or(Next::End, Next::Node),
        },
        _ => node.next.map_or(Next::End, Next::Node),
    }
}

/// The way that was taken at a decision.
fn chosen(state: &RunState, just: Just<'_>, node: &Node) -> Option<usize> {
    just.chosen.or_else(|| state.node(&node.id)?.chosen)
}

/// `--until STEP`: the run ends when that step's last node is done.
fn reached_until(context: &Context<'_>, state: &RunState, just: Just<'_>, index: usize) -> bool {
    let plan = context.plan;
    let Some(until) = state.head.as_ref().and_then(|h| h.until.as_ref()) else { return false };
    let node = &plan.nodes[index];
    let asked_for = |step: usize| plan.steps.get(step).is_some_and(|step| step.id == *until);
    // There is another one to do it for, or may be.
    if let Some(again) = &node.again {
        let over = chosen(state, just, node) != Some(Again::BACK);
        return over && if again.over.is_some() { asked_for(again.steps.1 - 1) } else { asked_for(node.step) };
    }
    let goes_back = node.next.is_some_and(|next| {
        let again = plan.nodes[next].again.as_ref();
        again.is_some_and(|again| again.over.is_some() && again.steps.1 - 1 == node.step)
    });
    if goes_back {
        return false;
    }
    let step = &plan.steps[node.step];
    step.id == *until && step.nodes.last() == Some(&index)
}

/// What keeps a node's own condition from letting the run in: it is false, or cannot be evaluated.
pub(super) fn barred(context: &Context<'_>, state: &RunState, now: &Values, node: &Node) -> Option<Event> {
    let when = node.when.as_ref()?;
    let scope = Scope { variables: now, secrets: context.secrets, places: &state.places, live: context.live };
    match render::condition(when, &scope, &BTreeMap::new()) {
        Ok(true) => None,
        Ok(false) => {
            let reason = format!("`{when}` is false");
            Some(Event::Skipped { node: node.id.clone(), reason, automatic: true })
        }
        // A rehearsal has no captures to judge by; it walks on.
        Err(_) if state.head.as_ref().is_some_and(|h| h.mode == Mode::Tabletop) => None,
        Err(error) => {
            let cause = Cause::Evaluation { message: error.to_string() };
            Some(Event::StepFailed {
                node: node.id.clone(),
                cause,
                took_ms: 0,
                output: None,
                retry_ms: None,
                done_on: Vec::new(),
            })
        }
    }
}

fn enter(context: &Context<'_>, state: &RunState, just: Just<'_>, node: &Node) -> Vec<Event> {
    let place = state.rollback.as_ref().and_then(|back| Some((back, back.next(&node.id, state.cursor.is_none())?)));
    let now = values_at(state, just, place);
    let mut title = said(context, state, &now, &node.title);
    if let Some(who) = place.and_then(|(back, place)| back.undoes_for(place)) {
        title.push_str(&format!(" ({who})"));
    }
    let reached = Event::StepReached { node: node.id.clone(), title };
    if let Some(barred) = barred(context, state, &now, node) {
        return vec![reached, barred];
    }
    if let Work::Input(input) = &node.work
        // A blank that this run filled before is asked again when a loop comes back to it.
        && state.node(&node.id).is_none()
        && let Some(value) = known(state, just, &input.name)
    {
        // Measured by an earlier step, or given from outside: a blank is asked only when nobody has said it yet.
        let met = input.objective.as_deref().and_then(|o| super::objective::met(o, &value));
        let filled = Event::BlankFilled {
            node: node.id.clone(),
            name: input.name.clone(),
            label: input.label.clone(),
            value,
            objective: input.objective.clone(),
            met,
        };
        return vec![reached, filled];
    }
    if let Some(ended) = super::again::ended(context, state, node) {
        return vec![reached, ended];
    }
    if let Work::Jump { .. } = node.work {
        let done = Event::StepSucceeded {
            node: node.id.clone(),
            how: How::Confirmed,
            exit: None,
            took_ms: 0,
            captures: BTreeMap::new(),
            output: None,
            session: None,
            summary: String::new(),
        };
        return vec![reached, done];
    }
    vec![reached]
}

/// What every name stands for when a node is reached: with what was just captured, and on the way back with what its round had.
fn values_at<'s>(state: &'s RunState, just: Just<'_>, place: Option<(&Rollback, usize)>) -> Cow<'s, Values> {
    let set = just.values.filter(|values| !values.is_empty());
    if set.is_none() && place.is_none() {
        return Cow::Borrowed(&state.variables);
    }
    let mut variables = state.variables.clone();
    variables.extend(set.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    if let Some((back, place)) = place {
        back.clone().come_to(place, &mut variables);
    }
    Cow::Owned(variables)
}

/// Words for people, with these values.
fn said(context: &Context<'_>, state: &RunState, now: &Values, text: &str) -> String {
    if !text.contains("{{") {
        return text.to_owned();
    }
    let scope = Scope { variables: now, secrets: context.secrets, places: &state.places, live: context.live };
    render::message(text, &scope).map_or_else(|_| text.to_owned(), |rendered| rendered.shown)
}

/// The value of a name that is no secret, counting what was just set.
fn known(state: &RunState, just: Just<'_>, name: &str) -> Option<String> {
    if let Some(value) = just.values.and_then(|v| v.get(name)) {
        return value.clone();
    }
    state.variables.get(name)?.clone()
}

fn finish(context: &Context<'_>, state: &RunState, just: Just<'_>) -> Event {
    let left = |id: &String| {
        let node = context.plan.node(id).filter(|n| n.path != Path::Forward)?;
        if state.given_up.keys().any(|(of, _)| of == id) && just.ended != Some(id.as_str()) {
            return None;
        }
        let at = state.node(id)?;
        // It failed, and was just skipped or was skipped before.
        let given_up = match &at.phase {
            Phase::Skipped { .. } => true,
            Phase::Failed { .. } => just.skipped && just.ended == Some(id.as_str()),
            _ => false,
        };
        (at.touched && given_up).then(|| node.title.clone())
    };
    // What has just been done after all is not in the state yet.
    let now = state.rollback.as_ref().and_then(|back| Some((just.ended?, back.round()?.round)));
    let of_round = |((id, round), who): (&(String, u32), &String)| {
        if !just.skipped && now == Some((id.as_str(), *round)) {
            return None;
        }
        let node = context.plan.node(id)?;
        Some(if who.is_empty() { node.title.clone() } else { format!("{} ({who})", node.title) })
    };
    let mut given_up: Vec<String> = state.nodes.keys().filter_map(left).collect();
    given_up.extend(state.given_up.iter().filter_map(of_round));
    given_up.sort();
    let (outcome, reason) = if state.rollback.is_some() && !given_up.is_empty() {
        (Outcome::Stuck, format!("failed on the way back and was skipped: {}", given_up.join(", ")))
    } else if state.rollback.is_some() {
        (Outcome::RolledBack, state.rollback.as_ref().map(|r| r.left.join("; ")).unwrap_or_default())
    } else if let Some(until) = state.head.as_ref().and_then(|h| h.until.as_ref()) {
        (Outcome::Completed, format!("up to `{until}`, as asked"))
    } else {
        (Outcome::Completed, String::new())
    };
    Event::RunFinished { outcome, reason }
}
