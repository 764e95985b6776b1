//! What a sentence says: whether it asks for something, names a step, a way or a purpose, warns, or only tells.

use super::leads;
use super::lists::is_condition;
use super::model::{Language, Role};
use super::reader::Condition;
use super::sections::leading_number;
use super::sentences::{full_stop, last_sentence, one_line};
use super::text::Inline;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;

/// `**If X:**`, `Si X :`, `Otherwise:` — a line of its own that ends with a colon.
pub(super) fn lead_in(inline: &Inline, words: &Words, line: usize, span: Span) -> Option<Condition> {
    let plain = inline.plain.trim();
    let bold = inline.strongs.first().is_some_and(|s| s.start == 0);
    // "**Yes**", "No:"
    let answer = (bold && inline.all_bold().is_some() || plain.ends_with(':')) && super::lists::is_yes_or_no(plain);
    if !(is_condition(words) || answer)
        || !(plain.ends_with(':') || bold && inline.all_bold().is_some())
        || plain.len() > 240
    {
        return None;
    }
    // "In this situation, follow the steps below:" belongs to a longer text.
    if !bold && full_stop(plain).is_some() {
        return None;
    }
    let label = one_line(plain.trim_end_matches(':'));
    Some(Condition { label, line, span, when: None })
}

/// "**Option A: by DNS**", and nothing else.
pub(super) fn names_way(inline: &Inline) -> bool {
    let bold = inline.strongs.first().is_some_and(|s| s.start == 0) && inline.all_bold().is_some();
    bold && super::sections::named(&inline.first(24), 0, &inline.plain)
}

/// The bold words that a paragraph is, or that are its first line, with what is said of them below.
pub(super) fn bold_line(inline: &Inline) -> Option<&str> {
    inline.all_bold().or_else(|| {
        let strong = inline.strongs.first().filter(|strong| strong.start == 0)?;
        // "**10.0.0.1 is the primary**" counts nothing.
        let counted = strong.text.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with([')', '.']);
        let apart = strong.text.find([')', '.']).is_some_and(|at| strong.text[at + 1..].starts_with(' '));
        let marked = super::sections::core(&Words::first(&strong.text, 8)).marker;
        if !(marked || counted && apart) {
            return None;
        }
        let behind = inline.plain.get(strong.end..)?;
        let below = behind.trim_start_matches([':', ' ', '\u{a0}']).starts_with('\n');
        (below || behind.split_whitespace().all(is_ornament)).then_some(&strong.text)
    })
}

/// `✅`, `:rocket:`: it says nothing.
fn is_ornament(word: &str) -> bool {
    let named = word.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
    named.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        || !word.contains(char::is_alphanumeric)
}

/// Whether a paragraph says which step it is, by its number or else by a marker ("Step 3"), which `true` stands for.
pub(super) fn numbered(inline: &Inline, words: &Words) -> Option<bool> {
    let bold = inline.strongs.first();
    if let Some(strong) = bold.filter(|s| s.start == 0).map(|s| s.text.trim()) {
        let digits = strong.trim_end_matches(['.', ')', ':']);
        let only = !digits.is_empty() && digits.len() < 4 && digits.bytes().all(|b| b.is_ascii_digit());
        let marker = super::sections::core(&Words::new(strong)).marker;
        let all = || bold_line(inline).is_some() && (leading_number(strong).is_some() || marker);
        return (only || all()).then_some(marker);
    }
    if words.get(0).starts_with(|c: char| c.is_ascii_digit()) {
        if is_lettered(&inline.plain) {
            return Some(false);
        }
        let (number, rest) = leading_number(&inline.plain)?;
        let at = inline.plain.len() - rest.len();
        return (number.contains('.') && bold.is_some_and(|s| s.start == at)).then_some(false);
    }
    is_step_line(&inline.plain, words).then_some(true)
}

/// "4a) Pull the image", "2b. Connect to it": to Markdown a paragraph, for its author one of the items around it.
pub(super) fn is_lettered(plain: &str) -> bool {
    let behind = plain.trim_start_matches(|c: char| c.is_ascii_digit());
    let mut letters = behind.chars();
    let lettered = letters.next().is_some_and(|c| c.is_ascii_lowercase()) && matches!(letters.next(), Some('.' | ')'));
    plain.len() - behind.len() < 3 && lettered && letters.next() == Some(' ')
}

/// "Step 3: Restore it", "Étape 3 – Restaurer".
fn is_step_line(plain: &str, words: &Words) -> bool {
    let numbered = |((), n)| words.get(n).bytes().all(|b| b.is_ascii_digit()) && words.len() > n + 1;
    let divided = || {
        let rest =
            plain.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_start_matches(|c: char| c.is_ascii_digit());
        rest.trim_start().starts_with([':', '–', '—', '-', ')', '.'])
    };
    VOCABULARY.list(List::StepWords).at(words, 0).is_some_and(numbered) && divided()
}

