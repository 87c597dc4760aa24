/* SPDX-License-Identifier: MIT */
/* Filters of numbers. */
#include <math.h>

#include "base/num.h"
#include "text/jinja_builtin.h"

/* What Python's int() and float() take around a number; false: no number. */
static bool
read_number(struct jrun *r, const struct jtext *t, double *x, int64_t *i,
    bool *whole)
{
	struct jval v;
	const char *p;
	uint64_t u;
	bool minus;

	if (jstring_strip(r, t, NULL, true, true, &v) != 0)
		return false;
	p = jtext_bytes(r->arena, v.u.text);
	minus = *p == '-';
	*whole = num_u64(p + (minus || *p == '+'), 0, INT64_MAX, &u) == 0;
	*i = minus ? -(int64_t)u : (int64_t)u;
	return num_f64(p + (*p == '+'), -1e308, 1e308, x) == 0;
}

int
jnumber_convert(struct jrun *r, struct jcall *c, struct jval *out)
{
	const bool real = c->name[0] == 'f';
	double x = 0;
	int64_t i = 0, base;
	bool whole = jval_integer(c->self, &i), good = true;

	if (c->self->kind == JUNDEFINED)
		return jval_unfit(c->self, "a number");
	if (!real && (jcall_int(c, 1, 10, &base) != 0 || base != 10))
		return fail("int: only the base 10 is known");
	if (c->self->kind == JTEXT)
		good = read_number(r, c->self->u.text, &x, &i, &whole);
	else
		x = jval_number(c->self);
	good = good && (jval_is_number(c->self) || c->self->kind == JTEXT) &&
	    (real || fabs(x) < 0x1p63);
	*out = real ? jval_real(x) : jval_int(whole || !good ? i : (int64_t)x);
	if (!good)
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
	int64_t digits;
	double scale, x;

	(void)r;
	if (!jval_is_number(c->self))
		return jval_unfit(c->self, "a number");
	if (jcall_int(c, 0, 0, &digits) != 0)
		return -1;
	if (digits < 0 || digits > 15)
		return fail("round: a precision that is not 0 to 15");
	scale = pow(10, (double)digits);
	x = jval_number(c->self) * scale;
	if (!jgiven(how) || jval_is_text(how, "common")) {
		if (digits > 0)
			return fail("round: digits after the point are known "
				    "with floor and ceil only");
		x = nearbyint(x);
	} else if (jval_is_text(how, "ceil")) {
		x = ceil(x);
	} else if (jval_is_text(how, "floor")) {
		x = floor(x);
	} else {
		return fail("round: the method is not known");
	}
	*out = jval_real(x / scale);
	if (c->self->kind != JREAL &&
	    !(jgiven(how) && !jval_is_text(how, "common")))
		*out = *c->self; /* round() keeps whole numbers */
	return 0;
}
