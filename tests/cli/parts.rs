//! Parts of a plan, rehearsals, values from outside.

use crate::PLAIN;
use crate::support::{House, journal};
use runbook as _;

const THREE: &str = "\
---
id: T-3
---
# Three

## Procedure

1. One.
   ```bash {#one}
   echo one >> trace
   ```
2. Two.
   ```bash {#two}
   echo two >> trace
   ```
3. Three.
   ```bash {#three}
   echo three >> trace
   ```

## Rollback

1. Back.
   ```bash {#back}
   echo back >> trace
   ```
";

fn three() -> House {
    let house = House::new();
    house.file("a.md", THREE);
    house
}

#[test]
fn start_at_and_until_cut_a_part_out() {
    let table: &[(&[&str], &str)] = &[
        (&[], "one\ntwo\nthree\n"),
        (&["--start-at", "two"], "two\nthree\n"),
        (&["--until", "two"], "one\ntwo\n"),
        (&["--start-at", "two", "--until", "two"], "two\n"),
        (&["--start-at", "1.3"], "three\n"),
        (&["--until", "1.1"], "one\n"),
    ];
    for (options, trace) in table {
        let house = three();
        house.runbook([&["run", "a.md", "--yes"], *options].concat()).exits(0);
        assert_eq!(house.read("trace"), *trace, "{options:?}");
    }
}

#[test]
fn a_step_whose_command_has_a_name_of_its_own_is_found_by_either() {
    for name in ["two", "command", "1.2"] {
        let house = House::new();
        let page = THREE.replace("2. Two.\n   ```bash {#two}", "2. Two. {#two}\n   ```bash {#command}");
        assert!(page.contains("{#command}"), "{page}");
        house.file("a.md", page);
        house.runbook(["run", "a.md", "--yes", "--until", name]).exits(0);
        assert_eq!(house.read("trace"), "one\ntwo\n", "{name}");
    }
}

#[test]
fn a_part_is_recorded_as_a_part() {
    let house = three();
    house.runbook(["run", "a.md", "--yes", "--start-at", "two", "--until", "two"]).exits(0);
    let events = house.events();
    assert_eq!(events[0]["start_at"], "two");
    assert_eq!(events[0]["until"], "two");
    assert_eq!(events.last().unwrap()["reason"], "up to `two`, as asked");
}

#[test]
fn an_unknown_step_gets_a_suggestion_and_nothing_begins() {
    for option in ["--start-at", "--until"] {
        let house = three();
        house
            .runbook(["run", "a.md", "--yes", option, "thre"])
            .exits(2)
            .warns("no step is called `thre`")
            .warns("did you mean `three`?");
        house.runbook(["run", "a.md", "--yes", option, "zzzz"]).exits(2).warns("runbook plan");
        house.has_no_run();
    }
}

#[test]
fn the_way_back_is_no_place_to_begin_or_end() {
    for option in ["--start-at", "--until"] {
        let house = three();
        house.runbook(["run", "a.md", "--yes", option, "back"]).exits(2).warns("back");
        house.has_no_run();
    }
}

#[test]
fn an_end_that_lies_before_the_beginning_is_refused() {
    let house = three();
    house.runbook(["run", "a.md", "--yes", "--start-at", "three", "--until", "one"]).exits(2).warns("one");
    house.has_no_run();
}

#[test]
fn a_rehearsal_executes_nothing_and_says_what_is_missing() {
    let house = House::new();
    house.file(
        "a.md",
        "# T\n\n## Procedure\n\n1. Copy.\n   ```bash {#copy}\n   no-such-program-here <target_host> > made\n   touch made\n   ```\n\
         2. Read.\n   ```bash {#read effect=read}\n   touch made; echo {{ region }}\n   ```\n",
    );
    for option in [&["--dry-run"][..], &["--mode", "tabletop"]] {
        let args = [&["run", "a.md"], option].concat();
        house
            .runbook(&args)
            .exits(0)
            .says("<target_host>")
            .says("{{ region }}")
            .says("line 7")
            .says("no-such-program-here");
        assert!(!house.exists("made"), "a rehearsal touched the world");
    }
    let args = ["run", "a.md", "--dry-run", "--var", "target_host=db1", "--var", "region=eu"];
    house.runbook(args).exits(0).says("no-such-program-here db1").never_says("<target_host>").says("Every placeholder");
}

#[test]
fn a_walkthrough_executes_only_what_is_proven_to_read() {
    let house = House::new();
    house.file(
        "a.md",
        "# T\n\n## Procedure\n\n1. Write.\n   ```bash {#write}\n   touch written\n   ```\n\
         2. Read.\n   ```bash {#read effect=read}\n   touch looked\n   ```\n",
    );
    house.runbook(["run", "a.md", "--mode", "walkthrough", "--yes"]).exits(0);
    assert!(!house.exists("written"));
    assert!(house.exists("looked"));
}

