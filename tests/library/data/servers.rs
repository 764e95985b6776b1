//! Full disks and new replicas.

use super::{Load, automation, lab, sql, until};
use crate::lab::page;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

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
    // The first copy fails as on a host so busy that the end of the redo log is not reached: a part of it has arrived by then.
    let outrun = "#!/bin/sh\n\
        case \"$*\" in *--backup*) if mkdir \"$0.outrun\" 2> /dev/null; then\n\
        /usr/bin/mariadb-backup \"$@\" | head -c 200000\n\
        echo 'Was only able to copy log from 296968 to 397287, not 442161; try increasing innodb_log_file_size' >&2; exit 1\n\
        fi;; esac\nexec /usr/bin/mariadb-backup \"$@\"\n";
    lab.shell("mkdir outrun && printf '#!/bin/sh\\nPATH=%s:$PATH exec %s \"$@\"\\n' \"$PWD/outrun\" \"$PWD/bin/on\" > outrun/on");
    std::fs::write(lab.dir.join("outrun/mariadb-backup"), outrun).unwrap();
    lab.shell("chmod +x outrun/on outrun/mariadb-backup");
    let lead = |spare: &str| {
        let vars = [
            format!("shell_on={}", lab.dir.join("outrun/on").display()),
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
    lead("n4").exits(1).says("in time: try 2 of 3").says("has server_id 103 already");
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
