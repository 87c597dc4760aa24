/* SPDX-License-Identifier: MIT */
#include "tensor/decode_attention.h"

#include <math.h>
#include <string.h>

#include "tensor/softmax.h"
#include "tensor/vector.h"

enum { AT_ONCE = 4 }; /* rows added in one walk over the sums */

/* s[n] = scale q . k */
VECTOR_CLONES static void
scores(float *restrict s, const float *q, const struct kv_span *c, size_t E,
    float scale)
{
	const size_t n = c->n;
	size_t e, j;

	memset(s, 0, n * sizeof(*s));
	for (e = 0; e + AT_ONCE <= E; e += AT_ONCE) {
		const float *k0 = c->k + e * c->stride, *k1 = k0 + c->stride;
		const float *k2 = k1 + c->stride, *k3 = k2 + c->stride;
		const float a = q[e], b = q[e + 1], x = q[e + 2], y = q[e + 3];

		for (j = 0; j < n; j++)
			s[j] += (a * k0[j] + b * k1[j]) +
			    (x * k2[j] + y * k3[j]);
	}
	for (; e < E; e++)
		for (j = 0; j < n; j++)
			s[j] += q[e] * c->k[e * c->stride + j];
	for (j = 0; j < n; j++)
		s[j] *= scale;
}

/* out[E] += p[n] @ v[n, E] */
VECTOR_CLONES static void
gather(float *restrict out, const float *p, const struct kv_span *c, size_t E)
{
	size_t e, j;

	for (j = 0; j + AT_ONCE <= c->n; j += AT_ONCE) {
		const float *v0 = c->v + j * E, *v1 = v0 + E;
		const float *v2 = v1 + E, *v3 = v2 + E;
		const float a = p[j], b = p[j + 1], x = p[j + 2], y = p[j + 3];

		for (e = 0; e < E; e++)
			out[e] += (a * v0[e] + b * v1[e]) +
			    (x * v2[e] + y * v3[e]);
	}
	for (; j < c->n; j++)
		for (e = 0; e < E; e++)
			out[e] += p[j] * c->v[j * E + e];
}

void
decode_attention(float *out, const float *q, size_t E,
    const struct kv_span *span, size_t spans, float *scratch)
{
	const float scale = 1.0f / sqrtf((float)E);
	size_t i, n = 0;

	for (i = 0; i < spans; n += span[i++].n)
		scores(scratch + n, q, &span[i], E, scale);
	(void)softmax_row(scratch, n);
	memset(out, 0, E * sizeof(*out));
	for (i = 0, n = 0; i < spans; n += span[i++].n)
		gather(out, scratch + n, &span[i], E);
}
