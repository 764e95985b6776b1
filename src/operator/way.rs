//! The way back, as it is shown before it is taken.

use super::style::Style;
use super::text::{Line, Tone, prose};
use super::words::Words;
use crate::engine;
use crate::engine::event::UndoRound;
use crate::engine::state::RunState;
use crate::plan::model::Plan;

/// What will be undone, in order, and what cannot be.
pub(super) fn lines(
    out: &mut Vec<Line>,
    (queue, rounds): (&[String], &[UndoRound]),
    left: &[String],
    (plan, state): (&Plan, &RunState),
    words: &Words,
    style: &Style,
) {
    for (i, id) in queue.iter().enumerate() {
        let title = plan.node(id).map_or(id.as_str(), |n| n.title.as_str());
        let title = match rounds.iter().find(|round| round.at == i) {
            Some(round) if round.of.is_empty() => engine::words_for(state, round, title),
            Some(round) => format!("{} ({})", engine::words_for(state, round, title), round.of),
            None => engine::words(state, title),
        };
        prose(out, 4, Tone::Plain, &format!("{:>2}  {title}", i + 1), style);
    }
    if !left.is_empty() {
        prose(out, 2, Tone::Warn, words.rollback_left, style);
        for text in left {
            prose(out, 4, Tone::Warn, &format!("{} {text}", style.symbols().pivot), style);
        }
    }
}
