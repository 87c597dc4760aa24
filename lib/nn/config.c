/* SPDX-License-Identifier: MIT */
#include "nn/config.h"

const char *const rope_names[ROPE_COUNT] = {
	[ROPE_PLAIN] = "default",
	[ROPE_LINEAR] = "linear",
	[ROPE_LLAMA3] = "llama3",
	[ROPE_YARN] = "yarn",
	[ROPE_LONG] = "longrope",
};

size_t
config_rotated(const struct config *c)
{
	return (size_t)((double)c->E * c->rope_share);
}

size_t
config_window(const struct config *c, size_t layer)
{
	return c->windowed[layer] ? c->window : 0;
}

bool
config_is_long(const struct config *c, size_t n)
{
	return c->rope.kind == ROPE_LONG && n > c->rope.original;
}

/* The last token of a sample is not fed, so it may be one more. */
size_t
config_room(const struct config *c, size_t n)
{
	const size_t room = c->context - n, original = c->rope.original;

	if (c->rope.kind == ROPE_LONG && n <= original &&
	    room > original + 1 - n)
		return original + 1 - n;
	return room;
}

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
