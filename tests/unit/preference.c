/* SPDX-License-Identifier: MIT */
/*
 * preference: gradients of pairs against differences of their losses, written
 * in the ratio v = pi / ref as the papers have them, in double.
 */
#include "objective/preference.h"

#include <math.h>
#include <string.h>

#include "../fixture.h"
#include "../tap.h"
#include "base/par.h"

struct pair {
	size_t chosen, rejected;
};

struct book {
	struct fixture *x;
	const struct naive *ref;
	const struct pair *pair;
	size_t pairs;
	const char *loss, *f;
	double beta, smooth;
	double fixed[FIXTURE_MAX]; /* log ref where ref is NULL */
};

static double
implied(const struct book *b, size_t i)
{
	double ref =
	    b->ref != NULL ? fixture_logp(b->ref, &b->x->t[i]) : b->fixed[i];
	double v = exp(fixture_logp(&b->x->naive, &b->x->t[i]) - ref);

	if (strcmp(b->f, "fkl") == 0)
		return 1 - 1 / v;
	if (strcmp(b->f, "js") == 0)
		return log(2 * v / (1 + v)) / 2;
	if (strcmp(b->f, "alpha:0.3") == 0)
		return (1 - pow(v, -0.3)) / 0.3;
	if (strcmp(b->f, "jeffreys") == 0)
		return log(v) + 1 - 1 / v;
	return log(v);
}

/* The loss of each row, as its paper has it; NAN: not written here yet. */
static double
formula(const char *name, const struct preference_item *p)
{
	double m = p->x[SIDE_CHOSEN] - p->x[SIDE_REJECTED];

	if (strcmp(name, "ipo") == 0)
		return pow(m - 1 / (2 * p->beta), 2);
	if (strcmp(name, "dpo") == 0 || strcmp(name, "spin") == 0 ||
	    strcmp(name, "simpo") == 0)
		return -log(1 / (1 + exp(p->margin - p->beta * m)));
	if (strcmp(name, "orpo") == 0) {
		double c = exp(p->x[SIDE_CHOSEN]), r = exp(p->x[SIDE_REJECTED]);
		double s = c / (1 - c) / (r / (1 - r));

		return -log(c) - p->beta * log(s / (1 + s));
	}
	if (strcmp(name, "kto") == 0)
		return 1 - 1 / (1 + exp(-p->beta * m));
	return (double)NAN;
}

static double
loss_of(const struct book *b, double m)
{
	const struct preference_item p = { .x = { m, 0 }, .beta = b->beta };

	return formula(b->loss, &p);
}

static double
textbook(void *ctx)
{
	const struct book *b = ctx;
	double sum = 0, m, w;
	size_t i;

	for (i = 0; i < b->pairs; i++) {
		m = implied(b, b->pair[i].chosen) -
		    implied(b, b->pair[i].rejected);
		w = (b->x->t[b->pair[i].chosen].weight +
			b->x->t[b->pair[i].rejected].weight) /
		    2;
		sum += w *
		    ((1 - b->smooth) * loss_of(b, m) +
			b->smooth * loss_of(b, -m));
	}
	return sum;
}

/* Group a: two chosen, three rejected, mixed; group b: one each. */
static const struct pair paired[] = { { 1, 0 }, { 4, 2 }, { 1, 5 }, { 6, 3 } };

static void
segment(struct fixture *x, enum traj_role chosen, enum traj_role rejected)
{
	x->s.n = 0;
	x->s.policy[0] = '\0';
	fixture_add(x, rejected, "a", 1, false);
	fixture_add(x, chosen, "a", 2, true);
	fixture_add(x, rejected, "a", 1, true);
	fixture_add(x, rejected, "b", 0.5, false);
	fixture_add(x, chosen, "a", 1, false);
	fixture_add(x, rejected, "a", 1, true);
	fixture_add(x, chosen, "b", 0.5, true);
}

