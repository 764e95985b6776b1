//! How often a runbook is to be tested: `1 month`, `3 mois`, `quarterly`, `tous les 6 mois`. The words are data.

use jiff::{Span, ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// A length of calendar time: a month is a month, not 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Interval {
    /// Whole months.
    pub months: i32,
    /// Days beside them.
    pub days: i32,
}

#[derive(Debug, Default, Deserialize)]
struct Cadence {
    units: Vec<Entry>,
    alone: Vec<Entry>,
    fillers: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(default)]
    months: i32,
    #[serde(default)]
    days: i32,
    words: Vec<String>,
}

/// The file is part of the program; a test holds it to its form.
fn cadence() -> &'static Cadence {
    static CADENCE: OnceLock<Cadence> = OnceLock::new();
    CADENCE.get_or_init(|| serde_yaml::from_str(include_str!("../../templates/cadence.yaml")).unwrap_or_default())
}

/// Longer than anyone waits for a test.
const LONGEST: i32 = 1000;

impl Interval {
    /// Reads it. What is not understood as a whole is not understood.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let mut count: Option<i32> = None;
        let mut found: Option<Self> = None;
        for word in text.split(|c: char| c.is_whitespace() || matches!(c, '\u{a0}' | '\u{202f}')) {
            let word = word.trim_matches(['.', ',', ';', ':', '(', ')']);
            if word.is_empty() || cadence().fillers.iter().any(|filler| filler == word) {
                continue;
            }
            let digits = word.bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                if count.is_some() || found.is_some() {
                    return None;
                }
                count = Some(word[..digits].parse().ok().filter(|count| (1..=LONGEST).contains(count))?);
            }
            let rest = &word[digits..];
            if rest.is_empty() {
                continue;
            }
            let one = match count {
                Some(_) => Self::word(&cadence().units, rest),
                None => Self::word(&cadence().alone, rest).or_else(|| Self::word(&cadence().units, rest)),
            };
            // Two units, or a word that means nothing here: someone means more than this.
            if found.is_some() {
                return None;
            }
            let (one, count) = (one?, count.unwrap_or(1));
            found = Some(Self { months: one.months.checked_mul(count)?, days: one.days.checked_mul(count)? });
        }
        found
    }

    fn word(entries: &[Entry], word: &str) -> Option<Self> {
        let entry = entries.iter().find(|entry| entry.words.iter().any(|known| known == word))?;
        Some(Self { months: entry.months, days: entry.days })
    }

    /// The day that lies this long after another.
    #[must_use]
    pub fn after(self, day: Date) -> Option<Date> {
        let span: Span = self.months.months().days(self.days);
        day.checked_add(span).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::date;

    #[test]
    fn cadences_as_people_write_them() {
        let months = [
            ("1 month", 1),
            ("3 months", 3),
            ("3 mois", 3),
            ("6mois", 6),
            ("quarterly", 3),
            ("Trimestriel", 3),
            ("every 3 months", 3),
            ("tous les 6 mois", 6),
            ("chaque mois", 1),
            ("1 an", 12),
            ("once a year", 12),
            ("tous les trimestres", 3),
            ("2 quarters", 6),
            ("annuel", 12),
            ("une fois par mois", 1),
        ];
        for (text, want) in months {
            assert_eq!(Interval::parse(text), Some(Interval { months: want, days: 0 }), "{text}");
        }
        let days =
            [("2 weeks", 14), ("30d", 30), ("90 jours", 90), ("weekly", 7), ("hebdomadaire", 7), ("1 semaine", 7)];
        for (text, want) in days {
            assert_eq!(Interval::parse(text), Some(Interval { months: 0, days: want }), "{text}");
        }
        for text in [
            "",
            "often",
            "3",
            "0 months",
            "1 month 2 weeks",
            "3 blue moons",
            "99999999999 days",
            "-1 month",
            "1 2 months",
        ] {
            assert_eq!(Interval::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_month_is_a_month() {
        let month = Interval::parse("1 month").unwrap();
        assert_eq!(month.after(date(2026, 1, 31)), Some(date(2026, 2, 28)));
        assert_eq!(month.after(date(2026, 11, 21)), Some(date(2026, 12, 21)));
        assert_eq!(Interval::parse("1 an").unwrap().after(date(2024, 2, 29)), Some(date(2025, 2, 28)));
    }
}
