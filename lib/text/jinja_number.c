/* SPDX-License-Identifier: MIT */
/* Filters of numbers. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text/jinja_builtin.h"
#include "text/jinja_scan.h"
#include "text/normalize.h"

/* The end of digits at p, with one _ between two; p itself if there are none.
 */
static const char *
end_of_digits(const char *p)
{
	const char *const start = p;

	while (isdigit((unsigned char)*p) ||
	    (*p == '_' && p > start && isdigit((unsigned char)p[1])))
		p++;
	return p;
}

/* The end of what Python's float() takes as a number; *whole: int() does. */
static const char *
end_of_number(const char *p, bool *whole)
{
	const char *start = p += *p == '-' || *p == '+', *end, *e;

	end = end_of_digits(p);
	*whole = end > start;
	if (*end == '.') {
		e = end_of_digits(end + 1);
		if (e == end + 1 && !*whole)
			return start;
		*whole = false;
		end = e;
	} else if (!*whole) {
		return start;
	}
	if (*end == 'e' || *end == 'E') {
		p = end + 1 + (end[1] == '-' || end[1] == '+');
		e = end_of_digits(p);
		if (e > p) {
			*whole = false;
			end = e;
		}
	}
	return end;
}

/* The words of float() for what is not finite, which int() does not take. */
static bool
is_not_finite(const char *p)
{
	static const char *const words[] = { "inf", "infinity", "nan" };
	size_t i, n = strcspn(p, " \t\n\v\f\r");

	for (i = 0; i < 3; i++)
		if (strlen(words[i]) == n && strncasecmp(p, words[i], n) == 0)
			return true;
	return false;
}

/* 1: a text is a number for Python; 0: it is none; -1: not known here. */
static int
read_number(struct jrun *r, const struct jtext *t, bool real, double *x,
    int64_t *i, bool *whole)
{
	static const char blanks[] = " \t\n\v\f\r";
	const char *p = jtext_bytes(r->arena, t), *end;
	struct jwalk w = { .text = t };
	char *plain, *to;

	while (jwalk_next(&w)) {
		if (w.code >= 128 &&
		    (normalize_is_digit(w.code) || jscan_is_space(w.code)))
			return fail("a number with digits or blanks that are "
				    "not ASCII");
		if (w.code >= 128 || w.code == 0)
			return 0;
	}
	p += strspn(p, blanks);
	end = end_of_number(p, whole);
	if (real && is_not_finite(p + (*p == '-' || *p == '+')))
		return fail("a number that is not finite");
	if (end <= p + (*p == '-' || *p == '+') ||
	    end[strspn(end, blanks)] != '\0')
		return 0;
	plain = to = jarena_alloc(r->arena, (size_t)(end - p) + 1);
	for (p += *p == '+'; p < end; p++)
		if (*p != '_')
			*to++ = *p;
	errno = 0;
	if (*whole)
		*i = strtoll(plain, NULL, 10);
	if (*whole && errno != 0 && !real)
		return fail("a whole number of more than 64 bits");
	*x = strtod(plain, NULL);
	return isfinite(*x) || !real ? 1 : fail("a number that is not finite");
}

int
jnumber_convert(struct jrun *r, struct jcall *c, struct jval *out)
{
	const bool real = c->name[0] == 'f';
	double x = 0;
	int64_t i = 0, base;
	bool whole = jval_integer(c->self, &i);
	int good = jval_is_number(c->self);

	if (c->self->kind == JUNDEFINED)
		return jval_unfit(c->self, "a number");
	if (!real && (jcall_int(c, 1, 10, &base) != 0 || base != 10))
		return fail("int: only the base 10 is known");
	if (c->self->kind == JTEXT)
		good = read_number(r, c->self->u.text, real, &x, &i, &whole);
	else
		x = jval_number(c->self);
	if (good < 0)
		return fail_in("%s", c->name);
	if (!real && !isfinite(x)) /* int(float("1e999")) overflows */
		good = 0;
	if (good > 0 && !real && !whole && !(fabs(x) < 0x1p63))
		return fail("int: a whole number of more than 64 bits");
	if (good > 0)
		*out = real ? jval_real(x) : jval_int(whole ? i : (int64_t)x);
	else
		*out = jgiven(&c->arg[0]) ? c->arg[0] :
		    real                  ? jval_real(0) :
					    jval_int(0);
	return 0;
}

int
jnumber_abs(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jval zero = jval_int(0);

	if (!jval_is_number(c->self))
		return jval_unfit(c->self, "a number");
	if (c->self->kind == JREAL)
		*out = jval_real(fabs(c->self->u.x));
	else
		return jrun_math(r, jval_number(c->self) < 0 ? '-' : '+', &zero,
		    c->self, out);
	return 0;
}

int
jnumber_round(struct jrun *r, struct jcall *c, struct jval *out)
{
	const struct jval *how = &c->arg[1];
	const struct jval zero = jval_int(0);
	int64_t digits;
	double scale, x;
	char text[400];

	if (!jval_is_number(c->self))
		return jval_unfit(c->self, "a number");
	if (jcall_int(c, 0, 0, &digits) != 0)
		return -1;
	if (digits < 0 || digits > 15)
		return fail("round: a precision that is not 0 to 15");
	scale = pow(10, (double)digits);
	x = jval_number(c->self) * scale;
	if (!jgiven(how) || jval_is_text(how, "common")) {
		if (c->self->kind != JREAL) /* round() keeps whole numbers */
			return jrun_math(r, '+', &zero, c->self, out);
		(void)snprintf(text, sizeof text, "%.*f", (int)digits,
		    c->self->u.x);
		*out = jval_real(strtod(text, NULL));
		return 0;
	}
	if (jval_is_text(how, "ceil")) {
		x = ceil(x);
	} else if (jval_is_text(how, "floor")) {
		x = floor(x);
	} else {
		return fail("round: the method is not known");
	}
	if (!isfinite(x))
		return fail("round: a number that is not finite");
	*out = jval_real(x / scale);
	return 0;
}
