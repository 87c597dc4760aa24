#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The table of a trajectory's fields, lib/traj/field.c, and the manual's list
# of them in apprentice-stream(5) have the same fields of the same types.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

coded() { # KEY TYPE of each row
	perl -ne '
		BEGIN {
			%type = (TEXT => "text", NAME => "name", INTEGER => "integer", NUMBER => "number",
				UINT32 => "uint32", SPANS => "uint32", FLOAT32 => "float32", LOGP => "float32",
				MAP => "map");
		}
		print "$1 $type{$2}\n" if /^\t\{ "([a-z_]+)", ([A-Z0-9]+)/' "$ROOT/lib/traj/field.c" | sort
}

written() { # the same of the manual; a field without a type is a name
	perl -ne '
		$on = /^\.Ss Trajectory/ if /^\.S[sh]/;
		next unless $on;
		if (/^\.It Ql ([a-z_]+)/) { $key = $1 }
		elsif (defined $key) {
			print "$key ", /^(text|integer|number|uint32|float32|map)\b/ ? $1 : "name", "\n";
			undef $key;
		}' "$ROOT/man/apprentice-stream.5" | sort
}

same 'the table of fields is the list of the manual' "$(written)" "$(coded)"
ok 'the table has at least 16 fields' test "$(coded | wc -l)" -ge 16

# Each name that a field may have.
names() { # LIST of lib/traj/traj.c
	perl -0777 -ne "print join(qq(\n), \$1 =~ /\"([a-z]+)\"/g), qq(\n) if /$1\\[\\] = \\{(.*?)\\}/s" \
		"$ROOT/lib/traj/traj.c"
}
for list in traj_role_names traj_stop_names traj_ratio_names; do
	same "the manual has the names of $list" '' "$(names $list | while read -r n; do
		grep -qw -- "$n" "$ROOT/man/apprentice-stream.5" || echo "$n"
	done)"
	ok "$list has some" test "$(names $list | wc -l)" -ge 3
done
done_testing
