//! Runbooks that change who is the primary: lag, split brain, switchover, failback, the monthly test.

use crate::lab::{Lab, page};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

fn mariadb_lab(base: u16) -> Lab {
    let port = |name: &'static str, offset: u16| (name, (base + offset).to_string());
    Lab::up("mariadb-replication", &[port("vip_port", 0), port("n1_port", 1), port("n2_port", 2), port("n3_port", 3)])
}

/// What the server itself says, as the DBA, by its socket.
fn on(lab: &Lab, node: &str, sql: &str) -> String {
    lab.shell(&format!("mariadb --defaults-file=secrets/dba.cnf --socket={node}/mariadb.sock -BN <<'SQL'\n{sql}\nSQL"))
}

/// Numbered rows by two writers, each acknowledgement in a ledger of this name.
fn write(lab: &Lab, port: u16, ledger: &str, table: &str, rows: u32) {
    lab.shell(&format!(
        "{} {} run --options secrets/app.cnf --address 127.0.0.1:{port} --ledger {ledger} --table {table} --writers 2 --rows {rows}",
        page("../tests/lab/python"),
        page("labs/write-load.py"),
    ));
}

/// Four writers through the applications' address, from before until after; dropped, they stop.
struct Load(std::process::Child);

impl Load {
    fn on(lab: &Lab, base: u16) -> Self {
        let load = Command::new(page("../tests/lab/python"))
            .arg(page("labs/write-load.py"))
            .args(["run", "--options", "secrets/app.cnf", "--ledger", "ledger", "--seconds", "120", "--pause", "0.002"])
            .args(["--address", &format!("127.0.0.1:{base}")])
            .current_dir(&lab.dir)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        Self(load)
    }

    /// Stops after a while in which all went well, and says what the ledger says against the table.
    fn verdict(mut self, lab: &Lab, base: u16) -> serde_json::Value {
        std::thread::sleep(Duration::from_millis(1500));
        self.stop();
        let said = lab.shell(&format!("{} || test $? = 1", witness(lab, base)));
        let verdict: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert!(verdict["acknowledged"].as_u64().unwrap() > 100, "{verdict}");
        println!("{verdict}");
        verdict
    }

    fn stop(&mut self) {
        Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

/// The command that compares the ledger with the table.
fn witness(lab: &Lab, base: u16) -> String {
    format!(
        "{} {} check --options {dir}/secrets/app.cnf --ledger {dir}/ledger --address 127.0.0.1:{base}",
        page("../tests/lab/python"),
        page("labs/write-load.py"),
        dir = lab.dir.display(),
    )
}

/// Leads a page as a simulation, by the answers of this name.
fn lead(lab: &Lab, below: &str, answers: &str, more: &[String]) -> crate::support::Ran {
    let mut all = vec!["--mode".to_owned(), "simulation".into()];
    all.extend(more.iter().cloned());
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    lab.lead(below, &page(&format!("labs/{answers}.answers.yaml")), &all)
}

/// `--var NAME=VALUE` for each.
fn vars(pairs: &[(&str, &str)]) -> Vec<String> {
    pairs.iter().flat_map(|(name, value)| ["--var".to_owned(), format!("{name}={value}")]).collect()
}

/// A port behind which the server of that port is, 300 ms further away: every answer takes so much longer.
fn far_away(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut near in listener.incoming().map_while(Result::ok) {
            let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            let (mut to_far, mut to_near) = (far.try_clone().unwrap(), near.try_clone().unwrap());
            std::thread::spawn(move || {
                // Either side may hang up at any time; the other one learns of it.
                std::io::copy(&mut near, &mut to_far).ok();
                to_far.shutdown(Shutdown::Both).ok();
            });
            std::thread::spawn(move || {
                let mut some = [0; 8192];
                while let Ok(length @ 1..) = far.read(&mut some) {
                    std::thread::sleep(Duration::from_millis(300));
                    if to_near.write_all(&some[..length]).is_err() {
                        break;
                    }
                }
                to_near.shutdown(Shutdown::Both).ok();
            });
        }
    });
    own
}

fn acknowledged(lab: &Lab, ledger: &str) -> BTreeSet<String> {
    lab.shell(&format!("awk '$1 == \"ack\" {{ print $2 }}' {ledger}")).lines().map(str::to_owned).collect()
}

fn set(text: &str) -> BTreeSet<String> {
    text.lines().map(str::to_owned).collect()
}

/// Writable or not, in the order of their names.
fn closed(lab: &Lab) -> Vec<String> {
    ["n1", "n2", "n3"].map(|node| on(lab, node, "SELECT @@global.read_only")).to_vec()
}

