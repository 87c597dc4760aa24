/* SPDX-License-Identifier: MIT */
#include "base/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"

static const struct {
	const char *text;
	uint64_t lo, hi, value;
	const char *message; /* NULL: it is a number */
} whole[] = {
	{ "0", 0, 9, 0, NULL },
	{ "9", 0, 9, 9, NULL },
	{ "007", 0, 9, 7, NULL },
	{ "18446744073709551615", 0, UINT64_MAX, UINT64_MAX, NULL },
	{ "18446744073709551616", 0, UINT64_MAX, 0,
	    "18446744073709551616: not between 0 and 18446744073709551615" },
	{ "99999999999999999999999", 0, 9, 0,
	    "99999999999999999999999: not between 0 and 9" },
	{ "0", 1, 9, 0, "0: not between 1 and 9" },
	{ "10", 1, 9, 0, "10: not between 1 and 9" },
	{ "", 0, 9, 0, "\"\": not a whole number" },
	{ "-1", 0, 9, 0, "-1: not a whole number" },
	{ "+1", 0, 9, 0, "+1: not a whole number" },
	{ " 1", 0, 9, 0, " 1: not a whole number" },
	{ "1 ", 0, 9, 0, "1 : not a whole number" },
	{ "1.5", 0, 9, 0, "1.5: not a whole number" },
	{ "0x1", 0, 9, 0, "0x1: not a whole number" },
	{ "1e1", 0, 99, 0, "1e1: not a whole number" },
	{ "abc", 0, 9, 0, "abc: not a whole number" },
};

static const struct {
	const char *text;
	double lo, hi, value;
	const char *message;
} real[] = {
	{ "0", 0, 1, 0.0, NULL },
	{ "1", 0, 1, 1.0, NULL },
	{ ".5", 0, 1, 0.5, NULL },
	{ "2.5e-3", 0, 1, 0.0025, NULL },
	{ "-1", -1, 1, -1.0, NULL },
	{ "1.5", 0, 1, 0, "1.5: not between 0 and 1" },
	{ "-0.5", 0, 1, 0, "-0.5: not between 0 and 1" },
	{ "", 0, 1, 0, "\"\": not a number" },
	{ " 1", 0, 1, 0, " 1: not a number" },
	{ "1 ", 0, 1, 0, "1 : not a number" },
	{ "0,5", 0, 1, 0, "0,5: not a number" },
	{ "nan", 0, 1, 0, "nan: not a number" },
	{ "inf", 0, 1, 0, "inf: not a number" },
	{ "1e999", 0, 1, 0, "1e999: not a number" },
	{ "0x", 0, 1, 0, "0x: not a number" },
	{ "x", 0, 1, 0, "x: not a number" },
};

static void
test_whole(void)
{
	uint64_t v;
	size_t i;
	int r;

	for (i = 0; i < sizeof whole / sizeof *whole; i++) {
		v = 4711;
		r = num_u64(whole[i].text, whole[i].lo, whole[i].hi, &v);
		if (whole[i].message == NULL)
			ok(r == 0 && v == whole[i].value, "whole \"%s\"",
			    whole[i].text);
		else
			ok(r == -1 && v == 4711 &&
				strcmp(err_last(), whole[i].message) == 0,
			    "whole \"%s\" is refused: %s", whole[i].text,
			    err_last());
	}
}

static void
test_real(void)
{
	double v;
	size_t i;
	int r;

	for (i = 0; i < sizeof real / sizeof *real; i++) {
		v = 47.11;
		r = num_f64(real[i].text, real[i].lo, real[i].hi, &v);
		if (real[i].message == NULL)
			ok(r == 0 && fabs(v - real[i].value) <= 0.0,
			    "real \"%s\"", real[i].text);
		else
			ok(r == -1 && fabs(v - 47.11) <= 0.0 &&
				strcmp(err_last(), real[i].message) == 0,
			    "real \"%s\" is refused: %s", real[i].text,
			    err_last());
	}
}

static void
test_two(void)
{
	static const struct {
		const char *text, *message; /* NULL: 3 and 8 */
	} two[] = {
		{ "3/8", NULL },
		{ "003/8", NULL },
		{ "3", "3: not two whole numbers such as 3/8" },
		{ "", "\"\": not two whole numbers such as 3/8" },
		{ "/8", "/8: not two whole numbers such as 3/8" },
		{ "3/", "\"\": not a whole number" },
		{ "3/8/", "8/: not a whole number" },
		{ "x/8", "x: not a whole number" },
		{ "0/8", "0: not between 1 and 9" },
		{ "3/10", "10: not between 1 and 9" },
		{ "0000000000000000000000000000003/8",
		    "0000000000000000000000000000003/8: not two whole numbers "
		    "such as 3/8" },
	};
	uint64_t a, b;
	size_t i;
	int r;

	for (i = 0; i < sizeof two / sizeof *two; i++) {
		a = b = 0;
		r = num_u64_two(two[i].text, 1, 9, &a, &b);
		ok(two[i].message == NULL ? r == 0 && a == 3 && b == 8 :
					    r == -1 && a == 0 &&
			    strcmp(err_last(), two[i].message) == 0,
		    "two numbers \"%s\"", two[i].text);
	}
}

int
main(void)
{
	test_whole();
	test_two();
	test_real();
	return tap_done();
}
