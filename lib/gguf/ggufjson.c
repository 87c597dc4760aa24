/* SPDX-License-Identifier: MIT */
#include "gguf/ggufjson.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "io/json.h"

static void
put_added(struct buf *b, const struct ggufpieces *v)
{
	const struct ggufpiece *p;
	size_t i, n = 0;

	buf_adds(b, "\"added_tokens\":[");
	for (i = 0; i < v->n; i++) {
		p = &v->p[i];
		if (p->kind != GGUF_CONTROL && p->kind != GGUF_USER_DEFINED &&
		    p->kind != GGUF_UNKNOWN)
			continue;
		buf_addf(b, "%s{\"id\":%zu,\"content\":", n++ > 0 ? "," : "",
		    i);
		json_put_string(b, p->text.p, p->text.n);
		buf_addf(b,
		    ",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
		    "\"normalized\":false,\"special\":%s}",
		    p->kind == GGUF_USER_DEFINED ? "false" : "true");
	}
	buf_adds(b, "]");
}

/* Tokens without use have no text that could be met. */
static void
put_vocab(struct buf *b, const struct ggufpieces *v)
{
	size_t i, n = 0;

	buf_adds(b, "\"vocab\":{");
	for (i = 0; i < v->n; i++) {
		if (v->p[i].kind == GGUF_UNUSED)
			continue;
		if (n++ > 0)
			buf_addc(b, ',');
		json_put_string(b, v->p[i].text.p, v->p[i].text.n);
		buf_addf(b, ":%zu", i);
	}
	buf_adds(b, "}");
}

static int
check_merge(const struct ggufpieces *v, size_t i, struct gguf_text t,
    struct buf *both)
{
	const char *space = t.n > 1 ? memchr(t.p + 1, ' ', t.n - 1) : NULL;
	size_t left = space != NULL ? (size_t)(space - t.p) : 0, k;

	if (space == NULL || !utf8_valid(t.p, t.n))
		return fail("element %zu is not two texts", i);
	buf_reset(both);
	buf_add(both, t.p, left);
	buf_add(both, space + 1, t.n - left - 1);
	for (k = 0; k < 3; k++)
		if (ggufpieces_find(v, both->p + (k == 1 ? left : 0),
			k == 0     ? left :
			    k == 1 ? both->n - left :
				     both->n) == GGUF_NO_PIECE)
			return fail("element %zu names a piece that is not a "
				    "token",
			    i);
	return 0;
}

/* Byte-level tokenizers have their merges in the file. */
static int
put_merges(struct buf *b, const struct gguf *g, const struct ggufpieces *v)
{
	static const char key[] = "tokenizer.ggml.merges";
	struct gguf_values merges = { 0 };
	struct buf both = { 0 };
	struct gguf_text t;
	size_t i;
	int rc = gguf_array(g, key, GGUF_STRING, &merges);

	if (rc <= 0)
		return rc < 0 ? -1 : fail("key %s: missing", key);
	buf_adds(b, "\"merges\":[");
	for (i = 0, rc = 0; merges.left > 0 && rc == 0; i++) {
		t = gguf_next_text(&merges);
		rc = check_merge(v, i, t, &both);
		if (i > 0)
			buf_addc(b, ',');
		json_put_string(b, t.p, t.n);
	}
	buf_adds(b, "]");
	buf_release(&both);
	return rc == 0 ? 0 : fail_in("key %s", key);
}

/* Those of SentencePiece follow from the scores. */
static int
put_scored_merges(struct buf *b, const struct ggufpieces *v)
{
	struct ggufmerge *m;
	struct buf both = { 0 };
	size_t i, n;

	if (ggufpieces_merges(v, &m, &n) != 0)
		return -1;
	buf_adds(b, "\"merges\":[");
	for (i = 0; i < n; i++) {
		const struct gguf_text *l = &v->p[m[i].left].text,
				       *r = &v->p[m[i].right].text;

		buf_reset(&both);
		buf_add(&both, l->p, l->n);
		buf_addc(&both, ' ');
		buf_add(&both, r->p, r->n);
		if (i > 0)
			buf_addc(b, ',');
		json_put_string(b, both.p, both.n);
	}
	buf_adds(b, "]");
	buf_release(&both);
	free(m);
	return 0;
}

static int
put_bytes(struct buf *b, const struct gguf *g, const struct ggufpieces *v,
    const struct ggufpre *pre)
{
	buf_addf(b,
	    ",\"decoder\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true,"
	    "\"trim_offsets\":true,\"use_regex\":true},\"normalizer\":%s,"
	    "\"pre_tokenizer\":%s,\"model\":{\"type\":\"BPE\","
	    "\"dropout\":null,\"unk_token\":null,"
	    "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"
	    "\"fuse_unk\":false,\"byte_fallback\":false,\"ignore_merges\":%s,",
	    pre->normalizer, pre->pre_tokenizer,
	    pre->ignore_merges ? "true" : "false");
	put_vocab(b, v);
	buf_addc(b, ',');
	return put_merges(b, g, v);
}

#define MARK "\"\xe2\x96\x81\""

static int
put_marks(struct buf *b, const struct gguf *g, const struct ggufpieces *v,
    const struct ggufspecial *s)
{
	bool prefix = true;

	if (gguf_bool(g, "tokenizer.ggml.add_space_prefix", &prefix) < 0)
		return -1;
	buf_addf(b,
	    ",\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":"
	    "\"Replace\",\"pattern\":{\"String\":" MARK "},\"content\":\" \"},"
	    "{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"}%s]},"
	    "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[%s"
	    "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},"
	    "\"content\":" MARK "}]},\"pre_tokenizer\":null,"
	    "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":",
	    prefix ? ",{\"type\":\"Strip\",\"content\":\" \",\"start\":1,"
		     "\"stop\":0}" :
		     "",
	    prefix ? "{\"type\":\"Prepend\",\"prepend\":" MARK "}," : "");
	if (s->id[GGUF_UNK] >= 0)
		json_put_string(b, v->p[s->id[GGUF_UNK]].text.p,
		    v->p[s->id[GGUF_UNK]].text.n);
	else
		buf_adds(b, "null");
	buf_adds(b,
	    ",\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"
	    "\"fuse_unk\":true,\"byte_fallback\":true,"
	    "\"ignore_merges\":false,");
	put_vocab(b, v);
	buf_addc(b, ',');
	return put_scored_merges(b, v);
}

int
ggufjson_put(struct buf *b, const struct gguf *g, const struct ggufpieces *v,
    const struct ggufspecial *s, const struct ggufpre *pre)
{
	int rc;

	buf_adds(b,
	    "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,");
	put_added(b, v);
	ggufspecial_put_processor(b, s, v);
	rc = pre != NULL ? put_bytes(b, g, v, pre) : put_marks(b, g, v, s);
	buf_adds(b, "}}\n");
	return rc;
}
