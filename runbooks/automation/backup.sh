#!/usr/bin/env bash
# Backups of a MariaDB server that can be trusted: complete or not there, checked, and never the last good one deleted.
usage() {
  cat <<'USAGE'
backup.sh take    --to DIR [--method physical|logical] [--keep N] [--options FILE] [--socket SOCKET | --host HOST --port PORT]
backup.sh list    --to DIR
backup.sh verify  --backup BACKUP
backup.sh restore --backup BACKUP --into DIRECTORY
backup.sh restore --backup BACKUP [--options FILE] [--socket SOCKET | --host HOST --port PORT]

take     makes a backup in a new directory DIR/TIME-METHOD: the data, `position` (GTIDs up to which it reaches), `log`, and
         `SHA256SUMS`. Everything is synced to disk before the directory gets its name: one with its name is complete.
         physical: mariadb-backup, on the server's own host. logical: mariadb-dump, from anywhere.
         Prints `backup: PATH` and `position: GTIDS`.
         --keep N (default 7) deletes older backups of the same method, but only after the new one was read back and verified, never
         one that is not older than the N newest good ones, and nothing that this program did not make.
list     one line for each backup: good or BROKEN, its position, size, path. Exit 1 when none is good.
verify   reads all of it back: checksums, and that the compressed stream and the dump are whole. Exit 0 only then.
         It proves that the bytes are those that were written. That they are a database, only a restore proves.
restore  verifies first. A physical one is unpacked and prepared into DIRECTORY, which must be absent or empty: a data directory
         for mariadbd, with the owner of DIRECTORY or of the directory around it. A logical one is fed to the server that
         answers there, which should be an empty one: it overwrites, and is not written to that server's binary log. Prints `position: GTIDS`.

--options is a client options file ([client] user, password); default ~/.my.cnf. No password is taken on the command line.
Exit status: 0 done, 1 not done (nothing half-made is left under a backup's name), 2 wrong call, 3 another one is at work.
USAGE
}
set -euo pipefail
umask 077

die() { echo "backup.sh: $2" >&2; exit "$1"; }
need() { command -v "$1" > /dev/null || die 1 "$1 is missing: install $2"; }

action=${1:-}
case $action in
  -h | --help | help) usage; exit 0 ;;
  take | list | verify | restore) shift ;;
  '') usage >&2; exit 2 ;;
  *) die 2 "unknown action $action (take, list, verify, restore; --help)" ;;
esac
method=physical keep=7 to='' backup='' into='' options=${HOME:-/root}/.my.cnf server=()
while [ $# -gt 0 ]; do
  case $1 in -h | --help) usage; exit 0 ;; esac
  [ $# -ge 2 ] || die 2 "$1 needs a value"
  case $1 in
    --to) to=$2 ;;
    --method) method=$2 ;;
    --keep) keep=$2 ;;
    --backup) backup=${2%/} ;;
    --into) into=${2%/} ;;
    --options) options=$2 ;;
    --socket | --host | --port) server+=("$1=$2") ;;
    *) die 2 "unknown option $1 (--help)" ;;
  esac
  shift 2
done
case $method in physical | logical) ;; *) die 2 "--method is physical or logical, not $method" ;; esac
[[ $keep =~ ^[1-9][0-9]*$ ]] || die 2 "--keep is a number of backups, at least 1"

# The data of a backup, by its method.
data_of() { case $1 in *-physical) echo data.mbstream.gz ;; *-logical) echo data.sql.gz ;; *) return 1 ;; esac; }

# Why $1 is not a good backup, on standard output; nothing when it is one. Reads all of it.
fault() {
  local data
  data=$(data_of "$1") || { echo "not a backup of this program"; return; }
  [ -d "$1" ] || { echo "not there"; return; }
  [ -s "$1/SHA256SUMS" ] || { echo "no SHA256SUMS"; return; }
  [ "$(awk '{ print $2 }' "$1/SHA256SUMS" | sort | paste -sd ' ')" = "$data log position" ] \
    || { echo "SHA256SUMS does not name $data, log and position"; return; }
  (cd "$1" && sha256sum --quiet --strict -c SHA256SUMS > /dev/null 2>&1) || { echo "its checksums do not match"; return; }
  # Checksums match what was written; this says that what was written was whole.
  gzip -t "$1/$data" 2> /dev/null || { echo "$data is cut off"; return; }
  case $1 in
    *-logical) gzip -cd "$1/$data" | tail -n 1 | grep -q '^-- Dump completed' || echo "the dump does not end as a complete one" ;;
    *) tail -n 1 "$1/log" | grep -q 'completed OK!' || echo "mariadb-backup did not say that it completed" ;;
  esac
}

