/* SPDX-License-Identifier: MIT */
/*
 * diversity: how much the responses to a prompt differ.
 *
 *   distinct_n  number of different n-grams / number of n-grams
 *               (Li et al. 2016)
 *   self-BLEU   mean over responses of BLEU-4 against the other responses of
 *               the same group, with one added to the counts of n > 1:
 *               1 when all are the same (Zhu et al. 2018; Lin & Och 2004)
 *
 * Responses are arrays of token ids, and are copied.
 */
#ifndef EVAL_DIVERSITY_H
#define EVAL_DIVERSITY_H

#include <stddef.h>
#include <stdint.h>

struct diversity;

struct diversity *diversity_new(void);
void diversity_free(struct diversity *);
void diversity_add(struct diversity *, const char *group,
    const uint32_t *tokens, size_t n);
/* NaN where no response has n tokens. */
double diversity_distinct(const struct diversity *, size_t n);
/* NaN where no group has two responses. */
double diversity_self_bleu(const struct diversity *);

#endif
