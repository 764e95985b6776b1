//! The arguments.

pub use super::figures_args::{CatalogueArgs, DrillsArgs, ObjectivesArgs, StatsArgs, StatsFormat};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Runs Markdown runbooks: each command is shown and confirmed, everything is written down before it happens, and a
/// timeline and a post-mortem come out at the end.
#[derive(Debug, Parser)]
#[command(
    name = "runbook",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    disable_help_subcommand = true,
    after_help = "Examples:
  runbook run RB-001-master-failover.md             lead me through it
  runbook run RB-001 --dry-run                      rehearse: render everything, execute nothing
  runbook check runbooks/                           what would run, what would not, and why
  runbook resume                                    go on after a pause or a crash
  runbook postmortem latest -o postmortem.md        the draft, filled in from the journal
  runbook drills --check                            which rehearsals are overdue

Exit codes: 0 completed · 1 a step failed · 2 wrong usage · 3 the runbook has errors · 4 aborted · 5 paused ·
            6 rolled back · 7 stuck: someone must look · 8 the journal cannot be written or does not verify"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a runbook.
    Run(RunArgs),
    /// Go on with a paused, interrupted or crashed run.
    Resume(ResumeArgs),
    /// Enter the rollback of a run that is paused, failed or finished.
    Rollback(RollbackArgs),
    /// Diagnostics and the honesty report; no side effects.
    Check(CheckArgs),
    /// What a finding of `check` means, and how to silence it.
    Explain(ExplainArgs),
    /// Show the executable graph.
    Plan(PlanArgs),
    /// List runs.
    Runs(RunsArgs),
    /// Show one run: state, steps, captures, what it waits for.
    Show(ShowArgs),
    /// What happened when, who did it, and what state the system was in.
    Timeline(TimelineArgs),
    /// A post-mortem draft, filled in from the journal.
    Postmortem(PostmortemArgs),
    /// Whether a drill met its criteria, and how it compares with the run before.
    DrillReport(DrillReportArgs),
    /// A run's records as JSON Lines.
    Journal(JournalArgs),
    /// Add a note to a run.
    Note(NoteArgs),
    /// How often things break, how long they stay broken, whether objectives are kept: over all runs.
    Stats(StatsArgs),
    /// Which runbooks are due for a rehearsal.
    Drills(DrillsArgs),
    /// What a recovery objective costs, which architecture keeps it, and the severity classes.
    Objectives(ObjectivesArgs),
    /// The table of a runbook library: what each page was last run against, and what was measured.
    Catalogue(CatalogueArgs),
    /// Write a runbook file to fill in.
    New(NewArgs),
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// Where runs are kept.
#[derive(Debug, Clone, Args)]
pub struct RunsDir {
    /// Where runs are kept [default: `runbook/runs` in the XDG state directory]
    #[arg(long, value_name = "DIR", env = "RUNBOOK_RUNS_DIR")]
    pub runs_dir: Option<PathBuf>,
}

/// How much is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// Nothing is executed; every step is rendered.
    Tabletop,
    /// Proven reads are executed, the rest is shown.
    Walkthrough,
    /// Everything, against an environment that says it is not production.
    Simulation,
    /// Everything.
    Live,
}

/// What a run prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RunFormat {
    /// For people.
    Human,
    /// One record per line.
    Json,
}

/// Options that `run`, `resume` and `rollback` share.
#[derive(Debug, Clone, Args)]
pub struct Drive {
    /// A value for an input or placeholder
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// Hosts, groups, connections, environment: a YAML file (see docs/inventory.md)
    #[arg(long, value_name = "FILE", env = "RUNBOOK_INVENTORY")]
    pub inventory: Option<PathBuf>,
    /// Values for inputs and placeholders: a YAML map
    #[arg(long = "var-file", value_name = "FILE")]
    pub var_files: Vec<PathBuf>,
    /// Answers by question: a YAML file
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Confirm commands; never gates, decisions, checks, inputs, destructive steps or points of no return
    #[arg(long)]
    pub yes: bool,
    /// Who runs it [default: the login name]
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value = "human")]
    pub format: RunFormat,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub runs: RunsDir,
}

