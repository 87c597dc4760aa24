/* SPDX-License-Identifier: MIT */
/*
 * pairs: how often two symbols stand next to each other, in which words, and
 * which two do so most often: the bookkeeping of a BPE trainer.
 *
 * Counts may be changed at any time; pairs_settle then tells the heap of
 * those that grew.  An entry of the heap whose count has become too high is
 * put right when it comes to the top, so a pair that shrinks costs nothing.
 */
#ifndef TEXT_PAIRS_H
#define TEXT_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pairs;

struct pairs *pairs_new(void);
void pairs_free(struct pairs *);
/* Add to the count of a pair that stands in a word. */
void pairs_count(struct pairs *, uint32_t left, uint32_t right, int64_t by,
    uint32_t word);
void pairs_settle(struct pairs *);
/* A pair stands nowhere any longer: what overlapped with itself (aaa) too. */
void pairs_drop(struct pairs *, uint32_t left, uint32_t right);
/*
 * Take out the most frequent pair, of equals that of the lowest ids: its
 * count is 0 then.  *word[*words] are the words to look into, the caller's
 * to free.  False where no pair is left.
 */
bool pairs_take(struct pairs *, uint32_t *left, uint32_t *right,
    uint32_t **word, size_t *words);

#endif