static void
check(struct fixture *x, struct objective_settings *o, struct book *b,
    const char *what)
{
	double error, loss = textbook(b), units = 0;
	size_t i;

	b->x = x;
	if (!ok(fixture_gradient(x, o, b->loss) == 0, "%s, %s: %s", b->loss,
		b->f, what))
		printf("# %s\n", err_last());
	error = fixture_error(x, textbook, b);
	ok(error < 1e-4, "%s, %s, %s: gradient within 1e-4 of differences: %g",
	    b->loss, b->f, what, error);
	for (i = 0; i < b->pairs; i++)
		units += (x->t[b->pair[i].chosen].weight +
			     x->t[b->pair[i].rejected].weight) /
		    2;
	ok(fabs(x->h.units - units) < 1e-9, "%s, %s, %s: units are pairs: %g",
	    b->loss, b->f, what, x->h.units);
	ok(fabs(fixture_stat(x, "divgrad.loss") - loss) < 1e-4 * (1 + loss),
	    "%s, %s, %s: loss is %g", b->loss, b->f, what, loss);
}

static void
test_losses(struct fixture *x, double dropout)
{
	static const struct {
		const char *loss, *f;
		double beta, smooth;
	} rows[] = { { "dpo", "rkl", 0.1, 0 }, { "dpo", "rkl", 2, 0.2 },
		{ "dpo", "fkl", 0.2, 0 }, { "dpo", "js", 0.5, 0 },
		{ "dpo", "alpha:0.3", 0.5, 0.1 }, { "dpo", "jeffreys", 0.1, 0 },
		{ "ipo", "rkl", 0.1, 0 }, { "ipo", "js", 1, 0.3 } };
	struct objective_settings o = { .credit.future = 1,
		.dropout = dropout,
		.seed = FIXTURE_SEED };
	struct book b = { .x = x,
		.ref = &x->naive_other,
		.pair = paired,
		.pairs = sizeof paired / sizeof *paired };
	size_t i;

	x->naive.dropout = dropout;
	segment(x, ROLE_CHOSEN, ROLE_REJECTED);
	o.reference = &x->other;
	o.reference_work = x->other_work;
	o.preference.clip = 50;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		b.loss = rows[i].loss;
		b.f = rows[i].f;
		o.preference.beta = b.beta = rows[i].beta;
		o.preference.smooth = b.smooth = rows[i].smooth;
		if (preference_parse_f(b.f, &o.preference.f) != 0)
			ok(false, "%s", err_last());
		check(x, &o, &b, dropout > 0 ? "dropout" : "with a reference");
	}
	x->naive.dropout = 0;
	if (dropout > 0)
		return;
	o.preference = (struct preference){ .beta = 0 };
	b = (struct book){ x, &x->naive_other, paired, 4, "dpo", "rkl", 0.1,
		0 };
	check(x, &o, &b, "default beta 0.1, default f rkl");
}

/* The reference's log-probabilities are in the records. */
static void
test_recorded(struct fixture *x)
{
	struct objective_settings o = { .credit.future = 1 };
	struct book b = { x, &x->naive_other, paired, 4, "dpo", "rkl", 0.1, 0 };
	size_t i;

	segment(x, ROLE_CHOSEN, ROLE_REJECTED);
	for (i = 0; i < x->s.n; i++)
		fixture_record(&x->t[i], &x->naive_other);
	check(x, &o, &b, "recorded");
	o.reference = &x->policy;
	o.reference_work = x->work;
	for (i = 0; i < x->s.n; i++)
		b.fixed[i] = fixture_logp(&x->naive, &x->t[i]);
	b.ref = NULL;
	check(x, &o, &b, "a given reference takes precedence over logp");
	o.reference = NULL;
	x->t[3].logps = 0;
	ok(fixture_gradient(x, &o, "dpo") == -1 &&
		strcmp(err_last(),
		    "record (\"t3\"): field \"logp\": missing, and there is no "
		    "reference") == 0,
	    "%s", err_last());
}

