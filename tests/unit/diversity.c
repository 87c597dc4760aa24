/* SPDX-License-Identifier: MIT */
/*
 * diversity: against counting by hand, n-gram by n-gram, and the numbers of
 * little cases.
 */
#include "eval/diversity.h"

#include <math.h>
#include <string.h>

#include "../tap.h"

enum { MOST = 40, LONG = 24 };

struct text {
	char group[8];
	uint32_t tokens[LONG];
	size_t n;
};

static bool
same_gram(const uint32_t *a, const uint32_t *b, size_t n)
{
	return memcmp(a, b, n * sizeof *a) == 0;
}

static size_t
count(const struct text *t, const uint32_t *gram, size_t n)
{
	size_t i, sum = 0;

	for (i = 0; i + n <= t->n; i++)
		sum += same_gram(t->tokens + i, gram, n);
	return sum;
}

/* Is the gram at position i of text k there before, in the order of all? */
static bool
seen(const struct text *t, size_t k, size_t i, size_t n)
{
	size_t j, p;

	for (j = 0; j <= k; j++)
		for (p = 0; p + n <= t[j].n && (j < k || p < i); p++)
			if (same_gram(t[j].tokens + p, t[k].tokens + i, n))
				return true;
	return false;
}

static double
naive_distinct(const struct text *t, size_t m, size_t n)
{
	double all = 0, different = 0;
	size_t k, i;

	for (k = 0; k < m; k++)
		for (i = 0; i + n <= t[k].n; i++) {
			all++;
			different += !seen(t, k, i, n);
		}
	return different / all;
}

/* Modified precision of text k against the others of its group. */
static double
precision(const struct text *t, size_t m, size_t k, size_t n)
{
	double match = 0, all = 0, add = n > 1 ? 1 : 0;
	size_t i, j, c, own, most;

	for (i = 0; i + n <= t[k].n; i++, all++) {
		if (seen(&t[k], 0, i, n))
			continue;
		own = count(&t[k], t[k].tokens + i, n);
		for (j = most = 0; j < m; j++) {
			if (j == k || strcmp(t[j].group, t[k].group) != 0)
				continue;
			c = count(&t[j], t[k].tokens + i, n);
			most = c > most ? c : most;
		}
		match += (double)(own < most ? own : most);
	}
	return (match + add) / (all + add);
}

static double
naive_self_bleu(const struct text *t, size_t m)
{
	double sum = 0, number = 0, product, closest, n, r;
	size_t k, j, g;

	for (k = 0; k < m; k++) {
		n = (double)t[k].n;
		closest = -1;
		for (j = 0; j < m; j++) {
			if (j == k || strcmp(t[j].group, t[k].group) != 0)
				continue;
			r = (double)t[j].n;
			if (closest < 0 || fabs(r - n) < fabs(closest - n) ||
			    (closest > n && r < n && n - r <= closest - n))
				closest = r;
		}
		if (closest < 0)
			continue; /* alone */
		number++;
		for (g = 1, product = 1; g <= 4 && n > 0; g++)
			product *= precision(t, m, k, g);
		if (n > 0)
			sum += pow(product, 0.25) *
			    (n < closest ? exp(1 - closest / n) : 1);
	}
	return sum / number;
}

static struct diversity *
gather(const struct text *t, size_t m)
{
	struct diversity *d = diversity_new();
	size_t i;

	for (i = 0; i < m; i++)
		diversity_add(d, t[i].group, t[i].tokens, t[i].n);
	return d;
}

