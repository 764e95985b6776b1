//! Whether a fence is to be run: by its language, the sentence before it, its prompts and its content. Doubt never runs.

use super::console::{self, Split, Typed};
use super::doubts;
use super::leads::{self, Lead};
use super::model::{Interpreter, Reading};
use super::programs::{PROGRAMS, base, is_script};
use super::shell::{self, Script};
use super::sql;
use super::terminal;
use super::text::Text;
use super::vocabulary::VOCABULARY;
use super::words::Words;
use crate::source::lines;

/// What is known about a fence besides its text.
#[derive(Debug, Clone, Default)]
pub(super) struct Setting {
    /// The first word of the info string, in lower case.
    pub language: String,
    /// What the sentence before it says.
    pub lead: Lead,
    /// The author wrote attributes: it is meant for the engine.
    pub declared: bool,
    /// `aws=` or `http=`: who carries it out.
    pub action: Option<Interpreter>,
    /// Its closing fence is there.
    pub closed: bool,
}

impl Setting {
    /// Whether the sentence above may be all that says that it holds commands.
    pub(super) fn may_be_ordered(&self) -> bool {
        let bare = self.language.is_empty() || PROGRAMS.consoles.contains(self.language.as_str());
        bare && matches!(self.lead, Lead::None | Lead::Run)
    }
}

/// How a fence was read.
#[derive(Debug)]
pub(super) struct Verdict {
    pub reading: Reading,
    pub why: String,
    /// What is to be run, one per interpreter.
    pub parts: Vec<Part>,
}

/// One piece to run.
#[derive(Debug)]
pub(super) struct Part {
    pub text: Text,
    pub interpreter: Interpreter,
    pub sample: Option<String>,
}

impl Part {
    /// No text at all.
    pub(super) fn nothing() -> Self {
        Self { text: Text::from_source("", 0), interpreter: Interpreter::Shell, sample: None }
    }
}

impl Verdict {
    fn new(reading: Reading, why: impl Into<String>) -> Self {
        Self { reading, why: why.into(), parts: Vec::new() }
    }

    fn of(reading: Reading, why: impl Into<String>, text: &Text, interpreter: Interpreter) -> Self {
        let part = Part { text: text.clone(), interpreter, sample: None };
        Self { reading, why: why.into(), parts: vec![part] }
    }
}

/// How much a text looks like shell commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// Every command begins with a known program.
    Known,
    /// Some do, the first of them or half of them, and nothing speaks against the others.
    Partly,
    /// Nothing speaks against it.
    Possible,
    /// Some lines are known commands, others look like output.
    Mixed,
    /// It looks like output or prose.
    Unlike,
}

impl Looks {
    /// Some lines are something else for sure.
    fn doubted(self) -> Self {
        if self == Self::Unlike { Self::Unlike } else { Self::Mixed }
    }
}

/// How much of a text is what a file holds, whatever its words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filed {
    No,
    Partly,
    Whole,
}

/// Reads a fence.
pub(super) fn read(text: &Text, setting: &Setting) -> Verdict {
    let mut verdict = classify(text, setting);
    if !setting.closed && matches!(verdict.reading, Reading::Run | Reading::Attended) {
        verdict.reading = Reading::Ambiguous;
        verdict.why = "the fence is never closed: where the command ends is unknown".into();
    }
    if matches!(verdict.reading, Reading::Run | Reading::Attended) && verdict.parts.iter().any(leaves_out) {
        verdict.reading = Reading::Ambiguous;
        verdict.why = LEFT_OUT.into();
    }
    if !setting.declared
        && matches!(verdict.reading, Reading::Run | Reading::Attended)
        && let Some(why) = verdict.parts.iter().find_map(commented)
    {
        verdict.reading = Reading::Ambiguous;
        verdict.why = why;
    }
    verdict
}

/// Why a template is not run as it stands.
pub(super) const LEFT_OUT: &str = "`...` stands for something that is to be filled in";

/// Whether a piece is a template: `run ... app`, `/srv/.../x`.
fn leaves_out(part: &Part) -> bool {
    match part.interpreter {
        Interpreter::Shell => part.text.script().left_out,
        Interpreter::Sql => sql::leaves_out(&part.text.raw),
        Interpreter::Program(_) | Interpreter::Aws(_) | Interpreter::Http(_) => false,
    }
}

/// Why a comment says that what stands below it, or before it on its line, is not always to be run.
pub(super) fn commented(part: &Part) -> Option<String> {
    match part.interpreter {
        Interpreter::Shell => {
            let script = part.text.script();
            // Where what stands below each comment ends: at the next one that is not part of it.
            let mut ends = vec![usize::MAX; script.comments.len()];
            for i in (1..ends.len()).rev() {
                let next = script.comments[i].0;
                ends[i - 1] = if script.comments[i - 1].0 + 1 < next { next } else { ends[i] };
            }
            let above = script.comments.iter().enumerate().find_map(|(i, (line, comment))| {
                // A comment of several lines is one, and "if" may stand anywhere in it.
                let before = i.checked_sub(1).map(|before| &script.comments[before]);
                let goes_on = before.is_some_and(|(at, said)| at + 1 == *line && !said.ends_with(['.', ':', '!', '?']));
                // Commands stand in the order of their lines.
                let next = script.commands.partition_point(|command| command.line < *line);
                let runs = script.commands.get(next).is_some_and(|command| command.line < ends[i]);
                if goes_on || !runs { None } else { doubts::comment_doubts(comment) }
            });
            above.or_else(|| script.remarks.iter().find_map(|remark| doubts::remark_doubts(remark)))
        }
        Interpreter::Sql => {
            let (mut why, mut goes_on) = (None, false);
            for line in lines(&part.text.raw).map(str::trim).filter(|line| !line.is_empty()) {
                match line.strip_prefix("--") {
                    Some(comment) if !goes_on => {
                        why = doubts::comment_doubts(comment.trim_start_matches('-'));
                        goes_on = !comment.ends_with(['.', ':', '!', '?']);
                    }
                    Some(_) => {}
                    None if why.is_some() => return why,
                    None => goes_on = false,
                }
            }
            None
        }
        Interpreter::Program(_) | Interpreter::Aws(_) | Interpreter::Http(_) => None,
    }
}

