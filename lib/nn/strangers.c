/* SPDX-License-Identifier: MIT */
/* Tensors of a policy's files that its table does not have. */
#include <string.h>

#include "nn/ckpt_parts.h"
#include "nn/family.h"
#include "nn/params_names.h"

/* Parts of models that read more than text; names begin with them. */
static const char *const parts[] = { "vision_tower.", "vision_model.",
	"visual.", "multi_modal_projector.", "audio_tower.", "embed_vision.",
	"embed_audio." };

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* Buffers that files carry and no forward pass reads. */
static bool
is_buffer(const char *name)
{
	static const char *const ends[] = { ".attn.bias", ".attn.masked_bias",
		".attention.bias", ".attention.masked_bias",
		"rotary_emb.inv_freq" };
	size_t i;

	for (i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends_with(name, ends[i]))
			return true;
	return false;
}

static bool
is_other_part(const char *name)
{
	size_t i;

	if (strncmp(name, "model.", 6) == 0)
		name += 6;
	for (i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strncmp(name, parts[i], strlen(parts[i])) == 0)
			return true;
	return false;
}

/* A head that is stored although it is tied has to be the embedding. */
static int
check_tied(const struct ckpt *c, const struct params *p,
    const struct st_tensor *head)
{
	const struct st_tensor *embed = ckpt_find_tensor(c, p->tensor[0].name);

	if (embed != NULL && embed->dtype == head->dtype &&
	    embed->bytes == head->bytes &&
	    memcmp(embed->data, head->data, head->bytes) == 0)
		return 0;
	return fail("tensor %s: differs from %s, to which "
		    "\"tie_word_embeddings\" ties it",
	    head->name, p->tensor[0].name);
}

static int
check_one(struct ckpt *c, const struct params *p, const struct st_tensor *t)
{
	const char *of = c->adapter != NULL ? "these adapters of " : "";

	if (params_find(p, t->name) != (size_t)-1)
		return 0;
	if (c->adapter == NULL && is_buffer(t->name))
		return 0;
	if (c->adapter == NULL && c->config.inside && is_other_part(t->name)) {
		c->others++;
		return 0;
	}
	if (c->adapter == NULL && params_is_head(&c->config, t->name)) {
		if (c->config.scored)
			return 0;
		if (c->config.tied)
			return check_tied(c, p, t);
	}
	return fail("tensor %s: not one of %sa %s policy", t->name, of,
	    family_names[c->config.family]);
}

int
ckpt_check_strangers(struct ckpt *c, const struct params *p)
{
	size_t i, k;

	c->others = 0;
	for (i = 0; i < c->files; i++)
		for (k = 0; k < st_count(c->file[i]); k++)
			if (check_one(c, p, st_at(c->file[i], k)) != 0)
				return -1;
	return 0;
}
