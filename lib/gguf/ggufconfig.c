/* SPDX-License-Identifier: MIT */
#include "gguf/ggufconfig.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "gguf/ggufkeys.h"
#include "nn/family.h"

static bool
is(struct gguf_text t, const char *word)
{
	return t.n == strlen(word) && memcmp(t.p, word, t.n) == 0;
}

/* The type of scaling; those of llama3 and longrope show in tensors. */
static int
read_scaling(struct config *c, const struct gguf *g,
    const struct ggufarch *arch)
{
	struct gguf_text type = { "none", 4 };
	struct buf key = { 0 };
	int rc;

	buf_addf(&key, "%s.rope.scaling.type", arch->name);
	rc = gguf_string(g, buf_text(&key), &type);
	buf_release(&key);
	if (rc < 0)
		return -1;
	if (arch->long_factors &&
	    gguf_find_tensor(g, "rope_factors_long.weight") != NULL) {
		c->rope.kind = ROPE_LONG;
		return 0;
	}
	if (is(type, "linear")) {
		c->rope.kind = ROPE_LINEAR;
	} else if (is(type, "yarn")) {
		c->rope.kind = ROPE_YARN;
		c->rope.low = GGUF_YARN_SLOW;
		c->rope.high = GGUF_YARN_FAST;
	} else if (!is(type, "none")) {
		return fail("key %s.rope.scaling.type: %.*s is not known here; "
			    "linear, yarn and none are",
		    arch->name, GGUF_SHOWN(type));
	}
	return 0;
}

static bool
begins(const struct gguf_text *t, const char *with)
{
	size_t n = strlen(with);

	return t->n > n && memcmp(t->p, with, n) == 0;
}

/*
 * Keys of the architecture that are in no table ask for something that is not
 * computed here.  "general." describes, "tokenizer." is read elsewhere, and
 * "quantize." says how the file was made.
 */
static int
check_keys(const struct config *c, const struct gguf *g,
    const struct ggufarch *arch)
{
	const struct gguf_text *name;
	size_t i, n = strlen(arch->name);

	for (i = 0; i < gguf_keys(g); i++) {
		name = &gguf_key_at(g, i)->name;
		if (begins(name, "general.") || begins(name, "tokenizer.") ||
		    begins(name, "quantize.") ||
		    (begins(name, arch->name) && name->p[n] == '.' &&
			ggufkeys_known(c, name->p + n + 1, name->n - n - 1)))
			continue;
		return fail("key %.*s: not known here", GGUF_SHOWN(*name));
	}
	return 0;
}

static const struct ggufarch *
read_arch(const struct gguf *g)
{
	struct gguf_text name = { "", 0 }, type = { "model", 5 };
	int rc = gguf_string(g, "general.architecture", &name);

	if (rc <= 0) {
		if (rc == 0)
			(void)fail("key general.architecture: missing");
		return NULL;
	}
	if (gguf_string(g, "general.type", &type) < 0)
		return NULL;
	if (type.n != 5 || memcmp(type.p, "model", 5) != 0) {
		(void)fail("key general.type: expected model, found %.*s",
		    GGUF_SHOWN(type));
		return NULL;
	}
	return ggufarch_named(name);
}

/* Mechanisms that only the tensors show. */
static int
read_tensors(struct config *c, const struct gguf *g,
    const struct ggufarch *arch)
{
	const struct gguf_tensor *embed, *head, *factors;

	embed = gguf_find_tensor(g, "token_embd.weight");
	head = gguf_find_tensor(g, "output.weight");
	factors = gguf_find_tensor(g, "rope_freqs.weight");
	if (embed == NULL || embed->dims != 2)
		return fail("tensor token_embd.weight: %s",
		    embed == NULL ? "missing" : "not a matrix");
	if (embed->shape[1] > CONFIG_VOCAB_MAX ||
	    (c->V != 0 && c->V != embed->shape[1]))
		return fail("tensor token_embd.weight: %zu rows, where %zu are "
			    "expected",
		    embed->shape[1], c->V);
	c->V = embed->shape[1];
	/* Some files have the embedding once more, as the head. */
	c->tied = head == NULL ||
	    (head->type == embed->type && head->bytes == embed->bytes &&
		memcmp(head->data, embed->data, head->bytes) == 0);
	if (arch->out_bias && gguf_find_tensor(g, "blk.0.attn_q.bias") != NULL)
		c->qkv_bias = c->out_bias = true;
	if (arch->mlp_bias && gguf_find_tensor(g, "blk.0.ffn_up.bias") != NULL)
		c->mlp_bias = true;
	if (factors == NULL || !arch->rope_factors)
		return 0;
	return ggufkeys_read_factors(c, factors);
}

