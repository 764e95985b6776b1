//! PostgreSQL's types: text as it sends it for plain statements, binary for those with bound values.

use super::value::{Kind, Value};
use bytes::BytesMut;
use std::error::Error;
use tokio_postgres::types::{Format, FromSql, IsNull, Kind as Shape, ToSql, Type, to_sql_checked};

type Wrong = Box<dyn Error + Sync + Send>;

pub(super) fn kind(of: &Type) -> Kind {
    match *of {
        Type::BOOL => Kind::Bool,
        Type::INT2 | Type::INT4 | Type::INT8 | Type::OID | Type::XID | Type::CID => Kind::Int,
        Type::FLOAT4 | Type::FLOAT8 => Kind::Float,
        Type::NUMERIC => Kind::Decimal,
        Type::BYTEA => Kind::Bytes,
        Type::JSON | Type::JSONB => Kind::Json,
        Type::DATE | Type::TIME | Type::TIMETZ | Type::TIMESTAMP | Type::TIMESTAMPTZ | Type::INTERVAL => Kind::Time,
        _ => match of.kind() {
            Shape::Domain(inner) => kind(inner),
            _ => Kind::Text,
        },
    }
}

/// A value in text form.
pub(super) fn text(kind: Kind, text: &str) -> Value {
    let bytes = || {
        let digits = text.strip_prefix("\\x")?.as_bytes();
        digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect::<Option<Vec<u8>>>()
    };
    match kind {
        Kind::Bytes => bytes().map_or_else(|| Value::Text(text.to_owned()), Value::Bytes),
        _ => Value::read(kind, text),
    }
}

/// A bound value, sent as text: the server reads it as the type it wants.
#[derive(Debug)]
pub(super) struct Bound(pub(super) Value);

impl ToSql for Bound {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        if self.0.is_null() {
            return Ok(IsNull::Yes);
        }
        out.extend_from_slice(self.0.to_string().as_bytes());
        Ok(IsNull::No)
    }
    fn accepts(_: &Type) -> bool {
        true
    }
    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }
    to_sql_checked!();
}

/// The bytes of a value.
pub(super) struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Wrong> {
        Ok(Self(raw))
    }
    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Whether [`binary`] can read it.
pub(super) fn readable(of: &Type) -> bool {
    match of.kind() {
        Shape::Domain(inner) => readable(inner),
        Shape::Enum(_) => true,
        Shape::Simple => matches!(
            *of,
            Type::BOOL
                | Type::INT2
                | Type::INT4
                | Type::INT8
                | Type::OID
                | Type::XID
                | Type::CID
                | Type::FLOAT4
                | Type::FLOAT8
                | Type::NUMERIC
                | Type::BYTEA
                | Type::JSON
                | Type::JSONB
                | Type::DATE
                | Type::TIME
                | Type::TIMESTAMP
                | Type::TIMESTAMPTZ
                | Type::TEXT
                | Type::VARCHAR
                | Type::BPCHAR
                | Type::NAME
                | Type::UNKNOWN
                | Type::UUID
                | Type::PG_LSN
        ),
        // `void` and its like.
        _ => *of == Type::VOID,
    }
}

