//! A password written on a command line: it ends in the journal, in the process table and in the shell's history.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::runbook::model::Interpreter;
use crate::runbook::shell;

/// Finds them. A variable or a placeholder is no secret.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for step in &subject.runbook.steps {
        for command in step.commands.iter().chain(&step.undo).filter(|c| c.interpreter == Interpreter::Shell) {
            if !may_hold(&command.text) {
                continue;
            }
            let secret = shell::scan(&command.text).commands.iter().any(|c| {
                let client = c.words.iter().any(|w| w.starts_with("mysql") || w.starts_with("mariadb"));
                c.words.iter().any(|w| {
                    let value = w
                        .strip_prefix("--password=")
                        .or_else(|| w.strip_prefix("-p").filter(|_| client && !w.starts_with("-p=")));
                    value.is_some_and(|v| {
                        !v.is_empty()
                            && !v.contains(['$', '<', '{', '['])
                            && !v.chars().all(|c| c.is_ascii_uppercase() || c == '_')
                    })
                })
            });
            if secret {
                let diagnostic = Diagnostic::warning("secret-on-command-line", "a password stands on a command line")
                    .at(command.span, "");
                found.push(
                    diagnostic.help(
                        "put it into an input with `secret: true`, or into an option file that the program reads",
                    ),
                );
            }
        }
    }
}

/// Whether something is glued to a `-p` that begins a word, or given to `--password`.
fn may_hold(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'-', bytes).any(|at| match &bytes[at + 1..] {
        [b'p', next, ..] if !next.is_ascii_whitespace() => {
            let begins = at == 0 || !bytes[at - 1].is_ascii_alphanumeric() && bytes[at - 1] != b'-';
            begins || bytes[..at].ends_with(b"-") && bytes[at + 1..].starts_with(b"password=")
        }
        _ => false,
    })
}
