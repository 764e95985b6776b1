//! A call of another runbook: a run of its own, that the run which calls waits for, resumes and rolls back.

use crate::support::pty::Pty;
use crate::support::{House, journal};
use serde_json::Value;
use std::path::PathBuf;

const CALLER: &str = "---\nid: CALLER\n---\n# Switch over\n\n## Steps\n\n1. Look.\n\n   ```bash\n   echo looked >> log\n   ```\n\n\
                      2. Follow [the promotion](sub/called.md). <!-- runbook: #promote -->\n\n3. Tell.\n\n   ```bash\n   echo told >> log\n   ```\n\n   \
                      **Rollback**:\n\n   ```bash\n   echo untold >> log\n   ```\n";
const CALLED: &str = "---\nid: CALLED\n---\n# Promote\n\n## Steps\n\n1. Promote.\n\n   ```bash\n   echo promoted >> log\n   ```\n\n   \
                      **Rollback**:\n\n   ```bash\n   echo demoted >> log\n   ```\n\n2. GO/NO-GO: does it write? <!-- runbook: #writes gate -->\n";

const ONE: &str = "---\nid: ONE\n---\n# One\n\n1. Restore.\n\n   ```bash\n   echo restored >> log\n   ```\n";

/// Both pages, and an answers file of the one for the other.
fn house(gate: &str) -> House {
    let house = House::new();
    house.file("caller.md", CALLER);
    house.file("sub/called.md", CALLED);
    house.file("answers/caller.yaml", "calls: { promote: called.yaml }\n");
    house.file("answers/called.yaml", format!("gates: {{ writes: {gate} }}\n"));
    house
}

/// The events of the only run of a runbook, and its directory.
fn run_of(house: &House, id: &str) -> (PathBuf, Vec<Value>) {
    let of = |dir: &PathBuf| journal::events(dir)[0]["runbook"] == id;
    let found: Vec<PathBuf> = house.run_dirs().into_iter().filter(of).collect();
    assert_eq!(found.len(), 1, "one run of {id} was expected: {found:?}");
    let events = journal::events(&found[0]);
    (found[0].clone(), events)
}

fn name(dir: &PathBuf) -> String {
    std::path::Path::new(dir).file_name().unwrap().to_string_lossy().into_owned()
}

const RUN: [&str; 5] = ["run", "caller.md", "--yes", "--answers", "answers/caller.yaml"];

#[test]
fn what_is_called_is_a_run_of_its_own_that_names_its_caller() {
    let house = house("yes");
    house.runbook(RUN).exits(0).says("runbook run sub/called.md").says("which goes on when this one ends");
    assert_eq!(house.read("log"), "looked\npromoted\ntold\n");
    let (caller, ours) = run_of(&house, "CALLER");
    let (called, theirs) = run_of(&house, "CALLED");
    assert_eq!(theirs[0]["called_by"]["run"], name(&caller));
    assert_eq!(theirs[0]["called_by"]["node"], "promote");
    assert_eq!(theirs[0]["called_by"]["visit"], 1);
    assert_eq!(theirs[0]["mode"], ours[0]["mode"]);
    assert!(ours[0].get("called_by").is_none());
    let done = journal::of(&ours, "step-succeeded").into_iter().find(|e| e["node"] == "promote").unwrap().clone();
    assert_eq!(done["summary"], format!("run {} of `sub/called.md`", name(&called)));
    // Without a name the run is meant that nobody called, although the other began later.
    house.runbook(["show", "latest"]).exits(0).says("Switch over");
    house.runbook(["show", &name(&called)]).exits(0).says(&name(&caller));
    house.runbook(["timeline", "latest"]).exits(0).says(&name(&called));
}

/// Its lines are as wide as there is room for beside the bar, and its rules are not wrapped a second time.
#[test]
fn what_a_called_run_says_fits_beside_the_bar() {
    let house = house("yes");
    let done = house.runbook(RUN).exits(0);
    let (ours, theirs): (Vec<&str>, Vec<&str>) =
        done.out.lines().filter(|line| line.contains("──")).partition(|line| line.starts_with('─'));
    let width = |lines: &[&str]| lines.iter().map(|line| line.chars().count()).max();
    assert!(theirs.iter().all(|line| line.contains("│ ──")), "wrapped twice: {theirs:?}");
    assert!(width(&theirs).is_some() && width(&theirs) == width(&ours), "{theirs:?}");
}

