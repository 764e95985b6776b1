//! Every expression of a plan is parsed before anything runs: a typing mistake is found at the desk, not in the night.

use super::model::{CommandWork, Node, Plan, Work};
use super::render;
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{CaptureFrom, Effect, ExpectTest, Interpreter};

/// One error per expression or regular expression that does not parse.
#[must_use]
pub fn check(plan: &Plan) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for node in &plan.nodes {
        let mut conditions: Vec<(&str, &str)> = Vec::new();
        if let Some(when) = &node.when {
            conditions.push(("when", when));
        }
        if let Some(seed) = node.draw.as_deref().filter(|seed| !seed.is_empty()) {
            conditions.push(("seed", seed));
        }
        if let Some((_, list)) = node.again.as_ref().and_then(|again| again.over.as_ref()) {
            conditions.push(("for", list));
        }
        match &node.work {
            Work::Decision { options } => {
                conditions.extend(options.iter().filter_map(|o| o.when.as_deref().map(|w| ("when", w))));
            }
            Work::Command(work) => {
                if let Some(until) = &work.options.until {
                    conditions.push(("until", until));
                }
                errors.extend(repeated_write(node, work));
                if let Some(requires) = &work.options.requires {
                    conditions.push(("requires", requires));
                }
                for expect in &work.expects {
                    match expect {
                        ExpectTest::Holds(expression) => conditions.push(("expect", expression)),
                        ExpectTest::Matches(regex) => regex_error(node, regex, &mut errors),
                        ExpectTest::Contains(_) => {}
                    }
                }
                for capture in &work.options.captures {
                    match &capture.from {
                        CaptureFrom::Regex(regex) => regex_error(node, regex, &mut errors),
                        CaptureFrom::Where(condition) => conditions.push(("capture", condition)),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        for (attribute, expression) in conditions {
            if let Err(error) = render::parse(expression) {
                errors.push(
                    Diagnostic::error("bad-expression", format!("{error}"))
                        .at(node.span, format!("in its `{attribute}`"))
                        .help("expressions compare values, as in `lag < 10 and role == 'replica'`"),
                );
            }
        }
    }
    errors
}

/// A write that an attribute would repeat.
fn repeated_write(node: &Node, work: &CommandWork) -> Option<Diagnostic> {
    if work.effect == Effect::Read || work.options.idempotent {
        return None;
    }
    // What AWS began is polled by a read of its own.
    if work.options.until.is_some() && !matches!(work.interpreter, Interpreter::Aws(_)) {
        let help =
            "write once, then poll with a read in a fence of its own; or say `idempotent` if repeating is harmless";
        return Some(
            Diagnostic::error("until-on-a-write", "`until` repeats the command, and this one writes")
                .at(node.span, "would run many times")
                .help(help),
        );
    }
    (work.options.retries > 0).then(|| {
        Diagnostic::error("retries-on-a-write", "`retries` would repeat a command that writes")
            .at(node.span, "is never tried again by itself")
            .help("say `idempotent` if repeating is harmless, or take `retries` away")
    })
}

/// Compiling costs many times what parsing does, and of a short one without counted repetition it cannot fail: the
/// compiler's only error of its own is size.
fn compiles(regex: &str) -> Result<(), String> {
    if regex.len() > 100 || regex.contains('{') {
        regex::Regex::new(regex).map(|_| ()).map_err(|e| e.to_string())
    } else {
        regex_syntax::parse(regex).map(|_| ()).map_err(|e| e.to_string())
    }
}

fn regex_error(node: &Node, regex: &str, errors: &mut Vec<Diagnostic>) {
    if let Err(error) = compiles(regex) {
        let message = error.lines().last().unwrap_or("it does not parse").trim().to_owned();
        errors.push(
            Diagnostic::error("bad-regex", format!("`/{regex}/` is not a regular expression: {message}"))
                .at(node.span, "used here")
                .help("a literal bracket or brace needs a backslash before it"),
        );
    }
}