/// A value in binary form.
pub(super) fn binary(of: &Type, raw: &Raw<'_>) -> Result<Value, Wrong> {
    let bytes = raw.0;
    if let Shape::Domain(inner) = of.kind() {
        return binary(inner, raw);
    }
    Ok(match *of {
        Type::BOOL => Value::Bool(bytes.first().is_some_and(|b| *b != 0)),
        Type::INT2 => Value::Int(i16::from_be_bytes(bytes.try_into()?).into()),
        Type::INT4 => Value::Int(i32::from_be_bytes(bytes.try_into()?).into()),
        Type::INT8 => Value::Int(i64::from_be_bytes(bytes.try_into()?)),
        Type::OID | Type::XID | Type::CID => Value::Int(u32::from_be_bytes(bytes.try_into()?).into()),
        // By its text, so that 0.1 stays 0.1.
        Type::FLOAT4 => Value::Float(f32::from_be_bytes(bytes.try_into()?).to_string().parse()?),
        Type::FLOAT8 => Value::Float(f64::from_be_bytes(bytes.try_into()?)),
        Type::NUMERIC => Value::Decimal(numeric(bytes)?),
        Type::BYTEA => Value::Bytes(bytes.to_vec()),
        Type::JSON => Value::Json(serde_json::from_slice(bytes)?),
        Type::JSONB => Value::Json(serde_json::from_slice(bytes.get(1..).unwrap_or_default())?),
        Type::DATE => Value::Time(date(i32::from_be_bytes(bytes.try_into()?))?),
        Type::TIME => Value::Time(moment(i64::from_be_bytes(bytes.try_into()?))?.time().to_string()),
        Type::TIMESTAMP => Value::Time(timestamp(i64::from_be_bytes(bytes.try_into()?), "")?),
        Type::TIMESTAMPTZ => Value::Time(timestamp(i64::from_be_bytes(bytes.try_into()?), "+00")?),
        Type::PG_LSN => Value::Text(crate::position::lsn::Lsn(u64::from_be_bytes(bytes.try_into()?)).to_string()),
        Type::UUID => Value::Text(uuid(bytes)),
        _ => Value::Text(std::str::from_utf8(bytes)?.to_owned()),
    })
}

fn uuid(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

fn moment(micros: i64) -> Result<jiff::civil::DateTime, Wrong> {
    let zero = jiff::civil::datetime(2000, 1, 1, 0, 0, 0, 0);
    Ok(zero.checked_add(jiff::SignedDuration::from_micros(micros))?)
}

fn timestamp(micros: i64, zone: &str) -> Result<String, Wrong> {
    Ok(match micros {
        i64::MAX => "infinity".to_owned(),
        i64::MIN => "-infinity".to_owned(),
        _ => moment(micros)?.to_string().replace('T', " ") + zone,
    })
}

fn date(days: i32) -> Result<String, Wrong> {
    Ok(match days {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        _ => moment(i64::from(days) * 86_400_000_000)?.date().to_string(),
    })
}

/// Groups of four digits, a weight, a sign and how many digits follow the point.
fn numeric(bytes: &[u8]) -> Result<String, Wrong> {
    let field = |at: usize| -> Result<i16, Wrong> {
        Ok(i16::from_be_bytes(bytes.get(at * 2..at * 2 + 2).ok_or("a short number")?.try_into()?))
    };
    let (groups, weight, sign, scale) = (field(0)?, field(1)?, field(2)?.cast_unsigned(), field(3)?);
    match sign {
        0xC000 => return Ok("NaN".to_owned()),
        0xD000 => return Ok("Infinity".to_owned()),
        0xF000 => return Ok("-Infinity".to_owned()),
        _ => {}
    }
    let group = |position: i32| -> Result<i16, Wrong> {
        let at = i32::from(weight) - position;
        if (0..i32::from(groups)).contains(&at) { field(4 + usize::try_from(at)?) } else { Ok(0) }
    };
    let mut whole = String::new();
    for position in (0..=i32::from(weight).max(0)).rev() {
        whole.push_str(&format!("{:04}", group(position)?));
    }
    let trimmed = whole.trim_start_matches('0');
    let mut out = String::from(if sign == 0x4000 { "-" } else { "" });
    out.push_str(if trimmed.is_empty() { "0" } else { trimmed });
    let scale = usize::try_from(scale)?;
    if scale > 0 {
        let mut fraction = String::new();
        let mut position = -1;
        while fraction.len() < scale {
            fraction.push_str(&format!("{:04}", group(position)?));
            position -= 1;
        }
        out.push('.');
        out.push_str(&fraction[..scale]);
    }
    Ok(out)
}
