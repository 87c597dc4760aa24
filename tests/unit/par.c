/* SPDX-License-Identifier: MIT */
#include <stdatomic.h>

#include "../tap.h"
#include "base/par.h"

enum { N = 1000, ROUNDS = 200 };

struct counts {
	atomic_int of[N];
	atomic_int inner;
};

static void
inner(size_t i, void *arg)
{
	struct counts *c = arg;

	(void)i;
	atomic_fetch_add(&c->inner, 1);
}

static void
count(size_t i, void *arg)
{
	struct counts *c = arg;

	atomic_fetch_add(&c->of[i], 1);
	if (i % 100 == 0)
		par_for(7, inner, c);
}

/* Every task once in each round, and those inside tasks too. */
static bool
each_once(void)
{
	static struct counts c;
	size_t i, round;
	bool good = true;

	for (i = 0; i < N; i++)
		atomic_store(&c.of[i], 0);
	atomic_store(&c.inner, 0);
	for (round = 0; round < ROUNDS; round++)
		par_for(N, count, &c);
	for (i = 0; i < N; i++)
		good = good && atomic_load(&c.of[i]) == ROUNDS;
	return good && atomic_load(&c.inner) == ROUNDS * N / 100 * 7;
}

int
main(void)
{
	ok(par_threads() == 1, "one thread before par_start");
	ok(each_once(), "every task once, with one thread");
	par_for(0, NULL, NULL);
	par_start(4);
	ok(par_threads() == 4, "four threads");
	ok(each_once(), "every task once, with four");
	par_start(2);
	ok(par_threads() == 4, "the pool does not shrink");
	return tap_done();
}
