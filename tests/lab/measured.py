#!/usr/bin/env python3
"""What the watch measured, held against what others know: measured.py OUT --engine E --options FILE --address HOST:PORT

OUT holds check.json and ledger.txt (the witness) and runs-watch/ (the watch). Prints one line of JSON. Exit 1 when the watch
did not see the kill, or when the outage that it reports differs from the witness's by more than two intervals of the watch and
one of the witness, or when the heartbeats it reports as lost are not exactly the acknowledged ones that are missing in the
table, or when the servers' own positions say something else than the table. Knows nothing of how either was computed: the
ledger and the table are read here.

Two things are outages to the watch, and no failure to a writer: writes that hang before the kill (it has no error yet), and
writes that hang later, while a copy of the new primary holds the commits (they succeed in the end). So the witness's outage
begins with the last acknowledgement before its first failure, and when the longest outage is not the one of the kill, it is
held against the time without any acknowledgement then.
"""

import argparse
import datetime
import glob
import importlib.util
import json
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("write_load", os.path.join(here, "../../runbooks/labs/write-load.py"))
write_load = importlib.util.module_from_spec(spec)
spec.loader.exec_module(write_load)

# What four writers and a heartbeat may have under way at once: transactions, and their WAL with the pages that it may hold whole.
UNDERWAY = {"B": 5 * 16384, "transactions": 5}
WITNESS = 0.1  # seconds between two attempts of the witness at most, its own connecting included


def seconds(wall):
    """An RFC 3339 time of the journal, as seconds since the epoch."""
    whole, _, fraction = wall.rstrip("Z").partition(".")
    return datetime.datetime.fromisoformat(whole + "+00:00").timestamp() + float("0." + (fraction or "0"))


def longest_silence(acknowledged, down, up):
    """The longest time without an acknowledgement that overlaps an outage, as (from, to)."""
    pairs = [pair for pair in zip(acknowledged, acknowledged[1:]) if pair[0] <= up and pair[1] >= down]
    return max(pairs, key=lambda pair: pair[1] - pair[0], default=None)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--engine", choices=sorted(write_load.ENGINES), required=True)
    parser.add_argument("--options", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--patience", type=float, default=10)
    arguments = parser.parse_args()
    (run,) = glob.glob(os.path.join(arguments.out, "runs-watch", "*"))
    records = [json.loads(line) for line in open(os.path.join(run, "journal.jsonl"), encoding="utf-8")]
    events = [record.get("event", record) for record in records]
    of = lambda kind: [event for event in events if event.get("type") == kind and event.get("monitor") == "watch"]
    every = of("monitor-started")[0]["every_ms"] / 1000
    measured = of("measured")[-1]
    with open(os.path.join(run, "heartbeat-watch.jsonl"), encoding="utf-8") as file:
        beats = [json.loads(line) for line in file]
    acknowledged = {beat["beat"] for beat in beats if beat["fate"] == "acknowledged"}
    engine = write_load.ENGINES[arguments.engine](arguments)
    with engine.connect().cursor() as cursor:
        table = "app.runbook_watch"
        cursor.execute(f"SELECT beat FROM {table} WHERE run = %s", (os.path.basename(run),))
        present = {row[0] for row in cursor.fetchall()}
    with open(os.path.join(arguments.out, "check.json"), encoding="utf-8") as file:
        witness = json.load(file)
    with open(os.path.join(arguments.out, "ledger.txt"), encoding="utf-8") as file:
        acks = sorted(float(line.split()[2]) for line in file if line.startswith("ack "))
    error = 2 * every + WITNESS
    lost = len(acknowledged - present)
    rto = None if measured.get("rto_ms") is None else measured["rto_ms"] / 1000
    last_ack = max((at for at in acks if at <= witness["first_failure"]), default=witness["first_failure"])
    saw_kill = any(
        not event["up"] and last_ack - error <= seconds(event["since"]) <= witness["first_failure"] + error
        for event in of("monitor-changed")
    )
    outage = None
    if rto is not None and witness["recovered_at"] is not None:
        down, up = seconds(measured["down"]), seconds(measured["up"])
        outage = (last_ack, witness["recovered_at"])
        if down > outage[1] or up < outage[0]:
            outage = longest_silence(acks, down, up)
    apart = None if outage is None else round(rto - (outage[1] - outage[0]), 3)
    by_position = measured["rpo_by_position"]
    print(
        json.dumps(
            {
                "rto_seconds": rto,
                "sampling_seconds": measured["sampling_ms"] / 1000,
                "witness_outage_seconds": witness["outage_seconds"],
                "longest_was_the_kill": outage is not None and outage[0] == last_ack,
                "saw_kill": saw_kill,
                "rto_difference_seconds": apart,
                "flaps": measured["flaps"],
                "heartbeats_acknowledged": measured["acknowledged"],
                "heartbeats_lost": measured["lost"],
                "heartbeats_missing_in_table": lost,
                "rpo_ms": measured["rpo_ms"],
                "rpo_by_position": by_position,
            }
        )
    )
    held = saw_kill and apart is not None and abs(apart) <= error
    held = held and measured["acknowledged"] == len(acknowledged) and measured["lost"] == lost
    # Read from the servers' logs, without the table. Other writers' transactions count there too, so a loss is at least as large.
    # And so do those that nobody had acknowledged yet when the server was killed: without a loss, no more than was on its way.
    missing, unit = (None, None) if by_position is None else (int(by_position.split()[0]), by_position.split()[1])
    held = held and missing is not None and (missing > 0 if lost else missing <= UNDERWAY[unit])
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
