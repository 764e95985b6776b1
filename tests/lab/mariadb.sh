# MariaDB, for tests/lab/failover. Scenarios:
#   crash      kill -9 under load
#   diverged   before the kill the replicas stop receiving, so that the old primary keeps writes nobody acknowledged
#   backlog    before the kill the replicas stop applying for some seconds, so that acknowledged writes exist in relay logs only
#   usual      as backlog, but instead of RB-001 the usual sequence, which promotes without draining: the control, which must
#              lose acknowledged writes; exit 0 when the witness says so
#   back       as crash, but the GO/NO-GO is answered with no: the way back must make the old primary the primary again
# shellcheck shell=bash disable=SC2034
scenarios="crash diverged backlog usual back"
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

on() { mariadb --defaults-file="$LAB_DIR/secrets/dba.cnf" --socket="$LAB_DIR/$1/mariadb.sock" -e "$2" < /dev/null; }

before_load() { load_options=(--options "$LAB_DIR/secrets/app.cnf"); }

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

after_kill() { :; }

instead() { on n2 'STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0'; }
