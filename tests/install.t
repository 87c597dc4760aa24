#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What `make install` puts in its place, and that the shell can complete.
. "$(dirname "$0")/lib.sh"

unset MAKEFLAGS MAKELEVEL MFLAGS
ok 'make install' make -s -C "$ROOT" B="${OBJ:-$ROOT/build}" SAN="$SAN" \
	DESTDIR="$PWD/dest" PREFIX=/usr install
tools=$(cd "$BIN" && echo *)
same 'every tool is installed' "$tools" "$(cd dest/usr/bin && echo *)"
same 'every page of the manual is installed' "$(cd "$ROOT/man" && echo *.[157])" \
	"$(cd dest/usr/share/man && find . -type f | sed 's|.*/||' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"
same 'every tool has its completion' "$tools" "$(cd dest/usr/share/bash-completion/completions && echo *)"
same 'nothing else is installed' 'bin share' "$(cd dest/usr && echo *)"

completed() { # TOOL WORD...: what the last word may become
	bash -c '
		. "dest/usr/share/bash-completion/completions/$1"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		"_apprentice_${1//-/_}" && echo "${COMPREPLY[@]}"' bash "$@"
}
for tool in $tools; do
	same "$tool --vers" --version "$(completed "$tool" --vers)"
	same "$tool -o" '' "$(completed "$tool" -o F)"
done
same 'completion of --optimizer ad' 'adamw' "$(completed apply-update --optimizer ad)"
same 'completion of divgrad -d j' 'js jsd: jeffreys' "$(completed divgrad -d j)"
same 'completion of divgrad --objective sp' 'spin' "$(completed divgrad --objective sp)"
same 'completion of discrim --loss lo' 'logistic logd' "$(completed discrim --loss lo)"
same 'completion of mkpolicy --like q' 'qwen2 qwen3' "$(completed mkpolicy --like q)"
same 'completion of trajcat --as ch' 'chosen' "$(completed trajcat --as ch)"
same 'completion of demo2traj -f js' 'jsonl json' "$(completed demo2traj -f js)"
done_testing
