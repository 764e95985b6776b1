#!/usr/bin/env python3
"""What the lab of two regions needs besides the stand-in for AWS and the database servers.

    two_regions.py seed URL LAB              what the runbooks act on, over what the stand-in's own seed made
    two_regions.py world URL LAB             until it is killed: names are followed, promotions reach the databases
    two_regions.py site PORT REGION URL LAB  until it is killed: the application of one region

`world` listens on the addresses that applications use. For each new connection it asks Route 53 where the record leads, keeps
the answer for the record's time to live as a resolver does, and connects there. It promotes the database of a region when
the global cluster says so, and writes the alarm of the replication lag. Everything is on the loopback address, with credentials of
nobody. Settings stand in LAB/lab.json.
"""
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time

import boto3
from botocore.config import Config

WEST, CENTRAL = "eu-west-1", "eu-central-1"


def client(url, service, region=WEST):
    return boto3.client(
        service, region_name=region, endpoint_url=url, aws_access_key_id="stand-in", aws_secret_access_key="stand-in",
        config=Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def settings(lab):
    with open(os.path.join(lab, "lab.json")) as file:
        return json.load(file)


def sql(lab, node, text):
    """As the DBA, over the node's socket. None when it does not answer."""
    command = ["mariadb", f"--defaults-file={lab}/secrets/dba.cnf", f"--socket={lab}/{node}/mariadb.sock", "-BN"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=20)
    return done.stdout.strip() if done.returncode == 0 else None


def instance(url, name):
    return client(url, "rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def seed(url, lab):
    at, dns = settings(lab), client(url, "route53")
    zone, rds, ec2 = at["hosted_zone"], client(url, "rds"), client(url, "ec2")
    # The stand-in's own seed has no networks: RB-007 has to keep those of the original.
    rds.delete_db_instance(DBInstanceIdentifier="orders-replica", SkipFinalSnapshot=True)
    rds.delete_db_instance(DBInstanceIdentifier="orders", SkipFinalSnapshot=True)
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]]
    group = ec2.create_security_group(GroupName="orders", Description="applications")["GroupId"]
    rds.create_db_subnet_group(DBSubnetGroupName="shop", DBSubnetGroupDescription="shop", SubnetIds=subnets)
    rds.create_db_parameter_group(DBParameterGroupName="shop-mysql8", DBParameterGroupFamily="mysql8.0", Description="shop")
    rds.create_option_group(OptionGroupName="shop", EngineName="mysql", MajorEngineVersion="8.0", OptionGroupDescription="shop")
    rds.create_db_instance(
        EngineVersion="8.0.36", OptionGroupName="shop", PubliclyAccessible=False, DBInstanceIdentifier="orders", Engine="mysql", AllocatedStorage=100, MultiAZ=True, AvailabilityZone="eu-west-1a",
        DBInstanceClass="db.m6g.large", MasterUsername="dba", MasterUserPassword="not-a-secret", DBSubnetGroupName="shop",
        DBParameterGroupName="shop-mysql8", VpcSecurityGroupIds=[group], BackupRetentionPeriod=7,
    )
    orders = instance(url, "orders")
    clusters = {r: client(url, "rds", r).describe_db_clusters(DBClusterIdentifier=c)["DBClusters"][0]
                for r, c in [(WEST, "world-west"), (CENTRAL, "world-central")]}

    def record(name, value, ttl=1):
        change = {"Name": name, "Type": "CNAME", "TTL": ttl, "ResourceRecords": [{"Value": value}]}
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]}
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    record("db.example.test.", orders["Endpoint"]["Address"])
    record("world.example.test.", clusters[WEST]["Endpoint"])
    record("www.example.test.", "west.example.test")
    for region, bucket in [(WEST, "orders-west"), (CENTRAL, "orders-central")]:
        s3 = client(url, "s3", region)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    client(url, "cloudwatch", CENTRAL).put_metric_alarm(
        AlarmName=at["alarm"], Namespace="AWS/RDS", MetricName="AuroraGlobalDBReplicationLag", Statistic="Maximum", Period=60,
        EvaluationPeriods=1, Threshold=at["alarm_ms"], ComparisonOperator="GreaterThanThreshold",
        AlarmActions=["arn:aws:sns:eu-central-1:123456789012:on-call"],
        Dimensions=[{"Name": "DBClusterIdentifier", "Value": "world-central"}])
    # What is behind each resource, by what a rename does not change.
    at["resources"] = {
        orders["DbiResourceId"]: at["ports"]["west"],
        clusters[WEST]["DBClusterArn"]: at["ports"]["west"],
        clusters[CENTRAL]["DBClusterArn"]: at["ports"]["central"],
    }
    client(url, "secretsmanager", CENTRAL).create_secret(Name="orders/dba", SecretString="not-a-secret-either")
    at["names"] = {"db-central.example.test": at["ports"]["central"], "west.example.test": at["ports"]["west_site"], "central.example.test": at["ports"]["central_site"]}
    at["members"] = {"west": clusters[WEST]["DBClusterArn"], "central": clusters[CENTRAL]["DBClusterArn"]}
    keep(lab, at)
    print(json.dumps({"endpoint": orders["Endpoint"]["Address"], "world_west": clusters[WEST]["Endpoint"],
                      "world_central": clusters[CENTRAL]["ReaderEndpoint"]}))


