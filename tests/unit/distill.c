/* SPDX-License-Identifier: MIT */
/*
 * distill: what distributions add to a segment's gradient, against differences
 * of the loss by the textbook in double; and the gradient of the divergence of
 * sequences, against differences of its definition over all of them.
 */
#include "objective/distill.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../distributions.h"
#include "../scratch.h"
#include "../tap.h"
#include "base/mem.h"
#include "base/par.h"
#include "objective/objectivegrad.h"
#include "likelihood/export.h"

enum { MOST = V * V + 2 };

/* What the loss is made of; the divergence by its name. */
struct terms {
	const char *divergence; /* NULL: SFT */
	double T, kl, entropy;
	size_t k; /* cells of the teacher; 0: all */
	/* The reference is a second teacher; how they are mixed. */
	bool two;
	enum teachers_mix mix;
};

struct bench {
	struct ckpt policy;
	struct params d;
	struct model_of me, teacher, ref;
	struct likelihood *work;
	struct traj_segment s;
	struct terms terms;
	double G, later[MOST][TOKENS]; /* of each action, held fixed */
	bool enumerated;
};

/* p of the teacher, or of two. */
static void
teach(const struct bench *b, const struct traj *t, size_t at, double *p)
{
	const bool arithmetic = b->terms.mix == MIX_ARITHMETIC;
	double r[V], sum = 0;
	size_t v;

	distribution(&b->teacher, t, at, b->terms.T, p);
	distribution(&b->ref, t, at, b->terms.T, r);
	for (v = 0; v < V; v++) {
		if (!b->terms.two)
			p[v] = exp(p[v]);
		else
			p[v] = arithmetic ? (exp(p[v]) + exp(r[v])) / 2 :
					    exp((p[v] + r[v]) / 2);
		sum += p[v];
	}
	for (v = 0; v < V; v++)
		p[v] /= sum;
}

static double
divergence_of(const struct bench *b, const struct traj *t, size_t at)
{
	const struct terms *x = &b->terms;
	double p[V], q[V], D = 0, m;
	size_t v, n;

	teach(b, t, at, p);
	distribution(&b->me, t, at, x->T, q);
	for (v = 0; v < V; v++)
		q[v] = exp(q[v]);
	n = coarsen(p, q, x->k);
	for (v = 0; v < n; v++) {
		m = (p[v] + q[v]) / 2;
		if (strcmp(x->divergence, "fkl") == 0)
			D += p[v] * log(p[v] / q[v]);
		else if (strcmp(x->divergence, "rkl") == 0)
			D += q[v] * log(q[v] / p[v]);
		else /* js */
			D += (p[v] * log(p[v] / m) + q[v] * log(q[v] / m)) / 2;
	}
	return D;
}

static double
loss_at(const struct bench *b, const struct traj *t, size_t at, double later)
{
	double q[V], r[V], loss = 0;
	size_t v;

	distribution(&b->me, t, at, 1, q);
	distribution(&b->ref, t, at, 1, r);
	if (b->terms.divergence == NULL)
		loss = -q[t->tokens[at]];
	else
		loss = divergence_of(b, t, at) + later * q[t->tokens[at]];
	for (v = 0; v < V; v++)
		loss += exp(q[v]) *
		    (b->terms.kl * (q[v] - r[v]) + b->terms.entropy * q[v]);
	return loss;
}

/* The sum over actions of the loss; `later` is held as it is. */
static double
loss_now(void *ctx)
{
	const struct bench *b = ctx;
	double sum = 0;
	size_t i, n, k, a;

	for (i = 0; i < b->s.n; i++) {
		const struct traj *t = &b->s.t[i];

		for (n = a = 0; n < t->spans; n++)
			for (k = t->span[n].start; k < t->span[n].end; k++, a++)
				sum += t->weight *
				    loss_at(b, t, k, b->later[i][a]);
	}
	return sum;
}

