/* SPDX-License-Identifier: MIT */
/*
 * The guess: of the fields that hold text, the longest is the response if the
 * prompt has a known name; otherwise the two longest are prompt and response,
 * in the order of the document.
 */
#include "traj/demofields.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

enum { NAMES_SHOWN = 8, NAME_MAX_BYTES = 64 };

struct field {
	const char *name; /* NULL: none */
	size_t length;    /* of its text */
	size_t place;     /* in the document */
};

/* Whether a mapping can name the field without quotes or escapes. */
static bool
is_plain(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_' &&
		    name[i] != '-' && name[i] != '.')
			return false;
	return n > 0 && n <= NAME_MAX_BYTES;
}

static const char *
known_prompt(const struct json *document)
{
	static const char *const names[] = { "prompt", "question",
		"instruction" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (json_text(json_get(document, names[i]), NULL) != NULL)
			return names[i];
	return NULL;
}

/* The two longest fields of text, longest first, without `but`. */
static void
find_longest(const struct json *document, const char *but,
    struct field longest[2])
{
	struct field f = { 0 };
	size_t n;
	void *it;

	for (it = json_next(document, NULL); it != NULL;
	     it = json_next(document, it), f.place++) {
		f.name = json_key(it, &n);
		if (json_text(json_value(it), &f.length) == NULL ||
		    !is_plain(f.name, n) ||
		    (but != NULL && strcmp(f.name, but) == 0))
			continue;
		if (longest[0].name == NULL || f.length > longest[0].length) {
			longest[1] = longest[0];
			longest[0] = f;
		} else if (longest[1].name == NULL ||
		    f.length > longest[1].length) {
			longest[1] = f;
		}
	}
}

static void
put_mapping(const struct json *document, struct buf *out)
{
	const char *prompt = known_prompt(document);
	struct field f[2] = { { 0 }, { 0 } };
	bool longest_first;

	find_longest(document, prompt, f);
	longest_first = f[1].name != NULL && f[1].place > f[0].place;
	if (f[0].name == NULL)
		buf_adds(out, "prompt=/FIELD,response=/FIELD");
	else if (prompt != NULL)
		buf_addf(out, "prompt=/%s,response=/%s", prompt, f[0].name);
	else if (f[1].name == NULL)
		buf_addf(out, "response=/%s", f[0].name);
	else
		buf_addf(out, "prompt=/%s,response=/%s", f[!longest_first].name,
		    f[longest_first].name);
}

static void
put_names(const struct json *document, struct buf *out)
{
	size_t i = 0;
	void *it;

	for (it = json_next(document, NULL); it != NULL && i < NAMES_SHOWN;
	     it = json_next(document, it))
		buf_addf(out, "%s\"%.40s\"", i++ > 0 ? ", " : "",
		    json_key(it, NULL));
	if (it != NULL)
		buf_adds(out, ", ...");
}

int
demofields_fail(const struct json *document)
{
	struct buf names = { 0 }, mapping = { 0 };

	put_names(document, &names);
	put_mapping(document, &mapping);
	(void)fail_kind(ERR_FIELDS, buf_text(&mapping),
	    "no known prompt and response among the fields %s",
	    names.n > 0 ? buf_text(&names) : "of an empty object");
	buf_release(&names);
	buf_release(&mapping);
	return -1;
}
