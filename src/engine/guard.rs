//! The wrong-target guard: before something is changed, the place that it would change has said what it is, and that is
//! what the step requires and what was last shown.

use super::Context;
use super::decide::{Decision, current, reject};
use super::event::{Actor, Cause, Event};
use super::state::RunState;
use crate::plan::aim::{self, Aim};
use crate::plan::model::{CommandWork, Path, Work};
use crate::plan::render::{self, Facts, Places, Scope};
use crate::runbook::model::Language;
use std::collections::BTreeMap;

/// What places said of themselves, each member by its name; or why they did not.
pub type Said = Vec<(Aim, Result<Vec<(String, Facts)>, String>)>;

/// What makes a place the same as before. A position moves on; these do not, unless somebody acts.
pub const LASTING: [&str; 8] = ["id", "hostname", "server", "role", "read_only", "account", "region", "endpoint"];

/// A member of a group that could not be asked says why under this name. It is for the command to stumble over, alone.
pub const UNREACHABLE: &str = "unreachable";

/// Places said what they are. Each is written down; then either the question about the command follows, or a refusal.
pub(super) fn identified(context: &Context<'_>, state: &RunState, said: Said) -> Decision {
    let (node, _) = current(context, state)?;
    let Work::Command(work) = &node.work else { return reject(format!("`{}` acts on no place", node.id)) };
    let mut events = Vec::new();
    let mut places = state.places.clone();
    let mut wrong = Vec::new();
    for (aim, answer) in said {
        match answer {
            Ok(members) => {
                if !state.stale.contains(&aim.written) {
                    wrong.extend(members.iter().filter_map(|(name, facts)| moved(state, &aim, name, facts)));
                }
                let members: BTreeMap<_, _> = members.into_iter().collect();
                places.insert(aim.written.clone(), members.clone());
                let seen = Event::TargetSeen { node: node.id.clone(), target: aim.written, members };
                events.push((Actor::Engine, seen));
            }
            Err(why) => wrong.push(format!("`{}` does not say what it is: {why}", called(&aim.written, &aim.name))),
        }
    }
    if wrong.is_empty()
        && let Err(why) = required(context, state, work, &places)
    {
        wrong.push(why);
    }
    if wrong.is_empty() {
        return Ok(events);
    }
    let cause = Cause::WrongTarget { message: render::mask(&wrong.join("; "), context.secrets) };
    let failed = Event::StepFailed {
        node: node.id.clone(),
        cause,
        took_ms: 0,
        output: None,
        retry_ms: None,
        done_on: Vec::new(),
    };
    events.push((Actor::Engine, failed));
    if node.path != Path::Forward {
        events.push((Actor::Engine, Event::UndoFailed { node: node.id.clone() }));
    }
    Ok(events)
}

/// `candidate (n2)`, or the name alone.
fn called(written: &str, name: &str) -> String {
    if written == name { name.to_owned() } else { format!("{written} ({name})") }
}

/// What is no longer as it was last shown, though this run has changed nothing since.
fn moved(state: &RunState, aim: &Aim, name: &str, now: &Facts) -> Option<String> {
    let before = state.places.get(&aim.written)?.get(name)?;
    if now.contains_key(UNREACHABLE) {
        return None;
    }
    let changes = differences(before, now);
    (!changes.is_empty()).then(|| {
        format!("`{}` is not what it was when it was last shown: {}", called(&aim.written, name), changes.join(", "))
    })
}

/// Lasting facts that differ, in words.
#[must_use]
pub fn differences(before: &Facts, now: &Facts) -> Vec<String> {
    let text = |facts: &Facts, key: &str| facts.get(key).cloned().unwrap_or_else(|| "unknown".to_owned());
    LASTING
        .iter()
        .filter(|key| before.get(**key) != now.get(**key))
        .map(|key| format!("{key} was {} and is {}", text(before, key), text(now, key)))
        .collect()
}

/// Whether what the step requires holds, for each member of the place that it acts on.
///
/// # Errors
/// What does not hold, with what was found, or why it cannot be told.
pub(super) fn required(
    context: &Context<'_>,
    state: &RunState,
    work: &CommandWork,
    places: &Places,
) -> Result<(), String> {
    let Some(requires) = &work.options.requires else { return Ok(()) };
    let scope = Scope { variables: &state.variables, secrets: context.secrets, places, live: context.live };
    let own = aim::of(work, &scope).map(|aim| aim.written).unwrap_or_default();
    let empty = BTreeMap::new();
    let members = places.get(&own).unwrap_or(&empty);
    let holds = |extra: &BTreeMap<String, minijinja::Value>| match render::condition(requires, &scope, extra) {
        Ok(true) => Ok(()),
        Ok(false) => Err(format!("it requires `{requires}`, and that is false")),
        Err(error) => Err(format!("it requires `{requires}`: {error}")),
    };
    if members.is_empty() || !render::owners(requires).contains(&own) {
        return holds(&BTreeMap::new());
    }
    for (name, facts) in members {
        let extra = BTreeMap::from([(own.clone(), render::facts_value(facts))]);
        holds(&extra).map_err(|why| format!("{why}: `{}` is {}", called(&own, name), found(facts)))?;
    }
    Ok(())
}

/// What a place is, in a few words for people.
#[must_use]
pub fn in_words(facts: &Facts, language: Language) -> String {
    let fr = language == Language::Fr;
    let get = |key: &str| facts.get(key).map(String::as_str).filter(|text| !text.is_empty());
    let mut out = Vec::new();
    match (get("role"), get("source")) {
        (Some("primary"), _) => out.push(if fr { "primaire" } else { "primary" }.to_owned()),
        (Some("replica"), Some(source)) => {
            out.push(format!("{} {source}", if fr { "réplica de" } else { "replica of" }));
        }
        (Some("replica"), None) => out.push(if fr { "réplica" } else { "replica" }.to_owned()),
        (Some(other), _) => out.push(other.to_owned()),
        (None, _) => {}
    }
    if get("read_only") == Some("true") {
        out.push(if fr { "lecture seule" } else { "read-only" }.to_owned());
    }
    out.extend(get("server").map(str::to_owned));
    if let (Some(product), Some(version)) = (get("product"), get("version")) {
        out.push(format!("{product} {version}"));
    }
    out.extend(get(UNREACHABLE).map(str::to_owned));
    for (key, en, fr_word) in [
        ("account", "account", "compte"),
        ("region", "region", "région"),
        ("endpoint", "endpoint", "adresse"),
        ("hostname", "host", "hôte"),
        ("user", "as", "en tant que"),
    ] {
        out.extend(get(key).map(|text| format!("{} {text}", if fr { fr_word } else { en })));
    }
    out.join(", ")
}

/// `candidate → n2: replica of …`; one for each member.
#[must_use]
pub fn seen(target: &str, members: &BTreeMap<String, Facts>, language: Language) -> Vec<String> {
    let line = |(name, facts): (&String, &Facts)| {
        let who = if name == target { name.clone() } else { format!("{target} → {name}") };
        format!("{who}: {}", in_words(facts, language))
    };
    members.iter().map(line).collect()
}

/// What a place is, for a refusal.
fn found(facts: &Facts) -> String {
    let wanted = ["server", "role", "source", "read_only", "account", "region", "hostname", "user", UNREACHABLE];
    // What a server calls itself begins with its kind already.
    let said = |key: &str, text: &String| if key == "server" { text.clone() } else { format!("{key} {text}") };
    let known = wanted.iter().filter_map(|key| Some(said(key, facts.get(*key)?)));
    known.collect::<Vec<_>>().join(", ")
}
