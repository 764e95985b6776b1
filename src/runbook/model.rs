//! The meaning of a runbook: metadata, sections with roles, steps with commands, and why each was read as it was.

use crate::diagnostic::Diagnostic;
use crate::inventory::monitors::MonitorSpec;
use crate::source::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// Index into [`Runbook::sections`].
pub type SectionId = usize;
/// Index into [`Runbook::steps`].
pub type StepId = usize;

/// A runbook as its author meant it.
#[derive(Debug, Clone)]
pub struct Runbook {
    /// From the metadata, else from the file's name (`RB-001-master-failover` → `RB-001`), else a slug of the title.
    pub id: String,
    /// From the metadata, else the first heading, else the file's name.
    pub title: String,
    /// The language its prompts are in.
    pub language: Language,
    /// What its head says about it.
    pub metadata: Metadata,
    /// Every heading of the document, in order.
    pub sections: Vec<Section>,
    /// Every fenced block of the document, nested ones included, in order.
    pub fences: Vec<FenceReading>,
    /// Every step in document order; children follow their parent.
    pub steps: Vec<Step>,
    /// What is to be gone through once for each of several; the outer ones before those inside of them.
    pub loops: Vec<Loop>,
    /// Command lines in backticks that no step offers, in order: the text only speaks of them.
    pub mentions: Vec<Mention>,
    /// What is wrong or doubtful, found while reading.
    pub diagnostics: Vec<Diagnostic>,
}

/// A command line that is only spoken of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mention {
    /// 1-based line.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// A human language the vocabulary knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

/// What the front matter and the metadata lists say. Unknown keys are kept in `other`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Metadata {
    /// Every known key that is present, under its English kebab-case name (`rto`, `last-updated`…), as written.
    pub known: BTreeMap<String, String>,
    /// Every other key, as written.
    pub other: BTreeMap<String, String>,
    /// The recovery time objective, when it is a duration and not a template's blank.
    pub rto: Option<Duration>,
    /// The recovery point objective, likewise.
    pub rpo: Option<Duration>,
    /// Declared inputs.
    pub inputs: Vec<InputDeclaration>,
    /// What watches beside a run.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub monitors: BTreeMap<String, MonitorSpec>,
    /// Where the metadata stands.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// An input that the front matter declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputDeclaration {
    /// The variable's name.
    pub name: String,
    /// What to ask.
    pub prompt: Option<String>,
    /// The value when nobody gives one.
    pub default: Option<String>,
    /// Never shown, never journaled.
    pub secret: bool,
    /// What the value must look like.
    pub kind: ValueKind,
}

/// What a value must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueKind {
    /// Anything but nothing.
    #[default]
    Text,
    /// A number.
    Number,
    /// A duration such as `5m`.
    Duration,
}

/// What a section is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Background; yields no step.
    Context,
    /// What must be so before the procedure.
    Prerequisites,
    /// The procedure.
    Phase,
    /// Noticing and confirming the incident.
    Detection,
    /// Choosing what to do.
    Decision,
    /// One of several alternatives.
    Alternative,
    /// Proving that it worked.
    Validation,
    /// The way back; never on the forward path.
    Rollback,
    /// Going back to normal: a procedure, not an undo.
    Failback,
    /// Telling people.
    Communication,
    /// Afterwards.
    PostAction,
}

/// A heading (or a bold line used as one) and what follows it.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its text without markup and attributes.
    pub title: String,
    /// 1–6.
    pub level: u8,
    /// The heading.
    pub span: Span,
    /// Its 1-based line.
    pub line: usize,
    /// From its words, else inherited from the section that holds it.
    pub role: Role,
    /// The section that holds it.
    pub parent: Option<SectionId>,
    /// What links call it (`#manual-failover`).
    pub anchor: String,
    /// "(15 min max)", "**Estimated time**: 5 min".
    pub timebox: Option<Duration>,
    /// "**Owner**: DBA" directly under it.
    pub owner: Option<String>,
    /// "T+5min", "Minute 20", "J-7": seconds from the start of the exercise.
    pub offset: Option<i64>,
}

/// What the engine may do with a piece of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reading {
    /// The engine runs it.
    Run,
    /// The engine runs it with the operator's terminal; never unattended.
    Attended,
    /// Doubtful: only on the operator's explicit word.
    Ambiguous,
    /// Shown, never run.
    Show,
    /// A person does it elsewhere.
    Manual,
}

/// How a fenced block was read.
#[derive(Debug, Clone)]
pub struct FenceReading {
    /// The 1-based line of its opening fence.
    pub line: usize,
    /// The whole block.
    pub span: Span,
    /// Its language as written; empty when there is none.
    pub language: String,
    /// The reading.
    pub reading: Reading,
    /// Why, in a few words for people ("shell fence under a step").
    pub why: String,
}

/// What running something does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Changes nothing: declared or proven.
    Read,
    /// May change something: the assumption when nothing is proven.
    Write,
    /// May destroy something; always asks for its own word.
    Destructive,
}

