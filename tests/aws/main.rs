//! The AWS connector: against a stand-in for AWS, moto with what `tests/lab/aws_stand_in.py` adds, and against servers that
//! answer, break and hang as told. Everything is on the loopback interface, with credentials of nobody.
//!
//! Needs what `.ci/install` installs. Without the stand-in the tests fail: skipping would be claiming.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr, clippy::exit)]
// `json!(…)` is written where it is used.
#![allow(clippy::needless_pass_by_value)]

mod credentials;
mod faults;
mod lab;
mod model;
mod operations;
mod requests;
mod scripted;
mod stand_in;

use runbook::action::aws::{AwsError, Client, Keys, Limits, Outcome, Request, SecretText, Settings, facts};
use serde_json::{Map, Value};
use std::future::Future;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);
const SECRET: &str = "wJalrXUtnFEMIs3cret";

/// On a runtime as the program has it, and never longer than a minute.
fn within<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(55), work).await.expect("within 55 s") })
}

fn settings(endpoint: &str) -> Settings {
    Settings {
        region: Some("eu-west-1".to_owned()),
        profile: None,
        endpoint: Some(endpoint.to_owned()),
        keys: Some(Keys {
            access_key_id: "AKIDNOBODY".to_owned(),
            secret_access_key: SecretText::new(SECRET.to_owned()),
            session_token: None,
        }),
    }
}

async fn client(endpoint: &str) -> Client {
    Client::connect(&settings(endpoint), LIMIT).await.unwrap()
}

fn request(operation: &str, fields: Value) -> Request {
    Request::parse(operation, &fields).unwrap_or_else(|e| panic!("{operation}: {e}"))
}

async fn run(client: &Client, operation: &str, fields: Value) -> Outcome {
    client.run(&request(operation, fields), Limits::default(), std::future::pending()).await
}

/// Must end well.
async fn done(client: &Client, operation: &str, fields: Value) -> Value {
    match run(client, operation, fields).await {
        Outcome::Done(answer) => answer,
        other => panic!("{operation}: {other:?}"),
    }
}

/// Must be refused.
async fn failed(client: &Client, operation: &str, fields: Value) -> AwsError {
    match run(client, operation, fields).await {
        Outcome::Failed(error) => error,
        other => panic!("{operation}: {other:?}"),
    }
}

/// The facts after a write, polled by its watch until `ready`; every status that was seen on the way.
async fn watched(
    client: &Client,
    request: &Request,
    answer: &Value,
    ready: impl Fn(&Map<String, Value>) -> bool,
) -> (Map<String, Value>, Vec<String>) {
    let watch = request.watch(answer).expect("a write has its read");
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..200 {
        let Outcome::Done(answer) = client.run(&watch, Limits::default(), std::future::pending()).await else {
            panic!("{} cannot be watched", request.name())
        };
        let facts = facts(&watch, &answer);
        let status = facts["status"].as_str().unwrap_or_default().to_owned();
        if seen.last() != Some(&status) {
            seen.push(status);
        }
        if ready(&facts) {
            return (facts, seen);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{} never came about: {seen:?}", request.name())
}
