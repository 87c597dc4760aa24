/* SPDX-License-Identifier: MIT */
#include "io/window.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/wait.h"

enum { READ_BYTES = 1 << 18, PIPE_BYTES = 1 << 20 };

int
window_open(struct window *w, const char *file, bool wide)
{
	const bool standard = strcmp(file, "-") == 0;

	w->name = standard ? "<stdin>" : file;
	w->fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	w->begin = w->end = 0;
	w->eof = false;
	if (w->fd < 0)
		return fail_sys("%s", file);
	if (wide)
		(void)fcntl(w->fd, F_SETPIPE_SZ, PIPE_BYTES);
	return 0;
}

void
window_close(struct window *w)
{
	if (w->fd > STDERR_FILENO)
		(void)close(w->fd);
	w->fd = -1;
}

void
window_release(struct window *w)
{
	window_close(w);
	free(w->p);
	*w = (struct window){ .fd = -1 };
}

size_t
window_size(const struct window *w)
{
	return w->end - w->begin;
}

int
window_fill(struct window *w, size_t want)
{
	const size_t have = window_size(w);
	const bool large = want > have && want - have >= READ_BYTES;
	size_t room = have; /* doubled, so that scanning stays linear */
	ssize_t got;

	if (w->eof)
		return 0;
	if (large)
		room = want - have;
	else if (room < READ_BYTES)
		room = READ_BYTES;
	if (w->begin > 0) {
		memmove(w->p, w->p + w->begin, have);
		w->end = have;
		w->begin = 0;
	}
	w->p = mem_extend(w->p, &w->cap, w->end + room, 1);
	do {
		got = wait_read(w->fd, w->p + w->end, room);
		if (got < 0)
			return fail_in("%s", w->name);
		w->eof = got == 0;
		w->end += (size_t)got;
		room -= (size_t)got;
	} while (large && got > 0 && room > 0);
	return window_size(w) > have;
}
