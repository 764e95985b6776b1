//! What happened, when, by whom, and what is known of the system after it.

use super::called::Called;
use super::elsewhere::Elsewhere;
use super::facts::{Facts, Roles, StepFacts, StepStanding};
use super::grid;
use super::render::{ReportError, Template, render};
use super::sentence::{actor_words, mode_word, sentence};
use super::text::{between, bind, clean, clock, code, date, markdown, offset, shorten};
use super::words::Words;
use crate::engine::event::{Actor, Event, How, Outcome, RunHead, UnknownAnswer};
use crate::journal::record::Record;
use crate::runbook::model::{Effect, Language, Role};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// How to make a timeline.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimelineOptions<'a> {
    /// Of the sentences; the run's own when `None`.
    pub language: Option<Language>,
    /// Roles of the nodes, when the plan is at hand.
    pub roles: Option<&'a Roles>,
    /// Also what only a reader of journals wants: steps reached, values set.
    pub all: bool,
    /// Events that other systems wrote down.
    pub elsewhere: &'a [Elsewhere],
    /// The runs that this one called.
    pub called: &'a [Called],
}

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// When it happened.
    pub at: Timestamp,
    /// When it was written down, if that was later.
    pub recorded_at: Option<Timestamp>,
    /// Milliseconds since the start of the run, negative before it.
    pub offset_ms: i64,
    /// The record it comes from; none for what another system or another run wrote down.
    pub seq: Option<u64>,
    /// Where that stands: `alerts.jsonl:3`, or the record of a run that was called: `2026-11-22-f1d5#3`.
    pub origin: Option<String>,
    /// The run that was called, when it comes from one.
    pub run: Option<String>,
    /// The event's type; `incident-start` for the declared start.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The sentence.
    pub event: String,
    /// The command, on one line.
    pub command: Option<String>,
    /// A person, or `runbook`.
    pub actor: String,
    /// `operator`, `answers`, `engine` or `elsewhere`.
    pub actor_kind: &'static str,
    /// What is known of the system after it, in words.
    pub state: Option<String>,
    /// The same, as a stable name.
    pub state_key: Option<&'static str>,
    /// The node.
    pub step: Option<String>,
    /// Its title.
    pub title: Option<String>,
}

/// The language to write in.
#[must_use]
pub(super) fn language_of(chosen: Option<Language>, facts: &Facts<'_>) -> Language {
    chosen.or_else(|| facts.head.map(|head| head.language)).unwrap_or_default()
}

/// The timeline's rows, in the order in which things happened.
#[must_use]
pub fn rows(records: &[Record], options: &TimelineOptions<'_>) -> Vec<Row> {
    let mut facts = Facts::gather(records);
    let words = Words::of(language_of(options.language, &facts));
    let mut known = Known::new(&facts, options.roles);
    let mut rows: Vec<Row> = Vec::with_capacity(records.len());
    let mut late = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let state = known.after(&record.event);
        if let Event::StepReached { node, title } = &record.event {
            facts.retitle(node, title);
        }
        if !options.all && (is_detail(&record.event) || repeats(records, at)) {
            continue;
        }
        let row = row(record, state, &facts, words);
        if row.recorded_at.is_some() { late.push(row) } else { rows.push(row) }
    }
    late.extend(incident_row(records, &facts, words));
    late.extend(options.elsewhere.iter().map(|event| foreign_row(event, &facts, words)));
    late.extend(options.called.iter().flat_map(|called| called_rows(called, &facts, words.language(), options)));
    // The journal's order is the truth, whatever the wall clock did; only what is told later is put into its place.
    late.sort_by_key(|row| (row.at, row.seq));
    for row in late {
        let place = place_of(&row, &rows);
        rows.insert(place, row);
    }
    rows
}

/// Where a row that is told late belongs: by the clock, or between the begin and the end of the step that called its run.
fn place_of(row: &Row, rows: &[Row]) -> usize {
    let later = |other: &Row| {
        other.at > row.at || row.run.is_some() && other.at == row.at && other.seq.is_some() && ends(other)
    };
    rows.iter().position(later).unwrap_or(rows.len())
}

/// Whether a row tells how a step went.
fn ends(row: &Row) -> bool {
    ["step-succeeded", "step-failed", "outcome-unknown", "paused", "run-finished"].contains(&row.kind)
}

