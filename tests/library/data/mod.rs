//! What data live from: recovery from corruption, backups, disks, new replicas, credentials. Here is what these share: the lab, a
//! write load with its witness, queries by the client.

mod backups;
mod corruption;
mod credentials;
mod health;
mod servers;

use crate::lab::{Lab, page};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A lab with a spare host, on five ports from `base`.
fn lab(base: u16, more: &[(&str, String)]) -> Lab {
    let mut variables: Vec<(&str, String)> = ["vip_port", "n1_port", "n2_port", "n3_port", "n4_port"]
        .into_iter()
        .zip(base..)
        .map(|(name, port)| (name, port.to_string()))
        .collect();
    variables.extend_from_slice(more);
    Lab::up("mariadb-replication", &variables)
}

fn automation() -> String {
    page("automation")
}

/// Rows of a query on a node, as the DBA, by the client and not by the engine: columns parted by blanks, rows by line breaks.
fn sql(lab: &Lab, node: &str, text: &str) -> String {
    let said = Command::new("mariadb")
        .arg(format!("--defaults-file={}", lab.dir.join("secrets/dba.cnf").display()))
        .arg(format!("--socket={}", lab.dir.join(node).join("mariadb.sock").display()))
        .args(["--default-character-set=utf8mb4", "-BN", "-e", text])
        .output()
        .unwrap();
    assert!(said.status.success(), "{node}: {text}: {}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8_lossy(&said.stdout).trim().replace('\t', " ")
}

/// Until a condition holds, which it has to within `patience`.
fn until(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < patience, "{what}: not within {patience:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Four writers through the applications' address; each acknowledgement is in the ledger before the next row is tried.
struct Load {
    child: Child,
    options: Vec<String>,
    ledger: PathBuf,
}

impl Load {
    fn on(lab: &Lab, base: u16) -> Self {
        let ledger = lab.house.path().join("ledger.txt");
        let options = vec![
            "--options".into(),
            lab.dir.join("secrets/app.cnf").display().to_string(),
            "--address".into(),
            format!("127.0.0.1:{base}"),
            "--ledger".into(),
            ledger.display().to_string(),
        ];
        let child = child_of(Self::program("run").args(&options).args(["--pause", "0.01", "--seconds", "150"]));
        let load = Self { child, options, ledger };
        until("the load begins", Duration::from_secs(20), || load.acknowledged() > 20);
        load
    }

    fn program(action: &str) -> Command {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut program = Command::new(root.join("tests/lab/python"));
        program.arg(root.join("runbooks/labs/write-load.py")).arg(action);
        program
    }

    /// How many rows were acknowledged so far.
    fn acknowledged(&self) -> usize {
        fs::read_to_string(&self.ledger).unwrap_or_default().lines().filter(|l| l.starts_with("ack ")).count()
    }

    fn goes_on(&self) {
        let before = self.acknowledged();
        until("the load goes on", Duration::from_secs(20), || self.acknowledged() > before + 20);
    }

    /// The command of the witness, for a runbook.
    fn witness(&self) -> String {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/python");
        format!("{} {} check {}", python.display(), page("labs/write-load.py"), self.options.join(" "))
    }

    fn stop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // Its own handler ends it between two rows; it is our child, and was not waited for yet: the id is its own.
        Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        self.child.wait().expect("the load ends");
    }

    /// Stops the load, and compares its ledger with the table: (acknowledged, lost).
    fn verdict(&mut self) -> (u64, u64) {
        self.stop();
        let said = Self::program("check").args(&self.options).output().unwrap();
        let text = String::from_utf8_lossy(&said.stdout).into_owned();
        let seen: serde_json::Value = serde_json::from_str(&text)
            .unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&said.stderr)));
        println!("the witness: {seen}");
        (seen["acknowledged"].as_u64().unwrap(), seen["lost"].as_u64().unwrap())
    }
}

fn child_of(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap()
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a program of the library; what it prints.
fn automated(program: &str, args: &[&str]) -> (Option<i32>, String) {
    let ran = Command::new(Path::new(&automation()).join(program)).args(args).output().unwrap();
    (ran.status.code(), String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr))
}

fn backup(lab: &Lab, node: &str, more: &[&str]) -> (Option<i32>, String) {
    let options = lab.dir.join("secrets/dba.cnf").display().to_string();
    let socket = lab.dir.join(node).join("mariadb.sock").display().to_string();
    let to = lab.dir.join("backups").display().to_string();
    let mut args = vec!["take", "--to", &to, "--options", &options, "--socket", &socket];
    args.extend_from_slice(more);
    automated("backup.sh", &args)
}

/// The clock of this machine in UTC, as `binlog_plan.py` reads it.
fn clock(lab: &Lab) -> String {
    lab.shell("date -u '+%Y-%m-%d %H:%M:%S'")
}
