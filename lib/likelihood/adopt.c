/* SPDX-License-Identifier: MIT */
#include "likelihood/adopt.h"

#include <stdlib.h>
#include <string.h>

#include "io/atomic.h"
#include "io/json.h"
#include "nn/ckpt.h"
#include "text/chat.h"
#include "text/tokenizer.h"

enum { FILE_BYTES = 16 << 20 };

/* The text of a template, which the caller frees. */
static char *
source(const char *name, size_t *n)
{
	const char *text = template_source(name);
	struct buf b = { 0 };

	if (text == NULL && file_exists(name))
		return read_file(name, FILE_BYTES, n);
	if (text == NULL) {
		template_names(&b);
		(void)fail("template %s: neither a file nor one of: %s", name,
		    buf_text(&b));
		buf_release(&b);
		return NULL;
	}
	buf_adds(&b, text);
	buf_addc(&b, '\n');
	*n = b.n;
	return b.p;
}

int
adopt_check(const char *name)
{
	size_t n;
	char *text = source(name, &n);
	struct chat_template *t =
	    text != NULL ? template_jinja(text, n, name) : NULL;

	template_free(t);
	free(text);
	return t != NULL ? 0 : -1;
}

static int
write_file(const char *path, const void *p, size_t n)
{
	struct atomic *a = atomic_open(path);
	int rc = a == NULL ? -1 : atomic_write(a, p, n);

	if (rc == 0)
		return atomic_commit(a, true);
	atomic_abort(a);
	return -1;
}

static void
put_key(struct buf *b, const char *key, size_t n)
{
	buf_adds(b, b->n > 1 ? ",\n  " : "\n  ");
	json_put_string(b, key, n);
	buf_adds(b, ": ");
}

/*
 * Write DIR/FILE again without a key; text, if any, is its new value.  A file
 * that is missing is written only for a new value.
 */
static int
replace(const char *dir, const char *file, const char *key,
    const struct buf *text)
{
	struct buf path = { 0 }, b = { 0 };
	struct json *j = NULL;
	const char *name;
	void *it = NULL;
	size_t n;
	bool had;
	int rc = 0;

	buf_addf(&path, "%s/%s", dir, file);
	had = file_exists(buf_text(&path));
	if (had && (j = json_read_file(path.p, FILE_BYTES)) == NULL)
		rc = -1;
	buf_addc(&b, '{');
	while (j != NULL && (it = json_next(j, it)) != NULL) {
		name = json_key(it, &n);
		if (strcmp(name, key) == 0)
			continue;
		put_key(&b, name, n);
		json_put(&b, json_value(it));
	}
	if (text != NULL) {
		put_key(&b, key, strlen(key));
		buf_add(&b, text->p, text->n);
	}
	buf_adds(&b, "\n}\n");
	if (rc == 0 && (text != NULL || json_get(j, key) != NULL))
		rc = write_file(path.p, b.p, b.n);
	json_free(j);
	buf_release(&path);
	buf_release(&b);
	return rc;
}

/* The end of an answer ends a sequence. */
static int
add_end(const char *dir, int64_t end)
{
	struct buf ids = { 0 };
	struct config c;
	size_t i;
	int rc;

	if (ckpt_config(&c, dir) != 0 || config_add_eos(&c, (uint32_t)end) != 0)
		return -1;
	for (i = 0; i < c.eos_count; i++)
		buf_addf(&ids, i > 0 ? ", %u" : "[%u", c.eos[i]);
	buf_addc(&ids, ']');
	rc = replace(dir, "generation_config.json", "eos_token_id", &ids);
	buf_release(&ids);
	return rc;
}

static int
learn_end(struct adopt *a, const char *dir)
{
	struct tokenizer *tokenizer = tokenizer_open(dir);
	struct chat_template *t = NULL;
	int64_t end;
	int rc = tokenizer == NULL ? -1 : 0;

	if (rc == 0)
		t = template_find(dir, NULL);
	if (t == NULL || template_fit(t, tokenizer) != 0)
		rc = -1;
	end = rc == 0 ? template_end(t) : -1;
	if (end >= 0) {
		tokenizer_spelled(tokenizer, (uint32_t)end, &a->end);
		rc = add_end(dir, end);
	}
	template_free(t);
	tokenizer_close(tokenizer);
	return rc;
}

static int
write_template(void *arg, const char *dir)
{
	struct adopt *a = arg;
	struct buf path = { 0 };
	size_t n;
	char *text = source(a->template, &n);
	int rc = -1;

	buf_addf(&path, "%s/tokenizer.json", dir);
	if (text != NULL)
		rc = file_exists(buf_text(&path)) ?
		    0 :
		    fail("a chat template needs a tokenizer, and there is "
			 "none");
	buf_reset(&path);
	buf_addf(&path, "%s/chat_template.jinja", dir);
	if (rc == 0)
		rc = write_file(buf_text(&path), text, n);
	if (rc == 0)
		rc = replace(dir, "tokenizer_config.json", "chat_template",
		    NULL);
	if (rc == 0)
		rc = learn_end(a, dir);
	buf_release(&path);
	free(text);
	return rc;
}

const struct ckpt_finish *
adopt_finish(struct adopt *a)
{
	a->finish = (struct ckpt_finish){ write_template, a };
	return a->template != NULL ? &a->finish : NULL;
}

const char *
adopt_words(struct adopt *a)
{
	buf_addf(&a->words, "template %s", a->template);
	if (a->end.n > 0)
		buf_addf(&a->words, ", which ends an answer with %s",
		    buf_text(&a->end));
	else
		buf_adds(&a->words,
		    "; no special token of the tokenizer ends an answer, so "
		    "answers have no end");
	return buf_text(&a->words);
}

void
adopt_release(struct adopt *a)
{
	buf_release(&a->end);
	buf_release(&a->words);
}
