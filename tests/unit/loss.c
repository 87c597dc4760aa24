/* SPDX-License-Identifier: MIT */
/*
 * loss: values by their textbook form in u = e^l, derivatives by central
 * differences, and the optimum where it is promised to be.
 */
#include "discriminator/loss.h"

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

/* NAN: not written here yet. */
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
	if (strcmp(name, "ls") == 0)
		return pow(0.5 + l - expert, 2);
	if (strcmp(name, "thurstone") == 0) /* of a difference, as is bt */
		return -log(erfc(-l / sqrt(2)) / 2);
	if (strcmp(name, "bt") == 0)
		return -log(sg(l));
	return (double)NAN;
}

static double
value(const struct loss *loss, bool expert, double l)
{
	double slope;

	return loss_value(loss, expert, l, &slope);
}

static bool
of_pairs(const struct loss *loss)
{
	return loss_form(loss) == LOSS_PAIRS;
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
		for (e = of_pairs(&loss); e < 2; e++) {
			want = textbook(name, e, points[i], smooth);
			if (isnan(want)) {
				ok(false, "%s: write its formula in textbook()",
				    name);
				return;
			}
			worst = fmax(worst,
			    fabs(value(&loss, e, points[i]) - want) /
				(1 + fabs(want)));
		}
	ok(worst < 1e-12, "%s, smoothed %g: its value, within %g", name, smooth,
	    worst);
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
		for (e = of_pairs(&loss); e < 2; e++) {
			want = (value(&loss, e, points[i] + 1e-5) -
				   value(&loss, e, points[i] - 1e-5)) /
			    2e-5;
			(void)loss_value(&loss, e, points[i], &slope);
			worst =
			    fmax(worst, fabs(slope - want) / (1 + fabs(want)));
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
		for (l = -4; l <= 4; l += 2e-4) {
			x = exp(truth[i]) * value(&loss, true, l) +
			    value(&loss, false, l);
			if (x < best) {
				best = x;
				at = l;
			}
		}
		wrong = fmax(wrong, fabs(loss_to_l(&loss, at) - truth[i]));
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
		if (row[i].sign)
			continue;
		(void)snprintf(name, sizeof name,
		    row[i].parameter.letter ? "%s:0.3" : "%s", row[i].name);
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
	ok(fabs(sum + js) < 1e-12, "js: the least loss is %g, -JS is %g", sum,
	    -js);
}

static void
test_extremes(void)
{
	static const char *const fgans[] = { "js", "fkl", "pearson", "lecam" };
	struct loss loss = { 0 };
	size_t n, i, wrong = 0;
	const struct loss_row *row = loss_rows(&n);
	double slope, x;
	int e;

	for (i = 0; i < n + 4; i++) {
		if (loss_parse(i < n ? row[i].name : fgans[i - n], &loss) != 0)
			ok(false, "%s", err_last());
		if (i < n && row[i].expert == NULL)
			continue;
		for (e = of_pairs(&loss); e < 2; e++)
			for (x = -1e4; x <= 1e4; x += 2e4)
				wrong += !isfinite(
					     loss_value(&loss, e, x, &slope)) ||
				    !isfinite(slope) ||
				    !isfinite(loss_to_l(&loss, x));
	}
	ok(wrong == 0, "values and slopes are finite at 1e4 nats: %zu are not",
	    wrong);
}

/* log Phi(-z) between its two bounds, z / (1 + z^2) and 1 / z of phi (Gordon
 * 1941). */
static void
test_probit_tail(void)
{
	static const double z[] = { 7.9, 8.1, 20, 40, 300 };
	struct loss loss = { 0 };
	double got, slope, phi, wrong = 0;
	size_t i;

	if (loss_parse("thurstone", &loss) != 0)
		ok(false, "%s", err_last());
	for (i = 0; i < sizeof z / sizeof *z; i++) {
		got = loss_value(&loss, true, -z[i], &slope);
		phi = z[i] * z[i] / 2 + log(2 * acos(-1)) / 2;
		wrong += !(
		    got > phi + log(z[i]) && got < phi + log(z[i] + 1 / z[i]));
		wrong += !(-slope > z[i] && -slope < z[i] + 1 / z[i]);
	}
	ok(wrong == 0, "thurstone: -log Phi(d) far out: %g are wrong", wrong);
	got = loss_value(&loss, true, -8 - 1e-9, &slope) -
	    loss_value(&loss, true, -8 + 1e-9, &slope);
	ok(fabs(got - 2e-9 * -slope) < 1e-12,
	    "thurstone: the two formulas meet within %g", got);
}

static void
test_what_l_is(void)
{
	static const struct {
		const char *name;
		enum traj_ratio ratio;
		enum loss_form form;
	} rows[] = { { "logistic", RATIO_CALIBRATED, LOSS_SIDES },
		{ "ls", RATIO_CALIBRATED, LOSS_SIDES },
		{ "hinge", RATIO_SIGN, LOSS_SIDES },
		{ "dv", RATIO_CONSTANT, LOSS_DV },
		{ "infonce", RATIO_PROMPT, LOSS_LISTS },
		{ "bt", RATIO_PROMPT, LOSS_PAIRS },
		{ "thurstone", RATIO_REWARD, LOSS_PAIRS },
		{ "pl", RATIO_PROMPT, LOSS_LISTS },
		{ "jsd:0.3", RATIO_CALIBRATED, LOSS_SIDES } };
	struct loss loss = { 0 };
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		ok(loss_parse(rows[i].name, &loss) == 0 &&
			loss_ratio(&loss) == rows[i].ratio &&
			loss_form(&loss) == rows[i].form,
		    "%s gives %s", rows[i].name,
		    traj_ratio_name(rows[i].ratio));
	ok(loss_parse("tv", &loss) == -1 &&
		strcmp(err_last(), "tv: its loss has no gradient; use hinge") ==
		    0,
	    "tv is refused");
	ok(loss_parse("logistics", &loss) == -1 &&
		strstr(err_last(), "logistics: not one of logistic brier ") !=
		    NULL,
	    "an unknown name is refused");
	ok(loss_parse("jsd", &loss) == -1 && loss_parse("jsd:2", &loss) == -1,
	    "a divergence without its parameter, or with a wrong one, is "
	    "refused");
}

int
main(void)
{
	size_t n, i;
	const struct loss_row *row = loss_rows(&n);

	for (i = 0; i < n; i++) {
		if (row[i].expert == NULL)
			continue;
		test_values(row[i].name, 0);
		test_slopes(row[i].name, 0);
		if (row[i].ratio == RATIO_CALIBRATED)
			test_optimum(row[i].name, 0);
	}
	test_values("logistic", 0.1);
	test_slopes("logistic", 0.1);
	test_optimum("logistic", 0.1);
	test_divergences();
	test_least();
	test_extremes();
	test_probit_tail();
	test_what_l_is();
	return tap_done();
}
