# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# kept: the policy of a folder, for what works with runs that have ended.

unquoted() { # text of JSON
	sed 's/\\"/"/g; s/\\\\/\\/g'
}

# Of a comparison, the folder of the policy that its verdict keeps.
keeps() { # FILE
	awk '{
		rest = substr($0, index($0, "], \"keep\": \"") + 12)
		row = "{\"name\": \"" substr(rest, 1, index(rest, "\", \"sentence\": ") - 1) "\", \"policy\": \""
		rest = substr($0, index($0, row) + length(row))
		print substr(rest, 1, index(rest, "\", \"control\": ") - 1)
	}' "$1" | unquoted
}

# The folder itself or, of a run, what it keeps; fails if that is nothing yet.
policy_of() { # POLICY|RUN
	local run=${1%/} dir
	[ -f "$run/run.json" ] || { echo "$1" && return; }
	for dir in best average policy; do
		[ ! -d "$run/$dir" ] || { echo "$run/$dir" && return; }
	done
	if grep -q '^    "in-place": true' "$run/run.json"; then
		sed -n 's/^  "policy": {"path": "\(.*\)", "id": .*/\1/p' "$run/run.json" | unquoted
		return
	fi
	if [ -f "$run/compare.json" ]; then
		dir=$(keeps "$run/compare.json")
		# What is in the run is where the run is now.
		[[ ! $dir =~ /((sft|fit|more|rounds)/policy)$ ]] || [ ! -d "$run/${BASH_REMATCH[1]}" ] ||
			dir=$run/${BASH_REMATCH[1]}
		echo "$dir" && return
	fi
	for dir in rounds/policy more/policy; do
		[ ! -d "$run/$dir" ] || { echo "$run/$dir" && return; }
	done
	return 1
}
