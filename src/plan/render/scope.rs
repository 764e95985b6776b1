//! What expressions and placeholders can speak of: values, secrets, places, and what monitors say.

use super::facts_value;
use minijinja::value::Value;
use std::collections::BTreeMap;

/// What a place has said about itself: `role`, `read_only`, `server`…
pub type Facts = BTreeMap<String, String>;

/// What is known of the places that a run has looked at: by the name that the runbook uses, each member with its facts.
pub type Places = BTreeMap<String, BTreeMap<String, Facts>>;

/// No place at all.
pub static NOWHERE: Places = BTreeMap::new();

/// What monitors say at this moment. It changes by itself: who decides by it writes down what it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live {
    /// Whole seconds of the outage at hand, or of the one that is over; 0 while nothing was down; `None` when nobody looks.
    pub rto_elapsed: Option<u64>,
    /// Whether what each monitor looks at is up.
    pub up: BTreeMap<String, bool>,
    /// The outage that is over for good, in words, for a blank that asks for it.
    pub measured_rto: Option<String>,
}

impl Live {
    /// The name of the outage's length in expressions.
    pub const RTO_ELAPSED: &'static str = "rto_elapsed";
    /// The name under which monitors stand in expressions.
    pub const MONITORS: &'static str = "monitors";

    /// Nobody looks.
    pub const NOTHING: &'static Self = &Self { rto_elapsed: None, up: BTreeMap::new(), measured_rto: None };

    pub(super) fn value(&self, name: &str) -> Option<Value> {
        match name {
            Self::RTO_ELAPSED => self.rto_elapsed.map(Value::from),
            Self::MONITORS if !self.up.is_empty() => Some(Value::from_pairs(
                self.up.iter().map(|(name, up)| (name.clone(), Value::from_pairs([("up", *up)]))),
            )),
            _ => None,
        }
    }
}

/// The names that expressions and placeholders can use.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Values; `None` for a secret.
    pub variables: &'a BTreeMap<String, Option<String>>,
    /// The secrets' values, held in memory only.
    pub secrets: &'a BTreeMap<String, String>,
    /// Places, for `candidate.role`.
    pub places: &'a Places,
    /// What monitors say, for `monitors.writes.up` and `rto_elapsed`.
    pub live: &'a Live,
}

impl Scope<'_> {
    /// The value of a name, in clear.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.variables.get(name) {
            Some(Some(value)) => Some(value),
            Some(None) => self.secrets.get(name).map(String::as_str),
            None => None,
        }
    }

    /// What is known of the one place of this name.
    pub(super) fn place(&self, name: &str) -> Result<Option<Value>, String> {
        let Some(members) = self.places.get(name) else { return Ok(None) };
        let mut facts = members.values();
        match (facts.next(), facts.next()) {
            (Some(facts), None) => Ok(Some(facts_value(facts))),
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(format!("`{name}` is {} places, and each has its own answer", members.len())),
        }
    }

    pub(super) fn is_secret(&self, name: &str) -> bool {
        matches!(self.variables.get(name), Some(None))
    }
}
