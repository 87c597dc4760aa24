/* SPDX-License-Identifier: MIT */
/*
 * loss: values by their textbook form in u = e^l, derivatives by central
 * differences, and the optimum where it is promised to be.
 */
#include "learn/loss.h"

#include <math.h>
#include <string.h>

#include "../tap.h"

static const double points[] = { -6, -2.2, -0.7, -0.1, 0.2, 0.9, 3.1, 6 };
enum { POINTS = sizeof points / sizeof *points };

static double
sg(double x)
{
	return 1 / (1 + exp(-x));
}

/* What a discriminator of smoothed labels puts out where the ratio is u. */
static double
output(double u, double e)
{
	return ((1 - e) * u + e) / (1 + u);
}

static double
textbook(const char *name, bool expert, double l, double e)
{
	double D = output(exp(l), e), y = expert ? 1 : -1;

	if (strcmp(name, "logistic") == 0)
		return expert ? -(1 - e) * log(D) - e * log(1 - D) :
				-e * log(D) - (1 - e) * log(1 - D);
	if (strcmp(name, "brier") == 0)
		return expert ? (1 - sg(l)) * (1 - sg(l)) : sg(l) * sg(l);
	if (strcmp(name, "nwj") == 0)
		return expert ? -l : exp(l);
	if (strcmp(name, "lsif") == 0)
		return expert ? -exp(l) : exp(2 * l) / 2;
	if (strcmp(name, "hinge") == 0)
		return 1 - y * l > 0 ? 1 - y * l : 0;
	return -log(sg(l)); /* bt, of a difference */
}

static double
value(const struct loss *loss, bool expert, double l)
{
	double slope;

	return loss_value(loss, expert, l, &slope);
}

static void
test_values(const char *name, double smooth)
{
	struct loss loss = { .smooth = smooth };
	double worst = 0, want;
	size_t i;
	int e;

	if (!ok(loss_parse(name, &loss) == 0 &&
		strcmp(loss_name(&loss), name) == 0,
		"%s is a loss", name))
		return;
	for (i = 0; i < POINTS; i++)
		for (e = strcmp(name, "bt") == 0; e < 2; e++) {
			want = textbook(name, e, points[i], smooth);
			worst = fmax(worst,
			    fabs(value(&loss, e, points[i]) - want) /
				(1 + fabs(want)));
		}
	ok(worst < 1e-12, "%s, smoothed %g: its value, within %g", name,
	    smooth, worst);
}

static void
test_slopes(const char *name, double smooth)
{
	struct loss loss = { .smooth = smooth };
	double worst = 0, want, slope;
	size_t i;
	int e;

	if (loss_parse(name, &loss) != 0)
		ok(false, "%s", err_last());
	for (i = 0; i < POINTS; i++)
		for (e = 0; e < 2; e++) {
			want = (value(&loss, e, points[i] + 1e-5) -
				   value(&loss, e, points[i] - 1e-5)) / 2e-5;
			(void)loss_value(&loss, e, points[i], &slope);
			worst = fmax(worst,
			    fabs(slope - want) / (1 + fabs(want)));
		}
	ok(worst < 1e-6, "%s, smoothed %g: its derivative, within %g", name,
	    smooth, worst);
}

/* p u E_expert + p E_policy over a grid: least at l = log u. */
static void
test_optimum(const char *name, double smooth)
{
	struct loss loss = { .smooth = smooth };
	static const double truth[] = { -1.5, 0, 0.5, 2 };
	double l, best, at, x, wrong = 0;
	size_t i;

	if (loss_parse(name, &loss) != 0)
		ok(false, "%s", err_last());
	for (i = 0; i < 4; i++) {
		best = HUGE_VAL;
		at = 0;
		for (l = -4; l <= 4; l += 1e-3) {
			x = exp(truth[i]) * value(&loss, true, l) +
			    value(&loss, false, l);
			if (x < best) {
				best = x;
				at = l;
			}
		}
		wrong = fmax(wrong, fabs(at - truth[i]));
	}
	ok(wrong < 2e-3, "%s, smoothed %g: its optimum is l, within %g", name,
	    smooth, wrong);
}

