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
