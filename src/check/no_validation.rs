//! A runbook that changes something and never looks whether it worked.

use super::Subject;
use super::facts::{forward, graded, writes};
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{Effect, Role, Step, StepKind};
use crate::runbook::vocabulary::{List, VOCABULARY};
use crate::runbook::words::Words;

/// "Verify that it is gone", with a command that looks.
fn says_check(step: &Step) -> bool {
    let words = Words::first(&step.title, 3);
    VOCABULARY.list(List::Checks).starts(&words, 0)
        || VOCABULARY.roles.at(&words, 0).is_some_and(|(role, _)| role == Role::Validation)
}

/// One finding for the file.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let steps = &subject.runbook.steps;
    let Some(first) = steps.iter().position(writes) else { return };
    // What is checked before the first change proves nothing about it.
    let proven = steps[first..].iter().filter(|s| forward(s)).any(|s| {
        s.role == Role::Validation
            || s.kind == StepKind::Check
            || !writes(s) && s.kind == StepKind::Command && says_check(s)
            || !s.expects.is_empty()
            || s.commands.iter().any(|c| {
                c.options.until.is_some()
                    || !c.options.expects.is_empty()
                    || (c.effect == Effect::Read && !c.options.captures.is_empty())
            })
    });
    if proven {
        return;
    }
    found.push(
        graded(subject.runbook, "no-validation", "it changes something, and nothing checks that it worked")
            .help("add `## Validation` with a check, or `**Expected**: …` to a step"),
    );
}
