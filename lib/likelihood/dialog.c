/* SPDX-License-Identifier: MIT */
#include "likelihood/dialog.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
dialog_add(struct dialog *d, enum speaker speaker, const char *p, size_t n)
{
	d->turn = mem_grow(d->turn, &d->cap, d->turns + 1, sizeof(*d->turn));
	d->turn[d->turns++] =
	    (struct turn){ .speaker = speaker, .text = mem_dup(p, n), .n = n };
}

void
dialog_drop_last(struct dialog *d)
{
	free((char *)d->turn[--d->turns].text);
}

/* How many turns come before the user's: the system's, or none. */
static size_t
system_turns(const struct dialog *d)
{
	return d->turns > 0 && d->turn[0].speaker == SPEAKER_SYSTEM;
}

void
dialog_set_system(struct dialog *d, const char *p, size_t n)
{
	struct turn last;

	if (system_turns(d) > 0) {
		free((char *)d->turn[0].text);
		memmove(d->turn, d->turn + 1, --d->turns * sizeof(*d->turn));
	}
	if (n == 0)
		return;
	dialog_add(d, SPEAKER_SYSTEM, p, n);
	last = d->turn[d->turns - 1];
	memmove(d->turn + 1, d->turn, (d->turns - 1) * sizeof(*d->turn));
	d->turn[0] = last;
}

void
dialog_reset(struct dialog *d)
{
	while (d->turns > system_turns(d))
		dialog_drop_last(d);
}

void
dialog_release(struct dialog *d)
{
	while (d->turns > 0)
		dialog_drop_last(d);
	free(d->turn);
	*d = (struct dialog){ 0 };
}
