//! What watches beside a run: the `monitors` of an inventory, or of a runbook's front matter, in the same words.

use super::parse::Reader;
use super::yaml::{self, Tree};
use crate::diagnostic::Diagnostic;
use crate::source::Source;
use crate::syntax::duration;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The table of heartbeats, when nobody names another.
pub const TABLE: &str = "runbook_heartbeat";
/// So many monitors stand beside one run.
pub const MOST: usize = 16;
/// Looks that follow each other faster would measure themselves.
const FASTEST: Duration = Duration::from_millis(10);
const SLOWEST: Duration = Duration::from_secs(3600);
const KEYS: &[&str] =
    &["heartbeat", "sql", "http", "tcp", "command", "every", "timeout", "sustained", "table", "keep", "as", "expect"];
const KINDS: &[&str] = &["heartbeat", "sql", "http", "tcp", "command"];

/// One monitor, as declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonitorSpec {
    /// What it does.
    pub kind: MonitorKind,
    /// Between the beginnings of two looks.
    pub every: Duration,
    /// How long one look may take before it counts as failed.
    pub limit: Duration,
    /// From when on a recovery counts.
    pub sustained: Sustained,
}

/// How a monitor looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MonitorKind {
    /// Numbered writes through a connection.
    Heartbeat {
        /// The connection, by its name in the inventory.
        connection: String,
        /// The table that holds them.
        table: String,
        /// The run's rows stay when it is over.
        keep: bool,
    },
    /// A query.
    Sql {
        /// It.
        query: String,
        /// The connection.
        connection: String,
        /// What must hold of its answer.
        expect: Option<String>,
    },
    /// A GET.
    Http {
        /// The address.
        url: String,
    },
    /// A connection to a port.
    Tcp {
        /// Host and port.
        address: String,
    },
    /// A command of `sh -c`; 0 is up.
    Command {
        /// It.
        command: String,
    },
}

impl MonitorKind {
    /// As it is declared.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Heartbeat { .. } => "heartbeat",
            Self::Sql { .. } => "sql",
            Self::Http { .. } => "http",
            Self::Tcp { .. } => "tcp",
            Self::Command { .. } => "command",
        }
    }
}

/// How long it must stay up for a recovery to count: whichever comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sustained {
    /// So long.
    pub time: Option<Duration>,
    /// So many looks.
    pub looks: Option<u32>,
}

impl Default for Sustained {
    fn default() -> Self {
        Self { time: Some(Duration::from_secs(5)), looks: Some(20) }
    }
}

/// Reads what stands under `monitors:` of a front matter.
///
/// # Errors
/// Everything that is wrong with it, in words.
pub fn parse(text: &str) -> Result<BTreeMap<String, MonitorSpec>, Vec<Diagnostic>> {
    let source = Source::new("monitors", text);
    let mut reader = Reader::new(&source);
    let found = match yaml::read(&source) {
        Ok(None) => BTreeMap::new(),
        Ok(Some(tree)) => reader.monitors(&tree),
        Err((message, _)) => return Err(vec![Diagnostic::error("front-matter", message)]),
    };
    if reader.diagnostics.is_empty() { Ok(found) } else { Err(reader.diagnostics) }
}