/// So many words name one of several things.
const NAME: usize = 3;

/// So many clauses may stand before what a sentence asks for.
const CLAUSES: usize = 3;

/// Whether one of a paragraph's first sentences asks for something to be done. `words` are its first, ten or more.
pub(super) fn sentence_asks(inline: &Inline, words: &Words, language: Language) -> bool {
    let plain = inline.plain.as_str();
    if is_note(plain, words) {
        return false;
    }
    // "`restart: always` brings it back" begins with a name, and with no verb.
    let named = |rest: &str| {
        let at = plain.len() - rest.trim_start().len();
        inline.codes.iter().any(|code| code.start == at && !super::inline_commands::is_command(&code.text))
    };
    // "Once updated, run …", "On the new node, start …": what follows the comma.
    let asks = |rest: &str, words: &Words| {
        if VOCABULARY.list(List::SeeAlso).starts(words, 0) || tells_of_page(inline, words) || named(rest) {
            return false;
        }
        // "Redémarré à 10h": somebody did it.
        let first = rest.split(|c: char| !c.is_alphabetic()).find(|word| !word.is_empty()).unwrap_or("");
        if ["é", "és", "ée", "ées"].iter().any(|ending| first.ends_with(ending)) {
            return false;
        }
        if VOCABULARY.is_imperative(words, language) {
            return true;
        }
        // Several may stand before it: "On the new host, as root, start …".
        let (mut at, mut clause) = (0, VOCABULARY.list(List::Clauses).starts(words, 0));
        let conditional = VOCABULARY.list(List::Condition).starts(words, 0);
        for _ in 0..CLAUSES {
            let near = &rest.as_bytes()[at..rest.len().min(at + 122)];
            let parts = |comma: &usize| matches!(near.get(comma + 1), Some(b' ' | b'\n'));
            let Some(comma) = memchr::memchr_iter(b',', near).find(parts).filter(|_| clause) else {
                // "Before any restoration make sure to follow …"
                // "Dans la console cliquer sur Bases".
                let told = |i: usize| {
                    // "If there is none then create one".
                    let then = VOCABULARY.list(List::Thereupon).starts(words, i - 1);
                    VOCABULARY.list(List::Urges).starts(words, i)
                        || then && VOCABULARY.is_verb(words, i, language)
                        || language == Language::Fr
                            && VOCABULARY.is_infinitive(words.get(i))
                            && VOCABULARY.is_verb(words, i, language)
                            && !VOCABULARY.list(List::BeforeInfinitive).starts(words, i - 1)
                };
                // "If not restart it": the condition is whole.
                let whole =
                    || [List::Otherwise, List::IfSo].iter().find_map(|list| VOCABULARY.list(*list).at(words, 0));
                return at == 0
                    && (clause && (2..words.len()).any(told)
                        || whole().is_some_and(|((), n)| VOCABULARY.is_verb(words, n, language)));
            };
            at += comma + 2;
            let words = Words::first(&rest[at..], 10);
            // "S'il est bloqué, le redémarrer."
            let it = VOCABULARY.list(List::Pronouns).starts(&words, 0) && VOCABULARY.is_infinitive(words.get(1));
            if VOCABULARY.is_imperative(&words, language) || it && VOCABULARY.is_verb(&words, 1, language) {
                return true;
            }
            // "If it lasts, and this is production, page the DBA.", "When the writes, reads, and jobs are done, stop it."
            let names = || rest[at..].split_once(", ").is_some_and(|(name, _)| name.split(' ').count() <= NAME);
            let joins = VOCABULARY.list(List::Joins).starts(&words, 0);
            let goes_on =
                conditional && (joins || names()) || joins && matches!(words.get(2), "is" | "are" | "est" | "sont");
            clause = goes_on || VOCABULARY.list(List::Clauses).starts(&words, 0);
        }
        false
    };
    asks(plain, words)
        || full_stop(plain).is_some_and(|stop| {
            let rest = &plain[stop + 2..];
            asks(rest, &Words::first(rest, 10))
        })
}

/// "**Solution**: Increase the limit": what the label announces is to be done.
pub(super) fn label_asks(inline: &Inline, language: Language) -> bool {
    inline.label().is_some_and(|(label, value)| {
        let label = Words::first(label, 6);
        // "Solution 2"
        let numbered = label.len() > 1 && label.get(label.len() - 1).len() == 1;
        let label = if numbered { label.up_to(label.len() - 1) } else { label };
        (VOCABULARY.list(List::ProcedureLabel).whole(&label).is_some()
            || VOCABULARY.roles.whole(&label) == Some(Role::Phase))
            && VOCABULARY.is_imperative(&Words::first(value, 10), language)
    })
}

