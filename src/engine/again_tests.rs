//! "For each node": the same steps again, until a person says that all are done.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::decide::Input;
use super::event::{Cause, Event, Mode, Outcome};
use super::question::{Answer, Ask};
use super::state::RunState;
use super::tests::{Bench, alice, head};
use crate::plan::build::build;
use crate::plan::model::{Again, Plan};
use crate::plan::sample::{runbook, runs};
use crate::runbook::model::{Capture, Effect, Loop, PlaceholderUse, Step, StepId};
use crate::source::Span;

/// A step whose command needs a value.
fn asks(id: &str, name: &str) -> Step {
    let mut step = runs(id, Effect::Write);
    let command = &mut step.commands[0];
    command.text = format!("do {id} on <{name}>");
    let start = command.text.find('<').unwrap();
    let span = Span::new(start, command.text.len());
    let written = format!("<{name}>");
    command.placeholders = vec![PlaceholderUse { name: name.to_owned(), span, written, mustache: false, source: span }];
    step
}

fn each(from: StepId, to: StepId, varies: &[&str]) -> Loop {
    let varies = varies.iter().map(|name| (*name).to_owned()).collect();
    Loop { said: "for each".to_owned(), line: 1, of: Vec::new(), from, to, fence: None, varies, over: None }
}

/// `for="node in nodes"`.
fn over(from: StepId, to: StepId, variable: &str, list: &str) -> Loop {
    Loop { over: Some((variable.to_owned(), list.to_owned())), ..each(from, to, &[variable]) }
}

/// Goes the ways that the engine proposes; what was run.
fn proposed(bench: &mut Bench<'_>) -> Vec<String> {
    while let Some(ask) = bench.until_asked() {
        let answer = match ask {
            Ask::Command { .. } => Answer::Run { edited: None },
            Ask::Decision { proposal: Some((way, _)), .. } => Answer::Choose(way),
            other => panic!("not expected: {other:?}"),
        };
        bench.answer(answer).unwrap();
    }
    started(bench)
}

/// The first two of a list, at its first step.
fn two_rounds(bench: &mut Bench<'_>) {
    for _ in 0..2 {
        bench.until_asked();
        bench.answer(Answer::Choose(Again::BACK)).unwrap();
        bench.until_asked();
        bench.answer(Answer::Run { edited: None }).unwrap();
    }
}

fn started(bench: &Bench<'_>) -> Vec<String> {
    let started = |event: &Event| {
        if let Event::StepStarted { rendered, .. } = event { Some(rendered.clone()) } else { None }
    };
    bench.log.iter().filter_map(|(_, event)| started(event)).collect()
}

fn begun<'a>(plan: &'a Plan, values: &[(&str, &str)]) -> Bench<'a> {
    let mut bench = Bench::new(plan);
    let values = values.iter().map(|(k, v)| ((*k).to_owned(), Some((*v).to_owned()), "option".to_owned())).collect();
    bench.put(Input::Begin(Box::new(head(Mode::Live)), values, alice())).unwrap();
    bench
}

