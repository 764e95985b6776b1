# PostgreSQL, for tests/lab/failover. Scenarios:
#   crash         kill -9 of the server and of its processes, under load
#   two           two standbys, one of them behind at the kill: the other has to be promoted, and the first to follow it
#   back          as crash, but the GO/NO-GO is answered with no: the way back must make the old primary the primary again
#   automatic     as crash, and something else promotes the standby, as a failover manager does
#   diverged      before the kill the standby stops receiving, so that the old primary keeps commits nobody acknowledged
#   rebuild       as diverged, and the old primary comes back by pg_basebackup instead of pg_rewind
#   asynchronous  the applications' commits wait for no standby, which is behind at the kill: RB-011 has to warn, and the
#                 witness must find lost writes
#   usual         as asynchronous, but pg_promote at once instead of RB-011: the control
# shellcheck shell=bash disable=SC2034
scenarios="crash two back automatic diverged rebuild asynchronous usual"
lab_title="PostgreSQL servers and their address"
lab_runbook=runbooks/labs/postgresql-replication.md
lab_answers=runbooks/labs/postgresql-replication.answers.yaml
incident_id=RB-011
incident=runbooks/incidents/RB-011-postgres-failover.md
incident_answers=runbooks/labs/rb-011.answers.yaml
incident_vars=(--inventory "$LAB_DIR/inventory.yaml")
lab_vars=()
log=server.log
loses=
case $SCENARIO in
  automatic) incident_vars+=(--var failover=automatic) ;;
  two) lab_vars=(--var standbys=2) ;;
  rebuild) incident_vars+=(--var rejoin_by=pg_basebackup) ;;
  asynchronous) loses=yes ;;
esac

on() { # a node, then SQL
  local port
  port=$(sed -n 's/^port = //p' "$LAB_DIR/$1/postgresql.conf")
  PGPASSFILE=$LAB_DIR/secrets/dba.pgpass psql -X -q -At -v ON_ERROR_STOP=1 "host=127.0.0.1 port=$port user=dba dbname=app connect_timeout=2" <<< "$2"
}

before_load() {
  load_options=(--engine postgres --options "$LAB_DIR/secrets/app.conn")
  case $SCENARIO in
    # "no" is a spelling of "off" that PostgreSQL keeps as it was written.
    asynchronous | usual) on n1 "ALTER ROLE app SET synchronous_commit = 'no'" ;;
    # What RB-011 finds out must not depend on whose session it is.
    diverged | rebuild) on n1 "ALTER ROLE app SET timezone = 'Asia/Kolkata'" ;;
  esac
}

before_kill() {
  local pid who=true
  case $SCENARIO in
    two)
      who="application_name = 'n2'"
      # Nor on the language in which programs speak, where their translations are installed.
      export LC_ALL=C.UTF-8 LANGUAGE=fr ;;
  esac
  case $SCENARIO in
    two | diverged | rebuild | asynchronous | usual)
      # Stopped, not slow: what the standby would still have in its socket would reach it after the kill.
      for pid in $(on n1 "SELECT pid FROM pg_stat_replication WHERE $who"); do
        [ "$(readlink "/proc/$pid/cwd")" = "$(readlink -f "$LAB_DIR/n1/data")" ] || { echo "$pid is no process of n1" >&2; return 1; }
        kill -STOP "$pid"
      done
      sleep 0.5 ;;
  esac
  case $SCENARIO in
    # What the writers wait for may have been sent just before. These rows are on n1 only; the witness does not count writer 0.
    diverged | rebuild) on n1 "SET synchronous_commit = local; INSERT INTO app.writes (id, writer) SELECT -n, 0 FROM generate_series(1, 20) AS n" ;;
  esac
}

# What a failover manager would do meanwhile.
after_kill() {
  if [ "$SCENARIO" = automatic ]; then (sleep 2; instead) > /dev/null 2>&1 & fi
}

instead() {
  on n2 "ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf()"
  on n2 "SELECT pg_promote(true, 30)"
}
