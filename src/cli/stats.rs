//! `runbook stats`: figures over all runs.

use super::args::{LangArg, RunsDir, StatsArgs, StatsFormat};
use super::exit::{Exit, Failure, Result};
use super::run::stored_name;
use super::{find, out, reports, time};
use crate::journal::{self, index::Gathered};
use crate::plan::{build, model::Plan};
use crate::report::stats::{self, Stats, Unread, Window};
use crate::report::summary::{self, Summary};
use crate::runbook::model::Language;
use crate::syntax;
use jiff::{Timestamp, ToSpan, civil, tz::TimeZone};
use std::path::Path;

/// Does it.
pub fn run(args: &StatsArgs) -> Result {
    let gathered = gather(&args.runs)?;
    if let Some(id) = &args.runbook {
        known(id, gathered.facts.iter().map(|run| run.runbook.as_str()))?;
    }
    let window = Window {
        since: args.since.as_deref().map(|text| moment(text, false)).transpose()?,
        until: args.until.as_deref().map(|text| moment(text, true)).transpose()?,
        runbook: args.runbook.clone(),
        now: Timestamp::now(),
        top: args.top,
    };
    if window.since.zip(window.until).is_some_and(|(since, until)| since >= until) {
        return Err(Failure::usage("`--until` lies before `--since`", "swap them"));
    }
    let runs = find::runs_dir(&args.runs)?;
    let mut stats = stats::stats(&gathered.facts, &window, |run| stored_plan(&runs.join(&run.run), run));
    stats.empty = gathered.empty;
    stats.skipped = unread(&gathered);
    let text = write(&stats, args)?;
    out::print(&text)?;
    Ok(Exit::Done)
}

fn write(stats: &Stats, args: &StatsArgs) -> std::result::Result<String, Failure> {
    let language = language(args.lang);
    match args.format {
        StatsFormat::Table => Ok(stats::sheet(stats, language).terminal(reports::columns())),
        StatsFormat::Json => reports::json(stats::to_json(stats)),
        StatsFormat::Html => stats::sheet(stats, language)
            .page(language)
            .map_err(|e| Failure::system("write the figures as HTML", std::io::Error::other(e))),
        StatsFormat::Prometheus => {
            for unread in &stats.skipped {
                out::warn(&format!("runbook: in no figure: {}: {}\n", unread.run, unread.reason));
            }
            Ok(stats::prometheus(stats))
        }
    }
}

/// The facts of every run, by way of the index.
pub fn gather(runs: &RunsDir) -> std::result::Result<Gathered<Summary>, Failure> {
    Ok(journal::index::gather(&find::runs_dir(runs)?, summary::VERSION, Summary::of)?)
}

/// Journals that are in no figure.
pub fn unread(gathered: &Gathered<Summary>) -> Vec<Unread> {
    let tell = |(run, error): &(String, journal::JournalError)| Unread {
        run: crate::report::text::clean(run),
        reason: crate::report::text::clean(&error.to_string()),
    };
    gathered.skipped.iter().map(tell).collect()
}

/// The language of a report.
pub const fn language(lang: LangArg) -> Language {
    match lang {
        LangArg::En => Language::En,
        LangArg::Fr => Language::Fr,
    }
}

/// Refuses an id that none of `ids` is, and says which one may be meant.
pub fn known<'a>(id: &str, ids: impl Iterator<Item = &'a str>) -> std::result::Result<(), Failure> {
    let mut near: Option<(f64, &str)> = None;
    for known in ids {
        if known.eq_ignore_ascii_case(id) {
            return Ok(());
        }
        let score = strsim::jaro_winkler(&known.to_lowercase(), &id.to_lowercase());
        if score > near.map_or(0.8, |(best, _)| best) {
            near = Some((score, known));
        }
    }
    let help =
        near.map_or("`runbook runs` lists what has run".to_owned(), |(_, near)| format!("did you mean `{near}`?"));
    Err(Failure::usage(format!("nothing is known of a runbook `{id}`"), help))
}

/// A moment; of a date its beginning in UTC, as months are, or its end.
fn moment(text: &str, end: bool) -> std::result::Result<Timestamp, Failure> {
    let Ok(date) = text.trim().parse::<civil::Date>() else { return time::parse(text) };
    let whole = text.trim().len() == "2026-11-20".len();
    if !whole {
        return time::parse(text);
    }
    let date = if end { date.checked_add(1.day()).unwrap_or(date) } else { date };
    date.to_zoned(TimeZone::UTC)
        .map(|start| start.timestamp())
        .map_err(|e| Failure::usage(format!("`{text}` is not a day: {e}"), "write `2026-11-20`"))
}

/// The plan of the text that is kept with a run. Whether it would pass `check` today is another question.
fn stored_plan(directory: &Path, run: &Summary) -> Option<Plan> {
    let hex = run.source.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes = std::fs::read(directory.join(stored_name(&run.source))).ok().filter(|_| hex)?;
    let source = syntax::decode(run.runbook.clone(), bytes).ok()?;
    let runbook = crate::runbook::read(&source, &syntax::parse(&source.text));
    build::undigested(&runbook).ok()
}
