#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A grid of runs by pipelines/experiment.mk: which runs it makes, that it goes on
# after a failure, does nothing a second time, sees what has changed, and sums up
# over seeds.  A program before apprentice notes its calls.
. "$(dirname "$0")/../lib.sh"
if ! command -v bash >/dev/null; then
	skip 'grids' 'no bash here'
	done_testing
fi
export OMP_NUM_THREADS=1

for n in one two three four five six seven eight; do
	printf '{"prompt": "Say %s.", "response": " I say %s."}\n' $n $n
done >demos.jsonl
printf '#!/bin/sh\necho "$*" >>calls\nexec "$@"\n' >noted
chmod +x noted
# The gate stops the third seed, whatever the policies are.
cat >Makefile <<END
ARMS = sft gan
arm.sft = sft --batch 4
arm.gan = adversarial --read '-f  jsonl' --rounds 1 --steps 1 --prompts 4 --samples 2 --disc start-\$(seed) --margin \$(if \$(filter 3,\$(seed)),1000,-1000)
after.gan = sft,lr.0.01
axes.sft = lr
axes.gan = d
axis.lr = 0.01 0.02
axis.d = alpha:0.5
SEEDS = 1 2 3
POLICY = start-\$(seed)
DATA = demos.jsonl
OPTIONS = --held 1/4
RUN = ./noted
start-%: ; mkpolicy -q --like llama --dim 8 --layers 1 --tokenizer-from demos.jsonl --vocab 280 --seed \$* \$@
include $ROOT/pipelines/experiment.mk
END
gan="apprentice adversarial --read '-f  jsonl' --rounds 1 --steps 1 --prompts 4 --samples 2 --disc start-"
calls() { sed "s/--read -f  jsonl/--read '-f  jsonl'/" calls | sort; }

mkdir start-2
dies 2 "apprentice sft: start-2: not a policy: it has neither config.json nor adapter_config.json
make: *** [$ROOT/pipelines/experiment.mk:$(grep -n 'RUN) .(call grid.command' "$ROOT/pipelines/experiment.mk" | cut -d : -f 1): runs/sft,lr.0.01/2.done] Error 1" make -s
ok 'a run that failed is not done' test ! -e runs/sft,lr.0.01/2.done
rmdir start-2 && rm calls
ok 'the same command goes on' make -s -j3
same 'it runs what was left: each arm with its axes, for each seed' \
	"${gan}1 --margin -1000 --held 1/4 -d alpha:0.5 --seed 1 -q --run runs/gan,d.alpha_0.5/1 runs/sft,lr.0.01/1/policy demos.jsonl
