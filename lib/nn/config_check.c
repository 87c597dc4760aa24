/* SPDX-License-Identifier: MIT */
/* Whether sizes fit each other, and mechanisms can be computed together. */
#include "nn/config.h"
#include "nn/family.h"
#include "tensor/attend.h"

int
config_check(const struct config *c)
{
	if (c->H % c->K != 0)
		return fail("key \"num_key_value_heads\": %zu does not divide "
			    "%zu heads",
		    c->K, c->H);
	if (!c->learned_positions && c->E % 2 != 0 && !(c->rope_share < 1))
		return fail("key \"head_dim\": a head width of %zu is odd, "
			    "rotation needs pairs",
		    c->E);
	if (!c->learned_positions &&
	    (config_rotated(c) < 2 || config_rotated(c) % 2 != 0))
		return fail("key \"%s\": %g of a head of %zu is %zu, which is "
			    "no number of pairs",
		    family_row(c->family)->keys->rope_share, c->rope_share,
		    c->E, config_rotated(c));
	if (c->F > CONFIG_WIDTH_MAX)
		return fail("a feed-forward width of %zu is more than %d", c->F,
		    CONFIG_WIDTH_MAX);
	if (c->E > ATTEND_WIDEST)
		return fail("key \"head_dim\": a head width of %zu is more "
			    "than %d",
		    c->E, ATTEND_WIDEST);
	if (c->H * c->E > CONFIG_WIDTH_MAX)
		return fail("key \"head_dim\": %zu heads of %zu are too wide",
		    c->H, c->E);
	if (c->activation == (c->gated ? ACTIVATION_GELU : ACTIVATION_SILU))
		return fail("key \"%s\": %s is not computed %s a gate",
		    family_row(c->family)->keys->activation,
		    c->gated ? "GELU that is not approximate" : "SiLU",
		    c->gated ? "with" : "without");
	return 0;
}
