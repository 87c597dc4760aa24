/* SPDX-License-Identifier: MIT */
/*
 * select: which trajectories of a stream, in which order and how often: the
 * work of trajcat(1).
 *
 * A filter streams: select_segment gives one segment for each of the input,
 * with what is wanted of it.  A source gives one trajectory after the other
 * (select_next), to be cut into segments anew (batch.h); with shuffling,
 * repetition or whole batches it holds all of them in memory.
 *
 * With `groups`, neighbours in a segment that are of one group go together;
 * where all are held, all of a group do, from its first place on.
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
	uint64_t repeat; /* passes; 0: one, and `pass` stays as it is */
	uint64_t
	    whole; /* only as many of a pass as fill batches of it; 0: all */
	uint64_t skip, head;     /* of what is selected; head UINT64_MAX: all */
	uint64_t shard, shards;  /* shard in 1 .. shards; shards 0: all */
	const char *key, *value; /* of a record; key NULL: all */
	uint64_t best;       /* by score of each group of a segment; 0: all */
	enum traj_role role; /* to be given; ROLE_NONE: as they are */
	bool groups; /* what is of one group is one, and counts as one */
};

struct select;

/* Takes the stream, which it closes. */
struct select *select_new(struct stream_in *, const struct selection *);
void select_free(struct select *);

/*
 * 1 and the next segment (borrowed until the next call), which may be empty;
 * 0 at the end; -1.  Its `more` is what the input said, or false where no
 * more are wanted.  Not with shuffle, repeat or whole.
 */
must_use int select_segment(struct select *, struct traj_segment **);

/*
 * 1 and the next trajectory (borrowed until the next call), with its segment
 * for the header and the pass over the data that it is of; 0; -1.
 */
struct selected {
	struct traj *t;
	const struct traj_segment *from;
	uint64_t pass;
	bool begins, ends; /* a group; without `groups` each is its own */
};
must_use int select_next(struct select *, struct selected *);

/*
 * Without waiting for input, whether more follow what select_next gave last:
 * the input may have said so at the end of its segment.
 */
enum select_coming { SELECT_NONE, SELECT_MORE, SELECT_UNKNOWN };
enum select_coming select_coming(const struct select *);
/*
 * After the end: whether the input, a part of a stream, says that more follow.
 */
bool select_unfinished(const struct select *);

#endif
