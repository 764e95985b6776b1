//! What was lost by position: where the log of the server stood when the last write before the outage was acknowledged, and whether
//! the server that answers after it has come as far. It knows nothing of the heartbeat's rows.

use crate::action::sql::Family;
use crate::position::lsn::Lsn;

/// Asks where the log stands, right after a write of this session.
///
/// MariaDB: the GTID of the session's own last transaction. PostgreSQL: the timeline and the LSN behind it.
pub(super) const fn at_write(family: Family) -> &'static str {
    match family {
        Family::MySql => "SELECT @@last_gtid",
        Family::Postgres => "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) || ' ' || pg_current_wal_lsn()",
    }
}

/// Asks what a server has, after the recovery.
///
/// MariaDB: the last sequence number of every server that ever wrote in a domain, as far as its binary log knows. PostgreSQL: the
/// timeline, the LSN, and up to where it had replayed when it was promoted.
pub(super) const fn of_server(family: Family) -> &'static str {
    match family {
        Family::MySql => "SELECT @@gtid_binlog_state",
        Family::Postgres => {
            "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) || ' ' || pg_current_wal_lsn() || ' ' || \
             coalesce(pg_last_wal_replay_lsn()::text, '-')"
        }
    }
}

/// What of `written` is missing on a server that has `there`: the amount with its unit, and both positions. `None` when the two do
/// not say.
pub(super) fn missing(family: Family, written: &str, there: &str) -> Option<String> {
    let amount = match family {
        Family::MySql => transactions(written, there)?,
        Family::Postgres => bytes(written, there)?,
    };
    Some(format!("{amount} ({written} → {there})"))
}

/// A server's sequence numbers only grow, so the greatest that is there has all before it.
fn transactions(written: &str, there: &str) -> Option<String> {
    let (writer, number) = numbered(written)?;
    // Nothing of a server that is not named was ever applied here: how much that is, its last number does not say.
    let reached = there.split(',').filter_map(|gtid| numbered(gtid.trim())).find(|(of, _)| *of == writer)?.1;
    Some(format!("{} transactions", number.saturating_sub(reached)))
}

/// `0-1-812`: the domain and the server, and the number.
fn numbered(gtid: &str) -> Option<(&str, u64)> {
    let (writer, number) = gtid.rsplit_once('-')?;
    Some((writer, number.parse().ok()?))
}

fn bytes(written: &str, there: &str) -> Option<String> {
    let (timeline, at) = written.split_once(' ')?;
    let mut there = there.split(' ');
    let (now, current, replayed) = (there.next()?, there.next()?, there.next()?);
    // On the same timeline it is the same history; on a later one only what was replayed before it began is.
    let reached = if now == timeline { current } else { replayed };
    let (at, reached): (Lsn, Lsn) = (at.parse().ok()?, reached.parse().ok()?);
    Some(format!("{} B", at.bytes_since(reached).max(0)))
}

#[cfg(test)]
mod tests {
    use super::{Family, missing};

    #[test]
    fn what_is_missing_is_told_in_the_servers_unit() {
        let (maria, postgres) = (Family::MySql, Family::Postgres);
        let table = [
            (maria, "0-1-812", "0-1-812,0-2-901", Some("0 transactions")),
            (maria, "0-1-812", "0-1-809,0-2-901", Some("3 transactions")),
            // A later number of another server proves nothing.
            (maria, "0-1-812", "0-2-901", None),
            (maria, "", "0-2-901", None),
            (postgres, "00000001 0/3000000", "00000001 0/3000100 -", Some("0 B")),
            (postgres, "00000001 0/3000000", "00000002 0/3000100 0/3000000", Some("0 B")),
            (postgres, "00000001 0/3000100", "00000002 0/3000200 0/3000000", Some("256 B")),
            // Restarted since its promotion: it does not say any more.
            (postgres, "00000001 0/3000100", "00000002 0/3000200 -", None),
        ];
        for (family, written, there, want) in table {
            let found = missing(family, written, there);
            let amount = found.as_deref().and_then(|text| text.split(" (").next());
            assert_eq!(amount, want, "{written} and {there}");
        }
    }
}
