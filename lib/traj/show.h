/* SPDX-License-Identifier: MIT */
/*
 * show: trajectories for people.  Text comes from the record's `text`, or is
 * decoded with a tokenizer: that of the policy named, or of the one that
 * the header's provenance names and whose fingerprint is the header's.
 * Where there is none, token ids are shown.  Action spans stand out in
 * colour on a terminal, and between brackets elsewhere.
 */
#ifndef TRAJ_SHOW_H
#define TRAJ_SHOW_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "traj/traj.h"

struct show;

/* dir: a policy directory, or NULL.  NULL on failure. */
struct show *show_new(const char *dir, bool colour);
void show_free(struct show *);
must_use int show_trajectory(struct show *, const struct msg *header,
    const struct traj *, struct buf *out);

#endif
