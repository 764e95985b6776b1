//! Which runbooks are due for a rehearsal, by their `tested-every` and by the runs there are.

use super::interval::Interval;
use super::sentence::{mode_word, outcome_word};
use super::sheet::{Sheet, header};
use super::summary::Summary;
use super::text::{clean, shorten};
use super::words::Words;
use crate::engine::event::{Mode, Outcome};
use crate::runbook::model::Language;
use jiff::{civil::Date, tz::TimeZone};
use serde::Serialize;

/// A runbook that says how often it wants to be tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its file.
    pub file: String,
    /// Who looks after it.
    pub owner: Option<String>,
    /// `tested-every`, as written.
    pub every: String,
}

/// How it stands with one runbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its day is past.
    Overdue,
    /// No run has ever shown that it works.
    Never,
    /// `tested-every` is not understood.
    Unreadable,
    /// Rehearsed, and not due yet.
    Ok,
}

impl State {
    /// Whether somebody has to do something.
    #[must_use]
    pub const fn is_due(self) -> bool {
        !matches!(self, Self::Ok)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Overdue => "drills.overdue",
            Self::Never => "drills.never",
            Self::Unreadable => "drills.unreadable",
            Self::Ok => "drills.ok",
        }
    }
}

/// A run of a runbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rehearsal {
    /// Its id.
    pub run: String,
    /// Its day, in UTC.
    pub date: Date,
    /// How much of it was real.
    pub mode: Mode,
    /// How it ended; none while it has not.
    pub outcome: Option<Outcome>,
    /// Only a part of the runbook was to be followed.
    pub part: bool,
    /// A person filled in that it was no success.
    pub refused: bool,
}

/// One runbook and its rehearsals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drill {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its file.
    pub file: String,
    /// Who looks after it.
    pub owner: Option<String>,
    /// `tested-every`, as written.
    pub tested_every: String,
    /// How it stands.
    pub state: State,
    /// The last run that counts: walkthrough, simulation or live, the whole runbook, completed.
    pub last: Option<Rehearsal>,
    /// The last run of any mode, however it ended.
    pub latest: Option<Rehearsal>,
    /// The last tabletop that was completed.
    pub tabletop: Option<Rehearsal>,
    /// When the next one is due; today when there has been none.
    pub due: Option<Date>,
    /// Days since then; negative before.
    pub days_overdue: Option<i32>,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drills {
    /// The day that this is about.
    pub today: Date,
    /// How many are overdue, never rehearsed, or not understood.
    pub due: usize,
    /// The most urgent first.
    pub runbooks: Vec<Drill>,
    /// Runbooks without `tested-every`.
    pub unscheduled: usize,
    /// Journals that cannot be read or do not verify.
    pub skipped: Vec<super::stats::Unread>,
}

/// Holds runbooks against runs.
#[must_use]
pub fn drills(scheduled: Vec<Scheduled>, runs: &[Summary], today: Date) -> Drills {
    let mut runbooks: Vec<Drill> = scheduled.into_iter().map(|runbook| drill(runbook, runs, today)).collect();
    // What cannot be placed in time comes first: nobody would see it at the end.
    runbooks.sort_by(|a, b| a.due.cmp(&b.due).then_with(|| a.id.cmp(&b.id)));
    let due = runbooks.iter().filter(|drill| drill.state.is_due()).count();
    Drills { today, due, runbooks, unscheduled: 0, skipped: Vec::new() }
}

