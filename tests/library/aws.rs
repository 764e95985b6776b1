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

/// The secondary region stops applying; twenty orders are acknowledged meanwhile.
fn lag_and_twenty_orders(lab: &Lab, port: u16) {
    sql(lab, "central", "STOP SLAVE SQL_THREAD");
    lab.shell("sleep 1.5");
    for _ in 0..20 {
        through(lab, port, "INSERT INTO orders (amount) VALUES (1)");
    }
    assert_eq!(sql(lab, "west", "SELECT COUNT(*) FROM shop.orders"), "522");
}

const RB_008: &str = "incidents/RB-008-aurora-lag-promotion.md";

fn promote(lab: &Lab, promote_by: &str, incident_start: &str) -> Ran {
    let (by, start) = (format!("promote_by={promote_by}"), format!("incident_start={incident_start}"));
    let more = ["--mode", "simulation", "--var", &by, "--var", &start];
    lab.lead_by("secondary.inventory.yaml", "rb-008.yaml", RB_008, &answers("rb-008"), &more)
}

/// The twenty orders are lost, and the interval that the runbook gives holds them.
fn lost_twenty_and_says_so(lab: &Lab, port: u16) {
    assert_eq!(through(lab, port, "SELECT @@server_id, COUNT(*) FROM orders"), "202\t502");
    assert_eq!(through(lab, port, "SELECT marker FROM runbook_marker"), "rb008");
    let rpo: f64 = kept(lab, "rpo", "rpo_measured").as_str().unwrap().trim_end_matches('s').parse().unwrap();
    assert!((1.5..30.0).contains(&rpo), "{rpo}");
    let evidence = std::fs::read_to_string(lab.dir.join("evidence/rpo.txt")).unwrap();
    assert!(evidence.contains(&format!("lost: at most {rpo:.1}s")), "{evidence}");
}

#[test]
fn rb_008_fails_a_dead_region_over_and_accounts_for_the_lag() {
    let lab = two_regions(24430);
    lag_and_twenty_orders(&lab, 24435);
    let start = lab.shell("bin/node kill west > /dev/null; date -u +%FT%T.%3NZ");
    promote(&lab, "managed", &start).exits(0).says("alarm: ALARM");
    assert_eq!(kept(&lab, "ask-primary", "primary_up"), "false");
    lost_twenty_and_says_so(&lab, 24435);
    lab.record();
}

#[test]
fn rb_008_waits_for_a_lag_to_end_or_detaches() {
    let lab = two_regions(24440);
    lag_and_twenty_orders(&lab, 24445);
    // First the lag goes away by itself: nothing is promoted.
    let ran = std::thread::scope(|s| {
        s.spawn(|| lab.shell("sleep 6; echo 'START SLAVE SQL_THREAD' | bin/node sql central"));
        promote(&lab, "none", "now")
    });
    ran.exits(0);
    assert_eq!(kept(&lab, "ask-primary", "primary_up"), "true");
    assert_eq!(through(&lab, 24445, "SELECT @@server_id, COUNT(*) FROM orders"), "201\t522");
    assert_eq!(sql(&lab, "central", "SELECT @@read_only, COUNT(*) FROM shop.orders"), "1\t522");
    // Then it does not, and the secondary is taken out of the global cluster; the fence ends the primary's writes.
    sql(&lab, "central", "STOP SLAVE SQL_THREAD");
    lab.shell("sleep 1.5");
    through(&lab, 24445, "INSERT INTO orders (amount) VALUES (1)");
    let mut more = lab.house.run_dirs();
    promote(&lab, "detach", "now").exits(0);
    more = lab.house.run_dirs().into_iter().filter(|d| !more.contains(d)).collect();
    assert_eq!(through(&lab, 24445, "SELECT @@server_id, COUNT(*) FROM orders"), "202\t522");
    let found = events(&more[0]);
    let kept = at(&found, "step-succeeded", "rpo")[0]["captures"]["rpo_measured"].clone();
    let rpo: f64 = kept.as_str().unwrap().trim_end_matches('s').parse().unwrap();
    assert!((1.5..30.0).contains(&rpo), "{rpo}");
    lab.record();
}