# The backups of a method in $to, the newest first.
backups() { find "$to" -mindepth 1 -maxdepth 1 -type d -name "[0-9]*T[0-9]*Z-$1" | sort -r; }

# The GTIDs of several positions that reach furthest, one for each domain.
furthest() {
  printf '%s\n' "$@" | tr ',' '\n' | sort -t - -k 1,1n -k 3,3n \
    | awk -F - 'NF == 3 { last[$1] = $0; if (!($1 in met)) { met[$1]; order[++n] = $1 } } END { for (i = 1; i <= n; i++) printf "%s%s", (i > 1 ? "," : ""), last[order[i]] }'
}

take() {
  [ -n "$to" ] || die 2 "--to DIR: where the backups are kept"
  mkdir -p "$to"
  need flock util-linux; need gzip gzip
  exec 9> "$to/.lock"
  flock -n 9 || die 3 "another backup is at work in $to"
  [ -r "$options" ] || die 1 "the client options file $options cannot be read"
  local name part position data started=$SECONDS
  name=$(date -u +%Y%m%dT%H%M%SZ)-$method
  part=$to/.partial-$name
  [ ! -e "$to/$name" ] || die 1 "$to/$name is there already"
  # What a backup that was killed left behind: it never had a backup's name. The lock says that nobody is writing it.
  rm -rf "$to"/.partial-*
  mkdir "$part"
  trap 'rm -rf "$part"' EXIT
  if [ "$method" = physical ]; then
    need mariadb-backup mariadb-backup; need mariadb mariadb-client
    local datadir
    datadir=$(mariadb --defaults-file="$options" "${server[@]}" -BN -e 'SELECT @@datadir') || die 1 "the server does not answer"
    [ -d "$datadir" ] || die 1 "the server's data are in $datadir, which is not on this host: a physical backup is made there"
    data=data.mbstream.gz
    local try=1
    until mariadb-backup --defaults-file="$options" "${server[@]}" --backup --log-copy-interval=100 --stream=mbstream \
      --datadir="$datadir" --extra-lsndir="$part/lsn" --target-dir="$part/lsn" 2> "$part/log" | gzip -1 > "$part/$data"; do
      # On a busy host it may not come to the end of the redo log in time (MDEV-27621 and its like). The server's data are as they
      # were, and what was written is thrown away: it is tried again from the beginning.
      if [ "$try" -ge 3 ] || ! grep -q 'Was only able to copy log' "$part/log"; then
        tail -n 5 "$part/log" >&2
        die 1 "mariadb-backup failed"
      fi
      try=$((try + 1))
      echo "backup: the redo log was not copied to its end in time; try $try of 3" >&2
      rm -rf "$part/lsn" "${part:?}/$data"
    done
    tail -n 1 "$part/log" | grep -q 'completed OK!' || { tail -n 5 "$part/log" >&2; die 1 "mariadb-backup did not complete"; }
    position=$(sed -n "s/^binlog_pos = .*GTID of the last change '\([^']*\)'.*/\1/p" "$part/lsn"/*_info)
    # On a replica these GTIDs may be one transaction behind the data: they are noted a moment after each commit. The place in the
    # binary log is exact, and the server knows what stands there.
    local file place there
    read -r file place < <(sed -n "s/^binlog_pos = filename '\([A-Za-z0-9._-]*\)', position '\([0-9]*\)'.*/\1 \2/p" "$part/lsn"/*_info) \
      || die 1 "the backup says no place in the binary log: is the server's binary log on?"
    there=$(mariadb --defaults-file="$options" "${server[@]}" -BN -e "SELECT IFNULL(BINLOG_GTID_POS('$file', $place), 'gone')") \
      || die 1 "the server does not say which GTIDs stand before $file:$place"
    [ "$there" != gone ] || die 1 "$file:$place is gone from the server's binary log: nobody can say how far the backup reaches"
    position=$(furthest "$position" "$there")
    rm -r "$part/lsn"
  else
    need mariadb-dump mariadb-client
    data=data.sql.gz
    mariadb-dump --defaults-file="$options" "${server[@]}" --all-databases --single-transaction --quick --routines --triggers --events \
      --hex-blob --master-data=2 --gtid --flush-privileges 2> "$part/log" | gzip -1 > "$part/$data" \
      || { tail -n 5 "$part/log" >&2; die 1 "mariadb-dump failed"; }
    # It stands in the head or, with newer clients, in the tail; what the data say in between is not asked.
    position=$({ gzip -cd "$part/$data" | sed -n '1,100p'; gzip -cd "$part/$data" | tail -n 30; } \
      | sed -n "s/^-- SET GLOBAL gtid_slave_pos='\([^']*\)';.*/\1/p" | sort -u)
  fi
  # Without it nothing can be replayed behind the backup, and no replica made of it.
  [[ $position =~ ^[0-9]+-[0-9]+-[0-9]+(,[0-9]+-[0-9]+-[0-9]+)*$ ]] \
    || die 1 "the backup says no GTID position: is the server's binary log on?"
  echo "$position" > "$part/position"
  (cd "$part" && sha256sum "$data" log position > SHA256SUMS)
  sync "$part"/* "$part"
  mv -T "$part" "$to/$name"
  sync "$to"
  trap - EXIT
  local wrong
  wrong=$(fault "$to/$name")
  if [ -n "$wrong" ]; then
    mv -T "$to/$name" "$to/.broken-$name"
    die 1 "it was read back, and $wrong: kept as $to/.broken-$name, nothing was deleted"
  fi
  echo "backup: $to/$name"
  echo "position: $position"
  echo "size: $(stat -c %s "$to/$name/$data") bytes, in $((SECONDS - started)) s"
  retain
}

# Deletes what is older than the newest $keep good ones. The new one was verified a moment ago; of the others a broken one counts for
# nothing, so that broken ones can never push a good one out.
retain() {
  local good=0 each
  while read -r each; do
    if [ "$good" -ge "$keep" ]; then
      # First out of its name, so that what is half deleted is no backup.
      mv -T "$each" "$to/.partial-deleted-${each##*/}"
      rm -rf "$to/.partial-deleted-${each##*/}"
      echo "deleted: $each"
    elif [ -z "$(fault "$each")" ]; then
      good=$((good + 1))
    else
      echo "broken, kept: $each ($(fault "$each"))" >&2
    fi
  done < <(backups "$method")
}

