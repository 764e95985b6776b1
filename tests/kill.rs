//! What is left of a run when its process, its terminal or its patience ends in the middle of a step.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use nix::sys::signal::Signal;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use support::pty::Pty;
use support::{Dice, House, Ran, eventually, is_quiet, journal};

/// A step that takes up to ten seconds, or until a file `go` is there; it leaves a trace when it begins and when it ends.
fn long(attributes: &str) -> String {
    format!(
        "---\nid: T-K\n---\n# Long\n\n## Procedure\n\n\
         1. Take long.\n   ```bash {{#long {attributes}}}\n   echo began >> trace; touch began\n   \
         for i in $(seq 1000); do [ -e go ] && break; echo tick; sleep 0.01; done\n   echo ended >> trace\n   ```\n\
         2. Go on.\n   ```bash {{#after}}\n   echo after >> trace\n   ```\n"
    )
}

fn house(attributes: &str) -> House {
    let house = House::new();
    house.file("a.md", long(attributes));
    house
}

/// The program was killed while the step ran, and the step was left to end.
fn killed(attributes: &str) -> House {
    let house = house(attributes);
    let running = house.call(["run", "a.md", "--yes"]).start();
    eventually("the step begins", || house.exists("began"));
    drop(running.kill());
    house.file("go", "");
    is_quiet(house.path());
    house
}

fn verifies(house: &House) {
    house.runbook(["journal", "latest", "--verify"]).exits(0).says("unbroken chain");
}

#[test]
fn a_step_that_was_cut_off_is_unknown_and_not_run_again() {
    let house = killed("");
    // Output goes nowhere once the program is gone, and that may end the step: this is what unknown means.
    let before = house.read("trace");
    assert!(before.starts_with("began\n"));
    house.runbook(["runs"]).exits(0).says("interrupted");
    for _ in 0..2 {
        let ran = house.runbook(["resume", "--yes"]).exits(7);
        assert!(ran.out.to_lowercase().contains("unknown") || ran.out.contains("may have happened"), "{}", ran.out);
        assert_eq!(house.read("trace"), before, "it ran again without a word");
    }
    let events = house.events();
    assert_eq!(journal::at(&events, "outcome-unknown", "long").len(), 1);
    assert_eq!(journal::at(&events, "step-started", "long").len(), 1);
    assert_eq!(events.last().unwrap()["reason"], "no answer for `long` in `unknown`");
    verifies(&house);
}

#[test]
fn a_step_that_is_still_running_is_told() {
    let house = house("");
    let running = house.call(["run", "a.md", "--yes"]).start();
    eventually("the step begins", || house.exists("began"));
    drop(running.kill());
    let ran = house.runbook(["resume", "--yes"]).exits(7);
    // It ends by itself when it finds nobody listening; only when it has not yet must it be told.
    if runbook::action::shell::still_running(&house.run_dir()).is_some() {
        ran.warns("still running");
    }
    house.file("go", "");
    is_quiet(house.path());
}

#[test]
fn again_runs_an_unknown_step_again_and_says_so() {
    let house = killed("");
    house.file("answers.yaml", "unknown: { long: again }\n");
    house.runbook(["resume", "--yes", "--answers", "answers.yaml"]).exits(0);
    let trace = house.read("trace");
    assert_eq!(trace.matches("began").count(), 2, "{trace}");
    assert!(trace.ends_with("ended\nafter\n"), "{trace}");
    let events = house.events();
    assert_eq!(journal::at(&events, "unknown-answered", "long")[0]["answer"], "again");
    assert_eq!(journal::at(&events, "step-started", "long")[1]["attempt"], 2);
    verifies(&house);
}

#[test]
fn happened_goes_on_without_running_it() {
    let house = killed("");
    let before = house.read("trace");
    house.file("answers.yaml", "unknown: { long: happened }\n");
    house.runbook(["resume", "--yes", "--answers", "answers.yaml"]).exits(0);
    assert_eq!(house.read("trace"), format!("{before}after\n"));
    assert_eq!(journal::at(&house.events(), "step-succeeded", "long")[0]["how"], "happened");
    verifies(&house);
}

