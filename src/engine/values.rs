//! Values that a command still needs, and what people say for them.

use super::Context;
use super::decide::{Decision, Rejected, reject};
use super::due::value_question;
use super::event::{Actor, Event};
use super::question::Ask;
use super::state::RunState;
use crate::plan::aim::{self, CONNECTION};
use crate::plan::model::CommandWork;
use crate::plan::render::{self, Rendered};
use crate::runbook::model::{Interpreter, ValueKind};

/// Every value that a command still needs, as questions.
#[must_use]
pub fn missing_values(context: &Context<'_>, state: &RunState, work: &CommandWork, rendered: &Rendered) -> Vec<Ask> {
    let mut asks: Vec<Ask> =
        rendered.missing.iter().map(|(name, written)| value_question(context, state, name, Some(written))).collect();
    if work.interpreter == Interpreter::Sql
        && state.head.as_ref().is_some_and(|h| h.environment.is_some())
        && aim::of(work, &context.scope(state)).is_none()
    {
        asks.push(value_question(context, state, CONNECTION, None));
    }
    for name in &work.reads {
        // A host has neither this machine's environment nor its session.
        let set = if aim::is_elsewhere(work) {
            aim::is_everywhere(name)
        } else {
            // Nobody has said it for this one.
            context.known.contains(name) && !context.plan.varies(name)
        };
        let known = set || context.scope(state).get(name).is_some();
        if !known && !rendered.missing.iter().any(|(n, _)| n == name) {
            asks.push(value_question(context, state, name, Some(&format!("${name}"))));
        }
    }
    asks
}

pub(super) fn value_for_command(
    context: &Context<'_>,
    state: &RunState,
    work: &CommandWork,
    value: &str,
    by: &Actor,
) -> Decision {
    let rendered = render::command(work, &context.scope(state)).map_err(|e| Rejected(e.to_string()))?;
    match missing_values(context, state, work, &rendered).into_iter().next() {
        Some(ask) => value_given(context, &ask, value, by),
        None => reject("no value is missing here"),
    }
}

/// A value for a name. One that is a known secret stays one, whatever it is called.
pub(super) fn value_given(context: &Context<'_>, ask: &Ask, value: &str, by: &Actor) -> Decision {
    let Ask::Value { name, secret, kind, .. } = ask else { return reject("no value is missing here") };
    let value = valid(value, *kind, &[])?;
    let secret = *secret || context.secrets.values().any(|s| *s == value);
    let value = (!secret).then_some(value);
    Ok(vec![(by.clone(), Event::VariableSet { name: name.clone(), value, from: "answer".to_owned() })])
}

/// A value in the form it must have.
///
/// # Errors
/// [`Rejected`] says what form that is.
pub fn valid(value: &str, kind: ValueKind, options: &[String]) -> Result<String, Rejected> {
    let value = value.trim();
    if value.is_empty() {
        return reject("a value is needed; if it is not known, say so in words (\"unknown\")");
    }
    if !options.is_empty() {
        let number = value.parse::<usize>().ok().and_then(|n| options.get(n.wrapping_sub(1)));
        let named = options.iter().find(|o| o.to_lowercase() == value.to_lowercase());
        return named.or(number).cloned().ok_or_else(|| Rejected(format!("one of: {}", options.join(", "))));
    }
    let unknown = ["unknown", "inconnu", "inconnue", "?", "n/a"].contains(&value.to_lowercase().as_str());
    match kind {
        ValueKind::Number if !unknown && super::objective::number(value).is_none() => {
            reject(format!("`{value}` is not a number"))
        }
        ValueKind::Duration if !unknown && crate::syntax::duration::parse(value).is_none() => {
            reject(format!("`{value}` is not a duration such as `90s`, `4 min` or `1h30`"))
        }
        _ => Ok(value.to_owned()),
    }
}
