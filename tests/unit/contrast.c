/* SPDX-License-Identifier: MIT */
/*
 * contrast: values by their definition, slopes by differences, and for every
 * loss the optimum on outcomes whose distributions are known.
 */
#include "discriminator/contrast.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"

enum { K = 3, MOST = 128 };

/* Trajectories, each an outcome whose output is s[outcome]. */
struct toy {
	struct traj t[MOST];
	size_t outcome[MOST], n;
	char group[MOST][8];
};

static void
add(struct toy *y, enum traj_role role, size_t group, size_t outcome,
    double weight)
{
	struct traj *t = &y->t[y->n];

	(void)snprintf(y->group[y->n], sizeof y->group[0], "g%zu", group);
	*t = (struct traj){ .role = role,
		.group = y->group[y->n],
		.id = y->group[y->n],
		.weight = weight };
	msg_clear(&t->rec);
	y->outcome[y->n++] = outcome;
}

static void
set_rank(struct traj *t, double rank)
{
	struct msg meta = { 0 };

	msg_clear(&meta);
	msg_set_float(&meta, "rank", rank);
	msg_set_map(&t->rec, "meta", &meta);
	msg_release(&meta);
}

static void
release(struct toy *y)
{
	size_t i;

	for (i = 0; i < y->n; i++)
		msg_release(&y->t[i].rec);
}

static double
value(const struct loss *loss, const struct toy *y, const double *s,
    double *slope)
{
	struct contrast c;

	if (contrast_loss(loss, y->t, y->n, s, slope, &c) != 0)
		ok(false, "%s", err_last());
	return c.loss;
}

/* ---- slopes, of a few with ties, levels, lone groups and weights */

static void
few(struct toy *y)
{
	static const struct {
		enum traj_role role;
		size_t group;
		double weight, rank;
	} row[] = { { ROLE_EXPERT, 0, 1, 0 }, { ROLE_POLICY, 0, 2, 3 },
		{ ROLE_POLICY, 1, 1, 2 }, { ROLE_CHOSEN, 1, 0.5, 1 },
		{ ROLE_POLICY, 0, 1, 2 }, { ROLE_REJECTED, 1, 1, 2 },
		{ ROLE_EXPERT, 2, 1, 1 }, { ROLE_EXPERT, 0, 3, 0 },
		{ ROLE_POLICY, 0, 1, 0 } };
	size_t i;

	y->n = 0;
	for (i = 0; i < sizeof row / sizeof *row; i++) {
		add(y, row[i].role, row[i].group, i, row[i].weight);
		if (row[i].rank > 0)
			set_rank(&y->t[i], row[i].rank);
	}
}

static void
test_slopes(const char *name)
{
	static const double at[] = { 0.4, -0.3, 1.2, 0.7, -1.1, 0.2, -0.6, 0.9,
		-0.2 };
	struct loss loss = { 0 };
	struct toy y;
	double s[MOST], slope[MOST], want, worst = 0;
	size_t i;

	if (loss_parse(name, &loss) != 0)
		ok(false, "%s", err_last());
	few(&y);
	memcpy(s, at, sizeof at);
	(void)value(&loss, &y, s, slope);
	for (i = 0; i < y.n; i++) {
		s[i] = at[i] + 1e-5;
		want = value(&loss, &y, s, NULL);
		s[i] = at[i] - 1e-5;
		want = (want - value(&loss, &y, s, NULL)) / 2e-5;
		s[i] = at[i];
		worst = fmax(worst, fabs(want - slope[i]));
	}
	ok(worst < 1e-8, "%s: slopes within %g", name, worst);
	release(&y);
}

/* ---- values of those over groups, by hand */

