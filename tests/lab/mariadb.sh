# MariaDB, for tests/lab/failover. Scenarios:
#   crash      kill -9 under load
#   diverged   before the kill the replicas stop receiving, so that the old primary keeps writes nobody acknowledged
#   backlog    before the kill the replicas stop applying for some seconds, so that acknowledged writes exist in relay logs only
#   usual      as backlog, but instead of RB-001 the usual sequence, which promotes without draining: the control, which must
#              lose acknowledged writes; exit 0 when the witness says so
#   back       as crash, but the GO/NO-GO is answered with no: the way back must make the old primary the primary again
#   automatic  as crash, and something else promotes a replica and attaches the other, as a monitor does
#   one        one replica only: n3 is down from the beginning and left out; the old primary becomes the second server again
# shellcheck shell=bash disable=SC2034
scenarios="crash diverged backlog usual back automatic one"
lab_title="three MariaDB servers and their address"
lab_runbook=runbooks/labs/mariadb-replication.md
lab_answers=runbooks/labs/mariadb-replication.answers.yaml
incident_id=RB-001
incident=runbooks/incidents/RB-001-master-failover.md
incident_answers=runbooks/labs/rb-001.answers.yaml
# The inventory says that this is no production.
incident_vars=(--mode simulation --inventory "$LAB_DIR/inventory.yaml")
lab_vars=()
log=error.log
loses=
case $SCENARIO in
  automatic) incident_vars+=(--var failover=automatic) ;;
  one) incident_vars+=(--var replicas=n2) ;;
esac

on() { mariadb --defaults-file="$LAB_DIR/secrets/dba.cnf" --socket="$LAB_DIR/$1/mariadb.sock" -e "$2" < /dev/null; }

before_load() {
  load_options=(--options "$LAB_DIR/secrets/app.cnf")
  if [ "$SCENARIO" = one ]; then "$LAB_DIR/bin/node" stop n3; fi
}

before_kill() {
  case $SCENARIO in
    diverged)
      for name in n2 n3; do on "$name" 'STOP SLAVE IO_THREAD'; done
      sleep 0.3 ;;
    backlog | usual) # as a backup or a long report does: a global read lock, five seconds long
      for name in n2 n3; do on "$name" 'FLUSH TABLES WITH READ LOCK; DO SLEEP(5)' & done
      sleep 1 ;;
  esac
}

# What a monitor would do meanwhile, in the right order.
monitor() {
  local name from=n2 to=n3
  sleep 2
  for name in n2 n3; do on "$name" 'STOP SLAVE IO_THREAD'; done
  # The one that received more; n2 of equals. All of it stands in one domain.
  position() { on "$1" 'SHOW SLAVE STATUS\G' | sed -n 's/^ *Gtid_IO_Pos: //p'; }
  if [ "$(position n3 | cut -d - -f 3)" -gt "$(position n2 | cut -d - -f 3)" ]; then from=n3 to=n2; fi
  on "$from" "SELECT MASTER_GTID_WAIT('$(position "$from")', 120); STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0"
  on "$to" "STOP SLAVE; CHANGE MASTER TO MASTER_PORT = $(sed -n 's/^port=//p' "$LAB_DIR/$from/my.cnf"), MASTER_USE_GTID = slave_pos; START SLAVE"
}
after_kill() { if [ "$SCENARIO" = automatic ]; then monitor > "$OUT/monitor.log" 2>&1 & fi; }

instead() { on n2 'STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0'; }
