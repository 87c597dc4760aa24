# SPDX-License-Identifier: MIT
# What a seed of TASK begins with, made of the file FROM.
vocab.e2e = 512
dim.e2e = 32
vocab.commongen = 1024 # it has more different words
dim.commongen = 48
vocab = $(vocab.$(TASK))
dim = $(dim.$(TASK))
$(OUT)/material/%/start $(OUT)/material/%/demos.traj: material $(FROM)
	@[ -n '$(FROM)' ] || { echo 'set FROM to the file of demonstrations' >&2; exit 2; }
	./material $(TASK) $(FROM) $* $(OUT)/material/$* $(vocab) $(dim)
$(addprefix $(OUT)/material/%/,m2 m3 m4): $(OUT)/material/%/start ;

# Demonstrations, and beside them samples of a policy, or of its mixture with others:
# of N answers to each prompt the best, which is the likeliest a token.
ended = $(foreach m,$1,$(OUT)/$m/%.done)
samples = rollout -q -l 64 --seed $* -n $1 $(foreach m,$3,--member $(OUT)/$m/$*/policy) $(OUT)/$2/$*/policy
taken = trajcat -q $(if $(filter 1,$1),,--best 1 --by $(or $2,logp/token)) --as expert --prefix s/
beside = $(call samples,$1,$2,$3) $(OUT)/material/$*/demos.traj | $(call taken,$1,$4) | \
	trajcat -q -o $@ $(OUT)/material/$*/demos.traj -
