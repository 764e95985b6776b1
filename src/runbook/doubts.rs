//! Why what a text speaks of is not to be run just like that: it holds only sometimes ("if needed", "Option B:"), or somebody says not
//! to do it ("never", "instead of"). What is of another machine, `places` tells.
//!
//! What a sentence introduces (`leads`) is not asked here, nor whether a piece of text is a command at all (`fences`).

use super::leads::{behind_connectives, refuses_from};
use super::lists::is_condition;
use super::model::Language;
use super::phrases::Phrases;
use super::places::{ELSEWHERE, is_elsewhere, is_host};
use super::sentences::{last_sentence, near_end};
use super::text::{FIRST, Inline};
use super::vocabulary::{Cases, List, VOCABULARY};
use super::words::{First, Words};

/// Why a fence below this sentence must not run just like that.
pub(super) fn doubt(inline: &Inline) -> Option<String> {
    let text = inline.plain.trim_end();
    let introduces = text.ends_with([':', '…']);
    // Of most texts it says that nothing more need be asked.
    let cases = cases(inline);
    if !introduces && !cases.any(const { Cases::of(&[List::Never, List::OnlyThen]) }) {
        return said_in_case(text, cases).or_else(|| told_of_others(inline).then_some(text)).map(not_always);
    }
    let last = last_sentence(text);
    // Of most texts it is the only one, and its words are known.
    let whole = last.len() == inline.plain.trim().len();
    let first = |most: usize| if whole { inline.first(FIRST) } else { Words::first(last, most) };
    if !introduces {
        // "Never run this on the primary.", "If it hangs, restart it. This takes a minute.": they need no colon to be heard.
        let words = first(12);
        let behind = VOCABULARY.list(List::Reminds).at(&words, 0).map_or(0, |((), n)| n);
        if [List::Never, List::OnlyThen].iter().any(|list| VOCABULARY.list(*list).starts(&words, behind)) {
            return Some(not_always(last));
        }
        // "stateful: never delete it by hand"
        let behind = last.split_once(':').map(|(_, said)| Words::first(said, 6));
        if behind.is_some_and(|said| VOCABULARY.list(List::Never).starts(&said, 0)) {
            return Some(not_always(last));
        }
        return said_in_case(text, cases).map(not_always);
    }
    if asks_first(text) || leads_to_doubtful(last, &first(CASE), cases) {
        return Some(not_always(last));
    }
    // "Back it up", "See the manual", "One could run:", each on its line, without a full stop in between.
    let line = last.rsplit_once('\n').map(|(_, line)| line.trim_start());
    let line = line.filter(|line| line.starts_with(char::is_uppercase))?;
    leads_to_doubtful(line, &Words::first(line, CASE), cases).then(|| not_always(line))
}

/// Whether a sentence that introduces a fence says that it is not always to be run.
fn leads_to_doubtful(said: &str, words: &Words, cases: Cases) -> bool {
    // "Then you may also need to run:"
    let begin = behind_connectives(words);
    let lists = [List::StrongCondition, List::Otherwise, List::Doubt, List::Example];
    // "Do not forget:", and nothing behind it that it depends on.
    let reminds = || {
        let behind =
            [0, begin].iter().find_map(|at| VOCABULARY.list(List::Reminds).at(words, *at).map(|((), n)| at + n));
        behind.is_some_and(|behind| {
            let held = [List::OnlyThen, List::Condition, List::Machines, List::Refusal];
            !lists.iter().chain(&held).any(|list| VOCABULARY.list(*list).anywhere(&words.behind(behind)))
        })
    };
    let doubtful = || {
        lists.iter().any(|list| VOCABULARY.list(*list).starts(words, 0))
            || begin > 0 && lists.iter().any(|list| VOCABULARY.list(*list).starts(words, begin))
            || refuses_from(words, begin)
            // "You can't restart it by running:"
            || [0, begin].iter().any(|at| {
                VOCABULARY.list(List::OrderOpening).at(words, *at).is_some_and(|((), n)| refuses_from(words, at + n))
            })
            || VOCABULARY.list(List::Never).anywhere(words)
            || others_act(words)
            // "On lance :" without its accents is no "lancé".
            || VOCABULARY.list(List::ToldAtEnd).ends(words) && !VOCABULARY.is_imperative(words, Language::Fr)
            || [List::Forbidden, List::MayBeLeft].iter().any(|list| VOCABULARY.list(*list).whole(words).is_some())
            || asks_others(words, begin)
            // "The next command is optional."
            || VOCABULARY.list(List::CommandBelow).starts(words, begin) && super::verdicts::is_narrowed(words)
    };
    in_case_within(said, cases) || doubtful() && !reminds() || remarks(said)
}

