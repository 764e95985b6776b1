//! The way back, as it is shown before it is taken.

use super::style::Style;
use super::text::{Line, Tone, prose};
use super::words::Words;
use crate::engine::event::UndoRound;
use crate::plan::model::Plan;

/// What will be undone, in order, and what cannot be.
pub(super) fn lines(
    out: &mut Vec<Line>,
    (queue, rounds): (&[String], &[UndoRound]),
    left: &[String],
    plan: &Plan,
    words: &Words,
    style: &Style,
) {
    for (i, id) in queue.iter().enumerate() {
        let title = plan.node(id).map_or(id.as_str(), |n| n.title.as_str());
        let who = rounds.iter().find(|round| round.at == i && !round.of.is_empty());
        let title = who.map_or_else(|| title.to_owned(), |round| format!("{title} ({})", round.of));
        prose(out, 4, Tone::Plain, &format!("{:>2}  {title}", i + 1), style);
    }
    if !left.is_empty() {
        prose(out, 2, Tone::Warn, words.rollback_left, style);
        for text in left {
            prose(out, 4, Tone::Warn, &format!("{} {text}", style.symbols().pivot), style);
        }
    }
}
