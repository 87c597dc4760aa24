/* SPDX-License-Identifier: MIT */
/* plan: sizes are those that are allocated; the peak; parts of policies. */
#include "nn/plan.h"

#include <stdlib.h>
#include <string.h>

#include "../models.h"
#include "../naive.h"
#include "base/mem.h"
#include "base/par.h"
#include "io/json.h"
#include "nn/packed.h"
#include "nn/part.h"
#include "nn/transformer.h"
#include "tensor/gemm.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static const uint32_t tokens[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const size_t start[] = { 0, 4, 9 }, row[] = { 1, 2, 6, 7 };
static const struct pack pack = { tokens, 9, 2, 4, start, row, NULL };

static void
leave(void *ctx, size_t first, size_t n, float *logits)
{
	(void)ctx, (void)first, (void)n, (void)logits;
}

/* ---- sizes */

static void
check_sizes(const struct model *m)
{
	struct activations *a, *counted;
	struct config c;
	struct params p;
	size_t kept, floats;

	model_make(&c, &p, m, false);
	counted = activations_new(&c);
	kept = activations_floats(counted, packed_shapes(&p, &c), &pack, true);
	floats = head_floats(&c, pack.R);
	ok(counted->arena == NULL && p.matrices->block == NULL,
	    "%s: sizes allocate nothing", m->name);
	a = activations_new(&c);
	transformer_forward(a, &p, &pack, true);
	head_rows(a, &pack, leave, NULL, NULL);
	ok(kept == a->arena_cap && floats == a->logits_cap,
	    "%s: the arena and the logits have the size foretold", m->name);
	activations_free(counted);
	activations_free(a);
	params_release(&p);
}

static size_t
low_bytes(const struct matrices *s)
{
	const struct layer_matrices *l;
	size_t floats = 0;

	for (l = s->layer; l < s->layer + s->L; l++)
		floats += low_rank_floats(&l->q) + low_rank_floats(&l->down);
	return floats * sizeof(float);
}

/* ---- parts */

/* All layers and tokens of a policy: the same bits as the policy. */
static void
check_whole(const struct ckpt *c)
{
	struct activations *a = activations_new(&c->config), *b;
	const size_t n = pack.R * c->config.D;
	struct part x;

	part_init(&x, c, 9, SIZE_MAX);
	b = activations_new(&x.config);
	transformer_forward(a, &c->params, &pack, false);
	transformer_forward(b, &x.params, &pack, false);
	ok(x.config.L == c->config.L && x.config.V == c->config.V &&
		memcmp(a->hidden, b->hidden, n * sizeof(float)) == 0,
	    "a part of all layers is the policy, to the bit");
	activations_free(a);
	activations_free(b);
	part_release(&x);
}

static void
check_part(const struct ckpt *c, const char *name)
{
	struct activations *a;
	struct params *d;
	struct part x;
	size_t i, adapters = 0;

	part_init(&x, c, 1, 10);
	d = part_gradient(&x);
	a = activations_new(&x.config);
	transformer_forward(a, &x.params, &pack, true);
	head_rows(a, &pack, leave, NULL, d);
	transformer_backward(a, &x.params, &pack, d);
	ok(x.config.L == 1 && x.config.V == 10 &&
		x.params.tensors < c->params.tensors,
	    "%s: a part has fewer layers and tokens", name);
	for (i = 0; d->low != NULL && i < d->tensors; i++)
		adapters += d->low[i].rank > 0 && d->low[i].A != NULL;
	ok((c->adapter == NULL) == (d->block != NULL) &&
		(c->adapter != NULL) == (adapters > 0),
	    "%s: the gradient of a part is of what is trained", name);
	activations_free(a);
	part_release(&x);
}

