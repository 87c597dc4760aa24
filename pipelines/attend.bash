# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# attend: the processes of a run, and signals.  Tools work in the background, in
# the same process group, so a signal to the group ends all of them, and one to
# this process is answered at once.

job='' signal='' doomed=() status=0 locked=''

descendants() { # PID: it and all below it
	local stat line pid found="$1 " more=1
	local -A above=()
	for stat in /proc/[0-9]*/stat; do
		{ read -r line <"$stat"; } 2>/dev/null || continue
		pid=${line%% *} line=${line##*) }
		line=${line#* }
		above[$pid]=${line%% *}
	done
	while [ -n "$more" ]; do
		more=
		for pid in "${!above[@]}"; do
			[[ " $found" == *" ${above[$pid]} "* && " $found" != *" $pid "* ]] || continue
			found+="$pid "
			more=1
		done
	done
	echo "$found"
}

# End what is left below this process; programs that are not ours may not see
# that nobody reads them any more.
end_below() {
	local pid me=$BASHPID
	for pid in $(descendants "$me"); do
		[ "$pid" = "$me" ] || kill "$pid" 2>/dev/null || :
	done
}

# COMMAND in the background, where a signal is answered at once; its status in
# $status.  The tools do not see SIGINT then, but get SIGTERM from us.
attend() { # COMMAND ...
	(
		trap : TERM
		trap end_below EXIT
		"$@"
	) &
	job=$!
	[ -z "$signal" ] || on_signal "$signal"
	while [ -z "$signal" ]; do
		status=0
		wait "$job" || status=$?
		is_running || break
	done
	while is_running; do # what was just beginning has not seen the signal
		sleep 0.1
		on_signal "$signal"
	done
	[ -z "$signal" ] || wait "$job" || status=$?
	job=
}

is_running() {
	local running
	running=$(jobs -rp)
	[[ $'\n'$running$'\n' == *$'\n'$job$'\n'* ]]
}

watch_signals() {
	local name
	for name in INT TERM HUP; do
		# shellcheck disable=SC2064 # the name of now
		trap "on_signal $name" "$name"
	done
	trap on_exit EXIT
}
on_signal() { # NAME
	signal=${signal:-$1}
	[ -n "$job" ] || return 0
	local -a now=()
	read -ra now <<<"$(descendants "$job")"
	kill -TERM "${now[@]}" 2>/dev/null || :
	doomed+=("${now[@]}")
}

# Whatever ends us: nothing half made is left.  After a signal no process is, the
# step is kept, and it is said.
on_exit() {
	local code=$?
	trap - EXIT
	progress_ends
	[ -z "$folder" ] || rm -rf -- "$folder"
	[ -z "$signal" ] || stopped
	exit "$code"
}

stopped() {
	local pid tries=100
	for pid in "${doomed[@]}"; do
		while kill -0 "$pid" 2>/dev/null && [ "$pid" != "$$" ]; do
			[ $((tries -= 1)) -gt 0 ] || kill -KILL "$pid" 2>/dev/null || break
			sleep 0.1
		done
	done
	if [ -n "$locked" ]; then # who has it besides us is a process of ours
		exec 9<&- 8<"$run"
		flock -w 10 8 || :
	fi
	if [ -n "$begun" ]; then
		! trained_whole || save
		ended=\"$(now)\"
		record_write "$run" stopped
		printf 'apprentice: stopped at step %s of %s; the same command goes on\n' "$made" "$total" >&2
	else
		printf 'apprentice: stopped; the same command goes on\n' >&2
	fi
	trap - "$signal"
	case $signal in
	INT) exit 130 ;;
	HUP) exit 129 ;;
	*) exit 143 ;;
	esac
}
