//! Numbered writes through the address that applications use, and what became of them.

use super::ledger::{Beat, Fate, Ledger};
use super::outage::Moment;
use super::position;
use super::probe::late;
use crate::action::sql::{Limits, Outcome, Script, Session, SqlError, StatementEnd, Target, Value};
use crate::driver::clock::SystemClock;
use crate::driver::ports::Clock as _;
use std::time::Duration;
use tokio::task::{JoinHandle, spawn_local};

/// Beats that hang on a server at one time; more are not sent, or the watch itself would use the connections up.
const HANGING: usize = 4;
/// Rows that are read at a time.
const PAGE: usize = 5000;
/// How long a server may take to say where its log stands; longer, and that beat has no position.
const AT_ONCE: Duration = Duration::from_millis(100);
/// How long reading them back, or removing them, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The writer.
pub(super) struct Heartbeat {
    target: Target,
    table: String,
    run: String,
    keep: bool,
    ledger: Ledger,
    next: u64,
    /// Number and time of each that was acknowledged.
    acknowledged: Vec<(u64, Moment)>,
    /// Of those, where the server's log stood behind them, and when.
    positions: Vec<(Moment, String)>,
    session: Option<Session>,
    hanging: Vec<JoinHandle<Sent>>,
}

/// What is known when the answer is there.
struct Sent {
    session: Option<Session>,
    fate: Fate,
    made: bool,
    why: String,
}

/// What is there of what was acknowledged.
pub(super) struct Kept {
    pub(super) acknowledged: u64,
    pub(super) lost: u64,
    pub(super) oldest_lost: Option<Moment>,
    /// When the first of them was acknowledged.
    pub(super) first: Option<Moment>,
}

impl Heartbeat {
    pub(super) fn new(
        target: Target,
        (table, keep): (String, bool),
        run: &str,
        (ledger, before): (Ledger, Vec<Beat>),
    ) -> Self {
        // What an earlier process sent last may have no line: its number is left out.
        let next = before.last().map_or(1, |beat| beat.beat + 2);
        let acknowledged =
            before.iter().filter(|beat| beat.fate == Fate::Acknowledged).map(|beat| (beat.beat, beat.at_us)).collect();
        let positions = before.iter().filter_map(|beat| Some((beat.at_us, beat.position.clone()?))).collect();
        let run = run.to_owned();
        Self { target, table, run, keep, ledger, next, acknowledged, positions, session: None, hanging: Vec::new() }
    }

    /// One beat. It is in the ledger when this returns, and the next one is not sent before.
    pub(super) async fn beat(&mut self, limit: Duration, now: Moment) -> Result<String, String> {
        self.hanging.retain(|task| !task.is_finished());
        if self.hanging.len() >= HANGING {
            tokio::time::sleep(limit).await;
            return Err(format!("{HANGING} earlier writes still hang"));
        }
        let (number, sent) = (self.next, SystemClock.now());
        self.next += 1;
        let began = SystemClock.monotonic();
        let at = sent.to_string();
        let work = write(self.session.take(), self.target.clone(), self.table.clone(), (self.run.clone(), number, at));
        // It is driven to its end even when nobody waits for it any more: the server is told to stop, not left.
        let mut task = spawn_local(work(limit));
        let went = match tokio::time::timeout(limit, &mut task).await {
            Ok(Ok(went)) => went,
            Ok(Err(error)) => Sent { session: None, fate: Fate::Unknown, made: false, why: error.to_string() },
            Err(_) => {
                self.hanging.push(task);
                Sent { session: None, fate: Fate::Unknown, made: false, why: late(limit) }
            }
        };
        let took = SystemClock.monotonic().saturating_sub(began);
        let took_us = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
        self.session = went.session;
        let position = if went.fate == Fate::Acknowledged { self.position().await } else { None };
        self.positions.extend(position.clone().map(|position| (now, position)));
        let beat = Beat { beat: number, sent: sent.to_string(), at_us: now, took_us, fate: went.fate, position };
        self.ledger.write(&beat).map_err(|e| format!("the ledger cannot be written: {e}"))?;
        if went.fate != Fate::Acknowledged {
            return Err(went.why);
        }
        self.acknowledged.push((number, now));
        let made = if went.made { format!(", the table `{}` was created", self.table) } else { String::new() };
        Ok(format!("write {number} acknowledged{made}"))
    }

