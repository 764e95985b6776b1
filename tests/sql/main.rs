//! Statements on real servers: MariaDB and PostgreSQL, started by the tests themselves on the loopback interface.
//!
//! Needs what `.ci/install` installs. Without the servers on the machine the tests fail: skipping would be claiming.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr, clippy::exit)]

mod connect;
mod roles;
mod running;
mod servers;
mod values;

use runbook::action::sql::{Limits, Outcome, ResultSet, Script, Session, StatementEnd, Target, Value};
use std::future::Future;
use std::time::Duration;

/// On a runtime as the program has it, and never longer than a minute.
fn within<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(55), work).await.expect("within 55 s") })
}

async fn open(url: &str) -> Session {
    let target = Target::parse(url, None).unwrap();
    Session::connect(&target, Duration::from_secs(20)).await.unwrap_or_else(|e| panic!("{e}"))
}

fn mark(n: usize) -> String {
    format!("\u{E001}{n}\u{E002}")
}

async fn run(session: &mut Session, text: &str, values: Vec<Value>) -> Outcome {
    run_within(session, text, values, Limits::default()).await
}

async fn run_within(session: &mut Session, text: &str, values: Vec<Value>, limits: Limits) -> Outcome {
    let script = Script::new(text, values).unwrap();
    session.run(&script, limits, std::future::pending(), |_| {}).await
}

/// Must end well.
async fn done(session: &mut Session, text: &str, values: Vec<Value>) -> Vec<StatementEnd> {
    match run(session, text, values).await {
        Outcome::Done(ends) => ends,
        other => panic!("{text}: {other:?}"),
    }
}

/// The rows of the last statement.
async fn rows(session: &mut Session, text: &str, values: Vec<Value>) -> ResultSet {
    match done(session, text, values).await.pop() {
        Some(StatementEnd::Rows(set)) => set,
        other => panic!("{text}: {other:?}"),
    }
}

/// The one value.
async fn one(session: &mut Session, text: &str, values: Vec<Value>) -> Value {
    rows(session, text, values).await.rows.remove(0).remove(0)
}
