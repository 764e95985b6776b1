#!/usr/bin/env bash
# Whether one database server is well: for a person, for cron, for a monitoring that speaks of exit codes.
usage() {
  cat <<'USAGE'
health_check.sh mariadb  [--options FILE] [--socket SOCKET | --host HOST --port PORT] [limits]
health_check.sh postgres --conninfo 'host=… port=… user=… dbname=…'                   [limits]

limits: --role primary|replica   what it must be (not said: either)
        --max-lag SECONDS        of a replica, default 30
        --max-connections PERCENT  of those allowed, default 80
        --min-replicas N         of a primary: at least N attached, default 0
        --disk PATH              a directory on this host, with --max-disk PERCENT, default 85
        --timeout SECONDS        for each question, default 5

One line for each thing that was looked at, then the verdict. Exit status, as monitoring plugins have it:
  0 well      1 warning (lag, connections, disk)      2 critical (does not answer, wrong role, replication stopped, too few replicas)
  3 unknown: it could not be found out (refused password, missing right or program, wrong call). Unknown is never well.

It reads only. --options is a client options file; default ~/.my.cnf. For PostgreSQL the password is in ~/.pgpass or PGPASSFILE.
Rights: MariaDB REPLICA MONITOR (SLAVE MONITOR), BINLOG MONITOR and PROCESS; PostgreSQL pg_monitor.
USAGE
}
set -uo pipefail

state=0
# 2 is worse than 3, 3 is worse than 1: what is broken must not hide behind what is unknown.
raise() {
  local rank=(0 1 3 2)
  [ "${rank[$1]}" -le "${rank[$state]}" ] || state=$1
}
note() { # note STATE TEXT
  local words=(ok warning CRITICAL unknown)
  echo "${words[$1]}: $2"
  raise "$1"
}
verdict() {
  local words=(OK WARNING CRITICAL UNKNOWN)
  echo "${words[$state]}"
  exit "$state"
}
wrong() { echo "unknown: $1 (--help)"; echo UNKNOWN; exit 3; }

engine=${1:-}
case $engine in
  -h | --help | help) usage; exit 0 ;;
  mariadb | postgres) shift ;;
  *) wrong "mariadb or postgres, not '$engine'" ;;
esac
options=${HOME:-/root}/.my.cnf server=() conninfo='' role='' max_lag=30 max_connections=80 min_replicas=0 disk='' max_disk=85 timeout=5
while [ $# -gt 0 ]; do
  case $1 in -h | --help) usage; exit 0 ;; esac
  [ $# -ge 2 ] || wrong "$1 needs a value"
  case $1 in
    --options) options=$2 ;;
    --socket | --host | --port) server+=("$1=$2") ;;
    --conninfo) conninfo=$2 ;;
    --role) role=$2 ;;
    --max-lag) max_lag=$2 ;;
    --max-connections) max_connections=$2 ;;
    --min-replicas) min_replicas=$2 ;;
    --disk) disk=$2 ;;
    --max-disk) max_disk=$2 ;;
    --timeout) timeout=$2 ;;
    *) wrong "unknown option $1" ;;
  esac
  shift 2
done
case $role in '' | primary | replica) ;; *) wrong "--role is primary or replica" ;; esac
for number in "$max_lag" "$max_connections" "$min_replicas" "$max_disk" "$timeout"; do
  [[ $number =~ ^[0-9]+$ ]] || wrong "'$number' is not a number"
done

said=''
# ask SQL: its answer in $said. Not answered: says why, and is over.
ask() {
  local status
  if [ "$engine" = mariadb ]; then
    said=$(timeout "$timeout" mariadb --defaults-file="$options" "${server[@]}" --connect-timeout="$timeout" -B "${@:2}" -e "$1" 2>&1 < /dev/null)
  else
    said=$(PGCONNECT_TIMEOUT=$timeout timeout "$timeout" psql -X -w -A -t -v ON_ERROR_STOP=1 -d "$conninfo" -c "$1" 2>&1 < /dev/null)
  fi
  status=$?
  [ "$status" -ne 0 ] || return 0
  if [ "$status" -eq 124 ]; then note 2 "no answer within $timeout s"; verdict; fi
  case $said in
    # It answers, and does not let us look.
    *"Access denied"* | *"authentication failed"* | *"no password supplied"* | *"permission denied"* | *"no pg_hba.conf entry"* | *"does not exist"*)
      note 3 "$(tail -n 1 <<< "$said")" ;;
    *"ERROR 2002"* | *"ERROR 2003"* | *"ERROR 2013"* | *"onnection refused"* | *"server closed the connection"* | *"the database system is"* | *"No such file"*)
      note 2 "does not answer: $(tail -n 1 <<< "$said")" ;;
    *"ERROR 1040"* | *"too many clients"* | *"remaining connection slots"*) note 2 "no connection left" ;;
    *) note 3 "$(tail -n 1 <<< "$said")" ;;
  esac
  verdict
}
is_role() {
  if [ -z "$role" ] || [ "$role" = "$1" ]; then note 0 "$1"; else note 2 "is a $1, and not a $role"; fi
}
lag_is() { # lag_is SECONDS, empty for unknown
  if [[ ! $1 =~ ^[0-9]+$ ]]; then note 3 "lag is unknown"
  elif [ "$1" -gt "$max_lag" ]; then note 1 "$1 s behind, more than $max_lag"
  else note 0 "$1 s behind"; fi
}
connections_are() { # connections_are USED ALLOWED
  local percent=$(($1 * 100 / $2))
  if [ "$percent" -gt "$max_connections" ]; then note 1 "$1 of $2 connections"; else note 0 "$1 of $2 connections"; fi
}
replicas_are() {
  if [ "$1" -lt "$min_replicas" ]; then note 2 "$1 replicas attached, not $min_replicas"; else note 0 "$1 replicas attached"; fi
}

