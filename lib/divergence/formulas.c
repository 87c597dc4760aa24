/* SPDX-License-Identifier: MIT */
/*
 * formulas: the functions and rows of the table of divergence.h.
 *
 * With u = e^l, h(u) = u f'(u) - f(u) and h'(u) = u f''(u):
 *
 *   row          f(u)                                     h'(u)
 *   fkl          u log u                                  1
 *   rkl          -log u                                   1/u
 *   js           [u log(2u/(1+u)) + log(2/(1+u))] / 2     1 / (2 (1+u))
 *   jsd:b        b u log u - m log m, m = bu + 1 - b      b(1-b) / m
 *   alpha:a      (u^a - a u - 1 + a) / (a (a-1))          u^(a-1)
 *   hellinger    (sqrt u - 1)^2                           u^(-1/2) / 2
 *   pearson      (u-1)^2                                  2u
 *   neyman       (u-1)^2 / u                              2 / u^2
 *   jeffreys     (u-1) log u                              1 + 1/u
 *   tv           |u-1| / 2                                0
 *   skl:a        u log(u/m), m = a u + 1 - a              (1-a)^2 / m^2
 *   srkl:a       -log m, m = (1-a) u + a                  (1-a)^2 u / m^2
 *   logd         (1+u) log((1+u)/u) - 2 log 2             1 / (u (1+u))
 *   lecam        (u-1)^2 / (u+1)                          8u / (1+u)^3
 *
 * Everything is written in l, because u overflows.  Rows without `clips` have
 * a finite h at |l| = 1e4.
 */
#include "divergence/divergence.h"

#include <math.h>
#include <stdlib.h>

#include "divergence/logistic.h"

#define unused __attribute__((unused))
#define LOG2 0.69314718055994530942

/* log(w e^l + 1 - w), the log of a mixture's ratio */
static inline double
log_mix(double l, double w)
{
	return logaddexp(log(w) + l, log1p(-w));
}

static inline double
fkl_f(double l, unused double a)
{
	return vector_expd(l) * l;
}

static inline double
fkl_h(double l, unused double a)
{
	return vector_expm1d(l);
}

static double
fkl_slope(unused double l, unused double a)
{
	return 1;
}

static double
fkl_df(double l, unused double a)
{
	return l + 1;
}

static inline double
rkl_f(double l, unused double a)
{
	return -l;
}

static inline double
rkl_h(double l, unused double a)
{
	return l;
}

static double
rkl_slope(double l, unused double a)
{
	return vector_expd(-l);
}

static double
rkl_df(double l, unused double a)
{
	return -vector_expd(-l);
}

static inline double
js_f(double l, unused double a)
{
	return 0.5 *
	    (vector_expd(l) * (LOG2 - softplus(-l)) + LOG2 - softplus(l));
}

static inline double
js_h(double l, unused double a)
{
	return 0.5 * (softplus(l) - LOG2);
}

static double
js_slope(double l, unused double a)
{
	return 0.5 * sigmoid(-l);
}

static double
js_df(double l, unused double a)
{
	return 0.5 * (LOG2 - softplus(-l));
}

static inline double
jsd_f(double l, double b)
{
	double m = log_mix(l, b);

	return b * vector_expd(l) * l - vector_expd(m) * m;
}

static inline double
jsd_h(double l, double b)
{
	return (1 - b) * log_mix(l, b);
}

static double
jsd_slope(double l, double b)
{
	return b * (1 - b) * vector_expd(-log_mix(l, b));
}

static double
jsd_df(double l, double b)
{
	return b * (l - log_mix(l, b));
}

/* The limits a -> 0 (rkl) and a -> 1 (fkl) are points of the family. */
static inline double
alpha_f(double l, double a)
{
	double x = vector_expm1d(l), y = vector_expm1d(a * l);

	y = (y - a * x) / (a * (a - 1));
	y = a == 1 ? (x + 1) * l - x : y;
	return a == 0 ? x - l : y;
}

static inline double
alpha_h(double l, double a)
{
	double y = vector_expm1d(a * l) / a;

	return a == 0 ? l : y;
}

static double
alpha_slope(double l, double a)
{
	return vector_expd((a - 1) * l);
}

static double
alpha_df(double l, double a)
{
	return a == 1 ? l : vector_expm1d((a - 1) * l) / (a - 1);
}

static inline double
hellinger_f(double l, unused double a)
{
	double x = vector_expm1d(l / 2);

	return x * x;
}

static inline double
hellinger_h(double l, unused double a)
{
	return vector_expm1d(l < 1400 ? l / 2 : 700);
}

static double
hellinger_slope(double l, unused double a)
{
	return 0.5 * vector_expd(-l / 2);
}

static double
hellinger_df(double l, unused double a)
{
	return -vector_expm1d(-l / 2);
}

static inline double
pearson_f(double l, unused double a)
{
	double x = vector_expm1d(l);

	return x * x;
}

static inline double
pearson_h(double l, unused double a)
{
	return vector_expm1d(2 * l);
}

static double
pearson_slope(double l, unused double a)
{
	return 2 * vector_expd(l);
}

static double
pearson_df(double l, unused double a)
{
	return 2 * vector_expm1d(l);
}

static inline double
neyman_f(double l, unused double a)
{
	return vector_expm1d(l) * -vector_expm1d(-l);
}

static inline double
neyman_h(double l, unused double a)
{
	return -2 * vector_expm1d(-l);
}

static double
neyman_slope(double l, unused double a)
{
	return 2 * vector_expd(-2 * l);
}

static double
neyman_df(double l, unused double a)
{
	return -vector_expm1d(-2 * l);
}

static inline double
jeffreys_f(double l, unused double a)
{
	return vector_expm1d(l) * l;
}

