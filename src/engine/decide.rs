//! What an input leads to.

use super::Context;
use super::advance::{Just, advance};
use super::due::{is_secret, proposal};
use super::event::{Actor, Blob, Cause, Event, How, Mode, Outcome, RunHead};
use super::guard::Said;
use super::judge::Verdict;
use super::question::Answer;
use super::rollback::way_back;
use super::state::{NodeState, Phase, RunState, Status};
use super::values;
use crate::plan::model::{CommandWork, Node, Path, Work};
use crate::plan::render::{self, Rendered};
use crate::runbook::model::{Effect, Reading};
use std::collections::BTreeMap;
use std::time::Duration;

/// What comes in.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Begin, with values that are known from the start: name, value (`None` for a secret), origin; and who began it.
    Begin(Box<RunHead>, Vec<(String, Option<String>, String)>, Actor),
    /// A new process takes the run up.
    Resume {
        /// Digest of the text that is followed from here.
        source: String,
        /// Its plan's digest.
        plan: String,
        /// It is another text than before, and the operator accepted it.
        edited: bool,
        /// Bytes cut from a torn last line.
        torn: u64,
        /// The monotonic clock goes on.
        same_boot: bool,
        /// Who.
        by: Actor,
    },
    /// Values given anew when a run is taken up: name, value (`None` for a secret), origin.
    Values(Vec<(String, Option<String>, String)>),
    /// On to the next node.
    Advance,
    /// The node was shown and not executed.
    Rehearsed,
    /// Places said what they are: each with its members' names and facts, or why it did not.
    Identified(Said),
    /// A person, or a file that speaks for one, answered the question that was due.
    Answer(Answer, Actor),
    /// The command ended.
    Completed {
        /// The judgement.
        verdict: Verdict,
        /// How long it ran, in milliseconds.
        took_ms: u64,
        /// Its output.
        output: Option<Blob>,
        /// The session after it.
        session: Option<Blob>,
        /// Members of a group on which it ended well.
        done_on: Vec<String>,
    },
    /// The read that tells whether a step has happened ended.
    Looked(Verdict),
    /// The pause before another try is over.
    Retry,
    /// The present step takes longer than planned (milliseconds).
    Overdue(u64),
    /// What a monitor saw or measured, or has to say.
    Monitor(Box<Event>),
    /// A note, at any time.
    Note {
        /// What.
        text: String,
        /// Who.
        by: Actor,
    },
    /// Stop here for now.
    Pause {
        /// Why.
        reason: String,
        /// Who.
        by: Actor,
    },
    /// Take the way back: from `runbook rollback`.
    Rollback {
        /// Why.
        reason: String,
        /// Who.
        by: Actor,
    },
    /// A way back was asked for and there is nothing to undo, or an unknown step stays unknown.
    GiveUp {
        /// How it ends.
        outcome: Outcome,
        /// Why.
        reason: String,
        /// Who.
        by: Actor,
    },
}

/// An input that does not fit; the state is as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rejected(pub String);

const NOTHING_TO_UNDO: &str =
    "there is nothing to undo: no step that ran has a rollback, and the rollback section does not apply here";

pub(super) type Events = Vec<(Actor, Event)>;
pub(super) type Decision = Result<Events, Rejected>;

pub(super) fn reject<T>(why: impl Into<String>) -> Result<T, Rejected> {
    Err(Rejected(why.into()))
}

