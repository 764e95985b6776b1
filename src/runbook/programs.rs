//! What is known about programs, statements and fence languages, read once from `grammar/vocabulary/commands.yaml`.

use super::phrases::{ByWord, WordSet};
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::LazyLock;

/// The tables of `commands.yaml`; see there for what each is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Programs {
    pub(super) read: WordSet,
    pub(super) session: WordSet,
    pub(super) session_plain: WordSet,
    pub(super) whole_shell: WordSet,
    pub(super) shapes: ByWord<Shape>,
    pub(super) wrapper_shapes: ByWord<Shape>,
    pub(super) ssh_options: Patterns,
    pub(super) environment_kept: Patterns,
    pub(super) environment_steers: Patterns,
    pub(super) aws_read: Patterns,
    pub(super) aws_read_loose: WordSet,
    pub(super) aws_destructive: Vec<String>,
    pub(super) starts: ByWord<Starts>,
    pub(super) speaks: WordSet,
    pub(super) wrappers: WordSet,
    pub(super) dotted: WordSet,
    pub(super) for_all: WordSet,
    pub(super) elsewhere: WordSet,
    pub(super) destructive: Patterns,
    pub(super) destructive_words: ByWord<Vec<String>>,
    pub(super) destructive_text: ByWord<Vec<String>>,
    pub(super) destroys: WordSet,
    pub(super) destroys_not: WordSet,
    pub(super) targets: WordSet,
    pub(super) patterns: WordSet,
    pub(super) interactive: WordSet,
    pub(super) interactive_words: ByWord<Vec<String>>,
    pub(super) asks: ByWord<Asks>,
    pub(super) sessions: ByWord<Asks>,
    pub(super) endless: ByWord<Endless>,
    pub(super) log_followers: WordSet,
    pub(super) sql_clients: ByWord<Vec<String>>,
    pub(super) store_clients: ByWord<ClientFlags>,
    pub(super) transfers: WordSet,
    pub(super) hba_methods: WordSet,
    pub(super) transfer_words: WordSet,
    pub(super) session_words: ByWord<WordSet>,
    pub(super) password_flag: ByWord<String>,
    pub(super) sql_read: WordSet,
    pub(super) sql_session: Patterns,
    pub(super) sql_write: WordSet,
    pub(super) sql_destructive: Vec<String>,
    pub(super) sql_functions: WordSet,
    pub(super) sql_never: WordSet,
    pub(super) here: WordSet,
    pub(super) shells: WordSet,
    pub(super) consoles: WordSet,
    pub(super) sqls: WordSet,
    #[serde(rename = "programs")]
    pub(super) by_language: ByWord<String>,
    pub(super) shown: WordSet,
    pub(super) known: WordSet,
    pub(super) bare: ByWord<Bare>,
    pub(super) no_object: WordSet,
    pub(super) fed: WordSet,
    /// Every program that one of the tables names.
    #[serde(skip)]
    named: WordSet,
}

/// Which of a program's words no sentence has; see `commands.yaml`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Bare {
    words: Vec<String>,
    slashed: Vec<String>,
    begins: Vec<String>,
    names: Option<usize>,
    last: bool,
    targets: bool,
}

/// When a program asks for a yes before it does anything.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Asks {
    words: Vec<String>,
    unless: Vec<String>,
}

impl Asks {
    /// The word that makes it ask.
    pub(super) fn word<'a>(&self, arguments: &'a [String]) -> Option<&'a str> {
        arguments.iter().find(|argument| self.words.contains(argument)).map(String::as_str)
    }

    /// Whether it asks when it is given these arguments.
    pub(super) fn with(&self, arguments: &[String]) -> bool {
        let at = arguments.iter().position(|argument| self.words.contains(argument));
        let Some(behind) = at.map_or_else(|| self.words.is_empty().then_some(0), |at| Some(at + 1)) else {
            return false;
        };
        // `terraform apply tfplan`: what was agreed to already.
        let agreed = at.is_some_and(|at| {
            arguments[at] == "apply" && arguments[behind..].iter().any(|a| !a.starts_with('-') && !a.contains('='))
        });
        !agreed && !arguments.iter().any(|argument| self.unless.iter().any(|flag| says(flag, argument)))
    }
}

/// Whether an argument is a flag, alone, with its value, or as one of several letters: `-yq`.
fn says(flag: &str, argument: &str) -> bool {
    match flag.as_bytes() {
        [b'-', letter] => {
            argument.starts_with('-') && !argument.starts_with("--") && argument.as_bytes().contains(letter)
        }
        _ => {
            argument == flag
                || flag.len() > 2
                    && flag.starts_with("--")
                    && argument.strip_prefix(flag).is_some_and(|v| v.starts_with('='))
        }
    }
}

/// When a program never ends by itself.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Endless {
    words: Vec<String>,
    unless: Vec<String>,
    values: Flags,
    interval: bool,
}