fn classify(text: &Text, setting: &Setting) -> Verdict {
    let language = setting.language.as_str();
    if let Some(action) = &setting.action {
        return Verdict::of(Reading::Run, "a native action", text, action.clone());
    }
    if text.raw.trim().is_empty() {
        return Verdict::new(Reading::Show, "an empty fence");
    }
    let is_shell = PROGRAMS.shells.contains(language);
    let is_console = PROGRAMS.consoles.contains(language);
    let is_sql = PROGRAMS.sqls.contains(language);
    let plain =
        language.is_empty() || matches!(language, "text" | "txt" | "plaintext" | "plain" | "none" | "output" | "log");
    let unknown = !(is_shell
        || is_console
        || is_sql
        || plain
        || PROGRAMS.shown.contains(language)
        || PROGRAMS.by_language.contains_key(language));
    if is_shell || is_console || is_sql || plain || unknown {
        let place = console::Place {
            bare_root: is_console || (plain && !(text.raw.contains("$ ") || text.raw.contains("$> "))),
            sql: is_sql || starts_with_prompted_sql(text),
            labelled: !(is_console || plain),
        };
        match console::split(text, place) {
            Split::Without => {}
            Split::Typed(typed) if unknown => return prompted_unknown(typed, setting),
            Split::Typed(typed) => return prompted(typed, setting),
            Split::Doubted(typed, why) => return doubted(prompted(typed, setting), setting, why),
            Split::Either => return either(text, setting),
        }
    }
    if let Some(program) = PROGRAMS.by_language.get(language) {
        let interpreter = Interpreter::Program(program.clone());
        return if setting.lead == Lead::Run || setting.declared {
            Verdict::of(Reading::Run, format!("a {language} fence that the step says to run"), text, interpreter)
        } else {
            Verdict::new(Reading::Show, format!("{language}, and nothing says to run it"))
        };
    }
    if is_sql {
        return sql_fence(text, setting);
    }
    if is_shell {
        return shell_fence(text, setting);
    }
    if is_console || plain {
        return by_content(text, setting, is_console);
    }
    if PROGRAMS.shown.contains(language) {
        return Verdict::new(Reading::Show, format!("{language} is shown, never run"));
    }
    if unknown && is_sql_text(text) && introduced(setting.lead).is_none() {
        let why = format!("`{language}` is not a language of commands, but it is SQL");
        return Verdict::of(Reading::Ambiguous, why, text, Interpreter::Sql);
    }
    match looks(text, text.script()) {
        Looks::Known if setting.declared => run(text, setting, "declared by its attributes"),
        Looks::Known | Looks::Partly => Verdict::of(
            Reading::Ambiguous,
            format!("`{language}` is not a language of commands, but the lines look like commands"),
            text,
            Interpreter::Shell,
        ),
        _ => Verdict::new(Reading::Show, format!("`{language}` is not a language of commands")),
    }
}

const OF_A_FILE: &str = "introduced as the content of a file";

fn introduced(lead: Lead) -> Option<&'static str> {
    match lead {
        Lead::Output => Some("introduced as output"),
        Lead::File => Some(OF_A_FILE),
        Lead::Query => Some("introduced as a query for another program"),
        Lead::None | Lead::Run | Lead::Edited | Lead::Set | Lead::OfFile => None,
    }
}

