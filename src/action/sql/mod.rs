//! Connections to MariaDB, MySQL and PostgreSQL: what is there, and statements run one after another.
//!
//! Knows nothing of plans or of the driver. A [`Target`] says where and who, a [`Session`] is one open connection, a
//! [`Script`] is the text with its parameters, an [`Outcome`] is how it ended.
//!
//! Invariants: no message and no `Debug` holds the password; a value never becomes part of the text except as a quoted
//! literal or a plain identifier; a statement whose answer never came is *lost*, neither done nor failed.

mod bind;
mod decode;
mod error;
mod identity;
mod mysql;
mod outcome;
mod postgres;
mod script;
mod session;
mod table;
mod target;
mod tls;
mod value;

pub use bind::{Dialect, Rendered};
pub use error::{ScriptError, ServerError, SqlError, TargetError};
pub use identity::{Identity, Position, Product, Role, Source};
pub use outcome::{Limits, Outcome, StatementEnd, StatementEvent};
pub use script::{MARK_CLOSE, MARK_OPEN, Piece, Script, Statement};
pub use session::Session;
pub use target::{Host, Place, Target, TlsMode};
pub use value::{Column, Kind, ResultSet, Value};

/// Which language and which protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// MariaDB and MySQL.
    MySql,
    /// PostgreSQL.
    Postgres,
}