/// "Tell Bob to run:", "Demander au DBA d'exécuter :", "Have the DBA restart it:"
fn asks_others(words: &Words, begin: usize) -> bool {
    let list = |list: List| VOCABULARY.list(list);
    // "Let's run" is no such thing, and "faire" may be.
    let urged = |at: usize, n: usize| list(List::Connectives).at(words, at).is_some_and(|((), more)| more > n);
    let told = |name: List| {
        let at = [0, begin].into_iter().find(|at| list(name).at(words, *at).is_some_and(|((), n)| !urged(*at, n)))?;
        list(name).at(words, at).map(|((), n)| at + n)
    };
    // "Get the app to run" asks nobody.
    let made = told(List::OthersMade);
    let asked = told(List::OthersDo).or(made);
    // "Faire tourner": what is done oneself. "Tell the team, then run".
    let goes_on = |at: &usize| [List::Joins, List::Thereupon].iter().any(|name| list(*name).starts(words, *at));
    asked.is_some_and(|at| {
        let end = words.len().min(at + ASKED);
        let behind = || (at..end).take_while(|at| !goes_on(at));
        let someone = behind().find(|i| [List::Agents, List::Others].iter().any(|name| list(*name).starts(words, *i)));
        let does =
            |of: usize| (of + 1..end).any(|i| !list(List::BeforeInfinitive).starts(words, i) && is_order(words, i));
        (made.is_none() || someone.is_some()) && behind().any(|i| i > at && list(List::Run).starts(words, i))
            || someone.is_some_and(|of| does(of) && !(at..words.len()).any(|at| goes_on(&at)))
    })
}

/// "Already done by ansible", "To be run by the DBA", "The DBA restarts it"
pub(super) fn others_act(words: &Words) -> bool {
    let list = |list: List| VOCABULARY.list(list);
    let other = |at: usize| [List::Agents, List::Others].iter().find_map(|name| list(*name).at(words, at));
    let by = |at: usize| {
        let behind = list(List::DoneBy).at(words, at).map(|((), n)| at + n);
        behind.is_some_and(|at| (at..at + WHOM).any(|at| other(at).is_some()))
    };
    let begin = usize::from(list(List::Articles).starts(words, 0));
    // "The network team opens it"
    let who = [0, begin, begin + 1].iter().find_map(|at| other(*at).map(|((), n)| at + n));
    let specialist = [0, begin, begin + 1].iter().any(|at| list(List::Specialists).starts(words, *at));
    let acts = who.is_some_and(|behind| {
        let verb = words.get(behind);
        // "The DBA should run:", "The DBA does this."
        let due = || [List::Must, List::Should].iter().find_map(|name| list(*name).at(words, behind));
        let runs = |at: usize| is_order(words, at) || list(List::Run).starts(words, at);
        let does = (behind..behind + WHOM).any(|at| list(List::Does).starts(words, at));
        if does || specialist && due().is_some_and(|((), n)| runs(behind + n)) {
            return true;
        }
        let known = |stem: Option<&str>| stem.is_some_and(|stem| VOCABULARY.is_known_verb(stem));
        // "L'équipe réseau coupe le lien"
        let french = |at: usize| {
            let verb = words.get(at);
            let ends = verb.ends_with('e') || verb.ends_with("ent");
            let of = || [List::Articles, List::Theirs].iter().any(|name| list(*name).starts(words, at + 1));
            ends && words.len() > at + 1 && of()
        };
        known(verb.strip_suffix('s')) || known(verb.strip_suffix("es")) || (behind..behind + WHOM).any(french)
    });
    acts || list(List::AlreadyDone).anywhere(words) || (0..words.len()).any(by)
}

/// "The DBA does this.", "The DBA restarts it.": all that a text says, and nothing the reader does.
fn told_of_others(inline: &Inline) -> bool {
    let words = inline.first(FIRST);
    let begin = usize::from(VOCABULARY.list(List::Articles).starts(&words, 0));
    let who = |list: &List| [0, begin, begin + 1].iter().any(|at| VOCABULARY.list(*list).starts(&words, *at));
    let other = [List::Agents, List::Others].iter().any(who);
    other && words.len() < FIRST && super::sentences::before_last(&inline.plain).next().is_none() && others_act(&words)
}

