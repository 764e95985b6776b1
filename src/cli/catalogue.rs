//! `runbook catalogue`: the table of a runbook library, from its pages and from records of runs.

use super::args::CatalogueArgs;
use super::exit::{Exit, Failure, Result};
use super::reports::{head_of, plan_of};
use super::{find, load, out};
use crate::diagnostic::Severity;
use crate::journal;
use crate::report::catalogue::{self, Kept, Page};
use crate::report::{self, Options};
use crate::runbook::model::Language;
use std::collections::BTreeMap;
use std::path::Path;

/// Where the records stand, below the library's directory.
const RECORDS: &str = "records.jsonl";

/// Does it.
pub fn run(args: &CatalogueArgs) -> Result {
    let pages = pages(&args.dir)?;
    let mut kept = read(&args.dir.join(RECORDS))?;
    kept.retain(|path, _| pages.iter().any(|page| page.path == *path));
    if !args.record.is_empty() {
        for runs in &args.record {
            record(runs, &pages, &mut kept)?;
        }
        write(&args.dir.join(RECORDS), &kept)?;
    }
    if args.untaken {
        return untaken(&pages, &kept);
    }
    let table = catalogue::table(&pages, &kept);
    match (&args.write, &args.check) {
        (Some(file), _) => {
            let (text, placed) = placed(file, &table)?;
            if text != placed {
                std::fs::write(file, placed).map_err(|e| Failure::system(format!("write `{}`", file.display()), e))?;
            }
        }
        (None, Some(file)) => {
            let (text, placed) = placed(file, &table)?;
            if text != placed {
                out::warn(&format!(
                    "the table in `{shown}` is not the one that the pages and the records give\nhelp: `runbook catalogue {dir} --write {shown}`, and look at what changed\n",
                    shown = file.display(),
                    dir = args.dir.display(),
                ));
                return Ok(Exit::Failed);
            }
        }
        (None, None) => out::print(&table)?,
    }
    Ok(Exit::Done)
}

fn untaken(pages: &[Page], kept: &BTreeMap<String, Kept>) -> Result {
    let open = catalogue::untaken(pages, kept);
    for way in &open {
        out::print(&format!("{}: {}: {}\n", way.page, way.step, way.label))?;
    }
    Ok(if open.is_empty() { Exit::Done } else { Exit::Failed })
}

fn placed(file: &Path, table: &str) -> std::result::Result<(String, String), Failure> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).map_err(|e| Failure::system(format!("read `{shown}`"), e))?;
    let placed = catalogue::placed(&text, table).ok_or_else(|| {
        Failure::usage(
            format!("`{shown}` has no place for the table"),
            "put `<!-- runbook:catalogue -->` and `<!-- /runbook:catalogue -->` on lines of their own, once",
        )
    })?;
    Ok((text, placed))
}

/// The pages, those in another language than their twin left to it: `NAME.md`, `NAME.fr.md`.
fn pages(dir: &Path) -> std::result::Result<Vec<Page>, Failure> {
    if !dir.is_dir() {
        return Err(Failure::usage(
            format!("there is no directory `{}`", dir.display()),
            "name the library's: `runbook catalogue DIR`",
        ));
    }
    let files: Vec<String> = find::markdown_files(dir)
        .iter()
        .filter_map(|file| Some(file.strip_prefix(dir).ok()?.to_string_lossy().replace('\\', "/")))
        .filter(|path| !path.ends_with("README.md"))
        .collect();
    let french = |path: &str| path.strip_suffix(".fr.md").map(|stem| format!("{stem}.md"));
    let mut found = Vec::new();
    for path in &files {
        if french(path).is_some_and(|twin| files.contains(&twin)) {
            continue;
        }
        let loaded = load::understand(load::source(&dir.join(path))?);
        // A template that nobody has filled in yet.
        if loaded.runbook.title.contains("{{") {
            continue;
        }
        let sound = loaded.diagnostics.iter().all(|d| d.severity != Severity::Error);
        let Some(plan) = loaded.plan.ok().filter(|_| sound) else {
            let help = format!("`runbook check {}` says what is wrong", dir.join(path).display());
            return Err(Failure::usage(format!("`{path}` cannot be run"), help));
        };
        let twins = files.iter().filter(|other| french(other).as_deref() == Some(path));
        let metadata = &loaded.runbook.metadata;
        found.push(Page {
            path: path.clone(),
            id: loaded.runbook.id.clone(),
            title: loaded.runbook.title.clone(),
            twins: twins.map(|twin| ("fr".to_owned(), twin.clone())).collect(),
            plan,
            not_exercised: metadata.other.get("not-exercised").or_else(|| metadata.known.get("not-exercised")).cloned(),
        });
    }
    Ok(found)
}

fn read(path: &Path) -> std::result::Result<BTreeMap<String, Kept>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(Failure::system(format!("read `{}`", path.display()), error)),
    };
    let mut kept = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let one: Kept = serde_json::from_str(line).map_err(|e| {
            let place = format!("{}:{}", path.display(), index + 1);
            Failure::usage(format!("{place}: {e}"), "mend the line, or remove it and record the run again")
        })?;
        kept.insert(one.page.clone(), one);
    }
    Ok(kept)
}

fn write(path: &Path, kept: &BTreeMap<String, Kept>) -> std::result::Result<(), Failure> {
    let failed = |e| Failure::system(format!("write `{}`", path.display()), e);
    let mut text = String::new();
    for one in kept.values() {
        text.push_str(&serde_json::to_string(one).map_err(|e| failed(e.into()))?);
        text.push('\n');
    }
    std::fs::write(path, text).map_err(failed)
}

/// Takes the runs of a directory in. Only those that followed a page as it stands count: others are told, and left out.
fn record(runs: &Path, pages: &[Page], kept: &mut BTreeMap<String, Kept>) -> std::result::Result<(), Failure> {
    for entry in journal::list(runs)? {
        let Ok(reading) = journal::read(&entry.directory) else {
            out::warn(&format!("left out: {}: its journal cannot be read or does not verify\n", entry.run));
            continue;
        };
        let Some(head) = head_of(&reading.records) else { continue };
        // Its twin in another language has the same commands, and another plan.
        let Some(page) = pages.iter().find(|page| page.plan.digest == head.plan) else {
            out::warn(&format!("left out: {} of {}: no page has the plan that it followed\n", entry.run, head.runbook));
            continue;
        };
        let plan = plan_of(&entry.directory, &head);
        let roles = plan.as_ref().map(report::roles);
        let options =
            Options { language: Some(Language::En), roles: roles.as_ref(), plan: plan.as_ref(), ..Options::default() };
        let Some(new) = Kept::of(&page.path, &reading.records, &options) else { continue };
        let old = kept.remove(&page.path).filter(|old| old.plan == new.plan);
        kept.insert(page.path.clone(), old.map_or_else(|| new.clone(), |old| old.joined(new.clone())));
    }
    Ok(())
}
