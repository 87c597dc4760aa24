/* SPDX-License-Identifier: MIT */
/*
 * kernels [-j THREADS] [-s SECONDS] [limits]: what the machine gives and what
 * the kernels make of it: the speed of the largest product, of the innermost
 * loop in the first-level cache and of memory, then of products of a layer, as
 * fractions of that, and of what stands beside them.  `limits` is the first and
 * the third alone, for one who needs them soon.
 */
#include "bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/isa.h"
#include "base/mem.h"
#include "base/par.h"
#include "tensor/attention.h"
#include "tensor/gated.h"
#include "tensor/gelu.h"
#include "tensor/gemm.h"
#include "tensor/linear.h"
#include "tensor/norm.h"
#include "tensor/softmax.h"

struct square {
	size_t n;
	float *a, *b, *out;
};

static void
multiply(void *arg)
{
	struct square *s = arg;

	const struct gemm g = { .m = s->n,
		.n = s->n,
		.k = s->n,
		.tb = true,
		.alpha = 1 };

	gemm(s->out, s->a, s->b, &g);
}

/* Operations a second. */
static double
bench_gemm(size_t n, double least)
{
	struct square s = { n, mem_floats(n * n), mem_floats(n * n),
		mem_floats(n * n) };
	double speed;

	noise(s.a, n * n);
	noise(s.b, n * n);
	speed = 2.0 * (double)(n * n * n) / fastest(multiply, &s, least);
	free(s.a);
	free(s.b);
	free(s.out);
	return speed;
}

/*
 * How fast so much work goes, as a fraction of gemm right before and after it;
 * where these are a tenth apart, it was disturbed, and is measured again.
 */
static double
of_gemm(void (*fn)(void *), void *arg, double work, double least)
{
	double before, after, speed;
	int tries = 3;

	do {
		before = bench_gemm(2048, least);
		speed = work / fastest(fn, arg, least);
		after = bench_gemm(2048, least);
	} while (--tries > 0 && (before < 0.9 * after || after < 0.9 * before));
	return 2 * speed / (before + after);
}

/* The innermost loop on what the first-level cache holds: what instructions
 * give. */
struct tiles {
	enum tile_type type;
	size_t R, panels, k, times;
};

static void
run_tile(size_t task, void *arg)
{
	const struct tiles *t = arg;
	const size_t n = t->panels * TILE_COLS;
	float *x = mem_floats(t->R * TILE_STRIDE), *w = mem_floats(n * t->k);
	float *out = mem_floats(t->R * n);
	const struct tile_walk walk = { t->type, x, w, TILE_COLS * t->k, t->k,
		t->R, t->panels, w, TILE_COLS * tile_bytes(t->type) };
	size_t i;

	(void)task;
	for (i = 0; i < t->times; i++)
		tile_walk(out, n, &walk);
	free(x);
	free(w);
	free(out);
}

static void
run_tiles(void *arg)
{
	par_for(par_threads(), run_tile, arg);
}

/* Operations a second; some words hold two numbers. */
static double
bench_tiles(enum tile_type type, double least)
{
	struct tiles t = { .type = type,
		.R = tile_rows(type),
		.k = 128,
		.times = 20000 };

	t.panels = tile_panels(type, t.R);
	return 2.0 *
	    (double)(t.R * t.panels * TILE_COLS * t.k * t.times *
		par_threads() * (tile_packs_two(type) ? 2 : 1)) /
	    fastest(run_tiles, &t, least);
}

/* A layer's product: of many rows, and of one, which waits for memory. */
struct layer {
	struct panel w;
	size_t M;
	float *x, *out;
};

static void
run_layer(void *arg)
{
	struct layer *s = arg;

	panel_forward(s->out, s->x, &s->w, NULL, NULL, s->M);
}

