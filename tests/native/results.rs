//! Results as tables on screen, as typed values in captures and expectations.

use super::{MariaDb, Postgres, SECRET, house, mariadb, postgres, run};
use crate::support::journal::{at, events};

/// Statements that both servers understand.
const PAGE: &str = "# T

## Procedure

1. Make a table.
   ```sql {#make as=db}
   CREATE TABLE orders (id INT PRIMARY KEY, name VARCHAR(40));
   INSERT INTO orders VALUES (1, 'first; order'), (2, 'it''s');
   ```

2. Read it.
   ```sql {#read as=db capture.last=name expect=\"count == 1 and row.id == 2\"}
   SELECT id, name FROM orders WHERE id = {{ wanted }};
   ```

3. A value is data, whatever it holds.
   ```sql {#bound as=db expect=\"rows[0].n == 1\"}
   SELECT COUNT(*) AS n FROM orders WHERE name = '{{ last }}';
   ```

4. Wait for it.
   ```sql {#wait as=db until=\"row.n >= 2\" every=100ms for=5s}
   SELECT COUNT(*) AS n FROM orders;
   ```
";

#[test]
fn both_servers_give_tables_and_typed_values() {
    let (one, two) = (MariaDb::start(&[]), Postgres::start());
    for url in [mariadb(&one), postgres(&two)] {
        let house = house(&[("db", &url)], "false");
        let ran = run(&house, PAGE, &["--var", "wanted=2"]).exits(0);
        ran.says("2 rows affected").says("it's").never_says(SECRET);
        let events = events(&house.run_dir());
        let read = at(&events, "step-succeeded", "read")[0];
        assert_eq!(read["captures"]["last"], "it's", "{read}");
        assert_eq!(read["summary"], "last it's");
        assert_eq!(at(&events, "step-succeeded", "wait")[0]["summary"], "1 row");
        for file in walk(&house.run_dir()) {
            let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
            assert!(!text.contains(SECRET), "{} holds the password", file.display());
        }
    }
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { out.extend(walk(&path)) } else { out.push(path) }
    }
    out
}

#[test]
fn what_the_server_refuses_is_told_with_its_place() {
    let server = Postgres::start();
    let house = house(&[("db", &postgres(&server))], "false");
    let page = "# T\n\n## Procedure\n\n1. Wrong.\n   ```sql {#wrong as=db}\n   CREATE TABLE a (i INT);\n   INSERT INTO b VALUES (1);\n   ```\n";
    let ran = run(&house, page, &["--answers", "/dev/null"]).exits(5);
    ran.says("statement 2, line 2").says("relation \"b\" does not exist").says("the statement before it is done");
    let events = events(&house.run_dir());
    assert_eq!(at(&events, "step-failed", "wrong")[0]["cause"], "server");
}

#[test]
fn a_group_is_run_one_after_the_other_and_what_is_done_is_not_done_again() {
    let (one, two) = (MariaDb::start(&["--server-id=1"]), MariaDb::start(&["--server-id=2"]));
    let house = house(&[("n1", &mariadb(&one)), ("n2", &mariadb(&two))], "false");
    let inventory = house.read("inventory.yaml");
    house.file("inventory.yaml", format!("{inventory}groups: {{ all: [n1, n2] }}\n"));
    // The table is on the first only at first.
    let page = "# T\n\n## Procedure\n\n1. On the first.\n   ```sql {#first as=n1}\n   CREATE TABLE t (i INT)\n   ```\n\
                2. On all.\n   ```sql {#all on=all}\n   INSERT INTO t VALUES (1)\n   ```\n\
                3. Who?\n   ```sql {#who on=all capture.id=id capture.furthest_id=\"furthest pos\"}\n   SELECT @@server_id AS id, '0-1-5' AS pos\n   ```\n";
    run(&house, page, &[]).exits(5).says("n2: ").says("done on n1");
    let fix =
        "# T\n\n## Procedure\n\n1. On the second.\n   ```sql {#second as=n2}\n   CREATE TABLE t (i INT)\n   ```\n";
    let run_id = house.run_id();
    house.file("fix.md", fix);
    house.runbook(["run", "fix.md", "--inventory", "inventory.yaml", "--yes", "--runs-dir", "other"]).exits(0);
    house.file("answers.yaml", "on_failure: { all: retry }\ncommands: { \"*\": run }\n");
    house.runbook(["resume", &run_id, "--yes", "--answers", "answers.yaml"]).exits(0);
    let events = events(&house.run_dir());
    let who = at(&events, "step-succeeded", "who")[0];
    assert_eq!((who["captures"]["id_n1"].as_str(), who["captures"]["id_n2"].as_str()), (Some("1"), Some("2")));
    assert_eq!(who["captures"]["id"].as_str(), Some("1 2"), "all of them, in the order of the group");
    assert_eq!(who["captures"]["furthest_id"], "n1", "of equals the first");
    // The row stands once on each.
    let count = "# T\n\n## Procedure\n\n1. Count.\n   ```sql {#count on=all expect=\"row.n == 1\"}\n   SELECT COUNT(*) AS n FROM t\n   ```\n";
    house.file("count.md", count);
    house.runbook(["run", "count.md", "--inventory", "inventory.yaml", "--yes", "--runs-dir", "other"]).exits(0);
}

