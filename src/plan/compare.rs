//! Comparisons, decided here and not by the template engine, which orders a text and a number by their types: `lag < 10`
//! with a lag of `NULL` must be an error and neither true nor false.
//!
//! - `==` and `!=`: equal texts are equal; a number and a text are equal when the text is that number.
//! - `<`, `<=`, `>`, `>=`: both sides must be numbers, or texts that are numbers. Anything else is an error: texts such as
//!   versions have no order that a comparison of letters would find.
//! - GTIDs and LSNs are put in order by `| position` behind both sides; diverged histories have none, which is an error.

use super::render::Placed;
use minijinja::value::{Value, ValueKind};
use std::cmp::Ordering;

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// What the rewriting must tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    Compare(Operator),
    Boundary,
    Other,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    kind: Kind,
    depth: usize,
    start: usize,
    end: usize,
}

fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            quote @ (b'"' | b'\'') => {
                at += 1;
                while at < bytes.len() && bytes[at] != quote {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at = (at + 1).min(bytes.len());
                Kind::Other
            }
            b'(' | b'[' | b'{' => {
                at += 1;
                depth += 1;
                out.push(Token { kind: Kind::Open, depth, start, end: at });
                continue;
            }
            b')' | b']' | b'}' => {
                at += 1;
                out.push(Token { kind: Kind::Close, depth, start, end: at });
                depth = depth.saturating_sub(1);
                continue;
            }
            b'=' | b'!' | b'<' | b'>' => {
                let two = bytes.get(at + 1) == Some(&b'=');
                at += if two { 2 } else { 1 };
                match (bytes[start], two) {
                    (b'=', true) => Kind::Compare(Operator::Equal),
                    (b'!', true) => Kind::Compare(Operator::Unequal),
                    (b'<', true) => Kind::Compare(Operator::LessEqual),
                    (b'>', true) => Kind::Compare(Operator::GreaterEqual),
                    (b'<', false) => Kind::Compare(Operator::Less),
                    (b'>', false) => Kind::Compare(Operator::Greater),
                    _ => Kind::Other,
                }
            }
            b',' | b':' => {
                at += 1;
                Kind::Boundary
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
                    at += 1;
                }
                if matches!(&text[start..at], "and" | "or" | "not" | "if" | "else") {
                    Kind::Boundary
                } else {
                    Kind::Other
                }
            }
            _ => {
                at += text[at..].chars().next().map_or(1, char::len_utf8);
                Kind::Other
            }
        };
        out.push(Token { kind, depth, start, end: at });
    }
    out
}

/// Words that are no names.
const WORDS: [&str; 13] =
    ["and", "or", "not", "is", "in", "if", "else", "true", "false", "none", "True", "False", "None"];

/// Whether an expression is nothing but names, numbers and quoted texts that are compared or looked for, with `and`, `or` and `not`
/// between, and with none but these filters and tests behind them: what nearly all are, and what needs no parser to be right. Never yes
/// wrongly.
#[must_use]
pub fn is_plain(expression: &str, filters: &[&str], tests: &[&str]) -> bool {
    let mut rest = expression.trim_start_matches(' ');
    loop {
        let side = |text| joined(text, filters).map(|after| after.trim_start_matches(' '));
        let Some(after) = side(rest.strip_prefix("not ").map_or(rest, |after| after.trim_start_matches(' '))) else {
            return false;
        };
        rest = after;
        let signs = ["==", "!=", "<=", ">=", "<", ">", "in ", "not in "];
        if let Some(after) = signs.iter().find_map(|sign| rest.strip_prefix(sign)) {
            let Some(after) = side(after.trim_start_matches(' ')) else { return false };
            rest = after;
        } else if let Some(after) = rest.strip_prefix("is ") {
            let after = after.strip_prefix("not ").unwrap_or(after);
            let Some(after) = one_of(tests, after) else { return false };
            rest = after.trim_start_matches(' ');
        }
        if rest.is_empty() {
            return true;
        }
        let Some(after) = rest.strip_prefix("and ").or_else(|| rest.strip_prefix("or ")) else { return false };
        rest = after.trim_start_matches(' ');
    }
}

