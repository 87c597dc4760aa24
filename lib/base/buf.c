/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

char *
buf_room(struct buf *b, size_t n)
{
	if (b->cap - b->n < n)
		b->p = mem_extend(b->p, &b->cap,
		    n > SIZE_MAX - b->n ? SIZE_MAX : b->n + n, 1);
	return b->p + b->n;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_room(b, n), p, n);
	b->n += n;
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		(void)vsnprintf(buf_room(b, (size_t)n + 1), (size_t)n + 1, fmt,
		    again);
		b->n += (size_t)n;
	}
	va_end(again);
}

char *
buf_text(struct buf *b)
{
	*buf_room(b, 1) = '\0';
	return b->p;
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
}

void
buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}
