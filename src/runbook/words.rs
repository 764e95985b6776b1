//! Text folded to bare words, so that case, accents, punctuation and emoji do not count.

use foldhash::fast::FixedState;
use std::cell::RefCell;
use std::hash::BuildHasher;
use std::rc::Rc;

/// Lower-case words without accents, joined by single spaces. A copy, and a part, are a look at the same words.
#[derive(Debug, Clone, Default)]
pub struct Words {
    all: Rc<Folded>,
    from: usize,
    to: usize,
}

/// A text's words.
#[derive(Debug, Default)]
struct Folded {
    text: String,
    words: Vec<Word>,
    /// What they were folded from, where that is remembered.
    of: String,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
struct Word {
    start: usize,
    shape: Shape,
}

/// What a word looks like, as a number: its first eight letters, its last and its length, in small letters or capitals.
/// [`super::phrases::Phrases`] tells words apart by it. Two words may share one, few do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Shape(pub u32);

impl Shape {
    /// Of a word.
    #[must_use]
    #[inline]
    pub fn of(word: &[u8]) -> Self {
        Self::at(word, 0, word.len())
    }

    /// Of the word that stands there in a text.
    #[must_use]
    #[inline]
    pub fn at(text: &[u8], start: usize, end: usize) -> Self {
        let word = &text[start..end];
        let first = match text[start..].first_chunk() {
            Some(first) => u64::from_le_bytes(*first),
            None => short(word),
        };
        let kept = 8 * u32::try_from(word.len().min(8)).unwrap_or(8);
        let last = word.last().map_or(0, |b| u64::from(*b | SMALL));
        let [length, ..] = word.len().to_le_bytes();
        let behind = last << 8 | u64::from(length);
        // The high bits of a product depend on every bit of its factors.
        let seen = ((first | SMALL_LETTERS) & u64::MAX.unbounded_shr(64 - kept))
            .wrapping_add(behind.wrapping_mul(0xc2b2_ae3d_27d4_eb4f));
        let [.., a, b, c, d] = seen.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
        Self(u32::from_le_bytes([a, b, c, d]))
    }
}

/// What a text's first word looks like, as far as that can be told without folding it.
#[derive(Debug, Clone, Copy)]
pub enum First {
    /// There is no word.
    None,
    /// This.
    Shape(Shape),
    /// There are letters beyond ASCII.
    Unknown,
}

impl First {
    /// Of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let Some(from) = bytes.iter().position(|b| b.is_ascii_alphanumeric() || !b.is_ascii()) else {
            return Self::None;
        };
        let end = bytes[from..].iter().position(|b| !b.is_ascii_alphanumeric()).map_or(bytes.len(), |n| from + n);
        if bytes.get(end).is_some_and(|b| !b.is_ascii()) {
            Self::Unknown
        } else {
            Self::Shape(Shape::at(bytes, from, end))
        }
    }
}

/// The letters of a word without eight bytes to read from, the first lowest. What is read twice is put in its place twice.
#[inline]
fn short(word: &[u8]) -> u64 {
    let n = word.len();
    match (word.first_chunk::<4>(), word.last_chunk::<4>(), word) {
        (Some(first), Some(last), _) => {
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (n.min(8) - 4))
        }
        (_, _, [first, .., last]) => {
            u64::from(*first) | u64::from(word[n / 2]) << 8 | u64::from(*last) << (8 * (n - 1))
        }
        (_, _, [letter]) => u64::from(*letter),
        _ => 0,
    }
}

/// What a small ASCII letter has and its capital has not.
const SMALL: u8 = 0x20;

/// The same of eight letters.
const SMALL_LETTERS: u64 = u64::from_le_bytes([SMALL; 8]);

