/* SPDX-License-Identifier: MIT */
#include "gguf/gguftokens.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gguf/ggufpieces.h"
#include "gguf/ggufpre.h"
#include "gguf/gguftokens_parts.h"
#include "io/json.h"

enum { FILE_MAX = 256 << 20 };

/* ---- pieces */

static int
put_piece(struct gguftokens *t, const struct json *id, const char *text,
    size_t n, enum ggufkind kind)
{
	int64_t i = json_int(id, -1);

	if (i < 0 || (uint64_t)i >= t->v.n)
		return fail("token %.40s: expected an id below %zu", text,
		    t->v.n);
	t->v.p[i].text = (struct gguf_text){ text, n };
	t->v.p[i].kind = kind;
	return 0;
}

static int
read_vocab(struct gguftokens *t)
{
	const struct json *vocab = json_pointer(t->json, "/model/vocab");
	const char *key;
	size_t n;
	void *it;

	if (vocab == NULL || json_kind(vocab) != JSON_T_OBJECT)
		return fail("model: vocab: expected an object");
	for (it = json_next(vocab, NULL); it != NULL;
	     it = json_next(vocab, it)) {
		key = json_key(it, &n);
		if (put_piece(t, json_value(it), key, n, GGUF_NORMAL) != 0)
			return fail_in("model");
	}
	return 0;
}

/* Blanks around a token, or words that it is part of, have no key. */
static int
check_added(const struct json *j, bool marks)
{
	static const char *const keys[] = { "lstrip", "rstrip", "single_word" };
	size_t i;

	for (i = 0; i < 3; i++)
		if (json_bool(json_get(j, keys[i]), false))
			return fail("%s has no form in GGUF", keys[i]);
	if (marks && json_bool(json_get(j, "normalized"), false))
		return fail("normalized has no form in GGUF with this "
			    "normalizer");
	return 0;
}

static int
read_added(struct gguftokens *t)
{
	const struct json *list = json_get(t->json, "added_tokens"), *j;
	const char *text;
	size_t i, n;
	bool special;

	for (i = 0; i < json_count(list); i++) {
		j = json_at(list, i);
		text = json_text(json_get(j, "content"), &n);
		special = json_bool(json_get(j, "special"), false);
		if (text == NULL)
			return fail("added_tokens: element %zu: no content", i);
		if (check_added(j, t->marks) != 0 ||
		    put_piece(t, json_get(j, "id"), text, n,
			special ? GGUF_CONTROL : GGUF_USER_DEFINED) != 0)
			return fail_in("added_tokens: %.40s", text);
	}
	return 0;
}

/* Ids without a token, as where the embedding is larger. */
static void
fill_unused(struct gguftokens *t)
{
	size_t i, at;

	for (i = 0; i < t->v.n; i++)
		if (t->v.p[i].text.p == NULL)
			buf_addf(&t->unused, "[PAD%zu]", i);
	for (i = at = 0; i < t->v.n; i++) {
		struct gguf_text *text = &t->v.p[i].text;

		if (text->p != NULL)
			continue;
		text->p = buf_text(&t->unused) + at;
		text->n = (size_t)((const char *)memchr(text->p, ']',
				       t->unused.n - at) -
			      text->p) +
		    1;
		at += text->n;
		t->v.p[i].kind = GGUF_UNUSED;
	}
}

/* ---- what the models ask for */

static int
check_model(const struct json *model)
{
	static const char *const affixes[] = { "continuing_subword_prefix",
		"end_of_word_suffix" };
	const char *type = json_text(json_get(model, "type"), NULL), *affix;
	size_t i, n;

	if (type != NULL && strcmp(type, "BPE") != 0)
		return fail("model: %s has no form in GGUF here", type);
	for (i = 0; i < 2; i++) {
		affix = json_text(json_get(model, affixes[i]), &n);
		if (affix != NULL && n > 0)
			return fail("model: %s has no form in GGUF",
			    affixes[i]);
	}
	return 0;
}

