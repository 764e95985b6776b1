//! A lab that a runbook of `runbooks/labs` sets up, and its rollback tears down, whatever the test did meanwhile.

use crate::support::House;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Longer than any lab takes to come up, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A runbook of the library, by its path below `runbooks/`.
pub fn page(below: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks").join(below).display().to_string()
}

/// A lab that is up. Dropped, it is torn down, and a lab that stays is a failure.
pub struct Lab {
    /// Where the runs are made: the lab's own in `runs-lab`, the test's in `runs`.
    pub house: House,
    /// The lab's directory, with `inventory.yaml` and `vars.yaml`.
    pub dir: PathBuf,
    answers: String,
    run: String,
}

impl Lab {
    /// Runs `runbooks/labs/{name}.md` with its answers file and these variables; `lab_dir` is chosen here.
    pub fn up(name: &str, variables: &[(&str, String)]) -> Self {
        let house = House::new();
        let dir = house.path().join("lab");
        let answers = page(&format!("labs/{name}.answers.yaml"));
        let mut args = vec!["run".to_owned(), page(&format!("labs/{name}.md")), "--yes".into(), "--runs-dir".into()];
        args.extend(["runs-lab".into(), "--answers".into(), answers.clone()]);
        args.extend(["--var".to_owned(), format!("lab_dir={}", dir.display())]);
        for (variable, value) in variables {
            args.extend(["--var".to_owned(), format!("{variable}={value}")]);
        }
        let ran = house.call(&args).within(PATIENCE).run();
        let runs: Vec<PathBuf> = std::fs::read_dir(house.path().join("runs-lab"))
            .map(|entries| entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect())
            .unwrap_or_default();
        let run = runs.first().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).unwrap_or_default();
        // From here on whatever was started is torn down, also when it is only half of a lab.
        let lab = Self { house, dir, answers, run };
        ran.exits(0);
        lab
    }

    /// Leads a runbook of the library through this lab: its inventory, its variables, these answers, and `more`.
    pub fn lead(&self, below: &str, answers: &str, more: &[&str]) -> crate::support::Ran {
        self.lead_by("inventory.yaml", "vars.yaml", below, answers, more)
    }

    /// As [`Self::lead`], with another inventory and other variables of the lab.
    pub fn lead_by(
        &self,
        inventory: &str,
        vars: &str,
        below: &str,
        answers: &str,
        more: &[&str],
    ) -> crate::support::Ran {
        let mut args = vec!["run".to_owned(), page(below), "--yes".into()];
        args.extend(["--inventory".into(), self.dir.join(inventory).display().to_string()]);
        args.extend(["--var-file".into(), self.dir.join(vars).display().to_string()]);
        args.extend(["--answers".into(), answers.to_owned()]);
        args.extend(more.iter().map(|&m| m.to_owned()));
        self.call(&args)
    }

    /// Takes up a run of this lab with these answers.
    pub fn resume(&self, run: &str, answers: &str) -> crate::support::Ran {
        self.call(&["resume", run, "--yes", "--answers", answers].map(str::to_owned))
    }

    /// Leads a run of this lab back.
    pub fn roll_back(&self, run: &str, answers: &str) -> crate::support::Ran {
        self.call(&["rollback", run, "--yes", "--answers", answers].map(str::to_owned))
    }

    fn call(&self, args: &[String]) -> crate::support::Ran {
        let mut call = self.house.call(args).within(PATIENCE);
        // A lab of AWS has its region and its credentials of nobody there.
        let env = std::fs::read_to_string(self.dir.join("env")).unwrap_or_default();
        for line in env.lines().filter_map(|line| line.strip_prefix("export ")) {
            for (name, value) in line.split_whitespace().filter_map(|word| word.split_once('=')) {
                call = call.env(name, value);
            }
        }
        call.run()
    }

    /// What a command of the lab prints (`bin/node`, a client): it must succeed.
    pub fn shell(&self, line: &str) -> String {
        let ran = Command::new("bash").args(["-c", line]).current_dir(&self.dir).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).trim().to_owned();
        assert!(ran.status.success(), "`{line}`: {said}{}", String::from_utf8_lossy(&ran.stderr));
        said
    }

    /// Keeps journals and logs of servers, for whoever looks for the reason, when `KEEP_FAILED` names a directory.
    fn keep_what_failed(&self) {
        let Some(keep) = std::env::var_os("KEEP_FAILED") else { return };
        let keep = std::path::absolute(keep).unwrap().join(self.house.path().file_name().unwrap());
        let copy = "mkdir -p \"$1\" && find . -type f -size -4M \\( -name '*.jsonl' -o -name '*.log' -o -name '*.err' \\) \
                    -exec cp --parents -t \"$1\" {} +";
        let kept = Command::new("bash").args(["-c", copy, "keep"]).arg(&keep).current_dir(self.house.path()).status();
        println!("kept in {}: {kept:?}", keep.display());
    }

    /// Keeps the runs for the table of `runbooks/README.md` when `RECORD_RUNS` names a directory.
    pub fn record(&self) {
        self.house.record();
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.keep_what_failed();
        }
        let mut args = vec!["rollback", &self.run, "--runs-dir", "runs-lab", "--yes", "--answers", &self.answers];
        if self.run.is_empty() {
            args.clear();
        }
        let gone = !args.is_empty() && {
            // 6 is "rolled back".
            let ran = self.house.call(&args).within(PATIENCE).run();
            if ran.status.code() != Some(6) {
                println!("the lab's rollback: {}\n{}\n{}", ran.status, ran.out, ran.err);
            }
            !self.dir.exists()
        };
        if !gone && self.dir.exists() {
            let down = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/down");
            let status = Command::new(down).arg(&self.dir).status();
            assert!(std::thread::panicking(), "the lab's rollback left {} ({status:?})", self.dir.display());
        }
    }
}
