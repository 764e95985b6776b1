//! Command lines in backticks inside a sentence.

use super::doubts;
use super::leads::{self, Lead};
use super::model::{Interpreter, Language, Reading, StepId};
use super::places;
use super::programs::{PROGRAMS, is_script};
use super::reader::{Label, Reader};
use super::sentences;
use super::shell;
use super::sql;
use super::terminal;
use super::text::{Inline, Piece, Text};
use super::unfenced;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::syntax::prompt::{self, PromptKind};

/// Whether a code span is a command line and not a name, a setting or a path.
pub(super) fn is_command(code: &str) -> bool {
    let code = code.trim();
    let mut words = code.split_whitespace();
    let (Some(first), more) = (words.next(), words.next().is_some()) else { return false };
    // `php mag ...` is of many.
    if code.ends_with('…') || more && (code.ends_with(" ...") || code.contains(" ... ")) {
        return false;
    }
    if sql::looks_like(code) {
        return true;
    }
    let first = first
        .strip_prefix("$")
        .filter(|_| first == "$")
        .map_or(first, |_| code.split_whitespace().nth(1).unwrap_or(""));
    if !more && !first.contains('/') {
        // One word: programs that say something all by themselves.
        return matches!(first, "reboot" | "psql" | "visudo" | "poweroff" | "htop");
    }
    // `a > b` in a menu and `name: value` are no commands.
    if first.starts_with(|c: char| c.is_uppercase()) && code.contains(" > ") || first.ends_with(':') {
        return false;
    }
    let script =
        first.starts_with("./") || (first.starts_with('/') || first.starts_with("~/")) && (is_script(first) || more);
    // "```bash systemctl reload x```" is a fence on one line, and `bash` its label.
    let starts =
        |word: &str| word.starts_with(['-', '<', '{', '$', '.', '/', '~']) || is_script(word) || word.contains('/');
    let by_shell = || PROGRAMS.is_shell(first) && code.split_whitespace().nth(1).is_some_and(starts);
    (script || (PROGRAMS.is_program(first) || by_shell()) && more) && shell::is_complete(code)
}

/// Whether a code span that is to be run looks like the command line of a program that nobody knows here.
pub(super) fn may_be_command(code: &str) -> bool {
    let code = code.trim();
    let Some((first, rest)) = code.split_once(' ') else { return false };
    // `impl AsRef<[u8]>` is of another language; `--host=<host>` and `db.<ref>.example` have a place left open.
    let odd = |word: &str| {
        let open = word.find(['<', '[', '(', '{']).filter(|at| *at > 0);
        let left = |at: usize| {
            word[at..].starts_with('<') && matches!(word.as_bytes()[at - 1], b'=' | b':' | b'/' | b'@' | b'.')
        };
        open.is_some_and(|at| !left(at)) || word.contains("::")
    };
    // And so is `show master status`.
    let sql = PROGRAMS.sql_read.contains(first) || PROGRAMS.sql_write.contains(first);
    if sql || code.split(' ').any(odd) {
        return false;
    }
    let name = first.starts_with(|c: char| c.is_ascii_lowercase())
        && first.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'));
    // `scripts/restore.sh --all`, `bin/restore --latest`.
    let path = first.split_once('/').is_some_and(|(folder, rest)| {
        let kept = matches!(folder, "bin" | "sbin" | "script" | "scripts" | "tools" | "ci");
        (kept || is_script(first)) && !rest.is_empty() && !rest.ends_with('/') && !first.contains([':', '*'])
    });
    (name || path) && first.len() > 1 && !rest.trim_start().starts_with(['=', '>', ':']) && shell::is_complete(code)
}

/// Whether the words behind a program that nobody knows have the form of a command line's: a flag or a path among them.
fn has_form(code: &str) -> bool {
    code.split_whitespace().skip(1).any(|word| unfenced::is_flag(word) || word.trim_end_matches('/').contains('/'))
}

