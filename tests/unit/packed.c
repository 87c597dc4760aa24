/* SPDX-License-Identifier: MIT */
/* packed: when weights are packed again, and in which type. */
#include "nn/packed.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../models.h"
#include "../naive.h"
#include "base/half.h"
#include "base/mem.h"
#include "nn/transformer.h"
#include "tensor/gemm.h"
#include "tests/tap.h"

enum { M = 3 };

/* What the packed head gives for a few rows. */
static void
product(const struct config *c, const struct params *p, float *out)
{
	float x[M * 8];
	size_t i;

	for (i = 0; i < M * c->D; i++)
		x[i] = (float)i / 7 - 1;
	panel_forward(out, x, &packed_of(p, c)->head.panel, NULL, NULL, M);
}

/* INT8 packs what is frozen, and leaves what is trained whole in F32. */
static void
check_trained(const struct config *c, struct params *p)
{
	const struct matrices *m;
	size_t i;

	for (i = 0; p->tensor[i].field != &p->head; i++)
		continue;
	p->tensor[i].trained = true;
	packed_set_type(p, TILE_INT8);
	m = packed_for_rows(p, c);
	ok(m->layer[0].q.panel.type == TILE_INT8 &&
		m->layer[0].q.back.packed == &m->layer[0].q.panel,
	    "INT8: backward reads the integers of forward");
	ok(m->head.panel.type == TILE_F32 && m->head.back.N == 0,
	    "INT8: a head that is trained whole stays F32");
	p->tensor[i].trained = false;
}

/* What changes in adapters is packed again, and nothing else. */
static void
check_low(const struct config *c, struct params *p)
{
	float A[2 * 8] = { 1 }, B[8 * 2] = { 1 };
	const struct matrices *m;
	size_t i;

	for (i = 0; p->tensor[i].field != &p->layer[0].q; i++)
		continue;
	p->low = mem_alloc(p->tensors, sizeof *p->low);
	p->low[i] =
	    (struct adapter_pair){ 2, c->D, c->H * c->E, false, 0.5f, A, B };
	params_low_changed(p);
	m = packed_of(p, c);
	ok(m->rank == 2 && m->layer[0].q.low.rank == 2 &&
		m->layer[0].k.low.rank == 0 && m->layer[0].q.tensor == i,
	    "an adapter stands beside its matrix");
	A[0] = 3;
	m = packed_of(p, c);
	ok(*(const float *)m->layer[0].q.low.down.p == 1.0f,
	    "an adapter is not packed again while nobody says it changed");
	params_low_changed(p);
	m = packed_of(p, c);
	ok(*(const float *)m->layer[0].q.low.down.p == 3.0f,
	    "params_low_changed: the next pass packs adapters again");
}

enum { T = 9, R = 5 };

static const uint32_t tokens[T] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const size_t starts[] = { 0, 4, T }, at_rows[R] = { 1, 2, 5, 6, 8 };
static const struct pack pack = { tokens, T, 2, R, starts, at_rows, NULL };

/* d loss / d logits: some numbers. */
static void
some(void *ctx, size_t first, size_t n, float *logits)
{
	const size_t V = *(const size_t *)ctx;
	size_t i;

	for (i = 0; i < n * V; i++)
		logits[i] = (float)((first * V + i) % 7) - 3;
}

/* Logits [R, V], and the gradient d. */
static float *
both_passes(const struct config *c, struct params *p, enum tile_type type,
    size_t keep, struct params *d)
{
	struct activations *a = activations_new(c);
	float *z = mem_floats(R * c->V);
	size_t V = c->V;

	packed_set_type(p, type);
	matrices_clear(p->matrices);
	p->matrices->keep = keep;
	params_like(d, p, c);
	transformer_forward(a, p, &pack, true);
	head_block(a, 0, R, z);
	head_rows(a, &pack, some, &V, d);
	transformer_backward(a, p, &pack, d);
	activations_free(a);
	return z;
}

/* The same weights as views of BF16; p's are rounded to it first. */
static uint16_t *
half_of(struct params *p, struct params *half, const struct config *c)
{
	uint16_t *bits = mem_alloc(p->total, sizeof *bits), *to = bits;
	size_t i, k;

	params_table(half, p, c);
	for (i = 0; i < p->tensors; to += p->tensor[i].n, i++) {
		for (k = 0; k < p->tensor[i].n; k++) {
			to[k] = half_to_bf16(p->tensor[i].p[k]);
			p->tensor[i].p[k] = half_from_bf16(to[k]);
		}
		if (p->tensor[i].dims == 2)
			params_view(half, i,
			    &(struct stored){ to, STORED_BF16 });
		else
			params_point(half, i, p->tensor[i].p);
	}
	params_changed(p);
	return bits;
}

static void
check_views(const struct model *m, enum tile_type type)
{
	struct config c;
	struct params p, half, d, viewed, of_half;
	uint16_t *bits;
	float *z, *y, *h;
	double *want;
	double error;

	model_make(&c, &p, m, false);
	bits = half_of(&p, &half, &c);
	z = both_passes(&c, &p, type, SIZE_MAX, &d);
	y = both_passes(&c, &p, type, 0, &viewed);
	ok(memcmp(z, y, R * c.V * sizeof *z) == 0 &&
		memcmp(d.block, viewed.block, d.total * sizeof(float)) == 0,
	    "%s, type %d: views give logits and gradients of packed matrices, "
	    "to the bit",
	    m->name, (int)type);
	h = both_passes(&c, &half, type, 0, &of_half);
	ok(memcmp(z, h, R * c.V * sizeof *z) == 0,
	    "weights viewed in BF16: the logits of the same weights in F32");
	want = naive_copy(d.block, d.total);
	error = naive_error(of_half.block, want, d.total);
	ok(error < 1e-5, "weights viewed in BF16: their gradient within %g",
	    error);
	free(z);
	free(y);
	free(h);
	free(bits);
	free(want);
	params_release(&p);
	params_release(&half);
	params_release(&d);
	params_release(&viewed);
	params_release(&of_half);
}

int
main(void)
{
	struct config c;
	struct params p;
	const struct matrices *m;
	float first[M * 11], again[M * 11];
	size_t i;

	model_make(&c, &p, &models[0], false);
	ok(packed_type(&p) == TILE_F32, "the default type is F32");
	product(&c, &p, first);
	p.head[0] += 1;
	product(&c, &p, again);
	ok(memcmp(first, again, sizeof first) == 0,
	    "weights are not packed again while nobody says they changed");
	params_changed(&p);
	product(&c, &p, again);
	ok(memcmp(first, again, sizeof first) != 0,
	    "params_changed: the next pass packs again");
	m = packed_for_rows(&p, &c);
	ok(m == packed_of(&p, &c) && m->head.back.N == 0,
	    "backward in F32 reads weights of F32 as they are");
	packed_set_type(&p, TILE_BF16);
	ok(packed_type(&p) == TILE_BF16, "packed_set_type sets the type");
	m = packed_for_rows(&p, &c);
	ok(m->head.back.N == c.D && m->head.back.p == NULL,
	    "backward in BF16 views the weights");
	check_low(&c, &p);
	packed_set_type(&p, TILE_BF16);
	ok(m->fresh, "setting the same type keeps what is packed");
	check_trained(&c, &p);
	params_release(&p);
	ok(gemm_ready() == 0, "BLAS is there");
	for (i = 0; i < MODELS; i++) {
		check_views(&models[i], TILE_F32);
		check_views(&models[i], TILE_BF16);
	}
	return tap_done();
}
