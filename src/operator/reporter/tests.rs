#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::engine::event::{Blob, Cause, Outcome};
use crate::engine::state::{NodeState, Phase, RunState};
use crate::operator::fixture::{Paper, head, plan, record, screen, standing, state};
use crate::operator::style::Style;
use crate::runbook::model::{Effect, Language};
use std::collections::BTreeMap;

#[allow(clippy::unnecessary_wraps)] // as events want it
fn blob(node: &str) -> Option<Blob> {
    Some(Blob { file: format!("output/{node}-1.txt"), sha256: String::new(), bytes: 1 })
}

fn done(node: &str, took_ms: u64, summary: &str, how: How) -> Event {
    Event::StepSucceeded {
        node: node.into(),
        how,
        exit: (how == How::Ran).then_some(0),
        took_ms,
        captures: BTreeMap::new(),
        output: (how == How::Ran).then(|| blob(node)).flatten(),
        session: None,
        summary: summary.into(),
    }
}

fn reached(node: &str) -> Event {
    Event::StepReached { node: node.into(), title: String::new() }
}

fn started(node: &str, rendered: &str) -> Event {
    Event::StepStarted {
        node: node.into(),
        attempt: 1,
        rendered: rendered.into(),
        effect: Effect::Read,
        repeatable: true,
        edited: false,
    }
}

fn phase(phase: Phase) -> NodeState {
    NodeState {
        phase,
        attempts: 1,
        visits: 1,
        approved_by: vec![],
        chosen: None,
        edited: None,
        rendered: String::new(),
        effect: None,
        repeatable: false,
        touched: false,
        proven: false,
        rounds: Vec::new(),
        left: None,
        done_on: std::collections::BTreeSet::new(),
        looked: None,
    }
}

fn ended(language: Language) -> RunState {
    let mut state = state(language);
    for (node, at) in [
        ("confirm", Phase::Done { how: How::Ran }),
        ("choose-path", Phase::Done { how: How::Confirmed }),
        ("go-no-go", Phase::Done { how: How::Confirmed }),
        ("promote", Phase::Done { how: How::Ran }),
        ("tell", Phase::Skipped { reason: "nobody awake".into() }),
    ] {
        state.nodes.insert(node.into(), phase(at));
    }
    state
}

fn story(language: Language, style: Style) -> String {
    let (screen, paper): (_, Paper) = screen(language, style);
    let (plan, state, after) = (plan(language), state(language), ended(language));
    let mut human = Human::new(screen, PathBuf::from("runs/2026-11-20-a7f3"));
    let mut seq = 0;
    let mut tell = |human: &mut Human, seconds: u64, event: Event| {
        seq += 1;
        human.record(&record(seq, seconds, event), &standing(&plan, &state)).unwrap();
    };
    tell(&mut human, 0, Event::RunStarted(Box::new(head(language))));
    tell(
        &mut human,
        0,
        Event::VariableSet { name: "primary".into(), value: Some("10.0.1.11".into()), from: "option".into() },
    );
    tell(&mut human, 1, reached("confirm"));
    tell(&mut human, 2, started("confirm", "mysqladmin -h 10.0.1.11 ping"));
    for i in 0..30 {
        let chunk = Chunk { stderr: false, bytes: format!("try {i}: \x1b[31mrefused\x1b[0m\n").into_bytes() };
        human.output(&chunk).unwrap();
    }
    tell(&mut human, 14, done("confirm", 12_000, "2 of 2 agree: 10.0.1.11:3306 refused", How::Ran));
    tell(&mut human, 14, reached("choose-path"));
    tell(
        &mut human,
        35,
        Event::Decided {
            node: "choose-path".into(),
            option: 1,
            label: "Manual".into(),
            because: None,
            forgets: Vec::new(),
            round: None,
        },
    );
    tell(&mut human, 35, reached("go-no-go"));
    tell(&mut human, 50, Event::GateAnswered { node: "go-no-go".into(), yes: true, question: "q".into() });
    tell(&mut human, 50, reached("promote"));
    tell(&mut human, 51, started("promote", "STOP SLAVE;\nSET GLOBAL read_only = 0;"));
    tell(&mut human, 82, Event::Overdue { node: "promote".into(), planned_ms: 30_000 });
    let failed = Event::StepFailed {
        node: "promote".into(),
        cause: Cause::Exit { status: 1 },
        took_ms: 31_000,
        output: blob("promote"),
        retry_ms: None,
        done_on: Vec::new(),
    };
    tell(&mut human, 82, failed);
    let retry = Event::FailureAnswered {
        node: "promote".into(),
        answer: crate::engine::event::FailureAnswer::Retry,
        note: "lock gone".into(),
    };
    tell(&mut human, 90, retry);
    tell(&mut human, 90, started("promote", "SET GLOBAL read_only = 0;"));
    tell(&mut human, 91, done("promote", 800, "", How::Ran));
    tell(&mut human, 91, Event::PivotPassed { node: "promote".into() });
    tell(&mut human, 92, reached("tell"));
    tell(&mut human, 99, Event::Skipped { node: "tell".into(), reason: "nobody awake".into(), automatic: false });
    let follow = Event::Noted {
        text: "add a probe for lock waits".into(),
        happened: None,
        owner: Some("bob".into()),
        due: Some("2026-12-01".into()),
        action: true,
    };
    tell(&mut human, 100, follow);
    tell(&mut human, 100, reached("measure"));
    let blank = Event::BlankFilled {
        node: "measure".into(),
        name: "rto_measured".into(),
        label: "RTO".into(),
        value: "6m".into(),
        objective: Some("< 5 min".into()),
        met: Some(false),
    };
    tell(&mut human, 120, blank);
    let finish = record(99, 121, Event::RunFinished { outcome: Outcome::Completed, reason: String::new() });
    human.record(&finish, &standing(&plan, &after)).unwrap();
    paper.text()
}

