/* SPDX-License-Identifier: MIT */
#include "eval/ratio.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

void
ratio_add(struct ratio *r, size_t group, double y, double x)
{
	if (group >= r->groups) {
		r->group =
		    mem_grow(r->group, &r->cap, group + 1, sizeof *r->group);
		r->groups = group + 1;
	}
	r->group[group].y += y;
	r->group[group].x += x;
	r->y += y;
	r->x += x;
}

double
ratio_value(const struct ratio *r)
{
	return r->y / r->x;
}

double
ratio_error(const struct ratio *r)
{
	const double value = ratio_value(r);
	double sum = 0, e;
	size_t i, used = 0;

	for (i = 0; i < r->groups; i++) {
		used += fabs(r->group[i].x) > 0;
		e = r->group[i].y - value * r->group[i].x;
		sum += e * e;
	}
	return used > 1 ? sqrt(sum) / r->x : (double)NAN;
}

void
ratio_release(struct ratio *r)
{
	free(r->group);
	*r = (struct ratio){ 0 };
}
