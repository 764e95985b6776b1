//! What is refused before anything is sent, and what a request is said to do.

use crate::request;
use runbook::action::aws::{Request, RequestError, operations};
use runbook::runbook::model::Effect;
use serde_json::{Value, json};

fn refused(operation: &str, fields: Value) -> RequestError {
    Request::parse(operation, &fields).expect_err(operation)
}

fn says(operation: &str, fields: Value, message: &str) {
    assert_eq!(refused(operation, fields).to_string(), message);
}

#[test]
fn an_unknown_operation_names_the_nearest() {
    says(
        "rds reboot-db-instances",
        json!({}),
        "`rds` has no operation `reboot-db-instances` here; did you mean `reboot-db-instance`?",
    );
    says(
        "rds RebootDBInstance",
        json!({}),
        "`rds` has no operation `RebootDBInstance` here; did you mean `reboot-db-instance`?",
    );
    says("rds paint-it-black", json!({}), "`rds` has no operation `paint-it-black` here");
    says("rsd reboot-db-instance", json!({}), "there is no service `rsd` here: rds, route53; did you mean `rds`?");
    says(
        "reboot-db-instance",
        json!({}),
        "`reboot-db-instance` is no operation: write the service and the operation, such as `rds reboot-db-instance`",
    );
}

#[test]
fn nothing_that_deletes_is_offered() {
    says(
        "rds delete-db-instance",
        json!({"DBInstanceIdentifier": "orders"}),
        "`rds delete-db-instance` deletes, and nothing that deletes is offered: do it by hand, or in a shell step",
    );
    assert!(operations().all(|o| !o.name.contains("delete")));
}

#[test]
fn fields_are_checked_by_name_and_type() {
    let reboot = "rds reboot-db-instance";
    says(
        reboot,
        json!({"DbInstanceIdentifier": "orders"}),
        "rds reboot-db-instance has no field `DbInstanceIdentifier`; did you mean `DBInstanceIdentifier`?",
    );
    says(
        reboot,
        json!({"DBInstanceIdentifier": "orders", "force-failover": true}),
        "rds reboot-db-instance has no field `force-failover`; did you mean `ForceFailover`?",
    );
    says(reboot, json!({"ForceFailover": true}), "rds reboot-db-instance needs the field `DBInstanceIdentifier`");
    says(reboot, Value::Null, "rds reboot-db-instance needs the field `DBInstanceIdentifier`");
    says(
        reboot,
        json!({"DBInstanceIdentifier": "orders", "ForceFailover": "yes"}),
        "rds reboot-db-instance ForceFailover is true or false, and a text was given",
    );
    says(
        reboot,
        json!({"DBInstanceIdentifier": 7}),
        "rds reboot-db-instance DBInstanceIdentifier is a text: put it in quotes, and a number was given",
    );
    says(
        reboot,
        json!({"DBInstanceIdentifier": ""}),
        "rds reboot-db-instance DBInstanceIdentifier is empty: give it a value, or leave it out",
    );
    says(
        reboot,
        json!({"DBInstanceIdentifier": null}),
        "rds reboot-db-instance DBInstanceIdentifier is a text, and nothing was given",
    );
    says(
        reboot,
        json!(["orders"]),
        "rds reboot-db-instance: its fields are written as a mapping, such as `DBInstanceIdentifier: orders`",
    );
    says(
        "rds modify-db-instance",
        json!({"DBInstanceIdentifier": "orders", "MasterUserPassword": "x"}),
        "rds modify-db-instance: the field `MasterUserPassword` is not offered: \
         a password would be part of the record; use ManageMasterUserPassword",
    );
    says(
        "rds describe-events",
        json!({"StartTime": "yesterday"}),
        "rds describe-events StartTime is a moment such as 2026-11-21T06:00:00Z, and a text was given",
    );
}