${gan}2 --margin -1000 --held 1/4 -d alpha:0.5 --seed 2 -q --run runs/gan,d.alpha_0.5/2 runs/sft,lr.0.01/2/policy demos.jsonl
${gan}3 --margin 1000 --held 1/4 -d alpha:0.5 --seed 3 -q --run runs/gan,d.alpha_0.5/3 runs/sft,lr.0.01/3/policy demos.jsonl
apprentice sft --batch 4 --held 1/4 --lr 0.01 --seed 2 -q --run runs/sft,lr.0.01/2 start-2 demos.jsonl
apprentice sft --batch 4 --held 1/4 --lr 0.01 --seed 3 -q --run runs/sft,lr.0.01/3 start-3 demos.jsonl
apprentice sft --batch 4 --held 1/4 --lr 0.02 --seed 1 -q --run runs/sft,lr.0.02/1 start-1 demos.jsonl
apprentice sft --batch 4 --held 1/4 --lr 0.02 --seed 2 -q --run runs/sft,lr.0.02/2 start-2 demos.jsonl
apprentice sft --batch 4 --held 1/4 --lr 0.02 --seed 3 -q --run runs/sft,lr.0.02/3 start-3 demos.jsonl" "$(calls)"
: >calls
same 'a second make does nothing' "make: Nothing to be done for 'all'." "$(make)$(calls)"
mean() { # CELL COLUMN NAME: mean and interval of a figure by run.json, and what the table has
	perl -MJSON::PP -e 'my ($cell, $name) = @ARGV; my @x;
		for (grep { -e "runs/$cell/$_.done" } 1 .. 3) {
			local $/; open my $f, "<", "runs/$cell/$_/run.json" or die; my $r = decode_json(<$f>);
			push @x, $r->{summary}{$name} if $r->{state} eq "done";
		}
		my $n = @x; my ($m, $v) = (0, 0);
		$m += $_ / $n for @x; $v += ($_ - $m) ** 2 / ($n - 1) for @x;
		my $w = ($n == 3 ? 4.30265273 : 12.7062047) * sqrt($v / $n);
		printf "%d | %.4g [%.4g, %.4g]", $n, $m, $m - $w, $m + $w' "$1" "$3"
	echo
	grep "^| $1 " runs/table.md | head -n 1 | awk -F ' *[|] *' -v c="$2" '{ print $3 " | " $c }'
}
for cell in sft,lr.0.01 sft,lr.0.02 gan,d.alpha_0.5; do
	for column in 4:held_best 5:loss_last; do
		same "the table has $cell: ${column#*:}" 1 "$(mean $cell "${column%:*}" "${column#*:}" | sort -u | wc -l)"
	done
done
same 'and what the gate stopped' 'Stopped by the gate: gan,d.alpha_0.5, 1 of 3 seeds.' "$(tail -n 1 runs/table.md)"
ok 'a report of all runs' grep -q '<svg' runs/report.html
same 'it begins with the first figure of the table and the control' 1 \
	"$(grep -c '^<h1>.* held_best.* of 3 seeds\.</h1>' runs/report.html)"
same 'its table has the mean and the interval that table.tsv has' \
	"$(awk -F '\t' '$1 == "sft,lr.0.01" && $2 == "held_best" { printf "%.3f %.3f to %.3f", $4, $5, $6 }' runs/table.tsv)" \
	"$(grep '^<tr><th>.*>sft,<wbr>lr.0.01 <' runs/report.html | head -n 1 |
		sed 's/.*data-h="held_best"><div class="means"><div><span[^>]*>\([^<]*\)<.span> <span>\([^<]*\)<.*/\1 \2/')"
same 'seeds of a cell have one color, though their policies differ' 'sft,lr.0.01, 3 seeds sft,lr.0.02, 3 seeds gan,d.alpha_0.5, 3 seeds' \
	"$(sed -n '/<h3>Held-out/,/<.figure>/p' runs/report.html | grep -o '</i>[^<]*' | sed 's/<.i>//' | xargs)"
same 'how far it is' '8 done 1 stopped by the gate' "$(make -s status | xargs)"

# What has changed.
ok 'one more seed' make -s SEEDS='1 2 3 4'
same 'only its runs are made' '3 3' "$(grep -c -- '--seed 4' calls) $(wc -l <calls)"
same 'an option that changes is refused by a run that is there' 1 "$(make -s OPTIONS='--held 1/4 --floor 0' 2>&1 |
	grep -c '^apprentice sft: floor: 0.1 there, 0 here$')"
: >calls
ok '--force makes it again' make -s OPTIONS='--held 1/4 --floor 0 --force'
same 'with every run' 9 "$(grep -c -- '--floor 0 --force' calls)"
: >calls
echo '{"prompt": "Say nine.", "response": " I say nine."}' >>demos.jsonl
ok 'data that change' make -s OPTIONS='--held 1/4 --floor 0 --force'
same 'go to every run' 9 "$(wc -l <calls | tr -d ' ')"
printf '#!/bin/sh\nprintf "right\\t0.%%s\\n" $(echo "$2" | tr -dc 0-9 | tail -c 1)\n' >measured
chmod +x measured
: >calls
ok 'a figure that a command measures' make -s OPTIONS='--held 1/4 --floor 0 --force' FIGURES='./measured of-$(seed)' \
	SHOW='right steps nosuch' CONTROL=gan,d.alpha_0.5
same 'no run is made again' 0 "$(grep -vc '^./measured' calls)"
same 'it stands in the table' '| minus gan,d.alpha_0.5 | seeds | right | steps |
| sft,lr.0.01 | 3 | 0 [0, 0] | 1 [1, 1] |' \
	"$(sed -n "/minus/,$ { /minus/p; /^| sft,lr.0.01/p }" runs/table.md)"
ok 'a figure of some cells alone' make -s OPTIONS='--held 1/4 --floor 0 --force' SHOW=right \
	FIGURES='$(if $(filter sft%,$(cell)),./measured of-$(seed))'
