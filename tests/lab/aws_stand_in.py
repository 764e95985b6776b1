#!/usr/bin/env python3
"""A stand-in for AWS on the loopback address: moto, and over it what moto leaves out and a failover needs.

    aws_stand_in.py serve PORT     until it is killed
    aws_stand_in.py seed URL       what a failover can be practised on; prints what was made, as JSON

Over moto: a Multi-AZ instance has a second zone, and a reboot with failover swaps the two; instances, clusters, global
clusters and changes of records take a while (STAND_IN_DELAY seconds, 3 unless told), refuse what AWS refuses
meanwhile, and leave events. What is still missing is said in README.md.
"""
import json
import os
import sys
import time
import uuid

DELAY = float(os.environ.get("STAND_IN_DELAY", "3"))


def begin(thing, status, then):
    """`thing` has `status` now; after the delay, `then` happens and it is available."""
    thing.status, thing.pending = status, (time.monotonic() + DELAY, then)


def settle(things):
    for thing in things:
        due, then = getattr(thing, "pending", None) or (float("inf"), None)
        if time.monotonic() >= due:
            thing.pending, thing.status = None, "available"
            then()


def patch_instances():
    from moto.rds import exceptions, models, responses
    backend, response = models.RDSBackend, responses.RDSResponse
    for name, category, message in [
        ("FAILOVER_START", "failover", "Multi-AZ instance failover started."),
        ("FAILOVER_END", "failover", "Multi-AZ instance failover completed."),
        ("RESTART", "availability", "DB instance restarted."),
        ("STOP", "notification", "DB instance stopped."),
        ("START", "notification", "DB instance started."),
        ("CLUSTER_START", "failover", "Started failover of the DB cluster."),
        ("CLUSTER_END", "failover", "Completed failover of the DB cluster."),
    ]:
        models.Event.EVENT_MAP[name] = {"Categories": [category], "Message": message}

    describe, promote = backend.describe_db_instances, backend.promote_read_replica
    stop, start = backend.stop_db_instance, backend.start_db_instance

    def described(self, *args, **kwargs):
        settle(self.databases.values())
        return describe(self, *args, **kwargs)

    def other_zone(instance):
        if not instance.multi_az:
            return None
        return getattr(instance, "second_zone", None) or instance.region + ("b" if instance.availability_zone[-1] == "a" else "a")

    def rebooted(self):
        failover = self.params.get("ForceFailover")
        instance = self.backend.describe_db_instances(self.params["DBInstanceIdentifier"])[0]
        if instance.status != "available":
            raise exceptions.InvalidDBInstanceStateError(instance.db_instance_identifier, "stop")
        if failover and not instance.multi_az:
            raise exceptions.InvalidParameterCombination("Can't force failover: the instance is not Multi-AZ.")

        def done():
            if failover:
                instance.availability_zone, instance.second_zone = other_zone(instance), instance.availability_zone
                instance.add_event("FAILOVER_END")
            instance.add_event("RESTART")

        if failover:
            instance.add_event("FAILOVER_START")
        begin(instance, "rebooting", done)
        return responses.ActionResult({"DBInstance": instance})

    def stopped(self, *args, **kwargs):
        instance = stop(self, *args, **kwargs)

        def done():
            instance.status = "stopped"
            instance.add_event("STOP")

        begin(instance, "stopping", done)
        return instance

    def started(self, *args, **kwargs):
        instance = start(self, *args, **kwargs)
        begin(instance, "starting", lambda: instance.add_event("START"))
        return instance

    def promoted(self, *args, **kwargs):
        instance = promote(self, *args, **kwargs)
        for other in self.databases.values():
            other.replicas = [name for name in other.replicas if name != instance.db_instance_identifier]
        instance.source_db_instance_identifier = None
        return instance

    made, restore = models.DBInstance.__init__, backend.restore_db_instance_to_point_in_time

    def begun(self, *args, **kwargs):
        made(self, *args, **kwargs)
        # Its own for each, and the same after a rename.
        self.dbi_resource_id = "db-" + uuid.uuid4().hex[:26].upper()

    def restored(self, *args, **kwargs):
        instance = restore(self, *args, **kwargs)
        begin(instance, "creating", lambda: None)
        return instance

    models.DBInstance.__init__ = begun
    backend.restore_db_instance_to_point_in_time = restored
    models.DBInstance.secondary_availability_zone = property(other_zone)
    backend.promote_read_replica = promoted
    backend.describe_db_instances, backend.stop_db_instance, backend.start_db_instance = described, stopped, started
    response.reboot_db_instance = rebooted


