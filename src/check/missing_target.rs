//! A jump, branch or link step that names a heading which is not there.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::runbook::model::Target;

/// Finds them, with the heading that was probably meant.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for step in &subject.runbook.steps {
        let jump = step.jump.iter().map(|target| (target, step.span));
        for (target, span) in jump.chain(step.branches.iter().map(|b| (&b.target, b.span))) {
            let Target::Missing(written) = target else { continue };
            let text = span.of(&subject.source.text);
            let at = text
                .find(written.as_str())
                .map_or(span, |i| crate::source::Span::new(span.start + i, span.start + i + written.len()));
            let diagnostic =
                Diagnostic::error("missing-target", format!("`{written}` leads nowhere: no heading is called so"))
                    .at(at, "");
            found.push(match closest(subject, written) {
                Some(anchor) => diagnostic.help(format!("did you mean `#{anchor}`?")),
                None => diagnostic.help("link to a heading of this file: `[text](#the-heading)`"),
            });
        }
    }
}

pub(super) fn closest<'a>(subject: &'a Subject<'_>, written: &str) -> Option<&'a str> {
    let wanted = written.trim_start_matches('#');
    subject
        .runbook
        .sections
        .iter()
        .map(|s| (strsim::jaro_winkler(&s.anchor, wanted), s.anchor.as_str()))
        .filter(|(similar, _)| *similar > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, anchor)| anchor)
}
