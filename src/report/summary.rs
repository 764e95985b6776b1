//! What statistics need to know of one run: few facts, so that many runs fit into an index.

use super::facts::{Facts, StepStanding};
use crate::engine::event::{Event, Mode, Outcome};
use crate::journal::record::Record;
use crate::syntax::duration;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What [`Summary::of`] makes. Another version's index is not read.
pub const VERSION: &str = concat!("runbook ", env!("CARGO_PKG_VERSION"), " summary 1");

/// A run in a few facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Its directory's name, which is its id.
    pub run: String,
    /// The runbook's id.
    pub runbook: String,
    /// Its title.
    pub title: String,
    /// SHA-256 of the text it followed last.
    pub source: String,
    /// How much of it was real.
    pub mode: Mode,
    /// P0–P3, as written.
    pub severity: Option<String>,
    /// `incident`, `maintenance`, `drill`, as written.
    pub category: Option<String>,
    /// Whether its inventory says that it is production.
    pub production: Option<bool>,
    /// Only a part of the runbook was to be followed.
    pub part: bool,
    /// When it began.
    pub began: Timestamp,
    /// When the incident began, if someone said so.
    pub incident: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How.
    pub outcome: Option<Outcome>,
    /// A person filled in that it was no success.
    pub refused: bool,
    /// The objective for the recovery time, in seconds.
    pub rto_s: Option<u64>,
    /// The recovery time, if anything tells it.
    pub rto: Option<Recovery>,
    /// Steps that were done: node, milliseconds of people, milliseconds of commands.
    pub steps: Vec<(String, u64, u64)>,
    /// Ways that were chosen: node and label.
    pub chosen: Vec<(String, String)>,
}

/// A recovery time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// In milliseconds; `None` when a person only said that the objective was met, or not.
    pub ms: Option<u64>,
    /// Who says so.
    pub source: Source,
    /// Whether the objective is met; `None` when there is none.
    pub met: Option<bool>,
}

/// Who says a recovery time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A monitor measured it.
    Measured,
    /// A person filled it in.
    Said,
}

/// What a run was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something was broken.
    Incident,
    /// A test of the recovery: something was done, and nothing was broken.
    Test,
    /// Nothing was done.
    Tabletop,
    /// Planned work, and what cannot be told.
    Other,
}

impl Summary {
    /// Of a whole journal and its directory's name; `None` when it does not begin with a head.
    #[must_use]
    pub fn of(run: &str, records: &[Record]) -> Option<Self> {
        let facts = Facts::gather(records);
        let head = facts.head?;
        let mut sources = records.iter().filter_map(|record| match &record.event {
            Event::RunResumed { source, .. } => Some(source),
            _ => None,
        });
        let done = facts.steps.iter().filter(|step| step.standing == StepStanding::Done);
        Some(Self {
            run: run.to_owned(),
            runbook: head.runbook.clone(),
            title: head.title.clone(),
            source: sources.next_back().unwrap_or(&head.source).clone(),
            mode: head.mode,
            severity: head.severity.clone(),
            category: head.category.clone(),
            production: head.environment.as_ref().and_then(|environment| environment.production),
            part: head.start_at.is_some() || head.until.is_some(),
            began: facts.began?,
            incident: facts.incident,
            ended: facts.finished.map(|(at, ..)| at),
            outcome: facts.finished.map(|(_, outcome, _)| outcome),
            refused: records.iter().any(|record| refuses(&record.event)),
            rto_s: head.rto_s,
            rto: if facts.is_rehearsal() { None } else { recovery(records, head.rto_s) },
            steps: done.map(|step| (step.node.to_owned(), step.people_ms, step.machine_ms)).collect(),
            chosen: records.iter().filter_map(|record| choice(&record.event)).collect(),
        })
    }