static void
test_values(void)
{
	static const double s[] = { 0.4, -0.3, 1.2, 0.7, -1.1, 0.2, -0.6, 0.9,
		-0.2 };
	double e[9], want, w;
	struct loss loss = { 0 };
	struct contrast c;
	struct toy y;
	size_t i;

	few(&y);
	for (i = 0; i < 9; i++)
		e[i] = exp(s[i]);
	if (loss_parse("dv", &loss) != 0)
		ok(false, "%s", err_last());
	want = log((2 * e[1] + e[2] + e[4] + e[5] + e[8]) / 6) -
	    (s[0] + 0.5 * s[3] + s[6] + 3 * s[7]) / 5.5;
	ok(fabs(value(&loss, &y, s, NULL) - want) < 1e-12, "dv is %g", want);
	if (loss_parse("infonce", &loss) != 0)
		ok(false, "%s", err_last());
	w = e[1] + e[4] + e[8];
	want = (-log(e[0] / (e[0] + w)) - 3 * log(e[7] / (e[7] + w)) -
		   0.5 * log(e[3] / (e[3] + e[2] + e[5]))) /
	    4.5;
	ok(fabs(value(&loss, &y, s, NULL) - want) < 1e-12, "infonce is %g",
	    want);
	if (loss_parse("bt", &loss) != 0)
		ok(false, "%s", err_last());
	want = 0.5 * (log1p(e[2] / e[3]) + log1p(e[5] / e[3]));
	for (i = 0; i < 3; i++)
		want += log1p(e[4 * i + (i == 0)] / e[0]) +
		    3 * log1p(e[4 * i + (i == 0)] / e[7]);
	ok(fabs(value(&loss, &y, s, NULL) - want / 13) < 1e-12, "bt is %g",
	    want / 13);
	if (contrast_loss(&loss, y.t, y.n, s, NULL, &c) != 0)
		ok(false, "%s", err_last());
	ok(fabs(c.compared - 13) < 1e-12 && fabs(c.right - 12.5 / 13) < 1e-12,
	    "pairs in order: %g of %g", c.right, c.compared);
	/* Group 0: 0 and 7, then rank 2 (4), rank 3 (1), and 8 without. */
	if (loss_parse("pl", &loss) != 0)
		ok(false, "%s", err_last());
	want = (-log(e[0] / (e[0] + w)) - 3 * log(e[7] / (e[7] + w)) -
		   log(e[4] / (e[4] + e[1] + e[8])) -
		   2 * log(e[1] / (e[1] + e[8])) -
		   0.5 * log(e[3] / (e[3] + e[2] + e[5]))) /
	    7.5;
	ok(fabs(value(&loss, &y, s, NULL) - want) < 1e-12, "pl is %g", want);
	release(&y);
}

/* ---- the optimum */

static const double expert[K] = { 0.5, 0.3, 0.2 };
static const double policy[K] = { 0.25, 0.25, 0.5 };
static const double reward[K] = { 0.6, -0.2, 0 };

/* Every outcome of both sides with its probability. */
static void
both_sides(struct toy *y)
{
	size_t k;

	for (k = 0; k < K; k++)
		add(y, ROLE_EXPERT, 0, k, expert[k]);
	for (k = 0; k < K; k++)
		add(y, ROLE_POLICY, 0, k, policy[k]);
}

/* Every draw of a demonstration and `many` rollouts, with its probability. */
static void
draws(struct toy *y, size_t many)
{
	size_t a, b, c, g = 0, last = many > 1 ? K : 1;

	for (a = 0; a < K; a++)
		for (b = 0; b < K; b++)
			for (c = 0; c < last; c++, g++) {
				add(y, ROLE_EXPERT, g, a,
				    expert[a] * policy[b] *
					(many > 1 ? policy[c] : 1));
				add(y, ROLE_POLICY, g, b, 1);
				if (many > 1)
					add(y, ROLE_POLICY, g, c, 1);
			}
}

/* Each pair, each way, as often as Thurstone's judge prefers it. */
static void
judged(struct toy *y)
{
	size_t a, b, g = 0;

	for (a = 0; a < K; a++)
		for (b = 0; b < K; b++, g++) {
			if (a == b)
				continue;
			add(y, ROLE_CHOSEN, g, a,
			    erfc((reward[b] - reward[a]) / sqrt(2)) / 2);
			add(y, ROLE_REJECTED, g, b, 1);
		}
}

/* Every order of the three, as often as Plackett and Luce give it. */
static void
ranked(struct toy *y)
{
	double e[K], p;
	size_t a, b, c, g = 0;

	for (a = 0; a < K; a++)
		e[a] = exp(reward[a]);
	for (a = 0; a < K; a++)
		for (b = 0; b < K; b++) {
			if (a == b)
				continue;
			c = K - a - b;
			p = e[a] / (e[0] + e[1] + e[2]) * e[b] / (e[b] + e[c]);
			add(y, ROLE_NONE, g, c, p);
			set_rank(&y->t[y->n - 1], 3);
			add(y, ROLE_NONE, g, a, p);
			set_rank(&y->t[y->n - 1], 1);
			add(y, ROLE_NONE, g++, b, p);
			set_rank(&y->t[y->n - 1], 2);
		}
}

/* Down the slope of s[outcome], with steps that grow while they help. */
static void
descend(const struct loss *loss, const struct toy *y, double *x)
{
	double s[MOST], slope[MOST], d[K], now, next = 0, at[K], step = 1;
	size_t i, k, round;

	for (round = 0; round < 3000; round++) {
		for (i = 0; i < y->n; i++)
			s[i] = x[y->outcome[i]];
		now = value(loss, y, s, slope);
		memset(d, 0, sizeof d);
		for (i = 0; i < y->n; i++)
			d[y->outcome[i]] += slope[i];
		for (step *= 2; step > 1e-12; step /= 2) {
			for (k = 0; k < K; k++)
				at[k] = x[k] - step * d[k];
			for (i = 0; i < y->n; i++)
				s[i] = at[y->outcome[i]];
			next = value(loss, y, s, NULL);
			if (next < now)
				break;
		}
		if (!(next < now))
			return;
		memcpy(x, at, sizeof at);
	}
}

