//! What the sentence before a fence says about it: "run:", "expected output:", "add to my.cnf:".

use super::vocabulary::{List, VOCABULARY};
use super::words::Words;

/// What a sentence introduces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Lead {
    /// Nothing in particular.
    #[default]
    None,
    /// Something to run.
    Run,
    /// What comes out of it.
    Output,
    /// What a file is to hold.
    File,
    /// A query for some other program's page.
    Query,
}

/// What the sentence before a fence says about it. Most sentences stand before none, so it is read when a fence asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ahead {
    /// Read already.
    Known(Lead),
    /// The sentence.
    Said(String),
}

impl Default for Ahead {
    fn default() -> Self {
        Self::Known(Lead::None)
    }
}

impl Ahead {
    /// A sentence that nobody has asked about yet.
    pub(super) fn said(plain: &str) -> Self {
        Self::Said(plain.to_owned())
    }

    /// What it says.
    pub(super) fn read(&mut self) -> Lead {
        let lead = match self {
            Self::Known(lead) => *lead,
            Self::Said(plain) => of(plain),
        };
        *self = Self::Known(lead);
        lead
    }

    /// What it says, which holds for one fence only.
    pub(super) fn take(&mut self) -> Lead {
        std::mem::take(self).read()
    }
}

/// How many words a sentence without a colon has at most that still speaks of what follows.
const TELLING: usize = 12;

/// No phrase of the lists has more words.
const LONGEST: usize = 12;

/// Of two at one place, which counts.
const fn rank(lead: Lead) -> u8 {
    match lead {
        Lead::Run => 0,
        Lead::File => 1,
        Lead::Query => 2,
        Lead::Output => 3,
        Lead::None => 4,
    }
}

/// Reads a paragraph's last sentence.
pub(super) fn of(text: &str) -> Lead {
    let text = text.trim_end();
    let introduces = text.ends_with([':', '…']) || text.ends_with("...");
    let last = last_sentence(text);
    // Without a colon only a short sentence is of interest: see below.
    let words = Words::first(last, if introduces { usize::MAX } else { TELLING + 1 });
    if !introduces && words.len() > TELLING {
        return Lead::None;
    }
    // Of what introduces nothing only output is of interest, and few sentences speak of it.
    if !introduces && !VOCABULARY.list(List::Output).anywhere(&words) {
        return Lead::None;
    }
    let mut best = (0, Lead::None);
    let lists =
        [(List::Run, Lead::Run), (List::File, Lead::File), (List::Query, Lead::Query), (List::Output, Lead::Output)];
    let lists = lists.map(|(name, lead)| (VOCABULARY.list(name), lead));
    for i in (0..words.len()).rev() {
        // What begins too far before what was found cannot reach beyond it.
        if (i + LONGEST) * 2 < best.0 {
            break;
        }
        for (phrases, lead) in lists {
            if let Some(((), n)) = phrases.at(&words, i) {
                // The words nearest to the fence speak about it; the longer of two at one place.
                let nearest = (i + n) * 2 + usize::from(lead == Lead::Output);
                if nearest > best.0 || nearest == best.0 && rank(lead) < rank(best.1) {
                    best = (nearest, lead);
                }
            }
        }
    }
    match best.1 {
        // Without a colon a sentence tells something, and only a sentence about output still speaks of what follows.
        Lead::Run if introduces => Lead::Run,
        Lead::Output => Lead::Output,
        other if introduces => other,
        _ => Lead::None,
    }
}

/// Whether a sentence introduces the way back: "To undo this step:", "Rollback (if needed):", "Pour revenir en arrière :". What
/// follows it must never run on the way forward.
pub(super) fn goes_back(text: &str) -> bool {
    let text = text.trim_end();
    if !text.ends_with(':') {
        return false;
    }
    let words = Words::first(last_sentence(text), 24);
    let list = VOCABULARY.list(List::BackLead);
    let label = VOCABULARY.list(List::RollbackLabel).at(&words, 0).is_some_and(|((), n)| {
        let rest = VOCABULARY.list(List::BackRest);
        n == words.len() || rest.at(&words, n).is_some_and(|((), m)| n + m == words.len())
    });
    label || list.starts(&words, 0)
}