static void
check_parts(void)
{
	const struct adapter_spec spec = { .rank = 2, .alpha = 4 };
	struct ckpt base, adapted;
	struct packed_sizes z;
	size_t trained, total;

	make("p", FAMILY_LLAMA, ST_BF16);
	need(ckpt_open(&base, "p"));
	need(ckpt_adapt("a", &base, &spec, 1, NULL, &trained, &total));
	need(ckpt_open(&adapted, "a"));
	check_whole(&base);
	check_whole(&adapted);
	check_part(&base, "whole weights");
	check_part(&adapted, "adapters");
	z = packed_sizes(&adapted.params, &adapted.config, true, false);
	(void)packed_of(&adapted.params, &adapted.config);
	ok(z.packed - adapted.params.matrices->bytes >=
		    low_bytes(adapted.params.matrices) &&
		z.copies && z.first == z.mapped && z.stays == z.mapped,
	    "what is packed for decoding, and nothing is released");
	ckpt_close(&adapted);
	ckpt_close(&base);
	drop("a");
	drop("p");
}

/* ---- the peak */

static void
check_peak(void)
{
	struct plan p = { .models = 2,
		.bytes = { [PLAN_PROGRAM] = 1 },
		.model = {
		    { .opened = 100,
			.packing = { 60, 55 },
			.bytes = { [PLAN_WEIGHTS] = 10, [PLAN_PACKED] = 50 } },
		    { .opened = 20, .bytes = { [PLAN_WEIGHTS] = 25 } } } };
	double bytes[PLAN_PARTS];

	ok(plan_peak(&p, bytes) == 136 && bytes[PLAN_PACKED] == 55 &&
		bytes[PLAN_WEIGHTS] == 80 && bytes[PLAN_PROGRAM] == 1,
	    "the peak is where the first model is packed");
	p.model[1].bytes[PLAN_ACTIVATIONS] = 1000;
	ok(plan_peak(&p, bytes) == 1086 && bytes[PLAN_WEIGHTS] == 35,
	    "the peak is where both are in use");
	p.model[0].opened = 2000;
	ok(plan_peak(&p, bytes) == 2021 && bytes[PLAN_ACTIVATIONS] == 0,
	    "the peak is before the first pass");
}

static void
check_passes(void)
{
	const struct plan_passes one = { 10, 20, 9, 1, 9, 4, 25 };
	struct plan_passes sum = { .micro = 5, .activations = 30 };
	struct plan_model m = { .opened = 7,
		.packing = { 9, 9 },
		.bytes = { [PLAN_WEIGHTS] = 3, [PLAN_PACKED] = 4 } };

	ok(plan_pairs(&pack) == 4 * 5 / 2 + 5 * 6 / 2,
	    "each token attends to those before it and to itself");
	plan_passes_add(&sum, &one, 2);
	ok(sum.activations == 30 && sum.logits == 20 && sum.micro == 9 &&
		sum.tokens == 18 && sum.pairs == 50,
	    "passes add up in time, and share memory");
	plan_passes(&m, &(struct plan_passes){ .micro = 0 });
	ok(m.bytes[PLAN_WEIGHTS] == 7 && m.bytes[PLAN_PACKED] == 0 &&
		m.packing.packed == 0,
	    "a model without a pass stays as it was opened");
}

static void
check_text(void)
{
	struct plan p = { .segments = 1, .micro = 3 };
	struct buf b = { 0 };
	struct json *j;

	plan_see(&p, 11, tokens, 9);
	p.bytes[PLAN_LOGITS] = 3 << 20;
	p.seconds[PLAN_HEAD] = 0.5;
	plan_write(&p, true, &b);
	j = json_parse(b.p, b.n);
	ok(json_int(json_pointer(j, "/memory/total"), 0) == 3 << 20 &&
		json_int(json_get(j, "longest"), 0) == 9 &&
		json_number(json_pointer(j, "/seconds/head"), 0) == 0.5 &&
		json_pointer(j, "/memory/packed") == NULL,
	    "one JSON object, without what is 0");
	json_free(j);
	buf_reset(&b);
	plan_write(&p, false, &b);
	ok(strstr(buf_text(&b), "1 trajectory in 1 segment, 9 tokens\n") == b.p,
	    "a text that begins with what was read");
	buf_release(&b);
	plan_release(&p);
}

int
main(void)
{
	size_t i;

	scratch_enter();
	par_start(2);
	need(gemm_ready());
	for (i = 0; i < MODELS; i++)
		check_sizes(&models[i]);
	check_parts();
	check_peak();
	check_passes();
	check_text();
	scratch_leave();
	return tap_done();
}
