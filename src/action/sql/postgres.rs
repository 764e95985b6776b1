//! PostgreSQL.

use super::Family;
use super::bind::{Dialect, Rendered};
use super::decode::{self, Bound, Raw};
use super::error::{ScriptError, ServerError, SqlError, of_io};
use super::outcome::{Fault, Limits, StatementEnd};
use super::target::{Host, Place, Target, TlsMode};
use super::tls::Tls;
use super::value::{Column, Keeper, Value};
use futures_util::{StreamExt, TryStreamExt};
use std::error::Error as _;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, CancelToken, Client, Config, Error, SimpleQueryMessage};

/// An open connection.
pub(super) struct Link {
    client: Client,
    target: Target,
    tls: Tls,
    pump: tokio::task::JoinHandle<()>,
    said: mpsc::Receiver<String>,
    pub(super) dialect: Dialect,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

/// Tells the server to stop what a connection does.
#[derive(Clone)]
pub(super) struct Canceller {
    token: CancelToken,
    tls: Tls,
    target: Target,
}

impl Canceller {
    pub(super) async fn cancel(&self) -> Result<(), SqlError> {
        self.token.cancel_query(self.tls.clone()).await.map_err(|e| connecting(&self.target, &e))
    }
}

#[expect(clippy::unnecessary_box_returns, reason = "every error holds it boxed")]
fn server_error(target: &Target, e: &tokio_postgres::error::DbError) -> Box<ServerError> {
    let hint: Vec<String> = [e.detail(), e.hint()].into_iter().flatten().map(|text| target.hide(text)).collect();
    Box::new(ServerError {
        code: None,
        state: e.code().code().to_owned(),
        message: target.hide(e.message()),
        hint: (!hint.is_empty()).then(|| hint.join("; ")),
    })
}

fn connecting(target: &Target, error: &Error) -> SqlError {
    let place = target.place.clone();
    let Some(db) = error.as_db_error() else { return broken(&place, error) };
    let cause = server_error(target, db);
    match db.code().code() {
        // The server says this of a client without TLS, and of one that no line of pg_hba.conf lets in.
        "28000" if target.tls == TlsMode::Disable && db.message().contains("no encryption") => {
            SqlError::TlsRequired { place, cause }
        }
        "28000" | "28P01" | "42501" => SqlError::AccessDenied { place, cause },
        "3D000" => SqlError::UnknownDatabase { place, cause },
        "53300" | "57P03" | "57P01" | "57P02" => SqlError::NotReady { place, cause },
        _ => SqlError::Server { place, cause },
    }
}

fn broken(place: &Place, error: &Error) -> SqlError {
    let text = error.to_string();
    let reason = error.source().map_or_else(|| text.clone(), |cause| format!("{text}: {cause}"));
    if text.contains("TLS") {
        return SqlError::Tls { place: place.clone(), reason };
    }
    match error.source().and_then(|cause| cause.downcast_ref::<io::Error>()) {
        Some(cause) => of_io(place, io::Error::new(cause.kind(), cause.to_string())),
        None if error.is_closed() => {
            SqlError::Broken { place: place.clone(), reason: "it was closed by the server".to_owned() }
        }
        None => SqlError::Answer { place: place.clone(), reason },
    }
}

impl Link {
    pub(super) async fn connect(target: &Target) -> Result<Self, SqlError> {
        let place = &target.place;
        let tls = Tls::new(target)?;
        let mut config = Config::new();
        config.user(&place.user).port(place.port).application_name("runbook");
        config.dbname(place.database.as_deref().unwrap_or(&place.user));
        if let Some(password) = &target.password {
            config.password(password);
        }
        match &place.host {
            Host::Tcp(host) => {
                config.host(host);
                config.ssl_mode(match target.tls {
                    TlsMode::Disable => SslMode::Disable,
                    TlsMode::Prefer => SslMode::Prefer,
                    _ => SslMode::Require,
                });
            }
            Host::Socket(directory) => {
                config.host_path(directory);
                config.ssl_mode(SslMode::Disable);
            }
        }
        let (client, mut connection) = config.connect(tls.clone()).await.map_err(|e| match e.source() {
            Some(cause) if cause.to_string() == "server does not support TLS" => {
                SqlError::NoTls { place: place.clone(), mode: target.tls.name() }
            }
            _ => connecting(target, &e),
        })?;
        let (notices, said) = mpsc::channel(100);
        let pump = tokio::spawn(async move {
            while let Some(message) = poll_fn(|cx| connection.poll_message(cx)).await {
                match message {
                    Ok(AsyncMessage::Notice(notice)) => {
                        // A hundred notices are enough for one statement.
                        drop(notices.try_send(format!("{}: {}", notice.severity().to_lowercase(), notice.message())));
                    }
                    Ok(_) => {}
                    // The client learns of it by its own closed channel.
                    Err(_) => break,
                }
            }
        });
        let mut link = Self { client, target: target.clone(), tls, pump, said, dialect: Dialect::of(Family::Postgres) };
        let setup = "SET DateStyle = 'ISO'; SET bytea_output = 'hex'";
        link.client.batch_execute(setup).await.map_err(|e| connecting(target, &e))?;
        link.read_dialect().await.map_err(|e| connecting(target, &e))?;
        Ok(link)
    }

