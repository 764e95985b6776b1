g=$1 n=$2
alive() {
  local f l
  [ -r /proc/self/stat ] || { kill -0 -- "-$g" 2>/dev/null; return; }
  for f in /proc/[0-9]*/stat; do
    { read -r -d "" l <"$f"; } 2>/dev/null
    [ -n "$l" ] || continue
    set -- ${l##*) }
    [ "$3" = "$g" ] || continue
    [ "$1" = Z ] || return 0
  done
  return 1
}
wait_for() {
  local i=0
  while alive; do
    [ "$i" -lt "$1" ] || return 1
    i=$((i + 1)); sleep 0.1
  done
}
kill -TERM -- "-$g" 2>/dev/null; kill -CONT -- "-$g" 2>/dev/null
wait_for "$n" || { kill -KILL -- "-$g" 2>/dev/null; wait_for 30; } && echo gone || echo alive
