# SPDX-License-Identifier: MIT
# The same question where the policy, BASE, is pretrained and the demonstrations are
# few: adapters, a run on each of two processors at a time.
#
#	make -j2 -C examples/e2e -f pretrained.mk FROM=$PWD/devset.csv.gz BASE=$PWD/smollm2
#
# The passes and rates were chosen on seed 6.
TASK = e2e
OUT = ../../build/$(TASK)-pretrained
SEEDS = 1 2 3 4 5
material = $(OUT)/few/$(seed)
POLICY = $(material)/start
DATA = $(material)/demos.traj
COMPUTE = --compute bf16 -j 1
OPTIONS = $(COMPUTE) --batch 25
FIGURES = ./figures $(TASK) $(material) '1 .5' $(COMPUTE)
SHOW = t1 t.5 greedy best8 agree8 nats
LOWER = nats
CONTROLS = tuned long more likely reranked
ARMS = $(CONTROLS) agree js

# Fine-tuning: tuned on likelihood; long, which has more right answers and more nats;
# and that, continued.
arm.tuned = sft --epochs 5 --lr 1e-3 --decay 0.1
arm.long = sft --epochs 12 --lr 1e-3 --decay 0.1
arm.more = sft --epochs 4 --lr 5e-4 --decay 0.1
after.more = long
# The same by another divergence.
arm.js = $(arm.more) -d js
after.js = long

# Of eight answers of the last one: the likeliest a token; the one that is best by l,
# of the better model of what is held out; and the one that agrees most with the others.
more = $(OUT)/more/$(seed)/policy
run.likely = ./mixture --best logp/token $(more)
run.reranked = ./mixture --best score --judge $(OUT)/tuned/$(seed)/policy $(more)
run.agree = ./mixture --best agreement $(more)
after.likely = more
after.reranked = more tuned
after.agree = more

include ../../pipelines/experiment.mk
include material.mk
include few.mk
