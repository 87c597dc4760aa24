/* SPDX-License-Identifier: MIT */
/* Arithmetic as Python has it, on whole numbers of 64 bits. */
#include <math.h>
#include <string.h>

#include "text/jinja_run.h"

static int
too_large(void)
{
	return fail("a whole number of more than 64 bits");
}

/* Rounded down, as the remainder that belongs to it. */
static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Both have to be doubles, or the quotient would be rounded twice. */
static int
quotient(int64_t a, int64_t b, struct jval *out)
{
	const int64_t most = (int64_t)1 << 53;

	if (a > most || a < -most || b > most || b < -most)
		return fail("a quotient of whole numbers of more than 53 bits");
	*out = jval_real((double)a / (double)b);
	return 0;
}

static int
power(int64_t a, int64_t b, struct jval *out)
{
	int64_t x = 1;

	if (b < 0) {
		if (a == 0)
			return fail("division by zero");
		*out = jval_real(pow((double)a, (double)b));
		return 0;
	}
	if (a == 0 || a == 1 || a == -1) {
		*out = jval_int(b == 0 ? 1 : a == -1 && b % 2 == 0 ? 1 : a);
		return 0;
	}
	while (b-- > 0)
		if (__builtin_mul_overflow(x, a, &x))
			return too_large();
	*out = jval_int(x);
	return 0;
}

static int
whole(int sign, int64_t a, int64_t b, struct jval *out)
{
	int64_t x = 0;
	bool over = false;

	switch (sign) {
	case '+':
		over = __builtin_add_overflow(a, b, &x);
		break;
	case '-':
		over = __builtin_sub_overflow(a, b, &x);
		break;
	case '*':
		over = __builtin_mul_overflow(a, b, &x);
		break;
	case '*' << 8 | '*':
		return power(a, b, out);
	default:
		if (b == 0)
			return fail("division by zero");
		if (sign == '/')
			return quotient(a, b, out);
		if (b == -1 && a == INT64_MIN)
			return too_large();
		x = floor_div(a, b);
		if (sign == '%')
			x = a - x * b;
		break;
	}
	*out = jval_int(x);
	return over ? too_large() : 0;
}

/* As Python: the remainder has the sign of b, also where it is 0. */
static double
remainder_of(double a, double b)
{
	const double x = fmod(a, b);

	if (x == 0.0)
		return copysign(0.0, b);
	return (x < 0.0) != (b < 0.0) ? x + b : x;
}

/* As Python: by the remainder, since a / b may be rounded up. */
static double
floor_quotient(double a, double b)
{
	double x = fmod(a, b), q = (a - x) / b, low;

	if (x != 0.0 && (x < 0.0) != (b < 0.0))
		q -= 1.0;
	if (q == 0.0)
		return copysign(0.0, a / b);
	low = floor(q);
	return q - low > 0.5 ? low + 1.0 : low;
}

static int
real(int sign, double a, double b, struct jval *out)
{
	double x;

	if (b == 0.0 && strchr("/%", sign & 255) != NULL)
		return fail("division by zero");
	switch (sign) {
	case '+':
		x = a + b;
		break;
	case '-':
		x = a - b;
		break;
	case '*':
		x = a * b;
		break;
	case '/':
		x = a / b;
		break;
	case '%':
		x = remainder_of(a, b);
		break;
	case '/' << 8 | '/':
		x = floor_quotient(a, b);
		break;
	default:
		x = pow(a, b);
		break;
	}
	*out = jval_real(x);
	return isfinite(x) ? 0 : fail("a number that is not finite");
}

/* Add a text with HTML's characters escaped, as a text marked as safe does
 * with one that is not. */
static void
add_escaped(struct jbuild *b, const struct jtext *t)
{
	static const char marks[] = "&<>'\"";
	static const char *const escapes[] = { "&amp;", "&lt;", "&gt;", "&#39;",
		"&#34;" };
	struct jwalk w = { .text = t };
	const char *at;

	while (jwalk_next(&w)) {
		at = w.code > 0 && w.code < 128 ? strchr(marks, (int)w.code) :
						  NULL;
		if (at == NULL)
			jbuild_part(b, w.piece);
		else
			jbuild_copy(b, escapes[at - marks],
			    strlen(escapes[at - marks]), w.piece.origin);
	}
}

