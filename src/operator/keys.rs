//! What a typed line means as an answer to a question: pure, so that every word can be tried in a test.

use super::answers::is_grave;
use super::words::{Words, fill};
use crate::driver::ports::Standing;
use crate::engine::event::{FailureAnswer, UnknownAnswer};
use crate::engine::question::{Ask, Question};
use crate::runbook::model::Effect;

/// What somebody said. An absent reason is asked for next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Run,
    Edit,
    Done(Option<String>),
    Skip(Option<String>),
    Yes,
    No(Option<String>),
    Choose(usize),
    Value(String),
    Failure(FailureAnswer, Option<String>),
    Unknown(UnknownAnswer, Option<String>),
    Note(Option<String>),
    Pause(Option<String>),
    Abort(Option<String>),
    Rollback(Option<String>),
    Help,
    Output,
    Where,
    Show,
    /// Not an answer: ask again, with this hint.
    Hint(String),
}

/// What it takes to say "go" to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Go {
    /// Enter: nothing changes.
    Enter,
    /// `y`: something may change.
    Letter,
    /// The step's number: something cannot be taken back.
    Number(String),
    /// The whole word.
    Word,
}

/// What it takes here. `edited`: the command was changed by the operator.
pub(super) fn go(question: &Question, standing: &Standing<'_>, edited: bool) -> Go {
    let number = || Go::Number(number(question, standing));
    match &question.ask {
        Ask::Command { effect, pivot, ambiguous, .. } => match effect {
            _ if *pivot || edited => number(),
            Effect::Destructive => number(),
            Effect::Read if ambiguous.is_none() => Go::Enter,
            _ => Go::Letter,
        },
        Ask::Manual { pivot: true, .. } => number(),
        Ask::Check { .. } => Go::Enter,
        Ask::Gate { .. } => Go::Word,
        Ask::Failure { .. } | Ask::Unknown { .. } if is_grave(&question.node, standing.plan) => number(),
        Ask::Manual { .. } | Ask::Decision { .. } | Ask::Value { .. } | Ask::Failure { .. } | Ask::Unknown { .. } => {
            Go::Letter
        }
    }
}

/// The number people see before the step, else its id.
pub(super) fn number(question: &Question, standing: &Standing<'_>) -> String {
    standing
        .plan
        .node(&question.node)
        .map(|node| standing.plan.step_of(node).number.clone())
        .filter(|number| !number.is_empty())
        .unwrap_or_else(|| question.step.clone())
}

/// Reads one typed line.
pub(super) fn read(ask: &Ask, go: &Go, line: &str, words: &Words) -> Said {
    let line = line.trim();
    if let Ask::Value { default, options, .. } = ask {
        return value(line, default.as_deref(), options, words);
    }
    let bare = line.strip_prefix(':').unwrap_or(line).trim();
    if bare.is_empty() {
        return match (ask, go) {
            (Ask::Command { .. }, Go::Enter) => Said::Run,
            (Ask::Check { .. }, Go::Enter) => Said::Yes,
            _ => Said::Hint(words.hint_enter.to_owned()),
        };
    }
    if let Ask::Decision { options, .. } = ask
        && let Some(choice) = choose(options, bare)
    {
        return Said::Choose(choice);
    }
    let (word, rest) = bare.split_once(char::is_whitespace).unwrap_or((bare, ""));
    let rest = Some(rest.trim().to_owned()).filter(|r| !r.is_empty());
    let word = word.to_lowercase();
    let word = letter(ask, &word).map_or(word.as_str(), |letter| letter).to_owned();
    let number = matches!(go, Go::Number(number) if number == bare);
    if let Some(said) = (Typed { word: &word, rest: rest.clone(), number, go, words }).own(ask) {
        return said;
    }
    common(ask, &word, rest).unwrap_or_else(|| Said::Hint(fill(words.hint_unknown, &[bare])))
}

/// The letter that a whole word stands for, in either language.
fn letter(ask: &Ask, word: &str) -> Option<&'static str> {
    Some(match word {
        "run" | "lancer" if matches!(ask, Ask::Command { .. }) => "y",
        "done" | "fait" => "d",
        "skip" | "sauter" => "s",
        "edit" | "éditer" | "editer" => "e",
        "pause" => "p",
        "abort" | "abandonner" => "a",
        "rollback" | "retour" => "b",
        "output" | "sortie" => "o",
        "where" | "où" => "w",
        "retry" | "réessayer" | "again" | "relancer" => "r",
        "happened" => "h",
        "undo" | "défaire" => "u",
        "stop" | "arrêter" => "x",
        _ => return None,
    })
}

