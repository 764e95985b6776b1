//! Our blocks against an independent CommonMark parser: hand-written pitfalls, generated documents, and mutations of
//! both. What we do otherwise on purpose is switched off here (`parse_commonmark`); `docs/language.md` lists it.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, clippy::expect_used)]

#[path = "common/compare.rs"]
mod compare;
#[path = "common/generate.rs"]
mod generate;

use proptest::prelude::*;

/// Every document of `tests/parse/pitfalls.txt`; they are divided by lines of `%%%`.
fn pitfalls() -> Vec<String> {
    let text = std::fs::read_to_string("tests/parse/pitfalls.txt").unwrap();
    text.split("%%%\n").map(|d| d.replace('→', "\t").replace('␣', " ")).collect()
}

#[test]
fn pitfalls_agree() {
    let mut wrong = 0;
    for text in pitfalls() {
        for text in [text.clone(), text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
            if let Some(what) = compare::differences(&text) {
                eprintln!("== {text:?}\n{text}\n{what}");
                wrong += 1;
            }
        }
    }
    assert_eq!(wrong, 0);
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("CASES").ok().and_then(|c| c.parse().ok()).unwrap_or(1500);
    ProptestConfig { cases, failure_persistence: None, max_global_rejects: 1_000_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn generated_agree(text in generate::document()) {
        prop_assume!(!generate::open_question(&text));
        let what = compare::differences_but_tables(&text);
        prop_assert!(what.is_none(), "{text}\n{}", what.unwrap());
    }

    #[test]
    fn mutated_pitfalls_agree(
        text in generate::mutated(prop::sample::select(pitfalls()).prop_map(|d| d.lines().map(str::to_owned).collect()))
    ) {
        let text = text.join("\n") + "\n";
        prop_assume!(!generate::open_question(&text));
        let what = compare::differences_but_tables(&text);
        prop_assert!(what.is_none(), "{text}\n{}", what.unwrap());
    }
}

#[test]
#[ignore = "reads whatever folders FILES names"]
fn files() {
    fn walk(dir: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "md") {
                out.push(path);
            }
        }
    }
    let mut files = Vec::new();
    for dir in std::env::var("FILES").unwrap().split(':') {
        walk(std::path::Path::new(dir), &mut files);
    }
    let (mut same, mut all) = (0, 0);
    for file in files {
        let Ok(text) = String::from_utf8(std::fs::read(&file).unwrap()) else { continue };
        let text = text.trim_start_matches('\u{feff}');
        all += 1;
        match compare::differences(text) {
            None => same += 1,
            Some(what) => eprintln!("== {}\n{what}", file.display()),
        }
    }
    eprintln!("{same} of {all} the same");
}
