/* SPDX-License-Identifier: MIT */
#include "cli/say.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/hint.h"
#include "cli/pending.h"

enum { LINE = 2048 };

static struct {
	const char *name;
	bool quiet, verbose;
	bool drawn; /* the terminal's last line is to be replaced */
} words;

void
say_begin(const char *name)
{
	words.name = name;
}

void
say_ready(bool quiet, bool verbose)
{
	words.quiet = quiet;
	words.verbose = verbose;
}

const char *
cli_name(void)
{
	return words.name;
}

void
end_by_sigpipe(void)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* "TOOL: " and the words, in one write. */
void
say(bool redraw, const char *fmt, va_list ap)
{
	char line[LINE];
	size_t n = 0, i;
	int k;

	if (words.drawn || redraw)
		n = (size_t)snprintf(line, sizeof line, "\r\033[K");
	n += (size_t)snprintf(line + n, sizeof line - n, "%.64s: ", words.name);
	i = n;
	k = vsnprintf(line + n, sizeof line - n - 1, fmt, ap);
	if (k > 0)
		n += (size_t)k < sizeof line - n - 2 ? (size_t)k :
						       sizeof line - n - 2;
	for (; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 127)
			line[i] = '?';
	if (!redraw)
		line[n++] = '\n';
	words.drawn = redraw;
	if (write(STDERR_FILENO, line, n) == -1)
		return; /* nobody is left to read it */
}

void
warn(const char *fmt, ...)
{
	va_list ap;

	if (words.quiet)
		return;
	va_start(ap, fmt);
	say(false, fmt, ap);
	va_end(ap);
}

void
warn_lines(const char *text)
{
	size_t n;

	for (; *text != '\0'; text += n + 1) {
		n = strcspn(text, "\n");
		warn("%.*s", (int)n, text);
	}
}

void
note(const char *fmt, ...)
{
	va_list ap;

	if (!words.verbose || words.quiet)
		return;
	va_start(ap, fmt);
	say(false, fmt, ap);
	va_end(ap);
}

static void
say_always(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(false, fmt, ap);
	va_end(ap);
}

void
complain(void)
{
	if (err_is_pipe())
		return;
	say_always("%s", err_last());
	hint_of_failure(err_last_kind(), err_about());
}

void
die(void)
{
	pending_abandon();
	complain();
	if (err_is_pipe()) {
		end_by_sigpipe();
		(void)raise(SIGPIPE);
	}
	_exit(EXIT_FAILED);
}

void
opened(int rc)
{
	if (rc < 0)
		die();
	if (rc > 0)
		warn("%s: going on from there", err_last());
}

void
die_with(const char *fmt, ...)
{
	va_list ap;

	pending_abandon();
	va_start(ap, fmt);
	say(false, fmt, ap);
	va_end(ap);
	_exit(EXIT_FAILED);
}

void
die_usage(const char *fmt, ...)
{
	va_list ap;

	pending_abandon();
	va_start(ap, fmt);
	say(false, fmt, ap);
	va_end(ap);
	_exit(EXIT_USAGE);
}

void
die_usage_hint(const char *hint, const char *fmt, ...)
{
	va_list ap;

	pending_abandon();
	va_start(ap, fmt);
	say(false, fmt, ap);
	va_end(ap);
	hint_lines(hint);
	_exit(EXIT_USAGE);
}
