//! Durations and schedule marks as people write them, in English and French: `5m`, `1h30`, `15 min max`, `T+5min`, `J-7`.

use super::phrases::{Rule, run, span};
use crate::source::Span;
use pest::iterators::Pair;
use std::time::Duration;

/// A duration inside prose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurationPhrase {
    /// The whole phrase within the text that was searched, its bound included (`< 5 minutes`).
    pub span: Span,
    /// How long; of a range, the upper end.
    pub duration: Duration,
    /// It says "at most": `<`, `max`, `moins de`.
    pub upper_bound: bool,
}

/// A place in a schedule, counted from its zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OffsetMark {
    /// The mark within the text, brackets excluded.
    pub span: Span,
    /// Seconds from the schedule's zero; negative before it.
    pub seconds: i64,
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Reads a value that is a duration and nothing else. `0` needs no unit; a month is 30 days, a year 365.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Some(duration) = plain(text) {
        return Some(duration);
    }
    let pair = run(Rule::exact_duration, text)?.next()?;
    if pair.as_rule() == Rule::zero {
        return Some(Duration::ZERO);
    }
    phrase(pair).map(|p| p.duration)
}

/// Digits and one letter, as attributes mostly have it.
fn plain(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let unit = match &text[digits..] {
        "s" => 1,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        _ => return None,
    };
    let count: u64 = text.get(..digits).filter(|d| (1..=9).contains(&d.len()))?.parse().ok()?;
    Some(Duration::from_secs(count * unit))
}

/// Finds the durations in prose. Clock times after "at" or "à" (`à 14h30`) are not durations.
#[must_use]
pub fn find(text: &str) -> Vec<DurationPhrase> {
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let Some(pairs) = run(Rule::durations, text) else { return Vec::new() };
    pairs
        .filter(|p| p.as_rule() == Rule::duration)
        .filter_map(phrase)
        .filter(|p| p.upper_bound || !is_clock_time(text, p.span))
        .collect()
}

/// Characters of "before" and of one more to see that it is a word.
const LONGEST_WORD: usize = 8;

/// Whether `14h30` stands for a time of day: after a word that says so.
fn is_clock_time(text: &str, span: Span) -> bool {
    let written = span.of(text);
    let clock = written.contains(['h', 'H']) && written.chars().all(|c| c.is_ascii_digit() || matches!(c, 'h' | 'H'));
    if !clock {
        return false;
    }
    let mut near: Vec<char> = text[..span.start].trim_end().chars().rev().take(LONGEST_WORD).collect();
    near.reverse();
    let before = String::from_iter(near).to_lowercase();
    ["à", "at", "vers", "dès", "avant", "until", "before", "@"]
        .iter()
        .any(|word| before.strip_suffix(word).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric)))
}

fn phrase(pair: Pair<'_, Rule>) -> Option<DurationPhrase> {
    let span = span(&pair);
    let mut upper_bound = false;
    let mut duration = Duration::ZERO;
    // The minutes of "1h30", the seconds of "2min30".
    let mut smaller = 0;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::limit | Rule::limit_after => upper_bound = true,
            Rule::quantity => {
                let (value, unit) = quantity(part)?;
                duration = duration.checked_add(value)?;
                smaller = match unit {
                    HOUR => MINUTE,
                    MINUTE => 1,
                    _ => 0,
                };
            }
            Rule::remainder => {
                let count: u64 = part.as_str().parse().ok()?;
                // "5 s" followed by a number says nothing about it.
                duration = duration.checked_add(Duration::from_secs(count.checked_mul(smaller)?))?;
            }
            _ => {}
        }
    }
    Some(DurationPhrase { span, duration, upper_bound })
}

