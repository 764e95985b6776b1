//! What a command's end means: captures, expectations, success or failure.

use super::event::{Cause, Outcome};
use super::together::together;
use crate::plan::model::CommandWork;
use crate::plan::render::{self, Scope};
use crate::runbook::model::{CaptureFrom, ExpectTest, Interpreter};
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
    /// It never began, because nobody answers at that place.
    Unreachable(String),
    /// It began, and nobody knows how it ended.
    Lost(String),
    /// A server refused it, or answered with an error.
    Server(String),
    /// The place is not what was shown; nothing was run.
    WrongTarget(String),
    /// This run of another runbook ended otherwise than it should.
    Called(String, Outcome),
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
    /// What each member answered; empty for a command of this machine's shell.
    pub parts: Vec<Part>,
    /// Members of the group are missing here: they were done in an earlier try.
    pub left_out: bool,
}

/// What one connection, host or API answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// Its name in the inventory.
    pub member: String,
    /// The command acts on it alone, not on a group.
    pub alone: bool,
    /// Why it did not end well.
    pub trouble: Option<String>,
    /// What it printed, for people.
    pub stdout: String,
    /// What it said beside that; of one alone it may stand only with the whole.
    pub stderr: String,
    /// The answer: rows, fields.
    pub json: Option<serde_json::Value>,
    /// The fact that matters: `3 rows`.
    pub summary: String,
    /// Names for expressions: `rows`, `row`, `count`, `status`…
    pub names: BTreeMap<String, serde_json::Value>,
}

impl Part {
    /// A column of the last result that has it, in its only row.
    pub(super) fn column(&self, column: &str) -> Result<String, String> {
        let sets = self.names.get("results").and_then(|r| r.as_array()).map_or(&[][..], Vec::as_slice);
        let has = |set: &&serde_json::Value| {
            let columns = set.get("columns").and_then(|c| c.as_array());
            columns.is_some_and(|c| c.iter().any(|c| c.as_str().is_some_and(|c| c.eq_ignore_ascii_case(column))))
        };
        let set = sets.iter().rev().find(has).ok_or_else(|| format!("no result has a column `{column}`"))?;
        let rows = set.get("rows").and_then(|r| r.as_array()).map_or(&[][..], Vec::as_slice);
        let [row] = rows else {
            return Err(format!("`{column}` is wanted of one row, and there are {}", rows.len()));
        };
        let fields = row.as_object().into_iter().flatten();
        let value = fields.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(column)).map(|(_, value)| value);
        match value {
            Some(serde_json::Value::Null) => Err(format!("`{column}` is NULL")),
            Some(value) => Ok(text_of(value)),
            None => Err(format!("the row has no `{column}`")),
        }
    }
}

