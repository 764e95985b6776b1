//! "For each node": what is to be done once for each of several, by its words.
//!
//! The engine runs a command once, here. So what is found decides two things: the plan comes back to the first step until a
//! person says that all are done, and a command that names nothing that could differ is in doubt.

use super::fences::Verdict;
use super::model::{Command, Interpreter, Loop, Reading, Role, Section, SectionId, StepId};
use super::programs::PROGRAMS;
use super::reader::Reader;
use super::shell;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;
use regex::Regex;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
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
    sentence(super::sentences::last_sentence(text.trim_end()))
}

/// What a step's title says is done for each, in its first sentence or its last.
fn of_title(text: &str) -> Option<Each> {
    if !SIGN.as_ref()?.is_match(text) {
        return None;
    }
    let first = super::sentences::full_stop(text).map_or(text, |end| &text[..end]);
    sentence(super::sentences::last_sentence(text.trim_end())).or_else(|| sentence(first))
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
    // An address is one already.
    word.strip_suffix(['s', 'x']).filter(|w| w.len() > 2 && !w.ends_with('s')).unwrap_or(word)
}

/// How far a variable's name says that it has another value for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Varies {
    No,
    /// `vault_server` for "each node": it may be the same for all of them.
    Perhaps,
    /// `node_name` for "each node", or a mere `host` where there are several machines.
    Surely,
}

fn varies(of: &[String], variable: &str) -> Varies {
    let words = Words::new(&variable.replace('_', " "));
    if words.iter().map(singular).any(|word| of.iter().any(|of| of == word)) {
        return Varies::Surely;
    }
    let machines = of.is_empty() || of.iter().any(|word| is_member(word));
    if !machines || !words.iter().map(singular).any(is_member) {
        return Varies::No;
    }
    let any = VOCABULARY.list(List::AnyMember);
    let mere = words.iter().all(|word| any.whole(&Words::new(singular(word))).is_some());
    if mere { Varies::Surely } else { Varies::Perhaps }
}

/// Whether a command reaches all of them by itself, or none of them directly: a loop of its own over machines, a program that
/// fans out, one that speaks to a cluster and not to its members.
fn by_itself(command: &Command, of: &[String]) -> bool {
    match &command.interpreter {
        Interpreter::Shell => {
            let leads = |program: &String| PROGRAMS.for_all.contains(program.as_str());
            let harmless = |program: &String| PROGRAMS.read.contains(program.as_str());
            let programs = &command.programs;
            if programs.iter().any(leads) && programs.iter().all(|p| leads(p) || harmless(p)) {
                return true;
            }
            // A loop over files is no loop over nodes.
            let far = programs.iter().any(|p| PROGRAMS.elsewhere.contains(p.as_str()))
                || command.sets.iter().any(|name| varies(of, name) == Varies::Surely);
            far && shell::scan(&command.text).loops
        }
        Interpreter::Sql | Interpreter::Program(_) | Interpreter::Runbook => false,
        Interpreter::Aws(_) | Interpreter::Http(_) => true,
    }
}

/// The variables of a command that are to be said anew each time; `None` when all of this is no matter of its. When none of them
/// surely names one of several, it is in doubt from here on, and `doubted` says why, by where it stands.
fn asked_anew(
    command: &mut Command,
    of: &[String],
    said: &str,
    doubted: &mut BTreeMap<usize, String>,
) -> Option<Vec<String>> {
    let offered = matches!(command.reading, Reading::Run | Reading::Attended | Reading::Ambiguous);
    if !offered || command.declared {
        return None;
    }
    let places = command.placeholders.iter().map(|p| &p.name).chain(&command.reads);
    let found: Vec<(Varies, &String)> = places.map(|name| (varies(of, name), name)).collect();
    let most = found.iter().map(|(varies, _)| *varies).max().unwrap_or(Varies::No);
    if most == Varies::No && by_itself(command, of) {
        return None;
    }
    let names = found.into_iter().filter(|(varies, _)| *varies > Varies::No).map(|(_, name)| name.clone()).collect();
    // What needs a person's terminal waits for that person already.
    if most < Varies::Surely && command.reading == Reading::Run {
        (command.reading, command.doubted) = (Reading::Ambiguous, true);
        command.why = format!("to be done for each, and it runs once: \u{201c}{said}\u{201d}");
        doubted.insert(command.span.start, command.why.clone());
    }
    Some(names)
}

