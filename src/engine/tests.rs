//! The engine without a process, a clock or a terminal: a script answers, a table says how commands end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::Context;
use super::decide::{Input, Rejected, decide};
use super::due::{Due, due};
use super::event::{Actor, Cause, Event, FailureAnswer, Mode, Outcome, RunHead, UnknownAnswer};
use super::judge::Verdict;
use super::question::{Answer, Ask};
use super::state::{Phase, RunState, Status};
use crate::plan::aim::Aim;
use crate::plan::build::build;
use crate::plan::model::Plan;
use crate::plan::render::Facts;
use crate::plan::sample::{command, decision, plan, runbook, runs, step, undoable};
use crate::runbook::model::{Blank, Effect, ExpectTest, Expectation, Gate, Role, Step, StepKind, Target, ValueKind};
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) fn head(mode: Mode) -> RunHead {
    RunHead {
        run: "2026-01-01-0000".into(),
        runbook: "T-1".into(),
        title: "Test".into(),
        path: "/t.md".into(),
        source: "s".into(),
        plan: "p".into(),
        mode,
        language: crate::runbook::model::Language::En,
        rto_s: None,
        rpo_s: None,
        severity: None,
        category: None,
        incident_start: None,
        start_at: None,
        until: None,
        steps: 0,
        host: "h".into(),
        version: "0".into(),
        boot: String::new(),
        boot_us: 0,
        called_by: None,
        environment: None,
    }
}

pub(super) fn alice() -> Actor {
    Actor::Operator("alice".into())
}

/// A run with its record, as the driver keeps it.
pub(super) struct Bench<'a> {
    plan: &'a Plan,
    pub(super) state: RunState,
    pub(super) log: Vec<(Actor, Event)>,
    /// How each node's command ends, in order; success when the list is empty.
    pub(super) ends: HashMap<&'a str, Vec<Verdict>>,
    /// Each started command, with its attempt.
    pub(super) started: Vec<(String, u32)>,
    /// What each place says of itself; the others say nothing.
    pub(super) said: BTreeMap<String, Facts>,
    /// What a look at each node tells.
    pub(super) looks: BTreeMap<String, Verdict>,
    pub(super) secrets: BTreeMap<String, String>,
    pub(super) known: BTreeSet<String>,
    lost: BTreeSet<String>,
    /// What monitors say.
    pub(super) live: crate::plan::render::Live,
}

impl<'a> Bench<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            state: RunState::default(),
            log: Vec::new(),
            ends: HashMap::new(),
            started: Vec::new(),
            said: BTreeMap::new(),
            looks: BTreeMap::new(),
            secrets: BTreeMap::new(),
            known: BTreeSet::new(),
            lost: BTreeSet::new(),
            live: crate::plan::render::Live::default(),
        }
    }

    fn context(&self) -> Context<'_> {
        Context { plan: self.plan, secrets: &self.secrets, known: &self.known, lost: &self.lost, live: &self.live }
    }

    pub(super) fn put(&mut self, input: Input) -> Result<(), Rejected> {
        for (actor, event) in decide(&self.context(), &self.state, input)? {
            let seq = self.log.len() as u64 + 1;
            self.state.apply(seq, &actor, &event).unwrap_or_else(|e| panic!("{e}; log {:#?}", self.log));
            self.log.push((actor, event));
        }
        Ok(())
    }

    pub(super) fn begin(&mut self) {
        self.put(Input::Begin(Box::new(head(Mode::Live)), Vec::new(), alice())).unwrap();
    }

    pub(super) fn answer(&mut self, answer: Answer) -> Result<(), Rejected> {
        self.put(Input::Answer(answer, alice()))
    }

    /// Goes on until a person is needed, or nothing is.
    pub(super) fn until_asked(&mut self) -> Option<Ask> {
        for _ in 0..10_000 {
            match due(&self.context(), &self.state) {
                Due::Nothing => return None,
                Due::Ask(question) => return Some(question.ask),
                Due::Advance => self.put(Input::Advance).unwrap(),
                Due::Rehearse { .. } => self.put(Input::Rehearsed).unwrap(),
                Due::Look { node, .. } => {
                    let verdict = self.looks.remove(&node).unwrap();
                    self.put(Input::Looked(verdict)).unwrap();
                }
                Due::Identify { aims, .. } => {
                    let say = |aim: Aim| {
                        let facts = self.said.get(&aim.name).cloned().ok_or_else(|| "no answer".to_owned());
                        (aim.clone(), facts.map(|facts| vec![(aim.name, facts)]))
                    };
                    let said = aims.into_iter().map(say).collect();
                    self.put(Input::Identified(said)).unwrap();
                }
                Due::Delay { .. } => self.put(Input::Retry).unwrap(),
                Due::Execute { node, attempt, .. } => {
                    self.started.push((node.clone(), attempt));
                    let verdict = match self.ends.get_mut(node.as_str()) {
                        Some(ends) if !ends.is_empty() => ends.remove(0),
                        _ => success(&[]),
                    };
                    self.put(Input::Completed {
                        verdict,
                        took_ms: 1,
                        output: None,
                        session: None,
                        done_on: Vec::new(),
                    })
                    .unwrap();
                }
            }
        }
        panic!("the engine goes round in circles");
    }

    /// Says yes to everything.
    fn finish(&mut self) {
        while let Some(ask) = self.until_asked() {
            let answer = usual(&ask);
            self.answer(answer).unwrap();
        }
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        self.state.outcome.as_ref().map(|(o, _)| *o)
    }

    fn names(&self) -> Vec<&'static str> {
        self.log.iter().map(|(_, e)| e.name()).collect()
    }
}

