//! The post-mortem: what the journal knows, and marked blanks for what only people know.

use super::actions::{Action, actions};
use super::band::{Band, bands};
use super::breakdown::{Breakdown, breakdown};
use super::called::Called;
use super::claims::{Claim, Claims, restored};
use super::elsewhere::Elsewhere;
use super::entry::{Entry, entries};
use super::facts::{Facts, Roles};
use super::impact::{Impact, impact};
use super::keep::{self, Kept};
use super::notices::{Notice, badly, deviations, well};
use super::objective::{Objective, Reported, reported, rpo, rto};
use super::patch::{Patch, Stored, patch};
use super::render::{ReportError, Template, render};
use super::sentence::{actor_words, mode_word, outcome_key, outcome_word};
use super::steps::{StepLine, Times};
use super::text::{between, clean, date, duration, moment, shorten};
use super::timeline::{self, Row, TimelineOptions, language_of, shown_time};
use super::words::Words;
use crate::engine::event::Event;
use crate::journal::record::Record;
use crate::plan::model::Plan;
use crate::runbook::model::Language;
use serde::Serialize;
use std::collections::HashSet;

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Markdown.
    #[default]
    Markdown,
    /// A page that needs no other file.
    Html,
}

/// How to make a post-mortem.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The run's own when `None`.
    pub language: Option<Language>,
    /// Markdown or HTML.
    pub format: Format,
    /// Roles of the nodes, when the plan is at hand: without them no recovery time can be measured.
    pub roles: Option<&'a Roles>,
    /// The journal's digest, from [`crate::journal::Reading`].
    pub digest: Option<&'a str>,
    /// The text of a template to use instead of the one that comes with the program.
    pub template: Option<&'a str>,
    /// The plan that the run followed: without it no impact is reckoned and no change is proposed.
    pub plan: Option<&'a Plan>,
    /// The text that the run followed.
    pub stored: Option<Stored<'a>>,
    /// Events that other systems wrote down.
    pub elsewhere: &'a [Elsewhere],
    /// The runs that this one called.
    pub called: &'a [Called],
    /// What people wrote into the Markdown, for the page.
    pub kept: Option<&'a Kept>,
}

/// Everything a template can show. Text fields are plain text; templates escape them by themselves.
#[derive(Debug, Clone, Serialize)]
pub struct PostMortem {
    /// `en` or `fr`.
    pub language: Language,
    /// The runbook's title.
    pub title: String,
    /// Its id.
    pub runbook: String,
    /// The run's id.
    pub run: String,
    /// Where it ran.
    pub host: String,
    /// The mode, in words.
    pub mode: String,
    /// Whether nothing was changed.
    pub rehearsal: bool,
    /// P0–P3.
    pub severity: Option<String>,
    /// `incident`, `maintenance`, `drill`.
    pub category: Option<String>,
    /// Of the incident's or the run's start.
    pub date: Option<String>,
    /// When the incident began, as declared.
    pub incident: Option<String>,
    /// When the run began.
    pub began: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
    /// The stable name of how it ended; `None` while it has not.
    pub outcome: Option<&'static str>,
    /// The same in words.
    pub outcome_words: Option<String>,
    /// Why it ended so.
    pub reason: String,
    /// From the incident's start, else the run's, to the end of the run.
    pub duration: String,
    /// People seen.
    pub participants: Vec<String>,
    /// What happened.
    pub timeline: Vec<Line>,
    /// Recovery time.
    pub rto: Objective,
    /// Recovery point.
    pub rpo: Objective,
    /// Every blank that was filled during the run.
    pub reported: Vec<Reported>,
    /// What went well.
    pub well: Vec<Notice>,
    /// What can be better.
    pub badly: Vec<Notice>,
    /// Where the run left the runbook.
    pub deviations: Vec<Notice>,
    /// Figures against objectives, each with where it comes from.
    pub claims: Vec<Claim>,
    /// How long service was gone: the longest outage that a monitor measured, else what the journal timed.
    pub restored: Option<Claim>,
    /// Where the time to restored service went.
    pub breakdown: Breakdown,
    /// Availability as monitors saw it.
    pub bands: Vec<Band>,
    /// What it cost.
    pub impact: Impact,
    /// What the run suggests to change in the runbook.
    pub patch: Patch,
    /// What people wrote into the Markdown, by section.
    pub kept: Kept,
    /// Follow-ups: noted during the run, and left open after it.
    pub actions: Vec<Action>,
    /// Steps and their times.
    pub steps: Vec<StepLine>,
    /// Figures.
    pub figures: Figures,
    /// Records in the journal.
    pub records: usize,
    /// Each of them in a few words, for references to lead to.
    pub journal: Vec<Entry>,
    /// The journal's digest.
    pub digest: Option<String>,
}

