//! The executable graph.
//!
//! A **step** is what the author wrote; a **node** is one unit of work of the engine: one command, one question. A step
//! with two fences and a blank is three nodes in a row. Nodes have readable ids, so that journals stay readable and a
//! changed runbook can be compared with the one a run began with.

use crate::runbook::model::{
    Branch, CommandOptions, Effect, ExpectTest, InputDeclaration, Interpreter, Language, Metadata, Reading, Role,
    StepKind, ValueKind,
};
use crate::runbook::tables::Table;
use crate::source::Span;
use serde::Serialize;
use std::time::Duration;

/// Index into [`Plan::nodes`].
pub type NodeIndex = usize;

/// The graph that runs.
#[derive(Debug, Clone)]
pub struct Plan {
    /// SHA-256 over everything that decides what may run, in hex.
    pub digest: String,
    /// What the runbook says about itself.
    pub info: Info,
    /// What the author wrote, in order.
    pub steps: Vec<PlanStep>,
    /// Units of work.
    pub nodes: Vec<Node>,
    /// How they hang together.
    pub edges: Vec<Edge>,
    /// Where a run begins; `None` for a runbook without a step on the forward path.
    pub entry: Option<NodeIndex>,
    /// Where the documented rollback section begins.
    pub rollback: Option<NodeIndex>,
    /// Node ids to indices.
    pub by_id: Table<String, NodeIndex>,
}

/// A runbook's head.
#[derive(Debug, Clone, Serialize)]
pub struct Info {
    /// `RB-001`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The language of prompts.
    pub language: Language,
    /// The rest.
    pub metadata: Metadata,
}

/// A step as people see it.
#[derive(Debug, Clone)]
pub struct PlanStep {
    /// `execution.promote`.
    pub id: String,
    /// Shown before the title: `3.2` (section ordinal, step ordinal).
    pub number: String,
    /// Its text.
    pub title: String,
    /// What kind.
    pub kind: StepKind,
    /// 1-based.
    pub line: usize,
    /// The title of its section, empty before the first heading.
    pub section: String,
    /// Its section's role.
    pub role: Role,
    /// Who.
    pub owner: Option<String>,
    /// How long it should take.
    pub timebox: Option<Duration>,
    /// When it is planned: its own "Minute 20" or its section's, in seconds from the start of the exercise; before it negative.
    pub offset: Option<i64>,
    /// The strongest effect.
    pub effect: Effect,
    /// Its nodes, in order.
    pub nodes: Vec<NodeIndex>,
    /// The compensation's nodes, in order.
    pub undo: Vec<NodeIndex>,
    /// The compensation in words.
    pub undo_text: Option<String>,
    /// Whether the point of no return is passed when it has run.
    pub pivot: bool,
    /// What must come out, in words.
    pub expects: Vec<String>,
    /// Branches as written, with the step each leads to.
    pub branches: Vec<(Branch, Option<String>)>,
    /// Text to read with it.
    pub guidance: Vec<String>,
}

/// What recovery time is made of: detection + decision + recovery + validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryPhase {
    /// Noticing and confirming it.
    Detection,
    /// Choosing what to do; every gate and choice, wherever it stands.
    Decision,
    /// Doing it.
    Recovery,
    /// Proving that it worked.
    Validation,
}

impl RecoveryPhase {
    /// In their order.
    pub const ALL: [Self; 4] = [Self::Detection, Self::Decision, Self::Recovery, Self::Validation];

    /// The phase that time at a node belongs to.
    #[must_use]
    pub const fn of(role: Role, work: &Work) -> Self {
        if matches!(work, Work::Gate { .. } | Work::Decision { .. }) { Self::Decision } else { Self::of_role(role) }
    }

    /// The phase of a section's role.
    #[must_use]
    pub const fn of_role(role: Role) -> Self {
        match role {
            Role::Detection | Role::Prerequisites | Role::Context => Self::Detection,
            Role::Decision => Self::Decision,
            Role::Validation => Self::Validation,
            _ => Self::Recovery,
        }
    }
}

/// One unit of work.
#[derive(Debug, Clone)]
pub struct Node {
    /// The step's id for its first or only node, then `step-id/2`, `step-id/check`…
    pub id: String,
    /// Index into [`Plan::steps`].
    pub step: usize,
    /// What to call it on a line of its own.
    pub title: String,
    /// 1-based line in the source.
    pub line: usize,
    /// Where.
    pub span: Span,
    /// What to do.
    pub work: Work,
    /// Where the run goes on when it is done or skipped; `None` ends the run (or the rollback).
    pub next: Option<NodeIndex>,
    /// Which path it lies on.
    pub path: Path,
    /// Skip unless true.
    pub when: Option<String>,
    /// May be skipped without a reason.
    pub optional: bool,
    /// Passing it is passing the point of no return.
    pub pivot: bool,
    /// A decision that chance proposes: the expression that gives the seed; empty for the run's own name.
    pub draw: Option<String>,
    /// A decision whether there is another one to go through the same steps for.
    pub again: Option<Again>,
}

