//! What a command's end means: captures, expectations, success or failure.

use super::event::Cause;
use crate::plan::model::CommandWork;
use crate::plan::render::{self, Scope};
use crate::runbook::model::{CaptureFrom, ExpectTest};
use minijinja::value::Value;
use std::collections::BTreeMap;

/// How a command ended, as far as anyone can know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// By itself.
    Exit(i32),
    /// By a signal.
    Signal(i32),
    /// Its time was up, after this many milliseconds.
    TimedOut(u64),
    /// The operator stopped it.
    Stopped,
    /// It never began.
    Spawn(String),
    /// It began, and nobody knows how it ended.
    Lost(String),
}

/// A command's end with what it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub ended: Ended,
    /// Standard output, invalid UTF-8 replaced.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
    /// There was more output than is kept here.
    pub truncated: bool,
}

/// The judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It did what it must.
    Success {
        /// Exit status.
        exit: i32,
        /// Values kept, in clear.
        captures: BTreeMap<String, String>,
        /// The fact that matters.
        summary: String,
    },
    /// It did not.
    Failure(Cause),
    /// Nobody knows.
    Unknown(String),
}

/// Judges a command. With an `expect` about `exit`, a status other than zero can be a success.
#[must_use]
pub fn judge(work: &CommandWork, finished: &Finished, scope: &Scope<'_>) -> Verdict {
    let exit = match &finished.ended {
        Ended::Exit(status) => *status,
        Ended::Signal(signal) => return Verdict::Failure(Cause::Signal { signal: *signal }),
        Ended::TimedOut(after_ms) => return Verdict::Failure(Cause::TimedOut { after_ms: *after_ms }),
        Ended::Stopped => return Verdict::Failure(Cause::Stopped),
        Ended::Spawn(message) => return Verdict::Failure(Cause::Spawn { message: message.clone() }),
        Ended::Lost(reason) => return Verdict::Unknown(reason.clone()),
    };
    let about_exit =
        work.expects.iter().any(|e| matches!(e, ExpectTest::Holds(x) if render::names(x).iter().any(|n| n == "exit")));
    if exit != 0 && !about_exit {
        return Verdict::Failure(Cause::Exit { status: exit });
    }
    // "It must fail" is not proven by a program that is not there, or cannot be started.
    let spoken = |e: &ExpectTest| matches!(e, ExpectTest::Holds(x) if x.contains(&exit.to_string()));
    if matches!(exit, 125..=127) && !work.expects.iter().any(spoken) {
        return Verdict::Failure(Cause::Exit { status: exit });
    }
    let needs_output = !work.expects.is_empty() || !work.options.captures.is_empty() || work.options.until.is_some();
    if finished.truncated && needs_output {
        // Judging half an output could open a gate that the other half would have shut.
        return Verdict::Failure(Cause::Expectation {
            message: "the output is too long to be judged whole".to_owned(),
        });
    }
    let captures = match capture(work, finished) {
        Ok(captures) => captures,
        // A command that was meant to fail need not print what it prints when it works.
        Err(_) if exit != 0 => BTreeMap::new(),
        Err(message) => return Verdict::Failure(Cause::Capture { message }),
    };
    let mut extra = results(finished, exit);
    extra.extend(captures.iter().map(|(k, v)| (k.clone(), typed(v))));
    for expect in &work.expects {
        if let Err(cause) = holds(expect, finished, scope, &extra) {
            return Verdict::Failure(if work.options.secret { wordless(cause) } else { cause });
        }
    }
    let summary = summary(exit, &captures, finished, work.options.secret);
    Verdict::Success { exit, captures, summary }
}

/// Whether a wait-until condition holds for this result.
///
/// # Errors
/// When the condition cannot be evaluated for another reason than a value that is not there yet.
pub fn until(work: &CommandWork, finished: &Finished, scope: &Scope<'_>, expression: &str) -> Result<bool, Cause> {
    let Ended::Exit(exit) = finished.ended else { return Ok(false) };
    let mut extra = results(finished, exit);
    if let Ok(captures) = capture(work, finished) {
        extra.extend(captures.iter().map(|(k, v)| (k.clone(), typed(v))));
    }
    match render::condition(expression, scope, &extra) {
        Ok(held) => Ok(held),
        // What a poll waits for is often not printed at first.
        Err(render::RenderError::Undefined { .. }) => Ok(false),
        Err(error) => Err(Cause::Evaluation { message: error.to_string() }),
    }
}

fn results(finished: &Finished, exit: i32) -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("exit".to_owned(), Value::from(exit)),
        ("stdout".to_owned(), Value::from(finished.stdout.trim())),
        ("stderr".to_owned(), Value::from(finished.stderr.trim())),
    ])
}

fn typed(text: &str) -> Value {
    render::typed(text)
}

fn capture(work: &CommandWork, finished: &Finished) -> Result<BTreeMap<String, String>, String> {
    let mut out = BTreeMap::new();
    for capture in &work.options.captures {
        let value = match &capture.from {
            CaptureFrom::Stdout => finished.stdout.trim().to_owned(),
            CaptureFrom::Regex(regex) => {
                let compiled =
                    regex::Regex::new(regex).map_err(|e| format!("`/{regex}/` is not a regular expression: {e}"))?;
                let found = compiled
                    .captures(&finished.stdout)
                    .or_else(|| compiled.captures(&finished.stderr))
                    .ok_or_else(|| format!("`{}`: nothing in the output matches `/{regex}/`", capture.name))?;
                found.get(1).or_else(|| found.get(0)).map_or_else(String::new, |m| m.as_str().trim().to_owned())
            }
            CaptureFrom::JsonPath(path) => {
                json_path(&finished.stdout, path).map_err(|why| format!("`{}`: {why}", capture.name))?
            }
            CaptureFrom::Column(column) => {
                return Err(format!(
                    "`{}`: a column `{column}` needs a result set, and this is a shell command",
                    capture.name
                ));
            }
        };
        out.insert(capture.name.clone(), value);
    }
    Ok(out)
}

