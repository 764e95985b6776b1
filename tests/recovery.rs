//! A journal cut anywhere: whoever takes the run up must end where it would have ended, or ask.
//!
//! The engine and the driver as they are, a real journal, and a world that is played back: each command prints what the
//! runbook waits for. Then the journal is cut after every record and at many bytes, and each piece is driven on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use runbook::driver::core::{Core, Parts};
use runbook::driver::ports::{
    Chunk, Clock, Completion, Control, End, Executor, Interrupt, Job, Operator, Reply, Said, Standing, Tool,
};
use runbook::driver::run::{Ending, drive};
use runbook::engine::decide::Input;
use runbook::engine::event::{Actor, EnvironmentHead, Event, FailureAnswer, Mode, Outcome, RunHead, UnknownAnswer};
use runbook::engine::judge::Part;
use runbook::engine::question::{Answer, Ask, Question};
use runbook::engine::state::{Phase, RunState, Status};
use runbook::journal::{self, Journal};
use runbook::plan::aim::Aim;
use runbook::plan::build::build;
use runbook::plan::model::{Plan, Work};
use runbook::plan::render::Facts;
use runbook::runbook::model::{Effect, ValueKind};
use runbook::source::Source;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use support::Dice;
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};

const RUN: &str = "2026-11-21-0001";

/// What the shell commands of RB-001 print, in one text: each finds its own words in it.
const WORLD: &str = "\
replicas: n2 n3
others: n3
in use: n2
restored after 41s
written by server 102
copied up to 0-102-120
old data kept in /aside
equal at 0-102-120
";

/// What the servers of RB-001 answer to a node's SQL: two result sets of one row, each with every column that any of them
/// is asked for. `None` when nobody answers.
fn rows(node: &str) -> Option<[serde_json::Value; 2]> {
    if matches!(node, "ask-primary" | "ask-address" | "ask-primary-again" | "guards") {
        return None;
    }
    let writable = matches!(node, "promote" | "acknowledged" | "reopen-primary");
    let follows = matches!(
        node,
        "repointed" | "replication-running" | "following" | "old-primary-follows" | "whole-cluster" | "receiving"
    );
    let row = |value: &str| {
        serde_json::json!({
            "ro": u8::from(!writable), "applied": "0-101-100", "written": "0-101-100", "position": "0-101-100",
            "Gtid_IO_Pos": "0-101-100", "Master_Host": "10.0.0.1", "Master_Port": 3306,
            "Master_Log_File": if follows { "binlog.000001" } else { "" },
            "Slave_IO_Running": if follows { "Yes" } else { "No" }, "Slave_SQL_Running": "Yes", "Seconds_Behind_Master": 0,
            "waited": 0, "server": if node == "old-primary-fenced" { 101 } else { 102 }, "marker": "m-1", "found": 1,
            "Value": value, "Checksum": 42, "logs": 1, "passes_on": 1, "inside": 1,
        })
    };
    Some([row("ON"), row(if node == "semi-sync-on" { "1" } else { "ON" })])
}

/// The members that a place's name leads to.
fn members(name: &str) -> Vec<String> {
    name.split(' ').map(str::to_owned).collect()
}

fn part(member: &str, alone: bool, sets: &[serde_json::Value; 2]) -> Part {
    let columns: Vec<&String> = sets[0].as_object().unwrap().keys().collect();
    let results: Vec<_> = sets.iter().map(|row| serde_json::json!({ "columns": columns, "rows": [row] })).collect();
    let last = serde_json::json!([sets[1]]);
    Part {
        member: member.to_owned(),
        alone,
        json: Some(last.clone()),
        names: BTreeMap::from([
            ("row".to_owned(), sets[1].clone()),
            ("rows".to_owned(), last),
            ("count".to_owned(), serde_json::json!(1)),
            ("results".to_owned(), serde_json::Value::Array(results)),
        ]),
        ..Part::default()
    }
}

fn plan_of(text: &str) -> Plan {
    let source = Source::new("plan.md", text);
    let document = runbook::syntax::parse(&source.text);
    build(&runbook::runbook::read(&source, &document)).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn master_failover() -> Plan {
    plan_of(&fs::read_to_string("runbooks/incidents/RB-001-master-failover.md").unwrap())
}

/// A clock that nobody can wait for.
#[derive(Clone, Default)]
struct Ticks(Rc<Cell<u64>>);

impl Clock for Ticks {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(1_795_000_000).unwrap() + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        self.0.set(self.0.get() + 1);
        Duration::from_millis(self.0.get())
    }
}

