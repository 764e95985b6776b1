#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod damage;
mod runs;
mod writing;

use super::sample::{TEXT, failover, head};
use super::{Journal, put_file};
use crate::engine::event::{Actor, Event};
use crate::runbook::model::Language;
use std::path::{Path, PathBuf};

const RUN: &str = "2026-11-20-a7f3";

/// A run on disk, in batches of three records.
fn written(runs: &Path) -> PathBuf {
    let dir = runs.join(RUN);
    let mut journal = Journal::create(&dir, RUN).unwrap();
    put_file(&dir, &format!("runbook-{}.md", &head(Language::En).source[..12]), TEXT.as_bytes()).unwrap();
    for batch in failover(Language::En).chunks(3) {
        let events = batch.iter().map(|record| (record.actor.clone(), record.event.clone())).collect();
        journal.append(batch[0].at, batch[0].offset_us, events).unwrap();
    }
    dir
}

fn note(text: &str) -> Vec<(Actor, Event)> {
    let event = Event::Noted { text: text.into(), happened: None, owner: None, due: None, action: false };
    vec![(Actor::Engine, event)]
}

fn now() -> jiff::Timestamp {
    "2026-11-20T12:00:00.123456789Z".parse().unwrap()
}
