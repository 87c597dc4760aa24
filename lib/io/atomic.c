/* SPDX-License-Identifier: MIT */
#include "io/atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

struct atomic {
	char *path, *aside;
	int fd;
};

static void
atomic_free(struct atomic *a)
{
	free(a->path);
	free(a->aside);
	free(a);
}

struct atomic *
atomic_open(const char *path)
{
	struct atomic *a = mem_alloc(1, sizeof *a);
	struct buf name = { 0 };

	buf_addf(&name, "%s.tmp.%ld", path, (long)getpid());
	a->path = mem_dup(path, strlen(path));
	a->aside = buf_text(&name);
	/* Of a process that had our number, or a link that somebody laid. */
	(void)unlink(a->aside);
	a->fd = open(a->aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (a->fd < 0) {
		(void)fail_sys("%s", path);
		atomic_free(a);
		return NULL;
	}
	return a;
}

int
atomic_fd(const struct atomic *a)
{
	return a->fd;
}

const char *
atomic_aside(const struct atomic *a)
{
	return a->aside;
}

int
atomic_write(struct atomic *a, const void *p, size_t n)
{
	return write_all(a->fd, p, n, a->path);
}

/* The folder's entry is what a rename changes. */
static int
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ?
	    mem_dup(".", 1) :
	    mem_dup(path, slash == path ? 1 : (size_t)(slash - path));
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0 || fsync(fd) != 0)
		rc = fail_sys("%s", folder);
	if (fd >= 0)
		(void)close(fd);
	free(folder);
	return rc;
}

int
atomic_commit(struct atomic *a, bool sync)
{
	int fd = a->fd, rc = 0;

	if (sync && fsync(fd) != 0)
		rc = fail_sys("%s", a->path);
	a->fd = -1;
	if (close(fd) != 0 && rc == 0)
		rc = fail_sys("%s", a->path);
	if (rc == 0 && rename(a->aside, a->path) != 0)
		rc = fail_sys("%s", a->path);
	if (rc == 0 && sync)
		rc = sync_folder(a->path);
	else if (rc != 0)
		(void)unlink(a->aside);
	atomic_free(a);
	return rc;
}

void
atomic_abort(struct atomic *a)
{
	if (a == NULL)
		return;
	(void)close(a->fd);
	(void)unlink(a->aside);
	atomic_free(a);
}

int
write_all(int fd, const void *p, size_t n, const char *name)
{
	const char *at = p;
	ssize_t done;

	while (n > 0) {
		done = write(fd, at, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno == EPIPE ? fail_pipe() :
						fail_sys("%s", name);
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

char *
read_file(const char *path, size_t max, size_t *n)
{
	/* O_NONBLOCK: a FIFO shall be refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	ssize_t got = 1;
	char *p = NULL;

	*n = 0;
	if (fd < 0 || fstat(fd, &st) != 0) {
		(void)fail_sys("%s", path);
	} else if (!S_ISREG(st.st_mode)) {
		(void)fail("%s: not a regular file", path);
	} else if ((size_t)st.st_size > max) {
		(void)fail("%s: %lld bytes, more than %zu", path,
		    (long long)st.st_size, max);
	} else {
		p = mem_alloc((size_t)st.st_size + 1, 1);
		while (*n < (size_t)st.st_size && got > 0) {
			got = read(fd, p + *n, (size_t)st.st_size - *n);
			*n += got > 0 ? (size_t)got : 0;
		}
		if (got < 0) {
			(void)fail_sys("%s", path);
			free(p);
			p = NULL;
		}
	}
	if (fd >= 0)
		(void)close(fd);
	return p;
}

bool
file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}
