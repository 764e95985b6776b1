//! A call of a runbook whose file is not there.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::runbook::model::Target;

/// Finds them.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for step in &subject.runbook.steps {
        let jump = step.jump.iter().map(|target| (target, step.span));
        for (target, span) in jump.chain(step.branches.iter().map(|b| (&b.target, b.span))) {
            let Target::File(written) = target else { continue };
            let path = written.split('#').next().unwrap_or(written);
            if (subject.exists)(path) {
                continue;
            }
            let text = span.of(&subject.source.text);
            let at = text
                .find(written.as_str())
                .map_or(span, |i| crate::source::Span::new(span.start + i, span.start + i + written.len()));
            let diagnostic =
                Diagnostic::error("missing-file", format!("`{path}` is not there, and the step runs it")).at(at, "");
            found.push(diagnostic.help("the path is read from the folder of this file"));
        }
    }
}
