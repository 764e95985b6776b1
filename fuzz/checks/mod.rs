//! What every fuzz target asserts. The targets give these functions the fuzzer's bytes; `tests/fuzz_corpus.rs` gives them
//! the kept corpus, without a fuzzer.

#[path = "../../tests/common/compare.rs"]
mod compare;
#[path = "../../tests/common/pieces.rs"]
mod pieces;
#[path = "../../tests/common/tree.rs"]
mod tree;

use runbook::diagnostic::{Diagnostic, Style, render as draw};
use runbook::journal::line;
use runbook::operator::answers::{Answers, Known, variables};
use runbook::plan::model::{Plan, Work};
use runbook::plan::render::{Scope, command, condition, message, mustache_names, names};
use runbook::plan::view;
use runbook::runbook::model::{Command, Runbook};
use runbook::source::{Source, Span};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A target's name and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 6] = [
    ("document", document),
    ("attributes", attributes),
    ("expressions", expressions),
    ("answers", answers),
    ("journal", journal),
    ("block_differential", block_differential),
];

/// A text → blocks → meaning → findings → plan → its views. Nothing panics, every place is one, and what is offered to be
/// run stands in the text.
pub fn document(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let source = Source::new("RB-9-x.md", text);
    let blocks = runbook::syntax::parse(text);
    tree::check(text, &blocks);
    tree::nothing_is_lost(text, &blocks);
    let meaning = runbook::runbook::read(&source, &blocks);
    meaning_fits(text, &meaning);
    let subject = runbook::check::alone(&source, &blocks, &meaning);
    drawn(&source, &runbook::check::all(&subject));
    drop(runbook::check::report(&meaning));
    match runbook::plan::build::build(&meaning) {
        Ok(plan) => viewed(&source, &meaning, &plan),
        Err(errors) => drawn(&source, &errors),
    }
}

fn drawn(source: &Source, found: &[Diagnostic]) {
    for diagnostic in found {
        for label in &diagnostic.labels {
            assert!(tree::fits(&source.text, label.span), "{diagnostic:?}");
        }
        drop(draw(
            diagnostic,
            source,
            &Style { color: false, unicode: true, width: 80, words: &runbook::diagnostic::ENGLISH },
        ));
    }
}

fn meaning_fits(text: &str, runbook: &Runbook) {
    let fits = |span: Span, what: &str| assert!(tree::fits(text, span), "the span of {what} is {span:?}");
    runbook.sections.iter().for_each(|s| fits(s.span, "a section"));
    for fence in &runbook.fences {
        fits(fence.span, "a fence");
    }
    for (id, step) in runbook.steps.iter().enumerate() {
        fits(step.span, "a step");
        assert!(step.parent.is_none_or(|p| p < id), "a sub-step stands before its step");
        assert!(step.branch.is_none_or(|(at, way)| at != id && way < runbook.steps[at].branches.len()));
        step.expects.iter().for_each(|e| fits(e.span, "an expectation"));
        step.blanks.iter().for_each(|b| fits(b.span, "a blank"));
        step.branches.iter().for_each(|b| fits(b.span, "a way"));
        step.commands.iter().chain(&step.undo).for_each(|c| as_written(text, c));
    }
}

/// Code in a sentence may go over a line's end, and has a blank there.
fn on_one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim_start_matches([' ', '\t', '>']).trim_end());
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Nothing is run that the author did not write: every line of a command stands in the text. The blanks before it may be
/// what is left of a tab.
fn as_written(text: &str, command: &Command) {
    assert!(tree::fits(text, command.span), "the span of {command:?}");
    for line in command.text.split('\n') {
        let stands = text.contains(line.trim_start_matches(' ')) || on_one_line(text).contains(&on_one_line(line));
        assert!(stands, "{line:?} does not stand in the text");
    }
    for placeholder in &command.placeholders {
        assert!(tree::fits(&command.text, placeholder.span), "{placeholder:?} in {:?}", command.text);
    }
}

fn viewed(source: &Source, runbook: &Runbook, plan: &Plan) {
    drop((view::json(runbook, plan, source).to_string(), view::mermaid(plan), view::dot(plan)));
    let values = |value: &str| -> BTreeMap<String, Option<String>> {
        let of = |node: &runbook::plan::model::Node| match &node.work {
            Work::Command(work) => work.placeholders.iter().map(|(name, _)| name.clone()).collect(),
            _ => Vec::new(),
        };
        plan.nodes.iter().flat_map(of).map(|name| (name, Some(value.to_owned()))).collect()
    };
    let secrets = BTreeMap::new();
    for value in ["db-1", "it's \"$(x)\" \\\n`y`"] {
        let variables = values(value);
        let scope = Scope {
            variables: &variables,
            secrets: &secrets,
            places: &runbook::plan::render::NOWHERE,
            live: runbook::plan::render::Live::NOTHING,
        };
        for node in &plan.nodes {
            assert!(tree::fits(&source.text, node.span));
            if let Work::Command(work) = &node.work {
                drop(command(work, &scope));
            }
        }
    }
}

