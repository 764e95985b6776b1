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
        let mut words =
            Folding { text: Vec::with_capacity(room + 2), starts: Vec::with_capacity(room / 6 + 2), inside: false };
        let mut at = 0;
        while at < bytes.len() && words.starts.len() <= most {
            if bytes[at].is_ascii() {
                at += words.ascii(&bytes[at..], most);
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

    /// Those from a word on.
    #[must_use]
    pub fn behind(&self, index: usize) -> Self {
        let Some(from) = self.starts.get(index) else { return Self::default() };
        let starts = self.starts[index..].iter().map(|start| start - from).collect();
        Self { text: self.text[*from..].to_owned(), starts }
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

    /// A word's first byte and its length; both 0 when there is none.
    #[must_use]
    #[inline]
    pub fn shape(&self, index: usize) -> (u8, usize) {
        let Some(start) = self.starts.get(index) else { return (0, 0) };
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        (self.text.as_bytes().get(*start).copied().unwrap_or(0), end - start)
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

/// Words on their way.
struct Folding {
    text: Vec<u8>,
    starts: Vec<usize>,
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
            self.starts.push(self.text.len());
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
        // Twice as long as a run, so that every index is known to fit.
        let (mut letters, mut begins) = ([0; 256], [0; 256]);
        let (mut end, mut begun, mut inside) = (0_u8, 0_u8, self.inside);
        for byte in run {
            let letter = LETTERS[usize::from(*byte & 0x7f)];
            let joins = letter != b' ';
            letters[usize::from(end)] = letter;
            begins[usize::from(begun)] = end;
            begun += u8::from(joins) & u8::from(!inside);
            end += u8::from(joins | inside);
            inside = joins;
        }
        let before = self.text.len();
        self.text.extend_from_slice(&letters[..usize::from(end)]);
        self.starts.extend(begins[..usize::from(begun)].iter().map(|begin| before + usize::from(*begin)));
        self.inside = inside;
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

    /// Its first words.
    fn first(mut self, most: usize) -> Words {
        // What follows the last word is a blank.
        let end = match self.starts.get(most) {
            Some(next) => next.saturating_sub(1),
            None => self.text.len() - usize::from(!self.inside && !self.text.is_empty()),
        };
        self.text.truncate(end);
        self.starts.truncate(most);
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
