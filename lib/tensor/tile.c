/* SPDX-License-Identifier: MIT */
/*
 * The sums of a tile stay in registers: R x C / 8 of 16 with AVX2 (6 x 2, with
 * 2 for w and one for x), R x C / 16 of 32 with AVX-512 (12 x 2).  Each step
 * loads a row of w once and multiplies it by R numbers, which is about as many
 * multiply-adds as a core can start in the time of the loads.  Few rows use
 * more panels at once, to have enough independent sums: a multiply-add takes
 * four cycles, and two start in each.
 *
 * An INT8 step multiplies twice as many numbers as an F32 step, but needs a
 * separate addition without VNNI.  On a Zen 3, which has none, INT8 products of
 * many rows run 1.4 to 2 times as fast as in F32, and those of one row seven
 * times (tests/bench/kernels).
 *
 * Only this file is compiled with -ffp-contract=fast, which contracts products
 * and sums to multiply-adds.
 */
#include "tensor/tile.h"

#include <stdint.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "base/isa.h"
#include "tensor/amx.h"

enum { PANELS_MAX = 4 };

typedef float vec8 __attribute__((vector_size(32), aligned(4)));
typedef float vec16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints8 __attribute__((vector_size(32)));
typedef int32_t ints16 __attribute__((vector_size(64)));
typedef uint32_t bits8 __attribute__((vector_size(32)));
typedef uint16_t half8 __attribute__((vector_size(16), aligned(2)));
typedef int16_t bytes8 __attribute__((vector_size(16), aligned(2)));
typedef void tile_fn(float *, size_t, const struct tile_walk *, const void *,
    const char *);

#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* A vector of weights at p, as floats: BF16 is the upper half of an F32. */
#define F32_8(p) (*(const vec8 *)(p))
#define F32_16(p) (*(const vec16 *)(p))
#define BF16_8(p) \
	((vec8)(__builtin_convertvector(*(const half8 *)(p), bits8) << 16))
/* GCC 12 converts by halves, and bytes one by one, without intrinsics. */
#define BF16_AVX2(p) \
	((vec8)_mm256_slli_epi32(_mm256_cvtepu16_epi32( \
				     _mm_loadu_si128((const __m128i_u *)(p))), \
	    16))
#define BF16_AVX512(p) \
	((vec16)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256( \
				      (const __m256i_u *)(p))), \
	    16))
/* F16 without instructions for it: exponents are moved by a factor. */
#define F16_WORD(p) __builtin_convertvector(*(const half8 *)(p), bits8)
#define F16_MAGNITUDE(p) ((F16_WORD(p) & 0x7fff) << 13)
#define F16_INFINITE(p) ((bits8)(F16_MAGNITUDE(p) >= 0x0f800000u) & 0x7f800000u)
#define F16_8(p) \
	((vec8)((bits8)((vec8)F16_MAGNITUDE(p) * 0x1p112f) | F16_INFINITE(p) | \
	    (F16_WORD(p) & 0x8000) << 16))
#define F16_AVX2(p) \
	((vec8)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i_u *)(p))))
#define F16_AVX512(p) \
	((vec16)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i_u *)(p))))
/* Words of two bytes: as two 16-bit integers, or unchanged in plain code. */
#define INT8_8(p) __builtin_convertvector(*(const bytes8 *)(p), ints8)
#define INT8_AVX2(p) \
	((ints8)_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i_u *)(p))))
#define INT8_AVX512(p) \
	((ints16)_mm512_cvtepi8_epi16( \
	    _mm256_loadu_si256((const __m256i_u *)(p))))

/* Add a word of x times a row of w to a sum. */
#define FLOAT_STEP(sum, x, row) ((sum) + (x) * (row))
#define BF16_STEP(sum, x, row) \
	((vec16)_mm512_dpbf16_ps((__m512)(sum), \
	    (__m512bh)_mm512_set1_epi32(x), (__m512bh)(row)))
#define INT8_STEP(sum, x, row) \
	((sum) + (int16_t)(x) * ((ints8)((bits8)(row) << 24) >> 24) + \
	    ((x) >> 16) * ((row) >> 8))
#define INT8_STEP_AVX2(sum, x, row) \
	((sum) + (ints8)_mm256_madd_epi16(_mm256_set1_epi32(x), (__m256i)(row)))
