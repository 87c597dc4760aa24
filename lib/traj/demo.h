/* SPDX-License-Identifier: MIT */
/*
 * demo: a document to one demonstration, or to the two sides of a preference
 * pair.
 *
 * The fields of a document say what it is:
 *   messages                      [{role, content}]; with `label`: KTO
 *   conversations                 [{from, value}] (ShareGPT); with chosen and
 *                                 rejected: a preference pair
 *   prompt, completion|response   with `label`: KTO
 *   prompt, chosen, rejected      a preference pair
 *   chosen, rejected              dialogues (HH-RLHF), or lists of messages
 *   instruction, input,
 *       output|response           Alpaca; also under `instances`
 *   question, answer|response
 *   text                          a response without a prompt
 * A prompt that is a text follows the pairs of `history` and the text of
 * `context`; instruction and question may have `chosen` and `rejected` too.
 * For other documents a mapping names the fields by JSON pointers:
 * "prompt=/field,response=/other/field".
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

/* A conversation. */
struct demo_side {
	enum traj_role role;
	struct turn *turn;
	size_t turns, cap;
	char **made; /* texts that join several, which turns borrow */
	size_t mades, made_cap;
};

enum { DEMO_READ = 32 };

/* Begins as all zero; reused from document to document. */
struct demo {
	struct demo_side side[2];
	size_t sides;
	double weight;               /* of its trajectories */
	const struct json *document; /* borrowed */
	const char *read[DEMO_READ]; /* names or pointers of fields it used */
	size_t reads;
	bool prompts; /* the caller sets it: documents need no response */
};

struct demo_map;

/*
 * Parse a mapping of prompt, response, chosen, rejected, system, label,
 * context, history and weight.  NULL on failure.
 */
struct demo_map *demo_map_new(const char *);
void demo_map_free(struct demo_map *);

/*
 * Read a document; the turns borrow from it.  map may be NULL.  system, unless
 * NULL, becomes the first turn of conversations without a system turn.
 * 1: read.  0: an assistant says nothing, or the weight is 0; count
 * and skip the document.  -1: a
 * field is malformed, or ERR_FIELDS: no field is known (demofields.h).
 */
must_use int demo_read(struct demo *, const struct json *,
    const struct demo_map *, const char *system);
void demo_release(struct demo *);

#endif
