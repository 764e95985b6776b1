//! Tables as carriers: rows that are steps, and rows that say what the page is.

use super::doubts;
use super::leads;
use super::model::{Branch, Expectation, Language, Reading, Role, StepId, Target};
use super::reader::{Label, Reader};
use super::text::{self, Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;
use crate::syntax::document::{BlockId, BlockKind};
use crate::syntax::duration;

/// A single one may be said of something else.
const KNOWN_LABELS: usize = 2;

/// Nobody chooses from more rows than these.
const CASES: usize = 16;

/// Why a command of a row is asked about.
const IN_CELL: &str = "a command in a cell of a table: to be confirmed";

impl Reader<'_> {
    /// `| **RTO** | 30 min |`: a table of two columns that says what the page is. So many of its labels are known.
    pub fn metadata_table(&mut self, block: BlockId) -> bool {
        let BlockKind::Table { header, rows } = &self.document.blocks[block].kind else { return false };
        if header.len() != 2 {
            return false;
        }
        let source = &self.source.text;
        let plain = |cell: &Span| text::read(&Text::piece(source, *cell)).one_line();
        let row = |cells: &[Span]| Some((plain(cells.first()?), plain(cells.get(1)?)));
        let rows = rows.iter().map(|row| &row.cells[..]).take(40);
        let said: Vec<(String, String)> = [&header[..]].into_iter().chain(rows).filter_map(row).collect();
        let ours =
            |words: &Words| VOCABULARY.key(words).is_some() || VOCABULARY.list(List::Targets).whole(words).is_some();
        let known = said.iter().filter(|(label, _)| ours(&Words::new(label))).count();
        let headed =
            said.first().is_some_and(|(head, _)| VOCABULARY.list(List::FieldHeads).whole(&Words::new(head)).is_some());
        if known == 0 || !headed && (known < KNOWN_LABELS || known * 3 < said.len()) {
            return false;
        }
        for (label, value) in said {
            self.head.label(label.trim_end_matches(':').trim(), &value);
        }
        true
    }

    /// A table whose rows are no steps: something to read.
    fn other_table(&mut self, block: BlockId) {
        if self.flow.last.is_some() || self.may_hold_steps() {
            let rows = self.table_text(block);
            self.tell(rows);
        }
    }

    /// "**Interpretation:**" above a table: it is read with the step.
    fn meant(&mut self, block: BlockId) -> bool {
        if self.flow.label != Label::Meaning {
            return false;
        }
        self.flow.label = Label::None;
        let rows = self.table_text(block);
        self.tell(rows);
        true
    }

    /// "Cause | Mitigation", "Exit code | Meaning | Action": which row is the case is asked, and what its action says is done then.
    fn cases(&mut self, block: BlockId, names: &[Words]) -> bool {
        let BlockKind::Table { rows, .. } = &self.document.blocks[block].kind else { return false };
        let called = |at: usize, list: List| names.get(at).is_some_and(|n| VOCABULARY.list(list).whole(n).is_some());
        let Some(action) = (1..names.len()).rev().find(|at| called(*at, List::ThenColumn)) else { return false };
        let asked = self.flow.explicit && matches!(self.role(), Role::Phase | Role::Decision | Role::Detection)
            || self.flow.heading_step.is_some();
        if !called(0, List::CaseColumn) || !asked || !(2..=CASES).contains(&rows.len()) {
            return false;
        }
        let rows: Vec<(Span, Vec<Span>)> = rows.iter().map(|r| (r.span, r.cells.clone())).collect();
        // "10:00", "T+5", "Before": a schedule is gone through, row by row.
        let timed = |(_, cells): &(Span, Vec<Span>)| {
            let Some(cell) = cells.first() else { return false };
            let plain = text::read(&Text::cell(&self.source.text, *cell)).one_line();
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            let clock = plain.split_once([':', 'h']).is_some_and(|(hour, minute)| digits(hour) && digits(minute));
            clock
                || super::sections::mark(&plain).is_some()
                || VOCABULARY.list(List::Moments).starts(&Words::first(&plain, 3), 0)
        };
        if rows.iter().any(timed) {
            return false;
        }
        let said = self.table_text(block);
        let before = self.flow.last;
        let decision = self.open_options(block, self.flow.heading_step);
        self.guide(decision, said);
        if let Some(section) =
            self.flow.section.filter(|s| self.outline.sections[*s].title == self.steps[decision].title)
        {
            self.steps[decision].title = self.heading_title(section);
        }
        let mut otherwise = false;
        let mut before_way: Option<StepId> = None;
        for (span, cells) in rows {
            let text = |at: usize| cells.get(at).map(|cell| Text::cell(&self.source.text, *cell));
            let (Some(case), Some(then)) = (text(0), text(action)) else { continue };
            let (mut label, inline) = (text::read(&case).one_line(), text::read(&then));
            if label.is_empty() {
                // The case of the row above goes on.
                match before_way.filter(|_| inline.codes.iter().any(|c| super::inline_commands::is_command(&c.text))) {
                    Some(way) => self.row_commands(way, &then, false),
                    None => self.guide(before_way.unwrap_or(decision), inline.one_line()),
                }
                continue;
            }
            otherwise |= VOCABULARY.list(List::Otherwise).starts(&Words::first(&label, 4), 0);
            // "2 | a setting is missing | …": a number alone says little.
            let meaning = (1..action).find_map(text).map(|cell| text::read(&cell).one_line());
            if let Some(meaning) = meaning.filter(|said| !said.is_empty() && !label.contains(char::is_alphabetic)) {
                label = format!("{label} ({meaning})");
            }
            let (whole, line) = (inline.one_line(), self.source.line(span.start));
            let first = super::sentences::first_sentence(&whole);
            let target = self.target(&inline, &whole).or_else(|| self.case_target(&inline, &whole));
            // "Halt. Repair it. Do not proceed."
            let stops = whole.split_inclusive(". ").any(|said| super::ways::plain_target(said) == Some(Target::Stop));
            if target.is_none() && stops {
                label = format!("{label} → {whole}");
            }
            let target = target.or_else(|| stops.then_some(Target::Stop));
            let target = target.or_else(|| whole.is_empty().then_some(Target::Continue));
            let does = target.is_none();
            let target = target.unwrap_or(Target::Children);
            self.steps[decision].branches.push(Branch { label, line, span, target, when: None });
            before_way = None;
            if does {
                let index = self.steps[decision].branches.len() - 1;
                let way = self.new_step(first, line, span, Some(decision));
                self.steps[way].branch = Some((decision, index));
                before_way = Some(way);
                if inline.codes.iter().any(|code| super::inline_commands::is_command(&code.text)) {
                    self.row_commands(way, &then, false);
                } else if whole.len() > self.steps[way].title.len() + 1 {
                    self.guide(way, whole);
                }
            }
        }
        if !otherwise {
            let (label, span) = (self.otherwise(), self.document.blocks[block].span);
            let line = self.source.line(span.start);
            let on = Branch { label, line, span, target: Target::Continue, when: None };
            self.steps[decision].branches.push(on);
        }
        // What is said behind the table of the step before is still said of that.
        self.flow.last = before.or(Some(decision));
        self.flow.attached = false;
        self.flow.paragraph = None;
        self.flow.cases = Some(decision);
        true
    }

    /// Where the action of a case leads: "none", "no-go", "roll back", "escalate to [the failover](#failover)".
    fn case_target(&self, inline: &Inline, whole: &str) -> Option<Target> {
        let words = Words::first(whole, 12);
        if words.is_empty() || VOCABULARY.list(List::Nothing).whole(&words).is_some() {
            return Some(Target::Continue);
        }
        if VOCABULARY.list(List::No).whole(&words).is_some() {
            return Some(Target::Stop);
        }
        let runs = inline.codes.iter().any(|code| super::inline_commands::is_command(&code.text));
        let linked = inline.links.last().filter(|_| !runs && words.len() < 12);
        if let Some(target) = linked.and_then(|link| self.link_target(&link.text)) {
            return Some(target);
        }
        // Whoever is to go back must not be led on.
        let at = leads::behind_connectives(&words);
        let back =
            [at, at + 1].into_iter().any(|at| matches!(VOCABULARY.roles.at(&words, at), Some((Role::Rollback, _))));
        if back && !runs && words.len() < 6 {
            let section = self.outline.sections.iter().position(|section| section.role == Role::Rollback);
            return Some(section.map_or(Target::Stop, Target::Section));
        }
        super::ways::plain_target(whole)
    }

    /// A table whose rows are steps: a column for the action, and a number or another column that only steps have.
    pub fn table(&mut self, block: BlockId) {
        let BlockKind::Table { header, rows } = &self.document.blocks[block].kind else { return };
        let source = &self.source.text;
        let names: Vec<Words> = header.iter().map(|h| Words::new(h.of(source))).collect();
        if self.meant(block) || self.cases(block, &names) {
            return;
        }
        let column = |list: &[&str]| names.iter().position(|n| list.iter().any(|w| n.as_str() == *w || n.get(0) == *w));
        // "Step | Check": a column of numbers names nothing that could be done.
        let counts = |at: &usize| {
            let number = |cell: &Span| cell.of(source).trim().bytes().all(|b| b.is_ascii_digit() || b == b'.');
            !rows.is_empty() && rows.iter().all(|row| row.cells.get(*at).is_none_or(number))
        };
        let action = column(&[
            "action",
            "actions",
            "task",
            "tache",
            "etape",
            "step",
            "command",
            "commande",
            "what",
            "quoi",
            "description",
            "instruction",
        ]);
        let action = column(&["action", "actions", "task", "tache", "what", "quoi", "instruction"]).or(action);
        let action = match action {
            Some(number) if counts(&number) => column(&["check", "description", "verification", "controle"])
                .or_else(|| column(&["command", "commande", "commands", "commandes"]))
                .or(action),
            named => named,
        };
        let ordinal = column(&["step", "etape", "n", "no", "ordre", "order", "time", "heure", "temps"])
            .or_else(|| names.iter().position(Words::is_empty))
            .filter(|o| Some(*o) != action);
        let said = ["expected", "attendu", "resultat", "result", "verification", "validation", "check"];
        let expected =
            names.iter().enumerate().position(|(at, n)| Some(at) != action && said.iter().any(|w| n.get(0) == *w));
        let owner = column(&["owner", "who", "responsable", "qui", "role", "actor", "acteur"]);
        let command = column(&["command", "commande", "commands", "commandes"]).filter(|c| Some(*c) != action);
        // "Comment" is a remark in English, and "how" in French.
        let says_how = |name: &Words| {
            VOCABULARY.list(List::HowColumn).whole(name).is_some()
                && (name.as_str() != "comment" || self.head.language == Language::Fr)
        };
        let how = command.or_else(|| names.iter().position(says_how)).filter(|c| Some(*c) != action);
        let called_command = how.is_some_and(|c| VOCABULARY.list(List::CommandColumn).whole(&names[c]).is_some());
        // "Step" beside "Expected" is a procedure, wherever it stands.
        let called =
            |name: &Words| ["step", "steps", "etape", "etapes", "action", "task", "tache"].contains(&name.as_str());
        // "Step | Owner | Action", with 1, 2, 3 in the first.
        let counted = ordinal.is_some_and(|at| {
            let number = |(row, expected): (&crate::syntax::document::Row, usize)| {
                row.cells.get(at).is_some_and(|cell| cell.of(source).trim().parse() == Ok(expected))
            };
            rows.len() > 1 && ["step", "etape"].contains(&names[at].as_str()) && rows.iter().zip(1..).all(number)
        });
        let Some(action) = action.filter(|a| {
            // "Command | What it does" tells of commands.
            (ordinal.is_some() || expected.is_some() || command.is_some_and(|c| c > *a))
                && (self.flow.explicit || called(&names[*a]) && (expected.is_some() || counted))
                && self.role() != Role::Context
                && self.role() != Role::PostAction
        }) else {
            self.other_table(block);
            return;
        };
        let limit = VOCABULARY.list(List::Duration);
        let limit =
            names.iter().position(|n| limit.starts(n, 0)).filter(|l| ![Some(action), ordinal].contains(&Some(*l)));
        let unit = limit.map_or("", |l| unit(&names[l]));
        let rows: Vec<(Span, Vec<Span>)> = rows.iter().map(|r| (r.span, r.cells.clone())).collect();
        for (span, cells) in rows {
            let cell = |at: Option<usize>| at.and_then(|i| cells.get(i)).copied().filter(|c| !c.is_empty());
            let Some(what) = cell(Some(action)) else { continue };
            let step = self.new_step(String::new(), self.source.line(span.start), span, self.flow.heading_step);
            let text = Text::cell(&self.source.text, what);
            self.title(step, &text, &text::read(&text));
            if let Some(cell) = cell(how) {
                let text = Text::cell(&self.source.text, cell);
                self.row_commands(step, &text, called_command);
            }
            if let Some(cell) = cell(expected) {
                let plain = text::read(&Text::cell(&self.source.text, cell)).one_line();
                self.steps[step].expects.push(Expectation {
                    test: super::expectations::test_of(&plain),
                    text: plain,
                    span: cell,
                });
            }
            if let Some(cell) = cell(owner) {
                self.steps[step].owner = Some(text::read(&Text::cell(&self.source.text, cell)).one_line());
            }
            if let Some(cell) = cell(limit) {
                let plain = text::read(&Text::cell(&self.source.text, cell)).one_line();
                let bare = !unit.is_empty() && !plain.contains(char::is_alphabetic);
                let found = duration::find(&if bare { format!("{plain} {unit}") } else { plain });
                self.steps[step].timebox = found.first().map(|d| d.duration).or(self.steps[step].timebox);
            }
            self.flow.last = Some(step);
        }
        self.flow.attached = false;
    }

    /// The commands of a row's cell. Nothing but one, in a column that is `called` so, is what the row does; a cell that says more is
    /// asked about, and read with the step.
    fn row_commands(&mut self, step: StepId, text: &Text, called: bool) {
        let lines: Vec<_> = text.broken().into_iter().map(|line| (text::read(&line), line)).collect();
        // Nothing but code in each line.
        let bare = lines.iter().all(
            |(inline, _)| matches!(&inline.codes[..], [code] if code.end - code.start == inline.plain.trim().len()),
        );
        let alone = bare && lines.len() == 1;
        // What the row's own words say of it holds for its commands: "If it hangs, …", "Rollback: …".
        let title = &self.steps[step].title;
        let depends = doubts::depends(title) || doubts::remarks(title) || doubts::label_doubts(title);
        let doubt = self.flow.doubt.clone().or_else(|| depends.then(|| doubts::not_always(title)));
        let doubt = doubt.or_else(|| (!(alone && called)).then(|| IN_CELL.to_owned()));
        let before = self.steps[step].commands.len();
        for (inline, line) in &lines {
            self.inline_steps(step, line, inline);
        }
        for command in &mut self.steps[step].commands[before..] {
            if let Some(why) = doubt.as_ref().filter(|_| matches!(command.reading, Reading::Run | Reading::Attended)) {
                command.reading = Reading::Ambiguous;
                command.why.clone_from(why);
            }
        }
        if !bare {
            self.guide(step, text::read(text).one_line());
        }
    }
}

/// The unit that a column's heading gives to bare numbers below it: "Duration (min)".
fn unit(heading: &Words) -> &'static str {
    let unit = |word: &str| match word {
        "s" | "sec" | "secs" | "second" | "seconds" | "seconde" | "secondes" => Some("s"),
        "min" | "mins" | "mn" | "minute" | "minutes" => Some("min"),
        "h" | "hour" | "hours" | "heure" | "heures" => Some("h"),
        _ => None,
    };
    heading.iter().find_map(unit).unwrap_or_default()
}
