//! The words of each language, read once from `grammar/vocabulary/`. A document may mix languages, so the look-ups hold
//! the words of all of them; only the language of a document is decided per language.

use super::model::{Language, Role};
use super::phrases::{ByWord, Phrases, Shapes, WordSet};
use super::words::{Shape, Words};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One file per language: a third one is added here and nowhere else.
const FILES: [&str; 2] =
    [include_str!("../../grammar/vocabulary/en.yaml"), include_str!("../../grammar/vocabulary/fr.yaml")];

/// What a language's file holds.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    language: Language,
    common: Vec<String>,
    roles: BTreeMap<Role, Vec<String>>,
    metadata: BTreeMap<String, Vec<String>>,
    verb_endings: Vec<String>,
    not_verbs: Vec<String>,
    verbs: Vec<String>,
    facts: Vec<String>,
    #[serde(flatten)]
    lists: BTreeMap<List, Vec<String>>,
}

/// The lists of phrases, by their keys in the files (`see-also`, `gate`…); what each is for stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the files say what each is for")]
pub enum List {
    Markers,
    StepWords,
    Timeline,
    Alternatives,
    Choices,
    OneOf,
    OneBelow,
    EitherOr,
    WaysLine,
    IfSo,
    OneVerbs,
    OneNouns,
    WholePage,
    Allowed,
    Criteria,
    Manners,
    Or,
    Owner,
    Duration,
    CommandColumn,
    HowColumn,
    Expected,
    Output,
    OutputAhead,
    OutputVerb,
    NotAhead,
    Keep,
    File,
    FileIn,
    Edit,
    FileEndings,
    Settings,
    Describes,
    DescribesAtEnd,
    ByCase,
    Reminds,
    Unmet,
    Prevention,
    NoEscalation,
    Writing,
    Escalation,
    NamedThings,
    ContactLabel,
    Machinery,
    Aims,
    States,
    ExpectedHeading,
    By,
    LookUp,
    OnPlace,
    LogsIn,
    LogsOut,
    InsidePlace,
    Containers,
    Machines,
    Here,
    Forbidden,
    Describing,
    Causes,
    Seen,
    ByHand,
    Platforms,
    BesidePlatforms,
    Postscripts,
    Exceptions,
    Environments,
    GoesOn,
    Run,
    Query,
    SentenceWords,
    Condition,
    StrongCondition,
    Otherwise,
    Gate,
    Pivot,
    BesidePivot,
    Optional,
    Loop,
    LoopAll,
    OneByOne,
    LoopSigns,
    Members,
    AnyMember,
    Stop,
    StopHere,
    Continue,
    Yes,
    No,
    Goto,
    ToStep,
    OfAnother,
    Not,
    Refusal,
    RefusalOf,
    OrderOpening,
    RefusedVerb,
    Unrefused,
    Fields,
    Targets,
    FieldHeads,
    Caution,
    Circumstance,
    Moment,
    PageWords,
    OfPage,
    Joins,
    ProcedureLabel,
    Meaning,
    Moments,
    Nothing,
    Unreturned,
    Templates,
    SectionWords,
    Deeds,
    CaseColumn,
    ThenColumn,
    CheckLabel,
    Follow,
    BackLead,
    BackRest,
    Doubt,
    OnlyThen,
    Using,
    CommandNouns,
    Valued,
    Trouble,
    Troubles,
    Fallback,
    Example,
    Never,
    RollbackLabel,
    Note,
    Numeric,
    Time,
    About,
    Nouns,
    Clauses,
    Predicate,
    Subordinate,
    Purpose,
    PurposeOfStep,
    SeeAlso,
    LooksUp,
    FurtherReading,
    Symptoms,
    CommandWords,
    ToNumber,
    OthersDo,
    Others,
    OnceDone,
    AlreadyDone,
    Lasts,
    Manner,
    DoneBy,
    Often,
    NoHosts,
    AnyMachine,
    Completed,
    AtPlace,
    OthersMade,
    Specialists,
    TableBelow,
    StandsFor,
    StandsWhere,
    YourOwn,
    Contrary,
    Does,
    Should,
    Theirs,
    NotDone,
    EitherWay,
    InAllWays,
    OnlyThere,
    OutOfOrder,
    Exceeds,
    InOrder,
    WhenColumn,
    HostColumn,
    Always,
    WaysBelow,
    WaysTo,
    OpenQuestions,
    SymptomHeads,
    Skips,
    ThisAbove,
    FoldNames,
    CommandBelow,
    NoSymptoms,
    OneAlone,
    HostStems,
    Several,
    MayBeLeft,
    SpokenOf,
    ToldAtEnd,
    Parts,
    MembersOfPair,
    AllBelow,
    Waits,
    RemarkWords,
    CommandAbove,
    NotBoth,
    Agents,
    Must,
    Articles,
    Thereupon,
    Pronouns,
    BeforeInfinitive,
    WorkedWith,
    Interfaces,
    SystemParts,
    TypedTools,
    Tools,
    AllDone,
    InCase,
    ChooseOne,
    Either,
    Only,
    Beyond,
    Informs,
    Prompted,
    Depending,
    Whether,
    Openings,
    TheCommand,
    Explains,
    Checklist,
    Urges,
    ActionWords,
    Policy,
    Choosing,
    Following,
    Notices,
    Connectives,
    Checks,
}

