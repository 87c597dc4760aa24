/* SPDX-License-Identifier: MIT */
/*
 * One instruction of AVX-512 BF16 rounds and packs two vectors; general vector
 * code takes eight, which was a fifth of the time of a gradient with AMX.
 */
#include "tensor/bf16.h"

#ifdef __x86_64__
#include <immintrin.h>

#define AVX512BF16 __attribute__((target("avx512f,avx512bw,avx512bf16")))

enum { WIDE = 16 };

/* x[n] for n <= 16, filled up with zeros. */
AVX512BF16 static inline __m512
load(const float *x, size_t n)
{
	return _mm512_maskz_loadu_ps(n < WIDE ? (__mmask16)((1u << n) - 1) :
						(__mmask16)-1,
	    x);
}

AVX512BF16 void
bf16_pack(uint32_t *to, const float *x, size_t n)
{
	size_t i;
	__m512i y;

	for (i = 0; i + 2 * WIDE <= n; i += 2 * WIDE) {
		y = (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + WIDE),
		    _mm512_loadu_ps(x + i));
		_mm512_storeu_si512(to + i / 2, y);
	}
	if (i == n)
		return;
	y = (__m512i)_mm512_cvtne2ps_pbh(n - i > WIDE ?
		load(x + i + WIDE, n - i - WIDE) :
		_mm512_setzero_ps(),
	    load(x + i, n - i));
	_mm512_mask_storeu_epi32(to + i / 2,
	    (__mmask16)((1u << ((n - i + 1) / 2)) - 1), y);
}

AVX512BF16 void
bf16_pack_rows(uint32_t *to, const float *x, const float *next, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += WIDE) {
		const size_t left = n - i;
		const __m512i low = _mm512_cvtepu16_epi32(
		    (__m256i)_mm512_cvtneps_pbh(load(x + i, left)));
		const __m512i high = _mm512_cvtepu16_epi32(
		    (__m256i)_mm512_cvtneps_pbh(load(next + i, left)));

		_mm512_mask_storeu_epi32(to + i,
		    left < WIDE ? (__mmask16)((1u << left) - 1) : (__mmask16)-1,
		    _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
	}
}
#else
/* Not called: tile_packs_two(TILE_BF16) is false here. */
void
bf16_pack(uint32_t *to, const float *x, size_t n)
{
	(void)to, (void)x, (void)n;
}

void
bf16_pack_rows(uint32_t *to, const float *x, const float *next, size_t n)
{
	(void)to, (void)x, (void)next, (void)n;
}
#endif
