//! Expressions: what they give, what they ask for, and conditions, which are true or false and nothing else.

use super::{Facts, MASK, RenderError, Scope};
use crate::plan::compare;
use crate::position::Position;
use minijinja::value::Value;
use minijinja::{Environment, Expression, UndefinedBehavior};
use std::collections::BTreeMap;
use std::fmt::Display as _;
use std::sync::{Arc, LazyLock};

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(filters_and_tests);
    &ENVIRONMENT
}

/// An expression as the library reads it.
fn compile(expression: &str) -> Result<Expression<'_, '_>, minijinja::Error> {
    if let Some(said) = refused(expression) {
        return Err(minijinja::Error::new(minijinja::ErrorKind::SyntaxError, said));
    }
    environment().compile_expression(expression)
}

/// What the library would not survive, both found by fuzzing: `[from:to:step]`, of which it takes an element that is not there when the
/// list is empty and the step below zero, which would end the run in its middle; and lists and texts times a number, again and again,
/// which never end.
fn refused(expression: &str) -> Option<&'static str> {
    let bytes = expression.as_bytes();
    if memchr::memchr(b'*', bytes).is_none() && memchr::memchr_iter(b':', bytes).nth(1).is_none() {
        return None;
    }
    let (mut open, mut quote, mut escaped) = (Vec::new(), None, false);
    // The last byte that is no blank, whether it ends a list or a text, and whether it is a `*`.
    let (mut before, mut whole, mut times) = (b' ', false, false);
    for byte in expression.bytes() {
        let literal = match byte {
            _ if std::mem::take(&mut escaped) => continue,
            b'\\' if quote.is_some() => {
                escaped = true;
                continue;
            }
            _ if quote == Some(byte) => {
                quote = None;
                (before, whole, times) = (byte, true, false);
                continue;
            }
            _ if quote.is_some() || byte.is_ascii_whitespace() => continue,
            b'"' | b'\'' => {
                quote = Some(byte);
                true
            }
            // Behind a name it takes a part.
            b'[' => !(before.is_ascii_alphanumeric() || matches!(before, b'_' | b')' | b']' | b'"' | b'\'')),
            _ => false,
        };
        if literal && times || whole && byte == b'*' {
            return Some("a text or a list is not multiplied");
        }
        let inner = std::mem::take(&mut whole);
        match byte {
            b'[' | b'(' | b'{' => open.push((byte, 0, literal)),
            b']' | b')' | b'}' => whole = open.pop().is_some_and(|(_, _, literal)| literal) || byte == b')' && inner,
            b':' => {
                if let Some((b'[', colons, _)) = open.last_mut() {
                    *colons += 1;
                    if *colons == 2 {
                        return Some("a slice with a step (`[::-1]`) is not understood: a part (`[1:3]`) is");
                    }
                }
            }
            _ => {}
        }
        (before, times) = (byte, byte == b'*' || times && byte == b'(');
    }
    None
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
pub(in crate::plan) struct Placed(pub(in crate::plan) Position);

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

pub(super) fn evaluate(
    expression: &str,
    scope: &Scope<'_>,
    extra: &BTreeMap<String, Value>,
    masked: bool,
) -> Result<Value, RenderError> {
    let compiled = compile(expression)
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
    let side = |operand: &str| match compile(operand).and_then(|e| e.eval(&context)) {
        Ok(value) if value.is_undefined() => Ok(None),
        Ok(value) => Ok(Some(value)),
        // Whoever asks for it in the end is told; `not reachable or row.n == 1` may never ask.
        Err(error) if has_no_value(&error) => Ok(None),
        Err(error) => Err(wrong(reason(&error))),
    };
    let decided = compare::decided(expression, side)?;
    let value = compile(&decided.text).and_then(|e| e.eval(&context));
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
    if compare::is_plain(expression, &FILTERS, &TESTS) {
        return Ok(());
    }
    let wrong = |message: String| RenderError::Syntax { expression: expression.to_owned(), message };
    compile(expression).map_err(|e| wrong(reason(&e)))?;
    let (filters, tests) = compare::filters_and_tests(expression);
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
    let Ok(compiled) = compile(expression) else { return Vec::new() };
    let all = compiled.undeclared_variables(true);
    let mut paths: Vec<String> =
        all.iter().filter(|path| !all.iter().any(|other| other.starts_with(&format!("{path}.")))).cloned().collect();
    paths.sort();
    paths
}

/// Names of which an expression uses a field: `candidate` in `candidate.role == 'replica'`.
#[must_use]
pub fn owners(expression: &str) -> Vec<String> {
    compile(expression).map(|e| owners_of(&e)).unwrap_or_default()
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
    let Ok(compiled) = compile(expression) else { return Vec::new() };
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
            places: &crate::plan::render::NOWHERE,
            live: crate::plan::render::Live::NOTHING,
        };
        condition(expression, &scope, &BTreeMap::new()).map_err(|e| e.to_string())
    }

    #[test]
    fn reasons_do_not_tell_secrets() {
        let (variables, secrets) =
            (BTreeMap::from([("pw".to_owned(), None)]), BTreeMap::from([("pw".to_owned(), "S3cret".to_owned())]));
        let scope = Scope {
            variables: &variables,
            secrets: &secrets,
            places: &crate::plan::render::NOWHERE,
            live: crate::plan::render::Live::NOTHING,
        };
        for expression in ["pw > ''", "pw > 3", "pw[0:3] < 1", "(pw | upper) > 1", "pw + 1 == 2", "pw"] {
            let found = condition(expression, &scope, &BTreeMap::new()).map_err(|e| e.to_string().to_lowercase());
            assert!(found.as_ref().is_err_and(|text| !text.contains("s3c")), "{expression}: {found:?}");
        }
    }

    /// Found by fuzzing: `[][::-1]` ended the program, and `8 * [8 * [8 * [8]]]` with larger numbers did not end.
    #[test]
    fn slices_have_no_step_and_lists_are_not_multiplied() {
        for expression in ["[][::-1] == []", "x[0:2:n] == 'a'", "(x)[1:2][::'a'] == 1", r"'\'' == x[1::1]"] {
            assert!(super::parse(expression).is_err_and(|e| e.to_string().contains("step")), "{expression}");
            assert!(holds(expression, &[("x", "abc"), ("n", "-1")]).is_err(), "{expression}");
            assert!(super::names(expression).is_empty() && super::paths(expression).is_empty(), "{expression}");
        }
        for expression in
            ["88 * [1] == 2", "[1, 2] * 3 == 1", "'a' * 3 == 'aaa'", "3*'a' == x", "2 * ([1]) == x", "([1]) * 2 == x"]
        {
            assert!(super::parse(expression).is_err_and(|e| e.to_string().contains("multiplied")), "{expression}");
        }
        for expression in ["2 * 3 == 6", "[1, 2][1] * 2 == 4", "'a * b' == 'a' ~ ' * b'", "(1 + 2) * 2 == 6"] {
            assert_eq!(holds(expression, &[]), Ok(true), "{expression}");
        }
        for expression in
            ["'abc'[0:2] == 'ab'", "'a:b:c'[1:] == ':b:c'", "'[::' + x == '[::abc'", "{'a:': 1}['a:'] == 1"]
        {
            assert_eq!(holds(expression, &[("x", "abc")]), Ok(true), "{expression}");
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
