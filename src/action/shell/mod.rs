//! The shell session of a run.
//!
//! Every fence is a fresh bash in its own process group, so that a fence that hangs, dies or calls `exit` takes nothing with
//! it. What a person expects to carry over — variables, functions, options, the directory — is reported by bash when it ends
//! and made again when the next begins. The report goes through memory; the part of it that holds no secret is written to
//! `session/<n>.state` when it changed.
//!
//! If runbook itself is killed, a running command goes on in its own group; [`still_running`] finds it.
//!
//! Invariant: the state on disk is always that of a whole fence. A fence that was killed, or replaced itself by `exec`,
//! leaves the state as it was.

mod bystander;
mod declare;
mod dump;
mod files;
mod find;
mod output;
mod process;
mod run;
mod running;
mod scratch;
mod script;
mod spare;
mod state;
mod terminal;

pub(in crate::action) use output::Output;
pub use running::{StillRunning, still_running};

use crate::action::mask;
use crate::driver::ports::{Chunk, Completion, Control, End, Executor, Job};
use crate::engine::event::Blob;
use running::Note;
use scratch::Scratch;
use state::{Key, State};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Between TERM and KILL.
const GRACE: Duration = Duration::from_secs(5);
/// How long output may stay open after the shell has ended.
const LINGER: Duration = Duration::from_millis(200);

/// Runs shell fences, one after the other, as one session.
#[derive(Debug)]
pub struct ShellSession {
    run: PathBuf,
    start: PathBuf,
    environment: BTreeMap<OsString, OsString>,
    bash: Option<PathBuf>,
    umask: Option<String>,
    grace: Duration,
    state: State,
    saved: Vec<u8>,
    secrets: BTreeSet<String>,
    next_state: u64,
    next_output: u64,
    script: Scratch,
    report: Scratch,
    note: Note,
    spare: spare::Spare,
}

impl ShellSession {
    /// An empty session that starts in `start_dir` and keeps its files in `run_dir`.
    ///
    /// # Errors
    /// When the directories in `run_dir` cannot be made.
    pub fn new(run_dir: &Path, start_dir: &Path) -> io::Result<Self> {
        let run = std::path::absolute(run_dir)?;
        let start = std::path::absolute(start_dir)?;
        if !run.is_dir() {
            files::private_directory(&run)?;
        }
        files::private_directory(&run.join("session"))?;
        files::private_directory(&run.join("output"))?;
        let state = State::new(start.clone());
        let session = Self {
            environment: BTreeMap::new(),
            bash: None,
            umask: umask(),
            grace: GRACE,
            saved: state.write(&[]),
            state,
            secrets: BTreeSet::new(),
            next_state: files::next_number(&run.join("session"))?,
            next_output: files::next_number(&run.join("output"))?,
            script: Scratch::new(&run)?,
            report: Scratch::new(&run)?,
            note: Note::new(&run),
            spare: spare::Spare::default(),
            run,
            start,
        };
        Ok(session.with_environment(std::env::vars_os()))
    }

