/* SPDX-License-Identifier: MIT */
/*
 * With S_kt = log p_k(y_1 .. y_t | x), the log-probability of a prefix is
 * L_t = log sum_k e^S_kt - log K, and an action's part of it L_t - L_(t-1).
 */
#include "likelihood/mixture.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "likelihood/frozen.h"
#include "tensor/vector.h"

int
mixture_open(struct mixture *m, const char *const *dir, size_t n,
    const struct ckpt *first, bool read)
{
	*m = (struct mixture){ .first = first };
	m->member = mem_alloc(n, sizeof *m->member);
	for (; m->n < n; m->n++)
		if (frozen_open_ckpt(&m->member[m->n], dir[m->n], first,
			read) != 0) {
			mixture_close(m);
			return -1;
		}
	return 0;
}

void
mixture_close(struct mixture *m)
{
	while (m->n > 0)
		ckpt_close(&m->member[--m->n]);
	free(m->member);
	m->member = NULL;
}

double *
mixture_joint_new(size_t actions)
{
	double *joint = mem_alloc(actions, sizeof *joint);
	size_t k;

	for (k = 0; k < actions; k++)
		joint[k] = -(double)INFINITY;
	return joint;
}

void
mixture_joint_add(double *joint, const struct traj *t, size_t n,
    const float *logp)
{
	size_t i, j;
	double sum;

	for (i = 0; i < n; i++)
		for (sum = 0, j = 0; j < t[i].actions; j++, joint++) {
			sum += (double)*logp++;
			*joint = logaddexp(*joint, sum);
		}
}

void
mixture_joint_end(double *joint, const struct traj *t, size_t n, size_t K,
    float *logp)
{
	const double *at = joint;
	size_t i, j;
	double before;

	for (i = 0; i < n; i++)
		for (before = log((double)K), j = 0; j < t[i].actions; j++) {
			*logp++ = (float)(*at - before);
			before = *at++;
		}
	free(joint);
}

int
mixture_logp(const struct mixture *m, struct likelihood *work,
    const struct params *weights, const struct traj *t, size_t n, float *logp)
{
	double *joint;
	size_t k;
	int rc = likelihood_logp(work, weights, t, n, logp, NULL);

	if (rc != 0 || m->n == 0)
		return rc;
	joint = mixture_joint_new(likelihood_actions(t, n));
	mixture_joint_add(joint, t, n, logp);
	for (k = 0; rc == 0 && k < m->n; k++) {
		likelihood_of(work, &m->member[k].config);
		rc = likelihood_logp(work, &m->member[k].params, t, n, logp,
		    NULL);
		if (rc == 0)
			mixture_joint_add(joint, t, n, logp);
		else
			(void)fail_in("%s", m->member[k].dir);
	}
	likelihood_of(work, &m->first->config);
	mixture_joint_end(joint, t, n, 1 + m->n, logp);
	return rc;
}

int
mixture_plan(const struct mixture *m, size_t k, struct likelihood *work,
    const struct traj *t, size_t n, struct plan_passes *w)
{
	int rc;

	likelihood_of(work, &m->member[k].config);
	rc = likelihood_plan(work, &m->member[k].params, t, n, false, w);
	likelihood_of(work, &m->first->config);
	return rc == 0 ? 0 : fail_in("%s", m->member[k].dir);
}