#define INT8_STEP_AVX512(sum, x, row) \
	((sum) + \
	    (ints16)_mm512_madd_epi16(_mm512_set1_epi32(x), (__m512i)(row)))
#define INT8_STEP_VNNI(sum, x, row) \
	((ints16)_mm512_dpwssd_epi32((__m512i)(sum), _mm512_set1_epi32(x), \
	    (__m512i)(row)))

/* clang-format off */
/*
 * The loop, for words of XTYPE and TYPE, R rows and P panels, all constant.
 * VEC is the vector of sums, and OUT the vector of floats of that width.
 */
#define KERNEL(NAME, TARGET, OUT, VEC, XTYPE, TYPE, LOAD, STEP)               \
	TARGET static inline __attribute__((always_inline)) void NAME(        \
	    float *out, size_t stride, const struct tile_walk *t,             \
	    const void *from, const char *ahead, const int R, const int P)    \
	{                                                                     \
		enum { WIDE = sizeof(OUT) / sizeof(float),                    \
			EACH = TILE_COLS / WIDE };                            \
		VEC sum[TILE_F32_ROWS_MAX][PANELS_MAX * EACH];                \
		VEC row[PANELS_MAX * EACH];                                   \
		const XTYPE *x = t->x;                                        \
		const TYPE *w = from;                                         \
		const size_t panel = t->panel_stride;                         \
		const size_t pace = t->pace;                                  \
		size_t k = t->k;                                              \
		int i, j;                                                     \
                                                                              \
		UNROLL for (i = 0; i < R; i++)                                \
			UNROLL for (j = 0; j < P * EACH; j++)                 \
				sum[i][j] = (VEC){ 0 };                       \
		for (; k > 0; k--, x++, w += TILE_COLS, ahead += pace) {      \
			UNROLL for (j = 0; j < P; j++)                        \
				__builtin_prefetch(ahead +                    \
				    (size_t)j * panel * sizeof(TYPE), 0, 2);  \
			UNROLL for (j = 0; j < P * EACH; j++)                 \
				row[j] = LOAD(w + (size_t)(j / EACH) * panel +\
				    j % EACH * WIDE);                         \
			UNROLL for (i = 0; i < R; i++)                        \
				UNROLL for (j = 0; j < P * EACH; j++)         \
					sum[i][j] = STEP(sum[i][j],           \
					    x[i * TILE_STRIDE], row[j]);      \
		}                                                             \
		UNROLL for (i = 0; i < R; i++)                                \
			UNROLL for (j = 0; j < P * EACH; j++)                 \
				*(OUT *)(out + (size_t)i * stride +           \
				    j * WIDE) = __builtin_convertvector(      \
				    sum[i][j], OUT);                          \
	}

#define TILE(NAME, TARGET, KERNEL, R, P)                                      \
	TARGET static void NAME##_##R##_##P(float *out, size_t stride,        \
	    const struct tile_walk *t, const void *w, const char *ahead)      \
	{                                                                     \
		KERNEL(out, stride, t, w, ahead, R, P);                       \
	}

/*
 * For each number of rows: a kernel of one panel, and one of as many as fill
 * the registers; for one row (attention), kernels of any number up to that.
 */
