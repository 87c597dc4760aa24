/* SPDX-License-Identifier: MIT */
/*
 * stream: segments of records, complete or refused: apprentice-stream(5).
 *
 * Reading.  After the last record stream_record has checked the end record;
 * stream_segment returns 0 where the stream ends and may end:
 *
 *	while ((r = stream_segment(in, &header)) > 0)
 *		while ((r = stream_record(in, &rec)) > 0)
 *			...
 *
 * The first byte of each segment tells MessagePack from JSON lines.  A reader
 * that waits for input watches file descriptor 1 too, and fails with
 * fail_pipe() when nobody reads that any longer.
 *
 * Writing: stream_begin, stream_put, stream_end, which flushes.  A tool that
 * fails just stops: without an end record, every reader refuses the segment.
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
 * Open n files as one stream, in order; n = 0, or a name "-", is standard
 * input.  part: the input may stop after any end record.  NULL on failure.
 */
struct stream_in *stream_open(char *const *files, size_t n, enum stream_kind,
    bool part);
void stream_close(struct stream_in *);

/*
 * Say which lists of JSON records are typed arrays.  The default: none in a
 * stream of trajectories, `data` in one of gradients.
 */
void stream_typed(struct stream_in *, msg_typed *);
/* The inner map of the next header: 1, 0 at the end of the stream, -1. */
must_use int stream_segment(struct stream_in *, struct msg *header);
/* The next record: 1, 0 at the end of the segment, -1. */
must_use int stream_record(struct stream_in *, struct msg *);
/* The same without a copy: borrowed until the next call, and read-only. */
must_use int stream_lend(struct stream_in *, struct msg *);
/* Whether the last end record says that more segments follow. */
bool stream_more(const struct stream_in *);
/*
 * The place of the last record, or header, that was read.  The file's name is
 * borrowed until stream_close.
 */
struct where stream_where(const struct stream_in *);

/* Write to file descriptor fd, as MessagePack or as JSON lines. */
struct stream_out *stream_new(int fd, const char *name, bool json);
void stream_free(struct stream_out *);
/*
 * Name the program that writes; stream_begin appends it to `by` of every
 * header.  All three are borrowed.  Long arguments are cut.
 */
void stream_by(struct stream_out *, const char *tool, const char *version,
    int argc, char *const *argv);
/* header: the inner map, in which kind, version and by are set. */
must_use int stream_begin(struct stream_out *, enum stream_kind,
    const struct msg *header);
must_use int stream_put(struct stream_out *, const struct msg *);
/* The same with one more field, a typed array, written without a copy. */
must_use int stream_put_array(struct stream_out *, const struct msg *,
    const char *key, int code, const void *, size_t bytes);
must_use int stream_end(struct stream_out *, bool more);

#endif
