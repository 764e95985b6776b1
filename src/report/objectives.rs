//! What a recovery objective costs, and which architecture keeps it within a budget. The figures are data.

use super::sheet::{Sheet, header};
use super::text::duration as in_words;
use super::words::Words;
use crate::runbook::model::Language;
use crate::syntax::duration;
use serde::{Deserialize, Deserializer, Serialize};
use std::time::Duration;

/// The figures that come with the program.
pub const DATA: &str = include_str!("../../templates/objectives.yaml");

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// French.
    pub fr: String,
}

impl Text {
    /// In one of them.
    #[must_use]
    pub fn of(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Fr => &self.fr,
        }
    }
}

/// What is calculated with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Its sign.
    pub currency: String,
    /// What an outage costs, by the revenue that is lost.
    pub reputation_multiplier: f64,
    /// What it costs to enter a transaction again.
    pub reconstitution_per_transaction: f64,
    /// Recovery times to show.
    #[serde(deserialize_with = "lengths")]
    pub rto_examples: Vec<Duration>,
    /// Recovery points to show.
    #[serde(deserialize_with = "lengths")]
    pub rpo_examples: Vec<Duration>,
    /// What can be built.
    pub architectures: Vec<Architecture>,
    /// What is usual.
    pub applications: Vec<Application>,
    /// Classes of incidents.
    pub severities: Vec<Severity>,
}

/// Something that can be built.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// What it is.
    pub name: Text,
    /// How much is lost at most.
    #[serde(deserialize_with = "length")]
    pub rpo: Duration,
    /// How long a recovery takes at most.
    #[serde(deserialize_with = "length")]
    pub rto: Duration,
    /// What it costs a year.
    pub annual_cost: f64,
    /// In per cent.
    pub availability: f64,
}

/// A kind of application and its usual objectives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// For the command line.
    pub id: String,
    /// For people.
    pub name: Text,
    /// How much may be lost.
    #[serde(deserialize_with = "length")]
    pub rpo: Duration,
    /// How long it may take.
    #[serde(deserialize_with = "length")]
    pub rto: Duration,
}

/// A class of incidents.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Severity {
    /// `P0`.
    pub class: String,
    /// Its name.
    pub name: Text,
    /// When an incident is one.
    pub meaning: Text,
    /// Such as.
    pub examples: Text,
    /// How soon someone must be at it, in words.
    pub respond: Text,
    /// The same, as a length.
    #[serde(deserialize_with = "length")]
    pub response: Duration,
}

fn length<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    duration::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a duration such as `15m`")))
}

fn lengths<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Duration>, D::Error> {
    let texts: Vec<String> = Vec::deserialize(from)?;
    let read = |text: &String| {
        duration::parse(text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a duration such as `15m`")))
    };
    texts.iter().map(read).collect()
}

impl Data {
    /// Reads it.
    ///
    /// # Errors
    /// When it is not YAML, or not of this form; when a figure is negative or no number.
    pub fn parse(text: &str) -> Result<Self, String> {
        let data: Self = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
        let figures = [data.reputation_multiplier, data.reconstitution_per_transaction];
        let costs = data.architectures.iter().flat_map(|built| [built.annual_cost, built.availability]);
        if figures.into_iter().chain(costs).any(|figure| !figure.is_finite() || figure < 0.0) {
            return Err("a figure is negative, or not a number".to_owned());
        }
        if data.reputation_multiplier < 1.0 {
            return Err(
                "`reputation_multiplier` is below 1: an outage costs at least the revenue that is lost".to_owned()
            );
        }
        Ok(data)
    }
}

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Revenue in an hour.
    pub revenue_per_hour: Option<f64>,
    /// Transactions in a minute.
    pub transactions_per_minute: Option<f64>,
    /// What one is worth.
    pub transaction_value: Option<f64>,
    /// The recovery time that is wanted.
    pub rto: Option<Duration>,
    /// The recovery point that is wanted.
    pub rpo: Option<Duration>,
    /// What may be spent in a year.
    pub budget: Option<f64>,
}

