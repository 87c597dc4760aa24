/* SPDX-License-Identifier: MIT */
#include "nn/decode_run.h"

#include "base/err.h"
#include "nn/kvcache.h"
#include "nn/packed.h"

/* A list of jobs: its bounds, and bytes of its keys and values. */
struct listed {
	size_t slots, rows;
	size_t prompts;         /* adjacent jobs share theirs */
	double own;             /* of a sample's own positions, the most */
	double longest, prompt; /* of prompts: the most; all together */
};

static bool
shares(const struct decode_job *job, size_t i)
{
	return i > 0 && job[i].prompt == job[i - 1].prompt &&
	    job[i].prompt_n == job[i - 1].prompt_n;
}

/* Check the jobs. */
static int
look(const struct config *c, const struct params *p,
    const struct decode_options *o, const struct decode_job *job, size_t jobs,
    struct listed *l)
{
	const enum tile_type type = packed_type(p);
	size_t tokens = 0, i;

	*l = (struct listed){ .slots = jobs };
	for (i = 0; i < jobs; i++) {
		double bytes;

		if (decode_check(c, p, o, &job[i]) != 0)
			return -1;
		bytes = (double)kvcache_bytes(c, type,
		    decode_positions(c, o, &job[i]));
		l->own = bytes > l->own ? bytes : l->own;
		if (shares(job, i))
			continue;
		bytes = (double)kvcache_bytes(c, type, job[i].prompt_n);
		l->longest = bytes > l->longest ? bytes : l->longest;
		l->prompt += bytes;
		l->prompts++;
		if (tokens < DECODE_ROWS)
			tokens += job[i].prompt_n;
	}
	if (l->slots > DECODE_SLOTS)
		l->slots = DECODE_SLOTS;
	l->rows = tokens < DECODE_ROWS ? tokens : DECODE_ROWS;
	l->rows = l->rows > l->slots ? l->rows : l->slots;
	return 0;
}

int
decode_run(const struct config *c, const struct params *p,
    const struct decode_options *o, struct decode_job *job, size_t jobs,
    int (*tick)(void *, size_t), void *ctx)
{
	const struct decode_job *failed;
	size_t next = 0, drawn = 0;
	struct decode *d;
	struct listed l;
	int rc = look(c, p, o, job, jobs, &l);

	if (rc != 0 || jobs == 0)
		return rc;
	d = decode_new(c, p, o, l.slots, l.rows);
	while (rc == 0 && (decode_live(d) > 0 || next < jobs)) {
		while (next < jobs && decode_enter(d, &job[next]))
			next++;
		drawn += decode_live(d);
		failed = decode_step(d);
		if (failed != NULL)
			rc = fail("sample %s: the logits of token %zu are not "
				  "finite",
			    failed->id, failed->n);
		if (rc == 0 && tick != NULL && tick(ctx, drawn) != 0)
			rc = -1;
	}
	decode_free(d);
	return rc;
}

/*
 * As many slots as fit the memory together with the prompts that so many
 * samples read on average.
 */
static void
plan_slots(const struct listed *l, size_t jobs, size_t memory,
    struct decode_sizes *z)
{
	double held;

	z->slot = l->own;
	z->held = l->longest;
	for (z->slots = l->slots; z->slots > 1; z->slots--) {
		held = l->longest + l->prompt * (double)z->slots / (double)jobs;
		z->held = held < l->prompt ? held : l->prompt;
		if ((double)z->slots * l->own + z->held <= (double)memory)
			break;
	}
}

int
decode_plan(const struct config *c, const struct params *p,
    const struct decode_options *o, const struct decode_job *job, size_t jobs,
    struct decode_sizes *z)
{
	struct decode_memory m;
	struct listed l;

	*z = (struct decode_sizes){ 0 };
	if (look(c, p, o, job, jobs, &l) != 0)
		return -1;
	if (jobs == 0)
		return 0;
	plan_slots(&l, jobs, o->memory, z);
	z->rows = l.rows;
	m = decode_memory(c, packed_shapes(p, c), z->slots, z->rows);
	z->logits = m.logits;
	z->activations = m.activations + l.prompts * c->D * sizeof(float);
	return 0;
}