fn plan(steps: Vec<Step>, loops: Vec<Loop>) -> Plan {
    let mut runbook = runbook(steps);
    runbook.loops = loops;
    build(&runbook).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// Runs with these values and these answers to questions for another one; what was run, as it was run.
fn run(bench: &mut Bench<'_>, values: &[&str], again: &[usize]) -> Vec<String> {
    let (mut values, mut again) = (values.iter(), again.iter());
    while let Some(ask) = bench.until_asked() {
        let answer = match ask {
            Ask::Value { .. } => {
                Answer::Value((*values.next().expect("a value is asked for once too often")).to_owned())
            }
            Ask::Command { .. } => Answer::Run { edited: None },
            Ask::Decision { proposal, .. } => {
                assert_eq!(proposal, None, "only a person knows how many there are");
                Answer::Choose(*again.next().expect("there is one question too many"))
            }
            other => panic!("not expected: {other:?}"),
        };
        bench.answer(answer).unwrap();
    }
    assert_eq!((values.next(), again.next()), (None, None), "something was not asked");
    started(bench)
}

#[test]
fn the_steps_are_gone_through_until_all_are_done_and_asked_for_anew() {
    let steps = vec![asks("stop", "node"), asks("start", "node"), asks("after", "node")];
    let plan = plan(steps, vec![each(0, 2, &["node"])]);
    let mut bench = Bench::new(&plan);
    bench.begin();
    let ran = run(&mut bench, &["n1", "n2", "n9"], &[Again::BACK, Again::ON]);
    // The value of the last round is no value of what comes after.
    assert_eq!(ran, ["do stop on n1", "do start on n1", "do stop on n2", "do start on n2", "do after on n9"]);
    assert_eq!(bench.outcome(), Some(Outcome::Completed));
    // The journal alone says the same.
    let mut folded = RunState::default();
    for (seq, (actor, event)) in bench.log.iter().enumerate() {
        folded.apply(seq as u64 + 1, actor, event).unwrap();
    }
    assert_eq!(folded, bench.state);
}

#[test]
fn who_is_asked_sees_which_were_done() {
    let plan = plan(vec![asks("stop", "node")], vec![each(0, 1, &["node"])]);
    let mut bench = Bench::new(&plan);
    bench.begin();
    for node in ["n1", "n2"] {
        bench.until_asked();
        bench.answer(Answer::Value(node.to_owned())).unwrap();
        bench.until_asked();
        bench.answer(Answer::Run { edited: None }).unwrap();
        let Some(Ask::Decision { options, .. }) = bench.until_asked() else { panic!("no question") };
        let all = if node == "n1" { "Done for each (so far: n1)" } else { "Done for each (so far: n1, n2)" };
        assert_eq!(options, ["Again, for the next one", all]);
        bench.answer(Answer::Choose(Again::BACK)).unwrap();
    }
}

#[test]
fn a_loop_in_a_loop_begins_anew_for_each_of_the_outer() {
    let steps = vec![asks("open", "region"), asks("stop", "node"), runs("close", Effect::Write)];
    let plan = plan(steps, vec![each(0, 3, &["region"]), each(1, 2, &["node"])]);
    let mut bench = Bench::new(&plan);
    bench.begin();
    let (back, on) = (Again::BACK, Again::ON);
    let ran = run(&mut bench, &["eu", "n1", "n2", "us", "n3"], &[back, on, back, on, on]);
    let want =
        ["do open on eu", "do stop on n1", "do stop on n2", "do close", "do open on us", "do stop on n3", "do close"];
    assert_eq!(ran, want);
}

#[test]
fn what_the_environment_says_is_no_answer_for_each() {
    let mut step = runs("stop", Effect::Write);
    step.commands[0].text = "stop $NODE".to_owned();
    step.commands[0].reads = vec!["NODE".to_owned()];
    let plan = plan(vec![step], vec![each(0, 1, &["NODE"])]);
    let mut bench = Bench::new(&plan);
    bench.known.insert("NODE".to_owned());
    bench.begin();
    assert_eq!(run(&mut bench, &["n1", "n2"], &[Again::BACK, Again::ON]).len(), 2);
}

#[test]
fn a_rehearsal_goes_through_it_once() {
    let plan = plan(vec![asks("stop", "node"), runs("after", Effect::Write)], vec![each(0, 1, &["node"])]);
    let mut bench = Bench::new(&plan);
    bench.put(Input::Begin(Box::new(head(Mode::Tabletop)), Vec::new(), alice())).unwrap();
    let Some(Ask::Decision { proposal: Some((way, _)), .. }) = bench.until_asked() else { panic!("no proposal") };
    assert_eq!(way, Again::ON);
}

#[test]
fn up_to_a_step_is_up_to_its_last_round() {
    let plan = plan(vec![asks("stop", "node"), runs("after", Effect::Write)], vec![each(0, 1, &["node"])]);
    let mut bench = Bench::new(&plan);
    let head = super::event::RunHead { until: Some("stop".to_owned()), ..head(Mode::Live) };
    bench.put(Input::Begin(Box::new(head), Vec::new(), alice())).unwrap();
    assert_eq!(run(&mut bench, &["n1", "n2"], &[Again::BACK, Again::ON]), ["do stop on n1", "do stop on n2"]);
    assert_eq!(bench.outcome(), Some(Outcome::Completed));
}

#[test]
fn a_list_is_gone_through_in_its_order_and_read_once() {
    let mut change = asks("change", "node");
    change.commands[0].options.captures =
        vec![Capture { name: "nodes".to_owned(), from: crate::runbook::model::CaptureFrom::Stdout }];
    let plan =
        plan(vec![asks("stop", "node"), change, runs("after", Effect::Write)], vec![over(0, 2, "node", "nodes")]);
    for list in ["n1 n2 n3", "n1, n2,n3", "n1\nn2\n n3\n"] {
        let mut bench = begun(&plan, &[("nodes", list)]);
        bench.ends.insert("change", vec![super::tests::success(&[("nodes", "n7 n8 n9")])]);
        let want: Vec<String> =
            ["n1", "n2", "n3"].iter().flat_map(|n| [format!("do stop on {n}"), format!("do change on {n}")]).collect();
        assert_eq!(proposed(&mut bench), [want, vec!["do after".to_owned()]].concat(), "{list}");
        assert_eq!(bench.outcome(), Some(Outcome::Completed));
        assert!(!bench.state.variables.contains_key("node"), "a round's value is left behind");
    }
}

#[test]
fn an_empty_list_is_gone_through_never_and_a_missing_one_is_asked_for() {
    let plan = plan(vec![asks("stop", "node"), runs("after", Effect::Write)], vec![over(0, 1, "node", "nodes")]);
    assert_eq!(proposed(&mut begun(&plan, &[("nodes", " ")])), ["do after"]);
    let mut bench = begun(&plan, &[]);
    let Some(Ask::Value { name, .. }) = bench.until_asked() else { panic!("the list is not asked for") };
    assert_eq!(name, "nodes");
    bench.answer(Answer::Value("n1".to_owned())).unwrap();
    assert_eq!(proposed(&mut bench), ["do stop on n1", "do after"]);
}

#[test]
fn who_leads_it_may_end_a_list_early_and_cannot_go_beyond_it() {
    let plan = plan(vec![asks("stop", "node"), runs("after", Effect::Write)], vec![over(0, 1, "node", "['n1', 'n2']")]);
    let mut bench = begun(&plan, &[]);
    let Some(Ask::Decision { options, .. }) = bench.until_asked() else { panic!("no question") };
    assert_eq!(options, ["Next: n1 (1/2)", "No further one"]);
    bench.answer(Answer::Choose(Again::BACK)).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    let Some(Ask::Decision { options, .. }) = bench.until_asked() else { panic!("no question") };
    assert_eq!(options, ["Next: n2 (2/2)", "No further one (so far: n1)"]);
    bench.answer(Answer::Choose(Again::ON)).unwrap();
    assert_eq!(proposed(&mut bench), ["do stop on n1", "do after"]);

    // Behind the last of them nobody is asked whether there is another one.
    let mut bench = begun(&plan, &[]);
    two_rounds(&mut bench);
    assert!(matches!(bench.until_asked(), Some(Ask::Command { .. })));
    assert_eq!(proposed(&mut bench), ["do stop on n1", "do stop on n2", "do after"]);
}

#[test]
fn lists_in_lists_begin_anew() {
    let steps = vec![asks("open", "region"), asks("stop", "node"), runs("close", Effect::Write)];
    let loops = vec![over(0, 3, "region", "['eu', 'us']"), over(1, 2, "node", "['n1', 'n2']")];
    let plan = plan(steps, loops);
    let once = |region: &str| {
        [format!("do open on {region}"), "do stop on n1".into(), "do stop on n2".into(), "do close".into()]
    };
    assert_eq!(proposed(&mut begun(&plan, &[])), [once("eu"), once("us")].concat());
    // Both may begin, and end, at the same step.
    let loops = vec![over(0, 1, "region", "['eu', 'us']"), over(0, 1, "node", "['n1', 'n2']")];
    let plan = self::plan(vec![asks("stop", "node"), runs("after", Effect::Write)], loops);
    let want = ["do stop on n1", "do stop on n2", "do stop on n1", "do stop on n2", "do after"];
    assert_eq!(proposed(&mut begun(&plan, &[])), want);
}

#[test]
fn a_secret_list_is_not_written_down() {
    let plan = plan(vec![asks("stop", "node")], vec![over(0, 1, "node", "nodes")]);
    let mut bench = Bench::new(&plan);
    bench.secrets.insert("nodes".to_owned(), "n1 n2".to_owned());
    let values = vec![("nodes".to_owned(), None, "option".to_owned())];
    bench.put(Input::Begin(Box::new(head(Mode::Live)), values, alice())).unwrap();
    let Some(Ask::Decision { proposal: None, .. }) = bench.until_asked() else { panic!("it is proposed") };
    let refused = bench.answer(Answer::Choose(Again::BACK)).unwrap_err();
    assert!(refused.0.contains("secret"), "{refused}");
}

#[test]
fn up_to_a_step_is_up_to_the_end_of_its_list() {
    let plan = plan(vec![asks("stop", "node"), runs("after", Effect::Write)], vec![over(0, 1, "node", "['n1', 'n2']")]);
    let mut bench = Bench::new(&plan);
    let head = super::event::RunHead { until: Some("stop".to_owned()), ..head(Mode::Live) };
    bench.put(Input::Begin(Box::new(head), Vec::new(), alice())).unwrap();
    assert_eq!(proposed(&mut bench), ["do stop on n1", "do stop on n2"]);
    assert_eq!(bench.outcome(), Some(Outcome::Completed));
}

#[test]
fn the_way_back_says_what_ran_more_than_once() {
    let mut stop = asks("stop", "node");
    stop.undo = vec![crate::plan::sample::command("undo stop", Effect::Write)];
    let plan = plan(vec![stop, runs("after", Effect::Write)], vec![over(0, 1, "node", "['n1', 'n2']")]);
    let mut bench = begun(&plan, &[]);
    two_rounds(&mut bench);
    let way = super::rollback::way_back(&plan, &bench.state);
    assert_eq!(way.queue, ["stop/undo"]);
    assert!(way.left.iter().any(|left| left.contains("through 2 times")), "{way:?}");
}

/// A title is told with what the step before it captured.
#[test]
fn a_title_knows_what_was_just_captured() {
    let mut look = runs("look", Effect::Read);
    let name = Capture { name: "primary".to_owned(), from: crate::runbook::model::CaptureFrom::Stdout };
    look.commands[0].options.captures = vec![name];
    let mut stop = runs("stop", Effect::Write);
    stop.title = "Stop {{ primary }}".to_owned();
    let plan = plan(vec![look, stop], Vec::new());
    let mut bench = begun(&plan, &[]);
    let captures = [("primary".to_owned(), "db1".to_owned())].into();
    let ended = super::judge::Verdict::Success { exit: 0, captures, summary: String::new() };
    bench.ends.insert("look", vec![ended]);
    proposed(&mut bench);
    let title = |event: &Event| if let Event::StepReached { title, .. } = event { Some(title.clone()) } else { None };
    let titles: Vec<String> = bench.log.iter().filter_map(|(_, event)| title(event)).collect();
    assert_eq!(titles.last().map(String::as_str), Some("Stop db1"));
}

/// A step with a rollback that needs the same value.
fn undoable(id: &str, name: &str) -> Step {
    let mut step = asks(id, name);
    let mut undo = asks(&format!("undo-{id}"), name).commands.remove(0);
    undo.text = undo.text.replace("do undo-", "undo ");
    let start = undo.text.find('<').unwrap();
    undo.placeholders[0].span = Span::new(start, undo.text.len());
    step.undo = vec![undo];
    step
}

/// Takes the way back, and runs what it proposes.
fn back(bench: &mut Bench<'_>) -> Vec<String> {
    bench.answer(Answer::Rollback { reason: "x".into() }).unwrap();
    let before = started(bench).len();
    proposed(bench).split_off(before)
}

#[test]
fn what_was_done_for_each_is_undone_for_each() {
    let steps = vec![undoable("drain", "node"), undoable("stop", "node"), runs("after", Effect::Write)];
    let plan = plan(steps, vec![over(0, 2, "node", "['n1', 'n2']")]);
    let mut bench = begun(&plan, &[]);
    // Both rounds are over, and nobody is any node's name any more.
    while !matches!(bench.until_asked(), Some(Ask::Command { .. })) || started(&bench).len() < 4 {
        let answer = match bench.until_asked() {
            Some(Ask::Command { .. }) => Answer::Run { edited: None },
            _ => Answer::Choose(Again::BACK),
        };
        bench.answer(answer).unwrap();
    }
    assert_eq!(bench.state.variables.get("node"), None);
    assert_eq!(back(&mut bench), ["undo stop on n2", "undo drain on n2", "undo stop on n1", "undo drain on n1"]);
    assert_eq!(bench.state.variables.get("node"), None, "what was one round's is nobody's behind it");
    assert_eq!(bench.outcome(), Some(Outcome::RolledBack));
    assert_eq!(bench.state.rollback.as_ref().unwrap().left, [""; 0]);
}

/// What was copied is put back where it was copied, and nowhere else.
#[test]
fn an_undo_has_a_condition_of_its_own() {
    let mut step = undoable("stop", "node");
    step.undo[0].options.when = Some("node == 'n1'".to_owned());
    let plan = plan(vec![step, runs("after", Effect::Write)], vec![over(0, 1, "node", "['n1', 'n2']")]);
    let mut bench = begun(&plan, &[]);
    two_rounds(&mut bench);
    bench.until_asked();
    assert_eq!(back(&mut bench), ["undo stop on n1"]);
    let why = "`node == 'n1'` is false".to_owned();
    let skipped = Event::Skipped { node: "stop/undo".into(), reason: why, automatic: true };
    assert!(bench.log.iter().any(|(_, event)| *event == skipped), "the journal says why n2 was left as it is");
    assert_eq!(bench.outcome(), Some(Outcome::RolledBack));
}

/// Nobody knows whether it is to be undone: that is asked, not passed over.
#[test]
fn an_undo_whose_condition_cannot_be_said_asks() {
    let mut step = runs("stop", Effect::Write);
    step.undo = vec![runs("start", Effect::Write).commands.remove(0)];
    step.undo[0].options.when = Some("copied == 'yes'".to_owned());
    let plan = plan(vec![step, runs("after", Effect::Write)], vec![]);
    let mut bench = begun(&plan, &[]);
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Rollback { reason: "x".into() }).unwrap();
    assert!(matches!(bench.until_asked(), Some(Ask::Failure { cause: Cause::Evaluation { .. }, .. })));
}

