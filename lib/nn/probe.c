/* SPDX-License-Identifier: MIT */
#include "nn/probe.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "nn/packed.h"
#include "nn/part.h"
#include "nn/transformer.h"
#include "tensor/gemm.h"

enum {
	VOCABULARY = 4096,
	TOKENS = 32, /* at first */
	ROWS = 256   /* of the head */
};
static const double budget = 0.15; /* seconds of a run */

/* Set *at to the time now; returns the time since. */
static double
lap(double *at)
{
	const double before = *at;

	*at = clock_steady();
	return *at - before;
}

double
probe_layer(const struct config *k)
{
	const double attend = (double)((2 * k->H + 2 * k->K) * k->E);
	const double ff = (double)((k->gated ? 3 : 2) * k->F);

	return (double)k->D * (attend + ff);
}

/* Multiplications by a layer's weights, and with what a token attends to. */
static double
layer_work(const struct config *c, double tokens, double pairs)
{
	return tokens * probe_layer(c) + 2 * pairs * (double)(c->H * c->E);
}

static double
head_work(const struct config *c, double rows)
{
	return rows * (double)c->V * (double)c->D;
}

/* ---- passes */

/* Seconds of a pass. */
struct stages {
	double forward, head, backward;
};

struct run {
	struct part part;
	struct activations *acts;
	struct pack pack;
	uint32_t *tokens;
	size_t *start, *row;
	size_t rows; /* of the head, at most */
};

/* Whole sequences of this length, the last one shorter; a pack has no row
 * twice. */
static void
fill_pack(struct run *r, size_t T, size_t length)
{
	const size_t rows = r->rows < T ? r->rows : T;
	struct pack *p = &r->pack;
	size_t t;

	*p = (struct pack){ r->tokens, T, 0, rows, r->start, r->row, NULL };
	for (t = 0; t < T; t++) {
		r->tokens[t] = (uint32_t)(t * 7919 % r->part.config.V);
		if (t % length == 0)
			r->start[p->B++] = t;
	}
	r->start[p->B] = T;
	for (t = 0; t < p->R; t++)
		r->row[t] = t * T / p->R;
}

static void
leave(void *ctx, size_t first, size_t n, float *logits)
{
	(void)ctx, (void)first, (void)n, (void)logits;
}

static void
keep_least(double *least, double took)
{
	if (*least <= 0 || took < *least)
		*least = took;
}

/* Run once; returns seconds, and keeps the least of each stage. */
static double
run(struct run *r, struct params *d, struct stages *least)
{
	const struct params *p = &r->part.params;
	const double began = clock_steady();
	double at = began;

	transformer_forward(r->acts, p, &r->pack, d != NULL);
	keep_least(&least->forward, lap(&at));
	if (!r->part.config.scored)
		head_rows(r->acts, &r->pack, leave, NULL, d);
	keep_least(&least->head, lap(&at));
	if (d != NULL)
		transformer_backward(r->acts, p, &r->pack, d);
	keep_least(&least->backward, lap(&at));
	return at - began;
}

/* Twice, because the first one touches memory; seconds of the second. */
static double
run_twice(struct run *r, struct params *d, size_t T, size_t length,
    struct stages *least)
{
	*least = (struct stages){ 0 };
	fill_pack(r, T, length);
	(void)run(r, d, least);
	return run(r, d, least);
}

/* More and more tokens, as the budget allows; returns how many at last. */
static size_t
run_up(struct run *r, struct params *d, size_t micro, size_t length,
    struct stages *least)
{
	size_t T = micro < TOKENS ? micro : TOKENS;
	double took, more;

	for (;;) {
		took = run_twice(r, d, T, length, least);
		more = took > 0 ? budget / took : 8;
		if (T == micro || more < 1.5)
			break;
		more = (double)T * (more < 8 ? more : 8);
		T = more < (double)micro ? (size_t)more : micro;
	}
	(void)run(r, d, least);
	return T;
}

/*
 * A pass takes some seconds for each multiplication, and some because it reads
 * all weights: from the work and seconds of a pass, and of half of it.
 */
static struct probe_rate
fit_line(double work, double took, double work_half, double took_half)
{
	double each = (took - took_half) / (work - work_half);
	const double most = took / work;

	each = each < most ? each : most;
	each = each > most / 2 ? each : most / 2;
	return (struct probe_rate){ each, took - each * work };
}

