/* SPDX-License-Identifier: MIT */
/*
 * policies [-j THREADS] [-s SECONDS] PEAK: forward and backward of two policies
 * with random weights, in tokens a second and as a fraction of PEAK GFLOP/s,
 * in F32 and in BF16.
 *
 * The work of a policy is counted as 6 operations a weight a token (matrices
 * alone, the embedding not, the head yes) and 12 L H E T / 2 for attention.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "likelihood/likelihood.h"
#include "nn/config_new.h"
#include "nn/packed.h"
#include "nn/params.h"

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
		s->t[i] = (struct traj){ .id = "bench",
			.n = T,
			.span = &s->span,
			.spans = 1,
			.actions = T - 1 };
		s->t[i].tokens = mem_alloc(T, sizeof(uint32_t));
		for (t = 0; t < T; t++)
			s->t[i].tokens[t] =
			    (uint32_t)((t * 7919 + i * 31) % s->c.V);
	}
}

static double
work(const struct config *c, size_t T)
{
	double layer = (double)(c->D * (2 * c->H + 2 * c->K) * c->E) +
	    (double)(c->D * c->F * (c->gated ? 3 : 2));

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
	packed_set_type(&s.p, type);
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

int
main(int argc, char **argv)
{
	static const struct config_sizes small = { .family = FAMILY_LLAMA,
		.dim = 288,
		.layers = 6,
		.vocab = 32000,
		.context = 256,
		.heads = 6,
		.ff = 768,
		.tied = true };
	static const struct config_sizes gpt2 = { .family = FAMILY_GPT2,
		.dim = 768,
		.layers = 12,
		.vocab = 50257,
		.context = 1024,
		.heads = 12 };
	struct config llama_config, gpt2_config;
	double least = 2, peak;
	int type;

	if (bench_options(argc, argv, &least) + 1 != argc)
		return 2;
	peak = 1e9 * atof(argv[argc - 1]);
	if (config_new(&llama_config, &small) != 0 ||
	    config_new(&gpt2_config, &gpt2) != 0)
		return 1;
	for (type = TILE_F32; type <= TILE_BF16; type++) {
		bench_policy("llama 6x288", &llama_config, 16, 256,
		    (enum tile_type)type, peak, least);
		bench_policy("gpt2 12x768", &gpt2_config, 4, 512,
		    (enum tile_type)type, peak, least);
	}
	return 0;
}