/// `runbook run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  runbook run runbooks/incidents/RB-001-master-failover.md --var-file lab/vars.yaml
  runbook run RB-001 --dry-run
  runbook run RB-001 --answers answers.yaml --yes --operator alice")]
pub struct RunArgs {
    /// The file, or an id that is looked up under the runbooks directory
    #[arg(value_name = "FILE|ID")]
    pub runbook: String,
    /// Where ids are looked up
    #[arg(long, value_name = "DIR", env = "RUNBOOK_DIR", default_value = "runbooks")]
    pub runbooks_dir: PathBuf,
    /// How much is real
    #[arg(long, value_enum, default_value = "live")]
    pub mode: ModeArg,
    /// The same as `--mode tabletop`
    #[arg(long, conflicts_with = "mode")]
    pub dry_run: bool,
    /// Begin at this step
    #[arg(long, value_name = "STEP")]
    pub start_at: Option<String>,
    /// End after this step
    #[arg(long, value_name = "STEP")]
    pub until: Option<String>,
    /// When the incident began, if before the run: `14:32`, `2026-11-20T14:32:00Z`, `12m ago`
    #[arg(long, value_name = "TIME")]
    pub incident_start: Option<String>,
    /// The place in a run that calls this one
    #[arg(long, value_name = "RUN/VISIT/STEP", hide = true)]
    pub called_by: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub drive: Drive,
}

/// What to do about a runbook that was edited since the run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EditedArg {
    /// Go on with the text the run began with.
    Stored,
    /// Go on with the text as it is now.
    Current,
}

/// `runbook resume`.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The run, or the beginning of its id [default: the latest unfinished]
    pub run: Option<String>,
    /// If the runbook was edited meanwhile: which text to follow, instead of asking
    #[arg(long, value_enum)]
    pub edited: Option<EditedArg>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub drive: Drive,
}

/// `runbook rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// The run, or the beginning of its id
    pub run: String,
    /// Why
    #[arg(long, default_value = "asked for with `runbook rollback`")]
    pub reason: String,
    /// If the runbook was edited meanwhile: which text to follow, instead of asking
    #[arg(long, value_enum)]
    pub edited: Option<EditedArg>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub drive: Drive,
}

/// What `check` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// For code-hosting sites: SARIF 2.1.0.
    Sarif,
}

/// `runbook explain`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  runbook explain                                   every code, one line each
  runbook explain no-rollback
  runbook explain relay-log-not-drained --lang fr")]
pub struct ExplainArgs {
    /// The code, as `check` prints it between brackets
    pub code: Option<String>,
    /// In which language
    #[arg(long, value_enum, default_value = "en")]
    pub lang: LangArg,
}

/// `runbook check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  runbook check runbooks/
  runbook check -q RB-001-master-failover.md
  runbook check --format sarif runbooks/ > check.sarif
  runbook explain no-rollback                       what a finding means, and how to silence it")]
pub struct CheckArgs {
    /// Files and directories
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value = "human")]
    pub format: CheckFormat,
    /// Only errors and warnings and the summary lines; not how each fence was read
    #[arg(long, short)]
    pub quiet: bool,
}

/// Forms of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// A Mermaid flowchart.
    Mermaid,
    /// A Graphviz digraph.
    Dot,
}

/// `runbook plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The file, or an id that is looked up under the runbooks directory
    #[arg(value_name = "FILE|ID")]
    pub runbook: String,
    /// Where ids are looked up
    #[arg(long, value_name = "DIR", env = "RUNBOOK_DIR", default_value = "runbooks")]
    pub runbooks_dir: PathBuf,
    /// What to print
    #[arg(long, value_enum, default_value = "table")]
    pub format: PlanFormat,
}

/// Table or JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// `runbook runs`.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// What to print
    #[arg(long, value_enum, default_value = "table")]
    pub format: TableFormat,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub runs: RunsDir,
}

/// `runbook show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The run, the beginning of its id, or `latest`
    pub run: String,
    /// What to print
    #[arg(long, value_enum, default_value = "table")]
    pub format: TableFormat,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub runs: RunsDir,
}