list() {
  [ -n "$to" ] || die 2 "--to DIR: where the backups are kept"
  [ -d "$to" ] || die 1 "$to is not there"
  local each wrong good=0
  while read -r each; do
    wrong=$(fault "$each")
    if [ -z "$wrong" ]; then
      good=$((good + 1))
      echo "good $(cat "$each/position") $(stat -c %s "$each/$(data_of "$each")") $each"
    else
      echo "BROKEN - - $each ($wrong)"
    fi
  done < <(backups physical; backups logical)
  [ "$good" -gt 0 ] || die 1 "no good backup in $to"
}

verify() {
  [ -n "$backup" ] || die 2 "--backup BACKUP: the directory of one backup"
  local wrong
  wrong=$(fault "$backup")
  [ -z "$wrong" ] || die 1 "$backup: $wrong"
  echo "good: $backup"
  echo "position: $(cat "$backup/position")"
}

restore() {
  verify > /dev/null
  local data log
  data=$backup/$(data_of "$backup")
  case $backup in
    *-logical)
      [ -z "$into" ] || die 2 "a logical backup is fed to a server, not unpacked into a directory"
      need mariadb mariadb-client
      [ -r "$options" ] || die 1 "the client options file $options cannot be read"
      gzip -cd "$data" | mariadb --defaults-file="$options" "${server[@]}" --binary-mode \
        --init-command='SET SESSION sql_log_bin = 0' || die 1 "the server did not take the dump"
      ;;
    *)
      [ -n "$into" ] || die 2 "--into DIRECTORY: where the data are unpacked"
      need mariadb-backup mariadb-backup; need mbstream mariadb-backup
      if [ -e "$into" ]; then
        local held
        held=$(ls -A "$into") || die 1 "$into cannot be read: nothing was touched"
        [ -z "$held" ] || die 1 "$into is not empty: nothing was touched"
      fi
      local like=$into
      if [ ! -e "$into" ]; then like=$(dirname "$into"); mkdir "$into"; fi
      log=$into.restore.log
      gzip -cd "$data" | mbstream -x -C "$into" > "$log" 2>&1 || { tail -n 5 "$log" >&2; die 1 "it cannot be unpacked, see $log"; }
      mariadb-backup --prepare --target-dir="$into" >> "$log" 2>&1 || { tail -n 5 "$log" >&2; die 1 "it cannot be prepared, see $log"; }
      tail -n 1 "$log" | grep -q 'completed OK!' || die 1 "mariadb-backup did not say that it completed, see $log"
      chown -R --reference="$like" "$into"
      ;;
  esac
  echo "position: $(cat "$backup/position")"
}

$action
