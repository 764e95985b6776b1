//! What a recovery objective costs, and which architecture keeps it within a budget. The figures are data.

mod data;
mod sheet;

pub use data::{Application, Architecture, DATA, Data, Severity, Text};
pub use sheet::sheet;

use crate::runbook::model::Language;
use serde::Serialize;
use std::time::Duration;

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
