//! The operations of Route 53, as data.

use super::field::Kind::{Choice, Flag, List, Number, Structure, Text};
use super::field::{choices, operations, structure};
use super::operation::Service;
use aws_sdk_route53::types;

choices!(types::ChangeAction, types::RrType, types::ResourceRecordSetRegion, types::ResourceRecordSetFailover);

const RECORD_TYPES: &[&str] = &[
    "SOA", "A", "TXT", "NS", "CNAME", "MX", "NAPTR", "PTR", "SRV", "SPF", "AAAA", "CAA", "DS", "TLSA", "SSHFP", "SVCB",
    "HTTPS",
];

structure!(GEO_LOCATION: types::GeoLocation, sure {
    "ContinentCode" set_continent_code Text;
    "CountryCode" set_country_code Text;
    "SubdivisionCode" set_subdivision_code Text;
});

structure!(COORDINATES: types::Coordinates, checked {
    "Latitude" set_latitude Text, required;
    "Longitude" set_longitude Text, required;
});

structure!(GEO_PROXIMITY: types::GeoProximityLocation, sure {
    "AWSRegion" set_aws_region Text;
    "LocalZoneGroup" set_local_zone_group Text;
    "Coordinates" set_coordinates Structure(COORDINATES);
    "Bias" set_bias Number;
});

structure!(CIDR: types::CidrRoutingConfig, checked {
    "CollectionId" set_collection_id Text, required;
    "LocationName" set_location_name Text, required;
});

structure!(RECORD: types::ResourceRecord, checked {
    "Value" set_value Text, required;
});

structure!(ALIAS: types::AliasTarget, checked {
    "HostedZoneId" set_hosted_zone_id Text, required;
    "DNSName" set_dns_name Text, required;
    "EvaluateTargetHealth" set_evaluate_target_health Flag, required;
});

structure!(RECORD_SET: types::ResourceRecordSet, checked {
    "Name" set_name Text, required;
    "Type" set_type Choice(RECORD_TYPES), required;
    "SetIdentifier" set_set_identifier Text;
    "Weight" set_weight Number;
    "Region" set_region Text;
    "GeoLocation" set_geo_location Structure(GEO_LOCATION);
    "Failover" set_failover Choice(&["PRIMARY", "SECONDARY"]);
    "MultiValueAnswer" set_multi_value_answer Flag;
    "TTL" set_ttl Number;
    "ResourceRecords" set_resource_records List(RECORD);
    "AliasTarget" set_alias_target Structure(ALIAS);
    "HealthCheckId" set_health_check_id Text;
    "TrafficPolicyInstanceId" set_traffic_policy_instance_id Text;
    "CidrRoutingConfig" set_cidr_routing_config Structure(CIDR);
    "GeoProximityLocation" set_geo_proximity_location Structure(GEO_PROXIMITY);
});

structure!(CHANGE: types::Change, checked {
    "Action" set_action Choice(&["CREATE", "DELETE", "UPSERT"]), required;
    "ResourceRecordSet" set_resource_record_set Structure(RECORD_SET), required;
});

structure!(CHANGE_BATCH: types::ChangeBatch, checked {
    "Comment" set_comment Text;
    "Changes" set_changes List(CHANGE), required;
});

operations! { Service::Route53, aws_sdk_route53::Client {
    "change-resource-record-sets" "ChangeResourceRecordSets" writes change_resource_record_sets {
        "HostedZoneId" set_hosted_zone_id Text, required;
        "ChangeBatch" set_change_batch Structure(CHANGE_BATCH), required;
    }
    "list-resource-record-sets" "ListResourceRecordSets" reads list_resource_record_sets {
        "HostedZoneId" set_hosted_zone_id Text, required;
        "StartRecordName" set_start_record_name Text;
        "StartRecordType" set_start_record_type Choice(RECORD_TYPES);
        "StartRecordIdentifier" set_start_record_identifier Text;
        "MaxItems" set_max_items Number;
    }
    "get-change" "GetChange" reads get_change {
        "Id" set_id Text, required;
    }
    "get-health-check-status" "GetHealthCheckStatus" reads get_health_check_status {
        "HealthCheckId" set_health_check_id Text, required;
    }
}}
