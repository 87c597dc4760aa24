/* SPDX-License-Identifier: MIT */
/*
 * pairs: how often two symbols stand next to each other, in which words, and
 * which two do so most often: the bookkeeping of a BPE trainer.
 *
 * Counts may be changed at any time; neighbors_settle then tells the heap of
 * those that grew.  An entry of the heap whose count has become too high is
 * put right when it comes to the top, so a pair that shrinks costs nothing.
 */
#ifndef TEXT_NEIGHBORS_H
#define TEXT_NEIGHBORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neighbors;

struct neighbors *neighbors_new(void);
void neighbors_free(struct neighbors *);
/* Add to the count of a pair that stands in a word. */
void neighbors_count(struct neighbors *, uint32_t left, uint32_t right,
    int64_t by, uint32_t word);
void neighbors_settle(struct neighbors *);
/* A pair stands nowhere any longer: what overlapped with itself (aaa) too. */
void neighbors_drop(struct neighbors *, uint32_t left, uint32_t right);
/*
 * Take out the most frequent pair, of equals that of the lowest ids: its
 * count is 0 then.  *word[*words] are the words to look into, the caller's
 * to free.  False where no pair is left.
 */
bool neighbors_take(struct neighbors *, uint32_t *left, uint32_t *right,
    uint32_t **word, size_t *words);

#endif