def patch_clusters():
    from moto.rds import exceptions, models, responses
    backend, response = models.RDSBackend, responses.RDSResponse
    describe, failover = backend.describe_db_clusters, backend.failover_db_cluster
    models.DBCluster.event_source_type = "db-cluster"
    endpoint = models.DBCluster.endpoint.fget

    def writing_endpoint(self):
        # A secondary cluster of a global one is asked through its reader endpoint only, until it writes.
        return None if self.global_cluster_identifier and not self.is_writer else endpoint(self)

    models.DBCluster.endpoint = property(writing_endpoint)

    def described(self, *args, **kwargs):
        settle(self.clusters.values())
        return describe(self, *args, **kwargs)

    def failed_over(self, db_cluster_identifier, *args, **kwargs):
        settle(self.clusters.values())
        cluster = self.clusters.get(db_cluster_identifier)
        if cluster is not None and cluster.status != "available":
            raise exceptions.InvalidDBClusterStateFault(f"Cluster {db_cluster_identifier} is not in available state.")
        before = cluster and cluster.writer
        failover(self, db_cluster_identifier, *args, **kwargs)
        after = cluster.writer
        cluster.failover(before)

        def done():
            cluster.failover(after)
            self.add_event("CLUSTER_END", cluster)

        self.add_event("CLUSTER_START", cluster)
        begin(cluster, "failing-over", done)
        return cluster

    def no_such(name):
        return exceptions.RDSClientError("GlobalClusterNotFoundFault", f"Global cluster {name} not found.")

    def described_global(self):
        name = self.params.get("GlobalClusterIdentifier")
        found = [c for c in self.global_backend.describe_global_clusters() if name in (None, c.global_cluster_identifier)]
        if name and not found:
            raise no_such(name)
        settle(found)
        return responses.ActionResult({"GlobalClusters": found})

    def moved(word, lossy):
        def move(self):
            found = self.global_backend.global_clusters.get(self.params["GlobalClusterIdentifier"])
            if found is None:
                raise no_such(self.params["GlobalClusterIdentifier"])
            settle([found])
            if found.status != "available":
                raise exceptions.InvalidDBClusterStateFault(f"{found.global_cluster_identifier} is {found.status}.")
            target = self.params["TargetDbClusterIdentifier"]
            new = next((m for m in found.members if m.db_cluster_arn == target and not m.is_writer), None)
            if new is None:
                raise exceptions.InvalidDBClusterStateFault(f"{target} is no secondary cluster of it.")
            old = next(m for m in found.members if m.is_writer)
            found.failover_state = {
                "Status": word, "FromDbClusterArn": old.db_cluster_arn, "ToDbClusterArn": target,
                "IsDataLossAllowed": bool(lossy and self.params.get("AllowDataLoss")),
            }

            def done():
                old.is_writer, new.is_writer, found.failover_state = False, True, None

            begin(found, word, done)
            return responses.ActionResult({"GlobalCluster": found})

        return move

    def detached(self):
        found = self.global_backend.global_clusters.get(self.params["GlobalClusterIdentifier"])
        if found is None:
            raise no_such(self.params["GlobalClusterIdentifier"])
        settle([found])
        if found.status != "available":
            raise exceptions.InvalidDBClusterStateFault(f"{found.global_cluster_identifier} is {found.status}.")
        name = self.params["DbClusterIdentifier"]
        gone = next((m for m in found.members if m.db_cluster_arn == name), None)
        if gone is None:
            raise exceptions.DBClusterNotFoundError(name)
        if gone.is_writer and len(found.members) > 1:
            raise exceptions.InvalidDBClusterStateFault(f"{name} is the writer, and has secondary clusters.")

        def done():
            found.members.remove(gone)
            gone.global_cluster_identifier = None

        begin(found, "modifying", done)
        return responses.ActionResult({"GlobalCluster": found})

    backend.describe_db_clusters, backend.failover_db_cluster = described, failed_over
    response.remove_from_global_cluster = detached
    response.describe_global_clusters = described_global
    response.failover_global_cluster = moved("failing-over", True)
    response.switchover_global_cluster = moved("switching-over", False)


