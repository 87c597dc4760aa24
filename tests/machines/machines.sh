# SPDX-License-Identifier: MIT
# machines.sh: for tests of several machines, after tests/lib.sh.
#
#	material       demos.jsonl, demos.traj (8 records) and the policy start
#	batches FROM N batches of 4, from batch FROM on, N of them
#	fresh NAME...  policies with the weights of start
#	update POLICY  apply-update, with its settings
#	step POLICY    its step
#	like A B       JSON lines with equal numbers, to rounding, but for what counts
#	               from the start of apply-update (seconds, num_tokens)
#	alike_records A B...   the records of A are those of B..., in any order
#	machines NAME...       a network and a host name each, joined by a switch to
#	               the one of the test, which is `head`; 10.77.0.2 and so on
#	on NAME COMMAND...     on one of them
#
# A test that calls `machines` first says `need_root PACKAGE...`: it goes on in a
# network of its own, or skips where it is not root or lacks a program.
# shellcheck shell=sh
WORKERS=$ROOT/pipelines/workers SHARD=$ROOT/pipelines/shard
export OMP_NUM_THREADS=1
HERE=$PWD
mkdir bin
PATH=$PWD/bin:$PATH
# Without an installed front door, its scripts by themselves.
command -v apprentice >/dev/null || {
	# shellcheck disable=SC2016
	printf '#!/bin/sh\nname=$1\nshift\nexec "%s/pipelines/$name" "$@"\n' "$ROOT" >bin/apprentice
	chmod +x bin/apprentice
}

material() {
	for n in one two three four five six seven eight; do
		printf '{"prompt": "Say %s.", "response": "I say %s, and again %s."}\n' $n $n $n
	done >demos.jsonl
	mkpolicy -q --like llama --dim 32 --layers 1 --tokenizer-from demos.jsonl --vocab 290 --seed 2 start &&
		demo2traj -q -m start -o demos.traj demos.jsonl
}
batches() {
	trajcat -q --repeat 100 --batch 4 --skip $((4 * $1)) --head $((4 * $2)) demos.traj
}
fresh() {
	for p; do
		rm -rf "$p"
		cp -R start "$p"
	done
}
update() {
	apply-update -q --optimizer sgd --lr 0.1 "$@"
}
step() {
	n=$(od -An -tu8 -N8 "$1/model.safetensors" | tr -d ' ')
	tail -c +9 "$1/model.safetensors" | head -c "$n" | sed 's/.*"apprentice.step":"\([0-9]*\)".*/\1/'
}
like() {
	paste -d '\n' "$1" "$2" | perl -e '
		my $n = qr/-?[0-9][0-9.e+-]*/;
		my $lines = 0;
		while (defined(my $one = <>)) {
			my $two = <>;
			s/"(?:time|seconds|num_tokens)": ?$n,?//g for $one, $two;
			my @x = $one =~ /($n)/g;
			my @y = $two =~ /($n)/g;
			die "$one$two" if @x == 0 || @x != @y;
			abs($x[$_] - $y[$_]) <= 1e-4 * abs($x[$_]) + 1e-9 || die "$one$two"
				for 0 .. $#x;
			$lines++;
		}
		exit($lines == 0)'
}
records() {
	trajcat -q --json "$@" | grep '^{"id"' | sort
}
alike_records() {
	records "$1" >records.1 && shift && records "$@" >records.2 && test -s records.1 && cmp records.1 records.2
}

need_root() { # PROGRAM...
	if [ "$(id -u)" -ne 0 ]; then
		skip 'several machines' 'not root'
		done_testing
	fi
	for p in unshare nsenter ip "$@"; do
		command -v "$p" >/dev/null && continue
		skip 'several machines' "no $p here"
		done_testing
	done
	if ! unshare --net --uts true 2>/dev/null; then
		skip 'several machines' 'no network of its own here'
		done_testing
	fi
}

# The test itself becomes `head`: it starts again in a network of its own.
in_network() { # ARG... of the test
	[ -z "${IN_NETWORK:-}" ] || return 0
	IN_NETWORK=1 BIN=$BIN unshare --net --uts "$ROOT/tests/machines/${0##*/}" "$@"
	status=$?
	cd / && rm -rf "$TAP_DIR"
	trap - EXIT
	exit $status
}
machines() {
	hostname head
	ip link set lo up
	ip link add switch type bridge && ip link set switch up && ip addr add 10.77.0.1/24 dev switch || return
	number=1
	for m; do
		number=$((number + 1))
		unshare --net --uts sh -c "hostname $m && touch up.$m && exec tail --pid=$$ -f /dev/null" >/dev/null 2>&1 &
		echo $! >"host.$m"
		await test -e "up.$m"
		readlink "/proc/$(cat "host.$m")/ns/net" >"network.$m" || return
		ip link add "to-$m" type veth peer name eth0 netns "$(cat "host.$m")" &&
			ip link set "to-$m" master switch up &&
			on "$m" ip link set lo up && on "$m" ip link set eth0 up &&
			on "$m" ip addr add "10.77.0.$number/24" dev eth0 || return
	done
	trap 'machines_down; cd / && rm -rf "$TAP_DIR"' EXIT
}
on() {
	host=$(cat "$HERE/host.$1")
	shift
	nsenter -t "$host" --net --uts "$@"
}
# All that runs in their networks ends.
machines_down() {
	for h in "$HERE"/network.*; do
		network=$(cat "$h") || continue
		for p in /proc/[0-9]*; do
			[ "$(readlink "$p/ns/net")" != "${network:-none}" ] || kill -9 "${p#/proc/}"
		done
	done 2>/dev/null
	for f in "$HERE"/*.pid; do # of daemons of the test
		[ ! -f "$f" ] || kill "$(cat "$f")"
	done 2>/dev/null
	sleep 0.2
}
