//! What watches beside a run: real servers that are killed, ports that hang, and rows that go missing.

use super::{MariaDb, Postgres, SECRET, house, mariadb, postgres, run};
use crate::support::House;
use crate::support::eventually;
use crate::support::journal::events;
use serde_json::Value;
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// A page that lasts until the file `over` is there.
fn lasting(monitors: &str) -> String {
    format!(
        "---\nmonitors:\n{monitors}\n---\n# T\n\n## Procedure\n\n1. Last.\n   ```bash {{effect=read timeout=60s}}\n   \
         while [ ! -e over ]; do sleep 0.05; done\n   ```\n"
    )
}

fn of<'e>(events: &'e [Value], kind: &str, monitor: &str) -> Vec<&'e Value> {
    events.iter().filter(|e| e["type"] == kind && e["monitor"] == monitor).collect()
}

fn start(house: &House, text: &str, more: &[&str]) -> crate::support::Running {
    house.file("a.md", text);
    let mut args = vec!["run", "a.md", "--inventory", "inventory.yaml", "--yes"];
    args.extend(more);
    house.call(args).within(Duration::from_secs(60)).start()
}

/// Waits until that monitor has said so, that many times.
#[track_caller]
fn says(house: &House, monitor: &str, up: bool, times: usize) {
    eventually(&format!("{monitor}: {up}"), || {
        let Some(dir) = house.run_dirs().into_iter().next() else { return false };
        std::thread::sleep(Duration::from_millis(20));
        of(&events(&dir), "monitor-changed", monitor).iter().filter(|e| e["up"] == up).count() >= times
    });
}

