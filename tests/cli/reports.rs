//! What is printed: notes, reports, new files, completions; and readers who leave early.

use crate::PLAIN;
use crate::support::{House, journal};

fn finished() -> House {
    let house = House::new();
    house.file("a.md", PLAIN);
    house.runbook(["run", "a.md", "--yes", "--operator", "alice"]).exits(0);
    house
}

#[test]
fn notes_are_recorded_and_reported() {
    let house = finished();
    house
        .runbook(["note", "latest", "Primary was *swapping*", "--at", "2026-01-02T03:04:05Z", "--operator", "bob"])
        .exits(0);
    house.runbook(["note", "latest", "Add memory", "--action", "--owner", "carol", "--due", "2026-12-01"]).exits(0);
    house.runbook(["note", "latest", "  "]).exits(2).warns("empty");
    house.runbook(["note", "latest", "x", "--at", "yesterday-ish"]).exits(2).warns("not a time");
    let events = house.events();
    let notes = journal::of(&events, "noted");
    assert_eq!(notes.len(), 2);
    assert_eq!(notes[0]["happened"], "2026-01-02T03:04:05Z");
    assert_eq!(notes[1]["action"], true);
    assert_eq!(notes[1]["owner"], "carol");
    house.runbook(["journal", "latest", "--verify"]).exits(0);
    house.runbook(["timeline", "latest"]).exits(0).says("swapping").says("bob");
    house.runbook(["postmortem", "latest"]).exits(0).says("Add memory").says("carol").says("2026-12-01");
}

#[test]
fn every_report_of_every_form_is_printed() {
    let house = finished();
    for format in ["table", "md", "json", "html"] {
        house.runbook(["timeline", "latest", "--format", format]).exits(0).says("look");
        house.runbook(["timeline", "latest", "--format", format, "--lang", "fr", "--all"]).exits(0).says("look");
    }
    for format in ["md", "html"] {
        house.runbook(["postmortem", "latest", "--format", format]).exits(0).says("alice");
        house.runbook(["postmortem", "latest", "--format", format, "--lang", "fr"]).exits(0).says("alice");
    }
    let show = house.runbook(["show", "latest", "--format", "json"]).exits(0).json();
    assert!(show.is_object());
    let runs = house.runbook(["runs", "--format", "json"]).exits(0).json();
    assert_eq!(runs.as_array().or_else(|| runs["runs"].as_array()).unwrap().len(), 1);
    house.runbook(["runs"]).exits(0).says(&house.run_id());
    for format in ["table", "json", "mermaid", "dot"] {
        house.runbook(["plan", "a.md", "--format", format]).exits(0).says("trace");
    }
    house.runbook(["check", "a.md", "--format", "json"]).exits(0).json();
}

#[test]
fn a_post_mortem_that_people_wrote_into_is_not_overwritten() {
    let house = finished();
    house.runbook(["postmortem", "latest", "-o", "pm.md"]).exits(0).says("pm.md");
    let draft = house.read("pm.md");
    assert!(draft.contains("alice"));
    house.file("pm.md", "written by people\n");
    house.runbook(["postmortem", "latest", "-o", "pm.md"]).exits(2).warns("is there already").warns("--force");
    assert_eq!(house.read("pm.md"), "written by people\n");
    house.runbook(["postmortem", "latest", "-o", "pm.md", "--force"]).exits(0);
    assert_eq!(house.read("pm.md"), draft);
    house.runbook(["postmortem", "latest", "-o", "no/such/dir/pm.md"]).exits(2).warns("no/such/dir/pm.md");
    house.runbook(["postmortem", "latest", "--template", "gone.md"]).exits(2).warns("gone.md");
    house.file("mine.md", "run {{ nope.nope }}\n");
    house.runbook(["postmortem", "latest", "--template", "mine.md"]).exits(2).warns("template");
}