#[test]
fn time_limits_and_unreachable_servers() {
    let server = MariaDb::start(&[]);
    let dead = "mariadb://dba@127.0.0.1:1/shop";
    let house = house(&[("db", &mariadb(&server)), ("gone", dead)], "false");
    let slow = "# T\n\n## Procedure\n\n1. Slow.\n   ```sql {#slow as=db timeout=300ms}\n   SELECT SLEEP(20)\n   ```\n";
    run(&house, slow, &[]).exits(5).says("no end after");
    let half = "# T\n\n## Procedure\n\n1. Half.\n   ```sql {#half as=db timeout=300ms}\n   CREATE TABLE half (i INT);\n   SELECT SLEEP(20)\n   ```\n";
    run(&house, half, &["--runs-dir", "half"]).exits(5).says("the statement before it is done");
    let gone = "# T\n\n## Procedure\n\n1. Gone.\n   ```sql {#gone as=gone}\n   SELECT 1\n   ```\n";
    run(&house, gone, &["--runs-dir", "other"]).exits(5).says("connection refused");
}

#[test]
fn names_that_lead_nowhere_are_told_before_anything_runs() {
    let house = house(&[("candidate", "mariadb://dba@127.0.0.1:1/shop")], "false");
    let page = "# T\n\n## Procedure\n\n1. Look.\n   ```sql {#look as=candidat}\n   SELECT 1\n   ```\n";
    run(&house, page, &[]).exits(2).warns("no connection called `candidat`; did you mean `candidate`?");
    house.has_no_run();
}

#[test]
fn a_dead_server_can_be_what_is_expected() {
    let house = house(&[("gone", "mariadb://dba@127.0.0.1:1/shop")], "false");
    let page = |attributes: &str| {
        format!("# T\n\n## Procedure\n\n1. Down?\n   ```sql {{#down as=gone {attributes}}}\n   SELECT 1 AS n\n   ```\n")
    };
    run(&house, &page("expect=\"not reachable\""), &[]).exits(0);
    run(&house, &page("expect=\"not reachable or row.n == 1\""), &["--runs-dir", "b"]).exits(0);
    let said = page("capture.up=reachable") + "\n2. Say.\n   ```bash\n   echo up is {{ up }}\n   ```\n";
    run(&house, &said, &["--runs-dir", "f"]).exits(0).says("│ up is false");
    run(&house, &page("expect=\"row.n == 1\""), &["--runs-dir", "c"]).exits(5).says("connection refused");
    run(&house, &page("until=\"not reachable\" every=100ms for=2s"), &["--runs-dir", "d"]).exits(0);
}