fn usual(ask: &Ask) -> Answer {
    match ask {
        Ask::Command { .. } => Answer::Run { edited: None },
        Ask::Manual { .. } => Answer::Done { note: String::new() },
        Ask::Decision { proposal, .. } => Answer::Choose(proposal.as_ref().map_or(0, |p| p.0)),
        Ask::Value { .. } => Answer::Value("7".into()),
        Ask::Failure { .. } => Answer::Failure(FailureAnswer::Abort, String::new()),
        Ask::Unknown { .. } => Answer::Unknown(UnknownAnswer::Happened, "looked".into()),
        Ask::Check { .. } | Ask::Gate { .. } => Answer::Yes,
    }
}

pub(super) fn success(captures: &[(&str, &str)]) -> Verdict {
    let captures = captures.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Verdict::Success { exit: 0, captures, summary: String::new() }
}

fn failure() -> Verdict {
    Verdict::Failure(Cause::Exit { status: 1 })
}

fn visited(bench: &Bench<'_>) -> Vec<String> {
    bench
        .log
        .iter()
        .filter_map(|(_, e)| if let Event::StepReached { node, .. } = e { Some(node.clone()) } else { None })
        .collect()
}

#[test]
fn steps_run_in_order_and_the_start_is_announced_before_the_end() {
    let plan = plan(vec![runs("a", Effect::Write), runs("b", Effect::Read)]);
    let mut bench = Bench::new(&plan);
    bench.begin();
    bench.finish();
    assert_eq!(bench.outcome(), Some(Outcome::Completed));
    assert_eq!(
        bench.names(),
        [
            "run-started",
            "step-reached",
            "step-started",
            "step-succeeded",
            "step-reached",
            "step-started",
            "step-succeeded",
            "run-finished"
        ]
    );
}

#[test]
fn a_way_of_a_decision_joins_the_main_line_and_the_other_is_not_walked() {
    let way = |id: &str, index| Step { branch: Some((0, index)), ..runs(id, Effect::Write) };
    let ways = [("left", Target::Children, None), ("right", Target::Children, None)];
    let plan =
        plan(vec![decision("choose", &ways), way("l1", 0), way("l2", 0), way("r1", 1), runs("after", Effect::Write)]);
    for (choice, want) in [(0, ["choose", "l1", "l2", "after"].as_slice()), (1, ["choose", "r1", "after"].as_slice())] {
        let mut bench = Bench::new(&plan);
        bench.begin();
        assert!(matches!(bench.until_asked(), Some(Ask::Decision { .. })));
        bench.answer(Answer::Choose(choice)).unwrap();
        bench.finish();
        assert_eq!(visited(&bench), want);
    }
}