static void
write_pieces(const struct gguftokens *t, struct ggufwrite *w)
{
	const struct ggufpiece *p = t->v.p;
	size_t i;

	ggufwrite_array(w, "tokenizer.ggml.tokens", GGUF_STRING, t->v.n);
	for (i = 0; i < t->v.n; i++)
		ggufwrite_text(w, p[i].text.p, p[i].text.n);
	ggufwrite_array(w, "tokenizer.ggml.token_type", GGUF_INT32, t->v.n);
	for (i = 0; i < t->v.n; i++)
		ggufwrite_int(w, (int32_t)p[i].kind);
	if (t->marks) {
		ggufwrite_array(w, "tokenizer.ggml.scores", GGUF_FLOAT32,
		    t->v.n);
		for (i = 0; i < t->v.n; i++)
			ggufwrite_float(w, p[i].score);
	}
}

static int
write_merges(const struct gguftokens *t, struct ggufwrite *w)
{
	const struct json *list = json_pointer(t->json, "/model/merges");
	struct gguf_text side[2];
	struct buf both = { 0 };
	size_t i, n = json_count(list);

	ggufwrite_array(w, "tokenizer.ggml.merges", GGUF_STRING, n);
	for (i = 0; i < n; i++) {
		if (gguftokens_merge(json_at(list, i), i, side) != 0)
			break;
		buf_reset(&both);
		buf_add(&both, side[0].p, side[0].n);
		buf_addc(&both, ' ');
		buf_add(&both, side[1].p, side[1].n);
		ggufwrite_text(w, both.p, both.n);
	}
	buf_release(&both);
	return i == n ? 0 : -1;
}

static int
write_model(struct gguftokens *t, struct ggufwrite *w)
{
	const struct ggufpre *pre = NULL;
	const char *name = "default";

	if (!t->marks) {
		pre = ggufpre_of(t->json);
		if (pre == NULL)
			return -1;
		name = pre->names;
	}
	if (t->marks && gguftokens_score(t) != 0)
		return -1;
	ggufwrite_string(w, "tokenizer.ggml.model", t->marks ? "llama" : "gpt2",
	    t->marks ? 5 : 4);
	ggufwrite_string(w, "tokenizer.ggml.pre", name, strcspn(name, " "));
	write_pieces(t, w);
	if (!t->marks)
		return write_merges(t, w);
	ggufwrite_bool(w, "tokenizer.ggml.add_space_prefix", t->prefix);
	return 0;
}

/* ---- all together */

static int
write(struct gguftokens *t, const char *dir, const struct config *c,
    struct ggufwrite *w)
{
	const struct json *model = json_get(t->json, "model");
	int rc = check_model(model);

	t->v.n = c->V;
	t->v.p = mem_alloc(t->v.n, sizeof *t->v.p);
	t->marks = json_bool(json_get(model, "byte_fallback"), false);
	if (rc == 0 && t->marks)
		rc = gguftokens_spaces(t);
	if (rc == 0)
		rc = read_vocab(t);
	if (rc == 0)
		rc = read_added(t);
	if (rc == 0)
		fill_unused(t);
	if (rc == 0)
		rc = ggufpieces_sort(&t->v);
	if (rc == 0)
		rc = write_model(t, w);
	if (rc == 0)
		return gguftokens_specials(t, dir, c, w);
	return fail_in("%s/tokenizer.json", dir);
}

int
gguftokens_write(const char *dir, const struct config *c, struct ggufwrite *w)
{
	struct gguftokens t = { 0 };
	struct buf path = { 0 };
	int rc = 0;

	buf_addf(&path, "%s/tokenizer.json", dir);
	if (!file_exists(buf_text(&path))) {
		ggufwrite_string(w, "tokenizer.ggml.model", "no_vocab", 8);
	} else {
		t.json = json_read_file(path.p, FILE_MAX);
		rc = t.json == NULL ? -1 : write(&t, dir, c, w);
	}
	buf_release(&path);
	buf_release(&t.unused);
	ggufpieces_release(&t.v);
	json_free(t.json);
	return rc;
}
