//! A decision whose ways all have a condition: when none of them holds there is no way on.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{Branch, StepKind, Target};
use crate::runbook::vocabulary::{List, VOCABULARY};
use crate::runbook::words::Words;

/// One finding per decision: a warning where the engine decides, a note where a person reads.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for step in subject.runbook.steps.iter().filter(|s| s.kind == StepKind::Decision && s.branches.len() > 1) {
        let (first, help) = (step.branches[0].span, "add a way without a condition: `**Otherwise:**`");
        let finding = if complementary(&step.branches) {
            continue;
        } else if step.branches.iter().all(|b| b.when.is_some()) {
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
        && !VOCABULARY.list(List::Otherwise).starts(&words, 0)
        && (branch.when.is_some() || VOCABULARY.list(List::Condition).starts(&words, 0))
}

/// `n == 0` and `n > 0`, `x` and `not x`: one of the two is nearly always true.
fn complementary(branches: &[Branch]) -> bool {
    const PAIRS: [(&str, &str); 6] = [("==", "!="), ("==", ">"), ("==", "<"), (">=", "<"), ("<=", ">"), ("", "not")];
    let parts = |branch: &Branch| -> Option<(String, &'static str, String)> {
        let when = branch.when.as_deref()?.trim();
        if let Some(rest) = when.strip_prefix("not ") {
            return Some((rest.trim().to_owned(), "not", String::new()));
        }
        let sign =
            ["==", "!=", ">=", "<=", ">", "<"].into_iter().find_map(|s| when.split_once(s).map(|(l, r)| (l, s, r)));
        let (left, sign, right) = sign.unwrap_or((when, "", ""));
        Some((left.trim().to_owned(), sign, right.trim().to_owned()))
    };
    let [one, other] = branches else { return false };
    let (Some((a, sign, b)), Some((c, opposite, d))) = (parts(one), parts(other)) else { return false };
    a == c && b == d && PAIRS.iter().any(|(x, y)| (*x, *y) == (sign, opposite) || (*x, *y) == (opposite, sign))
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