fn drill(runbook: Scheduled, runs: &[Summary], today: Date) -> Drill {
    let mut own: Vec<&Summary> =
        runs.iter().filter(|run| run.runbook.eq_ignore_ascii_case(&runbook.id) && day(run) <= today).collect();
    own.sort_by_key(|run| run.began);
    let last_of = |fits: &dyn Fn(&Summary) -> bool| own.iter().rev().find(|run| fits(run)).map(|run| rehearsal(run));
    let last = last_of(&Summary::proves);
    let interval = Interval::parse(&runbook.every);
    let due = interval.and_then(|every| last.as_ref().map_or(Some(today), |last| every.after(last.date)));
    let state = match (&last, due) {
        (_, None) => State::Unreadable,
        (None, _) => State::Never,
        (_, Some(due)) if due < today => State::Overdue,
        _ => State::Ok,
    };
    Drill {
        latest: last_of(&|_| true),
        tabletop: last_of(&|run| run.mode == Mode::Tabletop && run.outcome == Some(Outcome::Completed)),
        days_overdue: due.and_then(|due| due.until(today).ok()).map(|span| span.get_days()),
        id: runbook.id,
        title: runbook.title,
        file: runbook.file,
        owner: runbook.owner,
        tested_every: runbook.every,
        state,
        last,
        due,
    }
}

fn day(run: &Summary) -> Date {
    run.began.to_zoned(TimeZone::UTC).date()
}

fn rehearsal(run: &Summary) -> Rehearsal {
    Rehearsal {
        run: run.run.clone(),
        date: day(run),
        mode: run.mode,
        outcome: run.outcome,
        part: run.part,
        refused: run.refused,
    }
}

/// As JSON.
///
/// # Errors
/// When it cannot be written, which does not happen for this type.
pub fn to_json(drills: &Drills) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(drills)
}

/// The list in words.
#[must_use]
pub fn sheet(drills: &Drills, language: Language) -> Sheet {
    let words = Words::of(language);
    let mut sheet = Sheet::new(words.get("drills.heading"), words);
    let count = |key: &str, number: usize| words.say(key, &[("count", &number.to_string())]);
    sheet.lead = words.say("drills.lead", &[("date", &drills.today.to_string()), ("due", &drills.due.to_string())]);
    let names = ["runbook", "title", "every", "last", "latest", "due", "state"];
    let rows = drills.runbooks.iter().map(|drill| row(drill, words)).collect();
    sheet.table("", header(words, "drills", &names), rows, 1);
    if drills.runbooks.is_empty() {
        sheet.notes.push(words.get("drills.none").to_owned());
    } else {
        sheet.notes.push(words.get("drills.what-counts").to_owned());
    }
    if drills.unscheduled > 0 {
        sheet.notes.push(count("drills.unscheduled", drills.unscheduled));
    }
    for unread in &drills.skipped {
        let (run, reason) = (clean(&unread.run), clean(&unread.reason));
        sheet.notes.push(words.say("stats.skipped", &[("run", &run), ("reason", &reason)]));
    }
    sheet
}

fn row(drill: &Drill, words: &Words) -> Vec<String> {
    let dash = || "-".to_owned();
    let last =
        drill.last.as_ref().map_or_else(dash, |last| format!("{} ({})", last.date, words.get(mode_word(last.mode))));
    vec![
        drill.id.clone(),
        shorten(&clean(&drill.title), 36),
        drill.tested_every.clone(),
        last,
        drill.latest.as_ref().map_or_else(dash, |latest| latest_words(latest, words)),
        drill.due.map_or_else(dash, |due| due.to_string()),
        state_words(drill, words),
    ]
}

/// When, in which mode, with what result.
fn latest_words(run: &Rehearsal, words: &Words) -> String {
    let result = match run.outcome {
        _ if run.refused => words.get("drills.refused"),
        Some(outcome) => outcome_word(outcome, words),
        None => words.get("drills.open"),
    };
    let part = if run.part { words.get("drills.part") } else { "" };
    format!("{} ({}) {result}{part}", run.date, words.get(mode_word(run.mode)))
}

fn state_words(drill: &Drill, words: &Words) -> String {
    match (drill.state, drill.days_overdue) {
        (State::Overdue, Some(days)) => words.say("drills.overdue", &[("days", &days.to_string())]),
        (State::Ok, Some(0)) => words.get("drills.today").to_owned(),
        (State::Ok, Some(days)) => words.say("drills.ok", &[("days", &(-days).to_string())]),
        (state, _) => words.get(state.word()).to_owned(),
    }
}
