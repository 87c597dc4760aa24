/* SPDX-License-Identifier: MIT */
/*
 * show: trajectories as readable text.
 *
 * If a policy is named, its tokenizer decodes the tokens.  Otherwise the text
 * is the record's `text`, or is decoded by the tokenizer that the header's
 * provenance names, if that has the header's fingerprint.  Without any, token
 * ids are shown.  Action spans are in bold on a terminal, and between brackets
 * elsewhere.
 */
#ifndef TRAJ_SHOW_H
#define TRAJ_SHOW_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/stops.h"
#include "text/tokenizer.h"
#include "traj/traj.h"

struct show;

/* dir: a policy directory, or NULL.  NULL on failure. */
struct show *show_new(const char *dir, bool color);
void show_free(struct show *);
void show_trajectory(struct show *, const struct msg *header,
    const struct traj *, struct buf *out);

/*
 * text {prompt, response} of a record, decoded without special tokens: what
 * the response says after the prompt, up to a stop text (NULL: no such texts).
 */
void show_text(const struct tokenizer *, const uint32_t *prompt, size_t n,
    const uint32_t *response, size_t m, const struct stops *, struct msg *rec);

#endif
