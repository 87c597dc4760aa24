/* SPDX-License-Identifier: MIT */
/*
 * The templates of a directory.  chat_template.jinja counts before the key of
 * tokenizer_config.json, as in the transformers library; others that a model
 * has beside its default are in additional_chat_templates/, or in the list
 * of that key.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/atomic.h"
#include "text/chat_parts.h"

enum { FILE_BYTES = 16 << 20 };

/* DIR/NAME, the template of a file: 1, 0 if there is none, -1. */
static int
read_jinja(const char *dir, const char *name, struct chat_template **out)
{
	struct buf path = { 0 };
	char *text = NULL;
	size_t n;
	int rc = 0;

	buf_addf(&path, "%s/%s", dir, name);
	if (file_exists(buf_text(&path))) {
		text = read_file(path.p, FILE_BYTES, &n);
		*out = text != NULL ? template_jinja(text, n, name) : NULL;
		rc = *out != NULL ? 1 : -1;
	}
	free(text);
	buf_release(&path);
	return rc;
}

/* A template is a text, or one of a list of {"name", "template"}. */
static const struct json *
choose(const struct json *t, const char *name)
{
	const struct json *one;
	const char *called;
	size_t i;

	if (t == NULL || json_kind(t) != JSON_T_ARRAY)
		return name == NULL ? t : NULL;
	for (i = 0; i < json_count(t); i++) {
		one = json_at(t, i);
		called = json_text(json_get(one, "name"), NULL);
		if (called != NULL &&
		    strcmp(called, name != NULL ? name : "default") == 0)
			return json_get(one, "template");
	}
	return name == NULL && json_count(t) == 1 ?
	    json_get(json_at(t, 0), "template") :
	    NULL;
}

/* The template in the key chat_template of DIR/FILE: 1, 0 or -1. */
static int
read_key(const char *dir, const char *file, const char *name,
    struct chat_template **out)
{
	struct buf path = { 0 }, label = { 0 };
	const struct json *t = NULL;
	struct json *j = NULL;
	const char *text;
	size_t n;
	int rc = 0;

	buf_addf(&path, "%s/%s", dir, file);
	if (file_exists(buf_text(&path))) {
		j = json_read_file(path.p, FILE_BYTES);
		rc = j != NULL ? 0 : -1;
		t = choose(json_get(j, "chat_template"), name);
	}
	if (t != NULL && json_kind(t) != JSON_T_NULL) {
		text = json_text(t, &n);
		buf_addf(&label, "%s%s%s", file, name != NULL ? ": " : "",
		    name != NULL ? name : "");
		if (text != NULL)
			*out = template_jinja(text, n, buf_text(&label));
		else
			(void)fail("%s: key \"chat_template\": expected text",
			    buf_text(&label));
		rc = *out != NULL ? 1 : -1;
	}
	json_free(j);
	buf_release(&path);
	buf_release(&label);
	return rc;
}

static bool
is_file_name(const char *name)
{
	return name[0] != '.' && name[0] != '\0' && strlen(name) < 100 &&
	    strpbrk(name, "/{") == NULL;
}

int
template_end_of(const char *dir, const struct tokenizer *tokenizer,
    int64_t *end)
{
	struct chat_template *t = template_find(dir, NULL);
	const int rc = t != NULL ? template_fit(t, tokenizer) : -1;

	*end = rc == 0 ? template_end(t) : -1;
	template_free(t);
	return rc;
}

struct chat_template *
template_find(const char *dir, const char *name)
{
	struct chat_template *t = NULL;
	struct buf file = { 0 };
	int rc = 0;

	if (name == NULL) {
		rc = read_jinja(dir, "chat_template.jinja", &t);
	} else if (is_file_name(name)) {
		buf_addf(&file, "additional_chat_templates/%s.jinja", name);
		rc = read_jinja(dir, buf_text(&file), &t);
	}
	if (rc == 0)
		rc = read_key(dir, "tokenizer_config.json", name, &t);
	if (rc == 0)
		rc = read_key(dir, "chat_template.json", name, &t);
	if (rc == 0)
		t = template_new(name != NULL ? name : "plain");
	buf_release(&file);
	return t;
}