def keep(lab, at):
    part = os.path.join(lab, "lab.json.part")
    with open(part, "w") as file:
        json.dump(at, file, indent=1)
    os.replace(part, os.path.join(lab, "lab.json"))


def behind(url, lab, name):
    """The port behind a name, or None: an endpoint of RDS belongs to whatever bears that identifier now."""
    at = settings(lab)
    name = name.rstrip(".")
    if name in at["names"]:
        return at["names"][name]
    if name.endswith(".rds.amazonaws.com"):
        for region in (WEST, CENTRAL):
            rds = client(url, "rds", region)
            for one in rds.describe_db_instances()["DBInstances"]:
                if one["Endpoint"].get("Address") == name:
                    return at["resources"].get(one["DbiResourceId"])
            for one in rds.describe_db_clusters()["DBClusters"]:
                if one.get("Endpoint") == name:
                    return at["resources"].get(one["DBClusterArn"])
    return None


class Address:
    """One address that applications use: a port here, a record there."""

    def __init__(self, url, lab, port, record):
        self.url, self.lab, self.record = url, lab, record
        self.known, self.until, self.lock = None, 0.0, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self.accept, daemon=True).start()

    def resolve(self):
        with self.lock:
            if time.monotonic() >= self.until:
                found = client(self.url, "route53").list_resource_record_sets(
                    HostedZoneId=settings(self.lab)["hosted_zone"], StartRecordName=self.record, StartRecordType="CNAME",
                    MaxItems="1",
                )["ResourceRecordSets"]
                if not found or found[0]["Name"] != self.record:
                    return None
                self.known = found[0]["ResourceRecords"][0]["Value"]
                self.until = time.monotonic() + found[0]["TTL"]
            return self.known

    def accept(self):
        while True:
            near, _ = self.listener.accept()
            threading.Thread(target=self.carry, args=(near,), daemon=True).start()

    def carry(self, near):
        try:
            name = self.resolve()
            port = name and behind(self.url, self.lab, name)
            far = socket.create_connection(("127.0.0.1", port), timeout=2) if port else None
        except Exception:  # Whatever is wrong with names, this connection leads nowhere.
            far = None
        if far is None:
            near.close()
            return
        far.settimeout(None)
        for one, other in [(near, far), (far, near)]:
            threading.Thread(target=pump, args=(one, other), daemon=True).start()


