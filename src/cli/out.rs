//! Printing: standard output for what was asked for, standard error for everything else. A closed pipe ends quietly.

use super::exit::Failure;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::{ENGLISH, FRENCH, Style, Words, render};
use crate::runbook::model::Language;
use crate::source::Source;
use std::io::{IsTerminal, Write};

/// Prints to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        // Whoever read it has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::system("write to standard output", error)),
    }
}

/// Prints to standard error. Nothing can be done when that is closed.
pub fn warn(text: &str) {
    let mut out = std::io::stderr().lock();
    if out.write_all(text.as_bytes()).is_err() {}
}

/// Whether standard error takes colours.
fn stderr_style() -> Style {
    style(std::io::stderr().is_terminal())
}

/// How to draw for standard output.
pub fn stdout_style() -> Style {
    style(std::io::stdout().is_terminal())
}

fn style(terminal: bool) -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let forced = std::env::var("CLICOLOR_FORCE").is_ok_and(|v| !v.is_empty() && v != "0");
    let dumb = std::env::var("TERM").is_ok_and(|t| t == "dumb");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty()));
    let unicode = locale.is_none_or(|l| l.to_lowercase().contains("utf")) && !dumb;
    Style { words: &ENGLISH, color: (forced || (terminal && !dumb)) && !set("NO_COLOR"), unicode, width: width() }
}

/// The words around a message.
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &ENGLISH,
        Language::Fr => &FRENCH,
    }
}

/// Columns of the terminal; 100 where there is none.
pub fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.or_else(terminal_columns).filter(|c| *c >= 20).unwrap_or(100)
}

fn terminal_columns() -> Option<usize> {
    crate::operator::style::columns()
}

/// Draws a diagnostic on standard error.
pub fn diagnostic(diagnostic: &Diagnostic, source: &Source, language: Language) {
    warn(&render(diagnostic, source, &Style { words: words(language), ..stderr_style() }));
    warn("\n");
}

/// Says why a subcommand could not do its work.
pub fn error(failure: &Failure) {
    warn(&format!("runbook: {failure}\n"));
    if let Failure::Usage { help: Some(help), .. } = failure {
        warn(&format!("  help: {help}\n"));
    }
}
