#!/usr/bin/env python3
"""The figures of `runbook stats`, computed again: stats_sql.py RUNS

Reads every journal under RUNS into SQLite and asks the four questions in SQL, as docs/reports.md defines them. Shares nothing with the
program: it knows the journals' lines and the definitions. Prints JSON: total, by month, by runbook.
"""

import glob
import json
import os
import sqlite3
import sys

db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE events (run TEXT, seq INTEGER, at INTEGER, type TEXT, body TEXT)")
for path in glob.glob(os.path.join(sys.argv[1], "*", "journal.jsonl")):
    run = os.path.basename(os.path.dirname(path))
    with open(path, encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            event = record["event"]
            db.execute(
                "INSERT INTO events VALUES (?, ?, strftime('%s', ?), ?, ?)",
                (run, record["seq"], record["at"], event["type"], json.dumps(event)),
            )
db.execute("CREATE INDEX by_type ON events (type, run)")

db.executescript(
    """
CREATE TABLE runs AS
SELECT head.run AS run,
       json_extract(head.body, '$.runbook') AS runbook,
       CAST(head.at AS INTEGER) AS began,
       strftime('%Y-%m', head.at, 'unixepoch') AS month,
       json_extract(head.body, '$.mode') AS mode,
       lower(coalesce(json_extract(head.body, '$.category'), '')) AS category,
       json_extract(head.body, '$.severity') AS severity,
       json_extract(head.body, '$.environment.production') AS production,
       json_extract(head.body, '$.rto_s') AS rto_s,
       min(CAST(head.at AS INTEGER),
           coalesce(CAST(strftime('%s', json_extract(head.body, '$.incident_start')) AS INTEGER), CAST(head.at AS INTEGER))) AS detected,
       CAST(finish.at AS INTEGER) AS ended,
       json_extract(finish.body, '$.outcome') AS outcome
FROM events head LEFT JOIN events finish ON finish.run = head.run AND finish.type = 'run-finished'
WHERE head.type = 'run-started';

-- What a run was for.
ALTER TABLE runs ADD COLUMN kind TEXT;
UPDATE runs SET kind = CASE
  WHEN mode = 'tabletop' THEN 'tabletop'
  WHEN category LIKE 'maintenance%' OR category LIKE 'routine%' THEN 'other'
  WHEN mode IN ('walkthrough', 'simulation') THEN 'test'
  WHEN production = 0 OR category LIKE 'drill%' THEN 'test'
  WHEN category LIKE 'incident%' OR severity IS NOT NULL THEN 'incident'
  ELSE 'other' END;
UPDATE runs SET kind = 'minor' WHERE kind = 'incident' AND coalesce(severity, '') NOT IN ('P0', 'P1');

-- The recovery time: the longest measured, unknown when one monitor saw none; else what a person filled in last.
CREATE TABLE measured AS
SELECT run, CASE WHEN count(*) = count(ms) THEN max(ms) END AS ms FROM (
  SELECT run, json_extract(body, '$.rto_ms') AS ms FROM events WHERE type = 'measured' AND json_extract(body, '$.down') IS NOT NULL
) GROUP BY run;
CREATE TABLE said AS
SELECT run, 60000 * CAST(json_extract(body, '$.value') AS INTEGER) AS ms FROM events
WHERE type = 'blank-filled' AND json_extract(body, '$.label') = 'RTO measured';
CREATE INDEX measured_run ON measured (run);
CREATE INDEX said_run ON said (run);
ALTER TABLE runs ADD COLUMN source TEXT;
ALTER TABLE runs ADD COLUMN rto_ms INTEGER;
UPDATE runs SET rto_ms = (SELECT ms FROM measured WHERE measured.run = runs.run) WHERE mode IN ('simulation', 'live');
UPDATE runs SET source = 'measured' WHERE rto_ms IS NOT NULL;
UPDATE runs SET rto_ms = (SELECT ms FROM said WHERE said.run = runs.run) WHERE source IS NULL AND mode IN ('simulation', 'live');
UPDATE runs SET source = 'said' WHERE rto_ms IS NOT NULL AND source IS NULL;

-- "Success: no".
ALTER TABLE runs ADD COLUMN refused INTEGER DEFAULT 0;
UPDATE runs SET refused = 1 WHERE run IN (
  SELECT run FROM events WHERE type = 'blank-filled' AND json_extract(body, '$.label') = 'Success' AND json_extract(body, '$.value') = 'no');
"""
)

RTO = """
  SELECT count(*) FILTER (WHERE source = 'measured'), count(*) FILTER (WHERE source = 'said'), count(*) FILTER (WHERE source IS NULL),
         count(*) FILTER (WHERE rto_ms IS NOT NULL AND rto_s IS NOT NULL), count(*) FILTER (WHERE rto_ms <= rto_s * 1000),
         round(100.0 * count(*) FILTER (WHERE rto_ms <= rto_s * 1000) / nullif(count(*) FILTER (WHERE rto_ms IS NOT NULL AND rto_s IS NOT NULL), 0), 2)
  FROM runs WHERE kind = ? AND """


def rto(kind, where, value):
    names = ["measured", "said", "unknown", "judged", "met", "rate"]
    return dict(zip(names, db.execute(RTO + where, (kind, *value)).fetchone()))


def figures(where, value, by_month=False):
    one = lambda sql, *more: db.execute(f"{sql} AND {where}", (*more, *value)).fetchone()
    count = lambda kind: one("SELECT count(*) FROM runs WHERE kind = ?", kind)[0]
    incidents = count("incident")
    resolved, mean, best, worst = one(
        """SELECT count(*), round(avg(minutes), 2), round(min(minutes), 2), round(max(minutes), 2) FROM
           (SELECT *, (ended - detected) / 60.0 AS minutes FROM runs) runs WHERE kind = 'incident' AND outcome = 'completed'"""
    )
    if by_month:
        mtbf = round(720.0 / incidents, 1) if incidents else None
    else:
        (mtbf,) = one(
            """SELECT CASE WHEN count(*) > 1 THEN round((max(detected) - min(detected)) / 3600.0 / (count(*) - 1), 1) END
               FROM runs WHERE kind = 'incident'"""
        )
    ended, opened, succeeded, rate = one(
        """SELECT count(*) FILTER (WHERE outcome IS NOT NULL), count(*) FILTER (WHERE outcome IS NULL),
                  count(*) FILTER (WHERE outcome = 'completed' AND NOT refused),
                  round(100.0 * count(*) FILTER (WHERE outcome = 'completed' AND NOT refused) / nullif(count(*) FILTER (WHERE outcome IS NOT NULL), 0), 2)
           FROM runs WHERE kind = 'test'"""
    )
    return {
        "runs": one("SELECT count(*) FROM runs WHERE 1")[0],
        "tabletops": count("tabletop"),
        "minor_incidents": count("minor"),
        "others": count("other"),
        "incidents": {
            "count": incidents,
            "unresolved": incidents - resolved,
            "mtbf_hours": mtbf,
            "mttr": None if mean is None else {"mean_minutes": mean, "best_minutes": best, "worst_minutes": worst},
            "rto": rto("incident", where, value),
        },
        "tests": {
            "count": ended,
            "open": opened,
            "succeeded": succeeded,
            "success_rate": rate,
            # Walkthroughs interrupt nothing.
            "rto": rto("test", where + " AND mode <> 'walkthrough'", value),
        },
    }


def each(column, by_month=False):
    names = [row[0] for row in db.execute(f"SELECT DISTINCT {column} FROM runs")]
    return {name: figures(f"{column} = ?", (name,), by_month) for name in names}


json.dump({"total": figures("1", ()), "months": each("month", True), "runbooks": each("runbook")}, sys.stdout)
