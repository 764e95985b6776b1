//! What a run needs from the world, as traits. Dry-run, rehearsal, live runs and tests differ only in these.

use crate::engine::event::{Actor, Event, Outcome};
pub use crate::engine::guard::Said;
use crate::engine::judge::Part;
use crate::engine::question::{Answer, Question};
use crate::plan::aim::Aim;
use crate::plan::model::Plan;
use crate::plan::render::{Facts, Live};
use crate::runbook::model::Effect;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// One command to run, ready to go: rendered, its `StepStarted` on disk.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one attribute of a fence")]
pub struct Job {
    /// Node id; names the output file.
    pub node: String,
    /// 1 for the first try.
    pub attempt: u32,
    /// How often the run has come to the node, this time included.
    pub visit: u32,
    /// The text, secrets in clear.
    pub text: String,
    /// Who carries it out.
    pub tool: Tool,
    /// Where, if not here.
    pub aim: Option<Aim>,
    /// What the place said of itself when it was last shown, by member: it must still say so.
    pub expected: BTreeMap<String, Facts>,
    /// Values that the text binds, in clear.
    pub values: Vec<String>,
    /// What it does, as it was shown.
    pub effect: Effect,
    /// Not the text itself: look how far what it began has come.
    pub watch: bool,
    /// Nothing may change: what is not proven to read is refused.
    pub read_only: bool,
    /// Members of a group at a time; 0 and 1 are one after the other.
    pub parallel: u32,
    /// Go on with the other members when one fails.
    pub all_hosts: bool,
    /// The runbook itself judges the status: one other than 0, or an answer that is an error, is no failure yet.
    pub status_judged: bool,
    /// Members that are done already.
    pub done_on: BTreeSet<String>,
    /// Gets the operator's terminal.
    pub attended: bool,
    /// A session of its own that leaves no trace in the run's.
    pub fresh: bool,
    /// Do not stop at the first failing line.
    pub keep_going: bool,
    /// TERM after this long, KILL `grace` later.
    pub timeout: Option<Duration>,
    /// Variables to set in the environment: inputs that the text reads as `$NAME`.
    pub environment: BTreeMap<String, String>,
    /// Values that must never reach a file.
    pub secrets: Vec<String>,
    /// Its output is a secret: neither streamed nor kept, and treated as one when the session is saved.
    pub secret_output: bool,
}

impl Job {
    /// A text for the shell session, with nothing else said.
    #[must_use]
    pub fn shell(node: &str, text: &str) -> Self {
        Self {
            node: node.to_owned(),
            attempt: 1,
            visit: 1,
            text: text.to_owned(),
            tool: Tool::Shell,
            aim: None,
            expected: BTreeMap::new(),
            values: Vec::new(),
            effect: Effect::Write,
            watch: false,
            read_only: false,
            parallel: 0,
            all_hosts: false,
            status_judged: false,
            done_on: BTreeSet::new(),
            attended: false,
            fresh: false,
            keep_going: false,
            timeout: None,
            environment: BTreeMap::new(),
            secrets: Vec::new(),
            secret_output: false,
        }
    }
}

/// Who carries a job out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tool {
    /// The run's shell session, or a shell on a host.
    Shell,
    /// A program that reads the text from a file.
    Program(String),
    /// A database.
    Sql,
    /// AWS: the first line of the text is service and operation, the rest the parameters as YAML.
    Aws,
    /// HTTP: the first line is method and address, the rest the body.
    Http,
    /// Another runbook: `runbook run FILE`, or `runbook rollback FILE` for the run of it that this one began.
    Runbook,
}

/// A piece of output, as it comes. Secrets are masked already.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// From standard error.
    pub stderr: bool,
    /// The bytes, cut anywhere.
    pub bytes: Vec<u8>,
}

/// What the driver tells a running command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Control {
    /// Go on.
    #[default]
    Run,
    /// TERM, then KILL.
    Stop,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Exit(i32),
    /// By a signal that was not ours.
    Signal(i32),
    /// Its time was up.
    TimedOut(Duration),
    /// Because the operator said so.
    Stopped,
    /// It never began.
    Spawn(String),
    /// It never began, because nobody answers at that place.
    Unreachable(String),
    /// It began, and we cannot know how it ended.
    Lost(String),
    /// A server refused it, or answered with an error.
    Server(String),
    /// The place is not what was shown, or cannot say what it is; nothing was run.
    WrongTarget(String),
    /// This run of another runbook ended otherwise than it should.
    Called(String, Outcome),
}

/// What came of a command.
#[derive(Debug, Clone)]
pub struct Completion {
    /// How it ended.
    pub end: End,
    /// How long it took, by the monotonic clock.
    pub took: Duration,
    /// Standard output, up to [`JUDGED`] bytes, secrets in clear: for captures and expectations only, never for a file.
    pub stdout: Vec<u8>,
    /// Standard error, likewise.
    pub stderr: Vec<u8>,
    /// Whether output was longer than what is kept here.
    pub truncated: bool,
    /// The masked output on disk, synced.
    pub output: Option<crate::engine::event::Blob>,
    /// The session's state after it, on disk, synced; `None` when nothing changed.
    pub session: Option<crate::engine::event::Blob>,
    /// Names that the session now sets (variables, exported or not).
    pub names: Option<Vec<String>>,
    /// What each member answered, where a text is not all there is.
    pub parts: Vec<Part>,
}

