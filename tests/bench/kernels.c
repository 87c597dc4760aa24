/* SPDX-License-Identifier: MIT */
/*
 * kernels [-k] [-j THREADS] [-s SECONDS]: what the machine gives and what we
 * make of it.  Prints the speed of the largest product, of products of a
 * layer and of the kernels beside them; then, without -k, of forward and
 * backward of two policies with random weights, in tokens and as a fraction
 * of that speed.
 *
 * The work of a policy is counted as 6 operations a weight a token (matrices
 * alone, the embedding not, the head yes) and 12 L H E T / 2 for attention.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/isa.h"
#include "base/mem.h"
#include "base/par.h"
#include "learn/likelihood.h"
#include "nn/panels.h"
#include "nn/params.h"
#include "tensor/attention.h"
#include "tensor/gelu.h"
#include "tensor/gemm.h"
#include "tensor/norm.h"
#include "tensor/panel.h"
#include "tensor/softmax.h"
#include "tensor/swiglu.h"

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The shortest of several runs, at least `least` seconds in all. */
static double
fastest(void (*fn)(void *), void *arg, double least)
{
	double best = 1e30, sum = 0;

	fn(arg);
	while (sum < least) {
		double began = now(), took;

		fn(arg);
		took = now() - began;
		sum += took;
		best = took < best ? took : best;
	}
	return best;
}

static void
noise(float *x, size_t n)
{
	uint32_t s = 1;
	size_t i;

	for (i = 0; i < n; i++) {
		s = s * 1664525u + 1013904223u;
		x[i] = (float)(int32_t)s / 2147483648.0f;
	}
}

struct square {
	size_t n;
	float *a, *b, *out;
};

