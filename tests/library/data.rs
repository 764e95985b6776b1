//! What data live from: recovery from corruption, backups, disks, new replicas, credentials.

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
        .args(["-BN", "-e", text])
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
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
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

/// A statement without its WHERE and a DELETE, in the middle of an acknowledged write load; RB-002; what is there afterwards.
fn corruption(base: u16, target: &str) {
    let lab = lab(base, &[]);
    let mut load = Load::on(&lab, base);
    sql(
        &lab,
        "n1",
        "CREATE TABLE app.accounts (id INT PRIMARY KEY, balance INT NOT NULL); INSERT INTO app.accounts VALUES (1, 100), (2, 100), (3, 100);
         CREATE TABLE app.notes (id INT AUTO_INCREMENT PRIMARY KEY, t TEXT)",
    );
    let (status, said) = backup(&lab, "n1", &[]);
    assert_eq!(status, Some(0), "{said}");
    // Behind the backup, and in or before the chosen second.
    sql(
        &lab,
        "n1",
        "UPDATE app.accounts SET balance = balance - 10 WHERE id = 1; INSERT INTO app.notes (t) VALUES ('before')",
    );
    load.goes_on();
    let good = clock(&lab);
    until("the next second", Duration::from_secs(5), || clock(&lab) != good);
    let zeroed = sql(&lab, "n1", "UPDATE app.writes SET writer = 0; SELECT @@last_gtid");
    load.goes_on();
    let deleted = sql(&lab, "n1", "DELETE FROM app.writes WHERE id % 2 = 0; SELECT @@last_gtid");
    let emptied = sql(&lab, "n1", "UPDATE app.accounts SET balance = 0; SELECT @@last_gtid");
    // Beyond them: one that builds on corrupted rows, and two that do not.
    let builds = sql(&lab, "n1", "UPDATE app.accounts SET balance = balance + 5 WHERE id = 2; SELECT @@last_gtid");
    sql(&lab, "n1", "INSERT INTO app.notes (t) VALUES ('beyond'); INSERT INTO app.accounts VALUES (4, 10)");
    load.goes_on();
    let wrong = clock(&lab);

    let vars = [
        format!("corrupting={zeroed} {deleted} {emptied}"),
        format!("stop_at={good}"),
        format!("suspect_since={good}"),
        format!("suspect_until={wrong}"),
        format!("target={target}"),
        format!("automation={}", automation()),
        "invariant_query=SELECT SUM(balance) BETWEEN 290 AND 300 AS ok FROM app.accounts".to_owned(),
        format!("witness_command={}", load.witness()),
    ];
    let more: Vec<&str> = vars.iter().flat_map(|v| ["--var", v]).chain(["--mode", "simulation"]).collect();
    let ran = lab.lead("incidents/RB-002-data-corruption.md", &page("labs/rb-002.answers.yaml"), &more).exits(0);
    for needed in [&zeroed, &deleted, &emptied] {
        assert!(ran.out.contains(needed), "{needed} is not among the suspects");
    }

    // Writers are back, and everything that was acknowledged before, in between and after is there, with its writer.
    load.goes_on();
    let node = if target == "spare" { "n4" } else { "n1" };
    assert_eq!(sql(&lab, node, "SELECT COUNT(*) FROM app.writes WHERE writer <> id DIV 1000000000"), "0");
    assert_eq!(sql(&lab, node, "SELECT id, balance FROM app.accounts ORDER BY id"), "1 90\n2 100\n3 100\n4 10");
    assert_eq!(sql(&lab, node, "SELECT GROUP_CONCAT(t ORDER BY id) FROM app.notes"), "before,beyond");
    assert_eq!(sql(&lab, node, "SELECT @@read_only"), "0");
    let plan = fs::read_to_string(lab.dir.join("evidence/plan.txt")).unwrap();
    let depends: Vec<&str> = plan.lines().filter(|l| l.contains("DEPENDS")).collect();
    assert!(
        depends.len() == 1 && depends[0].contains(&builds),
        "{builds} builds on a corrupted row, and nothing else: {plan}"
    );
    // The evidence: the corrupted data, and the logs that hold the corruption.
    let (status, said) =
        automated("backup.sh", &["list", "--to", &lab.dir.join("evidence/corrupted").display().to_string()]);
    assert!(status == Some(0) && said.starts_with("good "), "{said}");
    if target == "spare" {
        assert_eq!(sql(&lab, "n1", "SELECT @@read_only, (SELECT MAX(balance) FROM app.accounts)"), "1 10");
    } else {
        assert!(lab.shell("ls n1").contains("data.corrupted-"));
    }
    // No replica goes on with corrupted rows.
    for replica in ["n2", "n3"] {
        assert_eq!(sql(&lab, replica, "SHOW SLAVE STATUS"), "", "{replica} still follows");
    }
    load.goes_on();
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 200 && lost == 0, "{lost} of {acknowledged} lost");
    lab.record();
}

#[test]
fn corrupted_data_come_back_on_the_temporary_server_without_the_corrupting_statements() {
    corruption(24100, "spare");
}

#[test]
fn corrupted_data_come_back_on_the_original_server() {
    corruption(24105, "original");
}
