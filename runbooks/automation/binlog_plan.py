#!/usr/bin/env python3
"""What a MariaDB server's binary logs hold, and how to replay all of it but some transactions.

  binlog_plan.py list   --logs DIR [--since TIME] [--until TIME] [--top N]
  binlog_plan.py plan   --logs DIR --after GTIDS --stop-at TIME [--leave-out "GTID GTID"] [--beyond all-but|nothing]
                        [--dependents leave-out|replay] [--keys FILE] [--touched "SCHEMA.TABLE …"] --plan FILE
  binlog_plan.py replay --plan FILE --part first|second
  binlog_plan.py check  --plan FILE --logs DIR
  binlog_plan.py show   --plan FILE
  binlog_plan.py torn   --log FILE [--cut --keep COPY]

DIR holds copies of the logs as `mariadb-binlog --read-from-remote-server --raw` writes them. Times are UTC, `2026-11-21 09:30:00`.

list    the transactions that changed the most rows, with their GTID, time, rows by table, and statements.
plan    reads all of it and writes a plan: which transactions are replayed on a server restored from a backup that reaches up to
        --after. The first part goes to the last transaction of the second --stop-at; the second part is everything beyond it
        (or nothing). What --leave-out names is in neither. It refuses to guess: logs that do not reach back to --after, end in
        the middle, or go backwards; a GTID to leave out that is not there, or that is in the first part.
        Dependents are later transactions that change a row which a left-out one had changed. The log holds whole rows, so to
        replay one would bring the left-out values back. --dependents says what becomes of them; they are always named.
        --keys is a file of tab-separated lines `schema table position,position`: the primary keys, by columns' positions. Rows of
        a table without one are compared as a whole. A transaction that was logged as a statement cannot be looked into: to leave one
        out (TRUNCATE, DROP…), --touched names the tables that it changed, or says none.
replay  prints the SQL of one part, for one session of the client: `… replay … | mariadb --binary-mode`.
check   reads the logs of the server on which the plan was replayed: exactly the planned transactions, in their order, and no other.
show    the plan in words.
torn    whether a log ends in the middle of a transaction, as one does whose server died on a full disk. Replicas stop there with error
        1236. --cut takes off the transaction that is not whole, which was never committed, after a copy to --keep. Only for the last
        log of a server that is down: it refuses while any process of this machine has the file open, and when it may not look (root may).

Exit status: 0 done, 1 refused or not as planned, 2 wrong call.
"""

import argparse
import calendar
import collections
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time

MAGIC = b"\xfebin"
HEADER = struct.Struct("<IBIIIH")  # time, type, server, length, next position, flags
ROTATE, STOP, FORMAT, XID, QUERY, CHECKPOINT, GTID, GTID_LIST, ENCRYPTED = 4, 3, 15, 16, 2, 161, 162, 163, 164
XA_PREPARE = 38


class Refused(Exception):
    pass


def seconds(text):
    try:
        return calendar.timegm(time.strptime(text.strip(), "%Y-%m-%d %H:%M:%S"))
    except ValueError:
        raise Refused(f"{text!r} is not a time like 2026-11-21 09:30:00 (UTC)") from None


def clock(at):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))


def gtids(text):
    """{domain: (server, number)} of a position such as 0-1-100,1-2-5."""
    position = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        if not re.fullmatch(r"\d+-\d+-\d+", part):
            raise Refused(f"{part!r} is not a GTID")
        domain, server, number = map(int, part.split("-"))
        if domain in position:
            raise Refused(f"domain {domain} is named twice in {text!r}")
        position[domain] = (server, number)
    return position