#[test]
fn the_round_under_way_is_undone_first() {
    let plan =
        plan(vec![undoable("drain", "node"), undoable("stop", "node")], vec![over(0, 2, "node", "['n1', 'n2']")]);
    let mut bench = begun(&plan, &[]);
    while started(&bench).len() < 3 {
        let answer = match bench.until_asked() {
            Some(Ask::Command { .. }) => Answer::Run { edited: None },
            _ => Answer::Choose(Again::BACK),
        };
        bench.answer(answer).unwrap();
    }
    bench.until_asked();
    // n2 was drained and not stopped.
    assert_eq!(back(&mut bench), ["undo drain on n2", "undo stop on n1", "undo drain on n1"]);
}

#[test]
fn what_a_way_back_has_undone_is_not_undone_by_the_next() {
    let plan =
        plan(vec![undoable("stop", "node"), runs("after", Effect::Write)], vec![over(0, 1, "node", "['n1', 'n2']")]);
    let mut bench = begun(&plan, &[]);
    two_rounds(&mut bench);
    bench.until_asked();
    bench.answer(Answer::Rollback { reason: "x".into() }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Pause { reason: "later".into() }).unwrap();
    let way = super::rollback::way_back(&plan, &bench.state);
    assert_eq!(way.queue, ["stop/undo"]);
    assert_eq!(way.rounds.iter().map(|round| round.of.as_str()).collect::<Vec<_>>(), ["n1"]);
}

