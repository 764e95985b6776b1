//! The meaning of documents: goldens of our own fixtures, properties over any text, and the runbooks of the owner's pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod dump;

use proptest::prelude::*;
use runbook::plan::model::Again;
use runbook::runbook::model::{Reading, Role, StepKind, Target};
use runbook::syntax::document::BlockKind;
use std::path::PathBuf;
use std::sync::LazyLock;

#[test]
fn fixtures() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/meaning");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "md"))
        .collect();
    files.sort();
    assert!(files.len() > 5);
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        insta::with_settings!({ snapshot_path => "meaning", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name.clone(), dump::dump(&format!("{name}.md"), &text));
        });
    }
}

/// Lines that runbooks are made of, in any order.
fn lines() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("## Steps"),
        Just("# Title"),
        Just("### Step 2: Promote"),
        Just("## Rollback"),
        Just("## If it fails"),
        Just("## Otherwise"),
        Just("- [ ] Stop it"),
        Just("    - [ ] nested"),
        Just("1. Run `ls -l`"),
        Just("1. [ ] x"),
        Just("[ ] bare"),
        Just("**If X:**"),
        Just("- Option A: this"),
        Just("- Option B: → [Steps](#steps)"),
        Just("```bash"),
        Just("```"),
        Just("    ```"),
        Just("    systemctl stop app"),
        Just("`systemctl stop app`"),
        Just("   `$ df -h`"),
        Just("systemctl stop app"),
        Just("1. sudo systemctl stop app"),
        Just("Never run this:"),
        Just("- [ ] If needed, run `systemctl stop"),
        Just("  app`"),
        Just("If anything goes wrong:"),
        Just("## Troubleshooting"),
        Just("ssh db1"),
        Just("   ```sql"),
        Just("$ echo 'a"),
        Just("# 1. first"),
        Just("# 2. second"),
        Just("mysql -h <host> << EOF"),
        Just("EOF"),
        Just("SELECT 1;"),
        Just("QPS: ____ (vs ____)"),
        Just("Succès: [ ] Oui [ ] Non"),
        Just("**Expected**: ok"),
        Just("**Rollback**:"),
        Just("YES → continue | NO → stop"),
        Just("> GO/NO-GO"),
        Just("| Step | Action |"),
        Just("|---|---|"),
        Just("| 1 | Do `reboot` |"),
        Just(""),
        Just("- If a:"),
        Just("- If b:"),
        Just("→ aller en §4.6"),
        Just("**2. Confirm it**"),
        Just("---"),
        Just("id: x"),
        Just("Run it, then:"),
        Just("On each node, run:"),
        Just("## On all replicas"),
        Just("1. Restart the nodes one by one"),
        Just("- **ID**: RB-1"),
        Just("Étape 3 — vérifier l’état 🎯"),
        Just("<!-- runbook: pivot owner=x -->"),
        Just("1. ______"),
        Just("=== \"A\""),
        Just("=== \"B\""),
        Just("    === \"C\""),
        Just("    1. Stop it"),
        Just("        ```bash"),
        Just("    ## Rollback"),
        Just("!!! warning"),
    ];
    prop::collection::vec(line, 0..40).prop_map(|l| l.join("\n"))
}

fn holds(text: &str) {
    let runbook = dump::read("x.md", text);
    let source: Vec<&str> = text.split(['\n', '\r']).map(str::trim).collect();
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut last = 0;
    let mut ids = std::collections::HashSet::new();
    for (i, step) in runbook.steps.iter().enumerate() {
        assert!(step.line >= last, "lines ascend: {} after {last}", step.line);
        last = step.line;
        assert!(ids.insert(step.id.clone()), "{} twice", step.id);
        assert!(step.parent.is_none_or(|p| p < i), "parents first");
        assert!(step.branch.is_none_or(|(p, b)| p < i && b < runbook.steps[p].branches.len()), "branches exist");
        for command in step.commands.iter().chain(&step.undo) {
            for line in command.text.split(['\n', '\r']).map(str::trim).filter(|l| !l.is_empty()) {
                // Code that goes over a line's end has a blank there.
                // And in a cell of a table a pipe is written `\|`.
                let unescaped = || joined(&text.replace("\\|", "|"));
                let there = source.iter().any(|s| s.contains(line)) || unescaped().contains(&joined(line));
                assert!(there, "{line:?} is not in the text");
            }
            for placeholder in &command.placeholders {
                assert_eq!(placeholder.span.of(&command.text), placeholder.written);
                assert_eq!(joined(placeholder.source.of(text)), joined(&placeholder.written));
            }
        }
    }
    for each in &runbook.loops {
        assert!(each.from < each.to && each.to <= runbook.steps.len(), "a loop goes over steps: {each:?}");
        // What its author declares may be done by hand.
        let runs = runbook.steps[each.from..each.to].iter().any(|s| !s.commands.is_empty());
        assert!(runs || each.over.is_some(), "something runs: {each:?}");
    }
    // Whatever the mixture, what can be planned hangs together.
    if let Ok(plan) = runbook::plan::build::build(&runbook) {
        for node in plan.nodes.iter().filter(|n| n.again.is_some()) {
            let runbook::plan::model::Work::Decision { options } = &node.work else { panic!("{node:?}") };
            assert!(options[Again::BACK].to.is_some(), "it goes back to something: {node:?}");
            assert_eq!(options[Again::ON].to, node.next, "and on: {node:?}");
        }
    }
    let blocks = runbook::syntax::parse(text).blocks;
    let fence = |kind: &BlockKind| matches!(kind, BlockKind::Fence { .. } | BlockKind::IndentedCode { .. });
    let fences = blocks.iter().filter(|b| fence(&b.kind)).map(|b| b.span.start);
    // A paragraph, or a quote, of commands is told as a fence is.
    let commands = |at: usize| {
        blocks.iter().any(|b| b.span.start == at && matches!(b.kind, BlockKind::Paragraph { .. } | BlockKind::Quote))
    };
    let told: Vec<usize> = runbook.fences.iter().map(|f| f.span.start).filter(|at| !commands(*at)).collect();
    assert_eq!(told, fences.collect::<Vec<_>>(), "every piece of code is told");
}