/// A value may be any text, so commands begin with a colon here.
fn value(line: &str, default: Option<&str>, options: &[String], words: &Words) -> Said {
    if line == "?" {
        return Said::Help;
    }
    if let Some(command) = line.strip_prefix(':') {
        let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = Some(rest.trim().to_owned()).filter(|r| !r.is_empty());
        let unknown = || Said::Hint(fill(words.hint_unknown, &[line]));
        let none = Ask::Manual { optional: false, pivot: false };
        return common(&none, &word.to_lowercase(), rest).unwrap_or_else(unknown);
    }
    if line.is_empty() {
        return default.map_or_else(|| Said::Hint(words.hint_empty.to_owned()), |d| Said::Value(d.to_owned()));
    }
    if options.is_empty() {
        return Said::Value(line.to_owned());
    }
    choose(options, line).map_or_else(
        || Said::Hint(fill(words.hint_option, &[&options.len().to_string()])),
        |i| Said::Value(options[i].clone()),
    )
}

/// A number, or a whole label.
fn choose(options: &[String], line: &str) -> Option<usize> {
    let folded = line.to_lowercase();
    options
        .iter()
        .position(|o| o.trim().to_lowercase() == folded)
        .or_else(|| line.parse::<usize>().ok().filter(|n| (1..=options.len()).contains(n)).map(|n| n - 1))
}

/// A typed word and what it is measured by.
struct Typed<'a> {
    word: &'a str,
    rest: Option<String>,
    /// The whole line is the number that was asked for.
    number: bool,
    go: &'a Go,
    words: &'a Words,
}

impl Typed<'_> {
    fn yes(&self) -> bool {
        self.rest.is_none() && matches!(self.word, "y" | "yes" | "oui")
    }

    fn no(&self) -> bool {
        matches!(self.word, "no" | "non")
    }

    /// The number that is needed, when it is not what was typed.
    fn lacks_number(&self) -> Option<Said> {
        match self.go {
            Go::Number(number) if !self.number => Some(Said::Hint(fill(self.words.hint_number, &[number]))),
            _ => None,
        }
    }

    /// The answers that only this kind of question has.
    fn own(self, ask: &Ask) -> Option<Said> {
        let words = self.words;
        Some(match ask {
            Ask::Command { .. } => return self.command(),
            Ask::Manual { .. } => return self.manual(),
            Ask::Check { .. } if self.yes() => Said::Yes,
            Ask::Check { .. } if self.word == "s" => Said::Skip(self.rest),
            Ask::Check { .. } | Ask::Gate { .. } if self.no() || self.word == "n" => Said::No(self.rest),
            Ask::Gate { .. } if self.yes() && self.word != "y" => Said::Yes,
            Ask::Gate { .. } if matches!(self.word, "y" | "o") => Said::Hint(words.hint_yes_full.to_owned()),
            Ask::Decision { proposal: Some((choice, _)), .. } if self.yes() => Said::Choose(*choice),
            Ask::Decision { options, .. } if self.word.parse::<usize>().is_ok() => {
                Said::Hint(fill(words.hint_option, &[&options.len().to_string()]))
            }
            Ask::Failure { choices, .. } => return self.failure(choices),
            Ask::Unknown { choices, .. } => return self.unknown(choices),
            _ => return None,
        })
    }

    fn command(self) -> Option<Said> {
        Some(match self.word {
            _ if self.number => Said::Run,
            _ if self.yes() => self.lacks_number().unwrap_or(Said::Run),
            _ if self.no() => Said::Hint(self.words.hint_no_run.to_owned()),
            "d" => Said::Done(self.rest),
            "e" => Said::Edit,
            "s" => Said::Skip(self.rest),
            _ => return None,
        })
    }

    fn manual(self) -> Option<Said> {
        Some(match self.word {
            _ if self.number => Said::Done(Some(String::new())),
            _ if self.yes() || self.word == "d" => {
                self.lacks_number().unwrap_or_else(|| Said::Done(Some(self.rest.unwrap_or_default())))
            }
            _ if self.no() => Said::Hint(self.words.hint_no_manual.to_owned()),
            "s" => Said::Skip(self.rest),
            _ => return None,
        })
    }

    fn failure(self, choices: &[FailureAnswer]) -> Option<Said> {
        let answer = match self.word {
            _ if self.number => FailureAnswer::Retry,
            "r" => FailureAnswer::Retry,
            "d" => FailureAnswer::Done,
            "s" => FailureAnswer::Skip,
            "b" => FailureAnswer::Rollback,
            "a" => FailureAnswer::Abort,
            _ => return None,
        };
        if !choices.contains(&answer) {
            // Aborting is always possible, by the common way.
            return (answer != FailureAnswer::Abort).then(|| Said::Hint(self.words.hint_not_offered.to_owned()));
        }
        if answer != FailureAnswer::Retry {
            return Some(Said::Failure(answer, self.rest));
        }
        let why = self.rest.clone().unwrap_or_default();
        Some(self.lacks_number().unwrap_or(Said::Failure(answer, Some(why))))
    }

    fn unknown(self, choices: &[UnknownAnswer]) -> Option<Said> {
        let answer = match self.word {
            _ if self.number => UnknownAnswer::Again,
            "h" => UnknownAnswer::Happened,
            "r" => UnknownAnswer::Again,
            "u" => UnknownAnswer::Undo,
            "x" => UnknownAnswer::Stop,
            _ => return None,
        };
        if !choices.contains(&answer) {
            return Some(Said::Hint(self.words.hint_not_offered.to_owned()));
        }
        let lacks = self.lacks_number().filter(|_| answer == UnknownAnswer::Again);
        Some(lacks.unwrap_or(Said::Unknown(answer, self.rest)))
    }
}

