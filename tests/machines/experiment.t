#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A grid of runs by pipelines/experiment.mk: which runs it makes, that it goes on
# after a failure, does nothing a second time, sees what has changed, and sums up
# over seeds.  Runs are made by a stand-in for apprentice, which notes its calls.
. "$(dirname "$0")/../lib.sh"
if ! command -v bash >/dev/null; then
	skip 'grids' 'no bash here'
	done_testing
fi
unset MAKEFLAGS MAKELEVEL MFLAGS

# The held-out figure is a function of the arm, its options and the seed, so that
# means, differences and intervals are known.
mkdir bin && cat >bin/apprentice <<'END'
#!/bin/bash
set -euo pipefail
echo "$*" >>calls
case $1 in
report)
	[ -e with-report ] || exit 2
	[ "$2" = -h ] || { echo "report of ${*:4}" >"$3"; }
	exit
	;;
esac
method=$1 d='' lr=0 seed=0 run=''
while [ $# -gt 0 ]; do
	case $1 in
	-d) d=$2 ;;
	--lr) lr=$2 ;;
	--seed) seed=$2 ;;
	--run) run=$2 ;;
	esac
	shift
done
[ ! -e "fails-$seed" ] || { echo "apprentice: seed $seed fails" >&2; exit 1; }
mkdir -p "$run/policy"
[ "$d" != js ] || [ "$seed" != 3 ] || exit 3
held=$(awk -v m="$method" -v lr="$lr" -v s="$seed" 'BEGIN { print (m == "sft" ? 2 : 1) + 10 * lr + s * s / 100 }')
printf '{"method": "%s", "data": [{"path": "a \\"b", "records": 3}], "settings": {"held_best": 77},
 "summary": {"steps": 5, "loss_last": %s, "held_best": %s, "best_step": null, "kept": "best"},
 "verdict": null}\n' "$method" "-1.5e-1" "$held" >"$run/run.json"
END
chmod +x bin/apprentice
PATH=$PWD/bin:$PATH
cat >Makefile <<END
ARMS = sft gan
arm.sft = sft --epochs 4
arm.gan = adversarial --read '-f  csv'
after.gan = sft,lr.0.1
axes.sft = lr
axes.gan = d
axis.lr = 0.1 0.2
axis.d = js alpha:0.5
SEEDS = 1 2 3
POLICY = start-\$(seed)
DATA = demos.jsonl
OPTIONS = --batch 8
start-%: ; mkdir \$@
include $ROOT/pipelines/experiment.mk
END
echo one >demos.jsonl
runs() { sort calls | sed 's/ -q / /'; }

touch fails-2
dies 2 "apprentice: seed 2 fails
make: *** [$ROOT/pipelines/experiment.mk:$(grep -n 'RUN) .(call grid.command' "$ROOT/pipelines/experiment.mk" | cut -d : -f 1): runs/sft,lr.0.1/2.done] Error 1" make -s
ok 'a run that failed is not done' test ! -e runs/sft,lr.0.1/2.done
rm fails-2 calls
ok 'the same command goes on' make -s -j3
same 'it runs what was left: each arm with its axes, for each seed' \
	"adversarial --read '-f  csv' --batch 8 -d alpha:0.5 --seed 1 --run runs/gan,d.alpha_0.5/1 runs/sft,lr.0.1/1/policy demos.jsonl
