//! Native AWS actions through the program, against the stand-in. It has no database behind its instances: where the
//! drill writes rows, they go to a MariaDB of the test, which the reboot does not touch. What is real here: the requests,
//! the zones that change places while the program polls, the guard, the events.

use super::stand_in::{self, StandIn};
use super::{MariaDb, SECRET};
use crate::support::House;
use crate::support::journal::{at, events};
use std::time::Duration;

fn house(stand_in: &StandIn, more: &str) -> House {
    let house = House::new();
    house.file(
        "inventory.yaml",
        format!(
            "environment: {{ name: stand-in, production: false }}\naws: {{ region: eu-west-1, endpoint: '{}' }}\n{more}",
            stand_in.url()
        ),
    );
    house
}

/// With credentials of nobody.
fn run(house: &House, args: &[&str]) -> crate::support::Ran {
    house
        .call(args)
        .env("AWS_ACCESS_KEY_ID", "stand-in")
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .within(Duration::from_secs(100))
        .run()
}

const REBOOT: &str = "# T

## Procedure

1. Look.
   ```yaml {#look aws=\"rds describe-db-instances\" capture.zone=\"$.DBInstances[0].AvailabilityZone\"}
   DBInstanceIdentifier: \"{{ instance }}\"
   ```

2. Reboot.
   ```yaml {#reboot aws=\"rds reboot-db-instance\" requires=\"aws.account == account\" until=\"status == 'available' and az != zone\" every=200ms for=20s}
   DBInstanceIdentifier: {{ instance }}
   ForceFailover: true
   ```
";

#[test]
fn a_reboot_is_sent_once_and_polled_until_the_zones_have_changed_places() {
    let stand_in = StandIn::start(1.0);
    let house = house(&stand_in, "");
    house.file("a.md", REBOOT);
    let args = ["run", "a.md", "--inventory", "inventory.yaml", "--yes", "--var", "instance=orders", "--var"];
    let with = |account: &'static str, more: &[&'static str]| [&args[..], &[account], more].concat();
    run(&house, &with("account=999999999999", &[]))
        .exits(5)
        .says("it requires `aws.account == account`")
        .says("account 123456789012");
    let dir = house.run_dir();
    assert!(at(&events(&dir), "step-started", "reboot").is_empty());
    run(&house, &with("account=123456789012", &["--runs-dir", "other"]))
        .exits(0)
        .says("aws: account 123456789012, region eu-west-1")
        .says("az eu-west-1b")
        .never_says(SECRET);
}

#[test]
fn what_does_not_fit_the_api_is_told_before_anything_runs() {
    let stand_in = StandIn::start(1.0);
    let house = house(&stand_in, "");
    let page = REBOOT.replace("ForceFailover", "ForceFailOver").replace("\"{{ instance }}\"", "7.5");
    house.file("a.md", page);
    for mode in ["--dry-run", "--yes"] {
        run(&house, &["run", "a.md", "--inventory", "inventory.yaml", mode])
            .exits(2)
            .warns("did you mean `ForceFailover`?");
    }
    house.has_no_run();
}

#[test]
fn a_walkthrough_describes_and_does_not_reboot() {
    let stand_in = StandIn::start(1.0);
    let house = house(&stand_in, "");
    house.file("a.md", REBOOT);
    let args = ["run", "a.md", "--inventory", "inventory.yaml", "--mode", "walkthrough", "--yes"];
    run(&house, &[&args[..], &["--var", "instance=orders"]].concat()).exits(0);
    let found = events(&house.run_dir());
    assert_eq!(at(&found, "step-succeeded", "look")[0]["how"], "ran");
    assert_eq!(at(&found, "step-succeeded", "reboot")[0]["how"], "rehearsed");
}

#[test]
fn a_secret_of_secrets_manager_opens_a_connection() {
    let stand_in = StandIn::start(1.0);
    stand_in.boto(&format!(
        "client('secretsmanager').create_secret(Name='shop/dba', SecretString=json.dumps({{'password': '{SECRET}'}}))"
    ));
    let server = MariaDb::start(&[]);
    let house = house(
        &stand_in,
        &format!(
            "connections:\n  db: {{ url: '{}', password: {{ aws-secret: shop/dba, key: password }} }}\n",
            super::mariadb(&server)
        ),
    );
    house.file(
        "a.md",
        "# T\n\n## Procedure\n\n1. Look.\n   ```sql {as=db expect=\"row.n == 1\"}\n   SELECT 1 AS n\n   ```\n",
    );
    run(&house, &["run", "a.md", "--inventory", "inventory.yaml", "--yes"]).exits(0).never_says(SECRET);
}

