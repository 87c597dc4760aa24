# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# words: what the tools of a run say, as it is shown: a hint names options of the
# method in place of the tool's.

shown_words() { # lines on stdin
	local -a edits=(
		-e "s/^\(hint: .*\)demo2traj -m POLICY \(-f .*\) FILE$/\1--read '\2'/"
		-e 's/^hint: int8 is for .*/hint: int8 is for adapters, whose base is frozen: --lora 16; or --compute bf16/'
		-e 's/^\(hint: made for another tokenizer\): .*/\1: give the demonstrations themselves, or make them again: demo2traj -m '"${start//[\/&\\]/\\&}"' FILE/'
	)
	[ "$method" != reward ] || edits+=(
		-e 's/^hint: put discrim before .*/hint: --program adds "score": [NUMBER] to each line that begins with {"id"/'
		-e 's/^hint: these look like demonstrations.*/hint: --program passes on each line, those without {"id" as they are/'
	)
	sed "${edits[@]}"
}