/// Whether a code span is the path of a script: `scripts/smoke_test.sh`.
fn is_script_path(code: &str) -> bool {
    is_script(code) && code.contains('/') && !code.contains([' ', ':', '*', '<'])
}

/// So many parentheses of a sentence may open before the one that holds its command.
const NESTED: usize = 4;

impl Reader<'_> {
    /// Offers an item's text that is a command line, or the lines of it that are, though nothing marks them as code; returns where
    /// the first of them begins.
    pub fn bare_step(&mut self, step: StepId, text: &Text, inline: &Inline) -> Option<usize> {
        // What is to be seen is not typed.
        if self.flow.label == Label::Expected {
            return None;
        }
        let bare = is_bare(text, inline) && self.may_be_bare(text);
        let first = if bare { 0 } else { typed_below(text, inline)? };
        let mut begins = first;
        for raw in text.raw[begins..].split('\n') {
            let at = begins + raw.len() - raw.trim_start().len();
            begins += raw.len() + 1;
            let line = unfenced::without_remark(raw.trim());
            let skip = crate::syntax::prompt::prompt(line).map_or(0, |found| found.len);
            let typed = Text::from_source(&line[skip..], text.source(at + skip));
            let span = text.span(at, at + line.len());
            let (reading, interpreter) = (Reading::Ambiguous, Interpreter::Shell);
            let why = unfenced::BARE.into();
            let source = super::commands::Source { text: &typed, span, reading, why, interpreter, sample: None };
            let command = self.command(source, None);
            self.steps[step].commands.push(command);
        }
        Some(first)
    }

    /// "Create the container again (docker compose up -d)": the command that an order is carried out with.
    fn in_parentheses(&mut self, step: StepId, text: &Text, inline: &Inline) {
        let raw = text.raw.as_str();
        let Some(end) = raw.trim_end().trim_end_matches('.').strip_suffix(')').map(str::len) else { return };
        let opened = raw[..end].match_indices('(').take(NESTED).map(|(open, _)| open + 1);
        let begins = |from: usize| end - raw[from..end].trim_start().len();
        let Some(begins) = opened.map(begins).find(|at| unfenced::is_typed(raw[*at..end].trim_end())) else { return };
        let words = inline.first(10);
        let others = VOCABULARY.list(List::OthersDo).starts(&words, 0);
        let typed_too = |(open, _): (usize, &str)| {
            raw[open + 1..begins].split_once(')').is_some_and(|(inner, _)| unfenced::is_typed(inner.trim()))
        };
        let several = raw[..begins].match_indices('(').take(NESTED).any(typed_too);
        let asks = VOCABULARY.is_imperative(&words, self.head.language) && !others && !several;
        if doubts::refuses(raw[..begins].trim_end().trim_end_matches('(')) || !asks {
            return;
        }
        let typed = raw[begins..end].trim_end();
        let typed = Text::from_source(typed, text.source(begins));
        let span = text.span(begins, begins + typed.raw.len());
        let (reading, interpreter) = (Reading::Ambiguous, Interpreter::Shell);
        let why = unfenced::BARE.into();
        let source = super::commands::Source { text: &typed, span, reading, why, interpreter, sample: None };
        let command = self.command(source, None);
        self.steps[step].commands.push(command);
    }

    /// Whether what stands above the list of an item's text leaves it open that it is a command.
    fn may_be_bare(&self, text: &Text) -> bool {
        let blocks = &self.document.blocks;
        let at = blocks.partition_point(|block| block.span.start <= text.source(0));
        let item = at.checked_sub(1).and_then(|paragraph| blocks[paragraph].parent);
        item.and_then(|item| blocks[item].parent).is_none_or(|list| self.may_be_typed(list))
    }

    /// Offers the command lines that stand in a sentence of a step.
    pub fn inline_steps(&mut self, step: StepId, text: &Text, inline: &Inline) {
        if inline.codes.is_empty() {
            self.in_parentheses(step, text, inline);
            return;
        }
        let words = inline.first(16);
        let imperative = VOCABULARY.is_imperative(&words, self.head.language) || super::says::names_check(inline);
        for (i, code) in inline.codes.iter().enumerate() {
            let place = Place::of(code, i, inline);
            let own = || Some(Typed::OWN).filter(|_| imperative && self.is_of_own_program(&code.text));
            let Some(Typed { interpreter, written, known, machine }) =
                typed(&code.text, place, imperative).or_else(own)
            else {
                continue;
            };
            // What a sentence says not to run is read, and not offered.
            if doubts::refuses(&inline.plain[..code.start]) {
                continue;
            }
            let (mut reading, mut why) = if let Some(machine) = machine {
                (Reading::Ambiguous, super::fences::of_machine(machine))
            } else if known {
                inline_reading(code, place, imperative, &interpreter)
            } else {
                (Reading::Ambiguous, "the text says to run it, but its program is not known".into())
            };
            let runs = matches!(reading, Reading::Run | Reading::Attended);
            // On a way of a decision somebody chose it.
            let chosen = self.steps[step].branch.is_some();
            let doubt =
                || if chosen { self.dropped(step) } else { depends(inline, code).or_else(|| self.only_then(step)) };
            if matches!(reading, Reading::Run | Reading::Attended)
                && let Some(doubt) = doubt()
                    .or_else(|| self.folded_at(code.span.start))
                    .or_else(|| self.in_marked_tabs(code.span.start))
                    .or_else(|| self.only_meant(code.span.start))
                    .or_else(|| self.dropped_at(code.span.start))
                    .or_else(|| elsewhere(inline, code).map(str::to_owned))
                    .or_else(|| self.place_above().filter(|why| !places::goes_there(why, &shell::scan(&code.text))))
            {
                (reading, why) = (Reading::Ambiguous, doubt);
            }
            if matches!(reading, Reading::Run | Reading::Attended) && shell::leaves_out(&code.text) {
                (reading, why) = (Reading::Ambiguous, super::fences::LEFT_OUT.into());
            }
            if matches!(reading, Reading::Run | Reading::Attended) && shell::has_optional(&code.text) {
                (reading, why) = (Reading::Ambiguous, super::fences::OPTIONAL.into());
            }
            if matches!(reading, Reading::Run | Reading::Attended) && shell::is_remarked(&code.text) {
                (reading, why) = (Reading::Ambiguous, super::fences::REMARKED.into());
            }
            let text = text.code(code, written);
            let mut command = self.command(
                super::commands::Source { text: &text, span: code.span, reading, why, interpreter, sample: None },
                None,
            );
            command.doubted = runs && reading == Reading::Ambiguous;
            self.steps[step].commands.push(command);
        }
    }
}