/// A number with its unit, and the unit's seconds (0 for milliseconds). Of a range the last number counts.
fn quantity(pair: Pair<'_, Rule>) -> Option<(Duration, u64)> {
    let mut number = 0.0;
    for part in pair.into_inner() {
        let unit = match part.as_rule() {
            Rule::number => {
                number = part.as_str().replace(',', ".").parse().ok()?;
                continue;
            }
            Rule::millis => return Some((Duration::try_from_secs_f64(number / 1000.0).ok()?, 0)),
            Rule::seconds => 1,
            Rule::minutes => MINUTE,
            Rule::hours => HOUR,
            Rule::days => DAY,
            Rule::weeks => 7 * DAY,
            Rule::months => 30 * DAY,
            _ => 365 * DAY,
        };
        #[allow(clippy::cast_precision_loss, reason = "units are small")]
        let seconds = number * unit as f64;
        return Some((Duration::try_from_secs_f64(seconds).ok()?, unit));
    }
    None
}

/// Reads the schedule mark that a heading or an item begins with: `T+5min`, `(T+0)`, `J-7`, `H+1`, `Minute 20 :`.
///
/// A bare number after `T` counts minutes. Of `Minute 5-10` the beginning counts.
#[must_use]
pub fn offset(text: &str) -> Option<OffsetMark> {
    let head = text.trim_start_matches([' ', '\u{A0}', '*', '_', '(', '[']);
    // Most titles that begin with such a letter go on with a word.
    let mark = head.starts_with(['T', 'J', 'D', 'H']) && !head[1..].starts_with(|c: char| c.is_ascii_alphabetic());
    let named = |word: &str| head.get(..word.len()).is_some_and(|h| h.eq_ignore_ascii_case(word));
    if !(mark || named("minute") || named("heure") || named("hour")) {
        return None;
    }
    let pair = run(Rule::offset, text)?.next()?;
    let place = span(&pair);
    let unit = match pair.as_rule() {
        Rule::t_mark | Rule::minute_word => MINUTE,
        Rule::day_mark => DAY,
        _ => HOUR,
    };
    let mut negative = false;
    let mut seconds = 0;
    for part in pair.into_inner() {
        match part.as_rule() {
            Rule::sign => negative = part.as_str() != "+",
            Rule::number => {
                let number: f64 = part.as_str().replace(',', ".").parse().ok()?;
                #[allow(clippy::cast_precision_loss, reason = "units are small")]
                let length = Duration::try_from_secs_f64(number * unit as f64).ok()?;
                seconds = i64::try_from(length.as_secs()).ok()?;
            }
            Rule::duration => seconds = i64::try_from(phrase(part)?.duration.as_secs()).ok()?,
            Rule::clock => seconds = clock(part)?,
            _ => {}
        }
    }
    Some(OffsetMark { span: place, seconds: if negative { -seconds } else { seconds } })
}

/// `0:30` is hours and minutes, `0:30:15` has seconds too.
fn clock(pair: Pair<'_, Rule>) -> Option<i64> {
    let mut scale = 3600;
    let mut total = 0;
    for part in pair.into_inner() {
        total += part.as_str().parse::<i64>().ok()? * scale;
        scale /= 60;
    }
    Some(total)
}

