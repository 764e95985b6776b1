//! Names: anchors of headings, short ids of steps, variables of blanks. Each is unique within the runbook.

use super::tables::Table;
use super::words::Words;
use std::collections::hash_map::Entry;

/// How many words of a title an id keeps.
const WORDS: usize = 5;
/// And how many letters.
const LONGEST: usize = 60;

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
    let joined = ascii(title, b'-', WORDS);
    if joined.is_empty() { "step".to_owned() } else { joined }
}

/// A variable's name: snake case, at most five words, beginning with a letter.
#[must_use]
pub fn variable(label: &str) -> String {
    let joined = ascii(label, b'_', WORDS);
    match joined.bytes().next() {
        None => "value".to_owned(),
        Some(b) if b.is_ascii_digit() => format!("v_{joined}"),
        Some(_) => joined,
    }
}

fn ascii(text: &str, joint: u8, most: usize) -> String {
    let folded = if text.is_ascii() { None } else { Some(Words::first(text, most + 4)) };
    // Folded words hold nothing but letters and digits.
    let words = folded.as_ref().map_or(text, Words::as_str).as_bytes();
    let words = words.split(|b| b.is_ascii() && !b.is_ascii_alphanumeric());
    let mut out = Vec::with_capacity(LONGEST * 2);
    for word in words.filter(|word| word.iter().any(u8::is_ascii)).take(most) {
        if out.len() > LONGEST {
            break;
        }
        if !out.is_empty() {
            out.push(joint);
        }
        if word.is_ascii() {
            out.extend_from_slice(&word[..word.len().min(LONGEST)]);
        } else {
            out.extend(word.iter().filter(|b| b.is_ascii()).take(LONGEST));
        }
    }
    out.make_ascii_lowercase();
    out.truncate(LONGEST);
    if out.last() == Some(&joint) {
        out.pop();
    }
    String::from_utf8(out).unwrap_or_default()
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
