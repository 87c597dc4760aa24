#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Two machines by ssh: pipelines/workers over them with copies of the policy, a
# worker that is killed and a machine that is cut off, and shards by GNU parallel.
# The machines are networks on this one, with an sshd each.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/machines/machines.sh"
PATH=$PATH:/usr/sbin:/sbin
need_root sshd ssh ssh-keygen rsync parallel bash
in_network
material || exit 1
machines alpha beta || exit 1

mkdir -p /run/sshd keys
ssh-keygen -q -t ed25519 -N '' -f keys/host
ssh-keygen -q -t ed25519 -N '' -f keys/user
for m in alpha beta; do
	cat >sshd.$m <<-END
		HostKey $PWD/keys/host
		PidFile $PWD/sshd-$m.pid
		AuthorizedKeysFile $PWD/keys/user.pub
		StrictModes no
		UsePAM no
		PermitRootLogin yes
		SetEnv PATH=$PATH OMP_NUM_THREADS=1
	END
	on $m "$(command -v sshd)" -f "$PWD/sshd.$m" -E "$PWD/sshd.$m.log"
done
cat >ssh.config <<END
Host alpha
	HostName 10.77.0.2
Host beta
	HostName 10.77.0.3
Host *
	IdentityFile $PWD/keys/user
	IdentitiesOnly yes
	StrictHostKeyChecking no
	UserKnownHostsFile /dev/null
	LogLevel ERROR
	BatchMode yes
	ServerAliveInterval 1
	ServerAliveCountMax 2
	ConnectTimeout 5
END
SSH="ssh -F $PWD/ssh.config"
await ssh -F ssh.config alpha true
await ssh -F ssh.config beta true
same 'two machines' 'alpha beta' "$($SSH alpha hostname) $($SSH beta hostname)"

# A shared folder: they read the policy where it is.
fresh one two
batches 0 6 | divgrad -q -d fkl --follow one | update one >one.jsonl
batches 0 6 | "$WORKERS" --rsh "$SSH" alpha,beta 'divgrad -q -d fkl --follow two' 2>said | update two >two.jsonl
same 'two machines that share a folder: as many steps, in silence' '6 ' "$(step two) $(cat said)"
ok 'step for step as one' like one.jsonl two.jsonl

# None: adapters are copied, step by step.  The base was brought before.
mkdir far
mkpolicy -q --from start --lora 2 --seed 3 adapters || exit 1
for m in alpha beta; do
	mkdir far/$m && cp -R start far/$m/start
done
rm -rf one two && cp -R adapters one && cp -R adapters two
last() { sed -n '$s/.*"step": *\([0-9]*\).*/\1/p' "$1"; }
batches 0 6 | divgrad -q -d fkl --follow one | update one >one.jsonl
batches 0 6 | "$WORKERS" --rsh "$SSH" --mirror two "alpha:$PWD/far/alpha,beta:$PWD/far/beta" \
	'divgrad -q -d fkl --follow two' 2>said | update two >two.jsonl
same 'adapters, copied to machines that share nothing' '6 ' "$(last two.jsonl) $(cat said)"
ok 'are trained as by one' like one.jsonl two.jsonl

# A tree: alpha sums up what beta and it compute, beta for itself again.
rm -rf two && cp -R adapters two
batches 0 6 | "$WORKERS" --rsh "$SSH" --fan 2 --mirror two \
	"alpha:$PWD/far/alpha,beta:$PWD/far/beta,beta:$PWD/far/beta" \
	'divgrad -q -d fkl --follow two' 2>said | update two >two.jsonl
same 'three workers as a tree through alpha' '6 ' "$(last two.jsonl) $(cat said)"
ok 'are as one' like one.jsonl two.jsonl

# A worker dies, a machine is cut off; the same command goes on.
fresh calm two
batches 0 40 | divgrad -q -d fkl --follow calm | update calm >calm.jsonl
run() { # FROM N [COMMAND]: of two, with words in said; prints the statuses
	batches "$1" "$2" >run.traj
	bash -c "'$WORKERS' --rsh '$SSH' alpha,beta '${3:-exec divgrad -q -d fkl --follow two}' <run.traj 2>said |
		apply-update -q --optimizer sgd --lr 0.1 two >>two.jsonl 2>said.update
		echo \${PIPESTATUS[*]} >statuses"
	cat statuses
}
rm -f two.jsonl beta.at
# The commands of beta say where they are, and wait there at the fourth batch.
run 0 40 '[ $(hostname) = alpha ] && exec divgrad -q -d fkl --follow two; echo $$ >beta.at; exec divgrad -q -d fkl --follow two' >found &
await sh -c "[ $(step two) -ge 0 ] && test -s beta.at && test -s two.jsonl"
kill -9 "$(cat beta.at)"
wait $!
if [ "$(cat found)" = '0 0' ]; then
	skip 'a worker on beta is killed' 'the run was over before'
else
	same 'a worker on beta is killed: the step fails' '1 1' "$(cat found)"
	same 'and it is said where' 1 "$(grep -cE '2.beta' said | sed 's/^[1-9].*/1/')"
fi
at=$(step two)
ok 'the policy has whole steps' test "$at" -eq "$(wc -l <two.jsonl)" -a "$at" -lt 41
run "$at" $((40 - at)) >found
same 'the same command goes on' '0 0' "$(cat found)"
same 'to the last step' '40 40' "$(step two) $(wc -l <two.jsonl)"
ok 'metrics are those of one worker' like calm.jsonl two.jsonl

fresh two
rm -f two.jsonl
run 0 40 'sleep 0.5; [ $(hostname) = alpha ] || touch beta.up; [ $(hostname) = alpha ] || sleep 20; exec divgrad -q -d fkl --follow two' >found &
rm -f beta.up
await test -e beta.up
ip link set to-beta down
wait $!
same 'a machine is cut off: the step fails' '1 1' "$(cat found)"
ok 'and it is said which' grep -q '2.beta' said
same 'no step was made' 0 "$(step two)"

# Shards by GNU parallel; beta is away, then back.
share() { # of the shards, one after the other on each machine
	parallel --will-cite --ssh "$SSH" -S alpha,beta -j1 --wd "$PWD" \
		apprentice shard {}/4 prompts.traj out "'rollout -q -n 2 -l 6 start'" ::: 1 2 3 4
}
trajcat -q --batch 4 demos.traj >prompts.traj
rollout -q -n 2 -l 6 -o whole.traj start prompts.traj
mkdir out
same 'a machine is away: some shards are missing' yes "$(share >said 2>&1 || echo yes)"
same 'and it is said which' 1 "$("$SHARD" --list out 2>&1 | grep -c missing)"
ip link set to-beta up
await ssh -F ssh.config beta true
ok 'the same command does the rest' share
same 'all are there' 4 "$("$SHARD" --list out | wc -l)"
# shellcheck disable=SC2046 # four names
ok 'they are the samples of one machine' alike_records whole.traj $("$SHARD" --list out)
done_testing
