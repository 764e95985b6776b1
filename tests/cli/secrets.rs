//! A secret input is nowhere but in the command that needs it.

use crate::support::{House, Ran, files};

const SECRET: &str = "hunter2-correct-horse";

const TEXT: &str = "\
---
id: T-S
inputs:
  password: { secret: true, prompt: Password }
---
# Secrets

## Procedure

1. Use it.
   ```bash {#use}
   printf '%s' {{ password }} | sha256sum | cut -c1-8 >> used
   echo \"it is {{ password }} indeed\"
   echo \"error: {{ password }}\" >&2
   kept={{ password }}
   ```
2. Wait here.
   ```bash {#wait effect=destructive}
   echo waited
   ```
3. Use it again.
   ```bash {#again}
   echo \"once more {{ password }}\"; printf '%s' {{ password }} | sha256sum | cut -c1-8 >> used
   ```
4. Fail with it.
   ```bash {#fail expect=\"'{{ never }}' in stdout\"}
   echo {{ password }}; exit 3
   ```
";

#[track_caller]
fn is_clean(house: &House, rans: &[&Ran]) {
    for (path, bytes) in files(&house.runs()) {
        let found = bytes.windows(SECRET.len()).any(|w| w == SECRET.as_bytes());
        assert!(!found, "the secret is in {}", path.display());
    }
    for ran in rans {
        assert!(!ran.out.contains(SECRET), "on standard output of {}: {}", ran.shown, ran.out);
        assert!(!ran.err.contains(SECRET), "on standard error of {}: {}", ran.shown, ran.err);
    }
}

fn house() -> House {
    let house = House::new();
    house.file("a.md", TEXT.replace(" expect=\"'{{ never }}' in stdout\"", ""));
    house
}

/// `sha256("hunter2-correct-horse")`, to know that the true value reached the command.
fn used(times: usize) -> String {
    let digest = &runbook::journal::record::sha256_hex(SECRET.as_bytes())[..8];
    format!("{digest}\n").repeat(times)
}

fn reports(house: &House) -> Vec<Ran> {
    let lines: &[&[&str]] = &[
        &["timeline", "latest", "--all"],
        &["timeline", "latest", "--format", "json"],
        &["timeline", "latest", "--format", "html"],
        &["postmortem", "latest"],
        &["postmortem", "latest", "--format", "html"],
        &["show", "latest"],
        &["show", "latest", "--format", "json"],
        &["journal", "latest"],
    ];
    lines.iter().map(|line| house.runbook(*line).exits(0)).collect()
}

#[test]
fn a_secret_given_as_an_option_is_kept_nowhere() {
    let house = house();
    let var = format!("password={SECRET}");
    let run = house.runbook(["run", "a.md", "--yes", "--var", &var]).exits(5).says("••••••");
    assert_eq!(house.read("used"), used(1));
    house.file("go.yaml", "commands: { wait: run }\non_failure: { '*': abort }\n");
    // A new process does not know it: it asks again, and runs nothing without it.
    let without = house
        .runbook(["resume", "--yes", "--answers", "go.yaml"])
        .exits(5)
        .says("no answer for `password` in `inputs`");
    assert_eq!(house.read("used"), used(1));
    let with = house.runbook(["resume", "--yes", "--answers", "go.yaml", "--var", &var]).exits(1);
    assert_eq!(house.read("used"), used(2));
    let reports = reports(&house);
    let all: Vec<&Ran> = [&run, &without, &with].into_iter().chain(&reports).collect();
    is_clean(&house, &all);
    house.runbook(["journal", "latest", "--verify"]).exits(0);
}

#[test]
fn a_secret_given_in_an_answers_file_is_kept_nowhere() {
    let house = house();
    house.file(
        "answers.yaml",
        format!("inputs: {{ password: {SECRET} }}\ncommands: {{ wait: run }}\non_failure: {{ '*': abort }}\n"),
    );
    let run = house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(1);
    assert_eq!(house.read("used"), used(2));
    let reports = reports(&house);
    let all: Vec<&Ran> = [&run].into_iter().chain(&reports).collect();
    is_clean(&house, &all);
}

#[test]
fn a_secret_given_in_an_answers_file_is_asked_of_it_again_after_a_pause() {
    let house = house();
    house.file("answers.yaml", format!("inputs: {{ password: {SECRET} }}\n"));
    let run = house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(5);
    house.file(
        "answers.yaml",
        format!("inputs: {{ password: {SECRET} }}\ncommands: {{ wait: run }}\non_failure: {{ '*': abort }}\n"),
    );
    let resumed = house.runbook(["resume", "--yes", "--answers", "answers.yaml"]).exits(1);
    assert_eq!(house.read("used"), used(2));
    is_clean(&house, &[&run, &resumed]);
}

#[test]
fn a_secret_in_a_rehearsal_and_in_json_is_kept_nowhere() {
    let house = house();
    let var = format!("password={SECRET}");
    house.file("go.yaml", "commands: { '*': run, wait: run }\non_failure: { '*': abort }\n");
    let dry = house.runbook(["run", "a.md", "--dry-run", "--var", &var]).exits(0);
    let json =
        house.runbook(["run", "a.md", "--yes", "--answers", "go.yaml", "--var", &var, "--format", "json"]).exits(1);
    house.file("vars.yaml", format!("password: {SECRET}\n"));
    let file = house.runbook(["run", "a.md", "--yes", "--answers", "go.yaml", "--var-file", "vars.yaml"]).exits(1);
    is_clean(&house, &[&dry, &json, &file]);
}

#[test]
fn a_captured_secret_is_kept_nowhere() {
    let house = House::new();
    house.file(
        "a.md",
        "# T\n\n## Procedure\n\n1. Fetch.\n   ```bash {#fetch effect=read secret capture=token}\n   cat token.txt\n   ```\n\
         2. Use.\n   ```bash {#use}\n   echo \"token {{ token }}\"; printf '%s' {{ token }} | sha256sum | cut -c1-8 >> used\n   ```\n",
    );
    house.file("token.txt", format!("{SECRET}\n"));
    let run = house.runbook(["run", "a.md", "--yes"]).exits(0);
    assert_eq!(house.read("used"), used(1));
    let reports = reports(&house);
    let all: Vec<&Ran> = [&run].into_iter().chain(&reports).collect();
    is_clean(&house, &all);
}

#[test]
fn a_secret_is_not_left_behind_when_the_program_is_killed() {
    let house = House::new();
    house.file(
        "a.md",
        "---\ninputs:\n  password: { secret: true }\n---\n# T\n\n## Procedure\n\n\
         1. Hold.\n   ```bash {#hold}\n   key={{ password }}; export key\n   ```\n\
         2. Use.\n   ```bash {#use}\n   echo \"$key\"; touch began; for ((i = 0; i < 3000; i++)); do if [ -e go ]; then break; fi; sleep 0.01; done\n   ```\n",
    );
    let running = house.call(["run", "a.md", "--yes", "--var", &format!("password={SECRET}")]).start();
    crate::support::eventually("the second step runs", || house.exists("began"));
    is_clean(&house, &[]);
    drop(running.kill());
    house.file("go", "");
    is_clean(&house, &[]);
}