/// What `input` leads to in this state.
///
/// # Errors
/// [`Rejected`] when it does not fit, with what would.
pub fn decide(context: &Context<'_>, state: &RunState, input: Input) -> Decision {
    match input {
        Input::Begin(head, values, by) => begin(context, state, head, values, by),
        Input::Resume { source, plan, edited, torn, same_boot, by } => {
            let mut events = vec![(by, Event::RunResumed { source, plan, edited, torn, same_boot })];
            events.extend(interrupted(context, state));
            Ok(events)
        }
        Input::Values(values) => Ok(values_set(values)),
        Input::Advance => Ok(resume_or_advance(context, state)),
        Input::Rehearsed => rehearsed(context, state),
        Input::Identified(said) => super::guard::identified(context, state, said),
        Input::Answer(answer, by) => answered(context, state, answer, &by),
        Input::Completed { verdict, took_ms, output, session, done_on } => {
            completed(context, state, verdict, took_ms, (output, session), done_on)
        }
        Input::Looked(verdict) => super::aftermath::looked(context, state, verdict),
        Input::Retry => {
            let (node, at) = current(context, state)?;
            Ok(start(context, state, node, at, None, Actor::Engine).unwrap_or_else(|Rejected(message)| {
                // It can no longer be tried by itself: a person looks.
                let cause = Cause::Evaluation { message };
                let failed = Event::StepFailed {
                    node: node.id.clone(),
                    cause,
                    took_ms: 0,
                    output: None,
                    retry_ms: None,
                    done_on: Vec::new(),
                };
                vec![(Actor::Engine, failed)]
            }))
        }
        Input::Overdue(planned_ms) => {
            let (node, _) = current(context, state)?;
            Ok(vec![(Actor::Engine, Event::Overdue { node: node.id.clone(), planned_ms })])
        }
        Input::Monitor(event) => match *event {
            Event::MonitorStarted { .. } | Event::MonitorChanged { .. } | Event::Measured(_) | Event::Noted { .. } => {
                Ok(vec![(Actor::Engine, *event)])
            }
            other => reject(format!("a monitor does not say `{}`", other.name())),
        },
        Input::Note { text, by } => {
            Ok(vec![(by, Event::Noted { text, happened: None, owner: None, due: None, action: false })])
        }
        Input::Pause { reason, by } => {
            if state.status == Status::Running {
                Ok(vec![(by, Event::Paused { reason })])
            } else {
                reject("the run is not under way")
            }
        }
        Input::Rollback { reason, by } => roll_back(context, state, reason, by),
        Input::GiveUp { outcome, reason, by } => Ok(vec![(by, Event::RunFinished { outcome, reason })]),
    }
}

fn begin(
    context: &Context<'_>,
    state: &RunState,
    head: Box<RunHead>,
    values: Vec<(String, Option<String>, String)>,
    by: Actor,
) -> Decision {
    if state.status != Status::New {
        return reject("the run has begun already");
    }
    for (name, place) in [("--start-at", &head.start_at), ("--until", &head.until)] {
        if let Some(id) = place
            && !context.plan.leads_forward(id)
        {
            return reject(format!("`{name} {id}`: no step on the forward path is called that"));
        }
    }
    let mut events = vec![(by, Event::RunStarted(head))];
    events.extend(values_set(values));
    Ok(events)
}

fn values_set(values: Vec<(String, Option<String>, String)>) -> Events {
    values.into_iter().map(|(name, value, from)| (Actor::Engine, Event::VariableSet { name, value, from })).collect()
}

/// A step that was running when the lights went out: it may have happened. It is run again by itself only if that is
/// declared or proven to be harmless.
fn interrupted(context: &Context<'_>, state: &RunState) -> Events {
    let Some(id) = &state.cursor else { return Vec::new() };
    let Some(at) = state.node(id).filter(|n| n.phase == Phase::Running) else { return Vec::new() };
    let repeatable = at.repeatable && same_command(context, state, id, at);
    let reason = if repeatable {
        "runbook ended while it ran; it is safe to run again".to_owned()
    } else {
        "runbook ended while it ran, and nobody saw how it went".to_owned()
    };
    let mut events = vec![(Actor::Engine, Event::OutcomeUnknown { node: id.clone(), reason })];
    if repeatable {
        let started = Event::StepStarted {
            node: id.clone(),
            attempt: at.attempts + 1,
            rendered: at.rendered.clone(),
            effect: at.effect.unwrap_or(Effect::Write),
            repeatable: true,
            edited: false,
        };
        events.push((Actor::Engine, started));
    }
    events
}

/// Whether the plan of now would run, for this node, what the journal says was running: the runbook may have been edited, a
/// secret may be gone.
fn same_command(context: &Context<'_>, state: &RunState, id: &str, at: &NodeState) -> bool {
    let Some(Work::Command(work)) = context.plan.node(id).map(|n| &n.work) else { return false };
    let harmless = (work.effect == Effect::Read || work.options.idempotent) && work.reading == Reading::Run;
    let rendered = render::command(work, &context.scope(state));
    let same = |r: Rendered| r.missing.is_empty() && render::mask(&r.shown, context.secrets) == at.rendered;
    harmless && at.edited.is_none() && rendered.is_ok_and(same)
}

