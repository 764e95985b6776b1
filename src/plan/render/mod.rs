//! Rendering and expressions: `{{ … }}` in commands and messages, conditions in `when`, `until`, `expect`.
//!
//! Only `{{ … }}` is looked at in a command; `{%` and `{#` belong to the shell (`${#list}`). An undefined name is an error,
//! never empty text. A condition must be true or false; anything else is an error, so that a typing mistake never opens a gate.

mod evaluate;
mod scope;

pub(super) use evaluate::Placed;
pub use evaluate::{condition, list, names, owners, parse, paths, value};
pub(crate) use evaluate::{facts_value, typed};
pub use scope::{Facts, Live, NOWHERE, Places, Scope};

use super::model::CommandWork;
use super::quote::{Around, around, plain, quote};
use super::reread::Reader;
use crate::runbook::model::Interpreter;
use evaluate::evaluate;
use minijinja::value::Value;
use std::collections::BTreeMap;

/// What stands in the place of a secret.
pub const MASK: &str = "••••••";

/// A rendered text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// With every value: what runs.
    pub text: String,
    /// With secrets masked: what is shown and journaled.
    pub shown: String,
    /// Names without a value, in the order in which they occur, with what stands in the text.
    pub missing: Vec<(String, String)>,
    /// Of a text that binds its values: they stand in `text` as [`mark`]s, by their number here.
    pub values: Vec<String>,
    /// Where in `text` each piece that is no value begins.
    starts: Vec<usize>,
}

impl Rendered {
    /// A text that is shown as it was written, because it cannot be rendered.
    #[must_use]
    pub fn as_written(text: &str) -> Self {
        Self { text: text.to_owned(), shown: text.to_owned(), ..Self::default() }
    }
}

/// Why something could not be rendered or evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The expression does not parse.
    #[error("`{expression}` is not an expression: {message}")]
    Syntax {
        /// As written.
        expression: String,
        /// What is wrong.
        message: String,
    },
    /// A name in it has no value.
    #[error("`{name}` has no value, and `{expression}` needs it")]
    Undefined {
        /// The name.
        name: String,
        /// As written.
        expression: String,
    },
    /// It could not be evaluated.
    #[error("`{expression}` cannot be evaluated: {message}")]
    Evaluation {
        /// As written.
        expression: String,
        /// Why.
        message: String,
    },
    /// What is to be gone through one by one, and is not several things.
    #[error("`{expression}` is {found}, and must be a list, or words with blanks between them")]
    NotAList {
        /// As written.
        expression: String,
        /// What it is.
        found: String,
    },
    /// A condition that is neither true nor false.
    #[error("`{expression}` is {found}, and must be true or false")]
    NotACondition {
        /// As written.
        expression: String,
        /// What it is.
        found: String,
    },
}

/// One thing to replace in a text.
struct Hole {
    start: usize,
    end: usize,
    what: What,
}

enum What {
    Name(String),
    Expression { expression: String, unquoted: bool },
}

/// `{{ … }}` from `text`, but not Go templates (`{{.Names}}`, `{{range …}}`) and not `${{ … }}` of code-hosting pipelines.
fn mustaches(text: &str) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("{{").map(|i| from + i) {
        let Some(close) = text[open..].find("}}").map(|i| open + i) else { break };
        let inner = text[open + 2..close].trim();
        from = close + 2;
        let first = inner.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        let go = inner.starts_with(['.', '$', '-', '/'])
            || (["range", "end", "json", "with", "printf", "len", "index"].contains(&first) && inner != first)
            || inner == "end";
        if go || inner.is_empty() || text[..open].ends_with('$') {
            continue;
        }
        let (expression, unquoted) = match inner.rsplit_once('|') {
            Some((before, filter)) if filter.trim() == "unquoted" => (before.trim().to_owned(), true),
            _ => (inner.to_owned(), false),
        };
        holes.push(Hole { start: open, end: close + 2, what: What::Expression { expression, unquoted } });
    }
    holes
}

/// The names that the `{{ … }}` of a text use.
#[must_use]
pub fn mustache_names(text: &str) -> Vec<String> {
    let expression =
        |hole: Hole| if let What::Expression { expression, .. } = hole.what { names(&expression) } else { Vec::new() };
    mustaches(text).into_iter().flat_map(expression).collect()
}

