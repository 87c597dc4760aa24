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
#include "traj/traj.h"

struct demotraj {
	const struct tokenizer *tokenizer;    /* borrowed */
	const struct chat_template *template; /* borrowed */
	size_t max_tokens;
	bool keep_text; /* store the field "text": {prompt, response} */
	uint64_t cut;   /* number of trajectories that were cut */
	struct chat chat;
};

/*
 * Append all sides of a demonstration to a segment, or none on failure.  The
 * id of a single trajectory is `name`.  The two of a preference pair have the
 * ids NAMEc and NAMEr and the group `name`.
 */
must_use int demotraj_add(struct demotraj *, const struct demo *,
    const char *name, struct traj_segment *);
void demotraj_release(struct demotraj *);

#endif
