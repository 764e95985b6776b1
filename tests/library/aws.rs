//! Runbooks against the AWS stand-in, with the databases and the application of two regions behind it.

use crate::lab::{Lab, page};
use crate::support::Ran;
use crate::support::journal::{at, events};
use serde_json::Value;

/// The lab, and the first of its ports.
struct Regions {
    lab: Lab,
    first: u16,
}

impl std::ops::Deref for Regions {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.lab
    }
}

impl Regions {
    /// A port by the name of its input.
    fn port(&self, name: &str) -> u16 {
        self.first + u16::try_from(PORTS.iter().position(|&p| p == name).unwrap()).unwrap()
    }

    /// A command, with the address of users in `$users`.
    fn by_users(&self, line: &str) -> String {
        self.shell(&format!("users=http://127.0.0.1:{}; {line}", self.port("www_port")))
    }

    /// What users get.
    fn users(&self, path: &str) -> String {
        self.by_users(&format!("curl -fsS $users{path}"))
    }
}

const PORTS: [&str; 9] = [
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

/// The lab of two regions, each test's on ports of its own.
fn two_regions(test: u16) -> Regions {
    let first = 24400 + 9 * test;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut variables = vec![("delay", "1".to_owned())];
    for (name, file) in [
        ("python", "target/lab-python/bin/python"),
        ("stand_in", "tests/lab/aws_stand_in.py"),
        ("world", "runbooks/labs/two_regions.py"),
    ] {
        variables.push((name, root.join(file).display().to_string()));
    }
    variables.extend(PORTS.into_iter().zip(first..).map(|(name, port)| (name, port.to_string())));
    Regions { lab: Lab::up("two-regions", &variables), first }
}

/// What a database of the lab answers, asked over its own socket.
fn sql(lab: &Regions, node: &str, text: &str) -> String {
    lab.shell(&format!("echo \"{text}\" | bin/node sql {node}"))
}

/// What applications get, with their account and through their address, by a new connection.
fn through(lab: &Regions, address: &str, text: &str) -> String {
    let port = lab.port(address);
    lab.shell(&format!(
        "mariadb --defaults-file=secrets/app.cnf --protocol=tcp -h 127.0.0.1 -P {port} -BN -e \"{text}\" shop"
    ))
}

/// What a step of the only run of the test kept.
fn kept(lab: &Regions, step: &str, name: &str) -> Value {
    let found = events(&lab.house.run_dir());
    let done = at(&found, "step-succeeded", step);
    assert!(!done.is_empty(), "{step} was not done");
    done.iter().map(|e| &e["captures"][name]).find(|v| !v.is_null()).cloned().unwrap_or_default()
}

fn answers(name: &str) -> String {
    page(&format!("labs/{name}.answers.yaml"))
}

/// 300 of 502 orders are deleted after `restore_time`, and seven more are placed.
fn restored_to_before_the_damage(lab: &Regions, swap_by: &str) -> Ran {
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
    let lab = two_regions(0);
    restored_to_before_the_damage(&lab, "rename").exits(0);
    assert_eq!(kept(&lab, "rename-left-behind", "left_behind"), "7");
    // Applications, on the same address as before, have all 502 again, and their write is on the restored server only.
    assert_eq!(
        through(&lab, "orders_port", "SELECT @@port, COUNT(*) FROM orders"),
        format!("{}\t502", lab.port("restored_port"))
    );
    assert_eq!(sql(&lab, "restored", "SELECT marker FROM shop.runbook_marker"), "rb007");
    assert_eq!(lab.shell("cat released"), "released");
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
    let lab = two_regions(1);
    restored_to_before_the_damage(&lab, "record").exits(0);
    assert_eq!(
        through(&lab, "orders_port", "SELECT @@port, COUNT(*) FROM orders"),
        format!("{}\t502", lab.port("restored_port"))
    );
    assert_eq!(sql(&lab, "west", "SELECT COUNT(*) FROM shop.orders"), "209");
    // Whoever still has the original's own address is refused.
    let locked = lab.shell(&format!(
        "! mariadb --defaults-file=secrets/app.cnf --protocol=tcp -h 127.0.0.1 -P {} -e 'SELECT 1' 2>&1",
        lab.port("west_port")
    ));
    assert!(locked.contains("locked"), "{locked}");
    lab.record();
}

/// A restore to a moment at which the damage was there already is noticed by its totals, and nothing is swapped.
#[test]
fn rb_007_does_not_swap_what_lacks_rows() {
    let lab = two_regions(2);
    sql(&lab, "west", "DELETE FROM shop.orders WHERE id <= 300");
    let time = lab.shell("sleep 1.2; date -u +%FT%TZ; sleep 1.2");
    let time = format!("restore_time={time}");
    let more = ["--mode", "simulation", "--var", &time, "--var", "swap_by=rename"];
    lab.lead("incidents/RB-007-rds-point-in-time-recovery.md", &answers("rb-007"), &more)
        .exits(1)
        .says("row.total >= minimum_total");
    assert!(at(&events(&lab.house.run_dir()), "step-started", "rename-stop-writes").is_empty());
    assert_eq!(
        through(&lab, "orders_port", "SELECT @@port, COUNT(*) FROM orders"),
        format!("{}\t202", lab.port("west_port"))
    );
}

/// "As late as possible" is a moment that is known, and what was written after it is counted.
#[test]
fn rb_007_knows_what_the_latest_moment_leaves_behind() {
    let lab = two_regions(13);
    lab.shell("sleep 1.2");
    through(&lab, "orders_port", "INSERT INTO orders (amount) VALUES (1),(2),(3)");
    let more = ["--mode", "simulation", "--var", "restore_time=latest", "--var", "swap_by=record"];
    lab.lead("incidents/RB-007-rds-point-in-time-recovery.md", &answers("rb-007"), &more).exits(0);
    let behind: u32 = kept(&lab, "record-left-behind", "left_behind").as_str().unwrap().parse().unwrap();
    let (begun, point) = (kept(&lab, "session", "restore_point"), kept(&lab, "window", "restore_point"));
    // Both are whole seconds: a second that begins between the two makes them the same.
    assert!(point.as_str().unwrap() <= begun.as_str().unwrap(), "{point} {begun}");
    assert_eq!(
        through(&lab, "orders_port", "SELECT @@port, COUNT(*) FROM orders"),
        format!("{}\t{}", lab.port("restored_port"), 505 - behind)
    );
}

/// The secondary region stops applying; twenty orders are acknowledged meanwhile.
fn lag_and_twenty_orders(lab: &Regions) {
    sql(lab, "central", "STOP SLAVE SQL_THREAD");
    lab.shell("sleep 1.5");
    for _ in 0..20 {
        through(lab, "world_port", "INSERT INTO orders (amount) VALUES (1)");
    }
    assert_eq!(sql(lab, "west", "SELECT COUNT(*) FROM shop.orders"), "522");
}

const RB_008: &str = "incidents/RB-008-aurora-lag-promotion.md";

fn promote(lab: &Regions, promote_by: &str, incident_start: &str) -> Ran {
    let (by, start) = (format!("promote_by={promote_by}"), format!("incident_start={incident_start}"));
    let more = ["--mode", "simulation", "--var", &by, "--var", &start];
    lab.lead_by("secondary.inventory.yaml", "rb-008.yaml", RB_008, &answers("rb-008"), &more)
}

/// The twenty orders are lost, and the interval that the runbook gives holds them.
fn lost_twenty_and_says_so(lab: &Regions) {
    assert_eq!(through(lab, "world_port", "SELECT @@server_id, COUNT(*) FROM orders"), "202\t502");
    assert_eq!(through(lab, "world_port", "SELECT marker FROM runbook_marker"), "rb008");
    let rpo: f64 = kept(lab, "rpo", "rpo_measured").as_str().unwrap().trim_end_matches('s').parse().unwrap();
    assert!((1.5..30.0).contains(&rpo), "{rpo}");
    let evidence = std::fs::read_to_string(lab.dir.join("evidence/rpo.txt")).unwrap();
    assert!(evidence.contains(&format!("lost: at most {rpo:.1}s")), "{evidence}");
}

#[test]
fn rb_008_fails_a_dead_region_over_and_accounts_for_the_lag() {
    let lab = two_regions(3);
    lag_and_twenty_orders(&lab);
    let start = lab.shell("bin/node kill west > /dev/null; date -u +%FT%T.%3NZ");
    promote(&lab, "managed", &start).exits(0).says("alarm: ALARM");
    assert_eq!(kept(&lab, "ask-primary", "primary_up"), "false");
    lost_twenty_and_says_so(&lab);
    lab.record();
}

#[test]
fn rb_008_waits_for_a_lag_to_end_or_detaches() {
    let lab = two_regions(4);
    lag_and_twenty_orders(&lab);
    // First the lag goes away by itself: nothing is promoted.
    let ran = std::thread::scope(|s| {
        s.spawn(|| lab.shell("sleep 6; echo 'START SLAVE SQL_THREAD' | bin/node sql central"));
        promote(&lab, "none", "now")
    });
    ran.exits(0);
    assert_eq!(kept(&lab, "ask-primary", "primary_up"), "true");
    assert_eq!(through(&lab, "world_port", "SELECT @@server_id, COUNT(*) FROM orders"), "201\t522");
    assert_eq!(sql(&lab, "central", "SELECT @@read_only; SELECT COUNT(*) FROM shop.orders"), "1\n522");
    // Then it does not, and the secondary is taken out of the global cluster; the fence ends the primary's writes.
    sql(&lab, "central", "STOP SLAVE SQL_THREAD");
    lab.shell("sleep 1.5");
    through(&lab, "world_port", "INSERT INTO orders (amount) VALUES (1)");
    let mut more = lab.house.run_dirs();
    promote(&lab, "detach", "now").exits(0);
    more = lab.house.run_dirs().into_iter().filter(|d| !more.contains(d)).collect();
    assert_eq!(through(&lab, "world_port", "SELECT @@server_id, COUNT(*) FROM orders"), "202\t522");
    let found = events(&more[0]);
    let kept = at(&found, "step-succeeded", "rpo")[0]["captures"]["rpo_measured"].clone();
    let rpo: f64 = kept.as_str().unwrap().trim_end_matches('s').parse().unwrap();
    assert!((1.5..30.0).contains(&rpo), "{rpo}");
    lab.record();
}

#[test]
fn rb_012_leads_users_to_the_secondary_region_and_back() {
    let lab = two_regions(5);
    assert!(lab.users("/health").contains("\"west\""));
    lab.shell("bin/site kill west");
    let ran = std::thread::scope(|s| {
        // The primary is mended once users are served by the other region.
        s.spawn(|| {
            lab.by_users(
                "for i in $(seq 1 600); do if curl -fsS $users/health 2> /dev/null | grep -q central; \
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
    assert!(lab.users("/health").contains("\"west\""));
    lab.record();
}

/// A secondary region that is not well is not switched to.
#[test]
fn rb_012_does_not_lead_users_from_one_dead_region_to_another() {
    let lab = two_regions(6);
    lab.shell("bin/site kill west; touch central/unhealthy");
    let more = ["--mode", "simulation"];
    lab.lead_by("inventory.yaml", "rb-012.yaml", "incidents/RB-012-load-balancer-loss.md", &answers("rb-012"), &more)
        .exits(1);
    let found = events(&lab.house.run_dir());
    assert_eq!(at(&found, "step-failed", "ask-secondary").len(), 1);
    assert!(at(&found, "step-started", "switch").is_empty());
}

/// Nor are they led back to one that does not answer.
#[test]
fn rb_012_does_not_lead_users_back_to_a_dead_region() {
    let lab = two_regions(11);
    lab.shell("bin/site kill west");
    let page = "incidents/RB-012-load-balancer-loss.md";
    let more = ["--mode", "simulation", "--until", "restored"];
    lab.lead_by("inventory.yaml", "rb-012.yaml", page, &answers("rb-012"), &more);
    assert!(lab.users("/health").contains("\"central\""));
    lab.roll_back(&lab.house.run_id(), &answers("rb-012")).exits(7);
    assert!(at(&events(&lab.house.run_dir()), "step-started", "switch-back").is_empty());
    assert!(lab.users("/health").contains("\"central\""));
}

/// A question that is wrong is no answer about the load balancer.
#[test]
fn rb_012_does_not_take_a_wrong_address_for_a_loss() {
    let lab = two_regions(12);
    let (page, by) = ("incidents/RB-012-load-balancer-loss.md", answers("rb-012"));
    let wrong = format!("primary_url=http://127.0.0.1:{}/no-such-page", lab.port("west_site"));
    let more = ["--mode", "simulation", "--var", &wrong];
    lab.lead_by("inventory.yaml", "rb-012.yaml", page, &by, &more).exits(1).says("up: 0, unclear: 3");
}

const REFUSE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::orders-west/*"}]}"#;

/// Six objects before, of which the secondary has two, and one in an older and longer version; then the primary bucket refuses writes.
fn refused_writes(lab: &Regions) {
    lab.shell(&format!(
        ". ./env; echo '{REFUSE}' > refuse.json; echo order 0, as it was before > older; \
         aws s3 cp --quiet --region eu-central-1 older s3://orders-central/orders/0; sleep 1.1; \
         for i in 0 1 2 3 4 5; do echo order $i > o$i; \
         aws s3 cp --quiet o$i s3://orders-west/orders/$i; done; for i in 1 2; do \
         aws s3 cp --quiet --region eu-central-1 o$i s3://orders-central/orders/$i; done; \
         aws s3api put-bucket-policy --bucket orders-west --policy file://refuse.json"
    ));
}

fn objects(lab: &Regions, bucket: &str, region: &str) -> String {
    lab.shell(&format!(
        ". ./env; aws --region {region} s3api list-objects-v2 --bucket {bucket} --prefix orders/ \
         --query 'Contents[].Key' --output text | tr '\\t' ' '"
    ))
}

fn store(lab: &Regions, way: &str) -> Ran {
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
    let lab = two_regions(7);
    refused_writes(&lab);
    let ran = std::thread::scope(|s| {
        // Applications store two more objects in the secondary; then the primary is mended.
        s.spawn(|| {
            lab.by_users(
                ". ./env; for i in $(seq 1 600); do if grep -q central bucket; then break; fi; sleep 0.1; done; \
                 for i in 6 7; do curl -fsS -X PUT --data \"order $i\" $users/objects/orders/$i; done; \
                 sleep 1; aws s3api delete-bucket-policy --bucket orders-west",
            )
        });
        store(&lab, "switch")
    });
    ran.exits(0).says("Forbidden");
    assert_eq!(kept(&lab, "lacking", "lacking"), "4");
    let all = "orders/0 orders/1 orders/2 orders/3 orders/4 orders/5 orders/6 orders/7";
    assert_eq!(objects(&lab, "orders-west", "eu-west-1"), all);
    assert_eq!(objects(&lab, "orders-central", "eu-central-1"), all);
    assert!(lab.users("/objects/orders/6").contains("order 6"));
    // Of two versions the later one is everywhere, though the older one was longer.
    let both = lab.shell(
        ". ./env; aws s3 cp s3://orders-west/orders/0 -; aws s3 cp --region eu-central-1 s3://orders-central/orders/0 -",
    );
    assert_eq!(both, "order 0\norder 0");
    assert_eq!(lab.shell("cat bucket"), "orders-west");
    lab.record();
}

#[test]
fn rb_010_puts_a_policy_back() {
    let lab = two_regions(8);
    refused_writes(&lab);
    store(&lab, "policy").exits(0);
    assert_eq!(lab.shell("cat bucket"), "orders-west");
    assert!(lab.users("/objects/orders/9 -X PUT --data x").contains("orders-west"));
    // What was there is kept.
    assert!(lab.shell("cat evidence/policy.json").contains("Deny"));
    // And the way back puts it there again.
    lab.roll_back(&lab.house.run_id(), &answers("rb-010")).exits(6);
    assert!(lab.shell(". ./env; aws s3api get-bucket-policy --bucket orders-west").contains("Deny"));
}

/// The database and the application of the primary region are lost; two people go over to the other one, and back.
#[test]
fn dr_activation_goes_over_by_two_peoples_word_and_comes_back() {
    let lab = two_regions(9);
    for id in 1000..1010 {
        through(&lab, "orders_port", &format!("INSERT INTO orders (id, amount) VALUES ({id}, 1)"));
    }
    // An earlier drill left its markers.
    through(
        &lab,
        "orders_port",
        "CREATE TABLE runbook_marker (marker VARCHAR(64) NOT NULL PRIMARY KEY); \
         INSERT INTO runbook_marker VALUES ('dr-activation'), ('dr-failback')",
    );
    lab.shell("sleep 0.5");
    let start = lab.shell("bin/node kill west > /dev/null; bin/site kill west > /dev/null; date -u +%FT%T.%3NZ");
    let start = format!("incident_start={start}");
    let more = ["--mode", "simulation", "--var", &start, "--var", "failback=now"];
    let page = "drills/dr-activation.md";
    lab.lead_by("inventory.yaml", "dr.yaml", page, &answers("dr-activation"), &more).exits(5);
    assert!(at(&events(&lab.house.run_dir()), "step-started", "fence").is_empty());
    // The same person's second yes counts for nothing.
    let run = lab.house.run_id();
    lab.resume(&run, &answers("dr-activation")).exits(5);
    assert!(at(&events(&lab.house.run_dir()), "step-started", "fence").is_empty());
    let watch = std::thread::scope(|s| {
        let look = "for i in $(seq 1 900); do [ ! -e over ] || break; curl -fsS $users/health || true; sleep 0.05; done; \
                    curl -fsS $users/health";
        let seen = s.spawn(|| lab.by_users(look));
        let ran = lab.resume(&run, &answers("dr-activation.second"));
        lab.shell("touch over");
        ran.exits(0);
        seen.join().unwrap()
    });
    // Users were served by the other region meanwhile, and are served by the first one again.
    assert!(watch.contains("central") && watch.ends_with("\"west\", \"status\": \"ok\"}"), "{watch}");
    let rows = "SELECT COUNT(*), SUM(marker LIKE 'dr-%') FROM orders, runbook_marker WHERE id BETWEEN 1000 AND 1009";
    assert_eq!(through(&lab, "orders_port", rows), "20\t20");
    assert_eq!(through(&lab, "orders_port", "SELECT @@server_id, @@read_only"), "201\t0");
    // The standby follows, and takes no writes.
    assert_eq!(sql(&lab, "central", "SELECT @@read_only; SELECT COUNT(*) FROM shop.runbook_marker"), "1\n2");
    sql(&lab, "west", "INSERT INTO shop.orders (id, amount) VALUES (2000, 1)");
    lab.shell("for i in $(seq 1 50); do if [ \"$(echo 'SELECT COUNT(*) FROM shop.orders WHERE id = 2000' | bin/node sql central)\" = 1 ]; then exit; fi; sleep 0.1; done; exit 1");
    lab.record();
}

/// The hour without its waiting: the load balancer's scenario, led to its end; and the two checklists before it.
#[test]
fn the_exercise_and_its_checklists() {
    let lab = two_regions(10);
    let today = lab.shell("date -u +%F");
    let last = format!("last_drill={today}");
    let check = |page: &str, more: &[&str]| {
        let all = [&["--mode", "simulation", "--var", &last], more].concat();
        let by = answers(if page.contains("readiness") { "dr-readiness" } else { "preparation-d-7" });
        lab.lead_by("inventory.yaml", "checklists.yaml", page, &by, &all)
    };
    // Nothing protects the instance from deletion: not ready.
    let ready = "checklists/dr-readiness.md";
    check(ready, &[]).exits(1).says("DeletionProtection");
    lab.shell(
        ". ./env; aws rds modify-db-instance --db-instance-identifier orders --deletion-protection --apply-immediately",
    );
    check(ready, &[]).exits(0);
    check(ready, &["--var", "drill_days=-1"]).exits(1).says("last drill: 0 days ago");
    // A secret that was changed in one region only, and an endpoint that nobody wrote down.
    let week = "checklists/preparation-d-7.md";
    check(week, &[]).exits(0).never_says("not-a-secret");
    check(week, &["--var", "endpoints=elsewhere.example.test"]).exits(1).says("missing: 1");
    lab.shell(". ./env; aws secretsmanager put-secret-value --region eu-central-1 --secret-id orders/dba --secret-string other");
    check(week, &[]).exits(1).says("orders/dba: differs").never_says("not-a-secret");

    // An alarm that calls nobody.
    lab.shell(
        ". ./env; export AWS_REGION=eu-central-1 AWS_DEFAULT_REGION=eu-central-1; aws cloudwatch put-metric-alarm \
         --alarm-name nobody --namespace AWS/RDS --metric-name CPUUtilization --statistic Maximum --period 60 \
         --evaluation-periods 1 --threshold 90 --comparison-operator GreaterThanThreshold; \
         aws cloudwatch set-alarm-state --alarm-name nobody --state-value OK --state-reason quiet",
    );
    check(week, &["--var", "alarms=nobody"]).exits(1).says("nobody: OK True False");

    let before = lab.house.run_dirs();
    let exercise = "drills/multi-region-exercise.md";
    let ran = lab.lead_by(
        "inventory.yaml",
        "exercise.yaml",
        exercise,
        &answers("multi-region-exercise"),
        &["--mode", "simulation"],
    );
    ran.exits(0);
    let run = lab.house.run_dirs().into_iter().find(|d| !before.contains(d)).unwrap();
    let found = events(&run);
    let seconds = |step: &str, name: &str| -> f64 {
        let value = at(&found, "step-succeeded", step)[0]["captures"][name].as_str().unwrap().to_owned();
        value.trim_end_matches('s').parse().unwrap()
    };
    let (noticed, served) = (seconds("detect", "detection_time"), seconds("served", "rto_measured"));
    assert!(noticed < served && served < 60.0, "{noticed} {served}");
    assert!(lab.users("/health").contains("\"west\""));
    lab.record();
}

/// The way back of the exercise ends the fault before users are led to where it was.
#[test]
fn the_exercise_goes_back_to_a_region_that_is_well() {
    let lab = two_regions(14);
    let back = format!(
        "failback_command=curl --fail --silent http://127.0.0.1:{}/health && {}/bin/lead-to west",
        lab.port("west_site"),
        lab.dir.display()
    );
    let more = ["--mode", "simulation", "--until", "served", "--var", &back];
    let by = answers("multi-region-exercise");
    lab.lead_by("inventory.yaml", "exercise.yaml", "drills/multi-region-exercise.md", &by, &more);
    assert!(lab.users("/health").contains("\"central\""));
    lab.roll_back(&lab.house.run_id(), &by).exits(6);
    lab.by_users(
        "for i in $(seq 1 100); do if curl -fsS $users/health | grep -q west; then exit; fi; sleep 0.1; done; exit 1",
    );
}

/// A scenario that chance has chosen is one of the five, and the same for the same seed.
#[test]
fn the_exercise_chooses_by_chance() {
    let house = crate::support::House::new();
    let choose = |seed: u32| {
        let (seed, dir) = (format!("seed={seed}"), format!("runs-{seed}"));
        let exercise = page("drills/multi-region-exercise.md");
        let open = ["secondary_says=x", "environment_name=staging", "api_url=http://127.0.0.1:1/", "pace=none"];
        let mut args = vec!["run", &exercise, "--yes", "--until", "pick", "--runs-dir", &dir, "--answers"];
        let by = answers("multi-region-exercise");
        args.push(&by);
        for value in open.iter().copied().chain([seed.as_str()]) {
            args.extend(["--var", value]);
        }
        let ran = house.call(&args).run();
        let chosen =
            ran.out.lines().find_map(|l| l.split_once("│ scenario: ")).unwrap_or_else(|| panic!("{}", ran.out)).1;
        assert!(["alb", "aurora", "redis", "s3", "eks"].contains(&chosen.trim()), "{chosen}");
        chosen.trim().to_owned()
    };
    let all: Vec<String> = (1..8).map(choose).collect();
    assert!(all.iter().any(|one| *one != all[0]), "{all:?}");
    assert_eq!(choose(1), all[0]);
}
