/* SPDX-License-Identifier: MIT */
/*
 * The accumulators of a tile stay in registers: R x C / 8 of 16 with AVX2
 * (6 x 2 of them, 2 for w and one for x), R x C / 16 of 32 with AVX-512
 * (12 x 2).  Each step loads a row of w once and multiplies it by R numbers,
 * so there are about as many multiply-adds as a core can start in the time
 * of their loads.  Few rows take more panels at once, to have sums enough
 * under way: a multiply-add takes four cycles and two start in each.
 *
 * This file alone is compiled with -ffp-contract=fast, which makes
 * multiply-adds of products and sums.
 */
#include "tensor/tile.h"

typedef float vec8 __attribute__((vector_size(32), aligned(4)));
typedef float vec16 __attribute__((vector_size(64), aligned(4)));
typedef void tile_fn(float *, size_t, const float *, const float *, size_t,
    size_t);

#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* The loop, for vectors of a type, R rows and P panels: all three constant. */
#define KERNEL(NAME, VEC)                                                     \
	static inline __attribute__((always_inline)) void NAME(float *out,    \
	    size_t stride, const float *x, const float *w, size_t apart,      \
	    size_t k, const int R, const int P)                               \
	{                                                                     \
		enum { WIDE = sizeof(VEC) / sizeof(float),                    \
			EACH = TILE_COLS / WIDE };                            \
		VEC sum[TILE_ROWS_MAX][TILE_PANELS_MAX * EACH];               \
		VEC row[TILE_PANELS_MAX * EACH];                              \
		int i, j;                                                     \
                                                                              \
		UNROLL for (i = 0; i < R; i++)                                \
			UNROLL for (j = 0; j < P * EACH; j++)                 \
				sum[i][j] = (VEC){ 0 };                       \
		for (; k > 0; k--, x += R, w += TILE_COLS) {                  \
			UNROLL for (j = 0; j < P * EACH; j++)                 \
				row[j] = *(const VEC *)(w +                   \
				    (size_t)(j / EACH) * apart +              \
				    j % EACH * WIDE);                         \
			UNROLL for (i = 0; i < R; i++)                        \
				UNROLL for (j = 0; j < P * EACH; j++)         \
					sum[i][j] += x[i] * row[j];           \
		}                                                             \
		UNROLL for (i = 0; i < R; i++)                                \
			UNROLL for (j = 0; j < P * EACH; j++)                 \
				*(VEC *)(out + (size_t)i * stride +           \
				    j * WIDE) = sum[i][j];                    \
	}

KERNEL(kernel8, vec8)

#define TILE(NAME, TARGET, KERNEL, R, P)                                      \
	TARGET static void NAME##_##R##_##P(float *out, size_t stride,        \
	    const float *x, const float *w, size_t apart, size_t k)           \
	{                                                                     \
		KERNEL(out, stride, x, w, apart, k, R, P);                    \
	}

/* Of each number of rows: one panel, and as many as fill the registers. */
#define TILES8(NAME, TARGET)                                                  \
	TILE(NAME, TARGET, kernel8, 1, 1)                                     \
	TILE(NAME, TARGET, kernel8, 1, 4)                                     \
	TILE(NAME, TARGET, kernel8, 2, 1)                                     \
	TILE(NAME, TARGET, kernel8, 2, 2)                                     \
	TILE(NAME, TARGET, kernel8, 3, 1)                                     \
	TILE(NAME, TARGET, kernel8, 3, 2)                                     \
	TILE(NAME, TARGET, kernel8, 4, 1)                                     \
	TILE(NAME, TARGET, kernel8, 5, 1)                                     \
	TILE(NAME, TARGET, kernel8, 6, 1)                                     \
	static const struct tiles NAME = { 6,                                 \
		{ { 0 }, { 4, NAME##_1_1, NAME##_1_4 },                       \
		    { 2, NAME##_2_1, NAME##_2_2 },                            \
		    { 2, NAME##_3_1, NAME##_3_2 },                            \
		    { 1, NAME##_4_1, NAME##_4_1 },                            \
		    { 1, NAME##_5_1, NAME##_5_1 },                            \
		    { 1, NAME##_6_1, NAME##_6_1 } } };

struct tiles {
	size_t rows;
	struct {
		size_t panels;
		tile_fn *one, *many;
	} of[TILE_ROWS_MAX + 1];
};

#define PLAIN
TILES8(plain, PLAIN)

#ifdef __x86_64__
TILES8(avx2, __attribute__((target("avx2,fma"))))

KERNEL(kernel16, vec16)

#define PAIR(R, P)                                                            \
	TILE(avx512, __attribute__((target("avx512f"))), kernel16, R, 1)      \
	TILE(avx512, __attribute__((target("avx512f"))), kernel16, R, P)
#define ROW(R, P) { P, avx512_##R##_1, avx512_##R##_##P }
PAIR(1, 4)
PAIR(2, 4)
PAIR(3, 4)
PAIR(4, 4)
PAIR(5, 4)
PAIR(6, 4)
PAIR(7, 2)
PAIR(8, 2)
PAIR(9, 2)
PAIR(10, 2)
PAIR(11, 2)
PAIR(12, 2)
static const struct tiles avx512 = { 12,
	{ { 0 }, ROW(1, 4), ROW(2, 4), ROW(3, 4), ROW(4, 4), ROW(5, 4),
	    ROW(6, 4), ROW(7, 2), ROW(8, 2), ROW(9, 2), ROW(10, 2),
	    ROW(11, 2), ROW(12, 2) } };
#endif

static const struct tiles *
tiles_here(void)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512f"))
		return &avx512;
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return &avx2;
#endif
	return &plain;
}

size_t
tile_rows(void)
{
	return tiles_here()->rows;
}

size_t
tile_panels(size_t R)
{
	return tiles_here()->of[R].panels;
}

void
tile_walk(float *out, size_t stride, const float *x, const float *w,
    size_t apart, size_t k, size_t R, size_t panels)
{
	const struct tiles *t = tiles_here();
	const size_t many = t->of[R].panels;

	for (; panels >= many; panels -= many) {
		t->of[R].many(out, stride, x, w, apart, k);
		out += many * TILE_COLS;
		w += many * apart;
	}
	for (; panels > 0; panels--) {
		t->of[R].one(out, stride, x, w, apart, k);
		out += TILE_COLS;
		w += apart;
	}
}
