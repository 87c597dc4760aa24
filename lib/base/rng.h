/* SPDX-License-Identifier: MIT */
/*
 * rng: random numbers as a function of where they are used.
 *
 * rng_at(seed, step, pass, id, k) is a generator for one place: position k of
 * trajectory id, in pass `pass` over the data, under the policy of step
 * `step`.  So a draw does not depend on batch, order, split or thread count,
 * and there is no global state.  The mixing is SplitMix64 (Steele, Lea, Flood
 * 2014), which absorbs one key after another.
 */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

struct rng rng_at(uint64_t seed, uint64_t step, uint64_t pass, const char *id,
    uint64_t k);

/* A draw adds RNG_STRIDE to the state and returns what rng_mix makes of it. */
#define RNG_STRIDE 0x9e3779b97f4a7c15u
static inline uint64_t
rng_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t rng_u64(struct rng *);
/* Pass over n draws. */
void rng_skip(struct rng *, uint64_t n);
/* Uniform in [0, 1), 53 bits. */
double rng_unit(struct rng *);
/* Uniform in 0 .. n-1, without bias; n > 0. */
uint64_t rng_below(struct rng *, uint64_t n);
/*
 * Normal, mean 0 and variance 1 (Box-Muller, one of its two numbers); takes two
 * draws.
 */
double rng_normal(struct rng *);

#endif
