//! On which machine something is to be done, as far as words say: "on the new primary", "SSH into db1 and …". A command that does not
//! say itself where it goes would run here.

use super::leads::{behind_connectives, refuses_from};
use super::phrases::Phrases;
use super::programs::{PROGRAMS, base};
use super::reader::Reader;
use super::sentences::{before_last, full_stop, last_sentence};
use super::shell::{Script, Simple};
use super::text::{FIRST, Inline};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use std::net::IpAddr;

/// Why what is to be run on a machine that only a sentence names is not run here.
pub(super) const ELSEWHERE: &str = "the text says on which machine, and nothing says where that is: `on=` would";

/// The same of a container, which `docker exec` goes into by itself.
pub(super) const INSIDE: &str = "the text says in which container, and the command does not go there by itself";

/// So many words may name a machine: "the new bootstrap node".
const NAMED: usize = 5;

/// So many sentences of a paragraph are looked at.
const SENTENCES: usize = 6;

/// Whether a sentence before a fence names the machine: to be asked last, because a command that says itself where it goes needs no
/// such doubt.
pub(super) fn lead_elsewhere(inline: &Inline) -> Option<String> {
    let text = inline.plain.trim_end();
    // "**db1**", "(db1)", "[db1]", "Host: app1"
    let bracketed = |open: char, close: char| text.trim_start().strip_prefix(open)?.strip_suffix(close);
    let name = inline.all_bold().or_else(|| bracketed('(', ')')).or_else(|| bracketed('[', ']'));
    let short = inline.first(FIRST);
    let there =
        name.and_then(|name| below_heading(name, &Words::first(name, 8), 0)).or_else(|| numbered_machine(&short));
    if there.is_some() {
        return there.map(str::to_owned);
    }
    if !text.ends_with([':', '…']) {
        // "Stop MySQL on the old primary", and no more.
        // "Stop MySQL on the old primary." asks, and "The backup runs on the old primary." tells.
        let verb = || VOCABULARY.is_known_verb(short.get(0)) || VOCABULARY.is_infinitive(short.get(0));
        // "Take it from the old primary." says what is taken.
        let on =
            |at: usize| VOCABULARY.list(List::AtPlace).starts(&short, at) && machine_at(&short, at, false).is_some();
        let orders = || verb() && (1..short.len()).any(on);
        let ends = !text.ends_with(['.', '!', '?']) || text.ends_with('.') && orders();
        let titles = short.len() < FIRST && ends && full_stop(text).is_none();
        let there = titles.then(|| ends_there(&short)).flatten();
        return there.or_else(|| (titles && remarked(text)).then_some(ELSEWHERE)).map(str::to_owned);
    }
    let last = last_sentence(text);
    let whole = last.len() == inline.plain.trim().len();
    let words = if whole { inline.first(FIRST) } else { Words::first(last, 30) };
    let each = super::each::of(text).is_none();
    let why = machine_at(&words, behind_connectives(&words), each).or_else(|| ends_elsewhere(&words));
    // "db2:", "db2 (new primary):"
    let name = text.trim_end_matches([':', ' ', '\u{a0}']).split(" (").next().unwrap_or_default();
    let host = || {
        (is_host(name)
            && words.get(0).eq_ignore_ascii_case(name)
            && VOCABULARY.list(List::Markers).whole(&letters(name)).is_none())
        .then_some(ELSEWHERE)
    };
    let why = why
        .or_else(host)
        .or_else(|| numbered_machine(&words).or_else(|| labelled(name)))
        .or_else(|| remarked(last).then_some(ELSEWHERE))
        .or_else(|| logs_in_at(&words))
        .or_else(|| before_last(text).take(SENTENCES).find_map(logs_in));
    why.map(str::to_owned)
}

/// "Host: app1", "Server 2": a machine by its name or number, and nothing else.
fn numbered_machine(words: &Words) -> Option<&'static str> {
    let ((), n) = VOCABULARY.list(List::Machines).at(words, 0)?;
    let numbered = |word: &str| is_host(word) || !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    (words.len() == n + 1 && numbered(words.get(n))).then_some(ELSEWHERE)
}

