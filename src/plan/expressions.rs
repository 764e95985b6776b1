//! Every expression of a plan is parsed before anything runs: a typing mistake is found at the desk, not in the night.

use super::model::{Node, Plan, Work};
use super::render;
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{CaptureFrom, ExpectTest};

/// One error per expression or regular expression that does not parse.
#[must_use]
pub fn check(plan: &Plan) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for node in &plan.nodes {
        let mut conditions: Vec<(&str, &str)> = Vec::new();
        if let Some(when) = &node.when {
            conditions.push(("when", when));
        }
        match &node.work {
            Work::Decision { options } => {
                conditions.extend(options.iter().filter_map(|o| o.when.as_deref().map(|w| ("when", w))))
            }
            Work::Command(work) => {
                if let Some(until) = &work.options.until {
                    conditions.push(("until", until));
                }
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
                    if let CaptureFrom::Regex(regex) = &capture.from {
                        regex_error(node, regex, &mut errors);
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

fn regex_error(node: &Node, regex: &str, errors: &mut Vec<Diagnostic>) {
    if let Err(error) = regex::Regex::new(regex) {
        let message = error.to_string().lines().last().unwrap_or("it does not parse").trim().to_owned();
        errors.push(
            Diagnostic::error("bad-regex", format!("`/{regex}/` is not a regular expression: {message}"))
                .at(node.span, "used here")
                .help("a literal bracket or brace needs a backslash before it"),
        );
    }
}
