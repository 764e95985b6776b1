//! What monitors have to say, while a run is under way and at its end.

use super::super::text::{Line, Tone, clock, span};
use super::super::words::{Words, fill};
use crate::engine::event::{Event, Measurement};
use std::time::Duration;

/// A line for an event of a monitor.
pub(super) fn line(event: &Event, words: &Words) -> Option<(Tone, String)> {
    match event {
        Event::MonitorStarted { monitor, target, .. } => {
            Some((Tone::Dim, fill(words.monitor_started, &[monitor, target])))
        }
        Event::MonitorChanged { monitor, up: true, detail, .. } => {
            Some((Tone::Good, fill(words.monitor_up, &[monitor, detail])))
        }
        Event::MonitorChanged { monitor, up: false, detail, .. } => {
            Some((Tone::Bad, fill(words.monitor_down, &[monitor, detail])))
        }
        Event::Measured(measured) => Some(result(measured, words)),
        _ => None,
    }
}

/// `writes: back after 4.2s (±0.1s), 1 flap; 0 of 812 acknowledged writes lost (RPO 0s)`
fn result(measured: &Measurement, words: &Words) -> (Tone, String) {
    let time = |ms: u64| span(Duration::from_millis(ms));
    let mut tone = Tone::Good;
    let mut parts = Vec::new();
    match (&measured.down, measured.rto_ms) {
        (None, _) => parts.push(words.measured_nothing.to_owned()),
        (Some(_), None) => {
            tone = Tone::Bad;
            parts.push(words.measured_down.to_owned());
        }
        (Some(_), Some(rto)) => parts.push(fill(words.measured_rto, &[&time(rto), &time(measured.sampling_ms)])),
    }
    if measured.outages > 1 {
        parts.push(fill(words.measured_outages, &[&measured.outages.to_string()]));
    }
    if measured.flaps > 0 {
        parts.push(fill(words.measured_flaps, &[&measured.flaps.to_string()]));
    }
    if let (Some(lost), Some(all)) = (measured.lost, measured.acknowledged) {
        if lost > 0 {
            tone = Tone::Bad;
        }
        parts.push(match measured.rpo_ms {
            Some(rpo) => fill(words.measured_rpo, &[&lost.to_string(), &all.to_string(), &time(rpo)]),
            None => words.measured_since.to_owned(),
        });
    }
    // The amount is enough here; the journal has the two positions.
    let amount = measured.rpo_by_position.as_deref().and_then(|text| text.split(" (").next());
    parts.extend(amount.map(|amount| fill(words.measured_position, &[amount])));
    if measured.unwatched_ms > 0 {
        tone = Tone::Warn;
        parts.push(fill(words.measured_gap, &[&time(measured.unwatched_ms)]));
    }
    (tone, words.pair(&measured.monitor, &parts.join("; ")))
}

/// `writes DOWN 00:12`, for a status line or a prompt.
pub(in crate::operator) fn down(down: &[(String, Duration)], words: &Words) -> Option<String> {
    let texts: Vec<String> =
        down.iter().take(3).map(|(name, time)| fill(words.monitor_is_down, &[name, &clock(*time)])).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// What the end of a run waits for.
pub(super) fn waiting(monitor: &str, left: Duration, words: &Words) -> Line {
    let left = span(Duration::from_secs(left.as_secs().max(1)));
    Line::of(Tone::Warn, &fill(words.monitor_waits, &[monitor, &left]))
}
