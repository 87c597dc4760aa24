/* SPDX-License-Identifier: MIT */
/*
 * demounread: the fields of documents that nothing has read, counted by name.
 *
 * A field is not read if it has a value, no demonstration was made of it, the
 * template did not ask for it, and it is not a text of the conversation, or a
 * list of messages of such texts.  Names that only administer a set (ids,
 * sources, dates) do not count.
 */
#ifndef TRAJ_DEMOUNREAD_H
#define TRAJ_DEMOUNREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "traj/demo.h"

struct demounread_field {
	char *name;
	uint64_t documents;
};

/* Begins as all zero. */
struct demounread {
	struct demounread_field *field;
	size_t n, cap;
	bool more; /* there are other names */
	struct buf text;
};

/*
 * Count the fields of a document.  asked: the names that the template asked
 * for, each with a NUL after it.  With strict, fail at the first such field.
 */
must_use int demounread_note(struct demounread *, const struct demo *,
    const struct buf *asked, bool strict);
/* Words such as: field "x" of 7 documents is not read; NULL: all were. */
const char *demounread_text(struct demounread *);
void demounread_release(struct demounread *);

#endif
