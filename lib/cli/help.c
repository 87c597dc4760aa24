/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/fill.h"
#include "cli/optvalue.h"
#include "cli/say.h"

enum { WIDTH = 79, HELP_AT = 26 };

/* Append the words of text, wrapped; column is where the line stands. */
static void
wrap(struct buf *b, size_t column, size_t indent, const char *text)
{
	size_t n;

	for (; *text != '\0'; text += n) {
		text += strspn(text, " \n\t");
		n = strcspn(text, " \n\t");
		if (n == 0)
			break;
		if (column > indent && column + 1 + n > WIDTH) {
			buf_addf(b, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buf_addc(b, ' ');
			column++;
		}
		buf_add(b, text, n);
		column += n;
	}
	buf_addc(b, '\n');
}

static void
add_form(struct buf *b, const char *head, const char *form, size_t n)
{
	char *text = mem_dup(form, n);
	size_t at = b->n;

	buf_addf(b, "%s%s ", head, cli_name());
	wrap(b, b->n - at, b->n - at, text);
	free(text);
}

void
help_forms(struct buf *b, const struct usage *u, const char *head,
    const char *next)
{
	const char *line = u->synopsis;
	size_t n;

	do {
		n = strcspn(line, "\n");
		add_form(b, head, line, n);
		head = next;
		line += n;
	} while (*line++ == '\n');
}

static void
add_option(struct buf *b, const struct opt *o)
{
	struct buf names = { 0 }, text = { 0 };
	size_t at = b->n, n;

	if (o->letter != 0)
		buf_addf(b, "  -%c, ", o->letter);
	else
		buf_adds(b, "      ");
	buf_addf(b, "--%s", o->name);
	if (opt_takes_value(o))
		buf_addf(b, " %s", opt_meta(o));
	n = b->n - at;
	if (n + 2 > HELP_AT)
		buf_adds(b, "  ");
	else
		buf_addf(b, "%*s", (int)(HELP_AT - n), "");
	opt_names(o, ", ", " or ", &names);
	fill(&text, o->help, buf_text(&names));
	n = b->n - at;
	wrap(b, n, n > WIDTH / 2 ? HELP_AT : n, buf_text(&text));
	buf_release(&names);
	buf_release(&text);
}

void
help_text(struct buf *b, const struct opt *o, const struct usage *u)
{
	help_forms(b, u, "usage: ", "       ");
	if (u->about != NULL)
		buf_addf(b, "%s\n", u->about);
	if (u->example != NULL)
		buf_addf(b, "  %s\n", u->example);
	for (; o->kind != KIND_END; o++)
		if (o->kind == KIND_GROUP)
			buf_addf(b, "\n%s\n", o->help);
		else
			add_option(b, o);
	buf_addf(b, "\nman %s\n", cli_name());
}
