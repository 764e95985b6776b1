//! What the service answered, as JSON with the API's names.
//!
//! Made from the body itself and not from the SDK's types, so that nothing the service says is missing, whatever the
//! SDK's version knows. XML does not say what is a list, a number or a flag: the tables here do, and a test compares them
//! with the API's own description.

use super::operation::{Operation, Service};
use roxmltree::{Document, Node};
use serde_json::{Map, Value};

const LISTS: [&str; 35] = [
    "AdditionalStorageVolumes",
    "AssociatedRoles",
    "AvailabilityZones",
    "CustomEndpoints",
    "DBClusterMembers",
    "DBClusterOptionGroupMemberships",
    "DBClusters",
    "DBInstanceAutomatedBackupsReplications",
    "DBInstances",
    "DBParameterGroups",
    "DBSecurityGroups",
    "DBSnapshots",
    "DnsIps",
    "DomainMemberships",
    "EnabledCloudwatchLogsExports",
    "EventCategories",
    "Events",
    "GlobalClusterMembers",
    "GlobalClusters",
    "HealthCheckObservations",
    "LogTypesToDisable",
    "LogTypesToEnable",
    "OptionGroupMemberships",
    "ProcessorFeatures",
    "ReadReplicaDBClusterIdentifiers",
    "ReadReplicaDBInstanceIdentifiers",
    "ReadReplicaIdentifiers",
    "Readers",
    "ResourceRecordSets",
    "ResourceRecords",
    "StatusInfos",
    "Subnets",
    "SupportedNetworkTypes",
    "TagList",
    "VpcSecurityGroups",
];

const NUMBERS: [&str; 25] = [
    "AllocatedStorage",
    "BacktrackConsumedChangeRecords",
    "BacktrackWindow",
    "BackupRetentionPeriod",
    "Bias",
    "Capacity",
    "DBSnapshot/PercentProgress",
    "DbInstancePort",
    "FullSnapshotSizeInBytes",
    "IOPS",
    "Iops",
    "MaxAllocatedStorage",
    "MaxCapacity",
    "MinCapacity",
    "MinRequiredACU",
    "MonitoringInterval",
    "PerformanceInsightsRetentionPeriod",
    "Port",
    "PromotionTier",
    "SecondsBeforeTimeout",
    "SecondsUntilAutoPause",
    "StorageOperationPercentProgress",
    "StorageThroughput",
    "TTL",
    "Weight",
];

const FLAGS: [&str; 27] = [
    "ActivityStreamEngineNativeAuditFieldsIncluded",
    "AutoMinorVersionUpgrade",
    "AutoPause",
    "CopyTagsToSnapshot",
    "CrossAccountClone",
    "CustomerOwnedIpEnabled",
    "DedicatedLogVolume",
    "DeletionProtection",
    "Encrypted",
    "EvaluateTargetHealth",
    "GlobalWriteForwardingRequested",
    "HttpEndpointEnabled",
    "IAMDatabaseAuthenticationEnabled",
    "InternetAccessGatewayEnabled",
    "IsClusterWriter",
    "IsDataLossAllowed",
    "IsStorageConfigUpgradeAvailable",
    "IsTruncated",
    "IsWriter",
    "MultiAZ",
    "MultiTenant",
    "MultiValueAnswer",
    "Normal",
    "PerformanceInsightsEnabled",
    "PubliclyAccessible",
    "StorageEncrypted",
    "VPCNetworkingEnabled",
];

/// Without anything in them, they are still no texts. Two names are a structure in one place and a text in another.
const STRUCTURES: [&str; 20] = [
    "AliasTarget",
    "CertificateDetails",
    "CidrRoutingConfig",
    "Coordinates",
    "DBInstance/DBSubnetGroup",
    "DBInstance/Endpoint",
    "FailoverState",
    "GeoLocation",
    "GeoProximityLocation",
    "LimitlessDatabase",
    "ListenerEndpoint",
    "MasterUserSecret",
    "PendingCloudwatchLogsExports",
    "PendingModifiedValues",
    "RdsCustomClusterConfiguration",
    "ScalingConfigurationInfo",
    "ServerlessV2ScalingConfiguration",
    "StatusReport",
    "SubnetAvailabilityZone",
    "SubnetOutpost",
];

/// Deeper than any answer of these services.
const DEEPEST: usize = 24;

/// The answer to `operation`.
pub(super) fn read(operation: &Operation, body: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(body).map_err(|_| "not UTF-8".to_owned())?;
    let document = Document::parse(text).map_err(|e| format!("no XML: {e}"))?;
    let root = document.root_element();
    let result = match operation.service {
        Service::Route53 => Some(root),
        Service::Rds => {
            let name = format!("{}Result", operation.api);
            root.children().find(|child| child.tag_name().name() == name)
        }
    };
    match result {
        Some(result) => structure(result, DEEPEST),
        None => Err(format!("no {}Result in it", operation.api)),
    }
}

fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

fn structure(node: Node<'_, '_>, depth: usize) -> Result<Value, String> {
    let depth = depth.checked_sub(1).ok_or("nested too deep")?;
    let mut out = Map::new();
    for child in elements(node) {
        out.insert(child.tag_name().name().to_owned(), value(node, child, depth)?);
    }
    Ok(Value::Object(out))
}

fn value(parent: Node<'_, '_>, node: Node<'_, '_>, depth: usize) -> Result<Value, String> {
    let name = node.tag_name().name();
    if LISTS.contains(&name) {
        return elements(node).map(|item| value(node, item, depth)).collect();
    }
    let full = format!("{}/{name}", parent.tag_name().name());
    let is_in = |table: &[&str]| table.contains(&name) || table.contains(&full.as_str());
    if elements(node).next().is_some() || is_in(&STRUCTURES) {
        return structure(node, depth);
    }
    let text = node.text().unwrap_or_default();
    Ok(if is_in(&FLAGS) {
        match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => other.into(),
        }
    } else if is_in(&NUMBERS) {
        let whole = text.parse::<i64>().ok().map(Value::from);
        whole.or_else(|| text.parse::<f64>().ok().map(Value::from)).unwrap_or_else(|| text.into())
    } else {
        text.into()
    })
}
