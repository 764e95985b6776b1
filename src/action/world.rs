//! Everything a run can act on, as one executor: this machine's shell, and what an inventory names.

use super::cloud::{self, Cloud};
use super::databases::{self, Databases, Went};
use super::shell::{Output, ShellSession};
use crate::driver::ports::{Chunk, Completion, Control, End, Executor, Job, Said, Tool};
use crate::inventory::Inventory;
use crate::plan::aim::{Aim, Kind};
use crate::plan::render::Facts;
use std::time::Instant;
use tokio::sync::{mpsc, watch};

const NO_INVENTORY: &str =
    "no inventory says where that is: give one with `--inventory`, or do it by hand and answer `done`";

/// The shell session of a run and the places of its inventory.
#[derive(Debug)]
pub struct World {
    shell: ShellSession,
    inventory: Option<Inventory>,
    databases: Databases,
    cloud: Cloud,
}

impl World {
    /// A world around a shell session.
    #[must_use]
    pub fn new(shell: ShellSession, inventory: Option<Inventory>) -> Self {
        Self { shell, inventory, databases: Databases::default(), cloud: Cloud::default() }
    }

    async fn sql(&mut self, job: &Job, chunks: &mpsc::Sender<Chunk>, control: watch::Receiver<Control>) -> Completion {
        let (Some(inventory), Some(aim)) = (&self.inventory, &job.aim) else {
            return Completion::of(End::Spawn(NO_INVENTORY.to_owned()));
        };
        let members: Vec<String> = match inventory.connections(&aim.name) {
            Ok(found) => found.into_iter().map(|(name, _)| name.to_owned()).collect(),
            Err(unknown) => return Completion::of(End::Spawn(unknown.to_string())),
        };
        // A group of one is a group: its captures keep their names when another joins it.
        let group = members.first().is_none_or(|only| *only != aim.name) || members.len() > 1;
        let mut output = self.shell.output_of(job);
        let began = Instant::now();
        let mut all: Vec<Went> = Vec::new();
        for name in members.iter().filter(|name| !job.done_on.contains(*name)) {
            if !all.is_empty() && *control.borrow() == Control::Stop {
                break;
            }
            let went = self.databases.run(inventory, name, job, control.clone()).await;
            self.shell.hide(self.databases.passwords());
            databases::show(&mut output, &went, group);
            while let Some(chunk) = output.taken() {
                if chunks.send(chunk).await.is_err() {
                    output.abandon();
                }
            }
            let bad = went.end != End::Exit(0);
            all.push(went);
            if bad && !job.all_hosts {
                break;
            }
        }
        let mut completion = Completion::of(together(&members, job, &all));
        completion.took = began.elapsed();
        finish(output, &mut completion, chunks).await;
        let cut = |went: &Went| went.part.names.get("truncated") == Some(&serde_json::Value::Bool(true));
        completion.truncated |= all.iter().any(cut);
        completion.parts = all.into_iter().map(|went| went.part).collect();
        for part in &mut completion.parts {
            part.alone = !group;
        }
        completion
    }
}

/// The rest of the output to whoever watches and to the disk; what is kept of it to the completion.
async fn finish(mut output: Output, completion: &mut Completion, chunks: &mpsc::Sender<Chunk>) {
    output.close(false);
    output.close(true);
    while let Some(chunk) = output.taken() {
        if chunks.send(chunk).await.is_err() {
            output.abandon();
        }
    }
    let (kept, synced) = output.finish();
    completion.truncated = kept.truncated;
    completion.stdout = kept.stdout;
    completion.stderr = kept.stderr;
    completion.output = kept.blob;
    if let Err(error) = synced {
        let trouble = format!("[runbook: the output is not safely on disk: {error}]\n");
        completion.stderr.extend_from_slice(trouble.as_bytes());
    }
}

/// The end of a group: well only when every member ended well.
fn together(members: &[String], job: &Job, all: &[Went]) -> End {
    let [only] = members else {
        let bad: Vec<&Went> = all.iter().filter(|went| went.end != End::Exit(0)).collect();
        let Some(first) = bad.first() else { return End::Exit(0) };
        let named = |went: &&Went| format!("{}: {}", went.part.member, went.part.trouble.clone().unwrap_or_default());
        let mut message = bad.iter().map(named).collect::<Vec<_>>().join("; ");
        let untouched: Vec<&str> = members
            .iter()
            .map(String::as_str)
            .filter(|name| !job.done_on.contains(*name) && !all.iter().any(|went| went.part.member == *name))
            .collect();
        let done: Vec<&str> = members
            .iter()
            .map(String::as_str)
            .filter(|name| {
                job.done_on.contains(*name)
                    || all.iter().any(|went| went.part.member == *name && went.end == End::Exit(0))
            })
            .collect();
        for (what, names) in [("done on", done), ("not tried on", untouched)] {
            if !names.is_empty() {
                message = format!("{message}; {what} {}", names.join(", "));
            }
        }
        if let Some(lost) = bad.iter().find(|went| matches!(went.end, End::Lost(_))) {
            return End::Lost(format!("{}: {message}", lost.part.member));
        }
        return match (&first.end, all.len()) {
            (End::Stopped, _) => End::Stopped,
            (End::WrongTarget(_), 1) => End::WrongTarget(message),
            (End::Spawn(_), 1) => End::Spawn(message),
            (End::Unreachable(_), _) if bad.iter().all(|went| matches!(went.end, End::Unreachable(_))) => {
                End::Unreachable(message)
            }
            _ => End::Server(message),
        };
    };
    all.first().map_or_else(|| End::Spawn(format!("`{only}` was done already")), |went| went.end.clone())
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
            (Tool::Shell | Tool::Program(_), Some(aim)) => Completion::of(End::Spawn(format!(
                "commands on another host (`on={}`) are not run by this version: run it there by hand and answer `done`",
                aim.written
            ))),
            (Tool::Aws, _) => self.aws(&job, &chunks, control).await,
            (Tool::Http, _) => Completion::of(End::Spawn(
                "native HTTP actions are not run by this version: do it by hand and answer `done`".to_owned(),
            )),
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
            Kind::Aws | Kind::Host => Err("this version cannot ask it".to_owned()),
        }
    }
}
