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

/*
 * Blocks go through a buffer.  So rounding in place is right: what is written
 * ends before what is read next.
 */
enum { NARROW = 256 };

VECTOR_CLONES static void
narrow_bf16(uint16_t *half, const float *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		half[i] = half_to_bf16(x[i]);
}

VECTOR_CLONES static void
narrow_f16(uint16_t *half, const float *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		half[i] = half_to_f16(x[i]);
}

void
stored_narrow(void *out, const float *x, enum stored_type type, size_t n)
{
	uint16_t half[NARROW];
	char *to = out;
	size_t i, k;

	if (type == STORED_F32)
		memmove(out, x, n * sizeof *x);
	for (i = 0; i < n && type != STORED_F32; i += k) {
		k = n - i < NARROW ? n - i : NARROW;
		if (type == STORED_BF16)
			narrow_bf16(half, x + i, k);
		else
			narrow_f16(half, x + i, k);
		memcpy(to + i * sizeof *half, half, k * sizeof *half);
	}
}
