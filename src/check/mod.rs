//! What is wrong or doubtful in a runbook, and the honesty report: how every fence and every command was read, and why.
//! Each lint is a file with one function; [`all`] calls them.
//!
//! Invariant: no IO. Whether the file of a call exists is asked of the caller.

mod allow;
pub mod codes;
mod dead_link;
mod facts;
pub mod french;
mod honesty;
mod missing_file;
mod missing_owner;
mod missing_target;
mod no_else;
mod no_expected_result;
mod no_rollback;
mod no_rto;
mod no_validation;
mod old_primary;
mod relay_log_not_drained;
mod secret_on_command_line;
mod shell_syntax;
mod stale_last_updated;
mod unclosed_fence;
mod undefined_placeholder;
mod unreachable;

pub use honesty::{CommandLine, Counts, FenceLine, Honesty, LoopLine, report};

use crate::diagnostic::Diagnostic;
use crate::runbook::model::{Runbook, StepId};
use crate::source::Source;
use crate::syntax::Document;
use jiff::civil::Date;

/// What lints look at.
pub struct Subject<'a> {
    /// The text.
    pub source: &'a Source,
    /// Its blocks.
    pub document: &'a Document,
    /// Its meaning.
    pub runbook: &'a Runbook,
    /// Whether a linked file is there; the path is as written, without its `#…`.
    pub exists: &'a dyn Fn(&str) -> bool,
    /// The day on which it is checked, for what grows old.
    pub today: Option<Date>,
    /// Steps that no way of the plan leads to, in order.
    pub unreached: &'a [StepId],
}

type Lint = fn(&Subject<'_>, &mut Vec<Diagnostic>);

/// Those whose findings keep a runbook from running.
const ERRORS: [Lint; 3] = [missing_target::lint, missing_file::lint, unclosed_fence::lint];

const LINTS: [Lint; 13] = [
    secret_on_command_line::lint,
    // Its findings leave out what the errors told.
    dead_link::lint,
    missing_owner::lint,
    no_else::lint,
    no_expected_result::lint,
    no_rollback::lint,
    no_rto::lint,
    no_validation::lint,
    old_primary::lint,
    relay_log_not_drained::lint,
    shell_syntax::lint,
    stale_last_updated::lint,
    undefined_placeholder::lint,
];

/// What keeps the runbook from running, and what was found while reading it. Cheap: nothing else may delay a run.
#[must_use]
pub fn errors(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = subject.runbook.diagnostics.clone();
    for lint in ERRORS {
        lint(subject, &mut found);
    }
    found
}

/// Every finding, in the order of the text: those made while reading, and those of the lints, without what the text allows.
#[must_use]
pub fn all(subject: &Subject<'_>) -> Vec<Diagnostic> {
    let mut found = errors(subject);
    for lint in LINTS {
        lint(subject, &mut found);
    }
    unreachable::lint(subject, &mut found);
    allow::apply(subject, &mut found);
    found.sort_by_key(|d| d.labels.first().map_or(0, |l| l.span.start));
    found
}

/// A subject without files around it: every linked file is taken to be there.
#[must_use]
pub fn alone<'a>(source: &'a Source, document: &'a Document, runbook: &'a Runbook) -> Subject<'a> {
    Subject { source, document, runbook, exists: &|_| true, today: None, unreached: &[] }
}

#[cfg(test)]
mod lint_tests;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Vec<(&'static str, Option<String>)> {
        let source = Source::new("x.md", text);
        let document = crate::syntax::parse(&source.text);
        let runbook = crate::runbook::read(&source, &document);
        let subject = Subject { exists: &|path| path == "there.md", ..alone(&source, &document, &runbook) };
        let quiet = |d: &Diagnostic| d.severity > crate::diagnostic::Severity::Note;
        all(&subject).into_iter().filter(quiet).map(|d| (d.code, d.help)).collect()
    }

    #[test]
    fn findings() {
        for (text, want) in [
            (
                "# T\n\n## Steps\n\n- [ ] Wait → [Validate](#validaton)\n\n## Validation\n\n- [ ] ok\n",
                vec!["missing-target"],
            ),
            ("# T\n\n## Steps\n\n1. Run it\n\n```bash\nls\n", vec!["unclosed-fence"]),
            ("# T\n\n## Steps\n\n1. Follow [it](gone.md)\n2. Follow [it](there.md)\n", vec!["missing-file"]),
            ("---\nid: A\nid: B\n---\n# T\n", vec!["duplicate-key"]),
            ("# T\n\n## Steps\n\n1. One {#a}\n2. Two {#a}\n", vec!["duplicate-id"]),
            ("# T\n\n## Steps\n\n1. One\n\n```bash {timout=5s}\nls\n```\n", vec!["unknown-attribute"]),
            (
                "# T\n\n## Steps\n\n1. One\n\n```bash\nmysql -uroot -pS3cret -e 'SELECT 1'\n```\n",
                vec!["secret-on-command-line"],
            ),
            ("# T\n\n## Steps\n\n1. Stop it\n\n```bash\nsystemctl stop x\n```\n", vec![]),
        ] {
            let found: Vec<&str> = check(text).iter().map(|f| f.0).collect();
            assert_eq!(found, want, "{text}");
        }
        let help =
            check("# T\n\n## Steps\n\n- [ ] Wait → [Validate](#validaton)\n\n## Validation\n\n- [ ] ok\n")[0].1.clone();
        assert_eq!(help.as_deref(), Some("did you mean `#validation`?"));
    }

    #[test]
    fn another_tools_front_matter_is_its_own_affair() {
        for (front, severity) in [
            ("layout: a\nlayout: b\ntitle: T", crate::diagnostic::Severity::Warning),
            ("rto: 5m\nrto: 6m", crate::diagnostic::Severity::Error),
            ("permalink: {{ page: x", crate::diagnostic::Severity::Warning),
            ("id: {{ page: x", crate::diagnostic::Severity::Error),
        ] {
            let source = Source::new("x.md", format!("---\n{front}\n---\n# T\n"));
            let document = crate::syntax::parse(&source.text);
            let runbook = crate::runbook::read(&source, &document);
            let severities: Vec<_> = runbook.diagnostics.iter().map(|d| d.severity).collect();
            assert_eq!(severities, [severity], "{front}");
        }
    }

    #[test]
    fn a_value_as_the_name_of_a_program_is_for_a_person_to_look_at() {
        for (script, ambiguous) in
            [("{{ command }} --now", 1), ("{{< copyable \"shell\" >}}\nls", 1), ("systemctl stop {{ unit }}", 0)]
        {
            let text =
                format!("# T\n\n## Steps\n\n1. Run it\n\n   ```bash\n   {}\n   ```\n", script.replace('\n', "\n   "));
            let source = Source::new("x.md", text);
            let runbook = crate::runbook::read(&source, &crate::syntax::parse(&source.text));
            assert_eq!(report(&runbook).counts.ambiguous, ambiguous, "{script}");
        }
    }

    #[test]
    fn honesty() {
        let text = "# T\n\n## Steps\n\n1. Stop it: `systemctl stop x`\n\n```bash\nls\n```\n\n```yaml\na: b\n```\n";
        let source = Source::new("x.md", text);
        let document = crate::syntax::parse(&source.text);
        let report = report(&crate::runbook::read(&source, &document));
        assert_eq!(report.fences.len(), 2);
        assert_eq!(report.inline.len(), 1);
        assert_eq!((report.counts.run, report.counts.show), (2, 1));
    }
}