#[test]
fn a_condition_that_holds_is_proposed_and_an_unknown_value_proposes_nothing() {
    let ways = [("left", Target::Continue, Some("lag > 10")), ("right", Target::Continue, None)];
    let plan = plan(vec![runs("measure", Effect::Read), decision("choose", &ways)]);
    for (captures, want) in [(vec![("lag", "31")], Some(0)), (vec![("lag", "3")], Some(1)), (vec![], None)] {
        let mut bench = Bench::new(&plan);
        bench.ends.insert("measure", vec![success(&captures)]);
        bench.begin();
        bench.until_asked();
        bench.answer(Answer::Run { edited: None }).unwrap();
        let Some(Ask::Decision { proposal, .. }) = bench.until_asked() else { panic!("no decision") };
        assert_eq!(proposal.map(|p| p.0), want, "{captures:?}");
    }
}

#[test]
fn the_same_seed_draws_the_same_ways_and_others_draw_all_of_them() {
    let ways = [("kill", Target::Continue, None), ("cut", Target::Continue, None), ("fill", Target::Continue, None)];
    let proposed = |seed: &str, ways: &[(&str, Target, Option<&str>)]| {
        let drawn = Step { draw: Some(seed.to_owned()), ..decision("scenario", ways) };
        let plan = plan(vec![drawn]);
        let mut bench = Bench::new(&plan);
        bench.begin();
        let Some(Ask::Decision { proposal, .. }) = bench.until_asked() else { panic!("no decision") };
        proposal
    };
    let drawn: Vec<usize> = (0..40).map(|seed| proposed(&seed.to_string(), &ways).unwrap().0).collect();
    assert_eq!(drawn, (0..40).map(|seed| proposed(&seed.to_string(), &ways).unwrap().0).collect::<Vec<_>>());
    for way in 0..3 {
        assert!(drawn.iter().filter(|d| **d == way).count() >= 5, "{drawn:?}");
    }
    // A promise to those who wrote a seed down: it draws the same in every version.
    assert_eq!(drawn[..8], [2, 0, 0, 1, 1, 0, 0, 0]);
    assert_eq!(proposed("42", &ways).unwrap().1, "drawn at random: seed 42, draw 1");
    // Without a seed it is the run's own name; an unknown value proposes nothing.
    assert!(proposed("", &ways).unwrap().1.starts_with("drawn at random: seed "));
    assert_eq!(proposed("no_such_value", &ways), None);
    // Conditions speak against a way.
    let only = [
        ("kill", Target::Continue, Some("1 == 2")),
        ("cut", Target::Continue, None),
        ("fill", Target::Continue, Some("1 == 2")),
    ];
    assert!((0..20).all(|seed| proposed(&seed.to_string(), &only).unwrap().0 == 1));
}

#[test]
fn no_at_a_gate_stops_the_run_and_two_approvers_are_two_people() {
    let gate = Step { kind: StepKind::Gate, gate: Some(Gate { question: "go?".into(), approvers: 2 }), ..step("gate") };
    let plan = plan(vec![gate, runs("after", Effect::Write)]);
    let mut bench = Bench::new(&plan);
    bench.begin();
    bench.until_asked();
    assert!(bench.answer(Answer::Skip { reason: "no time".into() }).is_err());
    bench.answer(Answer::Yes).unwrap();
    assert!(matches!(bench.until_asked(), Some(Ask::Gate { missing: 1, .. })));
    assert!(bench.answer(Answer::Yes).is_err(), "the same person twice");
    bench.put(Input::Answer(Answer::Yes, Actor::Operator("bob".into()))).unwrap();
    assert!(matches!(bench.until_asked(), Some(Ask::Command { .. })));

    let mut refused = Bench::new(&plan);
    refused.begin();
    refused.until_asked();
    refused.answer(Answer::No { note: "too risky".into() }).unwrap();
    assert_eq!(refused.until_asked(), None);
    assert_eq!(refused.outcome(), Some(Outcome::Aborted));
    assert!(refused.started.is_empty());
}

