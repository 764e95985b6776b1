//! Another runbook as work of a plan: it is run as a run of its own, and its way back is that of this run.

use super::build::{Builder, leads_back, node};
use super::model::{CommandWork, NodeIndex, Path, Work};
use crate::runbook::model::{CommandOptions, Effect, Interpreter, Language, Reading, StepId};

/// What the text of a call begins with.
pub const CALL: &str = "runbook run ";
/// What it begins with on the way back.
pub const CALL_BACK: &str = "runbook rollback ";
/// What it begins with when nobody knows how a call ended, and the run that it began is looked at.
pub const CALL_LOOK: &str = "runbook show ";
/// What the id of a node that calls ends with on the way back.
pub const CALLED_BACK: &str = "/undo";

/// Another runbook as work. Only a whole one can be called: a heading of it is gone to by hand.
pub(super) fn call(file: &str) -> Work {
    if file.contains('#') { Work::Manual } else { Work::Command(call_work(CALL, file)) }
}

fn call_work(verb: &str, file: &str) -> CommandWork {
    let look = || CommandWork { effect: Effect::Read, ..call_work(CALL_LOOK, file) };
    CommandWork {
        text: format!("{verb}{file}"),
        placeholders: Vec::new(),
        reading: Reading::Attended,
        why: "another runbook, as a run of its own".to_owned(),
        effect: Effect::Write,
        effect_why: "what the other runbook does".to_owned(),
        interpreter: Interpreter::Runbook,
        options: CommandOptions { fresh: true, ..CommandOptions::default() },
        expects: Vec::new(),
        reads: Vec::new(),
        sets: Vec::new(),
        programs: Vec::new(),
        functions: Vec::new(),
        sample: None,
        verify: (verb != CALL_LOOK).then(|| Box::new(look())),
    }
}

impl Builder<'_> {
    /// A way that leads to another runbook.
    pub(super) fn way_into(&mut self, decision: StepId, way: usize, file: &str, next: Option<NodeIndex>) -> NodeIndex {
        let step = &self.runbook.steps[decision];
        let work = call(file);
        let calls = matches!(work, Work::Command(_));
        let mut node = node(step, decision, format!("{}/call-{}", step.id, way + 1), work);
        let verb = match self.runbook.language {
            Language::En => "Follow",
            Language::Fr => "Suivre",
        };
        node.title = format!("{verb} {file}");
        node.next = next;
        node.when = None;
        if leads_back(step) {
            node.path = Path::Rollback;
        }
        let calls = calls && node.path == Path::Forward;
        let index = self.nodes.len();
        self.nodes.push(node);
        if calls {
            let undo = self.undo_calls(&[index]);
            self.steps[decision].undo.extend(undo);
        }
        index
    }

    /// The way back of what these nodes called: that of the runs they began.
    pub(super) fn undo_calls(&mut self, indices: &[NodeIndex]) -> Vec<NodeIndex> {
        let mut undo = Vec::new();
        for index in indices {
            let called = &self.nodes[*index];
            let Work::Command(work) = &called.work else { continue };
            let Some(file) = work.text.strip_prefix(CALL).filter(|_| work.interpreter == Interpreter::Runbook) else {
                continue;
            };
            let mut back = called.clone();
            back.id = format!("{}{CALLED_BACK}", called.id);
            back.work = Work::Command(call_work(CALL_BACK, file));
            (back.path, back.when, back.next, back.pivot) = (Path::Undo, None, None, false);
            undo.push(self.nodes.len());
            self.nodes.push(back);
        }
        undo
    }
}
