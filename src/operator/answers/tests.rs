#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::engine::event::Cause;
use crate::operator::fixture::{plan, question, run};
use crate::runbook::model::{Language, ValueKind};

fn parse(text: &str) -> Answers {
    Answers::parse("a.yaml", text).unwrap_or_else(|e| panic!("{e}"))
}

fn wrong(text: &str) -> String {
    Answers::parse("a.yaml", text).unwrap_err().to_string()
}

fn failed() -> Ask {
    use FailureAnswer::{Abort, Done, Retry, Rollback, Skip};
    Ask::Failure { cause: Cause::Stopped, after_pivot: false, choices: vec![Rollback, Retry, Done, Skip, Abort] }
}

fn value(name: &str, options: &[&str]) -> Ask {
    Ask::Value {
        name: name.into(),
        prompt: String::new(),
        written: None,
        default: None,
        secret: false,
        kind: ValueKind::Text,
        objective: None,
        options: options.iter().map(|o| (*o).to_owned()).collect(),
    }
}

fn given(lookup: Lookup) -> Answer {
    match lookup {
        Lookup::Answer(answer) => answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_contract_example() {
    let plan = plan(Language::En);
    let mut answers = parse(
        "operator: alice\ninputs:     { replica_host: 127.0.0.1 }\ndecisions:  { choose-path: Manual }\n\
         gates:      { go-no-go: yes }\nchecks:     { \"*\": yes }\ncommands:   { \"*\": run }\n\
         on_failure: { \"*\": abort }\nunknown:    { promote: happened }\n",
    );
    assert_eq!(answers.operator.as_deref(), Some("alice"));
    let mut ask = |node: &str, ask: Ask| answers.answer(&question(node, ask), &plan);
    assert_eq!(given(ask("confirm", value("replica_host", &[]))), Answer::Value("127.0.0.1".into()));
    let decision = Ask::Decision { options: vec!["Automatic".into(), "Manual".into()], proposal: None };
    assert_eq!(given(ask("choose-path", decision)), Answer::Choose(1));
    let gate = Ask::Gate { question: String::new(), missing: 1, approved_by: vec![] };
    assert_eq!(given(ask("go-no-go", gate)), Answer::Yes);
    assert_eq!(given(ask("tell", Ask::Check { statement: String::new() })), Answer::Yes);
    assert!(matches!(given(ask("tell", Ask::Manual { optional: false, pivot: false })), Answer::Done { .. }));
    assert_eq!(given(ask("confirm", run("x", Effect::Write, false))), Answer::Run { edited: None });
    assert!(matches!(given(ask("promote", failed())), Answer::Failure(FailureAnswer::Abort, _)));
    let unknown = Ask::Unknown {
        reason: String::new(),
        rendered: String::new(),
        choices: vec![UnknownAnswer::Happened, UnknownAnswer::Stop],
    };
    assert!(matches!(given(ask("promote", unknown)), Answer::Unknown(UnknownAnswer::Happened, _)));
}

#[test]
fn a_star_never_runs_what_cannot_be_taken_back() {
    let plan = plan(Language::En);
    let mut star = parse("commands: { \"*\": run }\nchecks: { '*': yes }\non_failure: { '*': retry }");
    assert_eq!(star.answer(&question("promote", run("x", Effect::Write, true)), &plan), Lookup::Silent);
    assert_eq!(star.answer(&question("confirm", run("x", Effect::Destructive, false)), &plan), Lookup::Silent);
    assert_eq!(star.answer(&question("tell", Ask::Manual { optional: false, pivot: true }), &plan), Lookup::Silent);
    assert_eq!(star.answer(&question("promote", failed()), &plan), Lookup::Silent);
    // What is not clearly a command is not meant either.
    let doubtful = match run("x", Effect::Write, false) {
        Ask::Command { rendered, effect, effect_why, pivot, optional, attended, attempts, .. } => Ask::Command {
            rendered,
            effect,
            effect_why,
            pivot,
            optional,
            attended,
            attempts,
            ambiguous: Some("prose".into()),
        },
        other => other,
    };
    assert_eq!(star.answer(&question("confirm", doubtful), &plan), Lookup::Silent);
    let mut own = parse("commands: { promote: run, '*': skip }");
    assert_eq!(
        own.answer(&question("promote", run("x", Effect::Destructive, true)), &plan),
        Lookup::Answer(Answer::Run { edited: None })
    );
    let mut node = parse("commands: { promote/2: done, promote: run }");
    assert!(matches!(
        given(node.answer(&question("promote/2", run("x", Effect::Write, false)), &plan)),
        Answer::Done { .. }
    ));
}

#[test]
fn lists_are_used_up_and_retries_end() {
    let plan = plan(Language::En);
    let mut list = parse("on_failure: { confirm: [retry, abort] }");
    let ask = question("confirm", failed());
    assert!(matches!(given(list.answer(&ask, &plan)), Answer::Failure(FailureAnswer::Retry, _)));
    assert!(matches!(given(list.answer(&ask, &plan)), Answer::Failure(FailureAnswer::Abort, _)));
    assert_eq!(list.answer(&ask, &plan), Lookup::Silent);
    let mut scalar = parse("on_failure: { '*': retry }");
    for _ in 0..TRIES {
        assert!(matches!(scalar.answer(&ask, &plan), Lookup::Answer(_)));
    }
    assert_eq!(scalar.answer(&ask, &plan), Lookup::Silent);
    let mut each = parse("checks: { '*': [yes, no] }");
    for node in ["confirm", "tell"] {
        assert_eq!(given(each.answer(&question(node, Ask::Check { statement: String::new() }), &plan)), Answer::Yes);
    }
}

#[test]
fn yes_and_no_in_every_spelling() {
    let plan = plan(Language::En);
    for (word, yes) in [
        ("yes", true),
        ("true", true),
        ("on", true),
        ("oui", true),
        ("\"yes\"", true),
        ("no", false),
        ("false", false),
        ("non", false),
        ("off", false),
    ] {
        let mut answers = parse(&format!("gates: {{ go-no-go: {word} }}"));
        let gate = Ask::Gate { question: String::new(), missing: 1, approved_by: vec![] };
        assert_eq!(given(answers.answer(&question("go-no-go", gate), &plan)) == Answer::Yes, yes, "{word}");
    }
}

#[test]
fn options_by_label_or_number() {
    let labels: Vec<String> = ["Yes → go", "Manual", "MaxScale", "2"].map(str::to_owned).into();
    assert_eq!(option(&labels, "manual"), Ok(1));
    assert_eq!(option(&labels, "3"), Ok(2));
    assert_eq!(option(&labels, "2"), Ok(3), "a label is stronger than a number");
    assert_eq!(option(&labels, "max"), Ok(2));
    assert!(option(&labels, "ma").is_err(), "not the only one");
    assert!(option(&labels, "").is_err());
    assert_eq!(option(&["Oui".to_owned(), "Non".to_owned()], "true"), Ok(0));
    assert!(option(&labels, "Manuel").unwrap_err().contains("did you mean `Manual`?"));
}

#[test]
fn values_keep_their_spelling() {
    let plan = plan(Language::En);
    let mut answers = parse("inputs: { version: 1.10, port: 0042, Replica-Host: yes, none: \"\", path: ~/x }");
    for (name, text) in [("version", "1.10"), ("port", "0042"), ("replica_host", "yes"), ("none", ""), ("path", "~/x")]
    {
        assert_eq!(given(answers.answer(&question("confirm", value(name, &[])), &plan)), Answer::Value(text.into()));
    }
    let mut choice = parse("inputs: { env: 2 }");
    assert_eq!(
        given(choice.answer(&question("confirm", value("env", &["Prod", "Staging"])), &plan)),
        Answer::Value("Staging".into())
    );
}

#[test]
fn what_is_wrong_is_shown_with_its_place() {
    assert_eq!(
        wrong("operator: alice\ncomands: { \"*\": run }"),
        "a.yaml:2:1: `comands` is not a key of an answers file; did you mean `commands`?"
    );
    assert_eq!(
        wrong("commands:\n  confirm: rnu"),
        "a.yaml:2:12: `rnu` is not an answer under `commands`; did you mean `run`?"
    );
    assert_eq!(
        wrong("gates: { a: yes }\ngates: { b: yes }"),
        "a.yaml:2:1: `gates` stands here twice; put its entries together"
    );
    assert!(wrong("gates: { a: yes, a: no }").starts_with("a.yaml:1:18: `gates.a` stands here twice"));
    assert!(wrong("gates: [yes]").starts_with("a.yaml:1:9: `gates` is a map"));
    assert!(wrong("gates: { a: }").starts_with("a.yaml:1:"));
    assert!(
        wrong("gates: { a: perhaps }")
            .starts_with("a.yaml:1:13: `perhaps` is not an answer under `gates`; use one of yes, no")
    );
    assert!(wrong("gates: { a: yes").contains("not readable as YAML"));
    assert!(wrong("commands: { *: run }").contains("needs quotes"));
    assert!(wrong("- a\n- b").contains("map of sections"));
    assert!(Answers::parse("a", "").is_ok() && Answers::parse("a", "# nothing\n---\n").is_ok());
    assert_eq!(
        wrong("# é\nunknown: { é: happend }"),
        "a.yaml:2:15: `happend` is not an answer under `unknown`; did you mean `happened`?"
    );
}

#[test]
fn ids_are_compared_with_the_plan() {
    let plan = plan(Language::En);
    let known = Known::of(&plan);
    let said = |text: &str| -> Vec<String> {
        let answers = parse(text);
        answers
            .validate(&known)
            .into_iter()
            .map(|d| {
                let place = d.labels.first().map_or_else(String::new, |l| answers.source().place(l.span.start));
                format!("{place}: {} ({})", d.message, d.help.unwrap_or_default())
            })
            .collect()
    };
    assert_eq!(
        said("commands: { promte: run }"),
        ["a.yaml:1:13: `commands.promte`: the runbook has no such step (did you mean `promote`?)"]
    );
    assert_eq!(said("inputs: { replica-host: a, \"*\": b }\ngates: { rollback: yes }"), Vec::<String>::new());
    assert_eq!(
        said("inputs: { replica_hst: a }"),
        ["a.yaml:1:11: `inputs.replica_hst`: the runbook has no such variable (did you mean `replica_host`?)"]
    );
    assert_eq!(
        said("gates: { promote: yes }"),
        ["a.yaml:1:10: `gates.promote`: nothing is asked there (its questions look under `commands`)"]
    );
    assert_eq!(
        said("decisions: { choose-path: [1, Manuel] }"),
        [
            "a.yaml:1:31: `Manuel` is not an option of `choose-path` (the options are 1 = Automatic, 2 = Manual; did you mean `Manual`?)"
        ]
    );
}

#[test]
fn what_does_not_fit_is_said() {
    let plan = plan(Language::En);
    let mut answers = parse("checks: { tell: no }");
    let Lookup::Unfit(why) = answers.answer(&question("tell", Ask::Manual { optional: false, pivot: false }), &plan)
    else {
        panic!("a manual step was answered with no")
    };
    assert!(why.starts_with("a.yaml:1:17: `no` does not answer this"), "{why}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]
    #[test]
    fn no_text_makes_it_panic(text in "([a-z*]{1,6}: ?|[-{}\\[\\],'\"&!|>#é ]|\n|  |yes|run|\\PC){0,40}") {
        if let Err(invalid) = Answers::parse("a.yaml", &text) {
            proptest::prop_assert!(!invalid.diagnostics.is_empty());
            proptest::prop_assert!(invalid.to_string().starts_with("a.yaml"));
        }
    }
}
