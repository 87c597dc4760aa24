#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Kernels by each instruction set that this machine has: what they compute is
# tested by programs of tests/unit, which run by the best one otherwise.
. "$(dirname "$0")/lib.sh"
OBJ=${OBJ:-$ROOT/build}
programs='panel quant linear attention decode transformer'
for program in $programs; do
	[ -x "$OBJ/unit/$program" ] || {
		echo "Bail out!  make build/unit/$program first, or make check"
		exit 1
	}
done

run() { # ISA PROGRAM
	APPRENTICE_ISA=$1 "$OBJ/unit/$2" >out
	status=$?
	grep '^not ok' out
	return $status
}

best=$("$OBJ/unit/linear" | sed -n 's/^# by //p')
ok 'the best instruction set has a name' test -n "$best"
for isa in plain avx2 avx512 bf16 amx; do
	[ "$isa" != "$best" ] || break
	for program in $programs; do
		ok "$program by $isa" run $isa "$program"
	done
done
done_testing
