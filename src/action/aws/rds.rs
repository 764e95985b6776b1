//! The operations of RDS and Aurora, as data.

use super::field::Kind::{Choice, Flag, List, Number, Structure, Text, Texts, Time};
use super::field::{choices, operations, structure};
use super::operation::Service;
use aws_sdk_rds::types;

choices!(types::SourceType, types::ReplicaMode, types::AutomationMode, types::DatabaseInsightsMode);

const SOURCES: &[&str] = &[
    "db-instance",
    "db-parameter-group",
    "db-security-group",
    "db-snapshot",
    "db-cluster",
    "db-cluster-snapshot",
    "custom-engine-version",
    "db-proxy",
    "blue-green-deployment",
    "db-shard-group",
    "zero-etl",
];

structure!(FILTER: types::Filter, sure {
    "Name" set_name Text, required;
    "Values" set_values Texts, required;
});

structure!(TAG: types::Tag, sure {
    "Key" set_key Text;
    "Value" set_value Text;
});

structure!(TAG_SPECIFICATION: types::TagSpecification, sure {
    "ResourceType" set_resource_type Text;
    "Tags" set_tags List(TAG);
});

structure!(PROCESSOR_FEATURE: types::ProcessorFeature, sure {
    "Name" set_name Text;
    "Value" set_value Text;
});

structure!(LOGS: types::CloudwatchLogsExportConfiguration, sure {
    "EnableLogTypes" set_enable_log_types Texts;
    "DisableLogTypes" set_disable_log_types Texts;
});

