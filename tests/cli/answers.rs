//! Answers files that are wrong: the place, the word that was meant, and nothing begun.

use crate::PLAIN;
use crate::support::House;

#[track_caller]
fn refused(answers: &str, words: &[&str]) {
    let house = House::new();
    house.file("a.md", PLAIN);
    house.file("answers.yaml", answers);
    let mut ran = house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(2);
    for word in words {
        ran = ran.warns(word);
    }
    house.has_no_run();
    assert!(!house.exists("trace"), "something ran");
}

#[test]
fn an_unknown_section_is_refused() {
    refused("comands: { trace: run }\n", &["answers.yaml:1:1", "comands", "did you mean `commands`?"]);
}

#[test]
fn an_unknown_step_is_refused() {
    refused("commands:\n  trase: run\n", &["answers.yaml:2:3", "trase", "did you mean `trace`?"]);
}

#[test]
fn a_key_given_twice_is_refused() {
    refused("commands:\n  trace: run\n  trace: skip\n", &["answers.yaml:3:3", "twice"]);
    refused("commands: { trace: run }\ncommands: { look: run }\n", &["answers.yaml:2:1", "twice"]);
}

#[test]
fn bad_yaml_is_refused_with_the_place() {
    refused("commands: { trace: run\nchecks: [\n", &["answers.yaml:2:"]);
    refused("\tcommands: run\n", &["answers.yaml:1:"]);
}

#[test]
fn a_value_that_is_no_answer_is_refused() {
    refused("commands: { trace: yes }\n", &["answers.yaml:1:20", "run, skip, done"]);
    refused("gates: { trace: maybe }\n", &["answers.yaml:1:17", "yes, no"]);
    refused("on_failure: { trace: panic }\n", &["answers.yaml:1:22", "retry, skip, rollback, abort, done"]);
    refused("unknown: { trace: dunno }\n", &["answers.yaml:1:19", "happened, again, undo, stop"]);
    refused("commands: { trace: { deep: run } }\n", &["answers.yaml:1:"]);
    refused("commands: run\n", &["answers.yaml:1:"]);
    refused("- commands\n", &["answers.yaml:1:", "map"]);
}

#[test]
fn an_option_that_a_decision_does_not_have_is_refused() {
    let house = House::new();
    let text = "# T\n\n## Decision\n\n**If it is bad:** <!-- runbook: #way -->\n- [ ] Manual → [Hand](#hand)\n- [ ] Wait → [Later](#later)\n\n\
                ## Hand\n\n1. Leave a trace.\n   ```bash {#hand-step}\n   echo hand >> trace\n   ```\n\n\
                ## Later\n\n1. Leave another.\n   ```bash {#later-step}\n   echo later >> trace\n   ```\n";
    house.file("a.md", text);
    let plan = house.runbook(["plan", "a.md", "--format", "json"]).exits(0).json();
    let decision = plan["steps"].as_array().unwrap().iter().find(|s| s["kind"] == "decision").unwrap();
    let id = decision["id"].as_str().unwrap();
    house.file("answers.yaml", format!("decisions: {{ {id}: Manuel }}\n"));
    let ran = house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(2);
    ran.warns("answers.yaml:1:").warns("`Manuel` is not an option").warns("did you mean `Manual`?");
    house.has_no_run();
    // By its label, its number, and the beginning of its label.
    for (answer, first) in [("Wait", "later"), ("2", "later"), ("man", "hand")] {
        let house = House::new();
        house.file("a.md", text);
        house.file("answers.yaml", format!("decisions: {{ {id}: {answer} }}\n"));
        house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(0);
        assert!(house.read("trace").starts_with(first), "{answer}: {}", house.read("trace"));
    }
}

#[test]
fn a_missing_answers_file_is_refused() {
    let house = House::new();
    house.file("a.md", PLAIN);
    house.runbook(["run", "a.md", "--yes", "--answers", "gone.yaml"]).exits(2).warns("gone.yaml");
    house.runbook(["run", "a.md", "--yes", "--answers", "."]).exits(2);
    house.has_no_run();
}

#[test]
fn a_resume_with_a_wrong_answers_file_changes_nothing() {
    let house = House::new();
    house.file("a.md", PLAIN);
    house.runbook(["run", "a.md"]).exits(5);
    let before = house.events();
    house.file("answers.yaml", "commands: { trase: run }\n");
    house.runbook(["resume", "--answers", "answers.yaml"]).exits(2).warns("answers.yaml:1:13");
    assert_eq!(house.events(), before);
    assert!(!house.exists("trace"));
}

#[test]
fn an_empty_answers_file_answers_nothing() {
    for text in ["", "# nothing yet\n", "---\n", "commands:\n", "commands: {}\n"] {
        let house = House::new();
        house.file("a.md", PLAIN);
        house.file("answers.yaml", text);
        house
            .runbook(["run", "a.md", "--answers", "answers.yaml"])
            .exits(5)
            .says("no answer for `trace` in `commands`");
    }
}

#[test]
fn who_said_what_is_in_the_record() {
    let house = House::new();
    house.file("a.md", PLAIN);
    house.file("answers.yaml", "operator: alice\ncommands: { '*': run }\n");
    house.runbook(["run", "a.md", "--answers", "answers.yaml"]).exits(0);
    let records = crate::support::journal::records(&house.run_dir());
    let started = records.iter().find(|r| r["event"]["type"] == "step-started").unwrap();
    assert_eq!(started["actor"]["kind"], "answers");
    assert_eq!(started["actor"]["name"], "alice");
    assert_eq!(records[0]["actor"]["name"], "alice");
}

/// No file said it: the timeline must not say that one did.
#[test]
fn what_yes_confirmed_is_in_the_record_as_such() {
    let house = House::new();
    house.file("a.md", PLAIN);
    house.runbook(["run", "a.md", "--yes", "--operator", "alice"]);
    let records = crate::support::journal::records(&house.run_dir());
    let started = records.iter().find(|r| r["event"]["type"] == "step-started").unwrap();
    assert_eq!(started["actor"]["kind"], "yes");
    house.runbook(["timeline", "latest"]).exits(0).says("alice (--yes)");
}
