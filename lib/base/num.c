/* SPDX-License-Identifier: MIT */
#include "base/num.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

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
