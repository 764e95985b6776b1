//! Availability over the run, as monitors saw it. Unknown is neither up nor down.

use super::facts::Facts;
use super::text::{between, clean, clock, duration};
use super::words::Words;
use crate::engine::event::Event;
use crate::journal::record::Record;
use jiff::Timestamp;
use serde::Serialize;

/// What one monitor saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Band {
    /// Its name.
    pub monitor: String,
    /// What it looked at.
    pub target: String,
    /// From the left to the right.
    pub segments: Vec<Segment>,
    /// How long it was up.
    pub up: String,
    /// How long it was down.
    pub down: String,
    /// How long nobody knew.
    pub unknown: String,
    /// When the band begins.
    pub from: String,
    /// When it ends.
    pub to: String,
    /// The record of its start.
    pub seq: u64,
}

/// One stretch of the same state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// `up`, `down`, `unknown`.
    pub state: &'static str,
    /// The same in words.
    pub name: String,
    /// When it began.
    pub from: String,
    /// How long it lasted.
    pub took: String,
    /// Where it begins, in thousandths.
    pub x: u64,
    /// How wide it is, likewise.
    pub width: u64,
    /// What the monitor found.
    pub detail: String,
    /// The record that says so; none for what nobody watched.
    pub seq: Option<u64>,
}

/// A change of what is known.
struct Change<'a> {
    at: Timestamp,
    state: &'static str,
    detail: &'a str,
    seq: Option<u64>,
}

/// A band for each monitor, in the order in which they started.
#[must_use]
pub fn bands(records: &[Record], facts: &Facts<'_>, words: &Words) -> Vec<Band> {
    let mut found: Vec<Band> = Vec::new();
    for record in records {
        if let Event::MonitorStarted { monitor, target, .. } = &record.event
            && found.iter().all(|band| band.monitor != clean(monitor))
            && let Some(band) = band(records, facts, (monitor, target, record.seq), words)
        {
            found.push(band);
        }
    }
    found
}

fn band(records: &[Record], facts: &Facts<'_>, of: (&str, &str, u64), words: &Words) -> Option<Band> {
    let (monitor, target, seq) = of;
    let changes = changes(records, facts, monitor);
    let end = facts.finished.map_or(records.last()?.at, |(at, ..)| at);
    let began = facts.incident.into_iter().chain(facts.began).min()?;
    let begin = changes.iter().map(|change| change.at).min().map_or(began, |first| first.min(began));
    let whole = u64::try_from(between(begin, end)).ok().filter(|ms| *ms > 0)?;
    let place = |at: Timestamp| u64::try_from(between(begin, at)).unwrap_or(0).min(whole);
    let mut segments = Vec::new();
    let mut sums = [0; 3];
    let unwatched = Change { at: begin, state: "unknown", detail: "", seq: None };
    let all: Vec<&Change<'_>> = std::iter::once(&unwatched).chain(&changes).collect();
    for (index, change) in all.iter().enumerate() {
        let (from, to) = (place(change.at), all.get(index + 1).map_or(whole, |next| place(next.at)));
        if to <= from {
            continue;
        }
        let sum = ["up", "down", "unknown"].iter().position(|state| *state == change.state).unwrap_or(2);
        sums[sum] += to - from;
        segments.push(Segment {
            state: change.state,
            name: words.get(&format!("band.{}", change.state)).to_owned(),
            from: clock(change.at),
            took: duration(to - from, words),
            x: from * 1000 / whole,
            width: (to * 1000 / whole - from * 1000 / whole).max(2),
            detail: clean(change.detail),
            seq: change.seq,
        });
    }
    let [up, down, unknown] = sums.map(|ms| duration(ms, words));
    let (from, to) = (clock(begin), clock(end));
    Some(Band { monitor: clean(monitor), target: clean(target), segments, up, down, unknown, from, to, seq })
}

/// Changes of one monitor in time order. While no process watched, what was known before is not known any more.
fn changes<'a>(records: &'a [Record], facts: &Facts<'_>, monitor: &str) -> Vec<Change<'a>> {
    let mut found: Vec<Change<'a>> = Vec::new();
    let mut known: Option<(&'static str, &'a str, u64)> = None;
    let mut gaps = facts.unwatched.iter();
    for record in records {
        match &record.event {
            Event::RunResumed { .. } => {
                if let Some((last, _)) = gaps.next() {
                    found.push(Change { at: *last, state: "unknown", detail: "", seq: None });
                }
            }
            // What differs at its first look is a record of its own; until then it is as before.
            Event::MonitorStarted { monitor: name, .. } if name == monitor => {
                if let Some((state, detail, seq)) = known {
                    found.push(Change { at: record.at, state, detail, seq: Some(seq) });
                }
            }
            Event::MonitorChanged { monitor: name, up, since, detail } if name == monitor => {
                let state = if *up { "up" } else { "down" };
                let at = since.parse().unwrap_or(record.at);
                // The look that differs may have begun before the last sign of life was written.
                let at = found.last().map_or(at, |last| at.max(last.at));
                known = Some((state, detail, record.seq));
                found.push(Change { at, state, detail, seq: Some(record.seq) });
            }
            _ => {}
        }
    }
    found
}