/// Plays the world back, and writes down what it was made to do.
struct Replay<'a> {
    dir: PathBuf,
    scenario: &'a Scenario,
    started: Vec<(String, u32)>,
}

impl Replay<'_> {
    /// Whether the journal says that a node was started, in this process or in one before.
    fn began(&self, node: &str) -> bool {
        let started = format!("\"type\":\"step-started\",\"node\":\"{node}\"");
        support::journal::lines(&self.dir).iter().any(|line| line.contains(&started))
    }
}

impl Executor for Replay<'_> {
    async fn execute(&mut self, job: Job, _: mpsc::Sender<Chunk>, _: watch::Receiver<Control>) -> Completion {
        let last: serde_json::Value = serde_json::from_str(&support::journal::lines(&self.dir).pop().unwrap()).unwrap();
        // A step that nobody knows of is looked at; that is a read, and no new start.
        let looks = last["event"]["type"] != "step-started" && job.effect == Effect::Read && self.began(&job.node);
        if !looks {
            assert_eq!(last["event"]["type"], "step-started", "{} runs and is not announced on disk", job.node);
            assert_eq!(last["event"]["node"], job.node, "another step is announced");
            self.started.push((job.node.clone(), job.attempt));
        }
        let fails = self.scenario.fails == Some(job.node.as_str());
        let took = Duration::from_millis(5);
        if let (Tool::Sql, Some(aim), false) = (&job.tool, &job.aim, fails) {
            let Some(sets) = rows(&job.node) else {
                return Completion { took, ..Completion::of(End::Unreachable("connection refused".into())) };
            };
            let members = members(&aim.name);
            let parts = members.iter().map(|member| part(member, members.len() == 1, &sets)).collect();
            return Completion { took, parts, ..Completion::of(End::Exit(0)) };
        }
        Completion {
            took,
            stdout: if fails { Vec::new() } else { WORLD.as_bytes().to_vec() },
            ..Completion::of(End::Exit(i32::from(fails)))
        }
    }

    async fn identify(&mut self, aims: Vec<Aim>) -> Said {
        let promoted = self.began("promote");
        let rejoined = self.began("rejoin-in-place");
        let facts = |member: &str| {
            let replica = match member {
                "n1" => rejoined,
                "n2" => !promoted,
                _ => true,
            };
            let fact = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            Facts::from([
                fact("role", if replica { "replica" } else { "primary" }),
                fact("read_only", if member == "n2" && promoted { "false" } else { "true" }),
                fact("receiving", "false"),
                fact("applying", "true"),
                fact("source", "10.0.0.1:3306"),
                fact("position", "0-101-100"),
                fact("host", "10.0.0.2"),
                fact("port", "3306"),
                fact("id", if member == "n1" { "101" } else { "102" }),
            ])
        };
        let said = |aim: &Aim| members(&aim.name).iter().map(|m| (m.clone(), facts(m))).collect();
        aims.into_iter().map(|aim| (aim.clone(), Ok(said(&aim)))).collect()
    }

    fn names(&self) -> Vec<String> {
        ["PATH", "HOME"].map(str::to_owned).to_vec()
    }

    fn missing(&self, _: &[String]) -> Vec<String> {
        Vec::new()
    }
}

/// Answers everything, the same way every time.
struct Script<'a> {
    scenario: &'a Scenario,
    unknown: Vec<String>,
}

impl Operator for Script<'_> {
    async fn ask(&mut self, question: &Question, _: &Standing<'_>) -> Reply {
        let answer = match &question.ask {
            Ask::Value { options, .. } if !options.is_empty() => Answer::Value(options[0].clone()),
            Ask::Value { kind: ValueKind::Number, .. } => Answer::Value("7".into()),
            Ask::Value { kind: ValueKind::Duration, .. } => Answer::Value("7 s".into()),
            Ask::Value { name, .. } => Answer::Value(format!("value of {name}")),
            Ask::Command { .. } => Answer::Run { edited: None },
            Ask::Manual { .. } => Answer::Done { note: "done".into() },
            Ask::Gate { .. } if self.scenario.refuses == Some(question.step.as_str()) => {
                Answer::No { note: "no".into() }
            }
            Ask::Check { .. } | Ask::Gate { .. } => Answer::Yes,
            Ask::Decision { proposal, .. } => {
                Answer::Choose(self.scenario.chooses.or_else(|| proposal.as_ref().map(|p| p.0)).unwrap_or(0))
            }
            Ask::Failure { cause, .. } if self.scenario.fails.is_none() => {
                panic!("{} failed: {cause:?}", question.node)
            }
            Ask::Failure { .. } => Answer::Failure(FailureAnswer::Rollback, "it failed".into()),
            Ask::Unknown { .. } => {
                self.unknown.push(question.node.clone());
                Answer::Unknown(UnknownAnswer::Happened, "looked".into())
            }
        };
        Reply::Answer(answer, Actor::Operator("alice".into()))
    }

    async fn interrupted(&mut self, _: &Standing<'_>) -> Interrupt {
        Interrupt::GoOn
    }

    fn refused(&mut self, message: &str) {
        panic!("an answer was refused: {message}");
    }
}

