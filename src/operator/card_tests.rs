#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::engine::event::{FailureAnswer, UnknownAnswer};
use crate::engine::state::{Rollback, RunState};
use crate::operator::fixture::{PROMOTE, plan, question, run, standing, state, text};
use crate::operator::head::head;
use crate::operator::keys;

const ASCII: Style = Style { color: false, unicode: false, fold: true, width: 80, live: false };

fn draw(node: &str, ask: Ask, language: Language, style: Style) -> String {
    draw_in(&state(language), node, ask, language, style)
}

fn draw_in(state: &RunState, node: &str, ask: Ask, language: Language, style: Style) -> String {
    let plan = plan(language);
    let standing = standing(&plan, state);
    let question = question(node, ask);
    let go = keys::go(&question, &standing, false);
    let tail = ["ERROR 2003 (HY000): Can't connect to \x1b[31m10.0.1.11\x1b[0m (111)".to_owned()];
    let card = Card {
        question: &question,
        standing: &standing,
        go: &go,
        words: Words::of(language),
        style,
        tail: &tail,
        output: Some("out/promote-1.txt"),
    };
    let mut lines = card.lines();
    lines.push(card.prompt());
    text(&lines, &style)
}

fn all() -> Vec<(&'static str, &'static str, Ask)> {
    vec![
        ("read", "confirm", run("mysqladmin -h 10.0.1.11 ping", Effect::Read, false)),
        ("pivot", "promote", run(PROMOTE, Effect::Write, true)),
        ("manual", "tell", Ask::Manual { optional: true, pivot: false }),
        ("check", "tell", Ask::Check { statement: "every owner has answered".into() }),
        (
            "decision",
            "choose-path",
            Ask::Decision {
                options: vec!["Automatic".into(), "Manual".into()],
                proposal: Some((1, "maxscale == 'down'".into())),
            },
        ),
        (
            "gate",
            "go-no-go",
            Ask::Gate { question: "Promote replica2?".into(), missing: 1, approved_by: vec!["alice".into()] },
        ),
        (
            "failure",
            "promote",
            Ask::Failure {
                cause: Cause::Exit { status: 1 },
                after_pivot: false,
                choices: vec![
                    FailureAnswer::Rollback,
                    FailureAnswer::Retry,
                    FailureAnswer::Done,
                    FailureAnswer::Skip,
                    FailureAnswer::Abort,
                ],
            },
        ),
        (
            "unknown",
            "promote",
            Ask::Unknown {
                reason: "the run was interrupted while it ran".into(),
                rendered: PROMOTE.into(),
                choices: vec![UnknownAnswer::Happened, UnknownAnswer::Again, UnknownAnswer::Undo, UnknownAnswer::Stop],
            },
        ),
        (
            "value",
            "measure",
            Ask::Value {
                name: "rto_measured".into(),
                prompt: "RTO measured".into(),
                written: Some("____".into()),
                default: None,
                secret: false,
                kind: ValueKind::Duration,
                objective: Some("< 5 min".into()),
                options: vec![],
            },
        ),
    ]
}

#[test]
fn screens() {
    for (language, style, name) in
        [(Language::En, Style::plain(80), "en"), (Language::Fr, Style::plain(80), "fr"), (Language::Fr, ASCII, "ascii")]
    {
        let mut out = String::new();
        for (title, node, ask) in all() {
            let drawn = draw(node, ask, language, style);
            for line in drawn.lines() {
                assert!(width(line) <= style.width, "{title}: too wide: {line}");
                assert!(style.unicode || line.is_ascii(), "{title}: not ascii: {line}");
            }
            out.extend(["=== ", title, &drawn, "\n\n"]);
        }
        insta::assert_snapshot!(format!("screens_{name}"), out);
    }
}

#[test]
fn no_way_back_is_spoken_of_where_there_is_none() {
    let plain = Style::plain(80);
    for (after_pivot, said) in [(false, "nothing that was done can be rolled back"), (true, "nothing since then")] {
        let choices = vec![FailureAnswer::Retry, FailureAnswer::Abort];
        let ask = Ask::Failure { cause: Cause::Exit { status: 1 }, after_pivot, choices };
        let drawn = draw("promote", ask, Language::En, plain);
        assert!(drawn.contains(said) && !drawn.contains("still possible"), "{drawn}");
    }
    // Who takes it cannot take it once more.
    let ask = || run(PROMOTE, Effect::Write, false);
    let back = RunState { rollback: Some(Rollback::default()), ..state(Language::En) };
    assert!(draw("promote", ask(), Language::En, plain).contains("b roll back"));
    assert!(!draw_in(&back, "promote", ask(), Language::En, plain).contains("b roll back"));
}

#[test]
fn nothing_in_a_question_paints() {
    let evil = "x\x1b[2J\x1b[1;1H3.2 \u{202e}›\r y\n";
    for color in [false, true] {
        let style = Style { color, ..Style::plain(80) };
        let drawn = draw("promote", run(evil, Effect::Write, false), Language::En, style);
        assert!(!drawn.contains("\x1b[2J") && !drawn.contains('\u{202e}') && !drawn.contains('\r'), "{drawn:?}");
        assert!(drawn.contains("␛[2J"));
    }
}

#[test]
fn heads() {
    let mut out = String::new();
    for (language, style) in [(Language::En, Style::plain(96)), (Language::Fr, Style::plain(80)), (Language::Fr, ASCII)]
    {
        let (plan, state) = (plan(language), state(language));
        let mut standing = standing(&plan, &state);
        let words = Words::of(language);
        out.push_str(&text(&head(state.head.as_ref().unwrap(), "alice", &standing, words, &style), &style));
        standing.elapsed = Duration::from_secs(400);
        out.push_str(&text(&head(state.head.as_ref().unwrap(), "alice", &standing, words, &style), &style));
        out.push('\n');
    }
    insta::assert_snapshot!("heads", out);
}

#[test]
fn nobody_is_told_what_to_write() {
    let (plan, state) = (plan(Language::En), state(Language::En));
    let ask = Ask::Gate { question: "Promote replica2?".into(), missing: 1, approved_by: vec![] };
    let said = describe(&question("go-no-go", ask), &standing(&plan, &state), Language::En);
    assert_eq!(
        said,
        "no terminal and no answer: `go-no-go` (Promote replica2?); answer it with `gates: { go-no-go: … }` in an \
         answers file, or at a terminal"
    );
}
