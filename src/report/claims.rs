//! Figures with where they come from: measured by a monitor, timed by the journal, captured from what a step printed, or said
//! by a person. Never mixed.

use super::breakdown::Breakdown;
use super::facts::Facts;
use super::objective::{Objective, Reported, judgement};
use super::text::{clean, duration};
use super::words::Words;
use crate::engine::event::{Event, Measurement};
use crate::journal::record::Record;
use serde::Serialize;

/// One figure against one objective.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// `RTO`, `RPO`, or the words before a blank.
    pub name: String,
    /// The objective.
    pub target: Option<String>,
    /// The figure; none when there is none.
    pub value: Option<String>,
    /// The same in milliseconds, where it was measured or timed.
    pub ms: Option<u64>,
    /// `measured`, `timed`, `captured`, `said`, or `none`.
    pub kind: &'static str,
    /// The same in words.
    pub kind_words: String,
    /// Whether it was met; none when it cannot be judged.
    pub met: Option<bool>,
    /// The same in words.
    pub judgement: String,
    /// From where to where, how exactly, or who said it.
    pub method: String,
    /// The record.
    pub seq: Option<u64>,
}

/// The latest measurement of each monitor, with its record.
#[must_use]
pub fn measurements(records: &[Record]) -> Vec<(u64, &Measurement)> {
    let mut found: Vec<(u64, &Measurement)> = Vec::new();
    for record in records {
        if let Event::Measured(measured) = &record.event {
            match found.iter_mut().find(|(_, known)| known.monitor == measured.monitor) {
                Some(known) => *known = (record.seq, measured),
                None => found.push((record.seq, measured)),
            }
        }
    }
    found
}

/// How long service was gone: the longest outage that a monitor measured, else what the journal timed.
#[must_use]
pub fn restored(claims: &[Claim]) -> Option<&Claim> {
    let rank = |claim: &Claim| (claim.kind == "measured", claim.ms);
    let known = |claim: &&Claim| claim.name == "RTO" && matches!(claim.kind, "measured" | "timed");
    claims.iter().filter(known).filter(|claim| claim.value.is_some()).max_by_key(|claim| rank(claim))
}

/// Met or missed only when the sampling error cannot turn it.
const fn judged(ms: u64, error: u64, target: Option<u64>) -> Option<bool> {
    match target {
        Some(target) if ms.saturating_add(error) <= target => Some(true),
        Some(target) if ms.saturating_sub(error) > target => Some(false),
        _ => None,
    }
}

/// Builds claims in one language.
pub(super) struct Claims<'a> {
    pub facts: &'a Facts<'a>,
    pub words: &'a Words,
}

