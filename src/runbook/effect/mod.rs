//! What a script does to the world: proven to read, assumed to write, known to destroy.
//!
//! Destroying is looked for everywhere, by what is known to destroy. Reading is proven, by what is known to read: what is in
//! no list, or not understood, is a write.

mod arguments;
mod little;
mod naming;
mod proof;
mod started;

use super::model::Effect;
use super::programs::{PROGRAMS, base};
use super::shell::{self, Script, Simple};
use super::sql;
use started::{keeps_its_texts, lines};

pub(super) use naming::called;
pub(super) use started::started;

/// How deep `ssh host "ssh host …"` is looked into for what destroys.
const DEPTH: usize = 4;

/// An effect and why it was read so.
pub type Judged = (Effect, String);

/// The effect of a shell text. Where a value is put into it before it runs stands U+E000.
#[must_use]
pub fn of_text(text: &str) -> Judged {
    of_script(text, &shell::scan(text))
}

/// The effect of a shell text that was looked through already.
#[must_use]
pub fn of_script(text: &str, script: &Script) -> Judged {
    if let Some(why) = destroys(script, DEPTH) {
        return (Effect::Destructive, why);
    }
    if script.indented_end.is_some() {
        return (Effect::Write, "where a here-document ends is not clear".into());
    }
    match proof::reads(text) {
        Ok(()) if script.commands.is_empty() => (Effect::Read, "only sets variables".into()),
        Ok(()) => (Effect::Read, "every command only reads".into()),
        Err(why) => (Effect::Write, why),
    }
}

fn destroys(script: &Script, depth: usize) -> Option<String> {
    script.commands.iter().find_map(|command| destructive_command(command, depth))
}

/// A command without the wrappers around it (`sudo -u postgres`, `timeout 5`).
#[must_use]
pub fn unwrapped(words: &[String]) -> &[String] {
    let mut words = words;
    while let Some(first) = words.first() {
        if !PROGRAMS.wrappers.contains(base(first)) {
            break;
        }
        let wrapper = base(first).to_owned();
        let mut i = 1;
        while let Some(word) = words.get(i) {
            let takes_value = matches!(
                (wrapper.as_str(), word.as_str()),
                ("sudo" | "doas", "-u" | "-g" | "-h" | "-C")
                    | ("xargs", "-I" | "-n" | "-P" | "-L" | "-d" | "-a")
                    | ("nice" | "watch" | "ionice", "-n" | "-c")
                    | ("timeout", "-s" | "-k")
            );
            if takes_value {
                i += 2;
            } else if word.starts_with('-') || (wrapper == "env" && word.contains('=')) {
                i += 1;
            } else {
                break;
            }
        }
        if wrapper == "timeout" {
            i += 1;
        }
        match words.get(i..) {
            Some(rest) if !rest.is_empty() => words = rest,
            _ => break,
        }
    }
    words
}

fn destructive_command(command: &Simple, depth: usize) -> Option<String> {
    if depth == 0 || super::terminal::asks_where(command) {
        return None;
    }
    let inside = |text: &str| destroys(&shell::scan(text), depth - 1);
    let words = unwrapped(&command.words);
    let first = words.first()?;
    if words.len() == 1 && words.len() < command.words.len() && first.contains(' ') {
        // `watch 'mysql -e …'` hands a whole line over.
        return inside(first);
    }
    let name = base(first);
    let arguments = &words[1..];
    let inner = started(name, arguments);
    if let Some(started) = inner {
        // `pdsh -w db1 'rm -rf x'`: a line for a shell there.
        let line = started.inner[0].contains(char::is_whitespace);
        let inner = inner_command(command, started.inner);
        let why = if line { inside(&started.inner.join(" ")) } else { destructive_command(&inner, depth - 1) };
        if why.is_some() {
            return why;
        }
    }
    if let Some(why) = destructive(name, inner.map_or(arguments, |s| s.own)) {
        return Some(why);
    }
    if PROGRAMS.sql_clients.contains_key(name) {
        let text = statements(name, arguments).or_else(|| command.input.clone())?;
        return destructive_text(name, &text).or_else(|| sql::destroys(&text));
    }
    let given = match name {
        _ if inner.is_some() || keeps_its_texts(name) => None,
        _ => {
            arguments.iter().filter(|a| a.contains(char::is_whitespace)).flat_map(|a| lines(a)).find_map(|t| inside(&t))
        }
    };
    if given.is_some() {
        return given;
    }
    let after = |mark: &str| arguments.iter().position(|a| a == mark).map(|i| arguments[i + 1..].join(" "));
    match name {
        "ssh" => {
            let words = remote_words(arguments);
            let text = if words.is_empty() { command.input.clone() } else { Some(words.join(" ")) };
            text.and_then(|t| inside(&t))
        }
        "bash" | "sh" | "zsh" | "dash" | "ksh" | "su" => {
            let line = arguments
                .iter()
                .position(|a| a.starts_with('-') && a.ends_with('c'))
                .and_then(|i| arguments.get(i + 1));
            line.or(command.input.as_ref()).and_then(|t| inside(t))
        }
        "eval" => inside(&arguments.join(" ")),
        "trap" => arguments.first().and_then(|t| inside(t)),
        "alias" => arguments.iter().filter_map(|a| a.split_once('=')).find_map(|(_, t)| inside(t)),
        "find" => after("-exec").or_else(|| after("-execdir")).and_then(|t| inside(&t)),
        _ if keeps_its_texts(name) && !PROGRAMS.starts.contains_key(name) => None,
        _ => after("--").and_then(|t| inside(&t)),
    }
}

