/* SPDX-License-Identifier: MIT */
/*
 * window: the bytes of an open file, in a buffer that slides over it.
 *
 * p[begin .. end) has been read and not yet used; the caller moves begin past
 * what it has used, and calls window_fill for more.  Pointers into p are good
 * until then.  All zero is a window on nothing.
 */
#ifndef IO_WINDOW_H
#define IO_WINDOW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct window {
	int fd;
	const char *name; /* for messages: the file, borrowed, or "<stdin>" */
	char *p;
	size_t begin, end, cap;
	bool eof;
};

/*
 * Open a file, or standard input for "-", in place of the last one, whose
 * buffer is reused.  wide: if it is a pipe, ask for a large one.
 */
must_use int window_open(struct window *, const char *file, bool wide);
/* Close the file, but not standard input. */
void window_close(struct window *);
/* Close the file and free the buffer. */
void window_release(struct window *);
/*
 * Read more bytes: 1, 0 at the end of the file, -1.  want: how many bytes the
 * object at begin has at least, or 0.  Of a large object exactly the rest is
 * read, so that nothing of the next one has to be moved.
 */
must_use int window_fill(struct window *, size_t want);
/* How many bytes are at hand. */
size_t window_size(const struct window *);

#endif
