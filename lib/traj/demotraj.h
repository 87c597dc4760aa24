/* SPDX-License-Identifier: MIT */
/*
 * demotraj: a demonstration to trajectories: render its turns by a template,
 * and cut them to max_tokens.
 */
#ifndef TRAJ_DEMOTRAJ_H
#define TRAJ_DEMOTRAJ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/tokenizer.h"
#include "text/chat.h"
#include "traj/demo.h"
#include "traj/demounread.h"
#include "traj/traj.h"

struct demotraj {
	const struct tokenizer *tokenizer;    /* borrowed */
	const struct chat_template *template; /* borrowed */
	size_t max_tokens;
	bool keep_text; /* store the field "text": {prompt, response} */
	bool prompts;   /* conversations end where the next answer begins */
	bool last_only; /* only the last answer is an action */
	uint64_t trajectories, tokens; /* how many were made */
	uint64_t cut;        /* number of trajectories that were cut */
	uint64_t talks;      /* number of trajectories of lists of messages */
	struct buf left_out; /* fields that the template did not show */
	bool strict;         /* refuse documents with fields not read */
	struct demounread unread; /* the fields that were not read */
	struct chat chat;
};

/*
 * Append all sides of the n-th demonstration, read at `where`, to a segment, or
 * none on failure.  Its name is FILESTEM:N, or N for standard input.  The id of
 * a single trajectory is that name.  The two of a preference pair have the ids
 * NAMEc and NAMEr and the group NAME.
 */
must_use int demotraj_add(struct demotraj *, const struct demo *,
    const char *where, uint64_t n, struct traj_segment *);
void demotraj_release(struct demotraj *);

#endif
