//! Exit codes: each way a run can end.

use crate::support::{House, journal};
use serde_json::Value;

const FAILS: &str = "\
# T

## Procedure

1. Work.
   ```bash {#work}
   echo work >> trace
   ```
   **Rollback**: undo it.
   ```bash {#undo-work}
   echo undone >> trace; test ! -e bad
   ```
2. Fail.
   ```bash {#fail}
   echo fail >> trace; test -e good
   ```
";

fn outcome(house: &House) -> Value {
    house.events().last().unwrap()["outcome"].clone()
}

#[track_caller]
fn ends(answers: &str, prepare: &[&str], code: i32, trace: &str) -> House {
    let house = House::new();
    house.file("a.md", FAILS);
    house.file("answers.yaml", answers);
    for file in prepare {
        house.file(file, "");
    }
    house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(code);
    assert_eq!(house.read("trace"), trace);
    house
}

#[test]
fn completed_is_0() {
    let house = ends("", &["good"], 0, "work\nfail\n");
    assert_eq!(outcome(&house), "completed");
}

#[test]
fn a_failed_step_and_abort_is_1() {
    let house = ends("on_failure: { fail: abort }\n", &[], 1, "work\nfail\n");
    assert_eq!(outcome(&house), "failed");
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    let house = House::new();
    house.runbook::<[&str; 0], &str>([]).exits(2);
    house.runbook(["--nope"]).exits(2);
    house.runbook(["--help"]).exits(0).says("Exit codes");
    house.runbook(["run", "--help"]).exits(0).says("--start-at");
    house.runbook(["--version"]).exits(0).says("runbook ");
}

#[test]
fn a_gate_answered_no_is_4() {
    let house = House::new();
    let text = "# T\n\n## Procedure\n\n1. GO/NO-GO: go on? <!-- runbook: #go gate -->\n2. Work.\n   ```bash {#work}\n   touch made\n   ```\n";
    house.file("a.md", text);
    house.file("answers.yaml", "gates: { go: no }\n");
    house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(4);
    assert_eq!(outcome(&house), "aborted");
    assert!(!house.exists("made"), "`no` means stop, not skip");
}

#[test]
fn no_answer_is_5_and_says_which() {
    let house = ends("", &[], 5, "work\nfail\n");
    let last = house.events().last().unwrap().clone();
    assert_eq!(last["type"], "paused");
    assert_eq!(last["reason"], "no answer for `fail` in `on_failure`");
    house.runbook(["show", "latest"]).exits(0).says("fail");
}

#[test]
fn rolled_back_is_6() {
    let house = ends("on_failure: { fail: rollback }\n", &[], 6, "work\nfail\nundone\n");
    assert_eq!(outcome(&house), "rolled-back");
    // An undo is a command as any other: without a word nobody runs it.
    let house = House::new();
    house.file("a.md", FAILS);
    house.file("answers.yaml", "commands: { work: run, fail: run }\non_failure: { fail: rollback }\n");
    house.runbook(["run", "a.md", "--answers", "answers.yaml"]).exits(5);
    assert_eq!(house.read("trace"), "work\nfail\n");
}

#[test]
fn an_undo_that_fails_is_7_and_never_rolled_back() {
    let house = ends("on_failure: { fail: rollback }\n", &["bad"], 7, "work\nfail\nundone\n");
    let events = house.events();
    assert_eq!(journal::of(&events, "undo-failed").len(), 1);
    assert!(journal::of(&events, "run-finished").is_empty(), "it is stuck, and can still be helped");
    // Given up in the middle of the way back, it is stuck for good.
    let house = ends("on_failure: { fail: rollback, '*': abort }\n", &["bad"], 7, "work\nfail\nundone\n");
    assert_eq!(outcome(&house), "stuck");
    // Helped, it comes back.
    let house = ends("on_failure: { fail: rollback }\n", &["bad"], 7, "work\nfail\nundone\n");
    std::fs::remove_file(house.path().join("bad")).unwrap();
    house.file("again.yaml", "on_failure: { '*': retry }\n");
    house.runbook(["resume", "--yes", "--answers", "again.yaml"]).exits(6);
    assert_eq!(house.read("trace"), "work\nfail\nundone\nundone\n");
}

#[test]
fn skipping_and_doing_by_hand_go_on() {
    ends("on_failure: { fail: skip }\n", &[], 0, "work\nfail\n");
    let house = ends("on_failure: { fail: done }\n", &[], 0, "work\nfail\n");
    let events = house.events();
    assert_eq!(journal::at(&events, "step-succeeded", "fail")[0]["how"], "by-hand");
}

#[test]
fn an_answer_that_always_says_retry_does_not_go_on_for_ever() {
    let house = ends("on_failure: { fail: retry }\n", &[], 5, "work\nfail\nfail\nfail\nfail\n");
    house.runbook(["journal", "latest", "--verify"]).exits(0);
}

#[test]
fn the_way_back_can_be_taken_later() {
    let house = ends("", &["good"], 0, "work\nfail\n");
    house.runbook(["rollback", "latest", "--yes"]).exits(6);
    assert_eq!(house.read("trace"), "work\nfail\nundone\n");
    house.runbook(["rollback", "latest", "--yes"]).exits(2).warns("nothing to undo");
    assert_eq!(house.read("trace"), "work\nfail\nundone\n");
    assert_eq!(outcome(&house), "rolled-back");
}

