//! The connections of an inventory: opened when they are needed, kept for the run, and asked what they are.

use super::group::Went;
use super::secrets;
use super::shell::Output;
use super::sql::{
    Family, Identity, Limits, MARK_CLOSE, MARK_OPEN, Outcome, Product, Role, Script, Session, SqlError, StatementEnd,
    StatementEvent, Target, Value,
};
use super::ssh::stopped;
use crate::driver::ports::{Control, End, Job};
use crate::engine::guard::differences;
use crate::engine::judge::Part;
use crate::inventory::Inventory;
use crate::plan::render::Facts;
use crate::runbook::model::Effect;
use crate::runbook::shell::VALUE;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::watch;

/// How long a server may take to let us in.
const CONNECT: Duration = Duration::from_secs(10);
/// Columns of tables on screen.
const WIDTH: u16 = 110;

/// Open connections by their name in the inventory.
#[derive(Debug, Default)]
pub(super) struct Databases {
    open: RefCell<BTreeMap<String, Session>>,
    /// Those that were opened again since something last ran on them.
    renewed: RefCell<BTreeSet<String>>,
}

impl Databases {
    /// Where a connection leads, with its password.
    pub(super) async fn target(inventory: &Inventory, name: &str) -> Result<Target, String> {
        let found =
            inventory.connections.get(name).ok_or_else(|| format!("the inventory has no connection `{name}`"))?;
        let password = match &found.password {
            Some(reference) => Some(secrets::fetch(reference, inventory).await?),
            None => None,
        };
        Target::parse(&found.url.0, password).map_err(|error| format!("connection `{name}`: {error}"))
    }

    /// Takes a connection out, opening it when it is not. What was open is asked first whether it still answers: a server
    /// closes what was idle for long, and a write must not be what finds out.
    async fn take(&self, inventory: &Inventory, name: &str) -> Result<Taken, SqlOrWords> {
        let open = self.open.borrow_mut().remove(name);
        if let Some(mut session) = open
            && !session.is_unusable()
        {
            match tokio::time::timeout(CONNECT, session.identity()).await {
                Ok(Ok(identity)) => return Ok(Taken { session, identity }),
                Ok(Err(error @ SqlError::Server { .. })) => return Err(SqlOrWords::Sql(error)),
                Ok(Err(_)) | Err(_) => {
                    self.renewed.borrow_mut().insert(name.to_owned());
                }
            }
        }
        let target = Self::target(inventory, name).await.map_err(SqlOrWords::Words)?;
        let mut session = Session::connect(&target, CONNECT).await.map_err(SqlOrWords::Sql)?;
        let identity = match tokio::time::timeout(CONNECT, session.identity()).await {
            Ok(identity) => identity.map_err(SqlOrWords::Sql)?,
            Err(_) => {
                return Err(SqlOrWords::Words(format!(
                    "{} does not say what it is within {CONNECT:?}",
                    target.place()
                )));
            }
        };
        Ok(Taken { session, identity })
    }

    /// What the connection says it is.
    pub(super) async fn identify(&self, inventory: &Inventory, name: &str) -> Result<Facts, String> {
        let taken = self.take(inventory, name).await.map_err(|e| e.to_string())?;
        let facts = facts(&taken.identity);
        self.open.borrow_mut().insert(name.to_owned(), taken.session);
        Ok(facts)
    }

    /// The passwords in use, for whoever masks output.
    pub(super) fn passwords(&self) -> Vec<String> {
        self.open.borrow().values().filter_map(|session| session.target().password().map(str::to_owned)).collect()
    }

    /// Runs a job on one connection.
    pub(super) async fn run(
        &self,
        inventory: &Inventory,
        name: &str,
        job: &Job,
        control: watch::Receiver<Control>,
    ) -> Went {
        let mut taken = match self.take(inventory, name).await {
            Ok(taken) => taken,
            Err(error) => return Went::not_begun(name, error.end()),
        };
        let mut remarks = Vec::new();
        if self.renewed.borrow_mut().remove(name) {
            remarks.push(
                "the connection was gone and was opened again: what SET and open transactions had done is lost"
                    .to_owned(),
            );
        }
        if let Some(expected) = job.expected.get(name) {
            let changes = differences(expected, &facts(&taken.identity));
            if !changes.is_empty() {
                let message = format!("`{name}` is not what was shown: {}", changes.join(", "));
                self.open.borrow_mut().insert(name.to_owned(), taken.session);
                return Went::not_begun(name, End::WrongTarget(message));
            }
        }
        if job.read_only
            && let Err(why) = refuse_writes(&mut taken.session, job).await
        {
            return Went::not_begun(name, End::WrongTarget(why));
        }
        let values = job.values.iter().map(|value| Value::Text(value.clone())).collect();
        let script = match Script::new(&job.text, values) {
            Ok(script) => script,
            Err(error) => return Went::not_begun(name, End::Spawn(error.to_string())),
        };
        let mut went = Self::once(&mut taken.session, name, job, &script, control.clone()).await;
        // What only reads is read again; nobody is hurt.
        if job.effect == Effect::Read && matches!(went.end, End::Lost(_)) && *control.borrow() == Control::Run {
            drop(taken);
            match self.take(inventory, name).await {
                Ok(fresh) => {
                    taken = fresh;
                    remarks.push("the connection broke in the middle of a read, which was read again".to_owned());
                    went = Self::once(&mut taken.session, name, job, &script, control).await;
                }
                Err(error) => return Went::not_begun(name, error.end()),
            }
        }
        if !taken.session.is_unusable() && !job.read_only {
            self.open.borrow_mut().insert(name.to_owned(), taken.session);
        }
        remarks.append(&mut went.remarks);
        went.remarks = remarks;
        went
    }