/// So many words may name who acts: "the network team".
const WHOM: usize = 3;

/// So many words may stand between who is asked and what for: "the on-call DBA of the team to run".
const ASKED: usize = 8;

/// What a text may say of cases, wherever in it. Its first words are known; those of a longer text say too little.
fn cases(inline: &Inline) -> Cases {
    let words = inline.first(FIRST);
    if words.len() == FIRST { Cases::ANY } else { VOCABULARY.cases(&words) }
}

/// Whether what a section says first holds for all below it: "Never do this in production.", "Only on the standby."
pub(super) fn holds_below(words: &Words) -> bool {
    let list = |list: List| VOCABULARY.list(list);
    list(List::OnlyThen).anywhere(words)
        || list(List::Never).starts(words, 0)
        || list(List::Only).starts(words, 0) && list(List::Doubt).starts(words, 0)
}

/// So many sentences of a paragraph are asked about, and so many pieces of each.
const SENTENCES: usize = 6;
const PIECES: usize = 3;

/// A sentence of so many words says more than a condition.
const FRAGMENT: usize = 9;

/// What a paragraph without a colon says of a case: its first sentence for all of it, the others for what its fence may be. Behind
/// "Restart it.", which does something, the fence is that; behind "Check it." it may be what follows from it.
fn said_in_case(text: &str, cases: Cases) -> Option<&str> {
    let last = std::iter::once_with(|| last_sentence(text));
    let mut said = super::sentences::before_last(text).take(SENTENCES).chain(last);
    let first = said.next()?;
    let example = VOCABULARY.list(List::Example);
    // "In this example, restore it into `shop`."
    if in_case_within(first, cases) || example.may_begin(First::of(first)) && example.starts(&Words::first(first, 6), 0)
    {
        return Some(first);
    }
    if asks_first(text) {
        return Some(text);
    }
    let does = || {
        let words = Words::first(first, 10);
        let begin = behind_connectives(&words);
        let tells = [List::Refusal, List::Whether].iter().any(|list| VOCABULARY.list(*list).starts(&words, begin));
        is_order(&words, begin) && !tells && !VOCABULARY.list(List::Refusal).starts(&words, 0)
    };
    // "Restart it. Unless it was done today."
    let fragment = |said: &str| {
        let words = Words::first(if said.contains([',', ':', '?']) { "" } else { said }, FRAGMENT);
        words.len() < FRAGMENT
            && (is_condition(&words) || VOCABULARY.list(List::Exceptions).starts(&words, 0))
            && !(2..words.len()).any(|at| is_order(&words, at))
    };
    said.find(|said| {
        in_case_within(said, cases) && (!does() || only_there(&Words::first(said, 30))) || fragment(said) && does()
    })
}

/// Whether a verb that asks for something stands there, in any language.
fn is_order(words: &Words, at: usize) -> bool {
    let word = words.get(at);
    VOCABULARY.is_known_verb(word) || VOCABULARY.is_infinitive(word) || VOCABULARY.is_verb(words, at, Language::Fr)
}

/// What [`only_there`] looks for.
const THERE: Cases = Cases::of(&[List::OnlyThen, List::OnlyThere]);

/// "Only on the standby", "Redémarrer au besoin": said of what the sentence asks for, wherever it stands in it.
fn only_there(words: &Words) -> bool {
    [List::OnlyThen, List::OnlyThere].iter().any(|list| VOCABULARY.list(*list).anywhere(words))
}

/// Whether a sentence says that something is done in a case only: "If it hangs, restart it.", "Then, if needed, restart it.",
/// "Restart it if it hangs.", "On ne redémarre pas le service." A case in which one is led elsewhere or answers a question is none.
pub(super) fn in_case(said: &str) -> bool {
    in_case_within(said, Cases::ANY)
}

