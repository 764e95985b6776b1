//! Starting a command and seeing it through.

use super::bystander::cannot_change;
use super::output::{self, Output};
use super::process::Command;
use super::scratch::Scratch;
use super::script::{Script, boot};
use super::state::Key;
use super::terminal::Terminal;
use super::{LINGER, ShellSession, find, spare};
use crate::driver::ports::{Chunk, Completion, Control, End, Job, Tool};
use std::ffi::OsStr;
use std::future::poll_fn;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::task::Poll;
use std::time::Instant;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::process::{ChildStderr, ChildStdout};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

/// What is to become of the session after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The command has nothing to do with it.
    Apart,
    /// It cannot have changed it.
    Same,
    /// The command reports.
    Reported,
}

/// A command that can be started, and what must live as long as it runs.
pub(super) struct Prepared {
    command: std::process::Command,
    after: After,
    /// The directory in which a shell that was started ahead must wait to stand for this one.
    spare: Option<PathBuf>,
    _text: Option<Scratch>,
}

impl ShellSession {
    /// Everything up to the start. The error says what to do next.
    pub(super) fn prepare(&mut self, job: &Job) -> Result<Prepared, String> {
        let Some(bash) = self.bash.clone() else {
            return Err(
                "bash is not found in PATH: install bash 4.4 or newer, or put its directory into PATH".to_owned()
            );
        };
        let directory = if job.fresh { &self.start } else { &self.state.directory };
        if !directory.is_dir() {
            return Err(format!(
                "{}: the session's directory is gone: make it again (`mkdir -p`), then retry",
                directory.display()
            ));
        }
        let directory = directory.clone();
        let (text, program) = match &job.tool {
            Tool::Shell | Tool::Sql | Tool::Aws | Tool::Http | Tool::Runbook => (job.text.as_bytes().to_vec(), None),
            Tool::Program(program) => self.program(job, program).map(|(text, file)| (text, Some(file)))?,
        };
        let after = match (job.fresh || program.is_some(), self.cannot_change(&job.text)) {
            (true, _) => After::Apart,
            (_, true) => After::Same,
            _ => After::Reported,
        };
        let reports = after == After::Reported;
        let script = Script {
            text: &text,
            state: (!job.fresh).then_some(&self.state),
            job: &job.environment,
            report: reports.then(|| self.report.path()),
            keep_going: job.keep_going,
            bash_env: self.environment.get(OsStr::new("BASH_ENV")).map(|value| value.as_bytes()),
        }
        .compose();
        let fill = |scratch: &mut Scratch, bytes: &[u8]| {
            scratch
                .set(bytes)
                .map_err(|error| format!("no memory file for the command: {error}: free some memory, then retry"))
        };
        fill(&mut self.script, &script)?;
        if reports {
            fill(&mut self.report, b"")?;
        }
        let mut command = self.shell(&bash, &boot(self.script.path()), &job.node, &directory);
        command.envs(&job.environment);
        // Only a fence that starts where the session stands can use a shell that was started there.
        let spare = !job.fresh && !job.attended && program.is_none() && job.environment.is_empty();
        Ok(Prepared { command, after, spare: spare.then_some(directory), _text: program })
    }

    /// A bash that is ready to be started in `directory`, in a group of its own.
    fn shell(&self, bash: &Path, text: &str, name: &str, directory: &Path) -> std::process::Command {
        let mut command = std::process::Command::new(bash);
        command.args(["--noprofile", "--norc", "-c"]).arg(text).arg(name);
        command.env_clear().envs(&self.environment).env("PWD", directory);
        for name in ["BASH_ENV", "SHELLOPTS", "BASHOPTS"] {
            command.env_remove(name);
        }
        command.current_dir(directory).process_group(0);
        command
    }

