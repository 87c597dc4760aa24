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

static void
mark(size_t i, void *arg)
{
	int *of = arg;

	of[i]++;
}

/* Jobs so short that threads come late: what they find is not theirs. */
static bool
short_jobs(void)
{
	enum { JOBS = 20000, MOST = 5 };
	size_t job, i, n;
	bool good = true;

	for (job = 0; job < JOBS; job++) {
		int of[MOST] = { 0 };

		n = 1 + job % MOST;
		par_for(n, mark, of);
		for (i = 0; i < MOST; i++)
			good = good && of[i] == (i < n);
	}
	return good;
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
	ok(short_jobs(), "jobs of a few tasks, one after the other");
	par_start(2);
	ok(par_threads() == 4, "the pool does not shrink");
	return tap_done();
}
