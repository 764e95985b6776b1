//! `runbook drills`: which runbooks are due for a rehearsal.

use super::args::{DrillsArgs, TableFormat};
use super::exit::{Exit, Failure, Result};
use super::stats::{gather, known, language, unread};
use super::{find, load, out, reports};
use crate::report::calendar::calendar;
use crate::report::drills::{self, Drills, Scheduled};
use crate::syntax;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::path::Path;

/// The workflow, with `{{ dir }}` where the runbooks are.
const WORKFLOW: &str = include_str!("../../templates/drills.workflow.yml");

/// Does it.
pub fn run(args: &DrillsArgs) -> Result {
    if args.workflow {
        out::print(&workflow(&args.dir))?;
        return Ok(Exit::Done);
    }
    let (mut scheduled, unscheduled) = scheduled(&args.dir)?;
    if let Some(id) = &args.runbook {
        known(id, scheduled.iter().map(|runbook| runbook.id.as_str()))?;
        scheduled.retain(|runbook| runbook.id.eq_ignore_ascii_case(id));
    }
    let now = Timestamp::now();
    let today = match &args.as_of {
        Some(text) => {
            text.parse::<Date>().map_err(|_| Failure::usage(format!("`{text}` is not a day"), "write `2026-11-20`"))?
        }
        // As the days of runs are.
        None => now.to_zoned(TimeZone::UTC).date(),
    };
    let gathered = gather(&args.runs)?;
    let mut drills = drills::drills(scheduled, &gathered.facts, today);
    drills.unscheduled = unscheduled;
    drills.skipped = unread(&gathered);
    let ical = args.ical.as_deref().map(|path| (path, calendar(&drills, now, language(args.lang))));
    match ical {
        Some((path, text)) if path == Path::new("-") => out::print(&text)?,
        Some((path, text)) => {
            std::fs::write(path, text).map_err(|e| Failure::system(format!("write `{}`", path.display()), e))?;
            list(&drills, args)?;
        }
        None => list(&drills, args)?,
    }
    Ok(if args.check && drills.due > 0 { Exit::Failed } else { Exit::Done })
}

fn list(drills: &Drills, args: &DrillsArgs) -> std::result::Result<(), Failure> {
    let text = match args.format {
        TableFormat::Table => drills::sheet(drills, language(args.lang)).terminal(reports::columns()),
        TableFormat::Json => reports::json(drills::to_json(drills))?,
    };
    out::print(&text)
}

/// Every runbook with `tested-every`, and how many have none.
fn scheduled(dir: &Path) -> std::result::Result<(Vec<Scheduled>, usize), Failure> {
    if !dir.exists() {
        let help = "name the directory of the runbooks: `runbook drills DIR`";
        return Err(Failure::usage(format!("there is no `{}`", dir.display()), help));
    }
    let files = if dir.is_dir() { find::markdown_files(dir) } else { vec![dir.to_owned()] };
    if files.is_empty() {
        return Err(Failure::usage(format!("no Markdown file under `{}`", dir.display()), "name another directory"));
    }
    let (mut found, mut unscheduled) = (Vec::new(), 0);
    // A page in two languages is one runbook.
    let once: Vec<_> = files.iter().filter(|file| !find::is_translation(file, &files)).cloned().collect();
    for file in once {
        let source = load::source(&file)?;
        let runbook = crate::runbook::read(&source, &syntax::parse(&source.text));
        // A template that nobody has filled in yet.
        if runbook.id.contains("{{") {
            continue;
        }
        let known = |key: &str| runbook.metadata.known.get(key).filter(|value| !value.trim().is_empty()).cloned();
        match known("tested-every") {
            Some(every) => found.push(Scheduled {
                id: runbook.id.clone(),
                title: runbook.title.clone(),
                file: file.display().to_string(),
                owner: known("owner"),
                every,
            }),
            None => unscheduled += 1,
        }
    }
    Ok((found, unscheduled))
}

/// For a shell within YAML: quoted as one word.
fn workflow(dir: &Path) -> String {
    let dir = dir.display().to_string();
    WORKFLOW.replace("{{ dir }}", &format!("'{}'", dir.replace('\'', r"'\''")))
}
