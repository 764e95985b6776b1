//! Rendering and expressions: `{{ … }}` in commands and messages, conditions in `when`, `until`, `expect`.
//!
//! Only `{{ … }}` is looked at in a command; `{%` and `{#` belong to the shell (`${#list}`). An undefined name is an error,
//! never empty text. A condition must be true or false; anything else is an error, so that a typing mistake never opens a gate.

use super::model::CommandWork;
use super::quote::{Around, around, plain, quote};
use super::reread::Reader;
use crate::position::Position;
use crate::runbook::model::Interpreter;
use minijinja::value::Value;
use minijinja::{Environment, UndefinedBehavior};
use std::collections::BTreeMap;
use std::fmt::Display as _;
use std::sync::{Arc, LazyLock};

/// What stands in the place of a secret.
pub const MASK: &str = "••••••";

/// What a place has said about itself: `role`, `read_only`, `server`…
pub type Facts = BTreeMap<String, String>;

/// What is known of the places that a run has looked at: by the name that the runbook uses, each member with its facts.
pub type Places = BTreeMap<String, BTreeMap<String, Facts>>;

/// No place at all.
pub static NOWHERE: Places = BTreeMap::new();

/// What monitors say at this moment. It changes by itself: who decides by it writes down what it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live {
    /// Whole seconds of the outage at hand, or of the one that is over; 0 while nothing was down; `None` when nobody looks.
    pub rto_elapsed: Option<u64>,
    /// Whether what each monitor looks at is up.
    pub up: BTreeMap<String, bool>,
    /// The outage that is over for good, in words, for a blank that asks for it.
    pub measured_rto: Option<String>,
}

impl Live {
    /// The name of the outage's length in expressions.
    pub const RTO_ELAPSED: &'static str = "rto_elapsed";
    /// The name under which monitors stand in expressions.
    pub const MONITORS: &'static str = "monitors";

    /// Nobody looks.
    pub const NOTHING: &'static Self = &Self { rto_elapsed: None, up: BTreeMap::new(), measured_rto: None };

    fn value(&self, name: &str) -> Option<Value> {
        match name {
            Self::RTO_ELAPSED => self.rto_elapsed.map(Value::from),
            Self::MONITORS if !self.up.is_empty() => Some(Value::from_pairs(
                self.up.iter().map(|(name, up)| (name.clone(), Value::from_pairs([("up", *up)]))),
            )),
            _ => None,
        }
    }
}

/// The names that expressions and placeholders can use.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Values; `None` for a secret.
    pub variables: &'a BTreeMap<String, Option<String>>,
    /// The secrets' values, held in memory only.
    pub secrets: &'a BTreeMap<String, String>,
    /// Places, for `candidate.role`.
    pub places: &'a Places,
    /// What monitors say, for `monitors.writes.up` and `rto_elapsed`.
    pub live: &'a Live,
}

impl Scope<'_> {
    /// The value of a name, in clear.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        match self.variables.get(name) {
            Some(Some(value)) => Some(value),
            Some(None) => self.secrets.get(name).map(String::as_str),
            None => None,
        }
    }

    /// What is known of the one place of this name.
    fn place(&self, name: &str) -> Result<Option<Value>, String> {
        let Some(members) = self.places.get(name) else { return Ok(None) };
        let mut facts = members.values();
        match (facts.next(), facts.next()) {
            (Some(facts), None) => Ok(Some(facts_value(facts))),
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(format!("`{name}` is {} places, and each has its own answer", members.len())),
        }
    }

    fn is_secret(&self, name: &str) -> bool {
        matches!(self.variables.get(name), Some(None))
    }
}

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

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(filters_and_tests);
    &ENVIRONMENT
}

const FILTERS: [&str; 16] = [
    "int", "float", "upper", "lower", "trim", "length", "replace", "first", "last", "split", "lines", "join", "abs",
    "round", "position", "default",
];
const TESTS: [&str; 5] = ["startingwith", "endingwith", "number", "defined", "none"];