static void
test_spin(struct fixture *x)
{
	struct objective_settings o = { .credit.future = 1,
		.reference = &x->other,
		.reference_work = x->other_work };
	struct book b = { x, NULL, paired, 4, "spin", "rkl", 1, 0 };
	size_t i;

	segment(x, ROLE_EXPERT, ROLE_POLICY);
	for (i = 0; i < x->s.n; i++) { /* unlike what would be computed */
		b.fixed[i] = fixture_logp(&x->naive_other, &x->t[i]);
		if (x->t[i].role == ROLE_POLICY) {
			fixture_record(&x->t[i], &x->naive_other);
			x->t[i].logp[0] -= 0.25f;
			b.fixed[i] -= 0.25;
		}
	}
	(void)snprintf(x->s.policy, sizeof x->s.policy, "other");
	check(x, &o, &b, "samples recorded, demonstrations by the reference");
	x->s.policy_step = 3;
	ok(fixture_gradient(x, &o, "spin") == -1 &&
		strcmp(err_last(),
		    "sampled by policy other at step 3, but the "
		    "reference is other at step 0") == 0,
	    "%s", err_last());
	o.reference = NULL;
	ok(fixture_gradient(x, &o, "spin") == -1 &&
		strcmp(err_last(),
		    "record (\"t1\"): the policy that sampled is not at "
		    "hand, and only it knows the log-probability of a "
		    "demonstration") == 0,
	    "%s", err_last());
	(void)snprintf(x->s.policy, sizeof x->s.policy, "me");
	x->s.policy_step = x->policy.step = 3;
	for (i = 0; i < x->s.n; i++) {
		b.fixed[i] = fixture_logp(&x->naive, &x->t[i]);
		if (x->t[i].role == ROLE_POLICY)
			fixture_record(&x->t[i], &x->naive);
	}
	check(x, &o, &b, "sampled just now");
	/* The demonstrations' reference is the policy with nothing dropped. */
	o.dropout = x->naive.dropout = 0.3;
	o.seed = FIXTURE_SEED;
	x->policy.step = x->s.policy_step = 0;
	check(x, &o, &b, "sampled just now, dropout");
	x->naive.dropout = 0;
	x->policy.step = x->s.policy_step = 0;
}

static void
test_masked(struct fixture *x)
{
	static const struct pair left[] = { { 4, 2 }, { 6, 3 } };
	struct objective_settings o = { .credit.future = 1,
		.mask_cut = true,
		.reference = &x->other,
		.reference_work = x->other_work };
	struct book b = { x, &x->naive_other, left, 2, "dpo", "rkl", 0.1, 0 };

	segment(x, ROLE_CHOSEN, ROLE_REJECTED);
	x->t[1].stop = STOP_LENGTH; /* in two pairs */
	check(x, &o, &b, "one side was cut off");
	ok(fabs(fixture_stat(x, "divgrad.cut") - 1) < 1e-9,
	    "the cut trajectory is counted");
	x->t[2].stop = x->t[3].stop = STOP_LENGTH;
	ok(fixture_gradient(x, &o, "dpo") == 0 && x->h.units > 0 &&
		x->d.block[0] == 0,
	    "with all pairs masked: a step of zeros");
}

/* Near the clip and beyond it, phi and its slope are continuous. */
static void
test_clip(void)
{
	struct preference p = { .clip = 2 };
	double a, b, s, t, g, h = 1e-5, worst = 0;

	if (preference_parse_f("fkl", &p.f) != 0)
		ok(false, "%s", err_last());
	ok(fabs(preference_implied(&p, -1.5, &s) - (1 - exp(1.5))) < 1e-12 &&
		fabs(s - exp(1.5)) < 1e-12,
	    "fkl: phi is 1 - 1/v within the clip");
	ok(fabs(preference_implied(&p, -5, &s) - (1 - exp(2) - 3 * exp(2))) <
		    1e-9 &&
		fabs(s - exp(2)) < 1e-9,
	    "fkl: phi is linear beyond the clip");
	if (preference_parse_f("js", &p.f) != 0)
		ok(false, "%s", err_last());
	for (g = -2000; g < 2000; g += 37.3) {
		a = preference_implied(&p, g + h, &t);
		b = preference_implied(&p, g - h, &t);
		(void)preference_implied(&p, g, &s);
		worst = fmax(worst, fabs((a - b) / (2 * h) - s));
	}
	ok(worst < 1e-5, "js: the slope of phi from -2000 to 2000 is off by %g",
	    worst);
}