/// What kind of step it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// A person does it and says so.
    Manual,
    /// Has commands.
    Command,
    /// A statement to confirm, nothing to change.
    Check,
    /// One of several ways on.
    Decision,
    /// A yes by name before anything goes on.
    Gate,
    /// Only blanks to fill.
    Input,
    /// Another runbook.
    Call,
    /// Part of the way back.
    Rollback,
}

/// Who interprets a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interpreter {
    /// The run's bash session.
    Shell,
    /// Another program that reads the text from a file (`python3`).
    Program(String),
    /// A database connection.
    Sql,
    /// The API of AWS: service and operation, as in `rds reboot-db-instance`. The text holds the parameters as YAML.
    Aws(String),
    /// An HTTP request: method and address, as in `GET https://api/health`. The text is the body.
    Http(String),
    /// Another runbook: the text is `runbook run FILE`, or `runbook rollback FILE` on the way back, the file as linked.
    Runbook,
}

/// Something to run.
#[derive(Debug, Clone)]
pub struct Command {
    /// Its id from `{#…}`, if it has one.
    pub id: Option<String>,
    /// The 1-based line where its text starts.
    pub line: usize,
    /// The fence or code span it stands in.
    pub span: Span,
    /// The text to run: prompts and sample output removed, otherwise as written.
    pub text: String,
    /// How it was read.
    pub reading: Reading,
    /// Why.
    pub why: String,
    /// What it does.
    pub effect: Effect,
    /// Why the effect was read so.
    pub effect_why: String,
    /// Who runs it.
    pub interpreter: Interpreter,
    /// Placeholders in the text; their spans are byte ranges of `text`.
    pub placeholders: Vec<PlaceholderUse>,
    /// Shell variables it reads and does not set before (`$REPLICA`), without those every shell sets itself.
    pub reads: Vec<String>,
    /// Shell variables it sets.
    pub sets: Vec<String>,
    /// Programs it starts, first words only, without builtins and functions it defines.
    pub programs: Vec<String>,
    /// Shell functions it defines.
    pub functions: Vec<String>,
    /// Shell in which a first look found every block and operator where it belongs. Else a parser must be asked.
    pub regular: bool,
    /// The attributes that steer the run.
    pub options: CommandOptions,
    /// Its author said in attributes how to take it.
    pub declared: bool,
    /// It would run, but for what its text says of when or where: it is asked about, whatever stands beside it.
    pub doubted: bool,
    /// Sample output that stood with it (console fences), shown as what to expect.
    pub sample: Option<String>,
    /// What tells, by reading, whether it has happened.
    pub verify: Option<Box<Command>>,
}

/// A blank in a command that must have a value before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceholderUse {
    /// The variable, in snake_case.
    pub name: String,
    /// Byte range in [`Command::text`].
    pub span: Span,
    /// As written, for messages.
    pub written: String,
    /// `{{ … }}` is rendered as an expression; other styles are replaced by the variable.
    pub mustache: bool,
    /// The place in the source file.
    pub source: Span,
}

/// Steering attributes of a command; every field absent means the default.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for something the author may or may not have written")]
pub struct CommandOptions {
    /// Skip unless true.
    pub when: Option<String>,
    /// Poll until true.
    pub until: Option<String>,
    /// Pause between polls or retries.
    pub every: Option<Duration>,
    /// How long to poll.
    pub poll_for: Option<Duration>,
    /// TERM after this long.
    pub timeout: Option<Duration>,
    /// Further tries when it fails; only for idempotent or read commands.
    pub retries: u32,
    /// Multiply the pause after each try.
    pub backoff: Option<f64>,
    /// Safe to run again.
    pub idempotent: bool,
    /// What to keep of its output.
    pub captures: Vec<Capture>,
    /// Machine-checked results.
    pub expects: Vec<String>,
    /// A shell session of its own.
    pub fresh: bool,
    /// Its captured values and output are secret.
    pub secret: bool,
    /// Do not stop at the first failing line.
    pub keep_going: bool,
    /// Inventory host, connection or group; a variable of that name says which.
    pub on: Option<String>,
    /// Named connection, likewise.
    pub connection: Option<String>,
    /// `requires="…"` guard, checked before it runs.
    pub requires: Option<String>,
    /// Of a group, so many at a time; 0 and 1 are one after the other.
    pub parallel: u32,
    /// Of a group, go on with the others when one fails.
    pub all_hosts: bool,
}

/// A value to keep from a command's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// The variable.
    pub name: String,
    /// How to get it.
    pub from: CaptureFrom,
}

/// How a value is taken from output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaptureFrom {
    /// The whole of standard output, trimmed.
    Stdout,
    /// The first group of a regular expression, or its whole match.
    Regex(String),
    /// A path like `$.DBInstances[0].AvailabilityZone` into JSON output.
    JsonPath(String),
    /// A column of a result set.
    Column(String),
    /// Of a group: the member whose position in this column has everything that the others have.
    Furthest(String),
    /// Of a group: the names of the members for which this holds, separated by one blank.
    Where(String),
    /// Of a group: a line for each member, its name and this column.
    Each(String),
}

