#!/usr/bin/env python3
"""An independent witness of a failover: what did clients get told, and is it still there?

  write-load.py run   --options FILE --address HOST:PORT --ledger FILE [--seconds N] [--rows N] [--writers N]
  write-load.py check --options FILE --address HOST:PORT --ledger FILE

With --engine postgres the database is PostgreSQL, and FILE holds a connection string without host and port, such as
`user=app dbname=app passfile=/path`. Otherwise it is MariaDB or MySQL, and FILE is a client options file.

`run` inserts numbered rows through the address that applications use. Each acknowledgement is appended to the ledger
and synced to disk before the next row is tried, so that the ledger never claims more than the database promised. It
reconnects by itself, never retries a number whose outcome it does not know, and stops after --seconds, after --rows, or
on SIGTERM.

`check` compares the ledger with the table and prints one line of JSON. Exit 0: every acknowledged row is present. Exit 1:
rows were lost. Exit 2: the check itself could not be made.

Fields: acknowledged, present, lost, lost_ids (the first ten); rpo (from the first failure back to the oldest lost write,
`0s` when none is); unacknowledged_present (rows nobody was told about);
failed_attempts; first_failure and recovered_at (seconds since the epoch); outage_seconds, from the first failed attempt
to the first acknowledgement that starts a run of --stable seconds without a failure; it is null when the run ended
before that.
"""

import argparse
import json
import os
import select
import signal
import sys
import threading
import time

WRITER_SHIFT = 1_000_000_000  # ids of writer w start at w * this
CONNECT_PATIENCE = 2  # seconds


class MariaDb:
    def __init__(self, arguments):
        try:
            import pymysql
        except ImportError:
            sys.exit("PyMySQL is missing: apt-get install python3-pymysql")
        self.driver = pymysql
        self.errors = (pymysql.MySQLError, OSError)
        self.arguments = arguments

    def connect(self):
        arguments = self.arguments
        host, _, port = arguments.address.rpartition(":")
        return self.driver.connect(
            host=host,
            port=int(port),
            read_default_file=arguments.options,
            autocommit=True,
            connect_timeout=CONNECT_PATIENCE,
            read_timeout=arguments.patience,
            write_timeout=arguments.patience,
        )


class Postgres:
    def __init__(self, arguments):
        try:
            import psycopg2
            import psycopg2.extensions
        except ImportError:
            sys.exit("psycopg2 is missing: apt-get install python3-psycopg2")
        self.driver = psycopg2
        self.errors = (psycopg2.Error, OSError)
        self.arguments = arguments
        # libpq itself waits for an answer for ever, and a commit without its standby is such a wait.
        psycopg2.extensions.set_wait_callback(self.wait)

    def wait(self, connection):
        extensions = self.driver.extensions
        connecting = connection.status == extensions.STATUS_SETUP
        patience = CONNECT_PATIENCE if connecting else self.arguments.patience
        deadline = time.monotonic() + patience
        while True:
            state = connection.poll()
            if state == extensions.POLL_OK:
                return
            left = deadline - time.monotonic()
            reads = [connection.fileno()] if state == extensions.POLL_READ else []
            writes = [connection.fileno()] if state == extensions.POLL_WRITE else []
            if left <= 0 or not any(select.select(reads, writes, [], left)):
                raise self.driver.OperationalError(f"no answer in {patience:g} s")

    def connect(self):
        host, _, port = self.arguments.address.rpartition(":")
        with open(self.arguments.options, encoding="utf-8") as file:
            account = file.read().strip()
        connection = self.driver.connect(f"{account} host={host} port={port} application_name=write-load")
        connection.autocommit = True
        return connection


ENGINES = {"mariadb": MariaDb, "postgres": Postgres}


class Ledger:
    """Lines `ack ID SECONDS` and `fail ID SECONDS`, each on disk before the call returns."""

    def __init__(self, path):
        self.file = open(path, "x", encoding="ascii")
        self.lock = threading.Lock()

    def write(self, word, number):
        with self.lock:
            self.file.write(f"{word} {number} {time.time():.6f}\n")
            self.file.flush()
            os.fsync(self.file.fileno())