    /// Where the server's log stands behind the write that it just acknowledged.
    async fn position(&mut self) -> Option<String> {
        let session = self.session.as_mut()?;
        let asked = one(session, position::at_write(self.target.family()));
        if let Ok(Ok(text)) = tokio::time::timeout(AT_ONCE, asked).await {
            return Some(text).filter(|text| !text.is_empty());
        }
        // A session that may still be answering is no use for the next write.
        self.session = None;
        None
    }

    /// What is missing by position of what was acknowledged before `failed`, where the servers can say.
    pub(super) async fn by_position(&mut self, failed: Moment) -> Option<String> {
        let (_, written) = self.positions.iter().rev().find(|(at, _)| *at < failed)?.clone();
        let family = self.target.family();
        let session = self.session.as_mut()?;
        let asked = one(session, position::of_server(family));
        let there = tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()?;
        position::missing(family, &written, &there)
    }

    /// Reads back what was acknowledged.
    pub(super) async fn kept(&mut self) -> Result<Kept, String> {
        let all = tokio::time::timeout(PATIENCE, self.numbers()).await;
        let numbers = all.map_err(|_| late(PATIENCE))??;
        let lost: Vec<Moment> =
            self.acknowledged.iter().filter(|(n, _)| numbers.binary_search(n).is_err()).map(|(_, at)| *at).collect();
        Ok(Kept {
            acknowledged: self.acknowledged.len() as u64,
            lost: lost.len() as u64,
            oldest_lost: lost.iter().min().copied(),
            first: self.acknowledged.iter().map(|(_, at)| *at).min(),
        })
    }

    async fn numbers(&mut self) -> Result<Vec<u64>, String> {
        let mut session = Session::connect(&self.target, PATIENCE).await.map_err(|e| e.to_string())?;
        let (mut numbers, mut last) = (Vec::new(), 0_u64);
        loop {
            let text = format!(
                "SELECT beat FROM {} WHERE run = '{}' AND beat > {last} ORDER BY beat LIMIT {PAGE}",
                self.table, self.run
            );
            let limits = Limits { statement: Some(PATIENCE), ..Limits::default() };
            let Some(StatementEnd::Rows(set)) = done(&mut session, &text, limits).await?.pop() else {
                return Err("the server gave no rows".to_owned());
            };
            let page: Vec<u64> = set
                .rows
                .iter()
                .filter_map(|row| match row.first() {
                    Some(Value::Int(n)) => u64::try_from(*n).ok(),
                    Some(Value::UInt(n)) => Some(*n),
                    Some(Value::Decimal(text) | Value::Text(text)) => text.parse().ok(),
                    _ => None,
                })
                .collect();
            if page.len() != set.rows.len() {
                return Err("the table holds something else than numbers".to_owned());
            }
            numbers.extend(&page);
            match page.last() {
                Some(number) if page.len() == PAGE => last = *number,
                _ => break,
            }
        }
        self.session = Some(session);
        Ok(numbers)
    }

    /// Removes this run's rows, unless they are to stay.
    pub(super) async fn remove(&mut self) -> Result<(), String> {
        if self.keep {
            return Ok(());
        }
        let Some(mut session) = self.session.take() else { return Err("no connection".to_owned()) };
        let text = format!("DELETE FROM {} WHERE run = '{}'", self.table, self.run);
        let limits = Limits { statement: Some(PATIENCE), ..Limits::default() };
        let removed = tokio::time::timeout(PATIENCE, done(&mut session, &text, limits)).await;
        removed.map_err(|_| late(PATIENCE))?.map(drop)
    }

    pub(super) fn ledger(&self) -> Option<crate::engine::event::Blob> {
        self.ledger.blob().ok()
    }

    pub(super) fn table(&self) -> &str {
        &self.table
    }
}

