//! The loop itself.

use super::core::{Core, DriverError};
use super::execute;
use super::ports::{Executor, Operator, Reply};
use super::signals::{Signals, Told};
use crate::engine::decide::Input;
use crate::engine::due::Due;
use crate::engine::event::{Actor, Outcome};
use crate::engine::question::{Answer, Ask, Question};
use crate::plan::aim::Aim;
use crate::plan::model::Path;
use crate::runbook::model::Language;
use std::time::Duration;

/// Why the loop ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The run is over.
    Finished(Outcome),
    /// The run waits.
    Paused {
        /// For what.
        reason: String,
        /// An outcome is unknown, or an undo failed, and nobody said what to do.
        stuck: bool,
    },
}

/// Answers that were refused in a row before the question counts as unanswered: a file that gives a wrong answer gives it
/// every time.
const PATIENCE: u32 = 3;

/// Drives a run from `first` until it is over or waits.
///
/// # Errors
/// When the journal cannot be written, or `first` does not fit.
pub async fn drive<E: Executor, O: Operator>(
    core: &mut Core<'_>,
    executor: &mut E,
    operator: &mut O,
    first: Vec<Input>,
) -> Result<Ending, DriverError> {
    let mut signals = Signals::new().map_err(DriverError::Signals)?;
    core.known = executor.names().into_iter().collect();
    core.lost = executor.lost().into_iter().collect();
    for input in first {
        core.commit(input)?;
    }
    let mut refused = 0;
    loop {
        core.turn()?;
        match core.due() {
            Due::Nothing => {
                if core.state.outcome.is_some() {
                    settle(core, &mut signals).await?;
                }
                return Ok(ending(core));
            }
            Due::Advance => core.commit(Input::Advance)?,
            Due::Rehearse { .. } => core.commit(Input::Rehearsed)?,
            Due::Delay { for_ms, .. } => {
                match execute::delay(core, operator, &mut signals, Duration::from_millis(for_ms)).await? {
                    Some(reason) => pause(core, reason)?,
                    None => core.commit(Input::Retry)?,
                }
            }
            Due::Look { node, text, values } => {
                let looked = execute::look(core, executor, operator, &mut signals, (&node, text, values)).await?;
                core.commit(looked.input)?;
                if let Some(reason) = looked.pause
                    && core.due() != Due::Nothing
                {
                    pause(core, reason)?;
                }
            }
            Due::Identify { aims, .. } => identify(core, executor, &mut signals, aims).await?,
            Due::Execute { node, attempt, text, values } => {
                let ran = execute::run(core, executor, operator, &mut signals, (&node, attempt, text, values)).await?;
                core.commit(ran.input)?;
                if let Some(reason) = ran.pause
                    && core.due() != Due::Nothing
                {
                    pause(core, reason)?;
                }
            }
            Due::Ask(question) => {
                if let Some(ending) = ask(core, operator, &mut signals, question, &mut refused).await? {
                    return Ok(ending);
                }
            }
        }
    }
}

/// The steps are over: a recovery that has just begun is watched until it counts, unless somebody does not want to wait.
async fn settle(core: &mut Core<'_>, signals: &mut Signals) -> Result<(), DriverError> {
    let Some(first) = core.pending() else { return core.measure().await };
    let until = tokio::time::Instant::now() + first.left;
    while let Some(pending) = core.pending().filter(|_| tokio::time::Instant::now() < until) {
        core.report(|reporter, _| reporter.waiting(&pending));
        tokio::select! {
            () = tokio::time::sleep(execute::TICK) => core.hear()?,
            _ = signals.next() => break,
        }
    }
    core.measure().await
}

/// Asks places what they are. A signal ends the asking: what has not answered has not proven anything.
async fn identify<E: Executor>(
    core: &mut Core<'_>,
    executor: &mut E,
    signals: &mut Signals,
    aims: Vec<Aim>,
) -> Result<(), DriverError> {
    let asked = aims.clone();
    let said = tokio::select! {
        said = executor.identify(aims) => said,
        told = signals.next() => {
            let stopped = match told {
                Told::Interrupt => "stopped by Ctrl-C",
                Told::HangUp => "the terminal is gone",
                Told::Terminate => "runbook was told to end",
            };
            asked.into_iter().map(|aim| (aim, Err(stopped.to_owned()))).collect()
        }
    };
    core.commit(Input::Identified(said))
}

fn pause(core: &mut Core<'_>, reason: String) -> Result<(), DriverError> {
    core.commit(Input::Pause { reason, by: Actor::Engine })
}

