/* SPDX-License-Identifier: MIT */
/* Decoding with a cache against the packed forward pass, and against itself: as
 * a list of jobs, and as a batch that jobs enter and leave. */
#include "nn/decode_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../models.h"
#include "../naive.h"
#include "../tap.h"
#include "base/mem.h"
#include "base/par.h"
#include "base/rng.h"
#include "nn/kvcache.h"
#include "nn/packed.h"
#include "nn/transformer.h"
#include "tensor/softmax.h"

enum {
	PROMPTS = 9,
	EACH = 3,
	JOBS = PROMPTS * EACH,
	LONGEST = 100,
	MAX_NEW = 20
};

struct made {
	struct config c;
	struct params p;
	struct naive naive;
};

/* Prompts of 1 to LONGEST tokens: more rows in all than one batch of prompts
 * takes. */
struct asked {
	uint32_t tokens[PROMPTS][LONGEST];
	size_t n[PROMPTS];
	char id[JOBS][8];
	struct decode_job job[JOBS];
};

static void
made_init(struct made *m, const struct model *of)
{
	model_make(&m->c, &m->p, of, false);
	m->c.eos[0] = 3;
	m->c.eos_count = 1;
	naive_init(&m->naive, &m->c, &m->p);
}

static void
ask(struct asked *a, const struct config *c)
{
	static const size_t lengths[PROMPTS] = { 1, 7, 2, LONGEST, 30, 5, 90, 3,
		60 };
	struct rng r = { 11 };
	size_t i, k;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < PROMPTS; i++) {
		a->n[i] = lengths[i];
		for (k = 0; k < a->n[i]; k++)
			a->tokens[i][k] = (uint32_t)rng_below(&r, c->V);
		for (k = 0; k < EACH; k++) {
			char *id = a->id[i * EACH + k];

			(void)snprintf(id, sizeof(a->id[0]), "p%zu#%zu", i, k);
			a->job[i * EACH + k] =
			    (struct decode_job){ .prompt = a->tokens[i],
				    .prompt_n = a->n[i],
				    .id = id,
				    .pass = i % 2 };
		}
	}
}

static void
forget(struct decode_job *j, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free(j[i].tokens);
		free(j[i].logp);
		free(j[i].logq);
		j[i].tokens = NULL;
		j[i].logp = j[i].logq = NULL;
		j[i].n = 0;
		j[i].over = j[i].ended = false;
	}
}

static struct decode_options
plain(void)
{
	return (struct decode_options){ .how = { 1.0, 0, 1.0 },
		.max_new = MAX_NEW,
		.seed = 4,
		.step = 2,
		.memory = 64 << 20 };
}

static int
run(const struct made *m, const struct decode_options *o, struct decode_job *j,
    size_t n)
{
	return decode_run(&m->c, &m->p, o, j, n, NULL, NULL);
}

/* Largest error of recorded log-probabilities, packed and naive. */
struct compared {
	const struct config *c;
	const struct decode_job *j;
	const struct decode_options *o;
	double off, naive_off;
	size_t drawn, as_drawn; /* by the same u from the packed distribution */
};

static void
compare_rows(void *ctx, size_t first, size_t n, float *logits)
{
	struct compared *w = ctx;
	struct sample_candidate scratch[64];
	float logp, logq;
	uint32_t token;
	size_t i;

	for (i = 0; i < n; i++) {
		size_t t = first + i;
		float *x = logits + i * w->c->V;
		struct rng r =
		    rng_at(w->o->seed, w->o->step, w->j->pass, w->j->id, t);

		logp =
		    (float)((double)x[w->j->tokens[t]] - logsumexp(x, w->c->V));
		w->off =
		    fmax(w->off, fabs((double)logp - (double)w->j->logp[t]));
		w->drawn++;
		if (sample_token(x, w->c->V, &w->o->how, rng_unit(&r), scratch,
			&token, &logp, &logq) == 0)
			w->as_drawn += token == w->j->tokens[t];
	}
}

static void
compare(const struct made *m, struct compared *w)
{
	const struct decode_job *j = w->j;
	/* the last token is not fed */
	const size_t start[2] = { 0, j->prompt_n + j->n - 1 };
	uint32_t *tokens = mem_alloc(start[1] + 1, sizeof(*tokens));
	size_t *row = mem_alloc(j->n, sizeof(*row)), i;
	struct pack pack = { tokens, start[1], 1, j->n, start, row };
	struct activations *acts = activations_new(&m->c);
	double *hidden = mem_alloc(start[1] * m->c.D, sizeof(*hidden));

	memcpy(tokens, j->prompt, j->prompt_n * sizeof(*tokens));
	memcpy(tokens + j->prompt_n, j->tokens, j->n * sizeof(*tokens));
	for (i = 0; i < j->n; i++)
		row[i] = j->prompt_n + i - 1;
	transformer_forward(acts, &m->p, &pack, false);
	head_rows(acts, &pack, compare_rows, w, NULL);
	naive_hidden(&m->naive, tokens, start[1], hidden);
	for (i = 0; i < j->n; i++)
		w->naive_off = fmax(w->naive_off,
		    fabs((double)j->logp[i] -
			naive_logp(&m->naive, hidden, tokens,
			    j->prompt_n + i)));
	activations_free(acts);
	free(hidden);
	free(tokens);
	free(row);
}