impl Claims<'_> {
    fn claim(&self, name: &str, target: Option<u64>, kind: &'static str, method: String) -> Claim {
        let kind_words = self.words.get(&format!("kind.{kind}")).to_owned();
        let target = target.map(|ms| duration(ms, self.words));
        let (value, ms, met, judgement, seq) = (None, None, None, String::new(), None);
        Claim { name: name.to_owned(), target, value, ms, kind, kind_words, met, judgement, method, seq }
    }

    fn judged(&self, mut claim: Claim, met: Option<bool>) -> Claim {
        claim.met = met;
        if claim.target.is_some() && claim.value.is_some() {
            claim.judgement = judgement(met, self.words);
        }
        claim
    }

    /// What monitors and the journal say of RTO and RPO, then what people said.
    pub fn all(&self, records: &[Record], rto: &Objective, said: &[Reported]) -> Vec<Claim> {
        let head = self.facts.head;
        let rto_target = head.and_then(|head| head.rto_s).map(|s| s * 1000);
        let rpo_target = head.and_then(|head| head.rpo_s).map(|s| s * 1000);
        let measured = measurements(records);
        let mut claims: Vec<Claim> = measured.iter().filter_map(|m| self.rto(m, rto_target)).collect();
        let mut timed = self.claim("RTO", rto_target, "timed", rto.method.clone());
        (timed.value, timed.ms, timed.seq) = (rto.measured.clone(), rto.measured_ms, rto.seq);
        if rto.measured.is_none() {
            (timed.kind, timed.kind_words) = ("none", self.words.get("kind.none").to_owned());
        }
        claims.push(self.judged(timed, rto.met));
        let before = claims.len();
        claims.extend(measured.iter().filter_map(|m| self.rpo(m, rpo_target)));
        if claims.len() == before {
            claims.push(self.claim("RPO", rpo_target, "none", self.words.get("why.rpo").to_owned()));
        }
        claims.extend(said.iter().filter(|blank| blank.figure).map(|blank| self.said(blank)));
        claims
    }

    fn rto(&self, (seq, measured): &(u64, &Measurement), target: Option<u64>) -> Option<Claim> {
        let ms = measured.rto_ms?;
        let words = self.words;
        let values = [("monitor", &*clean(&measured.monitor)), ("flaps", &*measured.flaps.to_string())];
        let key = if measured.flaps > 0 { "why.measured-rto-flaps" } else { "why.measured-rto" };
        let why = words.say(key, &values);
        // Whoever reads one figure must know that it went down again.
        let why = match measured.outages {
            0 | 1 => why,
            outages => words.say("why.measured-outages", &[("why", &*why), ("outages", &*outages.to_string())]),
        };
        let mut claim = self.claim("RTO", target, "measured", why);
        claim.value = Some(format!("{} ± {}", duration(ms, words), duration(measured.sampling_ms, words)));
        (claim.ms, claim.seq) = (Some(ms), Some(*seq));
        Some(self.judged(claim, judged(ms, measured.sampling_ms, target)))
    }

    fn rpo(&self, (seq, measured): &(u64, &Measurement), target: Option<u64>) -> Option<Claim> {
        let lost = measured.lost?;
        let words = self.words;
        let Some(ms) = measured.rpo_ms else {
            let why = words.say("why.rpo-since", &[("monitor", &clean(&measured.monitor))]);
            let mut claim = self.claim("RPO", target, "none", why);
            claim.seq = Some(*seq);
            return Some(claim);
        };
        let (all, count) = (measured.acknowledged.unwrap_or(0).to_string(), lost.to_string());
        let position = measured.rpo_by_position.as_deref().map(clean).unwrap_or_default();
        let values =
            [("monitor", &*clean(&measured.monitor)), ("lost", &*count), ("all", &*all), ("position", &*position)];
        let key = if position.is_empty() { "why.measured-rpo" } else { "why.measured-rpo-position" };
        let mut claim = self.claim("RPO", target, "measured", words.say(key, &values));
        // Nothing lost is exact; a loss is known to within one beat.
        let error = if lost == 0 { 0 } else { measured.sampling_ms };
        claim.value = Some(match error {
            0 => duration(ms, words),
            error => format!("{} ± {}", duration(ms, words), duration(error, words)),
        });
        (claim.ms, claim.seq) = (Some(ms), Some(*seq));
        Some(self.judged(claim, judged(ms, error, target)))
    }

    fn said(&self, blank: &Reported) -> Claim {
        let (kind, method) = if blank.captured {
            ("captured", self.words.get("why.captured").to_owned())
        } else {
            ("said", self.words.say("prompt.reported-by", &[("by", &blank.by)]))
        };
        let mut claim = self.claim(&blank.label, None, kind, method);
        (claim.target, claim.value) = (blank.objective.clone(), Some(blank.value.clone()));
        (claim.met, claim.judgement, claim.seq) = (blank.met, blank.judgement.clone(), Some(blank.seq));
        claim
    }

    /// The time until someone began to decide, for a drill's criterion.
    pub fn detection(&self, breakdown: &Breakdown, target: Option<u64>) -> Option<Claim> {
        let target = target?;
        let part = breakdown.parts.iter().find(|part| part.key == "detection");
        let Some(part) = part else {
            let name = self.words.get("phase.detection").to_owned();
            return Some(self.claim(&name, Some(target), "none", breakdown.why.clone()));
        };
        let mut claim = self.claim(&part.name, Some(target), "timed", self.words.get("why.detection").to_owned());
        (claim.value, claim.seq) = (Some(part.took.clone()), part.seqs.last().copied());
        Some(self.judged(claim, Some(part.ms <= target)))
    }
}