/// The port that a node replicates from, when both of its threads run.
fn follows(lab: &Lab, node: &str) -> String {
    let status = lab.shell(&format!(
        "mariadb --defaults-file=secrets/dba.cnf --socket={node}/mariadb.sock -e 'SHOW SLAVE STATUS\\G'"
    ));
    let field = |name: &str| {
        let found = status.lines().find_map(|l| l.trim().strip_prefix(name)).unwrap_or_default();
        found.trim_start_matches(':').trim().to_owned()
    };
    assert_eq!((field("Slave_IO_Running"), field("Slave_SQL_Running")), ("Yes".into(), "Yes".into()), "{status}");
    field("Master_Port")
}

const ALL_ROWS: &str = "SELECT 'w', id, writer, at FROM app.writes WHERE id > 1 UNION ALL SELECT 'o', id, writer, at \
     FROM app.orders UNION ALL SELECT 'a', id, owner, balance FROM app.accounts ORDER BY 1, 2";

/// Two servers that both take writes: n2 is opened while n1 still is, and applications write to both.
fn split_brain(lab: &Lab, base: u16, on_n1: u32, on_n2: u32) {
    on(
        lab,
        "n1",
        "CREATE TABLE app.orders LIKE app.writes;
         CREATE TABLE app.accounts (id INT PRIMARY KEY, owner VARBINARY(80) UNIQUE, balance DECIMAL(10,2));
         INSERT INTO app.accounts VALUES (1, 'one', 100), (2, 'two', 100), (3, 'three', 100), (4, 'four', 100);
         CREATE TABLE app.audit (what VARCHAR(80));",
    );
    let last = on(lab, "n1", "SELECT @@gtid_binlog_pos");
    for node in ["n2", "n3"] {
        assert_eq!(on(lab, node, &format!("SELECT MASTER_GTID_WAIT('{last}', 20)")), "0");
    }
    on(lab, "n2", "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0");
    write(lab, base, "ledger-n1", "app.writes", on_n1);
    // The same numbers, on the other side; and rows of which the first side knows nothing.
    write(lab, base + 2, "ledger-n2", "app.writes", 10);
    write(lab, base + 2, "orders-n2", "app.orders", on_n2);
    on(
        lab,
        "n1",
        "UPDATE app.accounts SET balance = 90 WHERE id = 1;
         INSERT INTO app.accounts VALUES (20, 'taken', 1);",
    );
    on(
        lab,
        "n2",
        "UPDATE app.accounts SET balance = 80 WHERE id = 1;
         UPDATE app.accounts SET balance = 70, owner = 'it''s \"é\" \\\\ 2\n' WHERE id = 2;
         DELETE FROM app.accounts WHERE id = 4;
         INSERT INTO app.accounts VALUES (21, 'taken', 2);
         UPDATE app.accounts SET balance = 3 WHERE id = 21;
         INSERT INTO app.audit VALUES ('no key');
         ALTER TABLE app.audit ADD more INT;
         FLUSH BINARY LOGS;
         BEGIN; INSERT INTO app.orders (id, writer) VALUES (7, 0); UPDATE app.accounts SET balance = 1 WHERE id = 3; COMMIT;",
    );
    assert_eq!(closed(lab), ["0", "0", "1"], "two servers are to be writable");
}

