//! What a runbook leaves for the operator to fill in: `QPS: ____` and `Environnement: [ ] Production [ ] Staging`.
//!
//! Spans are relative to the text that was searched: one line of a leaf.

use super::phrases::{Rule, run, span, trimmed};
use crate::source::Span;

/// A blank to fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blank {
    /// What is asked for, without markup and colon; `None` for a bare line to write on.
    pub label: Option<Span>,
    /// The blank itself.
    pub span: Span,
    /// What the value is to be judged by: `< 5 min` of `(objectif: < 5 min)`.
    pub objective: Option<Span>,
    /// The unit written after it: `secondes`.
    pub unit_after: Option<Span>,
}

/// Boxes on one line, of which one is to be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The question, without markup and colon; `None` when the line begins with its first box.
    pub label: Option<Span>,
    /// From the question to the end of the last option.
    pub span: Span,
    /// Two or more.
    pub options: Vec<ChoiceOption>,
}

/// One box of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChoiceOption {
    /// Its text.
    pub text: Span,
    /// The box.
    pub span: Span,
    /// Whether the source shows it checked.
    pub checked: bool,
    /// What follows from it: `STOP` of `NON ☐ → STOP`.
    pub then: Option<Span>,
}

/// Finds the blanks of a line.
#[must_use]
pub fn blanks(text: &str) -> Vec<Blank> {
    if !may_hold(text.as_bytes()) {
        return Vec::new();
    }
    let Some(pairs) = run(Rule::blanks, text) else { return Vec::new() };
    // What is left: blanks and the marks that divide their labels.
    let marks: Vec<(bool, Span)> = pairs
        .filter(|p| matches!(p.as_rule(), Rule::blank_run | Rule::divider))
        .map(|p| (p.as_rule() == Rule::blank_run, span(&p)))
        .filter(|(blank, place)| !blank || stands_alone(text, *place))
        .collect();
    let mut found = Vec::new();
    let mut from = 0;
    for (i, (blank, place)) in marks.iter().enumerate() {
        if *blank {
            let next = marks.get(i + 1).map_or(text.len(), |(_, p)| p.start);
            let unit_after = unit(text, Span::new(place.end, next));
            let label = Some(clean(text, Span::new(from, place.start))).filter(|s| !s.is_empty());
            let objective = objective(text, unit_after.map_or(place.end, |u| u.end));
            found.push(Blank { label, span: *place, objective, unit_after });
            from = unit_after.map_or(place.end, |u| u.end);
        } else {
            from = place.end;
        }
    }
    found
}

/// Whether a text holds what any blank is drawn with: `__`, `\_`, `....` or `…`.
fn may_hold(text: &[u8]) -> bool {
    memchr::memchr3_iter(b'_', b'.', 0xe2, text).any(|at| match &text[at..] {
        [b'_', rest @ ..] => rest.first() == Some(&b'_') || at > 0 && text[at - 1] == b'\\',
        [b'.', rest @ ..] => rest.starts_with(b"..."),
        rest => rest.starts_with("…".as_bytes()),
    })
}

/// `___bold___` and `a___b` are no blanks: neither side touches a letter, except that a unit may follow.
fn stands_alone(text: &str, place: Span) -> bool {
    let before = text[..place.start].chars().next_back();
    let after = &text[place.end..];
    before.is_none_or(|c| !c.is_alphanumeric())
        && (!after.starts_with(char::is_alphanumeric) || unit(text, Span::new(place.end, text.len())).is_some())
}

/// Units that may follow a blank, in lower case.
const UNITS: [&str; 51] = [
    "%",
    "ms",
    "s",
    "sec",
    "secs",
    "second",
    "seconds",
    "seconde",
    "secondes",
    "m",
    "min",
    "mins",
    "mn",
    "minute",
    "minutes",
    "h",
    "hour",
    "hours",
    "heure",
    "heures",
    "day",
    "days",
    "jour",
    "jours",
    "b",
    "kb",
    "mb",
    "gb",
    "tb",
    "ko",
    "mo",
    "go",
    "to",
    "kib",
    "mib",
    "gib",
    "octets",
    "bytes",
    "qps",
    "tps",
    "rps",
    "req/s",
    "tx/s",
    "tx/min",
    "rows",
    "lignes",
    "transactions",
    "users",
    "utilisateurs",
    "€",
    "$",
];

