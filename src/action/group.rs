//! A command on the members of a group: one after the other or several at a time, and told as one.

use super::shell::Output;
use crate::driver::ports::{Chunk, Completion, Control, End, Job};
use crate::engine::judge::Part;
use crate::plan::aim::Aim;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;
use tokio::sync::{mpsc, watch};

/// How long a line may be before it is shown in pieces.
const LINE: usize = 64 << 10;

/// How it went on one member.
pub(super) struct Went {
    pub(super) end: End,
    pub(super) part: Part,
    /// What is not the member's own: notices, a new connection.
    pub(super) remarks: Vec<String>,
}

impl Went {
    pub(super) fn not_begun(member: &str, end: End) -> Self {
        let part = Part { member: member.to_owned(), trouble: trouble(&end), ..Part::default() };
        Self { end, part, remarks: Vec::new() }
    }

    /// Whether it is good enough to go on with the next.
    fn well(&self, job: &Job) -> bool {
        match self.end {
            End::Exit(0) => true,
            End::Exit(_) => job.status_judged,
            _ => false,
        }
    }
}

/// Why an end is no good one; `None` when it is.
pub(super) fn trouble(end: &End) -> Option<String> {
    match end {
        End::Exit(0) => None,
        End::Exit(status) => Some(format!("exit status {status}")),
        End::Signal(signal) => Some(format!("ended by signal {signal}")),
        End::TimedOut(after) => Some(format!("stopped after {after:?}")),
        End::Stopped => Some("stopped".to_owned()),
        End::Called(run, outcome) => Some(format!("run {run}: {outcome:?}")),
        End::Spawn(message)
        | End::Unreachable(message)
        | End::Server(message)
        | End::WrongTarget(message)
        | End::Lost(message) => Some(message.clone()),
    }
}

/// Where a member's output goes while it runs.
#[derive(Debug, Clone)]
pub(super) struct Say {
    member: String,
    to: mpsc::Sender<Piece>,
}

#[derive(Debug)]
struct Piece {
    member: String,
    stderr: bool,
    bytes: Vec<u8>,
}

impl Say {
    /// Whose output it is.
    pub(super) fn member(&self) -> &str {
        &self.member
    }

    /// Shows a piece of output, cut anywhere.
    pub(super) async fn hear(&self, stderr: bool, bytes: &[u8]) {
        let piece = Piece { member: self.member.clone(), stderr, bytes: bytes.to_vec() };
        // Whoever collects lives as long as the members run.
        self.to.send(piece).await.unwrap_or_default();
    }
}

/// Lines of members that print at the same time, each with its member's name. Of one alone the output is left as it is.
struct Lines {
    group: bool,
    begun: BTreeMap<(String, bool), Vec<u8>>,
}

impl Lines {
    fn take(&mut self, output: &mut Output, piece: Piece) {
        if !self.group {
            output.take(piece.stderr, &piece.bytes);
            return;
        }
        let prefix = format!("{}: ", piece.member);
        let begun = self.begun.entry((piece.member, piece.stderr)).or_default();
        begun.extend_from_slice(&piece.bytes);
        while let Some(end) = begun.iter().position(|b| *b == b'\n').or((begun.len() > LINE).then_some(LINE)) {
            let line: Vec<u8> = begun.drain(..=end).collect();
            output.take(piece.stderr, &[prefix.as_bytes(), line.as_slice()].concat());
        }
    }

    /// What a member left without a line's end.
    fn finish(&mut self, output: &mut Output, member: &str) {
        for stderr in [false, true] {
            if let Some(rest) = self.begun.remove(&(member.to_owned(), stderr))
                && !rest.is_empty()
            {
                output.take(stderr, &[member.as_bytes(), b": ", &rest, b"\n"].concat());
            }
        }
    }
}

/// A command and whom it is for.
pub(super) struct Group<'a> {
    pub(super) members: Vec<String>,
    pub(super) job: &'a Job,
    pub(super) chunks: &'a mpsc::Sender<Chunk>,
    pub(super) control: watch::Receiver<Control>,
}