/// What a run that was called wrote down, with those that it called.
fn called_rows(called: &Called, facts: &Facts<'_>, language: Language, options: &TimelineOptions<'_>) -> Vec<Row> {
    let own = TimelineOptions {
        language: Some(language),
        roles: called.roles.as_ref(),
        all: options.all,
        elsewhere: &[],
        called: &called.called,
    };
    let mut rows = rows(&called.records, &own);
    // It was told when it began, as its caller was.
    rows.retain(|row| row.kind != "incident-start");
    for row in &mut rows {
        if let Some(seq) = row.seq.take() {
            row.origin = Some(format!("{}#{seq}", clean(&called.run)));
            row.run = Some(clean(&called.run));
        }
        row.offset_ms = facts.began.map_or(0, |began| between(began, row.at));
    }
    rows
}

const fn is_detail(event: &Event) -> bool {
    matches!(event, Event::StepReached { .. } | Event::VariableSet { .. })
}

/// Whether a record only closes what the one before it said: a blank filled, an outcome answered.
fn repeats(records: &[Record], at: usize) -> bool {
    let Event::StepSucceeded { node, how: How::Happened | How::Confirmed, .. } = &records[at].event else {
        return false;
    };
    let before = at.checked_sub(1).map(|before| &records[before].event);
    let says_it = matches!(
        before,
        Some(
            Event::BlankFilled { .. }
                | Event::UnknownAnswered { .. }
                | Event::GateAnswered { .. }
                | Event::Decided { .. }
        )
    );
    says_it && before.and_then(Event::node).is_some_and(|other| other == node)
}

fn row<'a>(record: &'a Record, state: Option<&'static str>, facts: &Facts<'a>, words: &Words) -> Row {
    let happened = match &record.event {
        Event::Noted { happened: Some(happened), .. } => happened.parse::<Timestamp>().ok(),
        _ => None,
    };
    let started = i64::try_from(record.offset_us / 1000).unwrap_or(i64::MAX);
    let offset_ms = match (happened, facts.began) {
        (Some(at), Some(began)) => between(began, at),
        _ => started,
    };
    let command = match &record.event {
        Event::StepStarted { rendered, .. } if !rendered.is_empty() => Some(clean(rendered)),
        _ => None,
    };
    let step = record.event.node();
    let at = happened.unwrap_or(record.at);
    let recorded_at = happened.map(|_| record.at);
    Row {
        at,
        recorded_at,
        offset_ms,
        seq: Some(record.seq),
        origin: None,
        run: None,
        kind: record.event.name(),
        event: with_recorded(sentence(&record.event, facts, words), at, recorded_at, words),
        command,
        actor: actor_words(&record.actor, words),
        actor_kind: match record.actor {
            Actor::Operator(_) => "operator",
            Actor::Answers(_) => "answers",
            Actor::Yes(_) => "yes",
            Actor::Engine => "engine",
        },
        state: state.map(|key| words.get(&format!("state.{key}")).to_owned()),
        state_key: state,
        step: step.map(str::to_owned),
        title: step.map(|node| clean(facts.title(node))),
    }
}

/// What another system wrote down. Its clock may differ from ours, so its name says whose it is.
fn foreign_row(event: &Elsewhere, facts: &Facts<'_>, words: &Words) -> Row {
    Row {
        at: event.at,
        recorded_at: None,
        offset_ms: facts.began.map_or(0, |began| between(began, event.at)),
        seq: None,
        origin: Some(clean(&event.origin)),
        run: None,
        kind: "elsewhere",
        event: clean(&event.text),
        command: None,
        actor: words.say("actor.elsewhere", &[("source", &clean(&event.source))]),
        actor_kind: "elsewhere",
        state: None,
        state_key: None,
        step: None,
        title: None,
    }
}

/// The declared start of the incident, told by whoever started the run.
fn incident_row<'a>(records: &'a [Record], facts: &Facts<'a>, words: &Words) -> Option<Row> {
    let record = records.iter().find(|record| matches!(record.event, Event::RunStarted(_)))?;
    let at = facts.incident?;
    let mut row = row(record, Some("incident"), facts, words);
    row.recorded_at = Some(record.at);
    row.offset_ms = between(record.at, at);
    row.at = at;
    row.kind = "incident-start";
    words.get("event.incident-start").clone_into(&mut row.event);
    Some(row)
}

/// What the journal knows of the system. It says something only at the events that make it known; in between, nobody
/// wrote down that it stayed so.
struct Known<'a> {
    rehearsal: bool,
    effects: HashMap<&'a str, Effect>,
    validating: HashSet<&'a str>,
    back: bool,
}

