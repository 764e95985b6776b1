//! A runbook that nobody has looked at for a year.

use super::Subject;
use super::facts::{executable, graded};
use crate::diagnostic::Diagnostic;
use crate::runbook::words::Words;
use jiff::civil::Date;

/// After so many days a page is called stale.
const DAYS: i64 = 365;

const MONTHS: [(&str, i8); 24] = [
    ("jan", 1),
    ("feb", 2),
    ("fev", 2),
    ("mar", 3),
    ("apr", 4),
    ("avr", 4),
    ("may", 5),
    ("mai", 5),
    ("jun", 6),
    ("juin", 6),
    ("jul", 7),
    ("juil", 7),
    ("aug", 8),
    ("aou", 8),
    ("sep", 9),
    ("oct", 10),
    ("nov", 11),
    ("dec", 12),
    ("janv", 1),
    ("mars", 3),
    ("avril", 4),
    ("aout", 8),
    ("sept", 9),
    ("juillet", 7),
];

/// One finding for the file, when its date is there and old.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(today) = subject.today else { return };
    let Some(written) = subject.runbook.metadata.known.get("last-updated") else { return };
    let Some(date) = date(written) else { return };
    let Ok(span) = today.since((jiff::Unit::Day, date)) else { return };
    let days = i64::from(span.get_days());
    if days <= DAYS || !executable(subject.runbook) {
        return;
    }
    let message = format!("last updated {date}, {days} days ago");
    let mut diagnostic = graded(subject.runbook, "stale-last-updated", message);
    if let Some(at) = subject.runbook.metadata.span.filter(|s| s.of(&subject.source.text).contains(written.as_str())) {
        let start = at.start + at.of(&subject.source.text).find(written.as_str()).unwrap_or(0);
        diagnostic = diagnostic.at(crate::source::Span::new(start, start + written.len()), "");
    }
    found.push(diagnostic.help("rehearse it with `runbook run FILE --dry-run`, mend what changed, and set the date"));
}

/// `2024-01-15`, `15/01/2024`, `15 janvier 2024`, `January 15, 2024`, `2024-01`. The latest day that it can mean.
fn date(text: &str) -> Option<Date> {
    let words = Words::first(text, 8);
    let parts: Vec<&str> = words.iter().collect();
    // `3rd`, `1er`, `15t10`: the digits in front.
    let number = |p: &str| p.split(|c: char| !c.is_ascii_digit()).next().and_then(|d| d.parse::<i16>().ok());
    let year = parts.iter().position(|p| p.len() == 4 && number(p).is_some_and(|n| (1990..2200).contains(&n)))?;
    let of = |y: &str| number(y);
    let month = parts.iter().find_map(|p| {
        let exact = MONTHS.iter().find(|(name, _)| name == p);
        let long = || {
            MONTHS.iter().find(|(name, _)| {
                p.len() > 3 && name.len() == 3 && p.starts_with(name) && p.chars().all(char::is_alphabetic)
            })
        };
        exact.or_else(long).map(|(_, m)| *m)
    });
    let y = of(parts[year])?;
    let small: Vec<i8> = parts
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != year && i.abs_diff(year) <= 2)
        .filter_map(|(_, p)| number(p).and_then(|n| i8::try_from(n).ok()).filter(|n| (1..=31).contains(n)))
        .take(2)
        .collect();
    let end = |m: i8| Date::new(y, m, 1).ok().map(Date::last_of_month);
    match (month, small.as_slice()) {
        (Some(m), [d, ..]) => Date::new(y, m, *d).ok().or_else(|| end(m)),
        (Some(m), []) => end(m),
        // Year first is month, day. Otherwise both orders are in use.
        (None, [m, d]) if year == 0 => Date::new(y, *m, *d).ok(),
        (None, [a, b]) => Date::new(y, *b, *a).ok().max(Date::new(y, *a, *b).ok()),
        (None, [m]) if *m <= 12 => end(*m),
        (None, _) => Date::new(y, 12, 31).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (text, want) in [
            ("2024-01-15", Some("2024-01-15")),
            ("15/01/2024", Some("2024-01-15")),
            ("03/04/2024", Some("2024-04-03")),
            ("15 janvier 2024", Some("2024-01-15")),
            ("1er août 2023", Some("2023-08-01")),
            ("January 15, 2024", Some("2024-01-15")),
            ("Sept 3rd 2024", Some("2024-09-03")),
            ("2024-02", Some("2024-02-29")),
            ("décembre 2022", Some("2022-12-31")),
            ("2021", Some("2021-12-31")),
            ("2024-01-15T10:00:00Z", Some("2024-01-15")),
            ("yesterday", None),
            ("v12", None),
        ] {
            assert_eq!(date(text).map(|d| d.to_string()).as_deref(), want, "{text}");
        }
    }
}
