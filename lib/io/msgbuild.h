/* SPDX-License-Identifier: MIT */
/*
 * msgbuild: write a map once, from an old map and a list of changes.
 *
 *	msg_build(&b, &rec);
 *	msg_put_uint(msg_build_set(&b, "pass"), 3);
 *	msg_build_drop(&b, "score");
 *	msg_build_end(&b, &rec);
 *
 * Fields without a change keep their bytes and their order.  A field that is
 * set keeps its place, and a new one follows at the end, in the order of the
 * calls.  The last change of a key counts.
 */
#ifndef IO_MSGBUILD_H
#define IO_MSGBUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "io/msg.h"

struct msg_build {
	const struct msg *from;
	struct buf values; /* of the fields that are set, one after the other */
	struct msg_change {
		const char *key;
		size_t at, bytes; /* its value in values */
		bool drop, placed;
	} * change;
	size_t n, cap;
};

/* Begin.  The old map is borrowed until msg_build_end. */
void msg_build(struct msg_build *, const struct msg *from);
/*
 * Set a key (borrowed).  Pack exactly one value onto the buffer returned,
 * before the next call.
 */
struct buf *msg_build_set(struct msg_build *, const char *key);
/* Leave out a key (borrowed); it may be absent. */
void msg_build_drop(struct msg_build *, const char *key);
/* Write the new map, which may replace the old one, and free the changes. */
void msg_build_end(struct msg_build *, struct msg *to);

#endif
