//! Every operation against the stand-in, and what it answers as boto3 reads it.

use crate::stand_in::StandIn;
use crate::{client, done, failed, request, run, watched, within};
use runbook::action::aws::{AwsError, Client, Limits, Outcome, Service, facts};
use serde_json::{Value, json};
use std::time::Duration;

const QUICK: f64 = 0.4;

async fn describe(client: &Client, name: &str) -> Value {
    let request = request("rds describe-db-instances", json!({"DBInstanceIdentifier": name}));
    let answer = done(client, &request.name(), json!({"DBInstanceIdentifier": name})).await;
    Value::Object(facts(&request, &answer))
}

/// A write, and its answer.
async fn write(client: &Client, operation: &str, fields: Value) -> (runbook::action::aws::Request, Value) {
    let answer = done(client, operation, fields.clone()).await;
    (request(operation, fields), answer)
}

#[test]
fn who_am_i() {
    let aws = StandIn::start(QUICK);
    within(async {
        let client = client(&aws.url()).await;
        let identity = client.identity(crate::LIMIT).await.unwrap();
        assert_eq!(identity.account, "123456789012");
        assert!(identity.arn.starts_with("arn:aws:"), "{identity:?}");
        assert_eq!((identity.region.as_str(), identity.endpoint), ("eu-west-1", Some(aws.url())));
        assert_eq!(client.endpoint(Service::Route53), Some(aws.url().as_str()));
    });
}

#[test]
fn a_secret_is_given_and_never_shown() {
    let aws = StandIn::start(QUICK);
    within(async {
        let client = client(&aws.url()).await;
        let secret = client.secret("orders/dba", crate::LIMIT).await.unwrap();
        assert_eq!(secret.expose(), "not-a-secret-either");
        assert!(!format!("{secret:?}").contains("not-a-secret"));
        let error = client.secret("orders/nobody", crate::LIMIT).await.unwrap_err();
        assert!(matches!(error, AwsError::NotFound { .. }), "{error:?}");
    });
}

#[test]
fn a_reboot_with_failover_swaps_the_zones() {
    let aws = StandIn::start(1.0);
    within(async {
        let client = client(&aws.url()).await;
        let before = describe(&client, "orders").await;
        assert_eq!(
            (&before["status"], &before["az"], &before["secondary_az"], &before["multi_az"], &before["port"]),
            (&json!("available"), &json!("eu-west-1a"), &json!("eu-west-1b"), &json!(true), &json!(3306))
        );
        let fields = json!({"DBInstanceIdentifier": "orders", "ForceFailover": true});
        let (reboot, answer) = write(&client, "rds reboot-db-instance", fields.clone()).await;
        assert_eq!(answer["DBInstance"]["DBInstanceStatus"], "rebooting");
        assert_eq!(facts(&reboot, &answer)["status"], "rebooting");
        // Busy.
        let busy = failed(&client, "rds reboot-db-instance", fields).await;
        assert!(matches!(busy, AwsError::State { .. }), "{busy:?}");
        assert_eq!(busy.service().unwrap().code, "InvalidDBInstanceState");
        let (after, seen) = watched(&client, &reboot, &answer, |f| f["status"] == "available").await;
        assert_eq!(seen, ["rebooting", "available"]);
        assert_eq!((&after["az"], &after["secondary_az"]), (&json!("eu-west-1b"), &json!("eu-west-1a")));
        let fields = json!({"SourceType": "db-instance", "SourceIdentifier": "orders", "Duration": 60});
        let events = done(&client, "rds describe-events", fields.clone()).await;
        let events = facts(&request("rds describe-events", fields), &events);
        let messages = events["messages"].to_string();
        assert!(messages.contains("failover started") && messages.contains("failover completed"), "{messages}");
        assert_eq!(events["last"], "DB instance restarted.");
    });
}

