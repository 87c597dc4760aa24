/* SPDX-License-Identifier: MIT */
#include "text/neighbors.h"

#include <stdlib.h>

#include "base/rng.h"
#include "tests/tap.h"

static bool
takes(struct neighbors *t, uint32_t left, uint32_t right, size_t words)
{
	uint32_t l = 0, r = 0, *word = NULL;
	size_t n = 0;
	bool good = neighbors_take(t, &l, &r, &word, &n) && l == left &&
	    r == right && n == words;

	free(word);
	return good;
}

static void
test_order(void)
{
	struct neighbors *t = neighbors_new();
	uint32_t l, r, *word = NULL;
	size_t n;

	neighbors_count(t, 1, 2, 5, 0);
	neighbors_count(t, 1, 2, 1, 0);
	neighbors_count(t, 1, 2, 1, 3);
	neighbors_count(t, 3, 4, 9, 1);
	neighbors_count(t, 2, 9, 6, 1);
	neighbors_count(t, 2, 8, 6, 1);
	neighbors_settle(t);
	neighbors_count(t, 3, 4, -8, 1);
	ok(takes(t, 1, 2, 2), "neighbors whose count shrank come later");
	ok(takes(t, 2, 8, 1) && takes(t, 2, 9, 1),
	    "of equal counts the lowest ids come first");
	neighbors_count(t, 5, 5, 2, 2);
	neighbors_settle(t);
	neighbors_count(t, 5, 5, 2, 4);
	neighbors_settle(t);
	ok(takes(t, 5, 5, 2), "neighbors whose count grew come earlier");
	neighbors_count(t, 6, 6, 7, 0);
	neighbors_settle(t);
	neighbors_drop(t, 6, 6);
	ok(takes(t, 3, 4, 1), "dropped neighbors are skipped");
	ok(!neighbors_take(t, &l, &r, &word, &n), "no neighbors are left");
	neighbors_free(t);
}

enum { IDS = 40, ROUNDS = 4000 };

/* Against a table that is searched from end to end. */
static void
test_against_table(void)
{
	static int64_t count[IDS][IDS];
	struct rng g = rng_at(1, 0, 0, "pairs", 0);
	struct neighbors *t = neighbors_new();
	uint32_t l, r, i, best, *word = NULL;
	size_t n, wrong = 0, round;
	int64_t by;

	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < 5; i++) {
			l = (uint32_t)rng_below(&g, IDS);
			r = (uint32_t)rng_below(&g, IDS);
			by = (int64_t)rng_below(&g, 9) - 3;
			neighbors_count(t, l, r, by, i);
			count[l][r] += by;
		}
		neighbors_settle(t);
		for (best = 0, i = 1; i < IDS * IDS; i++)
			if (count[i / IDS][i % IDS] >
			    count[best / IDS][best % IDS])
				best = i;
		if (round % 3 != 0 || count[best / IDS][best % IDS] <= 0)
			continue;
		wrong += !neighbors_take(t, &l, &r, &word, &n) ||
		    l * IDS + r != best;
		count[best / IDS][best % IDS] = 0;
		free(word);
	}
	ok(wrong == 0, "%zu of the takes differ from a plain table", wrong);
	neighbors_free(t);
}

int
main(void)
{
	test_order();
	test_against_table();
	return tap_done();
}