/// A fence with prompts whose label nobody knows: it may be a terminal's, or a language in which the mark means something.
fn prompted_unknown(typed: Vec<Typed>, setting: &Setting) -> Verdict {
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
fn doubted(mut verdict: Verdict, setting: &Setting, why: &str) -> Verdict {
    if !setting.declared && matches!(verdict.reading, Reading::Run | Reading::Attended) {
        verdict.reading = Reading::Ambiguous;
        verdict.why = why.into();
    }
    verdict
}

/// Lines behind a `#` that may be commands or comments, and lines without one that may be commands or output: all are shown.
fn either(text: &Text, setting: &Setting) -> Verdict {
    let why = introduced(setting.lead)
        .map_or_else(|| console::ROOT_OR_COMMENT.into(), |why| format!("{why}, but with a prompt"));
    Verdict::of(Reading::Ambiguous, why, text, Interpreter::Shell)
}

fn prompted(typed: Vec<Typed>, setting: &Setting) -> Verdict {
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
pub(super) fn of_machine(machine: &str) -> String {
    format!("its prompt is of the machine `{machine}`, and nothing says where to run it: `on=` would")
}

/// Why a shell script must not be run just like that.
fn doubt(script: &Script) -> Option<String> {
    if let Some(why) = terminal::leaves_the_shell(script) {
        return Some(why);
    }
    (!script.complete).then(|| "a quote, here-document or block is not closed".into())
}

fn run(text: &Text, setting: &Setting, why: &str) -> Verdict {
    let script = text.script();
    if !setting.declared
        && let Some(why) = doubt(script)
    {
        return Verdict::of(Reading::Ambiguous, why, text, Interpreter::Shell);
    }
    match terminal::attended(script) {
        Some(why) => Verdict::of(Reading::Attended, why, text, Interpreter::Shell),
        None => Verdict::of(Reading::Run, why, text, Interpreter::Shell),
    }
}

fn shell_fence(text: &Text, setting: &Setting) -> Verdict {
    let script = text.script();
    if nothing_to_run(text, script) {
        return Verdict::new(Reading::Manual, "only comments or placeholders: nothing to run");
    }
    if setting.declared {
        return run(text, setting, "a shell fence with attributes");
    }
    let looks = looks(text, script);
    if let Some(why) = introduced(setting.lead) {
        let reading = if looks == Looks::Unlike { Reading::Show } else { Reading::Ambiguous };
        return Verdict::of(reading, format!("a shell fence, but {why}"), text, Interpreter::Shell).unless_shown();
    }
    // "# Edit /etc/app.conf" above lines that only set something.
    let of_file = || script.comments.iter().any(|(_, said)| said.split_whitespace().any(leads::names_file));
    if script.commands.is_empty() && (matches!(setting.lead, Lead::Edited | Lead::Set | Lead::OfFile) || of_file()) {
        return Verdict::of(
            Reading::Ambiguous,
            "a shell fence, but it only sets what a file may be to hold",
            text,
            Interpreter::Shell,
        );
    }
    if is_sql_text(text) {
        return Verdict::of(Reading::Ambiguous, "labelled as shell, but it is SQL", text, Interpreter::Sql);
    }
    if text.raw.starts_with("#!") {
        return Verdict::of(
            Reading::Ambiguous,
            "a whole script: to run here, or to keep in a file?",
            text,
            Interpreter::Shell,
        );
    }
    if file_text(text) != Filed::No {
        return Verdict::of(
            Reading::Ambiguous,
            "labelled as shell, but it holds what a file is to hold",
            text,
            Interpreter::Shell,
        );
    }
    match looks {
        Looks::Partly | Looks::Possible if speaks_of_transfer(script) => Verdict::of(
            Reading::Ambiguous,
            "labelled as shell, but its words are of a session of `sftp` or another client",
            text,
            Interpreter::Shell,
        ),
        Looks::Known | Looks::Partly | Looks::Possible => run(text, setting, "a shell fence under a step"),
        Looks::Mixed => Verdict::of(
            Reading::Ambiguous,
            "a shell fence with lines that look like output: needs review",
            text,
            Interpreter::Shell,
        ),
        Looks::Unlike => Verdict::of(
            Reading::Ambiguous,
            "a shell fence whose lines do not look like commands: needs review",
            text,
            Interpreter::Shell,
        ),
    }
}

impl Verdict {
    fn unless_shown(mut self) -> Self {
        if self.reading == Reading::Show {
            self.parts.clear();
        }
        self
    }
}

fn sql_fence(text: &Text, setting: &Setting) -> Verdict {
    // No other program's page takes SQL.
    let lead = if setting.lead == Lead::Query { Lead::None } else { setting.lead };
    if let Some(why) = introduced(lead).filter(|_| !setting.declared) {
        return Verdict::new(Reading::Show, format!("an SQL fence, but {why}"));
    }
    let statements = sql::statements(&text.raw);
    if statements.is_empty() {
        return Verdict::new(Reading::Manual, "only comments: nothing to run");
    }
    let first = |s: &String| s.split([' ', '(']).next().unwrap_or("").to_owned();
    let known = |s: &String| {
        s.starts_with('\\') || PROGRAMS.sql_read.contains(&first(s)) || PROGRAMS.sql_write.contains(&first(s))
    };
    if statements.iter().all(known) {
        return Verdict::of(Reading::Run, "an SQL fence under a step", text, Interpreter::Sql);
    }
    if PROGRAMS.is_program(&first(&statements[0])) {
        return Verdict::of(
            Reading::Ambiguous,
            "labelled as SQL, but it begins with a program",
            text,
            Interpreter::Shell,
        );
    }
    Verdict::of(Reading::Ambiguous, "an SQL fence with lines that are not SQL: needs review", text, Interpreter::Sql)
}

fn by_content(text: &Text, setting: &Setting, console: bool) -> Verdict {
    let what = if console { "a console fence without a prompt" } else { "no language" };
    let script = text.script();
    if is_sql_text(text) && introduced(setting.lead).is_none() {
        return Verdict::of(Reading::Ambiguous, format!("{what}, but it is SQL"), text, Interpreter::Sql);
    }
    let mut looks = looks(text, script);
    match file_text(text) {
        Filed::No => {}
        Filed::Partly => looks = looks.doubted(),
        Filed::Whole => return Verdict::new(Reading::Show, format!("{what}, and it is what a file is to hold")),
    }
    let edited = setting.lead == Lead::Edited && !(looks == Looks::Known && edits(script));
    if let Some(why) = introduced(setting.lead).or(edited.then_some(OF_A_FILE)) {
        return match looks {
            Looks::Partly if setting.lead == Lead::Output => Verdict::of(
                Reading::Ambiguous,
                format!("{why}, but some lines look like commands"),
                text,
                Interpreter::Shell,
            ),
            Looks::Known if setting.lead != Lead::Query => Verdict::of(
                Reading::Ambiguous,
                format!("{why}, but the lines look like commands"),
                text,
                Interpreter::Shell,
            ),
            _ => Verdict::new(Reading::Show, why),
        };
    }
    let text_label =
        matches!(setting.language.as_str(), "text" | "txt" | "plaintext" | "plain" | "output" | "log" | "none");
    match looks {
        Looks::Known if text_label => Verdict::of(
            Reading::Ambiguous,
            "labelled as text, but the lines look like commands",
            text,
            Interpreter::Shell,
        ),
        Looks::Known if !is_read(text, script) => Verdict::of(
            Reading::Ambiguous,
            format!("{what}, and whether the shell can read it is not known"),
            text,
            Interpreter::Shell,
        ),
        Looks::Known => run(text, setting, "every line begins with a known program"),
        Looks::Possible if setting.lead == Lead::Run => Verdict::of(
            Reading::Ambiguous,
            "the text says to run it, but its program is not known",
            text,
            Interpreter::Shell,
        ),
        Looks::Mixed | Looks::Partly => Verdict::of(
            Reading::Ambiguous,
            format!("{what}: some lines look like commands, others do not"),
            text,
            Interpreter::Shell,
        ),
        Looks::Possible | Looks::Unlike => {
            Verdict::new(Reading::Show, format!("{what}, and the lines do not look like commands"))
        }
    }
}

/// Whether a command is one of a session in which files are copied.
fn speaks_of_transfer(script: &Script) -> bool {
    script.commands.iter().any(|c| c.words.first().is_some_and(|word| PROGRAMS.transfer_words.contains(word)))
}

/// What the sentence above a fence asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To do something.
    Do,
    /// To look at something, which may be what follows.
    Look,
}

/// A fence without a language that nothing but the sentence before it makes a command of: "Stop it:" and `ourctl stop --force db1`.
/// Only a person says whether it is one.
pub(super) fn ordered(text: &Text, setting: &Setting, asked: Asked) -> Option<Verdict> {
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
    !arguments.is_empty()
        && name.len() < 40
        && !arguments.iter().any(sets)
        && (has_flags(command) || VOCABULARY.language(&command.words.join(" ")).is_none())
}

/// Whether the shell surely reads a text to its end, with a word in each place that is to be filled.
fn is_read(text: &Text, script: &Script) -> bool {
    script.regular || shell::is_read(&shell::without_mustaches(&text.raw))
}

/// Whether a script itself changes a file: what it holds is typed, not written into one.
fn edits(script: &Script) -> bool {
    let writes = |command: &shell::Simple| command.writes || command.words.iter().any(|w| w.starts_with("-i"));
    script.commands.iter().any(writes) || terminal::attended(script).is_some()
}

/// Blocks of configuration and lines of a crontab.
fn file_text(text: &Text) -> Filed {
    let raw = text.raw.as_str();
    if memchr::memchr3(b'{', b'*', b'@', raw.as_bytes()).is_none() && !raw.starts_with(|c: char| c.is_ascii_digit()) {
        return Filed::No;
    }
    let said: Vec<&str> = lines(raw).filter(|l| !(l.trim().is_empty() || l.trim_start().starts_with('#'))).collect();
    if said.first().is_some_and(|l| opens_block(l)) {
        return if said.iter().any(|l| l.trim() == "}") { Filed::Whole } else { Filed::No };
    }
    let timed = said.iter().filter(|l| is_timed(l)).count();
    let sets =
        |l: &str| l.split_once('=').is_some_and(|(name, _)| name.trim_end().bytes().all(|b| b.is_ascii_uppercase()));
    match timed {
        0 => Filed::No,
        _ if said.iter().all(|l| is_timed(l) || sets(l)) => Filed::Whole,
        _ => Filed::Partly,
    }
}

/// `module "x" {`, `terraform {`: no shell's block begins so.
fn opens_block(line: &str) -> bool {
    let Some(head) = line.trim_end().strip_suffix(" {") else { return false };
    let mut words = head.split(' ');
    let name = words.next().unwrap_or("");
    let label = |w: &str| w.len() > 2 && w.starts_with('"') && w.ends_with('"');
    let plain =
        name.starts_with(|c: char| c.is_ascii_lowercase()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    plain && !matches!(name, "do" | "then" | "else" | "time" | "coproc") && words.all(label)
}

/// A line of a crontab: when, and what.
fn is_timed(line: &str) -> bool {
    let mut words = line.split_whitespace();
    if let Some(name) = line.trim_start().strip_prefix('@') {
        let name = name.split(' ').next().unwrap_or("");
        return matches!(
            name,
            "reboot" | "hourly" | "daily" | "midnight" | "weekly" | "monthly" | "yearly" | "annually"
        ) && words.count() > 1;
    }
    let number = |w: &str| w.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'*' | b'/' | b',' | b'-'));
    let first = line.trim_start().as_bytes().first().copied().unwrap_or(0);
    if !(first == b'*' || first.is_ascii_digit()) {
        return false;
    }
    let named = |w: &str| w.split(['-', ',']).all(|w| w.len() == 3 && w.bytes().all(|b| b.is_ascii_alphabetic()));
    let fields = words.by_ref().take(5).enumerate().filter(|(i, w)| number(w) || *i > 2 && named(w)).count();
    fields == 5
        && words.next().is_some_and(|w| w.starts_with(|c: char| c.is_ascii_alphabetic() || "/.[$\"'(~<{".contains(c)))
}