impl Words {
    /// Folds a text. What is neither a letter nor a digit separates words.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::first(text, usize::MAX)
    }

    /// Folds a text's first `most` words.
    #[must_use]
    pub fn first(text: &str, most: usize) -> Self {
        let all = if text.len() <= SHORT {
            remembered(text)
        } else {
            let mut all = Folded::default();
            all.fold(text, most);
            Rc::new(all)
        };
        let to = all.words.len().min(most);
        Self { all, from: 0, to }
    }

    /// The first `most` of them.
    #[must_use]
    pub fn up_to(&self, most: usize) -> Self {
        Self { all: self.all.clone(), from: self.from, to: self.to.min(self.from.saturating_add(most)) }
    }

    /// Those from a word on.
    #[must_use]
    pub fn behind(&self, index: usize) -> Self {
        Self { all: self.all.clone(), from: self.to.min(self.from.saturating_add(index)), to: self.to }
    }

    /// How many words there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.to - self.from
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One word; empty when there is none there.
    #[must_use]
    pub fn get(&self, index: usize) -> &str {
        if index >= self.len() {
            return "";
        }
        let at = self.from + index;
        &self.all.text[self.all.words[at].start..self.end(at + 1)]
    }

    /// What a word looks like.
    #[must_use]
    #[inline]
    pub fn shape(&self, index: usize) -> Shape {
        self.all.words[self.from..self.to].get(index).map_or_else(Shape::default, |word| word.shape)
    }

    /// What each looks like.
    #[inline]
    pub fn shapes(&self) -> impl Iterator<Item = Shape> {
        self.all.words[self.from..self.to].iter().map(|word| word.shape)
    }

    /// Everything from a word on.
    #[must_use]
    pub fn from(&self, index: usize) -> &str {
        if index >= self.len() {
            return "";
        }
        &self.all.text[self.all.words[self.from + index].start..self.end(self.to)]
    }

    /// The same as bytes.
    #[inline]
    pub(super) fn bytes_from(&self, index: usize) -> &[u8] {
        if index >= self.len() {
            return &[];
        }
        &self.all.text.as_bytes()[self.all.words[self.from + index].start..self.end(self.to)]
    }

    /// The whole folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.from(0)
    }

    /// Where the word before this one ends.
    #[inline]
    fn end(&self, next: usize) -> usize {
        self.all.words.get(next).map_or(self.all.text.len(), |next| next.start - 1)
    }

    /// Every word.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// Texts so short are folded whole and remembered for a while: of a sentence, many ask for a few words each.
const SHORT: usize = 256;

/// So many are remembered: more do not stay near the processor.
const REMEMBERED: usize = 256;

thread_local! {
    /// Each with the hash of its text, since most that differ do so there.
    static KNOWN: RefCell<Vec<(u64, Rc<Folded>)>> = RefCell::new((0..REMEMBERED).map(|_| (0, Rc::default())).collect());
}

/// A short text's words, folded unless that was done a moment ago.
fn remembered(text: &str) -> Rc<Folded> {
    let hash = FixedState::default().hash_one(text);
    KNOWN.with_borrow_mut(|known| {
        let (of, place) = &mut known[usize::from(hash.to_le_bytes()[0])];
        if *of != hash || place.of != text {
            *of = hash;
            // Where nobody holds the words that stood there, their room is used again.
            if let Some(free) = Rc::get_mut(place) {
                free.remember(text);
            } else {
                let mut folded = Folded::default();
                folded.remember(text);
                *place = Rc::new(folded);
            }
        }
        place.clone()
    })
}

impl Folded {
    /// Becomes a text's words.
    fn remember(&mut self, text: &str) {
        self.fold(text, usize::MAX);
        text.clone_into(&mut self.of);
    }

    /// Becomes a text's first `most` words.
    fn fold(&mut self, text: &str, most: usize) {
        let bytes = text.as_bytes();
        let room = bytes.len().min(most.saturating_mul(8));
        let mut folding = Folding {
            text: std::mem::take(&mut self.text).into_bytes(),
            words: std::mem::take(&mut self.words),
            inside: false,
        };
        folding.text.clear();
        folding.words.clear();
        folding.text.reserve(room + 2);
        folding.words.reserve(room / 6 + 2);
        let mut at = 0;
        while at < bytes.len() && folding.words.len() <= most {
            if bytes[at].is_ascii() {
                at += folding.ascii(&bytes[at..], most);
                continue;
            }
            if let Some(letter) = latin(bytes, at) {
                folding.letter(letter);
                at += 2;
                continue;
            }
            let c = text[at..].chars().next().unwrap_or(' ');
            if c.is_alphanumeric() {
                folding.other(c);
            } else if !('\u{300}'..='\u{36f}').contains(&c) {
                // Combining accents belong to the letter before them.
                folding.letter(b' ');
            }
            at += c.len_utf8();
        }
        folding.end(most, self);
    }
}

