/* SPDX-License-Identifier: MIT */
/*
 * newpolicy: a new policy, with random weights and a tokenizer that is trained
 * or copied.
 */
#ifndef LIKELIHOOD_NEWPOLICY_H
#define LIKELIHOOD_NEWPOLICY_H

#include "nn/config_new.h"
#include "nn/create.h"

struct newpolicy {
	struct config_sizes sizes;
	bool vocab_given; /* sizes.V is wanted; else that of a tokenizer */
	const char
	    *tokenizer; /* a text, or the directory of a policy; or NULL */
	enum st_dtype dtype;
	uint64_t seed;
	const struct ckpt_finish *finish; /* or NULL */
};

/*
 * Make the directory; stores its config and number of parameters.  -1: also if
 * the parameters do not fit the machine's memory.  1: it is made, but with
 * which token answers by its chat template end is not known; the message says
 * why.
 */
must_use int newpolicy_make(const char *dir, const struct newpolicy *,
    struct config *, size_t *total);

#endif
