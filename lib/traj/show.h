/* SPDX-License-Identifier: MIT */
/*
 * show: trajectories for people.  Text is decoded with the tokenizer of the
 * policy named; where none is, it comes from the record's `text`, or is
 * decoded with the tokenizer that the header's provenance names, if its
 * fingerprint is the header's.  Where there is none, token ids are shown.
 * Action spans stand out in colour on a terminal, and between brackets
 * elsewhere.
 */
#ifndef TRAJ_SHOW_H
#define TRAJ_SHOW_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/tokenizer.h"
#include "traj/traj.h"

struct show;

/* dir: a policy directory, or NULL.  NULL on failure. */
struct show *show_new(const char *dir, bool colour);
void show_free(struct show *);
must_use int show_trajectory(struct show *, const struct msg *header,
    const struct traj *, struct buf *out);

/*
 * text {prompt, response} of a record, decoded without special tokens: what
 * the response says after the prompt.
 */
must_use int show_text(const struct tokenizer *, const uint32_t *prompt,
    size_t n, const uint32_t *response, size_t m, struct msg *rec);

#endif