/// "Or run it again.", "Or by running it elsewhere:": what is done instead of what was said before.
pub(super) fn says_or(inline: &Inline, words: &Words, language: Language) -> bool {
    let plain = inline.plain.as_str();
    VOCABULARY.list(List::Or).at(words, 0).is_some_and(|((), n)| {
        // "Or `restart: always` in the file."
        let verb = plain.split_whitespace().nth(n).and_then(|verb| plain.find(verb));
        let code = || inline.codes.iter().any(|code| Some(code.start) == verb);
        let gerund = |word: &str| word.ends_with("ing") || word.ends_with("ant");
        let by = || VOCABULARY.list(List::By).starts(words, n) && gerund(words.get(n + 1));
        let asks = || VOCABULARY.is_imperative(&Words::first(words.from(n), 10), language);
        !plain.trim_end().ends_with('?') && !code() && (asks() || by())
    })
}

/// Whether a sentence above a fence says what the fence does, and not only that it is to be run: "Then run:".
pub(super) fn says_what(inline: &Inline, words: &Words, lead: leads::Lead, language: Language) -> bool {
    let allows = || VOCABULARY.list(List::Allowed).starts(words, 0);
    match lead {
        leads::Lead::None => sentence_asks(inline, words, language) || names_deed(inline, words),
        leads::Lead::Run => {
            let named = words.len() > GENERIC || super::prose::runs_named(words);
            named && (allows() || sentence_asks(inline, words, language))
        }
        _ => false,
    }
}

/// "Then run the following command on it" has no more words than this.
const GENERIC: usize = 7;

/// "Use these instructions to update …": what the page is for. Where it leads to another page, that one is to be followed.
fn tells_of_page(inline: &Inline, words: &Words) -> bool {
    let at = leads::behind_connectives(words);
    let Some(((), n)) = VOCABULARY.list(List::OfPage).at(words, at) else { return false };
    let Some(((), page)) = VOCABULARY.list(List::PageWords).at(words, at + n) else { return false };
    let behind = at + n + page;
    let why = [List::Purpose, List::Condition].iter().any(|list| VOCABULARY.list(*list).starts(words, behind));
    why && inline.links.is_empty() && !inline.plain.trim_end().ends_with(':')
}

/// "**Cause**: a lock is left", "**Impact** : …": what would stand below a heading of background.
pub(super) fn tells_fact(inline: &Inline) -> bool {
    let bold = inline.strongs.first().is_some_and(|strong| strong.start == 0);
    let label = inline.label().filter(|(_, value)| bold && !value.trim().is_empty());
    label.is_some_and(|(label, _)| VOCABULARY.roles.whole(&Words::first(label, 8)) == Some(Role::Context))
}

/// "Strongly recommended!", "Objectif : éviter un redémarrage": it names nothing that is done.
pub(super) fn remarks(inline: &Inline, words: &Words) -> bool {
    let fact = |(label, value): (&str, &str)| {
        !value.trim().is_empty() && VOCABULARY.roles.whole(&Words::first(label, 8)) == Some(Role::Context)
    };
    let urges = inline.plain.trim_end().ends_with('!') && inline.lead() == leads::Lead::None;
    // "Takes about 2 minutes."
    let lasts = VOCABULARY.list(List::Lasts).starts(words, 0) && !inline.plain.trim_end().ends_with(':');
    lasts || words.len() < REMARK && urges || inline.label().is_some_and(fact)
}

/// A remark has fewer words.
const REMARK: usize = 6;

/// "**Verification:** the page answers": what is to be looked at, with no verb.
pub(super) fn names_check(inline: &Inline) -> bool {
    let bold = inline.strongs.first().is_some_and(|strong| strong.start == 0);
    let label = inline.label().filter(|(_, value)| bold && !value.trim().is_empty());
    label.is_some_and(|(label, _)| VOCABULARY.list(List::CheckLabel).whole(&Words::first(label, 8)).is_some())
}

/// "**Restauration** d'un dump :", a bold word for something to do, and what it is done with.
pub(super) fn bold_noun(inline: &Inline) -> bool {
    let label = inline.strongs.first().filter(|strong| strong.start == 0 && inline.all_bold().is_none());
    let role = label.and_then(|strong| VOCABULARY.roles.whole(&Words::first(&strong.text, 8)));
    inline.plain.trim_end().ends_with(':')
        && matches!(role, Some(Role::Phase | Role::Detection | Role::Validation | Role::PostAction))
}

