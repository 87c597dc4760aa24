/* SPDX-License-Identifier: MIT */
/*
 * tokenline: trajectories as lines of JSON that have the text and the score of
 * each token, for people and for report(1):
 *
 *	{"id": ..., "prompt": ..., "response": ..., "tokens": [...],
 *	 "scores": [...], "ratio": ..., ...}
 *
 * Tokens are those from the first action to the last.  What others say between
 * two spans of actions has a score of null.
 */
#ifndef TRAJ_TOKENLINE_H
#define TRAJ_TOKENLINE_H

#include "base/buf.h"
#include "base/err.h"
#include "traj/traj.h"

struct tokenline;

/* dir: a policy directory, or NULL: the one of the header's provenance.  NULL
 * on failure. */
struct tokenline *tokenline_new(const char *dir);
void tokenline_free(struct tokenline *);
/*
 * Append the line of a trajectory of a segment; -1 where no tokenizer is found,
 * or it is not the segment's.
 */
must_use int tokenline_put(struct tokenline *, const struct traj_segment *,
    const struct traj *, struct buf *out);

#endif