impl Completion {
    /// Of a command that ended so and left nothing.
    #[must_use]
    pub fn of(end: End) -> Self {
        Self {
            end,
            took: Duration::ZERO,
            stdout: Vec::new(),
            stderr: Vec::new(),
            truncated: false,
            output: None,
            session: None,
            names: None,
            parts: Vec::new(),
        }
    }
}

/// How much output captures and expectations can see.
pub const JUDGED: usize = 8 << 20;

/// Runs commands.
pub trait Executor {
    /// Runs `job` to its end. Output goes to `chunks` as it comes; `control` may ask it to stop. Dropping the receiver of
    /// `chunks` must not stop the command.
    fn execute(
        &mut self,
        job: Job,
        chunks: mpsc::Sender<Chunk>,
        control: watch::Receiver<Control>,
    ) -> impl Future<Output = Completion>;
    /// Names that are set for commands: the environment's and the session's.
    fn names(&self) -> Vec<String>;
    /// Names of an earlier process that were not kept because they held a secret.
    fn lost(&self) -> Vec<String> {
        Vec::new()
    }
    /// Asks places what they are. Changes nothing.
    fn identify(&mut self, aims: Vec<Aim>) -> impl Future<Output = Said> {
        let nobody = |aim| (aim, Err("nothing here knows that place".to_owned()));
        std::future::ready(aims.into_iter().map(nobody).collect())
    }
    /// Programs of `wanted` that are not found.
    fn missing(&self, wanted: &[String]) -> Vec<String>;
}

/// What an operator port gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// This, said by them.
    Answer(Answer, Actor),
    /// Nobody is there and nothing was prepared.
    Nobody,
    /// The terminal is gone.
    Gone,
}

/// What to do about Ctrl-C while a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// Stop this command.
    Stop,
    /// Let it end, then pause the run.
    Pause,
    /// Nothing.
    GoOn,
}

/// Where a run stands, for whoever shows it.
#[derive(Debug)]
pub struct Standing<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The state.
    pub state: &'a crate::engine::state::RunState,
    /// Since the run began, or since the declared start of the incident.
    pub elapsed: Duration,
    /// Whether `elapsed` counts from the declared start of the incident.
    pub from_incident: bool,
    /// Since the present node was reached.
    pub at_step: Duration,
    /// What monitors find down, and since when.
    pub down: Vec<(String, Duration)>,
}

/// Answers questions.
pub trait Operator {
    /// Asks and waits.
    fn ask(&mut self, question: &Question, standing: &Standing<'_>) -> impl Future<Output = Reply>;
    /// Asks what Ctrl-C meant.
    fn interrupted(&mut self, standing: &Standing<'_>) -> impl Future<Output = Interrupt>;
    /// Says why the last answer was refused.
    fn refused(&mut self, message: &str);
}

/// Sees everything that happens, after it is on disk.
pub trait Reporter {
    /// One record.
    ///
    /// # Errors
    /// When it cannot be shown or written; the run goes on.
    fn record(&mut self, record: &crate::journal::record::Record, standing: &Standing<'_>) -> std::io::Result<()>;
    /// A piece of a running command's output.
    ///
    /// # Errors
    /// As above.
    fn output(&mut self, chunk: &Chunk) -> std::io::Result<()>;
    /// Time passes while a command runs; called about ten times a second.
    ///
    /// # Errors
    /// As above.
    fn tick(&mut self, standing: &Standing<'_>) -> std::io::Result<()>;
    /// The steps are over and a recovery has to last; called about ten times a second.
    ///
    /// # Errors
    /// As above.
    fn waiting(&mut self, _pending: &Pending) -> std::io::Result<()> {
        Ok(())
    }
}

/// What waits for a monitor after the last step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The monitor's name.
    pub monitor: String,
    /// How long it takes at most.
    pub left: Duration,
}

/// What watches beside a run. Everything here is quick except [`Watch::finish`].
pub trait Watch {
    /// What was seen since this was asked last.
    fn seen(&mut self) -> Vec<Event>;
    /// What conditions may look at.
    fn live(&self) -> Live;
    /// What is down, and since when.
    fn down(&self) -> Vec<(String, Duration)>;
    /// A recovery that is too young to count.
    fn pending(&self) -> Option<Pending>;
    /// Stops looking and says what was measured. Takes a bounded time.
    fn finish(&mut self) -> Pin<Box<dyn Future<Output = Vec<Event>> + '_>>;
}

/// The clocks.
pub trait Clock {
    /// For people.
    fn now(&self) -> jiff::Timestamp;
    /// For durations: time since an arbitrary start, sleep included.
    fn monotonic(&self) -> Duration;
}

/// Where a run keeps its files.
#[derive(Debug, Clone)]
pub struct RunFiles {
    /// The run's directory.
    pub directory: PathBuf,
}
