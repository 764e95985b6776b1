//! Values given from outside, and what is still without one.

use super::args::Drive;
use super::exit::Failure;
use super::{inventory, out};
use crate::engine::state::RunState;
use crate::inventory::Inventory;
use crate::operator::Answers;
use crate::operator::answers::variables;
use crate::plan::aim;
use crate::plan::model::{Path, Plan, Work};
use crate::plan::render::{self, Scope};
use crate::runbook::model::Language;
use crate::runbook::model::Reading;
use std::collections::{BTreeMap, BTreeSet};

/// Name, value (`None` for a secret), origin.
type Values = Vec<(String, Option<String>, String)>;

/// Values known from the start, with their origin, and secrets beside them.
#[derive(Debug, Default)]
pub struct Given {
    /// Name → value and origin; the value of a secret stands in `secrets`.
    pub values: BTreeMap<String, (Option<String>, &'static str)>,
    /// The secrets' values.
    pub secrets: BTreeMap<String, String>,
}

impl Given {
    fn set(&mut self, plan: &Plan, name: &str, value: String, from: &'static str) {
        if plan.inputs().iter().any(|i| i.name == name && i.secret) {
            self.secrets.insert(name.to_owned(), value);
            self.values.insert(name.to_owned(), (None, from));
        } else {
            self.values.insert(name.to_owned(), (Some(value), from));
        }
    }

    /// As the engine's first input takes them.
    pub fn into_events(self) -> (Values, BTreeMap<String, String>) {
        let values = self.values.into_iter().map(|(name, (value, from))| (name, value, from.to_owned())).collect();
        (values, self.secrets)
    }
}

/// Reads the inventory's variables, then `--var-file`s, then `--var`s, then what the answers file says of declared inputs, then their defaults.
pub fn given(
    drive: &Drive,
    plan: &Plan,
    answers: Option<&Answers>,
    (inventory, defaults): (Option<&Inventory>, bool),
) -> Result<Given, Failure> {
    let mut given = Given::default();
    for (name, value, secret) in inventory.map(inventory::variables).transpose()?.unwrap_or_default() {
        if secret {
            given.secrets.insert(name.clone(), value);
            given.values.insert(name, (None, "inventory"));
        } else {
            given.set(plan, &name, value, "inventory");
        }
    }
    for path in &drive.var_files {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| Failure::system(format!("read `{name}`"), e))?;
        for (key, value) in map(&name, &text)? {
            given.set(plan, &key, value, "file");
        }
    }
    let known = known_names(plan);
    for var in &drive.vars {
        let Some((name, value)) = var.split_once('=') else {
            return Err(Failure::usage(format!("`--var {var}` has no value"), "write `--var NAME=VALUE`"));
        };
        let name = name.trim();
        if name.is_empty() {
            return Err(Failure::usage(format!("`--var {var}` has no name"), "write `--var NAME=VALUE`"));
        }
        if !known.contains(name) {
            let near = known
                .iter()
                .map(|k| (strsim::jaro_winkler(k, name), k))
                .filter(|(s, _)| *s > 0.8)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let help = near
                .map_or_else(|| "the runbook uses no such name".to_owned(), |(_, k)| format!("did you mean `{k}`?"));
            out::warn(&format!("runbook: `--var {name}`: {help}\n"));
        }
        given.set(plan, name, value.to_owned(), "option");
    }
    for input in plan.inputs() {
        if given.values.contains_key(&input.name) {
            continue;
        }
        if let Some(answers) = answers
            && let Some(value) = answers.input(&input.name)
        {
            given.set(plan, &input.name, value.to_owned(), "answers");
        } else if defaults && let Some(default) = &input.default {
            given.set(plan, &input.name, default.clone(), "default");
        }
    }
    for input in plan.inputs() {
        let value = match given.values.get(&input.name) {
            Some((Some(value), _)) => value,
            Some((None, _)) => given.secrets.get(&input.name).map_or("", String::as_str),
            None => continue,
        };
        if let Err(why) = crate::engine::values::valid(value, input.kind, &[]) {
            // The value itself may be a secret: only the name is said.
            let why = if input.secret { "it does not have the form it must have".to_owned() } else { why.to_string() };
            return Err(Failure::usage(format!("input `{}`: {why}", input.name), "nothing was run"));
        }
    }
    Ok(given)
}

fn map(name: &str, text: &str) -> Result<BTreeMap<String, String>, Failure> {
    variables(name, text).map_err(|invalid| {
        for diagnostic in &invalid.diagnostics {
            out::diagnostic(diagnostic, &invalid.source, Language::En);
        }
        Failure::usage(format!("`{name}` cannot be used as a variables file"), "nothing was run")
    })
}

