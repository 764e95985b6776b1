//! The last word of a monitor: what it measured, and how sure that is.

use super::heartbeat::Kept;
use super::outage::{Moment, Outage, Tracker};
use super::probe::Probe;
use super::watch::Shared;
use crate::engine::event::{Event, Measurement};

/// What there is to measure from.
pub(super) struct Facts<'a> {
    pub(super) shared: &'a Shared,
    pub(super) tracker: Tracker,
    pub(super) gaps: &'a [(Moment, Moment)],
}

/// Measures, and cleans up what the monitor left in the database.
pub(super) async fn last_word(facts: &Facts<'_>, probe: &mut Probe) -> Vec<Event> {
    let mut events = Vec::new();
    let mut measurement = measured(facts);
    if let Probe::Heartbeat(heartbeat) = probe {
        measurement.ledger = heartbeat.ledger();
        let name = &facts.shared.name;
        // Where nothing can be written, what is read back may be another server's.
        if facts.tracker.up() == Some(true) {
            match heartbeat.kept().await {
                Ok(kept) => {
                    lost(&mut measurement, &kept, facts);
                    if let Some(outage) = facts.tracker.outage() {
                        measurement.rpo_by_position = heartbeat.by_position(outage.seen).await;
                    }
                    // What is missing is evidence: it stays until somebody has looked.
                    if kept.lost == 0
                        && let Err(why) = heartbeat.remove().await
                    {
                        let table = heartbeat.table();
                        events.push(note(name, &format!("this run's rows could not be removed from `{table}`: {why}")));
                    }
                }
                Err(why) => events.push(note(name, &format!("the writes could not be read back: {why}"))),
            }
        }
    }
    events.insert(0, Event::Measured(Box::new(measurement)));
    events
}

/// A remark.
pub(super) fn note(monitor: &str, text: &str) -> Event {
    Event::Noted { text: format!("monitor {monitor}: {text}"), happened: None, owner: None, due: None, action: false }
}

fn measured(facts: &Facts<'_>) -> Measurement {
    let shared = facts.shared;
    let bound = millis(i64::try_from((shared.spec.every + shared.spec.limit).as_micros()).unwrap_or(i64::MAX));
    let mut out = Measurement { monitor: shared.name.clone(), sampling_ms: bound, ..Measurement::default() };
    let Some(outage) = facts.tracker.outage() else { return out };
    out.down = Some(shared.wall(outage.down));
    out.up = outage.up.map(|up| shared.wall(up));
    out.rto_ms = outage.up.map(|_| millis(outage.length(shared.now())));
    out.flaps = outage.flaps;
    out.outages = facts.tracker.outages();
    out.sampling_ms = outage.uncertainty().map_or(bound, |micros| millis(micros).max(1));
    out.unwatched_ms = millis(unwatched(&outage, facts.gaps, shared.now()));
    out
}

/// How long of the outage nobody looked.
fn unwatched(outage: &Outage, gaps: &[(Moment, Moment)], now: Moment) -> i64 {
    let end = outage.up.unwrap_or(now);
    gaps.iter().map(|(from, to)| ((*to).min(end) - (*from).max(outage.down)).max(0)).sum()
}

fn lost(measurement: &mut Measurement, kept: &Kept, facts: &Facts<'_>) {
    measurement.acknowledged = Some(kept.acknowledged);
    measurement.lost = Some(kept.lost);
    let failed = facts.tracker.outage().map_or_else(|| facts.shared.now(), |outage| outage.seen);
    // Who began to look in the middle of an outage knows nothing of what was written before it.
    if kept.lost == 0 && kept.first.is_none_or(|first| first >= failed) {
        return;
    }
    // Something that is lost never took no time.
    measurement.rpo_ms = Some(kept.oldest_lost.map_or(0, |at| millis(failed - at).max(1)));
}

fn millis(micros: i64) -> u64 {
    u64::try_from((micros + 500) / 1000).unwrap_or(0)
}