pub(super) fn current<'a>(context: &Context<'a>, state: &'a RunState) -> Result<(&'a Node, &'a NodeState), Rejected> {
    let id = state.cursor.as_ref().ok_or_else(|| Rejected("the run is at no step".into()))?;
    match (context.plan.node(id), state.node(id)) {
        (Some(node), Some(at)) => Ok((node, at)),
        _ => reject(format!("the plan has no step `{id}`")),
    }
}

fn resume_or_advance(context: &Context<'_>, state: &RunState) -> Events {
    // A gate whose last yes is on disk, and whose end is not.
    if let Ok((node, at)) = current(context, state)
        && at.phase == Phase::Reached
        && let Work::Gate { .. } = node.work
    {
        return done(context, state, node, How::Confirmed, at.approved_by.join(", "), Actor::Engine);
    }
    advance(context, state, Just::default())
}

fn succeeded(node: &Node, how: How, summary: String) -> Event {
    Event::StepSucceeded {
        node: node.id.clone(),
        how,
        exit: None,
        took_ms: 0,
        captures: BTreeMap::new(),
        output: None,
        session: None,
        summary,
    }
}

/// The node ends well, and the run goes on.
pub(super) fn done(
    context: &Context<'_>,
    state: &RunState,
    node: &Node,
    how: How,
    summary: String,
    by: Actor,
) -> Events {
    let mut events = vec![(by, succeeded(node, how, summary))];
    if node.pivot && how != How::Rehearsed {
        events.insert(0, (Actor::Engine, Event::PivotPassed { node: node.id.clone() }));
    }
    events.extend(advance(context, state, Just { ended: Some(&node.id), ..Just::default() }));
    events
}

fn rehearsed(context: &Context<'_>, state: &RunState) -> Decision {
    let (node, _) = current(context, state)?;
    let summary = match &node.work {
        Work::Command(work) => {
            let shown = render::command(work, &context.scope(state)).map_or_else(|_| work.text.clone(), |r| r.shown);
            render::mask(&shown, context.secrets)
        }
        Work::Check { statement } => statement.clone(),
        Work::Input(input) => input.label.clone(),
        _ => String::new(),
    };
    Ok(done(context, state, node, How::Rehearsed, summary, Actor::Engine))
}

fn answered(context: &Context<'_>, state: &RunState, answer: Answer, by: &Actor) -> Decision {
    if state.status != Status::Running {
        return reject("the run is not under way");
    }
    match hidden(answer, context) {
        Answer::Note(text) => decide(context, state, Input::Note { text, by: by.clone() }),
        Answer::Pause { reason } => decide(context, state, Input::Pause { reason, by: by.clone() }),
        Answer::Abort { reason } => {
            Ok(vec![(by.clone(), Event::RunFinished { outcome: abort_outcome(state), reason })])
        }
        Answer::Rollback { reason } => roll_back(context, state, reason, by.clone()),
        other => {
            let (node, at) = current(context, state)?;
            match &at.phase {
                Phase::Failed { .. } => super::aftermath::failure(context, state, node, at, other, by),
                Phase::Unknown { .. } => super::aftermath::unknown(context, state, node, at, other, by),
                Phase::Reached => at_step(context, state, node, at, other, by),
                phase => reject(format!("`{}` is {}", node.id, phase.name())),
            }
        }
    }
}

/// What a person says in words is journaled: a secret in it is not.
fn hidden(answer: Answer, context: &Context<'_>) -> Answer {
    let hide = |text: String| render::mask(&text, context.secrets);
    match answer {
        Answer::Skip { reason } => Answer::Skip { reason: hide(reason) },
        Answer::Done { note } => Answer::Done { note: hide(note) },
        Answer::No { note } => Answer::No { note: hide(note) },
        Answer::Failure(answer, note) => Answer::Failure(answer, hide(note)),
        Answer::Unknown(answer, note) => Answer::Unknown(answer, hide(note)),
        Answer::Note(text) => Answer::Note(hide(text)),
        Answer::Rollback { reason } => Answer::Rollback { reason: hide(reason) },
        Answer::Pause { reason } => Answer::Pause { reason: hide(reason) },
        Answer::Abort { reason } => Answer::Abort { reason: hide(reason) },
        other => other,
    }
}

/// Giving up in the middle of the way back leaves things half undone.
const fn abort_outcome(state: &RunState) -> Outcome {
    if state.rollback.is_some() { Outcome::Stuck } else { Outcome::Aborted }
}

