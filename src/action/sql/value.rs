//! Values as the servers type them.

use std::fmt;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Bool,
    Int,
    UInt,
    Float,
    Decimal,
    Text,
    Bytes,
    Time,
    Json,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the result.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// None.
    Null,
    /// True or false; MariaDB and MySQL have numbers instead.
    Bool(bool),
    /// A number with a sign.
    Int(i64),
    /// A number without.
    UInt(u64),
    /// A number of limited precision.
    Float(f64),
    /// An exact number, as the server writes it.
    Decimal(String),
    /// Text.
    Text(String),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
    /// A date, a time of day, a moment or a span, as the server writes it.
    Time(String),
    /// JSON.
    Json(serde_json::Value),
}

impl Value {
    /// For captures. Exact numbers stay text; bytes become `\x…`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(yes) => (*yes).into(),
            Self::Int(n) => (*n).into(),
            Self::UInt(n) => (*n).into(),
            Self::Float(n) if n.is_finite() => (*n).into(),
            Self::Json(json) => json.clone(),
            other => other.to_string().into(),
        }
    }

    /// Whether it is NULL.
    #[must_use]
    pub fn is_null(&self) -> bool {
        *self == Self::Null
    }

    /// About how much memory.
    pub(super) fn size(&self) -> usize {
        16 + match self {
            Self::Decimal(text) | Self::Text(text) | Self::Time(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Json(json) => json.to_string().len(),
            _ => 0,
        }
    }

    /// Reads `text` as `kind`; what does not fit stays text.
    pub(super) fn read(kind: Kind, text: &str) -> Self {
        let read = match kind {
            Kind::Int => text.parse().ok().map(Self::Int),
            Kind::UInt => text.parse().ok().map(Self::UInt),
            Kind::Float => text.parse().ok().map(Self::Float),
            Kind::Bool => match text {
                "t" | "true" | "1" => Some(Self::Bool(true)),
                "f" | "false" | "0" => Some(Self::Bool(false)),
                _ => None,
            },
            Kind::Decimal => Some(Self::Decimal(text.to_owned())),
            Kind::Time => Some(Self::Time(text.to_owned())),
            Kind::Json => serde_json::from_str(text).ok().map(Self::Json),
            Kind::Text | Kind::Bytes => None,
        };
        read.unwrap_or_else(|| Self::Text(text.to_owned()))
    }
}

/// As people read it; NULL is `NULL`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Bool(yes) => write!(f, "{yes}"),
            Self::Int(n) => write!(f, "{n}"),
            Self::UInt(n) => write!(f, "{n}"),
            Self::Float(n) => write!(f, "{n}"),
            Self::Decimal(text) | Self::Text(text) | Self::Time(text) => f.write_str(text),
            Self::Bytes(bytes) => {
                f.write_str("\\x")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::Json(json) => write!(f, "{json}"),
        }
    }
}

/// Rows, as many as the limits allow.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultSet {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows that were kept, the first ones.
    pub rows: Vec<Vec<Value>>,
    /// How many rows the server sent.
    pub total: u64,
    /// Whether rows were left out.
    pub truncated: bool,
    /// The statement ended with `\G`.
    pub vertical: bool,
}

impl ResultSet {
    /// The value of a column, by its name whatever its case, in one row.
    #[must_use]
    pub fn get(&self, row: usize, column: &str) -> Option<&Value> {
        let at = self.columns.iter().position(|c| c.name.eq_ignore_ascii_case(column))?;
        self.rows.get(row)?.get(at)
    }

    /// For captures: a list of objects.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let rows = self.rows.iter().map(|row| {
            let fields = self.columns.iter().zip(row).map(|(column, value)| (column.name.clone(), value.to_json()));
            serde_json::Value::Object(fields.collect())
        });
        rows.collect()
    }
}

/// Keeps rows up to the limits and counts the others.
pub(super) struct Keeper {
    set: ResultSet,
    rows: usize,
    bytes: usize,
}

impl Keeper {
    pub(super) fn new(columns: Vec<Column>, vertical: bool, limits: &super::Limits) -> Self {
        let set = ResultSet { columns, rows: Vec::new(), total: 0, truncated: false, vertical };
        Self { set, rows: limits.rows, bytes: limits.bytes }
    }

    /// One more row, which is not even read when it is not kept.
    pub(super) fn row<E>(&mut self, read: impl FnOnce(&[Column]) -> Result<Vec<Value>, E>) -> Result<(), E> {
        self.set.total += 1;
        if self.set.truncated || self.set.rows.len() >= self.rows {
            self.set.truncated = true;
            return Ok(());
        }
        let row = read(&self.set.columns)?;
        let size: usize = row.iter().map(Value::size).sum();
        match self.bytes.checked_sub(size) {
            Some(left) => {
                self.bytes = left;
                self.set.rows.push(row);
            }
            None => self.set.truncated = true,
        }
        Ok(())
    }

    pub(super) fn finish(self) -> ResultSet {
        self.set
    }
}
