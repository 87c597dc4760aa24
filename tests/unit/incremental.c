/* SPDX-License-Identifier: MIT */
/* incremental: single tokens against a cache equal the pass over sequences. */
#include "nn/incremental.h"

#include <stdlib.h>
#include <string.h>

#include "../models.h"
#include "base/mem.h"
#include "base/par.h"
#include "nn/packed.h"
#include "nn/transformer.h"
#include "tests/tap.h"

/* A prompt and two samples that continue it. */
enum { PROMPT = 70, OWN = 9, SAMPLES = 2, ALL = PROMPT + SAMPLES * OWN };

static uint32_t tokens[ALL];
static size_t rows[ALL];

/* hidden[ALL, D] by one pass over the pack. */
static void
by_pack(const struct config *c, const struct params *p, float *hidden)
{
	static const size_t start[] = { 0, PROMPT, PROMPT + OWN, ALL };
	static const size_t parent[] = { 0, 0, 0 };
	const struct pack pack = { tokens, ALL, 1 + SAMPLES, ALL, start, rows,
		parent };
	struct activations *a = activations_new(c);

	transformer_forward(a, p, &pack, false);
	memcpy(hidden, a->hidden, ALL * c->D * sizeof(*hidden));
	activations_free(a);
}

/* The same by a batch for the prompt, then a batch for each new token. */
static void
by_steps(const struct config *c, const struct params *p, float *hidden)
{
	struct incremental *s = incremental_new(c, p, packed_of(p, c), PROMPT);
	struct kvcache prompt, own[SAMPLES];
	struct inc_row row[PROMPT];
	size_t i, k;

	kvcache_init(&prompt, c, packed_type(p), PROMPT);
	for (i = 0; i < PROMPT; i++)
		row[i] = (struct inc_row){ tokens[i], i, &prompt, NULL,
			config_is_long(c, PROMPT) };
	incremental_forward(s, row, PROMPT);
	incremental_hidden(s, hidden, 0, PROMPT);
	for (k = 0; k < SAMPLES; k++) {
		kvcache_init(&own[k], c, packed_type(p), PROMPT + OWN);
		kvcache_fork(&own[k], &prompt, c, PROMPT);
	}
	for (i = 0; i < OWN; i++) {
		for (k = 0; k < SAMPLES; k++)
			row[k] = (struct inc_row){ tokens[PROMPT + k * OWN + i],
				PROMPT + i, &own[k], &prompt,
				config_is_long(c, PROMPT) };
		incremental_forward(s, row, SAMPLES);
		for (k = 0; k < SAMPLES; k++)
			incremental_hidden(s,
			    hidden + (PROMPT + k * OWN + i) * c->D, k, 1);
	}
	for (k = 0; k < SAMPLES; k++)
		kvcache_release(&own[k]);
	kvcache_release(&prompt);
	incremental_free(s);
}

static void
check(const struct model *m, enum tile_type type, const char *name)
{
	struct config c;
	struct params p;
	float *a, *b;
	size_t i;

	model_make(&c, &p, m, false);
	packed_set_type(&p, type);
	for (i = 0; i < ALL; i++) {
		tokens[i] = (uint32_t)(i * i % c.V);
		rows[i] = i;
	}
	a = mem_floats(ALL * c.D);
	b = mem_floats(ALL * c.D);
	by_pack(&c, &p, a);
	by_steps(&c, &p, b);
	ok(memcmp(a, b, ALL * c.D * sizeof(*a)) == 0,
	    "%s, %s: token by token equals the whole sequence, bit for bit",
	    m->name, name);
	free(a);
	free(b);
	params_release(&p);
}

int
main(void)
{
	size_t i;

	par_start(2);
	for (i = 0; i < MODELS; i++) {
		check(&models[i], TILE_F32, "f32");
		check(&models[i], TILE_BF16, "bf16");
		check(&models[i], TILE_INT8, "int8");
	}
	return tap_done();
}