    /// The session that an earlier process left; an empty one when it left none.
    ///
    /// # Errors
    /// When the state's file is not the one that was recorded, or could have been written by somebody else.
    pub fn resume(run_dir: &Path, start_dir: &Path, session: Option<&Blob>) -> io::Result<Self> {
        let mut resumed = Self::new(run_dir, start_dir)?;
        if let Some(blob) = session {
            let bytes = files::fetch(&resumed.run, blob)?;
            resumed.state = State::read(&bytes, &resumed.start).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", resumed.run.join(&blob.file).display()))
            })?;
            resumed.saved = bytes;
        }
        Ok(resumed)
    }

    /// Takes `environment` for the commands instead of this process's own.
    #[must_use]
    pub fn with_environment(mut self, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        self.environment = environment.into_iter().collect();
        let path = self.environment.get(OsStr::new("PATH")).cloned().unwrap_or_default();
        self.bash = find::in_path(OsStr::new("bash"), &path, Path::new("/"));
        self
    }

    /// Takes `grace` as the time between TERM and KILL.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Names of variables and functions of an earlier process that were not kept, because they held a secret. They must be
    /// made again by the runbook or the operator. Empty again for each that is.
    #[must_use]
    pub fn lost(&self) -> Vec<String> {
        self.state.lost.iter().cloned().collect()
    }

    /// Where the next fence starts.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.state.directory
    }

    /// Everything that must not be shown, of this job and of those before it.
    fn patterns(&self) -> Vec<Vec<u8>> {
        mask::patterns(&self.secrets.iter().collect::<Vec<_>>())
    }

    /// Where the output of a job that another executor runs goes: named and masked as the session's own.
    pub(in crate::action) fn output_of(&mut self, job: &Job) -> Output {
        self.secrets.extend(job.secrets.iter().cloned());
        let name = output::name(self.next_output, &job.node, job.attempt);
        self.next_output += 1;
        Output::new(&self.run, name, &self.patterns(), job.secret_output)
    }

    /// Values that no output may show from here on.
    pub(in crate::action) fn hide(&mut self, secrets: impl IntoIterator<Item = String>) {
        self.secrets.extend(secrets);
    }

    /// The `PATH` that commands see.
    fn path(&self) -> OsString {
        use std::os::unix::ffi::OsStringExt;
        match self.state.parts.get(&Key::Variable("PATH".to_owned())) {
            Some(part) => OsString::from_vec(part.plain.clone().unwrap_or_default()),
            None => self.environment.get(OsStr::new("PATH")).cloned().unwrap_or_default(),
        }
    }

    /// Takes over what the fence reported; the blob when that changed what is on disk.
    fn absorb(&mut self, job: &Job) -> io::Result<(Option<Blob>, Option<Vec<String>>)> {
        let dump = self.report.get()?;
        let before = dump::Before {
            state: &self.state,
            environment: &self.environment,
            job: &job.environment,
            umask: self.umask.as_deref(),
        };
        let Some(next) = dump::next(&dump, &before) else { return Ok((None, None)) };
        let names = Some(next.names().map(str::to_owned).collect());
        self.state = next;
        Ok((self.save()?, names))
    }

    fn save(&mut self) -> io::Result<Option<Blob>> {
        let bytes = self.state.write(&self.patterns());
        if bytes == self.saved {
            return Ok(None);
        }
        let name = format!("session/{}.state", self.next_state);
        self.next_state += 1;
        let blob = files::store(&self.run, &name, &bytes)?;
        self.saved = bytes;
        Ok(Some(blob))
    }
}

impl Executor for ShellSession {
    async fn execute(
        &mut self,
        job: Job,
        chunks: mpsc::Sender<Chunk>,
        control: watch::Receiver<Control>,
    ) -> Completion {
        self.secrets.extend(job.secrets.iter().cloned());
        let run = match self.prepare(&job) {
            Ok(prepared) if job.attended => self.attended(&job, prepared, control).await,
            Ok(prepared) => self.captured(&job, prepared, chunks, control).await,
            Err(message) => Err(message),
        };
        run.unwrap_or_else(|message| Completion::of(End::Spawn(message)))
    }

    fn names(&self) -> Vec<String> {
        let inherited = self.environment.keys().filter_map(|name| name.to_str()).filter(|name| {
            self.state.parts.get(&Key::Variable((*name).to_owned())).is_none_or(|part| part.plain.is_some())
        });
        let names: BTreeSet<&str> = inherited.chain(self.state.names()).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    fn lost(&self) -> Vec<String> {
        Self::lost(self)
    }

    fn missing(&self, wanted: &[String]) -> Vec<String> {
        let path = self.path();
        wanted.iter().filter(|name| !self.finds(name, &path)).cloned().collect()
    }
}

impl ShellSession {
    fn finds(&self, name: &str, path: &OsStr) -> bool {
        if find::is_builtin(name) || self.state.parts.contains_key(&Key::Function(name.to_owned())) {
            return true;
        }
        let home = self.environment.get(OsStr::new("HOME"));
        match (name.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => find::is_program(&Path::new(home).join(rest)),
            _ => find::in_path(OsStr::new(name), path, &self.state.directory).is_some(),
        }
    }
}

/// Our own file mode mask. Asking the system for it would change it for a moment.
fn umask() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("Umask:")).map(|mask| mask.trim().to_owned())
}
