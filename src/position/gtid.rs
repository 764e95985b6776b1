//! Positions by global transaction ids: MariaDB's `0-1-100,1-2-5` and MySQL's `uuid:1-5:7,uuid2:1`.
//!
//! The order is that of sets: a position is less than another when the other has everything it has, and more. Two
//! positions of which each has something the other lacks have no order: they diverged.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Text that is no position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAGtid {
    /// MariaDB.
    #[error("`{0}` is no position of MariaDB: domain-server-sequence, as in 0-1-100,1-2-5")]
    MariaDb(String),
    /// One domain twice.
    #[error("the domain {0} stands twice in one position")]
    Twice(u32),
    /// MySQL.
    #[error("`{0}` is no GTID set of MySQL: uuid:first-last, as in 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5")]
    MySql(String),
}

/// MariaDB's: the last transaction of each domain.
///
/// The order compares sequence numbers, as the server itself does. With the same sequence number but another server in
/// a domain, the histories differ for certain: no order. Lower numbers may hide a divergence that only the data shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct MariaDb(BTreeMap<u32, (u32, u64)>);

impl MariaDb {
    /// Domains with the server that wrote last and its sequence number.
    pub fn domains(&self) -> impl Iterator<Item = (u32, u32, u64)> + '_ {
        self.0.iter().map(|(domain, (server, sequence))| (*domain, *server, *sequence))
    }

    /// Has everything that `other` has.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        matches!(self.partial_cmp(other), Some(Ordering::Equal | Ordering::Greater))
    }

    /// Transactions that `self` has and `other` lacks, by sequence numbers.
    #[must_use]
    pub fn ahead_of(&self, other: &Self) -> u64 {
        self.domains()
            .map(|(domain, _, sequence)| sequence.saturating_sub(other.0.get(&domain).map_or(0, |(_, s)| *s)))
            .fold(0, u64::saturating_add)
    }
}

impl PartialOrd for MariaDb {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let (mut less, mut greater) = (false, false);
        for domain in self.0.keys().chain(other.0.keys()) {
            match (self.0.get(domain), other.0.get(domain)) {
                (Some(mine), Some(theirs)) => match mine.1.cmp(&theirs.1) {
                    Ordering::Equal if mine.0 != theirs.0 => return None,
                    Ordering::Equal => {}
                    Ordering::Less => less = true,
                    Ordering::Greater => greater = true,
                },
                (None, Some(_)) => less = true,
                _ => greater = true,
            }
        }
        order(less, greater)
    }
}

fn order(less: bool, greater: bool) -> Option<Ordering> {
    match (less, greater) {
        (false, false) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Less),
        (false, true) => Some(Ordering::Greater),
        (true, true) => None,
    }
}

impl fmt::Display for MariaDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (domain, server, sequence)) in self.domains().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{domain}-{server}-{sequence}")?;
        }
        Ok(())
    }
}

/// Digits and nothing else: no sign, no space.
fn number<N: FromStr>(text: &str) -> Option<N> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

impl FromStr for MariaDb {
    type Err = NotAGtid;

    fn from_str(text: &str) -> Result<Self, NotAGtid> {
        let mut domains = BTreeMap::new();
        for part in text.split(',').map(str::trim) {
            if part.is_empty() && text.trim().is_empty() {
                break;
            }
            let fields: Vec<&str> = part.split('-').collect();
            let [domain, server, sequence] = fields.as_slice() else {
                return Err(NotAGtid::MariaDb(text.to_owned()));
            };
            let (Some(domain), Some(server), Some(sequence)) = (number(domain), number(server), number(sequence))
            else {
                return Err(NotAGtid::MariaDb(text.to_owned()));
            };
            if domains.insert(domain, (server, sequence)).is_some() {
                return Err(NotAGtid::Twice(domain));
            }
        }
        Ok(Self(domains))
    }
}

/// MySQL's: a set of transactions by server (and tag, since 8.4), as intervals that neither touch nor overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct MySql(BTreeMap<String, Vec<(u64, u64)>>);

impl MySql {
    /// Servers (`uuid` or `uuid:tag`) with their intervals, both ends included.
    pub fn servers(&self) -> impl Iterator<Item = (&str, &[(u64, u64)])> {
        self.0.iter().map(|(server, intervals)| (server.as_str(), intervals.as_slice()))
    }

    /// How many transactions.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.values().flatten().map(|(first, last)| (last - first).saturating_add(1)).fold(0, u64::saturating_add)
    }

    /// None at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What `self` has and `other` lacks.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = BTreeMap::new();
        for (server, mine) in &self.0 {
            let theirs = other.0.get(server).map_or(&[][..], Vec::as_slice);
            let mut rest = Vec::new();
            for (first, last) in mine {
                let mut from = Some(*first);
                for (a, b) in theirs.iter().filter(|(a, b)| a <= last && b >= first) {
                    let Some(start) = from else { break };
                    if *a > start {
                        rest.push((start, a - 1));
                    }
                    from = b.checked_add(1).filter(|next| next <= last);
                }
                rest.extend(from.map(|start| (start, *last)));
            }
            if !rest.is_empty() {
                left.insert(server.clone(), rest);
            }
        }
        Self(left)
    }

    /// Has everything that `other` has.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.minus(self).is_empty()
    }

    /// Transactions that `self` has and `other` lacks.
    #[must_use]
    pub fn ahead_of(&self, other: &Self) -> u64 {
        self.minus(other).len()
    }
}

impl PartialOrd for MySql {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        order(!self.contains(other), !other.contains(self))
    }
}

impl fmt::Display for MySql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (server, intervals)) in self.servers().enumerate() {
            write!(f, "{}{server}", if at == 0 { "" } else { "," })?;
            for (first, last) in intervals {
                write!(f, ":{first}")?;
                if last > first {
                    write!(f, "-{last}")?;
                }
            }
        }
        Ok(())
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .char_indices()
            .all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() })
}

