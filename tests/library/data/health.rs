//! What the health check says.

use super::{automated, lab, sql, until};
use crate::lab::Lab;
use std::time::Duration;

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
        // However full the machine's own disk is: this is about what the check says of it.
        ("n1", vec!["--role", "primary", "--min-replicas", "2", "--disk", "/", "--max-disk", "100"], None),
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