/// A command that another starts, with what that one is fed.
pub(super) fn inner_command(command: &Simple, words: &[String]) -> Simple {
    Simple { words: words.to_vec(), ..command.clone() }
}

/// What destroys in a statement of a language that is not SQL.
fn destructive_text(name: &str, text: &str) -> Option<String> {
    let marks = PROGRAMS.destructive_text.get(name)?;
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mark = marks.iter().find(|mark| dense.contains(mark.as_str()))?;
    Some(format!("`{mark}` destroys"))
}

/// Where the words of an entry end that all stand here, in its order.
fn stands(entry: &str, arguments: &[String]) -> Option<usize> {
    let mut from = 0;
    for wanted in entry.split(' ') {
        let fits = |word: &String| wanted.strip_prefix('*').map_or(word == wanted, |end| word.ends_with(end));
        from += arguments[from..].iter().position(fits)? + 1;
    }
    from.checked_sub(1)
}

/// The operation of an `aws` command line.
fn aws(arguments: &[String]) -> Option<&str> {
    let mut words = Vec::new();
    let mut skip = false;
    for argument in arguments {
        if skip {
            skip = false;
        } else if argument.starts_with("--") {
            skip =
                words.is_empty() && !argument.contains('=') && !argument.starts_with("--no-") && argument != "--debug";
        } else {
            words.push(argument.as_str());
        }
        if words.len() == 2 {
            break;
        }
    }
    words.get(1).copied()
}

fn destructive(name: &str, arguments: &[String]) -> Option<String> {
    if PROGRAMS.destructive.hold(name) {
        return Some(format!("`{name}` destroys"));
    }
    if let Some(words) = PROGRAMS.destructive_words.get(name)
        && !arguments.iter().any(|x| x == "--dry-run")
        && let Some(at) = words.iter().filter_map(|entry| stands(entry, arguments)).min()
    {
        return Some(format!("`{}` destroys", called(name, arguments, at)));
    }
    match name {
        "rm" if arguments.iter().any(|a| a.starts_with('-') && !a.starts_with("--") && a.contains(['r', 'R', 'f'])) => {
            Some("`rm` destroys".into())
        }
        "dd" if arguments.iter().any(|a| a.starts_with("of=/dev/")) => Some("`dd` writes over a device".into()),
        "kill" | "pkill" | "killall"
            if arguments.iter().zip(arguments.iter().skip(1)).any(|(a, b)| a == "-s" && b.ends_with("KILL")) =>
        {
            Some(format!("`{name}` kills without a chance to tidy up"))
        }
        "aws" => {
            let operation = aws(arguments)?;
            PROGRAMS
                .aws_destructive
                .iter()
                .any(|d| operation == d || (d.ends_with('-') && operation.starts_with(d.as_str())))
                .then(|| format!("`aws … {operation}` destroys"))
        }
        _ => told_to_destroy(name, arguments),
    }
}

/// So many words that are no flags are looked at.
const SUB_COMMANDS: usize = 4;

/// The next word says what such a program does.
const SCRIPTS: [&str; 7] = [".py", ".rb", ".php", ".js", ".pl", ".sh", "artisan"];

