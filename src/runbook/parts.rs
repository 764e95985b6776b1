//! The parts of a fence as commands of its step, or as steps of their own where numbered comments divide them.

use super::each::Over;
use super::fences::{self, Verdict};
use super::model::{Expectation, Reading, StepId};
use super::options::Declared;
use super::programs::PROGRAMS;
use super::reader::Reader;
use super::shell::{Script, Simple};
use super::terminal;
use super::text::Text;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::{Span, lines};
use std::rc::Rc;

impl Reader<'_> {
    pub fn add_parts(&mut self, verdict: Verdict, span: Span, declared: &Declared, step: StepId) {
        let Verdict { reading, why, parts } = verdict;
        for part in parts {
            let cuts = if declared.any { Vec::new() } else { cuts(&part.text) };
            if cuts.len() > 1 {
                self.split(&part, &cuts, (span, reading, &why), step);
                continue;
            }
            self.comment_expectations(&part.text, step);
            let command = self.part(part, span, reading, &why, declared);
            self.steps[step].commands.push(command);
        }
    }

    /// Sub-steps of a fence that is divided by `# 1. …` comments.
    fn split(
        &mut self,
        part: &fences::Part,
        cuts: &[(usize, String)],
        (span, reading, why): (Span, Reading, &str),
        step: StepId,
    ) {
        let ranges = part.text.line_ranges();
        let total = ranges.len();
        let declared = Declared::default();
        let before = part.text.pick(&ranges[..cuts[0].0.min(total)]);
        if !before.script().commands.is_empty() || !before.script().sets.is_empty() {
            let first = fences::Part { text: before, interpreter: part.interpreter.clone(), sample: None };
            let command = self.part(first, span, reading, why, &declared);
            self.steps[step].commands.push(command);
        }
        let said = fences::commented(part).filter(|doubt| doubt == why);
        for (i, (line, title)) in cuts.iter().enumerate() {
            let end = cuts.get(i + 1).map_or(total, |c| c.0);
            let text = part.text.pick(ranges.get(*line..end).unwrap_or(&[]));
            let at = text.source(0);
            let here = text.span(0, text.raw.len());
            let child = self.new_step(title.clone(), self.source.line(at), here, Some(step));
            self.steps[child].branch = None;
            self.note_each(title, Over::Step(child));
            // A comment that says "if it fails" speaks of what stands below it, and of no other part.
            let own = fences::Part { text: text.clone(), interpreter: part.interpreter.clone(), sample: None };
            let (reading, why) = match &said {
                Some(_) => fences::commented(&own)
                    .map_or((Reading::Run, "a shell fence under a step".to_owned()), |doubt| {
                        (Reading::Ambiguous, doubt)
                    }),
                None => (reading, why.to_owned()),
            };
            let script = Rc::clone(text.script());
            if script.commands.is_empty() && script.sets.is_empty() {
                for (_, comment) in script.comments.iter().skip(1) {
                    self.guide(child, comment.clone());
                }
                continue;
            }
            self.comment_expectations(&text, child);
            // One of them may need a terminal, and the others none.
            let (reading, why) = match (reading, terminal::attended(&script)) {
                (Reading::Attended, None) => (Reading::Run, "a shell fence under a step".to_owned()),
                (Reading::Attended | Reading::Run, Some(own)) => (Reading::Attended, own),
                _ => (reading, why),
            };
            let piece = fences::Part { text, interpreter: part.interpreter.clone(), sample: None };
            let command = self.part(piece, here, reading, &why, &declared);
            self.steps[child].commands.push(command);
        }
    }

    /// `# must be OFF` behind or below a command says what is expected.
    fn comment_expectations(&mut self, text: &Text, step: StepId) {
        let mut at = 0;
        let [hash, dashes] = ["# ", "-- "].map(memchr::memmem::Finder::new);
        if [&hash, &dashes].iter().all(|mark| mark.find(text.raw.as_bytes()).is_none()) {
            return;
        }
        for line in lines(&text.raw) {
            let start = at;
            at += line.len() + 1;
            let Some(hash) = hash.find(line.as_bytes()).or_else(|| dashes.find(line.as_bytes())) else { continue };
            if hash > 0 && !line[..hash].ends_with(char::is_whitespace) {
                continue;
            }
            let comment = line[hash..].trim_start_matches(['#', '-']).trim();
            let words = Words::first(comment, 8);
            let expected = VOCABULARY.list(List::Expected);
            if expected.starts(&words, 0) && words.len() > 1 || words.get(0) == "must" {
                let span = text.span(start + hash, start + line.len());
                self.steps[step].expects.push(Expectation { text: comment.to_owned(), span, test: None });
            }
        }
    }
}

