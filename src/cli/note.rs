//! `runbook note`: something that a person saw, said or decided, added to a run's record.

use super::args::NoteArgs;
use super::exit::{Exit, Failure, Result};
use super::{find, out, time};
use crate::driver::clock::{SystemClock, boot_id};
use crate::driver::core::micros;
use crate::driver::ports::Clock as _;
use crate::engine::event::{Actor, Event};
use crate::journal::{self, Journal, Which};
use std::time::Duration;

/// Does it.
pub fn run(args: NoteArgs) -> Result {
    if args.text.trim().is_empty() {
        return Err(Failure::usage("the note is empty", "say what happened"));
    }
    let happened = args.at.as_deref().map(time::parse).transpose()?.map(|t| t.to_string());
    let dir = find::runs_dir(&args.runs)?;
    let entry = journal::resolve(&dir, Some(&args.run), Which::Any)?;
    let mut opened = Journal::open(&entry.directory)?;
    let clock = SystemClock;
    let offset = offset(&opened.records, clock);
    let actor = Actor::Operator(find::operator(args.operator.as_deref(), None));
    let action = args.action || args.owner.is_some() || args.due.is_some();
    let note = Event::Noted { text: args.text, happened, owner: args.owner, due: args.due, action };
    let records = opened.journal.append(clock.now(), offset, vec![(actor, note)])?;
    let seq = records.first().map_or(0, |r| r.seq);
    out::print(&format!("noted as record {seq} of {}\n", entry.run))?;
    Ok(Exit::Done)
}

/// Microseconds since the run began: by the monotonic clock on the same boot, else from the last record by the wall clock.
pub fn offset(records: &[journal::Record], clock: SystemClock) -> u64 {
    let now = clock.monotonic();
    if let Some(Event::RunStarted(head)) = records.first().map(|r| &r.event)
        && !head.boot.is_empty()
        && head.boot == boot_id()
        && micros(now) >= head.boot_us
    {
        return micros(now) - head.boot_us;
    }
    records.last().map_or(0, |last| {
        let gap = clock.now().duration_since(last.at);
        last.offset_us + micros(Duration::try_from(gap).unwrap_or_default())
    })
}
