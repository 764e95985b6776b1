//! What the content of a fence looks like, whatever is said about it: commands, output, SQL, what a file holds, nothing at all.

use crate::runbook::console;
use crate::runbook::programs::{PROGRAMS, base, is_script};
use crate::runbook::shell::{self, Script};
use crate::runbook::sql;
use crate::runbook::terminal;
use crate::runbook::text::Text;
use crate::runbook::vocabulary::VOCABULARY;
use crate::runbook::words::Words;
use crate::source::lines;

/// How much a text looks like shell commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
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
    pub(super) fn doubted(self) -> Self {
        if self == Self::Unlike { Self::Unlike } else { Self::Mixed }
    }
}

/// How much of a text is what a file holds, whatever its words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filed {
    No,
    Partly,
    Whole,
}

pub(super) fn looks(text: &Text, script: &Script) -> Looks {
    let (mut known, mut typed, mut possible, mut unlike) = (0, 0, 0, 0);
    let mut first = None;
    for command in &script.commands {
        let Some(word) = command.words.first() else { continue };
        // `[ 'SECONDARY', 'DOWN' ]` is a list that something printed.
        let list = word == "[" && command.words.iter().any(|word| word.ends_with(','));
        let looks = if list { Looks::Unlike } else { first_word(word, &command.words, script) };
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
pub(super) fn has_columns(line: &str) -> bool {
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

/// Blocks of configuration and lines of a crontab.
pub(super) fn file_text(text: &Text) -> Filed {
    let raw = text.raw.as_str();
    let marked = memchr::memchr3(b'{', b'*', b'@', raw.as_bytes()).is_some();
    let allows = raw.contains("host") || raw.contains("local");
    if !marked && !allows && !raw.starts_with(|c: char| c.is_ascii_digit()) {
        return Filed::No;
    }
    let said: Vec<&str> = lines(raw).filter(|l| !(l.trim().is_empty() || l.trim_start().starts_with('#'))).collect();
    if allows && !said.is_empty() && said.iter().all(|line| allows_access(line)) {
        return Filed::Whole;
    }
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

/// A line of PostgreSQL's `pg_hba.conf`: `host all app 10.0.0.0/8 md5`. There is a program `host`, too.
fn allows_access(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let kind = words.next().unwrap_or("");
    let count = words.clone().filter(|word| !word.starts_with('-')).count();
    let method = words.find(|word| PROGRAMS.hba_methods.contains(word));
    matches!(kind, "local" | "host" | "hostssl" | "hostnossl" | "hostgssenc" | "hostnogssenc")
        && count > 2
        && method.is_some()
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

/// Whether every statement of an unlabelled or mislabelled text is SQL for sure.
pub(super) fn is_sql_text(text: &Text) -> bool {
    let first = text.raw.lines().map(str::trim).find(|l| !(l.is_empty() || l.starts_with("--")));
    first.is_some_and(|line| sql::looks_like(line) && !line.starts_with('\\') || line.starts_with("\\d"))
        && sql::statements(&text.raw).iter().all(|s| {
            let word = s.split([' ', '(']).next().unwrap_or("");
            PROGRAMS.sql_read.contains(word) || PROGRAMS.sql_write.contains(word) || s.starts_with('\\')
        })
}

/// Only comments, `...`, or one placeholder.
pub(super) fn nothing_to_run(text: &Text, script: &Script) -> bool {
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