def patch_records():
    from moto.route53 import responses
    change, get = responses.Route53.change_resource_record_sets, responses.Route53.get_change
    sent = {}

    def status(info):
        return "PENDING" if time.monotonic() < sent.get(info["Id"].rsplit("/", 1)[-1], 0) else "INSYNC"

    def changed(self):
        result = change(self)
        name = "C" + uuid.uuid4().hex[:13].upper()
        sent[name] = time.monotonic() + DELAY
        result._result["ChangeInfo"].update(Id="/change/" + name, Status="PENDING")
        return result

    def got(self):
        result = get(self)
        result._result["ChangeInfo"]["Status"] = status(result._result["ChangeInfo"])
        return result

    responses.Route53.change_resource_record_sets, responses.Route53.get_change = changed, got


def serve(port):
    # Whatever a backend might call, it is not the real AWS that answers.
    os.environ.update(AWS_ACCESS_KEY_ID="stand-in", AWS_SECRET_ACCESS_KEY="stand-in", AWS_EC2_METADATA_DISABLED="true")
    from moto import server
    patch_instances()
    patch_clusters()
    patch_records()
    server.main(["-H", "127.0.0.1", "-p", port])


def seed(url):
    import boto3

    def client(service, region="eu-west-1"):
        return boto3.client(
            service, region_name=region, endpoint_url=url, aws_access_key_id="stand-in", aws_secret_access_key="stand-in"
        )

    rds, elsewhere, dns = client("rds"), client("rds", "eu-central-1"), client("route53")
    instance = {"DBInstanceClass": "db.m6g.large", "MasterUsername": "dba", "MasterUserPassword": "not-a-secret"}
    rds.create_db_instance(
        DBInstanceIdentifier="orders", Engine="mysql", AllocatedStorage=100, MultiAZ=True, AvailabilityZone="eu-west-1a",
        **instance,
    )
    rds.create_db_instance_read_replica(DBInstanceIdentifier="orders-replica", SourceDBInstanceIdentifier="orders")
    cluster = {"Engine": "aurora-mysql", "MasterUsername": "dba", "MasterUserPassword": "not-a-secret"}
    primary = rds.create_db_cluster(DBClusterIdentifier="shop", **cluster)["DBCluster"]["DBClusterArn"]
    for member in ["shop-1", "shop-2"]:
        rds.create_db_instance(
            DBInstanceIdentifier=member, DBClusterIdentifier="shop", Engine="aurora-mysql", DBInstanceClass="db.r6g.large"
        )
    rds.create_global_cluster(GlobalClusterIdentifier="world", Engine="aurora-mysql")
    everywhere = dict(cluster, GlobalClusterIdentifier="world")
    west = rds.create_db_cluster(DBClusterIdentifier="world-west", **everywhere)["DBCluster"]["DBClusterArn"]
    central = elsewhere.create_db_cluster(DBClusterIdentifier="world-central", **everywhere)["DBCluster"]["DBClusterArn"]
    zone = dns.create_hosted_zone(Name="example.test.", CallerReference="seed")["HostedZone"]["Id"].rsplit("/", 1)[-1]
    record = {"Name": "db.example.test.", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "orders.example.test"}]}
    dns.change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )
    check = dns.create_health_check(
        CallerReference="seed", HealthCheckConfig={"Type": "TCP", "IPAddress": "127.0.0.1", "Port": 3306}
    )["HealthCheck"]["Id"]
    client("secretsmanager").create_secret(Name="orders/dba", SecretString="not-a-secret-either")
    print(json.dumps({
        "hosted_zone": zone, "health_check": check, "cluster_arn": primary, "global_west": west, "global_central": central,
    }))


if __name__ == "__main__":
    what = dict(enumerate(sys.argv[1:]))
    if what.get(0) == "serve" and len(what) == 2:
        serve(what[1])
    elif what.get(0) == "seed" and len(what) == 2:
        seed(what[1])
    else:
        sys.exit(__doc__)