#[test]
fn a_split_brain_ends_with_one_server_and_no_row_of_the_other_is_dropped_in_silence() {
    let base = 24210;
    let lab = mariadb_lab(base);
    split_brain(&lab, base, 60, 10);
    let theirs = on(&lab, "n2", "SELECT @@gtid_binlog_pos");
    lead(&lab, "incidents/RB-005-split-brain.md", "rb-005", &[]).exits(0);

    assert_eq!(closed(&lab), ["0", "1", "1"], "one writable server, the one with more transactions");
    assert_eq!([follows(&lab, "n2"), follows(&lab, "n3")], [(base + 1).to_string(), (base + 1).to_string()]);
    // Everything that the survivor's clients were told is there.
    let kept = set(&on(&lab, "n1", "SELECT id FROM app.writes"));
    let told = acknowledged(&lab, "ledger-n1");
    assert_eq!((told.len(), told.difference(&kept).count()), (120, 0));
    // Of the other's: what touches nothing of the survivor's is there…
    let orders = set(&on(&lab, "n1", "SELECT id FROM app.orders WHERE id > 7"));
    assert_eq!(orders, acknowledged(&lab, "orders-n2"));
    assert_eq!(orders.len(), 20);
    let accounts = on(&lab, "n1", "SELECT id, HEX(owner), balance FROM app.accounts ORDER BY id");
    let owner = lab.shell("printf '%s' \"it's \\\"é\\\" \\\\ 2\n\" | od -An -tx1 | tr -d ' \\n' | tr a-f A-F");
    let wanted = format!("1\t6F6E65\t90.00\n2\t{owner}\t70.00\n3\t7468726565\t1.00\n20\t74616B656E\t1.00");
    assert_eq!(accounts, wanted, "the survivor's own rows win; an account that only the other deleted is gone");
    // …and each of the rest is in the list, with its reason.
    let list = lab.shell("cat evidence/split-*/held-back-from-n2.tsv");
    for id in acknowledged(&lab, "ledger-n2") {
        assert!(list.contains(&format!("\tid={id}, ")), "{id} is neither there nor in the list\n{list}");
    }
    for (part, why) in [
        ("id=1, owner='one', balance=80.00", "the same row was changed"),
        ("id=21, owner='taken', balance=2.00", "refused: ERROR 1062"),
        ("id=21, owner='taken', balance=3.00", "of a transaction that was refused"),
        ("what='no key'", "no primary key"),
        ("ALTER TABLE app.audit", "a statement, not rows"),
    ] {
        assert!(list.lines().any(|l| l.contains(part) && l.contains(why)), "{part}: {why}\n{list}");
    }
    // Reapplied and held back together are what the other's log held.
    let held: BTreeSet<&str> = list.lines().skip(1).map(|l| l.split('\t').next().unwrap()).collect();
    let reapplied = set(&on(&lab, "n1", "SELECT gtid FROM app.runbook_reapplied"));
    assert!(reapplied.iter().all(|gtid| !held.contains(gtid.as_str())));
    let of_n2 = lab.shell("grep -cE 'GTID 0-102-[0-9]+' evidence/split-*/n2.binlog.sql");
    assert_eq!((held.len() + reapplied.len()).to_string(), of_n2, "up to {theirs}");
    // The rebuilt one holds the same, and the rows of its own are kept aside with its old data.
    for node in ["n2", "n3"] {
        let at = on(&lab, "n1", "SELECT @@gtid_binlog_pos");
        assert_eq!(on(&lab, node, &format!("SELECT MASTER_GTID_WAIT('{at}', 20)")), "0");
        assert_eq!(on(&lab, node, ALL_ROWS), on(&lab, "n1", ALL_ROWS));
    }
    assert!(lab.shell("ls -d n2/data.diverged-*").contains("diverged"));
    lab.record();
}

#[test]
fn what_a_server_wrote_while_it_still_followed_is_not_dropped_unlisted() {
    let base = 24215;
    let lab = mariadb_lab(base);
    let before = on(&lab, "n1", "SELECT @@gtid_binlog_pos");
    assert_eq!(on(&lab, "n2", &format!("SELECT MASTER_GTID_WAIT('{before}', 20)")), "0");
    // Its own first, then what it receives: its last transaction is the other's, and yet it has written.
    on(
        &lab,
        "n2",
        "SET GLOBAL gtid_strict_mode = 0; SET GLOBAL read_only = 0; INSERT INTO app.writes (id, writer) VALUES (900, 0)",
    );
    on(
        &lab,
        "n1",
        "INSERT INTO app.writes (id, writer) VALUES (800, 0); INSERT INTO app.writes (id, writer) VALUES (801, 0)",
    );
    let last = on(&lab, "n1", "SELECT @@gtid_binlog_pos");
    assert_eq!(on(&lab, "n2", &format!("SELECT MASTER_GTID_WAIT('{last}', 20)")), "0");
    assert!(on(&lab, "n2", "SELECT @@gtid_binlog_pos").starts_with("0-101-"));
    on(&lab, "n2", "STOP SLAVE; RESET SLAVE ALL; INSERT INTO app.writes (id, writer) VALUES (901, 0)");
    for id in 802..806 {
        on(&lab, "n1", &format!("INSERT INTO app.writes (id, writer) VALUES ({id}, 0)"));
    }
    let page = "incidents/RB-005-split-brain.md";
    lead(&lab, page, "rb-005", &[]).exits(1).says("n2 wrote while it followed").says(&before);

    lead(&lab, page, "rb-005", &vars(&[("common_position", &before)])).exits(0);
    assert_eq!(closed(&lab), ["0", "1", "1"]);
    let rows = "SELECT GROUP_CONCAT(id ORDER BY id) FROM app.writes WHERE id >= 800";
    assert_eq!(on(&lab, "n1", rows), "800,801,802,803,804,805,900,901");
    lab.record();
}

