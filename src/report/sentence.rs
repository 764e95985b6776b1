//! Events as sentences.

use super::facts::Facts;
use super::text::{clean, duration};
use super::words::Words;
use crate::engine::event::{Actor, Cause, Event, FailureAnswer, How, Measurement, Mode, Outcome, UnknownAnswer};

/// The sentence for an event. Plain text of one line; whoever prints it escapes it.
#[must_use]
pub fn sentence<'a>(event: &'a Event, facts: &Facts<'a>, words: &Words) -> String {
    // "Stop it:" above a command keeps its colon for whoever reads the page.
    let title = |node: &'a str| clean(facts.title(node)).trim_end_matches([':', ' ', '\u{a0}', '\u{202f}']).to_owned();
    let say = |key: &str, values: &[(&str, &str)]| words.say(&format!("event.{key}"), values);
    match event {
        Event::RunStarted(head) => say(
            "run-started",
            &[
                ("title", &clean(&head.title)),
                ("runbook", &clean(&head.runbook)),
                ("mode", words.get(mode_word(head.mode))),
                ("host", &clean(&head.host)),
            ],
        ),
        Event::RunResumed { torn, .. } if *torn > 0 => say("run-resumed-torn", &[("bytes", &torn.to_string())]),
        Event::RunResumed { edited: true, .. } => say("run-resumed-edited", &[]),
        Event::RunResumed { .. } => say("run-resumed", &[]),
        Event::VariableSet { name, value: Some(value), .. } => {
            say("variable-set", &[("name", &clean(name)), ("value", &clean(value))])
        }
        Event::VariableSet { name, value: None, .. } => say("variable-secret", &[("name", &clean(name))]),
        Event::Decided { node, label, because, .. } => {
            let key = if because.is_some() { "decided-because" } else { "decided" };
            let because = clean(because.as_deref().unwrap_or_default());
            say(key, &[("title", &title(node)), ("label", &clean(label)), ("because", &because)])
        }
        Event::GateAnswered { yes, question, .. } => {
            say(if *yes { "gate-yes" } else { "gate-no" }, &[("question", &question_of(question))])
        }
        Event::BlankFilled { label, value, objective, met, .. } => {
            let objective = objective.as_deref();
            let key = match (objective, met) {
                (None, _) => "blank-filled",
                (_, Some(true)) => "blank-met",
                (_, Some(false)) => "blank-missed",
                (_, None) => "blank-open",
            };
            let objective = clean(objective.unwrap_or_default());
            say(key, &[("label", &label_of(label)), ("value", &clean(value)), ("objective", &objective)])
        }
        Event::MonitorStarted { monitor, target, .. } => {
            say("monitor-started", &[("monitor", &clean(monitor)), ("target", &clean(target))])
        }
        Event::MonitorChanged { monitor, up, detail, .. } => {
            let key = if *up { "monitor-up" } else { "monitor-down" };
            say(key, &[("monitor", &clean(monitor)), ("detail", &clean(detail))])
        }
        Event::Measured(measured) => measured_sentence(measured, words),
        Event::TargetSeen { target, members, .. } => {
            let seen = crate::engine::guard::seen(target, members, words.language());
            say("target-seen", &[("seen", &clean(&seen.join("; ")))])
        }
        Event::Noted { text, action, .. } => {
            say(if *action { "noted-action" } else { "noted" }, &[("text", &clean(text))])
        }
        Event::Paused { reason } => say("paused", &[("reason", &clean(reason))]),
        Event::RollbackStarted { reason, queue, .. } => {
            say("rollback-started", &[("steps", &queue.len().to_string()), ("reason", &clean(reason))])
        }
        Event::RunFinished { outcome, reason } => {
            let key = if reason.is_empty() { "run-finished" } else { "run-finished-reason" };
            say(key, &[("outcome", outcome_word(*outcome, words)), ("reason", &clean(reason))])
        }
        event => step_sentence(event, &title, words),
    }
}

