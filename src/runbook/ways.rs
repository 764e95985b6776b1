//! Where texts lead: links, section numbers, "continue" and "stop"; jumps; `YES → … | NO → …`.

use super::doubts;
use super::inline_commands;
use super::model::{Branch, Gate, Role, SectionId, StepId, Target};
use super::reader::Reader;
use super::sentences::{self, one_line};
use super::text::{Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;

/// So many words may lead to a heading by its name, and so many headings are asked.
const NAMED: usize = 16;
const LOOKED: usize = 200;

impl Reader<'_> {
    /// "If it is not full, see [Step 1](#step-1)", "Otherwise, stop here": where the rest of a condition leads.
    pub fn clause_target(&self, inline: &Inline, whole: &str) -> Option<Target> {
        let words = Words::first(whole, 24);
        if !super::lists::is_condition(&words) || inline.codes.iter().any(|c| inline_commands::is_command(&c.text)) {
            return None;
        }
        let rest = whole.split_once(", ").map_or("", |(_, rest)| rest);
        let first = Words::first(rest, 4);
        let goes = VOCABULARY.list(List::Goto).starts(&first, 0) || VOCABULARY.list(List::Follow).starts(&first, 0);
        let linked = inline.links.last().filter(|_| goes && words.len() < 24).and_then(|l| self.link_target(&l.text));
        linked.or_else(|| plain_target(rest))
    }

    /// Where a text leads: its link, its section number, or its words for going on and stopping.
    pub fn target(&self, inline: &Inline, whole: &str) -> Option<Target> {
        let arrows = if may_point(whole) { ["→", "->", "=>", "➡", "⇒"].as_slice() } else { &[] };
        let arrow = arrows.iter().filter_map(|a| whole.rfind(a).map(|i| i + a.len())).max();
        // "No: go to [Promote](#promote)"
        let answered = whole.split_once(':').filter(|(label, _)| super::lists::is_yes_or_no(label));
        let said = answered.filter(|_| arrow.is_none()).map(|(_, rest)| rest);
        let words = Words::new(said.unwrap_or(whole));
        let goes = arrow.is_some()
            || VOCABULARY.list(List::Goto).starts(&words, 0)
            || VOCABULARY.list(List::Follow).starts(&words, 0);
        // A link that is all there is says where to go by itself.
        let only = inline
            .links
            .first()
            .is_some_and(|l| l.start == 0 && l.end >= inline.plain.trim_end_matches(['.', ' ']).len());
        let linked = inline.links.last().filter(|_| goes || only).and_then(|link| self.link_target(&link.text));
        if linked.is_some() {
            return linked;
        }
        let after = arrow.map_or(said.unwrap_or(whole), |i| &whole[i..]);
        if let Some(named) = goes.then(|| self.step_named(after)).flatten() {
            return Some(named);
        }
        // "→ step 4"
        if let Some(named) = arrow.and_then(|_| self.named_by(after)) {
            return Some(named);
        }
        if let Some(number) = goes.then(|| section_number(after)).flatten() {
            if let Some(section) = self.outline.numbered(number) {
                return Some(Target::Section(section));
            }
            if whole.contains('§') {
                return Some(Target::Missing(format!("§{number}")));
            }
        }
        let plain = (arrow.is_some() || said.is_some()).then(|| plain_target(after)).flatten();
        plain.or_else(|| goes.then(|| self.section_called(after)).flatten().map(Target::Section))
    }

    /// "Go to the section Restore", "go to \"Restore\".": the only heading of that name.
    fn section_called(&self, said: &str) -> Option<SectionId> {
        let words = Words::first(said, NAMED);
        let begin = VOCABULARY.list(List::Goto).at(&words, 0).map(|((), n)| n)?;
        let named = |section: &SectionId| {
            let name = &self.outline.heads[*section].core;
            let at =
                words.len().checked_sub(name.len()).filter(|at| !name.is_empty() && (begin..=begin + 2).contains(at));
            at.is_some_and(|at| words.from(at) == name.as_str())
        };
        let mut found = (0..self.outline.heads.len().min(LOOKED)).filter(named);
        found.next().filter(|_| found.next().is_none())
    }

    /// A link to a heading of this file or to another runbook; `None` for the rest of the world.
    pub fn link_target(&self, destination: &str) -> Option<Target> {
        if let Some(anchor) = destination.strip_prefix('#') {
            return Some(
                self.outline.find(anchor).map_or_else(|| Target::Missing(destination.to_owned()), Target::Section),
            );
        }
        let path = destination.split('#').next().unwrap_or("");
        let extension = path.rsplit('.').next().unwrap_or("");
        let local = !destination.contains("://") && !destination.starts_with("mailto:");
        (local && matches!(extension.to_ascii_lowercase().as_str(), "md" | "markdown"))
            .then(|| Target::File(destination.to_owned()))
    }

    /// `→ [Validation](#validation)`, `→ aller en §4.6`, `Follow [RB-004](RB-004.md)` as a step.
    pub fn step_jump(&mut self, step: StepId, inline: &Inline, words: &Words) {
        let plain = inline.plain.as_str();
        let arrow = may_point(plain) && (plain.contains('→') || plain.contains("->") || plain.contains('➡'));
        let starts = VOCABULARY.list(List::Goto).starts(words, 0) || VOCABULARY.list(List::Follow).starts(words, 0);
        let condition = super::lists::is_condition(words);
        if !(arrow || starts || condition || inline.links.first().is_some_and(|l| l.start == 0)) || reads_on(words) {
            return;
        }
        let whole = inline.one_line();
        if condition {
            self.conditional_jump(step, inline, &whole);
            return;
        }
        let pages = inline.links.iter().filter(|l| matches!(self.link_target(&l.text), Some(Target::File(_)))).count();
        // "Follow this page and that one", "… or that one": a person does.
        if pages > 1 {
            return;
        }
        if pages == 1 && doubts::in_case(&whole) || leads_in_case(&whole) {
            self.conditional_jump(step, inline, &whole);
            return;
        }
        let from = self.steps[step].span.start;
        match self.target(inline, &whole).filter(|target| self.onwards(target, from)) {
            Some(target @ (Target::Section(_) | Target::Step(_) | Target::Missing(_)))
                if arrow || VOCABULARY.list(List::Goto).starts(words, 0) =>
            {
                self.steps[step].jump = Some(target);
            }
            Some(target @ Target::File(_)) => self.steps[step].jump = Some(target),
            _ => {}
        }
    }

    /// "If it fails, go to [Rollback](#rollback)": a decision with that way and the way on.
    pub fn conditional_jump(&mut self, step: StepId, inline: &Inline, whole: &str) -> bool {
        let target = inline.links.iter().rev().find_map(|l| self.link_target(&l.text));
        let target = target.or_else(|| self.step_named(whole)).or_else(|| self.target(inline, whole));
        let Some(target) = target.filter(|t| !matches!(t, Target::Continue)) else { return false };
        let (line, span) = (self.steps[step].line, self.steps[step].span);
        // "… go to step 2. Otherwise, go to step 5."
        if let Some(ways) = self.ways_of(inline, line, span).filter(|ways| ways.said > 1) {
            self.steps[step].branches.extend(ways.branches);
            return true;
        }
        let clause = whole.find([',', '→']).map_or(whole, |i| &whole[..i]);
        let label = sentences::first_sentence(clause.trim().trim_end_matches('-').trim());
        let other = VOCABULARY.list(List::Otherwise).starts(&inline.first(24), 0);
        let otherwise = if other { self.going_on() } else { self.otherwise() };
        let branches = &mut self.steps[step].branches;
        branches.push(Branch { label, line, span, target, when: None });
        branches.push(Branch { label: otherwise, line, span, target: Target::Continue, when: None });
        true
    }

    /// "[Back to top](#runbook)": a link, and no more, to a heading around it is there for readers.
    fn leads_around(&self, inline: &Inline) -> bool {
        let [link] = &inline.links[..] else { return false };
        // "→ [Steps](#steps)" leads there.
        let before = &inline.plain[..link.start];
        let only = !before.contains(|c: char| c.is_alphanumeric() || matches!(c, '→' | '➡' | '>'))
            && link.end >= inline.plain.trim_end_matches(['.', ' ']).len();
        let around = |target: usize| self.flow.section.is_some_and(|own| self.outline.within(own, |s| s == target));
        only && matches!(self.link_target(&link.text), Some(Target::Section(target)) if around(target))
    }

    /// A loose paragraph that only says where to go on.
    pub fn jump_line(&mut self, inline: &Inline, words: &Words, line: usize, span: Span) -> bool {
        let begin = inline.plain.trim_start();
        if self.leads_around(inline) {
            return true;
        }
        let arrow = begin.starts_with('→') || begin.starts_with("->") || begin.starts_with('➡');
        let goto = VOCABULARY.list(List::Goto).starts(words, 0);
        let follow = VOCABULARY.list(List::Follow).starts(words, 0) && inline.links.len() == 1 && words.len() < 12;
        if !(arrow || goto || follow) || self.role() == Role::Context || !self.flow.explicit || reads_on(words) {
            return false;
        }
        let whole = inline.one_line();
        let Some(target) = self.target(inline, &whole) else { return false };
        if !self.onwards(&target, span.start) {
            return false;
        }
        if follow && !arrow && !goto && !matches!(target, Target::File(_)) {
            return false;
        }
        if !matches!(target, Target::Section(_) | Target::Step(_) | Target::Missing(_) | Target::File(_)) {
            return false;
        }
        let step = self.new_step(sentences::first_sentence(&whole), line, span, None);
        if !(leads_in_case(&whole) && self.conditional_jump(step, inline, &whole)) {
            self.steps[step].jump = Some(target);
        }
        self.flow.last = Some(step);
        true
    }

    /// `YES → continue | NO → stop`, with or without boxes: a gate, or a decision when it leads elsewhere.
    pub fn ways(&mut self, text: &Text, inline: &Inline, step: Option<StepId>) -> bool {
        let mut question = String::new();
        let mut ways: Vec<(String, String, Span)> = Vec::new();
        if let Some(choice) = text.choice() {
            if choice.options.iter().all(|o| o.then.is_none()) {
                return false;
            }
            question = choice.label.map_or_else(String::new, |l| sentences::markless(l.of(&text.raw)));
            for option in &choice.options {
                let then = option.then.map_or("", |t| t.of(&text.raw));
                ways.push((
                    sentences::markless(option.text.of(&text.raw)),
                    then.to_owned(),
                    text.span(option.text.start, option.text.end),
                ));
            }
        } else {
            if !may_point(&inline.plain) || !inline.plain.contains('→') && !inline.plain.contains("->") {
                return false;
            }
            for (i, part) in inline.plain.split(['|', '\n']).enumerate() {
                let Some((left, right)) = part.split_once('→').or_else(|| part.split_once("->")) else { continue };
                let mut label = left.trim();
                if i == 0
                    && let Some(end) = label.rfind(['?', ':'])
                {
                    label[..=end].trim().clone_into(&mut question);
                    label = label[end + 1..].trim();
                }
                let answer = Words::new(label);
                if !(VOCABULARY.list(List::Yes).whole(&answer).is_some()
                    || VOCABULARY.list(List::No).whole(&answer).is_some())
                {
                    return false;
                }
                ways.push((label.to_owned(), right.trim().to_owned(), text.span(0, text.raw.len())));
            }
        }
        if ways.len() < 2 {
            return false;
        }
        self.add_ways(&question, &ways, text, inline, step);
        true
    }

    pub fn add_ways(
        &mut self,
        question: &str,
        ways: &[(String, String, Span)],
        text: &Text,
        inline: &Inline,
        step: Option<StepId>,
    ) {
        let span = text.span(0, text.raw.len());
        let line = self.source.line(span.start);
        let fresh = step.is_none_or(|s| !self.steps[s].commands.is_empty());
        let target_step = if let Some(step) = step.filter(|_| !fresh) {
            step
        } else {
            let new = self.new_step(question.to_owned(), line, span, step);
            if step.is_none() {
                self.flow.last = Some(new);
            }
            new
        };
        if !question.is_empty() && (fresh || self.steps[target_step].title.contains('→')) {
            question.clone_into(&mut self.steps[target_step].title);
        }
        let targets: Vec<Option<Target>> = ways
            .iter()
            .map(|(_, then, _)| {
                let named = inline.links.iter().find(|l| {
                    then.contains(l.text.as_str())
                        || inline.plain.get(l.start..l.end).is_some_and(|t| !t.is_empty() && then.contains(t))
                });
                named
                    .and_then(|l| self.link_target(&l.text))
                    .or_else(|| plain_target(then))
                    .or_else(|| self.target(inline, then))
            })
            .collect();
        let yes = |label: &str| VOCABULARY.list(List::Yes).whole(&Words::new(label)).is_some();
        let gate = ways.len() == 2
            && ways.iter().zip(&targets).all(|((label, _, _), target)| {
                if yes(label) {
                    matches!(target, None | Some(Target::Continue))
                } else {
                    matches!(target, Some(Target::Stop))
                }
            });
        if gate {
            let question =
                if question.is_empty() { self.steps[target_step].title.clone() } else { question.to_owned() };
            self.steps[target_step].gate = Some(Gate { question, approvers: 1 });
            return;
        }
        for ((label, then, span), target) in ways.iter().zip(targets) {
            let label = if target.is_none() && !then.is_empty() {
                format!("{label} → {}", one_line(then))
            } else {
                label.clone()
            };
            let line = self.source.line(span.start);
            self.steps[target_step].branches.push(Branch {
                label,
                line,
                span: *span,
                target: target.unwrap_or(Target::Continue),
                when: None,
            });
        }
    }
}