/// Follows `$.a[0].b` into a JSON text.
fn json_path(text: &str, path: &str) -> Result<String, String> {
    let root: serde_json::Value =
        serde_json::from_str(text.trim()).map_err(|e| format!("the output is not JSON: {e}"))?;
    let mut at = &root;
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let (index, tail) = after.split_once(']').ok_or_else(|| format!("`{path}` has an open bracket"))?;
            let index: usize = index.parse().map_err(|_| format!("`{index}` in `{path}` is not an index"))?;
            at = at.get(index).ok_or_else(|| format!("`{path}`: there is no element {index}"))?;
            rest = tail;
        } else {
            let after = rest.strip_prefix('.').unwrap_or(rest);
            let end = after.find(['.', '[']).unwrap_or(after.len());
            at = at.get(&after[..end]).ok_or_else(|| format!("`{path}`: there is no field `{}`", &after[..end]))?;
            rest = &after[end..];
        }
    }
    Ok(match at {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn holds(
    expect: &ExpectTest,
    finished: &Finished,
    scope: &Scope<'_>,
    extra: &BTreeMap<String, Value>,
) -> Result<(), Cause> {
    let (held, message) = match expect {
        ExpectTest::Contains(text) => {
            let wanted = squeeze(text);
            let held = stands_in(&wanted, &squeeze(&finished.stdout)) || stands_in(&wanted, &squeeze(&finished.stderr));
            (held, format!("`{text}` is not in the output"))
        }
        ExpectTest::Matches(regex) => {
            let compiled = regex::Regex::new(regex)
                .map_err(|e| Cause::Evaluation { message: format!("`/{regex}/` is not a regular expression: {e}") })?;
            let held = compiled.is_match(&finished.stdout) || compiled.is_match(&finished.stderr);
            (held, format!("nothing in the output matches `/{regex}/`"))
        }
        ExpectTest::Holds(expression) => {
            let held = render::condition(expression, scope, extra)
                .map_err(|e| Cause::Evaluation { message: e.to_string() })?;
            (held, found(expression, extra))
        }
    };
    if held { Ok(()) } else { Err(Cause::Expectation { message }) }
}

/// A cause that tells nothing of a secret output.
fn wordless(cause: Cause) -> Cause {
    let message = "what it printed is not as expected; the output is secret and not shown".to_owned();
    match cause {
        Cause::Evaluation { .. } => Cause::Evaluation { message },
        _ => Cause::Expectation { message },
    }
}

/// Whether `wanted` stands in `text` as words of its own: `active` does not stand in `inactive`, nor `0` in `10`.
fn stands_in(wanted: &str, text: &str) -> bool {
    if wanted.is_empty() {
        return false;
    }
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let number = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let (first, last) = (wanted.chars().next(), wanted.chars().next_back());
    text.match_indices(wanted).any(|(at, _)| {
        let mut back = text[..at].chars().rev();
        let mut on = text[at + wanted.len()..].chars();
        let (before, after) = (back.next(), on.next());
        let glued = part(first) && part(before) || part(last) && part(after);
        // `0` does not stand in `0.5`, nor `5` in `0.5`, nor `1` in `-1`.
        let decimal = number(last) && matches!(after, Some('.' | ',')) && number(on.next())
            || number(first) && (before == Some('-') || matches!(before, Some('.' | ',')) && number(back.next()));
        !glued && !decimal
    })
}

/// `lag < 10` does not hold: lag is 31.
fn found(expression: &str, extra: &BTreeMap<String, Value>) -> String {
    let values: Vec<String> = render::names(expression)
        .iter()
        .filter_map(|name| extra.get(name).map(|v| (name, v.to_string())))
        .map(|(name, value)| {
            let one = value.lines().next().unwrap_or("");
            let short: String = one.chars().take(60).collect();
            let more = if short.len() < value.len() { "…" } else { "" };
            format!("{name} is `{short}{more}`")
        })
        .collect();
    if values.is_empty() {
        format!("`{expression}` does not hold")
    } else {
        format!("`{expression}` does not hold: {}", values.join(", "))
    }
}

/// White space of different lengths is the same to a person who compares two tables.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn summary(exit: i32, captures: &BTreeMap<String, String>, finished: &Finished, secret: bool) -> String {
    if secret {
        return "secret".to_owned();
    }
    if !captures.is_empty() {
        return captures.iter().map(|(k, v)| format!("{k} {}", one_line(v))).collect::<Vec<_>>().join("  ");
    }
    if exit != 0 {
        return format!("exit {exit}, as expected");
    }
    let mut lines = finished.stdout.lines().map(str::trim).filter(|l| !l.is_empty());
    match (lines.next(), lines.count()) {
        (None, _) => String::new(),
        (Some(line), 0) => one_line(line),
        (Some(_), more) => format!("{} lines", more + 1),
    }
}

fn one_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    if line.chars().count() > 60 || line.len() < text.len() {
        line.chars().take(59).chain(['…']).collect()
    } else {
        line.to_owned()
    }
}
