/* SPDX-License-Identifier: MIT */
/*
 * The arena is divided twice: first without memory, to compute its size, then
 * to set the pointers.
 */
#include "nn/activations.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tensor/attention.h"

struct carve {
	float *base; /* NULL: only count */
	size_t used;
};

static float *
take(struct carve *v, size_t rows, size_t width)
{
	enum { ALIGN = 16 };
	float *p = v->base == NULL ? NULL : v->base + v->used;

	v->used += (rows * width + ALIGN - 1) / ALIGN * ALIGN;
	return p;
}

static void
take_qkv(struct carve *v, const struct config *c, size_t T, float **q,
    float **k, float **values)
{
	float *p = take(v, T, (c->H + 2 * c->K) * c->E);

	if (p != NULL)
		layer_place_qkv(p, c, T, q, k, values);
}

static void
take_mlp(struct carve *v, const struct config *c, size_t T,
    struct layer_values *l)
{
	float *p = take(v, T, c->gated ? 2 * c->F : c->F);

	if (p != NULL)
		layer_place_mlp(p, c, T, &l->gate, &l->up);
}

/* The values that backward recomputes. */
static struct layer_values
carve_shared(struct carve *v, const struct config *c, size_t rank, size_t T)
{
	const bool normed = c->qk_norm != QK_NORM_NONE;

	return (struct layer_values){
		.h = take(v, T, c->D),
		.act = take(v, T, c->F),
		.low = rank > 0 ? take(v, T, rank) : NULL,
		.q_in = normed ? take(v, T, c->H * c->E) : NULL,
		.k_in = normed ? take(v, T, c->K * c->E) : NULL,
	};
}

static void
carve_layer(struct carve *v, const struct config *c, struct layer_values *l,
    size_t T)
{
	const bool normed = c->qk_norm != QK_NORM_NONE;
	const bool after = c->norms != NORM_BEFORE;

	l->x = take(v, T, c->D);
	l->stat1 = take(v, T, 2);
	l->stat2 = take(v, T, 2);
	l->product1 = after ? take(v, T, c->D) : NULL;
	l->product2 = after ? take(v, T, c->D) : NULL;
	l->after_stat1 = after ? take(v, T, 2) : NULL;
	l->after_stat2 = after ? take(v, T, 2) : NULL;
	take_qkv(v, c, T, &l->q, &l->k, &l->v);
	if (!normed) {
		l->q_in = l->q;
		l->k_in = l->k;
	}
	l->q_stat = normed ? take(v, T, 2 * c->H) : NULL;
	l->k_stat = normed ? take(v, T, 2 * c->K) : NULL;
	l->attended = take(v, T, c->H * c->E);
	l->lse = take(v, T, c->H);
	l->mid = take(v, T, c->D);
	take_mlp(v, c, T, l);
}

static void
carve_gradients(struct carve *v, const struct config *c,
    struct layer_gradients *g, const struct matrices *m, size_t T)
{
	const bool normed = c->qk_norm != QK_NORM_NONE;

	g->dx = take(v, T, c->D);
	g->dh = take(v, T, c->D);
	take_qkv(v, c, T, &g->dq, &g->dk, &g->dv);
	g->dq_raw = normed ? take(v, T, c->H * c->E) : NULL;
	g->dk_raw = normed ? take(v, T, c->K * c->E) : NULL;
	g->dattended = take(v, T, c->H * c->E);
	g->dot = take(v, T, c->H);
	g->dact = take(v, T, c->F);
	g->dwide = c->fused_gate ? take(v, T, 2 * c->F) : NULL;
	g->scratch = take(v, 1, linear_floats(m->widest, m->rank, T, m->type));
}

static void
carve_all(struct activations *a, struct carve *v, const struct pack *pack,
    bool keep)
{
	const struct config *c = &a->config;
	const struct layer_values shared =
	    carve_shared(v, c, a->matrices->rank, a->T);
	const bool own = keep && !a->recompute; /* each layer has values */
	size_t i;

	for (i = 0; i < c->L; i++) {
		a->layer[i] = i == 0 || own ? shared : a->layer[0];
		if (i == 0 || own)
			carve_layer(v, c, &a->layer[i], a->T);
		else if (keep)
			a->layer[i].x = take(v, a->T, c->D);
	}
	a->kv = take(v, 1,
	    attention_floats(pack->start, pack->parent, pack->B, c->K, c->E,
		kv_type(a->matrices->type)));
	a->last = keep ? take(v, a->T, c->D) : a->layer[0].x;
	for (i = 0; i < c->L; i++)
		a->layer[i].out = i + 1 < c->L ? a->layer[i + 1].x : a->last;
	a->at_rows = take(v, a->R, c->D);
	a->stat = take(v, a->R, 2);
	a->hidden = take(v, a->R, c->D);
	a->dhidden = keep ? take(v, a->R, c->D) : NULL;
	if (keep)
		carve_gradients(v, c, &a->gradients, a->matrices, a->T);
}

