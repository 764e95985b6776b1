//! The figures in words.

use super::{Branch, Figures, Month, Rto, SlowStep, Stats, Tests};
use crate::report::sheet::{Sheet, header, percent};
use crate::report::text::{clean, date, duration, shorten};
use crate::report::words::Words;
use crate::runbook::model::Language;

/// A title's length in a table.
const TITLE: usize = 48;

/// The figures as a page.
#[must_use]
pub fn sheet(stats: &Stats, language: Language) -> Sheet {
    let words = Words::of(language);
    let mut sheet = Sheet::new(words.get("stats.heading"), words);
    sheet.lead = lead(stats, words);
    if stats.total.runs == 0 {
        sheet.notes.push(words.get("runs.none").to_owned());
    } else {
        total(&mut sheet, &stats.total, words);
        let months = stats.months.iter().map(|month| month_row(month, words)).collect();
        let names = ["month", "class", "mtbf", "mttr", "rto-met", "sources", "tests", "succeeded"];
        sheet.table(words.get("stats.by-month"), header(words, "stats", &names), months, 1);
        let row = |runbook: &super::PerRunbook| {
            let mut row = vec![clean(&runbook.id), date(runbook.last), runbook.figures.runs.to_string()];
            row.extend(figures_row(&runbook.figures, words));
            row.push(shorten(&clean(&runbook.title), TITLE));
            row
        };
        let names = [
            "runbook",
            "last",
            "runs",
            "incidents",
            "mtbf",
            "mttr",
            "rto-met",
            "sources",
            "tests",
            "succeeded",
            "title",
        ];
        let rows = stats.runbooks.iter().map(row).collect();
        sheet.table(words.get("stats.by-runbook"), header(words, "stats", &names), rows, 2);
        steps(&mut sheet, stats, words);
    }
    notes(&mut sheet, stats, words);
    sheet
}