adversarial --read '-f  csv' --batch 8 -d alpha:0.5 --seed 2 --run runs/gan,d.alpha_0.5/2 runs/sft,lr.0.1/2/policy demos.jsonl
adversarial --read '-f  csv' --batch 8 -d alpha:0.5 --seed 3 --run runs/gan,d.alpha_0.5/3 runs/sft,lr.0.1/3/policy demos.jsonl
adversarial --read '-f  csv' --batch 8 -d js --seed 1 --run runs/gan,d.js/1 runs/sft,lr.0.1/1/policy demos.jsonl
adversarial --read '-f  csv' --batch 8 -d js --seed 2 --run runs/gan,d.js/2 runs/sft,lr.0.1/2/policy demos.jsonl
adversarial --read '-f  csv' --batch 8 -d js --seed 3 --run runs/gan,d.js/3 runs/sft,lr.0.1/3/policy demos.jsonl
report -h
sft --epochs 4 --batch 8 --lr 0.1 --seed 2 --run runs/sft,lr.0.1/2 start-2 demos.jsonl
sft --epochs 4 --batch 8 --lr 0.1 --seed 3 --run runs/sft,lr.0.1/3 start-3 demos.jsonl
sft --epochs 4 --batch 8 --lr 0.2 --seed 1 --run runs/sft,lr.0.2/1 start-1 demos.jsonl
sft --epochs 4 --batch 8 --lr 0.2 --seed 2 --run runs/sft,lr.0.2/2 start-2 demos.jsonl
sft --epochs 4 --batch 8 --lr 0.2 --seed 3 --run runs/sft,lr.0.2/3 start-3 demos.jsonl" \
	"$(sed "s/-f csv/'-f  csv'/; s/--read -f  csv/--read '-f  csv'/" calls | sort | sed 's/ -q / /')"
: >calls
same 'a second make does nothing' "make: Nothing to be done for 'all'. report -h" \
	"$(make) $(runs)"
same 'the table: means, differences, gaps of the gate' \
	'| mean [95 % interval] | seeds | held_best | loss_last |
| --- | ---: | ---: | ---: |
| sft,lr.0.1 | 3 | 3.047 [2.946, 3.147] | -0.15 [-0.15, -0.15] |
| sft,lr.0.2 | 3 | 4.047 [3.946, 4.147] | -0.15 [-0.15, -0.15] |
| gan,d.js | 2 | 1.025 [0.8344, 1.216] | -0.15 [-0.15, -0.15] |
| gan,d.alpha_0.5 | 3 | 1.047 [0.9463, 1.147] | -0.15 [-0.15, -0.15] |

| minus sft,lr.0.1 | seeds | held_best | loss_last |
| --- | ---: | ---: | ---: |
| sft,lr.0.2 | 3 | 1 [1, 1] | 0 [0, 0] |
| gan,d.js | 2 | -2 [-2, -2] | 0 [0, 0] |
| gan,d.alpha_0.5 | 3 | -2 [-2, -2] | 0 [0, 0] |

Stopped by the gate: gan,d.js, 1 of 3 seeds.' "$(cat runs/table.md)"
same 'how far it is' '11 done 1 stopped by the gate' "$(make -s status | xargs)"

# What has changed.
: >calls
ok 'one more seed' make -s SEEDS='1 2 3 4'
same 'only its runs are made' '4 4' "$(grep -c -- '--seed 4' calls) $(grep -vc '^report' calls)"
: >calls
ok 'an option that changes' make -s OPTIONS='--batch 16'
same 'goes to every run' 12 "$(grep -c -- '--batch 16' calls)"
: >calls
echo two >>demos.jsonl
ok 'data that change' make -s OPTIONS='--batch 16'
same 'go to every run' 12 "$(grep -vc '^report' calls)"
printf '#!/bin/sh\nprintf "right\\t0.%%s\\n" $(echo "$2" | tr -dc 0-9 | tail -c 1)\n' >measured
chmod +x measured
: >calls
ok 'a figure that a command measures' make -s OPTIONS='--batch 16' FIGURES='./measured of-$(seed)' \
	SHOW='right steps nosuch' CONTROL=gan,d.js
same 'no run is made again' 0 "$(grep -vc '^report' calls)"
same 'it stands in the table' '| minus gan,d.js | seeds | right | steps |
| sft,lr.0.1 | 3 | 0 [0, 0] | 0 [0, 0] |' \
	"$(sed -n "/minus/,$ { /minus/p; /^| sft,lr.0.1/p }" runs/table.md)"
