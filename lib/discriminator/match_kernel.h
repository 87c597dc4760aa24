/* SPDX-License-Identifier: MIT */
/*
 * match_kernel: rewards of a prompt's rollouts whose policy gradient moves the
 * mean of their features to that of the demonstrations.
 *
 * With a kernel K, y the prompt's demonstrations and r, s samples of the
 * policy, it descends
 *
 *   D = mean K(y, y') - 2 mean K(r, y) + diversity mean K(r, s),
 *
 * which for the kernel dot and diversity 1 is |E phi(r) - phi(y)|^2, and for
 * energy the energy distance.
 */
#ifndef DISCRIMINATOR_MATCH_KERNEL_H
#define DISCRIMINATOR_MATCH_KERNEL_H

#include <stddef.h>

/*
 *   dot        K(a, b) = a . b
 *   energy     K(a, b) = -|a - b| / 2
 *   whitened   the cosine of W a and W b, where W is the root of the
 *              pseudoinverse of S, the mean of r r^T over the rollouts
 */
enum match_kernel { MATCH_WHITENED, MATCH_DOT, MATCH_ENERGY };
/* Their names in this order, and NULL. */
extern const char *const match_kernels[];

/* The rollouts of a prompt that a diversity above 0 needs. */
enum { MATCH_ROLLOUTS = 3 };

/*
 * reward[n] of rollouts with features r[n, P], where the demonstrations of
 * their prompt have y[m, P]; *distance estimates D, with diversity 1, without
 * bias where the kernel does not depend on the rollouts, and is NaN if n is 1.
 */
void match_rewards(enum match_kernel, double diversity, const float *y,
    size_t m, const float *r, size_t n, size_t P, double *reward,
    double *distance);

#endif