/// A JSON value as a variable holds it: a text without its quotes.
fn text_of(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
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

/// Whether the runbook itself speaks of how the command ends: `expect="exit == 1"`, `until="status == 200"`.
#[must_use]
pub fn judges_status(work: &CommandWork) -> bool {
    let word = if matches!(work.interpreter, Interpreter::Http(_)) { "status" } else { "exit" };
    let speaks = |expression: &str| render::names(expression).iter().any(|name| name == word);
    work.expects.iter().any(|e| matches!(e, ExpectTest::Holds(x) if speaks(x)))
        || work.options.until.as_deref().is_some_and(speaks)
}

/// Judges a command. With an `expect` about `exit`, a status other than zero can be a success.
#[must_use]
pub fn judge(work: &CommandWork, finished: &Finished, scope: &Scope<'_>) -> Verdict {
    let exit = match &finished.ended {
        Ended::Exit(status) => *status,
        Ended::Unreachable(message) => return unreachable(work, finished, scope, message),
        Ended::Signal(signal) => return Verdict::Failure(Cause::Signal { signal: *signal }),
        Ended::TimedOut(after_ms) => return Verdict::Failure(Cause::TimedOut { after_ms: *after_ms }),
        Ended::Stopped => return Verdict::Failure(Cause::Stopped),
        Ended::Spawn(message) => return Verdict::Failure(Cause::Spawn { message: message.clone() }),
        Ended::Lost(reason) => return Verdict::Unknown(reason.clone()),
        Ended::Server(message) => return Verdict::Failure(Cause::Server { message: message.clone() }),
        Ended::WrongTarget(message) => return Verdict::Failure(Cause::WrongTarget { message: message.clone() }),
        Ended::Called(run, outcome) => {
            return Verdict::Failure(Cause::Called { run: run.clone(), outcome: *outcome });
        }
    };
    let about_exit = judges_status(work);
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
    if finished.left_out && !work.options.captures.is_empty() {
        return Verdict::Failure(Cause::Capture {
            message: "members that were done in an earlier try gave nothing to keep this time: look at them, and say the values".to_owned(),
        });
    }
    let mut captures = BTreeMap::new();
    let mut whole = BTreeMap::<String, Vec<String>>::new();
    for member in members(finished) {
        let kept = match capture(work, &member) {
            Ok(kept) => kept,
            // A command that was meant to fail need not print what it prints when it works.
            Err(_) if exit != 0 => BTreeMap::new(),
            Err(message) => return Verdict::Failure(Cause::Capture { message: of_member(&member, message) }),
        };
        let mut extra = results(&member, exit);
        extra.extend(kept.iter().map(|(k, v)| (k.clone(), typed(v))));
        for expect in &work.expects {
            if let Err(cause) = holds(expect, &member, scope, &extra) {
                let cause = if work.options.secret { wordless(&cause) } else { cause };
                return Verdict::Failure(with_member(&member, cause));
            }
        }
        if !alone(&member) {
            for (name, value) in &kept {
                whole.entry(name.clone()).or_default().push(value.clone());
            }
        }
        captures.extend(kept.into_iter().map(|(name, value)| (variable(&name, &member), value)));
    }
    // All of a group's, in its order, under the name itself.
    captures.extend(whole.into_iter().map(|(name, values)| (name, values.join(" "))));
    match together(work, finished, exit, scope) {
        Ok(found) => captures.extend(found),
        Err(message) => return Verdict::Failure(Cause::Capture { message }),
    }
    let summary = summary(exit, &captures, finished, work.options.secret);
    Verdict::Success { exit, captures, summary }
}

/// Whether a wait-until condition holds for this result.
///
/// # Errors
/// When the condition cannot be evaluated for another reason than a value that is not there yet.
pub fn until(work: &CommandWork, finished: &Finished, scope: &Scope<'_>, expression: &str) -> Result<bool, Cause> {
    if let Ended::Unreachable(_) = finished.ended {
        return Ok(render::condition(expression, scope, &nobody()).unwrap_or(false));
    }
    let Ended::Exit(exit) = finished.ended else { return Ok(false) };
    for member in members(finished) {
        let mut extra = results(&member, exit);
        if let Ok(captures) = capture(work, &member) {
            extra.extend(captures.iter().map(|(k, v)| (k.clone(), typed(v))));
        }
        match render::condition(expression, scope, &extra) {
            Ok(true) => {}
            // What a poll waits for is often not printed at first.
            Ok(false) | Err(render::RenderError::Undefined { .. }) => return Ok(false),
            Err(error) => return Err(Cause::Evaluation { message: error.to_string() }),
        }
    }
    Ok(true)
}

/// Nobody answers at a place: a failure, unless that is what the step expects.
fn unreachable(work: &CommandWork, finished: &Finished, scope: &Scope<'_>, message: &str) -> Verdict {
    let about = |e: &ExpectTest| matches!(e, ExpectTest::Holds(x) if render::names(x).iter().any(|n| n == REACHABLE));
    let waited = work.options.until.iter().any(|until| render::names(until).iter().any(|n| n == REACHABLE));
    let asked: Vec<&str> =
        work.options.captures.iter().filter(|c| is_reachable(&c.from)).map(|c| c.name.as_str()).collect();
    if !work.expects.iter().any(about) && !waited && asked.is_empty() {
        return Verdict::Failure(Cause::Spawn { message: message.to_owned() });
    }
    let extra = nobody();
    for expect in &work.expects {
        if let Err(cause) = holds(expect, finished, scope, &extra) {
            return Verdict::Failure(cause);
        }
    }
    let captures = asked.into_iter().map(|name| (name.to_owned(), "false".to_owned())).collect();
    Verdict::Success { exit: 0, captures, summary: message.to_owned() }
}

/// Whether a capture keeps that a place answered, and not what.
fn is_reachable(from: &CaptureFrom) -> bool {
    matches!(from, CaptureFrom::Column(name) if name == REACHABLE)
}

/// What expressions see when nobody answered: `not reachable or row.n == 1` never asks for the row.
fn nobody() -> BTreeMap<String, Value> {
    let answers = ["row", "rows", "count", "affected", "results", "status", "json", "body"];
    let mut names: BTreeMap<String, Value> = answers.iter().map(|n| ((*n).to_owned(), Value::UNDEFINED)).collect();
    names.insert(REACHABLE.to_owned(), Value::from(false));
    names
}

/// The name that says whether a place answered.
const REACHABLE: &str = "reachable";

/// What is judged on its own: each member of a group, or all there is.
pub(super) fn members(finished: &Finished) -> Vec<Finished> {
    if finished.parts.is_empty() {
        return vec![finished.clone()];
    }
    let one = |part: &Part| Finished {
        ended: finished.ended.clone(),
        stdout: part.stdout.clone(),
        stderr: if part.alone && part.stderr.is_empty() { finished.stderr.clone() } else { part.stderr.clone() },
        truncated: finished.truncated,
        left_out: finished.left_out,
        parts: vec![part.clone()],
    };
    finished.parts.iter().filter(|p| p.trouble.is_none()).map(one).collect()
}

fn member(finished: &Finished) -> &str {
    finished.parts.first().map_or("", |part| part.member.as_str())
}

/// `position` of one place; `position_n2` and `position_n3` of two.
fn variable(name: &str, finished: &Finished) -> String {
    let plain: String = member(finished).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if alone(finished) { name.to_owned() } else { format!("{name}_{plain}") }
}

fn alone(finished: &Finished) -> bool {
    finished.parts.first().is_none_or(|part| part.alone)
}

fn of_member(finished: &Finished, message: String) -> String {
    if alone(finished) { message } else { format!("{}: {message}", member(finished)) }
}

fn with_member(finished: &Finished, cause: Cause) -> Cause {
    match cause {
        Cause::Expectation { message } => Cause::Expectation { message: of_member(finished, message) },
        Cause::Evaluation { message } => Cause::Evaluation { message: of_member(finished, message) },
        other => other,
    }
}

pub(super) fn results(finished: &Finished, exit: i32) -> BTreeMap<String, Value> {
    let mut names = BTreeMap::from([
        ("reachable".to_owned(), Value::from(true)),
        ("exit".to_owned(), Value::from(exit)),
        ("stdout".to_owned(), Value::from(finished.stdout.trim())),
        ("stderr".to_owned(), Value::from(finished.stderr.trim())),
    ]);
    if let [part] = finished.parts.as_slice() {
        names
            .extend(part.names.iter().map(|(name, value)| (name.clone(), Value::from(minijinja::value::Serde(value)))));
    }
    names
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
                let answer = finished.parts.first().and_then(|part| part.json.as_ref());
                let found = match answer {
                    Some(answer) => follow(answer, path),
                    None => json_path(&finished.stdout, path),
                };
                found.map_err(|why| format!("`{}`: {why}", capture.name))?
            }
            // Taken of all members together.
            CaptureFrom::Furthest(_) | CaptureFrom::Where(_) | CaptureFrom::Each(_) => continue,
            // It has answered, else nothing would be captured here.
            from @ CaptureFrom::Column(_) if is_reachable(from) => "true".to_owned(),
            CaptureFrom::Column(column) => match finished.parts.as_slice() {
                [part] if part.names.contains_key("results") => {
                    part.column(column).map_err(|why| format!("`{}`: {why}", capture.name))?
                }
                [part] if part.names.contains_key(column) => text_of(&part.names[column]),
                _ => {
                    let message =
                        format!("`{}`: a column `{column}` needs a result set, and there is none", capture.name);
                    return Err(message);
                }
            },
        };
        out.insert(capture.name.clone(), value);
    }
    Ok(out)
}