/// One machine that was not started again is not made good by the next one that was.
#[test]
fn a_round_that_could_not_be_undone_leaves_the_run_stuck() {
    let plan =
        plan(vec![undoable("stop", "node"), runs("after", Effect::Write)], vec![over(0, 1, "node", "['n1', 'n2']")]);
    let mut bench = begun(&plan, &[]);
    two_rounds(&mut bench);
    bench.until_asked();
    let failed = super::judge::Verdict::Failure(super::event::Cause::Exit { status: 1 });
    bench.ends.insert("stop/undo", vec![failed]);
    bench.answer(Answer::Rollback { reason: "x".into() }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Failure(super::event::FailureAnswer::Skip, "later".into())).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    assert_eq!(bench.outcome(), Some(Outcome::Stuck));
    let reason = &bench.state.outcome.as_ref().unwrap().1;
    assert!(reason.contains("(n2)"), "{reason}");
    // The next way back is for that one, and when it is undone nothing is left.
    assert_eq!(super::rollback::way_back(&plan, &bench.state).rounds[0].of, "n2");
    bench.put(Input::Rollback { reason: "again".into(), by: alice() }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    assert_eq!(bench.outcome(), Some(Outcome::RolledBack));
}

/// A step that failed on the way forward is not forgotten by a second way back.
#[test]
fn a_second_way_back_knows_what_had_failed() {
    let plan = plan(vec![undoable("stop", "node")], vec![over(0, 1, "node", "['n1', 'n2']")]);
    let mut bench = begun(&plan, &[]);
    let failed = || super::judge::Verdict::Failure(super::event::Cause::Exit { status: 1 });
    let ran = || super::judge::Verdict::Success {
        exit: 0,
        captures: std::collections::BTreeMap::new(),
        summary: String::new(),
    };
    bench.ends.insert("stop", vec![ran(), failed()]);
    bench.ends.insert("stop/undo", vec![failed()]);
    two_rounds(&mut bench);
    bench.until_asked();
    bench.answer(Answer::Failure(super::event::FailureAnswer::Rollback, "x".into())).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Failure(super::event::FailureAnswer::Abort, "x".into())).unwrap();
    let way = super::rollback::way_back(&plan, &bench.state);
    assert_eq!(way.rounds.iter().map(|round| round.of.as_str()).collect::<Vec<_>>(), ["n2", "n1"]);
}