/// What a monitor measured, the parts that it has.
fn measured_sentence(measured: &Measurement, words: &Words) -> String {
    let mut parts = Vec::new();
    let ms = |ms: u64| duration(ms, words);
    parts.extend(
        measured
            .rto_ms
            .map(|rto| words.say("event.measured-rto", &[("rto", &ms(rto)), ("error", &ms(measured.sampling_ms))])),
    );
    parts.extend(measured.lost.map(|lost| {
        let Some(time) = measured.rpo_ms.map(ms) else { return words.get("event.measured-rpo-since").to_owned() };
        let all = measured.acknowledged.unwrap_or_default();
        words.say("event.measured-rpo", &[("lost", &lost.to_string()), ("all", &all.to_string()), ("time", &time)])
    }));
    if parts.is_empty() {
        parts.push(words.get("event.measured-nothing").to_owned());
    }
    words.say("event.measured", &[("monitor", &clean(&measured.monitor)), ("what", &parts.join("; "))])
}

/// Sentences about one step.
fn step_sentence<'a>(event: &'a Event, title: &dyn Fn(&'a str) -> String, words: &Words) -> String {
    let say = |key: &str, node: &'a str, more: (&str, &str)| {
        words.say(&format!("event.{key}"), &[("title", &title(node)), more])
    };
    match event {
        Event::StepReached { node, .. } => say("step-reached", node, ("", "")),
        Event::StepStarted { node, edited: true, .. } => say("step-started-edited", node, ("", "")),
        Event::StepStarted { node, attempt, .. } if *attempt > 1 => {
            say("step-started-again", node, ("attempt", &attempt.to_string()))
        }
        Event::StepStarted { node, .. } => say("step-started", node, ("", "")),
        Event::StepSucceeded { node, how, summary, took_ms, .. } => {
            let mut text = say(how_sentence(*how), node, ("", ""));
            if !summary.is_empty() {
                text = words.say("event.summary", &[("text", &text), ("summary", &clean(summary))]);
            }
            if *how == How::Ran {
                let took = words.say("event.took", &[("took", &duration(*took_ms, words))]);
                text = format!("{text} {took}");
            }
            text
        }
        Event::StepFailed { node, cause, retry_ms, .. } => {
            let pause = retry_ms.map(|pause| duration(pause, words)).unwrap_or_default();
            let key = if retry_ms.is_some() { "event.step-failed-retry" } else { "event.step-failed" };
            words.say(key, &[("title", &title(node)), ("cause", &cause_words(cause, words)), ("pause", &pause)])
        }
        Event::OutcomeUnknown { node, reason } => say("outcome-unknown", node, ("reason", &clean(reason))),
        Event::Looked { node, said, .. } => say("looked", node, ("said", &clean(said))),
        Event::UnknownAnswered { node, answer, note } => {
            say("unknown-answered", node, ("answer", &answer_words(unknown_key(*answer), note, words)))
        }
        Event::FailureAnswered { node, answer, note } => {
            say("failure-answered", node, ("answer", &answer_words(failure_key(*answer), note, words)))
        }
        Event::Skipped { node, reason, automatic } => {
            say(if *automatic { "skipped-automatic" } else { "skipped" }, node, ("reason", &clean(reason)))
        }
        Event::PivotPassed { node } => say("pivot-passed", node, ("", "")),
        Event::Overdue { node, planned_ms } => say("overdue", node, ("planned", &duration(*planned_ms, words))),
        Event::UndoFailed { node } => say("undo-failed", node, ("", "")),
        // The other events have their sentence above.
        _ => event.name().to_owned(),
    }
}

const fn how_sentence(how: How) -> &'static str {
    match how {
        How::Ran => "step-succeeded",
        How::ByHand => "step-by-hand",
        How::Happened => "step-happened",
        How::Confirmed => "step-confirmed",
        How::Rehearsed => "step-rehearsed",
    }
}

/// A gate's question without its own "GO/NO-GO:": the answer says GO or NO-GO.
fn question_of(question: &str) -> String {
    let question = clean(question);
    let rest = question.get(..8).filter(|start| start.eq_ignore_ascii_case("go/no-go")).map(|_| &question[8..]);
    let rest = rest.map(|rest| rest.trim_start_matches([':', ' ', '\u{a0}', '\u{202f}', '-', '–', '—']));
    rest.filter(|rest| !rest.is_empty()).map_or(question.clone(), str::to_owned)
}

