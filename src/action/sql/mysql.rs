//! MariaDB and MySQL.

use super::bind::{Dialect, Rendered};
use super::error::{ServerError, SqlError, of_io};
use super::outcome::{Fault, Limits, StatementEnd};
use super::target::{Host, Place, Target, TlsMode};
use super::value::{Column, Keeper, Kind, Value};
use super::{Family, tls};
use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::prelude::{Protocol, Queryable};
use mysql_async::{Conn, DriverError, Error, IoError, OptsBuilder, QueryResult, SslOpts};
use std::time::Duration;

/// The character set of bytes that are no text.
const BINARY: u16 = 63;

/// An open connection.
pub(super) struct Link {
    conn: Conn,
    target: Target,
    /// The server's own name for itself, to recognise it on a second connection.
    server: String,
    pub(super) mariadb: bool,
    pub(super) dialect: Dialect,
    pub(super) notices: Vec<String>,
}

/// Tells the server to stop what a connection does.
#[derive(Clone)]
pub(super) struct Canceller {
    target: Target,
    server: String,
    id: u32,
}

const WHO: &str = "SELECT CONCAT_WS('/', @@hostname, @@port, @@server_id, @@datadir)";

fn options(target: &Target, tls: bool) -> OptsBuilder {
    let place = &target.place;
    let builder = OptsBuilder::default()
        .user(Some(place.user.clone()))
        .pass(target.password.clone())
        .db_name(place.database.clone())
        .tcp_port(place.port)
        .prefer_socket(false)
        .stmt_cache_size(0);
    match &place.host {
        Host::Socket(path) => builder.socket(Some(path.to_string_lossy().into_owned())),
        Host::Tcp(host) if !tls => builder.ip_or_hostname(host.clone()),
        Host::Tcp(host) => {
            let roots: Vec<_> = target.ca.iter().map(|path| path.clone().into()).collect();
            let options = SslOpts::default()
                .with_disable_built_in_roots(!roots.is_empty())
                .with_root_certs(roots)
                .with_danger_accept_invalid_certs(target.tls < TlsMode::VerifyCa)
                .with_danger_skip_domain_validation(target.tls < TlsMode::VerifyFull);
            builder.ip_or_hostname(host.clone()).ssl_opts(options)
        }
    }
}

async fn open(target: &Target) -> Result<Conn, SqlError> {
    tls::authority(target)?;
    // The client library takes the process's default, which is ambiguous when other crates bring another provider. An
    // error says that a default is there already.
    drop(tokio_rustls::rustls::crypto::ring::default_provider().install_default());
    let wants_tls = target.tls != TlsMode::Disable && matches!(target.place.host, Host::Tcp(_));
    match Conn::new(options(target, wants_tls)).await {
        Err(Error::Driver(DriverError::NoClientSslFlagFromServer)) if target.tls == TlsMode::Prefer => {
            Conn::new(options(target, false)).await.map_err(|e| connecting(target, e))
        }
        Err(Error::Driver(DriverError::NoClientSslFlagFromServer)) => {
            Err(SqlError::NoTls { place: target.place.clone(), mode: target.tls.name() })
        }
        other => other.map_err(|e| connecting(target, e)),
    }
}

#[expect(clippy::unnecessary_box_returns, reason = "every error holds it boxed")]
fn server_error(target: &Target, e: &mysql_async::ServerError) -> Box<ServerError> {
    Box::new(ServerError { code: Some(e.code), state: e.state.clone(), message: target.hide(&e.message), hint: None })
}

/// An error while connecting.
fn connecting(target: &Target, error: Error) -> SqlError {
    let place = target.place.clone();
    match error {
        Error::Server(e) => {
            let cause = server_error(target, &e);
            match e.code {
                3159 => SqlError::TlsRequired { place, cause },
                _ if e.message.contains("require_secure_transport") => SqlError::TlsRequired { place, cause },
                1044 | 1045 | 1130 | 1698 | 1862 | 3118 | 4151 => SqlError::AccessDenied { place, cause },
                1049 => SqlError::UnknownDatabase { place, cause },
                1040 | 1053 | 1129 | 1203 | 1226 => SqlError::NotReady { place, cause },
                _ => SqlError::Server { place, cause },
            }
        }
        other => broken(&place, other),
    }
}

