/* SPDX-License-Identifier: MIT */
#include "tensor/stored.h"

#include <stdint.h>
#include <string.h>

#include "base/half.h"
#include "tensor/vector.h"

size_t
stored_bytes(enum stored_type type)
{
	return type == STORED_F32 ? sizeof(float) : sizeof(uint16_t);
}

VECTOR_CLONES static void
widen_bf16(float *out, const char *from, size_t n)
{
	uint16_t h;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&h, from + i * sizeof h, sizeof h);
		out[i] = half_from_bf16(h);
	}
}

VECTOR_CLONES static void
widen_f16(float *out, const char *from, size_t n)
{
	uint16_t h;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&h, from + i * sizeof h, sizeof h);
		out[i] = half_from_f16(h);
	}
}

void
stored_widen(float *out, const struct stored *s, size_t at, size_t n)
{
	const char *from = (const char *)s->p + at * stored_bytes(s->type);

	if (s->type == STORED_F32)
		memcpy(out, from, n * sizeof *out);
	else if (s->type == STORED_BF16)
		widen_bf16(out, from, n);
	else
		widen_f16(out, from, n);
}

void
stored_add(float *out, const struct stored *s, size_t at, size_t n)
{
	enum { BLOCK = 64 };
	float x[BLOCK];
	size_t i, j, k;

	for (i = 0; i < n; i += k) {
		k = n - i < BLOCK ? n - i : BLOCK;
		stored_widen(x, s, at + i, k);
		for (j = 0; j < k; j++)
			out[i + j] += x[j];
	}
}
