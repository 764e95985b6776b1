//! The proof that a script only reads. It is made of what is listed: the parts of the shell's language that
//! [`strict`] reads, programs, their flags, and the shape of what they are given. Whatever is not there is not proven, and
//! the error says what it was.

use super::{arguments, little, sql, started};
use crate::runbook::programs::{PROGRAMS, Shape};
use crate::runbook::shell::strict::{self, Assignment, Input, List, Node, Part, Strict, Word};
use arguments::{Argument, Given};
use std::collections::{HashMap, HashSet};

/// How deep `ssh host "bash -c '…'"` is looked into.
const DEPTH: usize = 4;
/// How many texts one word may stand for, as a loop's variable does.
const TEXTS: usize = 64;

/// Why a script is not proven to read, or nothing.
pub(super) fn reads(text: &str) -> Strict<()> {
    whole(text, false, DEPTH)
}

fn whole(text: &str, portable: bool, depth: usize) -> Strict<()> {
    if depth == 0 {
        return Err("too many commands within commands".into());
    }
    let script = strict::read(text, portable)?;
    let mut proof = Proof { values: HashMap::new(), depth };
    proof.collect(&script.list)?;
    for name in script.counted {
        tame(&name)?;
        proof.values.insert(name, None);
    }
    proof.list(&script.list, &mut Scope::default())
}

/// What is sure to be there where a command stands.
#[derive(Debug, Clone, Default)]
struct Scope {
    variables: HashSet<String>,
    functions: HashSet<String>,
}

struct Proof {
    /// What a variable is set to, wherever that is; `None` when that is not known.
    values: HashMap<String, Option<Vec<String>>>,
    depth: usize,
}

/// A variable that may be set without changing what runs.
fn tame(name: &str) -> Strict<()> {
    if PROGRAMS.environment_steers.hold(name) {
        return Err(format!("`{name}` changes what programs do"));
    }
    Ok(())
}

/// What a value without quotes may hold and still be one word, always the same.
fn is_one_word(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c))
}

