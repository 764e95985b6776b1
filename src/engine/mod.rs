//! The pure state machine of a run: [`decide`](decide::decide) turns an input into events, [`RunState::apply`](state::RunState::apply)
//! folds events into a state, [`due`](due::due) says what that state waits for.
//!
//! Invariant: no file system, no network, no process, no environment, no clock, no async. Time is an argument.
//! Starting is resuming from an empty journal; there is no second code path for recovery.

pub mod advance;
mod aftermath;
mod again;
#[cfg(test)]
mod again_tests;
pub mod decide;
pub mod due;
pub mod event;
pub mod guard;
#[cfg(test)]
mod guard_tests;
pub mod judge;
pub mod objective;
pub mod question;
pub mod rollback;
mod rounds;
pub mod state;
#[cfg(test)]
mod tests;
mod together;
pub mod values;

use crate::plan::model::Plan;
use crate::plan::render::{Live, Scope};
use std::collections::{BTreeMap, BTreeSet};

/// What stands beside a state and is not in a journal.
#[derive(Debug)]
pub struct Context<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Secrets, in memory only.
    pub secrets: &'a BTreeMap<String, String>,
    /// Names that are set for commands from outside: the environment, the shell session.
    pub known: &'a BTreeSet<String>,
    /// Names that held a secret in an earlier process and were not kept: they are asked for as secrets.
    pub lost: &'a BTreeSet<String>,
    /// What monitors said when the driver looked last.
    pub live: &'a Live,
}

impl Context<'_> {
    /// The names that expressions and placeholders can use in this state.
    #[must_use]
    pub fn scope<'s>(&'s self, state: &'s state::RunState) -> Scope<'s> {
        Scope { variables: &state.variables, secrets: self.secrets, places: &state.places, live: self.live }
    }
}

/// Words for people from what a state knows by itself: secrets stay as written.
#[must_use]
pub fn words(state: &state::RunState, text: &str) -> String {
    if !text.contains("{{") {
        return text.to_owned();
    }
    let secrets = BTreeMap::new();
    let scope = Scope { variables: &state.variables, secrets: &secrets, places: &state.places, live: Live::NOTHING };
    crate::plan::render::message(text, &scope).map_or_else(|_| text.to_owned(), |r| r.shown)
}

/// The same, with the values of one of several in the place of those that hold now; what has none is shown as written.
#[must_use]
pub fn words_for(state: &state::RunState, round: &event::UndoRound, text: &str) -> String {
    if !text.contains("{{") {
        return text.to_owned();
    }
    let mut of =
        state::RunState { variables: state.variables.clone(), places: state.places.clone(), ..Default::default() };
    for (name, value) in &round.values {
        match value {
            Some(value) => of.variables.insert(name.clone(), Some(value.clone())),
            None => of.variables.remove(name),
        };
    }
    words(&of, text)
}

/// Words for people: `{{ … }}` filled in, secrets masked; what has no value yet is shown as written.
#[must_use]
pub fn say(context: &Context<'_>, state: &state::RunState, text: &str) -> String {
    if !text.contains("{{") {
        return text.to_owned();
    }
    crate::plan::render::message(text, &context.scope(state)).map_or_else(|_| text.to_owned(), |r| r.shown)
}