/// What a round captured is its own, whether or not anything has to be asked for.
#[test]
fn captures_of_a_round_are_undone_with_it() {
    let mut snap = runs("snap", Effect::Write);
    let name = Capture { name: "id".to_owned(), from: crate::runbook::model::CaptureFrom::Stdout };
    snap.commands[0].options.captures = vec![name];
    let mut undo = crate::plan::sample::command("delete {{ id }}", Effect::Write);
    let (start, written) = (7, "{{ id }}".to_owned());
    let span = Span::new(start, undo.text.len());
    undo.placeholders = vec![PlaceholderUse { name: "id".into(), span, written, mustache: true, source: span }];
    snap.undo = vec![undo];
    let plan = plan(vec![snap, runs("after", Effect::Write)], vec![each(0, 1, &[])]);
    let mut bench = begun(&plan, &[]);
    let of = |id: &str| super::judge::Verdict::Success {
        exit: 0,
        captures: [("id".to_owned(), id.to_owned())].into(),
        summary: String::new(),
    };
    bench.ends.insert("snap", vec![of("s1"), of("s2")]);
    for again in [Again::BACK, Again::ON] {
        bench.until_asked();
        bench.answer(Answer::Run { edited: None }).unwrap();
        bench.until_asked();
        bench.answer(Answer::Choose(again)).unwrap();
    }
    bench.until_asked();
    assert_eq!(back(&mut bench), ["delete s2", "delete s1"]);
}