/// The only value of the only row.
async fn one(session: &mut Session, text: &str) -> Result<String, String> {
    match done(session, text, Limits::default()).await?.pop() {
        Some(StatementEnd::Rows(set)) => match set.rows.first().and_then(|row| row.first()) {
            Some(Value::Text(text)) => Ok(text.clone()),
            _ => Err("the server gave no text".to_owned()),
        },
        _ => Err("the server gave no rows".to_owned()),
    }
}

async fn done(session: &mut Session, text: &str, limits: Limits) -> Result<Vec<StatementEnd>, String> {
    let script = Script::new(text, Vec::new()).map_err(|e| e.to_string())?;
    match session.run(&script, limits, std::future::pending(), |_| {}).await {
        Outcome::Done(ends) => Ok(ends),
        Outcome::Failed { error, .. } | Outcome::Lost { error, .. } => Err(error.to_string()),
        Outcome::TimedOut { after, .. } => Err(late(after)),
        Outcome::Cancelled { .. } => Err("cancelled".to_owned()),
    }
}

/// The work of one beat, to be driven to its end.
fn write(
    session: Option<Session>,
    target: Target,
    table: String,
    (run, number, at): (String, u64, String),
) -> impl FnOnce(Duration) -> std::pin::Pin<Box<dyn Future<Output = Sent>>> {
    move |limit| {
        Box::pin(async move {
            let mut session = match session {
                Some(session) => session,
                None => match Session::connect(&target, limit).await {
                    Ok(session) => session,
                    Err(error) => {
                        return Sent { session: None, fate: Fate::Failed, made: false, why: error.to_string() };
                    }
                },
            };
            let insert = format!("INSERT INTO {table} (run, beat, sent_at) VALUES ('{run}', {number}, '{at}')");
            let mut went = insertion(&mut session, &insert, limit).await;
            let mut made = false;
            if matches!(&went, Err((_, Some(error))) if no_table(error)) {
                let create = format!(
                    "CREATE TABLE IF NOT EXISTS {table} (run VARCHAR(64) NOT NULL, beat BIGINT NOT NULL, \
                     sent_at VARCHAR(40) NOT NULL, PRIMARY KEY (run, beat))"
                );
                if let Err(why) = done(&mut session, &create, Limits::default()).await {
                    let why = format!("the table `{table}` is not there and cannot be created: {why}");
                    return Sent { session: Some(session), fate: Fate::Failed, made, why };
                }
                made = true;
                went = insertion(&mut session, &insert, limit).await;
            }
            let (fate, why) = match went {
                Ok(()) => (Fate::Acknowledged, String::new()),
                Err((fate, error)) => (fate, error.map_or_else(|| late(limit), |e| e.to_string())),
            };
            // What refused one write may be a server that became a replica: the address may lead elsewhere by now.
            let session = Some(session).filter(|_| fate == Fate::Acknowledged);
            Sent { session, fate, made, why }
        })
    }
}

async fn insertion(session: &mut Session, text: &str, limit: Duration) -> Result<(), (Fate, Option<SqlError>)> {
    let script = Script::new(text, Vec::new()).map_err(|e| (Fate::Failed, Some(e.into())))?;
    // No clock of the server's: PostgreSQL would end the wait for its standby by acknowledging what it does not have.
    let limits = Limits { statement: None, grace: Duration::from_secs(1), ..Limits::default() };
    let stop = tokio::time::sleep(limit + Duration::from_millis(500));
    match session.run(&script, limits, stop, |_| {}).await {
        Outcome::Done(_) => Ok(()),
        Outcome::Failed { error, .. } => Err((Fate::Failed, Some(error))),
        Outcome::Lost { sent: false, error, .. } => Err((Fate::Failed, Some(error))),
        Outcome::Lost { error, .. } => Err((Fate::Unknown, Some(error))),
        Outcome::TimedOut { .. } | Outcome::Cancelled { .. } => Err((Fate::Unknown, None)),
    }
}

fn no_table(error: &SqlError) -> bool {
    matches!(error, SqlError::Server { cause, .. } if cause.code == Some(1146) || cause.state == "42P01")
}
