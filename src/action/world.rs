//! Everything a run can act on, as one executor: this machine's shell, and what an inventory names.

use super::call::Calls;
use super::cloud::{self, Cloud};
use super::databases::{self, Databases};
use super::group::{Group, Say, Went, finish};
use super::http;
use super::shell::{Output, ShellSession};
use super::ssh::{self, Hosts};
use crate::driver::ports::{Chunk, Completion, Control, End, Executor, Job, Said, Tool};
use crate::engine::guard::{UNREACHABLE, differences};
use crate::inventory::Inventory;
use crate::plan::aim::{Aim, Kind};
use crate::plan::render::Facts;
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::time::Instant;
use tokio::sync::{mpsc, watch};

const NO_INVENTORY: &str =
    "no inventory says where that is: give one with `--inventory`, or do it by hand and answer `done`";

/// The shell session of a run and the places of its inventory.
#[derive(Debug)]
pub struct World {
    pub(super) shell: ShellSession,
    inventory: Option<Inventory>,
    databases: Databases,
    hosts: Hosts,
    cloud: Cloud,
    pub(super) calls: Option<Calls>,
}

impl World {
    /// A world around a shell session.
    #[must_use]
    pub fn new(shell: ShellSession, inventory: Option<Inventory>) -> Self {
        let (databases, hosts, cloud) = (Databases::default(), Hosts::default(), Cloud::default());
        Self { shell, inventory, databases, hosts, cloud, calls: None }
    }

    /// With a way to run other runbooks.
    #[must_use]
    pub fn with_calls(mut self, calls: Calls) -> Self {
        self.calls = Some(calls);
        self
    }

    /// SQL on a connection, or on each of a group.
    async fn sql(&mut self, job: &Job, chunks: &mpsc::Sender<Chunk>, control: watch::Receiver<Control>) -> Completion {
        let (Some(inventory), Some(aim)) = (&self.inventory, &job.aim) else {
            return Completion::of(End::Spawn(NO_INVENTORY.to_owned()));
        };
        let members = match names(inventory.connections(&aim.name)) {
            Ok(members) => members,
            Err(unknown) => return Completion::of(End::Spawn(unknown)),
        };
        let output = self.shell.output_of(job);
        let group = Group { members, job, chunks, control };
        let databases = &self.databases;
        let one = |name: String, _| {
            let control = group.control.clone();
            async move { databases.run(inventory, &name, job, control).await }
        };
        let (completion, secrets) = group.run(output, one, databases::show).await;
        self.shell.hide(self.databases.passwords());
        self.shell.hide(secrets);
        completion
    }

    /// A shell's or a program's text on a host, or on each of a group.
    async fn there(
        &mut self,
        job: &Job,
        aim: &Aim,
        chunks: &mpsc::Sender<Chunk>,
        control: watch::Receiver<Control>,
    ) -> Completion {
        let Some(inventory) = &self.inventory else { return Completion::of(End::Spawn(NO_INVENTORY.to_owned())) };
        let found = names(inventory.hosts(&aim.name)).and_then(|members| self.hosts.prepare().map(|()| members));
        let members = match found {
            Ok(members) => members,
            Err(message) => return Completion::of(End::Spawn(message)),
        };
        if job.attended {
            return self.attended_there(job, &members, control).await;
        }
        let output = self.shell.output_of(job);
        let group = Group { members, job, chunks, control };
        let hosts = &self.hosts;
        let one = |name: String, say: Say| {
            let control = group.control.clone();
            async move { hosts.run(inventory, &name, job, &say, control).await }
        };
        let tell = |output: &mut Output, went: &Went, several: bool| {
            went.remarks.iter().for_each(|remark| output.remark(remark));
            if let (Some(trouble), true) = (&went.part.trouble, several) {
                output.take(true, format!("{}: {trouble}\n", went.part.member).as_bytes());
            }
        };
        let (completion, secrets) = group.run(output, one, tell).await;
        self.shell.hide(secrets);
        completion
    }

    /// With the operator's terminal: the client runs as an attended command of this machine.
    async fn attended_there(&mut self, job: &Job, members: &[String], control: watch::Receiver<Control>) -> Completion {
        let ([member], Some(inventory)) = (members, &self.inventory) else {
            let message = "it needs the terminal, which only one host at a time can have: name one";
            return Completion::of(End::Spawn(message.to_owned()));
        };
        let ready = async {
            ssh::allowed(job).map_err(End::WrongTarget)?;
            let facts = self.hosts.identify(inventory, member).await.map_err(End::Spawn)?;
            let changes = job.expected.get(member).map(|before| differences(before, &facts)).unwrap_or_default();
            if !changes.is_empty() {
                let changes = changes.join(", ");
                return Err(End::WrongTarget(format!("`{member}` is not what was shown: {changes}")));
            }
            self.hosts.attended(inventory, member, job).map_err(End::Spawn)
        };
        let text = match ready.await {
            Ok(text) => text,
            Err(end) => return Completion::of(end),
        };
        let here = Job { text, aim: None, fresh: true, environment: BTreeMap::new(), ..job.clone() };
        let (nobody, _) = mpsc::channel(1);
        let mut completion = self.shell.execute(here, nobody, control).await;
        if completion.end == End::Exit(255) {
            let message = format!("`ssh` to `{member}` ended with an error of its own (255): look what was done there");
            completion.end = End::Lost(message);
        }
        completion
    }
}