/// Where a code span stands in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Right behind a word for running: "run `x`".
    Told,
    /// Behind one that is also said of other things: "use `x`".
    Used,
    /// Behind what such a word is said of: "run the script `x`".
    Named,
    /// With a word for running before it, and what it is behind it: "use the `x` command".
    Called,
    /// At the end, behind a colon, in a sentence that says to run something: "run the migrations: `x`".
    Introduced,
    /// At the end, behind another colon.
    Labelled,
    /// The same, where a text or a value may stand as well: "add the line: `x`".
    Valued,
    /// Behind a colon too, with a remark in parentheses behind it, which may take it back: "restore it: `x` (or `y`)".
    Remarked,
    /// There is nothing else, or only a remark behind it.
    Alone,
    /// Anywhere else.
    Within,
}

impl Place {
    fn of(code: &Piece, index: usize, inline: &Inline) -> Self {
        let before = inline.plain[..code.start].trim_end();
        let after = inline.plain[code.end..].trim().trim_end_matches(['.', ';']);
        let near = sentences::near_end(before);
        let last = Words::new(near.rsplit(['.', ':', '\n', ',']).next().unwrap_or(""));
        let run = VOCABULARY.list(List::Run);
        let told = (0..last.len()).any(|w| run.at(&last, w).is_some_and(|((), n)| w + n == last.len()));
        let first = index == 0;
        let remarked =
            after.starts_with('(') && after.ends_with(')') || after.starts_with(['\u{2013}', '\u{2014}', '#']);
        let used = || !last.is_empty() && VOCABULARY.list(List::Using).starts(&last, last.len() - 1);
        // "With the `x` command"
        let called = || {
            let end = last.len().saturating_sub(1);
            let verb = (0..end).any(|at| {
                [List::Run, List::Using]
                    .iter()
                    .any(|list| VOCABULARY.list(*list).at(&last, at).is_some_and(|((), n)| at + n == end))
            });
            verb && VOCABULARY.list(List::Articles).starts(&last, end)
                && VOCABULARY.list(List::CommandNouns).starts(&Words::first(after, 2), 0)
        };
        match () {
            () if called() => Self::Called,
            () if told && used() => Self::Used,
            () if told => Self::Told,
            // "Add to `pg_hba.conf`: `host …`"
            () if first
                && before.ends_with(':')
                && (after.is_empty() || after.starts_with('(') && after.ends_with(')'))
                && !leads::of(near).tells_of_no_command() =>
            {
                let said =
                    Words::new(near.trim_end_matches([':', ' ']).rsplit(['.', ':', '\n', ',']).next().unwrap_or(""));
                let valued = || VOCABULARY.list(List::Valued).starts(&said, begins(&said));
                match () {
                    () if !after.is_empty() => {
                        if valued() {
                            Self::Within
                        } else {
                            Self::Remarked
                        }
                    }
                    () if says_to_run(&said) => Self::Introduced,
                    () if valued() => Self::Valued,
                    () => Self::Labelled,
                }
            }
            () if first && before.is_empty() && (after.is_empty() || remarked && inline.codes.len() == 1) => {
                Self::Alone
            }
            // "Run the tests in `x`": that is where they are.
            () if says_to_run(&last) && !VOCABULARY.list(List::Clauses).starts(&last, last.len() - 1) => Self::Named,
            () => Self::Within,
        }
    }
}

