//! `--inventory`: read, held against the plan, and remembered by the run.

use super::args::Drive;
use super::exit::Failure;
use super::out;
use crate::action::secrets;
use crate::engine::event::{EnvironmentHead, Mode};
use crate::inventory::{Given, Inventory};
use crate::monitor::Prepared;
use crate::plan::aim::{self, Kind};
use crate::plan::digest::sha256;
use crate::plan::model::{CommandWork, Plan, Work};
use crate::plan::render::{Live, NOWHERE, Scope};
use crate::runbook::model::{Interpreter, Language, Reading};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// An inventory and what a run remembers of it.
#[derive(Debug)]
pub struct Loaded {
    /// It.
    pub inventory: Inventory,
    /// For the run's head.
    pub head: EnvironmentHead,
}

/// Reads the inventory that was asked for.
pub fn of(drive: &Drive) -> Result<Option<Loaded>, Failure> {
    drive.inventory.as_deref().map(read).transpose()
}

/// The inventory of a run that is taken up: the one it began with, or another file that speaks of the same environment.
pub fn of_run(drive: &Drive, began: Option<&EnvironmentHead>) -> Result<Option<Loaded>, Failure> {
    let Some(began) = began else { return of(drive) };
    let path = drive.inventory.clone().unwrap_or_else(|| began.inventory.clone().into());
    let loaded = read(&path)?;
    if (&loaded.head.name, loaded.head.production) != (&began.name, began.production) {
        let says = |head: &EnvironmentHead| format!("`{}`, {}", head.name, production(head.production));
        return Err(Failure::usage(
            format!("the run began against {}, and `{}` speaks of {}", says(began), path.display(), says(&loaded.head)),
            "give the inventory of the environment that the run is about",
        ));
    }
    if loaded.head.sha256 != began.sha256 {
        out::warn(&format!("runbook: the inventory `{}` is not as it was when the run began\n", path.display()));
    }
    Ok(Some(loaded))
}

fn production(said: Option<bool>) -> &'static str {
    match said {
        Some(true) => "production",
        Some(false) => "not production",
        None => "which does not say whether it is production",
    }
}

fn read(path: &Path) -> Result<Loaded, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| Failure::system(format!("read `{name}`"), e))?;
    let absolute = std::path::absolute(path).map_err(|e| Failure::system(format!("find `{name}`"), e))?;
    let inventory = Inventory::parse(&absolute.display().to_string(), &text).map_err(|invalid| {
        for diagnostic in &invalid.diagnostics {
            out::diagnostic(diagnostic, &invalid.source, Language::En);
        }
        Failure::usage(format!("`{name}` cannot be used as an inventory"), "nothing was run")
    })?;
    for (connection, found) in &inventory.connections {
        // The password may be fetched only when it is needed; the address is read now.
        crate::action::sql::Target::parse(&found.url.0, None)
            .map_err(|why| Failure::usage(format!("`{name}`: connection `{connection}`: {why}"), "nothing was run"))?;
    }
    let head = EnvironmentHead {
        name: inventory.environment.name.clone(),
        production: inventory.environment.production,
        inventory: absolute.display().to_string(),
        sha256: sha256(text.as_bytes()),
    };
    Ok(Loaded { inventory, head })
}

/// A simulation changes things: only where somebody has written down that this is no production.
pub fn fits(mode: Mode, loaded: Option<&Loaded>) -> Result<(), Failure> {
    let help = "say `environment: { name: …, production: false }` in the inventory of a lab or of staging";
    match (mode, loaded.map(|l| l.head.production)) {
        (Mode::Simulation, None) => Err(Failure::usage("a simulation needs an inventory (`--inventory FILE`)", help)),
        (Mode::Simulation, Some(Some(true))) => Err(Failure::usage(
            "this inventory says that it is production: a simulation does not run there",
            "use `--mode walkthrough` for a rehearsal against production",
        )),
        (Mode::Simulation, Some(None)) => Err(Failure::usage(
            "this inventory does not say that it is not production: a simulation does not run there",
            help,
        )),
        _ => Ok(()),
    }
}

/// The monitors of a run, ready to begin.
pub fn monitors(plan: &Plan, known: Option<&Inventory>, mode: Mode) -> Result<Vec<Prepared>, Failure> {
    let declared = &plan.info.metadata.monitors;
    if mode == Mode::Tabletop || (declared.is_empty() && known.is_none_or(|known| known.monitors.is_empty())) {
        return Ok(Vec::new());
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::system("start the runtime", e))?;
    runtime
        .block_on(crate::monitor::prepare(declared, known, mode))
        .map_err(|wrong| Failure::usage(wrong.join("\n"), "nothing was run"))
}

/// The inventory's own variables: plain ones, and secrets fetched now.
pub fn variables(inventory: &Inventory) -> Result<Vec<(String, String, bool)>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::system("start the runtime", e))?;
    inventory
        .variables
        .iter()
        .map(|(name, given)| match given {
            Given::Plain(value) => Ok((name.clone(), value.clone(), false)),
            Given::Secret(reference) => match runtime.block_on(secrets::fetch(reference, inventory)) {
                Ok(value) => Ok((name.clone(), value, true)),
                Err(why) => Err(Failure::usage(format!("variable `{name}`: {why}"), "nothing was run")),
            },
        })
        .collect()
}

/// Names of places that the plan uses and the inventory does not have. A name that a step gives a value is looked at when
/// it has one.
pub fn unknown_places(
    plan: &Plan,
    inventory: &Inventory,
    variables: &BTreeMap<String, Option<String>>,
) -> Vec<(String, String)> {
    let secrets = BTreeMap::new();
    let scope = Scope { variables, secrets: &secrets, places: &NOWHERE, live: Live::NOTHING };
    let later = given_later(plan);
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for node in &plan.nodes {
        let Work::Command(work) = &node.work else { continue };
        if work.reading == Reading::Ambiguous {
            continue;
        }
        let Some(aim) = aim::of(work, &scope) else { continue };
        let waits = aim.written.split([' ', ',']).any(|word| later.contains(word) && scope.get(word).is_none());
        if waits || !seen.insert(aim.clone()) {
            continue;
        }
        let missing = match aim.kind {
            Kind::Connection => inventory.connections(&aim.name).err(),
            Kind::Host => inventory.hosts(&aim.name).err(),
            Kind::Aws => None,
        };
        out.extend(missing.map(|unknown| (unknown.to_string(), plan.steps[node.step].id.clone())));
    }
    out
}

/// Names that get a value while the run goes on.
fn given_later(plan: &Plan) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = plan.inputs().iter().map(|input| input.name.clone()).collect();
    for node in &plan.nodes {
        match &node.work {
            Work::Command(work) => names.extend(work.options.captures.iter().map(|capture| capture.name.clone())),
            Work::Input(input) => {
                names.insert(input.name.clone());
            }
            _ => {}
        }
    }
    names
}

/// Whether a plan has work that only an inventory can place.
pub fn needed(plan: &Plan) -> Option<&CommandWork> {
    plan.nodes.iter().find_map(|node| match &node.work {
        Work::Command(work)
            if work.options.on.is_some()
                || work.options.connection.is_some()
                || work.interpreter == Interpreter::Sql =>
        {
            Some(work)
        }
        _ => None,
    })
}