/// The same of a part of a text that says no more than these.
fn in_case_within(said: &str, cases: Cases) -> bool {
    let list = |list: List| VOCABULARY.list(list);
    // Some say so only where the sentence begins.
    let begins = [List::Doubt, List::Optional, List::Or, List::Either, List::Condition];
    let first = First::of(said);
    let begins = begins.iter().any(|name| list(*name).may_begin(first));
    if !begins && !cases.any(Cases::ANY) {
        return false;
    }
    let words = Words::first(said, CASE);
    // Behind so many words it may say more.
    let may_begin = words.len() == CASE && cases.any(const { Cases::of(&BEGINNINGS) });
    let cases = VOCABULARY.cases(&words);
    if !(begins || may_begin || cases.any(Cases::ANY)) || list(List::Reminds).starts(&words, 0) {
        return false;
    }
    // "(Only on gw1.)", "Optionally, …", "As a last resort, …". What nobody is to do while it runs says nothing of it.
    let hedged = || doubtful(&words, 0) && !list(List::Refusal).starts(&words, 0) && !is_condition(&words);
    if cases.any(THERE)
        || cases.any(const { Cases::of(&[List::NotDone]) }) && negated(&words)
        || begins && (hedged() || is_one_of_two(said, &words))
    {
        return true;
    }
    // "When the lag is above 60 s, …", "When the disk is full, …". "When ready" only says when.
    let wrong = || list(List::Trouble).anywhere(&words) || list(List::OutOfOrder).anywhere(&words);
    let limited =
        || list(List::Condition).starts(&words, 0) && (wrong() || (1..words.len()).any(|at| passes(&words, at)));
    let holds = (may_begin || cases.any(const { Cases::of(&BEGINNINGS) })) && begins_with_condition(said)
        || begins && limited()
        || cases.any(const { Cases::of(&[List::Depending]) }) && (1..words.len()).any(|at| depends_at(&words, at));
    holds && !leads_elsewhere(said) && !list(List::Prompted).anywhere(&words)
}

/// What [`begins_with_condition`] looks for.
const BEGINNINGS: [List; 3] = [List::StrongCondition, List::InCase, List::Otherwise];

/// As many words of a sentence are asked about.
const CASE: usize = 30;

/// "Either with systemd", "or with docker". The French "où" is no "ou".
fn is_one_of_two(said: &str, words: &Words) -> bool {
    let list = |list: List| VOCABULARY.list(list);
    [List::Or, List::Either].iter().any(|name| list(*name).starts(words, 0))
        && !list(List::EitherWay).starts(words, 0)
        && said.trim_start().chars().nth(1) != Some('ù')
}

/// Whether one of the sentence's first pieces begins with a condition, or the first with "otherwise".
fn begins_with_condition(said: &str) -> bool {
    let list = |list: List| VOCABULARY.list(list);
    let pieces = said.split([',', ':', ';', '\u{2013}', '\u{2014}']).take(PIECES);
    pieces.enumerate().any(|(n, piece)| {
        let piece = Words::first(piece, 12);
        let at = behind_connectives(&piece);
        let at = (at..piece.len()).find(|at| !list(List::Openings).starts(&piece, *at)).unwrap_or(at);
        // "no" by itself is an answer, and "no job starts" is none.
        let answer = list(List::No).at(&piece, at) == Some(((), 1)) && piece.len() > at + 1;
        let [strong, case, otherwise] = BEGINNINGS.map(|name| list(name).starts(&piece, at));
        strong || case || n == 0 && otherwise && !answer
    })
}

/// "Restart it if it hangs", "A restart is needed if it hangs". "Check if it hangs" asks whether.
fn depends_at(words: &Words, at: usize) -> bool {
    VOCABULARY.list(List::Depending).starts(words, at)
        && !(0..at).any(|at| VOCABULARY.list(List::Whether).starts(words, at))
}

/// "Is it stuck? Restart it.", "Est-il bloqué ? Le redémarrer."
pub(super) fn asks_first(said: &str) -> bool {
    said.split_once('?').is_some_and(|(_, rest)| {
        let words = Words::first(rest, 6);
        let at = behind_connectives(&words);
        // "Le redémarrer."
        is_order(&words, at) || is_order(&words, at + 1) || VOCABULARY.list(List::Run).starts(&words, at)
    })
}

/// "If not, go to step 2", "If it fails, stop."
fn leads_elsewhere(said: &str) -> bool {
    said.split([',', ':', ';', '.']).skip(1).any(|piece| {
        let words = Words::first(piece, 6);
        let at = behind_connectives(&words);
        let goes = [List::Goto, List::ToStep].iter().any(|name| VOCABULARY.list(*name).starts(&words, at));
        goes || super::ways::plain_target(piece).is_some()
    })
}