#define TILES6(NAME, TARGET, KERNEL, BYTES)                                   \
	TILE(NAME, TARGET, KERNEL, 1, 1)                                      \
	TILE(NAME, TARGET, KERNEL, 1, 2)                                      \
	TILE(NAME, TARGET, KERNEL, 1, 3)                                      \
	TILE(NAME, TARGET, KERNEL, 1, 4)                                      \
	TILE(NAME, TARGET, KERNEL, 2, 1)                                      \
	TILE(NAME, TARGET, KERNEL, 2, 2)                                      \
	TILE(NAME, TARGET, KERNEL, 3, 1)                                      \
	TILE(NAME, TARGET, KERNEL, 3, 2)                                      \
	TILE(NAME, TARGET, KERNEL, 4, 1)                                      \
	TILE(NAME, TARGET, KERNEL, 5, 1)                                      \
	TILE(NAME, TARGET, KERNEL, 6, 1)                                      \
	static const struct tiles NAME = { 6, BYTES,                          \
		{ { 0 }, ONE_ROW(NAME),                                       \
		    { 2, { NAME##_2_1, NAME##_2_2 } },                        \
		    { 2, { NAME##_3_1, NAME##_3_2 } },                        \
		    { 1, { NAME##_4_1 } }, { 1, { NAME##_5_1 } },             \
		    { 1, { NAME##_6_1 } } } };

#define ONE_ROW(NAME)                                                         \
	{ 4, { NAME##_1_1, NAME##_1_2, NAME##_1_3, NAME##_1_4 } }
#define TWO_TILES(NAME, TARGET, KERNEL, R, P)                                 \
	TILE(NAME, TARGET, KERNEL, R, 1)                                      \
	TILE(NAME, TARGET, KERNEL, R, P)
#define ROW(NAME, R, P)                                                       \
	{ P, { NAME##_##R##_1, [(P) - 1] = NAME##_##R##_##P } }
#define TILES12(NAME, TARGET, KERNEL, BYTES)                                  \
	TILE(NAME, TARGET, KERNEL, 1, 2)                                      \
	TILE(NAME, TARGET, KERNEL, 1, 3)                                      \
	TWO_TILES(NAME, TARGET, KERNEL, 1, 4)                                 \
	TWO_TILES(NAME, TARGET, KERNEL, 2, 4)                                 \
	TWO_TILES(NAME, TARGET, KERNEL, 3, 4)                                 \
	TWO_TILES(NAME, TARGET, KERNEL, 4, 4)                                 \
	TWO_TILES(NAME, TARGET, KERNEL, 5, 4)                                 \
	TWO_TILES(NAME, TARGET, KERNEL, 6, 4)                                 \
	TWO_TILES(NAME, TARGET, KERNEL, 7, 2)                                 \
	TWO_TILES(NAME, TARGET, KERNEL, 8, 2)                                 \
	TWO_TILES(NAME, TARGET, KERNEL, 9, 2)                                 \
	TWO_TILES(NAME, TARGET, KERNEL, 10, 2)                                \
	TWO_TILES(NAME, TARGET, KERNEL, 11, 2)                                \
	TWO_TILES(NAME, TARGET, KERNEL, 12, 2)                                \
	static const struct tiles NAME = { 12, BYTES,                         \
		{ { 0 }, ONE_ROW(NAME), ROW(NAME, 2, 4), ROW(NAME, 3, 4),   \
		    ROW(NAME, 4, 4), ROW(NAME, 5, 4), ROW(NAME, 6, 4),        \
		    ROW(NAME, 7, 2), ROW(NAME, 8, 2), ROW(NAME, 9, 2),        \
		    ROW(NAME, 10, 2), ROW(NAME, 11, 2), ROW(NAME, 12, 2) } };
/* clang-format on */

struct tiles {
	size_t rows, bytes; /* most rows; bytes of a word of w */
	struct {
		size_t panels;
		tile_fn *fn[PANELS_MAX]; /* for 1, 2, ... panels; NULL: none */
	} of[TILE_F32_ROWS_MAX + 1];
};

#define PLAIN
KERNEL(f32_8, PLAIN, vec8, vec8, float, float, F32_8, FLOAT_STEP)
KERNEL(bf16_8, PLAIN, vec8, vec8, float, uint16_t, BF16_8, FLOAT_STEP)
KERNEL(int8_8, PLAIN, vec8, ints8, int32_t, int16_t, INT8_8, INT8_STEP)
TILES6(plain_f32, PLAIN, f32_8, 4)
TILES6(plain_bf16, PLAIN, bf16_8, 2)
TILES6(plain_int8, PLAIN, int8_8, 2)
KERNEL(half_8, PLAIN, vec8, vec8, float, uint16_t, F16_8, FLOAT_STEP)
TILES6(plain_half, PLAIN, half_8, 2)

#ifdef __x86_64__
#define AVX2 __attribute__((target("avx2,fma,f16c")))
KERNEL(bf16_avx2, AVX2, vec8, vec8, float, uint16_t, BF16_AVX2, FLOAT_STEP)
KERNEL(int8_avx2, AVX2, vec8, ints8, int32_t, int16_t, INT8_AVX2,
    INT8_STEP_AVX2)
TILES6(avx2_f32, AVX2, f32_8, 4)
TILES6(avx2_bf16, AVX2, bf16_avx2, 2)
KERNEL(half_avx2, AVX2, vec8, vec8, float, uint16_t, F16_AVX2, FLOAT_STEP)
TILES6(avx2_int8, AVX2, int8_avx2, 2)
TILES6(avx2_half, AVX2, half_avx2, 2)

#define AVX512 __attribute__((target("avx512f,avx512bw")))
KERNEL(f32_16, AVX512, vec16, vec16, float, float, F32_16, FLOAT_STEP)
KERNEL(bf16_16, AVX512, vec16, vec16, float, uint16_t, BF16_AVX512, FLOAT_STEP)
KERNEL(int8_16, AVX512, vec16, ints16, int32_t, int16_t, INT8_AVX512,
    INT8_STEP_AVX512)
TILES12(avx512_f32, AVX512, f32_16, 4)
TILES12(avx512_bf16, AVX512, bf16_16, 2)
KERNEL(half_16, AVX512, vec16, vec16, float, uint16_t, F16_AVX512, FLOAT_STEP)
TILES12(avx512_int8, AVX512, int8_16, 2)
TILES12(avx512_half, AVX512, half_16, 2)

#define AVX512BF16 \
	__attribute__((target("avx512f,avx512bw,avx512bf16,avx512vnni")))
KERNEL(bf16_dp, AVX512BF16, vec16, vec16, int32_t, float, F32_16, BF16_STEP)
KERNEL(int8_vnni, AVX512BF16, vec16, ints16, int32_t, int16_t, INT8_AVX512,
    INT8_STEP_VNNI)
TILES12(avx512bf16_bf16, AVX512BF16, bf16_dp, 4)
TILES12(avx512bf16_int8, AVX512BF16, int8_vnni, 2)

/* By enum tile_type. */
static const struct tiles *const avx2[] = { &avx2_f32, &avx2_bf16, &avx2_int8,
	&avx2_half };
static const struct tiles *const avx512[] = { &avx512_f32, &avx512_bf16,
	&avx512_int8, &avx512_half };
static const struct tiles *const avx512bf16[] = { &avx512_f32, &avx512bf16_bf16,
	&avx512bf16_int8, &avx512_half };
#endif
static const struct tiles *const plain[] = { &plain_f32, &plain_bf16,
	&plain_int8, &plain_half };

static const struct tiles *
tiles_here(enum tile_type type)
{
	switch (isa_here()) {
#ifdef __x86_64__
	case ISA_AMX:
	case ISA_BF16:
		return avx512bf16[type];
	case ISA_AVX512:
		return avx512[type];
	case ISA_AVX2:
		return avx2[type];
#endif
	default:
		return plain[type];
	}
}

static bool
by_amx(enum tile_type type)
{
	return type == TILE_BF16 && isa_here() == ISA_AMX;
}

size_t
tile_rows(enum tile_type type)
{
	return by_amx(type) ? AMX_ROWS : tiles_here(type)->rows;
}

size_t
tile_panels(enum tile_type type, size_t R)
{
	return by_amx(type) ? amx_panels(R) : tiles_here(type)->of[R].panels;
}

bool
tile_packs_two(enum tile_type type)
{
	return type == TILE_INT8 ||
	    (type == TILE_BF16 && isa_here() >= ISA_BF16);
}

size_t
tile_words(enum tile_type type, size_t K)
{
	if (type == TILE_INT8)
		return (K + 1) / 2;
	return tile_packs_two(type) ? (K + 31) / 32 * 16 : K;
}

size_t
tile_bytes(enum tile_type type)
{
	return tiles_here(type)->bytes;
}

void
tile_walk(float *out, size_t stride, const struct tile_walk *t)
{
	const struct tiles *of = tiles_here(t->type);
	const size_t step = t->panel_stride * of->bytes;
	size_t n = of->of[t->R].panels, left;
	const char *at = t->w, *ahead = t->ahead;

	if (by_amx(t->type)) {
		amx_walk(out, stride, t->x, t->w, t->panel_stride, t->k, t->R,
		    t->panels);
		return;
	}
	for (left = t->panels; left > 0; left -= n) {
		while (n > left || of->of[t->R].fn[n - 1] == NULL)
			n--;
		of->of[t->R].fn[n - 1](out, stride, t, at, ahead);
		out += n * TILE_COLS;
		at += n * step;
		ahead += n * step;
	}
}
