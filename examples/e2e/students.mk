# SPDX-License-Identifier: MIT
# Students of a mixture: does a policy that learns what several policies like it say
# become a better model than the strongest fine-tuning?  And one that gives more right
# answers, too?
#
#	PATH=$PWD/build/bin:$PATH
#	make -j2 -C examples/e2e -f students.mk FROM=$PWD/devset.csv.gz
#
# The controls' settings were chosen on seeds 6 and 7, by choose.mk, those of the
# students on seed 6.
TASK = e2e
OUT = ../../build/$(TASK)-students
SEEDS = 1 2 3 4 5
material = $(OUT)/material/$(seed)
POLICY = $(material)/start
DATA = $(material)/demos.traj
OPTIONS = -j 1
FIGURES = ./figures $(TASK) $(material) '.7 .5'
SHOW = t1 t.7 t.5 greedy best8 agree8 nats
LOWER = nats
CONTROLS = sft tuned tuned.more long long.more reranked
MEMBERS = t2 t3 t4
ARMS = $(CONTROLS) ensemble student both agree agree.js $(MEMBERS)
REPORT = $(filter-out $(MEMBERS),$(ARMS))

# Fine-tuning: as is usual; tuned on likelihood, with dropout; long, without, which
# has more right answers and more nats; and these two, continued for as many
# demonstrations as `both`, the longest, sees responses.
first = sft --batch 32 --epochs 40 --lr 1e-2 --decay 0.3
again = --lr 5e-3 --decay 0.1 --warmup 20
more = sft $(again) --batch 32 --epochs 80
arm.sft = sft --batch 32 --epochs 10 --lr 1e-2 --decay 0.01
arm.tuned = $(first) --dropout 0.1
arm.long = $(first)
arm.tuned.more = $(more) --dropout 0.1
after.tuned.more = tuned
arm.long.more = $(more)
after.long.more = long
# The one of eight answers of long that is best by l, of the better model of what is
# held out.
run.reranked = ./mixture --best score --judge $(OUT)/tuned/$(seed)/policy $(OUT)/long/$(seed)/policy
after.reranked = long tuned

# The mixture of tuned with three like it, from starts of their own.
mixed = tuned $(MEMBERS)
$(foreach k,2 3 4,$(eval arm.t$k = $(arm.tuned))$(eval policy.t$k = $$(material)/m$k))
run.ensemble = ./mixture $(foreach m,$(mixed),$(OUT)/$m/$(seed)/policy)
after.ensemble = $(mixed)

# From tuned: demonstrations, and as many samples of the mixture, new at each step.
# From tuned.more: the same, and four times as many samples of its own, of eight that
# which agrees most with the others.
learn = distill --sampler teacher --max-new 64 $(foreach m,$(mixed),--teacher $(OUT)/$m/$(seed)/policy) $(again)
steps = --steps 3100
arm.student = $(learn) $(steps) --prompts 16 --given 16
after.student = $(mixed)
arm.both = $(learn) $(steps) --prompts 13 --given 51
after.both = tuned.more $(mixed)
data.both = $(material)/both.traj

# As in Makefile, beside these controls: from long, demonstrations and beside each one of
# eight samples of long.
arm.agree = sft --batch 32 --epochs 20 $(again)
after.agree = long
data.agree = $(material)/agree.traj
arm.agree.js = $(arm.agree) -d js
after.agree.js = long
data.agree.js = $(material)/agree.traj

include ../../pipelines/experiment.mk

include material.mk

agree = rollout -q -l 64 -n 8 --seed $2 $(OUT)/$1/$*/policy $(demos) | \
	trajcat -q --best 1 --by agreement --as expert --prefix s$2/
demos = $(OUT)/material/$*/demos.traj
$(OUT)/material/%/both.traj: $(OUT)/tuned.more/%.done
	trajcat -q -o $@ $(demos) $(foreach k,11 12 13 14,<($(call agree,tuned.more,$k)))
$(OUT)/material/%/agree.traj: $(OUT)/long/%.done
	$(call agree,long,$*) | trajcat -q -o $@ $(demos) -