/// "On ne redémarre pas le service", "À ne pas faire en production". "N'oubliez pas de le redémarrer" says the contrary, and "pour ne
/// pas le perdre" why.
fn negated(words: &Words) -> bool {
    let list = |list: List| VOCABULARY.list(list);
    (0..words.len().min(BEGINS)).any(|at| {
        let Some(((), n)) = list(List::NotDone).at(words, at) else { return false };
        let mut behind = at + n..words.len().min(at + n + NEGATED);
        let why = at.checked_sub(1).is_some_and(|before| list(List::Purpose).starts(words, before));
        !why && !behind.clone().any(|at| list(List::Unrefused).starts(words, at))
            && behind.any(|at| list(List::Not).starts(words, at))
    })
}

/// Among so many words a sentence says that it is one about what is not done. Further behind it says something of that.
const BEGINS: usize = 5;

/// So many words stand at most between the two halves of a negation and behind it.
const NEGATED: usize = 4;

/// Why a cell of a row makes the row's commands doubtful: "only on test", "if needed", "NOT on production", "Staging"; below
/// "When" and "Environment" whatever does not say "always", below "Host" what is not here. `column` is what it stands below.
pub(super) fn cell_doubts(said: &str, column: Option<&Words>) -> Option<String> {
    let words = Words::first(said, 30);
    let list = |list: List| VOCABULARY.list(list);
    let below = |name: List| column.is_some_and(|column| list(name).whole(column).is_some());
    let always = || list(List::Always).starts(&words, 0) || list(List::Here).starts(&words, 0);
    if words.is_empty() || always() {
        return None;
    }
    if below(List::HostColumn) {
        return Some(ELSEWHERE.to_owned());
    }
    // "14:05", "T+10" below "When".
    let timed = || words.get(0).starts_with(|c: char| c.is_ascii_digit()) || super::sections::mark(said).is_some();
    let refused = [List::Refusal, List::Never].iter().any(|name| list(*name).starts(&words, 0));
    let place = list(List::Not).starts(&words, 0) && list(List::OnPlace).starts(&words, 1);
    let held = in_case(said) || depends(said) || remarks(said) || refused || place || names_environment(&words, 0);
    let held = held || super::verdicts::is_narrowed(&words);
    let case = || below(List::CaseColumn) || below(List::WhenColumn) && !timed();
    // "on db1", "standby" as a remark.
    let there = || super::places::below_heading(said, &words, 0).map(str::to_owned);
    (held || case()).then(|| not_always(said)).or_else(there)
}

/// Whether a text remarks in parentheses when it holds: "Clear the cache (optional):", "Restart it (only on the replica)".
pub(super) fn remarks(text: &str) -> bool {
    let held = |remark: &str| {
        let words = Words::first(remark, 14);
        depends(remark) || names_environment(&words, 0) || is_elsewhere(&words, 0)
    };
    let remark = |(at, _): (usize, char)| text[at + 1..].split_once(')').is_some_and(|(remark, _)| held(remark));
    text.char_indices().filter(|(_, c)| *c == '(').take(8).any(remark)
}

/// Whether words say nothing but for which machines or environment something is: "Debian", "For production".
pub(super) fn names_platform(words: &Words) -> bool {
    let [platforms, environments] = [List::Platforms, List::Environments].map(|list| VOCABULARY.list(list));
    // "RHEL 8"
    let beside = |at: usize| {
        let word = words.get(at);
        let version = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        if version { Some(1) } else { VOCABULARY.list(List::BesidePlatforms).at(words, at).map(|((), n)| n) }
    };
    let (mut at, mut named) = (0, false);
    while let Some((n, names)) = platforms
        .at(words, at)
        .or_else(|| environments.at(words, at))
        .map(|((), n)| (n, beside(at).is_none_or(|beside| beside < n)))
        .or_else(|| Some((beside(at)?, false)))
    {
        (at, named) = (at + n, named || names);
    }
    at == words.len() && named
}

/// Whether the heading's own words are an environment and nothing else: "Staging", "Production environment".
fn names_environment(words: &Words, mut at: usize) -> bool {
    let (environments, from) = (VOCABULARY.list(List::Environments), at);
    while let Some(((), n)) = environments.at(words, at) {
        at += n;
    }
    at == words.len() && at > from
}

