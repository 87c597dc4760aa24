/* SPDX-License-Identifier: MIT */
/*
 * batch: cut a sequence of trajectories into segments, as a source does.
 *
 *	while ((r = select_next(source, &x)) > 0)
 *		batch_add(b, &x);
 *	batch_finish(b, false);
 *
 * A segment ends when it is full, where a pass over the data ends, where the
 * tokenizer, the policy or the kind of scores changes, and before an id that
 * it has already.  Its header is that of its first trajectory's segment, with
 * `batch`, the index of the segment, and where all trajectories are held the
 * stat trajcat.epoch.
 *
 * A caller that knows whether more follow ends a full segment at once
 * (batch_full, batch_end): the program that makes the next trajectories may
 * wait for what becomes of this segment.
 */
#ifndef TRAJ_BATCH_H
#define TRAJ_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "traj/select.h"

struct batch;

/*
 * size: trajectories of a segment, or groups where they stay together; 0: a
 * pass.  The first `skip` segments are counted, not written.  out is borrowed.
 */
struct batch *batch_new(struct stream_out *out, uint64_t size, uint64_t skip);
void batch_free(struct batch *);
must_use int batch_add(struct batch *, const struct selected *);
bool batch_full(const struct batch *);
/* Whether the segment of the newest trajectory is not written. */
bool batch_skips(const struct batch *);
must_use int batch_end(struct batch *, bool more);
/*
 * At the end: end the open segment, or add an empty one where the last end
 * promised more.
 */
must_use int batch_finish(struct batch *, bool more);
/*
 * How many segments ended before they were full and before their pass did;
 * appends the reasons and their counts.
 */
uint64_t batch_early(const struct batch *, struct buf *why);

#endif