/// The answers that every question has.
fn common(ask: &Ask, word: &str, rest: Option<String>) -> Option<Said> {
    let confirms = matches!(ask, Ask::Check { .. } | Ask::Gate { .. });
    Some(match word {
        "n" if !confirms => Said::Note(rest),
        "note" => Said::Note(rest),
        "p" => Said::Pause(Some(rest.unwrap_or_default())),
        "a" => Said::Abort(rest),
        "b" if !matches!(ask, Ask::Failure { .. }) => Said::Rollback(rest),
        "?" | "help" | "aide" => Said::Help,
        "o" => Said::Output,
        "w" => Said::Where,
        "l" => Said::Show,
        _ => return None,
    })
}

/// The keys to show under a question, the one that goes on first.
pub(super) fn offered(ask: &Ask, go: &Go, back: bool, words: &Words) -> Vec<String> {
    let own = |s: &str| s.to_owned();
    let mut keys = Vec::new();
    match ask {
        Ask::Command { .. } => {
            match go {
                Go::Enter => keys.push(own(words.key_enter_run)),
                Go::Number(number) => {
                    keys.extend([own(words.key_enter_nothing), fill(words.key_number_run, &[number])]);
                }
                _ => keys.push(own(words.key_y_run)),
            }
            keys.extend([words.key_s, words.key_e, words.key_d, words.key_n].map(own));
        }
        Ask::Manual { .. } => {
            match go {
                Go::Number(number) => {
                    keys.extend([own(words.key_enter_nothing), fill(words.key_number_done, &[number])]);
                }
                _ => keys.push(own(words.key_d_done)),
            }
            keys.extend([words.key_s, words.key_n].map(own));
        }
        Ask::Check { .. } => keys.extend([words.key_enter_yes, words.key_no, words.key_s, words.key_note].map(own)),
        Ask::Gate { .. } => keys.extend([words.key_yes_full, words.key_note].map(own)),
        Ask::Decision { options, proposal } => {
            keys.push(fill(words.key_choose, &[&options.len().to_string()]));
            keys.extend(proposal.is_some().then(|| own(words.key_y_proposal)));
            keys.push(own(words.key_n));
        }
        Ask::Value { .. } => return vec![own(words.key_colon)],
        Ask::Failure { choices, .. } => {
            keys.extend(choices.iter().map(|choice| match (choice, go) {
                (FailureAnswer::Retry, Go::Number(number)) => format!("{number} {}", words.say_retry),
                (FailureAnswer::Retry, _) => own(words.key_r),
                (FailureAnswer::Done, _) => own(words.key_d),
                (FailureAnswer::Skip, _) => own(words.key_s),
                (FailureAnswer::Rollback, _) => own(words.key_b),
                (FailureAnswer::Abort, _) => own(words.key_a),
            }));
            keys.extend([words.key_o, words.key_n].map(own));
        }
        Ask::Unknown { choices, .. } => {
            keys.extend(choices.iter().map(|choice| match (choice, go) {
                (UnknownAnswer::Happened, _) => own(words.key_h),
                (UnknownAnswer::Again, Go::Number(number)) => format!("{number} {}", words.say_again),
                (UnknownAnswer::Again, _) => own(words.key_again),
                (UnknownAnswer::Undo, _) => own(words.key_undo),
                (UnknownAnswer::Stop, _) => own(words.key_x),
            }));
            keys.push(own(words.key_n));
        }
    }
    keys.push(own(words.key_p));
    if !back && !matches!(ask, Ask::Failure { .. } | Ask::Unknown { .. }) {
        keys.push(own(words.key_b));
    }
    if !keys.iter().any(|k| k == words.key_a) {
        keys.push(own(words.key_a));
    }
    keys.push(own(words.key_help));
    keys
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
