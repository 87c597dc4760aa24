/* SPDX-License-Identifier: MIT */
#include "gguf/ggufcheck.h"

#include <math.h>

#include "nn/family.h"

/* Which layers are rotated, and which have a window, follows from the name. */
static int
check_layers(const struct config *c, const struct ggufarch *arch)
{
	size_t i;
	bool unrotated, windowed;

	for (i = 0; i < c->L; i++) {
		unrotated = arch->unrotated_every > 0 &&
		    (i + 1) % arch->unrotated_every == 0;
		windowed =
		    arch->window_every > 0 && (i + 1) % arch->window_every != 0;
		if (c->unrotated[i] != unrotated && !c->learned_positions)
			return fail("layer %zu: %s, which has no form in GGUF "
				    "for %s",
			    i, unrotated ? "rotated" : "not rotated",
			    arch->name);
		if (c->windowed[i] != windowed && c->window > 0 &&
		    c->window < c->context)
			return fail("layer %zu: its window has no form in GGUF "
				    "for %s",
			    i, arch->name);
	}
	return 0;
}

static int
check_rope(const struct config *c, const struct ggufarch *arch)
{
	const double usual = 1 / sqrt((double)c->E);

	if (c->rope.kind == ROPE_LLAMA3 && !arch->rope_factors)
		return fail("rotations of llama3 have no form in GGUF for %s",
		    arch->name);
	if (c->rope.kind == ROPE_YARN &&
	    (c->rope.fractional || c->rope.low != GGUF_YARN_SLOW ||
		c->rope.high != GGUF_YARN_FAST))
		return fail("rotations of yarn with other settings than the "
			    "usual ones have no form in GGUF");
	if (c->rope.kind == ROPE_LONG && !arch->long_factors)
		return fail("rotations of longrope have no form in GGUF for %s",
		    arch->name);
	if (family_row(c->family)->keys->attention_scale == NULL &&
	    c->attention_scale > 0 &&
	    fabs(c->attention_scale - usual) > 1e-6 * usual)
		return fail("a scale of attention of %g has no form in GGUF "
			    "for %s",
		    c->attention_scale, arch->name);
	return 0;
}

int
ggufcheck(const struct config *c, const struct ggufarch *arch)
{
	const struct config *row = &family_row(c->family)->mechanisms;

	if (c->scored)
		return fail("a scalar head has no form in GGUF");
	if ((c->qkv_bias != row->qkv_bias || c->out_bias != row->out_bias) &&
	    !arch->out_bias)
		return fail("biases of attention have no form in GGUF for %s",
		    arch->name);
	if (c->mlp_bias != row->mlp_bias && !arch->mlp_bias)
		return fail("biases of the MLP have no form in GGUF for %s",
		    arch->name);
	return check_rope(c, arch) != 0 ? -1 : check_layers(c, arch);
}