impl Group<'_> {
    /// Whether members must be told apart. A group of one is a group: its captures keep their names when another joins it.
    pub(super) fn several(&self) -> bool {
        let group = |aim: &Aim| self.members.first().is_none_or(|first| *first != aim.name);
        self.members.len() > 1 || self.job.aim.as_ref().is_some_and(group)
    }

    /// Runs `one` on each member that is not done yet. The first that fails keeps those that have not begun from beginning,
    /// unless the job goes on with all. `tell` shows what was not said while it ran.
    pub(super) async fn run<F, R>(
        &self,
        mut output: Output,
        one: F,
        tell: impl Fn(&mut Output, &Went, bool),
    ) -> (Completion, Vec<String>)
    where
        F: Fn(String, Say) -> R,
        R: Future<Output = Went>,
    {
        let began = Instant::now();
        let job = self.job;
        let mut waiting: VecDeque<&String> = self.members.iter().filter(|m| !job.done_on.contains(*m)).collect();
        let width = usize::try_from(job.parallel.max(1)).unwrap_or(1);
        let (to, mut from) = mpsc::channel(64);
        let mut lines = Lines { group: self.several(), begun: BTreeMap::new() };
        let mut running = FuturesUnordered::new();
        let mut all: Vec<Went> = Vec::new();
        loop {
            let first = all.is_empty() && running.is_empty();
            let on =
                first || *self.control.borrow() == Control::Run && (job.all_hosts || all.iter().all(|w| w.well(job)));
            while on
                && running.len() < width
                && let Some(member) = waiting.pop_front()
            {
                running.push(one(member.clone(), Say { member: member.clone(), to: to.clone() }));
            }
            if running.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                Some(piece) = from.recv() => lines.take(&mut output, piece),
                permit = self.chunks.reserve(), if output.is_waiting() => match permit {
                    Ok(permit) => if let Some(chunk) = output.taken() { permit.send(chunk) },
                    Err(_) => output.abandon(),
                },
                Some(mut went) = running.next() => {
                    while let Ok(piece) = from.try_recv() {
                        lines.take(&mut output, piece);
                    }
                    lines.finish(&mut output, &went.part.member);
                    if self.several() && !went.well(job) && went.part.trouble.is_none() {
                        went.part.trouble = trouble(&went.end);
                    }
                    tell(&mut output, &went, self.several());
                    all.push(went);
                }
            }
        }
        let mut completion = self.complete(output, all).await;
        let secrets = std::mem::take(&mut completion.1);
        completion.0.took = began.elapsed();
        (completion.0, secrets)
    }

    async fn complete(&self, output: Output, mut all: Vec<Went>) -> (Completion, Vec<String>) {
        // As the inventory names them, whoever was first.
        all.sort_by_key(|went| self.members.iter().position(|m| *m == went.part.member));
        let mut completion = Completion::of(together(&self.members, self.job, &all));
        let secrets = output.secrets();
        finish(output, &mut completion, self.chunks).await;
        let cut = |went: &Went| went.part.names.get("truncated") == Some(&serde_json::Value::Bool(true));
        completion.truncated |= all.iter().any(cut);
        completion.parts = all.into_iter().map(|went| went.part).collect();
        for part in &mut completion.parts {
            part.alone = !self.several();
        }
        (completion, secrets)
    }
}

/// The rest of the output to whoever watches and to the disk; what is kept of it to the completion.
pub(super) async fn finish(mut output: Output, completion: &mut Completion, chunks: &mpsc::Sender<Chunk>) {
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
    if let [only] = members {
        let done = || End::Spawn(format!("`{only}` was done already"));
        return all.first().map_or_else(done, |went| went.end.clone());
    }
    let bad: Vec<&Went> = all.iter().filter(|went| !went.well(job)).collect();
    if bad.is_empty() {
        let status = all.iter().find_map(|went| matches!(went.end, End::Exit(1..)).then(|| went.end.clone()));
        return status.unwrap_or(End::Exit(0));
    }
    let named = |went: &&Went| format!("{}: {}", went.part.member, went.part.trouble.clone().unwrap_or_default());
    let mut message = bad.iter().map(named).collect::<Vec<_>>().join("; ");
    let went = |name: &String| all.iter().find(|went| went.part.member == **name);
    let names = |wanted: &dyn Fn(&String) -> bool| {
        members.iter().filter(|name| wanted(name)).map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let done = names(&|name| job.done_on.contains(name) || went(name).is_some_and(|went| went.well(job)));
    let untouched = names(&|name| !job.done_on.contains(name) && went(name).is_none());
    for (what, names) in [("done on", done), ("not tried on", untouched)] {
        if !names.is_empty() {
            message = format!("{message}; {what} {names}");
        }
    }
    if bad.iter().any(|went| matches!(went.end, End::Lost(_))) {
        return End::Lost(message);
    }
    if bad.iter().any(|went| went.end == End::Stopped) {
        return End::Stopped;
    }
    match &bad[0].end {
        End::WrongTarget(_) if all.len() == 1 => End::WrongTarget(message),
        End::Unreachable(_) if bad.iter().all(|went| matches!(went.end, End::Unreachable(_))) => {
            End::Unreachable(message)
        }
        End::Spawn(_) if all.iter().all(|went| matches!(went.end, End::Spawn(_))) => End::Spawn(message),
        _ => End::Server(message),
    }
}
