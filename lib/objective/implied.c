/* SPDX-License-Identifier: MIT */
#include "objective/implied.h"

#include <math.h>

int
preference_parse_f(const char *text, void *f)
{
	if (divergence_parse(text, f) != 0)
		return -1;
	return divergence_is_barrier(f) ?
	    0 :
	    fail("%s: not a regulariser: its slope stays bounded as the "
		 "policy gives up what the reference does",
		text);
}

/* -h(l) and its derivative by l, with l bounded so that nothing overflows. */
static double
reward_slope(const struct divergence *f, double l)
{
	enum { FAR = 700 }; /* e^FAR is finite */

	l = fmax(-FAR, fmin(FAR, l));
	return f->row->slope(l, f->a) * exp(l);
}

double
preference_implied(const struct preference *p, double g, double *slope)
{
	double l = -g, at = l;

	*slope = 1;
	if (p->f.row == NULL)
		return g;
	if (p->f.row->clips)
		at = fmax(-p->clip, fmin(p->clip, l));
	*slope = reward_slope(&p->f, at);
	/* beyond the bound along the tangent, so that the slope stays */
	return -(divergence_reward(&p->f, at) + *slope * (l - at));
}
