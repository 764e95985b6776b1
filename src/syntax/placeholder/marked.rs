//! Placeholders by their marks: `{{ name }}`, `<name>`, `[NAME]`.

use super::known::{BRACKETED_WORDS, GO_TEMPLATE, TAGS};
use super::{Placeholder, PlaceholderStyle, Search, Setting, few_words, placeholder};
use crate::source::Span;
use crate::syntax::phrases::{Rule, trimmed};
use crate::syntax::slug;
use pest::iterators::Pair;

/// Longer names are no placeholders; it keeps thousands of open brackets linear.
const LONGEST_NAME: usize = 200;

/// Longer ones between angle brackets with punctuation are no description of a value.
const DESCRIBED: usize = 80;

/// How far a closing tag is looked for, so that the search stays linear.
const NEAR: usize = 8 * 1024;

/// A mark that may begin a placeholder, cut off where that must end at the latest.
pub(super) fn candidate(line: &str, at: usize) -> Option<&str> {
    let rest = &line[at..];
    let letter = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphabetic() || *b >= 0x80);
    match rest.as_bytes()[0] {
        b'<' | b'[' => letter(rest.as_bytes().get(1)).then(|| head(rest, LONGEST_NAME)),
        _ => {
            let inside = rest.strip_prefix("{{")?;
            let end = inside.as_bytes().windows(2).position(|w| w == b"}}" || w == b"{{")?;
            inside[end..].starts_with('}').then(|| &rest[..end + 4])
        }
    }
}

/// At most `most` bytes of the front of a text.
fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl Search<'_> {
    pub(super) fn mustache(&self, place: Span) -> Option<Placeholder> {
        let expression = trimmed(self.text, Span::new(place.start + 2, place.end - 2), char::is_whitespace);
        let inside = expression.of(self.text);
        let end = inside.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(inside.len());
        let word = &inside[..end];
        let starts_well = word.starts_with(|c: char| c.is_alphabetic() || c == '_');
        let go = GO_TEMPLATE.contains(&word) && !matches!(inside[end..].trim_start().chars().next(), None | Some('|'));
        if !starts_well || go || word == "end" {
            return None;
        }
        let name = slug::variable(word);
        Some(Placeholder {
            name,
            span: place,
            style: PlaceholderStyle::Mustache,
            certain: true,
            expression: Some(expression),
        })
    }

    pub(super) fn angle(&self, pair: Pair<'_, Rule>) -> Option<Placeholder> {
        let place = self.place(&pair);
        let inner = pair.into_inner().next()?;
        let described = inner.as_rule() == Rule::described;
        let name = inner.as_str();
        if described && !self.is_described(name, place) {
            return None;
        }
        if inner.as_rule() == Rule::choice && !self.stands_apart(place) {
            return None;
        }
        // `<in.sql 2>&1`: a file's name, and the number of what is redirected next.
        let number = name.rsplit_once(' ').is_some_and(|(_, last)| matches!(last, "1" | "2"));
        let redirected = |c: char| c.is_alphanumeric() || matches!(c, '&' | '/' | '.');
        if number && self.setting == Setting::Command && self.after(place.end).is_some_and(redirected) {
            return None;
        }
        // `<<EOF>` is a shell's; `</name>` anywhere makes `<name>` a tag.
        if self.before(place.start) == Some('<') || self.after(place.end) == Some('>') {
            return None;
        }
        let tag = format!("</{name}>");
        let near = if self.in_heredoc(place.start) { NEAR } else { NEAR / 8 };
        if head(&self.text[place.end..], near).contains(&tag) {
            return None;
        }
        if self.setting == Setting::Prose {
            let lower = name.to_lowercase();
            let first = lower.split(' ').next().unwrap_or("");
            if TAGS.contains(&first) || (name.len() == 1 && self.before(place.start).is_some_and(char::is_alphanumeric))
            {
                return None;
            }
        }
        // `sort <in>out` reads and writes files: glued on its right, apart on its left.
        let redirection = self.before(place.start) == Some(' ')
            && self
                .after(place.end)
                .is_some_and(|c| c.is_alphanumeric() && (described || !name.contains(['-', ' ', '_'])));
        let name = if described { few_words(name.split([',', ':']).next().unwrap_or(name)) } else { name };
        Some(placeholder(name, place, PlaceholderStyle::Angle, !redirection))
    }

    /// Whether a choice is a word, or the value of one, and no part of a pattern, a quote or a path: `ENV=<dev|prod>`.
    fn stands_apart(&self, place: Span) -> bool {
        let begins = self.before(place.start).is_none_or(|c| c.is_whitespace() || c == '=');
        let ends = self.after(place.end).is_none_or(|c| c.is_whitespace() || matches!(c, ';' | ')' | '`'));
        begins && ends && !self.in_heredoc(place.start)
    }

    /// Whether a name with punctuation is several words that say what is to be filled in.
    fn is_described(&self, name: &str, place: Span) -> bool {
        let apart = !self.before(place.start).is_some_and(char::is_alphanumeric);
        self.setting != Setting::Prose && name.contains(' ') && place.len() <= DESCRIBED && apart
    }

    pub(super) fn bracket(&self, pair: Pair<'_, Rule>) -> Option<Placeholder> {
        let place = self.place(&pair);
        let inner = pair.into_inner().next()?;
        let name = inner.as_str();
        if inner.as_rule() == Rule::choice {
            // `[ab|cd]` in a pattern is a class of characters.
            let words = name.split('|').all(|option| option.len() > 1);
            return (words && self.stands_apart(place))
                .then(|| placeholder(few_words(name), place, PlaceholderStyle::Bracket, true));
        }
        let (before, after) = (self.before(place.start), self.after(place.end));
        // Links, tests, arrays and patterns.
        if matches!(after, Some('(' | '[' | ':' | ']' | '*' | '+' | '?' | '{'))
            || matches!(before, Some('[' | ']' | '}' | '!' | '\\' | '*' | '?' | '^' | '$'))
            || name.chars().filter(|c| c.is_alphabetic()).count() < 2 && !name.contains(' ') && name != "X"
            || BRACKETED_WORDS.contains(&name)
            || is_range(name)
        {
            return None;
        }
        let glued = before.is_some_and(char::is_alphanumeric) || after.is_some_and(char::is_alphanumeric);
        let alone = self.line_text().trim() == place.of(self.text);
        if self.setting != Setting::Prose && (glued || alone || self.in_heredoc(place.start)) {
            return None;
        }
        if self.setting == Setting::Prose && glued {
            return None;
        }
        let capital = name.starts_with(char::is_uppercase) && (name.len() > 2 || name == "X");
        let certain = capital || name.to_lowercase().starts_with("your") || name.contains(' ');
        if self.setting == Setting::Prose && !certain {
            return None;
        }
        Some(placeholder(name, place, PlaceholderStyle::Bracket, certain))
    }
}

/// `0-9`, `a-zA-Z`: a class of characters.
fn is_range(name: &str) -> bool {
    let chars: Vec<char> = name.chars().take(4).collect();
    matches!(chars[..], [a, '-', b, ..] if a.is_alphanumeric() && b.is_alphanumeric() && (name.len() <= 3 || chars.get(3).is_none_or(|c| !c.is_lowercase())))
}