/// The compiled words of all languages.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// Heading words.
    pub roles: Phrases<Role>,
    /// Metadata labels, with an index into [`Vocabulary::keys`].
    pub metadata: Phrases<usize>,
    /// The English kebab-case names of metadata.
    pub keys: Vec<String>,
    common: ByWord<Vec<Language>>,
    common_shapes: Shapes,
    verbs: WordSet,
    not_verbs: WordSet,
    facts: WordSet,
    endings: Vec<(Language, String)>,
    /// The phrases of all lists that say when something is done.
    pub in_case: Phrases<()>,
    /// Those of [`ANYWHERE`], with the list's bit.
    cases: Phrases<u8>,
    /// By the number of their [`List`].
    lists: Vec<Phrases<()>>,
    none: Phrases<()>,
}

/// A text that has a phrase of none of these says nothing of a case in which something is done.
const IN_CASE: [List; 14] = [
    List::StrongCondition,
    List::Condition,
    List::InCase,
    List::Otherwise,
    List::OnlyThen,
    List::OnlyThere,
    List::Never,
    List::Doubt,
    List::Optional,
    List::Or,
    List::Either,
    List::NotDone,
    List::Depending,
    List::Unrefused,
];

/// Those of them that say so wherever they stand in a sentence, or not far behind its beginning.
const ANYWHERE: [List; 8] = [
    List::StrongCondition,
    List::InCase,
    List::Otherwise,
    List::OnlyThen,
    List::OnlyThere,
    List::Never,
    List::NotDone,
    List::Depending,
];

/// Which of these have a phrase in a text.
#[derive(Debug, Clone, Copy)]
pub struct Cases(u8);

impl Cases {
    /// Any of them may have.
    pub const ANY: Self = Self(u8::MAX);

    /// Some of the lists.
    #[must_use]
    pub const fn of(lists: &[List]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < lists.len() {
            let mut place = 0;
            while ANYWHERE[place] as usize != lists[i] as usize {
                place += 1;
            }
            bits |= 1 << place;
            i += 1;
        }
        Self(bits)
    }

    /// Whether one of these is among them.
    #[must_use]
    pub fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }
}

/// The vocabulary.
pub static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::load);

impl Vocabulary {
    /// The files are part of the program, and a test reads them: one that cannot be read adds nothing.
    fn load() -> Self {
        let mut all = Self::default();
        // Reading them takes longer than most runbooks do: one thread each.
        let files = std::thread::scope(|scope| {
            let read = FILES.map(|text| scope.spawn(|| serde_yaml::from_str::<File>(text).ok()));
            read.map(|file| file.join().ok().flatten())
        });
        for file in files.into_iter().flatten() {
            all.add(file);
        }
        for list in IN_CASE {
            for phrase in all.list(list).texts().map(str::to_owned).collect::<Vec<_>>() {
                all.in_case.add(&phrase, ());
            }
        }
        for list in ANYWHERE {
            for phrase in all.list(list).texts().map(str::to_owned).collect::<Vec<_>>() {
                all.cases.add(&phrase, Cases::of(&[list]).0);
            }
        }
        all
    }