/// The names of members that were found.
fn names<T>(found: Result<Vec<(&str, T)>, crate::inventory::Unknown>) -> Result<Vec<String>, String> {
    found
        .map(|members| members.into_iter().map(|(name, _)| name.to_owned()).collect())
        .map_err(|unknown| unknown.to_string())
}

impl Executor for World {
    async fn execute(
        &mut self,
        job: Job,
        chunks: mpsc::Sender<Chunk>,
        control: watch::Receiver<Control>,
    ) -> Completion {
        match (&job.tool, &job.aim) {
            (Tool::Shell | Tool::Program(_), None) => self.shell.execute(job, chunks, control).await,
            (Tool::Sql, _) => self.sql(&job, &chunks, control).await,
            (Tool::Shell | Tool::Program(_), Some(aim)) => self.there(&job, &aim.clone(), &chunks, control).await,
            (Tool::Http, _) => {
                let output = self.shell.output_of(&job);
                let group = Group { members: vec!["http".to_owned()], job: &job, chunks: &chunks, control };
                let one = |_, say: Say| {
                    let control = group.control.clone();
                    let job = &job;
                    async move { http::run(job, &say, control).await }
                };
                let (completion, secrets) = group.run(output, one, |_, _, _| {}).await;
                self.shell.hide(secrets);
                completion
            }
            (Tool::Aws, _) => self.aws(&job, &chunks, control).await,
            (Tool::Runbook, _) => self.call(&job, chunks, control).await,
        }
    }

    fn names(&self) -> Vec<String> {
        self.shell.names()
    }

    fn lost(&self) -> Vec<String> {
        self.shell.lost()
    }

    async fn identify(&mut self, aims: Vec<Aim>) -> Said {
        let mut out = Vec::new();
        for aim in aims {
            let said = self.ask(&aim).await;
            out.push((aim, said));
        }
        self.shell.hide(self.databases.passwords());
        out
    }

    fn missing(&self, wanted: &[String]) -> Vec<String> {
        self.shell.missing(wanted)
    }
}

impl World {
    async fn aws(&mut self, job: &Job, chunks: &mpsc::Sender<Chunk>, control: watch::Receiver<Control>) -> Completion {
        let mut output = self.shell.output_of(job);
        let began = Instant::now();
        let (end, part) = self.cloud.run(self.inventory.as_ref(), job, control).await;
        let mut completion = Completion::of(end);
        completion.took = began.elapsed();
        output.take(false, part.stdout.as_bytes());
        if let End::Server(message) | End::Spawn(message) | End::Lost(message) | End::WrongTarget(message) =
            &completion.end
        {
            output.take(true, format!("{message}\n").as_bytes());
        }
        finish(output, &mut completion, chunks).await;
        completion.parts = vec![part];
        completion
    }

    async fn ask(&mut self, aim: &Aim) -> Result<Vec<(String, Facts)>, String> {
        if aim.kind == Kind::Aws {
            let facts = self.cloud.identify(self.inventory.as_ref()).await?;
            return Ok(vec![(cloud::NAME.to_owned(), facts)]);
        }
        let Some(inventory) = &self.inventory else { return Err(NO_INVENTORY.to_owned()) };
        match aim.kind {
            Kind::Connection => {
                let mut out = Vec::new();
                for (name, _) in inventory.connections(&aim.name).map_err(|e| e.to_string())? {
                    let facts = self.databases.identify(inventory, name).await;
                    out.push((name.to_owned(), facts.map_err(|why| format!("{name}: {why}"))?));
                }
                Ok(out)
            }
            Kind::Host => {
                self.hosts.prepare()?;
                let members = names(inventory.hosts(&aim.name))?;
                let hosts = &self.hosts;
                let said = join_all(members.iter().map(|name| hosts.identify(inventory, name)))
                    .await
                    .into_iter()
                    .zip(&members);
                // One of several that is away is for the command to stumble over, alone.
                let several = members.len() > 1;
                let away = |why: String| Facts::from([(UNREACHABLE.to_owned(), why)]);
                let found: Vec<(String, Facts)> = said
                    .map(|(facts, name)| match facts {
                        Err(why) if several => Ok((name.clone(), away(why))),
                        other => other.map(|facts| (name.clone(), facts)),
                    })
                    .collect::<Result<_, String>>()?;
                if found.iter().all(|(_, facts)| facts.contains_key(UNREACHABLE)) {
                    let whys = found.iter().map(|(name, facts)| format!("{name}: {}", facts[UNREACHABLE]));
                    return Err(whys.collect::<Vec<_>>().join("; "));
                }
                Ok(found)
            }
            // Asked above.
            Kind::Aws => Err("AWS is no place of an inventory".to_owned()),
        }
    }
}