/// What a heading says of where all below it is done: "Steps on the standby", "Stop it (old primary)", "Primary", "db1".
pub(super) fn below_heading(heading: &str, words: &Words, at: usize) -> Option<&'static str> {
    let own = words.behind(at);
    let named = pair(&own) || own.len() == 1 && is_host(own.get(0)) || remarked(heading);
    let said = || (at..words.len().min(at + BEGIN)).find_map(|at| machine_at(words, at, false));
    named
        .then_some(ELSEWHERE)
        .or_else(|| labelled(heading))
        .or_else(said)
        .or_else(|| ends_elsewhere(words))
        .or_else(|| logs_in_at(words))
}

/// "Primary", "new primary": nothing but what machines of a pair are called.
fn pair(words: &Words) -> bool {
    let member = VOCABULARY.list(List::MembersOfPair);
    let machine = || (0..words.len()).any(|at| VOCABULARY.list(List::Machines).starts(words, at));
    !words.is_empty() && (0..words.len()).all(|at| member.starts(words, at)) && machine()
}

/// "db1: stop the writes", "Primary – promote"
fn labelled(text: &str) -> Option<&'static str> {
    if label(text).is_some_and(is_address) {
        return Some(ELSEWHERE);
    }
    let (number, text) = super::sections::leading_number(text).map_or(("", text), |(number, rest)| (number, rest));
    // "[db1] Stop it", "Stop it @ db1"
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name.to_lowercase());
    let at = memchr::memrchr(b'@', text.as_bytes()).filter(|at| text[..*at].ends_with(' '));
    let behind = at.map(|at| text[at + 1..].trim());
    if bracketed.is_some_and(|name| is_called(&name)) || behind.is_some_and(is_host) {
        return Some(ELSEWHERE);
    }
    let name = label(text).filter(|_| number.len() < text.len())?;
    let said = Words::first(name, NAMED);
    // "Step1:", "Python3:" are no hosts; "db1:", "web-01:" and "db1.example.com:" are.
    let ends = name.ends_with(|c: char| c.is_ascii_digit());
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    let called = || VOCABULARY.list(List::HostStems).whole(&Words::new(stem)).is_some();
    let dashed = || name.rsplit_once('-').is_some_and(|(_, last)| last.bytes().all(|b| b.is_ascii_digit()));
    let host = !name.contains(char::is_whitespace)
        && (ends && (called() || dashed()) || name.split('.').filter(|part| !part.is_empty()).nth(2).is_some());
    (pair(&said) || host).then_some(ELSEWHERE)
}

/// What stands before a colon or a dash.
fn label(text: &str) -> Option<&str> {
    let marks =
        |at: &usize| [": ", " – ", " — ", " - "].iter().any(|mark| text.as_bytes()[*at..].starts_with(mark.as_bytes()));
    memchr::memchr2_iter(b':', b' ', text.as_bytes()).find(marks).map(|at| &text[..at])
}

/// So many hosts are named in a remark: "(app01, app02)".
const HOSTS: usize = 4;

/// "db1", "app-02": a host as many are called. "python3" is none.
fn is_called(word: &str) -> bool {
    is_host(word) && VOCABULARY.list(List::HostStems).whole(&letters(word)).is_some()
}

/// So many words of a heading may stand before where it is done: "once inside the container".
const BEGIN: usize = 2;

/// What a text that begins with the machine on which something is to be done says: "On the new primary, start it".
pub(super) fn elsewhere(text: &str) -> Option<&'static str> {
    let words = Words::first(text, 14);
    machine_at(&words, behind_connectives(&words), false)
        .or_else(|| logs_in_at(&words))
        .or_else(|| labelled(text))
        .or_else(|| ends_there(&words))
        .or_else(|| remarked(text).then_some(ELSEWHERE))
}

