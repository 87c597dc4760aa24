/* SPDX-License-Identifier: MIT */
#include "nn/config.h"

#include "tensor/attend.h"

const char *const rope_names[ROPE_COUNT] = {
	[ROPE_PLAIN] = "default",
	[ROPE_LINEAR] = "linear",
	[ROPE_LLAMA3] = "llama3",
};

bool
config_is_eos(const struct config *c, uint32_t token)
{
	size_t i;

	for (i = 0; i < c->eos_count; i++)
		if (c->eos[i] == token)
			return true;
	return false;
}

int
config_add_eos(struct config *c, uint32_t token)
{
	if (token >= c->V)
		return fail("token %u is outside a vocabulary of %zu", token,
		    c->V);
	if (config_is_eos(c, token))
		return 0;
	if (c->eos_count == CONFIG_EOS_MAX)
		return fail("more than %d tokens end a sequence",
		    CONFIG_EOS_MAX);
	c->eos[c->eos_count++] = token;
	return 0;
}

int
config_check(const struct config *c)
{
	if (c->H % c->K != 0)
		return fail("key \"num_key_value_heads\": %zu does not divide "
			    "%zu heads",
		    c->K, c->H);
	if (!c->learned_positions && c->E % 2 != 0)
		return fail("key \"head_dim\": a head width of %zu is odd, "
			    "rotation needs pairs",
		    c->E);
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
	if (c->window > 0 && c->window < c->context)
		return fail("key \"%s\": a window of %zu, shorter than the "
			    "context of %zu, is not computed here",
		    "sliding_window", c->window, c->context);
	if (c->gated != (c->activation == ACTIVATION_SILU))
		return fail("SiLU is computed with a gate only, GELU without "
			    "one only");
	return 0;
}
