# SPDX-License-Identifier: MIT
# terminal.sh: terminals for tests, made by script(1).  Sourced after lib.sh.
#
#	terminals             whether there are any here
#	on_terminal COMMAND   what it writes on one; the status is that of COMMAND,
#	                      for that of script -e is the word of script

# shellcheck shell=sh
terminals() {
	[ "$(on_terminal 'test -t 1 && echo yes' 2>/dev/null | tr -d '\r')" = yes ]
}

on_terminal() {
	script -qc "($1); echo \$? >'$TAP_DIR/status'" /dev/null </dev/null
	return "$(cat "$TAP_DIR/status")"
}
