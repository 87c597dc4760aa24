/* SPDX-License-Identifier: MIT */
/*
 * ratio: a ratio of sums r = sum y / sum x, such as a weighted mean or nats
 * per token, and its standard error.
 *
 * Records of one group (a prompt) are not independent: groups c are.  With
 * the residuals e = y - r x, the error of the linearized ratio is
 *
 *	sqrt(sum over c of (sum in c of e)^2) / sum x
 *
 * (clustered: Liang and Zeger 1986; Miller 2024, equation 4; of a ratio:
 * Cochran 1977, 6.4).  With groups of one and x = 1 it is that of a mean.
 */
#ifndef EVAL_RATIO_H
#define EVAL_RATIO_H

#include <stddef.h>

/* All zero: nothing added yet. */
struct ratio {
	double y, x;
	struct ratio_group {
		double y, x;
	} * group; /* owned */
	size_t groups, cap;
};

/* Add a record of the group of this index (groups.h). */
void ratio_add(struct ratio *, size_t group, double y, double x);
/* NaN if there is nothing to divide by. */
double ratio_value(const struct ratio *);
/* NaN if all records are of one group. */
double ratio_error(const struct ratio *);
void ratio_release(struct ratio *);

#endif
