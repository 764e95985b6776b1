//! Objectives beside blanks: `< 5 min`, `0`, `<= 10`. A value that cannot be compared is not judged.

use crate::syntax::duration;

/// The number at the start of a text, with `,` or `.` as decimal mark and thin or plain spaces between thousands.
#[must_use]
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text
        .char_indices()
        .find(|(i, c)| {
            !(c.is_ascii_digit()
                || matches!(c, '.' | ',' | '\u{a0}' | '\u{202f}')
                || (*i == 0 && matches!(c, '-' | '+')))
        })
        .map_or(text.len(), |(i, _)| i);
    let digits: String = text[..end].chars().filter(|c| !matches!(c, '\u{a0}' | '\u{202f}')).collect();
    let digits = digits.trim_end_matches(['.', ',']).replace(',', ".");
    digits.parse().ok()
}

/// Whether `value` meets `objective`; `None` when they cannot be compared. Without a sign, less or equal is meant:
/// objectives of recovery are ceilings.
#[must_use]
pub fn met(objective: &str, value: &str) -> Option<bool> {
    let objective = objective.trim().trim_start_matches([':', '=']).trim();
    let (sign, bound) = ["<=", "≤", ">=", "≥", "<", ">"]
        .iter()
        .find_map(|sign| objective.strip_prefix(sign).map(|rest| (*sign, rest.trim())))
        .unwrap_or(("<=", objective));
    let (have, limit) = comparable(value, bound)?;
    Some(match sign {
        "<" => have < limit,
        ">" => have > limit,
        ">=" | "≥" => have >= limit,
        _ => have <= limit,
    })
}

/// Both as numbers in one unit.
fn comparable(value: &str, bound: &str) -> Option<(f64, f64)> {
    let bare =
        |t: &str| t.trim().trim_start_matches(['-', '+']).chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    match (bare(value), bare(bound)) {
        (true, true) => Some((number(value)?, number(bound)?)),
        // `0` needs no unit; any other bare number beside a duration could be seconds or minutes: not judged.
        (true, false) if number(value) == Some(0.0) => Some((0.0, duration::parse(bound)?.as_secs_f64())),
        (false, true) if number(bound) == Some(0.0) => {
            Some((duration::parse(value).map(|d| d.as_secs_f64()).or_else(|| number(value))?, 0.0))
        }
        (false, false) => Some((duration::parse(value)?.as_secs_f64(), duration::parse(bound)?.as_secs_f64())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::met;

    #[test]
    fn values_are_judged_only_when_they_compare() {
        let table = [
            ("< 5 min", "3m 20s", Some(true)),
            ("< 5 min", "6 min", Some(false)),
            ("< 5 min", "5", None),
            ("0", "0", Some(true)),
            ("0", "3", Some(false)),
            ("0", "0 s", Some(true)),
            ("0", "2 s", Some(false)),
            ("≤ 10", "10", Some(true)),
            (">= 99,9", "99.95", Some(true)),
            ("< 5 min", "about right", None),
        ];
        for (objective, value, want) in table {
            assert_eq!(met(objective, value), want, "{objective} / {value}");
        }
    }
}