/// What the called run did stands in its caller's timeline and post-mortem, at its place, and leads to the other journal.
#[test]
fn what_a_called_run_did_is_told_by_the_run_that_called_it() {
    let house = house("yes");
    house.runbook([&RUN[..], &["--incident-start", "12m ago"]].concat()).exits(0);
    let (caller, called) = (name(&run_of(&house, "CALLER").0), name(&run_of(&house, "CALLED").0));
    let rows = house.runbook(["timeline", &caller, "--format", "json"]).exits(0).json();
    let rows = rows.as_array().unwrap();
    let place = |event: &str| rows.iter().position(|row| row["event"].as_str().unwrap().contains(event)).unwrap();
    let theirs = place("Started: Promote");
    assert!(place("Started: Follow") < theirs && theirs < place("Started: Tell"), "{rows:?}");
    assert_eq!(rows[theirs]["run"], called.as_str());
    assert!(rows[theirs]["seq"].is_null());
    let origin = rows[theirs]["origin"].as_str().unwrap();
    assert!(origin.starts_with(&format!("{called}#")), "{origin}");
    // All of them between the begin and the end of the step that called.
    let own: Vec<usize> = (0..rows.len()).filter(|at| rows[*at]["run"] == called.as_str()).collect();
    assert_eq!(own.len(), own[own.len() - 1] - own[0] + 1, "{rows:?}");
    let short = format!("{}#", called.rsplit_once('-').unwrap().1);
    house.runbook(["timeline", &caller]).exits(0).says(&short).says("Promote");
    house.runbook(["timeline", &caller, "--format", "html"]).exits(0).says(origin);
    house.runbook(["postmortem", &caller]).exits(0).says(origin);
    // An incident begins once.
    let began = |run: &str| {
        let rows = house.runbook(["timeline", run, "--format", "json"]).exits(0).json();
        rows.as_array().unwrap().iter().filter(|row| row["type"] == "incident-start").count()
    };
    assert_eq!(began(&caller), 1);
    // The called run's own tells nothing of its caller's, and the list says who called it.
    house.runbook(["timeline", &called]).exits(0).never_says("looked");
    house.runbook(["runs"]).exits(0).says("called by");
    let runs = house.runbook(["runs", "--format", "json"]).exits(0).json();
    let listed = runs.as_array().unwrap().iter().find(|run| run["run"] == called.as_str()).unwrap().clone();
    assert_eq!(listed["called_by"], caller.as_str());
    // A journal that cannot be read is named, and the rest is told.
    let path = run_of(&house, "CALLED").0.join("journal.jsonl");
    let text = std::fs::read_to_string(&path).unwrap().replacen("promoted", "demoted", 1);
    std::fs::write(&path, text).unwrap();
    house.runbook(["timeline", &caller]).exits(0).warns(&called).says("Tell");
}

#[test]
fn a_rehearsal_calls_nothing() {
    let house = house("yes");
    house.runbook(["run", "caller.md", "--dry-run"]).exits(0).says("runbook run sub/called.md");
    assert_eq!(house.run_dirs().len(), 1);
}

#[test]
fn the_way_back_of_what_was_called_is_that_of_its_run() {
    let house = house("yes");
    house.runbook(RUN).exits(0);
    house.runbook(["rollback", "latest", "--reason", "wrong", "--yes"]).exits(6);
    assert_eq!(house.read("log"), "looked\npromoted\ntold\nuntold\ndemoted\n");
    let (_, theirs) = run_of(&house, "CALLED");
    assert_eq!(journal::of(&theirs, "run-finished").last().unwrap()["outcome"], "rolled-back");
}

#[test]
fn what_was_rolled_back_by_itself_is_not_rolled_back_twice() {
    let house = house("yes");
    house.runbook(RUN).exits(0);
    let (called, _) = run_of(&house, "CALLED");
    house.runbook(["rollback", &name(&called), "--reason", "wrong", "--yes"]).exits(6);
    house.runbook(["rollback", "latest", "--reason", "wrong", "--yes"]).exits(6).says("was rolled back already");
    assert_eq!(house.read("log"), "looked\npromoted\ntold\ndemoted\nuntold\n");
}

#[test]
fn what_was_done_by_hand_is_not_rolled_back_from_here() {
    let house = house("yes");
    house.file("hand.yaml", "commands: { promote: done }\n");
    house.runbook(["run", "caller.md", "--yes", "--answers", "hand.yaml"]).exits(0);
    assert_eq!(house.read("log"), "looked\ntold\n");
    house.runbook(["rollback", "latest", "--reason", "wrong", "--yes"]).exits(6).says("it was done by hand");
    assert_eq!(house.read("log"), "looked\ntold\nuntold\n");
}

