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
        Ask::Manual { .. } | Ask::Decision { .. } | Ask::Value { .. } => Go::Letter,
        Ask::Check { .. } => Go::Enter,
        Ask::Gate { .. } | Ask::Rollback { .. } => Go::Word,
        Ask::Failure { .. } | Ask::Unknown { .. } if is_grave(&question.node, standing.plan) => number(),
        Ask::Failure { .. } | Ask::Unknown { .. } => Go::Letter,
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
    if let Some(said) = own(ask, go, &word, rest.clone(), bare, words) {
        return said;
    }
    common(ask, &word, rest).unwrap_or_else(|| Said::Hint(fill(words.hint_unknown, &[bare])))
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

/// The answers that only this kind of question has.
fn own(ask: &Ask, go: &Go, word: &str, rest: Option<String>, line: &str, words: &Words) -> Option<Said> {
    let yes = rest.is_none() && matches!(word, "y" | "yes" | "oui");
    let number = matches!(go, Go::Number(number) if number == line);
    let no = matches!(word, "no" | "non");
    Some(match ask {
        Ask::Command { .. } | Ask::Manual { .. } => {
            let manual = matches!(ask, Ask::Manual { .. });
            let wanted = matches!(go, Go::Number(_));
            let said = if manual { Said::Done(Some(String::new())) } else { Said::Run };
            match word {
                _ if number => said,
                _ if yes && !wanted => said,
                "d" if manual && !wanted => Said::Done(Some(rest.unwrap_or_default())),
                "d" if !manual => Said::Done(rest),
                "y" | "yes" | "oui" | "d" => match go {
                    Go::Number(number) => Said::Hint(fill(words.hint_number, &[number])),
                    _ => return None,
                },
                "e" if !manual => Said::Edit,
                "s" => Said::Skip(rest),
                "no" | "non" if manual => Said::Hint(words.hint_no_manual.to_owned()),
                "no" | "non" => Said::Hint(words.hint_no_run.to_owned()),
                _ => return None,
            }
        }
        Ask::Check { .. } if yes => Said::Yes,
        Ask::Check { .. } if word == "s" => Said::Skip(rest),
        Ask::Check { .. } | Ask::Gate { .. } | Ask::Rollback { .. } if no || word == "n" => Said::No(rest),
        Ask::Gate { .. } | Ask::Rollback { .. } if yes && word != "y" => Said::Yes,
        Ask::Gate { .. } | Ask::Rollback { .. } if matches!(word, "y" | "o") => {
            Said::Hint(words.hint_yes_full.to_owned())
        }
        Ask::Decision { proposal: Some((choice, _)), .. } if yes => Said::Choose(*choice),
        Ask::Decision { options, .. } if word.parse::<usize>().is_ok() => {
            Said::Hint(fill(words.hint_option, &[&options.len().to_string()]))
        }
        Ask::Failure { choices, .. } => failure(choices, go, number, word, rest, words)?,
        Ask::Unknown { choices, .. } => unknown(choices, go, number, word, rest, words)?,
        _ => return None,
    })
}

fn failure(
    choices: &[FailureAnswer],
    go: &Go,
    number: bool,
    word: &str,
    rest: Option<String>,
    words: &Words,
) -> Option<Said> {
    let answer = match word {
        _ if number => FailureAnswer::Retry,
        "r" | "retry" => FailureAnswer::Retry,
        "d" => FailureAnswer::Done,
        "s" => FailureAnswer::Skip,
        "b" => FailureAnswer::Rollback,
        "a" => FailureAnswer::Abort,
        _ => return None,
    };
    if !choices.contains(&answer) {
        // Aborting is always possible, by the common way.
        return (answer != FailureAnswer::Abort).then(|| Said::Hint(words.hint_not_offered.to_owned()));
    }
    Some(match (answer, go) {
        (FailureAnswer::Retry, Go::Number(number_wanted)) if !number => {
            Said::Hint(fill(words.hint_number, &[number_wanted]))
        }
        (FailureAnswer::Retry, _) => Said::Failure(answer, Some(rest.filter(|_| !number).unwrap_or_default())),
        _ => Said::Failure(answer, rest),
    })
}

fn unknown(
    choices: &[UnknownAnswer],
    go: &Go,
    number: bool,
    word: &str,
    rest: Option<String>,
    words: &Words,
) -> Option<Said> {
    let answer = match word {
        _ if number => UnknownAnswer::Again,
        "h" => UnknownAnswer::Happened,
        "r" => UnknownAnswer::Again,
        "u" => UnknownAnswer::Undo,
        "x" => UnknownAnswer::Stop,
        _ => return None,
    };
    if !choices.contains(&answer) {
        return Some(Said::Hint(words.hint_not_offered.to_owned()));
    }
    Some(match (answer, go) {
        (UnknownAnswer::Again, Go::Number(wanted)) if !number => Said::Hint(fill(words.hint_number, &[wanted])),
        _ => Said::Unknown(answer, rest.filter(|_| !number)),
    })
}

/// The answers that every question has.
fn common(ask: &Ask, word: &str, rest: Option<String>) -> Option<Said> {
    let confirms = matches!(ask, Ask::Check { .. } | Ask::Gate { .. } | Ask::Rollback { .. });
    Some(match word {
        "n" if !confirms => Said::Note(rest),
        "note" => Said::Note(rest),
        "p" => Said::Pause(Some(rest.unwrap_or_default())),
        "a" => Said::Abort(rest),
        "b" if !matches!(ask, Ask::Rollback { .. } | Ask::Failure { .. }) => Said::Rollback(rest),
        "?" | "help" | "aide" => Said::Help,
        "o" => Said::Output,
        "w" => Said::Where,
        "l" => Said::Show,
        _ => return None,
    })
}

