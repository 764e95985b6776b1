//! Small runbooks for tests of plan and engine, made without a parser.

use crate::plan::build::build;
use crate::plan::model::Plan;
use crate::runbook::model::*;
use crate::source::Span;

/// A step with nothing in it.
pub fn step(id: &str) -> Step {
    Step {
        id: id.to_owned(),
        title: id.replace('-', " "),
        kind: StepKind::Manual,
        span: Span::new(0, 1),
        line: 1,
        section: None,
        parent: None,
        branch: None,
        role: Role::Phase,
        owner: None,
        timebox: None,
        offset: None,
        effect: Effect::Write,
        commands: Vec::new(),
        expects: Vec::new(),
        blanks: Vec::new(),
        branches: Vec::new(),
        gate: None,
        jump: None,
        guidance: Vec::new(),
        when: None,
        optional: false,
        pivot: false,
        draw: None,
        undo: Vec::new(),
        undo_text: None,
    }
}

/// A command that is run in the shell.
pub fn command(text: &str, effect: Effect) -> Command {
    Command {
        id: None,
        line: 1,
        span: Span::new(0, 1),
        text: text.to_owned(),
        reading: Reading::Run,
        why: "a test".to_owned(),
        effect,
        effect_why: "a test".to_owned(),
        interpreter: Interpreter::Shell,
        placeholders: Vec::new(),
        reads: Vec::new(),
        sets: Vec::new(),
        programs: Vec::new(),
        functions: Vec::new(),
        regular: true,
        options: CommandOptions::default(),
        declared: false,
        doubted: false,
        sample: None,
        verify: None,
    }
}

/// A step that runs one command.
pub fn runs(id: &str, effect: Effect) -> Step {
    Step { kind: StepKind::Command, commands: vec![command(&format!("do {id}"), effect)], ..step(id) }
}

/// A step that writes and has a compensation.
pub fn undoable(id: &str) -> Step {
    Step { undo: vec![command(&format!("undo {id}"), Effect::Write)], ..runs(id, Effect::Write) }
}

/// A decision with these ways.
pub fn decision(id: &str, ways: &[(&str, Target, Option<&str>)]) -> Step {
    let branches = ways
        .iter()
        .map(|(label, target, when)| Branch {
            label: (*label).to_owned(),
            line: 1,
            span: Span::new(0, 1),
            target: target.clone(),
            when: when.map(str::to_owned),
        })
        .collect();
    Step { kind: StepKind::Decision, branches, ..step(id) }
}

/// A runbook of these steps.
pub fn runbook(steps: Vec<Step>) -> Runbook {
    Runbook {
        loops: Vec::new(),
        mentions: Vec::new(),
        id: "T-1".to_owned(),
        title: "Test".to_owned(),
        language: Language::En,
        metadata: Metadata::default(),
        sections: Vec::new(),
        fences: Vec::new(),
        steps,
        diagnostics: Vec::new(),
    }
}

/// Their plan.
pub fn plan(steps: Vec<Step>) -> Plan {
    build(&runbook(steps)).unwrap_or_else(|errors| panic!("{errors:?}"))
}