/// Forms of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimelineFormat {
    /// For people.
    Table,
    /// Markdown.
    Md,
    /// For programs.
    Json,
    /// A page by itself.
    Html,
}

/// Languages of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LangArg {
    /// English.
    En,
    /// French.
    Fr,
}

/// `runbook timeline`.
#[derive(Debug, Args)]
pub struct TimelineArgs {
    /// The run, the beginning of its id, or `latest`
    pub run: String,
    /// What to print
    #[arg(long, value_enum, default_value = "table")]
    pub format: TimelineFormat,
    /// In which language [default: the runbook's]
    #[arg(long, value_enum)]
    pub lang: Option<LangArg>,
    /// Every record, not only what matters to readers
    #[arg(long)]
    pub all: bool,
    /// Events that other systems wrote down: JSON Lines of `at`, `source`, `text`, or what RDS `describe-events` answers
    #[arg(long, value_name = "FILE")]
    pub events: Vec<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub runs: RunsDir,
}

/// Forms of a post-mortem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PostmortemFormat {
    /// Markdown.
    Md,
    /// A page by itself.
    Html,
}

/// `runbook postmortem`.
#[derive(Debug, Args)]
pub struct PostmortemArgs {
    /// The run, the beginning of its id, or `latest`
    pub run: String,
    /// Write it there instead of to standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace that file also when it is not a report of this run, or was changed outside its kept sections
    #[arg(long)]
    pub force: bool,
    /// For a page: take what people wrote from this Markdown
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Events that other systems wrote down: JSON Lines of `at`, `source`, `text`, or what RDS `describe-events` answers
    #[arg(long, value_name = "FILE")]
    pub events: Vec<PathBuf>,
    /// In which form
    #[arg(long, value_enum, default_value = "md")]
    pub format: PostmortemFormat,
    /// In which language [default: the runbook's]
    #[arg(long, value_enum)]
    pub lang: Option<LangArg>,
    /// `default`, or a minijinja template of your own
    #[arg(long, value_name = "NAME|FILE")]
    pub template: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub runs: RunsDir,
}

/// `runbook drill-report`.
#[derive(Debug, Args)]
pub struct DrillReportArgs {
    /// The run, the beginning of its id, or `latest`
    pub run: String,
    /// Write it there instead of to standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace that file also when it is not a report of this run, or was changed outside its kept sections
    #[arg(long)]
    pub force: bool,
    /// For a page: take what people wrote from this Markdown
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// In which form
    #[arg(long, value_enum, default_value = "md")]
    pub format: PostmortemFormat,
    /// In which language [default: the runbook's]
    #[arg(long, value_enum)]
    pub lang: Option<LangArg>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub runs: RunsDir,
}

/// `runbook journal`.
#[derive(Debug, Args)]
pub struct JournalArgs {
    /// The run, the beginning of its id, or `latest`
    pub run: String,
    /// Check the hash chain and every file it names; print nothing else
    #[arg(long)]
    pub verify: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub runs: RunsDir,
}

/// `runbook note`.
#[derive(Debug, Args)]
pub struct NoteArgs {
    /// The run, the beginning of its id, or `latest`
    pub run: String,
    /// What
    pub text: String,
    /// When it happened, if not now: `14:32`, `2026-11-20T14:32:00Z`, `12m ago`
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// It is a follow-up action
    #[arg(long)]
    pub action: bool,
    /// Who does the follow-up
    #[arg(long, value_name = "WHO")]
    pub owner: Option<String>,
    /// By when
    #[arg(long, value_name = "DATE")]
    pub due: Option<String>,
    /// Who says it [default: the login name]
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub runs: RunsDir,
}

/// Kinds of runbook files to fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NewKind {
    /// Something broke.
    Incident,
    /// Planned work.
    Maintenance,
    /// An exercise.
    Drill,
    /// What is learnt from an incident.
    PostMortem,
}

/// `runbook new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// What kind
    #[arg(value_enum)]
    pub kind: NewKind,
    /// Its title
    pub title: String,
    /// In which language
    #[arg(long, value_enum, default_value = "en")]
    pub lang: LangArg,
    /// Write it there [default: a name made from the title, here]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
