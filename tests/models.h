/* SPDX-License-Identifier: MIT */
/*
 * models: small random policies of each family, for tests of modules that
 * compute with policies.
 *
 * A model gives the family and what differs from the family's row: sizes,
 * rope, biases, a tied head.
 */
#ifndef TESTS_MODELS_H
#define TESTS_MODELS_H

#include <stdbool.h>

#include "nn/config.h"
#include "nn/params.h"
#include "naive.h"

struct model {
	const char *name;
	struct config c;
};

enum { MODELS = 14 };
extern const struct model models[MODELS];

/* The first of a family, or NULL. */
const struct model *model_of(enum family);
void model_config(struct config *, const struct model *);
/* Large weights, so that distributions are far from uniform. */
void model_make(struct config *, struct params *, const struct model *,
    bool scored);

#endif