/// "Stop it on the old primary". "On the server" may well be here, where a page knows one.
fn ends_there(words: &Words) -> Option<&'static str> {
    let last = words.len().checked_sub(2)?;
    let list = |list: List, at: usize| VOCABULARY.list(list).starts(words, at);
    let any = list(List::AnyMachine, last + 1) && list(List::Articles, last);
    ends_elsewhere(words).filter(|_| !any)
}

/// "Stop it (old primary)", "Stop it [db1]"
fn remarked(text: &str) -> bool {
    if memchr::memchr2(b'(', b'[', text.as_bytes()).is_none() {
        return false;
    }
    let bracketed = |open: char, close: char| text.split_once(open)?.1.split_once(close);
    bracketed('(', ')').or_else(|| bracketed('[', ']')).is_some_and(|(remark, _)| names_machines(remark))
}

/// "db1", "old primary", "app01, app02", "nodes 1-3", and nothing else.
pub(super) fn names_machines(text: &str) -> bool {
    let words = Words::first(text, HOSTS + 1);
    let hosts = || (1..=HOSTS).contains(&words.len()) && words.iter().all(is_called);
    pair(&words) || hosts() || some_machines(&words) || is_address(text)
}

/// "10.0.0.4", "10.0.0.4, 10.0.0.5"
fn is_address(text: &str) -> bool {
    let pieces = || text.split([',', ' ']).map(|piece| piece.trim_end_matches(':')).filter(|piece| !piece.is_empty());
    text.contains(['.', ':']) && pieces().count() > 0 && pieces().all(|piece| piece.parse::<IpAddr>().is_ok())
}

/// "nodes 1-3", "all nodes", "both servers"
fn some_machines(words: &Words) -> bool {
    let numbers = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let begin = VOCABULARY.list(List::Always).at(words, 0).map_or(0, |((), n)| n);
    let machine = words.get(begin);
    let singular = Words::new(machine.strip_suffix('s').unwrap_or(machine));
    VOCABULARY.list(List::Machines).whole(&singular).is_some()
        && words.len() > 1
        && (begin + 1..words.len()).all(|at| numbers(words.get(at)) || VOCABULARY.list(List::Joins).starts(words, at))
}

/// What stands around a command line in a text and says on which machine it is to be run: in its own sentence, or in one before that
/// tells to log in.
pub(super) fn around(before: &str, after: &str) -> Option<&'static str> {
    let after = &after[..full_stop(after).unwrap_or(after.len())];
    let names = |text: &str| {
        let words = Words::first(text, FIRST);
        (0..words.len()).find_map(|at| machine_at(&words, at, true))
    };
    // "`systemctl restart app` (db2)"
    let remark = || {
        let remark = after.trim_start().strip_prefix('(')?.split_once(')')?.0;
        below_heading(remark, &Words::first(remark, 8), 0)
    };
    // "Restart it (all nodes): `systemctl restart app`"
    let remarked = || remarked(last_sentence(before)).then_some(ELSEWHERE);
    let said = names(last_sentence(before)).or_else(|| names(after)).or_else(remark).or_else(remarked);
    said.or_else(|| before_last(before).take(SENTENCES).find_map(logs_in))
}

/// "SSH into the primary", "Open a shell in the pod", "Se connecter au réplica": what is done next is done there.
pub(super) fn logs_in(text: &str) -> Option<&'static str> {
    let words = Words::first(text, FIRST);
    // "If needed, log in to gw1."
    let begins = |list: &List| VOCABULARY.list(*list).starts(&words, behind_connectives(&words));
    let case = || [List::Condition, List::StrongCondition, List::OnlyThere].iter().any(begins);
    let behind =
        || text.split_once(',').filter(|_| case()).and_then(|(_, rest)| logs_in_at(&Words::first(rest, FIRST)));
    logs_in_at(&words).or_else(behind)
}