/// What an outage costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RtoCost {
    /// How long.
    pub rto_seconds: u64,
    /// Revenue that is lost.
    pub direct_cost: f64,
    /// The rest.
    pub indirect_cost: f64,
    /// Both.
    pub total_cost: f64,
}

/// What a loss of data costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RpoCost {
    /// How much time is lost.
    pub rpo_seconds: u64,
    /// How many transactions.
    pub lost_transactions: f64,
    /// What they were worth.
    pub data_loss_cost: f64,
    /// What it costs to enter them again.
    pub reconstitution_cost: f64,
    /// Both.
    pub total_cost: f64,
}

/// How an architecture does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// What it is.
    pub name: String,
    /// How much is lost at most.
    pub rpo_seconds: u64,
    /// How long a recovery takes at most.
    pub rto_seconds: u64,
    /// What it costs a year.
    pub annual_cost: f64,
    /// In per cent.
    pub availability: f64,
    /// Whether it keeps the objectives; none when none are given.
    pub meets: Option<bool>,
    /// Whether it is within the budget; none when there is none.
    pub affordable: Option<bool>,
    /// What one incident costs with it, as far as it can be said.
    pub incident_cost: Option<f64>,
}

/// A class in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeverityClass {
    /// `P0`.
    pub class: String,
    /// Its name.
    pub name: String,
    /// When an incident is one.
    pub meaning: String,
    /// Such as.
    pub examples: String,
    /// How soon, in words.
    pub respond: String,
    /// How soon.
    pub response_seconds: u64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Objectives {
    /// Of money.
    pub currency: String,
    /// What is wanted.
    pub rto_seconds: Option<u64>,
    /// What is wanted.
    pub rpo_seconds: Option<u64>,
    /// What may be spent in a year.
    pub budget: Option<f64>,
    /// What outages cost; empty without revenue.
    pub rto_costs: Vec<RtoCost>,
    /// What losses cost; empty without transactions.
    pub rpo_costs: Vec<RpoCost>,
    /// What can be built.
    pub architectures: Vec<Choice>,
    /// What to build: the name of one of them.
    pub recommended: Option<String>,
    /// The cheapest that keeps the objectives, when that is beyond the budget.
    pub beyond_budget: Option<String>,
    /// Classes of incidents.
    pub severities: Vec<SeverityClass>,
}

/// Calculates.
#[must_use]
pub fn objectives(data: &Data, question: &Question, language: Language) -> Objectives {
    let rto = question.rto.map_or_else(|| data.rto_examples.clone(), |rto| vec![rto]);
    let rpo = question.rpo.map_or_else(|| data.rpo_examples.clone(), |rpo| vec![rpo]);
    let architectures: Vec<Choice> =
        data.architectures.iter().map(|built| choice(built, data, question, language)).collect();
    let (recommended, beyond_budget) = recommend(&architectures);
    let class = |severity: &Severity| SeverityClass {
        class: severity.class.clone(),
        name: severity.name.of(language).to_owned(),
        meaning: severity.meaning.of(language).to_owned(),
        examples: severity.examples.of(language).to_owned(),
        respond: severity.respond.of(language).to_owned(),
        response_seconds: severity.response.as_secs(),
    };
    Objectives {
        currency: data.currency.clone(),
        rto_seconds: question.rto.map(|rto| rto.as_secs()),
        rpo_seconds: question.rpo.map(|rpo| rpo.as_secs()),
        budget: question.budget,
        rto_costs: rto.iter().filter_map(|rto| rto_cost(data, question, *rto)).collect(),
        rpo_costs: rpo.iter().filter_map(|rpo| rpo_cost(data, question, *rpo)).collect(),
        architectures,
        recommended,
        beyond_budget,
        severities: data.severities.iter().map(class).collect(),
    }
}

