//! `runbook check`: what is wrong, what would run, what would not, and why. No side effects.

use super::args::{CheckArgs, CheckFormat};
use super::exit::{Exit, Failure, Result};
use super::load::{self, Loaded};
use super::{find, out};
use crate::check::{self, Honesty};
use crate::diagnostic::Severity;
use crate::diagnostic::{Style, render};
use crate::runbook::model::{Effect, Reading};
use serde_json::json;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// Does it.
pub fn run(args: &CheckArgs) -> Result {
    let mut files = Vec::new();
    for path in &args.paths {
        if path.is_dir() {
            let found = find::markdown_files(path);
            if found.is_empty() {
                return Err(Failure::usage(
                    format!("no Markdown file under `{}`", path.display()),
                    "name a file, or another directory",
                ));
            }
            files.extend(found);
        } else if path.exists() {
            files.push(path.clone());
        } else {
            return Err(Failure::usage(format!("there is no file `{}`", path.display()), "check the path"));
        }
    }
    let style = out::stdout_style();
    let mut errors = 0;
    let mut warnings = 0;
    let mut reports = Vec::new();
    let mut failure = None;
    in_order(
        &files,
        |path| one(path, args, &style),
        |text, counted, json| {
            errors += counted.0;
            warnings += counted.1;
            if let Some(json) = json {
                reports.push(json);
            }
            if failure.is_none()
                && let Err(error) = out::print(&text)
            {
                failure = Some(error);
            }
        },
    );
    if let Some(failure) = failure {
        return Err(failure);
    }
    if args.format == CheckFormat::Json {
        let all = json!({"files": reports, "errors": errors, "warnings": warnings});
        let mut text = serde_json::to_string_pretty(&all).unwrap_or_default();
        text.push('\n');
        out::print(&text)?;
    } else if files.len() > 1 {
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        out::print(&format!(
            "{}: {}, {}\n",
            plural(files.len(), "file"),
            plural(errors, "error"),
            plural(warnings, "warning")
        ))?;
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::BadRunbook })
}

type Told = (String, (usize, usize), Option<serde_json::Value>);

/// Works on every file with all cores, and hands on the results in order.
fn in_order(
    files: &[PathBuf],
    work: impl Fn(&PathBuf) -> Told + Sync,
    mut take: impl FnMut(String, (usize, usize), Option<serde_json::Value>),
) {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(files.len()).max(1);
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::sync_channel(threads * 64);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (send, next, work) = (send.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(index) else { return };
                    if send.send((index, work(file))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let mut waiting: std::collections::BTreeMap<usize, Told> = std::collections::BTreeMap::new();
        let mut due = 0;
        for (index, told) in receive {
            waiting.insert(index, told);
            while let Some((text, counted, json)) = waiting.remove(&due) {
                take(text, counted, json);
                due += 1;
            }
        }
    });
}

fn one(path: &PathBuf, args: &CheckArgs, style: &Style) -> Told {
    let name = path.display().to_string();
    let decoded = std::fs::read(path)
        .map_err(|e| format!("cannot read `{name}`: {e}"))
        .and_then(|bytes| crate::syntax::decode(name.clone(), bytes).map_err(|d| d.message));
    match decoded {
        Ok(source) => told(&load::understand(source), args, style),
        Err(message) => {
            let json = json!({"path": name, "error": message});
            (if args.format == CheckFormat::Human { format!("{message}\n") } else { String::new() }, (1, 0), Some(json))
        }
    }
}

fn told(loaded: &Loaded, args: &CheckArgs, style: &Style) -> Told {
    let of = |severity| loaded.diagnostics.iter().filter(|d| d.severity == severity).count();
    let counted = (of(Severity::Error), of(Severity::Warning));
    let honesty = check::report(&loaded.runbook);
    if args.format == CheckFormat::Json {
        let place = |d: &crate::diagnostic::Diagnostic| {
            d.labels.first().map(|l| loaded.source.map.line_column(&loaded.source.text, l.span.start))
        };
        let json = json!({
            "path": loaded.source.name,
            "id": loaded.runbook.id,
            "title": loaded.runbook.title,
            "language": loaded.runbook.language,
            "diagnostics": loaded.diagnostics.iter().map(|d| json!({
                "severity": d.severity, "code": d.code, "message": d.message, "help": d.help,
                "line": place(d).map(|p| p.0), "column": place(d).map(|p| p.1),
            })).collect::<Vec<_>>(),
            "honesty": honesty,
        });
        return (String::new(), counted, Some(json));
    }
    let mut text = String::new();
    for diagnostic in &loaded.diagnostics {
        if !args.quiet || diagnostic.severity != Severity::Note {
            text.push_str(&render(diagnostic, &loaded.source, style));
            text.push('\n');
        }
    }
    text.push_str(&honest(&honesty, loaded, args.quiet));
    (text, counted, None)
}

/// The honesty report: a summary line, and how each fence and each inline command was read, and why.
fn honest(honesty: &Honesty, loaded: &Loaded, quiet: bool) -> String {
    let counts = honesty.counts;
    let mut parts = vec![format!("{} steps", counts.steps)];
    let readings = [
        (counts.run, "run"),
        (counts.attended, "attended"),
        (counts.ambiguous, "ambiguous"),
        (counts.show, "show"),
        (counts.manual, "manual"),
    ];
    parts.extend(readings.iter().filter(|(n, _)| *n > 0).map(|(n, name)| format!("{n} {name}")));
    let mut text = format!("{}: {}\n", loaded.source.name, parts.join(", "));
    if quiet {
        return text;
    }
    let mut rows: Vec<(usize, Reading, String, String)> = honesty
        .fences
        .iter()
        .map(|f| {
            let language = if f.language.is_empty() { "no language".to_owned() } else { f.language.clone() };
            let step = f.step.as_deref().map(|s| format!(" `{s}`")).unwrap_or_default();
            (f.line, f.reading, format!("{language}{step}"), because(&f.why, f.effect, f.effect_why.as_deref()))
        })
        .collect();
    rows.extend(honesty.inline.iter().map(|c| {
        let first = c.text.lines().next().unwrap_or("");
        (c.line, c.reading, format!("`{first}` `{}`", c.step), because(&c.why, Some(c.effect), Some(&c.effect_why)))
    }));
    rows.sort_by_key(|r| r.0);
    for (line, reading, what, why) in rows {
        let reading = match reading {
            Reading::Run => "run",
            Reading::Attended => "attended",
            Reading::Ambiguous => "AMBIGUOUS",
            Reading::Show => "show",
            Reading::Manual => "manual",
        };
        text.push_str(&crate::operator::sanitised(&format!("  {line:>5}  {reading:<9}  {what}: {why}")));
        text.push('\n');
    }
    text
}

fn because(why: &str, effect: Option<Effect>, effect_why: Option<&str>) -> String {
    let effect = match effect {
        Some(Effect::Read) => "reads",
        Some(Effect::Write) => "writes",
        Some(Effect::Destructive) => "DESTROYS",
        None => return why.to_owned(),
    };
    match effect_why.filter(|w| !w.is_empty()) {
        Some(because) => format!("{why}; {effect} ({because})"),
        None => format!("{why}; {effect}"),
    }
}