/* The width of a head that is rotated: all, if no key says. */
static int
read_rotated(struct config *c, const struct gguf *g,
    const struct ggufarch *arch)
{
	struct buf key = { 0 };
	uint64_t n = c->E;
	int rc;

	c->rope_share = 1;
	buf_addf(&key, "%s.rope.dimension_count", arch->name);
	rc = gguf_uint(g, buf_text(&key), &n);
	if (rc >= 0 && n != c->E &&
	    (n < 1 || n > c->E ||
		family_row(c->family)->keys->rope_share == NULL))
		rc = fail("key %s: %llu of a head of %zu", key.p,
		    (unsigned long long)n, c->E);
	buf_release(&key);
	if (rc < 0 || n == c->E)
		return rc < 0 ? -1 : 0;
	c->rope_share = (double)n / (double)c->E;
	if (config_rotated(c) < n) /* rounded down */
		c->rope_share = nextafter(c->rope_share, 1);
	return 0;
}

/* What follows from the architecture, and from other settings. */
static void
follow(struct config *c, const struct ggufarch *arch)
{
	const struct config_keys *key = family_row(c->family)->keys;
	size_t i;

	family_size(c);
	if (c->rope.original == 0 &&
	    (c->rope.kind == ROPE_YARN ||
		family_row(c->family)->absent.original > 0))
		c->rope.original = c->context;
	if (c->rope.kind == ROPE_LONG)
		c->rope.factor = (double)c->context / (double)c->rope.original;
	if (c->rope.kind == ROPE_YARN)
		c->rope.scale *= ggufkeys_yarn_scale(c);
	for (i = 0; i < c->L; i++) {
		c->unrotated[i] = arch->unrotated_every > 0 &&
		    (i + 1) % arch->unrotated_every == 0;
		c->windowed[i] = c->window > 0 &&
		    (arch->window_every == 0 ||
			(i + 1) % arch->window_every != 0);
	}
	/* config.json says it in any case */
	if (!(c->attention_scale > 0) &&
	    (key->attention_scale != NULL || key->query_scalar != NULL))
		c->attention_scale = 1 / sqrt((double)c->E);
}

int
ggufconfig_read(struct config *c, const struct gguf *g,
    const struct ggufarch **found)
{
	const struct ggufarch *arch = read_arch(g);

	if (arch == NULL)
		return -1;
	*found = arch;
	family_config(c, arch->family);
	c->attention_scale = 0; /* a key says it, or it is the usual one */
	if (read_scaling(c, g, arch) != 0 ||
	    ggufkeys_read_rows(c, g, arch) != 0)
		return -1;
	c->K = c->K == 0 ? c->H : c->K;
	if (c->E == 0 && c->D % c->H != 0)
		return fail("key %s.attention.head_count: %zu do not divide a "
			    "width of %zu",
		    arch->name, c->H, c->D);
	c->E = c->E == 0 ? c->D / c->H : c->E;
	if (c->L > gguf_tensors(g))
		return fail("key %s.block_count: %zu, but only %zu tensors",
		    arch->name, c->L, gguf_tensors(g));
	if (check_keys(c, g, arch) != 0 || read_rotated(c, g, arch) != 0)
		return -1;
	follow(c, arch);
	if (config_check(c) != 0 ||
	    (c->rope.kind == ROPE_LONG && ggufkeys_read_long(c, g) != 0))
		return -1;
	return read_tensors(c, g, arch);
}
