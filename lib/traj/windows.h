/* SPDX-License-Identifier: MIT */
/*
 * windows: short stretches of actions, each as a trajectory of its own.
 *
 * A window at token t has the tokens before t as its prompt and the `length`
 * tokens from t on as its actions, and ends there.  There is one every `stride`
 * tokens of each span of actions, if it fits into the span; spans without a gap
 * between them are one.  Its id and its group are ID@t.  Fields about the whole
 * response are dropped.
 */
#ifndef TRAJ_WINDOWS_H
#define TRAJ_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/traj.h"

struct windows {
	uint64_t length, stride; /* length 0: none are made */
};

/* "G/S", length and stride, to a struct windows; -1: not such numbers. */
must_use int windows_parse(const char *, void *windows);
/* How many windows a trajectory has. */
size_t windows_count(const struct windows *, const struct traj *);
/*
 * Put the windows of all trajectories of a segment in their places.  Memory:
 * the tokens of a trajectory once for each of its windows.
 */
must_use int windows_cut(const struct windows *, struct traj_segment *);

#endif