#[test]
fn modes_that_cannot_be_had_are_refused_before_anything_begins() {
    let house = three();
    house.runbook(["run", "a.md", "--mode", "simulation"]).exits(2);
    house.runbook(["run", "a.md", "--mode", "live", "--dry-run"]).exits(2);
    house.runbook(["run", "a.md", "--mode", "real"]).exits(2).warns("live");
    house.runbook(["run", "a.md", "--inventory", "hosts.yaml"]).exits(2);
    house.runbook(["run"]).exits(2);
    house.runbook(["fly"]).exits(2);
    house.runbook(["run", "a.md", "--incident-start", "2999-01-01T00:00:00Z"]).exits(2).warns("future");
    house.runbook(["run", "a.md", "--incident-start", "soon"]).exits(2).warns("`soon` is not a time");
    house.has_no_run();
}

#[test]
fn a_var_is_a_name_and_a_value() {
    let house = three();
    house.runbook(["run", "a.md", "--yes", "--var", "host"]).exits(2).warns("`--var host` has no value");
    house.runbook(["run", "a.md", "--yes", "--var", "=db1"]).exits(2).warns("--var");
    house.has_no_run();
}

const GREET: &str = "# T\n\n## Procedure\n\n1. Greet.\n   ```bash {#greet}\n   echo {{ person }} > greeted\n   ```\n";

#[test]
fn values_come_from_options_and_files_and_the_option_wins() {
    let house = House::new();
    house.file("a.md", GREET);
    house.file("vars.yaml", "person: file\n");
    house.runbook(["run", "a.md", "--yes", "--var-file", "vars.yaml"]).exits(0);
    assert_eq!(house.read("greeted"), "file\n");
    house.runbook(["run", "a.md", "--yes", "--var-file", "vars.yaml", "--var", "person=option"]).exits(0);
    assert_eq!(house.read("greeted"), "option\n");
    house.runbook(["run", "a.md", "--yes", "--var", "person=a=b"]).exits(0);
    assert_eq!(house.read("greeted"), "a=b\n");
    // A value is one word to the shell, whatever it holds.
    house.runbook(["run", "a.md", "--yes", "--var", "person=x; touch pwned $(touch pwned) 'q'"]).exits(0);
    assert_eq!(house.read("greeted"), "x; touch pwned $(touch pwned) 'q'\n");
    assert!(!house.exists("pwned"));
    house.runbook(["run", "a.md", "--yes", "--var", "persn=x"]).exits(5).warns("did you mean `person`?");
}

#[test]
fn a_variables_file_that_is_wrong_is_refused_with_the_place() {
    let table = [
        ("person: a\nperson: b\n", "vars.yaml:2:1", "given twice"),
        ("person: [a\n", "vars.yaml:", "vars.yaml"),
        ("- person\n", "vars.yaml:1:", "map"),
        ("person: { a: b }\n", "vars.yaml:1:1", "plain value"),
    ];
    for (text, place, word) in table {
        let house = House::new();
        house.file("a.md", GREET);
        house.file("vars.yaml", text);
        house.runbook(["run", "a.md", "--yes", "--var-file", "vars.yaml"]).exits(2).warns(place).warns(word);
        house.has_no_run();
        assert!(!house.exists("greeted"));
    }
    let house = House::new();
    house.file("a.md", GREET);
    house.runbook(["run", "a.md", "--yes", "--var-file", "gone.yaml"]).exits(2).warns("gone.yaml");
    house.has_no_run();
}

#[test]
fn a_placeholder_without_a_value_never_reaches_a_shell() {
    let house = House::new();
    house.file("a.md", GREET);
    house.runbook(["run", "a.md", "--yes"]).exits(5).says("`person`");
    assert!(!house.exists("greeted"));
    assert!(journal::of(&house.events(), "step-started").is_empty());
}

#[test]
fn json_prints_exactly_what_the_journal_holds() {
    let house = House::new();
    house.file("a.md", PLAIN);
    let ran = house.runbook(["run", "a.md", "--yes", "--format", "json"]).exits(0);
    let records: Vec<serde_json::Value> = journal::records(&house.run_dir());
    let mut printed = ran.lines();
    let mut kept = records.clone();
    // The line's own checksum, and that its batch goes on, belong to the file.
    for record in printed.iter_mut().chain(&mut kept) {
        record.as_object_mut().unwrap().remove("sum");
        record.as_object_mut().unwrap().remove("more");
    }
    assert_eq!(printed, kept);
    assert!(records.len() >= 6);
    let journal = house.runbook(["journal", "latest"]).exits(0);
    assert_eq!(journal.lines(), records);
}