operations! { Service::Rds, aws_sdk_rds::Client {
    "describe-db-instances" "DescribeDBInstances" reads describe_db_instances {
        "DBInstanceIdentifier" set_db_instance_identifier Text;
        "Filters" set_filters List(FILTER);
        "MaxRecords" set_max_records Number;
        "Marker" set_marker Text;
    }
    "describe-db-clusters" "DescribeDBClusters" reads describe_db_clusters {
        "DBClusterIdentifier" set_db_cluster_identifier Text;
        "Filters" set_filters List(FILTER);
        "MaxRecords" set_max_records Number;
        "Marker" set_marker Text;
        "IncludeShared" set_include_shared Flag;
    }
    "describe-global-clusters" "DescribeGlobalClusters" reads describe_global_clusters {
        "GlobalClusterIdentifier" set_global_cluster_identifier Text;
        "Filters" set_filters List(FILTER);
        "MaxRecords" set_max_records Number;
        "Marker" set_marker Text;
    }
    "describe-events" "DescribeEvents" reads describe_events {
        "SourceIdentifier" set_source_identifier Text;
        "SourceType" set_source_type Choice(SOURCES);
        "StartTime" set_start_time Time;
        "EndTime" set_end_time Time;
        "Duration" set_duration Number;
        "EventCategories" set_event_categories Texts;
        "Filters" set_filters List(FILTER);
        "MaxRecords" set_max_records Number;
        "Marker" set_marker Text;
    }
    "describe-db-snapshots" "DescribeDBSnapshots" reads describe_db_snapshots {
        "DBInstanceIdentifier" set_db_instance_identifier Text;
        "DBSnapshotIdentifier" set_db_snapshot_identifier Text;
        "SnapshotType" set_snapshot_type Text;
        "Filters" set_filters List(FILTER);
        "MaxRecords" set_max_records Number;
        "Marker" set_marker Text;
        "IncludeShared" set_include_shared Flag;
        "IncludePublic" set_include_public Flag;
        "DbiResourceId" set_dbi_resource_id Text;
    }
    "reboot-db-instance" "RebootDBInstance" writes reboot_db_instance {
        "DBInstanceIdentifier" set_db_instance_identifier Text, required;
        "ForceFailover" set_force_failover Flag;
    }
    "start-db-instance" "StartDBInstance" writes start_db_instance {
        "DBInstanceIdentifier" set_db_instance_identifier Text, required;
    }
    "stop-db-instance" "StopDBInstance" writes stop_db_instance {
        "DBInstanceIdentifier" set_db_instance_identifier Text, required;
        "DBSnapshotIdentifier" set_db_snapshot_identifier Text;
    }
    "create-db-snapshot" "CreateDBSnapshot" writes create_db_snapshot {
        "DBSnapshotIdentifier" set_db_snapshot_identifier Text, required;
        "DBInstanceIdentifier" set_db_instance_identifier Text, required;
        "Tags" set_tags List(TAG);
    }
    "promote-read-replica" "PromoteReadReplica" writes promote_read_replica {
        "DBInstanceIdentifier" set_db_instance_identifier Text, required;
        "BackupRetentionPeriod" set_backup_retention_period Number;
        "PreferredBackupWindow" set_preferred_backup_window Text;
        "TagSpecifications" set_tag_specifications List(TAG_SPECIFICATION);
    }
    "failover-db-cluster" "FailoverDBCluster" writes failover_db_cluster {
        "DBClusterIdentifier" set_db_cluster_identifier Text, required;
        "TargetDBInstanceIdentifier" set_target_db_instance_identifier Text;
    }
    "failover-global-cluster" "FailoverGlobalCluster" writes failover_global_cluster {
        "GlobalClusterIdentifier" set_global_cluster_identifier Text, required;
        "TargetDbClusterIdentifier" set_target_db_cluster_identifier Text, required;
        "AllowDataLoss" set_allow_data_loss Flag;
        "Switchover" set_switchover Flag;
    }
    "switchover-global-cluster" "SwitchoverGlobalCluster" writes switchover_global_cluster {
        "GlobalClusterIdentifier" set_global_cluster_identifier Text, required;
        "TargetDbClusterIdentifier" set_target_db_cluster_identifier Text, required;
    }
    "remove-from-global-cluster" "RemoveFromGlobalCluster" writes remove_from_global_cluster {
        "GlobalClusterIdentifier" set_global_cluster_identifier Text, required;
        "DbClusterIdentifier" set_db_cluster_identifier Text, required;
    }
    "restore-db-instance-to-point-in-time" "RestoreDBInstanceToPointInTime" writes restore_db_instance_to_point_in_time {
        "SourceDBInstanceIdentifier" set_source_db_instance_identifier Text;
        "TargetDBInstanceIdentifier" set_target_db_instance_identifier Text, required;
        "RestoreTime" set_restore_time Time;
        "UseLatestRestorableTime" set_use_latest_restorable_time Flag;
        "DBInstanceClass" set_db_instance_class Text;
        "Port" set_port Number;
        "AvailabilityZone" set_availability_zone Text;
        "DBSubnetGroupName" set_db_subnet_group_name Text;
        "MultiAZ" set_multi_az Flag;
        "PubliclyAccessible" set_publicly_accessible Flag;
        "AutoMinorVersionUpgrade" set_auto_minor_version_upgrade Flag;
        "LicenseModel" set_license_model Text;
        "DBName" set_db_name Text;
        "Engine" set_engine Text;
        "Iops" set_iops Number;
        "StorageThroughput" set_storage_throughput Number;
        "OptionGroupName" set_option_group_name Text;
        "CopyTagsToSnapshot" set_copy_tags_to_snapshot Flag;
        "Tags" set_tags List(TAG);
        "StorageType" set_storage_type Text;
        "VpcSecurityGroupIds" set_vpc_security_group_ids Texts;
        "Domain" set_domain Text;
        "DomainIAMRoleName" set_domain_iam_role_name Text;
        "DomainFqdn" set_domain_fqdn Text;
        "DomainOu" set_domain_ou Text;
        "DomainAuthSecretArn" set_domain_auth_secret_arn Text;
        "DomainDnsIps" set_domain_dns_ips Texts;
        "EnableIAMDatabaseAuthentication" set_enable_iam_database_authentication Flag;
        "EnableCloudwatchLogsExports" set_enable_cloudwatch_logs_exports Texts;
        "ProcessorFeatures" set_processor_features List(PROCESSOR_FEATURE);
        "UseDefaultProcessorFeatures" set_use_default_processor_features Flag;
        "DBParameterGroupName" set_db_parameter_group_name Text;
        "DeletionProtection" set_deletion_protection Flag;
        "SourceDbiResourceId" set_source_dbi_resource_id Text;
        "MaxAllocatedStorage" set_max_allocated_storage Number;
        "SourceDBInstanceAutomatedBackupsArn" set_source_db_instance_automated_backups_arn Text;
        "EnableCustomerOwnedIp" set_enable_customer_owned_ip Flag;
        "NetworkType" set_network_type Text;
        "BackupTarget" set_backup_target Text;
        "CustomIamInstanceProfile" set_custom_iam_instance_profile Text;
        "AllocatedStorage" set_allocated_storage Number;
        "BackupRetentionPeriod" set_backup_retention_period Number;
        "PreferredBackupWindow" set_preferred_backup_window Text;
        "DedicatedLogVolume" set_dedicated_log_volume Flag;
        "CACertificateIdentifier" set_ca_certificate_identifier Text;
        "EngineLifecycleSupport" set_engine_lifecycle_support Text;
        "TagSpecifications" set_tag_specifications List(TAG_SPECIFICATION);
        "ManageMasterUserPassword" set_manage_master_user_password Flag;
        "MasterUserSecretKmsKeyId" set_master_user_secret_kms_key_id Text;
    }
    "modify-db-instance" "ModifyDBInstance" writes modify_db_instance {
        "DBInstanceIdentifier" set_db_instance_identifier Text, required;
        "AllocatedStorage" set_allocated_storage Number;
        "DBInstanceClass" set_db_instance_class Text;
        "DBSubnetGroupName" set_db_subnet_group_name Text;
        "DBSecurityGroups" set_db_security_groups Texts;
        "VpcSecurityGroupIds" set_vpc_security_group_ids Texts;
        "ApplyImmediately" set_apply_immediately Flag;
        "DBParameterGroupName" set_db_parameter_group_name Text;
        "BackupRetentionPeriod" set_backup_retention_period Number;
        "PreferredBackupWindow" set_preferred_backup_window Text;
        "PreferredMaintenanceWindow" set_preferred_maintenance_window Text;
        "MultiAZ" set_multi_az Flag;
        "EngineVersion" set_engine_version Text;
        "AllowMajorVersionUpgrade" set_allow_major_version_upgrade Flag;
        "AutoMinorVersionUpgrade" set_auto_minor_version_upgrade Flag;
        "LicenseModel" set_license_model Text;
        "Iops" set_iops Number;
        "StorageThroughput" set_storage_throughput Number;
        "OptionGroupName" set_option_group_name Text;
        "NewDBInstanceIdentifier" set_new_db_instance_identifier Text;
        "StorageType" set_storage_type Text;
        "CACertificateIdentifier" set_ca_certificate_identifier Text;
        "Domain" set_domain Text;
        "DomainFqdn" set_domain_fqdn Text;
        "DomainOu" set_domain_ou Text;
        "DomainAuthSecretArn" set_domain_auth_secret_arn Text;
        "DomainDnsIps" set_domain_dns_ips Texts;
        "DisableDomain" set_disable_domain Flag;
        "CopyTagsToSnapshot" set_copy_tags_to_snapshot Flag;
        "MonitoringInterval" set_monitoring_interval Number;
        "DBPortNumber" set_db_port_number Number;
        "PubliclyAccessible" set_publicly_accessible Flag;
        "MonitoringRoleArn" set_monitoring_role_arn Text;
        "DomainIAMRoleName" set_domain_iam_role_name Text;
        "PromotionTier" set_promotion_tier Number;
        "EnableIAMDatabaseAuthentication" set_enable_iam_database_authentication Flag;
        "DatabaseInsightsMode" set_database_insights_mode Choice(&["standard", "advanced"]);
        "EnablePerformanceInsights" set_enable_performance_insights Flag;
        "PerformanceInsightsKMSKeyId" set_performance_insights_kms_key_id Text;
        "PerformanceInsightsRetentionPeriod" set_performance_insights_retention_period Number;
        "CloudwatchLogsExportConfiguration" set_cloudwatch_logs_export_configuration Structure(LOGS);
        "ProcessorFeatures" set_processor_features List(PROCESSOR_FEATURE);
        "UseDefaultProcessorFeatures" set_use_default_processor_features Flag;
        "DeletionProtection" set_deletion_protection Flag;
        "MaxAllocatedStorage" set_max_allocated_storage Number;
        "CertificateRotationRestart" set_certificate_rotation_restart Flag;
        "ReplicaMode" set_replica_mode Choice(&["open-read-only", "mounted"]);
        "EnableCustomerOwnedIp" set_enable_customer_owned_ip Flag;
        "NetworkType" set_network_type Text;
        "AwsBackupRecoveryPointArn" set_aws_backup_recovery_point_arn Text;
        "AutomationMode" set_automation_mode Choice(&["full", "all-paused"]);
        "ResumeFullAutomationModeMinutes" set_resume_full_automation_mode_minutes Number;
        "ManageMasterUserPassword" set_manage_master_user_password Flag;
        "RotateMasterUserPassword" set_rotate_master_user_password Flag;
        "MasterUserSecretKmsKeyId" set_master_user_secret_kms_key_id Text;
        "Engine" set_engine Text;
        "DedicatedLogVolume" set_dedicated_log_volume Flag;
        "MultiTenant" set_multi_tenant Flag;
        "TagSpecifications" set_tag_specifications List(TAG_SPECIFICATION);
    }
}}