/// Whether a clause begins with a word for running that is said of nothing else.
fn says_to_run(clause: &Words) -> bool {
    let at = begins(clause);
    // "Command `x`" names it. Of the words for running only verbs end as French ones do.
    VOCABULARY.list(List::Run).starts(clause, at)
        && VOCABULARY.is_verb(clause, at, Language::Fr)
        && !VOCABULARY.list(List::Using).starts(clause, at)
}

/// Where a clause begins behind "then" and its like.
fn begins(clause: &Words) -> usize {
    VOCABULARY.list(List::Connectives).at(clause, 0).map_or(0, |((), n)| n)
}

/// Why the sentence says that it is not always to be run: "if the disk is full, run `x`", "run `x` if needed".
fn depends(inline: &Inline, code: &Piece) -> Option<String> {
    let before = sentences::last_sentence(inline.plain[..code.start].trim_end());
    let after = inline.plain[code.end..].trim_start();
    let after = &after[..super::sentences::full_stop(after).unwrap_or(after.len())];
    let space = if after.starts_with(['.', ',', ';', ':']) { "" } else { " " };
    let whole = || super::sentences::one_line(&format!("{before} `{}`{space}{after}", code.text));
    let label = before.strip_suffix(':').is_some_and(doubts::label_doubts);
    let stands = || doubts::stands_in(after, &code.text) || doubts::stands_in(before, &code.text);
    let asked = || doubts::asks_first(&format!("{} {}", inline.plain[..code.start].trim_end(), code.text));
    (label
        || is_spoken_of(before)
        || is_one_of_two(inline, code)
        || doubts::depends(before)
        || doubts::in_case(before)
        || asked()
        || stands()
        || doubts::depends(after.trim_start_matches(['(', ',']))
        || after.starts_with('(')
            && elsewhere(inline, code).is_none()
            && super::verdicts::remarks_back(after.trim_end_matches('.')))
    .then(|| doubts::not_always(whole().trim()))
}

