/* SPDX-License-Identifier: MIT */
#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/say.h"

/* Seconds between two lines: on a terminal, and in a log. */
static const double REDRAW = 0.1, PLAIN = 30.0;

static bool
is_terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

/* Columns after "TOOL: ": a line that wraps could not be redrawn. */
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
		.verbose = c->verbose,
		.terminal = is_terminal(),
		.began = clock_steady() };
	p->last = p->began;
}

/* Is a line due?  If so, this is its time. */
static bool
due(struct progress *p)
{
	double t = clock_steady();

	if (p->quiet || t - p->last < (p->terminal ? REDRAW : PLAIN))
		return false;
	p->last = t;
	return true;
}

static void
draw(const struct progress *p, const char *fmt, va_list ap)
{
	enum { LINE = 512 };
	char text[LINE];

	(void)vsnprintf(text, sizeof text, fmt, ap);
	if (p->terminal)
		say_words(true, "%.*s", columns(), text);
	else
		say_words(false, "%s", text);
}

void
progress_line(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (!due(p))
		return;
	va_start(ap, fmt);
	draw(p, fmt, ap);
	va_end(ap);
}

void
progress_step(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (p->verbose && !p->quiet)
		say(false, fmt, ap);
	else if (due(p))
		draw(p, fmt, ap);
	va_end(ap);
}

void
progress_end(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	if (p->quiet)
		return;
	va_start(ap, fmt);
	say(false, fmt, ap);
	va_end(ap);
}

double
progress_seconds(const struct progress *p)
{
	return clock_steady() - p->began;
}