def writer(arguments, engine, index, ledger, stop):
    connection = None
    for number in range(index * WRITER_SHIFT, (index + 1) * WRITER_SHIFT):
        if stop.is_set() or number - index * WRITER_SHIFT >= arguments.rows:
            break
        try:
            if connection is None:
                connection = engine.connect()
            with connection.cursor() as cursor:
                cursor.execute(f"INSERT INTO {arguments.table} (id, writer) VALUES (%s, %s)", (number, index))
        except engine.errors:
            ledger.write("fail", number)
            if connection is not None:
                try:
                    connection.close()
                except engine.errors:
                    pass  # it is gone already
                connection = None
            stop.wait(arguments.retry)
            continue
        ledger.write("ack", number)
        stop.wait(arguments.pause)


def run(arguments, engine):
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    ledger = Ledger(arguments.ledger)
    threads = [
        threading.Thread(target=writer, args=(arguments, engine, index, ledger, stop), daemon=True)
        for index in range(1, arguments.writers + 1)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + arguments.seconds
    while time.monotonic() < deadline and not stop.is_set() and any(thread.is_alive() for thread in threads):
        stop.wait(0.1)
    stop.set()
    for thread in threads:
        thread.join(timeout=arguments.patience + 3)
    return 0


def read_ledger(path):
    entries = []
    with open(path, encoding="ascii") as file:
        for line in file:
            if not line.endswith("\n"):
                break  # the writer was killed in the middle of a line: that one was never synced
            word, number, at = line.split()
            entries.append((float(at), word, int(number)))
    return sorted(entries)


def outage(entries, stable):
    """(first failure, recovery or None) over all writers together."""
    failures = [at for at, word, _ in entries if word == "fail"]
    if not failures:
        return None, None
    last = entries[-1][0]
    recovered = next((at for at, word, _ in entries if word == "ack" and at > failures[-1]), None)
    if recovered is not None and last - recovered < stable:
        recovered = None
    return failures[0], recovered


def check(arguments, engine):
    entries = read_ledger(arguments.ledger)
    acknowledged = {number for _, word, number in entries if word == "ack"}
    connection = engine.connect()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {arguments.table} WHERE writer > 0")
        table = {row[0] for row in cursor.fetchall()}
    lost = sorted(acknowledged - table)
    first, recovered = outage(entries, arguments.stable)
    # RPO: how far back from the failure the oldest acknowledged write lies that is not there any more.
    gone = set(lost)
    oldest = next((at for at, word, number in entries if word == "ack" and number in gone), None)
    rpo = 0 if oldest is None else max(0.001, (first if first is not None else entries[-1][0]) - oldest)
    print(
        json.dumps(
            {
                "acknowledged": len(acknowledged),
                "present": len(acknowledged & table),
                "lost": len(lost),
                "lost_ids": lost[:10],
                "rpo": f"{rpo:.3f}s" if rpo else "0s",
                "unacknowledged_present": len(table - acknowledged),
                "failed_attempts": sum(1 for _, word, _ in entries if word == "fail"),
                "first_failure": first,
                "recovered_at": recovered,
                "outage_seconds": round(recovered - first, 3) if recovered is not None else None,
            }
        )
    )
    return 1 if lost else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "check"):
        command = commands.add_parser(name)
        command.add_argument("--engine", choices=sorted(ENGINES), default="mariadb")
        command.add_argument("--options", required=True, help="file that says as whom: see above")
        command.add_argument("--address", required=True, help="HOST:PORT that applications use")
        command.add_argument("--ledger", required=True, help="file of acknowledgements (new for run)")
        command.add_argument("--table", default="app.writes")
        command.add_argument("--patience", type=float, default=10, help="seconds to wait for an answer")
        if name == "run":
            command.add_argument("--seconds", type=float, default=60)
            command.add_argument("--rows", type=int, default=WRITER_SHIFT - 1, help="rows per writer")
            command.add_argument("--writers", type=int, default=4)
            command.add_argument("--pause", type=float, default=0.0, help="seconds between rows of one writer")
            command.add_argument("--retry", type=float, default=0.02, help="seconds between failed attempts")
        else:
            command.add_argument("--stable", type=float, default=1.0, help="seconds without failure that count as recovered")
    arguments = parser.parse_args()
    engine = ENGINES[arguments.engine](arguments)
    try:
        return {"run": run, "check": check}[arguments.command](arguments, engine)
    except engine.errors as error:
        print(f"write-load: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
