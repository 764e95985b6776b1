//! What the sentence before a fence says about it: "run:", "expected output:", "add to my.cnf:".

use super::sentences::last_sentence;
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
        let begins = describes.at(&words, 0).is_some_and(|((), n)| !(n..words.len()).any(|i| run.starts(&words, i)));
        words.len() < TELLING && begins
    }

    /// "Objectives:", "The workflow will:" above a list without a command: it tells, and asks for nothing.
    pub(super) fn only_tells(&self) -> bool {
        let machine =
            |words: &Words| (0..words.len().min(3)).any(|at| VOCABULARY.list(List::Machinery).starts(words, at));
        let people =
            |words: &Words| words.iter().any(|word| matches!(word, "we" | "you" | "they" | "on" | "nous" | "vous"));
        self.introduces().is_some_and(|words| {
            VOCABULARY.list(List::Aims).whole(&words).is_some()
                || VOCABULARY.list(List::DescribesAtEnd).ends(&words) && machine(&words) && !people(&words)
        })
    }

    /// Whether it says that nothing of what follows is to be done: "Do not:", "Never do the following:".
    pub(super) fn forbids(&self) -> bool {
        let Some(words) = self.introduces() else { return false };
        let never = [List::Never, List::AlreadyDone].iter().any(|list| VOCABULARY.list(*list).anywhere(&words));
        let at = behind_connectives(&words);
        never || refuses_from(&words, at) || VOCABULARY.list(List::Forbidden).whole(&words).is_some()
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
                    || of_file && !names_one(last);
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

/// "Check the configuration file:" may stand above how that is done.
pub(super) fn checks_file(said: &str) -> bool {
    let words = Words::first(said, 24);
    VOCABULARY.list(List::Checks).starts(&words, behind_connectives(&words)) && !says_content(&words)
}

/// "Verify that the file contains:", "Check for the following lines:".
fn says_content(words: &Words) -> bool {
    words.iter().any(|word| {
        ["contain", "contient", "conten", "line", "ligne", "follow", "suivan"].iter().any(|w| word.starts_with(w))
    })
}

/// Whether a sentence names a file and says nothing of what is to be done.
fn of_file(sentence: &str, words: &Words) -> bool {
    names_one(sentence) && !VOCABULARY.list(List::GoesOn).anywhere(words)
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
    if names_one(sentence) {
        return Some(Lead::Edited);
    }
    VOCABULARY.list(List::Settings).anywhere(words).then_some(Lead::Set)
}

/// Whether a sentence names a file of configuration. Most have neither an ending nor a folder in them.
fn names_one(sentence: &str) -> bool {
    memchr::memchr2(b'.', b'/', sentence.as_bytes()).is_some() && sentence.split_whitespace().any(names_file)
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

/// Where the words begin behind "then", "and finally".
pub(super) fn behind_connectives(words: &Words) -> usize {
    let connectives = VOCABULARY.list(List::Connectives);
    let mut at = 0;
    while let Some(((), n)) = connectives.at(words, at) {
        at += n;
    }
    at
}

/// Whether words say not to do something: "avoid", "do not", "things to avoid". "Do not forget" says the contrary.
pub(super) fn refuses_from(words: &Words, at: usize) -> bool {
    let refused = |((), n)| !VOCABULARY.list(List::Unrefused).starts(words, at + n);
    let whole = |((), n)| at + n == words.len();
    VOCABULARY.list(List::Refusal).at(words, at).is_some_and(refused)
        || VOCABULARY.list(List::Forbidden).at(words, at).is_some_and(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

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