static bool
well_formed(const struct config *c, const struct decode_job *j, size_t max_new)
{
	size_t room = config_room(c, j->prompt_n), t;

	room = max_new < room ? max_new : room;
	if (j->n == 0 || j->n > room || (!j->ended && j->n < room))
		return false;
	for (t = 0; t < j->n; t++)
		if (config_is_eos(c, j->tokens[t]) !=
		    (j->ended && t + 1 == j->n))
			return false;
	return true;
}

/* The number of samples that ended. */
static size_t
against_packed(const struct made *m, struct asked *a, const char *name,
    double bound)
{
	struct decode_options o = plain();
	struct compared w = { .c = &m->c, .o = &o };
	bool good = run(m, &o, a->job, JOBS) == 0;
	size_t i, ended = 0;

	for (i = 0; i < JOBS && good; i++) {
		w.j = &a->job[i];
		good = well_formed(&m->c, w.j, o.max_new);
		ended += a->job[i].ended;
		if (good)
			compare(m, &w);
	}
	ok(good, "%s: %d samples, %zu of them ended", name, JOBS, ended);
	ok(good && w.off == 0 && w.naive_off < bound,
	    "%s: logp is that of the packed pass (%g), within %.1e of the "
	    "naive one",
	    name, w.off, w.naive_off);
	ok(w.as_drawn == w.drawn,
	    "%s: %zu of %zu tokens as the packed distribution "
	    "has them",
	    name, w.as_drawn, w.drawn);
	return ended;
}

static size_t
same_jobs(const struct decode_job *a, const struct decode_job *b, size_t n)
{
	size_t i, same = 0;

	for (i = 0; i < n; i++)
		same += a[i].n == b[i].n && a[i].ended == b[i].ended &&
		    memcmp(a[i].tokens, b[i].tokens,
			a[i].n * sizeof(*a[i].tokens)) == 0;
	return same;
}

/* Samples depend neither on the memory nor on the other samples. */
static void
against_itself(const struct made *m, const struct asked *a)
{
	/* What a sample of the prompt of 60 tokens needs, in three blocks of
	 * positions; no other one needs more. */
	const size_t least = kvcache_bytes(&m->c, TILE_F32, 60) +
	    kvcache_bytes(&m->c, TILE_F32, 60 + MAX_NEW - 1);
	struct decode_options o = plain();
	struct asked *b = mem_alloc(1, sizeof(*b));
	size_t i;

	ask(b, &m->c);
	o.memory = least;
	ok(run(m, &o, b->job, JOBS) == 0 &&
		same_jobs(a->job, b->job, JOBS) == JOBS,
	    "memory for one sample at a time gives the same samples");
	forget(b->job, JOBS);
	o.memory = 3 * least;
	ok(run(m, &o, b->job, JOBS) == 0 &&
		same_jobs(a->job, b->job, JOBS) == JOBS,
	    "memory for a few samples gives the same samples");
	forget(b->job, JOBS);
	o.memory = least - 1;
	ok(run(m, &o, b->job, JOBS) == -1, "too little memory is refused: %s",
	    err_last());
	o = plain();
	for (i = 0; i < JOBS; i++) {
		const struct decode_job *j = &a->job[JOBS - 1 - i];

		b->job[i] = (struct decode_job){ .prompt = j->prompt,
			.prompt_n = j->prompt_n,
			.id = j->id,
			.pass = j->pass };
	}
	ok(run(m, &o, b->job, JOBS) == 0, "jobs in reverse order are drawn");
	for (i = 0; i < JOBS && same_jobs(&a->job[i], &b->job[JOBS - 1 - i], 1);
	     i++)
		;
	ok(i == JOBS, "jobs in reverse order give the same samples");
	forget(b->job, JOBS);
	ask(b, &m->c);
	o.step++;
	ok(run(m, &o, b->job, JOBS) == 0 &&
		same_jobs(a->job, b->job, JOBS) < JOBS / 2,
	    "another step gives other samples");
	forget(b->job, JOBS);
	free(b);
}

