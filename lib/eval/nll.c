/* SPDX-License-Identifier: MIT */
#include "eval/nll.h"

#include <math.h>

void
nll_add(struct nll *u, struct groups *groups, const struct traj *t, size_t n,
    const float *logp, const float *entropy, const size_t *bytes)
{
	double w, nats, spread;
	size_t i, j, g;

	for (i = 0; i < n; logp += t[i].actions, i++) {
		for (nats = spread = 0, j = 0; j < t[i].actions; j++) {
			nats -= (double)logp[j];
			spread += entropy != NULL ? (double)*entropy++ : 0;
		}
		w = t[i].weight;
		g = groups_index(groups, t[i].group);
		ratio_add(&u->token, g, w * nats, w * (double)t[i].actions);
		ratio_add(&u->trajectory, g, w * nats, w);
		if (entropy != NULL)
			ratio_add(&u->entropy, g, w * spread,
			    w * (double)t[i].actions);
		if (bytes != NULL)
			ratio_add(&u->byte, g, w * nats / log(2),
			    w * (double)bytes[i]);
	}
}

void
nll_report(const struct nll *u, struct measures *r)
{
	measures_ratio(r, "nll_token", &u->token);
	measures_ratio(r, "nll_trajectory", &u->trajectory);
	measures_ratio(r, "bits_per_byte", &u->byte);
	measures_put(r, "entropy", ratio_value(&u->entropy));
}

void
nll_release(struct nll *u)
{
	ratio_release(&u->token);
	ratio_release(&u->trajectory);
	ratio_release(&u->entropy);
	ratio_release(&u->byte);
}