#[test]
fn the_way_back_from_a_split_brain_opens_one_server_and_never_both() {
    let base = 24205;
    let lab = mariadb_lab(base);
    split_brain(&lab, base, 5, 5);
    // Nobody says yes to giving one of them up.
    let text = std::fs::read_to_string(page("labs/rb-005.answers.yaml")).unwrap();
    let answers = lab.house.file("no.yaml", text.replace("go-no-go: yes", "go-no-go: no")).display().to_string();
    lab.lead("incidents/RB-005-split-brain.md", &answers, &["--mode", "simulation"]).exits(4);
    assert_eq!(closed(&lab), ["1", "1", "1"], "the writes are stopped on both");
    lab.house.runbook(["rollback", &lab.house.run_id(), "--yes", "--answers", &answers]).exits(6);
    assert_eq!(closed(&lab), ["0", "1", "1"]);
    lab.record();
}

#[test]
fn the_promoted_server_may_be_the_one_that_stays_and_nothing_is_reapplied_unasked() {
    let base = 24220;
    let lab = mariadb_lab(base);
    split_brain(&lab, base, 5, 60);
    // The one that stays is far away: between "both threads run" and its refusal of n3 there is time to take n3 for attached, and
    // every commit would wait for it.
    let far = far_away(base + 2);
    let inventory = std::fs::read_to_string(lab.dir.join("inventory.yaml")).unwrap();
    let near = format!("127.0.0.1:{}", base + 2);
    assert!(inventory.contains(&near));
    std::fs::write(lab.dir.join("far.yaml"), inventory.replace(&near, &format!("127.0.0.1:{far}"))).unwrap();
    // The French page, by the same answers.
    let answers = page("labs/rb-005.answers.yaml");
    let more = ["--mode", "simulation", "--var", "reapply=no"];
    lab.lead_by("far.yaml", "vars.yaml", "incidents/RB-005-split-brain.fr.md", &answers, &more).exits(0);

    assert_eq!(closed(&lab), ["1", "0", "1"], "one writable server, the one with more transactions");
    // n3 had followed the server that was given up, and was rebuilt with it.
    assert_eq!([follows(&lab, "n1"), follows(&lab, "n3")], [far.to_string(), far.to_string()]);
    let orders = set(&on(&lab, "n2", "SELECT id FROM app.orders WHERE id > 7"));
    assert_eq!(orders, acknowledged(&lab, "orders-n2"));
    let list = lab.shell("cat evidence/split-*/held-back-from-n1.tsv");
    for id in acknowledged(&lab, "ledger-n1") {
        assert!(list.contains(&format!("\tid={id}, ")), "{id} is not in the list\n{list}");
    }
    let at = on(&lab, "n2", "SELECT @@gtid_binlog_pos");
    for node in ["n1", "n3"] {
        assert_eq!(on(&lab, node, &format!("SELECT MASTER_GTID_WAIT('{at}', 20)")), "0");
        assert_eq!(on(&lab, node, ALL_ROWS), on(&lab, "n2", ALL_ROWS));
    }
    // Through the address, applications reach the one that stays.
    let address = format!(
        "mariadb --defaults-file=secrets/app.cnf --protocol=tcp -h 127.0.0.1 -P {base} -BNe 'SELECT @@server_id'"
    );
    assert_eq!(lab.shell(&address), "102");
    lab.record();
}

/// The command by which one page leads another: the program once more, in the lab, by that page's answers.
fn nested(lab: &Lab, below: &str, answers: &str, more: &str, witness: &str) -> String {
    let script = lab.dir.join(format!("lead-{answers}"));
    let text = format!(
        "set -eu\nexec {program} run {page} --yes --mode simulation --inventory {dir}/inventory.yaml --var-file {dir}/vars.yaml \
         --answers {given} --var 'witness_command={witness}' {more} < /dev/null\n",
        program = crate::support::PROGRAM,
        page = page(below),
        given = page(&format!("labs/{answers}.answers.yaml")),
        dir = lab.dir.display(),
    );
    std::fs::write(&script, text).unwrap();
    format!("bash {}", script.display())
}

#[test]
fn a_switchover_under_load_loses_nothing() {
    let base = 24230;
    let lab = mariadb_lab(base);
    let load = Load::on(&lab, base);
    lead(
        &lab,
        "maintenance/RB-M04-planned-switchover.md",
        "rb-m04",
        &vars(&[("witness_command", &witness(&lab, base))]),
    )
    .exits(0);
    let verdict = load.verdict(&lab, base);

    assert_eq!(verdict["lost"], 0, "{verdict}");
    assert!(verdict["failed_attempts"].as_u64().unwrap() > 0, "nothing was switched: {verdict}");
    assert!(verdict["outage_seconds"].as_f64().is_some_and(|s| s < 60.0), "{verdict}");
    assert_eq!(closed(&lab), ["1", "0", "1"]);
    let new = (base + 2).to_string();
    assert_eq!([follows(&lab, "n1"), follows(&lab, "n3")], [new.clone(), new]);
    lab.record();
}