fn filters_and_tests() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("int", minijinja::filters::int);
    environment.add_filter("float", minijinja::filters::float);
    environment.add_filter("upper", minijinja::filters::upper);
    environment.add_filter("lower", minijinja::filters::lower);
    environment.add_filter("trim", minijinja::filters::trim);
    environment.add_filter("length", minijinja::filters::length);
    environment.add_filter("replace", minijinja::filters::replace);
    environment.add_filter("first", minijinja::filters::first);
    environment.add_filter("last", minijinja::filters::last);
    environment.add_filter("split", minijinja::filters::split);
    environment.add_filter("lines", minijinja::filters::lines);
    environment.add_filter("join", minijinja::filters::join);
    environment.add_filter("abs", minijinja::filters::abs);
    environment.add_filter("round", minijinja::filters::round);
    environment.add_filter("position", position);
    environment.add_filter("default", minijinja::filters::default);
    environment.add_test("startingwith", minijinja::tests::is_startingwith);
    environment.add_test("endingwith", minijinja::tests::is_endingwith);
    environment.add_test("number", minijinja::tests::is_number);
    environment.add_test("defined", minijinja::tests::is_defined);
    environment.add_test("none", minijinja::tests::is_none);
    environment
}

/// `text | position`: a GTID or an LSN, which has an order of its own.
fn position(text: &str) -> Result<Value, minijinja::Error> {
    let found: Position =
        text.parse().map_err(|e| minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, format!("{e}")))?;
    Ok(Value::from_object(Placed(found)))
}

/// A position within an expression.
#[derive(Debug)]
pub(super) struct Placed(pub(super) Position);

