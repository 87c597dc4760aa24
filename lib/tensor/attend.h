/* SPDX-License-Identifier: MIT */
/*
 * attend: attention of the queries of one head to packed keys and values.
 *
 *   out_i = sum_{s < n_i} P_is v_s,   P_is = softmax_s(q_i . k_s / sqrt(E))
 *
 * Both the pass over whole sequences (attention.h) and the pass over single
 * tokens (nn/incremental.h) call it.  The output of a query depends, to the
 * bit, on the query and the n keys and values that it sees; not on the other
 * queries, nor on what is stored behind its n.
 *
 * Keys and values are stored in panels of 16 positions or columns, as tile.h
 * reads them: k[cap / 16][E][16] and v[ceil(E / 16)][cap][16], where cap is a
 * multiple of 16.  A query may see several such stores, one after the other.
 */
#ifndef TENSOR_ATTEND_H
#define TENSOR_ATTEND_H

#include <stddef.h>

enum { ATTEND_BLOCK = 64, ATTEND_WIDEST = 512 /* most E */ };

struct kv {
	float *k, *v;
	size_t cap;
};

/*
 * The last multiple of ATTEND_BLOCK up to n: where the store of a sequence
 * that continues n shared positions begins.
 */
size_t kv_fork(size_t n);
/* The capacity for n positions: the next multiple of 16. */
size_t kv_cap(size_t n);
/* Floats of a store (keys and values of one head). */
size_t kv_floats(size_t cap, size_t E);
/* A store in memory of kv_floats(), which may hold any finite numbers. */
struct kv kv_at(float *memory, size_t cap, size_t E);
/* Store k[E] and v[E] of position `at`. */
void kv_put(const struct kv *, size_t E, size_t at, const float *k,
    const float *v);
/* The same for n positions from `at`, with strides in floats. */
void kv_put_rows(const struct kv *, size_t E, size_t at, size_t n,
    const float *k, size_t k_stride, const float *v, size_t v_stride);

/* Copy n positions of `from`, from `at` (a multiple of 16), to the start. */
void kv_copy(const struct kv *to, const struct kv *from, size_t E, size_t at,
    size_t n);

/*
 * The first n positions of a store.  In all but the last span of a call, n is
 * a multiple of ATTEND_BLOCK.
 */
struct kv_span {
	struct kv kv;
	size_t n;
};

struct query {
	const float *q; /* [E] */
	float *out;     /* [E] */
	float *lse;     /* log of the sum of e^score; NULL: not wanted */
	size_t n;       /* positions seen, at least 1, over all spans */
};

/* R <= tile_rows(TILE_F32) queries; E <= ATTEND_WIDEST. */
void attend(const struct query *, size_t R, size_t E, const struct kv_span *,
    size_t spans);

#endif
