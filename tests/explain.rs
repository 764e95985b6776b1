//! Every code has a page in two languages, and the examples of the pages are true.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use runbook::check::{self, Subject, codes};
use runbook::inventory::Inventory;
use runbook::operator::answers::{Answers, Known, variables};
use runbook::plan::{build, flow};
use runbook::runbook::model::{Language, Reading};
use runbook::source::Source;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The codes found in a runbook, on a day in November 2026, beside a file `there.md`.
fn found(text: &str) -> BTreeSet<String> {
    let source = Source::new("page.md", text);
    let document = runbook::syntax::parse(&source.text);
    let read = runbook::runbook::read(&source, &document);
    let plan = build::build(&read);
    let unreached = plan.as_ref().map(flow::unreachable).unwrap_or_default();
    let subject = Subject {
        exists: &|path| path == "there.md",
        today: "2026-11-21".parse().ok(),
        unreached: &unreached,
        ..check::alone(&source, &document, &read)
    };
    let mut codes: BTreeSet<String> = check::all(&subject).iter().map(|d| d.code.to_owned()).collect();
    if let Err(errors) = plan {
        codes.extend(errors.iter().map(|d| d.code.to_owned()));
    }
    if check::report(&read).fences.iter().any(|f| f.reading == Reading::Ambiguous) {
        codes.insert(codes::AMBIGUOUS.to_owned());
    }
    codes
}

/// What the examples of answers files are for.
const ASKING: &str = "# T\n\n## Steps\n\n1. Stop it.\n   ```bash\n   stop <version>\n   ```\n\n**If it is down:**\n\n- [ ] Restart it → [Validation](#validation)\n- [ ] Leave it → [Validation](#validation)\n\n## Validation\n\n- [ ] It is up\n";

fn answers(text: &str) -> BTreeSet<String> {
    let source = Source::new("page.md", ASKING);
    let read = runbook::runbook::read(&source, &runbook::syntax::parse(&source.text));
    let plan = build::build(&read).unwrap();
    match Answers::parse("answers.yaml", text) {
        Ok(answers) => answers.validate(&Known::of(&plan)).iter().map(|d| d.code.to_owned()).collect(),
        Err(invalid) => invalid.diagnostics.iter().map(|d| d.code.to_owned()).collect(),
    }
}

fn inventory(text: &str) -> BTreeSet<String> {
    let wrong = Inventory::parse("inventory.yaml", text).err().map(|invalid| invalid.diagnostics).unwrap_or_default();
    wrong.iter().map(|d| d.code.to_owned()).collect()
}

/// The example below a heading, and its language.
fn example<'p>(page: &'p str, headings: [&str; 2]) -> Option<(&'p str, String)> {
    let below = headings.iter().find_map(|h| page.split_once(&format!("\n## {h}\n")))?.1;
    let (language, rest) = below.split_once("~~~")?.1.split_once('\n')?;
    let text = rest.split_once("~~~")?.0;
    Some((language, text.to_owned()))
}

#[test]
fn the_examples_are_true() {
    for page in codes::PAGES {
        for language in [Language::En, Language::Fr] {
            let text = page.text(language);
            assert!(text.starts_with(&format!("# {}\n\n", page.code)), "{}", page.code);
            let summary = page.summary(language);
            assert!(summary.ends_with('.') && summary.len() > 20, "{}: {summary}", page.code);
            assert!(
                text.contains("\n## To silence it\n") || text.contains("\n## Pour le faire taire\n"),
                "{}",
                page.code
            );
            if ["inventory", "not-utf-8", "variables-file"].contains(&page.code) {
                continue;
            }
            for (headings, want) in [(["Bad", "Mauvais"], true), (["Good", "Bon"], false)] {
                let (kind, example) = example(text, headings).unwrap_or_else(|| panic!("{}: no example", page.code));
                let found = match (page.code, kind) {
                    ("inventory", _) => inventory(&example),
                    (_, "yaml") => answers(&example),
                    _ => found(&example),
                };
                assert_eq!(found.contains(page.code), want, "{} in\n{example}\nfound {found:?}", page.code);
            }
        }
    }
    assert!(variables("v.yaml", "- replica_host\n").is_err());
    assert!(Inventory::parse("i.yaml", "hosts:\n  db2: { shh: dba@db2 }\n").is_err());
    assert!(Inventory::parse("i.yaml", "hosts:\n  db2: { ssh: dba@db2 }\n").is_ok());
    assert!(runbook::syntax::decode("x.md", b"\xE9".to_vec()).is_err());
}

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") && !path.to_string_lossy().ends_with("tests.rs") {
            out.push(path);
        }
    }
}

/// The codes that the sources can say: the first word in quotes after a finding is made.
#[test]
fn every_code_has_a_page() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut said = BTreeSet::from([codes::AMBIGUOUS.to_owned()]);
    for file in files.iter().filter(|f| !f.ends_with("diagnostic/render.rs") && !f.ends_with("diagnostic/mod.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for maker in [
            "Diagnostic::error(",
            "Diagnostic::warning(",
            "Diagnostic::note(",
            "Diagnostic::new(",
            "graded(",
            "self.error(",
        ] {
            for (at, _) in text.match_indices(maker) {
                let rest: String = text[at + maker.len()..].chars().take(120).collect();
                let Some(code) = rest.split('"').nth(1) else { continue };
                let first = rest.trim_start().starts_with('"');
                if (first || code.contains('-'))
                    && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit())
                {
                    said.insert(code.to_owned());
                }
            }
        }
    }
    let pages: BTreeSet<String> = codes::PAGES.iter().map(|p| p.code.to_owned()).collect();
    assert_eq!(said, pages);
    assert!(codes::PAGES.is_sorted_by_key(|p| p.code));
}
