//! How the time goes: which phase eats the recovery objective, and how far a timed exercise is behind its schedule.

use super::super::text::{Line, Tone, clock, span};
use super::super::words::{Words, fill};
use super::INDENT;
use crate::driver::ports::Standing;
use crate::engine::event::Mode;
use crate::plan::model::{Node, PlanStep, RecoveryPhase};
use std::time::Duration;

/// Later than this is late: a schedule has minutes.
const LATE: Duration = Duration::from_secs(60);

/// What was spent so far.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// By phase, up to the present node.
    spent: [Duration; RecoveryPhase::ALL.len()],
    /// The phase that the present node belongs to, and the time when it was reached.
    at: Option<(RecoveryPhase, Duration)>,
    /// The minute of the schedule that was told last.
    told: Option<i64>,
    /// The budget that was told last.
    said: String,
}

impl Pace {
    /// A node was reached. Time before the first one is detection: nobody had the runbook open yet.
    pub(super) fn reached(&mut self, node: &Node, step: &PlanStep, elapsed: Duration) {
        let (phase, since) = self.at.unwrap_or((RecoveryPhase::Detection, Duration::ZERO));
        self.spent[phase as usize] += elapsed.saturating_sub(since);
        self.at = Some((RecoveryPhase::of(step.role, &node.work), elapsed));
    }

    /// `RTO 01:12 of 5m: detection 40s, decision 32s`, where there is an objective and time was spent.
    pub(super) fn budget(&mut self, standing: &Standing<'_>, words: &Words) -> Option<Line> {
        let rto = standing.state.head.as_ref()?.rto_s.map(Duration::from_secs)?;
        let spent = RecoveryPhase::ALL.into_iter().zip(self.spent).filter(|(_, time)| time.as_secs() > 0);
        let spent: Vec<String> = spent
            .map(|(phase, time)| format!("{} {}", words.phase(phase), span(Duration::from_secs(time.as_secs()))))
            .collect();
        let late = standing.elapsed > rto;
        let text = words.pair(&elapsed(standing.elapsed, rto, words), &spent.join(", "));
        if spent.is_empty() || self.said == text {
            return None;
        }
        self.said.clone_from(&text);
        Some(Line::new().to(INDENT).with(if late { Tone::Bad } else { Tone::Dim }, &text))
    }

    /// `planned for minute 20: 3m late`, once for every minute that the runbook names.
    pub(super) fn schedule(&mut self, step: &PlanStep, standing: &Standing<'_>, words: &Words) -> Option<Line> {
        let offset = step.offset.filter(|offset| *offset >= 0 && self.told != Some(*offset))?;
        self.told = Some(offset);
        let planned = Duration::from_secs(offset.unsigned_abs());
        let seconds = |time: Duration| span(Duration::from_secs(time.as_secs()));
        let late = standing.elapsed.checked_sub(planned);
        let (tone, how) = match late {
            Some(late) if late >= LATE => (Tone::Warn, fill(words.schedule_late, &[&seconds(late)])),
            None if planned.saturating_sub(standing.elapsed) >= LATE => {
                (Tone::Plain, fill(words.schedule_early, &[&seconds(planned.saturating_sub(standing.elapsed))]))
            }
            _ => (Tone::Good, words.schedule_kept.to_owned()),
        };
        let minute = fill(words.schedule, &[&clock(planned)]);
        // At a table nothing takes time, and nobody is early.
        if standing.state.head.as_ref().is_some_and(|head| head.mode == Mode::Tabletop) {
            return Some(Line::new().to(INDENT).with(Tone::Dim, &minute));
        }
        Some(Line::new().to(INDENT).with(tone, &words.pair(&minute, &how)))
    }
}

/// `RTO 01:12 of 5m`, or how much it is over.
pub(super) fn elapsed(time: Duration, rto: Duration, words: &Words) -> String {
    let of = fill(words.of, &[&clock(time), &span(rto)]);
    if time <= rto {
        return format!("RTO {of}");
    }
    format!("RTO {of}, {}", fill(words.over, &[&span(Duration::from_secs(time.saturating_sub(rto).as_secs()))]))
}