/// How a run goes.
#[derive(Default)]
struct Scenario {
    values: &'static [(&'static str, &'static str)],
    /// The node whose command fails.
    fails: Option<&'static str>,
    /// The gate that is answered with no.
    refuses: Option<&'static str>,
    /// The way that is chosen.
    chooses: Option<usize>,
}

/// What must be the same at the end, however often the run was taken up.
#[derive(Debug, PartialEq)]
struct End_ {
    outcome: Option<(Outcome, String)>,
    phases: BTreeMap<String, String>,
    variables: BTreeMap<String, Option<String>>,
    pivot: Option<String>,
    undone: Vec<String>,
    chosen: BTreeMap<String, Option<usize>>,
}

impl End_ {
    fn of(state: &RunState) -> Self {
        let phase = |phase: &Phase| match phase {
            Phase::Skipped { reason } => format!("skipped: {reason}"),
            other => other.name().to_owned(),
        };
        Self {
            outcome: state.outcome.clone(),
            phases: state.nodes.iter().map(|(id, node)| (id.clone(), phase(&node.phase))).collect(),
            variables: state.variables.clone(),
            pivot: state.pivot.as_ref().map(|p| p.0.clone()),
            undone: state.rollback.as_ref().map(|r| r.queue.clone()).unwrap_or_default(),
            chosen: state.nodes.iter().map(|(id, node)| (id.clone(), node.chosen)).collect(),
        }
    }
}

/// One process that drives the run in `dir` to its end.
struct Driven {
    end: End_,
    started: Vec<(String, u32)>,
    unknown: Vec<String>,
    torn: u64,
}

fn head(plan: &Plan) -> RunHead {
    RunHead {
        run: RUN.into(),
        runbook: plan.info.id.clone(),
        title: plan.info.title.clone(),
        path: "/plan.md".into(),
        source: "0".repeat(64),
        plan: plan.digest.clone(),
        mode: Mode::Live,
        language: plan.info.language,
        rto_s: None,
        rpo_s: None,
        severity: None,
        category: None,
        incident_start: None,
        start_at: None,
        until: None,
        steps: plan.steps.len(),
        host: "h".into(),
        version: "0".into(),
        boot: String::new(),
        boot_us: 0,
        called_by: None,
        // There is somebody to ask what the places are.
        environment: Some(EnvironmentHead {
            name: "test".into(),
            production: Some(false),
            inventory: "/inventory.yaml".into(),
            sha256: "0".repeat(64),
        }),
    }
}

fn begin(plan: &Plan, scenario: &Scenario) -> Input {
    let values =
        scenario.values.iter().map(|(n, v)| ((*n).to_owned(), Some((*v).to_owned()), "option".to_owned())).collect();
    Input::Begin(Box::new(head(plan)), values, Actor::Operator("alice".into()))
}

fn process(plan: &Plan, scenario: &Scenario, dir: &Path, fresh: bool) -> Driven {
    let (journal, records, torn) = if fresh {
        (Journal::create(dir, RUN).unwrap(), Vec::new(), 0)
    } else {
        let opened = Journal::open(dir).unwrap_or_else(|e| panic!("{e}"));
        (opened.journal, opened.records, opened.torn)
    };
    let mut state = RunState::default();
    for record in &records {
        state.apply(record.seq, &record.actor, &record.event).unwrap();
    }
    let first = match state.status {
        Status::New => vec![begin(plan, scenario)],
        Status::Finished => Vec::new(),
        _ => vec![Input::Resume {
            source: "0".repeat(64),
            plan: plan.digest.clone(),
            edited: false,
            torn,
            same_boot: true,
            by: Actor::Operator("alice".into()),
        }],
    };
    let clock = Ticks::default();
    let mut core = Core::new(Parts {
        plan,
        state,
        journal,
        reporters: Vec::new(),
        clock: Box::new(clock.clone()),
        origin: clock.monotonic(),
        before: None,
        secrets: BTreeMap::new(),
    });
    let mut replay = Replay { dir: dir.to_owned(), scenario, started: Vec::new() };
    let mut script = Script { scenario, unknown: Vec::new() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ending = runtime.block_on(drive(&mut core, &mut replay, &mut script, first)).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(ending, Ending::Finished(_)), "{ending:?}");
    Driven { end: End_::of(&core.state), started: replay.started, unknown: script.unknown, torn }
}

