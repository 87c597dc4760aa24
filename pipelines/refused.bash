# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# refused: what is wrong with options, before any work.

idle() { # WHY OPTION ...: where they are given they have no effect
	local why=$1 name
	shift
	for name; do
		[ -z "${given[$name]-}" ] || die 2 "--$name has no effect $why"
	done
}

# divgrad refuses a name before it looks for the policy, and there is none here.
check_objective() { # OPTION ...: of divgrad, -d NAME first
	local words hint status=0
	words=$(divgrad "$@" /dev/null/none 2>&1 </dev/null) || status=$?
	[ "$status" -eq 2 ] || return 0
	hint=$(sed -n 's/^hint: //p' <<<"$words")
	words=${words#divgrad: } words=${words%%$'\n'*}
	case $words in
	--regularizer* | "-d $2"*) ;;
	*) words="-d $2: not a divergence, which $method wants" hint='divergences(7) has their names' ;;
	esac
	die 2 "$words" ${hint:+"$hint"}
}

check_common() {
	[ "$guarded" != none ] || [ -z "${given[loss-bound]-}" ] ||
		die 2 '--loss-bound has no effect: rewards have no loss that falls'
	[ "$schedule" != constant ] || idle 'with --schedule constant' floor
}

# What policies say of tokens is compared, so they mean the same by them.
check_tokenizers() {
	local ours='' name dir other
	while read -r name dir; do
		ours=${ours:-$(tokenizer_of "$start")} other=$(tokenizer_of "$dir")
		[ -z "$ours" ] || [ -z "$other" ] || [ "$ours" = "$other" ] ||
			die 1 "--${name%.*} $dir: another tokenizer than that of $start"
	done < <(named)
}

check_in_place() { # the policy is known
	local file
	[ -n "$in_place" ] || return 0
	for file in "$start" "$(weights_of "$start")"; do
		[ ! -L "$file" ] || die 2 "$file: a symbolic link; --in-place trains the policy itself"
	done
	[ -z "$lora" ] || die 2 '--lora does not go with --in-place'
}

check_read() { # data and what is held out are known
	local file
	[ -n "$read" ] || return 0
	for file in "${data[@]}" ${held_source:+"$held"}; do
		is_stream "$file" || return 0
	done
	die 2 '--read has no effect: there are streams of trajectories alone'
}