/// Attribute lists and the other small languages, on any text.
pub fn attributes(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    tree::mini_languages(text);
    let shifted = format!("1234567{text}");
    assert!(tree::attributes_fit(&shifted, &runbook::syntax::attributes::parse(text, 7)));
}

/// Conditions and messages with `{{ … }}`.
pub fn expressions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let lag = || ("lag".to_owned(), Some("12".to_owned()));
    let variables =
        BTreeMap::from([lag(), ("role".to_owned(), Some("a 'b' {{ c".to_owned())), ("pw".to_owned(), None)]);
    let secrets = BTreeMap::from([("pw".to_owned(), "S3cret-é".to_owned())]);
    let scope = Scope {
        variables: &variables,
        secrets: &secrets,
        places: &runbook::plan::render::NOWHERE,
        live: runbook::plan::render::Live::NOTHING,
    };
    drop((names(text), mustache_names(text)));
    if let Err(error) = condition(text, &scope, &BTreeMap::new()) {
        assert!(!error.to_string().contains("S3cret-é"), "{error}");
    }
    if let Ok(rendered) = message(text, &scope) {
        assert!(!rendered.shown.contains("S3cret-é"), "{rendered:?}");
    }
}

/// Some plan with decisions, blanks and commands, for answers to be held against.
static PLAN: LazyLock<Option<Plan>> = LazyLock::new(|| {
    let text = include_str!("../../runbooks/labs/mariadb-replication.md");
    let source = Source::new("mariadb-replication.md", text);
    runbook::plan::build::build(&runbook::runbook::read(&source, &runbook::syntax::parse(text))).ok()
});

/// Answers files and variables files.
pub fn answers(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Answers::parse("answers.yaml", text) {
        Ok(answers) => {
            std::hint::black_box((answers.input("primary"), answers.input("*")));
            if let Some(plan) = &*PLAN {
                drawn(answers.source(), &answers.validate(&Known::of(plan)));
            }
        }
        Err(invalid) => drop(invalid.to_string()),
    }
    if let Err(invalid) = variables("variables.yaml", text) {
        drop(invalid.to_string());
    }
}

/// Journal lines: as they are, and with the sum that they would need. What is read is written and read again the same.
pub fn journal(data: &[u8]) {
    for bytes in data.split(|b| *b == b'\n') {
        drop(line::decode(bytes));
        let body = bytes.strip_suffix(b"}").unwrap_or(bytes);
        let mut summed = body.to_vec();
        summed.extend_from_slice(format!(",\"sum\":\"{}\"}}", &line_sum(body)).as_bytes());
        let Ok(read) = line::decode(&summed) else { continue };
        let mut out = Vec::new();
        assert!(line::encode(&read.record, read.more, &mut out).is_ok());
        let again = line::decode(out.strip_suffix(b"\n").unwrap_or(&out));
        assert_eq!(again.as_ref(), Ok(&read));
    }
}

fn line_sum(body: &[u8]) -> String {
    let mut sum = runbook::journal::record::sha256_hex(body);
    sum.truncate(16);
    sum
}

/// Lines of containers and leaves, chosen by the bytes: blocks as CommonMark has them are those of an independent parser.
pub fn block_differential(data: &[u8]) {
    let mut text = String::new();
    let mut bytes = data.iter().map(|b| usize::from(*b)).take(120);
    while let Some(count) = bytes.next() {
        for _ in 0..count % 4 {
            text.push_str(pieces::PREFIXES[bytes.next().unwrap_or(0) % pieces::PREFIXES.len()]);
        }
        text.push_str(pieces::LEAVES[bytes.next().unwrap_or(0) % pieces::LEAVES.len()]);
        text.push('\n');
    }
    if data.len() % 2 == 1 {
        text.pop();
    }
    if !pieces::open_question(&text) && compare::same_tables(&text) {
        let what = compare::differences_but_tables(&text);
        assert!(what.is_none(), "{text}\n{}", what.unwrap_or_default());
    }
}