    /// Starts the shell of the next fence, so that it is there when it is wanted.
    fn start_ahead(&mut self) {
        let (Some(bash), directory) = (self.bash.clone(), self.state.directory.clone()) else { return };
        if directory.is_dir() {
            let command = self.shell(&bash, &spare::boot(&boot(self.script.path())), "runbook", &directory);
            self.spare.start(command, &directory);
        }
    }

    fn cannot_change(&self, text: &str) -> bool {
        // An alias or an inherited function may stand for anything.
        let hidden = self.state.parts.contains_key(&Key::Variable("BASH_ALIASES".to_owned()))
            || self.environment.keys().any(|name| name.as_bytes().starts_with(b"BASH_FUNC_"));
        !hidden && cannot_change(text, |name| self.state.parts.contains_key(&Key::Function(name.to_owned())))
    }

    /// The shell text that turns into `program`, and the file that it reads.
    fn program(&self, job: &Job, program: &str) -> Result<(Vec<u8>, Scratch), String> {
        let name = program.split_whitespace().next().unwrap_or_default();
        if find::in_path(OsStr::new(name), &self.path(), &self.state.directory).is_none() {
            return Err(format!(
                "{name} is not found in PATH: install it, or mark the fence as one for another program"
            ));
        }
        let mut file = Scratch::new(&self.run).map_err(|error| format!("no memory file for the command: {error}"))?;
        file.set(job.text.as_bytes()).map_err(|error| format!("no memory file for the command: {error}"))?;
        let mut text = b"exec --".to_vec();
        for word in program.split_whitespace() {
            text.push(b' ');
            text.extend_from_slice(&super::state::quote(word.as_bytes()));
        }
        text.push(b' ');
        text.extend_from_slice(&super::state::quote(file.path().as_os_str().as_bytes()));
        Ok((text, file))
    }

    /// Runs it with its output taken.
    pub(super) async fn captured(
        &mut self,
        job: &Job,
        prepared: Prepared,
        chunks: mpsc::Sender<Chunk>,
        mut control: watch::Receiver<Control>,
    ) -> Result<Completion, String> {
        let Prepared { mut command, after, spare, _text } = prepared;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let name = output::name(self.next_output, &job.node, job.attempt);
        self.next_output += 1;
        let mut output = Output::new(&self.run, name, &self.patterns(), job.secret_output);
        let mut children = watch_children()?;
        let ahead = match &spare {
            Some(directory) => self.spare.take(directory, &job.node).await,
            None => None,
        };
        let child = match ahead {
            Some(child) => child,
            None => start(&mut command)?,
        };
        let mut command = self.watch(child, job, &mut output);
        if spare.is_some() {
            self.start_ahead();
        }
        let mut pipes = Pipes::of(&mut command)?;
        let mut listening = !stop_if_asked(&mut command, &mut control);
        let mut buffer = vec![0; 64 << 10];
        loop {
            command.look();
            let linger = command.ended().map(|ended| ended + LINGER);
            if command.settled() && (pipes.are_closed() || linger.is_none_or(|until| Instant::now() >= until)) {
                break;
            }
            let wake = command.wake_at().min(linger.filter(|_| command.settled()).unwrap_or_else(far));
            tokio::select! {
                biased;
                changed = control.changed(), if listening => {
                    listening = changed.is_ok() && !stop_if_asked(&mut command, &mut control);
                }
                _ = children.recv(), if command.ended().is_none() => {}
                () = tokio::time::sleep_until(wake.into()) => {}
                permit = chunks.reserve(), if !output.waiting.is_empty() => match permit {
                    Ok(permit) => if let Some(chunk) = output.taken() { permit.send(chunk) },
                    Err(_) => output.abandon(),
                },
                (stderr, read) = pipes.next(&mut buffer), if !pipes.are_closed() => match read {
                    Ok(0) => output.close(stderr),
                    Ok(count) => output.take(stderr, &buffer[..count]),
                    Err(error) => {
                        output.close(stderr);
                        output.remark(&format!("the rest of the output cannot be read: {error}"));
                    }
                },
            }
        }
        if !pipes.are_closed() {
            pipes.detach(&mut output, command.was_stopped());
        }
        let (end, took) = command.reap();
        self.secrets.extend(output.secrets());
        let mut completion = self.complete(job, end, after, Some(&mut output));
        completion.took = took;
        deliver(&mut output, &chunks).await;
        let (kept, synced) = output.finish();
        if let Err(error) = synced {
            // The driver has no other ear for it, and the journal's own sync will fail for the same reason.
            let bytes = format!("[runbook: the output file is not safely on disk: {error}]\n").into_bytes();
            chunks.send(Chunk { stderr: true, bytes }).await.unwrap_or_default();
        }
        completion.stdout = kept.stdout;
        completion.stderr = kept.stderr;
        completion.truncated = kept.truncated;
        completion.output = kept.blob;
        Ok(completion)
    }

