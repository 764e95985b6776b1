//! The arguments of what counts over many runs: `stats`, `drills`, `objectives`.

use super::args::{LangArg, RunsDir, TableFormat};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// `runbook catalogue`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  runbook catalogue                                            the table of runbooks/
  runbook catalogue --record drills/runs --write runbooks/README.md
  runbook catalogue --check runbooks/README.md                 for CI: exit 1 when the table there is not this one
  runbook catalogue --untaken                                  exit 1 when no recorded run took some way of a decision

The records stand in DIR/records.jsonl, one line for each page; `--record` adds what journals say. A page that has changed since
says so until it is run again. The table goes between `<!-- runbook:catalogue -->` and `<!-- /runbook:catalogue -->`.")]
pub struct CatalogueArgs {
    /// Directory of the library
    #[arg(value_name = "DIR", default_value = "runbooks")]
    pub dir: PathBuf,
    /// Take the runs of this directory into the records; may be given several times
    #[arg(long, value_name = "RUNS")]
    pub record: Vec<PathBuf>,
    /// Put the table between its marks in this file
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    pub write: Option<PathBuf>,
    /// Print nothing, and exit 1 when the table in this file is not the one that the pages and the records give
    #[arg(long, value_name = "FILE", conflicts_with = "record")]
    pub check: Option<PathBuf>,
    /// List the ways of decisions that no recorded run has taken, and exit 1 when there are any
    #[arg(long)]
    pub untaken: bool,
}

/// Forms of statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatsFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// A page by itself.
    Html,
    /// Prometheus' text format.
    Prometheus,
}

/// `runbook stats`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  runbook stats
  runbook stats --since 2026-01-01 --until 2026-03-31
  runbook stats --runbook RB-001 --format json
  runbook stats --format html --lang fr > figures.html
  runbook stats --format prometheus > /var/lib/node_exporter/textfile/runbook.prom

Every figure is defined in docs/reports.md. A recovery time that nobody measured or filled in is unknown.")]
pub struct StatsArgs {
    /// Runs that began then or later: `2026-01-01`, `2026-01-01T14:32:00Z`, `90d ago`
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Runs that began before; of a date, its whole day
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Runs of this runbook
    #[arg(long, value_name = "ID")]
    pub runbook: Option<String>,
    /// How many slow steps
    #[arg(long, value_name = "N", default_value = "10")]
    pub top: usize,
    /// What to print
    #[arg(long, value_enum, default_value = "table")]
    pub format: StatsFormat,
    /// In which language
    #[arg(long, value_enum, default_value = "en")]
    pub lang: LangArg,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub runs: RunsDir,
}

/// `runbook drills`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  runbook drills                                    every runbook with `tested-every`, the most urgent first
  runbook drills --check                            exit 1 when one is overdue, was never rehearsed, or is not understood
  runbook drills --as-of 2027-01-01                 as it will be if nobody does anything
  runbook drills --ical drills.ics                  a calendar, beside the list
  runbook drills --workflow > .github/workflows/drills.yml

A completed walkthrough, simulation or live run of the whole runbook counts; a tabletop is shown and resets nothing.")]
pub struct DrillsArgs {
    /// Where the runbooks are
    #[arg(value_name = "DIR", env = "RUNBOOK_DIR", default_value = "runbooks")]
    pub dir: PathBuf,
    /// Only this runbook
    #[arg(long, value_name = "ID")]
    pub runbook: Option<String>,
    /// Exit 1 when one is overdue, was never rehearsed, or says `tested-every` in words that are not understood
    #[arg(long)]
    pub check: bool,
    /// As if it were this day
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
    /// Write an iCalendar file; `-` prints it instead of the list
    #[arg(long, value_name = "FILE|-")]
    pub ical: Option<PathBuf>,
    /// Print a GitHub Actions workflow that checks and rehearses every week
    #[arg(long, conflicts_with_all = ["check", "ical", "format", "as_of", "runbook"])]
    pub workflow: bool,
    /// What to print
    #[arg(long, value_enum, default_value = "table")]
    pub format: TableFormat,
    /// In which language
    #[arg(long, value_enum, default_value = "en")]
    pub lang: LangArg,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub runs: RunsDir,
}

/// `runbook objectives`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  runbook objectives --revenue-per-hour 10000 --transactions-per-minute 50 --transaction-value 80
  runbook objectives --rto 5m --rpo 0s --budget 100000
  runbook objectives --application e-commerce --budget 100000 --lang fr
  runbook objectives RB-001 --budget 100000         rto, rpo and `business:` from its front matter
  runbook objectives --print-data > ours.yaml       the figures, to put your own in
  runbook objectives --data ours.yaml --budget 100000")]
pub struct ObjectivesArgs {
    /// A runbook whose `rto`, `rpo` and `business` are taken where no option says otherwise
    #[arg(value_name = "FILE|ID")]
    pub runbook: Option<String>,
    /// Where ids are looked up
    #[arg(long, value_name = "DIR", env = "RUNBOOK_DIR", default_value = "runbooks")]
    pub runbooks_dir: PathBuf,
    /// The recovery time that is wanted: `5m`, `1h30`
    #[arg(long, value_name = "DURATION")]
    pub rto: Option<String>,
    /// The recovery point that is wanted: `0s`, `5m`
    #[arg(long, value_name = "DURATION")]
    pub rpo: Option<String>,
    /// What is usual for this kind of application, where nothing else says an objective
    #[arg(long, value_name = "NAME")]
    pub application: Option<String>,
    /// What may be spent in a year
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub budget: Option<f64>,
    /// Revenue in an hour
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub revenue_per_hour: Option<f64>,
    /// Transactions in a minute
    #[arg(long, value_name = "NUMBER", value_parser = amount)]
    pub transactions_per_minute: Option<f64>,
    /// What a transaction is worth
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    pub transaction_value: Option<f64>,
    /// Figures of your own, in the form that `--print-data` prints
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,
    /// Print the figures that come with the program
    #[arg(long)]
    pub print_data: bool,
    /// What to print
    #[arg(long, value_enum, default_value = "table")]
    pub format: TableFormat,
    /// In which language
    #[arg(long, value_enum, default_value = "en")]
    pub lang: LangArg,
}

/// An amount that can be calculated with: `10000`, `10_000`, `80.50`.
///
/// # Errors
/// When it is not one.
pub fn amount(text: &str) -> Result<f64, String> {
    let plain: String = text.chars().filter(|c| !matches!(c, '_' | ' ' | '\u{a0}' | '\u{202f}')).collect();
    match plain.parse::<f64>() {
        Ok(amount) if amount.is_finite() && (0.0..1e15).contains(&amount) => Ok(amount),
        _ => Err("not an amount: write digits, such as `10000` or `80.50`".to_owned()),
    }
}
