//! A shell fence that the shell would refuse. Read by a parser of the shell's own grammar, not by ours.

use super::Subject;
use super::facts::runs;
use super::plain_shell::is_plain;
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{Command, Interpreter};
use crate::source::Span;
use crate::syntax::placeholder::{self, Setting};
use brush_parser::{ParseError, Parser, ParserOptions};

/// Longer ones are scripts pasted whole; reading them is not worth the time.
const LONGEST: usize = 32 * 1024;

/// One finding per command.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for step in &subject.runbook.steps {
        for command in step.commands.iter().chain(&step.undo) {
            let unclosed = command.why == "a quote, here-document or block is not closed";
            if command.interpreter != Interpreter::Shell || !(runs(command) || unclosed) || command.text.len() > LONGEST
            {
                continue;
            }
            let told = found.iter().any(|d| {
                d.code == "indented-heredoc" && d.labels.first().is_some_and(|l| command.span.contains(l.span))
            });
            if told {
                continue;
            }
            let text = filled(command);
            if is_plain(&text) {
                continue;
            }
            if let Some(line) = wrong(&text) {
                let at = place(subject, command, line);
                found.push(
                    Diagnostic::warning("shell-syntax", "the shell cannot read this command")
                        .at(at, "")
                        .help("look for a quote, a bracket, a here-document's end or a `done` that is missing; or mark it `{show}` if it is not to be run"),
                );
            }
        }
    }
}

/// The text with a word of the same length where a value will stand: a blank of a template is no mistake.
fn filled(command: &Command) -> String {
    let mut bytes = command.text.clone().into_bytes();
    for place in placeholder::find(&command.text, Setting::Command) {
        if let Some(hole) = bytes.get_mut(place.span.start..place.span.end) {
            hole.iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b'x');
        }
    }
    String::from_utf8(bytes).unwrap_or_default().replace('…', "...")
}

/// The 1-based line at which the shell stops reading; 0 when it is the end.
fn wrong(text: &str) -> Option<usize> {
    let error = Parser::new(text.as_bytes(), &ParserOptions::default()).parse_program().err()?;
    Some(match error {
        ParseError::ParsingNear(at) => at.line,
        ParseError::Tokenizing { position, .. } => position.map_or(0, |p| p.line),
        ParseError::ParsingAtEndOfInput => 0,
    })
}

/// The line of the source that holds a line of the command.
fn place(subject: &Subject<'_>, command: &Command, line: usize) -> Span {
    let (source, count) = (&subject.source, command.text.lines().count());
    if line == 0 || line > count {
        return command.span;
    }
    let at = source.map.line_span(command.line + line - 1);
    let text = at.of(&source.text);
    let start = at.start + (text.len() - text.trim_start().len());
    let inside = Span::new(start, start + text.trim().len());
    if command.span.contains(inside) { inside } else { command.span }
}
