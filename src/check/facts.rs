//! What several lints ask about a runbook.

use crate::diagnostic::{Diagnostic, Severity};
use crate::runbook::model::{Command, Effect, Interpreter, Reading, Role, Runbook, Step};

/// Whether the engine would start it by itself or with a terminal.
pub(super) fn runs(command: &Command) -> bool {
    matches!(command.reading, Reading::Run | Reading::Attended)
}

/// Whether a step is on the way forward.
pub(super) fn forward(step: &Step) -> bool {
    !matches!(step.role, Role::Rollback | Role::Context) && step.kind != crate::runbook::model::StepKind::Rollback
}

/// Whether a step changes something with a command of its own.
pub(super) fn writes(step: &Step) -> bool {
    forward(step) && step.commands.iter().any(|c| runs(c) && c.effect >= Effect::Write)
}

/// Whether there is anything to execute: a page without a command is not held to what a runbook should have.
pub(super) fn executable(runbook: &Runbook) -> bool {
    runbook.steps.iter().any(|s| forward(s) && s.commands.iter().any(runs))
}

/// A warning for a page whose head says that it is a runbook, a note for any other page with commands.
pub(super) fn graded(runbook: &Runbook, code: &'static str, message: impl Into<String>) -> Diagnostic {
    let said = ["id", "severity", "rto", "rpo"].iter().any(|key| runbook.metadata.known.contains_key(*key));
    Diagnostic::new(if said { Severity::Warning } else { Severity::Note }, code, message)
}

/// Every shell or SQL command of a step, its way back included.
pub(super) fn typed(step: &Step) -> impl Iterator<Item = &Command> {
    step.commands.iter().chain(&step.undo).filter(|c| matches!(c.interpreter, Interpreter::Shell | Interpreter::Sql))
}