    /// Runs it on the real terminal.
    pub(super) async fn attended(
        &mut self,
        job: &Job,
        prepared: Prepared,
        mut control: watch::Receiver<Control>,
    ) -> Result<Completion, String> {
        let Prepared { mut command, after, spare: _, _text } = prepared;
        let no_terminal = |error: io::Error| {
            format!("it needs a terminal and there is none ({error}): run it from one, or do it by hand and say so")
        };
        let mut terminal = Terminal::open().map_err(no_terminal)?;
        let [stdin, stdout, stderr] = terminal.stdio().map_err(no_terminal)?;
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        let mut children = watch_children()?;
        let mut output = Output::new(&self.run, output::name(self.next_output, &job.node, job.attempt), &[], false);
        let child = start(&mut command)?;
        let mut command = self.watch(child, job, &mut output);
        // When this fails the command is in the background, where a read stops it: then it is ended below, by hand or by time.
        let lent = terminal.lend(command.group());
        if let Err(error) = &lent {
            command.stop(End::Lost(format!(
                "the terminal could not be given to it: {error}: run it in a shell of your own"
            )));
        }
        let mut listening = !stop_if_asked(&mut command, &mut control);
        loop {
            command.look();
            if command.settled() {
                break;
            }
            tokio::select! {
                biased;
                changed = control.changed(), if listening => {
                    listening = changed.is_ok() && !stop_if_asked(&mut command, &mut control);
                }
                _ = children.recv(), if command.ended().is_none() => {}
                () = tokio::time::sleep_until(command.wake_at().into()) => {}
            }
        }
        let back = terminal.take_back();
        let (end, took) = command.reap();
        let mut completion = self.complete(job, end, after, None);
        completion.took = took;
        if let Err(error) = back {
            completion.stderr = format!("[runbook: the terminal could not be taken back: {error}]\n").into_bytes();
        }
        Ok(completion)
    }

    /// From here on it runs: its note is made, its time counts.
    fn watch(&mut self, child: std::process::Child, job: &Job, output: &mut Output) -> Command {
        if let Err(error) = self.note.begin(child.id(), &job.node, job.attempt) {
            output.remark(&format!("no note of the running process could be made: {error}"));
        }
        Command::new(child, job.timeout, self.grace, job.attended)
    }

    /// What is to be done after the command: the session's new state.
    fn complete(&mut self, job: &Job, end: End, after: After, output: Option<&mut Output>) -> Completion {
        let mut trouble = Vec::new();
        // A lost command may still run: its note stays.
        if !matches!(end, End::Lost(_))
            && let Err(error) = self.note.end()
        {
            trouble.push(format!("the note of the running process could not be removed: {error}"));
        }
        let (session, names) = match (&end, after) {
            (End::Exit(_), After::Same) => (None, Some(self.state.names().map(str::to_owned).collect())),
            (End::Exit(_), After::Reported) => self.absorb(job).unwrap_or_else(|error| {
                trouble.push(format!("the session's state could not be saved: {error}: a resume will not have it"));
                (None, None)
            }),
            _ => (None, None),
        };
        let mut stderr = Vec::new();
        match output {
            Some(output) => trouble.iter().for_each(|text| output.remark(text)),
            None => trouble.iter().for_each(|text| stderr.extend_from_slice(format!("[runbook: {text}]\n").as_bytes())),
        }
        let took = std::time::Duration::ZERO;
        Completion { took, stderr, session, names, ..Completion::of(end) }
    }
}