fn logs_in_at(words: &Words) -> Option<&'static str> {
    let list = |list: List| VOCABULARY.list(list);
    // Few sentences speak of it.
    if !list(List::LogsIn).anywhere(words) {
        return None;
    }
    let begin = behind_connectives(words);
    // "Do not log in to db2.", "Users can log in to it again."
    let refused = refuses_from(words, begin) || refuses_from(words, 0);
    let orders = |at: usize| {
        at <= begin + LATER || list(List::Joins).starts(words, at - 1) || list(List::Must).starts(words, at - 1)
    };
    let leaves = |from: usize| (from + 1..words.len()).any(|at| list(List::LogsOut).starts(words, at));
    (0..words.len())
        .filter(|at| !refused && list(List::LogsIn).starts(words, *at) && orders(*at) && !leaves(*at))
        .find_map(|at| machine_at(words, at, true))
}

/// So many words may stand before "log in to db1" that begins a sentence.
const LATER: usize = 1;

/// "Log out", "Back on your laptop".
pub(super) fn logs_out(text: &str) -> bool {
    let words = Words::first(text, FIRST);
    let begin = behind_connectives(&words);
    let out = [0, begin].iter().find_map(|at| VOCABULARY.list(List::LogsOut).at(&words, *at).map(|((), n)| at + n));
    // "Exit maintenance mode." and "Log out all users." leave nothing.
    out.is_some_and(|behind| {
        let machine = |at: usize| is_host(words.get(at)) || VOCABULARY.list(List::Machines).starts(&words, at);
        behind == words.len()
            || words.len() <= behind + NAMED && (behind..words.len()).any(machine)
            || VOCABULARY.list(List::Here).starts(&words, behind - 1)
    })
}

/// What stands before a name's number: of "step1" a word that counts.
fn letters(name: &str) -> Words {
    Words::new(name.trim_end_matches(|c: char| c.is_ascii_digit()))
}

/// "db2". "v12" is a version.
pub(super) fn is_host(word: &str) -> bool {
    word.len() > 2
        && !word.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.ends_with(|c: char| c.is_ascii_digit())
        && VOCABULARY.list(List::NoHosts).whole(&letters(word)).is_none()
}

/// Whether a doubt is one of these.
pub(super) fn is_place(why: &str) -> bool {
    matches!(why, ELSEWHERE | INSIDE)
}

/// Whether a command goes by itself where such words say.
pub(super) fn goes_there(why: &str, script: &Script) -> bool {
    let enters =
        |command: &Simple| command.words.iter().skip(1).any(|word| matches!(word.as_str(), "exec" | "attach" | "run"));
    // What opens a shell there is how one gets there.
    super::terminal::opens_shell(script).is_some()
        || reaches(script)
        || why == INSIDE && script.commands.iter().any(enters)
}

/// Whether every command of a script goes to another machine by itself: `ssh db2 …`, `psql -h db2`, `kubectl`.
fn reaches(script: &Script) -> bool {
    // What is written, or answers, on this machine.
    let here = |word: &String| {
        let files = matches!(word.as_str(), "-o" | "-O" | "--output");
        files || ["localhost", "127.0.0.1", "[::1]", "--unix-socket"].iter().any(|here| word.contains(here))
    };
    let names_host = |word: &String| word.starts_with("-h") || word.starts_with("--host");
    let goes = |command: &Simple| {
        let name = command.words.iter().find(|word| *word != "sudo").map_or("", |word| base(word));
        let far = PROGRAMS.for_all.contains(name)
            || matches!(name, "ssh" | "curl")
            || PROGRAMS.elsewhere.contains(name) && command.words.iter().any(names_host);
        let filters = command.piped && PROGRAMS.read.contains(name) && name != "xargs";
        !command.writes && (far && !command.words.iter().any(here) || filters)
    };
    !script.commands.is_empty() && script.commands.iter().all(goes)
}

/// Whether a place stands at a word, and it is another machine.
pub(super) fn is_elsewhere(words: &Words, at: usize) -> bool {
    machine_at(words, at, false).is_some()
}

