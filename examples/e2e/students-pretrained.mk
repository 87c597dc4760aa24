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
	./figures $(TASK) $(material) $(temperature) $(OPTIONS))
temperature = .7
SHOW = t.7 greedy nats of.7
LOWER = nats
CONTROLS = tuned more likely reranked
MEMBERS = t2 t3 t4
ARMS = $(CONTROLS) ensemble student agreed $(MEMBERS)

# Fine-tuning, tuned on likelihood, and continued for as many demonstrations as the
# student sees responses.
arm.tuned = sft --batch 25 --epochs 5 --lr 1e-3 --decay 0.1
again = --lr 5e-4 --decay 0.1 --warmup 5
arm.more = sft --batch 25 --epochs 6 $(again)
after.more = tuned
# Of so many answers of that the likeliest a token; or the one that is best by l, of the
# better model of what is held out; and the one that agrees most with the others.
among = 32
answers = $(OUT)/answers/$1.traj
NEEDS = $(if $(filter likely reranked agreed,$(cell)),$(call answers,$(seed)))
asked = ./mixture --of $(among) --answers $(call answers,$(seed)) --best
of = $(OUT)/$1/$(seed)/policy
run.likely = $(asked) logp/token $(call of,more)
after.likely = more
run.reranked = $(asked) score --judge $(call of,tuned) $(call of,more)
after.reranked = more tuned
run.agreed = $(asked) agreement $(call of,more)
after.agreed = more

# Its mixture with three like it, from starts of their own.
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

$(call answers,%): $(OUT)/more/%.done
	@mkdir -p $(@D)
	demo2traj -q -m $(OUT)/more/$*/policy $(OUT)/few/$*/prompts.jsonl | \
		rollout -q --keep-text -l 64 -n $(among) --temperature $(temperature) $(OPTIONS) -o $@ $(OUT)/more/$*/policy -
