/* SPDX-License-Identifier: MIT */
/* A mapping of fields by JSON pointers. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "traj/demo_parts.h"

enum {
	MAP_PROMPT,
	MAP_RESPONSE,
	MAP_CHOSEN,
	MAP_REJECTED,
	MAP_SYSTEM,
	MAP_LABEL,
	MAP_CONTEXT,
	MAP_HISTORY,
	MAP_WEIGHT,
	MAPS
};

static const char *const map_names[MAPS] = { "prompt", "response", "chosen",
	"rejected", "system", "label", "context", "history", "weight" };

struct demo_map {
	char *pointer[MAPS]; /* NULL: not mapped */
};

void
demo_map_free(struct demo_map *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < MAPS; i++)
		free(m->pointer[i]);
	free(m);
}

static int
map_one(struct demo_map *m, const char *item)
{
	const char *equals = strchr(item, '=');
	size_t i;

	if (equals == NULL)
		return fail("%s: not a format, nor FIELD=/pointer", item);
	for (i = 0; i < MAPS; i++)
		if (strlen(map_names[i]) == (size_t)(equals - item) &&
		    strncmp(map_names[i], item, (size_t)(equals - item)) == 0)
			break;
	if (i == MAPS)
		return fail("%s: only prompt, response, chosen, rejected, "
			    "system, label, context, history and weight can "
			    "be mapped",
		    item);
	if (equals[1] != '/')
		return fail("%s: a JSON pointer begins with /", item);
	free(m->pointer[i]);
	m->pointer[i] = mem_dup(equals + 1, strlen(equals + 1));
	return 0;
}

struct demo_map *
demo_map_new(const char *text)
{
	struct demo_map *m = mem_alloc(1, sizeof *m);
	char *copy = mem_dup(text, strlen(text)), *item, *save = NULL;
	int rc = 0;

	for (item = strtok_r(copy, ",", &save); item != NULL && rc == 0;
	     item = strtok_r(NULL, ",", &save))
		rc = map_one(m, item);
	free(copy);
	if (rc == 0 && m->pointer[MAP_RESPONSE] == NULL &&
	    (m->pointer[MAP_CHOSEN] == NULL ||
		m->pointer[MAP_REJECTED] == NULL))
		rc = fail("%s: maps neither response nor chosen and rejected",
		    text);
	if (rc == 0)
		return m;
	demo_map_free(m);
	return NULL;
}

const char *
demo_map_system(const struct demo_map *m)
{
	return m->pointer[MAP_SYSTEM];
}

int
demo_from_map(struct demo *d, const struct demo_map *m)
{
	const struct json *at[MAPS];
	const char *const *names = (const char *const *)m->pointer;
	size_t i;

	for (i = 0; i < MAPS; i++)
		at[i] = names[i] != NULL ? json_pointer(d->document, names[i]) :
					   NULL;
	for (i = 0; i < MAP_SYSTEM; i++)
		if (names[i] != NULL && at[i] == NULL &&
		    !(d->prompts && i != MAP_PROMPT))
			return fail("field \"%s\": missing", names[i]);
	for (i = 0; i < MAPS; i++)
		if (names[i] != NULL && i != MAP_SYSTEM)
			demo_mark(d, names[i]);
	if (demo_read_weight(d, names[MAP_WEIGHT], at[MAP_WEIGHT]) != 0)
		return -1;
	return demo_add_exchange(d,
	    &(struct demo_exchange){ .prompt_name = names[MAP_PROMPT] != NULL ?
		    names[MAP_PROMPT] :
		    "prompt",
		.answer_name = names[MAP_RESPONSE] != NULL ?
		    names[MAP_RESPONSE] :
		    "response",
		.prompt = at[MAP_PROMPT],
		.answer = at[MAP_RESPONSE],
		.chosen = at[MAP_CHOSEN],
		.rejected = at[MAP_REJECTED],
		.label = at[MAP_LABEL],
		.context = at[MAP_CONTEXT],
		.history = at[MAP_HISTORY] });
}