pub(super) fn roll_back(context: &Context<'_>, state: &RunState, reason: String, by: Actor) -> Decision {
    if state.rollback.is_some() && state.status == Status::Running {
        return reject("the way back is being taken already");
    }
    let way = way_back(context.plan, state);
    if way.queue.is_empty() {
        return reject(NOTHING_TO_UNDO);
    }
    let mut events = Vec::new();
    // Only a process that has just taken the run up comes here with a step announced: nothing of its own runs yet.
    if let (Some(Phase::Running), Some(node), Status::Running) = (state.phase(), &state.cursor, state.status) {
        let reason = "the way back was asked for before it was run again".to_owned();
        events.push((Actor::Engine, Event::OutcomeUnknown { node: node.clone(), reason }));
    }
    events.push((by, Event::RollbackStarted { reason, queue: way.queue, left: way.left, rounds: way.rounds }));
    Ok(events)
}

fn at_step(
    context: &Context<'_>,
    state: &RunState,
    node: &Node,
    at: &NodeState,
    answer: Answer,
    by: &Actor,
) -> Decision {
    match (&node.work, answer) {
        (_, Answer::Skip { reason }) => skip(context, state, node, reason, by),
        (Work::Command(_), Answer::Run { edited }) => start(context, state, node, at, edited, by.clone()),
        (Work::Command(_) | Work::Manual, Answer::Done { note }) => {
            Ok(done(context, state, node, How::ByHand, note, by.clone()))
        }
        (Work::Command(work), Answer::Value(value)) => values::value_for_command(context, state, work, &value, by),
        (Work::Check { .. }, Answer::Yes | Answer::Done { .. }) => {
            Ok(done(context, state, node, How::Confirmed, String::new(), by.clone()))
        }
        (Work::Check { .. } | Work::Manual, Answer::No { note }) => {
            let cause = Cause::CheckRefused { note };
            Ok(vec![(
                by.clone(),
                Event::StepFailed {
                    node: node.id.clone(),
                    cause,
                    took_ms: 0,
                    output: None,
                    retry_ms: None,
                    done_on: Vec::new(),
                },
            )])
        }
        (Work::Manual, Answer::Yes) => Ok(done(context, state, node, How::ByHand, String::new(), by.clone())),
        (Work::Gate { question, .. }, Answer::Value(value)) => {
            match super::due::missing_in_words(context, state, question) {
                Some(ask) => values::value_given(context, &ask, &value, by),
                None => reject("no value is missing here"),
            }
        }
        (Work::Gate { question, approvers }, Answer::Yes) => {
            gate(context, state, node, at, &super::say(context, state, question), *approvers, by)
        }
        (Work::Gate { question, .. }, Answer::No { note }) => {
            let question = super::say(context, state, question);
            let reason = if note.is_empty() { format!("no: {question}") } else { format!("no: {question} ({note})") };
            Ok(vec![
                (by.clone(), Event::GateAnswered { node: node.id.clone(), yes: false, question }),
                (by.clone(), Event::RunFinished { outcome: abort_outcome(state), reason }),
            ])
        }
        (Work::Decision { .. }, Answer::Value(value)) => match super::again::missing_list(context, state, node) {
            Some(ask) => values::value_given(context, &ask, &value, by),
            None => reject("no value is missing here"),
        },
        (Work::Decision { options }, Answer::Choose(option)) => {
            let Some(choice) = options.get(option) else {
                return reject(format!("there are {} ways, and none has the number {}", options.len(), option + 1));
            };
            if choice.rollback && way_back(context.plan, state).queue.is_empty() {
                return reject(NOTHING_TO_UNDO);
            }
            let because = proposal(context, state, node)
                // What was drawn stays drawn when a person says yes to it.
                .filter(|(i, _)| *i == option && (*by == Actor::Engine || node.draw.is_some()))
                .map(|(_, why)| why);
            // The last one's values are no other one's, nor those of what comes after.
            let forgets = node.again.as_ref().map(|again| again.forget.clone()).unwrap_or_default();
            let round = super::again::round(context, state, node, option).map_err(Rejected)?;
            let mut values: BTreeMap<_, _> = forgets.iter().map(|name| (name.clone(), None)).collect();
            values.extend(round.iter().map(|round| (round.variable.clone(), Some(round.value.clone()))));
            let label = match &round {
                Some(round) => super::again::labelled(context, &choice.label, &round.value),
                None => choice.label.clone(),
            };
            let decided = Event::Decided { node: node.id.clone(), option, label, because, forgets, round };
            let mut events = vec![(by.clone(), decided)];
            let just = Just { ended: Some(&node.id), chosen: Some(option), values: Some(&values), ..Just::default() };
            events.extend(advance(context, state, just));
            Ok(events)
        }
        (Work::Input(input), Answer::Value(value)) => {
            let value = values::valid(&value, input.kind, &input.options)?;
            let secret = is_secret(context, state, &input.name);
            let met = input.objective.as_deref().and_then(|o| super::objective::met(o, &value));
            let filled = Event::BlankFilled {
                node: node.id.clone(),
                name: input.name.clone(),
                label: input.label.clone(),
                value: if secret { render::MASK.to_owned() } else { value.clone() },
                objective: input.objective.clone(),
                met,
            };
            let value = (!secret).then_some(value);
            let mut events = vec![(by.clone(), filled)];
            if secret {
                let kept = Event::VariableSet { name: input.name.clone(), value: None, from: "answer".to_owned() };
                events.push((by.clone(), kept));
            }
            let values = BTreeMap::from([(input.name.clone(), value)]);
            events.extend(advance(
                context,
                state,
                Just { ended: Some(&node.id), values: Some(&values), ..Just::default() },
            ));
            Ok(events)
        }
        (_, other) => reject(format!("`{other:?}` does not answer what `{}` asks", node.id)),
    }
}

