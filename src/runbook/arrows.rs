//! Arrows in items: "The disk is full → empty the cache", "Active → step 4".

use super::sections::mark;
use super::text::Inline;
use super::vocabulary::{List, VOCABULARY};
use super::ways::{may_point, plain_target};
use super::words::Words;

/// As people write them.
const ARROWS: [&str; 3] = ["→", "->", "=>"];

/// "**The controller is gone** → elect one": what somebody sees, marked, and behind the arrow what is done then.
pub(super) fn points(inline: &Inline) -> bool {
    let marked = inline.strongs.iter().chain(&inline.codes).find(|piece| piece.start == 0);
    let behind = marked.map(|piece| inline.plain[piece.end..].trim_start());
    let done = behind.and_then(|rest| ARROWS.iter().find_map(|arrow| rest.strip_prefix(*arrow)));
    done.is_some_and(|done| done.split_whitespace().nth(1).is_some())
}

/// "The disk is full → empty the cache", with an order behind the arrow.
pub(super) fn asks(inline: &Inline, states: bool, order: impl Fn(&str) -> bool) -> bool {
    if !may_point(&inline.plain) {
        return false;
    }
    let arrow = ARROWS.iter().find_map(|arrow| inline.plain.split_once(arrow));
    arrow.is_some_and(|(case, done)| {
        let words = Words::first(case, 16);
        let seen = [List::States, List::Trouble].iter().any(|list| VOCABULARY.list(*list).anywhere(&words));
        words.len() > 1 && (seen || !states) && mark(case).is_none() && order(done)
    })
}

/// "Active → step 4", "Failed → stop".
pub(super) fn leads(inline: &Inline) -> bool {
    of(&inline.plain).is_some_and(|(_, to)| {
        let words = Words::first(to, 6);
        let numbered = || words.len() == 2 && words.get(1).bytes().all(|b| b.is_ascii_digit());
        let goes = [List::Goto, List::ToStep].iter().any(|list| VOCABULARY.list(*list).starts(&words, 0));
        let named = VOCABULARY.list(List::Markers).starts(&words, 0) && numbered();
        goes || named || plain_target(to).is_some()
    })
}

/// What stands before an arrow, and behind it.
pub(super) fn of(plain: &str) -> Option<(&str, &str)> {
    if !may_point(plain) {
        return None;
    }
    let arrow = ARROWS.iter().find_map(|arrow| plain.rsplit_once(arrow));
    arrow.filter(|(case, to)| !case.trim().is_empty() && !to.trim().is_empty())
}
