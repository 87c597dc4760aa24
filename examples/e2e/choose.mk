# SPDX-License-Identifier: MIT
# How the settings of the controls were chosen: a grid on seeds that no table has.
#
#	make -j2 -C examples/e2e -f choose.mk FROM=$PWD/devset.csv.gz
TASK = e2e
OUT = ../../build/choose-$(TASK)
SEEDS = 6 7 8
material = $(OUT)/material/$(seed)
POLICY = $(material)/start
DATA = $(material)/demos.traj
OPTIONS = -j 1 --batch 32 --lr 1e-2
FIGURES = ./figures $(TASK) $(material) '1 .7 .5'
SHOW = t1 t.7 t.5 greedy best8 agree8 nats
LOWER = nats
ARMS = sft
arm.sft = sft
AXES = epochs decay dropout
axis.epochs = 20 40
axis.decay = 0.1 0.3 1
axis.dropout = 0 0.1
include ../../pipelines/experiment.mk
include material.mk