#[test]
fn a_switchover_is_undone_as_long_as_nobody_has_written_on_the_candidate() {
    let base = 24240;
    let lab = mariadb_lab(base);
    let load = Load::on(&lab, base);
    let until = ["--until".to_owned(), "repoint".into()];
    lead(&lab, "maintenance/RB-M04-planned-switchover.md", "rb-m04", &until).exits(0);
    // The very last moment: everything is turned round, and nobody may write anywhere.
    assert_eq!(closed(&lab), ["1", "1", "1"]);
    assert_eq!(follows(&lab, "n1"), (base + 2).to_string());
    let answers = page("labs/rb-m04.answers.yaml");
    let run = lab.house.run_id();
    // 6 is "rolled back".
    lab.house.runbook(["rollback", &run, "--yes", "--answers", &answers]).exits(6);
    let verdict = load.verdict(&lab, base);

    assert_eq!(verdict["lost"], 0, "{verdict}");
    assert!(verdict["outage_seconds"].is_number(), "no write succeeded afterwards: {verdict}");
    assert_eq!(closed(&lab), ["0", "1", "1"]);
    let old = (base + 1).to_string();
    assert_eq!([follows(&lab, "n2"), follows(&lab, "n3")], [old.clone(), old]);
    lab.record();
}

#[test]
fn what_does_not_fit_the_situation_is_refused_before_anything_changes() {
    let base = 24250;
    let lab = mariadb_lab(base);
    on(&lab, "n2", "STOP SLAVE SQL_THREAD");
    lead(&lab, "maintenance/RB-M04-planned-switchover.md", "rb-m04", &[]).exits(1);
    assert_eq!(closed(&lab), ["0", "1", "1"]);
    // Nor is a healthy cluster taken for a split brain.
    lead(&lab, "incidents/RB-005-split-brain.md", "rb-005", &[]).exits(1).says("wrote_itself");
    assert_eq!(closed(&lab), ["0", "1", "1"]);
    assert_eq!(follows(&lab, "n3"), (base + 1).to_string());
    // Nor is anything stopped before it is known that the address can be moved.
    on(&lab, "n2", "START SLAVE SQL_THREAD");
    let page = "maintenance/RB-M04-planned-switchover.md";
    lead(&lab, page, "rb-m04", &vars(&[("address_by", "dns")])).exits(1).says("haproxy or command");
    lead(&lab, page, "rb-m04", &vars(&[("haproxy_backend", "nosuch")])).exits(1).says("The address can be moved");
    assert_eq!(closed(&lab), ["0", "1", "1"]);
    // Nor does a replica stop receiving that does not apply: mended afterwards, it would lose what it has received.
    on(&lab, "n2", "STOP SLAVE SQL_THREAD");
    lab.shell("bin/node kill n1");
    lead(&lab, "incidents/RB-001-master-failover.md", "rb-001", &[]).exits(1).says("replicas.applying");
    for node in ["n2", "n3"] {
        let receives = "SELECT COUNT(*) FROM information_schema.processlist WHERE command = 'Slave_IO'";
        assert_eq!(on(&lab, node, receives), "1", "{node}");
    }
}

#[test]
fn two_servers_alone_are_switched_over_and_back_and_no_write_hangs() {
    let base = 24255;
    let lab = mariadb_lab(base);
    lab.shell("bin/node stop n3");
    let alone =
        |more: &[(&str, &str)]| vars(&[&[("other_replicas", "none"), ("rpo_measured", "unknown")], more].concat());
    lead(&lab, "maintenance/RB-M04-planned-switchover.md", "rb-m04", &alone(&[])).exits(0);
    let two = || ["n1", "n2"].map(|node| on(&lab, node, "SELECT @@global.read_only"));
    assert_eq!(two(), ["1", "0"]);
    // The comparison would stop the only one that acknowledges.
    let switchover = nested(
        &lab,
        "maintenance/RB-M04-planned-switchover.md",
        "rb-m04",
        "--var primary=$primary --var candidate=$candidate --var \"other_replicas=$other_replicas\" --var rpo_measured=unknown",
        "none",
    );
    let more = alone(&[("switchover_command", &switchover)]);
    lead(&lab, "maintenance/RB-M05-failback.md", "rb-m05", &more).exits(1).says("row.semi == 0");
    assert_eq!(follows(&lab, "n1"), (base + 2).to_string());
    on(&lab, "n2", "SET GLOBAL rpl_semi_sync_master_enabled = 0");
    lead(&lab, "maintenance/RB-M05-failback.md", "rb-m05", &more).exits(0);
    assert_eq!(two(), ["0", "1"]);
    assert_eq!(follows(&lab, "n2"), (base + 1).to_string());
    lab.record();
}

