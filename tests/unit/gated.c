/* SPDX-License-Identifier: MIT */
/* The activations of both kinds of MLP. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"
#include "base/mem.h"
#include "tensor/gated.h"
#include "tensor/gelu.h"

enum { N = 4099 };

struct point {
	double gate, up;
};

static double
swiglu_at(void *ctx)
{
	const struct point *p = ctx;

	return naive_swiglu(p->gate, p->up);
}

static double
geglu_at(void *ctx)
{
	const struct point *p = ctx;

	return naive_gelu(p->gate) * p->up;
}

static double
gelu_at(void *ctx)
{
	const struct point *p = ctx;

	return naive_gelu(p->up);
}

static double
exact_at(void *ctx)
{
	const struct point *p = ctx;

	return naive_gelu_exact(p->up);
}

static void
check_exact(const float *x, const float *dout)
{
	float *out = mem_floats(N);
	double *want = mem_alloc(N, 8), worst = 0;
	size_t i;

	gelu_exact_forward(out, x, N);
	for (i = 0; i < N; i++) {
		want[i] = naive_gelu_exact((double)x[i]);
		worst = fmax(worst,
		    fabs((double)out[i] - want[i]) / (1 + fabs((double)x[i])));
	}
	ok(worst < 5e-7, "exact gelu forward, within %.1e", worst);
	for (i = 0; i < N; i++) {
		struct point p = { 0, (double)x[i] };

		want[i] = (double)dout[i] * naive_slope(exact_at, &p, &p.up);
	}
	memcpy(out, dout, N * sizeof *out);
	gelu_exact_backward(out, out, x, N);
	ok(naive_error(out, want, N) < 1e-5, "exact gelu backward, in place");
	free(out);
	free(want);
}

/* One row of N, or rows of gate and up side by side. */
static void
check_gated(enum gate kind, const char *name, const float *gate,
    const float *up, const float *d)
{
	enum { ROWS = 4, F = 1024 };
	double (*at)(void *) = kind == GATE_SILU ? swiglu_at : geglu_at;
	const struct gated one = { gate, up, N, N, kind };
	float *out = mem_floats(N), *dgate = mem_floats(N);
	float *both = mem_floats(2 * ROWS * F),
	      *dboth = mem_floats(2 * ROWS * F);
	const struct gated rows = { both, both + F, F, 2 * F, kind };
	double *want = mem_alloc(N, 8), *want2 = mem_alloc(N, 8);
	size_t i, wrong = 0;

	for (i = 0; i < N; i++) {
		struct point p = { (double)gate[i], (double)up[i] };

		want[i] = at(&p);
	}
	gated_forward(out, &one, 1);
	ok(naive_error(out, want, N) < 1e-6, "%s forward", name);
	for (i = 0; i < ROWS * F; i++) {
		both[i / F * 2 * F + i % F] = gate[i];
		both[i / F * 2 * F + F + i % F] = up[i];
	}
	gated_forward(dgate, &rows, ROWS);
	ok(memcmp(dgate, out, sizeof(float) * ROWS * F) == 0,
	    "%s forward of fused rows: the same", name);
	for (i = 0; i < N; i++) {
		struct point p = { (double)gate[i], (double)up[i] };

		want[i] = (double)d[i] * naive_slope(at, &p, &p.gate);
		want2[i] = (double)d[i] * naive_slope(at, &p, &p.up);
	}
	memcpy(dgate, d, N * sizeof(*d));
	gated_backward(dgate, out, dgate, &one, 1);
	ok(naive_error(dgate, want, N) < 1e-5, "%s backward, gate", name);
	ok(naive_error(out, want2, N) < 1e-5, "%s backward, up", name);
	gated_backward(dboth, dboth + F, d, &rows, ROWS);
	for (i = 0; i < ROWS * F; i++)
		wrong += dboth[i / F * 2 * F + i % F] != dgate[i] ||
		    dboth[i / F * 2 * F + F + i % F] != out[i];
	ok(wrong == 0, "%s backward of fused rows: the same", name);
	free(out);
	free(dgate);
	free(both);
	free(dboth);
	free(want);
	free(want2);
}

int
main(void)
{
	float *gate = mem_floats(N), *up = mem_floats(N), *d = mem_floats(N);
	float *out = mem_floats(N);
	double *want = mem_alloc(N, 8);
	size_t i;

	naive_fill(gate, N, 1);
	naive_fill(up, N, 2);
	naive_fill(d, N, 3);
	for (i = 0; i < N; i++) {
		gate[i] *= i % 3 == 0 ? 100.0f : 4.0f;
		up[i] *= i % 5 == 0 ? 100.0f : 4.0f;
	}
	check_gated(GATE_SILU, "swiglu", gate, up, d);
	check_gated(GATE_GELU_TANH, "geglu", gate, up, d);
	for (i = 0; i < N; i++)
		want[i] = naive_gelu((double)up[i]);
	gelu_forward(out, up, N);
	ok(naive_error(out, want, N) < 1e-6, "gelu forward");
	for (i = 0; i < N; i++) {
		struct point p = { 0, (double)up[i] };

		want[i] = (double)d[i] * naive_slope(gelu_at, &p, &p.up);
	}
	check_exact(up, d);
	gelu_backward(d, d, up, N);
	ok(naive_error(d, want, N) < 1e-5, "gelu backward, in place");
	free(gate);
	free(up);
	free(d);
	free(out);
	free(want);
	return tap_done();
}