touch with-report
ok 'if there are reports' make -s OPTIONS='--batch 16'
same 'the grid ends in one' 'report of runs/sft,lr.0.1/1 runs/sft,lr.0.1/2' \
	"$(cut -d ' ' -f 1-4 runs/report.html)"
rm with-report

# An engine, with or without -j; the environment.
cat >engine <<'END'
#!/bin/sh
echo "$1 $2 $3" >>engine.calls
exec "$@"
END
chmod +x engine
rm -rf runs && : >calls
ok 'an engine' env RUN=nosuch SEEDS=77 ARMS=nosuch make -s -j4 RUN=./engine
same "starts every run" "6 apprentice adversarial 6 apprentice sft" \
	"$(cut -d " " -f 1-2 engine.calls | sort | uniq -c | xargs)"
same 'the environment sets nothing' 12 "$(wc -l <engine.calls)"

# Refused.
refused() { # WORDS SETTING ...
	words=$1
	shift
	same "$* is refused" "$ROOT/pipelines/experiment.mk: *** experiment.mk: $words.  Stop." \
		"$(make -s "$@" 2>&1 | sed 's/experiment.mk:[0-9]*: /experiment.mk: /')"
}
refused 'no run: set ARMS, and values for every axis' ARMS=
refused 'arm.dpo is not set' ARMS='sft dpo'
refused 'CONTROL: no cell dpo in: sft,lr.0.1 sft,lr.0.2 gan,d.js gan,d.alpha_0.5' CONTROL=dpo
refused 'two runs have one name: sft,lr.0.1/1 sft,lr.0.1/1 gan,d.js/1 gan,d.alpha_0.5/1' axis.lr='0.1 0.1' SEEDS=1
refused 'sft,lr.0.1/1: no data: set DATA or axis.data' DATA= SEEDS=1
same 'an axis can be the policy' 'sft --epochs 4 --batch 8 --seed 1 -q --run runs/sft,policy.b_c/1 b/c demos.jsonl' \
	"$(mkdir -p b/c a && make -sn ARMS=sft axes.sft=policy axis.policy='a b/c' POLICY='$(policy)' SEEDS=1 |
		sed -n 's/  */ /g; s/^ *apprentice \(.* b\/c demos.jsonl\).*/\1/p')"

# Student's t against tables; what is no figure.
quantiles() {
	for n in 1 2 3 4 9 30 99; do
		{
			cat "$ROOT/pipelines/grid-table.awk"
			echo "BEGIN { printf \"%.3f \", quantile($n); exit }"
		} >t.awk && awk -f t.awk /dev/null
	done
}
same "quantiles of Student's t" '12.706 4.303 3.182 2.776 2.262 2.042 1.984 ' "$(quantiles)"
mkdir -p hostile/a
echo 'control a show x runs a/1' >hostile/grid
for bad in 'x nan' 'x' 'x	1	2' 'x	1e' '$(x)	1' 'x	1
x	2'; do
	printf '%s\n' "$bad" >hostile/a/1.tsv
	ok "$(echo "$bad" | tr '\t\n' '  ') is no figure" sh -c "! awk -f $ROOT/pipelines/grid-table.awk hostile/grid"
done
figures() { printf '%s' "$1" >run.json && awk -f "$ROOT/pipelines/run-figures.awk" run.json 2>&1; }
same 'figures of a run.json' "loss	-1.5e-3" "$(figures '{"a": [1, {"summary": {"loss": 2}}], "summary": {"loss": -1.5e-3, "kept": "\"", "x y": 3, "deep": {"loss": 4}}}')"
for bad in '' '{' '{"summary": {"loss": }}' '{"summary": {"loss": 1}' '{"summary": {"loss": 1}} x' '{"summary": {"loss": 1,}}' '{"summary": {}}' "$(printf '%0100d' 0 | tr 0 '[')"; do
	figures "$bad" >said
	same "run.json: $(printf %.30s "$bad")" 'run.json: ' "$(cut -c 1-10 said | head -n 1)"
done
done_testing
