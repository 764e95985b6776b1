//! Fences by what their label says they hold: a shell's, SQL, a program's, what is only shown, or nothing said, where the content
//! decides.

use super::evidence::{Filed, Looks, file_text, is_sql_text, looks, nothing_to_run};
use super::prompted::{doubted, either, prompted, prompted_unknown};
use super::{OF_A_FILE, Setting, Verdict, doubt, introduced};
use crate::runbook::console::{self, Split};
use crate::runbook::leads::{self, Lead};
use crate::runbook::model::{Interpreter, Reading};
use crate::runbook::programs::PROGRAMS;
use crate::runbook::shell::{self, Script};
use crate::runbook::sql;
use crate::runbook::terminal;
use crate::runbook::text::Text;

pub(super) fn classify(text: &Text, setting: &Setting) -> Verdict {
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
        // JavaScript is as often meant for a browser's console or a database's shell.
        if setting.lead == Lead::Run && program == "node" && !setting.declared {
            return Verdict::of(Reading::Ambiguous, format!("{language}: for which program?"), text, interpreter);
        }
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

fn starts_with_prompted_sql(text: &Text) -> bool {
    text.raw
        .lines()
        .find(|l| !l.trim().is_empty())
        .and_then(|l| l.trim_start().strip_prefix("> "))
        .is_some_and(sql::looks_like)
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
    // `image_tag = "v2"`: no shell sets anything so.
    if script.commands.iter().any(|c| c.words.get(1).is_some_and(|word| word == "=") && c.words.len() == 3) {
        return Verdict::of(
            Reading::Ambiguous,
            "a shell fence, but a line of it only sets what a file may be to hold",
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

/// Whether a command is one of a session in which files are copied.
fn speaks_of_transfer(script: &Script) -> bool {
    script.commands.iter().any(|c| c.words.first().is_some_and(|word| PROGRAMS.transfer_words.contains(word)))
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
    // `port=8080` may be of a file, and `v=DKIM1; k=rsa` is of a DNS record; a shell's variables are mostly `HOST=db1`.
    if script.commands.is_empty() && script.sets.iter().all(|name| name.bytes().any(|b| b.is_ascii_lowercase())) {
        looks = if looks != Looks::Known || text.raw.contains("; ") { Looks::Unlike } else { Looks::Mixed };
    }
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

/// Whether the shell surely reads a text to its end, with a word in each place that is to be filled.
fn is_read(text: &Text, script: &Script) -> bool {
    script.regular || shell::is_read(&shell::without_mustaches(&text.raw))
}

/// Whether a script itself changes a file: what it holds is typed, not written into one.
fn edits(script: &Script) -> bool {
    let writes = |command: &shell::Simple| command.writes || command.words.iter().any(|w| w.starts_with("-i"));
    script.commands.iter().any(writes) || terminal::attended(script).is_some()
}
