//! "For each node": what is to be done once for each of several, by its words.
//!
//! The engine runs a command once, here. So what is found decides two things: the plan comes back to the first step until a
//! person says that all are done, and a command that names nothing that could differ is in doubt.

use super::fences::Verdict;
use super::model::{Command, Interpreter, Loop, Reading, Role, Section, SectionId, StepId};
use super::programs::PROGRAMS;
use super::reader::Reader;
use super::shell;
use super::tables::Table;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;
use crate::syntax::document::{BlockId, BlockKind};
use regex::Regex;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A sentence that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Each {
    /// As written.
    pub said: String,
    /// What there are several of, folded, in the singular: `database`, `server`.
    pub of: Vec<String>,
    /// It is what the sentence begins with.
    pub first: bool,
    /// The author says it in an attribute: the variable, and the expression that gives its values.
    pub over: Option<(String, String)>,
}

/// What a loop goes over, as found while reading.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub each: Each,
    pub over: Over,
}

/// Where it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// One fence of a step.
    Fence(StepId, Span),
    /// A step and those below it.
    Step(StepId),
    /// All steps of a list: the first, and the one behind the last.
    List(StepId, StepId),
    /// All steps below a heading.
    Section(SectionId),
}

/// So many words name what there are several of.
const NAMING: usize = 2;
/// "Run on each node" still begins with it.
const BEGINNING: usize = 2;
/// So many loops inside of one another are looked through.
const NESTED: usize = 8;

/// The signs of the lists, in small letters, with a capital, and in capitals: as mere texts they are found much faster than by
/// a pattern.
static SIGN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let signs = || VOCABULARY.list(List::LoopSigns).texts();
    let capital = |sign: &str| format!("{}{}", sign[..1].to_uppercase(), &sign[1..]);
    let all = signs().map(str::to_owned).chain(signs().map(capital)).chain(signs().map(str::to_uppercase));
    Regex::new(&all.collect::<Vec<_>>().join("|")).ok()
});

/// What a sentence says is done for each. Of several sentences the last counts.
pub(super) fn of(text: &str) -> Option<Each> {
    if !SIGN.as_ref()?.is_match(text) {
        return None;
    }
    sentence(super::leads::last_sentence(text.trim_end()))
}

/// What a step's title says is done for each, in its first sentence or its last.
fn of_title(text: &str) -> Option<Each> {
    if !SIGN.as_ref()?.is_match(text) {
        return None;
    }
    let first = text.find(". ").map_or(text, |end| &text[..end]);
    sentence(super::leads::last_sentence(text.trim_end())).or_else(|| sentence(first))
}

fn sentence(text: &str) -> Option<Each> {
    // A comma ends what is named: "on each node, run the following".
    let mut pieces = text.split([',', ';', ':', '(', ')', '.', '!', '?', '\u{2014}', '\n']);
    let (at, of) = pieces.find_map(|piece| named(&Words::first(piece, 40)))?;
    Some(Each { said: text.trim_end_matches(':').trim().to_owned(), of, first: at <= BEGINNING, over: None })
}

/// What is named, and at which word the phrase stands.
fn named(words: &Words) -> Option<(usize, Vec<String>)> {
    let list = VOCABULARY.list(List::Loop);
    let behind = |at: usize| {
        let clauses = VOCABULARY.list(List::Clauses);
        let named = (at..words.len()).skip_while(|i| words.get(*i) == "of" || VOCABULARY.is_fact(words.get(*i)));
        let named = named.take_while(|i| !clauses.starts(words, *i)).take(NAMING);
        named.map(|i| singular(words.get(i)).to_owned()).collect::<Vec<_>>()
    };
    if let Some(((), at, n)) = list.find(words) {
        return Some((at, behind(at + n)));
    }
    // "All" is often a mere word: of members of a cluster it means one after the other.
    if let Some(((), at, n)) = VOCABULARY.list(List::LoopAll).find(words) {
        let of = behind(at + n);
        return of.iter().any(|word| is_member(word)).then_some((at, of));
    }
    let ((), at, _) = VOCABULARY.list(List::OneByOne).find(words)?;
    let before = (0..at).rev().filter(|i| words.get(*i) != "one" && !VOCABULARY.is_fact(words.get(*i)));
    Some((at, before.take(1).map(|i| singular(words.get(i)).to_owned()).collect()))
}

fn is_member(word: &str) -> bool {
    VOCABULARY.list(List::Members).whole(&Words::new(word)).is_some()
}