#[test]
fn rb_012_leads_users_to_the_secondary_region_and_back() {
    let lab = two_regions(24450);
    let users = "curl -fsS http://127.0.0.1:24456/health";
    assert!(lab.shell(users).contains("\"west\""));
    lab.shell("bin/site kill west");
    let ran = std::thread::scope(|s| {
        // The primary is mended once users are served by the other region.
        s.spawn(|| {
            lab.shell(
                "for i in $(seq 1 600); do if curl -fsS http://127.0.0.1:24456/health 2> /dev/null | grep -q central; \
                 then touch served-by-central; bin/site start west; exit; fi; sleep 0.1; done",
            )
        });
        let more = ["--mode", "simulation"];
        lab.lead_by(
            "inventory.yaml",
            "rb-012.yaml",
            "incidents/RB-012-load-balancer-loss.md",
            &answers("rb-012"),
            &more,
        )
    });
    ran.exits(0);
    assert!(lab.dir.join("served-by-central").exists());
    assert_eq!(kept(&lab, "record-now", "old_target"), "west.example.test");
    assert!(lab.shell(users).contains("\"west\""));
    lab.record();
}

/// A secondary region that is not well is not switched to.
#[test]
fn rb_012_does_not_lead_users_from_one_dead_region_to_another() {
    let lab = two_regions(24460);
    lab.shell("bin/site kill west; touch central/unhealthy");
    let more = ["--mode", "simulation"];
    lab.lead_by("inventory.yaml", "rb-012.yaml", "incidents/RB-012-load-balancer-loss.md", &answers("rb-012"), &more)
        .exits(1);
    let found = events(&lab.house.run_dir());
    assert_eq!(at(&found, "step-failed", "ask-secondary").len(), 1);
    assert!(at(&found, "step-started", "switch").is_empty());
}

const REFUSE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::orders-west/*"}]}"#;

/// Five objects before, of which the secondary has two; then the primary bucket refuses writes.
fn refused_writes(lab: &Lab) {
    lab.shell(&format!(
        ". ./env; echo '{REFUSE}' > refuse.json; for i in 1 2 3 4 5; do echo order $i > o$i; \
         aws s3 cp --quiet o$i s3://orders-west/orders/$i; done; for i in 1 2; do \
         aws s3 cp --quiet --region eu-central-1 o$i s3://orders-central/orders/$i; done; \
         aws s3api put-bucket-policy --bucket orders-west --policy file://refuse.json"
    ));
}

fn objects(lab: &Lab, bucket: &str, region: &str) -> String {
    lab.shell(&format!(
        ". ./env; aws --region {region} s3api list-objects-v2 --bucket {bucket} --prefix orders/ \
         --query 'Contents[].Key' --output text | tr '\\t' ' '"
    ))
}

fn store(lab: &Lab, way: &str) -> Ran {
    let way = format!("way={way}");
    let more = ["--mode", "simulation", "--var", &way];
    lab.lead_by(
        "inventory.yaml",
        "rb-010.yaml",
        "incidents/RB-010-object-store-unavailable.md",
        &answers("rb-010"),
        &more,
    )
}

#[test]
fn rb_010_switches_applications_to_the_secondary_bucket_and_aligns() {
    let lab = two_regions(24470);
    refused_writes(&lab);
    let ran = std::thread::scope(|s| {
        // Applications store two more objects in the secondary; then the primary is mended.
        s.spawn(|| {
            lab.shell(
                ". ./env; for i in $(seq 1 600); do if grep -q central bucket; then break; fi; sleep 0.1; done; \
                 for i in 6 7; do curl -fsS -X PUT --data \"order $i\" http://127.0.0.1:24476/objects/orders/$i; done; \
                 sleep 1; aws s3api delete-bucket-policy --bucket orders-west",
            )
        });
        store(&lab, "switch")
    });
    ran.exits(0).says("Forbidden");
    assert_eq!(kept(&lab, "lacking", "lacking"), "3");
    let all = "orders/1 orders/2 orders/3 orders/4 orders/5 orders/6 orders/7";
    assert_eq!(objects(&lab, "orders-west", "eu-west-1"), all);
    assert_eq!(objects(&lab, "orders-central", "eu-central-1"), all);
    assert!(lab.shell("curl -fsS http://127.0.0.1:24476/objects/orders/6").contains("order 6"));
    assert_eq!(lab.shell("cat bucket"), "orders-west");
    lab.record();
}

#[test]
fn rb_010_puts_a_policy_back() {
    let lab = two_regions(24490);
    refused_writes(&lab);
    store(&lab, "policy").exits(0);
    assert_eq!(lab.shell("cat bucket"), "orders-west");
    assert!(lab.shell("curl -fsS -X PUT --data x http://127.0.0.1:24496/objects/orders/9").contains("orders-west"));
    // What was there is kept.
    assert!(lab.shell("cat evidence/policy.json").contains("Deny"));
}
