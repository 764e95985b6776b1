{ read -r i </etc/machine-id; read -r b </proc/sys/kernel/random/boot_id; } 2>/dev/null
h=$(uname -n); u=$(id -un)
printf "%s begin\n" "$1"
printf "%s begin\t%s\t%s\t%s\t%s\n" "$1" "$h" "$u" "${i:-$h}" "$b" >&2
t=$(cat) && eval "$t"
