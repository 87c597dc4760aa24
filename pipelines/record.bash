# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# record: run.json, which says all about a run.  It is written here alone, with
# a line for each setting and each file, so it can be read back by lines.

json() { # TEXT: as a string
	local text=$1
	text=${text//\\/\\\\} text=${text//\"/\\\"}
	text=${text//$'\n'/\\n} text=${text//$'\t'/\\t} text=${text//$'\r'/\\r}
	text=${text//[[:cntrl:]]/?}
	printf '"%s"' "$text"
}

now() {
	date -u ${SOURCE_DATE_EPOCH:+-d "@$SOURCE_DATE_EPOCH"} +%Y-%m-%dT%H:%M:%SZ
}

# Whether an option says what is computed, and not how a run is called.
is_setting() { # NAME
	case $1 in
	run | print | plan | force | threads | quiet | verbose | help | loss-bound) return 1 ;;
	esac
}

settings() { # a line for each: NAME VALUE, as JSON
	local name value
	for name in "${names[@]}"; do
		is_setting "$name" || continue
		value=${name//-/_}
		value=${!value}
		case ${kind[$name]} in
		flag) value=${value:+true} ;;
		[NX]:*) ;;
		*) [ -z "$value" ] || value=$(json "$value") ;;
		esac
		[ "${kind[$name]}" != flag ] || value=${value:-false}
		printf '%s %s\n' "$name" "${value:-null}"
	done
}

named() { # a line for each policy that a setting names, the second as NAME.2: NAME DIR
	local name value dir n
	for name in "${names[@]}"; do
		value=${name//-/_}
		value=${!value}
		[[ ${kind[$name]} == DIR* && -n $value ]] || continue
		is_setting "$name" || continue
		n=0
		while read -r dir; do
			n=$((n + 1))
			printf '%s %s\n' "$name$([ $n -eq 1 ] || echo ".$n")" "$dir"
		done <<<"$value"
	done
}
models() { # a line for each of them: NAME ID STEP
	local name dir
	named | while read -r name dir; do
		printf '%s %s %s\n' "$name" "$(id_of "$dir")" "$(step_of "$dir")"
	done
}
# Settings without the places where policies and files lie: of those it counts what
# is in them.
placeless() { # of lines NAME VALUE
	local name value
	while read -r name value; do
		case ${kind[$name]-}/$name/$value in
		DIR*) ;;
		*/held/'"1/'* | */held/null) echo "$name $value" ;;
		*/held/*) echo "$name null" ;;
		*) echo "$name $value" ;;
		esac
	done
}
# All that makes a run what it is.
identity() {
	models
	settings | placeless
}

source_line() { # FILE FINGERPRINT RECORDS
	printf '{"path": %s, "fingerprint": "%s", "bytes": %s, "records": %s}' \
		"$(json "$1")" "$2" "$(stat -Lc %s -- "$1")" "$3"
}

# Replace run.json in FOLDER, whole or not at all.
record_write() { # FOLDER STATE
	local file=$1/run.json i
	{
		printf '{\n  "apprentice": "%s",\n  "method": "%s",\n  "state": "%s",\n  "steps": %s,\n' \
			"$version" "$method" "$2" "$total"
		printf '  "policy": {"path": %s, "id": "%s", "step": %s},\n' \
			"$(json "$start")" "$start_id" "$start_step"
		printf '  "data": [\n'
		for i in "${!data[@]}"; do
			printf '    %s%s\n' "$(source_line "${data[i]}" "${prints[i]}" "${records[i]}")" \
				"$([ $((i + 1)) -eq ${#data[@]} ] || echo ,)"
		done
		printf '  ],\n  "held": %s,\n' "${held_source:-null}"
		printf '  "settings": {\n'
		settings | sed 's/^\([^ ]*\) /    "\1": /; $!s/$/,/'
		printf '  },\n  "models": {\n'
		models | sed 's/^\([^ ]*\) \([^ ]*\) \(.*\)/    "\1": "\2 at step \3"/; $!s/$/,/'
		printf '  },\n  "commands": [\n    %s\n  ],\n' "$(json "$commands")"
		printf '  "started": "%s",\n  "ended": %s,\n  "seconds": %s,\n' \
			"$started" "${ended:-null}" "$(seconds)"
		printf '  "summary": %s,\n  "verdict": %s\n}\n' "${summary:-null}" "${verdict:-null}"
	} >"$file.new"
	mv -f "$file.new" "$file"
}

record_field() { # NAME: a text or a number at the left of run.json
	sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\).*/\1/p" "$run/run.json"
}

