/* SPDX-License-Identifier: MIT */
/* saved: modules that are trained whole beside adapters. */
#include <stdlib.h>
#include <string.h>

#include "../models.h"
#include "../tap.h"
#include "base/mem.h"
#include "base/par.h"
#include "nn/adapter.h"
#include "nn/transformer.h"

enum { T = 9 };

static const size_t starts[] = { 0, 4, T };
static const size_t rows[] = { 1, 3, 4, 8 };
static const uint32_t tokens[T] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const struct pack pack = { tokens, T, 2, 4, starts, rows };

/* Logits of the pack, then logits as gradients of themselves. */
struct pass {
	struct config c;
	float *logits; /* [R, V] */
};

static void
take(void *ctx, size_t first, size_t n, float *logits)
{
	const struct pass *p = ctx;

	memcpy(p->logits + first * p->c.V, logits, n * p->c.V * sizeof *logits);
}

/* The gradient of half the logits' squares is the logits. */
static void
pass(struct pass *p, const struct params *w, struct params *d)
{
	struct activations *acts = activations_new(&p->c);

	free(p->logits);
	p->logits = mem_floats(pack.R * p->c.V);
	transformer_forward(acts, w, &pack, d != NULL);
	head_rows(acts, &pack, take, p, d);
	if (d != NULL)
		transformer_backward(acts, w, &pack, d);
	activations_free(acts);
}

static bool
same(const struct config *c, const struct params *x, const struct params *y)
{
	struct pass p = { *c, NULL }, q = { *c, NULL };
	bool equal;

	pass(&p, x, NULL);
	pass(&q, y, NULL);
	equal =
	    memcmp(p.logits, q.logits, pack.R * c->V * sizeof *p.logits) == 0;
	free(p.logits);
	free(q.logits);
	return equal;
}

/* A policy of a base and adapters. */
static void
join(struct params *w, const struct params *base, const struct adapter *a,
    const struct config *c)
{
	size_t i;

	params_table(w, base, c);
	for (i = 0; i < w->tensors; i++)
		params_share(w, i, base, i);
	adapter_attach(a, w, &a->table);
}

/* The gradients of copies are those of the whole policy, to the bit. */
static void
test_gradients(const struct adapter *a, const struct params *base,
    const struct params *w, const struct config *c)
{
	struct params d, whole, full;
	struct pass p = { *c, NULL };
	size_t i, wrong = 0;

	params_like(&full, base, c);
	pass(&p, base, &full);
	params_table(&whole, base, c);
	params_like(&d, &a->table, c);
	adapter_attach(a, &whole, &d);
	pass(&p, w, &whole);
	for (i = 2 * a->pairs; i < d.tensors; i++)
		wrong +=
		    memcmp(d.tensor[i].p, full.tensor[a->of[i - a->pairs]].p,
			d.tensor[i].n * sizeof(float)) != 0;
	ok(wrong == 0, "gradients of copies are those of the whole policy");
	free(p.logits);
	params_release(&d);
	params_release(&whole);
	params_release(&full);
}

static void
test_copies(const struct model *m, const char *targets, const char *saved)
{
	const struct adapter_spec spec = { .rank = 3,
		.alpha = 5,
		.targets = targets,
		.saved = saved };
	struct config c;
	struct params base, w;
	struct adapter a;
	size_t i;

	model_make(&c, &base, m, false);
	if (!ok(adapter_init(&a, &spec, &base) == 0 &&
		    adapter_bind(&a, &base, &c) == 0,
		"%s: %s", m->name, saved))
		return;
	params_alloc(&a.table);
	adapter_random(&a, &base, 1);
	join(&w, &base, &a, &c);
	ok(same(&c, &w, &base), "the policy is the base at first");
	test_gradients(&a, &base, &w, &c);
	for (i = 2 * a.pairs; i < a.table.tensors; i++) {
		const struct tensor *t = &a.table.tensor[i];

		t->p[t->n / 2] += 1;
		params_changed(&w);
		ok(!same(&c, &w, &base), "%s replaces that of the base",
		    t->name);
		t->p[t->n / 2] -= 1;
	}
	params_release(&w);
	params_release(&base);
	adapter_release(&a);
}

static void
test_refusals(void)
{
	static const struct {
		const char *saved, *said;
	} bad[] = {
		{ "nothing", "nothing is no module of a llama policy" },
		{ "lm_head,", " is no module of a llama policy" },
		{ "mlp", "mlp consists of modules: name these" },
		{ "layers", "layers consists of modules: name these" },
		{ "v_proj",
		    "model.layers.0.self_attn.v_proj.weight has "
		    "adapters" },
	};
	struct config c;
	struct params base;
	size_t i;

	model_make(&c, &base, &models[0], false);
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct adapter_spec spec = { .rank = 1,
			.alpha = 1,
			.saved = bad[i].saved };
		struct adapter a;

		ok(adapter_init(&a, &spec, &base) == 0 &&
			adapter_bind(&a, &base, &c) == -1 &&
			strstr(err_last(), bad[i].said) != NULL,
		    "%s", err_last());
		adapter_release(&a);
	}
	params_release(&base);
}

int
main(void)
{
	par_start(2);
	test_copies(&models[0], "v_proj", "embed_tokens,norm,lm_head");
	test_copies(&models[0], "v_proj", "q_proj,mlp.down_proj");
	test_copies(&models[MODELS - 1], "c_attn", "ln_f,mlp.c_proj");
	test_refusals();
	return tap_done();
}
