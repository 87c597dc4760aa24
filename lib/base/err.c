/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ERR_MAX = 360 }; /* a line that a person reads, with its tool's name */

static _Thread_local char message[ERR_MAX];
static _Thread_local bool pipe_closed;

/* Input is quoted in messages; a message stays one printable line. */
static void
make_printable(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			*s = '?';
}

int
fail(const char *fmt, ...)
{
	char text[ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	make_printable(text);
	memcpy(message, text, sizeof text);
	pipe_closed = false;
	return -1;
}

int
fail_sys(const char *fmt, ...)
{
	int saved = errno;
	char text[ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return fail("%s: %s", text, strerror(saved));
}

int
fail_in(const char *fmt, ...)
{
	bool was_pipe = pipe_closed;
	char where[ERR_MAX], old[ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(where, sizeof where, fmt, ap);
	va_end(ap);
	memcpy(old, message, sizeof old);
	(void)fail("%s: %s", where, old);
	pipe_closed = was_pipe;
	return -1;
}

int
fail_pipe(void)
{
	(void)fail("output closed");
	pipe_closed = true;
	return -1;
}

const char *
err_last(void)
{
	return message;
}

bool
err_is_pipe(void)
{
	return pipe_closed;
}
