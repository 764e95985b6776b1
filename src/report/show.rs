//! One run: how it stands, what is done, what it knows, what it waits for.

use super::facts::{Facts, StepFacts, StepStanding};
use super::grid::grid;
use super::sentence::{actor_words, cause_words, mode_word, outcome_key, outcome_word};
use super::text::{clean, duration, moment};
use super::timeline::language_of;
use super::words::Words;
use crate::engine::event::{Caller, How, Mode};
use crate::journal::record::Record;
use crate::journal::runs::Standing;
use crate::runbook::model::Language;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// How to show a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShowOptions<'a> {
    /// The run's own when `None`.
    pub language: Option<Language>,
    /// How it stands, from [`crate::journal::resolve`]: the records alone do not tell a run under way from one whose
    /// process died.
    pub standing: Option<&'a Standing>,
}

/// A run as shown; also its JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// Its id.
    pub run: String,
    /// The runbook's id.
    pub runbook: String,
    /// Its title.
    pub title: String,
    /// The runbook's path.
    pub path: String,
    /// How much of it was real.
    pub mode: Option<Mode>,
    /// P0–P3.
    pub severity: Option<String>,
    /// `incident`, `maintenance`, `drill`.
    pub category: Option<String>,
    /// `empty`, `running`, `interrupted`, `paused`, `finished` or `broken`.
    pub status: &'static str,
    /// How it ended.
    pub outcome: Option<&'static str>,
    /// Why it ended or waits.
    pub reason: Option<String>,
    /// The process that drives it now.
    pub pid: Option<u32>,
    /// The run and the step that called it, when another one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub called_by: Option<Caller>,
    /// When the incident began, as declared.
    pub incident_start: Option<Timestamp>,
    /// When the run began.
    pub began: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// From its start to its end, or to its last record.
    pub duration_ms: u64,
    /// People seen.
    pub people: Vec<String>,
    /// What it waits for.
    pub waits_for: Option<Wait>,
    /// Whether the point of no return is behind.
    pub pivot_passed: bool,
    /// The way back, once begun.
    pub rollback: Option<ShownRollback>,
    /// Steps in the order in which they were reached.
    pub steps: Vec<ShownStep>,
    /// Steps on the forward path of the plan.
    pub steps_planned: usize,
    /// Variables: their value (`null` for a secret) and where it comes from.
    pub variables: BTreeMap<String, ShownValue>,
    /// Records in the journal.
    pub records: usize,
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// `answer`, `failure`, `unknown`, `command` or `resume`.
    pub kind: &'static str,
    /// The node.
    pub step: Option<String>,
    /// Its title.
    pub title: Option<String>,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownRollback {
    /// How many steps are undone.
    pub done: usize,
    /// Of how many.
    pub all: usize,
    /// What cannot be undone.
    pub left: Vec<String>,
}