def log_files(directory):
    names = [name for name in os.listdir(directory) if re.search(r"\.\d{6,}$", name)]
    names.sort(key=lambda name: int(name.rsplit(".", 1)[1]))
    if not names:
        raise Refused(f"no binary logs in {directory}")
    numbers = [int(name.rsplit(".", 1)[1]) for name in names]
    if len({name.rsplit(".", 1)[0] for name in names}) > 1:
        raise Refused(f"{directory} holds logs of several names")
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        raise Refused(f"a binary log is missing between {names[0]} and {names[-1]}")
    return [os.path.join(directory, name) for name in names]


def events(path):
    """(offset, end, time, type, server, body) of each event of one file."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        if file.read(4) != MAGIC:
            raise Refused(f"{path} is no binary log")
        offset = 4
        while offset < size:
            file.seek(offset)
            header = file.read(HEADER.size)
            if len(header) < HEADER.size:
                raise Refused(f"{path} ends in the middle of an event, at {offset}")
            at, kind, server, length, _, _ = HEADER.unpack(header)
            if length < HEADER.size or offset + length > size:
                raise Refused(f"{path} ends in the middle of an event, at {offset}")
            body = b""
            if kind in (GTID, GTID_LIST, QUERY):
                body = file.read(length - HEADER.size)
            yield offset, offset + length, at, kind, server, body
            offset += length


def read(directory):
    """(transactions in order, GTIDs before the first one). A transaction knows its file and where it stands in it."""
    files = log_files(directory)
    transactions, before = [], None
    for path in files:
        current = None
        for offset, end, at, kind, server, body in events(path):
            if kind == ENCRYPTED:
                raise Refused(f"{path} is encrypted: fetch it with --read-from-remote-server, the server decrypts it")
            if kind == GTID_LIST and before is None:
                count = struct.unpack_from("<I", body)[0] & 0x0FFFFFFF
                before = [struct.unpack_from("<IIQ", body, 4 + 16 * index) for index in range(count)]
            elif kind == GTID:
                number, domain, _ = struct.unpack_from("<QIB", body)
                current = {
                    "gtid": f"{domain}-{server}-{number}",
                    "domain": domain,
                    "number": number,
                    "at": at,
                    "file": path,
                    "start": offset,
                    "end": end,
                }
                transactions.append(current)
            elif kind in (ROTATE, STOP):
                current = None
            elif current is not None:
                current["end"] = end
                # A time of its own for the statement: the GTID event of a long transaction may be older. A checkpoint behind it is the
                # server's own, and may come seconds later.
                if kind != CHECKPOINT:
                    current["at"] = max(current["at"], at)
    return transactions, before or []


ROW = re.compile(r"^### (INSERT INTO|UPDATE|DELETE FROM) (`.+`\.`.+`)$")
PLACE = re.compile(r"^# at (\d+)$")


def decoded(path, start, end):
    """Yields (offset of the event, line) of the decoded rows and statements of a part of a file."""
    command = ["mariadb-binlog", "--no-defaults", "--base64-output=decode-rows", "-v", f"--start-position={start}"]
    if end is not None:
        command.append(f"--stop-position={end}")
    with subprocess.Popen([*command, path], stdout=subprocess.PIPE, encoding="utf-8", errors="surrogateescape") as run:
        place = start
        for line in run.stdout:
            line = line.rstrip("\n")
            seen = PLACE.match(line)
            if seen:
                place = int(seen.group(1))
            else:
                yield place, line
    if run.returncode != 0:
        raise Refused(f"mariadb-binlog could not read {path} (exit status {run.returncode})")


def look_into(transactions):
    """Fills `tables` (rows by kind and table), `sql`, `changes` [(kind, table, before, after)] of these, in their order."""
    by_file = collections.defaultdict(list)
    for one in transactions:
        one.update(tables=collections.Counter(), sql=[], changes=[], statement=False)
        by_file[one["file"]].append(one)
    for path, theirs in by_file.items():
        theirs = collections.deque(theirs)
        one, change, side, in_statement, annotated = None, None, None, False, False
        for place, line in decoded(path, theirs[0]["start"], theirs[-1]["end"]):
            while theirs and place >= theirs[0]["start"]:
                one, change, in_statement = theirs.popleft(), None, False
            if one is None or place >= one["end"]:
                continue
            row = ROW.match(line)
            if row:
                change = (row.group(1).split()[0], row.group(2), {}, {})
                one["tables"][f"{row.group(2)} {change[0].lower()}"] += 1
                one["changes"].append(change)
            elif line == "### WHERE":
                side = 2
            elif line == "### SET":
                side = 3
            elif line.startswith("###   @") and change is not None:
                column, _, value = line[7:].partition("=")
                change[side][int(column)] = value
            elif line.startswith("#Q> "):
                one["sql"].append(line[4:])
            elif line.startswith("#"):
                in_statement = "\tQuery\t" in line
                annotated = False
            elif in_statement and not re.match(r"(SET |/\*|START TRANSACTION|BEGIN|COMMIT|ROLLBACK|use |\s*$)", line):
                one["sql"].append(line.replace("/*!*/;", ""))
                one["statement"] = True
    for one in transactions:
        text = " ".join(" ".join(one["sql"]).split())
        one["sql"] = text if len(text) <= 300 else text[:300] + "…"
        one["ddl"] = one["statement"] and re.match(r"(?i)(CREATE|ALTER|DROP|RENAME|TRUNCATE|GRANT|REVOKE|OPTIMIZE|ANALYZE)\b", text) is not None


def told(one):
    rows = ", ".join(f"{table} {count}" for table, count in one["tables"].most_common(6)) or "no rows in the log"
    return f"{one['gtid']}  {clock(one['at'])}  {rows}  |  {one['sql']}"


def make_list(arguments):
    transactions, _ = read(arguments.logs)
    since = seconds(arguments.since) if arguments.since else 0
    until = seconds(arguments.until) if arguments.until else float("inf")
    chosen = [one for one in transactions if since <= one["at"] <= until]
    look_into(chosen)
    print(f"{len(chosen)} transactions" + (f", from {clock(chosen[0]['at'])} to {clock(chosen[-1]['at'])} UTC" if chosen else ""))
    # Statements first: what is logged as a statement, TRUNCATE and DROP among it, says nothing of how many rows it took.
    chosen.sort(key=lambda one: (one["statement"], sum(one["tables"].values())), reverse=True)
    for one in chosen[: arguments.top]:
        print(told(one))


def keys_of(path):
    keys = {}
    if path:
        with open(path, encoding="utf-8") as file:
            for line in file:
                fields = line.rstrip("\n").split("\t")
                if len(fields) != 3 or not re.fullmatch(r"\d+(,\d+)*", fields[2]):
                    raise Refused(f"{path}: {line.strip()!r} is not schema, table, positions")
                keys[f"`{fields[0]}`.`{fields[1]}`"] = [int(position) for position in fields[2].split(",")]
    return keys


def tables_named(text):
    """`schema`.`table` of each name; none is an empty list, and unknown is None."""
    names = text.replace("`", "").replace(",", " ").split()
    if names in ([], ["unknown"]):
        return None
    if names == ["none"]:
        return []
    for name in names:
        if not re.fullmatch(r"[^.]+\.[^.]+", name):
            raise Refused(f"{name!r} is not schema.table")
    return ["`{}`.`{}`".format(*name.split(".")) for name in names]


def rows_of(one, keys):
    """The rows that a transaction changed, by their key before and after."""
    rows = set()
    for _, table, before, after in one["changes"]:
        for image in (before, after):
            if image:
                key = keys.get(table)
                if key and all(column in image for column in key):
                    rows.add((table, tuple(image[column] for column in key)))
                else:
                    rows.add((table, tuple(sorted(image.items()))))
    return rows


def tables_of(one):
    return {name.rsplit(" ", 1)[0] for name in one["tables"]}


def make_plan(arguments):
    transactions, before = read(arguments.logs)
    start = gtids(arguments.after)
    stop_at = seconds(arguments.stop_at)
    # The backup's position must stand in these logs, or where they begin: otherwise something in between is missing, or it is
    # another server's history.
    known = {one["gtid"] for one in transactions} | {f"{domain}-{server}-{number}" for domain, server, number in before}
    for domain, (server, number) in start.items():
        if f"{domain}-{server}-{number}" not in known:
            raise Refused(f"the backup reaches up to {domain}-{server}-{number}, which these logs do not hold: they begin later, or are of another history")
    for domain, server, number in before:
        if domain not in start or start[domain][1] < number:
            raise Refused(f"the logs begin behind {domain}-{server}-{number}, and the backup ends before it: what lies between is missing")
    named_tables = tables_named(arguments.touched)
    pending, last = [], {domain: number for domain, (_, number) in start.items()}
    for one in transactions:
        if one["number"] <= start.get(one["domain"], (0, 0))[1]:
            if one["domain"] in last and last[one["domain"]] > start.get(one["domain"], (0, 0))[1]:
                raise Refused(f"{one['gtid']} stands behind a higher number of its domain")
            continue
        if one["number"] <= last.get(one["domain"], 0):
            raise Refused(f"{one['gtid']} stands behind a higher number of its domain")
        last[one["domain"]] = one["number"]
        pending.append(one)
    if not pending:
        raise Refused("there is nothing behind the backup: restoring it is all there is to do")

    named = arguments.leave_out.replace(",", " ").split()
    for name in named:
        gtids(name)
    missing = [name for name in named if name not in {one["gtid"] for one in pending}]
    if missing:
        raise Refused(f"to be left out, and not behind the backup in these logs: {' '.join(missing)}")
    # To the second, in the order of the log: whatever stands before the last one of that second belongs to it.
    first = max((index + 1 for index, one in enumerate(pending) if one["at"] <= stop_at), default=0)
    early = [one for one in pending[:first] if one["gtid"] in named]
    if early:
        raise Refused(f"{early[0]['gtid']} is of {clock(early[0]['at'])}, not after {clock(stop_at)}: choose an earlier second")

    beyond = pending[first:]
    kept, left, dependents, statements = [], [], [], []
    if arguments.beyond == "nothing":
        left, beyond = beyond, []
    elif named:
        at = next(index for index, one in enumerate(beyond) if one["gtid"] in named)
        kept, look = beyond[:at], beyond[at:]
        look_into(look)
        keys, changed, tables = keys_of(arguments.keys), set(), set()
        for one in look:
            out = one["gtid"] in named
            if not out and changed & rows_of(one, keys):
                dependents.append(one)
                out = arguments.dependents == "leave-out"
            elif not out and one["statement"] and not one["ddl"]:
                statements.append(one)
            if out:
                left.append(one)
                changed |= rows_of(one, keys)
                tables |= tables_of(one)
            else:
                kept.append(one)
        blind = [one for one in left if one["statement"] or not one["tables"]]
        if blind and named_tables is None:
            raise Refused(f"{blind[0]['gtid']} was logged as a statement ({blind[0]['sql']}): the log does not say which tables it changed. "
                          "Name them (--touched), those of all such statements that are left out, or say none")
        if blind:
            print(f"WARNING: {blind[0]['gtid']} was logged as a statement: which rows it changed is unknown, and so are its dependents", file=sys.stderr)
    else:
        kept = beyond

    def part(members):
        return [{name: one[name] for name in ("gtid", "at", "file", "start", "end")} for one in members]

    def named_part(members):
        for one in members:
            one.setdefault("tables", collections.Counter())
            one.setdefault("sql", "")
        return [{"gtid": one["gtid"], "at": clock(one["at"]), "tables": dict(one["tables"]), "sql": one["sql"], "file": one["file"], "start": one["start"], "end": one["end"]} for one in members]

    plan = {
        "after": arguments.after,
        "stop_at": clock(stop_at),
        "beyond": arguments.beyond,
        "end": f"{pending[-1]['gtid']}",
        "first": part(pending[:first]),
        "second": part(kept),
        "left_out": named_part(left),
        "dependents": named_part(dependents),
        "statements": named_part(statements),
        "dependents_are": arguments.dependents,
        "touched": sorted({table for one in left for table in tables_of(one)} | set(named_tables or []) if arguments.beyond == "all-but" else []),
    }
    with open(arguments.plan, "w", encoding="utf-8") as file:
        json.dump(plan, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    show(plan)


def show(plan):
    print(f"behind the backup ({plan['after']}), up to {plan['end']}:")
    print(f"first part, up to the second {plan['stop_at']} UTC: {len(plan['first'])} transactions")
    print(f"second part, beyond it: {len(plan['second'])} transactions")
    print(f"left out: {len(plan['left_out'])}")
    names = {one["gtid"] for one in plan["dependents"]}
    for one in plan["left_out"][:50]:
        why = "  DEPENDS on what is left out" if one["gtid"] in names else ""
        rows = ", ".join(f"{table} {count}" for table, count in one["tables"].items())
        print(f"  {one['gtid']}  {one['at']}  {rows}  |  {one['sql']}{why}")
    print(f"dependents: {len(names)}" + (f" ({plan['dependents_are']})" if names else ""))
    if names and plan["dependents_are"] == "replay":
        for one in plan["dependents"][:50]:
            print(f"  {one['gtid']}  {one['at']}  |  {one['sql']}  REPLAYED with the values that depend on what is left out")
    print(f"cannot be looked into: {len(plan['statements'])}")
    for one in plan["statements"][:50]:
        print(f"  {one['gtid']}  {one['at']}  |  {one['sql']}  logged as a statement")
    print(f"tables touched by what is left out: {' '.join(plan['touched']) or 'none'}")


def runs_of(members):
    """Neighbours in one file become one stretch."""
    stretches = []
    for one in members:
        if stretches and stretches[-1][0] == one["file"] and stretches[-1][2] == one["start"]:
            stretches[-1][2] = one["end"]
        else:
            stretches.append([one["file"], one["start"], one["end"]])
    return stretches


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def replay(arguments):
    members = load(arguments.plan)[arguments.part]
    for path, start, end in runs_of(members):
        sys.stdout.flush()
        command = ["mariadb-binlog", "--no-defaults", "--verify-binlog-checksum", f"--start-position={start}", f"--stop-position={end}", path]
        if subprocess.run(command, check=False).returncode != 0:
            # Ends the client with an error, too: what is cut off must not look like the end.
            print("\nreplay_was_cut_off;")
            raise Refused(f"mariadb-binlog could not read {path}")


def check(arguments):
    plan = load(arguments.plan)
    wanted = [one["gtid"] for one in plan["first"] + plan["second"]]
    planned = set(wanted)
    left_out = {one["gtid"] for one in plan["left_out"]}
    transactions, _ = read(arguments.logs)
    # Its log began with the replay: whatever else stands in it is somebody's, and the data are not those of the plan.
    there = [one["gtid"] for one in transactions]
    if there == wanted:
        print(f"replayed: {len(wanted)} transactions, exactly those of the plan, in their order")
        return 0
    missing, more = [g for g in wanted if g not in set(there)], [g for g in there if g in left_out]
    alien = [g for g in there if g not in planned and g not in left_out]
    print(f"NOT as planned: {len(missing)} missing ({' '.join(missing[:5])}), {len(more)} that were to be left out ({' '.join(more[:5])}), "
          f"{len(alien)} that are in no plan ({' '.join(alien[:5])})"
          f"{'' if missing or more or alien else ', the order differs, or one is there twice'}")
    return 1


def files_of(process):
    """The open files of a process. Of one that may not be looked into only its name is known: a server's is in the way."""
    held = []
    try:
        for number in os.listdir(f"/proc/{process}/fd"):
            try:
                held.append(os.readlink(f"/proc/{process}/fd/{number}"))
            except (FileNotFoundError, ProcessLookupError):
                pass  # closed meanwhile
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has ended meanwhile
    except PermissionError:
        try:
            with open(f"/proc/{process}/comm", encoding="utf-8", errors="replace") as file:
                name = file.read().strip()
        except (FileNotFoundError, ProcessLookupError):
            return []
        if name.startswith(("mariadb", "mysql")):
            raise Refused(f"process {process} ({name}) cannot be looked into: run this as root") from None
    return held