fn start(command: &mut std::process::Command) -> Result<std::process::Child, String> {
    command.spawn().map_err(|error| {
        let bash = PathBuf::from(command.get_program());
        format!("{} cannot be started: {error}: try it by hand, then retry", bash.display())
    })
}

/// Gives the driver what it has not taken yet.
async fn deliver(output: &mut Output, chunks: &mpsc::Sender<Chunk>) {
    while let Some(chunk) = output.taken() {
        if chunks.send(chunk).await.is_err() {
            output.abandon();
        }
    }
}

fn watch_children() -> Result<Signal, String> {
    signal(SignalKind::child()).map_err(|error| format!("the end of a command could not be seen: {error}"))
}

fn stop_if_asked(command: &mut Command, control: &mut watch::Receiver<Control>) -> bool {
    let asked = *control.borrow_and_update() == Control::Stop;
    if asked {
        command.stop(End::Stopped);
    }
    asked
}

fn far() -> Instant {
    Instant::now() + std::time::Duration::from_secs(3600)
}

/// Our ends of a command's output.
struct Pipes {
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    stderr_first: bool,
}

impl Pipes {
    fn of(command: &mut Command) -> Result<Self, String> {
        let child = command.child();
        let unreadable = |error: io::Error| format!("its output cannot be read: {error}");
        let stdout = child.stdout.take().map(ChildStdout::from_std).transpose().map_err(unreadable)?;
        let stderr = child.stderr.take().map(ChildStderr::from_std).transpose().map_err(unreadable)?;
        Ok(Self { stdout, stderr, stderr_first: false })
    }

    fn are_closed(&self) -> bool {
        self.stdout.is_none() && self.stderr.is_none()
    }

    /// The next piece, and whether it is from standard error. The two take turns when both have something.
    async fn next(&mut self, buffer: &mut [u8]) -> (bool, io::Result<usize>) {
        let first = self.stderr_first;
        let (stderr, read) = poll_fn(|context| {
            for stderr in [first, !first] {
                let mut space = ReadBuf::new(buffer);
                let polled = match (stderr, &mut self.stdout, &mut self.stderr) {
                    (false, Some(pipe), _) => Pin::new(pipe).poll_read(context, &mut space),
                    (true, _, Some(pipe)) => Pin::new(pipe).poll_read(context, &mut space),
                    _ => continue,
                };
                if let Poll::Ready(read) = polled {
                    return Poll::Ready((stderr, read.map(|()| space.filled().len())));
                }
            }
            Poll::Pending
        })
        .await;
        self.stderr_first = !stderr;
        if !matches!(read, Ok(1..)) {
            if stderr {
                self.stderr = None;
            } else {
                self.stdout = None;
            }
        }
        (stderr, read)
    }

    /// Somebody in the background still holds the output. What they write is read and thrown away as long as we live, so
    /// that a daemon which was just started is not ended by its first message.
    fn detach(self, output: &mut Output, stopped: bool) {
        if self.stdout.is_some() {
            output.close(false);
        }
        if self.stderr.is_some() {
            output.close(true);
        }
        if !stopped {
            output.remark(
                "output still open, detached: a process in the background holds it; what it writes from here on is not kept \
                 (give it a file of its own: `… >/var/log/… 2>&1 &`)",
            );
        }
        if let Some(pipe) = self.stdout {
            drain(pipe);
        }
        if let Some(pipe) = self.stderr {
            drain(pipe);
        }
    }
}

fn drain(mut pipe: impl AsyncRead + Unpin + Send + 'static) {
    tokio::spawn(async move { tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await });
}
