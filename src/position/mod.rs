//! Places in a history of transactions: GTIDs of MariaDB and MySQL, LSNs of PostgreSQL, and which comes after which.
//!
//! Invariant: pure. Positions that have no order (each side has something the other lacks) are said to have none.

pub mod gtid;
pub mod lsn;

use std::cmp::Ordering;
use std::fmt;

/// A position of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// MariaDB's `0-1-100,1-2-5`.
    MariaDb(gtid::MariaDb),
    /// MySQL's `uuid:1-5`.
    MySql(gtid::MySql),
    /// PostgreSQL's `0/3000060`.
    Lsn(lsn::Lsn),
}

/// Text that is no position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no position: MariaDB writes 0-1-100, MySQL uuid:1-5, PostgreSQL 0/3000060")]
pub struct NotAPosition(String);

impl std::str::FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let text = text.trim();
        if let Ok(found) = text.parse() {
            return Ok(Self::Lsn(found));
        }
        // Every text of one form is refused by the others, but the empty one: a server without transactions.
        if !text.is_empty() && text.contains(':') {
            return text.parse().map(Self::MySql).map_err(|_| NotAPosition(text.to_owned()));
        }
        text.parse().map(Self::MariaDb).map_err(|_| NotAPosition(text.to_owned()))
    }
}

impl PartialOrd for Position {
    /// `None` for positions of different kinds, and for histories that diverged.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::MariaDb(a), Self::MariaDb(b)) => a.partial_cmp(b),
            (Self::MySql(a), Self::MySql(b)) => a.partial_cmp(b),
            (Self::Lsn(a), Self::Lsn(b)) => a.partial_cmp(b),
            _ => None,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MariaDb(position) => position.fmt(f),
            Self::MySql(position) => position.fmt(f),
            Self::Lsn(position) => position.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn only_positions_of_one_kind_and_one_history_have_an_order() {
        let position = |text: &str| text.parse::<Position>().unwrap_or_else(|e| panic!("{e}"));
        assert!(position("0-1-9") < position("0-1-10"));
        assert!(position("0/9000000") < position("0/10000000"));
        assert!(position("0/FFFFFFFF") < position("1/0"));
        let uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
        assert!(position(&format!("{uuid}:1-9")) < position(&format!("{uuid}:1-10")));
        assert_eq!(position("0-1-9").partial_cmp(&position("0/9")), None);
        assert_eq!(position("0-1-9,1-1-5").partial_cmp(&position("0-1-10,1-1-4")), None, "diverged");
        assert!("soon".parse::<Position>().is_err());
    }
}
