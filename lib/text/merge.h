/* SPDX-License-Identifier: MIT */
/*
 * merge: the algorithm of BPE.  Of all neighbours that may be merged, the
 * pair of lowest rank, leftmost first, becomes one; again until none is
 * left.  A short word is searched anew for each merge, in arrays on the
 * stack.  For a long one (a run of one letter, or of a script that no
 * expression cuts) a heap of candidates and a linked list of symbols take
 * O(n log n) for n symbols.
 */
#ifndef TEXT_MERGE_H
#define TEXT_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "text/vocab.h"

/* Merge id[n] in place; how many are left. */
size_t bpe_merge(const struct vocab *, uint32_t *id, size_t n);

#endif