fn is_name(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Builtins whose words name variables.
fn sets_variables(name: &str) -> bool {
    matches!(
        name,
        "export"
            | "declare"
            | "typeset"
            | "readonly"
            | "local"
            | "read"
            | "mapfile"
            | "readarray"
            | "getopts"
            | "printf"
            | "unset"
    )
}

impl Proof {
    fn set(&mut self, name: &str, values: Option<Vec<String>>) {
        let known = self.values.entry(name.to_owned()).or_insert_with(|| Some(Vec::new()));
        match (known.as_mut(), values) {
            (Some(all), Some(more)) if all.len() + more.len() <= TEXTS => all.extend(more),
            _ => *known = None,
        }
    }

    /// Everything that is ever put into a variable.
    fn collect(&mut self, list: &List) -> Strict<()> {
        for node in list {
            match node {
                Node::Simple { assignments, words, input } => {
                    for Assignment { name, value, words } in assignments {
                        self.set(name, value.as_ref().and_then(Word::literal).map(|v| vec![v.to_owned()]));
                        self.collect_inner(words)?;
                    }
                    self.collect_inner(words)?;
                    if let Input::Text(word) = input {
                        self.collect_inner(std::slice::from_ref(word))?;
                    }
                    let first = words.iter().position(|w| !matches!(w.literal(), Some("command" | "builtin")));
                    let Some((name, rest)) = first.and_then(|i| words[i..].split_first()) else { continue };
                    let prints = name.literal() == Some("printf");
                    // `printf` sets only behind `-v`; without that, what it prints may be anything.
                    let text = prints && rest.first().and_then(Word::literal).is_some_and(|l| l != "-v");
                    if name.literal().is_some_and(sets_variables) && !text {
                        rest.iter().try_for_each(|word| self.collect_named(word))?;
                    }
                }
                Node::Branches(lists) => lists.iter().try_for_each(|l| self.collect(l))?,
                Node::Group(list) => self.collect(list)?,
                Node::For { name, words, body } => {
                    tame(name)?;
                    let values = words.as_ref().and_then(|words| {
                        words.iter().map(|w| w.literal().map(str::to_owned)).collect::<Option<Vec<String>>>()
                    });
                    self.set(name, values);
                    self.collect_inner(words.as_deref().unwrap_or(&[]))?;
                    self.collect(body)?;
                }
                Node::Words(words) => self.collect_inner(words)?,
                Node::Function { body, .. } => self.collect(body)?,
            }
        }
        Ok(())
    }

    fn collect_inner(&mut self, words: &[Word]) -> Strict<()> {
        words.iter().flat_map(|w| &w.inner).try_for_each(|list| self.collect(list))
    }

    /// `export X=1`, `read X`.
    fn collect_named(&mut self, word: &Word) -> Strict<()> {
        let Some(Part::Text(text)) = word.parts.first() else {
            return Err("which variable is set is only known when it runs".into());
        };
        let (name, value) = text.split_once('=').map_or((text.as_str(), None), |(n, v)| (n, Some(v)));
        if is_name(name.trim_end_matches('+')) {
            let value = value.filter(|_| word.literal().is_some() && !name.ends_with('+'));
            self.set(name.trim_end_matches('+'), value.map(|v| vec![v.to_owned()]));
        }
        Ok(())
    }

    fn list(&mut self, list: &List, scope: &mut Scope) -> Strict<()> {
        for node in list {
            match node {
                Node::Simple { assignments, words, input } => self.simple(assignments, words, input, scope)?,
                Node::Branches(lists) => {
                    for list in lists {
                        self.list(list, &mut scope.clone())?;
                    }
                }
                Node::Group(list) => self.list(list, scope)?,
                Node::For { name, words, body } => {
                    self.expanded(words.as_deref().unwrap_or(&[]), scope)?;
                    let mut inside = scope.clone();
                    if words.is_some() {
                        inside.variables.insert(name.clone());
                    }
                    self.list(body, &mut inside)?;
                }
                Node::Words(words) => self.expanded(words, scope)?,
                Node::Function { name, body } => {
                    if PROGRAMS.is_program(name) || PROGRAMS.is_builtin(name) || name == "trap" {
                        return Err(format!("a function takes the place of `{name}`"));
                    }
                    // Who calls it decides what is set then.
                    let functions = scope.functions.clone();
                    self.list(body, &mut Scope { functions, ..Scope::default() })?;
                    scope.functions.insert(name.clone());
                }
            }
        }
        Ok(())
    }

    /// The commands that run to make words.
    fn expanded(&mut self, words: &[Word], scope: &Scope) -> Strict<()> {
        for list in words.iter().flat_map(|w| &w.inner) {
            self.list(list, &mut scope.clone())?;
        }
        Ok(())
    }

    /// What a word can be when it runs; `None` when that is not known.
    fn texts(&self, word: &Word, scope: &Scope) -> Option<Vec<String>> {
        if let [Part::Text(text)] = &word.parts[..] {
            return Some(vec![text.clone()]);
        }
        let mut all = vec![String::new()];
        for part in &word.parts {
            match part {
                Part::Text(text) => all.iter_mut().for_each(|t| t.push_str(text)),
                Part::Variable { name, quoted } => {
                    let values = self.values.get(name)?.as_ref().filter(|_| scope.variables.contains(name))?;
                    if !quoted && !values.iter().all(|v| is_one_word(v)) || all.len() * values.len() > TEXTS {
                        return None;
                    }
                    all = all.iter().flat_map(|t| values.iter().map(move |v| format!("{t}{v}"))).collect();
                }
                Part::Value { .. } | Part::Wild => return None,
            }
        }
        Some(all)
    }

    fn argument(&self, word: &Word, scope: &Scope) -> Argument {
        let texts = self.texts(word, scope);
        if let Some(texts) = texts {
            return Argument::of(texts);
        }
        let mut prefix = String::new();
        for part in &word.parts {
            let Part::Text(text) = part else { break };
            prefix.push_str(text);
        }
        let one = word.parts.iter().all(|part| match part {
            Part::Text(_) => true,
            Part::Variable { quoted, .. } => *quoted,
            Part::Value { quoted, many } => *quoted && !many,
            Part::Wild => false,
        });
        // Several words by its own making, not only by what it may be given.
        let split = word.parts.iter().any(|part| match part {
            Part::Variable { name, quoted: false } => {
                matches!(self.values.get(name), Some(Some(v)) if !v.iter().all(|v| is_one_word(v)))
            }
            Part::Value { many, .. } => *many,
            _ => false,
        });
        Argument { texts: None, prefix, one, split }
    }

    fn simple(&mut self, assignments: &[Assignment], words: &[Word], input: &Input, scope: &mut Scope) -> Strict<()> {
        for assignment in assignments {
            tame(&assignment.name)?;
            self.expanded(&assignment.words, scope)?;
            if !words.is_empty() && !PROGRAMS.environment_kept.hold(&assignment.name) {
                return Err(format!("`{}=` in front of a command may change what it does", assignment.name));
            }
        }
        self.expanded(words, scope)?;
        if let Input::Text(word) = input {
            self.expanded(std::slice::from_ref(word), scope)?;
        }
        if words.is_empty() {
            scope.variables.extend(assignments.iter().filter(|a| a.value.is_some()).map(|a| a.name.clone()));
            return Ok(());
        }
        let name = words[0].literal().ok_or("what it runs is only known when it runs")?;
        if words[0].quoted && !is_one_word(name) {
            return Err("a command with quotes".into());
        }
        let given: Vec<Argument> = words[1..].iter().map(|w| self.argument(w, scope)).collect();
        let input = match input {
            Input::Text(word) => Some(self.argument(word, scope)),
            _ => None,
        };
        self.run(name, &given, input.as_ref(), scope)
    }

    /// One command without what the shell does around it.
    fn run(&mut self, written: &str, given: &[Argument], input: Option<&Argument>, scope: &mut Scope) -> Strict<()> {
        let name = program(written)?;
        if name == written && scope.functions.contains(name) {
            return Ok(());
        }
        match name {
            "sudo" | "doas" | "time" | "nice" | "ionice" | "env" | "timeout" | "stdbuf" | "xargs" | "command"
            | "watch" => {
                return self.wrapper(name, given, input, scope);
            }
            "ssh" => return self.remote(given, input),
            "bash" | "sh" | "dash" => return self.shell(name, given, input),
            "aws" => return aws(given),
            "[" | "test" if given.iter().any(|a| a.prefix == "-v" || a.texts.is_none() && a.prefix == "-") => {
                return Err("`test -v` can run what it is given".into());
            }
            "wait" if !given.is_empty() && given.iter().any(|a| a.prefix.starts_with('-')) => {
                return Err("`wait` with a flag".into());
            }
            "printf"
                if given
                    .first()
                    .is_some_and(|a| a.prefix.starts_with('-') || a.texts.is_none() && a.prefix.is_empty()) =>
            {
                if given[0].text() != Some("-v") {
                    return Err("`printf` with a flag".into());
                }
                return given
                    .get(1)
                    .and_then(Argument::text)
                    .filter(|n| is_name(n))
                    .ok_or("`printf -v`".into())
                    .and_then(tame);
            }
            _ => {}
        }
        if let Some(inner) = started::proven(name, given) {
            let (first, more) = inner?.split_first().ok_or_else(|| format!("`{name}` without a command"))?;
            let program = first.text().ok_or("what it runs is only known when it runs")?;
            if self.depth == 1 {
                return Err("too many commands within commands".into());
            }
            self.depth -= 1;
            let read = self.run(program, more, input, &mut Scope::default());
            self.depth += 1;
            return read;
        }
        if sets_variables(name) && name != "printf" {
            return variables(name, given, scope);
        }
        if name == "set" {
            return options(given);
        }
        if PROGRAMS.session_plain.contains(name) || PROGRAMS.read.contains(name) {
            return Ok(());
        }
        let Some(shape) = PROGRAMS.shape(name) else {
            return Err(format!("`{name}` is not known only to read"));
        };
        let found = arguments::fits(name, &shape, given)?;
        special(name, &shape, &found, input)
    }

    fn wrapper(&mut self, name: &str, given: &[Argument], input: Option<&Argument>, scope: &mut Scope) -> Strict<()> {
        if name == "command" && given.first().is_some_and(|a| matches!(a.text(), Some("-v" | "-V"))) {
            return Ok(());
        }
        let (found, mut rest) = arguments::until_operand(name, PROGRAMS.wrapper_shapes.get(name), given)?;
        if name == "env" {
            while let Some((first, more)) = rest.split_first()
                && let Some((variable, _)) = first.prefix.split_once('=')
            {
                if !PROGRAMS.environment_kept.hold(variable) {
                    return Err(format!("`env {variable}=` may change what runs"));
                }
                rest = more;
            }
            if rest.is_empty() {
                return Ok(());
            }
        }
        if name == "timeout" {
            let (limit, more) = rest.split_first().ok_or("`timeout` without a command")?;
            if limit.text().is_none_or(|l| !l.starts_with(|c: char| c.is_ascii_digit())) {
                return Err("`timeout` without a plain time".into());
            }
            rest = more;
        }
        if name == "watch" {
            // It hands the line to a shell.
            let line = joined(rest).ok_or("`watch` with what is only known when it runs")?;
            return line.iter().try_for_each(|l| whole(l, true, self.depth - 1));
        }
        let (first, more) = rest.split_first().ok_or_else(|| format!("`{name}` without a command"))?;
        let program = first.text().ok_or("what it runs is only known when it runs")?.to_owned();
        if name == "sudo" && program.contains('=') {
            return Err("`sudo` sets a variable".into());
        }
        let mut more = more.to_vec();
        if name == "xargs" {
            let mut marks = found.iter().filter(|g| g.flag == "-I");
            let replaced = marks.next().map(|g| g.texts.clone());
            if marks.next().is_some() {
                return Err("`xargs` with two marks".into());
            }
            match replaced {
                Some(texts) => {
                    let mark =
                        texts.and_then(|t| t.into_iter().next()).filter(|m| !m.is_empty()).ok_or("`xargs -I`")?;
                    if program.contains(&mark) {
                        return Err("what it runs is only known when it runs".into());
                    }
                    for argument in &mut more {
                        argument.fill(&mark);
                    }
                }
                None => more.push(Argument { texts: None, prefix: String::new(), one: false, split: false }),
            }
            return self.run(&program, &more, None, scope);
        }
        self.run(&program, &more, input, scope)
    }

    fn remote(&mut self, given: &[Argument], input: Option<&Argument>) -> Strict<()> {
        let (found, rest) = arguments::until_operand("ssh", PROGRAMS.wrapper_shapes.get("ssh"), given)?;
        for option in found.iter().filter(|g| g.flag == "-o") {
            let known = option.texts.as_ref().is_some_and(|t| t.iter().all(|o| PROGRAMS.ssh_options.hold(o)));
            if !known {
                return Err("an option of `ssh` that is not known to be harmless".into());
            }
        }
        let (host, command) = rest.split_first().ok_or("`ssh` without a host")?;
        if host.prefix.is_empty() && !host.one {
            return Err("a host that may be more than one word: quote it".into());
        }
        if command.first().is_some_and(|a| a.prefix.starts_with('-')) {
            return Err("flags of `ssh` behind the host".into());
        }
        let code = if command.is_empty()
            || matches!(words(command).as_deref(), Some(["bash" | "sh"] | ["bash" | "sh", "-s"]))
        {
            input.ok_or("opens a shell elsewhere")?.texts.clone()
        } else {
            joined(command)
        };
        let code = code.ok_or("what runs elsewhere is only known when it runs")?;
        code.iter().try_for_each(|c| whole(c, true, self.depth - 1))
    }

    fn shell(&mut self, name: &str, given: &[Argument], input: Option<&Argument>) -> Strict<()> {
        let is_flag =
            |a: &Argument| a.text().is_some_and(|t| matches!(t, "-e" | "-u" | "-x" | "-l" | "-eu" | "-ex" | "-eux"));
        let rest = &given[given.iter().take_while(|a| is_flag(a)).count()..];
        let code = match rest {
            [] => input,
            [only] if only.text() == Some("-s") => input,
            [flag, code, ..] if matches!(flag.text(), Some("-c" | "-lc" | "-ec" | "-euc" | "-exc" | "-xc")) => {
                Some(code)
            }
            _ => None,
        };
        let code =
            code.and_then(|c| c.texts.clone()).ok_or_else(|| format!("what `{name}` runs is not in the text"))?;
        code.iter().try_for_each(|c| whole(c, name != "bash", self.depth - 1))
    }
}

/// A program's name. A path says which one it is only where the system keeps its programs.
fn program(written: &str) -> Strict<&str> {
    let plain = written.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+:[".contains(&b));
    let Some((directory, name)) = written.rsplit_once('/') else {
        return if plain { Ok(written) } else { Err("what it runs is only known when it runs".into()) };
    };
    let system = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"].contains(&directory)
        || (directory.starts_with("/opt/") || directory.starts_with("/usr/")) && directory.ends_with("/bin");
    if !plain || !system || directory.contains("..") {
        return Err(format!("`{written}` is a program of its own"));
    }
    Ok(name)
}

/// The texts of a line that is handed over to another shell.
fn joined(given: &[Argument]) -> Option<Vec<String>> {
    let mut lines = vec![String::new()];
    for argument in given {
        let texts = argument.texts.as_ref()?;
        if lines.len() * texts.len() > TEXTS {
            return None;
        }
        lines = lines.iter().flat_map(|l| texts.iter().map(move |t| format!("{l}{t} "))).collect();
    }
    Some(lines)
}

fn words(given: &[Argument]) -> Option<Vec<&str>> {
    given.iter().map(Argument::text).collect()
}

/// `export X=…`, `read -r X`.
fn variables(name: &str, given: &[Argument], scope: &mut Scope) -> Strict<()> {
    let (flags, valued) = match name {
        "export" | "readonly" => ("", ""),
        "declare" | "typeset" | "local" => ("aArxgu", ""),
        "read" => ("rsae", "ptndu"),
        "mapfile" | "readarray" => ("t", "nsud"),
        "unset" => ("v", ""),
        _ => return Err(format!("`{name}` is not looked into")),
    };
    let mut rest = given.iter();
    while let Some(argument) = rest.next() {
        if let Some(letters) = argument.prefix.strip_prefix('-') {
            let mut letters = letters.chars();
            if argument.text().is_none() {
                return Err(format!("`{name}` with a flag only known when it runs"));
            }
            while let Some(letter) = letters.next() {
                if valued.contains(letter) {
                    if letters.as_str().is_empty() {
                        rest.next();
                    }
                    break;
                }
                if !flags.contains(letter) {
                    return Err(format!("`{name} -{letter}` is not looked into"));
                }
            }
            continue;
        }
        let (variable, value) =
            argument.prefix.split_once('=').map_or((argument.prefix.as_str(), false), |(n, _)| (n, true));
        if !is_name(variable) || !(value || argument.text().is_some()) {
            return Err(format!("which variable `{name}` sets is not clear"));
        }
        tame(variable)?;
        if name == "unset" && scope.functions.contains(variable) {
            return Err(format!("`unset {variable}` may undo a function"));
        }
        if value {
            scope.variables.insert(variable.to_owned());
        }
    }
    Ok(())
}

/// `set -euo pipefail`.
fn options(given: &[Argument]) -> Strict<()> {
    let mut rest = given.iter();
    while let Some(argument) = rest.next() {
        let text = argument.text().ok_or("`set` with what is only known when it runs")?;
        let letters = text.strip_prefix(['-', '+']).filter(|l| !l.is_empty()).ok_or("`set` with words")?;
        for letter in letters.chars() {
            let fine = match letter {
                'e' | 'u' | 'x' | 'E' | 'f' => true,
                'o' => rest.next().and_then(Argument::text).is_some_and(|o| {
                    matches!(o, "errexit" | "nounset" | "pipefail" | "xtrace" | "errtrace" | "noglob")
                }),
                _ => false,
            };
            if !fine {
                return Err(format!("`set {text}` is not looked into"));
            }
        }
    }
    Ok(())
}

fn aws(given: &[Argument]) -> Strict<()> {
    arguments::unsplit("aws", given)?;
    let mut words = Vec::new();
    let mut at = 0;
    while words.len() < 2 {
        let argument = given.get(at).ok_or("`aws` without an operation")?;
        at += 1;
        match argument.text() {
            Some("--no-cli-pager" | "--no-paginate" | "--no-verify-ssl" | "--debug") => {}
            Some("--region" | "--profile" | "--output" | "--query" | "--endpoint-url") => at += 1,
            _ if ["--region=", "--profile=", "--output=", "--query=", "--endpoint-url="]
                .iter()
                .any(|o| argument.prefix.starts_with(o)) => {}
            Some(word) if !word.starts_with('-') => words.push(word),
            _ => return Err("what `aws` does is not clear".into()),
        }
    }
    let known = |operation: &str| PROGRAMS.aws_read.hold(operation);
    match (words[0], words[1]) {
        (service, operation) if PROGRAMS.aws_read_loose.contains(&format!("{service} {operation}")) => Ok(()),
        ("s3", _) | (_, "ls") => Err(format!("`aws {} {}` is not known only to read", words[0], words[1])),
        (_, operation) if known(operation) => {
            // What stands behind all flags of a `get-` is a file to write.
            let loose = given.get(at).is_some_and(|a| !a.prefix.starts_with("--") && operation != "wait");
            if loose { Err(format!("`aws … {operation}` with a loose word")) } else { Ok(()) }
        }
        (_, operation) => Err(format!("`aws … {operation}` is not known only to read")),
    }
}

/// What a shape cannot say.
fn special(name: &str, shape: &Shape, found: &Given<'_>, input: Option<&Argument>) -> Strict<()> {
    match name {
        "curl" => little::curl(found),
        "sed" | "awk" => program_text(name, found),
        "ip" => {
            let words = found.texts();
            let object = words.first().copied().flatten().unwrap_or("");
            let verb = words.get(1).copied();
            let known = [
                "address", "addr", "a", "link", "l", "route", "r", "ro", "neigh", "neighbor", "n", "rule", "ru",
                "maddr", "netns",
            ]
            .contains(&object);
            if known && matches!(verb, None | Some(Some("show" | "list" | "ls" | "get" | "lst"))) {
                Ok(())
            } else {
                Err("`ip` does not say `show`, `list` or `get`".into())
            }
        }
        "mysql" | "mariadb" | "psql" => {
            let dialect = if name == "psql" { sql::Dialect::Postgres } else { sql::Dialect::MySql };
            let statements: Vec<&arguments::Value> =
                found.values.iter().filter(|v| shape.statements.has(&v.flag)).collect();
            let only_lists = found.flags.iter().any(|f| f == "-l" || f == "--list") && name == "psql";
            if statements.is_empty() && only_lists {
                return Ok(());
            }
            let texts: Vec<Option<&Vec<String>>> = if statements.is_empty() {
                vec![input.and_then(|i| i.texts.as_ref())]
            } else {
                statements.iter().map(|s| s.texts.as_ref()).collect()
            };
            for text in texts {
                let text = text.ok_or_else(|| format!("what `{name}` is given is not in the text"))?;
                text.iter().try_for_each(|t| sql::reads(t, dialect))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `sed` and `awk`: what they run is a program too.
fn program_text(name: &str, found: &Given<'_>) -> Strict<()> {
    let check = if name == "sed" { little::sed } else { little::awk };
    let mut scripts: Vec<Option<&Vec<String>>> = Vec::new();
    if name == "sed" {
        scripts.extend(found.values.iter().map(|v| v.texts.as_ref()));
    }
    if scripts.is_empty() {
        scripts.push(found.operands.first().ok_or_else(|| format!("`{name}` without a program"))?.texts.as_ref());
    }
    for script in scripts {
        let texts = script.ok_or_else(|| format!("what `{name}` does is only known when it runs"))?;
        texts.iter().try_for_each(|t| check(t))?;
    }
    Ok(())
}
