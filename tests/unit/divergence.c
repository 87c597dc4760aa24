/* SPDX-License-Identifier: MIT */
/*
 * divergence: every row against its definition, by numbers.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "divergence/divergence.h"
#include "tests/tap.h"

static const double points[] = { -3, -1.2, -0.4, 0.3, 0.9, 2.1 };
enum { POINTS = sizeof points / sizeof points[0] };

static bool
near(double x, double y, double tolerance)
{
	return fabs(x - y) <= tolerance * (1 + fabs(y));
}

/* f' and h' against central differences in u. */
static void
test_derivatives(const char *name, const struct divergence *d)
{
	const struct divergence_row *r = d->row;
	double u, e, l, up, down, df, dh;
	bool first = true, second = true, reward = true;
	size_t i;

	for (i = 0; i < POINTS; i++) {
		l = points[i];
		u = exp(l);
		e = 1e-6 * u;
		up = log(u + e);
		down = log(u - e);
		df = (r->f(up, d->a) - r->f(down, d->a)) / (2 * e);
		dh = (r->h(up, d->a) - r->h(down, d->a)) / (2 * e);
		/* f is known up to c (u - 1), which no divergence sees. */
		first &= near(r->df(l, d->a) - r->df(0, d->a),
			     df -
				 (r->f(log1p(1e-6), d->a) -
				     r->f(log1p(-1e-6), d->a)) /
				     2e-6,
			     1e-4) ||
		    r->sign;
		second &= near(r->slope(l, d->a), dh, 1e-4);
		/* h = u f' - f up to a constant */
		reward &= near(divergence_reward(d, l),
		    (u * df - r->f(l, d->a)) -
			(r->f(log1p(1e-6), d->a) - r->f(log1p(-1e-6), d->a)) /
			    2e-6,
		    1e-4);
	}
	ok(first, "%s: f' by differences", name);
	ok(second, "%s: h' by differences", name);
	ok(reward, "%s: h = u f' - f, centered", name);
}

/* f*(t) = sup_u (u t - f(u)) is reached at t = f'(u), where it is h(u). */
static void
test_conjugate(const char *name, const struct divergence *d)
{
	const struct divergence_row *r = d->row;
	double t, best, v, l, x, shift = r->h(0, d->a);
	bool good = true;
	size_t i;

	for (i = 0; i < POINTS; i++) {
		l = points[i];
		/* the true f' at l: that of f as written */
		t = (r->f(l + 1e-6, d->a) - r->f(l - 1e-6, d->a)) / 2e-6 *
		    exp(-l);
		best = -(double)INFINITY;
		for (x = -12; x <= 12; x += 1e-3) {
			v = exp(x) * t - r->f(x, d->a);
			best = v > best ? v : best;
		}
		v = exp(l) * t - r->f(l, d->a);
		good &= near(best, v, 2e-3);
	}
	ok(good && isfinite(shift), "%s: Fenchel equality", name);
}

static void
test_row(const char *name)
{
	struct divergence d;
	bool finite = true, monotone = true;
	double l, before = -(double)INFINITY;

	if (!ok(divergence_parse(name, &d) == 0, "%s is a row", name))
		return;
	ok(fabs(divergence_f(&d, 0)) < 1e-12, "%s: f(1) = 0", name);
	ok(divergence_reward(&d, 0) == 0, "%s: the reward is centered", name);
	test_derivatives(name, &d);
	test_conjugate(name, &d);
	for (l = -8; l <= 8; l += 0.25) {
		monotone &= divergence_reward(&d, l) >= before;
		before = divergence_reward(&d, l);
	}
	ok(monotone, "%s: the reward rises with l", name);
	for (l = -1e4; l <= 1e4 && !d.row->clips; l += 2e4)
		finite &= isfinite(divergence_reward(&d, l));
	ok(finite, "%s: finite at 1e4, or clipped", name);
}

static double
reward(const char *name, double l)
{
	struct divergence d;

	return divergence_parse(name, &d) == 0 ? divergence_reward(&d, l) : 0;
}

static void
test_limits(void)
{
	double l = 0.7;

	ok(near(reward("alpha:0", l), reward("rkl", l), 1e-12),
	    "alpha:0 is rkl");
	ok(near(reward("alpha:1", l), reward("fkl", l), 1e-12),
	    "alpha:1 is fkl");
	ok(near(reward("alpha:0.5", l), 2 * reward("hellinger", l), 1e-12),
	    "alpha:0.5 is twice hellinger");
	ok(near(reward("alpha:2", l), reward("pearson", l) / 2, 1e-12),
	    "alpha:2 is half of pearson");
	ok(near(reward("alpha:-1", l), reward("neyman", l) / 2, 1e-12),
	    "alpha:-1 is half of neyman");
	ok(near(reward("jsd:0.5", l), reward("js", l), 1e-12), "jsd:0.5 is js");
	ok(near(reward("jsd:1e-6", l) / 1e-6, reward("fkl", l), 1e-4),
	    "jsd to 0 is fkl");
	ok(near(reward("jsd:0.999999", l) / 1e-6, reward("rkl", l), 1e-4),
	    "jsd to 1 is rkl");
}

static void
test_refusals(void)
{
	struct divergence d;

	ok(divergence_parse("nosuch", &d) == -1 &&
		strstr(err_last(), "nosuch") != NULL,
	    "an unknown name: %s", err_last());
	ok(divergence_parse("jsd", &d) == -1, "no parameter: %s", err_last());
	ok(divergence_parse("jsd:2", &d) == -1, "outside: %s", err_last());
	ok(divergence_parse("jsd:1", &d) == -1, "at the end: %s", err_last());
	ok(divergence_parse("jsd:x", &d) == -1, "no number: %s", err_last());
	ok(divergence_parse("js:0.5", &d) == -1, "one too many: %s",
	    err_last());
}

int
main(void)
{
	const struct divergence_row *r;
	char name[32];
	size_t n, i;

	r = divergence_rows(&n);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof name,
		    r[i].parameter.letter ? "%s:0.3" : "%s", r[i].name);
		test_row(name);
	}
	test_limits();
	test_refusals();
	return tap_done();
}