/// What makes a program go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GoesOn {
    /// It always does.
    Always,
    /// The argument at this place: a word, or an interval without a count.
    By(usize),
}

impl Endless {
    /// What makes it go on when it is given these arguments.
    pub(super) fn with(&self, arguments: &[String]) -> Option<GoesOn> {
        if arguments.iter().any(|argument| self.unless.iter().any(|flag| says(flag, argument))) {
            return None;
        }
        if self.interval {
            return self.one_number(arguments).map(GoesOn::By);
        }
        if self.words.is_empty() {
            return Some(GoesOn::Always);
        }
        arguments.iter().position(|argument| self.words.iter().any(|word| self.holds(word, argument))).map(GoesOn::By)
    }

    /// The flag that would make it end.
    pub(super) fn end(&self) -> Option<&str> {
        self.unless.first().map(String::as_str)
    }

    /// A word, or a letter in front of those that take the rest as their value: `-fu`, and not `-uf`.
    fn holds(&self, word: &str, argument: &str) -> bool {
        let (Some(letter), Some(letters)) = (word.strip_prefix('-'), argument.strip_prefix('-')) else {
            return word == argument;
        };
        word == argument
            || letter.len() == 1
                && !letters.starts_with('-')
                && letters.chars().take_while(|c| !self.values.letter(*c)).any(|c| letter.contains(c))
    }

    fn one_number(&self, arguments: &[String]) -> Option<usize> {
        let number = |a: &str| !a.is_empty() && a.bytes().all(|b| b.is_ascii_digit());
        let is_value = |i: usize| i > 0 && self.values.has(&arguments[i - 1]);
        let mut found = arguments.iter().enumerate().filter(|(i, a)| number(a) && !is_value(*i));
        let first = found.next()?;
        found.next().is_none().then_some(first.0)
    }
}

/// Where a program is given the words of a command that it starts; see `commands.yaml`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Starts {
    pub at: Vec<String>,
    pub proven: Vec<String>,
    pub terminal: Vec<String>,
    pub skip: usize,
    pub dashes: bool,
    pub texts: bool,
    pub shape: Shape,
    pub unproven: Flags,
}

/// What a program may be given and is then known only to read; see `commands.yaml` for what each is.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Shape {
    pub like: Option<String>,
    pub flags: Flags,
    pub values: Flags,
    pub attached: Flags,
    pub lead: Flags,
    pub statements: Flags,
    pub dash: bool,
    pub fold: bool,
    pub operands: Option<usize>,
    pub require: Vec<String>,
    pub only: ByWord<Vec<String>>,
    pub begins: Option<char>,
    pub never: Option<char>,
    pub first: Vec<String>,
    pub bare: Vec<String>,
    pub each: WordSet,
}

/// Flags as they are written in the tables: `-abc --long`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(from = "String")]
pub(super) struct Flags {
    whole: WordSet,
    letters: HashSet<char>,
}

impl From<String> for Flags {
    fn from(text: String) -> Self {
        let mut all = Self::default();
        for word in text.split_whitespace() {
            all.whole.insert(word.to_owned());
            if let Some(short) = word.strip_prefix('-').filter(|s| !s.starts_with('-')) {
                all.letters.extend(short.chars());
            }
        }
        all
    }
}

impl Flags {
    /// As one word.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.whole.contains(flag)
    }

    /// As a letter behind one dash.
    pub(super) fn letter(&self, letter: char) -> bool {
        self.letters.contains(&letter)
    }
}

/// What a client may be given and then still asks what to do; see `commands.yaml`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ClientFlags {
    flags: Flags,
    values: Flags,
}

impl ClientFlags {
    /// Whether the arguments are only such flags and their values.
    pub(super) fn are_all(&self, arguments: &[String]) -> bool {
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument {
                flag if self.values.has(flag) => drop(rest.next()),
                flag if self.flags.has(flag) => {}
                _ => return false,
            }
        }
        true
    }
}

/// The tables. The file is part of the program and a test reads it; without it nothing would be proven to read.
pub static PROGRAMS: LazyLock<Programs> =
    LazyLock::new(|| Programs::load(include_str!("../../grammar/vocabulary/commands.yaml")));

/// A list of words, where `x*` stands for every word that begins with `x`, and `*x` for every one that ends so.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(from = "Vec<String>")]
pub(super) struct Patterns {
    whole: WordSet,
    starts: Vec<String>,
    ends: Vec<String>,
}

impl From<Vec<String>> for Patterns {
    fn from(entries: Vec<String>) -> Self {
        let mut all = Self::default();
        for entry in entries {
            match (entry.strip_suffix('*'), entry.strip_prefix('*')) {
                (Some(start), _) => all.starts.push(start.to_owned()),
                (_, Some(end)) => all.ends.push(end.to_owned()),
                _ => all.whole.insert(entry),
            }
        }
        all
    }
}