#[test]
fn only_harmless_commands_are_tried_again_by_themselves() {
    let with_retries = |effect, idempotent| {
        let mut step = runs("a", effect);
        step.commands[0].options.retries = 2;
        step.commands[0].options.idempotent = idempotent;
        step
    };
    for (effect, idempotent) in [(Effect::Read, false), (Effect::Write, true)] {
        let plan = plan(vec![with_retries(effect, idempotent)]);
        let mut bench = Bench::new(&plan);
        bench.ends.insert("a", vec![failure(), failure(), failure()]);
        bench.begin();
        bench.until_asked();
        bench.answer(Answer::Run { edited: None }).unwrap();
        assert!(matches!(bench.until_asked(), Some(Ask::Failure { .. })));
        assert_eq!(bench.started.len(), 3, "{effect:?} {idempotent}");
    }
    let errors = build(&runbook(vec![with_retries(Effect::Write, false)])).unwrap_err();
    assert_eq!(errors[0].code, "retries-on-a-write");
}

#[test]
fn rollback_takes_the_last_first_and_then_the_section() {
    let section = Step { role: Role::Rollback, kind: StepKind::Rollback, ..runs("restore", Effect::Write) };
    let plan = plan(vec![undoable("a"), undoable("b"), runs("c", Effect::Write), section]);
    let mut bench = Bench::new(&plan);
    bench.ends.insert("c", vec![failure()]);
    bench.begin();
    while !matches!(bench.until_asked(), Some(Ask::Failure { .. })) {
        bench.answer(Answer::Run { edited: None }).unwrap();
    }
    bench.answer(Answer::Failure(FailureAnswer::Rollback, String::new())).unwrap();
    bench.finish();
    assert_eq!(bench.outcome(), Some(Outcome::RolledBack));
    let order: Vec<&str> = bench.started.iter().map(|(n, _)| n.as_str()).collect();
    assert_eq!(order, ["a", "b", "c", "b/undo", "a/undo", "restore"]);
}

#[test]
fn after_the_pivot_only_what_came_after_is_undone() {
    let pivot = Step { pivot: true, ..undoable("promote") };
    let section = Step { role: Role::Rollback, kind: StepKind::Rollback, ..runs("restore", Effect::Write) };
    let plan = plan(vec![undoable("a"), pivot, undoable("b"), runs("c", Effect::Write), section]);
    let mut bench = Bench::new(&plan);
    bench.ends.insert("c", vec![failure()]);
    bench.begin();
    while !matches!(bench.until_asked(), Some(Ask::Failure { after_pivot: true, .. })) {
        bench.answer(Answer::Run { edited: None }).unwrap();
    }
    bench.answer(Answer::Failure(FailureAnswer::Rollback, String::new())).unwrap();
    let rollback = bench.state.rollback.clone().unwrap();
    assert_eq!(rollback.queue, ["b/undo"]);
    assert!(rollback.left.iter().any(|l| l.contains("done before the point of no return")), "{:?}", rollback.left);
}

#[test]
fn a_pivot_that_failed_half_way_counts_as_passed() {
    let pivot = Step { pivot: true, ..runs("promote", Effect::Write) };
    let plan = plan(vec![undoable("a"), pivot]);
    let mut bench = Bench::new(&plan);
    bench.ends.insert("promote", vec![failure()]);
    bench.begin();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    let Some(Ask::Failure { after_pivot, choices, .. }) = bench.until_asked() else { panic!("no failure") };
    assert!(after_pivot);
    assert!(!choices.contains(&FailureAnswer::Rollback), "undoing a promotion by halves: {choices:?}");
}

#[test]
fn a_failed_undo_is_stuck_not_rolled_back() {
    let plan = plan(vec![undoable("a"), runs("b", Effect::Write)]);
    let mut bench = Bench::new(&plan);
    bench.ends.insert("b", vec![failure()]);
    bench.ends.insert("a/undo", vec![failure()]);
    bench.begin();
    while !matches!(bench.until_asked(), Some(Ask::Failure { .. })) {
        bench.answer(Answer::Run { edited: None }).unwrap();
    }
    bench.answer(Answer::Failure(FailureAnswer::Rollback, String::new())).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    assert!(matches!(bench.until_asked(), Some(Ask::Failure { .. })));
    bench.answer(Answer::Failure(FailureAnswer::Abort, String::new())).unwrap();
    assert_eq!(bench.outcome(), Some(Outcome::Stuck));
}