/// What stands behind operands with filters, joined by `~`.
fn joined<'t>(text: &'t str, filters: &[&str]) -> Option<&'t str> {
    let mut rest = operand(text)?;
    loop {
        let after = rest.trim_start_matches(' ');
        rest = if let Some(filter) = after.strip_prefix('|') {
            one_of(filters, filter.trim_start_matches(' '))?
        } else if let Some(next) = after.strip_prefix('~') {
            operand(next.trim_start_matches(' '))?
        } else {
            return Some(rest);
        };
    }
}

/// What stands behind one of these words and a blank or the end.
fn one_of<'t>(words: &[&str], text: &'t str) -> Option<&'t str> {
    let end = text.find(' ').unwrap_or(text.len());
    words.contains(&&text[..end]).then(|| &text[end..])
}

/// What stands behind a name, perhaps with fields and numbers of rows, a number or a quoted text.
fn operand(text: &str) -> Option<&str> {
    let first = text.bytes().next()?;
    if matches!(first, b'\'' | b'"') {
        let end = text[1..].find([char::from(first), '\\'])? + 1;
        return text[end..].starts_with(char::from(first)).then(|| &text[end + 1..]);
    }
    let word = |text: &str| text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let mut end = word(text);
    if first.is_ascii_digit() {
        let number = end < 10 && text[..end].bytes().all(|b| b.is_ascii_digit());
        return (number && !text[end..].starts_with(['.', '['])).then(|| &text[end..]);
    }
    let mut start = 0;
    loop {
        if start == end || text.as_bytes()[start].is_ascii_digit() || WORDS.contains(&&text[start..end]) {
            return None;
        }
        if let Some(row) = text[end..].strip_prefix('[') {
            let digits = row.bytes().take_while(u8::is_ascii_digit).count();
            if !(1..10).contains(&digits) || !row[digits..].starts_with(']') {
                return None;
            }
            end += digits + 2;
        }
        if !text[end..].starts_with('.') {
            return (!text[end..].starts_with(['[', '('])).then(|| &text[end..]);
        }
        start = end + 1;
        end = start + word(&text[start..]);
    }
}

/// The filters (`| NAME`) and the tests (`is NAME`, `is not NAME`) that an expression uses.
#[must_use]
pub fn filters_and_tests(expression: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut filters, mut tests) = (Vec::new(), Vec::new());
    let words: Vec<&str> =
        tokens(expression).iter().map(|t| &expression[t.start..t.end]).filter(|word| !word.trim().is_empty()).collect();
    for (at, word) in words.iter().enumerate() {
        let behind = |n: usize| words.get(at + n).copied().filter(|w| w.starts_with(|c: char| c.is_ascii_alphabetic()));
        match *word {
            "|" => filters.extend(behind(1)),
            "is" if at > 0 && words[at - 1] != "." => {
                tests.extend(if behind(1) == Some("not") { behind(2) } else { behind(1) });
            }
            _ => {}
        }
    }
    (filters, tests)
}

/// Stands for a comparison that has no result. A call of what does not exist: whoever asks for it is told, also in a list or
/// behind `| default`; passing it by is no error.
const NOTHING: &str = "__no_value__()";

/// An expression without its comparisons.
#[derive(Debug, PartialEq, Eq)]
pub struct Decided {
    /// What is left of it.
    pub text: String,
    /// Why a comparison in it has no result, for whoever asks for it: two values that cannot be compared, or a name without a value.
    pub open: Option<String>,
}

