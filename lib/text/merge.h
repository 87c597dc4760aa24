/* SPDX-License-Identifier: MIT */
/*
 * merge: the algorithm of BPE.
 *
 * Of all neighboring symbols that can be merged, merge those of the lowest
 * rank, leftmost first, until none can be merged.  Short words are searched
 * linearly for each merge.  Long ones use a heap of candidates and a linked
 * list of symbols: O(n log n) for n symbols.
 */
#ifndef TEXT_MERGE_H
#define TEXT_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "text/vocab.h"

/* Merge id[n] in place; returns how many ids are left. */
size_t bpe_merge(const struct vocab *, uint32_t *id, size_t n);

#endif