/// The round before the point of no return stays as it is, and is told.
#[test]
fn rounds_before_the_point_of_no_return_are_told() {
    let mut switch = asks("switch", "node");
    switch.pivot = true;
    let steps = vec![undoable("prepare", "node"), switch, undoable("post", "node")];
    let plan = plan(steps, vec![over(0, 3, "node", "['n1', 'n2']")]);
    let mut bench = begun(&plan, &[]);
    while started(&bench).len() < 5 {
        let answer = match bench.until_asked() {
            Some(Ask::Command { .. }) => Answer::Run { edited: None },
            _ => Answer::Choose(Again::BACK),
        };
        bench.answer(answer).unwrap();
    }
    bench.until_asked();
    let way = super::rollback::way_back(&plan, &bench.state);
    let of: Vec<&str> = way.rounds.iter().map(|round| round.of.as_str()).collect();
    assert_eq!(
        (way.queue.as_slice(), of),
        (&["prepare/undo".to_owned(), "post/undo".to_owned()][..], vec!["n2", "n1"])
    );
    assert!(way.left.iter().any(|left| left.contains("prepare (n1): done before")), "{way:?}");
}

/// What nobody said on the way there is asked for on the way back, each time anew.
#[test]
fn a_round_whose_value_nobody_knows_is_asked_for() {
    let plan = plan(vec![undoable("stop", "node"), runs("after", Effect::Write)], vec![each(0, 1, &["node"])]);
    let mut bench = begun(&plan, &[]);
    for again in [Again::BACK, Again::ON] {
        bench.until_asked();
        bench.answer(Answer::Done { note: "by hand".into() }).unwrap();
        bench.until_asked();
        bench.answer(Answer::Choose(again)).unwrap();
    }
    bench.until_asked();
    bench.answer(Answer::Rollback { reason: "x".into() }).unwrap();
    for node in ["n2", "n1"] {
        let ask = bench.until_asked();
        assert!(matches!(&ask, Some(Ask::Value { name, .. }) if name == "node"), "{ask:?}");
        bench.answer(Answer::Value(node.to_owned())).unwrap();
        bench.until_asked();
        bench.answer(Answer::Run { edited: None }).unwrap();
    }
    assert_eq!(started(&bench), ["undo stop on n2", "undo stop on n1"]);
}