fn ledger(house: &House, monitor: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(house.run_dir().join(format!("heartbeat-{monitor}.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_killed_server_is_an_outage_from_the_first_failed_write_to_the_first_that_lasts() {
    let mut server = MariaDb::start(&[]);
    let house = house(&[("db", &mariadb(&server))], "false");
    let running = start(&house, &lasting("  writes: { heartbeat: db, sustained: 1s, keep: true }"), &[]);
    says(&house, "writes", true, 1);
    std::thread::sleep(Duration::from_millis(500));
    let killed = Instant::now();
    server.kill();
    says(&house, "writes", false, 1);
    std::thread::sleep(Duration::from_secs(1));
    server.start_again();
    let back = killed.elapsed();
    says(&house, "writes", true, 2);
    house.file("over", "");
    // The recovery is young: the run waits until it has lasted.
    let ran = running.wait().exits(0).says("DOWN writes").says("UP writes").says("back after").says("to last");
    assert!(ran.says("0 of").never_says_secret(), "a password was shown");
    let events = events(&house.run_dir());
    let measured = of(&events, "measured", "writes");
    let rto = Duration::from_millis(measured[0]["rto_ms"].as_u64().unwrap());
    let every = Duration::from_millis(of(&events, "monitor-started", "writes")[0]["every_ms"].as_u64().unwrap());
    assert_eq!(every, Duration::from_millis(100));
    let apart = rto.abs_diff(back);
    println!("killed for {back:?}, measured {rto:?} ± {} ms", measured[0]["sampling_ms"]);
    assert!(apart <= every * 2, "{rto:?} was measured, {back:?} it took");
    assert_eq!((measured[0]["lost"].as_u64(), measured[0]["rpo_ms"].as_u64()), (Some(0), Some(0)));
    let beats = ledger(&house, "writes");
    let acknowledged = beats.iter().filter(|b| b["fate"] == "acknowledged").count() as u64;
    assert_eq!(measured[0]["acknowledged"].as_u64(), Some(acknowledged));
    assert!(beats.iter().any(|b| b["fate"] != "acknowledged"), "nothing failed");
    assert!(beats.iter().zip(1_u64..).all(|(b, n)| b["beat"].as_u64() == Some(n)), "a number is missing");
    let first = of(&events, "monitor-changed", "writes");
    assert!(first[0]["detail"].as_str().unwrap().contains("`runbook_heartbeat` was created"), "{first:?}");
    let last = events.iter().rposition(|e| e["type"] == "run-finished").unwrap();
    assert_eq!(events[last + 1..].iter().filter(|e| e["type"] == "measured").count(), 1);
}

#[test]
fn acknowledged_writes_that_are_missing_are_counted_and_stay_as_evidence() {
    let server = Postgres::start();
    let house = house(&[("db", &postgres(&server))], "false");
    let page = "---\nmonitors: { writes: { heartbeat: db, every: 20ms, table: beats } }\n---\n# T\n\n## Procedure\n\n\
                1. Some time.\n   ```bash {effect=read}\n   sleep 1\n   ```\n\
                2. Some are gone.\n   ```sql {as=db effect=write}\n   DELETE FROM beats WHERE beat BETWEEN 5 AND 9\n   ```\n\
                3. Look.\n   ```sql {as=db}\n   SELECT count(*) AS n FROM beats\n   ```\n";
    run(&house, page, &[]).exits(0).says("5 of").says("never down");
    let found = events(&house.run_dir());
    let measured = of(&found, "measured", "writes");
    assert_eq!(measured[0]["lost"].as_u64(), Some(5), "{measured:?}");
    assert!(measured[0]["rpo_ms"].as_u64().unwrap() > 500, "{measured:?}");
    // The rows stay; of a run that lost nothing they go, and only its own.
    let count = "# T\n\n## Procedure\n\n1. Count.\n   ```sql {#count as=db expect=\"row.n == 0\"}\n   \
                 SELECT count(*) AS n FROM beats WHERE run <> '{{ first }}'\n   ```\n\
                 2. And.\n   ```sql {as=db expect=\"row.n > 0\"}\n   SELECT count(*) AS n FROM beats\n   ```\n";
    let first = house.run_id();
    let quiet = "---\nmonitors: { writes: { heartbeat: db, every: 20ms, table: beats } }\n---\n# T\n\n## Procedure\n\n\
                 1. Some time.\n   ```bash {effect=read}\n   sleep 0.5\n   ```\n";
    run(&house, quiet, &["--runs-dir", "b"]).exits(0).says("0 of");
    run(&house, count, &["--runs-dir", "c", "--var", &format!("first={first}")]).exits(0);
}

#[test]
fn what_hangs_is_down_after_its_time_and_the_run_does_not_wait_for_it() {
    // Accepts, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let server = MariaDb::start(&[]);
    let house = house(&[("db", &mariadb(&server))], "false");
    let page = format!(
        "---\nmonitors:\n  site: {{ http: 'http://127.0.0.1:{port}/health', every: 100ms, timeout: 300ms }}\n  \
         port: {{ tcp: '127.0.0.1:{port}', every: 100ms }}\n  gone: {{ tcp: '127.0.0.1:1', every: 100ms }}\n  \
         slow: {{ command: 'sleep 60', every: 100ms, timeout: 300ms }}\n  \
         sleeps: {{ sql: 'SELECT SLEEP(60)', as: db, every: 100ms, timeout: 300ms }}\n  \
         low: {{ sql: 'SELECT 3 AS lag', as: db, every: 100ms, expect: 'row.lag < 10' }}\n  \
         high: {{ sql: 'SELECT 30.5 AS lag', as: db, every: 100ms, expect: 'row.lag < 10' }}\n  \
         writes: {{ sql: 'CREATE TABLE no (i INT)', as: db, every: 100ms }}\n---\n\
         # T\n\n## Procedure\n\n1. Some time.\n   ```bash {{effect=read}}\n   sleep 1.5\n   ```\n\
         ## Which way?\n\n**Decision**:\n\n### Wait <!-- runbook: when=\"monitors.port.up and not monitors.gone.up and rto_elapsed < 60\" -->\n\n\
         1. Go on.\n   ```bash {{#waited effect=read}}\n   true\n   ```\n\n### Leave <!-- runbook: when=\"monitors.gone.up\" -->\n\n\
         1. Go.\n   ```bash {{#left effect=read}}\n   false\n   ```\n"
    );
    let ran = run(&house, &page, &[]);
    assert!(ran.took < Duration::from_secs(15), "{:?}", ran.took);
    ran.exits(0);
    let found = events(&house.run_dir());
    let decided = found.iter().find(|e| e["type"] == "decided").unwrap();
    let because = decided["because"].as_str().unwrap();
    // What will never be the same again stands in the journal.
    assert!(because.contains("port is up") && because.contains("gone is down"), "{because}");
    assert!(because.contains("rto_elapsed is 1") || because.contains("rto_elapsed is 2"), "{because}");
    for (monitor, up) in [
        ("site", false),
        ("port", true),
        ("gone", false),
        ("slow", false),
        ("sleeps", false),
        ("low", true),
        ("high", false),
        ("writes", false),
    ] {
        let changes = of(&found, "monitor-changed", monitor);
        assert_eq!(changes.len(), 1, "{monitor}: {changes:?}");
        assert_eq!(changes[0]["up"], up, "{monitor}: {changes:?}");
    }
    let why = of(&found, "monitor-changed", "site")[0]["detail"].as_str().unwrap();
    assert!(why.contains("no answer within 300ms"), "{why}");
}

#[test]
fn what_cannot_begin_is_told_before_the_run() {
    let server = MariaDb::start(&[]);
    let house = house(&[("application", &mariadb(&server))], "false");
    let page = lasting("  writes: { heartbeat: aplication }");
    run(&house, &page, &[]).exits(2).warns("monitor `writes`").warns("did you mean `application`?");
    house.has_no_run();
    house.file("b.md", &page);
    house.runbook(["run", "b.md", "--yes"]).exits(2).warns("no inventory says where `aplication` is");
    run(&house, &lasting("  writes: { hartbeat: application }"), &[]).exits(3).warns("a monitor has no `hartbeat`");
    house.has_no_run();
}

#[test]
fn a_rehearsal_writes_no_heartbeat() {
    let server = MariaDb::start(&[]);
    let house = house(&[("db", &mariadb(&server))], "false");
    house.file("over", "");
    let page =
        lasting("  writes: { heartbeat: db }\n  probe: { command: 'touch made' }\n  port: { tcp: '127.0.0.1:1' }");
    run(&house, &page, &["--mode", "walkthrough"]).exits(0);
    let found = events(&house.run_dir());
    assert!(of(&found, "monitor-started", "writes").is_empty());
    assert!(!house.exists("made"));
    assert_eq!(of(&found, "monitor-started", "port").len(), 1);
    run(&house, &page, &["--mode", "tabletop", "--runs-dir", "b"]).exits(0).never_says("monitor");
}

#[test]
fn a_gap_in_the_watch_is_said_and_never_filled() {
    let mut server = MariaDb::start(&[]);
    let house = house(&[("db", &mariadb(&server))], "false");
    let running = start(&house, &lasting("  writes: { heartbeat: db, sustained: 500ms }"), &[]);
    says(&house, "writes", true, 1);
    server.kill();
    says(&house, "writes", false, 1);
    running.signal(nix::sys::signal::Signal::SIGTERM);
    running.wait();
    std::thread::sleep(Duration::from_secs(2));
    server.start_again();
    house.file("over", "");
    let run_id = house.run_id();
    let mut call = vec!["resume", &run_id, "--yes"];
    house.file(
        "answers.yaml",
        "operator: x\nunknown: { '*': again }\non_failure: { '*': retry }\ncommands: { '*': run }\n",
    );
    call.extend(["--answers", "answers.yaml"]);
    house.call(call).within(Duration::from_secs(50)).run().exits(0).says("nobody looked for");
    let found = events(&house.run_dir());
    assert_eq!(of(&found, "monitor-started", "writes").len(), 2);
    let measured = of(&found, "measured", "writes");
    let (rto, unwatched) = (measured[0]["rto_ms"].as_u64().unwrap(), measured[0]["unwatched_ms"].as_u64().unwrap());
    assert!(unwatched >= 2000 && rto >= unwatched, "{measured:?}");
    assert!(measured[0]["sampling_ms"].as_u64().unwrap() >= 2000, "{measured:?}");
    let beats = ledger(&house, "writes");
    let numbers: Vec<u64> = beats.iter().map(|b| b["beat"].as_u64().unwrap()).collect();
    assert!(numbers.windows(2).any(|w| w[1] == w[0] + 2), "the number that may have been sent was used again");
    assert_eq!(measured[0]["lost"].as_u64(), Some(0));
}

#[test]
fn a_blank_that_asks_for_the_rto_is_proposed_what_was_measured() {
    let mut server = MariaDb::start(&[]);
    let house = house(&[("db", &mariadb(&server))], "false");
    let text = lasting("  writes: { heartbeat: db, sustained: 300ms }")
        + "\n## Validation\n\n- RTO measured: ______ (objective: < 5 min)\n";
    house.file("answers.yaml", "operator: x\ncommands: { '*': run }\ninputs: { rto_measured: measured }\n");
    let running = start(&house, &text, &["--answers", "answers.yaml"]);
    says(&house, "writes", true, 1);
    server.kill();
    says(&house, "writes", false, 1);
    server.start_again();
    says(&house, "writes", true, 2);
    std::thread::sleep(Duration::from_millis(1500));
    house.file("over", "");
    running.wait().exits(0).says("objective < 5 min: met");
    let found = events(&house.run_dir());
    let filled = found.iter().find(|e| e["type"] == "blank-filled").unwrap();
    let value = filled["value"].as_str().unwrap();
    let rto = of(&found, "measured", "writes")[0]["rto_ms"].as_u64().unwrap();
    assert!(value.ends_with('s') && value.contains(&format!("{}.", rto / 1000 % 60)), "{value}, {rto} ms");
    // Nothing was measured: the word is no value.
    let quiet = "# T\n\n## Validation\n\n- RTO measured: ______\n";
    run(&house, quiet, &["--answers", "answers.yaml", "--runs-dir", "b"]).exits(5).says("nothing has been measured");
}

trait Silent {
    fn never_says_secret(self) -> bool;
}

impl Silent for crate::support::Ran {
    fn never_says_secret(self) -> bool {
        !self.out.contains(SECRET) && !self.err.contains(SECRET)
    }
}

#[test]
fn what_a_step_waits_for_is_what_a_monitor_says_then_and_not_when_the_step_began() {
    let house = House::new();
    let there = house.path().join("there");
    house.file(
        "a.md",
        format!(
            "---\nmonitors:\n  door: {{ command: 'test -e {}', every: 50ms, sustained: 100ms }}\n---\n# T\n\n## Procedure\n\n\
             1. Wait until it opens.\n   ```bash {{effect=read until=\"monitors.door.up\" every=50ms for=20s}}\n   true\n   ```\n\
             2. Wait until it closes.\n   ```bash {{effect=read until=\"not monitors.door.up\" every=50ms for=20s}}\n   true\n   ```\n",
            there.display()
        ),
    );
    let running = house.call(["run", "a.md", "--yes"]).within(Duration::from_secs(60)).start();
    says(&house, "door", false, 1);
    std::thread::sleep(Duration::from_millis(300));
    let ended = |of: usize| events(&house.run_dir()).iter().filter(|e| e["type"] == "step-succeeded").count() == of;
    assert!(ended(0), "nothing has opened");
    house.file("there", "");
    eventually("the first step", || ended(1));
    std::thread::sleep(Duration::from_millis(300));
    assert!(ended(1), "nothing has closed");
    std::fs::remove_file(&there).unwrap();
    running.wait().exits(0);
}