fn batch(action: &str, record: Value) -> Value {
    json!({"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [{"Action": action, "ResourceRecordSet": record}]}})
}

#[test]
fn structures_are_checked_within() {
    let change = "route53 change-resource-record-sets";
    let record = json!({"Name": "db.example.test", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "a"}]});
    assert!(Request::parse(change, &batch("UPSERT", record.clone())).is_ok());
    says(
        change,
        batch("UPSET", record),
        "route53 change-resource-record-sets ChangeBatch Changes[0] Action is one of CREATE, DELETE, UPSERT, and `UPSET` was given",
    );
    says(
        change,
        batch("UPSERT", json!({"Name": "db.example.test", "Type": "CNAME", "Ttl": 60})),
        "route53 change-resource-record-sets ChangeBatch Changes[0] ResourceRecordSet has no field `Ttl`; did you mean `TTL`?",
    );
    says(
        change,
        batch("UPSERT", json!({"Name": "db.example.test", "Type": "CNAME", "TTL": "a minute"})),
        "route53 change-resource-record-sets ChangeBatch Changes[0] ResourceRecordSet TTL is a whole number, and a text was given",
    );
    says(
        change,
        batch("UPSERT", json!({"Type": "CNAME"})),
        "route53 change-resource-record-sets ChangeBatch Changes[0] ResourceRecordSet needs the field `Name`",
    );
}

#[test]
fn rendered_texts_become_what_the_field_holds() {
    let parsed = request("rds reboot-db-instance", json!({"DBInstanceIdentifier": "orders", "ForceFailover": "true"}));
    assert_eq!(parsed.values()["ForceFailover"], json!(true));
    let parsed = request(
        "route53 change-resource-record-sets",
        batch("UPSERT", json!({"Name": "a", "Type": "A", "TTL": " 60", "ResourceRecords": [{"Value": "192.0.2.1"}]})),
    );
    assert_eq!(parsed.values()["ChangeBatch"]["Changes"][0]["ResourceRecordSet"]["TTL"], json!(60));
}

#[test]
fn before_rendering_a_template_fits_anywhere_and_only_then() {
    let fields = json!({"DBInstanceIdentifier": "{{ instance }}", "ForceFailover": "{{ force }}"});
    assert!(Request::outline("rds reboot-db-instance", &fields).is_ok());
    assert!(matches!(refused("rds reboot-db-instance", fields), RequestError::Kind { .. }));
    let unknown = json!({"DBInstanceIdentifier": "{{ instance }}", "Force": "{{ force }}"});
    assert!(matches!(Request::outline("rds reboot-db-instance", &unknown), Err(RequestError::Field { .. })));
}

#[test]
fn the_effect_is_a_read_a_write_or_a_loss() {
    for operation in operations() {
        let reads = ["describe-", "get-", "list-"].iter().any(|p| operation.name.starts_with(p));
        assert_eq!(operation.reads, reads, "{}", operation.name);
    }
    let effect = |operation: &str, fields: Value| Request::outline(operation, &fields).unwrap().effect();
    assert_eq!(effect("rds describe-db-instances", json!({})), Effect::Read);
    assert_eq!(effect("rds reboot-db-instance", json!({"DBInstanceIdentifier": "a"})), Effect::Write);
    let global = |extra: &str, value: Value| {
        effect(
            "rds failover-global-cluster",
            json!({"GlobalClusterIdentifier": "a", "TargetDbClusterIdentifier": "b", extra: value}),
        )
    };
    assert_eq!(global("Switchover", json!(true)), Effect::Write);
    assert_eq!(global("AllowDataLoss", json!(false)), Effect::Write);
    assert_eq!(global("AllowDataLoss", json!(true)), Effect::Destructive);
    assert_eq!(global("AllowDataLoss", json!("true")), Effect::Destructive);
    assert_eq!(global("AllowDataLoss", json!("{{ lossy }}")), Effect::Destructive);
    let detach = json!({"GlobalClusterIdentifier": "a", "DbClusterIdentifier": "b"});
    assert_eq!(effect("rds remove-from-global-cluster", detach), Effect::Destructive);
    let retention = |days: Value| {
        effect("rds modify-db-instance", json!({"DBInstanceIdentifier": "a", "BackupRetentionPeriod": days}))
    };
    assert_eq!(retention(json!(7)), Effect::Write);
    assert_eq!(retention(json!(0)), Effect::Destructive);
    let record = json!({"Name": "a", "Type": "A"});
    let change = |action: &str| effect("route53 change-resource-record-sets", batch(action, record.clone()));
    assert_eq!(change("UPSERT"), Effect::Write);
    assert_eq!(change("DELETE"), Effect::Destructive);
    assert_eq!(change("{{ action }}"), Effect::Destructive);
}
