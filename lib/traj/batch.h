/* SPDX-License-Identifier: MIT */
/*
 * batch: trajectories in, segments out: the work of a source.
 *
 * A segment ends when it is full, where a pass over the data ends, where the
 * tokenizer, the policy or the kind of scores changes, and before an id that
 * it has already.  Its header is that of its first trajectory's segment,
 * with `batch`, the index of the segment.
 *
 * A full segment is to be ended as soon as it is known whether more follow,
 * for whoever makes them may be waiting for what becomes of it.
 */
#ifndef TRAJ_BATCH_H
#define TRAJ_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/select.h"

struct batch;

/*
 * size 0: no matter how many; a group that goes as one counts as one.  out is
 * borrowed.
 */
struct batch *batch_new(struct stream_out *out, uint64_t size);
void batch_free(struct batch *);
must_use int batch_add(struct batch *, const struct selected *);
bool batch_full(const struct batch *);
must_use int batch_end(struct batch *, bool more);
/* At the end of all: end what is open, and keep what the last end promised. */
must_use int batch_finish(struct batch *, bool more);

#endif
