//! `runbook resume`: starting is resuming from an empty journal, and this is the other end of the same path.

use super::args::{Drive, EditedArg, ResumeArgs};
use super::exit::{Exit, Failure, Result};
use super::session::{self, Session};
use super::{calls, edited, find, inventory, note, out, values};
use crate::action::shell::still_running;
use crate::driver::clock::{SystemClock, boot_id};
use crate::driver::ports::Clock as _;
use crate::engine::Context;
use crate::engine::decide::{Input, decide};
use crate::engine::event::{Actor, Event};
use crate::engine::state::{RunState, Status};
use crate::journal::{self, Journal, Which};
use crate::monitor::outage::Change;
use crate::plan::model::Plan;
use crate::plan::render::Live;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// Does it.
pub fn run(args: &ResumeArgs) -> Result {
    let runs_dir = find::runs_dir(&args.drive.runs)?;
    let entry = journal::resolve(&runs_dir, args.run.as_deref(), Which::Unfinished)?;
    take_up(&args.drive, &entry.directory, args.edited, &[])
}

/// Takes a run up, then hands `then` to the engine.
pub fn take_up(drive: &Drive, directory: &Path, choice: Option<EditedArg>, then: &[Input]) -> Result {
    let opened = Journal::open(directory)?;
    let mut state = RunState::default();
    for record in &opened.records {
        state.apply(record.seq, &record.actor, &record.event).map_err(crate::driver::core::DriverError::from)?;
    }
    let Some(head) = state.head.clone() else {
        return Err(Failure::usage("nothing was recorded of this run: it never began", "start it with `runbook run`"));
    };
    if state.status == Status::Finished && then.is_empty() {
        return Err(Failure::usage(
            format!("`{}` is over", head.run),
            format!("`runbook show {}` tells how", head.run),
        ));
    }
    let Some(followed) = edited::follow(directory, &state, choice)? else { return Ok(Exit::Paused) };
    let clock = SystemClock;
    let same_boot = !head.boot.is_empty() && head.boot == boot_id();
    let offset = Duration::from_micros(note::offset(&opened.records, clock));
    let origin = clock.monotonic().saturating_sub(offset);
    let before = began(&opened.records, head.incident_start.as_deref());
    let mut notices = Vec::new();
    if opened.torn > 0 {
        notices.push(format!(
            "the journal's last line was torn ({} bytes, never acknowledged); it was set aside, and everything before it is intact",
            opened.torn
        ));
    }
    if let Some(running) = still_running(directory) {
        notices.push(format!("a command of this run is still running: pid {} (`{}`)", running.pid, running.node));
    }
    let answers = session::answers(drive)?;
    session::check_answers(answers.as_ref(), &followed.plan)?;
    let called_answers = calls::answers(answers.as_ref(), &followed.plan)?;
    let operator = session::operator(drive, answers.as_ref());
    let loaded = inventory::of_run(drive, head.environment.as_ref())?;
    let known = loaded.as_ref().map(|l| &l.inventory);
    let given = values::given(drive, &followed.plan, answers.as_ref(), (known, false))?;
    let mut first = vec![Input::Resume {
        source: followed.source,
        plan: followed.plan.digest.clone(),
        edited: followed.edited,
        torn: opened.torn,
        same_boot,
        by: Actor::Operator(operator.clone()),
    }];
    let (values, mut secrets) = given.into_events();
    secrets.retain(|_, v| !v.is_empty());
    let fresh: Vec<_> = values.into_iter().filter(|(n, v, _)| state.variables.get(n) != Some(v)).collect();
    if !fresh.is_empty() {
        first.push(Input::Values(fresh));
    }
    first.extend(then.iter().cloned());
    refuse_early(&followed.plan, &state, &secrets, &first)?;
    // A way back from a run that is over is watched like any other.
    let monitors = inventory::monitors(&followed.plan, known, head.mode)?;
    let watched = watched(&opened.records, i64::try_from(offset.as_micros()).unwrap_or(i64::MAX));
    let start_dir = std::env::current_dir().map_err(|e| Failure::system("find the current directory", e))?;
    for notice in &notices {
        out::warn(&format!("{notice}\n"));
    }
    let runs_dir = find::runs_dir(&drive.runs)?;
    let calls = calls::of(drive, &runs_dir, &head, called_answers, &operator);
    let session = Session {
        plan: &followed.plan,
        mode: head.mode,
        state,
        journal: opened.journal,
        run: head.run,
        origin,
        before,
        secrets,
        operator,
        answers,
        start_dir,
        inventory: loaded.map(|l| l.inventory),
        monitors,
        watched,
        calls,
    };
    session::go(drive, session, first)
}

/// What the engine would refuse is refused before it leaves a trace in the journal.
fn refuse_early(
    plan: &Plan,
    state: &RunState,
    secrets: &BTreeMap<String, String>,
    first: &[Input],
) -> std::result::Result<(), Failure> {
    let known = BTreeSet::new();
    let context = Context { plan, secrets, known: &known, lost: &known, live: Live::NOTHING };
    let mut state = state.clone();
    for input in first {
        let events = decide(&context, &state, input.clone()).map_err(crate::driver::core::DriverError::from)?;
        for (actor, event) in events {
            let seq = state.seq + 1;
            state.apply(seq, &actor, &event).map_err(crate::driver::core::DriverError::from)?;
        }
    }
    Ok(())
}

/// What monitors wrote down, and when nobody looked: from the last record of each process to the first of the next one.
fn watched(records: &[journal::Record], now: i64) -> session::Watched {
    let mut out = session::Watched::default();
    let at = |us: u64| i64::try_from(us).unwrap_or(i64::MAX);
    let Some(begun) = records.first().map(|record| record.at) else { return out };
    let mut last = 0;
    for record in records {
        if let Event::RunResumed { .. } = record.event {
            out.gaps.push((last, at(record.offset_us)));
        }
        last = at(record.offset_us);
        if let Event::MonitorChanged { monitor, up, since, .. } = &record.event {
            // What began between two records is told by the wall clock; the record's own time is the limit.
            let since = since.parse::<jiff::Timestamp>().ok().map(|since| since.duration_since(begun).as_micros());
            let since = since.and_then(|us| i64::try_from(us).ok()).unwrap_or(last).min(last);
            let change = if *up { Change::Up(since) } else { Change::Down(since) };
            out.changes.entry(monitor.clone()).or_default().push(change);
        }
    }
    out.gaps.push((last, now));
    out
}

/// Between the declared start of the incident and the run's first record.
fn began(records: &[journal::Record], incident: Option<&str>) -> Option<Duration> {
    let start: jiff::Timestamp = incident?.parse().ok()?;
    let first = records.iter().find(|r| matches!(r.event, Event::RunStarted(_)))?;
    Duration::try_from(first.at.duration_since(start)).ok()
}
