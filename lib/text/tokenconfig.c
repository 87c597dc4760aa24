/* SPDX-License-Identifier: MIT */
#include "text/tokenconfig.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/atomic.h"
#include "io/json.h"

enum { FILE_BYTES = 16 << 20 };

/* Read DIR/NAME; NULL if it is missing, or with *rc = -1 if it is not JSON. */
static struct json *
read_optional(const char *dir, const char *name, int *rc)
{
	struct buf path = { 0 };
	struct json *j = NULL;

	buf_addf(&path, "%s/%s", dir, name);
	if (file_exists(buf_text(&path)) &&
	    (j = json_read_file(path.p, FILE_BYTES)) == NULL)
		*rc = -1;
	buf_release(&path);
	return j;
}

static char *
copy(const char *s)
{
	return s != NULL ? mem_dup(s, strlen(s)) : NULL;
}

/* A token is given as its text, or as {"content": text, ...}. */
static char *
token_text(const struct json *j)
{
	const char *s = json_text(j, NULL);

	return copy(s != NULL ? s : json_text(json_get(j, "content"), NULL));
}

static int64_t
id_of(const struct json *j)
{
	int64_t id = json_int(json_count(j) > 0 ? json_at(j, 0) : j, -1);

	return id >= 0 ? id : -1;
}

/* A class that adds BOS unless its configuration says no. */
static bool
is_llama(const char *class)
{
	return class != NULL &&
	    (strcmp(class, "LlamaTokenizer") == 0 ||
		strcmp(class, "LlamaTokenizerFast") == 0);
}

int
tokenconfig_init(struct tokenconfig *c, const char *dir)
{
	static const char *const others[] = { "generation_config.json",
		"config.json" };
	struct json *j;
	size_t i;
	int rc = 0;

	*c = (struct tokenconfig){ .bos_id = -1, .eos_id = -1 };
	j = read_optional(dir, "tokenizer_config.json", &rc);
	c->bos_given = json_get(j, "bos_token") != NULL;
	c->bos = token_text(json_get(j, "bos_token"));
	c->eos = token_text(json_get(j, "eos_token"));
	c->adds_bos = json_bool(json_get(j, "add_bos_token"),
	    is_llama(json_text(json_get(j, "tokenizer_class"), NULL)));
	json_free(j);
	for (i = 0; i < 2 && rc == 0; i++) {
		j = read_optional(dir, others[i], &rc);
		if (c->bos_id < 0)
			c->bos_id = id_of(json_get(j, "bos_token_id"));
		if (c->eos_id < 0)
			c->eos_id = id_of(json_get(j, "eos_token_id"));
		json_free(j);
	}
	if (rc != 0)
		tokenconfig_release(c);
	return rc;
}

void
tokenconfig_release(struct tokenconfig *c)
{
	free(c->bos);
	free(c->eos);
	*c = (struct tokenconfig){ 0 };
}
