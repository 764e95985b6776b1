//! What holds for any text: nothing panics, spans fit, the tree is a tree, and the work is linear.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, clippy::expect_used)]

#[path = "common/generate.rs"]
#[allow(dead_code)]
mod generate;
#[path = "common/tree.rs"]
mod tree;

use proptest::prelude::*;
use runbook::source::Span;
use runbook::syntax::document::{Block, BlockKind};
use runbook::syntax::{attributes, blank, duration, inline, parse, placeholder};
use std::time::{Duration, Instant};
use tree::{attributes_fit, check, mini_languages, nothing_is_lost};

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_document(text in "\\PC{0,200}") {
        check(&text, &parse(&text));
        mini_languages(&text);
    }

    #[test]
    fn any_marks_are_a_document(text in "[ \t\n\r>*+\\-#`~_=|:\\[\\](){}<>!0-9.xéÀ☐✅\"'\\\\/a-c\u{a0}\u{0}]{0,120}") {
        let document = parse(&text);
        check(&text, &document);
        nothing_is_lost(&text, &document);
        mini_languages(&text);
    }

    #[test]
    fn documents_are_trees(text in generate::document()) {
        let document = parse(&text);
        check(&text, &document);
        nothing_is_lost(&text, &document);
    }

    #[test]
    fn code_is_markdown_only_with_its_fences_closed(lines in prop::collection::vec((0..13_usize, leaf_of_code()), 1..16)) {
        let text: String = lines.iter().map(|(gap, leaf)| " ".repeat(*gap) + leaf + "\n").collect();
        let document = parse(&text);
        check(&text, &document);
        nothing_is_lost(&text, &document);
        let meant = |at: usize| document.meant.iter().any(|code| code.start <= at && at < code.end);
        let open = |block: &&Block| matches!(block.kind, BlockKind::Fence { closed: false, .. }) && meant(block.span.start);
        prop_assert!(document.blocks.iter().find(open).is_none(), "{text}");
    }

    #[test]
    fn attribute_lists_are_read(text in "\\{[#a-c =\"'\\\\{}./\\-é]{0,40}\\}?") {
        let found = attributes::parse(&text, 7);
        let shifted = format!("1234567{text}");
        prop_assert!(attributes_fit(&shifted, &found));
    }
}

/// What stands in code that may be Markdown.
fn leaf_of_code() -> impl Strategy<Value = &'static str> {
    const MARKS: [&str; 9] = ["```", "```", "```sh", "~~~", "- ```", "\t```", "", "", "text"];
    const OTHERS: [&str; 12] =
        ["- x", "* y", "1. z", "10. z", "[ ] b", "1) [x] b", "\t- x", "!!! note", "=== \"t\"", "> q", "# h", "***"];
    prop_oneof![prop::sample::select(&MARKS[..]), prop::sample::select(&OTHERS[..])]
}

/// Twice the text must not take much more than twice the time. Small times are too noisy to compare, and short anyway.
fn linear(name: &str, text: impl Fn(usize) -> String, n: usize, work: impl Fn(&str)) {
    // Unoptimised, a generated parser is some thirty times slower.
    let n = if cfg!(debug_assertions) { n / 40 } else { n };
    let time = |n: usize| {
        let text = text(n);
        (0..3)
            .map(|_| {
                let start = Instant::now();
                work(&text);
                start.elapsed()
            })
            .min()
            .unwrap()
    };
    let (once, twice) = (time(n), time(2 * n));
    let limit = (once * 4).max(Duration::from_millis(600));
    assert!(twice < limit, "{name}: {once:?} for {n}, {twice:?} for twice as many");
}

fn document(text: &str) {
    assert!(!parse(text).blocks.is_empty());
}

#[test]
fn long_documents_take_linear_time() {
    // So many levels that the text is about `n` bytes.
    let nested = |line: &'static str| {
        move |n: usize| (0..n.isqrt()).map(|i| ["  ".repeat(i).as_str(), line, "\n"].concat()).collect::<String>()
    };
    linear("items", |n| "- item\n".repeat(n), 50_000, document);
    linear("tasks", |n| "- [ ] item\n".repeat(n), 50_000, document);
    linear("boxes", |n| "[ ] item\n".repeat(n), 50_000, document);
    linear("nested lists", nested("- x"), 400_000, document);
    linear("nested boxes", nested("[ ] x"), 400_000, document);
    linear("paragraphs", |n| "text\n\n".repeat(n), 50_000, document);
    linear("one paragraph", |n| "text\n".repeat(n), 50_000, document);
    linear("fences", |n| "```\nx\n```\n".repeat(n), 30_000, document);
    linear("unclosed fences", |n| "> ```\n\n".repeat(n), 20_000, document);
    linear("fences left of their items", |n| "- ```\nx\n```\n".repeat(n), 20_000, document);
    linear("unclosed fences of items", |n| "- x\n  ```\ny\n\n".repeat(n), 20_000, document);
    linear("a long unclosed fence of an item", |n| "- ```\n".to_owned() + &"y\n".repeat(n), 50_000, document);
    linear("fences in code", |n| "    ```\n    x\n    ```\n\ny\n".repeat(n), 20_000, document);
    linear("many fences in code", |n| "    ```\n    x\n    ```\n".repeat(n), 20_000, document);
    linear("an unclosed fence in code", |n| "    x\n    ```\n".to_owned() + &"    y\n".repeat(n), 50_000, document);
    linear(
        "items beside their content",
        |n| "  1. x\n\n    - y\n\n      ```\n      z\n      ```\n".repeat(n),
        10_000,
        document,
    );
    linear("code in code", |n| (0..n.isqrt()).map(|i| "    ".repeat(i) + "- x\n\n").collect(), 400_000, document);
    let closed = |n: usize| (0..n.isqrt()).rev().map(|i| "    ".repeat(i + 1) + "~~~\n").collect::<String>();
    linear("fences further and further left", closed, 400_000, document);
    linear("tabs", |n| "=== \"x\"\n    y\n".repeat(n), 20_000, document);
    linear("heads without bodies", |n| "!!! x\n\n".repeat(n), 30_000, document);
    linear("definitions", |n| "[a]: b\n".repeat(n), 50_000, document);
    linear("unclosed definitions", |n| "[a\n".repeat(n), 50_000, document);
    linear("open titles", |n| "[a]: b \"\n".repeat(n), 20_000, document);
    linear("tables", |n| "|a|\n|-|\n".repeat(n), 30_000, document);
    linear("table rows", |n| "|a|\n|-|\n".to_owned() + &"|b|\n".repeat(n), 50_000, document);
    linear("comments", |n| "<!-- runbook: x -->\n".repeat(n), 20_000, document);
    linear("under headings", |n| "# h {gate}\n".repeat(n), 20_000, document);
}

