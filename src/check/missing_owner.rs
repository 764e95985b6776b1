//! A runbook that belongs to nobody.

use super::Subject;
use super::facts::executable;
use crate::diagnostic::Diagnostic;

/// One finding for the file.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let runbook = subject.runbook;
    let said = ["owner", "author", "roles"].iter().any(|key| runbook.metadata.known.contains_key(*key))
        || runbook.sections.iter().any(|s| s.owner.is_some())
        || runbook.steps.iter().any(|s| s.owner.is_some());
    if said || !executable(runbook) {
        return;
    }
    found.push(
        Diagnostic::note("missing-owner", "nobody is named who owns it")
            .help("write `owner: …` in the metadata, or `**Owner**: …` under a heading"),
    );
}