/// "Run `x` or `y`".
fn is_one_of_two(inline: &Inline, code: &Piece) -> bool {
    let or = |between: &str| VOCABULARY.list(List::Or).whole(&Words::first(between, 4)).is_some();
    let near = |from: usize, to: usize| from <= to && inline.plain.get(from..to).is_some_and(or);
    inline.codes.iter().any(|other| near(code.end, other.start) || near(other.end, code.start))
}

/// "It is a good idea to run `x`", "Ask the DBA to run `x`".
fn is_spoken_of(before: &str) -> bool {
    let words = Words::first(before, 40);
    let agent = || (0..words.len()).any(|at| VOCABULARY.agent(&words, at) > 0);
    VOCABULARY.list(List::SpokenOf).anywhere(&words) || agent()
}

/// "SSH into the primary and run `x`", "Run `x` on the standby.": here is not there, unless the command goes there by itself.
fn elsewhere(inline: &Inline, code: &Piece) -> Option<&'static str> {
    let why = places::around(inline.plain[..code.start].trim_end(), inline.plain[code.end..].trim_start())?;
    (!places::goes_there(why, &shell::scan(&code.text))).then_some(why)
}

/// How one command line in a sentence is read, and why.
fn inline_reading(code: &Piece, place: Place, imperative: bool, interpreter: &Interpreter) -> (Reading, String) {
    if matches!(place, Place::Within | Place::Named | Place::Called | Place::Remarked)
        || *interpreter == Interpreter::Sql
    {
        let why = if imperative {
            "a command line in a sentence: to be confirmed"
        } else {
            "a command line in a sentence that may only speak about it"
        };
        return (Reading::Ambiguous, why.into());
    }
    match terminal::attended(&shell::scan(&code.text)) {
        Some(why) => (Reading::Attended, why),
        None if matches!(place, Place::Told | Place::Used) => (Reading::Run, "the sentence says to run it".into()),
        None if place == Place::Alone => (Reading::Run, "the step is the command".into()),
        None => (Reading::Run, "the step names the command".into()),
    }
}

/// How this program is called.
const OWN: &str = "runbook";

/// A code span that is a command line.
struct Typed<'c> {
    /// Who runs it.
    interpreter: Interpreter,
    /// Where it begins behind its prompt.
    written: usize,
    /// Whether anybody knows its program.
    known: bool,
    /// The machine that its prompt names, when that is not the reader's own.
    machine: Option<&'c str>,
}

impl Typed<'_> {
    /// Of a program that only the page itself knows.
    const OWN: Self = Self { interpreter: Interpreter::Shell, written: 0, known: false, machine: None };
}

/// Who runs a code span, and where it begins; `None` for what is no command.
fn typed(code: &str, place: Place, imperative: bool) -> Option<Typed<'_>> {
    use crate::syntax::prompt::PromptKind;
    let of = |sql: bool, written, known| {
        let interpreter = if sql { Interpreter::Sql } else { Interpreter::Shell };
        Some(Typed { interpreter, written, known, machine: None })
    };
    let psql = ["psql> ", "sql> ", "sqlplus> "].iter().find(|p| code.starts_with(*p)).map(|p| p.len());
    if let Some(len) = psql {
        return of(true, len, true);
    }
    let told = !matches!(place, Place::Within | Place::Named | Place::Called | Place::Remarked);
    let prompt = crate::syntax::prompt::prompt(code).filter(|p| match p.kind {
        PromptKind::Continuation => false,
        // A comment begins so, too.
        PromptKind::Root => told && is_command(&code[p.len..]),
        _ => true,
    });
    if let Some(prompt) = prompt.filter(|p| p.len < code.len()) {
        let sql = matches!(prompt.kind, PromptKind::Mysql | PromptKind::MariaDb | PromptKind::Psql);
        let machine = prompt.machine(code).filter(|machine| !super::console::is_here(machine));
        return of(sql, prompt.len, true).map(|typed| Typed { machine, ..typed });
    }
    // "Delete `/root/old.sh`": a path is run only where it says so.
    let path = matches!(place, Place::Within | Place::Remarked) && !code.trim().contains(' ') && code.contains('/');
    if !path && is_command(code) {
        return of(sql::looks_like(code), 0, true);
    }
    // What this program itself is to do is of another run, which is led by hand.
    let own = || code.split(' ').next() == Some(OWN);
    // Everyday words are what is looked for, or a name.
    let told = match place {
        Place::Told | Place::Called => is_script_path(code) || may_be_command(code),
        Place::Alone => may_be_command(code),
        _ if own() => false,
        Place::Introduced => {
            is_script_path(code) || may_be_command(code) && (has_form(code) || VOCABULARY.language(code).is_none())
        }
        Place::Named => imperative && (is_script_path(code) || may_be_command(code) && has_form(code)),
        Place::Labelled | Place::Remarked => imperative && may_be_command(code) && has_form(code),
        Place::Used | Place::Valued | Place::Within => false,
    };
    told.then(|| of(false, 0, false)).flatten()
}