#[test]
fn blanks_are_asked_unless_they_are_known_and_are_judged() {
    let blank = Blank {
        name: "rto_measured".into(),
        label: "RTO measured".into(),
        span: Span::new(0, 1),
        line: 1,
        kind: ValueKind::Duration,
        objective: Some("< 5 min".into()),
        options: Vec::new(),
    };
    let results = Step { kind: StepKind::Input, blanks: vec![blank], ..step("results") };
    let plan = plan(vec![runs("measure", Effect::Read), results]);
    let mut asked = Bench::new(&plan);
    asked.begin();
    asked.until_asked();
    asked.answer(Answer::Run { edited: None }).unwrap();
    assert!(matches!(asked.until_asked(), Some(Ask::Value { .. })));
    assert!(asked.answer(Answer::Value("soon".into())).is_err(), "not a duration");
    asked.answer(Answer::Value("6 min".into())).unwrap();
    assert!(asked.log.iter().any(|(_, e)| matches!(e, Event::BlankFilled { met: Some(false), .. })));

    let mut measured = Bench::new(&plan);
    measured.ends.insert("measure", vec![success(&[("rto_measured", "42s")])]);
    measured.begin();
    measured.until_asked();
    measured.answer(Answer::Run { edited: None }).unwrap();
    assert_eq!(measured.until_asked(), None);
    assert!(
        measured
            .log
            .iter()
            .any(|(a, e)| *a == Actor::Engine && matches!(e, Event::BlankFilled { met: Some(true), .. }))
    );
}

#[test]
fn nothing_runs_with_a_missing_value() {
    let mut needs = runs("a", Effect::Write);
    needs.commands[0].text = "mysql -h {{ replica_host }}".into();
    let plan = plan(vec![needs]);
    let mut bench = Bench::new(&plan);
    bench.begin();
    assert!(matches!(bench.until_asked(), Some(Ask::Value { name, .. }) if name == "replica_host"));
    assert!(bench.answer(Answer::Run { edited: None }).is_err());
    assert!(bench.answer(Answer::Value("  ".into())).is_err());
    bench.answer(Answer::Value("db; rm -rf /".into())).unwrap();
    assert!(
        matches!(bench.until_asked(), Some(Ask::Command { rendered, .. }) if rendered == "mysql -h 'db; rm -rf /'")
    );
}

/// A plan with everything in it that can be interrupted.
fn rich() -> Plan {
    let gate = Step { kind: StepKind::Gate, gate: Some(Gate { question: "go?".into(), approvers: 1 }), ..step("gate") };
    let way = |id: &str| Step { branch: Some((4, 0)), ..runs(id, Effect::Write) };
    let checked = Step {
        expects: vec![Expectation { text: "it looks well".into(), span: Span::new(0, 1), test: None }],
        ..runs("checked", Effect::Read)
    };
    let mut idempotent = runs("again", Effect::Write);
    idempotent.commands[0].options.idempotent = true;
    let tested = Step {
        expects: vec![Expectation {
            text: "ok".into(),
            span: Span::new(0, 1),
            test: Some(ExpectTest::Contains("ok".into())),
        }],
        ..runs("tested", Effect::Write)
    };
    let two = Step {
        commands: vec![command("one", Effect::Write), command("two", Effect::Read)],
        ..runs("two", Effect::Write)
    };
    plan(vec![
        runs("look", Effect::Read),
        gate,
        undoable("write"),
        idempotent,
        decision("choose", &[("this", Target::Children, None), ("that", Target::Continue, None)]),
        way("inside"),
        Step { pivot: true, ..runs("promote", Effect::Destructive) },
        checked,
        tested,
        two,
        step("tell"),
    ])
}

fn kept(state: &RunState) -> (Option<Outcome>, BTreeMap<String, Phase>) {
    let phases = state.nodes.iter().map(|(id, n)| (id.clone(), n.phase.clone())).collect();
    (state.outcome.as_ref().map(|o| o.0), phases)
}

