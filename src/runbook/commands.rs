//! Pieces of fences and code spans → commands: effect, placeholders, variables, programs, expected results in comments.

use super::effect;
use super::fences::Part;
use super::ids;
use super::model::{Command, CommandOptions, Effect, Interpreter, PlaceholderUse, Reading};
use super::options::Declared;
use super::reader::Reader;
use super::shell;
use super::sql;
use super::text::Text;
use crate::source::Span;
use crate::syntax::placeholder::{self, PlaceholderStyle, Setting};
use std::borrow::Cow;
use std::rc::Rc;

/// What a command is made of.
pub(super) struct Source<'a> {
    pub text: &'a Text,
    pub span: Span,
    pub reading: Reading,
    pub why: String,
    pub interpreter: Interpreter,
    pub sample: Option<String>,
}

impl Reader<'_> {
    /// Makes a command; what its attributes declare overrides what is inferred.
    pub fn command(&mut self, from: Source<'_>, declared: Option<&Declared>) -> Command {
        let text = &*trimmed(from.text);
        let raw = text.raw.clone();
        let mut options = CommandOptions::default();
        let (mut reads, mut sets, mut programs, mut functions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let setting = if from.interpreter == Interpreter::Sql { Setting::Sql } else { Setting::Command };
        let mut places = placeholder::find(&raw, setting);
        let mut regular = true;
        match &from.interpreter {
            Interpreter::Sql | Interpreter::Aws(_) | Interpreter::Http(_) | Interpreter::Runbook => {}
            Interpreter::Shell => {
                let script = Rc::clone(text.script());
                programs = effect::programs(&script).into_iter().filter(|p| !p.bytes().all(|b| b == b'_')).collect();
                if let Some((line, word)) = &script.indented_end {
                    self.indented_end(text, *line, word);
                }
                regular = script.regular;
                reads.clone_from(&script.reads);
                sets.clone_from(&script.sets);
                functions.clone_from(&script.functions);
                self.redefines |= !declared.is_some_and(|d| d.options.fresh) && effect::redefines(&script);
                places.retain(|p| !reads.contains(&p.name) && !sets.contains(&p.name));
            }
            Interpreter::Program(name) => programs.push(name.clone()),
        }
        // What is declared needs no proof, and proving is most of the work.
        let (effect, effect_why) = match declared.and_then(|d| d.effect) {
            Some(said) => (said, "declared".into()),
            None => inferred(text, &places, &from.interpreter),
        };
        if let Some(declared) = declared {
            options = declared.options.clone();
        }
        let placeholders = places
            .into_iter()
            .map(|p| PlaceholderUse {
                name: if p.name.is_empty() { ids::variable(p.span.of(&raw)) } else { p.name },
                span: p.span,
                written: p.span.of(&raw).to_owned(),
                mustache: p.style == PlaceholderStyle::Mustache,
                source: text.span(p.span.start, p.span.end),
            })
            .collect();
        Command {
            id: declared.and_then(|d| d.id.clone()),
            line: self.source.line(text.source(0)),
            span: from.span,
            text: raw,
            reading: from.reading,
            why: from.why,
            effect,
            effect_why,
            interpreter: from.interpreter,
            placeholders,
            reads,
            sets,
            programs,
            functions,
            regular,
            options,
            declared: declared.is_some_and(|d| d.any),
            doubted: false,
            sample: from.sample,
            verify: None,
        }
    }

    /// Makes a command of one part of a fence.
    pub fn part(&mut self, part: Part, span: Span, reading: Reading, why: &str, declared: &Declared) -> Command {
        let from = Source {
            text: &part.text,
            span,
            reading,
            why: why.to_owned(),
            interpreter: part.interpreter,
            sample: part.sample,
        };
        self.command(from, Some(declared))
    }

    /// The shell ends a here-document only at a line that is its end word and nothing else.
    fn indented_end(&mut self, text: &Text, line: usize, word: &str) {
        let only = text.lines(line, line + 1);
        let span = only.span(0, only.raw.len());
        let message = format!("the here-document's end `{word}` is indented: the shell reads on past it");
        let diagnostic = crate::diagnostic::Diagnostic::warning("indented-heredoc", message).at(span, "");
        self.diagnostics.push(
            diagnostic
                .help(format!("move `{word}` to the start of its line, or write `<<-{word}` and indent with tabs")),
        );
    }
}

/// What a text is found to do, with a value in each of `places`.
fn inferred(text: &Text, places: &[placeholder::Placeholder], interpreter: &Interpreter) -> effect::Judged {
    match interpreter {
        Interpreter::Sql => sql::effect(&with_values(&text.raw, places)),
        Interpreter::Shell => match with_values(&text.raw, places) {
            Cow::Borrowed(raw) if !raw.contains("{{") => effect::of_script(raw, text.script()),
            Cow::Borrowed(raw) => effect::of_text(raw),
            Cow::Owned(text) => effect::of_text(&text),
        },
        Interpreter::Aws(operation) => {
            let verb = operation.split_whitespace().nth(1).unwrap_or_default();
            if ["describe-", "list-", "get-"].iter().any(|read| verb.starts_with(read)) {
                (Effect::Read, format!("`{operation}` only reads"))
            } else if loses_data(&text.raw) {
                (Effect::Destructive, format!("`{operation}` with these fields can lose data"))
            } else {
                (Effect::Write, format!("`{operation}` changes something"))
            }
        }
        Interpreter::Http(request) => match request.split(' ').next() {
            Some(method @ ("GET" | "HEAD" | "OPTIONS")) => (Effect::Read, format!("`{method}` only reads")),
            _ => (Effect::Write, "an HTTP request that may change something".into()),
        },
        Interpreter::Runbook => (Effect::Write, "what the other runbook does".into()),
        Interpreter::Program(name) => (Effect::Write, format!("what a {name} program does is not looked into")),
    }
}

/// Fields of AWS operations that give data or records up. Whoever sends the request looks again.
fn loses_data(fields: &str) -> bool {
    let squeezed: String = fields.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
    [
        "AllowDataLoss:true",
        "AllowDataLoss:{{",
        "BackupRetentionPeriod:0",
        "BackupRetentionPeriod:{{",
        "Action:DELETE",
        "Action:{{",
    ]
    .iter()
    .any(|field| squeezed.contains(field))
}

/// Without blank lines around it.
fn trimmed(text: &Text) -> Cow<'_, Text> {
    let blank = |line: Option<&str>| line.is_none_or(|l| l.trim().is_empty());
    if !blank(text.raw.split('\n').next()) && !blank(text.raw.rsplit('\n').next()) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<&str> = text.raw.split('\n').collect();
    let first = lines.iter().position(|l| !l.trim().is_empty()).unwrap_or(0);
    let last = lines.iter().rposition(|l| !l.trim().is_empty()).map_or(first, |i| i + 1);
    Cow::Owned(text.lines(first, last))
}

/// A text with [`VALUE`](shell::strict::VALUE) where values are put into it.
fn with_values<'a>(text: &'a str, places: &[placeholder::Placeholder]) -> Cow<'a, str> {
    if text.contains(shell::strict::VALUE) {
        // Nothing written may look like a value: what is not closed is not proven.
        return format!("{text}\n(").into();
    }
    if places.is_empty() {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for place in places {
        out.push_str(text.get(at..place.span.start).unwrap_or(""));
        out.push(shell::strict::VALUE);
        at = place.span.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out.into()
}
