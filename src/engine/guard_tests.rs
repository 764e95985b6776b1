//! The wrong-target guard and looks at unknown outcomes, without a server: a table says what places answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::decide::Input;
use super::event::{Cause, EnvironmentHead, Event, FailureAnswer, How, Mode};
use super::judge::Verdict;
use super::question::{Answer, Ask};
use super::state::Phase;
use super::tests::{Bench, alice, head};
use crate::plan::model::Plan;
use crate::plan::render::Facts;
use crate::plan::sample::{command, plan, runs};
use crate::runbook::model::{Effect, Interpreter, Step};

fn sql(id: &str, effect: Effect, connection: &str, requires: Option<&str>) -> Step {
    let mut step = runs(id, effect);
    let command = &mut step.commands[0];
    command.interpreter = Interpreter::Sql;
    command.options.connection = Some(connection.to_owned());
    command.options.requires = requires.map(str::to_owned);
    step
}

fn server(id: &str, role: &str) -> Facts {
    [("id", id), ("role", role)].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

fn begun<'a>(plan: &'a Plan, values: &[(&str, &str)]) -> Bench<'a> {
    let mut bench = Bench::new(plan);
    let environment = EnvironmentHead {
        name: "lab".to_owned(),
        production: Some(false),
        inventory: "/i.yaml".to_owned(),
        sha256: String::new(),
    };
    let head = super::event::RunHead { environment: Some(environment), ..head(Mode::Live) };
    let values = values.iter().map(|(k, v)| ((*k).to_owned(), Some((*v).to_owned()), "option".to_owned())).collect();
    bench.put(Input::Begin(Box::new(head), values, alice())).unwrap();
    bench
}

