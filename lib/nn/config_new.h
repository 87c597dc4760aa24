/* SPDX-License-Identifier: MIT */
/* config_new: the config of a new policy from a few sizes. */
#ifndef NN_CONFIG_NEW_H
#define NN_CONFIG_NEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "nn/config.h"

/* 0 selects the default of heads, kv_heads and ff. */
struct config_sizes {
	enum family family;
	size_t dim, layers, vocab, context;
	size_t heads;    /* as many as can be at least 64 wide */
	size_t kv_heads; /* as heads */
	size_t ff;       /* the family's: family.c */
	bool tied, scored;
};

/* Token 0 begins a text, token 1 ends one.  -1: the sizes do not fit. */
must_use int config_new(struct config *, const struct config_sizes *);

#endif
