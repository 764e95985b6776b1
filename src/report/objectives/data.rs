//! What is calculated with, as a file has it.

use crate::runbook::model::Language;
use crate::syntax::duration;
use serde::{Deserialize, Deserializer, Serialize};
use std::time::Duration;

/// The figures that come with the program.
pub const DATA: &str = include_str!("../../../templates/objectives.yaml");

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