same 'the others have none' '3 0' "$(grep -l right runs/sft,lr.0.01/*.tsv | wc -l) $(grep -l right runs/gan,*/*.tsv | wc -l)"

# An engine, with or without -j; the environment.
printf '#!/bin/sh\necho "$1 $2 $3" >>engine.calls\n' >engine
chmod +x engine
ok 'an engine' sh -c 'rm -rf runs && ! env RUN=nosuch SEEDS=77 ARMS=nosuch make -sk -j4 RUN=./engine 2>/dev/null'
same "starts every run; the environment sets nothing" "3 apprentice adversarial 6 apprentice sft" \
	"$(cut -d " " -f 1-2 engine.calls | sort | uniq -c | xargs)"

table() { awk -f "$ROOT/pipelines/grid-bootstrap.awk" -f "$ROOT/pipelines/grid-table.awk" "$1"; }
shown() { awk -F '\t' -f "$ROOT/pipelines/grid-show.awk" "$1/table.tsv" "$1/grid"; }

# The table of known figures: means, differences, gaps of the gate.
mkdir -p known/a known/b known/c
printf 'control: a show: held_best loss_last runs: a/1 a/2 a/3 b/1 b/2 b/3 c/1 c/2 c/3\n' >known/grid
for s in 1 2 3; do
	for cell in a:3 b:4 c:1; do
		awk -v base="${cell#*:}" -v s=$s 'BEGIN { printf "held_best\t%.4g\nloss_last\t-1.5e-1\n", base + s * s / 100 }' \
			>"known/${cell%:*}/$s.tsv"
	done
done
: >known/c/3.tsv
table known/grid >known/table.tsv
same 'the table: means, differences, gaps of the gate' \
	'| mean [95 % interval] | seeds | held_best | loss_last |
| --- | ---: | ---: | ---: |
| a | 3 | 3.047 [2.946, 3.147] | -0.15 [-0.15, -0.15] |
| b | 3 | 4.047 [3.946, 4.147] | -0.15 [-0.15, -0.15] |
| c | 2 | 1.025 [0.8344, 1.216] | -0.15 [-0.15, -0.15] |

| minus a | seeds | held_best | loss_last |
| --- | ---: | ---: | ---: |
| b | 3 | 1 [1, 1] | 0 [0, 0] |
| c | 2 | -2 [-2, -2] | 0 [0, 0] |

Stopped by the gate: c, 1 of 3 seeds.' \
	"$(shown known)"

# The strongest control is the one of the best mean, in each figure.
sed 's/show:/controls: a b lower: held_best &/' known/grid >known/two
table known/two | cut -f 1,2,11- >known/strongest
same 'the strongest control, and the differences to it seed by seed' 'a held_best - 0 - 0 - - - - -
b held_best - 0 - 0 - - - - -
c held_best 2 2 a 2 -2 -2 -2 - -' "$(grep held_best known/strongest | tr '\t' ' ')"
sed 's/lower: held_best//' known/two >known/grid
table known/grid >known/table.tsv
same 'more is better of other figures' 'b 2 -3 -3 -3 - -' "$(grep '^c.held_best' known/table.tsv | cut -f 13- | tr '\t' ' ')"
ok 'report reads both' sh -c 'report --grid known | grep -q "^<h1>No cell is better in held_best than b, the strongest control: "'

# A control counts where it has the figure in a seed; in the seeds in which it has none,
# nothing is compared.
for s in 1 2 3; do
	printf 'asked\t0.%s\n' $s | tee -a known/c/$s.tsv >>known/b/$s.tsv
done
printf 'other\t1\n' >>known/c/1.tsv
table known/grid >known/table.tsv
same 'the controls that have the figure' 'held_best 0 2 loss_last 0 2 asked 0 3 other 0 0 ' \
	"$(awk '$1 == "c" && $2 != "stopped" { printf "%s %s %s ", $2, $11, $12 }' known/table.tsv)"
sed -i 's/0.2$/0.1/' known/b/2.tsv
sed -i /asked/d known/b/3.tsv
table known/grid >known/table.tsv
same 'in the seeds in which they have it' 'asked 1 2 ' \
	"$(awk '$1 == "c" && $2 == "asked" { printf "%s %s %s ", $2, $11, $12 }' known/table.tsv)"

