//! Hosts, by the system's OpenSSH client: the user's own configuration, agent and keys count.
//!
//! A connection to a host is opened once and kept for the commands that follow. Each fence is a fresh bash there, in a
//! process group of its own, and nothing carries over from one to the next.
//!
//! Invariant: nothing of a fence is sent before the host has said what it is, and that is what was shown.

mod client;
mod remote;
mod session;
mod stream;

use super::group::{Say, Went, trouble};
use crate::driver::ports::{Control, End, Job, Tool};
use crate::engine::judge::Part;
use crate::inventory::{Host, Inventory};
use crate::plan::render::Facts;
use crate::runbook::effect;
use crate::runbook::model::Effect;
use client::Client;
pub(super) use remote::quote;
pub(super) use session::stopped;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Longer than this, and a socket's path in it may be too long for the system.
const LONGEST: usize = 60;
/// How long closing the connections may take.
const CLOSING: Duration = Duration::from_secs(2);

/// The hosts of an inventory, and the connections to them that are open.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    sockets: Option<PathBuf>,
}

impl Hosts {
    /// Makes the private directory of the connections, once.
    pub(super) fn prepare(&mut self) -> Result<(), String> {
        if self.sockets.is_none() {
            let short = |path: &PathBuf| path.is_dir() && path.as_os_str().len() <= LONGEST && path.to_str().is_some();
            let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(short);
            let temporary = Some(std::env::temp_dir()).filter(short);
            let found = [runtime, temporary, Some(PathBuf::from("/tmp"))].into_iter().flatten().find_map(|directory| {
                // `%` and blanks mean something to ssh.
                let template = directory.join("runbook-XXXXXX");
                (!template.to_string_lossy().contains(['%', ' ', '\t', '"']))
                    .then(|| nix::unistd::mkdtemp(&template).ok())?
            });
            self.sockets = Some(found.ok_or("no directory for connections can be made: is /tmp writable?")?);
        }
        Ok(())
    }

    /// How the host of this name is reached, and by which socket.
    fn host<'a>(&self, inventory: &'a Inventory, name: &str) -> Result<(&'a Host, PathBuf), String> {
        let number = inventory.hosts.keys().position(|known| known == name);
        match (inventory.hosts.get(name), number, &self.sockets) {
            (Some(host), Some(number), Some(sockets)) => Ok((host, sockets.join(number.to_string()))),
            _ => Err(format!("the inventory has no host `{name}`")),
        }
    }

    /// What a host says it is.
    pub(super) async fn identify(&self, inventory: &Inventory, name: &str) -> Result<Facts, String> {
        let (host, socket) = self.host(inventory, name)?;
        let client = Client { host, socket: &socket };
        let kept = socket.exists();
        match session::identify(&client).await {
            Err(_) if kept => {
                forget(&socket);
                session::identify(&client).await
            }
            said => said,
        }
    }

    /// Runs a job on one host.
    pub(super) async fn run(
        &self,
        inventory: &Inventory,
        name: &str,
        job: &Job,
        say: &Say,
        control: watch::Receiver<Control>,
    ) -> Went {
        if let Err(why) = allowed(job) {
            return Went::not_begun(name, End::WrongTarget(why));
        }
        let (host, socket) = match self.host(inventory, name) {
            Ok(found) => found,
            Err(message) => return Went::not_begun(name, End::Spawn(message)),
        };
        let client = Client { host, socket: &socket };
        let expected = job.expected.get(name);
        let goes_on = || *control.borrow() == Control::Run;
        let kept = socket.exists();
        let mut ran = session::run(&client, job, expected, say, control.clone()).await;
        // What was kept open may have been closed on the other side, and nothing was sent yet.
        if kept && matches!(ran.end, End::Spawn(_)) && goes_on() {
            forget(&socket);
            ran = session::run(&client, job, expected, say, control.clone()).await;
        }
        if ran.broke && matches!(ran.end, End::Lost(_)) && job.effect == Effect::Read && goes_on() {
            forget(&socket);
            let remark = "the connection broke in the middle of a read, which was run again".to_owned();
            ran = session::run(&client, job, expected, say, control.clone()).await;
            ran.remarks.insert(0, remark);
        }
        went(name, job, ran)
    }

    /// What a person's terminal must run to reach the host, as words.
    pub(super) fn attended(&self, inventory: &Inventory, name: &str, job: &Job) -> Result<String, String> {
        let (host, socket) = self.host(inventory, name)?;
        if job.tool != Tool::Shell {
            return Err("a program that needs the terminal is not run on a host: run it there by hand".to_owned());
        }
        let line = remote::attended(job);
        if job.secrets.iter().any(|secret| !secret.is_empty() && line.contains(secret.as_str())) {
            return Err("it holds a secret, which a list of processes would show: run it there by hand".to_owned());
        }
        let words: Vec<String> =
            Client { host, socket: &socket }.attended(&line).iter().map(|word| remote::quote(word)).collect();
        Ok(words.join(" "))
    }
}

/// In a walkthrough only what is proven runs: what is declared to read is not believed.
pub(super) fn allowed(job: &Job) -> Result<(), String> {
    let proven = || job.tool == Tool::Shell && effect::of_text(&job.text).0 == Effect::Read;
    if job.read_only && !proven() {
        return Err("it is declared to read, and not proven to: a walkthrough runs only what is proven".to_owned());
    }
    Ok(())
}

fn went(name: &str, job: &Job, ran: session::Ran) -> Went {
    let session::Ran { end, stdout, stderr, truncated, remarks, .. } = ran;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&stdout), text(&stderr));
    let mut names = BTreeMap::from([("truncated".to_owned(), serde_json::json!(truncated))]);
    let mut summary = String::new();
    if let End::Exit(status) = end {
        names.insert("exit".to_owned(), serde_json::json!(status));
        let last = stdout.lines().map(str::trim).rfind(|line| !line.is_empty() && status == 0);
        summary = match last {
            _ if job.secret_output => String::new(),
            Some(line) => line.chars().take(60).collect(),
            None => format!("exit {status}"),
        };
    }
    let part = Part {
        member: name.to_owned(),
        // A status is for the runbook to judge.
        trouble: trouble(&end).filter(|_| !matches!(end, End::Exit(_))),
        stdout,
        stderr,
        summary,
        names,
        ..Part::default()
    };
    Went { end, part, remarks }
}

/// Lets go of a connection that is of no use any more.
fn forget(socket: &Path) {
    end(vec![client::close(socket).spawn()]);
    std::fs::remove_file(socket).unwrap_or_default();
}

/// Waits for calls that close connections, and not for long.
fn end(calls: Vec<std::io::Result<Child>>) {
    let until = Instant::now() + CLOSING;
    for mut call in calls.into_iter().flatten() {
        while matches!(call.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        if matches!(call.try_wait(), Ok(None)) {
            call.kill().and_then(|()| call.wait().map(drop)).unwrap_or_default();
        }
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        let Some(directory) = &self.sockets else { return };
        let sockets = std::fs::read_dir(directory).into_iter().flatten().flatten();
        end(sockets.map(|socket| client::close(&socket.path()).spawn()).collect());
        std::fs::remove_dir_all(directory).unwrap_or_default();
    }
}
