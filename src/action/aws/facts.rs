//! Simple variables out of an answer: what conditions ask for, without its nesting.

use super::request::Request;
use serde_json::{Map, Value, json};

/// Of an answer to `request`.
///
/// | answer | facts |
/// |---|---|
/// | one instance | `identifier status az secondary_az multi_az endpoint port engine replica_of` |
/// | one cluster | `identifier status endpoint reader_endpoint port multi_az engine writer readers` |
/// | one global cluster | `identifier status writer readers failover_status` |
/// | one snapshot | `identifier status progress` |
/// | a change of records | `status change_id` |
/// | a health check | `status healthy unhealthy` |
/// | one record set | `name type ttl values` |
/// | events | `messages last` |
/// | a list | `count`, and `more` when the service has further ones |
///
/// What the answer does not say is null.
#[must_use]
pub fn facts(request: &Request, answer: &Value) -> Map<String, Value> {
    let mut out = Map::new();
    match request.operation.name {
        "describe-db-instances" => list(answer, "DBInstances", instance, &mut out),
        "describe-db-clusters" => list(answer, "DBClusters", cluster, &mut out),
        "describe-global-clusters" => list(answer, "GlobalClusters", global, &mut out),
        "describe-db-snapshots" => list(answer, "DBSnapshots", snapshot, &mut out),
        "describe-events" => {
            list(answer, "Events", |_, _| {}, &mut out);
            let events = items(&answer["Events"]);
            let messages: Vec<Value> = events.iter().map(|event| event["Message"].clone()).collect();
            out.insert("last".into(), messages.last().cloned().unwrap_or_default());
            out.insert("messages".into(), messages.into());
        }
        "list-resource-record-sets" => list(answer, "ResourceRecordSets", record, &mut out),
        "change-resource-record-sets" | "get-change" => {
            out.insert("status".into(), answer["ChangeInfo"]["Status"].clone());
            out.insert("change_id".into(), answer["ChangeInfo"]["Id"].clone());
        }
        "get-health-check-status" => health(answer, &mut out),
        "create-db-snapshot" => snapshot(&answer["DBSnapshot"], &mut out),
        "failover-db-cluster" => cluster(&answer["DBCluster"], &mut out),
        "failover-global-cluster" | "switchover-global-cluster" | "remove-from-global-cluster" => {
            global(&answer["GlobalCluster"], &mut out);
        }
        _ => instance(&answer["DBInstance"], &mut out),
    }
    out
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn list(answer: &Value, name: &str, one: impl Fn(&Value, &mut Map<String, Value>), out: &mut Map<String, Value>) {
    let found = items(&answer[name]);
    if let [only] = found {
        one(only, out);
    }
    out.insert("count".into(), found.len().into());
    let more = answer.get("Marker").is_some() || answer["IsTruncated"] == true;
    out.insert("more".into(), more.into());
}

fn put(out: &mut Map<String, Value>, from: &Value, names: &[(&str, &str)]) {
    for (fact, pointer) in names {
        out.insert((*fact).to_owned(), from.pointer(pointer).cloned().unwrap_or_default());
    }
}

fn instance(from: &Value, out: &mut Map<String, Value>) {
    put(
        out,
        from,
        &[
            ("identifier", "/DBInstanceIdentifier"),
            ("status", "/DBInstanceStatus"),
            ("az", "/AvailabilityZone"),
            ("secondary_az", "/SecondaryAvailabilityZone"),
            ("multi_az", "/MultiAZ"),
            ("endpoint", "/Endpoint/Address"),
            ("port", "/Endpoint/Port"),
            ("engine", "/Engine"),
            ("replica_of", "/ReadReplicaSourceDBInstanceIdentifier"),
        ],
    );
}

fn cluster(from: &Value, out: &mut Map<String, Value>) {
    put(
        out,
        from,
        &[
            ("identifier", "/DBClusterIdentifier"),
            ("status", "/Status"),
            ("endpoint", "/Endpoint"),
            ("reader_endpoint", "/ReaderEndpoint"),
            ("port", "/Port"),
            ("multi_az", "/MultiAZ"),
            ("engine", "/Engine"),
        ],
    );
    members(&from["DBClusterMembers"], "IsClusterWriter", "DBInstanceIdentifier", out);
}

fn global(from: &Value, out: &mut Map<String, Value>) {
    put(
        out,
        from,
        &[
            ("identifier", "/GlobalClusterIdentifier"),
            ("status", "/Status"),
            ("failover_status", "/FailoverState/Status"),
        ],
    );
    members(&from["GlobalClusterMembers"], "IsWriter", "DBClusterArn", out);
}

/// The writer, and the others.
fn members(from: &Value, flag: &str, name: &str, out: &mut Map<String, Value>) {
    let (writers, readers): (Vec<&Value>, Vec<&Value>) = items(from).iter().partition(|member| member[flag] == true);
    // Two writers are none that anybody may rely on.
    let writer = if let [only] = writers[..] { only[name].clone() } else { Value::Null };
    out.insert("writer".into(), writer);
    out.insert("readers".into(), readers.into_iter().map(|reader| reader[name].clone()).collect());
}

fn snapshot(from: &Value, out: &mut Map<String, Value>) {
    put(out, from, &[("identifier", "/DBSnapshotIdentifier"), ("status", "/Status"), ("progress", "/PercentProgress")]);
}

fn record(from: &Value, out: &mut Map<String, Value>) {
    put(out, from, &[("name", "/Name"), ("type", "/Type"), ("ttl", "/TTL")]);
    let values: Value = items(&from["ResourceRecords"]).iter().map(|record| record["Value"].clone()).collect();
    out.insert("values".into(), values);
}

/// Route 53 takes an endpoint for healthy when more than 18 % of its checkers do.
fn health(answer: &Value, out: &mut Map<String, Value>) {
    let checkers = items(&answer["HealthCheckObservations"]);
    let healthy = checkers
        .iter()
        .filter(|checker| {
            checker.pointer("/StatusReport/Status").and_then(Value::as_str).is_some_and(|s| s.starts_with("Success"))
        })
        .count();
    let status = match checkers.len() {
        0 => Value::Null,
        all if healthy * 100 > all * 18 => json!("healthy"),
        _ => json!("unhealthy"),
    };
    out.insert("status".into(), status);
    out.insert("healthy".into(), healthy.into());
    out.insert("unhealthy".into(), (checkers.len() - healthy).into());
}