impl minijinja::value::Object for Placed {
    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Facts as expressions see them: `candidate.read_only` is true or false.
pub(crate) fn facts_value(facts: &Facts) -> Value {
    Value::from_pairs(facts.iter().map(|(name, text)| {
        let value = match text.as_str() {
            "true" => Value::from(true),
            "false" => Value::from(false),
            other => typed(other),
        };
        (name.clone(), value)
    }))
}

/// A captured text as expressions see it: whole and decimal numbers are numbers, everything else stays text.
/// See above: shared with captures, which become values before they are journaled.
pub(crate) fn typed(text: &str) -> Value {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole =
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    if whole && let Ok(number) = text.parse::<i64>() {
        return Value::from(number);
    }
    // `1.10` is a version as often as a number: it stays text unless it is written as a number would be.
    if digits.contains('.')
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && let Ok(number) = text.parse::<f64>()
        && number.to_string() == text
    {
        return Value::from(number);
    }
    Value::from(text)
}

fn evaluate(
    expression: &str,
    scope: &Scope<'_>,
    extra: &BTreeMap<String, Value>,
    masked: bool,
) -> Result<Value, RenderError> {
    let environment = environment();
    let compiled = environment
        .compile_expression(expression)
        .map_err(|e| RenderError::Syntax { expression: expression.to_owned(), message: reason(&e) })?;
    let mut context = extra.clone();
    let defaults = expression.contains("default") || expression.contains("defined");
    let mut names: Vec<String> = compiled.undeclared_variables(false).into_iter().collect();
    names.sort();
    let secret = names.iter().any(|n| scope.is_secret(n));
    let owners = owners_of(&compiled);
    for name in names {
        if context.contains_key(&name) {
            continue;
        }
        if scope.get(&name).is_none()
            && let Some(value) = scope.live.value(&name)
        {
            context.insert(name, value);
            continue;
        }
        if owners.contains(&name) {
            let message = match scope.place(&name) {
                Ok(Some(facts)) => {
                    context.insert(name, facts);
                    continue;
                }
                Ok(None) if scope.get(&name).is_some() => format!("nothing is known of `{name}` but its value"),
                Ok(None) => String::new(),
                Err(message) => message,
            };
            if !message.is_empty() {
                return Err(RenderError::Evaluation { expression: expression.to_owned(), message });
            }
        }
        let value =
            if masked && scope.is_secret(&name) { Some(Value::from(MASK)) } else { scope.get(&name).map(typed) };
        match value {
            Some(value) => {
                context.insert(name, value);
            }
            // `x | default(…)` and `x is defined` are how an author says that a name may be missing.
            None if defaults => {}
            None => return Err(RenderError::Undefined { name, expression: expression.to_owned() }),
        }
    }
    // The reason may quote a value, or a part of it that no mask would find.
    let wrong = |message: String| RenderError::Evaluation {
        expression: expression.to_owned(),
        message: if secret { "a value in it, which is secret, does not fit".to_owned() } else { message },
    };
    let side = |operand: &str| match environment.compile_expression(operand).and_then(|e| e.eval(&context)) {
        Ok(value) if value.is_undefined() => Ok(None),
        Ok(value) => Ok(Some(value)),
        // Whoever asks for it in the end is told; `not reachable or row.n == 1` may never ask.
        Err(error) if has_no_value(&error) => Ok(None),
        Err(error) => Err(wrong(reason(&error))),
    };
    let decided = super::compare::decided(expression, side)?;
    let value = environment.compile_expression(&decided.text).and_then(|e| e.eval(&context));
    match value {
        Ok(value) if !value.is_undefined() => Ok(value),
        Ok(_) => Err(wrong("it gives no value".to_owned())),
        Err(error) => Err(wrong(decided.open.filter(|_| has_no_value(&error)).unwrap_or_else(|| reason(&error)))),
    }
}

/// A name without a value, or a comparison without a result.
fn has_no_value(error: &minijinja::Error) -> bool {
    matches!(error.kind(), minijinja::ErrorKind::UndefinedError | minijinja::ErrorKind::UnknownFunction)
}

fn reason(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

/// Checks that an expression can be parsed, and asks for no filter and no test that does not exist.
///
/// # Errors
/// [`RenderError::Syntax`] when it cannot.
pub fn parse(expression: &str) -> Result<(), RenderError> {
    if super::compare::is_plain(expression) {
        return Ok(());
    }
    let wrong = |message: String| RenderError::Syntax { expression: expression.to_owned(), message };
    environment().compile_expression(expression).map_err(|e| wrong(reason(&e)))?;
    let (filters, tests) = super::compare::filters_and_tests(expression);
    // The template engine would say so in the middle of a run.
    if let Some(filter) = filters.into_iter().find(|name| !FILTERS.contains(name)) {
        return Err(wrong(format!("there is no filter `{filter}`: {}", FILTERS.join(", "))));
    }
    if let Some(test) = tests.into_iter().find(|name| !TESTS.contains(name)) {
        return Err(wrong(format!("there is no test `{test}`: {}", TESTS.join(", "))));
    }
    Ok(())
}

/// What an expression looks at, each as deep as it is written: `row.Slave_IO_Running`, `lag`.
#[must_use]
pub fn paths(expression: &str) -> Vec<String> {
    let Ok(compiled) = environment().compile_expression(expression) else { return Vec::new() };
    let all = compiled.undeclared_variables(true);
    let mut paths: Vec<String> =
        all.iter().filter(|path| !all.iter().any(|other| other.starts_with(&format!("{path}.")))).cloned().collect();
    paths.sort();
    paths
}

/// Names of which an expression uses a field: `candidate` in `candidate.role == 'replica'`.
#[must_use]
pub fn owners(expression: &str) -> Vec<String> {
    environment().compile_expression(expression).map(|e| owners_of(&e)).unwrap_or_default()
}

fn owners_of(compiled: &minijinja::Expression<'_, '_>) -> Vec<String> {
    let mut owners: Vec<String> = compiled
        .undeclared_variables(true)
        .iter()
        .filter_map(|name| name.split_once('.').map(|(owner, _)| owner.to_owned()))
        .collect();
    owners.sort();
    owners.dedup();
    owners
}

/// The names an expression needs from outside; empty when it does not parse.
#[must_use]
pub fn names(expression: &str) -> Vec<String> {
    let environment = environment();
    let Ok(compiled) = environment.compile_expression(expression) else { return Vec::new() };
    let mut names: Vec<String> = compiled.undeclared_variables(false).into_iter().collect();
    names.sort();
    names
}

/// Evaluates a condition. `extra` adds names such as `exit` and `stdout`.
///
/// # Errors
/// When it does not parse, needs a name that has no value, fails, or is neither true nor false.
pub fn condition(expression: &str, scope: &Scope<'_>, extra: &BTreeMap<String, Value>) -> Result<bool, RenderError> {
    let value = evaluate(expression, scope, extra, false)?;
    bool::try_from(value.clone()).ok().filter(|_| value.kind() == minijinja::value::ValueKind::Bool).ok_or_else(|| {
        let secret = names(expression).iter().any(|n| scope.is_secret(n));
        let found = match value.kind() {
            _ if secret => "something else, which is secret".to_owned(),
            minijinja::value::ValueKind::String => format!("the text {value:?}"),
            minijinja::value::ValueKind::Number => format!("the number {value}"),
            other => format!("a {other}"),
        };
        RenderError::NotACondition { expression: expression.to_owned(), found }
    })
}

/// What an expression gives, as text, and as it may be shown.
///
/// # Errors
/// When it cannot be evaluated.
pub fn value(expression: &str, scope: &Scope<'_>) -> Result<(String, String), RenderError> {
    let none = BTreeMap::new();
    let real = evaluate(expression, scope, &none, false)?.to_string();
    Ok((real, evaluate(expression, scope, &none, true)?.to_string()))
}

/// What an expression gives, as several values: those of a list, or the words of a text, divided by blanks or commas.
///
/// # Errors
/// When it cannot be evaluated, or gives neither.
pub fn list(expression: &str, scope: &Scope<'_>) -> Result<Vec<String>, RenderError> {
    // Each of them is written down.
    if names(expression).iter().any(|name| scope.is_secret(name)) {
        return Err(not_a_list(expression, "secret"));
    }
    let value = evaluate(expression, scope, &BTreeMap::new(), false)?;
    let not = || not_a_list(expression, &format!("a {}", value.kind()));
    let apart =
        |text: &str| text.split([' ', ',', '\t', '\n', '\r']).filter(|w| !w.is_empty()).map(str::to_owned).collect();
    match value.kind() {
        minijinja::value::ValueKind::Seq | minijinja::value::ValueKind::Iterable => {
            let values = value.try_iter().map_err(|_| not())?;
            Ok(values.map(|one| one.to_string()).collect())
        }
        minijinja::value::ValueKind::String | minijinja::value::ValueKind::Number => Ok(apart(&value.to_string())),
        _ => Err(not()),
    }
}

fn not_a_list(expression: &str, found: &str) -> RenderError {
    RenderError::NotAList { expression: expression.to_owned(), found: found.to_owned() }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Scope, condition};
    use std::collections::BTreeMap;

    fn holds(expression: &str, values: &[(&str, &str)]) -> Result<bool, String> {
        let variables = values.iter().map(|(k, v)| ((*k).to_owned(), Some((*v).to_owned()))).collect();
        let scope = Scope {
            variables: &variables,
            secrets: &BTreeMap::new(),
            places: &super::NOWHERE,
            live: super::Live::NOTHING,
        };
        condition(expression, &scope, &BTreeMap::new()).map_err(|e| e.to_string())
    }

    #[test]
    fn reasons_do_not_tell_secrets() {
        let (variables, secrets) =
            (BTreeMap::from([("pw".to_owned(), None)]), BTreeMap::from([("pw".to_owned(), "S3cret".to_owned())]));
        let scope =
            Scope { variables: &variables, secrets: &secrets, places: &super::NOWHERE, live: super::Live::NOTHING };
        for expression in ["pw > ''", "pw > 3", "pw[0:3] < 1", "(pw | upper) > 1", "pw + 1 == 2", "pw"] {
            let found = condition(expression, &scope, &BTreeMap::new()).map_err(|e| e.to_string().to_lowercase());
            assert!(found.as_ref().is_err_and(|text| !text.contains("s3c")), "{expression}: {found:?}");
        }
    }

    #[test]
    fn conditions_fail_closed() {
        let ok = [
            ("lag < 10", &[("lag", "3")][..], true),
            ("lag < 10", &[("lag", "31")], false),
            ("lag < 10 and role == 'replica'", &[("lag", "3"), ("role", "replica")], true),
            ("version == '1.10'", &[("version", "1.10")], true),
            ("version == '10'", &[("version", "10")], true),
            ("code == '0042'", &[("code", "0042")], true),
            ("position != other", &[("position", "0-1-5"), ("other", "0-1-6")], true),
            ("load < 2", &[("load", "1.50")], true),
            ("'ON' in state", &[("state", "is ON")], true),
            ("not (lag > 10)", &[("lag", "3")], true),
            ("a < b", &[("a", "9"), ("b", "10")], true),
            ("count|int == 0", &[("count", "0")], true),
            ("lag is number and lag < 10", &[("lag", "NULL")], false),
            ("lag is not number or lag < 10", &[("lag", "NULL")], true),
            ("(lag if lag is number else 99) < 10", &[("lag", "NULL")], false),
            ("lag == 3", &[("lag", "3")], true),
            ("missing|default('x') == 'x'", &[], true),
        ];
        for (expression, values, want) in ok {
            assert_eq!(holds(expression, values), Ok(want), "{expression} with {values:?}");
        }
        let refused = [
            ("lag < 10", &[("lag", "NULL")][..]),
            ("lag > 10", &[("lag", "NULL")]),
            ("10 > lag", &[("lag", "")]),
            ("lag < 10 or lag >= 10", &[("lag", "unknown")]),
            ("not (lag < 10)", &[("lag", "unknown")]),
            ("(lag < 10) == (lag < 20)", &[("lag", "unknown")]),
            ("lag < 10 or lag is not number", &[("lag", "unknown")]),
            ("[lag < 10]", &[("lag", "unknown")]),
            ("(lag < 10) in [true, false]", &[("lag", "unknown")]),
            ("(lag < 10) | default(true)", &[("lag", "unknown")]),
            ("(lag < 10) is not defined", &[("lag", "unknown")]),
            ("[lag < 10, true] | last", &[("lag", "unknown")]),
            ("lag", &[("lag", "3")]),
            ("lag", &[("lag", "true")]),
            ("lag < 10", &[]),
            ("lag == missing", &[("lag", "3")]),
            ("lag <", &[("lag", "3")]),
        ];
        for (expression, values) in refused {
            assert!(
                holds(expression, values).is_err(),
                "{expression} with {values:?} gave {:?}",
                holds(expression, values)
            );
        }
    }

    /// What is listed exists: `parse` refuses the rest.
    #[test]
    fn filters_and_tests_are_those_that_are_listed() {
        use minijinja::ErrorKind::{UnknownFilter, UnknownTest};
        let unknown =
            |text: &str| super::environment().compile_expression(text).unwrap().eval(()).map_err(|e| e.kind());
        for filter in super::FILTERS {
            assert_ne!(unknown(&format!("'a'|{filter}")).err(), Some(UnknownFilter), "{filter}");
        }
        for test in super::TESTS {
            assert_ne!(unknown(&format!("'a' is {test}")).err(), Some(UnknownTest), "{test}");
        }
        assert!(super::parse("a is string").unwrap_err().to_string().contains("there is no test `string`"));
        assert!(super::parse("a|safe == 'x'").unwrap_err().to_string().contains("there is no filter `safe`"));
        assert_eq!(super::parse("a is not none and b|default('x | y') == 'is z'"), Ok(()));
    }
}
