//! What the sentence before a fence says about it: "run:", "expected output:", "add to my.cnf:".

use super::text::Inline;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use std::borrow::Cow;

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
    /// "Edit `my.cnf`:" What a file is to hold, unless its fence is labelled as a shell's.
    Edited,
    /// "Set the value of `port`:" Lines that only set something may be what a file is to hold.
    Set,
    /// "It is switched in `prod.env`:" The same, and a command all the same where it is one.
    OfFile,
    /// A query for some other program's page.
    Query,
}

impl Lead {
    /// Whether what it introduces is no command.
    pub(super) fn tells_of_no_command(self) -> bool {
        !matches!(self, Self::None | Self::Run | Self::OfFile)
    }
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

    /// The words of what ends with a colon and nobody has asked about yet.
    fn introduces(&self) -> Option<Words> {
        let Self::Said(plain) = self else { return None };
        let text = plain.trim_end();
        text.ends_with(':').then(|| Words::first(last_sentence(text), TELLING))
    }

    /// Whether it says that what follows is what a command does: "The script:", "This will:".
    pub(super) fn describes(&self) -> bool {
        let Some(words) = self.introduces() else { return false };
        let [describes, run] = [List::Describes, List::Run].map(|list| VOCABULARY.list(list));
        words.len() < TELLING
            && describes.at(&words, 0).is_some_and(|((), n)| !(n..words.len()).any(|i| run.starts(&words, i)))
    }

    /// Whether it says that nothing of what follows is to be done: "Do not:", "Never do the following:".
    pub(super) fn forbids(&self) -> bool {
        let Some(words) = self.introduces() else { return false };
        let never = VOCABULARY.list(List::Never);
        let at = behind_connectives(&words);
        never.anywhere(&words) || refuses_from(&words, at)
    }

    /// What it says, which holds for one fence only.
    pub(super) fn take(&mut self) -> Lead {
        std::mem::take(self).read()
    }
}

/// How many words a sentence without a colon has at most that still speaks of what follows.
const TELLING: usize = 12;

/// A sentence of so few words is a title.
const TITLE: usize = 3;

/// No phrase of the lists has more words.
const LONGEST: usize = 12;

