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

#[test]
fn backups_are_restored_and_equal_under_load() {
    let base = 24110;
    let lab = lab(base, &[]);
    let mut load = Load::on(&lab, base);
    sql(
        &lab,
        "n1",
        "CREATE TABLE app.odd (k VARCHAR(40) PRIMARY KEY, b BLOB, d DECIMAL(20,6), j TIMESTAMP(6) NULL) CHARACTER SET utf8mb4;
         INSERT INTO app.odd VALUES ('é\\n''\"', x'00ff0a0d', -1.5, NULL), ('🙂', NULL, 12345678901234.000001, '2026-11-21 01:02:03.000004');
         CREATE VIEW app.seen AS SELECT k FROM app.odd; CREATE PROCEDURE app.p() SELECT 1;
         CREATE TRIGGER app.t BEFORE INSERT ON app.odd FOR EACH ROW SET NEW.d = NEW.d",
    );
    let automation = format!("automation={}", automation());
    sql(&lab, "n1", "CREATE DATABASE `o``d d'é`");
    // A socket that leads to a server in use: not one of its databases is dropped.
    let wrong = format!("spare_socket={}", lab.dir.join("n3/mariadb.sock").display());
    let more = ["--var", &automation, "--var", &wrong, "--mode", "simulation"];
    lab.lead("maintenance/RB-M01-backup-restore.md", &page("labs/rb-m01.answers.yaml"), &more)
        .exits(1)
        .says("is not the one that was restored");
    assert_ne!(sql(&lab, "n3", "SELECT COUNT(*) FROM app.writes"), "0");
    lab.shell("bin/node stop n4 && rm -r n4/data");
    let more = ["--var", &automation, "--var", "check_tables=all", "--mode", "simulation"];
    let ran = lab.lead("maintenance/RB-M01-backup-restore.md", &page("labs/rb-m01.answers.yaml"), &more).exits(0);
    assert!(ran.out.contains("app`.`odd") || ran.out.contains("app.odd"), "the odd table is compared: {}", ran.out);
    assert_eq!(lab.shell("ls -A n4/data"), "", "the temporary server's data are still there");
    assert!(!ran.out.contains("command not found") && !ran.err.contains("command not found"), "{}{}", ran.out, ran.err);
    let more = ["--var", &automation, "--mode", "simulation"];
    let checklist = || lab.lead("checklists/backup-verification.md", &page("labs/cl-backup.answers.yaml"), &more);
    // The newest of each kind has to be good, also when that is the logical one.
    let (status, said) = backup(&lab, "n2", &["--method", "logical"]);
    assert_eq!(status, Some(0), "{said}");
    let broken = said.lines().find_map(|l| l.strip_prefix("backup: ")).unwrap().to_owned();
    lab.shell(&format!("truncate -s -10 {broken}/data.sql.gz"));
    checklist().exits(1).says("the newest logical backup is broken");
    fs::remove_dir_all(&broken).unwrap();
    checklist().exits(0).says("the logs reach back");
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 100 && lost == 0, "{lost} of {acknowledged} lost");

    // With our own hands: each of the two, and what is in it.
    let listed = automated("backup.sh", &["list", "--to", &lab.dir.join("backups").display().to_string()]).1;
    let path = |kind: &str| listed.lines().find(|l| l.ends_with(kind)).unwrap().rsplit(' ').next().unwrap().to_owned();
    let data = lab.dir.join("n4/data");
    let (status, said) =
        automated("backup.sh", &["restore", "--backup", &path("-physical"), "--into", data.to_str().unwrap()]);
    assert_eq!(status, Some(0), "{said}");
    lab.shell("bin/node start n4");
    let odd = "SELECT HEX(k), HEX(b), d, j FROM app.odd ORDER BY d; SELECT COUNT(*) FROM app.seen; CALL app.p()";
    let expected = sql(&lab, "n1", odd);
    assert_eq!(sql(&lab, "n4", odd), expected);
    sql(&lab, "n4", "SET GLOBAL read_only = 0; DROP DATABASE app; SET GLOBAL read_only = 1");
    let options = lab.dir.join("secrets/dba.cnf").display().to_string();
    let socket = lab.dir.join("n4/mariadb.sock").display().to_string();
    let args = ["restore", "--backup", &path("-logical"), "--options", &options, "--socket", &socket];
    let (status, said) = automated("backup.sh", &args);
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(sql(&lab, "n4", odd), expected);
    assert_eq!(sql(&lab, "n4", "SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = 'app'"), "1");
    lab.record();
}