/// What has to be known to go through the same steps for another one. The first option of its decision leads to the first of these
/// steps, the second on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// `for="node in nodes"`: the variable, and the expression that gives its values. The question stands before the steps then, and
    /// the engine knows the answer; else it stands behind them, and only a person does.
    pub over: Option<(String, String)>,
    /// The steps: the first, and the one behind the last.
    pub steps: (usize, usize),
    /// Variables that have another value for each: asked for anew.
    pub forget: Vec<String>,
}

impl Again {
    /// The option that goes back.
    pub const BACK: usize = 0;
    /// The option that goes on.
    pub const ON: usize = 1;
}

/// Which way a node lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Path {
    /// The procedure.
    Forward,
    /// The documented rollback section.
    Rollback,
    /// A step's own compensation.
    Undo,
}

/// What a node does.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "most nodes are commands")]
pub enum Work {
    /// Run something.
    Command(CommandWork),
    /// A person does it and says so.
    Manual,
    /// A person confirms a statement; "no" is a failure.
    Check {
        /// What must be so.
        statement: String,
    },
    /// A person says a value.
    Input(InputWork),
    /// A person (or a `when`) chooses a way.
    Decision {
        /// The ways, in order.
        options: Vec<Choice>,
    },
    /// People say yes by name; "no" stops the run.
    Gate {
        /// The question.
        question: String,
        /// How many different people.
        approvers: u32,
    },
    /// Nothing to do here: the run goes on elsewhere.
    Jump {
        /// Where; `None` ends the run.
        to: Option<NodeIndex>,
    },
}

/// A way on from a decision.
#[derive(Debug, Clone)]
pub struct Choice {
    /// As written.
    pub label: String,
    /// Where it leads; `None` ends the run.
    pub to: Option<NodeIndex>,
    /// The run stops here as a deliberate "no".
    pub stop: bool,
    /// The run takes the way back.
    pub rollback: bool,
    /// Chosen by the engine when true.
    pub when: Option<String>,
}

/// A blank to fill.
#[derive(Debug, Clone)]
pub struct InputWork {
    /// The variable.
    pub name: String,
    /// What to ask.
    pub label: String,
    /// What it must look like.
    pub kind: ValueKind,
    /// `< 5 min`, as written.
    pub objective: Option<String>,
    /// A single choice among these; empty for a free value.
    pub options: Vec<String>,
}

/// A command to run.
#[derive(Debug, Clone)]
pub struct CommandWork {
    /// The text with every placeholder written as `{{ … }}` or kept as written; see `plan::render`.
    pub text: String,
    /// Placeholders other than `{{ … }}`: name and byte range in `text`.
    pub placeholders: Vec<(String, Span)>,
    /// run, attended or ambiguous: the only readings that become command work.
    pub reading: Reading,
    /// Why it was read so.
    pub why: String,
    /// What it does.
    pub effect: Effect,
    /// Why.
    pub effect_why: String,
    /// Who runs it.
    pub interpreter: Interpreter,
    /// Steering.
    pub options: CommandOptions,
    /// Machine-checked results, from attributes and from "Expected:" literals.
    pub expects: Vec<ExpectTest>,
    /// Shell variables that must come from outside.
    pub reads: Vec<String>,
    /// Shell variables it sets.
    pub sets: Vec<String>,
    /// Programs it starts.
    pub programs: Vec<String>,
    /// Shell functions it defines.
    pub functions: Vec<String>,
    /// Sample output to show.
    pub sample: Option<String>,
    /// What tells, by reading, whether it has happened; run only when nobody knows.
    pub verify: Option<Box<CommandWork>>,
}

/// How two steps hang together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// Step id.
    pub from: String,
    /// Step id.
    pub to: String,
    /// In which way.
    pub kind: EdgeKind,
}

/// In which way two steps hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EdgeKind {
    /// In sequence.
    Next,
    /// A decision's way.
    Branch,
    /// A jump.
    Jump,
    /// Into another runbook.
    Call,
    /// To its compensation.
    Rollback,
}

impl Plan {
    /// The node with this id.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.by_id.get(id).map(|i| &self.nodes[*i])
    }

    /// Whether a name, of a node or of a step whose commands have names of their own, stands on the way forward.
    #[must_use]
    pub fn leads_forward(&self, id: &str) -> bool {
        let step = self.steps.iter().find(|s| s.id == id);
        let nodes = step.into_iter().flat_map(|s| &s.nodes).map(|i| &self.nodes[*i]);
        nodes.chain(self.node(id)).any(|n| n.path == Path::Forward)
    }

    /// Whether a variable has another value each time some steps are gone through: what the environment says of it counts
    /// for none of them.
    #[must_use]
    pub fn varies(&self, name: &str) -> bool {
        let mut again = self.nodes.iter().filter_map(|n| n.again.as_ref());
        again.any(|again| again.forget.iter().any(|forgotten| forgotten == name))
    }

    /// The step a node belongs to.
    #[must_use]
    pub fn step_of(&self, node: &Node) -> &PlanStep {
        &self.steps[node.step]
    }

    /// Inputs the head declares.
    #[must_use]
    pub fn inputs(&self) -> &[InputDeclaration] {
        &self.info.metadata.inputs
    }
}
