//! Sets of phrases that are found in folded text by their first word.

use super::words::{First, Shape, Words};
use foldhash::fast::FixedState;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

/// A map by words. They are words of our own files, so nobody can choose them to collide, and the hash needs no seed.
pub type ByWord<T> = HashMap<String, T, FixedState>;

/// A set of words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "HashSet<String, FixedState>")]
pub struct WordSet {
    words: HashSet<String, FixedState>,
    /// Most words that are asked about are none of them.
    shapes: Shapes,
}

impl WordSet {
    /// Whether a word is one of them.
    #[must_use]
    #[inline]
    pub fn contains(&self, word: &str) -> bool {
        self.shapes.may_hold(word) && self.words.contains(word)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &String> {
        self.words.iter()
    }

    /// Adds a word.
    pub fn insert(&mut self, word: String) {
        self.shapes.add(&word);
        self.words.insert(word);
    }
}

impl Extend<String> for WordSet {
    fn extend<I: IntoIterator<Item = String>>(&mut self, words: I) {
        words.into_iter().for_each(|word| self.insert(word));
    }
}

impl From<HashSet<String, FixedState>> for WordSet {
    fn from(words: HashSet<String, FixedState>) -> Self {
        let mut shapes = Shapes::default();
        for word in &words {
            shapes.add(word);
        }
        Self { words, shapes }
    }
}

/// Phrases with a value each.
#[derive(Debug, Clone)]
pub struct Phrases<T> {
    /// By the shape of their first words; the longest last, and of two alike the one added last.
    by_first: HashMap<Shape, Vec<Phrase<T>>, FixedState>,
    /// Most words of a text begin no phrase.
    shapes: Shapes,
    /// And fewer still one that counts anywhere.
    shapes_anywhere: Shapes,
    /// How many words the longest has.
    longest: usize,
}

/// What the words of a set look like: a bit for each place that a [`Shape`] names. It says of most other words that they are none
/// of them, which a hash would cost more to say. There are many sets, and all of these stay near the processor.
#[derive(Debug, Clone, Default)]
pub struct Shapes([u32; 32]);

impl Shapes {
    /// Whether a word that looks like this may be one of them. Never no wrongly.
    #[must_use]
    #[inline]
    pub fn may_be(&self, Shape(shape): Shape) -> bool {
        let [place, bit, ..] = shape.to_le_bytes();
        self.0[usize::from(place & 31)] & 1 << (bit & 31) != 0
    }

    /// Adds a word.
    pub fn add(&mut self, word: &str) {
        let [place, bit, ..] = Shape::of(word.as_bytes()).0.to_le_bytes();
        self.0[usize::from(place & 31)] |= 1 << (bit & 31);
    }

    /// Whether a word may be one of them, in small letters or capitals. Never no wrongly.
    #[must_use]
    #[inline]
    pub fn may_hold(&self, word: &str) -> bool {
        self.may_be(Shape::of(word.as_bytes()))
    }
}

#[derive(Debug, Clone)]
struct Phrase<T> {
    text: String,
    words: usize,
    anywhere: bool,
    value: T,
}

impl<T> Phrase<T> {
    /// Whether words begin with it.
    #[inline]
    fn begins(&self, words: &[u8]) -> bool {
        let text = self.text.as_bytes();
        // Most differ in length from what stands there, which is quicker to see.
        let ends = words.get(text.len()).map_or(words.len() == text.len(), |behind| *behind == b' ');
        ends && words.starts_with(text)
    }
}

impl<T> Default for Phrases<T> {
    fn default() -> Self {
        Self { by_first: HashMap::default(), shapes: Shapes::default(), shapes_anywhere: Shapes::default(), longest: 0 }
    }
}

impl<T: Copy> Phrases<T> {
    /// Adds a phrase; `~` in front lets [`Phrases::role_like`] find it anywhere.
    pub fn add(&mut self, written: &str, value: T) {
        let (written, anywhere) = written.strip_prefix('~').map_or((written, false), |rest| (rest, true));
        let words = Words::new(written);
        if words.is_empty() {
            return;
        }
        let phrase = Phrase { text: words.as_str().to_owned(), words: words.len(), anywhere, value };
        self.longest = self.longest.max(words.len());
        self.shapes.add(words.get(0));
        if anywhere {
            self.shapes_anywhere.add(words.get(0));
        }
        let alike = self.by_first.entry(words.shape(0)).or_default();
        alike.insert(alike.partition_point(|other| other.words <= phrase.words), phrase);
    }

    /// The longest phrase that stands at word `at`, with its number of words.
    #[must_use]
    #[inline]
    pub fn at(&self, words: &Words, at: usize) -> Option<(T, usize)> {
        if self.shapes.may_be(words.shape(at)) { self.longest(words, at, false) } else { None }
    }