/// Replaces every comparison in `expression` by its result. `value` evaluates one side; `Ok(None)` when a name in it has no
/// value. The expression may never come to ask for a comparison without a result: `not reachable or row.n == 1`,
/// `lag is number and lag < 10`.
///
/// # Errors
/// What `value` says.
pub fn decided<E>(expression: &str, value: impl Fn(&str) -> Result<Option<Value>, E>) -> Result<Decided, E> {
    let mut text = expression.to_owned();
    let mut open = None;
    loop {
        let tokens = tokens(&text);
        // The innermost first: what stands in parentheses is decided before what it stands in.
        let deepest = tokens
            .iter()
            .enumerate()
            .filter(|(_, t)| matches!(t.kind, Kind::Compare(_)))
            .max_by_key(|(i, t)| (t.depth, usize::MAX - i));
        let Some((index, token)) = deepest else { return Ok(Decided { text, open }) };
        let Kind::Compare(operator) = token.kind else { return Ok(Decided { text, open }) };
        let ends = |t: &&Token| {
            t.depth == token.depth && matches!(t.kind, Kind::Open | Kind::Close | Kind::Boundary | Kind::Compare(_))
        };
        let start =
            tokens[..index].iter().rev().find(ends).map_or(0, |t| if t.kind == Kind::Close { t.start } else { t.end });
        let end = tokens[index + 1..].iter().find(ends).map_or(text.len(), |t| t.start);
        let (left, right) = (text[start..token.start].trim(), text[token.end..end].trim());
        let sides = (value(left)?, value(right)?);
        let compared = match &sides {
            (Some(a), Some(b)) => compare(operator, a, b).map_err(|why| format!("`{left}` {why} `{right}`")),
            _ => Err("a name in it has no value".to_owned()),
        };
        let result = match compared {
            Ok(true) => "true",
            Ok(false) => "false",
            Err(why) => {
                open.get_or_insert(why);
                NOTHING
            }
        };
        text = format!("{} {result} {}", &text[..start], &text[end..]);
    }
}

fn compare(operator: Operator, a: &Value, b: &Value) -> Result<bool, String> {
    let ordered = !matches!(operator, Operator::Equal | Operator::Unequal);
    if let Some(order) = positions(a, b, ordered)? {
        return Ok(match operator {
            Operator::Equal => order.is_eq(),
            Operator::Unequal => order.is_ne(),
            Operator::Less => order.is_lt(),
            Operator::LessEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterEqual => order.is_ge(),
        });
    }
    match operator {
        Operator::Equal => return Ok(equal(a, b)),
        Operator::Unequal => return Ok(!equal(a, b)),
        _ => {}
    }
    let (Some(x), Some(y)) = (number(a), number(b)) else {
        let text = if number(a).is_none() { a } else { b };
        return Err(format!("cannot be put in order: {text:?} is not a number, beside"));
    };
    Ok(match operator {
        Operator::Less => x < y,
        Operator::LessEqual => x <= y,
        Operator::Greater => x > y,
        _ => x >= y,
    })
}

/// The order of two replication positions; `None` when neither side is one.
fn positions(a: &Value, b: &Value, ordered: bool) -> Result<Option<Ordering>, String> {
    let placed = |value: &Value| value.downcast_object_ref::<Placed>().map(|p| p.0.clone());
    match (placed(a), placed(b)) {
        (None, None) => Ok(None),
        (Some(a), Some(b)) if a == b => Ok(Some(Ordering::Equal)),
        // Diverged positions are unequal for certain; which is ahead has no answer.
        (Some(a), Some(b)) if !ordered => Ok(Some(a.partial_cmp(&b).unwrap_or(Ordering::Less))),
        (Some(a), Some(b)) => match a.partial_cmp(&b) {
            Some(order) => Ok(Some(order)),
            None => Err("has something that the other lacks, or is of another kind: no order with".to_owned()),
        },
        _ => Err("cannot be compared: only one side is a position (write `| position` behind both), beside".to_owned()),
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a.kind(), b.kind()) {
        (ValueKind::Number, ValueKind::String) | (ValueKind::String, ValueKind::Number) => {
            number(a).zip(number(b)).is_some_and(|(x, y)| (x - y).abs() < f64::EPSILON)
        }
        _ => a == b,
    }
}

