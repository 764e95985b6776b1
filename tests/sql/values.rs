//! Typed values, bound values, bounds.

use super::servers::{MariaDb, Postgres};
use super::{done, mark, one, open, rows, run, run_within, within};
use proptest::test_runner::{Config, TestRunner};
use runbook::action::sql::{Limits, Outcome, SqlError, StatementEnd, Value};

fn text(of: &str) -> Value {
    Value::Text(of.to_owned())
}

fn time(of: &str) -> Value {
    Value::Time(of.to_owned())
}

const HARD: [&str; 9] =
    ["", "it's", "a\\b", "\\", "'; DROP TABLE t; -- ", "\"x\"`y`", "né 日本 🦀", "$1 ? :name $$", "line\nnext\ttab %_"];

#[test]
fn mariadb_types_and_values() {
    let server = MariaDb::start(&[]);
    within(async {
        let mut db = open(&server.url()).await;
        let all = "CREATE TABLE t (b TINYINT(1), i INT, u BIGINT UNSIGNED, f FLOAT, d DOUBLE, n DECIMAL(20,5), s VARCHAR(50), \
                   x VARBINARY(10), dt DATETIME(3), day DATE, tm TIME, bits BIT(10), y YEAR, e ENUM('a','b'), nothing INT); \
                   INSERT INTO t VALUES (1, -5, 18446744073709551615, 0.1, 2.5, '12345.67800', 'é\\'', X'00ff', \
                   '2026-11-21 10:11:12.345', '2026-11-21', '-100:01:02', b'1000000001', 2026, 'b', NULL)";
        assert_eq!(done(&mut db, all, vec![]).await, [StatementEnd::Affected(0), StatementEnd::Affected(1)]);
        let expected = vec![
            Value::Int(1),
            Value::Int(-5),
            Value::UInt(u64::MAX),
            Value::Float(0.1),
            Value::Float(2.5),
            Value::Decimal("12345.67800".into()),
            text("é'"),
            Value::Bytes(vec![0, 255]),
            time("2026-11-21 10:11:12.345"),
            time("2026-11-21"),
            time("-100:01:02"),
            Value::UInt(513),
            Value::UInt(2026),
            text("b"),
            Value::Null,
        ];
        let plain = rows(&mut db, "SELECT * FROM t", vec![]).await;
        assert_eq!(plain.rows, std::slice::from_ref(&expected));
        // By the binary protocol: the same but for the digits of a fraction.
        let bound = rows(&mut db, &format!("SELECT * FROM t WHERE i = {}", mark(0)), vec![Value::Int(-5)]).await;
        assert_eq!(bound.rows[0][..8], expected[..8]);
        assert_eq!(bound.rows[0][9..], expected[9..]);
        for value in HARD.iter().copied().chain(["nul\0nul"]) {
            for query in [
                format!("SELECT {}", mark(0)),
                format!("SELECT '{}'", mark(0)),
                format!("SET @v = {}; SELECT @v", mark(0)),
            ] {
                assert_eq!(one(&mut db, &query, vec![text(value)]).await, text(value), "{query}");
            }
            // Where backslashes mean nothing, and back.
            let odd = format!("SET @v = {}; SELECT @v", mark(0));
            done(&mut db, "SET sql_mode = 'NO_BACKSLASH_ESCAPES'", vec![]).await;
            assert_eq!(one(&mut db, &odd, vec![text(value)]).await, text(value));
            done(&mut db, "SET sql_mode = DEFAULT", vec![]).await;
        }
        let like = one(&mut db, &format!("SELECT 'a prod b' LIKE '%{}%'", mark(0)), vec![text("prod")]).await;
        assert_eq!(like, Value::Int(1));
        let limit = rows(&mut db, &format!("SELECT 1 UNION SELECT 2 LIMIT {}", mark(0)), vec![text("1")]).await;
        assert_eq!(limit.rows.len(), 1);
        assert_eq!(rows(&mut db, &format!("SELECT i FROM {}", mark(0)), vec![text("t")]).await.rows.len(), 1);
        let evil = run(&mut db, &format!("SELECT i FROM {}", mark(0)), vec![text("t; DROP TABLE t")]).await;
        assert!(matches!(evil, Outcome::Failed { statement: 0, error: SqlError::Script(_), .. }), "{evil:?}");
        // A statement that takes no bound values.
        let change = format!(
            "CHANGE MASTER TO MASTER_HOST = {}, MASTER_PORT = {}, MASTER_PASSWORD = '{}'",
            mark(0),
            mark(1),
            mark(2)
        );
        done(&mut db, &change, vec![text("10.0.0.1"), text("3307"), text("p'\\w")]).await;
        let status = rows(&mut db, "SHOW SLAVE STATUS\\G", vec![]).await;
        assert_eq!(status.get(0, "Master_Host"), Some(&text("10.0.0.1")));
        assert_eq!(status.get(0, "seconds_behind_master"), Some(&Value::Null));
        assert!(
            matches!(status.get(0, "Master_Port"), Some(Value::Int(3307) | Value::UInt(3307))),
            "{:?}",
            status.get(0, "Master_Port")
        );
        assert!(status.table(100).contains("Seconds_Behind_Master: NULL"), "{}", status.table(100));
        let procedure = "DELIMITER //\nCREATE PROCEDURE two() BEGIN SELECT 1; SELECT 2; END//\nDELIMITER ;\nCALL two()";
        let ends = done(&mut db, procedure, vec![]).await;
        assert!(matches!(&ends[1], StatementEnd::Several(sets) if sets.len() == 2), "{ends:?}");
    });
}