#[test]
fn an_account_that_may_not_see_replication_can_read_and_is_no_proof_of_a_role() {
    let server = MariaDb::start(&[]);
    let app = format!("mariadb://app@127.0.0.1:{}/shop", server.port);
    let house = house(&[("db", &mariadb(&server)), ("app", &app)], "false");
    let page = format!(
        "# T\n\n## Procedure\n\n1. Make it.\n   ```sql {{as=db}}\n   CREATE TABLE t (i INT);\n   \
         CREATE USER app@'127.0.0.1' IDENTIFIED BY '{SECRET}';\n   GRANT SELECT, INSERT ON shop.* TO app@'127.0.0.1';\n   ```\n\
         2. Write as it.\n   ```sql {{#write as=app}}\n   INSERT INTO t VALUES (1)\n   ```\n\
         3. Not on its word.\n   ```sql {{#role as=app requires=\"app.role == 'primary'\"}}\n   INSERT INTO t VALUES (2)\n   ```\n"
    );
    run(&house, &page, &[]).exits(5).says("it requires `app.role == 'primary'`").says("role unknown");
    let events = events(&house.run_dir());
    assert_eq!(at(&events, "step-succeeded", "write")[0]["summary"], "1 row affected");
}

#[test]
fn servers_of_a_group_are_at_work_at_the_same_time_when_the_page_says_so() {
    let (one, two) = (MariaDb::start(&[]), MariaDb::start(&[]));
    let house = house(&[("n1", &mariadb(&one)), ("n2", &mariadb(&two))], "false");
    let inventory = house.read("inventory.yaml");
    house.file("inventory.yaml", format!("{inventory}groups: {{ all: [n1, n2] }}\n"));
    let page = "# T\n\n## Procedure\n\n1. Wait.\n   ```sql {#wait on=all parallel=2 capture.slept=slept}\n   SELECT SLEEP(3) AS slept\n   ```\n";
    run(&house, page, &[]).exits(0);
    let events = events(&house.run_dir());
    let wait = at(&events, "step-succeeded", "wait")[0];
    assert!(wait["took_ms"].as_u64().unwrap() < 5900, "{wait}");
    assert_eq!((wait["captures"]["slept_n1"].as_str(), wait["captures"]["slept_n2"].as_str()), (Some("0"), Some("0")));
}

/// A table is on the first of two only; once it is on both, the failed step is tried again.
fn tried_again(fence: &str) -> (crate::support::House, crate::support::Ran) {
    let (one, two) = (MariaDb::start(&["--server-id=1"]), MariaDb::start(&["--server-id=2"]));
    let house = house(&[("n1", &mariadb(&one)), ("n2", &mariadb(&two))], "false");
    let inventory = house.read("inventory.yaml");
    house.file("inventory.yaml", format!("{inventory}groups: {{ all: [n1, n2] }}\n"));
    let create = |name: &str| {
        format!("# T\n\n## Procedure\n\n1. C.\n   ```sql {{as={name}}}\n   CREATE TABLE t (i INT)\n   ```\n")
    };
    let lead = |name: &str| {
        house.file("create.md", create(name));
        house.runbook(["run", "create.md", "--inventory", "inventory.yaml", "--yes", "--runs-dir", "other"]).exits(0);
    };
    lead("n1");
    run(&house, &format!("# T\n\n## Procedure\n\n1. All.\n   {fence}\n"), &[]).exits(5);
    lead("n2");
    house.file("answers.yaml", "on_failure: { all: retry }\ncommands: { \"*\": run }\n");
    let ran = house.runbook(["resume", &house.run_id(), "--yes", "--answers", "answers.yaml"]);
    (house, ran)
}

#[test]
fn what_is_kept_of_a_group_is_of_all_of_it_also_after_another_try() {
    let (house, ran) =
        tried_again("```sql {#all on=all capture.n=n}\n   SELECT @@server_id * 10 + COUNT(*) AS n FROM t\n   ```");
    ran.exits(0);
    let done = events(&house.run_dir());
    let captures = &at(&done, "step-succeeded", "all")[0]["captures"];
    assert_eq!((&captures["n"], &captures["n_n1"]), (&"10 20".into(), &"10".into()), "{captures}");
    // A write is not done twice for the sake of a value: the value is missing, and that is said.
    let write =
        "```sql {#all on=all capture.n=n}\n   INSERT INTO t VALUES (1);\n   SELECT COUNT(*) AS n FROM t\n   ```";
    tried_again(write).1.exits(5).says("done in an earlier try gave nothing to keep");
}
