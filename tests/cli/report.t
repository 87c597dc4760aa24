#!/bin/bash
# SPDX-License-Identifier: MIT
#
# report: pages of runs that are whole, partial, hostile, or no runs.
. "$(dirname "$0")/../lib.sh"

# A run as the methods leave it: NAME METHOD SEED STEPS FLOOR, where the loss
# falls to FLOOR.
run() {
	mkdir -p "$1"
	awk -v seed="$3" -v steps="$4" -v floor="$5" -v method="$2" '
	BEGIN {
		srand(seed)
		for (i = 1; i <= steps; i++) {
			loss = floor + 3 * exp(-i / (steps / 6)) + 0.3 * (rand() - 0.5)
			printf "{\"step\": %d, \"epoch\": %.2f, \"num_tokens\": %d, \"loss\": %.4f, \"grad_norm\": %.4f", i, i / 20, i * 900, loss, 0.4 + 8 * exp(-i / 9) + 0.2 * rand()
			printf ", \"learning_rate\": %.6f, \"entropy\": %.4f, \"seconds\": %.2f", 1e-3 * (i < 10 ? i / 10 : 1 - i / steps), 1 + loss / 5, i * 0.3
			if (method != "sft")
				printf ", \"rkl\": %.4f, \"js\": %.4f, \"discriminator/accuracy\": %.4f, \"samples/ended\": %.4f, \"samples/length\": %.2f", 2 * exp(-i / 30) + 0.2 * rand(), 0.4 * exp(-i / 50) + 0.02 * rand(), 0.55 + 0.35 * exp(-i / 40) + 0.05 * rand(), 1 - 0.6 * exp(-i / 15), 14 + 20 * exp(-i / 25) + rand()
			print "}"
		}
	}' >"$1/metrics.jsonl"
	awk -v floor="$5" -v steps="$4" 'BEGIN {
		for (i = 0; i <= steps; i += steps / 10)
			printf "{\"step\": %d, \"nll_token\": %.4f, \"nll_trajectory\": %.3f, \"best\": false}\n", i, floor + 0.3 + 2.6 * exp(-i / (steps / 5)) + 0.2 * (i / steps) ^ 2, 12
	}' >"$1/held.jsonl"
	cat >"$1/run.json" <<-END
		{"apprentice": "0.1.0", "method": "$2", "state": "done",
		"policy": {"path": "policy", "id": "hf-0123456789abcdef", "step": 0},
		"data": [{"path": "demos.jsonl", "fingerprint": "xxh:41c6", "records": 1280}], "held": null,
		"settings": {"lr": 0.001, "epochs": 2, "batch": 16, "seed": $3, "method_only_$2": true},
		"commands": ["trajcat --shuffle --seed $3 --batch 16 demos.traj |\n  divgrad -d fkl --follow policy |\n  apply-update --lr 0.001 policy"],
		"started": "2026-11-30T12:00:00Z", "ended": "2026-11-30T12:03:20Z", "seconds": 200.5,
		"summary": {"steps": $4, "tokens": $(($4 * 900)), "loss_first": 4.1, "loss_last": $5, "held_first": 2.9, "held_best": $5, "best_step": $(($4 / 2)), "kept": "best"}, "verdict": null}
	END
	awk -v seed="$3" -v method="$2" 'BEGIN {
		srand(seed)
		n = split("apple river stone cloud paper green seven music", word, " ")
		for (k = 1; k <= n; k++) {
			other = word[int(rand() * n) + 1]
			for (role = 0; role < 2; role++) {
				what = role ? other : word[k]
				if (role)
					printf "{\"id\": \"p%d#0\", \"group\": \"p%d\", \"role\": \"policy\", \"stop\": \"%s\"", k, k, k % 5 ? "eos" : "length"
				else
					printf "{\"id\": \"p%d\", \"role\": \"expert\"", k
				printf ", \"prompt\": \"Say %s, and say it twice.\", \"response\": \" I say %s, and %s again.\"", word[k], what, what
				printf ", \"tokens\": [\" I\", \" say\", \" %s\", \",\", \" and\", \" %s\", \" again\", \".\"], \"scores\": [", what, what
				for (j = 1; j <= 8; j++)
					printf "%s%.3f", (j > 1 ? ", " : ""), (role && j == 6 && other != word[k] ? -2.5 : 0.4) + 1.6 * (rand() - 0.5)
				printf "], \"ratio\": \"%s\"}\n", method == "reward" ? "reward" : "calibrated"
			}
		}
	}' >"$1/samples.jsonl"
}
comparison() {
	cat <<-'END'
		{"held": "held.traj", "prompts": 200, "rows": [
		{"name": "start", "policy": "policy", "control": true, "nll_token": 2.912, "nll_token_se": 0.021, "nll_trajectory": 30.2, "difference": 1.310, "low": 1.21, "high": 1.41, "length": 40.1, "distinct_2": 0.71, "self_bleu": 0.21},
		{"name": "sft", "policy": "policy.sft/best", "control": true, "nll_token": 1.602, "nll_token_se": 0.018, "nll_trajectory": 16.1, "difference": null, "low": null, "high": null, "length": 14.2, "distinct_2": 0.43, "self_bleu": 0.52},
		{"name": "rkl", "policy": "policy.adversarial/best", "control": false, "nll_token": 1.571, "nll_token_se": 0.019, "nll_trajectory": 15.8, "difference": -0.031, "low": -0.050, "high": -0.012, "length": 13.9, "distinct_2": 0.44, "self_bleu": 0.55}],
		"keep": "rkl", "sentence": "Keep rkl: 0.031 nats per token better than sft (95 % interval 0.012 to 0.050, 200 prompts)."}
	END
}
has() { grep -qF -- "$2" "$1"; }
lacks() { ! grep -qiF -- "$2" "$1"; }
times() { grep -o -- "$2" "$1" | wc -l | tr -d ' '; }

