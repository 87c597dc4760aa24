/* SPDX-License-Identifier: MIT */
/*
 * demotraj: a demonstration -> trajectories: its turns by a template, its
 * last action cut where it is too long.
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
	const struct tokenizer *tokenizer; /* borrowed, and so the template */
	const struct template *template;
	size_t max_tokens;
	bool keep_text; /* {prompt, response} as "text" of the record */
	uint64_t cut;   /* so many were */
	struct chat chat;
};

/*
 * All sides at the end of a segment, or none.  The id is name; of a
 * preference name is the group, and the ids have "c" and "r" after it.
 */
must_use int demotraj_add(struct demotraj *, const struct demo *,
    const char *name, struct traj_segment *);
void demotraj_release(struct demotraj *);

#endif
