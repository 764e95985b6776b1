//! A server that dies in the middle of a write: nobody knows, and the next look finds out.

use super::{MariaDb, house, mariadb};
use crate::support::eventually;
use crate::support::journal::{at, events};
use std::time::Duration;

#[test]
fn a_server_killed_in_the_middle_of_a_write_leaves_the_outcome_unknown() {
    let mut server = MariaDb::start(&[]);
    let house = house(&[("db", &mariadb(&server))], "false");
    let page = "# T\n\n## Procedure\n\n1. Make.\n   ```sql {#make as=db}\n   CREATE TABLE t (i INT)\n   ```\n\
                2. Write slowly.\n   ```sql {#slow as=db}\n   INSERT INTO t SELECT SLEEP(30)\n   ```\n   \
                ```sql {as=db verify expect=\"row.n > 0\"}\n   SELECT COUNT(*) AS n FROM t\n   ```\n";
    house.file("a.md", page);
    let running =
        house.call(["run", "a.md", "--inventory", "inventory.yaml", "--yes"]).within(Duration::from_secs(50)).start();
    eventually("the write is under way", || {
        house.run_dirs().first().is_some_and(|dir| !at(&events(dir), "step-started", "slow").is_empty())
    });
    std::thread::sleep(Duration::from_millis(300));
    server.kill();
    running.wait().exits(7).says("may have");
    let found = events(&house.run_dir());
    let unknown = at(&found, "outcome-unknown", "slow");
    assert!(unknown[0]["reason"].as_str().unwrap().contains("the server may have carried it out"), "{unknown:?}");
    assert!(at(&found, "step-failed", "slow").is_empty());
    // While the server is away a look tells nothing; when it is back, it tells that nothing was written.
    let run_id = house.run_id();
    house.runbook(["resume", &run_id, "--yes"]).exits(7).says("a look told nothing");
    server.start_again();
    house.runbook(["resume", &run_id, "--yes"]).exits(7).says("it has not happened");
    let found = events(&house.run_dir());
    assert_eq!(at(&found, "looked", "slow").last().unwrap()["happened"], false);
    // Somebody did it meanwhile: the next look finds that, and the run goes on by itself.
    let other = "# T\n\n## Procedure\n\n1. By hand.\n   ```sql {#hand as=db}\n   INSERT INTO t VALUES (7)\n   ```\n";
    house.file("other.md", other);
    house.runbook(["run", "other.md", "--inventory", "inventory.yaml", "--yes", "--runs-dir", "other"]).exits(0);
    house.runbook(["resume", &run_id, "--yes"]).exits(0).says("it has happened");
    assert_eq!(at(&events(&house.run_dir()), "step-succeeded", "slow")[0]["how"], "happened");
}

#[test]
fn a_connection_that_breaks_under_a_read_is_opened_again() {
    let server = MariaDb::start(&[]);
    let house = house(&[("db", &mariadb(&server))], "false");
    // The session ends itself; the read that follows opens another.
    let page = "# T\n\n## Procedure\n\n1. Read.\n   ```sql {#one as=db}\n   SELECT CONNECTION_ID() AS id\n   ```\n\
                2. End it.\n   ```sql {#kill as=db}\n   SET GLOBAL wait_timeout = 1; SET SESSION wait_timeout = 1\n   ```\n\
                3. Wait.\n   ```bash {#wait}\n   sleep 2\n   ```\n\
                4. Write after the server has closed it.\n   ```sql {#again as=db}\n   CREATE TABLE t (i INT)\n   ```\n";
    super::run(&house, page, &[]).exits(0).says("the connection was gone and was opened again");
}
