/* SPDX-License-Identifier: MIT */
#include "likelihood/typed.h"

#include <stdbool.h>
#include <string.h>

#include "io/atomic.h"

enum { MOST_BYTES = 1 << 20 }; /* of a turn */

static const char quotes[] = "\"\"\"";

/* Read a line, without its end: 1, 0, -1. */
static int
read_line(struct typed *t, const char *prompt)
{
	int c = EOF;

	buf_reset(&t->line);
	if (t->prompt_fd >= 0 &&
	    write_all(t->prompt_fd, prompt, strlen(prompt), "output") != 0)
		return -1;
	while (t->line.n <= MOST_BYTES && (c = getc(t->in)) != EOF && c != '\n')
		buf_addc(&t->line, (char)c);
	if (t->line.n + t->text.n > MOST_BYTES)
		return fail("a turn of more than %d bytes", MOST_BYTES);
	if (ferror(t->in))
		return fail_sys("cannot read the turns");
	return c == '\n' || t->line.n > 0;
}

static bool
is_quotes(const struct buf *line)
{
	return line->n == 3 && memcmp(line->p, quotes, 3) == 0;
}

/* The lines up to the closing quotes, or to the end. */
static int
read_quoted(struct typed *t)
{
	bool first = true;
	int r;

	while ((r = read_line(t, "... ")) > 0 && !is_quotes(&t->line)) {
		if (!first)
			buf_addc(&t->text, '\n');
		buf_add(&t->text, t->line.p, t->line.n);
		first = false;
	}
	return r;
}

/* The first line has been read. */
static int
read_continued(struct typed *t)
{
	int r = 1;

	while (r > 0 && t->line.n > 0 && t->line.p[t->line.n - 1] == '\\') {
		buf_add(&t->text, t->line.p, t->line.n - 1);
		buf_addc(&t->text, '\n');
		r = read_line(t, "... ");
	}
	buf_add(&t->text, t->line.p, t->line.n);
	return r;
}

/* Set the kind, and leave only what follows the command. */
static void
find_command(struct typed *t)
{
	static const struct {
		const char *word;
		enum typed_kind kind;
		bool takes_text;
	} commands[] = { { "/reset", TYPED_RESET, false },
		{ "/system", TYPED_SYSTEM, true },
		{ "/quit", TYPED_QUIT, false } };
	const char *p = buf_text(&t->text);
	const size_t word = strcspn(p, " \t\n");
	size_t rest = word + strspn(p + word, " \t"), i;

	if (p[0] != '/' || memchr(p + 1, '/', word - 1) != NULL)
		return;
	t->kind = TYPED_UNKNOWN;
	for (i = 0; i < sizeof commands / sizeof *commands; i++)
		if (word == strlen(commands[i].word) &&
		    memcmp(p, commands[i].word, word) == 0 &&
		    (commands[i].takes_text || rest == t->text.n))
			t->kind = commands[i].kind;
	if (t->kind == TYPED_UNKNOWN)
		return;
	t->text.n -= rest;
	memmove(t->text.p, t->text.p + rest, t->text.n);
}

int
typed_read(struct typed *t)
{
	int r;

	do {
		t->kind = TYPED_TURN;
		buf_reset(&t->text);
		r = read_line(t, "> ");
		if (r > 0 && is_quotes(&t->line)) {
			r = read_quoted(t);
		} else if (r > 0) {
			r = read_continued(t);
			find_command(t);
		}
	} while (r > 0 && t->kind == TYPED_TURN && t->text.n == 0);
	return r < 0 ? -1 : r > 0 || t->text.n > 0;
}

void
typed_release(struct typed *t)
{
	buf_release(&t->line);
	buf_release(&t->text);
}