run sft-1 sft 1 120 1.2
run sft-2 sft 2 120 1.3
run sft-3 sft 3 120 1.25
run adv adversarial 1 300 1.1

# One run, several, in any form of the path.
ok 'a page of one run' report -o one.html sft-1/
ok 'it says what was held out' has one.html \
	'<h1>sft-1: a held-out loss of 1.200 nats per token at step 60, from 2.900 at the start.</h1>'
ok 'a page of several runs' report -o page.html sft-1 sft-2 sft-3 adv
ok 'runs that differ in the seed are judged by their mean, best group first' has page.html \
	'<h1>adv has the lowest held-out loss: 1.100 nats per token at step 150, from 2.900 at the start.</h1>'
ok 'their mean has an interval' has page.html 'interval 1.126 to 1.374'
ok 'runs of one method have one loss' has one.html '<h3>Loss</h3>'
for word in '<!DOCTYPE html>' 'name="viewport"' 'prefers-color-scheme:dark' '<svg' '<table' \
	'Loss of sft</h3>' 'Loss of adversarial</h3>' 'Held-out loss, nats per token' 'Divergence rkl' 'Divergence js' \
	'Accuracy of the discriminator' 'Length of samples, tokens' 'Norm of the gradient' \
	'sft, 3 seeds' 'Settings that differ' 'method_only_sft' 'xxh:41c6' 'divgrad -d fkl'; do
	ok "the page has $word" has page.html "$word"
done
same 'sections in their order' 'curves samples scores settings provenance' \
	"$(grep -o '<section id="[a-z]*"' page.html | sed 's/.*id="//; s/"//' | tr '\n' ' ' | sed 's/ $//')"
for word in '<script' 'javascript:' 'http://' 'https://' 'src=' 'href=' '@import' 'url('; do
	ok "the page has no $word" lacks page.html "$word"
done
same 'of seeds each curve is thin and the mean thick' 3 \
	"$(sed -n '/<h3>Entropy/,/<\/figure>/p' page.html >loss && times loss 'class="thin c0"')"
same 'one color for the seeds, another for the other run' 'bold c0 bold c1' \
	"$(grep -o 'bold c[0-9]' loss | tr '\n' ' ' | sed 's/ $//')"
ok 'tokens are shaded' has page.html '<span class="m4">'
ok 'so are those of demonstrations, by the first run' has page.html '<h4>Demonstration, scored by sft-1<span class="sum">l '
for word in 'Scores of tokens, share of all' 'Scores of responses, share of all' \
	'adv, samples: mean' 'adv, demonstrations: mean' 'demonstrations above samples in' \
	'Calibration: share of demonstrations among responses'; do
	ok "the page has $word" has page.html "$word"