/// The fixtures' own texts.
static PAGES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut files: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/meaning"))
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "md"))
        .collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
});

/// What is put into a page: above all what is wider than a byte, and what divides sentences.
const PUT: [&str; 22] = [
    "\u{a0}", "\u{202f}", "\u{3000}", "é", "’", "—", "→", "🎯", "\u{301}", ". ", ", ", "; ", ": ", "? ", "\n", "`",
    "**", "(", "<!--", "|", "  ", "1",
];

/// A fixture of which some characters, or lines, are others.
fn mutated() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0_u8..6, prop::sample::select(PUT.to_vec()));
    (0..PAGES.len(), prop::collection::vec(change, 1..12)).prop_map(|(page, changes)| {
        let mut text = PAGES[page].clone();
        for (at, how, put) in changes {
            let starts: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
            let blanks: Vec<usize> = text.match_indices(' ').map(|(i, _)| i).collect();
            let Some(at) = (!starts.is_empty() && !blanks.is_empty()).then_some(at) else { break };
            match how {
                0 | 1 => text.insert_str(starts[at.index(starts.len())], put),
                2 | 3 => {
                    let blank = blanks[at.index(blanks.len())];
                    text.replace_range(blank..=blank, put);
                }
                4 => drop(text.remove(starts[at.index(starts.len())])),
                _ => {
                    let mut lines: Vec<&str> = text.split('\n').collect();
                    let line = lines.remove(at.index(lines.len()));
                    lines.insert(at.index(lines.len() + 1), line);
                    text = lines.join("\n");
                }
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        holds(&text);
    }

    #[test]
    fn any_mixture_of_lines_is_read(text in lines()) {
        holds(&text);
    }

    #[test]
    fn any_change_of_a_page_is_read(text in mutated()) {
        holds(&text);
    }
}

/// The folder that the owner's pages are in; it is not part of the repository.
fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("RUNBOOK_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    folder.join("seeds").is_dir().then_some(folder)
}

/// The pages within ```` ```markdown ```` fences. Their own fences have as many backticks, so a closing one is told by
/// what follows: a bare fence opens an inner one when none is open and the page has not ended with it.
fn embedded(page: &str) -> Vec<String> {
    let lines: Vec<&str> = page.lines().collect();
    let mut found = Vec::new();
    let mut i = 0;
    while i < lines.len() {
        i += 1;
        if lines[i - 1].trim_end() != "```markdown" {
            continue;
        }
        let start = i;
        let mut inside = false;
        while i < lines.len() {
            let fence = lines[i].trim();
            let ends = !inside && fence == "```" && !opens(&lines[i + 1..]);
            if ends {
                break;
            }
            if fence.starts_with("```") {
                inside = !inside;
            }
            i += 1;
        }
        found.push(lines[start..i].join("\n"));
    }
    found
}

/// Whether a bare fence opens one: the next bare fence comes before the outer page goes on.
fn opens(after: &[&str]) -> bool {
    for line in after {
        if line.trim() == "```" {
            return true;
        }
        if line.starts_with("```") || line.starts_with('#') || *line == "---" {
            return false;
        }
    }
    false
}

#[test]
fn the_owners_runbooks_are_read() {
    let Some(shared) = shared() else {
        println!("skipped: the owner's pages are not here");
        return;
    };
    let mut pages = Vec::new();
    for name in ["001-disaster-recovery-plan.md", "004-incident-recovery-strategies.md"] {
        pages.extend(embedded(&std::fs::read_to_string(shared.join("seeds").join(name)).unwrap()));
    }
    let page = |title: &str| {
        let text = pages.iter().find(|p| p.contains(title)).unwrap_or_else(|| panic!("no page with {title}"));
        dump::read("page.md", text)
    };

    let failover = page("# RUNBOOK: Panne Serveur Master");
    let kinds: Vec<StepKind> = failover.steps.iter().map(|s| s.kind).collect();
    assert_eq!(failover.steps.len(), 22, "{}", dump::picture(&failover));
    assert_eq!(failover.metadata.rto, Some(std::time::Duration::from_secs(300)));
    let choice = failover.steps.iter().find(|s| s.kind == StepKind::Decision).unwrap();
    assert_eq!(choice.branches.len(), 2);
    assert!(choice.branches.iter().all(|b| matches!(b.target, Target::Section(_))));
    assert_eq!(kinds.iter().filter(|k| **k == StepKind::Command).count(), 8);
    assert_eq!(failover.steps.last().unwrap().blanks[0].options.len(), 3);

    let drill = page("# DR Test Checklist - Failover Master");
    assert_eq!(drill.steps.iter().flat_map(|s| &s.blanks).filter(|b| !b.options.is_empty()).count(), 2);
    let ways = drill.steps.iter().find(|s| s.kind == StepKind::Decision).unwrap();
    assert_eq!(ways.branches.len(), 3);
    let killing = drill.steps.iter().flat_map(|s| &s.commands).find(|c| c.text.contains("kill -9")).unwrap();
    assert_eq!((killing.reading, killing.effect), (Reading::Run, runbook::runbook::model::Effect::Destructive));
    let offsets: Vec<i64> = drill.sections.iter().filter_map(|s| s.offset).collect();
    assert_eq!(offsets, [-900, 0, 300, 600, 1200]);
    assert!(
        drill
            .steps
            .iter()
            .flat_map(|s| &s.blanks)
            .any(|b| b.name == "rto_mesure" && b.objective.as_deref() == Some("< 5 min"))
    );

    let template = page("# Runbook Template");
    assert!(template.fences.iter().any(|f| f.reading == Reading::Manual));
    assert!(template.steps.iter().any(|s| s.kind == StepKind::Decision && s.branches.len() == 2));
    assert_eq!(template.steps.iter().filter(|s| s.role == Role::Rollback).count(), 2);

    let plan = page("# Disaster Recovery Runbook");
    assert!(plan.steps.iter().any(|s| s.kind == StepKind::Gate));
    assert_eq!(plan.sections.iter().find_map(|s| s.timebox), Some(std::time::Duration::from_secs(900)));
    assert_eq!(plan.steps.iter().filter(|s| s.role == Role::Failback).count(), 7, "{}", dump::picture(&plan));
}

#[test]
fn real_pages_keep_the_rules() {
    let Some(shared) = shared() else {
        println!("skipped: the corpus is not here");
        return;
    };
    let mut folders = vec![shared.join("seeds"), shared.join("corpus/dev")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                holds(&std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n"));
            }
        }
    }
}

#[test]
fn the_author_names_what_a_blank_holds() {
    let names = |text: &str| -> Vec<String> {
        dump::read("x.md", text).steps.iter().flat_map(|s| &s.blanks).map(|b| b.name.clone()).collect()
    };
    let marked = "# R\n\n## Résultats\n\n- RTO mesuré : ____ <!-- runbook: #rto_measured -->\n- QPS: ____ {#per_second}\n- RPO : ____\n";
    assert_eq!(names(marked), ["rto_measured", "per_second", "rpo"]);
    let below = "# R\n\n## Validation\n\n1. Write it down.\n   - RTO measured: ____ <!-- runbook: #rto_measured -->\n   - Lieu : [ ] Ici [ ] Là <!-- runbook: #where -->\n";
    assert_eq!(names(below), ["rto_measured", "where"]);
}

#[test]
fn an_id_on_a_later_line_of_an_item_is_told() {
    let astray = |text: &str| dump::read("x.md", text).diagnostics.iter().any(|d| d.code == "misplaced-attribute");
    assert!(astray("# R\n\n## Steps\n\n1. Look at it\n   twice. {#look}\n"));
    assert!(!astray("# R\n\n## Steps\n\n1. Look at it {#look}\n   twice.\n"));
    assert!(!astray("# R\n\n## Steps\n\n1. Look at\n   {{ name }} twice, and {not} this: {# no #}\n"));
}