/// "See [replication](replication.md) for more details": a page to read, and no steps to go through.
pub(super) fn reads_on(words: &Words) -> bool {
    // "…, then follow it", "…, et l'appliquer" say more.
    let behind = || VOCABULARY.list(List::FurtherReading).find(words).map_or(0, |((), at, n)| at + n);
    let more = |from: usize| (from..words.len()).any(|at| VOCABULARY.list(List::Openings).starts(words, at));
    VOCABULARY.list(List::LooksUp).starts(words, 0)
        && VOCABULARY.list(List::FurtherReading).anywhere(words)
        && !more(behind())
}

/// The number of a section that words lead to: "§4.6", "go to 4.6", "to section 4". "→ done in less than 2 minutes" names none.
fn section_number(after: &str) -> Option<&str> {
    let number = |word: &&str| {
        word.starts_with(|c: char| c.is_ascii_digit()) && word.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    };
    let mut at = 0;
    let (before, found) = after.split_inclusive(['§', ' ']).find_map(|piece| {
        let before = &after[..at];
        at += piece.len();
        let word = piece.trim_end_matches(['§', ' ']).trim_end_matches(['.', ',', ')', ';', ':']);
        Some((before.trim_end(), word)).filter(|(_, word)| number(word))
    })?;
    let words = Words::first(before, 6);
    // "→ 2 replicas" counts something.
    let behind = after[at..].trim_start();
    let ends = behind.is_empty() || !behind.starts_with(char::is_alphanumeric);
    let goes = [List::Goto, List::Follow, List::ToStep].iter().any(|list| VOCABULARY.list(*list).starts(&words, 0));
    let named = (1..4).contains(&words.len()) && VOCABULARY.list(List::SectionWords).starts(&words, words.len() - 1);
    (before.ends_with('§') || ends && (words.is_empty() || goes || named)).then_some(found)
}

