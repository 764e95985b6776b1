#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::engine::event::{Cause, FailureAnswer, UnknownAnswer};
use crate::operator::fixture::{PROMOTE, Paper, plan, question, run, screen, standing, state};
use crate::operator::style::Style;
use crate::runbook::model::{Effect, Language, ValueKind};
use std::io::Cursor;

fn asked(node: &str, ask: Ask, typed: &str) -> (Reply, String) {
    let (screen, paper) = screen(Language::En, Style::plain(80));
    let terminal = Terminal::new(screen, Box::new(Cursor::new(typed.as_bytes().to_vec())), "alice");
    let (reply, _) = with(terminal, node, ask);
    (reply, paper.text())
}

fn with(mut terminal: Terminal, node: &str, ask: Ask) -> (Reply, Terminal) {
    let (plan, state) = (plan(Language::En), state(Language::En));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let reply = runtime.block_on(terminal.ask(&question(node, ask), &standing(&plan, &state)));
    (reply, terminal)
}

fn by(name: &str, answer: Answer) -> Reply {
    Reply::Answer(answer, Actor::Operator(name.into()))
}

fn failure() -> Ask {
    Ask::Failure {
        cause: Cause::Exit { status: 3 },
        after_pivot: false,
        choices: vec![FailureAnswer::Rollback, FailureAnswer::Retry, FailureAnswer::Skip, FailureAnswer::Abort],
    }
}

#[test]
fn the_end_of_input_is_never_a_yes() {
    let gate = || Ask::Gate { question: "q".into(), missing: 1, approved_by: vec![] };
    for (node, ask) in [
        ("confirm", run("x", Effect::Read, false)),
        ("promote", run("x", Effect::Write, true)),
        ("go-no-go", gate()),
        ("tell", Ask::Check { statement: "s".into() }),
        ("tell", Ask::Manual { optional: true, pivot: false }),
        ("promote", failure()),
    ] {
        for typed in ["", "yes", "y", "oui", "3.1", "\r"] {
            assert_eq!(asked(node, ask.clone(), typed).0, Reply::Gone, "{ask:?} {typed:?}");
        }
    }
}

#[test]
fn a_closed_terminal_is_gone() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let screen = Screen::new(Box::new(Closed), Style::plain(80), Language::En);
    let terminal = Terminal::new(screen, Box::new(Cursor::new(b"yes\n".to_vec())), "alice");
    let gate = Ask::Gate { question: "q".into(), missing: 1, approved_by: vec![] };
    assert_eq!(with(terminal, "go-no-go", gate).0, Reply::Gone);
}

#[test]
fn a_pivot_wants_its_number() {
    let (reply, screen) = asked("promote", run(PROMOTE, Effect::Write, true), "\ny\n3.1\n");
    assert_eq!(reply, by("alice", Answer::Run { edited: None }));
    assert!(screen.contains("Enter is not an answer here") && screen.contains("this needs its number: type 3.1"));
}

#[test]
fn reasons_are_asked_for_and_can_be_taken_back() {
    let (reply, _) = asked("promote", run("x", Effect::Write, false), "s\n\ns\np\nnot today\n");
    assert_eq!(reply, by("alice", Answer::Skip { reason: "not today".into() }));
    let (reply, _) = asked("tell", Ask::Manual { optional: true, pivot: false }, "s\n");
    assert_eq!(reply, by("alice", Answer::Skip { reason: "optional".into() }));
    let (reply, _) = asked("promote", failure(), "r\n3.1\n");
    assert_eq!(reply, by("alice", Answer::Failure(FailureAnswer::Retry, String::new())));
    let (reply, _) = asked("promote", failure(), "b too slow\n");
    assert_eq!(reply, by("alice", Answer::Failure(FailureAnswer::Rollback, "too slow".into())));
    let (reply, _) = asked("promote", run("x", Effect::Write, false), "a\nwrong host\nno\na wrong host\nyes\n");
    assert_eq!(reply, by("alice", Answer::Abort { reason: "wrong host".into() }));
    let (reply, _) = asked("promote", run("x", Effect::Write, false), "p\n");
    assert_eq!(reply, by("alice", Answer::Pause { reason: "paused by the operator".into() }));
}