fn starts_with_prompted_sql(text: &Text) -> bool {
    text.raw
        .lines()
        .find(|l| !l.trim().is_empty())
        .and_then(|l| l.trim_start().strip_prefix("> "))
        .is_some_and(sql::looks_like)
}

/// Whether every statement of an unlabelled or mislabelled text is SQL for sure.
fn is_sql_text(text: &Text) -> bool {
    let first = text.raw.lines().map(str::trim).find(|l| !(l.is_empty() || l.starts_with("--")));
    first.is_some_and(|line| sql::looks_like(line) && !line.starts_with('\\') || line.starts_with("\\d"))
        && sql::statements(&text.raw).iter().all(|s| {
            let word = s.split([' ', '(']).next().unwrap_or("");
            PROGRAMS.sql_read.contains(word) || PROGRAMS.sql_write.contains(word) || s.starts_with('\\')
        })
}

/// Only comments, `...`, or one placeholder.
fn nothing_to_run(text: &Text, script: &Script) -> bool {
    if script.commands.is_empty() && script.sets.is_empty() && script.functions.is_empty() {
        return true;
    }
    let mut lines = text.raw.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines.all(|l| {
        l.trim_matches('.').is_empty()
            || (l.starts_with('<') && l.ends_with('>') && shell::placeholder(l) == Some(l.len()))
            || (l.starts_with('[') && l.ends_with(']') && !l.starts_with("[ ") && !l.starts_with("[["))
    })
}