fn unit(text: &str, within: Span) -> Option<Span> {
    let place = trimmed(text, within, |c| matches!(c, ' ' | '\t' | '\u{A0}'));
    let rest = place.of(text);
    let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '%' | '/' | '€' | '$'))).unwrap_or(rest.len());
    let word = rest[..end].trim_end_matches('/');
    UNITS.contains(&word.to_lowercase().as_str()).then(|| Span::new(place.start, place.start + word.len()))
}

/// Words that introduce what a value is judged by.
const OBJECTIVES: [&str; 13] = [
    "objectif",
    "objective",
    "cible",
    "target",
    "goal",
    "attendu",
    "expected",
    "seuil",
    "threshold",
    "max",
    "maximum",
    "limit",
    "limite",
];

/// Bytes of an objective; more is prose, and looking no further keeps the search linear.
const LONGEST: usize = 200;

/// What stands in brackets right after a blank and says how much is good.
fn objective(text: &str, from: usize) -> Option<Span> {
    let rest = text[from..].trim_start_matches([' ', '\t', '\u{A0}', '*']);
    let inside = rest.strip_prefix('(')?;
    let start = text.len() - inside.len();
    let inside = &inside[..inside.bytes().take(LONGEST).position(|b| b == b')')?];
    let whole = trimmed(text, Span::new(start, start + inside.len()), char::is_whitespace);
    let words = whole.of(text);
    if words.contains("__") {
        return None;
    }
    if words.starts_with(['<', '>', '≤', '≥', '=']) {
        return Some(whole);
    }
    let first = words.split([':', ' ', '\u{A0}']).next().unwrap_or("").to_lowercase();
    if !OBJECTIVES.contains(&first.as_str()) {
        return None;
    }
    let after = match words.find(':') {
        Some(at) => whole.start + at + 1,
        None => whole.start + first.len(),
    };
    Some(trimmed(text, Span::new(after.min(whole.end), whole.end), char::is_whitespace)).filter(|s| !s.is_empty())
}

/// A label without list markers, markup and its colon.
fn clean(text: &str, place: Span) -> Span {
    let junk =
        |c: char| c.is_whitespace() || matches!(c, '*' | '_' | ':' | '-' | '–' | '|' | '/' | ',' | '=' | '>' | '•');
    let place = trimmed(text, place, junk);
    // `1.` in front of a blank is a list's number and no label.
    let inside = place.of(text);
    let digits = inside.len() - inside.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match inside[digits..].strip_prefix(['.', ')']) {
        Some(rest) if digits > 0 && (rest.is_empty() || rest.starts_with(' ')) => {
            trimmed(text, Span::new(place.start + digits + 1, place.end), junk)
        }
        _ => place,
    }
}

/// A line with more boxes, arrows and bars than this asks no question.
const MOST: usize = 64;

/// A box, an arrow or a bar of a line of choices.
type Mark = (Rule, Span);

/// Reads a line with two or more boxes after a label as one question.
///
/// The boxes stand before their texts, as in `Succès: [ ] Oui  [ ] Non`, or after them, divided by bars, as in
/// `OUI ☐ → Continuer | NON ☐ → STOP`.
#[must_use]
pub fn choice(text: &str) -> Option<Choice> {
    if !text.contains(['[', '☐', '☑', '☒', '✅', '⬜']) {
        return None;
    }
    let marks: Vec<Mark> = run(Rule::choices, text)?
        .filter(|p| matches!(p.as_rule(), Rule::choice_box | Rule::arrow | Rule::bar))
        .map(|p| (p.as_rule(), span(&p)))
        .collect();
    if marks.len() > MOST || marks.iter().filter(|(rule, _)| *rule == Rule::choice_box).count() < 2 {
        return None;
    }
    let found = boxes_after(text, &marks).or_else(|| boxes_before(text, &marks))?;
    (found.options.iter().all(|o| !o.text.is_empty())).then_some(found)
}

