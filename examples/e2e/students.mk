# SPDX-License-Identifier: MIT
# Students of a mixture: does a policy that learns what several policies like it say
# become a better model than the strongest fine-tuning?  And one that gives more right
# answers, too?
#
#	PATH=$PWD/build/bin:$PATH
#	make -j2 -C examples/e2e -f students.mk FROM=$PWD/devset.csv.gz
#	make -j2 -C examples/e2e -f students.mk FROM=$PWD/val.jsonl.gz TASK=commongen
#
# The controls' settings were chosen on seeds 6 and 7, by choose.mk, those of the
# students, and of CommonGen, on seed 6.
TASK = e2e
OUT = ../../build/$(TASK)-students
SEEDS = 1 2 3 4 5
material = $(OUT)/material/$(seed)
POLICY = $(material)/start
DATA = $(material)/demos.traj
OPTIONS = -j 1
FIGURES = ./figures $(TASK) $(material) '1 .7 .5'
SHOW = t1 t.7 t.5 greedy nats $(taken.$(TASK))
LOWER = nats
BEGUN = t2 t3 t4
MEMBERS = $(BEGUN:%=%.more)
# A small policy gives few right answers to CommonGen: it is asked about likelihood alone.
answers.e2e = agreed agree agree.asked agree.js both both.asked both.js both.kl both.kl.asked
controls.e2e = tuned.last averaged long long.more likely likely.most likely.last reranked
controls.commongen = averaged
taken.e2e = of1 of.7 of.5
CONTROLS = sft tuned tuned.more tuned.most $(controls.$(TASK))
ARMS = $(CONTROLS) ensemble student $(answers.$(TASK)) $(BEGUN) $(MEMBERS)
# A report has 64 runs at most.
REPORT = $(filter-out $(BEGUN) $(MEMBERS) both.kl,$(ARMS))

# Fine-tuning: as is usual; tuned on likelihood, with dropout; long, without, which
# has more right answers and more nats; and these two, continued for 80 passes, and
# tuned for 80 and 160 more, as many demonstrations as `both` sees responses.
first = sft --batch 32 --epochs 40 --lr 1e-2 --decay $(decay.first.$(TASK))
again = --lr 5e-3 --decay $(decay.again.$(TASK)) --warmup 20
more = sft $(again) --batch 32 --epochs $(passes.$(TASK))
decay.first.e2e = 0.3
decay.again.e2e = 0.1
passes.e2e = 80
decay.first.commongen = 1
decay.again.commongen = 1
passes.commongen = 40
arm.sft = sft --batch 32 --epochs 10 --lr 1e-2 --decay 0.01
arm.tuned = $(first) --dropout 0.1
arm.long = $(first)
arm.tuned.more = $(more) --dropout 0.1
after.tuned.more = tuned
arm.tuned.most = $(arm.tuned.more)
after.tuned.most = tuned.more
last = sft $(again) --batch 32 --epochs 160
arm.tuned.last = $(last) --dropout 0.1
after.tuned.last = tuned.most
arm.long.more = $(more)
after.long.more = long
# The mean of the weights of tuned and what it became, or of the last two.
of = $(OUT)/$1/$(seed)/policy
run.averaged = ./averaged $(foreach p,$(averaged.$(TASK)),$(call of,$p))
averaged.e2e = tuned tuned.more tuned.most
averaged.commongen = tuned.more tuned.most
after.averaged = tuned.most

# Of so many answers the likeliest a token; or the one that is best by l, of the better
# model of what is held out.
among = 32
asked = ./mixture --of $(among) --best
run.likely = $(asked) logp/token $(call of,long)
after.likely = long
run.likely.most = $(asked) logp/token $(call of,tuned.most)
after.likely.most = tuned.most
run.likely.last = $(asked) logp/token $(call of,tuned.last)
after.likely.last = tuned.last
run.reranked = $(asked) score --judge $(call of,tuned) $(call of,long)
after.reranked = long tuned

# The mixture of tuned.more with three like it, from starts of their own.
$(foreach k,2 3 4,$(eval arm.t$k = $(arm.tuned))$(eval policy.t$k = $$(material)/m$k))
$(foreach t,$(BEGUN),$(eval arm.$t.more = $(arm.tuned.more))$(eval after.$t.more = $t))
mixed = tuned.more $(MEMBERS)
run.ensemble = ./mixture $(foreach m,$(mixed),$(call of,$m))
after.ensemble = $(mixed)

# From tuned.more: demonstrations, and as many samples of the mixture, new at each step.
learn = distill --sampler teacher --max-new 64 $(foreach m,$(mixed),--teacher $(call of,$m)) $(again)
arm.student = $(learn) $(steps) --prompts 16 --given 16
steps = --steps 3100
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

# From student: samples of the mixture as before, demonstrations, and to each two
# answers: the one that agree learns, and the one that it then gives when it is asked.
arm.both = $(learn) $(steps.both) --prompts 28 --given 52
steps.both = --steps 6200
after.both = student agree
data.both = $(material)/both.traj
run.both.asked = $(asked) agreement $(call of,both)
after.both.asked = both
# From both: demonstrations and these answers, by Jensen-Shannon; and by forward KL,
# whose first loss may be low by chance, if the step has few demonstrations.
briefly = sft --batch 32 --epochs 10 $(again)
arm.both.js = $(briefly) -d js
after.both.js = both
data.both.js = $(material)/both.traj
arm.both.kl = $(briefly) --loss-bound 0
after.both.kl = both
data.both.kl = $(material)/both.traj
run.both.kl.asked = $(asked) agreement $(call of,both.kl)
after.both.kl.asked = both.kl

include ../../pipelines/experiment.mk

include material.mk

# To each demonstration such an answer of a policy, at a temperature, by a seed.
picks = rollout -q $(OPTIONS) -l 64 -n $(among) --temperature $2 --seed $3 $(OUT)/$1/$*/policy $(OUT)/material/$*/demos.traj | \
	trajcat -q --best 1 --by agreement --as expert --prefix s$3/
$(OUT)/material/%/agree.traj: $(OUT)/long/%.done
	$(call picks,long,.7,11) | trajcat -q -o $@ $(@D)/demos.traj -
$(OUT)/material/%/both.traj: $(OUT)/agree/%.done
	$(call picks,agree,1,12) | trajcat -q -o $@ $(@D)/agree.traj -
