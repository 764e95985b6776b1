//! After the point of no return, a rollback that brings the old primary back: two servers that take writes.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::runbook::text::{Text, read};
use crate::runbook::words::Words;

const OLD: [&str; 7] = ["old", "former", "previous", "failed", "ancien", "ancienne", "original"];
const PRIMARY: [&str; 9] =
    ["primary", "master", "leader", "source", "primaire", "maitre", "principal", "principale", "mestre"];
/// Words that speak against it, or that only look or close.
const AGAINST: [&str; 22] = [
    "not",
    "never",
    "no",
    "don",
    "none",
    "jamais",
    "pas",
    "ne",
    "aucun",
    "aucune",
    "stop",
    "arreter",
    "fence",
    "isoler",
    "isolate",
    "ping",
    "status",
    "shutdown",
    "maintenance",
    "drain",
    "kill",
    "show",
];

/// One finding per step behind the pivot, the pivot itself included, whose way back names the old primary.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let steps = &subject.runbook.steps;
    let Some(pivot) = steps.iter().position(|s| s.pivot) else { return };
    for step in &steps[pivot..] {
        let named = step.undo.iter().find(|c| c.text.lines().any(names_it));
        let said =
            step.undo_text.as_deref().filter(|t| t.lines().any(|l| names_it(&read(&Text::from_source(l, 0)).plain)));
        let at = match (named, said) {
            (Some(command), _) => command.span,
            (None, Some(_)) => step.span,
            (None, None) => continue,
        };
        found.push(
            Diagnostic::warning(
                "old-primary-in-rollback",
                format!("the rollback of `{}` brings the old primary back after the point of no return", step.title),
            )
            .at(at, "")
            .help("the new primary has taken writes that the old one lacks: fix forward, rebuild the old one as a replica, and switch back later"),
        );
    }
}

/// `$OLD_PRIMARY`, `<old-master>`, "the former primary", "l'ancien maître"; a comment or a ban is not meant.
fn names_it(line: &str) -> bool {
    if line.trim_start().starts_with('#') {
        return false;
    }
    let words = Words::new(line);
    let list: Vec<&str> = words.iter().collect();
    let pair = list.windows(2).any(|w| OLD.contains(&w[0]) && PRIMARY.contains(&w[1]))
        || list.windows(2).any(|w| PRIMARY.contains(&w[0]) && OLD.contains(&w[1]));
    pair && !list.iter().any(|w| AGAINST.contains(w))
}
