/* SPDX-License-Identifier: MIT */
/*
 * archive: the files in plain files, compressed files and archives, one after
 * the other, as bytes.  Nothing is unpacked to disk.  Only archive.c includes
 * libarchive's headers.
 *
 *	in = archive_in_open(files, n);
 *	while ((r = archive_in_next(in)) > 0)
 *		while ((got = archive_in_read(in, p, size)) > 0)
 *			...
 *
 * Filters: gzip, zstd, xz, bzip2, lz4, also one inside another.  Formats: tar,
 * zip, raw.  A name FILE:GLOB picks members of an archive, unless a file has
 * that whole name.
 */
#ifndef IO_ARCHIVE_H
#define IO_ARCHIVE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

struct archive_in;

/* n = 0, or a name "-", is standard input. */
struct archive_in *archive_in_open(char *const *files, size_t n);
void archive_in_close(struct archive_in *);
/* Open the next member: 1, 0 at the end, -1. */
must_use int archive_in_next(struct archive_in *);
/* Read its bytes in order: how many, 0 at its end, -1. */
must_use ssize_t archive_in_read(struct archive_in *, void *, size_t n);
/* "FILE" or "FILE:MEMBER", for messages; borrowed until the next member. */
const char *archive_in_where(const struct archive_in *);

#endif