/// One line of the timeline.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// As shown.
    pub time: String,
    /// The record of its end, where beginning and end are one line.
    pub until: Option<u64>,
    /// The row.
    #[serde(flatten)]
    pub row: Row,
}

/// Figures of the run.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Of the run.
    pub duration: String,
    /// Time people had the word: reading and at gates.
    pub people: String,
    /// Time of machines: executing and waiting.
    pub machine: String,
    /// Time people read and typed.
    pub reading: String,
    /// Time at gates.
    pub gates: String,
    /// Time commands ran.
    pub executing: String,
    /// Time conditions and next tries were waited for.
    pub waiting: String,
    /// Time nobody drove the run; empty when there was none.
    pub stopped: String,
    /// Steps done.
    pub done: usize,
    /// Steps skipped.
    pub skipped: usize,
    /// Failures.
    pub failures: usize,
    /// Automatic retries.
    pub retries: usize,
    /// Time-boxes overrun.
    pub overdue: usize,
    /// Unknown outcomes.
    pub unknowns: usize,
    /// Interruptions of the program.
    pub interruptions: u32,
}

/// Writes the post-mortem.
///
/// # Errors
/// When a template of the user's cannot be read or names what is not there.
pub fn postmortem(records: &[Record], options: &Options<'_>) -> Result<String, ReportError> {
    let view = view(records, options);
    let template = match (options.template, options.format) {
        (Some(text), Format::Markdown) => Template::OwnMarkdown(text),
        (Some(text), Format::Html) => Template::OwnHtml(text),
        (None, Format::Markdown) => Template::PostMortemMarkdown,
        (None, Format::Html) => Template::PostMortemHtml,
    };
    let text = render(&template, view.language, &view)?;
    // A template of the user's own is theirs from the first line to the last.
    let ours = options.template.is_none_or(|text| text.contains("runbook:keep"));
    Ok(if ours { keep::sealed(&text, &view.run) } else { text })
}

/// What templates see.
#[must_use]
pub fn view(records: &[Record], options: &Options<'_>) -> PostMortem {
    let facts = Facts::gather(records);
    let language = language_of(options.language, &facts);
    let words = Words::of(language);
    let reported = reported(records, words);
    let rto = rto(&facts, options.roles, &reported, words);
    let head = facts.head;
    let text = |field: fn(&crate::engine::event::RunHead) -> &String| head.map(|head| clean(field(head)));
    let start = facts.incident.or(facts.began);
    let claims = Claims { facts: &facts, words }.all(records, &rto, &reported);
    let restored = restored(&claims).cloned();
    PostMortem {
        language,
        title: text(|head| &head.title).unwrap_or_default(),
        runbook: text(|head| &head.runbook).unwrap_or_default(),
        run: text(|head| &head.run).unwrap_or_default(),
        host: text(|head| &head.host).unwrap_or_default(),
        mode: head.map(|head| words.get(mode_word(head.mode)).to_owned()).unwrap_or_default(),
        rehearsal: facts.is_rehearsal(),
        severity: head.and_then(|head| head.severity.as_deref()).map(clean),
        category: head.and_then(|head| head.category.as_deref()).map(clean),
        date: start.map(date),
        incident: facts.incident.map(moment),
        began: facts.began.map(moment),
        ended: facts.finished.map(|(at, ..)| moment(at)),
        outcome: facts.finished.map(|(_, outcome, _)| outcome_key(outcome)),
        outcome_words: facts.finished.map(|(_, outcome, _)| outcome_word(outcome, words).to_owned()),
        reason: clean(facts.finished.map_or("", |(_, _, reason)| reason)),
        duration: duration(total_ms(&facts), words),
        participants: facts.people.iter().map(|actor| actor_words(actor, words)).collect(),
        timeline: lines(records, options, language),
        rpo: rpo(&facts, &reported, words),
        breakdown: breakdown(&facts, options.roles, &rto, words),
        bands: bands(records, &facts, words),
        impact: impact(records, &facts, &rto, options.plan, words),
        patch: options
            .plan
            .zip(options.stored)
            .map(|(plan, stored)| patch(records, &facts, plan, stored, words))
            .unwrap_or_default(),
        kept: options.kept.cloned().unwrap_or_default(),
        well: well(records, &facts, restored.as_ref(), &reported, words),
        badly: badly(records, &facts, restored.as_ref(), &reported, words),
        deviations: deviations(records, &facts, options.plan, words),
        actions: actions(records, &facts, options.plan, words),
        steps: super::steps::lines(&facts, options.plan, words),
        figures: figures(records, &facts, options.plan, words),
        records: records.len(),
        journal: entries(records),
        claims,
        restored,
        digest: options.digest.map(clean),
        rto,
        reported,
    }
}