# Figures of units: control k and cell a, prompts p and q and more, in two seeds.
mkdir -p units/k units/a
echo 'control: k show: shift rare seeds spread some runs: k/1 k/2 a/1 a/2' >units/grid
units() { # FIGURE CELL/SEED NUMBER ...: of units p1, p2, ...
	name=$1 run=$2 unit=0
	shift 2
	for number; do
		unit=$((unit + 1))
		printf '%s\t%s\tp:%s\n' "$name" "$number" $unit >>"units/$run.tsv"
	done
}
for s in 1 2; do
	units shift k/$s -9 $s 0.5
	printf 'shift\t.75\tp:3\nshift\t-8.75\tp:1\nshift\t%s\tp:2\n' $s.25 >>units/a/$s.tsv
	units seeds k/$s 3
	units seeds a/$s $((2 + s))
	units spread k/$s 0 0 0 0 0 0 0
	units spread a/$s 1 2 .3 -4 5 .6 -$s
	units some k/$s 1 2
	units unseen k/$s 1
	units unseen a/$s 2
done
units rare k/1 0 0 0 0
units rare a/1 0 0 4 0
units some a/1 1 3
printf 'some\t2\n' >>units/a/2.tsv
table units/grid >units/table.tsv
same 'a figure is the mean over units' 'a shift -2.08333333 a seeds 3.5 a spread 0.485714286 a some 2 a unseen 2 a rare 1 ' \
	"$(awk '$1 == "a" { printf "a %s %s ", $2, $4 }' units/table.tsv)"
interval() { awk -v name="$1" '$1 == "a" && $2 == name { print $15, $18, $19 }' units/table.tsv; }
same 'equal differences have an interval of no width' '0.25 0.25 0.25' "$(interval shift)"
# Of 4 units, one of which is 4 better: none is drawn in .32 of the draws, 3 or more
# times in .05, 4 times in .004.
same 'units are drawn' '1 0 3' "$(interval rare)"
same 'seeds are drawn: both the first in a quarter of the draws' '0.5 0 1' "$(interval seeds)"
same 'the same numbers every time' '0.485714286 -0.935892857 1.86428571' "$(interval spread)"
same 'a seed without units: no interval' '0.5 - -' "$(interval some)"
same 'none of a figure that is not shown' '1 - -' "$(interval unseen)"
same 'the last table has the differences to the strongest control' \
	'| minus the strongest control [95 % by bootstrap over prompts and seeds] | seeds | shift | rare | seeds | spread | some |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| the strongest control | | k | k | k | k | - |
| a | 2 | 0.25 [0.25, 0.25] | 1 [0, 3] | 0.5 [0, 1] | 0.4857 [-0.9359, 1.864] | - |' "$(shown units | tail -n 4)"
for awk in mawk gawk original-awk; do
	command -v $awk >/dev/null || continue
	same "$awk makes the same table" "$(cksum <units/table.tsv)" \
		"$($awk -f "$ROOT/pipelines/grid-bootstrap.awk" -f "$ROOT/pipelines/grid-table.awk" units/grid | cksum)"
done
ok 'report reads it' sh -c 'report --grid units >page && grep -q "by bootstrap over prompts and seeds 0.25 to 0.25" page'
printf 'rare\t1\tp:5\n' >>units/a/1.tsv
same 'a unit that the cell alone has is named' 'units/a/1.tsv: rare: unit p:5 is not in units/k/1.tsv' \
	"$(table units/grid 2>&1 >said)"
printf 'rare\t1\tp:%s\n' 5 6 >>units/k/1.tsv
same 'a unit that the control alone has is named' 'units/k/1.tsv: rare: unit p:6 is not in units/a/1.tsv' \
	"$(table units/grid 2>&1 >said)"

# Arms that are commands need no data; those that leave metrics have curves.
mkdir own
cat >own/Makefile <<END
ARMS = still moved
run.still = mkdir -p
run.moved = ./moves \$(seed)
FIGURES = ./counts
SHOW = n
SEEDS = 1 2
CONTROLS = still
include \$(shell apprentice env experiment.mk)
END
cat >own/moves <<'END'
#!/bin/sh
mkdir -p "$2" && echo "{\"step\": 1, \"loss\": $1}" >"$2/metrics.jsonl"
END
cat >own/counts <<'END'
#!/bin/sh
printf 'n\t%s\n' "$(ls "$1" | wc -l)"
END
chmod +x own/moves own/counts
ok 'a grid of commands' make -s -C own
ok 'its report has all arms in the table' grep -q '^<h1>moved is best in n: 1 against 0 of still, the control' own/runs/report.html
same 'and the runs that left metrics' 'moved/1 moved/2' \
	"$(sed -n '/id="provenance"/,$p' own/runs/report.html | sed -n 's/^<h3>\(.*\)<.h3>/\1/p' | xargs)"
