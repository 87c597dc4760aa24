/* SPDX-License-Identifier: MIT */
/*
 * tile: the innermost product, for all others with weights.
 *
 *   out[R, C] = x[R, k] @ w[k, C]
 *
 * for R <= tile_rows() rows and C columns.  Rows of x are TILE_STRIDE words
 * apart, a constant that the innermost loop has in its addresses, and which
 * puts them into different sets of the cache.  w is in panels of 16 columns,
 * one row of a panel after the other, and panels `apart` words.
 *
 * A word of x is a float of 4 bytes, and a word of w what its type says.  But
 * where the processor multiplies pairs of BF16 (tile_takes_pairs), a word of
 * either is such a pair, of columns 2k and 2k + 1 of x and of those rows of w;
 * words then come in sixteens, filled up with zeros.  In INT8 a word is always
 * a pair: of x two whole numbers of 16 bits, of w two bytes (quant.h), and of
 * out it is their sum, whole too, that becomes a float.
 *
 * Every element of out is one chain of multiply-adds over k in order, in a
 * lane of its own.  So it depends on its row of x and its column of w alone,
 * to the bit, whatever stands beside them.  It is the same for vectors of
 * every width; processors without fused multiply-add round each product, and
 * those that multiply pairs of BF16 add both halves of one before the next.
 *
 * Compiled for AMX (amx.c), AVX-512 with and without BF16, AVX2 with FMA, and
 * what the compiler's default is; base/isa.h tells which one runs.
 */
#ifndef TENSOR_TILE_H
#define TENSOR_TILE_H

#include <stdbool.h>
#include <stddef.h>

/* What w is made of. */
enum tile_type { TILE_F32, TILE_BF16, TILE_INT8 };

enum {
	TILE_COLS = 16,
	TILE_ROWS_MAX = 32,
	TILE_F32_ROWS_MAX = 12, /* of TILE_F32 and TILE_INT8 */
	TILE_MOST = 1024,       /* numbers of out from what tile_panels says */
	TILE_DEPTH = 512,       /* most k */
	TILE_STRIDE = TILE_DEPTH + 16
};

/* How many rows at once are fastest here. */
size_t tile_rows(enum tile_type);
/* How many panels go at once for R rows: a good number to walk. */
size_t tile_panels(enum tile_type, size_t R);
/* Whether words are pairs; and how many make K numbers. */
bool tile_takes_pairs(enum tile_type);
size_t tile_words(enum tile_type, size_t K);
/* Bytes of a word of w. */
size_t tile_bytes(enum tile_type);
/*
 * Meanwhile the panel behind these is fetched from memory, 16 words a step
 * where a tile is alone.  Where several walk the same panels each fetches its
 * share, so memory is busy all the time: sampling of 16 sequences of GPT-2,
 * which waits for weights most of all, takes four fifths of the time that it
 * takes where the first fetches all.
 */
struct tile_walk {
	enum tile_type type;
	const void *x, *w;
	size_t apart, k; /* in words */
	size_t R, panels;
	size_t skip, pace; /* bytes: where fetching begins, and of each step */
};

/* out[R, panels * 16], rows `stride` floats apart. */
void tile_walk(float *out, size_t stride, const struct tile_walk *);

#endif