fn broken(place: &Place, error: Error) -> SqlError {
    match error {
        Error::Io(IoError::Io(e)) => match e.get_ref() {
            Some(inner) if inner.is::<tokio_rustls::rustls::Error>() => {
                SqlError::Tls { place: place.clone(), reason: e.to_string() }
            }
            _ => of_io(place, e),
        },
        Error::Io(IoError::Tls(e)) => SqlError::Tls { place: place.clone(), reason: e.to_string() },
        Error::Driver(DriverError::ConnectionClosed) => {
            SqlError::Broken { place: place.clone(), reason: "it was closed by the server".to_owned() }
        }
        // Packets and values have no place in a message.
        Error::Driver(DriverError::UnexpectedPacket { .. }) => {
            SqlError::Answer { place: place.clone(), reason: "an unexpected packet".to_owned() }
        }
        Error::Driver(e) => SqlError::Answer { place: place.clone(), reason: e.to_string() },
        Error::Other(e) => SqlError::Answer { place: place.clone(), reason: e.to_string() },
        e @ (Error::Url(_) | Error::Server(_)) => SqlError::Answer { place: place.clone(), reason: e.to_string() },
    }
}

impl Canceller {
    /// On a second connection, and only if that leads to the same server: behind a balancer it may not.
    pub(super) async fn cancel(&self) -> Result<(), SqlError> {
        let mut conn = open(&self.target).await?;
        let failed = |e| connecting(&self.target, e);
        let server: Option<String> = conn.query_first(WHO).await.map_err(failed)?;
        if server.as_deref() != Some(self.server.as_str()) {
            let reason = "a second connection led to another server: nothing was stopped there".to_owned();
            return Err(SqlError::Answer { place: self.target.place.clone(), reason });
        }
        conn.query_drop(format!("KILL QUERY {}", self.id)).await.map_err(failed)?;
        conn.disconnect().await.map_err(failed)
    }
}

impl Link {
    pub(super) async fn connect(target: &Target) -> Result<Self, SqlError> {
        let mut conn = open(target).await?;
        let failed = |e| connecting(target, e);
        let server: Option<String> = conn.query_first(WHO).await.map_err(failed)?;
        let version: Option<String> = conn.query_first("SELECT @@version").await.map_err(failed)?;
        let mut link = Self {
            conn,
            target: target.clone(),
            server: server.unwrap_or_default(),
            mariadb: version.is_some_and(|v| v.contains("MariaDB")),
            dialect: Dialect::of(Family::MySql),
            notices: Vec::new(),
        };
        link.read_dialect().await.map_err(failed)?;
        Ok(link)
    }

    async fn read_dialect(&mut self) -> Result<(), Error> {
        let mode: Option<String> = self.conn.query_first("SELECT @@sql_mode").await?;
        let mode = mode.unwrap_or_default();
        self.dialect.backslash = !mode.split(',').any(|m| m == "NO_BACKSLASH_ESCAPES");
        self.dialect.ansi = mode.split(',').any(|m| m == "ANSI_QUOTES");
        Ok(())
    }

    /// Reads again how quotes are read.
    pub(super) async fn refresh(&mut self) -> Result<(), Fault> {
        self.read_dialect().await.map_err(|e| self.fault(e, false))
    }

    pub(super) fn canceller(&self) -> Canceller {
        Canceller { target: self.target.clone(), server: self.server.clone(), id: self.conn.id() }
    }

    /// Sets the server's clock. MySQL's is for SELECT only.
    pub(super) async fn clock(&mut self, limit: Option<Duration>) -> Result<(), Fault> {
        let set = match (limit, self.mariadb) {
            (Some(limit), true) => format!("SET SESSION max_statement_time = {:.3}", limit.as_secs_f64().max(0.001)),
            (Some(limit), false) => format!("SET SESSION max_execution_time = {}", limit.as_millis().max(1)),
            (None, true) => "SET SESSION max_statement_time = DEFAULT".to_owned(),
            (None, false) => "SET SESSION max_execution_time = DEFAULT".to_owned(),
        };
        self.conn.query_drop(set).await.map_err(|e| self.fault(e, false))
    }

    /// A statement without effect, to meet a cancellation that came late.
    pub(super) async fn settle(&mut self) -> Result<(), Fault> {
        self.conn.query_drop("DO 0").await.map_err(|e| self.fault(e, false))
    }