fn interval(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number::<u64>(first.trim())?, number::<u64>(last.trim())?);
    (first > 0 && last >= first).then_some((first, last))
}

impl FromStr for MySql {
    type Err = NotAGtid;

    fn from_str(text: &str) -> Result<Self, NotAGtid> {
        let wrong = || NotAGtid::MySql(text.to_owned());
        let mut servers: BTreeMap<String, Vec<(u64, u64)>> = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let mut fields = part.split(':').map(str::trim);
            let uuid = fields.next().filter(|uuid| is_uuid(uuid)).ok_or_else(wrong)?.to_lowercase();
            let (mut key, mut some) = (uuid.clone(), false);
            for field in fields {
                if let Some(found) = interval(field) {
                    servers.entry(key.clone()).or_default().push(found);
                    some = true;
                } else if field.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && field.len() <= 32
                    && field.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                {
                    key = format!("{uuid}:{}", field.to_lowercase());
                } else {
                    return Err(wrong());
                }
            }
            if !some {
                return Err(wrong());
            }
        }
        for intervals in servers.values_mut() {
            intervals.sort_unstable();
            let mut joined: Vec<(u64, u64)> = Vec::new();
            for (first, last) in intervals.drain(..) {
                match joined.last_mut() {
                    Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                    _ => joined.push((first, last)),
                }
            }
            *intervals = joined;
        }
        Ok(Self(servers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const A: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    const B: &str = "3e11fa47-71ca-11e1-9e33-c80aa9429563";

    #[test]
    fn mariadb() {
        let at = |text: &str| text.parse::<MariaDb>().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(at("1-2-5, 0-1-100").to_string(), "0-1-100,1-2-5");
        assert!(at("0-1-100,1-2-5") > at("0-1-100"));
        assert!(at("0-2-101") > at("0-1-100"));
        assert_eq!(at("0-2-100").partial_cmp(&at("0-1-100")), None, "same number, another server: diverged");
        assert_eq!(at("0-1-5,1-1-1").partial_cmp(&at("0-1-4,1-1-2")), None);
        assert_eq!(at("0-1-105").ahead_of(&at("0-1-100")), 5);
        assert_eq!(at("").to_string(), "");
        for wrong in ["0-1", "0-1-x", "0-1-1,", "-1-1-1", "0-1-1,0-2-2", "4294967296-1-1", "0-1-+1"] {
            assert!(wrong.parse::<MariaDb>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn mysql() {
        let at = |text: String| text.parse::<MySql>().unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(at(format!("{A}:7:1-3:4-5,\n{B}:1")).to_string(), format!("{A}:1-5:7,{B}:1"));
        assert_eq!(at(format!("{A}:1-10")).minus(&at(format!("{A}:3-4:9"))).to_string(), format!("{A}:1-2:5-8:10"));
        assert!(at(format!("{A}:1-5")) < at(format!("{A}:1-6")));
        assert_eq!(at(format!("{A}:1-5")).partial_cmp(&at(format!("{B}:1-5"))), None);
        assert_eq!(at(format!("{A}:1-10")).ahead_of(&at(format!("{A}:1-4"))), 6);
        assert_eq!(at(format!("{A}:tag:1-2:3")).to_string(), format!("{A}:tag:1-3"));
        for wrong in [A.to_owned(), format!("{A}:0"), format!("{A}:5-4"), "x:1".to_owned(), format!("{A}:1-2-3")] {
            assert!(wrong.parse::<MySql>().is_err(), "{wrong}");
        }
    }

    fn some_mariadb() -> impl Strategy<Value = MariaDb> {
        prop::collection::btree_map(0u32..4, (1u32..3, 0u64..6), 0..4).prop_map(MariaDb)
    }

    fn some_mysql() -> impl Strategy<Value = MySql> {
        prop::collection::vec((prop::sample::select(vec![A, B]), 1u64..12, 0u64..4), 0..6).prop_map(|parts| {
            let text: Vec<String> = parts.iter().map(|(u, a, n)| format!("{u}:{a}-{}", a + n)).collect();
            text.join(",").parse().unwrap_or_default()
        })
    }

    fn consistent<T: PartialOrd>(a: &T, b: &T, c: &T) -> bool {
        let reversed = a.partial_cmp(b) == b.partial_cmp(a).map(Ordering::reverse);
        let transitive = !(a <= b && b <= c) || a <= c;
        let same = (a == b) == (a.partial_cmp(b) == Some(Ordering::Equal));
        reversed && transitive && same
    }

    proptest! {
        #[test]
        fn display_and_parse_are_inverse(a in some_mariadb(), b in some_mysql()) {
            prop_assert_eq!(a.to_string().parse(), Ok(a));
            prop_assert_eq!(b.to_string().parse(), Ok(b));
        }

        #[test]
        fn the_order_of_mysql_is_one(a in some_mysql(), b in some_mysql(), c in some_mysql()) {
            prop_assert!(consistent(&a, &b, &c));
            prop_assert_eq!(a.contains(&b), a >= b);
            let (only_a, only_b) = (a.minus(&b), b.minus(&a));
            prop_assert_eq!(a.len() - only_a.len(), b.len() - only_b.len(), "what both have");
            prop_assert!(only_a.minus(&a).is_empty() && only_a.minus(&b) == only_a);
        }

        #[test]
        fn the_order_of_mariadb_is_one(a in some_mariadb(), b in some_mariadb()) {
            prop_assert!(consistent(&a, &b, &a));
            prop_assert_eq!(a.contains(&b), a >= b);
            if a > b { prop_assert!(b.ahead_of(&a) == 0); }
        }
    }
}