static void
test_refused(struct fixture *x)
{
	static const char *const bounded[] = { "tv", "neyman", "lecam", "logd",
		"skl:0.1", "alpha:-0.5" };
	static const char *const fine[] = { "rkl", "fkl", "js", "jsd:0.5",
		"alpha:0", "alpha:1", "hellinger", "pearson", "jeffreys",
		"srkl:0.1" };
	struct objective_settings o = { .credit.future = 1,
		.reference = &x->other,
		.reference_work = x->other_work };
	struct divergence f;
	size_t i;

	for (i = 0; i < sizeof fine / sizeof *fine; i++)
		ok(preference_parse_f(fine[i], &f) == 0,
		    "%s can be a regularizer", fine[i]);
	for (i = 0; i < sizeof bounded / sizeof *bounded; i++)
		ok(preference_parse_f(bounded[i], &f) == -1, "%s", err_last());
	segment(x, ROLE_CHOSEN, ROLE_REJECTED);
	x->t[3].role = ROLE_EXPERT;
	ok(fixture_gradient(x, &o, "dpo") == -1 &&
		strcmp(err_last(),
		    "record (\"t3\"): role expert, but dpo "
		    "takes roles chosen and rejected") == 0,
	    "%s", err_last());
	x->t[3].role = ROLE_CHOSEN;
	ok(fixture_gradient(x, &o, "dpo") == -1 &&
		strcmp(err_last(),
		    "record (\"t3\"): its group \"b\" has no "
		    "rejected in this segment") == 0,
	    "%s", err_last());
	x->t[3].role = ROLE_REJECTED;
	o.preference.beta = 1e-200;
	ok(fixture_gradient(x, &o, "ipo") == -1 &&
		strstr(err_last(), "its loss is not finite") != NULL,
	    "%s", err_last());
}

/* The loss of every row of the table, and its derivatives by differences. */
static void
test_table(void)
{
	static const double at[][SIDE_COUNT] = { { -0.4, -1.1 }, { -1.7, -0.2 },
		{ -0.9, -0.9 } };
	const double h = 1e-6;
	size_t n, i, j;
	const struct objective_row *row = objective_rows(&n);

	for (i = 0; i < n; i++) {
		struct preference_item p = { .x = { -1, -1 },
			.beta = row[i].beta,
			.margin = row[i].margin };
		double slope[SIDE_COUNT], unused[SIDE_COUNT], loss, want, by;
		double off = 0, worst = 0;
		int k;

		if (row[i].loss == NULL ||
		    !ok(!isnan(formula(row[i].name, &p)),
			"%s: its loss is written in formula()", row[i].name))
			continue;
		for (j = 0; j < sizeof at / sizeof *at; j++) {
			memcpy(p.x, at[j], sizeof p.x);
			loss = row[i].loss(&p, slope);
			want = formula(row[i].name, &p);
			off = fmax(off, fabs(loss - want));
			for (k = 0; k < SIDE_COUNT; k++) {
				p.x[k] = at[j][k] + h;
				by = row[i].loss(&p, unused);
				p.x[k] = at[j][k] - h;
				by -= row[i].loss(&p, unused);
				p.x[k] = at[j][k];
				worst =
				    fmax(worst, fabs(by / (2 * h) - slope[k]));
			}
		}
		ok(off < 1e-9, "%s: its loss is within %g of the formula",
		    row[i].name, off);
		ok(worst < 1e-6,
		    "%s: its derivatives, within %g of differences",
		    row[i].name, worst);
	}
}

