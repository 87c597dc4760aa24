/* SPDX-License-Identifier: MIT */
#include "gguf/ggufconfig.h"

#include <string.h>

#include "base/buf.h"
#include "gguf/ggufkeys.h"
#include "nn/family.h"

/* A scaling by one factor has its type in the file; llama3 has a tensor. */
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
	if (type.n == 6 && memcmp(type.p, "linear", 6) == 0)
		c->rope = ROPE_LINEAR;
	else if (type.n != 4 || memcmp(type.p, "none", 4) != 0)
		return fail("key %s.rope.scaling.type: %.*s is not known here; "
			    "linear and none are",
		    arch->name, (int)type.n, type.p);
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
		return fail("key %.*s: not known here", (int)name->n, name->p);
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
		    (int)type.n, type.p);
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
	if (factors == NULL || !arch->rope_factors)
		return 0;
	return ggufkeys_read_factors(c, factors);
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
	if (check_keys(c, g, arch) != 0 || config_check(c) != 0)
		return -1;
	return read_tensors(c, g, arch);
}