/* Texts of few different tokens, groups mixed, lengths of 0 to 23. */
static void
test_many(uint32_t seed, uint32_t V)
{
	static struct text t[MOST];
	struct diversity *d;
	uint32_t x = seed;
	size_t i, j, n;
	double got, want;

	for (i = 0; i < MOST; i++) {
		(void)snprintf(t[i].group, sizeof t[i].group, "g%zu",
		    i % 7 == 0 ? 100 + i : i % 5); /* some alone */
		t[i].n = (i * 7 + seed) % LONG;
		for (j = 0; j < t[i].n; j++) {
			x = x * 1664525 + 1013904223;
			t[i].tokens[j] = (x >> 16) % V;
		}
	}
	d = gather(t, MOST);
	for (n = 1; n <= 4; n++) {
		got = diversity_distinct(d, n);
		want = naive_distinct(t, MOST, n);
		ok(fabs(got - want) < 1e-12,
		    "distinct_%zu of %u tokens: %g, %g", n, V, got, want);
	}
	got = diversity_self_bleu(d);
	want = naive_self_bleu(t, MOST);
	ok(fabs(got - want) < 1e-12, "self-BLEU of %u tokens: %g, %g", V, got,
	    want);
	diversity_free(d);
}

static void
test_hands(void)
{
	static const struct text t[] = {
		{ "a", { 1, 2, 3, 4 }, 4 },
		{ "a", { 1, 2, 3, 4 }, 4 },
		{ "b", { 5, 6, 5, 6, 5 }, 5 },
		{ "b", { 5, 7 }, 2 },
		{ "c", { 9 }, 1 },
		{ "c", { 8 }, 1 },
		{ "d", { 0 }, 0 },
		{ "e", { 1, 2, 3, 4, 5 }, 5 },
		{ "e", { 1, 2, 3, 4 }, 4 },
		{ "e", { 1, 2, 3, 4, 5, 6 }, 6 },
	};
	struct diversity *d = gather(t, 2);
	double p;

	ok(fabs(diversity_distinct(d, 1) - 0.5) < 1e-12 &&
		fabs(diversity_distinct(d, 4) - 0.5) < 1e-12,
	    "two equal responses: half of the n-grams are different");
	ok(fabs(diversity_self_bleu(d) - 1) < 1e-12,
	    "two equal responses: self-BLEU is 1");
	diversity_free(d);
	d = gather(t + 4, 2);
	ok(diversity_self_bleu(d) == 0 && isnan(diversity_distinct(d, 2)) &&
		fabs(diversity_distinct(d, 1) - 1) < 1e-12,
	    "no token in common: self-BLEU is 0; one token: no distinct_2");
	diversity_free(d);
	d = gather(t + 2, 2);
	/* 1/5 1/5 1/4 1/3 of the long one; 1/2 1/2 1/1 1/1 of the short. */
	p = (pow(1.0 / 5 * 1 / 5 * 1 / 4 * 1 / 3, 0.25) +
		pow(0.25, 0.25) * exp(1 - 5.0 / 2)) /
	    2;
	ok(fabs(diversity_self_bleu(d) - p) < 1e-12,
	    "self-BLEU by hand, clipped, smoothed and short: %g", p);
	diversity_free(d);
	d = gather(t + 3, 2);
	ok(isnan(diversity_self_bleu(d)),
	    "without a group of two there is no self-BLEU");
	diversity_free(d);
	d = gather(t + 6, 1);
	ok(isnan(diversity_distinct(d, 1)) && isnan(diversity_self_bleu(d)),
	    "an empty response has self-BLEU 0");
	diversity_free(d);
	d = gather(t + 7, 3);
	/* The first is whole in the third; brevity is by the second. */
	p = (1 + exp(1 - 5.0 / 4) +
		pow(5.0 / 6 * 5 / 6 * 4 / 5 * 3 / 4, 0.25)) /
	    3;
	ok(fabs(diversity_self_bleu(d) - p) < 1e-12,
	    "brevity is by the shorter of two equally near lengths: %g",
	    diversity_self_bleu(d));
	diversity_free(d);
	d = diversity_new();
	ok(isnan(diversity_distinct(d, 1)) && isnan(diversity_self_bleu(d)),
	    "without responses there are no measures");
	diversity_free(d);
}

int
main(void)
{
	test_many(1, 2);
	test_many(5, 5);
	test_many(11, 50);
	test_hands();
	return tap_done();
}