/// A number, or a text that is one.
fn number(value: &Value) -> Option<f64> {
    match value.kind() {
        ValueKind::Number => f64::try_from(value.clone()).ok().or_else(|| value.to_string().parse().ok()),
        ValueKind::String => value
            .as_str()
            .map(str::trim)
            .filter(|t| t.starts_with(|c: char| c.is_ascii_digit() || c == '-'))?
            .parse()
            .ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::is_plain;
    use super::{Operator, compare, decided, filters_and_tests};
    use minijinja::value::Value;

    const FILTERS: [&str; 2] = ["int", "position"];
    const TESTS: [&str; 2] = ["none", "defined"];

    #[test]
    fn a_number_and_its_text_are_equal() {
        assert_eq!(compare(Operator::Equal, &Value::from(10), &Value::from("10")), Ok(true));
        assert_eq!(compare(Operator::Equal, &Value::from(10), &Value::from("10.5")), Ok(false));
        assert_eq!(compare(Operator::Less, &Value::from("9"), &Value::from(10)), Ok(true));
        assert!(compare(Operator::Less, &Value::from("NULL"), &Value::from(10)).is_err());
        assert!(compare(Operator::Less, &Value::from("0-1-5"), &Value::from("0-1-10")).is_err());
    }

    #[test]
    fn the_sides_of_a_comparison_are_found() {
        let sides = std::cell::RefCell::new(Vec::new());
        let value = |text: &str| {
            sides.borrow_mut().push(text.to_owned());
            Ok::<_, String>(Some(Value::from(1)))
        };
        let out = decided("not (a + 1 < b|int) and 'x < y' in c or d[0] == e", value).unwrap();
        assert_eq!(sides.into_inner(), ["a + 1", "b|int", "d[0]", "e"]);
        assert_eq!(out.text.split_whitespace().collect::<Vec<_>>().join(" "), "not ( false ) and 'x < y' in c or true");
        assert_eq!(out.open, None);
    }

    #[test]
    fn filters_and_tests_are_found_outside_of_texts() {
        let (filters, tests) = filters_and_tests(
            "a|int > 1 and b | position >= c|lower|trim and d is not number or e is none and 'x | y is z' == row.is",
        );
        assert_eq!(filters, ["int", "position", "lower", "trim"]);
        assert_eq!(tests, ["number", "none"]);
    }

    #[test]
    fn plain_expressions() {
        for plain in
            ["a", "a == 1", "row.a.b != 'x y'", "exit == 0 and stdout == \"ok\"", " a<1 or b>= c.d", "a == 'is | not'"]
        {
            assert!(is_plain(plain, &FILTERS, &TESTS), "{plain}");
        }
        for plain in [
            "not a",
            "a is none",
            "a and not b.c",
            "a | int > 1",
            "x.applied | position <= y|position",
            "rows[0].a[1].b == 1",
            "'a b' in stdout and \"c\" not in d",
            "row is not defined or a == 1",
            "a ~ ':' ~ b == c",
        ] {
            assert!(is_plain(plain, &FILTERS, &TESTS), "{plain}");
        }
        for other in [
            "",
            "a ==",
            "a = 1",
            "not not a",
            "a is string",
            "a | safe > 1",
            "a | int(1)",
            "a | int.x",
            "a is none is none",
            "in a",
            "a in",
            "a ~ ~ b",
            "a[b]",
            "1[0]",
            "a[0](1)",
            "a == 'x",
            "1.5 > a",
            "a and",
            "a == 1 b",
            "a.1",
            "a..b",
            "a.",
            "f(x)",
            "'it\\'s' == a",
            "a == 1 and or b",
            "is == 1",
            "a if b else c",
            "99999999999 == a",
            "été == 1",
        ] {
            assert!(!is_plain(other, &FILTERS, &TESTS), "{other}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn what_is_plain_parses(words in proptest::collection::vec("a|b1|_|row.x|1|20|007|'q r'|\"\"|==|!=|<|<=|>|>=|and|or|not|is|in|none|defined|int|~|[.]|[ ]|[|]|[(]|e1|'|x\\[0\\]|\\[1\\]", 0..9), gap in " ?") {
            let text = words.join(&gap);
            if is_plain(&text, &FILTERS, &TESTS) {
                let parsed = minijinja::Environment::empty().compile_expression(&text).map(|_| ());
                proptest::prop_assert!(parsed.is_ok(), "{text}: {parsed:?}");
                let (filters, tests) = filters_and_tests(&text);
                proptest::prop_assert!(filters.iter().all(|name| FILTERS.contains(name)), "{text}: {filters:?}");
                proptest::prop_assert!(tests.iter().all(|name| TESTS.contains(name)), "{text}: {tests:?}");
            }
        }
    }
}
