//! One look, whatever at. Each ends within its limit, and what it leaves behind is bounded.

use super::heartbeat::Heartbeat;
use super::outage::Moment;
use crate::action::http;
use crate::action::sql::{Family, Limits, Outcome, Script, Session, StatementEnd, Target};
use crate::plan::render::{self, Live, NOWHERE, Scope};
use minijinja::value::{Serde, Value};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

/// What is looked at.
pub(super) enum Probe {
    Heartbeat(Box<Heartbeat>),
    Sql(Box<Query>),
    Http(String),
    Tcp(String),
    Command(String),
}

impl Probe {
    /// Up with a few words, or down with why. `now` is when it begins.
    pub(super) async fn look(&mut self, limit: Duration, now: Moment) -> Result<String, String> {
        match self {
            Self::Heartbeat(heartbeat) => heartbeat.beat(limit, now).await,
            Self::Command(command) => run(command, limit).await,
            Self::Sql(query) => {
                let found = tokio::time::timeout(limit, query.look(limit)).await;
                found.unwrap_or_else(|_| {
                    query.session = None;
                    Err(late(limit))
                })
            }
            Self::Http(url) => match tokio::time::timeout(limit, http::status(url)).await {
                Ok(Ok(status)) if status < 400 => Ok(format!("HTTP {status}")),
                Ok(Ok(status)) => Err(format!("HTTP {status}")),
                Ok(Err(why)) => Err(why),
                Err(_) => Err(late(limit)),
            },
            Self::Tcp(address) => match tokio::time::timeout(limit, tokio::net::TcpStream::connect(&*address)).await {
                Ok(Ok(_)) => Ok("connected".to_owned()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(late(limit)),
            },
        }
    }
}

pub(super) fn late(limit: Duration) -> String {
    format!("no answer within {limit:?}")
}

/// A command; what it prints may be secret and is not looked at.
async fn run(command: &str, limit: Duration) -> Result<String, String> {
    let child = tokio::process::Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn();
    let mut child = child.map_err(|e| format!("it cannot be started: {e}"))?;
    let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
    match tokio::time::timeout(limit, child.wait()).await {
        Ok(Ok(status)) if status.success() => Ok("exit 0".to_owned()),
        Ok(Ok(status)) => Err(status.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => {
            // What it started goes with it; it may be gone already.
            if let Some(group) = group {
                killpg(group, Signal::SIGKILL).unwrap_or_default();
            }
            child.wait().await.map_err(|e| e.to_string())?;
            Err(late(limit))
        }
    }
}

/// A query that is asked again and again, on a connection that refuses writes.
pub(super) struct Query {
    pub(super) target: Target,
    pub(super) script: Script,
    pub(super) expect: Option<String>,
    pub(super) session: Option<Session>,
}

impl Query {
    async fn look(&mut self, limit: Duration) -> Result<String, String> {
        let limits = Limits { statement: Some(limit), rows: 100, bytes: 64 * 1024, grace: Duration::from_millis(500) };
        let mut session = match self.session.take() {
            Some(session) => session,
            None => read_only(Session::connect(&self.target, limit).await.map_err(|e| e.to_string())?, limits).await?,
        };
        match session.run(&self.script, limits, std::future::pending(), |_| {}).await {
            Outcome::Done(ends) => {
                self.session = Some(session);
                judge(self.expect.as_deref(), ends.last())
            }
            Outcome::Failed { error, .. } | Outcome::Lost { error, .. } => Err(error.to_string()),
            Outcome::TimedOut { after, .. } => Err(late(after)),
            Outcome::Cancelled { .. } => Err("cancelled".to_owned()),
        }
    }
}

async fn read_only(mut session: Session, limits: Limits) -> Result<Session, String> {
    let text = match session.target().family() {
        Family::MySql => "SET SESSION TRANSACTION READ ONLY",
        Family::Postgres => "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    };
    let script = Script::new(text, Vec::new()).map_err(|e| e.to_string())?;
    match session.run(&script, limits, std::future::pending(), |_| {}).await {
        Outcome::Done(_) => Ok(session),
        _ => Err("the session could not be made read-only".to_owned()),
    }
}

/// Whether the answer is what is expected.
fn judge(expect: Option<&str>, end: Option<&StatementEnd>) -> Result<String, String> {
    let rows: Vec<serde_json::Value> = match end {
        Some(StatementEnd::Rows(set)) => set.to_json().as_array().cloned().unwrap_or_default(),
        _ => Vec::new(),
    };
    let count = rows.len();
    let Some(expect) = expect else { return Ok(format!("{count} rows")) };
    let mut extra = BTreeMap::from([("count".to_owned(), Value::from(count))]);
    if let [row] = &rows[..] {
        let fields = row.as_object().into_iter().flatten();
        // Exact numbers come as text, and are compared as numbers.
        let typed = fields.map(|(name, value)| match value.as_str() {
            Some(text) => (name.clone(), render::typed(text)),
            None => (name.clone(), Value::from(Serde(value))),
        });
        extra.insert("row".to_owned(), Value::from_pairs(typed));
    }
    extra.insert("rows".to_owned(), Value::from(Serde(&rows)));
    let none = BTreeMap::new();
    let secrets = BTreeMap::new();
    let scope = Scope { variables: &none, secrets: &secrets, places: &NOWHERE, live: Live::NOTHING };
    match render::condition(expect, &scope, &extra) {
        Ok(true) => Ok(format!("`{expect}`")),
        Ok(false) => Err(format!("`{expect}` does not hold")),
        Err(error) => Err(error.to_string()),
    }
}
