//! Runbooks against the AWS stand-in, with the databases and the application of two regions behind it.

use crate::lab::{Lab, page};
use crate::support::Ran;
use crate::support::journal::{at, events};
use serde_json::Value;

/// The lab of two regions on nine ports from `first`.
fn two_regions(first: u16) -> Lab {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut variables = vec![("delay", "1".to_owned())];
    for (name, file) in [
        ("python", "target/lab-python/bin/python"),
        ("stand_in", "tests/lab/aws_stand_in.py"),
        ("world", "runbooks/labs/two_regions.py"),
    ] {
        variables.push((name, root.join(file).display().to_string()));
    }
    let ports = [
        "aws_port",
        "west_port",
        "central_port",
        "restored_port",
        "orders_port",
        "world_port",
        "www_port",
        "west_site",
        "central_site",
    ];
    variables.extend(ports.into_iter().zip(first..).map(|(name, port)| (name, port.to_string())));
    Lab::up("two-regions", &variables)
}

/// What a database of the lab answers, asked over its own socket.
fn sql(lab: &Lab, node: &str, text: &str) -> String {
    lab.shell(&format!("echo \"{text}\" | bin/node sql {node}"))
}

/// What applications get, with their account and through their address, by a new connection.
fn through(lab: &Lab, port: u16, text: &str) -> String {
    lab.shell(&format!(
        "mariadb --defaults-file=secrets/app.cnf --protocol=tcp -h 127.0.0.1 -P {port} -BN -e \"{text}\" shop"
    ))
}

/// What a step of the only run of the test kept.
fn kept(lab: &Lab, step: &str, name: &str) -> Value {
    let found = events(&lab.house.run_dir());
    let done = at(&found, "step-succeeded", step);
    assert!(!done.is_empty(), "{step} was not done");
    done.iter().map(|e| &e["captures"][name]).find(|v| !v.is_null()).cloned().unwrap_or_default()
}

fn answers(name: &str) -> String {
    page(&format!("labs/{name}.answers.yaml"))
}

/// 300 of 502 orders are deleted after `restore_time`, and seven more are placed.
fn restored_to_before_the_damage(lab: &Lab, swap_by: &str) -> Ran {
    let time = lab.shell("sleep 1.2; date -u +%FT%TZ; sleep 1.2");
    sql(
        lab,
        "west",
        "DELETE FROM shop.orders WHERE id <= 300; INSERT INTO shop.orders (amount) VALUES (1),(2),(3),(4),(5),(6),(7)",
    );
    assert_eq!(sql(lab, "west", "SELECT COUNT(*) FROM shop.orders"), "209");
    let (time, swap_by) = (format!("restore_time={time}"), format!("swap_by={swap_by}"));
    lab.lead(
        "incidents/RB-007-rds-point-in-time-recovery.md",
        &answers("rb-007"),
        &["--mode", "simulation", "--var", &time, "--var", &swap_by],
    )
}

#[test]
fn rb_007_restores_beside_the_original_and_swaps_by_rename() {
    let lab = two_regions(24400);
    restored_to_before_the_damage(&lab, "rename").exits(0);
    assert_eq!(kept(&lab, "rename-left-behind", "left_behind"), "7");
    // Applications, on the same address as before, have all 502 again, and their write is on the restored server only.
    assert_eq!(through(&lab, 24404, "SELECT @@port, COUNT(*) FROM orders"), "24403\t502");
    assert_eq!(sql(&lab, "restored", "SELECT marker FROM shop.runbook_marker"), "rb007");
    // The original is as it was, with what came later.
    assert_eq!(sql(&lab, "west", "SELECT COUNT(*) FROM shop.orders"), "209");
    assert_eq!(
        sql(&lab, "west", "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 'runbook_marker'"),
        "0"
    );
    lab.record();
}

#[test]
fn rb_007_swaps_by_record() {
    let lab = two_regions(24410);
    restored_to_before_the_damage(&lab, "record").exits(0);
    assert_eq!(through(&lab, 24414, "SELECT @@port, COUNT(*) FROM orders"), "24413\t502");
    assert_eq!(sql(&lab, "west", "SELECT COUNT(*) FROM shop.orders"), "209");
    // Whoever still has the original's own address is refused.
    let locked =
        lab.shell("! mariadb --defaults-file=secrets/app.cnf --protocol=tcp -h 127.0.0.1 -P 24411 -e 'SELECT 1' 2>&1");
    assert!(locked.contains("locked"), "{locked}");
    lab.record();
}

/// A restore to a moment at which the damage was there already is noticed by its totals, and nothing is swapped.
#[test]
fn rb_007_does_not_swap_what_lacks_rows() {
    let lab = two_regions(24420);
    sql(&lab, "west", "DELETE FROM shop.orders WHERE id <= 300");
    let time = lab.shell("sleep 1.2; date -u +%FT%TZ; sleep 1.2");
    let time = format!("restore_time={time}");
    let more = ["--mode", "simulation", "--var", &time, "--var", "swap_by=rename"];
    lab.lead("incidents/RB-007-rds-point-in-time-recovery.md", &answers("rb-007"), &more)
        .exits(1)
        .says("row.total >= minimum_total");
    assert!(at(&events(&lab.house.run_dir()), "step-started", "rename-stop-writes").is_empty());
    assert_eq!(through(&lab, 24424, "SELECT @@port, COUNT(*) FROM orders"), "24421\t202");
}