    fn add(&mut self, file: File) {
        for (role, phrases) in &file.roles {
            for phrase in phrases {
                self.roles.add(phrase, *role);
            }
        }
        for (key, phrases) in file.metadata {
            let index = self.keys.iter().position(|k| *k == key).unwrap_or_else(|| {
                self.keys.push(key);
                self.keys.len() - 1
            });
            for phrase in &phrases {
                self.metadata.add(phrase, index);
            }
        }
        for word in file.common {
            let word = Words::new(&word).as_str().to_owned();
            self.common_shapes.add(&word);
            self.common.entry(word).or_default().push(file.language);
        }
        let folded = |list: Vec<String>| list.into_iter().map(|w| Words::new(&w).as_str().to_owned());
        // The verb of "se connecter" is looked up by its first word.
        self.verbs.extend(folded(file.verbs).filter_map(|v| v.split(' ').next().map(str::to_owned)));
        self.not_verbs.extend(folded(file.not_verbs));
        self.facts.extend(folded(file.facts));
        self.endings.extend(file.verb_endings.into_iter().map(|e| (file.language, e)));
        for (list, phrases) in file.lists {
            let number = list as usize;
            self.lists.resize_with(self.lists.len().max(number + 1), Phrases::default);
            self.lists[number].extend(&phrases);
        }
    }

    /// A list.
    #[must_use]
    pub fn list(&self, list: List) -> &Phrases<()> {
        self.lists.get(list as usize).unwrap_or(&self.none)
    }

    /// What a text may say, wherever it stands, of a case in which something is done.
    #[must_use]
    pub fn cases(&self, words: &Words) -> Cases {
        Cases(self.cases.bits(words))
    }

    /// Whether the word at `at` is a verb that asks for something to be done.
    #[must_use]
    pub fn is_verb(&self, words: &Words, at: usize, language: Language) -> bool {
        let word = words.get(at);
        if self.not_verbs.contains(word) || word.is_empty() {
            return false;
        }
        self.verbs.contains(word)
            || (word.len() > 4 && self.endings.iter().any(|(of, e)| *of == language && word.ends_with(e.as_str())))
    }

    /// Whether a word is one of the verbs of the lists.
    #[must_use]
    pub fn is_known_verb(&self, word: &str) -> bool {
        self.verbs.contains(word)
    }

    /// Whether the text asks for something to be done: a verb at its start, after words such as "then".
    #[must_use]
    pub fn is_imperative(&self, words: &Words, language: Language) -> bool {
        // "4a) Run it".
        let lettered = match words.get(0).as_bytes() {
            [b'0'..=b'9', letter] | [b'0'..=b'9', b'0'..=b'9', letter] => letter.is_ascii_lowercase(),
            _ => false,
        };
        let mut at = usize::from(lettered);
        while let Some(((), n)) = self.list(List::Connectives).at(words, at) {
            if self.is_verb(words, at, language) && !self.is_verb(words, at + n, language) {
                break;
            }
            at += n;
        }
        at += self.agent(words, at);
        self.is_done(words, at, language)
            || self.is_verb(words, at, language)
                && !self.facts.contains(words.get(at))
                && !self.is_subject(words, at)
                && !self.list(List::NamedThings).starts(words, at)
    }

    /// "The operator must stop it": how many words say who must.
    #[must_use]
    pub fn agent(&self, words: &Words, at: usize) -> usize {
        let begin = at + usize::from(self.list(List::Articles).starts(words, at));
        let who = [begin, at].iter().find_map(|at| self.list(List::Agents).at(words, *at).map(|((), n)| at + n));
        let must = who.and_then(|behind| self.list(List::Must).at(words, behind).map(|((), n)| behind + n));
        must.map_or(0, |behind| behind - at)
    }

    /// "On redémarre l'instance": in French what a procedure does is often told. "On constate que …" tells something else.
    fn is_done(&self, words: &Words, at: usize, language: Language) -> bool {
        let stem = words.get(at + 1);
        language == Language::Fr
            && words.get(at) == "on"
            && stem.ends_with('e')
            && !self.list(List::Notices).starts(words, at + 1)
            && stem.len() > 3
            && !self.not_verbs.contains(format!("{stem}r").as_str())
    }

    /// Whether a verb is what its sentence speaks of: "Redémarrer le service permet de vider le cache" tells, and orders nothing.
    fn is_subject(&self, words: &Words, at: usize) -> bool {
        let [predicates, subordinates] = [List::Predicate, List::Subordinate].map(|list| self.list(list));
        let near = at + 1..words.len().min(at + 9);
        near.take_while(|i| !subordinates.starts(words, *i)).any(|i| predicates.starts(words, i))
    }

    /// Whether a word is a French infinitive: `purger`, `rétablir`.
    #[must_use]
    pub fn is_infinitive(&self, word: &str) -> bool {
        word.len() > 4 && !self.not_verbs.contains(word) && ["er", "ir", "re"].iter().any(|end| word.ends_with(end))
    }

    /// Whether a word is one that a sentence of facts begins with: an article, a pronoun.
    #[must_use]
    pub fn is_fact(&self, word: &str) -> bool {
        self.facts.contains(word)
    }

