/* SPDX-License-Identifier: MIT */
/*
 * said: length and diversity of a policy's responses, or of demonstrations.
 *
 *	said_init(&s);
 *	said_hear(&s, group, tokens, n, k);	// each response
 *	said_length(&s), said_distinct(&s, 2), said_self_bleu(&s);
 *	said_release(&s);
 *
 * Length and n-grams are of the first response to each prompt, self-BLEU is of
 * all.
 */
#ifndef EVAL_SAID_H
#define EVAL_SAID_H

#include <stddef.h>
#include <stdint.h>

#include "eval/diversity.h"

struct said {
	struct diversity *first, *all;
	double length, responses; /* of the first ones */
};

void said_init(struct said *);
void said_release(struct said *);
/* A response; k is its number among those to its prompt. */
void said_hear(void *said, const char *group, const uint32_t *tokens, size_t n,
    size_t k);
/* NaN where there is none. */
double said_length(const struct said *);
double said_distinct(const struct said *, size_t n);
double said_self_bleu(const struct said *);

#endif