/// What is to be said of it; with `each`, "on each node" is one, too, where nothing makes a loop of it.
fn machine_at(words: &Words, at: usize, each: bool) -> Option<&'static str> {
    let list = |list: List| VOCABULARY.list(list);
    let place = [List::LogsIn, List::OnPlace].iter().find_map(|name| list(*name).at(words, at));
    let logs = list(List::LogsIn).starts(words, at);
    let ((), n) = place.or_else(|| list(List::InsidePlace).at(words, at))?;
    let [machines, containers, here, signs, clauses] =
        [List::Machines, List::Containers, List::Here, List::LoopSigns, List::Clauses].map(list);
    let named = |i: usize| {
        let word = words.get(i);
        let singular = word.strip_suffix('s').unwrap_or(word);
        let one_of = |list: &Phrases<()>| list.may_begin_with(singular) && list.whole(&Words::new(singular)).is_some();
        // "vault-1", where one logs in.
        let counted = || {
            let next = words.get(i + 1);
            let marker = VOCABULARY.list(List::Markers).starts(words, i);
            let called = place.is_some() && VOCABULARY.list(List::HostStems).starts(words, i);
            (logs || called)
                && !marker
                && !next.is_empty()
                && next.len() < 4
                && next.bytes().all(|b| b.is_ascii_digit())
                && word.len() > 2
        };
        // "On 10.0.0.4"
        let address = || {
            let number = |at: usize| (1..4).contains(&words.get(at).len()) && words.get(at).parse::<u8>().is_ok();
            i == at + n && (i..i + 4).all(number)
        };
        let machine = || is_host(word) || counted() || machines.starts(words, i) || one_of(machines) || address();
        if containers.starts(words, i) || one_of(containers) {
            Some((i, INSIDE))
        } else {
            (place.is_some() && machine()).then_some((i, ELSEWHERE))
        }
    };
    let end = words.len().min(at + n + NAMED);
    // Folded, the French "à" is an article.
    let goes_on = |i: usize| !clauses.starts(words, i) || list(List::Articles).starts(words, i);
    let (machine, why) = (at + n..end).take_while(|i| goes_on(*i)).find_map(named)?;
    // "The server UI" is no machine.
    if list(List::Interfaces).starts(words, machine + 1) {
        return None;
    }
    // "On your laptop" is here, and "on each node" is a loop.
    let other = !(at..=machine).any(|i| here.starts(words, i)) && (each || !(at..end).any(|i| signs.starts(words, i)));
    other.then_some(why)
}

/// What a sentence says that ends with the machine: "Run the following on the new primary:".
fn ends_elsewhere(words: &Words) -> Option<&'static str> {
    let from = words.len().saturating_sub(NAMED + 1);
    let places = [List::OnPlace, List::InsidePlace].map(|list| VOCABULARY.list(list));
    let last = (from..words.len()).rev().find(|i| places.iter().any(|list| list.starts(words, *i)));
    last.and_then(|at| machine_at(words, at, false))
}

impl Reader<'_> {
    /// "All commands are to be run on the primary.", and right under the page's title "Log in to db1.": said of all below.
    pub fn says_where(&mut self, said: &str, words: &Words) {
        let Some(section) = self.flow.section else { return };
        let titled = self.outline.sections[section].level == 1 && self.steps.is_empty();
        let why = if VOCABULARY.list(List::AllBelow).anywhere(words) {
            around(said, "")
        } else if titled && !said.trim_end().ends_with(':') {
            logs_in(said)
        } else {
            None
        };
        self.outline.heads[section].place = self.outline.heads[section].place.or(why);
    }

    /// What the heading above, or one around it, says of the machine.
    pub fn place_above(&self) -> Option<String> {
        let mut at = self.flow.section;
        while let Some(section) = at {
            if let Some(why) = self.outline.heads[section].place {
                return Some(why.to_owned());
            }
            at = self.outline.sections[section].parent;
        }
        None
    }
}
