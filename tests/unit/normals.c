/* SPDX-License-Identifier: MIT */
/* normals: numbers made in vectors are those of rng_normal, to the bit. */
#include "tensor/normals.h"

#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/mem.h"

enum { N = 1 << 20, CUT = 1000 };

static void
compare(double scale, uint64_t seed)
{
	float *all = mem_floats(N), *part = mem_floats(CUT), want;
	struct rng one = rng_at(seed, 0, 0, "tensor", 0), later = one;
	size_t i, wrong = 0;

	normals_fill(all, N, scale, &one);
	for (i = 0; i < N; i++) {
		want = (float)(scale * rng_normal(&one));
		wrong += memcmp(&all[i], &want, sizeof want) != 0;
	}
	ok(wrong == 0, "scale %g: %d numbers, %zu differ", scale, N, wrong);
	rng_skip(&later, 2 * (N - CUT));
	normals_fill(part, CUT, scale, &later);
	ok(memcmp(part, all + N - CUT, CUT * sizeof *part) == 0,
	    "scale %g: the last %d alone", scale, CUT);
	free(all);
	free(part);
}

int
main(void)
{
	static const double scales[] = { 1, 0.02, 0.0790569415042095, 3e-7,
		1e30, -2 };
	size_t i;

	for (i = 0; i < sizeof scales / sizeof *scales; i++)
		compare(scales[i], i);
	return tap_done();
}