#[test]
fn instances_stop_start_and_change() {
    let aws = StandIn::start(QUICK);
    within(async {
        let client = client(&aws.url()).await;
        let orders = json!({"DBInstanceIdentifier": "orders"});
        let (stop, answer) = write(&client, "rds stop-db-instance", orders.clone()).await;
        let (_, seen) = watched(&client, &stop, &answer, |f| f["status"] != "stopping").await;
        assert_eq!(seen.last().unwrap(), "stopped");
        let (start, answer) = write(&client, "rds start-db-instance", orders).await;
        watched(&client, &start, &answer, |f| f["status"] == "available").await;
        let fields = json!({
            "DBInstanceIdentifier": "orders", "AllocatedStorage": 200, "ApplyImmediately": true,
            "CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["error"]}, "EngineVersion": "5.6.40",
        });
        let (modify, answer) = write(&client, "rds modify-db-instance", fields).await;
        watched(&client, &modify, &answer, |f| f["status"] == "available").await;
        let answer = done(&client, "rds describe-db-instances", json!({"DBInstanceIdentifier": "orders"})).await;
        let instance = &answer["DBInstances"][0];
        assert_eq!((&instance["AllocatedStorage"], &instance["EngineVersion"]), (&json!(200), &json!("5.6.40")));
        assert_eq!(instance["EnabledCloudwatchLogsExports"], json!(["error"]));
        let (promote, answer) =
            write(&client, "rds promote-read-replica", json!({"DBInstanceIdentifier": "orders-replica"})).await;
        assert_eq!(describe(&client, "orders").await["replica_of"], Value::Null);
        let (replica, _) = watched(&client, &promote, &answer, |f| f["status"] == "available").await;
        assert_eq!(replica["replica_of"], Value::Null);
        // Renamed at once, it is watched by its new name.
        let fields =
            json!({"DBInstanceIdentifier": "orders", "NewDBInstanceIdentifier": "old", "ApplyImmediately": true});
        let (rename, answer) = write(&client, "rds modify-db-instance", fields).await;
        assert_eq!(rename.watch(&answer).unwrap().values()["DBInstanceIdentifier"], "old");
        let gone = failed(&client, "rds describe-db-instances", json!({"DBInstanceIdentifier": "orders"})).await;
        assert!(matches!(gone, AwsError::NotFound { .. }), "{gone:?}");
    });
}

#[test]
fn snapshots_and_points_in_time() {
    let aws = StandIn::start(QUICK);
    within(async {
        let client = client(&aws.url()).await;
        let fields = json!({
            "DBSnapshotIdentifier": "before", "DBInstanceIdentifier": "orders", "Tags": [{"Key": "why", "Value": "test"}],
        });
        let (create, answer) = write(&client, "rds create-db-snapshot", fields).await;
        let (snapshot, _) = watched(&client, &create, &answer, |f| f["status"] == "available").await;
        assert_eq!(snapshot["identifier"], "before");
        let answer = done(&client, "rds describe-db-snapshots", json!({"DBSnapshotIdentifier": "before"})).await;
        assert_eq!(answer["DBSnapshots"][0]["TagList"], json!([{"Key": "why", "Value": "test"}]));
        let fields = json!({
            "SourceDBInstanceIdentifier": "orders", "TargetDBInstanceIdentifier": "orders-restored",
            "UseLatestRestorableTime": true, "DBInstanceClass": "db.m6g.xlarge",
        });
        let (restore, answer) = write(&client, "rds restore-db-instance-to-point-in-time", fields).await;
        let (restored, _) = watched(&client, &restore, &answer, |f| f["status"] == "available").await;
        assert_eq!(restored["identifier"], "orders-restored");
        let fields = json!({"Filters": [{"Name": "db-instance-id", "Values": ["orders", "orders-restored"]}]});
        let answer = done(&client, "rds describe-db-instances", fields.clone()).await;
        let list = facts(&request("rds describe-db-instances", fields), &answer);
        assert_eq!((&list["count"], list.get("status")), (&json!(2), None));
    });
}

#[test]
fn a_cluster_fails_over_to_the_instance_that_was_named() {
    let aws = StandIn::start(QUICK);
    within(async {
        let client = client(&aws.url()).await;
        let shop = json!({"DBClusterIdentifier": "shop"});
        let read = request("rds describe-db-clusters", shop.clone());
        let before = facts(&read, &done(&client, "rds describe-db-clusters", shop).await);
        assert_eq!((&before["writer"], &before["readers"]), (&json!("shop-1"), &json!(["shop-2"])));
        assert!(before["endpoint"].as_str().unwrap().starts_with("shop."), "{before:?}");
        let fields = json!({"DBClusterIdentifier": "shop", "TargetDBInstanceIdentifier": "shop-2"});
        let (failover, answer) = write(&client, "rds failover-db-cluster", fields).await;
        assert_eq!(facts(&failover, &answer)["writer"], "shop-1");
        let (after, seen) = watched(&client, &failover, &answer, |f| f["writer"] == "shop-2").await;
        assert_eq!((&after["status"], seen.first().unwrap().as_str()), (&json!("available"), "failing-over"));
        let nowhere = json!({"DBClusterIdentifier": "nowhere"});
        let error = failed(&client, "rds failover-db-cluster", nowhere).await;
        assert!(matches!(error, AwsError::NotFound { .. }), "{error:?}");
    });
}