done
same 'histograms of demonstrations are dashed' 2 \
	"$(sed -n '/<h3>Scores of tokens/,/<figcaption>/p' page.html | grep -o 'class="dashed c[01]"' | sort -u | wc -l)"
ok 'a response without an end says so' has page.html '(did not end)'
report sft-1 sft-2 sft-3 adv >again.html
ok 'the same runs give the same bytes' cmp page.html again.html
invalid() { # FILE: what libxml says of it, but that it knows HTML 4
	xmllint --html --noout "$1" 2>&1 | grep -v 'Tag \(svg\|path\|circle\|text\|article\|main\|section\|figure\|figcaption\|details\|summary\|footer\) invalid' |
		grep 'error' | head -n 3
}
if command -v xmllint >/dev/null; then
	same 'libxml has nothing to say of the page' '' "$(invalid page.html)"
else
	skip 'libxml has nothing to say of the page' 'no xmllint here'
fi

mkdir other && cp -r adv other/adv && sed -i 's/"batch": 16/"batch": 8/' other/adv/run.json
ok 'runs of one name are named by their paths' sh -c \
	'report adv other/adv | grep -q "<th>other/adv</th>"'

# Rewards, one for a response, have no calibration.
run rewarded reward 1 40 1
sed -i 's/"scores": \[\([^,]*\),[^]]*\]/"scores": [\1]/' rewarded/samples.jsonl
ok 'a page of a run with rewards' report -o rewarded.html rewarded
ok 'rewards are beside the names' has rewarded.html '</i>rewarded<span class="sum">reward '
ok 'they have a histogram' has rewarded.html 'Rewards of responses, share of all'
ok 'they have no calibration' lacks rewarded.html 'Calibration'
ok 'the response is whole, without shades' has rewarded.html '<div class="said"> I say '

# A run that is made of others.
for seed in 1 2; do
	for part in sft rounds; do run "whole-$seed/$part" $part $seed 60 1.$seed; done
	run "whole-$seed" real $seed 1 1
	rm "whole-$seed/metrics.jsonl" "whole-$seed/held.jsonl"
	sed -i "s/2026-11-30T12:00/2026-11-30T12:01/; s/xxh:41c6/&$seed/" "whole-$seed/rounds/run.json"
done
ok 'a page of runs that are made of others' report -o whole.html whole-1 whole-2
same 'their parts follow, in the order in which they began, a group each' \
	'whole-1 whole-2 whole, 2 seeds whole-1/sft whole-2/sft whole/sft, 2 seeds whole-1/rounds whole-2/rounds whole/rounds, 2 seeds' \
	"$(sed -n '/<th>Run</,/<.table>/p' whole.html | sed -n 's/<i[^>]*><.i>//; s/^<tr[^>]*><th>\([^<]*\).*/\1/p' | xargs)"

# A comparison comes first.
comparison >adv/compare.json
ok 'a page with a comparison' report -o claim.html sft-1 adv
ok 'its sentence is the heading' has claim.html \
	'<h1>Keep rkl: 0.031 nats per token better than sft (95 % interval 0.012 to 0.050, 200 prompts).</h1>'
ok 'the kept policy is marked' has claim.html '<tr class="keep"><th>rkl</th>'
cp adv/compare.json sft-1
ok 'of several comparisons each has the name of its run' sh -c \
	"report sft-1 adv | grep -c '^<p class=\"of\">' | grep -qx 2"
rm sft-1/compare.json
ok 'the interval is shown' has claim.html '−0.050 to −0.012'
echo '{"verdict": "Keep \u003cb\u003ethis\u003c/b\u003e.", "settings": {"a": 1}}' >sft-2/run.json
rm sft-2/metrics.jsonl sft-2/held.jsonl sft-2/samples.jsonl
ok 'a run with nothing but run.json' report -o bare.html sft-2
ok 'its verdict is the heading' has bare.html '<h1>Keep &lt;b&gt;this&lt;/b&gt;.</h1>'
mkdir lines && echo '{"loss": 1}' >lines/metrics.jsonl
ok 'a run with nothing but metrics' report -o bare.html lines

