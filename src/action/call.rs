//! Another runbook, called from within a run: this program once more, with a run of its own that names the one that called it.

use super::ssh::quote;
use super::world::World;
use crate::driver::ports::{Chunk, Completion, Control, End, Executor as _, Job, Tool};
use crate::engine::event::{Event, Outcome};
use crate::engine::judge::Part;
use crate::journal::{self, RunEntry, Standing};
use crate::plan::call::{CALL, CALL_BACK, CALL_LOOK, CALLED_BACK};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::sync::{mpsc, watch};

/// What a call needs to know of the run that it comes from.
#[derive(Debug)]
pub struct Calls {
    /// This program.
    pub program: PathBuf,
    /// Where linked files are read from: the folder of the runbook that calls.
    pub folder: PathBuf,
    /// Where runs are kept.
    pub runs_dir: PathBuf,
    /// The run that calls.
    pub run: String,
    /// Options for a run that begins.
    pub begin: Vec<String>,
    /// Options for every process that drives it.
    pub drive: Vec<String>,
    /// Answers files, by the node that calls.
    pub answers: BTreeMap<String, PathBuf>,
    /// Whether there is a person at a terminal, who is asked there.
    pub terminal: bool,
    /// How wide what it says may be, when it is shown among this run's output.
    pub columns: usize,
}

impl Calls {
    /// The latest run that a job began, or that it takes back.
    fn latest(&self, job: &Job) -> Result<Option<RunEntry>, String> {
        let node = caller(job);
        let mut runs = journal::list(&self.runs_dir).map_err(|e| e.to_string())?;
        let ours = |entry: &RunEntry| {
            let by = entry.head.as_ref().and_then(|head| head.called_by.as_ref());
            by.is_some_and(|by| by.run == self.run && by.node == node && (is_back(job) || by.visit == job.visit))
        };
        Ok(runs.iter().rposition(ours).map(|at| runs.swap_remove(at)))
    }

    /// The run that is to be rolled back, when somebody has done so by itself.
    fn was_rolled_back(&self, job: &Job) -> Option<String> {
        let entry = self.latest(job).ok()?.filter(|_| is_back(job))?;
        (entry.standing == Standing::Finished { outcome: Outcome::RolledBack }).then_some(entry.run)
    }

    /// The words that carry a job out.
    fn words(&self, job: &Job) -> Result<Vec<String>, String> {
        let node = caller(job);
        let before = self.latest(job)?;
        let mut words = vec![self.program.display().to_string()];
        let mut say = |said: &[&str]| words.extend(said.iter().map(|word| (*word).to_owned()));
        if let Some(file) = job.text.strip_prefix(CALL_BACK) {
            let Some(before) = before else {
                return Err(format!("this run began none of `{file}`: there is nothing to roll back"));
            };
            if goes_back(&before)? {
                say(&["resume", &before.run]);
            } else {
                say(&["rollback", &before.run, "--reason", &format!("rollback of {}", self.run)]);
            }
        } else if let Some(open) = before.filter(|entry| entry.standing.is_unfinished()) {
            say(&["resume", &open.run]);
        } else {
            let file = self.folder.join(file(job));
            if !file.is_file() {
                return Err(format!("there is no file `{}`", file.display()));
            }
            say(&["run", &file.display().to_string(), "--called-by", &format!("{}/{}/{node}", self.run, job.visit)]);
            words.extend(self.begin.iter().cloned());
        }
        words.extend(self.drive.iter().cloned());
        if let Some(answers) = self.answers.get(node) {
            words.extend(["--answers".to_owned(), answers.display().to_string()]);
        }
        Ok(words)
    }