/* later = sum_{s > t} G^(s-t) D_s of rollouts, of one span. */
static void
hold_later(struct bench *b)
{
	double D, sum;
	size_t i, a;

	memset(b->later, 0, sizeof b->later);
	for (i = 0; i < b->s.n; i++) {
		const struct traj *t = &b->s.t[i];

		if (t->role == ROLE_EXPERT)
			continue;
		for (a = t->actions, sum = 0; a-- > 0;) {
			b->later[i][a] = sum;
			D = divergence_of(b, t, t->span[0].start + a);
			sum = b->G * (sum + D);
		}
	}
}

/* E_pi of log pi / p of whole sequences, all listed. */
static double
sequence_rkl(void *ctx)
{
	const struct bench *b = ctx;
	double sum = 0, p[V], q[V];
	size_t i, k;

	for (i = 0; i < b->s.n; i++) {
		const struct traj *t = &b->s.t[i];
		double logp = 0, logq = 0;

		for (k = 1; k < t->n; k++) {
			distribution(&b->teacher, t, k, 1, p);
			distribution(&b->me, t, k, 1, q);
			logp += p[t->tokens[k]];
			logq += q[t->tokens[k]];
		}
		sum += exp(logq) * (logq - logp);
	}
	return sum;
}

static double
worst_slope(struct bench *b, double (*f)(void *))
{
	static double want[1000];
	static float got[1000];
	size_t i, j, m = 0;

	for (i = 0; i < b->d.tensors; i++)
		for (j = 0; j < b->d.tensor[i].n;
		     j += b->d.tensor[i].n / 12 + 1) {
			want[m] = naive_slope(f, b, &b->me.naive.w[i][j]);
			got[m++] = b->d.tensor[i].p[j];
		}
	return naive_error(got, want, m);
}

static void
bench_make(struct bench *b)
{
	memset(b, 0, sizeof *b);
	model_of_make(&b->me, "me", 1);
	model_of_make(&b->teacher, "teacher", -0.5f);
	model_of_make(&b->ref, "ref", 0.4f);
	need(ckpt_open(&b->policy, "me"));
	params_like(&b->d, &b->policy.params, &b->policy.config);
	b->work = likelihood_new(&b->policy.config, 12);
}

static void
bench_release(struct bench *b)
{
	traj_segment_release(&b->s);
	likelihood_free(b->work);
	params_release(&b->d);
	ckpt_close(&b->policy);
	model_of_release(&b->me, "me");
	model_of_release(&b->teacher, "teacher");
	model_of_release(&b->ref, "ref");
}

static void
add(struct bench *b, const char *line)
{
	struct traj *t = traj_add(&b->s);

	need(traj_from_json(t, line, strlen(line)));
}

static double
stat(const struct gradient_head *h, const char *name)
{
	struct msg stats = { 0 };
	double x = 0;

	if (msg_map(&h->header, "stats", &stats) != 1 ||
	    msg_float(&stats, name, &x) != 1)
		x = (double)NAN;
	msg_release(&stats);
	return x;
}

/* The gradient of the terms at hand. */
static int
gradient(struct bench *b, struct objective_settings *o, bool cached,
    struct gradient_head *h)
{
	const struct terms *x = &b->terms;
	struct regularizer_settings choice = { NULL, cached, x->T, NULL, x->kl,
		x->entropy };
	const struct teachers_settings teachers = {
		{ { "teacher", "ref" }, x->two ? 2 : 1 }, x->mix, x->T, false
	};
	int rc;

	memset(h, 0, sizeof *h);
	msg_clear(&h->header);
	need(objective_parse(x->divergence != NULL ? x->divergence : "fkl",
	    &o->objective));
	if (x->divergence != NULL && !cached)
		choice.teacher = teachers_open(&teachers, &b->policy);
	if (x->kl > 0)
		choice.reference = frozen_open("ref", &b->policy, true);
	o->regularizers = regularizers_new(&choice, b->policy.config.V);
	rc = objectivegrad_sum(o, b->work, &b->policy, &b->s, &b->d, h);
	regularizers_free(o->regularizers);
	teachers_close(choice.teacher);
	frozen_close(choice.reference);
	return rc;
}