static void
bench_layers(double least)
{
	enum { N = 8192, K = 2048, MANY = 576, SOME = 16 };
	static const char *const name[] = { "f32", "bf16", "int8" };
	float *w = mem_floats((size_t)N * K);
	struct layer s = { .x = mem_floats(MANY * K),
		.out = mem_floats((size_t)MANY * N) };
	size_t type;

	noise(w, (size_t)N * K);
	noise(s.x, MANY * K);
	for (type = TILE_F32; type <= TILE_INT8; type++) {
		double many, some, one;

		panel_place(&s.w, N, K, (enum tile_type)type,
		    mem_floats(panel_floats(N, K, (enum tile_type)type)));
		panel_pack(&s.w, w, false);
		s.M = MANY;
		many = of_gemm(run_layer, &s, 2.0 * MANY * N * K, least);
		s.M = SOME;
		some = of_gemm(run_layer, &s, 2.0 * SOME * N * K, least);
		s.M = 1;
		one = (double)(N * tile_words(s.w.type, K) *
			  tile_bytes(s.w.type)) /
		    fastest(run_layer, &s, least);
		printf("layer %s\t%d rows %.2f of gemm\t%d rows %.2f of gemm\t"
		       "1 row %.1f GB/s\n",
		    name[type], MANY, many, SOME, some, one / 1e9);
		free(s.w.p);
	}
	free(w);
	free(s.x);
	free(s.out);
}

/* The three products of a layer of GPT-2, for 2048 tokens. */
struct ways {
	struct linear l;
	float *x, *w, *dout, *out, *scratch;
	size_t M;
};

static void
run_forward(void *arg)
{
	struct ways *s = arg;

	panel_forward(s->out, s->x, &s->l.panel, NULL, NULL, s->M);
}

static void
run_input(void *arg)
{
	struct ways *s = arg;

	linear_input(s->out, s->dout, &s->l, s->M, false);
}

static void
run_weight(void *arg)
{
	struct ways *s = arg;

	linear_weight(s->out, NULL, s->dout, s->x, &s->l, s->M, s->scratch);
}

static void
bench_ways(double least)
{
	enum { M = 2048, N = 3072, K = 768 };
	const double work_done = 2.0 * M * N * K;
	size_t type;

	for (type = TILE_F32; type <= TILE_BF16; type++) {
		const enum tile_type t = (enum tile_type)type;
		struct ways s = { .x = mem_floats(M * K),
			.w = mem_floats(N * K),
			.dout = mem_floats(M * N),
			.out = mem_floats(M * N),
			.M = M,
			.scratch = mem_floats(linear_floats(N, 0, M, t)) };

		noise(s.x, M * K);
		noise(s.w, N * K);
		noise(s.dout, M * N);
		s.l.w = (struct stored){ s.w, STORED_F32 };
		panel_place(&s.l.panel, N, K, t,
		    mem_floats(panel_floats(N, K, t)));
		panel_pack(&s.l.panel, s.w, false);
		if (t != TILE_F32) {
			panel_place(&s.l.back, K, N, t,
			    mem_floats(panel_floats(K, N, t)));
			panel_pack(&s.l.back, s.w, true);
		}
		printf("products %s\tforward %.2f of gemm\tto x %.2f of gemm\t"
		       "to w %.2f of gemm\n",
		    t == TILE_F32 ? "f32" : "bf16",
		    of_gemm(run_forward, &s, work_done, least),
		    of_gemm(run_input, &s, work_done, least),
		    of_gemm(run_weight, &s, work_done, least));
		free(s.l.panel.p);
		free(s.l.back.p);
		free(s.x);
		free(s.w);
		free(s.dout);
		free(s.out);
		free(s.scratch);
	}
}

struct kernels {
	float *x, *y, *z, *stat, *kv, *lse, *d;
	size_t rows, D;
	struct norm norm;
	struct attention attention;
};

/* Reading memory that no cache holds, by all threads. */
struct memory {
	const uint64_t *word;
	size_t words, parts;
	uint64_t *sum;
};

static void
read_part(size_t i, void *arg)
{
	const struct memory *m = arg;
	size_t k, end = m->words / m->parts * (i + 1);
	uint64_t sum = 0;

	for (k = m->words / m->parts * i; k < end; k++)
		sum += m->word[k];
	m->sum[i] = sum;
}

static void
run_memory(void *arg)
{
	struct memory *m = arg;

	par_for(m->parts, read_part, m);
}

