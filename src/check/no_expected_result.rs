//! A step that changes something, says nothing of what should come out, and is followed by nothing that looks.

use super::Subject;
use super::facts::{forward, runs, writes};
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{Effect, Reading, Role, Step, StepKind};

/// One finding per step. The next step counts as the proof when it looks at something.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut next_looks = false;
    let mut findings = Vec::new();
    for step in subject.runbook.steps.iter().rev().filter(|s| forward(s)) {
        if writes(step) && !says(step) && !next_looks {
            let command = step.commands.iter().rev().find(|c| runs(c) && c.effect >= Effect::Write);
            findings.push(
                Diagnostic::note(
                    "no-expected-result",
                    format!("`{}` changes something, and nothing says what should come out", step.title),
                )
                .at(command.map_or(step.span, |c| c.span), "")
                .help("add `**Expected**: …`, `expect=…` on the fence, or a step that checks"),
            );
        }
        next_looks = looks(step);
    }
    found.extend(findings.into_iter().rev());
}

fn says(step: &Step) -> bool {
    let mut commands = step.commands.iter().filter(|c| c.reading != Reading::Show);
    !step.expects.is_empty()
        || !step.blanks.is_empty()
        || step.gate.is_some()
        || commands.clone().any(|c| c.sample.is_some() || c.options.until.is_some() || !c.options.expects.is_empty())
        // A read behind the write shows what came of it.
        || commands.next_back().is_some_and(|c| c.effect == Effect::Read)
}

fn looks(step: &Step) -> bool {
    step.role == Role::Validation
        || matches!(step.kind, StepKind::Check | StepKind::Gate | StepKind::Input)
        || step.gate.is_some()
        || step.commands.first().is_some_and(|c| c.effect == Effect::Read)
}
