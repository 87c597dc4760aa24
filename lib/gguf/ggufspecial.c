/* SPDX-License-Identifier: MIT */
#include "gguf/ggufspecial.h"

#include <string.h>

#include "io/json.h"

/* Old files call the key of EOT as it is here too. */
static const struct {
	const char *key, *name;
	int64_t marks; /* the id in SentencePiece models without the key */
} specials[GGUF_SPECIALS] = {
	[GGUF_BOS] = { "bos_token_id", "bos_token", 1 },
	[GGUF_EOS] = { "eos_token_id", "eos_token", 2 },
	[GGUF_UNK] = { "unknown_token_id", "unk_token", 0 },
	[GGUF_PAD] = { "padding_token_id", "pad_token", -1 },
	[GGUF_EOT] = { "eot_token_id", NULL, -1 },
	[GGUF_EOM] = { "eom_token_id", NULL, -1 },
};

/* Keys that nothing here needs, or that are read below. */
static const char *const others[] = { "add_bos_token", "add_eos_token",
	"add_sep_token", "seperator_token_id", "separator_token_id",
	"cls_token_id", "mask_token_id", "prefix_token_id", "suffix_token_id",
	"middle_token_id", "fim_pre_token_id", "fim_suf_token_id",
	"fim_mid_token_id", "fim_pad_token_id", "fim_rep_token_id",
	"fim_sep_token_id" };

const char *
ggufspecial_key(enum ggufspecial_id i)
{
	return specials[i].key;
}

const char *
ggufspecial_name(enum ggufspecial_id i)
{
	return specials[i].name;
}

static bool
is(struct gguf_text t, const char *word)
{
	return t.n == strlen(word) && memcmp(t.p, word, t.n) == 0;
}

bool
ggufspecial_known(struct gguf_text name)
{
	size_t i;

	for (i = 0; i < GGUF_SPECIALS; i++)
		if (is(name, specials[i].key))
			return true;
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (is(name, others[i]))
			return true;
	return false;
}

int
ggufspecial_read(struct ggufspecial *s, const struct gguf *g, size_t n,
    bool marks, bool add_bos)
{
	char key[64] = "tokenizer.ggml.";
	const size_t prefix = strlen(key);
	uint64_t id;
	size_t i;
	int rc;

	*s = (struct ggufspecial){ .add_bos = add_bos };
	for (i = 0; i < GGUF_SPECIALS; i++) {
		memcpy(key + prefix, specials[i].key,
		    strlen(specials[i].key) + 1);
		id = 0;
		rc = gguf_uint(g, key, &id);
		if (rc < 0)
			return -1;
		if (rc == 1 && id >= n)
			return fail("key %s: %llu is not one of %zu tokens",
			    key, (unsigned long long)id, n);
		s->id[i] = rc == 1 ? (int64_t)id :
		    marks && specials[i].marks < (int64_t)n ?
				     specials[i].marks :
				     -1;
	}
	if (gguf_bool(g, "tokenizer.ggml.add_bos_token", &s->add_bos) < 0 ||
	    gguf_bool(g, "tokenizer.ggml.add_eos_token", &s->add_eos) < 0)
		return -1;
	s->add_bos = s->add_bos && s->id[GGUF_BOS] >= 0;
	s->add_eos = s->add_eos && s->id[GGUF_EOS] >= 0;
	return 0;
}

static void
put_piece(struct buf *b, const struct ggufpieces *v, int64_t id)
{
	json_put_string(b, v->p[id].text.p, v->p[id].text.n);
}

static void
put_special(struct buf *b, const struct ggufpieces *v, int64_t id, int type)
{
	buf_adds(b, "{\"SpecialToken\":{\"id\":");
	put_piece(b, v, id);
	buf_addf(b, ",\"type_id\":%d}}", type);
}

/* One text of a template: BOS, the text, EOS. */
static void
put_sequence(struct buf *b, const struct ggufspecial *s,
    const struct ggufpieces *v, char name)
{
	const int type = name == 'B';

	if (s->add_bos) {
		put_special(b, v, s->id[GGUF_BOS], type);
		buf_addc(b, ',');
	}
	buf_addf(b, "{\"Sequence\":{\"id\":\"%c\",\"type_id\":%d}}", name,
	    type);
	if (s->add_eos) {
		buf_addc(b, ',');
		put_special(b, v, s->id[GGUF_EOS], type);
	}
}

static void
put_entry(struct buf *b, const struct ggufpieces *v, int64_t id)
{
	put_piece(b, v, id);
	buf_adds(b, ":{\"id\":");
	put_piece(b, v, id);
	buf_addf(b, ",\"ids\":[%lld],\"tokens\":[", (long long)id);
	put_piece(b, v, id);
	buf_adds(b, "]}");
}

void
ggufspecial_put_processor(struct buf *b, const struct ggufspecial *s,
    const struct ggufpieces *v)
{
	bool both =
	    s->add_bos && s->add_eos && s->id[GGUF_BOS] != s->id[GGUF_EOS];

	buf_adds(b, ",\"post_processor\":");
	if (!s->add_bos && !s->add_eos) {
		buf_adds(b, "null");
		return;
	}
	buf_adds(b, "{\"type\":\"TemplateProcessing\",\"single\":[");
	put_sequence(b, s, v, 'A');
	buf_adds(b, "],\"pair\":[");
	put_sequence(b, s, v, 'A');
	buf_addc(b, ',');
	put_sequence(b, s, v, 'B');
	buf_adds(b, "],\"special_tokens\":{");
	if (s->add_bos)
		put_entry(b, v, s->id[GGUF_BOS]);
	if (both)
		buf_addc(b, ',');
	if (s->add_eos && (both || !s->add_bos))
		put_entry(b, v, s->id[GGUF_EOS]);
	buf_adds(b, "}}");
}

void
ggufspecial_ends(const struct ggufspecial *s, struct config *c, struct buf *b)
{
	static const enum ggufspecial_id ends[] = { GGUF_EOS, GGUF_EOT,
		GGUF_EOM };
	size_t i;

	c->bos = s->id[GGUF_BOS];
	c->eos_count = 0;
	for (i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (s->id[ends[i]] >= 0 &&
		    !config_is_eos(c, (uint32_t)s->id[ends[i]]))
			c->eos[c->eos_count++] = (uint32_t)s->id[ends[i]];
	buf_addc(b, '{');
	if (c->bos >= 0)
		buf_addf(b, "\n  \"bos_token_id\": %lld%s", (long long)c->bos,
		    c->eos_count > 0 ? "," : "");
	for (i = 0; i < c->eos_count; i++)
		buf_addf(b, "%s%u%s", i == 0 ? "\n  \"eos_token_id\": [" : ", ",
		    c->eos[i], i + 1 == c->eos_count ? "]" : "");
	buf_adds(b, "\n}\n");
}