/* A job with options of its own is the same as in a run with these. */
static void
own_options(const struct made *m, const struct asked *a)
{
	struct decode_options o = plain(), own = plain();
	struct asked *b = mem_alloc(1, sizeof(*b));
	struct asked *c = mem_alloc(1, sizeof(*c));
	size_t i, mixed = 0;

	own.how = (struct sampling){ 0.5, 4, 0.9 };
	own.max_new = 7;
	own.seed = 9;
	ask(b, &m->c);
	ask(c, &m->c);
	for (i = 0; i < JOBS; i += 2)
		b->job[i].own = &own;
	ok(run(m, &o, b->job, JOBS) == 0 && run(m, &own, c->job, JOBS) == 0,
	    "jobs with options of their own are drawn");
	for (i = 0; i < JOBS; i++)
		mixed += same_jobs(&b->job[i],
		    i % 2 == 0 ? &c->job[i] : &a->job[i], 1);
	ok(mixed == JOBS, "each is what a run with its options gives");
	forget(b->job, JOBS);
	forget(c->job, JOBS);
	free(b);
	free(c);
}

static void
greedy(const struct made *m)
{
	struct decode_options o = plain();
	struct compared w = { .c = &m->c, .o = &o };
	struct asked *a = mem_alloc(1, sizeof(*a));
	bool good;
	size_t i;

	ask(a, &m->c);
	o.how.temperature = 0.0;
	o.max_new = 0;
	good = run(m, &o, a->job, JOBS) == 0;
	for (i = 0; i < JOBS && good; i++) {
		w.j = &a->job[i];
		good =
		    well_formed(&m->c, w.j, SIZE_MAX) && w.j->logq[0] == 0.0f;
		compare(m, &w);
	}
	ok(good && w.off == 0,
	    "greedy to the end of the context: logp within %.1e", w.off);
	ok(w.as_drawn == w.drawn,
	    "greedy tokens are the argmax of the packed pass");
	forget(a->job, JOBS);
	free(a);
}

/* Jobs that enter while others are at work, and a job that leaves. */
static void
joining(const struct made *m, const struct asked *a)
{
	enum { SLOTS = 4, LEAVES = 1, TOKENS = 2 };
	const struct decode_options o = plain();
	struct asked *b = mem_alloc(1, sizeof(*b));
	struct decode *d = decode_new(&m->c, &m->p, &o, SLOTS, SLOTS);
	struct decode_job *j = b->job;
	size_t i, next = 0, most = 0, alone = 0, over = 0;
	bool left = false;

	ask(b, &m->c);
	for (i = 0; next < JOBS || decode_live(d) > 0; i++) {
		/* one more at each step, where there is room */
		if (next < JOBS && decode_enter(d, &j[next]))
			next++;
		most = decode_live(d) > most ? decode_live(d) : most;
		alone += decode_live(d) == 1;
		(void)decode_step(d);
		if (!left && j[LEAVES].n == TOKENS && !j[LEAVES].over) {
			decode_leave(d, &j[LEAVES]);
			left = true;
		}
	}
	ok(most == SLOTS && alone > 0, "jobs enter one by one, up to %zu",
	    most);
	for (i = 0; i < JOBS; i++)
		over += i == LEAVES ? !j[i].over : j[i].over;
	ok(left && over == JOBS, "all are over, but the one that has left");
	ok(same_jobs(a->job, j, JOBS) == JOBS - 1,
	    "the others are what they are in a list");
	ok(j[LEAVES].n == TOKENS &&
		memcmp(j[LEAVES].tokens, a->job[LEAVES].tokens,
		    TOKENS * sizeof(uint32_t)) == 0,
	    "the one that has left keeps its tokens");
	decode_free(d);
	forget(j, JOBS);
	free(b);
}

/* Another prompt in the memory where one was, and the same in another place. */
static void
moved_prompts(const struct made *m, const struct asked *a)
{
	struct decode_options o = plain();
	struct decode_job j[2] = { a->job[4 * EACH], a->job[4 * EACH + 1] };
	const size_t n = j[0].prompt_n;
	uint32_t tokens[2][LONGEST];
	struct decode *d;
	size_t i;

	/* for two samples of one prompt, and not of two */
	o.memory = kvcache_bytes(&m->c, TILE_F32, n) +
	    2 * kvcache_bytes(&m->c, TILE_F32, n + MAX_NEW - 1);
	for (i = 0; i < 2; i++) {
		memcpy(tokens[i], j[i].prompt, n * sizeof(uint32_t));
		j[i] = (struct decode_job){ .prompt = tokens[i],
			.prompt_n = n,
			.id = j[i].id,
			.pass = j[i].pass };
	}
	d = decode_new(&m->c, &m->p, &o, 2, n);
	ok(decode_enter(d, &j[0]) && decode_enter(d, &j[1]),
	    "a job shares the same prompt in another place");
	while (decode_live(d) > 0)
		(void)decode_step(d);
	ok(same_jobs(j, &a->job[4 * EACH], 2) == 2,
	    "and draws what it draws in a list");
	forget(j, 2);
	tokens[0][0] = (tokens[0][0] + 1) % (uint32_t)m->c.V;
	ok(decode_enter(d, &j[0]) && !decode_enter(d, &j[1]),
	    "another prompt in the same place needs memory of its own");
	decode_leave(d, &j[0]);
	ok(decode_live(d) == 0 && decode_enter(d, &j[1]),
	    "a job that leaves makes room at once");
	while (decode_live(d) > 0)
		(void)decode_step(d);
	ok(same_jobs(&j[1], &a->job[4 * EACH + 1], 1) == 1,
	    "the next one draws what it draws in a list");
	decode_free(d);
	forget(j, 2);
}