#[test]
fn full_or_read_only_disks_are_8_before_anything_runs() {
    let house = House::new();
    house.file("a.md", FAILS);
    house.file("good", "");
    // A file stands where the directory should be.
    house.runbook(["run", "a.md", "--yes", "--runs-dir", "a.md/runs"]).exits(8);
    assert!(!house.exists("trace"), "something ran without a journal");
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root may mount a small disk");
        return;
    }
    let script = "
        mkdir disk && mount -t tmpfs -o size=64k tmpfs disk || { echo no mount; exit 99; }
        head -c 1m /dev/zero > disk/fill
        \"$RUNBOOK\" run a.md --yes --runs-dir disk/runs; code=$?
        rm disk/fill
        mkdir -p disk/runs; mount -o remount,ro disk
        \"$RUNBOOK\" run a.md --yes --runs-dir disk/runs; echo \"read-only $?\"
        umount disk
        exit $code";
    let ran = house.shell(&format!("exec unshare -m bash -c '{}'", script.replace('\'', "'\\''")));
    if ran.status.code() == Some(99) || ran.err.contains("unshare") {
        println!("skipped: no small disk can be mounted here");
        return;
    }
    let ran = ran.exits(8).says("read-only 8").warns("No space left on device").warns("Read-only file system");
    assert!(!house.exists("trace"), "something ran without a journal: {}{}", ran.out, ran.err);
}

#[test]
fn a_disk_that_fills_up_on_the_way_stops_the_run_with_8() {
    if !nix::unistd::geteuid().is_root() {
        println!("skipped: only root may mount a small disk");
        return;
    }
    let house = House::new();
    let text = "# T\n\n## Procedure\n\n1. Fill.\n   ```bash {#fill}\n   echo fill >> trace; head -c 1m /dev/zero > disk/fill || true\n   ```\n\
                2. Work.\n   ```bash {#work}\n   echo work >> trace # LONG\n   ```\n"
        // Its announcement does not fit into what is left of the last page.
        .replace("LONG", &"long ".repeat(4000));
    house.file("a.md", text);
    let script = "
        mkdir disk && mount -t tmpfs -o size=128k tmpfs disk || exit 99
        \"$RUNBOOK\" run a.md --yes --runs-dir disk/runs; echo \"run $?\"
        rm disk/fill
        \"$RUNBOOK\" journal latest --verify --runs-dir disk/runs; echo \"verify $?\"
        echo between >> trace; \"$RUNBOOK\" resume --yes --runs-dir disk/runs; echo \"resume $?\"
        umount disk";
    let ran = house.shell(&format!("exec unshare -m bash -c '{}'", script.replace('\'', "'\\''")));
    if ran.status.code() == Some(99) || ran.err.contains("unshare") {
        println!("skipped: no small disk can be mounted here");
        return;
    }
    ran.says("run 8").warns("No space left on device").says("verify 0").says("resume 0");
    assert_eq!(house.read("trace"), "fill\nbetween\nwork\n", "a step ran that the journal could not announce");
}

#[test]
fn a_condition_that_cannot_be_evaluated_is_never_passed_over() {
    let house = House::new();
    let text = "# T\n\n## Procedure\n\n1. Work.\n   ```bash {#work when=\"lag|int < 5\"}\n   touch made\n   ```\n";
    house.file("a.md", text);
    house.file("retry.yaml", "on_failure: { work: retry }\n");
    house.runbook(["run", "a.md", "--yes", "--answers", "retry.yaml"]).exits(5).says("`lag` has no value");
    assert!(!house.exists("made"), "the condition was passed over");
    house.runbook(["resume", "--yes", "--answers", "retry.yaml", "--var", "lag=9"]).exits(0);
    assert!(!house.exists("made"), "the condition is false");
    let events = house.events();
    assert_eq!(journal::at(&events, "skipped", "work")[0]["automatic"], true);
    let house = House::new();
    house.file("a.md", text);
    house.file("retry.yaml", "on_failure: { work: retry }\n");
    house.runbook(["run", "a.md", "--yes"]).exits(5);
    house.runbook(["resume", "--yes", "--answers", "retry.yaml", "--var", "lag=1"]).exits(0);
    assert!(house.exists("made"), "the condition is true");
}

/// A way back has ways of its own: only the one that is chosen is gone, and what stands behind them is for all.
#[test]
fn a_way_back_asks_which_way() {
    let section = "\n## Rollback\n\n**If the old one is up:**\n\n1. Start the old one.\n   ```bash\n   echo old >> trace\n   ```\n\n\
        **Otherwise:**\n\n1. Rebuild it.\n   ```bash\n   echo rebuilt >> trace\n   ```\n\n### Tell\n\n```bash\necho told >> trace\n```\n";
    for (way, trace) in [("If the old one is up", "old"), ("Otherwise", "rebuilt")] {
        let house = House::new();
        house.file("a.md", format!("{FAILS}{section}"));
        house.file("answers.yaml", format!("on_failure: {{ fail: rollback }}\ndecisions: {{ '*': '{way}' }}\n"));
        house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(6);
        assert_eq!(house.read("trace"), format!("work\nfail\nundone\n{trace}\ntold\n"), "{way}");
        assert_eq!(outcome(&house), "rolled-back");
    }
    // With nobody to say which, it waits and runs none of them.
    let house = House::new();
    house.file("a.md", format!("{FAILS}{section}"));
    house.file("answers.yaml", "on_failure: { fail: rollback }\n");
    house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(5);
    assert_eq!(house.read("trace"), "work\nfail\nundone\n");
}
