# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# data: what a run is made of: policies and their steps, demonstrations in any
# form, and what counts them.

# The header of a safetensors file, without the length before it.
header() { # FILE
	local size
	size=$(od -An -tu8 -N8 -- "$1" | tr -d ' ')
	[ -n "$size" ] && [ ${#size} -le 7 ] || return 0
	dd if="$1" iflag=skip_bytes,count_bytes skip=8 count="$size" bs=64K status=none | tr -d '\0'
}

weights_of() { # DIR: the file that has its weights, or lists those that do
	local file
	for file in adapter_model.safetensors model.safetensors model.safetensors.index.json; do
		[ ! -f "$1/$file" ] || { echo "$1/$file" && return; }
	done
	die 1 "$1: no weights in it: neither model.safetensors nor adapter_model.safetensors"
}

step_of() { # DIR
	local file step=
	file=$(weights_of "$1")
	case $file in
	*.safetensors) step=$(header "$file" | sed -n 's/.*"apprentice\.step": *"\([0-9]*\)".*/\1/p') ;;
	esac
	echo "${step:-0}"
}

# The id of a policy; where it was made elsewhere and has none, a checksum.
id_of() { # DIR
	local file id=
	file=$(weights_of "$1")
	case $file in
	*.safetensors)
		id=$(header "$file" | sed -n 's/.*"apprentice\.id": *"\([0-9a-f]*\)".*/\1/p')
		[ -n "$id" ] || id=sha256-$({ header "$file" && stat -c %s -- "$file"; } | checksum)
		;;
	*) id=sha256-$({ cat -- "$file" && stat -c %s -- "$1"/*.safetensors; } | checksum) ;;
	esac
	echo "$id"
}

checksum() { # of stdin: 32 hexadecimal digits
	sha256sum | cut -c -32
}

tokenizer_of() { # DIR: a fingerprint, of what its tokenizer makes of texts; nothing without
	{ echo '{"prompt": "", "response": ""}' | demo2traj -q --prompts --json -m "$1" 2>/dev/null || :; } |
		sed -n 's/^{"apprentice":.*"tokenizer":"\([0-9a-f]*\)".*/\1/p'
}

check_policy() { # DIR
	if [ ! -d "$1" ]; then
		[ ! -e "$1" ] || die 1 "$1: not a directory: a policy is a local directory"
		die 1 "$1: no such directory: a policy is a local directory" \
			"to download one: hf download $1 --local-dir ${1##*/}"
	fi
	[ ! -f "$1/run.json" ] ||
		die 1 "$1: the folder of a run, not a policy" "its policy is $1/best, or else $1/policy"
	[ -f "$1/config.json" ] || [ -f "$1/adapter_config.json" ] ||
		die 1 "$1: not a policy: it has neither config.json nor adapter_config.json"
}

# Adapters of the policy are trained on, as they are.
check_adapters() {
	adapters=
	[ -f "$start/adapter_config.json" ] || return 0
	[ -z "$lora" ] || die 2 "--lora: $start has adapters itself, which are trained on without it" \
		"mkpolicy --from $start NEW merges them into a policy"
	adapters=yes
}

check_policies() { # DIRS: a line each
	local dir
	while read -r dir; do check_policy "$dir"; done <<<"$1"
}

check_file() { # FILE
	[ -e "$1" ] || die 1 "$1: no such file"
	[[ -f $1 && -r $1 ]] || die 1 "$1: not a file that can be read again when the run goes on"
	[ -s "$1" ] || die 1 "$1: an empty file"
}

# Whether a file is a stream, by its first bytes: those of MessagePack or JSON.
is_stream() { # FILE
	case $(head -c 13 -- "$1" | od -An -v -tx1 | tr -d ' \n') in
	81aa617070*) ;;
	7b22617070726e* | 7b22617070*) ;;
	*) return 1 ;;
	esac
}

# Numbers of records, of groups, of demonstrations, of chosen ones, of groups with a
# chosen and a rejected one, of ids that come twice; tokens of the longest response,
# and of the mean one.
count() { # FILE
	trajcat -q --json "$1" | awk '
		function field(name) {
			return match($0, "\"" name "\":\"([^\"\\\\]|\\\\.)*\"") ? substr($0, RSTART, RLENGTH) : ""
		}
		/^\{"id":/ {
			n++
			id = field("id")
			twice += seen[id]++ > 0
			group = field("group")
			group = group == "" ? id : substr(group, 9)
			groups += !(group in sides)
			side = field("role")
			role[side]++
			side = side ~ /chosen/ ? 1 : side ~ /rejected/ ? 2 : 0
			pairs += sides[group] > 0 && side > 0 && sides[group] + side == 3
			if (side > 0 && sides[group] < 3)
				sides[group] = sides[group] == 0 || sides[group] == side ? side : 3
			if (match($0, /"actions":\[[0-9,]*/)) {
				k = split(substr($0, RSTART + 11, RLENGTH - 11), span, ",")
				most = span[k] - span[k - 1] > most ? span[k] - span[k - 1] : most
				sum += span[k] - span[k - 1]
			}
		}
		END {
			print n + 0, groups + 0, role["\"role\":\"expert\""] + 0,
				role["\"role\":\"chosen\""] + 0, pairs + 0, twice + 0, most + 0, n ? sum / n : 0
		}'
}
