# SPDX-License-Identifier: MIT
# lib.sh: the Test Anything Protocol in sh.  Sourced by tests as
#
#	. "$(dirname "$0")/../lib.sh"
#
# Afterwards the working directory is an empty one that is removed at the
# end, $BIN (first in PATH) has the tools and $ROOT is the project.
#
#	ok NAME COMMAND...            the command succeeds
#	same NAME EXPECTED ACTUAL     two texts are equal
#	dies STATUS STDERR COMMAND... it ends with exactly this status and words
#	                              on stderr; hints count if STDERR has one
#	await COMMAND...              until it succeeds; gives up in two minutes
#	skip NAME WHY                 counted, not tried
#	done_testing                  the last line of every test

# shellcheck shell=sh
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")" && while [ ! -f LICENSE ]; do
	[ "$PWD" != / ] && cd .. || exit 1
done && pwd) || exit 1
BIN=$(CDPATH='' cd -- "${BIN:-$ROOT/build/bin}" && pwd) || exit 1
export BIN ROOT PATH="$BIN:$PATH"
unset MAKEFLAGS MAKELEVEL MFLAGS
TAP_N=0 TAP_BAD=0
TAP_DIR=$(mktemp -d) || exit 1
trap 'cd / && rm -rf "$TAP_DIR"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$TAP_DIR/work" && cd "$TAP_DIR/work" || exit 1

tap() { # STATUS NAME: one line of the protocol
	TAP_N=$((TAP_N + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %s - %s\n' "$TAP_N" "$2"
	else
		printf 'not ok %s - %s\n' "$TAP_N" "$2"
		TAP_BAD=$((TAP_BAD + 1))
	fi
}

ok() {
	tap_name=$1
	shift
	"$@" >"$TAP_DIR/said" 2>&1
	tap_status=$?
	tap "$tap_status" "$tap_name"
	[ "$tap_status" -eq 0 ] || sed 's/^/# /' "$TAP_DIR/said"
}

same() {
	[ "$2" = "$3" ]
	tap $? "$1"
	[ "$2" = "$3" ] && return
	printf '%s\n' "$2" >"$TAP_DIR/said"
	printf '%s\n' "$3" | diff -u -L expected -L found "$TAP_DIR/said" - | sed 's/^/# /'
}

dies() {
	tap_want=$1 tap_words=$2
	shift 2
	"$@" >/dev/null 2>"$TAP_DIR/said"
	tap_status=$?
	case $tap_words in
	*hint:*) tap_found=$(cat "$TAP_DIR/said") ;;
	*) tap_found=$(grep -v '^hint: ' "$TAP_DIR/said") ;;
	esac
	[ "$tap_status" -eq "$tap_want" ] && [ "$tap_found" = "$tap_words" ]
	tap_good=$?
	tap $tap_good "$(printf '%s' "$*" | tr '\n' ' ' | cut -c 1-70) ends with $tap_want"
	[ $tap_good -eq 0 ] ||
		printf 'status %s\nwanted: %s\nsaid: %s\n' "$tap_status" "$tap_words" "$tap_found" | sed 's/^/# /'
}

await() {
	tap_tries=2400
	until "$@" >/dev/null 2>&1; do
		[ $((tap_tries -= 1)) -gt 0 ] && sleep 0.05 || return
	done
}

skip() {
	TAP_N=$((TAP_N + 1))
	echo "ok $TAP_N - $1 # SKIP $2"
}

done_testing() {
	echo "1..$TAP_N"
	[ "$TAP_BAD" -eq 0 ]
	exit
}