fn lead(stats: &Stats, words: &Words) -> String {
    let since = stats.since.map(|at| words.say("stats.since", &[("date", &date(at))]));
    let until = stats.until.map(|at| words.say("stats.until", &[("date", &date(at))]));
    let runs = words.say("stats.counted", &[("runs", &stats.total.runs.to_string())]);
    [Some(runs), since, until].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn total(sheet: &mut Sheet, figures: &Figures, words: &Words) {
    let incidents = &figures.incidents;
    let count = |key: &str, number: usize| words.say(key, &[("count", &number.to_string())]);
    let note = [(figures.minor_incidents, "stats.minor"), (incidents.unresolved, "stats.unresolved")];
    let note: Vec<String> =
        note.into_iter().filter(|(number, _)| *number > 0).map(|(number, key)| count(key, number)).collect();
    sheet.line(words.get("stats.incidents"), incidents.count.to_string(), note.join("; "));
    sheet.line(words.get("stats.mtbf"), mtbf(figures, words), words.get("stats.mtbf-note"));
    let spread = incidents.mttr.map_or(String::new(), |mttr| {
        let (best, worst) = (minutes(mttr.best_minutes, words), minutes(mttr.worst_minutes, words));
        words.say("stats.spread", &[("best", &best), ("worst", &worst)])
    });
    sheet.line(words.get("stats.mttr"), mttr(figures, words), spread);
    sheet.line(words.get("stats.rto-met"), rate(&incidents.rto, words), sources(&incidents.rto, words));
    let tests = &figures.tests;
    let open = if tests.open > 0 { count("stats.open", tests.open) } else { String::new() };
    sheet.line(words.get("stats.success"), success(tests, words), open);
    sheet.line(words.get("stats.tests-rto"), rate(&tests.rto, words), sources(&tests.rto, words));
    let rest = words
        .say("stats.rest", &[("tabletops", &figures.tabletops.to_string()), ("others", &figures.others.to_string())]);
    sheet.line(words.get("stats.other"), (figures.tabletops + figures.others).to_string(), rest);
}

/// A cell that is not cut.
fn whole(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

fn unknown(words: &Words) -> String {
    words.get("stats.unknown").to_owned()
}

fn minutes(value: f64, words: &Words) -> String {
    duration(milliseconds(value * 60.0), words)
}

/// Lengths of time are positive and far from what cannot be counted.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn milliseconds(seconds: f64) -> u64 {
    // Whole seconds: more would be more than the words promise.
    (seconds.round() as u64).saturating_mul(1000)
}

fn mtbf(figures: &Figures, words: &Words) -> String {
    figures.incidents.mtbf_hours.map_or_else(|| unknown(words), |hours| duration(milliseconds(hours * 3600.0), words))
}

fn mttr(figures: &Figures, words: &Words) -> String {
    figures.incidents.mttr.map_or_else(|| unknown(words), |mttr| minutes(mttr.mean_minutes, words))
}

fn rate(rto: &Rto, words: &Words) -> String {
    rto.rate.map_or_else(|| unknown(words), |rate| format!("{} ({}/{})", percent(rate, words), rto.met, rto.judged))
}

fn success(tests: &Tests, words: &Words) -> String {
    let rate = tests.success_rate.map(|rate| format!("{} ({}/{})", percent(rate, words), tests.succeeded, tests.count));
    rate.unwrap_or_else(|| unknown(words))
}

fn sources(rto: &Rto, words: &Words) -> String {
    let values = [rto.measured, rto.said, rto.unknown].map(|count| count.to_string());
    words.say("stats.said-by", &[("measured", &values[0]), ("said", &values[1]), ("unknown", &values[2])])
}

fn month_row(month: &Month, words: &Words) -> Vec<String> {
    let mut row = vec![if month.complete { month.month.clone() } else { format!("{}*", month.month) }];
    row.extend(figures_row(&month.figures, words));
    row
}

/// Both kinds of runs tell whether objectives are kept; incidents come first.
fn figures_row(figures: &Figures, words: &Words) -> Vec<String> {
    let dash = "-".to_owned();
    let incidents = &figures.incidents;
    let some = incidents.count > 0;
    let all = [incidents.rto, figures.tests.rto];
    let sum = |of: fn(&Rto) -> usize| all.iter().map(of).sum::<usize>();
    let (judged, known) = (sum(|rto| rto.judged), sum(|rto| rto.measured + rto.said + rto.unknown));
    vec![
        incidents.count.to_string(),
        if some { whole(&mtbf(figures, words)) } else { dash.clone() },
        if some { whole(&mttr(figures, words)) } else { dash.clone() },
        if judged > 0 { format!("{}/{judged}", sum(|rto| rto.met)) } else { dash.clone() },
        if known > 0 {
            format!("{}/{}/{}", sum(|rto| rto.measured), sum(|rto| rto.said), sum(|rto| rto.unknown))
        } else {
            dash.clone()
        },
        figures.tests.count.to_string(),
        figures.tests.success_rate.map_or(dash, |rate| percent(rate, words)),
    ]
}

fn steps(sheet: &mut Sheet, stats: &Stats, words: &Words) {
    let row = |step: &SlowStep| {
        vec![
            clean(&step.runbook),
            shorten(step.title.as_ref().unwrap_or(&step.step), TITLE),
            step.runs.to_string(),
            whole(&duration(step.median_ms, words)),
            whole(&duration(step.p90_ms, words)),
            percent(step.people_percent, words),
        ]
    };
    let rows = stats.slowest_steps.iter().map(row).collect();
    let names = ["runbook", "step", "runs", "median", "p90", "people"];
    sheet.table(words.get("stats.slowest"), header(words, "stats", &names), rows, 1);
    let row = |branch: &Branch| {
        vec![
            clean(&branch.runbook),
            shorten(&branch.title, TITLE),
            shorten(&branch.label, TITLE),
            branch.line.to_string(),
            branch.rehearsed.to_string(),
        ]
    };
    let rows: Vec<Vec<String>> = stats.branches_never_taken.iter().map(row).collect();
    let values = [("never", rows.len().to_string()), ("all", stats.branches.to_string())];
    let values = [(values[0].0, values[0].1.as_str()), (values[1].0, values[1].1.as_str())];
    let names = ["runbook", "decision", "branch", "line", "rehearsed"];
    sheet.table(&words.say("stats.never", &values), header(words, "stats", &names), rows, 1);
}

fn notes(sheet: &mut Sheet, stats: &Stats, words: &Words) {
    if stats.months.iter().any(|month| !month.complete) {
        sheet.notes.push(words.get("stats.incomplete").to_owned());
    }
    if stats.total.runs > 0 {
        sheet.notes.push(words.get("stats.sources-note").to_owned());
    }
    if stats.empty > 0 {
        sheet.notes.push(words.say("stats.empty", &[("count", &stats.empty.to_string())]));
    }
    if !stats.unplanned.is_empty() {
        let ids = clean(&stats.unplanned.join(", "));
        sheet.notes.push(words.say("stats.unplanned", &[("runbooks", &ids)]));
    }
    for unread in &stats.skipped {
        let values = [("run", clean(&unread.run)), ("reason", clean(&unread.reason))];
        sheet.notes.push(words.say("stats.skipped", &[(values[0].0, &values[0].1), (values[1].0, &values[1].1)]));
    }
}