fn skip(context: &Context<'_>, state: &RunState, node: &Node, reason: String, by: &Actor) -> Decision {
    if matches!(node.work, Work::Gate { .. }) {
        return reject("a gate cannot be skipped: answer yes or no");
    }
    if matches!(node.work, Work::Decision { .. }) {
        return reject("a decision cannot be skipped: choose a way, pause or abort");
    }
    if reason.trim().is_empty() && !node.optional {
        return reject("skipping a step needs a reason");
    }
    let mut events = vec![(by.clone(), Event::Skipped { node: node.id.clone(), reason, automatic: false })];
    events.extend(advance(context, state, Just { ended: Some(&node.id), skipped: true, ..Just::default() }));
    Ok(events)
}

fn gate(
    context: &Context<'_>,
    state: &RunState,
    node: &Node,
    at: &NodeState,
    question: &str,
    approvers: u32,
    by: &Actor,
) -> Decision {
    if at.approved_by.iter().any(|n| n == by.name()) {
        return reject(format!("{} has said yes already; somebody else must", by.name()));
    }
    let yes = Event::GateAnswered { node: node.id.clone(), yes: true, question: question.to_owned() };
    let mut events = vec![(by.clone(), yes)];
    let approved = u32::try_from(at.approved_by.len()).unwrap_or(u32::MAX).saturating_add(1);
    if approved >= approvers {
        let mut names = at.approved_by.clone();
        names.push(by.name().to_owned());
        events.extend(done(context, state, node, How::Confirmed, names.join(", "), by.clone()));
    }
    Ok(events)
}

/// Announces a command.
pub(super) fn start(
    context: &Context<'_>,
    state: &RunState,
    node: &Node,
    at: &NodeState,
    edited: Option<String>,
    by: Actor,
) -> Decision {
    let Work::Command(work) = &node.work else { return reject(format!("`{}` has nothing to run", node.id)) };
    super::guard::required(context, state, work, &state.places).map_err(|why| Rejected(format!("refused: {why}")))?;
    let kept = edited.or_else(|| at.edited.clone().filter(|_| matches!(at.phase, Phase::Retrying { .. })));
    let (shown, edited) = match kept {
        Some(text) if text.trim().is_empty() => return reject("the edited command is empty; skip the step instead"),
        Some(text) => {
            // What runs is what the journal says; a secret in an edited text could be neither shown nor kept.
            if text.contains(render::MASK) || render::mask(&text, context.secrets) != text {
                return reject("an edited command cannot hold a secret: let it read a variable instead");
            }
            if let Some(written) = render::unfilled(work, &text) {
                return reject(format!("`{written}` in the edited command is still to be filled in"));
            }
            (text, true)
        }
        None => {
            let rendered = render::command(work, &context.scope(state)).map_err(|e| Rejected(e.to_string()))?;
            if let Some((name, written)) = rendered.missing.first() {
                return reject(format!("`{written}` has no value yet: `{name}` is needed first"));
            }
            (render::mask(&rendered.shown, context.secrets), false)
        }
    };
    let repeatable =
        !edited && (work.effect == Effect::Read || work.options.idempotent) && work.reading == Reading::Run;
    let started = Event::StepStarted {
        node: node.id.clone(),
        attempt: at.attempts + 1,
        rendered: shown,
        effect: work.effect,
        repeatable,
        edited,
    };
    Ok(vec![(by, started)])
}