/* The odds of a probability near 1: values and slopes stay finite. */
static void
test_odds(void)
{
	static const double near[] = { 0, -1e-300, -1e-13, -1e-9 };
	const struct objective_row *row;
	struct objective o;
	double slope[SIDE_COUNT];
	bool finite = true, small = true;
	size_t i;

	if (!ok(objective_parse("orpo", &o) == 0, "orpo"))
		return;
	row = o.row;
	for (i = 0; i < sizeof near / sizeof *near; i++) {
		struct preference_item p = { .x = { near[i], -2 }, .beta = 1 };

		finite &= isfinite(row->loss(&p, slope));
		/* the odds' slope is that of the rejected's odds, and -1 */
		small &= fabs(slope[SIDE_CHOSEN] + 1 +
			     exp(-2) / (1 - exp(-2))) < 1e-3;
		p.x[SIDE_CHOSEN] = -2;
		p.x[SIDE_REJECTED] = near[i];
		finite &= isfinite(row->loss(&p, slope)) &&
		    isfinite(slope[SIDE_REJECTED]);
	}
	ok(finite, "orpo: the loss is finite where a probability is 1");
	ok(small, "orpo: so is the slope, by its limit");
}

struct trial {
	struct fixture *x;
	const char *name;
	double beta, margin, undesirable;
	double center; /* of singles; constant */
};

/* Mean log pi of an action of trajectory i. */
static double
mean_logp(const struct fixture *x, size_t i)
{
	return fixture_logp(&x->naive, &x->t[i]) / (double)x->t[i].actions;
}

static double
log_ratio(const struct fixture *x, const struct traj *t)
{
	return fixture_logp(&x->naive, t) - fixture_logp(&x->naive_other, t);
}

/*
 * max(0, weighted mean of the log-ratios) of each prompt with the response of
 * the next group, in the order of ids.
 */
static double
center_of(const struct fixture *x)
{
	static const struct pair mismatched[] = { { 0, 3 }, { 1, 6 }, { 2, 3 },
		{ 4, 6 }, { 5, 3 }, { 3, 0 }, { 6, 1 } };
	double sum = 0, weight = 0;
	size_t k;

	for (k = 0; k < sizeof mismatched / sizeof *mismatched; k++) {
		const struct traj *p = &x->t[mismatched[k].chosen];
		const struct traj *r = &x->t[mismatched[k].rejected];
		const struct span *from = &r->span[r->spans - 1];
		uint32_t tokens[2 * FIXTURE_TOKENS];
		struct span span = { .start = p->span[p->spans - 1].start };
		struct traj t = *p;

		t.n = span.end = span.start + (from->end - from->start);
		memcpy(tokens, p->tokens, span.start * sizeof *tokens);
		memcpy(tokens + span.start, r->tokens + from->start,
		    (from->end - from->start) * sizeof *tokens);
		t.tokens = tokens;
		t.span = &span;
		t.spans = 1;
		t.actions = from->end - from->start;
		sum += t.weight * log_ratio(x, &t);
		weight += t.weight;
	}
	return fmax(0, sum / weight);
}

/* The losses as the papers have them. */
static double
paper(void *ctx)
{
	const struct trial *y = ctx;
	const struct fixture *x = y->x;
	double sum = 0, w, c, r, s;
	size_t i;

	for (i = 0; i < x->s.n && strcmp(y->name, "kto") == 0; i++) {
		const bool good = x->t[i].role == ROLE_CHOSEN;

		s = y->beta * (log_ratio(x, &x->t[i]) - y->center);
		w = x->t[i].weight * (good ? 1 : y->undesirable);
		sum += w * (1 - 1 / (1 + exp(good ? -s : s)));
	}
	for (i = 0; i < 4 && strcmp(y->name, "kto") != 0; i++) {
		w = (x->t[paired[i].chosen].weight +
			x->t[paired[i].rejected].weight) /
		    2;
		c = mean_logp(x, paired[i].chosen);
		r = mean_logp(x, paired[i].rejected);
		if (strcmp(y->name, "simpo") == 0) {
			s = y->beta * (c - r) - y->margin;
			sum -= w * log(1 / (1 + exp(-s)));
		} else {
			s = exp(c) / (1 - exp(c)) / (exp(r) / (1 - exp(r)));
			sum += w * (-c - y->beta * log(s / (1 + s)));
		}
	}
	return sum;
}

