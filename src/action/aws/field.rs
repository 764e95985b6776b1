//! The fields of operations: what fits them, and how they become what the SDK takes.

use super::error::RequestError;
use super::operation::nearest;
use aws_sdk_rds::primitives::{DateTime, DateTimeFormat};
use serde_json::{Map, Value};

/// What fits a field.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text.
    Text,
    /// One of a few texts.
    Choice(&'static [&'static str]),
    /// A whole number.
    Number,
    /// True or false.
    Flag,
    /// A moment, as RFC 3339 writes it.
    Time,
    /// A list of texts.
    Texts,
    /// A structure.
    Structure(&'static [Field]),
    /// A list of structures.
    List(&'static [Field]),
}

/// A field of an operation or of a structure.
#[derive(Debug)]
pub struct Field {
    /// As the API writes it.
    pub name: &'static str,
    /// What fits.
    pub kind: Kind,
    /// Whether the API refuses to do without.
    pub required: bool,
}

/// Whether a text with `{{` may stand for any value, because it is not rendered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rendered {
    Yes,
    NotYet,
}

pub(super) fn is_template(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("{{") || text.contains("{%"))
}

/// Fields of the API that are not offered, and why.
const NOT_OFFERED: [(&str, &str); 6] = [
    ("MasterUserPassword", "a password would be part of the record; use ManageMasterUserPassword"),
    ("TdeCredentialArn", "it needs a password, which would be part of the record"),
    ("TdeCredentialPassword", "a password would be part of the record"),
    ("AdditionalStorageVolumes", "it can delete a volume; use the AWS CLI in a shell step"),
    ("ScalingConfiguration", "use the AWS CLI in a shell step"),
    ("MasterUserAuthenticationType", "use the AWS CLI in a shell step"),
];

/// Checks `given` against a table and gives it back with every value of its field's own type: `"true"`, as a rendered
/// template gives it, is a flag where a flag stands.
pub(super) fn fit(
    path: &str,
    fields: &'static [Field],
    given: &Map<String, Value>,
    rendered: Rendered,
) -> Result<Map<String, Value>, RequestError> {
    let mut out = Map::new();
    for (name, value) in given {
        let Some(field) = fields.iter().find(|f| f.name == name) else {
            return Err(unknown(path, fields, name));
        };
        // `Field:` with nothing behind it is a field that was forgotten, not one that is absent.
        let value = fit_value(&below(path, name), field.kind, value, rendered)?;
        out.insert(name.clone(), value);
    }
    match fields.iter().find(|f| f.required && !out.contains_key(f.name)) {
        Some(field) => Err(RequestError::Missing { path: path.to_owned(), field: field.name }),
        None => Ok(out),
    }
}

fn unknown(path: &str, fields: &'static [Field], name: &str) -> RequestError {
    if let Some((field, why)) = NOT_OFFERED.iter().find(|(field, _)| *field == name) {
        return RequestError::NotOffered { path: path.to_owned(), field, why };
    }
    RequestError::Field {
        path: path.to_owned(),
        found: name.to_owned(),
        near: nearest(name, fields.iter().map(|f| f.name)),
    }
}

fn below(path: &str, name: &str) -> String {
    format!("{path} {name}")
}

fn fit_value(path: &str, kind: Kind, value: &Value, rendered: Rendered) -> Result<Value, RequestError> {
    if rendered == Rendered::NotYet && is_template(value) {
        return Ok(value.clone());
    }
    let wrong = |wanted| RequestError::Kind { path: path.to_owned(), wanted, found: called(value) };
    match kind {
        Kind::Text => match value {
            Value::String(text) if text.is_empty() => Err(RequestError::Empty { path: path.to_owned() }),
            Value::String(_) => Ok(value.clone()),
            Value::Number(_) | Value::Bool(_) => Err(wrong("a text: put it in quotes")),
            _ => Err(wrong("a text")),
        },
        Kind::Choice(choices) => match value.as_str() {
            Some(text) if choices.contains(&text) => Ok(value.clone()),
            Some(text) => Err(RequestError::Choice { path: path.to_owned(), found: text.to_owned(), choices }),
            None => Err(wrong("a text")),
        },
        Kind::Number => value
            .as_i64()
            .or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
            .map(Value::from)
            .ok_or_else(|| wrong("a whole number")),
        Kind::Flag => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(text) if text == "true" => Ok(Value::Bool(true)),
            Value::String(text) if text == "false" => Ok(Value::Bool(false)),
            _ => Err(wrong("true or false")),
        },
        Kind::Time => match value.as_str() {
            Some(text) if moment(text).is_some() => Ok(value.clone()),
            _ => Err(wrong("a moment such as 2026-11-21T06:00:00Z")),
        },
        Kind::Texts => {
            let items = value.as_array().ok_or_else(|| wrong("a list of texts"))?;
            list(path, items, |path, item| fit_value(path, Kind::Text, item, rendered))
        }
        Kind::Structure(fields) => {
            let inside = value.as_object().ok_or_else(|| wrong("a mapping"))?;
            Ok(Value::Object(fit(path, fields, inside, rendered)?))
        }
        Kind::List(fields) => {
            let items = value.as_array().ok_or_else(|| wrong("a list of mappings"))?;
            list(path, items, |path, item| fit_value(path, Kind::Structure(fields), item, rendered))
        }
    }
}