#[test]
fn what_people_wrote_survives_a_new_draft() {
    let house = finished();
    house.runbook(["postmortem", "latest", "-o", "pm.md"]).exits(0);
    let draft = house.read("pm.md");
    let wrote = draft.replacen("_[to fill in: root cause]_", "Memory ran **out**.", 1);
    assert_ne!(draft, wrote);
    house.file("pm.md", &wrote);
    house.runbook(["note", "latest", "Add memory", "--action", "--owner", "carol"]).exits(0);
    house.runbook(["postmortem", "latest", "-o", "pm.md"]).exits(0);
    let again = house.read("pm.md");
    assert!(again.contains("Memory ran **out**.") && again.contains("Add memory"), "{again}");
    house
        .runbook(["postmortem", "latest", "--format", "html", "--from", "pm.md"])
        .exits(0)
        .says("<strong>out</strong>");
    house.file("pm.md", again.replace("## Causes", "## Causes, as I see them"));
    house.runbook(["postmortem", "latest", "-o", "pm.md"]).exits(2).warns("outside");
}

#[test]
fn references_resolve_and_a_changed_byte_is_named() {
    let house = finished();
    let records = house.events().len();
    for report in ["postmortem", "drill-report"] {
        house.runbook([report, "latest", "-o", report]).exits(0);
        let text = house.read(report);
        let found = text.split("[#").skip(1).filter_map(|rest| rest.split(']').next()?.parse::<usize>().ok());
        let found: Vec<usize> = found.filter(|seq| *seq != 12 || records >= 12).collect();
        assert!(!found.is_empty() && found.iter().all(|seq| (1..=records).contains(seq)), "{found:?}");
    }
    let path = house.run_dir().join("journal.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"alice\"", "\"alicf\"", 1)).unwrap();
    house.runbook(["journal", "latest", "--verify"]).exits(8).warns("record 1");
}

#[test]
fn events_from_elsewhere_are_joined_and_bad_lines_are_named() {
    let house = finished();
    house.file("e.jsonl", "{\"at\":\"2026-01-02T03:04:05Z\",\"source\":\"pager\",\"text\":\"disk alert\"}\nnonsense\n");
    house.runbook(["timeline", "latest", "--events", "e.jsonl"]).exits(0).says("disk alert").warns("e.jsonl:2");
    house.runbook(["postmortem", "latest", "--events", "e.jsonl"]).exits(0).says("disk alert").says("own clock");
    house.runbook(["timeline", "latest", "--events", "gone"]).exits(2).warns("gone");
}

#[test]
fn new_files_check_and_rehearse_as_they_are() {
    for lang in ["en", "fr"] {
        for kind in ["incident", "maintenance", "drill", "post-mortem"] {
            for title in ["Replica lag", "Échec: d'une \"bascule\" {{ x }}"] {
                let house = House::new();
                house.runbook(["new", kind, title, "--lang", lang, "-o", "new.md"]).exits(0).says("new.md");
                let checked = house.runbook(["check", "new.md", "--format", "json"]).exits(0).json();
                assert_eq!(checked["warnings"], 0, "{kind} {lang}: {checked:#}");
                let text = house.read("new.md");
                for open in ["{{ id }}", "{{ title }}", "{{ owner }}", "{{ today }}"] {
                    assert!(!text.contains(open), "{kind} {lang}: {open} is left");
                }
                assert_eq!(text.matches("{{ x }}").count(), if title.contains("{{") { 2 } else { 0 }, "{kind} {lang}");
                house.runbook(["plan", "new.md", "--format", "json"]).exits(0);
                let all = "inputs: { '*': 1 }\ndecisions: { '*': 1 }\ngates: { '*': yes }\nchecks: { '*': yes }\ncommands: { '*': run }\n";
                house.file("all.yaml", all);
                house.runbook(["run", "new.md", "--dry-run", "--answers", "all.yaml"]).exits(0);
                let events = house.events();
                assert!(events[0]["steps"].as_u64().unwrap() > 2, "{kind} {lang} has no steps");
                assert_eq!(events[0]["language"], lang, "{kind} {lang}");
            }
        }
    }
}

#[test]
fn new_does_not_overwrite() {
    let house = House::new();
    house.runbook(["new", "incident", "Replica lag"]).exits(0);
    house.runbook(["new", "incident", "Replica lag"]).exits(2).warns("is there already");
    house.runbook(["new", "incident", "  "]).exits(2).warns("empty");
    house.runbook(["new", "party", "x"]).exits(2);
    let house = House::new();
    house.runbook(["new", "drill", "../../climb"]).exits(0);
    assert!(!house.path().parent().unwrap().join("climb.md").exists());
}

