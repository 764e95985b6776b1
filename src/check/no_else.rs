//! A decision whose ways all have a condition: when none of them holds there is no way on.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{Branch, StepKind, Target};
use crate::runbook::vocabulary::VOCABULARY;
use crate::runbook::words::Words;

/// One finding per decision: a warning where the engine decides, a note where a person reads.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for step in subject.runbook.steps.iter().filter(|s| s.kind == StepKind::Decision && s.branches.len() > 1) {
        let (first, help) = (step.branches[0].span, "add a way without a condition: `**Otherwise:**`");
        let finding = if step.branches.iter().all(|b| b.when.is_some()) {
            Diagnostic::warning("no-else", "every way has a `when=`: if none is true, the run waits")
        } else if step.branches.iter().all(conditional) && !both_answers(&step.branches) {
            Diagnostic::note("no-else", "every way has a condition, and nothing says what to do when none holds")
        } else {
            continue;
        };
        found.push(finding.at(first, "").help(help));
    }
}

fn conditional(branch: &Branch) -> bool {
    let words = Words::first(&branch.label, 8);
    branch.target != Target::Continue
        && !VOCABULARY.list("otherwise").starts(&words, 0)
        && (branch.when.is_some() || VOCABULARY.list("condition").starts(&words, 0))
}

/// "If it is up" and "If it is not up": together they leave nothing out.
fn both_answers(branches: &[Branch]) -> bool {
    const NOT: [&str; 22] = [
        "not", "no", "isn", "doesn", "aren", "don", "fails", "failed", "down", "cannot", "can", "pas", "non", "aucun",
        "aucune", "echoue", "echec", "ko", "without", "sans", "n", "still",
    ];
    branches.iter().any(|b| Words::new(&b.label).iter().any(|w| NOT.contains(&w)))
        && branches.iter().any(|b| !Words::new(&b.label).iter().any(|w| NOT.contains(&w)))
}
