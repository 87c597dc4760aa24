# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# attend: the processes of a run, and signals.  Tools work in the background, in
# the same process group, so a signal to the group ends all of them, and one to
# this process is answered at once.

job='' signal='' doomed=() status=0 locked=''

# A number is given to another process once its own has ended, so a process is
# known by its number and the time when it began: PID:TIME.
began_at() { # PID: the time, in ticks; nothing if it has ended
	local line
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
	read -ra line <<<"${line##*) }"
	[ "${line[0]}" = Z ] || echo "${line[19]}"
}
is_still() { # PID:TIME
	local now
	now=$(began_at "${1%:*}")
	[ -n "$now" ] && [ "$now" = "${1#*:}" ]
}
end_one() { # PID:TIME [SIGNAL]
	! is_still "$1" || kill "-${2:-TERM}" "${1%:*}" 2>/dev/null || :
}

descendants() { # PID: it and all below it, each as PID:TIME
	local stat line pid found="$1 " more=1
	local -A above=() began=()
	for stat in /proc/[0-9]*/stat; do
		{ read -r line <"$stat"; } 2>/dev/null || continue
		pid=${line%% *}
		read -ra line <<<"${line##*) }"
		above[$pid]=${line[1]} began[$pid]=${line[19]}
	done
	while [ -n "$more" ]; do
		more=
		for pid in "${!above[@]}"; do
			[[ " $found" == *" ${above[$pid]} "* && " $found" != *" $pid "* ]] || continue
			found+="$pid "
			more=1
		done
	done
	for pid in $found; do
		[ -z "${began[$pid]-}" ] || echo "$pid:${began[$pid]}"
	done
}

# End what is left below this process; programs that are not ours may not see
# that nobody reads them any more.
end_below() {
	local one me=$BASHPID
	for one in $(descendants "$me"); do
		[ "${one%:*}" = "$me" ] || end_one "$one"
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
	job=$job:$(began_at "$job")
	[ -z "$signal" ] || on_signal "$signal"
	while [ -z "$signal" ]; do
		status=0
		wait "${job%:*}" || status=$?
		is_still "$job" || break
	done
	while is_still "$job"; do # what was just beginning has not seen the signal
		sleep 0.1
		on_signal "$signal"
	done
	[ -z "$signal" ] || wait "${job%:*}" || status=$?
	job=
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
	local one
	for one in $(descendants "${job%:*}"); do
		end_one "$one"
		doomed+=("$one")
	done
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
	local one tries=100
	for one in "${doomed[@]}"; do
		while is_still "$one" && [ "${one%:*}" != "$$" ]; do
			[ $((tries -= 1)) -gt 0 ] || end_one "$one" KILL
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
		is_part || printf 'apprentice: stopped %s; the same command goes on\n' "$(where_stopped)" >&2
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