fn list(
    path: &str,
    items: &[Value],
    fit: impl Fn(&str, &Value) -> Result<Value, RequestError>,
) -> Result<Value, RequestError> {
    let fitted = items.iter().enumerate().map(|(n, item)| fit(&format!("{path}[{n}]"), item));
    Ok(Value::Array(fitted.collect::<Result<_, _>>()?))
}

fn called(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

fn moment(text: &str) -> Option<DateTime> {
    DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()
}

/// A value that the table let pass and that the SDK's type does not take.
#[derive(Debug)]
pub(super) struct Misfit(pub(super) String);

/// What the SDK takes.
pub(super) trait FromField: Sized {
    fn from_field(value: &Value) -> Result<Self, Misfit>;
}

/// A field of `values`, if it is there.
pub(super) fn get<T: FromField>(values: &Map<String, Value>, name: &str) -> Result<Option<T>, Misfit> {
    let found = values.get(name).map(T::from_field).transpose();
    found.map_err(|Misfit(inside)| Misfit(if inside.is_empty() { name.to_owned() } else { format!("{name} {inside}") }))
}

fn misfit() -> Misfit {
    Misfit(String::new())
}

impl FromField for String {
    fn from_field(value: &Value) -> Result<Self, Misfit> {
        value.as_str().map(str::to_owned).ok_or_else(misfit)
    }
}

impl FromField for bool {
    fn from_field(value: &Value) -> Result<Self, Misfit> {
        value.as_bool().ok_or_else(misfit)
    }
}

impl FromField for i64 {
    fn from_field(value: &Value) -> Result<Self, Misfit> {
        value.as_i64().ok_or_else(misfit)
    }
}

impl FromField for i32 {
    fn from_field(value: &Value) -> Result<Self, Misfit> {
        value.as_i64().and_then(|n| Self::try_from(n).ok()).ok_or_else(misfit)
    }
}

impl FromField for DateTime {
    fn from_field(value: &Value) -> Result<Self, Misfit> {
        value.as_str().and_then(moment).ok_or_else(misfit)
    }
}

impl<T: FromField> FromField for Vec<T> {
    fn from_field(value: &Value) -> Result<Self, Misfit> {
        value.as_array().ok_or_else(misfit)?.iter().map(T::from_field).collect()
    }
}

/// The SDK's enumerations, which are texts.
macro_rules! choices {
    ($($kind:ty),* $(,)?) => {
        $(impl $crate::action::aws::field::FromField for $kind {
            fn from_field(value: &serde_json::Value) -> Result<Self, $crate::action::aws::field::Misfit> {
                let text = <String as $crate::action::aws::field::FromField>::from_field(value)?;
                Ok(<$kind>::from(text.as_str()))
            }
        })*
    };
}

/// A structure's table, and how the SDK's own is built from it. `built` says whether the SDK's builder can refuse.
macro_rules! structure {
    (@build sure $builder:expr) => { Ok($builder.build()) };
    (@build checked $builder:expr) => { $builder.build().map_err(|e| $crate::action::aws::field::Misfit(e.to_string())) };
    (@required) => { false };
    (@required required) => { true };
    ($table:ident: $kind:ty, $built:ident { $($name:literal $setter:ident $what:expr $(, $required:ident)?;)* }) => {
        static $table: &[$crate::action::aws::field::Field] = &[
            $($crate::action::aws::field::Field {
                name: $name,
                kind: $what,
                required: $crate::action::aws::field::structure!(@required $($required)?),
            },)*
        ];
        impl $crate::action::aws::field::FromField for $kind {
            fn from_field(value: &serde_json::Value) -> Result<Self, $crate::action::aws::field::Misfit> {
                let values = value.as_object().ok_or_else(|| $crate::action::aws::field::Misfit(String::new()))?;
                let builder = <$kind>::builder()$(.$setter($crate::action::aws::field::get(values, $name)?))*;
                $crate::action::aws::field::structure!(@build $built builder)
            }
        }
    };
}

/// A service's table of operations, and how each is sent through the SDK.
macro_rules! operations {
    ($service:expr, $client:ty {
        $($operation:literal $api:literal $does:ident $call:ident {
            $($name:literal $setter:ident $what:expr $(, $required:ident)?;)*
        })*
    }) => {
        pub(super) static OPERATIONS: &[$crate::action::aws::operation::Operation] = &[
            $($crate::action::aws::operation::Operation {
                service: $service,
                name: $operation,
                api: $api,
                reads: $crate::action::aws::field::operations!(@reads $does),
                fields: &[
                    $($crate::action::aws::field::Field {
                        name: $name,
                        kind: $what,
                        required: $crate::action::aws::field::structure!(@required $($required)?),
                    },)*
                ],
            },)*
        ];

        /// Sends it. What came back is in `flight`.
        pub(super) async fn send(
            client: &$client,
            name: &str,
            values: &serde_json::Map<String, serde_json::Value>,
            flight: $crate::action::aws::flight::Flight,
        ) -> Result<(), $crate::action::aws::flight::Fault> {
            match name {
                $($operation => {
                    let call = client.$call()$(.$setter($crate::action::aws::field::get(values, $name)?))*;
                    let sent = Box::pin(call.customize().interceptor(flight).send()).await;
                    sent.map(drop).map_err(|e| $crate::action::aws::flight::fault(&e))
                })*
                _ => Err($crate::action::aws::field::Misfit(name.to_owned()).into()),
            }
        }
    };
    (@reads reads) => { true };
    (@reads writes) => { false };
}

pub(super) use {choices, operations, structure};
