/* SPDX-License-Identifier: MIT */
/*
 * measure: what samples or a policy are worth, as one JSON object.
 *
 * Of the trajectories that come in: with -p POLICY their log-likelihood,
 * held out if the policy has not seen them; where they are scored, every
 * divergence D_f(E || pi) by E_pi[f(e^l)]; length and diversity of the
 * responses; with -e how many equal a demonstration of their group.  See
 * measure(1).
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "io/atomic.h"
#include "io/json.h"
#include "learn/diversity.h"
#include "learn/estimate.h"
#include "learn/likelihood.h"
#include "nn/ckpt.h"
#include "traj/pool.h"
#include "traj/traj.h"

static struct args {
	struct common common;
	const char *policy, *expert;
	uint64_t micro;
} a = {
	.common.seed = 1,
	.micro = 4096,
};

static const struct opt opts[] = {
	{ 'p', "policy", OPT_TEXT, &a.policy, "POLICY",
	    "tell the likelihood under this policy" },
	{ 'e', "expert", OPT_TEXT, &a.expert, "FILE",
	    "tell how many responses equal a demonstration" },
	{ 0, "micro", OPT_UINT, &a.micro, "TOKENS",
	    "size of a micro-batch, bounds memory (4096)", 1, 1e9 },
	OPT_OUTPUT(&a.common),
	OPT_PART(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

/* Sums over the stream. */
struct sums {
	uint64_t records, exact;
	double weight, actions; /* of weight; of weight * A */
	double length;
	double logp, entropy;
	struct estimate scores;
	struct diversity *diversity;
};

/* The policy, its workspace, and the demonstrations, where asked for. */
struct means {
	struct ckpt policy;
	struct likelihood *work;
	struct pool *demos;
};

static int
add_likelihood(struct means *m, const struct traj_segment *s, struct sums *u)
{
	size_t A = likelihood_actions(s->t, s->n), i, j, k;
	float *logp = mem_floats(A), *entropy = mem_floats(A);
	int rc = likelihood_logp(m->work, &m->policy.params, s->t, s->n, logp,
	    entropy);

	for (i = 0, k = 0; rc == 0 && i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++, k++) {
			u->logp += s->t[i].weight * (double)logp[k];
			u->entropy += s->t[i].weight * (double)entropy[k];
		}
	free(logp);
	free(entropy);
	return rc;
}

static int
add_segment(struct means *m, const struct traj_segment *s, struct sums *u)
{
	const struct span *last;
	const struct traj *t;
	size_t i;

	if (a.policy != NULL &&
	    (traj_same_tokenizer(s, m->policy.tokenizer,
		 m->policy.config.V) != 0 ||
		traj_check(s, m->policy.config.V, m->policy.config.context) !=
		    0 ||
		add_likelihood(m, s, u) != 0))
		return -1;
	for (i = 0; i < s->n; i++) {
		t = &s->t[i];
		u->records++;
		u->weight += t->weight;
		u->actions += t->weight * (double)t->actions;
		u->length += (double)t->actions;
		if (t->scores > 0 && s->ratio <= RATIO_CALIBRATED)
			estimate_add(&u->scores, t);
		if (t->spans == 0)
			continue;
		last = &t->span[t->spans - 1];
		diversity_add(u->diversity, t->group, t->tokens + last->start,
		    last->end - last->start);
		if (m->demos != NULL)
			u->exact += pool_has_response(m->demos, t);
	}
	return 0;
}

/* One measure onto the report; a NaN is a measure that there is none of. */
static void
put(struct buf *json, const char *name, double value)
{
	if (!isfinite(value))
		return;
	buf_adds(json, json->n > 1 ? ", \"" : "\"");
	buf_adds(json, name);
	buf_adds(json, "\": ");
	json_put_double(json, value);
}

static void
put_divergences(struct buf *json, const struct estimate *e)
{
	const struct divergence_row *row;
	struct divergence d = { 0 };
	char name[64];
	size_t n, i;

	row = divergence_rows(&n);
	for (i = 0; i < n; i++) {
		if (row[i].has_a)
			continue;
		d.row = &row[i];
		(void)snprintf(name, sizeof name, "divergence.%s",
		    row[i].name);
		put(json, name, estimate_divergence(e, &d));
	}
	put(json, "calibration", estimate_calibration(e));
	put(json, "ess", estimate_ess(e));
}

static void
report(struct buf *json, const struct means *m, const struct sums *u)
{
	double n = (double)u->records;

	buf_addc(json, '{');
	put(json, "trajectories", n);
	put(json, "length", u->length / n);
	if (a.policy != NULL) {
		put(json, "nll_token", -u->logp / u->actions);
		put(json, "nll_trajectory", -u->logp / u->weight);
		put(json, "entropy", u->entropy / u->actions);
	}
	if (u->scores.n > 0)
		put_divergences(json, &u->scores);
	put(json, "distinct_1", diversity_distinct(u->diversity, 1));
	put(json, "distinct_2", diversity_distinct(u->diversity, 2));
	put(json, "self_bleu", diversity_self_bleu(u->diversity));
	if (m->demos != NULL)
		put(json, "exact", (double)u->exact / n);
	buf_adds(json, "}\n");
}

/* For people: a measure a line.  The text is our own, so this is enough of a parser. */
static void
as_table(struct buf *json)
{
	struct buf table = { 0 };
	char *line = buf_text(json) + 1, *colon, *save = NULL;

	for (line = strtok_r(line, ",}\n", &save); line != NULL;
	     line = strtok_r(NULL, ",}\n", &save)) {
		colon = strchr(line, ':');
		if (colon != NULL)
			buf_addf(&table, "%-22.*s %s\n",
			    (int)(colon - line - (*line == ' ' ? 3 : 2)),
			    line + (*line == ' ' ? 2 : 1), colon + 2);
	}
	buf_release(json);
	*json = table;
}

static void
release(struct means *m, struct sums *u)
{
	if (m->demos != NULL)
		pool_close(m->demos);
	if (m->work != NULL) {
		likelihood_free(m->work);
		ckpt_close(&m->policy);
	}
	estimate_release(&u->scores);
	diversity_free(u->diversity);
}

int
main(int argc, char **argv)
{
	struct means m = { 0 };
	struct sums u = { .diversity = diversity_new() };
	struct traj_segment s = { 0 };
	struct buf json = { 0 };
	struct stream_in *in;
	int first, fd, r;

	cli_begin(argc, argv);
	first = opt_parse(opts, "[-p POLICY] [-e EXPERT.traj] [options] "
	    "[FILE ...]", argc, argv);
	cli_ready(&a.common);
	if (a.policy != NULL) {
		if (ckpt_open(&m.policy, a.policy) != 0 ||
		    ckpt_check_finite(&m.policy) != 0)
			die();
		m.work = likelihood_new(&m.policy.config, a.micro);
	}
	if (a.expert != NULL && (m.demos = pool_open(a.expert)) == NULL)
		die();
	in = cli_in(&a.common, STREAM_TRAJ, argc, argv, first);
	fd = cli_out_fd(&a.common);
	while ((r = traj_read(in, &s)) > 0)
		if (add_segment(&m, &s, &u) != 0)
			die();
	if (r < 0)
		die();
	if (u.records > 0) {
		report(&json, &m, &u);
		if (isatty(fd))
			as_table(&json);
		if (write_all(fd, json.p, json.n, "output") != 0)
			die();
	}
	stream_close(in);
	traj_segment_release(&s);
	buf_release(&json);
	release(&m, &u);
	return cli_end(&a.common, NULL, u.records > 0, "no trajectories");
}