/// Lines of numbered comments at the top level of a script, with their text.
fn cuts(text: &Text) -> Vec<(usize, String)> {
    if !text.raw.contains("# ") && !text.raw.contains("#1") {
        return Vec::new();
    }
    let numbered = |(line, comment): &(usize, String)| {
        let digits = comment.bytes().take_while(u8::is_ascii_digit).count();
        let rest = comment[digits..].strip_prefix(['.', ')', ':'])?;
        let title = rest.trim();
        (digits > 0 && digits < 3 && !title.is_empty()).then(|| (*line, title.to_owned()))
    };
    let script = text.script();
    // "# OR by the dashboard:", and what is to be clicked there: that is another way of doing what stands above.
    let other = |(_, said): &&(usize, String)| VOCABULARY.list(List::Or).starts(&Words::first(said, 3), 0);
    let others = script.comments.iter().find(other).map_or(usize::MAX, |(line, _)| *line);
    let last = script.commands.last().map_or(0, |command| command.line);
    // It counts anew there; numbers that go on are of what stands above.
    let anew =
        script.comments.iter().find(|(line, said)| *line > others && said.starts_with(|c: char| c.is_ascii_digit()));
    let anew = anew.is_some_and(|(_, said)| said.starts_with("1.") || said.starts_with("1)") || said.starts_with("1:"));
    let way = |(line, _): &&(usize, String)| *line < others || others < last || !anew;
    let numbered: Vec<(usize, String)> = script.comments.iter().filter(way).filter_map(numbered).collect();
    if numbered.is_empty() { purposes(text, script) } else { numbered }
}

/// "# to start it", "# to stop it": who wrote them does not mean that all of it is run at once. What one part sets, or the
/// folder that it goes to, would be lost for the others.
fn purposes(text: &Text, script: &Script) -> Vec<(usize, String)> {
    let says = |(_, said): &&(usize, String)| {
        let words = Words::first(said, 8);
        // "to be run as root", "pour mémoire" say something else.
        let at = if VOCABULARY.is_fact(words.get(1)) { 2 } else { 1 };
        super::lists::says_purpose(&words)
            && words.len() > at
            && (VOCABULARY.is_known_verb(words.get(at)) || VOCABULARY.is_infinitive(words.get(at)))
            && super::doubts::comment_doubts(said).is_none()
            && !VOCABULARY.list(List::OnlyThen).anywhere(&words)
    };
    let whole = |c: &Simple| c.words.first().is_some_and(|word| PROGRAMS.whole_shell.contains(word));
    let joined = || lines(&text.raw).any(|line| line.trim_end().ends_with(['&', '|', '\\']));
    let held = || !script.functions.is_empty() || script.commands.iter().any(whole) || joined();
    if !script.sets.is_empty() || script.comments.iter().filter(says).nth(1).is_none() || held() {
        return Vec::new();
    }
    let empty: Vec<bool> = lines(&text.raw).map(|line| line.trim().is_empty()).collect();
    let begins =
        |(line, _): &&(usize, String)| line.checked_sub(1).is_none_or(|above| empty.get(above) != Some(&false));
    let all: Vec<(usize, String)> = script.comments.iter().filter(says).filter(begins).cloned().collect();
    let first = script.commands.first().map_or(usize::MAX, |command| command.line);
    let part = |line: usize| all.partition_point(|(begin, _)| *begin <= line);
    let goes = script.commands.iter().filter(|c| c.words.first().is_some_and(|w| w == "cd")).map(|c| part(c.line));
    let goes: std::collections::BTreeSet<usize> = goes.filter(|of| *of > 0).collect();
    let each_goes = goes.is_empty() || goes.len() == all.len();
    if all.len() > 1 && all[0].0 < first && each_goes { all } else { Vec::new() }
}