#[test]
fn deep_nesting_takes_linear_time_and_no_stack() {
    linear("quotes", |n| "> ".repeat(n) + "x", 10_000, document);
    linear("quotes without blanks", |n| ">".repeat(n) + "x", 20_000, document);
    linear("lazy lines", |n| ">".repeat(n) + "x\n" + &"y\n".repeat(n), 10_000, document);
    linear("blank lines under items", |n| "- ".repeat(n) + "x\n" + &"\n".repeat(n), 10_000, document);
    linear("bullets", |n| "- ".repeat(n) + "x", 10_000, document);
    linear("numbers", |n| "1. ".repeat(n) + "x", 10_000, document);
    linear("mixed bullets", |n| "- * ".repeat(n) + "x", 5_000, document);
    linear("quotes and items", |n| "> - ".repeat(n) + "x", 5_000, document);
}

#[test]
fn long_lines_take_linear_time() {
    linear("one line", |n| "a".repeat(n), 5_000_000, document);
    linear("rule that is none", |n| "- ".repeat(n) + "x - - -", 20_000, document);
    linear("dashes", |n| "-".repeat(n), 1_000_000, document);
    linear("cells", |n| "|".repeat(n) + "\n" + &"|-".repeat(n), 50_000, document);
    linear("braces", |n| "# ".to_owned() + &" {#a".repeat(n) + "}", 20_000, document);
    linear("comments in a line", |n| "# ".to_owned() + &"<!-- runbook: x -->".repeat(n), 5_000, document);
    linear("open tags", |n| "<a ".repeat(n), 50_000, document);
}

#[test]
fn inline_marks_take_linear_time() {
    let scan = |text: &str| {
        drop(inline::scan_span(text, Span::new(0, text.len())));
        drop(inline::plain(text));
    };
    linear("brackets", |n| "[".repeat(n), 50_000, scan);
    linear("links that are none", |n| "[a](".repeat(n), 30_000, scan);
    linear("references that are none", |n| "[a][".repeat(n), 30_000, scan);
    linear("backticks of many lengths", |n| (0..n).map(|i| "`".repeat(i % 300) + " ").collect(), 4_000, scan);
    linear("open comments", |n| "<!--".repeat(n), 50_000, scan);
    linear("stars", |n| "** a".repeat(n), 30_000, scan);
    linear("nested links", |n| "[".repeat(n) + &"](x)".repeat(n), 30_000, scan);
    linear("titles", |n| "[a](b \"".repeat(n), 20_000, scan);
    linear("ampersands", |n| "&".repeat(n), 50_000, scan);
    linear("angles", |n| "<".repeat(n), 50_000, scan);
}

#[test]
fn phrases_take_linear_time() {
    linear("numbers", |n| "1".repeat(n), 20_000, |t| drop(duration::find(t)));
    linear("numbers apart", |n| "1 - ".repeat(n), 20_000, |t| drop(duration::find(t)));
    linear("durations", |n| "5 min ".repeat(n), 10_000, |t| drop(duration::find(t)));
    linear("clock times", |n| "at 14h30 ".repeat(n), 2_000, |t| drop(duration::find(t)));
    linear("underscores", |n| "_".repeat(n), 50_000, |t| drop(blank::blanks(t)));
    linear("blanks", |n| "a: ____ ".repeat(n), 10_000, |t| drop(blank::blanks(t)));
    linear("blanks and brackets", |n| "a: ____ (".repeat(n), 2_000, |t| drop(blank::blanks(t)));
    linear("boxes", |n| "[ ] a ".repeat(n), 5_000, |t| drop(blank::choice(t)));
    let command = |t: &str| drop(placeholder::find(t, placeholder::Setting::Command));
    linear("angles", |n| "<a".repeat(n), 30_000, command);
    linear("names", |n| "<a> ".repeat(n), 10_000, command);
    linear("braces", |n| "{{ ".repeat(n), 10_000, command);
    linear("dollars", |n| "${".repeat(n), 10_000, command);
    linear("capitals", |n| "NEW_X ".repeat(n), 5_000, command);
    linear("lines", |n| "ping NEW_X\n".repeat(n), 10_000, command);
    linear("here-documents", |n| "cat <<A\n<a>\nA\n".repeat(n), 5_000, command);
    linear("quotes", |n| "{a=\"".repeat(n), 20_000, |t| drop(attributes::parse(t, 0)));
}
