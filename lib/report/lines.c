/* SPDX-License-Identifier: MIT */
#include "report/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

enum { PIECE = 1 << 16, LINE_MAX_BYTES = 16 << 20 };

struct lines {
	char *path;
	int fd;
	struct buf text; /* what was read */
	size_t at;       /* of text: where the next line begins */
	size_t looked;   /* of text: no newline before it */
	uint64_t number; /* of the last line */
	off_t position;  /* of the file: behind text */
	struct stat opened;
	struct json *root; /* of the last line */
};

struct lines *
lines_open(const char *path)
{
	struct lines *l;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &st) != 0) {
		(void)fail_sys("%s", path);
	} else if (!S_ISREG(st.st_mode)) {
		(void)fail("%s: not a regular file", path);
	} else {
		l = mem_alloc(1, sizeof *l);
		l->path = mem_dup(path, strlen(path));
		l->fd = fd;
		l->opened = st;
		return l;
	}
	if (fd >= 0)
		(void)close(fd);
	return NULL;
}

void
lines_close(struct lines *l)
{
	if (l == NULL)
		return;
	(void)close(l->fd);
	json_free(l->root);
	buf_release(&l->text);
	free(l->path);
	free(l);
}

/* Read a piece: how many bytes, 0 at the end of the file, or -1. */
static ssize_t
read_piece(struct lines *l)
{
	ssize_t got;

	do
		got = read(l->fd, buf_room(&l->text, PIECE), PIECE);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fail_sys("%s", l->path);
	l->text.n += (size_t)got;
	l->position += got;
	return got;
}

/* The end of the line at l->at: 1, 0 where it is not complete yet, or -1. */
static int
find_end(struct lines *l, size_t *end)
{
	const char *newline;
	ssize_t got;

	for (;;) {
		newline = l->looked < l->text.n ?
		    memchr(l->text.p + l->looked, '\n', l->text.n - l->looked) :
		    NULL;
		if (newline != NULL) {
			*end = (size_t)(newline - l->text.p);
			l->looked = *end + 1;
			return 1;
		}
		if (l->at > 0) {
			memmove(l->text.p, l->text.p + l->at,
			    l->text.n - l->at);
			l->text.n -= l->at;
			l->at = 0;
		}
		l->looked = l->text.n;
		if (l->text.n > LINE_MAX_BYTES)
			return fail("%s: line %llu: more than %d bytes",
			    l->path, (unsigned long long)l->number + 1,
			    LINE_MAX_BYTES);
		if ((got = read_piece(l)) <= 0)
			return (int)got;
	}
}

static bool
blank(const char *p, size_t n)
{
	while (n > 0 && strchr(" \t\r", p[n - 1]) != NULL && p[n - 1] != '\0')
		n--;
	return n == 0;
}

static int
parse(struct lines *l, const char *p, size_t n)
{
	unsigned long long number = (unsigned long long)l->number;

	json_free(l->root);
	l->root = NULL;
	if (json_values(p, n) > JSON_VALUES_MAX)
		return fail("%s: line %llu: more than %d values", l->path,
		    number, JSON_VALUES_MAX);
	if ((l->root = json_parse(p, n)) == NULL)
		return fail_in("%s: line %llu", l->path, number);
	if (json_kind(l->root) != JSON_T_OBJECT)
		return fail("%s: line %llu: expected an object, found %s",
		    l->path, number, json_kind_name(l->root));
	return 1;
}

int
lines_read(struct lines *l, const struct json **object)
{
	size_t begin, end = 0;
	int r;

	while ((r = find_end(l, &end)) > 0) {
		begin = l->at;
		l->at = end + 1;
		l->number++;
		if (blank(l->text.p + begin, end - begin))
			continue;
		r = parse(l, l->text.p + begin, end - begin);
		*object = l->root;
		return r;
	}
	return r;
}

bool
lines_replaced(const struct lines *l)
{
	struct stat st;

	return stat(l->path, &st) == 0 &&
	    (st.st_ino != l->opened.st_ino || st.st_dev != l->opened.st_dev ||
		st.st_size < l->position);
}
