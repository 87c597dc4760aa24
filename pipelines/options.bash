# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# options: tables of options.  A table drives parsing, -h, and what is recorded
# of a run.  It has a line for each option,
#
#	NAME[,LETTER]  VALUE  DEFAULT  MEANING
#
# and a line `= TITLE` before a group.  VALUE is N:LEAST:MOST (a whole number),
# X:LEAST:MOST (a number), a|b|c (one of these), flag, or a word in capitals
# (any text); after ... it may be given several times, and its variable has a
# line for each.  DEFAULT - is nothing; what it says is allowed as a value, too.
# A variable of the option's name, with _ for -, has its value; a flag is 1 or
# empty.

declare -A kind=() letter=() default=() given=()
names=() operands=() tables=()

options_read() { # TABLE ...: where an option comes twice, the first counts
	local name value standard meaning short
	tables=("$@")
	# shellcheck disable=SC2034 # meaning is for options_help
	while read -r name value standard meaning; do
		case $name in '#'* | '' | =) continue ;; esac
		short=${name#*,}
		[ "$short" = "$name" ] || letter[$short]=${name%,*}
		name=${name%,*}
		[ -z "${kind[$name]-}" ] || continue
		names+=("$name")
		kind[$name]=$value
		[ "$standard" != - ] || standard=
		default[$name]=$standard
		printf -v "${name//-/_}" %s "$standard"
	done < <(cat -- "$@")
}

options_help() { # TABLE ...: lines of at most 79 columns
	cat -- "$@" | awk '
		/^#/ || NF == 0 { next }
		$1 == "=" { group = substr($0, 3); next }
		{
			short = ""
			name = $1
			if ((at = index(name, ",")) > 0) {
				short = substr(name, at + 1)
				name = substr(name, 1, at - 1)
			}
			if (seen[name]++)
				next
			if (group != "" && group != last)
				print "\n" group
			last = group != "" ? group : last
			group = ""
			value = $2
			range = ""
			if (value ~ /^[NX]:/) {
				split(value, part, ":")
				range = part[2] ".." part[3]
				value = part[1]
			} else if (value ~ /\|/) {
				range = value
				gsub(/\|/, ", ", range)
				value = "NAME"
			}
			text = $0
			sub(/^[^ \t]+[ \t]+[^ \t]+[ \t]+[^ \t]+[ \t]+/, "", text)
			if ($3 != "-")
				text = text " (" $3 (range != "" ? "; " range : "") ")"
			else if (range != "")
				text = text " (" range ")"
			head = (short != "" ? "  -" short ", --" : "      --") name \
				(value == "flag" ? "" : " " value)
			head = length(head) + 2 > 26 ? head "  " : sprintf("%-26s", head)
			column = length(head)
			indent = column > 39 ? 26 : column
			line = head
			n = split(text, word, " ")
			for (i = 1; i <= n; i++) {
				if (column > indent && column + 1 + length(word[i]) > 79) {
					print line
					line = sprintf("%*s", indent, "")
					column = indent
				} else if (column > indent) {
					line = line " "
					column++
				}
				line = line word[i]
				column += length(word[i])
			}
			print line
		}'
}

method_help() {
	printf 'usage: apprentice %s [options] POLICY DATA ...\n' "$method"
	sed -n '3,${/^#/!q;s/^# \{0,1\}//p;}' "$here/$method"
	options_help "${tables[@]}"
	printf '\nman apprentice\n'
}

# From lines `NAME WORD ...` on stdin, the name of the word nearest to TYPED.
nearest_word() { # TYPED
	awk -v typed="$1" '
		function least(a, b) { return a < b ? a : b }
		function edits(a, b,    i, j, row, up, diagonal, best) {
			for (j = 0; j <= length(b); j++)
				row[j] = j
			for (i = 1; i <= length(a); i++) {
				diagonal = row[0]
				row[0] = i
				for (j = 1; j <= length(b); j++) {
					up = row[j]
					best = diagonal + (substr(a, i, 1) != substr(b, j, 1))
					row[j] = least(best, least(up, row[j - 1]) + 1)
					diagonal = up
				}
			}
			return row[length(b)]
		}
		BEGIN { nearest = 3 }
		{
			for (i = 2; i <= NF; i++) {
				d = edits(typed, $i)
				if (length(typed) > 2 && index($i, typed) == 1)
					d = least(d, 1)
				if (d < nearest && d < length(typed)) {
					nearest = d
					found = $1
				}
			}
		}
		END { print found }'
}

