/* SPDX-License-Identifier: MIT */
/*
 * buf: bytes that grow.  All zero is an empty buffer.  p is never to be
 * kept over an addition.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

#include "base/err.h"

struct buf {
	char *p;
	size_t n, cap;
};

void buf_add(struct buf *, const void *, size_t n);
void buf_addc(struct buf *, char);
void buf_adds(struct buf *, const char *);
void buf_addf(struct buf *, const char *fmt, ...) printf_like(2, 3);
/* Room for n more bytes; the caller writes them at p + n and adds to n. */
char *buf_room(struct buf *, size_t n);
/* A NUL after the last byte, not counted; p. */
char *buf_text(struct buf *);
/* Empty, the memory kept; and freed. */
void buf_reset(struct buf *);
void buf_release(struct buf *);

#endif