static void
test_rows(struct fixture *x)
{
	static const struct trial trials[] = { { NULL, "simpo", 2, 0.5, 1, 0 },
		{ NULL, "simpo", 1.5, 0, 1, 0 },
		{ NULL, "orpo", 0.25, 0, 1, 0 }, { NULL, "kto", 0.5, 0, 1, 0 },
		{ NULL, "kto", 2, 0, 1.5, 0 } };
	struct objective_settings o = { .credit.future = 1,
		.reference = &x->other,
		.reference_work = x->other_work };
	size_t i;

	for (i = 0; i < sizeof trials / sizeof *trials; i++) {
		struct trial y = trials[i];
		double loss, error;

		segment(x, ROLE_CHOSEN, ROLE_REJECTED);
		if (y.undesirable > 1) { /* a reference point above 0 */
			x->t[0].weight = 4;
			x->t[1].weight = x->t[2].weight = 0.1;
		}
		y.x = x;
		y.center = center_of(x);
		loss = paper(&y);
		o.preference = (struct preference){ .beta = y.beta,
			.margin = y.margin,
			.undesirable = y.undesirable };
		ok(fixture_gradient(x, &o, y.name) == 0,
		    "%s, beta %g, margin "
		    "%g, reference point %g",
		    y.name, y.beta, y.margin, y.center);
		error = fixture_error(x, paper, &y);
		ok(error < 1e-4, "%s: gradient within 1e-4 of differences (%g)",
		    y.name, error);
		ok(fabs(fixture_stat(x, "divgrad.loss") - loss) < 1e-4,
		    "%s: loss %g", y.name, loss);
	}
	ok(fabs(fixture_stat(x, "divgrad.center") / x->h.units - center_of(x)) <
		    1e-4 &&
		fixture_stat(x, "divgrad.alone") == 0,
	    "kto: the reference point is reported");
}

/* One prompt has no other: its singles stand against 0. */
static void
test_alone(struct fixture *x)
{
	struct objective_settings o = { .credit.future = 1,
		.reference = &x->other,
		.reference_work = x->other_work };
	struct trial y = { x, "kto", 0.1, 0, 1, 0 };
	double error;

	x->s.n = 0;
	fixture_add(x, ROLE_CHOSEN, "a", 1, false);
	fixture_add(x, ROLE_REJECTED, "a", 2, true);
	ok(fixture_gradient(x, &o, "kto") == 0 &&
		fixture_stat(x, "divgrad.alone") == 1,
	    "kto: a segment of one prompt is counted");
	error = fixture_error(x, paper, &y);
	ok(error < 1e-4, "kto: its gradient within 1e-4 of differences (%g)",
	    error);
	o.reference = NULL;
	fixture_record(&x->t[0], &x->naive);
	fixture_record(&x->t[1], &x->naive);
	ok(fixture_gradient(x, &o, "kto") == -1, "%s", err_last());
}

int
main(void)
{
	static struct fixture x;

	par_start(2);
	fixture_make(&x);
	test_losses(&x, 0);
	test_losses(&x, 0.2);
	test_recorded(&x);
	test_spin(&x);
	test_masked(&x);
	test_clip();
	test_table();
	test_odds();
	test_rows(&x);
	test_alone(&x);
	test_refused(&x);
	fixture_release(&x);
	return tap_done();
}
