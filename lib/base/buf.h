/* SPDX-License-Identifier: MIT */
/*
 * buf: a growing byte buffer.  All zero is an empty one.  Do not keep p over
 * an addition, which may move it.
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
/*
 * Make room for n more bytes and return where they go; the caller writes them
 * and adds to the buffer's n.
 */
char *buf_room(struct buf *, size_t n);
/* Write a NUL after the last byte, which is not counted, and return p. */
char *buf_text(struct buf *);
/* Make it empty and keep the memory; or free the memory too. */
void buf_reset(struct buf *);
void buf_release(struct buf *);

#endif
