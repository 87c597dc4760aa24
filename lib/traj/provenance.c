/* SPDX-License-Identifier: MIT */
#include "traj/provenance.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool
is(struct msg_view text, const char *s)
{
	return text.n == strlen(s) && memcmp(text.p, s, text.n) == 0;
}

/*
 * Whether an argument is the option: 1 with its value (-mDIR, --model=DIR), 2
 * where the value is the next argument (-m DIR, -qm DIR, --model DIR), or 0.
 */
static int
match(struct msg_view arg, char letter, const char *name,
    struct msg_view *value)
{
	size_t n = strlen(name);

	if (arg.n < 2 || arg.p[0] != '-')
		return 0;
	if (arg.p[1] == letter && arg.n > 2) {
		*value = (struct msg_view){ arg.p + 2, arg.n - 2 };
		return 1;
	}
	if (arg.p[1] != '-')
		return arg.p[arg.n - 1] == letter ? 2 : 0;
	arg = (struct msg_view){ arg.p + 2, arg.n - 2 };
	if (is(arg, name))
		return 2;
	if (arg.n <= n || memcmp(arg.p, name, n) != 0 || arg.p[n] != '=')
		return 0;
	*value = (struct msg_view){ arg.p + n + 1, arg.n - n - 1 };
	return 1;
}

/* Find the option among the arguments: 1 and its last value, 0. */
static int
find(struct msg_view argv, char letter, const char *name,
    struct msg_view *value)
{
	struct msg_view item, arg;
	size_t at = 0;
	int how, found = 0;

	while (msg_item(argv, &at, &item)) {
		if (!msg_text(item, &arg))
			continue;
		how = match(arg, letter, name, value);
		if (how == 2)
			how =
			    msg_item(argv, &at, &item) && msg_text(item, value);
		found |= how;
	}
	return found;
}

char *
provenance_option(const struct msg *header, const char *tool, char letter,
    const char *name)
{
	struct msg_view by, entry, text, argv;
	struct msg m = { 0 };
	char *found = NULL;
	size_t at = 0;

	if (!msg_any(header, "by", &by))
		return NULL;
	while (msg_item(by, &at, &entry)) {
		if (msg_parse(&m, entry.p, entry.n) != 0 ||
		    msg_str(&m, "tool", &text) != 1 || !is(text, tool) ||
		    !msg_any(&m, "argv", &argv) ||
		    !find(argv, letter, name, &text))
			continue;
		free(found);
		found = mem_dup(text.p, text.n);
	}
	msg_release(&m);
	return found;
}

struct tokenizer *
provenance_tokenizer(const struct msg *header)
{
	char *dir = provenance_option(header, "demo2traj", 'm', "model");
	struct tokenizer *t = dir != NULL ? tokenizer_open(dir) : NULL;
	struct msg_view v;

	free(dir);
	if (t == NULL || msg_str(header, "tokenizer", &v) != 1 ||
	    is(v, tokenizer_fingerprint(t)))
		return t;
	tokenizer_close(t);
	return NULL;
}
