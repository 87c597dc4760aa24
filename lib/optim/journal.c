/* SPDX-License-Identifier: MIT */
#include "optim/journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/atomic.h"
#include "io/json.h"

enum { LINES_MAX = 1 << 30 };

/* Write the bytes, and forget the file that has kept them. */
static int
let_out(const struct journal *j, const char *path, const char *lines, size_t n)
{
	if (write_all(j->fd, lines, n, "output") != 0)
		return -1;
	(void)unlink(path);
	return 0;
}

/* The last n bytes of a file, or all: how many there are, or -1. */
static ssize_t
read_end(int fd, size_t size, char *out, size_t n)
{
	const size_t want = size < n ? size : n;
	size_t got = 0;
	ssize_t r = 1;

	while (got < want && r > 0) {
		r = pread(fd, out + got, want - got,
		    (off_t)(size - want + got));
		got += r > 0 ? (size_t)r : 0;
	}
	return r < 0 ? fail_sys("output") : (ssize_t)got;
}

/*
 * How many of the first bytes of lines an output ends with: 0 where it is no
 * file that can be read; -1 on failure.
 */
static ssize_t
already(int fd, const char *lines, size_t n)
{
	struct buf path = { 0 };
	struct stat st;
	ssize_t got, at = 0;
	int in = -1;
	char *end;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		buf_addf(&path, "/proc/self/fd/%d", fd);
		in = open(buf_text(&path), O_RDONLY | O_CLOEXEC);
		buf_release(&path);
	}
	if (in < 0)
		return 0;
	end = mem_alloc(n, 1);
	got = read_end(in, (size_t)st.st_size, end, n);
	while (at < got && memcmp(end + at, lines, (size_t)(got - at)) != 0)
		at++;
	free(end);
	(void)close(in);
	return got < 0 ? -1 : got - at;
}

/* A whole line, which is an object of JSON. */
static int
check_line(const char *line, const char *end)
{
	struct json *j;
	int rc = 0;

	if (end == NULL)
		return fail("it is torn");
	j = json_parse(line, (size_t)(end - line));
	if (j == NULL)
		return -1;
	if (json_kind(j) != JSON_T_OBJECT)
		rc = fail("expected an object, found %s", json_kind_name(j));
	json_free(j);
	return rc;
}

static int
check_lines(const char *path, const char *text, size_t n)
{
	const char *end, *at = text;
	size_t line = 1;

	if (n == 0)
		return fail("%s: it is empty", path);
	for (; at < text + n; at = end + 1, line++) {
		end = memchr(at, '\n', n - (size_t)(at - text));
		if (check_line(at, end) != 0)
			return fail_in("%s: line %zu", path, line);
	}
	return 0;
}

/* The lines of the policy's step, if they were left: as journal_begin. */
static int
catch_up(const struct journal *j, const char *path)
{
	char *text = NULL;
	ssize_t has;
	size_t n;
	int rc = 0;

	if (!file_exists(path))
		return 0;
	text = read_file(path, LINES_MAX, &n);
	if (text == NULL || check_lines(path, text, n) != 0)
		rc = -fail("%s; lines of metrics are lost up to step %llu",
		    err_last(), (unsigned long long)j->trainer->step);
	else if ((has = already(j->fd, text, n)) < 0)
		rc = -1;
	else
		rc = let_out(j, path, text + has, n - (size_t)has);
	free(text);
	return rc;
}

int
journal_begin(struct journal *j, struct trainer *t, int fd)
{
	char *path = ckpt_lines_path(t->ckpt, t->step);
	int rc;

	*j = (struct journal){ .trainer = t, .fd = fd };
	t->lines = &j->lines;
	rc = catch_up(j, path);
	free(path);
	return rc;
}

void
journal_add(struct journal *j, const struct metrics *m,
    const struct gradient_metadata *o, size_t n)
{
	metrics_json(m, o, n, &j->lines);
}

int
journal_write(struct journal *j)
{
	char *path;
	int rc;

	if (j->lines.n == 0 || !trainer_committed(j->trainer))
		return 0;
	path = ckpt_lines_path(j->trainer->ckpt, j->trainer->step);
	rc = let_out(j, path, j->lines.p, j->lines.n);
	buf_reset(&j->lines);
	free(path);
	return rc;
}

void
journal_release(struct journal *j)
{
	buf_release(&j->lines);
}