impl Reader<'_> {
    /// The section `monitors`.
    pub(super) fn monitors(&mut self, tree: &Tree) -> BTreeMap<String, MonitorSpec> {
        let found = self.named(tree, "monitors", Self::monitor);
        if found.len() > MOST {
            self.error(format!("{} monitors are too many", found.len()), tree.at(), "16 at most");
        }
        found
    }

    fn monitor(&mut self, name: &str, tree: &Tree) -> Option<MonitorSpec> {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !name.chars().all(word) || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            self.error(
                format!("`{name}` is no name for a monitor"),
                tree.at(),
                "letters, digits and `_`, so that conditions can say `monitors.NAME.up`",
            );
            return None;
        }
        let entries = self.keys(tree, "a monitor", KEYS);
        let texts: BTreeMap<&str, String> =
            entries.iter().filter_map(|(key, _, value)| Some((*key, self.text(key, value)?))).collect();
        let kinds: Vec<&str> = KINDS.iter().copied().filter(|kind| texts.contains_key(kind)).collect();
        let [kind] = kinds[..] else {
            let help = "one of `heartbeat: CONNECTION`, `sql: QUERY`, `http: URL`, `tcp: HOST:PORT`, `command: …`";
            self.error(format!("monitor `{name}` says not what it looks at"), tree.at(), help);
            return None;
        };
        let every = self
            .time(&texts, "every", tree)
            .unwrap_or_else(|| if kind == "heartbeat" { Duration::from_millis(100) } else { Duration::from_secs(1) });
        let limit = self.time(&texts, "timeout", tree);
        let limit = limit.unwrap_or_else(|| (every * 5).max(Duration::from_secs(1)));
        let sustained = self.sustained(&texts, tree);
        let kind = self.kind(name, kind, &texts, tree)?;
        Some(MonitorSpec { kind, every, limit, sustained })
    }

    fn time(&mut self, texts: &BTreeMap<&str, String>, key: &str, tree: &Tree) -> Option<Duration> {
        let text = texts.get(key)?;
        let found = duration::parse(text).filter(|time| (FASTEST..=SLOWEST).contains(time));
        if found.is_none() {
            self.error(format!("`{key}: {text}` is no time from 10ms to 1h"), tree.at(), "write `100ms`, `1s`, `1m`");
        }
        found
    }

    fn sustained(&mut self, texts: &BTreeMap<&str, String>, tree: &Tree) -> Sustained {
        let Some(text) = texts.get("sustained") else { return Sustained::default() };
        if let Some(looks) = text.parse::<u32>().ok().filter(|looks| *looks > 0) {
            return Sustained { time: None, looks: Some(looks) };
        }
        Sustained { time: self.time(texts, "sustained", tree), looks: None }
    }

    fn kind(&mut self, name: &str, kind: &str, texts: &BTreeMap<&str, String>, tree: &Tree) -> Option<MonitorKind> {
        let fits: &[&str] = match kind {
            "heartbeat" => &["table", "keep"],
            "sql" => &["as", "expect"],
            _ => &[],
        };
        for key in ["table", "keep", "as", "expect"] {
            if texts.contains_key(key) && !fits.contains(&key) {
                self.error(format!("monitor `{name}`: `{key}` does not belong to `{kind}`"), tree.at(), "leave it out");
            }
        }
        let given = texts.get(kind)?.trim().to_owned();
        Some(match kind {
            "heartbeat" => MonitorKind::Heartbeat {
                connection: given,
                table: self.table(texts, tree),
                keep: self.keep(texts, tree),
            },
            "sql" => {
                let Some(connection) = texts.get("as").cloned() else {
                    self.error(format!("monitor `{name}` says not where"), tree.at(), "add `as: CONNECTION`");
                    return None;
                };
                MonitorKind::Sql { query: given, connection, expect: texts.get("expect").cloned() }
            }
            "http" => {
                if !given.starts_with("http://") && !given.starts_with("https://") {
                    self.error(format!("`{given}` is no address"), tree.at(), "write `https://host/path`");
                }
                MonitorKind::Http { url: given }
            }
            "tcp" => {
                let port = given
                    .rsplit_once(':')
                    .and_then(|(host, port)| port.parse::<u16>().ok().filter(|port| *port > 0 && !host.is_empty()));
                if port.is_none() {
                    self.error(format!("`{given}` is no host and port"), tree.at(), "write `host:3306`");
                }
                MonitorKind::Tcp { address: given }
            }
            _ => MonitorKind::Command { command: given },
        })
    }

    /// It becomes part of statements.
    fn table(&mut self, texts: &BTreeMap<&str, String>, tree: &Tree) -> String {
        let Some(table) = texts.get("table") else { return TABLE.to_owned() };
        let plain = |part: &str| {
            part.len() <= 60
                && part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if table.split('.').count() > 2 || !table.split('.').all(plain) {
            self.error(format!("`{table}` is no plain name of a table"), tree.at(), "write `table` or `schema.table`");
        }
        table.clone()
    }

    fn keep(&mut self, texts: &BTreeMap<&str, String>, tree: &Tree) -> bool {
        match texts.get("keep").map(|text| text.to_lowercase()).as_deref() {
            None | Some("false" | "no") => false,
            Some("true" | "yes") => true,
            Some(other) => {
                self.error(format!("`keep: {other}` is not true or false"), tree.at(), "write `keep: true`");
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_its_defaults() {
        let found = parse(
            "writes: { heartbeat: vip }\nsite: { http: 'https://shop.example.net/health', every: 2s, sustained: 10s }\n\
             port: { tcp: 'db1:3306', timeout: 300ms, sustained: 3 }\n\
             lag: { sql: 'SELECT 1 AS lag', as: replica, expect: 'row.lag < 10' }\nprobe: { command: 'true' }\n",
        )
        .unwrap_or_else(|e| panic!("{e:?}"));
        let writes = &found["writes"];
        assert_eq!((writes.every, writes.limit), (Duration::from_millis(100), Duration::from_secs(1)));
        assert_eq!(writes.sustained, Sustained::default());
        let kind = MonitorKind::Heartbeat { connection: "vip".to_owned(), table: TABLE.to_owned(), keep: false };
        assert_eq!(writes.kind, kind);
        assert_eq!((found["site"].limit, found["site"].sustained.looks), (Duration::from_secs(10), None));
        assert_eq!(found["port"].limit, Duration::from_millis(300));
        assert_eq!(found["port"].sustained, Sustained { time: None, looks: Some(3) });
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn mistakes_are_told() {
        for (text, said) in [
            ("w: { hartbeat: vip }", "a monitor has no `hartbeat`"),
            ("w: { every: 1s }", "says not what it looks at"),
            ("w: { tcp: 'a:1', http: 'http://b' }", "says not what it looks at"),
            ("w: { tcp: db1 }", "no host and port"),
            ("w: { sql: 'SELECT 1' }", "says not where"),
            ("w: { heartbeat: v, table: 'a; DROP TABLE b' }", "no plain name of a table"),
            ("w: { heartbeat: v, every: 1ms }", "no time from"),
            ("w: { tcp: 'a:1', keep: true }", "does not belong"),
            ("a-b: { tcp: 'a:1' }", "no name for a monitor"),
        ] {
            let Err(wrong) = parse(text) else { panic!("{text} was read") };
            assert!(wrong.iter().any(|d| d.message.contains(said)), "{text}: {wrong:?}");
        }
    }
}