mkdir risen && cp sft-1/* risen
sed -i 's/"held_first": 2.9, "held_best": [0-9.]*/"held_first": 1.1, "held_best": 1.1/' risen/run.json
ok 'a run that never fell says so' sh -c \
	"report risen | grep -qF '<h1>risen: no step has a lower held-out loss than the start, 1.100 nats per token.</h1>'"

for n in 1 2; do mkdir bare-$n && cp adv/metrics.jsonl bare-$n; done
ok 'runs without anything held out say so' sh -c \
	"report bare-1 bare-2 | grep -qF '<h1>2 runs: nothing was held out, so no number here says which is best.</h1>'"

# A grid: its figures come first, and the seeds of a cell are a group.
mkdir grid
for cell in ctl:1 adv:3; do
	for seed in 1 2; do
		to=grid/${cell%:*}/$seed
		run "$to" sft $seed 60 1.$seed
		sed -i "s/xxh:41c6/&$seed/; s/hf-0123/&$seed/; s/\"lr\": 0/\"lr\": ${cell#*:}/" "$to/run.json"
		printf 'right\t0.%s%s\n' "${cell#*:}" $seed >"$to.tsv"
	done
done
comparison >grid/adv/1/compare.json
echo 'control: ctl controls: ctl lower: loss_last show: right runs: ctl/1 ctl/2 adv/1 adv/2' >grid/grid
awk -f "$ROOT/pipelines/grid-bootstrap.awk" -f "$ROOT/pipelines/grid-table.awk" grid/grid >grid/table.tsv
ok 'a page of a grid' report --grid grid -o grid.html grid/ctl/1 grid/ctl/2 grid/adv/1 grid/adv/2
ok 'its first figure and the control are the heading' has grid.html \
	'<h1>adv is best in right: 0.315 against 0.115 of ctl, the control, a difference of 0.2 (95 % interval 0.2 to 0.2, 2 seeds); better than the control in 2 of 2 seeds.</h1>'
same 'its table comes first' 'Cell' "$(grep -o '<thead><tr><th>[^<]*' grid.html | head -n 1 | sed 's/.*>//')"
ok 'a comparison of one run is left out' lacks grid.html 'Keep rkl'
same 'sections in their order' 'curves samples scores runs settings provenance' \
	"$(grep -o '<section id="[a-z]*"' grid.html | sed 's/.*id="//; s/"//' | xargs)"
same 'seeds of a cell are a group, whatever their policies and data' 'ctl, 2 seeds adv, 2 seeds' \
	"$(sed -n '/<h3>Entropy/,/<\/figure>/p' grid.html | grep -o '</i>[^<]*' | sed 's/<.i>//' | xargs)"
same 'settings have a column for each cell' 'ctl adv' \
	"$(sed -n '/id="settings"/,/<.thead>/p' grid.html | grep -o '<th>[^<]*' | sed 's/<th>//' | xargs)"
ok 'a grid without runs' report --grid grid/ -o figures.html
same 'has no sections' 0 "$(grep -c '<section' figures.html)"
dies 1 'report: adv: not a run of the grid grid' report --grid grid -o out.html adv
dies 1 'report: nosuch/grid: No such file or directory' report --grid nosuch -o out.html
if command -v xmllint >/dev/null; then
	same 'libxml has nothing to say of the page of a grid' '' "$(invalid grid.html)"
fi

# Hostile text, and values of other types.
mkdir -p 'bad "<script>' && cd 'bad "<script>' || exit 1
evil='<script>alert(1)</script> <img src=x onerror=alert(1)> \u0000\u001b[2J\u202e </td></table></style>'
printf '{"method": "%s", "state": "%s", "apprentice": "%s", "settings": {"%s": "%s", "n": [1, {"a": 2}]},
	"policy": {"path": "%s", "id": 7, "step": "x"}, "data": [1, {"path": "%s"}], "commands": ["%s", 3],
	"summary": {"held_best": 1e308, "held_first": -1e308, "steps": -5, "tokens": 1e300}, "seconds": 1e300, "started": [], "held": {"path": "%s"}}' \
	"$evil" "$evil" "$evil" "${evil//\\u0000/}" "$evil" "$evil" "$evil" "$evil" "$evil" >run.json
