//! Steps that no way leads to. Which they are follows from the plan, so the caller says it.

use super::Subject;
use crate::diagnostic::Diagnostic;

/// One finding per run of such steps.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let steps = &subject.runbook.steps;
    let mut rest = subject.unreached;
    while let Some(first) = rest.first() {
        let length = rest.iter().enumerate().take_while(|(i, step)| **step == first + i).count();
        rest = &rest[length..];
        let Some(step) = steps.get(*first) else { continue };
        let message = match length {
            1 => format!("no way leads to `{}`", step.title),
            2 => format!("no way leads to `{}` and the step after it", step.title),
            n => format!("no way leads to `{}` and the {} steps after it", step.title, n - 1),
        };
        found.push(
            Diagnostic::warning("unreachable", message)
                .at(step.span, "")
                .help("what stands after an unconditional jump is never reached: make the jump an option of a decision, or link here"),
        );
    }
}
