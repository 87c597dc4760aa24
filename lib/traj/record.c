/* SPDX-License-Identifier: MIT */
/* A trajectory and its record, by the table of fields. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "traj/field.h"
#include "traj/traj.h"

void
traj_release(struct traj *t)
{
	msg_release(&t->rec);
	field_release(t);
	*t = (struct traj){ 0 };
}

int
traj_decode(struct traj *t)
{
	if (field_decode(t) != 0)
		return -1;
	if (t->group == NULL)
		t->group = mem_dup(t->id, strlen(t->id));
	return 0;
}

int
traj_from_json(struct traj *t, const char *line, size_t n)
{
	return msg_from_json(&t->rec, line, n, field_typed) != 0 ?
	    -1 :
	    traj_decode(t);
}

void
traj_encode(struct traj *t)
{
	struct msg_build b;

	msg_build(&b, &t->rec);
	field_encode(t, &b);
	msg_build_end(&b, &t->rec);
}

void
traj_copy(struct traj *t, const struct traj *from)
{
	msg_copy(&t->rec, &from->rec);
	t->at = from->at;
	t->actions = from->actions;
	field_copy(t, from);
}