/// Nobody takes the way back by one wrong key: its steps are shown, and it wants a yes in full.
#[test]
fn the_way_back_is_shown_before_it_is_taken() {
    let (mut plan, state) = (plan(Language::En), state(Language::En));
    // The section that leads back.
    plan.rollback = Some(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let unknown = || {
        let choices = vec![UnknownAnswer::Happened, UnknownAnswer::Undo];
        Ask::Unknown { reason: "r".into(), rendered: "x".into(), choices }
    };
    let asks = [
        (run("x", Effect::Write, false), "b", Answer::Rollback { reason: "too slow".into() }),
        (failure(), "b", Answer::Failure(FailureAnswer::Rollback, "too slow".into())),
        (unknown(), "u", Answer::Unknown(UnknownAnswer::Undo, "too slow".into())),
    ];
    for (ask, key, answer) in asks {
        let (screen, paper) = screen(Language::En, Style::plain(80));
        let typed = format!("{key}\n\n{key} too slow\ny\n{key} too slow\nyes\n");
        let mut terminal = Terminal::new(screen, Box::new(Cursor::new(typed.into_bytes())), "alice");
        let reply = runtime.block_on(terminal.ask(&question("promote", ask), &standing(&plan, &state)));
        assert_eq!(reply, by("alice", answer));
        let screen = paper.text();
        assert!(screen.contains("will be undone") && screen.contains("1  Confirm from two sources"), "{screen}");
        assert_eq!(screen.matches("type yes to go back").count(), 2, "{screen}");
    }
}

#[test]
fn two_people_are_two_people() {
    let gate = Ask::Gate { question: "q".into(), missing: 1, approved_by: vec!["Alice".into()] };
    let (reply, screen) = asked("go-no-go", gate, "yes\nalice\nyes\nbob\n");
    assert_eq!(reply, by("bob", Answer::Yes));
    assert!(screen.contains("alice has said yes already"));
    let gate = Ask::Gate { question: "q".into(), missing: 1, approved_by: vec![] };
    assert_eq!(asked("go-no-go", gate, "yes\n").0, by("alice", Answer::Yes));
}

#[test]
fn edited_commands_are_asked_again() {
    let (reply, screen) = asked("confirm", run("echo a", Effect::Read, false), "e\necho b\necho c\n.\n\ny\n1.1\n");
    assert_eq!(reply, by("alice", Answer::Run { edited: Some("echo b\necho c".into()) }));
    assert!(screen.contains("edited; this will run:"));
    let (reply, _) = asked("confirm", run("echo a", Effect::Read, false), "e\n\n\n");
    assert_eq!(reply, by("alice", Answer::Run { edited: None }));
}

#[test]
fn a_note_leaves_the_question_open_and_the_screen_as_it_is() {
    let (screen, paper) = screen(Language::En, Style::plain(80));
    let input = Cursor::new(b"n replica1 looks odd\n\n".to_vec());
    let terminal = Terminal::new(screen, Box::new(input), "alice");
    let ask = || run("x", Effect::Read, false);
    let (reply, terminal) = with(terminal, "confirm", ask());
    assert_eq!(reply, by("alice", Answer::Note("replica1 looks odd".into())));
    let (reply, _) = with(terminal, "confirm", ask());
    assert_eq!(reply, by("alice", Answer::Run { edited: None }));
    assert_eq!(paper.text().matches("Confirm from two sources").count(), 1);
}

#[test]
fn unreadable_lines_are_asked_again() {
    let (screen, paper) = screen(Language::En, Style::plain(80));
    let terminal = Terminal::new(screen, Box::new(Cursor::new(b"\xff\n\xe9t\xe9\nvalue\n".to_vec())), "alice");
    let ask = Ask::Value {
        name: "x".into(),
        prompt: "x?".into(),
        written: None,
        default: None,
        secret: true,
        kind: ValueKind::Text,
        objective: None,
        options: vec![],
    };
    assert_eq!(with(terminal, "measure", ask).0, by("alice", Answer::Value("value".into())));
    assert_eq!(paper.text().matches("not UTF-8").count(), 2);
}

#[test]
fn every_view_can_be_asked_for() {
    let (screen, paper): (Screen, Paper) = screen(Language::En, Style::plain(80));
    let terminal = Terminal::new(screen, Box::new(Cursor::new(b"?\nw\no\nl\nbogus\n\n".to_vec())), "alice");
    let (reply, _) = with(terminal, "confirm", run("mysqladmin ping", Effect::Read, false));
    assert_eq!(reply, by("alice", Answer::Run { edited: None }));
    insta::assert_snapshot!("views", paper.text());
}
