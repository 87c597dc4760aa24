# SPDX-License-Identifier: MIT
# The same question of likelihood alone where the policy, BASE, is pretrained and the
# demonstrations are few: adapters, a run on each of two processors at a time.
#
#	make -j2 -C examples/e2e -f students-pretrained.mk FROM=$PWD/devset.csv.gz BASE=$PWD/smollm2
#
# The passes and rates were chosen on seed 6.
TASK = e2e
OUT = ../../build/$(TASK)-students-pretrained
SEEDS = 1 2 3 4 5
material = $(OUT)/few/$(seed)
POLICY = $(material)/start
DATA = $(material)/demos.traj
OPTIONS = --compute bf16 -j 1
FIGURES = ./nats $(material)
SHOW = nats
LOWER = nats
CONTROLS = tuned more
MEMBERS = t2 t3
ARMS = $(CONTROLS) ensemble student $(MEMBERS)

# Fine-tuning, tuned on likelihood, and continued for as many demonstrations as the
# student sees responses.
tuned = sft --batch 25 --lr 1e-3 --decay 0.1 --epochs
arm.tuned = $(tuned) 5
again = --lr 5e-4 --decay 0.1 --warmup 5
arm.more = sft --batch 25 --epochs 6 $(again)
after.more = tuned

# Its mixture with two like it, from starts of their own, of which one is longer.
arm.t2 = $(tuned) 5
policy.t2 = $(material)/m2
arm.t3 = $(tuned) 8
policy.t3 = $(material)/m3
mixed = tuned $(MEMBERS)
run.ensemble = ./mixture $(foreach m,$(mixed),$(OUT)/$m/$(seed)/policy)
after.ensemble = $(mixed)

# From tuned: samples of the mixture, new at each step, and as many demonstrations.
steps = --steps 60
arm.student = distill --sampler teacher $(foreach m,$(mixed),--teacher $(OUT)/$m/$(seed)/policy) \
	$(steps) --prompts 13 --given 12 $(again)
after.student = $(mixed)

include ../../pipelines/experiment.mk

include material.mk
include few.mk
