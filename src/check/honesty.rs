//! The honesty report: how each fence and each inline command was read, and why.

use crate::runbook::model::{Effect, Loop, Mention, Reading, Runbook, StepId};
use serde::Serialize;

/// How a runbook's pieces were read.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Honesty {
    /// Every fence, in order.
    pub fences: Vec<FenceLine>,
    /// Every command line in backticks that would be offered.
    pub inline: Vec<CommandLine>,
    /// Command lines in backticks that no step offers: the text only speaks of them.
    pub mentioned: Vec<Mention>,
    /// What is gone through once for each of several.
    pub loops: Vec<LoopLine>,
    /// How many of each.
    pub counts: Counts,
}

/// A loop, said in words.
#[derive(Debug, Clone, Serialize)]
pub struct LoopLine {
    /// 1-based line of its first step, or of its fence.
    pub line: usize,
    /// The words, as written.
    pub said: String,
    /// The first step.
    pub from: String,
    /// The last one.
    pub to: String,
    /// Variables that have another value each time.
    pub varies: Vec<String>,
    /// The author says which there are. Else a person does, and is asked for the variables.
    pub known: bool,
}

/// One fence.
#[derive(Debug, Clone, Serialize)]
pub struct FenceLine {
    /// 1-based line of its opening.
    pub line: usize,
    /// As written; empty when there is none.
    pub language: String,
    /// The reading.
    pub reading: Reading,
    /// Why.
    pub why: String,
    /// The step whose command it is.
    pub step: Option<String>,
    /// The strongest effect of its commands.
    pub effect: Option<Effect>,
    /// Why the effect was read so.
    pub effect_why: Option<String>,
}

/// One inline command.
#[derive(Debug, Clone, Serialize)]
pub struct CommandLine {
    /// 1-based line.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// The reading.
    pub reading: Reading,
    /// Why.
    pub why: String,
    /// The step it stands in.
    pub step: String,
    /// What it does.
    pub effect: Effect,
    /// Why the effect was read so.
    pub effect_why: String,
}

/// How many fences and inline commands have each reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Run.
    pub run: usize,
    /// Run with the operator's terminal.
    pub attended: usize,
    /// Only on the operator's word.
    pub ambiguous: usize,
    /// Shown.
    pub show: usize,
    /// Done by a person.
    pub manual: usize,
    /// Only spoken of.
    pub mentioned: usize,
    /// Steps in all.
    pub steps: usize,
}

/// Makes the report.
#[must_use]
pub fn report(runbook: &Runbook) -> Honesty {
    let mut out = Honesty { counts: Counts { steps: runbook.steps.len(), ..Counts::default() }, ..Honesty::default() };
    let mut fences: Vec<FenceLine> = runbook
        .fences
        .iter()
        .map(|f| FenceLine {
            line: f.line,
            language: f.language.clone(),
            reading: f.reading,
            why: f.why.clone(),
            step: None,
            effect: None,
            effect_why: None,
        })
        .collect();
    for step in &runbook.steps {
        for command in step.commands.iter().chain(&step.undo) {
            // Fences stand in order and do not nest.
            let holder = runbook.fences.partition_point(|f| f.span.start <= command.span.start).checked_sub(1);
            match holder.filter(|i| runbook.fences[*i].span.contains(command.span)) {
                Some(i) => {
                    let fence = &mut fences[i];
                    fence.step.get_or_insert_with(|| step.id.clone());
                    if fence.effect.is_none_or(|e| e < command.effect) {
                        fence.effect = Some(command.effect);
                        fence.effect_why = Some(command.effect_why.clone());
                    }
                }
                None => out.inline.push(CommandLine {
                    line: command.line,
                    text: command.text.clone(),
                    reading: command.reading,
                    why: command.why.clone(),
                    step: step.id.clone(),
                    effect: command.effect,
                    effect_why: command.effect_why.clone(),
                }),
            }
        }
    }
    out.loops = loops(runbook);
    out.mentioned.clone_from(&runbook.mentions);
    out.counts.mentioned = runbook.mentions.len();
    for reading in fences.iter().map(|f| f.reading).chain(out.inline.iter().map(|c| c.reading)) {
        let counter = match reading {
            Reading::Run => &mut out.counts.run,
            Reading::Attended => &mut out.counts.attended,
            Reading::Ambiguous => &mut out.counts.ambiguous,
            Reading::Show => &mut out.counts.show,
            Reading::Manual => &mut out.counts.manual,
        };
        *counter += 1;
    }
    out.fences = fences;
    out
}

/// What is gone through once for each of several, as reports name it.
fn loops(runbook: &Runbook) -> Vec<LoopLine> {
    let named = |step: StepId| runbook.steps[step].id.clone();
    let row = |each: &Loop| LoopLine {
        line: each.line,
        said: each.said.clone(),
        from: named(each.from),
        to: named(each.to - 1),
        varies: each.varies.clone(),
        known: each.over.is_some(),
    };
    runbook.loops.iter().map(row).collect()
}