/// The drill, its rows in a MariaDB of the test.
#[test]
fn db007_swaps_the_zones_and_loses_no_row() {
    let stand_in = StandIn::start(2.0);
    let server = MariaDb::start(&[]);
    let house = house(
        &stand_in,
        &format!(
            "connections:\n  database: {{ url: '{}', password: {{ file: password }} }}\n",
            super::mariadb(&server)
        ),
    );
    house.file("password", SECRET);
    let table = "# T\n\n## Procedure\n\n1. What the load writes to.\n   ```sql {as=database}\n   CREATE DATABASE app;\n   \
                 CREATE TABLE app.writes (id BIGINT PRIMARY KEY, writer INT NOT NULL)\n   ```\n";
    house.file("table.md", table);
    run(&house, &["run", "table.md", "--inventory", "inventory.yaml", "--yes", "--runs-dir", "other"]).exits(0);
    house.file(
        "app.cnf",
        format!("[client]\nuser=dba\npassword={SECRET}\nhost=127.0.0.1\nport={}\ndatabase=shop\n", server.port),
    );
    let root = stand_in::root();
    let load = |what: &str, more: &str| {
        format!(
            "{}/tests/lab/python {}/runbooks/labs/write-load.py {what} --options {} --address 127.0.0.1:{} --ledger {}{more}",
            root.display(),
            root.display(),
            house.path().join("app.cnf").display(),
            server.port,
            house.path().join("ledger").display(),
        )
    };
    house.file(
        "vars.yaml",
        format!(
            "account: \"123456789012\"\ndb_instance: orders\nload_command: \"{}\"\nwitness_command: \"{} || true\"\nwork_dir: {}\n",
            load("run", " --seconds 60 --pause 0.01"),
            load("check", ""),
            house.path().join("work").display()
        ),
    );
    house.file(
        "answers.yaml",
        "inputs: { rto_measured: 3 s, rpo_measured: \"0\" }\ngates: { go-no-go: yes }\nchecks: { \"*\": yes }\ncommands: { \"*\": run }\n",
    );
    let drill = root.join("runbooks/drills/DB007-rds-multi-az.md");
    let drill = drill.to_str().unwrap();
    let ran = run(
        &house,
        &[
            "run",
            drill,
            "--mode",
            "simulation",
            "--inventory",
            "inventory.yaml",
            "--var-file",
            "vars.yaml",
            "--answers",
            "answers.yaml",
            "--yes",
        ],
    );
    ran.exits(0).says("az eu-west-1b");
    let found = events(&house.run_dir());
    let reboot = at(&found, "step-succeeded", "reboot")[0];
    assert_eq!(reboot["captures"]["new_az"], "eu-west-1b");
    let count = at(&found, "step-succeeded", "count")[0];
    assert_eq!(count["captures"]["lost"], "0", "{count}");
    assert!(count["captures"]["acknowledged"].as_str().unwrap().parse::<u64>().unwrap() > 100, "{count}");
    house.record();
    // Nothing is left that a later drill could end; and what an earlier one left is neither started over nor ended.
    let pid = house.path().join("work/load.pid");
    assert!(!pid.exists());
    let mut other = std::process::Command::new("sleep").arg("300").spawn().unwrap();
    std::fs::write(&pid, other.id().to_string()).unwrap();
    let again = ["run", drill, "--mode", "simulation", "--inventory", "inventory.yaml", "--var-file", "vars.yaml"];
    let again = [&again[..], &["--answers", "answers.yaml", "--yes"]].concat();
    let refused = run(&house, &again);
    let led_back = run(&house, &["rollback", "latest", "--answers", "answers.yaml", "--yes"]);
    let alive = other.try_wait().unwrap().is_none();
    other.kill().unwrap();
    other.wait().unwrap();
    refused.exits(5).says("load.pid is there");
    led_back.exits(6);
    assert!(alive && pid.exists());
}
