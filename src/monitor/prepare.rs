//! What is declared, made ready: every name leads somewhere, every secret is there. Nothing has been looked at yet.

use super::heartbeat::Heartbeat;
use super::ledger::Ledger;
use super::probe::{Probe, Query};
use super::watch::Surroundings;
use crate::action;
use crate::action::sql::{Script, Target};
use crate::engine::event::Mode;
use crate::inventory::Inventory;
use crate::inventory::monitors::{MonitorKind, MonitorSpec};
use crate::plan::render;
use std::collections::BTreeMap;

/// A monitor that can begin.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Its name.
    pub name: String,
    pub(super) spec: MonitorSpec,
    target: Option<Target>,
}

/// What stands beside a run in this mode: the runbook's monitors, and the inventory's, which win. A tabletop has none, and a
/// walkthrough none that writes or may write.
///
/// # Errors
/// What cannot begin, and why.
pub async fn prepare(
    runbook: &BTreeMap<String, MonitorSpec>,
    inventory: Option<&Inventory>,
    mode: Mode,
) -> Result<Vec<Prepared>, Vec<String>> {
    let (mut all, nothing) = (runbook.clone(), Inventory::default());
    let known = inventory.unwrap_or(&nothing);
    all.extend(known.monitors.clone());
    all.retain(|_, spec| match mode {
        Mode::Tabletop => false,
        Mode::Walkthrough => !matches!(spec.kind, MonitorKind::Heartbeat { .. } | MonitorKind::Command { .. }),
        Mode::Simulation | Mode::Live => true,
    });
    let (mut out, mut wrong) = (Vec::new(), Vec::new());
    for (name, spec) in all {
        let target = match &spec.kind {
            MonitorKind::Heartbeat { connection, .. } | MonitorKind::Sql { connection, .. } => {
                reach(connection, inventory, known).await.map(Some)
            }
            MonitorKind::Http { .. } | MonitorKind::Tcp { .. } | MonitorKind::Command { .. } => Ok(None),
        };
        match target.and_then(|target| readable(&spec.kind).map(|()| target)) {
            Ok(target) => out.push(Prepared { name, spec, target }),
            Err(why) => wrong.push(format!("monitor `{name}`: {why}")),
        }
    }
    if wrong.is_empty() { Ok(out) } else { Err(wrong) }
}

async fn reach(connection: &str, given: Option<&Inventory>, known: &Inventory) -> Result<Target, String> {
    if given.is_none() {
        return Err(format!("no inventory says where `{connection}` is: give one with `--inventory`"));
    }
    match known.connections(connection).map_err(|unknown| unknown.to_string())?[..] {
        [(name, _)] => action::target(known, name).await,
        _ => Err(format!("`{connection}` is more than one connection")),
    }
}

/// A query and its expectation must be readable before they are needed.
fn readable(kind: &MonitorKind) -> Result<(), String> {
    let MonitorKind::Sql { query, expect, .. } = kind else { return Ok(()) };
    if let Some(expect) = expect {
        render::parse(expect).map_err(|e| e.to_string())?;
    }
    Script::new(query, Vec::new()).map(drop).map_err(|e| e.to_string())
}

impl Prepared {
    /// What it looks at, for people.
    pub(super) fn target_text(&self) -> String {
        let place = self.target.as_ref().map(|target| target.place().to_string()).unwrap_or_default();
        match &self.spec.kind {
            MonitorKind::Heartbeat { table, .. } => format!("{place}, table `{table}`"),
            MonitorKind::Sql { query, .. } => format!("{place}: {query}"),
            // What stands before an `@`, or among the parameters, may be secret.
            MonitorKind::Http { url } => {
                let bare = url.split('?').next().unwrap_or_default();
                bare.rsplit_once('@').map_or_else(|| bare.to_owned(), |(_, host)| format!("…@{host}"))
            }
            MonitorKind::Tcp { address } => address.clone(),
            MonitorKind::Command { command } => command.lines().next().unwrap_or_default().to_owned(),
        }
    }

    pub(super) fn probe(self, around: &Surroundings) -> Result<Probe, String> {
        let place = || "no connection was prepared".to_owned();
        Ok(match self.spec.kind {
            MonitorKind::Heartbeat { table, keep, .. } => {
                // It becomes part of statements.
                if !around.run.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
                    return Err(format!("the run's id `{}` is no plain word", around.run));
                }
                let ledger = Ledger::open(&around.directory, &self.name).map_err(|e| format!("its ledger: {e}"))?;
                let heartbeat = Heartbeat::new(self.target.ok_or_else(place)?, (table, keep), &around.run, ledger);
                Probe::Heartbeat(Box::new(heartbeat))
            }
            MonitorKind::Sql { query, expect, .. } => Probe::Sql(Box::new(Query {
                target: self.target.ok_or_else(place)?,
                script: Script::new(&query, Vec::new()).map_err(|e| e.to_string())?,
                expect,
                session: None,
            })),
            MonitorKind::Http { url } => Probe::Http(url),
            MonitorKind::Tcp { address } => Probe::Tcp(address),
            MonitorKind::Command { command } => Probe::Command(command),
        })
    }
}