static int
add_texts(struct jrun *r, const struct jtext *a, const struct jtext *b,
    struct jval *out)
{
	struct jbuild build = { .arena = r->arena, .safe = a->safe || b->safe };

	if (jrun_step(r, (a->parts + b->parts) / 4) != 0)
		return -1;
	if (build.safe && !a->safe)
		add_escaped(&build, a);
	else
		jbuild_text(&build, a);
	if (build.safe && !b->safe)
		add_escaped(&build, b);
	else
		jbuild_text(&build, b);
	return jbuild_end(&build, out);
}

static int
add_lists(struct jrun *r, const struct jval *a, const struct jval *b,
    struct jval *out)
{
	const struct jlist *const l = a->u.list, *const m = b->u.list;

	if (jrun_step(r, l->n + m->n) != 0)
		return -1;
	*out = jval_list(r->arena, l->form, l->n + m->n);
	memcpy(out->u.list->item, l->item, l->n * sizeof *l->item);
	memcpy(out->u.list->item + l->n, m->item, m->n * sizeof *m->item);
	return jval_nest(out);
}

/* A text or list, so many times. */
static int
repeat(struct jrun *r, const struct jval *v, int64_t times, struct jval *out)
{
	const size_t n = v->kind == JTEXT ? v->u.text->n : v->u.list->n;
	const size_t most = v->kind == JTEXT ? JTEXT_MAX : JLIST_MAX;
	struct jbuild b = { .arena = r->arena };
	size_t count = times > 0 && n > 0 ? (size_t)times : 0, i, k = 0;

	if (count > most || count * n > most)
		return fail("a %s of %zu, %zu times, is too long",
		    jval_kind_name(v), n, count);
	if (jrun_step(r, v->kind == JTEXT ? count : count * n) != 0)
		return -1;
	if (v->kind == JTEXT) {
		b.safe = v->u.text->safe;
		for (i = 0; i < count; i++)
			jbuild_text(&b, v->u.text);
		return jbuild_end(&b, out);
	}
	*out = jval_list(r->arena, v->u.list->form, count * n);
	for (i = 0; i < count * n; i++, k = k + 1 == n ? 0 : k + 1)
		out->u.list->item[i] = v->u.list->item[k];
	return jval_nest(out);
}

static bool
is_list(const struct jval *v)
{
	return v->kind == JLIST && v->u.list->form <= JFORM_TUPLE;
}

static int
numbers(int sign, const struct jval *a, const struct jval *b, struct jval *out)
{
	int64_t i, k;
	int rc;

	if (jval_integer(a, &i) && jval_integer(b, &k))
		rc = whole(sign, i, k, out);
	else
		rc = real(sign, jval_number(a), jval_number(b), out);
	out->origin = a->origin != 0 ? a->origin : b->origin;
	return rc;
}

int
jrun_math(struct jrun *r, int sign, const struct jval *a, const struct jval *b,
    struct jval *out)
{
	int64_t times;

	if (jval_is_number(a) && jval_is_number(b))
		return numbers(sign, a, b, out);
	if (sign == '%' && a->kind == JTEXT)
		return jrun_format(r, a->u.text, b, out);
	if (a->kind == JUNDEFINED || b->kind == JUNDEFINED)
		return jval_unfit(a->kind == JUNDEFINED ? a : b, "a value");
	if (sign == '+' && a->kind == JTEXT && b->kind == JTEXT)
		return add_texts(r, a->u.text, b->u.text, out);
	if (sign == '+' && is_list(a) && is_list(b) &&
	    a->u.list->form == b->u.list->form)
		return add_lists(r, a, b, out);
	if (sign == '*' && (a->kind == JTEXT || is_list(a)) &&
	    jval_integer(b, &times))
		return repeat(r, a, times, out);
	if (sign == '*' && (b->kind == JTEXT || is_list(b)) &&
	    jval_integer(a, &times))
		return repeat(r, b, times, out);
	return fail("%s %c%.1s %s", jval_kind_name(a),
	    sign > 255 ? sign >> 8 : sign,
	    sign > 255 ? (char[]){ (char)(sign & 255), '\0' } : "",
	    jval_kind_name(b));
}