#[test]
fn after_a_failover_the_usual_primary_serves_again() {
    let base = 24260;
    let lab = mariadb_lab(base);
    let load = Load::on(&lab, base);
    let check = witness(&lab, base);
    lab.shell("bin/node kill n1");
    lead(&lab, "incidents/RB-001-master-failover.md", "rb-001", &vars(&[("witness_command", &check)])).exits(0);
    assert_eq!(on(&lab, "n1", "SELECT @@global.read_only"), "1");
    let current = if on(&lab, "n2", "SELECT @@global.read_only") == "0" { "n2" } else { "n3" };
    let other = if current == "n2" { "n3" } else { "n2" };
    // As if RB-001 had ended before its rejoin: the failback has to attach it first.
    on(&lab, "n1", "STOP SLAVE; RESET SLAVE ALL");

    let switchover = nested(
        &lab,
        "maintenance/RB-M04-planned-switchover.md",
        "rb-m04",
        "--var primary=$primary --var candidate=$candidate --var \"other_replicas=$other_replicas\"",
        &check,
    );
    let more = vars(&[("switchover_command", &switchover), ("current", current), ("other_replicas", other)]);
    lead(&lab, "maintenance/RB-M05-failback.md", "rb-m05", &more).exits(0);
    let verdict = load.verdict(&lab, base);

    assert_eq!(verdict["lost"], 0, "{verdict}");
    assert_eq!(closed(&lab), ["0", "1", "1"]);
    let old = (base + 1).to_string();
    assert_eq!([follows(&lab, "n2"), follows(&lab, "n3")], [old.clone(), old]);
    let address = format!(
        "mariadb --defaults-file=secrets/app.cnf --protocol=tcp -h 127.0.0.1 -P {base} -BNe 'SELECT @@server_id'"
    );
    assert_eq!(lab.shell(&address), "101");
    lab.record();
}

/// A statement on n2 that holds a lock for a minute, as a report does. It ends by itself, or by the runbook.
fn report_on(lab: &Lab) -> std::process::Child {
    let sql = "LOCK TABLE app.writes READ; SELECT SLEEP(60)";
    let args = ["--defaults-file=secrets/dba.cnf", "--socket=n2/mariadb.sock", "-BNe", sql];
    let (out, err) = (Stdio::null(), Stdio::null());
    let mut report = Command::new("mariadb");
    report.args(args).current_dir(&lab.dir).stdin(Stdio::null()).stdout(out).stderr(err);
    report.spawn().unwrap()
}

const LAG: &str = "incidents/RB-004-replication-lag.md";

/// Both hold the same rows.
fn assert_caught_up(lab: &Lab) {
    let count = "SELECT COUNT(*), SUM(id) FROM app.writes";
    assert_eq!(on(lab, "n2", count), on(lab, "n1", count));
    assert_eq!(closed(lab), ["0", "1", "1"]);
}

