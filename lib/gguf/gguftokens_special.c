/* SPDX-License-Identifier: MIT */
/* Special tokens and chat templates. */
#include <stdlib.h>
#include <string.h>

#include "gguf/ggufspecial.h"
#include "gguf/gguftokens_parts.h"

enum { FILE_MAX = 16 << 20 };

/* A token is given as its text, or as {"content": text, ...}. */
static int64_t
token_id(const struct gguftokens *t, const struct json *j)
{
	size_t n;
	const char *text = json_text(j, &n);
	uint32_t id;

	if (text == NULL)
		text = json_text(json_get(j, "content"), &n);
	if (text == NULL)
		return -1;
	id = ggufpieces_find(&t->v, text, n);
	return id == GGUF_NO_PIECE ? -1 : (int64_t)id;
}

static void
write_id(struct ggufwrite *w, enum ggufspecial_id i, int64_t id)
{
	struct buf key = { 0 };

	buf_addf(&key, "tokenizer.ggml.%s", ggufspecial_key(i));
	if (id >= 0)
		ggufwrite_uint(w, buf_text(&key), (uint32_t)id);
	buf_release(&key);
}

/*
 * The config's tokens that end a response are EOS and, if there is another,
 * EOT; a file has no place for more.
 */
static int
write_ids(const struct gguftokens *t, const struct json *about,
    const struct config *c, struct ggufwrite *w)
{
	static const enum ggufspecial_id more[] = { GGUF_EOT, GGUF_EOM };
	int64_t eos = token_id(t, json_get(about, "eos_token"));
	int64_t bos = token_id(t, json_get(about, "bos_token"));
	size_t i, n = 0;

	if (bos < 0 && json_get(about, "bos_token") == NULL)
		bos = c->bos;
	if (eos < 0 && c->eos_count > 0)
		eos = c->eos[0];
	write_id(w, GGUF_BOS, bos);
	write_id(w, GGUF_EOS, eos);
	write_id(w, GGUF_UNK, token_id(t, json_get(about, "unk_token")));
	write_id(w, GGUF_PAD, token_id(t, json_get(about, "pad_token")));
	for (i = 0; i < c->eos_count; i++) {
		if (c->eos[i] == eos)
			continue;
		if (n == sizeof more / sizeof more[0])
			return fail("eos_token_id: %zu tokens, where GGUF has "
				    "a place for 3",
			    c->eos_count);
		write_id(w, more[n++], c->eos[i]);
	}
	return 0;
}

/* Whether the post-processor adds a special token first, or last. */
static bool
adds(const struct json *tokenizer, bool last, bool otherwise)
{
	const struct json *post = json_get(tokenizer, "post_processor");
	const struct json *list = json_get(post, "processors"), *single;
	size_t i, n;

	for (i = 0; json_get(post, "single") == NULL && i < json_count(list);
	     i++)
		if (json_get(json_at(list, i), "single") != NULL)
			post = json_at(list, i);
	single = json_get(post, "single");
	n = json_count(single);
	if (n == 0)
		return otherwise;
	return json_get(json_at(single, last ? n - 1 : 0), "SpecialToken") !=
	    NULL;
}

static void
write_template(struct ggufwrite *w, const char *name, const struct json *text)
{
	struct buf key = { 0 };
	size_t n;
	const char *p = json_text(text, &n);

	buf_adds(&key, "tokenizer.chat_template");
	if (name != NULL)
		buf_addf(&key, ".%s", name);
	ggufwrite_string(w, buf_text(&key), p, n);
	buf_release(&key);
}

/* A list of templates; the one called default is the plain one. */
static int
write_templates(struct ggufwrite *w, const struct json *list)
{
	const struct json *j;
	const char *name;
	size_t i, n, others = 0;

	for (i = 0; i < json_count(list); i++) {
		j = json_at(list, i);
		name = json_text(json_get(j, "name"), &n);
		if (name == NULL || strlen(name) != n || n == 0 ||
		    json_text(json_get(j, "template"), NULL) == NULL)
			return fail("chat_template: element %zu: expected "
				    "name and template",
			    i);
		others += strcmp(name, "default") != 0;
	}
	if (others > 0)
		ggufwrite_array(w, "tokenizer.chat_templates", GGUF_STRING,
		    others);
	for (i = 0; i < json_count(list); i++) {
		name = json_text(json_get(json_at(list, i), "name"), &n);
		if (strcmp(name, "default") != 0)
			ggufwrite_text(w, name, n);
	}
	for (i = 0; i < json_count(list); i++) {
		j = json_at(list, i);
		name = json_text(json_get(j, "name"), NULL);
		write_template(w, strcmp(name, "default") != 0 ? name : NULL,
		    json_get(j, "template"));
	}
	return 0;
}

static int
write_template_of(struct ggufwrite *w, const struct json *about)
{
	const struct json *t = json_get(about, "chat_template");

	if (json_text(t, NULL) == NULL)
		return write_templates(w, t);
	write_template(w, NULL, t);
	return 0;
}

/* That of chat_template.json, where neither of the others is. */
static int
write_old(const char *dir, struct ggufwrite *w)
{
	struct buf path = { 0 };
	struct json *j = NULL;
	int rc = 0;

	buf_addf(&path, "%s/chat_template.json", dir);
	if (file_exists(buf_text(&path))) {
		j = json_read_file(path.p, FILE_MAX);
		rc = j == NULL ? -1 : write_template_of(w, j);
	}
	json_free(j);
	buf_release(&path);
	return rc;
}

/* chat_template.jinja goes before tokenizer_config.json. */
static int
write_chat(const char *dir, const struct json *about, struct ggufwrite *w)
{
	struct buf path = { 0 };
	char *text;
	size_t n;
	int rc = 0;

	buf_addf(&path, "%s/chat_template.jinja", dir);
	if (file_exists(buf_text(&path))) {
		text = read_file(path.p, FILE_MAX, &n);
		rc = text == NULL ? -1 : 0;
		if (rc == 0)
			ggufwrite_string(w, "tokenizer.chat_template", text, n);
		free(text);
	} else if (json_count(json_get(about, "chat_template")) > 0 ||
	    json_text(json_get(about, "chat_template"), NULL) != NULL) {
		rc = write_template_of(w, about);
	} else {
		rc = write_old(dir, w);
	}
	buf_release(&path);
	return rc;
}

int
gguftokens_specials(const struct gguftokens *t, const char *dir,
    const struct config *c, struct ggufwrite *w)
{
	struct buf path = { 0 };
	struct json *about = NULL;
	int rc = 0;
	bool bos, eos;

	buf_addf(&path, "%s/tokenizer_config.json", dir);
	if (file_exists(buf_text(&path)) &&
	    (about = json_read_file(path.p, FILE_MAX)) == NULL)
		rc = -1;
	if (rc == 0 && write_ids(t, about, c, w) != 0)
		rc = fail_in("%s", dir);
	bos = json_bool(json_get(about, "add_bos_token"), false);
	eos = json_bool(json_get(about, "add_eos_token"), false);
	ggufwrite_bool(w, "tokenizer.ggml.add_bos_token",
	    adds(t->json, false, bos));
	ggufwrite_bool(w, "tokenizer.ggml.add_eos_token",
	    adds(t->json, true, eos));
	if (rc == 0 && write_chat(dir, about, w) != 0)
		rc = fail_in("%s", path.p);
	buf_release(&path);
	json_free(about);
	return rc;
}