/// The keys to show under a question, the one that goes on first.
pub(super) fn offered(ask: &Ask, go: &Go, words: &Words) -> Vec<String> {
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
        Ask::Gate { .. } | Ask::Rollback { .. } => keys.extend([words.key_yes_full, words.key_note].map(own)),
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
    if !matches!(ask, Ask::Failure { .. } | Ask::Rollback { .. } | Ask::Unknown { .. }) {
        keys.push(own(words.key_b));
    }
    if !keys.iter().any(|k| k == words.key_a) {
        keys.push(own(words.key_a));
    }
    keys.push(own(words.key_help));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::Cause;
    use crate::runbook::model::{Language, ValueKind};

    fn command(effect: Effect) -> Ask {
        Ask::Command {
            rendered: "x".into(),
            effect,
            effect_why: String::new(),
            attended: false,
            ambiguous: None,
            pivot: false,
            optional: false,
            attempts: 0,
        }
    }

    fn say(ask: &Ask, go: &Go, line: &str) -> Said {
        read(ask, go, line, Words::of(Language::En))
    }

    #[test]
    fn enter_runs_reads_and_confirms_checks_and_nothing_else() {
        let number = Go::Number("3.2".into());
        assert_eq!(say(&command(Effect::Read), &Go::Enter, ""), Said::Run);
        assert_eq!(say(&Ask::Check { statement: "s".into() }, &Go::Enter, ""), Said::Yes);
        let gate = Ask::Gate { question: "q".into(), missing: 1, approved_by: vec![] };
        let decision = Ask::Decision { options: vec!["a".into()], proposal: Some((0, "w".into())) };
        let failure = Ask::Failure { cause: Cause::Stopped, after_pivot: false, choices: vec![FailureAnswer::Retry] };
        let unknown =
            Ask::Unknown { reason: String::new(), rendered: String::new(), choices: vec![UnknownAnswer::Again] };
        let manual = Ask::Manual { optional: false, pivot: false };
        let back = Ask::Rollback { queue: vec![], left: vec![] };
        for (ask, go) in [
            (command(Effect::Write), &Go::Letter),
            (command(Effect::Destructive), &number),
            (gate, &Go::Word),
            (decision, &Go::Letter),
            (failure, &Go::Letter),
            (unknown, &Go::Letter),
            (manual, &Go::Letter),
            (back, &Go::Word),
        ] {
            assert!(matches!(say(&ask, go, ""), Said::Hint(_)), "{ask:?}");
            assert!(matches!(say(&ask, go, "   "), Said::Hint(_)), "{ask:?}");
        }
    }

    #[test]
    fn grave_steps_need_their_number() {
        let go = Go::Number("3.2".into());
        let ask = command(Effect::Destructive);
        for line in ["y", "yes", "oui", "3", "3.20", "32"] {
            assert!(matches!(say(&ask, &go, line), Said::Hint(_)), "{line}");
        }
        assert_eq!(say(&ask, &go, " 3.2 "), Said::Run);
        let manual = Ask::Manual { optional: false, pivot: true };
        assert!(matches!(say(&manual, &go, "d"), Said::Hint(_)));
        assert_eq!(say(&manual, &go, "3.2"), Said::Done(Some(String::new())));
    }

    #[test]
    fn gates_need_the_whole_word() {
        let ask = Ask::Gate { question: "q".into(), missing: 1, approved_by: vec![] };
        for line in ["y", "o", "ye", "ok", "yes please", "1"] {
            assert!(matches!(say(&ask, &Go::Word, line), Said::Hint(_)), "{line}");
        }
        assert_eq!(say(&ask, &Go::Word, "yes"), Said::Yes);
        assert_eq!(say(&ask, &Go::Word, "OUI"), Said::Yes);
        assert_eq!(say(&ask, &Go::Word, "non trop tôt"), Said::No(Some("trop tôt".into())));
        assert_eq!(say(&ask, &Go::Word, "note seen"), Said::Note(Some("seen".into())));
    }

    #[test]
    fn no_never_runs_anything() {
        for effect in [Effect::Read, Effect::Write] {
            for line in ["no", "non", "q", "x", "yy", "y y"] {
                assert!(matches!(say(&command(effect), &Go::Letter, line), Said::Hint(_)), "{line}");
            }
        }
        assert_eq!(say(&command(Effect::Write), &Go::Letter, "s later"), Said::Skip(Some("later".into())));
        assert_eq!(say(&command(Effect::Write), &Go::Letter, "s"), Said::Skip(None));
    }

    #[test]
    fn values_may_be_any_text() {
        let mut ask = Ask::Value {
            name: "x".into(),
            prompt: String::new(),
            written: None,
            default: None,
            secret: false,
            kind: ValueKind::Text,
            objective: None,
            options: vec![],
        };
        assert_eq!(say(&ask, &Go::Letter, " p "), Said::Value("p".into()));
        assert_eq!(say(&ask, &Go::Letter, ":p lunch"), Said::Pause(Some("lunch".into())));
        assert!(matches!(say(&ask, &Go::Letter, ""), Said::Hint(_)));
        if let Ask::Value { default, options, .. } = &mut ask {
            *default = Some("B".into());
            *options = vec!["A".into(), "B".into()];
        }
        assert_eq!(say(&ask, &Go::Letter, ""), Said::Value("B".into()));
        assert_eq!(say(&ask, &Go::Letter, "1"), Said::Value("A".into()));
        assert!(matches!(say(&ask, &Go::Letter, "3"), Said::Hint(_)));
    }
}
