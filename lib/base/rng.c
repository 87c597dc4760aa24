/* SPDX-License-Identifier: MIT */
#include "base/rng.h"

#include <math.h>
#include <string.h>

static uint64_t
absorb(uint64_t h, uint64_t key)
{
	return rng_mix(h + RNG_STRIDE + rng_mix(key + RNG_STRIDE));
}

struct rng
rng_at(uint64_t seed, uint64_t step, uint64_t pass, const char *id, uint64_t k)
{
	uint64_t h = absorb(absorb(absorb(0, seed), step), pass), word;
	size_t n = strlen(id), i;

	h = absorb(h, n);
	for (i = 0; i < n; i += sizeof word) {
		word = 0;
		memcpy(&word, id + i,
		    n - i < sizeof word ? n - i : sizeof word);
		h = absorb(h, word);
	}
	return (struct rng){ .state = absorb(h, k) };
}

uint64_t
rng_u64(struct rng *r)
{
	r->state += RNG_STRIDE;
	return rng_mix(r->state);
}

void
rng_skip(struct rng *r, uint64_t n)
{
	r->state += n * RNG_STRIDE;
}

double
rng_unit(struct rng *r)
{
	return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

uint64_t
rng_below(struct rng *r, uint64_t n)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % n, x;

	do
		x = rng_u64(r);
	while (x >= limit);
	return x % n;
}

double
rng_normal(struct rng *r)
{
	double u = 1.0 - rng_unit(r), v = rng_unit(r);

	return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}