/// In memory, where there is such a place: thousands of syncs are made here.
fn place() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap()
}

/// Drives a scenario once whole, then from every cut.
fn cut_everywhere(plan: &Plan, scenario: &Scenario, outcome: Outcome) {
    let place = place();
    let whole = place.path().join(RUN);
    let reference = process(plan, scenario, &whole, true);
    assert_eq!(reference.end.outcome.as_ref().map(|o| o.0), Some(outcome));
    assert!(reference.unknown.is_empty());
    let bytes = fs::read(whole.join(journal::JOURNAL)).unwrap();
    let records = journal::read(&whole).unwrap().records;
    let repeatable: BTreeSet<&str> = records
        .iter()
        .filter_map(|r| match &r.event {
            Event::StepStarted { node, repeatable: true, .. } => Some(node.as_str()),
            _ => None,
        })
        .collect();
    let mut offsets: Vec<usize> =
        bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1).chain([0]).collect();
    let boundaries = offsets.len();
    let mut dice = Dice::new(7);
    offsets.extend((0..150).map(|_| usize::try_from(dice.roll(bytes.len() as u64)).unwrap()));
    let mut asked = 0;
    for (n, offset) in offsets.iter().enumerate() {
        let again = place.path().join("cut").join(RUN);
        fs::create_dir_all(&again).unwrap();
        fs::write(again.join(journal::JOURNAL), &bytes[..*offset]).unwrap();
        let whole_bytes = whole_batches(&bytes[..*offset]);
        let kept = journal::read(&again).unwrap().records;
        let context =
            format!("cut {n} at byte {offset}, after record {} {:?}", kept.len(), kept.last().map(|r| r.event.name()));
        println!("{context}");
        let driven = process(plan, scenario, &again, false);
        assert_eq!(driven.torn, (offset - whole_bytes) as u64, "{context}");
        assert_eq!(driven.end, reference.end, "{context}");
        only_with_a_word(&again, &kept, &driven, &repeatable, &context);
        if driven.torn > 0 && kept.last().is_some_and(|r| !matches!(r.event, Event::RunFinished { .. })) {
            let told = support::journal::events(&again).into_iter().any(|e| e["torn"] == driven.torn);
            assert!(told, "the torn line is not on record: {context}");
        }
        asked += driven.unknown.len();
        fs::remove_dir_all(&again).unwrap();
    }
    println!("{} records, {boundaries} boundaries, {} bytes, {asked} times unknown", records.len(), bytes.len());
    let may_be_cut = records.iter().any(|r| matches!(r.event, Event::StepStarted { repeatable: false, .. }));
    assert_eq!(asked > 0, may_be_cut, "a cut in a step that may not be repeated must be asked about");
}

/// How many bytes are whole batches: half a batch announced nothing, and counts for nothing.
fn whole_batches(bytes: &[u8]) -> usize {
    let mut whole = 0;
    let mut at = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        at += line.len();
        if line.ends_with(b"\n") && !String::from_utf8_lossy(line).contains(",\"more\":true,\"sum\"") {
            whole = at;
        }
    }
    whole
}

/// A step that is not safe to repeat was started once over all, and what was cut off while it ran was asked about.
fn only_with_a_word(dir: &Path, kept: &[journal::Record], driven: &Driven, repeatable: &BTreeSet<&str>, context: &str) {
    let before = kept.iter().filter_map(|r| match &r.event {
        Event::StepStarted { node, .. } => Some(node.clone()),
        _ => None,
    });
    let mut starts: BTreeMap<String, usize> = BTreeMap::new();
    for node in before.chain(driven.started.iter().map(|(node, _)| node.clone())) {
        *starts.entry(node).or_default() += 1;
    }
    for (node, count) in starts {
        if !repeatable.contains(node.as_str()) {
            assert_eq!(count, 1, "{node} was started {count} times without a word: {context}");
        }
    }
    let verified = journal::for_each(dir, |_| {}).unwrap();
    assert_eq!(verified.torn, 0, "{context}");
}

