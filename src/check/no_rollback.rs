//! A runbook that changes something and never says how to go back.

use super::Subject;
use super::facts::{graded, writes};
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{Role, StepKind};

/// One finding for the file.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let runbook = subject.runbook;
    let back = runbook.sections.iter().any(|s| s.role == Role::Rollback)
        || runbook.steps.iter().any(|s| s.kind == StepKind::Rollback || !s.undo.is_empty() || s.undo_text.is_some());
    if back || !runbook.steps.iter().any(writes) {
        return;
    }
    found.push(
        graded(runbook, "no-rollback", "it changes something, and nothing says how to go back")
            .help("add `## Rollback`, or `**Rollback**: …` to the steps; if there is no way back, say so there"),
    );
}
