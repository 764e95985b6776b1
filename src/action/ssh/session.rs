//! One command on a host, from the call of `ssh` to its end.

use super::client::{self, Client};
use super::remote;
use super::stream::{Event, Stream};
use crate::action::group::Say;
use crate::driver::ports::{Control, End, JUDGED, Job};
use crate::engine::guard::differences;
use crate::plan::render::Facts;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

/// How long a host may take to let us in and greet, jump hosts included.
const GREETING: Duration = Duration::from_secs(30);
/// Between TERM and KILL there.
const GRACE: Duration = Duration::from_secs(5);
/// What is granted beyond that until the end of a group is confirmed.
const CONFIRM: Duration = Duration::from_secs(25);
/// How long output may stay open after the command has ended.
const LINGER: Duration = Duration::from_secs(1);

/// Resolves when the driver says stop; never when nobody can any more.
pub(in crate::action) async fn stopped(mut control: watch::Receiver<Control>) {
    loop {
        if *control.borrow_and_update() == Control::Stop {
            return;
        }
        if control.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// A running `ssh`.
struct Line {
    child: Child,
    stdin: Option<ChildStdin>,
    out: Option<ChildStdout>,
    err: Option<ChildStderr>,
    streams: [Stream; 2],
    buffers: [Vec<u8>; 2],
}

impl Line {
    /// Starts `ssh` in a group of its own: Ctrl-C is ours to hear.
    fn open(client: &Client<'_>, line: &str, token: &str) -> Result<Self, String> {
        let mut command = tokio::process::Command::from(client.call(line));
        let mut child = command.process_group(0).kill_on_drop(true).spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "`ssh` is not found in PATH: install the OpenSSH client".to_owned(),
            _ => format!("`ssh` cannot be started: {error}"),
        })?;
        let (stdin, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let streams = [Stream::new(token), Stream::new(token)];
        Ok(Self { child, stdin, out, err, streams, buffers: [vec![0; 16 << 10], vec![0; 16 << 10]] })
    }

    /// What a stream says next, and whether it is standard error; `None` when both have ended.
    async fn next(&mut self) -> Option<(bool, Vec<Event>)> {
        let [out_buffer, err_buffer] = &mut self.buffers;
        let (stderr, count) = tokio::select! {
            read = read(&mut self.out, out_buffer), if self.out.is_some() => (false, read),
            read = read(&mut self.err, err_buffer), if self.err.is_some() => (true, read),
            else => return None,
        };
        let index = usize::from(stderr);
        if count == 0 {
            if stderr {
                self.err = None;
            } else {
                self.out = None;
            }
            return Some((stderr, self.streams[index].finish()));
        }
        Some((stderr, self.streams[index].push(&self.buffers[index][..count])))
    }

    /// Waits until the host has said what it is, on both streams: what it says before that is not the command's.
    async fn greeting(&mut self, destination: &str) -> Result<Facts, String> {
        let until = Instant::now() + GREETING;
        let (mut facts, mut greeted) = (None, false);
        loop {
            if greeted && let Some(facts) = facts.take() {
                return Ok(facts);
            }
            let late = |_| {
                let said = format!("it did not answer within {} s", GREETING.as_secs());
                client::refused(destination, &said)
            };
            let Some((stderr, events)) = timeout_at(until, self.next()).await.map_err(late)? else {
                return Err(client::refused(destination, &self.streams[1].before()));
            };
            for event in events {
                match event {
                    Event::Begin(found) if stderr => facts = Some(named(&found)),
                    Event::Begin(_) => greeted = true,
                    _ => {}
                }
            }
        }
    }

    /// Lets `ssh` end by itself, for a moment.
    async fn end(mut self) {
        self.stdin = None;
        if timeout(Duration::from_secs(1), self.child.wait()).await.is_err() {
            // It is killed when it is dropped.
            drop(self.child);
        }
    }
}

async fn read<R: AsyncReadExt + Unpin>(from: &mut Option<R>, buffer: &mut [u8]) -> usize {
    match from {
        // An error is an end: what matters is whether our own last word arrived.
        Some(from) => from.read(buffer).await.unwrap_or(0),
        None => 0,
    }
}

fn named(found: &[String]) -> Facts {
    let names = ["hostname", "user", "id", "boot"];
    names.iter().zip(found).map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn token() -> Result<String, String> {
    let mut random = [0_u8; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| io::Read::read_exact(&mut file, &mut random))
        .map_err(|error| format!("no random bytes: {error}"))?;
    Ok(random.iter().fold("runbook-".to_owned(), |token, byte| format!("{token}{byte:02x}")))
}

/// What a host says it is. Changes nothing.
pub(super) async fn identify(client: &Client<'_>) -> Result<Facts, String> {
    let token = token()?;
    let mut line = Line::open(client, &remote::hello(&token), &token)?;
    let facts = line.greeting(&client.host.destination).await?;
    line.end().await;
    Ok(facts)
}

/// How a command on a host went.
pub(super) struct Ran {
    pub(super) end: End,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    pub(super) truncated: bool,
    pub(super) remarks: Vec<String>,
    /// The connection was lost in the middle.
    pub(super) broke: bool,
}

impl Ran {
    fn never(end: End) -> Self {
        Self { end, stdout: Vec::new(), stderr: Vec::new(), truncated: false, remarks: Vec::new(), broke: false }
    }
}

/// Runs a job's text there, once the host is known to be the one that was shown.
pub(super) async fn run(
    client: &Client<'_>,
    job: &Job,
    expected: Option<&Facts>,
    say: &Say,
    control: watch::Receiver<Control>,
) -> Ran {
    let destination = &client.host.destination;
    let opened = token().and_then(|token| Line::open(client, &remote::hello(&token), &token));
    let mut line = match opened {
        Ok(line) => line,
        Err(message) => return Ran::never(End::Spawn(message)),
    };
    let facts = tokio::select! {
        biased;
        () = stopped(control.clone()) => return Ran::never(End::Stopped),
        greeted = line.greeting(destination) => match greeted {
            Ok(facts) => facts,
            Err(message) => return Ran::never(End::Spawn(message)),
        },
    };
    let changes = expected.map(|before| differences(before, &facts)).unwrap_or_default();
    if !changes.is_empty() {
        let message =
            format!("`{}` is not what was shown: {}; nothing was run there", say.member(), changes.join(", "));
        return Ran::never(End::WrongTarget(message));
    }
    let mut following = Following {
        client,
        job,
        say,
        ran: Ran::never(End::Exit(0)),
        pid: None,
        status: None,
        ended: [false; 2],
        stop: None,
        killer: None,
        confirmed: None,
    };
    let unsent = following.follow(&mut line, control).await;
    line.end().await;
    following.judged(destination, unsent)
}

type Killing<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;

/// A command that runs there.
struct Following<'a> {
    client: &'a Client<'a>,
    job: &'a Job,
    say: &'a Say,
    ran: Ran,
    pid: Option<i32>,
    status: Option<i32>,
    /// On which streams the host said that it ended.
    ended: [bool; 2],
    /// Why we end it, and when that is given up.
    stop: Option<(End, Instant)>,
    killer: Option<Killing<'a>>,
    /// What came of ending it.
    confirmed: Option<Result<(), String>>,
}

impl Following<'_> {
    /// Sends the text and follows it to its end. Gives why it could not be sent.
    async fn follow(&mut self, line: &mut Line, control: watch::Receiver<Control>) -> Option<String> {
        let stdin = line.stdin.take();
        let payload = remote::payload(self.job);
        let sending = async move {
            let Some(mut stdin) = stdin else { return Err(io::ErrorKind::BrokenPipe.into()) };
            stdin.write_all(&payload).await?;
            stdin.shutdown().await
        };
        tokio::pin!(sending);
        let stopping = stopped(control);
        tokio::pin!(stopping);
        let limit = self.job.timeout.map(|limit| (limit, Instant::now() + limit));
        let (mut sent, mut unsent, mut listening) = (false, None, true);
        let mut linger: Option<Instant> = None;
        loop {
            if linger.is_none() && self.ended == [true; 2] && (self.stop.is_none() || self.confirmed.is_some()) {
                linger = Some(Instant::now() + LINGER);
            }
            let over = self.over(linger);
            tokio::select! {
                biased;
                () = &mut stopping, if self.stop.is_none() => self.end_it(End::Stopped),
                () = sleep_until(limit.map_or(over, |(_, at)| at)), if limit.is_some() && self.stop.is_none() => {
                    self.end_it(End::TimedOut(limit.map(|(limit, _)| limit).unwrap_or_default()));
                }
                done = poll(&mut self.killer), if self.killer.is_some() => {
                    self.killer = None;
                    // What is gone closes its output; a lost connection never will.
                    linger = Some(Instant::now() + LINGER);
                    self.confirmed = Some(done);
                }
                wrote = &mut sending, if !sent => {
                    sent = true;
                    unsent = wrote.err().map(|error| error.to_string());
                }
                heard = line.next(), if listening => match heard {
                    Some((stderr, events)) => self.hear(stderr, events).await,
                    None => listening = false,
                },
                () = sleep_until(over), if linger.is_some() || self.stop.is_some() => {
                    if self.stop.is_none() && listening {
                        self.ran.remarks.push(
                            "output still open, detached: a process in the background holds it; give it a file of its own"
                                .to_owned(),
                        );
                    }
                    break;
                }
            }
            if !listening && (self.stop.is_none() || self.killer.is_none()) {
                break;
            }
        }
        unsent
    }

    /// When there is nothing more to wait for.
    fn over(&self, linger: Option<Instant>) -> Instant {
        let given_up = self.stop.as_ref().map(|(_, at)| *at);
        linger.or(given_up).unwrap_or_else(|| Instant::now() + Duration::from_secs(3600))
    }

    /// It must end, for this reason.
    fn end_it(&mut self, end: End) {
        self.stop = Some((end, Instant::now() + GRACE + CONFIRM));
        self.kill();
    }

    /// Ends its group there, as soon as its number is known.
    fn kill(&mut self) {
        if let (Some(_), Some(pid), true) = (&self.stop, self.pid, self.killer.is_none() && self.confirmed.is_none()) {
            self.killer = Some(Box::pin(kill(self.client, pid)));
        }
    }

    async fn hear(&mut self, stderr: bool, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Text(bytes) => {
                    let kept = if stderr { &mut self.ran.stderr } else { &mut self.ran.stdout };
                    let room = JUDGED.saturating_sub(kept.len()).min(bytes.len());
                    kept.extend_from_slice(&bytes[..room]);
                    self.ran.truncated |= room < bytes.len();
                    self.say.hear(stderr, &bytes).await;
                }
                Event::Pid(pid) => {
                    self.pid = Some(pid);
                    self.kill();
                }
                Event::End(status) => {
                    self.status = Some(status);
                    self.ended[usize::from(stderr)] = true;
                }
                Event::Begin(_) => {}
            }
        }
    }

    fn judged(self, destination: &str, unsent: Option<String>) -> Ran {
        let Self { mut ran, stop, status, confirmed, .. } = self;
        ran.broke = stop.is_none() && status.is_none();
        ran.end = match (stop, status, confirmed) {
            (Some((end, _)), _, Some(Ok(()))) => end,
            (Some((end, _)), _, failed) => {
                let why = failed.and_then(Result::err).unwrap_or_else(|| "nothing was heard of it".to_owned());
                let after = if end == End::Stopped { "was told to stop" } else { "took too long" };
                End::Lost(format!(
                    "it {after} on `{destination}`, and nobody can say whether it ended ({why}): look there before you go on"
                ))
            }
            (None, Some(status), _) => End::Exit(status),
            (None, None, _) if unsent.is_some() => {
                let said =
                    format!("the connection was lost before all of it was sent ({})", unsent.unwrap_or_default());
                End::Spawn(client::refused(destination, &said))
            }
            (None, None, _) => End::Lost(format!(
                "the connection to `{destination}` was lost in the middle: it may have been carried out, or still be at \
                 work there: look before you go on"
            )),
        };
        ran
    }
}

/// Waits for a future that is there.
async fn poll(future: &mut Option<Killing<'_>>) -> Result<(), String> {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

/// Ends a group there: `Ok` when nothing of it is left.
async fn kill(client: &Client<'_>, pid: i32) -> Result<(), String> {
    let mut command = tokio::process::Command::from(client.call(&remote::kill(pid, GRACE.as_millis() / 100)));
    command.process_group(0).kill_on_drop(true).stdin(Stdio::null());
    let output = timeout(GRACE + CONFIRM, command.output())
        .await
        .map_err(|_| "the host does not answer".to_owned())?
        .map_err(|error| format!("`ssh` cannot be started: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    match said.lines().last().map(str::trim) {
        Some("gone") => Ok(()),
        Some("alive") => Err(format!("process group {pid} does not die, even by KILL")),
        _ => {
            Err(String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("the host does not answer").to_owned())
        }
    }
}
