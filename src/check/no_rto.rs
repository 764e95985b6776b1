//! A runbook without a time by which the service must be back.

use super::Subject;
use super::facts::{executable, writes};
use crate::diagnostic::Diagnostic;
use crate::runbook::words::Words;

/// One finding for the file; planned work has no such time.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let runbook = subject.runbook;
    let known = &runbook.metadata.known;
    let planned = known.get("category").is_some_and(|c| {
        Words::new(c).iter().any(|w| matches!(w, "maintenance" | "drill" | "lab" | "exercise" | "exercice"))
    });
    if planned || runbook.metadata.rto.is_some() || !executable(runbook) || !runbook.steps.iter().any(writes) {
        return;
    }
    let message = if known.contains_key("rto") {
        "its RTO is not a duration, and nothing is measured against it"
    } else {
        "it has no RTO: nothing says how long it may take"
    };
    found.push(Diagnostic::note("no-rto", message).help("write `rto: 15m` in the metadata, or `**RTO**: 15 min`"));
}