static void
test_optimum(const char *name)
{
	struct loss loss = { 0 };
	struct toy y = { .n = 0 };
	double s[K] = { 0.1, 0, -0.1 }, want[K], shift = 0, worst = 0;
	size_t k;
	bool sign;

	if (loss_parse(name, &loss) != 0)
		ok(false, "%s", err_last());
	sign = loss_ratio(&loss) == RATIO_SIGN;
	for (k = 0; k < K; k++)
		want[k] = log(expert[k] / policy[k]);
	if (loss_form(&loss) == LOSS_SIDES || loss_form(&loss) == LOSS_DV)
		both_sides(&y);
	else if (strcmp(name, "thurstone") == 0)
		judged(&y);
	else if (loss.row->ranks)
		ranked(&y);
	else
		draws(&y, loss_form(&loss) == LOSS_LISTS ? 2 : 1);
	if (loss.row != NULL &&
	    (loss.row->ranks || loss_ratio(&loss) == RATIO_REWARD))
		memcpy(want, reward, sizeof want);
	descend(&loss, &y, s);
	for (k = 0; k < K; k++)
		s[k] = loss_to_l(&loss, s[k]);
	if (loss_ratio(&loss) != RATIO_CALIBRATED && !sign)
		shift = s[0] - want[0];
	for (k = 0; k < K; k++)
		worst = fmax(worst,
		    sign ? s[k] * want[k] <= 0 : fabs(s[k] - shift - want[k]));
	ok(worst < 1e-4, "%s: its optimum, %s, within %g", name,
	    traj_ratio_name(loss_ratio(&loss)), worst);
	release(&y);
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
		(void)snprintf(name, sizeof name,
		    row[i].parameter.letter ? "%s:0.3" : "%s", row[i].name);
		test_slopes(name);
		test_optimum(name);
	}
}

/* ---- the constant, and what is refused */

static void
test_normaliser(void)
{
	static const double s[] = { 0.4, -0.3, 1.2, 0.7, -1.1, 0.2, -0.6, 0.9,
		-0.2 };
	double c[9], want;
	struct loss loss = { 0 };
	struct toy y;
	size_t i, wrong = 0;

	few(&y);
	if (loss_parse("infonce", &loss) != 0)
		ok(false, "%s", err_last());
	contrast_normalizer(&loss, y.t, y.n, s, c);
	want = log((2 * exp(-0.3) + exp(-1.1) + exp(-0.2)) / 4);
	for (i = 0; i < 9; i++)
		wrong += i == 0 || i == 1 || i == 4 || i > 6 ?
		    !(fabs(c[i] - want) < 1e-12) :
		    !isnan(c[i]);
	ok(wrong == 0,
	    "the constant of a prompt comes from two rollouts or more, "
	    "not from rejected ones");
	if (loss_parse("dv", &loss) != 0)
		ok(false, "%s", err_last());
	contrast_normalizer(&loss, y.t, y.n, s, c);
	want = log((2 * exp(-0.3) + exp(1.2) + exp(-1.1) + exp(-0.2)) / 5);
	for (i = 0; i < 9; i++)
		wrong += !(fabs(c[i] - want) < 1e-12);
	ok(wrong == 0, "dv: the constant comes from all rollouts");
	release(&y);
}

static void
test_refused(void)
{
	struct loss loss = { 0 };
	struct contrast c;
	struct toy y = { .n = 0 };
	double s[2] = { 0, 0 }, slope[2];

	add(&y, ROLE_EXPERT, 0, 0, 1);
	add(&y, ROLE_POLICY, 1, 0, 1);
	if (loss_parse("bt", &loss) != 0)
		ok(false, "%s", err_last());
	ok(contrast_loss(&loss, y.t, 2, s, NULL, &c) == 0 && c.loss == 0 &&
		c.compared == 0,
	    "without a pair the loss is 0");
	ok(contrast_loss(&loss, y.t, 2, s, slope, &c) == -1 &&
		strcmp(err_last(),
		    "no group has both a better trajectory "
		    "(expert, chosen) and a worse one") == 0,
	    "without a pair there is no slope: %s", err_last());
	if (loss_parse("pl", &loss) != 0)
		ok(false, "%s", err_last());
	set_rank(&y.t[1], (double)NAN);
	ok(contrast_loss(&loss, y.t, 2, s, NULL, &c) == -1 &&
		strcmp(err_last(),
		    "record (\"g1\"): field \"meta\": field "
		    "\"rank\": not finite") == 0,
	    "a rank that is not finite is refused: %s", err_last());
	msg_set_str(&y.t[1].rec, "meta", "x");
	ok(contrast_loss(&loss, y.t, 2, s, NULL, &c) == -1,
	    "meta that is not a map is refused: %s", err_last());
	release(&y);
}

int
main(void)
{
	size_t n, i;
	const struct loss_row *row = loss_rows(&n);

	for (i = 0; i < n; i++) {
		if (strcmp(row[i].name, "hinge") != 0)
			test_slopes(row[i].name);
		test_optimum(row[i].name);
	}
	test_divergences();
	test_values();
	test_normaliser();
	test_refused();
	return tap_done();
}