#[test]
fn a_way_back_that_goes_round_comes_to_its_end() {
    let back = |id: &str, step: Step| Step {
        role: crate::runbook::model::Role::Rollback,
        kind: crate::runbook::model::StepKind::Rollback,
        id: id.to_owned(),
        ..step
    };
    let steps =
        vec![runs("do", Effect::Write), back("undo", asks("undo", "node")), back("look", runs("look", Effect::Read))];
    for each in [each(1, 2, &["node"]), over(1, 2, "node", "['n1', 'n2']")] {
        let known = each.over.is_some();
        let plan = plan(steps.clone(), vec![each]);
        let mut bench = begun(&plan, &[]);
        bench.until_asked();
        bench.answer(Answer::Run { edited: None }).unwrap();
        bench.until_asked();
        bench.put(Input::Rollback { reason: "bad".to_owned(), by: alice() }).unwrap();
        let ran = if known { proposed(&mut bench) } else { run(&mut bench, &["n1", "n2"], &[Again::BACK, Again::ON]) };
        assert_eq!(ran[1..], ["do undo on n1", "do undo on n2", "do look"]);
        assert_eq!(bench.outcome(), Some(Outcome::RolledBack));
    }
}

#[test]
fn what_ran_for_none_is_not_undone() {
    let mut stop = asks("stop", "node");
    stop.undo = vec![crate::plan::sample::command("undo stop", Effect::Write)];
    // An empty list, and a step that was skipped before the question behind it.
    let none = plan(vec![stop.clone(), runs("after", Effect::Read)], vec![over(0, 1, "node", "[]")]);
    let mut bench = begun(&none, &[]);
    assert_eq!(proposed(&mut bench), ["do after"]);
    assert_eq!(super::rollback::way_back(&none, &bench.state).queue, [""; 0]);

    let skipped = plan(vec![stop, runs("after", Effect::Read)], vec![each(0, 1, &[])]);
    let mut bench = begun(&skipped, &[("node", "n1")]);
    bench.until_asked();
    bench.answer(Answer::Skip { reason: "not here".to_owned() }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Choose(Again::ON)).unwrap();
    assert_eq!(super::rollback::way_back(&skipped, &bench.state).queue, [""; 0]);
}
