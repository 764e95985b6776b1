//! The two lines that a run consists of: the one of a finished step, and the one that moves while a command runs.

use super::super::style::Style;
use super::super::text::{Line, Tone, clip, prose, span, visible, width, wrap};
use super::super::words::{Words, fill};
use super::INDENT;
use crate::driver::ports::Standing;
use crate::plan::model::{Node, PlanStep, Work};
use std::time::Duration;

/// A finished step's line.
pub(super) struct Finished<'a> {
    pub mark: &'static str,
    pub tone: Tone,
    pub node: &'a str,
    pub took: Option<Duration>,
    pub fact: String,
    pub fact_tone: Tone,
}

impl Finished<'_> {
    /// `✓ 1.1  Title                 12s   the fact that matters`
    pub(super) fn lines(&self, standing: &Standing<'_>, style: &Style) -> Vec<Line> {
        let done = self;
        let node = standing.plan.node(done.node);
        let number = node.map_or("", |n| standing.plan.step_of(n).number.as_str());
        let mut title = crate::engine::words(standing.state, node.map_or(done.node, |n| n.title.as_str()));
        if let Some(who) = standing.state.undone_for(done.node) {
            title.push_str(&format!(" ({who})"));
        }
        let title_room = (style.width - INDENT) * 9 / 20;
        let title = if style.live { clip(&title, title_room, style) } else { visible(&title) };
        let took = done.took.map(span).unwrap_or_default();
        let line = Line::of(done.tone, done.mark).with(Tone::Plain, " ").with(Tone::Dim, number);
        // A long number is still no part of the title.
        let line = line.with(Tone::Plain, " ").to(INDENT);
        let line = line.with(Tone::Plain, &title).to(INDENT + title_room + 1);
        let gap = 7_usize.saturating_sub(width(&took));
        let line = line.with(Tone::Dim, &format!("{}{took}", " ".repeat(gap))).with(Tone::Plain, "   ");
        let column = line.width();
        let room = style.width.saturating_sub(column);
        let wrapped = if room >= 16 { wrap(&done.fact, room) } else { Vec::new() };
        let mut out = Vec::new();
        if width(&done.fact) <= room || (1..=3).contains(&wrapped.len()) {
            let mut facts = if wrapped.is_empty() { vec![done.fact.clone()] } else { wrapped }.into_iter();
            out.push(line.with(done.fact_tone, &facts.next().unwrap_or_default()));
            out.extend(facts.map(|fact| Line::new().to(column).with(done.fact_tone, &fact)));
        } else {
            out.push(line);
            prose(&mut out, INDENT, done.fact_tone, &done.fact, style);
        }
        out
    }
}

/// A command that runs.
pub(super) struct Moving<'a> {
    pub node: Option<&'a Node>,
    pub step: Option<&'a PlanStep>,
    /// Its last words.
    pub latest: String,
    pub time: Duration,
    /// The recovery objective and what is spent of it, and whether that is more than all.
    pub rto: Option<(String, bool)>,
}

impl Moving<'_> {
    /// `  3.1  running 12s of 30s · RTO 01:12 of 5m · lag < 10 · Ctrl-C: stop or pause`
    pub(super) fn line(&self, words: &Words, style: &Style) -> Line {
        let options = self.node.and_then(|n| match &n.work {
            Work::Command(command) => Some(&command.options),
            _ => None,
        });
        let limit = options.and_then(|o| o.poll_for.or(o.timeout));
        let planned = self.step.and_then(|s| s.timebox).or(limit);
        let text = planned.map_or_else(|| span(self.time), |p| fill(words.of, &[&span(self.time), &span(p)]));
        let tone = if planned.is_some_and(|p| self.time > p) { Tone::Warn } else { Tone::Dim };
        let mut parts = vec![fill(words.running, &[&text])];
        let late = self.rto.as_ref().is_some_and(|(_, late)| *late);
        let tone = if late { Tone::Bad } else { tone };
        // A narrow screen has it at every prompt; what the command says needs the room here.
        parts.extend(self.rto.as_ref().filter(|_| style.width >= 100 || late).map(|(text, _)| text.clone()));
        parts.extend(options.and_then(|o| o.until.clone()));
        parts.extend(Some(self.latest.trim().to_owned()).filter(|l| !l.is_empty()));
        let dot = format!(" {} ", style.symbols().dot);
        let end = format!("{dot}{}", words.stop_key);
        let room = style.width.saturating_sub(INDENT + width(&end) + 1);
        let number = self.step.map_or("", |s| s.number.as_str());
        Line::of(Tone::Plain, "  ")
            .with(Tone::Strong, number)
            .to(INDENT)
            .with(tone, &clip(&parts.join(&dot), room, style))
            .with(Tone::Dim, &end)
    }
}
