/* SPDX-License-Identifier: MIT */
/*
 * faults: system calls that fail when a test asks for it.
 *
 * The functions below take the place of libc's in the test program, and so in
 * the library that is linked into it.  fault_set("fsync", 2, EIO) makes the
 * second fsync from now on fail; fault_done says whether it has.  The call
 * "any" is each of them, and the error FAULT_KILL ends the process by SIGKILL
 * before the call.
 */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FAULT_KILL = -1 };

static struct {
	const char *call;
	unsigned after; /* calls until it fails; 0: it has, or none shall */
	int error;
	int watched, watcher;
} fault;

static inline void
fault_set(const char *call, unsigned nth, int error)
{
	fault.call = call;
	fault.after = nth;
	fault.error = error;
}

static inline bool
fault_done(void)
{
	return fault.after == 0;
}

/* Close the descriptor when a write fails by this error. */
static inline void
fault_watch(int error, int fd)
{
	fault.watched = error;
	fault.watcher = fd;
}

static bool
fails(const char *call)
{
	if (fault.after == 0 ||
	    (strcmp(call, fault.call) != 0 && strcmp("any", fault.call) != 0) ||
	    --fault.after > 0)
		return false;
	if (fault.error == FAULT_KILL)
		(void)raise(SIGKILL);
	errno = fault.error;
	return true;
}

/* No test needs the disk, which is slow. */
int
fsync(int fd)
{
	return fails("fsync") ? -1 : fcntl(fd, F_GETFD) < 0 ? -1 : 0;
}

int
rename(const char *from, const char *to)
{
	return fails("rename") ?
	    -1 :
	    (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
linkat(int a, const char *from, int b, const char *to, int flags)
{
	return fails("link") ? -1 :
			       (int)syscall(SYS_linkat, a, from, b, to, flags);
}

int
mkdir(const char *path, mode_t mode)
{
	return fails("mkdir") ? -1 :
				(int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int
unlink(const char *path)
{
	return fails("unlink") ? -1 :
				 (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	ssize_t done =
	    fails("write") ? -1 : (ssize_t)syscall(SYS_write, fd, p, n);

	if (done < 0 && errno == fault.watched && fault.watcher > 0) {
		(void)close(fault.watcher);
		fault.watcher = 0;
		errno = fault.watched;
	}
	return done;
}

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if ((flags & O_CREAT) != 0)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	return fails("open") ?
	    -1 :
	    (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

#endif