/// Words on their way.
struct Folding {
    text: Vec<u8>,
    words: Vec<Word>,
    /// The last letter belongs to a word.
    inside: bool,
}

/// How many letters are added at once.
const RUN: usize = 128;

impl Folding {
    /// Adds a folded letter, or the blank for what separates words.
    fn letter(&mut self, letter: u8) {
        let joins = letter != b' ';
        if joins && !self.inside {
            self.words.push(Word { start: self.text.len(), shape: Shape::default() });
        }
        if joins || self.inside {
            self.text.push(letter);
        }
        self.inside = joins;
    }

    /// Adds the ASCII that `bytes` begins with, about as far as `most` words go; returns how much that is.
    ///
    /// Where words begin and end is as good as random to a processor, and a wrong guess costs it as much as many letters: so
    /// every letter is written, and only how far that counts depends on what it is.
    fn ascii(&mut self, bytes: &[u8], most: usize) -> usize {
        let run = &bytes[..bytes.len().min(RUN.min(most.saturating_mul(8)).max(1))];
        let run = if run.is_ascii() { run } else { &run[..run.iter().take_while(|b| b.is_ascii()).count()] };
        let mut written = Run { letters: [0; 256], begins: [0; 256], end: 0, begun: 0, inside: self.inside };
        let (eights, rest) = run.as_chunks();
        for eight in eights {
            written.eight(*eight);
        }
        for byte in rest {
            written.letter(LETTERS[usize::from(*byte & 0x7f)]);
        }
        let before = self.text.len();
        self.text.extend_from_slice(&written.letters[..usize::from(written.end)]);
        let word = |begin: &u8| Word { start: before + usize::from(*begin), shape: Shape::default() };
        self.words.extend(written.begins[..usize::from(written.begun)].iter().map(word));
        self.inside = written.inside;
        run.len()
    }

    /// Adds a letter that no table knows.
    fn other(&mut self, c: char) {
        let mut folded = Vec::new();
        push_folded(c, &mut folded);
        for byte in folded {
            self.letter(byte);
        }
    }

    /// Gives its first words.
    fn end(mut self, most: usize, to: &mut Folded) {
        // What follows the last word is a blank.
        let end = match self.words.get(most) {
            Some(next) => next.start.saturating_sub(1),
            None => self.text.len() - usize::from(!self.inside && !self.text.is_empty()),
        };
        self.words.truncate(most);
        let mut behind = end;
        for word in self.words.iter_mut().rev() {
            word.shape = Shape::at(&self.text, word.start, behind);
            behind = word.start.saturating_sub(1);
        }
        self.text.truncate(end);
        // Only whole characters were added.
        (to.text, to.words) = (String::from_utf8(self.text).unwrap_or_default(), self.words);
    }
}

/// Folded letters, and where words begin among them. Twice as long as a run, so that every index is known to fit.
struct Run {
    letters: [u8; 256],
    begins: [u8; 256],
    end: u8,
    begun: u8,
    /// The last letter belongs to a word.
    inside: bool,
}

impl Run {
    /// Adds a folded letter, or the blank for what separates words.
    #[inline]
    fn letter(&mut self, letter: u8) {
        let joins = letter != b' ';
        self.letters[usize::from(self.end)] = letter;
        self.begins[usize::from(self.begun)] = self.end;
        self.begun += u8::from(joins) & u8::from(!self.inside);
        self.end += u8::from(joins | self.inside);
        self.inside = joins;
    }