    pub(super) fn notices(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.said.try_recv().ok()).map(|text| self.target.hide(&text)).collect()
    }

    async fn read_dialect(&mut self) -> Result<(), Error> {
        let found = self.client.simple_query("SHOW standard_conforming_strings").await?;
        self.dialect.backslash =
            found.iter().any(|m| matches!(m, SimpleQueryMessage::Row(row) if row.get(0) == Some("off")));
        Ok(())
    }

    /// Reads again how quotes are read. A failed transaction refuses even this, and then nothing has changed.
    pub(super) async fn refresh(&mut self) -> Result<(), Fault> {
        match self.read_dialect().await {
            Err(e) if e.as_db_error().is_none() => Err(self.fault(&e, false)),
            _ => Ok(()),
        }
    }

    pub(super) fn canceller(&self) -> Canceller {
        Canceller { token: self.client.cancel_token(), tls: self.tls.clone(), target: self.target.clone() }
    }

    /// Sets the server's clock. A failed transaction refuses that: then there is only ours.
    pub(super) async fn clock(&mut self, limit: Option<Duration>) -> Result<(), Fault> {
        let set = match limit {
            Some(limit) => format!("SET statement_timeout = {}", limit.as_millis().clamp(1, 2_147_483_647)),
            None => "RESET statement_timeout".to_owned(),
        };
        match self.client.batch_execute(&set).await {
            Err(e) if e.as_db_error().is_none() => Err(self.fault(&e, false)),
            _ => Ok(()),
        }
    }

    /// A statement without effect, to meet a cancellation that came late.
    pub(super) async fn settle(&mut self) -> Result<(), Fault> {
        self.client.batch_execute("SELECT 1").await.map_err(|e| self.fault(&e, false))
    }

    pub(super) async fn execute(&mut self, statement: &Rendered, limits: &Limits) -> Result<StatementEnd, Fault> {
        let prepared = self.client.prepare(&statement.text).await.map_err(|e| self.fault(&e, false))?;
        let columns: Vec<Column> = prepared
            .columns()
            .iter()
            .map(|c| Column { name: c.name().to_owned(), kind: decode::kind(c.type_()) })
            .collect();
        let has_rows = !columns.is_empty();
        let mut keeper = Keeper::new(columns, statement.vertical, limits);
        let affected = if statement.bound.is_empty() {
            self.plain(&statement.text, &mut keeper).await?
        } else {
            self.with_values(&prepared, statement, &mut keeper).await?
        };
        Ok(if has_rows { StatementEnd::Rows(keeper.finish()) } else { StatementEnd::Affected(affected) })
    }