/// Whether a heading says that what stands below it is not always to be run: "Last resort", "Restart it (if needed)". Its own
/// words begin at word `at`.
pub(super) fn depends_heading(heading: &str, words: &Words, at: usize) -> bool {
    let [never, look_up, example] = [List::Never, List::LookUp, List::Example].map(|list| VOCABULARY.list(list));
    doubtful(words, at)
        || look_up.starts(words, at)
        || example.starts(words, at)
        || names_environment(words, at)
        || never.anywhere(words)
        || acts_in_case(words, at)
        || VOCABULARY.list(List::ChooseOne).anywhere(words)
        || passes_limit(heading)
        || only_for(words)
        || remarks(heading)
        || asks_whether(heading, words, at)
        || VOCABULARY.list(List::SymptomHeads).starts(words, at) && !counts(words, at)
}

/// "No. 2: reboot", "No-op run", "No impact on users".
fn counts(words: &Words, at: usize) -> bool {
    words.get(at + 1).starts_with(|c: char| c.is_ascii_digit())
        || VOCABULARY.list(List::NoSymptoms).starts(words, at + 1)
}

/// "Is it stuck?": what stands below is for one of the answers. "How to restart it?" asks something else.
pub(super) fn asks_whether(heading: &str, words: &Words, at: usize) -> bool {
    heading.trim_end().ends_with('?') && !VOCABULARY.list(List::OpenQuestions).starts(words, at)
}

/// "> 80 %", "Actions for < 1 GB": above or below a limit.
fn passes_limit(heading: &str) -> bool {
    // "90 %", "90 % full"
    let share = || {
        heading.contains('%') && !heading.contains(char::is_alphabetic)
            || heading.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('%')
    };
    let limit = |(at, sign): (usize, char)| {
        heading[at + sign.len_utf8()..]
            .trim_start_matches(['=', ' ', '\u{a0}'])
            .starts_with(|c: char| c.is_ascii_digit())
    };
    heading.char_indices().filter(|(_, c)| matches!(c, '>' | '<' | '≥' | '≤')).take(4).any(limit) || share()
}

/// A remark of so many words speaks of more than a machine.
const REMARK: usize = 5;

/// "db3 only": a remark of where something is done, and no more.
pub(super) fn names_only(words: &Words) -> bool {
    words.len() < REMARK && only_for(words)
}

/// "Production only", "Standby only". "Make it read-only" is no place.
fn only_for(words: &Words) -> bool {
    let Some(last) = words.len().checked_sub(1).filter(|last| *last > 0) else { return false };
    let places = [List::Environments, List::Platforms, List::Machines].map(|list| VOCABULARY.list(list));
    VOCABULARY.list(List::Only).starts(words, last)
        && (places.iter().any(|list| list.starts(words, last - 1)) || is_host(words.get(last - 1)))
}

/// "Actions if it is above 80 %". "Check if it runs" asks whether, and does it always.
fn acts_in_case(words: &Words, at: usize) -> bool {
    let condition = VOCABULARY.list(List::Condition);
    let behind = VOCABULARY.list(List::ActionWords).at(words, at).map(|((), n)| at + n);
    let whether = |to: usize| (at..to).any(|i| VOCABULARY.list(List::Whether).starts(words, i));
    behind.is_some_and(|behind| condition.starts(words, behind))
        || condition.starts(words, at)
        || VOCABULARY.list(List::Beyond).starts(words, at)
        || [List::InCase, List::OnlyThere].iter().any(|list| VOCABULARY.list(*list).starts(words, at))
        // "Lag above 10 s". "Scale to more than 3" is an order.
        || !is_order(words, at) && (at + 1..words.len()).any(|i| passes(words, i))
        // "Restart on failure"
        || (at + 1..words.len()).any(|i| {
            VOCABULARY.list(List::Depending).at(words, i).is_some_and(|((), n)| n > 1) && !whether(i)
        })
        // "Check whether it runs, and if not, start it"
        || (at + 1..words.len()).any(|i| otherwise(words, i))
        // "Restart the API when it hangs"
        || (at + 2..words.len()).any(|i| condition.starts(words, i) && !whether(i))
}

/// "… and if not, start it". "No" is another word behind another.
fn otherwise(words: &Words, at: usize) -> bool {
    VOCABULARY.list(List::Otherwise).at(words, at).is_some_and(|((), n)| n > 1 || words.get(at).len() > NO)
}