/* A job whose logits are not finite leaves the others alone. */
static void
one_fails(struct made *m, const struct asked *a)
{
	const struct decode_options o = plain();
	const uint32_t bad[] = { 3 }; /* the end token: no sample is fed it */
	struct decode_job j[2] = {
		{ .id = "bad", .prompt = bad, .prompt_n = 1 }, a->job[0]
	};
	float *at = m->p.embed + bad[0] * m->c.D;
	const float was = *at;
	struct decode *d;

	j[1] = (struct decode_job){ .prompt = j[1].prompt,
		.prompt_n = j[1].prompt_n,
		.id = j[1].id,
		.pass = j[1].pass };
	*at = NAN;
	d = decode_new(&m->c, &m->p, &o, 2, 2);
	ok(decode_enter(d, &j[0]) && decode_enter(d, &j[1]) &&
		decode_step(d) == &j[0] && j[0].failed && j[0].over &&
		j[0].n == 0 && decode_live(d) == 1,
	    "a job that fails leaves");
	while (decode_live(d) > 0)
		(void)decode_step(d);
	ok(!j[1].failed && same_jobs(&j[1], &a->job[0], 1) == 1,
	    "the other goes on as without it");
	*at = was;
	decode_free(d);
	forget(j, 2);
}

static void
refused(const struct made *m, struct decode_job j, const char *what)
{
	struct decode_options o = plain();

	ok(run(m, &o, &j, 1) == -1, "%s: %s", what, err_last());
	forget(&j, 1);
}

static int
give_up(void *ctx, size_t drawn)
{
	*(size_t *)ctx += drawn;
	return fail("enough");
}

static void
refusals(struct made *m)
{
	size_t drawn = 0;
	struct decode_job j = { .id = "p#0", .prompt_n = 2 };
	uint32_t tokens[128] = { 1, 2 };
	struct decode_options o = plain();

	ok(decode_run(&m->c, &m->p, &o, NULL, 0, NULL, NULL) == 0,
	    "no jobs are drawn with success");
	j.prompt = tokens;
	ok(decode_run(&m->c, &m->p, &o, &j, 1, give_up, &drawn) == -1 &&
		drawn == 1,
	    "a tick that fails ends the run");
	forget(&j, 1);
	j.prompt_n = 0;
	refused(m, j, "an empty prompt");
	j.prompt_n = m->c.context;
	refused(m, j, "a prompt longer than the context");
	j.prompt_n = 2;
	tokens[1] = (uint32_t)m->c.V;
	refused(m, j, "no such token");
	tokens[1] = 2;
	m->p.norm[0] = NAN;
	refused(m, j, "not finite");
	ok(strstr(err_last(), "p#0") != NULL, "the message names the sample");
}

int
main(void)
{
	struct asked *a = mem_alloc(1, sizeof(*a));
	struct made m;
	size_t i, ended = 0;

	par_start(2);
	for (i = 0; i < MODELS; i++) {
		made_init(&m, &models[i]);
		ask(a, &m.c);
		ended += against_packed(&m, a, models[i].name, 1e-4);
		if (i == 0) {
			against_itself(&m, a);
			own_options(&m, a);
			joining(&m, a);
			moved_prompts(&m, a);
			one_fails(&m, a);
			greedy(&m);
		}
		forget(a->job, JOBS);
		packed_set_type(&m.p, TILE_BF16);
		(void)against_packed(&m, a, "in bf16", 0.3);
		packed_set_type(&m.p, TILE_F32);
		forget(a->job, JOBS);
		if (i + 1 == MODELS)
			refusals(&m);
		naive_release(&m.naive);
		params_release(&m.p);
	}
	ok(ended > 0 && ended < (size_t)MODELS * JOBS,
	    "some samples end, others reach the limit");
	free(a);
	return tap_done();
}
