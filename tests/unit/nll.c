/* SPDX-License-Identifier: MIT */
#include "eval/nll.h"

#include <string.h>

#include "tests/tap.h"

/* Weights 1 and 3; L = -3 of two actions, and -1 of one; 8 and 2 bytes. */
static const float logp[] = { -1, -2, -1 }, entropy[] = { 0.5f, 1.5f, 1 };
static const size_t bytes[] = { 8, 2 };

static struct measures
report_of(size_t segments, char *second, const size_t *lengths)
{
	char first[] = "a";
	const struct traj t[] = { { .weight = 1, .actions = 2, .group = first },
		{ .weight = 3, .actions = 1, .group = second } };
	struct groups groups = { 0 };
	struct measures r = { 0 };
	struct nll u = { 0 };

	nll_add(&u, &groups, t, 1, logp, entropy, lengths);
	if (segments > 1)
		nll_add(&u, &groups, t + 1, 1, logp + 2, entropy + 2,
		    lengths != NULL ? lengths + 1 : NULL);
	nll_report(&u, &r);
	measures_end(&r);
	nll_release(&u);
	groups_release(&groups);
	return r;
}

static void
check(size_t segments, char *second, const size_t *lengths, const char *want,
    const char *name)
{
	struct measures r = report_of(segments, second, lengths);

	ok(strcmp(buf_text(&r.text), want) == 0, "%s: %s", name, r.text.p);
	buf_release(&r.text);
}

int
main(void)
{
	char same[] = "a", other[] = "b";

	check(1, other, NULL,
	    "{\"nll_token\": 1.5, \"nll_trajectory\": 3.0, "
	    "\"entropy\": 1.0}\n",
	    "one trajectory has no standard error");
	/*
	 * se: residuals 3 - 1.2 * 2 and 3 - 1.2 * 3 over 5, and 3 - 1.5 and
	 * 3 - 4.5 over 4.
	 */
	check(2, other, NULL,
	    "{\"nll_token\": 1.2, \"se.nll_token\": 0.1697056274847714, "
	    "\"nll_trajectory\": 1.5, "
	    "\"se.nll_trajectory\": 0.5303300858899106, "
	    "\"entropy\": 1.0}\n",
	    "segments add up, weighted");
	check(2, same, NULL,
	    "{\"nll_token\": 1.2, \"nll_trajectory\": 1.5, "
	    "\"entropy\": 1.0}\n",
	    "one prompt has no standard error");
	/* 3 nats of 8 bytes */
	check(1, other, bytes,
	    "{\"nll_token\": 1.5, \"nll_trajectory\": 3.0, "
	    "\"bits_per_byte\": 0.5410106403333613, \"entropy\": 1.0}\n",
	    "bits per byte");
	return tap_done();
}