#[test]
fn a_run_reads_as_a_record() {
    insta::assert_snapshot!("story_en", story(Language::En, Style { live: true, ..Style::plain(80) }));
    insta::assert_snapshot!("story_fr", story(Language::Fr, Style::plain(80)));
    let ascii = Style { color: false, unicode: false, fold: true, width: 80, live: false };
    let text = story(Language::Fr, ascii);
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn a_hundred_thousand_steps_are_cheap() {
    struct Counting(std::sync::Arc<std::sync::atomic::AtomicUsize>);
    impl std::io::Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let writes = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
    let screen = Screen::new(Box::new(Counting(writes.clone())), Style::plain(80), Language::En);
    let (plan, state) = (plan(Language::En), state(Language::En));
    let mut human = Human::new(screen, PathBuf::new());
    for i in 0..20_000_u64 {
        let mut line = record(i, 0, done("confirm", 1, "ok", How::Ran));
        line.offset_us = i * 100;
        human.record(&line, &standing(&plan, &state)).unwrap();
    }
    assert!(writes.load(std::sync::atomic::Ordering::Relaxed) < 200);
}

#[test]
fn json_lines_are_the_journals() {
    let paper = Paper::default();
    let mut json = Json::new(Box::new(paper.clone()), false);
    let (plan, state) = (plan(Language::En), state(Language::En));
    let line = record(1, 0, reached("confirm"));
    json.record(&line, &standing(&plan, &state)).unwrap();
    json.output(&Chunk { stderr: false, bytes: b"x\n".to_vec() }).unwrap();
    assert_eq!(paper.text(), "");
    json.tick(&standing(&plan, &state)).unwrap();
    let text = paper.text();
    assert!(text.ends_with('\n') && text.lines().count() == 1);
    let back: Record = serde_json::from_str(&text).unwrap();
    assert_eq!(back, line);
}

#[test]
fn a_running_command_shows_that_it_moves() {
    let style = Style { live: true, ..Style::plain(80) };
    let (screen, paper) = screen(Language::En, style);
    let (plan, mut state) = (plan(Language::En), state(Language::En));
    state.cursor = Some("promote".into());
    let mut human = Human::new(screen.clone(), PathBuf::new());
    let mut first = standing(&plan, &state);
    first.at_step = Duration::from_secs(10);
    human.record(&record(1, 0, started("promote", "x")), &first).unwrap();
    human.output(&Chunk { stderr: false, bytes: b"copied 10%\rcopied 4\x1b2%".to_vec() }).unwrap();
    let before = paper.text().len();
    human.tick(&standing(&plan, &state)).unwrap();
    human.tick(&standing(&plan, &state)).unwrap();
    assert_eq!(&paper.text()[before..], "  3.1  running 14s of 30s · copied 4␛2% · Ctrl-C: stop or pause");
    // Somebody types: nothing lands in their line.
    let asking = screen.asking();
    let mut later = standing(&plan, &state);
    later.at_step = Duration::from_secs(31);
    human.tick(&later).unwrap();
    human.output(&Chunk { stderr: true, bytes: b"\nend\n".to_vec() }).unwrap();
    human.record(&record(2, 9, done("promote", 800, "ok", How::Ran)), &later).unwrap();
    assert!(paper.text().ends_with("stop or pause"));
    asking.answered();
    screen.flush().unwrap();
    let text = paper.text();
    assert!(text.contains('\r') && text.contains("       │ end\n✓ 3.1  Promote replica2"), "{text}");
}

#[test]
fn a_pipe_gets_no_status_line() {
    let (screen, paper) = screen(Language::En, Style::plain(80));
    let (plan, state) = (plan(Language::En), state(Language::En));
    let mut human = Human::new(screen, PathBuf::new());
    human.record(&record(1, 0, started("promote", "x")), &standing(&plan, &state)).unwrap();
    human.tick(&standing(&plan, &state)).unwrap();
    assert_eq!(paper.text(), "       @replica2 $ x\n");
}

/// What the first step of a plan at minute 20 says, so many seconds into the run.
fn schedule(offset: i64, seconds: u64, mode: crate::engine::event::Mode) -> Option<String> {
    let mut plan = plan(Language::En);
    plan.steps[0].offset = Some(offset);
    let mut state = state(Language::En);
    state.head = Some(crate::engine::event::RunHead { mode, ..head(Language::En) });
    let standing = crate::driver::ports::Standing { elapsed: Duration::from_secs(seconds), ..standing(&plan, &state) };
    let style = Style::plain(80);
    let words = crate::operator::words::Words::of(Language::En);
    pace::Pace::default().schedule(&plan.steps[0], &standing, words).map(|line| line.paint(&style).trim().to_owned())
}

#[test]
fn a_timed_exercise_says_how_late_it_is() {
    use crate::engine::event::Mode::{Live, Tabletop};
    assert_eq!(schedule(1200, 1380, Live).as_deref(), Some("planned for 20:00: 3m late"));
    assert_eq!(schedule(1200, 1070, Live).as_deref(), Some("planned for 20:00: 2m 10s early"));
    assert_eq!(schedule(1200, 1230, Live).as_deref(), Some("planned for 20:00: on time"));
    assert_eq!(schedule(1200, 0, Tabletop).as_deref(), Some("planned for 20:00"));
    // A week before the exercise has no minute.
    assert_eq!(schedule(-604_800, 0, Live), None);
}
