/* SPDX-License-Identifier: MIT */
#include "nn/config_new.h"

#include <math.h>

#include "nn/family.h"

enum { HEAD_WIDTH = 64, WINDOW = 512 };

/* As many heads as have an even width of at least HEAD_WIDTH; or one. */
static size_t
default_heads(size_t D)
{
	size_t h = D / HEAD_WIDTH;

	while (h > 1 && (D % h != 0 || D / h % 2 != 0))
		h--;
	return h > 0 ? h : 1;
}

/* A whole number of pairs; as wide as the family has it if that is one. */
static void
choose_share(struct config *c)
{
	size_t R = config_rotated(c);

	if (R >= 2 && R % 2 == 0)
		return;
	R = R < 2 ? 2 : R - 1;
	c->rope_share = (double)R / (double)c->E;
	if (config_rotated(c) < R) /* rounded down */
		c->rope_share = nextafter(c->rope_share, 1);
}

/* What a family differs in where a new policy has a choice. */
static void
choose(struct config *c)
{
	const struct family_sizes *f = &family_row(c->family)->absent;
	size_t i;

	for (i = 0; i < c->L; i++)
		c->unrotated[i] =
		    f->unrotated_every > 0 && (i + 1) % f->unrotated_every == 0;
	for (i = 0; i < c->L && f->window_every > 0; i++)
		c->windowed[i] = (i + 1) % f->window_every != 0;
	if (f->window_every > 0)
		c->window = c->context < WINDOW ? c->context : WINDOW;
	if (!c->learned_positions)
		choose_share(c);
	if (c->attention_scale > 0 || f->query_scalar > 0)
		c->attention_scale = 1 / sqrt((double)c->E);
}

int
config_new(struct config *c, const struct config_sizes *d)
{
	family_config(c, d->family);
	c->D = d->dim;
	c->L = d->layers;
	c->V = d->vocab;
	c->context = d->context;
	c->H = d->heads > 0 ? d->heads : default_heads(c->D);
	c->K = d->kv_heads > 0 ? d->kv_heads : c->H;
	c->F = d->ff;
	if (c->F == 0)
		c->F = family_row(d->family)->default_ff(c->D);
	if (c->D % c->H != 0)
		return fail("a width of %zu is no multiple of %zu heads", c->D,
		    c->H);
	c->E = c->D / c->H;
	if (!c->learned_positions && c->E % 2 != 0)
		return fail("a width of %zu makes heads %zu wide, and rotation "
			    "needs an even width",
		    c->D, c->E);
	if (c->H % c->K != 0)
		return fail("%zu key heads do not divide %zu heads", c->K,
		    c->H);
	if (family_row(c->family)->keys->K == NULL && c->K != c->H)
		return fail("%s has as many key heads as heads, %zu",
		    family_names[c->family], c->H);
	family_size(c);
	choose(c);
	c->tied |= d->tied;
	c->scored = d->scored;
	c->bos = 0;
	c->eos[0] = 1;
	c->eos_count = 1;
	return config_check(c);
}