#[test]
fn postgres_types_and_values() {
    let server = Postgres::start();
    within(async {
        let mut db = open(&server.url()).await;
        let query = "SELECT true, -5::int2, 7::int4, 9223372036854775807::int8, 0.1::float4, 2.5::float8, 12345.67800::numeric, \
                     -0.00012::numeric, 100000000::numeric, 'é'::text, '\\x00ff'::bytea, '2026-11-21'::date, \
                     '2026-11-21 10:11:12.345'::timestamp, '10:11:12'::time, '{\"a\": [1]}'::jsonb, NULL::int, \
                     '0/3000060'::pg_lsn, '3e11fa47-71ca-11e1-9e33-c80aa9429562'::uuid, 'x'::name";
        let expected = vec![
            Value::Bool(true),
            Value::Int(-5),
            Value::Int(7),
            Value::Int(i64::MAX),
            Value::Float(0.1),
            Value::Float(2.5),
            Value::Decimal("12345.67800".into()),
            Value::Decimal("-0.00012".into()),
            Value::Decimal("100000000".into()),
            text("é"),
            Value::Bytes(vec![0, 255]),
            time("2026-11-21"),
            time("2026-11-21 10:11:12.345"),
            time("10:11:12"),
            Value::Json(serde_json::json!({"a": [1]})),
            Value::Null,
            text("0/3000060"),
            text("3e11fa47-71ca-11e1-9e33-c80aa9429562"),
            text("x"),
        ];
        assert_eq!(rows(&mut db, query, vec![]).await.rows, std::slice::from_ref(&expected));
        // Binary.
        let bound = format!("{query} WHERE {}::int = 1", mark(0));
        assert_eq!(rows(&mut db, &bound, vec![Value::Int(1)]).await.rows, [expected]);
        for value in HARD {
            for query in [format!("SELECT {}::text", mark(0)), format!("SELECT '{}'::text", mark(0))] {
                assert_eq!(one(&mut db, &query, vec![text(value)]).await, text(value), "{query}");
            }
            for scs in ["on", "off"] {
                done(&mut db, &format!("SET standard_conforming_strings = {scs}"), vec![]).await;
                let set = format!("SET my.v = {}; SELECT current_setting('my.v')", mark(0));
                assert_eq!(one(&mut db, &set, vec![text(value)]).await, text(value));
            }
            done(&mut db, "RESET standard_conforming_strings", vec![]).await;
        }
        let nul = run(&mut db, &format!("SELECT {}::text", mark(0)), vec![text("a\0b")]).await;
        assert!(matches!(nul, Outcome::Failed { error: SqlError::Script(_), .. }), "{nul:?}");
        let block =
            "DO $x$ BEGIN PERFORM 1; RAISE NOTICE 'a;b'; END $x$; SELECT 'a;b', E'it\\'s;' /* ; /* ; */ */ -- ;\n\\gx";
        let set = rows(&mut db, block, vec![]).await;
        assert!(set.vertical);
        assert_eq!(set.rows, [vec![text("a;b"), text("it's;")]]);
        let odd =
            run(&mut db, &format!("SELECT '1 day'::interval WHERE {}::int = 1", mark(0)), vec![Value::Int(1)]).await;
        assert!(matches!(odd, Outcome::Failed { error: SqlError::Script(_), .. }), "{odd:?}");
    });
}

#[test]
fn any_text_comes_back_as_it_was() {
    let (maria, postgres) = (MariaDb::start(&[]), Postgres::start());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let both =
        std::cell::RefCell::new(runtime.block_on(async { (open(&maria.url()).await, open(&postgres.url()).await) }));
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&".{0,40}|['\\\\\"`$?;%a\u{0}-]{0,20}", |given| {
            let (a, b) = &mut *both.borrow_mut();
            runtime.block_on(async {
                let maria = format!("SELECT {m}, '{m}'; SET @v = {m}; SELECT {m}, @v", m = mark(0));
                let back = rows(a, &maria, vec![text(&given)]).await;
                assert_eq!(back.rows, [vec![text(&given), text(&given)]]);
                let plain = given.replace('\0', "");
                let other =
                    format!("SET my.v = {m}; SELECT {m}::text, current_setting('my.v'), '{m}'::text", m = mark(0));
                let back = rows(b, &other, vec![text(&plain)]).await;
                assert_eq!(back.rows, [vec![text(&plain), text(&plain), text(&plain)]]);
            });
            Ok(())
        })
        .unwrap();
}

#[test]
fn results_are_bounded() {
    let (maria, postgres) = (MariaDb::start(&[]), Postgres::start());
    within(async {
        let queries = [
            (maria.url(), "SELECT seq, REPEAT('x', 1000) FROM seq_1_to_20000"),
            (postgres.url(), "SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) n"),
        ];
        for (url, query) in queries {
            let mut db = open(&url).await;
            for (limits, most) in [
                (Limits { rows: 100, ..Limits::default() }, 100),
                (Limits { bytes: 64 << 10, ..Limits::default() }, 64),
                (Limits::default(), 8500),
            ] {
                let Outcome::Done(mut ends) = run_within(&mut db, query, vec![], limits).await else { panic!() };
                let Some(StatementEnd::Rows(set)) = ends.pop() else { panic!() };
                assert!(set.truncated && set.total == 20_000, "{}", set.total);
                assert!(set.rows.len() <= most && set.rows.len() * 2 > most, "{}", set.rows.len());
                assert!(set.table(80).contains("of 20000 rows"));
            }
            assert_eq!(one(&mut db, "SELECT 'still here'", vec![]).await, text("still here"));
        }
    });
}
