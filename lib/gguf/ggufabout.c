/* SPDX-License-Identifier: MIT */
#include "gguf/ggufabout.h"

#include <string.h>

#include "base/utf8.h"
#include "io/json.h"

static int
put_text(struct buf *b, const char *key, struct gguf_text t)
{
	if (!utf8_valid(t.p, t.n))
		return fail("key %s: not UTF-8", key);
	json_put_string(b, t.p, t.n);
	return 0;
}

/* Templates by names, of which the plain one is called default. */
static int
put_named(struct buf *b, const struct gguf *g, struct gguf_values names,
    bool first)
{
	struct buf key = { 0 };
	struct gguf_text name, text;
	int rc = 0;

	while (names.left > 0 && rc == 0) {
		name = gguf_next_text(&names);
		if (memchr(name.p, '\0', name.n) != NULL) {
			rc = fail("key tokenizer.chat_templates: a name with "
				  "a NUL");
			break;
		}
		buf_reset(&key);
		buf_adds(&key, "tokenizer.chat_template.");
		buf_add(&key, name.p, name.n);
		rc = gguf_string(g, buf_text(&key), &text);
		if (rc == 0)
			rc = fail("key %s: missing", key.p);
		if (rc < 0)
			break;
		buf_adds(b, first ? "{\"name\": " : ", {\"name\": ");
		first = false;
		rc = put_text(b, "tokenizer.chat_templates", name);
		buf_adds(b, ", \"template\": ");
		if (rc == 0)
			rc = put_text(b, key.p, text);
		buf_addc(b, '}');
	}
	buf_release(&key);
	return rc < 0 ? -1 : 0;
}

static int
put_templates(struct buf *b, const struct gguf *g)
{
	static const char key[] = "tokenizer.chat_template";
	struct gguf_values names = { 0 };
	struct gguf_text plain;
	int has = gguf_string(g, key, &plain);
	int many =
	    gguf_array(g, "tokenizer.chat_templates", GGUF_STRING, &names);

	if (has < 0 || many < 0)
		return -1;
	if (has == 0 && many == 0)
		return 0;
	buf_adds(b, ",\n  \"chat_template\": ");
	if (many == 0)
		return put_text(b, key, plain);
	buf_addc(b, '[');
	if (has > 0) {
		buf_adds(b, "{\"name\": \"default\", \"template\": ");
		if (put_text(b, key, plain) != 0)
			return -1;
		buf_addc(b, '}');
	}
	if (put_named(b, g, names, has == 0) != 0)
		return -1;
	buf_addc(b, ']');
	return 0;
}

int
ggufabout_put(struct buf *b, const struct ggufspecial *s,
    const struct ggufpieces *v, const struct gguf *g, size_t longest)
{
	size_t i;

	buf_addf(b,
	    "{\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n"
	    "  \"add_bos_token\": %s,\n  \"add_eos_token\": %s,\n"
	    "  \"clean_up_tokenization_spaces\": false,\n"
	    "  \"model_max_length\": %zu",
	    s->add_bos ? "true" : "false", s->add_eos ? "true" : "false",
	    longest);
	for (i = 0; i < GGUF_SPECIALS; i++) {
		if (ggufspecial_name((enum ggufspecial_id)i) == NULL)
			continue;
		buf_addf(b,
		    ",\n  \"%s\": ", ggufspecial_name((enum ggufspecial_id)i));
		if (s->id[i] >= 0)
			json_put_string(b, v->p[s->id[i]].text.p,
			    v->p[s->id[i]].text.n);
		else
			buf_adds(b, "null");
	}
	if (put_templates(b, g) != 0)
		return -1;
	buf_adds(b, "\n}\n");
	return 0;
}
