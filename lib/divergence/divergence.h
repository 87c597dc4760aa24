/* SPDX-License-Identifier: MIT */
/*
 * divergence: the table of f-divergences; nothing else knows their names.
 *
 * With u = p_E / p_pi and l = log u, D_f(E || pi) = E_pi[f(u)] has gradient
 * -E_pi[h(u) grad log pi] with h(u) = u f'(u) - f(u): h is the reward.  The
 * pair (f', h) is also the discriminator's loss, E_pi[h] - E_E[f'].  All
 * functions take l, never u (Nowozin et al. 2016; divergences(7)).
 */
#ifndef DIVERGENCE_DIVERGENCE_H
#define DIVERGENCE_DIVERGENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct divergence_row {
	const char *name; /* "js", "jsd" */
	bool has_a;       /* takes a parameter: jsd:B, alpha:A */
	double lo, hi;    /* of the parameter; excluded where `open` */
	bool open;
	bool clips; /* explosive: l is to be clipped first */
	double (*f)(double l, double a);     /* f(e^l) */
	double (*h)(double l, double a);     /* h(e^l), up to a constant */
	double (*slope)(double l, double a); /* h'(u) at u = e^l */
	double (*df)(double l, double a);    /* f'(e^l) */
	/* f and h of n of them, many times faster than one by one */
	void (*each)(const double *l, size_t n, double a, double *f, double *h);
	const char *character;
	bool likelihood; /* of demonstrations it is their likelihood */
};

struct divergence {
	const struct divergence_row *row;
	double a;
};

const struct divergence_row *divergence_rows(size_t *n);
/* "js", "jsd:0.3"; -1 with the reason. */
must_use int divergence_parse(const char *, struct divergence *);
/* The number behind the colon of "NAME:A", within lo .. hi, or that there is
 * none. */
must_use int divergence_parameter(const char *text, bool wanted, double lo,
    double hi, double *a);
/*
 * The centred reward of l, h(e^l) - h(1): a constant does not move the
 * expectation, but per action an uncentred one changes lengths.
 */
double divergence_reward(const struct divergence *, double l);
/*
 * Does h grow without bound as the policy gives up what the expert does?
 * Then D_f(E || pi) as a regulariser forbids it, and has 0 outside the domain
 * of its slope.
 */
bool divergence_is_barrier(const struct divergence *);
/* f(e^l); the mean of it over rollouts estimates the divergence. */
double divergence_f(const struct divergence *, double l);

#endif
