//! Commands that get the real terminal. Each test starts this test binary again in a pseudo-terminal, as the process that
//! owns the session.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use runbook::action::shell::ShellSession;
use runbook::driver::ports::{Chunk, Completion, Control, Executor, Job};
use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tokio::signal::unix::SignalKind;
use tokio::sync::{mpsc, watch};

const ROLE: &str = "RUNBOOK_TEST_TEXT";

/// The other side: runs the texts of the variable, split at `%%`, on this terminal, then one that takes its output.
#[test]
fn owner() {
    let Ok(texts) = std::env::var(ROLE) else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut session =
        ShellSession::new(directory.path(), directory.path()).unwrap().with_grace(Duration::from_millis(300));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // As the driver does. Without it, a test run started with SIGINT ignored (`… &`) hands that on to the command.
    let _interrupts = runtime.block_on(async { tokio::signal::unix::signal(SignalKind::interrupt()).unwrap() });
    let mut execute = |text: &str, attended: bool| -> Completion {
        let job = Job {
            attended,
            timeout: Some(Duration::from_secs(if text.contains("FOREVER") { 1 } else { 20 })),
            secrets: vec!["hunter2".into()],
            ..Job::shell("n", text)
        };
        let (sender, _receiver) = mpsc::channel::<Chunk>(100);
        let (_keep, control) = watch::channel(Control::Run);
        runtime.block_on(session.execute(job, sender, control))
    };
    for text in texts.split("%%") {
        let done = execute(text, true);
        println!("<<{:?} {:?} {}>>", done.end, done.names, done.output.is_none());
    }
    let done = execute("stty -a </dev/tty 2>/dev/null | grep -o '.echo\\b'; echo answer=${ANSWER-none}", false);
    println!("<<then {:?} {:?}>>", done.end, String::from_utf8_lossy(&done.stdout));
}

struct Pty {
    writer: Box<dyn Write + Send>,
    from: Receiver<Vec<u8>>,
    seen: String,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Pty {
    fn run(texts: &str) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows: 24, cols: 200, ..PtySize::default() }).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "owner", "--nocapture", "--test-threads=1"]);
        command.env(ROLE, texts);
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let (to, from) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if to.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { writer, from, seen: String::new(), child, _master: pair.master }
    }

    fn wait(&mut self, wanted: &str) {
        let until = Instant::now() + Duration::from_secs(15);
        while !self.seen.contains(wanted) {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(bytes) = self.from.recv_timeout(left) else { panic!("no {wanted:?} in:\n{}", self.seen) };
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
    }

    fn send(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    fn end(mut self) {
        self.wait("<<then Exit(0)");
        assert!(self.child.wait().unwrap().success(), "{}", self.seen);
    }
}

#[test]
fn it_reads_and_writes_the_terminal_and_the_session_goes_on() {
    let mut pty =
        Pty::run("test -t 0 && test -t 1 && test -t 2 && tty; read -rp 'which replica? ' ANSWER; echo \"[$ANSWER]\"");
    pty.wait("which replica? ");
    pty.send("replica2\n");
    pty.wait("[replica2]");
    assert!(pty.seen.contains("/dev/pts/"), "the terminal's own name: {}", pty.seen);
    pty.wait("<<Exit(0) Some([\"ANSWER\"]) true>>");
    pty.wait("answer=replica2");
    pty.end();
}

#[test]
fn ctrl_c_ends_the_command_and_not_us() {
    let mut pty = Pty::run("echo begun; sleep 30%%echo second; read -r LINE; echo \"<$LINE>\"");
    pty.wait("begun\r\n");
    // A bash with an exit trap loses a Ctrl-C in the millisecond in which it forks.
    std::thread::sleep(Duration::from_millis(300));
    pty.send("\u{3}");
    pty.wait("<<Signal(2) None true>>");
    pty.wait("second");
    pty.send("x\n");
    pty.wait("<x>");
    pty.end();
}

#[test]
fn ctrl_z_does_not_leave_it_asleep() {
    let mut pty = Pty::run("echo begun; read -r LINE; echo \"got $LINE\"");
    pty.wait("begun\r\n");
    pty.send("\u{1a}");
    std::thread::sleep(Duration::from_millis(400));
    pty.send("awake\n");
    pty.wait("got awake");
    pty.end();
}

#[test]
fn the_terminals_modes_are_put_right_after_a_command_that_was_killed() {
    let mut pty = Pty::run("stty -echo; trap '' TERM; : FOREVER; while :; do sleep 0.1; done");
    pty.wait("<<TimedOut(1s) None true>>");
    pty.wait("\" echo\\n");
    pty.end();
}

#[test]
fn without_a_terminal_it_does_not_begin() {
    let output = std::process::Command::new("setsid")
        .args(["-w".as_ref(), std::env::current_exe().unwrap().as_os_str()])
        .args(["--exact", "owner", "--nocapture"])
        .env(ROLE, "echo should not run")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("<<Spawn(\"it needs a terminal and there is none"), "{text}");
}
