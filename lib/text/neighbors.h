/* SPDX-License-Identifier: MIT */
/*
 * neighbors: the counts of a BPE trainer: how often two symbols are adjacent,
 * in which words, and which two are adjacent most often.
 *
 * neighbors_count changes counts at any time, and neighbors_settle puts those
 * that grew into a heap.  A heap entry whose count has shrunk since is
 * corrected when it reaches the top.
 */
#ifndef TEXT_NEIGHBORS_H
#define TEXT_NEIGHBORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct neighbors;

struct neighbors *neighbors_new(void);
void neighbors_free(struct neighbors *);
/* Add `by` to the count of two neighbors; they occur in `word`. */
void neighbors_count(struct neighbors *, uint32_t left, uint32_t right,
    int64_t by, uint32_t word);
/* Call between the last neighbors_count and neighbors_take. */
void neighbors_settle(struct neighbors *);
/* Set a count to zero (overlaps as in aaa leave it above). */
void neighbors_drop(struct neighbors *, uint32_t left, uint32_t right);
/*
 * Take out the most frequent neighbors, of equals those with the lowest ids.
 * (*word)[*words] are the words in which they may occur; the caller frees it.
 * False: none are left.
 */
bool neighbors_take(struct neighbors *, uint32_t *left, uint32_t *right,
    uint32_t **word, size_t *words);

#endif