fn ending(core: &Core<'_>) -> Ending {
    match &core.state.outcome {
        Some((outcome, _)) => Ending::Finished(*outcome),
        None => Ending::Paused { reason: "paused".to_owned(), stuck: false },
    }
}

/// Asks once. `Some` when the run waits from here on.
async fn ask<O: Operator>(
    core: &mut Core<'_>,
    operator: &mut O,
    signals: &mut Signals,
    question: Question,
    refused: &mut u32,
) -> Result<Option<Ending>, DriverError> {
    let reply = if core.watched() {
        replied(core, operator, signals, &question).await?
    } else {
        let standing = core.standing();
        tokio::select! {
            reply = operator.ask(&question, &standing) => reply,
            reason = ended(signals) => Reply::Answer(Answer::Pause { reason: reason.to_owned() }, Actor::Engine),
        }
    };
    core.watch_time()?;
    let (answer, by) = match (reply, &question.ask) {
        (Reply::Answer(answer, by), _) => (answer, by),
        // Conditions that the runbook itself gives are an answer, when nobody is there to overrule them.
        (Reply::Nobody, Ask::Decision { proposal: Some((option, _)), .. }) => (Answer::Choose(*option), Actor::Engine),
        (Reply::Nobody, _) => return wait(core, &question).map(Some),
        (Reply::Gone, _) => {
            let reason = gone(core).to_owned();
            pause(core, reason.clone())?;
            return Ok(Some(Ending::Paused { reason, stuck: false }));
        }
    };
    let pausing = matches!(answer, Answer::Pause { .. });
    let secret = match (&question.ask, &answer) {
        (Ask::Value { name, secret, .. }, Answer::Value(value))
            if *secret || core.secrets.values().any(|s| s == value.trim()) =>
        {
            Some((name.clone(), value.trim().to_owned()))
        }
        _ => None,
    };
    match core.commit(Input::Answer(answer, by.clone())) {
        // Only now: before, the value would not be missing any more.
        Ok(()) => {
            core.secrets.extend(secret);
            *refused = 0;
        }
        Err(DriverError::Rejected(why)) => {
            operator.refused(&why.0);
            *refused += 1;
            // A person may try as often as they like; a file would say the same for ever.
            if !matches!(by, Actor::Operator(_)) && *refused >= PATIENCE {
                *refused = 0;
                return wait(core, &question).map(Some);
            }
        }
        Err(other) => return Err(other),
    }
    Ok(pausing.then(|| Ending::Paused { reason: "paused".to_owned(), stuck: false }))
}

/// The answer; what monitors see meanwhile is written down meanwhile.
async fn replied<O: Operator>(
    core: &mut Core<'_>,
    operator: &mut O,
    signals: &mut Signals,
    question: &Question,
) -> Result<Reply, DriverError> {
    let state = core.state.clone();
    let standing = core.standing_of(&state);
    let asking = operator.ask(question, &standing);
    tokio::pin!(asking);
    loop {
        tokio::select! {
            biased;
            reply = &mut asking => return Ok(reply),
            reason = ended(signals) => {
                return Ok(Reply::Answer(Answer::Pause { reason: reason.to_owned() }, Actor::Engine));
            }
            () = tokio::time::sleep(execute::TICK) => core.hear()?,
        }
    }
}

/// Why a run pauses when its terminal closes.
fn gone(core: &Core<'_>) -> &'static str {
    match core.plan.info.language {
        Language::En => "the terminal is gone",
        Language::Fr => "le terminal a disparu",
    }
}

/// Waits for a signal that ends the process. Ctrl-C at a question is the operator port's own business.
async fn ended(signals: &mut Signals) -> &'static str {
    loop {
        match signals.next().await {
            Told::Interrupt => {}
            Told::HangUp => return "the terminal is gone",
            Told::Terminate => return "runbook was told to end",
        }
    }
}

/// Nobody answers: the run waits, and says for what.
fn wait(core: &mut Core<'_>, question: &Question) -> Result<Ending, DriverError> {
    let key = if let Ask::Value { name, .. } = &question.ask { name } else { &question.step };
    let section = question.ask.section();
    let reason = match core.plan.info.language {
        Language::En => format!("no answer for `{key}` in `{section}`"),
        Language::Fr => format!("pas de réponse pour `{key}` dans `{section}`"),
    };
    let undo = core.plan.node(&question.node).is_some_and(|n| n.path != Path::Forward);
    let stuck = matches!(question.ask, Ask::Unknown { .. }) || (undo && matches!(question.ask, Ask::Failure { .. }));
    pause(core, reason.clone())?;
    Ok(Ending::Paused { reason, stuck })
}
