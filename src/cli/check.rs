//! `runbook check`: what is wrong, what would run, what would not, and why. No side effects.

use super::args::{CheckArgs, CheckFormat};
use super::exit::{Exit, Failure, Result};
use super::load::{self, Loaded};
use super::{find, out, sarif};
use crate::check::{self, Honesty, LoopLine, french};
use crate::diagnostic::{Diagnostic, Severity, Style, render};
use crate::runbook::model::{Effect, Language, Reading};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

/// So many bytes are printed at once: for thousands of small pages, each by itself is a call of the system and a switch to it.
const PRINTED: usize = 64 * 1024;

/// Does it.
pub fn run(args: &CheckArgs) -> Result {
    crate::runbook::warm_up();
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
    let mut told_of = None;
    let (mut failure, mut text) = (None, String::new());
    let mut print = |text: &mut String| {
        if failure.is_none()
            && let Err(error) = out::print(text)
        {
            failure = Some(error);
        }
        text.clear();
    };
    in_order(
        &files,
        |path| one(path, args, &style),
        |told| {
            errors += told.counted.0;
            warnings += told.counted.1;
            reports.extend(told.report);
            told_of = told_of.take().or(told.first);
            text.push_str(&told.text);
            if text.len() > PRINTED {
                print(&mut text);
            }
        },
    );
    print(&mut text);
    if let Some(failure) = failure {
        return Err(failure);
    }
    let pretty = |value: &Value| {
        let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
        text.push('\n');
        out::print(&text)
    };
    match args.format {
        CheckFormat::Json => pretty(&json!({"files": reports, "errors": errors, "warnings": warnings}))?,
        CheckFormat::Sarif => {
            let results = reports.into_iter().flat_map(|r| r.as_array().cloned().unwrap_or_default()).collect();
            pretty(&sarif::document(results))?;
        }
        CheckFormat::Human => {
            if files.len() > 1 {
                let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
                out::print(&format!(
                    "{}: {}, {}\n",
                    plural(files.len(), "file"),
                    plural(errors, "error"),
                    plural(warnings, "warning")
                ))?;
            }
            if let Some((code, language)) = told_of {
                out::print(&match language {
                    Language::En => format!("`runbook explain {code}` says more, and how to silence it\n"),
                    Language::Fr => {
                        format!("`runbook explain {code} --lang fr` en dit plus, et comment le faire taire\n")
                    }
                })?;
            }
        }
    }
    Ok(if errors == 0 { Exit::Done } else { Exit::BadRunbook })
}

