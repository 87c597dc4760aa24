/* SPDX-License-Identifier: MIT */
/*
 * attend: attention of the queries of one head to stored keys and values.
 *
 *   out_i = sum_{s < n_i} P_is v_s,   P_is = softmax_s(q_i . k_s / sqrt(E))
 *
 * or, with a window, the sum over first_i <= s < n_i.
 *
 * Both the pass over whole sequences (attention.h) and the pass over single
 * tokens (nn/incremental.h) call it.  The output of a query depends, to the
 * bit, on the query and the keys and values that it sees; not on the other
 * queries, nor on what is stored before or behind.  A query may see several
 * stores (kv.h), one after the other.
 */
#ifndef TENSOR_ATTEND_H
#define TENSOR_ATTEND_H

#include <stddef.h>

#include "tensor/kv.h"

enum { ATTEND_WIDEST = 512 /* most E */ };

/*
 * The first n positions of a store.  In all but the last span of a call, n is
 * a multiple of KV_BLOCK.
 */
struct kv_span {
	struct kv kv;
	size_t n;
};

struct query {
	const float *q; /* [E] */
	float *out;     /* [E] */
	float *lse;     /* log of the sum of e^score; NULL: not wanted */
	size_t n;       /* up to which positions are seen, over all spans */
	size_t first;   /* the first of them, below n */
};

/* The first of n positions that are seen through a window; 0: no window. */
static inline size_t
attend_first(size_t n, size_t window)
{
	return window > 0 && n > window ? n - window : 0;
}

/*
 * R <= tile_rows(TILE_F32) queries; all spans have the same E and type.  The
 * first block of `next`, which may be NULL, is prefetched meanwhile.
 */
void attend(const struct query *, size_t R, const struct kv_span *,
    size_t spans, const struct kv *next);

#endif
