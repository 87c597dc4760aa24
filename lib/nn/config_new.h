/* SPDX-License-Identifier: MIT */
/* design: the config of a policy that is yet to be, from a few sizes. */
#ifndef NN_CONFIG_NEW_H
#define NN_CONFIG_NEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "nn/config.h"

/* A size of 0 where a default is named. */
struct config_sizes {
	enum family family;
	size_t dim, layers, vocab, context;
	size_t heads;    /* as many as can be at least 64 wide */
	size_t kv_heads; /* as heads */
	size_t ff;       /* 8/3 of dim, up to a multiple of 8; GPT-2: 4 dim */
	bool tied, scored;
};

/* Tokens 0 and 1 begin and end a text.  -1: the sizes do not fit. */
must_use int config_new(struct config *, const struct config_sizes *);

#endif