/// "No" is shorter.
const NO: usize = 3;

/// "Above 10".
fn passes(words: &Words, at: usize) -> bool {
    let behind = [List::Beyond, List::Exceeds].iter().find_map(|list| VOCABULARY.list(*list).at(words, at));
    behind.map(|((), n)| at + n).is_some_and(|behind| words.get(behind).starts_with(|c: char| c.is_ascii_digit()))
}

/// Why what stands below this comment of a fence must not run just like that: "If etcd is down", "or", "Option 2".
pub(super) fn comment_doubts(comment: &str) -> Option<String> {
    let said = comment.trim();
    let own = super::sections::leading_number(said).map_or(said, |(_, rest)| rest);
    let words = Words::first(own, 30);
    // "(or any other way you know)" only remarks something.
    let other = !own.starts_with('(') && VOCABULARY.list(List::Or).starts(&words, 0);
    if VOCABULARY.list(List::ByHand).anywhere(&words) {
        return Some(format!(
            "a comment in it asks a person for something: \u{201c}{}\u{201d}",
            said.trim_end_matches(':')
        ));
    }
    let doubtful = conditional(&words)
        || names_one_of(&words)
        || only_there(&words)
        || VOCABULARY.list(List::InCase).starts(&words, 0)
        // "Wait 5 minutes, then": nobody did.
        || VOCABULARY.list(List::Waits).starts(&words, 0) && own.contains(|c: char| c.is_ascii_digit())
        || other
        || VOCABULARY.list(List::Example).starts(&words, 0)
        || super::sections::named(&words, 0, own);
    doubtful.then(|| not_always(said))
}

/// The same of a comment behind a command on its line: "if needed", "only once".
pub(super) fn remark_doubts(remark: &str) -> Option<String> {
    let words = Words::first(remark, 30);
    (conditional(&words) || names_one_of(&words) || only_for(&words)).then(|| not_always(remark.trim()))
}

/// Whether a comment says where, for which environment, or on which of several ways something is done: "On db2", "Production",
/// "Rollback".
fn names_one_of(words: &Words) -> bool {
    let whole = |list: List| VOCABULARY.list(list).whole(words).is_some();
    is_elsewhere(words, 0) || names_platform(words) || whole(List::Fallback) || whole(List::RollbackLabel)
}

/// Whether a command behind this label is not always to be run: "For production: `x`", "Option B: `x`". Of "Rollback: `x`"
/// those speak who know where it stands.
pub(super) fn label_doubts(label: &str) -> bool {
    let words = Words::first(label, 12);
    let begins = |list: List| VOCABULARY.list(list).starts(&words, 0);
    // "Primary:", "v12:"
    let number = |word: &str| word.strip_prefix('v').unwrap_or(word).bytes().all(|b| b.is_ascii_digit());
    let version = || !words.is_empty() && words.iter().all(number);
    is_elsewhere(&words, 0)
        || names_platform(&words)
        || VOCABULARY.list(List::Machines).whole(&words).is_some()
        || version()
        || begins(List::Fallback)
        || begins(List::Example)
        || super::sections::named(&words, 0, label)
}

fn conditional(words: &Words) -> bool {
    super::lists::is_condition(words)
        || [List::Doubt, List::Optional].iter().any(|list| VOCABULARY.list(*list).starts(words, 0))
        || VOCABULARY.list(List::Never).anywhere(words)
}

/// Whether a piece of a sentence says when it is to be done: "if needed", "only for major releases".
pub(super) fn depends(said: &str) -> bool {
    let words = Words::first(said, 30);
    super::lists::is_condition(&words) || doubtful(&words, 0)
}

/// Whether words say that something is not always done: "as a last resort", "optional". "Do not skip this" says that it is.
fn doubtful(words: &Words, at: usize) -> bool {
    let urged = |((), n)| VOCABULARY.list(List::Unrefused).starts(words, at + n);
    [List::Doubt, List::Optional].iter().any(|list| VOCABULARY.list(*list).starts(words, at))
        && !VOCABULARY.list(List::Refusal).at(words, at).is_some_and(urged)
}

