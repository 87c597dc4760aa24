/* SPDX-License-Identifier: MIT */
/*
 * archive: "next document file" over plain files, compressed ones and
 * archives, read as a stream and never unpacked to disk (the only user of
 * libarchive's archive.h).  Filters: gzip, zstd, xz, bzip2, lz4, one inside
 * the other to a depth of 2; formats: tar, zip, raw.  A name FILE:GLOB picks
 * members of an archive (when no file FILE:GLOB exists).
 *
 * archive_next opens the next member: 1, 0 when there are none left, -1.
 * archive_read gives its bytes in order: >0, 0 at its end, -1.
 * archive_where is "FILE" or "FILE:MEMBER", for messages.
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
must_use int archive_in_next(struct archive_in *);
must_use ssize_t archive_in_read(struct archive_in *, void *, size_t n);
const char *archive_in_where(const struct archive_in *);

#endif
