//! What `--yes` and `"*"` never say.

use crate::support::{House, journal};

/// Runs one step and waits at it.
#[track_caller]
fn waits(step: &str, key: &str, section: &str) -> House {
    let house = House::new();
    house.file("a.md", format!("---\nid: T\n---\n# T\n\n## Procedure\n\n{step}"));
    house.runbook(["run", "a.md", "--yes"]).exits(5).says(&format!("no answer for `{key}` in `{section}`"));
    assert!(!house.exists("made"), "--yes said yes");
    assert!(journal::of(&house.events(), "step-started").is_empty());
    house
}

fn generic(house: &House, code: i32) {
    let all = "inputs: { '*': x }\ndecisions: { '*': 1 }\ngates: { '*': yes }\nchecks: { '*': yes }\n\
               commands: { '*': run }\non_failure: { '*': skip }\nunknown: { '*': happened }\n";
    house.file("all.yaml", all);
    house.runbook(["run", "a.md", "--yes", "--answers", "all.yaml"]).exits(code);
}

const WRITES: &str = "   touch made\n   ```\n";

#[test]
fn yes_confirms_reads_and_writes() {
    let house = House::new();
    house.file("a.md", format!("# T\n\n## Procedure\n\n1. Write.\n   ```bash {{#w}}\n{WRITES}"));
    house.runbook(["run", "a.md", "--yes"]).exits(0);
    assert!(house.exists("made"));
}

/// The fence beside it does not take its place, and what somebody else is asked to run is not run just like that.
#[test]
fn yes_is_not_for_a_doubted_sentence_beside_a_fence() {
    let house = House::new();
    let text = "# T\n\n## 1. Restart it\n\nSee what it says with `true`.\n\nAsk the DBA to run `touch made`.\n\n\
                ```bash\ntouch fenced\n```\n\n## 2. Then\n\n```bash\ntrue\n```\n";
    house.file("a.md", text);
    house.runbook(["run", "a.md", "--yes"]).exits(5).says("no answer for `restart-it.restart-it` in `commands`");
    assert!(!house.exists("made") && !house.exists("fenced"));
    house.file("a.yaml", "commands: { restart-it.restart-it: run }\n");
    house.runbook(["run", "a.md", "--yes", "--answers", "a.yaml"]).exits(0);
    assert!(house.exists("made") && house.exists("fenced"));
}

#[test]
fn yes_is_not_a_gate() {
    let house = waits("1. GO/NO-GO: go on? <!-- runbook: #go gate -->\n", "go", "gates");
    generic(&house, 0);
}

#[test]
fn yes_is_not_a_decision() {
    let step = "**If it is bad:** <!-- runbook: #way -->\n- [ ] By hand → [Hand](#hand)\n- [ ] Wait → [Later](#later)\n\n\
                ## Hand\n\n1. A hand.\n   ```bash {#hand-step}\n   true\n   ```\n\n\
                ## Later\n\n1. Later.\n   ```bash {#later-step}\n   true\n   ```\n";
    let house = House::new();
    house.file("a.md", format!("---\nid: T\n---\n# T\n\n## Decision\n\n{step}"));
    house.runbook(["run", "a.md", "--yes"]).exits(5).says("in `decisions`");
    generic(&house, 0);
}

#[test]
fn yes_is_not_a_check() {
    let house = waits("- [ ] Confirm that the light is green. <!-- runbook: #light -->\n", "light", "checks");
    generic(&house, 0);
}

#[test]
fn yes_is_not_work_by_hand() {
    let house = waits("1. Call the network team. <!-- runbook: #call -->\n", "call", "checks");
    generic(&house, 0);
}

#[test]
fn yes_is_not_a_value() {
    let house = House::new();
    house.file("a.md", "# T\n\n## Validation\n\n- QPS: _______\n");
    house.runbook(["run", "a.md", "--yes"]).exits(5).says("in `inputs`");
}

#[test]
fn yes_is_not_a_word_for_destruction() {
    let step = format!("1. Destroy.\n   ```bash {{#destroy effect=destructive}}\n{WRITES}");
    let house = waits(&step, "destroy", "commands");
    generic(&house, 5);
    assert!(!house.exists("made"), "`*` destroyed");
    house.file("own.yaml", "commands: { destroy: run }\n");
    house.runbook(["run", "a.md", "--answers", "own.yaml"]).exits(0);
    assert!(house.exists("made"), "its own word was not taken");
}

#[test]
fn yes_does_not_pass_the_point_of_no_return() {
    let step = format!("1. Promote.\n   ```bash {{#promote pivot}}\n{WRITES}");
    let house = waits(&step, "promote", "commands");
    generic(&house, 5);
    assert!(!house.exists("made"), "`*` passed the point of no return");
    house.file("own.yaml", "commands: { promote: run }\n");
    house.runbook(["run", "a.md", "--answers", "own.yaml"]).exits(0);
    assert!(house.exists("made"), "its own word was not taken");
}

#[test]
fn a_star_does_not_pass_a_point_of_no_return_by_hand() {
    let house = waits("1. Cut the cable. <!-- runbook: #cut pivot -->\n", "cut", "checks");
    generic(&house, 5);
}

#[test]
fn yes_does_not_run_what_is_ambiguous() {
    let house = House::new();
    house.file("a.md", "# T\n\n## Procedure\n\n1. See below.\n   ```\n   touch made\n   ```\n");
    let plan = house.runbook(["plan", "a.md", "--format", "json"]).exits(0).json();
    let reading = plan["fences"][0]["reading"].as_str().unwrap().to_owned();
    house.runbook(["run", "a.md", "--yes"]).does_not_panic();
    assert_eq!(house.exists("made"), reading == "run", "read as {reading}");
}

#[test]
fn yes_does_not_run_what_needs_a_terminal() {
    let house = House::new();
    house.file("a.md", "# T\n\n## Procedure\n\n1. Edit.\n   ```bash {#edit}\n   vim made\n   ```\n");
    house.runbook(["run", "a.md", "--yes"]).exits(5);
    generic(&house, 5);
}

#[test]
fn yes_does_not_choose_after_a_failure() {
    let house = House::new();
    house.file("a.md", "# T\n\n## Procedure\n\n1. Fail.\n   ```bash {#fail}\n   false\n   ```\n");
    house.runbook(["run", "a.md", "--yes"]).exits(5).says("no answer for `fail` in `on_failure`");
}

#[test]
fn the_same_person_is_not_counted_twice_at_a_gate() {
    let house = House::new();
    house.file("a.md", "# T\n\n## Procedure\n\n1. GO/NO-GO: go on? <!-- runbook: #go gate approvers=2 -->\n");
    house.file("alice.yaml", "operator: alice\ngates: { go: [yes, yes] }\n");
    house.runbook(["run", "a.md", "--answers", "alice.yaml"]).exits(5);
    house.file("shout.yaml", "operator: ' ALICE '\ngates: { go: yes }\n");
    house.runbook(["resume", "--answers", "shout.yaml"]).exits(5);
    house.file("bob.yaml", "operator: bob\ngates: { go: yes }\n");
    house.runbook(["resume", "--answers", "bob.yaml"]).exits(0);
    let events = house.events();
    assert_eq!(journal::of(&events, "gate-answered").len(), 2);
}