/// Whether the words before a command line say not to run it: "you must not run", "instead of", ", not". "Do not forget to run"
/// says the contrary, and what follows "if" or "when" only says when.
pub(super) fn refuses(before: &str) -> bool {
    let near = near_end(before);
    let clause =
        near.rsplit(['.', ';', ':', ',', '!', '?', '(', '\n', '\u{2013}', '\u{2014}']).next().unwrap_or_default();
    let whole = clause.len() < near.len() || near.len() == before.len();
    let words = Words::new(clause);
    if words.is_empty() || super::lists::is_condition(&words) {
        return false;
    }
    let [orders, of, openings, verbs, unrefused] =
        [List::Refusal, List::RefusalOf, List::OrderOpening, List::RefusedVerb, List::Unrefused]
            .map(|list| VOCABULARY.list(list));
    let opens = |at: usize| whole && (at == 0 || at == 1 && openings.starts(&words, 0));
    // Where a second verb follows, that is what the command line is for: "instead of the script use".
    let said = |at: usize, n: usize, order: bool| {
        let (behind, left) = (at + n, words.len() - at - n);
        let meant = (behind..words.len()).filter(|w| verbs.starts(&words, *w)).count();
        left == 0
            || left <= SAID
                && meant <= 1
                && (order && opens(at) || verbs.starts(&words, behind))
                && !(behind..words.len()).any(|w| unrefused.starts(&words, w))
    };
    let refused = |at: usize| {
        orders.at(&words, at).is_some_and(|((), n)| said(at, n, true))
            || of.at(&words, at).is_some_and(|((), n)| said(at, n, false))
    };
    let short = |at: usize| {
        VOCABULARY.list(List::Not).at(&words, at).is_some_and(|((), n)| {
            let behind = at + n;
            behind == words.len() || behind + 1 == words.len() && verbs.starts(&words, behind)
        })
    };
    (0..words.len()).any(refused) || whole && (0..words.len().min(2)).any(short)
}

/// So many words may stand between "do not" and a command line: "do not restart the server with".
const SAID: usize = 5;

/// "…, replacing `cert-files` with the real ones", "where backup.sql is your own": a word of a command that stands for another, and that
/// nothing marks as a place to fill in.
pub(super) fn stands_in(said: &str, command: &str) -> bool {
    let [list, where_it, own] = [List::StandsFor, List::StandsWhere, List::YourOwn].map(|list| VOCABULARY.list(list));
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let in_command = |word: &str| {
        let parts = |c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        word.len() > 2 && command.split(parts).skip(1).any(|part| part == word)
    };
    let words: Vec<&str> = said.split_whitespace().take(CASE).collect();
    (0..words.len()).any(|at| {
        let first = First::of(words[at]);
        let is = |list: &Phrases<()>| list.may_begin(first) && list.whole(&Words::new(words[at])).is_some();
        let named = || words[at + 1..words.len().min(at + 1 + STANDS)].iter().any(|word| in_command(&bare(word)));
        // "Replace nginx.conf:" is what the command does.
        is(where_it) && named() || is(list) && named() && own.anywhere(&Words::new(&words[at..].join(" ")))
    })
}

/// So many words behind "replacing" one of the command is looked for: "the `cert-files`".
const STANDS: usize = 2;

/// The words for what is not always to be run.
pub(super) fn not_always(said: &str) -> String {
    format!("not always to be run: \u{201c}{}\u{201d}", said.trim_end_matches(':').trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands before a command line, and whether that says not to run it.
    #[test]
    fn refusals() {
        for before in [
            "Do not run ",
            "You must not use the command ",
            "Please never run ",
            "Stop it; avoid ",
            "Restart it with `a`, not ",
            "Restart it, rather than running ",
            "Check it. Do not trust ",
            "Do not restart the server with ",
            "Ne lancez jamais ",
            "Il ne faut pas, surtout éviter de lancer ",
            "Redémarrer avec `a`, pas avec ",
            "Au lieu de ",
        ] {
            assert!(refuses(before), "{before}");
        }
        for before in [
            "",
            "Run ",
            "Do not forget to run ",
            "Do not go on until ",
            "If you do not want this run ",
            "If it is not there, run ",
            "To avoid data loss run ",
            "Without an answer run ",
            "Instead of the old script use ",
            "Instead of running the script use ",
            "Do not wait and run ",
            "Make sure it is not running with ",
            "Pour éviter une perte lancer ",
            "Sans réponse lancer ",
            "Ne pas oublier de lancer ",
            "Vérifier qu'il ne tourne pas avec ",
        ] {
            assert!(!refuses(before), "{before}");
        }
    }
}
