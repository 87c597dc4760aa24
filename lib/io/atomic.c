/* SPDX-License-Identifier: MIT */
#include "io/atomic.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "io/wait.h"

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
	/* From a process that had our number, or a link laid as a trap. */
	(void)unlink(a->aside);
	a->fd = open(a->aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (a->fd < 0) {
		(void)fail_sys("%s", path);
		atomic_free(a);
		return NULL;
	}
	/* Without locks, atomic_sweep goes by the process number only. */
	(void)flock(a->fd, LOCK_EX | LOCK_NB);
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

int
atomic_put(const struct atomic *a, size_t at, const void *p, size_t n)
{
	off_t to = lseek(a->fd, 0, SEEK_CUR);
	const char *from = p;
	ssize_t done = 0;

	if (to < 0)
		return errno;
	for (to += (off_t)at; n > 0; to += done) {
		done = pwrite(a->fd, from, n, to);
		if (done < 0 && errno != EINTR)
			return errno;
		done = done < 0 ? 0 : done;
		from += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Some file systems cannot sync a folder, and say EINVAL. */
static int
sync_fd(int fd, const char *name)
{
	if (fsync(fd) == 0 || errno == EINVAL || errno == EOPNOTSUPP)
		return 0;
	return fail_sys("%s", name);
}

int
sync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	if (fd < 0)
		return fail_sys("%s", path);
	rc = sync_fd(fd, path);
	(void)close(fd);
	return rc;
}

/* The folder that holds the path; the caller frees. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return mem_dup(".", 1);
	return mem_dup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A rename changes the folder, so the folder is what to sync. */
static int
sync_folder(const char *path)
{
	char *folder = folder_of(path);
	int rc = sync_path(folder);

	free(folder);
	return rc;
}

int
atomic_commit(struct atomic *a, bool sync)
{
	int fd = a->fd, rc = sync ? sync_fd(fd, a->path) : 0;

	a->fd = -1;
	if (close(fd) != 0 && rc == 0)
		rc = fail_sys("%s", a->path);
	if (rc == 0 && rename(a->aside, a->path) != 0)
		rc = fail_sys("%s", a->path);
	if (rc != 0)
		(void)unlink(a->aside);
	else if (sync && sync_folder(a->path) != 0)
		rc = 1;
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
write_whole(const char *path, const void *p, size_t n)
{
	struct atomic *a = atomic_open(path);

	if (a != NULL && atomic_write(a, p, n) == 0)
		return atomic_commit(a, false);
	atomic_abort(a);
	return -1;
}

/* The lock is shared: the owner's excludes it, and reading is enough. */
bool
path_locked(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	bool locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 &&
	    errno == EWOULDBLOCK;

	if (fd >= 0)
		(void)close(fd);
	return locked;
}

bool
atomic_left_over(const char *path)
{
	static const char mark[] = ".tmp.";
	const char *at = strrchr(path, '/');
	struct stat st;
	uint64_t pid;

	at = strstr(at == NULL ? path : at, mark);
	return at != NULL &&
	    num_u64(at + strlen(mark), 1, INT32_MAX, &pid) == 0 &&
	    lstat(path, &st) == 0 &&
	    (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) &&
	    kill((pid_t)pid, 0) != 0 && errno == ESRCH && !path_locked(path);
}

void
atomic_sweep(const char *path)
{
	char *folder = folder_of(path);
	const char *slash = strrchr(path, '/'), *name = path;
	struct buf prefix = { 0 }, b = { 0 };
	const struct dirent *e;
	DIR *d = opendir(folder);

	if (slash != NULL)
		name = slash + 1;
	buf_addf(&prefix, "%s.tmp.", name);
	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, prefix.p, prefix.n) != 0)
			continue;
		buf_reset(&b);
		buf_addf(&b, "%s/%s", folder, e->d_name);
		if (atomic_left_over(buf_text(&b)))
			remove_path(b.p);
	}
	if (d != NULL)
		(void)closedir(d);
	buf_release(&prefix);
	buf_release(&b);
	free(folder);
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
		if (done < 0 && errno == EAGAIN) {
			if (wait_write(fd) != 0)
				return -1;
			continue;
		}
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
	/* O_NONBLOCK: refuse a FIFO instead of waiting for its writer. */
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

bool
is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

void
remove_path(const char *path)
{
	struct dirent *e;
	DIR *d;

	if (unlink(path) == 0 || (d = opendir(path)) == NULL)
		return;
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	(void)closedir(d);
	(void)rmdir(path);
}