static void
bench_memory(double least)
{
	enum { BYTES = 512 << 20 };
	struct memory m = { .words = BYTES / sizeof(uint64_t),
		.parts = 8 * par_threads() };
	uint64_t *word = mem_alloc(m.words, sizeof *word);

	memset(word, 1, BYTES);
	m.word = word;
	m.sum = mem_alloc(m.parts, sizeof *m.sum);
	printf("memory\t%zu threads\t%.1f GB/s read\n", par_threads(),
	    BYTES / 1e9 / fastest(run_memory, &m, least));
	free(m.sum);
	free(word);
}

static void
run_softmax(void *arg)
{
	struct kernels *k = arg;

	softmax_row(k->x, k->rows * k->D);
}

static void
run_gelu(void *arg)
{
	struct kernels *k = arg;

	gelu_forward(k->y, k->x, k->rows * k->D);
}

static void
run_swiglu(void *arg)
{
	struct kernels *k = arg;

	const struct gated g = { k->x, k->y, k->D, k->D, GATE_SILU };

	gated_forward(k->z, &g, k->rows);
}

static void
run_norm(void *arg)
{
	struct kernels *k = arg;

	norm_forward(k->y, k->stat, k->x, &k->norm, k->rows);
}

static void
run_attention(void *arg)
{
	struct kernels *k = arg;

	attention_forward(k->y, k->lse, k->kv, &k->attention);
}

static void
run_attention_back(void *arg)
{
	struct kernels *k = arg;

	attention_backward(k->d, k->d, k->d, k->stat, k->x, k->y, k->lse,
	    &k->attention);
}

static void
bench_kernels(double least)
{
	enum { ROWS = 512, D = 768, H = 12 };
	static const size_t start[] = { 0, ROWS };
	struct kernels k = { mem_floats(ROWS * D), mem_floats(ROWS * D),
		mem_floats(ROWS * D), mem_floats(ROWS * H),
		mem_floats(
		    attention_floats(start, NULL, 1, H, D / H, TILE_F32)),
		mem_floats(ROWS * H), mem_floats(ROWS * D), ROWS, D,
		.norm = { 0 } };
	const double n = ROWS * D, work_done = 4.0 * ROWS * ROWS / 2 * D;

	noise(k.x, ROWS * D);
	noise(k.y, ROWS * D);
	k.norm = (struct norm){ k.z, k.z, D, 1e-5, true };
	k.attention = (struct attention){ k.x, k.x, k.x, D, D, D, H, H, D / H,
		start, NULL, 1, TILE_F32 };
	printf("softmax\t%.2f ns a number\n",
	    1e9 / n * fastest(run_softmax, &k, least));
	printf("gelu\t%.2f ns a number\n",
	    1e9 / n * fastest(run_gelu, &k, least));
	printf("swiglu\t%.2f ns a number\n",
	    1e9 / n * fastest(run_swiglu, &k, least));
	printf("layer norm\t%.2f ns a number\n",
	    1e9 / n * fastest(run_norm, &k, least));
	printf("attention\tforward %.2f of gemm\tbackward %.2f of gemm\n",
	    of_gemm(run_attention, &k, work_done, least),
	    of_gemm(run_attention_back, &k, 2.5 * work_done, least));
	free(k.x);
	free(k.y);
	free(k.z);
	free(k.stat);
	free(k.kv);
	free(k.lse);
	free(k.d);
}

int
main(int argc, char **argv)
{
	double least = 2;
	int at = bench_options(argc, argv, &least);
	bool limits = at == argc - 1 && strcmp(argv[at], "limits") == 0;

	if (at != argc && !limits)
		return 2;
	printf("gemm\t%zu threads\t%.1f GFLOP/s, kernels for %s\n",
	    par_threads(), bench_gemm(2048, limits ? least / 5 : least) / 1e9,
	    isa_name(isa_here()));
	if (limits) {
		bench_memory(least / 10);
		return 0;
	}
	printf("tiles\t%zu threads\t%.1f GFLOP/s f32\t%.1f GFLOP/s bf16\n",
	    par_threads(), bench_tiles(TILE_F32, least / 10) / 1e9,
	    bench_tiles(TILE_BF16, least / 10) / 1e9);
	bench_memory(least / 10);
	bench_layers(least / 10);
	bench_ways(least / 10);
	bench_kernels(least / 10);
	return 0;
}