static const char *const mixture[] = {
	"{\"id\":\"a\",\"role\":\"expert\",\"tokens\":[1,2,3,0,1,2],"
	"\"actions\":[1,2,4,6]}",
	"{\"id\":\"b\",\"role\":\"policy\",\"tokens\":[3,0,0,1,2,3],"
	"\"actions\":[2,6],\"weight\":0.25}",
	"{\"id\":\"c\",\"role\":\"expert\",\"tokens\":[2,2],\"actions\":[]}",
	"{\"id\":\"d\",\"role\":\"policy\",\"tokens\":[2,1,0],"
	"\"actions\":[1,3],\"weight\":2}",
	"{\"id\":\"e\",\"role\":\"expert\",\"tokens\":[0,1,3,2,1],"
	"\"actions\":[1,4]}",
};

static void
list(struct bench *b, bool demos)
{
	size_t i;

	b->s.n = 0;
	for (i = 0; i < sizeof mixture / sizeof *mixture; i++)
		if (!demos || strstr(mixture[i], "expert") != NULL)
			add(b, mixture[i]);
}

static void
test_terms(struct bench *b, double dropout)
{
	static const struct terms tried[] = { { NULL, 1, 0.7, 0, 0 },
		{ NULL, 1, 0, 0.3, 0 }, { NULL, 1, 0.5, 0.2, 0 },
		{ "fkl", 1, 0, 0, 0 }, { "rkl", 1, 0, 0, 0 },
		{ "js", 2, 0, 0, 0 }, { "rkl", 0.5, 0.4, 0.6, 0 },
		{ "fkl", 1, 0, 0, 1 }, { "js", 1, 0.4, 0, 2 },
		{ "rkl", 1, 0, 0.1, V } };
	struct objective_settings o = { .credit = { .clip = 5 },
		.dropout = dropout,
		.seed = 1 };
	struct ckpt teacher;
	struct likelihood *work;
	struct gradient_head h;
	size_t i;
	double error, units = 0, loss;

	need(ckpt_open(&teacher, "teacher"));
	work = likelihood_new(&teacher.config, 64);
	b->me.naive.dropout = dropout;
	for (i = 0; i < sizeof tried / sizeof *tried; i++) {
		b->terms = tried[i];
		list(b, tried[i].divergence == NULL);
		if (tried[i].k > 0)
			need(export_topk(work, &teacher, &b->s, tried[i].k));
		hold_later(b);
		need(gradient(b, &o, tried[i].k > 0, &h));
		units = tried[i].divergence == NULL ? 6 : 11;
		error = worst_slope(b, loss_now);
		ok(error < 1e-4 && fabs(h.units - units) < 1e-6,
		    "%s at T = %g, kl %g, entropy %g, %zu cells, dropout %g: "
		    "%.1e",
		    tried[i].divergence != NULL ? tried[i].divergence : "SFT",
		    tried[i].T, tried[i].kl, tried[i].entropy, tried[i].k,
		    dropout, error);
		/* The statistics of the terms add up to the loss. */
		loss = stat(&h, "divgrad.loss");
		if (tried[i].kl > 0)
			loss += tried[i].kl * stat(&h, "divgrad.kl");
		if (tried[i].entropy > 0)
			loss -= tried[i].entropy * stat(&h, "divgrad.entropy");
		ok(fabs(loss - loss_now(b)) < 1e-5, "loss %g, %g", loss,
		    loss_now(b));
		gradient_head_release(&h);
	}
	b->me.naive.dropout = 0;
	likelihood_free(work);
	ckpt_close(&teacher);
}

