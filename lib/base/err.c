/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ERR_MAX = 360, /* a line that a person reads, with its tool's name */
	ERR_LONG = 8 * ERR_MAX,
	ERR_BEGIN = ERR_MAX / 2 /* of a message that is too long, this stays */
};

static _Thread_local char message[ERR_MAX];
static _Thread_local char subject[ERR_MAX];
static _Thread_local enum err_kind last;

/* A message may quote input, and is to stay one printable line. */
static void
make_printable(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 127)
			*s = '?';
}

/* Set the message; one that is too long loses its middle. */
static void
set_message(const char *text)
{
	const size_t n = strlen(text);
	size_t end;

	if (n < ERR_MAX) {
		memcpy(message, text, n + 1);
	} else {
		end = ERR_MAX - 1 - ERR_BEGIN - 3;
		memcpy(message, text, ERR_BEGIN);
		/* NOLINTNEXTLINE(*-not-null-terminated-result): more follows */
		memcpy(message + ERR_BEGIN, "...", 3);
		memcpy(message + ERR_BEGIN + 3, text + n - end, end + 1);
	}
	make_printable(message);
}

static void
set_formatted(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	set_message(text == NULL ? "out of memory" : text);
	free(text);
	last = ERR_OTHER;
	subject[0] = '\0';
}

int
fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_formatted(fmt, ap);
	va_end(ap);
	return -1;
}

int
fail_sys(const char *fmt, ...)
{
	int saved = errno;
	char text[ERR_LONG];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return fail("%s: %s", text, strerror(saved));
}

int
fail_kind(enum err_kind kind, const char *about, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_formatted(fmt, ap);
	va_end(ap);
	last = kind;
	(void)snprintf(subject, sizeof subject, "%s",
	    about == NULL ? "" : about);
	make_printable(subject);
	return -1;
}

int
fail_in(const char *fmt, ...)
{
	char where[ERR_LONG], text[ERR_LONG + 2 + ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(where, sizeof where, fmt, ap);
	va_end(ap);
	if (strncmp(message, where, strlen(where)) == 0 &&
	    strncmp(message + strlen(where), ": ", 2) == 0)
		return -1;
	(void)snprintf(text, sizeof text, "%s: %s", where, message);
	set_message(text);
	return -1;
}

int
fail_pipe(void)
{
	return fail_kind(ERR_PIPE, NULL, "output closed");
}

const char *
err_last(void)
{
	return message;
}

const char *
err_about(void)
{
	return subject;
}

enum err_kind
err_last_kind(void)
{
	return last;
}

bool
err_is_pipe(void)
{
	return last == ERR_PIPE;
}
