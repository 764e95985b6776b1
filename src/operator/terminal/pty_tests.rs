//! The terminal on a real pseudo-terminal: this test program starts itself as the child that asks.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::operator::fixture::{PROMOTE, plan, question, run, standing, state};
use crate::operator::style::Style;
use crate::runbook::model::{Effect, Language, ValueKind};
use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const ASK: &str = "RUNBOOK_TEST_ASK";
const INTO: &str = "RUNBOOK_TEST_INTO";

/// Asks one question on standard input and output and writes the reply to a file. Only the child does anything here.
#[test]
fn child() {
    let (Ok(what), Ok(into)) = (std::env::var(ASK), std::env::var(INTO)) else { return };
    let screen = Screen::stdout(Language::En);
    let mut terminal = Terminal::stdin(screen.clone(), "alice");
    let (plan, state) = (plan(Language::En), state(Language::En));
    let (node, ask) = match what.as_str() {
        "read" | "interrupted" => ("confirm", run("mysqladmin ping", Effect::Read, false)),
        "pivot" => ("promote", run(PROMOTE, Effect::Write, true)),
        "secret" => (
            "confirm",
            Ask::Value {
                name: "password".into(),
                prompt: "Password of the administrator".into(),
                written: None,
                default: None,
                secret: true,
                kind: ValueKind::Text,
                objective: None,
                options: vec![],
            },
        ),
        other => panic!("{other}"),
    };
    if what == "pivot" {
        // Something else goes on while the operator types ahead.
        screen.line(Tone::Plain, "busy").unwrap();
        screen.flush().unwrap();
        std::thread::sleep(Duration::from_millis(400));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let said = if what == "interrupted" {
        format!("{:?}", runtime.block_on(terminal.interrupted(&standing(&plan, &state))))
    } else {
        format!("{:?}", runtime.block_on(terminal.ask(&question(node, ask), &standing(&plan, &state))))
    };
    std::fs::write(into, said).unwrap();
}

struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Option<Box<dyn Write + Send>>,
    bytes: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    into: PathBuf,
    _directory: tempfile::TempDir,
}

impl Pty {
    fn new(what: &str, environment: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let into = directory.path().join("reply");
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "operator::terminal::pty_tests::child", "--nocapture", "--quiet"]);
        for name in ["VISUAL", "EDITOR", "NO_COLOR", "CLICOLOR_FORCE", "LC_ALL", "LC_CTYPE"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env(ASK, what);
        command.env(INTO, &into);
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (send, bytes) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n) = reader.read(&mut buffer) {
                if n == 0 || send.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = Some(pair.master.take_writer().unwrap());
        Self { master: Some(pair.master), keys, bytes, seen: Vec::new(), child, into, _directory: directory }
    }

    /// Waits until `text` is on the screen.
    fn until(&mut self, text: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            if self.screen().contains(text) {
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            match self.bytes.recv_timeout(left) {
                Ok(bytes) => self.seen.extend(bytes),
                Err(error) => panic!("`{text}` never came ({error}):\n{}", self.screen()),
            }
        }
    }

    fn screen(&self) -> String {
        let mut parser = vt100::Parser::new(60.try_into().unwrap(), 80.try_into().unwrap(), 0);
        parser.process(&self.seen);
        parser.screen().contents()
    }

    fn type_(&mut self, text: &str) {
        let keys = self.keys.as_mut().unwrap();
        keys.write_all(text.as_bytes()).unwrap();
        keys.flush().unwrap();
    }

    fn reply(&mut self) -> String {
        self.child.wait().unwrap();
        std::fs::read_to_string(&self.into).unwrap()
    }
}

#[test]
fn enter_runs_a_read_on_a_real_terminal() {
    let mut pty = Pty::new("read", &[]);
    pty.until("1.1  RTO 01:12 of 5m ›");
    assert!(String::from_utf8_lossy(&pty.seen).contains("\x1b[1;36m"), "no colour on a capable terminal");
    pty.type_("\n");
    assert!(pty.reply().contains("Run { edited: None }"));
}