impl<'a> Known<'a> {
    fn new(facts: &Facts<'a>, roles: Option<&Roles>) -> Self {
        let validates = |node: &str| roles.and_then(|roles| roles.get(node)) == Some(&Role::Validation);
        // Those that were skipped and blanks that were filled prove nothing; those that were never reached cannot be
        // waited for.
        let proves = |step: &StepFacts<'_>| step.standing != StepStanding::Skipped && !step.blank;
        let validating =
            facts.steps.iter().filter(|step| validates(step.node) && proves(step)).map(|step| step.node).collect();
        Self { rehearsal: facts.is_rehearsal(), effects: HashMap::new(), validating, back: false }
    }

    fn changes(&self, node: &str) -> bool {
        self.effects.get(node).is_some_and(|effect| *effect != Effect::Read)
    }

    fn after(&mut self, event: &'a Event) -> Option<&'static str> {
        if self.rehearsal {
            return None;
        }
        match event {
            Event::StepStarted { node, effect, .. } => {
                self.effects.insert(node, *effect);
                (*effect != Effect::Read).then_some(if self.back { "rolling-back" } else { "changing" })
            }
            Event::StepSucceeded { node, how, .. } => {
                if self.validating.remove(node.as_str()) && self.validating.is_empty() && !self.back {
                    return Some("restored");
                }
                (matches!(how, How::Ran | How::Happened) && self.changes(node) && !self.back).then_some("changed")
            }
            Event::StepFailed { node, .. } => self.changes(node).then_some("uncertain"),
            Event::OutcomeUnknown { .. } => Some("unknown"),
            Event::UnknownAnswered { node, answer: UnknownAnswer::Happened, .. } => {
                self.changes(node).then_some("changed")
            }
            Event::PivotPassed { .. } => Some("pivot"),
            Event::RollbackStarted { .. } => {
                self.back = true;
                Some("rolling-back")
            }
            Event::UndoFailed { .. } => Some("partly"),
            Event::RunFinished { outcome: Outcome::RolledBack, .. } => Some("rolled-back"),
            Event::RunFinished { outcome: Outcome::Stuck, .. } => Some("stuck"),
            _ => None,
        }
    }
}

/// The time as shown in a table whose last shown date is `shown`: with its date when that changes.
pub(super) fn shown_time(row: &Row, shown: &mut Option<String>) -> String {
    let day = date(row.at);
    let same = shown.as_ref().is_none_or(|shown| *shown == day);
    let text = if same { clock(row.at) } else { format!("{day} {}", clock(row.at)) };
    *shown = Some(day);
    text
}

/// The sentence with the time of writing, when that is another than the time it happened.
fn with_recorded(event: String, at: Timestamp, recorded: Option<Timestamp>, words: &Words) -> String {
    let Some(recorded) = recorded else { return event };
    let day = date(recorded);
    let late = if day == date(at) {
        words.say("event.late", &[("time", &clock(recorded))])
    } else {
        words.say("event.late-day", &[("time", &format!("{day} {}", clock(recorded)))])
    };
    format!("{event} {late}")
}

/// As a table for a terminal of `width` columns. Without colours.
#[must_use]
pub fn table(records: &[Record], options: &TimelineOptions<'_>, width: u16) -> String {
    let facts = Facts::gather(records);
    let words = Words::of(language_of(options.language, &facts));
    let wide = width >= 100;
    let column = |name: &str| words.get(&format!("column.{name}")).to_owned();
    let mut header = vec![column("reference"), column("time")];
    if wide {
        header.push(column("offset"));
    }
    header.extend([column("event"), column("actor"), column("state")]);
    let rows = rows(records, options);
    let mut shown = rows.first().map(|row| date(row.at));
    let caption = shown.clone().map_or_else(String::new, |day| format!("{}, {day} (UTC)\n", caption(&facts)));
    let cells = rows.iter().map(|row| {
        let mut cells = vec![reference(row), shown_time(row, &mut shown).replace(' ', "\n")];
        if wide {
            cells.push(offset(row.offset_ms));
        }
        let event = match &row.command {
            Some(command) => with_command(&row.event, &shorten(command, 80), words),
            None => row.event.clone(),
        };
        let event = if words.is_french() { bind(&event) } else { event };
        cells.extend([event, row.actor.clone(), row.state.clone().unwrap_or_else(|| "-".into())]);
        cells
    });
    format!("{caption}{}\n", grid::grid(header, cells, 2, width))
}

/// The number of the record; of another run with the end of that run's id: `f1d5#3`.
fn reference(row: &Row) -> String {
    let other = || {
        let origin = row.origin.as_deref().filter(|_| row.run.is_some())?;
        Some(origin.rsplit_once('-').map_or(origin, |(_, end)| end).to_owned())
    };
    row.seq.map(|seq| seq.to_string()).or_else(other).unwrap_or_else(|| "-".to_owned())
}

fn with_command(event: &str, command: &str, words: &Words) -> String {
    words.say("event.command", &[("text", event), ("command", command)])
}

fn caption(facts: &Facts<'_>) -> String {
    facts.head.map_or_else(String::new, |head| {
        format!("{} · {} · {}", clean(&head.runbook), clean(&head.title), clean(&head.run))
    })
}

/// As a Markdown table under a line that names the run and its first day.
#[must_use]
pub fn to_markdown(records: &[Record], options: &TimelineOptions<'_>) -> String {
    let facts = Facts::gather(records);
    let rows = rows(records, options);
    let language = language_of(options.language, &facts);
    let day = rows.first().map(|row| date(row.at)).unwrap_or_default();
    format!("# {}\n\n{day} (UTC)\n\n{}", markdown(&caption(&facts)), markdown_rows(&rows, language))
}

/// Only the Markdown table.
#[must_use]
pub fn markdown_rows(rows: &[Row], language: Language) -> String {
    let words = Words::of(language);
    let column = |name: &str| words.get(&format!("column.{name}")).to_owned();
    let mut out = format!(
        "| {} | {} | {} | {} |\n|---|---|---|---|\n",
        column("time"),
        column("event"),
        column("actor"),
        column("state")
    );
    let mut shown = rows.first().map(|row| date(row.at));
    for row in rows {
        let time = shown_time(row, &mut shown);
        let event = match &row.command {
            Some(command) => with_command(&markdown(&row.event), &code(&shorten(command, 80)), words),
            None => markdown(&row.event),
        };
        let state = row.state.as_deref().map_or_else(|| "-".to_owned(), markdown);
        let actor = markdown(&row.actor);
        let event = match (row.seq, &row.origin) {
            (Some(seq), _) => format!("{event} [#{seq}]"),
            (None, origin) => format!("{event} {}", code(origin.as_deref().unwrap_or("-"))),
        };
        out.push_str(&["| ", &time, " | ", &event, " | ", &actor, " | ", &state, " |\n"].concat());
    }
    out
}

/// As a page that needs no other file.
///
/// # Errors
/// When the template cannot be filled in, which a test rules out.
pub fn to_html(records: &[Record], options: &TimelineOptions<'_>) -> Result<String, ReportError> {
    let facts = Facts::gather(records);
    let language = language_of(options.language, &facts);
    let words = Words::of(language);
    let rows = rows(records, options);
    let mut shown = rows.first().map(|row| date(row.at));
    let day = shown.clone();
    let lines: Vec<_> = rows
        .into_iter()
        .map(|row| HtmlLine { time: shown_time(&row, &mut shown), since: offset(row.offset_ms), row })
        .collect();
    let mode = facts.head.map_or("", |head| words.get(mode_word(head.mode)));
    let text = |field: fn(&RunHead) -> &String| facts.head.map(|head| clean(field(head)));
    let page = Page {
        language,
        title: text(|head| &head.title),
        runbook: text(|head| &head.runbook),
        run: text(|head| &head.run),
        mode,
        day,
        rehearsal: facts.is_rehearsal(),
        timeline: lines,
    };
    render(&Template::TimelineHtml, language, &page)
}

#[derive(Serialize)]
struct Page<'a> {
    language: Language,
    title: Option<String>,
    runbook: Option<String>,
    run: Option<String>,
    mode: &'a str,
    day: Option<String>,
    rehearsal: bool,
    timeline: Vec<HtmlLine>,
}

#[derive(Serialize)]
struct HtmlLine {
    time: String,
    since: String,
    #[serde(flatten)]
    row: Row,
}

/// As JSON: an array of rows with stable keys and full times.
///
/// # Errors
/// When it cannot be written, which does not happen for rows.
pub fn to_json(records: &[Record], options: &TimelineOptions<'_>) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&rows(records, options))
}
