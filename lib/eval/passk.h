/* SPDX-License-Identifier: MIT */
/*
 * passk: pass@k, the chance that one of k samples of a prompt is right.
 *
 * Of a prompt with n samples, of which c are right, the estimate
 *
 *	1 - C(n - c, k) / C(n, k) = 1 - product for i = n - c + 1 .. n of 1 -
 *k/i
 *
 * is unbiased for n >= k (Chen et al. 2021, equation 1); pass@k is its mean
 * over prompts.
 */
#ifndef EVAL_PASSK_H
#define EVAL_PASSK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "eval/ratio.h"

/* All zero: no samples yet. */
struct passk {
	struct passk_prompt {
		uint64_t n, right;
	} * prompt; /* owned */
	size_t prompts, cap;
};

/* Add a sample of the prompt of this index (groups.h). */
void passk_add(struct passk *, size_t prompt, bool right);
/* How many prompts have samples, but fewer than k. */
size_t passk_short(const struct passk *, uint64_t k);
/* Add each prompt's estimate, which has to have k samples, to a mean. */
void passk_mean(const struct passk *, uint64_t k, struct ratio *);
void passk_release(struct passk *);

#endif