static void
run_passes(struct probe *x, struct run *r, struct params *d, size_t micro,
    size_t length)
{
	const struct config *c = &r->part.config;
	struct stages whole, half;
	const size_t T = run_up(r, d, micro, length, &whole), few = T / 2;
	double work = layer_work(c, (double)T, plan_pairs(&r->pack)), less;

	x->head = whole.head / head_work(c, (double)r->pack.R);
	x->forward = (struct probe_rate){ whole.forward / work, 0 };
	x->backward = (struct probe_rate){ whole.backward / work, 0 };
	if (T == micro || T < 2)
		return;
	(void)run_twice(r, d, few, length, &half);
	less = layer_work(c, (double)few, plan_pairs(&r->pack));
	x->forward = fit_line(work, whole.forward, less, half.forward);
	x->backward = fit_line(work, whole.backward, less, half.backward);
}

static double
stored_size(const struct params *p)
{
	double bytes = 0;
	size_t i;

	for (i = 0; i < p->tensors; i++)
		bytes += (double)(p->tensor[i].n *
		    stored_bytes(p->tensor[i].view.type));
	return bytes;
}

int
probe_open(struct probe *x, const struct params *part, const struct config *c,
    const char *weights, bool decode)
{
	const struct ckpt view = { .params = *part,
		.weights = (char *)weights };
	const struct packed_sizes z = packed_sizes(part, c, decode, false);
	double at = clock_steady();

	if (ckpt_check_finite(&view) != 0)
		return -1;
	x->open = lap(&at) / stored_size(part);
	(void)(decode ? packed_of : packed_for_rows)(part, c);
	x->pack = lap(&at) / (double)(z.packed > 0 ? z.packed : 1);
	return 0;
}

int
probe_passes(struct probe *x, const struct ckpt *c, size_t micro, size_t length,
    bool backward)
{
	struct run r = { .rows = micro < ROWS ? micro : ROWS };
	struct params *d = NULL;
	int rc;

	if (backward && gemm_ready() != 0)
		return -1;
	*x = (struct probe){ 0 };
	part_init(&r.part, c, 1, VOCABULARY);
	rc = probe_open(x, &r.part.params, &r.part.config,
	    c->base != NULL ? c->base->weights : c->weights, false);
	if (backward)
		d = part_gradient(&r.part);
	r.acts = activations_new(&r.part.config);
	r.tokens = mem_alloc(micro, sizeof *r.tokens);
	r.start = mem_alloc(micro + 1, sizeof *r.start);
	r.row = mem_alloc(r.rows, sizeof *r.row);
	if (rc == 0)
		run_passes(x, &r, d, micro, length > 0 ? length : 1);
	activations_free(r.acts);
	part_release(&r.part);
	free(r.tokens);
	free(r.start);
	free(r.row);
	return rc;
}

/* Weights are read again for so many rows. */
static double
layers_time(const struct probe_rate *x, const struct config *c,
    const struct plan_passes *w)
{
	const double chunks = w->tokens / (double)panel_view_rows();
	const double reads = chunks > w->packs ? chunks : w->packs;

	return (double)c->L *
	    (x->each * layer_work(c, w->tokens, w->pairs) + x->fixed * reads);
}

void
probe_add(struct plan *p, const struct probe *x, const struct ckpt *c,
    const struct plan_passes *w, bool backward, bool recompute)
{
	const double L = (double)c->config.L;
	const double forward = layers_time(&x->forward, &c->config, w);

	p->seconds[PLAN_FORWARD] += forward;
	p->seconds[PLAN_HEAD] += x->head * head_work(&c->config, w->rows);
	if (!backward)
		return;
	p->seconds[PLAN_BACKWARD] += layers_time(&x->backward, &c->config, w);
	if (recompute)
		p->seconds[PLAN_BACKWARD] += forward * (L - 1) / L;
}

void
probe_add_open(struct plan *p, const struct probe *x, const struct ckpt *c,
    bool decode)
{
	const struct packed_sizes z =
	    packed_sizes(&c->params, &c->config, decode, false);

	p->seconds[PLAN_OPEN] += x->open * (double)z.mapped;
	p->seconds[PLAN_PACK] += x->pack * (double)z.packed;
}
