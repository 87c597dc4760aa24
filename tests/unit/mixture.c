/* SPDX-License-Identifier: MIT */
/*
 * mixture and ensemble: several models as one, against sums of probabilities
 * over all sequences by the textbook in double; what is drawn by each.
 */
#include "likelihood/mixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../distributions.h"
#include "../scratch.h"
#include "../tap.h"
#include "base/mem.h"
#include "base/par.h"
#include "discriminator/discriminator.h"
#include "likelihood/ensemble.h"

enum { K = 3, LENGTH = 3, ALL = V * V * V };

static const char *const dir[K] = { "a", "b", "c" };

struct bench {
	struct model_of model[K];
	struct ckpt first;
	struct mixture others;
	struct likelihood *work;
	struct traj_segment s; /* all sequences of LENGTH actions */
	float logp[ALL * LENGTH];
};

/* Sequence i: a prompt of two tokens, then LENGTH digits in two spans. */
static void
list(struct bench *b)
{
	char line[200];
	struct traj *t;
	unsigned i;

	for (i = 0; i < ALL; i++) {
		(void)snprintf(line, sizeof line,
		    "{\"id\":\"%u\",\"role\":\"policy\",\"tokens\":[1,2,%u,%u,"
		    "3,%u],\"actions\":[2,4,5,6]}",
		    i, i / (V * V), i / V % V, i % V);
		t = traj_add(&b->s);
		need(traj_from_json(t, line, strlen(line)));
	}
}

static void
bench_make(struct bench *b)
{
	static const float change[K] = { 1, -0.5f, 2.5f };
	size_t k;

	memset(b, 0, sizeof *b);
	for (k = 0; k < K; k++)
		model_of_make(&b->model[k], dir[k], change[k]);
	need(ckpt_open(&b->first, dir[0]));
	need(mixture_open(&b->others, dir + 1, K - 1, &b->first, true));
	b->work = likelihood_new(&b->first.config, 12);
	list(b);
	need(mixture_logp(&b->others, b->work, &b->first.params, b->s.t, b->s.n,
	    b->logp));
}

static void
bench_release(struct bench *b)
{
	size_t k;

	traj_segment_release(&b->s);
	likelihood_free(b->work);
	mixture_close(&b->others);
	ckpt_close(&b->first);
	for (k = 0; k < K; k++)
		model_of_release(&b->model[k], dir[k]);
}

/* The probability of the first n actions under one model. */
static double
prefix(const struct model_of *m, const struct traj *t, size_t n)
{
	static const size_t at[LENGTH] = { 2, 3, 5 };
	double q[V], sum = 0;
	size_t j;

	for (j = 0; j < n; j++) {
		distribution(m, t, at[j], 1, q);
		sum += q[t->tokens[at[j]]];
	}
	return exp(sum);
}

static double
mean_prefix(const struct bench *b, const struct traj *t, size_t n)
{
	double sum = 0;
	size_t k;

	for (k = 0; k < K; k++)
		sum += prefix(&b->model[k], t, n);
	return sum / K;
}

static void
test_whole(const struct bench *b)
{
	double worst = 0, parts = 0, sum = 0, L, want;
	size_t i, j;

	for (i = 0; i < ALL; i++) {
		for (L = 0, j = 0; j < LENGTH; j++) {
			L += (double)b->logp[i * LENGTH + j];
			want = log(mean_prefix(b, &b->s.t[i], j + 1));
			parts = fmax(parts, fabs(L - want));
		}
		worst = fmax(worst, fabs(L - want));
		sum += exp(L);
	}
	ok(worst < 1e-5, "log p is the log of the mean probability: %.1e",
	    worst);
	ok(parts < 1e-5, "and so it is of every prefix: %.1e", parts);
	ok(fabs(sum - 1) < 1e-5, "all sequences have probability 1: %g", sum);
}

/* Parts of one action, by what may stand there, are a distribution. */
static void
test_parts(const struct bench *b)
{
	double worst = 0, sum;
	size_t i, v;

	for (i = 0; i < ALL; i += V) {
		for (sum = 0, v = 0; v < V; v++)
			sum += exp((double)b->logp[(i + v) * LENGTH + 2]);
		worst = fmax(worst, fabs(sum - 1));
	}
	ok(worst < 1e-5, "an action's parts add up to 1: %.1e", worst);
}

/* At most log K below the best. */
static void
test_bound(const struct bench *b)
{
	double most = 0, best, L;
	size_t i, k;

	for (i = 0; i < ALL; i++) {
		best = 0;
		for (k = 0; k < K; k++)
			best = fmax(best,
			    prefix(&b->model[k], &b->s.t[i], LENGTH));
		L = (double)(b->logp[i * LENGTH] + b->logp[i * LENGTH + 1] +
		    b->logp[i * LENGTH + 2]);
		most = fmax(most, log(best) - L);
	}
	ok(most < log(K) + 1e-5, "it is at most log %d below the best: %g", K,
	    most);
}

