//! What a server is.

use super::servers::{MariaDb, Postgres, SECRET};
use super::{done, open, within};
use runbook::action::sql::{Position, Product, Role};
use std::time::Duration;

#[test]
fn a_mariadb_replica_is_told_from_its_primary() {
    let binlog = ["--log-bin=b", "--gtid-strict-mode=1"];
    let primary = MariaDb::start(&[&binlog[..], &["--server-id=101"]].concat());
    let replica = MariaDb::start(&["--server-id=102", "--read-only=1"]);
    within(async {
        let (mut one, mut two) = (open(&primary.url()).await, open(&replica.url()).await);
        let follow = format!(
            "SET GLOBAL gtid_slave_pos = ''; CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='dba', \
             MASTER_PASSWORD='{SECRET}', MASTER_USE_GTID=slave_pos; SET GLOBAL gtid_slave_pos = '{}'; START SLAVE",
            primary.port,
            super::one(&mut one, "SELECT @@gtid_binlog_pos", vec![]).await
        );
        done(&mut two, &follow, vec![]).await;
        done(&mut one, "CREATE TABLE shop.t (i INT)", vec![]).await;
        let first = one.identity().await.unwrap();
        assert_eq!((first.product, first.id.as_str(), first.port), (Product::MariaDb, "101", primary.port));
        assert_eq!((first.role, first.read_only, first.user.as_str()), (Role::Primary, false, "dba@127.0.0.1"));
        loop {
            let second = two.identity().await.unwrap();
            assert!(second.read_only && second.id == "102");
            let Role::Replica(source) = &second.role else { panic!("{second:?}") };
            assert_eq!((source.host.as_str(), source.port), ("127.0.0.1", Some(primary.port)));
            let (Some(Position::MariaDb { binlog: there, .. }), Some(Position::MariaDb { current: here, .. })) =
                (&first.position, &second.position)
            else {
                panic!("{second:?}")
            };
            if source.receiving && source.applying && here == there {
                break;
            }
            assert!(!there.contains(here) || there.ahead_of(here) > 0);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}

#[test]
fn a_postgres_standby_is_told_from_its_primary() {
    let primary = Postgres::start();
    let standby = primary.standby();
    within(async {
        let (mut one, mut two) = (open(&primary.url()).await, open(&standby.url()).await);
        done(&mut one, "CREATE TABLE t (i INT)", vec![]).await;
        let first = one.identity().await.unwrap();
        assert_eq!((&first.role, first.read_only, first.port), (&Role::Primary, false, primary.port));
        loop {
            let second = two.identity().await.unwrap();
            assert!(second.read_only && second.id == first.id && second.server != first.server);
            let Role::Replica(source) = &second.role else { panic!("{second:?}") };
            let (Some(Position::Lsn(there)), Some(Position::Lsn(here))) = (&first.position, &second.position) else {
                panic!("{second:?}")
            };
            if source.receiving && source.applying && here >= there {
                assert_eq!(source.port, Some(primary.port));
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
}