/// The message of the refusal that the run stands at.
fn refused(asked: Option<Ask>) -> String {
    match asked {
        Some(Ask::Failure { cause: Cause::WrongTarget { message }, .. }) => message,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_promotion_of_the_primary_is_refused_before_anything_runs() {
    let plan = plan(vec![sql("promote", Effect::Write, "candidate", Some("candidate.role == 'replica'"))]);
    let mut bench = begun(&plan, &[]);
    bench.said.insert("candidate".to_owned(), server("1", "primary"));
    let message = refused(bench.until_asked());
    assert!(message.contains("candidate.role == 'replica'") && message.contains("role primary"), "{message}");
    assert!(bench.started.is_empty());
    assert!(!bench.state.past_pivot());
    // Once it is a replica, the step is offered.
    bench.said.insert("candidate".to_owned(), server("1", "replica"));
    bench.answer(Answer::Failure(FailureAnswer::Retry, String::new())).unwrap();
    let message = refused(bench.until_asked());
    assert!(message.contains("role was primary and is replica"), "what was shown has changed: {message}");
    bench.answer(Answer::Failure(FailureAnswer::Retry, String::new())).unwrap();
    assert!(matches!(bench.until_asked(), Some(Ask::Command { .. })));
    bench.answer(Answer::Run { edited: None }).unwrap();
    assert!(bench.until_asked().is_none());
    assert_eq!(bench.started.len(), 1);
}

#[test]
fn a_place_that_does_not_answer_is_not_written_to() {
    let plan = plan(vec![sql("write", Effect::Write, "db", None)]);
    let mut bench = begun(&plan, &[]);
    let message = refused(bench.until_asked());
    assert!(message.contains("`db` does not say what it is: no answer"), "{message}");
    // A read asks nothing of it.
    let plan = crate::plan::sample::plan(vec![sql("read", Effect::Read, "db", None)]);
    let mut bench = begun(&plan, &[]);
    assert!(matches!(bench.until_asked(), Some(Ask::Command { .. })));
}

#[test]
fn a_variable_says_which_connection_a_name_means() {
    let plan = plan(vec![sql("promote", Effect::Write, "candidate", Some("candidate.role == 'replica'"))]);
    let mut bench = begun(&plan, &[("candidate", "n2")]);
    bench.said.insert("n2".to_owned(), server("2", "replica"));
    assert!(matches!(bench.until_asked(), Some(Ask::Command { .. })));
    assert!(matches!(&bench.log.last().unwrap().1, Event::TargetSeen { target, members, .. }
        if target == "candidate" && members.contains_key("n2")));
}

#[test]
fn a_role_that_changed_between_two_steps_is_noticed_unless_the_run_wrote() {
    let steps = |first: Effect| {
        let mut requiring = sql("look", first, "db", Some("db.role == 'replica' or db.role == 'primary'"));
        requiring.commands[0].effect = first;
        vec![requiring, sql("write", Effect::Write, "db", None)]
    };
    for (first, noticed) in [(Effect::Read, true), (Effect::Write, false)] {
        let plan = plan(steps(first));
        let mut bench = begun(&plan, &[]);
        bench.said.insert("db".to_owned(), server("1", "replica"));
        bench.until_asked();
        bench.answer(Answer::Run { edited: None }).unwrap();
        bench.said.insert("db".to_owned(), server("1", "primary"));
        let asked = bench.until_asked();
        if noticed {
            assert!(refused(asked).contains("role was replica and is primary"));
        } else {
            assert!(matches!(asked, Some(Ask::Command { .. })), "the run itself may have changed it");
        }
    }
}

/// What is tried again by itself is proven again: meanwhile somebody may have promoted it.
#[test]
fn a_place_is_proven_before_every_try() {
    let mut step = sql("write", Effect::Write, "db", Some("db.role == 'replica'"));
    step.commands[0].options.retries = 2;
    step.commands[0].options.idempotent = true;
    let plan = plan(vec![step]);
    for (meanwhile, tries) in [("replica", 2), ("primary", 1)] {
        let mut bench = begun(&plan, &[]);
        bench.said.insert("db".to_owned(), server("1", "replica"));
        bench.ends.insert("write", vec![Verdict::Failure(Cause::Exit { status: 1 })]);
        bench.until_asked();
        bench.answer(Answer::Run { edited: None }).unwrap();
        bench.said.insert("db".to_owned(), server("1", meanwhile));
        let asked = bench.until_asked();
        assert_eq!(bench.started.len(), tries, "{meanwhile}: {asked:?}");
        if tries == 1 {
            assert!(refused(asked).contains("db.role == 'replica'"));
            assert!(bench.state.node("write").unwrap().touched, "the first try may have done part of it");
        }
    }
}

#[test]
fn the_environment_can_be_required() {
    for (requires, runs) in [("not environment.production", true), ("environment.name == 'prod'", false)] {
        let plan = plan(vec![sql("write", Effect::Write, "db", Some(requires))]);
        let mut bench = begun(&plan, &[]);
        bench.said.insert("db".to_owned(), server("1", "primary"));
        let asked = bench.until_asked();
        assert_eq!(matches!(asked, Some(Ask::Command { .. })), runs, "{requires}: {asked:?}");
    }
}

#[test]
fn a_look_tells_what_became_of_an_unknown_step() {
    let looked = |look: Verdict| {
        let mut step = runs("promote", Effect::Write);
        step.commands[0].verify = Some(Box::new(command("look", Effect::Read)));
        let plan = plan(vec![step]);
        let mut bench = Bench::new(&plan);
        bench.put(Input::Begin(Box::new(head(Mode::Live)), Vec::new(), alice())).unwrap();
        bench.ends.insert("promote", vec![Verdict::Unknown("the connection broke".into())]);
        bench.looks.insert("promote".to_owned(), look);
        bench.until_asked();
        bench.answer(Answer::Run { edited: None }).unwrap();
        let asked = bench.until_asked();
        (asked, bench.state.node("promote").unwrap().phase.clone(), bench.started.len())
    };
    let (asked, phase, started) =
        looked(Verdict::Success { exit: 0, captures: std::collections::BTreeMap::default(), summary: "1 row".into() });
    assert!(asked.is_none() && phase == Phase::Done { how: How::Happened } && started == 1);
    let no = Cause::Expectation { message: "ro is 1".into() };
    for (cause, said) in
        [(no, "has not happened (ro is 1)"), (Cause::Spawn { message: "refused".into() }, "told nothing (refused)")]
    {
        let (asked, _, started) = looked(Verdict::Failure(cause));
        let Some(Ask::Unknown { reason, .. }) = asked else { panic!("{asked:?}") };
        assert!(reason.starts_with("the connection broke") && reason.contains(said), "{reason}");
        assert_eq!(started, 1, "only a person says that it runs again");
    }
}