const VALUES: &[(&str, &str)] = &[
    ("primary", "n1"),
    ("primary_address", "10.0.0.1:3306"),
    ("replicas", "n2 n3"),
    ("repl_user", "repl"),
    ("repl_password", "no secret here"),
    ("check_schema", "app"),
    ("check_tables", "app.writes"),
    ("failover", "manual"),
    ("address_by", "haproxy"),
    ("semi_sync", "1"),
    ("witness_command", "none"),
    ("fence_command", "true"),
    ("start_command", "true"),
];

#[test]
fn a_failover_cut_anywhere_ends_the_same() {
    cut_everywhere(&master_failover(), &Scenario { values: VALUES, ..Scenario::default() }, Outcome::Completed);
}

#[test]
fn a_way_back_cut_anywhere_ends_the_same() {
    let scenario = Scenario { values: VALUES, fails: Some("guards"), ..Scenario::default() };
    cut_everywhere(&master_failover(), &scenario, Outcome::RolledBack);
}

#[test]
fn a_gate_that_is_shut_stays_shut_wherever_the_journal_is_cut() {
    let scenario = Scenario { values: VALUES, refuses: Some("go-no-go"), ..Scenario::default() };
    cut_everywhere(&master_failover(), &scenario, Outcome::Aborted);
}

/// What RB-001 does not have: conditions on every kind of step, jumps, blanks that are known, decisions by condition.
const FORMS: &str = "\
---
id: T-F
---
# Forms

## Procedure

1. Measure.
   ```bash {#measure effect=read capture.qps=\"/written by server (\\d+)/\"}
   echo measure
   ```
2. Only when it is low.
   ```bash {#low effect=write when=\"qps|int < 5\"}
   echo low
   ```
3. Only when it is high.
   ```bash {#high effect=write when=\"qps|int > 5\"}
   echo high
   ```
4. Look by hand when it is low. {#by-hand when=\"qps|int < 5\"}

- QPS: _______
- Note: _______

## Decision

**If it is bad:**
- [ ] Take the long way → [Long](#long)
- [ ] Take the short way → [Last](#last)

## Long

1. A long step.
   ```bash {#long-step effect=write}
   echo long
   ```
2. → [Last](#last)

## Between

1. Never reached by the long way.
   ```bash {#between effect=write}
   echo between
   ```

## Last

1. The last step.
   ```bash {#last-step effect=destructive}
   echo last
   ```
   **Rollback**: take it back.
   ```bash {#last-undo effect=write}
   echo undo
   ```
2. Fail, perhaps.
   ```bash {#perhaps effect=read}
   echo perhaps
   ```
";

#[test]
fn every_form_of_step_cut_anywhere_ends_the_same() {
    let plan = plan_of(FORMS);
    let conditions = plan.nodes.iter().filter(|n| n.when.is_some()).count();
    let has = |test: fn(&Work) -> bool| plan.nodes.iter().any(|n| test(&n.work));
    assert_eq!(conditions, 3, "{:#?}", plan.steps.iter().map(|s| &s.id).collect::<Vec<_>>());
    assert!(has(|w| matches!(w, Work::Jump { .. })), "no jump: {:#?}", plan.edges);
    assert!(has(|w| matches!(w, Work::Input(_))));
    assert!(has(|w| matches!(w, Work::Decision { .. })));
    for way in [0, 1] {
        let scenario = Scenario { chooses: Some(way), ..Scenario::default() };
        cut_everywhere(&plan, &scenario, Outcome::Completed);
    }
    let scenario = Scenario { fails: Some("perhaps"), chooses: Some(0), ..Scenario::default() };
    cut_everywhere(&plan, &scenario, Outcome::RolledBack);
}

#[test]
fn a_journal_cut_again_and_again_ends_the_same() {
    let plan = master_failover();
    let scenario = Scenario { values: VALUES, ..Scenario::default() };
    let place = place();
    let reference = process(&plan, &scenario, &place.path().join("whole"), true).end;
    let mut dice = Dice::new(99);
    let dir = place.path().join(RUN);
    process(&plan, &scenario, &dir, true);
    for round in 0..40 {
        // Each cut is made into what the last process wrote.
        let path = dir.join(journal::JOURNAL);
        let bytes = fs::read(&path).unwrap();
        let cut = usize::try_from(dice.roll(bytes.len() as u64)).unwrap();
        fs::write(&path, &bytes[..cut]).unwrap();
        let driven = process(&plan, &scenario, &dir, false);
        assert_eq!(driven.end, reference, "round {round}, cut at {cut}");
    }
    let resumed = RefCell::new(0);
    journal::for_each(&dir, |r| *resumed.borrow_mut() += usize::from(r.event.name() == "run-resumed")).unwrap();
    println!("{} resumes are left in the last journal", resumed.borrow());
}
