//! Fences with prompts: the prompted lines are the commands, the rest is what came out.

use super::model::Interpreter;
use super::programs::{PROGRAMS, base};
use super::shell;
use super::text::Text;
use crate::source::lines;
use crate::syntax::prompt::{self, PromptKind};

/// One run of prompted lines for one interpreter.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub text: Text,
    pub sql: bool,
    pub sample: String,
}

impl Typed {
    pub fn interpreter(&self) -> Interpreter {
        if self.sql { Interpreter::Sql } else { Interpreter::Shell }
    }
}

/// Splits a fence by its prompts; `None` when it has none. `bare_root` lets `# cmd` be a root prompt.
pub(super) fn split(text: &Text, bare_root: bool, sql_fence: bool) -> Option<Vec<Typed>> {
    // Most fences hold none of the marks that end a prompt.
    memchr::memchr3(b'$', b'#', b'>', text.raw.as_bytes())?;
    let kinds: Vec<Option<prompt::Prompt>> =
        lines(&text.raw).map(|l| prompt_of(l.strip_suffix('\r').unwrap_or(l), bare_root, sql_fence)).collect();
    let has_named = kinds.iter().flatten().any(|p| p.kind != PromptKind::Continuation);
    let continued = sql_fence && kinds.iter().any(Option::is_some);
    if !has_named && !continued {
        return None;
    }
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
    Some(out)
}

fn prompt_of(line: &str, bare_root: bool, sql_fence: bool) -> Option<prompt::Prompt> {
    memchr::memchr3(b'$', b'#', b'>', line.as_bytes())?;
    // `# comment`, which most lines with a mark are in a shell's fence.
    if !bare_root && line.trim_start_matches([' ', '\t']).starts_with("# ") {
        return None;
    }
    let found = prompt::prompt(line)?;
    let rest = line[found.len..].trim();
    match found.kind {
        // `# comment` and `# command` look the same: only a known program tells.
        PromptKind::Root if found.bare => {
            (bare_root && PROGRAMS.is_program(rest.split(' ').next().map_or("", base))).then_some(found)
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
            || !shell::scan(command).complete)
}