static void
test_alone(struct bench *b)
{
	const struct mixture none = { 0 };
	float *one = mem_floats(ALL * LENGTH), *want = mem_floats(ALL * LENGTH);

	need(mixture_logp(&none, b->work, &b->first.params, b->s.t, b->s.n,
	    one));
	need(likelihood_logp(b->work, &b->first.params, b->s.t, b->s.n, want,
	    NULL));
	ok(memcmp(one, want, ALL * LENGTH * sizeof *one) == 0,
	    "of one model it is that, bit for bit");
	free(one);
	free(want);
}

/* A discriminator's scores are the mixture's log p less log pi. */
static void
test_scores(struct bench *b)
{
	const size_t A = ALL * LENGTH;
	float *known = mem_floats(A), *s = mem_floats(A);
	struct discriminator d;
	struct ckpt policy;
	double worst = 0, l, want;
	size_t i, j;

	need(ckpt_open(&policy, "c"));
	discriminator_init(&d, &b->first, &policy, NULL, 12);
	d.members = &b->others;
	need(loss_parse("logistic", &d.loss));
	need(discriminator_known(&d, b->s.t, b->s.n, known));
	need(discriminator_score(&d, b->s.t, b->s.n, known, s));
	for (i = 0; i < ALL; i++) {
		for (l = 0, j = 0; j < LENGTH; j++)
			l += (double)s[i * LENGTH + j];
		want = log(mean_prefix(b, &b->s.t[i], LENGTH) /
		    prefix(&b->model[2], &b->s.t[i], LENGTH));
		worst = fmax(worst, fabs(l - want));
	}
	ok(worst < 1e-5, "scores add up to log p_D - log pi: %.1e", worst);
	discriminator_release(&d);
	ckpt_close(&policy);
	free(known);
	free(s);
}

static void
test_refusals(struct bench *b)
{
	const char *const missing[] = { "b", "missing" };
	struct mixture m;

	ok(mixture_open(&m, missing, 2, &b->first, true) == -1 && m.n == 0 &&
		strstr(err_last(), "missing") != NULL,
	    "%s", err_last());
}

/* ---- drawing */

static void
test_choice(void)
{
	size_t count[K] = { 0 }, i, k, worst = 0, again = 0;
	char id[32];

	for (i = 0; i < 3000; i++) {
		(void)snprintf(id, sizeof id, "p%zu#%zu", i / 4, i % 4);
		k = ensemble_choice(7, i % 2, id, K);
		again += k != ensemble_choice(7, i % 2, id, K);
		count[k]++;
	}
	for (k = 0; k < K; k++)
		worst = count[k] > 1000 + worst ? count[k] - 1000 : worst;
	ok(worst < 80 && again == 0, "each of %d draws a third of 3000: +%zu",
	    K, worst);
}

/* The share of each sequence is its probability under the mixture. */
static void
test_law(struct bench *b)
{
	const struct decode_options how = { .how = { .temperature = 1,
						.top_p = 1 },
		.max_new = 2,
		.seed = 3,
		.memory = 1 << 20 };
	const struct respond_options respond = { .each = 8000, .max_new = 2 };
	struct traj_segment one = { 0 };
	struct responses r = { 0 };
	double seen[V * V] = { 0 }, chi = 0, want, p[V], q[V];
	size_t i, k, x, y, named = 0;

	need(traj_from_json(traj_add(&one),
	    "{\"id\":\"p\",\"tokens\":[1,2,0,0],\"actions\":[2,4]}",
	    strlen("{\"id\":\"p\",\"tokens\":[1,2,0,0],\"actions\":[2,4]}")));
	need(ensemble_draw(&r, &one, &b->first, &b->others, &how, &respond,
	    false, NULL, NULL));
	for (i = 0; i < r.jobs; i++) {
		named += r.drawn_by[i] ==
		    (ensemble_choice(3, 0, r.job[i].id, K) == 0 ?
			    &b->first :
			    &b->others
				 .member[ensemble_choice(3, 0, r.job[i].id, K) -
				     1]);
		if (r.job[i].n == 2)
			seen[r.job[i].tokens[0] * V + r.job[i].tokens[1]]++;
	}
	for (x = 0; x < V; x++)
		for (y = 0; y < V; y++) {
			one.t[0].tokens[2] = (uint32_t)x;
			for (want = 0, k = 0; k < K; k++) {
				distribution(&b->model[k], one.t, 2, 1, p);
				distribution(&b->model[k], one.t, 3, 1, q);
				want += exp(p[x] + q[y]) / K;
			}
			want *= (double)r.jobs;
			chi += (seen[x * V + y] - want) *
			    (seen[x * V + y] - want) / want;
		}
	ok(chi < 37.7, "pairs of tokens have the mixture's law: chi^2 %.1f",
	    chi);
	ok(named == r.jobs, "each is drawn by the one that is chosen for it");
	respond_release(&r);
	traj_segment_release(&one);
}

int
main(void)
{
	static struct bench b;

	scratch_enter();
	par_start(2);
	bench_make(&b);
	test_whole(&b);
	test_parts(&b);
	test_bound(&b);
	test_alone(&b);
	test_scores(&b);
	test_refusals(&b);
	test_choice();
	test_law(&b);
	bench_release(&b);
	scratch_leave();
	return tap_done();
}
