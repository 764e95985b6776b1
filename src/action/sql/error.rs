//! What can go wrong, by what to do about it. Messages say where and who, never the password.

use super::target::Place;
use std::io;
use std::time::Duration;
use thiserror::Error;

fn meant(near: Option<&String>) -> String {
    near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// An address that cannot be read.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum TargetError {
    /// No `://`.
    #[error("the address has no `://`: write mysql://user@host:port/database or postgres://…")]
    NoScheme,
    /// Not one of ours.
    #[error("`{found}://` is no database that can be reached: mysql, mariadb, postgres, postgresql{}", meant(near.as_ref()))]
    Scheme {
        /// What was written, when it is plain.
        found: String,
        /// The nearest.
        near: Option<String>,
    },
    /// A character that ends a part, in a part.
    #[error("a `{character}` in the user, the password or the database is written %{:02X}", u32::from(*character))]
    Encode {
        /// It.
        character: char,
    },
    /// Bad percent-encoding.
    #[error("the {part} is not percent-encoded text: a `%` itself is written %25")]
    Percent {
        /// Where.
        part: &'static str,
    },
    /// Not a port.
    #[error("the port is not a number from 1 to 65535 (a `/`, `:` or `@` in the password is written %2F, %3A, %40)")]
    Port,
    /// Unknown parameter.
    #[error("unknown parameter `{found}` in the address{}", meant(near.as_ref()))]
    Parameter {
        /// What was written, when it is plain.
        found: String,
        /// The nearest.
        near: Option<String>,
    },
    /// Unknown TLS mode.
    #[error("`{found}` is no ssl-mode: disable, prefer, require, verify-ca, verify-full{}", meant(near.as_ref()))]
    Mode {
        /// What was written, when it is plain.
        found: String,
        /// The nearest.
        near: Option<String>,
    },
    /// A password among the parameters.
    #[error("a password is no parameter of the address: give it apart, or as user:password@")]
    PasswordParameter,
    /// No user.
    #[error("the address names no user: write user@host")]
    NoUser,
    /// No host.
    #[error("the address names no host and no socket")]
    NoHost,
}

/// A script that cannot be sent as it is written. Nothing of the statement was sent.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum ScriptError {
    /// A quote, comment or dollar quote without its end.
    #[error("the {what} that begins on line {line} has no end")]
    Open {
        /// What.
        what: &'static str,
        /// Where, from 1.
        line: usize,
    },
    /// A command of `psql` or `mysql`.
    #[error(
        "`{word}` on line {line} is a command of the terminal client, not a statement: the server does not know it"
    )]
    ClientCommand {
        /// It.
        word: String,
        /// Where, from 1.
        line: usize,
    },
    /// A mark for a value that was not given.
    #[error("the text has a place for value {index}, which was not given")]
    NoValue {
        /// From 0.
        index: usize,
    },
    /// An identifier's place.
    #[error(
        "value {index} stands where a name stands and is not a plain name (letters, digits, `_`, `$`, not beginning with a digit)"
    )]
    NotAName {
        /// From 0.
        index: usize,
    },
    /// A place where a value cannot be bound.
    #[error("value {index} stands within {place}, where it cannot be bound: give it a place of its own")]
    Place {
        /// From 0.
        index: usize,
        /// Where.
        place: &'static str,
    },
    /// NUL in PostgreSQL.
    #[error("value {index} holds a NUL character, which this database cannot hold in text")]
    Nul {
        /// From 0.
        index: usize,
    },
    /// The meaning of quotes changed on the way.
    #[error(
        "statement {statement} quotes a backslash after the script changed what backslashes mean: make it a script of its own"
    )]
    QuotingChanged {
        /// From 0.
        statement: usize,
    },
    /// COPY.
    #[error("COPY from or to the client is not supported: use psql in a shell step")]
    Copy,
    /// A result of a type that cannot be read here.
    #[error(
        "column `{column}` has the type `{kind}`, which cannot be read together with bound values: cast it, {column}::text"
    )]
    Kind {
        /// Column.
        column: String,
        /// Type.
        kind: String,
    },
}