fn singular(word: &str) -> &str {
    word.strip_suffix(['s', 'x']).filter(|w| w.len() > 2).unwrap_or(word)
}

/// Whether a variable has another value for each: `node_name` for "each node", or any name of a machine where it is machines
/// that there are several of.
fn differs(of: &[String], variable: &str) -> bool {
    let machines = of.is_empty() || of.iter().any(|word| is_member(word));
    let words = Words::new(&variable.replace('_', " "));
    words.iter().map(singular).any(|word| of.iter().any(|of| of == word) || machines && is_member(word))
}

/// Whether a command reaches all of them by itself, or none of them directly: a loop of its own, a program that fans out, one
/// that speaks to a cluster and not to its members.
fn by_itself(command: &Command) -> bool {
    match &command.interpreter {
        Interpreter::Shell => {
            let far = command.programs.iter().any(|p| PROGRAMS.for_all.contains(p.as_str()));
            far || shell::scan(&command.text).loops
        }
        Interpreter::Sql | Interpreter::Program(_) => false,
        Interpreter::Aws(_) | Interpreter::Http(_) => true,
    }
}

impl Reader<'_> {
    /// Notes that a step says it. `true` when it does.
    pub fn note_each(&mut self, text: &str, over: Over) -> bool {
        let found = of_title(text);
        let says = found.is_some();
        self.loops.extend(found.map(|each| Found { each, over }));
        says
    }

    /// `for="node in nodes"`, on a fence or on the step.
    pub fn declare_loop(&mut self, step: StepId, over: &(String, String), block: BlockId) {
        let fence = matches!(self.document.blocks[block].kind, BlockKind::Fence { .. });
        let place = if fence { Over::Fence(step, self.document.blocks[block].span) } else { Over::Step(step) };
        let said = format!("{} in {}", over.0, over.1);
        let each = Each { said, of: Vec::new(), first: true, over: Some(over.clone()) };
        self.loops.push(Found { each, over: place });
    }

    /// A fence below a sentence that says it, or one that says it in a comment of its own.
    pub fn fence_for_each(&mut self, verdict: &Verdict, step: StepId, span: Span) {
        let told = self.flow.each.take().and_then(|said| of(&said));
        let shell = verdict.parts.iter().filter(|part| part.interpreter == Interpreter::Shell);
        let mut comments = shell.flat_map(|part| &part.text.script().comments).map(|(_, comment)| comment);
        let each = told.or_else(|| comments.find_map(|comment| of(comment).filter(|each| each.first)));
        if let Some(each) = each.filter(|_| !verdict.parts.is_empty()) {
            self.loops.push(Found { each, over: Over::Fence(step, span) });
        }
    }

    /// The loops that something runs in. What of it names nothing that differs is in doubt from here on.
    pub fn loops(&mut self) -> Vec<Loop> {
        for section in 0..self.outline.sections.len() {
            let Section { title, role, .. } = &self.outline.sections[section];
            let found = of(title).filter(|_| *role != Role::Context);
            self.loops.extend(found.map(|each| Found { each, over: Over::Section(section) }));
        }
        if self.loops.is_empty() {
            return Vec::new();
        }
        let sections = self.steps_of_sections();
        let written = std::mem::take(&mut self.loops);
        let ranged = |Found { each, over }| {
            let (from, to, fence) = self.range(over, &sections)?;
            let varies = each.over.iter().map(|(variable, _)| variable.clone()).collect();
            Some(Loop { said: each.said, of: each.of, from, to, fence, varies, over: each.over })
        };
        let mut found: Vec<Loop> = written.into_iter().filter_map(ranged).collect();
        // The widest first: what it says need not be said again inside of it.
        found.sort_by_key(|l| (l.from, Reverse(l.to), l.fence.map(|f| f.start), l.over.is_none()));
        let mut out: Vec<Loop> = Vec::new();
        let mut doubted = Table::default();
        for mut each in found {
            let holds = |outer: &Loop| {
                let around = outer.from <= each.from && each.to <= outer.to;
                let same = outer.of == each.of && each.over.is_none() || outer.over.is_some() && each.over.is_none();
                around && outer.fence.is_none_or(|f| Some(f) == each.fence) && same
            };
            if each.over.is_some() {
                out.push(each);
                continue;
            }
            if !out.iter().rev().take(NESTED).any(holds) && self.runs_for(&mut each, &mut doubted) {
                out.push(each);
            }
        }
        for reading in self.readings.values_mut() {
            if let Some(why) = doubted.get(&reading.span.start) {
                reading.reading = Reading::Ambiguous;
                reading.why.clone_from(why);
            }
        }
        out
    }

    /// Whether anything runs in a loop; notes what varies in it.
    fn runs_for(&mut self, each: &mut Loop, doubted: &mut Table<usize, String>) -> bool {
        let mut varies = BTreeSet::new();
        let mut runs = false;
        for command in self.steps[each.from..each.to].iter_mut().flat_map(|s| &mut s.commands) {
            let offered = matches!(command.reading, Reading::Run | Reading::Attended | Reading::Ambiguous);
            if !offered || command.declared || each.fence.is_some_and(|fence| fence != command.span) {
                continue;
            }
            let places = command.placeholders.iter().map(|p| &p.name);
            let own: Vec<String> =
                places.chain(&command.reads).filter(|name| differs(&each.of, name)).cloned().collect();
            if own.is_empty() {
                if by_itself(command) {
                    continue;
                }
                if command.reading != Reading::Ambiguous {
                    command.reading = Reading::Ambiguous;
                    command.why = format!("to be done for each, and it runs once: \u{201c}{}\u{201d}", each.said);
                    doubted.insert(command.span.start, command.why.clone());
                }
            }
            varies.extend(own);
            runs = true;
        }
        each.varies = varies.into_iter().collect();
        runs
    }

    /// The first step below each heading, and the one behind the last.
    fn steps_of_sections(&self) -> Vec<Option<(StepId, StepId)>> {
        let mut found = vec![None; self.outline.sections.len()];
        for (id, step) in self.steps.iter().enumerate() {
            let mut at = step.section;
            while let Some(section) = at {
                let (from, _) = found[section].unwrap_or((id, id));
                found[section] = Some((from, id + 1));
                at = self.outline.sections[section].parent;
            }
        }
        found
    }

    /// The steps it goes over: the first, and the one behind the last.
    fn range(&self, over: Over, sections: &[Option<(StepId, StepId)>]) -> Option<(StepId, StepId, Option<Span>)> {
        match over {
            Over::Fence(step, span) => Some((step, step + 1, Some(span))),
            Over::Step(step) => {
                let below = |id: &StepId| self.steps[*id].parent.is_some_and(|parent| parent >= step);
                Some((step, (step + 1..self.steps.len()).find(|id| !below(id)).unwrap_or(self.steps.len()), None))
            }
            Over::List(from, to) => (from < to).then_some((from, to, None)),
            Over::Section(section) => sections[section].map(|(from, to)| (from, to, None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_say_it() {
        for (text, want) in [
            ("On each node, run:", "node"),
            ("For each database server in the cluster:", "database server"),
            ("Log in first. Then repeat for every replica:", "replica"),
            ("Restart the brokers one by one", "broker"),
            ("Upgrade one node at a time:", "node"),
            ("On all nodes:", "node"),
            ("Sur chaque nœud, exécuter :", "noeud"),
            ("Sur tous les réplicas :", "replica"),
            ("Redémarrer les nœuds un par un :", "noeud"),
            ("For each of the two sites:", "two site"),
        ] {
            assert_eq!(of(text).map(|e| e.of.join(" ")).as_deref(), Some(want), "{text}");
        }
        for text in [
            "Stop the writes:",
            "Check that all is well:",
            "On each node there is a log. Stop the writes:",
            "The pods restart every 5 minutes:",
            "Wait some time, then run:",
            "Make sure that all nodes are ready:",
            "Sur le maître :",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn every_phrase_has_a_sign() {
        for list in [List::Loop, List::LoopAll, List::OneByOne] {
            for phrase in VOCABULARY.list(list).texts() {
                let sign = VOCABULARY.list(List::LoopSigns).texts().any(|sign| phrase.contains(sign));
                assert!(sign, "{phrase}");
            }
        }
    }

    #[test]
    fn what_differs() {
        let node = ["node".to_owned()];
        for name in ["node_name", "NODE", "host", "replica_ip"] {
            assert!(differs(&node, name), "{name}");
        }
        for name in ["password", "database", "notes"] {
            assert!(!differs(&node, name), "{name}");
        }
        let database = ["database".to_owned()];
        assert!(differs(&database, "database") && !differs(&database, "host"));
    }
}