/// Why a fence below this sentence must not run just like that.
pub(super) fn doubt(text: &str) -> Option<String> {
    let text = text.trim_end();
    if !text.ends_with([':', '…']) {
        return None;
    }
    let last = last_sentence(text);
    let words = Words::first(last, 30);
    let condition =
        VOCABULARY.list(List::StrongCondition).starts(&words, 0) || VOCABULARY.list(List::Otherwise).starts(&words, 0);
    let doubtful = [List::Doubt, List::Example].iter().any(|list| VOCABULARY.list(*list).starts(&words, 0))
        || VOCABULARY.list(List::Never).anywhere(&words);
    (condition || doubtful).then(|| not_always(last))
}

/// Why what stands below this comment of a fence must not run just like that: "If etcd is down", "or", "Option 2".
pub(super) fn comment_doubts(comment: &str) -> Option<String> {
    let said = comment.trim();
    let own = super::sections::leading_number(said).map_or(said, |(_, rest)| rest);
    let words = Words::first(own, 30);
    // "(or any other way you know)" only remarks something.
    let other = !own.starts_with('(') && VOCABULARY.list(List::Or).starts(&words, 0);
    let doubtful = conditional(&words)
        || other
        || VOCABULARY.list(List::Example).starts(&words, 0)
        || super::sections::named(&words, 0, own);
    doubtful.then(|| not_always(said))
}

/// The same of a comment behind a command on its line: "if needed", "only once".
pub(super) fn remark_doubts(remark: &str) -> Option<String> {
    conditional(&Words::first(remark, 30)).then(|| not_always(remark.trim()))
}

fn conditional(words: &Words) -> bool {
    super::lists::is_condition(words)
        || [List::Doubt, List::Optional].iter().any(|list| VOCABULARY.list(*list).starts(words, 0))
        || VOCABULARY.list(List::Never).anywhere(words)
}

/// Whether a piece of a sentence says when it is to be done: "if needed", "only for major releases".
pub(super) fn depends(said: &str) -> bool {
    let words = Words::first(said, 30);
    super::lists::is_condition(&words)
        || [List::Doubt, List::Optional].iter().any(|list| VOCABULARY.list(*list).starts(&words, 0))
}

/// The words for what is not always to be run.
pub(super) fn not_always(said: &str) -> String {
    format!("not always to be run: \u{201c}{}\u{201d}", said.trim_end_matches(':').trim())
}

/// From the last full stop that another sentence follows, or the last line of several.
pub(super) fn last_sentence(text: &str) -> &str {
    let ends = |pair: &[u8]| matches!(pair, [b'.' | b'!' | b'?', b' ' | b'\n']);
    let start = text.as_bytes().windows(2).rposition(ends).map_or(0, |i| i + 1);
    text[start..].trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_phrase_is_longer_than_the_longest() {
        for name in [List::Run, List::File, List::Query, List::Output] {
            assert!(VOCABULARY.list(name).longest_words() <= LONGEST, "{name:?}");
        }
    }

    #[test]
    fn leads() {
        for (text, want) in [
            ("Expected output:", Lead::Output),
            ("Run the following command, which returns something like:", Lead::Output),
            ("Edit the configuration file and run:", Lead::Run),
            ("Add to my.cnf:", Lead::File),
            ("Exécuter la commande suivante :", Lead::Run),
            ("Vous serez invité à entrer le mot de passe comme ceci :", Lead::Output),
            ("Stop the writes", Lead::None),
            ("You should see one row. Then promote it:", Lead::None),
            ("Use this query in Prometheus:", Lead::Query),
        ] {
            assert_eq!(of(text), want, "{text}");
        }
    }
}
