//! What an outage cost, from the figures that the runbook's head gives. Sentences show how they were reckoned.

use super::claims::measurements;
use super::facts::Facts;
use super::objective::Objective;
use super::text::{clean, duration};
use super::words::Words;
use crate::engine::event::Mode;
use crate::journal::record::Record;
use crate::plan::model::Plan;
use serde::Serialize;
use std::collections::BTreeMap;

/// The impact, as far as it can be reckoned.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// How long the outage was, and whether that was measured or timed.
    pub outage: Option<String>,
    /// The record that says so.
    pub seq: Option<u64>,
    /// Revenue.
    pub revenue: Option<String>,
    /// Transactions that could not be made.
    pub transactions: Option<String>,
    /// Data lost.
    pub data: Option<String>,
    /// The record that says so.
    pub data_seq: Option<u64>,
    /// The share of the month's error budget.
    pub sla: Option<String>,
    /// A drill: nobody paid this.
    pub drill: bool,
}

/// Figures by name, however their words are joined.
struct Figures<'a>(BTreeMap<String, &'a str>);

impl<'a> Figures<'a> {
    fn of(plan: &'a Plan) -> Self {
        let metadata = &plan.info.metadata;
        let all = metadata.other.iter().chain(&metadata.known);
        let name = |key: &str| key.trim_start_matches("business.").replace(['_', ' '], "-").to_lowercase();
        Self(all.map(|(key, value)| (name(key), value.as_str())).collect())
    }

    fn number(&self, name: &str) -> Option<f64> {
        let digits: String =
            self.0.get(name)?.chars().filter(|c| !c.is_whitespace() && !matches!(c, '_' | '%' | '≥')).collect();
        digits.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
    }
}

/// A number for people: groups of three, two decimals below a thousand when there are any.
fn number(value: f64, words: &Words) -> String {
    let text = if value < 1000.0 && value.fract() > 0.005 { format!("{value:.2}") } else { format!("{value:.0}") };
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let separator = if words.is_french() { '\u{202f}' } else { ',' };
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    if rest.is_empty() { grouped } else { format!("{grouped}{}{rest}", words.get("decimal")) }
}

/// A share: percents below the hundredth need more digits than others.
fn percent(value: f64, words: &Words) -> String {
    let digits = if (99.0..100.0).contains(&value) { 4 } else { 1 };
    let space = if words.is_french() { "\u{a0}" } else { "" };
    format!("{}{space}%", format!("{value:.digits$}").replace('.', words.get("decimal")))
}

#[expect(clippy::cast_precision_loss, reason = "an outage is shorter than the age of the universe")]
const fn float(ms: u64) -> f64 {
    ms as f64
}

/// Milliseconds of the month in which the outage began.
fn month_ms(facts: &Facts<'_>) -> Option<u64> {
    let at = facts.incident.or(facts.began)?.to_zoned(jiff::tz::TimeZone::UTC);
    u64::try_from(at.days_in_month()).ok().map(|days| days * 86_400_000)
}

/// Reckons it. A monitor's outage is preferred to the journal's.
#[must_use]
pub fn impact(records: &[Record], facts: &Facts<'_>, rto: &Objective, plan: Option<&Plan>, words: &Words) -> Impact {
    let mut impact = Impact {
        drill: facts.head.is_some_and(|head| head.mode != Mode::Live || head.category.as_deref() == Some("drill")),
        ..Impact::default()
    };
    let measured = measurements(records);
    let longest = measured.iter().filter_map(|(seq, m)| m.rto_ms.map(|ms| (ms, *seq))).max();
    let timed = rto.measured_ms.zip(rto.seq);
    let Some((ms, seq)) = longest.or(timed) else { return impact };
    let took = duration(ms, words);
    let key = if longest.is_some() { "impact.outage-measured" } else { "impact.outage-timed" };
    (impact.outage, impact.seq) = (Some(words.say(key, &[("outage", &took)])), Some(seq));
    let Some(figures) = plan.map(Figures::of) else { return impact };
    let currency = figures.0.get("currency").map_or(String::new(), |name| format!(" {}", clean(name)));
    let money = |value: f64| format!("{}{currency}", number(value, words));
    impact.revenue = figures.number("revenue-per-hour").map(|hourly| {
        let cost = money(hourly * float(ms) / 3_600_000.0);
        words.say("impact.revenue", &[("cost", &cost), ("hourly", &money(hourly)), ("outage", &took)])
    });
    let rate = figures.number("transactions-per-minute");
    impact.transactions = rate.map(|rate| {
        let count = number((rate * float(ms) / 60_000.0).round(), words);
        let values = [("count", &*count), ("rate", &*number(rate, words)), ("outage", &*took)];
        words.say("impact.transactions", &values)
    });
    let lost = measured.iter().filter_map(|(seq, m)| m.rpo_ms.filter(|ms| *ms > 0).map(|ms| (ms, *seq))).max();
    if let (Some((rpo, seq)), Some(rate), Some(value)) = (lost, rate, figures.number("value-per-transaction")) {
        let count = rate * float(rpo) / 60_000.0;
        let (worth, count) = (money(count * value), number(count.round(), words));
        let values = [("worth", &*worth), ("count", &*count), ("rpo", &*duration(rpo, words))];
        (impact.data, impact.data_seq) = (Some(words.say("impact.data", &values)), Some(seq));
    }
    impact.sla =
        figures.number("sla").filter(|sla| (0.0..=100.0).contains(sla)).zip(month_ms(facts)).map(|(sla, month)| {
            let budget = float(month) * (100.0 - sla) / 100.0;
            let available = percent(100.0 - float(ms) / float(month) * 100.0, words);
            let sla_words = format!(
                "{}{}%",
                sla.to_string().replace('.', words.get("decimal")),
                if words.is_french() { "\u{a0}" } else { "" }
            );
            if budget <= 0.0 {
                return words.say("impact.sla-none", &[("sla", &sla_words), ("available", &available)]);
            }
            let share = percent(float(ms) / budget * 100.0, words);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a month, not negative")]
            let budget = duration(budget.round() as u64, words);
            let values = [("share", &*share), ("budget", &*budget), ("sla", &*sla_words), ("available", &*available)];
            words.say("impact.sla", &values)
        });
    impact
}
