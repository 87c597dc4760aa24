/* SPDX-License-Identifier: MIT */
/*
 * attendback: the way back through a square of attention, of one head.
 *
 * With S = q k^T / sqrt(E), P = e^(S - lse), D_t = dout_t . out_t, which
 * equals sum_s P_ts dP_ts:
 *
 *   dv += P^T dout        dP = dout v^T
 *   dS = P (dP - D)       dq += dS k / sqrt(E)      dk += dS^T q / sqrt(E)
 *
 * of at most ATTEND_BLOCK queries and as many keys.  Row i of q is at q.p + i
 * q.apart, and so on; what is added to stands as what it is the gradient of.
 */
#ifndef TENSOR_ATTENDBACK_H
#define TENSOR_ATTENDBACK_H

#include <stddef.h>

#include "tensor/attend.h"

struct rows {
	const float *p;
	size_t apart;
};

struct square {
	size_t E; /* <= ATTEND_WIDEST */
	size_t queries, keys;
	size_t
	    seen; /* keys that query 0 sees, at least one; each next one more */
	struct rows q, k, v, dout;
	struct rows lse, dot; /* a number each: D */
	float *dq, *dk, *dv;
};

void attend_back(const struct square *);

#endif