    pub(super) async fn execute(&mut self, statement: &Rendered, limits: &Limits) -> Result<StatementEnd, Fault> {
        let ends = if statement.bound.is_empty() {
            match self.conn.query_iter(statement.text.as_str()).await {
                Ok(result) => collect(result, statement.vertical, limits).await,
                Err(e) => Err(e),
            }
        } else {
            let values: Vec<mysql_async::Value> = statement.bound.iter().map(bound).collect();
            match self.conn.prep(statement.text.as_str()).await {
                Err(e) => return Err(self.fault(e, false)),
                Ok(prepared) => {
                    let ends = match self.conn.exec_iter(&prepared, values).await {
                        Ok(result) => collect(result, statement.vertical, limits).await,
                        Err(e) => Err(e),
                    };
                    if ends.is_ok() {
                        self.conn.close(prepared).await.map_err(|e| self.fault(e, true))?;
                    }
                    ends
                }
            }
        };
        let mut ends = ends.map_err(|e| self.fault(e, true))?;
        if self.conn.get_warnings() > 0 && !statement.text.trim_start().to_uppercase().starts_with("SHOW") {
            // The statement is done, whatever becomes of its warnings.
            if let Ok(found) = self.conn.query::<(String, u16, String), _>("SHOW WARNINGS LIMIT 20").await {
                let said =
                    found.into_iter().map(|(level, code, text)| format!("{}: {text} ({code})", level.to_lowercase()));
                self.notices.extend(said.map(|text| self.target.hide(&text)));
            }
        }
        Ok(if ends.len() > 1 { StatementEnd::Several(ends) } else { ends.pop().unwrap_or(StatementEnd::Affected(0)) })
    }

    fn fault(&self, error: Error, sent: bool) -> Fault {
        let place = self.target.place.clone();
        match error {
            Error::Server(e) => {
                let error = SqlError::Server { place, cause: server_error(&self.target, &e) };
                match e.code {
                    1969 | 3024 => Fault::TimedOut,
                    1317 => Fault::Interrupted(error),
                    // Shut down or killed in the middle.
                    1053 | 1077..=1079 | 1152 | 1158..=1161 | 1184 | 1927 | 4031 => Fault::Lost { sent, error },
                    _ => Fault::Failed(error),
                }
            }
            Error::Driver(e @ (DriverError::StmtParamsMismatch { .. } | DriverError::MixedParams)) => {
                Fault::Failed(SqlError::Answer { place, reason: e.to_string() })
            }
            other => Fault::Lost { sent, error: broken(&place, other) },
        }
    }
}

async fn collect<P: Protocol>(
    mut result: QueryResult<'_, 'static, P>,
    vertical: bool,
    limits: &Limits,
) -> Result<Vec<StatementEnd>, Error> {
    let mut ends = Vec::new();
    while let Some(columns) = result.columns() {
        if columns.is_empty() {
            let affected = result.affected_rows();
            // Nothing is read here: this goes on to the next result.
            while result.next().await?.is_some() {}
            ends.push(StatementEnd::Affected(affected));
            continue;
        }
        let named = columns.iter().map(|c| Column { name: c.name_str().into_owned(), kind: kind(c) }).collect();
        let mut keeper = Keeper::new(named, vertical, limits);
        while let Some(row) = result.next().await? {
            keeper.row(|columns| {
                let values =
                    columns.iter().enumerate().map(|(at, c)| read(c.kind, row.as_ref(at), columns_type(&row, at)));
                Ok::<_, Error>(values.collect())
            })?;
        }
        ends.push(StatementEnd::Rows(keeper.finish()));
    }
    // A procedure ends with an end of its own, which touched nothing.
    if ends.len() > 1 && ends.iter().any(|end| matches!(end, StatementEnd::Rows(_))) {
        ends.pop_if(|end| *end == StatementEnd::Affected(0));
    }
    Ok(ends)
}

fn columns_type(row: &mysql_async::Row, at: usize) -> ColumnType {
    row.columns_ref().get(at).map_or(ColumnType::MYSQL_TYPE_STRING, mysql_async::Column::column_type)
}