/// What a result must be like.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// As written, for people.
    pub text: String,
    /// Where.
    pub span: Span,
    /// What the engine checks; `None` when only a person can.
    pub test: Option<ExpectTest>,
}

/// A machine-checkable expectation.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpectTest {
    /// This text occurs in the output.
    Contains(String),
    /// This regular expression matches the output.
    Matches(String),
    /// This expression over `exit`, `stdout`, `stderr` and the variables is true.
    Holds(String),
}

/// A blank to fill: `RTO measured: ____ (objective: < 5 min)`, or a single-choice question.
#[derive(Debug, Clone)]
pub struct Blank {
    /// The variable its value is kept in, in snake_case; unique within the runbook.
    pub name: String,
    /// The words before it.
    pub label: String,
    /// Where.
    pub span: Span,
    /// Its 1-based line.
    pub line: usize,
    /// What it must look like, guessed from label and objective; `Text` when unsure.
    pub kind: ValueKind,
    /// The objective as written, without its introduction (`< 5 min`).
    pub objective: Option<String>,
    /// The options of a single-choice question; empty for a free blank.
    pub options: Vec<String>,
}

/// A gate's demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// The question.
    pub question: String,
    /// How many different people must say yes.
    pub approvers: u32,
}

/// Steps, or one fence, that are to be gone through once for each of several: "on each node".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// The words that say so, as written.
    pub said: String,
    /// The 1-based line of its first step, or of its fence.
    pub line: usize,
    /// What there are several of, folded, in the singular (`database`, `server`); empty when the words do not name it.
    pub of: Vec<String>,
    /// The first step.
    pub from: StepId,
    /// The one behind the last.
    pub to: StepId,
    /// Only this fence of the first step.
    pub fence: Option<Span>,
    /// Variables that have another value for each.
    pub varies: Vec<String>,
    /// `for="node in nodes"`: the variable, and the expression that gives its values. Else only a person knows how many there are.
    pub over: Option<(String, String)>,
}

/// One way on from a decision.
#[derive(Debug, Clone)]
pub struct Branch {
    /// As written, without markup.
    pub label: String,
    /// Its 1-based line.
    pub line: usize,
    /// Where.
    pub span: Span,
    /// Where it leads.
    pub target: Target,
    /// Chosen by the engine when true.
    pub when: Option<String>,
}

/// Where a branch or jump leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// On with what follows the decision.
    Continue,
    /// Ends the run: `NO → stop`.
    Stop,
    /// The steps that hang on this branch: its children in [`Runbook::steps`], those whose `branch` names it.
    Children,
    /// The steps under a section of this file (an alternative, or a link to a heading).
    Section(SectionId),
    /// One step, named by its number: "go to step 4".
    Step(StepId),
    /// A link to a heading that is not there; `check` reports it.
    Missing(String),
    /// Another runbook, as linked.
    File(String),
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Stable and readable (`execution.promote`), unique within the runbook.
    pub id: String,
    /// Its text without markup, boxes, numbers and attributes.
    pub title: String,
    /// What kind.
    pub kind: StepKind,
    /// Its first line to its last.
    pub span: Span,
    /// Its 1-based line.
    pub line: usize,
    /// The section it stands in; `None` before the first heading.
    pub section: Option<SectionId>,
    /// The step it is a sub-step of.
    pub parent: Option<StepId>,
    /// For a step that hangs on a decision's branch: that step and the branch's index.
    pub branch: Option<(StepId, usize)>,
    /// Its section's role.
    pub role: Role,
    /// Who.
    pub owner: Option<String>,
    /// How long it should take.
    pub timebox: Option<Duration>,
    /// "Minute 20 :", "T+5min": seconds from the start of the exercise.
    pub offset: Option<i64>,
    /// The strongest effect of its commands; `Write` for none declared on manual work.
    pub effect: Effect,
    /// What it runs, in order.
    pub commands: Vec<Command>,
    /// What must come out.
    pub expects: Vec<Expectation>,
    /// Blanks to fill after its commands.
    pub blanks: Vec<Blank>,
    /// Ways on, for a decision.
    pub branches: Vec<Branch>,
    /// For a gate.
    pub gate: Option<Gate>,
    /// A single unconditional way on ("→ go to §4.6") or a call.
    pub jump: Option<Target>,
    /// Text and nested bullets that a person should read with it.
    pub guidance: Vec<String>,
    /// Skip unless true.
    pub when: Option<String>,
    /// May be skipped without a reason.
    pub optional: bool,
    /// The point of no return: passed when this step has run.
    pub pivot: bool,
    /// `choose=random`: the expression that gives the seed; empty for the run's own name.
    pub draw: Option<String>,
    /// Its compensation: run in this order when the run is rolled back after it.
    pub undo: Vec<Command>,
    /// Its rollback said in words, when it has no command ("none. After this, fix forward").
    pub undo_text: Option<String>,
}