/// Every name the runbook can use.
pub fn known_names(plan: &Plan) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = plan.inputs().iter().map(|i| i.name.clone()).collect();
    for node in &plan.nodes {
        match &node.work {
            Work::Command(work) => {
                names.extend(work.placeholders.iter().map(|(n, _)| n.clone()));
                names.extend(work.reads.iter().cloned());
                names.extend(render::mustache_names(&work.text));
                names.extend(work.options.connection.iter().chain(&work.options.on).cloned());
                names.extend(work.options.until.iter().chain(&work.options.requires).flat_map(|e| render::names(e)));
            }
            Work::Input(input) => {
                names.insert(input.name.clone());
            }
            _ => {}
        }
        if let Some(when) = &node.when {
            names.extend(render::names(when));
        }
        if let Some((_, list)) = node.again.as_ref().and_then(|again| again.over.as_ref()) {
            names.extend(render::names(list));
        }
    }
    names
}

/// A placeholder nobody has given a value for.
#[derive(Debug)]
pub struct Unbound {
    /// As written.
    pub written: String,
    /// The variable.
    pub name: String,
    /// The command's 1-based line.
    pub line: usize,
    /// The step's id.
    pub step: String,
}

/// Placeholders without a value, in the order of the steps, each name once. What an earlier step captures or asks for counts as known.
pub fn unbound(plan: &Plan, state: &RunState, names: &[String]) -> Vec<Unbound> {
    let secrets = BTreeMap::new();
    let scope = Scope {
        variables: &state.variables,
        secrets: &secrets,
        places: &state.places,
        live: crate::plan::render::Live::NOTHING,
    };
    let mut later: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    later.extend(state.variables.keys().map(String::as_str));
    // What a loop sets is known wherever the loop asks for it.
    let over = |node: &'_ crate::plan::model::Node| node.again.as_ref()?.over.clone();
    let loops: Vec<String> = plan.nodes.iter().filter_map(over).map(|(variable, _)| variable).collect();
    later.extend(loops.iter().map(String::as_str));
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut out = Vec::new();
    for node in &plan.nodes {
        if let Work::Input(input) = &node.work {
            later.insert(&input.name);
        }
        if let Some((_, list)) = node.again.as_ref().and_then(|again| again.over.as_ref()) {
            for (name, written) in
                render::message(&format!("{{{{ {list} }}}}"), &scope).map(|r| r.missing).unwrap_or_default()
            {
                if !later.contains(name.as_str()) && seen.insert(name.clone()) {
                    out.push(Unbound { written, name, line: node.line, step: plan.steps[node.step].id.clone() });
                }
            }
        }
        let Work::Command(work) = &node.work else { continue };
        let mut missing = render::command(work, &scope).map(|r| r.missing).unwrap_or_default();
        let there = |name: &String| aim::is_elsewhere(work) && aim::is_everywhere(name);
        missing.extend(work.reads.iter().filter(|n| !there(n)).map(|n| (n.clone(), format!("${n}"))));
        for (name, written) in missing {
            if !later.contains(name.as_str()) && seen.insert(name.clone()) {
                out.push(Unbound { written, name, line: node.line, step: plan.steps[node.step].id.clone() });
            }
        }
        later.extend(work.options.captures.iter().map(|c| c.name.as_str()));
        later.extend(work.sets.iter().map(String::as_str));
    }
    out
}

/// Programs that are not found, with the first step that needs each.
pub fn missing_programs(plan: &Plan, missing: impl Fn(&[String]) -> Vec<String>) -> Vec<(String, String)> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    let mut functions: BTreeSet<&str> = BTreeSet::new();
    for node in plan.nodes.iter().filter(|n| n.path == Path::Forward) {
        let Work::Command(work) = &node.work else { continue };
        functions.extend(work.functions.iter().map(String::as_str));
        // What another host has is for that host to say.
        if work.reading == Reading::Ambiguous || aim::is_elsewhere(work) {
            continue;
        }
        for program in &work.programs {
            first.entry(program).or_insert(&plan.steps[node.step].id);
        }
    }
    let wanted: Vec<String> = first.keys().filter(|p| !functions.contains(**p)).map(|p| (*p).to_owned()).collect();
    missing(&wanted)
        .into_iter()
        .map(|p| (first.get(p.as_str()).map_or_else(String::new, |s| (*s).to_owned()), p))
        .map(|(s, p)| (p, s))
        .collect()
}