#[test]
fn stop_leaves_an_unknown_step_stuck() {
    let house = killed("");
    house.file("answers.yaml", "unknown: { long: stop }\n");
    house.runbook(["resume", "--yes", "--answers", "answers.yaml"]).exits(7);
    assert_eq!(house.events().last().unwrap()["outcome"], "stuck");
    assert!(!house.read("trace").contains("after"));
}

#[test]
fn a_star_does_not_say_that_the_point_of_no_return_happened() {
    let house = house("pivot");
    house.file("run.yaml", "commands: { long: run }\n");
    let running = house.call(["run", "a.md", "--yes", "--answers", "run.yaml"]).start();
    eventually("the step begins", || house.exists("began"));
    drop(running.kill());
    house.file("go", "");
    is_quiet(house.path());
    for word in ["happened", "again"] {
        house.file("star.yaml", format!("unknown: {{ '*': {word} }}\n"));
        house.runbook(["resume", "--yes", "--answers", "star.yaml"]).exits(7);
    }
    assert!(!house.read("trace").contains("after"));
}

#[test]
fn what_is_safe_to_run_again_runs_again_by_itself() {
    for attributes in ["effect=read", "idempotent"] {
        let house = killed(attributes);
        house.file("run.yaml", "commands: { after: run }\n");
        house.runbook(["resume", "--answers", "run.yaml"]).exits(0);
        let trace = house.read("trace");
        assert_eq!(trace.matches("began").count(), 2, "{attributes}: {trace}");
        assert!(trace.ends_with("ended\nafter\n"), "{attributes}: {trace}");
        let events = house.events();
        assert_eq!(journal::at(&events, "outcome-unknown", "long").len(), 1, "{attributes}");
        verifies(&house);
    }
}

const STEPS: usize = 30;

fn thirty() -> House {
    let house = House::new();
    let mut text = "---\nid: T-30\n---\n# Thirty\n\n## Procedure\n\n".to_owned();
    for n in 1..=STEPS {
        writeln!(text, "{n}. Step {n}.\n   ```bash {{#s{n}}}\n   echo s{n} >> trace\n   ```").unwrap();
    }
    house.file("a.md", text);
    house
}

