# SPDX-License-Identifier: MIT
# A grid of runs: each arm, with each value of its axes, for each seed; then a
# table with intervals over the seeds, and a report.  A Makefile says what to run
# and ends by including this file, wherever it lies; experiments(7) explains its
# variables:
#
#	ARMS = sft js              # names; what each runs:
#	arm.sft = sft --epochs 4
#	arm.js = adversarial -d js --rounds 20
#	after.js = sft             # begins with what sft made, seed by seed
#	axis.lr = 1e-3 3e-3        # one run for each value: --lr 1e-3, --lr 3e-3
#	axes.sft = lr              # axes of this arm (AXES: of those without)
#	SEEDS = 1 2 3
#	POLICY = start
#	DATA = demos.jsonl
#	include $(shell apprentice env experiment.mk)
#
# Each run is a file, OUT/CELL/SEED.done, so `make -j4` runs four at a time, `make`
# after a stop or a failure does what is left, and RUN='srun -n1' hands each run
# to an engine.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDEXPANSION:

# The environment sets nothing.
grid.variables := ARMS AXES SEEDS POLICY DATA OPTIONS NEEDS RUN OUT FIGURES SHOW CONTROL CONTROLS LOWER REPORT APPRENTICE
$(foreach v,$(grid.variables),$(if $(filter environment,$(origin $v)),$(eval undefine $v)))
SEEDS ?= 1
OUT ?= runs
POLICY ?= $(policy)
DATA ?= $(data)
SHOW ?= held_best loss_last
CONTROL ?= $(firstword $(CONTROLS) $(grid.cells))
REPORT ?= $(grid.cells)
LOWER ?= held_first held_best loss_first loss_last
APPRENTICE ?= apprentice

# Cells: an arm, and for each of its axes a value: js,lr.1e-3.
grid.here := $(dir $(lastword $(MAKEFILE_LIST)))
grid.comma := ,
grid.letters := a b c d e f g h i j k l m n o p q r s t u v w x y z
grid.safe = $(subst /,_,$(subst :,_,$(subst =,_,$1)))
grid.axes = $(if $(filter undefined,$(origin axes.$1)),$(AXES),$(axes.$1))
grid.product = $(if $1,$(call grid.product,$(wordlist 2,$(words $1),$1),$(foreach c,$2,$(foreach v,$(axis.$(firstword $1)),$c$(grid.comma)$(firstword $1).$(call grid.safe,$v)))),$2)
grid.cells := $(foreach a,$(ARMS),$(call grid.product,$(call grid.axes,$a),$a))
grid.runs := $(foreach c,$(grid.cells),$(SEEDS:%=$c/%))

# What a run CELL/SEED is made of.
grid.cell = $(patsubst %/,%,$(dir $1))
grid.arm = $(firstword $(subst $(grid.comma), ,$(call grid.cell,$1)))
grid.value = $(foreach v,$(axis.$2),$(if $(filter $2.$(call grid.safe,$v),$(subst $(grid.comma), ,$(call grid.cell,$1))),$v))
grid.option = $(if $(filter $2,$(grid.letters)),-,--)$2 $(call grid.value,$1,$2)
grid.options = $(foreach x,$(filter-out policy data,$(call grid.axes,$(call grid.arm,$1))),$(call grid.option,$1,$x))
# TEXT for a run: its words $(cell), $(seed), $(policy) and $(data) are the run's.
grid.bound = $(foreach cell,$(call grid.cell,$1),$(foreach seed,$(notdir $1),$(foreach policy,$(or $(call grid.value,$1,policy),-),$(foreach data,$(or $(call grid.value,$1,data),-),$($2)))))
grid.after = $(foreach c,$(after.$(call grid.arm,$1)),$(OUT)/$c/$(notdir $1))
# The own of an arm, policy.NAME or data.NAME, or else that of all.
grid.own = $(call grid.bound,$1,$(if $(filter undefined,$(origin $2.$(call grid.arm,$1))),$3,$2.$(call grid.arm,$1)))
grid.policy = $(if $(call grid.after,$1),$(firstword $(call grid.after,$1))/policy,$(call grid.own,$1,policy,POLICY))
grid.data = $(call grid.own,$1,data,DATA)
grid.method = $(APPRENTICE) $(call grid.bound,$1,arm.$(call grid.arm,$1)) $(call grid.bound,$1,OPTIONS) $(call grid.options,$1) --seed $(notdir $1) -q --run $(OUT)/$1 $(call grid.policy,$1) $(call grid.data,$1)
# An arm may be a command of one's own, which makes the folder.
grid.other = $(call grid.bound,$1,run.$(call grid.arm,$1)) $(call grid.options,$1) $(OUT)/$1
grid.command = $(if $(run.$(call grid.arm,$1)),$(grid.other),$(grid.method))
grid.methods := $(foreach r,$(grid.runs),$(if $(run.$(call grid.arm,$r)),,$r))
grid.reported := $(foreach r,$(grid.runs),$(if $(filter $(call grid.cell,$r),$(REPORT)),$(OUT)/$r))
grid.start = $(if $(run.$(call grid.arm,$1))$(call grid.after,$1),,$(call grid.policy,$1))
grid.needs = $(patsubst %,%.done,$(call grid.after,$1)) $(grid.start) $(call grid.bound,$1,NEEDS)

