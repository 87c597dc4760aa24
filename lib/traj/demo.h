/* SPDX-License-Identifier: MIT */
/*
 * demo: a document -> one demonstration, or the two sides of a preference.
 *
 * What a document is, is told by its fields:
 *   messages                      [{role, content}]; with `label`: KTO
 *   conversations                 [{from, value}] (ShareGPT); with chosen and
 *                                 rejected: DPO
 *   prompt, completion|response   with `label`: KTO; or chosen, rejected
 *   chosen, rejected              dialogues (HH-RLHF), or lists of messages
 *   instruction, input, output    Alpaca; or instances of them
 *   question, answer
 *   text                          all of it is the response
 * or by a mapping that names them: "prompt=/field,response=/other/field".
 */
#ifndef TRAJ_DEMO_H
#define TRAJ_DEMO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/json.h"
#include "text/chat.h"
#include "traj/traj.h"

/* One side: turns whose last is the assistant's. */
struct demo_side {
	enum traj_role role;
	struct turn *turn;
	size_t turns, cap;
};

/* All zero is empty; reused from document to document. */
struct demo {
	struct demo_side side[2];
	size_t sides;
	struct buf text[2]; /* what turns point to, where it was put together */
};

struct demo_map; /* a mapping */

/* "prompt=/a,response=/b"; also chosen, rejected, system, label. NULL with the
 * reason. */
struct demo_map *demo_map_new(const char *);
void demo_map_free(struct demo_map *);

/*
 * The turns borrow from the document.  map may be NULL; system, where not
 * NULL, is put in front where the document has no such turn.  1; 0: a side
 * is empty, to be counted and skipped; -1 names the field.
 */
must_use int demo_read(struct demo *, const struct json *,
    const struct demo_map *, const char *system);
void demo_release(struct demo *);

#endif