static void
test_divergences(void)
{
	const struct divergence_row *row;
	char name[32];
	size_t n, i;

	row = divergence_rows(&n);
	for (i = 0; i < n; i++) {
		if (strcmp(row[i].name, "tv") == 0)
			continue;
		(void)snprintf(name, sizeof name, row[i].has_a ? "%s:0.3" :
		    "%s", row[i].name);
		test_slopes(name, 0);
		test_optimum(name, 0);
	}
}

/* The least loss of f-GAN is -D_f: Jensen-Shannon of two coins, by hand. */
static void
test_least(void)
{
	static const double p[2] = { 0.8, 0.2 }, q[2] = { 0.3, 0.7 };
	struct loss loss = { 0 };
	double sum = 0, js = 0, l, m;
	size_t i;

	if (loss_parse("js", &loss) != 0)
		ok(false, "%s", err_last());
	for (i = 0; i < 2; i++) {
		l = log(p[i] / q[i]);
		m = (p[i] + q[i]) / 2;
		sum += p[i] * value(&loss, true, l) +
		    q[i] * value(&loss, false, l);
		js += 0.5 * (p[i] * log(p[i] / m) + q[i] * log(q[i] / m));
	}
	ok(fabs(sum + js) < 1e-12, "js: least at %g, -JS is %g", sum, -js);
}

static void
test_extremes(void)
{
	static const char *const names[] = { "logistic", "brier", "nwj",
		"lsif", "hinge", "bt", "js", "fkl", "pearson", "lecam" };
	struct loss loss = { 0 };
	size_t i, wrong = 0;
	double slope, x;
	int e;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (loss_parse(names[i], &loss) != 0)
			ok(false, "%s", err_last());
		for (e = 0; e < 2; e++)
			for (x = -1e4; x <= 1e4; x += 2e4)
				wrong += !isfinite(
					     loss_value(&loss, e, x, &slope)) ||
				    !isfinite(slope);
	}
	ok(wrong == 0, "finite at 1e4 nats, %zu are not", wrong);
}

static void
test_what_l_is(void)
{
	static const struct {
		const char *name;
		enum traj_ratio ratio;
		bool pairs;
	} rows[] = { { "logistic", RATIO_CALIBRATED, false },
		{ "hinge", RATIO_SIGN, false }, { "bt", RATIO_PROMPT, true },
		{ "jsd:0.3", RATIO_CALIBRATED, false } };
	struct loss loss = { 0 };
	size_t i;

	for (i = 0; i < 4; i++)
		ok(loss_parse(rows[i].name, &loss) == 0 &&
			loss_ratio(&loss) == rows[i].ratio &&
			loss_pairs(&loss) == rows[i].pairs,
		    "%s gives %s", rows[i].name,
		    traj_ratio_name(rows[i].ratio));
	ok(loss_parse("tv", &loss) == -1 &&
		strcmp(err_last(), "tv: its loss has no gradient; use hinge") ==
		    0,
	    "tv is refused");
	ok(loss_parse("logistics", &loss) == -1 &&
		strstr(err_last(), "logistics: not a loss") != NULL,
	    "so is an unknown name");
	ok(loss_parse("jsd", &loss) == -1 && loss_parse("jsd:2", &loss) == -1,
	    "so is a row without its parameter, or a wrong one");
}

int
main(void)
{
	static const char *const names[] = { "logistic", "brier", "nwj", "lsif",
		"hinge", "bt" };
	size_t i;

	for (i = 0; i < 6; i++) {
		test_values(names[i], 0);
		test_slopes(names[i], 0);
	}
	for (i = 0; i < 4; i++) /* those that give l itself */
		test_optimum(names[i], 0);
	test_values("logistic", 0.1);
	test_slopes("logistic", 0.1);
	test_optimum("logistic", 0.1);
	test_divergences();
	test_least();
	test_extremes();
	test_what_l_is();
	return tap_done();
}
