//! What follows a failure, and an outcome that nobody knows.

use super::Context;
use super::advance::{Just, advance, barred};
use super::decide::{Decision, Events, current, done, reject, roll_back, start};
use super::due::to_prove;
use super::event::{Actor, Cause, Event, FailureAnswer, How, Outcome, UnknownAnswer};
use super::judge::Verdict;
use super::question::Answer;
use super::state::{NodeState, Phase, RunState};
use crate::plan::model::{Node, Path, Work};
use crate::plan::render;

pub(super) fn failure(
    context: &Context<'_>,
    state: &RunState,
    node: &Node,
    at: &NodeState,
    answer: Answer,
    by: &Actor,
) -> Decision {
    let (answer, note) = match answer {
        Answer::Failure(answer, note) => (answer, note),
        Answer::Skip { reason } => (FailureAnswer::Skip, reason),
        Answer::Done { note } => (FailureAnswer::Done, note),
        Answer::Run { edited: None } => (FailureAnswer::Retry, String::new()),
        other => {
            return reject(format!(
                "`{other:?}` does not answer a failure: retry, done, skip, rollback, pause or abort"
            ));
        }
    };
    let id = node.id.clone();
    let said = (by.clone(), Event::FailureAnswered { node: id.clone(), answer, note: note.clone() });
    let mut events = vec![said];
    // Tried and failed: the point of no return may be behind, whatever becomes of the step now.
    if node.pivot && may_have_run(state, node) && matches!(answer, FailureAnswer::Retry | FailureAnswer::Skip) {
        events.push((Actor::Engine, Event::PivotPassed { node: id.clone() }));
    }
    match answer {
        // Back to the question: the operator sees the command once more before it runs. A condition that could not be
        // evaluated is tried again first, never passed over.
        FailureAnswer::Retry
            if matches!(at.phase, Phase::Failed { cause: Cause::Evaluation { .. } }) && at.attempts == 0 =>
        {
            events.extend(barred(context, state, &state.variables, node).map(|e| (Actor::Engine, e)));
        }
        FailureAnswer::Retry => {}
        FailureAnswer::Done => {
            let note = if note.is_empty() { "done by hand after it failed".to_owned() } else { note };
            events.extend(done(context, state, node, How::ByHand, note, by.clone()));
        }
        FailureAnswer::Skip => {
            if note.trim().is_empty() {
                return reject("skipping a failed step needs a reason");
            }
            if matches!(node.work, Work::Gate { .. } | Work::Decision { .. }) {
                return reject("a gate or a decision cannot be skipped");
            }
            events.extend(skip_failed(context, state, node, note, by));
        }
        FailureAnswer::Rollback => {
            if node.path != Path::Forward {
                return reject("this is the way back already");
            }
            let reason = if note.is_empty() { format!("{} failed", node.title) } else { note };
            events.extend(roll_back(context, state, reason, by.clone())?);
        }
        FailureAnswer::Abort => {
            let outcome = if node.path == Path::Forward { Outcome::Failed } else { Outcome::Stuck };
            let reason = if note.is_empty() { format!("{} failed", node.title) } else { note };
            events.push((by.clone(), Event::RunFinished { outcome, reason }));
        }
    }
    Ok(events)
}

/// Whether a failed step may have done something all the same.
fn may_have_run(state: &RunState, node: &Node) -> bool {
    state.node(&node.id).is_some_and(|n| n.touched)
}

fn skip_failed(context: &Context<'_>, state: &RunState, node: &Node, reason: String, by: &Actor) -> Events {
    let mut events = vec![(by.clone(), Event::Skipped { node: node.id.clone(), reason, automatic: false })];
    events.extend(advance(context, state, Just { ended: Some(&node.id), skipped: true, ..Just::default() }));
    events
}

/// What a look at an unknown step means: it has happened, it has not, or it still cannot be told. Only the first is acted
/// upon; to run it again is a person's word.
pub(super) fn looked(context: &Context<'_>, state: &RunState, verdict: Verdict) -> Decision {
    let (node, _) = current(context, state)?;
    let (happened, said) = match verdict {
        Verdict::Success { summary, .. } => (Some(true), format!("a look shows that it has happened ({summary})")),
        Verdict::Failure(Cause::Expectation { message }) => {
            (Some(false), format!("a look shows that it has not happened ({message})"))
        }
        Verdict::Failure(cause) => (None, format!("a look told nothing ({})", told(&cause))),
        Verdict::Unknown(why) => (None, format!("a look told nothing ({why})")),
    };
    let said = render::mask(&said, context.secrets);
    let mut events = vec![(Actor::Engine, Event::Looked { node: node.id.clone(), happened, said: said.clone() })];
    if happened == Some(true) {
        let answer = UnknownAnswer::Happened;
        events.push((Actor::Engine, Event::UnknownAnswered { node: node.id.clone(), answer, note: said.clone() }));
        events.extend(done(context, state, node, How::Happened, said, Actor::Engine));
    }
    Ok(events)
}

/// The words of a cause that has some.
fn told(cause: &Cause) -> String {
    match cause {
        Cause::Spawn { message }
        | Cause::Server { message }
        | Cause::Capture { message }
        | Cause::Evaluation { message }
        | Cause::WrongTarget { message } => message.clone(),
        Cause::Called { run, outcome } => format!("run {run}: {outcome:?}").to_lowercase(),
        other => format!("{other:?}"),
    }
}

pub(super) fn unknown(
    context: &Context<'_>,
    state: &RunState,
    node: &Node,
    at: &NodeState,
    answer: Answer,
    by: &Actor,
) -> Decision {
    let (answer, note) = match answer {
        Answer::Unknown(answer, note) => (answer, note),
        other => {
            return reject(format!("`{other:?}` does not answer an unknown outcome: happened, again, undo or stop"));
        }
    };
    let id = node.id.clone();
    let mut events = vec![(by.clone(), Event::UnknownAnswered { node: id, answer, note: note.clone() })];
    match answer {
        UnknownAnswer::Happened => {
            let note = if note.is_empty() { "it had happened".to_owned() } else { note };
            events.extend(done(context, state, node, How::Happened, note, by.clone()));
        }
        UnknownAnswer::Again => {
            if node.pivot {
                events.push((Actor::Engine, Event::PivotPassed { node: node.id.clone() }));
            }
            // What it acts on may have changed meanwhile: it says again what it is, and the question is asked again.
            let prove = matches!(&node.work, Work::Command(work) if !to_prove(context, state, work).is_empty());
            if !prove {
                events.extend(start(context, state, node, at, None, by.clone())?);
            }
        }
        UnknownAnswer::Undo => {
            if node.path != Path::Forward {
                return reject("this is the way back already");
            }
            let reason = if note.is_empty() { format!("nobody knows how {} went", node.title) } else { note };
            events.extend(roll_back(context, state, reason, by.clone())?);
        }
        UnknownAnswer::Stop => {
            let reason = if note.is_empty() { format!("nobody knows how {} went", node.title) } else { note };
            events.push((by.clone(), Event::RunFinished { outcome: Outcome::Stuck, reason }));
        }
    }
    Ok(events)
}
