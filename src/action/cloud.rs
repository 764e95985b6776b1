//! AWS as a run acts on it: one account and region, asked what it is, and polled after a write until it has taken effect.

use super::aws::{Client, Limits, Outcome, Request, Settings, facts};
use crate::driver::ports::{Control, End, Job};
use crate::engine::guard::differences;
use crate::engine::judge::Part;
use crate::inventory::Inventory;
use crate::plan::render::Facts;
use crate::runbook::model::Effect;
use std::time::Duration;
use tokio::sync::watch;

/// How long the account may take to say what it is.
const IDENTIFY: Duration = Duration::from_secs(20);
/// The name under which its facts are kept.
pub(super) const NAME: &str = "aws";

/// The account, once it was spoken to.
#[derive(Debug, Default)]
pub(super) struct Cloud {
    client: Option<Client>,
    /// What to poll after the last write, by node.
    watch: Option<(String, Request)>,
}

/// Reads a text as the engine renders it: service and operation on the first line, then the fields as YAML.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn request(text: &str) -> Result<Request, String> {
    let (operation, fields) = split(text)?;
    Request::parse(operation.trim(), &fields).map_err(|e| e.to_string())
}

/// As [`request`], of a text whose `{{ … }}` are not filled in yet.
///
/// # Errors
/// As above.
pub fn outline(operation: &str, fields: &str) -> Result<(), String> {
    // `Name: {{ x }}` is a map in YAML; in quotes it is the text that it stands for.
    let quoted: Vec<String> = fields
        .lines()
        .map(|line| match line.split_once(": ") {
            Some((key, value)) if value.trim_start().starts_with("{{") => format!("{key}: '{}'", value.trim()),
            _ => line.to_owned(),
        })
        .collect();
    let (operation, fields) = split(&format!("{operation}\n{}", quoted.join("\n"))).map(|(o, f)| (o.to_owned(), f))?;
    Request::outline(operation.trim(), &fields).map(|_| ()).map_err(|e| e.to_string())
}

fn split(text: &str) -> Result<(&str, serde_json::Value), String> {
    let (operation, fields) = text.split_once('\n').unwrap_or((text, ""));
    if fields.trim().is_empty() {
        return Ok((operation, serde_json::Value::Null));
    }
    let fields = serde_yaml::from_str(fields).map_err(|e| format!("its fields are no YAML: {e}"))?;
    Ok((operation, fields))
}

fn settings(inventory: Option<&Inventory>) -> Settings {
    let aws = inventory.map(|i| i.aws.clone()).unwrap_or_default();
    Settings { region: aws.region, profile: aws.profile, endpoint: aws.endpoint, keys: None }
}

impl Cloud {
    async fn client(&mut self, inventory: Option<&Inventory>) -> Result<&Client, String> {
        if self.client.is_none() {
            let client = Client::connect(&settings(inventory), IDENTIFY).await.map_err(|e| e.to_string())?;
            self.client = Some(client);
        }
        self.client.as_ref().ok_or_else(|| "no way to AWS".to_owned())
    }

    /// Which account and region this is, and whether it is AWS itself.
    pub(super) async fn identify(&mut self, inventory: Option<&Inventory>) -> Result<Facts, String> {
        let identity = self.client(inventory).await?.identity(IDENTIFY).await.map_err(|e| e.to_string())?;
        let mut facts = Facts::from([
            ("account".to_owned(), identity.account),
            ("user".to_owned(), identity.arn),
            ("region".to_owned(), identity.region),
        ]);
        facts.extend(identity.endpoint.map(|endpoint| ("endpoint".to_owned(), endpoint)));
        Ok(facts)
    }

    /// A secret of AWS Secrets Manager.
    pub(super) async fn secret(&mut self, inventory: Option<&Inventory>, id: &str) -> Result<String, String> {
        let client = self.client(inventory).await?;
        client.secret(id, IDENTIFY).await.map(|text| text.expose().to_owned()).map_err(|e| e.to_string())
    }

    /// Runs a job, or looks how far the write before it has come.
    pub(super) async fn run(
        &mut self,
        inventory: Option<&Inventory>,
        job: &Job,
        control: watch::Receiver<Control>,
    ) -> (End, Part) {
        let request = match self.prepare(inventory, job).await {
            Ok(request) => request,
            Err(end) => return (end, Part::default()),
        };
        let limits = Limits { total: job.timeout.unwrap_or(Limits::default().total), ..Limits::default() };
        let client = match self.client(inventory).await {
            Ok(client) => client,
            Err(why) => return (End::Spawn(why), Part::default()),
        };
        let outcome = client.run(&request, limits, stopped(control)).await;
        match outcome {
            Outcome::Done(answer) => {
                if !job.watch {
                    self.watch = request.watch(&answer).map(|watch| (job.node.clone(), watch));
                }
                (End::Exit(0), answered(&request, answer))
            }
            Outcome::Failed(error) => (End::Server(error.to_string()), Part::default()),
            Outcome::TimedOut { after } => (End::TimedOut(after), Part::default()),
            Outcome::Cancelled { .. } => (End::Stopped, Part::default()),
            Outcome::Lost { error } => {
                let message = format!("{error}; AWS may have carried it out: look before you go on");
                (End::Lost(message), Part::default())
            }
        }
    }

    /// The request to send, after everything that can be refused was.
    async fn prepare(&mut self, inventory: Option<&Inventory>, job: &Job) -> Result<Request, End> {
        if job.watch {
            let known = self.watch.as_ref().filter(|(node, _)| *node == job.node);
            return known.map(|(_, request)| request.clone()).ok_or_else(|| {
                End::Spawn(
                    "nothing tells how far this operation has come: poll a describe-… in a fence of its own".to_owned(),
                )
            });
        }
        let request = request(&job.text).map_err(End::Spawn)?;
        let effect = request.effect();
        if effect == Effect::Destructive && job.effect != Effect::Destructive {
            return Err(End::Spawn(format!(
                "`{}` with these fields can lose data, and was not shown so: write `effect=destructive`",
                request.name()
            )));
        }
        if job.read_only && effect != Effect::Read {
            return Err(End::WrongTarget(format!(
                "`{}` changes something: a walkthrough does not run it",
                request.name()
            )));
        }
        if let Some(expected) = job.expected.get(NAME) {
            let now = self.identify(inventory).await.map_err(End::WrongTarget)?;
            let changes = differences(expected, &now);
            if !changes.is_empty() {
                return Err(End::WrongTarget(format!("AWS is not what was shown: {}", changes.join(", "))));
            }
        }
        Ok(request)
    }
}

/// Ready when the driver says stop.
async fn stopped(mut control: watch::Receiver<Control>) {
    loop {
        if *control.borrow_and_update() == Control::Stop {
            return;
        }
        if control.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn answered(request: &Request, answer: serde_json::Value) -> Part {
    let mut names: std::collections::BTreeMap<String, serde_json::Value> =
        facts(request, &answer).into_iter().collect();
    let said =
        |name: &str| names.get(name).filter(|v| !v.is_null()).map(|v| v.as_str().map_or(v.to_string(), str::to_owned));
    let summary: Vec<String> = ["status", "az", "writer", "count"]
        .iter()
        .filter_map(|name| said(name).map(|text| format!("{name} {text}")))
        .collect();
    let text = serde_json::to_string_pretty(&answer).unwrap_or_default();
    let summary = summary.join("  ");
    names.insert("response".to_owned(), answer.clone());
    Part {
        member: NAME.to_owned(),
        alone: true,
        stdout: format!("{text}\n"),
        json: Some(answer),
        summary,
        names,
        ..Part::default()
    }
}