/// A placeholder of the command, or a `{{ … }}`, that is still in an edited text.
#[must_use]
pub fn unfilled(work: &CommandWork, text: &str) -> Option<String> {
    let mustache = mustaches(text).into_iter().next().map(|h| text[h.start..h.end].to_owned());
    let written = |(_, span): &(String, crate::source::Span)| work.text.get(span.start..span.end).map(str::to_owned);
    mustache.or_else(|| work.placeholders.iter().filter_map(written).find(|w| text.contains(w.as_str())))
}

/// What stands in a text for its bound value of this number: signs that no keyboard makes.
#[must_use]
pub fn mark(number: usize) -> String {
    format!("\u{E001}{number}\u{E002}")
}

/// Renders a command. Values are quoted for the place in which they stand. Names without a value are listed and left as
/// written; the caller must not run a text with missing names.
///
/// # Errors
/// When an expression does not parse or fails for another reason than a missing value.
pub fn command(work: &CommandWork, scope: &Scope<'_>) -> Result<Rendered, RenderError> {
    let mut holes = mustaches(&work.text);
    for (name, span) in &work.placeholders {
        if !holes.iter().any(|h| h.start < span.end && span.start < h.end) {
            holes.push(Hole { start: span.start, end: span.end, what: What::Name(name.clone()) });
        }
    }
    holes.sort_by_key(|h| h.start);
    if let Interpreter::Aws(head) | Interpreter::Http(head) = &work.interpreter {
        return action(head, &work.text, &holes, scope);
    }
    let shell = work.interpreter == Interpreter::Shell;
    let places = if shell {
        around(&work.text, &holes.iter().map(|h| h.start).collect::<Vec<_>>())
    } else if matches!(work.interpreter, Interpreter::Program(_)) {
        // Every language quotes in its own way: what could be code in any of them does not go in.
        vec![Around::Strict; holes.len()]
    } else {
        if work.text.contains(['\u{E001}', '\u{E002}']) {
            return Err(RenderError::Evaluation {
                expression: work.text.lines().next().unwrap_or_default().to_owned(),
                message: "the text holds signs that mark values (U+E001, U+E002): take them out".to_owned(),
            });
        }
        vec![Around::Bound; holes.len()]
    };
    let rendered = fill(&work.text, &holes, &places, scope, shell)?;
    let raw = holes.iter().any(|h| matches!(&h.what, What::Expression { unquoted: true, .. }));
    if shell && rendered.missing.is_empty() && !raw && !same_lines(&work.text, &holes, &rendered) {
        return Err(RenderError::Evaluation {
            expression: work.text.lines().next().unwrap_or_default().to_owned(),
            message: "a value would end the here-document in which it stands".to_owned(),
        });
    }
    Ok(rendered)
}

/// A request: its head line, then its text. Both may hold values, none of which may mean anything to YAML or an address.
fn action(head: &str, text: &str, holes: &[Hole], scope: &Scope<'_>) -> Result<Rendered, RenderError> {
    let in_head = mustaches(head);
    let mut rendered = fill(head, &in_head, &vec![Around::Strict; in_head.len()], scope, false)?;
    if text.trim().is_empty() {
        return Ok(rendered);
    }
    let body = fill(text, holes, &vec![Around::Strict; holes.len()], scope, false)?;
    rendered.text = format!("{}\n{}", rendered.text, body.text);
    rendered.shown = format!("{}\n{}", rendered.shown, body.shown);
    for missing in body.missing {
        if !rendered.missing.contains(&missing) {
            rendered.missing.push(missing);
        }
    }
    Ok(rendered)
}

/// Whether every line of the text stands where it stood before the values were put in: in the same quotes, in the same
/// here-document.
fn same_lines(text: &str, holes: &[Hole], rendered: &Rendered) -> bool {
    if !text.contains("<<") {
        return true;
    }
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let mut from = 0;
    for (hole, moved) in holes.iter().map(|h| (h.start, h.end)).chain([(text.len(), text.len())]).zip(&rendered.starts)
    {
        for (line, _) in text[from..hole.0].match_indices('\n') {
            before.push(from + line + 1);
            after.push(moved + line + 1);
        }
        from = hole.1;
    }
    around(text, &before) == around(&rendered.text, &after)
}

/// Renders a message: no quoting. Secrets are masked in `shown`.
///
/// # Errors
/// As for [`command`].
pub fn message(text: &str, scope: &Scope<'_>) -> Result<Rendered, RenderError> {
    let holes = mustaches(text);
    let places = vec![Around::RawHeredoc; holes.len()];
    fill(text, &holes, &places, scope, false)
}

