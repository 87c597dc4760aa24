#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The examples, small: they run to their end and go on where they were, also
# when they were interrupted; the gate stops them; a pipe that fails says why;
# their chart is where the numbers say.
. "$(dirname "$0")/../lib.sh"
examples=$ROOT/examples
chart() { awk -f "$examples/chart.awk"; }

# A panel is 410 wide from 52 on and 220 high from 44 on.  The values 0 .. 10 of
# eleven points make ticks of 2, up to 10.
{
	printf 'panel\tOne & <two>\tstep\nline\tup\n'
	seq 0 10
} | chart >up.svg
same 'a point is where its number says' '52.0,264.0 93.0,242.0' \
	"$(sed -n 's/.*polyline points="\([^ ]* [^ ]*\) .*/\1/p' up.svg | head -n 1)"
same 'the last point is in the corner' '462.0,44.0' \
	"$(sed -n 's/.*polyline points="[^"]* \([^ "]*\)".*/\1/p' up.svg | head -n 1)"
same 'the axis has ticks of 2' '0 2 4 6 8 10' "$(sed -n 's/.*"end">\([0-9]*\)<.*/\1/p' up.svg | tr '\n' ' ' | sed 's/ $//')"
ok 'a title is escaped' grep -qF '>One &amp; &lt;two></text>' up.svg
printf 'bars\tShares\ta\tb\nbar\tx\t1\t0.25\nbar\tlonger\t0.5\t0\n' | chart >bars.svg
same 'bars are as long as they say' '1 0.25 0.5 0' "$(sed -n 's/^<rect.*width="\([0-9.]*\)" height="35[.0-9]*".*/\1/p' bars.svg |
	awk 'NR == 1 { w = $1 } { printf "%s%.3g", (NR > 1 ? " " : ""), $1 / w }')"
printf 'panel\tNothing\tstep\nline\tnone\npanel\tOne\tstep\nline\tone\n-3\n' | chart >odd.svg
ok 'a chart of no points, or of one, has no NaN' sh -c '! grep -i -e nan -e inf odd.svg'
if command -v xmllint >/dev/null; then
	ok 'the charts are XML' xmllint --noout up.svg bars.svg odd.svg
else
	skip 'the charts are XML' 'no xmllint here'
fi

# The demo, with so little that nothing is learnt.
small() { # DIR WORD=VALUE...
	dir=$1
	shift
	env DEMOS=64 HELD=40 ROUNDS=2 MARGIN=-1000 "$@" "$examples/demo" "$dir"
}
weights() { find "$1" -name model.safetensors | sort | xargs cat | cksum; }
ok 'demo runs' small demo
same 'demo has a table' '6 5' "$(awk -F '\t' 'END { print NR, NF }' demo/table.tsv)"
ok 'demo has a chart' grep -q '^</svg>' demo/curves.svg
weights demo >before
ok 'demo runs again' small demo
same 'a second run changes no weights' "$(cat before)" "$(weights demo)"
cp demo/table.tsv before
rm -r demo/rkl* demo/table.tsv
ok 'a run makes only the missing policies' small demo
same 'the table is as before' "$(cat before)" "$(cat demo/table.tsv)"
small gate MARGIN=1000 >said 2>&1
same 'the gate stops the demo with status 3' 3 $?
ok 'the gate says why' grep -q '^gate: .*: stop: fit the discriminator longer' said

rm -r demo/more* && mkdir demo/more
ok 'a run that fails' sh -c '! ROUNDS=2 DEMOS=64 "$0" demo >said 2>&1' "$examples/demo"
same 'its message comes last' 'apprentice sft: more: not a policy: it has neither config.json nor adapter_config.json' \
	"$(tail -n 1 said)"

# The whole method on a policy and demonstrations that are given.
mine() { # RUN OPTION ...
	dir=$1
	shift
	apprentice real --held 1/4 --epochs 2 --disc-epochs 20 --lr 1e-2 --rounds 2 --prompts 8 --steps 2 \
		--max-new 10 "$@" --run "$dir" demo/start demo/demos.jsonl
}
prompts() { # the tokens before the response
	trajcat -q --json "$1" | perl -ne '/"tokens":\[([\d,]*)\],"actions":\[(\d+)/ and
		print join(" ", (split /,/, $1)[0 .. $2 - 1]), "\n"' | sort -u
}
cat demo/demos.jsonl demo/demos.jsonl >twice
mv twice demo/demos.jsonl
ok 'real runs' mine mine -q --margin -1000
demo2traj -q -m demo/start -o all.traj demo/demos.jsonl
same 'no prompt of those held out is trained on' '' \
	"$(prompts mine/held.traj >held && prompts mine/demos.traj | grep -xF -f held)"
same 'every other prompt is trained on' "$(prompts all.traj)" \
	"$(prompts mine/demos.traj | sort -m - held)"
same 'one prompt in four is held out' $((($(prompts all.traj | wc -l) + 3) / 4)) "$(wc -l <held)"
ok 'run again, real has nothing left to do' sh -c 'test "$1" = "$2"' - "$(weights mine)" \
	"$(mine mine -q --margin -1000 >words && weights mine)"
same 'real prints a row for each policy' 'as it came,SFT,SFT, continued as long,the discriminator,rkl' \
	"$(sed "1,2d; /^\$/,\$d; s/  .*//" mine/table.txt | paste -sd ,)"
mine gated -q --margin 1000 >said 2>&1
same 'a gate stops real with status 3' '3 0' "$? $(grep -c '^rkl ' said)"
ok 'a stopped run prints the table all the same' grep -q '^SFT, continued as long  *[0-9]' said
same 'compare: usage' 2 "$(apprentice compare x >/dev/null 2>&1; echo $?)"
apprentice compare mine/held.traj x=mine/sft/policy >said
same 'compare: likelihood is as measured' "$(measure -q -p mine/sft/policy mine/held.traj |
	perl -ne '/"nll_token": ([\d.]+)/ && printf "%.3f", $1')" \
	"$(sed -n 's/^x  *\([0-9.]*\) .*/\1/p' said)"

# Stopped from outside, by its number or as a terminal would, nothing of it
# goes on; and the same command does.
working() { # processes that work in DIR
	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/cwd")" = "$PWD/$1" ] && echo "${p#/proc/}"
	done
}
gone() { # DIR
	[ -z "$(working "$1")" ]
}
made() { { cat stopped/sft.sft/metrics.jsonl || :; } 2>/dev/null | wc -l; }
more() { # STEPS: it has made more than these
	[ "$(made)" -gt "$1" ]
}
for signal in TERM INT; do
	steps=$(made)
	# Many demonstrations, that it is at work still when it has made a step.
	perl -e 'setpgrp; $SIG{INT} = "DEFAULT"; exec @ARGV' \
		env DEMOS=20000 "$examples/demo" stopped >/dev/null 2>&1 &
	job=$!
	await more "$steps"
	[ $signal = TERM ] || job=-$job
	kill -s $signal -- "$job"
	wait "${job#-}" 2>/dev/null
	ok "SIG$signal ends all of it" await gone stopped
	ok "after SIG$signal, the next run goes on" test "$(made)" -gt "$steps"
done
same 'no step was made twice' '' "$(sed 's/{"step":\([0-9]*\).*/\1/' stopped/sft.sft/metrics.jsonl | uniq -d)"
done_testing
