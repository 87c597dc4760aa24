/* SPDX-License-Identifier: MIT */
/*
 * stream: segments of records, complete or refused: apprentice-stream(5).
 *
 * Reading: stream_open, then for each segment stream_segment (its header),
 * stream_record until it returns 0 (the end record was there and right),
 * then stream_more.  When stream_segment returns 0 the stream ended where it
 * may.  Binary and JSON lines are told apart by the first byte of each file.
 * While a reader waits for input it watches file descriptor 1 and fails
 * with fail_pipe() when nobody reads that any longer.
 *
 * Writing: stream_begin, stream_put, stream_end (which flushes).  A tool
 * that fails just stops: without an end record all that follow refuse.
 */
#ifndef IO_STREAM_H
#define IO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/msg.h"
#include "io/where.h"

enum stream_kind { STREAM_TRAJ, STREAM_GRAD };

struct stream_in;
struct stream_out;

/*
 * The n files in order as one stream; n = 0, or a name "-", is standard
 * input.  part: the input may stop after any end record.  NULL on failure.
 */
struct stream_in *stream_open(char *const *files, size_t n, enum stream_kind,
    bool part);
void stream_close(struct stream_in *);

/* 1 and the header's inner map, 0 end of the stream, -1. */
must_use int stream_segment(struct stream_in *, struct msg *header);
/* 1 and a record, 0 end of the segment, -1. */
must_use int stream_record(struct stream_in *, struct msg *);
/* The same, lent: the record is to be read only, and until the next one. */
must_use int stream_lend(struct stream_in *, struct msg *);
/* What the end record of the segment just read said. */
bool stream_more(const struct stream_in *);
/*
 * The place of what was read last: the record, and its segment in its file.
 * The file's name stays until stream_close.
 */
struct where stream_where(const struct stream_in *);

/* On file descriptor fd, as binary or as JSON lines. */
struct stream_out *stream_new(int fd, const char *name, bool json);
void stream_free(struct stream_out *);
/*
 * Who is writing: appended to `by` of every header that stream_begin
 * writes.  All three are borrowed.  Long arguments are cut.
 */
void stream_by(struct stream_out *, const char *tool, const char *version,
    int argc, char *const *argv);
/*
 * header: the inner map; kind and version are set here, keys unknown here stay.
 */
must_use int stream_begin(struct stream_out *, enum stream_kind,
    const struct msg *header);
must_use int stream_put(struct stream_out *, const struct msg *);
/* The same with one more field, a typed array, written from where it lies. */
must_use int stream_put_array(struct stream_out *, const struct msg *,
    const char *key, int code, const void *, size_t bytes);
must_use int stream_end(struct stream_out *, bool more);

#endif