def torn(arguments):
    whole, current, size = 4, None, os.path.getsize(arguments.log)
    try:
        for offset, end, _, kind, _, body in events(arguments.log):
            if kind == ENCRYPTED:
                raise Refused(f"{arguments.log} is encrypted: it cannot be looked into here")
            if kind == GTID:
                # A statement of its own (bit 0) ends with the next event, a transaction with its commit.
                current = (offset, body[12] & 1 != 0)
            elif current is not None and (kind in (XID, XA_PREPARE) or current[1] or (kind == QUERY and ends(body))):
                current, whole = None, end
            elif current is None:
                whole = end
    except Refused as error:
        if "ends in the middle" not in str(error):
            raise
    print(f"whole up to {whole} of {size}")
    if whole == size:
        print("not torn")
        return 0
    print("torn")
    if not arguments.cut:
        return 0
    if not arguments.keep:
        raise Refused("--cut needs --keep: where the file is copied first")
    here = os.path.realpath(arguments.log)
    processes = list(filter(str.isdigit, os.listdir("/proc")))
    if "1" not in processes:
        raise Refused("the processes of others are hidden here: run this as root")
    for process in processes:
        held = files_of(process)
        if here in held:
            raise Refused(f"process {process} has {here} open: is the server down?")
    with open(here, "rb") as source, open(arguments.keep, "xb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
    with open(here, "r+b") as file:
        file.truncate(whole)
        os.fsync(file.fileno())
    print(f"cut; the file as it was is {arguments.keep}")
    return 0


def ends(body):
    """Whether the statement of a query event is COMMIT or ROLLBACK; a checksum may follow it."""
    return any(word in body[-16:] for word in (b"COMMIT", b"ROLLBACK"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("list")
    one.add_argument("--logs", required=True)
    one.add_argument("--since", default="")
    one.add_argument("--until", default="")
    one.add_argument("--top", type=int, default=20)
    one = commands.add_parser("plan")
    one.add_argument("--logs", required=True)
    one.add_argument("--after", required=True)
    one.add_argument("--stop-at", required=True)
    one.add_argument("--leave-out", default="")
    one.add_argument("--beyond", choices=("all-but", "nothing"), default="all-but")
    one.add_argument("--dependents", choices=("leave-out", "replay"), default="leave-out")
    one.add_argument("--keys")
    one.add_argument("--touched", default="unknown")
    one.add_argument("--plan", required=True)
    one = commands.add_parser("replay")
    one.add_argument("--plan", required=True)
    one.add_argument("--part", choices=("first", "second"), required=True)
    one = commands.add_parser("check")
    one.add_argument("--plan", required=True)
    one.add_argument("--logs", required=True)
    one = commands.add_parser("show")
    one.add_argument("--plan", required=True)
    one = commands.add_parser("torn")
    one.add_argument("--log", required=True)
    one.add_argument("--cut", action="store_true")
    one.add_argument("--keep")
    arguments = parser.parse_args()
    try:
        if arguments.command == "show":
            return show(load(arguments.plan))
        return {"list": make_list, "plan": make_plan, "replay": replay, "check": check, "torn": torn}[arguments.command](arguments)
    except (Refused, OSError) as error:
        print(f"binlog_plan: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
