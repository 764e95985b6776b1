//! A whole failover on real servers by `tests/lab/failover`, and what it leaves.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory for the evidence, and everything the script said.
pub struct Story {
    pub out: PathBuf,
    pub said: String,
}

/// Runs the script, which must end with 0.
pub fn failover(engine: &str, scenario: &str, port: u16) -> Story {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = std::env::temp_dir().join(format!("runbook-failover-{engine}-{scenario}-{}", std::process::id()));
    let ran = Command::new(root.join("tests/lab/failover"))
        .current_dir(root)
        .env("RUNBOOK", env!("CARGO_BIN_EXE_runbook"))
        .env("ENGINE", engine)
        .env("PORT_BASE", port.to_string())
        .env("LAB_DIR", format!("/tmp/rb-lab-{port}-{}", std::process::id()))
        .env("OUT", &out)
        .env("SCENARIO", scenario)
        .output()
        .expect("the script starts");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "`{scenario}` ended with {}; evidence in {}\n{said}", ran.status, out.display());
    Story { out, said }
}

impl Story {
    /// What the witness found.
    pub fn check(&self) -> serde_json::Value {
        let path = self.out.join("check.json");
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
            .unwrap()
    }

    /// What the watch measured, held against the witness and the table. The script has failed already when they differ by
    /// more than two of its intervals, or by one row.
    pub fn measured(&self) -> serde_json::Value {
        let path = self.out.join("measured.json");
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
            .unwrap()
    }

    /// The journal of the run of `runbook` among the evidence.
    pub fn journal(&self, runbook: &str) -> String {
        let mut open = vec![self.out.clone()];
        while let Some(dir) = open.pop() {
            for entry in std::fs::read_dir(&dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path.file_name().is_some_and(|n| n == "journal.jsonl") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    if text.lines().next().is_some_and(|l| l.contains(&format!("\"runbook\":\"{runbook}\""))) {
                        return text;
                    }
                }
            }
        }
        panic!("no run of {runbook} under {}", self.out.display())
    }

    /// Only what went well is removed.
    pub fn over(self) {
        println!("{}", self.said);
        if let Ok(runs) = std::fs::read_dir(self.out.join("runs")) {
            runs.for_each(|run| record(&run.unwrap().path()));
        }
        std::fs::remove_dir_all(&self.out).unwrap();
    }
}

/// Whether the step was begun in that journal.
pub fn began(journal: &str, step: &str) -> bool {
    journal.contains(&format!("\"type\":\"step-started\",\"node\":\"{step}\""))
}

/// Keeps a run's directory for the table of the library when `RECORD_RUNS` names where.
fn record(run: &Path) {
    let Some(keep) = std::env::var_os("RECORD_RUNS").map(PathBuf::from).filter(|_| run.is_dir()) else { return };
    std::fs::create_dir_all(&keep).unwrap();
    let copied = Command::new("cp").arg("-a").arg(run).arg(keep.join(run.file_name().unwrap())).status().unwrap();
    assert!(copied.success(), "{} is not kept in {}", run.display(), keep.display());
}