    /// What it was for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        let category = self.category.as_deref().unwrap_or_default().trim().to_lowercase();
        let is = |words: &[&str]| words.iter().any(|word| category.starts_with(word));
        match self.mode {
            Mode::Tabletop => Kind::Tabletop,
            _ if is(&["maintenance", "routine"]) => Kind::Other,
            Mode::Walkthrough | Mode::Simulation => Kind::Test,
            Mode::Live if self.production == Some(false) || is(&["drill", "exerci", "test", "dr "]) => Kind::Test,
            Mode::Live if category.starts_with("incident") || self.severity.is_some() => Kind::Incident,
            Mode::Live => Kind::Other,
        }
    }

    /// P0 or P1: what the figures of incidents count.
    #[must_use]
    pub fn is_major(&self) -> bool {
        let severity = self.severity.as_deref().unwrap_or_default().trim().to_uppercase();
        ["P0", "P1"]
            .iter()
            .any(|class| severity.strip_prefix(class).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
    }

    /// When the trouble was known: as declared, else when the run began.
    #[must_use]
    pub fn detected(&self) -> Timestamp {
        self.incident.map_or(self.began, |incident| incident.min(self.began))
    }

    /// When it was over, if the run says so.
    #[must_use]
    pub fn resolved(&self) -> Option<Timestamp> {
        self.ended.filter(|_| self.outcome == Some(Outcome::Completed))
    }

    /// Whether it could change anything, hence recover from anything.
    #[must_use]
    pub const fn recovers(&self) -> bool {
        matches!(self.mode, Mode::Simulation | Mode::Live)
    }

    /// A completed run of the whole runbook that did something: it shows that the runbook works.
    #[must_use]
    pub fn proves(&self) -> bool {
        self.mode != Mode::Tabletop && self.outcome == Some(Outcome::Completed) && !self.part && !self.refused
    }
}

fn choice(event: &Event) -> Option<(String, String)> {
    match event {
        Event::Decided { node, label, .. } => Some((node.clone(), label.clone())),
        _ => None,
    }
}

/// The words of a label or a name, in lower case.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Whether a person filled in "Success: no".
fn refuses(event: &Event) -> bool {
    let Event::BlankFilled { label, value, .. } = event else { return false };
    let asks = words(label).first().is_some_and(|word| matches!(word.as_str(), "success" | "successful" | "succès"));
    asks && matches!(value.trim().to_lowercase().as_str(), "no" | "non" | "n" | "failed" | "échec")
}

fn recovery(records: &[Record], target_s: Option<u64>) -> Option<Recovery> {
    measured(records, target_s).or_else(|| records.iter().rev().find_map(|record| said(&record.event, target_s)))
}

/// The longest outage that any monitor saw. A monitor that saw nothing fail measured no recovery.
fn measured(records: &[Record], target_s: Option<u64>) -> Option<Recovery> {
    let mut last: Vec<(&str, Option<u64>)> = Vec::new();
    for record in records {
        let Event::Measured(found) = &record.event else { continue };
        if found.down.is_none() {
            continue;
        }
        last.retain(|(monitor, _)| *monitor != found.monitor);
        last.push((&found.monitor, found.rto_ms));
    }
    // One that never came back makes the whole unknown.
    let all: Option<Vec<u64>> = last.iter().map(|(_, ms)| *ms).collect();
    let ms = all?.into_iter().max()?;
    Some(Recovery { ms: Some(ms), source: Source::Measured, met: met(ms, target_s) })
}

/// A blank that asks for the recovery time, and not for its objective.
fn said(event: &Event, target_s: Option<u64>) -> Option<Recovery> {
    let Event::BlankFilled { name, label, value, met: judged, .. } = event else { return None };
    let asked: Vec<String> = words(name).into_iter().chain(words(label)).collect();
    let target = ["target", "objective", "goal", "cible", "visé", "vise", "objectif"];
    if !asked.iter().any(|word| word == "rto") || asked.iter().any(|word| target.contains(&word.as_str())) {
        return None;
    }
    let length = duration::parse(value).or_else(|| duration::find(value).first().map(|found| found.duration));
    // `5` alone could be seconds or minutes.
    let ms = length.and_then(|length| u64::try_from(length.as_millis()).ok());
    let met = judged.or_else(|| ms.and_then(|ms| met(ms, target_s)));
    (ms.is_some() || met.is_some()).then_some(Recovery { ms, source: Source::Said, met })
}

fn met(ms: u64, target_s: Option<u64>) -> Option<bool> {
    target_s.map(|target| ms <= target.saturating_mul(1000))
}
