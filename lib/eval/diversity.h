/* SPDX-License-Identifier: MIT */
/*
 * diversity: how much samples differ.
 *
 *   distinct_n  different n-grams / all n-grams (Li et al. 2016)
 *   self-BLEU   mean over responses of BLEU-4 against the other responses of
 *               the same group (Zhu et al. 2018), n > 1 smoothed by one
 *               (Lin & Och 2004): 1 when all are the same
 *
 * Responses are token ids; they are copied.
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
/* NaN where there is no n-gram. */
double diversity_distinct(const struct diversity *, size_t n);
/* NaN where no group has two responses. */
double diversity_self_bleu(const struct diversity *);

#endif