/// Texts before their boxes: every part between bars holds one box, with words in front of it.
fn boxes_after(text: &str, marks: &[Mark]) -> Option<Choice> {
    let mut options = Vec::new();
    let mut label = None;
    let mut from = 0;
    for part in marks.split(|(rule, _)| *rule == Rule::bar) {
        let mut boxes = part.iter().filter(|(rule, _)| *rule == Rule::choice_box);
        let (Some((_, own)), None) = (boxes.next(), boxes.next()) else { return None };
        let next_bar = marks.iter().find(|(rule, place)| *rule == Rule::bar && place.start >= own.end);
        let end = next_bar.map_or(text.len(), |(_, place)| place.start);
        let mut words = Span::new(from, own.start);
        if options.is_empty() {
            // The question ends where its punctuation does.
            let question = words.of(text).rfind([':', '?']).map(|at| words.start + at + 1);
            if let Some(at) = question {
                label = Some(option_text(text, Span::new(0, at))).filter(|s| !s.is_empty());
                words.start = at;
            }
        }
        let words = option_text(text, words);
        if words.is_empty() {
            return None;
        }
        let arrow = part.iter().find(|(rule, place)| *rule == Rule::arrow && place.start >= own.end);
        let then = arrow.map(|(_, place)| option_text(text, Span::new(place.end, end))).filter(|s| !s.is_empty());
        // Words after the box that no arrow leads to belong to a box in front of them.
        if arrow.is_none() && !option_text(text, Span::new(own.end, end)).is_empty() {
            return None;
        }
        options.push(option(text, words, *own, then));
        from = next_bar.map_or(text.len(), |(_, place)| place.end);
    }
    finish(text, label, options)
}

/// Boxes before their texts.
fn boxes_before(text: &str, marks: &[Mark]) -> Option<Choice> {
    let first = marks.iter().find(|(rule, _)| *rule == Rule::choice_box)?.1;
    let label = Some(option_text(text, Span::new(0, first.start))).filter(|s| !s.is_empty());
    let mut options = Vec::new();
    for (i, (rule, own)) in marks.iter().enumerate() {
        if *rule != Rule::choice_box {
            continue;
        }
        let rest = &marks[i + 1..];
        let end = rest.iter().find(|(rule, _)| *rule == Rule::choice_box).map_or(text.len(), |(_, place)| place.start);
        let arrow = rest.iter().find(|(rule, _)| *rule != Rule::bar).filter(|(rule, _)| *rule == Rule::arrow);
        let stop = arrow.map_or(end, |(_, place)| place.start);
        let then = arrow.map(|(_, place)| option_text(text, Span::new(place.end, end))).filter(|s| !s.is_empty());
        options.push(option(text, option_text(text, Span::new(own.end, stop)), *own, then));
    }
    finish(text, label, options)
}

fn finish(text: &str, label: Option<Span>, options: Vec<ChoiceOption>) -> Option<Choice> {
    let (first, last) = (options.first()?, options.last()?);
    let start = label.map_or(first.span.start.min(first.text.start), |l| l.start);
    let end = last.then.unwrap_or(last.text).end.max(last.span.end);
    debug_assert!(end <= text.len());
    Some(Choice { label, span: Span::new(start, end), options })
}

fn option(text: &str, words: Span, own: Span, then: Option<Span>) -> ChoiceOption {
    let mark = own.of(text);
    let checked = mark.starts_with(['☑', '☒', '✅']) || matches!(mark.as_bytes().get(1), Some(b'x' | b'X'));
    ChoiceOption { text: words, span: own, checked, then }
}