/// A blank's label without its own colon.
#[must_use]
pub fn label_of(label: &str) -> String {
    clean(label).trim_end_matches([':', ' ', '\u{a0}', '\u{202f}', '*', '_']).to_owned()
}

/// A cause in words.
#[must_use]
pub fn cause_words(cause: &Cause, words: &Words) -> String {
    let say = |key: &str, values: &[(&str, &str)]| words.say(&format!("cause.{key}"), values);
    match cause {
        Cause::Server { message } => clean(message),
        Cause::WrongTarget { message } => say("wrong-target", &[("message", &clean(message))]),
        Cause::Called { run, outcome } => {
            say("called", &[("run", &clean(run)), ("outcome", outcome_word(*outcome, words))])
        }
        Cause::Spawn { message } => say("spawn", &[("message", &clean(message))]),
        Cause::Exit { status } => say("exit", &[("status", &status.to_string())]),
        Cause::Signal { signal } => say("signal", &[("signal", &signal.to_string())]),
        Cause::TimedOut { after_ms } => say("timed-out", &[("after", &duration(*after_ms, words))]),
        Cause::Stopped => say("stopped", &[]),
        Cause::Expectation { message } => say("expectation", &[("message", &clean(message))]),
        Cause::Capture { message } => say("capture", &[("message", &clean(message))]),
        Cause::Evaluation { message } => say("evaluation", &[("message", &clean(message))]),
        Cause::CheckRefused { note } if note.is_empty() => say("check-refused", &[]),
        Cause::CheckRefused { note } => say("check-refused-note", &[("note", &clean(note))]),
    }
}

fn answer_words(key: &str, note: &str, words: &Words) -> String {
    let key = format!("answer.{key}");
    let answer = words.get(&key);
    if note.is_empty() {
        return answer.to_owned();
    }
    words.say("answer.with-note", &[("answer", answer), ("note", &clean(note))])
}

const fn unknown_key(answer: UnknownAnswer) -> &'static str {
    match answer {
        UnknownAnswer::Happened => "happened",
        UnknownAnswer::Again => "again",
        UnknownAnswer::Undo => "undo",
        UnknownAnswer::Stop => "stop",
    }
}

const fn failure_key(answer: FailureAnswer) -> &'static str {
    match answer {
        FailureAnswer::Retry => "retry",
        FailureAnswer::Done => "done",
        FailureAnswer::Skip => "skip",
        FailureAnswer::Rollback => "rollback",
        FailureAnswer::Abort => "abort",
    }
}

/// The key of a mode's word.
#[must_use]
pub const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Tabletop => "mode.tabletop",
        Mode::Walkthrough => "mode.walkthrough",
        Mode::Simulation => "mode.simulation",
        Mode::Live => "mode.live",
    }
}

/// An outcome's stable name.
#[must_use]
pub const fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::Failed => "failed",
        Outcome::Aborted => "aborted",
        Outcome::RolledBack => "rolled-back",
        Outcome::Stuck => "stuck",
    }
}

/// An outcome in words.
#[must_use]
pub fn outcome_word(outcome: Outcome, words: &Words) -> &str {
    match outcome {
        Outcome::Completed => words.get("outcome.completed"),
        Outcome::Failed => words.get("outcome.failed"),
        Outcome::Aborted => words.get("outcome.aborted"),
        Outcome::RolledBack => words.get("outcome.rolled-back"),
        Outcome::Stuck => words.get("outcome.stuck"),
    }
}

/// A person, or the engine.
#[must_use]
pub fn actor_words(actor: &Actor, words: &Words) -> String {
    match actor {
        Actor::Operator(name) => clean(name),
        Actor::Answers(name) => words.say("actor.answers", &[("name", &clean(name))]),
        Actor::Yes(name) => words.say("actor.yes", &[("name", &clean(name))]),
        Actor::Engine => words.get("actor.engine").to_owned(),
    }
}