fn rto_cost(data: &Data, question: &Question, rto: Duration) -> Option<RtoCost> {
    let direct = question.revenue_per_hour? * rto.as_secs_f64() / 3600.0;
    let indirect = direct * (data.reputation_multiplier - 1.0);
    Some(RtoCost {
        rto_seconds: rto.as_secs(),
        direct_cost: cents(direct),
        indirect_cost: cents(indirect),
        total_cost: cents(direct + indirect),
    })
}

fn rpo_cost(data: &Data, question: &Question, rpo: Duration) -> Option<RpoCost> {
    let lost = question.transactions_per_minute? * rpo.as_secs_f64() / 60.0;
    let (loss, again) = (lost * question.transaction_value?, lost * data.reconstitution_per_transaction);
    Some(RpoCost {
        rpo_seconds: rpo.as_secs(),
        lost_transactions: cents(lost),
        data_loss_cost: cents(loss),
        reconstitution_cost: cents(again),
        total_cost: cents(loss + again),
    })
}

fn choice(built: &Architecture, data: &Data, question: &Question, language: Language) -> Choice {
    let costs = [
        rto_cost(data, question, built.rto).map(|c| c.total_cost),
        rpo_cost(data, question, built.rpo).map(|c| c.total_cost),
    ];
    let known: Vec<f64> = costs.into_iter().flatten().collect();
    let keeps = [question.rto.map(|rto| built.rto <= rto), question.rpo.map(|rpo| built.rpo <= rpo)];
    let keeps: Vec<bool> = keeps.into_iter().flatten().collect();
    Choice {
        name: built.name.of(language).to_owned(),
        rpo_seconds: built.rpo.as_secs(),
        rto_seconds: built.rto.as_secs(),
        annual_cost: built.annual_cost,
        availability: built.availability,
        meets: (!keeps.is_empty()).then(|| keeps.iter().all(|kept| *kept)),
        affordable: question.budget.map(|budget| built.annual_cost <= budget),
        incident_cost: (!known.is_empty()).then(|| known.iter().sum()),
    }
}

/// Without objectives the one within the budget that recovers first; with them the cheapest that keeps them. Beside it, the
/// cheapest that keeps them at any price, when none within the budget does.
fn recommend(all: &[Choice]) -> (Option<String>, Option<String>) {
    let cheapest = |fits: &dyn Fn(&&Choice) -> bool| {
        all.iter().filter(fits).min_by(|a, b| a.annual_cost.total_cmp(&b.annual_cost)).map(|choice| choice.name.clone())
    };
    if all.iter().all(|choice| choice.meets.is_none()) {
        let affordable = all.iter().filter(|choice| choice.affordable == Some(true));
        return (affordable.min_by_key(|choice| choice.rto_seconds).map(|choice| choice.name.clone()), None);
    }
    let within = cheapest(&|choice| choice.meets == Some(true) && choice.affordable != Some(false));
    let beyond = if within.is_none() { cheapest(&|choice| choice.meets == Some(true)) } else { None };
    (within, beyond)
}

fn cents(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// As JSON.
///
/// # Errors
/// When it cannot be written, which does not happen for this type.
pub fn to_json(objectives: &Objectives) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(objectives)
}

/// `€10,000`, `10 000 €`.
fn money(value: f64, currency: &str, words: &Words) -> String {
    let number = grouped(value, words);
    if words.is_french() { format!("{number}\u{a0}{currency}") } else { format!("{currency}{number}") }
}