#[test]
fn a_replica_catches_up_whatever_held_it_up() {
    let base = 24270;
    let lab = mariadb_lab(base);
    let mut report = report_on(&lab);
    std::thread::sleep(Duration::from_millis(500));
    write(&lab, base, "ledger-lock", "app.writes", 300);
    std::thread::sleep(Duration::from_millis(1500));
    assert_ne!(on(&lab, "n2", "SELECT COUNT(*) FROM app.writes"), on(&lab, "n1", "SELECT COUNT(*) FROM app.writes"));
    let ran = lead(&lab, LAG, "rb-004", &[]);
    ran.exits(0).says("cause: blocked");
    assert_caught_up(&lab);
    assert!(!report.wait().unwrap().success(), "the session that held the lock was not ended");

    // Restarted, and nobody has started replication: it has not learned its source's number.
    lab.shell("bin/node stop n2 && bin/node start n2 --skip-slave-start");
    lab.shell(&format!("mariadb --defaults-file=secrets/app.cnf --protocol=tcp -h 127.0.0.1 -P {base} -e 'INSERT INTO app.writes (id, writer) VALUES (7, 0)'"));
    let ran = lead(&lab, LAG, "rb-004", &[]);
    ran.exits(0).says("cause: stopped");
    assert_caught_up(&lab);

    // A replica that was refused once, and would try again in five minutes only.
    on(&lab, "n2", "STOP SLAVE; CHANGE MASTER TO MASTER_CONNECT_RETRY = 300; START SLAVE");
    on(&lab, "n1", "SET SESSION sql_log_bin = 0; ALTER USER repl@'127.0.0.1' ACCOUNT LOCK");
    let kill = on(
        &lab,
        "n1",
        "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE command = 'Binlog Dump'",
    );
    on(&lab, "n1", &kill);
    std::thread::sleep(Duration::from_secs(3));
    on(&lab, "n1", "SET SESSION sql_log_bin = 0; ALTER USER repl@'127.0.0.1' ACCOUNT UNLOCK");
    lab.shell(&format!("mariadb --defaults-file=secrets/app.cnf --protocol=tcp -h 127.0.0.1 -P {base} -e 'INSERT INTO app.writes (id, writer) VALUES (70, 0)'"));
    assert_eq!(on(&lab, "n2", "SELECT COUNT(*) FROM app.writes WHERE id = 70"), "0");
    let ran = lead(&lab, LAG, "rb-004", &[]);
    ran.exits(0).says("cause: receiving");
    assert_caught_up(&lab);

    // A row that only the replica has: the runbook must not skip over it.
    on(
        &lab,
        "n2",
        "SET GLOBAL read_only = 0; SET SESSION sql_log_bin = 0; INSERT INTO app.writes (id, writer) VALUES (8, 0); SET GLOBAL read_only = 1",
    );
    lab.shell(&format!("mariadb --defaults-file=secrets/app.cnf --protocol=tcp -h 127.0.0.1 -P {base} -e 'INSERT INTO app.writes (id, writer) VALUES (8, 9)'"));
    std::thread::sleep(Duration::from_secs(1));
    lead(&lab, LAG, "rb-004", &[]).exits(1).says("cause: error");
    assert_eq!(on(&lab, "n2", "SELECT writer FROM app.writes WHERE id = 8"), "0");
    lab.record();
}

#[test]
fn what_is_changed_while_a_replica_catches_up_is_taken_back() {
    let base = 24280;
    let lab = mariadb_lab(base);
    on(&lab, "n2", "STOP SLAVE SQL_THREAD; SET GLOBAL slave_parallel_threads = 0; START SLAVE SQL_THREAD");
    // Without a key each changed row is searched for in the whole table.
    on(
        &lab,
        "n1",
        "CREATE TABLE app.without_key (n INT, v INT, t CHAR(100));
         INSERT INTO app.without_key SELECT seq, 0, 'x' FROM app.seq_1_to_20000;",
    );
    let last = on(&lab, "n1", "SELECT @@gtid_binlog_pos");
    assert_eq!(on(&lab, "n2", &format!("SELECT MASTER_GTID_WAIT('{last}', 60)")), "0");
    on(
        &lab,
        "n1",
        "UPDATE app.without_key SET v = v + 1 ORDER BY n DESC LIMIT 2000; INSERT INTO app.writes (id, writer) VALUES (9, 0)",
    );
    std::thread::sleep(Duration::from_secs(1));
    let file = lab.dir.join("reads").display().to_string();
    let (away, back) = (format!("echo $replica away >> {file}"), format!("echo $replica back >> {file}"));
    let more = vars(&[("reads_away", &away), ("reads_back", &back), ("threshold", "1")]);
    // The French page, by the same answers.
    lead(&lab, "incidents/RB-004-replication-lag.fr.md", "rb-004", &more).exits(0).says("cause: applying");

    assert_caught_up(&lab);
    assert_eq!(on(&lab, "n2", "SELECT SUM(v) FROM app.without_key"), "2000");
    assert_eq!(lab.shell("cat reads"), "n2 away\nn2 back");
    let settings = "SELECT @@slave_parallel_threads, @@innodb_flush_log_at_trx_commit, @@sync_binlog";
    // The threads stay, as the page says; what makes a crash dangerous does not.
    assert_eq!(on(&lab, "n2", settings), "4\t1\t1");
    assert!(lab.house.run_dir().join("journal.jsonl").exists());
    let journal = std::fs::read_to_string(lab.house.run_dir().join("journal.jsonl")).unwrap();
    assert!(journal.contains("durable-again"), "the durability was never relaxed");
    lab.record();
}

