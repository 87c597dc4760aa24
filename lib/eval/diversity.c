/* SPDX-License-Identifier: MIT */
/*
 * n-grams are compared by 64-bit hashes: among a million different ones the
 * chance of a collision is 3e-8.  The hashes of a response are sorted once for
 * each n; counting and clipping are then merges.
 */
#include "eval/diversity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "traj/members.h"

enum { GRAMS = 4, REFERENCES_MAX = 64 };

struct response {
	char *group;
	uint32_t *tokens;
	size_t n;
	uint64_t *gram[GRAMS]; /* sorted hashes of its n-grams */
};

struct diversity {
	struct response *r;
	size_t n, cap;
};

struct diversity *
diversity_new(void)
{
	return mem_alloc(1, sizeof(struct diversity));
}

void
diversity_free(struct diversity *d)
{
	size_t i, g;

	for (i = 0; i < d->n; i++) {
		free(d->r[i].group);
		free(d->r[i].tokens);
		for (g = 0; g < GRAMS; g++)
			free(d->r[i].gram[g]);
	}
	free(d->r);
	free(d);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static size_t
grams_in(size_t tokens, size_t n)
{
	return tokens >= n ? tokens - n + 1 : 0;
}

static uint64_t
hash_gram(const uint32_t *tokens, size_t n)
{
	struct rng h = { .state = n };
	size_t i;

	for (i = 0; i < n; i++) {
		h.state = rng_u64(&h) ^ tokens[i];
		h.state = rng_u64(&h);
	}
	return h.state;
}

/* The hashes of all n-grams of the tokens, sorted; the caller frees. */
static uint64_t *
sorted_grams(const uint32_t *tokens, size_t count, size_t n)
{
	size_t m = grams_in(count, n), i;
	uint64_t *gram = mem_alloc(m, sizeof *gram);

	for (i = 0; i < m; i++)
		gram[i] = hash_gram(tokens + i, n);
	qsort(gram, m, sizeof *gram, by_value);
	return gram;
}

void
diversity_add(struct diversity *d, const char *group, const uint32_t *tokens,
    size_t n)
{
	struct response *r;
	size_t g;

	d->r = mem_grow(d->r, &d->cap, d->n + 1, sizeof *d->r);
	r = &d->r[d->n++];
	r->group = mem_dup(group, strlen(group));
	r->tokens = mem_alloc(n, sizeof *tokens);
	memcpy(r->tokens, tokens, n * sizeof *tokens);
	r->n = n;
	for (g = 0; g < GRAMS; g++)
		r->gram[g] = sorted_grams(tokens, n, g + 1);
}

double
diversity_distinct(const struct diversity *d, size_t n)
{
	size_t total = 0, at = 0, different = 0, i;
	uint64_t *all;

	for (i = 0; i < d->n; i++)
		total += grams_in(d->r[i].n, n);
	if (total == 0)
		return (double)NAN;
	all = mem_alloc(total, sizeof *all);
	for (i = 0; i < d->n; at += grams_in(d->r[i].n, n), i++)
		memcpy(all + at, d->r[i].gram[n - 1],
		    grams_in(d->r[i].n, n) * sizeof *all);
	qsort(all, total, sizeof *all, by_value);
	for (i = 0; i < total; i++)
		different += i == 0 || all[i] != all[i - 1];
	free(all);
	return (double)different / (double)total;
}

/* How often x[0] stands at the front of the n sorted values x. */
static size_t
run_length(const uint64_t *x, size_t n)
{
	size_t k = 1;

	while (k < n && x[k] == x[0])
		k++;
	return k;
}

static size_t
occurrences(const uint64_t *x, size_t n, uint64_t value)
{
	size_t lo = 0, hi = n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (x[mid] < value)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && x[lo] == value ? run_length(x + lo, n - lo) : 0;
}

/* Matches of n-grams, each counted at most as often as in one reference. */
static size_t
matches(const struct response *r, struct response *const *ref, size_t refs,
    size_t g)
{
	size_t m = grams_in(r->n, g + 1), i, k, j, most, found, sum = 0;

	for (i = 0; i < m; i += k) {
		k = run_length(r->gram[g] + i, m - i);
		for (j = 0, most = 0; j < refs; j++) {
			found = occurrences(ref[j]->gram[g],
			    grams_in(ref[j]->n, g + 1), r->gram[g][i]);
			most = found > most ? found : most;
		}
		sum += k < most ? k : most;
	}
	return sum;
}

static double
bleu(const struct response *r, struct response *const *ref, size_t refs)
{
	double log_sum = 0, p, add, closest = HUGE_VAL, length = (double)r->n;
	double off, least;
	size_t g, j;

	for (g = 0; g < GRAMS; g++) {
		add = g > 0 ? 1 : 0;
		p = ((double)matches(r, ref, refs, g) + add) /
		    ((double)grams_in(r->n, g + 1) + add);
		if (!(p > 0))
			return 0;
		log_sum += log(p) / GRAMS;
	}
	for (j = 0; j < refs; j++) { /* on a tie the shorter */
		off = fabs((double)ref[j]->n - length);
		least = fabs(closest - length);
		if (off < least ||
		    (off == least && (double)ref[j]->n < closest))
			closest = (double)ref[j]->n;
	}
	return exp(log_sum + (length < closest ? 1 - closest / length : 0));
}

double
diversity_self_bleu(const struct diversity *d)
{
	struct response **r = mem_alloc(d->n, sizeof *r), *swap;
	struct member *m = mem_alloc(d->n, sizeof *m);
	size_t i, j, end, refs, count = 0;
	double sum = 0;

	for (i = 0; i < d->n; i++)
		m[i] = (struct member){ d->r[i].group, i };
	members_sort(m, d->n);
	for (i = 0; i < d->n; i++)
		r[i] = &d->r[m[i].i];
	for (i = 0; i < d->n; i = end) {
		end = members_end(m, d->n, i);
		refs =
		    end - i - 1 < REFERENCES_MAX ? end - i - 1 : REFERENCES_MAX;
		for (j = i; j < end && refs > 0; j++, count++) {
			swap = r[j]; /* the others follow */
			r[j] = r[i];
			r[i] = swap;
			sum += swap->n > 0 ? bleu(swap, r + i + 1, refs) : 0;
		}
	}
	free(m);
	free(r);
	return count > 0 ? sum / (double)count : (double)NAN;
}
