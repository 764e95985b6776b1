//! Text that others wrote, made inert; times and durations for people.

use super::words::Words;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::fmt::Write;

/// One line of plain text: escape sequences removed, line ends and tabs to spaces, every other control character and
/// every character that turns the direction of text replaced by `�`.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' | '\u{9b}' => skip_escape(c, &mut chars),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Swallows a terminal's escape sequence, up to its end or the end of the line.
fn skip_escape(first: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let kind = if first == '\u{9b}' { Some('[') } else { chars.next_if(|c| !c.is_control()) };
    match kind {
        Some('[') => {
            while chars.next_if(|c| matches!(c, ' '..='?')).is_some() {}
            chars.next_if(|c| matches!(c, '@'..='~'));
        }
        Some(']' | 'P' | '^' | '_' | 'X') => {
            while let Some(c) = chars.next_if(|c| *c != '\n') {
                if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                    return;
                }
            }
        }
        _ => {}
    }
}

/// At most `width` characters, with an ellipsis where it was cut.
#[must_use]
pub fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Plain text as Markdown that shows exactly it, in a paragraph, an item or a table's cell.
#[must_use]
pub fn markdown(text: &str) -> String {
    let text = clean(text);
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    let marker = block_marker(&text);
    for (at, &c) in chars.iter().enumerate() {
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let inside_word = next.is_alphanumeric() && at > 0 && chars[at - 1].is_alphanumeric();
        match c {
            '<' if next.is_ascii_alphabetic() || "/!?".contains(next) => out.push_str("&lt;"),
            '&' if next.is_ascii_alphanumeric() || next == '#' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            '_' if !inside_word => out.extend(['\\', c]),
            _ if marker == Some(at) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// Where text would begin a heading, a list, a quotation or a rule, were it at the beginning of a line.
fn block_marker(text: &str) -> Option<usize> {
    let first = text.split(' ').next().unwrap_or_default();
    let digits = first.trim_end_matches(['.', ')']);
    let ordered = digits.len() + 1 == first.len() && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let ruled = text.len() > 1 && (text.bytes().all(|b| b == b'-') || text.bytes().all(|b| b == b'='));
    let listed = text.len() > 1 && matches!(first, "-" | "+");
    let headed = !first.is_empty() && first.len() <= 6 && first.bytes().all(|b| b == b'#');
    if ordered {
        return Some(digits.len());
    }
    (ruled || listed || headed || first.starts_with('>')).then_some(0)
}

/// A command as a Markdown code span that may stand in a table's cell.
#[must_use]
pub fn code(text: &str) -> String {
    let text = clean(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    // Tables are cut at pipes before code is looked for; `\|` is the one escape that works within code there.
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

/// Ties French punctuation to its word, so that no line begins with a colon.
#[must_use]
pub fn bind(text: &str) -> String {
    let tied = [" :", " ;", " ?", " !", " »"]
        .iter()
        .fold(text.to_owned(), |text, mark| text.replace(mark, &mark.replace(' ', "\u{a0}")));
    tied.replace("« ", "«\u{a0}")
}

/// `14:03:09`.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S").to_string()
}

/// `2026-11-20`.
#[must_use]
pub fn date(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string()
}

/// `2026-11-20 14:03:09 UTC`.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    format!("{} {} UTC", date(at), clock(at))
}

/// `31 ms`, `0.3 s`, `12 s`, `4 min 05 s`, `2 h 05 min`.
#[must_use]
pub fn duration(milliseconds: u64, words: &Words) -> String {
    let unit = |name: &str| words.get(&format!("unit.{name}")).to_owned();
    let seconds = milliseconds / 1000;
    let mut text = String::new();
    let written = match seconds {
        0 if (1..100).contains(&milliseconds) => write!(text, "{milliseconds} {}", unit("milliseconds")),
        _ if milliseconds < 9_950 && milliseconds % 1000 >= 50 => {
            let tenths = (milliseconds + 50) / 100;
            write!(text, "{}{}{} {}", tenths / 10, words.get("decimal"), tenths % 10, unit("seconds"))
        }
        0..60 => write!(text, "{seconds} {}", unit("seconds")),
        60..3600 if seconds.is_multiple_of(60) => write!(text, "{} {}", seconds / 60, unit("minutes")),
        60..3600 => write!(text, "{} {} {:02} {}", seconds / 60, unit("minutes"), seconds % 60, unit("seconds")),
        3600..86400 => {
            write!(text, "{} {} {:02} {}", seconds / 3600, unit("hours"), seconds / 60 % 60, unit("minutes"))
        }
        _ => write!(text, "{} {} {} {}", seconds / 86400, unit("days"), seconds / 3600 % 24, unit("hours")),
    };
    // Writing to a string cannot fail.
    written.map(|()| text).unwrap_or_default()
}

/// `+00:01:30`, and `-` for what came before.
#[must_use]
pub fn offset(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { '-' } else { '+' };
    let seconds = milliseconds.unsigned_abs() / 1000;
    format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Milliseconds from `from` to `to`.
#[must_use]
pub fn between(from: Timestamp, to: Timestamp) -> i64 {
    let span: SignedDuration = to.duration_since(from);
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::model::Language;

    #[test]
    fn hostile_text_is_inert() {
        assert_eq!(clean("a\u{1b}[31mred\u{1b}[0m\r\nb\u{7}\u{202e}"), "ared b\u{fffd}\u{fffd}");
        assert_eq!(clean("\u{1b}]0;title\u{7}x\u{1b}]8;;http://x\u{1b}\\y"), "xy");
        assert_eq!(clean("\u{1b}"), "");
        assert_eq!(markdown("<script>|`x`[a](b)"), "&lt;script>\\|\\`x\\`\\[a\\](b)");
        assert_eq!(markdown("read_only _x_ **b**"), "read_only \\_x\\_ \\*\\*b\\*\\*");
        assert_eq!(
            (markdown("# x"), markdown("1. x"), markdown("12) x")),
            ("\\# x".into(), "1\\. x".into(), "12\\) x".into())
        );
        let same = ["< 5 min", "a > b", "AT&T & co", "-", "-5", "3.5 s", "10.0.1.11 down", "#12"];
        assert_eq!(same.map(markdown), same.map(|text| text.replace("&T", "&amp;T")));
        assert_eq!(["---", "- x", "> x", "&lt;b"].map(markdown), ["\\---", "\\- x", "\\> x", "&amp;lt;b"]);
        assert_eq!(code("a | b"), "`a \\| b`");
        assert_eq!(code("echo ``x``"), "``` echo ``x`` ```");
    }

    #[test]
    fn durations_are_for_people() {
        let en = Words::of(Language::En);
        let said: Vec<String> =
            [0, 31, 300, 8_990, 12_000, 120_000, 245_000, 7_500_000, 100_000_000].map(|ms| duration(ms, en)).into();
        assert_eq!(said, ["0 s", "31 ms", "0.3 s", "9.0 s", "12 s", "2 min", "4 min 05 s", "2 h 05 min", "1 d 3 h"]);
        assert_eq!(duration(300, Words::of(Language::Fr)), "0,3 s");
        assert_eq!((offset(90_500), offset(-80_000)), ("+00:01:30".into(), "-00:01:20".into()));
    }
}
