if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 404)); then
  echo "bash 4.4 or newer is needed; this is $BASH_VERSION: put a newer one first in PATH" >&2
  exit 125
fi
__runbook_dump() {
  builtin unset -v __runbook_text
  {
    builtin declare -F
    builtin mapfile -t __runbook_functions <"$__runbook_out"
    builtin printf '\0'
    if [[ ${#__runbook_locals[@]} != 0 ]]; then builtin printf '%s\n' "${__runbook_locals[@]}"; fi
    builtin printf '\0'
    # Bash fills this one only when it is looked at.
    builtin : "${#BASH_ALIASES[@]}"
    builtin declare -p
    builtin printf '\0'
    builtin umask
    builtin printf '\0'
    for __runbook_name in "${__runbook_functions[@]}"; do
      __runbook_name=${__runbook_name##* }
      case $__runbook_name in __runbook_* | trap) continue ;; esac
      builtin declare -f -- "$__runbook_name"
      builtin printf '\0'
    done
    builtin printf 'end\n'
  } >|"$__runbook_out"
  builtin return "$__runbook_status"
}
trap() {
  if [[ $BASH_SUBSHELL != 0 || $# == 0 || $1 == -[!-]* ]]; then builtin trap "$@"; builtin return; fi
  if [[ $1 == -- ]]; then builtin shift; fi
  builtin local action=- condition others
  others=()
  case $# in 0 | 1) ;; *) case $1 in '' | *[!0-9]*) action=$1; builtin shift ;; esac ;; esac
  for condition in "$@"; do
    case $condition in
      0 | [Ee][Xx][Ii][Tt]) if [[ $action == - ]]; then __runbook_exit=; else __runbook_exit=$action; fi
        builtin trap -- "$__runbook_chain" EXIT ;;
      [Ee][Rr][Rr] | [Dd][Ee][Bb][Uu][Gg] | [Rr][Ee][Tt][Uu][Rr][Nn])
        if [[ $action == - ]]; then builtin trap : "$condition"; else builtin trap -- "$action" "$condition"; fi ;;
      *) others+=("$condition") ;;
    esac
  done
  if [[ ${#others[@]} != 0 ]]; then builtin trap -- "$action" "${others[@]}"; fi
}
__runbook_exit=
__runbook_locals=()
__runbook_base=$BASHOPTS