    async fn plain(&self, text: &str, keeper: &mut Keeper) -> Result<u64, Fault> {
        let sent = |e: Error| self.fault(&e, true);
        let mut stream = pin!(self.client.simple_query_raw(text).await.map_err(sent)?);
        let mut affected = 0;
        while let Some(message) = stream.next().await {
            match message.map_err(sent)? {
                SimpleQueryMessage::Row(row) => keeper.row(|columns| {
                    let read = |(at, column): (usize, &Column)| {
                        let text = row.try_get(at).map_err(sent)?;
                        Ok(text.map_or(Value::Null, |text| decode::text(column.kind, text)))
                    };
                    columns.iter().enumerate().map(read).collect::<Result<Vec<_>, Fault>>()
                })?,
                SimpleQueryMessage::CommandComplete(rows) => affected = rows,
                _ => {}
            }
        }
        Ok(affected)
    }

    async fn with_values(
        &self,
        prepared: &tokio_postgres::Statement,
        statement: &Rendered,
        keeper: &mut Keeper,
    ) -> Result<u64, Fault> {
        if let Some(column) = prepared.columns().iter().find(|c| !decode::readable(c.type_())) {
            let (column, kind) = (column.name().to_owned(), column.type_().name().to_owned());
            return Err(Fault::Failed(ScriptError::Kind { column, kind }.into()));
        }
        let sent = |e: Error| self.fault(&e, true);
        let values: Vec<Bound> = statement.bound.iter().cloned().map(Bound).collect();
        let mut rows = pin!(self.client.query_raw(prepared, &values).await.map_err(sent)?);
        while let Some(row) = rows.try_next().await.map_err(sent)? {
            keeper.row(|_| {
                let read = |(at, column): (usize, &tokio_postgres::Column)| {
                    let raw: Option<Raw<'_>> = row.try_get(at).map_err(sent)?;
                    let Some(raw) = raw else { return Ok(Value::Null) };
                    decode::binary(column.type_(), &raw).map_err(|e| {
                        let reason = format!("column `{}`: {e}", column.name());
                        let error = SqlError::Answer { place: self.target.place.clone(), reason };
                        Fault::Lost { sent: true, error }
                    })
                };
                row.columns().iter().enumerate().map(read).collect::<Result<Vec<_>, Fault>>()
            })?;
        }
        Ok(rows.rows_affected().unwrap_or(0))
    }

    fn fault(&self, error: &Error, sent: bool) -> Fault {
        let place = self.target.place.clone();
        let Some(db) = error.as_db_error() else {
            let text = error.to_string();
            // Before anything was sent.
            let ours = text.starts_with("error serializing") || text.starts_with("expected ");
            let found = broken(&place, error);
            return if ours { Fault::Failed(found) } else { Fault::Lost { sent, error: found } };
        };
        let error = SqlError::Server { place, cause: server_error(&self.target, db) };
        match db.code().code() {
            "57014" => Fault::Interrupted(error),
            // The server or the session was shut down; the commit itself may have been done.
            "57P01" | "57P02" | "57P04" | "57P05" | "40003" => Fault::Lost { sent, error },
            code if code.starts_with("08") => Fault::Lost { sent, error },
            _ if matches!(db.severity(), "FATAL" | "PANIC") => Fault::Lost { sent, error },
            _ => Fault::Failed(error),
        }
    }

    /// For the identity: one row of text by column names.
    pub(super) async fn row(&mut self, query: &str) -> Result<Option<Vec<(String, String)>>, SqlError> {
        let found = self.client.simple_query(query).await.map_err(|e| connecting(&self.target, &e))?;
        Ok(found.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                let names = row.columns().iter().map(|c| c.name().to_owned());
                let values = (0..row.len()).map(|at| row.get(at).unwrap_or("").to_owned());
                Some(names.zip(values).collect())
            }
            _ => None,
        }))
    }
}