/// For people: `3m 20s`, `1d 2h`, `500ms`, `0s`. Fractions of a second show only below one second.
#[must_use]
pub fn show(duration: Duration) -> String {
    let total = duration.as_secs();
    if total == 0 {
        let millis = duration.subsec_millis();
        return if millis == 0 { "0s".to_owned() } else { format!("{millis}ms") };
    }
    let parts = [(total / DAY, "d"), (total % DAY / HOUR, "h"), (total % HOUR / MINUTE, "m"), (total % MINUTE, "s")];
    let shown: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn exact_values() {
        let cases: &[(&str, Option<u64>)] = &[
            ("5m", Some(300)),
            ("90s", Some(90)),
            ("1h30", Some(5400)),
            ("1h 30m", Some(5400)),
            ("1h30m", Some(5400)),
            ("2min30", Some(150)),
            ("5 minutes", Some(300)),
            ("2 min", Some(120)),
            ("30 secondes", Some(30)),
            ("30\u{A0}secondes", Some(30)),
            ("15 min max", Some(900)),
            ("max 15 min", Some(900)),
            ("< 5 minutes", Some(300)),
            ("<5min", Some(300)),
            ("≤ 2 h", Some(7200)),
            ("~60s", Some(60)),
            ("1 month", Some(30 * DAY)),
            ("3 mois", Some(90 * DAY)),
            ("1 an", Some(365 * DAY)),
            ("0 second", Some(0)),
            ("0", Some(0)),
            ("0s", Some(0)),
            ("3-4 heures", Some(4 * HOUR)),
            ("3 à 4 heures", Some(4 * HOUR)),
            ("1.5h", Some(5400)),
            ("1,5 h", Some(5400)),
            ("24h", Some(DAY)),
            ("24H", Some(DAY)),
            ("2 jours", Some(2 * DAY)),
            ("2 semaines", Some(14 * DAY)),
            ("5", None),
            ("J-7", None),
            ("soon", None),
            ("5 apples", None),
            ("5 minimum", None),
            ("5m and more", None),
            ("", None),
            ("99999999999 years", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse(text), seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        for text in ["0s", "90s", "5m", "24h", "3d", "999999999d"] {
            assert_eq!(plain(text), parse(&format!(" {text}")), "{text}");
        }
    }

    #[test]
    fn in_prose() {
        #[allow(clippy::type_complexity)]
        let cases: &[(&str, &[(&str, u64, bool)])] = &[
            ("Confirm it (15 min max)", &[("15 min max", 900, true)]),
            ("**Durée estimée**: 5 min", &[("5 min", 300, false)]),
            ("RTO Visé: < 5 minutes", &[("< 5 minutes", 300, true)]),
            ("wait ~60s.", &[("~60s", 60, false)]),
            ("30s, then 1 minute", &[("30s", 30, false), ("1 minute", 60, false)]),
            ("10.0.0.5 min RB-001 s T+5min v2 J-7 2024-01-15", &[]),
            ("à 14h30, pendant 2h", &[("2h", 7200, false)]),
            ("moins de 30 secondes", &[("moins de 30 secondes", 30, true)]),
            ("3 nodes in 5 min 30 sec", &[("5 min 30 sec", 330, false)]),
            ("no number", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> =
                find(text).iter().map(|p| (p.span.of(text), p.duration.as_secs(), p.upper_bound)).collect();
            assert_eq!(&found[..], *expected, "{text}");
        }
    }

    #[test]
    fn offsets() {
        let cases: &[(&str, Option<i64>)] = &[
            ("Minute 20 : bascule", Some(1200)),
            ("Minutes 5-10", Some(300)),
            ("T+5min", Some(300)),
            ("T+5", Some(300)),
            ("T-15min : annonce", Some(-900)),
            ("(T+0) start", Some(0)),
            ("T0", Some(0)),
            ("**T+1h30** go", Some(5400)),
            ("T+0:30", Some(1800)),
            ("J-7", Some(-7 * 86400)),
            ("J+1 : bilan", Some(86400)),
            ("H+1", Some(3600)),
            ("H-2 Gel", Some(-7200)),
            ("Test the thing", None),
            ("Minute by minute", None),
            ("Jeudi", None),
            ("5 minutes", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(offset(text).map(|o| o.seconds), *seconds, "{text}");
        }
        let text = "(T+5min) x";
        assert_eq!(offset(text).unwrap().span.of(text), "T+5min");
    }

    #[test]
    fn shown() {
        for (millis, text) in
            [(0, "0s"), (500, "500ms"), (200_000, "3m 20s"), (3_600_000, "1h"), (93_784_000, "1d 2h 3m 4s")]
        {
            assert_eq!(show(Duration::from_millis(millis)), text);
        }
    }
}
