# SPDX-License-Identifier: MIT
# What a seed begins with where the policy, BASE, is pretrained: after material.mk.
.PRECIOUS: $(OUT)/material/%/start
$(OUT)/few/%/start $(OUT)/few/%/demos.traj: pretrained $(OUT)/material/%/start
	@[ -n '$(BASE)' ] || { echo 'set BASE to the folder of a pretrained policy' >&2; exit 2; }
	./pretrained $(OUT)/material/$* $* $(abspath $(BASE)) $(OUT)/few/$*
$(addprefix $(OUT)/few/%/,m2 m3 m4): $(OUT)/few/%/start ;
