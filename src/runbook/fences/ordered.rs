//! Fences that nothing but the sentence above them makes commands of.

use super::evidence::{Filed, Looks, file_text, has_columns, looks};
use super::{Setting, Verdict};
use crate::runbook::model::{Interpreter, Reading};
use crate::runbook::shell;
use crate::runbook::text::Text;
use crate::runbook::vocabulary::VOCABULARY;
use crate::source::lines;

/// What the sentence above a fence asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::runbook) enum Asked {
    /// To do something.
    Do,
    /// To look at something, which may be what follows.
    Look,
}

/// A fence without a language that nothing but the sentence before it makes a command of: "Stop it:" and `ourctl stop --force db1`.
/// Only a person says whether it is one.
pub(in crate::runbook) fn ordered(text: &Text, setting: &Setting, asked: Asked) -> Option<Verdict> {
    if !setting.may_be_ordered() {
        return None;
    }
    let script = text.script();
    let formed = script.regular
        && looks(text, script) == Looks::Possible
        && file_text(text) == Filed::No
        && !lines(&text.raw).any(has_columns)
        && script.commands.iter().all(has_form)
        // "Check the members:" and `db1 leader running`: no output has flags.
        && (asked == Asked::Do || script.commands.first().is_some_and(has_flags));
    let why = "the text asks for it, but its program is not known";
    formed.then(|| Verdict::of(Reading::Ambiguous, why, text, Interpreter::Shell))
}

fn has_flags(command: &shell::Simple) -> bool {
    command.words.iter().skip(1).any(|word| word.starts_with('-') && word.len() > 1)
}

/// Whether what a line holds can be a command of a program that nobody knows: it has arguments, and is no prose and no setting.
fn has_form(command: &shell::Simple) -> bool {
    let Some((name, arguments)) = command.words.split_first() else { return false };
    let sets = |word: &String| {
        matches!(word.as_str(), "=" | ":" | ":=" | "=>" | "->" | "==" | "is") || word.ends_with([':', ','])
    };
    // What is fed by a pipe may need none.
    (!arguments.is_empty() || command.piped)
        && name.len() < 40
        && !arguments.iter().any(sets)
        && (has_flags(command) || VOCABULARY.language(&command.words.join(" ")).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn what_a_sentence_asks_for_may_be_of_an_unknown_program() {
        for (asked, text, want) in [
            (Asked::Do, "ourctl stop --force db1", true),
            (Asked::Do, "ourctl group add db1\nourctl group list", true),
            (Asked::Look, "ourctl members -o wide", true),
            (Asked::Look, "db1 leader running", false),
            (Asked::Do, "db1   leader   running", false),
            (Asked::Do, "wal_level = replica", false),
            (Asked::Do, "level: replica", false),
            (Asked::Do, "the lag is of ten seconds", false),
            (Asked::Do, "ourctl", false),
            (Asked::Do, "ourctl list | ourfilter", true),
            (Asked::Look, "ourctl -n | ourfilter", true),
            (Asked::Do, "2026-01-01 ourctl started -x", false),
            (Asked::Do, "ourctl stop 'db1", false),
        ] {
            let setting = Setting { closed: true, ..Setting::default() };
            let text = Text::piece(text, Span::new(0, text.len()));
            let verdict = ordered(&text, &setting, asked);
            assert_eq!(verdict.is_some_and(|v| v.reading == Reading::Ambiguous), want, "{}", text.raw);
            let yaml = Setting { language: "yaml".into(), ..setting };
            assert!(ordered(&text, &yaml, asked).is_none());
        }
    }
}
