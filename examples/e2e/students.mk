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
FIGURES = ./figures $(TASK) $(material) '1 .7 .5'
SHOW = t1 t.7 t.5 greedy nats of1 of.7 of.5
LOWER = nats
CONTROLS = sft tuned tuned.more tuned.most averaged long long.more likely likely.most reranked
MEMBERS = t2 t3 t4
ARMS = $(CONTROLS) ensemble student sharp both both.asked agreed agree agree.asked agree.js $(MEMBERS)
# A report has 64 runs at most.
REPORT = sft tuned tuned.more tuned.most long long.more student sharp agree agree.js

# Fine-tuning: as is usual; tuned on likelihood, with dropout; long, without, which
# has more right answers and more nats; and these two, continued for 80 passes, and
# tuned for as many again, as many demonstrations as `sharp` sees responses.
first = sft --batch 32 --epochs 40 --lr 1e-2 --decay 0.3
again = --lr 5e-3 --decay 0.1 --warmup 20
more = sft $(again) --batch 32 --epochs 80
arm.sft = sft --batch 32 --epochs 10 --lr 1e-2 --decay 0.01
arm.tuned = $(first) --dropout 0.1
arm.long = $(first)
arm.tuned.more = $(more) --dropout 0.1
after.tuned.more = tuned
arm.tuned.most = $(arm.tuned.more)
after.tuned.most = tuned.more
arm.long.more = $(more)
after.long.more = long
# The mean of the weights of tuned and what it became.
of = $(OUT)/$1/$(seed)/policy
run.averaged = ./averaged $(foreach p,tuned tuned.more tuned.most,$(call of,$p))
after.averaged = tuned.most

# Of so many answers the likeliest a token; or the one that is best by l, of the better
# model of what is held out.
among = 32
asked = ./mixture --of $(among) --best
run.likely = $(asked) logp/token $(call of,long)
after.likely = long
run.likely.most = $(asked) logp/token $(call of,tuned.most)
after.likely.most = tuned.most
run.reranked = $(asked) score --judge $(call of,tuned) $(call of,long)
after.reranked = long tuned

# The mixture of tuned with three like it, from starts of their own.
mixed = tuned $(MEMBERS)
$(foreach k,2 3 4,$(eval arm.t$k = $(arm.tuned))$(eval policy.t$k = $$(material)/m$k))
run.ensemble = ./mixture $(foreach m,$(mixed),$(call of,$m))
after.ensemble = $(mixed)

# From tuned: demonstrations, and as many samples of the mixture, new at each step.
learn = distill --sampler teacher --max-new 64 $(foreach m,$(mixed),--teacher $(call of,$m)) $(again)
steps = --steps 3100
arm.student = $(learn) $(steps) --prompts 16 --given 16
after.student = $(mixed)

# Of so many answers of long the one that agrees most with the others: as an answer; as
# what a policy learns, from long and beside demonstrations; and of what it has learnt
# again as an answer.
run.agreed = $(asked) agreement $(call of,long)
after.agreed = long
arm.agree = sft --batch 32 --epochs 20 $(again)
after.agree = long
data.agree = $(material)/agree.traj
run.agree.asked = $(asked) agreement $(call of,agree)
after.agree.asked = agree
# The same by Jensen-Shannon.
arm.agree.js = $(arm.agree) -d js
after.agree.js = long
data.agree.js = $(material)/agree.traj

# From student: the same, and as many again of these answers; and the mean of its
# weights and of student's, which count a fifth.
arm.sharp = $(learn) $(steps) --prompts 32 --given 48
after.sharp = student long
data.sharp = $(material)/sharp.traj
run.both = ./averaged $(foreach p,sharp sharp sharp sharp student,$(call of,$p))
after.both = sharp
run.both.asked = $(asked) agreement $(call of,both)
after.both.asked = both

include ../../pipelines/experiment.mk

include material.mk

demos = $(OUT)/material/$*/demos.traj
picks = rollout -q -l 64 -n $(among) --temperature .7 --seed $1 $(OUT)/long/$*/policy $(demos) | \
	trajcat -q --best 1 --by agreement --as expert --prefix s$1/
$(OUT)/material/%/agree.traj: $(OUT)/long/%.done
	$(call picks,11) | trajcat -q -o $@ $(demos) -
$(OUT)/material/%/sharp.traj: $(OUT)/material/%/agree.traj
	$(call picks,12) | trajcat -q -o $@ $< -
