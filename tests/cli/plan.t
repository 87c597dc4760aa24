#!/bin/sh
# SPDX-License-Identifier: MIT
#
# --plan of divgrad, rollout and discrim: memory as predicted against what the
# run itself has held at most, which -v tells.
. "$(dirname "$0")/../lib.sh"
SAN=${SAN:-}
MORE=8 # MiB that a libc and a system may differ by, beside a tenth

# N sequences of T random tokens, the first P of them given.
stream() { # N T P
	awk -v n="$1" -v t="$2" -v p="$3" 'BEGIN {
		print "{\"apprentice\":{\"kind\":\"traj\",\"version\":1}}"
		for (i = 0; i < n; i++) {
			printf "{\"id\":\"%d\",\"role\":\"expert\",\"tokens\":[", i
			for (k = 0; k < t; k++)
				printf k ? ",%d" : "%d", int(rand() * 8000)
			printf "],\"actions\":[%d,%d]}\n", p, t
		}
		printf "{\"end\":{\"count\":%d,\"more\":false}}\n", n
	}' | trajcat -q
}

field() { # PATH: a number of the JSON object on stdin
	perl -MJSON::PP -e 'my $x = decode_json(join "", <STDIN>);
		$x = $x->{$_} for split /\./, $ARGV[0]; print $x // "none"' "$1"
}

foretells() { # COMMAND ...: --plan is right about its memory
	"$@" -j 2 --plan --json >plan || return
	[ -z "$SAN" ] || return 0 # a sanitizer takes memory of its own
	planned=$(field memory.total <plan)
	"$@" -v -j 2 2>said >/dev/null || { cat said && return 1; }
	held=$(sed -n 's/.* \([0-9]*\) MiB of memory$/\1/p' said)
	echo "$planned $held" | awk -v more="$MORE" '{
		planned = $1 / 1048576; off = planned - $2
		printf "planned %.0f MiB, held %.0f MiB\n", planned, $2
		exit !(off < 0.1 * $2 + more && -off < 0.1 * $2 + more) }'
}

# A discriminator changes when it is fitted.
fits() { # DISC OPTION ...
	disc=$1
	shift
	rm -rf disc && cp -R "$disc" disc && foretells discrim "$@" disc samples.traj
}

llama='--like llama --vocab 8000 --context 1024'
# shellcheck disable=SC2086 # options are words
mkpolicy -q $llama --dim 512 --layers 8 --heads 8 --kv-heads 4 --ff 1536 --dtype bf16 bf16 &&
	mkpolicy -q $llama --dim 448 --layers 8 --heads 7 --kv-heads 7 --ff 1280 f32 &&
	mkpolicy -q --like gpt2 --vocab 8000 --context 1024 --dim 320 --layers 6 --heads 5 --dtype f16 f16 &&
	mkpolicy -q --like qwen3 --vocab 8000 --context 1024 --dim 192 --layers 4 --heads 6 --kv-heads 2 --ff 512 small &&
	mkpolicy -q $llama --dim 64 --layers 1 narrow &&
	mkpolicy -q --from bf16 --lora 8 adapted && mkpolicy -q --from small --seed 2 judge ||
	exit 1
stream 10 40 16 >short.traj
stream 1 500 100 >long.traj
stream 60 16 4 >many.traj
rollout -q -n 2 -l 8 -o samples.traj small short.traj || exit 1

ok 'divgrad, BF16 weights' foretells divgrad -d fkl bf16 short.traj
ok 'divgrad, a long sequence' foretells divgrad -d fkl bf16 long.traj
ok 'divgrad, F32 weights in BF16' foretells divgrad -d fkl --compute bf16 f32 short.traj
ok 'divgrad, F16 weights' foretells divgrad -d fkl f16 long.traj
ok 'divgrad, small micro-batches' foretells divgrad -d fkl --micro 100 f32 short.traj
ok 'divgrad, more rows than tokens of the first probe' foretells divgrad -d fkl narrow many.traj
ok 'divgrad, adapters' foretells divgrad -d fkl adapted long.traj
ok 'divgrad, adapters in INT8' foretells divgrad -d fkl --compute int8 adapted long.traj
ok 'divgrad, adapters with --recompute' foretells divgrad -d fkl --compute bf16 --recompute adapted long.traj
ok 'divgrad, a teacher' foretells divgrad -d rkl --teacher f32 adapted short.traj
ok 'divgrad, three teachers' foretells divgrad -d rkl --teacher f32 --teacher bf16 --teacher small adapted short.traj
ok 'divgrad, a teacher, with dropout' foretells divgrad -d rkl --teacher small --dropout 0.1 f32 samples.traj
ok 'divgrad, a reference' foretells divgrad -d fkl --ref f32 --kl 0.1 --compute bf16 small short.traj
ok 'rollout, F32' foretells rollout -n 4 -l 40 bf16 short.traj
ok 'rollout, BF16, a bound of memory' foretells rollout --compute bf16 --memory 16M -n 8 -l 16 f32 short.traj
ok 'rollout, INT8, a long prompt' foretells rollout --compute int8 -n 2 -l 8 bf16 long.traj
ok 'rollout, INT8 with --exact' foretells rollout --compute int8 --exact -n 4 -l 8 adapted short.traj
ok 'rollout, an ensemble' foretells rollout --member f32 --member small -n 4 -l 40 bf16 short.traj
ok 'rollout, an ensemble in INT8 with --exact' foretells rollout --member small --compute int8 --exact -n 4 -l 8 adapted short.traj
ok 'discrim, scores' foretells discrim -p bf16 judge samples.traj
ok 'discrim, a mixture' foretells discrim -p bf16 --member f32 --member small judge samples.traj
ok 'discrim, a fit' fits judge -e short.traj -p bf16
ok 'discrim, a fit with dropout' fits judge -e short.traj -p bf16 --dropout 0.1 --steps 2
ok 'discrim, a fit of adapters' fits adapted -e short.traj -p small --compute bf16
ok 'discrim, a fit of adapters in INT8' fits adapted -e short.traj -p bf16 --compute int8 --recompute

