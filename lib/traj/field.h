/* SPDX-License-Identifier: MIT */
/*
 * field: the fields of a trajectory's record, apprentice-stream(5), one row
 * each.
 *
 * The table in field.c drives how a record is decoded into a struct traj and
 * encoded from it, how a struct traj is copied and released, which lists of
 * numbers become typed arrays when JSON is read, and what is dropped when the
 * response of a record is replaced.  To add a field, add its row, a member of
 * struct traj if code reads it, and its line in the manual.  A field without a
 * member is copied unread, except that a map has to be one.
 */
#ifndef TRAJ_FIELD_H
#define TRAJ_FIELD_H

#include <stdbool.h>

#include "base/err.h"
#include "io/msgbuild.h"
#include "traj/traj.h"

/* What a field speaks of; a row may have several. */
enum field_subject {
	FIELD_RESPONSE = 1, /* the response: void when that is replaced */
	FIELD_SAMPLER = 2 /* the policy that sampled it, or how both compare */
};

/*
 * Decode and check every field of t->rec; -1 names the field.  Memory of t is
 * reused, and members of absent fields take their defaults.
 */
must_use int field_decode(struct traj *);
/* Set every field of t that is present, in the order of the table. */
void field_encode(const struct traj *, struct msg_build *);
/* Drop the fields of a subject. */
void field_drop(struct msg_build *, enum field_subject);
/* Copy and release the members that the table places in struct traj. */
void field_copy(struct traj *, const struct traj *from);
void field_release(struct traj *);
/* The typed array that a field's list of numbers is in JSON: a msg_typed. */
int field_typed(const char *key);

#endif
