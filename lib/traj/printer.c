/* SPDX-License-Identifier: MIT */
#include "traj/printer.h"

#include <stdlib.h>

#include "base/mem.h"
#include "traj/messages.h"
#include "traj/show.h"
#include "traj/tokenline.h"

/* One of them is not NULL. */
struct printer {
	struct show *show;
	struct messages *messages;
	struct tokenline *tokens;
};

struct printer *
printer_new(enum printer_form form, const char *dir, bool color)
{
	struct printer *p = mem_alloc(1, sizeof *p);

	if (form == PRINT_TEXT)
		p->show = show_new(dir, color);
	else if (form == PRINT_MESSAGES)
		p->messages = messages_new(dir);
	else
		p->tokens = tokenline_new(dir);
	if (p->show != NULL || p->messages != NULL || p->tokens != NULL)
		return p;
	free(p);
	return NULL;
}

void
printer_free(struct printer *p)
{
	if (p == NULL)
		return;
	show_free(p->show);
	messages_free(p->messages);
	tokenline_free(p->tokens);
	free(p);
}

int
printer_put(struct printer *p, const struct traj_segment *s,
    const struct traj *t, struct buf *out)
{
	if (p->messages != NULL)
		return messages_put(p->messages, s, t, out);
	if (p->tokens != NULL)
		return tokenline_put(p->tokens, s, t, out);
	show_trajectory(p->show, &s->header, t, out);
	return 0;
}
