# SPDX-License-Identifier: MIT
# terminal.sh: terminals for tests, made by script(1).  Sourced after lib.sh.
#
#	terminals             whether there are any here
#	on_terminal COMMAND   run COMMAND on one, and return its status

# shellcheck shell=sh
terminals() {
	[ "$(on_terminal 'test -t 1 && echo yes' 2>/dev/null | tr -d '\r')" = yes ]
}

on_terminal() {
	script -qc "($1); echo \$? >'$TAP_DIR/status'" /dev/null </dev/null
	return "$(cat "$TAP_DIR/status")"
}
