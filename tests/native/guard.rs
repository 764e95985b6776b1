//! The wrong-target guard and the modes.

use super::{MariaDb, Postgres, house, mariadb, postgres, run};
use crate::support::journal::{at, events, of};

const PROMOTE: &str = "# T

## Procedure

1. Promote the candidate. <!-- runbook: pivot -->
   ```sql {#promote as=candidate requires=\"candidate.role == 'replica'\"}
   STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0;
   ```
";

#[test]
fn a_promotion_aimed_at_the_primary_does_not_happen() {
    let primary = MariaDb::start(&["--server-id=7", "--read-only=1"]);
    let house = house(&[("candidate", &mariadb(&primary))], "true");
    house.file("answers.yaml", "commands: { promote: run }\n");
    let ran = run(&house, PROMOTE, &["--answers", "answers.yaml"]).exits(5);
    ran.says("candidate: primary, read-only, server 7 at").says("it requires `candidate.role == 'replica'`");
    let found = events(&house.run_dir());
    assert_eq!(at(&found, "step-failed", "promote")[0]["cause"], "wrong-target");
    assert_eq!(at(&found, "target-seen", "promote")[0]["members"]["candidate"]["role"], "primary");
    assert!(of(&found, "step-started").is_empty() && of(&found, "pivot-passed").is_empty());
    // It is still read-only.
    let look = "# T\n\n## Procedure\n\n1. Look.\n   ```sql {as=candidate expect=\"row.ro == 1\"}\n   SELECT @@global.read_only AS ro\n   ```\n";
    run(&house, look, &["--runs-dir", "other"]).exits(0);
}

#[test]
fn a_standby_of_postgresql_is_promoted_and_its_primary_is_not() {
    let primary = Postgres::start();
    let standby = primary.standby();
    let page = "# T\n\n## Procedure\n\n1. Promote. <!-- runbook: pivot -->\n   ```sql {#promote as=candidate requires=\"candidate.role == 'replica'\"}\n   SELECT pg_promote(true, 30) AS promoted;\n   ```\n   ```sql {#look as=candidate expect=\"row.recovering == false\"}\n   SELECT pg_is_in_recovery() AS recovering\n   ```\n";
    let house = house(&[("old", &postgres(&primary)), ("new", &postgres(&standby))], "false");
    house.file("answers.yaml", "commands: { \"*\": run, promote: run }\n");
    run(&house, page, &["--answers", "answers.yaml", "--var", "candidate=old"]).exits(5).says("role primary");
    let ran = run(&house, page, &["--answers", "answers.yaml", "--var", "candidate=new", "--runs-dir", "other"]);
    ran.exits(0).says("candidate → new: replica of 127.0.0.1");
}

#[test]
fn a_walkthrough_reads_and_the_server_itself_refuses_writes() {
    let server = MariaDb::start(&[]);
    let house = house(&[("db", &mariadb(&server))], "true");
    let page = "# T\n\n## Procedure\n\n1. Write.\n   ```sql {#write as=db}\n   CREATE TABLE t (i INT)\n   ```\n\
                2. Read.\n   ```sql {#read as=db expect=\"row.n == 1\"}\n   SELECT 1 AS n\n   ```\n\
                3. A write that says it reads.\n   ```sql {#liar as=db effect=read}\n   CREATE TABLE u (i INT)\n   ```\n";
    let ran = run(&house, page, &["--mode", "walkthrough"]).exits(5);
    ran.says("declared to read, and not proven to");
    let events = events(&house.run_dir());
    assert_eq!(at(&events, "step-succeeded", "write")[0]["how"], "rehearsed");
    assert_eq!(at(&events, "step-succeeded", "read")[0]["how"], "ran");
    assert!(at(&events, "step-succeeded", "liar").is_empty());
    let look = "# T\n\n## Procedure\n\n1. Look.\n   ```sql {as=db expect=\"count == 0\"}\n   SHOW TABLES\n   ```\n";
    run(&house, look, &["--runs-dir", "other"]).exits(0);
}

#[test]
fn a_simulation_wants_to_be_told_that_this_is_no_production() {
    let server = MariaDb::start(&[]);
    let page = "# T\n\n## Procedure\n\n1. Write.\n   ```sql {#write as=db}\n   CREATE TABLE t (i INT)\n   ```\n";
    for (production, code) in [("true", 2), ("false", 0)] {
        let house = house(&[("db", &mariadb(&server))], production);
        run(&house, page, &["--mode", "simulation"]).exits(code);
    }
    let house = house(&[("db", &mariadb(&server))], "false");
    house.file("inventory.yaml", house.read("inventory.yaml").replace(", production: false", ""));
    run(&house, page, &["--mode", "simulation"]).exits(2).warns("does not say that it is not production");
}

#[test]
fn a_run_is_not_taken_up_against_another_environment() {
    let house = house(&[("db", "mariadb://dba@127.0.0.1:1/shop")], "false");
    let page = "# T\n\n## Procedure\n\n1. Read.\n   ```sql {#read as=db}\n   SELECT 1\n   ```\n";
    run(&house, page, &[]).exits(5);
    house.file("prod.yaml", house.read("inventory.yaml").replace("lab", "prod").replace("false", "true"));
    let run_id = house.run_id();
    house
        .runbook(["resume", &run_id, "--inventory", "prod.yaml"])
        .exits(2)
        .warns("the run began against `lab`, not production");
}