/// Whole, with marks between thousands.
fn grouped(value: f64, words: &Words) -> String {
    let digits = format!("{value:.0}");
    let mark = if words.is_french() { '\u{202f}' } else { ',' };
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

/// The answer in words.
#[must_use]
pub fn sheet(answer: &Objectives, language: Language) -> Sheet {
    let words = Words::of(language);
    let time = |seconds: u64| in_words(seconds * 1000, words);
    let cash = |value: f64| money(value, &answer.currency, words);
    let mut sheet = Sheet::new(words.get("objectives.heading"), words);
    verdict(&mut sheet, answer, words);
    let row = |cost: &RtoCost| {
        vec![time(cost.rto_seconds), cash(cost.direct_cost), cash(cost.indirect_cost), cash(cost.total_cost)]
    };
    let names = ["rto", "direct", "indirect", "total"];
    let rows = answer.rto_costs.iter().map(row).collect();
    sheet.table(words.get("objectives.rto-costs"), header(words, "objectives", &names), rows, 1);
    let row = |cost: &RpoCost| {
        let (lost, total) = (grouped(cost.lost_transactions, words), cash(cost.total_cost));
        vec![time(cost.rpo_seconds), lost, cash(cost.data_loss_cost), cash(cost.reconstitution_cost), total]
    };
    let names = ["rpo", "lost", "loss", "again", "total"];
    let rows = answer.rpo_costs.iter().map(row).collect();
    sheet.table(words.get("objectives.rpo-costs"), header(words, "objectives", &names), rows, 1);
    let yes = |holds: Option<bool>| match holds {
        Some(true) => words.get("objectives.yes").to_owned(),
        Some(false) => words.get("objectives.no").to_owned(),
        None => "-".to_owned(),
    };
    let row = |choice: &Choice| {
        vec![
            choice.name.clone(),
            time(choice.rto_seconds),
            time(choice.rpo_seconds),
            cash(choice.annual_cost),
            format!("{}{}%", choice.availability, if words.is_french() { "\u{a0}" } else { "" })
                .replace('.', words.get("decimal")),
            yes(choice.meets),
            yes(choice.affordable),
            choice.incident_cost.map_or_else(|| "-".to_owned(), cash),
        ]
    };
    let names = ["architecture", "rto", "rpo", "annual", "availability", "meets", "affordable", "incident"];
    let rows = answer.architectures.iter().map(row).collect();
    sheet.table(words.get("objectives.architectures"), header(words, "objectives", &names), rows, 0);
    let row = |severity: &SeverityClass| {
        let class = format!("{} {}", severity.class, severity.name);
        vec![class, severity.meaning.clone(), severity.examples.clone(), severity.respond.clone()]
    };
    let names = ["class", "meaning", "examples", "respond"];
    let rows = answer.severities.iter().map(row).collect();
    sheet.table(words.get("objectives.severities"), header(words, "objectives", &names), rows, 1);
    sheet
}

fn verdict(sheet: &mut Sheet, answer: &Objectives, words: &Words) {
    let wanted = [("objectives.rto", answer.rto_seconds), ("objectives.rpo", answer.rpo_seconds)];
    for (name, seconds) in wanted {
        if let Some(seconds) = seconds {
            sheet.line(words.get(name), in_words(seconds * 1000, words), words.get("objectives.wanted"));
        }
    }
    if let Some(budget) = answer.budget {
        sheet.line(
            words.get("objectives.budget"),
            money(budget, &answer.currency, words),
            words.get("objectives.a-year"),
        );
    }
    let asked = answer.rto_seconds.or(answer.rpo_seconds).is_some();
    let advice = match (&answer.recommended, &answer.beyond_budget) {
        (Some(name), _) if asked => words.say("objectives.take", &[("name", name)]),
        (Some(name), _) => words.say("objectives.fastest", &[("name", name)]),
        (None, Some(name)) => words.say("objectives.beyond", &[("name", name)]),
        (None, None) if asked => words.get("objectives.nothing").to_owned(),
        (None, None) if answer.budget.is_some() => words.get("objectives.too-little").to_owned(),
        (None, None) => words.get("objectives.ask").to_owned(),
    };
    sheet.notes.push(advice);
    if answer.rto_costs.is_empty() {
        sheet.notes.push(words.get("objectives.no-revenue").to_owned());
    }
    if answer.rpo_costs.is_empty() {
        sheet.notes.push(words.get("objectives.no-transactions").to_owned());
    }
}