    /// Adds eight bytes of ASCII. They are looked at all at once: what is found of each stands in its highest or lowest bit.
    #[inline]
    fn eight(&mut self, bytes: [u8; 8]) {
        let each = |byte: u8| u64::from_le_bytes([byte; 8]);
        let bytes = u64::from_le_bytes(bytes);
        let small = bytes | SMALL_LETTERS;
        // No byte is above 0x7f, so nothing is carried from one to the next.
        let within = |of: u64, first: u8, last: u8| (of + each(0x80 - first)) & !(of + each(0x7f - last));
        let joins = (within(small, b'a', b'z') | within(bytes, b'0', b'9')) >> 7 & each(1);
        let folded = (bytes & (joins * 0xff)) | SMALL_LETTERS;
        let behind = joins << 8 | u64::from(self.inside);
        if joins | behind != each(1) {
            // Of several blanks only the first is kept.
            folded.to_le_bytes().into_iter().for_each(|letter| self.letter(letter));
            return;
        }
        let end = usize::from(self.end);
        self.letters[end..end + 8].copy_from_slice(&folded.to_le_bytes());
        // Not more than four words begin in eight letters.
        let mut begins = joins & !behind;
        let [.., count] = begins.wrapping_mul(each(1)).to_le_bytes();
        for begin in &mut self.begins[usize::from(self.begun)..][..4] {
            let [letter, ..] = (begins.trailing_zeros() / 8).to_le_bytes();
            *begin = self.end + letter;
            begins &= begins.wrapping_sub(1);
        }
        self.begun += count;
        self.end += 8;
        self.inside = joins >> 56 != 0;
    }
}

/// ASCII letters and digits in lower case; a blank for what separates words.
const LETTERS: [u8; 128] = {
    let mut table = [b' '; 128];
    let mut byte: u8 = 0;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// The letters from `À` to `ÿ` without their accents; `-` for those that are no single ASCII letter.
const LATIN: &[u8; 64] = b"aaaaaa-ceeeeiiii-nooooo-ouuuuy--aaaaaa-ceeeeiiii-nooooo-ouuuuy-y";

/// An accented letter of Latin 1, without its accent.
fn latin(bytes: &[u8], at: usize) -> Option<u8> {
    let second = bytes.get(at + 1).filter(|_| bytes[at] == 0xc3)?;
    Some(LATIN[usize::from(second & 0x3f)]).filter(|letter| *letter != b'-')
}

/// Pushes the letter in lower case and without its accent.
fn push_folded(c: char, out: &mut Vec<u8>) {
    for c in c.to_lowercase() {
        let ascii: &[u8] = match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' => b"a",
            'ç' | 'ć' | 'č' => b"c",
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' => b"e",
            'ì' | 'í' | 'î' | 'ï' => b"i",
            'ñ' | 'ń' => b"n",
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => b"o",
            'ù' | 'ú' | 'û' | 'ü' => b"u",
            'ý' | 'ÿ' => b"y",
            'œ' => b"oe",
            'æ' => b"ae",
            'ß' => b"ss",
            '\u{300}'..='\u{36f}' => b"",
            other => {
                out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        out.extend_from_slice(ascii);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_accents_and_emoji() {
        let words = Words::new("🎯 **Étape 2 :** Vérifier l’état");
        assert_eq!(words.as_str(), "etape 2 verifier l etat");
        assert_eq!(words.get(2), "verifier");
        assert_eq!(words.from(3), "l etat");
        assert_eq!(words.get(9), "");
        assert_eq!(Words::first("one two three", 2).as_str(), "one two");
    }

    #[test]
    fn eight_letters_at_once_are_folded_as_one_is() {
        for (byte, at) in (0..=0x7f_u8).flat_map(|byte| (0..12).map(move |at| (byte, at))) {
            let mut text = *b"ab C, de1F g";
            text[at] = byte;
            let text: String = text.into_iter().map(char::from).collect();
            let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
            assert_eq!(Words::new(&text).as_str(), words.collect::<Vec<_>>().join(" ").to_lowercase(), "{text:?}");
        }
    }

    /// The table for Latin 1 says what the long way says.
    #[test]
    fn latin_letters_are_folded_alike() {
        for c in 'À'..='ÿ' {
            let mut long = Vec::new();
            push_folded(c, &mut long);
            if let Some(short) = latin(c.to_string().as_bytes(), 0) {
                assert_eq!(long, [short], "{c}");
            } else {
                assert!(!c.is_alphanumeric() || long.len() != 1, "{c}");
            }
        }
        assert_eq!(Words::new("Ÿ ÆÐ×þ e\u{301}a ſ Ⱥ").as_str(), "y aeð þ ea ſ ⱥ");
    }
}