/// "To undo this:", "Rollback: run `x`".
pub(super) fn says_back(inline: &Inline) -> bool {
    let labelled =
        |(label, _): (&str, &str)| VOCABULARY.list(List::RollbackLabel).whole(&Words::first(label, 8)).is_some();
    leads::goes_back(&inline.plain) || inline.plain.split_once(':').is_some_and(labelled)
}

/// "Vérification que le volume est vide :", a noun for something to do.
pub(super) fn names_deed(inline: &Inline, words: &Words) -> bool {
    inline.plain.trim_end().ends_with(':') && words.len() > 2 && VOCABULARY.list(List::Deeds).starts(words, 0)
}

/// "To end their sessions: `app sessions --end`", and nothing behind it.
pub(super) fn names_purpose(inline: &Inline, words: &Words) -> bool {
    let Some(code) = inline.codes.last() else { return false };
    let before = inline.plain[..code.start].trim_end();
    let behind = inline.plain[code.end..].trim();
    before.ends_with(':')
        && matches!(behind, "" | "." | ";")
        && super::lists::says_purpose(words)
        && full_stop(before).is_none()
        && super::inline_commands::is_command(&code.text)
}

/// "Either restart one node or all of them:", "Run one of the following:", and nothing else: "Run it on either node:" and "Log in to one of
/// the following and run:" speak of machines, and what depends on something is asked about.
pub(super) fn offers_one(inline: &Inline, language: Language) -> bool {
    let plain = inline.plain.trim_end();
    if !plain.ends_with(':') {
        return false;
    }
    let words = Words::first(last_sentence(plain), 60);
    let list = |list: List| VOCABULARY.list(list);
    // "Either … or …", "soit …, soit …": each says what is done.
    if let Some(((), n)) = list(List::EitherOr).at(&words, 0) {
        let verb = VOCABULARY.is_verb(&words, n, language) || VOCABULARY.is_infinitive(words.get(n));
        return verb
            && (n..words.len()).any(|at| list(List::EitherOr).starts(&words, at) || list(List::Or).starts(&words, at));
    }
    let at = leads::behind_connectives(&words);
    if let Some(((), line)) = list(List::WaysLine).at(&words, at)
        && behind_nouns(&words, at + line) == words.len()
    {
        return true;
    }
    let Some(((), verb)) = list(List::OneVerbs).at(&words, at) else { return false };
    let Some(((), one)) = list(List::OneBelow).at(&words, at + verb) else { return false };
    behind_nouns(&words, at + verb + one) == words.len()
}

/// So many words stand before: "There are two ways to restart it."
const BEFORE_WAYS: usize = 3;

/// Whether a text says how many ways there are to do something.
pub(super) fn counts_ways(words: &Words) -> bool {
    (0..=BEFORE_WAYS).any(|at| VOCABULARY.list(List::WaysTo).starts(words, at))
}

/// The first word that does not say what is to be chosen from: "… of the two methods below".
fn behind_nouns(words: &Words, mut at: usize) -> usize {
    while let Some(((), n)) = VOCABULARY.list(List::OneNouns).at(words, at) {
        at += n;
    }
    at
}

/// "Note:", "Note that …", "NB." — but not "Note the position". `words` are the text's first, six or more.
pub(super) fn is_note(plain: &str, words: &Words) -> bool {
    let Some(((), n)) = VOCABULARY.list(List::Note).at(words, 0) else { return false };
    let plain = plain.trim_start_matches(|c: char| !c.is_alphanumeric());
    let after = plain.find(|c: char| !c.is_alphanumeric()).map_or("", |i| &plain[i..]);
    after.trim_start_matches(['*', '_', ' ']).starts_with([':', ',', '!', '.', '-', '–'])
        || after.is_empty()
        || matches!(words.get(n), "that" | "que")
        // "Also note that …" is said in one.
        || n > 1 && matches!(words.get(n - 1), "that" | "que")
}

/// "Use it when …", "Do not use it for …": when what follows is done, and when not.
pub(super) fn warns(words: &Words) -> bool {
    let [only, never, refusal, unrefused] =
        [List::OnlyThen, List::Never, List::Refusal, List::Unrefused].map(|list| VOCABULARY.list(list));
    only.starts(words, 0)
        || never.starts(words, 0)
        || refusal.at(words, 0).is_some_and(|((), n)| !unrefused.starts(words, n))
}

pub(super) fn is_gate(inline: &Inline, words: &Words) -> bool {
    let gate = VOCABULARY.list(List::Gate);
    // Behind an emoji or "⛔ STOP –" the words may stand a little later.
    gate.starts(words, 0)
        || gate.role_like(words, 0).is_some()
        || inline.strongs.first().is_some_and(|s| s.start == 0 && gate.role_like(&Words::new(&s.text), 0).is_some())
}