#[test]
fn a_global_cluster_moves_and_moves_back() {
    let aws = StandIn::start(QUICK);
    let (west, central) = (aws.made["global_west"].clone(), aws.made["global_central"].clone());
    within(async {
        let client = client(&aws.url()).await;
        let to = |target: &Value| json!({"GlobalClusterIdentifier": "world", "TargetDbClusterIdentifier": target});
        let (switch, answer) = write(&client, "rds switchover-global-cluster", to(&central)).await;
        let began = facts(&switch, &answer);
        assert_eq!((&began["status"], &began["writer"]), (&json!("switching-over"), &west));
        let (after, _) = watched(&client, &switch, &answer, |f| f["status"] == "available").await;
        assert_eq!((&after["writer"], &after["readers"]), (&central, &json!([west])));
        let mut fields = to(&west);
        fields["AllowDataLoss"] = json!(true);
        let (failover, answer) = write(&client, "rds failover-global-cluster", fields).await;
        assert_eq!(answer["GlobalCluster"]["FailoverState"]["IsDataLossAllowed"], json!(true));
        assert_eq!(facts(&failover, &answer)["failover_status"], "failing-over");
        let (after, _) = watched(&client, &failover, &answer, |f| f["writer"] == west).await;
        assert_eq!(after["status"], "available");
        let refused = failed(&client, "rds failover-global-cluster", to(&west)).await;
        assert!(matches!(refused, AwsError::State { .. }), "{refused:?}");
    });
}

#[test]
fn a_cluster_is_taken_out_of_a_global_cluster() {
    let aws = StandIn::start(QUICK);
    let (west, central) = (aws.made["global_west"].clone(), aws.made["global_central"].clone());
    within(async {
        let client = client(&aws.url()).await;
        let out = |cluster: &Value| json!({"GlobalClusterIdentifier": "world", "DbClusterIdentifier": cluster});
        let refused = failed(&client, "rds remove-from-global-cluster", out(&west)).await;
        assert!(matches!(refused, AwsError::State { .. }), "{refused:?}");
        let (detach, answer) = write(&client, "rds remove-from-global-cluster", out(&central)).await;
        assert_eq!(facts(&detach, &answer)["readers"], json!([central]));
        let (after, _) = watched(&client, &detach, &answer, |f| f["readers"] == json!([])).await;
        assert_eq!((&after["writer"], &after["status"]), (&west, &json!("available")));
        let refused = failed(&client, "rds remove-from-global-cluster", out(&central)).await;
        assert!(matches!(refused, AwsError::NotFound { .. }), "{refused:?}");
    });
}

#[test]
fn a_record_is_pending_and_then_everywhere() {
    let aws = StandIn::start(QUICK);
    within(async {
        let client = client(&aws.url()).await;
        let zone = &aws.made["hosted_zone"];
        let set = json!({
            "Name": "db.example.test.", "Type": "CNAME", "TTL": 30,
            "ResourceRecords": [{"Value": "orders-restored.example.test"}],
        });
        let fields = json!({
            "HostedZoneId": zone,
            "ChangeBatch": {"Comment": "to the new one", "Changes": [{"Action": "UPSERT", "ResourceRecordSet": set}]},
        });
        let (change, answer) = write(&client, "route53 change-resource-record-sets", fields).await;
        assert_eq!(facts(&change, &answer)["status"], "PENDING");
        let (_, seen) = watched(&client, &change, &answer, |f| f["status"] == "INSYNC").await;
        assert_eq!(seen, ["PENDING", "INSYNC"]);
        let list = json!({
            "HostedZoneId": zone, "StartRecordName": "db.example.test.", "StartRecordType": "CNAME", "MaxItems": 1,
        });
        let answer = done(&client, "route53 list-resource-record-sets", list.clone()).await;
        assert_eq!(answer["ResourceRecordSets"][0]["ResourceRecords"], set["ResourceRecords"]);
        let record = facts(&request("route53 list-resource-record-sets", list), &answer);
        assert_eq!((&record["ttl"], &record["values"]), (&json!(30), &json!(["orders-restored.example.test"])));
        let unknown = failed(&client, "route53 list-resource-record-sets", json!({"HostedZoneId": "ZNOWHERE"})).await;
        assert!(matches!(unknown, AwsError::NotFound { .. }), "{unknown:?}");
        let health = json!({"HealthCheckId": aws.made["health_check"]});
        let answer = done(&client, "route53 get-health-check-status", health.clone()).await;
        let health = facts(&request("route53 get-health-check-status", health), &answer);
        assert_eq!((&health["status"], &health["unhealthy"]), (&json!("healthy"), &json!(0)));
    });
}