    /// What stands anywhere from word `from` on: its value, its place and its length in words.
    fn all<'a>(
        &'a self,
        words: &'a Words,
        from: usize,
        only_anywhere: bool,
    ) -> impl Iterator<Item = (T, usize, usize)> + 'a {
        let shapes = if only_anywhere { &self.shapes_anywhere } else { &self.shapes };
        let begin = words.shapes().enumerate().skip(from).filter(|(_, shape)| shapes.may_be(*shape));
        begin.filter_map(move |(at, _)| self.longest(words, at, only_anywhere).map(|(value, n)| (value, at, n)))
    }

    fn longest(&self, words: &Words, at: usize, only_anywhere: bool) -> Option<(T, usize)> {
        let alike = self.by_first.get(&words.shape(at))?;
        let rest = words.bytes_from(at);
        let stands = |phrase: &&Phrase<T>| phrase.begins(rest) && (phrase.anywhere || !only_anywhere);
        alike.iter().rev().find(stands).map(|phrase| (phrase.value, phrase.words))
    }

    /// The phrases, folded.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.by_first.values().flatten().map(|phrase| phrase.text.as_str())
    }

    /// How many words the longest phrase has.
    #[must_use]
    pub fn longest_words(&self) -> usize {
        self.longest
    }

    /// Whether a phrase may begin with a word, in small letters or capitals. Never no wrongly.
    #[must_use]
    #[inline]
    pub fn may_begin_with(&self, word: &str) -> bool {
        self.shapes.may_hold(word)
    }

    /// Whether a phrase may stand at the beginning of a text that begins so. Never no wrongly.
    #[must_use]
    #[inline]
    pub fn may_begin(&self, first: First) -> bool {
        match first {
            First::None => false,
            First::Shape(shape) => self.shapes.may_be(shape),
            First::Unknown => true,
        }
    }

    /// Whether a phrase stands at word `at`.
    #[must_use]
    #[inline]
    pub fn starts(&self, words: &Words, at: usize) -> bool {
        self.at(words, at).is_some()
    }

    /// Whether the words are one of the phrases and nothing else.
    #[must_use]
    pub fn whole(&self, words: &Words) -> Option<T> {
        self.at(words, 0).filter(|(_, n)| *n == words.len()).map(|(v, _)| v)
    }

    /// Whether the words end with a phrase.
    #[must_use]
    pub fn ends(&self, words: &Words) -> bool {
        let near = words.len().saturating_sub(self.longest_words())..words.len();
        near.into_iter().any(|at| self.at(words, at).is_some_and(|(_, n)| at + n == words.len()))
    }

    /// The first phrase that stands anywhere: its value, its place and its length in words.
    #[must_use]
    pub fn find(&self, words: &Words) -> Option<(T, usize, usize)> {
        self.all(words, 0, false).next()
    }

    /// Whether a phrase stands anywhere.
    #[must_use]
    pub fn anywhere(&self, words: &Words) -> bool {
        self.find(words).is_some()
    }

    /// At word `at`, or the longest `~` phrase further on.
    #[must_use]
    pub fn role_like(&self, words: &Words, at: usize) -> Option<T> {
        if let Some((value, _)) = self.at(words, at) {
            return Some(value);
        }
        self.all(words, at, true).max_by_key(|(.., n)| *n).map(|(value, ..)| value)
    }
}

impl<T: Copy> Phrases<T> {
    /// The longest `~` phrase anywhere whose value fits.
    #[must_use]
    pub fn special(&self, words: &Words, fits: impl Fn(&T) -> bool) -> Option<T> {
        let fitting = self.all(words, 0, true).filter(|(value, ..)| fits(value));
        fitting.max_by_key(|(.., n)| *n).map(|(value, ..)| value)
    }
}

impl Phrases<u8> {
    /// The bits of all phrases that stand anywhere.
    #[must_use]
    pub fn bits(&self, words: &Words) -> u8 {
        let begin = words.shapes().enumerate().filter(|(_, shape)| self.shapes.may_be(*shape));
        let alike = begin.filter_map(|(at, shape)| Some((words.bytes_from(at), self.by_first.get(&shape)?)));
        let standing = alike.flat_map(|(rest, alike)| alike.iter().filter(move |phrase| phrase.begins(rest)));
        standing.fold(0, |bits, phrase| bits | phrase.value)
    }
}

impl Phrases<()> {
    /// Adds several.
    pub fn extend(&mut self, written: &[String]) {
        for phrase in written {
            self.add(phrase, ());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_phrase_wins() {
        let mut phrases = Phrases::default();
        phrases.add("impact", 1);
        phrases.add("impact assessment", 2);
        phrases.add("~rollback", 3);
        assert_eq!(phrases.role_like(&Words::new("Impact assessment"), 0), Some(2));
        assert_eq!(phrases.role_like(&Words::new("The rollback plan"), 0), Some(3));
        assert_eq!(phrases.role_like(&Words::new("The impact"), 0), None);
        assert_eq!(phrases.whole(&Words::new("Impact!")), Some(1));
    }
}
