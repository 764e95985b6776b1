//! What a server says it is.

use super::Family;
use super::error::SqlError;
use super::session::Link;
use super::target::{Place, Target};
use crate::position::{gtid, lsn::Lsn};

/// The product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Product {
    MariaDb,
    MySql,
    PostgreSql,
}

/// From where a replica gets its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Host, as the replica knows it.
    pub host: String,
    /// Port.
    pub port: Option<u16>,
    /// Whether it receives now.
    pub receiving: bool,
    /// Whether it applies now.
    pub applying: bool,
}

/// What it is to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Follows nobody.
    Primary,
    /// Follows another.
    Replica(Source),
    /// This user may not see whether it follows another.
    Hidden,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// MariaDB.
    MariaDb {
        /// `gtid_current_pos`
        current: gtid::MariaDb,
        /// `gtid_binlog_pos`
        binlog: gtid::MariaDb,
    },
    /// MySQL's `gtid_executed`.
    MySql(gtid::MySql),
    /// PostgreSQL: written on a primary, replayed on a standby.
    Lsn(Lsn),
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MariaDb { current, .. } => current.fmt(f),
            Self::MySql(executed) => executed.fmt(f),
            Self::Lsn(lsn) => lsn.fmt(f),
        }
    }
}

/// What a server says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// As we reached it.
    pub place: Place,
    /// The product.
    pub product: Product,
    /// Its version.
    pub version: String,
    /// Its own name for itself: `server_id`, host name and port of MariaDB and MySQL; system identifier, address and port
    /// of PostgreSQL. A system identifier is the same on a primary and on its standbys.
    pub server: String,
    /// `server_id`, or PostgreSQL's system identifier.
    pub id: String,
    /// The port it listens on.
    pub port: u16,
    /// What it is to others.
    pub role: Role,
    /// Whether it refuses writes of ordinary users; of this session in PostgreSQL.
    pub read_only: bool,
    /// How far it is; `None` when it keeps no such thing, or does not tell this user.
    pub position: Option<Position>,
    /// As whom the server knows us.
    pub user: String,
}

type Row = Vec<(String, String)>;

fn field<'a>(row: &'a Row, name: &str) -> &'a str {
    row.iter().find(|(column, _)| column.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value.as_str())
}

fn either<'a>(row: &'a Row, new: &str, old: &str) -> &'a str {
    let found = field(row, new);
    if found.is_empty() { field(row, old) } else { found }
}

pub(super) async fn ask(link: &mut Link, target: &Target) -> Result<Identity, SqlError> {
    match target.family() {
        Family::MySql => mysql(link, target).await,
        Family::Postgres => postgres(link, target).await,
    }
}

fn nothing(target: &Target) -> SqlError {
    SqlError::Answer { place: target.place().clone(), reason: "no row about itself".to_owned() }
}

async fn mysql(link: &mut Link, target: &Target) -> Result<Identity, SqlError> {
    let mariadb = link.is_mariadb();
    let base = "SELECT @@version AS version, @@server_id AS id, @@hostname AS host, @@port AS port, \
                @@global.read_only AS read_only, CURRENT_USER() AS user";
    let row = link.row(base).await?.ok_or_else(|| nothing(target))?;
    let mut status = link.row(if mariadb { "SHOW ALL SLAVES STATUS" } else { "SHOW REPLICA STATUS" }).await;
    // MySQL before 8.0.22.
    if matches!(&status, Err(SqlError::Server { cause, .. }) if !mariadb && cause.code == Some(1064)) {
        status = link.row("SHOW SLAVE STATUS").await;
    }
    // An account of applications need not see replication; what it cannot see is not guessed.
    let hidden = matches!(&status, Err(SqlError::Server { cause, .. }) if cause.code == Some(1227));
    let status = if hidden { None } else { status? };
    let role = status.map_or(if hidden { Role::Hidden } else { Role::Primary }, |s| {
        Role::Replica(Source {
            host: either(&s, "Source_Host", "Master_Host").to_owned(),
            port: either(&s, "Source_Port", "Master_Port").parse().ok(),
            receiving: either(&s, "Replica_IO_Running", "Slave_IO_Running") == "Yes",
            applying: either(&s, "Replica_SQL_Running", "Slave_SQL_Running") == "Yes",
        })
    });
    let position = if mariadb {
        let query = "SELECT @@global.gtid_current_pos AS current, @@global.gtid_binlog_pos AS binlog";
        link.row(query).await?.and_then(|p| {
            Some(Position::MariaDb {
                current: field(&p, "current").parse().ok()?,
                binlog: field(&p, "binlog").parse().ok()?,
            })
        })
    } else {
        let found = link.row("SELECT @@global.gtid_executed AS executed").await?;
        found.and_then(|p| field(&p, "executed").parse().ok()).map(Position::MySql)
    };
    Ok(Identity {
        place: target.place().clone(),
        product: if mariadb { Product::MariaDb } else { Product::MySql },
        version: field(&row, "version").to_owned(),
        server: format!("server {} at {}:{}", field(&row, "id"), field(&row, "host"), field(&row, "port")),
        id: field(&row, "id").to_owned(),
        port: field(&row, "port").parse().unwrap_or_default(),
        role,
        read_only: matches!(field(&row, "read_only"), "1" | "ON"),
        position,
        user: field(&row, "user").to_owned(),
    })
}

async fn postgres(link: &mut Link, target: &Target) -> Result<Identity, SqlError> {
    let base = "SELECT current_setting('server_version') AS version, \
                (SELECT system_identifier FROM pg_control_system()) AS id, \
                coalesce(host(inet_server_addr()), 'socket') AS host, current_setting('port') AS port, \
                pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS read_only, \
                current_user AS \"user\", \
                CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_replay_lsn(), '0/0') ELSE pg_current_wal_lsn() END AS lsn";
    let row = link.row(base).await?.ok_or_else(|| nothing(target))?;
    let role = if field(&row, "standby") == "t" {
        let receiver = "SELECT sender_host, sender_port, status FROM pg_stat_wal_receiver";
        let paused = "SELECT pg_is_wal_replay_paused() AS paused";
        let receiver = link.row(receiver).await?.unwrap_or_default();
        let paused = link.row(paused).await?.unwrap_or_default();
        Role::Replica(Source {
            host: field(&receiver, "sender_host").to_owned(),
            port: field(&receiver, "sender_port").parse().ok(),
            receiving: field(&receiver, "status") == "streaming",
            applying: field(&paused, "paused") == "f",
        })
    } else {
        Role::Primary
    };
    Ok(Identity {
        place: target.place().clone(),
        product: Product::PostgreSql,
        version: field(&row, "version").to_owned(),
        server: format!("system {} at {}:{}", field(&row, "id"), field(&row, "host"), field(&row, "port")),
        id: field(&row, "id").to_owned(),
        port: field(&row, "port").parse().unwrap_or_default(),
        role,
        read_only: field(&row, "read_only") == "on",
        position: field(&row, "lsn").parse().ok().map(Position::Lsn),
        user: field(&row, "user").to_owned(),
    })
}