#[test]
fn a_no_in_what_was_called_is_a_failure_of_the_step() {
    let house = house("no");
    house.file("answers/caller.yaml", "calls: { promote: called.yaml }\non_failure: { promote: abort }\n");
    house.runbook(RUN).exits(1).says("of the other runbook: aborted");
    let (_, ours) = run_of(&house, "CALLER");
    let (called, _) = run_of(&house, "CALLED");
    let failed = journal::of(&ours, "step-failed")[0].clone();
    assert_eq!(failed["cause"], "called", "{failed}");
    assert_eq!(failed["run"], name(&called));
    assert_eq!(failed["outcome"], "aborted");
    assert_eq!(house.read("log"), "looked\npromoted\n");
}

#[test]
fn one_that_waits_is_unknown_and_is_gone_on_with() {
    let house = house("yes");
    // Nobody answers its gate, so it pauses.
    house.runbook(["run", "caller.md", "--yes"]).exits(7).says("is paused");
    let (_, ours) = run_of(&house, "CALLER");
    assert_eq!(journal::of(&ours, "outcome-unknown").len(), 1);
    house.file("answers/caller.yaml", "calls: { promote: called.yaml }\nunknown: { promote: again }\n");
    house.runbook(["resume", "--yes", "--answers", "answers/caller.yaml"]).exits(0);
    // The same run went on: it did not promote twice.
    let (_, theirs) = run_of(&house, "CALLED");
    assert_eq!(journal::of(&theirs, "run-resumed").len(), 1);
    assert_eq!(house.read("log"), "looked\npromoted\ntold\n");
}

#[test]
fn one_that_ended_while_nobody_waited_has_happened() {
    let house = house("yes");
    house.runbook(["run", "caller.md", "--yes"]).exits(7).says("is paused");
    let (called, _) = run_of(&house, "CALLED");
    house.runbook(["resume", &name(&called), "--answers", "answers/called.yaml"]).exits(0);
    // The caller looks at the run, and does not begin another.
    house.runbook(["resume", "--yes"]).exits(0).says("a look shows that it has happened");
    assert_eq!(house.read("log"), "looked\npromoted\ntold\n");
    assert_eq!(house.run_dirs().len(), 2);
}

#[test]
fn a_way_back_that_paused_is_gone_on_with() {
    let house = house("yes");
    house.runbook(RUN).exits(0);
    // Without `--yes` nobody says that the first undo may run.
    house.file("undo.yaml", "commands: { steps.tell/undo: run, promote/undo: run }\n");
    house.runbook(["rollback", "latest", "--reason", "wrong", "--answers", "undo.yaml"]).exits(7).says("is paused");
    house.file("undo.yaml", "unknown: { promote/undo: again }\n");
    house.runbook(["resume", "--yes", "--answers", "undo.yaml"]).exits(6);
    assert_eq!(house.read("log"), "looked\npromoted\ntold\nuntold\ndemoted\n");
}

#[test]
fn a_way_of_a_decision_may_call() {
    let house = house("yes");
    let page = "---\nid: CALLER\n---\n# T\n\n## Decision\n\n**If it is complete:** <!-- runbook: #way -->\n\n- Follow [the promotion](sub/called.md)\n\n\
                **Otherwise:**\n\n- Follow [the other](sub/other.md)\n";
    house.file("caller.md", page);
    house.file("sub/other.md", ONE);
    let plan = house.runbook(["plan", "caller.md", "--format", "json"]).exits(0);
    assert_eq!(plan.out.matches("\"kind\": \"call\"").count(), 2, "{}", plan.out);
    house.file("answers/caller.yaml", "decisions: { '*': 2 }\n");
    house.runbook(RUN).exits(0);
    assert_eq!(house.read("log"), "restored\n");
}

#[test]
fn each_round_of_a_loop_is_a_run_of_its_own() {
    let house = house("yes");
    let page = "---\nid: CALLER\n---\n# T\n\n## Steps\n\n1. Follow [the promotion](sub/called.md). <!-- runbook: #promote -->\n\n\
                ## Another\n\n**If there is another one:** <!-- runbook: #way -->\n\n- Again → [Steps](#steps)\n- No more → [End](#end)\n\n\
                ## End\n\n1. Tell.\n\n   ```bash\n   echo told >> log\n   ```\n";
    house.file("caller.md", page);
    house.file("answers/caller.yaml", "calls: { promote: called.yaml }\ndecisions: { '*': [1, 2] }\n");
    house.runbook(RUN).exits(0);
    assert_eq!(house.read("log"), "promoted\npromoted\ntold\n");
    assert_eq!(house.run_dirs().len(), 3);
}

