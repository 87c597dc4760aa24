/* SPDX-License-Identifier: MIT */
/*
 * atomic: a file that is there whole or not at all, and the calls on files
 * that other modules share.
 *
 * atomic_open creates PATH.tmp.PID beside the target and locks it with
 * flock(2); atomic_write and atomic_put add bytes; atomic_commit renames the
 * file over PATH; atomic_abort removes it.  The last two free the handle.
 *
 * A process that is killed leaves its PATH.tmp.PID.  atomic_sweep removes such
 * files later, when their process has ended and nobody holds their lock.  So
 * those of a live process stay, even of one in a container that shares the
 * folder, where process numbers mean something else.
 */
#ifndef IO_ATOMIC_H
#define IO_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct atomic;

struct atomic *atomic_open(const char *path); /* NULL on failure */
int atomic_fd(const struct atomic *);
/* The file's name until the commit; borrowed. */
const char *atomic_aside(const struct atomic *);
must_use int atomic_write(struct atomic *, const void *, size_t n);
/*
 * Write n bytes `at` bytes behind what atomic_write has written; several
 * threads may.  Returns 0 or errno.
 */
must_use int atomic_put(const struct atomic *, size_t at, const void *,
    size_t n);
/*
 * Rename the file over PATH; with sync, force the file and its folder to the
 * disk.  0: done.  -1: PATH is as before, and the file aside is removed.
 * 1: PATH is the new file, but its folder could not be forced to the disk
 * (the message says why).
 */
must_use int atomic_commit(struct atomic *, bool sync);
void atomic_abort(struct atomic *); /* NULL is fine */

/* Whether `path` is a file or folder NAME.tmp.PID that no process uses. */
bool atomic_left_over(const char *path);
/* Remove what ended processes left of this target: PATH.tmp.PID. */
void atomic_sweep(const char *path);

/* A file of these bytes, whole or not at all; not forced to the disk. */
must_use int write_whole(const char *path, const void *, size_t n);
/* write(2) until all is written; waits where fd does not block. */
must_use int write_all(int fd, const void *, size_t n, const char *name);
/*
 * Read a regular file of at most max bytes: *n bytes and a NUL after them,
 * which the caller frees; NULL on failure.
 */
char *read_file(const char *path, size_t max, size_t *n);
/* fsync(2) of a file or folder; one that cannot be synced is no failure. */
must_use int sync_path(const char *path);
/* Whether the path leads to something. */
bool file_exists(const char *path);
/* Whether a process has a lock of its own on the path itself, by flock(2). */
bool path_locked(const char *path);
/* Whether the path itself is a symbolic link. */
bool is_link(const char *path);
/* Remove a file, or a folder and the files in it, as far as possible. */
void remove_path(const char *path);

#endif