/// `ourctl volume delete x`: nobody here knows the program, but what it is told.
fn told_to_destroy(name: &str, arguments: &[String]) -> Option<String> {
    let known = [&PROGRAMS.read, &PROGRAMS.speaks, &PROGRAMS.destroys_not];
    let tried =
        |x: &String| matches!(x.as_str(), "--dry-run" | "--dry-run=true" | "--dry-run=client" | "--dry-run=server");
    let asks = |x: &String| tried(x) || matches!(x.as_str(), "--help" | "help");
    if known.iter().any(|set| set.contains(name)) || arguments.iter().any(asks) {
        return None;
    }
    let says = |word: &str| PROGRAMS.destroys.contains(word.to_ascii_lowercase().as_str());
    let all = |word: &str| says(word) || word.strip_suffix("-all").or(word.strip_suffix("_all")).is_some_and(says);
    let words = arguments.iter().enumerate().filter(|(_, word)| !word.starts_with('-')).take(SUB_COMMANDS);
    let mut script = false;
    let at = words.enumerate().find_map(|(nth, (at, word))| {
        // `apps:destroy`, and as the first word `delete-topic`, `volume_delete`: so behind `manage.py`.
        let last = || nth < 2 && word.rsplit_once(':').is_some_and(|(_, last)| all(last));
        let target = || PROGRAMS.targets.contains(name) && nth == 0 && word.split(['/', ':', '.', '-', '_']).any(says);
        let parts = || {
            let ends = |mark: char| {
                let first = word.split_once(mark).is_some_and(|(first, _)| says(first));
                first || word.rsplit_once(mark).is_some_and(|(_, last)| says(last))
            };
            (nth == 0 || script) && !word.contains(['/', '.', '=']) && (ends('-') || ends('_'))
        };
        let found = all(word) || last() || target() || parts();
        script = nth == 0 && SCRIPTS.iter().any(|ending| word.ends_with(ending));
        found.then_some(at)
    });
    let flag = || arguments.iter().position(|x| x.strip_prefix("--").is_some_and(says));
    at.or_else(flag).map(|at| format!("`{}` destroys", called(name, arguments, at)))
}

/// The statements given to a database client on its command line.
pub(super) fn statements(name: &str, arguments: &[String]) -> Option<String> {
    let flags = PROGRAMS.sql_clients.get(name)?;
    let mut found = Vec::new();
    for (i, argument) in arguments.iter().enumerate() {
        for flag in flags.iter().filter(|f| !matches!(f.as_str(), "-f" | "--file" | "-l" | "--list" | "@" | "-i")) {
            if argument == flag {
                found.extend(arguments.get(i + 1).cloned());
            } else if let Some(value) = argument.strip_prefix(flag.as_str()).and_then(|rest| rest.strip_prefix('=')) {
                found.push(value.to_owned());
            } else if flag.len() == 2 && argument.len() > 2 && !argument.starts_with("--") {
                // `-Ne "SHOW …"`, `-e"SHOW …"`.
                if argument.ends_with(&flag[1..]) && argument.chars().skip(1).all(char::is_alphabetic) {
                    found.extend(arguments.get(i + 1).cloned());
                } else if let Some(value) = argument.strip_prefix(flag.as_str()) {
                    found.push(value.to_owned());
                }
            }
        }
    }
    (!found.is_empty()).then(|| found.join(";\n"))
}

/// Whether a command is `ssh` to a host without a command of its own, hence a shell there.
pub(super) fn remote_words(arguments: &[String]) -> &[String] {
    let mut i = 0;
    while let Some(word) = arguments.get(i) {
        if !word.starts_with('-') {
            break;
        }
        let with_value = word.len() == 2
            && matches!(
                &word[1..],
                "i" | "p" | "l" | "o" | "J" | "F" | "L" | "R" | "D" | "b" | "c" | "E" | "e" | "m" | "S" | "W" | "w"
            );
        i += if with_value { 2 } else { 1 };
    }
    arguments.get(i + 1..).unwrap_or(&[])
}

/// Whether any word may mean something else after a script, because the session carries it on.
#[must_use]
pub(super) fn redefines(script: &Script) -> bool {
    let any = |c: &Simple| c.words.iter().take(2).any(|w| matches!(w.as_str(), "shopt" | "enable" | "hash"));
    script.commands.iter().any(any)
}

/// Whether a script runs one of these words; `*` stands for any.
#[must_use]
pub(super) fn runs(script: &Script, names: &crate::runbook::tables::Set<String>) -> bool {
    names.contains("*")
        || script.commands.iter().any(|c| c.words.iter().any(|w| names.contains(w) && !script.functions.contains(w)))
}

/// The programs a script starts: first words only, without what the shell or the script itself defines.
#[must_use]
pub fn programs(script: &Script) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for command in script.commands.iter().filter(|c| !super::terminal::asks_where(c)) {
        let inner = unwrapped(&command.words);
        for word in [command.words.first(), inner.first()].into_iter().flatten() {
            let plain =
                word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-' | b'+' | b'~'));
            if plain
                && !word.is_empty()
                && !PROGRAMS.is_builtin(word)
                && !script.functions.contains(word)
                && !found.contains(word)
            {
                found.push(word.clone());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