# What does not make sense is refused.
$(if $(grid.cells),,$(error experiment.mk: no run: set ARMS, and values for every axis))
$(foreach a,$(ARMS),$(if $(arm.$a)$(run.$a),,$(error experiment.mk: arm.$a is not set)))
$(foreach a,$(ARMS),$(if $(and $(arm.$a),$(run.$a)),$(error experiment.mk: both arm.$a and run.$a are set)))
$(foreach a,$(ARMS),$(foreach x,$(call grid.axes,$a),$(if $(axis.$x),,$(error experiment.mk: axis.$x is not set))))
$(foreach a,$(ARMS),$(foreach c,$(after.$a),$(if $(filter $c,$(grid.cells)),,$(error experiment.mk: after.$a: no cell $c in: $(grid.cells)))))
$(if $(filter $(words $(sort $(grid.runs))),$(words $(grid.runs))),,$(error experiment.mk: two runs have one name: $(grid.runs)))
$(foreach c,$(CONTROL) $(CONTROLS) $(REPORT),$(if $(filter $c,$(grid.cells)),,$(error experiment.mk: CONTROL, CONTROLS or REPORT: no cell $c in: $(grid.cells))))
$(foreach r,$(grid.runs),$(if $(filter -,$(call grid.start,$r)),$(error experiment.mk: $r: no policy: set POLICY or axis.policy)))
$(foreach r,$(grid.methods),$(if $(filter-out -,$(call grid.data,$r)),,$(error experiment.mk: $r: no data: set DATA or axis.data)))

# A file that has the text TEXT is remade only if the text has changed.  (make 4.3
# does not always take away the newline at its end.)
define grid.newline


endef
grid.line = $(subst $(grid.newline),,$1)
grid.same = $(and $(findstring x$1x,x$2x),$(findstring x$2x,x$1x))
grid.stale = $(if $(call grid.same,$(call grid.line,$(file <$1)),$(call grid.line,$2)),,FORCE)
# (make -n only shows, but would write.)
grid.shown := $(findstring n,$(firstword -$(MAKEFLAGS)))
grid.write = @: $(if $(grid.shown),,$(file >$@,$1))
grid.summary = $(strip control: $(CONTROL) controls: $(CONTROLS) lower: $(LOWER) show: $(SHOW) runs: $(grid.runs))
grid.report := $(if $(shell $(APPRENTICE) report -h >/dev/null 2>&1 && echo yes),$(OUT)/report.html)

all: $(OUT)/table.md $(grid.report)

$(OUT) $(grid.cells:%=$(OUT)/%):
	@mkdir -p $@

# A command that has changed goes to the run, which says what differs.
$(grid.runs:%=$(OUT)/%.command): $(OUT)/%.command: $$(call grid.stale,$$@,$$(call grid.command,$$*)) | $$(@D)
	$(call grid.write,$(call grid.command,$*))

# Exit status 3: the gate stopped the run, which is a result, too.
$(grid.runs:%=$(OUT)/%.done): $(OUT)/%.done: $(OUT)/%.command $$(filter-out -,$$(call grid.data,$$*)) | $$(call grid.needs,$$*)
	$(RUN) $(call grid.command,$*) && echo 0 >$@ || { s=$$? && [ $$s -eq 3 ] && echo 3 >$@ || exit $$s; }

# NAME<TAB>NUMBER of a run, or NAME<TAB>NUMBER<TAB>UNIT; empty if the gate stopped it.
$(OUT)/figures.command: $$(call grid.stale,$$@,$$(value FIGURES)) | $(OUT)
	$(call grid.write,$(value FIGURES))
$(grid.runs:%=$(OUT)/%.tsv): $(OUT)/%.tsv: $(OUT)/%.done $(OUT)/figures.command
	@: >$@; [ "$$(<$<)" != 0 ] || [ ! -e $(OUT)/$*/run.json ] || awk -f $(grid.here)run-figures.awk $(OUT)/$*/run.json >$@
	$(if $(call grid.bound,$*,FIGURES),@[ "$$(<$<)" != 0 ] || $(RUN) $(call grid.bound,$*,FIGURES) $(OUT)/$* >>$@)

$(OUT)/grid: $$(call grid.stale,$$@,$$(grid.summary)) | $(OUT)
	$(call grid.write,$(grid.summary))
$(OUT)/table.tsv: $(OUT)/grid $(grid.runs:%=$(OUT)/%.tsv)
	@awk -f $(grid.here)grid-bootstrap.awk -f $(grid.here)grid-table.awk $< >$@
$(OUT)/table.md: $(OUT)/table.tsv $(OUT)/grid
	@awk -F '\t' -f $(grid.here)grid-show.awk $^ >$@
	@cat $@
# What a command of one's own has left may be no run.
$(OUT)/report.html: $(OUT)/table.tsv $(OUT)/grid
	@$(APPRENTICE) report --grid $(OUT) -o $@ $$(for r in $(grid.reported); do \
		[ ! -e $$r/run.json ] && [ ! -e $$r/metrics.jsonl ] || echo $$r; done)

# How far it is.
status:
	@for r in $(grid.runs); do \
		if [ -e $(OUT)/$$r.done ]; then [ "$$(<$(OUT)/$$r.done)" = 0 ] && echo 'done' || echo 'stopped by the gate'; \
		elif [ -d $(OUT)/$$r ]; then echo 'begun'; else echo 'not begun'; fi; \
	done | sort | uniq -c

FORCE:
.PHONY: all status FORCE
