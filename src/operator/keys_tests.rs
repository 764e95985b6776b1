#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::engine::event::Cause;
use crate::runbook::model::{Language, ValueKind};

fn command(effect: Effect) -> Ask {
    Ask::Command {
        rendered: "x".into(),
        effect,
        effect_why: String::new(),
        attended: false,
        ambiguous: None,
        pivot: false,
        optional: false,
        attempts: 0,
    }
}

fn say(ask: &Ask, go: &Go, line: &str) -> Said {
    read(ask, go, line, Words::of(Language::En))
}

#[test]
fn enter_runs_reads_and_confirms_checks_and_nothing_else() {
    let number = Go::Number("3.2".into());
    assert_eq!(say(&command(Effect::Read), &Go::Enter, ""), Said::Run);
    assert_eq!(say(&Ask::Check { statement: "s".into() }, &Go::Enter, ""), Said::Yes);
    let gate = Ask::Gate { question: "q".into(), missing: 1, approved_by: vec![] };
    let decision = Ask::Decision { options: vec!["a".into()], proposal: Some((0, "w".into())) };
    let failure = Ask::Failure { cause: Cause::Stopped, after_pivot: false, choices: vec![FailureAnswer::Retry] };
    let unknown = Ask::Unknown { reason: String::new(), rendered: String::new(), choices: vec![UnknownAnswer::Again] };
    let manual = Ask::Manual { optional: false, pivot: false };
    for (ask, go) in [
        (command(Effect::Write), &Go::Letter),
        (command(Effect::Destructive), &number),
        (gate, &Go::Word),
        (decision, &Go::Letter),
        (failure, &Go::Letter),
        (unknown, &Go::Letter),
        (manual, &Go::Letter),
    ] {
        assert!(matches!(say(&ask, go, ""), Said::Hint(_)), "{ask:?}");
        assert!(matches!(say(&ask, go, "   "), Said::Hint(_)), "{ask:?}");
    }
}

#[test]
fn grave_steps_need_their_number() {
    let go = Go::Number("3.2".into());
    let ask = command(Effect::Destructive);
    for line in ["y", "yes", "oui", "3", "3.20", "32"] {
        assert!(matches!(say(&ask, &go, line), Said::Hint(_)), "{line}");
    }
    assert_eq!(say(&ask, &go, " 3.2 "), Said::Run);
    let manual = Ask::Manual { optional: false, pivot: true };
    assert!(matches!(say(&manual, &go, "d"), Said::Hint(_)));
    assert_eq!(say(&manual, &go, "3.2"), Said::Done(Some(String::new())));
}

#[test]
fn gates_need_the_whole_word() {
    let ask = Ask::Gate { question: "q".into(), missing: 1, approved_by: vec![] };
    for line in ["y", "o", "ye", "ok", "yes please", "1"] {
        assert!(matches!(say(&ask, &Go::Word, line), Said::Hint(_)), "{line}");
    }
    assert_eq!(say(&ask, &Go::Word, "yes"), Said::Yes);
    assert_eq!(say(&ask, &Go::Word, "OUI"), Said::Yes);
    assert_eq!(say(&ask, &Go::Word, "non trop tôt"), Said::No(Some("trop tôt".into())));
    assert_eq!(say(&ask, &Go::Word, "note seen"), Said::Note(Some("seen".into())));
}

#[test]
fn no_never_runs_anything() {
    for effect in [Effect::Read, Effect::Write] {
        for line in ["no", "non", "q", "x", "yy", "y y"] {
            assert!(matches!(say(&command(effect), &Go::Letter, line), Said::Hint(_)), "{line}");
        }
    }
    assert_eq!(say(&command(Effect::Write), &Go::Letter, "s later"), Said::Skip(Some("later".into())));
    assert_eq!(say(&command(Effect::Write), &Go::Letter, "s"), Said::Skip(None));
}

#[test]
fn values_may_be_any_text() {
    let mut ask = Ask::Value {
        name: "x".into(),
        prompt: String::new(),
        written: None,
        default: None,
        secret: false,
        kind: ValueKind::Text,
        objective: None,
        options: vec![],
    };
    assert_eq!(say(&ask, &Go::Letter, " p "), Said::Value("p".into()));
    assert_eq!(say(&ask, &Go::Letter, ":p lunch"), Said::Pause(Some("lunch".into())));
    assert!(matches!(say(&ask, &Go::Letter, ""), Said::Hint(_)));
    if let Ask::Value { default, options, .. } = &mut ask {
        *default = Some("B".into());
        *options = vec!["A".into(), "B".into()];
    }
    assert_eq!(say(&ask, &Go::Letter, ""), Said::Value("B".into()));
    assert_eq!(say(&ask, &Go::Letter, "1"), Said::Value("A".into()));
    assert!(matches!(say(&ask, &Go::Letter, "3"), Said::Hint(_)));
}