def pump(one, other):
    try:
        while data := one.recv(65536):
            other.sendall(data)
    except OSError:
        pass
    for end in (one, other):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def lag(lab):
    """Milliseconds between the newest beat that the primary region wrote and now, as the secondary region has it."""
    said = sql(lab, "central", "SELECT ROUND((UNIX_TIMESTAMP(NOW(6)) - UNIX_TIMESTAMP(at)) * 1000) FROM shop.beat WHERE id = 1")
    return float(said) if said else None


def world(url, lab):
    at = settings(lab)
    for port, record in at["addresses"]:
        Address(url, lab, port, record)
    watch = client(url, "cloudwatch", CENTRAL)
    alarm, promoted, state = at["alarm"], False, None
    while True:
        began = time.monotonic()
        try:
            if not promoted:
                # Not into a region that is only a copy: the DBA may write there, too.
                sql(lab, "west", "REPLACE INTO shop.beat (id, at) SELECT 1, NOW(6) FROM DUAL WHERE @@global.read_only = 0")
                behind_by = lag(lab)
                if behind_by is not None:
                    watch.put_metric_data(Namespace="AWS/RDS", MetricData=[{
                        "MetricName": "AuroraGlobalDBReplicationLag", "Value": behind_by, "Unit": "Milliseconds",
                        "Dimensions": [{"Name": "DBClusterIdentifier", "Value": "world-central"}]}])
                    now = "ALARM" if behind_by > at["alarm_ms"] else "OK"
                    if now != state:
                        watch.set_alarm_state(AlarmName=alarm, StateValue=now, StateReason=f"replication lag {behind_by:.0f} ms")
                        state = now
                promoted = follow(url, lab, at)
        except Exception as error:  # The stand-in may be busy: look again.
            print(f"world: {error}", flush=True)
        time.sleep(max(0.05, 0.25 - (time.monotonic() - began)))


def follow(url, lab, at):
    """What Aurora does behind its API: the promoted region's database takes writes. True when it has happened."""
    globe = client(url, "rds").describe_global_clusters(GlobalClusterIdentifier="world")["GlobalClusters"]
    members = {m["DBClusterArn"]: m["IsWriter"] for m in globe[0]["GlobalClusterMembers"]} if globe else {}
    if members.get(at["members"]["central"]) is False:
        return False
    print(f"world: promotes central, the members are {members}", flush=True)
    sql(lab, "central", "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0;")
    return True


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, code, **said):
        body = json.dumps({"region": self.server.region, **said}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if os.path.exists(os.path.join(self.server.lab, self.server.region, "unhealthy")):
            self.answer(503, status="out of order")
        elif self.path == "/health":
            self.answer(200, status="ok")
        elif self.path.startswith("/objects/"):
            self.store(lambda s3, bucket, key: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
        else:
            self.answer(404)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/objects/"):
            self.store(lambda s3, bucket, key: s3.put_object(Bucket=bucket, Key=key, Body=body).get("VersionId"))
        else:
            self.answer(404)

    def store(self, act):
        with open(os.path.join(self.server.lab, "bucket")) as file:
            bucket = file.read().strip()
        # Only the objects' own permissions are enforced, for the application's account.
        try:
            self.answer(200, bucket=bucket, value=act(self.server.s3(bucket), bucket, self.path.removeprefix("/objects/")))
        except Exception as error:
            self.answer(503, bucket=bucket, error=type(error).__name__ + ": " + str(error)[:200])

    def log_message(self, *_):
        pass


def site(port, region, url, lab):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Site)
    server.region, server.lab = region, lab
    server.s3 = lambda bucket: client(url, "s3", CENTRAL if bucket.endswith("central") else WEST)
    server.serve_forever()


if __name__ == "__main__":
    what, rest = sys.argv[1:2], sys.argv[2:]
    if what == ["seed"] and len(rest) == 2:
        seed(*rest)
    elif what == ["world"] and len(rest) == 2:
        world(*rest)
    elif what == ["site"] and len(rest) == 4:
        site(int(rest[0]), *rest[1:])
    else:
        sys.exit(__doc__)