/// Follows `$.a[0].b` into a JSON text.
fn json_path(text: &str, path: &str) -> Result<String, String> {
    let root: serde_json::Value =
        serde_json::from_str(text.trim()).map_err(|e| format!("the output is not JSON: {e}"))?;
    follow(&root, path)
}

fn follow(root: &serde_json::Value, path: &str) -> Result<String, String> {
    let mut at = root;
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
    Ok(text_of(at))
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
fn wordless(cause: &Cause) -> Cause {
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
    let values: Vec<String> = render::paths(expression)
        .into_iter()
        .filter_map(|path| Some((at(extra, &path)?.to_string(), path)))
        .map(|(value, name)| {
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

/// `row.Slave_IO_Running` among the results.
fn at(extra: &BTreeMap<String, Value>, path: &str) -> Option<Value> {
    let mut parts = path.split('.');
    let mut value = extra.get(parts.next()?)?.clone();
    for part in parts {
        value = value.get_attr(part).ok()?;
    }
    (!value.is_undefined()).then_some(value)
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
    let told: Vec<String> = finished
        .parts
        .iter()
        .filter(|part| !part.summary.is_empty())
        .map(|part| if part.alone { part.summary.clone() } else { format!("{} {}", part.member, part.summary) })
        .collect();
    if !told.is_empty() {
        return told.join("  ");
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