/* Two teachers as one, with the term of later divergences too. */
static void
test_two(struct bench *b)
{
	static const struct terms tried[] = {
		{ "fkl", 1, 0, 0, 0, true, MIX_ARITHMETIC },
		{ "rkl", 1, 0, 0, 0, true, MIX_ARITHMETIC },
		{ "js", 2, 0, 0, 0, true, MIX_ARITHMETIC },
		{ "fkl", 0.5, 0, 0.1, 0, true, MIX_GEOMETRIC },
		{ "rkl", 2, 0.3, 0, 0, true, MIX_GEOMETRIC },
		{ "js", 1, 0, 0, 0, true, MIX_GEOMETRIC },
	};
	struct objective_settings o = { .credit = { .clip = 5,
					    .baseline = BASELINE_NONE } };
	struct gradient_head h;
	size_t i;
	double error, want;

	for (i = 0; i < sizeof tried / sizeof *tried; i++) {
		b->terms = tried[i];
		b->G = o.credit.future = i % 2 == 0 ? 0 : 0.5;
		list(b, false);
		hold_later(b);
		need(gradient(b, &o, false, &h));
		error = worst_slope(b, loss_now);
		ok(error < 1e-4,
		    "%s from the %s mean of two at T = %g: gradient within "
		    "1e-4 of differences: %.1e",
		    tried[i].divergence, teachers_mixes[tried[i].mix],
		    tried[i].T, error);
		memset(b->later, 0, sizeof b->later);
		want = loss_now(b);
		if (tried[i].kl > 0)
			want -= tried[i].kl * stat(&h, "divgrad.kl");
		if (tried[i].entropy > 0)
			want += tried[i].entropy * stat(&h, "divgrad.entropy");
		ok(fabs(stat(&h, "divgrad.loss") - want) < 1e-5,
		    "the loss reported is their divergence: %g", want);
		gradient_head_release(&h);
	}
	b->G = 0;
}

/* k3 of the actions: e^l - 1 - l, l = log ref - log pi. */
static void
test_k3(struct bench *b)
{
	struct objective_settings o = { .credit = { .clip = 5 } };
	struct gradient_head h;
	double want = 0, q[V], r[V], l;
	size_t i, n, k;

	b->terms = (struct terms){ NULL, 1, 1e-9, 0, 0 };
	list(b, true);
	for (i = 0; i < b->s.n; i++) {
		const struct traj *t = &b->s.t[i];

		for (n = 0; n < t->spans; n++)
			for (k = t->span[n].start; k < t->span[n].end; k++) {
				distribution(&b->me, t, k, 1, q);
				distribution(&b->ref, t, k, 1, r);
				l = r[t->tokens[k]] - q[t->tokens[k]];
				want += t->weight * (exp(l) - 1 - l);
			}
	}
	need(gradient(b, &o, false, &h));
	ok(fabs(stat(&h, "divgrad.k3") - want) < 1e-5, "k3 %g, %g",
	    stat(&h, "divgrad.k3"), want);
	gradient_head_release(&h);
}

/* The term of later divergences, held fixed, in a segment with demos. */
static void
test_mixture(struct bench *b)
{
	struct objective_settings o = { .credit = { .clip = 5,
					    .baseline = BASELINE_NONE } };
	static const double discount[] = { 0, 0.5, 1 };
	struct gradient_head h;
	size_t i;
	double error;

	for (i = 0; i < 3; i++) {
		b->terms = (struct terms){ "js", 1.5, 0, 0, 0 };
		b->G = o.credit.future = discount[i];
		list(b, false);
		hold_later(b);
		need(gradient(b, &o, false, &h));
		error = worst_slope(b, loss_now);
		ok(error < 1e-4,
		    "future %g: gradient within 1e-4 of differences: %.1e",
		    discount[i], error);
		gradient_head_release(&h);
	}
	o.dropout = 0.1;
	ok(gradient(b, &o, false, &h) == -1 &&
		strcmp(err_last(),
		    "dropout does not go with a policy gradient, whose samples "
		    "come from the policy with nothing dropped") == 0,
	    "dropout and a future: %s", err_last());
	gradient_head_release(&h);
	b->G = 0;
}

