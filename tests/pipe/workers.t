#!/bin/sh
# SPDX-License-Identifier: MIT
# Two workers, each with the gradients of one shard, train as one does with all
# trajectories: step for step, also where a shard has none of a batch.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

for w in one two three four five six seven eight; do
	printf '{"prompt": "Say %s.", "response": "I say %s, and again %s."}\n' \
		$w $w $w
done >demos.jsonl
mkpolicy -q --like llama --dim 32 --layers 1 --tokenizer-from demos.jsonl \
	--vocab 290 --seed 2 start || exit 1
demo2traj -q -m start -o demos.traj demos.jsonl

policies() { # NAME...: policies with equal weights
	for p; do
		rm -rf "$p"
		mkpolicy -q --from start "$p"
	done
}

# like FILE FILE: JSON lines with equal numbers, to rounding
# shellcheck disable=SC2317
like() {
	paste -d '\n' "$1" "$2" | perl -e '
		my $n = qr/-?[0-9][0-9.e+-]*/;
		my $lines = 0;
		while (defined(my $one = <>)) {
			my $two = <>;
			s/"(?:time|seconds)":$n,//g for $one, $two;
			my @x = $one =~ /($n)/g;
			my @y = $two =~ /($n)/g;
			die "$one$two" if @x == 0 || @x != @y;
			abs($x[$_] - $y[$_]) <= 1e-4 * abs($x[$_]) || die "$one$two"
				for 0 .. $#x;
			$lines++;
		}
		exit($lines == 0)'
}
update() { # ARG...
	apply-update -q --optimizer sgd --lr 0.5 "$@"
}

for size in 1 2 3; do
	n=$(((8 + size - 1) / size))
	trajcat -q --batch $size -o batches.traj demos.traj
	trajcat -q --shard 1/2 -o 1.traj batches.traj
	trajcat -q --shard 2/2 -o 2.traj batches.traj
	if [ $size = 1 ]; then
		same 'both shards have empty batches' '8 8 8' "$(for f in 1 2; do
			trajcat -q --json $f.traj | grep -c '"apprentice"'
		done | xargs) $(cat 1.traj 2.traj | trajcat -q --json | grep -c '"id"')"
	fi

	# Against a policy that stays where it is.
	policies p q r
	divgrad -q -d fkl -o whole.grad p batches.traj
	divgrad -q -d fkl -o 1.grad q 1.traj
	divgrad -q -d fkl -o 2.grad q 2.traj
	update --stale 9 p whole.grad >whole
	update --stale 9 q 1.grad 2.grad >two
	same "batches of $size: two gradients make as many steps as one" \
		"$n $n" "$(wc -l <whole | xargs) $(wc -l <two | xargs)"
	ok "batches of $size: every step is the same" like whole two
	policies q
	divgrad -q -d fkl -o 1.grad q 1.traj
	divgrad -q -d fkl -o 2.grad q 2.traj
	gradcat -q 1.grad 2.grad | update --stale 9 q >two
	ok "batches of $size: and with their sum by gradcat" like whole two

	# Following it.
	policies p q
	mkfifo 1.pipe 2.pipe
	divgrad -q -d fkl --follow p <batches.traj | update p >whole
	divgrad -q -d fkl --follow q <1.traj >1.pipe &
	divgrad -q -d fkl --follow q <2.traj >2.pipe &
	update q 1.pipe 2.pipe >two
	tap $? "batches of $size: two workers follow the policy"
	wait
	rm 1.pipe 2.pipe
	ok "batches of $size: step for step as one does" like whole two
	measure -q -p p demos.traj >m.p
	measure -q -p q demos.traj >m.q
	ok "batches of $size: and end with the same likelihood" like m.p m.q
done

# Workers that sample: rollout follows the policy past empty shards too.
trajcat -q --batch 1 -o batches.traj demos.traj
worker() { # TRAJ POLICY
	rollout -q -n 2 -l 6 --follow "$2" "$1" | trajcat -q --as expert |
		divgrad -q -d fkl --follow "$2"
}
policies p q
trajcat -q --shard 1/2 -o 1.traj batches.traj
trajcat -q --shard 2/2 -o 2.traj batches.traj
mkfifo 1.pipe 2.pipe
worker batches.traj p | update p >whole
worker 1.traj q >1.pipe &
worker 2.traj q >2.pipe &
update q 1.pipe 2.pipe >two
tap $? 'two workers sample and follow the policy'
wait
ok 'step for step as one does' like whole two

# What the headers of shards say.
headers() { # KEY: its value in each header of the stream on standard input
	trajcat -q --json | grep '"apprentice"' |
		sed "s/.*\"$1\":\([0-9]*\).*/\1/; s/.*apprentice.*/none/" | xargs
}
same 'a shard keeps the index of each batch' '0 1 2 3 4 5 6 7' \
	"$(headers batch <1.traj)"
same 'a shard has the size of the whole batch' '1 1 1 1 1 1 1 1' \
	"$(headers batch_size <2.traj)"
same 'if batches are not numbered, shards number them' '0 1' \
	"$(cat demos.traj demos.traj | trajcat -q --shard 2/2 | headers batch)"
same 'a batch that is cut again has no size of the whole' none \
	"$(headers batch_size <<-END | tr ' ' '\n' | sort -u
	$(trajcat -q --json --shard 1/2 --batch 1 demos.traj)
	END
	)"
same 'a filtered batch has no size of the whole' none \
	"$(trajcat -q --head 1 1.traj | headers batch_size | tr ' ' '\n' | sort -u)"

# Shards that do not belong together.
policies p
divgrad -q -d fkl -o a.grad p batches.traj
trajcat -q --json batches.traj | sed 1,3d | divgrad -q -d fkl -o b.grad p
dies 1 'gradcat: b.grad: segment 1: batch 1, but a.grad is at batch 0' \
	gradcat -q -o sum a.grad b.grad
dies 1 'apply-update: b.grad: segment 1: batch 1, but a.grad is at batch 0' \
	apply-update -q --stale 9 p a.grad b.grad
done_testing