fn completed(
    context: &Context<'_>,
    state: &RunState,
    verdict: Verdict,
    took_ms: u64,
    (output, session): (Option<Blob>, Option<Blob>),
    done_on: Vec<String>,
) -> Decision {
    let (node, at) = current(context, state)?;
    let Work::Command(work) = &node.work else { return reject(format!("`{}` has nothing to run", node.id)) };
    let id = node.id.clone();
    match verdict {
        Verdict::Success { exit, captures, summary } => {
            let secret = work.options.secret;
            let captures: BTreeMap<_, _> = captures.into_iter().map(|(k, v)| (k, (!secret).then_some(v))).collect();
            let summary = render::mask(&summary, context.secrets);
            let mut events = Vec::new();
            if node.pivot {
                events.push((Actor::Engine, Event::PivotPassed { node: id.clone() }));
            }
            let values = captures.clone();
            let done = Event::StepSucceeded {
                node: id,
                how: How::Ran,
                exit: Some(exit),
                took_ms,
                captures,
                output,
                session,
                summary,
            };
            events.push((Actor::Engine, done));
            events.extend(advance(
                context,
                state,
                Just { ended: Some(&node.id), values: Some(&values), ..Just::default() },
            ));
            Ok(events)
        }
        Verdict::Failure(cause) => {
            let retry_ms = retry(work, at, &cause);
            let cause = masked(cause, context);
            let mut events = vec![(
                Actor::Engine,
                Event::StepFailed { node: id.clone(), cause, took_ms, output, retry_ms, done_on },
            )];
            if retry_ms.is_none() && node.path != Path::Forward {
                events.push((Actor::Engine, Event::UndoFailed { node: id }));
            }
            Ok(events)
        }
        // A server's words may quote what it was given.
        Verdict::Unknown(reason) => {
            let reason = render::mask(&reason, context.secrets);
            Ok(vec![(Actor::Engine, Event::OutcomeUnknown { node: id, reason })])
        }
    }
}

fn masked(cause: Cause, context: &Context<'_>) -> Cause {
    match cause {
        Cause::Expectation { message } => Cause::Expectation { message: render::mask(&message, context.secrets) },
        Cause::Capture { message } => Cause::Capture { message: render::mask(&message, context.secrets) },
        Cause::Evaluation { message } => Cause::Evaluation { message: render::mask(&message, context.secrets) },
        Cause::Server { message } => Cause::Server { message: render::mask(&message, context.secrets) },
        Cause::WrongTarget { message } => Cause::WrongTarget { message: render::mask(&message, context.secrets) },
        Cause::Spawn { message } => Cause::Spawn { message: render::mask(&message, context.secrets) },
        other => other,
    }
}

/// The pause before another try, if there is one left and trying again is harmless.
fn retry(work: &CommandWork, at: &NodeState, cause: &Cause) -> Option<u64> {
    let harmless = work.effect == Effect::Read || work.options.idempotent;
    let stopped = matches!(cause, Cause::Stopped | Cause::Evaluation { .. } | Cause::WrongTarget { .. });
    if !harmless || stopped || at.attempts > work.options.retries || at.edited.is_some() {
        return None;
    }
    let pause = work.options.every.unwrap_or(Duration::from_secs(1));
    let factor = work.options.backoff.unwrap_or(1.0).powi(i32::try_from(at.attempts.saturating_sub(1)).unwrap_or(0));
    let millis = pause.mul_f64(factor.clamp(1.0, 1e6)).min(Duration::from_secs(3600)).as_millis();
    u64::try_from(millis).ok()
}

/// Whether a mode executes nothing at all.
#[must_use]
pub const fn executes_nothing(mode: Mode) -> bool {
    matches!(mode, Mode::Tabletop)
}