#[test]
fn completions_and_the_manual_are_printed() {
    let house = House::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        house.runbook(["completions", shell]).exits(0).says("postmortem");
    }
    house.runbook(["man"]).exits(0).says(".TH runbook");
}

#[test]
fn whoever_leaves_early_causes_no_panic() {
    let house = finished();
    house.file("all.yaml", "commands: { '*': run }\n");
    let lines = [
        "check a.md",
        "plan a.md",
        "plan a.md --format json",
        "runs",
        "show latest",
        "timeline latest",
        "timeline latest --format html",
        "postmortem latest",
        "journal latest",
        "journal latest --verify",
        "completions bash",
        "man",
        "--help",
        "run --help",
        "run a.md --dry-run",
        "run a.md --yes --format json",
    ];
    for line in lines {
        // Nobody reads at all: the first write meets a closed pipe.
        let script = format!("\"$RUNBOOK\" {line} 2>err | true; code=${{PIPESTATUS[0]}}; cat err >&2; exit $code");
        house.shell(&script).exits(0);
        let script =
            format!("\"$RUNBOOK\" {line} 2>err | head -1 >first; code=${{PIPESTATUS[0]}}; cat err >&2; exit $code");
        house.shell(&script).exits(0);
        let script = format!("\"$RUNBOOK\" {line} >&- 2>err; code=$?; cat err >&2; exit $code");
        house.shell(&script).does_not_panic();
        let script = format!("\"$RUNBOOK\" {line} >/dev/full 2>err; code=$?; cat err >&2; exit $code");
        house.shell(&script).does_not_panic();
    }
}

#[test]
fn a_closed_output_does_not_stop_a_failover() {
    let house = House::new();
    house.file("a.md", PLAIN);
    house.shell("\"$RUNBOOK\" run a.md --yes | true; exit ${PIPESTATUS[0]}").exits(0);
    assert_eq!(house.read("trace"), "trace\n");
    assert_eq!(house.events().last().unwrap()["outcome"], "completed");
}

#[test]
fn a_directory_of_files_is_checked_whole() {
    let house = House::new();
    house.file("d/good.md", PLAIN);
    house.file("d/deep/bad.md", "# T\n\n```bash\nls\n");
    house.file("d/.hidden/worse.md", "```bash\n");
    house
        .runbook(["check", "d"])
        .exits(3)
        .says("d/good.md")
        .says("d/deep/bad.md:3:")
        .never_says("worse.md")
        .says("2 files: 1 error");
    let json = house.runbook(["check", "d", "--format", "json"]).exits(3).json();
    assert_eq!(json["errors"], 1);
    house.runbook(["check", "."]).exits(3);
    house.file("empty/x.txt", "");
    house.runbook(["check", "empty"]).exits(2).warns("no Markdown file");
    house.has_no_run();
}

#[test]
fn output_cannot_paint_the_screen() {
    let house = House::new();
    house.file("a.md", "# T\n\n## Procedure\n\n1. Paint \u{1b}[2Jit.\n   ```bash {#paint effect=read}\n   printf '\\033[2J\\033]0;evil\\007 painted\\n'\n   ```\n");
    let ran = house.runbook(["run", "a.md", "--yes"]).exits(0).says("painted");
    assert!(!ran.out.contains('\u{1b}'), "{:?}", ran.out);
    let report = house.runbook(["timeline", "latest"]).exits(0);
    assert!(!report.out.contains('\u{1b}'), "{:?}", report.out);
    let report = house.runbook(["show", "latest"]).exits(0);
    assert!(!report.out.contains('\u{1b}'), "{:?}", report.out);
    let report = house.runbook(["check", "a.md"]).exits(0);
    assert!(!report.out.contains('\u{1b}'), "{:?}", report.out);
    let report = house.runbook(["plan", "a.md"]).exits(0);
    assert!(!report.out.contains('\u{1b}'), "{:?}", report.out);
}

#[test]
fn a_title_that_ends_with_a_colon_has_one_colon_in_a_timeline() {
    let house = House::new();
    house.file("a.md", "# T\n\n## Steps\n\n1. Stop it:\n\n   ```bash\n   true\n   ```\n");
    house.runbook(["run", "a.md", "--yes"]).exits(0);
    house.runbook(["timeline", "latest"]).exits(0).says("Started: Stop it: true").never_says("::");
}
