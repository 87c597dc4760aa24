# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# run: a run, from its options to its end.
#
# A method is a file of functions beside this one.  It has
#
#	pipe     makes the steps from $from to $to: one pipeline
#	settle   sets total, the number of steps, and what its options leave
#	         open; says what is wrong with the demonstrations
#
# and where it needs them
#
#	check    says what is wrong with its options
#	prepare  makes what the pipe needs beside the policy; may be called again
#	ready    makes what the steps from $from on need
#	also     says what --plan is to count beside the steps (foretold.bash)
#	scored   samples of the end and their scores (samples.bash)
#
# They see each option as a variable (options.bash), and
#
#	start policy run       POLICY, what is trained, the run's folder
#	demos held_out         streams of trajectories
#	units longest          demonstrations, or pairs; tokens of the longest response
#	first                  the policy's step when the run began
#	skip head              demonstrations before and in the steps at hand, where
#	                       the steps are those of passes
#	recipe                 options of apply-update
#	NAME_id                ids of the policies that are made, of the list new
#
# They may set
#
#	group       1: what is counted and batched are groups
#	stride      steps that belong together, a round
#	beside      other policies that are trained, in the run's folder
#	plan_batch  trajectories a step, for --plan (batch)
#	plan_length tokens of a sample, for --plan (max_new)
#	objective   options of divgrad, for --plan
#	held_where  of trajcat: which held-out trajectories are measured
#	guarded     the objective whose loss is watched (all), or none
#	of_parts    1: the pipe makes other runs, in the run's folder (parts.bash)
#	cut         1: samples are short by intent, and do not end

for part in refused words data record shown foretold attend legs held average samples parts rounds batches progress warnings guard; do
	. "$here/$part.bash"
done

check() { :; }
apprentice() { "$door" "$@"; }
group='' stride=1 total=0 batches='' plan_batch='' plan_length='' held_where='' guarded='' of_parts='' cut='' made=0 begun=''
beside=() new=(policy) objective=(-d fkl)
prints=() records=() held_source='' held_print='' commands='' started='' ended=''
summary='' verdict='' seconds_before=0 first=0 recipe=() trained=() folder=''

say() {
	[ -n "$quiet" ] || printf '%s\n' "$*" >&2
}

# ---- for settle

passes() { # N: total, of so many passes in batches of $batch
	batches=$(((units + batch - 1) / batch))
	total=$(($1 * batches))
}
rounds() { # N SIZE: total, of rounds of $stride steps, each of SIZE demonstrations
	total=$(($1 * stride))
	[ "$2" -le "$units" ] ||
		die 1 "${data[*]}: $units demonstrations, fewer than the $2 of a round"
}
wants_demonstrations() {
	[ "$experts" -eq "$units" ] ||
		die 1 "${data[*]}: $experts of $units trajectories are demonstrations: $method reads no others" \
			'pairs of a chosen and a rejected response are for: apprentice dpo'
}
wants_pairs() { # GROUPS: that are to be pairs
	local found=no hint='responses that are labelled one by one are for: apprentice dpo -d kto'
	[ "$paired" -eq 0 ] || found="$paired of $1 groups are"
	[ "$experts" -eq 0 ] || [ "$1" -ne "$units" ] || hint='demonstrations beside pairs are for: apprentice joint'
	[ "$experts" -ne "$units" ] || hint='demonstrations are for: apprentice sft'
	[[ $paired -gt 0 && $paired -eq $1 ]] ||
		die 1 "${data[*]}: $found pairs: $method wants a chosen and a rejected response to each prompt" "$hint"
}

# ---- what follows from options and data