    async fn once(
        session: &mut Session,
        name: &str,
        job: &Job,
        script: &Script,
        control: watch::Receiver<Control>,
    ) -> Went {
        let mut remarks = Vec::new();
        let mut lines = Vec::new();
        let limits = Limits { statement: job.timeout, ..Limits::default() };
        let outcome = session
            .run(script, limits, stopped(control), |event| match event {
                StatementEvent::Started { line, .. } => lines.push(line),
                StatementEvent::Notice(text) => remarks.push(text.to_owned()),
                StatementEvent::Stopping { .. } => remarks.push("the server is told to stop the statement".to_owned()),
                StatementEvent::Ended { .. } => {}
            })
            .await;
        let mut went = went(name, job, outcome, &lines);
        went.remarks = remarks;
        went
    }
}

/// A connection that was taken out.
struct Taken {
    session: Session,
    identity: Identity,
}

enum SqlOrWords {
    Sql(SqlError),
    Words(String),
}

impl SqlOrWords {
    /// A server that refuses us answers; one whose address nobody can find may be anywhere.
    fn end(&self) -> End {
        match self {
            Self::Sql(
                SqlError::Refused { .. }
                | SqlError::Unreachable { .. }
                | SqlError::ConnectTimedOut { .. }
                | SqlError::Broken { .. },
            ) => End::Unreachable(self.to_string()),
            _ => End::Spawn(self.to_string()),
        }
    }
}

impl std::fmt::Display for SqlOrWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sql(error) => error.fmt(f),
            Self::Words(words) => f.write_str(words),
        }
    }
}