/// What the server said.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{message} ({}{state}){}", code.map(|c| format!("error {c}, ")).unwrap_or_default(), hint.as_ref().map(|h| format!("; {h}")).unwrap_or_default())]
pub struct ServerError {
    /// MariaDB's and MySQL's number.
    pub code: Option<u16>,
    /// SQLSTATE.
    pub state: String,
    /// Its message.
    pub message: String,
    /// Its detail and hint.
    pub hint: Option<String>,
}

/// What went wrong.
#[derive(Debug, Error)]
pub enum SqlError {
    /// The name leads nowhere.
    #[error("cannot find the host of {place}: check the name, and the resolver of this machine")]
    UnknownHost {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Nobody listens.
    #[error("connection refused by {place}: is the server up, and does it listen there?")]
    Refused {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Another trouble on the way.
    #[error("cannot reach {place}: {cause}")]
    Unreachable {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// No answer.
    #[error("no connection to {place} within {after:?}: a firewall, or a server that hangs")]
    ConnectTimedOut {
        /// Where.
        place: Place,
        /// How long.
        after: Duration,
    },
    /// Who are you?
    #[error("access denied at {place}: check the user and the password, and from where this user may connect")]
    AccessDenied {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: Box<ServerError>,
    },
    /// There is no such database.
    #[error("there is no such database at {place}")]
    UnknownDatabase {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: Box<ServerError>,
    },
    /// Not now.
    #[error("{place} takes no connections now: {cause}")]
    NotReady {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: Box<ServerError>,
    },
    /// TLS was asked for and is not there.
    #[error(
        "{place} offers no TLS, which ssl-mode={mode} asks for: set it up there, or choose another ssl-mode knowingly"
    )]
    NoTls {
        /// Where.
        place: Place,
        /// What was asked for.
        mode: &'static str,
    },
    /// The server wants TLS.
    #[error("{place} takes only connections by TLS: use ssl-mode=require, or better verify-full")]
    TlsRequired {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        cause: Box<ServerError>,
    },
    /// TLS did not come about.
    #[error("no TLS with {place}: {reason}; give the authority's certificate as ssl-ca=…, or check the host's name")]
    Tls {
        /// Where.
        place: Place,
        /// Why.
        reason: String,
    },
    /// The authority's file.
    #[error("cannot use the certificates of `{path}`: {reason}")]
    Authority {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The server said no.
    #[error("{cause}, said by {place}")]
    Server {
        /// Where.
        place: Place,
        /// What it said.
        #[source]
        cause: Box<ServerError>,
    },
    /// The connection broke.
    #[error("the connection to {place} broke: {reason}")]
    Broken {
        /// Where.
        place: Place,
        /// Why.
        reason: String,
    },
    /// An answer that makes no sense.
    #[error("{place} answered what was not understood: {reason}")]
    Answer {
        /// Where.
        place: Place,
        /// What.
        reason: String,
    },
    /// The script itself.
    #[error(transparent)]
    Script(#[from] ScriptError),
}

impl SqlError {
    /// What the server said, if it did.
    #[must_use]
    pub fn server(&self) -> Option<&ServerError> {
        match self {
            Self::AccessDenied { cause, .. }
            | Self::UnknownDatabase { cause, .. }
            | Self::NotReady { cause, .. }
            | Self::TlsRequired { cause, .. }
            | Self::Server { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// An error of the system, by what to do about it.
pub(super) fn of_io(place: &Place, cause: io::Error) -> SqlError {
    let place = place.clone();
    match cause.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => SqlError::Refused { place, cause },
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => SqlError::Broken { place, reason: cause.to_string() },
        _ => SqlError::Unreachable { place, cause },
    }
}
