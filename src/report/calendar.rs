//! Drills as a calendar: RFC 5545.

use super::drills::{Drill, Drills, State};
use super::text::clean;
use super::words::Words;
use crate::runbook::model::Language;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// A line's octets, without its end.
const FOLD: usize = 75;

/// One event a runbook, on the day it is due. `now` is when the calendar was made.
#[must_use]
pub fn calendar(drills: &Drills, now: Timestamp, language: Language) -> String {
    let words = Words::of(language);
    let mut text = String::new();
    let mut line = |content: &str| fold(content, &mut text);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//runbook//drills//EN");
    line("CALSCALE:GREGORIAN");
    line("METHOD:PUBLISH");
    line(&format!("X-WR-CALNAME:{}", escape(words.get("drills.heading"))));
    for drill in &drills.runbooks {
        if let Some(due) = drill.due {
            for content in event(drill, due, now, words) {
                line(&content);
            }
        }
    }
    line("END:VCALENDAR");
    text
}

fn event(drill: &Drill, due: Date, now: Timestamp, words: &Words) -> Vec<String> {
    let day = |date: Date| date.strftime("%Y%m%d").to_string();
    let title = clean(&drill.title);
    let summary = words.say("drills.summary", &[("id", &clean(&drill.id)), ("title", &title)]);
    let last = drill.last.as_ref().map_or(words.get("drills.never").to_owned(), |last| last.date.to_string());
    let values = [("file", clean(&drill.file)), ("every", clean(&drill.tested_every)), ("last", last)];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut lines = vec![
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", uid(&drill.id)),
        format!("DTSTAMP:{}", now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ")),
        format!("DTSTART;VALUE=DATE:{}", day(due)),
    ];
    // The end of a day is the next one, which it does not include.
    lines.extend(due.checked_add(1.day()).ok().map(|next| format!("DTEND;VALUE=DATE:{}", day(next))));
    lines.push(format!("SUMMARY:{}", escape(&summary)));
    lines.push(format!("DESCRIPTION:{}", escape(&words.say("drills.description", &values))));
    if drill.state.is_due() && drill.state != State::Unreadable {
        lines.push("PRIORITY:1".to_owned());
    }
    lines.push("TRANSP:TRANSPARENT".to_owned());
    lines.push("END:VEVENT".to_owned());
    lines
}

/// The same for the same runbook, so that a calendar moves its event instead of adding one.
fn uid(id: &str) -> String {
    let mut plain = String::new();
    for c in id.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') {
            plain.push(c);
        } else {
            plain.push_str(&format!("_{:x}", u32::from(c)));
        }
    }
    format!("drill-{plain}@runbook")
}

/// A text value.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(';', "\\;")
        .replace(',', "\\,")
        .replace("\r\n", "\\n")
        .replace(['\n', '\r'], "\\n")
}

/// Adds a line, cut where it is too long; what goes on begins with a space. No character is cut.
fn fold(content: &str, out: &mut String) {
    let mut room = FOLD;
    for c in content.chars() {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            room = FOLD - 1;
        }
        out.push(c);
        room -= c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_between_characters() {
        let content = format!("SUMMARY:{}", "é€😀x".repeat(40));
        let mut text = String::new();
        fold(&content, &mut text);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines.last(), Some(&""));
        assert!(lines.len() > 5);
        assert!(lines.iter().all(|line| line.len() <= FOLD), "{lines:?}");
        assert!(lines[1..lines.len() - 1].iter().all(|line| line.starts_with(' ')));
        assert_eq!(text.replace("\r\n ", ""), format!("{content}\r\n"));
    }

    #[test]
    fn values_cannot_end_a_line() {
        assert_eq!(escape("a;b,c\\d\r\ne\nf"), "a\\;b\\,c\\\\d\\ne\\nf");
        assert_eq!(uid("RB-001"), "drill-RB-001@runbook");
        assert_ne!(uid("é"), uid("e9"));
    }
}
