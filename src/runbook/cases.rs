//! Tables of cases, "Cause | Mitigation": a decision whose ways are the rows.

use super::inline_commands::is_command;
use super::leads;
use super::model::{Branch, Role, StepId, Target};
use super::reader::Reader;
use super::sentences::first_sentence;
use super::text::{self, Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::ways::plain_target;
use super::words::Words;
use crate::source::Span;
use crate::syntax::document::{BlockId, BlockKind};

/// Nobody chooses from more rows than these.
const CASES: usize = 16;

impl Reader<'_> {
    /// "Cause | Mitigation", "Exit code | Meaning | Action": which row is the case is asked, and what its action says is done then.
    pub fn cases(&mut self, block: BlockId, names: &[Words]) -> bool {
        let BlockKind::Table { rows, .. } = &self.document.blocks[block].kind else { return false };
        let called = |at: usize, list: List| names.get(at).is_some_and(|n| VOCABULARY.list(list).whole(n).is_some());
        let Some(action) = (1..names.len()).rev().find(|at| called(*at, List::ThenColumn)) else { return false };
        // Before the first section a page introduces itself.
        let asked = matches!(self.role(), Role::Phase | Role::Decision | Role::Detection | Role::Alternative)
            && self.may_hold_steps()
            || self.flow.heading_step.is_some();
        if !called(0, List::CaseColumn) || !asked || !(2..=CASES).contains(&rows.len()) {
            return false;
        }
        let rows: Vec<(Span, Vec<Span>)> = rows.iter().map(|r| (r.span, r.cells.clone())).collect();
        if rows.iter().any(|(_, cells)| self.is_timed(cells)) {
            return false;
        }
        let said = self.table_text(block);
        let before = self.flow.last;
        let decision = self.asked_by_heading().unwrap_or_else(|| self.open_options(block, self.flow.heading_step));
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
                match before_way.filter(|_| inline.codes.iter().any(|c| is_command(&c.text))) {
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
            let first = first_sentence(&whole);
            let target = self.target(&inline, &whole).or_else(|| self.case_target(&inline, &whole));
            // "Halt. Repair it. Do not proceed."
            let stops = whole.split_inclusive(". ").any(|said| plain_target(said) == Some(Target::Stop));
            if target.is_none() && stops {
                label = format!("{label} → {whole}");
            }
            let target = target.or_else(|| stops.then_some(Target::Stop));
            let does = target.is_none();
            let target = target.unwrap_or(Target::Children);
            self.steps[decision].branches.push(Branch { label, line, span, target, when: None });
            before_way = None;
            if does {
                let index = self.steps[decision].branches.len() - 1;
                let way = self.new_step(first, line, span, Some(decision));
                self.steps[way].branch = Some((decision, index));
                before_way = Some(way);
                if inline.codes.iter().any(|code| is_command(&code.text)) {
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

    /// "## Troubleshooting" asked already whether any of it is the case, and nothing stands between: its decision is that of the cases.
    fn asked_by_heading(&mut self) -> Option<StepId> {
        let section = self.flow.section?;
        let decision = self.steps.len().checked_sub(1)?;
        let around =
            |way: &Branch| matches!(way.target, Target::Section(s) if self.outline.within(section, |of| of == s));
        let [way, rest @ ..] = &self.steps[decision].branches[..] else { return None };
        let alone = around(way) && rest.iter().all(|way| way.target == Target::Continue) && way.when.is_none();
        if !alone || self.flow.last.is_some() {
            return None;
        }
        self.steps[decision].branches.clear();
        Some(decision)
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
        let runs = inline.codes.iter().any(|code| is_command(&code.text));
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
        plain_target(whole)
    }

    /// "10:00", "T+5", "Before" in the first cell: a schedule is gone through, row by row.
    fn is_timed(&self, cells: &[Span]) -> bool {
        let Some(cell) = cells.first() else { return false };
        let plain = text::read(&Text::cell(&self.source.text, *cell)).one_line();
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let clock = plain.split_once([':', 'h']).is_some_and(|(hour, minute)| digits(hour) && digits(minute));
        clock
            || super::sections::mark(&plain).is_some()
            || VOCABULARY.list(List::Moments).starts(&Words::first(&plain, 3), 0)
    }
}