impl Reader<'_> {
    /// Notes that a step says it. `true` when it does.
    pub fn note_each(&mut self, text: &str, over: Over) -> bool {
        let found = of_title(text);
        let says = found.is_some();
        self.loops.extend(found.map(|each| Found { each, over }));
        says
    }

    /// `for="node in nodes"`.
    pub fn declare_loop(&mut self, over: &(String, String), place: Over) {
        let said = format!("{} in {}", over.0, over.1);
        let each = Each { said, of: Vec::new(), first: true, over: Some(over.clone()) };
        self.loops.push(Found { each, over: place });
    }

    /// What the sentence before a fence says, or a comment of its own in it.
    pub fn each_ahead(&mut self, verdict: &Verdict) -> Option<Each> {
        let told = self.flow.each.take().and_then(|said| of(&said));
        let shell = verdict.parts.iter().filter(|part| part.interpreter == Interpreter::Shell);
        let mut comments = shell.flat_map(|part| &part.text.script().comments).map(|(_, comment)| comment);
        let asks = |comment: &str| VOCABULARY.is_imperative(&Words::first(comment, 10), self.head.language);
        told.or_else(|| comments.find_map(|comment| of(comment).filter(|each| each.first || asks(comment))))
    }

    /// A fence that says it has become work: of this step, or of the steps from `children` on, when comments divide it.
    pub fn fence_for_each(&mut self, each: Option<Each>, step: StepId, span: Span, children: StepId) {
        let Some(each) = each else { return };
        if children == self.steps.len() {
            self.loops.push(Found { each, over: Over::Fence(step, span) });
            return;
        }
        // What stands above the first comment is the step's own.
        let others = self.steps[step].commands.iter().any(|command| command.span != span);
        let from = if others { children } else { step };
        self.loops.push(Found { each: each.clone(), over: Over::List(from, self.steps.len()) });
        if others {
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
        let mut doubted = BTreeMap::new();
        self.ways_back(&mut doubted);
        if self.loops.is_empty() && doubted.is_empty() {
            return Vec::new();
        }
        let sections = self.steps_of_sections();
        let written = std::mem::take(&mut self.loops);
        let ranged = |Found { each, over }| {
            let (from, to, fence) = self.range(over, &sections)?;
            let varies = each.over.iter().map(|(variable, _)| variable.clone()).collect();
            let line = fence.map_or(self.steps[from].line, |fence| self.source.line(fence.start));
            Some(Loop { said: each.said, line, of: each.of, from, to, fence, varies, over: each.over })
        };
        let mut found: Vec<Loop> = written.into_iter().filter_map(ranged).collect();
        // The widest first: what it says need not be said again inside of it.
        found.sort_by_key(|l| (l.from, Reverse(l.to), l.fence.map(|f| f.start), l.over.is_none()));
        let mut out: Vec<Loop> = Vec::new();
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
            // Comments may divide a fence into several commands.
            if let Some((_, why)) =
                doubted.range(reading.span.start..reading.span.end.max(reading.span.start + 1)).next()
            {
                reading.reading = Reading::Ambiguous;
                reading.why.clone_from(why);
            }
        }
        out
    }

    /// Whether anything runs in a loop; notes what varies in it.
    fn runs_for(&mut self, each: &mut Loop, doubted: &mut BTreeMap<usize, String>) -> bool {
        let mut varies = BTreeSet::new();
        let mut runs = false;
        for step in &mut self.steps[each.from..each.to] {
            let own = |command: &&mut Command| each.fence.is_none_or(|fence| fence == command.span);
            for command in step.commands.iter_mut().filter(own) {
                if let Some(names) = asked_anew(command, &each.of, &each.said, doubted) {
                    varies.extend(names);
                    runs = true;
                }
            }
            for command in step.undo.iter_mut().filter(|_| each.fence.is_none()) {
                asked_anew(command, &each.of, &each.said, doubted);
            }
        }
        each.varies = varies.into_iter().collect();
        runs
    }

    /// "**Rollback**: on each node, …": a way back runs once.
    fn ways_back(&mut self, doubted: &mut BTreeMap<usize, String>) {
        for step in self.steps.iter_mut().filter(|step| !step.undo.is_empty()) {
            let Some(each) = step.undo_text.as_deref().and_then(of_title) else { continue };
            for command in &mut step.undo {
                asked_anew(command, &each.of, &each.said, doubted);
            }
        }
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
            ("In all etcd pods, run:", "etcd pod"),
            ("Run the following in every replica:", "replica"),
            ("Dans tous les pods :", "pod"),
            ("Dans chaque conteneur, lancer :", "conteneur"),
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
        for name in ["node_name", "NODE", "host", "ip_address", "my_node"] {
            assert_eq!(varies(&node, name), Varies::Surely, "{name}");
        }
        for name in ["vault_server", "cluster_name", "vip_address"] {
            assert_eq!(varies(&node, name), Varies::Perhaps, "{name}");
        }
        for name in ["password", "database", "notes", "name"] {
            assert_eq!(varies(&node, name), Varies::No, "{name}");
        }
        let database = ["database".to_owned()];
        assert_eq!([varies(&database, "database"), varies(&database, "host")], [Varies::Surely, Varies::No]);
    }
}