seconds() { # that the run has taken, with those before
	echo $((seconds_before + SECONDS))
}

# Files that are not what they were, or others than they were, a line each.
data_differs() {
	local -a there here=()
	local i was is path
	mapfile -t there < <(sed -n '/^  "data"/,/^  "held"/s/.*{\("path": .*\)}.*/\1/p' "$run/run.json")
	for i in "${!data[@]}"; do here+=("$(source_line "${data[i]}" "${prints[i]}" null)"); done
	[ -z "$held_source" ] || here+=("$held_source")
	if [ ${#there[@]} -ne ${#here[@]} ]; then
		echo "data files: ${#there[@]} there, ${#here[@]} here"
		return
	fi
	for i in "${!here[@]}"; do
		was=${there[i]} is=${here[i]}
		[ "$(source_field fingerprint "$was")" != "$(source_field fingerprint "$is")" ] || continue
		path=$(source_field path "$is")
		if [ "$(source_field path "$was")" != "$path" ]; then
			echo "data: $(source_field path "$was") there, $path here"
		else
			echo "data: $path has changed since the run began: $(source_size "$was") there, $(source_size "$is") here"
		fi
	done
}
source_field() { # NAME LINE
	sed -n "s/.*\"$1\": \(\"\([^\"\\\\]\|\\\\.\)*\"\|[0-9]*\).*/\1/p" <<<"$2" | sed 's/^"//; s/"$//'
}
source_size() { # LINE: in words
	local bytes records
	bytes=$(source_field bytes "$1") records=$(source_field records "$1")
	echo "${records:+$records records, }${bytes:-an unknown number of} bytes"
}

# The differences between what was recorded and what is asked for, a line each.
record_differs() {
	local there here
	there=$(sed -n 's/^  "policy": .*"id": "\([^"]*\)", "step": \([0-9]*\)}.*/\1 at step \2/p' "$run/run.json")
	here="$start_id at step $start_step"
	if [ -n "$in_place" ]; then # it has been trained since
		there=${there%% *} here=${here%% *}
	fi
	[ "$there" = "$here" ] || echo "policy: $there there, $here here"
	data_differs
	# A setting is a line of both, of the form NAME VALUE.
	{
		sed -n '/^  "settings"/,/^  }/s/^    "\([^"]*\)": \(.*[^,]\),\{0,1\}$/\1 \2/p' "$run/run.json" | placeless
		sed -n '/^  "models"/,/^  }/s/^    "\([^"]*\)": "\(.*\)",\{0,1\}$/policy:\1 \2/p' "$run/run.json"
		echo
		settings | placeless
		models | sed 's/^\([^ ]*\) \([^ ]*\)/policy:\1 \2 at step/'
	} | awk '
		NF == 0 { second = 1; next }
		{ name = $1; value = $0; sub(/^[^ ]* /, "", value) }
		!second { was[name] = value; next }
		{ is[name] }
		!(name in was) { print name ": nothing there, " value " here"; next }
		was[name] != value { print name ": " was[name] " there, " value " here" }
		END {
			for (name in was)
				if (name ~ /^policy:/ && !(name in is))
					print name ": " was[name] " there, nothing here"
		}'
}

record_step() { # of the policy, when the run began
	sed -n 's/^  "policy": .*"step": \([0-9]*\)}.*/\1/p' "$run/run.json"
}