# What options leave open, after the data of FOLDER have been counted.
settle_all() { # FOLDER
	local n experts chosen paired twice groups name
	read -r n groups experts chosen paired twice longest mean < <(count "$1/demos.traj") || :
	[ "${n:-0}" -gt 0 ] || die 1 "$1/demos.traj: no trajectories in it"
	[ "$twice" -eq 0 ] || die 1 "${data[*]}: $twice ids come twice" \
		'ids are made of the names of files, up to the first point'
	records=("$n")
	[ ${#data[@]} -eq 1 ] || records=("${data[@]/*/null}")
	units=$n
	[ -z "$group" ] || units=$groups
	settle
	[ "$warmup" != auto ] || warmup=$((total < 200 ? total / 10 : 20))
	[ "$warmup" -le "$total" ] || die 2 "--warmup $warmup: the run has $total steps"
	[ "$eval_every" != auto ] || eval_every=$(((total + 9) / 10))
	recipe=(--lr "$lr" --warmup "$warmup" --decay "$decay" --clip-norm "$clip_norm")
	[ -z "$ema" ] || recipe+=(--ema "$ema")
	[ "$schedule" = constant ] ||
		recipe+=(--schedule "$schedule" --floor "$floor" --steps $((first + total)))
	for name in "${new[@]}"; do
		printf -v "${name}_id" %s "$(new_id "$name")"
	done
}

# The same for the same run, so that its end is the same to the last byte.
new_id() { # NAME
	{ echo "$method $start_id $start_step $1 ${prints[*]} $held_print" && identity; } | checksum
}

place() { # FOLDER: where the run's parts are
	demos=$1/demos.traj held_out=${held:+$1/held.traj}
	policy=$1/policy
	[ -z "$in_place" ] || policy=$start
}

# ---- a new run, or one that goes on

# Do COMMAND, its words in LOG; where it fails, the last of them are shown.
doing() { # LOG WHAT COMMAND ...
	local log=$1 what=$2
	shift 2
	attend "$@" 2>>"$log"
	[ "$status" -eq 0 ] || failed "$log" "$what"
}
failed() { # LOG WHAT
	[ -z "$signal" ] || exit 1 # see on_exit
	tail -n 6 -- "$1" | shown_words | sed 's/^/  /' >&2
	die 1 "$2"
}

divide() { eval "$(data_commands)"; }
# Make the data in FOLDER, which is removed if we end.
make_data() { # FOLDER
	folder=$1
	mkdir -p -- "$folder" || exit 1
	place "$folder"
	doing "$folder/log" "${data[*]}: no trajectories could be made of it" divide
	settle_all "$folder"
}

# The folder of a new run appears whole, or not at all.
begin() {
	local old
	for old in "$run".new.*; do
		[ ! -d "$old" ] || kill -0 "${old##*.}" 2>/dev/null || rm -rf -- "$old"
	done
	make_data "$run.new.$$"
	[ -n "$in_place" ] || [ ${#new[@]} -eq 0 ] || doing "$folder/log" "$start: no policy could be made of it" \
		mkpolicy -q --from "$start" ${lora:+--lora "$lora" --seed "$seed"} ${adapters:+--adapters} --id "$policy_id" "$policy"
	: >"$folder/metrics.jsonl"
	place "$run"
	started=$(now) commands=$(shown)
	record_write "$folder" running
	mv -nT -- "$folder" "$run" || :
	[ ! -d "$folder" ] || die 1 "$run: another process has begun this run"
	folder=
	lock
	held_overlap
}

# Nobody else goes on with this run.  The tools hold the lock, too, until the
# last of them has ended.
lock() {
	exec 9<"$run"
	flock -w 3 9 || die 1 "$run: another process is at work on it"
	locked=1
}

differs() { # LINES: of what is another
	printf "apprentice $method: %s\n" "${1//$'\n'/$'\n'apprentice $method: }" >&2
	die 2 "$run: a run of something else" \
		"--force begins it from the start, --run DIR names another folder"
}

go_on() {
	local differences
	[ -f "$run/run.json" ] || die 2 "$run: exists, and is not a run" '--run DIR names another folder'
	lock
	if [ -n "$force" ]; then
		rm -rf -- "$run"
		locked=
		exec 9<&-
		begin
		return
	fi
	[ "$(record_field method)" = "$method" ] ||
		differs "method: $(record_field method) there, $method here"
	if [ -n "$in_place" ]; then
		start_step=$(record_step)
		first=$start_step
	fi
	started=$(record_field started) seconds_before=$(record_field seconds)
	place "$run"
	settle_all "$run"
	differences=$(record_differs)
	[ -z "$differences" ] || differs "$differences"
	if [ "$(record_field state)" = "done" ]; then
		say "apprentice: $run: done: all $total steps are made"
		exit 0
	fi
	commands=$(shown)
}

run_method() { # ARG ...
	local file
	options_read "$here/$method.options" "$here/common.options"
	. "$here/$method"
	options_parse "$@"
	[ -z "$help" ] || { method_help && exit; }
	watch_signals
	[ ${#operands[@]} -gt 0 ] || die 2 "missing operand: POLICY, the policy's directory"
	start=${operands[0]} data=("${operands[@]:1}")
	while [[ $start == */ && $start != / ]]; do start=${start%/}; done
	[ ${#data[@]} -gt 0 ] || die 2 'missing operand: DATA, demonstrations or a stream of trajectories'
	check
	check_common
	check_held
	check_policy "$start"
	check_tokenizers
	check_in_place
	check_adapters
	for file in "${data[@]}"; do
		check_file "$file"
		prints+=("$(sha256sum -- "$file" | cut -c -64)")
	done
	check_read
	run=${run:-$start.$method}
	while [[ $run == */ && $run != / ]]; do run=${run%/}; done
	[ -z "$threads" ] || export OMP_NUM_THREADS=$threads
	version=$(trajcat -V | cut -d ' ' -f 2)
	start_id=$(id_of "$start") start_step=$(step_of "$start")
	[ -z "$in_place" ] || first=$start_step
	if [ -n "$plan" ] || [ -n "$print" ]; then
		make_data "$(mktemp -d)"
		[ -z "$plan" ] || foretell
		place "$run"
		[ -z "$print" ] || shown
		exit
	fi
	if [ -e "$run" ]; then go_on; else begin; fi
	train
}