static inline double
jeffreys_h(double l, unused double a)
{
	return l + vector_expm1d(l);
}

static double
jeffreys_slope(double l, unused double a)
{
	return 1 + vector_expd(-l);
}

static double
jeffreys_df(double l, unused double a)
{
	return l - vector_expm1d(-l);
}

static inline double
tv_f(double l, unused double a)
{
	return 0.5 * fabs(vector_expm1d(l));
}

static inline double
tv_h(double l, unused double a)
{
	return 0.5 * ((l > 0) - (l < 0));
}

static double
tv_slope(unused double l, unused double a)
{
	return 0;
}

static double
tv_df(double l, double a)
{
	return tv_h(l, a);
}

static inline double
skl_f(double l, double a)
{
	return vector_expd(l) * (l - log_mix(l, a));
}

static inline double
skl_h(double l, double a)
{
	return (1 - a) / a * sigmoid(l + log(a) - log1p(-a));
}

static double
skl_slope(double l, double a)
{
	return (1 - a) * (1 - a) * vector_expd(-2 * log_mix(l, a));
}

static double
skl_df(double l, double a)
{
	double m = log_mix(l, a);

	return l - m + 1 - a * vector_expd(l - m);
}

static inline double
srkl_f(double l, double a)
{
	return -log_mix(l, 1 - a);
}

static inline double
srkl_h(double l, double a)
{
	double m = log_mix(l, 1 - a);

	return m - 1 + a * vector_expd(-m);
}

static double
srkl_slope(double l, double a)
{
	return (1 - a) * (1 - a) * vector_expd(l - 2 * log_mix(l, 1 - a));
}

static double
srkl_df(double l, double a)
{
	return -(1 - a) * vector_expd(-log_mix(l, 1 - a));
}

static inline double
logd_f(double l, unused double a)
{
	return (1 + vector_expd(l)) * softplus(-l) - 2 * LOG2;
}

static inline double
logd_h(double l, unused double a)
{
	return -softplus(-l);
}

static double
logd_slope(double l, unused double a)
{
	return vector_expd(-l) * sigmoid(-l);
}

static double
logd_df(double l, unused double a)
{
	return softplus(-l) - vector_expd(-l);
}

static inline double
lecam_f(double l, unused double a)
{
	return vector_expm1d(l) * (2 * sigmoid(l) - 1);
}

static inline double
lecam_h(double l, unused double a)
{
	double s = sigmoid(l);

	return 4 * s * s - 1;
}

static double
lecam_slope(double l, unused double a)
{
	double s = sigmoid(-l);

	return 8 * s * s * sigmoid(l);
}

static double
lecam_df(double l, unused double a)
{
	double s = sigmoid(-l);

	return 1 - 4 * s * s;
}

/* f and h of n values of l at once, as vector code. */
#define EACH(x) \
	VECTOR_CLONES static void x##_each(const double *restrict l, size_t n, \
	    double a, double *restrict f, double *restrict h) \
	{ \
		for (size_t i = 0; i < n; i++) { \
			f[i] = x##_f(l[i], a); \
			h[i] = x##_h(l[i], a); \
		} \
	} \
	struct divergence_row
EACH(fkl);
EACH(rkl);
EACH(js);
EACH(jsd);
EACH(alpha);
EACH(hellinger);
EACH(pearson);
EACH(neyman);
EACH(jeffreys);
EACH(tv);
EACH(skl);
EACH(srkl);
EACH(logd);
EACH(lecam);

#define FUNCTIONS(x) \
	.f = x##_f, .h = x##_h, .slope = x##_slope, .df = x##_df, \
	.each = x##_each
#define PARAMETER(letter, lo, hi, open) .parameter = { letter, lo, hi, open }

static const struct divergence_row rows[] = {
	/* forward KL; SFT of demonstrations; covers all that they do */
	{ "fkl", FUNCTIONS(fkl), .clips = true, .likelihood = true },
	/* reverse KL; AIRL's reward; seeks modes */
	{ "rkl", FUNCTIONS(rkl), .linear = true },
	/* Jensen-Shannon; GAIL */
	{ "js", FUNCTIONS(js) },
	/* skewed Jensen-Shannon: towards fkl at 0, towards rkl at 1 */
	{ "jsd", FUNCTIONS(jsd), PARAMETER("B", 0, 1, true) },
	/* 0 rkl, .5 Hellinger x 2, 1 fkl, 2 Pearson/2, -1 Neyman/2 */
	{ "alpha", FUNCTIONS(alpha), PARAMETER("A", -10, 10, false),
	    .clips = true },
	/* squared Hellinger; between fkl and rkl */
	{ "hellinger", FUNCTIONS(hellinger) },
	/* chi-squared; explosive */
	{ "pearson", FUNCTIONS(pearson), .clips = true },
	/* reverse chi-squared; explosive below */
	{ "neyman", FUNCTIONS(neyman), .clips = true },
	/* fkl + rkl */
	{ "jeffreys", FUNCTIONS(jeffreys), .clips = true },
	/* total variation; uses only the sign of l */
	{ "tv", FUNCTIONS(tv), .sign = true },
	/* skewed forward KL: bounded */
	{ "skl", FUNCTIONS(skl), PARAMETER("A", 0, 1, true) },
	/* skewed reverse KL: bounded below */
	{ "srkl", FUNCTIONS(srkl), PARAMETER("A", 0, 1, true) },
	/* non-saturating GAN */
	{ "logd", FUNCTIONS(logd) },
	/* Le Cam; bounded on both sides */
	{ "lecam", FUNCTIONS(lecam) },
};

const struct divergence_row *
divergence_rows(size_t *n)
{
	*n = sizeof rows / sizeof rows[0];
	return rows;
}
