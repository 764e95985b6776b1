//! `runbook timeline`, `runbook show`, `runbook journal`: what a record tells.

use super::args::{JournalArgs, LangArg, RunsArgs, ShowArgs, TableFormat, TimelineArgs, TimelineFormat};
use super::exit::{Exit, Failure, Result};
use super::run::stored_name;
use super::{find, load, out};
use crate::engine::event::{Event, RunHead};
use crate::journal::{self, RunEntry, Which};
use crate::plan::model::Plan;
use crate::report::{self, Called, Roles, TimelineOptions, timeline};
use crate::runbook::model::Language;
use std::path::Path;

pub(super) fn entry(runs: &super::args::RunsDir, name: &str) -> std::result::Result<RunEntry, Failure> {
    Ok(journal::resolve(&find::runs_dir(runs)?, Some(name), Which::Any)?)
}

pub(super) fn language(lang: Option<LangArg>) -> Option<Language> {
    lang.map(|l| match l {
        LangArg::En => Language::En,
        LangArg::Fr => Language::Fr,
    })
}

/// The plan that a run followed, from the text kept beside its journal; `None` when that cannot be read any more.
pub fn plan_of(directory: &Path, head: &RunHead) -> Option<Plan> {
    let bytes = std::fs::read(directory.join(stored_name(&head.source))).ok()?;
    let source = crate::syntax::decode(head.path.clone(), bytes).ok()?;
    load::understand(source).plan.ok()
}

/// The head as the last resume left it.
pub fn head_of(records: &[journal::Record]) -> Option<RunHead> {
    let mut head: Option<RunHead> = None;
    for record in records {
        match &record.event {
            Event::RunStarted(first) => head = Some((**first).clone()),
            Event::RunResumed { source, plan, .. } => {
                if let Some(head) = &mut head {
                    head.source.clone_from(source);
                    head.plan.clone_from(plan);
                }
            }
            _ => {}
        }
    }
    head
}

fn roles(directory: &Path, records: &[journal::Record]) -> Option<Roles> {
    plan_of(directory, &head_of(records)?).map(|plan| report::roles(&plan))
}

/// The runs that a run called, and those that they called. A journal that cannot be read is told of, and left out.
pub fn called(runs: &super::args::RunsDir, run: &str) -> std::result::Result<Vec<Called>, Failure> {
    fn by(run: &str, entries: &[RunEntry]) -> Vec<Called> {
        let calls = |entry: &&RunEntry| {
            let by = entry.head.as_ref().and_then(|head| head.called_by.as_ref());
            by.is_some_and(|by| by.run == run) && entry.run != run
        };
        let read = |entry: &RunEntry| match journal::read(&entry.directory) {
            Ok(reading) => Some(Called {
                run: entry.run.clone(),
                roles: roles(&entry.directory, &reading.records),
                records: reading.records,
                // Whoever calls began before.
                called: by(
                    &entry.run,
                    &entries.iter().filter(|other| other.began > entry.began).cloned().collect::<Vec<_>>(),
                ),
            }),
            Err(error) => {
                out::warn(&format!("run {} was called, and is left out: {error}", entry.run));
                None
            }
        };
        entries.iter().filter(calls).filter_map(read).collect()
    }
    Ok(by(run, &journal::list(&find::runs_dir(runs)?)?))
}

/// `runbook runs`.
pub fn runs(args: &RunsArgs) -> Result {
    let entries = journal::list(&find::runs_dir(&args.runs)?)?;
    let text = match args.format {
        TableFormat::Table => report::runs::table(&entries, Language::En, columns()),
        TableFormat::Json => json(report::runs::to_json(&entries))?,
    };
    out::print(&text)?;
    Ok(Exit::Done)
}

/// `runbook show`.
pub fn show(args: &ShowArgs) -> Result {
    let entry = entry(&args.runs, &args.run)?;
    let reading = journal::read(&entry.directory)?;
    let shown =
        report::show::show(&reading.records, &report::ShowOptions { language: None, standing: Some(&entry.standing) });
    let text = match args.format {
        TableFormat::Table => {
            let language = head_of(&reading.records).map_or(Language::En, |h| h.language);
            report::show::table(&shown, language, columns())
        }
        TableFormat::Json => json(report::show::to_json(&shown))?,
    };
    out::print(&text)?;
    Ok(Exit::Done)
}

/// Columns of the terminal.
pub fn columns() -> u16 {
    u16::try_from(out::width()).unwrap_or(u16::MAX)
}

/// JSON with the end of its line.
pub fn json(text: std::result::Result<String, serde_json::Error>) -> std::result::Result<String, Failure> {
    Ok(text.map_err(|e| Failure::system("write JSON", e.into()))? + "\n")
}

/// `runbook timeline`.
pub fn timeline(args: &TimelineArgs) -> Result {
    let entry = entry(&args.runs, &args.run)?;
    let reading = journal::read(&entry.directory)?;
    let roles = roles(&entry.directory, &reading.records);
    let elsewhere = super::postmortem::elsewhere(&args.events)?;
    let called = called(&args.runs, &entry.run)?;
    let options = TimelineOptions {
        language: language(args.lang),
        roles: roles.as_ref(),
        all: args.all,
        elsewhere: &elsewhere,
        called: &called,
    };
    let text = match args.format {
        TimelineFormat::Table => timeline::table(&reading.records, &options, columns()) + "\n",
        TimelineFormat::Md => timeline::to_markdown(&reading.records, &options),
        TimelineFormat::Json => {
            timeline::to_json(&reading.records, &options)
                .map_err(|e| Failure::system("write the timeline as JSON", e.into()))?
                + "\n"
        }
        TimelineFormat::Html => timeline::to_html(&reading.records, &options)
            .map_err(|e| Failure::system("write the timeline as HTML", std::io::Error::other(e)))?,
    };
    out::print(&text)?;
    Ok(Exit::Done)
}

/// `runbook journal`.
pub fn journal(args: &JournalArgs) -> Result {
    let entry = entry(&args.runs, &args.run)?;
    if args.verify {
        let verified = journal::verify(&entry.directory)?;
        let torn = if verified.torn > 0 {
            format!("; {} bytes of a torn last line, which nobody was told of", verified.torn)
        } else {
            String::new()
        };
        out::print(&format!(
            "{}: {} records in an unbroken chain, {} files as recorded{torn}\ndigest {}\n",
            entry.run, verified.records, verified.blobs, verified.digest
        ))?;
        return Ok(Exit::Done);
    }
    let path = entry.directory.join(journal::JOURNAL);
    let text = std::fs::read_to_string(&path).map_err(|e| Failure::system(format!("read `{}`", path.display()), e))?;
    out::print(&text)?;
    Ok(Exit::Done)
}
