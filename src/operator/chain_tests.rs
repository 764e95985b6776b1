#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::operator::fixture::{plan, question, run, screen, standing, state};
use crate::operator::style::Style;
use crate::runbook::model::Language;
use std::io::Cursor;

fn chain(answers: Option<&str>, yes: bool, typed: Option<&str>) -> Chain {
    let (screen, _) = screen(Language::En, Style::plain(80));
    let input = typed.map(|t| Cursor::new(t.as_bytes().to_vec()));
    let terminal = input.map(|input| Terminal::new(screen.clone(), Box::new(input), "alice"));
    Chain::new(screen, "alice")
        .with_answers(answers.map(|text| Answers::parse("a.yaml", text).unwrap()))
        .with_yes(yes)
        .with_terminal(terminal)
}

fn ask(chain: &mut Chain, node: &str, ask: Ask) -> Reply {
    let (plan, state) = (plan(Language::En), state(Language::En));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(chain.ask(&question(node, ask), &standing(&plan, &state)))
}

fn go() -> Answer {
    Answer::Run { edited: None }
}

#[test]
fn yes_confirms_clear_commands_and_nothing_else() {
    let mut yes = chain(None, true, None);
    assert_eq!(
        ask(&mut yes, "confirm", run("x", Effect::Write, false)),
        Reply::Answer(go(), Actor::Yes("alice".into()))
    );
    let attended = Ask::Command {
        rendered: "psql".into(),
        effect: Effect::Write,
        effect_why: String::new(),
        attended: true,
        ambiguous: None,
        pivot: false,
        optional: false,
        attempts: 0,
    };
    for (node, question) in [
        ("promote", run("x", Effect::Write, true)),
        ("confirm", run("x", Effect::Destructive, false)),
        ("confirm", attended),
        ("tell", Ask::Manual { optional: true, pivot: false }),
        ("tell", Ask::Check { statement: String::new() }),
        ("go-no-go", Ask::Gate { question: String::new(), missing: 1, approved_by: vec![] }),
        ("choose-path", Ask::Decision { options: vec!["a".into()], proposal: Some((0, "w".into())) }),
    ] {
        assert_eq!(ask(&mut yes, node, question.clone()), Reply::Nobody, "{question:?}");
    }
}

#[test]
fn the_file_speaks_first_and_for_its_person() {
    let mut both = chain(Some("operator: bob\ncommands: { confirm: skip }"), true, Some("3.1\n"));
    let skip = Answer::Skip { reason: "answers file".into() };
    assert_eq!(
        ask(&mut both, "confirm", run("x", Effect::Read, false)),
        Reply::Answer(skip, Actor::Answers("bob".into()))
    );
    assert_eq!(ask(&mut both, "tell", run("x", Effect::Write, false)), Reply::Answer(go(), Actor::Yes("alice".into())));
    assert_eq!(
        ask(&mut both, "promote", run("x", Effect::Write, true)),
        Reply::Answer(go(), Actor::Operator("alice".into()))
    );
    assert_eq!(ask(&mut both, "promote", run("x", Effect::Write, true)), Reply::Gone);
}

#[test]
fn a_refused_answer_is_not_given_again() {
    let mut file = chain(Some("inputs: { port: abc }"), false, None);
    let port = || Ask::Value {
        name: "port".into(),
        prompt: String::new(),
        written: None,
        default: None,
        secret: false,
        kind: crate::runbook::model::ValueKind::Number,
        objective: None,
        options: vec![],
    };
    assert!(matches!(ask(&mut file, "confirm", port()), Reply::Answer(..)));
    file.refused("not a number");
    assert_eq!(ask(&mut file, "confirm", port()), Reply::Nobody);
    assert_eq!(ask(&mut file, "confirm", port()), Reply::Nobody);
}

#[test]
fn one_person_does_not_open_a_gate_for_two() {
    let mut file = chain(Some("operator: bob\ngates: { go-no-go: yes }"), false, None);
    let gate = |by: &[&str]| Ask::Gate {
        question: String::new(),
        missing: 1,
        approved_by: by.iter().map(|b| (*b).to_owned()).collect(),
    };
    assert!(matches!(ask(&mut file, "go-no-go", gate(&[])), Reply::Answer(Answer::Yes, _)));
    assert_eq!(ask(&mut file, "go-no-go", gate(&["Bob"])), Reply::Nobody);
    assert!(matches!(ask(&mut file, "go-no-go", gate(&["carol"])), Reply::Answer(Answer::Yes, _)));
}