fn looks(text: &Text, script: &Script) -> Looks {
    let (mut known, mut typed, mut possible, mut unlike) = (0, 0, 0, 0);
    let mut first = None;
    for command in &script.commands {
        let Some(word) = command.words.first() else { continue };
        let looks = first_word(word, &command.words, script);
        first = first.or(Some(looks));
        match looks {
            Looks::Known => known += 1,
            Looks::Partly => typed += 1,
            Looks::Possible | Looks::Mixed => possible += 1,
            Looks::Unlike => unlike += 1,
        }
    }
    if script.commands.is_empty() {
        return if script.sets.is_empty() || text.raw.lines().any(|l| l.contains(" = ")) {
            Looks::Unlike
        } else {
            Looks::Known
        };
    }
    // A pipe's parts count as commands too, so tables and trees are told by their lines.
    if lines(&text.raw).any(output_line) {
        // A command and a long table below it is still a command.
        let begins = || lines(&text.raw).find(|l| !(l.trim().is_empty() || l.trim_start().starts_with('#')));
        let typed = known > 0 && (unlike < known + 2 || begins().is_some_and(console::unprompted));
        return if typed { Looks::Mixed } else { Looks::Unlike };
    }
    if known > 0 && possible + unlike > 0 && columns(text, script) {
        return Looks::Mixed;
    }
    match (known, possible, unlike) {
        (k, 0, 0) if k >= typed => Looks::Known,
        (k, p, 0) if k > 0 && (k >= p || first == Some(Looks::Known)) => Looks::Partly,
        (_, _, 0) => Looks::Possible,
        (k, _, _) if k > 0 => Looks::Mixed,
        _ => Looks::Unlike,
    }
}

/// Whether a line of an unknown program has columns, as what a command prints has them: below a known command, below an empty
/// line, or below another such line.
fn columns(text: &Text, script: &Script) -> bool {
    if !text.raw.contains("  ") {
        return false;
    }
    let all: Vec<&str> = lines(&text.raw).collect();
    let mut known_at = None;
    script.commands.iter().any(|command| {
        let Some(word) = command.words.first() else { return false };
        let line = all.get(command.line).copied().unwrap_or("");
        if first_word(word, &command.words, script) == Looks::Known {
            known_at = Some(command.line);
            return false;
        }
        let Some(before) = command.line.checked_sub(1) else { return false };
        let below = known_at == Some(before) || all[before].trim().is_empty();
        known_at.is_some() && below && line.starts_with(word.as_str()) && has_columns(line)
    })
}

/// Runs of blanks within a line that is neither quoted nor continued, and no comment behind them.
fn has_columns(line: &str) -> bool {
    let line = line.trim();
    let plain = !line.contains(['"', '\'', '`', '\\', '(', ';', '&', '|']);
    plain && line.split_once("  ").is_some_and(|(_, rest)| !rest.trim_start().starts_with('#'))
}