printf '{"step": %s, "loss": %s, "%s": 1, "rkl": 1e308}\n' 1 -1e308 "${evil//\\u0000/}" 2 1e308 x -5 0 y >metrics.jsonl
for role in expert policy; do
	printf '{"id": "%s", "role": "%s", "prompt": "%s", "response": "%s", "tokens": ["%s", "%s", 1, "%s"], "scores": [1e308, -1e308, 3, "x"], "ratio": "calibrated", "stop": "%s"}\n' \
		"$evil" $role "$evil" "$evil" "$evil" "$evil" "$evil" "$evil"
	printf '{"id": "r", "role": "%s", "prompt": "%s", "response": "%s", "scores": [-1e308], "ratio": "reward", "stop": 3}\n' $role "$evil" "$evil"
	printf '{"id": "one", "role": "%s", "prompt": "", "response": "%s", "tokens": ["%s"], "scores": [null], "ratio": ["calibrated"]}\n' $role "$evil" "$evil"
done >samples.jsonl
printf '{"id": 3, "role": "policy", "prompt": ["a"], "response": "%s", "scores": [-1e308], "tokens": ["a"]}\n{"response": 1, "role": "policy"}\n{"role": "expert"}\n{}\n' "$evil" >>samples.jsonl
printf '{"rows": [{"name": "%s", "low": -1e308, "high": 1e308, "difference": 0, "nll_token": "x"}, 3, {}], "keep": 3, "sentence": "%s", "prompts": {}}' \
	"$evil" "$evil" >compare.json
cd .. || exit 1
ok 'a run of hostile text' report -o bad.html 'bad "<script>' adv
for word in '<script' '<img' '</td></table></style>' "$(printf '\033')" "$(printf '\342\200\256')" 'inf%'; do
	ok "the page shows but does not have $(printf '%s' "$word" | tr -d '\033' | cut -c 1-20)" lacks bad.html "$word"
done
ok 'nothing is drawn at NaN' sh -c '! grep -qE "[ >l\"-]nan[ <v\"]" bad.html'
same 'it is UTF-8' '' "$(perl -ne 'use Encode; eval { decode("UTF-8", $_, Encode::FB_CROAK); 1 } or print' bad.html)"

# What is not a run, or not whole.
mkdir none
dies 1 'report: none: not a run: it has no run.json and no metrics.jsonl' report -o out.html none
dies 1 'report: absent: not a run: it has no run.json and no metrics.jsonl' report -o out.html absent
mkdir broken && echo '{"a": ' >broken/run.json
ok 'a run.json that is cut' sh -c 'report -o out.html broken 2>&1 | grep "^report: broken/run.json: line"'
echo '[]' >broken/run.json
dies 1 'report: broken/run.json: expected an object, found list' report -o out.html broken
echo '{}' >broken/run.json
printf '{"step": 1, "loss": 2}\n{"step": 2, "lo' >broken/metrics.jsonl
ok 'metrics that are being written' report -o out.html broken
printf '{"step": 1, "loss": 2}\n[]\n' >broken/metrics.jsonl
dies 1 'report: broken/metrics.jsonl: line 2: expected an object, found list' report -o out.html broken
rm broken/metrics.jsonl && mkdir broken/metrics.jsonl
dies 1 'report: broken/metrics.jsonl: not a regular file' report -o out.html broken
ok 'a failed report leaves no file beside it' sh -c '! ls out.html.* 2>/dev/null'
dies 2 'report: missing operand: RUN, a run'"'"'s folder' report

# Size: many long runs stay below 1 MiB.
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
	run "many/r$n" adversarial "$n" 3000 1.$n
	sed -i "s/\"batch\": 16/\"batch\": $n/" "many/r$n/run.json"
	for k in 1 2 3 4; do sed "s/\"id\": \"/&$k/; s/twice/$k times, $(printf '%300s' '' | tr ' ' x)/" "many/r$n/samples.jsonl"; done >more.jsonl
	cat more.jsonl >>"many/r$n/samples.jsonl"
done
ok 'a page of twelve long runs' report -o many.html many/*
ok 'it has less than 1 MiB' sh -c '[ "$(wc -c <many.html)" -lt 1048576 ]'
done_testing
