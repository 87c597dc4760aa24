/* SPDX-License-Identifier: MIT */
/*
 * attend: queries of one head against keys and values that are laid out.
 *
 *   out_i = sum_{s < n_i} P_is v_s,   P_is = softmax_s(q_i . k_s / sqrt(E))
 *
 * The pass over whole sequences (attention.h) and the one over single tokens
 * (nn/incremental.h) both call it, and what comes out for a query depends on
 * it and on what it sees alone, to the bit: not on how many queries stand
 * beside it, nor on what lies behind its n.
 *
 * Keys and values lie in panels of 16, as tile.h reads them: k[cap / 16][E]
 * [16] and v[ceil(E / 16)][cap][16], cap a multiple of 16.  What a query sees
 * may lie in several such places, one after the other.
 */
#ifndef TENSOR_ATTEND_H
#define TENSOR_ATTEND_H

#include <stddef.h>

enum { ATTEND_BLOCK = 64, ATTEND_WIDEST = 512 /* most E */ };

struct kv {
	float *k, *v;
	size_t cap;
};

/* The last multiple of ATTEND_BLOCK: where what continues n positions begins
 * its own. */
size_t kv_fork(size_t n);
/* Room for n positions: the next multiple of 16. */
size_t kv_cap(size_t n);
/* Floats of keys and of values together, for one head. */
size_t kv_floats(size_t cap, size_t E);
/* Both in one piece of memory; its contents may be anything finite. */
struct kv kv_at(float *memory, size_t cap, size_t E);
void kv_put(const struct kv *, size_t E, size_t at, const float *k,
    const float *v);
/* Of n positions from `at`, whose rows are so far apart. */
void kv_put_rows(const struct kv *, size_t E, size_t at, size_t n,
    const float *k, size_t k_apart, const float *v, size_t v_apart);

/* The n positions of `from` at `at`, which is a multiple of 16, to the
 * beginning. */
void kv_copy(const struct kv *to, const struct kv *from, size_t E, size_t at,
    size_t n);

/*
 * The first n positions; n a multiple of ATTEND_BLOCK in all but the last span.
 */
struct kv_span {
	struct kv kv;
	size_t n;
};

struct query {
	const float *q; /* [E] */
	float *out;     /* [E] */
	float *lse;     /* log of the sum of e^score; or NULL */
	size_t n; /* positions seen, at least one, from the first span's first
		     on */
};

/* R <= tile_rows(TILE_F32) queries; E <= ATTEND_WIDEST. */
void attend(const struct query *, size_t R, size_t E, const struct kv_span *,
    size_t spans);

#endif