fn first_word(word: &str, words: &[String], script: &Script) -> Looks {
    if terminal::is_known(word, script) {
        return Looks::Known;
    }
    // A device's name, or the sign of a division.
    if word.starts_with('/') {
        return Looks::Unlike;
    }
    if is_script(word) || word.strip_prefix('$').is_some_and(|w| w.starts_with(|c: char| c == '{' || c.is_alphabetic()))
    {
        return Looks::Partly;
    }
    if word.starts_with('$') || word.starts_with('<') {
        return Looks::Possible;
    }
    // `{{ … }}` as a command's name: which program it will be, or whether it is a page's own markup, nobody can tell.
    if word.len() >= 4 && word.bytes().all(|b| b == b'_') {
        return Looks::Unlike;
    }
    let name = base(word);
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+' | b'@'));
    // Prose begins with lower-case words too, but goes on with everyday ones.
    let prose = || {
        words.len() > 4 && !words.iter().any(|w| w.starts_with('-')) && VOCABULARY.language(&words.join(" ")).is_some()
    };
    if plain && !prose() && !Words::new(word).is_empty() { Looks::Possible } else { Looks::Unlike }
}

/// A line that no one types: a table's border, a row between bars, a tree, a log line.
fn output_line(line: &str) -> bool {
    let line = line.trim();
    let first = line.as_bytes().first().copied().unwrap_or(0);
    let dashes =
        line.starts_with("+-") || (line.len() > 5 && line.bytes().all(|b| matches!(b, b'-' | b'=' | b'+' | b' ')));
    let row = line.starts_with('|') && line.ends_with('|') && line.len() > 2;
    let drawn = first >= 0x80 && line.starts_with(['│', '├', '└', '┌', '═', '─', '┐', '╔']);
    let levels = ["ERROR ", "ERROR:", "WARNING:", "WARN ", "INFO ", "FATAL:", "Error:", "HINT:", "NOTICE:", "LOG:"];
    let level = first.is_ascii_uppercase() && levels.iter().any(|l| line.starts_with(l));
    let rows =
        line.starts_with('(') && (line.ends_with(" rows)") || line.ends_with(" row)")) || line.ends_with("rows in set");
    let dated = line.len() > 10 && line.as_bytes()[..4].iter().all(u8::is_ascii_digit) && line.as_bytes()[4] == b'-';
    // Columns in capitals: `NAME   READY   STATUS`.
    let header = line.bytes().all(|b| b.is_ascii_uppercase() || matches!(b, b' ' | b'-' | b'_' | b'(' | b')'))
        && line.split("  ").filter(|w| !w.is_empty()).count() > 2;
    dashes || row || drawn || level || rows || dated || header
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn reading(language: &str, lead: Lead, text: &str) -> Verdict {
        let setting = Setting { language: language.into(), lead, closed: true, ..Setting::default() };
        read(&Text::piece(text, Span::new(0, text.len())), &setting)
    }

    #[test]
    fn readings() {
        use Reading::{Ambiguous, Attended, Manual, Run, Show};
        for (language, lead, text, want) in [
            ("bash", Lead::None, "systemctl stop mariadb", Run),
            ("bash", Lead::None, "our-own-tool --now", Run),
            ("bash", Lead::None, "# Commande", Manual),
            ("bash", Lead::None, "# only\n# words", Manual),
            ("bash", Lead::Output, "bound to 10.0.0.1\nWARNING: no lease", Show),
            ("bash", Lead::None, "tail -f /var/log/x", Attended),
            ("bash", Lead::None, "ssh root@db1\n/usr/local/bin/restore.sh", Ambiguous),
            ("bash", Lead::None, "kubectl get pods\nNAME   READY   STATUS\nweb-1  1/1   Running", Ambiguous),
            ("bash", Lead::None, "SHOW SLAVE STATUS;", Ambiguous),
            ("bash", Lead::None, "echo 'never closed", Ambiguous),
            ("bash", Lead::None, "# Option 1\nsystemctl restart a\n# Option 2\nservice a restart", Ambiguous),
            ("bash", Lead::None, "systemctl restart a\n# OR\nservice a restart", Ambiguous),
            ("bash", Lead::None, "etcdctl endpoint health\n# If etcd is down:\nsystemctl restart etcd", Ambiguous),
            ("bash", Lead::None, "# Si le service est arrêté\nsystemctl start a", Ambiguous),
            ("bash", Lead::None, "systemctl restart a  # only if needed", Ambiguous),
            ("bash", Lead::None, "uptime\n# If the load is high, see below", Run),
            ("bash", Lead::None, "# Restart it. This may fail\n# if the node is down.\nsystemctl restart a", Run),
            ("bash", Lead::None, "systemctl restart a  # e.g. mariadb (or any other)", Run),
            ("sql", Lead::None, "SELECT 1;\n-- If it hangs:\nKILL 5;", Ambiguous),
            ("sql", Lead::None, "SELECT 1;\n-- If it hangs, see below", Run),
            ("bash", Lead::None, "runbooks/\n├── README.md\n└── incidents/", Ambiguous),
            ("console", Lead::None, "$ ls\nfile\n$ pwd", Run),
            ("console", Lead::None, "oc logs $POD -c x", Run),
            ("console", Lead::None, "1 drain_controller.go:173] node xxx: initiating drain", Show),
            ("console", Lead::None, "Failed calling webhook, failing open vault", Show),
            ("sql", Lead::None, "SHOW TABLES;", Run),
            ("sql", Lead::None, "ERROR 1030 (HY000): Got error 168\nCHECK TABLE orders;", Ambiguous),
            ("python", Lead::None, "print(1)", Show),
            ("python", Lead::Run, "print(1)", Run),
            ("yaml", Lead::Run, "a: b", Show),
            ("", Lead::None, "could not read block 7 in file \"base/1\": read only 0", Show),
            ("", Lead::None, "systemctl status mariadb", Run),
            ("", Lead::None, "db=# select 1;\n ?column?\n----\n 1", Run),
            ("", Lead::None, " (439,226) |  99878\nserver closed the connection", Show),
            ("", Lead::None, "RTO = maximum downtime", Show),
            ("", Lead::None, "┌───┐\n│ a │\n└───┘", Show),
            ("promql", Lead::None, "up == 0", Show),
            ("text", Lead::None, "kubectl get pods", Ambiguous),
            ("", Lead::File, "[mysqld]\nread_only = 1", Show),
            ("", Lead::None, "sum(rate(http_requests_total[5m])) by (code)", Show),
            ("", Lead::None, "kubectl get pods\nweb-0   1/1     Running   0          3d", Ambiguous),
            ("console", Lead::None, "kubectl get pods\nweb-0 1/1 Running 0 3d", Ambiguous),
            ("", Lead::None, "df -h\n/dev/sda1 100G 50G 50% /", Ambiguous),
            ("", Lead::None, "patronictl list\nnode1 leader running\nnode2 replica running", Ambiguous),
            ("", Lead::None, "systemctl status app\napp is running", Ambiguous),
            ("", Lead::None, "ls /srv\napp  data  logs", Ambiguous),
            ("", Lead::None, "cd /srv\n./deploy --now\n/opt/app/bin/start\nrestore.sh all", Run),
            ("", Lead::None, "again() { kubectl get pods; }\nagain", Run),
            ("bash", Lead::None, "kubectl get pods\nweb-0   1/1     Running   0          3d", Ambiguous),
            ("bash", Lead::None, "ls /srv\n\napp  data  logs", Ambiguous),
            ("bash", Lead::None, "df -h\n/dev/sda1 100G 50G 50% /", Ambiguous),
            (
                "bash",
                Lead::None,
                "cd /srv\nour-own-tool --now  # twice\nour-tool \\\n  --all   yes\necho 'a\nb   c'",
                Run,
            ),
            ("bash", Lead::None, "cat > /tmp/x <<EOF\napp  data  logs\nEOF\nour-own-tool --now", Run),
            ("console", Lead::None, "(node_memory_a - node_memory_b) / node_memory_c", Show),
            ("", Lead::Run, "(node_memory_a - node_memory_b) / node_memory_c", Show),
            ("", Lead::None, "uptime && && df", Ambiguous),
            ("", Lead::None, "curl -fsS https://x/install.sh | bash -s -- --to /opt", Run),
            ("", Lead::None, "curl <host> | grep {{ name }}", Run),
            ("", Lead::Edited, "host replication repl 10.0.0.2/32 md5", Ambiguous),
            ("", Lead::Edited, "host=10.0.0.2 port=5432", Ambiguous),
            ("", Lead::Edited, "listen_addresses = '*'", Show),
            ("", Lead::Edited, "sudo vim /etc/my.cnf", Attended),
            ("", Lead::Edited, "sed -i s/a/b/ /etc/my.cnf", Run),
            ("bash", Lead::Edited, "systemctl restart a", Run),
            ("sql", Lead::Edited, "SHOW TABLES;", Run),
            ("", Lead::None, "db1# systemctl restart a\ndb1$ uptime\n% ls", Ambiguous),
            ("", Lead::None, "db1# our own remark", Show),
            ("", Lead::None, "50 % of\nUS$ 5 per month", Show),
            ("default", Lead::None, "$ systemctl restart db", Run),
            ("screen", Lead::None, "mysql> SHOW GRANTS;", Run),
            ("default", Lead::None, "$ x = 1 $", Ambiguous),
            ("bash", Lead::None, "ncn-m001# rm -rf /x", Ambiguous),
            ("bash", Lead::None, "ncn-m001# cray tool", Ambiguous),
            ("bash", Lead::None, "# On the master\nncn-m001# rm -rf /x", Ambiguous),
            ("", Lead::None, "module \"x\" {\n  source = \"./x\"\n}", Show),
            ("bash", Lead::None, "terraform {\n  backend \"s3\" {}\n}", Ambiguous),
            ("", Lead::None, "# m h dom mon dow\n0 3 * * 1-5 cd /srv && ls", Show),
            ("", Lead::None, "@daily /usr/bin/backup", Show),
            ("bash", Lead::None, "MAILTO=a\n*/5 * * * * root /usr/bin/x", Ambiguous),
            ("bash", Lead::None, "crontab -e\n0 3 * * SUN /usr/bin/x", Ambiguous),
        ] {
            let verdict = reading(language, lead, text);
            assert_eq!(verdict.reading, want, "{language} {text}: {}", verdict.why);
        }
    }

    #[test]
    fn templates_and_lines_for_something_else() {
        use Reading::{Ambiguous, Run, Show};
        for (language, text, want) in [
            ("bash", "kubectl delete pod ...", Ambiguous),
            ("", "$ kubectl delete pod ...", Ambiguous),
            ("bash", "go test ./...", Run),
            ("sql", "DELETE FROM orders WHERE ...;", Ambiguous),
            ("sql", "ALTER USER app IDENTIFIED BY '...';", Ambiguous),
            ("sql", "SELECT 'wait...'; -- and so on ...", Run),
            ("cmd", "drop table audit cascade;", Ambiguous),
            ("bash", "cd /srv\nput app.tgz", Ambiguous),
            ("", "# All\nmysql -e 'SELECT id'\nid\n------\n1\n2\n3\n(3 rows)", Ambiguous),
            ("", "id\n------\n1\n2\nmysql   4\n(3 rows)", Show),
        ] {
            let verdict = reading(language, Lead::None, text);
            assert_eq!(verdict.reading, want, "{language} {text}: {}", verdict.why);
        }
    }

    #[test]
    fn a_mark_of_root_may_begin_a_comment() {
        use Reading::{Ambiguous, Run, Show};
        let all = "the whole fence";
        for (language, text, want, offered) in [
            ("", "kubectl delete pod db-0\n# make sure that it is down\n# watch the logs\nkubectl get pods", Run, all),
            ("", "systemctl stop app\n# wait\nsystemctl start app", Run, all),
            ("", "ourctl stop db1\n# reboot\nourctl start db1", Ambiguous, all),
            ("", "# kill old processes\nkill -9 1234\n# reboot", Ambiguous, all),
            ("console", "sudo -i\n# systemctl stop app", Ambiguous, all),
            ("", "# find the primary\n# patronictl list\ndb1 leader", Run, "patronictl list"),
            (
                "",
                "# systemctl stop app\n# systemctl status app\napp is stopped\nnginx   1   root",
                Run,
                "systemctl stop app\nsystemctl status app",
            ),
            ("", "# service à arrêter avant le retour\n# service app stop", Run, "service app stop"),
            ("", "# wait for replicas\n# patronictl list", Ambiguous, "wait for replicas\npatronictl list"),
            ("console", "$ uptime\n# reboot\n$ df -h", Ambiguous, "uptime\nreboot\ndf -h"),
            ("", "#> systemctl restart app\ndone", Run, "systemctl restart app"),
            ("", "$> systemctl restart app\nContinue? yes\n# wait\ndone", Run, "systemctl restart app"),
            ("bash", "dba@db1:~$> our-tool --now\nContinue? yes", Ambiguous, "our-tool --now"),
            ("bash", "$> our-tool --now\nContinue? yes", Run, "our-tool --now"),
            ("", "# make sure that it is down", Show, ""),
            ("", "# mysql settings\n[mysqld]\nport = 3306", Ambiguous, "mysql settings"),
            ("", "# cat /etc/my.cnf\n[mysqld]\nport = 3306", Run, "cat /etc/my.cnf"),
        ] {
            let verdict = reading(language, Lead::None, text);
            assert_eq!(verdict.reading, want, "{text}: {}", verdict.why);
            let part = verdict.parts.first().map_or("", |part| part.text.raw.as_str());
            assert_eq!(part, if offered == all { text } else { offered }, "{text}");
        }
    }

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

    #[test]
    fn no_prompt_stays_in_a_command() {
        for (language, text, want) in [
            ("bash", "ncn-m001# rm -rf /x", "rm -rf /x"),
            ("", "/ # ls", "ls"),
            ("screen", "mysql> SHOW GRANTS;", "SHOW GRANTS;"),
            ("console", "sh-4.4# ls\nfile", "ls"),
        ] {
            let verdict = reading(language, Lead::None, text);
            assert_eq!(verdict.parts[0].text.raw, want, "{language} {text}");
        }
    }

    #[test]
    fn prompted_lines_are_the_commands() {
        let verdict = reading(
            "sh",
            Lead::None,
            "mysql> SHOW STATUS\n    -> LIKE 'x';\n+---+\n| a |\n+---+\n$ grep \"a\" \\\n  /tmp/x\nout",
        );
        assert_eq!(verdict.parts.len(), 2);
        assert_eq!(verdict.parts[0].interpreter, Interpreter::Sql);
        assert!(verdict.parts[0].text.raw.starts_with("SHOW STATUS\n"), "{:?}", verdict.parts[0].text.raw);
        assert_eq!(verdict.parts[0].sample.as_deref(), Some("+---+\n| a |\n+---+"));
        assert_eq!(verdict.parts[1].text.raw, "grep \"a\" \\\n  /tmp/x");
        assert_eq!(verdict.parts[1].sample.as_deref(), Some("out"));
    }

    #[test]
    fn what_was_typed_on_another_machine_is_in_doubt() {
        let read = |text: &str, declared| {
            let setting = Setting { language: "console".into(), declared, closed: true, ..Setting::default() };
            super::read(&Text::from_source(text, 0), &setting)
        };
        let there = read("root@db1:~# systemctl stop mariadb", false);
        assert_eq!(there.reading, Reading::Ambiguous);
        assert!(there.why.contains("`db1`"), "{}", there.why);
        assert_eq!(read("[dba@db1 ~]$ top", false).reading, Reading::Ambiguous);
        assert_eq!(read("$ df -h\nroot@db1:~# systemctl stop mariadb", false).reading, Reading::Ambiguous);
        assert_eq!(read("root@db1:~# systemctl stop mariadb", true).reading, Reading::Run);
        assert_eq!(read("me@laptop:~$ df -h", false).reading, Reading::Run);
        assert_eq!(read("$ df -h", false).reading, Reading::Run);
    }
}
