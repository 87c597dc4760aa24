/* SPDX-License-Identifier: MIT */
#include "gguf/ggufvocab.h"

#include <string.h>

#include "gguf/ggufabout.h"
#include "gguf/ggufjson.h"

/* What is read here, in ggufpieces.c and in ggufspecial.c. */
static const char *const known[] = { "model", "pre", "tokens", "token_type",
	"scores", "merges", "add_space_prefix", "token_type_count" };

void
ggufvocab_release(struct ggufvocab *v)
{
	buf_release(&v->tokenizer);
	buf_release(&v->config);
	buf_release(&v->generation);
}

static bool
is(struct gguf_text t, const char *word)
{
	return t.n == strlen(word) && memcmp(t.p, word, t.n) == 0;
}

/* A key that is not understood may change what texts become. */
static int
check_keys(const struct gguf *g)
{
	static const char prefix[] = "tokenizer.ggml.";
	const size_t n = sizeof prefix - 1;
	struct gguf_text name;
	size_t i, k;

	for (i = 0; i < gguf_keys(g); i++) {
		name = gguf_key_at(g, i)->name;
		if (name.n <= n || memcmp(name.p, prefix, n) != 0)
			continue;
		name.p += n;
		name.n -= n;
		for (k = 0; k < sizeof known / sizeof known[0]; k++)
			if (is(name, known[k]))
				break;
		if (k == sizeof known / sizeof known[0] &&
		    !ggufspecial_known(name))
			return fail("key %s%.*s: not known here", prefix,
			    GGUF_SHOWN(name));
	}
	return 0;
}

static int
read_pre(const struct gguf *g, struct gguf_text model,
    const struct ggufpre **pre)
{
	struct gguf_text name;
	int rc = gguf_string(g, "tokenizer.ggml.pre", &name);

	if (rc < 0)
		return -1;
	if (is(model, "llama")) {
		if (rc == 1 && !is(name, "default"))
			return fail("key tokenizer.ggml.pre: %.*s is not known "
				    "here for the model llama",
			    GGUF_SHOWN(name));
		*pre = NULL;
		return 0;
	}
	if (!is(model, "gpt2"))
		return fail("key tokenizer.ggml.model: %.*s is not known here; "
			    "gpt2 and llama are",
		    GGUF_SHOWN(model));
	if (rc == 0)
		return fail("key tokenizer.ggml.pre: missing");
	*pre = ggufpre_named(name);
	return *pre != NULL ? 0 : -1;
}

static int
read_files(struct ggufvocab *out, const struct gguf *g, struct config *c,
    struct gguf_text model)
{
	struct ggufpieces v = { 0 };
	const struct ggufpre *pre = NULL;
	struct ggufspecial s;
	int rc = check_keys(g);

	if (rc == 0)
		rc = read_pre(g, model, &pre);
	if (rc == 0)
		rc = ggufpieces_read(&v, g, pre == NULL);
	if (rc == 0 && v.n > c->V)
		rc = fail("key tokenizer.ggml.tokens: %zu tokens for an "
			  "embedding of %zu rows",
		    v.n, c->V);
	if (rc == 0)
		rc = ggufspecial_read(&s, g, v.n, pre == NULL,
		    pre == NULL || pre->bos);
	if (rc == 0)
		rc = ggufjson_put(&out->tokenizer, g, &v, &s, pre);
	if (rc == 0)
		rc = ggufabout_put(&out->config, &s, &v, g, c->context);
	if (rc == 0)
		ggufspecial_ends(&s, c, &out->generation);
	ggufpieces_release(&v);
	return rc;
}

int
ggufvocab_read(struct ggufvocab *out, const struct gguf *g, struct config *c)
{
	struct gguf_text model;
	int rc = gguf_string(g, "tokenizer.ggml.model", &model);

	*out = (struct ggufvocab){ 0 };
	if (rc < 0)
		return -1;
	out->none = rc == 0 || is(model, "no_vocab") || is(model, "none");
	return out->none ? 0 : read_files(out, g, c, model);
}
