//! What to poll after a request, until it has taken effect.

use super::operation::Operation;
use super::request::Request;
use serde_json::{Map, Value};

impl Request {
    /// The read that shows how far a write has come; `answer` is the write's. `None` after a read, which is polled itself,
    /// and when the answer lacks what to ask for.
    ///
    /// The service can need a moment to begin: right after `failover-db-cluster` a cluster is still `available`. What is
    /// waited for is best what must change, such as the writer.
    #[must_use]
    pub fn watch(&self, answer: &Value) -> Option<Self> {
        let same = |operation, field| watching(operation, field, self.text(field)?);
        match self.operation.name {
            "reboot-db-instance" | "start-db-instance" | "stop-db-instance" | "promote-read-replica" => {
                same("rds describe-db-instances", "DBInstanceIdentifier")
            }
            "modify-db-instance" => {
                // Renamed at once, it answers to its new name only.
                let at_once = self.values.get("ApplyImmediately") == Some(&Value::Bool(true));
                let renamed = self.text("NewDBInstanceIdentifier").filter(|_| at_once);
                let name = renamed.or_else(|| self.text("DBInstanceIdentifier"))?;
                watching("rds describe-db-instances", "DBInstanceIdentifier", name)
            }
            "restore-db-instance-to-point-in-time" => {
                let name = self.text("TargetDBInstanceIdentifier")?;
                watching("rds describe-db-instances", "DBInstanceIdentifier", name)
            }
            "create-db-snapshot" => same("rds describe-db-snapshots", "DBSnapshotIdentifier"),
            "failover-db-cluster" => same("rds describe-db-clusters", "DBClusterIdentifier"),
            "failover-global-cluster" | "switchover-global-cluster" | "remove-from-global-cluster" => {
                same("rds describe-global-clusters", "GlobalClusterIdentifier")
            }
            "change-resource-record-sets" => {
                watching("route53 get-change", "Id", answer.pointer("/ChangeInfo/Id")?.as_str()?)
            }
            _ => None,
        }
    }
}

fn watching(operation: &str, field: &str, value: &str) -> Option<Request> {
    let operation = Operation::find(operation).ok()?;
    let values = Map::from_iter([(field.to_owned(), Value::from(value))]);
    Some(Request { operation, values })
}