#[test]
fn every_prefix_of_a_journal_resumes_to_the_same_end_or_asks() {
    let plan = rich();
    let mut whole = Bench::new(&plan);
    whole.begin();
    whole.finish();
    assert_eq!(whole.outcome(), Some(Outcome::Completed));
    for cut in 1..whole.log.len() {
        let mut bench = Bench::new(&plan);
        for (actor, event) in &whole.log[..cut] {
            bench.state.apply(bench.log.len() as u64 + 1, actor, event).unwrap();
            bench.log.push((actor.clone(), event.clone()));
        }
        let running =
            bench.state.cursor.clone().filter(|id| bench.state.node(id).is_some_and(|n| n.phase == Phase::Running));
        bench
            .put(Input::Resume {
                source: "s".into(),
                plan: "p".into(),
                edited: false,
                torn: 0,
                same_boot: true,
                by: alice(),
            })
            .unwrap();
        let ask = bench.until_asked();
        if let Some(node) = running {
            let harmless = ["look", "checked", "again", "two/2"].contains(&node.as_str());
            assert_eq!(matches!(ask, Some(Ask::Unknown { .. })), !harmless, "cut {cut}, `{node}`: {ask:?}");
            assert_eq!(bench.started.iter().any(|(n, _)| *n == node), harmless, "cut {cut}, `{node}`");
        }
        bench.finish();
        let (outcome, mut phases) = kept(&bench.state);
        let (want, wanted) = kept(&whole.state);
        // A step that a person says has happened is done in another way; it is done.
        for (id, phase) in &mut phases {
            if matches!(phase, Phase::Done { .. }) && matches!(wanted.get(id), Some(Phase::Done { .. })) {
                phase.clone_from(&wanted[id]);
            }
        }
        assert_eq!((outcome, phases), (want, wanted), "cut {cut}");
        let before: Vec<&str> = whole.log[..cut]
            .iter()
            .filter_map(|(_, e)| {
                if let Event::StepStarted { node, repeatable: false, .. } = e { Some(node.as_str()) } else { None }
            })
            .collect();
        for (node, _) in &bench.started {
            assert!(!before.contains(&node.as_str()), "cut {cut}: `{node}` was started twice, and nobody said so");
        }
    }
}

#[test]
fn a_paused_run_takes_nothing_but_a_resume() {
    let plan = plan(vec![runs("a", Effect::Write)]);
    let mut bench = Bench::new(&plan);
    bench.begin();
    bench.until_asked();
    bench.answer(Answer::Pause { reason: "lunch".into() }).unwrap();
    assert_eq!(bench.state.status, Status::Paused);
    assert_eq!(bench.until_asked(), None);
    assert!(bench.answer(Answer::Run { edited: None }).is_err());
    bench
        .put(Input::Resume {
            source: "s".into(),
            plan: "p".into(),
            edited: false,
            torn: 0,
            same_boot: true,
            by: alice(),
        })
        .unwrap();
    bench.finish();
    assert_eq!(bench.outcome(), Some(Outcome::Completed));
}

#[test]
fn a_rehearsal_starts_nothing_and_reaches_the_end() {
    let plan = rich();
    let mut bench = Bench::new(&plan);
    bench.put(Input::Begin(Box::new(head(Mode::Tabletop)), Vec::new(), alice())).unwrap();
    bench.finish();
    assert_eq!(bench.outcome(), Some(Outcome::Completed));
    assert!(bench.started.is_empty());
    assert!(!bench.names().contains(&"step-started"));
    assert!(!bench.names().contains(&"pivot-passed"));
}

#[test]
fn an_edited_command_runs_as_it_was_written_down() {
    let plan = plan(vec![runs("a", Effect::Write)]);
    let mut bench = Bench::new(&plan);
    bench.secrets.insert("password".into(), "hunter2".into());
    bench.begin();
    bench.until_asked();
    assert!(bench.answer(Answer::Run { edited: Some("mysql -phunter2".into()) }).is_err());
    bench.answer(Answer::Run { edited: Some("echo careful".into()) }).unwrap();
    let Due::Execute { text, .. } = due(&bench.context(), &bench.state) else { panic!("not running") };
    assert_eq!(text, "echo careful");
}

