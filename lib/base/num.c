/* SPDX-License-Identifier: MIT */
#include "base/num.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ": not a number" alone would hide what is wrong with an empty text. */
static const char *
shown(const char *s)
{
	return s[0] != '\0' ? s : "\"\"";
}

int
num_u64(const char *s, uint64_t lo, uint64_t hi, uint64_t *out)
{
	char *end;
	uintmax_t v;

	if (!isdigit((unsigned char)s[0]))
		return fail("%s: not a whole number", shown(s));
	errno = 0;
	v = strtoumax(s, &end, 10);
	if (*end != '\0')
		return fail("%s: not a whole number", s);
	if (errno != 0 || v < lo || v > hi)
		return fail("%s: not between %" PRIu64 " and %" PRIu64, s, lo,
		    hi);
	*out = v;
	return 0;
}

int
num_u64_two(const char *s, uint64_t lo, uint64_t hi, uint64_t *a, uint64_t *b)
{
	const char *slash = strchr(s, '/');
	const size_t n = slash != NULL ? (size_t)(slash - s) : 0;
	char first[24]; /* more digits than any uint64_t has */
	uint64_t x = 0;

	if (n == 0 || n >= sizeof first)
		return fail("%s: not two whole numbers such as 3/8", shown(s));
	memcpy(first, s, n);
	first[n] = '\0';
	if (num_u64(first, lo, hi, &x) != 0 ||
	    num_u64(slash + 1, lo, hi, b) != 0)
		return -1;
	*a = x;
	return 0;
}

/* No tool calls setlocale(3), so strtod expects a decimal point. */
int
num_f64(const char *s, double lo, double hi, double *out)
{
	char *end;
	double v;

	if (s[0] == '\0' || isspace((unsigned char)s[0]))
		return fail("%s: not a number", shown(s));
	v = strtod(s, &end);
	if (*end != '\0' || !isfinite(v))
		return fail("%s: not a number", s);
	if (v < lo || v > hi)
		return fail("%s: not between %g and %g", s, lo, hi);
	*out = v;
	return 0;
}