    /// The known metadata key that a label names.
    #[must_use]
    pub fn key(&self, label: &Words) -> Option<&str> {
        self.metadata.whole(label).and_then(|i| self.keys.get(i)).map(String::as_str)
    }

    /// The language that most of the everyday words of a text belong to.
    #[must_use]
    pub fn language(&self, text: &str) -> Option<Language> {
        let mut votes = Votes::default();
        self.vote(text, &mut votes);
        votes.winner()
    }

    /// Counts a text's everyday words.
    pub fn vote(&self, text: &str, votes: &mut Votes) {
        if !text.is_ascii() {
            // Combining accents belong to the letter before them.
            let parts = |c: char| !c.is_alphanumeric() && !('\u{300}'..='\u{36f}').contains(&c);
            for word in text.split(parts).filter(|word| !word.is_empty()) {
                if word.is_ascii() {
                    self.vote_word(word, votes);
                } else {
                    Words::new(word).iter().for_each(|word| self.vote_word(word, votes));
                }
            }
            return;
        }
        // Most words need no folding, and most that do are none of these: no folded text is made for all of them.
        let mut at = 0;
        for word in text.as_bytes().split(|b| !b.is_ascii_alphanumeric()) {
            let end = at + word.len();
            if !word.is_empty() && self.common_shapes.may_be(Shape::at(text.as_bytes(), at, end)) {
                self.vote_word(&text[at..end], votes);
            }
            at = end + 1;
        }
    }

    fn vote_word(&self, word: &str, votes: &mut Votes) {
        if !self.common_shapes.may_hold(word) {
            return;
        }
        let capitals = word.bytes().any(|b| b.is_ascii_uppercase());
        let word = if capitals { Cow::Owned(word.to_ascii_lowercase()) } else { Cow::Borrowed(word) };
        for language in self.common.get(&*word).into_iter().flatten() {
            match votes.0.iter_mut().find(|(l, _)| l == language) {
                Some((_, n)) => *n += 1,
                None => votes.0.push((*language, 1)),
            }
        }
    }
}

/// Everyday words that were met, by language.
#[derive(Debug, Default)]
pub struct Votes(Vec<(Language, usize)>);

/// So many words more than all others, and more would change nothing.
const DECISIVE: usize = 48;

impl Votes {
    /// The language that most of them belong to.
    #[must_use]
    pub fn winner(&self) -> Option<Language> {
        self.0.iter().max_by_key(|(_, n)| *n).map(|(l, _)| *l)
    }

    /// Whether none has more than another.
    #[must_use]
    pub fn tied(&self) -> bool {
        let most = self.0.iter().map(|(_, n)| *n).max();
        most.is_none_or(|most| self.0.iter().filter(|(_, n)| *n == most).count() > 1)
    }

    /// Whether it is beyond doubt.
    #[must_use]
    pub fn decided(&self) -> bool {
        let (all, most) = self.0.iter().fold((0, 0), |(all, most), (_, n)| (all + n, most.max(*n)));
        most >= (all - most) * 4 + DECISIVE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read() {
        for file in FILES {
            if let Err(error) = serde_yaml::from_str::<File>(file) {
                panic!("{error}");
            }
        }
    }

    #[test]
    fn every_language_has_the_same_lists() {
        let keys: Vec<Vec<List>> = FILES
            .iter()
            .filter_map(|f| serde_yaml::from_str::<File>(f).ok())
            .map(|f| f.lists.into_keys().collect())
            .collect();
        assert_eq!(keys[0], keys[1]);
    }

    #[test]
    fn imperatives() {
        for yes in [
            "Stop the writes",
            "Then run the playbook",
            "Vérifier l'état",
            "Estimez la perte",
            "Finally, rename the instance",
        ] {
            assert!(VOCABULARY.is_imperative(&Words::new(yes), Language::Fr), "{yes}");
        }
        assert!(!VOCABULARY.is_imperative(&Words::new("However it is"), Language::En));
        for no in ["The standby waits", "Cluster 3 nœuds", "Faulty disks", "Accès : SSH", "Data written after"] {
            assert!(!VOCABULARY.is_imperative(&Words::new(no), Language::Fr), "{no}");
        }
    }

    #[test]
    fn languages() {
        assert_eq!(VOCABULARY.language("Stop the writes on the primary"), Some(Language::En));
        assert_eq!(VOCABULARY.language("Arrêter les écritures sur le maître"), Some(Language::Fr));
        assert_eq!(VOCABULARY.language("kubectl"), None);
    }
}
