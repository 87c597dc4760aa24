/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/say.h"

/* Seconds between two lines: on a terminal, and in a log. */
static const double REDRAW = 0.1, PLAIN = 30.0;

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool
is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

/* What fits on a row after "TOOL: ": a line that wraps is not redrawn. */
static int
columns(void)
{
	struct winsize w;
	int used = (int)strlen(cli_name()) + 3;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == -1 || w.ws_col == 0)
		w.ws_col = 80;
	return (int)w.ws_col > used ? (int)w.ws_col - used : 0;
}

static void
say_words(bool redraw, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(redraw, fmt, ap);
	va_end(ap);
}

void
progress_begin(struct progress *p, const struct common *c)
{
	*p = (struct progress){ .quiet = c->quiet,
		.terminal = is_terminal(),
		.began = now() };
	p->last = p->began;
}

void
progress_line(struct progress *p, const char *fmt, ...)
{
	enum { LINE = 512 };
	char text[LINE];
	double t;
	va_list ap;

	if (p->quiet)
		return;
	t = now();
	if (t - p->last < (p->terminal ? REDRAW : PLAIN))
		return;
	p->last = t;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	p->drawn = p->terminal;
	if (p->terminal)
		say_words(true, "%.*s", columns(), text);
	else
		say_words(false, "%s", text);
}

void
progress_end(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (p->quiet)
		return;
	p->drawn = false;
	va_start(ap, fmt);
	say(false, fmt, ap);
	va_end(ap);
}

double
progress_seconds(const struct progress *p)
{
	return now() - p->began;
}
