/* SPDX-License-Identifier: MIT */
/*
 * measure: trajectories in, measures of them or of a policy out, as one JSON
 * object.
 *
 * With -p POLICY their log-likelihood under it, held out if the policy has not
 * seen them; where they have scores, every divergence D_f(E || pi) =
 * E_pi[f(e^l)]; length and diversity of the responses; with -e the share of
 * responses that equal a demonstration of their group.  See measure(1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "io/atomic.h"
#include "eval/diversity.h"
#include "divergence/estimate.h"
#include "likelihood/likelihood.h"
#include "eval/nll.h"
#include "eval/measures.h"
#include "nn/ckpt.h"
#include "traj/pool.h"
#include "traj/traj.h"

enum { ASKED = 64 };

static struct args {
	struct common common;
	const char *policy, *expert;
	struct measures_row asked[ASKED];
	size_t n_asked;
	uint64_t micro;
} a = {
	.common.seed = 1,
	.micro = 4096,
};

static int
ask(const char *text, void *value)
{
	struct args *args = value;

	if (args->n_asked == ASKED)
		return fail("more than %d", ASKED);
	args->asked[args->n_asked].name = text;
	return divergence_parse(text, &args->asked[args->n_asked++].divergence);
}

static const struct opt opts[] = {
	OPT_GROUP("Measures"),
	OPT_TEXT('p', "policy", &a.policy, "POLICY",
	    "add the likelihood under this policy"),
	OPT_TEXT('e', "expert", &a.expert, "FILE",
	    "add the share of responses that equal a demonstration"),
	OPT_CUSTOM('d', "divergence", &a, "NAME", ask,
	    "add this divergence, may be repeated: %s",
	    .list = divergence_names),
	OPT_GROUP("Common"),
	OPT_UINT(0, "micro", &a.micro, "TOKENS", 1, 1e9,
	    "size of a micro-batch, bounds memory (4096)", .needs = "policy"),
	OPT_OUTPUT(&a.common),
	OPT_PART(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[-p POLICY] [-e EXPERT.traj] [options] [FILE ...]",
	"Trajectories in, measures of them or of a policy out, as JSON.",
	"rollout P prompts.traj | measure -p P -e demos.traj",
};

/* Sums over the stream. */
struct sums {
	uint64_t records, exact;
	double length;
	struct nll nll;
	struct estimate scores;
	struct diversity *diversity;
};

/* What the measures are taken with. */
struct means {
	struct ckpt policy;
	struct likelihood *work;  /* NULL: no policy */
	struct pool *demos;       /* NULL: no demonstrations */
	struct traj_segment like; /* the first header that names a tokenizer */
};

/* Tokens are compared with those of other segments and of demonstrations. */
static int
check_tokenizer(struct means *m, const struct traj_segment *s)
{
	struct traj_segment *like = &m->like;

	if (traj_share_tokenizer(s, like) != 0 ||
	    (m->demos != NULL && pool_share_tokenizer(m->demos, s) != 0))
		return -1;
	if (like->tokenizer[0] == '\0' || like->vocab == 0)
		like->at = s->at;
	if (like->tokenizer[0] == '\0') {
		memcpy(like->tokenizer, s->tokenizer, sizeof s->tokenizer);
		msg_copy(&like->header, &s->header);
	}
	if (like->vocab == 0)
		like->vocab = s->vocab;
	return 0;
}

static int
add_likelihood(struct means *m, const struct traj_segment *s, struct sums *u)
{
	size_t A = likelihood_actions(s->t, s->n);
	float *logp = mem_floats(A), *entropy = mem_floats(A);
	int rc = likelihood_logp(m->work, &m->policy.params, s->t, s->n, logp,
	    entropy);

	if (rc == 0)
		nll_add(&u->nll, s->t, s->n, logp, entropy);
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

	if (check_tokenizer(m, s) != 0)
		return -1;
	if (a.policy != NULL &&
	    (traj_same_tokenizer(s, m->policy.tokenizer, m->policy.config.V) !=
		    0 ||
		traj_check(s, m->policy.config.V, m->policy.config.context) !=
		    0 ||
		add_likelihood(m, s, u) != 0))
		return -1;
	for (i = 0; i < s->n; i++) {
		t = &s->t[i];
		u->records++;
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

static void
report(struct measures *r, const struct means *m, const struct sums *u)
{
	measures_put(r, "trajectories", (double)u->records);
	measures_put(r, "length", u->length / (double)u->records);
	if (a.policy != NULL)
		nll_report(&u->nll, r);
	if (u->scores.n > 0)
		measures_scores(r, &u->scores, a.asked, a.n_asked);
	measures_put(r, "distinct_1", diversity_distinct(u->diversity, 1));
	measures_put(r, "distinct_2", diversity_distinct(u->diversity, 2));
	measures_put(r, "self_bleu", diversity_self_bleu(u->diversity));
	if (m->demos != NULL)
		measures_put(r, "exact", (double)u->exact / (double)u->records);
	measures_end(r);
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
	traj_segment_release(&m->like);
	estimate_release(&u->scores);
	diversity_free(u->diversity);
}

int
main(int argc, char **argv)
{
	struct means m = { 0 };
	struct sums u = { .diversity = diversity_new() };
	struct traj_segment s = { 0 };
	struct measures measures = { 0 };
	struct stream_in *in;
	int first, fd, r;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
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
		measures.table = isatty(fd);
		report(&measures, &m, &u);
		if (write_all(fd, measures.text.p, measures.text.n, "output") !=
		    0)
			die();
	}
	stream_close(in);
	traj_segment_release(&s);
	buf_release(&measures.text);
	release(&m, &u);
	return cli_end(&a.common, NULL, u.records > 0, "no trajectories");
}
