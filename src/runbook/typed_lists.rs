//! Lists of nothing but commands: whether they are steps, and why they are asked about.

use super::doubts;
use super::leads;
use super::lists::says_purpose;
use super::reader::Reader;
use super::text::{Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::syntax::document::{BlockId, BlockKind, ListKind};

impl Reader<'_> {
    /// Whether what stands above a list says that its commands are to be run.
    pub fn leads_plainly_to(&self, list: BlockId) -> bool {
        self.said_above(list).is_some_and(|(_, inline)| leads_plainly(inline, &inline.first(24)))
    }

    /// Whether bullets are nothing but commands.
    pub fn is_typed(&self, list: BlockId) -> bool {
        let count = self.count(list);
        let bullets = matches!(&self.document.blocks[list].kind, BlockKind::List { kind: ListKind::Bullet(_), .. });
        bullets && count.is_typed()
    }

    /// "Add the following lines to `/etc/rc.local`:" above bullets that look like commands.
    pub fn is_no_command(&self, list: BlockId) -> bool {
        let said = self.said_above(list).filter(|(_, said)| said.plain.trim_end().ends_with(':'));
        said.is_some_and(|(_, said)| self.is_typed(list) && said.lead().tells_of_no_command())
    }

    /// Whether what stands above a list leaves it open that its items are commands. "Add to the file:" and "Never run these:" do not.
    pub fn may_be_typed(&self, list: BlockId) -> bool {
        self.said_above(list).is_none_or(|(_, inline)| {
            let said = inline.plain.trim_end().trim_end_matches([':', ' ']);
            !inline.lead().tells_of_no_command() && !doubts::refuses(said)
        })
    }

    /// Why items that are nothing but commands are asked about: what leads to bullets may say that somebody else runs them, or that they
    /// are one thing said twice. "Finally:", "To stop it:" and "Commands:" say nothing of the kind.
    pub fn typed_doubt(&self, list: BlockId) -> Option<String> {
        let (_, inline) = self.said_above(list).filter(|_| self.count(list).is_typed())?;
        let words = inline.first(24);
        // "Restart it, any of these will do:"
        let one =
            [List::Choices, List::OneOf, List::OneAlone].iter().any(|list| VOCABULARY.list(*list).anywhere(&words));
        // Numbers say that all of it is done, and not by whom, or where.
        let others = || doubts::others_act(&words) || super::places::around(inline.plain.trim_end(), "").is_some();
        if !self.is_typed(list) && !one && !others() {
            return None;
        }
        let asks = || super::says::sentence_asks(inline, &words, self.head.language) && !one;
        let named = || VOCABULARY.list(List::Run).whole(&words).is_some();
        // "What we did last time" may be above it.
        let plainly = || self.flow.explicit && (named() || leads_plainly(inline, &words));
        if plainly() || asks() && (self.is_typed(list) || !others()) {
            return None;
        }
        let said = super::sentences::one_line(inline.plain.trim_end_matches(':').trim());
        Some(if one {
            doubts::not_always(&said)
        } else {
            format!("the text above does not say that it is to be run: \u{201c}{said}\u{201d}")
        })
    }

    /// Whether bullets that are nothing but commands are steps of their own. Below a sentence that asks for something, and right
    /// below another list, they say how that is done.
    pub fn are_steps_themselves(&self, list: BlockId) -> bool {
        let blocks = &self.document.blocks;
        let beside = list.checked_sub(1).is_none_or(|above| blocks[above].parent == blocks[list].parent);
        let asks = |(_, said): (&Text, &Inline)| super::says::sentence_asks(said, &said.first(24), self.head.language);
        beside && self.may_be_typed(list) && !self.said_above(list).is_some_and(asks)
    }
}

/// "Finally:", "In this order:", "To stop it:" above commands: they are to be run.
fn leads_plainly(inline: &Inline, words: &Words) -> bool {
    let purpose = || {
        says_purpose(words) && super::sentences::full_stop(&inline.plain).is_none() && !super::says::says_back(inline)
    };
    let whole = VOCABULARY.list(List::Manner).whole(words).is_some() || leads::behind_connectives(words) == words.len();
    inline.plain.trim_end().ends_with(':') && (whole || purpose())
}
