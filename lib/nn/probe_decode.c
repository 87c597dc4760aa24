/* SPDX-License-Identifier: MIT */
/*
 * The part of probe that draws tokens.  A step reads all weights once, so the
 * part has as many layers as no cache holds, and the whole head.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "nn/decode_run.h"
#include "nn/packed.h"
#include "nn/part.h"
#include "nn/probe.h"

enum {
	UNCACHED = 96 << 20, /* bytes that no cache holds */
	NEW = 6,             /* tokens of a sample */
	PROMPT = 256         /* tokens of a prompt, at most */
};

/* The times at which steps end. */
struct ticks {
	double at[NEW + 1];
	size_t n;
};

static int
tick(void *arg, size_t drawn)
{
	struct ticks *t = arg;

	(void)drawn;
	if (t->n <= NEW)
		t->at[t->n++] = clock_steady();
	return 0;
}

/* Seconds of a run: up to the first token but for its step, and of a step. */
struct took {
	double first, step;
};

/* Samples of one prompt of n tokens. */
static int
draw(const struct part *x, const struct decode_options *how, size_t slots,
    size_t n, struct took *took)
{
	const struct decode_options o = { .how = how->how,
		.max_new = NEW,
		.memory = SIZE_MAX };
	struct decode_job *job = mem_alloc(slots, sizeof *job);
	uint32_t *prompt = mem_alloc(n, sizeof *prompt);
	struct ticks t = { .n = 0 };
	double first, step;
	size_t i;
	int rc;

	for (i = 0; i < slots; i++)
		job[i] = (struct decode_job){ prompt, n, "probe", i };
	t.at[t.n++] = clock_steady();
	rc = decode_run(&x->config, &x->params, &o, job, slots, tick, &t);
	first = t.n > 1 ? t.at[1] - t.at[0] : 0;
	step = t.n > 2 ? t.at[2] - t.at[1] : first;
	for (i = 3; i < t.n; i++)
		if (t.at[i] - t.at[i - 1] < step)
			step = t.at[i] - t.at[i - 1];
	*took = (struct took){ first > step ? first - step : 0, step };
	for (i = 0; i < slots; i++) {
		free(job[i].tokens);
		free(job[i].logp);
		free(job[i].logq);
	}
	free(prompt);
	free(job);
	return rc;
}

static size_t
layers_uncached(const struct ckpt *c)
{
	const struct packed_sizes z =
	    packed_sizes(&c->params, &c->config, true, false);
	const double layer = (double)z.packed / (double)c->config.L;

	return layer < UNCACHED ? (size_t)(UNCACHED / layer) + 1 : 1;
}

/* From a part: of prompts for each token, of a step, and of a position seen. */
struct rates {
	double given, step, attend;
};

static int
measure(const struct part *x, const struct decode_options *how,
    const struct probe_draws *w, struct rates *r)
{
	const double mean = w->drawn > 0 ? w->attended / w->drawn : 1;
	size_t n = mean < PROMPT ? (size_t)mean : PROMPT;
	struct took at, from;

	n = n + NEW < x->config.context ? n : 1;
	n = n > 0 ? n : 1;
	if (draw(x, how, w->slots, 1, &from) != 0 ||
	    draw(x, how, w->slots, n, &at) != 0)
		return -1;
	*r = (struct rates){ at.first / (double)n, from.step };
	if (at.step > from.step)
		r->attend = (at.step - from.step) / (double)(w->slots * n);
	return 0;
}

int
probe_decode(struct plan *p, const struct ckpt *c,
    const struct decode_options *how, const struct probe_draws *w)
{
	const struct config *k = &c->config;
	const double layer = probe_layer(k), head = (double)(k->V * k->D);
	struct rates r = { 0 };
	struct probe probe;
	double layers;
	struct part x;
	int rc;

	part_init(&x, c, layers_uncached(c), k->V);
	rc = probe_open(&probe, &x.params, &x.config,
	    c->base != NULL ? c->base->weights : c->weights, true);
	if (rc == 0)
		rc = measure(&x, how, w, &r);
	layers = (double)x.config.L;
	part_release(&x);
	if (rc != 0)
		return -1;
	probe_add_open(p, &probe, c, true);
	p->seconds[PLAN_PROMPTS] += w->given * r.given * (double)k->L / layers;
	p->seconds[PLAN_SAMPLING] += w->steps * r.step *
		((double)k->L * layer + head) / (layers * layer + head) +
	    w->attended * r.attend * (double)k->L / layers;
	return 0;
}
