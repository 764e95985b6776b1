//! Expected results that a machine can check.

use super::model::ExpectTest;
use super::text::Inline;

/// What a machine can check of an expected result.
pub(super) fn test_of(text: &str) -> Option<ExpectTest> {
    let text = text.trim().trim_end_matches('.');
    if text.len() > 2 && text.starts_with('/') && text.ends_with('/') {
        return Some(ExpectTest::Matches(text[1..text.len() - 1].to_owned()));
    }
    let lower = text.to_lowercase();
    for start in ["exit code ", "exit status ", "code retour ", "code de retour ", "exit == ", "exit "] {
        if let Some(number) =
            lower.strip_prefix(start).and_then(|r| r.trim_start_matches(['=', ':', ' ']).parse::<i32>().ok())
        {
            return Some(ExpectTest::Holds(format!("exit == {number}")));
        }
    }
    let comparison = ["==", "!=", "<=", ">=", " < ", " > "].iter().any(|op| text.contains(op));
    let first = text.split_whitespace().next().unwrap_or("");
    let words = text.split_whitespace().count();
    if comparison
        && words == 3
        && first.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
        && first.starts_with(|c: char| c.is_ascii_lowercase())
    {
        return Some(ExpectTest::Holds(text.to_owned()));
    }
    None
}

/// The regular expression of `**Expected**: /a.*b\./`, as it is written: read as Markdown, it would lose its stars and backslashes.
pub(super) fn regex_as_written(line: &str) -> Option<&str> {
    let (_, value) = line.split_once(':')?;
    let value = value.trim_start_matches(['*', '_', ' ', '\u{a0}', '\u{202f}']).trim_end().trim_end_matches('.');
    let inside = value.strip_prefix('/')?.strip_suffix('/')?;
    (!inside.is_empty() && !inside.contains('\n')).then_some(value)
}

/// A code span that is the whole expected result is literal.
pub(super) fn test_of_inline(inline: &Inline, value: &str) -> Option<ExpectTest> {
    if let Some(code) = inline.codes.last()
        && value.trim().trim_end_matches('.') == code.text.trim()
    {
        return test_of(&code.text).or_else(|| Some(ExpectTest::Contains(code.text.trim().to_owned())));
    }
    test_of(value)
}

#[cfg(test)]
mod tests {
    use super::regex_as_written;

    #[test]
    fn a_regular_expression_keeps_its_stars_and_backslashes() {
        for (line, regex) in [
            ("**Expected**: /a.*b/", Some("/a.*b/")),
            ("**Expected:** /a.*b.*c/", Some("/a.*b.*c/")),
            (r"**Résultat attendu** : /1\.5 *s/.", Some(r"/1\.5 *s/")),
            ("Expected: https://x.example/", None),
            ("**Expected**: nothing", None),
            ("**Expected**: //", None),
        ] {
            assert_eq!(regex_as_written(line), regex, "{line}");
        }
    }
}