#[test]
fn a_backup_is_complete_or_not_there_and_the_last_good_one_stays() {
    let lab = lab(24115, &[]);
    let to = lab.dir.join("backups").display().to_string();
    let names = || lab.shell("ls backups 2>/dev/null || true");
    // Nobody there to ask: nothing is left under a backup's name.
    let (status, said) = automated("backup.sh", &["take", "--to", &to, "--options", "/nonexistent"]);
    assert_eq!((status, names()), (Some(1), String::new()), "{said}");
    let (status, said) = backup(&lab, "n1", &["--keep", "1"]);
    assert_eq!(status, Some(0), "{said}");
    let first = names();
    // Killed in the middle, it has no name either; the next one cleans up after it. A lock holds it there.
    let options = lab.dir.join("secrets/dba.cnf").display().to_string();
    let socket = lab.dir.join("n1/mariadb.sock").display().to_string();
    let mut locks = Command::new("mariadb")
        .args([&format!("--defaults-file={options}"), &format!("--socket={socket}")])
        .args(["-e", "LOCK TABLES app.writes WRITE; DO SLEEP(60)"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let locker = "SELECT COALESCE(MAX(id), 0) FROM information_schema.processlist WHERE info = 'DO SLEEP(60)'";
    until("the lock is held", Duration::from_secs(20), || sql(&lab, "n1", locker) != "0");
    let mut killed = Command::new("setsid")
        .arg(Path::new(&automation()).join("backup.sh"))
        .args(["take", "--to", &to, "--options", &options, "--socket", &socket, "--method", "logical"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("a backup is under way", Duration::from_secs(20), || lab.shell("ls -A backups").contains(".partial-"));
    let (status, said) = backup(&lab, "n1", &[]);
    assert!(status == Some(3) && said.contains("at work"), "{said}");
    let group = killed.id().to_string();
    assert!(Command::new("kill").args(["-9", "--", &format!("-{group}")]).status().unwrap().success());
    killed.wait().unwrap();
    sql(&lab, "n1", &format!("KILL {}", sql(&lab, "n1", locker)));
    locks.wait().unwrap();
    let listed = automated("backup.sh", &["list", "--to", &to]).1;
    assert!(listed.contains(&first) && !listed.contains("BROKEN"), "{listed}");

    // One that lost its tail is broken, is not restored, and pushes no good one out.
    std::thread::sleep(Duration::from_millis(1100));
    let (status, said) = backup(&lab, "n1", &["--keep", "9"]);
    assert_eq!(status, Some(0), "{said}");
    let second = said.lines().find_map(|l| l.strip_prefix("backup: ")).unwrap().to_owned();
    assert!(lab.shell("ls -A backups").lines().all(|n| !n.starts_with(".partial-")));
    let data = Path::new(&second).join("data.mbstream.gz");
    let whole = fs::read(&data).unwrap();
    fs::write(&data, &whole[..whole.len() - 1000]).unwrap();
    let (status, said) = automated("backup.sh", &["verify", "--backup", &second]);
    assert!(status == Some(1) && said.contains("checksums"), "{said}");
    let into = lab.dir.join("n4/data").display().to_string();
    let (status, said) = automated("backup.sh", &["restore", "--backup", &second, "--into", &into]);
    assert!(status == Some(1) && !Path::new(&into).exists(), "{said}");
    // Its checksums made right again, it is still cut off.
    lab.shell(&format!("cd {second} && sha256sum data.mbstream.gz log position > SHA256SUMS"));
    let (status, said) = automated("backup.sh", &["verify", "--backup", &second]);
    assert!(status == Some(1) && said.contains("cut off"), "{said}");
    std::thread::sleep(Duration::from_millis(1100));
    let (status, said) = backup(&lab, "n1", &["--keep", "2"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(names().contains(&first), "of two good ones to keep, the older one went: {said}");
    std::thread::sleep(Duration::from_millis(1100));
    let (status, said) = backup(&lab, "n1", &["--keep", "1"]);
    assert!(status == Some(0) && !names().contains(&first), "only the newest is kept: {said}");
    assert_eq!(names().lines().filter(|n| n.ends_with("-physical")).count(), 1, "{}", names());

    // What is in the way of a restore stays there.
    let third = said.lines().find_map(|l| l.strip_prefix("backup: ")).unwrap().to_owned();
    fs::create_dir(&into).unwrap();
    fs::write(Path::new(&into).join("theirs"), "x").unwrap();
    let (status, said) = automated("backup.sh", &["restore", "--backup", &third, "--into", &into]);
    assert!(status == Some(1) && said.contains("not empty"), "{said}");
    assert_eq!(fs::read_dir(&into).unwrap().count(), 1);
}

/// The disk of the primary is filled by its binary logs until writes hang, with a replica that has stopped long before. RB-003.
fn full_disk(base: u16, killed: bool) {
    let lab = lab(base, &[("n1_disk", "160M".to_owned())]);
    // What is not the server's, and may go.
    fs::write(lab.dir.join("n1/data/old-dump.sql"), vec![b'-'; 12_000_000]).unwrap();
    // Only the binary log grows: a table that has to grow may fail first, or take the server down, in another order each time.
    for node in ["n1", "n2", "n3"] {
        sql(&lab, node, "INSTALL SONAME 'ha_blackhole'");
    }
    sql(&lab, "n1", "SET GLOBAL max_binlog_size = 4096 * 1024; CREATE TABLE app.docs (d LONGBLOB) ENGINE = BLACKHOLE");
    let mut load = Load::on(&lab, base);
    let fill = || {
        let mut client = Command::new("timeout");
        client.args(["3", "mariadb", &format!("--defaults-file={}", lab.dir.join("secrets/dba.cnf").display())]);
        client.arg(format!("--socket={}", lab.dir.join("n1/mariadb.sock").display()));
        client
            .args(["-e", "INSERT INTO app.docs VALUES (REPEAT('x', 1000000))"])
            .stderr(Stdio::null())
            .status()
            .unwrap()
    };
    let waits = "SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE '%free space%'";
    let mut rows = 0;
    until("the disk is full", Duration::from_secs(90), || {
        rows += 1;
        if rows == 15 {
            sql(&lab, "n3", "STOP SLAVE");
        }
        !fill().success() && sql(&lab, "n1", waits) != "0"
    });
    let needs = |node: &str| {
        let client =
            format!("mariadb --defaults-file=secrets/dba.cnf --socket={node}/mariadb.sock -e 'SHOW SLAVE STATUS\\G'");
        lab.shell(&format!("{client} | sed -n 's/^ *Relay_Master_Log_File: //p'"))
    };
    let (behind, ahead) = (needs("n3"), needs("n2"));
    assert!(behind < ahead, "n3 is at {behind}, n2 at {ahead}");
    if killed {
        lab.shell("bin/node kill n1");
    }

    let data = lab.dir.join("n1/data").display().to_string();
    let vars = [
        format!("automation={}", automation()),
        format!("free_command=rm {data}/old-dump.sql"),
        format!("grow_command=mount -o remount,size=320M {data}"),
        format!("witness_command={}", load.witness()),
        // On this machine's ordinary disk.
        format!("archive_dir={}", lab.dir.join("archive").display()),
    ];
    let more: Vec<&str> = vars.iter().flat_map(|v| ["--var", v]).chain(["--mode", "simulation"]).collect();
    lab.lead("incidents/RB-003-disk-full.md", &page("labs/rb-003.answers.yaml"), &more).exits(0);
    load.goes_on();

    // Purged up to what the replica that is behind needs, and not a file further; the rest is in the archive.
    let first = sql(&lab, "n1", "SHOW BINARY LOGS").split([' ', '\n']).next().unwrap().to_owned();
    assert_eq!(first, behind);
    assert!(behind.as_str() > "binlog.000001");
    assert_eq!(lab.shell("ls archive | head -n 1"), "binlog.000001");
    assert!(lab.shell("ls archive | grep -v torn | tail -n 1") < behind);
    sql(&lab, "n3", "START SLAVE");
    let reached = sql(&lab, "n1", "SELECT @@gtid_binlog_pos");
    let waited = format!("SELECT MASTER_GTID_WAIT('{reached}', 30)");
    assert_eq!(sql(&lab, "n3", &waited), "0", "n3: {}", sql(&lab, "n3", "SHOW SLAVE STATUS\\G"));
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 100 && lost == 0, "{lost} of {acknowledged} lost");
    lab.record();
}

#[test]
fn a_full_disk_makes_room_and_loses_nothing() {
    full_disk(24120, false);
}

#[test]
fn a_server_that_died_on_its_full_disk_comes_back() {
    full_disk(24125, true);
}

#[test]
fn a_replica_is_added_under_load_and_one_that_diverged_is_rebuilt() {
    let base = 24130;
    let lab = lab(base, &[]);
    let mut load = Load::on(&lab, base);
    let lead = |spare: &str| {
        let vars = [
            format!("spare={spare}"),
            format!("spare_data={}", lab.dir.join(spare).join("data").display()),
            format!("spare_start_command={} start {spare}", lab.dir.join("bin/node").display()),
            format!("spare_stop_command={} stop {spare}", lab.dir.join("bin/node").display()),
        ];
        let more: Vec<&str> = vars.iter().flat_map(|v| ["--var", v]).chain(["--mode", "simulation"]).collect();
        lab.lead("maintenance/RB-M03-add-replica.md", &page("labs/rb-m03.answers.yaml"), &more)
    };
    let add = |spare: &str| {
        let port = base + u16::from(spare.as_bytes()[1] - b'0');
        lead(spare).exits(0);
        // It follows, read-only, as the primary sees it, and what is acknowledged now is there.
        assert!(sql(&lab, "n1", "SHOW SLAVE HOSTS").contains(&format!(" {port} ")), "{spare} is not attached");
        assert_eq!(sql(&lab, spare, "SELECT @@read_only, @@rpl_semi_sync_slave_enabled"), "1 1");
    };
    // A server_id that another replica has: the two would throw each other off.
    lab.shell("sed -i 's/^server_id=.*/server_id=103/' n4/my.cnf");
    lead("n4").exits(1).says("has server_id 103 already");
    lab.shell("sed -i 's/^server_id=.*/server_id=104/' n4/my.cnf");
    add("n4");
    load.goes_on();
    // n3 loses rows that its GTIDs say it has: followed on, it would stay wrong. Its appliers, which wait for one another, stand meanwhile:
    // with the locks of this statement between them nobody would see the deadlock.
    sql(
        &lab,
        "n3",
        "STOP SLAVE SQL_THREAD; SET sql_log_bin = 0; DELETE FROM app.writes WHERE id % 3 = 0; START SLAVE SQL_THREAD",
    );
    add("n3");
    load.goes_on();
    load.stop();
    let reached = sql(&lab, "n1", "SELECT @@gtid_binlog_pos");
    let rows = "SELECT COUNT(*), SUM(id), SUM(writer) FROM app.writes";
    for node in ["n2", "n3", "n4"] {
        assert_eq!(sql(&lab, node, &format!("SELECT MASTER_GTID_WAIT('{reached}', 30)")), "0", "{node}");
        assert_eq!(sql(&lab, node, rows), sql(&lab, "n1", rows), "{node}");
    }
    assert!(lab.shell("ls n3").contains("data.before-"), "the old data are gone");
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 100 && lost == 0, "{lost} of {acknowledged} lost");
    lab.record();
}

/// A lab whose inventory knows the accounts that come, a load, and the variables of RB-M06.
fn rotation(base: u16) -> (Lab, Load, Vec<String>) {
    let lab = lab(base, &[]);
    // What the vault would hold; the inventory of somebody who prepares this.
    lab.shell(
        "umask 077; for u in repl2 app2; do od -An -N 16 -tx1 /dev/urandom | tr -d ' \\n' > secrets/$u.password; done",
    );
    let dir = lab.dir.display();
    let inventory = lab.dir.join("inventory.yaml");
    let text = fs::read_to_string(&inventory).unwrap();
    let (before, _) = text.split_once("# What applications notice").unwrap();
    let file = |name: &str| format!("{{ file: \"{dir}/secrets/{name}.password\" }}");
    let (new, vip) = (file("app2"), base);
    let more = format!(
        "  application_new: {{ url: \"mariadb://app2@127.0.0.1:{vip}/app\", password: {new} }}\nvariables:\n  repl_user: repl\n  \
         repl_password: {}\n  new_repl_user: repl2\n  new_repl_password: {}\n  old_user: app\n  new_user: app2\n  new_password: {new}\n",
        file("repl"),
        file("repl2"),
    );
    fs::write(&inventory, format!("{before}{more}")).unwrap();
    let load = Load::on(&lab, base);
    // Moves the load: a new options file, and the sessions that still use the old one are ended.
    let client = "mariadb --defaults-file=secrets/dba.cnf --socket=n1/mariadb.sock";
    let moves =
        "sed -i \"s/^user=.*/user=app2/; s/^password=.*/password=$(cat secrets/app2.password)/\" secrets/app.cnf";
    let back = moves.replace("app2", "app");
    let vars = vec![
        format!("move_command=cd {dir} && {moves} && {client} -e 'KILL USER app'"),
        format!("move_back_command=cd {dir} && {back} && {client} -e 'KILL USER app2'"),
        "repl_host=127.0.0.1".to_owned(),
        "app_host=127.0.0.1".to_owned(),
        "watch_for=3".to_owned(),
    ];
    (lab, load, vars)
}

#[test]
fn credentials_are_rotated_with_nobody_locked_out() {
    let base = 24140;
    let (lab, mut load, vars) = rotation(base);
    let more: Vec<&str> = vars.iter().flat_map(|v| ["--var", v]).chain(["--mode", "simulation"]).collect();
    let page_of = "maintenance/RB-M06-credential-rotation.md";
    // What runs in the name of an account that goes would fail without it.
    sql(&lab, "n1", "CREATE DEFINER = 'app'@'127.0.0.1' VIEW app.mine AS SELECT 1");
    lab.lead(page_of, &page("labs/rb-m06.answers.yaml"), &more).exits(1).says("row.objects == 0");
    sql(&lab, "n1", "DROP VIEW app.mine");
    let ran = lab.lead(page_of, &page("labs/rb-m06.answers.yaml"), &more).exits(0);
    load.goes_on();

    for secret in ["repl", "repl2", "app", "app2"] {
        let password = fs::read_to_string(lab.dir.join(format!("secrets/{secret}.password"))).unwrap();
        assert!(
            !ran.out.contains(&password) && !ran.err.contains(&password),
            "the password of {secret} is on the screen"
        );
        let journal = lab.shell(&format!("grep -rl {password} ../runs || true"));
        assert_eq!(journal, "", "the password of {secret} is in the run's files");
    }
    let old = lab.shell("cat secrets/app.password");
    let login = |user: &str, password: &str| {
        let args = [
            &format!("-u{user}"),
            &format!("-p{password}"),
            "--protocol=tcp",
            "-h127.0.0.1",
            &format!("-P{base}"),
            "-eSELECT 1",
        ];
        Command::new("mariadb")
            .arg("--no-defaults")
            .args(args)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .success()
    };
    assert!(!login("app", &old) && login("app2", &lab.shell("cat secrets/app2.password")));
    for node in ["n1", "n2", "n3"] {
        assert_eq!(
            sql(&lab, node, "SELECT GROUP_CONCAT(user ORDER BY user) FROM mysql.user WHERE user RLIKE '^(app|repl)'"),
            "app2,repl2"
        );
    }
    assert_eq!(sql(&lab, "n1", "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'repl2'"), "2");
    let grants = sql(&lab, "n1", "SHOW GRANTS FOR app2@127.0.0.1");
    for right in ["SLAVE MONITOR", "SELECT, INSERT, UPDATE, DELETE, CREATE ON `app`.*"] {
        assert!(grants.contains(right), "{grants}");
    }
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 100 && lost == 0, "{lost} of {acknowledged} lost");
    lab.record();
}

fn health(args: &[&str]) -> (Option<i32>, String) {
    let (status, said) = automated("health_check.sh", args);
    let last = said.trim().lines().last().unwrap_or_default().to_owned();
    let words = ["OK", "WARNING", "CRITICAL", "UNKNOWN"];
    assert_eq!(status.map(|s| words[usize::try_from(s).unwrap()]), Some(last.as_str()), "{said}");
    (status, said)
}

#[test]
fn health_of_mariadb() {
    let lab = lab(24145, &[]);
    let options = lab.dir.join("secrets/dba.cnf").display().to_string();
    let on = |node: &str, more: &[&str]| {
        let socket = lab.dir.join(node).join("mariadb.sock").display().to_string();
        let mut args = vec!["mariadb", "--options", &options, "--socket", &socket];
        args.extend_from_slice(more);
        health(&args)
    };
    for (node, more, expected) in [
        ("n1", vec!["--role", "primary", "--min-replicas", "2", "--disk", "/"], None),
        ("n1", vec!["--role", "replica"], Some((2, "is a primary"))),
        ("n1", vec!["--min-replicas", "3"], Some((2, "2 replicas attached"))),
        ("n1", vec!["--max-connections", "0"], Some((1, "connections"))),
        ("n1", vec!["--disk", "/", "--max-disk", "0"], Some((1, "full"))),
        ("n1", vec!["--disk", "/nonexistent"], Some((3, "cannot be looked at"))),
        ("n2", vec!["--role", "replica"], None),
        ("n2", vec!["--role", "primary"], Some((2, "is a replica"))),
    ] {
        let (status, said) = on(node, &more);
        let (number, words) = expected.unwrap_or((0, "ok: "));
        assert!(status == Some(number) && said.contains(words), "{node} {more:?}: {said}");
    }
    // A wrong password is unknown, a wrong call too, and neither is well.
    let wrong = lab.house.file("wrong.cnf", "[client]\nuser=dba\npassword=wrong\n").display().to_string();
    let socket = lab.dir.join("n1/mariadb.sock").display().to_string();
    let (status, said) = health(&["mariadb", "--options", &wrong, "--socket", &socket]);
    assert!(status == Some(3) && said.contains("Access denied"), "{said}");
    assert_eq!(health(&["mariadb", "--rolle", "x"]).0, Some(3));
    // An account that may not see other sessions does not claim that none waits.
    let app = lab.dir.join("secrets/app.cnf").display().to_string();
    let (status, said) = health(&["mariadb", "--options", &app, "--host", "127.0.0.1", "--port", "24145"]);
    assert!(status == Some(3) && said.contains("PROCESS"), "{said}");
    sql(&lab, "n2", "STOP SLAVE SQL_THREAD");
    let (status, said) = on("n2", &[]);
    assert!(status == Some(2) && said.contains("Slave_SQL_Running No"), "{said}");
    sql(&lab, "n3", "SET GLOBAL read_only = 0");
    let (status, said) = on("n3", &[]);
    assert!(status == Some(2) && said.contains("writable"), "{said}");
    sql(&lab, "n3", "STOP SLAVE");
    sql(&lab, "n2", "STOP SLAVE");
    until("nobody acknowledges", Duration::from_secs(20), || {
        on("n1", &[]).1.contains("nobody is there to acknowledge")
    });
    assert_eq!(on("n1", &[]).0, Some(2));
    lab.shell("bin/node kill n2");
    let (status, said) = on("n2", &[]);
    assert!(status == Some(2) && said.contains("does not answer"), "{said}");
}

#[test]
fn health_of_postgresql() {
    let ports = ["vip_port", "n1_port", "n2_port", "n3_port"].into_iter().zip(24150_u16..);
    let lab =
        Lab::up("postgresql-replication", &ports.map(|(name, port)| (name, port.to_string())).collect::<Vec<_>>());
    let conninfo = |port: u16| {
        format!("host=127.0.0.1 port={port} user=dba dbname=app passfile={}/secrets/dba.pgpass", lab.dir.display())
    };
    let on = |port: u16, more: &[&str]| {
        let conninfo = conninfo(port);
        let mut args = vec!["postgres", "--conninfo", &conninfo];
        args.extend_from_slice(more);
        health(&args)
    };
    let (status, said) = on(24151, &["--role", "primary", "--min-replicas", "1"]);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = on(24152, &["--role", "replica"]);
    assert_eq!(status, Some(0), "{said}");
    let (status, said) = on(24152, &["--role", "primary"]);
    assert!(status == Some(2) && said.contains("is a replica"), "{said}");
    let (status, said) = on(24151, &["--min-replicas", "9"]);
    assert!(status == Some(2) && said.contains("1 replicas attached"), "{said}");
    // An account that may not see other sessions does not claim to have counted them.
    for (port, role) in [(24151, "primary"), (24152, "replica")] {
        let app = conninfo(port).replace("user=dba", "user=app").replace("dba.pgpass", "app.pgpass");
        let (status, said) = health(&["postgres", "--conninfo", &app, "--role", role]);
        assert!(status == Some(3) && said.contains("pg_monitor") && !said.contains("attached"), "{said}");
    }
    lab.shell("bin/node kill n1");
    let (status, said) = on(24151, &[]);
    assert!(status == Some(2) && said.contains("does not answer"), "{said}");
    until("the standby notices", Duration::from_secs(30), || on(24152, &[]).1.contains("receives nothing"));
    assert_eq!(on(24152, &[]).0, Some(2));
}

/// When it is noticed that a verdict was wrong.
#[derive(Clone, Copy, PartialEq)]
enum Noticed {
    AtTheGate,
    /// The replicas were detached already.
    Detached,
    /// The original was stopped to get its data back, and nothing was moved yet.
    Stopped,
}

/// The verdict was wrong, and the way back opens the original again, as it was.
fn corruption_that_was_none(base: u16, noticed: Noticed) {
    let lab = lab(base, &[]);
    let mut load = Load::on(&lab, base);
    let (status, said) = backup(&lab, "n1", &[]);
    assert_eq!(status, Some(0), "{said}");
    let good = clock(&lab);
    until("the next second", Duration::from_secs(5), || clock(&lab) != good);
    let suspect = sql(
        &lab,
        "n1",
        "UPDATE app.writes SET at = at WHERE id = 1; DELETE FROM app.writes WHERE id = 1; SELECT @@last_gtid",
    );
    let vars = [
        format!("corrupting={suspect}"),
        format!("stop_at={good}"),
        format!("suspect_since={good}"),
        format!("suspect_until={}", clock(&lab)),
        format!("target={}", if noticed == Noticed::Stopped { "original" } else { "spare" }),
        format!("automation={}", automation()),
        // It stops, and says the first time that it did not.
        format!(
            "stop_command={0}/bin/node stop n1 && if mkdir {0}/once 2> /dev/null; then exit 1; fi",
            lab.dir.display()
        ),
    ];
    let mut answers = fs::read_to_string(page("labs/rb-002.answers.yaml")).unwrap();
    if noticed != Noticed::Stopped {
        answers = answers.replace("go-no-go: yes", "go-no-go: no");
    }
    let answers = lab.house.file("no.yaml", answers).display().to_string();
    let more: Vec<&str> = vars.iter().flat_map(|v| ["--var", v]).chain(["--mode", "simulation"]).collect();
    let ran = lab.lead("incidents/RB-002-data-corruption.md", &answers, &more);
    assert!(!ran.status.success());
    if noticed == Noticed::Stopped {
        assert!(lab.dir.join("once").exists() && !lab.shell("ls n1").contains("data.corrupted-"));
    } else {
        assert_eq!(sql(&lab, "n1", "SELECT @@read_only"), "1", "stopped, and nothing else");
    }
    let before = load.acknowledged();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(load.acknowledged(), before, "applications still write");

    if noticed == Noticed::Detached {
        for replica in ["n2", "n3"] {
            sql(&lab, replica, "STOP SLAVE; RESET SLAVE ALL");
        }
    }
    let run = lab.house.run_dirs()[0].file_name().unwrap().to_string_lossy().into_owned();
    let back = ["rollback", &run, "--yes", "--answers", &answers];
    lab.house.call(back).within(Duration::from_secs(120)).run().exits(6);
    load.goes_on();
    for replica in ["n2", "n3"] {
        if noticed == Noticed::Detached {
            assert_eq!(sql(&lab, replica, "SHOW SLAVE STATUS"), "", "{replica} follows with nobody's decision");
            continue;
        }
        let reached = sql(&lab, "n1", "SELECT @@gtid_binlog_pos");
        assert_eq!(sql(&lab, replica, &format!("SELECT MASTER_GTID_WAIT('{reached}', 30)")), "0", "{replica}");
    }
    assert!(noticed == Noticed::Stopped || !lab.dir.join("n4/data").exists(), "nothing was restored");
    assert!(!lab.dir.join("n1/data.restored").exists(), "the copy stays");
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 50 && lost == 0, "{lost} of {acknowledged} lost");
}

#[test]
fn a_corruption_that_was_none_goes_back_and_loses_nothing() {
    corruption_that_was_none(24160, Noticed::AtTheGate);
}

#[test]
fn a_corruption_that_was_none_goes_back_without_the_replicas_that_were_detached() {
    corruption_that_was_none(24165, Noticed::Detached);
}

#[test]
fn an_original_that_was_stopped_for_a_swap_that_failed_is_started_again() {
    corruption_that_was_none(24180, Noticed::Stopped);
}

#[test]
fn the_plan_of_a_replay_refuses_what_would_lose_something() {
    let lab = lab(24170, &[]);
    let gtid = |statement: &str| sql(&lab, "n1", &format!("{statement}; SELECT @@last_gtid"));
    sql(&lab, "n1", "CREATE TABLE app.k (id INT PRIMARY KEY, v INT); CREATE TABLE app.bare (v INT, w INT)");
    let start = gtid("INSERT INTO app.k VALUES (1, 1), (2, 2), (3, 3)");
    gtid("INSERT INTO app.bare VALUES (1, 1), (2, 2)");
    sql(&lab, "n1", "FLUSH BINARY LOGS");
    let early = gtid("INSERT INTO app.k VALUES (4, 4)");
    let good = clock(&lab);
    until("the next second", Duration::from_secs(5), || clock(&lab) != good);
    let wrong = gtid("UPDATE app.k SET v = 0 WHERE id < 3");
    let bare = gtid("UPDATE app.bare SET w = 9 WHERE v = 1");
    sql(&lab, "n1", "FLUSH BINARY LOGS");
    let by_key = gtid("UPDATE app.k SET v = v + 1 WHERE id = 2");
    let again = gtid("UPDATE app.k SET v = 5 WHERE id = 2");
    let by_row = gtid("UPDATE app.bare SET v = 8 WHERE w = 9");
    let free = gtid("UPDATE app.k SET v = 7 WHERE id = 3");
    lab.shell("mkdir logs && cp n1/data/binlog.0* logs/ && printf 'app\\tk\\t1\\n' > keys");
    let logs = lab.dir.join("logs").display().to_string();
    let (keys, file) = (lab.dir.join("keys").display().to_string(), lab.dir.join("plan.json").display().to_string());
    let plan = |after: &str, stop: &str, out: &str, more: &[&str]| {
        let mut args = vec!["plan", "--logs", &logs, "--after", after, "--stop-at", stop, "--leave-out", out];
        args.extend(["--keys", &keys, "--plan", &file]);
        args.extend_from_slice(more);
        automated("binlog_plan.py", &args)
    };
    let both = format!("{wrong} {bare}");
    let gtids = |part: &str| -> Vec<String> {
        let plan: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        plan[part].as_array().unwrap().iter().map(|one| one["gtid"].as_str().unwrap().to_owned()).collect()
    };
    let (status, said) = plan(&start, &good, &both, &[]);
    assert_eq!(status, Some(0), "{said}");
    assert!(gtids("first").contains(&early), "{said}");
    // What builds on it by key, what builds on that, and what builds on a row without a key; and nothing else.
    assert_eq!(gtids("dependents"), [by_key.clone(), again, by_row], "{said}");
    assert_eq!(gtids("second"), [free], "{said}");
    let (status, said) = plan(&start, &good, &both, &["--dependents", "replay"]);
    assert!(status == Some(0) && gtids("second").contains(&by_key) && said.contains("REPLAYED"), "{said}");
    let (status, said) = plan(&start, &good, &both, &["--beyond", "nothing"]);
    assert!(status == Some(0) && gtids("second").is_empty() && gtids("left_out").len() == 6, "{said}");

    let refused =
        |(status, said): (Option<i32>, String), why: &str| assert!(status == Some(1) && said.contains(why), "{said}");
    refused(plan("0-101-99999", &good, &both, &[]), "which these logs do not hold");
    refused(plan(&start, &good, "0-101-99999", &[]), "not behind the backup");
    refused(plan(&start, &clock(&lab), &both, &[]), "choose an earlier second");
    refused(plan(&start, "yesterday", &both, &[]), "is not a time");
    lab.shell("mv logs/binlog.000002 .");
    refused(plan(&start, &good, &both, &[]), "is missing between");
    lab.shell("mv binlog.000002 logs/ && mv logs/binlog.000001 .");
    refused(plan("0-101-1", &good, &both, &[]), "begin later");
    lab.shell("mv binlog.000001 logs/ && truncate -s -20 logs/binlog.000003");
    refused(plan(&start, &good, &both, &[]), "in the middle of an event");

    // The torn one is cut only while nobody holds it, and a copy is kept.
    let torn = lab.dir.join("logs/binlog.000003").display().to_string();
    let keep = lab.dir.join("kept").display().to_string();
    let held = fs::File::open(&torn).unwrap();
    refused(
        automated("binlog_plan.py", &["torn", "--log", &torn, "--cut", "--keep", &keep]),
        "open: is the server down?",
    );
    drop(held);
    let size = fs::metadata(&torn).unwrap().len();
    let (status, said) = automated("binlog_plan.py", &["torn", "--log", &torn, "--cut", "--keep", &keep]);
    assert!(status == Some(0) && said.contains("torn\ncut"), "{said}");
    assert_eq!(fs::metadata(&keep).unwrap().len(), size);
    // The whole transaction went, not only what was cut off of it.
    let (status, said) = plan(&start, &good, &both, &[]);
    assert!(status == Some(0) && gtids("second").is_empty() && gtids("dependents").len() == 3, "{said}");

    // What was logged as a statement does not say what it changed: somebody has to.
    let emptied = gtid("TRUNCATE app.bare");
    lab.shell("rm -f logs/* && cp n1/data/binlog.0* logs/");
    refused(plan(&start, &good, &emptied, &[]), "which tables it changed");
    refused(plan(&start, &good, &emptied, &["--touched", "bare"]), "is not schema.table");
    let (status, said) = plan(&start, &good, &emptied, &["--touched", "app.bare"]);
    assert!(status == Some(0) && said.contains("left out: `app`.`bare`"), "{said}");
    // A log that holds more than the plan is not what was planned.
    let (status, said) = automated("binlog_plan.py", &["check", "--plan", &file, "--logs", &logs]);
    assert!(status == Some(1) && said.contains(&format!("that were to be left out ({emptied})")), "{said}");
    assert!(!said.contains(" 0 that are in no plan"), "{said}");
}

#[test]
fn a_rotation_that_is_given_up_leads_back_to_the_old_accounts() {
    let base = 24175;
    let (lab, mut load, vars) = rotation(base);
    let answers = page("labs/rb-m06.answers.yaml");
    let more: Vec<&str> = vars.iter().flat_map(|v| ["--var", v]).chain(["--mode", "simulation"]).collect();
    // Somebody who was forgotten, and who reads on a replica.
    let reads = format!(
        "for i in $(seq 200); do mariadb --no-defaults -uapp -p$(cat secrets/app.password) --protocol=tcp -h127.0.0.1 -P{} \
         -e 'SELECT 1' > reads.log 2>&1; sleep 0.3; done",
        base + 2
    );
    let mut forgotten = Command::new("bash").args(["-c", &reads]).current_dir(&lab.dir).spawn().unwrap();
    let ran = lab.lead("maintenance/RB-M06-credential-rotation.md", &answers, &more);
    forgotten.kill().unwrap();
    forgotten.wait().unwrap();
    ran.exits(1).says("somebody was refused");
    assert!(lab.shell("cat reads.log").contains("account is locked"), "{}", lab.shell("cat reads.log"));
    // The old password's hash stands among the rights that are copied, and nowhere else.
    assert_eq!(lab.shell("grep -rl 'IDENTIFIED BY PASSWORD' ../runs || true"), "");
    let used = "SELECT GROUP_CONCAT(DISTINCT user ORDER BY user) FROM information_schema.processlist WHERE user RLIKE '^(app|repl)'";
    assert_eq!(sql(&lab, "n1", used), "app2,repl2");
    let run = lab.house.run_dirs()[0].file_name().unwrap().to_string_lossy().into_owned();
    let back = ["rollback", &run, "--yes", "--answers", &answers];
    lab.house.call(back).within(Duration::from_secs(120)).run().exits(6);
    load.goes_on();
    until("all are back", Duration::from_secs(20), || sql(&lab, "n1", used) == "app,repl");
    let accounts = "SELECT GROUP_CONCAT(user ORDER BY user) FROM mysql.user WHERE user RLIKE '^(app|repl)'";
    until("the new accounts are gone", Duration::from_secs(20), || sql(&lab, "n3", accounts) == "app,repl");
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 100 && lost == 0, "{lost} of {acknowledged} lost");
}
