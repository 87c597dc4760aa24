/* SPDX-License-Identifier: MIT */
/*
 * attendback: backward pass of attention for a square of queries and keys of
 * one head.
 *
 * With S = q k^T / sqrt(E), P = e^(S - lse), and D_t = dout_t . out_t, which
 * equals sum_s P_ts dP_ts (Dao et al. 2022):
 *
 *   dv += P^T dout        dP = dout v^T
 *   dS = P (dP - D)       dq += dS k / sqrt(E)      dk += dS^T q / sqrt(E)
 *
 * A square has at most KV_BLOCK queries and KV_BLOCK keys.  Row i of q
 * is at q.p + i * q.stride, and so on; dq, dk and dv have the strides of q, k
 * and v.
 */
#ifndef TENSOR_ATTENDBACK_H
#define TENSOR_ATTENDBACK_H

#include <stddef.h>

#include "tensor/attend.h"

struct rows {
	const float *p;
	size_t stride;
};

struct square {
	size_t E; /* <= ATTEND_WIDEST */
	size_t queries, keys;
	size_t seen; /* keys that query 0 sees, >= 1; query i sees i more */
	/* With a window it sees so many positions, and key 0 is `ahead` before
	 * query 0; 0: none. */
	size_t window, ahead;
	struct rows q, k, v, dout;
	struct rows lse, dot; /* a number for each query; dot is D */
	float *dq, *dk, *dv;
};

void attend_back(const struct square *);

#endif
