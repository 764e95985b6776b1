//! Runbooks that change who is the primary: lag, split brain, switchover, failback, the monthly test.

use crate::lab::{Lab, page};
use std::collections::BTreeSet;

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
    let theirs = on(&lab, "n2", "SELECT gtid_done FROM (SELECT @@gtid_binlog_pos AS gtid_done) p");
    let ran = lab.lead("incidents/RB-005-split-brain.md", &page("labs/rb-005.answers.yaml"), &["--mode", "simulation"]);
    ran.exits(0);

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
    let owner: String = "it's \"é\" \\ 2\n".bytes().map(|b| format!("{b:02X}")).collect();
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
fn the_promoted_server_may_be_the_one_that_stays_and_nothing_is_reapplied_unasked() {
    let base = 24220;
    let lab = mariadb_lab(base);
    split_brain(&lab, base, 5, 60);
    let answers = page("labs/rb-005.answers.yaml");
    let more = ["--mode", "simulation", "--var", "reapply=no"];
    lab.lead("incidents/RB-005-split-brain.md", &answers, &more).exits(0);

    assert_eq!(closed(&lab), ["1", "0", "1"], "one writable server, the one with more transactions");
    // n3 had followed the server that was given up, and was rebuilt with it.
    assert_eq!([follows(&lab, "n1"), follows(&lab, "n3")], [(base + 2).to_string(), (base + 2).to_string()]);
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