/// Of two at one place, which counts.
const fn rank(lead: Lead) -> u8 {
    match lead {
        Lead::Run => 0,
        Lead::File | Lead::Edited | Lead::Set | Lead::OfFile => 1,
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
    let speaks = || VOCABULARY.list(List::Output).anywhere(&words) && says_ahead(&words);
    if !introduces && !speaks() {
        return Lead::None;
    }
    // "**Symptoms:**" stands above what somebody saw.
    if introduces && VOCABULARY.list(List::Seen).whole(&words).is_some() {
        return Lead::Output;
    }
    let edited = introduces.then(|| edits(last, &words)).flatten();
    if edited == Some(Lead::Edited) {
        return Lead::Edited;
    }
    let mut best = (0, Lead::None);
    let lists = [
        (List::Run, Lead::Run),
        (List::File, Lead::File),
        (List::FileIn, Lead::File),
        (List::Query, Lead::Query),
        (List::Output, Lead::Output),
    ];
    let lists = lists.map(|(name, lead)| (VOCABULARY.list(name), lead, name == List::FileIn));
    for i in (0..words.len()).rev() {
        // What begins too far before what was found cannot reach beyond it.
        if (i + LONGEST) * 2 < best.0 {
            break;
        }
        for (phrases, lead, of_file) in lists {
            if let Some(((), n)) = phrases.at(&words, i) {
                let not_it = lead == Lead::Output && (is_kept(&words, i, n) || of_command(&words, i, n))
                    // "the backups in your bucket"
                    || of_file && !last.split_whitespace().any(names_file);
                if not_it {
                    continue;
                }
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
        Lead::None if introduces && edited.is_none() && of_file(last, &words) => Lead::OfFile,
        Lead::None => edited.unwrap_or_default(),
        other if introduces => other,
        _ => Lead::None,
    }
}

/// Whether a sentence names a file and says nothing of what is to be done.
fn of_file(sentence: &str, words: &Words) -> bool {
    sentence.split_whitespace().any(names_file) && !VOCABULARY.list(List::GoesOn).anywhere(words)
}

/// Whether a sentence without a colon speaks of an output that follows it.
fn says_ahead(words: &Words) -> bool {
    // "Sample output" is a title.
    (words.len() <= TITLE || VOCABULARY.list(List::OutputAhead).anywhere(words))
        && !VOCABULARY.list(List::NotAhead).anywhere(words)
}

/// Whether the output that these words name is only what is looked at, or kept, once a command was run: "run it and check the
/// output".
fn is_kept(words: &Words, at: usize, length: usize) -> bool {
    let noun = (at..at + length).filter(|i| !VOCABULARY.is_fact(words.get(*i))).count() == 1;
    let verb = (0..at).rev().find(|i| !VOCABULARY.is_fact(words.get(*i)));
    let keep = VOCABULARY.list(List::Keep);
    let kept = verb.filter(|verb| keep.starts(words, *verb));
    noun && kept.is_some_and(|verb| (0..verb).any(|i| VOCABULARY.list(List::Run).starts(words, i)))
}

/// Whether words about an output say what the command does that follows: "The following command should output the size".
fn of_command(words: &Words, at: usize, length: usize) -> bool {
    let [run, ahead, verbs] = [List::Run, List::OutputAhead, List::OutputVerb].map(|list| VOCABULARY.list(list));
    (at.saturating_sub(4)..at).any(|from| {
        let end = run.at(words, from).map_or(0, |((), n)| from + n);
        let acts = verbs.at(words, end).is_some_and(|((), n)| end <= at && at + length <= end + n);
        acts && (from..end).any(|word| ahead.starts(words, word))
    })
}

/// Whether a sentence says to edit a file and nothing more: "Edit `/etc/my.cnf`:", "In `my.cnf`, change the port:". Of a mere
/// setting nobody knows where it stands: "Set the value of `port`:".
fn edits(sentence: &str, words: &Words) -> Option<Lead> {
    let edit = |words: &Words| VOCABULARY.list(List::Edit).starts(words, behind_connectives(words));
    let place = || {
        let (_, rest) = sentence.split_once(", ").filter(|_| VOCABULARY.list(List::Clauses).starts(words, 0))?;
        Some(Words::first(rest, TELLING))
    };
    if !edit(words) && !place().is_some_and(|rest| edit(&rest)) || VOCABULARY.list(List::GoesOn).anywhere(words) {
        return None;
    }
    if sentence.split_whitespace().any(names_file) {
        return Some(Lead::Edited);
    }
    VOCABULARY.list(List::Settings).anywhere(words).then_some(Lead::Set)
}

/// Whether a word is the name of a file of configuration.
pub(super) fn names_file(word: &str) -> bool {
    let name = word.trim_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~')));
    let name = name.trim_end_matches('.');
    let ending = name.rsplit_once('.').map(|(_, ending)| Words::new(ending));
    name.starts_with("/etc/") || ending.is_some_and(|e| VOCABULARY.list(List::FileEndings).whole(&e).is_some())
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
pub(super) fn doubt(inline: &Inline) -> Option<String> {
    let text = inline.plain.trim_end();
    let last = last_sentence(text);
    // Of most texts it is the only one, and its words are known.
    let whole = last.len() == inline.plain.trim().len();
    let first = |most: usize| if whole { inline.first(40) } else { Cow::Owned(Words::first(last, most)) };
    if !text.ends_with([':', '…']) {
        // "Never run this on the primary.", "Use this when the disk is full.": they need no colon to be heard.
        let words = first(8);
        let said = [List::Never, List::OnlyThen].iter().any(|list| VOCABULARY.list(*list).starts(&words, 0));
        return said.then(|| not_always(last));
    }
    let words = first(30);
    // "Then you may also need to run:"
    let begin = behind_connectives(&words);
    let lists = [List::StrongCondition, List::Otherwise, List::Doubt, List::Example];
    let doubtful = lists.iter().any(|list| VOCABULARY.list(*list).starts(&words, 0))
        || begin > 0 && lists.iter().any(|list| VOCABULARY.list(*list).starts(&words, begin))
        || refuses_from(&words, begin)
        || VOCABULARY.list(List::Never).anywhere(&words);
    // "Download it" and "Example with curl:" on the next line, without a full stop in between.
    let example = || {
        let line = last.rsplit_once('\n')?.1;
        VOCABULARY.list(List::Example).starts(&Words::first(line, 8), 0).then(|| not_always(line))
    };
    if doubtful || remarks(last) { Some(not_always(last)) } else { example() }
}

/// Why what is to be run on a machine that only a sentence names is not run here.
pub(super) const ELSEWHERE: &str = "the text says on which machine, and nothing says where that is: `on=` would";

/// Whether a sentence before a fence names the machine: to be asked last, because a command that says itself where it goes needs no
/// such doubt.
pub(super) fn lead_elsewhere(inline: &Inline) -> Option<String> {
    let text = inline.plain.trim_end();
    if !text.ends_with([':', '…']) {
        return None;
    }
    let last = last_sentence(text);
    let whole = last.len() == inline.plain.trim().len();
    let words = if whole { inline.first(40) } else { Cow::Owned(Words::first(last, 30)) };
    (is_elsewhere(&words, behind_connectives(&words)) || ends_elsewhere(&words)).then(|| ELSEWHERE.to_owned())
}

/// Whether a text begins with the machine on which something is to be done: "On the new primary, start it".
pub(super) fn elsewhere(text: &str) -> bool {
    let words = Words::first(text, 14);
    is_elsewhere(&words, behind_connectives(&words))
}

fn is_elsewhere(words: &Words, at: usize) -> bool {
    let [place, machines, here, signs, clauses] =
        [List::OnPlace, List::Machines, List::Here, List::LoopSigns, List::Clauses].map(|list| VOCABULARY.list(list));
    let Some(((), n)) = place.at(words, at) else { return false };
    let named = |i: usize| {
        let word = words.get(i);
        let singular = word.strip_suffix('s').unwrap_or(word);
        // "db2"
        let host = word.len() > 2
            && word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.ends_with(|c: char| c.is_ascii_digit());
        host || machines.starts(words, i) || machines.whole(&Words::new(singular)).is_some()
    };
    // "On your laptop" is here, and "on each node" is a loop.
    let other = |i: usize| here.starts(words, i) || signs.starts(words, i);
    !(at..words.len().min(at + n + NAMED)).any(other)
        && (at + n..words.len().min(at + n + NAMED)).take_while(|i| !clauses.starts(words, *i)).any(named)
}

/// Whether a sentence ends with the machine: "Run the following on the new primary:".
fn ends_elsewhere(words: &Words) -> bool {
    let from = words.len().saturating_sub(NAMED + 1);
    let last = (from..words.len()).rev().find(|i| VOCABULARY.list(List::OnPlace).starts(words, *i));
    last.is_some_and(|at| is_elsewhere(words, at))
}

/// So many words may name a machine: "the new bootstrap node".
const NAMED: usize = 5;

/// Where the words begin behind "then", "and finally".
fn behind_connectives(words: &Words) -> usize {
    let connectives = VOCABULARY.list(List::Connectives);
    let mut at = 0;
    while let Some(((), n)) = connectives.at(words, at) {
        at += n;
    }
    at
}

/// Whether words say not to do something: "avoid", "do not", "things to avoid". "Do not forget" says the contrary.
fn refuses_from(words: &Words, at: usize) -> bool {
    let refused = |((), n)| !VOCABULARY.list(List::Unrefused).starts(words, at + n);
    let whole = |((), n)| at + n == words.len();
    VOCABULARY.list(List::Refusal).at(words, at).is_some_and(refused)
        || VOCABULARY.list(List::Forbidden).at(words, at).is_some_and(whole)
}

/// Whether a text remarks in parentheses when it holds: "Clear the cache (optional):", "Restart it (only on the replica)".
pub(super) fn remarks(text: &str) -> bool {
    let remark = |(at, _): (usize, char)| text[at + 1..].split_once(')').is_some_and(|(remark, _)| depends(remark));
    text.char_indices().filter(|(_, c)| *c == '(').take(8).any(remark)
}

/// Whether words say nothing but for which machines or environment something is: "Debian", "For production".
pub(super) fn names_platform(words: &Words) -> bool {
    let [platforms, environments] = [List::Platforms, List::Environments].map(|list| VOCABULARY.list(list));
    let mut at = 0;
    while let Some(((), n)) = platforms.at(words, at).or_else(|| environments.at(words, at)) {
        at += n;
    }
    at == words.len() && at > 0
}

/// Whether the heading's own words are an environment and nothing else: "Staging", "Production environment".
fn names_environment(words: &Words, mut at: usize) -> bool {
    let (environments, from) = (VOCABULARY.list(List::Environments), at);
    while let Some(((), n)) = environments.at(words, at) {
        at += n;
    }
    at == words.len() && at > from
}

/// Whether a heading says that what stands below it is not always to be run: "Last resort", "Restart it (if needed)". Its own
/// words begin at word `at`.
pub(super) fn depends_heading(heading: &str, words: &Words, at: usize) -> bool {
    let [never, look_up, example] = [List::Never, List::LookUp, List::Example].map(|list| VOCABULARY.list(list));
    doubtful(words, at)
        || look_up.starts(words, at)
        || example.starts(words, at)
        || names_environment(words, at)
        || is_elsewhere(words, at)
        || never.anywhere(words)
        || remarks(heading)
}

/// Why what stands below this comment of a fence must not run just like that: "If etcd is down", "or", "Option 2".
pub(super) fn comment_doubts(comment: &str) -> Option<String> {
    let said = comment.trim();
    let own = super::sections::leading_number(said).map_or(said, |(_, rest)| rest);
    let words = Words::first(own, 30);
    // "(or any other way you know)" only remarks something.
    let other = !own.starts_with('(') && VOCABULARY.list(List::Or).starts(&words, 0);
    if VOCABULARY.list(List::ByHand).anywhere(&words) {
        return Some(format!(
            "a comment in it asks a person for something: \u{201c}{}\u{201d}",
            said.trim_end_matches(':')
        ));
    }
    let doubtful = conditional(&words)
        || names_one_of(&words)
        || other
        || VOCABULARY.list(List::Example).starts(&words, 0)
        || super::sections::named(&words, 0, own);
    doubtful.then(|| not_always(said))
}

/// The same of a comment behind a command on its line: "if needed", "only once".
pub(super) fn remark_doubts(remark: &str) -> Option<String> {
    let words = Words::first(remark, 30);
    (conditional(&words) || names_one_of(&words)).then(|| not_always(remark.trim()))
}

/// Whether a comment says where, for which environment, or on which of several ways something is done: "On db2", "Production",
/// "Rollback".
fn names_one_of(words: &Words) -> bool {
    let whole = |list: List| VOCABULARY.list(list).whole(words).is_some();
    is_elsewhere(words, 0) || names_platform(words) || whole(List::Fallback) || whole(List::RollbackLabel)
}

/// Whether a command behind this label is not always to be run: "For production: `x`", "Option B: `x`". Of "Rollback: `x`"
/// those speak who know where it stands.
pub(super) fn label_doubts(label: &str) -> bool {
    let words = Words::first(label, 12);
    let begins = |list: List| VOCABULARY.list(list).starts(&words, 0);
    is_elsewhere(&words, 0)
        || names_platform(&words)
        || begins(List::Fallback)
        || begins(List::Example)
        || super::sections::named(&words, 0, label)
}

fn conditional(words: &Words) -> bool {
    super::lists::is_condition(words)
        || [List::Doubt, List::Optional].iter().any(|list| VOCABULARY.list(*list).starts(words, 0))
        || VOCABULARY.list(List::Never).anywhere(words)
}

/// Whether a piece of a sentence says when it is to be done: "if needed", "only for major releases".
pub(super) fn depends(said: &str) -> bool {
    let words = Words::first(said, 30);
    super::lists::is_condition(&words) || doubtful(&words, 0)
}

/// Whether words say that something is not always done: "as a last resort", "optional". "Do not skip this" says that it is.
fn doubtful(words: &Words, at: usize) -> bool {
    let urged = |((), n)| VOCABULARY.list(List::Unrefused).starts(words, at + n);
    [List::Doubt, List::Optional].iter().any(|list| VOCABULARY.list(*list).starts(words, at))
        && !VOCABULARY.list(List::Refusal).at(words, at).is_some_and(urged)
}

/// Whether the words before a command line say not to run it: "you must not run", "instead of", ", not". "Do not forget to run"
/// says the contrary, and what follows "if" or "when" only says when.
pub(super) fn refuses(before: &str) -> bool {
    let near = near_end(before);
    let clause =
        near.rsplit(['.', ';', ':', ',', '!', '?', '(', '\n', '\u{2013}', '\u{2014}']).next().unwrap_or_default();
    let whole = clause.len() < near.len() || near.len() == before.len();
    let words = Words::new(clause);
    if words.is_empty() || super::lists::is_condition(&words) {
        return false;
    }
    let [orders, of, openings, verbs, unrefused] =
        [List::Refusal, List::RefusalOf, List::OrderOpening, List::RefusedVerb, List::Unrefused]
            .map(|list| VOCABULARY.list(list));
    let opens = |at: usize| whole && (at == 0 || at == 1 && openings.starts(&words, 0));
    // Where a second verb follows, that is what the command line is for: "instead of the script use".
    let said = |at: usize, n: usize, order: bool| {
        let (behind, left) = (at + n, words.len() - at - n);
        let meant = (behind..words.len()).filter(|w| verbs.starts(&words, *w)).count();
        left == 0
            || left <= SAID
                && meant <= 1
                && (order && opens(at) || verbs.starts(&words, behind))
                && !(behind..words.len()).any(|w| unrefused.starts(&words, w))
    };
    let refused = |at: usize| {
        orders.at(&words, at).is_some_and(|((), n)| said(at, n, true))
            || of.at(&words, at).is_some_and(|((), n)| said(at, n, false))
    };
    let short = |at: usize| {
        VOCABULARY.list(List::Not).at(&words, at).is_some_and(|((), n)| {
            let behind = at + n;
            behind == words.len() || behind + 1 == words.len() && verbs.starts(&words, behind)
        })
    };
    (0..words.len()).any(refused) || whole && (0..words.len().min(2)).any(short)
}

/// The end of a text, as far back as one looks for what a command line is part of: of thousands in one sentence, each
/// looks at what is near.
pub(super) fn near_end(text: &str) -> &str {
    let mut from = text.len().saturating_sub(240);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

/// So many words may stand between "do not" and a command line: "do not restart the server with".
const SAID: usize = 5;

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

    /// What stands before a command line, and whether that says not to run it.
    #[test]
    fn refusals() {
        for before in [
            "Do not run ",
            "You must not use the command ",
            "Please never run ",
            "Stop it; avoid ",
            "Restart it with `a`, not ",
            "Restart it, rather than running ",
            "Check it. Do not trust ",
            "Do not restart the server with ",
            "Ne lancez jamais ",
            "Il ne faut pas, surtout éviter de lancer ",
            "Redémarrer avec `a`, pas avec ",
            "Au lieu de ",
        ] {
            assert!(refuses(before), "{before}");
        }
        for before in [
            "",
            "Run ",
            "Do not forget to run ",
            "Do not go on until ",
            "If you do not want this run ",
            "If it is not there, run ",
            "To avoid data loss run ",
            "Without an answer run ",
            "Instead of the old script use ",
            "Instead of running the script use ",
            "Do not wait and run ",
            "Make sure it is not running with ",
            "Pour éviter une perte lancer ",
            "Sans réponse lancer ",
            "Ne pas oublier de lancer ",
            "Vérifier qu'il ne tourne pas avec ",
        ] {
            assert!(!refuses(before), "{before}");
        }
    }

    #[test]
    fn no_phrase_is_longer_than_the_longest() {
        for name in [List::Run, List::File, List::FileIn, List::Query, List::Output] {
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
            ("The returned values will be used in the next step.", Lead::None),
            ("The following output will be used in the next step.", Lead::None),
            ("The output should look like the following", Lead::Output),
            ("You should see the replica in the list.", Lead::Output),
            ("The command returns the position of the replica.", Lead::None),
            ("La valeur affichée sera reprise à l'étape suivante.", Lead::None),
            ("Sample output", Lead::Output),
            ("Run the script and check the output:", Lead::Run),
            ("Run the script and record its output:", Lead::Run),
            ("Lancer le script et noter le résultat :", Lead::Run),
            ("Run it and compare with the expected output:", Lead::Output),
            ("Check the output:", Lead::Output),
            ("The following command should output the size of the cluster:", Lead::Run),
            ("The following command returns something like:", Lead::Output),
            ("The following command output shows it:", Lead::Output),
            ("La commande suivante affiche la taille du cluster :", Lead::Run),
            ("La commande affiche :", Lead::Output),
            ("In `my.cnf`, change the port:", Lead::Edited),
            ("Set the value of `port`:", Lead::Set),
            ("It is switched in `prod.env`:", Lead::OfFile),
            ("Modifiez la valeur de `port` :", Lead::Set),
            ("Set the value of `port` and restart:", Lead::None),
            ("Edit `pg_hba.conf`:", Lead::Edited),
            ("Then update /etc/pgbouncer/userlist.txt:", Lead::Edited),
            ("Modifier my.cnf :", Lead::Edited),
            ("Edit haproxy.cfg and restart the server:", Lead::None),
            ("Edit my.cnf and run:", Lead::Run),
            ("Update the replica:", Lead::None),
            ("You should see one row. Then promote it:", Lead::None),
            ("Use this query in Prometheus:", Lead::Query),
            ("In your `haproxy.cfg`:", Lead::File),
            ("Set it in your configuration:", Lead::File),
            ("List the backups in your bucket:", Lead::None),
            ("Dans votre haproxy.cfg :", Lead::File),
            ("Lister les sauvegardes dans votre dépôt :", Lead::None),
        ] {
            assert_eq!(of(text), want, "{text}");
        }
    }
}
