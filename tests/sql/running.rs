//! Errors, time, cancellation, loss.

use super::servers::{MariaDb, Postgres};
use super::{done, one, open, run, run_within, within};
use runbook::action::sql::{Limits, Outcome, Script, StatementEvent, Value};
use std::time::{Duration, Instant};
use tokio::sync::watch;

fn quick(millis: u64) -> Limits {
    Limits { statement: Some(Duration::from_millis(millis)), grace: Duration::from_secs(15), ..Limits::default() }
}

#[test]
fn an_error_in_the_middle_says_where() {
    let (maria, postgres) = (MariaDb::start(&[]), Postgres::start());
    within(async {
        for url in [maria.url(), postgres.url()] {
            let mut db = open(&url).await;
            let text =
                "CREATE TABLE t (i INT);\nINSERT INTO t VALUES (1);\nSELECT nonsense FROM t;\nINSERT INTO t VALUES (2)";
            match run(&mut db, text, vec![]).await {
                Outcome::Failed { statement: 2, done, error } => {
                    assert_eq!(done.len(), 2);
                    assert!(error.to_string().contains("nonsense"), "{error}");
                }
                other => panic!("{other:?}"),
            }
            assert_eq!(
                one(&mut db, "SELECT SUM(i) * 1 = 1 FROM t", vec![]).await.to_string().replace("true", "1"),
                "1"
            );
        }
    });
}

#[test]
fn a_statement_has_its_time() {
    let (maria, postgres) = (MariaDb::start(&[]), Postgres::start());
    within(async {
        for (url, slow) in [(maria.url(), "SELECT SLEEP(40)"), (postgres.url(), "SELECT pg_sleep(40)")] {
            let mut db = open(&url).await;
            let began = Instant::now();
            let end = run_within(&mut db, &format!("SELECT 1; {slow}"), vec![], quick(300)).await;
            assert!(matches!(end, Outcome::TimedOut { statement: 1, .. }), "{end:?}");
            assert!(began.elapsed() < Duration::from_secs(20));
            done(&mut db, "SELECT 2", vec![]).await;
            // The server's own clock is out of play: ours is enough.
            let blind = if url.starts_with('m') { "SET max_statement_time = 0" } else { "SET statement_timeout = 0" };
            let end = run_within(&mut db, &format!("{blind}; {slow}"), vec![], quick(300)).await;
            assert!(matches!(end, Outcome::TimedOut { statement: 1, .. }), "{end:?}");
            done(&mut db, "SELECT 3", vec![]).await;
        }
    });
}

#[test]
fn a_cancellation_reaches_the_server() {
    let (maria, postgres) = (MariaDb::start(&[]), Postgres::start());
    within(async {
        let cases = [
            (
                maria.url(),
                "SELECT SLEEP(40), 'here'",
                "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%'",
            ),
            (
                postgres.url(),
                "SELECT pg_sleep(40), 'here'",
                "SELECT COUNT(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'",
            ),
        ];
        for (url, slow, look) in cases {
            let (mut db, mut other) = (open(&url).await, open(&url).await);
            let (tell, mut told) = watch::channel(false);
            let script = Script::new(&format!("SELECT 1; {slow}; SELECT 2"), vec![]).unwrap();
            let mut stopping = 0;
            let running = db.run(&script, quick(50_000), async { told.changed().await.unwrap() }, |event| {
                stopping += usize::from(matches!(event, StatementEvent::Stopping { statement: 1 }));
            });
            let telling = async {
                while one(&mut other, look, vec![]).await != Value::Int(1) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                tell.send(true).unwrap();
            };
            let (end, ()) = tokio::join!(running, telling);
            assert!(
                matches!(&end, Outcome::Cancelled { statement: 1, begun: true, done } if done.len() == 1),
                "{end:?}"
            );
            assert_eq!(stopping, 1);
            assert_eq!(one(&mut other, look, vec![]).await, Value::Int(0));
            done(&mut db, "SELECT 3", vec![]).await;
            let never = db.run(&script, Limits::default(), std::future::ready(()), |_| {}).await;
            assert!(matches!(never, Outcome::Cancelled { statement: 0, begun: false, .. }), "{never:?}");
        }
    });
}

#[test]
fn a_server_that_dies_in_a_write_leaves_it_unknown() {
    let (mut maria, mut postgres) = (MariaDb::start(&[]), Postgres::start());
    within(async {
        for family in ["maria", "postgres"] {
            let (url, write) = match family {
                "maria" => (maria.url(), "CREATE TABLE t (i INT); INSERT INTO t SELECT SLEEP(40)"),
                _ => (postgres.url(), "CREATE TABLE t (i TEXT); INSERT INTO t SELECT pg_sleep(40)::text"),
            };
            let mut db = open(&url).await;
            let (tell, mut told) = watch::channel(false);
            let script = Script::new(write, vec![]).unwrap();
            let running = db.run(&script, quick(50_000), std::future::pending(), |event| {
                if matches!(event, StatementEvent::Started { statement: 1, .. }) {
                    tell.send(true).unwrap();
                }
            });
            let killing = async {
                told.changed().await.unwrap();
                tokio::time::sleep(Duration::from_millis(700)).await;
                if family == "maria" { maria.kill() } else { postgres.kill() }
            };
            let (end, ()) = tokio::join!(running, killing);
            assert!(matches!(&end, Outcome::Lost { statement: 1, sent: true, done, .. } if done.len() == 1), "{end:?}");
            assert!(db.is_unusable());
            let next = run(&mut db, "SELECT 1", vec![]).await;
            assert!(matches!(next, Outcome::Lost { sent: false, .. }), "{next:?}");
        }
    });
}
