/* SPDX-License-Identifier: MIT */
/*
 * select: which trajectories of a stream, in which order, how often, and
 * cut into which segments: the work of trajcat(1).
 *
 * A source (select_next) gives one trajectory after the other with the
 * header of the segment it came from.  Without shuffling or repetition it
 * streams; with either it holds all trajectories in memory.
 */
#ifndef TRAJ_SELECT_H
#define TRAJ_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/traj.h"

struct selection {
	bool shuffle;
	uint64_t seed;
	uint64_t repeat;      /* passes; 0: one, and `pass` stays as it is */
	uint64_t skip, head;  /* of the stream as selected; head UINT64_MAX: all */
	uint64_t shard, shards; /* shard in 1 .. shards; 0: all */
	const char *key, *value; /* of a record; key NULL: all */
};

struct select;

/* Takes the stream, which it closes. */
struct select *select_new(struct stream_in *, const struct selection *);
void select_free(struct select *);

/*
 * 1 and the next trajectory (borrowed until the next call) with its segment
 * (for the header); 0 at the end; -1.  `segment` counts segments of the
 * input, or passes: where it changes a batch ends.
 */
struct selected {
	struct traj *t;
	const struct traj_segment *from;
	uint64_t segment;
};
must_use int select_next(struct select *, struct selected *);

#endif
