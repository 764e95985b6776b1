//! A small plan, a run and a screen in memory, for the tests of this room.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::screen::Screen;
use super::style::Style;
use super::text::Line;
use crate::driver::ports::Standing;
use crate::engine::event::{Actor, Event, Mode, RunHead};
use crate::engine::question::{Ask, Question};
use crate::engine::state::RunState;
use crate::journal::record::Record;
use crate::plan::model::{Choice, CommandWork, Info, InputWork, Node, Path, Plan, PlanStep, Work};
use crate::runbook::model::{
    CommandOptions, Effect, Interpreter, Language, Metadata, Reading, Role, StepKind, ValueKind,
};
use crate::source::Span;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) const PROMOTE: &str = "STOP SLAVE IO_THREAD;\nSELECT MASTER_GTID_WAIT('0-1-48211', 10);\nSTOP SLAVE; RESET SLAVE ALL;\nSET GLOBAL read_only = 0;";

pub(super) fn command(effect: Effect, reading: Reading) -> Work {
    Work::Command(CommandWork {
        text: String::new(),
        placeholders: vec![("replica_host".into(), Span::default())],
        reading,
        why: String::new(),
        effect,
        effect_why: String::new(),
        interpreter: Interpreter::Shell,
        options: CommandOptions::default(),
        expects: vec![],
        reads: vec!["REPLICA".into()],
        sets: vec![],
        programs: vec![],
        functions: vec![],
        sample: None,
        verify: None,
    })
}

fn step(number: &str, id: &str, title: &str, section: &str, work: Work) -> (PlanStep, Node) {
    let node = Node {
        id: id.into(),
        step: 0,
        title: title.into(),
        line: 10,
        span: Span::default(),
        work,
        next: None,
        path: Path::Forward,
        when: None,
        optional: false,
        pivot: false,
        draw: None,
        again: None,
    };
    let step = PlanStep {
        id: id.into(),
        number: number.into(),
        title: title.into(),
        kind: StepKind::Command,
        line: 10,
        section: section.into(),
        role: Role::Phase,
        owner: None,
        timebox: None,
        offset: None,
        effect: Effect::Write,
        nodes: vec![],
        undo: vec![],
        undo_text: None,
        pivot: false,
        expects: vec![],
        branches: vec![],
        guidance: vec![],
    };
    (step, node)
}

/// A failover in six steps.
pub(super) fn plan(language: Language) -> Plan {
    let choice = |label: &str, to| Choice { label: label.into(), to, stop: false, rollback: false, when: None };
    let french = language == Language::Fr;
    let word = |en: &'static str, fr: &'static str| if french { fr } else { en };
    let detection = word("Detection", "Détection");
    let mut parts = vec![
        step(
            "1.1",
            "confirm",
            word("Confirm from two sources", "Confirmer par deux sources"),
            detection,
            command(Effect::Read, Reading::Run),
        ),
        step(
            "2.1",
            "choose-path",
            word("Automatic or manual?", "Automatique ou manuel ?"),
            word("Decision", "Décision"),
            Work::Decision { options: vec![choice("Automatic", Some(2)), choice("Manual", None)] },
        ),
        step(
            "2.2",
            "go-no-go",
            word("GO/NO-GO: promote replica2?", "GO/NO-GO : promouvoir replica2 ?"),
            word("Decision", "Décision"),
            Work::Gate { question: word("Promote replica2?", "Promouvoir replica2 ?").into(), approvers: 2 },
        ),
        step(
            "3.1",
            "promote",
            word("Promote replica2", "Promouvoir replica2"),
            "Promotion",
            command(Effect::Write, Reading::Run),
        ),
        step(
            "3.2",
            "tell",
            word("Tell the applications' owners", "Prévenir les propriétaires des applications"),
            "Promotion",
            Work::Manual,
        ),
        step(
            "4.1",
            "measure",
            word("RTO measured", "RTO mesuré"),
            "Validation",
            Work::Input(InputWork {
                name: "rto_measured".into(),
                label: word("RTO measured", "RTO mesuré").into(),
                kind: ValueKind::Duration,
                objective: Some("< 5 min".into()),
                options: vec![],
            }),
        ),
    ];
    let promote = &mut parts[3];
    promote.0.pivot = true;
    promote.1.pivot = true;
    promote.0.timebox = Some(Duration::from_secs(30));
    promote.0.owner = Some("DBA".into());
    promote.0.expects = vec!["@@read_only = 0".into()];
    if let Work::Command(work) = &mut promote.1.work {
        work.interpreter = Interpreter::Sql;
        work.options.on = Some("replica2".into());
    }
    parts[0].0.guidance = vec![
        word(
            "Ask the monitoring and one host of another network; a single source may only have lost its own way there.",
            "Demandez à la supervision et à une machine d'un autre réseau ; une seule source peut avoir perdu son propre chemin.",
        )
        .into(),
    ];
    let mut steps = Vec::new();
    let mut nodes = Vec::new();
    for (i, (mut step, mut node)) in parts.into_iter().enumerate() {
        node.step = i;
        step.nodes = vec![i];
        steps.push(step);
        nodes.push(node);
    }
    let by_id: crate::runbook::tables::Table<_, _> = nodes.iter().enumerate().map(|(i, n)| (n.id.clone(), i)).collect();
    let info = Info {
        id: "RB-001".into(),
        title: word("Master failover", "Bascule du maître").into(),
        language,
        metadata: Metadata::default(),
    };
    Plan { digest: String::new(), info, steps, nodes, edges: vec![], entry: Some(0), rollback: None, by_id }
}

