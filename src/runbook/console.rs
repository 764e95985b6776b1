//! Fences with prompts: the prompted lines are the commands, the rest is what came out.

use super::inline_commands;
use super::model::Interpreter;
use super::programs::{PROGRAMS, base};
use super::shell;
use super::terminal;
use super::text::Text;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::lines;
use crate::syntax::prompt::{self, Prompt, PromptKind};

/// One run of prompted lines for one interpreter.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub text: Text,
    pub sql: bool,
    pub sample: String,
    /// The machine that a prompt names.
    pub machine: Option<String>,
}

impl Typed {
    pub fn interpreter(&self) -> Interpreter {
        if self.sql { Interpreter::Sql } else { Interpreter::Shell }
    }
}

/// What kind of fence is looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// `# cmd` may be a root prompt.
    pub bare_root: bool,
    /// What is typed is SQL.
    pub sql: bool,
    /// Its label says what it holds, and that is no terminal: a prompt that may be something else must come first.
    pub labelled: bool,
}

/// What the prompts of a fence make of it.
#[derive(Debug)]
pub(super) enum Split {
    /// It has none.
    Without,
    /// The prompted lines are the commands.
    Typed(Vec<Typed>),
    /// The same, but one of them may be something else.
    Doubted(Vec<Typed>, &'static str),
    /// What may be root's prompts may as well begin comments, between commands that have none: nothing of it may be left out.
    Either,
}

/// Why a line may be no command.
pub(super) const ROOT_OR_COMMENT: &str = "what stands behind a `#` is a command of root's, or a comment";
const PROMPT_OR_FILE: &str = "a `>` in front may be a prompt: to a shell it empties a file";
const ABOVE_PROMPTS: &str = "commands without a prompt stand above those with one";

/// Splits a fence by its prompts.
pub(super) fn split(text: &Text, place: Place) -> Split {
    let sql_fence = place.sql;
    // Most fences hold none of the marks that end a prompt.
    if !may_hold(&text.raw) {
        return Split::Without;
    }
    let mut kinds: Vec<Option<Prompt>> =
        lines(&text.raw).map(|l| prompt_of(l.strip_suffix('\r').unwrap_or(l), place)).collect();
    let first = || lines(&text.raw).position(|l| !(l.trim().is_empty() || l.trim_start().starts_with("# ")));
    if place.labelled && kinds.iter().flatten().any(|p| p.guessed) && first().is_some_and(|i| kinds[i].is_none()) {
        kinds.iter_mut().filter(|p| p.is_some_and(|p| p.guessed)).for_each(|p| *p = None);
    }
    let doubted = like_prompted(text, &mut kinds, place) || unknown_roots(text, &mut kinds, place);
    let unprompted = before_prompts(text, &mut kinds, place);
    let angled = angles(text, &mut kinds, place);
    let has_named = kinds.iter().flatten().any(|p| p.kind != PromptKind::Continuation);
    let continued = sql_fence && kinds.iter().any(Option::is_some);
    if !has_named && !continued {
        return Split::Without;
    }
    let roots = kinds.iter().flatten().any(is_bare_root).then(|| Roots::of(text, &kinds));
    let mut out: Vec<Typed> = Vec::new();
    let mut at = 0;
    // The command that is open: it goes on on the next line.
    let mut open = false;
    let mut last_start = 0;
    for (line, kind) in lines(&text.raw).zip(kinds.into_iter().chain(std::iter::repeat(None))) {
        let start = at;
        at += line.len() + 1;
        let starts = kind.as_ref().is_some_and(|p| p.kind != PromptKind::Continuation || sql_fence && !open);
        if starts && let Some(p) = &kind {
            let sql = matches!(p.kind, PromptKind::Mysql | PromptKind::MariaDb | PromptKind::Psql) || sql_fence;
            if out.last().is_none_or(|t| t.sql != sql) {
                out.push(Typed { sql, ..Typed::default() });
            }
            if let Some(typed) = out.last_mut() {
                let machine = p.machine(line).filter(|machine| typed.machine.is_none() && !is_here(machine));
                typed.machine = machine.map(str::to_owned).or_else(|| typed.machine.take());
                last_start = typed.text.add_line(text, start + p.len.min(line.len()), start + line.len());
                open = goes_on(typed, last_start);
            }
        } else if open && let Some(typed) = out.last_mut() {
            let skip = match &kind {
                Some(p) => p.len.min(line.len()),
                None if prompt::is_continuation(line) => line.find('>').or(line.find('#')).map_or(0, |i| i + 1),
                None => 0,
            };
            typed.text.add_line(text, start + skip, start + line.len());
            open = goes_on(typed, last_start);
        } else if let Some(typed) = out.last_mut()
            && !(line.trim().is_empty() && typed.sample.is_empty())
        {
            typed.sample.push_str(line);
            typed.sample.push('\n');
        }
    }
    match match roots {
        None => Split::Typed(out),
        Some(roots) => roots.judge(out),
    } {
        Split::Typed(out) if angled => Split::Doubted(out, PROMPT_OR_FILE),
        Split::Typed(out) if unprompted => Split::Doubted(out, ABOVE_PROMPTS),
        Split::Typed(out) if doubted => Split::Doubted(out, ROOT_OR_COMMENT),
        other => other,
    }
}

/// Gives lines their prompt that have the same as one beside them: where some are commands, none of them may be left out. Whether
/// one of them may as well be a comment.
fn like_prompted(text: &Text, kinds: &mut [Option<Prompt>], place: Place) -> bool {
    let known = |p: &Prompt| p.guessed || is_bare_root(p);
    let Some(at) = kinds.iter().position(|p| p.as_ref().is_some_and(known)) else { return false };
    let Some((found, line)) = kinds[at].zip(lines(&text.raw).nth(at)) else { return false };
    let mark = &line[..found.len.min(line.len())];
    let mut doubted = false;
    for (line, kind) in lines(&text.raw).zip(kinds.iter_mut()).filter(|(_, kind)| kind.is_none()) {
        let Some(rest) = line.strip_prefix(mark) else { continue };
        if found.guessed {
            *kind = Some(found);
        } else if place.bare_root && !is_sentence(rest) && inline_commands::may_be_command(rest) {
            *kind = Some(found);
            doubted = true;
        }
    }
    doubted
}

/// Gives lines a prompt that begin with `# ` and have the form of a command whose program nobody knows: `# pki-server cert-find`,
/// `# dsctl -l`. Whether there are any; where there is anything else in the fence, there are none.
fn unknown_roots(text: &Text, kinds: &mut [Option<Prompt>], place: Place) -> bool {
    if !place.bare_root || !text.raw.starts_with("# ") || kinds.iter().any(Option::is_some) {
        return false;
    }
    let typed = |rest: &str| {
        let (program, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
        let flag = behind.split(' ').any(|word| word.len() > 1 && word.starts_with('-'));
        program.starts_with(|c: char| c.is_ascii_lowercase())
            && program.bytes().all(name)
            && (flag || program.contains('-') && !behind.is_empty())
            && !is_sentence(rest)
    };
    let mut open = false;
    let mut first = Vec::new();
    for (at, line) in lines(&text.raw).enumerate() {
        let begins = line.strip_prefix("# ").filter(|_| !open);
        if !open && !line.trim().is_empty() && !begins.is_some_and(|rest| typed(rest.trim())) {
            return false;
        }
        first.extend(begins.map(|_| at));
        open = line.trim_end().ends_with('\\');
    }
    for at in &first {
        kinds[*at] = Some(Prompt { kind: PromptKind::Root, len: "# ".len(), bare: true, guessed: false });
    }
    !first.is_empty()
}

/// Gives lines a shell's prompt that begin with `> `, where the first does and a command stands behind it. Whether there are any: to a
/// shell that empties a file.
fn angles(text: &Text, kinds: &mut [Option<Prompt>], place: Place) -> bool {
    let only = kinds.iter().flatten().all(|p| p.kind == PromptKind::Continuation && p.bare);
    let begins = lines(&text.raw).position(|line| !line.trim().is_empty());
    let behind = |at: usize| Some(&lines(&text.raw).nth(at)?[kinds[at]?.len..]);
    let command = |rest: &str| unprompted(rest) || PROGRAMS.sql_clients.contains_key(rest.trim());
    if place.sql || !only || !begins.and_then(behind).is_some_and(command) {
        return false;
    }
    let mut open = false;
    for (line, kind) in lines(&text.raw).zip(kinds) {
        if let Some(found) = kind.as_mut().filter(|_| !open) {
            found.kind = PromptKind::Dollar;
        }
        open = line.trim_end().ends_with('\\');
    }
    true
}

/// Gives commands above the first prompt one of no length: they cannot have come out of anything, and the rest may need them.
/// Whether there are any.
fn before_prompts(text: &Text, kinds: &mut [Option<Prompt>], place: Place) -> bool {
    let shell = |p: &Prompt| matches!(p.kind, PromptKind::Dollar | PromptKind::Root) && !is_bare_root(p);
    let Some(first) = kinds.iter().position(Option::is_some).filter(|first| kinds[*first].as_ref().is_some_and(shell))
    else {
        return false;
    };
    let mut any = false;
    for (line, kind) in lines(&text.raw).zip(&mut kinds[..first]) {
        let own = line.trim_start();
        let typed = || unprompted(own) || own.contains('=') && !shell::scan(own).sets.is_empty();
        if !place.sql && !own.starts_with('#') && typed() {
            let len = line.len() - own.len();
            *kind = Some(Prompt { kind: PromptKind::Dollar, len, bare: true, guessed: false });
            any = true;
        }
    }
    any
}

fn is_bare_root(found: &Prompt) -> bool {
    found.bare && found.kind == PromptKind::Root
}

/// What stands around prompts that are nothing but `# `, and begin comments as well.
struct Roots<'a> {
    /// There are other prompts.
    mixed: bool,
    /// What is behind one has everyday words.
    worded: bool,
    /// What is behind them is nothing but words: no flag, no path.
    named: bool,
    /// The first line that is neither blank nor a comment has no prompt, and is this.
    above: Option<&'a str>,
}

impl<'a> Roots<'a> {
    fn of(text: &'a Text, kinds: &[Option<Prompt>]) -> Self {
        let shells = kinds.iter().flatten().filter(|p| matches!(p.kind, PromptKind::Dollar | PromptKind::Root));
        let mixed = shells.clone().any(|p| !is_bare_root(p));
        let behind = || lines(&text.raw).zip(kinds).filter_map(|(line, p)| Some(&line[p.filter(is_bare_root)?.len..]));
        let named = behind().all(|rest| plain_words(rest) && !rest.contains('/'));
        let worded = behind().filter(|rest| plain_words(rest)).any(|rest| VOCABULARY.language(rest).is_some());
        let comment = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        let begins = lines(&text.raw).zip(kinds).find(|(line, p)| p.is_some() || !comment(line));
        Self { mixed, worded, named, above: begins.filter(|(_, p)| p.is_none()).map(|(line, _)| line) }
    }