/// What is to be said of one file.
struct Told {
    text: String,
    /// Errors and warnings.
    counted: (usize, usize),
    /// For programs.
    report: Option<Value>,
    /// The first code that was drawn, and the language of its text.
    first: Option<(&'static str, Language)>,
}

/// Works on every file with all cores, and hands on the results in order.
fn in_order(files: &[PathBuf], work: impl Fn(&PathBuf) -> Told + Sync, mut take: impl FnMut(Told)) {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(files.len()).max(1);
    // Handed over in batches: a switch to the thread that prints costs as much as a small page.
    let batch = (files.len() / threads / 8).clamp(1, 16);
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::sync_channel(threads * 8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (send, next, work) = (send.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(batch, Ordering::Relaxed);
                    let Some(files) = files.get(index..(index + batch).min(files.len())) else { return };
                    if files.is_empty() || send.send((index, files.iter().map(work).collect::<Vec<_>>())).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let mut waiting: std::collections::BTreeMap<usize, Vec<Told>> = std::collections::BTreeMap::new();
        let mut due = 0;
        for (index, told) in receive {
            waiting.insert(index, told);
            while let Some(told) = waiting.remove(&due) {
                told.into_iter().for_each(&mut take);
                due += batch;
            }
        }
    });
}

fn one(path: &PathBuf, args: &CheckArgs, style: &Style) -> Told {
    let name = path.display().to_string();
    let decoded = std::fs::read(path)
        .map_err(|e| (None, format!("cannot read `{name}`: {e}")))
        .and_then(|bytes| crate::syntax::decode(name.clone(), bytes).map_err(|d| (Some(d.code), d.message)));
    let (code, message) = match decoded {
        Ok(source) => return told(&load::examine(source), args, style),
        Err(unread) => unread,
    };
    let mut told = Told { text: String::new(), counted: (1, 0), report: None, first: None };
    match args.format {
        CheckFormat::Human => told.text = format!("{message}\n"),
        CheckFormat::Json => told.report = Some(json!({"path": name, "error": message})),
        CheckFormat::Sarif => told.report = Some(Value::Array(sarif::unread(path, code, &message))),
    }
    told
}

fn told(loaded: &Loaded<()>, args: &CheckArgs, style: &Style) -> Told {
    let of = |severity| loaded.diagnostics.iter().filter(|d| d.severity == severity).count();
    let counted = (of(Severity::Error), of(Severity::Warning));
    let honesty = check::report(&loaded.runbook);
    let mut told = Told { text: String::new(), counted, report: None, first: None };
    match args.format {
        CheckFormat::Json => told.report = Some(report(loaded, &honesty)),
        CheckFormat::Sarif => told.report = Some(Value::Array(sarif::results(loaded, &honesty))),
        CheckFormat::Human => {
            let language = loaded.runbook.language;
            let style = Style { words: out::words(language), ..*style };
            let drawn: Vec<&Diagnostic> =
                loaded.diagnostics.iter().filter(|d| !args.quiet || d.severity != Severity::Note).collect();
            // The gravest first: it is the one to read about.
            told.first = drawn.iter().rev().max_by_key(|d| d.severity).map(|d| (d.code, language));
            told.text = findings(&drawn, loaded, &style);
            told.text.push_str(&honest(&honesty, loaded, args.quiet));
        }
    }
    told
}

fn report(loaded: &Loaded<()>, honesty: &Honesty) -> Value {
    let place =
        |d: &Diagnostic| d.labels.first().map(|l| loaded.source.map.line_column(&loaded.source.text, l.span.start));
    json!({
        "path": loaded.source.name,
        "id": loaded.runbook.id,
        "title": loaded.runbook.title,
        "language": loaded.runbook.language,
        "diagnostics": loaded.diagnostics.iter().map(|d| json!({
            "severity": d.severity, "code": d.code, "message": d.message, "help": d.help,
            "line": place(d).map(|p| p.0), "column": place(d).map(|p| p.1),
        })).collect::<Vec<_>>(),
        "honesty": honesty,
    })
}

/// Notes of one kind that are drawn; the lines of further ones are only listed.
const DRAWN: usize = 2;

fn findings(drawn: &[&Diagnostic], loaded: &Loaded<()>, style: &Style) -> String {
    let mut text = String::new();
    let mut met: HashMap<&str, usize> = HashMap::new();
    let mut folded: Vec<(&str, Vec<String>)> = Vec::new();
    for diagnostic in drawn {
        if diagnostic.severity == Severity::Note {
            let count = met.entry(diagnostic.code).or_default();
            *count += 1;
            if *count > DRAWN {
                let line = diagnostic.labels.first().map_or(1, |l| loaded.source.line(l.span.start)).to_string();
                match folded.iter_mut().find(|(code, _)| *code == diagnostic.code) {
                    Some((_, lines)) => lines.push(line),
                    None => folded.push((diagnostic.code, vec![line])),
                }
                continue;
            }
        }
        text.push_str(&render(diagnostic, &loaded.source, style));
        text.push('\n');
    }
    for (code, lines) in folded {
        let (count, lines) = (lines.len(), lines.join(", "));
        text.push_str(&match loaded.runbook.language {
            Language::En => format!("note[{code}]: {count} more, on line {lines}\n\n"),
            Language::Fr => format!("note[{code}] : encore {count}, ligne {lines}\n\n"),
        });
    }
    text
}

/// The honesty report: a summary line, and how each fence and each inline command was read, and why.
fn honest(honesty: &Honesty, loaded: &Loaded<()>, quiet: bool) -> String {
    let counts = honesty.counts;
    let french = loaded.runbook.language == Language::Fr;
    let say = |reading: Reading| match (reading, french) {
        (Reading::Run, false) => "run",
        (Reading::Attended, false) => "attended",
        (Reading::Ambiguous, false) => "ambiguous",
        (Reading::Show, false) => "show",
        (Reading::Manual, false) => "manual",
        (Reading::Run, true) => "à exécuter",
        (Reading::Attended, true) => "au terminal",
        (Reading::Ambiguous, true) => "ambigu",
        (Reading::Show, true) => "montré",
        (Reading::Manual, true) => "manuel",
    };
    let steps = match (french, counts.steps) {
        (false, n) => format!("{n} steps"),
        (true, n @ 0..=1) => format!("{n} étape"),
        (true, n) => format!("{n} étapes"),
    };
    let mut parts = vec![steps];
    let readings = [
        (counts.run, Reading::Run),
        (counts.attended, Reading::Attended),
        (counts.ambiguous, Reading::Ambiguous),
        (counts.show, Reading::Show),
        (counts.manual, Reading::Manual),
    ];
    parts.extend(readings.iter().filter(|(n, _)| *n > 0).map(|(n, reading)| format!("{n} {}", say(*reading))));
    if counts.mentioned > 0 {
        parts.push(format!("{} {}", counts.mentioned, mentioned(french, counts.mentioned)));
    }
    let colon = if french { " :" } else { ":" };
    let mut text = format!("{}{colon} {}\n", loaded.source.name, parts.join(", "));
    if quiet {
        return text;
    }
    let why = |english: &str, effect, effect_why: Option<&str>| -> String {
        if french {
            let effect_why = effect_why.map(french::text);
            because(&french::text(english), effect, effect_why.as_deref(), [" ;", "lit", "écrit", "DÉTRUIT"])
        } else {
            because(english, effect, effect_why, [";", "reads", "writes", "DESTROYS"])
        }
    };
    // What waits for a person's word stands out.
    let loud = |reading| match reading {
        Reading::Ambiguous => Cow::Owned(say(reading).to_uppercase()),
        _ => Cow::Borrowed(say(reading)),
    };
    let mut rows: Vec<(usize, Cow<'_, str>, String, String)> =
        Vec::with_capacity(honesty.fences.len() + honesty.inline.len() + honesty.loops.len());
    rows.extend(honesty.fences.iter().map(|f| {
        let none = if french { "sans langage" } else { "no language" };
        let language = if f.language.is_empty() { none } else { f.language.as_str() };
        let what = match &f.step {
            Some(step) => [language, " `", step, "`"].concat(),
            None => language.to_owned(),
        };
        (f.line, loud(f.reading), what, why(&f.why, f.effect, f.effect_why.as_deref()))
    }));
    rows.extend(honesty.inline.iter().map(|c| {
        let first = c.text.lines().next().unwrap_or("");
        let what = ["`", first, "` `", &c.step, "`"].concat();
        (c.line, loud(c.reading), what, why(&c.why, Some(c.effect), Some(&c.effect_why)))
    }));
    rows.extend(honesty.mentioned.iter().map(|mention| {
        let first = mention.text.lines().next().unwrap_or("");
        let why = if french {
            "le texte en parle, aucune étape ne la propose"
        } else {
            "the text speaks of it, and no step offers it"
        };
        (mention.line, mentioned(french, 1).into(), ["`", first, "`"].concat(), why.to_owned())
    }));
    rows.extend(honesty.loops.iter().map(|each| round(each, french)));
    rows.sort_by_key(|r| r.0);
    let width = if french { 11 } else { 9 };
    text.reserve(rows.len() * 100);
    let mut row = String::new();
    for (line, loud, what, why) in rows {
        row.clear();
        // Writing to a string cannot fail.
        write!(row, "  {line:>5}  {loud:<width$}  ").unwrap_or_default();
        row.extend([&what, colon, " ", &why]);
        text.push_str(&crate::operator::sanitised(&row));
        text.push('\n');
    }
    text
}

/// What is only spoken of, in a word.
fn mentioned(french: bool, n: usize) -> &'static str {
    match (french, n) {
        (false, _) => "mentioned",
        (true, 0..=1) => "citée",
        (true, _) => "citées",
    }
}

/// A loop's row: what goes round, and what is asked for each time.
fn round(each: &LoopLine, french: bool) -> (usize, Cow<'static, str>, String, String) {
    let names: Vec<String> = each.varies.iter().map(|name| format!("`{name}`")).collect();
    let steps =
        if each.from == each.to { format!("`{}`", each.from) } else { format!("`{}` … `{}`", each.from, each.to) };
    let said = if french { format!("\u{ab} {} \u{bb}", each.said) } else { format!("\u{201c}{}\u{201d}", each.said) };
    let (colon, semicolon) = if french { (" :", " ;") } else { (":", ";") };
    let (word, known, until, anew) = if french {
        (
            "pour chacun",
            "repris pour chaque valeur",
            "repris jusqu'à ce qu'une personne dise que tous sont faits",
            "demandé chaque fois",
        )
    } else {
        (
            "for each",
            "gone through for each value",
            "gone through until a person says that all are done",
            "asked for each time",
        )
    };
    if each.known {
        return (each.line, word.into(), steps, format!("{said}{semicolon} {known}"));
    }
    let asked =
        if names.is_empty() { String::new() } else { format!("{semicolon} {anew}{colon} {}", names.join(", ")) };
    (each.line, word.into(), steps, format!("{said}{semicolon} {until}{asked}"))
}

fn because(
    why: &str,
    effect: Option<Effect>,
    effect_why: Option<&str>,
    [semicolon, reads, writes, destroys]: [&str; 4],
) -> String {
    let effect = match effect {
        Some(Effect::Read) => reads,
        Some(Effect::Write) => writes,
        Some(Effect::Destructive) => destroys,
        None => return why.to_owned(),
    };
    match effect_why.filter(|w| !w.is_empty()) {
        Some(because) => [why, semicolon, " ", effect, " (", because, ")"].concat(),
        None => [why, semicolon, " ", effect].concat(),
    }
}