struct activations *
activations_new(const struct config *c)
{
	struct activations *a = mem_alloc(1, sizeof(*a));

	activations_of(a, c);
	return a;
}

void
activations_of(struct activations *a, const struct config *c)
{
	a->config = *c;
	free(a->layer);
	a->layer = mem_alloc(c->L, sizeof(*a->layer));
	rotary_release(&a->rotary);
}

void
activations_free(struct activations *a)
{
	if (a == NULL)
		return;
	rotary_release(&a->rotary);
	free(a->layer);
	mem_block_free(a->arena);
	free(a->pos);
	free(a->noise);
	mem_block_free(a->logits);
	free(a);
}

/* Whether sequence b and those that share its beginning are long. */
static bool
is_long(const struct config *c, const struct pack *pack, size_t b)
{
	const size_t first = pack->parent == NULL ? b : pack->parent[b];
	const size_t shared = pack->start[first + 1] - pack->start[first];
	size_t i, own, longest = shared;

	for (i = first + 1;
	     i < pack->B && pack->parent != NULL && pack->parent[i] == first;
	     i++) {
		own = pack->start[i + 1] - pack->start[i];
		longest = shared + own > longest ? shared + own : longest;
	}
	return config_is_long(c, longest);
}

/*
 * The row of each token in the table of rotations, or its position; returns
 * one more than the largest.
 */
static size_t
set_positions(struct activations *a, const struct pack *pack)
{
	size_t b, t, p, pos, rows = 0;
	bool far = false;

	a->pos = mem_grow(a->pos, &a->pos_cap, pack->T, sizeof(*a->pos));
	for (b = 0; b < pack->B; b++) {
		p = pack->parent == NULL ? b : pack->parent[b];
		pos = p == b ? 0 : pack->start[p + 1] - pack->start[p];
		if (p == b)
			far = is_long(&a->config, pack, b);
		for (t = pack->start[b]; t < pack->start[b + 1]; t++) {
			a->pos[t] = rotary_row(&a->config, pos++, far);
			rows = a->pos[t] + 1 > rows ? a->pos[t] + 1 : rows;
		}
	}
	return rows;
}

/* The generator of each token: places are drawn from it in order. */
static void
set_noise(struct activations *a, const struct pack *pack)
{
	const struct config *c = &a->config;
	const uint64_t places = 2 * c->L + 1;
	size_t b, t;

	a->noise =
	    mem_grow(a->noise, &a->noise_cap, pack->T, sizeof(*a->noise));
	for (b = 0; b < pack->B; b++)
		for (t = pack->start[b]; t < pack->start[b + 1]; t++) {
			a->noise[t] = pack->noise[b];
			rng_skip(&a->noise[t],
			    (t - pack->start[b]) * places *
				dropout_draws(c->D));
		}
}

struct dropout
activations_dropout(const struct activations *a, const struct pack *pack,
    size_t place)
{
	return (struct dropout){ pack->noise != NULL ? a->dropout : 0, a->noise,
		place * dropout_draws(a->config.D) };
}

size_t
activations_floats(struct activations *a, const struct matrices *m,
    const struct pack *pack, bool keep)
{
	struct carve count = { NULL, 0 };

	a->matrices = m;
	a->T = pack->T;
	a->R = pack->R;
	carve_all(a, &count, pack, keep);
	return count.used;
}

void
activations_fit(struct activations *a, const struct matrices *m,
    const struct pack *pack, bool keep)
{
	const size_t floats = activations_floats(a, m, pack, keep);
	struct carve carve;

	if (floats > a->arena_cap) {
		mem_block_free(a->arena);
		a->arena_cap = floats;
		a->arena = mem_block(floats);
	}
	carve = (struct carve){ a->arena, 0 };
	carve_all(a, &carve, pack, keep);
	rotary_grow(&a->rotary, &a->config, set_positions(a, pack));
	if (pack->noise != NULL)
		set_noise(a, pack);
}