/// A variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownValue {
    /// `None` for a secret.
    pub value: Option<String>,
    /// Whether it is a secret.
    pub secret: bool,
    /// `option`, `file`, `default`, `answer`, `capture` or `blank`.
    pub from: String,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownStep {
    /// Node id.
    pub node: String,
    /// Its title.
    pub title: String,
    /// `reached`, `running`, `retrying`, `failed`, `unknown`, `done` or `skipped`.
    pub standing: &'static str,
    /// How it came to be done.
    pub how: Option<How>,
    /// Tries.
    pub tries: u32,
    /// Milliseconds during which people had the word.
    pub people_ms: u64,
    /// Milliseconds during which commands ran.
    pub machine_ms: u64,
    /// The fact that matters, or why not.
    pub result: String,
    /// When it was reached.
    pub reached: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// Gathers what is shown.
#[must_use]
pub fn show(records: &[Record], options: &ShowOptions<'_>) -> Shown {
    let facts = Facts::gather(records);
    let words = Words::of(language_of(options.language, &facts));
    let head = facts.head;
    let status = status(&facts, options.standing);
    let text =
        |field: fn(&crate::engine::event::RunHead) -> &String| head.map(|head| clean(field(head))).unwrap_or_default();
    let ended = facts.finished.map(|(_, outcome, reason)| (outcome_key(outcome), reason));
    let reason = ended.map(|(_, reason)| reason).or(facts.paused).filter(|reason| !reason.is_empty());
    let pid = match options.standing {
        Some(Standing::Running { pid }) => *pid,
        _ => None,
    };
    Shown {
        run: text(|head| &head.run),
        runbook: text(|head| &head.runbook),
        title: text(|head| &head.title),
        path: text(|head| &head.path),
        mode: head.map(|head| head.mode),
        severity: head.and_then(|head| head.severity.as_deref()).map(clean),
        category: head.and_then(|head| head.category.as_deref()).map(clean),
        status,
        outcome: ended.map(|(outcome, _)| outcome),
        reason: reason.map(clean),
        pid,
        called_by: head.and_then(|head| head.called_by.clone()),
        incident_start: facts.incident,
        began: facts.began,
        ended: facts.finished.map(|(at, ..)| at),
        duration_ms: facts.elapsed_ms,
        people: facts.people.iter().map(|actor| actor_words(actor, words)).collect(),
        waits_for: waits_for(&facts, status),
        pivot_passed: facts.pivot,
        rollback: facts.rollback.map(|(done, all, left)| ShownRollback {
            done,
            all,
            left: left.iter().map(|what| clean(what)).collect(),
        }),
        steps: facts.steps.iter().map(|step| shown_step(step, status, words)).collect(),
        steps_planned: head.map_or(0, |head| head.steps),
        variables: variables(&facts),
        records: records.len(),
    }
}

fn status(facts: &Facts<'_>, standing: Option<&Standing>) -> &'static str {
    match standing {
        Some(Standing::Broken { .. }) => "broken",
        _ if facts.finished.is_some() => "finished",
        Some(Standing::Running { .. }) => "running",
        _ if facts.paused.is_some() => "paused",
        _ if facts.head.is_none() => "empty",
        Some(_) => "interrupted",
        None => "running",
    }
}

fn waits_for(facts: &Facts<'_>, status: &'static str) -> Option<Wait> {
    if !matches!(status, "running" | "paused" | "interrupted") {
        return None;
    }
    let open = facts.cursor.map(|at| &facts.steps[at]);
    let kind = match open.map(|step| step.standing) {
        Some(StepStanding::Reached) => "answer",
        Some(StepStanding::Failed) => "failure",
        Some(StepStanding::Unknown) => "unknown",
        Some(StepStanding::Running) if status == "interrupted" => "unknown",
        Some(StepStanding::Running | StepStanding::Retrying) => "command",
        Some(StepStanding::Done | StepStanding::Skipped) | None => "resume",
    };
    if kind == "resume" && status == "running" {
        return None;
    }
    let open = open.filter(|_| kind != "resume");
    Some(Wait { kind, step: open.map(|step| step.node.to_owned()), title: open.map(|step| clean(step.title)) })
}

fn shown_step(step: &StepFacts<'_>, status: &str, words: &Words) -> ShownStep {
    // A process that died takes its commands' outcome with it.
    let lost = step.standing == StepStanding::Running && matches!(status, "interrupted" | "paused");
    let standing = if lost { StepStanding::Unknown } else { step.standing };
    let failed = matches!(step.standing, StepStanding::Failed | StepStanding::Retrying);
    let result = match step.cause.filter(|_| failed) {
        Some(cause) => cause_words(cause, words),
        None => clean(step.result),
    };
    ShownStep {
        node: clean(step.node),
        title: clean(step.title),
        standing: standing.key(),
        how: step.how,
        tries: step.tries,
        people_ms: step.people_ms,
        machine_ms: step.machine_ms,
        result,
        reached: step.reached,
        ended: step.ended.map(|(at, _)| at),
    }
}

fn variables(facts: &Facts<'_>) -> BTreeMap<String, ShownValue> {
    let shown = |(value, from): &(Option<&str>, &str)| ShownValue {
        value: value.map(clean),
        secret: value.is_none(),
        from: clean(from),
    };
    facts.variables.iter().map(|(name, value)| (clean(name), shown(value))).collect()
}

/// As JSON with stable keys.
///
/// # Errors
/// When it cannot be written, which does not happen for this type.
pub fn to_json(shown: &Shown) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(shown)
}

/// For a terminal of `width` columns. Without colours.
#[must_use]
pub fn table(shown: &Shown, language: Language, width: u16) -> String {
    let words = Words::of(language);
    let mut out = head_lines(shown, words);
    if !shown.steps.is_empty() {
        out.push('\n');
        out.push_str(&steps_table(shown, words, width));
        out.push('\n');
    }
    if !shown.variables.is_empty() {
        out.extend(["\n", words.get("show.variables"), "\n"]);
        for (name, value) in &shown.variables {
            let text = value.value.as_deref().unwrap_or_else(|| words.get("show.secret"));
            let key = format!("from.{}", value.from);
            let from = Some(words.get(&key)).filter(|word| *word != key).unwrap_or(&value.from);
            out.extend(["  ", name, " = ", text, "  (", from, ")\n"]);
        }
    }
    out
}

fn head_lines(shown: &Shown, words: &Words) -> String {
    let mode = shown.mode.map_or("", |mode| words.get(mode_word(mode)));
    let about = [shown.category.as_deref(), shown.severity.as_deref(), Some(mode)];
    let about = about.into_iter().flatten().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    let mut lines = vec![format!("{}  {}  ({about})", shown.runbook, shown.title)];
    let mut line = |key: &str, text: String| {
        let name = words.get(&format!("show.{key}")).to_owned();
        lines.push(format!("  {name:<19} {text}"));
    };
    line("run", shown.run.clone());
    line("state", standing_words(shown, words));
    if let Some(by) = &shown.called_by {
        line("called-by", format!("{} ({})", clean(&by.run), clean(&by.node)));
    }
    if let Some(at) = shown.incident_start {
        line("incident-start", moment(at));
    }
    if let Some(at) = shown.began {
        line("began", moment(at));
    }
    line("duration", duration(shown.duration_ms, words));
    line("people", if shown.people.is_empty() { words.get("show.none").to_owned() } else { shown.people.join(", ") });
    line("records", shown.records.to_string());
    if let Some(wait) = shown.waits_for.as_ref().filter(|wait| wait.kind != "resume") {
        line("waits", wait_words(wait, words));
    }
    if matches!(shown.status, "paused" | "interrupted") {
        line("next", words.say("show.resume", &[("run", &shown.run)]));
    }
    if shown.pivot_passed {
        lines.push(format!("  {}", words.get("show.pivot")));
    }
    if let Some(back) = &shown.rollback {
        let (done, all) = (back.done.to_string(), back.all.to_string());
        lines.push(format!("  {}", words.say("show.rollback", &[("done", &done), ("all", &all)])));
        lines.extend(back.left.iter().map(|what| format!("  {}", words.say("show.left", &[("what", what)]))));
    }
    lines.join("\n") + "\n"
}

fn standing_words(shown: &Shown, words: &Words) -> String {
    let reason = shown.reason.as_deref().unwrap_or_default();
    let text = match (shown.status, shown.pid) {
        ("finished", _) => words.get(&format!("outcome.{}", shown.outcome.unwrap_or("completed"))).to_owned(),
        ("running", Some(pid)) => words.say("show.standing-running", &[("pid", &pid.to_string())]),
        (status, _) => words.get(&format!("standing.{status}")).to_owned(),
    };
    if reason.is_empty() { text } else { format!("{text} ({reason})") }
}

fn wait_words(wait: &Wait, words: &Words) -> String {
    let title = wait.title.as_deref().unwrap_or_default();
    match wait.kind {
        "answer" => words.say("show.answer", &[("title", title)]),
        "failure" => words.say("show.failed", &[("title", title)]),
        "unknown" => words.say("show.unknown", &[("title", title)]),
        "command" => words.say("show.command", &[("title", title)]),
        _ => words.get("show.none").to_owned(),
    }
}

fn steps_table(shown: &Shown, words: &Words, width: u16) -> String {
    let header = ["step", "state", "people-time", "machine-time", "tries", "result"];
    let header = header.map(|name| words.get(&format!("show.{name}")).to_owned()).to_vec();
    let dash = || "-".to_owned();
    let rows = shown.steps.iter().map(|step| {
        vec![
            step.title.clone(),
            words.get(&format!("step.{}", step.standing)).to_owned(),
            duration(step.people_ms, words),
            if step.machine_ms > 0 { duration(step.machine_ms, words) } else { dash() },
            if step.tries > 0 { step.tries.to_string() } else { dash() },
            if step.result.is_empty() { dash() } else { step.result.clone() },
        ]
    });
    grid(header, rows, 0, width)
}

/// How a listed run stands, in words.
#[must_use]
pub fn standing_of(standing: &Standing, words: &Words) -> String {
    let word = |key: &str| words.get(&format!("standing.{key}")).to_owned();
    match standing {
        Standing::Empty => word("empty"),
        Standing::Running { pid: Some(pid) } => words.say("show.standing-running", &[("pid", &pid.to_string())]),
        Standing::Running { pid: None } => word("running"),
        Standing::Interrupted => word("interrupted"),
        Standing::Paused { reason } => words.say("show.standing-paused", &[("reason", &clean(reason))]),
        Standing::Finished { outcome } => outcome_word(*outcome, words).to_owned(),
        Standing::Broken { reason } => words.say("show.standing-broken", &[("reason", &clean(reason))]),
    }
}
