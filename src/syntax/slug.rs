//! Names made from titles: the anchors that GitHub gives headings, and ids in plain ASCII.

use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Gives each heading of one document its anchor, as GitHub does: a repeated one gets `-1`, `-2`…
#[derive(Debug, Default)]
pub struct Anchors {
    seen: HashMap<String, usize, RandomState>,
}

impl Anchors {
    /// The anchor of the next heading with this plain text.
    pub fn next(&mut self, text: &str) -> String {
        let base = anchor(text);
        let mut count = match self.seen.entry(base.clone()) {
            Entry::Vacant(free) => {
                free.insert(0);
                return base;
            }
            Entry::Occupied(taken) => *taken.get(),
        };
        loop {
            count += 1;
            let name = format!("{base}-{count}");
            if !self.seen.contains_key(&name) {
                self.seen.insert(base, count);
                self.seen.insert(name.clone(), 0);
                return name;
            }
        }
    }
}

/// GitHub's anchor of one heading: lower case, punctuation removed, blanks to `-`, accents kept.
#[must_use]
pub fn anchor(text: &str) -> String {
    if text.is_ascii() {
        let kept = text.trim().bytes().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'_'));
        let mut bytes = Vec::with_capacity(text.len());
        bytes.extend(kept.map(|b| if b == b' ' { b'-' } else { b.to_ascii_lowercase() }));
        return String::from_utf8(bytes).unwrap_or_default();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            ' ' => out.push('-'),
            '-' | '_' => out.push(c),
            _ if c.is_ascii() => out.extend(c.is_ascii_alphanumeric().then(|| c.to_ascii_lowercase())),
            _ => out.extend(c.to_lowercase().filter(|c| c.is_alphanumeric())),
        }
    }
    out
}

/// A name in lower-case ASCII words joined by `-`: `Étape 2 : Activation DR` → `etape-2-activation-dr`.
///
/// May be empty, for a text without a letter or digit that ASCII can say.
#[must_use]
pub fn id(text: &str) -> String {
    joined(text, '-')
}

/// The same with `_`, as variables are named: `nom du réplica` → `nom_du_replica`.
#[must_use]
pub fn variable(text: &str) -> String {
    joined(text, '_')
}

fn joined(text: &str, join: char) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if let Some(plain) = folded(c) {
            out.push_str(plain);
        } else if is_mark(c) {
            // A combining accent belongs to the letter before it.
        } else if !out.is_empty() && !out.ends_with(join) {
            out.push(join);
        }
    }
    while out.ends_with(join) {
        out.pop();
    }
    out
}

const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}')
}

/// A lower-case Latin letter without its accent.
const fn folded(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'ş' | 'š' | 'ș' => "s",
        'ť' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors() {
        let cases = [
            ("Manual failover", "manual-failover"),
            ("Étape 2 : Activation DR", "étape-2--activation-dr"),
            ("What's `next`?", "whats-next"),
            ("a_b - c", "a_b---c"),
            ("🚨 Urgent", "-urgent"),
        ];
        for (text, expected) in cases {
            assert_eq!(anchor(text), expected, "{text}");
        }
        let mut anchors = Anchors::default();
        let names: Vec<_> = ["Foo", "Foo", "Foo 1", "Foo"].iter().map(|t| anchors.next(t)).collect();
        assert_eq!(names, ["foo", "foo-1", "foo-1-1", "foo-2"]);
    }

    #[test]
    fn ids() {
        let cases = [
            ("Étape 2 : Activation DR", "etape-2-activation-dr"),
            ("  GO/NO-GO !", "go-no-go"),
            ("Cœur", "coeur"),
            ("e\u{301}te\u{301}", "ete"),
            ("日本", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(id(text), expected, "{text}");
        }
        assert_eq!(variable("nom du réplica"), "nom_du_replica");
    }
}
