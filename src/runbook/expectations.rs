//! Expected results that a machine can check.

use super::model::ExpectTest;
use super::text::Inline;

/// What a machine can check of an expected result.
pub(super) fn test_of(text: &str) -> Option<ExpectTest> {
    let text = text.trim().trim_end_matches('.');
    if text.len() > 2 && text.starts_with('/') && text.ends_with('/') {
        return Some(ExpectTest::Matches(text[1..text.len() - 1].to_owned()));
    }
    if let Some(status) = exit_status(&text.to_lowercase()) {
        return Some(ExpectTest::Holds(format!("exit == {status}")));
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

/// "exit status 0", "the exit code is 3", "code de sortie : 0".
fn exit_status(lower: &str) -> Option<i32> {
    const NAMES: [&str; 8] = [
        "exit code",
        "exit status",
        "exit",
        "code de sortie",
        "code de retour",
        "code retour",
        "statut de sortie",
        "statut de retour",
    ];
    let named = ["the ", "an ", "le ", "un "].iter().find_map(|article| lower.strip_prefix(article)).unwrap_or(lower);
    let rest = NAMES.iter().find_map(|name| named.strip_prefix(name))?;
    let value = rest.trim_start_matches(['=', ':', ' ', '\u{a0}', '\u{202f}']);
    let value = ["is ", "of ", "est ", "vaut "].iter().find_map(|verb| value.strip_prefix(verb)).unwrap_or(value);
    // "exit3" is a name.
    if value.len() == rest.len() { None } else { value.trim().parse().ok() }
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
    use super::{exit_status, regex_as_written};

    #[test]
    fn exit_statuses_in_words() {
        for (text, status) in [
            ("exit code 0", Some(0)),
            ("exit status: 3", Some(3)),
            ("exit == 1", Some(1)),
            ("the exit code is 2", Some(2)),
            ("code de sortie 0", Some(0)),
            ("le code de retour vaut 4", Some(4)),
            ("statut de sortie\u{a0}: 0", Some(0)),
            ("exit3", None),
            ("exit code 0 or 1", None),
            ("exit status other than 0", None),
            ("exit != 0", None),
        ] {
            assert_eq!(exit_status(text), status, "{text}");
        }
    }

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
