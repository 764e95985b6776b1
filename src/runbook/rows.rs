//! Tables as carriers: rows that are steps, and rows that say what the page is.

use super::doubts;
use super::model::{Expectation, Language, Reading, Role, StepId};
use super::reader::{Label, Reader};
use super::sentences::last_sentence;
use super::text::{self, Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::{First, Words};
use crate::source::Span;
use crate::syntax::document::{BlockId, BlockKind};
use crate::syntax::duration;

/// A single one may be said of something else.
const KNOWN_LABELS: usize = 2;

/// What the column is called that says what is to be done.
const ACTIONS: [&str; 14] = [
    "action",
    "actions",
    "task",
    "tache",
    "etape",
    "etapes",
    "step",
    "steps",
    "command",
    "commande",
    "what",
    "quoi",
    "description",
    "instruction",
];

/// So many blocks may stand between the words "the table below" and the table, those of a list's items among them.
const BELOW: usize = 24;

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
        // What stands beside the labels is read once it is known that they are labels.
        let row = |cells: &[Span]| Some((plain(cells.first()?), *cells.get(1)?));
        let rows = rows.iter().map(|row| &row.cells[..]).take(40);
        let said: Vec<(String, Span)> = [&header[..]].into_iter().chain(rows).filter_map(row).collect();
        let targets = VOCABULARY.list(List::Targets);
        let ours = |label: &str| {
            let first = First::of(label);
            (VOCABULARY.metadata.may_begin(first) || targets.may_begin(first)) && {
                let words = Words::new(label);
                VOCABULARY.key(&words).is_some() || targets.whole(&words).is_some()
            }
        };
        let known = said.iter().filter(|(label, _)| ours(label)).count();
        let headed =
            said.first().is_some_and(|(head, _)| VOCABULARY.list(List::FieldHeads).whole(&Words::new(head)).is_some());
        if known == 0 || !headed && (known < KNOWN_LABELS || known * 3 < said.len()) {
            return false;
        }
        for (label, value) in said {
            self.head.label(label.trim_end_matches(':').trim(), &plain(&value));
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
        let action = column(&ACTIONS);
        let action = column(&["action", "actions", "task", "tache", "what", "quoi", "instruction"]).or(action);
        let action = match action {
            Some(number) if counts(&number) => column(&["check", "description", "verification", "controle"])
                .or_else(|| column(&["command", "commande", "commands", "commandes"]))
                .or(action),
            named => named,
        };
        let ordinal =
            column(&["step", "steps", "etape", "etapes", "n", "no", "ordre", "order", "time", "heure", "temps"])
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
            rows.len() > 1
                && ["step", "steps", "etape", "etapes"].contains(&names[at].as_str())
                && rows.iter().zip(1..).all(number)
        });
        let Some(action) = action.filter(|a| {
            // "Command | What it does" tells of commands.
            (ordinal.is_some() || expected.is_some() || command.is_some_and(|c| c > *a))
                && (self.flow.explicit || called(&names[*a]) && (expected.is_some() || counted || called_command))
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
            let read = [Some(action), how, expected, owner, limit, ordinal];
            self.other_cells(step, &names, &cells, &read);
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

    /// "If it is full, do what the table below says.": what is said in between takes nothing back.
    pub fn doubt_table(&mut self, block: BlockId, inline: &Inline) {
        let says = || VOCABULARY.list(List::TableBelow).anywhere(&Words::new(last_sentence(&inline.plain)));
        if self.flow.doubt.is_none() || !says() {
            return;
        }
        let (below, kind) = (self.document.blocks[block].end, |at: &BlockId| &self.document.blocks[*at].kind);
        let near = below..self.document.blocks.len().min(below + BELOW);
        let table = near
            .take_while(|at| !matches!(kind(at), BlockKind::Heading { .. }))
            .find(|at| matches!(kind(at), BlockKind::Table { .. }));
        if let Some(table) = table {
            self.drop_until(self.document.blocks[table].span.end, self.flow.doubt.clone());
        }
    }

    /// What cells of no known column say of a row: "only on test", "if needed", a host, and all that stands below "When".
    fn other_cells(&mut self, step: StepId, names: &[Words], cells: &[Span], read: &[Option<usize>]) {
        for (at, cell) in cells.iter().enumerate().filter(|(at, _)| !read.contains(&Some(*at))) {
            let said = text::read(&Text::cell(&self.source.text, *cell)).one_line();
            if let Some(why) = doubts::cell_doubts(&said, names.get(at)) {
                self.doubt_commands(step, &why);
                self.guide(step, said);
            }
        }
    }

    /// The commands of a row's cell. Nothing but one, in a column that is `called` so, is what the row does; a cell that says more is
    /// asked about, and read with the step.
    pub fn row_commands(&mut self, step: StepId, text: &Text, called: bool) {
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