#[test]
fn a_dumb_terminal_gets_plain_text() {
    let mut pty = Pty::new("read", &[("TERM", "dumb"), ("LANG", "C")]);
    pty.until("1.1  RTO 01:12 of 5m >");
    let bytes = String::from_utf8(pty.seen.clone()).unwrap();
    assert!(bytes.is_ascii() && !bytes.contains('\x1b'), "{bytes:?}");
    pty.type_("y\n");
    assert!(pty.reply().contains("Run"));
}

#[test]
fn what_was_typed_before_a_dangerous_question_is_no_answer() {
    let mut pty = Pty::new("pivot", &[]);
    pty.until("busy");
    pty.type_("3.1\n3.1\n");
    pty.until("step 24s of 30s ›");
    std::thread::sleep(Duration::from_millis(200));
    assert!(!pty.into.exists(), "an answer was taken that came before its question");
    pty.type_("3.1\n");
    assert!(pty.reply().contains("Run { edited: None }"));
}

#[test]
fn secrets_are_not_echoed_and_echo_comes_back() {
    let mut pty = Pty::new("secret", &[]);
    pty.until("5m ›");
    pty.type_("hunter2\n");
    assert!(pty.reply().contains("hunter2"));
    while let Ok(bytes) = pty.bytes.recv_timeout(Duration::from_millis(200)) {
        pty.seen.extend(bytes);
    }
    assert!(!pty.screen().contains("hunter2"), "{}", pty.screen());
    let flags = pty.master.as_ref().unwrap().get_termios().unwrap().local_flags;
    // Another version of the library: compare by name.
    assert!(format!("{flags:?}").contains("ECHO |") || format!("{flags:?}").contains("ECHO)"), "{flags:?}");
}

#[test]
fn ctrl_c_at_a_prompt_asks() {
    let mut pty = Pty::new("read", &[]);
    pty.until("5m ›");
    pty.type_("\x03");
    pty.until("p pause, a abort");
    pty.type_("\n");
    std::thread::sleep(Duration::from_millis(200));
    assert!(!pty.into.exists());
    pty.type_("\x03");
    std::thread::sleep(Duration::from_millis(300));
    pty.type_("\x03");
    assert!(pty.reply().contains("Pause"));
}

#[test]
fn ctrl_c_twice_while_a_command_runs_stops_it() {
    let mut pty = Pty::new("interrupted", &[]);
    pty.until("s stop it now");
    pty.type_("\x03");
    assert_eq!(pty.reply(), "Stop");
}

#[test]
fn a_terminal_that_hangs_up_is_gone() {
    let mut pty = Pty::new("pivot", &[]);
    pty.until("step 24s of 30s ›");
    pty.type_("\x04");
    assert_eq!(pty.reply(), "Gone");
}

#[test]
fn the_editor_changes_the_command() {
    let mut pty = Pty::new("pivot", &[("EDITOR", "sed -i s/10\\)/60\\)/")]);
    pty.until("step 24s of 30s ›");
    pty.type_("e\n");
    pty.until("edited; this will run:");
    pty.until("type 3.1");
    std::thread::sleep(Duration::from_millis(100));
    pty.type_("3.1\n");
    let reply = pty.reply();
    assert!(reply.contains("MASTER_GTID_WAIT('0-1-48211', 60)"), "{reply}");
}

#[test]
fn nothing_is_drawn_over() {
    let mut pty = Pty::new("pivot", &[]);
    pty.until("step 24s of 30s ›");
    let style = Style::plain(80);
    let screen = pty.screen();
    assert!(screen.lines().all(|l| crate::operator::text::width(l) <= style.width));
    let bytes = String::from_utf8_lossy(&pty.seen).into_owned();
    for (i, _) in bytes.match_indices("\x1b[") {
        let end = bytes[i..].find(|c: char| c.is_ascii_alphabetic()).unwrap();
        assert_eq!(&bytes[i + end..=i + end], "m", "only colours: {:?}", &bytes[i..=i + end]);
    }
    pty.type_("\x04");
    assert_eq!(pty.reply(), "Gone");
}
