/* SPDX-License-Identifier: MIT */
/* relabel: give the trajectories of a segment another role and other ids. */
#ifndef TRAJ_RELABEL_H
#define TRAJ_RELABEL_H

#include "base/err.h"
#include "traj/traj.h"

/* A text to a const char *, borrowed; -1: it is no prefix of ids. */
must_use int relabel_parse_prefix(const char *, void *prefix);
/*
 * role: to set; ROLE_NONE: leave as it is.  A demonstration has no sampler:
 * what the header and the records say of one, and of scores, is dropped.
 * prefix: before each id, or NULL.  Groups stay: a record whose group is its id
 * gets it as a field.
 */
void relabel(struct traj_segment *, enum traj_role role, const char *prefix);

#endif