/// From the declared start of the incident, else the run's, to the end of the run.
fn total_ms(facts: &Facts<'_>) -> u64 {
    let before = facts.incident.zip(facts.began).map_or(0, |(incident, began)| between(incident, began));
    facts.elapsed_ms + u64::try_from(before).unwrap_or(0)
}

/// The timeline for people who were not there: what a step began and ended without anything in between is one line.
fn lines(records: &[Record], options: &Options<'_>, language: Language) -> Vec<Line> {
    let how = TimelineOptions {
        language: Some(language),
        roles: options.roles,
        all: false,
        elsewhere: options.elsewhere,
        called: options.called,
    };
    let rows = timeline::rows(records, &how);
    let mut shown = rows.first().map(|row| date(row.at));
    let mut lines: Vec<Line> = Vec::with_capacity(rows.len());
    let mut seen = HashSet::new();
    let again = |record: &&Record| matches!(record.event, Event::StepStarted { attempt: 2.., .. });
    let again: HashSet<u64> = records.iter().filter(again).map(|record| record.seq).collect();
    for mut row in rows {
        // Where a step goes is told once; again only when it is another place or has changed.
        if row.kind == "target-seen" && !seen.insert(row.event.clone()) {
            continue;
        }
        if let Some(last) = lines.last_mut().filter(|last| begun(&last.row, &row, &again)) {
            last.until = row.seq;
            last.row.event = row.event;
            last.row.state = row.state.or(last.row.state.take());
            last.row.state_key = row.state_key.or(last.row.state_key);
            continue;
        }
        let time = shown_time(&row, &mut shown);
        row.command = row.command.map(|command| shorten(&command, 80));
        lines.push(Line { time, until: None, row });
    }
    lines
}

/// Whether the second row is the good end of what the first began, and nothing happened in between. Tries after the first are
/// told apart.
fn begun(first: &Row, second: &Row, again: &HashSet<u64>) -> bool {
    // When service was shown restored is a time of its own.
    second.state_key != Some("restored")
        && first.seq.is_none_or(|seq| !again.contains(&seq))
        && first.kind == "step-started"
        && second.kind == "step-succeeded"
        && first.step == second.step
        && first.run == second.run
}

fn figures(records: &[Record], facts: &Facts<'_>, plan: Option<&Plan>, words: &Words) -> Figures {
    let count = |of: fn(&Event) -> bool| records.iter().filter(|record| of(&record.event)).count();
    let with = |key: &str| facts.steps.iter().filter(|step| step.standing.key() == key).count();
    let times = Times::sum(facts, plan);
    let ms = |ms: u64| duration(ms, words);
    Figures {
        duration: duration(facts.elapsed_ms, words),
        people: ms(times.reading + times.gates),
        machine: ms(times.executing + times.waiting),
        reading: ms(times.reading),
        gates: ms(times.gates),
        executing: ms(times.executing),
        waiting: ms(times.waiting),
        stopped: if facts.stopped_ms > 0 { duration(facts.stopped_ms, words) } else { String::new() },
        done: with("done"),
        skipped: with("skipped"),
        failures: count(|event| matches!(event, Event::StepFailed { .. })),
        retries: count(|event| matches!(event, Event::StepFailed { retry_ms: Some(_), .. })),
        overdue: count(|event| matches!(event, Event::Overdue { .. })),
        unknowns: count(|event| matches!(event, Event::OutcomeUnknown { .. })),
        interruptions: facts.interruptions,
    }
}