/* All sequences of two actions (0 ends one), with their probability. */
static void
enumerate(struct bench *b)
{
	char line[200];
	double q[V], w;
	unsigned x, y;

	b->s.n = 0;
	for (x = 0; x < V; x++)
		for (y = 0; y < V && (x > 0 || y == 0); y++) {
			(void)snprintf(line, sizeof line,
			    x == 0 ?
				"{\"id\":\"%u.%u\",\"group\":\"g\",\"role\":"
				"\"policy\",\"tokens\":[1,0],\"actions\":"
				"[1,2]}" :
				"{\"id\":\"%u.%u\",\"group\":\"g\",\"role\":"
				"\"policy\",\"tokens\":[1,%u,%u],"
				"\"actions\":[1,3]}",
			    x, y, x, y);
			add(b, line);
			distribution(&b->me, &b->s.t[b->s.n - 1], 1, 1, q);
			w = q[x];
			if (x > 0) {
				distribution(&b->me, &b->s.t[b->s.n - 1], 2, 1,
				    q);
				w += q[y];
			}
			b->s.t[b->s.n - 1].weight = exp(w);
		}
}

static void
test_sequences(struct bench *b)
{
	struct objective_settings o = {
		.credit = { .clip = 5, .baseline = BASELINE_NONE, .future = 1 },
		.ratio_clip = 1e9
	};
	struct gradient_head h;
	double error, D;

	b->terms = (struct terms){ "rkl", 1, 0, 0, 0 };
	enumerate(b);
	need(gradient(b, &o, false, &h));
	error = worst_slope(b, sequence_rkl);
	D = sequence_rkl(b);
	ok(error < 1e-4,
	    "--future 1 is the gradient of rkl of sequences: "
	    "%.1e",
	    error);
	ok(fabs(stat(&h, "divgrad.loss") - D) < 1e-5,
	    "the loss reported is that divergence: %g", D);
	gradient_head_release(&h);
	/* A mean over all takes nothing from the expectation of grad log pi. */
	o.credit.baseline = BASELINE_MEAN;
	need(gradient(b, &o, false, &h));
	error = worst_slope(b, sequence_rkl);
	ok(error < 1e-4, "a baseline does not change the expectation: %.1e",
	    error);
	gradient_head_release(&h);
	o.credit.future = 0;
	need(gradient(b, &o, false, &h));
	error = worst_slope(b, sequence_rkl);
	ok(error > 0.05, "without future it is another gradient: %.1e", error);
	gradient_head_release(&h);
}

/* Sampled by a policy that has moved on since: the ratio enters. */
static void
test_moved(struct bench *b)
{
	struct objective_settings o = {
		.credit = { .clip = 5, .baseline = BASELINE_NONE, .future = 1 },
		.ratio_clip = 1e9
	};
	struct gradient_head h;
	double q[V];
	size_t i, k;

	enumerate(b);
	for (i = 0; i < b->s.n; i++) {
		struct traj *t = &b->s.t[i];

		free(t->logp);
		t->logp = mem_floats(t->actions);
		t->logps = t->actions;
		for (k = 0; k < t->actions; k++) {
			distribution(&b->me, t, k + 1, 1, q);
			t->logp[k] = (float)q[t->tokens[k + 1]] - 0.5f;
		}
	}
	(void)snprintf(b->s.policy, sizeof b->s.policy, "%s", b->policy.id);
	b->s.policy_step = b->policy.step + 1;
	need(gradient(b, &o, false, &h));
	/* Only the first action has a later one: e^.5 of its term. */
	b->G = 1;
	hold_later(b);
	for (i = 0; i < b->s.n; i++)
		b->later[i][0] *= exp(0.5);
	ok(worst_slope(b, loss_now) < 1e-4,
	    "off policy each action has its ratio");
	gradient_head_release(&h);
	(void)snprintf(b->s.policy, sizeof b->s.policy, "you");
	ok(gradient(b, &o, false, &h) == -1 &&
		strstr(err_last(), "sampled by policy you, but this is ") !=
		    NULL,
	    "%s", err_last());
	gradient_head_release(&h);
	b->s.policy[0] = '\0';
	b->G = 0;
}

int
main(void)
{
	static struct bench b;

	scratch_enter();
	par_start(2);
	bench_make(&b);
	test_terms(&b, 0);
	test_terms(&b, 0.25);
	test_k3(&b);
	test_two(&b);
	test_mixture(&b);
	test_sequences(&b);
	test_moved(&b);
	bench_release(&b);
	scratch_leave();
	return tap_done();
}