impl Patterns {
    /// Whether a word is one of them.
    pub(super) fn hold(&self, word: &str) -> bool {
        self.whole.contains(word)
            || self.starts.iter().any(|start| word.starts_with(start))
            || self.ends.iter().any(|end| word.ends_with(end))
    }
}

/// Whether a word is a script's file name.
pub(super) fn is_script(word: &str) -> bool {
    std::path::Path::new(word).extension().is_some_and(|e| e.eq_ignore_ascii_case("sh") || e.eq_ignore_ascii_case("py"))
}

impl Programs {
    fn load(file: &str) -> Self {
        let mut all: Self = serde_yaml::from_str(file).unwrap_or_default();
        let sets = [&all.known, &all.read, &all.session, &all.wrappers, &all.interactive];
        let mut named = WordSet::default();
        named.extend(sets.into_iter().flat_map(WordSet::iter).cloned());
        named.extend(all.shapes.keys().cloned());
        named.extend(all.sql_clients.keys().cloned());
        named.extend(all.destructive_words.keys().cloned());
        named.extend(all.asks.keys().cloned());
        all.named = named;
        all
    }

    /// Whether a word names a program that people run.
    #[must_use]
    pub fn is_program(&self, word: &str) -> bool {
        let name = base(word);
        self.named.contains(name) || self.destructive.hold(name)
    }

    /// Whether a word starts a shell: `sh x.sh`.
    pub(super) fn is_shell(&self, word: &str) -> bool {
        word.ends_with("sh") && self.shells.contains(base(word))
    }

    /// Whether a program's words are a command even where nothing marks them as code: `systemctl stop db`, `service db stop`. Of
    /// more words than one behind them, the others are none of a sentence.
    pub(super) fn is_bare(&self, program: &str, rest: &str) -> bool {
        let Some(shape) = self.bare.get(program) else { return false };
        let is_name = |word: &str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@:/=*".contains(&b));
        let mut words: Vec<&str> = rest.split_whitespace().collect();
        if words.iter().any(|word| shape.begins.iter().any(|mark| word.starts_with(mark))) {
            return true;
        }
        let at = usize::from(shape.last) * words.len().saturating_sub(1);
        if words.len() < 2 || shape.last && words.len() > 2 {
            return false;
        }
        let holds = |list: &[String]| list.iter().any(|w| w == words[at]);
        let object = || words.iter().any(|word| word.contains('/'));
        if !(holds(&shape.words) || holds(&shape.slashed) && object()) {
            return false;
        }
        words.remove(at);
        let everyday = words.iter().filter(|word| word.bytes().all(|b| b.is_ascii_alphabetic())).count();
        words.iter().all(|word| is_name(word)) && everyday <= shape.names.unwrap_or(1)
    }

    /// Whether a program is given names of what to make, and values for it: `make show-service REPLICAS=0`.
    pub(super) fn has_targets(&self, program: &str) -> bool {
        self.bare.get(program).is_some_and(|shape| shape.targets)
    }

    /// Whether the shell itself is what runs the word.
    #[must_use]
    pub fn is_builtin(&self, word: &str) -> bool {
        self.session.contains(word)
            || matches!(
                word,
                "echo"
                    | "printf"
                    | "test"
                    | "["
                    | "[["
                    | "true"
                    | "false"
                    | ":"
                    | "exit"
                    | "break"
                    | "continue"
                    | "return"
                    | "shift"
                    | "wait"
                    | "let"
                    | "eval"
                    | "exec"
                    | "source"
                    | "."
                    | "type"
                    | "command"
                    | "pwd"
                    | "kill"
                    | "jobs"
                    | "fg"
                    | "bg"
                    | "time"
                    | "times"
                    | "hash"
                    | "builtin"
            )
    }
}

impl Programs {
    /// What a program may be given; a shape that is like another takes from it what it does not say itself.
    pub(super) fn shape(&self, name: &str) -> Option<std::borrow::Cow<'_, Shape>> {
        let shape = self.shapes.get(name)?;
        let Some(other) = shape.like.as_ref().and_then(|o| self.shapes.get(o)) else {
            return Some(std::borrow::Cow::Borrowed(shape));
        };
        let mut merged = other.clone();
        if !shape.first.is_empty() {
            merged.first.clone_from(&shape.first);
        }
        Some(std::borrow::Cow::Owned(merged))
    }
}

/// A program's name without its directory.
#[must_use]
pub fn base(word: &str) -> &str {
    memchr::memrchr(b'/', word.as_bytes()).map_or(word, |slash| &word[slash + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        if let Err(error) = serde_yaml::from_str::<Programs>(include_str!("../../grammar/vocabulary/commands.yaml")) {
            panic!("{error}");
        }
        assert!(
            PROGRAMS.is_program("/usr/bin/mysql") && PROGRAMS.is_program("mkfs.ext4") && !PROGRAMS.is_program("hello")
        );
    }
}
