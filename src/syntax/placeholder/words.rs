//! Placeholders by their words alone: `your-db`, `CHANGEME`, `vpc-xxxx`, `YYYYMMDD`, `NEW_MASTER`.

use super::known::{CERTAIN, CONSTANTS, DAYS, is_sql_name};
use super::{Placeholder, PlaceholderStyle, Search, Setting, placeholder};
use crate::source::Span;

impl Search<'_> {
    /// Every word of a piece of the line: letters, digits and underscores, with `-` and `.` within.
    pub(super) fn words(&mut self, from: usize, to: usize, found: &mut Vec<Placeholder>) {
        if !self.worded {
            return;
        }
        let place = Span::new(self.base + from, self.base + to.max(from));
        self.seek(place.start);
        let text = place.of(self.text);
        let inner = |c: char| c.is_alphanumeric() || c == '_';
        let mut at = 0;
        if text.is_ascii() {
            let bytes = text.as_bytes();
            let inner = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
            while let Some(start) = bytes[at..].iter().position(inner).map(|n| at + n) {
                let mut end = start;
                loop {
                    end += bytes[end..].iter().take_while(|b| inner(b)).count();
                    let glued = matches!(bytes.get(end), Some(b'-' | b'.')) && bytes.get(end + 1).is_some_and(inner);
                    if !glued {
                        break;
                    }
                    end += 1;
                }
                self.term(Span::new(place.start + start, place.start + end), found);
                at = end;
            }
            return;
        }
        while let Some(start) = text[at..].find(inner).map(|n| at + n) {
            let mut end = start;
            loop {
                end += text[end..].find(|c| !inner(c)).unwrap_or(text.len() - end);
                let glued = text[end..].starts_with(['-', '.']) && text[end + 1..].starts_with(inner);
                if !glued {
                    break;
                }
                end += 1;
            }
            self.term(Span::new(place.start + start, place.start + end), found);
            at = end;
        }
    }

    /// A word: `your-db`, `CHANGEME`, `vpc-xxxx`, or a name in capitals.
    fn term(&self, place: Span, found: &mut Vec<Placeholder>) {
        let word = place.of(self.text);
        if self.day(place, found) || self.in_comment(place.start) {
            return;
        }
        if self.is_fill(word) && self.after(place.end) != Some('=') {
            found.push(placeholder(word, place, PlaceholderStyle::Fill, true));
            return;
        }
        if self.setting == Setting::Prose || !word.contains(|c: char| c.is_ascii_uppercase()) {
            return;
        }
        // `OLD_MASTER.example.com`: the part in capitals is to be filled.
        let mut start = place.start;
        for part in word.split_inclusive(['.', '-']) {
            let name = part.trim_end_matches(['.', '-']);
            let own = Span::new(start, start + name.len());
            start += part.len();
            if let Some(certain) = self.caps(name, own, place) {
                found.push(placeholder(name, own, PlaceholderStyle::Caps, certain));
            }
        }
    }

    /// A day within a word: `backup-YYYYMMDD.sql`. In quotes of its own it is a format, as for `to_char`.
    fn day(&self, place: Span, found: &mut Vec<Placeholder>) -> bool {
        let word = place.of(self.text);
        let letters = |four: &[u8]| matches!(four, b"YYYY" | b"AAAA");
        if self.setting != Setting::Command || !word.as_bytes().windows(4).any(letters) {
            return false;
        }
        let Some((at, day)) = DAYS.iter().find_map(|day| Some((word.find(day)?, *day))) else { return false };
        let format = at == 0 && matches!(self.before(place.start), Some('\'' | '"' | '%'));
        if !format && !self.in_heredoc(place.start) && !self.in_comment(place.start) {
            let own = Span::new(place.start + at, place.start + at + day.len());
            found.push(placeholder(day, own, PlaceholderStyle::Fill, false));
        }
        true
    }

    fn is_fill(&self, word: &str) -> bool {
        let bytes = word.as_bytes();
        let begins = bytes.first().is_some_and(|b| b"yvcrf_".contains(&b.to_ascii_lowercase()));
        if !begins && bytes.iter().filter(|b| b.eq_ignore_ascii_case(&b'x')).count() < 3 {
            return false;
        }
        let lower = word.to_lowercase();
        let own = |p: &str| lower.strip_prefix(p).is_some_and(|r| r.starts_with(['-', '_', '.']) && r.len() > 1);
        if own("your") || own("votre") {
            return true;
        }
        let compact: String = lower.chars().filter(|c| !matches!(c, '_' | '-')).collect();
        if matches!(compact.as_str(), "changeme" | "replaceme" | "fillme") {
            return true;
        }
        // `vpc-xxxx`; not the pattern that `mktemp` fills.
        let xs = word.split(['-', '.', '_']).any(|p| p.len() >= 3 && p.chars().all(|c| matches!(c, 'x' | 'X')));
        xs && !self.line_text().contains("mktemp")
    }

    /// Whether a name in capitals is a placeholder, and for certain.
    fn caps(&self, name: &str, own: Span, word: Span) -> Option<bool> {
        let capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let shaped = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(capital);
        if !shaped || name.ends_with('_') {
            return None;
        }
        let known = ["VIP", "OLD_MASTER", "NEW_MASTER"].contains(&name);
        let prefixed = CERTAIN.iter().any(|p| name.strip_prefix(p).is_some_and(|r| r.len() > 1 && r.starts_with('_')));
        if !(known || name.contains('_')) || is_sql_name(name) || CONSTANTS.contains(&name) {
            return None;
        }
        // Assignments, calls, variables, options and definitions are the program's own names.
        let rest = self.text[own.end..].trim_start_matches(' ');
        let assigned = rest.starts_with('=') && !rest.starts_with("==");
        if assigned
            || rest.starts_with('(')
            || matches!(self.before(word.start), Some('$' | '%' | '{' | '@' | '#' | '&'))
        {
            return None;
        }
        let line = self.line_text();
        let before = &self.text[self.line.start..word.start];
        let first = line.trim_start();
        if first.starts_with('#') || (self.setting == Setting::Sql && first.starts_with("--")) {
            return None;
        }
        let previous = before.split_whitespace().next_back().unwrap_or("");
        if ["export", "unset", "declare", "local", "readonly", "read", "printenv", "function"].contains(&previous) {
            return None;
        }
        let certain = known || prefixed;
        if (self.setting == Setting::Sql || self.in_heredoc(own.start)) && !certain {
            return None;
        }
        // Between back quotes it is a name in SQL.
        if self.setting == Setting::Sql && self.before(word.start) == Some('`') {
            return None;
        }
        Some(certain)
    }
}