option_hint() { # TYPED: its name without dashes
	local near
	# What an option means is a name for it, too: learning-rate for lr.
	near=$(cat -- "${tables[@]}" | awk '/^#/ || NF < 4 || $1 == "=" { next }
		{
			sub(/,.*/, "", $1)
			words = $4
			for (i = 5; i <= NF && words !~ /[,:;]$/; i++)
				words = words "-" $i
			sub(/[,:;].*/, "", words)
			print $1, $1, words
		}' | nearest_word "$1")
	if [ -n "$near" ]; then
		echo "did you mean --$near?"
	else
		echo "apprentice $method -h lists the options"
	fi
}

# A number in its shortest form, if it is one between two others.
number() { # TYPE TEXT LEAST MOST
	awk -v type="$1" -v x="$2" -v least="$3" -v most="$4" 'BEGIN {
		if (type == "N" && x !~ /^[0-9]+$/)
			exit 1
		if (x !~ /^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$/)
			exit 1
		if (x + 0 < least + 0 || x + 0 > most + 0)
			exit 2
		printf type == "N" ? "%.0f" : "%.15g", x + 0
	}'
}

option_set() { # NAME VALUE
	local name=$1 value=$2 form=${kind[$1]} type least most status=0
	given[$name]=1
	case $form in
	[NX]:*)
		IFS=: read -r type least most <<<"$form"
		if [ -z "$value" ] || [ "$value" != "${default[$name]}" ]; then
			value=$(number "$type" "$value" "$least" "$most") || status=$?
		fi
		case $status/$type in
		0/*) ;;
		1/N) die 2 "--$name $2: not a whole number" ;;
		1/X) die 2 "--$name $2: not a number" ;;
		*) die 2 "--$name $2: not between $least and $most" ;;
		esac
		;;
	*...)
		[[ -n $value && $value != *$'\n'* ]] || die 2 "--$name: expected a name of one line"
		local so_far=${name//-/_}
		[ -z "${!so_far}" ] || value=${!so_far}$'\n'$value
		;;
	*'|'*)
		[[ $value != *'|'* && "|$form|" == *"|$value|"* ]] ||
			die 2 "--$name $value: not one of ${form//|/ }"
		;;
	esac
	printf -v "${name//-/_}" %s "$value"
}

options_parse() { # ARG ...: options may stand anywhere
	local word name value has
	while [ $# -gt 0 ]; do
		word=$1 name='' value='' has=''
		shift
		case $word in
		--) operands+=("$@") && return ;;
		--*=*) name=${word#--} value=${word#*=} has=1 ;;
		--*) name=${word#--} ;;
		-[a-zA-Z]) name=${letter[${word#-}]-} ;;
		-[a-zA-Z]?*)
			name=${letter[${word:1:1}]-} value=${word:2} has=1
			[ -z "$name" ] || [ "${kind[$name]}" != flag ] || name=
			;;
		-?*) ;;
		*) operands+=("$word") && continue ;;
		esac
		name=${name%%=*}
		case $name in *[!a-z0-9-]*) name= ;; esac
		if [ -z "$name" ] || [ -z "${kind[$name]-}" ]; then
			name=${word#-}
			name=${name#-}
			die 2 "unknown option ${word%%=*}" "$(option_hint "${name%%=*}")"
		fi
		if [ "${kind[$name]}" = flag ]; then
			[ -z "$has" ] || die 2 "--$name: takes no value"
			given[$name]=1
			printf -v "${name//-/_}" 1
			continue
		elif [ -z "$has" ]; then
			[ $# -gt 0 ] || die 2 "$word: missing value"
			value=$1
			shift
		fi
		option_set "$name" "$value"
	done
}