fn kind(column: &mysql_async::Column) -> Kind {
    use ColumnType as T;
    match column.column_type() {
        T::MYSQL_TYPE_TINY
        | T::MYSQL_TYPE_SHORT
        | T::MYSQL_TYPE_LONG
        | T::MYSQL_TYPE_LONGLONG
        | T::MYSQL_TYPE_INT24
        | T::MYSQL_TYPE_YEAR => {
            if column.flags().contains(ColumnFlags::UNSIGNED_FLAG) {
                Kind::UInt
            } else {
                Kind::Int
            }
        }
        T::MYSQL_TYPE_BIT => Kind::UInt,
        T::MYSQL_TYPE_FLOAT | T::MYSQL_TYPE_DOUBLE => Kind::Float,
        T::MYSQL_TYPE_DECIMAL | T::MYSQL_TYPE_NEWDECIMAL => Kind::Decimal,
        T::MYSQL_TYPE_JSON => Kind::Json,
        T::MYSQL_TYPE_GEOMETRY => Kind::Bytes,
        T::MYSQL_TYPE_TINY_BLOB
        | T::MYSQL_TYPE_MEDIUM_BLOB
        | T::MYSQL_TYPE_LONG_BLOB
        | T::MYSQL_TYPE_BLOB
        | T::MYSQL_TYPE_VAR_STRING
        | T::MYSQL_TYPE_VARCHAR
        | T::MYSQL_TYPE_STRING
            if column.character_set() == BINARY =>
        {
            Kind::Bytes
        }
        other if is_time(other) => Kind::Time,
        _ => Kind::Text,
    }
}

fn is_time(of: ColumnType) -> bool {
    use ColumnType as T;
    matches!(
        of,
        T::MYSQL_TYPE_TIMESTAMP
            | T::MYSQL_TYPE_TIMESTAMP2
            | T::MYSQL_TYPE_DATE
            | T::MYSQL_TYPE_NEWDATE
            | T::MYSQL_TYPE_TIME
            | T::MYSQL_TYPE_TIME2
            | T::MYSQL_TYPE_DATETIME
            | T::MYSQL_TYPE_DATETIME2
    )
}

fn read(kind: Kind, value: Option<&mysql_async::Value>, of: ColumnType) -> Value {
    use mysql_async::Value as V;
    match value {
        None | Some(V::NULL) => Value::Null,
        Some(V::Bytes(bytes)) if of == ColumnType::MYSQL_TYPE_BIT => {
            Value::UInt(bytes.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte)))
        }
        Some(V::Bytes(bytes)) if kind == Kind::Bytes => Value::Bytes(bytes.clone()),
        Some(V::Bytes(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => Value::read(kind, text),
            Err(_) => Value::Bytes(bytes.clone()),
        },
        Some(V::Int(n)) => u64::try_from(*n).ok().filter(|_| kind == Kind::UInt).map_or(Value::Int(*n), Value::UInt),
        Some(V::UInt(n)) => i64::try_from(*n).ok().filter(|_| kind == Kind::Int).map_or(Value::UInt(*n), Value::Int),
        // By its text, so that 0.1 stays 0.1.
        Some(V::Float(n)) => Value::read(Kind::Float, &n.to_string()),
        Some(V::Double(n)) => Value::Float(*n),
        Some(V::Date(year, month, day, hour, minute, second, micros)) => {
            let mut text = format!("{year:04}-{month:02}-{day:02}");
            if !matches!(of, ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE) {
                text.push_str(&format!(" {hour:02}:{minute:02}:{second:02}{}", fraction(*micros)));
            }
            Value::Time(text)
        }
        Some(V::Time(negative, days, hours, minutes, seconds, micros)) => Value::Time(format!(
            "{}{:02}:{minutes:02}:{seconds:02}{}",
            if *negative { "-" } else { "" },
            days * 24 + u32::from(*hours),
            fraction(*micros)
        )),
    }
}

fn fraction(micros: u32) -> String {
    if micros == 0 { String::new() } else { format!(".{micros:06}") }
}

fn bound(value: &Value) -> mysql_async::Value {
    use mysql_async::Value as V;
    match value {
        Value::Null => V::NULL,
        Value::Bool(yes) => V::Int(i64::from(*yes)),
        Value::Int(n) => V::Int(*n),
        Value::UInt(n) => V::UInt(*n),
        Value::Float(n) => V::Double(*n),
        Value::Bytes(bytes) => V::Bytes(bytes.clone()),
        other => V::Bytes(other.to_string().into_bytes()),
    }
}

/// For the identity: one row of text by column names.
impl Link {
    pub(super) async fn row(&mut self, query: &str) -> Result<Option<Vec<(String, String)>>, SqlError> {
        let found: Option<mysql_async::Row> =
            self.conn.query_first(query).await.map_err(|e| connecting(&self.target, e))?;
        Ok(found.map(|row| {
            let text = |at| match read(Kind::Text, row.as_ref(at), ColumnType::MYSQL_TYPE_STRING) {
                Value::Null => String::new(),
                Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                other => other.to_string(),
            };
            row.columns_ref().iter().enumerate().map(|(at, c)| (c.name_str().into_owned(), text(at))).collect()
        }))
    }
}
