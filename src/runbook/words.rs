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
        let room = text.len().min(most.saturating_mul(8));
        let mut folded: Vec<u8> = Vec::with_capacity(room);
        let mut starts = Vec::with_capacity(room / 6 + 1);
        let bytes = text.as_bytes();
        let mut inside = false;
        let mut at = 0;
        while at < bytes.len() {
            let run = bytes[at..].iter().take_while(|b| LETTERS[usize::from(**b)] != 0).count();
            // Most letters are ASCII, and most others are of Latin 1.
            let (letter, width) = if run > 0 {
                (None, run)
            } else if let Some(byte) = latin(bytes, at) {
                (Some(Letter::Folded(byte)), 2)
            } else if bytes[at].is_ascii() {
                inside = false;
                at += 1;
                continue;
            } else {
                let c = text[at..].chars().next().unwrap_or(' ');
                if !c.is_alphanumeric() {
                    // Combining accents belong to the letter before them.
                    inside &= ('\u{300}'..='\u{36f}').contains(&c);
                    at += c.len_utf8();
                    continue;
                }
                (Some(Letter::Other(c)), c.len_utf8())
            };
            if !inside {
                if starts.len() == most {
                    break;
                }
                if !folded.is_empty() {
                    folded.push(b' ');
                }
                starts.push(folded.len());
                inside = true;
            }
            match letter {
                None => folded.extend(bytes[at..at + run].iter().map(|b| LETTERS[usize::from(*b)])),
                Some(Letter::Folded(byte)) => folded.push(byte),
                Some(Letter::Other(c)) => push_folded(c, &mut folded),
            }
            at += width;
        }
        // Only whole characters were pushed.
        Self { text: String::from_utf8(folded).unwrap_or_default(), starts }
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

/// A letter that is not ASCII.
enum Letter {
    /// Folded to one ASCII letter.
    Folded(u8),
    /// To be folded.
    Other(char),
}

/// ASCII letters and digits in lower case; nothing for what separates words, and for all that is not ASCII.
const LETTERS: [u8; 256] = {
    let mut table = [0; 256];
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
