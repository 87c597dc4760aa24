/* SPDX-License-Identifier: MIT */
/*
 * -o FILE is written beside FILE (pending.h) and renamed by output_commit.  A
 * FILE that is not a regular file (a FIFO, /dev/null) cannot be replaced and
 * is written in place; it then becomes descriptor 1, and otherwise /dev/null
 * does, so that a tool that waits (io/wait.h) watches the output that it has.
 */
#include "cli/output.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/pending.h"
#include "cli/say.h"

/* The descriptor of -o if that is not a regular file, or 0. */
static int special;

static bool
to_stdout(const struct common *c)
{
	return c->output == NULL || strcmp(c->output, "-") == 0;
}

static void
become_stdout(int fd, const char *name)
{
	if (fd == -1 || dup2(fd, STDOUT_FILENO) == -1) {
		(void)fail_sys("%s", name);
		die();
	}
}

void
output_ready(const struct common *c)
{
	int null;

	if (to_stdout(c))
		return;
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	become_stdout(null, "/dev/null");
	(void)close(null);
}

static int
open_aside(const char *path)
{
	int fd = pending_open(path);

	if (fd == -1)
		die();
	return fd;
}

static int
open_special(const char *path)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd == -1) {
		(void)fail_sys("%s", path);
		die();
	}
	become_stdout(fd, path);
	special = fd;
	return fd;
}

int
output_open(const struct common *c)
{
	struct stat st;

	if (to_stdout(c))
		return STDOUT_FILENO;
	if (stat(c->output, &st) == 0 && !S_ISREG(st.st_mode)) {
		if (S_ISDIR(st.st_mode))
			die_with("%s: is a directory", c->output);
		return open_special(c->output);
	}
	return open_aside(c->output);
}

void
output_commit(void)
{
	if (pending_commit() != 0)
		die();
}

/* Late errors of a full or remote file system come from close(2). */
static void
close_output(int fd, const char *name)
{
	if (close(fd) == -1) {
		(void)fail_sys("%s", name);
		die();
	}
}

void
output_close(const struct common *c)
{
	if (special != 0)
		close_output(special, c->output);
	close_output(STDOUT_FILENO, "output");
}
