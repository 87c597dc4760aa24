/* SPDX-License-Identifier: MIT */
/*
 * messages: trajectories as conversations, a line of JSON each, which
 * demo2traj(1) and other trainers read:
 *
 *	{"id": ..., "messages": [{"role": ..., "content": ...}, ...], ...}
 *
 * Action spans are what the assistant says.  The texts that the policy's
 * template puts around turns are learnt from a sample, and taken off what lies
 * between spans; the turns are right if the template makes the same tokens of
 * them.  Where it does not (tools, other languages of templates), all between
 * two spans is what the user says, without special tokens.
 *
 * If no policy is named, a record's own `text` is a prompt and a response;
 * without one, the policy of the header's provenance serves as in show.h.
 */
#ifndef TRAJ_MESSAGES_H
#define TRAJ_MESSAGES_H

#include "base/buf.h"
#include "base/err.h"
#include "traj/traj.h"

struct messages;

/* dir: a policy directory, or NULL.  NULL on failure. */
struct messages *messages_new(const char *dir);
void messages_free(struct messages *);
/*
 * Append the line of a trajectory of a segment; -1 where it has no text and no
 * tokenizer is found, or the tokenizer is not the segment's.
 */
must_use int messages_put(struct messages *, const struct traj_segment *,
    const struct traj *, struct buf *out);

#endif
