/* SPDX-License-Identifier: MIT */
/*
 * measure: trajectories in, measures of them or of a policy out, as one JSON
 * object.
 *
 * Their log-likelihood under a policy or a mixture of several; divergences of
 * their scores; length and diversity; the share that equals a demonstration or
 * is right; pass@k; the rate at which they win.  See measure(1).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "eval/tally.h"
#include "eval/winrate.h"
#include "io/atomic.h"
#include "likelihood/likelihood.h"
#include "likelihood/mixture.h"
#include "nn/ckpt.h"
#include "text/tokenizer.h"
#include "traj/textbytes.h"

static struct args {
	struct common common;
	struct texts policies;
	const char *expert, *against, *records;
	struct tally_wanted wanted;
	uint64_t micro;
} a = {
	.common.seed = 1,
	.micro = 4096,
};

static const struct opt opts[] = {
	OPT_GROUP("Measures"),
	OPT_CUSTOM('p', "policy", &a.policies, "POLICY", texts_add,
	    "add the likelihood under this policy, or under the mixture of "
	    "several"),
	OPT_TEXT('e', "expert", &a.expert, "FILE",
	    "add the share of responses that equal a demonstration"),
	OPT_CUSTOM('d', "divergence", &a.wanted, "NAME", tally_want_divergence,
	    "add this divergence, may be repeated: %s",
	    .list = divergence_names),
	OPT_CUSTOM(0, "pass-at", &a.wanted, "K", tally_want_pass,
	    "add the chance that one of K samples is right, may be repeated"),
	OPT_TEXT(0, "against", &a.against, "FILE",
	    "add the rate at which scores are above those of this stream"),
	OPT_SEED(&a.common, "seed of the interval of that rate (1)",
	    .needs = "against"),
	OPT_TEXT(0, "records", &a.records, "FILE",
	    "write the measures of each trajectory, a line of JSON each"),
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

/* What the measures are taken with, and the sums. */
struct means {
	struct ckpt policy;          /* the first */
	struct mixture others;       /* those after it */
	struct likelihood *work;     /* NULL: no policy */
	struct tokenizer *tokenizer; /* the policy's; NULL: none */
	struct pool *demos;          /* NULL: no demonstrations */
	struct tally tally;
	struct winrate wins;
	struct buf lines; /* of --records */
};

/* The measures of a segment, with its likelihood where there is a policy. */
static int
add_measured(struct means *m, const struct traj_segment *s)
{
	const size_t A = likelihood_actions(s->t, s->n);
	float *logp = mem_floats(A), *entropy = mem_floats(A);
	size_t *bytes = mem_alloc(s->n, sizeof *bytes), i;
	struct tally_known k = { .demos = m->demos,
		.marks = a.wanted.passes > 0,
		.lines = a.records != NULL ? &m->lines : NULL };
	int rc = 0;

	if (m->work != NULL) {
		rc = m->others.n > 0 ?
		    mixture_logp(&m->others, m->work, &m->policy.params, s->t,
			s->n, logp) :
		    likelihood_logp(m->work, &m->policy.params, s->t, s->n,
			logp, entropy);
		k.logp = logp;
		k.entropy = m->others.n > 0 ? NULL : entropy;
	}
	for (i = 0; m->tokenizer != NULL && i < s->n; i++) {
		bytes[i] = textbytes(m->tokenizer, &s->t[i]);
		k.bytes = bytes;
	}
	if (rc == 0)
		rc = tally_add(&m->tally, s, &k);
	free(logp);
	free(entropy);
	free(bytes);
	return rc;
}

static int
add_segment(struct means *m, const struct traj_segment *s)
{
	const struct config *c = &m->policy.config;

	if (tally_check(&m->tally, s, m->demos) != 0)
		return -1;
	if (m->work != NULL &&
	    (traj_same_tokenizer(s, m->policy.tokenizer, c->V) != 0 ||
		traj_check(s, c->V, c->context) != 0))
		return -1;
	if (add_measured(m, s) != 0)
		return -1;
	return a.against == NULL ?
	    0 :
	    winrate_add_segment(&m->wins, WINRATE_OWN, s);
}

/* Read a stream, and do something with each segment. */
static void
read_all(struct means *m, struct stream_in *in, bool other)
{
	struct traj_segment s = { 0 };
	int r;

	while ((r = traj_read(in, &s)) > 0)
		if ((other ? winrate_add_segment(&m->wins, WINRATE_OTHER, &s) :
			     add_segment(m, &s)) != 0)
			die();
	if (r < 0)
		die();
	stream_close(in);
	traj_segment_release(&s);
}

static void
report(struct measures *r, struct means *m)
{
	tally_report(&m->tally, &a.wanted, r);
	if (a.against != NULL &&
	    winrate_report(&m->wins, a.common.seed, r) != 0)
		die_with("%s: %s", a.against, err_last());
	measures_end(r);
}

static void
warn_short(const struct passk *p)
{
	size_t i, n;

	for (i = 0; i < a.wanted.passes; i++) {
		n = passk_short(p, a.wanted.pass[i]);
		if (n > 0)
			warn("pass_at_%" PRIu64 ": %zu prompts have fewer "
			     "samples and are left out",
			    a.wanted.pass[i], n);
	}
}

static void
open_policies(struct means *m)
{
	const char *const *dir = a.policies.text;

	if (ckpt_open(&m->policy, dir[0]) != 0 ||
	    ckpt_check_finite(&m->policy) != 0 ||
	    mixture_open(&m->others, dir + 1, a.policies.n - 1, &m->policy,
		true) != 0)
		die();
	m->work = likelihood_new(&m->policy.config, a.micro);
	if (m->policy.tokenizer[0] != '\0' &&
	    (m->tokenizer = tokenizer_open(dir[0])) == NULL)
		die();
	if (m->others.n > 0)
		warn("entropy: left out, it is that of a single policy");
}

static void
open_means(struct means *m)
{
	char *other[] = { (char *)a.against };

	tally_init(&m->tally);
	if (a.policies.n > 0)
		open_policies(m);
	if (a.expert != NULL && (m->demos = pool_open(a.expert)) == NULL)
		die();
	if (a.against != NULL)
		read_all(m, cli_in(&a.common, STREAM_TRAJ, 1, other, 0), true);
}

static void
release(struct means *m)
{
	if (m->demos != NULL)
		pool_close(m->demos);
	if (m->work != NULL) {
		likelihood_free(m->work);
		mixture_close(&m->others);
		ckpt_close(&m->policy);
	}
	tokenizer_close(m->tokenizer);
	tally_release(&m->tally);
	winrate_release(&m->wins);
	buf_release(&m->lines);
}

int
main(int argc, char **argv)
{
	struct means m = { 0 };
	struct measures measures = { 0 };
	uint64_t records;
	int first, fd;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	cli_ready(&a.common);
	open_means(&m);
	fd = cli_out_fd(&a.common);
	read_all(&m, cli_in(&a.common, STREAM_TRAJ, argc, argv, first), false);
	records = m.tally.records;
	if (records > 0) {
		measures.table = isatty(fd);
		report(&measures, &m);
		warn_short(&m.tally.pass);
		if ((a.records != NULL &&
			write_whole(a.records, m.lines.p, m.lines.n) != 0) ||
		    write_all(fd, measures.text.p, measures.text.n, "output") !=
			0)
			die();
	}
	buf_release(&measures.text);
	release(&m);
	return cli_end(&a.common, NULL, records > 0, "no trajectories");
}