/// In a walkthrough the server refuses writes too; and what is only declared to read is not believed.
async fn refuse_writes(session: &mut Session, job: &Job) -> Result<(), String> {
    if crate::runbook::sql::effect(&without_values(&job.text)).0 != Effect::Read {
        return Err("it is declared to read, and not proven to: a walkthrough runs only what is proven".to_owned());
    }
    let text = match session.target().family() {
        Family::MySql => "SET SESSION TRANSACTION READ ONLY",
        Family::Postgres => "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    };
    let script = Script::new(text, Vec::new()).map_err(|e| e.to_string())?;
    match session.run(&script, Limits::default(), std::future::pending(), |_| {}).await {
        Outcome::Done(_) => Ok(()),
        _ => Err("the session could not be made read-only".to_owned()),
    }
}

/// The text with a value in each place of one, as the proof wants it.
fn without_values(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(MARK_OPEN) {
        out.push_str(before);
        out.push(VALUE);
        rest = after.split_once(MARK_CLOSE).map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    out
}

fn went(name: &str, job: &Job, outcome: Outcome, lines: &[usize]) -> Went {
    let place = |statement: usize, of: usize| {
        let line = lines.get(statement).map(|line| format!(", line {line}")).unwrap_or_default();
        if of == 0 && lines.len() <= 1 { String::new() } else { format!("statement {}{line}: ", statement + 1) }
    };
    let before = |done: usize| match done {
        0 => String::new(),
        1 => "; the statement before it is done".to_owned(),
        n => format!("; the {n} statements before it are done"),
    };
    let (done, end) = match outcome {
        Outcome::Done(done) => (done, End::Exit(0)),
        Outcome::Failed { statement, done, error } => {
            let message = format!("{}{error}{}", place(statement, done.len()), before(done.len()));
            let never = done.is_empty() && matches!(error, SqlError::Script(_));
            (done, if never { End::Spawn(message) } else { End::Server(message) })
        }
        Outcome::TimedOut { done, after, .. } => (done, End::TimedOut(after)),
        Outcome::Cancelled { done, .. } => (done, End::Stopped),
        // What was never sent did not happen; what came before it did.
        Outcome::Lost { statement, done, sent: false, error } => {
            let message = format!("{}{error}{}", place(statement, done.len()), before(done.len()));
            let end = if done.is_empty() { End::Spawn(message) } else { End::Server(message) };
            (done, end)
        }
        Outcome::Lost { statement, done, error, .. } => {
            let message = format!(
                "{}{error}; the server may have carried it out: look before you go on{}",
                place(statement, done.len()),
                before(done.len())
            );
            (done, End::Lost(message))
        }
    };
    let trouble = match &end {
        End::Exit(0) => None,
        End::Server(message) | End::Spawn(message) | End::Lost(message) => Some(message.clone()),
        // Whoever stops a script in the middle has to know how far it had come.
        End::TimedOut(after) => Some(format!("stopped after {after:?}{}", before(done.len()))),
        _ => Some(format!("stopped{}", before(done.len()))),
    };
    let mut part = answered(&done);
    name.clone_into(&mut part.member);
    part.trouble = trouble;
    if job.secret_output {
        part.summary = String::new();
    }
    Went { end, part, remarks: Vec::new() }
}

/// Results as expressions, captures and people see them.
fn answered(done: &[StatementEnd]) -> Part {
    let mut sets = Vec::new();
    let (mut text, mut affected, mut summary) = (String::new(), 0, String::new());
    let mut truncated = false;
    flat(done, &mut |end| match end {
        StatementEnd::Rows(set) => {
            text.push_str(&set.table(WIDTH));
            let columns: Vec<&str> = set.columns.iter().map(|column| column.name.as_str()).collect();
            truncated |= set.truncated;
            summary = if set.total == 1 { "1 row".to_owned() } else { format!("{} rows", set.total) };
            sets.push(serde_json::json!({ "columns": columns, "rows": set.to_json(), "total": set.total }));
        }
        StatementEnd::Affected(rows) => {
            affected = *rows;
            if *rows > 0 {
                let said = if *rows == 1 { "1 row affected".to_owned() } else { format!("{rows} rows affected") };
                text.push_str(&said);
                text.push('\n');
                summary = said;
            }
        }
        StatementEnd::Several(_) => {}
    });
    let last = sets.last().cloned().unwrap_or_default();
    let rows = last.get("rows").cloned().unwrap_or_else(|| serde_json::json!([]));
    let mut names = BTreeMap::from([
        ("count".to_owned(), last.get("total").cloned().unwrap_or_else(|| serde_json::json!(0))),
        ("affected".to_owned(), serde_json::json!(affected)),
        ("truncated".to_owned(), serde_json::json!(truncated)),
    ]);
    if let Some(row) = rows.get(0) {
        names.insert("row".to_owned(), row.clone());
    }
    names.insert("rows".to_owned(), rows.clone());
    names.insert("results".to_owned(), serde_json::Value::Array(sets));
    Part { stdout: text, json: Some(rows), names, summary, ..Part::default() }
}

fn flat(ends: &[StatementEnd], each: &mut impl FnMut(&StatementEnd)) {
    for end in ends {
        match end {
            StatementEnd::Several(several) => flat(several, each),
            other => each(other),
        }
    }
}

/// What a server said of itself, as the guard and expressions know it.
fn facts(identity: &Identity) -> Facts {
    let product = match identity.product {
        Product::MariaDb => "MariaDB",
        Product::MySql => "MySQL",
        Product::PostgreSql => "PostgreSQL",
    };
    let mut facts = Facts::from([
        ("product".to_owned(), product.to_owned()),
        ("version".to_owned(), identity.version.clone()),
        ("server".to_owned(), identity.server.clone()),
        ("id".to_owned(), identity.id.clone()),
        ("address".to_owned(), identity.place.to_string()),
        ("host".to_owned(), identity.place.host.name()),
        ("port".to_owned(), identity.place.port.to_string()),
        ("read_only".to_owned(), identity.read_only.to_string()),
        ("user".to_owned(), identity.user.clone()),
    ]);
    let role = match &identity.role {
        Role::Primary => "primary",
        Role::Hidden => "unknown",
        Role::Replica(source) => {
            let port = source.port.map(|port| format!(":{port}")).unwrap_or_default();
            facts.insert("source".to_owned(), format!("{}{port}", source.host));
            facts.insert("receiving".to_owned(), source.receiving.to_string());
            facts.insert("applying".to_owned(), source.applying.to_string());
            "replica"
        }
    };
    facts.insert("role".to_owned(), role.to_owned());
    facts.extend(identity.position.as_ref().map(|position| ("position".to_owned(), position.to_string())));
    facts
}

/// Writes what a connection answered where output goes.
pub(super) fn show(output: &mut Output, went: &Went, group: bool) {
    if group {
        output.take(false, format!("── {}\n", went.part.member).as_bytes());
    }
    output.take(false, went.part.stdout.as_bytes());
    for remark in &went.remarks {
        output.remark(remark);
    }
    if let Some(trouble) = &went.part.trouble {
        let who = if group { format!("{}: ", went.part.member) } else { String::new() };
        output.take(true, format!("{who}{trouble}\n").as_bytes());
    }
}