if [ "$engine" = mariadb ]; then
  command -v mariadb > /dev/null || wrong "the program mariadb is missing"
  [ -r "$options" ] || wrong "the client options file $options cannot be read"
  ask "SELECT CONCAT_WS(' ', VERSION(), @@global.read_only = 1, @@global.max_connections,
    (SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'Threads_connected'))" -N
  read -r version read_only allowed used <<< "$said"
  note 0 "answers, $version"
  connections_are "$used" "$allowed"
  ask 'SHOW ALL SLAVES STATUS\G'
  field() { sed -n "s/^ *$1: //p" <<< "$said" | head -n 1; }
  if [ -n "$said" ]; then
    is_role replica
    [ "$read_only" = 1 ] || note 2 "a replica that is writable"
    # With several sources each one counts.
    while read -r name value; do
      [ "$value" = Yes ] || note 2 "$name $value$(field Last_IO_Error | sed 's/^./, &/')$(field Last_SQL_Error | sed 's/^./, &/')"
    done < <(sed -nE 's/^ *(Slave_(IO|SQL)_Running): (.*)$/\1 \3/p' <<< "$said")
    if grep -q 'Slave_SQL_Running: Yes' <<< "$said" && grep -q 'Slave_IO_Running: Yes' <<< "$said"; then
      lag_is "$(sed -n 's/^ *Seconds_Behind_Master: //p' <<< "$said" | sort -n | tail -n 1)"
    fi
  else
    is_role primary
    if [ "$read_only" = 1 ] && [ "$role" = primary ]; then note 2 "refuses writes (read_only)"; fi
    ask "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'Slaves_connected'" -N
    replicas_are "$said"
    # Without this right the list holds one's own sessions only, and says nothing of the others.
    ask "SELECT COUNT(*) FROM information_schema.user_privileges WHERE privilege_type = 'PROCESS'
      AND REPLACE(grantee, CHAR(39), '') = CURRENT_USER()" -N
    if [ "$said" = 0 ]; then
      note 3 "may not see other sessions (PROCESS): whether writes wait is unknown"
    else
      ask "SELECT COUNT(*) FROM information_schema.processlist WHERE state LIKE '%free space%'" -N
      if [ "$said" != 0 ]; then note 2 "writes wait for room on the disk"; fi
    fi
    ask "SELECT GROUP_CONCAT(variable_value ORDER BY variable_name SEPARATOR ' ') FROM information_schema.global_status
      WHERE variable_name IN ('Rpl_semi_sync_master_clients', 'Rpl_semi_sync_master_status')" -N
    case $said in
      '0 ON') note 2 "semi-synchronous, and nobody is there to acknowledge: writes hang" ;;
      *' ON') note 0 "${said% ON} acknowledge" ;;
    esac
  fi
else
  command -v psql > /dev/null || wrong "the program psql is missing"
  [ -n "$conninfo" ] || wrong "--conninfo: how to reach it"
  ask "SELECT concat_ws(' ', current_setting('server_version_num'), pg_is_in_recovery(), current_setting('max_connections'),
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'))"
  read -r version recovering allowed used <<< "$said"
  note 0 "answers, version $version"
  # Without this right what other sessions do is NULL: connections and replicas that are not seen would count as not there.
  ask "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"
  sees=$said
  [ "$sees" != t ] || connections_are "$used" "$allowed"
  if [ "$sees" != t ]; then
    if [ "$recovering" = t ]; then is_role replica; else is_role primary; fi
    note 3 "may not see other sessions (pg_monitor): connections and replication are unknown"
  elif [ "$recovering" = t ]; then
    is_role replica
    ask "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'"
    if [ "$said" = 1 ]; then
      # All received and applied is no lag, however long ago the last transaction was.
      ask "SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 ELSE ceil(extract(epoch FROM now() - pg_last_xact_replay_timestamp())) END"
      lag_is "$said"
    else
      note 2 "receives nothing"
    fi
  else
    is_role primary
    ask "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
    replicas_are "$said"
    attached=$said
    ask "SELECT current_setting('synchronous_standby_names') <> '' AND current_setting('synchronous_commit') NOT IN ('off', 'local')"
    if [ "$said" = t ] && [ "$attached" -eq 0 ]; then note 2 "synchronous, and no standby is there: commits hang"; fi
  fi
fi

if [ -n "$disk" ]; then
  percent=$(df -P "$disk" 2> /dev/null | awk 'NR == 2 { print $5 + 0 }')
  if [ -z "$percent" ]; then note 3 "$disk cannot be looked at"
  elif [ "$percent" -gt "$max_disk" ]; then note 1 "$disk is $percent % full, more than $max_disk"
  else note 0 "$disk is $percent % full"; fi
fi
verdict
