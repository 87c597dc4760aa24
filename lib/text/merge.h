/* SPDX-License-Identifier: MIT */
/*
 * merge: the algorithm of BPE.  Of all neighbours that may be merged, the
 * pair of lowest rank, leftmost first, becomes one; again until none is
 * left.  With a heap of candidates and a linked list of symbols this takes
 * O(n log n) for a word of n symbols, which for SentencePiece's way, where a
 * document is one word, makes the difference.
 */
#ifndef TEXT_MERGE_H
#define TEXT_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "text/vocab.h"

/* Merge id[n] in place; how many are left. */
size_t bpe_merge(const struct vocab *, uint32_t *id, size_t n);

#endif