/// Whether an item's whole text, but for a remark behind it, is a command line that nothing marks as code.
pub(super) fn is_bare(text: &Text, inline: &Inline) -> bool {
    inline.codes.is_empty()
        && unfenced::is_typed(unfenced::without_remark(text.raw.trim()))
        && !text.raw.trim().contains('\n')
        && unfenced::is_plain(&text.raw, &inline.plain)
}

/// "`rsync -a db1:/data /mnt` (takes an hour)": a command line, and a remark behind it.
pub(super) fn is_remarked(inline: &Inline) -> bool {
    let [code] = &inline.codes[..] else { return false };
    is_command(&code.text) && code.end < inline.plain.trim_end().len() && Place::of(code, 0, inline) == Place::Alone
}

/// So few words above command lines are their title.
const TITLE: usize = 6;

/// Where the lines begin that an item's first one leads to: "Look it up:", and command lines below that nothing marks as code. Where each
/// has a prompt, no colon need lead to them.
pub(super) fn typed_below(text: &Text, inline: &Inline) -> Option<usize> {
    let (said, lines) = text.raw.split_once('\n').filter(|_| inline.codes.is_empty())?;
    let prompted = |line: &str| prompt::prompt(line.trim()).is_some_and(|found| found.kind == PromptKind::Dollar);
    // Behind half a sentence a line is its other half, whatever it looks like.
    let whole = || said.split_whitespace().nth(TITLE).is_none() && !said.trim_end().ends_with(',');
    ((said.trim_end().ends_with([':', '.']) || whole() || lines.split('\n').all(prompted))
        && lines.split('\n').enumerate().all(|(at, line)| {
            let line = unfenced::without_remark(line.trim());
            // Beside one, this may be of a program that nobody knows.
            unfenced::is_typed(line) || at > 0 && line.split(' ').next() == Some("sudo") && may_be_command(line)
        })
        && unfenced::is_plain(&text.raw, &inline.plain)
        // "Update the .conf:" may stand above how that is done.
        && (matches!(
            leads::of(&format!("{}:", said.trim_end().trim_end_matches(':'))),
            Lead::None | Lead::Run | Lead::OfFile | Lead::Edited
        ) || leads::checks_file(said))
        && !doubts::refuses(said.trim_end().trim_end_matches([':', ' '])))
    .then_some(said.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::is_command;

    #[test]
    fn commands_and_names() {
        for yes in [
            "systemctl stop mariadb",
            "kill -9 $(pidof mariadbd)",
            "bosh edit deployment",
            "SELECT 1;",
            "select count(*) from x;",
            "./scripts/x.sh --now",
            "sudo reboot",
        ] {
            assert!(is_command(yes), "{yes}");
        }
        for no in [
            "wsrep_cluster_status",
            "docs/RUNBOOK.md",
            "innodb_buffer_pool_size = 70%",
            "RDS > Snapshots",
            "non-Primary",
            "machine-config-controller",
            "--limit etcd",
            "my.cnf",
            "mysql",
            "host: db1",
        ] {
            assert!(!is_command(no), "{no}");
        }
    }
}
