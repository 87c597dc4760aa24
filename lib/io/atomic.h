/* SPDX-License-Identifier: MIT */
/*
 * atomic: a file that is there whole or not at all.  atomic_open creates
 * PATH.tmp.PID beside the target; atomic_commit optionally fsyncs file and
 * folder, and renames it over the target; atomic_abort removes it.  Either
 * ends the handle; a commit that fails has removed the file too.
 */
#ifndef IO_ATOMIC_H
#define IO_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct atomic;

struct atomic *atomic_open(const char *path); /* NULL on failure */
int atomic_fd(const struct atomic *);
/* The name it has until the commit; borrowed. */
const char *atomic_aside(const struct atomic *);
must_use int atomic_write(struct atomic *, const void *, size_t n);
must_use int atomic_commit(struct atomic *, bool sync); /* frees */
void atomic_abort(struct atomic *); /* frees; NULL is fine */

/* write(2) until all is written. */
must_use int write_all(int fd, const void *, size_t n, const char *name);
/*
 * Read a whole regular file of at most max bytes: *n bytes and a NUL after
 * them, which the caller frees; NULL on failure.
 */
char *read_file(const char *path, size_t max, size_t *n);

/* Whether anything of that name is there. */
bool file_exists(const char *path);

#endif
