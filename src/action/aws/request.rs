//! An operation with its fields, checked before anything is sent.

use super::error::RequestError;
use super::field::{Rendered, fit, is_template};
use super::operation::Operation;
use crate::runbook::model::Effect;
use serde_json::{Map, Value};

/// An operation with its fields, which fit its table.
#[derive(Debug, Clone)]
pub struct Request {
    pub(super) operation: &'static Operation,
    pub(super) values: Map<String, Value>,
}

impl Request {
    /// Reads `rds reboot-db-instance` with a mapping of its fields. All values are rendered.
    ///
    /// # Errors
    /// When there is no such operation, or the fields do not fit it.
    pub fn parse(operation: &str, parameters: &Value) -> Result<Self, RequestError> {
        Self::read(operation, parameters, Rendered::Yes)
    }

    /// As [`Self::parse`], before the values are rendered: a text with `{{` may stand for any value.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn outline(operation: &str, parameters: &Value) -> Result<Self, RequestError> {
        Self::read(operation, parameters, Rendered::NotYet)
    }

    fn read(operation: &str, parameters: &Value, rendered: Rendered) -> Result<Self, RequestError> {
        let operation = Operation::find(operation)?;
        let path = format!("{} {}", operation.service.name(), operation.name);
        let empty = Map::new();
        let given = match parameters {
            Value::Object(given) => given,
            Value::Null => &empty,
            _ => return Err(RequestError::NotAMapping { path }),
        };
        let values = fit(&path, operation.fields, given, rendered)?;
        Ok(Self { operation, values })
    }

    /// Which operation.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Its fields, each of its own type.
    #[must_use]
    pub fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// `rds reboot-db-instance`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.operation.service.name(), self.operation.name)
    }

    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.values.get(field).and_then(Value::as_str)
    }

    /// What it does to the world. A value that is not rendered yet counts as the worst that it could be.
    #[must_use]
    pub fn effect(&self) -> Effect {
        if self.operation.reads {
            Effect::Read
        } else if self.loses_data() {
            Effect::Destructive
        } else {
            Effect::Write
        }
    }

    fn loses_data(&self) -> bool {
        let could_be = |field: &str, worst: &Value| {
            self.values.get(field).is_some_and(|value| value == worst || is_template(value))
        };
        match self.operation.name {
            // What the other region has not received is given up.
            "failover-global-cluster" => could_be("AllowDataLoss", &Value::Bool(true)),
            // What has not arrived there never will.
            "remove-from-global-cluster" => true,
            // No retention means that the automated backups are removed.
            "modify-db-instance" | "promote-read-replica" => could_be("BackupRetentionPeriod", &Value::from(0)),
            "change-resource-record-sets" => {
                let batch = self.values.get("ChangeBatch");
                let changes = batch.and_then(|b| b.get("Changes"));
                batch.is_some_and(is_template)
                    || changes.is_some_and(is_template)
                    || changes.and_then(Value::as_array).is_some_and(|changes| {
                        changes.iter().any(|change| {
                            is_template(change) || change.get("Action").is_some_and(|a| a == "DELETE" || is_template(a))
                        })
                    })
            }
            _ => false,
        }
    }
}
