//! Sentences and titles: where one ends, what of a text is its title, a text on one line and without its marks.

use super::text::{self, Inline, Text};

/// Where the first sentence ends that another follows: at its full stop.
pub(super) fn full_stop(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // "1. Dump it" begins with its number.
    let number = |stop: usize| stop > 0 && stop < 4 && bytes[..stop].iter().all(u8::is_ascii_digit);
    let ends =
        |stop: &usize| matches!(bytes.get(stop + 1), Some(b' ' | b'\n')) && !shortens(bytes, *stop) && !number(*stop);
    memchr::memchr_iter(b'.', bytes).find(ends)
}

/// Where the first sentence ends that another follows: at its full stop, or as a question.
pub(super) fn sentence_end(text: &str) -> Option<usize> {
    let asked = memchr::memchr_iter(b'?', text.as_bytes());
    let asked = asked.into_iter().find(|at| matches!(text.as_bytes().get(at + 1), Some(b' ' | b'\n')));
    match (full_stop(text), asked) {
        (Some(stop), Some(asked)) => Some(stop.min(asked)),
        (stop, asked) => stop.or(asked),
    }
}

/// Every sentence that another follows.
pub(super) fn before_last(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let stop = full_stop(rest)?;
        let said = &rest[..stop];
        rest = rest[stop + 1..].trim_start();
        Some(said)
    })
}

/// What is written with a full stop that ends no sentence: "(cf. the table)", "e.g. the standby".
const SHORTENED: [&[u8]; 4] = [b"cf", b"e.g", b"i.e", b"p.ex"];

/// Whether the full stop here belongs to a word that it shortens.
fn shortens(bytes: &[u8], stop: usize) -> bool {
    let ends = |word: &&[u8]| {
        let Some(start) = stop.checked_sub(word.len()) else { return false };
        let begins = start == 0 || !(bytes[start - 1].is_ascii_alphanumeric() || bytes[start - 1] == b'.');
        begins && bytes[start..stop].eq_ignore_ascii_case(word)
    };
    // Two letters say of most words that they are none of these.
    matches!(bytes[stop.saturating_sub(1)], b'f' | b'g' | b'e' | b'x' | b'F' | b'G' | b'E' | b'X')
        && SHORTENED.iter().any(ends)
}

/// Up to the first full stop, at most about 120 characters.
pub(super) fn first_sentence(text: &str) -> String {
    let text = text.trim();
    let stop = full_stop(text).unwrap_or(text.len());
    let sentence = &text[..stop];
    if sentence.chars().count() <= 140 {
        return sentence.trim_end_matches(':').trim_end().to_owned();
    }
    let mut cut = sentence.char_indices().nth(120).map_or(sentence.len(), |(i, _)| i);
    cut = sentence[..cut].rfind(' ').unwrap_or(cut);
    format!("{}…", &sentence[..cut])
}

/// From the last full stop that another sentence follows, or the last line of several.
pub(super) fn last_sentence(text: &str) -> &str {
    let bytes = text.as_bytes();
    let ends =
        |at: &usize| matches!(bytes.get(at + 1), Some(b' ' | b'\n')) && !(bytes[*at] == b'.' && shortens(bytes, *at));
    let start = memchr::memrchr3_iter(b'.', b'!', b'?', bytes).find(ends).map_or(0, |i| i + 1);
    text[start..].trim_start()
}

/// The end of a text, as far back as one looks for what a command line is part of: of thousands in one sentence, each
/// looks at what is near.
pub(super) fn near_end(text: &str) -> &str {
    let mut from = text.len().saturating_sub(240);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

/// The text of an item as a title: its bold beginning, its first sentence, or all of it.
pub(super) fn short_title(inline: &Inline, whole: &str) -> String {
    if let Some(strong) = inline.strongs.first().filter(|s| {
        s.start == 0
            && inline
                .plain
                .get(s.end..)
                .is_some_and(|r| r.trim_start().starts_with([':', '–', '—', '-']) || r.starts_with('\n'))
    }) && whole.len() > 80
    {
        return one_line(strong.text.trim_end_matches(':'));
    }
    if whole.len() <= 120 { whole.to_owned() } else { first_sentence(whole) }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A piece of Markdown as plain words.
pub(super) fn markless(markup: &str) -> String {
    plain(markup)
}

fn plain(markup: &str) -> String {
    text::read(&Text::from_source(markup, 0)).one_line().trim_end_matches(':').trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortened_words_end_no_sentence() {
        assert_eq!(
            first_sentence("Stop it (cf. the table, e.g. row 2). Then wait."),
            "Stop it (cf. the table, e.g. row 2)"
        );
        assert_eq!(last_sentence("Stop it. Then wait (i.e. sleep):"), "Then wait (i.e. sleep):");
        assert_eq!(first_sentence("Arrêter le service (p.ex. nginx). Attendre."), "Arrêter le service (p.ex. nginx)");
        assert_eq!(full_stop("Read the ref. Then stop. Go"), Some(12), "no word of its own");
        assert_eq!((full_stop(". a"), last_sentence("")), (Some(0), ""));
    }
}