pub(super) fn head(language: Language) -> RunHead {
    RunHead {
        run: "2026-11-20-a7f3".into(),
        runbook: "RB-001".into(),
        title: plan(language).info.title,
        path: "/rb/RB-001.md".into(),
        source: String::new(),
        plan: String::new(),
        mode: Mode::Live,
        language,
        rto_s: Some(300),
        rpo_s: Some(0),
        severity: Some("P0".into()),
        category: Some("incident".into()),
        incident_start: None,
        start_at: None,
        until: None,
        steps: 6,
        host: "ops1".into(),
        version: "0.1.0".into(),
        boot: String::new(),
        boot_us: 0,
        called_by: None,
        environment: None,
    }
}

/// A run that is 72 seconds old.
pub(super) fn state(language: Language) -> RunState {
    RunState { head: Some(head(language)), ..RunState::default() }
}

pub(super) fn standing<'a>(plan: &'a Plan, state: &'a RunState) -> Standing<'a> {
    Standing {
        plan,
        state,
        elapsed: Duration::from_secs(72),
        from_incident: true,
        at_step: Duration::from_secs(24),
        down: Vec::new(),
    }
}

pub(super) fn question(node: &str, ask: Ask) -> Question {
    Question { node: node.into(), step: node.split('/').next().unwrap_or("").into(), ask }
}

/// May this run?
pub(super) fn run(rendered: &str, effect: Effect, pivot: bool) -> Ask {
    Ask::Command {
        rendered: rendered.into(),
        effect,
        effect_why: "not proven to be a read".into(),
        attended: false,
        ambiguous: None,
        pivot,
        optional: false,
        attempts: 0,
    }
}

pub(super) fn record(seq: u64, seconds: u64, event: Event) -> Record {
    Record {
        v: 1,
        seq,
        at: jiff::Timestamp::UNIX_EPOCH,
        offset_us: seconds * 1_000_000,
        actor: Actor::Operator("alice".into()),
        event,
        prev: String::new(),
    }
}

/// The text of some lines.
pub(super) fn text(lines: &[Line], style: &Style) -> String {
    lines.iter().map(|l| l.paint(style)).collect::<Vec<_>>().join("\n")
}

/// Bytes that a test can look at afterwards.
#[derive(Clone, Default)]
pub(super) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(super) fn screen(language: Language, style: Style) -> (Screen, Paper) {
    let paper = Paper::default();
    (Screen::new(Box::new(paper.clone()), style, language), paper)
}
