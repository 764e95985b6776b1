//! Heads: of a run (what, how serious, how real, who, and the time that is left) and of a section.

use super::screen::Screen;
use super::style::Style;
use super::text::{Line, Tone, clip, clock, prose, span, width};
use super::words::{Words, fill};
use crate::driver::ports::Standing;
use crate::engine::event::RunHead;
use std::time::Duration;

/// Two or three lines.
pub(super) fn head(head: &RunHead, operator: &str, standing: &Standing<'_>, words: &Words, style: &Style) -> Vec<Line> {
    let dot = format!(" {} ", style.symbols().dot);
    let environment = standing.plan.info.metadata.known.get("environment").cloned();
    let parts: Vec<String> =
        [head.category.clone(), head.severity.clone(), Some(words.mode(head.mode).to_owned()), environment]
            .into_iter()
            .flatten()
            .filter(|part| !part.trim().is_empty())
            .collect();
    let facts = parts.join(&dot);
    let mut out = vec![Line::new()];
    let title = Line::of(Tone::Accent, &head.runbook).with(Tone::Plain, "  ").with(Tone::Strong, &head.title);
    if title.width() + 2 + width(&facts) <= style.width {
        out.push(title.to(style.width - width(&facts)).with(Tone::Plain, &facts));
    } else {
        out.push(Line::of(Tone::Accent, &head.runbook));
        prose(&mut out, 2, Tone::Strong, &head.title, style);
        prose(&mut out, 2, Tone::Plain, &facts, style);
    }
    let mut line = Line::of(Tone::Plain, &format!("{} {}   {} {operator}", words.run, head.run, words.operator));
    if let Some(rto) = head.rto_s.map(Duration::from_secs) {
        let bar = Line::of(Tone::Plain, &format!("RTO {}   ", span(rto))).and(budget(standing, rto, words, style));
        if line.width() + 3 + bar.width() <= style.width {
            line = line.with(Tone::Plain, "   ").and(bar);
        } else {
            out.push(line);
            line = bar;
        }
    }
    out.push(line);
    out
}

/// `down 01:12 ▕████   ▏ 3m 48s left`
fn budget(standing: &Standing<'_>, rto: Duration, words: &Words, style: &Style) -> Line {
    let marks = style.symbols();
    let cells: usize = 16;
    let share = if rto.is_zero() { 1.0 } else { (standing.elapsed.as_secs_f64() / rto.as_secs_f64()).min(1.0) };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let full = (share * cells as f64).floor() as usize;
    let bar =
        format!("{}{}{}{}", marks.ends.0, marks.full.repeat(full), marks.empty.repeat(cells - full), marks.ends.1);
    let since = if standing.from_incident { words.down } else { words.elapsed };
    let late = standing.elapsed > rto;
    let rest = if late { standing.elapsed.saturating_sub(rto) } else { rto.saturating_sub(standing.elapsed) };
    let text = fill(if late { words.over } else { words.left }, &[&span(Duration::from_secs(rest.as_secs()))]);
    let tone = match () {
        () if late => Tone::Bad,
        () if share >= 0.75 => Tone::Warn,
        () => Tone::Good,
    };
    Line::of(Tone::Plain, &format!("{since} {} ", clock(standing.elapsed)))
        .with(tone, &bar)
        .with(tone, &format!(" {text}"))
}

/// A section's heading, unless it is the one that was shown last.
pub(super) fn section(title: &str, screen: &Screen) -> Vec<Line> {
    if title.is_empty() || screen.memory(|m| m.section.as_deref() == Some(title)) {
        return Vec::new();
    }
    screen.memory(|m| m.section = Some(title.to_owned()));
    let style = screen.style();
    let rule = style.symbols().rule;
    let shown = clip(title, style.width.saturating_sub(6), &style);
    let rest = style.width.saturating_sub(width(&shown) + 4);
    let line = Line::of(Tone::Dim, &format!("{} ", rule.repeat(2)))
        .with(Tone::Strong, &shown)
        .with(Tone::Dim, &format!(" {}", rule.repeat(rest)));
    vec![Line::new(), line]
}