    /// A root's console has its commands behind the prompts, and what came out in between. Commands without a prompt say that
    /// the others are comments.
    fn judge(&self, typed: Vec<Typed>) -> Split {
        let last = typed.last().is_none_or(|typed| typed.sample.trim().is_empty());
        let opens = |line: &str| terminal::opens_shell(&shell::scan(line)).is_some();
        match self.above {
            _ if self.mixed => Split::Doubted(typed, ROOT_OR_COMMENT),
            // What stands behind the last one has none either: it goes on as it begins.
            Some(line) if !last && unprompted(line) && !opens(line) => Split::Without,
            Some(_) => Split::Either,
            None if typed.iter().flat_map(|typed| lines(&typed.sample)).any(unprompted) => Split::Either,
            None if self.worded => Split::Doubted(typed, ROOT_OR_COMMENT),
            // `# mysql settings` and `port=3306`: lines of a file.
            None if self.named && are_settings(&typed) => Split::Doubted(typed, ROOT_OR_COMMENT),
            None => Split::Typed(typed),
        }
    }
}

/// Whether all that came out are settings.
fn are_settings(typed: &[Typed]) -> bool {
    let mut said =
        typed.iter().flat_map(|typed| lines(&typed.sample)).filter(|line| !line.trim().is_empty()).peekable();
    let sets = |line: &str| {
        let line = line.trim();
        let name = line.split_once('=').map(|(name, _)| name.trim_end());
        line.starts_with('[') && line.ends_with(']')
            || name.is_some_and(|name| !(name.is_empty() || name.contains(' ')))
    };
    said.peek().is_some() && said.all(|line| sets(line) || line.trim_start().starts_with('#'))
}

/// Whether a line without a prompt is a command that somebody types, rather than what came out of one.
pub(super) fn unprompted(line: &str) -> bool {
    let line = line.trim();
    // A name alone stands in many lists.
    let Some((word, rest)) = line.split_once(' ') else { return false };
    let known = PROGRAMS.is_program(word) || PROGRAMS.is_builtin(word) || word.starts_with("./");
    // `mysql is running`, `nginx   1234   root`.
    known && !rest.starts_with(' ') && !(plain_words(rest) && VOCABULARY.language(rest).is_some())
}

/// Words that may stand in a sentence: no flag, no quotes, nothing that means something to a shell.
fn plain_words(text: &str) -> bool {
    !text.contains(['"', '$', '|', ';', '&', '<', '>', '=', '\\', '*', '`', '{'])
        && !text.split_whitespace().any(|word| word.starts_with(['-', '\'']))
}

/// Whether what stands behind a mark is a sentence that happens to begin with a program's name: "make sure that it is down".
fn is_sentence(rest: &str) -> bool {
    plain_words(rest) && rest.split_once(' ').is_some_and(|(_, behind)| has_sentence_words(behind))
}

/// Whether words are among a text's that only sentences have: "sure", "should".
pub(super) fn has_sentence_words(text: &str) -> bool {
    let said = VOCABULARY.list(List::SentenceWords);
    let is_said = |word: &str| {
        let word = word.trim_end_matches(['.', ',', ':', '!', '?', ')']).trim_start_matches('(');
        // "l'ancien", "it's".
        let word = word.split(['\'', '’']).next().unwrap_or("");
        word.chars().all(char::is_alphabetic) && said.whole(&Words::new(word)).is_some()
    };
    text.split_whitespace().any(is_said)
}

/// Names that manuals give to the machine that the reader sits at.
pub(super) fn is_here(machine: &str) -> bool {
    PROGRAMS.here.contains(machine.to_ascii_lowercase().as_str())
}

fn may_hold(text: &str) -> bool {
    memchr::memchr3(b'$', b'#', b'>', text.as_bytes()).is_some()
        || memchr::memmem::find(text.as_bytes(), b"% ").is_some()
        || text.starts_with('λ')
}

/// Whether what stands behind a host's name and a mark is what was typed there.
fn typed_behind(rest: &str, found: &Prompt, line: &str, labelled: bool) -> bool {
    let word = rest.split(' ').next().unwrap_or("");
    // `cat /etc/hosts # all of them` is a command and its remark, `db-1 /# cat x` a prompt.
    let host = line[..found.len].trim();
    if let Some((first, _)) = host.split_once(' ') {
        let named = first.bytes().any(|b| b.is_ascii_digit() || b == b'-');
        return named && !PROGRAMS.is_program(first) && PROGRAMS.is_program(word);
    }
    if PROGRAMS.is_program(word) || PROGRAMS.is_builtin(word) {
        return true;
    }
    if host == "%" {
        return false;
    }
    // No command's name ends so; `US$ 5` is a price.
    let named =
        host.bytes().any(|b| b.is_ascii_digit() || b == b'-') && host.starts_with(|c: char| c.is_ascii_lowercase());
    named
        && (labelled || found.kind == PromptKind::Dollar)
        && rest.starts_with(|c: char| c.is_ascii_alphabetic() || "./~".contains(c))
}

fn prompt_of(line: &str, place: Place) -> Option<Prompt> {
    if !may_hold(line) {
        return None;
    }
    let Place { bare_root, sql: sql_fence, labelled } = place;
    // `# comment`, which most lines with a mark are in a shell's fence.
    if !bare_root && line.trim_start_matches([' ', '\t']).starts_with("# ") {
        return None;
    }
    let found = prompt::guess(line)?;
    let rest = line[found.len..].trim();
    match found.kind {
        _ if found.guessed => (!sql_fence && typed_behind(rest, &found, line, labelled)).then_some(found),
        // `# comment` and `# command` look the same: only a known program tells.
        PromptKind::Root if found.bare => {
            let known = bare_root && PROGRAMS.is_program(rest.split(' ').next().map_or("", base));
            (known && !is_sentence(rest)).then_some(found)
        }
        PromptKind::Dollar if found.bare && rest.is_empty() => None,
        PromptKind::Continuation if sql_fence => Some(found),
        _ => Some(found),
    }
}

/// Whether the command that begins at `start` is not finished.
fn goes_on(typed: &Typed, start: usize) -> bool {
    let command = &typed.text.raw[start..];
    if typed.sql {
        let trimmed = command.trim_end();
        return !(trimmed.ends_with(';')
            || trimmed.ends_with("\\G")
            || trimmed.ends_with("\\g")
            || trimmed.trim_start().starts_with('\\')
            || command.len() > 4000)
            && command.lines().count() < 60;
    }
    command.len() < 8000
        && (command.ends_with('\\')
            || command.trim_end().ends_with(['|'])
            || command.trim_end().ends_with("&&")
            || !shell::is_complete(command))
}
