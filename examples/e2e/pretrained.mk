# SPDX-License-Identifier: MIT
# The same question where the policy, BASE, is pretrained and the demonstrations are
# few: adapters, a run on each of two processors at a time.
#
#	make -j2 -C examples/e2e -f pretrained.mk FROM=$PWD/devset.csv.gz BASE=$PWD/smollm2
#
# The settings were chosen on seed 6.
TASK = e2e
OUT = ../../build/$(TASK)-pretrained
SEEDS = 1 2 3 4 5
material = $(OUT)/few/$(seed)
POLICY = $(material)/start
DATA = $(material)/demos.traj
COMPUTE = --compute bf16 -j 1
OPTIONS = $(COMPUTE) --batch 25
FIGURES = ./figures $(TASK) $(material) .5 $(COMPUTE)
SHOW = t1 t.5 greedy best8 agree8 nats
LOWER = nats
CONTROLS = tuned long more self reranked
ARMS = $(CONTROLS) best8 agree

# Fine-tuning: tuned on likelihood; long, which has more right answers and more nats;
# and that, continued for as many steps as the arms below make.
arm.tuned = sft --epochs 5 --lr 1e-3 --decay 0.1
arm.long = sft --epochs 12 --lr 1e-3 --decay 0.1
again = sft --lr 5e-4 --decay 0.1
arm.more = $(again) --epochs 4
after.more = long
# Eight answers of long, reranked by the better model of what is held out.
run.reranked = ./mixture --judge $(OUT)/tuned/$(seed)/policy $(OUT)/long/$(seed)/policy
after.reranked = long tuned
# Demonstrations, and answers of long to as many other prompts: one to each, or of
# eight the best by log-likelihood a token, or by agreement with the others.
BESIDE = self best8 agree
$(foreach m,$(BESIDE),$(eval arm.$m = $(again) --epochs 2)$(eval after.$m = long)$(eval data.$m = $$(material)/$m.traj))

include ../../pipelines/experiment.mk
include material.mk

.PRECIOUS: $(OUT)/material/%/start $(OUT)/few/%/eight
$(OUT)/few/%/start $(OUT)/few/%/demos.traj: pretrained $(OUT)/material/%/start
	@[ -n '$(BASE)' ] || { echo 'set BASE to the folder of a pretrained policy' >&2; exit 2; }
	./pretrained $(OUT)/material/$* $* $(abspath $(BASE)) $(OUT)/few/$*
few = $(OUT)/few/$*
drawn = $(call samples,$1,long) $(COMPUTE) --temperature .7 $(few)/new.traj
$(OUT)/few/%/eight: $(call ended,long)
	$(call drawn,8) -o $@
$(OUT)/few/%/self.traj: $(call ended,long)
	$(call drawn,1) | $(call taken,1) | trajcat -q -o $@ $(few)/demos.traj -
$(OUT)/few/%/best8.traj: $(OUT)/few/%/eight
	$(call taken,8) $< | trajcat -q -o $@ $(few)/demos.traj -
$(OUT)/few/%/agree.traj: $(OUT)/few/%/eight
	$(call taken,8,agreement) $< | trajcat -q -o $@ $(few)/demos.traj -
