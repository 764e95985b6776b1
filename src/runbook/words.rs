//! Text folded to bare words, so that case, accents, punctuation and emoji do not count.

/// Lower-case words without accents, joined by single spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    text: String,
    starts: Vec<usize>,
}

impl Words {
    /// Folds a text. What is neither a letter nor a digit separates words.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::first(text, usize::MAX)
    }

    /// Folds a text's first `most` words.
    #[must_use]
    pub fn first(text: &str, most: usize) -> Self {
        let bytes = text.as_bytes();
        let room = bytes.len().min(most.saturating_mul(8));
        let mut words = Folding {
            text: Vec::with_capacity(room + 2),
            starts: Vec::with_capacity(room / 6 + room.min(RUN) / 2 + 2),
            place: Place::default(),
        };
        let mut at = 0;
        while at < bytes.len() && words.place.begun <= most {
            if bytes[at].is_ascii() {
                at = words.ascii(bytes, at, most);
                continue;
            }
            if let Some(letter) = latin(bytes, at) {
                words.letter(letter);
                at += 2;
                continue;
            }
            let c = text[at..].chars().next().unwrap_or(' ');
            if c.is_alphanumeric() {
                words.other(c);
            } else if !('\u{300}'..='\u{36f}').contains(&c) {
                // Combining accents belong to the letter before them.
                words.letter(b' ');
            }
            at += c.len_utf8();
        }
        words.first(most)
    }

    /// The first `most` of them.
    #[must_use]
    pub fn up_to(&self, most: usize) -> Self {
        let end = self.starts.get(most).map_or(self.text.len(), |next| next - 1);
        Self { text: self.text[..end].to_owned(), starts: self.starts[..most.min(self.starts.len())].to_vec() }
    }

    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no word.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// One word; empty when there is none there.
    #[must_use]
    pub fn get(&self, index: usize) -> &str {
        let Some(start) = self.starts.get(index) else { return "" };
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        &self.text[*start..end]
    }

    /// Everything from a word on.
    #[must_use]
    pub fn from(&self, index: usize) -> &str {
        self.starts.get(index).map_or("", |start| &self.text[*start..])
    }

    /// The whole folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Every word.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }
}

/// Words on their way, in room for more than what counts of it.
struct Folding {
    text: Vec<u8>,
    starts: Vec<usize>,
    place: Place,
}

/// How far words have come.
#[derive(Default, Clone, Copy)]
struct Place {
    /// How much of the text counts.
    end: usize,
    /// How many of the starts count.
    begun: usize,
    /// The last letter belongs to a word.
    inside: bool,
}

impl Place {
    /// Adds a folded letter, or the blank for what separates words. Where words begin and end is as good as random to a
    /// processor, and a wrong guess costs it as much as many letters: so every letter is written, and only how far that
    /// counts depends on what it is.
    fn letter(&mut self, letter: u8, text: &mut [u8], starts: &mut [usize]) {
        let joins = letter != b' ';
        text[self.end] = letter;
        starts[self.begun] = self.end;
        self.begun += usize::from(joins) & usize::from(!self.inside);
        self.end += usize::from(joins | self.inside);
        self.inside = joins;
    }
}

/// How many letters are added at once.
const RUN: usize = 128;

impl Folding {
    /// Makes room for some letters.
    fn make_room(&mut self, letters: usize) {
        let Place { end, begun, .. } = self.place;
        if end + letters >= self.text.len() {
            self.text.resize(end + letters + 1, 0);
        }
        // Two letters with a blank between them are two words.
        if begun + letters.div_ceil(2) >= self.starts.len() {
            self.starts.resize(begun + letters.div_ceil(2) + 1, 0);
        }
    }

    /// Adds a folded letter or a blank.
    fn letter(&mut self, letter: u8) {
        self.make_room(1);
        self.place.letter(letter, &mut self.text, &mut self.starts);
    }

    /// Adds ASCII from byte `at` on, about as far as `most` words go; returns where it stopped.
    fn ascii(&mut self, bytes: &[u8], at: usize, most: usize) -> usize {
        let run = &bytes[at..bytes.len().min(at + RUN.min(most.saturating_mul(8)).max(1))];
        self.make_room(run.len());
        // Kept out of `self`, where every step would be written back.
        let mut place = self.place;
        let (text, starts) = (&mut self.text[..], &mut self.starts[..]);
        let mut done = 0;
        for byte in run {
            if !byte.is_ascii() || place.begun > most {
                break;
            }
            place.letter(LETTERS[usize::from(*byte)], text, starts);
            done += 1;
        }
        self.place = place;
        at + done
    }

    /// Adds a letter that no table knows.
    fn other(&mut self, c: char) {
        let mut folded = Vec::new();
        push_folded(c, &mut folded);
        for byte in folded {
            self.letter(byte);
        }
    }

    /// Its first words.
    fn first(mut self, most: usize) -> Words {
        // What follows the last word is the blank before the next, or that and its first letter.
        let Place { end, begun, inside } = self.place;
        let end = match self.starts.get(most).filter(|_| begun > most) {
            Some(next) => next.saturating_sub(1),
            None => end - usize::from(end > 0 && !inside),
        };
        self.text.truncate(end);
        self.starts.truncate(begun.min(most));
        // Only whole characters were added.
        Words { text: String::from_utf8(self.text).unwrap_or_default(), starts: self.starts }
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
