/* SPDX-License-Identifier: MIT */
/*
 * select: which trajectories of a stream, in which order and how often, as
 * trajcat(1) describes.
 *
 * A filter calls select_segment: one segment for each of the input, with the
 * trajectories that are wanted.  A source calls select_next: one trajectory
 * after the other, which batch.h cuts into new segments.  With shuffle, repeat
 * or whole, a source holds all trajectories in memory.
 *
 * With groups, neighbors of one group in a segment stay together; where all
 * trajectories are held, all of a group do, at the place of its first.  The
 * best of a group are those of a segment; where all are held, of all.
 */
#ifndef TRAJ_SELECT_H
#define TRAJ_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/best.h"
#include "traj/traj.h"
#include "traj/windows.h"

struct selection {
	bool shuffle;
	uint64_t seed;
	uint64_t repeat; /* passes; 0: one, and the field pass stays as it is */
	uint64_t whole;  /* drop the last of a pass beyond a multiple of this */
	uint64_t skip, head;     /* of the selected; head UINT64_MAX: all */
	uint64_t shard, shards;  /* shard in 1 .. shards; shards 0: all */
	const char *key, *value; /* of a record; key NULL: all */
	uint64_t best;           /* at most, of each group; 0: all */
	enum best_by by;         /* which are best */
	enum traj_role role;     /* to set; ROLE_NONE: leave as it is */
	const char *prefix;      /* of ids; NULL: none */
	struct windows windows;  /* to cut trajectories into */
	bool groups;             /* move and count groups, not trajectories */
};

/*
 * For tables of options: shard I/N, and KEY=VALUE, into a struct selection.
 * What KEY and VALUE point to lives as long as the process.
 */
must_use int select_parse_shard(const char *text, void *selection);
must_use int select_parse_where(const char *text, void *selection);

struct select;

/* The stream is owned, and closed by select_free. */
struct select *select_new(struct stream_in *, const struct selection *);
void select_free(struct select *);

/*
 * The next segment, which may be empty: 1, 0 at the end, -1.  It is borrowed
 * until the next call.  Its `more` is that of the input, or false where no
 * more are wanted.  Not with shuffle, repeat or whole.
 */
must_use int select_segment(struct select *, struct traj_segment **);

/*
 * The next trajectory: 1, 0 at the end, -1.  Borrowed until the next call, as
 * is its segment, for the header; pass: over the data.  A unit is a group, or
 * without `groups` a trajectory; known where all are held.
 */
struct selected {
	struct traj *t;
	const struct traj_segment *from;
	uint64_t pass;
	size_t unit, units; /* of a pass: its index, and how many; or 0, 0 */
	bool begins, ends;  /* a group, or always without `groups` */
};
must_use int select_next(struct select *, struct selected *);

/*
 * Whether more follow what select_next gave last, as far as that is known
 * without waiting for input: the end record of its segment may say so.
 */
enum select_coming { SELECT_NONE, SELECT_MORE, SELECT_UNKNOWN };
enum select_coming select_coming(const struct select *);
/* At the end: whether the input, a part of a stream, says that more follow. */
bool select_unfinished(const struct select *);

#endif