    /// How the run that was called stands, whatever its process said at its end; and a word for whoever reads of it later.
    fn outcome(&self, job: &Job, end: &End) -> (End, String) {
        let file = file(job);
        let found = match self.latest(job) {
            Ok(found) => found,
            Err(why) => return (End::Lost(format!("how `{file}` ended cannot be read: {why}")), String::new()),
        };
        let Some(RunEntry { run, standing, .. }) = found else {
            // Nothing is on disk of it, so nothing was done.
            let why = if is_look(job) { "" } else { "; it said why" };
            return (End::Spawn(format!("no run of `{file}` began{why}")), String::new());
        };
        let well = if is_back(job) { Outcome::RolledBack } else { Outcome::Completed };
        let open = |how: &str| {
            // Who looks was told the rest when it ended.
            let why = if is_look(job) {
                format!("run {run} is not over")
            } else {
                format!("run {run} of `{file}` {how}; to run this step again goes on with it")
            };
            (End::Lost(why), String::new())
        };
        match standing {
            Standing::Finished { outcome } if outcome == well => (End::Exit(0), format!("run {run} of `{file}`")),
            Standing::Finished { outcome } if is_back(job) && outcome != Outcome::Stuck => {
                (End::Spawn(format!("run {run} of `{file}` was not rolled back; it said why")), String::new())
            }
            Standing::Finished { outcome } => (End::Called(run, outcome), String::new()),
            Standing::Paused { reason } => open(&format!("is paused ({reason})")),
            Standing::Broken { reason } => open(&format!("cannot be read ({reason})")),
            Standing::Running { .. } => open("is still driven by a process"),
            Standing::Empty | Standing::Interrupted => match end {
                End::Signal(signal) => open(&format!("was ended by signal {signal}")),
                _ => open("was interrupted"),
            },
        }
    }
}

/// Whether a run is on its way back, and not at the end of it.
fn goes_back(entry: &RunEntry) -> Result<bool, String> {
    let read = journal::read(&entry.directory).map_err(|e| e.to_string())?;
    let last = read.records.iter().rev().find_map(|record| match record.event {
        Event::RollbackStarted { .. } => Some(true),
        Event::RunFinished { .. } => Some(false),
        _ => None,
    });
    Ok(last.unwrap_or(false))
}

/// The node that called: of the way back the one that it takes back.
fn caller(job: &Job) -> &str {
    if is_back(job) { job.node.strip_suffix(CALLED_BACK).unwrap_or(&job.node) } else { &job.node }
}

fn is_back(job: &Job) -> bool {
    job.text.starts_with(CALL_BACK) || is_look(job) && job.node.ends_with(CALLED_BACK)
}

/// Nobody knows how it ended.
fn is_look(job: &Job) -> bool {
    job.text.starts_with(CALL_LOOK)
}

fn file(job: &Job) -> &str {
    [CALL, CALL_BACK, CALL_LOOK].iter().find_map(|verb| job.text.strip_prefix(verb)).unwrap_or(&job.text)
}

/// What is said of the other run in this one's journal.
fn told(summary: String) -> Part {
    Part { member: "runbook".to_owned(), alone: true, summary, ..Part::default() }
}

impl World {
    /// Begins, resumes or rolls back a run of another runbook, and waits for its end.
    pub(super) async fn call(
        &mut self,
        job: &Job,
        chunks: mpsc::Sender<Chunk>,
        control: watch::Receiver<Control>,
    ) -> Completion {
        let Some(calls) = &self.calls else {
            return Completion::of(End::Spawn(
                "nothing here can run another runbook: run it yourself, then answer `done`".to_owned(),
            ));
        };
        if is_look(job) {
            let (end, summary) = calls.outcome(job, &End::Exit(0));
            let mut completion = Completion::of(end);
            completion.parts = vec![told(summary)];
            return completion;
        }
        if let Some(run) = calls.was_rolled_back(job) {
            let mut completion = Completion::of(End::Exit(0));
            completion.parts = vec![told(format!("run {run} was rolled back already"))];
            return completion;
        }
        let words = match calls.words(job) {
            Ok(words) => words,
            Err(why) => return Completion::of(End::Spawn(why)),
        };
        // What is wrapped here is not wrapped again around it.
        let begin = if calls.terminal { "exec --".to_owned() } else { format!("COLUMNS={} exec --", calls.columns) };
        let text = words.iter().fold(begin, |text, word| format!("{text} {}", quote(word)));
        let here = Job { text, tool: Tool::Shell, fresh: true, attended: calls.terminal, ..job.clone() };
        let mut completion = self.shell.execute(here, chunks, control).await;
        // What never began has nothing to look at.
        if let (Some(calls), false) = (&self.calls, matches!(completion.end, End::Spawn(_))) {
            let (end, summary) = calls.outcome(job, &completion.end);
            completion.end = end;
            completion.parts = vec![told(summary)];
        }
        completion
    }
}
