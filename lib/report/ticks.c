/* SPDX-License-Identifier: MIT */
#include "report/ticks.h"

#include <math.h>

enum { LOG_FROM = 100, MARKS_MAX = 20 };

/* A round step that divides the span into about n parts. */
static double
round_step(double span, double n)
{
	double raw = span / n, power = pow(10.0, floor(log10(raw)));
	double part = raw / power;

	return power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10);
}

/* A range that has a width, of numbers that can be subtracted. */
static void
widen(double *lo, double *hi)
{
	const double most = 1e300;
	double half;

	*lo = fmax(-most, fmin(most, *lo));
	*hi = fmax(-most, fmin(most, *hi));
	half = (*hi - *lo) / 2;
	if (!(half > 1e-9 * fmax(fabs(*lo), fabs(*hi)))) {
		half = fabs(*lo) > 1e-300 ? fabs(*lo) / 2 : 0.5;
		*lo -= half;
		*hi += half;
	}
}

static struct axis
logarithmic(double lo, double hi, size_t marks)
{
	double from = floor(log10(lo)), to = ceil(log10(hi));
	double step = ceil((to - from) / (double)marks);
	struct axis a = { .step = step, .log = true };

	to = from + step * ceil((to - from) / step);
	a.marks = (size_t)((to - from) / step + 1.5);
	a.lo = pow(10.0, from);
	a.hi = pow(10.0, fmin(to, 307));
	return a;
}

struct axis
axis_fit(double lo, double hi, size_t marks, bool may_log)
{
	struct axis a = { 0 };
	double from, to;

	if (may_log && lo > 1e-290 && hi / lo > LOG_FROM)
		return logarithmic(lo, hi, marks);
	widen(&lo, &hi);
	a.step = round_step(hi - lo, (double)marks);
	from = floor(lo / a.step + 1e-9);
	to = ceil(hi / a.step - 1e-9);
	a.lo = from * a.step;
	a.hi = to * a.step;
	a.marks = (size_t)fmin(MARKS_MAX, to - from + 1);
	return a;
}

struct axis
axis_tight(double lo, double hi, size_t marks)
{
	struct axis a = { 0 };
	double from, to;

	widen(&lo, &hi);
	a.step = round_step(hi - lo, (double)marks);
	from = ceil(lo / a.step - 1e-9);
	to = floor(hi / a.step + 1e-9);
	a.lo = lo;
	a.hi = hi;
	a.marks = (size_t)fmax(0, fmin(MARKS_MAX, to - from + 1));
	return a;
}

double
axis_mark(const struct axis *a, size_t i)
{
	if (a->log)
		return pow(10.0,
		    fmin(307, floor(log10(a->lo) + 0.5) + a->step * (double)i));
	return (ceil(a->lo / a->step - 1e-9) + (double)i) * a->step;
}

double
axis_place(const struct axis *a, double v)
{
	double at = a->log ? (log10(fmax(v, 1e-300)) - log10(a->lo)) /
		(log10(a->hi) - log10(a->lo)) :
			     (v - a->lo) / (a->hi - a->lo);

	return fmax(-0.05, fmin(1.05, at));
}

void
axis_text(const struct axis *a, size_t i, struct buf *b)
{
	double v = axis_mark(a, i), size = fmax(fabs(a->lo), fabs(a->hi));
	int decimals = (int)fmax(0, -floor(log10(a->step) + 1e-9));

	if (!a->log && fabs(v) < a->step / 2)
		v = 0;
	if (a->log)
		buf_addf(b, "%g", v);
	else if (size >= 1e6 || a->step < 1e-4)
		buf_addf(b, "%.4g", v);
	else
		buf_addf(b, "%.*f", decimals, v);
}