# What it says, and what it leaves alone.
same 'rollout --plan counts prompts and samples' '10 160 16 20' \
	"$(rollout --plan --json -n 2 -l 8 small short.traj >plan &&
		for f in trajectories tokens longest samples; do field $f <plan && echo; done | xargs)"
same 'divgrad --plan counts trajectories and micro-batches' '10 400 40 117' \
	"$(divgrad --plan --json --micro 120 -d fkl small short.traj >plan &&
		for f in trajectories tokens longest micro; do field $f <plan && echo; done | xargs)"
same 'divgrad --plan: with dropout two samples do not share their prompt' '310 460' \
	"$(for rate in 0 0.1; do divgrad --plan --json --dropout $rate -d js --teacher judge small samples.traj >plan &&
		field micro <plan && echo; done | xargs)"
same 'the parts of memory are its total' 0 "$(perl -MJSON::PP -e '
	my $m = decode_json(<STDIN>)->{memory}; my $sum = -$m->{total};
	$sum += $m->{$_} for grep { $_ ne "total" } keys %$m; print abs($sum) < 16 ? 0 : $sum' <plan)"
ok 'divgrad --plan prints a text' sh -c "divgrad --plan -d fkl small short.traj | grep -q '^memory  *[0-9]* MiB$'"
ok 'divgrad --plan -o writes a file' divgrad --plan -d fkl -o text small short.traj
same 'discrim --plan makes no step' "$(ls -i judge)" \
	"$(discrim --plan -e short.traj -p bf16 judge samples.traj >/dev/null && ls -i judge)"
# shellcheck disable=SC2016 # perl's variables
ok 'discrim --plan counts the average that DISC keeps: a fifth copy of its weights' sh -c '
	mkpolicy -q --from narrow averaged && divgrad -q -d fkl averaged short.traj | apply-update -q --ema .9 averaged &&
	for disc in narrow averaged; do discrim --plan --json -e short.traj -p small $disc samples.traj; done |
		perl -MJSON::PP -ne "push @b, decode_json(\$_)->{memory}{optimizer}; END { exit !(\$b[1] * 4 == \$b[0] * 5) }"'
printf "%s\n" "{\"apprentice\":{\"kind\":\"traj\",\"version\":1}}" "{\"end\":{\"count\":0,\"more\":false}}" >empty.traj
dies 1 'divgrad: no trajectories' divgrad --plan -d fkl small empty.traj
dies 1 'rollout: nothing to do: no records' rollout --plan small empty.traj
dies 1 'discrim: no trajectories' discrim --plan judge empty.traj
dies 2 'divgrad: --plan does not go with --follow' divgrad --plan -d fkl --follow small short.traj
dies 2 'rollout: --plan does not go with --text' rollout --plan --text a small
dies 2 'discrim: --plan does not go with --export-topk' discrim --plan --export-topk 4 small short.traj
dies 1 'divgrad: short.traj: segment 1, record 1 ("0"): field "tokens": 40 are longer than the context of 32' \
	sh -c 'mkpolicy -q --like llama --dim 16 --layers 1 --vocab 8000 --context 32 tiny && divgrad --plan -d fkl tiny short.traj'
dies 1 'rollout: one sample needs 786432 bytes of memory for keys and values, 16384 are allowed' \
	rollout --plan --memory 16K small short.traj
dies 1 'discrim: short.traj: segment 1, record 1 ("0"): no log-probability under the policy' \
	discrim --plan judge short.traj
done_testing
