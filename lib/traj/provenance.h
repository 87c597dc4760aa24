/* SPDX-License-Identifier: MIT */
/* provenance: what the header's `by` tells of the commands that made it. */
#ifndef TRAJ_PROVENANCE_H
#define TRAJ_PROVENANCE_H

#include "io/msg.h"

/*
 * What `tool` was given with the option of a letter or a long name, the last
 * time it is there: a copy for the caller to free, or NULL.
 */
char *provenance_option(const struct msg *header, const char *tool, char letter,
    const char *name);

#endif
