//! Fences with prompts: what was typed at them is what may run, the rest is what came out.

use super::evidence::{Looks, looks};
use super::{Part, Setting, Verdict, doubt, introduced};
use crate::runbook::console::{self, Typed};
use crate::runbook::model::{Interpreter, Reading};
use crate::runbook::terminal;
use crate::runbook::text::Text;

/// A fence with prompts whose label nobody knows: it may be a terminal's, or a language in which the mark means something.
pub(super) fn prompted_unknown(typed: Vec<Typed>, setting: &Setting) -> Verdict {
    let mut verdict = prompted(typed, setting);
    let shell = verdict.parts.iter().filter(|part| part.interpreter == Interpreter::Shell);
    let unlike = shell.filter(|part| looks(&part.text, part.text.script()) != Looks::Known).count();
    if unlike > 0 && !setting.declared && matches!(verdict.reading, Reading::Run | Reading::Attended) {
        verdict.reading = Reading::Ambiguous;
        verdict.why = format!("`{}` is not a language of commands, but with a prompt", setting.language);
    }
    verdict
}

/// A fence with prompts, and a line that may be no command.
pub(super) fn doubted(mut verdict: Verdict, setting: &Setting, why: &str) -> Verdict {
    if !setting.declared && matches!(verdict.reading, Reading::Run | Reading::Attended) {
        verdict.reading = Reading::Ambiguous;
        verdict.why = why.into();
    }
    verdict
}

/// Lines behind a `#` that may be commands or comments, and lines without one that may be commands or output: all are shown.
pub(super) fn either(text: &Text, setting: &Setting) -> Verdict {
    let why = introduced(setting.lead)
        .map_or_else(|| console::ROOT_OR_COMMENT.into(), |why| format!("{why}, but with a prompt"));
    Verdict::of(Reading::Ambiguous, why, text, Interpreter::Shell)
}

pub(super) fn prompted(typed: Vec<Typed>, setting: &Setting) -> Verdict {
    let mut verdict = Verdict::new(Reading::Run, "prompted lines are the commands, the rest is sample output");
    if let Some(why) = introduced(setting.lead).filter(|_| !setting.declared) {
        verdict.reading = Reading::Ambiguous;
        verdict.why = format!("{why}, but with a prompt");
    }
    for typed in typed {
        if typed.text.raw.trim().is_empty() {
            continue;
        }
        let script = typed.text.script();
        if !typed.sql && matches!(verdict.reading, Reading::Run | Reading::Attended) {
            let elsewhere = typed.machine.as_ref().filter(|_| !setting.declared);
            if let Some(why) = elsewhere.map(|machine| of_machine(machine)).or_else(|| doubt(script)) {
                verdict.reading = Reading::Ambiguous;
                verdict.why = why;
            } else if let Some(why) = terminal::attended(script) {
                verdict.reading = Reading::Attended;
                verdict.why = why;
            }
        }
        let sample = Some(typed.sample.trim_end().to_owned()).filter(|s| !s.is_empty());
        verdict.parts.push(Part { interpreter: typed.interpreter(), text: typed.text, sample });
    }
    if verdict.parts.is_empty() {
        return Verdict::new(Reading::Show, "a prompt without a command");
    }
    verdict
}

/// Here is not there: what was typed on one machine is not run on another without a word.
pub(in crate::runbook) fn of_machine(machine: &str) -> String {
    format!("its prompt is of the machine `{machine}`, and nothing says where to run it: `on=` would")
}
