//! Names: anchors of headings, short ids of steps, variables of blanks. Each is unique within the runbook.

use super::tables::Table;
use super::words::Words;
use std::collections::hash_map::Entry;

/// How many words of a title an id keeps.
const WORDS: usize = 5;

/// Hands out unique names, with `-2`, `-3` after those that are taken.
#[derive(Debug, Default)]
pub struct Names {
    taken: Table<String, usize>,
}

impl Names {
    /// `base`, or `base` with the next number behind `joint`.
    pub fn unique(&mut self, base: &str, joint: char) -> String {
        let mut n = match self.taken.entry(base.to_owned()) {
            Entry::Vacant(free) => {
                free.insert(1);
                return base.to_owned();
            }
            Entry::Occupied(taken) => *taken.get(),
        };
        loop {
            n += 1;
            let name = format!("{base}{joint}{n}");
            if !self.taken.contains_key(&name) {
                self.taken.insert(base.to_owned(), n);
                self.taken.insert(name.clone(), 1);
                return name;
            }
        }
    }

    /// Whether a name is taken; takes it.
    pub fn take(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_owned(), 1).is_none()
    }
}

/// Ascii words of a title joined by dashes: at most five of them, never empty.
#[must_use]
pub fn slug(title: &str) -> String {
    let joined = ascii(title, '-', WORDS);
    if joined.is_empty() { "step".to_owned() } else { joined }
}

/// A variable's name: snake case, at most five words, beginning with a letter.
#[must_use]
pub fn variable(label: &str) -> String {
    let joined = ascii(label, '_', WORDS);
    match joined.bytes().next() {
        None => "value".to_owned(),
        Some(b) if b.is_ascii_digit() => format!("v_{joined}"),
        Some(_) => joined,
    }
}

fn join(out: &mut String, joint: char, word: impl Iterator<Item = char>) {
    if !out.is_empty() {
        out.push(joint);
    }
    out.extend(word);
}

fn ascii(text: &str, joint: char, most: usize) -> String {
    let mut out = String::with_capacity(64);
    if text.is_ascii() {
        // Nothing to fold but capitals.
        let (mut words, mut inside) = (0, false);
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() {
                if !inside {
                    if words == most || out.len() > 60 {
                        break;
                    }
                    if words > 0 {
                        out.push(joint);
                    }
                    words += 1;
                }
                out.push(char::from(byte.to_ascii_lowercase()));
            }
            inside = byte.is_ascii_alphanumeric();
        }
    } else {
        let words = Words::first(text, most + 4);
        // Folded words hold nothing but letters and digits.
        for word in words.iter().filter(|w| w.bytes().any(|b| b.is_ascii())).take(most) {
            join(&mut out, joint, word.chars().filter(char::is_ascii));
            if out.len() > 60 {
                break;
            }
        }
    }
    out.truncate(60);
    out.trim_end_matches(joint).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let mut names = Names::default();
        assert_eq!(names.unique("a", '-'), "a");
        assert_eq!(names.unique("a", '-'), "a-2");
        assert_eq!(names.unique("a", '-'), "a-3");
        assert_eq!(slug("Vérifier l'état du nœud n°3 tout de suite"), "verifier-l-etat-du-noeud");
        assert_eq!(slug("🎯"), "step");
        assert_eq!(variable("RTO Mesuré"), "rto_mesure");
        assert_eq!(variable("1."), "v_1");
    }
}