/// A label or an option's words without markup and the marks that divide options.
fn option_text(text: &str, place: Span) -> Span {
    let junk = |c: char| {
        c.is_whitespace()
            || matches!(c, '*' | '_' | ':' | '-' | '–' | '—' | '|' | '/' | ',' | ';' | '·' | '•' | '(' | ')')
    };
    // A bracket that is both opened and closed inside is part of the words.
    let outer = trimmed(text, place, junk);
    let after = &text[outer.end..place.end];
    if outer.of(text).contains('(') && after.starts_with(')') {
        return Span::new(outer.start, outer.end + 1);
    }
    outer
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row<'a> = (Option<&'a str>, Option<&'a str>, Option<&'a str>);

    #[test]
    fn blanks_of_a_line() {
        let cases: &[(&str, &[Row<'_>])] = &[
            ("QPS: _______ (vs baseline: ______)", &[(Some("QPS"), None, None), (Some("vs baseline"), None, None)]),
            ("RTO Mesuré: _______ (objectif: < 5 min)", &[(Some("RTO Mesuré"), Some("< 5 min"), None)]),
            ("- **RTO** : ______ (< 5 min)", &[(Some("RTO"), Some("< 5 min"), None)]),
            ("Nouveau master: ____", &[(Some("Nouveau master"), None, None)]),
            ("1. _____________", &[(None, None, None)]),
            ("Durée: _____ secondes", &[(Some("Durée"), None, Some("secondes"))]),
            ("Lag: ____ms / Erreurs: ____ %", &[(Some("Lag"), None, Some("ms")), (Some("Erreurs"), None, Some("%"))]),
            ("Début: __:__ Fin: __:__", &[(Some("Début"), None, None), (Some("Fin"), None, None)]),
            ("Date: \\_\\_\\_\\_", &[(Some("Date"), None, None)]),
            ("Nom : ..........", &[(Some("Nom"), None, None)]),
            ("___bold___ and a___b and __init__ and `x: ____`", &[]),
            ("wait... and see", &[]),
        ];
        for (text, expected) in cases {
            let of = |s: Option<Span>| s.map(|s| s.of(text));
            let found: Vec<_> = blanks(text).iter().map(|b| (of(b.label), of(b.objective), of(b.unit_after))).collect();
            assert_eq!(&found[..], *expected, "{text}");
        }
    }

    /// Label, then each option as `text`, `text!` when checked, `text>then`.
    fn picture(text: &str) -> Option<(String, Vec<String>)> {
        let found = choice(text)?;
        let label = found.label.map_or(String::new(), |l| l.of(text).to_owned());
        let options = found.options.iter().map(|o| {
            let then = o.then.map_or(String::new(), |t| format!(">{}", t.of(text)));
            format!("{}{}{then}", o.text.of(text), if o.checked { "!" } else { "" })
        });
        Some((label, options.collect()))
    }

    #[test]
    fn choices_of_a_line() {
        #[allow(clippy::type_complexity)]
        let cases: &[(&str, Option<(&str, &[&str])>)] = &[
            ("**Environnement**: [ ] Production  [ ] Staging", Some(("Environnement", &["Production", "Staging"]))),
            ("Succès: [x] Oui  [ ] Non", Some(("Succès", &["Oui!", "Non"]))),
            ("Mode: ☐ A | ☑ B | ☐ C (later)", Some(("Mode", &["A", "B!", "C (later)"]))),
            (
                "**Tous les tests passent?** OUI ☐ → Continuer | NON ☐ → STOP",
                Some(("Tous les tests passent?", &["OUI>Continuer", "NON>STOP"])),
            ),
            ("OUI ☐ → Continuer | NON ☐ → STOP", Some(("", &["OUI>Continuer", "NON>STOP"]))),
            ("[ ] YES → go on [ ] NO → stop", Some(("", &["YES>go on", "NO>stop"]))),
            ("[ ] one box only", None),
            ("Result: [ ] [ ]", None),
            ("`[ ] a [ ] b`", None),
            ("plain", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(l, o)| (l.to_owned(), o.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()));
            assert_eq!(picture(text), expected, "{text}");
        }
    }
}
