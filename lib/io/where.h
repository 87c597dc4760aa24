/* SPDX-License-Identifier: MIT */
/*
 * where: a place in a stream, as every message names it:
 *
 *	demos.traj: segment 2, record 14 ("e2e-118#3"): field "score": missing
 *
 * Numbers begin at 1.  A part that is not known (file NULL, number 0, id NULL)
 * is left out, and a long id is cut.
 */
#ifndef IO_WHERE_H
#define IO_WHERE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct where {
	const char *file; /* borrowed */
	uint64_t segment, record;
};

/* Put the place in front of the message; -1. */
int fail_where(const struct where *, const char *id, size_t id_bytes);

#endif