fn fill(
    text: &str,
    holes: &[Hole],
    places: &[Around],
    scope: &Scope<'_>,
    reread: bool,
) -> Result<Rendered, RenderError> {
    let none = BTreeMap::new();
    let mut out = Rendered::default();
    let mut from = 0;
    for (hole, place) in holes.iter().zip(places) {
        let written = &text[hole.start..hole.end];
        out.starts.push(out.text.len());
        out.text.push_str(&text[from..hole.start]);
        out.shown.push_str(&text[from..hole.start]);
        from = hole.end;
        let (real, shown, raw) = match &hole.what {
            What::Name(name) => {
                if let Some(value) = scope.get(name) {
                    (value.to_owned(), if scope.is_secret(name) { MASK.to_owned() } else { value.to_owned() }, false)
                } else {
                    missing(&mut out, name, written);
                    continue;
                }
            }
            What::Expression { expression, unquoted } => match expand(expression, scope, &none) {
                Ok((real, shown)) => (real, shown, *unquoted),
                Err(RenderError::Undefined { name, .. }) => {
                    missing(&mut out, &name, written);
                    continue;
                }
                Err(other) => return Err(other),
            },
        };
        if !raw && *place == Around::Strict && !plain(&real) {
            return Err(RenderError::Evaluation {
                expression: written.to_owned(),
                message: "its value holds signs that could be read as code in this place (another language, \
                          backquotes, arithmetic, `${…}`, after `\\` or `$`): put it into a variable on a line of its own, or write `| unquoted`"
                    .to_owned(),
            });
        }
        if !raw
            && reread
            && let Some(reader) = super::reread::reader(text, hole.start, *place)
            && !super::reread::harmless(reader, &real)
        {
            let who = match reader {
                Reader::Shell => "a second shell reads it there",
                Reader::Sql => "a database reads it there",
            };
            return Err(RenderError::Evaluation {
                expression: written.to_owned(),
                message: format!(
                    "its value holds signs that could be read as code, and {who}: write `| unquoted` if that is meant"
                ),
            });
        }
        if *place == Around::Bound && !raw {
            out.text.push_str(&mark(out.values.len()));
            out.values.push(real);
            out.shown.push_str(&shown);
            continue;
        }
        let place = if raw { Around::RawHeredoc } else { *place };
        out.text.push_str(&quote(&real, place));
        // The mask is not quoted: it stands for whatever is there.
        out.shown.push_str(&if shown == MASK { shown } else { quote(&shown, place) });
    }
    out.starts.push(out.text.len());
    out.text.push_str(&text[from..]);
    out.shown.push_str(&text[from..]);
    Ok(out)
}

fn missing(out: &mut Rendered, name: &str, written: &str) {
    out.text.push_str(written);
    out.shown.push_str(written);
    if !out.missing.iter().any(|(n, _)| n == name) {
        out.missing.push((name.to_owned(), written.to_owned()));
    }
}

/// The text of an expression, in clear and masked. A plain name gives its value as it is, not as a number.
fn expand(
    expression: &str,
    scope: &Scope<'_>,
    extra: &BTreeMap<String, Value>,
) -> Result<(String, String), RenderError> {
    let plain = expression.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain && let Some(value) = scope.get(expression) {
        let shown = if scope.is_secret(expression) { MASK } else { value };
        return Ok((value.to_owned(), shown.to_owned()));
    }
    let real = evaluate(expression, scope, extra, false)?.to_string();
    let shown = match evaluate(expression, scope, extra, true) {
        Ok(value) => value.to_string(),
        Err(_) => MASK.to_owned(),
    };
    let secret = names(expression).iter().any(|n| scope.is_secret(n));
    Ok((real, if secret { MASK.to_owned() } else { shown }))
}

/// Replaces every secret that occurs in `text`.
#[must_use]
pub fn mask(text: &str, secrets: &BTreeMap<String, String>) -> String {
    let mut out = text.to_owned();
    // The longest first: what is left of a secret that begins with another one must not be shown.
    let mut secrets: Vec<&String> = secrets.values().filter(|s| !s.trim().is_empty()).collect();
    secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
    for secret in secrets {
        if out.contains(secret.as_str()) {
            out = out.replace(secret.as_str(), MASK);
        }
    }
    out
}