/// How often each step ran.
fn counts(house: &House) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in house.read("trace").lines() {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

/// Steps that somebody who watched was told are done.
fn told(ran: &Ran) -> Vec<String> {
    ran.out
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|record| record["event"]["type"] == "step-succeeded")
        .map(|record| record["event"]["node"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn killed_at_any_moment_nothing_that_was_shown_is_lost_and_nothing_runs_twice() {
    let whole = thirty().runbook(["run", "a.md", "--yes", "--format", "json"]).exits(0).took;
    let mut dice = Dice::new(20_261_121);
    let mut unknown = 0;
    let mut began = 0;
    // On a busy machine many are killed before they begin: others take their place.
    for round in 0..80 {
        if began == 16 {
            break;
        }
        let house = thirty();
        let mut shown = Vec::new();
        let mut args = vec!["run", "a.md", "--yes", "--format", "json"];
        for _ in 0..=dice.roll(3) {
            let running = house.call(&args).start();
            std::thread::sleep(whole.mul_f64(f64::from(u32::try_from(dice.roll(1000)).unwrap()) / 1000.0));
            let ran = running.kill();
            shown.extend(told(&ran));
            is_quiet(house.path());
            if house.run_dirs().is_empty() || house.events().is_empty() {
                // Killed before the first record: there is no run, and nothing ran.
                assert!(!house.exists("trace"));
                break;
            }
            args = vec!["resume", "--yes", "--format", "json"];
        }
        if house.run_dirs().is_empty() || house.events().is_empty() {
            continue;
        }
        began += 1;
        finish(&house, &mut shown, &mut unknown, round);
        let counts = counts(&house);
        for n in 1..=STEPS {
            assert_eq!(counts.get(&format!("s{n}")), Some(&1), "round {round}: step {n} in {counts:?}");
        }
        let events = house.events();
        for node in &shown {
            let done = journal::at(&events, "step-succeeded", node);
            assert_eq!(done.len(), 1, "round {round}: {node} was shown as done");
        }
        verifies(&house);
    }
    println!("{began} runs were cut, {unknown} times in the middle of a step");
    assert_eq!(began, 16, "hardly any run was cut");
}

/// Goes on until the end, as an operator who looks before saying anything.
fn finish(house: &House, shown: &mut Vec<String>, unknown: &mut usize, round: u64) {
    if house.events().last().unwrap()["type"] == "run-finished" {
        return;
    }
    let mut ran = house.runbook(["resume", "--yes", "--format", "json"]);
    shown.extend(told(&ran));
    if ran.status.code() == Some(7) {
        *unknown += 1;
        let events = house.events();
        let node = journal::of(&events, "outcome-unknown").last().unwrap()["node"].as_str().unwrap().to_owned();
        let word = if counts(house).contains_key(&node) { "happened" } else { "again" };
        house.file("look.yaml", format!("unknown: {{ {node}: {word} }}\n"));
        ran = house.runbook(["resume", "--yes", "--format", "json", "--answers", "look.yaml"]);
        shown.extend(told(&ran));
    }
    assert_eq!(ran.status.code(), Some(0), "round {round}: {}{}", ran.out, ran.err);
}

#[test]
fn a_hang_up_lets_the_command_end_and_pauses_the_run() {
    let house = house("");
    let running = house.call(["run", "a.md", "--yes"]).start();
    eventually("the step begins", || house.exists("began"));
    running.signal(Signal::SIGHUP);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(house.read("trace"), "began\n", "the command was stopped");
    house.file("go", "");
    running.wait().exits(5);
    paused_after_it(&house, "the terminal is gone");
}

/// The step ran to its end, that is on record, the run waits, and can go on.
fn paused_after_it(house: &House, reason: &str) {
    assert_eq!(house.read("trace"), "began\nended\n");
    let events = house.events();
    assert_eq!(journal::at(&events, "step-succeeded", "long")[0]["how"], "ran");
    assert_eq!(events.last().unwrap()["type"], "paused");
    assert!(events.last().unwrap()["reason"].as_str().unwrap().contains(reason), "{events:?}");
    house.runbook(["resume", "--yes"]).exits(0);
    assert_eq!(house.read("trace"), "began\nended\nafter\n");
    verifies(house);
}

#[test]
fn a_terminal_that_goes_away_lets_the_command_end_and_pauses_the_run() {
    let house = house("");
    let mut pty = Pty::start(house.path(), &["run", "a.md", "--yes"]);
    eventually("the step begins", || house.exists("began"));
    pty.hang_up();
    // The step is given time to notice, if it does.
    let until = Instant::now() + Duration::from_millis(200);
    eventually("some time", || Instant::now() > until);
    house.file("go", "");
    assert_eq!(pty.wait(), 5);
    paused_after_it(&house, "the terminal is gone");
}

#[test]
fn a_terminal_that_goes_away_at_a_question_pauses_the_run() {
    let house = house("");
    let mut pty = Pty::start(house.path(), &["run", "a.md"]);
    pty.expect("Take long.");
    eventually("the question is due", || house.run_dirs().len() == 1 && house.events().len() == 2);
    pty.hang_up();
    nix::sys::signal::kill(pty.pid(), Signal::SIGHUP).unwrap_or_default();
    assert_eq!(pty.wait(), 5);
    assert_eq!(house.events().last().unwrap()["type"], "paused");
    assert!(!house.exists("trace"), "a lost terminal said yes");
}

#[test]
fn being_told_to_end_stops_the_command_and_pauses_the_run() {
    let house = house("");
    let running = house.call(["run", "a.md", "--yes"]).start();
    eventually("the step begins", || house.exists("began"));
    running.signal(Signal::SIGTERM);
    running.wait().exits(5);
    is_quiet(house.path());
    assert_eq!(house.read("trace"), "began\n", "the command was not stopped");
    let events = house.events();
    assert_eq!(journal::at(&events, "step-failed", "long")[0]["cause"], "stopped");
    assert_eq!(events.last().unwrap()["type"], "paused");
    assert_eq!(events.last().unwrap()["reason"], "runbook was told to end");
    house.file("go", "");
    house.file("retry.yaml", "on_failure: { long: retry }\n");
    house.runbook(["resume", "--yes", "--answers", "retry.yaml"]).exits(0);
    verifies(&house);
}

#[test]
fn ctrl_c_without_a_terminal_stops_the_command() {
    let house = house("");
    let running = house.call(["run", "a.md", "--yes"]).start();
    eventually("the step begins", || house.exists("began"));
    running.signal(Signal::SIGINT);
    let ran = running.wait().exits(5);
    is_quiet(house.path());
    assert_eq!(house.read("trace"), "began\n", "{}", ran.out);
    assert_eq!(journal::at(&house.events(), "step-failed", "long")[0]["cause"], "stopped");
}

/// Presses Ctrl-C while the step runs.
fn interrupted() -> (House, Pty) {
    let house = house("");
    let mut pty = Pty::start(house.path(), &["run", "a.md", "--yes"]);
    eventually("the step begins", || house.exists("began"));
    pty.interrupt();
    pty.expect("Ctrl-C");
    assert_eq!(house.read("trace"), "began\n", "Ctrl-C alone did something");
    (house, pty)
}

#[test]
fn ctrl_c_then_stop_stops_the_command_and_asks_what_now() {
    let (house, mut pty) = interrupted();
    pty.line("s");
    is_failed(&house);
    // What is typed before the question stands there is thrown away.
    pty.expect("r retry");
    pty.line("p");
    assert_eq!(pty.wait(), 5);
    assert_eq!(house.read("trace"), "began\n");
}

fn is_failed(house: &House) {
    eventually("the failure is on record", || {
        journal::at(&house.events(), "step-failed", "long").first().is_some_and(|e| e["cause"] == "stopped")
    });
}

#[test]
fn ctrl_c_twice_stops_the_command() {
    let (house, mut pty) = interrupted();
    pty.interrupt();
    is_failed(&house);
    pty.expect("r retry");
    pty.line("p");
    assert_eq!(pty.wait(), 5);
}

#[test]
fn ctrl_c_then_pause_lets_the_command_end_and_pauses() {
    let (house, mut pty) = interrupted();
    pty.line("p");
    house.file("go", "");
    assert_eq!(pty.wait(), 5);
    paused_after_it(&house, "Ctrl-C");
}

#[test]
fn ctrl_c_then_enter_goes_on() {
    let (house, mut pty) = interrupted();
    pty.line("");
    house.file("go", "");
    assert_eq!(pty.wait(), 0);
    assert_eq!(house.read("trace"), "began\nended\nafter\n");
}

const BEFORE: &str = "---\nid: T-E\n---\n# Edited\n\n## Procedure\n\n1. One.\n   ```bash {#one}\n   echo one >> trace\n   ```\n\
    2. Two.\n   ```bash {#two effect=destructive}\n   echo two >> trace\n   ```\n3. Three.\n   ```bash {#three}\n   echo three >> trace\n   ```\n";

/// The run waits at `two`; then the file is changed.
fn edited(from: &str, to: &str) -> House {
    let house = House::new();
    house.file("a.md", BEFORE);
    house.runbook(["run", "a.md", "--yes"]).exits(5);
    assert!(BEFORE.contains(from));
    house.file("a.md", BEFORE.replace(from, to));
    house.file("answers.yaml", "commands: { two: run, zwei: run }\n");
    house
}

#[test]
fn an_edited_runbook_is_shown_and_nobody_guesses() {
    let house = edited("echo three", "echo drei");
    let before = house.events();
    house
        .runbook(["resume", "--yes", "--answers", "answers.yaml"])
        .exits(5)
        .warns("-   echo three >> trace")
        .warns("+   echo drei >> trace")
        .warns("--edited stored");
    assert_eq!(house.events(), before, "the journal was changed");
    assert_eq!(house.read("trace"), "one\n");
}

#[test]
fn an_edited_runbook_can_be_left_aside() {
    let house = edited("echo three", "echo drei");
    house.file("answers.yaml", "commands: { two: run }\n");
    house.runbook(["resume", "--yes", "--answers", "answers.yaml", "--edited", "stored"]).exits(0);
    assert_eq!(house.read("trace"), "one\ntwo\nthree\n");
    assert_eq!(journal::of(&house.events(), "run-resumed")[0]["edited"], false);
    verifies(&house);
}

#[test]
fn an_edited_runbook_can_be_followed_and_is_kept() {
    let house = edited("echo three", "echo drei");
    house.file("answers.yaml", "commands: { two: run }\n");
    house.runbook(["resume", "--yes", "--answers", "answers.yaml", "--edited", "current"]).exits(0);
    assert_eq!(house.read("trace"), "one\ntwo\ndrei\n");
    let events = house.events();
    assert_eq!(journal::of(&events, "run-resumed")[0]["edited"], true);
    verifies(&house);
    let texts = support::files(&house.run_dir()).into_iter().filter(|(p, _)| p.extension().is_some_and(|e| e == "md"));
    assert_eq!(texts.count(), 2, "both texts are evidence");
}

#[test]
fn an_edited_runbook_without_the_step_the_run_is_at_is_refused() {
    let house = edited("{#two effect", "{#zwei effect");
    house.file("answers.yaml", "commands: { '*': run }\n");
    let before = house.events();
    let ran = house.runbook(["resume", "--yes", "--answers", "answers.yaml", "--edited", "current"]).exits(2);
    ran.warns("no longer has the step the run is at, `two`").warns("--edited stored");
    assert_eq!(house.events(), before);
    assert_eq!(house.read("trace"), "one\n");
}

#[test]
fn an_edited_runbook_with_errors_is_refused() {
    let house = edited("{#three}", "{#three efect=read}");
    house.file("answers.yaml", "commands: { two: run }\n");
    let before = house.events();
    house.runbook(["resume", "--yes", "--answers", "answers.yaml", "--edited", "current"]).exits(3).warns("efect");
    assert_eq!(house.events(), before);
    house.runbook(["resume", "--yes", "--answers", "answers.yaml", "--edited", "stored"]).exits(0);
}

#[test]
fn a_runbook_that_is_gone_is_resumed_from_the_text_kept_with_the_run() {
    let house = edited("echo three", "echo drei");
    std::fs::remove_file(house.path().join("a.md")).unwrap();
    house.file("answers.yaml", "commands: { two: run }\n");
    house.runbook(["resume", "--yes", "--answers", "answers.yaml"]).exits(0);
    assert_eq!(house.read("trace"), "one\ntwo\nthree\n");
}

#[test]
fn the_session_survives_a_kill() {
    let house = House::new();
    house.file(
        "a.md",
        "# T\n\n## Procedure\n\n1. Set.\n   ```bash {#set}\n   export who=world; greet() { echo \"hello $who from $(basename \"$PWD\")\"; }; mkdir -p deep; cd deep\n   ```\n\
         2. Hold.\n   ```bash {#hold}\n   touch began; for ((i = 0; i < 3000; i++)); do if [ -e go ]; then break; fi; sleep 0.01; done\n   ```\n\
         3. Greet.\n   ```bash {#greet}\n   greet > greeting\n   ```\n",
    );
    let running = house.call(["run", "a.md", "--yes"]).start();
    eventually("the second step runs", || house.exists("deep/began"));
    drop(running.kill());
    house.file("deep/go", "");
    house.file("answers.yaml", "unknown: { hold: happened }\n");
    house.runbook(["resume", "--yes", "--answers", "answers.yaml"]).exits(0);
    assert_eq!(house.read("deep/greeting"), "hello world from deep\n");
}
