//! `runbook postmortem` and `runbook drill-report`: written once, and made again around what people wrote into them.

use super::args::{DrillReportArgs, PostmortemArgs, PostmortemFormat};
use super::exit::{Exit, Failure, Result};
use super::reports::{entry, head_of, language, plan_of};
use super::run::stored_name;
use super::{find, out};
use crate::journal::{self, Reading, Record, RunEntry};
use crate::plan::model::Plan;
use crate::report::{self, Elsewhere, Roles, Stored, keep};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A run with everything that a report looks at.
struct Told {
    entry: RunEntry,
    reading: Reading,
    plan: Option<Plan>,
    roles: Option<Roles>,
    /// The runbook's file name and its text as the run followed it.
    source: Option<(String, String)>,
}

fn told(runs: &super::args::RunsDir, run: &str) -> std::result::Result<Told, Failure> {
    let entry = entry(runs, run)?;
    let reading = journal::read(&entry.directory)?;
    let head = head_of(&reading.records);
    let plan = head.as_ref().and_then(|head| plan_of(&entry.directory, head));
    let roles = plan.as_ref().map(report::roles);
    let source = head.and_then(|head| {
        let text = std::fs::read_to_string(entry.directory.join(stored_name(&head.source))).ok()?;
        let name = Path::new(&head.path).file_name()?.to_string_lossy().into_owned();
        Some((name, text))
    });
    Ok(Told { entry, reading, plan, roles, source })
}

/// Events from files. What cannot be read is named and left out.
pub fn elsewhere(files: &[PathBuf]) -> std::result::Result<Vec<Elsewhere>, Failure> {
    let mut all = Vec::new();
    for file in files {
        let shown = file.display().to_string();
        let bytes =
            std::fs::read(file).map_err(|e| Failure::usage(format!("`{shown}`: {e}"), "give a file of events"))?;
        let name = file.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        let (events, unread) = report::elsewhere::parse(&name, &String::from_utf8_lossy(&bytes));
        for line in unread {
            out::warn(&format!(
                "{}: left out: {}\n",
                report::text::clean(&line.origin),
                report::text::clean(&line.why)
            ));
        }
        all.extend(events);
    }
    Ok(all)
}

fn kept(from: Option<&Path>) -> std::result::Result<Option<keep::Kept>, Failure> {
    let Some(path) = from else { return Ok(None) };
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::usage(format!("`{shown}`: {e}"), "give the Markdown that people wrote into"))?;
    let kept = keep::sections(&text);
    kept.map(Some).map_err(|e| Failure::usage(format!("`{shown}`: {e}"), "put the markers right"))
}

const fn format(format: PostmortemFormat) -> report::Format {
    match format {
        PostmortemFormat::Md => report::Format::Markdown,
        PostmortemFormat::Html => report::Format::Html,
    }
}

/// `runbook postmortem`.
pub fn postmortem(args: &PostmortemArgs) -> Result {
    let told = told(&args.runs, &args.run)?;
    let template = match args.template.as_deref() {
        None | Some("default") => None,
        Some(name) => Some(template(name)?),
    };
    let (elsewhere, kept) = (elsewhere(&args.events)?, kept(args.from.as_deref())?);
    let called = super::reports::called(&args.runs, &told.entry.run)?;
    let options = report::Options {
        language: language(args.lang),
        format: format(args.format),
        roles: told.roles.as_ref(),
        digest: Some(&told.reading.digest),
        template: template.as_deref(),
        plan: told.plan.as_ref(),
        stored: told.source.as_ref().map(|(name, text)| Stored { name, text }),
        elsewhere: &elsewhere,
        called: &called,
        kept: kept.as_ref(),
    };
    let text = report::postmortem(&told.reading.records, &options).map_err(|e| {
        Failure::usage(
            format!("the template cannot be filled in: {e}"),
            "see the README for the names a template can use",
        )
    })?;
    put(&text, args.output.as_deref(), &told.entry.run, args.force)
}

/// `runbook drill-report`.
pub fn drill_report(args: &DrillReportArgs) -> Result {
    let told = told(&args.runs, &args.run)?;
    let before = before(args, &told)?;
    let kept = kept(args.from.as_deref())?;
    let options = report::DrillOptions {
        language: language(args.lang),
        format: format(args.format),
        roles: told.roles.as_ref(),
        plan: told.plan.as_ref(),
        digest: Some(&told.reading.digest),
        before: before.as_deref(),
        kept: kept.as_ref(),
    };
    let text = report::drill_report(&told.reading.records, &options)
        .map_err(|e| Failure::system("write the drill report", std::io::Error::other(e)))?;
    put(&text, args.output.as_deref(), &told.entry.run, args.force)
}

/// The latest earlier run of the same runbook, of the same mode if there is one: a rehearsal says little about a drill.
fn before(args: &DrillReportArgs, told: &Told) -> std::result::Result<Option<Vec<Record>>, Failure> {
    let entries = journal::list(&find::runs_dir(&args.runs)?)?;
    let Some(head) = &told.entry.head else { return Ok(None) };
    let same = |entry: &&RunEntry| {
        entry.began < told.entry.began && entry.head.as_ref().is_some_and(|other| other.runbook == head.runbook)
    };
    let earlier = || entries.iter().filter(same);
    let of_mode = earlier().filter(|entry| entry.head.as_ref().is_some_and(|other| other.mode == head.mode));
    let found = of_mode.max_by_key(|entry| entry.began).or_else(|| earlier().max_by_key(|entry| entry.began));
    // A damaged journal of another run is no reason to have no report of this one.
    Ok(found.and_then(|entry| journal::read(&entry.directory).ok()).map(|reading| reading.records))
}

/// Writes a report. What people wrote into the file that is there is carried over, or the file is left alone.
fn put(text: &str, output: Option<&Path>, run: &str, force: bool) -> Result {
    let Some(path) = output else {
        out::print(text)?;
        return Ok(Exit::Done);
    };
    let shown = path.display().to_string();
    let system = |e| Failure::system(format!("write `{shown}`"), e);
    let text = match std::fs::read(path) {
        Ok(old) => keep::carried(text, &String::from_utf8_lossy(&old), run, force).map_err(|e| {
            let help = "give another name, or `--force` to replace it";
            Failure::usage(format!("`{shown}` is there already: {e}"), help)
        })?,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => text.to_owned(),
        Err(e) => return Err(system(e)),
    };
    // People's words are never half written: the new file takes the old one's place at once.
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let beside = directory.join(format!(".{name}.{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).open(&beside).map_err(system)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let placed = written.and_then(|()| std::fs::rename(&beside, path));
    if let Err(error) = placed {
        drop(std::fs::remove_file(&beside));
        return Err(system(error));
    }
    out::print(&format!("{shown}\n"))?;
    Ok(Exit::Done)
}

fn template(name: &str) -> std::result::Result<String, Failure> {
    if let Some(text) = report::render::built_in(name) {
        return Ok(text.to_owned());
    }
    std::fs::read_to_string(name).map_err(|e| {
        let names: Vec<&str> = report::render::built_in_names().filter(|name| name.starts_with("postmortem")).collect();
        Failure::usage(
            format!("there is no template `{name}`: {e}"),
            format!("give a file, or one of {}", names.join(", ")),
        )
    })
}
