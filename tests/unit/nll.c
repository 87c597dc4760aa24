/* SPDX-License-Identifier: MIT */
#include "eval/nll.h"

#include <string.h>

#include "tests/tap.h"

/* Weights 1 and 3; L = -3 of two actions, and -1 of one. */
static const float logp[] = { -1, -2, -1 }, entropy[] = { 0.5f, 1.5f, 1 };

static struct measures
report_of(size_t segments)
{
	const struct traj t[] = { { .weight = 1, .actions = 2 },
		{ .weight = 3, .actions = 1 } };
	struct measures r = { 0 };
	struct nll u = { 0 };

	nll_add(&u, t, 1, logp, entropy);
	if (segments > 1)
		nll_add(&u, t + 1, 1, logp + 2, entropy + 2);
	nll_report(&u, &r);
	measures_end(&r);
	return r;
}

int
main(void)
{
	struct measures one = report_of(1), two = report_of(2);

	ok(strcmp(buf_text(&one.text),
	       "{\"nll_token\": 1.5, \"nll_trajectory\": 3.0, "
	       "\"entropy\": 1.0}\n") == 0,
	    "one trajectory has no standard error");
	/* se: sqrt(sum w^2 (L - mean)^2) / sum w = sqrt(4.5) / 4 */
	ok(strcmp(buf_text(&two.text),
	       "{\"nll_token\": 1.2, \"nll_trajectory\": 1.5, "
	       "\"se.nll_trajectory\": 0.5303300858899106, "
	       "\"entropy\": 1.0}\n") == 0,
	    "segments add up, weighted");
	buf_release(&one.text);
	buf_release(&two.text);
	return tap_done();
}