/// The same answers as boto3's, which knows every type: but for moments, which stay as the service writes them.
#[test]
fn answers_are_what_boto3_reads() {
    let aws = StandIn::start(QUICK);
    let said = aws.boto(&format!(
        "from datetime import datetime\n\
         r, z = client('rds'), client('route53')\n\
         out = [r.describe_db_instances(), r.describe_db_clusters(), r.describe_global_clusters(), r.describe_events(),\n  \
         z.list_resource_record_sets(HostedZoneId='{0}', MaxItems='2'), z.get_health_check_status(HealthCheckId='{1}')]\n\
         print(json.dumps(out, default=lambda o: '(moment)' if isinstance(o, datetime) else str(o)))",
        aws.made["hosted_zone"].as_str().unwrap(),
        aws.made["health_check"].as_str().unwrap()
    ));
    let theirs: Vec<Value> = serde_json::from_str(&said).unwrap();
    within(async {
        let client = client(&aws.url()).await;
        let zone = json!({"HostedZoneId": aws.made["hosted_zone"], "MaxItems": 2});
        let check = json!({"HealthCheckId": aws.made["health_check"]});
        let asked = [
            ("rds describe-db-instances", json!({})),
            ("rds describe-db-clusters", json!({})),
            ("rds describe-global-clusters", json!({})),
            ("rds describe-events", json!({})),
            ("route53 list-resource-record-sets", zone),
            ("route53 get-health-check-status", check),
        ];
        for ((operation, fields), mut theirs) in asked.into_iter().zip(theirs) {
            let mut ours = done(&client, operation, fields).await;
            theirs.as_object_mut().unwrap().remove("ResponseMetadata");
            blur(&mut ours, &theirs);
            // The one field that boto3 reads as a text although it is a number.
            if let Some(items) = ours.get_mut("MaxItems") {
                *items = json!(items.as_str().map_or_else(|| items.to_string(), str::to_owned));
            }
            assert!(ours.as_object().is_some_and(|o| !o.is_empty()), "{operation}");
            assert_eq!(ours, theirs, "{operation}");
        }
    });
}

/// Moments are written in two ways.
fn blur(ours: &mut Value, theirs: &Value) {
    match (ours, theirs) {
        (ours, Value::String(text)) if text == "(moment)" => *ours = json!("(moment)"),
        (Value::Object(ours), Value::Object(theirs)) => {
            for (name, value) in ours {
                if let Some(theirs) = theirs.get(name) {
                    blur(value, theirs);
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            for (ours, theirs) in ours.iter_mut().zip(theirs) {
                blur(ours, theirs);
            }
        }
        _ => {}
    }
}

/// The stand-in enforces policies: the operator may look, and not reboot.
#[test]
fn a_missing_permission_is_named() {
    let aws = StandIn::start(QUICK);
    let key: Value = serde_json::from_str(&aws.boto(
        "import urllib.request\n\
         i = client('iam')\n\
         i.create_user(UserName='oncall')\n\
         policy = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'rds:Describe*', 'Resource': '*'}]}\n\
         i.put_user_policy(UserName='oncall', PolicyName='look', PolicyDocument=json.dumps(policy))\n\
         k = i.create_access_key(UserName='oncall')['AccessKey']\n\
         urllib.request.urlopen(urllib.request.Request(i.meta.endpoint_url + '/moto-api/reset-auth', b'0', {'Content-Type': 'text/plain'}))\n\
         print(json.dumps([k['AccessKeyId'], k['SecretAccessKey']]))",
    ))
    .unwrap();
    within(async {
        let mut settings = crate::settings(&aws.url());
        let keys = settings.keys.as_mut().unwrap();
        keys.access_key_id = key[0].as_str().unwrap().to_owned();
        keys.secret_access_key = runbook::action::aws::SecretText::new(key[1].as_str().unwrap().to_owned());
        let client = Client::connect(&settings, crate::LIMIT).await.unwrap();
        let orders = json!({"DBInstanceIdentifier": "orders"});
        assert!(matches!(run(&client, "rds describe-db-instances", orders.clone()).await, Outcome::Done(_)));
        let error = failed(&client, "rds reboot-db-instance", orders).await;
        assert!(
            matches!(&error, AwsError::AccessDenied { permission, .. } if permission == "rds:RebootDBInstance"),
            "{error:?}"
        );
        assert!(error.to_string().contains("needs the permission `rds:RebootDBInstance`"), "{error}");
        assert!(!error.to_string().contains(key[1].as_str().unwrap()));
    });
}

#[test]
fn a_stop_that_is_there_already_sends_nothing() {
    let aws = StandIn::start(QUICK);
    within(async {
        let client = client(&aws.url()).await;
        let reboot = request("rds reboot-db-instance", json!({"DBInstanceIdentifier": "orders"}));
        let limits = Limits { total: Duration::from_secs(10), grace: Duration::from_secs(1) };
        let end = client.run(&reboot, limits, std::future::ready(())).await;
        assert!(matches!(end, Outcome::Cancelled { begun: false }), "{end:?}");
        assert_eq!(describe(&client, "orders").await["status"], "available");
    });
}
