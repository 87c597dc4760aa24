#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Two machines under Slurm: shards as a job array, steps of two gradients by srun,
# a task that dies, and a grid by make -j RUN='srun -n1'.  Controller and nodes are
# networks on this machine.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/tests/machines/machines.sh"
PATH=$PATH:/usr/sbin:/sbin
need_root slurmctld slurmd srun sbatch munged bash
in_network
material || exit 1
machines alpha beta || exit 1

# Daemons of our own: keys, sockets and state are in this folder.
chmod 755 "$TAP_DIR" "$TAP_DIR/work"
mkdir run && chmod 755 run
(umask 077 && head -c 1024 /dev/urandom >run/key)
# munged wants folders that others cannot write to above its socket: not /tmp
sockets=$(mktemp -d /run/machines.XXXXXX)
chmod 755 "$sockets"
munged --force --socket="$sockets/socket" --key-file="$PWD/run/key" --pid-file="$PWD/munged.pid" \
	--log-file="$PWD/run/munged.log" --seed-file="$PWD/run/seed" 2>run/munged.said || exit 1
trap 'machines_down; cd / && rm -rf "$TAP_DIR" "$sockets"' EXIT
cat >slurm.conf <<END
ClusterName=machines
SlurmctldHost=head(10.77.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$sockets/socket
StateSaveLocation=$PWD/run/state
SlurmdSpoolDir=$PWD/run/spool.%n
SlurmctldPidFile=$PWD/slurmctld.pid
SlurmdPidFile=$PWD/slurmd-%n.pid
SlurmctldLogFile=$PWD/run/slurmctld.log
SlurmdLogFile=$PWD/run/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0
ReturnToService=2
NodeName=alpha NodeAddr=10.77.0.2 CPUs=2
NodeName=beta NodeAddr=10.77.0.3 CPUs=2
PartitionName=machines Nodes=alpha,beta Default=YES State=UP MaxTime=INFINITE
END
mkdir run/state
export SLURM_CONF="$PWD/slurm.conf"
slurmctld -f "$SLURM_CONF" || exit 1
for m in alpha beta; do
	mkdir "run/spool.$m"
	on $m slurmd -f "$SLURM_CONF" || exit 1
done
await sh -c 'sinfo -h -o %T | grep -qx idle && ! sinfo -h -o %T | grep -qvx idle' || {
	tail -n 20 run/*.log | sed 's/^/# /'
	exit 1
}
same 'two machines' 'alpha beta' "$(srun -N2 -n2 hostname | sort | xargs)"

# A job array, one file a task.
trajcat -q --batch 4 demos.traj >prompts.traj
rollout -q -n 2 -l 6 -o whole.traj start prompts.traj
# shellcheck disable=SC2016
ok 'shards as a job array' sbatch -Q --wait --array=1-4 -o 'run/array.%a' --wrap \
	'apprentice shard $SLURM_ARRAY_TASK_ID/4 prompts.traj out "rollout -q -n 2 -l 6 start"'
same 'all are there' 4 "$("$SHARD" --list out | wc -l)"
# shellcheck disable=SC2046 # four names
ok 'they are the samples of one machine' alike_records whole.traj $("$SHARD" --list out)

# Steps: two gradients, one file a task; srun would mix what two tasks print.
fresh one two
rm -f two.jsonl
batches 0 3 | divgrad -q -d fkl --follow one | update one >one.jsonl
make_step() { # COMMAND: the next step of two
	at=$(step two)
	batches "$at" 1 >"batch.$at"
	# shellcheck disable=SC2016
	srun -Q -n2 -N2 -K --export=ALL,COMMAND="$1" bash -c \
		"apprentice shard \$((SLURM_PROCID + 1))/2 batch.$at grads.$at \"\$COMMAND\"" || return
	# shellcheck disable=SC2046 # two names
	update two $("$SHARD" --list "grads.$at") >>two.jsonl
}
gradient='divgrad -q -d fkl two'
ok 'a step of two tasks' make_step "$gradient"
dying='if [ $(hostname) = beta ] && mkdir died 2>/dev/null; then kill -9 $$; fi; exec divgrad -q -d fkl two'
same 'a task dies: the step fails' yes "$(make_step "$dying" >said 2>&1 || echo yes)"
same 'and says which' 1 "$(grep -c 'task 1' said | sed 's/^[1-9].*/1/')"
same 'the policy is where it was' '1 1' "$(step two) $(wc -l <two.jsonl)"
ok 'the same command makes the step' make_step "$dying"
ok 'and the next' make_step "$gradient"
same 'three steps' '3 3' "$(step two) $(wc -l <two.jsonl)"
ok 'as of one worker' like one.jsonl two.jsonl

# A grid: each run is a job, which notes where it runs.
printf '#!/bin/sh\nhostname >>hosts\nexec "$@"\n' >noted
chmod +x noted
cat >Makefile <<END
ARMS = sft
arm.sft = sft --batch 4 --held 1/4
SEEDS = 1 2 3 4
POLICY = start
DATA = demos.jsonl
SHOW = steps loss_last held_best
include $ROOT/pipelines/experiment.mk
END
ok 'a grid by make -j4 and srun' make -s -j4 RUN='srun -Q -n1 ./noted'
same 'makes all runs' '4 done' "$(make -s status | xargs)"
same 'on both machines' 'alpha beta' "$(sort -u hosts | xargs)"
mv runs by-slurm
ok 'the same grid here' make -s
ok 'gives the same table' cmp by-slurm/table.tsv runs/table.tsv
ok 'and the same policies' sh -c 'for n in 1 2 3 4; do
	cmp by-slurm/sft/$n/policy/model.safetensors runs/sft/$n/policy/model.safetensors || exit; done'
done_testing
