//! Moments as people say them.

use super::exit::Failure;
use jiff::{Span, Timestamp, ToSpan, Zoned, civil};

/// `2026-11-20T14:32:00Z`, `2026-11-20 14:32`, `14:32` (the last one that has passed, in local time), `12m ago`.
pub fn parse(text: &str) -> Result<Timestamp, Failure> {
    at(text, &Zoned::now()).ok_or_else(|| {
        Failure::usage(
            format!("`{text}` is not a time"),
            "write `14:32`, `2026-11-20 14:32`, `2026-11-20T14:32:00Z` or `12m ago`",
        )
    })
}

/// The day, where the operator is.
pub fn today() -> civil::Date {
    Zoned::now().date()
}

fn at(text: &str, now: &Zoned) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Some(ago) = text.strip_suffix("ago") {
        let ago = crate::syntax::duration::parse(ago.trim())?;
        let span: Span = i64::try_from(ago.as_secs()).ok()?.seconds();
        return now.timestamp().checked_sub(span).ok();
    }
    if let Ok(date) = text.parse::<civil::DateTime>() {
        return date.to_zoned(now.time_zone().clone()).ok().map(|z| z.timestamp());
    }
    let time: civil::Time = text.parse().ok()?;
    let today = now.date().to_datetime(time).to_zoned(now.time_zone().clone()).ok()?;
    // At ten past midnight, `23:55` was yesterday.
    let then = if today.timestamp() > now.timestamp() { today.checked_sub(1.day()).ok()? } else { today };
    Some(then.timestamp())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::at;

    #[test]
    fn moments_as_people_say_them() {
        let now = jiff::civil::date(2026, 11, 20).at(0, 10, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
        let table = [
            ("2026-11-19T14:32:00Z", "2026-11-19T14:32:00Z"),
            ("2026-11-19 14:32", "2026-11-19T14:32:00Z"),
            ("23:55", "2026-11-19T23:55:00Z"),
            ("00:05", "2026-11-20T00:05:00Z"),
            ("12m ago", "2026-11-19T23:58:00Z"),
        ];
        for (text, want) in table {
            assert_eq!(at(text, &now).unwrap().to_string(), want, "{text}");
        }
        assert!(at("soon", &now).is_none());
    }
}