#[test]
fn a_link_back_to_the_caller_does_not_begin_it_again() {
    let house = house("yes");
    house.file(
        "sub/called.md",
        "---\nid: CALLED\n---\n# T\n\n1. Follow [the caller](../caller.md). <!-- runbook: #back -->\n",
    );
    house.file("answers/caller.yaml", "calls: { promote: called.yaml }\non_failure: { promote: abort }\n");
    house.file("answers/called.yaml", "on_failure: { back: abort }\n");
    house.runbook(RUN).exits(1).says("is open already");
    assert_eq!(house.run_dirs().len(), 2);
    assert_eq!(house.read("log"), "looked\n");
}

#[test]
fn answers_for_a_call_that_is_none_are_an_error() {
    let house = house("yes");
    house.file("answers/caller.yaml", "calls: { promte: called.yaml }\n");
    house.runbook(RUN).exits(2).warns("did you mean `promote`?");
    house.has_no_run();
}

#[test]
fn at_a_terminal_one_person_leads_both() {
    let house = house("yes");
    let mut terminal = Pty::start(house.path(), &["run", "caller.md"]);
    terminal.expect("echo looked");
    terminal.expect("›");
    terminal.line("y");
    terminal.expect("runbook run sub/called.md");
    terminal.expect("›");
    terminal.line("y");
    terminal.expect("Promote");
    terminal.expect("echo promoted");
    terminal.expect("›");
    terminal.line("y");
    terminal.expect("does it write?");
    terminal.expect("›");
    terminal.line("yes");
    terminal.expect("completed");
    terminal.expect("echo told");
    terminal.expect("›");
    terminal.line("y");
    terminal.expect("completed");
    assert_eq!(terminal.wait(), 0);
    assert_eq!(house.read("log"), "looked\npromoted\ntold\n");
}

#[test]
fn a_call_on_a_way_before_the_point_of_no_return_is_told_of() {
    let house = house("yes");
    let page = "---\nid: CALLER\n---\n# T\n\n## Decision\n\n**If it is complete:** <!-- runbook: #way -->\n\n- Follow [the promotion](sub/called.md)\n\n\
                **Otherwise:**\n\n- [The other](sub/one.md)\n\n## Go\n\n1. Drop it. <!-- runbook: #drop pivot -->\n\n   ```bash\n   echo dropped >> log\n   ```\n\n\
                2. Tell.\n\n   ```bash\n   echo told >> log\n   ```\n\n   **Rollback**:\n\n   ```bash\n   echo untold >> log\n   ```\n";
    house.file("caller.md", page);
    house.file("sub/one.md", ONE);
    house.file("answers/caller.yaml", "decisions: { '*': 2 }\ncommands: { drop: run }\n");
    house.runbook(RUN).exits(0);
    let back = house.runbook(["rollback", "latest", "--reason", "wrong", "--yes"]).exits(6);
    back.says("done before the point of no return");
    assert_eq!(house.read("log"), "restored\ndropped\ntold\nuntold\n");
}

#[test]
fn a_way_back_may_call() {
    let house = house("yes");
    let page = "---\nid: CALLER\n---\n# T\n\n## Steps\n\n1. Go.\n\n   ```bash\n   echo gone >> log\n   ```\n\n\
                ## Rollback\n\n1. Follow [the other](sub/one.md).\n";
    house.file("caller.md", page);
    house.file("sub/one.md", ONE);
    house.runbook(["run", "caller.md", "--yes"]).exits(0);
    house.runbook(["rollback", "latest", "--reason", "wrong", "--yes"]).exits(6);
    assert_eq!(house.read("log"), "gone\nrestored\n");
}

#[test]
fn answers_for_calls_are_looked_for_before_anything_runs() {
    let house = house("yes");
    house.file("answers/caller.yaml", "calls: { promote: gone.yaml }\n");
    house.runbook(RUN).exits(2).warns("there is no file `answers/gone.yaml`");
    house.file("answers/caller.yaml", "calls: { '*': called.yaml }\n");
    house.runbook(RUN).exits(2).warns("does not name one file for one step");
    house.has_no_run();
}
