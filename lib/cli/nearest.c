/* SPDX-License-Identifier: MIT */
#include "cli/nearest.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 64, NEAR = 3, SHORTEST_START = 3 };

/* Levenshtein's distance, in one row of the matrix. */
static size_t
edits(const char *a, size_t n, const char *b, size_t m)
{
	size_t row[LONGEST + 1], i, j, diagonal, up, best;

	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 1; i <= n; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= m; j++) {
			up = row[j];
			best = diagonal + (a[i - 1] != b[j - 1]);
			best = up + 1 < best ? up + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			diagonal = up;
		}
	}
	return row[m];
}

static size_t
distance(const char *typed, size_t n, const char *name, size_t m)
{
	size_t d;

	if (n > LONGEST || m > LONGEST)
		return SIZE_MAX;
	if (n == m && memcmp(typed, name, n) == 0)
		return 0;
	if (n >= SHORTEST_START && n <= m && memcmp(typed, name, n) == 0)
		return 1;
	d = edits(typed, n, name, m);
	return d < NEAR && d < n ? d : SIZE_MAX;
}

size_t
name_distance(const char *typed, size_t n, const char *name)
{
	return distance(typed, n, name, strlen(name));
}

const char *
nearest_word(const char *words, const char *typed, size_t n, size_t *length)
{
	const char *found = NULL;
	size_t least = SIZE_MAX, m, d;

	for (; *words != '\0'; words += strcspn(words, " ")) {
		words += strspn(words, " ");
		m = strcspn(words, " :");
		d = m > 0 ? distance(typed, n, words, m) : SIZE_MAX;
		if (d < least) {
			least = d;
			found = words;
			*length = m;
		}
	}
	return found;
}