same 'a second make does nothing there' "make: Nothing to be done for 'all'." "$(make -C own | grep -v directory)"

# Refused.
refused() { # WORDS SETTING ...
	words=$1
	shift
	same "$* is refused" "$ROOT/pipelines/experiment.mk: *** experiment.mk: $words.  Stop." \
		"$(make -s "$@" 2>&1 | sed 's/experiment.mk:[0-9]*: /experiment.mk: /')"
}
refused 'no run: set ARMS, and values for every axis' ARMS=
refused 'arm.dpo is not set' ARMS='sft dpo'
refused 'CONTROL, CONTROLS or REPORT: no cell dpo in: sft,lr.0.01 sft,lr.0.02 gan,d.alpha_0.5' CONTROL=dpo
refused 'two runs have one name: sft,lr.0.01/1 sft,lr.0.01/1 gan,d.alpha_0.5/1' axis.lr='0.01 0.01' SEEDS=1
refused 'sft,lr.0.01/1: no data: set DATA or axis.data' DATA= SEEDS=1
same 'an axis can be the policy' 'sft --batch 4 --held 1/4 --seed 1 -q --run runs/sft,policy.b_c/1 b/c demos.jsonl' \
	"$(mkdir -p b/c a && make -sn ARMS=sft axes.sft=policy axis.policy='a b/c' POLICY='$(policy)' SEEDS=1 |
		sed -n 's/  */ /g; s/.*apprentice \(.* b\/c demos.jsonl\).*/\1/p')"

# Student's t against tables; what is no figure.
quantiles() {
	for n in 1 2 3 4 9 30 99; do
		{
			cat "$ROOT/pipelines/grid-bootstrap.awk" "$ROOT/pipelines/grid-table.awk"
			echo "BEGIN { printf \"%.3f \", quantile($n); exit }"
		} >t.awk && awk -f t.awk /dev/null
	done
}
same "quantiles of Student's t" '12.706 4.303 3.182 2.776 2.262 2.042 1.984 ' "$(quantiles)"
mkdir -p hostile/a
echo 'control: a show: x runs: a/1' >hostile/grid
refused_figure() { # LINES WORDS
	printf '%s\n' "$1" >hostile/a/1.tsv
	same "$(echo "$1" | tr '\t\n' '  ') is no figure" "hostile/a/1.tsv: line $2" "$(table hostile/grid 2>&1 >said)"
}
for bad in 'x nan' 'x' 'x	1	2	3' 'x	1e' '$(x)	1' 'x	1	' 'x	1	a b' 'x		a' 'x	1	é'; do
	refused_figure "$bad" '1: expected NAME<TAB>NUMBER or NAME<TAB>NUMBER<TAB>UNIT'
done
refused_figure 'x	1
x	2' '2: x occurs twice'
refused_figure 'x	1	p
y	1	p
x	2	p' '3: x occurs twice for unit p'
refused_figure 'x	1
x	2	p' '2: x occurs with a unit and without'
refused_figure 'x	2	p
x	1' '2: x occurs with a unit and without'
figures() { printf '%s' "$1" >run.json && awk -f "$ROOT/pipelines/run-figures.awk" run.json 2>&1; }
same 'figures of a run.json' "loss	-1.5e-3" "$(figures '{"a": [1, {"summary": {"loss": 2}}], "summary": {"loss": -1.5e-3, "kept": "\"", "x y": 3, "deep": {"loss": 4}}}')"
for bad in '' '{' '{"summary": {"loss": }}' '{"summary": {"loss": 1}' '{"summary": {"loss": 1}} x' '{"summary": {"loss": 1,}}' '{"summary": {}}' "$(printf '%0100d' 0 | tr 0 '[')"; do
	figures "$bad" >said
	same "run.json: $(printf %.30s "$bad")" 'run.json: ' "$(cut -c 1-10 said | head -n 1)"
done
done_testing
