__runbook_note='{ __runbook_status=$?
if [[ -n ${FUNCNAME-} ]]; then builtin local -p >|"$__runbook_out"; builtin mapfile -t __runbook_locals <"$__runbook_out"; fi
if __runbook_dump; then builtin :; fi; } 2>/dev/null'
__runbook_chain=${__runbook_note%'if __runbook_dump'*}'} 2>/dev/null
if { __runbook_dump; } 2>/dev/null; then eval "$__runbook_exit"; else eval "$__runbook_exit"; fi'
builtin trap -- "$__runbook_note" EXIT
