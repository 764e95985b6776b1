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
        let mut words = Self { text: String::with_capacity(room), starts: Vec::with_capacity(room / 6 + 1) };
        let mut inside = false;
        let mut at = 0;
        while let Some(byte) = text.as_bytes().get(at) {
            // Most letters are ASCII.
            let (letter, width, joins) = if byte.is_ascii() {
                let letter = LETTERS[usize::from(*byte)];
                ((letter != 0).then_some(char::from(letter)), 1, false)
            } else {
                let c = text[at..].chars().next().unwrap_or(' ');
                // Combining accents belong to the letter before them.
                (c.is_alphanumeric().then_some(c), c.len_utf8(), ('\u{300}'..='\u{36f}').contains(&c))
            };
            at += width;
            let Some(letter) = letter else {
                inside &= joins;
                continue;
            };
            if !inside {
                if words.starts.len() == most {
                    break;
                }
                if !words.text.is_empty() {
                    words.text.push(' ');
                }
                words.starts.push(words.text.len());
                inside = true;
            }
            if letter.is_ascii() {
                words.text.push(letter);
            } else {
                push_folded(letter, &mut words.text);
            }
        }
        words
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

/// ASCII letters and digits in lower case; nothing for what separates words.
const LETTERS: [u8; 128] = {
    let mut table = [0; 128];
    let mut byte: u8 = 0;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            table[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    table
};

/// Pushes the letter in lower case and without its accent.
fn push_folded(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    for c in c.to_lowercase() {
        match c {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' => out.push('a'),
            'ç' | 'ć' | 'č' => out.push('c'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' => out.push('e'),
            'ì' | 'í' | 'î' | 'ï' => out.push('i'),
            'ñ' | 'ń' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => out.push('o'),
            'ù' | 'ú' | 'û' | 'ü' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            'ß' => out.push_str("ss"),
            '\u{300}'..='\u{36f}' => {}
            other => out.push(other),
        }
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
}
