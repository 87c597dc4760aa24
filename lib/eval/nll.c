/* SPDX-License-Identifier: MIT */
#include "eval/nll.h"

#include <math.h>

void
nll_add(struct nll *u, const struct traj *t, size_t n, const float *logp,
    const float *entropy)
{
	double w, sum;
	size_t i, j, k;

	for (i = 0, k = 0; i < n; i++) {
		w = t[i].weight;
		for (sum = 0, j = 0; j < t[i].actions; j++, k++) {
			sum += (double)logp[k];
			u->w_entropy += w * (double)entropy[k];
		}
		u->w += w;
		u->w_actions += w * (double)t[i].actions;
		u->w_logp += w * sum;
		u->w2 += w * w;
		u->w2_logp += w * w * sum;
		u->w2_logp2 += w * w * sum * sum;
	}
	u->n += n;
}

/* The standard error of the weighted mean of L. */
static double
error_of_mean(const struct nll *u, double mean)
{
	double sum = u->w2_logp2 - mean * (2 * u->w2_logp - mean * u->w2);

	return sqrt(fmax(0, sum)) / u->w;
}

void
nll_report(const struct nll *u, struct measures *r)
{
	double mean = u->w_logp / u->w;

	measures_put(r, "nll_token", -u->w_logp / u->w_actions);
	measures_put(r, "nll_trajectory", -mean);
	if (u->n > 1)
		measures_put(r, "se.nll_trajectory", error_of_mean(u, mean));
	measures_put(r, "entropy", u->w_entropy / u->w_actions);
}