static void
multiply(void *arg)
{
	struct square *s = arg;

	const struct gemm g = { .m = s->n, .n = s->n, .k = s->n, .tb = true,
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
bench_layers(double peak, double least)
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
		many = 2.0 * MANY * N * K / fastest(run_layer, &s, least);
		s.M = SOME;
		some = 2.0 * SOME * N * K / fastest(run_layer, &s, least);
		s.M = 1;
		one = (double)(N * tile_words(s.w.type, K) *
			  tile_bytes(s.w.type)) /
		    fastest(run_layer, &s, least);
		printf("layer %s\t%d rows %.2f of gemm\t%d rows %.2f of gemm\t"
		    "1 row %.1f GB/s\n", name[type], MANY, many / peak, SOME,
		    some / peak, one / 1e9);
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
bench_ways(double peak, double least)
{
	enum { M = 2048, N = 3072, K = 768 };
	const double work_done = 2.0 * M * N * K;
	size_t type;

	for (type = TILE_F32; type <= TILE_BF16; type++) {
		const enum tile_type t = (enum tile_type)type;
		struct ways s = { .x = mem_floats(M * K),
			.w = mem_floats(N * K), .dout = mem_floats(M * N),
			.out = mem_floats(M * N), .M = M,
			.scratch = mem_floats(linear_floats(N, M, t)) };

		noise(s.x, M * K);
		noise(s.w, N * K);
		noise(s.dout, M * N);
		s.l.w = s.w;
		panel_place(&s.l.panel, N, K, t,
		    mem_floats(panel_floats(N, K, t)));
		panel_pack(&s.l.panel, s.w, false);
		if (t != TILE_F32) {
			panel_place(&s.l.back, K, N, t,
			    mem_floats(panel_floats(K, N, t)));
			panel_pack(&s.l.back, s.w, true);
		}
		printf("products %s\tforward %.2f of gemm\tto x %.2f of gemm\t"
		    "to w %.2f of gemm\n", t == TILE_F32 ? "f32" : "bf16",
		    work_done / fastest(run_forward, &s, least) / peak,
		    work_done / fastest(run_input, &s, least) / peak,
		    work_done / fastest(run_weight, &s, least) / peak);
		free(s.l.panel.p);
		free(s.l.back.p);
		free(s.x);
		free(s.w);
		free(s.dout);
		free(s.out);
		free(s.scratch);
	}
}

struct policy {
	struct config c;
	struct params p, d;
	struct likelihood *l;
	struct traj *t;
	struct span span;
	size_t B;
	float *coef, *logp;
};

static void
forward(void *arg)
{
	struct policy *s = arg;

	if (likelihood_logp(s->l, &s->p, s->t, s->B, s->logp, NULL) < 0)
		printf("%s\n", err_last());
}

static void
backward(void *arg)
{
	struct policy *s = arg;

	if (likelihood_gradient(s->l, &s->p, s->t, s->B, s->coef, s->logp,
		&s->d) < 0)
		printf("%s\n", err_last());
}

static void
policy_make(struct policy *s, size_t B, size_t T)
{
	size_t i, t;

	params_init(&s->p, &s->c, "");
	params_alloc(&s->p);
	for (i = 0; i < s->p.tensors; i++) {
		noise(s->p.tensor[i].p, s->p.tensor[i].n);
		for (t = 0; t < s->p.tensor[i].n; t++)
			s->p.tensor[i].p[t] *= 0.03f;
	}
	params_init(&s->d, &s->c, "");
	params_alloc(&s->d);
	s->l = likelihood_new(&s->c, B * T);
	s->B = B;
	s->t = mem_alloc(B, sizeof(*s->t));
	s->span = (struct span){ 1, (uint32_t)T };
	s->coef = mem_floats(B * T);
	s->logp = mem_floats(B * T);
	noise(s->coef, B * T);
	for (i = 0; i < B; i++) {
		s->t[i] = (struct traj){ .id = "bench", .n = T,
			.span = &s->span, .spans = 1, .actions = T - 1 };
		s->t[i].tokens = mem_alloc(T, sizeof(uint32_t));
		for (t = 0; t < T; t++)
			s->t[i].tokens[t] = (uint32_t)(
			    (t * 7919 + i * 31) % s->c.V);
	}
}

static double
work(const struct config *c, size_t T)
{
	double layer = (double)(c->D * (2 * c->H + 2 * c->K) * c->E) +
	    (double)(c->D * c->F * (c->gelu ? 2 : 3));

	return 6 * ((double)c->L * layer + (double)(c->V * c->D)) +
	    6 * (double)(c->L * c->H * c->E * T);
}

static void
bench_policy(const char *name, const struct config *c, size_t B, size_t T,
    enum tile_type type, double peak, double least)
{
	struct policy s = { .c = *c };
	const char *how = type == TILE_BF16 ? ", bf16" : "";
	double tokens = (double)(B * T), fwd, both, flops;
	size_t i;

	policy_make(&s, B, T);
	panels_compute(&s.p, type);
	flops = work(c, T);
	fwd = fastest(forward, &s, least);
	both = fastest(backward, &s, least);
	printf("%s\tforward%s\t%.0f tokens/s\t%.2f of peak\n", name, how,
	    tokens / fwd, tokens * flops / 3 / fwd / peak);
	printf("%s\tforward and backward%s\t%.0f tokens/s\t%.2f of peak\n",
	    name, how, tokens / both, tokens * flops / both / peak);
	fflush(stdout);
	likelihood_free(s.l);
	params_release(&s.p);
	params_release(&s.d);
	for (i = 0; i < B; i++)
		free(s.t[i].tokens);
	free(s.t);
	free(s.coef);
	free(s.logp);
}

struct kernels {
	float *x, *y, *z, *stat, *kv;
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

	swiglu_forward(k->z, k->x, k->y, k->rows * k->D);
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

	attention_forward(k->y, NULL, k->kv, &k->attention);
}

static void
bench_kernels(double peak, double least)
{
	enum { ROWS = 512, D = 768, H = 12 };
	static const size_t start[] = { 0, ROWS };
	struct kernels k = { mem_floats(ROWS * D), mem_floats(ROWS * D),
		mem_floats(ROWS * D), mem_floats(2 * ROWS),
		mem_floats(attention_floats(start, NULL, 1, H, D / H)), ROWS, D,
		.norm = { 0 } };
	const double n = ROWS * D, work_done = 4.0 * ROWS * ROWS / 2 * D;

	noise(k.x, ROWS * D);
	noise(k.y, ROWS * D);
	k.norm = (struct norm){ k.z, k.z, D, 1e-5, true };
	k.attention = (struct attention){ k.x, k.x, k.x, D, D, D, H, H,
		D / H, start, NULL, 1 };
	printf("softmax\t%.2f ns a number\n",
	    1e9 / n * fastest(run_softmax, &k, least));
	printf("gelu\t%.2f ns a number\n",
	    1e9 / n * fastest(run_gelu, &k, least));
	printf("swiglu\t%.2f ns a number\n",
	    1e9 / n * fastest(run_swiglu, &k, least));
	printf("layer norm\t%.2f ns a number\n",
	    1e9 / n * fastest(run_norm, &k, least));
	printf("attention\t%.2f of peak\n",
	    work_done / fastest(run_attention, &k, least) / peak);
	free(k.x);
	free(k.y);
	free(k.z);
	free(k.stat);
	free(k.kv);
}

int
main(int argc, char **argv)
{
	static const struct config small = { .family = FAMILY_LLAMA, .D = 288,
		.L = 6, .H = 6, .K = 6, .E = 48, .F = 768, .V = 32000,
		.context = 256, .tied = true, .norm_eps = 1e-5,
		.rope_theta = 10000, .bos = -1 };
	static const struct config gpt2 = { .family = FAMILY_GPT2, .D = 768,
		.L = 12, .H = 12, .K = 12, .E = 64, .F = 3072, .V = 50257,
		.context = 1024, .layer_norm = true, .gelu = true,
		.learned_positions = true, .fused_qkv = true,
		.transposed = true, .qkv_bias = true, .out_bias = true,
		.mlp_bias = true, .tied = true, .norm_eps = 1e-5, .bos = -1 };
	double least = 2, peak;
	bool policies = true;
	size_t type;
	int o;

	while ((o = getopt(argc, argv, "j:ks:")) != -1)
		if (o == 'j')
			par_start((size_t)atoi(optarg));
		else if (o == 'k')
			policies = false;
		else if (o == 's')
			least = atof(optarg);
		else
			return 2;
	peak = bench_gemm(2048, least);
	printf("gemm\t%zu threads\t%.1f GFLOP/s, kernels for %s\n",
	    par_threads(), peak / 1e9, isa_name(isa_here()));
	bench_memory(least / 10);
	bench_layers(peak, least / 10);
	bench_kernels(peak, least / 10);
	bench_ways(peak, least / 10);
	for (type = TILE_F32; policies && type <= TILE_BF16; type++) {
		bench_policy("llama 6x288", &small, 16, 256,
		    (enum tile_type)type, peak, least);
		bench_policy("gpt2 12x768", &gpt2, 4, 512,
		    (enum tile_type)type, peak, least);
	}
	return 0;
}