#[test]
fn the_monthly_test_kills_the_primary_measures_and_restores_the_usual_roles() {
    let base = 24290;
    let lab = mariadb_lab(base);
    let load = Load::on(&lab, base);
    let check = witness(&lab, base);
    let switchover = nested(
        &lab,
        "maintenance/RB-M04-planned-switchover.md",
        "rb-m04",
        "--var primary=$primary --var candidate=$candidate --var \"other_replicas=$other_replicas\"",
        &check,
    );
    let failback = format!(
        "--var original=$original --var current=$current --var \"other_replicas=$other_replicas\" --var 'switchover_command={switchover}'"
    );
    let failback = nested(&lab, "maintenance/RB-M05-failback.md", "rb-m05", &failback, &check);
    let failover = nested(&lab, "incidents/RB-001-master-failover.md", "rb-001", "", &check);
    let kill = format!("{}/bin/node kill n1", lab.dir.display());
    let more = vars(&[
        ("kill_command", &kill),
        ("failover_command", &failover),
        ("failback_command", &failback),
        ("witness_command", &check),
    ]);
    lead(&lab, "drills/DR-M01-monthly-failover-test.md", "dr-m01", &more).exits(0);
    let verdict = load.verdict(&lab, base);
    assert_eq!(verdict["lost"], 0, "{verdict}");

    // Four runs: the drill, and in it a failover, a failback, a switchover.
    let runs = lab.house.run_dirs();
    assert_eq!(runs.len(), 4, "{runs:?}");
    assert_eq!(closed(&lab), ["0", "1", "1"], "the usual primary is the primary again");
    let old = (base + 1).to_string();
    assert_eq!([follows(&lab, "n2"), follows(&lab, "n3")], [old.clone(), old]);
    assert_eq!(on(&lab, "n1", "SELECT COUNT(*) FROM app.runbook_marker WHERE marker LIKE 'drm01%'"), "0");
    // What the drill measured itself, of the failure that it caused.
    let journal = runs
        .iter()
        .map(|run| std::fs::read_to_string(run.join("journal.jsonl")).unwrap())
        .find(|journal| journal.contains("failover-by-command"))
        .unwrap();
    let filled = |name: &str| journal.lines().any(|l| l.contains(&format!("\"{name}\"")) && l.contains("\"met\""));
    assert!(filled("rto_measured"), "{journal}");
    lab.record();
}

#[test]
fn a_rolling_upgrade_leaves_the_service_up_and_every_server_upgraded() {
    let base = 24200;
    let lab = mariadb_lab(base);
    let load = Load::on(&lab, base);
    let check = witness(&lab, base);
    let switchover = nested(
        &lab,
        "maintenance/RB-M04-planned-switchover.md",
        "rb-m04",
        "--var primary=$primary --var candidate=$candidate --var \"other_replicas=$other_replicas\"",
        &check,
    );
    // The lab has one version: the upgrade is that the server reports another one. Each is written down, in its order.
    let version = on(&lab, "n1", "SELECT CONCAT(SUBSTRING_INDEX(@@version, '-', 1), '-MariaDB-upgraded')");
    let upgrade = format!(
        "echo $node >> {dir}/upgraded; echo 'version={version}-log' >> {dir}/$node/my.cnf",
        dir = lab.dir.display()
    );
    let more =
        vars(&[("target_version", &version), ("upgrade_command", &upgrade), ("switchover_command", &switchover)]);
    // Given up while the first one is stopped: it runs again, and follows.
    let mut stopped = more.clone();
    stopped.extend(["--until".to_owned(), "is-stopped".into()]);
    lead(&lab, "maintenance/RB-M02-rolling-upgrade.md", "rb-m02", &stopped).exits(0);
    lab.shell("! bin/node alive n2");
    let answers = page("labs/rb-m02.answers.yaml");
    lab.house.runbook(["rollback", &lab.house.run_id(), "--yes", "--answers", &answers]).exits(6);
    assert_eq!(follows(&lab, "n2"), (base + 1).to_string());
    // Interrupted after the first one, and begun again: nothing is upgraded twice.
    let mut first = more.clone();
    first.extend(["--until".to_owned(), "fresh-row".into()]);
    lead(&lab, "maintenance/RB-M02-rolling-upgrade.md", "rb-m02", &first).exits(0);
    assert_eq!(lab.shell("cat upgraded"), "n2");
    lead(&lab, "maintenance/RB-M02-rolling-upgrade.md", "rb-m02", &more).exits(0);
    let verdict = load.verdict(&lab, base);

    assert_eq!(verdict["lost"], 0, "{verdict}");
    assert!(verdict["outage_seconds"].as_f64().is_some_and(|s| s < 60.0), "{verdict}");
    assert_eq!(lab.shell("cat upgraded"), "n2\nn3\nn1", "replicas first, each once");
    for node in ["n1", "n2", "n3"] {
        assert_eq!(on(&lab, node, "SELECT @@version LIKE '%-upgraded-log'"), "1");
    }
    assert_eq!(closed(&lab), ["1", "0", "1"]);
    let new = (base + 2).to_string();
    assert_eq!([follows(&lab, "n1"), follows(&lab, "n3")], [new.clone(), new]);
    lab.record();
}
