/* SPDX-License-Identifier: MIT */
/*
 * divergence: the table of f-divergences.  Adding one is adding a row and its
 * functions to formulas.c; what other modules need to know about it is a flag
 * of the row, and nothing else knows a name.
 *
 * With u = p_E / p_pi and l = log u, the divergence of the expert E from the
 * policy pi is D_f(E || pi) = E_pi[f(u)].  Its gradient is
 * -E_pi[h(u) grad log pi] with the reward h(u) = u f'(u) - f(u).  The pair
 * (f', h) also gives a discriminator's loss, E_pi[h] - E_E[f'].  All
 * functions take l, never u, which overflows.
 *
 * Source: Nowozin et al. 2016 (f-GAN); derivations in divergences(7).
 */
#ifndef DIVERGENCE_DIVERGENCE_H
#define DIVERGENCE_DIVERGENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "divergence/parameter.h"

struct divergence_row {
	const char *name; /* "js", "jsd" */
	struct parameter parameter;
	bool clips;      /* h explodes: callers clip l first */
	bool likelihood; /* on demonstrations its loss is their -log pi */
	bool linear;     /* h is l: KL(pi || E); l may be off by a constant */
	bool sign;       /* h is the sign of l: its slope is 0 */
	double (*f)(double l, double a);     /* f(e^l) */
	double (*h)(double l, double a);     /* h(e^l), up to a constant */
	double (*slope)(double l, double a); /* h'(u) at u = e^l */
	double (*df)(double l, double a);    /* f'(e^l) */
	/* f[n] and h[n] of l[n], many times faster than one by one */
	void (*each)(const double *l, size_t n, double a, double *f, double *h);
};

/* A row and its parameter. */
struct divergence {
	const struct divergence_row *row;
	double a; /* 0 where the row takes none */
};

const struct divergence_row *divergence_rows(size_t *n);
/* Append the names, as "fkl rkl js jsd:B ...". */
void divergence_names(struct buf *);
/* Whether text begins with the name of a row. */
bool divergence_known(const char *text);
/* "js", "jsd:0.3"; -1 names the fault, or all names. */
must_use int divergence_parse(const char *, struct divergence *);
/* KL(pi || E), the reverse KL. */
struct divergence divergence_reverse_kl(void);
/*
 * The centered reward of l, h(e^l) - h(1).  A constant does not move the
 * expectation, but per action an uncentred one rewards length.
 */
double divergence_reward(const struct divergence *, double l);
/*
 * Whether h grows without bound as the policy gives up what the expert does.
 * Only then D_f(E || pi), used as a regulariser, keeps the policy's support.
 */
bool divergence_is_barrier(const struct divergence *);
/* f(e^l); its mean over rollouts estimates the divergence. */
double divergence_f(const struct divergence *, double l);

#endif