/// A step that may not be undone once it has run.
#[test]
fn each_write_of_a_pivot_step_may_have_passed_it() {
    let two = Step {
        pivot: true,
        commands: vec![command("promote", Effect::Write), command("look", Effect::Read)],
        ..runs("promote", Effect::Write)
    };
    let plan = plan(vec![undoable("a"), two]);
    let mut bench = Bench::new(&plan);
    bench.ends.insert("promote", vec![Verdict::Failure(Cause::Exit { status: 3 })]);
    bench.begin();
    loop {
        match bench.until_asked() {
            Some(Ask::Command { .. }) => bench.answer(Answer::Run { edited: None }).unwrap(),
            Some(Ask::Failure { after_pivot, choices, .. }) => {
                assert!(after_pivot && !choices.contains(&FailureAnswer::Rollback), "{choices:?}");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
}

fn pivotal(id: &str) -> Step {
    Step { pivot: true, ..runs(id, Effect::Write) }
}

#[test]
fn a_failed_pivot_stays_passed_when_it_is_skipped_or_tried_again() {
    for answer in [FailureAnswer::Skip, FailureAnswer::Retry] {
        let plan = plan(vec![undoable("a"), pivotal("p"), undoable("b")]);
        let mut bench = Bench::new(&plan);
        bench.ends.insert("p", vec![failure()]);
        bench.begin();
        while !matches!(bench.until_asked(), Some(Ask::Failure { .. })) {
            bench.answer(Answer::Run { edited: None }).unwrap();
        }
        bench.answer(Answer::Failure(answer, "why".into())).unwrap();
        bench.until_asked();
        assert!(bench.state.past_pivot());
        assert!(bench.answer(Answer::Rollback { reason: "x".into() }).is_err(), "{answer:?}: nothing came after it");
    }
}

#[test]
fn a_step_that_failed_half_way_is_undone_even_if_it_was_skipped() {
    let plan = plan(vec![undoable("a"), runs("b", Effect::Write)]);
    let mut bench = Bench::new(&plan);
    bench.ends.insert("a", vec![failure()]);
    bench.begin();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Failure(FailureAnswer::Skip, "later".into())).unwrap();
    bench.until_asked();
    bench.answer(Answer::Rollback { reason: "x".into() }).unwrap();
    assert_eq!(bench.state.rollback.as_ref().unwrap().queue, ["a/undo"]);
}

#[test]
fn an_undo_that_failed_and_was_skipped_is_stuck() {
    let plan = plan(vec![undoable("a"), runs("b", Effect::Write)]);
    let mut bench = Bench::new(&plan);
    bench.ends.insert("a/undo", vec![failure()]);
    bench.begin();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Rollback { reason: "x".into() }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Failure(FailureAnswer::Skip, "no".into())).unwrap();
    bench.until_asked();
    assert_eq!(bench.outcome(), Some(Outcome::Stuck));
}

#[test]
fn a_read_that_became_another_command_is_not_run_again_by_itself() {
    let before = plan(vec![runs("a", Effect::Read)]);
    let mut bench = Bench::new(&before);
    bench.begin();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    let after = plan(vec![Step { commands: vec![command("rm -rf x", Effect::Write)], ..runs("a", Effect::Write) }]);
    bench.plan = &after;
    let resume =
        Input::Resume { source: "s".into(), plan: "q".into(), edited: true, torn: 0, same_boot: true, by: alice() };
    bench.put(resume).unwrap();
    assert!(matches!(bench.until_asked(), Some(Ask::Unknown { .. })));
    assert_eq!(bench.started, []);
}

#[test]
fn the_way_back_can_be_taken_right_after_a_crash() {
    let plan = plan(vec![undoable("a"), runs("b", Effect::Read)]);
    let mut bench = Bench::new(&plan);
    bench.begin();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    let resume =
        Input::Resume { source: "s".into(), plan: "p".into(), edited: false, torn: 0, same_boot: true, by: alice() };
    bench.put(resume).unwrap();
    bench.put(Input::Rollback { reason: "x".into(), by: alice() }).unwrap();
    bench.finish();
    assert_eq!(bench.outcome(), Some(Outcome::RolledBack));
}

#[test]
fn an_undo_that_the_edited_runbook_no_longer_has_is_never_rolled_back() {
    let before = plan(vec![undoable("a"), runs("b", Effect::Write)]);
    let mut bench = Bench::new(&before);
    bench.begin();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    bench.answer(Answer::Rollback { reason: "x".into() }).unwrap();
    let after = plan(vec![runs("a", Effect::Write), runs("b", Effect::Write)]);
    bench.plan = &after;
    bench.until_asked();
    assert_eq!(bench.outcome(), Some(Outcome::Stuck));
}

#[test]
fn a_run_that_began_behind_the_pivot_does_not_take_the_whole_way_back() {
    let back = Step { role: Role::Rollback, kind: StepKind::Rollback, ..runs("back", Effect::Write) };
    let plan = plan(vec![pivotal("p"), runs("b", Effect::Write), runs("c", Effect::Write), back]);
    let mut bench = Bench::new(&plan);
    let head = RunHead { start_at: Some("b".into()), ..head(Mode::Live) };
    bench.put(Input::Begin(Box::new(head), Vec::new(), alice())).unwrap();
    bench.until_asked();
    bench.answer(Answer::Run { edited: None }).unwrap();
    bench.until_asked();
    assert!(bench.answer(Answer::Rollback { reason: "x".into() }).is_err());
}

#[test]
fn an_edited_command_has_no_holes() {
    let plan = plan(vec![runs("a", Effect::Write)]);
    let mut bench = Bench::new(&plan);
    bench.begin();
    bench.until_asked();
    assert!(bench.answer(Answer::Run { edited: Some("mysql -h {{ host }}".into()) }).is_err());
}

#[test]
fn what_must_fail_is_not_proven_by_a_missing_program() {
    use super::judge::{Ended, Finished, judge};
    use crate::plan::model::Work;
    let expects = vec!["exit != 0".to_owned()];
    let mut ping = command("mysqladmin ping", Effect::Read);
    ping.options.expects = expects;
    let plan = plan(vec![Step { commands: vec![ping], ..runs("a", Effect::Read) }]);
    let Work::Command(work) = &plan.nodes[0].work else { panic!("no command") };
    let scope = crate::plan::render::Scope {
        variables: &BTreeMap::new(),
        secrets: &BTreeMap::new(),
        places: &crate::plan::render::NOWHERE,
        live: crate::plan::render::Live::NOTHING,
    };
    let ended = |exit| {
        let finished = Finished {
            ended: Ended::Exit(exit),
            stdout: String::new(),
            stderr: String::new(),
            truncated: false,
            parts: Vec::new(),
            left_out: false,
        };
        judge(work, &finished, &scope)
    };
    assert!(matches!(ended(1), Verdict::Success { .. }));
    assert!(matches!(ended(127), Verdict::Failure(_)));
    assert!(matches!(ended(0), Verdict::Failure(_)));
}

#[test]
fn an_expected_text_is_found_as_words() {
    use super::judge::{Ended, Finished, judge};
    use crate::plan::model::Work;
    for (wanted, printed, want) in [
        ("active", "inactive", false),
        ("active", "Active: active (running)", true),
        ("0", "10", false),
        ("0", "lag 0", true),
        ("0", "0.5", false),
        ("1", "-1", false),
        ("ON", "read_only | ON |", true),
        ("primary", "is_primary", false),
        ("row(s)", "1 row(s)", true),
    ] {
        let mut step = runs("a", Effect::Read);
        let test = Some(ExpectTest::Contains(wanted.into()));
        step.expects = vec![Expectation { text: wanted.into(), span: Span::new(0, 1), test }];
        let plan = plan(vec![step]);
        let Work::Command(work) = &plan.nodes[0].work else { panic!("no command") };
        let scope = crate::plan::render::Scope {
            variables: &BTreeMap::new(),
            secrets: &BTreeMap::new(),
            places: &crate::plan::render::NOWHERE,
            live: crate::plan::render::Live::NOTHING,
        };
        let finished = Finished {
            ended: Ended::Exit(0),
            stdout: printed.into(),
            stderr: String::new(),
            truncated: false,
            parts: Vec::new(),
            left_out: false,
        };
        let held = matches!(judge(work, &finished, &scope), Verdict::Success { .. });
        assert_eq!(held, want, "{wanted} in {printed}");
    }
}