/// Whether a text may hold an arrow: most hold neither `>` nor a byte that all drawn ones begin with.
pub(super) fn may_point(text: &str) -> bool {
    memchr::memchr2(b'>', 0xe2, text.as_bytes()).is_some()
}

/// "continue", "STOP".
pub(super) fn plain_target(text: &str) -> Option<Target> {
    let words = Words::new(text);
    // "stop" ends the run; "stop it" and "stop mariadb" are work.
    if let Some(((), n)) = VOCABULARY.list(List::Stop).at(&words, 0)
        && words.len() <= 4
        && (words.len() == n || VOCABULARY.list(List::StopHere).starts(&words, n))
    {
        return Some(Target::Stop);
    }
    // "go" goes on, and "go to step 4" does not.
    let goes_on = VOCABULARY.list(List::Continue).starts(&words, 0) && !VOCABULARY.list(List::ToStep).starts(&words, 0);
    (goes_on && words.len() <= 4).then_some(Target::Continue)
}

/// "Go to step 3 if it hangs", "Skip to step 3 when it is down": nobody goes there otherwise.
fn leads_in_case(said: &str) -> bool {
    let words = Words::first(&said[..sentences::full_stop(said).unwrap_or(said.len())], 30);
    VOCABULARY.list(List::Goto).starts(&words, 0)
        && (1..words.len()).any(|at| VOCABULARY.list(List::Condition).starts(&words, at))
}
