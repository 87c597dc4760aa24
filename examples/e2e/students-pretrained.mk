# SPDX-License-Identifier: MIT
# The same questions where the policy, BASE, is pretrained and the demonstrations are
# few: adapters, a run on each of two processors at a time.
#
#	make -j2 -C examples/e2e -f students-pretrained.mk FROM=$PWD/devset.csv.gz BASE=$PWD/smollm2
#
# The passes and rates were chosen on seed 6; the first such grid, on seeds 1 to 5, whose
# mixture had a member of 8 passes, won four of five.
TASK = e2e
OUT = ../../build/$(TASK)-students-pretrained
SEEDS = 7 8 9 10 11
material = $(OUT)/few/$(seed)
POLICY = $(material)/start
DATA = $(material)/demos.traj
OPTIONS = --compute bf16 -j 1
# What members say is not checked: it takes long.
FIGURES = $(if $(filter ensemble $(MEMBERS),$(cell)),./nats $(material),\
	./figures $(TASK) $(material) '$(temperatures)' $(OPTIONS))
temperatures = $(or $(temperatures.$(cell)),.7)
SHOW = t.7 greedy nats of1 of.7 of.5
LOWER = nats
CONTROLS = tuned more most likely likely.most
MEMBERS = t2 t3 t4
ARMS = $(CONTROLS) ensemble student agreed agree agree.asked $(MEMBERS)

# Fine-tuning, tuned on likelihood, and continued: for as many demonstrations as the
# student sees responses; and again, for as many as agree does.
arm.tuned = sft --batch 25 --epochs 5 --lr 1e-3 --decay 0.1
again = --lr 5e-4 --decay 0.1 --warmup 5
arm.more = sft --batch 25 --epochs 6 $(again)
after.more = tuned
arm.most = sft --batch 25 --epochs 8 $(again)
after.most = more
# Of so many answers the likeliest a token; or the one that agrees most with the others.
among = 32
asked = ./mixture --of $(among)
answers = $(OUT)/answers/$(seed)
shared = $(asked) --answers $(answers)
NEEDS = $(if $(filter likely agreed,$(cell)),$(temperatures:%=$(answers)/%.traj))
of = $(OUT)/$1/$(seed)/policy
run.likely = $(shared) --best logp/token $(call of,more)
temperatures.likely = .7 .5
after.likely = more
run.likely.most = $(asked) --best logp/token $(call of,most)
temperatures.likely.most = .7 .5
after.likely.most = most
run.agreed = $(shared) --best agreement $(call of,more)
after.agreed = more

# From more: demonstrations, and for each of their prompts the one of so many answers of
# more that agrees most with the others; and of what that has learnt again as an answer.
arm.agree = sft --batch 25 --epochs 5 $(again)
after.agree = more
data.agree = $(material)/agree.traj
run.agree.asked = $(asked) --best agreement $(call of,agree)
temperatures.agree.asked = 1
after.agree.asked = agree

# The mixture of tuned with three like it, from starts of their own.
$(foreach k,2 3 4,$(eval arm.t$k = $(arm.tuned))$(eval policy.t$k = $$(material)/m$k))
mixed = tuned $(MEMBERS)
run.ensemble = ./mixture $(foreach m,$(mixed),$(call of,$m))
after.ensemble = $(mixed)

# From tuned: samples of the mixture, new at each step, and as many demonstrations.
steps = --steps 60
arm.student = distill --sampler teacher $(foreach m,$(mixed),--teacher $(call of,$m)) \
	$(steps) --prompts 13 --given 12 $(again)
after.student = $(mixed)

include ../../pipelines/experiment.mk

include material.mk
include few.mk

# Answers of more to the prompts of a file.
ask = demo2traj -q -m $(OUT)/more/$*/policy $1 | \
	rollout -q -l 64 -n $(among) $(OPTIONS) $2 $(OUT)/more/$*/policy -
define answers_at
.PRECIOUS: $(OUT)/answers/%/$t.traj
$(OUT)/answers/%/$t.traj: $(OUT)/more/%.done
	@mkdir -p $$(@D)
	$$(call ask,$(OUT)/few/$$*/prompts.jsonl,--keep-text --temperature $t -o $$@)
endef
$(foreach t,$(temperatures.likely),$(eval $(answers_at)))
$(OUT)/few/%/agree.traj: $(OUT)/more/%.done
	awk -F '", "' '!seen[$$1]++' $(@D)/demos.jsonl >$(@D)/asked.jsonl
	$(call ask,$(@D)/asked.jsonl,--temperature .7 --seed 11) | \
		trajcat -q --best 1 --by agreement --as expert --prefix s/ | trajcat -q -o $@ $(@D)/demos.traj -
