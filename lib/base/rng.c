/* SPDX-License-Identifier: MIT */
#include "base/rng.h"

#include <math.h>
#include <string.h>

static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static uint64_t
absorb(uint64_t h, uint64_t key)
{
	return mix(h + 0x9e3779b97f4a7c15u + mix(key + 0x9e3779b97f4a7c15u));
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
	r->state += 0x9e3779b97f4a7c15u;
	return mix(r->state);
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
