//! What a command is called in a reason: its program and the words that say which of its commands it is given.

use crate::runbook::programs::{PROGRAMS, Shape};

/// How many words a word may be led by and still be named with them.
const WORDS: usize = 4;

fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with('-')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':'))
}

/// `scale` of `kubectl -n prod scale deploy/x`, `rollout restart` of `kubectl rollout restart deploy/x`.
pub(super) fn subcommand<'a>(shape: &Shape, words: &[&'a str]) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|_| found.is_empty() || goes_on(shape, &found)) {
        if shape.lead.has(word) || shape.values.has(word) {
            at += 2;
        } else if shape.flags.has(word) || word.starts_with("--") && word.contains('=') {
            at += 1;
        } else if is_plain(word) && !shape.first.is_empty() {
            found.push(word);
            at += 1;
        } else {
            break;
        }
    }
    found
}

/// Whether a sub-command that is known begins with these words and has more, or all of them have.
fn goes_on(shape: &Shape, found: &[&str]) -> bool {
    let more = |first: &String| first.split(' ').count() > found.len();
    shape.first.iter().all(more)
        || shape.first.iter().any(|first| {
            let wanted: Vec<&str> = first.split(' ').collect();
            wanted.len() > found.len()
                && wanted.iter().zip(found).all(|(wanted, word)| *wanted == "*" || wanted == word)
        })
}

/// A command that is what it is by one of its words: `gcloud sql instances delete`, `git push --force`.
pub(in crate::runbook) fn called(name: &str, arguments: &[String], at: usize) -> String {
    let word = arguments[at].as_str();
    let led = &arguments[..=at];
    if led.len() <= WORDS && led.iter().all(|w| is_plain(w)) {
        return format!("{name} {}", led.join(" "));
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut named = PROGRAMS.shape(name).map_or_else(Vec::new, |shape| subcommand(&shape, &words));
    if !named.contains(&word) {
        named.push(word);
    }
    format!("{name} {}", named.join(" "))
}
